// SPDX-License-Identifier: MIT
#include "protocol/wsretryafter.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qtimezone.h>
#include <QtTest/qtest.h>

using namespace std::chrono_literals;

namespace {
constexpr qint64 invalid = -1;
constexpr qint64 example = 784111777; // the date that RFC 9110 shows in its three forms
constexpr qint64 now = 1'764'000'000; // in November 2025

qint64 parsed(QByteArrayView text)
{
    return wsParseHttpDate(text, now).value_or(invalid);
}

qint64 secondsFor(QByteArrayView retryAfter, QByteArrayView date = {})
{
    const std::optional<std::chrono::seconds> time = wsRetryAfter(retryAfter, date, now);
    return time ? time->count() : invalid;
}
} // namespace

class TestWsRetryAfter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dateHasThreeForms_data();
    void dateHasThreeForms();
    void yearOfTwoDigitsIsNotFarInTheFuture();
    void whatIsNoDateIsIgnored_data();
    void whatIsNoDateIsIgnored();
    void noBeginningOfADateIsADate();
    void secondsAreTaken_data();
    void secondsAreTaken();
    void dateIsComparedWithTheServersClock();
    void dateIsComparedWithTheOwnClockIfTheServerTellsNone();
    void pastDateMeansNow();
    void noServerMakesAClientWaitForLongerThanADay();
};

void TestWsRetryAfter::dateHasThreeForms_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("time");
    QTest::newRow("IMF-fixdate") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << example;
    QTest::newRow("RFC 850") << QByteArray("Sunday, 06-Nov-94 08:49:37 GMT") << example;
    QTest::newRow("asctime") << QByteArray("Sun Nov  6 08:49:37 1994") << example;
    QTest::newRow("asctime, two digits") << QByteArray("Wed Nov 16 08:49:37 1994") << example + 10 * 86400;
    QTest::newRow("the first second") << QByteArray("Thu, 01 Jan 1970 00:00:00 GMT") << qint64(0);
    QTest::newRow("a leap day") << QByteArray("Thu, 29 Feb 2024 23:59:59 GMT") << qint64(1709251199);
    QTest::newRow("a leap second") << QByteArray("Sat, 31 Dec 2016 23:59:60 GMT") << qint64(1483228800);
}

void TestWsRetryAfter::dateHasThreeForms()
{
    QFETCH(const QByteArray, text);
    QTEST(parsed(text), "time");
}

void TestWsRetryAfter::yearOfTwoDigitsIsNotFarInTheFuture()
{
    const auto yearOf = [](qint64 time) {
        return QDateTime::fromSecsSinceEpoch(time, QTimeZone::utc()).date().year();
    };
    QCOMPARE(yearOf(parsed("Sunday, 06-Nov-26 08:49:37 GMT")), 2026);
    QCOMPARE(yearOf(parsed("Sunday, 06-Nov-75 08:49:37 GMT")), 2075);
    QCOMPARE(yearOf(parsed("Sunday, 06-Nov-76 08:49:37 GMT")), 1976);
}

void TestWsRetryAfter::whatIsNoDateIsIgnored_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"",
                             "soon",
                             "-1",
                             "1.5",
                             "12 s",
                             "Sun",
                             "Sun,",
                             "Sun, 31 Feb 2024 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 08:60:00 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 06 Nov 1994 08:49:37 CET",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 GMT+1",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "Day, 06 Nov 1994 08:49:37 GMT",
                             "Sunday, 06 Nov 1994 08:49:37 GMT",
                             "Sunday Nov  6 08:49:37 1994",
                             "Sun Nov 6 08:49:37 1994",
                             "Sun, 06 Nov +994 08:49:37 GMT",
                             "Sun, 06 Nov 199x 08:49:37 GMT",
                             "1994-11-06T08:49:37Z"})
        QTest::newRow(*text ? text : "nothing") << QByteArray(text);
}

void TestWsRetryAfter::whatIsNoDateIsIgnored()
{
    QFETCH(const QByteArray, text);
    QCOMPARE(parsed(text), invalid);
    QCOMPARE(secondsFor(text), invalid);
}

void TestWsRetryAfter::noBeginningOfADateIsADate()
{
    for (const QByteArray &whole :
         {QByteArray("Sun, 06 Nov 1994 08:49:37 GMT"), QByteArray("Sunday, 06-Nov-94 08:49:37 GMT"),
          QByteArray("Sun Nov  6 08:49:37 1994")}) {
        for (qsizetype size = 0; size < whole.size(); ++size)
            QCOMPARE(parsed(QByteArrayView(whole).first(size)), invalid);
        QVERIFY(parsed(whole) != invalid);
    }
}

void TestWsRetryAfter::secondsAreTaken_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("seconds");
    QTest::newRow("0") << QByteArray("0") << qint64(0);
    QTest::newRow("120") << QByteArray("120") << qint64(120);
    QTest::newRow("zeros") << QByteArray("00030") << qint64(30);
    QTest::newRow("spaces") << QByteArray(" 7 ") << qint64(7);
}

void TestWsRetryAfter::secondsAreTaken()
{
    QFETCH(const QByteArray, text);
    QTEST(secondsFor(text), "seconds");
}

void TestWsRetryAfter::dateIsComparedWithTheServersClock()
{
    QCOMPARE(secondsFor("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT"), 30);
    QCOMPARE(secondsFor("Sun Nov  6 08:49:37 1994", "Sunday, 06-Nov-94 08:47:37 GMT"), 120);
}

void TestWsRetryAfter::dateIsComparedWithTheOwnClockIfTheServerTellsNone()
{
    const QByteArray inAMinute = "Mon, 24 Nov 2025 16:01:00 GMT";
    QCOMPARE(secondsFor(inAMinute), parsed(inAMinute) - now);
    QCOMPARE(secondsFor(inAMinute, "yesterday"), parsed(inAMinute) - now);
    QVERIFY(secondsFor(inAMinute) > 0);
}

void TestWsRetryAfter::pastDateMeansNow()
{
    QCOMPARE(secondsFor("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
}

void TestWsRetryAfter::noServerMakesAClientWaitForLongerThanADay()
{
    QCOMPARE(secondsFor("86401"), 86400);
    QCOMPARE(secondsFor("99999999999999999999999999999999"), 86400);
    QCOMPARE(secondsFor("Fri, 31 Dec 9999 23:59:59 GMT"), 86400);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRetryAfter)
#include "tst_wsretryafter.moc"
