// SPDX-License-Identifier: MIT

// Who subscribes to topics, on servers that share them over Redis.

#include "redistesting.h"

#include "presencetesting.h"

using namespace RedisTesting;

namespace {
// Expires soon, but not on a busy machine before its heartbeat has been sent.
constexpr std::chrono::milliseconds Short = 2s;

// A server with a broker of its own.
struct RedisSite
{
    explicit RedisSite(const QUrl &redis, std::chrono::milliseconds timeToLive = 1h)
        : broker(redis), house(&broker)
    {
        broker.setPresence(u"room*"_s, timeToLive);
    }
    QStringList members() const { return house.members(); }
    QuickBroker broker;
    House house;
};
} // namespace

class TestRedisPresence : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void membersAreKnownEverywhere_data();
    void membersAreKnownEverywhere();
    void deletedBrokerSaysSo_data();
    void deletedBrokerSaysSo();
    void killedProcessExpires();
    void redisIsRestarted();
    void otherProgramsCanRead();
};

namespace {
void addSockets()
{
    QTest::addColumn<bool>("isLocal");
    QTest::newRow("TCP") << false;
    QTest::newRow("local socket") << true;
}
} // namespace

void TestRedisPresence::membersAreKnownEverywhere_data()
{
    addSockets();
}

void TestRedisPresence::membersAreKnownEverywhere()
{
    QFETCH(const bool, isLocal);
    const Redis redis;
    const QUrl url = isLocal ? redis.localUrl() : redis.url();
    RedisSite one(url);
    RedisSite other(url);
    RedisSite watching(url);
    watching.broker.watchMembers(u"room"_s);
    one.house.enter(u"Ann"_s);
    WsClient *const bob = other.house.enter(u"Bob"_s);
    one.house.enter(u"Bob"_s);
    other.house.enter(u"J\u00FCrgen \"\U0001F600\""_s);
    const QStringList all{u"Ann"_s, u"Bob"_s, u"J\u00FCrgen \"\U0001F600\""_s};
    for (const RedisSite *site : {&one, &other, &watching}) {
        WS_TRY_COMPARE(site->members(), all);
        WS_TRY_VERIFY(site->house.areEventsRight());
    }
    bob->close();
    one.house.clients.front()->close();
    for (const RedisSite *site : {&one, &other, &watching}) {
        WS_TRY_COMPARE(site->members(), all.mid(1));
        WS_TRY_COMPARE(site->house.events.size(), 4);
        QVERIFY(site->broker.errors.isEmpty());
        QCOMPARE(site->broker.messagesUnsent() + site->broker.messagesMissed(), 0);
    }
}

void TestRedisPresence::deletedBrokerSaysSo_data()
{
    addSockets();
}

void TestRedisPresence::deletedBrokerSaysSo()
{
    QFETCH(const bool, isLocal);
    const Redis redis;
    const QUrl url = isLocal ? redis.localUrl() : redis.url();
    auto one = std::make_unique<RedisSite>(url);
    RedisSite other(url);
    one->house.enter(u"Ann"_s);
    other.house.enter(u"Bob"_s);
    WS_TRY_COMPARE(other.members(), QStringList({u"Ann"_s, u"Bob"_s}));
    one.reset();
    WS_TRY_COMPARE(other.members(), QStringList(u"Bob"_s));
}

void TestRedisPresence::killedProcessExpires()
{
    const Redis redis;
    RedisSite here(redis.url(), Short);
    here.house.enter(u"Ann"_s);
    QProcess other; // see main()
    other.setProcessChannelMode(QProcess::ForwardedChannels);
    other.start(QCoreApplication::applicationFilePath(), {u"--member"_s, redis.url().toString()});
    WS_TRY_COMPARE(here.members(), QStringList({u"Ann"_s, u"elsewhere"_s}));
    other.kill();
    QVERIFY(other.waitForFinished(Patience));
    WS_TRY_COMPARE(here.members(), QStringList(u"Ann"_s));
    WS_TRY_VERIFY(here.house.events.endsWith(u"-elsewhere"_s));
}

void TestRedisPresence::redisIsRestarted()
{
    Redis redis;
    RedisSite one(redis.url());
    RedisSite other(redis.url());
    WsClient *const ann = one.house.enter(u"Ann"_s);
    one.house.enter(u"Bob"_s);
    other.house.enter(u"Cid"_s);
    WS_TRY_COMPARE(one.members().size(), 3);
    WS_TRY_COMPARE(other.members().size(), 3);
    redis.stop();
    QVERIFY(waitForState(one.broker, Ws::Connecting));
    QVERIFY(waitForState(other.broker, Ws::Connecting));
    ann->close();
    WS_TRY_COMPARE(one.members(), QStringList({u"Bob"_s, u"Cid"_s}));
    QCOMPARE(other.members().size(), 3);
    QVERIFY(redis.start());
    WS_TRY_COMPARE(other.members(), QStringList({u"Bob"_s, u"Cid"_s}));
    other.house.enter(u"Dan"_s);
    WS_TRY_COMPARE(one.members(), QStringList({u"Bob"_s, u"Cid"_s, u"Dan"_s}));
    QVERIFY(!one.house.events.contains(u"-Cid"_s));
    QVERIFY(!other.house.events.contains(u"-Bob"_s));
}

void TestRedisPresence::otherProgramsCanRead()
{
    const Redis redis;
    RedisSite site(redis.url());
    QTcpSocket reader;
    reader.connectToHost(QHostAddress::LocalHost, redis.port);
    reader.write("SUBSCRIBE wskit:wskit.presence/room\r\n");
    QByteArray read;
    QVERIFY(waitFor([&] { return (read += reader.readAll()).contains("subscribe"); }));
    site.house.enter(u"Ann"_s);
    QVERIFY(waitFor([&] { return (read += reader.readAll()).contains(R"("members":["Ann"])"); }));
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == u"--member"_s) {
        RedisSite site(QUrl(arguments.value(2)), Short);
        site.house.enter(u"elsewhere"_s);
        return QCoreApplication::exec();
    }
    TestRedisPresence test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_redispresence.moc"
