// SPDX-License-Identifier: MIT

// A server that leaves: WsServer::close() with a code, a reason and a time limit, over every kind of socket,
// with threads of its own, and with clients that come back to the next server.

#include "integrationtesting.h"

#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <memory>
#include <vector>

using namespace IntegrationTesting;

namespace {
// In which thread its connections live, and whether they are encrypted.
void addServers()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threads : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threads) << isTls << threads;
    }
}

WsOptions withCloseTimeout(std::chrono::milliseconds time)
{
    WsOptions options;
    options.setCloseTimeout(time);
    return options;
}

// What the server told, in its order.
void record(WsServer *server, QStringList *told)
{
    QObject::connect(server, &WsServer::drainingChanged, server,
                     [=] { told->append(server->isDraining() ? u"draining"_s : u"drained"_s); });
    QObject::connect(server, &WsServer::closed, server, [=] { told->append(u"closed"_s); });
}

struct Guests
{
    Guests(const QUrl &url, int count)
    {
        for (int i = 0; i < count; ++i) {
            clients.push_back(std::make_unique<WsClient>());
            clients.back()->setSslConfiguration(tlsConfiguration());
            events.push_back(std::make_unique<Events>(clients.back().get()));
            isOpening = isOpening && clients.back()->open(url);
        }
    }

    std::vector<std::unique_ptr<WsClient>> clients;
    std::vector<std::unique_ptr<Events>> events;
    bool isOpening = true;
};

// Counts its connections that have ended in each thread.
class CountingServer : public WsServer
{
public:
    int endedIn(const QThread *thread) const
    {
        return thread == this->thread() ? m_endedHere : m_endedElsewhere;
    }

protected:
    WsConnection *createConnection() override
    {
        WsConnection *const connection = WsServer::createConnection();
        const auto count = [this] {
            ++(QThread::currentThread() == thread() ? m_endedHere : m_endedElsewhere);
        };
        connect(connection, &WsConnection::closed, this, count, Qt::DirectConnection);
        return connection;
    }

private:
    std::atomic<int> m_endedHere{0};
    std::atomic<int> m_endedElsewhere{0};
};

// Ends with the object, and what lives in it before.
struct RunningThread : QThread
{
    RunningThread() { start(); }
    ~RunningThread() override
    {
        quit();
        wait();
    }
};
} // namespace

class TestLeaving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everybodyIsTold_data() { addServers(); }
    void everybodyIsTold();
    void whoNeverAnswersIsCutInTime_data() { addServers(); }
    void whoNeverAnswersIsCutInTime();
    void timeoutOfZeroTellsAndCuts_data() { addServers(); }
    void timeoutOfZeroTellsAndCuts();
    void requestThatComesMeanwhileGets503_data() { addServers(); }
    void requestThatComesMeanwhileGets503();
    void requestThatIsBeingDecidedGets503_data() { addServers(); }
    void requestThatIsBeingDecidedGets503();
    void requestForAPageIsStillAnswered();
    void silentClientIsLetGo_data() { addServers(); }
    void silentClientIsLetGo();
    void clientsThatWaitForRoomGet503_data();
    void clientsThatWaitForRoomGet503();
    void clientOfALocalSocketIsTold();
    void connectionInAnotherThreadIsTold();
    void takenConnectionOfAThreadIsLeftAlone();
    void closesFromAnotherThread();
    void refusesFromAnotherThreadWhatMayNotBeSent();
    void movesToAnotherThreadMeanwhile();
    void movesToAnotherThreadInTheSlot();
    void movesWhileItTellsItsClients();
    void movesWhileItCutsItsClients_data();
    void movesWhileItCutsItsClients();
    void movesWhileItStopsListening();
    void listensAgainOnceItHasLeft();
    void staysClosedIfItIsToldToMeanwhile_data();
    void staysClosedIfItIsToldToMeanwhile();
    void staysClosedIfItIsToldToAtTheEnd_data() { staysClosedIfItIsToldToMeanwhile_data(); }
    void staysClosedIfItIsToldToAtTheEnd();
    void isDeletedMeanwhile_data() { addServers(); }
    void isDeletedMeanwhile();
    void socketThatLingersIsCutInTime();
    void sharedPortIsLeftInTime();
    void clientsComeBackToTheNextServer_data();
    void clientsComeBackToTheNextServer();
    void refusedClientComesBackToTheNextServer();
};

void TestLeaving::everybodyIsTold()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    constexpr int Count = 20;
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.server.listen());
    const Guests guests(pair.url(), Count);
    QVERIFY(guests.isOpening);
    WS_TRY_COMPARE(pair.server.connectionCount(), Count);
    for (const auto &client : guests.clients)
        WS_TRY_COMPARE(client->state(), Ws::Open);
    QStringList told;
    record(&pair.server, &told);
    pair.server.broadcast(u"goodbye"_s);
    pair.server.close(Ws::ServiceRestart, u"a new version"_s, std::chrono::milliseconds(Patience));
    QVERIFY(pair.server.isDraining());
    QVERIFY(!pair.server.isListening());
    WS_TRY_COMPARE(told, (QStringList{u"draining"_s, u"drained"_s, u"closed"_s}));
    QCOMPARE(pair.server.connectionCount(), 0);
    for (const auto &events : guests.events) {
        WS_TRY_COMPARE(events->ending(), u"closed 1012 'a new version' clean"_s);
        QCOMPARE(events->messages(), QStringList{u"text goodbye"_s});
    }
    QCOMPARE(told.size(), 3);
}

void TestLeaving::whoNeverAnswersIsCutInTime()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.setOptions(withCloseTimeout(std::chrono::milliseconds(10 * Patience)));
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    QStringList told;
    record(&pair.server, &told);
    pair.server.close(Ws::GoingAway, {}, 100ms);
    WS_TRY_COMPARE(told, (QStringList{u"draining"_s, u"drained"_s, u"closed"_s}));
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.frames().at(0).closeCode(), 1001);
    WS_TRY_COMPARE(pair.peerEvents->ending(), u"closed 1006 '' unclean"_s);
}

void TestLeaving::timeoutOfZeroTellsAndCuts()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    QStringList told;
    record(&pair.server, &told);
    pair.server.close(Ws::ServiceRestart, u"now"_s, 0ms);
    WS_TRY_COMPARE(told, (QStringList{u"draining"_s, u"drained"_s, u"closed"_s}));
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.frames().at(0).closeCode(), 1012);
}

void TestLeaving::requestThatComesMeanwhileGets503()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    QVERIFY(pair.server.listen());
    RawPeer late;
    QVERIFY(late.connectTo(pair.server));
    late.send("GET /");
    QVERIFY(pair.open()); // whose opening shows that the other one was accepted
    pair.server.close(Ws::ServiceRestart);
    late.send(RawPeer::upgradeRequest().mid(5));
    WS_TRY_VERIFY(late.hasWholeAnswer());
    QCOMPARE(late.httpStatus(), 503);
    QCOMPARE(late.header("Connection"), "close");
    QCOMPARE(late.header("Retry-After"), "1");
    QCOMPARE(late.body(), "the server is shutting down\n");
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), 503);
}

void TestLeaving::requestThatIsBeingDecidedGets503()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QSignalSpy accepted(&pair.server, &WsServer::newConnection);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.setRequestHandler([&](const WsRequest &) {
        pair.server.close(Ws::ServiceRestart);
        return WsResponse::accept();
    });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 503);
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(accepted.size(), 0);
}

void TestLeaving::requestForAPageIsStillAnswered()
{
    WsServer server;
    QSignalSpy closed(&server, &WsServer::closed);
    server.setRequestHandler([&](const WsRequest &) {
        server.close(Ws::ServiceRestart);
        return WsResponse::text("here you are");
    });
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.body(), "here you are");
    WS_TRY_COMPARE(closed.size(), 1);
}

void TestLeaving::silentClientIsLetGo()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    QVERIFY(pair.server.listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(pair.server));
    QVERIFY(pair.open());
    pair.server.close(Ws::ServiceRestart);
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_VERIFY(silent.hasEnded);
    QCOMPARE(silent.received, QByteArray());
}

void TestLeaving::clientsThatWaitForRoomGet503_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<bool>("stopsBefore");
    for (const int threads : {0, 2}) {
        QTest::addRow("%d threads", threads) << threads << false;
        QTest::addRow("%d threads, after it has stopped listening", threads) << threads << true;
    }
}

// One was accepted, and the others were not.
void TestLeaving::clientsThatWaitForRoomGet503()
{
    QFETCH(const int, threadCount);
    QFETCH(const bool, stopsBefore);
    WsServer server;
    server.setThreadCount(threadCount);
    server.setMaxPendingHandshakes(1);
    QVERIFY(server.listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(server));
    WS_TRY_COMPARE(server.statistics().pendingHandshakes, 1);
    std::vector<std::unique_ptr<RawPeer>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(std::make_unique<RawPeer>());
        QVERIFY(waiting.back()->connectTo(server));
        waiting.back()->send(RawPeer::upgradeRequest());
    }
    QSignalSpy rejected(&server, &WsServer::connectionRejected);
    QSignalSpy closed(&server, &WsServer::closed);
    if (stopsBefore)
        server.stopListening();
    server.close(Ws::ServiceRestart);
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(rejected.size(), 4);
    for (const auto &peer : waiting) {
        WS_TRY_VERIFY(peer->hasWholeAnswer());
        QCOMPARE(peer->httpStatus(), 503);
    }
}

void TestLeaving::clientOfALocalSocketIsTold()
{
    const QTemporaryDir folder;
    WsServer server;
    QVERIFY(server.listen(folder.filePath(u"socket"_s)));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(server.connectionCount(), 1);
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QSignalSpy closed(&server, &WsServer::closed);
    server.close(Ws::ServiceRestart, u"socket"_s);
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_COMPARE(events.ending(), u"closed 1012 'socket' clean"_s);
}

void TestLeaving::connectionInAnotherThreadIsTold()
{
    Pair pair;
    QVERIFY(pair.open());
    QThread thread;
    thread.start();
    pair.peer->moveToThread(&thread);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close(Ws::ServiceRestart, u"moved"_s);
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1012 'moved' clean"_s);
    thread.quit();
    thread.wait();
}

void TestLeaving::takenConnectionOfAThreadIsLeftAlone()
{
    Pair pair;
    pair.server.setThreadCount(1);
    pair.server.setMaxPendingConnections(1);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.server.hasPendingConnections());
    const QPointer<WsConnection> taken(pair.server.nextPendingConnection());
    QVERIFY(taken);
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close(Ws::GoingAway, {}, 0ms);
    WS_TRY_COMPARE(closed.size(), 1);
    QVERIFY(taken->sendText(u"still here"_s));
    WS_TRY_COMPARE(pair.events.messages(), QStringList{u"text still here"_s});
    taken->deleteLater(); // in its thread
    WS_TRY_VERIFY(!taken);
}

void TestLeaving::closesFromAnotherThread()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    const std::unique_ptr<QThread> thread(
        QThread::create([&] { pair.server.close(Ws::ServiceRestart, u"from elsewhere"_s); }));
    thread->start();
    thread->wait();
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1012 'from elsewhere' clean"_s);
}

void TestLeaving::refusesFromAnotherThreadWhatMayNotBeSent()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    QString errorString;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        pair.server.close(Ws::Abnormal);
        errorString = pair.server.errorString();
    }));
    thread->start();
    thread->wait();
    QCOMPARE(errorString, u"the close code 1006 may not be sent"_s);
    WS_TRY_COMPARE(errors.size(), 1);
    QVERIFY(!pair.server.isDraining());
    QVERIFY(pair.server.isListening());
}

void TestLeaving::movesToAnotherThreadMeanwhile()
{
    QThread thread;
    thread.start();
    auto *const server = new WsServer;
    server->setOptions(withCloseTimeout(std::chrono::milliseconds(10 * Patience)));
    QVERIFY(server->listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(*server));
    WS_TRY_COMPARE(server->connectionCount(), 1);
    QSignalSpy drained(server, &WsServer::drainingChanged);
    std::atomic<QThread *> closedIn{nullptr};
    std::atomic<int> closedCount{0};
    connect(server, &WsServer::closed, server, [&] {
        closedIn = QThread::currentThread();
        ++closedCount;
    });
    server->close(Ws::ServiceRestart, u"moved"_s, 100ms);
    server->moveToThread(&thread);
    WS_TRY_COMPARE(closedCount.load(), 1);
    QCOMPARE(closedIn.load(), &thread);
    QVERIFY(!server->isDraining());
    server->deleteLater();
    thread.quit();
    thread.wait();
}

void TestLeaving::movesToAnotherThreadInTheSlot()
{
    QThread thread;
    thread.start();
    auto *const server = new WsServer;
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(server->connectionCount(), 1);
    WS_TRY_COMPARE(client.state(), Ws::Open);
    std::atomic<QThread *> closedIn{nullptr};
    std::atomic<int> closedCount{0};
    connect(
        server, &WsServer::drainingChanged, server,
        [&] {
            if (server->isDraining())
                server->moveToThread(&thread);
        },
        Qt::DirectConnection);
    connect(server, &WsServer::closed, server, [&] {
        closedIn = QThread::currentThread();
        ++closedCount;
    });
    server->close(Ws::ServiceRestart, u"moved"_s);
    WS_TRY_COMPARE(closedCount.load(), 1);
    QCOMPARE(closedIn.load(), &thread);
    WS_TRY_COMPARE(events.ending(), u"closed 1012 'moved' clean"_s);
    server->deleteLater();
    thread.quit();
    thread.wait();
}

// In a slot of the first one. The second has not sent anything, and is let go after a while, by its thread.
void TestLeaving::movesWhileItTellsItsClients()
{
    auto server = std::make_unique<CountingServer>();
    RunningThread thread;
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(server->connectionCount(), 1);
    WS_TRY_COMPARE(client.state(), Ws::Open);
    RawPeer silent;
    QVERIFY(silent.connectTo(*server));
    WS_TRY_COMPARE(server->statistics().pendingHandshakes, 1);
    std::atomic<QThread *> closedIn{nullptr};
    connect(
        server->connections().at(0), &WsConnection::stateChanged, server.get(),
        [&](Ws::State state) {
            if (state == Ws::Closing)
                server->moveToThread(&thread);
        },
        Qt::DirectConnection);
    connect(
        server.get(), &WsServer::closed, server.get(), [&] { closedIn = QThread::currentThread(); },
        Qt::DirectConnection);
    server->close(Ws::ServiceRestart, u"moved"_s);
    WS_TRY_COMPARE(closedIn.load(), &thread);
    WS_TRY_COMPARE(events.ending(), u"closed 1012 'moved' clean"_s);
    WS_TRY_VERIFY(silent.hasEnded);
    QCOMPARE(server->endedIn(&thread), 2);
    server.release()->deleteLater();
}

void TestLeaving::movesWhileItCutsItsClients_data()
{
    QTest::addColumn<bool>("isServer");
    QTest::newRow("the server") << true;
    QTest::newRow("another connection") << false;
}

void TestLeaving::movesWhileItCutsItsClients()
{
    QFETCH(const bool, isServer);
    auto server = std::make_unique<CountingServer>();
    RunningThread thread;
    QVERIFY(server->listen());
    const Guests guests(server->serverUrl(), 3);
    WS_TRY_COMPARE(server->connectionCount(), 3);
    for (const auto &client : guests.clients)
        WS_TRY_COMPARE(client->state(), Ws::Open);
    const QList<WsConnection *> connections = server->connections();
    QObject *const moving = isServer ? static_cast<QObject *>(server.get()) : connections.at(1);
    std::atomic<int> closedCount{0};
    connect(
        connections.at(0), &WsConnection::closed, moving, [&] { moving->moveToThread(&thread); },
        Qt::DirectConnection);
    connect(
        server.get(), &WsServer::closed, server.get(), [&] { ++closedCount; }, Qt::DirectConnection);
    server->close(Ws::ServiceRestart, u"moved"_s, 0ms);
    WS_TRY_COMPARE(closedCount.load(), 1);
    for (const auto &events : guests.events)
        WS_TRY_VERIFY(events->ending().contains(u"closed 1012 'moved'"_s));
    if (isServer)
        server.release()->deleteLater();
}

// In a slot of a client that it accepts last. With a shared port it has to wait for others.
void TestLeaving::movesWhileItStopsListening()
{
#ifdef Q_OS_UNIX
    auto *const server = new WsServer;
    RunningThread thread;
    server->setReusePort(true);
    QVERIFY2(server->listen(), qPrintable(server->errorString()));
    QTcpSocket late;
    late.setProxy(QNetworkProxy::NoProxy);
    late.connectToHost(server->serverAddress(), server->serverPort());
    QVERIFY(late.waitForConnected(Patience)); // in which the server accepts nobody
    late.write(RawPeer::upgradeRequest());
    QVERIFY(late.waitForBytesWritten(Patience));
    std::atomic<QThread *> closedIn{nullptr};
    std::atomic<QThread *> deafIn{nullptr};
    connect(
        server, &WsServer::connectionRejected, server, [&] { server->moveToThread(&thread); },
        Qt::DirectConnection);
    connect(
        server, &WsServer::listeningChanged, server, [&] { deafIn = QThread::currentThread(); },
        Qt::DirectConnection);
    connect(
        server, &WsServer::closed, server, [&] { closedIn = QThread::currentThread(); },
        Qt::DirectConnection);
    server->close(Ws::ServiceRestart);
    WS_TRY_COMPARE(closedIn.load(), &thread);
    QCOMPARE(deafIn.load(), &thread);
    WS_TRY_VERIFY(late.bytesAvailable() > 0);
    QVERIFY(late.readAll().startsWith("HTTP/1.1 503 "));
    server->deleteLater();
#endif
}

void TestLeaving::listensAgainOnceItHasLeft()
{
    Pair pair;
    pair.server.setThreadCount(1);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(pair.open());
        pair.server.close(Ws::ServiceRestart);
        pair.server.setListening(true); // as soon as it has
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        WS_TRY_VERIFY(pair.server.isListening());
        pair.peer = nullptr;
    }
}

void TestLeaving::staysClosedIfItIsToldToMeanwhile_data()
{
    QTest::addColumn<void (*)(WsServer *)>("tell");
    QTest::newRow("close") << +[](WsServer *server) { server->close(); };
    QTest::newRow("close in time") << +[](WsServer *server) { server->close(Ws::GoingAway, {}, 10min); };
    QTest::newRow("stopListening") << +[](WsServer *server) { server->stopListening(); };
    QTest::newRow("listening is false") << +[](WsServer *server) { server->setListening(false); };
}

void TestLeaving::staysClosedIfItIsToldToMeanwhile()
{
    using Tell = void (*)(WsServer *);
    QFETCH(const Tell, tell);
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.setListening(false);
    pair.server.setListening(true);
    QVERIFY(pair.server.isDraining());
    tell(&pair.server);
    QVERIFY(pair.server.isDraining());
    WS_TRY_COMPARE(closed.size(), 1);
    QVERIFY(!pair.server.isListening());
    pair.server.setListening(true);
    QVERIFY(pair.server.isListening());
}

// In a slot of the last drainingChanged(), or of closed().
void TestLeaving::staysClosedIfItIsToldToAtTheEnd()
{
    using Tell = void (*)(WsServer *);
    QFETCH(const Tell, tell);
    for (const bool isInClosed : {false, true}) {
        Pair pair;
        QVERIFY(pair.open());
        QSignalSpy closed(&pair.server, &WsServer::closed);
        pair.server.setListening(false);
        pair.server.setListening(true);
        QVERIFY(pair.server.isDraining());
        const auto signal = isInClosed ? &WsServer::closed : &WsServer::drainingChanged;
        connect(&pair.server, signal, &pair.server, [&] { tell(&pair.server); });
        WS_TRY_COMPARE(closed.size(), 1);
        QVERIFY(!pair.server.isListening());
    }
}

void TestLeaving::isDeletedMeanwhile()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    auto server = std::make_unique<WsServer>();
    if (isTls)
        server->setSslConfiguration(serverTls());
    server->setThreadCount(threadCount);
    QVERIFY(server->listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(*server));
    WS_TRY_COMPARE(server->connectionCount(), 1);
    QSignalSpy closed(server.get(), &WsServer::closed);
    server->close(Ws::ServiceRestart, {}, 100ms);
    server.reset();
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(closed.size(), 0);
    QCOMPARE(raw.frames().at(0).closeCode(), 1012);
}

// The closing handshake is complete, but the client does not read what else was sent.
void TestLeaving::socketThatLingersIsCutInTime()
{
    Pair pair;
    pair.setOptions(withCloseTimeout(std::chrono::milliseconds(10 * Patience)));
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    raw.stopReading();
    QVERIFY(pair.peer->sendBinary(QByteArray(15 * MiB, 'x')));
    QSignalSpy closed(&pair.server, &WsServer::closed);
    raw.send(frame(CloseFrame, closePayload(1000)));
    pair.server.close(Ws::GoingAway, {}, 200ms);
    WS_TRY_COMPARE(closed.size(), 1);
}

// Otherwise it would be left step by step.
void TestLeaving::sharedPortIsLeftInTime()
{
#ifdef Q_OS_UNIX
    WsServer server;
    server.setReusePort(true);
    QVERIFY2(server.listen(), qPrintable(server.errorString()));
    QStringList told;
    record(&server, &told);
    server.close(Ws::GoingAway, {}, 0ms);
    QCOMPARE(told, (QStringList{u"draining"_s, u"drained"_s, u"closed"_s}));
#endif
}

// --- the next server

void TestLeaving::clientsComeBackToTheNextServer_data()
{
    QTest::addColumn<int>("code");
    QTest::newRow("going away") << int(Ws::GoingAway);
    QTest::newRow("restart") << int(Ws::ServiceRestart);
    QTest::newRow("try again later") << int(Ws::TryAgainLater);
}

namespace {
WsReconnect quickly()
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setInitialDelay(10ms);
    return reconnect;
}
} // namespace

void TestLeaving::clientsComeBackToTheNextServer()
{
    QFETCH(const int, code);
    constexpr int Count = 5;
    WsServer server;
    QVERIFY(server.listen());
    const quint16 port = server.serverPort();
    std::vector<std::unique_ptr<WsClient>> clients;
    for (int i = 0; i < Count; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        clients.back()->setReconnect(quickly());
        QVERIFY(clients.back()->open(server.serverUrl()));
    }
    WS_TRY_COMPARE(server.connectionCount(), Count);
    server.stopListening(); // as the next one takes the port over
    WsServer next;
    QVERIFY(next.listen(QHostAddress::LocalHost, port));
    server.close(quint16(code));
    WS_TRY_COMPARE(next.connectionCount(), Count);
    WS_TRY_VERIFY(!server.isDraining());
}

// By a request that was too late. It waits as long as Retry-After says.
void TestLeaving::refusedClientComesBackToTheNextServer()
{
    WsServer server;
    WsServer next;
    server.setRequestHandler([&](const WsRequest &) {
        const quint16 port = server.serverPort();
        server.close(Ws::ServiceRestart);
        next.listen(QHostAddress::LocalHost, port);
        return WsResponse::accept();
    });
    QVERIFY(server.listen());
    WsClient client;
    client.setReconnect(quickly());
    QSignalSpy reconnecting(&client, &WsClient::reconnecting);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(next.connectionCount(), 1);
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(reconnecting.size(), 1);
    QVERIFY2(reconnecting.at(0).at(1).toInt() >= 1000, qPrintable(reconnecting.at(0).at(1).toString()));
}

#include "../testprogram.h"
WSKIT_TEST(TestLeaving)
#include "tst_leaving.moc"
