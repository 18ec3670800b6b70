// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qjsonvalue.h>
#include <QtCore/qtimer.h>

using namespace IntegrationTesting;

class TestSending : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKindOfMessageArrives_data() { addSchemes(); }
    void everyKindOfMessageArrives();
    void jsonOfAnyValueIsText_data();
    void jsonOfAnyValueIsText();
    void whatIsNotUtf8IsRefused();
    void whatHasNoContentIsRefused();
    void emptyMessagesArrive();
    void textFromAViewIsNotReadBeyondItsEnd();
    void aMebibyteArrives_data() { addSchemes(); }
    void aMebibyteArrives();
    void thousandsArriveInTheirOrder_data() { addSchemes(); }
    void thousandsArriveInTheirOrder();
    void splitMessageArrivesWhole();
    void nothingIsSentWhileConnecting();
    void nothingIsSentWhileClosing();
    void nothingIsSentWhenClosed();
    void sendsFromASlotAreOneTurnAndInOrder();
    void sendsFromTimersLeave();
    void moreThanMaxBufferedAmountIsRefusedAndNothingElse();
    void bufferedAmountIsToldUpAndDown();
    void bytesWrittenAddUpToTheWire_data() { addSchemes(); }
    void bytesWrittenAddUpToTheWire();
    void statisticsCountBothWays();
    void statisticsStayAsTheyWereAfterTheClose();
};

void TestSending::everyKindOfMessageArrives()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    const auto sendAll = [](WsConnection &connection) {
        return connection.sendText(u"Grüße, 世界 🌍"_s) && connection.sendText("a literal")
            && connection.sendText("an array"_ba) && connection.sendText(QUtf8StringView(u8"a view €"))
            && connection.sendBinary("bytes"_ba) && connection.sendJson(QJsonObject{{u"a"_s, 1}})
            && connection.send(WsMessage::text(u"a message"_s)) && connection.send(WsMessage::binary("b"_ba))
            && connection.send(WsPreparedMessage::text(u"prepared ü"_s))
            && connection.send(WsPreparedMessage::binary("prepared"_ba));
    };
    const QStringList expected = {u"text Grüße, 世界 🌍"_s, u"text a literal"_s, u"text an array"_s,
                                  u"text a view €"_s,      u"binary bytes"_s,   u"text {\"a\":1}"_s,
                                  u"text a message"_s,     u"binary b"_s,       u"text prepared ü"_s,
                                  u"binary prepared"_s};
    QVERIFY(sendAll(pair.client));
    WS_TRY_COMPARE(pair.peerEvents->messages(), expected);
    QVERIFY(sendAll(*pair.peer));
    WS_TRY_COMPARE(pair.events.messages(), expected);
}

void TestSending::jsonOfAnyValueIsText_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("object") << QJsonValue(QJsonObject{{u"k"_s, u"ü"_s}}) << u"{\"k\":\"ü\"}"_s;
    QTest::newRow("array") << QJsonValue(QJsonArray{1, 2}) << u"[1,2]"_s;
    QTest::newRow("nested array") << QJsonValue(QJsonArray{QJsonArray{}}) << u"[[]]"_s;
    QTest::newRow("string") << QJsonValue(u"a \"quote\""_s) << u"\"a \\\"quote\\\"\""_s;
    QTest::newRow("number") << QJsonValue(1.5) << u"1.5"_s;
    QTest::newRow("bool") << QJsonValue(true) << u"true"_s;
    QTest::newRow("null") << QJsonValue(QJsonValue::Null) << u"null"_s;
}

void TestSending::jsonOfAnyValueIsText()
{
    QFETCH(const QJsonValue, value);
    QFETCH(const QString, text);
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendJson(value));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text "_s + text});
}

void TestSending::whatIsNotUtf8IsRefused()
{
    Pair pair;
    QVERIFY(pair.open());
    const QByteArray bad = "caf\xE9"_ba;
    QVERIFY(!pair.client.sendText(bad));
    QCOMPARE(pair.client.errorString(), u"the text is not UTF-8"_s);
    QVERIFY(!pair.client.sendText(bad.constData()));
    QVERIFY(!pair.client.sendText(QUtf8StringView(bad.constData(), bad.size())));
    QVERIFY(!pair.client.send(WsMessage::text(bad)));
    QVERIFY(!pair.client.send(WsPreparedMessage::text(bad)));
    QVERIFY(!pair.peer->broadcast(WsMessage::text(bad)));
    QCOMPARE(pair.client.bufferedAmount(), 0);
    QVERIFY(pair.client.sendBinary(bad));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    QCOMPARE(pair.client.state(), Ws::Open);
    QVERIFY(pair.events.errors.isEmpty());
}

void TestSending::whatHasNoContentIsRefused()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(!pair.client.send(WsPreparedMessage()));
    QVERIFY(!pair.client.sendJson(QJsonValue(QJsonValue::Undefined)));
    QCOMPARE(pair.client.statistics().messagesSent, 0);
    QCOMPARE(pair.server.broadcast(WsPreparedMessage()), 0);
}

void TestSending::emptyMessagesArrive()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText(QString()));
    QVERIFY(pair.client.sendText(""));
    QVERIFY(pair.client.sendText(QUtf8StringView()));
    QVERIFY(pair.client.sendBinary({}));
    WS_TRY_COMPARE(pair.peerEvents->messages(),
                   QStringList({u"text "_s, u"text "_s, u"text "_s, u"binary "_s}));
}

void TestSending::textFromAViewIsNotReadBeyondItsEnd()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText(QUtf8StringView("seen and unseen", 4)));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text seen"_s});
}

void TestSending::aMebibyteArrives()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QByteArray data(MiB, Qt::Uninitialized);
    for (qsizetype i = 0; i < data.size(); ++i)
        data[i] = char(i * 7 + i / 251);
    QSignalSpy atServer(pair.peer, &WsConnection::binaryMessageReceived);
    QSignalSpy atClient(&pair.client, &WsConnection::binaryMessageReceived);
    connect(pair.peer, &WsConnection::binaryMessageReceived, pair.peer, &WsConnection::sendBinary);
    QVERIFY(pair.client.sendBinary(data));
    WS_TRY_COMPARE(atClient.size(), 1);
    QVERIFY(atServer.at(0).at(0).toByteArray() == data);
    QVERIFY(atClient.at(0).at(0).toByteArray() == data);
}

void TestSending::thousandsArriveInTheirOrder()
{
    QFETCH(const bool, isTls);
    constexpr int Count = 10'000;
    Pair pair(isTls);
    QVERIFY(pair.open());
    QList<int> echoed;
    pair.peerEvents->keepsMessages = pair.events.keepsMessages = false;
    connect(pair.peer, &WsConnection::textMessageReceived, pair.peer,
            [&](const QString &text) { pair.peer->sendText(text); });
    connect(&pair.client, &WsConnection::textMessageReceived, this,
            [&](const QString &text) { echoed.append(text.section(u' ', 0, 0).toInt()); });
    QList<int> expected;
    for (int i = 0; i < Count; ++i) {
        expected.append(i);
        QVERIFY(pair.client.sendText(QString::number(i) + u' ' + QString(i % 300, u'x')));
    }
    WS_TRY_COMPARE(echoed.size(), Count);
    QCOMPARE(echoed, expected);
}

void TestSending::splitMessageArrivesWhole()
{
    Pair pair;
    WsOptions options;
    options.setFragmentSize(1000);
    pair.setOptions(options);
    QVERIFY(pair.open());
    const QString text = QString(3000, u'ü');
    QVERIFY(pair.client.sendText(text));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text "_s + text});
    QVERIFY(pair.peer->send(WsPreparedMessage::text(text)));
    WS_TRY_COMPARE(pair.events.messages(), QStringList{u"text "_s + text});
}

namespace {
bool isEverySendRefused(WsConnection &connection)
{
    const qint64 before = connection.bufferedAmount();
    return !connection.sendText(u"a"_s) && !connection.sendText("a") && !connection.sendText("a"_ba)
        && !connection.sendText(QUtf8StringView("a")) && !connection.sendBinary("a"_ba)
        && !connection.sendJson(1) && !connection.send(WsMessage::text("a"))
        && !connection.send(WsPreparedMessage::text("a")) && !connection.ping() && !connection.pong()
        && connection.bufferedAmount() == before;
}
} // namespace

void TestSending::nothingIsSentWhileConnecting()
{
    Pair pair;
    QVERIFY(pair.start());
    QCOMPARE(pair.client.state(), Ws::Connecting);
    QVERIFY(isEverySendRefused(pair.client));
    QCOMPARE(pair.client.errorString(), u"the connection is not open"_s);
    QVERIFY(pair.waitUntilOpen());
    QVERIFY(pair.client.sendText("the first"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text the first"_s});
}

void TestSending::nothingIsSentWhileClosing()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.client.close());
    QCOMPARE(pair.client.state(), Ws::Closing);
    QVERIFY(isEverySendRefused(pair.client));
    QVERIFY(!pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.peerEvents->messages().isEmpty());
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 '' clean"_s);
}

void TestSending::nothingIsSentWhenClosed()
{
    WsClient client;
    QVERIFY(isEverySendRefused(client));
    QVERIFY(!client.close());
    client.abort();
    QVERIFY(!client.broadcast("nobody"));
    QCOMPARE(client.state(), Ws::Closed);
}

void TestSending::sendsFromASlotAreOneTurnAndInOrder()
{
    Pair pair;
    QVERIFY(pair.open());
    connect(pair.peer, &WsConnection::textMessageReceived, pair.peer, [&](const QString &text) {
        for (int i = 0; i < 3; ++i)
            pair.peer->sendText(text + QString::number(i));
    });
    QSignalSpy written(pair.peer, &WsConnection::bytesWritten);
    pair.client.sendText("a");
    pair.client.sendText("b");
    WS_TRY_COMPARE(pair.events.messages(),
                   QStringList({u"text a0"_s, u"text a1"_s, u"text a2"_s, u"text b0"_s, u"text b1"_s,
                                u"text b2"_s}));
    QCOMPARE(written.size(), 1); // both messages came in one read, and all answers left in one write
}

void TestSending::sendsFromTimersLeave()
{
    Pair pair;
    QVERIFY(pair.open());
    QTimer timer;
    int left = 5;
    connect(&timer, &QTimer::timeout, &pair.client, [&] {
        pair.client.sendText(QString::number(left));
        if (--left == 0)
            timer.stop();
    });
    timer.start(1);
    WS_TRY_COMPARE(pair.peerEvents->messages(),
                   QStringList({u"text 5"_s, u"text 4"_s, u"text 3"_s, u"text 2"_s, u"text 1"_s}));
}

void TestSending::moreThanMaxBufferedAmountIsRefusedAndNothingElse()
{
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(MiB);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    QVERIFY(!pair.client.sendBinary(QByteArray(MiB + 1, 'x')));
    QCOMPARE(pair.client.errorString(), u"more than maxBufferedAmount would be buffered"_s);
    QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'x')));
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, MiB);

    pair.peer->setPaused(true);
    pair.peerEvents->keepsMessages = false;
    int accepted = 1;
    while (pair.client.sendBinary(QByteArray(64 * KiB, 'y'))) {
        ++accepted;
        QCOMPARE_LE(pair.client.bufferedAmount(), MiB);
    }
    QVERIFY(pair.client.bufferedAmount() > MiB - 65 * KiB);
    QVERIFY(pair.events.errors.isEmpty());
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, accepted);
    QVERIFY(pair.client.sendText("still there"));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, accepted + 1);
}

void TestSending::bufferedAmountIsToldUpAndDown()
{
    Pair pair;
    QVERIFY(pair.open());
    QList<qint64> told;
    connect(&pair.client, &WsConnection::bufferedAmountChanged, this, [&](qint64 amount) {
        QCOMPARE(pair.client.bufferedAmount(), amount);
        told.append(amount);
    });
    pair.peer->setPaused(true);
    for (int i = 0; i < 16; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'x')));
    QVERIFY(pair.client.bufferedAmount() > MiB);
    WS_TRY_VERIFY(!told.isEmpty());
    QVERIFY(told.constFirst() > MiB);
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.client.bufferedAmount(), 0);
    WS_TRY_COMPARE(told.constLast(), 0);
    QVERIFY(std::adjacent_find(told.begin(), told.end()) == told.end());
}

void TestSending::bytesWrittenAddUpToTheWire()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    qint64 written = 0;
    connect(&pair.client, &WsConnection::bytesWritten, this, [&](qint64 bytes) {
        QVERIFY(bytes > 0);
        written += bytes;
    });
    QVERIFY(pair.open());
    for (int i = 0; i < 100; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(i * 1000, 'x')));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 100);
    WS_TRY_COMPARE(written, pair.client.statistics().wireBytesSent);
    QCOMPARE(written, pair.peer->statistics().wireBytesReceived);
}

void TestSending::statisticsCountBothWays()
{
    Pair pair;
    QVERIFY(pair.open());
    const WsStatistics before = pair.client.statistics();
    QCOMPARE(before.messagesSent, 0);
    QCOMPARE(before.roundTripUs, -1);
    QVERIFY(before.wireBytesSent > 100); // the request
    connect(pair.peer, &WsConnection::textMessageReceived, pair.peer,
            [&](const QString &) { pair.peer->sendText("four"); });
    QVERIFY(pair.client.sendText("two"));
    QVERIFY(pair.client.ping());
    WS_TRY_COMPARE(pair.events.messageCount, 1);
    WS_TRY_VERIFY(pair.client.statistics().roundTripUs >= 0);
    const WsStatistics after = pair.client.statistics();
    QCOMPARE(after.messagesSent, 1);
    QCOMPARE(after.messagesReceived, 1);
    QCOMPARE(after.payloadBytesSent, 3);
    QCOMPARE(after.payloadBytesReceived, 4);
    QCOMPARE(after.wireBytesSent - before.wireBytesSent, (2 + 4 + 3) + (2 + 4));
    QCOMPARE(after.wireBytesReceived - before.wireBytesReceived, (2 + 4) + 2);
}

void TestSending::statisticsStayAsTheyWereAfterTheClose()
{
    Pair pair;
    QVERIFY(pair.open());
    qint64 atServer = 0;
    connect(pair.peer, &WsConnection::closed, this,
            [&] { atServer = pair.peer->statistics().wireBytesReceived; });
    QVERIFY(pair.client.sendText("hello"));
    QVERIFY(pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.statistics().messagesSent, 1);
    QCOMPARE(pair.client.statistics().wireBytesSent, atServer);
    QVERIFY(atServer > 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestSending)
#include "tst_sending.moc"
