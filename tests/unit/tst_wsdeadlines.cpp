// SPDX-License-Identifier: MIT
#include "net/connection/wsdeadlines.h"

#include <QtTest/qtest.h>

#include <algorithm>

using namespace Qt::StringLiterals;
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
    void retryIsDueAfterTheDelay();
    void retryWithoutADelayIsDueAtOnce();
    void waitLooksAroundOnceASecond();
    void stopEndsTheWait();
    void noPongIsAwaitedAfterTheEnd();
    void hurriedPingIsDueAtOnce();
    void nothingIsHurriedIfThereAreNoPings();
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

    // --- bytes that the peer takes
    void handshakeIsNotPutOffByBytes();
    void pongIsNotMissedWhileThePeerWorksOffAQueue();
    void peerThatTakesNothingOfAQueueMissesThePong();
    void bytesThatAreTakenAtOnceAnswerNoPing();
    void queueThatIsMadeAfterThePingCountsToo();
    void changedPongTimeoutKnowsWhatWasTaken();
    void limitStartsAnewWhileBytesAreTaken_data() { addSendingPhases(); }
    void limitStartsAnewWhileBytesAreTaken();
    void limitCountsFromTheLastBytes_data() { addSendingPhases(); }
    void limitCountsFromTheLastBytes();
    void limitIsExactIfNothingWaits_data() { addSendingPhases(); }
    void limitIsExactIfNothingWaits();
    void peerThatTakesTooLittleIsCut_data() { addSendingPhases(); }
    void peerThatTakesTooLittleIsCut();
    void peerThatTakesTooLittleGetsGraceOnce();
    void peerThatSendsABodyHasToSendIt();
    void peerThatSendsTooLittleOfABodyIsLate();
    void slowPeerOfAnOpenConnectionIsNotCut();
    void bytesThatBecomeMoreAreNoProgress();
    void lateCheckSeesTheProgressMeanwhile();
    void zeroTimeoutNeverComesWhateverWaits();
    void textsTellWhatWasQueued_data();
    void textsTellWhatWasQueued();

private:
    static void addSendingPhases()
    {
        QTest::addColumn<bool>("isAnswer");
        QTest::newRow("an HTTP answer") << true;
        QTest::newRow("the closing handshake") << false;
    }
};

namespace {
constexpr qint64 MiB = 1024 * 1024;

struct Sending
{
    explicit Sending(bool isAnswer, milliseconds timeout, const WsSendProgress &progress)
        : action(isAnswer ? Action::AnswerTimedOut : Action::CloseTimedOut)
    {
        if (isAnswer)
            deadlines.startAnswer(start, timeout, progress);
        else
            deadlines.startClose(start, timeout, progress);
    }

    const Action action;
    WsDeadlines deadlines;
};

// Looks whenever next() says so, while the peer takes \a rate bytes a second of what waits. Returns what is
// due in the end, and sets \a progress and \a now to what they are then.
Action workOff(WsDeadlines &deadlines, qint64 rate, WsSendProgress *progress, WsTime *now)
{
    for (int i = 0; i < 1'000'000 && deadlines.next() != never; ++i) {
        const WsTime before = *now;
        *now = deadlines.next();
        const qint64 ms = std::chrono::duration_cast<milliseconds>(*now - before).count();
        const qint64 taken = std::min(rate * ms / 1000, progress->waiting);
        progress->taken += taken;
        progress->waiting -= taken;
        const Action action = deadlines.check(*now, *progress);
        if (action != Action::None || progress->waiting == 0)
            return action;
    }
    return Action::None;
}
} // namespace

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
    deadlines.startClose(start, 0ms, {});
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
    deadlines.startClose(start + 21s, 5s, {});
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
    deadlines.startClose(start + 2s, 5s, {});
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
    deadlines.startClose(start, 5s, {});
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
    deadlines.startClose(start + 30s, 5s, {});
    QCOMPARE(deadlines.check(start + 40s), Action::None);
    QCOMPARE(deadlines.check(start + 40s + WsDeadlines::Grace), Action::CloseTimedOut);
}

// --- bytes that the peer takes

void TestWsDeadlines::handshakeIsNotPutOffByBytes()
{
    WsDeadlines deadlines;
    deadlines.startHandshake(start, 10s);
    for (int second = 1; second < 10; ++second)
        QCOMPARE(deadlines.check(start + second * 1s, {second * 1000, MiB}), Action::None);
    QCOMPARE(deadlines.check(start + 10s, {10'000, MiB}), Action::HandshakeTimedOut);
}

// 2 MB at 15 kB/s take longer than the ping interval and the pong's timeout together.
void TestWsDeadlines::pongIsNotMissedWhileThePeerWorksOffAQueue()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    WsSendProgress progress{300'000, 2'000'000};
    WsTime now = start + 20s;
    QCOMPARE(deadlines.check(now, progress), Action::SendPing);
    QCOMPARE(workOff(deadlines, 15'000, &progress, &now), Action::None);
    QVERIFY(now - start > 130s);
    const WsTime last = now; // from then on the pong has its time
    EXPECT_NEXT(deadlines, Action::PongTimedOut, last + 20s);
}

void TestWsDeadlines::peerThatTakesNothingOfAQueueMissesThePong()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    WsSendProgress progress{300'000, 2'000'000};
    WsTime now = start + 20s;
    QCOMPARE(deadlines.check(now, progress), Action::SendPing);
    QCOMPARE(workOff(deadlines, 0, &progress, &now), Action::PongTimedOut);
    QVERIFY(now == start + 40s);
    QCOMPARE(deadlines.verdict(), WsSendLimit::Verdict::Stalled);
}

// A system goes on taking small messages for a program that hangs.
void TestWsDeadlines::bytesThatAreTakenAtOnceAnswerNoPing()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    QCOMPARE(deadlines.check(start + 20s, {1000, 0}), Action::SendPing);
    QVERIFY(deadlines.next() == start + 40s);
    QCOMPARE(deadlines.check(start + 40s, {5000, 0}), Action::PongTimedOut);
}

void TestWsDeadlines::queueThatIsMadeAfterThePingCountsToo()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    QCOMPARE(deadlines.check(start + 20s, {1000, 0}), Action::SendPing);
    QCOMPARE(deadlines.check(start + 40s, {5000, MiB}), Action::None);
    WsSendProgress progress{5000, MiB};
    WsTime now = start + 40s;
    QCOMPARE(workOff(deadlines, 0, &progress, &now), Action::PongTimedOut);
    QVERIFY(now == start + 60s);
}

void TestWsDeadlines::changedPongTimeoutKnowsWhatWasTaken()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    WsSendProgress progress{300'000, 2'000'000};
    WsTime now = start + 20s;
    QCOMPARE(deadlines.check(now, progress), Action::SendPing);
    deadlines.setKeepAlive(now + 1s, 20s, 8s);
    QCOMPARE(workOff(deadlines, 0, &progress, &now), Action::PongTimedOut);
    QVERIFY(now == start + 29s);
    QVERIFY(deadlines.timeout() == 8s);
}

void TestWsDeadlines::limitStartsAnewWhileBytesAreTaken()
{
    QFETCH(const bool, isAnswer);
    WsSendProgress progress{0, 20 * MiB};
    Sending sending(isAnswer, 5s, progress);
    WsTime now = start;
    QCOMPARE(workOff(sending.deadlines, 15'000, &progress, &now), Action::None);
    QVERIFY(now - start > 1000s);
    EXPECT_NEXT(sending.deadlines, sending.action, now + 5s); // the peer's own part has the same time
}

void TestWsDeadlines::limitCountsFromTheLastBytes()
{
    QFETCH(const bool, isAnswer);
    WsSendProgress progress{0, 20 * MiB};
    Sending sending(isAnswer, 8s, progress);
    WsTime now = start;
    progress = {MiB, 19 * MiB};
    for (now += 2s; now < start + 8s; now += 2s)
        QCOMPARE(sending.deadlines.check(now, progress), Action::None);
    QCOMPARE(workOff(sending.deadlines, 0, &progress, &now), sending.action);
    QVERIFY(now == start + 10s); // the progress was seen after 2 s
    QCOMPARE(sending.deadlines.verdict(), WsSendLimit::Verdict::Stalled);
}

// What is queued is the Close frame, or a small answer: it leaves at once.
void TestWsDeadlines::limitIsExactIfNothingWaits()
{
    QFETCH(const bool, isAnswer);
    Sending sending(isAnswer, 5s, {0, WsSendLimit::Negligible});
    QVERIFY(sending.deadlines.next() == start + 5s);
    QCOMPARE(sending.deadlines.check(start + 5s, {WsSendLimit::Negligible, 0}), sending.action);
}

void TestWsDeadlines::peerThatTakesTooLittleIsCut()
{
    QFETCH(const bool, isAnswer);
    WsSendProgress progress{0, 20 * MiB};
    Sending sending(isAnswer, 5s, progress);
    WsTime now = start;
    QCOMPARE(workOff(sending.deadlines, WsSendLimit::MinRate / 2, &progress, &now), sending.action);
    QCOMPARE(sending.deadlines.verdict(), WsSendLimit::Verdict::TooSlow);
    QVERIFY(now - start <= 11s); // 5 s, and 1 s for each MinRate bytes that were taken
}

void TestWsDeadlines::peerThatTakesTooLittleGetsGraceOnce()
{
    WsDeadlines deadlines;
    deadlines.startClose(start, 4s, {0, MiB});
    QCOMPARE(deadlines.check(start + 60s, {1, MiB - 1}), Action::None);
    QCOMPARE(deadlines.check(start + 61s, {2, MiB - 2}), Action::CloseTimedOut);
    QCOMPARE(deadlines.verdict(), WsSendLimit::Verdict::TooSlow);
}

void TestWsDeadlines::peerThatSendsABodyHasToSendIt()
{
    WsDeadlines deadlines;
    deadlines.startReceiving(start, 10s, 500);
    QVERIFY(deadlines.isReceiving());
    WsTime now = start;
    qint64 received = 500;
    for (int i = 0; i < 100; ++i) {
        now += 9s;
        received += 9 * WsSendLimit::MinRate;
        QCOMPARE(deadlines.check(now, WsDeadlines::receivingProgress(received)), Action::None);
    }
    QCOMPARE(deadlines.check(now + 10s, WsDeadlines::receivingProgress(received)), Action::HandshakeTimedOut);
    QCOMPARE(deadlines.verdict(), WsSendLimit::Verdict::Stalled);
    QVERIFY(!deadlines.isReceiving());
}

void TestWsDeadlines::peerThatSendsTooLittleOfABodyIsLate()
{
    WsDeadlines deadlines;
    deadlines.startReceiving(start, 10s, 0);
    WsTime now = start;
    qint64 received = 0;
    Action action = Action::None;
    while (action == Action::None && now < start + 60s) {
        now += 1s;
        received += WsSendLimit::MinRate / 4;
        action = deadlines.check(now, WsDeadlines::receivingProgress(received));
    }
    QCOMPARE(action, Action::HandshakeTimedOut);
    QVERIFY(now - start <= 14s); // 10 s, and 1 s for each MinRate bytes that have come
}

// Its memory is bounded by maxBufferedAmount, and it could hold its place by answering pings as well.
void TestWsDeadlines::slowPeerOfAnOpenConnectionIsNotCut()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 20s);
    WsSendProgress progress{0, 30'000};
    WsTime now = start + 20s;
    QCOMPARE(deadlines.check(now, progress), Action::SendPing);
    QCOMPARE(workOff(deadlines, 60, &progress, &now), Action::None);
    QVERIFY(now == start + 520s);
}

// As if TLS added to what is on its way.
void TestWsDeadlines::bytesThatBecomeMoreAreNoProgress()
{
    WsDeadlines deadlines;
    deadlines.startClose(start, 4s, {1000, MiB});
    QCOMPARE(deadlines.check(start + 1s, {900, MiB + 100}), Action::None);
    QCOMPARE(deadlines.check(start + 2s, {1000, MiB}), Action::None);
    QCOMPARE(deadlines.check(start + 3s, {1000, MiB}), Action::None);
    QCOMPARE(deadlines.check(start + 4s, {1000, MiB}), Action::CloseTimedOut);
}

void TestWsDeadlines::lateCheckSeesTheProgressMeanwhile()
{
    WsDeadlines deadlines;
    deadlines.startClose(start, 4s, {0, MiB});
    QCOMPARE(deadlines.check(start + 60s, {MiB / 2, MiB / 2}), Action::None);
    QCOMPARE(deadlines.check(start + 64s, {MiB / 2, MiB / 2}), Action::CloseTimedOut);
}

void TestWsDeadlines::zeroTimeoutNeverComesWhateverWaits()
{
    WsDeadlines deadlines;
    deadlines.startClose(start, 0ms, {0, MiB});
    QVERIFY(deadlines.next() == never);
    deadlines.startClose(start, milliseconds::max(), {0, MiB});
    QVERIFY(deadlines.next() == never);
}

void TestWsDeadlines::textsTellWhatWasQueued_data()
{
    QTest::addColumn<int>("timeout");
    QTest::addColumn<bool>("isTooSlow");
    QTest::addColumn<qint64>("waiting");
    QTest::addColumn<QString>("text");
    QTest::newRow("much")
        << 10'000 << false << qint64(1'234'567)
        << u"1,234,567 bytes were still queued; the peer took none for closeTimeout (10 s)"_s;
    QTest::newRow("one") << 250 << false << qint64(1)
                         << u"1 byte was still queued; the peer took none for closeTimeout (250 ms)"_s;
    QTest::newRow("too slow") << 1500 << true << qint64(2000)
                              << u"2,000 bytes were still queued; after closeTimeout (1500 ms) the peer took "
                                 "fewer than 1,024 bytes a second"_s;
}

void TestWsDeadlines::textsTellWhatWasQueued()
{
    QFETCH(const int, timeout);
    QFETCH(const bool, isTooSlow);
    QFETCH(const qint64, waiting);
    QFETCH(const QString, text);
    const auto verdict = isTooSlow ? WsSendLimit::Verdict::TooSlow : WsSendLimit::Verdict::Stalled;
    QCOMPARE(wsSendLimitText("closeTimeout", milliseconds(timeout), verdict, waiting), text);
}

void TestWsDeadlines::retryIsDueAfterTheDelay()
{
    WsDeadlines deadlines;
    deadlines.startRetry(start, 700ms);
    QCOMPARE(deadlines.next(), start + 700ms);
    QCOMPARE(deadlines.check(start + 699ms), Action::None);
    QCOMPARE(deadlines.check(start + 700ms), Action::Retry);
    QCOMPARE(deadlines.next(), never);
    // A thread that was busy tries at once.
    deadlines.startRetry(start, 700ms);
    QCOMPARE(deadlines.check(start + 1h), Action::Retry);
}

void TestWsDeadlines::retryWithoutADelayIsDueAtOnce()
{
    WsDeadlines deadlines;
    deadlines.startRetry(start, 0ms);
    QCOMPARE(deadlines.check(start), Action::Retry);
}

void TestWsDeadlines::waitLooksAroundOnceASecond()
{
    WsDeadlines deadlines;
    deadlines.startRetry(start, 2500ms);
    QCOMPARE(deadlines.next(), start + 1s);
    QCOMPARE(deadlines.check(start + 1s), Action::LookAround);
    QCOMPARE(deadlines.next(), start + 2s);
    QCOMPARE(deadlines.check(start + 2s), Action::LookAround);
    QCOMPARE(deadlines.next(), start + 2500ms);
    QCOMPARE(deadlines.check(start + 2500ms), Action::Retry);
}

void TestWsDeadlines::stopEndsTheWait()
{
    WsDeadlines deadlines;
    deadlines.startRetry(start, 700ms);
    deadlines.stop();
    QCOMPARE(deadlines.next(), never);
    QCOMPARE(deadlines.check(start + 1h), Action::None);
}

void TestWsDeadlines::noPongIsAwaitedAfterTheEnd()
{
    using Call = void (*)(WsDeadlines &);
    const QList<Call> calls = {[](WsDeadlines &deadlines) { deadlines.stop(); },
                               [](WsDeadlines &deadlines) { deadlines.startRetry(start, 700ms); },
                               [](WsDeadlines &deadlines) { deadlines.startHandshake(start, 10s); }};
    for (const Call call : calls) {
        WsDeadlines deadlines;
        deadlines.startOpen(start, 20s, 10s);
        QCOMPARE(deadlines.check(start + 20s), Action::SendPing);
        QVERIFY(deadlines.awaitsPong());
        call(deadlines);
        QVERIFY(!deadlines.awaitsPong());
    }
}

void TestWsDeadlines::hurriedPingIsDueAtOnce()
{
    WsDeadlines deadlines;
    deadlines.startOpen(start, 20s, 10s);
    deadlines.hurryPing(start + 1s);
    QCOMPARE(deadlines.check(start + 1s), Action::SendPing);
    // The pong to it is awaited already.
    deadlines.hurryPing(start + 2s);
    QCOMPARE(deadlines.check(start + 2s), Action::None);
    QCOMPARE(deadlines.check(start + 11s), Action::PongTimedOut);
}

void TestWsDeadlines::nothingIsHurriedIfThereAreNoPings()
{
    WsDeadlines deadlines;
    deadlines.hurryPing(start);
    QCOMPARE(deadlines.next(), never);
    deadlines.startOpen(start, 0ms, 10s);
    deadlines.hurryPing(start);
    QCOMPARE(deadlines.next(), never);
    deadlines.startOpen(start, milliseconds::max(), 10s);
    deadlines.hurryPing(start);
    QCOMPARE(deadlines.next(), never);
    deadlines.startOpen(start, 20s, 10s);
    deadlines.setReading(start, false);
    deadlines.hurryPing(start);
    QCOMPARE(deadlines.next(), never);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsDeadlines)
#include "tst_wsdeadlines.moc"
