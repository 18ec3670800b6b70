// SPDX-License-Identifier: MIT

// Topics of which Redis keeps the messages: none is lost and none comes twice, whatever happens to Redis.

#include "redistesting.h"

#include "../integration/historytesting.h"

#include "redis/wsredisscripts.h"

#include <QtCore/qloggingcategory.h>
#include <QtCore/qregularexpression.h>

#include <array>
#include <atomic>
#include <functional>

using namespace RedisTesting;
using HistoryTesting::HistorySite;
using HistoryTesting::Reader;

namespace {
const QString Topic = u"log"_s;

QuickBroker *prepared(QuickBroker *broker)
{
    broker->setHistory(u"log*"_s, 1'000'000);
    broker->setHistoryEnvelope(HistoryTesting::withId);
    broker->setQueueMessages(true);
    return broker;
}

// A server with a broker of its own, as in a process of its own.
struct HistoryProcess
{
    explicit HistoryProcess(const QUrl &url, int threads = 0) : broker(url), site(prepared(&broker), threads)
    {
    }
    void publish(int first, int end)
    {
        for (int i = first; i < end; ++i)
            site.server.publish(Topic, QString::number(i));
    }
    bool waitUntilOpen() const { return waitForState(broker, Ws::Open); }
    QuickBroker broker;
    HistorySite site;
};

// Two servers and a Redis that survives being killed.
struct Two
{
    explicit Two(const QStringList &options = {}, int threads = 0)
        : redis(QStringList{u"--appendonly"_s, u"yes"_s, u"--appendfsync"_s, u"always"_s} + options),
          one(redis.url(), threads), other(redis.url(), threads)
    {
    }
    bool waitUntilOpen() const { return one.waitUntilOpen() && other.waitUntilOpen(); }
    Redis redis;
    HistoryProcess one;
    HistoryProcess other;
};

// Carries what a broker and Redis say, and can hold it back. Of the two connections of a broker, the first
// one publishes and the second one is subscribed.
class Proxy
{
public:
    enum Direction { Up, Down };
    enum Held { Both, OnlySubscribed };
    explicit Proxy(quint16 port, Held connections = Both)
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, port, connections] {
            auto pair = std::make_shared<Pair>();
            pair->mayBeHeld = connections == Both || m_pairs.size() == 1;
            pair->ends[Up] = m_server.nextPendingConnection();
            pair->ends[Down] = new QTcpSocket(&m_server);
            pair->ends[Down]->connectToHost(QHostAddress::LocalHost, port);
            for (const Direction from : {Up, Down})
                QObject::connect(pair->ends[from], &QTcpSocket::readyRead, &m_server,
                                 [this, pair, from] { pass(*pair, from); });
            m_pairs.push_back(pair);
        });
        (void)m_server.listen(QHostAddress::LocalHost);
    }
    QUrl url() const { return QUrl(u"redis://127.0.0.1:"_s + QString::number(m_server.serverPort())); }
    void setHeld(Direction from, bool isHeld)
    {
        m_isHeld[from] = isHeld;
        for (const auto &pair : m_pairs)
            pass(*pair, from);
    }
    QByteArray held(Direction from) const
    {
        QByteArray all;
        for (const auto &pair : m_pairs)
            all += pair->held[from];
        return all;
    }
    // All connections end, and what is held back is lost.
    void cut()
    {
        for (const auto &pair : std::exchange(m_pairs, {})) {
            pair->ends[Up]->abort();
            pair->ends[Down]->disconnectFromHost();
        }
    }

private:
    struct Pair
    {
        std::array<QPointer<QTcpSocket>, 2> ends; // the broker's, and that of Redis
        std::array<QByteArray, 2> held;
        bool mayBeHeld = true;
    };
    void pass(Pair &pair, Direction from)
    {
        if (pair.ends[from])
            pair.held[from] += pair.ends[from]->readAll();
        QTcpSocket *const to = pair.ends[from == Up ? Down : Up];
        if (!(m_isHeld[from] && pair.mayBeHeld) && to && !pair.held[from].isEmpty())
            to->write(std::exchange(pair.held[from], {}));
    }
    QTcpServer m_server;
    std::vector<std::shared_ptr<Pair>> m_pairs;
    std::array<bool, 2> m_isHeld{};
};

// How many messages were sent again, by the log.
int sentAgain = 0;
void countSentAgain(QtMsgType, const QMessageLogContext &, const QString &text)
{
    static const QRegularExpression number(u"sent again: (\\d+)"_s);
    sentAgain += number.match(text).captured(1).toInt();
}
struct SentAgain
{
    SentAgain()
    {
        QLoggingCategory::setFilterRules(u"wskit.redis.info=true"_s);
        sentAgain = 0;
        before = qInstallMessageHandler(countSentAgain);
    }
    ~SentAgain()
    {
        qInstallMessageHandler(before);
        QLoggingCategory::setFilterRules({});
    }
    Q_DISABLE_COPY_MOVE(SentAgain)
    QtMessageHandler before;
};

// Redis is silent until the broker has given it up.
bool interrupt(const Redis &redis, QuickBroker *broker, const std::function<void()> &meanwhile = {})
{
    broker->setCheckInterval(std::chrono::milliseconds(200));
    redis.pause();
    const bool hasEnded = waitForState(*broker, Ws::Connecting);
    if (meanwhile)
        meanwhile();
    broker->setCheckInterval(std::chrono::milliseconds(Patience));
    redis.resume();
    return hasEnded;
}

// A script as an argument of an inline command.
QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n") + '"';
}

// What redis-cli shows of a number in an answer: ":5".
int numberIn(const QByteArray &answer)
{
    return answer.split(':').value(1).split('\r').constFirst().toInt();
}
} // namespace

class TestRedisHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientGoesOnAtAnotherServer_data();
    void clientGoesOnAtAnotherServer();
    void lengthAndTimeAreLimited();
    void largeMessagesAreReadOneByOne();
    void otherProgramsAddMessages();
    void databasesAndPrefixesAreSeparate();
    void killedRedisLosesNothing();
    void interruptionsLoseNothing_data();
    void interruptionsLoseNothing();
    void lateMessagesOfAnOldConnectionAreNotKept();
    void lostHistoryBeginsAnew();
    void fullRedisIsReported();
    void fullRedisDoesNotEndTheConnection();
    void keyOfAnotherTypeIsReported();
    void shortHistoryHasNothingTwice();
    void messagesAreAddedOnceAndInOrder();
    void brokersGoBackToAnEarlierRedis();
    void replicaIsNoRefusal();
    void timeToLiveMayBeEndless();
    void historyMayEndMeanwhile();
    void tooLargeMessagesAreLeftOut();
    void idsBeyondTheEndAreIncomplete_data();
    void idsBeyondTheEndAreIncomplete();
    void lateSubscriptionIsLiveWhenConfirmed();
    void renewedSubscriptionIsLiveWhenConfirmed();
    void manyClientsComeBackAtOnce();
};

void TestRedisHistory::clientGoesOnAtAnotherServer_data()
{
    QTest::addColumn<int>("threads");
    QTest::newRow("the server's thread") << 0;
    QTest::newRow("two threads") << 2;
}

void TestRedisHistory::clientGoesOnAtAnotherServer()
{
    QFETCH(const int, threads);
    Two two({}, threads);
    QVERIFY(two.waitUntilOpen());
    Reader reader(Topic);
    QVERIFY(reader.open(two.one.site));
    int next = 0;
    for (int round = 0; round < 4; ++round) {
        two.one.publish(next, next + 300);
        next += 300;
        WS_TRY_COMPARE(reader.messages.size(), next);
        QVERIFY(reader.leave());
        two.other.publish(next, next + 300);
        next += 300;
        QVERIFY(reader.open(round % 2 == 0 ? two.other.site : two.one.site));
        WS_TRY_COMPARE(reader.messages.size(), next); // before the other server publishes
    }
    WS_TRY_COMPARE(reader.messages, numbersUntil(next));
    WS_TRY_COMPARE(reader.reports, QStringList(4, u"replayed log yes"_s));
}

void TestRedisHistory::lengthAndTimeAreLimited()
{
    Two two;
    two.one.broker.setHistory(u"log*"_s, 100, std::chrono::seconds(1000));
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 1000);
    const auto kept = [&] { return numberIn(two.redis.ask("XLEN wskit:history:log")); };
    WS_TRY_VERIFY(two.redis.ask("XREVRANGE wskit:history:log + - COUNT 1").contains("999"));
    QVERIFY(kept() >= 100 && kept() < 300); // Redis removes whole nodes of a stream
    const int timeToLive = numberIn(two.redis.ask("TTL wskit:history:log"));
    QVERIFY(timeToLive > 900 && timeToLive <= 1000);
    Reader late(Topic, u"1-1"_s);
    QVERIFY(late.open(two.other.site));
    WS_TRY_COMPARE(late.reports, QStringList(u"replayed log no"_s));
    WS_TRY_COMPARE(late.messages.constLast(), u"999"_s);
    QCOMPARE(late.messages.size(), kept());
}

// The parts in which a history is read have at most one message more than 64 KiB.
void TestRedisHistory::largeMessagesAreReadOneByOne()
{
    Two two;
    QVERIFY(two.waitUntilOpen());
    const QString padding(4 * 1024 * 1024, u'x');
    two.one.broker.setMaxBufferedAmount(256 * 1024 * 1024);
    two.one.publish(0, 1);
    for (int i = 1; i <= 20; ++i)
        two.one.site.server.publish(Topic, QString::number(i) + u'|' + padding);
    WS_TRY_COMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 21);
    Reader reader(Topic, u"0"_s);
    WsOptions options = patientOptions();
    options.setMaxMessageSize(16 * 1024 * 1024);
    reader.client.setOptions(options);
    QVERIFY(reader.open(two.other.site));
    WS_TRY_COMPARE(reader.messages.size(), 21);
    for (int i = 0; i <= 20; ++i)
        QCOMPARE(reader.messages.at(i).section(u'|', 0, 0), QString::number(i));
    QVERIFY(two.other.broker.errors.isEmpty());
}

void TestRedisHistory::otherProgramsAddMessages()
{
    Two two;
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 1);
    (void)two.redis.ask("XADD wskit:history:log * text 1");
    two.one.publish(2, 3);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(two.other.site));
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
    (void)two.redis.ask("PUBLISH wskit:log 3"); // has no id
    WS_TRY_COMPARE(reader.messages.size(), 4);
}

void TestRedisHistory::databasesAndPrefixesAreSeparate()
{
    const Redis redis;
    HistoryProcess one(redis.url({}, u"/1"_s));
    HistoryProcess other(redis.url({}, u"/2"_s));
    QVERIFY(one.waitUntilOpen() && other.waitUntilOpen());
    one.publish(0, 5);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(other.site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    other.publish(0, 3);
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
}

// The messages that were not confirmed are sent again, but those that have arrived are not.
void TestRedisHistory::killedRedisLosesNothing()
{
    const SentAgain counting;
    Two two;
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic, u"0"_s);
    Reader there(Topic, u"0"_s);
    QVERIFY(here.open(two.one.site) && there.open(two.other.site));
    int next = 0;
    for (int round = 0; round < 4; ++round) {
        const qsizetype before = there.messages.size();
        two.one.publish(next, next + 3000);
        next += 3000;
        WS_TRY_VERIFY(there.messages.size() > before);
        two.redis.stop();
        QVERIFY(waitForState(two.one.broker, Ws::Connecting));
        two.one.publish(next, next + 500);
        next += 500;
        QVERIFY(two.redis.start());
    }
    WS_TRY_COMPARE(there.messages.size(), next);
    WS_TRY_COMPARE(here.messages.size(), next);
    QCOMPARE(there.messages, numbersUntil(next));
    QCOMPARE(here.messages, numbersUntil(next));
    QCOMPARE(two.one.broker.messagesUnsent(), 0);
    QCOMPARE(two.other.broker.messagesMissed(), 0);
    QVERIFY(sentAgain > 0);
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), next);
}

void TestRedisHistory::interruptionsLoseNothing_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::newRow("all connections end") << QByteArray("CLIENT KILL TYPE normal");
    QTest::newRow("the subscribed ones end") << QByteArray("CLIENT KILL TYPE pubsub");
    QTest::newRow("scripts are forgotten") << QByteArray("SCRIPT FLUSH");
}

void TestRedisHistory::interruptionsLoseNothing()
{
    QFETCH(const QByteArray, command);
    const SentAgain counting;
    Two two;
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic, u"0"_s);
    Reader there(Topic, u"0"_s);
    QVERIFY(here.open(two.one.site) && there.open(two.other.site));
    int next = 0;
    for (int round = 0; round < 5; ++round) {
        QVERIFY(two.waitUntilOpen());
        two.one.publish(next, next + 2000);
        next += 2000;
        two.redis.pause();
        QLocalSocket killer;
        killer.connectToServer(two.redis.socketPath());
        killer.write(command + "\r\n");
        (void)killer.flush();
        two.one.publish(next, next + 100);
        next += 100;
        two.redis.resume();
        QVERIFY(waitFor([&] { return killer.bytesAvailable() > 0; }));
    }
    WS_TRY_COMPARE(there.messages.size(), next);
    WS_TRY_COMPARE(here.messages.size(), next);
    QCOMPARE(there.messages, numbersUntil(next));
    QCOMPARE(here.messages, numbersUntil(next));
    QVERIFY(sentAgain > 0);
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), next);
}

// Redis stops, so that what was sent waits in its socket, until after the broker has connected anew.
void TestRedisHistory::lateMessagesOfAnOldConnectionAreNotKept()
{
    Two two;
    QVERIFY(two.waitUntilOpen());
    Reader there(Topic, u"0"_s);
    QVERIFY(there.open(two.other.site));
    two.one.publish(0, 1);
    WS_TRY_COMPARE(there.messages.size(), 1);
    two.one.broker.setCheckInterval(std::chrono::milliseconds(200));
    two.redis.pause();
    two.one.publish(1, 4000);
    QVERIFY(waitForState(two.one.broker, Ws::Connecting)); // it has given up
    two.redis.resume();
    two.one.broker.setCheckInterval(std::chrono::milliseconds(Patience));
    WS_TRY_COMPARE(there.messages.size(), 4000);
    QCOMPARE(there.messages, numbersUntil(4000));
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 4000);
}

void TestRedisHistory::lostHistoryBeginsAnew()
{
    Redis redis; // which keeps nothing if it ends
    HistoryProcess one(redis.url());
    QVERIFY(one.waitUntilOpen());
    Reader reader(Topic);
    QVERIFY(reader.open(one.site));
    one.publish(0, 5);
    WS_TRY_COMPARE(reader.messages, numbersUntil(5));
    redis.stop();
    QVERIFY(waitForState(one.broker, Ws::Connecting));
    QVERIFY(redis.start());
    one.publish(5, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    QVERIFY(reader.leave());
    Reader late(Topic, u"1-1"_s);
    QVERIFY(late.open(one.site));
    WS_TRY_COMPARE(late.reports, QStringList(u"replayed log no"_s));
    QCOMPARE(late.messages.size(), 5);
}

void TestRedisHistory::fullRedisIsReported()
{
    Two two({u"--maxmemory-policy"_s, u"noeviction"_s});
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic, u"0"_s);
    Reader there(Topic, u"0"_s);
    QVERIFY(here.open(two.one.site) && there.open(two.other.site));
    WS_TRY_VERIFY(here.reports.size() == 1 && there.reports.size() == 1);
    WS_TRY_COMPARE(two.redis.subscriptions("wskit:log"), 2);
    two.one.publish(0, 1);
    WS_TRY_COMPARE(there.messages.size(), 1);
    (void)two.redis.ask("CONFIG SET maxmemory 1");
    two.one.publish(1, 2);
    WS_TRY_COMPARE(two.one.broker.messagesUnsent(), 1);
    QVERIFY2(two.one.broker.errorTexts().constLast().contains(u"OOM"_s),
             qPrintable(two.one.broker.errorTexts().constLast()));
    WS_TRY_COMPARE(here.messages, numbersUntil(2)); // without an id
    QCOMPARE(here.withoutId, 1);
    (void)two.redis.ask("CONFIG SET maxmemory 0");
    two.one.publish(2, 3);
    WS_TRY_COMPARE(here.messages, numbersUntil(3));
    WS_TRY_COMPARE(there.messages, QStringList({u"0"_s, u"2"_s}));
    WS_TRY_COMPARE(two.other.broker.messagesMissed(), 1);
    QVERIFY(two.one.broker.isConnected());
}

// Messages that were not confirmed when Redis was full are refused one by one.
void TestRedisHistory::fullRedisDoesNotEndTheConnection()
{
    Two two({u"--maxmemory-policy"_s, u"noeviction"_s});
    Proxy proxy(two.redis.port);
    HistoryProcess one(proxy.url());
    QVERIFY(one.waitUntilOpen() && two.waitUntilOpen());
    Reader here(Topic);
    QVERIFY(here.open(one.site));
    one.publish(0, 1);
    WS_TRY_COMPARE(here.messages, numbersUntil(1));
    (void)two.redis.ask("CONFIG SET maxmemory 1");
    proxy.setHeld(Proxy::Up, true);
    one.publish(1, 6);
    WS_TRY_VERIFY(!proxy.held(Proxy::Up).isEmpty());
    proxy.cut();
    proxy.setHeld(Proxy::Up, false);
    WS_TRY_COMPARE(one.broker.messagesUnsent(), 5);
    QVERIFY(one.broker.isConnected());
    (void)two.redis.ask("CONFIG SET maxmemory 0");
    one.publish(6, 9);
    WS_TRY_COMPARE(here.messages, numbersUntil(9));
    QCOMPARE(here.withoutId, 5);
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 4);
}

// The confirmations are lost, and the history no longer has most of what has arrived.
void TestRedisHistory::shortHistoryHasNothingTwice()
{
    const SentAgain counting;
    const Redis redis;
    Proxy proxy(redis.port);
    HistoryProcess one(proxy.url());
    HistoryProcess other(redis.url());
    for (QuickBroker *const broker : {&one.broker, &other.broker})
        broker->setHistory(u"log*"_s, 10);
    QVERIFY(one.waitUntilOpen() && other.waitUntilOpen());
    Reader there(Topic, u"0"_s);
    QVERIFY(there.open(other.site));
    WS_TRY_COMPARE(there.reports.size(), 1);
    proxy.setHeld(Proxy::Down, true);
    one.publish(0, 1000);
    WS_TRY_COMPARE(there.messages.size(), 1000);
    proxy.cut();
    proxy.setHeld(Proxy::Down, false);
    one.publish(1000, 1001);
    WS_TRY_COMPARE(there.messages.constLast(), u"1000"_s);
    QCOMPARE(there.messages, numbersUntil(1001));
    QVERIFY(sentAgain > 900);
}

void TestRedisHistory::messagesAreAddedOnceAndInOrder()
{
    const Redis redis;
    const auto append = [&](int before, int mark) {
        return redis.ask("EVAL " + quoted(WsRedisScript::append().text)
                         + " 2 history mark channel data 100 60 " + QByteArray::number(before) + ' '
                         + QByteArray::number(mark));
    };
    const auto isAdded = [](const QByteArray &answer) {
        return answer.startsWith('$') && !answer.startsWith("$0");
    };
    QVERIFY(append(1, 2).startsWith("-GAP")); // Redis has not taken 1
    QVERIFY(isAdded(append(0, 1)));
    QVERIFY(isAdded(append(1, 2)));
    QVERIFY(append(0, 1).startsWith("$0\r\n")); // is late
    QVERIFY(append(3, 4).startsWith("-GAP"));
    QVERIFY(isAdded(append(0, 5))); // 3 and 4 have been refused
    QCOMPARE(numberIn(redis.ask("XLEN history")), 3);
    QVERIFY(numberIn(redis.ask("TTL mark")) > 3000);
}

void TestRedisHistory::brokersGoBackToAnEarlierRedis()
{
    Redis first;
    Redis second;
    HistoryProcess one(first.url());
    QVERIFY(one.waitUntilOpen());
    Reader here(Topic);
    QVERIFY(here.open(one.site));
    int next = 0;
    for (Redis *const redis : {&first, &second, &first}) {
        one.broker.setUrl(redis->url());
        WS_TRY_VERIFY(one.broker.isConnected() && redis->subscriptions("wskit:log") == 1);
        one.publish(next, next + 1);
        ++next;
        WS_TRY_COMPARE(here.messages, numbersUntil(next));
        QVERIFY(interrupt(*redis, &one.broker, [&] { one.publish(next, next + 1); }));
        ++next;
        WS_TRY_COMPARE(here.messages, numbersUntil(next));
    }
    QCOMPARE(here.withoutId, 0);
    QCOMPARE(one.broker.messagesUnsent(), 0);
}

// It becomes a primary soon.
void TestRedisHistory::replicaIsNoRefusal()
{
    Two two;
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic, u"0"_s);
    QVERIFY(here.open(two.one.site));
    two.one.publish(0, 1);
    WS_TRY_COMPARE(here.messages, numbersUntil(1));
    (void)two.redis.ask("REPLICAOF 127.0.0.1 1");
    two.one.publish(1, 3);
    QVERIFY(waitForState(two.one.broker, Ws::Connecting));
    (void)two.redis.ask("REPLICAOF NO ONE");
    WS_TRY_COMPARE(here.messages, numbersUntil(3));
    QCOMPARE(here.withoutId, 0);
}

void TestRedisHistory::timeToLiveMayBeEndless()
{
    Two two;
    two.one.broker.setHistory(u"log*"_s, 100, std::chrono::seconds::max());
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic);
    QVERIFY(here.open(two.one.site));
    two.one.publish(0, 3);
    WS_TRY_COMPARE(here.messages, numbersUntil(3));
    QCOMPARE(here.withoutId, 0);
    QVERIFY(numberIn(two.redis.ask("TTL wskit:history:log")) > 300'000'000);
}

// What others have in it must stay.
void TestRedisHistory::historyMayEndMeanwhile()
{
    Two two;
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 5);
    WS_TRY_COMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 5);
    QVERIFY(interrupt(two.redis, &two.one.broker, [&] {
        two.one.publish(5, 6);
        two.one.broker.setHistory(u"log*"_s, 0);
    }));
    QVERIFY(two.one.waitUntilOpen());
    WS_TRY_COMPARE(two.one.broker.messagesUnsent(), 1);
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 5);
}

// They are larger than this process allows, but not than others do.
void TestRedisHistory::tooLargeMessagesAreLeftOut()
{
    const Redis redis;
    HistoryProcess one(redis.url());
    HistoryProcess small(redis.url());
    QVERIFY(one.waitUntilOpen() && small.waitUntilOpen());
    const QString padding(3 * 1024 * 1024, u'x');
    one.publish(0, 1);
    for (int i = 0; i < 3; ++i)
        one.site.server.publish(Topic, padding);
    one.publish(1, 2);
    WS_TRY_COMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 5);
    small.broker.setMaxMessageSize(64 * 1024);
    QVERIFY(interrupt(redis, &small.broker) && small.waitUntilOpen());
    const QByteArray first = redis.ask("XRANGE wskit:history:log - + COUNT 1").split('\n').value(3).trimmed();
    small.broker.errors.clear();
    Reader reader(Topic, QString::fromLatin1(first));
    QVERIFY(reader.open(small.site));
    WS_TRY_COMPARE(reader.messages, QStringList(u"1"_s));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QVERIFY(small.broker.errors.isEmpty());
}

void TestRedisHistory::idsBeyondTheEndAreIncomplete_data()
{
    QTest::addColumn<QString>("after");
    QTest::newRow("the far future") << u"99999999999999-0"_s;
    QTest::newRow("the greatest one") << u"18446744073709551615-18446744073709551615"_s;
}

void TestRedisHistory::idsBeyondTheEndAreIncomplete()
{
    QFETCH(const QString, after);
    Two two;
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 1);
    WS_TRY_COMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 1);
    Reader reader(Topic, after);
    QVERIFY(reader.open(two.other.site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QCOMPARE(reader.messages, QStringList());
}

// A topic is added after the others were asked for: its confirmation is waited for.
void TestRedisHistory::lateSubscriptionIsLiveWhenConfirmed()
{
    const Redis redis;
    HistoryProcess other(redis.url());
    QVERIFY(other.waitUntilOpen());
    Proxy proxy(redis.port, Proxy::OnlySubscribed);
    HistoryProcess one{QUrl()};
    Reader first(u"first"_s);
    QVERIFY(first.open(one.site));
    proxy.setHeld(Proxy::Down, true);
    one.broker.setUrl(proxy.url());
    WS_TRY_VERIFY(proxy.held(Proxy::Down).contains("+PONG"));
    proxy.setHeld(Proxy::Down, false);
    proxy.setHeld(Proxy::Down, true);
    WS_TRY_VERIFY(proxy.held(Proxy::Down).endsWith("pong\r\n$0\r\n\r\n"));
    proxy.setHeld(Proxy::Up, true);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(one.site));
    WS_TRY_VERIFY(proxy.held(Proxy::Up).contains("wskit:log"));
    QVERIFY(!one.broker.isConnected());
    proxy.setHeld(Proxy::Down, false);
    WS_TRY_VERIFY(proxy.held(Proxy::Up).endsWith("PING\r\n")); // once more
    QVERIFY(!one.broker.isConnected());
    proxy.setHeld(Proxy::Up, false);
    QVERIFY(one.waitUntilOpen());
    other.publish(0, 3);
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
}

void TestRedisHistory::renewedSubscriptionIsLiveWhenConfirmed()
{
    const Redis redis;
    HistoryProcess other(redis.url());
    Proxy proxy(redis.port, Proxy::OnlySubscribed);
    HistoryProcess one(proxy.url());
    QVERIFY(other.waitUntilOpen() && one.waitUntilOpen());
    proxy.setHeld(Proxy::Down, true);
    Reader before(Topic);
    QVERIFY(before.open(one.site));
    WS_TRY_COMPARE(redis.subscriptions("wskit:log"), 1);
    QVERIFY(before.leave());
    WS_TRY_COMPARE(redis.subscriptions("wskit:log"), 0);
    proxy.setHeld(Proxy::Up, true);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(one.site));
    WS_TRY_VERIFY(proxy.held(Proxy::Up).contains("SUBSCRIBE"));
    proxy.setHeld(Proxy::Down, false);
    WS_TRY_COMPARE(reader.reports.size(), 1);
    other.publish(0, 3);
    WS_TRY_COMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 3);
    proxy.setHeld(Proxy::Up, false);
    WS_TRY_COMPARE(redis.subscriptions("wskit:log"), 1);
    other.publish(3, 5);
    WS_TRY_COMPARE(reader.messages, numbersUntil(5));
}

void TestRedisHistory::keyOfAnotherTypeIsReported()
{
    Two two;
    (void)two.redis.ask("SET wskit:history:log text");
    QVERIFY(two.waitUntilOpen());
    Reader here(Topic, u"5-0"_s);
    QVERIFY(here.open(two.one.site));
    WS_TRY_COMPARE(here.reports, QStringList(u"replayed log no"_s));
    two.one.publish(0, 1);
    WS_TRY_COMPARE(here.messages, numbersUntil(1));
    WS_TRY_COMPARE(two.one.broker.messagesUnsent(), 1);
    QVERIFY(two.one.broker.errorTexts().constLast().contains(u"WRONGTYPE"_s));
    QVERIFY(two.one.broker.isConnected());
}

void TestRedisHistory::manyClientsComeBackAtOnce()
{
    constexpr int Count = 300;
    Two two;
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 400);
    std::vector<std::unique_ptr<Reader>> readers;
    for (int i = 0; i < Count; ++i)
        readers.push_back(std::make_unique<Reader>(Topic, u"0"_s));
    for (size_t i = 0; i < readers.size(); ++i) {
        QUrl url = (i % 2 ? two.one : two.other).site.server.serverUrl();
        url.setPath(u"/log"_s);
        url.setQuery(u"after=0"_s);
        QVERIFY(readers.at(i)->client.open(url));
    }
    two.one.publish(400, 500);
    for (const auto &reader : readers)
        WS_TRY_COMPARE(reader->messages.size(), 500);
    for (const auto &reader : readers)
        QCOMPARE(reader->messages, numbersUntil(500));
}

QTEST_GUILESS_MAIN(TestRedisHistory)
#include "tst_redishistory.moc"
