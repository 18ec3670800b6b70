// SPDX-License-Identifier: MIT

// QWebSocket: messages, frames and pings, with the bytes on the wire.

#include "compattesting.h"

#include <QtCore/qelapsedtimer.h>

#include <QtWebSockets/QMaskGenerator>

using namespace CompatTesting;

class tst_QWebSocketMessages : public QObject
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
    void receivesMessages_data();
    void receivesMessages();
    void receivesFramesOfAMessage();
    void receivesBinaryFrames();
    void receivesTextWhoseCharactersAreCut();
    void receivesControlFramesBetweenFrames();
    void receivesALargeMessage();
    void receivesMoreThanTheReadBuffer();
    void answersInTheSlot();
    void rejectsWhatBreaksTheProtocol_data();
    void rejectsWhatBreaksTheProtocol();
    void rejectsMaskedFramesOfAServer();
    void rejectsTooLargeFrames();
    void rejectsTooLargeMessages();
    void acceptsWhatIsAsLargeAsAllowed();
    void pingIsAnsweredByPong();
    void pingOfTheElapsedTime();
    void pingHasAPayloadOf125Bytes();
    void pongThatNobodyAskedFor();
    void pingOfThePeerIsAnswered();
    void bytesToWriteAndBytesWritten();
    void bytesToWriteOfASlowPeer();
    void flushWrites();
};

namespace {
struct Open : Client
{
    bool open()
    {
        socket.open(server.url());
        const bool isOpen = waitUntilConnected();
        reports.all.clear();
        reports.writtenSize = 0;
        return isOpen;
    }
    void receive(const QByteArray &bytes) { server.peer->send(bytes); }
    QList<ReceivedFrame> sent() const { return server.peer->frames(); }

    RawServer server;
};

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

void tst_QWebSocketMessages::sendReturnsTheSize_data()
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

void tst_QWebSocketMessages::sendReturnsTheSize()
{
    QFETCH(QString, text);
    QFETCH(qint64, size);
    Open client;
    QVERIFY(client.open());
    QCOMPARE(client.socket.sendTextMessage(text), size);
    WS_TRY_COMPARE(client.sent().size(), 1);
    const ReceivedFrame frame = client.sent().first();
    QCOMPARE(frame.opcode, quint8(TextFrame));
    QVERIFY(frame.isFinal);
    QVERIFY(frame.payload == text.toUtf8());
}

void tst_QWebSocketMessages::sendTextOfALoneSurrogate()
{
    Open client;
    QVERIFY(client.open());
    const QString text = u"a"_s + QChar(0xD800) + u'b';
    const qint64 size = client.socket.sendTextMessage(text);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.sent().first().payload, text.toUtf8());
    QCOMPARE(size, client.sent().first().payload.size());
}

void tst_QWebSocketMessages::sendBinaryMessages()
{
    Open client;
    QVERIFY(client.open());
    const QByteArray data = pattern(70000);
    QCOMPARE(client.socket.sendBinaryMessage(data), data.size());
    QCOMPARE(client.socket.sendBinaryMessage({}), 0);
    WS_TRY_COMPARE(client.sent().size(), 2);
    QVERIFY(client.sent().first() == ReceivedFrame({BinaryFrame, data}));
    QVERIFY(client.sent().last() == ReceivedFrame({BinaryFrame, {}}));
}

void tst_QWebSocketMessages::framesAreMasked()
{
    Open client;
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

void tst_QWebSocketMessages::maskGeneratorMasks()
{
    CountingGenerator generator;
    Open client;
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

void tst_QWebSocketMessages::maskGeneratorIsSeededByTheProgram()
{
    CountingGenerator generator;
    Open client;
    client.socket.setMaskGenerator(&generator);
    QVERIFY(client.open());
    client.socket.sendTextMessage(u"text"_s);
    QCOMPARE(generator.seedCount, 0);
    client.socket.abort();
}

void tst_QWebSocketMessages::messagesAreFragmented_data()
{
    QTest::addColumn<quint64>("frameSize");
    QTest::addColumn<QList<int>>("sizes");
    QTest::newRow("one") << quint64(10) << QList<int>({10});
    QTest::newRow("two") << quint64(9) << QList<int>({9, 1});
    QTest::newRow("four") << quint64(3) << QList<int>({3, 3, 3, 1});
    QTest::newRow("single bytes") << quint64(1) << QList<int>(10, 1);
}

void tst_QWebSocketMessages::messagesAreFragmented()
{
    QFETCH(quint64, frameSize);
    QFETCH(QList<int>, sizes);
    Open client;
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

void tst_QWebSocketMessages::receivesMessages_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    QTest::newRow("text") << unmaskedFrame(TextFrame, "hello") << u"lastTextFrame hello, text hello"_s;
    QTest::newRow("UTF-8") << unmaskedFrame(TextFrame, "\xc3\xbc") << u"lastTextFrame ü, text ü"_s;
    QTest::newRow("empty text") << unmaskedFrame(TextFrame) << u"lastTextFrame, text"_s;
    QTest::newRow("binary") << unmaskedFrame(BinaryFrame, "data") << u"lastBinaryFrame data, binary data"_s;
    QTest::newRow("empty binary") << unmaskedFrame(BinaryFrame) << u"lastBinaryFrame, binary"_s;
    QTest::newRow("two") << unmaskedFrame(TextFrame, "a") + unmaskedFrame(BinaryFrame, "b")
                         << u"lastTextFrame a, text a, lastBinaryFrame b, binary b"_s;
    QTest::newRow("empty frames") << unmaskedFrame(TextFrame, "", false)
                                         + unmaskedFrame(Continuation, "", false)
                                         + unmaskedFrame(Continuation, "a")
                                  << u"textFrame, textFrame, lastTextFrame a, text a"_s;
}

void tst_QWebSocketMessages::receivesMessages()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    Open client;
    QVERIFY(client.open());
    client.receive(bytes);
    WS_TRY_COMPARE(client.reports.all.size(), expected.count(u',') + 1);
    QCOMPARE(client.reports.all.join(u", "_s), expected);
    for (const char byte : bytes) { // and the same again in pieces
        client.receive(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(client.reports.all.size(), 2 * (expected.count(u',') + 1));
    QCOMPARE(client.reports.all.join(u", "_s), expected + u", "_s + expected);
}

void tst_QWebSocketMessages::receivesFramesOfAMessage()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "one ", false));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame one"_s);
    client.receive(unmaskedFrame(Continuation, "two ", false));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame one, textFrame two"_s);
    client.receive(unmaskedFrame(Continuation, "three"));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s),
                   u"textFrame one, textFrame two, lastTextFrame three, text one two three"_s);
}

void tst_QWebSocketMessages::receivesBinaryFrames()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(BinaryFrame, "ab", false) + unmaskedFrame(Continuation, "cd", false)
                   + unmaskedFrame(Continuation));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s),
                   u"binaryFrame ab, binaryFrame cd, lastBinaryFrame, binary abcd"_s);
}

void tst_QWebSocketMessages::receivesTextWhoseCharactersAreCut()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "a\xf0\x9f", false) + unmaskedFrame(Continuation, "\x98", false)
                   + unmaskedFrame(Continuation, "\x80z"));
    if (!compatDiffers("characters cut by frames")) {
        QVERIFY(client.waitUntilDisconnected());
        QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeWrongDatatype);
        return;
    }
    WS_TRY_COMPARE(client.reports.all.join(u", "_s),
                   u"textFrame a, textFrame, lastTextFrame \U0001F600z, text a\U0001F600z"_s);
}

void tst_QWebSocketMessages::receivesControlFramesBetweenFrames()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "a", false) + unmaskedFrame(PingFrame, "there?")
                   + unmaskedFrame(Continuation, "b"));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame a, lastTextFrame b, text ab"_s);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QVERIFY(client.sent().first() == ReceivedFrame({PongFrame, "there?"}));
}

void tst_QWebSocketMessages::receivesALargeMessage()
{
    Open client;
    QVERIFY(client.open());
    const QByteArray data = pattern(20 * MiB);
    QByteArray received;
    connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
            [&received](const QByteArray &message) { received = message; });
    client.receive(unmaskedFrame(BinaryFrame, data));
    WS_TRY_COMPARE(received.size(), data.size());
    QVERIFY(received == data);
}

void tst_QWebSocketMessages::receivesMoreThanTheReadBuffer()
{
    Open client;
    client.socket.setReadBufferSize(1024);
    QVERIFY(client.open());
    QCOMPARE(client.socket.readBufferSize(), 1024);
    client.receive(unmaskedFrame(TextFrame, QByteArray(900, 'x'))
                   + unmaskedFrame(TextFrame, QByteArray(800, 'x')));
    WS_TRY_COMPARE(client.reports.startingWith(u"text "_s).size(), 2);
    if (!compatDiffers("frames larger than the read buffer"))
        return; // they never arrive
    const QByteArray data = pattern(100000);
    QByteArray received;
    connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
            [&received](const QByteArray &message) { received += message; });
    client.receive(unmaskedFrame(BinaryFrame, data.first(50000))
                   + unmaskedFrame(BinaryFrame, data.sliced(50000)));
    WS_TRY_COMPARE(received.size(), data.size());
    QVERIFY(received == data);
}

void tst_QWebSocketMessages::answersInTheSlot()
{
    Open client;
    QVERIFY(client.open());
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket,
            [&](const QString &text) { client.socket.sendTextMessage(u"re: "_s + text); });
    client.receive(unmaskedFrame(TextFrame, "a") + unmaskedFrame(TextFrame, "b"));
    WS_TRY_COMPARE(client.sent().size(), 2);
    QCOMPARE(client.sent().at(0).payload, "re: a");
    QCOMPARE(client.sent().at(1).payload, "re: b");
}

void tst_QWebSocketMessages::rejectsWhatBreaksTheProtocol_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("reserved bit") << QByteArray("\xc1\x00", 2) << 1002;
    QTest::newRow("unknown opcode") << unmaskedFrame(3) << 1002;
    QTest::newRow("unknown control opcode") << unmaskedFrame(11) << 1002;
    QTest::newRow("fragmented ping") << unmaskedFrame(PingFrame, "x", false) << 1002;
    QTest::newRow("ping of 126 bytes") << unmaskedFrame(PingFrame, QByteArray(126, 'x')) << 1002;
    QTest::newRow("continuation of nothing") << unmaskedFrame(Continuation, "x") << 1002;
    QTest::newRow("message within a message")
        << unmaskedFrame(TextFrame, "x", false) + unmaskedFrame(TextFrame, "y") << 1002;
    QTest::newRow("length in too many bytes") << QByteArray("\x81\x7e\x00\x01x", 5) << 1002;
    QTest::newRow("length of 64 bits") << QByteArray("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10) << 1002;
    QTest::newRow("no UTF-8") << unmaskedFrame(TextFrame, "\xff") << 1007;
    QTest::newRow("no UTF-8 at the end of fragments")
        << unmaskedFrame(TextFrame, "a", false) + unmaskedFrame(Continuation, "\xc3") << 1007;
}

void tst_QWebSocketMessages::rejectsWhatBreaksTheProtocol()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    Open client;
    QVERIFY(client.open());
    client.receive(bytes);
    WS_TRY_COMPARE(client.sent().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.sent().first().opcode, quint8(CloseFrame));
    QCOMPARE(client.sent().first().closeCode(), code);
    QCOMPARE(int(client.socket.closeCode()), code);
    QVERIFY(!client.socket.closeReason().isEmpty());
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected %1 %2"_s.arg(code).arg(
                                         client.socket.closeReason()));
    QCOMPARE(client.socket.error(), QAbstractSocket::UnknownSocketError);
}

void tst_QWebSocketMessages::rejectsMaskedFramesOfAServer()
{
    Open client;
    QVERIFY(client.open());
    client.receive(frame(TextFrame, "x"));
    if (compatDiffers("masked frames of a server")) {
        WS_TRY_COMPARE(client.sent().size(), 1);
        QCOMPARE(client.sent().first().closeCode(), 1002);
    } else {
        WS_TRY_COMPARE(client.reports.order(), u"text x"_s);
    }
}

void tst_QWebSocketMessages::rejectsTooLargeFrames()
{
    Open client;
    client.socket.setMaxAllowedIncomingFrameSize(10);
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "0123456789a"));
    WS_TRY_COMPARE(client.sent().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.sent().first().closeCode(), 1009);
    QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeTooMuchData);
    QVERIFY(!client.reports.contains(u"text "_s));
    QVERIFY(!client.reports.contains(u"error"_s));
}

void tst_QWebSocketMessages::rejectsTooLargeMessages()
{
    Open client;
    client.socket.setMaxAllowedIncomingMessageSize(10);
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "01234567", false) + unmaskedFrame(Continuation, "89a"));
    WS_TRY_COMPARE(client.sent().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.sent().first().closeCode(), 1009);
    QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeTooMuchData);
    QVERIFY(!client.reports.contains(u"text "_s));
}

void tst_QWebSocketMessages::acceptsWhatIsAsLargeAsAllowed()
{
    Open client;
    client.socket.setMaxAllowedIncomingFrameSize(5);
    client.socket.setMaxAllowedIncomingMessageSize(10);
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "01234", false) + unmaskedFrame(Continuation, "56789"));
    WS_TRY_VERIFY(client.reports.all.contains(u"text 0123456789"_s));
    client.socket.setMaxAllowedIncomingFrameSize(20); // holds for what comes next
    client.socket.setMaxAllowedIncomingMessageSize(20);
    client.receive(unmaskedFrame(TextFrame, "0123456789abcdefghij"));
    WS_TRY_VERIFY(client.reports.all.contains(u"text 0123456789abcdefghij"_s));
}

void tst_QWebSocketMessages::pingIsAnsweredByPong()
{
    Open client;
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
void tst_QWebSocketMessages::pingOfTheElapsedTime()
{
    Open client;
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

void tst_QWebSocketMessages::pingHasAPayloadOf125Bytes()
{
    Open client;
    QVERIFY(client.open());
    client.socket.ping(QByteArray(200, 'x'));
    WS_TRY_COMPARE(client.sent().size(), 1);
    QVERIFY(client.sent().first() == ReceivedFrame({PingFrame, QByteArray(125, 'x')}));
}

void tst_QWebSocketMessages::pongThatNobodyAskedFor()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(PongFrame, "alive"));
    WS_TRY_COMPARE(client.reports.all, QStringList(u"pong alive"_s));
    QVERIFY(client.sent().isEmpty());
}

void tst_QWebSocketMessages::pingOfThePeerIsAnswered()
{
    Open client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(PingFrame) + unmaskedFrame(PingFrame, QByteArray(125, 'x')));
    WS_TRY_COMPARE(client.sent().size(), 2);
    QVERIFY(client.sent().first() == ReceivedFrame({PongFrame, {}}));
    QVERIFY(client.sent().last() == ReceivedFrame({PongFrame, QByteArray(125, 'x')}));
    QCOMPARE(client.reports.all, QStringList());
}

void tst_QWebSocketMessages::bytesToWriteAndBytesWritten()
{
    Open client;
    QVERIFY(client.open());
    QCOMPARE(client.socket.bytesToWrite(), 0);
    client.socket.sendTextMessage(u"hello"_s);
    QVERIFY(client.socket.bytesToWrite() >= 5);
    client.socket.sendBinaryMessage(QByteArray(200, 'x'));
    WS_TRY_COMPARE(client.sent().size(), 2);
    WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
    QCOMPARE(client.reports.writtenSize, client.server.peer->received.size());
}

void tst_QWebSocketMessages::bytesToWriteOfASlowPeer()
{
    Open client;
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

void tst_QWebSocketMessages::flushWrites()
{
    Open client;
    QVERIFY(client.open());
    QVERIFY(!client.socket.flush()); // nothing to write
    client.socket.sendTextMessage(u"hello"_s);
    QVERIFY(client.socket.flush());
    QCOMPARE(client.socket.bytesToWrite(), 0);
    WS_TRY_COMPARE(client.sent().size(), 1);
}

QTEST_GUILESS_MAIN(tst_QWebSocketMessages)
#include "tst_qwebsocket_messages.moc"
