// SPDX-License-Identifier: MIT

// A WsClient may be opened again, from any slot, and shows nothing then of what was before.

#include "../heldport.h"
#include "integrationtesting.h"

using namespace IntegrationTesting;

class TestReopening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fromClosed_data() { addSchemes(); }
    void fromClosed();
    void fromStateChanged();
    void fromErrorOccurred_data();
    void fromErrorOccurred();
    void fromErrorOccurredAfterAbort();
    void fromMessageReceived_data() { addSchemes(); }
    void fromMessageReceived();
    void fromTheMessageHandlerTheViewStays();
    void fromOpened();
    void fromUrlChanged();
    void aHundredTimes_data() { addSchemes(); }
    void aHundredTimes();
    void withAnotherServer();
    void nothingOfTheOldOpeningStays();
    void nothingOfTheOldConnectionIsSent();
    void timeoutsAreTheNewOnes();
    void betweenWsAndWss();
    void afterEveryFailure_data();
    void afterEveryFailure();
};

void TestReopening::fromClosed()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    const QUrl url = pair.url();
    connect(&pair.client, &WsConnection::closed, this, [&] {
        if (pair.events.startingWith(u"closed"_s).size() < 3)
            QVERIFY(pair.client.open(url));
    });
    connect(&pair.client, &WsConnection::opened, this, [&] { pair.client.close(3000); });
    pair.client.close(3000);
    WS_TRY_COMPARE(pair.events.startingWith(u"closed"_s).size(), 3);
    QCOMPARE(pair.events.all,
             QStringList({u"opened"_s, u"closed 3000 '' clean"_s, u"opened"_s, u"closed 3000 '' clean"_s,
                          u"opened"_s, u"closed 3000 '' clean"_s}));
}

void TestReopening::fromStateChanged()
{
    Pair pair;
    QVERIFY(pair.open());
    QStringList order;
    connect(&pair.client, &WsConnection::stateChanged, this, [&](Ws::State state) {
        order.append(QString::fromLatin1(QMetaEnum::fromType<Ws::State>().valueToKey(state)));
        if (state == Ws::Closed && order.count(u"Closed"_s) == 1)
            QVERIFY(pair.client.open());
    });
    connect(&pair.client, &WsConnection::closed, this, [&] { order.append(u"closed()"_s); });
    pair.peer->close(3001, u"first"_s);
    WS_TRY_COMPARE(pair.events.startingWith(u"opened"_s).size(), 2);
    QCOMPARE(pair.client.state(), Ws::Open);
    // The end of the first is told once, with its own code, before the second begins.
    QCOMPARE(pair.events.ending(), u"closed 3001 'first' clean"_s);
    QCOMPARE(order, QStringList({u"Closing"_s, u"Closed"_s, u"closed()"_s, u"Connecting"_s, u"Open"_s}));
}

void TestReopening::fromErrorOccurred_data()
{
    QTest::addColumn<QByteArray>("cause");
    for (const char *cause : {"refused", "HTTP 500", "no TLS", "lost", "broken rule", "no answer"})
        QTest::newRow(cause) << QByteArray(cause);
}

// As a Retry button in an error dialog does.
void TestReopening::fromErrorOccurred()
{
    QFETCH(const QByteArray, cause);
    RawServer raw;
    if (cause == "HTTP 500")
        raw.answer = [](const QByteArray &) { return "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"; };
    else if (cause == "no answer")
        raw.answer = [](const QByteArray &) { return QByteArray(); };
    else if (cause == "broken rule")
        raw.afterAnswer = frame(TextFrame, "masked");
    else if (cause == "lost")
        raw.endsAfterAnswer = true;
    const HeldPort nobody;
    QUrl url = raw.url(cause == "no TLS" ? u"wss"_s : u"ws"_s);
    if (cause == "refused")
        url.setPort(nobody.number());
    WsServer good;
    QVERIFY(good.listen());
    WsClient client;
    Events events(&client);
    WsOptions options;
    if (cause == "no answer" || cause == "no TLS")
        options.setHandshakeTimeout(50ms);
    options.setCloseTimeout(50ms);
    client.setOptions(options);
    bool isAccepted = false;
    connect(&client, &WsClient::errorOccurred, this, [&] {
        client.setOptions(WsOptions());
        isAccepted = client.open(good.serverUrl());
    });
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(client.state() == Ws::Open && client.url() == good.serverUrl());
    QVERIFY(isAccepted);
    QCOMPARE(client.url(), good.serverUrl());
    QCOMPARE(events.startingWith(u"closed"_s).size(), 1);
    QCOMPARE(events.errors.size(), 1);
    QVERIFY(client.active());
}

void TestReopening::fromErrorOccurredAfterAbort()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    const HeldPort nobody;
    const QUrl refused(u"ws://%1"_s.arg(nobody.address()));
    connect(&pair.client, &WsConnection::errorOccurred, this, [&] {
        pair.client.abort();
        QVERIFY(pair.client.open(pair.server.serverUrl()));
    });
    QVERIFY(pair.client.open(refused));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QCOMPARE(pair.events.all,
             QStringList({u"error Network"_s, u"closed 1006 '' unclean"_s, u"opened"_s}));
    pair.client.sendText("works");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestReopening::fromMessageReceived()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    const QUrl url = pair.url();
    QStringList texts;
    connect(&pair.client, &WsConnection::messageReceived, this, [&](const WsMessage &message) {
        if (message.text() != u"reopen")
            return;
        pair.client.abort();
        QVERIFY(pair.client.open(url));
    });
    connect(&pair.client, &WsConnection::textMessageReceived, this,
            [&](const QString &text) { texts.append(text); });
    pair.peer->sendText("reopen");
    pair.peer->sendText("lost with the old connection");
    WS_TRY_COMPARE(pair.events.startingWith(u"opened"_s).size(), 2);
    WS_TRY_VERIFY(pair.peer && pair.peer->state() == Ws::Open);
    pair.peer->sendText("new");
    WS_TRY_COMPARE(texts, QStringList{u"new"_s});
}

void TestReopening::fromTheMessageHandlerTheViewStays()
{
    Pair pair;
    QVERIFY(pair.open());
    const QUrl url = pair.url();
    QByteArrayList payloads;
    pair.client.setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        if (payloads.isEmpty()) {
            pair.client.abort();
            QVERIFY(pair.client.open(url));
        }
        payloads.append(payload.toByteArray()); // lives for the call, whatever became of its connection
    });
    pair.peer->sendText("payload of the old connection");
    WS_TRY_COMPARE(pair.events.startingWith(u"opened"_s).size(), 2);
    WS_TRY_VERIFY(pair.peer && pair.peer->state() == Ws::Open);
    pair.peer->sendBinary(QByteArray(200'000, 'x'));
    WS_TRY_COMPARE(payloads.size(), 2);
    QCOMPARE(payloads.at(0), "payload of the old connection"_ba);
    QCOMPARE(payloads.at(1).size(), 200'000);
}

void TestReopening::fromOpened()
{
    Pair pair;
    int opened = 0;
    connect(&pair.client, &WsConnection::opened, this, [&] {
        if (++opened == 1) {
            pair.client.abort();
            QVERIFY(pair.client.open());
        }
    });
    QVERIFY(pair.start());
    WS_TRY_COMPARE(opened, 2);
    QCOMPARE(pair.client.state(), Ws::Open);
}

void TestReopening::fromUrlChanged()
{
    Pair first;
    Pair second;
    QVERIFY(first.server.listen());
    QVERIFY(second.server.listen());
    WsClient client;
    Events events(&client);
    bool isDone = false;
    connect(&client, &WsConnection::urlChanged, this, [&] {
        if (!std::exchange(isDone, true))
            QVERIFY(client.open(second.server.serverUrl()));
    });
    QVERIFY(!client.open(first.server.serverUrl())); // the slot was faster
    WS_TRY_COMPARE(client.state(), Ws::Open);
    WS_TRY_COMPARE(second.server.connectionCount(), 1);
    QCOMPARE(first.server.connectionCount(), 0);
    QCOMPARE(client.url(), second.server.serverUrl());
    client.close();
    WS_TRY_COMPARE(events.all, QStringList({u"opened"_s, u"closed 1000 '' clean"_s}));
}

void TestReopening::aHundredTimes()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    for (int i = 0; i < 100; ++i) {
        QVERIFY(pair.open());
        QVERIFY(pair.client.sendText(QString::number(i)));
        if (i % 2)
            QVERIFY(pair.client.close());
        else
            pair.client.abort();
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    }
    QCOMPARE(pair.events.startingWith(u"closed"_s).size(), 100);
    QCOMPARE(pair.events.startingWith(u"opened"_s).size(), 100);
}

void TestReopening::withAnotherServer()
{
    Pair first;
    QVERIFY(first.open());
    Pair second;
    QVERIFY(second.server.listen());
    QSignalSpy changed(&first.client, &WsConnection::urlChanged);
    first.client.abort();
    QVERIFY(first.client.open(second.server.serverUrl()));
    WS_TRY_VERIFY(second.peer && first.client.state() == Ws::Open);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(first.client.peerPort(), second.server.serverPort());
}

void TestReopening::nothingOfTheOldOpeningStays()
{
    Pair pair;
    pair.server.setSubprotocols({u"a"_s});
    pair.client.setSubprotocols({u"a"_s});
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::accept({}, {{"X-First", "yes"}}); });
    QVERIFY(pair.open());
    pair.client.sendText("counted");
    pair.client.ping();
    WS_TRY_VERIFY(pair.client.statistics().roundTripUs >= 0);
    pair.peer->close(3000, u"first"_s);
    WS_TRY_VERIFY(pair.events.isClosed());
    pair.server.setRequestHandler(nullptr);
    pair.client.setSubprotocols({});
    QVERIFY(pair.client.open());
    QCOMPARE(pair.client.response().status(), 0);
    QCOMPARE(pair.client.closeCode(), Ws::NoStatus);
    QVERIFY(pair.client.closeReason().isEmpty());
    QCOMPARE(pair.client.statistics().messagesSent, 0);
    QCOMPARE(pair.client.statistics().roundTripUs, -1);
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QVERIFY(pair.client.response().header("X-First").isNull());
    QVERIFY(static_cast<WsConnection &>(pair.client).subprotocol().isEmpty());
    QVERIFY(pair.client.errorString().isEmpty());
}

void TestReopening::nothingOfTheOldConnectionIsSent()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.peer->setPaused(true);
    for (int i = 0; i < 20; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'x')));
    QVERIFY(pair.client.bufferedAmount() > 0);
    const QPointer<WsConnection> old = pair.peer;
    pair.client.abort();
    QVERIFY(pair.client.open());
    QCOMPARE(pair.client.bufferedAmount(), 0);
    WS_TRY_VERIFY(pair.client.state() == Ws::Open && pair.peer != old);
    pair.client.sendText("new");
    WS_TRY_COMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text new"_s}));
}

void TestReopening::timeoutsAreTheNewOnes()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(2s);
    options.setCloseTimeout(2s);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.client.open());
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QSignalSpy closed(&pair.client, &WsConnection::closed);
    QVERIFY(!closed.wait(2500)); // neither the old handshake's nor the old close's time ends this one
}

void TestReopening::betweenWsAndWss()
{
    Pair plain(false);
    Pair encrypted(true);
    QVERIFY(plain.server.listen());
    QVERIFY(encrypted.server.listen());
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    for (int i = 0; i < 4; ++i) {
        const bool isTls = i % 2;
        QVERIFY(client.open(isTls ? encrypted.url() : plain.url()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        QCOMPARE(client.isEncrypted(), isTls);
        client.close();
        WS_TRY_COMPARE(client.state(), Ws::Closed);
    }
}

void TestReopening::afterEveryFailure_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("end") << QByteArray();
    QTest::newRow("refusal") << "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"_ba;
    QTest::newRow("garbage") << "garbage\r\n\r\n"_ba;
}

void TestReopening::afterEveryFailure()
{
    QFETCH(const QByteArray, answer);
    RawServer failing([&](const QByteArray &) { return answer; });
    failing.endsAfterAnswer = true;
    Pair pair;
    QVERIFY(pair.server.listen());
    for (int i = 0; i < 3; ++i) {
        QVERIFY(pair.client.open(failing.url()));
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        QVERIFY(!pair.client.errorString().isEmpty());
        QVERIFY(pair.client.open(pair.server.serverUrl()));
        WS_TRY_COMPARE(pair.client.state(), Ws::Open);
        QVERIFY(pair.client.errorString().isEmpty());
        pair.client.abort();
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestReopening)
#include "tst_reopening.moc"
