// SPDX-License-Identifier: MIT
#include "net/server/wsbrokernumbers.h"
#include "testprogram.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsBrokerNumbers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachTopicIsNumbered();
    void tooManyTopicsBeginANewEra();
    void gapsAreCounted();
    void firstMessageIsNoGap();
    void originsAndTopicsAreCountedApart();
    void secondArrivalIsNotNew();
    void newEraIsNoGap();
    void forgottenTopicBeginsAnew();
    void manyOriginsAreForgotten();
};

namespace {
const QUuid One = QUuid::createUuid();
const QUuid Other = QUuid::createUuid();
} // namespace

void TestWsBrokerNumbers::eachTopicIsNumbered()
{
    WsBrokerNumbers numbers;
    QCOMPARE(numbers.next(u"a"_s), quint64(1));
    QCOMPARE(numbers.next(u"a"_s), quint64(2));
    QCOMPARE(numbers.next(u"b"_s), quint64(1));
    QCOMPARE(numbers.next(u"a"_s), quint64(3));
}

void TestWsBrokerNumbers::tooManyTopicsBeginANewEra()
{
    WsBrokerNumbers numbers(2);
    const quint64 era = quint64(1) << WsBrokerNumbers::EraShift;
    QCOMPARE(numbers.next(u"a"_s), quint64(1));
    QCOMPARE(numbers.next(u"b"_s), quint64(1));
    QCOMPARE(numbers.next(u"c"_s), era + 1);
    QCOMPARE(numbers.next(u"a"_s), era + 1);
    QCOMPARE(numbers.next(u"a"_s), era + 2);
    QCOMPARE(numbers.next(u"b"_s), 2 * era + 1);
}

void TestWsBrokerNumbers::gapsAreCounted()
{
    WsBrokerGaps gaps;
    QCOMPARE(gaps.arrive(u"a"_s, One, 1).missed, 0);
    QCOMPARE(gaps.arrive(u"a"_s, One, 2).missed, 0);
    QCOMPARE(gaps.arrive(u"a"_s, One, 5).missed, 2);
    QCOMPARE(gaps.arrive(u"a"_s, One, 6).missed, 0);
}

void TestWsBrokerNumbers::firstMessageIsNoGap()
{
    WsBrokerGaps gaps;
    const WsBrokerGaps::Arrival first = gaps.arrive(u"a"_s, One, 100);
    QCOMPARE(first.missed, 0);
    QVERIFY(first.isNew);
}

void TestWsBrokerNumbers::originsAndTopicsAreCountedApart()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(u"a"_s, One, 1);
    QCOMPARE(gaps.arrive(u"a"_s, Other, 8).missed, 0);
    QCOMPARE(gaps.arrive(u"b"_s, One, 8).missed, 0);
    QCOMPARE(gaps.arrive(u"a"_s, One, 3).missed, 1);
}

void TestWsBrokerNumbers::secondArrivalIsNotNew()
{
    WsBrokerGaps gaps;
    QVERIFY(gaps.arrive(u"a"_s, One, 4).isNew);
    QVERIFY(!gaps.arrive(u"a"_s, One, 4).isNew);
    QVERIFY(!gaps.arrive(u"a"_s, One, 3).isNew);
    QVERIFY(gaps.arrive(u"a"_s, One, 5).isNew);
}

void TestWsBrokerNumbers::newEraIsNoGap()
{
    WsBrokerGaps gaps;
    const quint64 era = quint64(1) << WsBrokerNumbers::EraShift;
    (void)gaps.arrive(u"a"_s, One, 7);
    const WsBrokerGaps::Arrival first = gaps.arrive(u"a"_s, One, era + 3);
    QVERIFY(first.isNew);
    QCOMPARE(first.missed, 0);
    QCOMPARE(gaps.arrive(u"a"_s, One, era + 5).missed, 1);
}

void TestWsBrokerNumbers::forgottenTopicBeginsAnew()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(u"a"_s, One, 1);
    gaps.forget(u"a"_s);
    QCOMPARE(gaps.arrive(u"a"_s, One, 9).missed, 0);
}

void TestWsBrokerNumbers::manyOriginsAreForgotten()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(u"a"_s, One, 1);
    for (qsizetype i = 0; i < WsBrokerGaps::MaxOrigins; ++i)
        (void)gaps.arrive(u"a"_s, QUuid::createUuid(), 1);
    QCOMPARE(gaps.arrive(u"a"_s, One, 9).missed, 0);
}

WSKIT_APPLESS_TEST(TestWsBrokerNumbers)
#include "tst_wsbrokernumbers.moc"
