// SPDX-License-Identifier: MIT

// Who is let in: origins, limits, filters, and sockets that come from elsewhere.

#include "integrationtesting.h"

#include <QtCore/qthread.h>

#include <algorithm>
#include <atomic>
#include <vector>

using namespace IntegrationTesting;

namespace {
void addSchemesAndThreads()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threadCount) << isTls << threadCount;
    }
}
} // namespace

class TestAdmission : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void originIsCheckedBeforeAccepting_data();
    void originIsCheckedBeforeAccepting();
    void originIsOfTheSchemeThatIsUsed();
    void handlersRefusalGoesBeforeTheOrigin();
    void oneMoreThanMaxConnectionsIs503();
    void refusedClientsTakeNobodysPlace();
    void oneMoreThanMaxConnectionsPerAddressIs503();
    void limitsCanBeChangedMeanwhile();
    void burstBeyondTheLimitIsAnswered();
    void burstBeyondThePendingOnesIsServed_data() { addSchemesAndThreads(); }
    void burstBeyondThePendingOnesIsServed();
    void clientThatWaitsForRoomGoesWithTheServer();
    void silentClientsKeepNobodyOut_data() { addSchemesAndThreads(); }
    void silentClientsKeepNobodyOut();
    void pendingLimitIsAProperty();
    void pageThatRebindsItsNameIsRefused_data();
    void pageThatRebindsItsNameIsRefused();
    void entriesThatCanNeverMatchAreReported();
    void filterCutsBeforeAByteIsRead_data() { addSchemes(); }
    void filterCutsBeforeAByteIsRead();
    void handedOverSocketIsServed();
    void handedOverSocketMayHaveBufferedBytes();
    void handedOverTlsSocketIsServed();
    void handedOverSocketIsCountedAndLimited();
    void socketThatIsNotConnectedIsNotTaken();
    void socketOfAnotherThreadIsNotTaken();
    void filterMayMoveTheServer();
    void pausedServerLetsClientsWait();
    void acceptingMayBePausedBeforeListening();
    void connectionsAreListedAndCounted();
    void portOfAnotherServerIsRefused();
    void listeningPropertyListensAndCloses();
    void hostThatIsNoAddressIsTold();
};

void TestAdmission::originIsCheckedBeforeAccepting_data()
{
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QByteArray>("origin"); // PORT stands for the server's
    QTest::addColumn<int>("status");
    const QStringList same;
    QTest::newRow("same") << same << "http://localhost:PORT"_ba << 101;
    QTest::newRow("same in another case") << same << "HTTP://LocalHost:PORT"_ba << 101;
    QTest::newRow("same host, other port") << same << "http://localhost:1"_ba << 403;
    QTest::newRow("same host, no port") << same << "http://localhost"_ba << 403;
    QTest::newRow("same, but a longer name") << same << "http://localhost.evil.test:PORT"_ba << 403;
    QTest::newRow("other") << same << "http://evil.test"_ba << 403;
    QTest::newRow("null") << same << "null"_ba << 403;
    QTest::newRow("none") << same << QByteArray() << 101;
    const QStringList listed{u"https://app.test"_s, u"http://dev.test:8080"_s};
    QTest::newRow("listed") << listed << "https://app.test"_ba << 101;
    QTest::newRow("listed, with its default port") << listed << "https://app.test:443"_ba << 101;
    QTest::newRow("listed, other scheme") << listed << "http://app.test"_ba << 403;
    QTest::newRow("listed with a port") << listed << "http://dev.test:8080"_ba << 101;
    QTest::newRow("not listed") << listed << "http://other.test"_ba << 403;
    QTest::newRow("same, though others are listed") << listed << "http://localhost:PORT"_ba << 101;
    const QStringList pattern{u"https://*.app.test"_s};
    QTest::newRow("subdomain") << pattern << "https://x.app.test"_ba << 101;
    QTest::newRow("domain of a pattern") << pattern << "https://app.test"_ba << 403;
    QTest::newRow("none, though some are listed") << listed << QByteArray() << 101;
    QTest::newRow("any") << QStringList{u"*"_s} << "http://evil.test"_ba << 101;
    QTest::newRow("any: null") << QStringList{u"*"_s} << "null"_ba << 101;
}

void TestAdmission::originIsCheckedBeforeAccepting()
{
    QFETCH(const QStringList, allowed);
    QFETCH(QByteArray, origin);
    QFETCH(const int, status);
    Pair pair;
    pair.server.setAllowedOrigins(allowed);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    const QByteArray port = QByteArray::number(pair.server.serverPort());
    origin.replace("PORT", port);
    QByteArray request = RawPeer::upgradeRequest(origin.isEmpty() ? QByteArray() : "Origin: " + origin + "\r\n");
    raw.send(request.replace("Host: localhost", "Host: localhost:" + port));
    WS_TRY_COMPARE(raw.httpStatus(), status);
    QCOMPARE(pair.peer != nullptr, status == 101);
}

void TestAdmission::originIsOfTheSchemeThatIsUsed()
{
    Pair pair(true);
    QVERIFY(pair.server.listen());
    const QByteArray authority = "localhost:" + QByteArray::number(pair.server.serverPort());
    for (const QByteArray &scheme : {"https"_ba, "ftp"_ba}) {
        RawPeer raw;
        QVERIFY(raw.connectTo(pair.server));
        QByteArray request = RawPeer::upgradeRequest("Origin: " + scheme + "://" + authority + "\r\n");
        raw.send(request.replace("Host: localhost", "Host: " + authority));
        WS_TRY_COMPARE(raw.httpStatus(), scheme == "https" ? 101 : 403);
    }
}

void TestAdmission::handlersRefusalGoesBeforeTheOrigin()
{
    Pair pair;
    int asked = 0;
    pair.server.setRequestHandler([&](const WsRequest &) {
        ++asked;
        return WsResponse::reject(410);
    });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest("Origin: http://evil.test\r\n"));
    WS_TRY_COMPARE(raw.httpStatus(), 410);
    QCOMPARE(asked, 1);
}

void TestAdmission::oneMoreThanMaxConnectionsIs503()
{
    Pair pair;
    pair.server.setMaxConnections(2);
    QVERIFY(pair.server.listen());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    RawPeer first;
    RawPeer second;
    RawPeer third;
    QVERIFY(first.upgrade(pair.server));
    QVERIFY(second.upgrade(pair.server));
    QVERIFY(third.connectTo(pair.server));
    third.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(third.hasWholeAnswer());
    QCOMPARE(third.httpStatus(), 503);
    QCOMPARE(third.header("Retry-After"), "5"_ba);
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), 503);
    QCOMPARE(pair.server.connectionCount(), 2);

    first.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 1);
    RawPeer fourth;
    QVERIFY(fourth.upgrade(pair.server));
}

// Neither those that wait for their 503, nor those that have it and stay.
void TestAdmission::refusedClientsTakeNobodysPlace()
{
    Pair pair;
    pair.server.setMaxConnections(1);
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server));
    RawPeer silent;
    QVERIFY(silent.connectTo(pair.server));
    RawPeer stays;
    QVERIFY(stays.connectTo(pair.server));
    stays.stopReading();
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    stays.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(rejected.size(), 1);
    first.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    RawPeer next;
    QVERIFY(next.upgrade(pair.server));
}

void TestAdmission::oneMoreThanMaxConnectionsPerAddressIs503()
{
    Pair pair;
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server));
    RawPeer second;
    QVERIFY(second.connectTo(pair.server));
    second.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(second.httpStatus(), 503);

    RawPeer other;
    other.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(other.upgrade(pair.server));
    QCOMPARE(pair.peer->peerAddress(), QHostAddress(u"127.0.0.2"_s));
    QCOMPARE(pair.server.connectionCount(), 2);

    first.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 1);
    WS_TRY_VERIFY(second.hasEnded);
    RawPeer third;
    QVERIFY(third.upgrade(pair.server));
}

void TestAdmission::limitsCanBeChangedMeanwhile()
{
    Pair pair;
    QSignalSpy changed(&pair.server, &WsServer::maxConnectionsChanged);
    pair.server.setMaxConnections(-7);
    QCOMPARE(pair.server.maxConnections(), 0);
    pair.server.setMaxConnections(1);
    QCOMPARE(changed.size(), 1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server));
    pair.server.setMaxConnections(2);
    RawPeer second;
    QVERIFY(second.upgrade(pair.server));
    pair.server.setMaxConnections(1);
    QCOMPARE(pair.server.connectionCount(), 2); // nobody is thrown out
    RawPeer third;
    QVERIFY(!third.upgrade(pair.server));
    pair.server.setMaxConnections(0);
    RawPeer fourth;
    QVERIFY(fourth.upgrade(pair.server));
}

void TestAdmission::burstBeyondTheLimitIsAnswered()
{
    Pair pair;
    pair.server.setMaxConnections(1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server));
    std::vector<std::unique_ptr<RawPeer>> burst;
    for (int i = 0; i < 100; ++i) {
        burst.push_back(std::make_unique<RawPeer>());
        QVERIFY(burst.back()->connectTo(pair.server));
    }
    for (const auto &raw : burst)
        raw->send(RawPeer::upgradeRequest());
    const auto refused = [&] {
        return std::count_if(burst.begin(), burst.end(),
                             [](const auto &raw) { return raw->hasEnded && raw->httpStatus() == 503; });
    };
    WS_TRY_COMPARE(refused(), 100);
    first.send(frame(TextFrame, "still served"));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

// As after a restart of the server: each gets its turn, and nobody is cut.
void TestAdmission::burstBeyondThePendingOnesIsServed()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    constexpr int ClientCount = 50;
    Pair pair(isTls);
    pair.server.setConnectionHandler(nullptr); // it would be called in other threads
    pair.server.setThreadCount(threadCount);
    pair.server.setMaxPendingHandshakes(4);
    WsOptions patient;
    patient.setHandshakeTimeout(std::chrono::minutes(5));
    pair.setOptions(patient);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    std::vector<std::unique_ptr<WsClient>> clients;
    for (int i = 0; i < ClientCount; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        clients.back()->setSslConfiguration(tlsConfiguration());
        clients.back()->setOptions(patient);
        QVERIFY(clients.back()->open(pair.url()));
    }
    const auto openCount = [&clients] {
        return std::count_if(clients.begin(), clients.end(),
                             [](const auto &client) { return client->state() == Ws::Open; });
    };
    WS_TRY_COMPARE(openCount(), ClientCount);
    QCOMPARE(rejected.size(), 0);
}

// It is accepted, and no part of the server yet.
void TestAdmission::clientThatWaitsForRoomGoesWithTheServer()
{
    Pair pair;
    pair.server.setMaxPendingHandshakes(1);
    QVERIFY(pair.server.listen());
    RawPeer silent;
    RawPeer next;
    QVERIFY(silent.connectTo(pair.server));
    QVERIFY(next.connectTo(pair.server));
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_VERIFY(silent.hasEnded && next.hasEnded);
    WS_TRY_COMPARE(closed.size(), 1);
    QVERIFY(pair.open()); // which nobody is in the way of
}

void TestAdmission::silentClientsKeepNobodyOut()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setConnectionHandler(nullptr); // it would be called in other threads
    pair.server.setThreadCount(threadCount);
    pair.server.setMaxConnections(20);
    pair.server.setMaxPendingHandshakes(20);
    WsOptions patient;
    patient.setHandshakeTimeout(std::chrono::minutes(5));
    pair.setOptions(patient);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    std::vector<std::unique_ptr<QTcpSocket>> silent;
    for (int i = 0; i < 40; ++i) {
        silent.push_back(std::make_unique<QTcpSocket>());
        silent.back()->setProxy(QNetworkProxy::NoProxy);
        silent.back()->connectToHost(QHostAddress::LocalHost, pair.server.serverPort());
        WS_TRY_COMPARE(silent.back()->state(), QAbstractSocket::ConnectedState);
    }
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    const auto ended = [&silent](size_t from, size_t to) {
        return std::count_if(silent.begin() + qsizetype(from), silent.begin() + qsizetype(to), [](const auto &socket) {
            return socket->state() == QAbstractSocket::UnconnectedState;
        });
    };
    WS_TRY_COMPARE(ended(0, 40), 21); // one of them for the client
    if (threadCount == 0) // which begins with them in the order in which they came
        QCOMPARE(ended(0, 21), 21);
    WS_TRY_COMPARE(rejected.size(), 21);
    QVERIFY(rejected.at(0).at(0).value<WsError>().text().contains(u"maxPendingHandshakes"_s));
}

void TestAdmission::pendingLimitIsAProperty()
{
    WsServer server;
    QCOMPARE(server.maxPendingHandshakes(), 1000);
    QSignalSpy changed(&server, &WsServer::maxPendingHandshakesChanged);
    server.setMaxPendingHandshakes(1000);
    QCOMPARE(changed.size(), 0);
    server.setMaxPendingHandshakes(-1);
    QCOMPARE(server.maxPendingHandshakes(), 0);
    QCOMPARE(changed.size(), 1);
}

namespace {
QByteArray requestTo(const QByteArray &host, const QByteArray &origin, const QByteArray &target = "/")
{
    const QByteArray headers = origin.isEmpty() ? QByteArray() : "Origin: " + origin + "\r\n";
    return RawPeer::upgradeRequest(headers, target).replace("Host: localhost", "Host: " + host);
}
} // namespace

// A page of evil.example, whose name leads to this machine.
void TestAdmission::pageThatRebindsItsNameIsRefused_data()
{
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QByteArray>("request"); // PORT stands for the server's
    QTest::addColumn<int>("status");
    const QStringList none;
    QTest::newRow("by name") << none << requestTo("evil.example:PORT", "http://evil.example:PORT") << 403;
    QTest::newRow("by an absolute target")
        << none << requestTo("localhost:PORT", "http://evil.example:PORT", "http://evil.example:PORT/") << 403;
    QTest::newRow("with a dot at the end")
        << none << requestTo("evil.example.:PORT", "http://evil.example.:PORT") << 403;
    QTest::newRow("no page") << none << requestTo("evil.example:PORT", {}) << 101;
    QTest::newRow("localhost") << none << requestTo("localhost:PORT", "http://localhost:PORT") << 101;
    QTest::newRow("localhost in another case") << none << requestTo("LocalHost.:PORT", "http://localhost:PORT") << 101;
    QTest::newRow("IPv4 address") << none << requestTo("127.0.0.1:PORT", "http://127.0.0.1:PORT") << 101;
    QTest::newRow("IPv6 address") << none << requestTo("[::1]:PORT", "http://[::1]:PORT") << 101;
    const QStringList listed{u"chat.example.com"_s};
    QTest::newRow("listed") << listed << requestTo("chat.example.com", "https://chat.example.com") << 101;
    QTest::newRow("not listed") << listed << requestTo("evil.example:PORT", "http://evil.example:PORT") << 403;
    QTest::newRow("not listed, no page") << listed << requestTo("localhost:PORT", {}) << 403;
    QTest::newRow("any") << QStringList{u"*"_s} << requestTo("evil.example:PORT", "http://evil.example:PORT") << 101;
}

void TestAdmission::pageThatRebindsItsNameIsRefused()
{
    QFETCH(const QStringList, allowed);
    QFETCH(QByteArray, request);
    QFETCH(const int, status);
    Pair pair;
    pair.server.setAllowedHosts(allowed);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(request.replace("PORT", QByteArray::number(pair.server.serverPort())));
    WS_TRY_COMPARE(raw.httpStatus(), status);
    if (status == 403)
        WS_TRY_VERIFY(raw.body().contains("allowedHosts"));
}

// Whoever reads the log is not the program: what can never match is reported.
void TestAdmission::entriesThatCanNeverMatchAreReported()
{
    WsServer server;
    QSignalSpy errors(&server, &WsServer::errorOccurred);
    server.setAllowedOrigins({u"example.com"_s, u"https://*.example.com"_s});
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Misuse);
    QVERIFY(server.errorString().contains(u"\"example.com\" in allowedOrigins"_s));
    server.setAllowedHosts({u"https://example.com"_s, u"example.com"_s});
    QCOMPARE(errors.size(), 2);
    QVERIFY(server.errorString().contains(u"\"https://example.com\" in allowedHosts"_s));
}

void TestAdmission::filterCutsBeforeAByteIsRead()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QList<QHostAddress> asked;
    bool isAllowed = false;
    pair.server.setConnectionFilter([&](const QHostAddress &address) {
        asked.append(address);
        return isAllowed;
    });
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
    QCOMPARE(asked, QList<QHostAddress>{QHostAddress(QHostAddress::LocalHost)});
    QCOMPARE(rejected.size(), 0);
    isAllowed = true;
    QVERIFY(pair.open());
    pair.server.setConnectionFilter(nullptr);
    pair.client.abort();
    QVERIFY(pair.open());
    QCOMPARE(asked.size(), 2);
}

namespace {
// A listener of the application's own.
class Door : public QTcpServer
{
public:
    Door() { listen(QHostAddress::LocalHost); }
    QUrl url() const { return QUrl(u"ws://127.0.0.1:%1/path"_s.arg(serverPort())); }
};

class TlsDoor : public QTcpServer
{
public:
    std::function<void(qintptr)> onConnection;

protected:
    void incomingConnection(qintptr descriptor) override { onConnection(descriptor); }
};
} // namespace

void TestAdmission::handedOverSocketIsServed()
{
    Pair pair;
    Door door;
    connect(&door, &QTcpServer::newConnection, &door,
            [&] { QVERIFY(pair.server.handleConnection(door.nextPendingConnection())); });
    QVERIFY(pair.client.open(door.url()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.peer->peerPort(), pair.client.localPort());
    QCOMPARE(pair.peer->request().path(), u"/path"_s);
    connect(pair.peer, &WsConnection::binaryMessageReceived, pair.peer, &WsConnection::sendBinary);
    pair.events.keepsMessages = pair.peerEvents->keepsMessages = false;
    for (int i = 0; i < 40; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(100'000, 'x')));
    WS_TRY_COMPARE(pair.events.payloadSize, 40 * 100'000);
    pair.client.close(3000, u"bye"_s);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 3000 'bye' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 'bye' clean"_s);
}

void TestAdmission::handedOverSocketMayHaveBufferedBytes()
{
    Pair pair;
    Door door;
    QTcpSocket raw;
    raw.connectToHost(QHostAddress::LocalHost, door.serverPort());
    WS_TRY_VERIFY(door.hasPendingConnections());
    QTcpSocket *socket = door.nextPendingConnection();
    const QByteArray bytes = RawPeer::upgradeRequest() + frame(TextFrame, "early");
    raw.write(bytes);
    WS_TRY_COMPARE(socket->bytesAvailable(), bytes.size());
    QVERIFY(pair.server.handleConnection(socket));
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->messageCount == 1);
    raw.write(frame(TextFrame, "late"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList({u"text early"_s, u"text late"_s}));
}

void TestAdmission::handedOverTlsSocketIsServed()
{
    Pair pair;
    pair.client.setSslConfiguration(tlsConfiguration());
    TlsDoor door;
    door.onConnection = [&](qintptr descriptor) {
        auto *accepted = new QSslSocket;
        accepted->setSocketDescriptor(descriptor);
        accepted->setSslConfiguration(serverTls());
        accepted->startServerEncryption();
        QVERIFY(pair.server.handleConnection(accepted));
    };
    QVERIFY(door.listen(QHostAddress::LocalHost));
    QVERIFY(pair.client.open(QUrl(u"wss://localhost:%1"_s.arg(door.serverPort()))));
    QVERIFY(pair.waitUntilOpen());
    QVERIFY(pair.peer->isEncrypted());
    QVERIFY(pair.peer->request().isEncrypted());
    pair.client.sendText("hello");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestAdmission::handedOverSocketIsCountedAndLimited()
{
    Pair pair;
    pair.server.setMaxConnections(1);
    Door door;
    connect(&door, &QTcpServer::newConnection, &door,
            [&] { pair.server.handleConnection(door.nextPendingConnection()); });
    QVERIFY(pair.client.open(door.url()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.server.connectionCount(), 1);
    WsClient second;
    Events events(&second);
    QVERIFY(second.open(door.url()));
    WS_TRY_COMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(second.response().status(), 503);
    pair.server.close();
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
}

void TestAdmission::socketThatIsNotConnectedIsNotTaken()
{
    WsServer server;
    QTcpSocket socket;
    QVERIFY(!server.handleConnection(nullptr));
    QVERIFY(!server.handleConnection(&socket));
}

void TestAdmission::socketOfAnotherThreadIsNotTaken()
{
    QTcpServer door;
    QVERIFY(door.listen(QHostAddress::LocalHost));
    QThread thread; // which need not run
    QTcpSocket socket;
    socket.connectToHost(door.serverAddress(), door.serverPort());
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
    socket.moveToThread(&thread);
    WsServer server;
    QVERIFY(!server.handleConnection(&socket));
    QCOMPARE(server.errorString(), u"the device lives in another thread than the server"_s);
    QCOMPARE(server.statistics().pendingHandshakes, 0);
}

// The client that it is asked about is served there.
void TestAdmission::filterMayMoveTheServer()
{
    QThread thread;
    thread.start();
    auto *const server = new WsServer;
    QVERIFY(server->listen());
    const QUrl url = server->serverUrl();
    server->setConnectionFilter([server, &thread](const QHostAddress &) {
        server->moveToThread(&thread);
        return true;
    });
    std::atomic<QThread *> openedIn{nullptr};
    server->setConnectionHandler([&openedIn](WsConnection *) { openedIn = QThread::currentThread(); });
    WsClient client;
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(openedIn.load(), &thread);
    server->deleteLater();
    thread.quit();
    thread.wait();
}

void TestAdmission::pausedServerLetsClientsWait()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    pair.server.pauseAccepting();
    QVERIFY(pair.start());
    QSignalSpy opened(&pair.client, &WsConnection::opened);
    QVERIFY(!opened.wait(100));
    QCOMPARE(pair.client.state(), Ws::Connecting);
    pair.server.resumeAccepting();
    WS_TRY_COMPARE(opened.size(), 1);
}

void TestAdmission::acceptingMayBePausedBeforeListening()
{
    Pair pair;
    pair.server.pauseAccepting();
    QVERIFY(pair.start());
    QSignalSpy opened(&pair.client, &WsConnection::opened);
    QVERIFY(!opened.wait(100));
    pair.server.resumeAccepting();
    WS_TRY_COMPARE(opened.size(), 1);
}

void TestAdmission::connectionsAreListedAndCounted()
{
    Pair pair;
    QSignalSpy changed(&pair.server, &WsServer::connectionCountChanged);
    QVERIFY(pair.open());
    QCOMPARE(pair.server.connections(), QList<WsConnection *>{pair.peer});
    QCOMPARE(pair.server.connectionCount(), 1);
    QCOMPARE(changed.size(), 1);
    QVERIFY(pair.peer->isServerSide());
    QVERIFY(!pair.client.isServerSide());
    QVERIFY(pair.peer->id() != pair.client.id());
    pair.client.close();
    WS_TRY_COMPARE(changed.size(), 2);
    QVERIFY(pair.server.connections().isEmpty());
    WS_TRY_VERIFY(!pair.peer); // deleted by the server
}

void TestAdmission::portOfAnotherServerIsRefused()
{
    WsServer server;
    QVERIFY(server.listen());
    const quint16 port = server.serverPort();
    WsServer other;
    QVERIFY(!other.listen(QHostAddress::LocalHost, port));
    QCOMPARE(other.errorString(),
             u"cannot listen on 127.0.0.1:%1: The bound address is already in use"_s.arg(port));
    QVERIFY(!other.isListening());
    QVERIFY(other.serverUrl().isEmpty());
}

void TestAdmission::listeningPropertyListensAndCloses()
{
    WsServer server;
    QSignalSpy changed(&server, &WsServer::listeningChanged);
    QSignalSpy closed(&server, &WsServer::closed);
    server.setHost(u"localhost"_s);
    server.setListening(true);
    QVERIFY(server.isListening());
    QCOMPARE(server.serverUrl(), QUrl(u"ws://127.0.0.1:%1"_s.arg(server.serverPort())));
    server.setListening(true);
    QCOMPARE(changed.size(), 1);
    server.setListening(false);
    QVERIFY(!server.isListening());
    QCOMPARE(changed.size(), 2);
    QCOMPARE(closed.size(), 1);
}

void TestAdmission::hostThatIsNoAddressIsTold()
{
    WsServer server;
    QSignalSpy errors(&server, &WsServer::errorOccurred);
    server.setHost(u"no address"_s);
    server.setListening(true);
    QVERIFY(!server.isListening());
    QCOMPARE(errors.size(), 1);
    QCOMPARE(server.errorString(), u"no address is not an address"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestAdmission)
#include "tst_admission.moc"
