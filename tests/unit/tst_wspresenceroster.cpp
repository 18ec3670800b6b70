// SPDX-License-Identifier: MIT

// The rosters of several processes, over a channel that loses what the test wants.

#include "../testprogram.h"
#include "net/server/wspresenceroster.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Kind = WsPresenceMessage::Kind;

namespace {
constexpr std::chrono::milliseconds TimeToLive = 30s;
constexpr std::chrono::milliseconds Step = 1s;

// One process.
struct Node
{
    explicit Node(QUuid origin = QUuid::createUuid()) : id(origin), roster(id, &versions)
    {
        roster.setTimeToLive(TimeToLive);
    }
    Q_DISABLE_COPY_MOVE(Node)
    QStringList members() const
    {
        QStringList members = roster.members();
        members.sort();
        return members;
    }
    // The events so far, one after another, lead to what members() returns.
    void takeEvents()
    {
        const QList<WsPresenceRoster::Event> taken = roster.takeEvents();
        for (const WsPresenceRoster::Event &event : taken) {
            areEventsRight = areEventsRight && told.contains(event.member) != event.hasJoined;
            if (event.hasJoined)
                told.insert(event.member);
            else
                told.remove(event.member);
            events.append((event.hasJoined ? u'+' : u'-') + event.member);
        }
        const QStringList all = roster.members();
        areEventsRight = areEventsRight && told == QSet<QString>(all.begin(), all.end());
    }

    const QUuid id;
    quint64 versions = 0;
    WsPresenceRoster roster;
    bool isOnline = false;
    QStringList events;
    QSet<QString> told;
    bool areEventsRight = true;
};

// The processes of a test, their service and their clock.
class Net
{
public:
    explicit Net(int count)
    {
        for (int i = 0; i < count; ++i) {
            nodes.push_back(std::make_unique<Node>());
            setOnline(i, true);
        }
        settle();
    }
    WsPresenceRoster &operator[](int i) { return nodes[size_t(i)]->roster; }
    Node &node(int i) { return *nodes[size_t(i)]; }
    void setOnline(int i, bool isOnline)
    {
        node(i).isOnline = isOnline;
        node(i).roster.setOnline(isOnline, now);
    }
    // Delivers until nobody has anything to say.
    void settle()
    {
        bool isQuiet = false;
        while (!std::exchange(isQuiet, true)) {
            for (const auto &node : nodes) {
                node->roster.check(now);
                node->takeEvents();
                const QList<WsPresenceMessage> messages = node->roster.takeMessages();
                for (const WsPresenceMessage &message : messages) {
                    isQuiet = false;
                    deliver(*node, message);
                }
            }
        }
    }
    void advance(std::chrono::milliseconds time)
    {
        for (; time > 0ms; time -= Step) {
            now += std::min(time, Step);
            settle();
        }
    }
    QList<WsPresenceMessage> sentOf(Kind kind) const
    {
        QList<WsPresenceMessage> found;
        std::copy_if(sent.begin(), sent.end(), std::back_inserter(found),
                     [kind](const auto &message) { return message.kind == kind; });
        return found;
    }

    WsTime now{1h};
    std::vector<std::unique_ptr<Node>> nodes;
    std::function<bool(const WsPresenceMessage &message)> isLost;
    QList<WsPresenceMessage> sent;
    bool isComplete = true;

private:
    void deliver(const Node &from, const WsPresenceMessage &message)
    {
        if (!from.isOnline)
            return;
        sent.append(message);
        const std::optional<WsPresenceMessage> arrived = WsPresenceMessage::decode(message.encoded());
        QVERIFY(arrived);
        for (const auto &node : nodes) { // back to the sender as well
            if (node->isOnline && !(isLost && isLost(message))) {
                isComplete = node->roster.receive(*arrived, now) && isComplete;
                node->takeEvents();
            }
        }
    }
};

QStringList namesUntil(int count)
{
    QStringList names;
    for (int i = 0; i < count; ++i)
        names.append(u"member %1"_s.arg(i, 6, 10, QChar(u'0')));
    return names;
}
} // namespace

class TestWsPresenceRoster : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void joinsAndLeavesReachOthers();
    void latecomerAsks();
    void twoConnectionsAreOneMember();
    void memberOfTwoServersLeavesWithTheLast();
    void namelessConnectionIsNoMember();
    void whatIsUndoneIsNotSent();
    void serverTakesItsMembersAlong();
    void heartbeatsFollowTheTimeToLive();
    void shorterTimeToLiveIsToldAtOnce();
    void onlyThoseWithMembersSendHeartbeats();
    void killedOriginExpires();
    void timeToLiveIsThatOfTheOrigin();
    void busyThreadForgetsNobody_data();
    void busyThreadForgetsNobody();
    void lostMessageIsFoundOut_data();
    void lostMessageIsFoundOut();
    void lateAnswerIsAskedForAgain();
    void answersAreNotSentTooOften();
    void longListsAreDivided();
    void incompleteListIsAskedForAgain();
    void longChangesAreDivided();
    void interruptionShorterThanTheTimeToLive();
    void interruptionLongerThanTheTimeToLive();
    void lastMemberLeavesDuringAnInterruption();
    void endIsToldAndForgetsAll();
    void staleStateIsNotMistaken();
    void membersElsewhereAreLimited();
    void leftOutListIsNotAskedForWithEachHeartbeat();
    void leftOutListOfABusyOriginIsAskedFor();
    void originsAreLimited();
    void unfinishedListsAreLimited();
    void anythingLeadsToTheSame_data();
    void anythingLeadsToTheSame();
};

void TestWsPresenceRoster::joinsAndLeavesReachOthers()
{
    Net net(3);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net[1].join(2, nullptr, u"Bob"_s);
    net.settle();
    for (const auto &node : net.nodes)
        QCOMPARE(node->members(), QStringList({u"Ann"_s, u"Bob"_s}));
    net[0].leave(1);
    net.settle();
    for (const auto &node : net.nodes) {
        QCOMPARE(node->members(), QStringList(u"Bob"_s));
        QCOMPARE(node->events, QStringList({u"+Ann"_s, u"+Bob"_s, u"-Ann"_s}));
    }
}

void TestWsPresenceRoster::latecomerAsks()
{
    Net net(2);
    net.setOnline(1, false);
    net[0].join(1, nullptr, u"Ann"_s);
    net[0].join(2, nullptr, u"Bob"_s);
    net.settle();
    QVERIFY(net.node(1).members().isEmpty());
    net.setOnline(1, true);
    net.now += WsPresenceRoster::AskInterval;
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList({u"Ann"_s, u"Bob"_s}));
}

void TestWsPresenceRoster::twoConnectionsAreOneMember()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net[0].join(2, nullptr, u"Ann"_s);
    net[0].join(2, nullptr, u"Ann"_s);
    net.settle();
    net[0].leave(2);
    net[0].leave(2);
    net[0].leave(3);
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
    net[0].leave(1);
    net.settle();
    for (const auto &node : net.nodes)
        QCOMPARE(node->events, QStringList({u"+Ann"_s, u"-Ann"_s}));
}

void TestWsPresenceRoster::memberOfTwoServersLeavesWithTheLast()
{
    Net net(3);
    net[0].join(1, nullptr, u"Ann"_s);
    net[1].join(2, nullptr, u"Ann"_s);
    net.settle();
    net[0].leave(1);
    net.settle();
    for (const auto &node : net.nodes)
        QCOMPARE(node->events, QStringList(u"+Ann"_s));
    net[1].leave(2);
    net.settle();
    for (const auto &node : net.nodes)
        QCOMPARE(node->events, QStringList({u"+Ann"_s, u"-Ann"_s}));
}

void TestWsPresenceRoster::namelessConnectionIsNoMember()
{
    Net net(2);
    net[0].join(1, nullptr, QString());
    net.settle();
    QVERIFY(net[0].hasConnections());
    net[1].join(2, nullptr, u"Bob"_s);
    net.settle();
    QCOMPARE(net.node(0).members(), QStringList(u"Bob"_s));
    net[0].leave(1);
    net.settle();
    QVERIFY(!net[0].hasConnections());
    QCOMPARE(net.node(1).events, QStringList(u"+Bob"_s));
}

void TestWsPresenceRoster::whatIsUndoneIsNotSent()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.sent.clear();
    net[0].join(2, nullptr, u"Bob"_s);
    net[0].leave(2);
    net[0].leave(1);
    net[0].join(3, nullptr, u"Ann"_s);
    net.settle();
    QVERIFY(net.sent.isEmpty());
    QCOMPARE(net.node(0).events, QStringList({u"+Ann"_s, u"+Bob"_s, u"-Bob"_s, u"-Ann"_s, u"+Ann"_s}));
    QCOMPARE(net.node(1).events, QStringList(u"+Ann"_s));
}

void TestWsPresenceRoster::serverTakesItsMembersAlong()
{
    Net net(2);
    const int one = 1;
    const int other = 2;
    net[0].join(1, &one, u"Ann"_s);
    net[0].join(2, &other, u"Ann"_s);
    net[0].join(3, &one, u"Bob"_s);
    net.settle();
    net[0].leaveAll(&one);
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
}

void TestWsPresenceRoster::heartbeatsFollowTheTimeToLive()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.advance(5s); // past the second question
    net.sent.clear();
    net.advance(TimeToLive * 10);
    QCOMPARE(net.sent.size(), 30);
    QCOMPARE(net.sentOf(Kind::Heartbeat).size(), 30);
    QCOMPARE(net.node(1).events, QStringList(u"+Ann"_s));
}

// Until the next heartbeat of a long one, others would wait for a process that was killed.
void TestWsPresenceRoster::shorterTimeToLiveIsToldAtOnce()
{
    Net net(2);
    net[0].setTimeToLive(1h);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.advance(5s);
    net.sent.clear();
    net[0].setTimeToLive(TimeToLive);
    net.settle();
    QCOMPARE(net.sentOf(Kind::Heartbeat).size(), 1);
    net[0].setTimeToLive(TimeToLive * 2);
    net.settle();
    QCOMPARE(net.sent.size(), 1);
    net.node(0).isOnline = false;
    net.advance(TimeToLive);
    QCOMPARE(net.node(1).events, QStringList({u"+Ann"_s, u"-Ann"_s}));
}

void TestWsPresenceRoster::onlyThoseWithMembersSendHeartbeats()
{
    Net net(2);
    net[0].join(1, nullptr, QString());
    net.settle();
    net.advance(5s);
    net.sent.clear();
    net.advance(TimeToLive * 10);
    QVERIFY(net.sent.isEmpty());
    QCOMPARE(net[0].nextCheck(), WsTime::max());
}

void TestWsPresenceRoster::killedOriginExpires()
{
    Net net(3);
    net[0].join(1, nullptr, u"Ann"_s);
    net[1].join(2, nullptr, u"Bob"_s);
    net.settle();
    net.node(0).isOnline = false; // without a word
    net.advance(TimeToLive / 2);
    QCOMPARE(net.node(2).members(), QStringList({u"Ann"_s, u"Bob"_s}));
    net.advance(TimeToLive / 2);
    QCOMPARE(net.node(2).events, QStringList({u"+Ann"_s, u"+Bob"_s, u"-Ann"_s}));
    net.advance(TimeToLive * 3);
    QCOMPARE(net.node(2).members(), QStringList(u"Bob"_s));
}

void TestWsPresenceRoster::timeToLiveIsThatOfTheOrigin()
{
    Net net(2);
    net[0].setTimeToLive(5 * TimeToLive);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.advance(10 * TimeToLive);
    QCOMPARE(net.node(1).events, QStringList(u"+Ann"_s));
    net.node(0).isOnline = false;
    net.advance(3 * TimeToLive);
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
    net.advance(2 * TimeToLive);
    QVERIFY(net.node(1).members().isEmpty());
    QCOMPARE(WsPresenceRoster::limited(0ms), WsPresenceRoster::MinTimeToLive);
    QCOMPARE(WsPresenceRoster::limited(24h), WsPresenceRoster::MaxTimeToLive);
}

void TestWsPresenceRoster::busyThreadForgetsNobody_data()
{
    QTest::addColumn<std::chrono::milliseconds>("timeToLive");
    QTest::newRow("which has the same time to live") << TimeToLive;
    QTest::newRow("which has a longer time to live") << std::chrono::milliseconds(1h);
}

void TestWsPresenceRoster::busyThreadForgetsNobody()
{
    QFETCH(const std::chrono::milliseconds, timeToLive);
    Net net(2);
    net[1].setTimeToLive(timeToLive);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.now += TimeToLive * 5; // in which nobody has looked at anything
    net[1].check(net.now);
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
    net.settle();
    net.advance(TimeToLive * 5);
    QCOMPARE(net.node(1).events, QStringList(u"+Ann"_s));
}

void TestWsPresenceRoster::lostMessageIsFoundOut_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("the first list") << int(Kind::List);
    QTest::newRow("changes") << int(Kind::Changes);
}

void TestWsPresenceRoster::lostMessageIsFoundOut()
{
    QFETCH(const int, kind);
    Net net(2);
    net.advance(5s);
    const auto lose = [&net, kind](const WsPresenceMessage &message) { return int(message.kind) == kind; };
    if (Kind(kind) == Kind::List)
        net.isLost = lose;
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.isLost = lose;
    net[0].join(2, nullptr, u"Bob"_s);
    net.settle();
    net[0].leave(1);
    net.settle();
    QVERIFY(net.node(1).members() != QStringList(u"Bob"_s));
    net.isLost = nullptr;
    net.advance(TimeToLive / 3 + Step);
    QCOMPARE(net.node(1).members(), QStringList(u"Bob"_s));
    net[0].join(3, nullptr, u"Cid"_s);
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList({u"Bob"_s, u"Cid"_s}));
}

// As if the service had answered before it has subscribed the one that asks.
void TestWsPresenceRoster::lateAnswerIsAskedForAgain()
{
    Net net(1);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.advance(TimeToLive / 3 / 2); // no heartbeat soon
    net.isLost = [](const WsPresenceMessage &message) { return message.kind == Kind::List; };
    net.nodes.push_back(std::make_unique<Node>());
    net.setOnline(1, true);
    net.settle();
    QVERIFY(net.node(1).members().isEmpty());
    net.isLost = nullptr;
    net.advance(WsPresenceRoster::AskAgainAfter);
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
}

void TestWsPresenceRoster::answersAreNotSentTooOften()
{
    Net net(1);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.advance(5s);
    net.sent.clear();
    const WsPresenceMessage ask{Kind::AskList, QUuid::createUuid()};
    for (int i = 0; i < 1000; ++i) {
        QVERIFY(net[0].receive(ask, net.now));
        net.settle();
        net.now += 1ms;
    }
    QCOMPARE(net.sentOf(Kind::List).size(), 1s / WsPresenceRoster::AskInterval);
    net.now += 1s;
    net.settle(); // the list that was still wanted
    net.now += 1s;
    for (int i = 0; i < 1000; ++i) {
        QVERIFY(net[0].receive({Kind::AskHeartbeat, ask.origin}, net.now));
        net.settle();
        net.now += 1ms;
    }
    QCOMPARE(net.sentOf(Kind::Heartbeat).size(), 1s / WsPresenceRoster::AskInterval);
    WsPresenceMessage other = ask;
    net.now += 1s;
    net.settle();
    net.sent.clear();
    other.target = QUuid::createUuid(); // somebody else is asked
    QVERIFY(net[0].receive(other, net.now));
    net.settle();
    QVERIFY(net.sent.isEmpty());
}

void TestWsPresenceRoster::longListsAreDivided()
{
    Net net(2);
    net[0].setMaxMessageSize(4096);
    const QStringList names = namesUntil(1000);
    for (int i = 0; i < names.size(); ++i)
        net[0].join(quint64(i), nullptr, names.at(i));
    net.settle();
    QCOMPARE(net.node(1).members(), names);
    const QList<WsPresenceMessage> lists = net.sentOf(Kind::List);
    QVERIFY(lists.size() > 4);
    for (const WsPresenceMessage &list : lists)
        QVERIFY(list.encoded().size() <= 4096);
}

void TestWsPresenceRoster::incompleteListIsAskedForAgain()
{
    Net net(2);
    net.advance(5s);
    net[0].setMaxMessageSize(4096);
    const QStringList names = namesUntil(1000);
    for (int i = 0; i < names.size(); ++i)
        net[0].join(quint64(i), nullptr, names.at(i));
    int lost = 0;
    net.isLost = [&lost](const WsPresenceMessage &message) {
        return message.kind == Kind::List && message.part == 2 && ++lost > 0;
    };
    net.settle();
    QVERIFY(lost > 0);
    QVERIFY(net.node(1).members().isEmpty()); // all or nothing
    net.isLost = nullptr;
    net.advance(TimeToLive / 3 + Step);
    QCOMPARE(net.node(1).members(), names);
}

void TestWsPresenceRoster::longChangesAreDivided()
{
    Net net(2);
    net[0].setMaxMessageSize(4096);
    net[0].join(1'000'000, nullptr, u"Ann"_s);
    net.settle();
    net.sent.clear();
    const QStringList names = namesUntil(1000);
    for (int i = 0; i < names.size(); ++i)
        net[0].join(quint64(i), nullptr, names.at(i));
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s) + names);
    for (int i = 0; i < names.size(); ++i)
        net[0].leave(quint64(i));
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
    QVERIFY(net.sentOf(Kind::List).isEmpty());
    QVERIFY(net.sentOf(Kind::Changes).size() > 8);
    for (const WsPresenceMessage &message : std::as_const(net.sent))
        QVERIFY(message.encoded().size() <= 4096);
}

// Those who are not affected have noticed nothing.
void TestWsPresenceRoster::interruptionShorterThanTheTimeToLive()
{
    Net net(3);
    net[0].join(1, nullptr, u"Ann"_s);
    net[1].join(2, nullptr, u"Bob"_s);
    net[1].join(3, nullptr, u"Cid"_s);
    net.settle();
    net.setOnline(1, false);
    net[1].leave(2);
    net[1].join(4, nullptr, u"Dan"_s);
    net[0].join(5, nullptr, u"Eve"_s);
    net.advance(TimeToLive / 2);
    QCOMPARE(net.node(1).members(), QStringList({u"Ann"_s, u"Cid"_s, u"Dan"_s}));
    QCOMPARE(net.node(0).members(), QStringList({u"Ann"_s, u"Bob"_s, u"Cid"_s, u"Eve"_s}));
    net.setOnline(1, true);
    net.settle();
    for (const auto &node : net.nodes) {
        QCOMPARE(node->members(), QStringList({u"Ann"_s, u"Cid"_s, u"Dan"_s, u"Eve"_s}));
        QVERIFY(!node->events.contains(u"-Ann"_s));
        QVERIFY(!node->events.contains(u"-Cid"_s));
    }
}

void TestWsPresenceRoster::interruptionLongerThanTheTimeToLive()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net[1].join(2, nullptr, u"Bob"_s);
    net.settle();
    net.setOnline(0, false);
    net.setOnline(1, false);
    net.advance(TimeToLive);
    QCOMPARE(net.node(0).members(), QStringList(u"Ann"_s));
    QCOMPARE(net.node(1).members(), QStringList(u"Bob"_s));
    net.setOnline(0, true);
    net.setOnline(1, true);
    net.advance(Step);
    for (const auto &node : net.nodes)
        QCOMPARE(node->members(), QStringList({u"Ann"_s, u"Bob"_s}));
}

void TestWsPresenceRoster::lastMemberLeavesDuringAnInterruption()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net.settle();
    net.setOnline(0, false);
    net[0].leave(1);
    net.settle();
    QCOMPARE(net.node(1).members(), QStringList(u"Ann"_s));
    net.setOnline(0, true);
    net.settle();
    QVERIFY(net.node(1).members().isEmpty());
}

void TestWsPresenceRoster::endIsToldAndForgetsAll()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net[1].join(2, nullptr, u"Bob"_s);
    net.settle();
    net[0].end(net.now);
    net.settle();
    QCOMPARE(net.node(0).events, QStringList({u"+Ann"_s, u"+Bob"_s, u"-Ann"_s, u"-Bob"_s}));
    QCOMPARE(net.node(1).members(), QStringList(u"Bob"_s));
}

// A process gives a topic up and begins anew, of which others have noticed nothing.
void TestWsPresenceRoster::staleStateIsNotMistaken()
{
    Net net(2);
    net[0].join(1, nullptr, u"Ann"_s);
    net[0].join(2, nullptr, u"Bob"_s);
    net.settle();
    net.now += WsPresenceRoster::AskInterval;
    WsPresenceRoster anew(net.node(0).id, &net.node(0).versions);
    anew.setTimeToLive(TimeToLive);
    anew.setOnline(true, net.now);
    anew.join(3, nullptr, u"Cid"_s);
    anew.check(net.now);
    (void)anew.takeMessages(); // lost
    anew.join(4, nullptr, u"Dan"_s);
    anew.check(net.now);
    const QList<WsPresenceMessage> changes = anew.takeMessages();
    QCOMPARE(changes.size(), 1);
    QVERIFY(net[1].receive(changes.constFirst(), net.now));
    QCOMPARE(net.node(1).members(), QStringList({u"Ann"_s, u"Bob"_s}));
    const QList<WsPresenceMessage> questions = net[1].takeMessages();
    QCOMPARE(questions.size(), 1);
    QCOMPARE(questions.constFirst().target, net.node(0).id);
}

void TestWsPresenceRoster::membersElsewhereAreLimited()
{
    constexpr qsizetype Max = WsPresenceRoster::MaxMembers;
    Net net(1);
    WsPresenceMessage list{Kind::List, QUuid::createUuid()};
    list.timeToLive = TimeToLive;
    list.version = 1;
    list.members = namesUntil(Max - 1);
    QVERIFY(net[0].receive(list, net.now));
    WsPresenceMessage second = list;
    second.origin = QUuid::createUuid();
    second.members = QStringList{u"a"_s, u"b"_s, u"c"_s};
    QVERIFY(!net[0].receive(second, net.now));
    QCOMPARE(net[0].members().size(), Max);
    WsPresenceMessage changes{Kind::Changes, second.origin};
    changes.timeToLive = TimeToLive;
    changes.after = 1;
    changes.version = 2;
    changes.members = QStringList{u"d"_s};
    QVERIFY(!net[0].receive(changes, net.now));
    QCOMPARE(net[0].members().size(), Max);
    list.version = 2;
    list.members = QStringList{u"e"_s};
    QVERIFY(net[0].receive(list, net.now));
    second.version = 3;
    QVERIFY(net[0].receive(second, net.now));
    net.settle();
    QCOMPARE(net.node(0).members(), QStringList({u"a"_s, u"b"_s, u"c"_s, u"e"_s}));
}

// It would be sent to all processes each time. Once there is room again, it is asked for.
void TestWsPresenceRoster::leftOutListIsNotAskedForWithEachHeartbeat()
{
    constexpr qsizetype Max = WsPresenceRoster::MaxMembers;
    Net net(1);
    WsPresenceMessage full{Kind::List, QUuid::createUuid()};
    full.timeToLive = WsPresenceRoster::MaxTimeToLive;
    full.version = 1;
    full.members = namesUntil(Max);
    QVERIFY(net[0].receive(full, net.now));
    WsPresenceMessage list{Kind::List, QUuid::createUuid()};
    list.timeToLive = TimeToLive;
    list.version = 1;
    list.members = QStringList{u"Ann"_s};
    QVERIFY(!net[0].receive(list, net.now));
    WsPresenceMessage heartbeat{Kind::Heartbeat, list.origin};
    heartbeat.timeToLive = TimeToLive;
    heartbeat.version = 1;
    const auto beat = [&] {
        net.now += TimeToLive / 3;
        QVERIFY(net[0].receive(heartbeat, net.now));
        net.settle();
    };
    net.advance(5s); // past the second question
    net.sent.clear();
    for (int i = 0; i < 10; ++i)
        beat();
    QVERIFY(net.sent.isEmpty());
    full.version = 2;
    full.members.resize(Max - 1);
    QVERIFY(net[0].receive(full, net.now));
    beat();
    QVERIFY(net.sent.isEmpty());
    full.version = 3;
    full.members.resize(Max / 2);
    QVERIFY(net[0].receive(full, net.now));
    beat();
    QCOMPARE(net.sent.size(), 1);
    QCOMPARE(net.sent.constFirst().target, list.origin);
    list.version = 2;
    QVERIFY(net[0].receive(list, net.now));
    QVERIFY(net[0].members().contains(u"Ann"_s));
    heartbeat.version = 2;
    beat();
    QCOMPARE(net.sent.size(), 1);
}

// It sends changes all the time, and so no heartbeat.
void TestWsPresenceRoster::leftOutListOfABusyOriginIsAskedFor()
{
    Net net(1);
    WsPresenceMessage full{Kind::List, QUuid::createUuid()};
    full.timeToLive = WsPresenceRoster::MaxTimeToLive;
    full.version = 1;
    full.members = namesUntil(WsPresenceRoster::MaxMembers);
    QVERIFY(net[0].receive(full, net.now));
    WsPresenceMessage list{Kind::List, QUuid::createUuid()};
    list.timeToLive = WsPresenceRoster::MaxTimeToLive;
    list.version = 1;
    list.members = QStringList{u"Ann"_s};
    QVERIFY(!net[0].receive(list, net.now));
    net.advance(5s); // past the second question
    net.sent.clear();
    full.version = 2;
    full.members.resize(WsPresenceRoster::MaxMembers / 2);
    QVERIFY(net[0].receive(full, net.now));
    WsPresenceMessage changes{Kind::Changes, list.origin};
    changes.timeToLive = WsPresenceRoster::MaxTimeToLive;
    const auto change = [&](const QString &joined) {
        changes.after = list.version;
        changes.version = ++list.version;
        changes.members = QStringList{joined};
        list.members.append(joined);
        QVERIFY(net[0].receive(changes, net.now));
        net.settle();
    };
    change(u"Bob"_s);
    change(u"Cid"_s);
    QCOMPARE(net.sent.size(), 1);
    QCOMPARE(net.sent.constFirst().kind, Kind::AskList);
    QCOMPARE(net.sent.constFirst().target, list.origin);
    ++list.version;
    QVERIFY(net[0].receive(list, net.now));
    for (const QString &member : {u"Ann"_s, u"Bob"_s, u"Cid"_s})
        QVERIFY(net[0].members().contains(member));
    net.now += WsPresenceRoster::AskInterval;
    change(u"Dan"_s);
    QCOMPARE(net.sent.size(), 1);
}

void TestWsPresenceRoster::originsAreLimited()
{
    Net net(1);
    WsPresenceMessage list{Kind::List, QUuid()};
    list.timeToLive = TimeToLive;
    list.version = 1;
    for (int i = 0; i < WsPresenceRoster::MaxOrigins; ++i) {
        list.origin = QUuid::createUuid();
        list.members = QStringList{QString::number(i)};
        QVERIFY(net[0].receive(list, net.now));
    }
    list.origin = QUuid::createUuid();
    list.members = QStringList{u"Ann"_s};
    QVERIFY(!net[0].receive(list, net.now));
    QCOMPARE(net[0].members().size(), WsPresenceRoster::MaxOrigins);
    net.settle();
    net.advance(TimeToLive);
    QVERIFY(net[0].members().isEmpty());
    QVERIFY(net[0].receive(list, net.now));
    net.settle();
    QCOMPARE(net.node(0).members(), QStringList(u"Ann"_s));
}

void TestWsPresenceRoster::unfinishedListsAreLimited()
{
    Net net(1);
    WsPresenceMessage list{Kind::List, QUuid()};
    list.timeToLive = TimeToLive;
    list.version = 1;
    list.parts = 2;
    list.members = namesUntil(WsPresenceRoster::MaxMembers);
    list.origin = QUuid::createUuid();
    QVERIFY(net[0].receive(list, net.now));
    WsPresenceMessage other = list;
    other.origin = QUuid::createUuid();
    other.members = QStringList{u"Ann"_s};
    QVERIFY(!net[0].receive(other, net.now));
    net.settle();
    net.advance(TimeToLive); // nothing of the rest has come
    QVERIFY(net[0].receive(other, net.now));
    other.part = 1;
    other.members = QStringList{u"Bob"_s};
    QVERIFY(net[0].receive(other, net.now));
    net.settle();
    QCOMPARE(net.node(0).members(), QStringList({u"Ann"_s, u"Bob"_s}));
}

void TestWsPresenceRoster::anythingLeadsToTheSame_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 40; ++seed)
        QTest::addRow("%u", seed) << seed;
}

// Members come and go while messages are lost and processes are cut off. Soon after that has ended, all know
// the same, and in between, the events have always led to it.
void TestWsPresenceRoster::anythingLeadsToTheSame()
{
    QFETCH(const quint32, seed);
    QRandomGenerator random(seed);
    Net net(4);
    for (const auto &node : net.nodes)
        node->roster.setMaxMessageSize(WsPresenceMessage::Overhead + 20);
    net.isLost = [&random](const WsPresenceMessage &) { return random.bounded(4) == 0; };
    QMap<QPair<int, quint64>, QString> connections;
    for (int i = 0; i < 300; ++i) {
        const int at = random.bounded(4);
        const quint64 connection = random.bounded(10);
        const QString name = QChar(u'a' + random.bounded(8));
        if (connections.contains({at, connection})) {
            connections.remove({at, connection});
            net[at].leave(connection);
        } else {
            connections.insert({at, connection}, name);
            net[at].join(connection, nullptr, name);
        }
        if (random.bounded(20) == 0)
            net.setOnline(at, !net.node(at).isOnline);
        if (random.bounded(2) == 0)
            net.settle();
        if (random.bounded(10) == 0)
            net.advance(std::chrono::milliseconds(random.bounded(int(TimeToLive.count()))));
    }
    net.isLost = nullptr;
    for (int i = 0; i < 4; ++i)
        net.setOnline(i, true);
    net.advance(TimeToLive * 2);
    QStringList expected = connections.values();
    expected.removeDuplicates();
    expected.sort();
    for (const auto &node : net.nodes) {
        QCOMPARE(node->members(), expected);
        QVERIFY(node->areEventsRight);
    }
}

WSKIT_APPLESS_TEST(TestWsPresenceRoster)
#include "tst_wspresenceroster.moc"
