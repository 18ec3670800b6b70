// SPDX-License-Identifier: MIT

// QWebSocketServer: where WsKit::Compat differs, and what both do there.

#include "servertesting.h"

#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qtcpserver.h>
#include <QtWebSockets/QWebSocketCorsAuthenticator>

using namespace ServerTesting;

namespace {
// A SOCKS5 proxy that listens for a server, which waits for its answers in listen().
class ListeningProxy : public QThread
{
public:
    ListeningProxy()
    {
        start();
        m_started.acquire();
    }
    ~ListeningProxy() override
    {
        requestInterruption();
        wait();
    }

    QNetworkProxy proxy() const { return QNetworkProxy(QNetworkProxy::Socks5Proxy, u"127.0.0.1"_s, m_port); }

    static constexpr quint16 ServerPort = 4711;

protected:
    void run() override
    {
        QTcpServer door;
        door.setProxy(QNetworkProxy::NoProxy);
        door.listen(QHostAddress::LocalHost);
        m_port = door.serverPort();
        m_started.release();
        QTcpSocket *socket = nullptr;
        int step = 0;
        while (!isInterruptionRequested()) {
            if (!socket && door.waitForNewConnection(10))
                socket = door.nextPendingConnection();
            if (!socket || !(socket->bytesAvailable() || socket->waitForReadyRead(10)))
                continue;
            socket->readAll(); // each request is one segment
            socket->write(step++ == 0 ? QByteArray::fromHex("0500")
                                      : QByteArray::fromHex("050000017f000001") + char(ServerPort >> 8)
                                            + char(ServerPort & 0xff));
            socket->waitForBytesWritten();
        }
    }

private:
    QSemaphore m_started;
    quint16 m_port = 0;
};
} // namespace

class TestDifferences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void badRequestIsAnswered_data();
    void badRequestIsAnswered();
    void silentClientIsAnswered();
    void clientAboveTheMaximumIsAnswered();
    void requestIsChecked_data();
    void requestIsChecked();
    void versionOfHttpIsChecked();
    void hopelessRequestIsRefusedAtOnce_data();
    void hopelessRequestIsRefusedAtOnce();
    void versionThatIsNoNumberIsReported();
    void refusedOriginHasAnotherText();
    void pendingClientIsAskedToClose();
    void nameWithALineBreakIsNotSent();
    void pauseMayComeBeforeListening();
    void secondListenHasAText();
    void clientThatLeftWhilePendingIsReportedLater();
    void socketOfAProgramHasAnotherOwner();
    void serverThatIsDeletedTellsItsClients();
    void serverAtASocksProxy();
};

void TestDifferences::badRequestIsAnswered_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::newRow("no HTTP") << QByteArray("hello\r\n\r\n") << 400;
    QTest::newRow("no upgrade") << RawClient::request({"Host: a"}) << 426;
    QTest::newRow("POST") << RawClient::request(RawClient::handshakeHeaders(), "POST / HTTP/1.1") << 405;
    QTest::newRow("many headers") << RawClient::requestWith(QByteArrayList(200, "X: y")) << 431;
}

void TestDifferences::badRequestIsAnswered()
{
    QFETCH(const QByteArray, request);
    QFETCH(const int, status);
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), request);
    QCOMPARE(client.status(), compatDiffers("answers to bad requests") ? status : 0);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.newConnections, 0);
}

void TestDifferences::silentClientIsAnswered()
{
    Server server;
    server.setHandshakeTimeout(50);
    QVERIFY(server.start());
    RawClient client(server.url());
    QCOMPARE(client.status(), compatDiffers("answers to bad requests") ? 408 : 0);
    WS_TRY_VERIFY(client.isEnded());
}

void TestDifferences::clientAboveTheMaximumIsAnswered()
{
    Server server;
    server.setMaxPendingConnections(0);
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.status(), compatDiffers("answers to bad requests") ? 503 : 0);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.errors, {QWebSocketProtocol::CloseCodeAbnormalDisconnection});
}

void TestDifferences::requestIsChecked_data()
{
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<QByteArray>("wrong");
    QTest::newRow("a short key") << QByteArray("dGhlIHNhbXBsZSBub25jZQ==") << QByteArray("abc");
    QTest::newRow("versions") << QByteArray("Version: 13") << QByteArray("Version: 7, 13");
}

void TestDifferences::requestIsChecked()
{
    QFETCH(const QByteArray, right);
    QFETCH(const QByteArray, wrong);
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().replace(right, wrong));
    const bool isAccepted = !compatDiffers("checks of the key and the version");
    QCOMPARE(client.status() == 101, isAccepted);
    QCOMPARE(server.newConnections, isAccepted ? 1 : 0);
}

void TestDifferences::versionOfHttpIsChecked()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().replace("HTTP/1.1", "HTTP/2.0"));
    QCOMPARE(client.status(), compatDiffers("version of HTTP") ? 505 : 101);
}

void TestDifferences::hopelessRequestIsRefusedAtOnce_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::newRow("bare line feeds") << RawClient::request().replace("\r\n", "\n");
    QTest::newRow("TLS") << QByteArray::fromHex("16030100c8010000c40303") + QByteArray(200, 'x');
    QTest::newRow("without an end") << QByteArray(70000, 'a');
}

// Without a time limit, Qt waits for ever: here until the next client has been accepted.
void TestDifferences::hopelessRequestIsRefusedAtOnce()
{
    QFETCH(const QByteArray, request);
    Server server;
    server.setHandshakeTimeout(-1);
    QVERIFY(server.start());
    RawClient client(server.url(), request);
    if (compatDiffers("requests that cannot become valid"))
        WS_TRY_VERIFY(client.isEnded());
    Client next;
    QVERIFY(next.openAndWait(server.url()));
    QCOMPARE(client.isEnded(), compatDiffers("requests that cannot become valid"));
}

void TestDifferences::versionThatIsNoNumberIsReported()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().replace("Version: 13", "Version: abc"));
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.errors.size(), compatDiffers("versions that are no numbers") ? 1 : 0);
}

void TestDifferences::refusedOriginHasAnotherText()
{
    Server server;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, this,
            [](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(false); });
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.status(), 403);
    QCOMPARE(server.errorString(), compatDiffers("errorString() of a server")
                                       ? u"The origin is not allowed."_s
                                       : u"Access forbidden."_s);
}

// The raw client does not answer. With WsKit it ends the connection itself.
void TestDifferences::pendingClientIsAskedToClose()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    WS_TRY_COMPARE(server.newConnections, 1);
    server.close();
    WS_TRY_VERIFY(client.received().contains("Server closed."));
    if (compatDiffers("pending clients after close()")) {
        WS_TRY_COMPARE(server.closings, 1);
        QVERIFY(!client.isEnded());
        client.socket.write(frame(0x8, closePayload(1001)));
    }
    WS_TRY_VERIFY(client.isEnded());
}

void TestDifferences::nameWithALineBreakIsNotSent()
{
    Server server;
    if (compatDiffers("serverName() with a line break"))
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"Server\""_s));
    server.setServerName(u"one\r\nX-Two: two"_s);
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.status(), 101);
    QCOMPARE(client.header("X-Two"), QByteArray());
    if (compatDiffers("serverName() with a line break"))
        WS_TRY_COMPARE(server.newConnections, 1);
    else
        WS_TRY_VERIFY(client.isEnded());
}

void TestDifferences::pauseMayComeBeforeListening()
{
    if (!compatDiffers("pauseAccepting() before listen()"))
        return;
    Server server;
    server.pauseAccepting();
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
}

void TestDifferences::secondListenHasAText()
{
    Server server;
    QVERIFY(server.start());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"listening"_s));
    QVERIFY(!server.listen());
    QCOMPARE(server.errorString().isEmpty(), !compatDiffers("errorString() after a second listen()"));
}

void TestDifferences::clientThatLeftWhilePendingIsReportedLater()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    client.close();
    WS_TRY_COMPARE(client.disconnections, 1);
    // The next client is accepted after the end of the first one has been seen.
    Client next;
    QVERIFY(next.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
    const std::unique_ptr<QWebSocket> socket(server.nextPendingConnection());
    QVERIFY(socket);
    QSignalSpy ends(socket.get(), &QWebSocket::disconnected);
    if (compatDiffers("pending clients that have gone")) {
        QCOMPARE(socket->state(), QAbstractSocket::ConnectedState);
        WS_TRY_COMPARE(ends.size(), 1);
    }
    WS_TRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
}

void TestDifferences::socketOfAProgramHasAnotherOwner()
{
    QTcpServer door;
    QVERIFY(door.listen(QHostAddress::LocalHost));
    Server server;
    RawClient client(QUrl(u"ws://127.0.0.1:%1"_s.arg(door.serverPort())), RawClient::request());
    WS_TRY_VERIFY(door.hasPendingConnections());
    QTcpSocket *const socket = door.nextPendingConnection();
    server.handleConnection(socket);
    QCOMPARE(socket->parent() == &door, !compatDiffers("owner of the socket of handleConnection()"));
    QCOMPARE(client.status(), 101);
    WS_TRY_COMPARE(server.newConnections, 1);
}

void TestDifferences::serverThatIsDeletedTellsItsClients()
{
    auto server = std::make_unique<Server>();
    QVERIFY(server->start());
    Client client;
    QVERIFY(client.openAndWait(server->url()));
    WS_TRY_COMPARE(server->newConnections, 1);
    const std::unique_ptr<QWebSocket> socket(server->last());
    server.reset();
    WS_TRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
    WS_TRY_COMPARE(client.disconnections, 1);
    const bool isTold = compatDiffers("sockets of a deleted server");
    QCOMPARE(client.closeCode() == QWebSocketProtocol::CloseCodeGoingAway, isTold);
    QCOMPARE(socket->closeCode() == QWebSocketProtocol::CloseCodeGoingAway, isTold);
}

void TestDifferences::serverAtASocksProxy()
{
    ListeningProxy proxy;
    Server server;
    server.setProxy(proxy.proxy());
    const bool isListening = !compatDiffers("servers at a SOCKS5 proxy");
    QCOMPARE(server.listen(QHostAddress::Any), isListening);
    QCOMPARE(server.serverPort(), isListening ? ListeningProxy::ServerPort : 0);
    QCOMPARE(server.errors.isEmpty(), isListening);
    QCOMPARE(server.errorString().contains(u"proxy"_s), !isListening);
}

QTEST_GUILESS_MAIN(TestDifferences)
#include "tst_qwebsocketserver_differences.moc"
