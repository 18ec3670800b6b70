// SPDX-License-Identifier: MIT
#include "net/server/wsbrokernumbers.h"
#include "../testprogram.h"

#include <QtTest/qtest.h>

#include <limits>

using namespace Qt::StringLiterals;

class TestWsBrokerNumbers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void streamsDiffer();
    void eachTopicIsNumbered();
    void forgottenTopicsBeginALaterEra();
    void topicsInUseAreRemembered();
    void gapsAreCounted();
    void firstMessageIsNoGap();
    void streamsAreCountedApart();
    void secondArrivalIsNotNew();
    void lateArrivalIsNotMissed();
    void tooLateArrivalIsNotNew();
    void jumpIsANewBeginning_data();
    void jumpIsANewBeginning();
    void newEraIsNoGap();
    void manyStreamsAreForgotten();
};

namespace {
const QUuid Origin = QUuid::createUuid();
constexpr quint64 Era = quint64(1) << WsBrokerNumbers::EraShift;

WsBrokerStream topic(const QString &name)
{
    return WsBrokerStream::of(name);
}

const WsBrokerStream Stream = WsBrokerStream::of(u"a"_s, Origin, 1);
} // namespace

void TestWsBrokerNumbers::streamsDiffer()
{
    QCOMPARE(WsBrokerStream::of(u"a"_s, Origin, 1), Stream);
    QVERIFY(WsBrokerStream::of(u"b"_s, Origin, 1) != Stream);
    QVERIFY(WsBrokerStream::of(u"a"_s, QUuid::createUuid(), 1) != Stream);
    QVERIFY(WsBrokerStream::of(u"a"_s, Origin, 2) != Stream);
    QVERIFY(WsBrokerStream::of({}, Origin, 1) != Stream);
}

void TestWsBrokerNumbers::eachTopicIsNumbered()
{
    WsBrokerNumbers numbers;
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(1));
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(2));
    QCOMPARE(numbers.next(topic(u"b"_s)), quint64(1));
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(3));
}

void TestWsBrokerNumbers::forgottenTopicsBeginALaterEra()
{
    WsBrokerNumbers numbers(2);
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(1));
    QCOMPARE(numbers.next(topic(u"b"_s)), quint64(1));
    QCOMPARE(numbers.next(topic(u"c"_s)), Era + 1);
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(2)); // is still in the old generation
    QCOMPARE(numbers.next(topic(u"d"_s)), 2 * Era + 1);
    QCOMPARE(numbers.next(topic(u"b"_s)), 2 * Era + 1); // was forgotten
    QCOMPARE(numbers.next(topic(u"a"_s)), quint64(3));
}

void TestWsBrokerNumbers::topicsInUseAreRemembered()
{
    WsBrokerNumbers numbers(10);
    quint64 last = 0;
    for (int i = 0; i < 1000; ++i) {
        (void)numbers.next(topic(QString::number(i)));
        QCOMPARE(numbers.next(topic(u"a"_s)), ++last);
    }
}

void TestWsBrokerNumbers::gapsAreCounted()
{
    WsBrokerGaps gaps;
    QCOMPARE(gaps.arrive(Stream, 1).missed, 0);
    QCOMPARE(gaps.arrive(Stream, 2).missed, 0);
    QCOMPARE(gaps.arrive(Stream, 5).missed, 2);
    QCOMPARE(gaps.arrive(Stream, 6).missed, 0);
    QCOMPARE(gaps.arrive(Stream, 1000).missed, 993);
}

void TestWsBrokerNumbers::firstMessageIsNoGap()
{
    WsBrokerGaps gaps;
    const WsBrokerGaps::Arrival first = gaps.arrive(Stream, 100);
    QCOMPARE(first.missed, 0);
    QVERIFY(first.isNew);
    QVERIFY(!gaps.arrive(Stream, 99).isNew); // nobody can tell
}

void TestWsBrokerNumbers::streamsAreCountedApart()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(Stream, 1);
    QCOMPARE(gaps.arrive(WsBrokerStream::of(u"a"_s, QUuid::createUuid(), 1), 8).missed, 0);
    QCOMPARE(gaps.arrive(WsBrokerStream::of(u"b"_s, Origin, 1), 8).missed, 0);
    QCOMPARE(gaps.arrive(WsBrokerStream::of(u"a"_s, Origin, 2), 8).missed, 0);
    QCOMPARE(gaps.arrive(Stream, 3).missed, 1);
}

void TestWsBrokerNumbers::secondArrivalIsNotNew()
{
    WsBrokerGaps gaps;
    QVERIFY(gaps.arrive(Stream, 3).isNew);
    QVERIFY(gaps.arrive(Stream, 4).isNew);
    QVERIFY(!gaps.arrive(Stream, 4).isNew);
    QVERIFY(!gaps.arrive(Stream, 3).isNew);
    QVERIFY(gaps.arrive(Stream, 5).isNew);
    QVERIFY(!gaps.arrive(Stream, 3).isNew);
}

void TestWsBrokerNumbers::lateArrivalIsNotMissed()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(Stream, 1);
    QCOMPARE(gaps.arrive(Stream, 66).missed, 64);
    for (quint64 number = 2; number < 66; ++number) {
        const WsBrokerGaps::Arrival late = gaps.arrive(Stream, number);
        QVERIFY(late.isNew);
        QCOMPARE(late.missed, -1);
        QVERIFY(!gaps.arrive(Stream, number).isNew);
    }
    QVERIFY(!gaps.arrive(Stream, 1).isNew);
    QCOMPARE(gaps.arrive(Stream, 67).missed, 0);
    QVERIFY(!gaps.arrive(Stream, 66).isNew);
}

void TestWsBrokerNumbers::tooLateArrivalIsNotNew()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(Stream, 1);
    (void)gaps.arrive(Stream, 67);
    QVERIFY(!gaps.arrive(Stream, 2).isNew);
    QVERIFY(gaps.arrive(Stream, 3).isNew);
}

void TestWsBrokerNumbers::jumpIsANewBeginning_data()
{
    QTest::addColumn<quint64>("number");
    QTest::newRow("just too far") << WsBrokerGaps::MaxJump + 11;
    QTest::newRow("an era") << Era + 3;
    QTest::newRow("the highest") << std::numeric_limits<quint64>::max();
}

// Nobody can silence a publisher with a high number.
void TestWsBrokerNumbers::jumpIsANewBeginning()
{
    QFETCH(const quint64, number);
    WsBrokerGaps gaps;
    (void)gaps.arrive(Stream, 10);
    for (const quint64 next : {number, quint64(10)}) {
        const WsBrokerGaps::Arrival jump = gaps.arrive(Stream, next);
        QVERIFY(jump.isNew);
        QCOMPARE(jump.missed, 0);
    }
    QCOMPARE(gaps.arrive(Stream, 12).missed, 1);
}

void TestWsBrokerNumbers::newEraIsNoGap()
{
    WsBrokerGaps gaps;
    (void)gaps.arrive(Stream, 7);
    const WsBrokerGaps::Arrival first = gaps.arrive(Stream, Era + 3);
    QVERIFY(first.isNew);
    QCOMPARE(first.missed, 0);
    QCOMPARE(gaps.arrive(Stream, Era + 5).missed, 1);
}

void TestWsBrokerNumbers::manyStreamsAreForgotten()
{
    WsBrokerGaps gaps(10);
    (void)gaps.arrive(Stream, 1);
    for (quint64 i = 2; i <= 20; ++i)
        (void)gaps.arrive(WsBrokerStream::of(u"a"_s, Origin, i), 1);
    QCOMPARE(gaps.arrive(Stream, 3).missed, 1);
    for (quint64 i = 21; i <= 50; ++i)
        (void)gaps.arrive(WsBrokerStream::of(u"a"_s, Origin, i), 1);
    QCOMPARE(gaps.arrive(Stream, 9).missed, 0);
}

WSKIT_APPLESS_TEST(TestWsBrokerNumbers)
#include "tst_wsbrokernumbers.moc"
