// SPDX-License-Identifier: MIT
#include "net/client/wsbackoff.h"

#include <QtTest/qtest.h>

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {
const WsTime start = WsTime(1h);

QList<qint64> delays(const WsReconnect &settings, int count, double random)
{
    QList<qint64> list;
    for (int attempt = 1; attempt <= count; ++attempt)
        list.append(WsBackOff::delay(settings, attempt, random).count());
    return list;
}

// A connection that opens after \a failures attempts and lasts for \a duration.
int nextAttemptAfter(int failures, milliseconds duration, milliseconds stableAfter)
{
    WsBackOff backOff;
    for (int i = 0; i < failures; ++i)
        backOff.onAttempt();
    backOff.onOpened(start);
    backOff.onEnded(start + duration, stableAfter);
    return backOff.nextAttempt();
}
} // namespace

class TestWsBackOff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void delayGrowsUpToTheLongest();
    void jitterShortensTheDelay();
    void noDelayIsLongerThanTheLongest();
    void withoutJitterChanceDoesNotMatter();
    void factorOfOneKeepsTheDelay();
    void noInitialDelayMeansNoDelayEver();
    void hugeFactorAndAttemptGiveTheLongest();
    void serverThatAsksForTimeGetsIt();
    void serverThatAsksForLessThanTheDelayChangesNothing();
    void clientsThatWereAskedForTheSameTimeAreSpread();
    void attemptsCountOnAfterAConnectionThatDidNotLast();
    void attemptsBeginAnewAfterAStableConnection();
    void endWithoutAnOpeningIsNotStable();
    void resetBeginsAnew();
};

void TestWsBackOff::delayGrowsUpToTheLongest()
{
    QCOMPARE(delays({}, 9, 0), QList<qint64>({500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000}));
}

void TestWsBackOff::jitterShortensTheDelay()
{
    QCOMPARE(delays({}, 3, 0.5), QList<qint64>({375, 750, 1500}));
    WsReconnect settings;
    settings.setJitter(1);
    QCOMPARE(delays(settings, 3, 0.75), QList<qint64>({125, 250, 500}));
}

void TestWsBackOff::noDelayIsLongerThanTheLongest()
{
    WsReconnect settings;
    settings.setInitialDelay(10s);
    settings.setMaxDelay(3s);
    QCOMPARE(delays(settings, 2, 0), QList<qint64>({3000, 3000}));
    QCOMPARE(delays(settings, 2, 0.999999), QList<qint64>({1500, 1500}));
}

void TestWsBackOff::withoutJitterChanceDoesNotMatter()
{
    WsReconnect settings;
    settings.setJitter(0);
    QCOMPARE(delays(settings, 4, 0.9), delays(settings, 4, 0));
}

void TestWsBackOff::factorOfOneKeepsTheDelay()
{
    WsReconnect settings;
    settings.setFactor(1);
    QCOMPARE(delays(settings, 3, 0), QList<qint64>({500, 500, 500}));
}

void TestWsBackOff::noInitialDelayMeansNoDelayEver()
{
    WsReconnect settings;
    settings.setInitialDelay(0ms);
    settings.setFactor(1e300);
    QCOMPARE(delays(settings, 4, 0), QList<qint64>({0, 0, 0, 0}));
}

void TestWsBackOff::hugeFactorAndAttemptGiveTheLongest()
{
    WsReconnect settings;
    settings.setFactor(1e300);
    QCOMPARE(WsBackOff::delay(settings, 3, 0), 30s);
    QCOMPARE(WsBackOff::delay({}, std::numeric_limits<int>::max(), 0), 30s);
    settings.setInitialDelay(milliseconds::max());
    settings.setMaxDelay(milliseconds::max());
    QCOMPARE(WsBackOff::delay(settings, 2, 0), milliseconds(1'000'000'000'000));
}

void TestWsBackOff::serverThatAsksForTimeGetsIt()
{
    QCOMPARE(WsBackOff::delayAfter({}, 1, 0, 10s), 10s);
    QCOMPARE(WsBackOff::delayAfter({}, 1, 0, {}), 500ms);
    WsReconnect settings;
    settings.setMaxDelay(1s);
    QCOMPARE(WsBackOff::delayAfter(settings, 1, 0, 24h), 24h);
}

void TestWsBackOff::serverThatAsksForLessThanTheDelayChangesNothing()
{
    QCOMPARE(WsBackOff::delayAfter({}, 5, 0, 1s), 8s);
    QCOMPARE(WsBackOff::delayAfter({}, 1, 0.5, 0s), 375ms);
}

void TestWsBackOff::clientsThatWereAskedForTheSameTimeAreSpread()
{
    QCOMPARE(WsBackOff::delayAfter({}, 1, 0.5, 10s), 12500ms);
    // No more than by the longest delay of the client itself.
    QCOMPARE(WsBackOff::delayAfter({}, 1, 0.5, 3600s), 3600s + 7500ms);
    WsReconnect settings;
    settings.setJitter(0);
    QCOMPARE(WsBackOff::delayAfter(settings, 1, 0.5, 10s), 10s);
}

void TestWsBackOff::attemptsCountOnAfterAConnectionThatDidNotLast()
{
    QCOMPARE(nextAttemptAfter(3, 4999ms, 5s), 4);
    QCOMPARE(nextAttemptAfter(3, 24h, milliseconds::max()), 4);
}

void TestWsBackOff::attemptsBeginAnewAfterAStableConnection()
{
    QCOMPARE(nextAttemptAfter(3, 5s, 5s), 1);
    QCOMPARE(nextAttemptAfter(3, 0s, 0s), 1);
}

void TestWsBackOff::endWithoutAnOpeningIsNotStable()
{
    WsBackOff backOff;
    backOff.onOpened(start);
    backOff.onEnded(start + 1s, 5s);
    backOff.onAttempt();
    backOff.onEnded(start + 1h, 5s);
    QCOMPARE(backOff.nextAttempt(), 2);
}

void TestWsBackOff::resetBeginsAnew()
{
    WsBackOff backOff;
    backOff.onAttempt();
    backOff.reset();
    QCOMPARE(backOff.nextAttempt(), 1);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsBackOff)
#include "tst_wsbackoff.moc"
