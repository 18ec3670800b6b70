// SPDX-License-Identifier: MIT
#include "net/loop/wstimerlist.h"

#include <QtCore/qcoreevent.h>
#include <QtTest/qtest.h>

#include <functional>
#include <limits>

using namespace std::chrono;
using namespace std::chrono_literals;
using Time = WsTimerList::Time;

namespace {
const Time start = Time(1h);
const Time never = Time::max();

// Notes which timers fire, and does what the test wants done in the handler.
class Receiver : public QObject
{
public:
    QList<int> fired;
    std::function<void(int)> handler;

protected:
    void timerEvent(QTimerEvent *event) override
    {
        fired.append(event->timerId());
        if (handler)
            handler(event->timerId());
    }
};

// The next \a count times at which something fires, as a timer without any delay would have it.
QList<Time> nextTicks(WsTimerList &timers, int count)
{
    QList<Time> ticks;
    while (ticks.size() < count) {
        ticks.append(timers.next());
        timers.fire(ticks.last());
    }
    return ticks;
}
} // namespace

class TestWsTimerList : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsDueInAnEmptyList();
    void preciseTimerIsDueToTheMillisecond();
    void timersFireInTheOrderOfTheirTimes();
    void equalTimesFireInTheOrderOfRegistration();
    void ticksDoNotDrift();
    void missedTicksAreLeftOut();
    void coarseTimerStaysWithinFivePercent_data();
    void coarseTimerStaysWithinFivePercent();
    void coarseTimersMeet();
    void shortCoarseTimerIsPrecise();
    void longCoarseTimerIsVeryCoarse();
    void veryCoarseTimerTicksAtWholeSeconds_data();
    void veryCoarseTimerTicksAtWholeSeconds();
    void zeroTimerFiresOnceARound();
    void zeroTimerIsNoEvent();
    void zeroTimerHoldsUpNoOther();
    void hugeIntervalNeverComes_data();
    void hugeIntervalNeverComes();
    void removedTimerDoesNotFire();
    void timerMayRemoveItself();
    void timerMayRemoveOthers();
    void timerMayBeRestartedInItsHandler();
    void timerRegisteredInAHandlerWaitsForTheNextRound();
    void timerDoesNotFireWithinItsHandler();
    void othersFireWithinAHandler();
    void nestedRoundFiresNoTimerTwice();
    void sameNumberAgainReplacesTheTimer();
    void removeAllTakesThoseOfTheObject();
    void timersAreListedAsTheyWereAdded();
    void remainingTimeIsRoundedUp();
};

void TestWsTimerList::nothingIsDueInAnEmptyList()
{
    WsTimerList timers;
    QVERIFY(timers.next() == never);
    QCOMPARE(timers.fire(start), 0);
    QCOMPARE(timers.remove(1), false);
    QCOMPARE(timers.remaining(1, start), -1ms);
}

void TestWsTimerList::preciseTimerIsDueToTheMillisecond()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 1234ms, Qt::PreciseTimer, &receiver, start);
    QVERIFY(timers.next() == start + 1234ms);
    QCOMPARE(timers.fire(start + 1234ms - 1ns), 0);
    QCOMPARE(timers.fire(start + 1234ms), 1);
    QCOMPARE(receiver.fired, QList<int>{1});
    QVERIFY(timers.next() == start + 2468ms);
}

void TestWsTimerList::timersFireInTheOrderOfTheirTimes()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 30ms, Qt::PreciseTimer, &receiver, start);
    timers.add(2, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.add(3, 20ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.fire(start + 40ms), 3);
    QCOMPARE(receiver.fired, (QList<int>{2, 3, 1}));
}

void TestWsTimerList::equalTimesFireInTheOrderOfRegistration()
{
    WsTimerList timers;
    Receiver receiver;
    for (int id = 9; id > 0; --id)
        timers.add(id, 10ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.fire(start + 10ms), 9);
    QCOMPARE(receiver.fired, (QList<int>{9, 8, 7, 6, 5, 4, 3, 2, 1}));
}

void TestWsTimerList::ticksDoNotDrift()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    for (int tick = 1; tick <= 100; ++tick)
        timers.fire(start + tick * 10ms + 3ms); // late each time
    QCOMPARE(receiver.fired.size(), 100);
    QVERIFY(timers.next() == start + 1010ms);
}

void TestWsTimerList::missedTicksAreLeftOut()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.fire(start + 95ms), 1);
    QVERIFY(timers.next() == start + 105ms);
    QCOMPARE(timers.fire(start + 95ms), 0);
    QCOMPARE(receiver.fired, QList<int>{1});
}

void TestWsTimerList::coarseTimerStaysWithinFivePercent_data()
{
    QTest::addColumn<int>("interval");
    for (const int interval : {21, 33, 40, 47, 50, 75, 99, 100, 130, 333, 500, 999, 1000, 4321, 19999})
        QTest::addRow("%d ms", interval) << interval;
}

void TestWsTimerList::coarseTimerStaysWithinFivePercent()
{
    QFETCH(int, interval);
    constexpr int Ticks = 1000;
    const Time begin = start + 123456789ns;
    const nanoseconds step = milliseconds(interval);
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, milliseconds(interval), Qt::CoarseTimer, &receiver, begin);
    Time last = begin;
    const QList<Time> ticks = nextTicks(timers, Ticks);
    for (const Time tick : ticks) {
        QVERIFY(abs(tick - last - step) <= step / 20);
        last = tick;
    }
    QVERIFY(abs(last - begin - Ticks * step) <= step / 40);
}

void TestWsTimerList::coarseTimersMeet()
{
    WsTimerList timers;
    Receiver receiver;
    for (int i = 0; i < 20; ++i)
        timers.add(i + 1, 1000ms, Qt::CoarseTimer, &receiver, start + i * 1ms);
    const Time tick = timers.next();
    QVERIFY(tick == start + 1s);
    QCOMPARE(timers.fire(tick), 20);
}

void TestWsTimerList::shortCoarseTimerIsPrecise()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 20ms, Qt::CoarseTimer, &receiver, start + 100us);
    QVERIFY(timers.next() == start + 20ms + 100us);
}

void TestWsTimerList::longCoarseTimerIsVeryCoarse()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 20'400ms, Qt::CoarseTimer, &receiver, start + 400ms);
    QVERIFY(timers.next() == start + 20s);
}

void TestWsTimerList::veryCoarseTimerTicksAtWholeSeconds_data()
{
    QTest::addColumn<int>("interval");
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("second");
    QTest::newRow("whole seconds") << 3000 << 0 << 3 << 6;
    QTest::newRow("rounded down") << 3499 << 0 << 3 << 6;
    QTest::newRow("rounded up") << 3500 << 0 << 4 << 8;
    QTest::newRow("from before the half of a second") << 3000 << 499 << 3 << 6;
    QTest::newRow("from the half of a second") << 3000 << 500 << 4 << 7;
    QTest::newRow("below half a second") << 100 << 0 << 1 << 2;
}

void TestWsTimerList::veryCoarseTimerTicksAtWholeSeconds()
{
    QFETCH(int, interval);
    QFETCH(int, offset);
    QFETCH(int, first);
    QFETCH(int, second);
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, milliseconds(interval), Qt::VeryCoarseTimer, &receiver, start + milliseconds(offset));
    const QList<Time> expected{start + seconds(first), start + seconds(second)};
    QVERIFY(nextTicks(timers, 2) == expected);
}

void TestWsTimerList::zeroTimerFiresOnceARound()
{
    WsTimerList timers;
    Receiver receiver;
    for (const auto type : {Qt::PreciseTimer, Qt::CoarseTimer, Qt::VeryCoarseTimer})
        timers.add(int(type) + 1, 0ms, type, &receiver, start);
    QVERIFY(timers.next() <= start);
    timers.fire(start); // at the very time of the registration
    QCOMPARE(receiver.fired, (QList<int>{1, 2, 3}));
    timers.fire(start);
    timers.fire(start + 1h);
    QCOMPARE(receiver.fired, (QList<int>{1, 2, 3, 1, 2, 3, 1, 2, 3}));
}

void TestWsTimerList::zeroTimerIsNoEvent()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 0ms, Qt::CoarseTimer, &receiver, start);
    timers.add(2, 1ms, Qt::CoarseTimer, &receiver, start);
    QCOMPARE(timers.fire(start), 0);
    QCOMPARE(timers.fire(start + 1ms), 1);
    QCOMPARE(receiver.fired.size(), 3);
}

void TestWsTimerList::zeroTimerHoldsUpNoOther()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 0ms, Qt::CoarseTimer, &receiver, start);
    timers.fire(start + 10ms);
    timers.add(2, 5ms, Qt::PreciseTimer, &receiver, start + 10ms);
    timers.fire(start + 15ms);
    QCOMPARE(receiver.fired, (QList<int>{1, 1, 2}));
}

void TestWsTimerList::hugeIntervalNeverComes_data()
{
    QTest::addColumn<Qt::TimerType>("type");
    QTest::newRow("precise") << Qt::PreciseTimer;
    QTest::newRow("coarse") << Qt::CoarseTimer;
    QTest::newRow("very coarse") << Qt::VeryCoarseTimer;
}

void TestWsTimerList::hugeIntervalNeverComes()
{
    QFETCH(Qt::TimerType, type);
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, milliseconds::max(), type, &receiver, start);
    QVERIFY(timers.next() == never);
    QCOMPARE(timers.fire(start + 24h * 365 * 100), 0);
    QCOMPARE(timers.timersOf(&receiver).constFirst().interval, std::numeric_limits<int>::max());
}

void TestWsTimerList::removedTimerDoesNotFire()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.remove(1), true);
    QCOMPARE(timers.remove(1), false);
    QVERIFY(timers.next() == never);
    QCOMPARE(timers.fire(start + 10ms), 0);
    QVERIFY(receiver.fired.isEmpty());
}

void TestWsTimerList::timerMayRemoveItself()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) { timers.remove(id); };
    timers.add(1, 0ms, Qt::PreciseTimer, &receiver, start);
    timers.add(2, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.fire(start + 10ms);
    QCOMPARE(receiver.fired, (QList<int>{1, 2}));
    QVERIFY(timers.next() == never);
}

void TestWsTimerList::timerMayRemoveOthers()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) { timers.remove(id + 1); };
    for (int id = 1; id <= 4; ++id)
        timers.add(id, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.fire(start + 10ms);
    QCOMPARE(receiver.fired, (QList<int>{1, 3}));
}

void TestWsTimerList::timerMayBeRestartedInItsHandler()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) {
        timers.remove(id);
        timers.add(id, 5ms, Qt::PreciseTimer, &receiver, start + 12ms);
    };
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.fire(start + 10ms);
    QVERIFY(timers.next() == start + 17ms);
    QCOMPARE(timers.fire(start + 17ms), 1); // it is not taken for the one whose handler it was made in
}

void TestWsTimerList::timerRegisteredInAHandlerWaitsForTheNextRound()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) { timers.add(id + 1, 0ms, Qt::PreciseTimer, &receiver, start + 10ms); };
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.fire(start + 10ms);
    QCOMPARE(receiver.fired, QList<int>{1});
    timers.fire(start + 10ms);
    QCOMPARE(receiver.fired, (QList<int>{1, 2}));
}

void TestWsTimerList::timerDoesNotFireWithinItsHandler()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int) {
        QVERIFY(timers.next() == never);
        QCOMPARE(timers.fire(start + 1h), 0);
    };
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.fire(start + 10ms), 1);
    QCOMPARE(receiver.fired, QList<int>{1});
    QVERIFY(timers.next() > start + 1h); // what it missed is left out
}

void TestWsTimerList::othersFireWithinAHandler()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) {
        if (id != 1)
            return;
        QVERIFY(timers.next() == start + 20ms);
        QCOMPARE(timers.fire(start + 20ms), 1);
    };
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.add(2, 20ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.fire(start + 10ms), 1);
    QCOMPARE(receiver.fired, (QList<int>{1, 2}));
}

void TestWsTimerList::nestedRoundFiresNoTimerTwice()
{
    WsTimerList timers;
    Receiver receiver;
    receiver.handler = [&](int id) {
        if (id == 1)
            timers.fire(start + 10ms);
    };
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.add(2, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.add(3, 0ms, Qt::PreciseTimer, &receiver, start + 10ms);
    timers.fire(start + 10ms);
    QCOMPARE(receiver.fired, (QList<int>{1, 2, 3}));
}

void TestWsTimerList::sameNumberAgainReplacesTheTimer()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    timers.add(1, 30ms, Qt::PreciseTimer, &receiver, start);
    QVERIFY(timers.next() == start + 30ms);
    QCOMPARE(timers.timersOf(&receiver).size(), 1);
}

void TestWsTimerList::removeAllTakesThoseOfTheObject()
{
    WsTimerList timers;
    Receiver first;
    Receiver second;
    timers.add(1, 10ms, Qt::PreciseTimer, &first, start);
    timers.add(2, 10ms, Qt::PreciseTimer, &second, start);
    timers.add(3, 10ms, Qt::PreciseTimer, &first, start);
    QCOMPARE(timers.removeAll(&first), true);
    QCOMPARE(timers.removeAll(&first), false);
    QCOMPARE(timers.fire(start + 10ms), 1);
    QVERIFY(first.fired.isEmpty());
    QCOMPARE(second.fired, QList<int>{2});
}

void TestWsTimerList::timersAreListedAsTheyWereAdded()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(3, 1500ms, Qt::VeryCoarseTimer, &receiver, start);
    timers.add(2, 15ms, Qt::CoarseTimer, &receiver, start);
    timers.add(1, 0ms, Qt::PreciseTimer, &receiver, start);
    const auto list = timers.timersOf(&receiver);
    QCOMPARE(list.size(), 3);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(list.at(i).timerId, i + 1);
    QCOMPARE(list.at(0).timerType, Qt::PreciseTimer);
    QCOMPARE(list.at(1).timerType, Qt::CoarseTimer);
    QCOMPARE(list.at(2).timerType, Qt::VeryCoarseTimer);
    QCOMPARE(list.at(0).interval, 0);
    QCOMPARE(list.at(1).interval, 15);
    QCOMPARE(list.at(2).interval, 1500);
}

void TestWsTimerList::remainingTimeIsRoundedUp()
{
    WsTimerList timers;
    Receiver receiver;
    timers.add(1, 10ms, Qt::PreciseTimer, &receiver, start);
    QCOMPARE(timers.remaining(1, start), 10ms);
    QCOMPARE(timers.remaining(1, start + 1us), 10ms);
    QCOMPARE(timers.remaining(1, start + 9999us), 1ms);
    QCOMPARE(timers.remaining(1, start + 10ms), 0ms);
    QCOMPARE(timers.remaining(1, start + 20ms), 0ms);
    QCOMPARE(timers.remaining(2, start), -1ms);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsTimerList)
#include "tst_wstimerlist.moc"
