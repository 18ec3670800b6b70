// SPDX-License-Identifier: MIT
#include "net/connection/wsbuffertotal.h"

#include <QtTest/qtest.h>

namespace {
constexpr qint64 Any = std::numeric_limits<qint64>::max();
}

class TestWsBufferTotal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void zeroIsNoLimit();
    void halfIsForEverybody();
    void slowOnesHaveTheirShareOfTheHalf();
    void whatCanWaitStaysWithinTheLimit();
    void onlyOneLooksAtATime();
};

void TestWsBufferTotal::zeroIsNoLimit()
{
    WsBufferTotal total;
    total.add(1'000'000);
    QVERIFY(!total.isLimited());
    QVERIFY(!total.isExceeded());
    total.setLimit(999'999);
    QVERIFY(total.isExceeded());
    total.add(-1);
    QVERIFY(!total.isExceeded());
}

void TestWsBufferTotal::halfIsForEverybody()
{
    WsBufferTotal total;
    total.setLimit(1000);
    total.countWaiting(1);
    total.add(400);
    QCOMPARE(total.shareFor(400, 100), Any);
    QCOMPARE(total.shareFor(400, 101), 500);
}

void TestWsBufferTotal::slowOnesHaveTheirShareOfTheHalf()
{
    WsBufferTotal total;
    total.setLimit(1000);
    total.countWaiting(5);
    total.add(600);
    QCOMPARE(total.shareFor(0, 900), Any); // it is not slow
    QCOMPARE(total.shareFor(50, 10), 100);
    total.countWaiting(-4);
    QCOMPARE(total.shareFor(50, 10), 500);
}

void TestWsBufferTotal::whatCanWaitStaysWithinTheLimit()
{
    WsBufferTotal total;
    QVERIFY(total.tryAdd(5000));
    total.setLimit(1000);
    QVERIFY(!total.tryAdd(1));
    total.add(-5000);
    QVERIFY(total.tryAdd(1001)); // nobody else has anything
    total.add(-901);
    QVERIFY(total.tryAdd(900));
    QVERIFY(!total.tryAdd(1));
    QCOMPARE(total.amount(), 1000);
}

void TestWsBufferTotal::onlyOneLooksAtATime()
{
    const auto total = std::make_shared<WsBufferTotal>();
    std::shared_ptr<void> look = WsBufferTotal::beginLook(total);
    QVERIFY(look);
    QVERIFY(!WsBufferTotal::beginLook(total));
    look.reset();
    QVERIFY(WsBufferTotal::beginLook(total));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsBufferTotal)
#include "tst_wsbuffertotal.moc"
