// SPDX-License-Identifier: MIT
#include "net/connection/wshistoryid.h"

#include "../testprogram.h"

#include <QtTest/qtest.h>

#include <limits>

using namespace Qt::StringLiterals;

class TestWsHistoryId : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textIsUnderstood_data();
    void textIsUnderstood();
    void wrongTextIsRefused_data();
    void wrongTextIsRefused();
    void order();
    void previous();
};

void TestWsHistoryId::textIsUnderstood_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<quint64>("time");
    QTest::addColumn<quint64>("number");
    QTest::addColumn<QString>("written");
    constexpr quint64 Max = std::numeric_limits<quint64>::max();
    const QString max = u"18446744073709551615"_s;
    QTest::newRow("both") << u"1700000000000-12"_s << quint64(1700000000000) << quint64(12)
                          << u"1700000000000-12"_s;
    QTest::newRow("the time alone") << u"5"_s << quint64(5) << quint64(0) << u"5-0"_s;
    QTest::newRow("null") << u"0"_s << quint64(0) << quint64(0) << u"0-0"_s;
    QTest::newRow("the largest") << max + u'-' + max << Max << Max << max + u'-' + max;
    QTest::newRow("leading zeros") << u"007-01"_s << quint64(7) << quint64(1) << u"7-1"_s;
}

void TestWsHistoryId::textIsUnderstood()
{
    QFETCH(const QString, text);
    QFETCH(const quint64, time);
    QFETCH(const quint64, number);
    const std::optional<WsHistoryId> id = WsHistoryId::parse(text);
    QVERIFY(id);
    QCOMPARE(id->time, time);
    QCOMPARE(id->number, number);
    QCOMPARE(id->isNull(), time == 0 && number == 0);
    QTEST(id->toString(), "written");
}

void TestWsHistoryId::wrongTextIsRefused_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", "-", "1-", "-1", "1-2-3", "+1", "1-+2", " 1", "1 ", "a", "1-a", "0x1", "1.5",
                             "18446744073709551616", "1-18446744073709551616"})
        QTest::newRow(text) << QString::fromLatin1(text);
    QTest::newRow("digits of another script") << u"\u0661-0"_s;
}

void TestWsHistoryId::wrongTextIsRefused()
{
    QFETCH(const QString, text);
    QVERIFY(!WsHistoryId::parse(text));
}

void TestWsHistoryId::order()
{
    const QList<WsHistoryId> ascending{{}, {0, 1}, {1, 0}, {1, 5}, {2, 0}, {10, 3}};
    for (qsizetype i = 1; i < ascending.size(); ++i) {
        QVERIFY(ascending.at(i - 1) < ascending.at(i));
        QVERIFY(!(ascending.at(i) <= ascending.at(i - 1)));
    }
}

void TestWsHistoryId::previous()
{
    constexpr quint64 Max = std::numeric_limits<quint64>::max();
    QVERIFY((WsHistoryId{1, 5}.previous() == WsHistoryId{1, 4}));
    QVERIFY((WsHistoryId{1, 0}.previous() == WsHistoryId{0, Max}));
    QVERIFY((WsHistoryId{0, 1}.previous().isNull()));
}

WSKIT_APPLESS_TEST(TestWsHistoryId)
#include "tst_wshistoryid.moc"
