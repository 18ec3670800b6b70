// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qrandom.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qset.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

using namespace IntegrationTesting;

namespace {
QFuture<WsResponse> readyFuture(const WsResponse &response)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
    return QtFuture::makeReadyValueFuture(response);
#else
    return QtFuture::makeReadyFuture(response);
#endif
}

// A server on threads of its own, and clients of it in this one.
struct Crowd
{
    explicit Crowd(int threads = 2, bool isTls = false)
    {
        server.setThreadCount(threads);
        if (isTls)
            server.setSslConfiguration(serverTls());
        QObject::connect(&server, &WsServer::newConnection, &server,
                         [this](WsConnection *connection) { peers.append(connection); });
    }

    bool open(int count)
    {
        if (!server.isListening() && !server.listen())
            return false;
        for (int i = 0; i < count; ++i) {
            clients.push_back(std::make_unique<WsClient>());
            WsClient &client = *clients.back();
            client.setSslConfiguration(tlsConfiguration());
            events.push_back(std::make_unique<Events>(&client));
            QUrl url = server.serverUrl();
            url.setHost(u"localhost"_s);
            if (!client.open(url))
                return false;
        }
        return waitFor([&] { return server.connectionCount() == int(clients.size()) && allOpen(); });
    }
    bool allOpen() const
    {
        return std::all_of(clients.begin(), clients.end(),
                           [](const auto &client) { return client->state() == Ws::Open; });
    }
    // The server's end of the client at \a index.
    WsConnection *peerOf(int index) const
    {
        const quint16 port = clients.at(size_t(index))->localPort();
        const auto found = std::find_if(peers.begin(), peers.end(),
                                        [=](const WsConnection *peer) { return peer->peerPort() == port; });
        return found == peers.end() ? nullptr : *found;
    }

    WsServer server;
    QList<WsConnection *> peers;
    std::vector<std::unique_ptr<WsClient>> clients;
    std::vector<std::unique_ptr<Events>> events;
};

void echo(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::messageReceived, connection,
                     [connection](const WsMessage &message) { connection->send(message); });
}

// Keeps the server's thread from doing anything between its answer to a request and release(): what the
// connection's thread tells meanwhile waits.
class HeldServer
{
public:
    explicit HeldServer(WsServer *server)
    {
        server->setRequestHandler([this, server](const WsRequest &) {
            const auto hold = [this] { isReleased = m_semaphore.tryAcquire(1, Patience); };
            QMetaObject::invokeMethod(server, hold, Qt::QueuedConnection);
            return WsResponse::accept();
        });
    }
    // From any thread.
    void release() { m_semaphore.release(); }

    bool isReleased = false;

private:
    QSemaphore m_semaphore;
};

// Calls \a task in a thread of its own, while this one only waits.
template <typename Task>
bool callElsewhere(Task task)
{
    const std::unique_ptr<QThread> thread(QThread::create(task));
    thread->start();
    return thread->wait(Patience);
}
} // namespace

class TestThreads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectionsAreSpreadOverThreads();
    void signalsComeFromTheConnectionsThread();
    void echoesFromEveryThread_data() { addSchemes(); }
    void echoesFromEveryThread();
    void nothingIsMissedBySlotsOfNewConnection();
    void requestHandlerIsCalledInTheServersThread_data();
    void requestHandlerIsCalledInTheServersThread();
    void limitsCountAllThreads();
    void broadcastReachesEveryThread();
    void broadcastFromAConnectionLeavesItOut();
    void otherThreadsSendInOrder();
    void everyThreadMaySendAtATime();
    void propertiesAreReadFromElsewhere();
    void whatIsAskedForElsewhereIsDone();
    void sendingFromElsewhereKeepsTheLimit();
    void messagesArePulledFromElsewhere();
    void connectionMayEndWhileItIsAnnounced();
    void closingReachesEveryThread();
    void deletionReachesEveryThread();
    void serverListensAgainWithOtherThreads();
    void clientsComeAndGo();

    void connectionsMayBeDeletedBehindTheirEnd_data() { subscribersGetWhatIsPublished_data(); }
    void connectionsMayBeDeletedBehindTheirEnd();
    void connectionMayBeDeletedWhenTheCountChanges();
    void connectionMayBeDeletedWhileItIsAnnounced();
    void closingConnectionReadsNothingBeforeItIsAnnounced();
    void slowAnnouncementIsNoSilence();
    void serverMayBeDeletedInItsSlots_data();
    void serverMayBeDeletedInItsSlots();
    void serverMayListenAgainInASlotOfClosed();
    void serverMayBeDeletedAmidBroadcasts();
    void serverMayBeDeletedAtAnyTime_data() { addSchemes(); }
    void serverMayBeDeletedAtAnyTime();
    void serverMayBeDeletedWhileASlotRunsAnEventLoop();
    void broadcastSurvivesSlotsThatDelete_data() { subscribersGetWhatIsPublished_data(); }
    void broadcastSurvivesSlotsThatDelete();
    void broadcastMayMeetTheStartOfThreads();
    void eventLoopInASlotHearsOfOthers();

    void whatWasSentElsewhereBelongsToItsOpening();
    void whatWasAcceptedElsewhereIsSent();
    void closedClientIsSetUpFromElsewhere();
    void leftMessagesAreTakenFromElsewhere();
    void heldEndIsEndedFromElsewhere();
    void onlyTheOwnThreadWaits();
    void waitingThreadDoesWhatOthersAskFor();

    void subscribersGetWhatIsPublished_data();
    void subscribersGetWhatIsPublished();
    void subscriptionsEndWithTheConnection_data() { subscribersGetWhatIsPublished_data(); }
    void subscriptionsEndWithTheConnection();
    void publishedMessagesKeepTheirOrder();
    void subscriberGetsWhatTheSameThreadPublishesNext();
    void slowSubscriberIsTreatedAsTheOptionsSay_data();
    void slowSubscriberIsTreatedAsTheOptionsSay();
    void foreignConnectionsCannotSubscribe();
    void manySubscribersOfManyTopics();
};

void TestThreads::connectionsAreSpreadOverThreads()
{
    Crowd crowd(3);
    QVERIFY(crowd.open(9));
    QHash<QThread *, int> counts;
    for (const WsConnection *peer : std::as_const(crowd.peers))
        ++counts[peer->thread()];
    QCOMPARE(counts.size(), 3);
    QVERIFY(!counts.contains(QThread::currentThread()));
    QCOMPARE(counts.values(), QList<int>({3, 3, 3}));
    QCOMPARE(crowd.server.connections().size(), 9);
}

void TestThreads::signalsComeFromTheConnectionsThread()
{
    Crowd crowd;
    std::atomic<QThread *> handlerThread{nullptr};
    std::atomic<QThread *> openedThread{nullptr};
    std::atomic<QThread *> messageThread{nullptr};
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        handlerThread = QThread::currentThread();
        connect(connection, &WsConnection::opened, connection,
                [&] { openedThread = QThread::currentThread(); });
        connect(connection, &WsConnection::messageReceived, connection,
                [&] { messageThread = QThread::currentThread(); });
    });
    QVERIFY(crowd.open(1));
    QVERIFY(crowd.clients[0]->sendText("hello"));
    WS_TRY_VERIFY(messageThread != nullptr);
    QThread *const own = crowd.peers.at(0)->thread();
    QVERIFY(own != QThread::currentThread());
    QCOMPARE(handlerThread.load(), own);
    QCOMPARE(openedThread.load(), own);
    QCOMPARE(messageThread.load(), own);
}

void TestThreads::echoesFromEveryThread()
{
    QFETCH(const bool, isTls);
    Crowd crowd(2, isTls);
    crowd.server.setConnectionHandler(echo);
    QVERIFY(crowd.open(6));
    const QByteArray large(300 * KiB, 'x');
    for (const auto &client : crowd.clients) {
        QVERIFY(client->sendText("hello"));
        QVERIFY(client->sendBinary(large));
    }
    for (const auto &events : crowd.events) {
        WS_TRY_COMPARE(events->messageCount, 2);
        QCOMPARE(events->messages(),
                 QStringList({u"text hello"_s, u"binary "_s + QString::fromLatin1(large)}));
    }
}

void TestThreads::nothingIsMissedBySlotsOfNewConnection()
{
    constexpr int Count = 50;
    Crowd crowd;
    QVERIFY(crowd.server.listen());
    QList<QString> heard;
    connect(&crowd.server, &WsServer::newConnection, &crowd.server, [&](WsConnection *connection) {
        connect(connection, &WsConnection::opened, &crowd.server, [&] { heard.append(u"opened"_s); });
        connect(connection, &WsConnection::textMessageReceived, &crowd.server,
                [&](const QString &text) { heard.append(text); });
        connect(connection, &WsConnection::closed, &crowd.server, [&] { heard.append(u"closed"_s); });
    });
    for (int i = 0; i < Count; ++i) { // which says what it has to say, and goes
        crowd.clients.push_back(std::make_unique<WsClient>());
        WsClient *client = crowd.clients.back().get();
        connect(client, &WsClient::opened, client, [client] {
            client->sendText("hello");
            client->close();
        });
        QVERIFY(client->open(crowd.server.serverUrl()));
    }
    WS_TRY_COMPARE(heard.size(), 3 * Count);
    QCOMPARE(heard.count(u"opened"_s), Count);
    QCOMPARE(heard.count(u"hello"_s), Count);
    QCOMPARE(heard.count(u"closed"_s), Count);
    WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::requestHandlerIsCalledInTheServersThread_data()
{
    QTest::addColumn<bool>("isAsync");
    QTest::newRow("at once") << false;
    QTest::newRow("by a future") << true;
}

void TestThreads::requestHandlerIsCalledInTheServersThread()
{
    QFETCH(const bool, isAsync);
    Crowd crowd;
    QList<QThread *> threads;
    const auto answer = [&](const WsRequest &request) {
        threads.append(QThread::currentThread());
        return request.path() == u"/no" ? WsResponse::reject(403) : WsResponse::accept();
    };
    if (isAsync)
        crowd.server.setRequestHandler(
            [=](const WsRequest &request) { return readyFuture(answer(request)); });
    else
        crowd.server.setRequestHandler(answer);
    QVERIFY(crowd.open(2));
    WsClient refused;
    Events events(&refused);
    QSignalSpy rejected(&crowd.server, &WsServer::connectionRejected);
    QUrl url = crowd.server.serverUrl();
    url.setPath(u"/no"_s);
    QVERIFY(refused.open(url));
    WS_TRY_COMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(events.errors.at(0).httpStatus(), 403);
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(threads, QList<QThread *>(3, QThread::currentThread()));
}

void TestThreads::limitsCountAllThreads()
{
    Crowd crowd;
    crowd.server.setMaxConnections(3);
    QVERIFY(crowd.open(3));
    WsClient fourth;
    Events events(&fourth);
    QVERIFY(fourth.open(crowd.server.serverUrl()));
    WS_TRY_COMPARE(events.errors.size(), 1);
    QCOMPARE(events.errors.at(0).httpStatus(), 503);
    crowd.clients[0]->close();
    WS_TRY_COMPARE(crowd.server.connectionCount(), 2);
    Events again(&fourth);
    WS_TRY_COMPARE(fourth.state(), Ws::Closed);
    QVERIFY(fourth.open(crowd.server.serverUrl()));
    WS_TRY_COMPARE(fourth.state(), Ws::Open);
}

void TestThreads::broadcastReachesEveryThread()
{
    Crowd crowd;
    QVERIFY(crowd.open(5));
    QCOMPARE(crowd.server.broadcast("from the server's thread"), 5);
    int fromElsewhere = 0;
    const std::unique_ptr<QThread> thread(
        QThread::create([&] { fromElsewhere = crowd.server.broadcast("from elsewhere"); }));
    thread->start();
    QVERIFY(thread->wait());
    QCOMPARE(fromElsewhere, 5);
    crowd.peers.at(0)->setInBroadcasts(false);
    WS_TRY_VERIFY(!crowd.peers.at(0)->inBroadcasts());
    crowd.server.broadcast("not for the first");
    for (const auto &events : crowd.events)
        WS_TRY_VERIFY(events->messages().size() >= 2);
    int three = 0;
    WS_TRY_VERIFY(
        (three = int(std::count_if(crowd.events.begin(), crowd.events.end(),
                                   [](const auto &events) { return events->messages().size() == 3; })))
        == 4);
    for (const auto &events : crowd.events)
        QCOMPARE(events->messages().first(2),
                 QStringList({u"text from the server's thread"_s, u"text from elsewhere"_s}));
}

void TestThreads::broadcastFromAConnectionLeavesItOut()
{
    Crowd crowd;
    crowd.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->broadcast(message); });
    });
    QVERIFY(crowd.open(4));
    QVERIFY(crowd.clients[1]->sendText("from one"));
    for (const int other : {0, 2, 3})
        WS_TRY_COMPARE(crowd.events[size_t(other)]->messages(), QStringList{u"text from one"_s});
    QVERIFY(crowd.clients[0]->sendText("from zero"));
    WS_TRY_COMPARE(crowd.events[1]->messages(), QStringList{u"text from zero"_s});
}

void TestThreads::otherThreadsSendInOrder()
{
    constexpr int Count = 1000;
    Crowd crowd;
    QVERIFY(crowd.open(1));
    WsConnection *const peer = crowd.peers.at(0);
    QStringList expected;
    for (int i = 0; i < Count; ++i) {
        const QString text = QString::number(i);
        expected.append(u"text "_s + text);
        switch (i % 4) {
        case 0:
            QVERIFY(peer->sendText(text));
            break;
        case 1:
            QVERIFY(peer->sendText(text.toUtf8()));
            break;
        case 2:
            QVERIFY(peer->send(WsPreparedMessage::text(text)));
            break;
        default:
            QVERIFY(peer->sendFragments(Ws::Text, QByteArrayList{text.toUtf8(), QByteArray()}));
        }
    }
    WS_TRY_COMPARE(crowd.events[0]->messageCount, Count);
    QCOMPARE(crowd.events[0]->messages(), expected);
    QCOMPARE(peer->statistics().messagesSent, Count);
}

void TestThreads::everyThreadMaySendAtATime()
{
    constexpr int Count = 500;
    Crowd crowd;
    QVERIFY(crowd.open(2));
    std::vector<std::unique_ptr<QThread>> threads;
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s}) {
        threads.emplace_back(QThread::create([&crowd, name] {
            for (int i = 0; i < Count; ++i) {
                for (WsConnection *peer : std::as_const(crowd.peers))
                    peer->sendText(name + QString::number(i));
            }
        }));
        threads.back()->start();
    }
    for (const auto &events : crowd.events)
        WS_TRY_COMPARE(events->messageCount, 3 * Count);
    for (const auto &thread : threads)
        QVERIFY(thread->wait());
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s}) {
        const QStringList own = crowd.events[0]->startingWith(u"text "_s + name);
        for (int i = 0; i < Count; ++i)
            QCOMPARE(own.at(i), u"text "_s + name + QString::number(i));
    }
}

void TestThreads::propertiesAreReadFromElsewhere()
{
    Crowd crowd(2, true);
    crowd.server.setSubprotocols({u"chat"_s});
    QVERIFY(crowd.open(1));
    const WsConnection *const peer = crowd.peers.at(0);
    QCOMPARE(peer->state(), Ws::Open);
    QCOMPARE(peer->url().port(), crowd.server.serverPort());
    QCOMPARE(peer->request().path(), u"/"_s);
    QCOMPARE(peer->response().status(), 101);
    QCOMPARE(peer->peerPort(), crowd.clients[0]->localPort());
    QCOMPARE(peer->localPort(), crowd.server.serverPort());
    QVERIFY(peer->peerAddress().isLoopback() && peer->localAddress().isLoopback());
    QVERIFY(peer->isEncrypted() && peer->isServerSide());
    QCOMPARE(peer->sslConfiguration().localCertificate(), certificate(u"server"_s));
    QCOMPARE(peer->bufferedAmount(), 0);
    QCOMPARE(peer->closeCode(), Ws::NoStatus);
    QVERIFY(peer->closeReason().isEmpty() && peer->errorString().isEmpty());
    QVERIFY(peer->subprotocol().isEmpty() && peer->extensions().isEmpty());
    QVERIFY(peer->options() == crowd.server.options());
    QVERIFY(peer->statistics().wireBytesReceived > 0);
}

void TestThreads::whatIsAskedForElsewhereIsDone()
{
    Crowd crowd;
    QVERIFY(crowd.open(1));
    WsConnection *const peer = crowd.peers.at(0);
    QSignalSpy pinged(crowd.clients[0].get(), &WsConnection::pinged);
    QSignalSpy ponged(crowd.clients[0].get(), &WsConnection::pongReceived);
    QObject here;
    int answered = 0;
    connect(peer, &WsConnection::pongReceived, &here, [&] { ++answered; });
    QVERIFY(peer->ping("ping") && peer->pong("pong"));
    WS_TRY_COMPARE(pinged.size(), 1);
    WS_TRY_COMPARE(ponged.size(), 1);
    WS_TRY_COMPARE(answered, 1);

    WsOptions options;
    options.setMaxMessageSize(1000);
    peer->setOptions(options);
    WS_TRY_VERIFY(peer->options() == options);
    peer->setPaused(true);
    WS_TRY_VERIFY(peer->paused());
    peer->setPaused(false);
    WS_TRY_VERIFY(!peer->paused());
    std::atomic<int> handled{0};
    peer->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView) { ++handled; });
    // Behind the ping is behind the handler.
    QVERIFY(peer->ping("behind"));
    WS_TRY_COMPARE(answered, 2);
    QVERIFY(crowd.clients[0]->sendText("a"));
    WS_TRY_COMPARE(handled.load(), 1);

    QVERIFY(!peer->openMessage(Ws::Text));
    QVERIFY(!peer->waitForClosed(QDeadlineTimer(0)));
    QVERIFY(!peer->close(999));
    QVERIFY(peer->close(4000, u"bye"_s));
    WS_TRY_COMPARE(crowd.events[0]->ending(), u"closed 4000 'bye' clean"_s);
}

void TestThreads::sendingFromElsewhereKeepsTheLimit()
{
    Crowd crowd;
    WsOptions options;
    options.setMaxBufferedAmount(100 * KiB);
    crowd.server.setOptions(options);
    QVERIFY(crowd.open(1));
    WsConnection *const peer = crowd.peers.at(0);
    QVERIFY(!peer->sendBinary(QByteArray(101 * KiB, 'x')));
    QVERIFY(!peer->errorString().isEmpty());
    QVERIFY(!peer->sendText(QByteArray("\xFF")));
    QVERIFY(peer->sendBinary(QByteArray(99 * KiB, 'x')));
    WS_TRY_COMPARE(crowd.events[0]->messageCount, 1);
    crowd.clients[0]->close();
    WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::messagesArePulledFromElsewhere()
{
    Crowd crowd;
    QVERIFY(crowd.open(1));
    QList<QFuture<std::optional<WsMessage>>> futures;
    for (int i = 0; i < 3; ++i)
        futures.append(crowd.peers.at(0)->receive());
    crowd.peers.at(0)->setInBroadcasts(false);
    WS_TRY_VERIFY(!crowd.peers.at(0)->inBroadcasts()); // and so it pulls
    QVERIFY(crowd.clients[0]->sendText("a") && crowd.clients[0]->sendText("b"));
    QVERIFY(crowd.clients[0]->close());
    for (const auto &future : std::as_const(futures))
        WS_TRY_VERIFY(future.isFinished());
    QCOMPARE(futures[0].result()->text(), u"a"_s);
    QCOMPARE(futures[1].result()->text(), u"b"_s);
    QVERIFY(!futures[2].result());
}

void TestThreads::connectionMayEndWhileItIsAnnounced()
{
    Crowd crowd;
    crowd.server.setConnectionHandler([](WsConnection *connection) {
        QMetaObject::invokeMethod(connection, &WsConnection::abort, Qt::QueuedConnection);
    });
    QVERIFY(crowd.server.listen());
    WsClient client;
    Events events(&client);
    QSignalSpy counts(&crowd.server, &WsServer::connectionCountChanged);
    QVERIFY(client.open(crowd.server.serverUrl()));
    WS_TRY_VERIFY(events.isClosed());
    WS_TRY_COMPARE(counts.size(), 2); // it came, and it went
    QCOMPARE(crowd.peers.size(), 1);
    QCOMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::closingReachesEveryThread()
{
    Crowd crowd;
    QVERIFY(crowd.open(4));
    RawPeer raw; // still in its opening handshake
    QVERIFY(raw.connectTo(crowd.server));
    QSignalSpy closed(&crowd.server, &WsServer::closed);
    crowd.server.close();
    QVERIFY(!crowd.server.isListening());
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(crowd.server.connectionCount(), 0);
    for (const auto &events : crowd.events)
        WS_TRY_COMPARE(events->ending(), u"closed 1001 '' clean"_s);
    WS_TRY_VERIFY(raw.hasEnded);
}

void TestThreads::deletionReachesEveryThread()
{
    auto crowd = std::make_unique<Crowd>();
    QVERIFY(crowd->open(4));
    auto clients = std::move(crowd->clients);
    auto events = std::move(crowd->events);
    crowd.reset();
    for (const auto &one : events)
        WS_TRY_COMPARE(one->ending(), u"closed 1001 '' clean"_s);
}

void TestThreads::serverListensAgainWithOtherThreads()
{
    Crowd crowd(1);
    crowd.server.setConnectionHandler(echo);
    for (const int threads : {1, 3, 0}) {
        crowd.server.setThreadCount(threads);
        QVERIFY(crowd.open(3));
        QSet<QThread *> used;
        for (const WsConnection *peer : std::as_const(crowd.peers))
            used.insert(peer->thread());
        QCOMPARE(used.size(), qMax(1, threads));
        QCOMPARE(used.contains(QThread::currentThread()), threads == 0);
        QVERIFY(crowd.clients[0]->sendText("a"));
        WS_TRY_COMPARE(crowd.events[0]->messageCount, 1);
        QSignalSpy closed(&crowd.server, &WsServer::closed);
        crowd.server.close();
        WS_TRY_COMPARE(closed.size(), 1);
        crowd.events.clear();
        crowd.clients.clear();
        crowd.peers.clear();
    }
}

void TestThreads::clientsComeAndGo()
{
    constexpr int Rounds = 300;
    Crowd crowd(3);
    crowd.server.setConnectionHandler([&crowd](WsConnection *connection) {
        echo(connection);
        crowd.server.subscribe(connection, u"all"_s);
    });
    QVERIFY(crowd.server.listen());
    QRandomGenerator random(4711);
    int closedCount = 0;
    for (int i = 0; i < Rounds; ++i) {
        auto *client = new WsClient(&crowd.server);
        const int way = random.bounded(4);
        connect(client, &WsClient::opened, client, [client, way] {
            client->sendText("hello");
            if (way == 0)
                client->abort();
            else if (way == 1)
                client->close();
        });
        connect(client, &WsClient::messageReceived, client, [client] { client->close(); });
        connect(client, &WsClient::closed, client, [client, &closedCount] {
            ++closedCount;
            client->deleteLater();
        });
        QVERIFY(client->open(crowd.server.serverUrl()));
        if (i % 10 == 0) {
            crowd.server.publish(u"all"_s, "news");
            crowd.server.broadcast("to all");
            QCoreApplication::processEvents();
        }
    }
    WS_TRY_COMPARE(closedCount, Rounds);
    WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"all"_s), 0);
}

// --- what is deleted, closed or opened by slots

void TestThreads::connectionsMayBeDeletedBehindTheirEnd()
{
    QFETCH(const int, threads);
    Crowd crowd(threads);
    std::atomic<int> deleted{0};
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &WsConnection::closed, connection, &QObject::deleteLater);
        connect(connection, &QObject::destroyed, connection, [&] { ++deleted; });
    });
    for (int round = 0; round < 10; ++round) {
        QVERIFY(crowd.open(4));
        crowd.events.clear();
        crowd.clients.clear();
        WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
    }
    WS_TRY_COMPARE(deleted.load(), 40);
}

void TestThreads::connectionMayBeDeletedWhenTheCountChanges()
{
    Crowd crowd(0);
    WsConnection *ended = nullptr;
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &WsConnection::closed, connection, [&ended, connection] { ended = connection; });
    });
    connect(&crowd.server, &WsServer::connectionCountChanged, &crowd.server,
            [&] { delete std::exchange(ended, nullptr); });
    QVERIFY(crowd.open(2));
    crowd.events.clear();
    crowd.clients.clear();
    WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::connectionMayBeDeletedWhileItIsAnnounced()
{
    Crowd crowd(1);
    HeldServer held(&crowd.server);
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &QObject::destroyed, connection, [&] { held.release(); });
        connection->deleteLater();
    });
    QVERIFY(crowd.server.listen());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(crowd.server.serverUrl()));
    WS_TRY_COMPARE(events.ending(), u"closed 1001 '' clean"_s);
    QVERIFY(held.isReleased);
    QCOMPARE(crowd.peers.size(), 0);
    QCOMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::closingConnectionReadsNothingBeforeItIsAnnounced()
{
    Crowd crowd(1);
    HeldServer held(&crowd.server);
    std::atomic<bool> isAnnounced{false};
    QStringList heard;
    connect(&crowd.server, &WsServer::newConnection, &crowd.server, [&](WsConnection *connection) {
        isAnnounced = true;
        connect(connection, &WsConnection::textMessageReceived, &crowd.server,
                [&](const QString &text) { heard.append(text); });
        connect(connection, &WsConnection::closed, &crowd.server, [&] { heard.append(u"closed"_s); });
    });
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        connection->close();
        // Behind what close() has asked the event loop for.
        QMetaObject::invokeMethod(
            connection, [&] { held.release(); }, Qt::QueuedConnection);
    });
    QVERIFY(crowd.server.listen());
    RawPeer peer;
    QVERIFY(peer.connectTo(crowd.server));
    peer.send(RawPeer::upgradeRequest() + frame(TextFrame, "hello") + frame(CloseFrame));
    WS_TRY_VERIFY(peer.hasEnded);
    QVERIFY(held.isReleased);
    WS_TRY_COMPARE(heard, QStringList({u"hello"_s, u"closed"_s}));
}

void TestThreads::slowAnnouncementIsNoSilence()
{
    Crowd crowd(1);
    WsOptions options;
    options.setPingInterval(10ms);
    options.setPongTimeout(10ms);
    crowd.server.setOptions(options);
    QVERIFY(crowd.server.listen());
    bool isDone = false;
    bool hasEnded = false;
    connect(&crowd.server, &WsServer::newConnection, &crowd.server, [&](WsConnection *connection) {
        // Several times what a silent peer is given.
        hasEnded = waitFor([&] { return connection->state() != Ws::Open; }, 200);
        isDone = true;
    });
    WsClient client;
    QVERIFY(client.open(crowd.server.serverUrl()));
    WS_TRY_VERIFY(isDone);
    QVERIFY(!hasEnded);
}

void TestThreads::serverMayBeDeletedInItsSlots_data()
{
    QTest::addColumn<int>("threads");
    QTest::addColumn<QString>("slot");
    for (const int threads : {0, 2}) {
        for (const char *slot :
             {"requestHandler", "newConnection", "countOfNew", "countOfOld", "rejected", "closed"})
            QTest::addRow("%s, %d threads", slot, threads) << threads << QString::fromLatin1(slot);
    }
}

void TestThreads::serverMayBeDeletedInItsSlots()
{
    QFETCH(const int, threads);
    QFETCH(const QString, slot);
    auto *server = new WsServer;
    const QPointer<WsServer> alive(server);
    server->setThreadCount(threads);
    server->setRequestHandler([=](const WsRequest &request) {
        if (slot == u"requestHandler")
            delete server;
        return request.path() == u"/no" ? WsResponse::reject(403) : WsResponse::accept();
    });
    const auto deleteIn = [=](const QString &name) {
        if (slot == name)
            delete server;
    };
    connect(server, &WsServer::newConnection, this, [=] { deleteIn(u"newConnection"_s); });
    connect(server, &WsServer::connectionCountChanged, this,
            [=] { deleteIn(server->connectionCount() == 1 ? u"countOfNew"_s : u"countOfOld"_s); });
    connect(server, &WsServer::connectionRejected, this, [=] { deleteIn(u"rejected"_s); });
    connect(server, &WsServer::closed, this, [=] { deleteIn(u"closed"_s); });
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    QUrl url = server->serverUrl();
    url.setPath(slot == u"rejected" ? u"/no"_s : u"/"_s);
    QVERIFY(client.open(url));
    if (slot == u"countOfOld" || slot == u"closed") {
        WS_TRY_VERIFY(client.state() == Ws::Open && server->connectionCount() == 1);
        server->close();
    }
    WS_TRY_VERIFY(!alive);
    WS_TRY_VERIFY(events.isClosed());
}

void TestThreads::serverMayListenAgainInASlotOfClosed()
{
    Crowd crowd(2);
    for (const int threads : {3, 1, 2}) {
        QVERIFY(crowd.open(4));
        const QMetaObject::Connection again =
            connect(&crowd.server, &WsServer::closed, &crowd.server, [&, threads] {
                crowd.server.setThreadCount(threads);
                QVERIFY(crowd.server.listen());
            });
        crowd.server.close();
        WS_TRY_VERIFY(crowd.server.isListening());
        disconnect(again);
        crowd.events.clear();
        crowd.clients.clear();
        crowd.peers.clear();
    }
    QVERIFY(crowd.open(4));
}

void TestThreads::serverMayBeDeletedAmidBroadcasts()
{
    for (int round = 0; round < 10; ++round) {
        auto crowd = std::make_unique<Crowd>(3);
        crowd->server.setConnectionHandler([](WsConnection *connection) {
            auto *timer = new QTimer(connection);
            connect(timer, &QTimer::timeout, connection,
                    [connection] { connection->broadcast("on and on"); });
            timer->start(0);
        });
        QVERIFY(crowd->open(6));
        for (const auto &events : crowd->events)
            WS_TRY_VERIFY(events->messageCount > 0);
    }
}

void TestThreads::serverMayBeDeletedAtAnyTime()
{
    QFETCH(const bool, isTls);
    constexpr int Rounds = 40;
    for (int round = 0; round < Rounds; ++round) {
        auto crowd = std::make_unique<Crowd>(2, isTls);
        crowd->server.setConnectionHandler([&server = crowd->server](WsConnection *connection) {
            echo(connection);
            server.subscribe(connection, u"all"_s);
        });
        crowd->server.setRequestHandler([](const WsRequest &) { return readyFuture(WsResponse()); });
        QVERIFY(crowd->server.listen());
        std::vector<std::unique_ptr<WsClient>> clients;
        std::vector<std::unique_ptr<Events>> events;
        QUrl url = crowd->server.serverUrl();
        url.setHost(u"localhost"_s);
        for (int i = 0; i < 4; ++i) {
            clients.push_back(std::make_unique<WsClient>());
            clients.back()->setSslConfiguration(tlsConfiguration());
            events.push_back(std::make_unique<Events>(clients.back().get()));
            connect(clients.back().get(), &WsClient::opened, clients.back().get(),
                    [client = clients.back().get()] { client->sendText("hello"); });
            QVERIFY(clients.back()->open(url));
        }
        for (int turn = 0; turn < round; ++turn) {
            QCoreApplication::processEvents();
            crowd->server.publish(u"all"_s, "news");
        }
        crowd.reset();
        for (const auto &one : events)
            WS_TRY_VERIFY(one->isClosed());
    }
}

void TestThreads::serverMayBeDeletedWhileASlotRunsAnEventLoop()
{
    auto crowd = std::make_unique<Crowd>(1);
    QSemaphore running;
    std::atomic<int> endedCount{0};
    crowd->server.setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &WsConnection::messageSent, connection, [&, connection] {
            QEventLoop loop;
            connect(connection, &QObject::destroyed, &loop, &QEventLoop::quit);
            running.release();
            loop.exec();
            ++endedCount;
        });
    });
    QVERIFY(crowd->open(2));
    // The second runs in the event loop of the first, and others wait behind both.
    crowd->peers.at(0)->sendText("a");
    crowd->peers.at(1)->sendText("b");
    for (int i = 0; i < 10; ++i)
        crowd->peers.at(0)->setInBroadcasts(i % 2 == 0);
    QVERIFY(running.tryAcquire(2, Patience));
    auto clients = std::move(crowd->clients);
    crowd.reset();
    QCOMPARE(endedCount.load(), 2);
}

void TestThreads::broadcastSurvivesSlotsThatDelete()
{
    QFETCH(const int, threads);
    Crowd crowd(threads);
    // Each that is sent to deletes another one of its thread.
    QMutex mutex;
    QHash<QThread *, QList<WsConnection *>> living;
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        const QMutexLocker locker(&mutex);
        living[QThread::currentThread()].append(connection);
        connect(connection, &WsConnection::messageSent, connection, [&, connection] {
            QMutexLocker otherLocker(&mutex);
            QList<WsConnection *> &here = living[QThread::currentThread()];
            here.removeOne(connection);
            WsConnection *const other = here.isEmpty() ? nullptr : here.takeLast();
            otherLocker.unlock();
            delete other;
        });
    });
    QVERIFY(crowd.open(8));
    crowd.server.broadcast("to those who are left");
    WS_TRY_COMPARE(crowd.server.connectionCount(), 4);
    for (const auto &events : crowd.events)
        WS_TRY_VERIFY(events->messageCount == 1 || events->isClosed());
}

void TestThreads::broadcastMayMeetTheStartOfThreads()
{
    Crowd crowd(1);
    std::atomic<bool> isDone{false};
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        while (!isDone) {
            crowd.server.broadcast("to whoever is there");
            crowd.server.publish(u"t"_s, "to whoever subscribes");
            (void)crowd.server.topics();
        }
    }));
    thread->start();
    bool isOpen = true;
    for (const int threads : {2, 0, 3}) {
        crowd.server.setThreadCount(threads);
        isOpen = isOpen && crowd.open(3);
        QSignalSpy closed(&crowd.server, &WsServer::closed);
        crowd.server.close();
        isOpen = isOpen && waitFor([&] { return closed.size() == 1; });
        crowd.events.clear();
        crowd.clients.clear();
        crowd.peers.clear();
    }
    isDone = true;
    QVERIFY(thread->wait());
    QVERIFY(isOpen);
}

void TestThreads::eventLoopInASlotHearsOfOthers()
{
    Crowd crowd(1);
    QSemaphore announced;
    bool hasHeard = false;
    connect(&crowd.server, &WsServer::newConnection, &crowd.server, [&] {
        if (crowd.peers.size() == 1)
            hasHeard = waitFor([&] { return crowd.peers.size() == 2; });
    });
    crowd.server.setConnectionHandler([&](WsConnection *connection) {
        // Behind the announcement.
        QMetaObject::invokeMethod(
            connection, [&] { announced.release(); }, Qt::QueuedConnection);
    });
    // Both are told of before this thread hears of the first.
    QPromise<WsResponse> promise;
    promise.start();
    int requests = 0;
    crowd.server.setRequestHandler([&](const WsRequest &) {
        ++requests;
        return promise.future();
    });
    QVERIFY(crowd.server.listen());
    std::array<WsClient, 2> clients;
    for (WsClient &client : clients)
        QVERIFY(client.open(crowd.server.serverUrl()));
    WS_TRY_COMPARE(requests, 2);
    promise.addResult(WsResponse::accept());
    promise.finish();
    QVERIFY(announced.tryAcquire(2, Patience));
    WS_TRY_COMPARE(crowd.peers.size(), 2);
    QVERIFY(hasHeard);
}

// --- what other threads ask for

void TestThreads::whatWasSentElsewhereBelongsToItsOpening()
{
    Pair pair;
    QVERIFY(pair.open());
    bool isAccepted = false;
    QVERIFY(
        callElsewhere([&] { isAccepted = pair.client.sendText("for the first") && pair.client.close(); }));
    QVERIFY(isAccepted);
    pair.client.abort();
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QVERIFY(pair.client.sendText("for the second"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text for the second"_s});
    QCOMPARE(pair.client.state(), Ws::Open);
    WS_TRY_COMPARE(pair.client.bufferedAmount(), 0);
}

void TestThreads::whatWasAcceptedElsewhereIsSent()
{
    constexpr int Count = 1000;
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(10 * KiB); // which they do not all fit into
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    int accepted = 0;
    QVERIFY(callElsewhere([&] {
        while (accepted < Count && pair.client.sendText("x"))
            ++accepted;
    }));
    WS_TRY_COMPARE(pair.client.bufferedAmount(), 0);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, accepted);
    QVERIFY(accepted > 10);
    QVERIFY(accepted < Count);
}

void TestThreads::closedClientIsSetUpFromElsewhere()
{
    WsClient client;
    WsOptions options;
    options.setMaxMessageSize(1000);
    QVERIFY(callElsewhere([&] {
        client.setOptions(options);
        client.setInBroadcasts(false);
        client.setBinaryType(Ws::Stream);
        client.setPaused(true);
    }));
    WS_TRY_VERIFY(client.options() == options);
    WS_TRY_VERIFY(!client.inBroadcasts() && client.binaryType() == Ws::Stream && client.paused());
}

void TestThreads::leftMessagesAreTakenFromElsewhere()
{
    Pair pair;
    QVERIFY(pair.open());
    QFuture<std::optional<WsMessage>> first = pair.client.receive();
    QVERIFY(pair.peer->sendText("a") && pair.peer->sendText("b"));
    WS_TRY_VERIFY(first.isFinished());
    QVERIFY(pair.client.close());
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    QFuture<std::optional<WsMessage>> second;
    QFuture<std::optional<WsMessage>> third;
    QVERIFY(callElsewhere([&] {
        second = pair.client.receive();
        third = pair.client.receive();
    }));
    WS_TRY_VERIFY(second.isFinished() && third.isFinished());
    QVERIFY(second.result());
    QCOMPARE(second.result()->text(), u"b"_s);
    QVERIFY(!third.result());
}

void TestThreads::heldEndIsEndedFromElsewhere()
{
    Crowd crowd;
    QVERIFY(crowd.open(1));
    WsConnection *const peer = crowd.peers.at(0);
    const QFuture<std::optional<WsMessage>> first = peer->receive();
    peer->setInBroadcasts(false);
    WS_TRY_VERIFY(!peer->inBroadcasts()); // and so it pulls
    QVERIFY(crowd.clients[0]->sendText("a") && crowd.clients[0]->sendText("b") && crowd.clients[0]->close());
    WS_TRY_VERIFY(first.isFinished());
    WS_TRY_COMPARE(crowd.clients[0]->state(), Ws::Closed);
    WS_TRY_COMPARE(peer->state(), Ws::Closing);
    bool isClosing = false;
    WS_TRY_VERIFY((isClosing = isClosing || peer->close()));
    WS_TRY_COMPARE(crowd.server.connectionCount(), 0);
}

void TestThreads::onlyTheOwnThreadWaits()
{
    Pair pair;
    QVERIFY(pair.open());
    bool hasWaited = true;
    QVERIFY(callElsewhere([&] {
        hasWaited =
            pair.client.waitForMessage(QDeadlineTimer(0)) || pair.client.waitForClosed(QDeadlineTimer(0))
            || pair.client.waitForDrained(QDeadlineTimer(0)) || pair.client.waitForOpened(QDeadlineTimer(0));
    }));
    QVERIFY(!hasWaited);
    QVERIFY(pair.peer->sendText("told, not pulled"));
    WS_TRY_COMPARE(pair.events.messageCount, 1);
}

void TestThreads::waitingThreadDoesWhatOthersAskFor()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    std::atomic<WsConnection *> waiting{nullptr};
    std::atomic<bool> hasAnswer{false};
    bool isClosed = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        if (!client.open(pair.url()) || !client.waitForOpened())
            return;
        waiting = &client;
        hasAnswer = client.waitForMessage().has_value();
        isClosed = client.waitForClosed();
    }));
    thread->start();
    WS_TRY_VERIFY(waiting && pair.peer);
    connect(pair.peer, &WsConnection::messageReceived, pair.peer,
            [&](const WsMessage &message) { pair.peer->send(message); });
    QVERIFY(waiting.load()->sendText("ask"));
    WS_TRY_VERIFY(hasAnswer.load());
    waiting.load()->abort();
    QVERIFY(thread->wait(Patience));
    QVERIFY(isClosed);
}

// --- topics

void TestThreads::subscribersGetWhatIsPublished_data()
{
    QTest::addColumn<int>("threads");
    QTest::newRow("in the server's thread") << 0;
    QTest::newRow("in two threads") << 2;
}

void TestThreads::subscribersGetWhatIsPublished()
{
    QFETCH(const int, threads);
    Crowd crowd(threads);
    QVERIFY(crowd.open(4));
    QCOMPARE(crowd.server.publish(u"news"_s, "to nobody"), 0);
    for (const int index : {0, 1, 2})
        QVERIFY(crowd.server.subscribe(crowd.peerOf(index), u"news"_s));
    QVERIFY(crowd.server.subscribe(crowd.peerOf(2), u"news"_s)); // no more than once
    QVERIFY(crowd.server.subscribe(crowd.peerOf(3), u"sports"_s));
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"news"_s), 3);
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"sports"_s), 1);
    QStringList topics = crowd.server.topics();
    topics.sort();
    QCOMPARE(topics, QStringList({u"news"_s, u"sports"_s}));

    QCOMPARE(crowd.server.publish(u"news"_s, u"a"_s), 3);
    crowd.server.publish(u"news"_s, "b"_ba, crowd.peerOf(1));
    QCOMPARE(crowd.server.publish(u"sports"_s, WsMessage::text("c")), 1);
    WS_TRY_COMPARE(crowd.events[0]->messages(), QStringList({u"text a"_s, u"binary b"_s}));
    WS_TRY_COMPARE(crowd.events[1]->messages(), QStringList({u"text a"_s}));
    WS_TRY_COMPARE(crowd.events[2]->messages(), QStringList({u"text a"_s, u"binary b"_s}));
    WS_TRY_COMPARE(crowd.events[3]->messages(), QStringList({u"text c"_s}));

    QVERIFY(crowd.server.unsubscribe(crowd.peerOf(0), u"news"_s));
    QVERIFY(crowd.server.unsubscribe(crowd.peerOf(0), u"sports"_s)); // which it never did
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"news"_s), 2);
    QCOMPARE(crowd.server.publish(u"news"_s, WsPreparedMessage::text("d"_ba)), 2);
    WS_TRY_COMPARE(crowd.events[1]->messages(), QStringList({u"text a"_s, u"text d"_s}));
    QCOMPARE(crowd.server.subscriberCount(u"sports"_s), 1);
}

void TestThreads::subscriptionsEndWithTheConnection()
{
    QFETCH(const int, threads);
    Crowd crowd(threads);
    QVERIFY(crowd.open(3));
    for (const int index : {0, 1, 2}) {
        QVERIFY(crowd.server.subscribe(crowd.peerOf(index), u"a"_s));
        QVERIFY(crowd.server.subscribe(crowd.peerOf(index), u"b"_s));
    }
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"b"_s), 3);
    crowd.clients[0]->close();
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"a"_s), 2);
    QCOMPARE(crowd.server.publish(u"b"_s, "left"), 2);
    WS_TRY_COMPARE(crowd.events[2]->messages(), QStringList{u"text left"_s});
    crowd.clients[1]->abort();
    crowd.clients[2]->abort();
    WS_TRY_COMPARE(crowd.server.topics(), QStringList());
}

void TestThreads::publishedMessagesKeepTheirOrder()
{
    constexpr int Count = 500;
    Crowd crowd(2);
    QVERIFY(crowd.open(4));
    for (const auto &peer : std::as_const(crowd.peers))
        QVERIFY(crowd.server.subscribe(peer, u"t"_s));
    WS_TRY_COMPARE(crowd.server.subscriberCount(u"t"_s), 4);
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        for (int i = 0; i < Count; ++i)
            crowd.server.publish(u"t"_s, u"b"_s + QString::number(i));
    }));
    thread->start();
    for (int i = 0; i < Count; ++i)
        QCOMPARE(crowd.server.publish(u"t"_s, u"a"_s + QString::number(i)), 4);
    QVERIFY(thread->wait());
    for (const auto &events : crowd.events) {
        WS_TRY_COMPARE(events->messageCount, 2 * Count);
        for (const QString &name : {u"a"_s, u"b"_s}) {
            const QStringList own = events->startingWith(u"text "_s + name);
            QCOMPARE(own.size(), Count);
            for (int i = 0; i < Count; ++i)
                QCOMPARE(own.at(i), u"text "_s + name + QString::number(i));
        }
    }
}

void TestThreads::subscriberGetsWhatTheSameThreadPublishesNext()
{
    Crowd crowd(2);
    QVERIFY(crowd.open(2));
    for (int i = 0; i < 20; ++i) {
        const QString topic = QString::number(i);
        QVERIFY(crowd.server.subscribe(crowd.peers.at(i % 2), topic));
        crowd.server.publish(topic, topic);
    }
    for (const auto &events : crowd.events)
        WS_TRY_COMPARE(events->messageCount, 10);
}

void TestThreads::slowSubscriberIsTreatedAsTheOptionsSay_data()
{
    QTest::addColumn<bool>("closes");
    QTest::newRow("skip") << false;
    QTest::newRow("close") << true;
}

void TestThreads::slowSubscriberIsTreatedAsTheOptionsSay()
{
    QFETCH(const bool, closes);
    Crowd crowd(0);
    WsOptions options;
    options.setMaxBufferedAmount(256 * KiB);
    options.setSlowSubscriber(closes ? Ws::CloseConnection : Ws::SkipMessage);
    crowd.server.setOptions(options);
    QVERIFY(crowd.open(1));
    WsConnection *const peer = crowd.peers.at(0);
    Events peerEvents(peer);
    QVERIFY(crowd.server.subscribe(peer, u"t"_s));
    crowd.clients[0]->setPaused(true);
    const QByteArray large(200 * KiB, 'x');
    int sent = 0;
    while (crowd.server.publish(u"t"_s, large) == 1) // until the system's buffers are full too
        ++sent;
    QVERIFY(peer->bufferedAmount() <= 256 * KiB);
    QCOMPARE(peer->state(), closes ? Ws::Closing : Ws::Open);
    crowd.clients[0]->setPaused(false);
    WS_TRY_COMPARE(crowd.events[0]->messageCount, sent);
    if (closes) {
        WS_TRY_COMPARE(crowd.events[0]->ending(), u"closed 1008 'too slow' clean"_s);
    } else {
        WS_TRY_COMPARE(peer->bufferedAmount(), 0);
        QCOMPARE(crowd.server.publish(u"t"_s, "later"), 1);
        WS_TRY_COMPARE(crowd.events[0]->messageCount, sent + 1);
    }
}

void TestThreads::foreignConnectionsCannotSubscribe()
{
    Crowd crowd(0);
    WsServer other;
    QVERIFY(crowd.open(1));
    QVERIFY(!other.subscribe(crowd.peers.at(0), u"t"_s));
    QVERIFY(!crowd.server.subscribe(crowd.clients[0].get(), u"t"_s));
    QVERIFY(crowd.server.topics().isEmpty());
}

void TestThreads::manySubscribersOfManyTopics()
{
    constexpr int Topics = 1000;
    Crowd crowd(2);
    QVERIFY(crowd.open(10));
    for (WsConnection *peer : std::as_const(crowd.peers)) {
        for (int topic = 0; topic < Topics; ++topic)
            QVERIFY(crowd.server.subscribe(peer, QString::number(topic)));
    }
    WS_TRY_COMPARE(crowd.server.subscriberCount(QString::number(Topics - 1)), 10);
    QCOMPARE(crowd.server.topics().size(), Topics);
    for (int topic = 0; topic < Topics; ++topic)
        QCOMPARE(crowd.server.publish(QString::number(topic), QString::number(topic)), 10);
    for (const auto &events : crowd.events)
        WS_TRY_COMPARE(events->messageCount, Topics);
    crowd.server.close();
    WS_TRY_COMPARE(crowd.server.topics().size(), 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestThreads)
#include "tst_threads.moc"
