// SPDX-License-Identifier: MIT

// Servers on machines of their own, as network namespaces of Linux: one of them, or Redis, loses its network
// and gets it back. No message arrives twice or out of order, what a client lacks is exactly what the
// counters say, and the clients of one server hear each other all the time. How long it took is logged;
// nothing depends on it.

#include "brokerhistories.h"

#include "../ipcommand.h"
#include "../needed.h"

#include <QtCore/qelapsedtimer.h>

#include <unistd.h>

using namespace RedisTesting;

namespace {
enum class Cut : quint8 { Interface, Carrier, Silence };

// A machine with Redis, and others that are connected with it by a switch.
class Machines
{
public:
    explicit Machines(int count) : m_count(count)
    {
        isUp = runIp(u"netns add "_s + redis()) && onRedis(u"link set lo up"_s)
               && onRedis(u"link add switch address 02:00:00:00:00:01 type bridge"_s)
               && onRedis(u"address add %1/24 dev switch"_s.arg(address()))
               && onRedis(u"link set switch up"_s);
        for (int i = 0; i < count; ++i)
            isUp = isUp && add(i);
    }
    ~Machines()
    {
        for (int i = 0; i < m_count; ++i)
            (void)runIp(u"netns delete "_s + server(i));
        (void)runIp(u"netns delete "_s + redis());
    }
    Q_DISABLE_COPY_MOVE(Machines)

    static QString address() { return u"198.18.0.1"_s; }
    QStringList onRedis() const { return on(redis()); }
    QStringList onServer(int i) const { return on(server(i)); }

    bool cut(int i, Cut cut) const
    {
        switch (cut) {
        case Cut::Interface:
            return onServer(i, u"link set cable down"_s);
        case Cut::Carrier:
            return onRedis(u"link set port%1 down"_s.arg(i));
        case Cut::Silence: // neither side notices
            return onRedis(u"link set port%1 nomaster"_s.arg(i));
        }
        Q_UNREACHABLE();
    }
    bool mend(int i) const
    {
        return onServer(i, u"link set cable up"_s) && onRedis(u"link set port%1 up"_s.arg(i))
               && onRedis(u"link set port%1 master switch"_s.arg(i));
    }

    // Redis's machine loses what arrives from this port.
    bool dropFrom(const QByteArray &port) const
    {
        // The rule for local addresses is the first one otherwise.
        return onRedis(u"rule add pref 2 lookup local"_s) && onRedis(u"rule delete pref 0"_s)
               && onRedis(u"rule add pref 1 ipproto tcp sport %1 blackhole"_s.arg(QLatin1String(port)));
    }
    bool dropNoMore() const { return onRedis(u"rule delete pref 1"_s); }
    // Whether a server's machine still has something to send from this port.
    bool isSending(int i, const QByteArray &port) const
    {
        QProcess process;
        QStringList command = onServer(i) + QStringList({u"cat"_s, u"/proc/net/tcp"_s});
        process.start(command.takeFirst(), command);
        (void)process.waitForFinished(Patience);
        const QByteArray hex = QByteArray::number(port.toInt(), 16).toUpper().rightJustified(4, '0');
        const QByteArrayList lines = process.readAll().split('\n');
        return std::any_of(lines.begin(), lines.end(), [&](const QByteArray &line) {
            const QByteArrayList words = line.simplified().split(' ');
            const QByteArray state = words.value(3); // established, or its end is not acknowledged
            return words.value(1).endsWith(':' + hex) && (state == "01" || state == "04");
        });
    }

    bool isUp = false;

private:
    QString redis() const { return m_name + u"-redis"_s; }
    QString server(int i) const { return m_name + u"-%1"_s.arg(i); }
    static QStringList on(const QString &name) { return {u"ip"_s, u"netns"_s, u"exec"_s, name}; }
    bool onRedis(const QString &command) const { return runIp(u"-n "_s + redis() + u' ' + command); }
    bool onServer(int i, const QString &command) const
    {
        return runIp(u"-n "_s + server(i) + u' ' + command);
    }
    bool add(int i) const
    {
        return runIp(u"netns add "_s + server(i))
               && onRedis(u"link add port%1 type veth peer name cable netns %2"_s.arg(i).arg(server(i)))
               && onServer(i, u"address add 198.18.0.%1/24 dev cable"_s.arg(i + 2)) && mend(i);
    }

    const QString m_name = u"wskit-broker-%1"_s.arg(QCoreApplication::applicationPid());
    const int m_count;
};

// A server on each of them.
struct Network
{
    explicit Network(int count, const QStringList &redisOptions = {}, const QStringList &options = {})
        : machines(count),
          redis(QStringList({u"--bind"_s, Machines::address(), u"--protected-mode"_s, u"no"_s})
                    + redisOptions,
                machines.onRedis())
    {
        QUrl url = redis.url();
        url.setHost(Machines::address());
        hasBegun = redis.isRunning();
        for (int i = 0; i < count; ++i)
            hasBegun = hasBegun && cluster.add(url, options, machines.onServer(i));
        hasBegun = hasBegun && cluster.begin(redis);
    }
    // From where the first server publishes.
    QByteArray publishingPort() const
    {
        const QRegularExpression publishing(
            u" addr=198\\.18\\.0\\.2:(\\d+) .* cmd=(?:publish|eval|evalsha) "_s);
        const QString clients = QString::fromLatin1(redis.ask("CLIENT LIST TYPE normal"));
        return publishing.match(clients).captured(1).toLatin1();
    }
    const Machines machines;
    Redis redis;
    BrokerCluster cluster;
    bool hasBegun = false;
};

constexpr int Count = 100;
constexpr int Minute = 60'000;
constexpr int ShortInterval = 300;
} // namespace

class TestBrokerNetworks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void networkOfOneServerFails_data();
    void networkOfOneServerFails();
    void networkOfAllFails_data() { networkOfOneServerFails_data(); }
    void networkOfAllFails();
    void whatWasGivenUpDoesNotArriveLate();
    void historySurvivesTheNetworkOfOneServer_data() { networkOfOneServerFails_data(); }
    void historySurvivesTheNetworkOfOneServer();
    void historySurvivesTheNetworkOfAll_data() { networkOfOneServerFails_data(); }
    void historySurvivesTheNetworkOfAll();
    void whatWasGivenUpIsNotKeptTwice();
};

void TestBrokerNetworks::initTestCase()
{
    if (::geteuid() != 0)
        QSKIP("needs root, to create network namespaces");
    WS_NEED(u"ip"_s);
    if (!Machines(1).isUp)
        QSKIP("needs the right to create network namespaces and bridges");
}

void TestBrokerNetworks::networkOfOneServerFails_data()
{
    QTest::addColumn<int>("cut");
    QTest::newRow("interface down") << int(Cut::Interface);
    QTest::newRow("no carrier") << int(Cut::Carrier);
    QTest::newRow("packets dropped") << int(Cut::Silence);
}

void TestBrokerNetworks::networkOfOneServerFails()
{
    QFETCH(const int, cut);
    Network network(3);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    const BrokerSite &lonely = *cluster.sites[0];
    for (int i = 0; i < 2; ++i) {
        QVERIFY(cluster.pump(Count));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(network.machines.cut(0, Cut(cut)));
        QVERIFY(lonely.setCheckInterval(ShortInterval));
        QVERIFY(cluster.pumpUntil([&] { return !lonely.isBrokerOpen(); }));
        qInfo("noticed after %lld ms", timer.restart());
        QVERIFY(cluster.pump(Count)); // which waits for everybody to hear those of the same server
        QVERIFY(lonely.setCheckInterval(Minute));
        timer.restart();
        QVERIFY(network.machines.mend(0));
        QVERIFY(cluster.pumpUntil([&] { return lonely.isBrokerOpen(); }));
        qInfo("connected again after %lld ms", timer.elapsed());
        QVERIFY(cluster.pump(Count));
    }
    QVERIFY(cluster.finish());
    cluster.account("the network of one server fails");
    for (size_t i = 1; i <= 2; ++i) {
        QCOMPARE(cluster.sites[i]->interruptions(), 0);
        QCOMPARE(cluster.sites[i]->counters().unsent, 0);
        QCOMPARE(cluster.lackOf(*cluster.sites[i]->clients[0], cluster.sites[3 - i]->published), 0);
    }
}

void TestBrokerNetworks::networkOfAllFails()
{
    QFETCH(const int, cut);
    Network network(2);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    QVERIFY(cluster.pump(Count));
    for (int i = 0; i < 2; ++i)
        QVERIFY(network.machines.cut(i, Cut(cut))
                && cluster.sites[size_t(i)]->setCheckInterval(ShortInterval));
    QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
    QVERIFY(cluster.pump(Count));
    for (int i = 0; i < 2; ++i)
        QVERIFY(cluster.sites[size_t(i)]->setCheckInterval(Minute) && network.machines.mend(i));
    QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
    QVERIFY(cluster.pump(Count));
    QVERIFY(cluster.finish());
    cluster.account("the network of all servers fails");
}

// The system of a server goes on sending what a connection has not delivered, also after the broker has given
// it up: here one connection loses everything, and the network is in order otherwise.
void TestBrokerNetworks::whatWasGivenUpDoesNotArriveLate()
{
    constexpr int Rounds = 3;
    constexpr int Topics = 3;
    Network network(2);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    const auto &publisher = cluster.sites[0];
    const auto &receiver = cluster.sites[1];
    const QByteArray port = network.publishingPort();
    QVERIFY(!port.isEmpty());
    if (!network.machines.dropFrom(port))
        QSKIP("needs a kernel with rules for ports");
    for (int i = 0; i < Rounds; ++i)
        publisher->publish(0);
    WS_TRY_VERIFY(publisher->isAtRest());
    QVERIFY(publisher->setCheckInterval(ShortInterval));
    WS_TRY_COMPARE(publisher->interruptions(), 1);
    QVERIFY(publisher->setCheckInterval(Minute));
    WS_TRY_VERIFY(publisher->isBrokerOpen());
    publisher->publish(0);
    WS_TRY_VERIFY(receiver->hasLastOf(*publisher, 0));
    QVERIFY(network.machines.dropNoMore());
    WS_TRY_VERIFY(!network.machines.isSending(0, port));
    QVERIFY(cluster.finish());
    cluster.account("one connection loses everything");
    QCOMPARE(publisher->counters().unsent, Rounds * Topics);
    QCOMPARE(receiver->counters().missed, Rounds * Topics);
}

void TestBrokerNetworks::historySurvivesTheNetworkOfOneServer()
{
    QFETCH(const int, cut);
    Network network(3, KeepingRedis, KeepingServer);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    const BrokerSite &lonely = *cluster.sites[0];
    for (int i = 0; i < 2; ++i) {
        cluster.burst(Count);
        QVERIFY(network.machines.cut(0, Cut(cut)));
        cluster.burst(Count);
        QVERIFY(lonely.setCheckInterval(ShortInterval));
        QVERIFY(cluster.pumpUntil([&] { return !lonely.isBrokerOpen(); }));
        cluster.burst(Count);
        QVERIFY(lonely.setCheckInterval(Minute));
        QVERIFY(network.machines.mend(0));
        QVERIFY(cluster.pumpUntil([&] { return lonely.isBrokerOpen(); }));
        QVERIFY(cluster.pump(Count));
    }
    QVERIFY(cluster.finish());
    accountKept(cluster, network.redis, "the network of one server fails, with histories");
}

void TestBrokerNetworks::historySurvivesTheNetworkOfAll()
{
    QFETCH(const int, cut);
    Network network(2, KeepingRedis, KeepingServer);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    cluster.burst(Count);
    for (int i = 0; i < 2; ++i)
        QVERIFY(network.machines.cut(i, Cut(cut))
                && cluster.sites[size_t(i)]->setCheckInterval(ShortInterval));
    QVERIFY(cluster.pumpUntil([&] { return cluster.areAway(); }));
    cluster.burst(Count);
    for (int i = 0; i < 2; ++i)
        QVERIFY(cluster.sites[size_t(i)]->setCheckInterval(Minute) && network.machines.mend(i));
    QVERIFY(cluster.pumpUntil([&] { return cluster.areOpen(); }));
    QVERIFY(cluster.pump(Count));
    QVERIFY(cluster.finish());
    accountKept(cluster, network.redis, "the network of all servers fails, with histories");
}

// The old connection delivers what the new one has long delivered, and more has been published since.
void TestBrokerNetworks::whatWasGivenUpIsNotKeptTwice()
{
    Network network(2, KeepingRedis, KeepingServer);
    QVERIFY(network.hasBegun);
    BrokerCluster &cluster = network.cluster;
    const auto &publisher = cluster.sites[0];
    const QByteArray port = network.publishingPort();
    QVERIFY(!port.isEmpty());
    if (!network.machines.dropFrom(port))
        QSKIP("needs a kernel with rules for ports");
    for (int i = 0; i < Count; ++i)
        publisher->publish(0);
    QVERIFY(publisher->setCheckInterval(ShortInterval));
    WS_TRY_COMPARE(publisher->interruptions(), 1);
    QVERIFY(publisher->setCheckInterval(Minute));
    QVERIFY(cluster.pump(Count));
    QVERIFY(network.machines.dropNoMore());
    WS_TRY_VERIFY(!network.machines.isSending(0, port));
    QVERIFY(cluster.finish());
    accountKept(cluster, network.redis, "one connection loses everything, with histories");
}

QTEST_GUILESS_MAIN(TestBrokerNetworks)
#include "tst_brokernetworks.moc"
