// SPDX-License-Identifier: MIT
#include "net/connection/wsratelimit.h"

#include <QtTest/qtest.h>

#include <limits>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Excess = WsRateLimit::Excess;

namespace {
const WsTime start = WsTime(1h);
const WsTime never = WsTime::max();

WsRateLimit messages(int perSecond, Ws::RateLimitPolicy policy = Ws::SlowDown)
{
    return WsRateLimit({perSecond, 0, policy});
}

WsRateLimit bytes(qint64 perSecond, Ws::RateLimitPolicy policy = Ws::SlowDown)
{
    return WsRateLimit({0, perSecond, policy});
}

// Takes messages at \a now until the peer is held back.
int takeAll(WsRateLimit &limit, WsTime now)
{
    int count = 0;
    for (; !limit.isHeld() && count < 100000; ++count)
        limit.takeMessage(now);
    return count;
}
} // namespace

class TestWsRateLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsLimitedByZero();
    void burstIsWhatOneSecondAllows_data() { addRates(); }
    void burstIsWhatOneSecondAllows();
    void averageIsTheRate_data() { addRates(); }
    void averageIsTheRate();
    void silenceAllowsNoMoreThanTheBurst();
    void waitIsForSeveralMessagesOfMany();
    void waitIsForOneOfFew();
    void bytesAreReadUpToTheBurst();
    void bytesHoldBackReadingOnly();
    void messagesHoldBackWhatWasRead();
    void lookEndsWhatIsOver();
    void otherRatesCountWhatWasTaken();
    void restartFillsTheBuckets();
    void hugeRatesLimitNothing();
    void oneTooManyIsAnExcess();
    void oneByteTooManyIsAnExcess();
    void excessHoldsNothingBack();
    void peerOnItsLimitIsNoExcess();
    void whatWaitedForThisSideIsNoExcess();
    void whatWaitedForThisSideCountsOnce();
    void notReadingAllowsNothingWhileTheBucketFills();
    void textNamesTheLimit();

private:
    static void addRates()
    {
        QTest::addColumn<int>("rate");
        for (const int rate : {1, 3, 7, 10, 999, 12345})
            QTest::addRow("%d a second", rate) << rate;
    }
};

void TestWsRateLimit::nothingIsLimitedByZero()
{
    WsRateLimit limit({0, 0, Ws::Disconnect});
    limit.takeMessage(start);
    limit.takeBytes(start, 1'000'000, false);
    QVERIFY(!limit.isHeld());
    QCOMPARE(limit.excess(), Excess::None);
    QVERIFY(limit.next() == never);
    QCOMPARE(limit.readable(start, 4096), 4096);
    QVERIFY(WsRates().isNone());
}

void TestWsRateLimit::burstIsWhatOneSecondAllows()
{
    QFETCH(const int, rate);
    WsRateLimit limit = messages(rate);
    QCOMPARE(takeAll(limit, start), rate);
}

void TestWsRateLimit::averageIsTheRate()
{
    QFETCH(const int, rate);
    WsRateLimit limit = messages(rate);
    int count = takeAll(limit, start);
    for (WsTime now = limit.next(); now <= start + 10s; now = limit.next()) {
        QVERIFY(limit.look(now));
        count += takeAll(limit, now);
    }
    QCOMPARE_LE(count, 11 * rate);                 // with the burst
    QCOMPARE_GE(count, 11 * rate - rate / 20 - 1); // there may be another pause before the end
}

void TestWsRateLimit::silenceAllowsNoMoreThanTheBurst()
{
    WsRateLimit limit = messages(10);
    takeAll(limit, start);
    QVERIFY(limit.look(start + 1h));
    QCOMPARE(takeAll(limit, start + 1h), 10);
}

void TestWsRateLimit::waitIsForSeveralMessagesOfMany()
{
    WsRateLimit limit = messages(1000);
    takeAll(limit, start);
    QVERIFY(limit.next() == start + 50ms);
    QVERIFY(!limit.look(start + 50ms - 1ns));
    QVERIFY(limit.look(start + 50ms));
    QCOMPARE(takeAll(limit, start + 50ms), 50);
}

void TestWsRateLimit::waitIsForOneOfFew()
{
    WsRateLimit limit = messages(4);
    takeAll(limit, start);
    QVERIFY(limit.next() == start + 250ms);
}

void TestWsRateLimit::bytesAreReadUpToTheBurst()
{
    WsRateLimit limit = bytes(1000);
    QCOMPARE(limit.readable(start, 100), 100);
    QCOMPARE(limit.readable(start, 4096), 1000);
    limit.takeBytes(start, 900, false);
    QCOMPARE(limit.readable(start, 4096), 100);
    QVERIFY(!limit.isHeld());
    limit.takeBytes(start, 100, false);
    QVERIFY(limit.isHeld());
    QVERIFY(limit.next() == start + 50ms);
    QCOMPARE(limit.readable(start + 50ms, 4096), 50);
    QCOMPARE(limit.readable(start, 4096), 1); // never nothing, which would look like the end
}

void TestWsRateLimit::bytesHoldBackReadingOnly()
{
    WsRateLimit limit = bytes(1000);
    limit.takeBytes(start, 1000, false);
    QVERIFY(limit.isHeld());
    QVERIFY(!limit.holdsMessages());
}

void TestWsRateLimit::messagesHoldBackWhatWasRead()
{
    WsRateLimit limit = messages(1);
    limit.takeMessage(start);
    QVERIFY(limit.isHeld());
    QVERIFY(limit.holdsMessages());
}

void TestWsRateLimit::lookEndsWhatIsOver()
{
    WsRateLimit limit({1, 1000, Ws::SlowDown});
    limit.takeMessage(start);
    limit.takeBytes(start, 1000, false);
    QVERIFY(limit.next() == start + 50ms);
    QVERIFY(limit.look(start + 50ms));
    QVERIFY(limit.isHeld());
    QVERIFY(limit.next() == start + 1s);
    QVERIFY(!limit.look(start + 50ms));
    QVERIFY(limit.look(start + 1s));
    QVERIFY(!limit.isHeld());
}

void TestWsRateLimit::otherRatesCountWhatWasTaken()
{
    WsRateLimit limit = messages(10);
    takeAll(limit, start);
    limit.setRates({20, 0, Ws::SlowDown});
    QVERIFY(!limit.isHeld());
    QCOMPARE(takeAll(limit, start), 1); // the bucket was empty
    QVERIFY(limit.next() == start + 100ms);
}

void TestWsRateLimit::restartFillsTheBuckets()
{
    WsRateLimit limit = messages(10);
    takeAll(limit, start);
    limit.restart();
    QVERIFY(!limit.isHeld());
    QCOMPARE(takeAll(limit, start), 10);
}

void TestWsRateLimit::hugeRatesLimitNothing()
{
    WsRateLimit limit({std::numeric_limits<int>::max(), std::numeric_limits<qint64>::max(), Ws::SlowDown});
    for (int i = 0; i < 1000; ++i) {
        limit.takeMessage(start);
        limit.takeBytes(start, 262144, false);
    }
    QVERIFY(!limit.isHeld());
    QCOMPARE(limit.readable(start, 262144), 262144);
}

void TestWsRateLimit::oneTooManyIsAnExcess()
{
    WsRateLimit limit = messages(3, Ws::Disconnect);
    for (int i = 0; i < 3; ++i) {
        limit.takeMessage(start);
        QCOMPARE(limit.excess(), Excess::None);
    }
    limit.takeMessage(start);
    QCOMPARE(limit.excess(), Excess::Messages);
}

void TestWsRateLimit::oneByteTooManyIsAnExcess()
{
    WsRateLimit limit = bytes(1000, Ws::Disconnect);
    QCOMPARE(limit.readable(start, 4096), 4096);
    limit.takeBytes(start, 1000, true);
    QCOMPARE(limit.excess(), Excess::None);
    limit.takeBytes(start, 1, true);
    QCOMPARE(limit.excess(), Excess::Bytes);
}

void TestWsRateLimit::excessHoldsNothingBack()
{
    WsRateLimit limit({1, 1, Ws::Disconnect});
    limit.takeBytes(start, 100, true);
    limit.takeMessage(start);
    limit.takeMessage(start);
    QVERIFY(!limit.isHeld());
    QVERIFY(limit.next() == never);
}

void TestWsRateLimit::peerOnItsLimitIsNoExcess()
{
    WsRateLimit limit({10, 1000, Ws::Disconnect});
    for (int i = 0; i < 10; ++i)
        limit.takeMessage(start);
    for (WsTime now = start; now < start + 60s; now += 100ms) {
        if (now > start)
            limit.takeMessage(now);
        limit.takeBytes(now, 100, true);
        QCOMPARE(limit.excess(), Excess::None);
    }
    limit.takeMessage(start + 60s - 1ms);
    QCOMPARE(limit.excess(), Excess::Messages);
}

void TestWsRateLimit::whatWaitedForThisSideIsNoExcess()
{
    WsRateLimit limit({10, 1000, Ws::Disconnect});
    limit.takeBytes(start, 0, true);
    limit.noteUnread(start);
    limit.noteUnread(start + 1s); // still
    const WsTime late = start + 5s;
    limit.takeBytes(late, 6000, true);
    for (int i = 0; i < 60; ++i)
        limit.takeMessage(late);
    QCOMPARE(limit.excess(), Excess::None);
    limit.takeMessage(late);
    QCOMPARE(limit.excess(), Excess::Messages);
}

void TestWsRateLimit::whatWaitedForThisSideCountsOnce()
{
    WsRateLimit limit = bytes(1000, Ws::Disconnect);
    limit.noteUnread(start);
    const WsTime late = start + 5s;
    limit.takeBytes(late, 1000, true); // the system has no more, although it might have had
    limit.takeBytes(late, 0, true);
    limit.takeBytes(late, 1, true);
    QCOMPARE(limit.excess(), Excess::Bytes);
}

void TestWsRateLimit::notReadingAllowsNothingWhileTheBucketFills()
{
    WsRateLimit limit = bytes(1000, Ws::Disconnect);
    limit.takeBytes(start, 1000, false);
    limit.noteUnread(start);
    limit.takeBytes(start + 500ms, 500, false);
    QCOMPARE(limit.excess(), Excess::None);
    limit.takeBytes(start + 500ms, 1, false);
    QCOMPARE(limit.excess(), Excess::Bytes);
}

void TestWsRateLimit::textNamesTheLimit()
{
    const WsRateLimit limit({20, 3000, Ws::Disconnect});
    QCOMPARE(limit.text(Excess::Messages), u"the peer sends more than maxMessagesPerSecond (20)"_s);
    QCOMPARE(limit.text(Excess::Bytes), u"the peer sends more than maxBytesPerSecond (3000)"_s);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRateLimit)
#include "tst_wsratelimit.moc"
