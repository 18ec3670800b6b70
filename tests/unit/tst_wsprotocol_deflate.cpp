// SPDX-License-Identifier: MIT
#include "allocationmeter.h"
#include "deflatetesting.h"
#include "protocoltesting.h"

#include <limits>
#include <memory>
#include <vector>

using namespace DeflateTesting;
using namespace ProtocolTesting;

namespace {
constexpr qsizetype MiB = 1024 * 1024;
constexpr qsizetype Step = 64 * 1024;

QByteArray hex(const char *digits)
{
    return QByteArray::fromHex(digits);
}

// A block that is not compressed; of \a declared bytes, where not all of them are there.
QByteArray stored(const QByteArray &bytes, qsizetype declared = -1)
{
    const quint16 size = quint16(declared < 0 ? bytes.size() : declared);
    const auto word = [](quint16 value) { return QByteArray(1, char(value & 0xFF)) + char(value >> 8); };
    return QByteArray(1, '\0') + word(size) + word(quint16(~size)) + bytes;
}

// The frames of one message, of \a size bytes of payload each.
Frames cut(const Frame &message, qsizetype size)
{
    Frames frames;
    for (qsizetype at = 0; at < message.payload.size(); at += size) {
        Frame part = at == 0 ? message : continuation({});
        part.payload = message.payload.mid(at, size);
        frames += at + size < message.payload.size() ? part.notFinal() : part;
    }
    return frames;
}

Replay agreed(const WsDeflateAgreement &agreement = {}, const WsLimits &limits = {})
{
    Replay replay;
    replay.limits = limits;
    replay.before = deflating(agreement);
    return replay;
}

Replay agreedWithoutTakeover()
{
    return agreed({15, 15, false, false});
}

WsLimits limitOf(quint64 maxMessageSize)
{
    WsLimits limits;
    limits.maxMessageSize = maxMessageSize;
    return limits;
}
} // namespace

// RFC 7692 §6 and §7.2: messages that come compressed.
class TestWsProtocolDeflate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // what is inflated
    void receivesExamplesOfTheRfc_data();
    void receivesExamplesOfTheRfc();
    void receivesFragments_data() { addRoleRows(); }
    void receivesFragments();
    void receivesControlFramesBetweenFragments_data() { addRoleRows(); }
    void receivesControlFramesBetweenFragments();
    void receivesPlainMessagesBetween_data() { addRoleRows(); }
    void receivesPlainMessagesBetween();
    void receivesTakeoverOfTheOtherSideOnly_data() { addRoleRows(); }
    void receivesTakeoverOfTheOtherSideOnly();
    void receivesMessagesThatFillTheStep_data();
    void receivesMessagesThatFillTheStep();
    void receivesTextDividedBetweenSteps_data() { addRoleRows(); }
    void receivesTextDividedBetweenSteps();

    // what breaks a rule
    void failsReservedBits_data();
    void failsReservedBits();
    void failsWhatIsNoDeflatedData_data();
    void failsWhatIsNoDeflatedData();
    void failsTextThatIsNotUtf8_data();
    void failsTextThatIsNotUtf8();
    void failsAtTheFirstWrongByte();
    void failsWhatIsForgottenWithoutTakeover_data() { addRoleRows(); }
    void failsWhatIsForgottenWithoutTakeover();

    // limits
    void countsWhatComesOut_data();
    void countsWhatComesOut();
    void limitsTheFrameByWhatComesIn();
    void whatIsWrongFirstCounts();
    void inflatesInPartsIfAsked();
    void nothingIsUnfinishedBehindALongMessage();
    void nothingIsUnfinishedBehindALongFrame();
    void bombFailsInLittleMemory_data();
    void bombFailsInLittleMemory();

    // memory
    void agreementAloneTakesNoMemory();
    void idleConnectionKeepsNothingWithoutTakeover();
    void messageThatStopsKeepsNoStep();

    // sending
    void sendsWithTheWindowOfItsOwn_data() { addRoleRows(); }
    void sendsWithTheWindowOfItsOwn();
    void sendsPlainWhereTheWindowIsTooSmall();
    void sendsByItsTakeover_data();
    void sendsByItsTakeover();
};

// --- what is inflated

void TestWsProtocolDeflate::receivesExamplesOfTheRfc_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    const QByteArray hello = hex("f248cdc9c90700");
    for (const WsRole role : BothRoles) {
        addRow(role, "§7.2.3.1 one block") << Frames{text(hello).compressed()} << expectText("Hello");
        addRow(role, "§7.2.3.1 in fragments")
            << Frames{text(hello.first(3)).compressed().notFinal(), continuation(hello.mid(3))}
            << expectText("Hello");
        addRow(role, "§7.2.3.2 sharing the window")
            << Frames{text(hello).compressed(), text(hex("f200110000")).compressed()}
            << expectText("Hello").thenText("Hello");
        addRow(role, "§7.2.3.3 no compression")
            << Frames{text(hex("000500faff48656c6c6f00")).compressed()} << expectText("Hello");
        addRow(role, "§7.2.3.4 last block")
            << Frames{text(hex("f348cdc9c9070000")).compressed()} << expectText("Hello");
        addRow(role, "last block, nothing behind it")
            << Frames{text(hex("f348cdc9c90700")).compressed(), text(hex("f200110000")).compressed()}
            << expectText("Hello").thenText("Hello");
        addRow(role, "§7.2.3.5 two blocks")
            << Frames{text(hex("f24805000000ffffcac9c90700")).compressed()} << expectText("Hello");
        addRow(role, "§7.2.3.6 empty message")
            << Frames{text(hex("00")).compressed(), binary(hex("00")).compressed(), text(hello).compressed()}
            << expectText("").thenBinary("").thenText("Hello");
        addRow(role, "several stored blocks")
            << Frames{binary(stored("abc") + stored({}) + stored("def") + '\0').compressed()}
            << expectBinary("abcdef");
        addRow(role, "several last blocks")
            << Frames{text(hex("f348cdc9c90700f348cdc9c9070000")).compressed()} << expectText("HelloHello");
        addRow(role, "empty frames around")
            << Frames{text({}).compressed().notFinal(), continuation(hello).notFinal(),
                      continuation({}).notFinal(), continuation({})}
            << expectText("Hello");
    }
}

void TestWsProtocolDeflate::receivesExamplesOfTheRfc()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    QCOMPARE(outcomeOf(role, frames, agreed()), expected);
    if (expected.events.size() == 1)
        QCOMPARE(outcomeOf(role, frames, agreedWithoutTakeover()), expected);
}

void TestWsProtocolDeflate::receivesFragments()
{
    QFETCH(WsRole, role);
    QRandomGenerator generator(1);
    const QByteArray message = randomJson(generator, 900);
    const QByteArray bytes = RawDeflate().message(message);
    for (const qsizetype size : {1, 2, 50}) {
        QCOMPARE(outcomeOf(role, cut(text(bytes).compressed(), size), agreed()), expectText(message));
        QCOMPARE(outcomeOf(role, cut(binary(bytes).compressed(), size), agreedWithoutTakeover()),
                 expectBinary(message));
    }
}

void TestWsProtocolDeflate::receivesControlFramesBetweenFragments()
{
    QFETCH(WsRole, role);
    const QByteArray hello = hex("f248cdc9c90700");
    const Frames frames{text(hello.first(2)).compressed().notFinal(),
                        ping("a"),
                        continuation(hello.mid(2, 2)).notFinal(),
                        pong("b"),
                        ping(),
                        continuation(hello.mid(4)),
                        ping("c"),
                        closing(1000)};
    QCOMPARE(outcomeOf(role, frames, agreed()),
             expectPing("a").thenPong("b").thenPing("").thenText("Hello").thenPing("c").thenClose(1000));
}

void TestWsProtocolDeflate::receivesPlainMessagesBetween()
{
    QFETCH(WsRole, role);
    const Frames frames{text(hex("f248cdc9c90700")).compressed(), text("plain"), binary("in ").notFinal(),
                        continuation("two"), text(hex("f200110000")).compressed()};
    QCOMPARE(outcomeOf(role, frames, agreed()),
             expectText("Hello").thenText("plain").thenBinary("in two").thenText("Hello"));
}

// A server's messages are inflated by what was agreed on for the server's, and so on.
void TestWsProtocolDeflate::receivesTakeoverOfTheOtherSideOnly()
{
    QFETCH(WsRole, role);
    const Frames frames{text(hex("f248cdc9c90700")).compressed(), text(hex("f200110000")).compressed()};
    const bool isServer = role == WsRole::Server;
    QCOMPARE(outcomeOf(role, frames, agreed({15, 15, !isServer, isServer})),
             expectText("Hello").thenText("Hello"));
    QCOMPARE(outcomeOf(role, frames, agreed({15, 15, isServer, !isServer})),
             expectText("Hello").thenFailure(1007));
}

void TestWsProtocolDeflate::receivesMessagesThatFillTheStep_data()
{
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : {Step - 1, Step, Step + 1, 2 * Step, 2 * Step + 1})
        QTest::newRow(numbered("bytes: ", size).constData()) << size;
}

void TestWsProtocolDeflate::receivesMessagesThatFillTheStep()
{
    QFETCH(qsizetype, size);
    const QByteArray message(size, 'z');
    const Frame frame = binary(RawDeflate().message(message)).compressed();
    QCOMPARE(outcomeOf(WsRole::Server, {frame, frame}, agreedWithoutTakeover()),
             expectBinary(message).thenBinary(message));
}

void TestWsProtocolDeflate::receivesTextDividedBetweenSteps()
{
    QFETCH(WsRole, role);
    const QByteArray message = QByteArray("\u20ac").repeated(Step / 3 + 10); // 2^16 is no multiple of 3
    const Frame frame = text(RawDeflate().message(message)).compressed();
    QCOMPARE(outcomeOf(role, {frame}, agreed()), expectText(message));
}

// --- what breaks a rule

void TestWsProtocolDeflate::failsReservedBits_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<bool>("isAgreed");
    QTest::addColumn<Frames>("frames");
    const QByteArray hello = hex("f248cdc9c90700");
    for (const WsRole role : BothRoles) {
        addRow(role, "not agreed") << false << Frames{text(hello).compressed()};
        for (const int bits : {1, 2, 3, 5, 6, 7})
            addRow(role, numbered("bits: ", bits)) << true << Frames{text(hello).withRsv(quint8(bits))};
        addRow(role, "continuation") << true
                                     << Frames{text(hello.first(3)).compressed().notFinal(),
                                               continuation(hello.mid(3)).compressed()};
        addRow(role, "continuation of a plain message")
            << true << Frames{text("a").notFinal(), continuation(hello).compressed()};
        addRow(role, "ping") << true << Frames{ping("a").compressed()};
        addRow(role, "pong") << true << Frames{pong("a").compressed()};
        addRow(role, "close") << true << Frames{closing(1000).compressed()};
        addRow(role, "reserved opcode") << true << Frames{frame(0x3).compressed()};
        addRow(role, "nothing to continue") << true << Frames{continuation("a").compressed()};
        addRow(role, "inside a message")
            << true << Frames{text(hello).compressed().notFinal(), text(hello).compressed()};
    }
}

void TestWsProtocolDeflate::failsReservedBits()
{
    QFETCH(WsRole, role);
    QFETCH(bool, isAgreed);
    QFETCH(Frames, frames);
    QCOMPARE(outcomeOf(role, frames, isAgreed ? agreed() : Replay()), expectFailure(1002));
}

void TestWsProtocolDeflate::failsWhatIsNoDeflatedData_data()
{
    QTest::addColumn<QByteArray>("payload");
    QRandomGenerator generator(2);
    const QByteArray whole = RawDeflate().message(randomJson(generator, 300));
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("reserved block type") << hex("06");
    QTest::newRow("stored length that is wrong") << hex("000500ffff48656c6c6f00");
    QTest::newRow("distance before the beginning") << hex("f200110000");
    QTest::newRow("behind good data") << stored("abc") + hex("06");
    QTest::newRow("behind the last block") << hex("f348cdc9c9070006");
    QTest::newRow("stored block that ends early") << stored("abc", 10);
    QTest::newRow("block without its end") << hex("f248cdc9c9");
    QTest::newRow("half of it") << whole.first(whole.size() / 2);
    QTest::newRow("all but a byte") << whole.chopped(1);
    QTest::newRow("one byte more") << whole + 'x';
    QTest::newRow("not compressed") << QByteArray("Hello");
    QTest::newRow("header of zlib") << hex("789cf348cdc9c90700058c01f5");
    QTest::newRow("noise") << randomBytes(generator, 300);
}

void TestWsProtocolDeflate::failsWhatIsNoDeflatedData()
{
    QFETCH(QByteArray, payload);
    for (const WsRole role : BothRoles) {
        QCOMPARE(outcomeOf(role, {binary(payload).compressed(), ping()}, agreed()), expectFailure(1007));
        QCOMPARE(outcomeOf(role, {binary(payload).compressed(), ping()}, agreedWithoutTakeover()),
                 expectFailure(1007));
        if (payload.size() > 1)
            QCOMPARE(outcomeOf(role, cut(binary(payload).compressed(), 1), agreed()), expectFailure(1007));
    }
}

void TestWsProtocolDeflate::failsTextThatIsNotUtf8_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("wrong byte") << QByteArray("abc\xff");
    QTest::newRow("half a character at the end") << QByteArray("abc\xe2\x82");
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80");
    QTest::newRow("behind a step") << QByteArray(Step, 'a') + '\xff' + QByteArray(Step, 'a');
    QTest::newRow("half a character at the end of a step")
        << QByteArray(Step - 1, 'a') + '\xe2' + QByteArray(Step, 'a');
}

void TestWsProtocolDeflate::failsTextThatIsNotUtf8()
{
    QFETCH(QByteArray, message);
    const Frame frame = text(RawDeflate().message(message)).compressed();
    for (const WsRole role : BothRoles) {
        QCOMPARE(outcomeOf(role, {frame}, agreed()), expectFailure(1007));
        QCOMPARE(outcomeOf(role, cut(frame, 3), agreed()), expectFailure(1007));
    }
}

void TestWsProtocolDeflate::failsAtTheFirstWrongByte()
{
    const Frame frame = text(stored("abc\xff", 1000)).compressed();
    QCOMPARE(outcomeOf(WsRole::Client, {frame.declaring(1000)}, agreed()), expectFailure(1007));
    QCOMPARE(outcomeOf(WsRole::Server, {frame.notFinal()}, agreed()), expectFailure(1007));
}

void TestWsProtocolDeflate::failsWhatIsForgottenWithoutTakeover()
{
    QFETCH(WsRole, role);
    RawDeflate deflate;
    QRandomGenerator generator(3);
    const QByteArray message = randomJson(generator, 300);
    const Frames frames{text(deflate.message(message)).compressed(),
                        text(deflate.message(message)).compressed()};
    QCOMPARE(outcomeOf(role, frames, agreed()), expectText(message).thenText(message));
    QCOMPARE(outcomeOf(role, frames, agreedWithoutTakeover()), expectText(message).thenFailure(1007));
}

// --- limits

void TestWsProtocolDeflate::countsWhatComesOut_data()
{
    QTest::addColumn<qsizetype>("limit");
    for (const qsizetype limit : {qsizetype(1), qsizetype(1000), Step - 1, Step, Step + 1, 2 * Step})
        QTest::newRow(numbered("", limit).constData()) << limit;
}

void TestWsProtocolDeflate::countsWhatComesOut()
{
    QFETCH(qsizetype, limit);
    const auto frameOf = [](qsizetype size) {
        return binary(RawDeflate(15, 9).message(QByteArray(size, 'z'))).compressed();
    };
    const Replay replay = agreed({15, 15, false, false}, limitOf(quint64(limit)));
    QCOMPARE(outcomeOf(WsRole::Server, {frameOf(limit)}, replay), expectBinary(QByteArray(limit, 'z')));
    QCOMPARE(outcomeOf(WsRole::Server, {frameOf(limit + 1)}, replay), expectFailure(1009));
    QCOMPARE(outcomeOf(WsRole::Client, cut(frameOf(limit + 1), 2), replay), expectFailure(1009));
    QCOMPARE(outcomeOf(WsRole::Client, cut(frameOf(limit), 2), replay), expectBinary(QByteArray(limit, 'z')));
}

void TestWsProtocolDeflate::limitsTheFrameByWhatComesIn()
{
    WsLimits limits;
    limits.maxFrameSize = 7;
    const Frame hello = text(hex("f248cdc9c90700")).compressed();
    QCOMPARE(outcomeOf(WsRole::Server, {hello}, agreed({}, limits)), expectText("Hello"));
    limits.maxFrameSize = 6;
    QCOMPARE(outcomeOf(WsRole::Server, {hello}, agreed({}, limits)), expectFailure(1009));
    limits.maxFragments = 3;
    QCOMPARE(outcomeOf(WsRole::Server, cut(hello, 2), agreed({}, limits)), expectFailure(1008));
}

// Several things are wrong; however the bytes arrive, the first of them is told.
void TestWsProtocolDeflate::whatIsWrongFirstCounts()
{
    const auto outcome = [](const QByteArray &payload, quint64 limit) {
        return outcomeOf(WsRole::Server, {text(payload).compressed()}, agreed({}, limitOf(limit)));
    };
    QCOMPARE(outcome(stored("abcdefgh\xff"), 5), expectFailure(1009));
    QCOMPARE(outcome(stored("abc\xff"
                            "defgh"),
                     5),
             expectFailure(1007));
    QCOMPARE(outcome(stored("abcdefgh") + hex("06"), 5), expectFailure(1009));
    QCOMPARE(outcome(stored("abcde") + hex("06"), 5), expectFailure(1007));
    QCOMPARE(outcome(stored("abcdef", 10), 5), expectFailure(1009));
    QCOMPARE(outcome(stored("a"), 0), expectFailure(1009));
    QCOMPARE(outcome(hex("00"), 0), expectText(""));
    QCOMPARE(outcome(stored("a"), std::numeric_limits<quint64>::max()), expectFailure(1007));
    QCOMPARE(outcome(stored("a") + '\0', std::numeric_limits<quint64>::max()), expectText("a"));
}

void TestWsProtocolDeflate::bombFailsInLittleMemory_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<qsizetype>("frameSize");
    QTest::addColumn<qsizetype>("pieceSize");
    for (const WsRole role : BothRoles) {
        addRow(role, "one frame at once") << 10 * MiB << 10 * MiB;
        addRow(role, "one frame in pieces") << 10 * MiB << qsizetype(1000);
        addRow(role, "many frames") << qsizetype(100) << 10 * MiB;
        addRow(role, "many frames in pieces") << qsizetype(100) << qsizetype(16 * 1024);
    }
}

// CVE-2018-1000518 (Python websockets), CVE-2026-1526 (undici).
void TestWsProtocolDeflate::bombFailsInLittleMemory()
{
    QFETCH(WsRole, role);
    QFETCH(qsizetype, frameSize);
    QFETCH(qsizetype, pieceSize);
    static const QByteArray bomb = RawDeflate(15, 9).message(QByteArray(80 * MiB, '\0'));
    QVERIFY(bomb.size() < 90000);
    QByteArray bytes = fromPeerOf(role, cut(binary(bomb).compressed(), frameSize));
    WsProtocol protocol(role, limitOf(quint64(MiB)));
    deflating()(protocol);
    const AllocationMeter meter;
    WsEvent event;
    for (; !bytes.isEmpty() && event.type == WsEvent::NeedsBytes; bytes.remove(0, pieceSize)) {
        protocol.receive(bytes.first(qMin(pieceSize, bytes.size())));
        event = protocol.nextEvent();
    }
    QCOMPARE(event.type, WsEvent::Failure);
    QCOMPARE(event.closeCode, Ws::MessageTooBig);
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QVERIFY2(meter.largest() <= size_t(MiB + Step), QByteArray::number(meter.largest()).constData());
    // What it had while it grew comes to as much again, and the bytes themselves are copied.
    QVERIFY2(meter.total() < size_t(3 * MiB), QByteArray::number(meter.total()).constData());
}

// The work on a message that has ended is not counted for those behind it, which others would wait for.
void TestWsProtocolDeflate::nothingIsUnfinishedBehindALongMessage()
{
    WsProtocol protocol(WsRole::Server);
    deflating()(protocol);
    const QByteArray message(262'000, 'x'); // which ends in the step that would be the last of its turn
    const Frames frames = {binary(RawDeflate().message(message)).compressed(), text("a").notFinal(),
                           continuation("b"), text("c")};
    protocol.receive(fromPeerOf(WsRole::Server, frames));
    WsEvent event = protocol.nextEvent(MiB / 4);
    QCOMPARE(event.type, WsEvent::Message);
    QCOMPARE(event.payload.size(), message.size());
    QVERIFY(!protocol.isUnfinished());
    for (const QByteArray &expected : {QByteArray("ab"), QByteArray("c")}) {
        event = protocol.nextEvent(MiB / 4);
        QCOMPARE(event.type, WsEvent::Message);
        QCOMPARE(event.payload, expected);
        QVERIFY(!protocol.isUnfinished());
    }
}

void TestWsProtocolDeflate::nothingIsUnfinishedBehindALongFrame()
{
    WsProtocol protocol(WsRole::Server);
    deflating()(protocol);
    const QByteArray deflated = RawDeflate().message(QByteArray(262'000, 'x'));
    protocol.receive(fromPeerOf(WsRole::Server, {binary(deflated).compressed().notFinal(), ping("a")}));
    QCOMPARE(protocol.nextEvent(MiB / 4).type, WsEvent::Unfinished);
    QCOMPARE(protocol.nextEvent(MiB / 4).type, WsEvent::Ping);
    QVERIFY(!protocol.isUnfinished());
    QCOMPARE(protocol.nextEvent(MiB / 4).type, WsEvent::NeedsBytes);
    QVERIFY(!protocol.isUnfinished());
}

void TestWsProtocolDeflate::inflatesInPartsIfAsked()
{
    WsProtocol protocol(WsRole::Server);
    deflating()(protocol);
    const QByteArray message(MiB, 'x');
    const Frames frames = cut(binary(RawDeflate().message(message)).compressed(), 100);
    protocol.receive(fromPeerOf(WsRole::Server, frames + Frames{text("next")}));
    int parts = 0;
    WsEvent event;
    for (event = protocol.nextEvent(MiB / 4); event.type == WsEvent::Unfinished;
         event = protocol.nextEvent(MiB / 4)) {
        QVERIFY(protocol.isUnfinished());
        ++parts;
    }
    QVERIFY(!protocol.isUnfinished());
    QCOMPARE_GE(parts, 3);
    QCOMPARE_LE(parts, 5);
    QCOMPARE(event.type, WsEvent::Message);
    QCOMPARE(event.payload.toByteArray(), message);
    QCOMPARE(protocol.nextEvent(MiB / 4).payload, QByteArray("next"));
    QCOMPARE(protocol.nextEvent(MiB / 4).type, WsEvent::NeedsBytes);
}

// --- memory

void TestWsProtocolDeflate::agreementAloneTakesNoMemory()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    for (const bool takeover : {true, false}) {
        WsProtocol protocol(WsRole::Server);
        const AllocationMeter meter;
        deflating({15, 15, takeover, takeover})(protocol);
        protocol.receive(fromPeerOf(WsRole::Server, {text("plain"), ping()}));
        QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
        QCOMPARE(protocol.nextEvent().type, WsEvent::Ping);
        QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
        QVERIFY2(meter.total() < 1000, QByteArray::number(meter.total()).constData());
    }
}

// What a message needs is the thread's, and the next connection takes it.
void TestWsProtocolDeflate::idleConnectionKeepsNothingWithoutTakeover()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QRandomGenerator generator(4);
    const QByteArray message = randomJson(generator, 2000);
    const QByteArray bytes = fromPeerOf(WsRole::Server, {text(RawDeflate().message(message)).compressed()});
    const auto exchange = [&](WsProtocol &protocol) {
        protocol.receive(bytes);
        QCOMPARE(protocol.nextEvent().payload.size(), message.size());
        QVERIFY(protocol.sendMessage(Ws::Text, message));
        protocol.output().clear();
        protocol.output().squeeze();
        QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    };
    std::vector<std::unique_ptr<WsProtocol>> connections;
    for (int i = 0; i < 20; ++i) {
        connections.push_back(std::make_unique<WsProtocol>(WsRole::Server));
        deflating({15, 15, false, false})(*connections.back());
        const AllocationMeter meter;
        exchange(*connections.back());
        if (i > 0)
            QVERIFY2(meter.total() < 8 * 1024, QByteArray::number(meter.total()).constData());
    }
}

// Else a peer had 64 KiB of each connection for a few bytes.
void TestWsProtocolDeflate::messageThatStopsKeepsNoStep()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    const QByteArray bytes = fromPeerOf(WsRole::Server, {text(stored("a", 1000)).compressed().notFinal()});
    std::vector<std::unique_ptr<WsProtocol>> connections;
    for (int i = 0; i < 20; ++i) {
        connections.push_back(std::make_unique<WsProtocol>(WsRole::Server));
        deflating()(*connections.back());
        const AllocationMeter meter;
        connections.back()->receive(bytes);
        QCOMPARE(connections.back()->nextEvent().type, WsEvent::NeedsBytes);
        if (i > 0)
            QVERIFY2(meter.largest() < size_t(Step) - 1, QByteArray::number(meter.largest()).constData());
    }
}

// --- sending

void TestWsProtocolDeflate::sendsWithTheWindowOfItsOwn()
{
    QFETCH(WsRole, role);
    QRandomGenerator generator(5);
    const QByteArray noise = randomBytes(generator, 700);
    const bool isServer = role == WsRole::Server;
    WsCompression own;
    own.setThreshold(0);
    WsProtocol protocol(role);
    protocol.setDeflate({quint8(isServer ? 9 : 15), quint8(isServer ? 15 : 9), true, true}, own);
    RawInflate inflate(9);
    // The second half repeats what is 700 bytes before, beyond the window; only the end repeats what is near.
    const QByteArray message = noise + noise + QByteArray(1000, 'a');
    for (int round = 0; round < 3; ++round) {
        QVERIFY(protocol.sendMessage(Ws::Binary, message));
        const QList<SentFrame> frames = sentBy(protocol);
        QCOMPARE(frames.size(), 1);
        QCOMPARE(frames.first().rsv, 4);
        QVERIFY(frames.first().payload.size() > 2 * noise.size());
        QVERIFY(inflate.message(frames.first().payload) == message);
    }
}

void TestWsProtocolDeflate::sendsPlainWhereTheWindowIsTooSmall()
{
    WsProtocol protocol(WsRole::Client);
    protocol.setDeflate({15, 8, true, true}, {});
    QVERIFY(protocol.sendMessage(Ws::Text, QByteArray(1000, 'a')));
    QVERIFY(protocol.sendFragments(Ws::Text, {QByteArray(1000, 'a'), "b"}));
    const quint64 open = protocol.beginMessage(Ws::Text);
    QVERIFY(protocol.continueMessage(open, "c"));
    QVERIFY(protocol.endMessage(open));
    for (const SentFrame &frame : sentBy(protocol))
        QCOMPARE(frame.rsv, 0);
    protocol.receive(fromPeerOf(WsRole::Client, {text(hex("f248cdc9c90700")).compressed()}));
    QCOMPARE(protocol.nextEvent().payload, QByteArray("Hello"));
}

void TestWsProtocolDeflate::sendsByItsTakeover_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<bool>("takeover");
    for (const WsRole role : BothRoles) {
        addRow(role, "takeover") << true;
        addRow(role, "no takeover") << false;
    }
}

void TestWsProtocolDeflate::sendsByItsTakeover()
{
    QFETCH(WsRole, role);
    QFETCH(bool, takeover);
    QRandomGenerator generator(6);
    const QByteArray message = randomJson(generator, 500);
    const bool isServer = role == WsRole::Server;
    WsProtocol protocol(role);
    protocol.setDeflate({15, 15, isServer ? takeover : !takeover, isServer ? !takeover : takeover}, {});
    QVERIFY(protocol.sendMessage(Ws::Text, message));
    QVERIFY(protocol.sendMessage(Ws::Text, message));
    const QList<SentFrame> frames = sentBy(protocol);
    QCOMPARE(frames.size(), 2);
    QCOMPARE(frames[1].payload.size() < frames[0].payload.size() / 4, takeover);
    QCOMPARE(frames[1].payload == frames[0].payload, !takeover);
}

QTEST_APPLESS_MAIN(TestWsProtocolDeflate)
#include "tst_wsprotocol_deflate.moc"
