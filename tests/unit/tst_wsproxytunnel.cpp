// SPDX-License-Identifier: MIT
#include "net/socket/wsproxytunnel.h"

#include "net/socket/wsbufferedtransport.h"
#include "transporttesting.h"

#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <functional>

using namespace TransportTesting;

namespace {
// Records the steps of an opening.
class StepUser final : public WsTransport::User
{
public:
    void onConnected() override { steps.append(u"ready"_s); }
    void onReadable() override { }
    void onWritten() override { }
    void onEnded() override { steps.append(u"ended"_s); }
    void onError(const WsError &error) override { steps.append(u"error "_s + error.text()); }
    void onSslErrors(const QList<QSslError> &) override { transport->ignoreSslErrors(); }
    void onStep(Ws::OpeningStep step) override
    {
        steps.append(u"step %1"_s.arg(int(step)));
        if (endsAtStep)
            transport.reset();
    }

    void onProxyAuthentication(const QNetworkProxy &, QAuthenticator *) override
    {
        ++proxyQuestionCount;
        if (whenAsked)
            whenAsked();
    }

    std::unique_ptr<WsBufferedTransport> transport;
    std::function<void()> whenAsked;
    QStringList steps;
    int proxyQuestionCount = 0;
    bool endsAtStep = false;
};

// Answers CONNECT, and is the server itself from then on.
class Proxy : public QTcpServer
{
public:
    Proxy() { listen(QHostAddress::LocalHost); }
    QNetworkProxy proxy() const
    {
        return QNetworkProxy(QNetworkProxy::HttpProxy, u"127.0.0.1"_s, serverPort());
    }
    std::unique_ptr<QSslSocket> socket;
    QByteArray received;
    QByteArray answer = "HTTP/1.1 200 OK\r\n\r\n";
    QSslConfiguration tls;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        socket = std::make_unique<QSslSocket>();
        socket->setSocketDescriptor(descriptor);
        connect(socket.get(), &QIODevice::readyRead, this, [this] {
            const bool wasConnected = received.contains("\r\n\r\n");
            received += socket->readAll();
            if (wasConnected || !received.contains("\r\n\r\n"))
                return;
            socket->write(answer);
            socket->flush();
            if (!tls.isNull()) {
                socket->setSslConfiguration(tls);
                socket->startServerEncryption();
            }
        });
    }
};

const QString ConnectedStep = u"step %1"_s.arg(int(Ws::Connected));
} // namespace

class TestWsProxyTunnel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tunnelIsAStepBeforeTls();
    void tunnelPassesItsDescriptorOn();
    void transportMayEndAtTheStep();
    void awaitedNamesProxyAndDestination();
    void noDescriptorIsUsedThatIsNotOfTheSocket();
    void socketReachesTheProxyItself_data();
    void socketReachesTheProxyItself();
    void socketNamesTheProxyInItsErrors();
    void sameAnswerIsNotRepeatedWithoutATunnel();
    void userHasNoTimeLimitOfQt_data();
    void userHasNoTimeLimitOfQt();
};

void TestWsProxyTunnel::tunnelIsAStepBeforeTls()
{
    Certificate certificate;
    QVERIFY(certificate.make());
    Proxy proxy;
    proxy.tls = certificate.configuration;
    StepUser user;
    user.transport = std::make_unique<WsBufferedTransport>(new QSslSocket);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"server.test"_s, 443);
    WS_TRY_VERIFY(!user.steps.isEmpty());
    QCOMPARE(user.steps, QStringList(ConnectedStep));
    QVERIFY(!user.transport->isReady());
    QCOMPARE(user.transport->awaited(), u"the TLS handshake with server.test:443"_s);
    WS_TRY_COMPARE(user.steps, QStringList({ConnectedStep, u"ready"_s}));
    QVERIFY(user.transport->isEncrypted());
    QVERIFY(proxy.received.startsWith("CONNECT server.test:443 HTTP/1.1\r\n"));
}

// Everything that needs a descriptor works as without a proxy.
void TestWsProxyTunnel::tunnelPassesItsDescriptorOn()
{
    Proxy proxy;
    StepUser user;
    user.transport = std::make_unique<WsBufferedTransport>(new QTcpSocket);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"server.test"_s, 80);
    WS_TRY_COMPARE(user.steps, QStringList({ConnectedStep, u"ready"_s}));
    QCOMPARE(user.transport->endpoints().peerPort, proxy.serverPort());
    WsOutput output;
    output.append("hello");
    user.transport->write(output);
    QVERIFY(user.transport->shutdownWrite());
    WS_TRY_VERIFY(proxy.socket->state() == QAbstractSocket::UnconnectedState);
    QVERIFY(proxy.received.endsWith("\r\n\r\nhello"));
}

void TestWsProxyTunnel::transportMayEndAtTheStep()
{
    Proxy proxy;
    StepUser user;
    user.endsAtStep = true;
    user.transport = std::make_unique<WsBufferedTransport>(new QTcpSocket);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"server.test"_s, 80);
    WS_TRY_VERIFY(!user.transport);
    WS_TRY_VERIFY(proxy.socket->state() == QAbstractSocket::UnconnectedState);
    QCOMPARE(user.steps, QStringList(ConnectedStep));
}

void TestWsProxyTunnel::awaitedNamesProxyAndDestination()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    WsBufferedTransport transport(new QTcpSocket);
    StepUser user;
    transport.setUser(&user);
    transport.setProxy(QNetworkProxy(QNetworkProxy::Socks5Proxy, u"127.0.0.1"_s, silent.serverPort(),
                                     u"user"_s, u"secret"_s));
    transport.connectTo(u"2001:db8::1"_s, 80);
    QCOMPARE(transport.awaited(),
             u"the proxy 127.0.0.1:%1 to connect to [2001:db8::1]:80"_s.arg(silent.serverPort()));
    QVERIFY(transport.isConnecting());
    QVERIFY(!transport.hasEnded());
    QVERIFY(!transport.isReady());
}

void TestWsProxyTunnel::noDescriptorIsUsedThatIsNotOfTheSocket()
{
    Proxy proxy;
    auto *const socket = new QTcpSocket;
    socket->setProxy(proxy.proxy());
    socket->connectToHost(u"server.test"_s, 80);
    WS_TRY_COMPARE(socket->state(), QAbstractSocket::ConnectedState);
    WsBufferedTransport transport(socket);
    StepUser user;
    transport.setUser(&user);
    QVERIFY(!transport.shutdownWrite()); // what Qt still keeps for the proxy would be lost
    QCOMPARE(transport.inFlight(), 0);
    QVERIFY(!transport.hasUnread());
    proxy.socket->write("x");
    QByteArray received;
    QByteArray byte(1, ' ');
    WS_TRY_VERIFY((transport.wait(true, 10),
                   received += byte.first(qMax<qint64>(transport.read(byte.data(), 1), 0)), received == "x"));
}

// --- without a tunnel, which not every system can have

void TestWsProxyTunnel::socketReachesTheProxyItself_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::newRow("ws") << false;
    QTest::newRow("wss") << true;
}

void TestWsProxyTunnel::socketReachesTheProxyItself()
{
    QFETCH(bool, isTls);
    Certificate certificate;
    QVERIFY(certificate.make());
    Proxy proxy;
    if (isTls)
        proxy.tls = certificate.configuration;
    StepUser user;
    user.transport = std::make_unique<WsBufferedTransport>(isTls ? new QSslSocket : new QTcpSocket);
    user.transport->setTunneling(false);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"server.test"_s, 443);
    QCOMPARE(user.transport->awaited(),
             u"the proxy 127.0.0.1:%1 to connect to server.test:443"_s.arg(proxy.serverPort()));
    QVERIFY(user.transport->isConnecting());
    QVERIFY(!user.transport->hasEnded());
    WS_TRY_COMPARE(user.steps, QStringList({ConnectedStep, u"ready"_s}));
    QCOMPARE(user.transport->isEncrypted(), isTls);
    QVERIFY(proxy.received.startsWith("CONNECT server.test:443 HTTP/1.1\r\n"));
    WsOutput output;
    output.append("hello");
    user.transport->write(output);
    WS_TRY_VERIFY(proxy.received.endsWith("\r\n\r\nhello"));
}

void TestWsProxyTunnel::socketNamesTheProxyInItsErrors()
{
    QNetworkProxy nobody;
    {
        const Proxy proxy;
        nobody = proxy.proxy();
    }
    StepUser user;
    user.transport = std::make_unique<WsBufferedTransport>(new QTcpSocket);
    user.transport->setTunneling(false);
    user.transport->setUser(&user);
    user.transport->setProxy(nobody);
    user.transport->connectTo(u"server.test"_s, 80);
    QCOMPARE(user.steps, QStringList());
    WS_TRY_VERIFY(!user.steps.isEmpty());
    const QString start =
        u"error the proxy 127.0.0.1:%1 has not connected to server.test:80: "_s.arg(nobody.port());
    QVERIFY2(user.steps.first().startsWith(start), qPrintable(user.steps.first()));
    QCOMPARE(user.transport->connectError()->kind(), Ws::ErrorKind::Proxy);
}

void TestWsProxyTunnel::sameAnswerIsNotRepeatedWithoutATunnel()
{
    Proxy proxy;
    proxy.answer = "HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Authenticate: Basic realm=\"test\"\r\n\r\n";
    StepUser user;
    user.transport = std::make_unique<WsBufferedTransport>(new QTcpSocket);
    user.transport->setTunneling(false);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"server.test"_s, 80);
    WS_TRY_VERIFY(!user.steps.isEmpty());
    QCOMPARE(user.proxyQuestionCount, 1);
    QVERIFY2(user.steps.first().endsWith(u"it wants a user name and a password"_s),
             qPrintable(user.steps.first()));
}

void TestWsProxyTunnel::userHasNoTimeLimitOfQt_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isTunneling");
    for (const bool isTls : {false, true}) {
        for (const bool isTunneling : {false, true})
            QTest::addRow("%s %s", isTls ? "wss" : "ws", isTunneling ? "by a tunnel" : "by its own socket")
                << isTls << isTunneling;
    }
}

// Qt limits an attempt to reach an address. While a dialog is open, that would end it.
void TestWsProxyTunnel::userHasNoTimeLimitOfQt()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isTunneling);
    Proxy proxy;
    proxy.answer = "HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Authenticate: Basic realm=\"test\"\r\n\r\n";
    QObject owner;
    StepUser user;
    qsizetype runningCount = -1;
    user.whenAsked = [&] {
        const QList<QTimer *> timers = owner.findChildren<QTimer *>();
        runningCount = std::count_if(timers.begin(), timers.end(), std::mem_fn(&QTimer::isActive));
    };
    user.transport =
        std::make_unique<WsBufferedTransport>(isTls ? new QSslSocket(&owner) : new QTcpSocket(&owner));
    if (!isTunneling)
        user.transport->setTunneling(false);
    user.transport->setUser(&user);
    user.transport->setProxy(proxy.proxy());
    user.transport->connectTo(u"192.0.2.7"_s, 443);
    WS_TRY_VERIFY(!user.steps.isEmpty());
    QCOMPARE(user.proxyQuestionCount, 1);
    QCOMPARE(runningCount, 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsProxyTunnel)
#include "tst_wsproxytunnel.moc"
