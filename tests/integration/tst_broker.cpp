// SPDX-License-Identifier: MIT

// Servers that share topics by a broker, each with a broker object of its own, as in processes of their own.

#include "brokerpairs.h"
#include "../testprogram.h"

using namespace BrokerTesting;

namespace {
// No more than what a broker has to implement.
class BareBroker : public WsBroker
{
public:
    using WsBroker::countUnsent;
    using WsBroker::deliver;
    using WsBroker::refuse;
    using WsBroker::setState;

    QList<WsBrokerMessage> sent;

protected:
    bool send(const WsBrokerMessage &message) override
    {
        sent.append(message);
        return true;
    }
    void subscribe(const QString &) override { }
    void unsubscribe(const QString &) override { }
};
} // namespace

class TestBroker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void publishedReachesTheOtherServer_data();
    void publishedReachesTheOtherServer();
    void messagesKeepTheirType();
    void publishReturnsTheLocalCount();
    void broadcastStaysLocal();
    void topicIsSubscribedOnce_data();
    void topicIsSubscribedOnce();
    void topicEndsWithItsServer_data();
    void topicEndsWithItsServer();
    void serversShareABroker();
    void publishedWithinAnotherComesAfterIt();
    void topicsMoveToAnotherBroker();
    void serverGoesOnWithoutItsBroker_data();
    void serverGoesOnWithoutItsBroker();
    void losesAreCounted();
    void whatIsOnItsWayIsLost();
    void slotsMayChangeTheState();
    void messagesWaitForTheConnection();
    void waitingIsLimited();
    void tooLargeMessagesStayLocal();
    void longNamesStayLocal();
    void keyTravelsAlong();
    void programsWithoutAServerPublish();
    void dataOfOtherProgramsArrives();
    void secondDeliveryIsIgnored();
    void figuresAreInTheMetrics();
    void limitsHaveDefaults();
    void simplestBrokerHasNoHistory();
};

void TestBroker::publishedReachesTheOtherServer_data()
{
    addThreads();
}

void TestBroker::publishedReachesTheOtherServer()
{
    QFETCH(const int, threads);
    Two two(threads);
    Subscriber *const here = two.one.subscribe(u"news"_s);
    QList<Subscriber *> there;
    for (int i = 0; i < 4; ++i)
        there.append(two.subscribe(u"news"_s));
    Subscriber *const elsewhere = two.subscribe(u"sport"_s);
    const int count = 100;
    for (int i = 0; i < count; ++i)
        QCOMPARE(two.one.server.publish(u"news"_s, QString::number(i)), 1);
    for (Subscriber *subscriber : there)
        WS_TRY_COMPARE(subscriber->messages, numbersUntil(count));
    WS_TRY_COMPARE(here->messages, numbersUntil(count));
    QVERIFY(elsewhere->messages.isEmpty());
    QCOMPARE(two.brokers[0].messagesUnsent(), 0);
    QCOMPARE(two.brokers[1].messagesMissed(), 0);
}

void TestBroker::messagesKeepTheirType()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    QList<WsMessage> received;
    connect(&there->client, &WsClient::messageReceived, this,
            [&](const WsMessage &message) { received.append(message); });
    const QList<WsMessage> sent{WsMessage::text("text"), WsMessage::binary(QByteArray("\0\xFF", 2)),
                                WsMessage::text(""), WsMessage::binary({}),
                                WsMessage::binary(QByteArray(100'000, 'x'))};
    for (const WsMessage &message : sent)
        two.one.server.publish(u"news"_s, message);
    WS_TRY_COMPARE(received, sent);
}

void TestBroker::publishReturnsTheLocalCount()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    QCOMPARE(two.one.server.publish(u"news"_s, u"a"_s), 0);
    two.one.subscribe(u"news"_s);
    two.one.subscribe(u"news"_s);
    WS_TRY_COMPARE(two.one.server.subscriberCount(u"news"_s), 2);
    QCOMPARE(two.one.server.publish(u"news"_s, u"b"_s), 2);
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"b"_s}));
}

void TestBroker::broadcastStaysLocal()
{
    Two two;
    Subscriber *const here = two.one.subscribe(u"news"_s);
    Subscriber *const there = two.subscribe(u"news"_s);
    QCOMPARE(two.one.server.broadcast(u"local"_s), 1);
    two.one.server.publish(u"news"_s, u"end"_s);
    WS_TRY_COMPARE(here->messages, QStringList({u"local"_s, u"end"_s}));
    WS_TRY_COMPARE(there->messages, QStringList(u"end"_s));
}

void TestBroker::topicIsSubscribedOnce_data()
{
    addThreads();
}

void TestBroker::topicIsSubscribedOnce()
{
    QFETCH(const int, threads);
    RecordingBroker broker;
    Site site(&broker, threads);
    for (int i = 0; i < 5; ++i)
        site.subscribe(u"news"_s);
    WS_TRY_COMPARE(site.server.subscriberCount(u"news"_s), 5);
    WS_TRY_COMPARE(broker.calls, QStringList(u"+news"_s));
    while (site.subscribers.size() > 1)
        site.subscribers.pop_back();
    WS_TRY_COMPARE(site.server.subscriberCount(u"news"_s), 1);
    QVERIFY(site.server.publish(u"news"_s, u"still"_s) == 1);
    WS_TRY_COMPARE(site.subscribers.front()->messages, QStringList(u"still"_s));
    QCOMPARE(broker.calls, QStringList(u"+news"_s));
    QCOMPARE(broker.topics(), QStringList(u"news"_s));
    site.subscribers.clear();
    WS_TRY_COMPARE(broker.calls, QStringList({u"+news"_s, u"-news"_s}));
    QVERIFY(broker.topics().isEmpty());
}

void TestBroker::topicEndsWithItsServer_data()
{
    QTest::addColumn<int>("threads");
    QTest::addColumn<QString>("ending");
    for (const int threads : {0, 2}) {
        for (const QString &ending : {u"unsubscribe"_s, u"close"_s, u"delete"_s, u"no broker"_s})
            QTest::addRow("%s, %d threads", qPrintable(ending), threads) << threads << ending;
    }
}

void TestBroker::topicEndsWithItsServer()
{
    QFETCH(const int, threads);
    QFETCH(const QString, ending);
    RecordingBroker broker;
    auto site = std::make_unique<Site>(&broker, threads);
    site->subscribe(u"news"_s);
    WS_TRY_COMPARE(broker.calls, QStringList(u"+news"_s));
    if (ending == u"unsubscribe"_s)
        site->server.unsubscribe(site->server.connections().constFirst(), u"news"_s);
    else if (ending == u"close"_s)
        site->server.close();
    else if (ending == u"delete"_s)
        site.reset();
    else
        site->server.setBroker(nullptr);
    WS_TRY_COMPARE(broker.calls, QStringList({u"+news"_s, u"-news"_s}));
}

void TestBroker::serversShareABroker()
{
    RecordingBroker broker;
    Site one(&broker);
    Site other(&broker, 1);
    Subscriber *const here = one.subscribe(u"news"_s);
    Subscriber *const there = other.subscribe(u"news"_s);
    QCOMPARE(one.server.publish(u"news"_s, u"a"_s), 1);
    QCOMPARE(other.server.publish(u"news"_s, u"b"_s), 1);
    QCOMPARE(one.server.publish(u"news"_s, u"c"_s), 1);
    for (Subscriber *subscriber : {here, there})
        WS_TRY_COMPARE(subscriber->messages, QStringList({u"a"_s, u"b"_s, u"c"_s}));
    QCOMPARE(broker.calls, QStringList(u"+news"_s));
    one.subscribers.clear();
    WS_TRY_COMPARE(one.server.subscriberCount(u"news"_s), 0);
    other.server.publish(u"news"_s, u"d"_s);
    one.server.publish(u"news"_s, u"e"_s);
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"b"_s, u"c"_s, u"d"_s, u"e"_s}));
    QCOMPARE(broker.topics(), QStringList(u"news"_s));
}

// A slot of one server's connection publishes at the other server, to both of them.
void TestBroker::publishedWithinAnotherComesAfterIt()
{
    RecordingBroker broker;
    Site one(&broker);
    Site other(&broker);
    const std::array sites{&one, &other};
    std::vector<Subscriber *> subscribers;
    for (Site *const site : sites)
        subscribers.push_back(site->subscribe(u"news"_s));
    for (size_t i = 0; i < sites.size(); ++i) {
        bool hasPublished = false;
        Site *const from = sites.at(i);
        WsConnection *const connection = sites.at(1 - i)->server.connections().constFirst();
        connect(connection, &WsConnection::messageSent, &from->server, [&hasPublished, from] {
            if (!std::exchange(hasPublished, true))
                QCOMPARE(from->server.publish(u"news"_s, u"second"_s), 1);
        });
        QCOMPARE(from->server.publish(u"news"_s, u"first"_s), 1);
        for (Subscriber *const subscriber : subscribers)
            WS_TRY_COMPARE(subscriber->messages, QStringList({u"first"_s, u"second"_s}));
        QVERIFY(hasPublished);
        connection->disconnect(&from->server);
        for (Subscriber *const subscriber : subscribers)
            subscriber->messages.clear();
    }
}

void TestBroker::topicsMoveToAnotherBroker()
{
    Two two;
    RecordingBroker quiet(u"another"_s);
    RecordingBroker quietToo(u"another"_s);
    Subscriber *const there = two.subscribe(u"news"_s);
    two.other.server.setBroker(&quiet);
    QCOMPARE(two.other.server.broker(), &quiet);
    WS_TRY_COMPARE(two.brokers[1].calls, QStringList({u"+news"_s, u"-news"_s}));
    WS_TRY_COMPARE(quiet.calls, QStringList(u"+news"_s));
    two.one.server.publish(u"news"_s, u"not heard"_s);
    QVERIFY(quietToo.publish(u"news"_s, WsMessage::text("heard")));
    WS_TRY_COMPARE(there->messages, QStringList(u"heard"_s));
}

void TestBroker::serverGoesOnWithoutItsBroker_data()
{
    addThreads();
}

void TestBroker::serverGoesOnWithoutItsBroker()
{
    QFETCH(const int, threads);
    auto broker = std::make_unique<RecordingBroker>();
    Site site(broker.get(), threads);
    Subscriber *const here = site.subscribe(u"news"_s);
    QCOMPARE(site.server.broker(), broker.get());
    broker.reset();
    QCOMPARE(site.server.broker(), nullptr);
    QCOMPARE(site.server.publish(u"news"_s, u"a"_s), 1);
    WS_TRY_COMPARE(here->messages, QStringList(u"a"_s));
    site.subscribe(u"sport"_s);
    const QList<WsConnection *> connections = site.server.connections();
    for (int i = 0; i < 1000; ++i)
        site.server.subscribe(connections.constFirst(), QString::number(i));
    RecordingBroker next;
    site.server.setBroker(&next);
    WS_TRY_COMPARE(next.topics().size(), 1002);
}

void TestBroker::losesAreCounted()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    QSignalSpy disconnections(&two.brokers[0], &WsBroker::disconnected);
    QSignalSpy connections(&two.brokers[0], &WsBroker::connected);
    Subscriber *const here = two.one.subscribe(u"news"_s);
    two.one.server.publish(u"news"_s, u"a"_s);
    two.brokers[0].setConnected(false);
    QCOMPARE(two.brokers[0].state(), Ws::Connecting);
    QCOMPARE(disconnections.size(), 1);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(two.one.server.publish(u"news"_s, u"lost"_s), 1);
    QVERIFY(!two.brokers[0].publish(u"news"_s, WsMessage::text("lost")));
    QCOMPARE(two.brokers[0].messagesUnsent(), 4);
    two.brokers[0].setConnected(true);
    QCOMPARE(connections.size(), 1);
    two.one.server.publish(u"news"_s, u"b"_s);
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"b"_s}));
    QCOMPARE(two.brokers[1].messagesMissed(), 4);

    two.brokers[1].setConnected(false); // the receiver is away
    two.one.server.publish(u"news"_s, u"lost"_s);
    two.brokers[1].setConnected(true);
    two.one.server.publish(u"news"_s, u"c"_s);
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"b"_s, u"c"_s}));
    QCOMPARE(two.brokers[1].messagesMissed(), 5);
    QCOMPARE(two.brokers[0].messagesUnsent(), 4);
    WS_TRY_COMPARE(here->messages.size(), 8); // locally nothing is lost
}

// What is on its way when the connection ends does not arrive either.
void TestBroker::whatIsOnItsWayIsLost()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    two.one.server.publish(u"news"_s, u"a"_s);
    WS_TRY_COMPARE(there->messages, QStringList(u"a"_s));
    two.one.server.publish(u"news"_s, u"lost"_s);
    two.brokers[1].setConnected(false);
    two.brokers[1].setConnected(true);
    two.one.server.publish(u"news"_s, u"b"_s);
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"b"_s}));
    QCOMPARE(two.brokers[1].messagesMissed(), 1);
}

void TestBroker::slotsMayChangeTheState()
{
    RecordingBroker broker;
    broker.setConnected(false);
    QStringList seen;
    connect(&broker, &WsBroker::connected, this, [&] { seen.append(u"connected"_s); });
    connect(&broker, &WsBroker::disconnected, this, [&] { seen.append(u"disconnected"_s); });
    connect(&broker, &WsBroker::stateChanged, this, [&] {
        seen.append(QString::number(broker.state()));
        if (seen.size() == 1) {
            broker.setState(Ws::Closed); // and nobody was told that it was open
            broker.setState(Ws::Open);
            broker.setState(Ws::Closing);
        }
    });
    broker.setState(Ws::Open);
    QCOMPARE(seen, QStringList({u"1"_s, u"3"_s, u"1"_s, u"connected"_s, u"2"_s, u"disconnected"_s}));
    QCOMPARE(broker.state(), Ws::Closing);

    seen = {u"0"_s};
    broker.setQueueMessages(true);
    QVERIFY(broker.publish(u"news"_s, WsMessage::text("a")));
    broker.onSend = [&] { broker.setState(Ws::Closed); };
    broker.setState(Ws::Open); // and sends what has waited first
    QCOMPARE(seen, QStringList({u"0"_s, u"3"_s}));
}

void TestBroker::messagesWaitForTheConnection()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    two.brokers[0].setQueueMessages(true);
    two.brokers[0].setConnected(false);
    for (int i = 0; i < 10; ++i)
        two.one.server.publish(u"news"_s, QString::number(i));
    connect(&two.brokers[0], &WsBroker::connected, this, [&] { two.one.server.publish(u"news"_s, u"10"_s); });
    two.brokers[0].setConnected(true);
    WS_TRY_COMPARE(there->messages, numbersUntil(11));
    QCOMPARE(two.brokers[0].messagesUnsent(), 0);
    QCOMPARE(two.brokers[1].messagesMissed(), 0);
}

void TestBroker::waitingIsLimited()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    two.brokers[0].setQueueMessages(true);
    two.brokers[0].setMaxBufferedAmount(100'000);
    two.brokers[0].setConnected(false);
    int accepted = 0;
    for (int i = 0; i < 100; ++i)
        accepted += two.brokers[0].publish(u"news"_s, WsMessage::text(QByteArray(10'000, 'x'))) ? 1 : 0;
    QCOMPARE(accepted, 9);
    QCOMPARE(two.brokers[0].messagesUnsent(), 91);
    two.brokers[0].setConnected(true);
    two.one.server.publish(u"news"_s, u"end"_s);
    WS_TRY_COMPARE(there->messages.size(), 10);
    QCOMPARE(two.brokers[1].messagesMissed(), 91);
    two.brokers[0].setConnected(false);
    QVERIFY(two.brokers[0].publish(u"news"_s, WsMessage::text("x")));
    two.brokers[0].setQueueMessages(false);
    two.brokers[0].setConnected(true);
    WS_TRY_COMPARE(there->messages.size(), 11);
}

void TestBroker::tooLargeMessagesStayLocal()
{
    Two two;
    Subscriber *const here = two.one.subscribe(u"news"_s);
    Subscriber *const there = two.subscribe(u"news"_s);
    two.brokers[0].setMaxMessageSize(1000);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"1001 bytes .* maxMessageSize is 1000"_s));
    QTest::failOnWarning(QRegularExpression(u"maxMessageSize"_s)); // a second one
    for (int i = 0; i < 2; ++i)
        QCOMPARE(two.one.server.publish(u"news"_s, QByteArray(1001, 'x')), 1);
    two.one.server.publish(u"news"_s, QByteArray(1000, 'x'));
    WS_TRY_COMPARE(here->messages, QStringList({u"1001"_s, u"1001"_s, u"1000"_s}));
    WS_TRY_COMPARE(there->messages, QStringList(u"1000"_s));
    QCOMPARE(two.brokers[0].messagesUnsent(), 2);
    QCOMPARE(two.brokers[1].messagesMissed(), 0); // there was none before
    two.brokers[1].setMaxMessageSize(999);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"larger than maxMessageSize"_s));
    for (int i = 0; i < 2; ++i)
        two.one.server.publish(u"news"_s, QByteArray(1000, 'x'));
    two.one.server.publish(u"news"_s, u"end"_s);
    WS_TRY_COMPARE(there->messages, QStringList({u"1000"_s, u"end"_s}));
    QCOMPARE(two.brokers[1].messagesMissed(), 2);
}

void TestBroker::longNamesStayLocal()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    const QString longest(64 * 1024, u'k');
    const QString tooLong = longest + u'k';
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"longer than 64 KiB"_s));
    QTest::failOnWarning(QRegularExpression(u"longer than"_s)); // a second one
    QVERIFY(!two.brokers[0].publish(u"news"_s, WsMessage::text("lost"), tooLong));
    QVERIFY(!two.brokers[0].publish(tooLong, WsMessage::text("lost")));
    QVERIFY(two.brokers[0].publish(u"news"_s, WsMessage::text("a"), longest));
    QVERIFY(two.brokers[0].publish(longest, WsMessage::text("a")));
    WS_TRY_COMPARE(there->messages, QStringList(u"a"_s));
    QCOMPARE(two.brokers[0].messagesUnsent(), 2);
    two.other.server.subscribe(two.other.server.connections().constFirst(), tooLong);
    two.other.server.subscribe(two.other.server.connections().constFirst(), longest);
    WS_TRY_VERIFY(two.brokers[1].topics().contains(longest));
    QVERIFY(!two.brokers[1].topics().contains(tooLong));
}

// The server there does not return to its event loop of the client: what waits is replaced.
void TestBroker::keyTravelsAlong()
{
    Two two;
    Subscriber *const there = two.subscribe(u"prices"_s);
    qint64 skipped = 0;
    two.other.server.setSkipHandler([&](WsConnection *, const QString &topic, qint64 count) {
        if (topic == u"prices"_s)
            skipped += count;
    });
    there->client.setPaused(true);
    constexpr int Count = 400;
    const QByteArray padding(64 * 1024, 'x');
    for (int i = 0; i < Count; ++i)
        two.one.server.publish(u"prices"_s, padding, u"EUR"_s);
    two.one.server.publish(u"prices"_s, u"latest"_s, u"EUR"_s);
    QVERIFY(waitFor([&] { return skipped > 0; }));
    there->client.setPaused(false);
    QVERIFY(
        waitFor([&] { return !there->messages.isEmpty() && there->messages.constLast() == u"latest"_s; }));
    QVERIFY(there->messages.size() < Count);
    QCOMPARE(two.brokers[1].messagesMissed(), 0);
}

void TestBroker::programsWithoutAServerPublish()
{
    Two two;
    Subscriber *const here = two.one.subscribe(u"news"_s);
    Subscriber *const there = two.subscribe(u"news"_s);
    WS_TRY_COMPARE(two.brokers[0].topics(), QStringList(u"news"_s));
    RecordingBroker alone;
    QVERIFY(alone.publish(u"news"_s, WsMessage::text("a")));
    QVERIFY(alone.publish(u"news"_s, WsMessage::text("b"), u"key"_s));
    QVERIFY(!alone.publish(u"news"_s, WsMessage::text("\xFF")));
    QVERIFY(two.brokers[1].publish(u"news"_s, WsMessage::text("c")));
    QVERIFY(alone.publish(u"news"_s, WsMessage::text("end")));
    WS_TRY_COMPARE(here->messages, QStringList({u"a"_s, u"b"_s, u"c"_s, u"end"_s}));
    WS_TRY_COMPARE(there->messages, QStringList({u"c"_s, u"a"_s, u"b"_s, u"end"_s}));
}

void TestBroker::dataOfOtherProgramsArrives()
{
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    QList<WsMessage> received;
    connect(&there->client, &WsClient::messageReceived, this,
            [&](const WsMessage &message) { received.append(message); });
    two.brokers[1].deliver({u"news"_s, "hello"});
    two.brokers[1].deliver({u"news"_s, "\xFF\x00"});
    two.brokers[1].deliver({u"not subscribed"_s, "hello"});
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"an envelope that is not understood"_s));
    QTest::failOnWarning(QRegularExpression(u"an envelope"_s)); // a second one
    for (int i = 0; i < 3; ++i)
        two.brokers[1].deliver({u"news"_s, "\xFFWsKbroken"});
    two.brokers[1].setMaxMessageSize(10);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"larger than maxMessageSize"_s));
    two.brokers[1].deliver({u"news"_s, "hello world"});
    WS_TRY_COMPARE(received, QList<WsMessage>({WsMessage::text("hello"), WsMessage::binary("\xFF")}));
    QCOMPARE(two.brokers[1].messagesMissed(), 0);
}

void TestBroker::secondDeliveryIsIgnored()
{
    // Passes everything on twice.
    class RepeatingBroker : public WsMemoryBroker
    {
    protected:
        bool send(const WsBrokerMessage &message) override
        {
            return WsMemoryBroker::send(message) && WsMemoryBroker::send(message);
        }
    };
    RepeatingBroker repeating;
    Two two;
    Subscriber *const there = two.subscribe(u"news"_s);
    for (int i = 0; i < 10; ++i)
        QVERIFY(repeating.publish(u"news"_s, WsMessage::text(QString::number(i))));
    two.one.server.publish(u"news"_s, u"10"_s);
    WS_TRY_COMPARE(there->messages, numbersUntil(11));
}

void TestBroker::figuresAreInTheMetrics()
{
    Two two;
    two.subscribe(u"news"_s);
    WsServer &server = two.one.server;
    QVERIFY(server.metrics().contains("\nwskit_broker_connected 1\n"));
    two.brokers[0].setConnected(false);
    server.publish(u"news"_s, u"lost"_s);
    QVERIFY(server.metrics().contains("\nwskit_broker_connected 0\n"));
    QVERIFY(server.metrics().contains("\nwskit_broker_messages_unsent_total 1\n"));
    QVERIFY(server.metrics().endsWith("\nwskit_broker_messages_missed 0\n"));
    server.setBroker(nullptr);
    QVERIFY(!server.metrics().contains("broker"));
}

WSKIT_TEST(TestBroker)
void TestBroker::limitsHaveDefaults()
{
    WsMemoryBroker broker(u"one"_s);
    QCOMPARE(broker.name(), u"one"_s);
    QCOMPARE(broker.maxBufferedAmount(), WsOptions().maxBufferedAmount());
    broker.setMaxBufferedAmount(-1);
    QCOMPARE(broker.maxBufferedAmount(), 0);
    QCOMPARE(broker.maxMessageSize(), WsOptions().maxMessageSize());
    broker.setMaxMessageSize(0);
    QCOMPARE(broker.maxMessageSize(), 1);
}

void TestBroker::simplestBrokerHasNoHistory()
{
    BareBroker broker;
    Site site(&broker);
    QVERIFY(site.isListening);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"keeps no history"_s));
    broker.setHistory(u"news"_s, 10);
    QVERIFY(!broker.hasHistory(u"news"_s));
    broker.setState(Ws::Open);
    const Subscriber *const subscriber = site.subscribe(u"news"_s);
    QCOMPARE(site.server.publish(u"news"_s, u"mine"_s), 1);
    WS_TRY_COMPARE(broker.sent.size(), 1);
    WS_TRY_COMPARE(subscriber->messages, QStringList(u"mine"_s));
    // What the service refuses afterwards has reached the subscribers here already.
    broker.refuse(broker.sent.first());
    QCOMPARE(broker.messagesUnsent(), 1);
    broker.countUnsent(3);
    QCOMPARE(broker.messagesUnsent(), 4);
    WsBrokerMessage other(u"another topic"_s, "x");
    other = WsBrokerMessage(u"news"_s, "theirs");
    const WsBrokerMessage copy(u"news"_s, "last");
    broker.deliver(other);
    other = copy;
    broker.deliver(other);
    WS_TRY_COMPARE(subscriber->messages, QStringList({u"mine"_s, u"theirs"_s, u"last"_s}));
}

#include "tst_broker.moc"
