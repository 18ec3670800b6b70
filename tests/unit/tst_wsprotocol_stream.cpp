// SPDX-License-Identifier: MIT
#include "allocationmeter.h"
#include "deflatetesting.h"
#include "protocoltesting.h"

#include <QtCore/qmap.h>

using namespace DeflateTesting;
using namespace ProtocolTesting;

namespace {
Replay streamed(const WsLimits &limits = {})
{
    Replay replay;
    replay.limits = limits;
    replay.before = streaming;
    return replay;
}

Replay streamedAndDeflated(bool takeover = true)
{
    Replay replay;
    replay.before = [takeover](WsProtocol &protocol) {
        deflating({15, 15, takeover, takeover})(protocol);
        streaming(protocol);
    };
    return replay;
}

WsLimits noRoom()
{
    WsLimits limits;
    limits.maxMessageSize = 0;
    limits.maxFrameSize = 0;
    limits.maxFragments = 1;
    return limits;
}

Frame compressed(const Frame &plain)
{
    Frame frame = plain.compressed();
    frame.payload = RawDeflate().message(plain.payload);
    return frame;
}

// The types of all events that come of \a bytes, with the payload of what is data.
QByteArrayList eventsOf(WsProtocol &protocol, const QByteArray &bytes)
{
    static const QMap<WsEvent::Type, QByteArray> names{
        {WsEvent::Message, "message"},  {WsEvent::MessageStart, "start"},
        {WsEvent::MessageData, "data"}, {WsEvent::MessageEnd, "end"},
        {WsEvent::Ping, "ping"},        {WsEvent::Pong, "pong"},
        {WsEvent::Close, "close"},      {WsEvent::Eof, "eof"},
        {WsEvent::Failure, "failure"}};
    QByteArrayList lines;
    protocol.receive(bytes);
    for (WsEvent event = protocol.nextEvent(); event.type != WsEvent::NeedsBytes;
         event = protocol.nextEvent()) {
        const bool hasPayload = event.type == WsEvent::MessageData || event.type == WsEvent::Message;
        lines += names[event.type] + (hasPayload ? ' ' + event.payload.toByteArray() : QByteArray());
    }
    return lines;
}
} // namespace

// Messages that come, and go, as they are made.
class TestWsProtocolStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // receiving
    void receivesInParts_data();
    void receivesInParts();
    void tellsStartDataAndEnd_data() { addRoleRows(); }
    void tellsStartDataAndEnd();
    void tellsTheTypeOfEachEvent();
    void emptyMessageHasNoData();
    void limitsDoNotCount_data() { addRoleRows(); }
    void limitsDoNotCount();
    void controlFramesComeBetween_data() { addRoleRows(); }
    void controlFramesComeBetween();
    void failsInTheMiddle_data();
    void failsInTheMiddle();
    void inflatesAnySizeInLittleMemory();
    void switchesWithTheNextMessage();
    void limitsCountAgainWhereStreamingEndsInsideAHeader();
    void limitsMayShrinkInsideAHeader();
    void endOfTheBytesComesBehindTheEnd();

    // sending
    void sendsInParts_data() { addRoleRows(); }
    void sendsInParts();
    void sendsNothingOnceClosed_data() { addRoleRows(); }
    void sendsNothingOnceClosed();
    void closeOfThePeerCutsTheMessage();
    void failureCutsTheMessage();
    void pongsGoBetweenTheParts();
};

// --- receiving

void TestWsProtocolStream::receivesInParts_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    QRandomGenerator generator(1);
    const QByteArray json = randomJson(generator, 700);
    const QByteArray noise = randomBytes(generator, 300);
    for (const WsRole role : BothRoles) {
        addRow(role, "plain") << Frames{text(json), binary(noise)}
                              << expectStreamed(Ws::Text, json).thenStreamed(Ws::Binary, noise);
        addRow(role, "plain in fragments")
            << Frames{text(json.first(3)).notFinal(), continuation({}).notFinal(), ping(),
                      continuation(json.mid(3))}
            << expectPing("").thenStreamed(Ws::Text, json);
        addRow(role, "empty") << Frames{text({}), binary({}).notFinal(), continuation({})}
                              << expectStreamed(Ws::Text, "").thenStreamed(Ws::Binary, "");
        addRow(role, "compressed")
            << Frames{compressed(text(json)), binary(noise), compressed(binary(noise))}
            << expectStreamed(Ws::Text, json).thenStreamed(Ws::Binary, noise).thenStreamed(Ws::Binary, noise);
        addRow(role, "compressed and long")
            << Frames{compressed(binary(QByteArray(200000, 'z'))), closing(1000)}
            << expectStreamed(Ws::Binary, QByteArray(200000, 'z')).thenClose(1000);
        addRow(role, "compressed and empty")
            << Frames{text(QByteArray(1, '\0')).compressed()} << expectStreamed(Ws::Text, "");
        const QByteArray bytes = RawDeflate().message(json);
        addRow(role, "compressed in fragments")
            << Frames{text(bytes.first(3)).compressed().notFinal(), pong("a"),
                      continuation(bytes.mid(3)).notFinal(), continuation({})}
            << expectPong("a").thenStreamed(Ws::Text, json);
    }
}

void TestWsProtocolStream::receivesInParts()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    QCOMPARE(outcomeOf(role, frames, streamedAndDeflated()), expected);
    QCOMPARE(outcomeOf(role, frames, streamedAndDeflated(false)), expected);
}

void TestWsProtocolStream::tellsStartDataAndEnd()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    streaming(protocol);
    const QByteArray bytes = fromPeerOf(role, {text("abc").notFinal(), continuation("d")});
    const qsizetype header = role == WsRole::Server ? 6 : 2;
    QCOMPARE(eventsOf(protocol, bytes.first(header - 1)), QByteArrayList());
    QCOMPARE(eventsOf(protocol, bytes.mid(header - 1, 1)), QByteArrayList({"start"}));
    QCOMPARE(eventsOf(protocol, bytes.mid(header, 2)), QByteArrayList({"data ab"}));
    QCOMPARE(eventsOf(protocol, bytes.mid(header + 2, 1)), QByteArrayList({"data c"}));
    QCOMPARE(eventsOf(protocol, bytes.mid(header + 3)), QByteArrayList({"data d", "end"}));
}

void TestWsProtocolStream::tellsTheTypeOfEachEvent()
{
    WsProtocol protocol(WsRole::Client);
    streaming(protocol);
    protocol.receive(fromPeerOf(WsRole::Client, {binary("a"), text("b")}));
    for (const Ws::MessageType type : {Ws::Binary, Ws::Text}) {
        for (const WsEvent::Type expected :
             {WsEvent::MessageStart, WsEvent::MessageData, WsEvent::MessageEnd}) {
            const WsEvent event = protocol.nextEvent();
            QCOMPARE(event.type, expected);
            QCOMPARE(event.messageType, type);
        }
    }
}

void TestWsProtocolStream::emptyMessageHasNoData()
{
    for (const bool deflates : {false, true}) {
        WsProtocol protocol(WsRole::Server);
        streamedAndDeflated().before(protocol);
        const Frame empty = deflates ? text(QByteArray(1, '\0')).compressed() : text({});
        QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {empty})), QByteArrayList({"start", "end"}));
    }
}

void TestWsProtocolStream::limitsDoNotCount()
{
    QFETCH(WsRole, role);
    const Frames frames{text("abc").notFinal(), continuation("def").notFinal(), continuation("ghi"),
                        binary("j")};
    QCOMPARE(outcomeOf(role, frames, streamed(noRoom())),
             expectStreamed(Ws::Text, "abcdefghi").thenStreamed(Ws::Binary, "j"));
    QCOMPARE(outcomeOf(role, {binary("a").declaring(quint64(1) << 62)}, streamed(noRoom())), expectNothing());
    QCOMPARE(outcomeOf(role, {binary("a").declaring(quint64(1) << 63)}, streamed(noRoom())),
             expectFailure(1002));
}

void TestWsProtocolStream::controlFramesComeBetween()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    streaming(protocol);
    const Frames frames{text("a").notFinal(), ping(), continuation("b").notFinal(), closing(1000)};
    QCOMPARE(eventsOf(protocol, fromPeerOf(role, frames)),
             QByteArrayList({"start", "data a", "ping", "data b", "close"}));
}

void TestWsProtocolStream::failsInTheMiddle_data()
{
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<int>("code");
    const QByteArray stored = QByteArray::fromHex("000300fcff616263");
    QTest::newRow("UTF-8") << Frames{text("abc\xff").notFinal()} << 1007;
    QTest::newRow("UTF-8 at the end") << Frames{text("abc\xe2").notFinal(), continuation({})} << 1007;
    QTest::newRow("compressed UTF-8") << Frames{compressed(text("abc\xff"))} << 1007;
    QTest::newRow("garbage") << Frames{text(stored + '\x06').compressed()} << 1007;
    QTest::newRow("truncated") << Frames{text(stored.chopped(1)).compressed()} << 1007;
    QTest::newRow("new message") << Frames{text("abc").notFinal(), text("def")} << 1002;
    QTest::newRow("RSV1") << Frames{text("abc").notFinal(), continuation("def").compressed()} << 1002;
}

void TestWsProtocolStream::failsInTheMiddle()
{
    QFETCH(Frames, frames);
    QFETCH(int, code);
    for (const WsRole role : BothRoles) {
        QCOMPARE(outcomeOf(role, frames, streamedAndDeflated()), expectFailure(code));
        WsProtocol protocol(role);
        streamedAndDeflated().before(protocol);
        const QByteArrayList events = eventsOf(protocol, fromPeerOf(role, frames));
        QCOMPARE(events.first(), QByteArray("start"));
        QCOMPARE(events.last(), QByteArray("failure"));
        QVERIFY(!events.contains("end"));
    }
}

void TestWsProtocolStream::inflatesAnySizeInLittleMemory()
{
    constexpr qsizetype Size = 32 * 1024 * 1024;
    const QByteArray bytes =
        fromPeerOf(WsRole::Server, {binary(RawDeflate(15, 9).message(QByteArray(Size, '\0'))).compressed()});
    WsProtocol protocol(WsRole::Server, noRoom());
    streamedAndDeflated().before(protocol);
    const AllocationMeter meter;
    protocol.receive(bytes);
    qsizetype size = 0;
    WsEvent event = protocol.nextEvent();
    QCOMPARE(event.type, WsEvent::MessageStart);
    for (event = protocol.nextEvent(); event.type == WsEvent::MessageData; event = protocol.nextEvent())
        size += event.payload.size();
    QCOMPARE(event.type, WsEvent::MessageEnd);
    QCOMPARE(size, Size);
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    QVERIFY2(meter.total() < 512 * 1024, QByteArray::number(meter.total()).constData());
}

void TestWsProtocolStream::switchesWithTheNextMessage()
{
    WsProtocol protocol(WsRole::Server);
    QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {text("a").notFinal()})), QByteArrayList());
    protocol.setParts(WsProtocol::Parts::Streamed);
    QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {continuation("b"), text("c").notFinal()})),
             QByteArrayList({"message ab", "start", "data c"}));
    protocol.setParts(WsProtocol::Parts::Whole);
    QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {continuation("d"), text("e")})),
             QByteArrayList({"data d", "end", "message e"}));
}

// The length is looked at before the masking key is there, and would not be again.
void TestWsProtocolStream::limitsCountAgainWhereStreamingEndsInsideAHeader()
{
    WsProtocol protocol(WsRole::Server);
    protocol.setParts(WsProtocol::Parts::Streamed);
    const QByteArray bytes = fromPeerOf(WsRole::Server, {binary({}).declaring(quint64(1) << 40)});
    QCOMPARE(eventsOf(protocol, bytes.chopped(1)), QByteArrayList());
    protocol.setParts(WsProtocol::Parts::Whole);
    QCOMPARE(eventsOf(protocol, bytes.last(1)), QByteArrayList({"failure"}));
    QCOMPARE(protocol.failure().closeCode, Ws::MessageTooBig);
}

void TestWsProtocolStream::limitsMayShrinkInsideAHeader()
{
    WsProtocol protocol(WsRole::Server);
    const QByteArray bytes = fromPeerOf(WsRole::Server, {binary("abc")});
    QCOMPARE(eventsOf(protocol, bytes.first(5)), QByteArrayList());
    WsLimits limits;
    limits.maxMessageSize = 2;
    protocol.setLimits(limits);
    QCOMPARE(eventsOf(protocol, bytes.mid(5)), QByteArrayList({"failure"}));
}

void TestWsProtocolStream::endOfTheBytesComesBehindTheEnd()
{
    for (const bool deflates : {false, true}) {
        WsProtocol protocol(WsRole::Server);
        streamedAndDeflated().before(protocol);
        protocol.receive(
            fromPeerOf(WsRole::Server, {deflates ? compressed(text("a")) : text("a"), text("b").notFinal()}));
        protocol.receiveEof();
        QCOMPARE(eventsOf(protocol, {}),
                 QByteArrayList({"start", "data a", "end", "start", "data b", "eof"}));
        QCOMPARE(protocol.state(), WsProtocol::State::Lost);
    }
}

// --- sending

void TestWsProtocolStream::sendsInParts()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    const quint64 message = protocol.beginMessage(Ws::Text);
    QVERIFY(message != 0);
    QVERIFY(protocol.continueMessage(message, "abc"));
    QVERIFY(protocol.sendMessage(Ws::Text, "behind"));
    QCOMPARE(sentBy(protocol).size(), 1);
    QVERIFY(protocol.continueMessage(message, "def"));
    QVERIFY(protocol.endMessage(message));
    QVERIFY(!protocol.continueMessage(message, "late"));
    QVERIFY(!protocol.endMessage(message));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent[0].payload, QByteArray("def"));
    QVERIFY(sent[0].isFinal && sent[0].opcode == 0x0);
    QCOMPARE(sent[1].payload, QByteArray("behind"));
    QCOMPARE(protocol.outputSize(), 0);
}

void TestWsProtocolStream::sendsNothingOnceClosed()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendFragments(Ws::Text, {"a", "b"}));
    const quint64 message = protocol.beginMessage(Ws::Text);
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    QVERIFY(!protocol.continueMessage(message, "cut off"));
    QVERIFY(!protocol.endMessage(message));
    QCOMPARE(protocol.beginMessage(Ws::Text), quint64(0));
    QVERIFY(!protocol.continueMessage(0, "not into the message that waits"));
    QVERIFY(!protocol.endMessage(0));
    QVERIFY(!protocol.sendFragments(Ws::Text, {"late"}));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 3);
    QCOMPARE(sent[1].payload, QByteArray("b"));
    QCOMPARE(sent[2].opcode, 0x8);
}

void TestWsProtocolStream::closeOfThePeerCutsTheMessage()
{
    WsProtocol protocol(WsRole::Server);
    const quint64 message = protocol.beginMessage(Ws::Text);
    QVERIFY(protocol.continueMessage(message, "a"));
    QCOMPARE(sentBy(protocol).size(), 1);
    QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {closing(1000)})), QByteArrayList({"close"}));
    QVERIFY(!protocol.continueMessage(message, "b"));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].opcode, 0x8);
    QCOMPARE(protocol.outputSize(), 0);
}

void TestWsProtocolStream::failureCutsTheMessage()
{
    WsProtocol protocol(WsRole::Server);
    const quint64 message = protocol.beginMessage(Ws::Text);
    QVERIFY(protocol.continueMessage(message, "a"));
    QVERIFY(protocol.sendMessage(Ws::Text, "behind"));
    protocol.fail(Ws::ErrorKind::Protocol, Ws::ProtocolError, QStringLiteral("enough"));
    QVERIFY(!protocol.endMessage(message));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].opcode, 0x8);
}

void TestWsProtocolStream::pongsGoBetweenTheParts()
{
    WsProtocol protocol(WsRole::Server);
    const quint64 message = protocol.beginMessage(Ws::Text);
    QVERIFY(protocol.continueMessage(message, "a"));
    drain(protocol);
    QCOMPARE(eventsOf(protocol, fromPeerOf(WsRole::Server, {ping("p")})), QByteArrayList({"ping"}));
    QCOMPARE(sentBy(protocol).first().opcode, 0xA);
    QVERIFY(protocol.endMessage(message));
    QVERIFY(sentBy(protocol).first().isFinal);
}

QTEST_APPLESS_MAIN(TestWsProtocolStream)
#include "tst_wsprotocol_stream.moc"
