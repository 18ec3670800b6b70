// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qelapsedtimer.h>

using namespace IntegrationTesting;

class TestReceiving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messageReceivedComesBeforeItsTypedSignal();
    void signalsOfOtherTypesStayQuiet();
    void byteOrderMarkIsKept();
    void handlerIsCalledInsteadOfTheSignals();
    void handlerMaySetAnotherHandler();
    void firstMessageIsSeenInASlotConnectedInNewConnection();
    void framesBehindTheRequestAreDelivered();
    void framesBehindTheAnswerAreDelivered();
    void fragmentsAndControlFramesInterleave();
    void pingIsAnsweredAndTold();
    void pongTellsTheRoundTrip();
    void laterPongAnswersEarlierPings();
    void unsolicitedPongHasNoRoundTrip();
    void pingIsCutTo125Bytes();
    void keepAlivePingsFollowSilenceOnly();
    void keepAliveOfZeroIsOff();
    void keepAliveKeepsAnIdleConnectionOpen();
};

void TestReceiving::messageReceivedComesBeforeItsTypedSignal()
{
    Pair pair;
    QVERIFY(pair.open());
    QStringList order;
    connect(&pair.client, &WsConnection::binaryMessageReceived, this,
            [&](const QByteArray &data) { order.append(u"binary "_s + QString::fromUtf8(data)); });
    connect(&pair.client, &WsConnection::textMessageReceived, this,
            [&](const QString &text) { order.append(u"text "_s + text); });
    connect(&pair.client, &WsConnection::messageReceived, this, [&](const WsMessage &message) {
        order.append((message.isText() ? u"message text "_s : u"message binary "_s) + message.text());
    });
    pair.peer->sendText("1");
    pair.peer->sendBinary("2");
    pair.peer->sendText("3");
    WS_TRY_COMPARE(order, QStringList({u"message text 1"_s, u"text 1"_s, u"message binary 2"_s, u"binary 2"_s,
                                       u"message text 3"_s, u"text 3"_s}));
}

void TestReceiving::signalsOfOtherTypesStayQuiet()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy texts(&pair.client, &WsConnection::textMessageReceived);
    QSignalSpy binaries(&pair.client, &WsConnection::binaryMessageReceived);
    pair.peer->sendText("text");
    WS_TRY_COMPARE(texts.size(), 1);
    QCOMPARE(binaries.size(), 0);
    pair.peer->sendBinary("binary");
    WS_TRY_COMPARE(binaries.size(), 1);
    QCOMPARE(texts.size(), 1);
}

void TestReceiving::byteOrderMarkIsKept()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy texts(pair.peer, &WsConnection::textMessageReceived);
    const QString text = QChar(0xFEFF) + u"text"_s;
    pair.client.sendText(text);
    WS_TRY_COMPARE(texts.size(), 1);
    QCOMPARE(texts.at(0).at(0).toString(), text);
    QCOMPARE(WsMessage::text(text).text(), text);
}

void TestReceiving::handlerIsCalledInsteadOfTheSignals()
{
    Pair pair;
    QVERIFY(pair.open());
    QStringList handled;
    QSignalSpy texts(&pair.client, &WsConnection::textMessageReceived);
    pair.client.setMessageHandler([&](WsConnection &connection, Ws::MessageType type, QByteArrayView payload) {
        QCOMPARE(&connection, &pair.client);
        handled.append((type == Ws::Text ? u"text "_s : u"binary "_s) + QString::fromUtf8(payload));
    });
    pair.peer->sendText("1");
    pair.peer->sendBinary("2");
    pair.peer->sendBinary({});
    WS_TRY_COMPARE(handled, QStringList({u"text 1"_s, u"binary 2"_s, u"binary "_s}));
    QCOMPARE(pair.events.messageCount, 0);
    QCOMPARE(texts.size(), 0);
    QCOMPARE(pair.client.statistics().messagesReceived, 3);

    pair.client.setMessageHandler(nullptr);
    pair.peer->sendText("4");
    WS_TRY_COMPARE(texts.size(), 1);
    QCOMPARE(handled.size(), 3);
}

void TestReceiving::handlerMaySetAnotherHandler()
{
    Pair pair;
    QVERIFY(pair.open());
    QStringList handled;
    const QString captured = u"of the first handler"_s;
    pair.client.setMessageHandler([&handled, captured](WsConnection &connection, Ws::MessageType, QByteArrayView) {
        connection.setMessageHandler([&handled](WsConnection &, Ws::MessageType, QByteArrayView payload) {
            handled.append(QString::fromUtf8(payload));
        });
        handled.append(captured); // still lives
    });
    pair.peer->sendText("1");
    pair.peer->sendText("2");
    WS_TRY_COMPARE(handled, QStringList({captured, u"2"_s}));
}

void TestReceiving::firstMessageIsSeenInASlotConnectedInNewConnection()
{
    WsServer server;
    QStringList texts;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, this,
                [&](const QString &text) { texts.append(text); });
    });
    QVERIFY(server.listen());
    WsClient client;
    connect(&client, &WsClient::connected, this, [](WsConnection *connection) { connection->sendText("first"); });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(texts, QStringList{u"first"_s});
}

void TestReceiving::framesBehindTheRequestAreDelivered()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest() + frame(TextFrame, "early") + frame(PingFrame, "p"));
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->messageCount == 1);
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text early"_s}));
    WS_TRY_VERIFY(raw.received.contains("\r\n\r\n"));
    WS_TRY_COMPARE(parseFrames(raw.body()), QList<ReceivedFrame>({{PongFrame, "p"}}));
}

void TestReceiving::framesBehindTheAnswerAreDelivered()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "early") + unmaskedFrame(CloseFrame, closePayload(3000, "bye"));
    server.endsAfterAnswer = true;
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.all, QStringList({u"opened"_s, u"text early"_s, u"closed 3000 'bye' clean"_s}));
}

void TestReceiving::fragmentsAndControlFramesInterleave()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    raw.send(frame(TextFrame, "\xE2", false));
    raw.send(frame(PingFrame, "now") + frame(Continuation, "\x82", false) + frame(Continuation, {}, false));
    raw.send(frame(Continuation, "\xAC"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text €"_s});
    WS_TRY_COMPARE(raw.frames(), QList<ReceivedFrame>({{PongFrame, "now"}}));
}

void TestReceiving::pingIsAnsweredAndTold()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy pinged(pair.peer, &WsConnection::pinged);
    QSignalSpy ponged(&pair.client, &WsConnection::pongReceived);
    QVERIFY(pair.client.ping("payload"));
    QVERIFY(pair.client.ping());
    WS_TRY_COMPARE(ponged.size(), 2);
    QCOMPARE(pinged.size(), 2);
    QCOMPARE(pinged.at(0).at(0).toByteArray(), "payload"_ba);
    QCOMPARE(ponged.at(0).at(0).toByteArray(), "payload"_ba);
    QCOMPARE(ponged.at(1).at(0).toByteArray(), QByteArray());
}

void TestReceiving::pongTellsTheRoundTrip()
{
    RawServer server;
    WsClient client;
    QSignalSpy ponged(&client, &WsConnection::pongReceived);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(client.ping("a"));
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    server.peer->send(unmaskedFrame(PongFrame, "a"));
    WS_TRY_COMPARE(ponged.size(), 1);
    const qint64 roundTripUs = ponged.at(0).at(1).toLongLong();
    QVERIFY(roundTripUs > 0);
    QVERIFY(roundTripUs <= timer.nsecsElapsed() / 1000);
    QCOMPARE(client.statistics().roundTripUs, roundTripUs);
}

void TestReceiving::laterPongAnswersEarlierPings()
{
    RawServer server;
    WsClient client;
    QList<qint64> roundTrips;
    connect(&client, &WsConnection::pongReceived, this,
            [&](const QByteArray &, qint64 roundTripUs) { roundTrips.append(roundTripUs); });
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    for (const char *payload : {"1", "2", "3"})
        QVERIFY(client.ping(payload));
    WS_TRY_COMPARE(server.peer->frames().size(), 3);
    for (const char *payload : {"2", "1", "3"})
        server.peer->send(unmaskedFrame(PongFrame, payload));
    WS_TRY_COMPARE(roundTrips.size(), 3);
    QVERIFY(roundTrips[0] >= 0);
    QCOMPARE(roundTrips[1], -1); // RFC 6455 §5.5.3: answered by the one for 2
    QVERIFY(roundTrips[2] >= 0);
}

void TestReceiving::unsolicitedPongHasNoRoundTrip()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy ponged(pair.peer, &WsConnection::pongReceived);
    QVERIFY(pair.client.pong("heartbeat"));
    WS_TRY_COMPARE(ponged.size(), 1);
    QCOMPARE(ponged.at(0).at(0).toByteArray(), "heartbeat"_ba);
    QCOMPARE(ponged.at(0).at(1).toLongLong(), -1);
    QCOMPARE(pair.peer->statistics().roundTripUs, -1);
}

void TestReceiving::pingIsCutTo125Bytes()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy ponged(&pair.client, &WsConnection::pongReceived);
    QVERIFY(pair.client.ping(QByteArray(1000, 'x')));
    WS_TRY_COMPARE(ponged.size(), 1);
    QCOMPARE(ponged.at(0).at(0).toByteArray(), QByteArray(125, 'x'));
    QVERIFY(ponged.at(0).at(1).toLongLong() >= 0);
}

void TestReceiving::keepAlivePingsFollowSilenceOnly()
{
    Pair pair;
    WsOptions options;
    options.setPingInterval(400ms);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    QSignalSpy pinged(pair.peer, &WsConnection::pinged);
    QElapsedTimer timer;
    timer.start();
    qint64 longestSilence = 0;
    while (timer.elapsed() < 1000) {
        const qint64 from = timer.elapsed();
        const qint64 before = pair.events.messageCount;
        pair.peer->sendText("busy");
        WS_TRY_VERIFY(pair.events.messageCount > before);
        longestSilence = qMax(longestSilence, timer.elapsed() - from);
    }
    if (longestSilence < 300)
        QCOMPARE(pinged.size(), 0);
    else
        qInfo("not checked that a busy connection is not pinged: it was silent for %lld ms", longestSilence);
    WS_TRY_VERIFY(pinged.size() >= 2);
    QCOMPARE(pair.client.state(), Ws::Open);
}

void TestReceiving::keepAliveOfZeroIsOff()
{
    Pair pair;
    WsOptions options;
    options.setPingInterval(0ms);
    options.setPongTimeout(50ms);
    pair.client.setOptions(options);
    WsOptions serverOptions;
    serverOptions.setPingInterval(50ms);
    pair.server.setOptions(serverOptions);
    QVERIFY(pair.open());
    QSignalSpy atServer(pair.peer, &WsConnection::pinged);
    QSignalSpy atClient(&pair.client, &WsConnection::pinged);
    WS_TRY_VERIFY(atClient.size() >= 4);
    QCOMPARE(atServer.size(), 0);
    QVERIFY(pair.events.errors.isEmpty());
}

void TestReceiving::keepAliveKeepsAnIdleConnectionOpen()
{
    Pair pair;
    WsOptions options;
    options.setPingInterval(50ms);
    options.setPongTimeout(2s);
    pair.setOptions(options);
    QVERIFY(pair.open());
    QSignalSpy ponged(pair.peer, &WsConnection::pongReceived);
    WS_TRY_VERIFY(ponged.size() >= 5);
    QCOMPARE(pair.client.state(), Ws::Open);
    QCOMPARE(pair.events.ending(), QString());
}

#include "../testprogram.h"
WSKIT_TEST(TestReceiving)
#include "tst_receiving.moc"
