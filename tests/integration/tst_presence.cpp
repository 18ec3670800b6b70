// SPDX-License-Identifier: MIT

// Who subscribes to topics, on servers that share them by a broker.

#include "brokerpairs.h"
#include "presencetesting.h"

#include "../testprogram.h"
#include "../unit/loglines.h"

#include <QtCore/qrandom.h>

#include <atomic>
#include <stdexcept>

using namespace BrokerTesting;

namespace {
const QString Channel = u"wskit.presence/room"_s;
// Nothing expires during a test.
constexpr std::chrono::milliseconds Long = 1h;
// Expires soon, but not on a busy machine before its heartbeat has been sent.
constexpr std::chrono::milliseconds Short = 1s;

// A broker on a network that loses what the test wants.
class LossyBroker : public RecordingBroker
{
public:
    using RecordingBroker::RecordingBroker;
    std::function<bool(const WsBrokerMessage &message)> isLost;
    QList<WsBrokerMessage> sent;

protected:
    bool send(const WsBrokerMessage &message) override
    {
        if (isLost && isLost(message))
            return true;
        sent.append(message);
        return RecordingBroker::send(message);
    }
};

// Two servers with presence.
struct Street
{
    explicit Street(std::chrono::milliseconds timeToLive = Long, int threads = 0)
        : one(&brokers[0], threads), other(&brokers[1], threads)
    {
        for (LossyBroker &broker : brokers)
            broker.setPresence(u"room*"_s, timeToLive);
    }
    // Whether both know exactly these.
    bool know(const QStringList &members) const
    {
        return one.members() == members && other.members() == members;
    }

    std::array<LossyBroker, 2> brokers;
    House one;
    House other;
};
} // namespace

class TestPresence : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void snippet();
    void membersAreKnownEverywhere_data();
    void membersAreKnownEverywhere();
    void twoTabsAreOneMember();
    void otherwiseNamesAreUnique();
    void namelessConnectionsAreNoMembers();
    void nameMayThrow();
    void nameIsAskedForOnce();
    void subscribersOfBeforeAreMembers_data();
    void subscribersOfBeforeAreMembers();
    void presenceEnds();
    void closestPatternCounts();
    void withoutPresenceNothingIsSent();
    void watchedTopicNeedsNoSubscriber();
    void topicWithoutSubscribersIsForgotten();
    void serverThatClosesSaysSo_data();
    void serverThatClosesSaysSo();
    void killedServerExpires();
    void lostMessagesAreMadeUpFor();
    void brokerIsCutOff();
    void longListsAreDivided();
    void anythingMayArrive();
    void reservedNamesStayLocal();
    void serversShareABroker();
    void serverGetsAnotherBroker();
    void lastBrokerIsReportedBeforeTheNext();
    void slotsMayDeleteTheServer();
    void slotsMayRunAnEventLoop();
    void brokerLivesInAnotherThread();
    void brokerMovesToAnotherThread();
    void connectionMovesToAnotherThread();
    void threadsSubscribeAtOnce();
};

void TestPresence::snippet()
{
    WsMemoryBroker broker;
    WsServer server;
    QSet<QString> shown;
    const auto userOf = [](const WsConnection *connection) {
        return connection->request().query().toString();
    };
    const auto show = [&shown](const QString &user) { shown.insert(user); };
    const auto hide = [&shown](const QString &user) { shown.remove(user); };
    //! [presence]
    broker.setPresence(u"room:*"_s);
    server.setPresenceName([userOf](const WsConnection *connection) { return userOf(connection); });
    QObject::connect(&server, &WsServer::memberJoined, &server,
                     [show](const QString &topic, const QString &member) { show(topic + u": "_s + member); });
    QObject::connect(&server, &WsServer::memberLeft, &server,
                     [hide](const QString &topic, const QString &member) { hide(topic + u": "_s + member); });
    server.setConnectionHandler(
        [&server](WsConnection *connection) { server.subscribe(connection, u"room:1"_s); });
    server.setBroker(&broker);
    //! [presence]
    QVERIFY(server.listen());
    WsClient client;
    QVERIFY(client.open(QUrl(server.serverUrl().toString() + u"?Ann"_s)));
    WS_TRY_COMPARE(shown, QSet<QString>{u"room:1: Ann"_s});
    QCOMPARE(server.members(u"room:1"_s), QStringList(u"Ann"_s));
    client.close();
    WS_TRY_VERIFY(shown.isEmpty());
}

void TestPresence::membersAreKnownEverywhere_data()
{
    addThreads();
}

void TestPresence::membersAreKnownEverywhere()
{
    QFETCH(const int, threads);
    Street street(Long, threads);
    WsClient *const ann = street.one.enter(u"Ann"_s);
    WS_TRY_COMPARE(street.one.members(), QStringList(u"Ann"_s));
    QVERIFY(street.other.members().isEmpty()); // nobody there has subscribed
    WsClient *const bob = street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    WsConnection *subscriber = nullptr;
    connect(&street.other.server, &WsServer::newConnection, this, [&subscriber](WsConnection *connection) {
        if (connection->request().path() == u"/hall"_s)
            subscriber = connection;
    });
    street.other.enter(u"Cid"_s, u"hall"_s);
    WS_TRY_VERIFY(subscriber);
    street.other.server.subscribe(subscriber, u"room"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    street.other.server.unsubscribe(subscriber, u"room"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    ann->close();
    WS_TRY_COMPARE(street.other.members(), QStringList(u"Bob"_s));
    bob->close();
    WS_TRY_COMPARE(street.other.events.size(), 6);
    const QStringList all{u"+Ann"_s, u"+Bob"_s, u"+Cid"_s, u"-Cid"_s, u"-Ann"_s, u"-Bob"_s};
    WS_TRY_COMPARE(QSet(street.one.events.begin(), street.one.events.end()), QSet(all.begin(), all.end()));
    QCOMPARE(QSet(street.other.events.begin(), street.other.events.end()), QSet(all.begin(), all.end()));
    QVERIFY(street.one.areEventsRight());
    QVERIFY(street.other.areEventsRight());
}

void TestPresence::twoTabsAreOneMember()
{
    Street street;
    WsClient *const here = street.one.enter(u"Ann"_s);
    WsClient *const here2 = street.one.enter(u"Ann"_s);
    WsClient *const there = street.other.enter(u"Ann"_s);
    street.one.enter(u"Dan"_s); // by whom the other server shows that it has the list
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Dan"_s}));
    here->close();
    there->close();
    WS_TRY_COMPARE(street.one.server.subscriberCount(u"room"_s), 2);
    WS_TRY_COMPARE(street.other.server.subscriberCount(u"room"_s), 1);
    street.one.enter(u"Cid"_s); // after what came before
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s, u"Dan"_s}));
    here2->close();
    WS_TRY_VERIFY(street.know({u"Bob"_s, u"Cid"_s, u"Dan"_s}));
    for (const House *house : {&street.one, &street.other})
        WS_TRY_COMPARE(house->events.filter(u"Ann"_s), QStringList({u"+Ann"_s, u"-Ann"_s}));
}

void TestPresence::otherwiseNamesAreUnique()
{
    Street street;
    for (House *house : {&street.one, &street.other}) {
        house->server.setPresenceName(nullptr);
        house->enter({});
        house->enter({});
        house->enter({}, u"room2"_s);
    }
    WS_TRY_COMPARE(street.one.members().size(), 4);
    WS_TRY_COMPARE(street.other.members(), street.one.members());
    for (const QString &name : street.one.members())
        QVERIFY(!QUuid::fromString(name).isNull());
    WsConnection *const connection = street.one.server.connections().constFirst();
    const QString topic = connection->request().path().mid(1);
    const QString further = topic == u"room"_s ? u"room2"_s : u"room"_s;
    street.one.server.subscribe(connection, further);
    WS_TRY_COMPARE(street.other.members(further).size(), further == u"room"_s ? 5 : 3);
    QStringList both;
    for (const QString &name : street.one.members(topic)) {
        if (street.one.members(further).contains(name))
            both.append(name);
    }
    QCOMPARE(both.size(), 1); // in both topics the same
}

void TestPresence::namelessConnectionsAreNoMembers()
{
    Street street;
    WsClient *const nameless = street.one.enter({});
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Bob"_s})); // which it sees nevertheless
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"longer than 1024 characters"_s));
    street.one.enter(QString(1025, u'x'));
    street.one.enter(QString(1025, u'y'));
    street.one.enter(QString(1024, u'z'));
    WS_TRY_VERIFY(street.know({u"Bob"_s, QString(1024, u'z')}));
    nameless->close();
    WS_TRY_COMPARE(street.one.server.subscriberCount(u"room"_s), 3);
    QVERIFY(street.know({u"Bob"_s, QString(1024, u'z')}));
}

void TestPresence::nameMayThrow()
{
    Street street;
    QStringList errors;
    connect(&street.one.server, &WsServer::errorOccurred, this,
            [&errors](const WsError &error) { errors.append(error.text()); });
    street.one.server.setPresenceName(
        [](const WsConnection *) -> QString { throw std::runtime_error("nobody knows"); });
    WsClient *const client = street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Bob"_s}));
    QCOMPARE(errors.size(), 1);
    QVERIFY(errors.constFirst().contains(u"nobody knows"_s));
    QCOMPARE(client->state(), Ws::Open);
}

// Of each topic, also if the connection subscribes again or moves to another thread.
void TestPresence::nameIsAskedForOnce()
{
    Thread thread;
    Street street;
    std::atomic<int> asked{0};
    street.one.server.setPresenceName([&asked](const WsConnection *) { return QString::number(++asked); });
    WsClient *const client = street.one.enter({});
    WS_TRY_COMPARE(street.one.members(), QStringList(u"1"_s));
    WsConnection *const connection = street.one.server.connections().constFirst();
    QVERIFY(street.one.server.subscribe(connection, u"room"_s));
    QVERIFY(street.one.server.subscribe(connection, u"hall"_s)); // which has no presence
    QCOMPARE(asked, 1);
    connection->moveToThread(thread.get());
    street.one.server.subscribe(connection, u"room2"_s); // carried out there
    WS_TRY_COMPARE(street.one.members(u"room2"_s), QStringList(u"2"_s));
    QCOMPARE(street.one.members(), QStringList(u"1"_s));
    QCOMPARE(asked, 2);
    client->close();
    WS_TRY_COMPARE(street.one.server.connectionCount(), 0);
    QVERIFY(thread.end());
}

void TestPresence::subscribersOfBeforeAreMembers_data()
{
    addThreads();
}

void TestPresence::subscribersOfBeforeAreMembers()
{
    QFETCH(const int, threads);
    std::array<WsMemoryBroker, 2> brokers;
    House one(&brokers[0], threads);
    House other(nullptr, threads);
    one.enter(u"Ann"_s);
    one.enter(u"Bob"_s);
    other.enter(u"Cid"_s);
    QVERIFY(one.members().isEmpty());
    for (WsMemoryBroker &broker : brokers)
        broker.setPresence(u"room"_s, Long);
    WS_TRY_COMPARE(one.members(), QStringList({u"Ann"_s, u"Bob"_s}));
    other.server.setBroker(&brokers[1]);
    WS_TRY_COMPARE(one.members(), QStringList({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    WS_TRY_COMPARE(other.members(), one.members());
    WS_TRY_COMPARE(other.events.size(), 3);
}

void TestPresence::presenceEnds()
{
    Street street;
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    street.brokers[0].setPresence(u"room*"_s, 0s);
    WS_TRY_VERIFY(street.one.members().isEmpty());
    WS_TRY_COMPARE(street.other.members(), QStringList(u"Bob"_s));
    WS_TRY_VERIFY(street.brokers[0].calls.contains(u'-' + Channel));
    WS_TRY_VERIFY(street.one.areEventsRight() && street.other.areEventsRight());
    street.brokers[0].setPresence(u"room*"_s, Long);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
}

void TestPresence::closestPatternCounts()
{
    LossyBroker broker;
    House house(&broker);
    broker.setPresence(u"*"_s, 10s);
    broker.setPresence(u"room*"_s, 20s);
    broker.setPresence(u"room1"_s, 30s);
    for (const QString &topic : {u"hall"_s, u"room"_s, u"room1"_s})
        house.enter(u"Ann"_s, topic);
    const auto sent = [&broker](const QString &topic, const QByteArray &text) {
        return std::any_of(broker.sent.begin(), broker.sent.end(), [&](const WsBrokerMessage &message) {
            return message.topic() == u"wskit.presence/"_s + topic && message.data().contains(text);
        });
    };
    WS_TRY_VERIFY(sent(u"hall"_s, "\"timeToLive\":10000,"));
    WS_TRY_VERIFY(sent(u"room"_s, "\"timeToLive\":20000,"));
    WS_TRY_VERIFY(sent(u"room1"_s, "\"timeToLive\":30000,"));
}

void TestPresence::withoutPresenceNothingIsSent()
{
    Street street;
    street.one.enter(u"Ann"_s, u"hall"_s);
    Subscriber there(street.other.server, u"hall"_s);
    WS_TRY_VERIFY(street.brokers[1].topics().contains(u"hall"_s));
    street.one.server.publish(u"hall"_s, u"end"_s);
    WS_TRY_COMPARE(there.messages, QStringList(u"end"_s));
    for (const LossyBroker &broker : street.brokers) {
        QCOMPARE(broker.calls, QStringList(u"+hall"_s));
        QVERIFY(broker.sent.size() <= 1);
    }
    QVERIFY(street.one.members(u"hall"_s).isEmpty());
    QVERIFY(street.one.events.isEmpty());
}

void TestPresence::watchedTopicNeedsNoSubscriber()
{
    Street street;
    street.brokers[1].watchMembers(u"room"_s);
    street.one.enter(u"Ann"_s);
    WS_TRY_COMPARE(street.other.members(), QStringList(u"Ann"_s));
    WS_TRY_COMPARE(street.other.events, QStringList(u"+Ann"_s));
    street.brokers[1].unwatchMembers(u"room"_s);
    WS_TRY_VERIFY(street.other.members().isEmpty());
    WS_TRY_VERIFY(street.brokers[1].topics().isEmpty());
    street.brokers[1].watchMembers(u"hall"_s); // which gets presence later
    street.brokers[1].setPresence(u"hall"_s, Long);
    street.brokers[0].setPresence(u"hall"_s, Long);
    street.one.enter(u"Bob"_s, u"hall"_s);
    WS_TRY_COMPARE(street.other.members(u"hall"_s), QStringList(u"Bob"_s));
}

void TestPresence::topicWithoutSubscribersIsForgotten()
{
    Street street;
    street.one.enter(u"Ann"_s);
    WsClient *const bob = street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    bob->close();
    WS_TRY_COMPARE(street.one.members(), QStringList(u"Ann"_s));
    WS_TRY_VERIFY(street.other.members().isEmpty());
    WS_TRY_VERIFY(street.brokers[1].topics().isEmpty());
    WS_TRY_COMPARE(street.other.events.size(), 4);
    QVERIFY(street.other.areEventsRight());
    street.other.enter(u"Cid"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Cid"_s}));
}

void TestPresence::serverThatClosesSaysSo_data()
{
    QTest::addColumn<QString>("ending");
    for (const char *const ending :
         {"the server closes", "the server is deleted", "no broker", "the broker is deleted"})
        QTest::newRow(ending) << QString::fromLatin1(ending);
}

void TestPresence::serverThatClosesSaysSo()
{
    QFETCH(const QString, ending);
    auto broker = std::make_unique<WsMemoryBroker>();
    WsMemoryBroker otherBroker;
    auto house = std::make_unique<House>(broker.get());
    House other(&otherBroker);
    broker->setPresence(u"room"_s, Long);
    otherBroker.setPresence(u"room"_s, Long);
    house->enter(u"Ann"_s);
    house->enter(u"Bob"_s);
    other.enter(u"Cid"_s);
    WS_TRY_COMPARE(other.members().size(), 3);
    WS_TRY_COMPARE(house->events.size(), 3);
    if (ending == u"the server closes"_s)
        house->server.close();
    else if (ending == u"the server is deleted"_s)
        house.reset();
    else if (ending == u"no broker"_s)
        house->server.setBroker(nullptr);
    else
        broker.reset();
    WS_TRY_COMPARE(other.members(), QStringList(u"Cid"_s));
    WS_TRY_VERIFY(!house || (house->members().isEmpty() && house->events.size() == 6));
    QVERIFY(!house || house->areEventsRight());
}

void TestPresence::killedServerExpires()
{
    Street street(Short);
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    street.brokers[0].isLost = [](const WsBrokerMessage &) { return true; };
    WS_TRY_COMPARE(street.other.members(), QStringList(u"Bob"_s));
    QCOMPARE(street.one.members(), QStringList({u"Ann"_s, u"Bob"_s})); // of whom it still hears
    street.brokers[0].isLost = nullptr;
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    WS_TRY_COMPARE(street.other.events.filter(u"Ann"_s), QStringList({u"+Ann"_s, u"-Ann"_s, u"+Ann"_s}));
}

void TestPresence::lostMessagesAreMadeUpFor()
{
    Street street(Short);
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    bool isLost = false;
    street.brokers[0].isLost = [&isLost](const WsBrokerMessage &message) {
        if (isLost || !message.data().contains("Cid"))
            return false;
        isLost = true;
        return true;
    };
    street.one.enter(u"Cid"_s);
    WS_TRY_VERIFY(isLost);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
}

void TestPresence::brokerIsCutOff()
{
    Street street;
    WsClient *const ann = street.one.enter(u"Ann"_s);
    street.one.enter(u"Bob"_s);
    street.other.enter(u"Cid"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    street.brokers[0].setConnected(false);
    ann->close();
    street.one.enter(u"Dan"_s);
    street.other.enter(u"Eve"_s);
    WS_TRY_COMPARE(street.one.members(), QStringList({u"Bob"_s, u"Cid"_s, u"Dan"_s}));
    WS_TRY_COMPARE(street.other.members(), QStringList({u"Ann"_s, u"Bob"_s, u"Cid"_s, u"Eve"_s}));
    QCOMPARE(street.brokers[0].messagesUnsent(), 0);
    street.brokers[0].setConnected(true);
    WS_TRY_VERIFY(street.know({u"Bob"_s, u"Cid"_s, u"Dan"_s, u"Eve"_s}));
    WS_TRY_VERIFY(street.one.areEventsRight() && street.other.areEventsRight());
    QVERIFY(!street.other.events.contains(u"-Bob"_s)); // the interruption was short
    QVERIFY(!street.one.events.contains(u"-Cid"_s));
}

void TestPresence::longListsAreDivided()
{
    Street street;
    for (LossyBroker &broker : street.brokers)
        broker.setMaxMessageSize(4096);
    QStringList names;
    for (char16_t letter = u'a'; letter < u'k'; ++letter)
        names.append(QString(1000, QChar(letter)));
    for (const QString &name : std::as_const(names))
        street.one.enter(name);
    WS_TRY_COMPARE(street.one.members(), names);
    street.brokers[0].sent.clear();
    street.other.enter(u"x"_s);
    WS_TRY_VERIFY(street.know(names + QStringList(u"x"_s)));
    QVERIFY(street.brokers[0].sent.size() > 2);
    for (const WsBrokerMessage &message : std::as_const(street.brokers[0].sent))
        QVERIFY(message.data().size() <= 4096);
}

// Data of anybody is dropped, and said to be wrong once.
void TestPresence::anythingMayArrive()
{
    Street street;
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    const LogLines warnings("wskit.net", QtWarningMsg);
    QRandomGenerator random(1);
    const QList<WsBrokerMessage> real = street.brokers[1].sent;
    QVERIFY(!real.isEmpty());
    for (const WsBrokerMessage &message : real) {
        for (qsizetype size = 0; size < message.data().size(); ++size)
            street.brokers[0].deliver({Channel, message.data().first(size)});
    }
    for (int i = 0; i < 2000; ++i) {
        QByteArray data(random.bounded(64), Qt::Uninitialized);
        for (char &byte : data)
            byte = char(random.bounded(256));
        street.brokers[0].deliver({Channel, data});
        street.brokers[0].deliver({Channel, '{' + data + '}'});
    }
    street.brokers[0].setMaxMessageSize(4096);
    street.brokers[0].deliver(
        {Channel, R"({"kind":"askHeartbeat","origin":"00112233-4455-6677-8899-aabbccddeeff"})"
                      + QByteArray(4096, ' ')});
    QCOMPARE(warnings.all().size(), 1);
    QVERIFY(warnings.all().constFirst().contains(u"not understood"_s));
    QVERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    // Another program takes part.
    street.brokers[0].deliver({Channel,
                               R"({"kind":"list","origin":"00112233-4455-6677-8899-aabbccddeeff",)"
                               R"("timeToLive":3600000,"version":1,"part":0,"parts":1,"members":["Cid"]})"});
    QCOMPARE(street.one.members(), QStringList({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
}

void TestPresence::reservedNamesStayLocal()
{
    Street street;
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    const QByteArray forged =
        R"({"kind":"list","origin":"00112233-4455-6677-8899-aabbccddeeff","timeToLive":3600000,)"
        R"("version":1,"part":0,"parts":1,"members":["Mallory"]})";
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is reserved for presence"_s));
    street.one.server.publish(Channel, WsMessage::text(forged));
    QVERIFY(!street.brokers[0].publish(Channel, WsMessage::text(forged)));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is reserved for presence"_s));
    const Subscriber listener(street.other.server, Channel);
    WS_TRY_COMPARE(street.other.server.subscriberCount(Channel), 1);
    street.one.enter(u"Cid"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    street.other.server.publish(Channel, u"local"_s);
    WS_TRY_COMPARE(listener.messages, QStringList(u"local"_s));
}

void TestPresence::serversShareABroker()
{
    std::array<WsMemoryBroker, 2> brokers;
    for (WsMemoryBroker &broker : brokers)
        broker.setPresence(u"room"_s, Long);
    auto one = std::make_unique<House>(&brokers[0]);
    House other(&brokers[0]);
    House elsewhere(&brokers[1]);
    elsewhere.enter(u"Ann"_s);
    one->enter(u"Ann"_s);
    one->enter(u"Bob"_s);
    other.enter(u"Bob"_s);
    const QStringList both{u"Ann"_s, u"Bob"_s};
    for (const House *house : std::initializer_list<const House *>{one.get(), &other, &elsewhere}) {
        WS_TRY_COMPARE(house->members(), both);
        WS_TRY_VERIFY(house->areEventsRight());
    }
    House late(&brokers[0]);
    WS_TRY_COMPARE(late.events.size(), 2);
    one.reset();
    elsewhere.clients.clear();
    WS_TRY_COMPARE(other.members(), QStringList(u"Bob"_s));
    WS_TRY_VERIFY(other.areEventsRight() && late.areEventsRight());
}

void TestPresence::serverGetsAnotherBroker()
{
    std::array<WsMemoryBroker, 2> brokers{WsMemoryBroker(u"one"_s), WsMemoryBroker(u"other"_s)};
    std::array<WsMemoryBroker, 2> elsewhere{WsMemoryBroker(u"one"_s), WsMemoryBroker(u"other"_s)};
    for (auto *const part : {&brokers, &elsewhere}) {
        for (WsMemoryBroker &broker : *part)
            broker.setPresence(u"room"_s, Long);
    }
    House house(&brokers[0]);
    House one(&elsewhere[0]);
    House other(&elsewhere[1]);
    house.enter(u"Ann"_s);
    one.enter(u"Bob"_s);
    other.enter(u"Cid"_s);
    WS_TRY_COMPARE(one.members(), QStringList({u"Ann"_s, u"Bob"_s}));
    WS_TRY_COMPARE(house.members(), one.members());
    house.server.setBroker(&brokers[1]);
    WS_TRY_COMPARE(one.members(), QStringList(u"Bob"_s));
    WS_TRY_COMPARE(other.members(), QStringList({u"Ann"_s, u"Cid"_s}));
    WS_TRY_COMPARE(house.members(), other.members());
    WS_TRY_COMPARE(house.events.size(), 6);
    QVERIFY(house.areEventsRight());
}

// Also if a slot runs an event loop in the middle of it.
void TestPresence::lastBrokerIsReportedBeforeTheNext()
{
    std::array<WsMemoryBroker, 2> brokers{WsMemoryBroker(u"one"_s), WsMemoryBroker(u"other"_s)};
    std::array<WsMemoryBroker, 2> elsewhere{WsMemoryBroker(u"one"_s), WsMemoryBroker(u"other"_s)};
    for (auto *const part : {&brokers, &elsewhere}) {
        for (WsMemoryBroker &broker : *part)
            broker.setPresence(u"room"_s, Long);
    }
    brokers[1].watchMembers(u"room"_s);
    House house(&brokers[0]);
    House beside(&brokers[1]);
    House one(&elsewhere[0]);
    House other(&elsewhere[1]);
    house.enter(u"Ann"_s);
    one.enter(u"Cid"_s);
    other.enter(u"Cid"_s);
    WS_TRY_COMPARE(beside.members(), QStringList(u"Cid"_s));
    WS_TRY_COMPARE(house.events.size(), 2);
    bool hasRun = false;
    connect(&house.server, &WsServer::memberLeft, this, [&hasRun] {
        if (!std::exchange(hasRun, true))
            QCoreApplication::processEvents();
    });
    house.server.setBroker(&brokers[1]);
    WS_TRY_COMPARE(house.events.size(), 6);
    QVERIFY(hasRun);
    QCOMPARE(house.members(), QStringList({u"Ann"_s, u"Cid"_s}));
    QVERIFY(house.areEventsRight());
}

void TestPresence::slotsMayDeleteTheServer()
{
    Street street;
    street.other.enter(u"Bob"_s);
    auto house = std::make_unique<House>(&street.brokers[0]);
    connect(&house->server, &WsServer::memberJoined, this, [&house] { house.reset(); });
    std::array<WsClient, 3> clients;
    QUrl url = house->server.serverUrl();
    url.setPath(u"/room"_s);
    for (size_t i = 0; i < clients.size(); ++i) {
        url.setQuery(QString::number(i));
        QVERIFY(clients[i].open(url));
    }
    WS_TRY_VERIFY(!house);
    WS_TRY_COMPARE(street.other.members(), QStringList(u"Bob"_s));
}

// What happens meanwhile is reported in it.
void TestPresence::slotsMayRunAnEventLoop()
{
    Street street;
    bool hasRun = false;
    connect(&street.one.server, &WsServer::memberJoined, this, [&](const QString &, const QString &member) {
        if (member == u"Bob"_s)
            hasRun = waitFor([&] { return street.one.events.contains(u"+Cid"_s); });
    });
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    street.other.enter(u"Cid"_s);
    WS_TRY_VERIFY(hasRun);
    QCOMPARE(street.one.events, QStringList({u"+Ann"_s, u"+Bob"_s, u"+Cid"_s}));
}

void TestPresence::brokerLivesInAnotherThread()
{
    Thread thread;
    auto *const broker = new WsMemoryBroker;
    broker->moveToThread(thread.get());
    connect(thread.get(), &QThread::finished, broker, &QObject::deleteLater);
    WsMemoryBroker otherBroker;
    House one(broker, 2);
    House other(&otherBroker);
    broker->setPresence(u"room"_s, Short); // heartbeats there
    otherBroker.setPresence(u"room"_s, Short);
    one.enter(u"Ann"_s);
    other.enter(u"Bob"_s);
    const QStringList both{u"Ann"_s, u"Bob"_s};
    WS_TRY_VERIFY(one.members() == both && other.members() == both);
    WS_TRY_VERIFY(one.areEventsRight() && other.areEventsRight());
    QVERIFY(thread.end()); // which says goodbye
    WS_TRY_COMPARE(other.members(), QStringList(u"Bob"_s));
    WS_TRY_VERIFY(one.members().isEmpty() && one.areEventsRight());
}

void TestPresence::brokerMovesToAnotherThread()
{
    Thread thread;
    auto *const broker = new WsMemoryBroker;
    WsMemoryBroker otherBroker;
    House one(broker);
    House other(&otherBroker);
    broker->setPresence(u"room"_s, Short);
    otherBroker.setPresence(u"room"_s, Short);
    one.enter(u"Ann"_s);
    other.enter(u"Bob"_s);
    const QStringList both{u"Ann"_s, u"Bob"_s};
    WS_TRY_VERIFY(one.members() == both && other.members() == both);
    broker->moveToThread(thread.get());
    connect(thread.get(), &QThread::finished, broker, &QObject::deleteLater);
    otherBroker.setConnected(false); // so that only a heartbeat, and the answers to it, bring it back
    WS_TRY_COMPARE(one.members(), QStringList(u"Ann"_s));
    otherBroker.setConnected(true);
    WS_TRY_VERIFY(one.members() == both && other.members() == both);
}

void TestPresence::connectionMovesToAnotherThread()
{
    Street street;
    Thread thread;
    street.one.enter(u"Ann"_s);
    street.other.enter(u"Bob"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s}));
    WsConnection *const connection = street.one.server.connections().constFirst();
    connection->moveToThread(thread.get());
    street.one.enter(u"Cid"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    street.one.server.unsubscribe(connection, u"room"_s);
    WS_TRY_VERIFY(street.know({u"Bob"_s, u"Cid"_s}));
    street.one.server.subscribe(connection, u"room"_s);
    WS_TRY_VERIFY(street.know({u"Ann"_s, u"Bob"_s, u"Cid"_s}));
    street.one.clients.front()->close();
    WS_TRY_VERIFY(street.know({u"Bob"_s, u"Cid"_s}));
    QCOMPARE(street.one.events,
             QStringList({u"+Ann"_s, u"+Bob"_s, u"+Cid"_s, u"-Ann"_s, u"+Ann"_s, u"-Ann"_s}));
}

void TestPresence::threadsSubscribeAtOnce()
{
    Street street(Long, 2);
    for (House *house : {&street.one, &street.other}) {
        for (const QString &name : {u"Ann"_s, u"Bob"_s, u"Cid"_s, u"Dan"_s})
            house->enter(name);
    }
    const QStringList all{u"Ann"_s, u"Bob"_s, u"Cid"_s, u"Dan"_s};
    WS_TRY_VERIFY(street.know(all));
    std::vector<std::unique_ptr<Thread>> threads;
    for (House *house : {&street.one, &street.other}) {
        for (WsConnection *connection : house->server.connections()) {
            threads.push_back(std::make_unique<Thread>([server = &house->server, connection] {
                for (int i = 0; i < 200; ++i) {
                    server->unsubscribe(connection, u"room"_s);
                    server->subscribe(connection, u"room"_s);
                }
            }));
        }
    }
    for (const auto &thread : threads)
        QVERIFY(thread->end());
    street.one.enter(u"end"_s);
    street.other.enter(u"end too"_s);
    WS_TRY_VERIFY(street.know(all + QStringList({u"end"_s, u"end too"_s})));
    WS_TRY_VERIFY(street.one.areEventsRight());
    WS_TRY_VERIFY(street.other.areEventsRight());
}

WSKIT_TEST(TestPresence)
#include "tst_presence.moc"
