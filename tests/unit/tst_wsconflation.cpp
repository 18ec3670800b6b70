// SPDX-License-Identifier: MIT
#include "net/connection/wsconflation.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsConflation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesComeOutInOrder();
    void latestOfAKeyTakesThePlace();
    void keysOfDifferentTopicsAreDifferent();
    void messagesWithoutAKeyAreAllKept();
    void keyThatWasTakenWaitsAnew();
    void onlyTheKeysOfATopicAreRemoved();
    void onlyTheHistoryOfATopicIsRemoved();
    void costCountsWhatWaits();
};

namespace {
WsManyMessage message(const QString &text, const QString &topic = {}, std::optional<QString> key = {})
{
    return {WsPreparedMessage::text(text), topic, std::move(key)};
}

QString taken(WsConflation *conflation)
{
    QStringList texts;
    while (!conflation->isEmpty())
        texts.append(conflation->takeFirst().message.message().text());
    return texts.join(u' ');
}
} // namespace

void TestWsConflation::messagesComeOutInOrder()
{
    WsConflation conflation;
    QVERIFY(!conflation.put(message(u"1"_s)));
    QVERIFY(!conflation.put(message(u"2"_s, u"t"_s)));
    QVERIFY(!conflation.put(message(u"3"_s, u"t"_s, u"k"_s)));
    QCOMPARE(taken(&conflation), u"1 2 3"_s);
}

void TestWsConflation::latestOfAKeyTakesThePlace()
{
    WsConflation conflation;
    QVERIFY(!conflation.put(message(u"a1"_s, u"t"_s, u"a"_s)));
    QVERIFY(!conflation.put(message(u"b1"_s, u"t"_s, u"b"_s)));
    QVERIFY(conflation.put(message(u"a2"_s, u"t"_s, u"a"_s)));
    QVERIFY(conflation.put(message(u"a3"_s, u"t"_s, u"a"_s)));
    QCOMPARE(taken(&conflation), u"a3 b1"_s);
}

void TestWsConflation::keysOfDifferentTopicsAreDifferent()
{
    WsConflation conflation;
    QVERIFY(!conflation.put(message(u"1"_s, u"t"_s, u""_s)));
    QVERIFY(!conflation.put(message(u"2"_s, u"u"_s, u""_s)));
    QVERIFY(conflation.put(message(u"3"_s, u"t"_s, u""_s)));
    QCOMPARE(taken(&conflation), u"3 2"_s);
}

void TestWsConflation::messagesWithoutAKeyAreAllKept()
{
    WsConflation conflation;
    QVERIFY(!conflation.put(message(u"1"_s, u"t"_s)));
    QVERIFY(!conflation.put(message(u"2"_s, u"t"_s, u""_s)));
    QVERIFY(!conflation.put(message(u"3"_s, u"t"_s)));
    QCOMPARE(taken(&conflation), u"1 2 3"_s);
}

void TestWsConflation::keyThatWasTakenWaitsAnew()
{
    WsConflation conflation;
    QVERIFY(!conflation.put(message(u"a1"_s, u"t"_s, u"a"_s)));
    QCOMPARE(conflation.takeFirst().message.message().text(), u"a1"_s);
    QVERIFY(!conflation.put(message(u"b1"_s, u"t"_s, u"b"_s)));
    QVERIFY(!conflation.put(message(u"a2"_s, u"t"_s, u"a"_s)));
    QCOMPARE(taken(&conflation), u"b1 a2"_s);
}

void TestWsConflation::onlyTheKeysOfATopicAreRemoved()
{
    WsConflation conflation;
    conflation.put(message(u"1"_s, u"t"_s, u"a"_s));
    conflation.put(message(u"2"_s, u"t"_s));
    conflation.put(message(u"3"_s, u"u"_s, u"a"_s));
    conflation.removeKeyed(u"t"_s);
    QVERIFY(!conflation.put(message(u"4"_s, u"t"_s, u"a"_s)));
    QCOMPARE(taken(&conflation), u"2 3 4"_s);
}

void TestWsConflation::onlyTheHistoryOfATopicIsRemoved()
{
    WsConflation conflation;
    const auto put = [&](const QString &topic, quint64 number) {
        WsManyMessage waiting = message(topic + QString::number(number), topic);
        waiting.id.number = number;
        waiting.era = 5;
        QVERIFY(!conflation.put(waiting));
    };
    for (quint64 number = 0; number < 4; ++number) {
        put(u"t"_s, number);
        put(u"u"_s, number);
    }
    QVERIFY(!conflation.removeAfter(u"v"_s, {}, 5));
    QVERIFY(!conflation.removeAfter(u"t"_s, WsHistoryId{0, 3}, 5));
    QVERIFY(!conflation.removeAfter(u"u"_s, {}, 6));
    QCOMPARE(conflation.removeAfter(u"t"_s, WsHistoryId{0, 1}, 5)->toString(), u"0-2"_s);
    QCOMPARE(conflation.removeAfter(u"u"_s, {}, 5)->toString(), u"0-1"_s);
    QCOMPARE(taken(&conflation), u"t0 u0 t1"_s);
    QCOMPARE(conflation.cost(), 0);
}

void TestWsConflation::costCountsWhatWaits()
{
    WsConflation conflation;
    conflation.put(message(u"1234"_s, u"t"_s, u"a"_s));
    conflation.put(message(u"56"_s));
    const qint64 names = 2 * qint64(sizeof(QChar)); // the topic and the key
    QCOMPARE(conflation.cost(), 6 + names + 2 * WsConflation::Cost);
    const WsManyMessage longer = message(u"1234567890"_s, u"t"_s, u"a"_s);
    QCOMPARE(conflation.costOfSame(longer), 4 + names + WsConflation::Cost);
    conflation.put(longer);
    QCOMPARE(conflation.cost(), 12 + names + 2 * WsConflation::Cost);
    conflation.removeKeyed(u"t"_s);
    QCOMPARE(conflation.cost(), 2 + WsConflation::Cost);
    conflation.takeFirst();
    QCOMPARE(conflation.cost(), 0);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsConflation)
#include "tst_wsconflation.moc"
