// SPDX-License-Identifier: MIT

// QWebSocketServer::server(): what a ported program can use of WsServer, beside the functions of Qt
// WebSockets.

#include "integrationtesting.h"

#include <QWebSocket>
#include <QWebSocketCorsAuthenticator>
#include <QWebSocketServer>

using namespace IntegrationTesting;

namespace {
// A ported server, and a client of WsKit.
struct Ported
{
    Ported()
    {
        QObject::connect(&server, &QWebSocketServer::newConnection, &server, [this] {
            if (takesConnections)
                socket.reset(server.nextPendingConnection());
        });
    }

    bool start(const QString &path = {})
    {
        if (!server.isListening() && !server.listen(QHostAddress::LocalHost))
            return false;
        QUrl url = server.serverUrl();
        url.setPath(path);
        return client.open(url);
    }
    bool open()
    {
        return start() && waitFor([this] { return client.state() == Ws::Open && socket; });
    }
    int refusalOf(const QString &path = {})
    {
        if (!start(path) || !waitFor([this] { return client.state() == Ws::Closed; }))
            return 0;
        return client.response().status();
    }

    bool takesConnections = true;
    QWebSocketServer server{u"Ported"_s, QWebSocketServer::NonSecureMode};
    std::unique_ptr<QWebSocket> socket;
    WsClient client;
    Events events{&client};
};
} // namespace

class TestCompatServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void broadcastReachesTheSockets();
    void publishReachesTheSocketsThatSubscribe();
    void handlerAnswersHttpBesideTheSockets();
    void handlerIsAskedAfterTheOrigin();
    void pendingLimitHoldsBesideAHandler();
    void subprotocolIsThatOfTheServerIfThereIsAHandler();
    void allowedOriginsRefuseMoreThanTheSlot();
    void anyHostIsAnswered();
    void limitsOfTheServerHoldForTheSockets();
    void compressionIsOfferedToTheSockets();
    void connectionsCanBeHandedOverAsByWsServer();
    void connectionsThatAreHandedOverCanLiveInThreads();
    void socketsDoNotLiveInThreads();
    void connectionsTakenFromWsServerDoNotCount();
    void listensAgainWhileAClientIsStillAnswered();
    void whatWasSentArrivesBeforeTheServerIsDeleted();
    void socketsMayBeDeletedWhileTheServerIs();
    void socketsInOtherThreadsEndWithTheServer();
    void refusedServerNameIsReported();
    void socketsAreTakenInTheThreadOfTheServer();
    void socketThatIsNotTakenOverIsReported();
};

void TestCompatServer::broadcastReachesTheSockets()
{
    Ported ported;
    QVERIFY(ported.open());
    QCOMPARE(ported.server.server()->connections(), QList<WsConnection *>{ported.socket->connection()});
    QCOMPARE(ported.server.server()->broadcast(u"to all"_s), 1);
    WS_TRY_COMPARE(ported.events.messages(), QStringList(u"text to all"_s));
    QCOMPARE(ported.server.server()->broadcast(u"to others"_s, ported.socket->connection()), 0);
}

void TestCompatServer::publishReachesTheSocketsThatSubscribe()
{
    Ported ported;
    QVERIFY(ported.open());
    WsServer *const server = ported.server.server();
    QCOMPARE(server->publish(u"news"_s, u"too early"_s), 0);
    QVERIFY(server->subscribe(ported.socket->connection(), u"news"_s));
    QCOMPARE(server->publish(u"news"_s, u"it rains"_s), 1);
    WS_TRY_COMPARE(ported.events.messages(), QStringList(u"text it rains"_s));
    ported.socket.reset();
    WS_TRY_COMPARE(server->subscriberCount(u"news"_s), 0);
}

void TestCompatServer::handlerAnswersHttpBesideTheSockets()
{
    Ported ported;
    ported.server.server()->setRequestHandler([](const WsRequest &request) {
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::text("healthy");
    });
    QVERIFY(ported.open());
    QTcpSocket http;
    http.connectToHost(QHostAddress::LocalHost, ported.server.serverPort());
    http.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QByteArray answer;
    WS_TRY_VERIFY((answer += http.readAll()).endsWith("healthy"));
    QVERIFY(answer.startsWith("HTTP/1.1 200 "));
    QVERIFY(answer.contains("\r\nServer: Ported\r\n"));
}

void TestCompatServer::handlerIsAskedAfterTheOrigin()
{
    Ported ported;
    int asked = 0;
    ported.server.server()->setRequestHandler([&](const WsRequest &) {
        ++asked;
        return WsResponse::reject(410);
    });
    bool isAllowed = false;
    connect(&ported.server, &QWebSocketServer::originAuthenticationRequired, this,
            [&](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(isAllowed); });
    QCOMPARE(ported.refusalOf(), 403);
    QCOMPARE(asked, 0);
    QCOMPARE(ported.server.error(), QWebSocketProtocol::CloseCodePolicyViolated);
    isAllowed = true;
    QCOMPARE(ported.refusalOf(), 410);
    QCOMPARE(asked, 1);
}

void TestCompatServer::pendingLimitHoldsBesideAHandler()
{
    Ported ported;
    ported.takesConnections = false;
    ported.server.setMaxPendingConnections(1);
    ported.server.server()->setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    QVERIFY(ported.start());
    WS_TRY_COMPARE(ported.client.state(), Ws::Open);
    ported.client.abort();
    QCOMPARE(ported.refusalOf(), 503);
    QCOMPARE(ported.server.error(), QWebSocketProtocol::CloseCodeAbnormalDisconnection);
}

void TestCompatServer::subprotocolIsThatOfTheServerIfThereIsAHandler()
{
    Ported ported;
    ported.server.setSupportedSubprotocols({u"b"_s, u"a"_s});
    ported.client.setSubprotocols({u"a"_s, u"b"_s});
    QVERIFY(ported.open());
    QCOMPARE(ported.socket->subprotocol(), u"a"_s);
    ported.client.abort();
    ported.server.server()->setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    ported.socket.reset();
    QVERIFY(ported.open());
    QCOMPARE(ported.socket->subprotocol(), u"b"_s);
}

void TestCompatServer::allowedOriginsRefuseMoreThanTheSlot()
{
    Ported ported;
    QVERIFY(ported.client.setHeader("Origin", "http://elsewhere.test"));
    QVERIFY(ported.open());
    ported.client.abort();
    ported.server.server()->setAllowedOrigins({u"https://example.com"_s});
    QCOMPARE(ported.refusalOf(), 403);
}

// Also on loopback, where a WsServer answers no other host.
void TestCompatServer::anyHostIsAnswered()
{
    Ported ported;
    QVERIFY(ported.server.listen(QHostAddress::LocalHost));
    QTcpSocket page;
    page.connectToHost(QHostAddress::LocalHost, ported.server.serverPort());
    page.write("GET / HTTP/1.1\r\nHost: other.test\r\nOrigin: http://other.test\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Version: 13\r\n\r\n");
    WS_TRY_VERIFY(page.bytesAvailable() > 12);
    QVERIFY(page.readAll().startsWith("HTTP/1.1 101 "));
}

void TestCompatServer::limitsOfTheServerHoldForTheSockets()
{
    Ported ported;
    WsOptions options = ported.server.server()->options();
    QCOMPARE(options.maxMessageSize(), qint64(QWebSocket::maxIncomingMessageSize()));
    QCOMPARE(options.maxFrameSize(), qint64(QWebSocket::maxIncomingFrameSize()));
    options.setMaxMessageSize(1000);
    options.setMaxBufferedAmount(2000);
    options.setPingInterval(std::chrono::hours(1));
    ported.server.server()->setOptions(options);
    QVERIFY(ported.open());
    const WsOptions used = ported.socket->connection()->options();
    QCOMPARE(used.maxMessageSize(), 1000);
    QCOMPARE(used.maxBufferedAmount(), 2000);
    QCOMPARE(used.pingInterval(), std::chrono::hours(1));
    QCOMPARE(ported.socket->maxAllowedIncomingMessageSize(), 1000u);
    QCOMPARE(ported.socket->maxAllowedIncomingFrameSize(), QWebSocket::maxIncomingFrameSize());
}

void TestCompatServer::compressionIsOfferedToTheSockets()
{
    Ported ported;
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options = ported.server.server()->options();
    options.setCompression(compression);
    ported.server.server()->setOptions(options);
    options = ported.client.options();
    options.setCompression(compression);
    ported.client.setOptions(options);
    QVERIFY(ported.open());
    QVERIFY(ported.client.response().header("Sec-WebSocket-Extensions").startsWith("permessage-deflate"));
    const QString text(10000, u'a');
    ported.socket->sendTextMessage(text);
    WS_TRY_COMPARE(ported.events.messages(), QStringList(u"text "_s + text));
}

void TestCompatServer::connectionsCanBeHandedOverAsByWsServer()
{
    Ported ported;
    QSignalSpy pending(&ported.server, &QWebSocketServer::newConnection);
    int origins = 0;
    connect(&ported.server, &QWebSocketServer::originAuthenticationRequired, this, [&] { ++origins; });
    ported.server.server()->setMaxPendingConnections(0);
    connect(ported.server.server(), &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection](const QString &text) { connection->sendText(text); });
    });
    QVERIFY(ported.start());
    WS_TRY_COMPARE(ported.client.state(), Ws::Open);
    QVERIFY(ported.client.sendText(u"echo"_s));
    WS_TRY_COMPARE(ported.events.messages(), QStringList(u"text echo"_s));
    QCOMPARE(pending.size(), 0);
    QCOMPARE(origins, 1);
    QVERIFY(!ported.server.hasPendingConnections());
}

void TestCompatServer::connectionsThatAreHandedOverCanLiveInThreads()
{
    Ported ported;
    WsServer *const server = ported.server.server();
    server->setMaxPendingConnections(0);
    server->setThreadCount(2);
    server->setConnectionHandler([](WsConnection *connection) {
        connect(
            connection, &WsConnection::textMessageReceived, connection, [connection](const QString &text) {
                const bool isElsewhere = QThread::currentThread() != QCoreApplication::instance()->thread();
                connection->sendText(text + (isElsewhere ? u" elsewhere"_s : u" here"_s));
            });
    });
    QVERIFY(ported.start());
    WS_TRY_COMPARE(ported.client.state(), Ws::Open);
    QVERIFY(ported.client.sendText(u"echo"_s));
    WS_TRY_COMPARE(ported.events.messages(), QStringList(u"text echo elsewhere"_s));
}

void TestCompatServer::socketsDoNotLiveInThreads()
{
    Ported ported;
    ported.takesConnections = false;
    ported.server.server()->setThreadCount(1);
    QVERIFY(ported.start());
    WS_TRY_VERIFY(ported.server.hasPendingConnections());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"threadCount"_s));
    QVERIFY(!ported.server.nextPendingConnection());
    WS_TRY_COMPARE(ported.events.ending(), u"closed 1011 '' clean"_s);
}

void TestCompatServer::connectionsTakenFromWsServerDoNotCount()
{
    Ported ported;
    ported.takesConnections = false;
    ported.server.setMaxPendingConnections(1);
    std::vector<std::unique_ptr<WsConnection>> taken;
    for (int i = 0; i < 3; ++i) {
        QVERIFY(ported.start());
        WS_TRY_VERIFY(ported.server.hasPendingConnections());
        taken.emplace_back(ported.server.server()->nextPendingConnection());
        ported.client.abort();
    }
    QCOMPARE(ported.server.error(), QWebSocketProtocol::CloseCodeNormal);
}

// It reads an answer over HTTP, slowly.
void TestCompatServer::listensAgainWhileAClientIsStillAnswered()
{
    Ported ported;
    QVERIFY(ported.open());
    connect(&ported.server, &QWebSocketServer::originAuthenticationRequired, this,
            [](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(false); });
    QTcpSocket refused;
    refused.connectToHost(QHostAddress::LocalHost, ported.server.serverPort());
    refused.write("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    WS_TRY_VERIFY(refused.bytesAvailable() > 0);
    ported.server.close();
    QVERIFY(ported.server.listen(QHostAddress::LocalHost));
    QVERIFY(refused.readAll().startsWith("HTTP/1.1 403 "));
    QCOMPARE(ported.client.state(), Ws::Open);
}

void TestCompatServer::whatWasSentArrivesBeforeTheServerIsDeleted()
{
    auto server = std::make_unique<QWebSocketServer>(u"Ported"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server->listen(QHostAddress::LocalHost));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_VERIFY(server->hasPendingConnections());
    const std::unique_ptr<QWebSocket> socket(server->nextPendingConnection());
    QSignalSpy disconnected(socket.get(), &QWebSocket::disconnected);
    socket->sendTextMessage(u"the last"_s);
    server.reset();
    WS_TRY_VERIFY(events.isClosed());
    WS_TRY_COMPARE(disconnected.size(), 1);
    QCOMPARE(events.messages(), QStringList(u"text the last"_s));
    QCOMPARE(events.ending(), u"closed 1001 'Server closed.' clean"_s);
}

void TestCompatServer::socketsMayBeDeletedWhileTheServerIs()
{
    auto server = std::make_unique<QWebSocketServer>(u"Ported"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server->listen(QHostAddress::LocalHost));
    WsClient first;
    WsClient second;
    QList<QPointer<QWebSocket>> sockets;
    connect(server.get(), &QWebSocketServer::newConnection, this, [&] {
        QWebSocket *const socket = server->nextPendingConnection();
        sockets.append(socket);
        connect(socket, &QWebSocket::disconnected, this, [socket] { delete socket; });
    });
    QVERIFY(first.open(server->serverUrl()) && second.open(server->serverUrl()));
    WS_TRY_COMPARE(sockets.size(), 2);
    server.reset();
    WS_TRY_VERIFY(!sockets.at(0) && !sockets.at(1));
    WS_TRY_VERIFY(first.state() == Ws::Closed && second.state() == Ws::Closed);
}

void TestCompatServer::socketsInOtherThreadsEndWithTheServer()
{
    auto server = std::make_unique<QWebSocketServer>(u"Ported"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server->listen(QHostAddress::LocalHost));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_VERIFY(server->hasPendingConnections());
    QWebSocket *const socket = server->nextPendingConnection();
    connect(socket, &QWebSocket::textMessageReceived, socket,
            [socket](const QString &text) { socket->sendTextMessage(text); });
    QThread thread;
    connect(&thread, &QThread::finished, socket, &QObject::deleteLater);
    socket->moveToThread(&thread);
    thread.start();
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.sendText(u"echo"_s));
    WS_TRY_COMPARE(events.messages(), QStringList(u"text echo"_s));
    server.reset();
    WS_TRY_VERIFY(events.isClosed());
    thread.quit();
    QVERIFY(thread.wait());
}

void TestCompatServer::refusedServerNameIsReported()
{
    Ported ported;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"Server\""_s));
    ported.server.setServerName(u"two\r\nlines"_s);
    QCOMPARE(ported.server.serverName(), u"two\r\nlines"_s);
    QVERIFY(ported.open());
    QCOMPARE(ported.client.response().header("Server"), "Ported"_ba);
}

void TestCompatServer::socketsAreTakenInTheThreadOfTheServer()
{
    Ported ported;
    ported.takesConnections = false;
    QVERIFY(ported.start());
    WS_TRY_VERIFY(ported.server.hasPendingConnections());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"only the thread of the server"_s));
    const std::unique_ptr<QThread> other(
        QThread::create([&ported] { ported.socket.reset(ported.server.nextPendingConnection()); }));
    other->start();
    other->wait();
    QVERIFY(!ported.socket);
    ported.socket.reset(ported.server.nextPendingConnection());
    QVERIFY(ported.socket);
}

void TestCompatServer::socketThatIsNotTakenOverIsReported()
{
    Ported ported;
    QTcpSocket unconnected;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"not connected"_s));
    ported.server.handleConnection(&unconnected);
}

QTEST_GUILESS_MAIN(TestCompatServer)
#include "tst_compatserver.moc"
