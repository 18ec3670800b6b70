// SPDX-License-Identifier: MIT

// QWebSocketServer: how clients get in, how the program takes them, and what it then has.

#include "servertesting.h"

#include <QtNetwork/qtcpserver.h>

#include <algorithm>
#include <memory>
#include <vector>

using namespace ServerTesting;

namespace {
// The programs that override nextPendingConnection() call that of the base.
class Counting : public QWebSocketServer
{
public:
    Counting() : QWebSocketServer(u"the tests"_s, NonSecureMode) { }

    QWebSocket *nextPendingConnection() override
    {
        ++calls;
        return QWebSocketServer::nextPendingConnection();
    }

    int calls = 0;
};

QByteArray textFrame(const QByteArray &text)
{
    return frame(1, text);
}
} // namespace

class TestAccepting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newConnectionIsEmittedOnceForEachClient();
    void pendingClientsAreTakenInTheirOrder();
    void pendingClientStaysWithoutASlot();
    void nextPendingConnectionCanBeOverridden();
    void acceptedSocketIsOpen();
    void acceptedSocketHasNoParent();
    void acceptedSocketKnowsTheRequest();
    void acceptedSocketKnowsTheRequestOfTheWire();
    void acceptedSocketSendsAtOnce();
    void messagesGoBothWays();
    void clientThatDoesNotReadIsRead();
    void pingsAreAnsweredBothWays();
    void messageThatFollowsTheRequestArrives();
    void messageThatArrivesBeforeTheClientIsTaken();
    void clientsAboveTheMaximumAreRefused();
    void placeOfATakenClientIsFree();
    void clientsThatAreTakenAtOnceDoNotCount();
    void maximumIsThirtyByDefault();
    void clientMayBeClosedInNewConnection();
    void clientMayBeAbortedInNewConnection();
    void clientThatLeavesWhilePendingIsStillTaken();
    void closeOfTheServerEndsPendingClients();
    void closeOfTheServerKeepsTakenClients();
    void silentClientIsCut();
    void clientThatStopsInTheMiddleIsCut();
    void noLimitIfTheTimeoutIsNegative();
    void socketsOfTheProgramAreAccepted();
    void socketWithDataIsAccepted();
    void socketOfAServerThatListensIsAccepted();
    void twoHundredClientsAtOnce();
    void peerThatClosesIsReported();
    void serverSideCloses();
    void abortedClientIsReported();
    void cleanup() { m_clients.clear(); }

private:
    std::vector<std::unique_ptr<RawClient>> m_clients;
};

void TestAccepting::newConnectionIsEmittedOnceForEachClient()
{
    Server server;
    QVERIFY(server.start());
    Client first;
    Client second;
    QVERIFY(first.openAndWait(server.url()));
    QVERIFY(second.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
    QVERIFY(server.taken[0] && server.taken[1] && server.taken[0] != server.taken[1]);
    QVERIFY(!server.hasPendingConnections());
    QCOMPARE(server.nextPendingConnection(), nullptr);
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.acceptErrors.size(), 0);
}

void TestAccepting::pendingClientsAreTakenInTheirOrder()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<Client>());
        QVERIFY(clients.back()->openAndWait(server.url(u"/%1"_s.arg(i))));
        WS_TRY_COMPARE(server.newConnections, i + 1);
    }
    for (int i = 0; i < 5; ++i) {
        QVERIFY(server.hasPendingConnections());
        QWebSocket *const socket = server.nextPendingConnection();
        QVERIFY(socket);
        QCOMPARE(socket->requestUrl().path(), u"/%1"_s.arg(i));
    }
    QVERIFY(!server.hasPendingConnections());
    QCOMPARE(server.nextPendingConnection(), nullptr);
}

void TestAccepting::pendingClientStaysWithoutASlot()
{
    QWebSocketServer server(u"the tests"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Client client;
    QVERIFY(client.openAndWait(server.serverUrl()));
    WS_TRY_VERIFY(server.hasPendingConnections());
    QVERIFY(server.nextPendingConnection());
}

void TestAccepting::nextPendingConnectionCanBeOverridden()
{
    Counting server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QPointer<QWebSocket> taken;
    connect(&server, &QWebSocketServer::newConnection, &server, [&] {
        QWebSocketServer &base = server;
        taken = base.nextPendingConnection();
    });
    Client client;
    QVERIFY(client.openAndWait(server.serverUrl()));
    WS_TRY_VERIFY(taken);
    QCOMPARE(server.calls, 1);
}

void TestAccepting::acceptedSocketIsOpen()
{
    Server server;
    QList<QAbstractSocket::SocketState> states;
    QList<bool> validities;
    server.takesClients = false;
    connect(&server, &QWebSocketServer::newConnection, this, [&] {
        server.taken.append(server.nextPendingConnection());
        states.append(server.last()->state());
        validities.append(server.last()->isValid());
    });
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(states, QList{QAbstractSocket::ConnectedState});
    QCOMPARE(validities, QList{true});
    QCOMPARE(server.last()->closeReason(), QString());
    QCOMPARE(server.last()->bytesToWrite(), 0);
}

void TestAccepting::acceptedSocketHasNoParent()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QWebSocket *const socket = server.nextPendingConnection();
    QCOMPARE(socket->parent(), nullptr);
    QVERIFY(!server.findChildren<QWebSocket *>().contains(socket));
    delete socket;
}

void TestAccepting::acceptedSocketKnowsTheRequest()
{
    Server server;
    QVERIFY(server.start());
    Client client(u"http://example.com"_s);
    QNetworkRequest request(server.url(u"/a/path?query=1&other=2"_s));
    request.setRawHeader("X-Token", "abc");
    client.open(request);
    WS_TRY_COMPARE(server.newConnections, 1);
    const QWebSocket *const socket = server.last();
    QCOMPARE(socket->requestUrl().path(), u"/a/path"_s);
    QCOMPARE(socket->requestUrl().query(), u"query=1&other=2"_s);
    QCOMPARE(socket->requestUrl(), server.url(u"/a/path?query=1&other=2"_s));
    QCOMPARE(socket->resourceName(),
             server.url(u"/a/path?query=1&other=2"_s).toString()); // unlike that of a client
    QCOMPARE(socket->origin(), u"http://example.com"_s);
    QCOMPARE(socket->version(), QWebSocketProtocol::Version13);
    QCOMPARE(socket->subprotocol(), QString());
    QCOMPARE(socket->request().url(), socket->requestUrl());
    QCOMPARE(socket->request().rawHeader("X-Token"), QByteArray("abc"));
    QVERIFY(socket->request().hasRawHeader("Sec-WebSocket-Key"));
    QCOMPARE(socket->peerAddress(), client.localAddress());
    QCOMPARE(socket->peerPort(), client.localPort());
    QCOMPARE(socket->localAddress(), client.peerAddress());
    QCOMPARE(socket->localPort(), client.peerPort());
    WS_TRY_COMPARE(client.connections, 1);
}

void TestAccepting::acceptedSocketKnowsTheRequestOfTheWire()
{
    Server server;
    QVERIFY(server.start());
    QByteArrayList headers = RawClient::handshakeHeaders();
    headers[0] = "Host: server.example:8080";
    RawClient client(server.url(),
                     RawClient::request(headers + QByteArrayList{"x-NAME: a value "}, "GET /p?q HTTP/1.1"));
    WS_TRY_COMPARE(server.newConnections, 1);
    const QWebSocket *const socket = server.last();
    QCOMPARE(socket->requestUrl(), QUrl(u"ws://server.example:8080/p?q"_s));
    QCOMPARE(socket->resourceName(), u"ws://server.example:8080/p?q"_s);
    QCOMPARE(socket->request().rawHeader("X-Name"), QByteArray("a value"));
    QCOMPARE(socket->origin(), QString());
    QCOMPARE(socket->peerName(), QString());
}

void TestAccepting::acceptedSocketSendsAtOnce()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.last()->sendTextMessage(u"greeting"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"greeting"_s));
}

void TestAccepting::messagesGoBothWays()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy texts(server.last(), &QWebSocket::textMessageReceived);
    QSignalSpy binaries(server.last(), &QWebSocket::binaryMessageReceived);
    QCOMPARE(client.sendTextMessage(u"hällo"_s), 6);
    QCOMPARE(client.sendBinaryMessage(QByteArray(100000, 'x')), 100000);
    WS_TRY_COMPARE(texts.size(), 1);
    WS_TRY_COMPARE(binaries.size(), 1);
    QCOMPARE(texts[0][0].toString(), u"hällo"_s);
    QCOMPARE(binaries[0][0].toByteArray(), QByteArray(100000, 'x'));
    QCOMPARE(server.last()->sendTextMessage(u"back"_s), 4);
    WS_TRY_COMPARE(client.messages, QStringList(u"back"_s));
}

// It may be about to read when it has sent everything.
void TestAccepting::clientThatDoesNotReadIsRead()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.status(), 101);
    WS_TRY_COMPARE(server.newConnections, 1);
    client.socket.setReadBufferSize(1);
    QSignalSpy texts(server.last(), &QWebSocket::textMessageReceived);
    const QByteArray message(1 * MiB, 'x');
    for (int i = 0; i < 20; ++i)
        server.last()->sendBinaryMessage(message);
    WS_TRY_VERIFY(client.socket.bytesAvailable() > 0);
    client.socket.write(textFrame("hello"));
    WS_TRY_COMPARE(texts.size(), 1);
}

void TestAccepting::pingsAreAnsweredBothWays()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy pongs(server.last(), &QWebSocket::pong);
    QSignalSpy clientPongs(&client, &QWebSocket::pong);
    server.last()->ping("payload");
    WS_TRY_COMPARE(pongs.size(), 1);
    QCOMPARE(pongs[0][1].toByteArray(), QByteArray("payload"));
    client.ping();
    WS_TRY_COMPARE(clientPongs.size(), 1);
    QCOMPARE(clientPongs[0][1].toByteArray(), QByteArray());
    QVERIFY(clientPongs[0][0].toULongLong() < quint64(Patient::Patience));
}

void TestAccepting::messageThatFollowsTheRequestArrives()
{
    Server server;
    QStringList received;
    server.takesClients = false;
    connect(&server, &QWebSocketServer::newConnection, this, [&] {
        QWebSocket *const socket = server.nextPendingConnection();
        connect(socket, &QWebSocket::textMessageReceived, this,
                [&received](const QString &message) { received.append(message); });
    });
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request() + textFrame("first") + textFrame("second"));
    QCOMPARE(client.status(), 101);
    client.socket.write(textFrame("third"));
    QStringList expected(u"third"_s);
    if (compatDiffers("frames that follow the request at once"))
        expected = QStringList{u"first"_s, u"second"_s} + expected;
    WS_TRY_COMPARE(received, expected);
}

// What arrives while nobody has taken the client, and so nobody is connected to its signals.
void TestAccepting::messageThatArrivesBeforeTheClientIsTaken()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy pongs(&client, &QWebSocket::pong);
    client.sendTextMessage(u"early"_s);
    client.ping();
    if (!compatDiffers("messages of a pending client"))
        WS_TRY_COMPARE(pongs.size(), 1);
    QStringList received;
    QWebSocket *const socket = server.nextPendingConnection();
    connect(socket, &QWebSocket::textMessageReceived, this,
            [&received](const QString &message) { received.append(message); });
    client.sendTextMessage(u"late"_s);
    QStringList expected(u"late"_s);
    if (compatDiffers("messages of a pending client"))
        expected.prepend(u"early"_s);
    WS_TRY_COMPARE(received, expected);
    WS_TRY_COMPARE(pongs.size(), 1);
}

void TestAccepting::clientsAboveTheMaximumAreRefused()
{
    Server server;
    server.takesClients = false;
    server.setMaxPendingConnections(2);
    QVERIFY(server.start());
    for (int i = 0; i < 2; ++i) {
        m_clients.push_back(std::make_unique<RawClient>(server.url(), RawClient::request()));
        QCOMPARE(m_clients.back()->status(), 101);
    }
    QCOMPARE(server.errors.size(), 0);
    RawClient third(server.url(), RawClient::request());
    WS_TRY_VERIFY(third.isEnded());
    QVERIFY(third.status() != 101);
    WS_TRY_COMPARE(server.errors, QList{QWebSocketProtocol::CloseCodeAbnormalDisconnection});
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeAbnormalDisconnection);
    QVERIFY(!server.errorString().isEmpty());
    QCOMPARE(server.newConnections, 2);
    QVERIFY(server.nextPendingConnection() && server.nextPendingConnection());
    QCOMPARE(server.nextPendingConnection(), nullptr);
}

void TestAccepting::placeOfATakenClientIsFree()
{
    Server server;
    server.takesClients = false;
    server.setMaxPendingConnections(1);
    QVERIFY(server.start());
    for (int i = 1; i <= 3; ++i) {
        m_clients.push_back(std::make_unique<RawClient>(server.url(), RawClient::request()));
        QCOMPARE(m_clients.back()->status(), 101);
        WS_TRY_COMPARE(server.newConnections, i);
        QVERIFY(server.nextPendingConnection());
    }
    QCOMPARE(server.errors.size(), 0);
}

// A slot that takes a client at once never lets it count.
void TestAccepting::clientsThatAreTakenAtOnceDoNotCount()
{
    Server server;
    server.setMaxPendingConnections(1);
    QVERIFY(server.start());
    for (int i = 0; i < 10; ++i)
        m_clients.push_back(std::make_unique<RawClient>(server.url(), RawClient::request()));
    for (const auto &client : m_clients)
        QCOMPARE(client->status(), 101);
    QCOMPARE(server.newConnections, 10);
    QCOMPARE(server.errors.size(), 0);
}

void TestAccepting::maximumIsThirtyByDefault()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    for (int i = 0; i < 40; ++i)
        m_clients.push_back(std::make_unique<RawClient>(server.url(), RawClient::request()));
    const auto isAccepted = [](const auto &client) { return client->status() == 101; };
    QCOMPARE(std::count_if(m_clients.cbegin(), m_clients.cend(), isAccepted), 30);
    QCOMPARE(server.newConnections, 30);
    std::vector<std::unique_ptr<QWebSocket>> taken;
    while (server.hasPendingConnections())
        taken.emplace_back(server.nextPendingConnection());
    QCOMPARE(taken.size(), 30U);
    RawClient next(server.url(), RawClient::request());
    QCOMPARE(next.status(), 101);
}

// As programs do with clients that they do not want.
void TestAccepting::clientMayBeClosedInNewConnection()
{
    Server server;
    connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
        server.last()->close(QWebSocketProtocol::CloseCodePolicyViolated, u"full"_s);
        server.last()->deleteLater();
    });
    QVERIFY(server.start());
    Client client;
    client.open(server.url());
    WS_TRY_COMPARE(client.disconnections, 1);
    QCOMPARE(client.connections, 1);
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodePolicyViolated);
    QCOMPARE(client.closeReason(), u"full"_s);
    WS_TRY_VERIFY(!server.last());
}

void TestAccepting::clientMayBeAbortedInNewConnection()
{
    Server server;
    connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
        server.last()->abort();
        server.last()->deleteLater();
    });
    QVERIFY(server.start());
    Client client;
    client.open(server.url());
    WS_TRY_VERIFY(!server.last() && server.newConnections == 1);
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
}

void TestAccepting::clientThatLeavesWhilePendingIsStillTaken()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    auto client = std::make_unique<Client>();
    QVERIFY(client->openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    client->abort();
    client.reset();
    QVERIFY(server.hasPendingConnections());
    const std::unique_ptr<QWebSocket> socket(server.nextPendingConnection());
    QVERIFY(socket);
    WS_TRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
}

void TestAccepting::closeOfTheServerEndsPendingClients()
{
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.close();
    QVERIFY(!server.hasPendingConnections());
    QCOMPARE(server.nextPendingConnection(), nullptr);
    WS_TRY_COMPARE(client.disconnections, 1);
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
}

void TestAccepting::closeOfTheServerKeepsTakenClients()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.close();
    WS_TRY_COMPARE(server.closings, 1);
    QSignalSpy texts(server.last(), &QWebSocket::textMessageReceived);
    client.sendTextMessage(u"still there"_s);
    WS_TRY_COMPARE(texts.size(), 1);
    server.last()->sendTextMessage(u"so am I"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"so am I"_s));
    QCOMPARE(client.disconnections, 0);
}

void TestAccepting::silentClientIsCut()
{
    Server server;
    server.setHandshakeTimeout(50);
    QVERIFY(server.start());
    RawClient client(server.url());
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::ConnectedState);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.newConnections, 0);
}

void TestAccepting::clientThatStopsInTheMiddleIsCut()
{
    Server server;
    server.setHandshakeTimeout(50);
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().chopped(3));
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::ConnectedState);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.newConnections, 0);
}

void TestAccepting::noLimitIfTheTimeoutIsNegative()
{
    Server server;
    server.setHandshakeTimeout(-1);
    QVERIFY(server.start());
    RawClient client(server.url());
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::ConnectedState);
    client.socket.write(RawClient::request());
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(client.status(), 101);
}

void TestAccepting::socketsOfTheProgramAreAccepted()
{
    Server server; // which does not listen
    QTcpServer door;
    connect(&door, &QTcpServer::newConnection, &server,
            [&] { server.handleConnection(door.nextPendingConnection()); });
    QVERIFY(door.listen(QHostAddress::LocalHost));
    Client client;
    QVERIFY(client.openAndWait(QUrl(u"ws://127.0.0.1:%1/x"_s.arg(door.serverPort()))));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->requestUrl().path(), u"/x"_s);
    server.last()->sendTextMessage(u"hello"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"hello"_s));
    QVERIFY(!server.isListening());
}

void TestAccepting::socketWithDataIsAccepted()
{
    Server server;
    QTcpServer door;
    QTcpSocket *held = nullptr;
    connect(&door, &QTcpServer::newConnection, &server, [&] { held = door.nextPendingConnection(); });
    QVERIFY(door.listen(QHostAddress::LocalHost));
    RawClient client(QUrl(u"ws://127.0.0.1:%1"_s.arg(door.serverPort())), RawClient::request());
    WS_TRY_VERIFY(held && held->bytesAvailable() > 0);
    server.handleConnection(held);
    Q_EMIT held->readyRead();
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(client.status(), 101);
}

void TestAccepting::socketOfAServerThatListensIsAccepted()
{
    Server server;
    QVERIFY(server.start());
    QTcpServer door;
    connect(&door, &QTcpServer::newConnection, &server,
            [&] { server.handleConnection(door.nextPendingConnection()); });
    QVERIFY(door.listen(QHostAddress::LocalHost));
    Client first;
    QVERIFY(first.openAndWait(QUrl(u"ws://127.0.0.1:%1"_s.arg(door.serverPort()))));
    Client second;
    QVERIFY(second.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
}

void TestAccepting::twoHundredClientsAtOnce()
{
    Server server;
    QVERIFY(server.start());
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(std::make_unique<Client>());
        clients.back()->open(server.url(u"/%1"_s.arg(i)));
    }
    WS_TRY_COMPARE(server.newConnections, 200);
    for (const auto &socket : std::as_const(server.taken))
        socket->sendTextMessage(socket->requestUrl().path());
    for (int i = 0; i < 200; ++i)
        WS_TRY_COMPARE(clients[size_t(i)]->messages, QStringList(u"/%1"_s.arg(i)));
    QCOMPARE(server.errors.size(), 0);
}

void TestAccepting::peerThatClosesIsReported()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy ends(server.last(), &QWebSocket::disconnected);
    client.close(QWebSocketProtocol::CloseCodeGoingAway, u"bye"_s);
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(server.last()->closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
    QCOMPARE(server.last()->closeReason(), u"bye"_s);
    QCOMPARE(server.last()->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!server.last()->isValid());
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestAccepting::serverSideCloses()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy ends(server.last(), &QWebSocket::disconnected);
    server.last()->close(QWebSocketProtocol::CloseCodePolicyViolated, u"no"_s);
    WS_TRY_COMPARE(client.disconnections, 1);
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodePolicyViolated);
    QCOMPARE(client.closeReason(), u"no"_s);
    WS_TRY_COMPARE(ends.size(), 1);
}

void TestAccepting::abortedClientIsReported()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QSignalSpy ends(server.last(), &QWebSocket::disconnected);
    client.abort();
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(server.last()->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!server.last()->isValid());
}

QTEST_GUILESS_MAIN(TestAccepting)
#include "tst_qwebsocketserver_accepting.moc"
