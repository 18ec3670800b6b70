// SPDX-License-Identifier: MIT

// Servers on sockets that were created elsewhere.

#include "integrationtesting.h"

#include <QtCore/qtemporaryfile.h>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
#endif

using namespace IntegrationTesting;

class TestListening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverListensOnADescriptor_data();
    void serverListensOnADescriptor();
    void clientsThatCameBeforeAreServed();
    void refusedDescriptorStaysWithTheCaller();
    void descriptorIsAddedToAServerThatListens();
    void descriptorOfAListeningServerIsKnown();
};

namespace {
int listeningSocket()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool listens = ::bind(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
                         && ::listen(descriptor, 10) == 0;
    return listens ? descriptor : -1;
}

bool isOpen(int descriptor)
{
    return ::fcntl(descriptor, F_GETFD) >= 0;
}
} // namespace

void TestListening::serverListensOnADescriptor_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    QTest::newRow("ws") << false << 0;
    QTest::newRow("wss") << true << 0;
    QTest::newRow("ws, threads") << false << 2;
}

void TestListening::serverListensOnADescriptor()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    const int descriptor = listeningSocket();
    QSignalSpy changed(&pair.server, &WsServer::listeningChanged);
    QVERIFY(pair.server.listenOn(descriptor));
    QCOMPARE(changed.count(), 1);
    QVERIFY(pair.server.isListening());
    QCOMPARE(pair.server.socketDescriptor(), qintptr(descriptor));
    QCOMPARE(pair.server.serverAddress(), QHostAddress(QHostAddress::LocalHost));
    QVERIFY(pair.server.serverPort() != 0);
    QVERIFY(pair.open());
    pair.server.close();
    QVERIFY(!isOpen(descriptor));
    QCOMPARE(pair.server.socketDescriptor(), qintptr(-1));
    WS_TRY_VERIFY(pair.events.isClosed());
}

// As socket activation has it: the first client starts the service.
void TestListening::clientsThatCameBeforeAreServed()
{
    const int descriptor = listeningSocket();
    sockaddr_in address = {};
    socklen_t size = sizeof address;
    QCOMPARE(::getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &size), 0);
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws://127.0.0.1:%1"_s.arg(ntohs(address.sin_port)))));
    QCoreApplication::processEvents();
    WsServer server;
    QVERIFY(server.listenOn(descriptor));
    WS_TRY_COMPARE(client.state(), Ws::Open);
}

void TestListening::refusedDescriptorStaysWithTheCaller()
{
    WsServer server;
    QTemporaryFile file;
    QVERIFY(file.open());
    QVERIFY(!server.listenOn(file.handle()));
    QCOMPARE(server.errorString(),
             u"cannot listen on the descriptor %1, which is a file"_s.arg(file.handle()));
    QVERIFY(isOpen(file.handle()));
    QVERIFY(!server.isListening());
    QCOMPARE(server.socketDescriptor(), qintptr(-1));
    QVERIFY(server.listen());
}

void TestListening::descriptorIsAddedToAServerThatListens()
{
    WsServer server;
    QVERIFY(server.listen());
    const qintptr first = server.socketDescriptor();
    const int descriptor = listeningSocket();
    QVERIFY(server.listenOn(descriptor));
    QCOMPARE(server.socketDescriptor(), first);
    QVERIFY(!server.listenOn(descriptor));
    QCOMPARE(server.errorString(), u"the server listens on the descriptor %1 already"_s.arg(descriptor));
    QCOMPARE(server.serverUrls().size(), 2);
    WsClient client;
    QVERIFY(client.open(server.serverUrls().last()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    server.stopListening();
    QVERIFY(!isOpen(descriptor));
}

void TestListening::descriptorOfAListeningServerIsKnown()
{
    WsServer server;
    QCOMPARE(server.socketDescriptor(), qintptr(-1));
    QVERIFY(server.listen());
    QVERIFY(isOpen(int(server.socketDescriptor())));
    server.close();
    QCOMPARE(server.socketDescriptor(), qintptr(-1));
    QVERIFY(server.listen(u"wskit-tst-listening-%1"_s.arg(QCoreApplication::applicationPid())));
    QVERIFY(isOpen(int(server.socketDescriptor())));
}

#include "tst_listening.moc"

#include "../testprogram.h"
WSKIT_TEST(TestListening)
