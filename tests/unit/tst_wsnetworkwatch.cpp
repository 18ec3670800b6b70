// SPDX-License-Identifier: MIT
#include "net/client/wsnetworkwatch.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

#include <vector>

using namespace std::chrono_literals;

namespace {
const WsTime start = WsTime(1h);
const WsWallClock::Time day = WsWallClock::Time(1000h);
} // namespace

class TestWsNetworkWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clocksThatGoAlikeShowNoSleep();
    void wallClockThatRunsOnShowsASleep();
    void sleepIsReportedOnce();
    void clockThatIsSetBackIsNoSleep();
    void watchesCanBeMadeAndEndedInAnyOrder();
};

void TestWsNetworkWatch::clocksThatGoAlikeShowNoSleep()
{
    WsSuspendWatch watch;
    watch.start(start, day);
    for (int i = 1; i < 100; ++i)
        QVERIFY(!watch.hasSlept(start + i * 1s, day + i * 1010ms));
    // Nor does a thread that was busy for long.
    QVERIFY(!watch.hasSlept(start + 1h, day + 1h));
}

void TestWsNetworkWatch::wallClockThatRunsOnShowsASleep()
{
    WsSuspendWatch watch;
    watch.start(start, day);
    QVERIFY(!watch.hasSlept(start + 1s, day + 6s));
    QVERIFY(watch.hasSlept(start + 2s, day + 12001ms));
}

void TestWsNetworkWatch::sleepIsReportedOnce()
{
    WsSuspendWatch watch;
    watch.start(start, day);
    QVERIFY(watch.hasSlept(start + 1s, day + 8h));
    QVERIFY(!watch.hasSlept(start + 2s, day + 8h + 1s));
}

void TestWsNetworkWatch::clockThatIsSetBackIsNoSleep()
{
    WsSuspendWatch watch;
    watch.start(start, day);
    QVERIFY(!watch.hasSlept(start + 1s, day - 1h));
    QVERIFY(!watch.hasSlept(start + 2s, day - 1h + 1s));
    QVERIFY(watch.hasSlept(start + 3s, day));
}

void TestWsNetworkWatch::watchesCanBeMadeAndEndedInAnyOrder()
{
    std::vector<std::shared_ptr<void>> watches;
    int calls = 0;
    for (int i = 0; i < 10; ++i)
        watches.push_back(WsNetworkWatch::watch([&] { ++calls; }));
    QCoreApplication::processEvents(); // loads the backend, if there is one
    watches.erase(watches.begin() + 3);
    watches.clear();
    QCoreApplication::processEvents();
    QCOMPARE(calls, 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsNetworkWatch)
#include "tst_wsnetworkwatch.moc"
