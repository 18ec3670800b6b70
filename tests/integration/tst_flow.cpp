// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

using namespace IntegrationTesting;

class TestFlow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pausedConnectionDeliversNothingAndThenAll_data() { addSchemes(); }
    void pausedConnectionDeliversNothingAndThenAll();
    void pauseHoldsThePeerBack_data() { addSchemes(); }
    void pauseHoldsThePeerBack();
    void pausingInTheMiddleOfABurstStopsAtOnce_data() { addSchemes(); }
    void pausingInTheMiddleOfABurstStopsAtOnce();
    void pausingAtEachMessageLosesNothing();
    void pauseBeforeTheOpeningHoldsTheFirstMessages();
    void pausedIsToldOnce();
    void burstThatFillsTheBuffersIsDeliveredToItsEnd_data();
    void burstThatFillsTheBuffersIsDeliveredToItsEnd();
    void closeLiftsThePause_data() { addSchemes(); }
    void closeLiftsThePause();
    void peersCloseWaitsBehindThePause_data() { addSchemes(); }
    void peersCloseWaitsBehindThePause();
    void peersDisappearanceWaitsBehindThePause_data() { addSchemes(); }
    void peersDisappearanceWaitsBehindThePause();
    void abortLiftsThePause();
    void pausedConnectionIsNotPinged();
    void readingStopsAboveTheHighWaterMark_data() { addSchemes(); }
    void readingStopsAboveTheHighWaterMark();
    void readingStopsAboveTheHighWaterMarkWithinOneBurst();
    void bothSidesMaySendMuchAtOnce_data() { addSchemes(); }
    void bothSidesMaySendMuchAtOnce();
    void drainedFollowsTheMark_data() { addSchemes(); }
    void drainedFollowsTheMark();
    void peerThatIsResetWhileHeldBackEndsTheConnection();
    void echoOfMuchWithAPeerThatReadsLateLosesNothing_data() { addSchemes(); }
    void echoOfMuchWithAPeerThatReadsLateLosesNothing();
};

namespace {
// Lets everything run that is ready to run, there and back.
void settle(WsConnection &one, WsConnection &other)
{
    QSignalSpy ponged(&one, &WsConnection::pongReceived);
    QSignalSpy pinged(&other, &WsConnection::pinged);
    one.ping("settle");
    WS_TRY_VERIFY(!pinged.isEmpty() || !ponged.isEmpty() || other.paused());
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
}
} // namespace

void TestFlow::pausedConnectionDeliversNothingAndThenAll()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.client.sendText("before");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    pair.peer->setPaused(true);
    QVERIFY(pair.peer->paused());
    for (int i = 0; i < 1000; ++i)
        QVERIFY(pair.client.sendText(QString::number(i)));
    WS_TRY_COMPARE(pair.client.bufferedAmount(), 0);
    settle(pair.client, *pair.peer);
    QCOMPARE(pair.peerEvents->messageCount, 1);
    QVERIFY(pair.peer->sendText("a paused connection still sends"));
    WS_TRY_COMPARE(pair.events.messageCount, 1);
    QCOMPARE(pair.peerEvents->messageCount, 1);

    pair.peer->setPaused(false);
    QCOMPARE(pair.peerEvents->messageCount, 1); // from the event loop, not from within the call
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1001);
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(pair.peerEvents->messages().at(i + 1), u"text "_s + QString::number(i));
}

void TestFlow::pauseHoldsThePeerBack()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    pair.peer->setPaused(true);
    constexpr int Count = 48;
    for (int i = 0; i < Count; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'x')));
    // What the systems' buffers hold leaves, the rest stays with the sender.
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    QVERIFY(pair.client.bufferedAmount() > 16 * MiB);
    QCOMPARE(pair.peerEvents->messageCount, 0);
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, Count * MiB);
    QCOMPARE(pair.client.bufferedAmount(), 0);
}

void TestFlow::pausingInTheMiddleOfABurstStopsAtOnce()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QStringList texts;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        texts.append(text);
        if (text == u"pause")
            pair.peer->setPaused(true);
    });
    for (const char *text : {"1", "pause", "3", "4"})
        QVERIFY(pair.client.sendText(text));
    WS_TRY_COMPARE(texts.size(), 2);
    settle(pair.client, *pair.peer);
    QCOMPARE(texts, QStringList({u"1"_s, u"pause"_s}));
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(texts, QStringList({u"1"_s, u"pause"_s, u"3"_s, u"4"_s}));
}

void TestFlow::pausingAtEachMessageLosesNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    constexpr int Count = 500;
    QList<int> received;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        QVERIFY(!pair.peer->paused());
        received.append(text.toInt());
        pair.peer->setPaused(true);
        QMetaObject::invokeMethod(pair.peer, [&pair] { pair.peer->setPaused(false); }, Qt::QueuedConnection);
    });
    QList<int> expected;
    for (int i = 0; i < Count; ++i) {
        expected.append(i);
        QVERIFY(pair.client.sendText(QString::number(i)));
    }
    WS_TRY_COMPARE(received.size(), Count);
    QCOMPARE(received, expected);
}

void TestFlow::pauseBeforeTheOpeningHoldsTheFirstMessages()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "early");
    WsClient client;
    Events events(&client);
    client.setPaused(true);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(events.all, QStringList{u"opened"_s});
    client.setPaused(false);
    WS_TRY_COMPARE(events.all, QStringList({u"opened"_s, u"text early"_s}));
}

void TestFlow::pausedIsToldOnce()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy changed(&pair.client, &WsConnection::pausedChanged);
    pair.client.setPaused(false);
    QCOMPARE(changed.size(), 0);
    pair.client.setPaused(true);
    pair.client.setPaused(true);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.takeFirst().at(0).toBool(), true);
    pair.client.setPaused(false);
    pair.client.setPaused(false);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.takeFirst().at(0).toBool(), false);
}

void TestFlow::burstThatFillsTheBuffersIsDeliveredToItsEnd_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<qint64>("size");
    for (const bool isTls : {false, true}) {
        for (const qint64 size : {64 * KiB - 8, 64 * KiB, 80 * KiB, MiB - 100, MiB, MiB + 1, MiB + 9 * KiB,
                                  MiB + 16 * KiB, MiB + 40 * KiB, MiB + 64 * KiB, 2 * MiB + 30 * KiB}) {
            QTest::addRow("%s %d bytes", isTls ? "wss" : "ws", int(size)) << isTls << size;
        }
    }
}

// All of it lies in the buffers when the reading begins, and nothing more comes to wake the reader up.
void TestFlow::burstThatFillsTheBuffersIsDeliveredToItsEnd()
{
    QFETCH(const bool, isTls);
    QFETCH(const qint64, size);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    pair.peer->setPaused(true);
    constexpr qint64 Piece = 1000;
    for (qint64 sent = 0; sent < size; sent += Piece)
        QVERIFY(pair.client.sendBinary(QByteArray(qMin(Piece, size - sent), 'x')));
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (pair.client.bufferedAmount() > 0 && written.wait(100)) { }
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, size);
}

void TestFlow::closeLiftsThePause()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QSignalSpy changed(pair.peer, &WsConnection::pausedChanged);
    pair.peer->setPaused(true);
    QVERIFY(pair.client.sendText("held back"));
    settle(pair.client, *pair.peer);
    QVERIFY(pair.peer->close(3001, u"enough"_s));
    QVERIFY(!pair.peer->paused());
    pair.peer->setPaused(true);
    QVERIFY(!pair.peer->paused()); // the end would never be seen
    WS_TRY_VERIFY(pair.peerEvents->isClosed() && pair.events.isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text held back"_s, u"closed 3001 'enough' clean"_s}));
    QCOMPARE(pair.events.ending(), u"closed 3001 'enough' clean"_s);
    QCOMPARE(changed.size(), 2);
}

void TestFlow::peersCloseWaitsBehindThePause()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.peer->setPaused(true);
    pair.client.sendText("last words");
    pair.client.close(3002, u"done"_s);
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (pair.client.bufferedAmount() > 0 && written.wait(100)) { }
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(pair.peerEvents->all, QStringList{u"opened"_s});
    QCOMPARE(pair.peer->state(), Ws::Open);
    pair.peer->setPaused(false);
    WS_TRY_VERIFY(pair.peerEvents->isClosed() && pair.events.isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text last words"_s, u"closed 3002 'done' clean"_s}));
    QCOMPARE(pair.events.ending(), u"closed 3002 'done' clean"_s);
}

void TestFlow::peersDisappearanceWaitsBehindThePause()
{
    QFETCH(const bool, isTls);
    constexpr int Count = 300;
    Pair pair(isTls);
    if (isTls)
        pair.server.setSslConfiguration(serverTls());
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    pair.peer->setPaused(true);
    for (int i = 0; i < Count; ++i)
        raw.send(frame(BinaryFrame, QByteArray(1000, 'x')));
    WS_TRY_COMPARE(raw.socket->bytesToWrite() + raw.socket->encryptedBytesToWrite(), 0);
    raw.socket->disconnectFromHost();
    WS_TRY_COMPARE(raw.socket->state(), QAbstractSocket::UnconnectedState);
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(pair.peerEvents->all, QStringList{u"opened"_s});
    pair.peer->setPaused(false);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->messageCount, Count);
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestFlow::abortLiftsThePause()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.peer->setPaused(true);
    pair.client.setPaused(true);
    pair.client.abort();
    QVERIFY(!pair.client.paused());
    QCOMPARE(pair.events.ending(), u"closed 1006 '' unclean"_s);
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    pair.client.sendText("again");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text again"_s});
}

void TestFlow::pausedConnectionIsNotPinged()
{
    Pair pair;
    WsOptions options = patientOptions();
    options.setPingInterval(30ms);
    pair.server.setOptions(options);
    QVERIFY(pair.open());
    QSignalSpy pinged(&pair.client, &WsConnection::pinged);
    pair.peer->setPaused(true);
    WsOptions impatient = options;
    impatient.setPongTimeout(30ms); // which a paused connection does not miss
    pair.peer->setOptions(impatient);
    (void)waitFor([&] { return pinged.size() > 1; }, 300);
    QVERIFY(pinged.size() <= 1); // one may have been under way
    QCOMPARE(pair.peer->state(), Ws::Open);
    pair.peer->setOptions(options);
    pair.peer->setPaused(false);
    WS_TRY_VERIFY(pinged.size() >= 3);
    QCOMPARE(pair.peerEvents->ending(), QString());
}

void TestFlow::readingStopsAboveTheHighWaterMark()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setHighWaterMark(256 * KiB);
    pair.server.setOptions(options);
    if (isTls)
        pair.server.setSslConfiguration(serverTls());
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    raw.stopReading();
    while (pair.peer->bufferedAmount() <= 4 * MiB) // the system may still take some of it
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    QSignalSpy written(pair.peer, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    QVERIFY(pair.peer->bufferedAmount() > 256 * KiB);

    raw.send(frame(TextFrame, "not read yet"));
    WS_TRY_COMPARE(raw.socket->bytesToWrite() + raw.socket->encryptedBytesToWrite(), 0);
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(pair.peerEvents->messageCount, 0);
    QVERIFY(raw.received.isEmpty());
    QSignalSpy drained(pair.peer, &WsConnection::drained);
    raw.readAgain();
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    QCOMPARE(drained.size(), 1);
}

// One small message that is answered by a large one, a hundred times in one read.
void TestFlow::readingStopsAboveTheHighWaterMarkWithinOneBurst()
{
    Pair pair;
    WsOptions options;
    options.setHighWaterMark(256 * KiB);
    options.setMaxBufferedAmount(2 * MiB);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    constexpr int Count = 100;
    const QByteArray answer(200 * KiB, 'x');
    int refused = 0;
    qint64 highest = 0;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&] {
        refused += pair.peer->sendBinary(answer) ? 0 : 1;
        highest = qMax(highest, pair.peer->bufferedAmount());
    });
    raw.stopReading();
    QByteArray questions;
    for (int i = 0; i < Count; ++i)
        questions += frame(TextFrame, "?");
    raw.send(questions);
    QSignalSpy written(pair.peer, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    raw.readAgain();
    WS_TRY_COMPARE(pair.peerEvents->messageCount, Count);
    QCOMPARE(refused, 0);
    QCOMPARE_LE(highest, 512 * KiB);
    WS_TRY_COMPARE(raw.frames().size(), Count);
}

// Each has far more to send than the marks and the systems' buffers hold, and none waits for the other.
void TestFlow::bothSidesMaySendMuchAtOnce()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.events.keepsMessages = pair.peerEvents->keepsMessages = false;
    for (int i = 0; i < 40; ++i) {
        QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'c')));
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 's')));
    }
    WS_TRY_COMPARE(pair.events.payloadSize, 40 * MiB);
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, 40 * MiB);
}

void TestFlow::drainedFollowsTheMark()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setHighWaterMark(MiB);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    QSignalSpy drained(&pair.client, &WsConnection::drained);
    pair.peerEvents->keepsMessages = false;
    QVERIFY(pair.client.sendBinary(QByteArray(MiB / 2, 'x')));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    QCOMPARE(drained.size(), 0); // it never was above the mark

    pair.peer->setPaused(true);
    qint64 amountAtDrained = -1;
    connect(&pair.client, &WsConnection::drained, this,
            [&] { amountAtDrained = pair.client.bufferedAmount(); });
    for (int i = 0; i < 24; ++i)
        QVERIFY(pair.client.sendBinary(QByteArray(MiB, 'x')));
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    QCOMPARE(drained.size(), 0);
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 25);
    WS_TRY_COMPARE(drained.size(), 1);
    QVERIFY(amountAtDrained >= 0);
    QCOMPARE_LE(amountAtDrained, MiB / 2);
}

void TestFlow::peerThatIsResetWhileHeldBackEndsTheConnection()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    raw.stopReading();
    for (int i = 0; i < 24; ++i)
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    QSignalSpy written(pair.peer, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    raw.reset();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

void TestFlow::echoOfMuchWithAPeerThatReadsLateLosesNothing()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    constexpr int Count = 400;
    pair.events.keepsMessages = pair.peerEvents->keepsMessages = false;
    connect(pair.peer, &WsConnection::binaryMessageReceived, pair.peer,
            [&](const QByteArray &data) { QVERIFY(pair.peer->sendBinary(data)); });
    QList<int> order;
    connect(&pair.client, &WsConnection::binaryMessageReceived, this,
            [&](const QByteArray &data) { order.append(data.left(4).toInt()); });
    pair.client.setPaused(true);
    QList<int> expected;
    for (int i = 0; i < Count; ++i) {
        expected.append(i);
        const QByteArray number = QByteArray::number(i).rightJustified(4, '0');
        QVERIFY(pair.client.sendBinary(number + QByteArray(100 * KiB, 'x')));
    }
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (written.wait(100)) { }
    QVERIFY(pair.client.bufferedAmount() > 0);
    QCOMPARE_LE(pair.peer->bufferedAmount(), 4 * MiB);
    pair.client.setPaused(false);
    WS_TRY_COMPARE(order.size(), Count);
    QCOMPARE(order, expected);
}

#include "../testprogram.h"
WSKIT_TEST(TestFlow)
#include "tst_flow.moc"
