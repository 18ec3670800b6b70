// SPDX-License-Identifier: MIT

// Peers that send more than maxMessagesPerSecond or maxBytesPerSecond.

#include "integrationtesting.h"

#include <QtCore/qelapsedtimer.h>

#include <memory>
#include <vector>

using namespace IntegrationTesting;

namespace {
constexpr int Rate = 200;

void addSchemesAndThreads()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threadCount) << isTls << threadCount;
    }
}

WsOptions withRates(int messages, qint64 bytes = 0, Ws::RateLimitPolicy policy = Ws::SlowDown)
{
    WsOptions options = patientOptions();
    options.setMaxMessagesPerSecond(messages);
    options.setMaxBytesPerSecond(bytes);
    options.setRateLimitPolicy(policy);
    return options;
}

// As a client sends it, masked with zeros.
QByteArray frameOfClient(int opcode, const QByteArray &payload)
{
    Q_ASSERT(payload.size() < 126);
    return QByteArray(1, char(0x80 | opcode)) + char(0x80 | payload.size()) + QByteArray(4, '\0') + payload;
}

// The most that may have come since the clock has started, with the burst.
qint64 allowedBy(qint64 rate, const QElapsedTimer &clock)
{
    return rate + rate * clock.nsecsElapsed() / 1'000'000'000 + 1;
}
} // namespace

class TestRates : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void floodOfMessagesIsSlowedDown_data() { addSchemesAndThreads(); }
    void floodOfMessagesIsSlowedDown();
    void floodOfPingsIsSlowedDown();
    void bytesAreSlowedDown_data() { addSchemesAndThreads(); }
    void bytesAreSlowedDown();
    void slowedPeerIsHeldBackByTheNetwork_data() { addSchemes(); }
    void slowedPeerIsHeldBackByTheNetwork();
    void nothingIsLost_data() { addSchemesAndThreads(); }
    void nothingIsLost();
    void floodCloses_data() { addSchemesAndThreads(); }
    void floodCloses();
    void floodOfAServerClosesTheClient();
    void othersAreServedDuringFloods();
    void limitOfOneConnectionIsItsOwn_data() { addSchemesAndThreads(); }
    void limitOfOneConnectionIsItsOwn();
    void threadWithoutAnEventLoopIsSlowedDown();
    void keepAliveOutlastsTheLimit();
};

void TestRates::floodOfMessagesIsSlowedDown()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setOptions(withRates(Rate));
    QVERIFY(pair.server.listen());
    QElapsedTimer clock;
    clock.start();
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    raw.send(frameOfClient(1, "x").repeated(100'000));
    WS_TRY_VERIFY(pair.peer);
    WS_TRY_VERIFY(pair.peer->statistics().messagesReceived >= 2 * Rate);
    const qint64 received = pair.peer->statistics().messagesReceived; // before the clock is read
    QVERIFY(received <= allowedBy(Rate, clock));
    QCOMPARE(pair.peer->state(), Ws::Open);
}

void TestRates::floodOfPingsIsSlowedDown()
{
    Pair pair;
    pair.server.setOptions(withRates(Rate));
    QVERIFY(pair.server.listen());
    QElapsedTimer clock;
    clock.start();
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    raw.send(frameOfClient(9, "x").repeated(100'000));
    constexpr qint64 PongSize = 3;
    WS_TRY_VERIFY(raw.received.size() >= 2 * Rate * PongSize);
    const qint64 received = raw.received.size();
    QVERIFY(received <= allowedBy(Rate, clock) * PongSize);
}

void TestRates::bytesAreSlowedDown()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    constexpr qint64 BytesPerSecond = 50'000;
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setOptions(withRates(0, BytesPerSecond));
    QVERIFY(pair.server.listen());
    QElapsedTimer clock;
    clock.start();
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    raw.send(frameOfClient(2, QByteArray(100, 'x')).repeated(100'000));
    WS_TRY_VERIFY(pair.peer);
    WS_TRY_VERIFY(pair.peer->statistics().wireBytesReceived >= 2 * BytesPerSecond);
    const qint64 received = pair.peer->statistics().wireBytesReceived;
    QVERIFY(received <= allowedBy(BytesPerSecond, clock) + 1000); // with its request
}

void TestRates::slowedPeerIsHeldBackByTheNetwork()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setOptions(withRates(0, 100'000));
    QVERIFY(pair.open());
    constexpr qint64 Size = 8 * 1024 * 1024;
    for (int i = 0; i < 4; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(Size, 'x')));
    WS_TRY_VERIFY(pair.peer->statistics().wireBytesReceived >= 150'000);
    QVERIFY(pair.client.bufferedAmount() > Size); // the rest is in the buffers of the system
    QCOMPARE(pair.peerEvents->messageCount, 0);
    pair.peer->setOptions(patientOptions());
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, 4 * Size);
}

void TestRates::nothingIsLost()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setOptions(withRates(Rate, 20'000));
    QVERIFY(pair.open());
    QStringList sent;
    for (int i = 0; i < 2 * Rate; ++i) {
        const QString text = u"text %1"_s.arg(i);
        QVERIFY(pair.client.sendText(text.sliced(5)));
        sent.append(text);
    }
    pair.client.close(Ws::Normal, u"done"_s);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->messages(), sent);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 'done' clean"_s);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1000 'done' clean"_s);
}

void TestRates::floodCloses()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setOptions(withRates(Rate, 0, Ws::Disconnect));
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    raw.send(frameOfClient(1, "x").repeated(10 * Rate));
    WS_TRY_VERIFY(!raw.frames().isEmpty());
    const ReceivedFrame close = raw.frames().constFirst();
    QCOMPARE(close.opcode, 8);
    QCOMPARE(close.payload,
             QByteArray("\x03\xf0", 2) + "the peer sends more than maxMessagesPerSecond (200)");
    raw.socket->disconnectFromHost();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->errors.constFirst().kind(), Ws::ErrorKind::Overflow);
    QCOMPARE_GE(pair.peerEvents->messageCount, Rate);
    QCOMPARE_LT(pair.peerEvents->messageCount, 10 * Rate);
}

void TestRates::floodOfAServerClosesTheClient()
{
    RawServer server;
    WsClient client;
    Events events(&client);
    client.setOptions(withRates(10, 0, Ws::Disconnect));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    server.peer->send(QByteArray("\x81\x01x", 3).repeated(100));
    WS_TRY_VERIFY(!events.errors.isEmpty());
    QCOMPARE(events.errors.constFirst().text(), u"the peer sends more than maxMessagesPerSecond (10)"_s);
    QCOMPARE_GE(events.messageCount, 10);
    QCOMPARE_LT(events.messageCount, 100);
}

void TestRates::othersAreServedDuringFloods()
{
    Pair pair;
    pair.server.setOptions(withRates(Rate, 100'000));
    pair.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    QVERIFY(pair.server.listen());
    std::vector<std::unique_ptr<RawPeer>> hostile;
    for (int i = 0; i < 20; ++i) {
        hostile.push_back(std::make_unique<RawPeer>());
        QVERIFY(hostile.back()->upgrade(pair.server));
        hostile.back()->send(frameOfClient(i % 2 ? 1 : 9, "x").repeated(100'000));
    }
    QVERIFY(pair.client.open(pair.url()));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    for (int i = 0; i < 100; ++i) {
        QVERIFY(pair.client.sendText("hello"));
        WS_TRY_COMPARE(pair.events.messageCount, i + 1);
    }
}

void TestRates::limitOfOneConnectionIsItsOwn()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.open());
    pair.peer->setOptions(withRates(10)); // from this thread
    QVERIFY(pair.client.sendText("x"));
    WS_TRY_COMPARE(pair.peer->statistics().messagesReceived, 1);
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < 1000; ++i)
        QVERIFY(pair.client.sendText("x"));
    WS_TRY_VERIFY(pair.peer->statistics().messagesReceived >= 15);
    const qint64 received = pair.peer->statistics().messagesReceived; // before the clock is read
    QVERIFY(received <= 1 + allowedBy(10, clock));
    WsClient other;
    other.setSslConfiguration(tlsConfiguration());
    QVERIFY(other.open(pair.url()));
    const WsConnection *const limited = pair.peer;
    WS_TRY_VERIFY(pair.peer && pair.peer != limited);
    WS_TRY_COMPARE(other.state(), Ws::Open);
    for (int i = 0; i < 1000; ++i)
        QVERIFY(other.sendText("x"));
    WS_TRY_COMPARE(pair.peer->statistics().messagesReceived, 1000);
}

void TestRates::threadWithoutAnEventLoopIsSlowedDown()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    const QUrl url = pair.url();
    qint64 received = 0;
    bool isWithin = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setOptions(withRates(50));
        if (!client.open(url) || !client.waitForOpened())
            return;
        QElapsedTimer clock;
        clock.start();
        for (const WsMessage &message : client.messages()) {
            received += message.data().size();
            if (received == 100) {
                isWithin = received <= allowedBy(50, clock);
                break;
            }
        }
        client.close();
    }));
    thread->start();
    WS_TRY_VERIFY(pair.peer);
    for (int i = 0; i < 1000; ++i)
        QVERIFY(pair.peer->sendText("x"));
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(received, 100);
    QVERIFY(isWithin);
}

void TestRates::keepAliveOutlastsTheLimit()
{
    Pair pair;
    WsOptions options = withRates(10);
    options.setPingInterval(0ms);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer raw; // answers no ping
    QVERIFY(raw.upgrade(pair.server));
    raw.send(frameOfClient(1, "x").repeated(15));
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->messageCount >= 10);
    options.setPingInterval(20ms);
    options.setPongTimeout(20ms);
    pair.peer->setOptions(options);
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->messageCount, 15);
    QCOMPARE(pair.peerEvents->errors.constFirst().kind(), Ws::ErrorKind::Timeout);
}

#include "../testprogram.h"
WSKIT_TEST(TestRates)
#include "tst_rates.moc"
