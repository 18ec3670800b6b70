// SPDX-License-Identifier: MIT

// What a broker does if a Redis that the test plays answers as none should.

#include "fakeredis.h"
#include "quickbroker.h"

#include "../integration/historytesting.h"
#include "../integration/propertytesting.h"

using namespace RedisTesting;

class TestRedisReplies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void propertiesCanBeWritten_data() { PropertyTesting::addProperties<WsRedisBroker>(); }
    void propertiesCanBeWritten();
    void wrongReplyEndsTheConnection_data();
    void wrongReplyEndsTheConnection();
    void wrongPushEndsTheConnection_data();
    void wrongPushEndsTheConnection();
    void refusalDoesNotShowThePassword_data();
    void refusalDoesNotShowThePassword();
    void connectingTakesLongerThanTheInterval();
    void poisonMessageIsNoHotLoop();
    void largestLimitDoesNotOverflow();
    void longestTimesDoNotOverflow();
    void topicsMayFollowEachOtherBeforeTheyAreConfirmed();
    void refusedReadingBringsNothingTwice();
    void refusedHistoryDoesNotEndTheConnectionAgain();
};

namespace {
QByteArray text(const QByteArray &text)
{
    return FakeRedis::text(text);
}
QByteArray push(const QByteArray &what, const QByteArray &channel, const QByteArray &last)
{
    return "*3\r\n" + text(what) + text(channel) + last;
}

// The broker gives up, says why, and is there again as soon as Redis is right.
void expectFailure(FakeRedis *redis, Ws::ErrorKind kind, const QString &error)
{
    QuickBroker broker(redis->url());
    Site site(&broker);
    site.subscribe(u"news"_s);
    if (broker.errors.isEmpty() && redis->answers.contains("PUBLISH"))
        QVERIFY(waitForState(broker, Ws::Open) && broker.publish(u"news"_s, WsMessage::text("hi")));
    WS_TRY_VERIFY(!broker.errors.isEmpty());
    QCOMPARE(broker.errors.constFirst().kind(), kind);
    QVERIFY2(broker.errorTexts().constFirst().contains(error), qPrintable(broker.errorTexts().constFirst()));
    WS_TRY_VERIFY(redis->connectionCount > 2); // it tries again
    redis->answers.clear();
    redis->afterSubscribe.clear();
    QVERIFY(waitForState(broker, Ws::Open));
}
} // namespace

void TestRedisReplies::propertiesCanBeWritten()
{
    WsRedisBroker broker;
    PropertyTesting::tryProperty(&broker, {{"prefix", u"chat:"_s},
                                           {"queueMessages", !broker.queueMessages()},
                                           {"url", QUrl(u"redis://redis.example"_s)}});
}

void TestRedisReplies::wrongReplyEndsTheConnection_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<Ws::ErrorKind>("kind");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const char *command, const QByteArray &reply, const char *error,
                        Ws::ErrorKind kind = Ws::ErrorKind::Protocol) {
        QTest::newRow(name) << QByteArray(command) << reply << kind << QString::fromLatin1(error);
    };
    row("two replies to one command", "PING", "+PONG\r\n+OK\r\n", "a reply to nothing");
    row("error without a command", "PING", "+PONG\r\n-ERR no\r\n", "a reply to nothing");
    row("message without a subscription", "PING", "+PONG\r\n" + push("message", "wskit:news", text("x")),
        "a reply to nothing");
    row("another status", "PING", "+OK\r\n", "a wrong reply to PING");
    row("text instead of a status", "PING", text("PONG"), "a wrong reply to PING");
    row("number instead of a status", "PING", ":1\r\n", "a wrong reply to PING");
    row("array without a subscription", "PING", "*2\r\n" + text("pong") + text(""), "a wrong reply to PING");
    row("empty array", "PING", "*0\r\n", "an unexpected reply");
    row("null array", "PING", "*-1\r\n", "an unexpected reply");
    row("null", "PING", "$-1\r\n", "an unexpected reply");
    row("nested array", "PING", "*1\r\n*1\r\n:1\r\n", "an unexpected reply");
    row("nested deeply", "PING", QByteArray("*1\r\n").repeated(20), "an unexpected reply");
    row("long array", "PING", "*1000000000\r\n", "an unexpected reply");
    row("map of RESP3", "PING", "%1\r\n", "Redis has sent"); // newer versions of hiredis know it
    row("HTTP", "PING", "HTTP/1.1 400 Bad Request\r\n\r\n", "something else");
    row("large size", "PING", "$536870912\r\n", "larger than maxMessageSize", Ws::ErrorKind::TooLarge);
    row("endless line", "PING", '+' + QByteArray(1'000'000, 'x'), "a line that is too long");
    row("status instead of a number", "PUBLISH", "+OK\r\n", "a wrong reply to PUBLISH");
    row("two numbers", "PUBLISH", ":1\r\n:1\r\n", "a reply to nothing");
    row("other channel", "SUBSCRIBE", push("subscribe", "wskit:sport", ":1\r\n"),
        "a wrong reply to SUBSCRIBE");
    row("other confirmation", "SUBSCRIBE", push("unsubscribe", "wskit:news", ":1\r\n"),
        "a wrong reply to SUBSCRIBE");
    row("confirmation with a text", "SUBSCRIBE", push("subscribe", "wskit:news", text("1")),
        "a wrong reply to SUBSCRIBE");
    row("confirmation of a number", "SUBSCRIBE", "*3\r\n" + text("subscribe") + ":1\r\n:1\r\n",
        "a wrong reply to SUBSCRIBE");
    row("status for a subscription", "SUBSCRIBE", "+OK\r\n", "a wrong reply to SUBSCRIBE");
    row("refused subscription", "SUBSCRIBE", "-ERR no\r\n", "SUBSCRIBE was refused: ERR no",
        Ws::ErrorKind::Handshake);
    row("loading", "PING", "-LOADING the dataset\r\n", "PING was refused: LOADING", Ws::ErrorKind::Handshake);
}

void TestRedisReplies::wrongReplyEndsTheConnection()
{
    QFETCH(const QByteArray, command);
    QFETCH(const QByteArray, reply);
    QFETCH(const Ws::ErrorKind, kind);
    QFETCH(const QString, error);
    FakeRedis redis;
    redis.answers[command] = reply;
    expectFailure(&redis, kind, error);
}

void TestRedisReplies::wrongPushEndsTheConnection_data()
{
    QTest::addColumn<QByteArray>("push");
    QTest::addColumn<QString>("error");
    const QString wrong = u"a wrong reply to PING"_s; // which is what is asked meanwhile
    QTest::newRow("empty array") << QByteArray("*0\r\n") << u"an unexpected reply"_s;
    QTest::newRow("null array") << QByteArray("*-1\r\n") << u"an unexpected reply"_s;
    QTest::newRow("one part") << QByteArray("*1\r\n" + text("message")) << wrong;
    QTest::newRow("two parts") << QByteArray("*2\r\n" + text("message") + text("wskit:news")) << wrong;
    QTest::newRow("four parts") << QByteArray("*4\r\n" + text("pmessage") + text("*") + text("wskit:news")
                                              + text("x"))
                                << u"an unexpected reply"_s;
    QTest::newRow("number as a message") << push("message", "wskit:news", ":1\r\n") << wrong;
    QTest::newRow("number as a channel")
        << QByteArray("*3\r\n" + text("message") + ":1\r\n" + text("x")) << wrong;
    QTest::newRow("confirmation") << push("subscribe", "wskit:sport", ":2\r\n") << wrong;
    QTest::newRow("end of a subscription") << push("unsubscribe", "wskit:news", ":0\r\n") << wrong;
    QTest::newRow("status") << QByteArray("+OK\r\n") << wrong;
}

void TestRedisReplies::wrongPushEndsTheConnection()
{
    QFETCH(const QByteArray, push);
    QFETCH(const QString, error);
    FakeRedis redis;
    redis.afterSubscribe = push;
    expectFailure(&redis, Ws::ErrorKind::Protocol, error);
}

void TestRedisReplies::refusalDoesNotShowThePassword_data()
{
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<QString>("shown");
    QTest::newRow("quoted") << QByteArray("-WRONGPASS hunter2 is wrong\r\n")
                            << u"AUTH was refused: WRONGPASS"_s;
    QTest::newRow("first") << QByteArray("-hunter2 is wrong\r\n") << u"AUTH was refused: an error"_s;
    QTest::newRow("alone") << QByteArray("-hunter2\r\n") << u"AUTH was refused: an error"_s;
    QTest::newRow("not an error") << QByteArray("+hunter2\r\n") << u"a wrong reply to AUTH"_s;
}

void TestRedisReplies::refusalDoesNotShowThePassword()
{
    QFETCH(const QByteArray, reply);
    QFETCH(const QString, shown);
    FakeRedis redis;
    redis.answers["AUTH"] = reply;
    if (reply.startsWith('-'))
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"redis://127.0.0.1:\\d+: "_s + shown + u'$'));
    const QuickBroker broker(redis.url(u":hunter2@"_s));
    WS_TRY_VERIFY(!broker.errors.isEmpty());
    const QString error = broker.errorTexts().constFirst();
    QVERIFY2(error.endsWith(shown) && !error.contains(u"hunter2"_s), qPrintable(error));
}

// A check that falls into the time of connecting asks nothing of a connection that has nothing to answer.
void TestRedisReplies::connectingTakesLongerThanTheInterval()
{
    FakeRedis redis;
    QuickBroker broker;
    QSignalSpy connections(&broker, &WsBroker::connected);
    redis.delay = 4000; // three answers until it is connected
    broker.setCheckInterval(std::chrono::seconds(10));
    broker.setUrl(redis.url());
    QVERIFY(waitFor([&] { return redis.commands.count("PING") >= 7; })); // until the check after that one
    QCOMPARE(connections.size(), 1);
    QCOMPARE(redis.connectionCount, 2);
    QCOMPARE(broker.errorTexts(), QStringList());
}

// A connection that has not lasted does not count as a success: the delays grow.
void TestRedisReplies::poisonMessageIsNoHotLoop()
{
    FakeRedis redis;
    QuickBroker broker;
    broker.setReconnectDelay(std::chrono::milliseconds(1), std::chrono::hours(1));
    QSignalSpy connections(&broker, &WsBroker::connected);
    broker.setUrl(redis.url());
    QList<qint64> times;
    QElapsedTimer clock;
    connect(&broker, &WsBroker::connected, this, [&] {
        times.append(clock.restart());
        redis.answers["PING"] = "*0\r\n"; // the questions of both
        for (QTcpSocket *socket : redis.findChildren<QTcpSocket *>())
            socket->write("*0\r\n");
    });
    connect(&broker, &WsBroker::errorOccurred, this, [&] { redis.answers.clear(); });
    clock.start();
    WS_TRY_VERIFY(times.size() >= 9);
    QVERIFY2(times.at(8) >= 64, qPrintable(QString::number(times.at(8)))); // half of 128 ms
}

void TestRedisReplies::largestLimitDoesNotOverflow()
{
    FakeRedis redis;
    redis.afterSubscribe = push("message", "wskit:news", text("hello"));
    QuickBroker broker;
    broker.setMaxMessageSize(std::numeric_limits<qint64>::max());
    Site site(&broker);
    const Subscriber *const subscriber = site.subscribe(u"news"_s);
    broker.setUrl(redis.url());
    WS_TRY_COMPARE(subscriber->messages, QStringList(u"hello"_s));
    QCOMPARE(broker.errorTexts(), QStringList());
}

// Of a QTimer.
void TestRedisReplies::longestTimesDoNotOverflow()
{
    using std::chrono::milliseconds;
    QTest::failOnWarning(QRegularExpression(u"."_s));
    FakeRedis redis;
    const QUrl url = redis.url();
    redis.close();
    QuickBroker broker;
    broker.setCheckInterval(milliseconds::max());
    QCOMPARE(broker.checkInterval(), std::chrono::hours(24 * 24));
    broker.setReconnectDelay(milliseconds::max(), milliseconds::max());
    broker.setUrl(url);
    WS_TRY_COMPARE(broker.errors.size(), 1);
    QVERIFY(redis.listen(QHostAddress::LocalHost, quint16(url.port())));
    broker.setUrl(QUrl());
    broker.setUrl(url);
    QVERIFY(waitForState(broker, Ws::Open));
    broker.setReconnectDelay(milliseconds::min(), milliseconds::min());
    broker.setCheckInterval(milliseconds::min());
    QCOMPARE(broker.checkInterval(), milliseconds(1));
}

void TestRedisReplies::topicsMayFollowEachOtherBeforeTheyAreConfirmed()
{
    FakeRedis redis;
    QuickBroker broker(redis.url());
    Site site(&broker);
    QVERIFY(waitForState(broker, Ws::Open));
    site.subscribe(u"news"_s);
    WsConnection *const connection = site.server.connections().constFirst();
    for (int i = 0; i < 10; ++i) {
        site.server.subscribe(connection, u"sport"_s);
        QCoreApplication::processEvents();
        site.server.unsubscribe(connection, u"sport"_s);
        QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(redis.commands.count("SUBSCRIBE"), redis.commands.count("UNSUBSCRIBE") + 1);
    QCOMPARE(broker.errorTexts(), QStringList());
    QVERIFY(broker.isConnected());
}

// Redis refuses once to say where the history ends, and would send it as a whole if it were asked for that.
void TestRedisReplies::refusedReadingBringsNothingTwice()
{
    FakeRedis redis;
    const QByteArray history = text("1-0 2-0 1 0\n1-0 1\na2-0 1\nb");
    redis.answers = {{"EVAL", "-ERR no\r\n"}, {"EVALSHA", history}, {"PUBLISH", "-ERR end\r\n"}};
    QuickBroker broker(redis.url());
    broker.setHistory(u"log"_s, 10);
    broker.setHistoryEnvelope(HistoryTesting::withId);
    connect(&broker, &WsBroker::errorOccurred, this, [&] { redis.answers["EVAL"] = history; });
    HistoryTesting::HistorySite site(&broker);
    HistoryTesting::Reader reader(u"log"_s);
    QVERIFY(reader.open(site));
    WS_TRY_VERIFY(redis.commands.contains("EVALSHA"));
    site.server.publish(u"news"_s, u"x"_s);
    WS_TRY_COMPARE(broker.errors.size(), 2); // what it answers to that follows the history
    QVERIFY2(broker.errorTexts().constFirst().contains(u"XRANGE was refused: ERR no"_s),
             qPrintable(broker.errorTexts().constFirst()));
    site.server.broadcast(u"|end"_s);
    WS_TRY_COMPARE(reader.messages, QStringList(u"end"_s));
    QVERIFY(broker.isConnected());
}

// Under the key of one topic, Redis has something that is no history.
void TestRedisReplies::refusedHistoryDoesNotEndTheConnectionAgain()
{
    FakeRedis redis;
    const QByteArray history = text("1-0 1-0 1 0\n1-0 0\n");
    redis.answers = {{"EVAL", history}, {"EVALSHA", history}};
    redis.refusedKeys = {"wskit:history:bad"};
    QuickBroker broker(redis.url());
    const QStringList goodTopics{u"a"_s, u"b"_s, u"c"_s, u"d"_s, u"e"_s, u"f"_s, u"g"_s};
    for (const QString &topic : goodTopics + QStringList(u"bad"_s))
        broker.setHistory(topic, 10);
    HistoryTesting::HistorySite site(&broker);
    std::vector<std::unique_ptr<HistoryTesting::Reader>> readers;
    for (const QString &topic : goodTopics) {
        readers.push_back(std::make_unique<HistoryTesting::Reader>(topic));
        QVERIFY(readers.back()->open(site));
    }
    for (int round = 0; round < 3; ++round) {
        HistoryTesting::Reader bad(u"bad"_s);
        QVERIFY(bad.open(site));
        WS_TRY_COMPARE(broker.errors.size(), 2 + round); // after the first one, the broker connects anew
        QVERIFY2(broker.isConnected(), qPrintable(broker.errorTexts().constLast()));
        QCOMPARE(redis.connectionCount, 4);
        const auto before = redis.commands.count("UNSUBSCRIBE");
        QVERIFY(bad.leave());
        WS_TRY_VERIFY(redis.commands.count("UNSUBSCRIBE") > before);
    }
}

QTEST_GUILESS_MAIN(TestRedisReplies)
#include "tst_redisreplies.moc"
