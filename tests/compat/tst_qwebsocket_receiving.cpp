// SPDX-License-Identifier: MIT

// QWebSocket: messages and frames that arrive, and what it rejects.

#include "compattesting.h"

using namespace CompatTesting;

class tst_QWebSocketReceiving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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
};

void tst_QWebSocketReceiving::receivesMessages_data()
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

void tst_QWebSocketReceiving::receivesMessages()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    OpenClient client;
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

void tst_QWebSocketReceiving::receivesFramesOfAMessage()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "one ", false));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame one"_s);
    client.receive(unmaskedFrame(Continuation, "two ", false));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame one, textFrame two"_s);
    client.receive(unmaskedFrame(Continuation, "three"));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s),
                   u"textFrame one, textFrame two, lastTextFrame three, text one two three"_s);
}

void tst_QWebSocketReceiving::receivesBinaryFrames()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(BinaryFrame, "ab", false) + unmaskedFrame(Continuation, "cd", false)
                   + unmaskedFrame(Continuation));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s),
                   u"binaryFrame ab, binaryFrame cd, lastBinaryFrame, binary abcd"_s);
}

void tst_QWebSocketReceiving::receivesTextWhoseCharactersAreCut()
{
    OpenClient client;
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

void tst_QWebSocketReceiving::receivesControlFramesBetweenFrames()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame, "a", false) + unmaskedFrame(PingFrame, "there?")
                   + unmaskedFrame(Continuation, "b"));
    WS_TRY_COMPARE(client.reports.all.join(u", "_s), u"textFrame a, lastTextFrame b, text ab"_s);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QVERIFY(client.sent().first() == ReceivedFrame({PongFrame, "there?"}));
}

void tst_QWebSocketReceiving::receivesALargeMessage()
{
    OpenClient client;
    QVERIFY(client.open());
    const QByteArray data = pattern(20 * MiB);
    QByteArray received;
    connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
            [&received](const QByteArray &message) { received = message; });
    client.receive(unmaskedFrame(BinaryFrame, data));
    WS_TRY_COMPARE(received.size(), data.size());
    QVERIFY(received == data);
}

void tst_QWebSocketReceiving::receivesMoreThanTheReadBuffer()
{
    OpenClient client;
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

void tst_QWebSocketReceiving::answersInTheSlot()
{
    OpenClient client;
    QVERIFY(client.open());
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket,
            [&](const QString &text) { client.socket.sendTextMessage(u"re: "_s + text); });
    client.receive(unmaskedFrame(TextFrame, "a") + unmaskedFrame(TextFrame, "b"));
    WS_TRY_COMPARE(client.sent().size(), 2);
    QCOMPARE(client.sent().at(0).payload, "re: a");
    QCOMPARE(client.sent().at(1).payload, "re: b");
}

void tst_QWebSocketReceiving::rejectsWhatBreaksTheProtocol_data()
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

void tst_QWebSocketReceiving::rejectsWhatBreaksTheProtocol()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    OpenClient client;
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

void tst_QWebSocketReceiving::rejectsMaskedFramesOfAServer()
{
    OpenClient client;
    QVERIFY(client.open());
    client.receive(frame(TextFrame, "x"));
    if (compatDiffers("masked frames of a server")) {
        WS_TRY_COMPARE(client.sent().size(), 1);
        QCOMPARE(client.sent().first().closeCode(), 1002);
    } else {
        WS_TRY_COMPARE(client.reports.order(), u"text x"_s);
    }
}

void tst_QWebSocketReceiving::rejectsTooLargeFrames()
{
    OpenClient client;
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

void tst_QWebSocketReceiving::rejectsTooLargeMessages()
{
    OpenClient client;
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

void tst_QWebSocketReceiving::acceptsWhatIsAsLargeAsAllowed()
{
    OpenClient client;
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

QTEST_GUILESS_MAIN(tst_QWebSocketReceiving)
#include "tst_qwebsocket_receiving.moc"
