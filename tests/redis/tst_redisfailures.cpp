// SPDX-License-Identifier: MIT

// Servers that share topics over a Redis that ends, stops, or takes nothing.

#include "redistesting.h"

using namespace RedisTesting;

class TestRedisFailures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingFlowsAgainAfterARestart_data();
    void everythingFlowsAgainAfterARestart();
    void lossIsWhatTheCounterSays_data();
    void lossIsWhatTheCounterSays();
    void messagesWaitForTheRestart();
    void topicsChangeWhileRedisIsAway();
    void manyTopicsAreSubscribedAgain();
    void serverStartsBeforeRedis();
    void stoppedRedisIsNoticed();
    void silentServerIsNoticed();
    void outputIsLimited();
    void inputIsLimited();
    void questionsKeepAConnection();
    void redisEndsASlowSubscription();
    void somethingElseIsNoRedis();
    void slotsMayDeleteTheBroker_data();
    void slotsMayDeleteTheBroker();
};

namespace {
// Two servers, one of which has a subscriber of "news".
struct Two
{
    Two() : one(redis.url()), other(redis.url())
    {
        there = other.subscribe(redis, u"news"_s);
        (void)waitForState(one.broker, Ws::Open);
        (void)waitForState(other.broker, Ws::Open);
    }
    bool waitUntilAway() const
    {
        return waitForState(one.broker, Ws::Connecting) && waitForState(other.broker, Ws::Connecting);
    }
    bool waitUntilBack() const
    {
        return waitForState(one.broker, Ws::Open) && waitForState(other.broker, Ws::Open);
    }
    Redis redis;
    Process one;
    Process other;
    Subscriber *there = nullptr;
};
} // namespace

void TestRedisFailures::everythingFlowsAgainAfterARestart_data()
{
    QTest::addColumn<int>("restarts");
    QTest::newRow("once") << 1;
    QTest::newRow("three times") << 3;
}

void TestRedisFailures::everythingFlowsAgainAfterARestart()
{
    QFETCH(const int, restarts);
    Two two;
    QSignalSpy connections(&two.other.broker, &WsBroker::connected);
    QSignalSpy disconnections(&two.other.broker, &WsBroker::disconnected);
    Subscriber *const here = two.one.site.subscribe(u"news"_s);
    WS_TRY_COMPARE(two.redis.subscriptions("wskit:news"), 2);
    for (int i = 1; i <= restarts; ++i) {
        two.redis.stop();
        QVERIFY(two.waitUntilAway());
        here->messages.clear();
        QCOMPARE(two.one.publish(u"news"_s, -1), 1); // to the subscribers of this server
        WS_TRY_COMPARE(here->messages, QStringList(u"-1"_s));
        QVERIFY(two.redis.start());
        QVERIFY(two.waitUntilBack());
        QCOMPARE(two.redis.subscriptions("wskit:news"), 2); // before connected() was emitted
        two.there->messages.clear();
        two.one.publish(u"news"_s, i);
        WS_TRY_COMPARE(two.there->messages, QStringList(QString::number(i)));
        QCOMPARE(connections.size(), i);
        QCOMPARE(disconnections.size(), i);
    }
    QVERIFY(!two.one.broker.errors.isEmpty());
    for (const WsError &error : two.one.broker.errors) {
        QCOMPARE(error.kind(), Ws::ErrorKind::Network);
        QVERIFY2(error.text().startsWith(two.redis.url().toString() + u": "_s), qPrintable(error.text()));
    }
}

void TestRedisFailures::lossIsWhatTheCounterSays_data()
{
    QTest::addColumn<int>("written"); // of the first hundred; the rest is published just before Redis ends
    QTest::newRow("at rest") << 100;
    QTest::newRow("under way") << 1;
}

void TestRedisFailures::lossIsWhatTheCounterSays()
{
    QFETCH(const int, written);
    Two two;
    int count = 0;
    const auto publishUntil = [&](int end) {
        for (; count < end; ++count)
            two.one.publish(u"news"_s, count);
    };
    publishUntil(written);
    WS_TRY_COMPARE(two.there->messages, numbersUntil(written));
    (void)two.redis.ask("PING"); // the answers to one have come before this one
    QCoreApplication::processEvents();
    publishUntil(100);
    two.redis.stop(); // no event loop has run
    publishUntil(200);
    QVERIFY(two.waitUntilAway());
    QCOMPARE(two.one.broker.messagesUnsent(), 200 - written);
    publishUntil(300);
    QCOMPARE(two.one.broker.messagesUnsent(), 300 - written);
    QVERIFY(two.redis.start());
    QVERIFY(two.waitUntilBack());
    publishUntil(400);
    WS_TRY_VERIFY(two.there->messages.contains(u"399"_s));
    QCOMPARE(two.one.broker.messagesUnsent(), 300 - written);
    QCOMPARE(two.there->messages.size() + two.other.broker.messagesMissed(), 400);
    QCOMPARE(two.other.broker.messagesMissed(), 300 - written);
}

void TestRedisFailures::messagesWaitForTheRestart()
{
    Two two;
    two.one.broker.setQueueMessages(true);
    two.one.publish(u"news"_s, 0);
    WS_TRY_COMPARE(two.there->messages, numbersUntil(1));
    two.redis.stop();
    QVERIFY(two.waitUntilAway());
    for (int i = 1; i < 100; ++i)
        two.one.publish(u"news"_s, i);
    // The subscriber has to be back before the publisher.
    two.one.broker.setUrl(QUrl(u"redis://127.0.0.1:1"_s));
    QVERIFY(two.redis.start());
    QVERIFY(waitForState(two.other.broker, Ws::Open));
    two.one.broker.setUrl(two.redis.url());
    WS_TRY_COMPARE(two.there->messages, numbersUntil(100));
    QCOMPARE(two.one.broker.messagesUnsent(), 0);
    QCOMPARE(two.other.broker.messagesMissed(), 0);
}

void TestRedisFailures::topicsChangeWhileRedisIsAway()
{
    Two two;
    two.redis.stop();
    QVERIFY(two.waitUntilAway());
    Subscriber *const added = two.other.site.subscribe(u"sport"_s);
    two.other.site.subscribers.erase(two.other.site.subscribers.begin());
    WS_TRY_COMPARE(two.other.broker.topics(), QStringList(u"sport"_s));
    QVERIFY(two.redis.start());
    QVERIFY(two.waitUntilBack());
    QCOMPARE(two.redis.subscriptions("wskit:news"), 0);
    two.one.publish(u"sport"_s, 1);
    WS_TRY_COMPARE(added->messages, QStringList(u"1"_s));
}

void TestRedisFailures::manyTopicsAreSubscribedAgain()
{
    Two two;
    constexpr int Count = 5000;
    WsConnection *const connection = two.other.site.server.connections().constFirst();
    for (int i = 0; i < Count; ++i)
        two.other.site.server.subscribe(connection, u"topic %1"_s.arg(i));
    WS_TRY_COMPARE(two.redis.subscriptions("wskit:topic 4999"), 1);
    two.redis.stop();
    QVERIFY(two.waitUntilAway());
    QVERIFY(two.redis.start());
    QVERIFY(two.waitUntilBack());
    const QByteArray channels = two.redis.ask("PUBSUB CHANNELS *topic*");
    QVERIFY2(channels.startsWith("*5000\r\n"), channels.first(20).constData());
    for (int i = 0; i < Count; i += 7)
        two.one.publish(u"topic %1"_s.arg(i), i);
    WS_TRY_COMPARE(two.there->messages.size(), (Count + 6) / 7);
}

void TestRedisFailures::serverStartsBeforeRedis()
{
    Redis redis;
    redis.stop();
    Process process(redis.url());
    Subscriber *const subscriber = process.site.subscribe(u"news"_s);
    WS_TRY_VERIFY(process.broker.errors.size() >= 3);
    QVERIFY2(process.broker.errorTexts().constFirst().endsWith(u"Connection refused"_s),
             qPrintable(process.broker.errorTexts().constFirst()));
    QVERIFY(redis.start());
    QVERIFY(waitForState(process.broker, Ws::Open));
    redis.ask("PUBLISH wskit:news hello");
    WS_TRY_COMPARE(subscriber->messages, QStringList(u"hello"_s));
}

void TestRedisFailures::stoppedRedisIsNoticed()
{
    Two two;
    two.redis.pause();
    two.other.broker.setCheckInterval(std::chrono::milliseconds(100));
    WS_TRY_VERIFY(!two.other.broker.errors.isEmpty());
    QCOMPARE(two.other.broker.errors.constFirst().kind(), Ws::ErrorKind::Timeout);
    QCOMPARE(two.other.broker.state(), Ws::Connecting);
    WS_TRY_VERIFY(two.other.broker.errors.size() >= 2); // the system still accepts connections for it
    two.other.broker.setCheckInterval(std::chrono::milliseconds(Patience));
    two.redis.resume();
    QVERIFY(two.waitUntilBack());
    two.one.publish(u"news"_s, 1);
    WS_TRY_VERIFY(two.there->messages.contains(u"1"_s));
}

void TestRedisFailures::silentServerIsNoticed()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    QuickBroker broker;
    broker.setCheckInterval(std::chrono::milliseconds(50));
    broker.setUrl(QUrl(u"redis://127.0.0.1:%1"_s.arg(silent.serverPort())));
    WS_TRY_VERIFY(!broker.errors.isEmpty());
    QCOMPARE(broker.errors.constFirst().kind(), Ws::ErrorKind::Timeout);
    QVERIFY(broker.errorTexts().constFirst().contains(u"has not answered for 50 ms"_s));
}

void TestRedisFailures::outputIsLimited()
{
    Two two;
    two.one.publish(u"news"_s, 0);
    WS_TRY_COMPARE(two.there->messages, numbersUntil(1));
    two.redis.pause();
    two.one.broker.setMaxBufferedAmount(4 * MiB);
    int accepted = 0;
    for (int i = 0; i < 100; ++i) {
        accepted += two.one.broker.publish(u"news"_s, WsMessage::binary(QByteArray(100 * KiB, 'x'))) ? 1 : 0;
        QCoreApplication::processEvents();
    }
    const qint64 unsent = two.one.broker.messagesUnsent();
    QCOMPARE(unsent, 100 - 40); // 40 * (100 KiB, the channel and 256 bytes) is below 4 MiB
    QCOMPARE(accepted, 100 - unsent);
    two.redis.resume();
    WS_TRY_COMPARE(two.there->messages.size(), 41);
    two.one.publish(u"news"_s, 1);
    WS_TRY_COMPARE(two.there->messages.size(), 42);
    QCOMPARE(two.other.broker.messagesMissed(), unsent);
    QCOMPARE(two.one.broker.errorTexts(), QStringList());
}

void TestRedisFailures::inputIsLimited()
{
    Two two;
    two.one.publish(u"news"_s, 0);
    WS_TRY_COMPARE(two.there->messages, numbersUntil(1));
    two.other.broker.setMaxMessageSize(1000);
    two.other.broker.setPrefix(u"x"_s); // the limit applies to the next connection
    two.other.broker.setPrefix(u"wskit:"_s);
    QSignalSpy connections(&two.other.broker, &WsBroker::connected);
    WS_TRY_COMPARE(connections.size(), 1);
    two.one.site.server.publish(u"news"_s, QByteArray(10 * MiB, 'x'));
    WS_TRY_VERIFY(!two.other.broker.errors.isEmpty());
    QCOMPARE(two.other.broker.errors.constFirst().kind(), Ws::ErrorKind::TooLarge);
    QVERIFY(waitForState(two.other.broker, Ws::Open));
    two.one.publish(u"news"_s, 1);
    WS_TRY_COMPARE(two.there->messages, QStringList({u"0"_s, u"1"_s}));
    QCOMPARE(two.other.broker.messagesMissed(), 1);
}

void TestRedisFailures::questionsKeepAConnection()
{
    const Redis redis;
    QTcpSocket monitor;
    monitor.connectToHost(QHostAddress::LocalHost, redis.port);
    monitor.write("MONITOR\r\n");
    QByteArray seen;
    QVERIFY(waitFor([&] { return (seen += monitor.readAll()).contains("+OK"); }));
    QuickBroker broker;
    QSignalSpy connections(&broker, &WsBroker::connected);
    broker.setCheckInterval(std::chrono::seconds(10));
    broker.setUrl(redis.url());
    // Four at first, and two for each check.
    QVERIFY(waitFor([&] { return (seen += monitor.readAll()).count("\"PING\"") >= 8; }));
    QCOMPARE(broker.errorTexts(), QStringList());
    QCOMPARE(connections.size(), 1);
    QVERIFY(broker.isConnected());
}

// By its limit for subscribers that do not read.
void TestRedisFailures::redisEndsASlowSubscription()
{
    Two two;
    two.one.publish(u"news"_s, 0);
    WS_TRY_COMPARE(two.there->messages, numbersUntil(1));
    two.redis.ask("CONFIG SET client-output-buffer-limit \"pubsub 1mb 0 0\"");
    two.one.site.server.publish(u"news"_s, QByteArray(8 * MiB, 'x'));
    WS_TRY_VERIFY(!two.other.broker.errors.isEmpty());
    QVERIFY(waitForState(two.other.broker, Ws::Open));
    two.one.publish(u"news"_s, 1);
    WS_TRY_COMPARE(two.there->messages, QStringList({u"0"_s, u"1"_s}));
    QCOMPARE(two.other.broker.messagesMissed(), 1);
}

void TestRedisFailures::somethingElseIsNoRedis()
{
    WsServer server;
    QVERIFY(server.listen());
    const QuickBroker broker(QUrl(u"redis://127.0.0.1:%1"_s.arg(server.serverPort())));
    WS_TRY_VERIFY(!broker.errors.isEmpty());
    QCOMPARE(broker.state(), Ws::Connecting);
}

void TestRedisFailures::slotsMayDeleteTheBroker_data()
{
    QTest::addColumn<QString>("when");
    for (const char *when : {"connected", "disconnected", "errorOccurred", "message", "refused"})
        QTest::newRow(when) << QString::fromLatin1(when);
}

void TestRedisFailures::slotsMayDeleteTheBroker()
{
    QFETCH(const QString, when);
    Redis redis;
    QPointer<QuickBroker> broker(new QuickBroker(redis.url()));
    Site site(broker.data());
    const auto vanish = [&] { delete broker.data(); };
    if (when == u"connected"_s)
        connect(broker, &WsBroker::connected, this, vanish);
    else if (when == u"disconnected"_s)
        connect(broker, &WsBroker::disconnected, this, vanish);
    else if (when == u"errorOccurred"_s)
        connect(broker, &WsBroker::errorOccurred, this, vanish);
    else if (when == u"refused"_s)
        connect(broker, &WsBroker::errorOccurred, this, vanish);
    if (when == u"refused"_s)
        broker->setUrl(redis.url({}, u"/1000"_s));
    Subscriber *const subscriber = site.subscribe(u"news"_s);
    if (when == u"message"_s) {
        // As a connection of the server writes it. That each step may delete the link: tst_wsredislink.
        connect(site.server.connections().constFirst(), &WsConnection::bytesWritten, this, vanish);
        WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 1);
        redis.ask("PUBLISH wskit:news hello");
        WS_TRY_COMPARE(subscriber->messages, QStringList(u"hello"_s));
    }
    if (broker)
        (void)waitFor([&] { return !broker || broker->isConnected() || when == u"refused"_s; });
    redis.stop();
    WS_TRY_VERIFY(!broker);
    subscriber->messages.clear();
    QCOMPARE(site.server.publish(u"news"_s, u"a"_s), 1);
    WS_TRY_COMPARE(subscriber->messages, QStringList(u"a"_s));
}

QTEST_GUILESS_MAIN(TestRedisFailures)
#include "tst_redisfailures.moc"
