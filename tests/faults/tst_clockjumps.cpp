// SPDX-License-Identifier: MIT

// Clocks that jump: a machine that was suspended, or a thread that was stopped for hours, and a time of day
// that is set.

#include "faultyconversation.h"

#include <WsKit/WsMemoryBroker>

using namespace FaultTesting;

namespace {
// The clock goes on while the thread does not run.
void jump(std::chrono::milliseconds time = 8h)
{
    FakeClock::advance(time);
    settle();
}

WsOptions limitedTo(int messages)
{
    WsOptions options = withPings();
    options.setMaxMessagesPerSecond(messages);
    return options;
}
} // namespace

class TestClockJumps : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openingEndsByItsTimeout_data() { addRoles(); }
    void openingEndsByItsTimeout();
    void openingThatWasAnsweredMeanwhileSucceeds();
    void openConnectionIsAskedFirst_data() { addRoles(); }
    void openConnectionIsAskedFirst();
    void pongThatCameMeanwhileCounts_data() { addRoles(); }
    void pongThatCameMeanwhileCounts();
    void closeThatCameMeanwhileCounts_data() { addRoles(); }
    void closeThatCameMeanwhileCounts();
    void peerThatIsGoneIsNoticed_data() { addRoles(); }
    void peerThatIsGoneIsNoticed();
    void waitingClientTriesOnce();
    void rateIsOneBurst_data() { addRoles(); }
    void rateIsOneBurst();
    void leavingServerHasClosed();
    void ownMembersStay();
    void timeOfDayEndsNothing_data();
    void timeOfDayEndsNothing();
    void setTimeOfDayDoesNotLengthenAWait_data();
    void setTimeOfDayDoesNotLengthenAWait();
    void retryAfterKnowsTheTimeOfTheServer();
};

void TestClockJumps::openingEndsByItsTimeout()
{
    QFETCH(const WsRole, role);
    Conversation c(role, {}, std::make_shared<FaultPlan>());
    c.start();
    if (role == WsRole::Client)
        (void)c.request();
    else
        c.feed(upgradeRequest().chopped(2));
    jump();
    c.passTime(); // a late check is repeated, and a server waits for the client to go
    QCOMPARE(c.problem(), QString());
    QCOMPARE(c.problemOfAnother(), QString());
}

void TestClockJumps::openingThatWasAnsweredMeanwhileSucceeds()
{
    Conversation c(WsRole::Client, {}, std::make_shared<FaultPlan>());
    c.start();
    const QByteArray request = c.request();
    jump(1s);
    FakeClock::pass(8h);
    c.feed(acceptanceOf(request));
    QCOMPARE(c.us()->state(), Ws::Open);
    jump(0s);
    QCOMPARE(c.us()->state(), Ws::Open);
}

void TestClockJumps::openConnectionIsAskedFirst()
{
    QFETCH(const WsRole, role);
    Conversation c(role, {}, std::make_shared<FaultPlan>());
    c.open();
    c.wire().takeWritten();
    jump();
    QCOMPARE(c.us()->state(), Ws::Open);
    const QList<SentFrame> sent = framesIn(c.wire().takeWritten());
    QVERIFY(!sent.isEmpty());
    QCOMPARE(sent.last().opcode, 9);
    c.receive({pong(sent.last().payload)});
    for (int i = 0; i < 19; ++i)
        jump(1s);
    QCOMPARE(c.us()->state(), Ws::Open);
    QCOMPARE(c.side().sent(), QString()); // one ping, not one for each interval
    c.closeByUs();
    QCOMPARE(c.problem(), QString());
}

void TestClockJumps::pongThatCameMeanwhileCounts()
{
    QFETCH(const WsRole, role);
    Conversation c(role, {}, std::make_shared<FaultPlan>());
    c.open();
    c.wire().takeWritten();
    jump(20s); // a ping
    const QList<SentFrame> sent = framesIn(c.wire().takeWritten());
    jump(); // the pong has arrived, but nothing of it has been looked at when the deadline is checked
    c.receive({pong(sent.last().payload), text("a")});
    QCOMPARE(c.us()->state(), Ws::Open);
    jump(10s);
    QCOMPARE(c.us()->state(), Ws::Open);
    QVERIFY(c.told().contains(u"text a"_s));
}

void TestClockJumps::closeThatCameMeanwhileCounts()
{
    QFETCH(const WsRole, role);
    Conversation c(role, {}, std::make_shared<FaultPlan>());
    c.open();
    c.act([](WsConnection &us) { us.close(3000, u"bye"_s); });
    jump();
    c.receive({text("on its way"), closing(3000, "bye")});
    c.endPeer();
    c.passTime();
    QVERIFY(c.told().contains(u"closed 3000 'bye' clean"_s));
    QCOMPARE(c.problem(), QString());
}

void TestClockJumps::peerThatIsGoneIsNoticed()
{
    QFETCH(const WsRole, role);
    Conversation c(role, {}, std::make_shared<FaultPlan>());
    c.open();
    jump();
    jump(10s);
    jump(10s);
    QVERIFY(c.told().contains(u"closed 1006 '' unclean"_s));
    QCOMPARE(c.problem(), QString());
    QCOMPARE(c.problemOfAnother(), QString());
}

void TestClockJumps::waitingClientTriesOnce()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.lose();
    jump();
    QCOMPARE(side.openingCount, 2);
    side.refuse();
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.log->all.last(), u"reconnecting 2 1000"_s);
    jump();
    QCOMPARE(side.openingCount, 3);
    side.accept();
    QCOMPARE(side.log->all.last(), u"reconnected"_s);
}

void TestClockJumps::rateIsOneBurst()
{
    QFETCH(const WsRole, role);
    Settings settings;
    settings.options = limitedTo(5);
    Conversation c(role, settings, std::make_shared<FaultPlan>());
    c.open();
    c.receive(Frames(20, text("x")));
    QCOMPARE(messagesOf(c.told()).size(), 5);
    jump();
    QCOMPARE(messagesOf(c.told()).size(), 10);
    for (int i = 0; i < 2; ++i)
        jump(1s);
    QCOMPARE(messagesOf(c.told()).size(), 20);
    c.closeByUs();
    QCOMPARE(c.problem(), QString());
}

void TestClockJumps::leavingServerHasClosed()
{
    Conversation c(WsRole::Server, {}, std::make_shared<FaultPlan>());
    const auto isClosed = c.expect(u"closed() of the server"_s);
    QObject::connect(c.server(), &WsServer::closed, c.server(), isClosed);
    QVERIFY(c.server()->listen());
    c.open();
    c.allowAbort();
    c.server()->close(Ws::GoingAway, {}, 10min);
    settle();
    jump();
    jump(1s);
    QCOMPARE(c.problem(), QString());
}

void TestClockJumps::ownMembersStay()
{
    WsMemoryBroker broker;
    broker.setPresence(u"room"_s);
    Conversation c(WsRole::Server, {}, std::make_shared<FaultPlan>());
    QStringList events;
    QObject::connect(c.server(), &WsServer::memberJoined, c.server(),
                     [&](const QString &, const QString &member) { events.append(u'+' + member); });
    QObject::connect(c.server(), &WsServer::memberLeft, c.server(),
                     [&](const QString &, const QString &member) { events.append(u'-' + member); });
    c.server()->setPresenceName([](const WsConnection *) { return u"anna"_s; });
    c.server()->setBroker(&broker);
    c.open();
    c.server()->subscribe(c.us(), u"room"_s);
    settle();
    QCOMPARE(events, QStringList{u"+anna"_s});
    jump();
    QCOMPARE(events, QStringList{u"+anna"_s});
    QCOMPARE(c.server()->members(u"room"_s), QStringList{u"anna"_s});
}

void TestClockJumps::timeOfDayEndsNothing_data()
{
    QTest::addColumn<int>("hours");
    QTest::newRow("forwards") << 8;
    QTest::newRow("backwards") << -8;
}

void TestClockJumps::timeOfDayEndsNothing()
{
    QFETCH(const int, hours);
    ReconnectingSide side;
    QVERIFY(side.open());
    FakeWallClock::sleep(std::chrono::hours(hours));
    jump(1s);
    QCOMPARE(side.told(), QString());
    QCOMPARE(side.sent(), QString());
    QCOMPARE(side.state(), Ws::Open);
}

void TestClockJumps::setTimeOfDayDoesNotLengthenAWait_data()
{
    timeOfDayEndsNothing_data();
}

void TestClockJumps::setTimeOfDayDoesNotLengthenAWait()
{
    QFETCH(const int, hours);
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setInitialDelay(10s); }));
    side.start();
    side.refuse();
    jump(5s);
    FakeWallClock::sleep(std::chrono::hours(hours));
    for (int i = 0; i < 5; ++i)
        jump(1s);
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.state(), Ws::Connecting);
}

// A date of Retry-After is compared with the server's own clock.
void TestClockJumps::retryAfterKnowsTheTimeOfTheServer()
{
    ReconnectingSide side;
    FakeWallClock::sleep(24h * 365 * 60); // 2030
    side.start();
    FakeWallClock::sleep(-24h * 365);
    side.answer(
        "503 Later\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nRetry-After: Tue, 01 Jan 2030 00:00:07 GMT");
    QCOMPARE(side.log->all.last(), u"reconnecting 1 7000"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestClockJumps)
#include "tst_clockjumps.moc"
