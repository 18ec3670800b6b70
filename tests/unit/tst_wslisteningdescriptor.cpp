// SPDX-License-Identifier: MIT

#include "net/server/wslisteningdescriptor.h"

#include <QtCore/qtemporarydir.h>
#include <QtCore/qtemporaryfile.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtNetwork/qudpsocket.h>
#include <QtTest/qtest.h>

#include <array>
#include <fcntl.h>
#include <netinet/in.h>
#ifdef Q_OS_LINUX
#include <sys/epoll.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

class TestListeningDescriptor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listeningTcpSocketIsFit_data();
    void listeningTcpSocketIsFit();
    void listeningLocalSocketIsFit();
    void otherDescriptorsAreNamed();
    void otherLocalSocketsAreNamed();
    void otherKindsOfLinuxAreNamed();
};

namespace {
QString refusal(int descriptor, const QString &kind)
{
    return u"cannot listen on the descriptor %1, which is %2"_s.arg(QString::number(descriptor), kind);
}
} // namespace

void TestListeningDescriptor::listeningTcpSocketIsFit_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestListeningDescriptor::listeningTcpSocketIsFit()
{
    QFETCH(const QHostAddress, address);
    QTcpServer server;
    QVERIFY(server.listen(address));
    const int descriptor = int(server.socketDescriptor());
    QCOMPARE(::fcntl(descriptor, F_SETFD, 0), 0);
    QCOMPARE(wsCheckListeningDescriptor(descriptor), QString());
    QCOMPARE(::fcntl(descriptor, F_GETFD), FD_CLOEXEC);
}

void TestListeningDescriptor::listeningLocalSocketIsFit()
{
    const QTemporaryDir folder;
    QLocalServer server;
    QVERIFY(server.listen(folder.filePath(u"test.sock"_s)));
    QCOMPARE(wsCheckListeningDescriptor(server.socketDescriptor()), QString());
    QVERIFY(wsIsLocalSocket(server.socketDescriptor()));
    QTcpServer tcp;
    QVERIFY(tcp.listen(QHostAddress::LocalHost));
    QVERIFY(!wsIsLocalSocket(tcp.socketDescriptor()));
}

void TestListeningDescriptor::otherLocalSocketsAreNamed()
{
    const auto check = [](int type, const QString &kind) {
        const int local = ::socket(AF_UNIX, type, 0);
        const QString problem = wsCheckListeningDescriptor(local);
        ::close(local);
        return problem == refusal(local, kind);
    };
    QVERIFY(check(SOCK_STREAM, u"a local socket that does not listen"_s));
    QVERIFY(check(SOCK_DGRAM, u"a local datagram socket"_s));
    QVERIFY(check(SOCK_SEQPACKET, u"a local socket that is no stream"_s));
    std::array<int, 2> pair = {};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    QCOMPARE(wsCheckListeningDescriptor(pair[0]),
             refusal(pair[0], u"a connection, not a socket that listens"_s));
    ::close(pair[0]);
    ::close(pair[1]);
}

void TestListeningDescriptor::otherDescriptorsAreNamed()
{
    QCOMPARE(wsCheckListeningDescriptor(-1), refusal(-1, u"not a descriptor"_s));
    QCOMPARE(wsCheckListeningDescriptor(100000), refusal(100000, u"not open"_s));
    QTemporaryFile file;
    QVERIFY(file.open());
    QCOMPARE(wsCheckListeningDescriptor(file.handle()), refusal(file.handle(), u"a file"_s));
    QTemporaryDir folder;
    const int folderDescriptor = ::open(qPrintable(folder.path()), O_RDONLY | O_CLOEXEC);
    QCOMPARE(wsCheckListeningDescriptor(folderDescriptor), refusal(folderDescriptor, u"a folder"_s));
    ::close(folderDescriptor);
    std::array<int, 2> pipe = {};
    QCOMPARE(::pipe(pipe.data()), 0);
    QCOMPARE(wsCheckListeningDescriptor(pipe[0]), refusal(pipe[0], u"a pipe"_s));
    ::close(pipe[0]);
    ::close(pipe[1]);
    const int device = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    QCOMPARE(wsCheckListeningDescriptor(device), refusal(device, u"a terminal or another device"_s));
    ::close(device);

    QUdpSocket udp;
    QVERIFY(udp.bind(QHostAddress::LocalHost));
    const int udpDescriptor = int(udp.socketDescriptor());
    QCOMPARE(wsCheckListeningDescriptor(udpDescriptor), refusal(udpDescriptor, u"a UDP socket"_s));
    QTcpSocket bound;
    QVERIFY(bound.bind(QHostAddress::LocalHost));
    const int boundDescriptor = int(bound.socketDescriptor());
    QCOMPARE(wsCheckListeningDescriptor(boundDescriptor),
             refusal(boundDescriptor, u"a TCP socket that does not listen"_s));
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    client.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(client.waitForConnected());
    const int connected = int(client.socketDescriptor());
    QCOMPARE(wsCheckListeningDescriptor(connected),
             refusal(connected, u"a connection, not a socket that listens"_s));
}

void TestListeningDescriptor::otherKindsOfLinuxAreNamed()
{
#ifdef Q_OS_LINUX
    const int events = ::epoll_create1(EPOLL_CLOEXEC);
    QCOMPARE(wsCheckListeningDescriptor(events), refusal(events, u"not a socket"_s));
    ::close(events);
    const int netlink = ::socket(AF_NETLINK, SOCK_RAW, 0);
    QCOMPARE(wsCheckListeningDescriptor(netlink),
             refusal(netlink, u"a socket of the address family %1"_s.arg(AF_NETLINK)));
    ::close(netlink);
    const int raw = ::socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
    if (raw < 0)
        QSKIP("only root may open a raw socket");
    QCOMPARE(wsCheckListeningDescriptor(raw), refusal(raw, u"a socket that is not TCP"_s));
    ::close(raw);
#else
    QSKIP("there are no such descriptors here");
#endif
}

#include "tst_wslisteningdescriptor.moc"

#include "../testprogram.h"
WSKIT_TEST(TestListeningDescriptor)
