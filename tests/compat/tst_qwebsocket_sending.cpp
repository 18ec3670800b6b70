// SPDX-License-Identifier: MIT

// QWebSocket: what sending puts on the wire, masks, pings, and how much waits to be written.

#include "compattesting.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qtimer.h>
#include <QtWebSockets/QMaskGenerator>

using namespace CompatTesting;

class tst_QWebSocketSending : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sendReturnsTheSize_data();
    void sendReturnsTheSize();
    void sendTextOfALoneSurrogate();
    void sendBinaryMessages();
    void framesAreMasked();
    void maskGeneratorMasks();
    void maskGeneratorIsSeededByTheProgram();
    void messagesAreFragmented_data();
    void messagesAreFragmented();
    void pingIsAnsweredByPong();
    void pingOfTheElapsedTime();
    void pingHasAPayloadOf125Bytes();
    void pongThatNobodyAskedFor();
    void pingOfThePeerIsAnswered();
    void bytesToWriteAndBytesWritten();
    void bytesToWriteOfALargeMessage();
    void bytesToWriteOfASlowPeer();
    void flushWrites();
};

namespace {
// Counts what it is asked for, and masks with 1, 2, 3…
class CountingGenerator : public QMaskGenerator
{
public:
    bool seed() override
    {
        ++seedCount;
        return true;
    }
    quint32 nextMask() override { return quint32(++maskCount); }

    int seedCount = 0;
    int maskCount = 0;
};
} // namespace

void tst_QWebSocketSending::sendReturnsTheSize_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("size");
    QTest::newRow("empty") << u""_s << qint64(0);
    QTest::newRow("null") << QString() << qint64(0);
    QTest::newRow("ASCII") << u"hello"_s << qint64(5);
    QTest::newRow("two bytes each") << u"üüü"_s << qint64(6);
    QTest::newRow("beyond the BMP") << u"\U0001F600"_s << qint64(4);
    QTest::newRow("zero") << u"a\0b"_s << qint64(3);
    QTest::newRow("125") << QString(125, u'x') << qint64(125);
    QTest::newRow("126") << QString(126, u'x') << qint64(126);
    QTest::newRow("65535") << QString(65535, u'x') << qint64(65535);
    QTest::newRow("65536") << QString(65536, u'x') << qint64(65536);
}

void tst_QWebSocketSending::sendReturnsTheSize()
{
    QFETCH(QString, text);
    QFETCH(qint64, size);
    OpenClient client;
    QVERIFY(client.open());
    QCOMPARE(client.socket.sendTextMessage(text), size);
    WS_TRY_COMPARE(client.sent().size(), 1);
    const ReceivedFrame frame = client.sent().first();
    QCOMPARE(frame.opcode, quint8(TextFrame));
    QVERIFY(frame.isFinal);
    QVERIFY(frame.payload == text.toUtf8());
}

void tst_QWebSocketSending::sendTextOfALoneSurrogate()
{
    OpenClient client;
    QVERIFY(client.open());
    const QString text = u"a"_s + QChar(0xD800) + u'b';
    const qint64 size = client.socket.sendTextMessage(text);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.sent().first().payload, text.toUtf8());
    QCOMPARE(size, client.sent().first().payload.size());
}

void tst_QWebSocketSending::sendBinaryMessages()
{
    OpenClient client;
    QVERIFY(client.open());
    const QByteArray data = pattern(70000);
    QCOMPARE(client.socket.sendBinaryMessage(data), data.size());
    QCOMPARE(client.socket.sendBinaryMessage({}), 0);
    WS_TRY_COMPARE(client.sent().size(), 2);
    QVERIFY(client.sent().first() == ReceivedFrame({BinaryFrame, data}));
    QVERIFY(client.sent().last() == ReceivedFrame({BinaryFrame, {}}));
}

void tst_QWebSocketSending::framesAreMasked()
{
    OpenClient client;
    QVERIFY(client.open());
    for (int count = 0; count < 3; ++count)
        client.socket.sendTextMessage(u"text"_s);
    client.socket.ping();
    WS_TRY_COMPARE(client.sent().size(), 4);
    const auto frames = client.sent();
    for (const ReceivedFrame &frame : frames)
        QCOMPARE(frame.maskingKey.size(), 4);
    QVERIFY(frames[0].maskingKey != frames[1].maskingKey);
    QVERIFY(frames[1].maskingKey != frames[2].maskingKey);
}

void tst_QWebSocketSending::maskGeneratorMasks()
{
    CountingGenerator generator;
    OpenClient client;
    client.socket.setMaskGenerator(&generator);
    QCOMPARE(client.socket.maskGenerator(), &generator);
    QVERIFY(client.open());
    const int before = generator.maskCount;
    client.socket.sendTextMessage(u"text"_s);
    client.socket.sendBinaryMessage("data");
    client.socket.ping("ping");
    client.receive(unmaskedFrame(PingFrame, "pong"));
    WS_TRY_COMPARE(client.sent().size(), 4);
    for (int i = 0; i < 4; ++i)
        QCOMPARE(client.sent().at(i).maskingKey.toHex(),
                 QByteArray("000000") + QByteArray::number(before + i + 1).rightJustified(2, '0'));
    QCOMPARE(generator.maskCount, before + 4);
    client.socket.abort();
}

void tst_QWebSocketSending::maskGeneratorIsSeededByTheProgram()
{
    CountingGenerator generator;
    OpenClient client;
    client.socket.setMaskGenerator(&generator);
    QVERIFY(client.open());
    client.socket.sendTextMessage(u"text"_s);
    QCOMPARE(generator.seedCount, 0);
    client.socket.abort();
}

void tst_QWebSocketSending::messagesAreFragmented_data()
{
    QTest::addColumn<quint64>("frameSize");
    QTest::addColumn<QList<int>>("sizes");
    QTest::newRow("one") << quint64(10) << QList<int>({10});
    QTest::newRow("two") << quint64(9) << QList<int>({9, 1});
    QTest::newRow("four") << quint64(3) << QList<int>({3, 3, 3, 1});
    QTest::newRow("single bytes") << quint64(1) << QList<int>(10, 1);
}

void tst_QWebSocketSending::messagesAreFragmented()
{
    QFETCH(quint64, frameSize);
    QFETCH(QList<int>, sizes);
    OpenClient client;
    client.socket.setOutgoingFrameSize(frameSize);
    QVERIFY(client.open());
    QCOMPARE(client.socket.sendTextMessage(u"0123456789"_s), 10);
    QCOMPARE(client.socket.sendBinaryMessage("0123456789"), 10);
    WS_TRY_COMPARE(client.sent().size(), 2 * sizes.size());
    for (const quint8 opcode : {TextFrame, BinaryFrame}) {
        const auto frames = client.sent().mid(opcode == TextFrame ? 0 : sizes.size(), sizes.size());
        QByteArray payload;
        for (int i = 0; i < frames.size(); ++i) {
            QCOMPARE(frames[i].opcode, i == 0 ? opcode : quint8(Continuation));
            QCOMPARE(frames[i].isFinal, i == frames.size() - 1);
            QCOMPARE(frames[i].payload.size(), sizes[i]);
            payload += frames[i].payload;
        }
        QCOMPARE(payload, "0123456789");
    }
}

void tst_QWebSocketSending::pingIsAnsweredByPong()
{
    OpenClient client;
    QVERIFY(client.open());
    client.socket.ping("payload");
    WS_TRY_COMPARE(client.sent().size(), 1);
    QVERIFY(client.sent().first() == ReceivedFrame({PingFrame, "payload"}));
    client.receive(unmaskedFrame(PongFrame, "payload"));
    WS_TRY_COMPARE(client.reports.all, QStringList(u"pong payload"_s));
    client.socket.ping();
    WS_TRY_COMPARE(client.sent().size(), 2);
    QVERIFY(client.sent().last() == ReceivedFrame({PingFrame, {}}));
    client.receive(unmaskedFrame(PongFrame));
    WS_TRY_COMPARE(client.reports.all, QStringList({u"pong payload"_s, u"pong"_s}));
}

// The time is in milliseconds; the peer lets some pass.
void tst_QWebSocketSending::pingOfTheElapsedTime()
{
    OpenClient client;
    QVERIFY(client.open());
    quint64 elapsed = 0;
    connect(&client.socket, &QWebSocket::pong, this, [&elapsed](quint64 time) { elapsed = time; });
    QElapsedTimer clock;
    clock.start();
    client.socket.ping("x");
    WS_TRY_COMPARE(client.sent().size(), 1);
    QTimer::singleShot(20, client.server.peer.get(), [&] { client.receive(unmaskedFrame(PongFrame, "x")); });
    WS_TRY_COMPARE(client.reports.all.size(), 1);
    QVERIFY2(elapsed >= 18, qPrintable(QString::number(elapsed)));
    QVERIFY(elapsed <= quint64(clock.elapsed()));
}

void tst_QWebSocketSending::pingHasAPayloadOf125Bytes()
{
    OpenClient client;
    QVERIFY(client.open());
    client.socket.ping(QByteArray(200, 'x'));
    WS_TRY_COMPARE(client.sent().size(), 1);
    QVERIFY(client.sent().first() == ReceivedFrame({PingFrame, QByteArray(125, 'x')}));
}

void tst_QWebSocketSending::pongThatNobodyAskedFor()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(PongFrame, "alive"));
    WS_TRY_COMPARE(client.reports.all, QStringList(u"pong alive"_s));
    QVERIFY(client.sent().isEmpty());
}

void tst_QWebSocketSending::pingOfThePeerIsAnswered()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(PingFrame) + unmaskedFrame(PingFrame, QByteArray(125, 'x')));
    WS_TRY_COMPARE(client.sent().size(), 2);
    QVERIFY(client.sent().first() == ReceivedFrame({PongFrame, {}}));
    QVERIFY(client.sent().last() == ReceivedFrame({PongFrame, QByteArray(125, 'x')}));
    QCOMPARE(client.reports.all, QStringList());
}

void tst_QWebSocketSending::bytesToWriteAndBytesWritten()
{
    OpenClient client;
    QVERIFY(client.open());
    QCOMPARE(client.socket.bytesToWrite(), 0);
    client.socket.sendTextMessage(u"hello"_s);
    QVERIFY(client.socket.bytesToWrite() >= 5);
    client.socket.sendBinaryMessage(QByteArray(200, 'x'));
    WS_TRY_COMPARE(client.sent().size(), 2);
    WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
    QCOMPARE(client.reports.writtenSize, client.server.peer->received.size());
}

// Whoever adds up what bytesWritten() reports arrives at what was to be written.
void tst_QWebSocketSending::bytesToWriteOfALargeMessage()
{
    OpenClient client;
    QVERIFY(client.open());
    const qint64 before = client.reports.writtenSize;
    QCOMPARE(client.socket.sendTextMessage(QString(MiB, u'x')), MiB);
    const qint64 waiting = client.socket.bytesToWrite();
    QVERIFY(waiting > MiB);
    WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
    QCOMPARE(client.reports.writtenSize - before, waiting);
}

void tst_QWebSocketSending::bytesToWriteOfASlowPeer()
{
    OpenClient client;
    QVERIFY(client.open());
    client.server.peer->stopReading();
    const QByteArray data(MiB, 'x');
    for (int count = 0; count < 20; ++count)
        QCOMPARE(client.socket.sendBinaryMessage(data), MiB);
    QCoreApplication::processEvents();
    QVERIFY(client.socket.bytesToWrite() > MiB);
    QVERIFY(client.socket.bytesToWrite() < 21 * MiB);
    client.server.peer->readAgain();
    WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
    WS_TRY_VERIFY(client.reports.writtenSize > 20 * MiB);
}

void tst_QWebSocketSending::flushWrites()
{
    OpenClient client;
    QVERIFY(client.socket.flush()); // nothing that could not be written
    QVERIFY(client.open());
    QVERIFY(!client.socket.flush()); // nothing to write
    client.socket.sendTextMessage(u"hello"_s);
    QVERIFY(client.socket.flush());
    QCOMPARE(client.socket.bytesToWrite(), 0);
    WS_TRY_COMPARE(client.sent().size(), 1);
}

QTEST_GUILESS_MAIN(tst_QWebSocketSending)
#include "tst_qwebsocket_sending.moc"
