// SPDX-License-Identifier: MIT

// Two server processes with many topics, and with many clients that subscribe and unsubscribe as fast as they
// can.

#include "brokerprocesses.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qrandom.h>
#include <QtCore/qset.h>

#include <array>

using namespace RedisTesting;

namespace {
QString topicOf(int index)
{
    return u"topic%1"_s.arg(index);
}

// A client, and the topics that it subscribes to.
struct Subscribed
{
    explicit Subscribed(const QUrl &url) : client(url) { }
    Client client;
    QSet<QString> topics;
};
using Crowd = std::vector<std::unique_ptr<Subscribed>>;

// Two processes, each with a publisher that subscribes to nothing.
class TwoProcesses
{
public:
    TwoProcesses()
    {
        for (int i = 0; i < 2; ++i) {
            processes.push_back(std::make_unique<ServerProcess>(redis.url(), QStringList(), QStringList()));
            publishers.push_back(std::make_unique<Client>(processes.back()->url()));
        }
    }
    bool areOpen() const
    {
        return std::all_of(publishers.begin(), publishers.end(), [](const auto &publisher) {
            return publisher->isOpen() && publisher->isBrokerOpen;
        });
    }
    // A local socket takes only some clients at a time.
    bool open(int count)
    {
        constexpr int AtOnce = 50;
        for (int i = 0; i < count; ++i) {
            const auto &process = processes[size_t(i) % 2];
            crowd.push_back(std::make_unique<Subscribed>(process->url()));
            const bool isLast = i % AtOnce == AtOnce - 1 || i == count - 1;
            if (isLast && !waitFor([this] { return crowd.back()->client.isOpen(); }))
                return false;
        }
        return waitFor([this] {
            return std::all_of(crowd.begin(), crowd.end(),
                               [](const auto &one) { return one->client.isOpen(); });
        });
    }
    void publish(size_t publisher, const QString &topic, const QString &name, int number)
    {
        publishers[publisher]->send(u"publish %1 %2 %3"_s.arg(topic, name).arg(number));
    }
    // How many of the two processes have a subscriber of it.
    int subscribedProcesses(const QString &topic) const
    {
        std::array<bool, 2> subscribes{};
        for (size_t i = 0; i < crowd.size(); ++i)
            subscribes[i % 2] = subscribes[i % 2] || crowd[i]->topics.contains(topic);
        return subscribes[0] + subscribes[1];
    }
    // Whether each client has received the number \a last of this publisher, of those of the topics that it
    // subscribes to.
    bool haveArrived(const QSet<QString> &topics, const QString &name, int last) const
    {
        return std::all_of(crowd.begin(), crowd.end(), [&](const auto &one) {
            const bool hasFew = one->topics.size() < topics.size();
            const QSet<QString> &fewer = hasFew ? one->topics : topics;
            const QSet<QString> &more = hasFew ? topics : one->topics;
            return std::all_of(fewer.begin(), fewer.end(), [&](const QString &topic) {
                return !more.contains(topic) || one->client.streams.value(topic + u' ' + name).last == last;
            });
        });
    }
    // Whether each client has received exactly the numbers before \a count, of this publisher and the topics
    // that it subscribes to.
    bool haveReceived(const QSet<QString> &topics, const QString &name, int count) const
    {
        return std::all_of(crowd.begin(), crowd.end(), [&](const auto &one) {
            return std::all_of(topics.begin(), topics.end(), [&](const QString &topic) {
                const Stream stream = one->client.streams.value(topic + u' ' + name);
                const int expected = one->topics.contains(topic) ? count : 0;
                return stream.count == expected && stream.last == expected - 1;
            });
        });
    }
    QStringList faults() const
    {
        QStringList faults;
        for (const auto &one : crowd)
            faults += one->client.faults;
        return faults;
    }

    Redis redis;
    std::vector<std::unique_ptr<ServerProcess>> processes;
    std::vector<std::unique_ptr<Client>> publishers;
    Crowd crowd; // those with an even index are clients of the first process
};
} // namespace

class TestBrokerCrowds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allTopicsAreSubscribedAgain();
    void redisFollowsAStormOfSubscriptions();
};

// To how many topics each subscribed connection of Redis subscribes.
static QList<int> subscriptionCounts(const Redis &redis)
{
    QList<int> counts;
    const QByteArrayList words = redis.ask("CLIENT LIST TYPE pubsub").split(' ');
    for (const QByteArray &word : words) {
        if (word.startsWith("sub="))
            counts.append(word.mid(4).toInt());
    }
    return counts;
}

void TestBrokerCrowds::allTopicsAreSubscribedAgain()
{
    constexpr int Topics = 100'000;
    constexpr int OfEach = 60'000; // some are subscribed by both processes
    constexpr int ClientsOfEach = 4;
    const QList<int> all(2, OfEach);
    TwoProcesses two;
    QVERIFY(two.open(2 * ClientsOfEach));
    for (int i = 0; i < 2 * OfEach; ++i) {
        const int topic = i % 2 == 0 ? i / 2 : Topics - 1 - i / 2;
        two.crowd[size_t(i % (2 * ClientsOfEach))]->topics.insert(topicOf(topic));
    }
    for (const auto &one : two.crowd)
        QCOMPARE(one->client.ask(u"subscribe "_s + one->topics.values().join(u' ')),
                 QStringList(u"subscribe"_s));
    WS_TRY_COMPARE(subscriptionCounts(two.redis), all);

    two.redis.stop();
    WS_TRY_VERIFY(!two.publishers[0]->isBrokerOpen && !two.publishers[1]->isBrokerOpen);
    QVERIFY(two.redis.start());
    QElapsedTimer timer;
    timer.start();
    WS_TRY_VERIFY(two.areOpen());
    qInfo("%d topics of two processes are subscribed again after %lld ms", Topics, timer.elapsed());
    QCOMPARE(subscriptionCounts(two.redis), all); // before connected() was emitted

    QSet<QString> chosen;
    QRandomGenerator random(1);
    while (chosen.size() < 1000)
        chosen.insert(topicOf(random.bounded(Topics)));
    for (int number = 0; number < 2; ++number) { // a copy of the first would come before the second
        for (const QString &topic : chosen)
            two.publish(0, topic, u"publisher"_s, number);
        WS_TRY_VERIFY(two.haveArrived(chosen, u"publisher"_s, number));
        QVERIFY(two.haveReceived(chosen, u"publisher"_s, number + 1));
    }
    QCOMPARE(two.faults(), QStringList());
}

// Subscribes to one more of the topics, or to none any more.
static void change(Subscribed *one, const QStringList &topics, QRandomGenerator *random)
{
    constexpr int Most = 2;
    if (one->topics.size() == Most || (!one->topics.isEmpty() && random->bounded(2) == 0)) {
        one->client.send(u"unsubscribe "_s + one->topics.values().join(u' '));
        one->topics.clear();
    } else {
        const QString topic = topics.at(random->bounded(topics.size()));
        one->client.send(u"subscribe "_s + topic);
        one->topics.insert(topic);
    }
}

// All at once, while messages are published.
static bool storm(TwoProcesses *two, const QStringList &topics, int rounds)
{
    QRandomGenerator random(1);
    for (int round = 0; round < rounds; ++round) {
        for (const auto &one : two->crowd)
            change(one.get(), topics, &random);
        for (size_t publisher = 0; publisher < 2; ++publisher) {
            for (const QString &topic : topics)
                two->publish(publisher, topic, u"storm%1"_s.arg(publisher), round);
        }
        QCoreApplication::processEvents();
    }
    return waitFor([=] {
        return std::all_of(two->crowd.begin(), two->crowd.end(),
                           [=](const auto &one) { return one->client.answers == rounds; });
    });
}

// Most topics have no subscriber at times.
void TestBrokerCrowds::redisFollowsAStormOfSubscriptions()
{
    QStringList topics;
    for (int i = 0; i < 400; ++i)
        topics.append(topicOf(i));
    const QSet<QString> all(topics.begin(), topics.end());
    TwoProcesses two;
    QVERIFY(two.open(2000));
    WS_TRY_VERIFY(two.areOpen());
    QVERIFY(storm(&two, topics, 20));

    QByteArray question = "PUBSUB NUMSUB";
    QByteArray answer = '*' + QByteArray::number(2 * topics.size()) + "\r\n";
    for (const QString &topic : topics) {
        const QByteArray channel = "wskit:" + topic.toUtf8();
        question += ' ' + channel;
        answer += '$' + QByteArray::number(channel.size()) + "\r\n" + channel
                  + "\r\n:" + QByteArray::number(two.subscribedProcesses(topic)) + "\r\n";
    }
    WS_TRY_COMPARE(two.redis.ask(question), answer + "+OK\r\n");

    for (int number = 0; number < 2; ++number) { // a copy of the first would come before the second
        for (const QString &topic : topics) {
            two.publish(0, topic, u"end0"_s, number);
            two.publish(1, topic, u"end1"_s, number);
        }
        for (const QString &name : {u"end0"_s, u"end1"_s}) {
            WS_TRY_VERIFY(two.haveArrived(all, name, number));
            QVERIFY(two.haveReceived(all, name, number + 1));
        }
    }
    QCOMPARE(two.faults(), QStringList());
    for (const auto &publisher : two.publishers) {
        QCOMPARE(publisher->ask(u"counters"_s).join(u' '), u"counters 0 0 0"_s);
        QCOMPARE(publisher->interruptions, 0);
    }
}

QTEST_GUILESS_MAIN(TestBrokerCrowds)
#include "tst_brokercrowds.moc"
