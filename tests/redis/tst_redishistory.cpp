// SPDX-License-Identifier: MIT

// Topics of which Redis keeps the messages: what it has of them, and what clients get that come later.

#include "redishistorytesting.h"

#include "redis/wsredisscripts.h"

using namespace RedisHistoryTesting;

class TestRedisHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientGoesOnAtAnotherServer_data();
    void clientGoesOnAtAnotherServer();
    void nullIdIsTheBeginning_data();
    void nullIdIsTheBeginning();
    void lengthAndTimeAreLimited();
    void largeMessagesAreReadOneByOne();
    void otherProgramsAddMessages();
    void databasesAndPrefixesAreSeparate();
    void keyOfAnotherTypeIsReported();
    void messagesAreAddedOnceAndInOrder();
    void timeToLiveMayBeEndless();
    void tooLargeMessagesAreLeftOut();
    void idsBeyondTheEndAreIncomplete_data();
    void idsBeyondTheEndAreIncomplete();
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

void TestRedisHistory::nullIdIsTheBeginning_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("report");
    QTest::newRow("whatever is kept") << u"0"_s << u"replayed log yes"_s;
    QTest::newRow("since the history was empty") << u"0-0"_s << u"replayed log no"_s;
}

// Redis does not know whether it has kept all that there ever was.
void TestRedisHistory::nullIdIsTheBeginning()
{
    QFETCH(const QString, id);
    QFETCH(const QString, report);
    Two two;
    QVERIFY(two.waitUntilOpen());
    two.one.publish(0, 3);
    WS_TRY_COMPARE(numberIn(two.redis.ask("XLEN wskit:history:log")), 3);
    Reader reader(Topic, id);
    QVERIFY(reader.open(two.other.site));
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
    WS_TRY_COMPARE(reader.reports, QStringList(report));
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
