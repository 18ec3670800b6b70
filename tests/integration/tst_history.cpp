// SPDX-License-Identifier: MIT

// Topics with a history: clients that were away get what they have missed, once and in order.

#include "brokerpairs.h"
#include "historytesting.h"

#include "../testprogram.h"

#include <QtCore/qsemaphore.h>

#include <atomic>
#include <stdexcept>

#ifdef Q_OS_UNIX
#include <sys/socket.h>
#endif

using namespace HistoryTesting;

namespace {
constexpr qint64 Length = 1000;

// Two servers, as in two processes.
struct Servers
{
    explicit Servers(int threads = 0)
        : one(prepared(&brokers[0]), threads), other(prepared(&brokers[1]), threads)
    {
    }
    static WsBroker *prepared(WsBroker *broker)
    {
        broker->setHistory(u"log"_s, Length);
        broker->setHistoryEnvelope(withId);
        return broker;
    }
    std::array<RecordingBroker, 2> brokers;
    HistorySite one;
    HistorySite other;
};

// What the system takes for each client is much less than it may be.
void takeLittle(const WsServer &server)
{
#ifdef Q_OS_UNIX
    const int size = 64 * 1024;
    QCOMPARE(::setsockopt(int(server.socketDescriptor()), SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
#else
    Q_UNUSED(server)
#endif
}

// The thread of a connection, kept busy until end(). Then it calls \a work, before what was posted meanwhile.
class BusyThread
{
public:
    explicit BusyThread(WsConnection *connection, std::function<void()> work = {})
    {
        const auto wait = [state = m_state, work = std::move(work)] {
            state->begun.release();
            (void)state->ended.tryAcquire(1, Patience);
            if (work)
                work();
        };
        QMetaObject::invokeMethod(connection, wait, Qt::QueuedConnection);
        isBusy = m_state->begun.tryAcquire(1, Patience);
    }
    ~BusyThread() { end(); }
    Q_DISABLE_COPY_MOVE(BusyThread)
    void end() { m_state->ended.release(); }

    bool isBusy = false;

private:
    struct State
    {
        QSemaphore begun;
        QSemaphore ended;
    };
    const std::shared_ptr<State> m_state = std::make_shared<State>();
};

// Publishes numbers to a topic until it is told to stop.
class Publisher
{
public:
    explicit Publisher(WsServer *server)
        : m_thread([this, server] {
              while (!m_isOver) {
                  server->publish(u"log"_s, QString::number(m_count));
                  ++m_count;
                  QThread::yieldCurrentThread();
              }
          })
    {
    }
    ~Publisher() { m_isOver = true; }
    int end()
    {
        m_isOver = true;
        (void)m_thread.end();
        return m_count;
    }

private:
    std::atomic<bool> m_isOver{false};
    std::atomic<int> m_count{0};
    Thread m_thread;
};
} // namespace

class TestHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void subscribersGetIdsInOrder_data() { addThreads(); }
    void subscribersGetIdsInOrder();
    void publishedAtOnceAfterSubscribing();
    void publishedAtOnceAfterSubscribingInAnotherThread_data();
    void publishedAtOnceAfterSubscribingInAnotherThread();
    void clientGoesOnAtAnotherServer_data() { addThreads(); }
    void clientGoesOnAtAnotherServer();
    void nothingIsLostWhilePublishingGoesOn_data() { addThreads(); }
    void nothingIsLostWhilePublishingGoesOn();
    void fromTheBeginning_data();
    void fromTheBeginning();
    void shortHistoryIsReported();
    void shortHistoryFromTheBeginning_data();
    void shortHistoryFromTheBeginning();
    void noHistoryIsReported_data();
    void noHistoryIsReported();
    void wrongIdIsRefused_data();
    void wrongIdIsRefused();
    void historyEndsAfterItsTime();
    void interruptedServerCatchesUp();
    void subscribedWhileDisconnected();
    void notConnectedDeliversHere_data();
    void notConnectedDeliversHere();
    void slowClientTakesItsTime_data();
    void slowClientTakesItsTime();
    void unsubscribedWhileReplaying();
    void slotsSubscribeAnewWhileReplaying();
    void subscribingAnewBeginsAnew();
    void subscribingAgainWithoutAnIdChangesNothing();
    void connectionMovesWhileReplaying();
    void brokerGoesWhileReplaying_data();
    void brokerGoesWhileReplaying();
    void queuedMessagesOfADeletedBrokerArriveHere();
    void idOfTheEndIsReported_data();
    void idOfTheEndIsReported();
    void endOfATopicWithoutAHistoryHasNoId();
    void endOfAHistoryThatNobodyReadsHasNoId_data();
    void endOfAHistoryThatNobodyReadsHasNoId();
    void idBeyondTheEndIsReported_data();
    void idBeyondTheEndIsReported();
    void limitOfAllConnectionsLosesNothing_data() { addThreads(); }
    void limitOfAllConnectionsLosesNothing();
    void manyTopicsOfOneConnection();
    void keysHaveNoEffect();
    void gapIsReportedToSubscribers();
    void gapSinceAnEmptyHistoryIsReported_data();
    void gapSinceAnEmptyHistoryIsReported();
    void longInterruptionSinceAnEmptyHistoryIsReported();
    void otherBrokerHasOtherIds_data() { addThreads(); }
    void otherBrokerHasOtherIds();
    void nextBrokerMayDeliverBeforeTheThreadKnowsIt();
    void messageOfThePreviousBrokerStillArrives();
    void movingConnectionHasTheIdsOfTheNextBroker();
    void movingConnectionIsToldOfAGap();
    void connectionThatMovesWhileOthersAreToldIsToldOfAGap_data();
    void connectionThatMovesWhileOthersAreToldIsToldOfAGap();
    void brokerWithManyTopicsIsAskedInTime();
    void brokerChangesWhileAnotherServerKeepsTheOldOne();
    void serviceThatHasLostMessagesBeginsAnew_data() { addThreads(); }
    void serviceThatHasLostMessagesBeginsAnew();
    void envelopeThatFailsIsReported();
    void patternsOfTopics();
    void brokerWithoutHistorySaysSo();
};

void TestHistory::subscribersGetIdsInOrder()
{
    QFETCH(const int, threads);
    Servers servers(threads);
    Reader here(u"log"_s);
    Reader there(u"log"_s);
    QVERIFY(here.open(servers.one) && there.open(servers.other));
    QVERIFY(waitFor([&] { return servers.brokers[1].topics().contains(u"log"_s); }));
    for (int i = 0; i < 50; ++i) {
        QCOMPARE(servers.one.server.publish(u"log"_s, u"a"_s), 1);
        QCOMPARE(servers.other.server.publish(u"log"_s, u"b"_s), 1);
    }
    WS_TRY_COMPARE(here.messages.size(), 100);
    WS_TRY_COMPARE(there.messages, here.messages);
    QCOMPARE(there.lastId, here.lastId);
    QCOMPARE(here.withoutId, 0);
    QVERIFY(here.reports.isEmpty());
}

// The subscription reaches the broker from the event loop, after the message has been published.
void TestHistory::publishedAtOnceAfterSubscribing()
{
    Servers servers;
    servers.one.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.one.begun;
        servers.one.server.subscribe(connection, u"log"_s);
        servers.one.server.publish(u"log"_s, u"welcome"_s);
    });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(reader.messages, QStringList(u"welcome"_s));
}

void TestHistory::publishedAtOnceAfterSubscribingInAnotherThread_data()
{
    QTest::addColumn<bool>("hasId");
    QTest::newRow("live") << false;
    QTest::newRow("from now on") << true;
}

// The subscription is carried out when that thread is no longer busy.
void TestHistory::publishedAtOnceAfterSubscribingInAnotherThread()
{
    QFETCH(const bool, hasId);
    Servers servers(1);
    WsServer &server = servers.one.server;
    server.setConnectionHandler([&](WsConnection *) { ++servers.one.begun; });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(server.connections().size(), 1);
    WsConnection *const connection = server.connections().constFirst();
    BusyThread busy(connection);
    QVERIFY(busy.isBusy);
    QVERIFY(hasId ? server.subscribe(connection, u"log"_s, QString())
                  : server.subscribe(connection, u"log"_s));
    server.publish(u"log"_s, u"0"_s);
    QVERIFY(waitFor([&] { return servers.brokers[0].topics().contains(u"log"_s); }));
    server.publish(u"log"_s, u"1"_s);
    busy.end();
    WS_TRY_COMPARE(reader.messages, numbersUntil(2));
    QVERIFY(reader.leave());
    QVERIFY(waitFor([&] { return servers.brokers[0].topics().isEmpty(); }));
}

void TestHistory::clientGoesOnAtAnotherServer()
{
    QFETCH(const int, threads);
    Servers servers(threads);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    int next = 0;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 150; ++i)
            servers.one.server.publish(u"log"_s, QString::number(next++));
        WS_TRY_COMPARE(reader.messages.size(), next);
        QVERIFY(reader.leave());
        for (int i = 0; i < 130; ++i)
            servers.other.server.publish(u"log"_s, QString::number(next++));
        QVERIFY(reader.open(round % 2 == 0 ? servers.other : servers.one));
    }
    WS_TRY_COMPARE(reader.messages, numbersUntil(next));
    WS_TRY_COMPARE(reader.reports, QStringList(4, u"replayed log yes"_s));
}

void TestHistory::nothingIsLostWhilePublishingGoesOn()
{
    QFETCH(const int, threads);
    Servers servers(threads);
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10'000'000);
    Reader steady(u"log"_s);
    Reader moving(u"log"_s);
    QVERIFY(steady.open(servers.other) && moving.open(servers.one));
    Publisher publisher(&servers.one.server);
    for (int round = 0; round < 6; ++round) {
        const qsizetype before = moving.messages.size();
        WS_TRY_VERIFY(moving.messages.size() > before + 20);
        QVERIFY(moving.leave());
        QVERIFY(moving.open(round % 2 == 0 ? servers.other : servers.one));
    }
    const int count = publisher.end();
    WS_TRY_COMPARE(moving.messages.size(), count);
    WS_TRY_COMPARE(steady.messages.size(), count);
    QCOMPARE(moving.messages, numbersUntil(count));
    QCOMPARE(steady.messages, numbersUntil(count));
}

void TestHistory::fromTheBeginning_data()
{
    QTest::addColumn<QString>("id");
    for (const char *id : {"0", "0-0", "0-7"})
        QTest::newRow(id) << QString::fromLatin1(id);
}

void TestHistory::fromTheBeginning()
{
    QFETCH(const QString, id);
    Servers servers;
    for (int i = 0; i < 500; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    Reader reader(u"log"_s, id);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages, numbersUntil(500));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

void TestHistory::shortHistoryIsReported()
{
    Servers servers;
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    servers.one.server.publish(u"log"_s, u"seen"_s);
    WS_TRY_COMPARE(reader.messages.size(), 1);
    QVERIFY(reader.leave());
    for (int i = 0; i < 30; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages, QStringList(u"seen"_s) + numbersUntil(30).mid(20));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
}

void TestHistory::shortHistoryFromTheBeginning_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("report");
    QTest::newRow("whatever is kept") << u"0"_s << u"replayed log yes"_s;
    QTest::newRow("since the history was empty") << u"0-0"_s << u"replayed log no"_s;
}

// Of 50 messages, it has lost 40.
void TestHistory::shortHistoryFromTheBeginning()
{
    QFETCH(const QString, id);
    QFETCH(const QString, report);
    Servers servers;
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10);
    for (int i = 0; i < 50; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    Reader reader(u"log"_s, id);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages, numbersUntil(50).mid(40));
    WS_TRY_COMPARE(reader.reports, QStringList(report));
}

void TestHistory::noHistoryIsReported_data()
{
    QTest::addColumn<QString>("topic");
    QTest::addColumn<bool>("hasBroker");
    QTest::newRow("topic without a history") << u"plain"_s << true;
    QTest::newRow("no broker") << u"log"_s << false;
}

void TestHistory::noHistoryIsReported()
{
    QFETCH(const QString, topic);
    QFETCH(const bool, hasBroker);
    Servers servers;
    if (!hasBroker)
        servers.one.server.setBroker(nullptr);
    Reader reader(topic, u"5-0"_s);
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed %1 no"_s.arg(topic)));
    servers.one.server.publish(topic, u"|live"_s);
    WS_TRY_COMPARE(reader.messages, QStringList(u"live"_s));
}

void TestHistory::wrongIdIsRefused_data()
{
    QTest::addColumn<QString>("id");
    for (const char *id : {"x", "-", "1-", "-1", "1-2-3", "+1-2", "99999999999999999999-0", "$"})
        QTest::newRow(id) << QString::fromLatin1(id);
}

void TestHistory::wrongIdIsRefused()
{
    QFETCH(const QString, id);
    Servers servers;
    Reader reader(u"log"_s, QString::fromLatin1(QUrl::toPercentEncoding(id)));
    QUrl url = servers.one.server.serverUrl();
    url.setPath(u"/log"_s);
    url.setQuery(u"after="_s + reader.lastId);
    reader.client.open(url);
    WS_TRY_COMPARE(reader.client.state(), Ws::Closed);
    QCOMPARE(reader.client.closeReason(), u"no"_s);
    QCOMPARE(servers.one.server.subscriberCount(u"log"_s), 0);
}

void TestHistory::historyEndsAfterItsTime()
{
    Servers servers;
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, Length, std::chrono::seconds(1));
    servers.one.server.publish(u"log"_s, u"old"_s);
    WS_TRY_VERIFY([&] {
        Reader reader(u"log"_s, u"0"_s);
        return reader.open(servers.other) && waitFor([&] { return !reader.reports.isEmpty(); })
               && reader.messages.isEmpty();
    }());
}

void TestHistory::interruptedServerCatchesUp()
{
    Servers servers;
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    servers.one.server.publish(u"log"_s, u"0"_s);
    WS_TRY_COMPARE(reader.messages.size(), 1);
    for (int round = 0; round < 3; ++round) {
        servers.brokers[1].setConnected(false);
        for (int i = 0; i < 130; ++i)
            servers.one.server.publish(u"log"_s, QString::number(1 + round * 130 + i));
        servers.brokers[1].setConnected(true);
    }
    WS_TRY_COMPARE(reader.messages, numbersUntil(391));
    QVERIFY(reader.reports.isEmpty());
    QCOMPARE(servers.brokers[1].messagesMissed(), 0);
}

void TestHistory::subscribedWhileDisconnected()
{
    Servers servers;
    servers.one.server.publish(u"log"_s, u"0"_s);
    servers.brokers[1].setConnected(false);
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    servers.one.server.publish(u"log"_s, u"1"_s);
    QVERIFY(reader.reports.isEmpty());
    servers.brokers[1].setConnected(true);
    WS_TRY_COMPARE(reader.messages, numbersUntil(2));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

void TestHistory::notConnectedDeliversHere_data()
{
    QTest::addColumn<bool>("isQueued");
    QTest::newRow("at once, without an id") << false;
    QTest::newRow("later, with an id") << true;
}

void TestHistory::notConnectedDeliversHere()
{
    QFETCH(const bool, isQueued);
    Servers servers;
    servers.brokers[0].setQueueMessages(isQueued);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    QVERIFY(waitFor([&] { return servers.brokers[0].topics().contains(u"log"_s); }));
    servers.brokers[0].setConnected(false);
    QCOMPARE(servers.one.server.publish(u"log"_s, u"away"_s), 1);
    if (!isQueued)
        WS_TRY_COMPARE(reader.messages, QStringList(u"away"_s));
    servers.brokers[0].setConnected(true);
    servers.one.server.publish(u"log"_s, u"back"_s);
    WS_TRY_COMPARE(reader.messages, QStringList({u"away"_s, u"back"_s}));
    QCOMPARE(reader.withoutId, isQueued ? 0 : 1);
    QCOMPARE(servers.brokers[0].messagesUnsent(), isQueued ? 0 : 1);
}

void TestHistory::slowClientTakesItsTime_data()
{
    QTest::addColumn<int>("threads");
    QTest::addColumn<int>("size");
    QTest::newRow("the server's thread") << 0 << 20'000;
    QTest::newRow("the server's thread, large messages") << 0 << 200'000;
    QTest::newRow("a thread") << 1 << 20'000;
    QTest::newRow("a thread, large messages") << 1 << 200'000; // none fits while one waits
}

// Its history is larger than what may be buffered for it, by far.
void TestHistory::slowClientTakesItsTime()
{
    QFETCH(const int, threads);
    QFETCH(const int, size);
    const int count = 18'000'000 / size;
    Servers servers(threads);
    WsOptions options = patientOptions();
    options.setMaxBufferedAmount(256 * 1024);
    options.setSlowSubscriber(Ws::CloseConnection);
    servers.other.server.setOptions(options);
    const QString padding(size, u'x');
    for (int i = 0; i < count; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i) + u' ' + padding);
    Reader reader(u"log"_s, u"0"_s);
    reader.client.setPaused(true);
    QVERIFY(reader.open(servers.other));
    WsConnection *const connection = servers.other.server.connections().constFirst();
    WS_TRY_VERIFY(connection->bufferedAmount() > options.maxBufferedAmount() / 4);
    for (int i = count; i < count + 3; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i) + u' ' + padding);
    QVERIFY(connection->bufferedAmount() <= options.maxBufferedAmount());
    reader.client.setPaused(false);
    WS_TRY_COMPARE(reader.messages.size(), count + 3);
    for (int i = 0; i < count + 3; ++i)
        QVERIFY(reader.messages.at(i).startsWith(QString::number(i) + u' '));
}

// Most of the history waits for the client when it unsubscribes.
void TestHistory::unsubscribedWhileReplaying()
{
    Servers servers;
    const QString padding(20'000, u'x');
    for (int i = 0; i < 500; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i) + padding);
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        servers.other.server.subscribe(connection, u"log"_s, u"0"_s);
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [&, connection](const QString &) {
                             servers.other.server.unsubscribe(connection, u"log"_s);
                             connection->sendText(u"end"_s);
                         });
    });
    Reader reader(u"log"_s);
    reader.client.setPaused(true);
    QVERIFY(reader.open(servers.other));
    WsConnection *const connection = servers.other.server.connections().constFirst();
    WS_TRY_VERIFY(connection->bufferedAmount() > 0);
    reader.client.sendText(u"stop"_s);
    WS_TRY_COMPARE(servers.other.server.subscriberCount(u"log"_s), 0);
    reader.client.setPaused(false);
    WS_TRY_COMPARE(reader.reports.value(reader.reports.size() - 1), u"end"_s);
    servers.one.server.publish(u"log"_s, u"later"_s);
    servers.other.server.broadcast(u"broadcast"_s);
    WS_TRY_COMPARE(reader.reports.value(reader.reports.size() - 1), u"broadcast"_s);
    QVERIFY(!reader.messages.isEmpty() && reader.messages.size() < 500);
    QVERIFY(!reader.messages.contains(u"later"_s));
}

// In a slot that is called for each message that is sent.
void TestHistory::slotsSubscribeAnewWhileReplaying()
{
    Servers servers;
    for (int i = 0; i < 150; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    int sent = 0;
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        QObject::connect(connection, &WsConnection::messageSent, connection, [&, connection] {
            if (++sent == 50)
                servers.other.server.unsubscribe(connection, u"log"_s);
            else if (sent == 51)
                servers.other.server.subscribe(connection, u"log"_s, u"0"_s);
        });
        servers.other.server.subscribe(connection, u"log"_s, u"0"_s);
    });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages.size(), 50);
    servers.other.server.broadcast(u"|"_s); // has it subscribe again
    WS_TRY_COMPARE(reader.messages.mid(51), numbersUntil(150));
}

void TestHistory::subscribingAnewBeginsAnew()
{
    Servers servers;
    for (int i = 0; i < 10; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        servers.other.server.subscribe(connection, u"log"_s, QString());
        servers.other.server.subscribe(connection, u"log"_s, u"1-5"_s);
    });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages, numbersUntil(10).mid(5));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

void TestHistory::subscribingAgainWithoutAnIdChangesNothing()
{
    Servers servers;
    for (int i = 0; i < 10; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        servers.other.server.subscribe(connection, u"log"_s, u"1-5"_s);
        servers.other.server.subscribe(connection, u"log"_s);
    });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.messages, numbersUntil(10).mid(5));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

void TestHistory::connectionMovesWhileReplaying()
{
    Thread thread;
    Servers servers;
    for (int i = 0; i < 800; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    connect(&servers.other.server, &WsServer::newConnection, &servers.other.server,
            [&](WsConnection *connection) { connection->moveToThread(thread.get()); });
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    for (int i = 800; i < 850; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    WS_TRY_COMPARE(reader.messages.size(), 850);
    QCOMPARE(reader.messages, numbersUntil(850));
    QVERIFY(reader.leave());
    WS_TRY_COMPARE(servers.other.server.connectionCount(), 0);
    QVERIFY(thread.end());
}

void TestHistory::brokerGoesWhileReplaying_data()
{
    QTest::addColumn<bool>("isAtOnce"); // before the request has reached it
    QTest::addColumn<bool>("isReplaced");
    QTest::newRow("deleted") << false << false;
    QTest::newRow("deleted at once") << true << false;
    QTest::newRow("replaced") << false << true;
    QTest::newRow("replaced at once") << true << true;
}

void TestHistory::brokerGoesWhileReplaying()
{
    QFETCH(const bool, isAtOnce);
    QFETCH(const bool, isReplaced);
    RecordingBroker next(u"next"_s);
    Servers::prepared(&next);
    auto broker = std::make_unique<RecordingBroker>();
    HistorySite site(Servers::prepared(broker.get()));
    broker->setConnected(false); // so that the client waits
    const auto go = [&] {
        if (isReplaced)
            site.server.setBroker(&next);
        else
            broker.reset();
    };
    if (isAtOnce) {
        site.server.setConnectionHandler([&](WsConnection *connection) {
            ++site.begun;
            site.server.subscribe(connection, u"log"_s, u"1-1"_s);
            go();
        });
    }
    Reader reader(u"log"_s, u"1-1"_s);
    QVERIFY(reader.open(site));
    if (!isAtOnce) {
        QVERIFY(waitFor([&] { return broker->topics().contains(u"log"_s); }));
        go();
    }
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    if (isReplaced)
        QVERIFY(waitFor([&] { return next.topics().contains(u"log"_s); }));
    site.server.publish(u"log"_s, isReplaced ? u"live"_s : u"|live"_s);
    WS_TRY_COMPARE(reader.messages, QStringList(u"live"_s));
}

void TestHistory::queuedMessagesOfADeletedBrokerArriveHere()
{
    auto broker = std::make_unique<RecordingBroker>();
    broker->setQueueMessages(true);
    HistorySite site(Servers::prepared(broker.get()));
    Reader reader(u"log"_s);
    QVERIFY(reader.open(site));
    broker->setConnected(false);
    site.server.publish(u"log"_s, u"queued"_s);
    QVERIFY(reader.messages.isEmpty());
    broker.reset();
    WS_TRY_COMPARE(reader.messages, QStringList(u"queued"_s));
    QCOMPARE(reader.withoutId, 1);
}

void TestHistory::idOfTheEndIsReported_data()
{
    QTest::addColumn<bool>("isEmpty");
    QTest::newRow("after a message") << false;
    QTest::newRow("empty history") << true;
}

// A client that has lost its connection before the first message knows where to go on.
void TestHistory::idOfTheEndIsReported()
{
    QFETCH(const bool, isEmpty);
    Servers servers;
    QString end;
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        servers.other.server.subscribe(connection, u"log"_s, QString());
    });
    servers.other.server.setReplayHandler(
        [&](WsConnection *, const QString &, const QString &lastId, bool isComplete) {
            QVERIFY(isComplete);
            end = lastId;
        });
    if (!isEmpty)
        servers.one.server.publish(u"log"_s, u"before"_s);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(end, isEmpty ? u"0-0"_s : u"1-1"_s);
    QVERIFY(reader.leave());
    servers.one.server.publish(u"log"_s, u"after"_s);
    QVERIFY(reader.messages.isEmpty());
    reader.lastId = end;
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(reader.messages, QStringList(u"after"_s));
    QCOMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

void TestHistory::endOfATopicWithoutAHistoryHasNoId()
{
    Servers servers;
    QStringList ends;
    servers.one.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.one.begun;
        servers.one.server.subscribe(connection, u"plain"_s, QString());
    });
    servers.one.server.setReplayHandler(
        [&](WsConnection *, const QString &, const QString &lastId, bool) { ends.append(lastId); });
    Reader reader(u"plain"_s);
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(ends, QStringList(QString()));
}

void TestHistory::endOfAHistoryThatNobodyReadsHasNoId_data()
{
    QTest::addColumn<QString>("after");
    for (const char *id : {"", "0", "0-0", "5-0"})
        QTest::newRow(*id ? id : "none") << QString::fromLatin1(id);
}

// The process had subscribed to the topic before that got a history.
void TestHistory::endOfAHistoryThatNobodyReadsHasNoId()
{
    QFETCH(const QString, after);
    Servers servers;
    Reader neighbour(u"late"_s);
    QVERIFY(neighbour.open(servers.one));
    WS_TRY_VERIFY(servers.brokers[0].topics().contains(u"late"_s));
    servers.brokers[0].setHistory(u"late"_s, Length);
    servers.one.server.publish(u"late"_s, u"kept"_s);
    WS_TRY_COMPARE(neighbour.messages, QStringList(u"kept"_s));
    QStringList ends;
    servers.one.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.one.begun;
        servers.one.server.subscribe(connection, u"late"_s, after);
    });
    servers.one.server.setReplayHandler(
        [&](WsConnection *, const QString &, const QString &lastId, bool) { ends.append(lastId); });
    Reader reader(u"late"_s);
    QVERIFY(reader.open(servers.one));
    WS_TRY_COMPARE(ends, QStringList(QString()));
}

void TestHistory::idBeyondTheEndIsReported_data()
{
    QTest::addColumn<QString>("id");
    QTest::newRow("later") << u"1-1000"_s;
    QTest::newRow("of another history") << u"1700000000000-0"_s;
    QTest::newRow("hardly written") << u"1-9223372036854775806"_s;
    QTest::newRow("the largest") << u"18446744073709551615-18446744073709551615"_s;
}

void TestHistory::idBeyondTheEndIsReported()
{
    QFETCH(const QString, id);
    Servers servers;
    QStringList reports;
    servers.other.server.setReplayHandler(
        [&](WsConnection *, const QString &, const QString &lastId, bool isComplete) {
            reports.append(lastId + (isComplete ? u" yes"_s : u" no"_s));
        });
    servers.one.server.publish(u"log"_s, u"before"_s);
    Reader reader(u"log"_s, id);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reports, QStringList(u"1-1 no"_s));
    servers.one.server.publish(u"log"_s, u"after"_s);
    WS_TRY_COMPARE(reader.messages, QStringList(u"after"_s));
}

// Together, the clients want more than the server may buffer for all.
void TestHistory::limitOfAllConnectionsLosesNothing()
{
    QFETCH(const int, threads);
    constexpr int Count = 60;
    Servers servers(threads);
    takeLittle(servers.other.server);
    servers.other.server.setMaxTotalBufferedAmount(512 * 1024);
    const QString padding(200'000, u'x');
    for (int i = 0; i < Count; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i) + padding);
    std::vector<std::unique_ptr<Reader>> readers;
    for (int i = 0; i < 4; ++i) {
        readers.push_back(std::make_unique<Reader>(u"log"_s, u"0"_s));
        readers.back()->client.setPaused(true);
        QVERIFY(readers.back()->open(servers.other));
    }
    WS_TRY_VERIFY(servers.other.server.statistics().bufferedAmount > 0);
    Reader bystander(u"later"_s);
    QVERIFY(bystander.open(servers.other));
    WS_TRY_VERIFY(servers.brokers[1].topics().contains(u"later"_s));
    servers.one.server.publish(u"log"_s, QString::number(Count) + padding);
    servers.one.server.publish(u"later"_s, u"now"_s);
    WS_TRY_COMPARE(bystander.reports, QStringList(u"now"_s)); // so the last message has found all of them behind
    for (const auto &reader : readers)
        reader->client.setPaused(false);
    for (const auto &reader : readers) {
        WS_TRY_COMPARE(reader->reports, QStringList(u"replayed log yes"_s));
        QCOMPARE(reader->messages.size(), Count + 1);
        for (int i = 0; i <= Count; ++i)
            QVERIFY(reader->messages.at(i).startsWith(QString::number(i) + u'x'));
    }
    QCOMPARE(servers.other.server.statistics().messagesSkipped, 0);
}

void TestHistory::manyTopicsOfOneConnection()
{
    constexpr int Topics = 50;
    constexpr int Messages = 150;
    Servers servers;
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"topic*"_s, Length);
    const auto topic = [](int i) { return u"topic%1"_s.arg(i); };
    const auto publish = [&](int message) {
        for (int i = 0; i < Topics; ++i)
            servers.one.server.publish(topic(i), u"%1:%2"_s.arg(topic(i)).arg(message));
    };
    for (int i = 0; i < Messages; ++i)
        publish(i);
    servers.other.server.setConnectionHandler([&](WsConnection *connection) {
        ++servers.other.begun;
        for (int i = 0; i < Topics; ++i)
            servers.other.server.subscribe(connection, topic(i), u"0"_s);
    });
    Reader reader(u"topic0"_s);
    QVERIFY(reader.open(servers.other));
    publish(Messages);
    WS_TRY_COMPARE(reader.messages.size(), Topics * (Messages + 1));
    WS_TRY_COMPARE(reader.reports.size(), Topics);
    for (int i = 0; i < Topics; ++i) {
        const QString beginning = topic(i) + u':';
        int next = 0;
        for (const QString &message : std::as_const(reader.messages)) {
            if (message.startsWith(beginning))
                QCOMPARE(message, beginning + QString::number(next++));
        }
        QCOMPARE(next, Messages + 1);
    }
}

// Neither on the way to another thread nor for a slow client.
void TestHistory::keysHaveNoEffect()
{
    Servers servers(2);
    Reader reader(u"log"_s, u"0"_s);
    reader.client.setPaused(true);
    QVERIFY(reader.open(servers.other));
    for (int i = 0; i < 300; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i), u"key"_s);
    reader.client.setPaused(false);
    WS_TRY_COMPARE(reader.messages, numbersUntil(300));
}

void TestHistory::gapIsReportedToSubscribers()
{
    Servers servers(2);
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    servers.one.server.publish(u"log"_s, u"0"_s);
    WS_TRY_COMPARE(reader.messages.size(), 1);
    servers.brokers[1].setConnected(false);
    for (int i = 1; i < 50; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    servers.brokers[1].setConnected(true);
    WS_TRY_COMPARE(reader.messages, QStringList(u"0"_s) + numbersUntil(50).mid(40));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    WS_TRY_COMPARE(servers.brokers[1].messagesMissed(), 39);
}

void TestHistory::gapSinceAnEmptyHistoryIsReported_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("hasGap");
    QTest::newRow("all are kept") << 9 << false;
    QTest::newRow("more than are kept") << 50 << true;
}

void TestHistory::gapSinceAnEmptyHistoryIsReported()
{
    QFETCH(const int, count);
    QFETCH(const bool, hasGap);
    Servers servers(2);
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10);
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    const QString caughtUp = u"replayed log yes"_s;
    WS_TRY_COMPARE(reader.reports, QStringList(caughtUp));
    servers.brokers[1].setConnected(false);
    for (int i = 0; i < count; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    servers.brokers[1].setConnected(true);
    WS_TRY_COMPARE(reader.messages, numbersUntil(count).mid(hasGap ? count - 10 : 0));
    servers.other.server.broadcast(u"end"_s); // what is reported has been by then
    QStringList expected{caughtUp, u"end"_s};
    if (hasGap)
        expected.insert(1, u"replayed log no"_s);
    WS_TRY_COMPARE(reader.reports, expected);
}

// What was published meanwhile is not kept any more.
void TestHistory::longInterruptionSinceAnEmptyHistoryIsReported()
{
    Servers servers(2);
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, Length, std::chrono::seconds(1));
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    servers.brokers[1].setConnected(false);
    servers.one.server.publish(u"log"_s, u"lost"_s);
    WS_TRY_VERIFY([&] {
        Reader witness(u"log"_s, u"0"_s);
        return witness.open(servers.one) && waitFor([&] { return !witness.reports.isEmpty(); })
               && witness.messages.isEmpty();
    }());
    servers.brokers[1].setConnected(true);
    WS_TRY_COMPARE(reader.reports, QStringList({u"replayed log yes"_s, u"replayed log no"_s}));
    QVERIFY(reader.messages.isEmpty());
}

// The ids of the new one are not greater than those that the client has got.
void TestHistory::otherBrokerHasOtherIds()
{
    QFETCH(const int, threads);
    RecordingBroker next(u"next"_s);
    Servers::prepared(&next);
    Servers servers(threads);
    for (int i = 0; i < 5; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    servers.other.server.setBroker(&next);
    QVERIFY(waitFor([&] { return next.topics().contains(u"log"_s); }));
    servers.other.server.publish(u"log"_s, u"5"_s);
    WS_TRY_COMPARE(reader.messages, numbersUntil(6));
}

// The connection waits for the first broker, and wants what comes from now on.
void TestHistory::nextBrokerMayDeliverBeforeTheThreadKnowsIt()
{
    RecordingBroker before;
    RecordingBroker next(u"next"_s);
    HistorySite site(Servers::prepared(&before), 1);
    HistorySite neighbouring(Servers::prepared(&next));
    site.server.setConnectionHandler([&](WsConnection *connection) {
        site.server.subscribe(connection, u"log"_s, QString());
        ++site.begun;
    });
    before.setConnected(false);
    Reader reader(u"log"_s);
    Reader neighbour(u"log"_s);
    QVERIFY(reader.open(site) && neighbour.open(neighbouring));
    BusyThread busy(site.server.connections().constFirst());
    QVERIFY(busy.isBusy);
    site.server.setBroker(&next);
    QVERIFY(waitFor([&] { return next.topics().contains(u"log"_s); }));
    site.server.publish(u"log"_s, u"0"_s);
    WS_TRY_COMPARE(neighbour.messages, numbersUntil(1));
    busy.end();
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    site.server.publish(u"log"_s, u"1"_s);
    WS_TRY_COMPARE(reader.messages, numbersUntil(2));
}

// The connection begins anew just before the message reaches its thread.
void TestHistory::messageOfThePreviousBrokerStillArrives()
{
    RecordingBroker before;
    RecordingBroker next(u"next"_s);
    HistorySite site(Servers::prepared(&before), 1);
    HistorySite neighbouring(&before);
    Servers::prepared(&next);
    Reader reader(u"log"_s);
    Reader neighbour(u"log"_s);
    QVERIFY(reader.open(site) && neighbour.open(neighbouring));
    QVERIFY(waitFor([&] { return before.topics().contains(u"log"_s); }));
    WsConnection *const connection = site.server.connections().constFirst();
    BusyThread busy(connection, [&] { site.server.subscribe(connection, u"log"_s, u"1-5"_s); });
    QVERIFY(busy.isBusy);
    site.server.publish(u"log"_s, u"0"_s);
    WS_TRY_COMPARE(neighbour.messages, numbersUntil(1));
    site.server.setBroker(&next);
    busy.end();
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    site.server.publish(u"log"_s, u"1"_s);
    WS_TRY_COMPARE(reader.messages, numbersUntil(2));
}

void TestHistory::movingConnectionHasTheIdsOfTheNextBroker()
{
    RecordingBroker next(u"next"_s);
    Servers::prepared(&next);
    Thread thread;
    Servers servers(1);
    for (int i = 0; i < 5; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(servers.other));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    WsConnection *const connection = servers.other.server.connections().constFirst();
    BusyThread busy(connection, [&] { connection->moveToThread(thread.get()); });
    QVERIFY(busy.isBusy);
    servers.other.server.setBroker(&next);
    busy.end();
    QVERIFY(waitFor([&] { return next.topics().contains(u"log"_s); }));
    servers.other.server.publish(u"log"_s, u"5"_s);
    WS_TRY_COMPARE(reader.messages, numbersUntil(6));
    QVERIFY(reader.leave());
    WS_TRY_COMPARE(servers.other.server.connectionCount(), 0);
    QVERIFY(thread.end());
}

void TestHistory::movingConnectionIsToldOfAGap()
{
    Thread thread;
    Servers servers(1);
    for (WsBroker &broker : servers.brokers)
        broker.setHistory(u"log"_s, 10);
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.other));
    servers.one.server.publish(u"log"_s, u"0"_s);
    WS_TRY_COMPARE(reader.messages, numbersUntil(1));
    servers.brokers[1].setConnected(false);
    for (int i = 1; i < 50; ++i)
        servers.one.server.publish(u"log"_s, QString::number(i));
    WsConnection *const connection = servers.other.server.connections().constFirst();
    BusyThread busy(connection, [&] { connection->moveToThread(thread.get()); });
    QVERIFY(busy.isBusy);
    servers.brokers[1].setConnected(true);
    WS_TRY_COMPARE(servers.brokers[1].messagesMissed(), 39);
    busy.end();
    WS_TRY_COMPARE(reader.messages, QStringList(u"0"_s) + numbersUntil(50).mid(40));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QVERIFY(reader.leave());
    WS_TRY_COMPARE(servers.other.server.connectionCount(), 0);
    QVERIFY(thread.end());
}

void TestHistory::connectionThatMovesWhileOthersAreToldIsToldOfAGap_data()
{
    QTest::addColumn<bool>("isServer");
    QTest::newRow("alone") << false;
    QTest::newRow("with the server") << true;
}

// All of them live in this thread. The handler for the first moves the other one.
void TestHistory::connectionThatMovesWhileOthersAreToldIsToldOfAGap()
{
    QFETCH(const bool, isServer);
    Thread thread;
    RecordingBroker filling;
    RecordingBroker broker;
    for (WsBroker *each : {static_cast<WsBroker *>(&filling), static_cast<WsBroker *>(&broker)})
        Servers::prepared(each)->setHistory(u"log"_s, 10);
    auto site = std::make_unique<HistorySite>(&broker, 0);
    WsServer *const server = &site->server;
    std::atomic<int> told{0};
    server->setReplayHandler([&](WsConnection *connection, const QString &, const QString &, bool) {
        if (told++ == 0 && isServer) {
            server->moveToThread(thread.get());
        } else if (told == 1) {
            const QList<WsConnection *> all = server->connections();
            (all.constFirst() == connection ? all.constLast() : all.constFirst())->moveToThread(thread.get());
        }
        connection->sendText(u"gap"_s);
    });
    std::array<Reader, 2> readers{{Reader(u"log"_s), Reader(u"log"_s)}};
    for (Reader &reader : readers)
        QVERIFY(reader.open(*site));
    QVERIFY(filling.publish(u"log"_s, WsMessage::text("0")));
    for (const Reader &reader : readers)
        WS_TRY_COMPARE(reader.messages, numbersUntil(1));
    broker.setConnected(false);
    for (int i = 1; i < 50; ++i)
        QVERIFY(filling.publish(u"log"_s, WsMessage::text(QByteArray::number(i))));
    broker.setConnected(true);
    for (const Reader &reader : readers)
        WS_TRY_COMPARE(reader.reports, QStringList(u"gap"_s));
    for (Reader &reader : readers)
        QVERIFY(reader.leave());
    WS_TRY_COMPARE(server->connectionCount(), 0);
    if (isServer) {
        QSemaphore deleted;
        QMetaObject::invokeMethod(server, [&] {
            site.reset();
            deleted.release();
        });
        QVERIFY(deleted.tryAcquire(1, Patience));
    }
    QVERIFY(thread.end());
}

// It is in a thread of its own, and the connection is too. All topics are noted there before it is asked.
void TestHistory::brokerWithManyTopicsIsAskedInTime()
{
    RecordingBroker filling(u"next"_s);
    RecordingBroker next(u"next"_s);
    Thread thread;
    for (RecordingBroker *broker : {&filling, &next})
        Servers::prepared(broker);
    for (int i = 0; i < 10; ++i)
        QVERIFY(filling.publish(u"log"_s, WsMessage::text(QByteArray::number(i))));
    RecordingBroker before;
    HistorySite site(Servers::prepared(&before), 1);
    before.setConnected(false); // so that the client waits
    Reader reader(u"log"_s, u"1-5"_s);
    QVERIFY(reader.open(site));
    for (int i = 0; i < 50'000; ++i)
        QVERIFY(site.server.subscribe(site.server.connections().constFirst(), u"topic%1"_s.arg(i)));
    WS_TRY_COMPARE(site.server.subscriberCount(u"topic49999"_s), 1);
    next.moveToThread(thread.get());
    site.server.setBroker(&next);
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QCOMPARE(reader.messages, numbersUntil(10).mid(5));
}

// The old one goes on to wait for its connection.
void TestHistory::brokerChangesWhileAnotherServerKeepsTheOldOne()
{
    RecordingBroker before;
    RecordingBroker next(u"next"_s);
    HistorySite site(Servers::prepared(&before));
    HistorySite other(&before);
    Reader neighbour(u"log"_s);
    QVERIFY(neighbour.open(other));
    QVERIFY(waitFor([&] { return before.topics().contains(u"log"_s); }));
    before.setConnected(false);
    Reader reader(u"log"_s, u"1-1"_s);
    QVERIFY(reader.open(site));
    site.server.setBroker(Servers::prepared(&next));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    site.server.publish(u"log"_s, u"live"_s);
    WS_TRY_COMPARE(reader.messages, QStringList(u"live"_s));
}

// A service with another copy of the data goes on, which has less of it.
void TestHistory::serviceThatHasLostMessagesBeginsAnew()
{
    QFETCH(const int, threads);
    class Forgetful : public RecordingBroker
    {
    public:
        bool hasForgotten = false;

    protected:
        void readHistory(int number, const QString &topic, const QString &after) override
        {
            if (!hasForgotten) {
                RecordingBroker::readHistory(number, topic, after);
                return;
            }
            QMetaObject::invokeMethod(
                this, [this, number] { deliverHistory(number, {}, true, false); }, Qt::QueuedConnection);
        }
    };
    Forgetful broker;
    HistorySite site(Servers::prepared(&broker), threads);
    for (int i = 0; i < 5; ++i)
        site.server.publish(u"log"_s, QString::number(i));
    Reader reader(u"log"_s, u"0"_s);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    broker.hasForgotten = true;
    broker.setConnected(false);
    broker.setConnected(true);
    WS_TRY_COMPARE(reader.reports, QStringList({u"replayed log yes"_s, u"replayed log no"_s}));
    broker.deliver(WsBrokerMessage(u"log"_s, "5", u"1-1"_s));
    WS_TRY_COMPARE(reader.messages, numbersUntil(6));
}

void TestHistory::envelopeThatFailsIsReported()
{
    Servers servers;
    QStringList errors;
    connect(&servers.brokers[0], &WsBroker::errorOccurred, this,
            [&](const WsError &error) { errors.append(error.text()); });
    servers.brokers[0].setHistoryEnvelope([](const QString &topic, const QString &id,
                                             const WsMessage &message) -> WsMessage {
        if (message.data() == "throw")
            throw std::runtime_error("no envelope");
        return message.data() == "wrong" ? WsMessage::text(QByteArray("\xFF")) : withId(topic, id, message);
    });
    Reader reader(u"log"_s);
    QVERIFY(reader.open(servers.one));
    for (const char *text : {"throw", "wrong", "right"}) {
        if (text != QByteArrayView("right"))
            QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"^the history envelope failed"_s));
        servers.one.server.publish(u"log"_s, text);
    }
    WS_TRY_COMPARE(reader.messages, QStringList(u"right"_s));
    WS_TRY_COMPARE(errors.size(), 2);
    QVERIFY(errors.constFirst().contains(u"no envelope"_s));
    QVERIFY(errors.constLast().contains(u"UTF-8"_s));
}

void TestHistory::patternsOfTopics()
{
    WsMemoryBroker broker;
    broker.setHistory(u"room/*"_s, 5);
    broker.setHistory(u"room/9"_s, 0);
    QVERIFY(!broker.hasHistory(u"room/9"_s));
    QVERIFY(broker.hasHistory(u"room/99"_s) && broker.hasHistory(u"room/1"_s) && broker.hasHistory(u"room/"_s));
    QVERIFY(!broker.hasHistory(u"room"_s) && !broker.hasHistory(u"a room/1"_s));
    broker.setHistory(u"room/*"_s, 0);
    QVERIFY(!broker.hasHistory(u"room/1"_s));
    broker.setHistory(u"*"_s, 5);
    QVERIFY(broker.hasHistory(u"anything"_s));
}

void TestHistory::brokerWithoutHistorySaysSo()
{
    class Plain : public RecordingBroker
    {
        bool keepsHistory() const override { return false; }
    };
    Plain broker;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"keeps no history"_s));
    broker.setHistory(u"log"_s, 5);
    QVERIFY(!broker.hasHistory(u"log"_s));
}

WSKIT_TEST(TestHistory)

#include "tst_history.moc"
