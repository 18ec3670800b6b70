// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

using namespace ProtocolTesting;

// RFC 6455 §5: what frames and messages the engine takes, and what it makes of the others.
class TestWsProtocolReceive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // RFC 6455 §5.7, byte for byte
    void rfcExamples_data();
    void rfcExamples();

    // RFC 6455 §5.1: masking
    void serverFailsUnmaskedFrame_data();
    void serverFailsUnmaskedFrame();
    void clientFailsMaskedFrame_data() { serverFailsUnmaskedFrame_data(); }
    void clientFailsMaskedFrame();
    void serverFailsUnmaskedFrameInsideAMessage();
    void serverUnmasksWithAKeyOfZero();
    void serverUnmasksEachFrameWithItsOwnKey();

    // RFC 6455 §5.2: the header
    void failsReservedBits_data();
    void failsReservedBits();
    void opcodes_data();
    void opcodes();
    void takesEveryLength_data();
    void takesEveryLength();
    void failsLengthInMoreBytesThanItNeeds_data();
    void failsLengthInMoreBytesThanItNeeds();
    void failsMostSignificantBitOfTheLength_data() { addRoleRows(); }
    void failsMostSignificantBitOfTheLength();
    void waitsForHalfAHeader_data() { addRoleRows(); }
    void waitsForHalfAHeader();
    void failsAtTheFirstBytesOfAHeader_data();
    void failsAtTheFirstBytesOfAHeader();

    // RFC 6455 §5.4: fragmentation
    void takesFragmentedMessage_data();
    void takesFragmentedMessage();
    void failsContinuationWithoutStart_data();
    void failsContinuationWithoutStart();
    void failsStartInsideAMessage_data();
    void failsStartInsideAMessage();
    void takesMessagesOneAfterAnother_data() { addRoleRows(); }
    void takesMessagesOneAfterAnother();

    // RFC 6455 §5.5: control frames
    void answersPingOfEverySize_data();
    void answersPingOfEverySize();
    void takesUnsolicitedPong_data() { addRoleRows(); }
    void takesUnsolicitedPong();
    void failsControlFrameOver125Bytes_data();
    void failsControlFrameOver125Bytes();
    void failsFragmentedControlFrame_data();
    void failsFragmentedControlFrame();
    void failsReservedControlOpcodeWithALongLength();
    void takesControlFramesInsideAMessage_data();
    void takesControlFramesInsideAMessage();

    // how the engine is asked
    void needsBytesWhenItHasNone_data() { addRoleRows(); }
    void needsBytesWhenItHasNone();
    void ignoresWhatFollowsAFailure_data();
    void ignoresWhatFollowsAFailure();
    void tellsEventsOneAtATime();
    void takesBytesWhileSomeAreLeft_data();
    void takesBytesWhileSomeAreLeft();
};

// --- RFC 6455 §5.7

void TestWsProtocolReceive::rfcExamples_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<Outcome>("expected");
    const auto hex = [](const char *digits) { return QByteArray::fromHex(digits); };
    const QByteArray b256(256, 'x');
    const QByteArray b64k(65536, 'y');
    addRow(WsRole::Client, "unmasked text") << hex("810548656c6c6f") << expectText("Hello");
    addRow(WsRole::Server, "masked text") << hex("818537fa213d7f9f4d5158") << expectText("Hello");
    addRow(WsRole::Client, "fragmented unmasked text") << hex("010348656c80026c6f") << expectText("Hello");
    addRow(WsRole::Client, "unmasked ping") << hex("890548656c6c6f") << expectPing("Hello");
    addRow(WsRole::Server, "masked pong") << hex("8a8537fa213d7f9f4d5158") << expectPong("Hello");
    addRow(WsRole::Client, "256 bytes of binary") << hex("827e0100") + b256 << expectBinary(b256);
    addRow(WsRole::Client, "64 KiB of binary") << hex("827f0000000000010000") + b64k << expectBinary(b64k);
}

void TestWsProtocolReceive::rfcExamples()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, bytes);
    QTEST(outcomeOf(role, bytes), "expected");
}

// --- masking

void TestWsProtocolReceive::serverFailsUnmaskedFrame_data()
{
    QTest::addColumn<Frame>("frame");
    QTest::newRow("text") << text("Hello");
    QTest::newRow("binary") << binary("Hello");
    QTest::newRow("empty text") << text("");
    QTest::newRow("65536 bytes") << binary(QByteArray(65536, 'a'));
    QTest::newRow("ping") << ping("Hello");
    QTest::newRow("pong") << pong("Hello");
    QTest::newRow("close") << closing(1000);
}

void TestWsProtocolReceive::serverFailsUnmaskedFrame()
{
    QFETCH(Frame, frame);
    QCOMPARE(outcomeOf(WsRole::Server, {frame.unmasked()}), expectFailure(1002));
}

void TestWsProtocolReceive::clientFailsMaskedFrame()
{
    QFETCH(Frame, frame);
    QCOMPARE(outcomeOf(WsRole::Client, {frame.masked()}), expectFailure(1002));
}

void TestWsProtocolReceive::serverFailsUnmaskedFrameInsideAMessage()
{
    QCOMPARE(outcomeOf(WsRole::Server, {text("Hel").notFinal(), continuation("lo").unmasked()}),
             expectFailure(1002));
}

void TestWsProtocolReceive::serverUnmasksWithAKeyOfZero()
{
    QCOMPARE(outcomeOf(WsRole::Server, text("Hello").encoded(true, QByteArray(4, '\0'))),
             expectText("Hello"));
}

void TestWsProtocolReceive::serverUnmasksEachFrameWithItsOwnKey()
{
    const QByteArray first = text("Hel").notFinal().encoded(true, "\x37\xfa\x21\x3d");
    const QByteArray second = continuation("lo").encoded(true, "\xc2\x01\x93\xee");
    QCOMPARE(outcomeOf(WsRole::Server, first + second), expectText("Hello"));
}

// --- the header

void TestWsProtocolReceive::failsReservedBits_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frame>("frame");
    for (const WsRole role : BothRoles) {
        for (quint8 bits = 1; bits <= 7; ++bits) {
            addRow(role, numbered("text, bits ", bits)) << text("a").withRsv(bits);
            addRow(role, numbered("ping, bits ", bits)) << ping("a").withRsv(bits);
        }
    }
}

void TestWsProtocolReceive::failsReservedBits()
{
    QFETCH(WsRole, role);
    QFETCH(Frame, frame);
    QCOMPARE(outcomeOf(role, {frame}), expectFailure(1002));
    const quint8 bits = frame.rsv;
    QCOMPARE(outcomeOf(role, {text("a").notFinal(), continuation("b").withRsv(bits)}), expectFailure(1002));
}

void TestWsProtocolReceive::opcodes_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("opcode");
    QTest::addColumn<Outcome>("expected");
    for (const WsRole role : BothRoles) {
        for (int opcode = 0; opcode < 16; ++opcode) {
            const Outcome expected = opcode == 0x1   ? expectText("Hello")
                                     : opcode == 0x2 ? expectBinary("Hello")
                                     : opcode == 0x8 ? expectFailure(1002) // its payload is no code
                                     : opcode == 0x9 ? expectPing("Hello")
                                     : opcode == 0xA ? expectPong("Hello")
                                                     : expectFailure(1002);
            addRow(role, "0x" + QByteArray::number(opcode, 16)) << opcode << expected;
        }
    }
}

void TestWsProtocolReceive::opcodes()
{
    QFETCH(WsRole, role);
    QFETCH(int, opcode);
    QTEST(outcomeOf(role, {frame(opcode, "Hello")}), "expected");
}

void TestWsProtocolReceive::takesEveryLength_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<qsizetype>("length");
    for (const WsRole role : BothRoles) {
        for (const qsizetype length :
             {0, 1, 2, 7, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537})
            addRow(role, numbered("", length)) << length;
    }
}

void TestWsProtocolReceive::takesEveryLength()
{
    QFETCH(WsRole, role);
    QFETCH(qsizetype, length);
    QByteArray payload(length, Qt::Uninitialized);
    for (qsizetype i = 0; i < length; ++i)
        payload[i] = char(i * 7 % 127);
    QCOMPARE(outcomeOf(role, {text(payload)}), expectText(payload));
    QCOMPARE(outcomeOf(role, {binary(payload), text("next")}), expectBinary(payload).thenText("next"));
}

void TestWsProtocolReceive::failsLengthInMoreBytesThanItNeeds_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("lengthSize");
    QTest::addColumn<qsizetype>("length");
    for (const WsRole role : BothRoles) {
        for (const qsizetype length : {0, 1, 125})
            addRow(role, numbered("two bytes for ", length)) << 2 << length;
        for (const qsizetype length : {0, 1, 125, 126, 127, 65535})
            addRow(role, numbered("eight bytes for ", length)) << 8 << length;
    }
}

void TestWsProtocolReceive::failsLengthInMoreBytesThanItNeeds()
{
    QFETCH(WsRole, role);
    QFETCH(int, lengthSize);
    QFETCH(qsizetype, length);
    const Frame frame = binary(QByteArray(length, 'a')).withLengthSize(lengthSize);
    QCOMPARE(outcomeOf(role, {frame}), expectFailure(1002));
}

void TestWsProtocolReceive::failsMostSignificantBitOfTheLength()
{
    QFETCH(WsRole, role);
    for (const quint64 length : {quint64(1) << 63, ~quint64(0), (quint64(1) << 63) + 5}) {
        QCOMPARE(outcomeOf(role, {binary("Hello").declaring(length)}), expectFailure(1002));
        QCOMPARE(outcomeOf(role, {text("a").notFinal(), continuation("b").declaring(length)}),
                 expectFailure(1002));
    }
}

void TestWsProtocolReceive::waitsForHalfAHeader()
{
    QFETCH(WsRole, role);
    const QByteArray bytes = fromPeerOf(role, {binary({}).declaring(70000)});
    for (qsizetype size = 1; size <= bytes.size(); ++size)
        QCOMPARE(outcomeOf(role, bytes.first(size)), expectNothing());
}

void TestWsProtocolReceive::failsAtTheFirstBytesOfAHeader_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("bytes");
    // Each lacks what follows of its header: the rule is broken before that.
    addRow(WsRole::Server, "unmasked") << QByteArray("\x81\x05");
    addRow(WsRole::Client, "masked") << QByteArray("\x81\x85");
    addRow(WsRole::Server, "reserved bit") << QByteArray("\xC1\x85");
    addRow(WsRole::Client, "reserved opcode") << QByteArray("\x83\x7f");
    addRow(WsRole::Server, "fragmented ping") << QByteArray("\x09\x80", 2);
    addRow(WsRole::Server, "long ping") << QByteArray("\x89\xfe");
    addRow(WsRole::Client, "long close") << QByteArray("\x88\x7f");
    addRow(WsRole::Server, "continuation without start") << QByteArray("\x80\x85");
    addRow(WsRole::Server, "length not minimal") << QByteArray("\x82\xfe\x00\x7d", 4);
    addRow(WsRole::Server, "length's first bit") << QByteArray("\x82\xff\x80\0\0\0\0\0\0\0", 10);
}

void TestWsProtocolReceive::failsAtTheFirstBytesOfAHeader()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, bytes);
    QCOMPARE(outcomeOf(role, bytes), expectFailure(1002));
}

// --- fragmentation

void TestWsProtocolReceive::takesFragmentedMessage_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    for (const WsRole role : BothRoles) {
        addRow(role, "text in two") << Frames{text("Hel").notFinal(), continuation("lo")}
                                    << expectText("Hello");
        addRow(role, "binary in three")
            << Frames{binary("a").notFinal(), continuation("b").notFinal(), continuation("c")}
            << expectBinary("abc");
        addRow(role, "empty first") << Frames{text("").notFinal(), continuation("a")} << expectText("a");
        addRow(role, "empty last") << Frames{text("a").notFinal(), continuation("")} << expectText("a");
        addRow(role, "all empty") << Frames{binary("").notFinal(), continuation("").notFinal(),
                                            continuation("")}
                                  << expectBinary("");
        addRow(role, "empty between")
            << Frames{text("a").notFinal(), continuation("").notFinal(), continuation("b")}
            << expectText("ab");
        const QByteArray part(3000, 'p');
        addRow(role, "beyond the first capacity")
            << Frames{text(part).notFinal(), continuation(part).notFinal(), continuation(part)}
            << expectText(part.repeated(3));
        Frames single{binary("0").notFinal()};
        for (int i = 1; i < 200; ++i)
            single.append(continuation(QByteArray(1, char('0' + i % 10))).notFinal());
        single.append(continuation({}));
        addRow(role, "byte by byte") << single << expectBinary(QByteArray("0123456789").repeated(20));
    }
}

void TestWsProtocolReceive::takesFragmentedMessage()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QTEST(outcomeOf(role, frames), "expected");
}

void TestWsProtocolReceive::failsContinuationWithoutStart_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    for (const WsRole role : BothRoles) {
        addRow(role, "final") << Frames{continuation("a")} << expectFailure(1002);
        addRow(role, "not final") << Frames{continuation("a").notFinal()} << expectFailure(1002);
        addRow(role, "empty") << Frames{continuation("")} << expectFailure(1002);
        addRow(role, "behind a message")
            << Frames{text("a"), continuation("b")} << expectText("a").thenFailure(1002);
        addRow(role, "behind a fragmented message")
            << Frames{text("a").notFinal(), continuation("b"), continuation("c")}
            << expectText("ab").thenFailure(1002);
        addRow(role, "behind a ping")
            << Frames{ping("a"), continuation("b")} << expectPing("a").thenFailure(1002);
    }
}

void TestWsProtocolReceive::failsContinuationWithoutStart()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QTEST(outcomeOf(role, frames), "expected");
}

void TestWsProtocolReceive::failsStartInsideAMessage_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    for (const WsRole role : BothRoles) {
        addRow(role, "text in text") << Frames{text("a").notFinal(), text("b")};
        addRow(role, "binary in text") << Frames{text("a").notFinal(), binary("b")};
        addRow(role, "text in binary") << Frames{binary("a").notFinal(), text("b").notFinal()};
        addRow(role, "binary in binary") << Frames{binary("a").notFinal(), binary("")};
        addRow(role, "behind an empty start") << Frames{text("").notFinal(), text("")};
        addRow(role, "behind a continuation")
            << Frames{text("a").notFinal(), continuation("b").notFinal(), text("c")};
    }
}

void TestWsProtocolReceive::failsStartInsideAMessage()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QCOMPARE(outcomeOf(role, frames), expectFailure(1002));
}

void TestWsProtocolReceive::takesMessagesOneAfterAnother()
{
    QFETCH(WsRole, role);
    Frames frames;
    Outcome expected = expectNothing();
    for (int i = 0; i < 40; ++i) {
        const QByteArray payload = QByteArray::number(i).repeated(i);
        if (i % 3 == 0) {
            frames += {binary(payload).notFinal(), continuation("end")};
            expected = std::move(expected).thenBinary(payload + "end");
        } else {
            frames += text(payload);
            expected = std::move(expected).thenText(payload);
        }
    }
    QCOMPARE(outcomeOf(role, frames), expected);
}

// --- control frames

void TestWsProtocolReceive::answersPingOfEverySize_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("size");
    for (const WsRole role : BothRoles) {
        for (const int size : {0, 1, 4, 8, 63, 124, 125})
            addRow(role, numbered("", size)) << size;
    }
}

void TestWsProtocolReceive::answersPingOfEverySize()
{
    QFETCH(WsRole, role);
    QFETCH(int, size);
    QByteArray payload(size, '\xFF'); // any bytes, not UTF-8
    QCOMPARE(outcomeOf(role, {ping(payload)}), expectPing(payload));
    QCOMPARE(outcomeOf(role, {ping("before"), ping(payload), ping("behind")}),
             expectPing("before").thenPing(payload).thenPing("behind"));
}

void TestWsProtocolReceive::takesUnsolicitedPong()
{
    QFETCH(WsRole, role);
    const QByteArray longest(125, '\xFE');
    QCOMPARE(outcomeOf(role, {pong(), pong("a"), pong(longest)}),
             expectPong("").thenPong("a").thenPong(longest));
}

void TestWsProtocolReceive::failsControlFrameOver125Bytes_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frame>("frame");
    for (const WsRole role : BothRoles) {
        for (const int opcode : {0x8, 0x9, 0xA}) {
            const QByteArray name = "0x" + QByteArray::number(opcode, 16);
            addRow(role, name + ", 126 bytes") << frame(opcode, QByteArray(126, 'a'));
            addRow(role, name + ", 65536 bytes") << frame(opcode, QByteArray(65536, 'a'));
            addRow(role, name + ", 1 byte in two") << frame(opcode, "a").withLengthSize(2);
            addRow(role, name + ", 2^62 declared") << frame(opcode, "a").declaring(quint64(1) << 62);
        }
    }
}

void TestWsProtocolReceive::failsControlFrameOver125Bytes()
{
    QFETCH(WsRole, role);
    QFETCH(Frame, frame);
    QCOMPARE(outcomeOf(role, {frame}), expectFailure(1002));
}

void TestWsProtocolReceive::failsFragmentedControlFrame_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    for (const WsRole role : BothRoles) {
        addRow(role, "ping") << Frames{ping("a").notFinal(), continuation("b")};
        addRow(role, "pong") << Frames{pong("a").notFinal()};
        addRow(role, "close") << Frames{closing(1000).notFinal()};
        addRow(role, "inside a message") << Frames{text("a").notFinal(), ping().notFinal()};
    }
}

void TestWsProtocolReceive::failsFragmentedControlFrame()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QCOMPARE(outcomeOf(role, frames), expectFailure(1002));
}

void TestWsProtocolReceive::failsReservedControlOpcodeWithALongLength()
{
    QCOMPARE(outcomeOf(WsRole::Server, {frame(0xB).declaring(quint64(1) << 40)}), expectFailure(1002));
}

void TestWsProtocolReceive::takesControlFramesInsideAMessage_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    for (const WsRole role : BothRoles) {
        addRow(role, "ping") << Frames{text("Hel").notFinal(), ping("p"), continuation("lo")}
                             << expectPing("p").thenText("Hello");
        addRow(role, "empty ping") << Frames{text("Hel").notFinal(), ping(), continuation("lo")}
                                   << expectPing("").thenText("Hello");
        addRow(role, "pong") << Frames{binary("Hel").notFinal(), pong("p"), continuation("lo")}
                             << expectPong("p").thenBinary("Hello");
        addRow(role, "several") << Frames{text("").notFinal(),          ping("1"), ping("2"),
                                          continuation("a").notFinal(), pong("3"), continuation("")}
                                << expectPing("1").thenPing("2").thenPong("3").thenText("a");
        addRow(role, "close") << Frames{text("Hel").notFinal(), closing(1000, "bye")}
                              << expectClose(1000, "bye");
        const QByteArray large(5000, 'l');
        addRow(role, "ping in a large message")
            << Frames{binary(large).notFinal(), ping(QByteArray(125, 'p')), continuation(large)}
            << expectPing(QByteArray(125, 'p')).thenBinary(large + large);
    }
}

void TestWsProtocolReceive::takesControlFramesInsideAMessage()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QTEST(outcomeOf(role, frames), "expected");
}

// --- how the engine is asked

void TestWsProtocolReceive::needsBytesWhenItHasNone()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.receive({});
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    QCOMPARE(protocol.state(), WsProtocol::State::Open);
    QCOMPARE(protocol.failure().kind, Ws::ErrorKind::None);
}

void TestWsProtocolReceive::ignoresWhatFollowsAFailure_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frame>("bad");
    QTest::addColumn<int>("code");
    for (const WsRole role : BothRoles) {
        addRow(role, "header") << text("a").withRsv(4) << 1002;
        addRow(role, "payload") << text("\xFF") << 1007;
        addRow(role, "close") << closing(1005) << 1002;
    }
}

void TestWsProtocolReceive::ignoresWhatFollowsAFailure()
{
    QFETCH(WsRole, role);
    QFETCH(Frame, bad);
    QFETCH(int, code);
    const Frames frames{text("good"), bad,           text("late"),
                        ping("late"), closing(1000), text("later").withRsv(1)};
    QCOMPARE(outcomeOf(role, frames), expectText("good").thenFailure(code));
    QCOMPARE(outcomeOf(role, frames, {.endsWithEof = true}), expectText("good").thenFailure(code).thenEof());
}

void TestWsProtocolReceive::tellsEventsOneAtATime()
{
    WsProtocol protocol(WsRole::Server);
    protocol.receive(fromPeerOf(WsRole::Server, {text("one"), ping("two"), binary("three"), closing(1000)}));
    for (const WsEvent::Type type : {WsEvent::Message, WsEvent::Ping, WsEvent::Message, WsEvent::Close})
        QCOMPARE(protocol.nextEvent().type, type);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
}

void TestWsProtocolReceive::takesBytesWhileSomeAreLeft_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("pieceSize");
    QTest::addColumn<int>("askEvery"); // pieces; 0: only at the end
    for (const WsRole role : BothRoles) {
        for (const int pieceSize : {1, 7, 100}) {
            for (const int askEvery : {0, 1, 3})
                addRow(role, numbered("pieces of ", pieceSize) + numbered(", asked every ", askEvery))
                    << pieceSize << askEvery;
        }
    }
}

// A reader that pauses asks for one event now and then, or for none until it goes on.
void TestWsProtocolReceive::takesBytesWhileSomeAreLeft()
{
    QFETCH(WsRole, role);
    QFETCH(int, pieceSize);
    QFETCH(int, askEvery);
    Frames frames;
    QByteArrayList expected;
    for (int i = 0; i < 60; ++i) {
        expected += QByteArray::number(i).repeated(20);
        frames += {text(expected.last().first(5)).notFinal(), continuation(expected.last().sliced(5))};
    }
    const QByteArray bytes = fromPeerOf(role, frames);
    WsProtocol protocol(role);
    QByteArrayList received;
    const auto ask = [&] {
        const WsEvent event = protocol.nextEvent();
        if (event.type == WsEvent::Message)
            received += event.payload.toByteArray();
        return event.type != WsEvent::NeedsBytes;
    };
    int pieces = 0;
    for (qsizetype at = 0; at < bytes.size(); at += pieceSize) {
        protocol.receive(bytes.mid(at, pieceSize));
        if (askEvery > 0 && ++pieces % askEvery == 0)
            ask();
    }
    while (ask()) {
    }
    QCOMPARE(received, expected);
    QCOMPARE(protocol.state(), WsProtocol::State::Open);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolReceive)
#include "tst_wsprotocol_receive.moc"
