// SPDX-License-Identifier: MIT
#include "net/socket/wsaddressschedule.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
QList<QHostAddress> addresses(const QString &list)
{
    QList<QHostAddress> result;
    const QStringList names = list.split(u' ', Qt::SkipEmptyParts);
    for (const QString &name : names)
        result.append(QHostAddress(name));
    return result;
}

QString namesOf(const QList<QHostAddress> &list)
{
    QStringList names;
    for (const QHostAddress &address : list)
        names.append(address.toString());
    return names.join(u' ');
}

QList<QHostAddress> many(int count)
{
    QList<QHostAddress> list;
    for (int i = 1; i <= count; ++i)
        list.append(QHostAddress(0xc0000200u + quint32(i)));
    return list;
}

const WsTime Start{1h};
} // namespace

class TestWsAddressSchedule : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void familiesAlternate_data();
    void familiesAlternate();
    void addressesOfTwoZonesAreTwo();
    void firstAttemptIsDueImmediately();
    void nextAttemptIsDueAfterTheDelay();
    void nextAttemptIsDueImmediatelyAfterAFailure();
    void failureHastensOneAttemptOnly();
    void lateAttemptDelaysTheNext();
    void onlySoManyAddressesAreTried();
    void limitLeavesBothFamilies();
    void hostWithoutAddressesHasNoAttempt();
};

void TestWsAddressSchedule::familiesAlternate_data()
{
    QTest::addColumn<QString>("resolved");
    QTest::addColumn<QString>("order");
    QTest::newRow("IPv6 is first") << u"192.0.2.1 2001:db8::1"_s << u"2001:db8::1 192.0.2.1"_s;
    QTest::newRow("each family keeps its order") << u"192.0.2.9 192.0.2.1 2001:db8::9 2001:db8::1"_s
                                                 << u"2001:db8::9 192.0.2.9 2001:db8::1 192.0.2.1"_s;
    QTest::newRow("the rest of the longer family is last")
        << u"192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3"_s
        << u"2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3"_s;
    QTest::newRow("only IPv4") << u"192.0.2.2 192.0.2.1"_s << u"192.0.2.2 192.0.2.1"_s;
    QTest::newRow("only IPv6") << u"2001:db8::2 2001:db8::1"_s << u"2001:db8::2 2001:db8::1"_s;
    QTest::newRow("duplicates") << u"192.0.2.1 2001:db8::1 192.0.2.1 2001:db8:0::1 192.0.2.2"_s
                                << u"2001:db8::1 192.0.2.1 192.0.2.2"_s;
    QTest::newRow("what is no address") << u"nonsense 192.0.2.1"_s << u"192.0.2.1"_s;
    QTest::newRow("none") << u""_s << u""_s;
}

void TestWsAddressSchedule::familiesAlternate()
{
    QFETCH(QString, resolved);
    QFETCH(QString, order);
    QCOMPARE(namesOf(wsAddressOrder(addresses(resolved))), order);
}

void TestWsAddressSchedule::addressesOfTwoZonesAreTwo()
{
    const QString both = u"fe80::1%901 fe80::1%902"_s;
    QCOMPARE(namesOf(wsAddressOrder(addresses(both + u" fe80::1%901"_s))), both);
}

void TestWsAddressSchedule::firstAttemptIsDueImmediately()
{
    WsAddressSchedule schedule(many(2));
    QVERIFY(schedule.next() <= Start);
    QCOMPARE(schedule.take(Start), QHostAddress(u"192.0.2.1"_s));
    QCOMPARE(schedule.tried(), 1);
}

void TestWsAddressSchedule::nextAttemptIsDueAfterTheDelay()
{
    WsAddressSchedule schedule(many(2));
    schedule.take(Start);
    QVERIFY(schedule.next() == Start + 250ms);
    QVERIFY(!schedule.take(Start + 250ms - 1ns));
    QCOMPARE(schedule.take(Start + 250ms), QHostAddress(u"192.0.2.2"_s));
    QVERIFY(!schedule.hasNext());
    QVERIFY(schedule.next() == WsTime::max());
    QVERIFY(!schedule.take(Start + 1h));
}

void TestWsAddressSchedule::nextAttemptIsDueImmediatelyAfterAFailure()
{
    WsAddressSchedule schedule(many(2));
    schedule.take(Start);
    schedule.hasten();
    QVERIFY(schedule.next() <= Start);
    QCOMPARE(schedule.take(Start), QHostAddress(u"192.0.2.2"_s));
}

void TestWsAddressSchedule::failureHastensOneAttemptOnly()
{
    WsAddressSchedule schedule(many(3));
    schedule.take(Start);
    schedule.hasten();
    schedule.take(Start + 10ms);
    QVERIFY(!schedule.take(Start + 10ms));
    QVERIFY(schedule.next() == Start + 260ms);
}

// A thread that was busy does not start several at a time.
void TestWsAddressSchedule::lateAttemptDelaysTheNext()
{
    WsAddressSchedule schedule(many(3));
    schedule.take(Start);
    QVERIFY(schedule.take(Start + 5s));
    QVERIFY(!schedule.take(Start + 5s));
    QVERIFY(schedule.next() == Start + 5s + 250ms);
}

void TestWsAddressSchedule::onlySoManyAddressesAreTried()
{
    WsAddressSchedule schedule(many(100));
    QCOMPARE(schedule.count(), WsAddressSchedule::MaxAddresses);
    int count = 0;
    for (; schedule.take(Start); ++count)
        schedule.hasten();
    QCOMPARE(count, WsAddressSchedule::MaxAddresses);
}

void TestWsAddressSchedule::limitLeavesBothFamilies()
{
    QList<QHostAddress> list = many(100);
    list.append(QHostAddress(u"2001:db8::1"_s));
    WsAddressSchedule schedule(list);
    QCOMPARE(schedule.take(Start), QHostAddress(u"2001:db8::1"_s));
}

void TestWsAddressSchedule::hostWithoutAddressesHasNoAttempt()
{
    WsAddressSchedule schedule(many(0));
    QVERIFY(!schedule.hasNext());
    QVERIFY(!schedule.take(Start));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsAddressSchedule)
#include "tst_wsaddressschedule.moc"
