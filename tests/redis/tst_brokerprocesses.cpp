// SPDX-License-Identifier: MIT

// Several server processes that share topics over Redis, while Redis, its connections or one of the servers
// fails: no message arrives twice or out of order, and what a client lacks is exactly what the counters say,
// which is nothing of topics with a history.

#include "brokerhistories.h"

using namespace RedisTesting;

class TestBrokerProcesses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingArrives_data();
    void everythingArrives();
    void redisIsKilledAtRest();
    void redisIsKilledUnderLoad();
    void redisIsStopped();
    void connectionsAreEnded_data();
    void connectionsAreEnded();
    void serverIsKilled();
    void redisHasNoMemoryLeft();
    void stoppedServerIsCutOff();
    void historyHasEverything_data() { everythingArrives_data(); }
    void historyHasEverything();
    void historySurvivesKilledRedis();
    void historySurvivesStoppedRedis();
    void historySurvivesEndedConnections_data() { connectionsAreEnded_data(); }
    void historySurvivesEndedConnections();
    void clientsOfAKilledServerGoOnAtAnother();
    void everythingIsKilledInTurn();
};

namespace {
constexpr int Count = 100;
constexpr int Minute = 60'000;

bool setCheckIntervals(const BrokerCluster &cluster, int milliseconds)
{
    return std::all_of(cluster.sites.begin(), cluster.sites.end(),
                       [=](const auto &site) { return site->setCheckInterval(milliseconds); });
}

int interruptionsOf(const BrokerCluster &cluster)
{
    return std::accumulate(cluster.sites.begin(), cluster.sites.end(), 0,
                           [](int sum, const auto &site) { return sum + site->interruptions(); });
}

void verifyNoLoss(const BrokerCluster &cluster)
{
    for (const auto &site : cluster.sites) {
        QCOMPARE(site->interruptions(), 0);
        QCOMPARE(site->counters().unsent, 0);
        QCOMPARE(site->counters().missed, 0);
    }
}

// Some processes that have begun.
struct Started
{
    explicit Started(int count, const QStringList &redisOptions = {}, const QStringList &options = {})
        : redis(redisOptions)
    {
        hasBegun = redis.isRunning();
        for (int i = 0; i < count; ++i)
            hasBegun = cluster.add(redis.url(), options) && hasBegun;
        hasBegun = hasBegun && cluster.begin(redis);
    }
    Redis redis;
    BrokerCluster cluster;
    bool hasBegun = false;
};

// The same with topics that have a history.
struct StartedKeeping : Started
{
    explicit StartedKeeping(int count) : Started(count, KeepingRedis, KeepingServer) { }
};

// While much is under way, and while still more is published; what was published comes afterwards.
bool killRedis(StartedKeeping *started)
{
    BrokerCluster &cluster = started->cluster;
    cluster.burst(Count);
    started->redis.stop();
    if (!cluster.pumpUntil([&] { return cluster.areAway(); }))
        return false;
    cluster.burst(Count);
    return started->redis.start() && cluster.pumpUntil([&] { return cluster.areOpen(); })
           && cluster.pump(Count);
}

// While much of it is under way. Its clients go on at the first one of those that are left.
bool killServer(BrokerCluster *cluster, size_t index)
{
    BrokerSite &site = *cluster->sites[index];
    const qint64 before = site.clients[0]->received;
    cluster->burst(Count);
    if (!waitFor([&] { return site.clients[0]->received > before; }))
        return false;
    site.process.kill();
    return site.moveTo(*cluster->sites.front());
}
} // namespace

void TestBrokerProcesses::everythingArrives_data()
{
    QTest::addColumn<int>("processes");
    QTest::newRow("two processes") << 2;
    QTest::newRow("four processes") << 4;
}

void TestBrokerProcesses::everythingArrives()
{
    QFETCH(const int, processes);
    Started started(processes);
    QVERIFY(started.hasBegun);
    QVERIFY(started.cluster.pump(Count));
    QVERIFY(started.cluster.finish());
    started.cluster.account("nothing happens");
    verifyNoLoss(started.cluster);
}

// With nothing under way, the publishers know every loss as well.
void TestBrokerProcesses::redisIsKilledAtRest()
{
    Started started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    started.redis.stop();
    WS_TRY_VERIFY(cluster.areAway());
    QVERIFY(cluster.pump(Count));
    QVERIFY(started.redis.start());
    QVERIFY(cluster.finish());
    cluster.account("Redis is killed at rest");
    for (const auto &site : cluster.sites) {
        qint64 unsentByOthers = 0;
        for (const auto &other : cluster.sites)
            unsentByOthers += other == site ? 0 : other->counters().unsent;
        QCOMPARE(site->counters().missed, unsentByOthers);
        QCOMPARE(site->counters().unsent, site->counters().refused);
        QVERIFY(site->counters().unsent >= 2 * 3 * Count); // clients and topics
    }
}

void TestBrokerProcesses::redisIsKilledUnderLoad()
{
    Started started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(cluster.pump(Count));
        started.redis.stop();
        QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
        QVERIFY(cluster.pump(Count));
        QVERIFY(started.redis.start());
        QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
        QVERIFY(cluster.pump(Count));
    }
    QVERIFY(cluster.finish());
    cluster.account("Redis is killed under load");
    QCOMPARE(interruptionsOf(cluster), 3 * 3);
}

void TestBrokerProcesses::redisIsStopped()
{
    Started started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(cluster.pump(Count));
        started.redis.pause();
        QVERIFY(setCheckIntervals(cluster, 300));
        QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
        QVERIFY(cluster.pump(Count));
        QVERIFY(setCheckIntervals(cluster, Minute));
        started.redis.resume();
        QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
        QVERIFY(cluster.pump(Count));
    }
    QVERIFY(cluster.finish());
    cluster.account("Redis is stopped");
}

void TestBrokerProcesses::connectionsAreEnded_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::newRow("subscribed") << QByteArray("CLIENT KILL TYPE pubsub");
    QTest::newRow("publishing") << QByteArray("CLIENT KILL TYPE normal");
}

// By Redis, which goes on itself.
void TestBrokerProcesses::connectionsAreEnded()
{
    QFETCH(const QByteArray, command);
    Started started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (int i = 1; i <= 5; ++i) {
        QVERIFY(cluster.pump(10));
        started.redis.ask(command);
        QVERIFY(cluster.pumpUntil([&] { return interruptionsOf(cluster) == 3 * i && cluster.areOpen(); }));
    }
    QVERIFY(cluster.finish());
    cluster.account(command.constData());
}

// Of the killed process, the others have got the same, without a gap. What comes after that cannot be
// counted.
void TestBrokerProcesses::serverIsKilled()
{
    Started started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    QVERIFY(cluster.pump(Count));
    QVERIFY(cluster.pumpUntil([&] { return !cluster.areAtRest(); }));
    const std::unique_ptr<BrokerSite> killed = std::move(cluster.sites.front());
    cluster.sites.erase(cluster.sites.begin());
    killed->process.kill();
    QVERIFY(cluster.pump(Count));
    QVERIFY(cluster.finish());
    cluster.account("a server is killed, the others");
    verifyNoLoss(cluster);
    QVERIFY(!killed->published.isEmpty());
    for (auto entry = killed->published.begin(); entry != killed->published.end(); ++entry) {
        const Stream expected = cluster.sites.front()->clients.front()->streams.value(entry.key());
        QVERIFY(expected.count > Count && expected.count <= entry.value());
        QCOMPARE(expected.last, expected.count - 1);
        for (const auto &site : cluster.sites) {
            for (const auto &client : site->clients) {
                QCOMPARE(client->streams.value(entry.key()).last, expected.last);
                QCOMPARE(client->streams.value(entry.key()).count, expected.count);
            }
        }
    }
    QVERIFY(cluster.add(started.redis.url()));
    QVERIFY(cluster.begin(started.redis));
    QVERIFY(cluster.pump(Count));
    QVERIFY(cluster.finish());
    cluster.account("a server is killed, and started again");
    verifyNoLoss(cluster);
}

// Redis then refuses to keep anything more, but not to pass messages on.
void TestBrokerProcesses::redisHasNoMemoryLeft()
{
    Started started(2, {u"--maxmemory"_s, u"100kb"_s, u"--maxmemory-policy"_s, u"noeviction"_s});
    QVERIFY(started.hasBegun);
    QVERIFY(started.redis.ask("SET key value").startsWith("-OOM"));
    QVERIFY(started.cluster.pump(Count));
    QVERIFY(started.cluster.finish());
    started.cluster.account("Redis has no memory left");
    verifyNoLoss(started.cluster);
}

// Redis has a limit for what a subscriber has not taken.
void TestBrokerProcesses::stoppedServerIsCutOff()
{
    Started started(3, {u"--client-output-buffer-limit"_s, u"pubsub 1mb 0 0"_s});
    QVERIFY(started.hasBegun);
    const auto &publisher = started.cluster.sites[0];
    const auto &other = started.cluster.sites[1];
    const auto &stopped = started.cluster.sites[2];
    publisher->padding = QString(50'000, u'x');
    for (int i = 1; i <= 2; ++i) {
        stopped->process.pause();
        while (started.redis.subscriptions("wskit:news") == 3) {
            publisher->publish(0);
            WS_TRY_VERIFY(other->hasLastOf(*publisher, 0)); // so that it is not cut off
        }
        stopped->process.resume();
        WS_TRY_COMPARE(stopped->interruptions(), i);
        QVERIFY(waitFor([&] { return stopped->isBrokerOpen(); }));
    }
    QVERIFY(started.cluster.finish());
    started.cluster.account("a server is stopped and cut off");
    QVERIFY(stopped->counters().missed > 0);
    for (const auto &site : {publisher.get(), other.get()}) {
        QCOMPARE(site->interruptions(), 0);
        QCOMPARE(site->counters().unsent, 0);
        QCOMPARE(site->counters().missed, 0);
    }
}

void TestBrokerProcesses::historyHasEverything()
{
    QFETCH(const int, processes);
    StartedKeeping started(processes);
    QVERIFY(started.hasBegun);
    started.cluster.burst(Count);
    QVERIFY(started.cluster.pump(Count));
    QVERIFY(started.cluster.finish());
    accountKept(started.cluster, started.redis, "nothing happens");
    verifyNoLoss(started.cluster);
}

void TestBrokerProcesses::historySurvivesKilledRedis()
{
    StartedKeeping started(3);
    QVERIFY(started.hasBegun);
    for (int i = 0; i < 3; ++i)
        QVERIFY(killRedis(&started));
    QVERIFY(started.cluster.finish());
    accountKept(started.cluster, started.redis, "Redis is killed, with histories");
    QCOMPARE(interruptionsOf(started.cluster), 3 * 3);
}

void TestBrokerProcesses::historySurvivesStoppedRedis()
{
    StartedKeeping started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(cluster.pump(Count));
        started.redis.pause();
        cluster.burst(Count);
        QVERIFY(setCheckIntervals(cluster, 300));
        QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
        cluster.burst(Count);
        QVERIFY(setCheckIntervals(cluster, Minute));
        started.redis.resume();
        QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
    }
    QVERIFY(cluster.finish());
    accountKept(cluster, started.redis, "Redis is stopped, with histories");
}

void TestBrokerProcesses::historySurvivesEndedConnections()
{
    QFETCH(const QByteArray, command);
    StartedKeeping started(3);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (int i = 1; i <= 5; ++i) {
        cluster.burst(Count);
        started.redis.ask(command);
        QVERIFY(cluster.pumpUntil([&] { return interruptionsOf(cluster) == 3 * i && cluster.areOpen(); }));
    }
    QVERIFY(cluster.finish());
    accountKept(cluster, started.redis, command.constData());
}

void TestBrokerProcesses::clientsOfAKilledServerGoOnAtAnother()
{
    StartedKeeping started(4);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (size_t killed = 3; killed > 0; --killed) {
        QVERIFY(cluster.pump(Count));
        QVERIFY(killServer(&cluster, killed));
        QVERIFY(cluster.pump(Count));
        for (const auto &client : cluster.sites[killed]->clients)
            QCOMPARE(client->replays, 3); // topics
    }
    QVERIFY(cluster.finish());
    accountKept(cluster, started.redis, "three of four servers are killed");
}

void TestBrokerProcesses::everythingIsKilledInTurn()
{
    StartedKeeping started(4);
    BrokerCluster &cluster = started.cluster;
    QVERIFY(started.hasBegun);
    for (size_t killed = 3; killed > 1; --killed) {
        QVERIFY(killRedis(&started));
        started.redis.stop();
        QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
        cluster.sites[killed]->process.kill();
        QVERIFY(cluster.sites[killed]->moveTo(*cluster.sites.front()));
        cluster.burst(Count);
        QVERIFY(started.redis.start());
        QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
    }
    QVERIFY(cluster.finish());
    accountKept(cluster, started.redis, "Redis and servers are killed");
}

QTEST_GUILESS_MAIN(TestBrokerProcesses)
#include "tst_brokerprocesses.moc"
