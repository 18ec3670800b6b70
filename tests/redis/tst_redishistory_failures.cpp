// SPDX-License-Identifier: MIT

// Topics of which Redis keeps the messages: none is lost and none comes twice, whatever happens to Redis.

#include "redishistorytesting.h"

#include "fakeredis.h"

using namespace RedisHistoryTesting;

namespace {
// Each reader has each message once and in order, and Redis has kept it once.
void expectAll(Two &two, const QList<const Reader *> &readers, int count)
{
    for (const Reader *reader : readers) {
        WS_TRY_COMPARE(reader->messages.size(), count);
        QCOMPARE(reader->messages, numbersUntil(count));
    }
    QCOMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), count);
}
} // namespace

class TestRedisHistoryFailures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void killedRedisLosesNothing();
    void interruptionsLoseNothing_data();
    void interruptionsLoseNothing();
    void lateMessagesOfAnOldConnectionAreNotKept();
    void lostHistoryBeginsAnew();
    void fullRedisIsReported();
    void fullRedisDoesNotEndTheConnection();
    void shortHistoryHasNothingTwice();
    void brokersGoBackToAnEarlierRedis();
    void anotherNameBringsNothingTwice();
    void anotherPrefixIsAnotherHistory();
    void replicaIsNoRefusal();
    void historyMayEndMeanwhile();
    void lateSubscriptionIsLiveWhenConfirmed();
    void topicsMayKeepComing();
    void renewedSubscriptionIsLiveWhenConfirmed();
    void messageAfterASubscriptionOutlivesTheConnection();
};

// The messages that were not confirmed are sent again, but those that have arrived are not.
void TestRedisHistoryFailures::killedRedisLosesNothing()
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
    expectAll(two, {&there, &here}, next);
    QCOMPARE(two.one.broker.messagesUnsent(), 0);
    QCOMPARE(two.other.broker.messagesMissed(), 0);
    QVERIFY(sentAgain > 0);
}

void TestRedisHistoryFailures::interruptionsLoseNothing_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::newRow("all connections end") << QByteArray("CLIENT KILL TYPE normal");
    QTest::newRow("the subscribed ones end") << QByteArray("CLIENT KILL TYPE pubsub");
    QTest::newRow("scripts are forgotten") << QByteArray("SCRIPT FLUSH");
}

void TestRedisHistoryFailures::interruptionsLoseNothing()
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
    expectAll(two, {&there, &here}, next);
    QVERIFY(sentAgain > 0);
}

// Redis stops, so that what was sent waits in its socket, until after the broker has connected anew.
void TestRedisHistoryFailures::lateMessagesOfAnOldConnectionAreNotKept()
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
    expectAll(two, {&there}, 4000);
}

void TestRedisHistoryFailures::lostHistoryBeginsAnew()
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

void TestRedisHistoryFailures::fullRedisIsReported()
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
void TestRedisHistoryFailures::fullRedisDoesNotEndTheConnection()
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
void TestRedisHistoryFailures::shortHistoryHasNothingTwice()
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

void TestRedisHistoryFailures::brokersGoBackToAnEarlierRedis()
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

// Redis has kept the messages, but its confirmations are held back.
void TestRedisHistoryFailures::anotherNameBringsNothingTwice()
{
    const Redis redis;
    Proxy proxy(redis.port);
    HistoryProcess one(proxy.url());
    QVERIFY(one.waitUntilOpen());
    Reader here(Topic);
    QVERIFY(here.open(one.site));
    one.publish(0, 1);
    WS_TRY_COMPARE(here.messages, numbersUntil(1));
    proxy.setHeld(Proxy::Down, true);
    one.publish(1, 3);
    WS_TRY_COMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 3);
    QUrl url = proxy.url();
    url.setHost(u"localhost"_s);
    one.broker.setUrl(url);
    WS_TRY_COMPARE(one.broker.state(), Ws::Connecting);
    proxy.setHeld(Proxy::Down, false);
    QVERIFY(one.waitUntilOpen());
    one.publish(3, 4);
    WS_TRY_COMPARE(here.messages.size(), 4);
    QCOMPARE(here.messages, numbersUntil(4));
    QCOMPARE(here.withoutId, 0);
    QCOMPARE(one.broker.messagesUnsent(), 0);
    QCOMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 4);
}

// What is published before the broker has connected anew belongs to the old one, if Redis takes it.
void TestRedisHistoryFailures::anotherPrefixIsAnotherHistory()
{
    const Redis redis;
    HistoryProcess one(redis.url());
    QVERIFY(one.waitUntilOpen());
    Reader here(Topic);
    QVERIFY(here.open(one.site));
    one.publish(0, 1);
    WS_TRY_COMPARE(here.messages, numbersUntil(1));
    one.broker.setPrefix(u"b:"_s);
    one.publish(1, 2);
    const auto sockets = one.broker.findChildren<QTcpSocket *>();
    for (QTcpSocket *const socket : sockets)
        QVERIFY(socket->flush() || socket->bytesToWrite() == 0);
    WS_TRY_COMPARE(one.broker.state(), Ws::Connecting);
    QVERIFY(one.waitUntilOpen());
    WS_TRY_COMPARE(here.messages, numbersUntil(2));
    QCOMPARE(numberIn(redis.ask("XLEN b:history:log")), 0);
    one.publish(2, 3);
    WS_TRY_COMPARE(here.messages.size(), 3);
    QCOMPARE(here.messages, numbersUntil(3));
    QCOMPARE(here.withoutId, 1);
    QCOMPARE(numberIn(redis.ask("XLEN b:history:log")), 1);
}

// It becomes a primary soon.
void TestRedisHistoryFailures::replicaIsNoRefusal()
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

// What others have in it must stay.
void TestRedisHistoryFailures::historyMayEndMeanwhile()
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

// A topic is added after the others were asked for: its confirmation is waited for.
void TestRedisHistoryFailures::lateSubscriptionIsLiveWhenConfirmed()
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
    proxy.setHeld(Proxy::Down, true);
    proxy.setHeld(Proxy::Up, false);
    WS_TRY_VERIFY(proxy.held(Proxy::Down).endsWith("pong\r\n$0\r\n\r\n"));
    proxy.setHeld(Proxy::Up, true);
    Reader last(u"log2"_s, u"0"_s);
    QVERIFY(last.open(one.site));
    WS_TRY_VERIFY(proxy.held(Proxy::Up).contains("wskit:log2"));
    proxy.setHeld(Proxy::Down, false);
    QVERIFY(one.waitUntilOpen()); // without the last one
    other.publish(0, 3);
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
    WS_TRY_COMPARE(reader.reports.size(), 1); // what is asked of the last one has been asked before
    other.site.server.publish(u"log2"_s, u"0"_s);
    WS_TRY_COMPARE(numberIn(redis.ask("XLEN wskit:history:log2")), 1);
    proxy.setHeld(Proxy::Up, false);
    WS_TRY_COMPARE(last.messages, numbersUntil(1));
}

// One at least between each question and its answer.
void TestRedisHistoryFailures::topicsMayKeepComing()
{
    FakeRedis redis;
    redis.delay = 50;
    QuickBroker broker;
    Site site(&broker);
    site.subscribe(u"news"_s);
    WsConnection *const connection = site.server.connections().constFirst();
    broker.setUrl(redis.url());
    int count = 0;
    QVERIFY(waitFor([&] {
        site.server.subscribe(connection, QString::number(++count));
        return broker.isConnected();
    }));
    WS_TRY_COMPARE(broker.topics().size(), count + 1);
    QCOMPARE(broker.errorTexts(), QStringList());
}

void TestRedisHistoryFailures::renewedSubscriptionIsLiveWhenConfirmed()
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

// Redis is silent from before the subscription until the connection ends. If it had got the message, what
// ends the history then would be that message, which the subscriber would be taken to have.
void TestRedisHistoryFailures::messageAfterASubscriptionOutlivesTheConnection()
{
    const Redis redis;
    Proxy proxy(redis.port);
    HistoryProcess process(proxy.url());
    QVERIFY(process.waitUntilOpen());
    proxy.setHeld(Proxy::Down, true);
    Reader reader(Topic);
    QVERIFY(reader.open(process.site));
    WS_TRY_COMPARE(redis.subscriptions("wskit:log"), 1);
    process.publish(0, 1);
    for (int turn = 0; turn < 20; ++turn)
        QCOMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 0);
    proxy.cut();
    QVERIFY(waitForState(process.broker, Ws::Connecting));
    proxy.setHeld(Proxy::Down, false);
    QVERIFY(process.waitUntilOpen());
    process.publish(1, 3);
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
    QCOMPARE(reader.withoutId, 0);
    QCOMPARE(numberIn(redis.ask("XLEN wskit:history:log")), 3);
}

QTEST_GUILESS_MAIN(TestRedisHistoryFailures)
#include "tst_redishistory_failures.moc"
