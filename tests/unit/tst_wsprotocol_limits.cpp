// SPDX-License-Identifier: MIT
#include "allocationmeter.h"
#include "protocoltesting.h"

#include <QtCore/qrandom.h>
#include <QtCore/qthread.h>

#include <functional>
#include <memory>

using namespace ProtocolTesting;

// The limits of what is received, the memory it takes, and whose the payloads are.
class TestWsProtocolLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // too much: 1009 and 1008
    void squeezingFreesWhatIsKeptAndLosesNothing();
    void takesAsMuchAsTheLimits_data() { addRoleRows(); }
    void takesAsMuchAsTheLimits();
    void failsTooMuchFromTheHeaderAlone_data();
    void failsTooMuchFromTheHeaderAlone();
    void failsBeforeTheMaskingKeyCame();
    void failsWhenFragmentsAreTooMuchTogether_data() { addRoleRows(); }
    void failsWhenFragmentsAreTooMuchTogether();
    void failsTooManyFragments_data();
    void failsTooManyFragments();
    void countsFragmentsOfEachMessage_data() { addRoleRows(); }
    void countsFragmentsOfEachMessage();
    void controlFramesAreNotLimited_data() { addRoleRows(); }
    void controlFramesAreNotLimited();
    void limitsOfZeroTakeEmptyMessages();
    void limitsMayShrinkInsideAMessage();
    void brokenRuleComesBeforeTheLimit();

    // memory
    void declaredLengthAllocatesNothing_data();
    void declaredLengthAllocatesNothing();
    void memoryFollowsWhatHasArrived_data();
    void memoryFollowsWhatHasArrived();
    void tinyFragmentsAreGatheredInLinearTime();
    void tinyPiecesOfAFrameAreGatheredInLinearTime();
    void unreadPiecesAreKeptInLinearTime();
    void smallMessagesAllocateNothing_data() { addRoleRows(); }
    void smallMessagesAllocateNothing();
    void largeReassemblyBufferIsNotKept();
    void largeReassemblyBufferServesTheNextOfTheThread();
    void muchSmallerMessageDoesNotTakeTheLargeBufferAlong();
    void hugeReassemblyBufferIsFreed();

    // whose the payload is
    void takePayloadMovesAWholeFrame_data() { addRoleRows(); }
    void takePayloadMovesAWholeFrame();
    void takePayloadMovesTheReassembledMessage_data() { addRoleRows(); }
    void takePayloadMovesTheReassembledMessage();
    void takePayloadCopiesASmallPartOfTheChunk_data() { addRoleRows(); }
    void takePayloadCopiesASmallPartOfTheChunk();
    void takePayloadLeavesWhatFollows_data() { addRoleRows(); }
    void takePayloadLeavesWhatFollows();
    void takePayloadOfControlFrames_data() { addRoleRows(); }
    void takePayloadOfControlFrames();
    void takePayloadOfAnEmptyMessageIsEmpty();
    void takePayloadAgainIsEmpty();
    void viewsStayValidUntilTheNextCall_data() { addRoleRows(); }
    void viewsStayValidUntilTheNextCall();
    void viewPointsIntoTheReceivedBytes();
    void receivedBytesOfTheCallerStayAsTheyWere_data() { addRoleRows(); }
    void receivedBytesOfTheCallerStayAsTheyWere();
    void spentBytesAreGivenBack();
    void bytesThatAreLeftAreNotGivenBack();
    void takenPayloadGivesNoBytesBack();
};

namespace {
constexpr quint64 MiB = 1024 * 1024;

WsLimits messagesOf(quint64 size)
{
    WsLimits limits;
    limits.maxMessageSize = size;
    return limits;
}

WsLimits framesOf(quint64 size)
{
    WsLimits limits;
    limits.maxFrameSize = size;
    return limits;
}

WsLimits fragmentsUpTo(int count)
{
    WsLimits limits;
    limits.maxFragments = count;
    return limits;
}

const void *address(const QByteArray &bytes)
{
    return bytes.constData();
}
} // namespace

// --- too much

void TestWsProtocolLimits::takesAsMuchAsTheLimits()
{
    QFETCH(WsRole, role);
    const QByteArray a100(100, 'a');
    const Replay message{.limits = messagesOf(100)};
    QCOMPARE(outcomeOf(role, {text(a100), binary(a100)}, message), expectText(a100).thenBinary(a100));
    QCOMPARE(outcomeOf(role, {text(a100.first(99)).notFinal(), continuation("a")}, message),
             expectText(a100));
    QCOMPARE(outcomeOf(role, {text(a100).notFinal(), continuation("")}, message), expectText(a100));
    const Replay frame{.limits = framesOf(100)};
    QCOMPARE(outcomeOf(role, {text(a100)}, frame), expectText(a100));
    QCOMPARE(outcomeOf(role, {binary(a100).notFinal(), continuation(a100)}, frame),
             expectBinary(a100 + a100));
}

void TestWsProtocolLimits::failsTooMuchFromTheHeaderAlone_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<WsLimits>("limits");
    QTest::addColumn<Frame>("frame");
    for (const WsRole role : BothRoles) {
        addRow(role, "message, one byte too much") << messagesOf(100) << text({}).declaring(101);
        addRow(role, "frame, one byte too much") << framesOf(100) << binary({}).declaring(101);
        addRow(role, "first fragment") << messagesOf(100) << binary({}).declaring(101).notFinal();
        addRow(role, "small limit") << messagesOf(1) << text({}).declaring(2);
        addRow(role, "16 bits") << messagesOf(65534) << text({}).declaring(65535);
        addRow(role, "default limit") << WsLimits() << text({}).declaring(16 * MiB + 1);
        addRow(role, "2^62") << WsLimits() << text("ten bytes.").declaring(quint64(1) << 62);
        addRow(role, "2^63 - 1") << WsLimits() << binary("ten bytes.").declaring(~quint64(0) >> 1);
    }
}

void TestWsProtocolLimits::failsTooMuchFromTheHeaderAlone()
{
    QFETCH(WsRole, role);
    QFETCH(WsLimits, limits);
    QFETCH(Frame, frame);
    QCOMPARE(outcomeOf(role, {frame}, {.limits = limits}), expectFailure(1009));
    QCOMPARE(outcomeOf(role, {ping("before"), frame}, {.limits = limits}),
             expectPing("before").thenFailure(1009));
}

void TestWsProtocolLimits::failsBeforeTheMaskingKeyCame()
{
    const quint64 lengths[] = {101, 126, 65535, 65536, quint64(1) << 62};
    for (const quint64 length : lengths) {
        const QByteArray header = fromPeerOf(WsRole::Server, {binary({}).declaring(length)});
        const Replay replay{.limits = messagesOf(100)};
        QCOMPARE(outcomeOf(WsRole::Server, header.chopped(4), replay), expectFailure(1009));
        QCOMPARE(outcomeOf(WsRole::Server, header.chopped(5), replay), expectNothing());
    }
}

void TestWsProtocolLimits::failsWhenFragmentsAreTooMuchTogether()
{
    QFETCH(WsRole, role);
    const Replay replay{.limits = messagesOf(100)};
    const QByteArray a60(60, 'a');
    const QByteArray a41(41, 'a');
    QCOMPARE(outcomeOf(role, {text(a60).notFinal(), continuation(a41)}, replay), expectFailure(1009));
    QCOMPARE(outcomeOf(role, {text(a60).notFinal(), continuation({}).declaring(41).notFinal()}, replay),
             expectFailure(1009));
    QCOMPARE(outcomeOf(role, {text(a60).notFinal(), ping("p"), continuation({}).declaring(41)}, replay),
             expectPing("p").thenFailure(1009));
    QCOMPARE(outcomeOf(role, {binary(a60), text(a60)}, replay), expectBinary(a60).thenText(a60));
    const quint64 overflow = ~quint64(0) >> 1;
    const Replay unlimited{.limits = {.maxMessageSize = overflow, .maxFrameSize = overflow}};
    QCOMPARE(outcomeOf(role, {text(a60).notFinal(), continuation({}).declaring(overflow)}, unlimited),
             expectFailure(1009));
}

void TestWsProtocolLimits::failsTooManyFragments_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("limit");
    QTest::addColumn<bool>("empty");
    for (const WsRole role : BothRoles) {
        for (const int limit : {1, 2, 5}) {
            addRow(role, numbered("empty, ", limit)) << limit << true;
            addRow(role, numbered("one byte each, ", limit)) << limit << false;
        }
    }
}

// CVE-2026-48779 (ws).
void TestWsProtocolLimits::failsTooManyFragments()
{
    QFETCH(WsRole, role);
    QFETCH(int, limit);
    QFETCH(bool, empty);
    const QByteArray part(empty ? 0 : 1, 'a');
    Frames frames{text(part).notFinal()};
    for (int i = 1; i < limit; ++i)
        frames += continuation(part).notFinal();
    const Replay replay{.limits = fragmentsUpTo(limit)};
    QCOMPARE(outcomeOf(role, frames, replay), expectNothing());
    Frames allowed = frames;
    allowed.last().isFinal = true;
    QCOMPARE(outcomeOf(role, allowed, replay), expectText(part.repeated(limit)));
    QCOMPARE(outcomeOf(role, frames + Frames{continuation(part)}, replay), expectFailure(1008));
}

void TestWsProtocolLimits::countsFragmentsOfEachMessage()
{
    QFETCH(WsRole, role);
    const Frames frames{text("a").notFinal(), ping(), continuation("b"),
                        text("c").notFinal(), pong(), continuation("d")};
    QCOMPARE(outcomeOf(role, frames, {.limits = fragmentsUpTo(2)}),
             expectPing("").thenText("ab").thenPong("").thenText("cd"));
}

void TestWsProtocolLimits::controlFramesAreNotLimited()
{
    QFETCH(WsRole, role);
    const QByteArray longest(125, 'p');
    WsLimits limits = messagesOf(10);
    limits.maxFrameSize = 10;
    QCOMPARE(outcomeOf(role, {ping(longest), pong(longest), closing(1000, longest.first(123))},
                       {.limits = limits}),
             expectPing(longest).thenPong(longest).thenClose(1000, longest.first(123)));
}

void TestWsProtocolLimits::limitsOfZeroTakeEmptyMessages()
{
    const Replay replay{.limits = messagesOf(0)};
    QCOMPARE(outcomeOf(WsRole::Server, {text(""), text("a")}, replay), expectText("").thenFailure(1009));
}

void TestWsProtocolLimits::limitsMayShrinkInsideAMessage()
{
    WsProtocol protocol(WsRole::Client);
    protocol.receive(fromPeerOf(WsRole::Client, {binary(QByteArray(100, 'a')).notFinal()}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.setLimits(messagesOf(50));
    protocol.receive(fromPeerOf(WsRole::Client, {continuation("")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Failure);
    QCOMPARE(protocol.failure().closeCode, quint16(1009));
}

void TestWsProtocolLimits::brokenRuleComesBeforeTheLimit()
{
    const Replay replay{.limits = messagesOf(10)};
    QCOMPARE(outcomeOf(WsRole::Server, {text({}).declaring(~quint64(0))}, replay), expectFailure(1002));
    QCOMPARE(outcomeOf(WsRole::Server, {continuation({}).declaring(1000)}, replay), expectFailure(1002));
    QCOMPARE(outcomeOf(WsRole::Server, {text(QByteArray(100, 'a')).withLengthSize(2)}, replay),
             expectFailure(1002));
}

// --- memory

void TestWsProtocolLimits::declaredLengthAllocatesNothing_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    const quint64 most = 16 * MiB;
    for (const WsRole role : BothRoles) {
        addRow(role, "one frame") << Frames{text("few bytes").declaring(most)};
        addRow(role, "first fragment") << Frames{binary("few bytes").declaring(most).notFinal()};
        addRow(role, "continuation") << Frames{binary("a").notFinal(), continuation("b").declaring(most - 1)};
    }
}

// CVE-2018-21035 (Qt WebSockets), CVE-2022-35922 (rust-websocket).
void TestWsProtocolLimits::declaredLengthAllocatesNothing()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    const QByteArray bytes = fromPeerOf(role, frames);
    WsProtocol protocol(role);
    const AllocationMeter meter;
    for (const char byte : bytes) {
        protocol.receive(QByteArray(1, byte));
        QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    }
    QVERIFY2(meter.largest() <= 8 * 1024, qPrintable(QString::number(meter.largest())));
}

void TestWsProtocolLimits::memoryFollowsWhatHasArrived_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<bool>("fragmented");
    for (const WsRole role : BothRoles) {
        addRow(role, "one frame") << false;
        addRow(role, "fragments") << true;
    }
}

void TestWsProtocolLimits::memoryFollowsWhatHasArrived()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QFETCH(WsRole, role);
    QFETCH(bool, fragmented);
    constexpr qsizetype Piece = 10000;
    const QByteArray payload(qsizetype(2 * MiB), 'a');
    Frames frames{binary(payload)};
    if (fragmented) {
        frames.clear();
        for (qsizetype at = 0; at < payload.size(); at += Piece)
            frames +=
                (at == 0 ? binary(payload.mid(at, Piece)) : continuation(payload.mid(at, Piece))).notFinal();
        frames += continuation({});
    }
    const QByteArray bytes = fromPeerOf(role, frames);
    WsProtocol protocol(role);
    for (qsizetype at = 0; at < bytes.size(); at += Piece) {
        const qsizetype arrived = qMin(at + Piece, bytes.size());
        const AllocationMeter meter;
        protocol.receive(bytes.mid(at, Piece));
        const WsEvent event = protocol.nextEvent();
        QVERIFY2(meter.largest() <= size_t(2 * arrived + Piece),
                 qPrintable(QString::number(meter.largest())));
        QCOMPARE(event.type, arrived == bytes.size() ? WsEvent::Message : WsEvent::NeedsBytes);
    }
    const QByteArray taken = protocol.takePayload();
    QVERIFY(taken == payload);
    QVERIFY(taken.capacity() <= 2 * taken.size());
}

void TestWsProtocolLimits::tinyFragmentsAreGatheredInLinearTime()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr int Count = 100000;
    Frames frames(Count, continuation("a").notFinal());
    frames.first() = text("a").notFinal();
    frames.last() = continuation("a");
    const QByteArray bytes = fromPeerOf(WsRole::Server, frames);
    WsProtocol protocol(WsRole::Server);
    const AllocationMeter meter;
    protocol.receive(bytes);
    QCOMPARE(protocol.nextEvent().payload.size(), Count);
    QVERIFY2(meter.total() < 10 * size_t(Count), qPrintable(QString::number(meter.total())));
}

void TestWsProtocolLimits::tinyPiecesOfAFrameAreGatheredInLinearTime()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr int Count = 100000;
    const QByteArray bytes = fromPeerOf(WsRole::Server, {text(QByteArray(Count, 'a'))});
    WsProtocol protocol(WsRole::Server);
    size_t total = 0;
    for (const char byte : bytes) {
        const QByteArray piece(1, byte);
        const AllocationMeter meter;
        protocol.receive(piece);
        protocol.nextEvent();
        total += meter.total();
    }
    QCOMPARE(protocol.takePayload().size(), Count);
    // A byte of the caller that is unmasked in place is copied first, which costs a few bytes each.
    QVERIFY2(total < 100 * size_t(Count), qPrintable(QString::number(total)));
}

void TestWsProtocolLimits::unreadPiecesAreKeptInLinearTime()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr int Count = 50000;
    const QByteArray frame = fromPeerOf(WsRole::Server, {text("a")});
    WsProtocol protocol(WsRole::Server);
    protocol.receive(frame.repeated(2));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    const AllocationMeter meter;
    for (int i = 0; i < Count; ++i)
        protocol.receive(frame);
    QVERIFY2(meter.total() < 20 * size_t(Count * frame.size()), qPrintable(QString::number(meter.total())));
    int messages = 0;
    while (protocol.nextEvent().type == WsEvent::Message)
        ++messages;
    QCOMPARE(messages, Count + 1);
}

void TestWsProtocolLimits::smallMessagesAllocateNothing()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QFETCH(WsRole, role);
    QByteArray bytes = fromPeerOf(role, Frames(1000, text("a small message")));
    const QByteArray answer("an answer of ours");
    WsProtocol protocol(role);
    protocol.receive(std::move(bytes));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    for (int i = 0; i < 1000; ++i)
        protocol.sendMessage(Ws::Text, answer);
    drain(protocol); // the buffer stays
    const AllocationMeter meter;
    int messages = 1;
    while (protocol.nextEvent().type == WsEvent::Message) {
        ++messages;
        protocol.sendMessage(Ws::Text, answer);
    }
    QCOMPARE(meter.total(), size_t(0));
    QCOMPARE(messages, 1000);
    QCOMPARE(sentBy(protocol).size(), 999);
}

void TestWsProtocolLimits::largeReassemblyBufferIsNotKept()
{
    const auto receiveFragmented = [](WsProtocol &protocol, qsizetype size) {
        const Frames frames{binary(QByteArray(size, 'a')).notFinal(), continuation("b")};
        protocol.receive(fromPeerOf(WsRole::Client, frames));
        return static_cast<const void *>(protocol.nextEvent().payload.data());
    };
    WsProtocol small(WsRole::Client);
    const void *const first = receiveFragmented(small, 1000);
    QVERIFY(receiveFragmented(small, 1000) == first);
    WsProtocol middle(WsRole::Client);
    const void *const kept = receiveFragmented(middle, 20000);
    QVERIFY(receiveFragmented(middle, 10) == kept);
    const auto capacityAfter = [&](qsizetype size) {
        WsProtocol protocol(WsRole::Client);
        receiveFragmented(protocol, size);
        receiveFragmented(protocol, 10);
        return protocol.takePayload().capacity();
    };
    QVERIFY(capacityAfter(1000000) < 10000);
    QVERIFY(capacityAfter(20000) < 100); // the buffer stays, and who takes the message gets a copy
}

namespace {
// Has a connection reassemble a message of \a size bytes, look at it and let go of it; returns the largest
// allocation on the way.
size_t largestAllocationForMessage(qsizetype size)
{
    const QByteArray bytes =
        fromPeerOf(WsRole::Client, {binary(QByteArray(size, 'a')).notFinal(), continuation("b")});
    WsProtocol protocol(WsRole::Client);
    const AllocationMeter meter;
    protocol.receive(bytes);
    const bool isWhole = protocol.nextEvent().payload.size() == size + 1;
    protocol.nextEvent();
    return isWhole ? meter.largest() : SIZE_MAX;
}

// In a thread of its own, which begins without the buffers of earlier tests.
void runInThread(const std::function<void()> &function)
{
    const std::unique_ptr<QThread> thread(QThread::create(function));
    thread->start();
    thread->wait();
}
} // namespace

void TestWsProtocolLimits::largeReassemblyBufferServesTheNextOfTheThread()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr qsizetype Large = 1500000; // its buffer may have twice that
    runInThread([] {
        QVERIFY(largestAllocationForMessage(Large) >= size_t(Large));
        QVERIFY(largestAllocationForMessage(Large) < 10000);
        QVERIFY(largestAllocationForMessage(Large - 1000) < 10000);
        QVERIFY(largestAllocationForMessage(Large / 8) >= size_t(Large / 8));
    });
}

void TestWsProtocolLimits::muchSmallerMessageDoesNotTakeTheLargeBufferAlong()
{
    runInThread([] {
        largestAllocationForMessage(1500000); // leaves a buffer of twice that
        const QByteArray payload(1000000, 'a');
        WsProtocol protocol(WsRole::Client);
        protocol.receive(fromPeerOf(WsRole::Client, {binary(payload).notFinal(), continuation("b")}));
        protocol.nextEvent();
        const QByteArray taken = protocol.takePayload();
        QVERIFY(taken == payload + 'b');
        QVERIFY(taken.capacity() < 2000000);
    });
}

void TestWsProtocolLimits::hugeReassemblyBufferIsFreed()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr qsizetype Huge = 5000000;
    QVERIFY(largestAllocationForMessage(Huge) >= size_t(Huge));
    QVERIFY(largestAllocationForMessage(Huge) >= size_t(Huge));
}

// --- whose the payload is

void TestWsProtocolLimits::takePayloadMovesAWholeFrame()
{
    QFETCH(WsRole, role);
    const QByteArray payload(100000, 'p');
    WsProtocol protocol(role);
    protocol.receive(fromPeerOf(role, {binary(payload)}));
    const void *const viewed = protocol.nextEvent().payload.data();
    const QByteArray taken = protocol.takePayload();
    QCOMPARE(address(taken), viewed);
    QVERIFY(taken == payload);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.receive(fromPeerOf(role, {text("next")}));
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("next"));
    QVERIFY(taken == payload);
}

void TestWsProtocolLimits::takePayloadMovesTheReassembledMessage()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    const QByteArray part(2000, 'a'); // two of them fill most of the buffer
    protocol.receive(fromPeerOf(role, {text(part).notFinal(), continuation(part), text("next")}));
    const void *const viewed = protocol.nextEvent().payload.data();
    const QByteArray taken = protocol.takePayload();
    QCOMPARE(address(taken), viewed);
    QCOMPARE(taken, part + part);
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("next"));
    QCOMPARE(taken, part + part);
}

void TestWsProtocolLimits::takePayloadCopiesASmallPartOfTheChunk()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    protocol.receive(fromPeerOf(role, {binary(QByteArray(10000, 'l')), text("small")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    const QByteArray taken = protocol.takePayload();
    QCOMPARE(taken, QByteArray("small"));
    QVERIFY(taken.capacity() < 100);
}

void TestWsProtocolLimits::takePayloadLeavesWhatFollows()
{
    QFETCH(WsRole, role);
    const QByteArray large(10000, 'l');
    WsProtocol protocol(role);
    protocol.receive(fromPeerOf(role, {binary(large), text("next"), binary(large)}));
    protocol.nextEvent();
    const QByteArray first = protocol.takePayload();
    protocol.nextEvent();
    const QByteArray second = protocol.takePayload();
    protocol.nextEvent();
    const QByteArray third = protocol.takePayload();
    QVERIFY(first == large);
    QCOMPARE(second, QByteArray("next"));
    QVERIFY(third == large);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
}

void TestWsProtocolLimits::takePayloadOfControlFrames()
{
    QFETCH(WsRole, role);
    const QByteArray longest(125, 'p');
    const QByteArray bytes = fromPeerOf(role, {text("a").notFinal(), ping(longest), continuation("b")});
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        WsProtocol protocol(role);
        protocol.receive(bytes.first(cut));
        QByteArrayList taken;
        const auto takeAll = [&] {
            while (protocol.nextEvent().type != WsEvent::NeedsBytes)
                taken += protocol.takePayload();
        };
        takeAll();
        protocol.receive(bytes.sliced(cut));
        takeAll();
        QCOMPARE(taken, QByteArrayList({longest, "ab"}));
    }
}

void TestWsProtocolLimits::takePayloadOfAnEmptyMessageIsEmpty()
{
    WsProtocol protocol(WsRole::Client);
    protocol.receive(fromPeerOf(WsRole::Client, {text(""), binary("").notFinal(), continuation("")}));
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
        QVERIFY(protocol.takePayload().isEmpty());
    }
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
}

void TestWsProtocolLimits::takePayloadAgainIsEmpty()
{
    WsProtocol protocol(WsRole::Client);
    QVERIFY(protocol.takePayload().isEmpty());
    protocol.receive(fromPeerOf(WsRole::Client, {text("a"), text("b")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    QCOMPARE(protocol.takePayload(), QByteArray("a"));
    QVERIFY(protocol.takePayload().isEmpty());
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("b"));
}

void TestWsProtocolLimits::viewsStayValidUntilTheNextCall()
{
    QFETCH(WsRole, role);
    const QByteArray payload(5000, 'p');
    const Frames frames{binary(payload), binary(payload).notFinal(), ping("ping"), continuation("end"),
                        closing(1000, "reason")};
    const QByteArrayList expected{payload, "ping", payload + "end", "reason"};
    WsProtocol protocol(role);
    protocol.receive(fromPeerOf(role, frames));
    for (const QByteArray &payloadOfEvent : expected) {
        const WsEvent event = protocol.nextEvent();
        for (int i = 0; i < 100; ++i) {
            protocol.sendMessage(Ws::Binary, QByteArray(event.payload.size() + i, 'x'));
            protocol.sendPing("x");
        }
        protocol.setLimits({});
        protocol.receiveEof();
        drain(protocol);
        protocol.sendMessage(Ws::Binary, event.payload.toByteArray());
        QVERIFY(event.payload == payloadOfEvent);
    }
    QCOMPARE(protocol.nextEvent().type, WsEvent::Eof);
}

void TestWsProtocolLimits::viewPointsIntoTheReceivedBytes()
{
    QByteArray bytes = fromPeerOf(WsRole::Server, {text("Hello")});
    const char *const storage = bytes.constData();
    WsProtocol protocol(WsRole::Server);
    protocol.receive(std::move(bytes));
    const WsEvent event = protocol.nextEvent();
    QVERIFY(event.payload.data() == storage + 6); // unmasked where it lay
    QCOMPARE(event.payload.toByteArray(), QByteArray("Hello"));
}

void TestWsProtocolLimits::receivedBytesOfTheCallerStayAsTheyWere()
{
    QFETCH(WsRole, role);
    const Frames frames{text("Hello"), binary(QByteArray(1000, 'b'))};
    const QByteArray ours = fromPeerOf(role, frames);
    WsProtocol protocol(role);
    protocol.receive(ours);
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("Hello"));
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray(1000, 'b'));
    QByteArray taken = protocol.takePayload();
    taken.fill('x');
    QCOMPARE(ours, fromPeerOf(role, frames));
}

void TestWsProtocolLimits::spentBytesAreGivenBack()
{
    QByteArray bytes = fromPeerOf(WsRole::Server, {text("a"), ping("b")});
    const void *const storage = bytes.constData();
    WsProtocol protocol(WsRole::Server);
    protocol.receive(std::move(bytes));
    while (protocol.nextEvent().type != WsEvent::NeedsBytes) {
    }
    const QByteArray spent = protocol.takeSpentBytes();
    QCOMPARE(address(spent), storage);
    QVERIFY(protocol.takeSpentBytes().isNull());
    protocol.receive(fromPeerOf(WsRole::Server, {text("c")}));
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("c"));
}

void TestWsProtocolLimits::bytesThatAreLeftAreNotGivenBack()
{
    WsProtocol protocol(WsRole::Server);
    protocol.receive(fromPeerOf(WsRole::Server, {text("a"), text("b")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    QVERIFY(protocol.takeSpentBytes().isNull());
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), QByteArray("b"));
}

void TestWsProtocolLimits::takenPayloadGivesNoBytesBack()
{
    WsProtocol protocol(WsRole::Client);
    protocol.receive(fromPeerOf(WsRole::Client, {binary(QByteArray(1000, 'a'))}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    const QByteArray taken = protocol.takePayload();
    QVERIFY(protocol.takeSpentBytes().isNull());
    QCOMPARE(taken, QByteArray(1000, 'a'));
}

// A buffer that is kept needs no allocation for the next message; one that was freed does.
void TestWsProtocolLimits::squeezingFreesWhatIsKeptAndLosesNothing()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr qsizetype Half = 20 * 1024;
    const QByteArray whole(2 * Half, 'a');
    const QByteArray first = fromPeerOf(WsRole::Client, {binary(whole.first(Half)).notFinal()});
    const QByteArray last = fromPeerOf(WsRole::Client, {continuation(whole.sliced(Half))});
    WsProtocol protocol(WsRole::Client);
    const auto receivesWhole = [&] {
        protocol.receive(first);
        const bool isWaiting = protocol.nextEvent().type == WsEvent::NeedsBytes;
        protocol.receive(last);
        const WsEvent event = protocol.nextEvent();
        const bool isRight = event.type == WsEvent::Message && event.payload == whole;
        return isWaiting && isRight && protocol.nextEvent().type == WsEvent::NeedsBytes;
    };
    QVERIFY(receivesWhole());
    const AllocationMeter kept;
    QVERIFY(receivesWhole());
    QVERIFY2(kept.largest() < size_t(Half), qPrintable(QString::number(kept.largest())));
    protocol.squeeze();
    const AllocationMeter freed;
    QVERIFY(receivesWhole());
    QVERIFY2(freed.largest() >= size_t(Half), qPrintable(QString::number(freed.largest())));

    protocol.receive(first);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.squeeze();
    protocol.receive(last);
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), whole);

    // Within a message that has no byte yet.
    protocol.receive(fromPeerOf(WsRole::Client, {binary({}).notFinal()}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.squeeze();
    protocol.receive(last);
    QCOMPARE(protocol.nextEvent().payload.toByteArray(), whole.sliced(Half));
}

QTEST_APPLESS_MAIN(TestWsProtocolLimits)
#include "tst_wsprotocol_limits.moc"
