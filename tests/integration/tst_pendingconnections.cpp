// SPDX-License-Identifier: MIT

// Connections that wait until nextPendingConnection() takes them, and that belong to whoever has taken them.

#include "integrationtesting.h"

#include <QtCore/qpromise.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qtcpsocket.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace IntegrationTesting;

namespace {
// A server that keeps connections, and clients of it.
struct Keeper
{
    explicit Keeper(int maxPending = 30, bool isTls = false)
    {
        server->setMaxPendingConnections(maxPending);
        if (isTls)
            server->setSslConfiguration(serverTls());
    }

    bool listen() { return server->listen(); }
    WsClient *connectClient()
    {
        clients.push_back(std::make_unique<WsClient>());
        WsClient *const client = clients.back().get();
        client->setSslConfiguration(tlsConfiguration());
        QUrl url = server->serverUrl();
        url.setHost(u"localhost"_s);
        client->open(url);
        return client;
    }
    // Connects one more, which then waits.
    bool addPending()
    {
        const int before = server->connectionCount();
        WsClient *const client = connectClient();
        return waitFor([&] { return client->state() == Ws::Open && server->connectionCount() == before + 1; });
    }
    WsClient &client() { return *clients.back(); }
    std::unique_ptr<WsConnection> take() { return std::unique_ptr<WsConnection>(server->nextPendingConnection()); }

    std::unique_ptr<WsServer> server = std::make_unique<WsServer>();
    std::vector<std::unique_ptr<WsClient>> clients;
};

// Handles events until those that are due have been handled.
void handleEvents()
{
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
}
} // namespace

class TestPendingConnections : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsKeptByDefault();
    void connectionIsTakenInNewConnection_data() { addSchemes(); }
    void connectionIsTakenInNewConnection();
    void connectionIsTakenLater_data() { addSchemes(); }
    void connectionIsTakenLater();
    void oldestIsTakenFirst();
    void waitingConnectionSaysNothing_data() { addSchemes(); }
    void waitingConnectionSaysNothing();
    void waitingConnectionIsAnswered_data();
    void waitingConnectionIsAnswered();
    void waitingConnectionCanSend();
    void endOfAWaitingConnectionIsReportedOnceItIsTaken_data();
    void endOfAWaitingConnectionIsReportedOnceItIsTaken();
    void waitingConnectionOutlivesItsTimeLimits();
    void errorOfTheConnectionHandlerIsReportedOnceItIsTaken();
    void waitingConnectionMayBeDeleted();
    void fullQueueStopsAccepting();
    void pauseIsIndependentOfTheQueue();
    void handshakesInProgressStillBecomeConnections();
    void slowHandlerDoesNotOverfillTheQueue_data();
    void slowHandlerDoesNotOverfillTheQueue();
    void fullQueueRefusesSockets();
    void limitCanChangeWhileConnectionsWait();
    void serversThreadsHandConnectionsOver_data() { addSchemes(); }
    void serversThreadsHandConnectionsOver();
    void socketsThatAreHandedInWaitAsWell();
    void otherThreadsCannotTakeConnections();
    void takenConnectionOutlivesTheServer_data() { addSchemes(); }
    void takenConnectionOutlivesTheServer();
    void closedServerKeepsTakenConnections_data();
    void closedServerKeepsTakenConnections();
    void takenConnectionsCountUntilTheyEnd();
    void takenConnectionOfAServersThreadEndsWithIt_data() { addSchemes(); }
    void takenConnectionOfAServersThreadEndsWithIt();
    void slotOfTheEndOfAServersThreadMayDeleteTheConnection();
    void serversThreadsStayForTakenConnections();
    void serverIsDeletedRightAfterItsConnectionWasTaken_data();
    void serverIsDeletedRightAfterItsConnectionWasTaken();
    void takenConnectionMayBeDeletedAtOnceInItsThread();
    void connectionsAreWaitedForWithoutAnEventLoop_data();
    void connectionsAreWaitedForWithoutAnEventLoop();
    void waitForAConnectionEndsInTime();
    void waitForAConnectionEndsWithTheServer();
};

void TestPendingConnections::nothingIsKeptByDefault()
{
    Pair pair;
    QCOMPARE(pair.server.maxPendingConnections(), 0);
    QVERIFY(pair.open());
    QVERIFY(!pair.server.hasPendingConnections());
    QCOMPARE(pair.server.nextPendingConnection(), nullptr);
    pair.client.sendText("told");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text told"_s});
}

void TestPendingConnections::connectionIsTakenInNewConnection()
{
    QFETCH(const bool, isTls);
    Keeper keeper(1, isTls);
    QVERIFY(keeper.listen());
    std::unique_ptr<WsConnection> taken;
    std::unique_ptr<Events> events;
    connect(keeper.server.get(), &WsServer::newConnection, keeper.server.get(), [&](WsConnection *connection) {
        QVERIFY(keeper.server->hasPendingConnections());
        QCOMPARE(keeper.server->pendingConnectionCount(), 1);
        taken = keeper.take();
        QCOMPARE(taken.get(), connection);
        QVERIFY(!keeper.server->hasPendingConnections());
        QCOMPARE(connection->parent(), nullptr);
        events = std::make_unique<Events>(connection);
    });
    QVERIFY(keeper.addPending());
    keeper.client().sendText("hello");
    WS_TRY_VERIFY(events);
    WS_TRY_COMPARE(events->all, (QStringList{u"opened"_s, u"text hello"_s}));
    taken->sendText("answer");
    Events ofClient(&keeper.client());
    WS_TRY_COMPARE(ofClient.messages(), QStringList{u"text answer"_s});
    taken->close();
    WS_TRY_VERIFY(events->isClosed());
    WS_TRY_COMPARE(keeper.server->connectionCount(), 0);
    handleEvents();
    QCOMPARE(taken->state(), Ws::Closed); // which is still there
}

void TestPendingConnections::connectionIsTakenLater()
{
    QFETCH(const bool, isTls);
    Keeper keeper(1, isTls);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    for (int i = 0; i < 100; ++i)
        keeper.client().sendText(QString::number(i));
    handleEvents();
    const std::unique_ptr<WsConnection> taken = keeper.take();
    QVERIFY(taken);
    QCOMPARE(keeper.server->nextPendingConnection(), nullptr);
    Events events(taken.get());
    QVERIFY(events.all.isEmpty()); // nothing within the call
    WS_TRY_COMPARE(events.messageCount, 100);
    QCOMPARE(events.all.constFirst(), u"opened"_s);
    QCOMPARE(events.all.constLast(), u"text 99"_s);
    QCOMPARE(keeper.server->connections(), QList<WsConnection *>{taken.get()});
}

void TestPendingConnections::oldestIsTakenFirst()
{
    Keeper keeper;
    QVERIFY(keeper.listen());
    QList<WsConnection *> announced;
    connect(keeper.server.get(), &WsServer::newConnection, this,
            [&](WsConnection *connection) { announced.append(connection); });
    for (int i = 0; i < 3; ++i)
        QVERIFY(keeper.addPending());
    WS_TRY_COMPARE(announced.size(), 3);
    for (WsConnection *const expected : std::as_const(announced))
        QCOMPARE(keeper.take().get(), expected);
    QVERIFY(!keeper.server->hasPendingConnections());
}

void TestPendingConnections::waitingConnectionSaysNothing()
{
    QFETCH(const bool, isTls);
    Keeper keeper(5, isTls);
    std::unique_ptr<Events> events;
    connect(keeper.server.get(), &WsServer::newConnection, this,
            [&](WsConnection *connection) { events = std::make_unique<Events>(connection); });
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    Events ofClient(&keeper.client());
    keeper.client().sendText("unheard");
    keeper.client().ping("unanswered");
    keeper.client().close(3000, u"left"_s);
    handleEvents();
    WS_TRY_VERIFY(events);
    QCOMPARE(events->all, QStringList());
    QCOMPARE(events->states, QList<Ws::State>());
    QVERIFY(!ofClient.isClosed());
    const std::unique_ptr<WsConnection> taken = keeper.take();
    WS_TRY_VERIFY(events->isClosed());
    QCOMPARE(events->all, (QStringList{u"opened"_s, u"text unheard"_s, u"closed 3000 'left' clean"_s}));
}

// Also if it is not reading when it is accepted.
void TestPendingConnections::waitingConnectionIsAnswered_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<bool>("isLater");
    QTest::addColumn<QByteArray>("before");
    QTest::newRow("by a future") << 0 << true << QByteArray();
    QTest::newRow("in another thread") << 1 << false << QByteArray();
    QTest::newRow("right after a request of HTTP")
        << 0 << false << "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba;
}

void TestPendingConnections::waitingConnectionIsAnswered()
{
    QFETCH(const int, threadCount);
    QFETCH(const bool, isLater);
    QFETCH(const QByteArray, before);
    Keeper keeper(1);
    keeper.server->setThreadCount(threadCount);
    QPromise<WsResponse> promise;
    promise.start();
    int asked = 0;
    const auto answer = [&](const WsRequest &request) {
        ++asked;
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::text("hello");
    };
    if (isLater) {
        keeper.server->setRequestHandler([&](const WsRequest &) {
            ++asked;
            return promise.future();
        });
    } else {
        keeper.server->setRequestHandler(answer);
    }
    QVERIFY(keeper.listen());
    RawPeer peer;
    QVERIFY(peer.connectTo(*keeper.server));
    peer.send(before + RawPeer::upgradeRequest());
    WS_TRY_VERIFY(asked > 0);
    promise.addResult(WsResponse::accept());
    promise.finish();
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    WS_TRY_VERIFY(peer.received.contains("HTTP/1.1 101 "));
    QVERIFY(keeper.server->hasPendingConnections());
}

void TestPendingConnections::waitingConnectionCanSend()
{
    Keeper keeper;
    connect(keeper.server.get(), &WsServer::newConnection, this,
            [](WsConnection *connection) { connection->sendText("welcome"); });
    QVERIFY(keeper.listen());
    Events events(keeper.connectClient());
    WS_TRY_COMPARE(events.messages(), QStringList{u"text welcome"_s});
    QCOMPARE(keeper.server->broadcast("all"), 1);
    WS_TRY_COMPARE(events.messages(), (QStringList{u"text welcome"_s, u"text all"_s}));
}

void TestPendingConnections::endOfAWaitingConnectionIsReportedOnceItIsTaken_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("ending");
    QTest::newRow("the client closes") << u"close"_s << u"closed 1000 '' clean"_s;
    QTest::newRow("the client resets") << u"reset"_s << u"error Network, closed 1006 '' unclean"_s;
    QTest::newRow("the client breaks a rule") << u"rule"_s << u"error Protocol, closed 1006 '' unclean"_s;
    QTest::newRow("this side closes") << u"closeHere"_s << u"closed 1000 '' clean"_s;
    QTest::newRow("this side aborts") << u"abortHere"_s << u"closed 1006 '' unclean"_s;
}

void TestPendingConnections::endOfAWaitingConnectionIsReportedOnceItIsTaken()
{
    QFETCH(const QString, how);
    QFETCH(const QString, ending);
    Keeper keeper;
    std::unique_ptr<Events> events;
    QPointer<WsConnection> waiting;
    connect(keeper.server.get(), &WsServer::newConnection, this, [&](WsConnection *connection) {
        waiting = connection;
        events = std::make_unique<Events>(connection);
    });
    QVERIFY(keeper.listen());
    RawPeer peer;
    QVERIFY(peer.upgrade(*keeper.server));
    WS_TRY_VERIFY(waiting);
    peer.send(frame(TextFrame, "last words"));
    if (how == u"close")
        peer.send(frame(CloseFrame, closePayload(1000)));
    else if (how == u"reset")
        peer.reset();
    else if (how == u"rule")
        peer.send(unmaskedFrame(TextFrame, "unmasked"));
    else if (how == u"closeHere")
        QVERIFY(waiting->close());
    else
        waiting->abort();
    if (how == u"closeHere")
        peer.send(frame(CloseFrame, closePayload(1000)));
    handleEvents();
    QVERIFY(waiting);
    QCOMPARE(events->ending(), QString());
    const std::unique_ptr<WsConnection> taken = keeper.take();
    QCOMPARE(taken.get(), waiting.get());
    WS_TRY_VERIFY(events->isClosed());
    QCOMPARE(events->ending(), ending);
    if (how != u"abortHere" && how != u"reset") // a reset may take the bytes of the system along
        QCOMPARE(events->messages(), QStringList{u"text last words"_s});
    QCOMPARE(keeper.server->connectionCount(), 0);
}

void TestPendingConnections::waitingConnectionOutlivesItsTimeLimits()
{
    Keeper keeper;
    WsOptions options;
    options.setPingInterval(5ms);
    options.setPongTimeout(5ms);
    options.setCloseTimeout(5ms);
    keeper.server->setOptions(options);
    QVERIFY(keeper.listen());
    RawPeer peer; // which answers nothing
    QVERIFY(peer.upgrade(*keeper.server));
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    QTimer timer;
    int ticks = 0;
    connect(&timer, &QTimer::timeout, this, [&] { ++ticks; });
    timer.start(5ms);
    WS_TRY_VERIFY(ticks > 20);
    const std::unique_ptr<WsConnection> taken = keeper.take();
    QVERIFY(taken);
    QCOMPARE(taken->state(), Ws::Open);
    Events events(taken.get());
    WS_TRY_VERIFY(events.isClosed()); // from now on they hold
    QCOMPARE(events.ending(), u"error Timeout, closed 1006 '' unclean"_s);
}

void TestPendingConnections::errorOfTheConnectionHandlerIsReportedOnceItIsTaken()
{
    Keeper keeper;
    keeper.server->setConnectionHandler([](WsConnection *) { throw std::runtime_error("no"); });
    QVERIFY(keeper.listen());
    keeper.connectClient();
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    handleEvents();
    const std::unique_ptr<WsConnection> taken = keeper.take();
    Events events(taken.get());
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.errors.size(), 1);
    QCOMPARE(events.errors.constFirst().kind(), Ws::ErrorKind::Handler);
}

void TestPendingConnections::waitingConnectionMayBeDeleted()
{
    Keeper keeper(1);
    connect(keeper.server.get(), &WsServer::newConnection, this, [](WsConnection *connection) { delete connection; });
    QVERIFY(keeper.listen());
    Events events(keeper.connectClient());
    WS_TRY_COMPARE(events.ending(), u"closed 1001 '' clean"_s);
    QVERIFY(!keeper.server->hasPendingConnections());
    QCOMPARE(keeper.server->nextPendingConnection(), nullptr);
    Events ofNext(keeper.connectClient()); // there is room again
    WS_TRY_VERIFY(ofNext.isClosed());
}

void TestPendingConnections::fullQueueStopsAccepting()
{
    Keeper keeper(2);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    QVERIFY(keeper.addPending());
    WS_TRY_COMPARE(keeper.server->pendingConnectionCount(), 2);
    Events third(keeper.connectClient());
    handleEvents();
    QVERIFY(third.all.isEmpty());
    QCOMPARE(keeper.server->connectionCount(), 2);
    std::unique_ptr<WsConnection> first = keeper.take();
    WS_TRY_COMPARE(third.all, QStringList{u"opened"_s});
    WS_TRY_COMPARE(keeper.server->connectionCount(), 3);

    Events fourth(keeper.connectClient());
    handleEvents();
    QVERIFY(fourth.all.isEmpty());
    QList<WsConnection *> waiting = keeper.server->connections();
    waiting.removeOne(first.get());
    delete waiting.constFirst(); // also makes room
    WS_TRY_COMPARE(fourth.all, QStringList{u"opened"_s});
}

void TestPendingConnections::pauseIsIndependentOfTheQueue()
{
    Keeper keeper(1);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    keeper.server->pauseAccepting();
    keeper.server->resumeAccepting(); // the queue is still full
    Events second(keeper.connectClient());
    handleEvents();
    QVERIFY(second.all.isEmpty());
    keeper.server->pauseAccepting();
    const std::unique_ptr<WsConnection> taken = keeper.take(); // the application's pause is not over
    handleEvents();
    QVERIFY(second.all.isEmpty());
    keeper.server->resumeAccepting();
    WS_TRY_COMPARE(second.all, QStringList{u"opened"_s});
}

void TestPendingConnections::handshakesInProgressStillBecomeConnections()
{
    Keeper keeper(1);
    QVERIFY(keeper.listen());
    std::array<RawPeer, 3> peers;
    for (RawPeer &peer : peers) {
        QVERIFY(peer.connectTo(*keeper.server));
        handleEvents();
    }
    for (RawPeer &peer : peers)
        peer.send(RawPeer::upgradeRequest());
    for (RawPeer &peer : peers)
        WS_TRY_COMPARE(peer.httpStatus(), 101);
    std::vector<std::unique_ptr<WsConnection>> taken;
    while (keeper.server->hasPendingConnections())
        taken.push_back(keeper.take());
    QCOMPARE(taken.size(), size_t(3));
}

void TestPendingConnections::slowHandlerDoesNotOverfillTheQueue_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("the server's own thread") << 0;
    QTest::newRow("another thread") << 1;
}

// Its clients are no longer pending handshakes, and no connections yet.
void TestPendingConnections::slowHandlerDoesNotOverfillTheQueue()
{
    QFETCH(const int, threadCount);
    Keeper keeper(1);
    keeper.server->setThreadCount(threadCount);
    keeper.server->setMaxPendingHandshakes(2);
    std::vector<QPromise<WsResponse>> unanswered;
    keeper.server->setRequestHandler([&](const WsRequest &) {
        unanswered.emplace_back().start();
        return unanswered.back().future();
    });
    QVERIFY(keeper.listen());
    std::array<RawPeer, 6> peers;
    const auto send = [&](size_t number) {
        return peers[number].connectTo(*keeper.server)
               && (peers[number].send(RawPeer::upgradeRequest()), true);
    };
    for (size_t i = 0; i < 3; ++i) {
        QVERIFY(send(i));
        WS_TRY_COMPARE(unanswered.size(), i + 1);
    }
    QVERIFY(send(3));
    WS_TRY_COMPARE(peers[3].httpStatus(), 503);
    WS_TRY_VERIFY(peers[3].body().contains("maxPendingConnections is 1"));
    unanswered[0].addResult(WsResponse::notFound()); // which makes room
    unanswered[0].finish();
    WS_TRY_COMPARE(peers[0].httpStatus(), 404);
    QVERIFY(send(4));
    WS_TRY_COMPARE(unanswered.size(), size_t(4));
    for (size_t i = 1; i < 4; ++i) {
        unanswered[i].addResult(WsResponse::accept());
        unanswered[i].finish();
    }
    std::vector<std::unique_ptr<WsConnection>> taken;
    for (size_t i = 0; i < 3; ++i) {
        WS_TRY_VERIFY(keeper.server->hasPendingConnections());
        taken.emplace_back(keeper.server->nextPendingConnection());
    }
    QVERIFY(send(5));
    WS_TRY_COMPARE(unanswered.size(), size_t(5));
    for (std::unique_ptr<WsConnection> &connection : taken)
        connection.release()->deleteLater();
    WS_TRY_COMPARE(keeper.server->connectionCount(), 0);
}

void TestPendingConnections::fullQueueRefusesSockets()
{
    Keeper keeper(1);
    QTcpServer acceptor;
    QVERIFY(acceptor.listen(QHostAddress::LocalHost));
    const QUrl url(u"ws://127.0.0.1:%1"_s.arg(acceptor.serverPort()));
    WsClient first;
    QVERIFY(first.open(url));
    WS_TRY_VERIFY(acceptor.hasPendingConnections());
    QVERIFY(keeper.server->handleConnection(acceptor.nextPendingConnection()));
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    WsClient second;
    QVERIFY(second.open(url));
    WS_TRY_VERIFY(acceptor.hasPendingConnections());
    std::unique_ptr<QTcpSocket> socket(acceptor.nextPendingConnection());
    QVERIFY(!keeper.server->handleConnection(socket.get()));
    QCOMPARE(keeper.server->errorString(),
             u"as many connections as maxPendingConnections (1) wait to be taken"_s);
    const std::unique_ptr<WsConnection> taken = keeper.take();
    socket->setParent(nullptr);
    QVERIFY(keeper.server->handleConnection(socket.release()));
    WS_TRY_COMPARE(second.state(), Ws::Open);
}

void TestPendingConnections::limitCanChangeWhileConnectionsWait()
{
    Keeper keeper(2);
    QSignalSpy changed(keeper.server.get(), &WsServer::maxPendingConnectionsChanged);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    QVERIFY(keeper.addPending());
    Events third(keeper.connectClient());
    handleEvents();
    QVERIFY(third.all.isEmpty());
    keeper.server->setMaxPendingConnections(-5);
    QCOMPARE(keeper.server->maxPendingConnections(), 0);
    keeper.server->setMaxPendingConnections(0);
    QCOMPARE(changed.count(), 1);
    WS_TRY_COMPARE(third.all, QStringList{u"opened"_s}); // and is not kept
    const std::unique_ptr<WsConnection> taken[] = {keeper.take(), keeper.take(), keeper.take()};
    QVERIFY(taken[0] && taken[1] && !taken[2]);
}

void TestPendingConnections::serversThreadsHandConnectionsOver()
{
    QFETCH(const bool, isTls);
    Keeper keeper(5, isTls);
    keeper.server->setThreadCount(2);
    QVERIFY(keeper.listen());
    for (int i = 0; i < 4; ++i) {
        QVERIFY(keeper.addPending());
        keeper.client().sendText("first");
    }
    std::vector<WsConnection *> taken;
    std::atomic<int> messages{0};
    std::atomic<int> ended{0};
    while (keeper.server->hasPendingConnections()) {
        WsConnection *const connection = keeper.server->nextPendingConnection();
        QVERIFY(connection->thread() != thread());
        connect(connection, &WsConnection::textMessageReceived, connection, [&messages, connection] {
            ++messages;
            connection->sendText("answer");
        });
        connect(connection, &WsConnection::closed, connection, [&ended, connection] {
            ++ended;
            connection->deleteLater();
        });
        taken.push_back(connection);
    }
    QCOMPARE(taken.size(), size_t(4));
    WS_TRY_COMPARE(messages.load(), 4);
    QCOMPARE(keeper.server->connectionCount(), 4);
    QCOMPARE(keeper.server->broadcast("all"), 4);
    for (const auto &client : keeper.clients)
        client->close();
    WS_TRY_COMPARE(ended.load(), 4);
    WS_TRY_COMPARE(keeper.server->connectionCount(), 0);
}

void TestPendingConnections::socketsThatAreHandedInWaitAsWell()
{
    Keeper keeper;
    QTcpServer acceptor;
    QVERIFY(acceptor.listen(QHostAddress::LocalHost));
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws://127.0.0.1:%1"_s.arg(acceptor.serverPort()))));
    WS_TRY_VERIFY(acceptor.hasPendingConnections());
    QVERIFY(keeper.server->handleConnection(acceptor.nextPendingConnection()));
    WS_TRY_VERIFY(keeper.server->hasPendingConnections() && client.state() == Ws::Open);
    const std::unique_ptr<WsConnection> taken = keeper.take();
    keeper.server.reset();
    Events events(taken.get());
    client.sendText("hello");
    WS_TRY_COMPARE(events.messages(), QStringList{u"text hello"_s});
}

void TestPendingConnections::otherThreadsCannotTakeConnections()
{
    Keeper keeper;
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    std::thread other([&] {
        QVERIFY(keeper.server->hasPendingConnections());
        QCOMPARE(keeper.server->nextPendingConnection(), nullptr);
        QCOMPARE(keeper.server->waitForConnection(), nullptr);
        QCOMPARE(keeper.server->errorString(), u"only the server's own thread can take its connections"_s);
    });
    other.join();
    QVERIFY(keeper.take());
}

void TestPendingConnections::takenConnectionOutlivesTheServer()
{
    QFETCH(const bool, isTls);
    Keeper keeper(5, isTls);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    Events ofTaken(keeper.clients.front().get());
    QVERIFY(keeper.addPending());
    Events ofPending(&keeper.client());
    WS_TRY_COMPARE(keeper.server->connectionCount(), 2);
    const std::unique_ptr<WsConnection> taken = keeper.take();
    Events events(taken.get());
    keeper.server.reset();
    WS_TRY_COMPARE(ofPending.ending(), u"closed 1001 '' clean"_s);
    QVERIFY(taken->sendText("still here"));
    WS_TRY_COMPARE(ofTaken.messages(), QStringList{u"text still here"_s});
    QVERIFY(!taken->broadcast("to nobody"));
    keeper.clients.front()->close(3001);
    WS_TRY_COMPARE(events.ending(), u"closed 3001 '' clean"_s);
    handleEvents();
    QCOMPARE(taken->closeCode(), 3001);
}

void TestPendingConnections::closedServerKeepsTakenConnections_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("one thread") << 0;
    QTest::newRow("own threads") << 2;
}

void TestPendingConnections::closedServerKeepsTakenConnections()
{
    QFETCH(const int, threadCount);
    Keeper keeper;
    keeper.server->setThreadCount(threadCount);
    QSignalSpy closed(keeper.server.get(), &WsServer::closed);
    QList<QPointer<WsConnection>> all;
    connect(keeper.server.get(), &WsServer::newConnection, this,
            [&](WsConnection *connection) { all.append(connection); });
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    QVERIFY(keeper.addPending());
    WS_TRY_COMPARE(all.size(), 2);
    WsConnection *const taken = keeper.server->nextPendingConnection();
    Events ofTaken(keeper.clients.front().get());
    Events ofPending(&keeper.client());
    keeper.server->close();
    QVERIFY(!keeper.server->hasPendingConnections());
    WS_TRY_COMPARE(ofPending.ending(), u"closed 1001 '' clean"_s);
    WS_TRY_COMPARE(closed.count(), 1);
    WS_TRY_VERIFY(!all.at(1)); // the server has deleted it
    QVERIFY(taken->sendText("still here"));
    WS_TRY_COMPARE(ofTaken.messages(), QStringList{u"text still here"_s});
    QCOMPARE(keeper.server->connectionCount(), 1);
    QVERIFY(keeper.server->listen()); // it can begin anew
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    QCOMPARE(keeper.server->connectionCount(), 2);
    taken->deleteLater();
    WS_TRY_COMPARE(ofTaken.ending(), u"closed 1001 '' clean"_s);
    WS_TRY_COMPARE(keeper.server->connectionCount(), 1);
}

void TestPendingConnections::takenConnectionsCountUntilTheyEnd()
{
    Keeper keeper;
    keeper.server->setMaxConnections(1);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    std::unique_ptr<WsConnection> taken = keeper.take();
    QVERIFY(keeper.server->subscribe(taken.get(), u"news"_s));
    QCOMPARE(keeper.server->publish(u"news"_s, "it rains"), 1);
    Events refused(keeper.connectClient());
    WS_TRY_VERIFY(refused.isClosed());
    QCOMPARE(refused.errors.constFirst().httpStatus(), 503);
    taken.reset();
    WS_TRY_COMPARE(keeper.server->connectionCount(), 0);
    QCOMPARE(keeper.server->subscriberCount(u"news"_s), 0);
    QVERIFY(keeper.addPending());
}

void TestPendingConnections::takenConnectionOfAServersThreadEndsWithIt()
{
    QFETCH(const bool, isTls);
    Keeper keeper(5, isTls);
    keeper.server->setThreadCount(1);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    const std::unique_ptr<WsConnection> taken = keeper.take();
    std::atomic<int> closeCode{0};
    QObject here;
    connect(taken.get(), &WsConnection::closed, &here, [&](quint16 code) { closeCode = code; }, Qt::DirectConnection);
    Events ofClient(&keeper.client());
    keeper.server.reset();
    QCOMPARE(closeCode.load(), 1006);
    QCOMPARE(taken->state(), Ws::Closed);
    QVERIFY(!taken->sendText("late"));
    WS_TRY_COMPARE(ofClient.ending(), u"closed 1001 '' clean"_s);
}

void TestPendingConnections::slotOfTheEndOfAServersThreadMayDeleteTheConnection()
{
    Keeper keeper;
    keeper.server->setThreadCount(1);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    QVERIFY(keeper.addPending());
    WS_TRY_COMPARE(keeper.server->connectionCount(), 2);
    std::atomic<int> deleted{0};
    while (WsConnection *const taken = keeper.server->nextPendingConnection()) {
        connect(taken, &WsConnection::closed, taken, [taken, &deleted] {
            delete taken;
            ++deleted;
        });
    }
    keeper.server.reset();
    QCOMPARE(deleted.load(), 2);
}

void TestPendingConnections::serversThreadsStayForTakenConnections()
{
    Keeper keeper;
    keeper.server->setThreadCount(1);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    WsConnection *const taken = keeper.server->nextPendingConnection();
    keeper.server->close();
    keeper.server->setThreadCount(0);
    QVERIFY(keeper.server->listen());
    Events ofClient(&keeper.client());
    QVERIFY(taken->sendText("still here"));
    WS_TRY_COMPARE(ofClient.messages(), QStringList{u"text still here"_s});
    taken->deleteLater();
    WS_TRY_COMPARE(keeper.server->connectionCount(), 0);
    keeper.server->close();
    QVERIFY(keeper.server->listen());
    QVERIFY(keeper.addPending());
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    QCOMPARE(keeper.take()->thread(), thread());
}

void TestPendingConnections::serverIsDeletedRightAfterItsConnectionWasTaken_data()
{
    closedServerKeepsTakenConnections_data();
}

void TestPendingConnections::serverIsDeletedRightAfterItsConnectionWasTaken()
{
    QFETCH(const int, threadCount);
    Keeper keeper;
    keeper.server->setThreadCount(threadCount);
    QVERIFY(keeper.listen());
    QVERIFY(keeper.addPending());
    keeper.client().sendText("before");
    WS_TRY_VERIFY(keeper.server->hasPendingConnections());
    const std::unique_ptr<WsConnection> taken = keeper.take();
    std::atomic<int> opened{0};
    std::atomic<int> closed{0};
    QObject here;
    connect(taken.get(), &WsConnection::opened, &here, [&] { ++opened; }, Qt::DirectConnection);
    connect(taken.get(), &WsConnection::closed, &here, [&] { ++closed; }, Qt::DirectConnection);
    keeper.server.reset();
    WS_TRY_COMPARE(opened.load(), 1);
    QCOMPARE(closed.load(), threadCount > 0 ? 1 : 0);
}

// Before it is told to go on. Another one that was taken with it does.
void TestPendingConnections::takenConnectionMayBeDeletedAtOnceInItsThread()
{
    Keeper keeper;
    keeper.server->setThreadCount(1);
    QVERIFY(keeper.listen());
    for (int i = 0; i < 2; ++i)
        QVERIFY(keeper.addPending());
    WS_TRY_COMPARE(keeper.server->pendingConnectionCount(), 2);
    std::unique_ptr<WsConnection> deleted = keeper.take();
    const std::unique_ptr<WsConnection> other = keeper.take();
    std::atomic<int> opened{0};
    QObject here;
    for (const auto *connection : {deleted.get(), other.get()})
        connect(
            connection, &WsConnection::opened, &here, [&] { ++opened; }, Qt::DirectConnection);
    QSemaphore done;
    QMetaObject::invokeMethod(
        other.get(),
        [&] {
            deleted.reset();
            done.release();
        },
        Qt::QueuedConnection);
    QVERIFY(done.tryAcquire(1, Patience));
    WS_TRY_COMPARE(opened.load(), 1);
    WS_TRY_COMPARE(keeper.server->connectionCount(), 1);
    keeper.server.reset(); // with the thread, so that this one may delete the other
}

void TestPendingConnections::connectionsAreWaitedForWithoutAnEventLoop_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isStdThread");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const bool isStdThread : {false, true}) {
            for (const int threadCount : {0, 2})
                QTest::addRow("%s, %s, threadCount %d", isTls ? "wss" : "ws", isStdThread ? "std::thread" : "QThread",
                              threadCount)
                    << isTls << isStdThread << threadCount;
        }
    }
}

// Each client is served to its end, by a loop as in the documentation, while the others wait.
void TestPendingConnections::connectionsAreWaitedForWithoutAnEventLoop()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isStdThread);
    QFETCH(const int, threadCount);
    std::atomic<int> port{0};
    std::atomic<bool> isDone{false};
    const auto serve = [&] {
        WsServer server;
        server.setMaxPendingConnections(1);
        server.setThreadCount(threadCount);
        if (isTls)
            server.setSslConfiguration(serverTls());
        if (server.listen())
            port = server.serverPort();
        for (int served = 0; served < 3; ++served) {
            WsConnection *const connection = server.waitForConnection(QDeadlineTimer(Patience));
            if (!connection)
                break;
            if (threadCount > 0) { // it lives there
                connect(connection, &WsConnection::messageReceived, connection,
                        [connection](const WsMessage &message) { connection->send(message); });
                connect(connection, &WsConnection::closed, connection, &QObject::deleteLater);
                continue;
            }
            while (const auto message = connection->waitForMessage(QDeadlineTimer(Patience)))
                connection->send(*message);
            delete connection;
        }
        while (threadCount > 0 && server.connectionCount() > 0)
            (void)server.waitForConnection(QDeadlineTimer(1));
        isDone = true;
    };
    std::thread stdThread;
    std::unique_ptr<QThread> qtThread;
    if (isStdThread) {
        stdThread = std::thread(serve);
    } else {
        qtThread.reset(QThread::create(serve));
        qtThread->start();
    }
    const bool hasPort = waitFor([&] { return port != 0; });
    std::array<WsClient, 3> clients;
    int answers = 0;
    for (WsClient &client : clients) {
        client.setSslConfiguration(tlsConfiguration());
        connect(&client, &WsConnection::opened, &client, [&client] { client.sendText("hello"); });
        connect(&client, &WsConnection::textMessageReceived, &client, [&client, &answers] {
            ++answers;
            client.close();
        });
        client.open(QUrl(u"%1://localhost:%2"_s.arg(isTls ? u"wss"_s : u"ws"_s, QString::number(port))));
    }
    const bool hasEnded = waitFor([&] { return isDone.load(); }, 3 * Patience);
    if (isStdThread)
        stdThread.join();
    else
        qtThread->wait();
    QVERIFY(hasPort && hasEnded);
    QCOMPARE(answers, 3);
}

void TestPendingConnections::waitForAConnectionEndsInTime()
{
    Keeper keeper;
    QCOMPARE(keeper.server->waitForConnection(), nullptr); // nobody can come
    QVERIFY(keeper.listen());
    QCOMPARE(keeper.server->waitForConnection(QDeadlineTimer(0)), nullptr);
    QCOMPARE(keeper.server->waitForConnection(QDeadlineTimer(20)), nullptr);
    keeper.connectClient();
    const std::unique_ptr<WsConnection> taken(keeper.server->waitForConnection());
    QVERIFY(taken);
    QCOMPARE(taken->state(), Ws::Open);
}

void TestPendingConnections::waitForAConnectionEndsWithTheServer()
{
    Keeper keeper;
    QVERIFY(keeper.listen());
    QTimer::singleShot(0, keeper.server.get(), qOverload<>(&WsServer::close));
    QCOMPARE(keeper.server->waitForConnection(), nullptr);
    QVERIFY(keeper.server->listen());
    QTimer::singleShot(0, keeper.server.get(), [&] { keeper.server.reset(); });
    QCOMPARE(keeper.server->waitForConnection(), nullptr);
    QVERIFY(!keeper.server);
}

#include "tst_pendingconnections.moc"

#include "../testprogram.h"
WSKIT_TEST(TestPendingConnections)
