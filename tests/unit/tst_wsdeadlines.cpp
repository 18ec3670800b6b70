// SPDX-License-Identifier: MIT
#include "net/connection/wsdeadlines.h"

#include <QtTest/qtest.h>

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Action = WsDeadlines::Action;

namespace {
const WsTime start = WsTime(1h);
const WsTime never = WsTime::max();

// Checks at the time that next() tells until something is due, as a timer would.
Action nextAction(WsDeadlines &deadlines, WsTime *at)
{
    for (int i = 0; i < 100; ++i) {
        *at = deadlines.next();
        if (*at == never)
            return Action::None;
        const Action action = deadlines.check(*at);
        if (action != Action::None)
            return action;
    }
    return Action::None;
}

#define EXPECT_NEXT(deadlines, action, time)                                                                 \
    do {                                                                                                     \
        WsTime at;                                                                                           \
        QCOMPARE(nextAction(deadlines, &at), action);                                                        \
        QVERIFY(at == time);                                                                                 \
    } while (false)
} // namespace

class TestWsDeadlines : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsDueBeforeAnythingStarts();
    void handshakeTimesOutAndTellsItOnce();
    void zeroTimeoutNeverComes();
    void hugeTimeoutNeverComes_data();
    void hugeTimeoutNeverComes();
    void openEndsTheHandshakesTimeout();
    void pingIsDueAfterSilence();
    void hearingPutsThePingOff();
    void hearingLeavesTheTimerAsItIs();
    void missingPongTimesOut();
    void anythingHeardAnswersThePing();
    void pingsGoOnWhenThePongTimeoutIsLonger();
    void onlyOnePongIsAwaited();
    void zeroPongTimeoutDemandsNoAnswer();
    void zeroPingIntervalSendsNoPings();
    void closeEndsPingsAndTimesOut();
    void stopEndsEverything();
    void canOpenAgainAfterATimeout();
    void pausedReadingMissesNoPong();
    void pausedReadingStaysThroughOpen();
    void pausedReadingDoesNotStopTheCloseTimeout();
    void sameReadingChangesNothing();
    void shorterKeepAliveCountsTheSilenceSoFar();
    void keepAliveCanBeSwitchedOffAndOn();
    void changedPongTimeoutAppliesToAnAwaitedPong();
    void changedKeepAliveIsIgnoredUnlessOpen();
    void lateCheckLeavesTimeToReadWhatHasArrived();
    void graceIsGivenOnceForEachPing();
    void slightlyLateCheckTimesOut();
    void lateCheckOfTheCloseIsGivenGraceToo();
};

void TestWsDeadlines::nothingIsDueBeforeAnythingStarts()
{
    WsDeadlines deadlines;
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start), Action::None);
    QCOMPARE(deadlines.check(never), Action::None);
}

void TestWsDeadlines::handshakeTimesOutAndTellsItOnce()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 10s);
    QVERIFY(deadlines.next() == start + 10s);
    QCOMPARE(deadlines.check(start + 10s - 1ms), Action::None);
    deadlines.heard(start + 9s); // the handshake has one limit, however it trickles in
    QCOMPARE(deadlines.check(start + 10s), Action::HandshakeTimedOut);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 20s), Action::None);
}

void TestWsDeadlines::zeroTimeoutNeverComes()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 0ms);
    QVERIFY(deadlines.next() == never);
    deadlines.startClose(start, 0ms);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 1000h), Action::None);
}

void TestWsDeadlines::hugeTimeoutNeverComes_data()
{
    QTest::addColumn<qint64>("timeout");
    QTest::newRow("the largest milliseconds") << qint64(milliseconds::max().count());
    QTest::newRow("the end of the clock")
        << qint64(std::chrono::duration_cast<milliseconds>(WsTime::max().time_since_epoch()).count());
    QTest::newRow("negative") << qint64(-1);
}

void TestWsDeadlines::hugeTimeoutNeverComes()
{
    QFETCH(qint64, timeout);
    WsDeadlines deadlines;
    deadlines.startHandshake(start, milliseconds(timeout));
    QVERIFY(deadlines.next() == never);
    deadlines.startOpen(start, milliseconds(timeout), 20s);
    QVERIFY(deadlines.next() == never);
    deadlines.startOpen(start, 20s, milliseconds(timeout));
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    QCOMPARE(deadlines.check(start + 1000h), timeout < 0 ? Action::SendPing : Action::None);
}

void TestWsDeadlines::openEndsTheHandshakesTimeout()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 10s);
    deadlines.startOpen(start + 1s, 20s, 20s);
    QCOMPARE(deadlines.check(start + 10s), Action::None);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 21s);
}

void TestWsDeadlines::pingIsDueAfterSilence()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    QVERIFY(deadlines.next() == start + 20s);
    QCOMPARE(deadlines.check(start + 20s - 1ms), Action::None);
    QCOMPARE(deadlines.check(start + 20s), Action::SendPing);
}

void TestWsDeadlines::hearingPutsThePingOff()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    for (int second = 1; second <= 100; ++second)
        deadlines.heard(start + second * 1s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 120s);
}

void TestWsDeadlines::hearingLeavesTheTimerAsItIs()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 60s);
    deadlines.heard(start + 5s);
    QVERIFY(deadlines.next() <= start + 25s);
    QCOMPARE(deadlines.check(start + 20s), Action::None);
    QVERIFY(deadlines.next() == start + 25s);

    QCOMPARE(deadlines.check(start + 25s), Action::SendPing);
    const WsTime timer = deadlines.next();
    deadlines.heard(start + 25s);
    QVERIFY2(timer <= start + 45s, "a timer set while a pong was awaited comes too late for the next ping");
}

void TestWsDeadlines::missingPongTimesOut()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    QCOMPARE(deadlines.check(start + 25s - 1ms), Action::None);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 25s);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 100s), Action::None);
}

void TestWsDeadlines::anythingHeardAnswersThePing()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.heard(start + 22s);
    QCOMPARE(deadlines.check(start + 25s), Action::None);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 42s);
}

void TestWsDeadlines::pingsGoOnWhenThePongTimeoutIsLonger()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 1s, 60s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 1s);
    deadlines.heard(start + 1s + 10ms);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 2s + 10ms);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 62s + 10ms);
}

void TestWsDeadlines::onlyOnePongIsAwaited()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 10s, 30s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 10s);
    QVERIFY(deadlines.next() == start + 20s);
    QCOMPARE(deadlines.check(start + 20s), Action::None);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 40s);
}

void TestWsDeadlines::zeroPongTimeoutDemandsNoAnswer()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 0ms);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 40s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 60s);
}

void TestWsDeadlines::zeroPingIntervalSendsNoPings()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 0ms, 5s);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 1000h), Action::None);
}

void TestWsDeadlines::closeEndsPingsAndTimesOut()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 2s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.startClose(start + 21s, 5s);
    deadlines.heard(start + 25s); // data may still come, and does not put the end off
    QCOMPARE(deadlines.check(start + 22s), Action::None);
    EXPECT_NEXT(deadlines, Action::CloseTimedOut, start + 26s);
    QVERIFY(deadlines.next() == never);
}

void TestWsDeadlines::stopEndsEverything()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 1s);
    deadlines.stop();
    QVERIFY(deadlines.next() == never);
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.stop();
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 1000h), Action::None);
}

void TestWsDeadlines::canOpenAgainAfterATimeout()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 25s);
    deadlines.startHandshake(start + 30s, 10s);
    EXPECT_NEXT(deadlines, Action::HandshakeTimedOut, start + 40s);
    deadlines.startOpen(start + 50s, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 70s);
}

void TestWsDeadlines::pausedReadingMissesNoPong()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.setReading(start + 21s, false);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 1h), Action::None);
    deadlines.setReading(start + 2h, true);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 2h + 20s);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 2h + 25s);
}

void TestWsDeadlines::pausedReadingStaysThroughOpen()
{
    WsDeadlines deadlines;
    deadlines.setReading(start, false);
    deadlines.startHandshake(start, 10s);
    QVERIFY(deadlines.next() == start + 10s);
    deadlines.startOpen(start + 1s, 20s, 5s);
    QVERIFY(deadlines.next() == never);
    deadlines.setKeepAlive(start + 2s, 10s, 5s);
    QVERIFY(deadlines.next() == never);
    deadlines.setReading(start + 3s, true);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 13s);
}

void TestWsDeadlines::pausedReadingDoesNotStopTheCloseTimeout()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    deadlines.setReading(start + 1s, false);
    deadlines.startClose(start + 2s, 5s);
    QVERIFY(deadlines.next() == start + 7s);
    deadlines.setReading(start + 3s, true);
    EXPECT_NEXT(deadlines, Action::CloseTimedOut, start + 7s);
}

void TestWsDeadlines::sameReadingChangesNothing()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    deadlines.setReading(start + 19s, true);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.setReading(start + 21s, true);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 25s);
}

void TestWsDeadlines::shorterKeepAliveCountsTheSilenceSoFar()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 60s, 5s);
    deadlines.setKeepAlive(start + 30s, 40s, 5s);
    QVERIFY(deadlines.next() == start + 40s);
    deadlines.setKeepAlive(start + 35s, 10s, 5s);
    QCOMPARE(deadlines.check(start + 35s), Action::SendPing);
}

void TestWsDeadlines::keepAliveCanBeSwitchedOffAndOn()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.setKeepAlive(start + 21s, 0ms, 5s);
    QVERIFY(deadlines.next() == never);
    QCOMPARE(deadlines.check(start + 100s), Action::None);
    deadlines.heard(start + 100s);
    deadlines.setKeepAlive(start + 101s, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 120s);
}

void TestWsDeadlines::changedPongTimeoutAppliesToAnAwaitedPong()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.setKeepAlive(start + 24s, 20s, 10s);
    QCOMPARE(deadlines.check(start + 25s), Action::None);
    EXPECT_NEXT(deadlines, Action::PongTimedOut, start + 34s);

    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    deadlines.setKeepAlive(start + 24s, 20s, 0ms);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 44s);
}

void TestWsDeadlines::changedKeepAliveIsIgnoredUnlessOpen()
{
    WsDeadlines deadlines;
    deadlines.setKeepAlive(start, 20s, 5s);
    QVERIFY(deadlines.next() == never);
    deadlines.startHandshake(start, 10s);
    deadlines.setKeepAlive(start, 1s, 1s);
    QVERIFY(deadlines.next() == start + 10s);
    deadlines.startClose(start, 5s);
    deadlines.setKeepAlive(start, 1s, 1s);
    EXPECT_NEXT(deadlines, Action::CloseTimedOut, start + 5s);
}

void TestWsDeadlines::lateCheckLeavesTimeToReadWhatHasArrived()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    const WsTime late = start + 60s; // a slot took 40 seconds; the pong lies in the socket
    QCOMPARE(deadlines.check(late), Action::None);
    deadlines.heard(late + 1ms);
    QCOMPARE(deadlines.check(late + WsDeadlines::Grace), Action::None);
    EXPECT_NEXT(deadlines, Action::SendPing, late + 20s + 1ms);
}

void TestWsDeadlines::graceIsGivenOnceForEachPing()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    QCOMPARE(deadlines.check(start + 60s), Action::None);
    QVERIFY(deadlines.next() == start + 60s + WsDeadlines::Grace);
    QCOMPARE(deadlines.check(start + 100s), Action::PongTimedOut);

    deadlines.startOpen(start, 20s, 5s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 20s);
    QCOMPARE(deadlines.check(start + 60s), Action::None);
    deadlines.heard(start + 60s);
    EXPECT_NEXT(deadlines, Action::SendPing, start + 80s);
    QCOMPARE(deadlines.check(start + 120s), Action::None);
    QCOMPARE(deadlines.check(start + 120s + WsDeadlines::Grace), Action::PongTimedOut);
}

void TestWsDeadlines::slightlyLateCheckTimesOut()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 10s);
    QCOMPARE(deadlines.check(start + 10s + WsDeadlines::Grace), Action::HandshakeTimedOut);
}

void TestWsDeadlines::lateCheckOfTheCloseIsGivenGraceToo()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 10s);
    QCOMPARE(deadlines.check(start + 30s), Action::None);
    deadlines.startClose(start + 30s, 5s);
    QCOMPARE(deadlines.check(start + 40s), Action::None);
    QCOMPARE(deadlines.check(start + 40s + WsDeadlines::Grace), Action::CloseTimedOut);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsDeadlines)
#include "tst_wsdeadlines.moc"
