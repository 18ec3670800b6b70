// SPDX-License-Identifier: MIT
#include "deflatetesting.h"
#include "protocoltesting.h"

using namespace DeflateTesting;
using namespace ProtocolTesting;

namespace {
Replay framed(const WsLimits &limits = {})
{
    Replay replay;
    replay.limits = limits;
    replay.before = framing;
    return replay;
}

Replay framedAndDeflated(bool takeover = true, const WsLimits &limits = {})
{
    Replay replay;
    replay.limits = limits;
    replay.before = [takeover](WsProtocol &protocol) {
        deflating({15, 15, takeover, takeover})(protocol);
        framing(protocol);
    };
    return replay;
}

// A message whose frames can each be inflated by themselves, as WsKit sends them.
Frames flushedFrames(int opcode, const QByteArrayList &parts)
{
    RawDeflate deflate;
    Frames frames;
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const bool isLast = i + 1 == parts.size();
        const QByteArray bytes =
            isLast ? deflate.message(parts[i]) : deflate.deflated(parts[i], Z_SYNC_FLUSH);
        const Frame plain = i == 0 ? frame(opcode, bytes).compressed() : continuation(bytes);
        frames += isLast ? plain : plain.notFinal();
    }
    return frames;
}

WsEvent nextOf(WsProtocol &protocol, WsEvent::Type type)
{
    const WsEvent event = protocol.nextEvent();
    return event.type == type ? event : WsEvent();
}
} // namespace

// Messages that are returned after their frames.
class TestWsProtocolParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void returnsEachFrameBeforeTheMessage_data();
    void returnsEachFrameBeforeTheMessage();
    void returnsEachCompressedFrame_data();
    void returnsEachCompressedFrame();
    void movesACutCharacterToTheNextFrame_data();
    void movesACutCharacterToTheNextFrame();
    void returnsTheFramesBeforeAWrongOne_data();
    void returnsTheFramesBeforeAWrongOne();
    void limitsCountAsForWholeMessages_data();
    void limitsCountAsForWholeMessages();
    void returnsAFrameWhileTheRestIsOnItsWay();
    void switchesWithTheNextMessage();
    void theMessageSharesItsOnlyFrame_data();
    void theMessageSharesItsOnlyFrame();
    void messageSurvivesWhatIsReceivedAfterItsFrame();
    void framesAreViewsOfTheMessage();
    void closeBetweenFrameAndMessageLosesNothing();
};

void TestWsProtocolParts::returnsEachFrameBeforeTheMessage_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    const QByteArray large(100000, 'x');
    for (const WsRole role : BothRoles) {
        addRow(role, "one frame") << Frames{text("hello")}
                                  << Outcome().thenFinalFrame(Ws::Text, "hello", "hello");
        addRow(role, "three frames") << Frames{binary("ab").notFinal(), continuation("cd").notFinal(),
                                               continuation("ef")}
                                     << Outcome()
                                            .thenFrame(Ws::Binary, "ab")
                                            .thenFrame(Ws::Binary, "cd")
                                            .thenFinalFrame(Ws::Binary, "ef", "abcdef");
        addRow(role, "several messages")
            << Frames{text("a"), binary("b").notFinal(), continuation("c"), text("d")}
            << Outcome()
                   .thenFinalFrame(Ws::Text, "a", "a")
                   .thenFrame(Ws::Binary, "b")
                   .thenFinalFrame(Ws::Binary, "c", "bc")
                   .thenFinalFrame(Ws::Text, "d", "d");
        addRow(role, "empty frames") << Frames{text("").notFinal(), continuation("").notFinal(),
                                               continuation("a").notFinal(), continuation("")}
                                     << Outcome()
                                            .thenFrame(Ws::Text, "")
                                            .thenFrame(Ws::Text, "")
                                            .thenFrame(Ws::Text, "a")
                                            .thenFinalFrame(Ws::Text, "", "a");
        addRow(role, "empty messages") << Frames{text(""), binary("").notFinal(), continuation("")}
                                       << Outcome()
                                              .thenFinalFrame(Ws::Text, "", "")
                                              .thenFrame(Ws::Binary, "")
                                              .thenFinalFrame(Ws::Binary, "", "");
        addRow(role, "the last alone is not empty")
            << Frames{binary("").notFinal(), continuation("z")}
            << Outcome().thenFrame(Ws::Binary, "").thenFinalFrame(Ws::Binary, "z", "z");
        addRow(role, "control frames between")
            << Frames{text("a").notFinal(), ping("p"), continuation("b"), closing(1000)}
            << Outcome()
                   .thenFrame(Ws::Text, "a")
                   .thenPing("p")
                   .thenFinalFrame(Ws::Text, "b", "ab")
                   .thenClose(1000);
        addRow(role, "large")
            << Frames{binary(large).notFinal(), continuation(large)}
            << Outcome().thenFrame(Ws::Binary, large).thenFinalFrame(Ws::Binary, large, large + large);
    }
}

void TestWsProtocolParts::returnsEachFrameBeforeTheMessage()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    QCOMPARE(outcomeOf(role, frames, framed()), expected);
}

void TestWsProtocolParts::returnsEachCompressedFrame_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    QRandomGenerator generator(3);
    const QByteArray json = randomJson(generator, 900);
    const QByteArray large = QByteArray(200000, 'q') + randomBytes(generator, 1000);
    const QByteArray whole = RawDeflate().message(json);
    for (const WsRole role : BothRoles) {
        addRow(role, "one frame") << Frames{text(whole).compressed()}
                                  << Outcome().thenFinalFrame(Ws::Text, json, json);
        addRow(role, "flushed") << flushedFrames(0x1, {json.first(100), json.mid(100, 200), json.mid(300)})
                                << Outcome()
                                       .thenFrame(Ws::Text, json.first(100))
                                       .thenFrame(Ws::Text, json.mid(100, 200))
                                       .thenFinalFrame(Ws::Text, json.mid(300), json);
        addRow(role, "flushed and large") << flushedFrames(0x2, {large, "", large})
                                          << Outcome()
                                                 .thenFrame(Ws::Binary, large)
                                                 .thenFrame(Ws::Binary, "")
                                                 .thenFinalFrame(Ws::Binary, large, large + large);
        addRow(role, "empty") << Frames{text(QByteArray(1, '\0')).compressed()}
                              << Outcome().thenFinalFrame(Ws::Text, "", "");
        addRow(role, "the last frame is empty")
            << Frames{text(whole).compressed().notFinal(), continuation("")}
            << Outcome().thenFrame(Ws::Text, json).thenFinalFrame(Ws::Text, "", json);
        addRow(role, "an uncompressed message")
            << Frames{text("plain").notFinal(), continuation("!")}
            << Outcome().thenFrame(Ws::Text, "plain").thenFinalFrame(Ws::Text, "!", "plain!");
    }
}

void TestWsProtocolParts::returnsEachCompressedFrame()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    QCOMPARE(outcomeOf(role, frames, framedAndDeflated()), expected);
    QCOMPARE(outcomeOf(role, frames, framedAndDeflated(false)), expected);
}

void TestWsProtocolParts::movesACutCharacterToTheNextFrame_data()
{
    QTest::addColumn<bool>("isCompressed");
    QTest::addColumn<QByteArrayList>("sent");
    QTest::addColumn<QByteArrayList>("expected");
    const auto addBoth = [](const char *name, const QByteArrayList &sent, const QByteArrayList &expected) {
        QTest::newRow(name) << false << sent << expected;
        QTest::newRow((QByteArray(name) + ", compressed").constData()) << true << sent << expected;
    };
    addBoth("two bytes", {"a\xC3", "\xA9z"}, {"a", "\xC3\xA9z"});
    addBoth("three bytes after one", {"a\xE2", "\x82\xAC"}, {"a", "\xE2\x82\xAC"});
    addBoth("three bytes after two", {"\xE2\x82", "\xAC!"}, {"", "\xE2\x82\xAC!"});
    addBoth("four bytes, one a frame", {"\xF0", "\x9F", "\x98", "\x80"}, {"", "", "", "\xF0\x9F\x98\x80"});
    addBoth("an empty frame within", {"x\xC3", "", "\xA9"}, {"x", "", "\xC3\xA9"});
    addBoth("not cut", {"\xC3\xA9", "\xE2\x82\xAC"}, {"\xC3\xA9", "\xE2\x82\xAC"});
    addBoth("two of them", {"\xC3", "\xA9\xC3", "\xA9"}, {"", "\xC3\xA9", "\xC3\xA9"});
}

void TestWsProtocolParts::movesACutCharacterToTheNextFrame()
{
    QFETCH(bool, isCompressed);
    QFETCH(QByteArrayList, sent);
    QFETCH(QByteArrayList, expected);
    Frames frames;
    for (const QByteArray &part : sent)
        frames += (frames.isEmpty() ? text(part) : continuation(part)).notFinal();
    frames.last().isFinal = true;
    if (isCompressed)
        frames = flushedFrames(0x1, sent);
    Outcome outcome;
    for (const QByteArray &frame : expected.first(expected.size() - 1))
        outcome = std::move(outcome).thenFrame(Ws::Text, frame);
    outcome = std::move(outcome).thenFinalFrame(Ws::Text, expected.last(), sent.join());
    for (const WsRole role : BothRoles)
        QCOMPARE(outcomeOf(role, frames, isCompressed ? framedAndDeflated() : framed()), outcome);
}

void TestWsProtocolParts::returnsTheFramesBeforeAWrongOne_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    for (const WsRole role : BothRoles) {
        const Outcome first = Outcome().thenFrame(Ws::Text, "good");
        addRow(role, "not UTF-8") << Frames{text("good").notFinal(), continuation("ba\xFF")}
                                  << Outcome(first).thenFailure(1007);
        addRow(role, "ends inside a character")
            << Frames{text("good").notFinal(), continuation("\xC3")} << Outcome(first).thenFailure(1007);
        addRow(role, "a reserved opcode")
            << Frames{text("good").notFinal(), frame(0x3)} << Outcome(first).thenFailure(1002);
        addRow(role, "a new message within")
            << Frames{text("good").notFinal(), text("x")} << Outcome(first).thenFailure(1002);
        addRow(role, "the end of the bytes")
            << Frames{text("good").notFinal(), closing()} << Outcome(first).thenClose(Ws::NoStatus);
    }
}

void TestWsProtocolParts::returnsTheFramesBeforeAWrongOne()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    QCOMPARE(outcomeOf(role, frames, framed()), expected);
}

void TestWsProtocolParts::limitsCountAsForWholeMessages_data()
{
    QTest::addColumn<Replay>("replay");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<Outcome>("expected");
    WsLimits limits;
    limits.maxMessageSize = 10;
    limits.maxFrameSize = 8;
    limits.maxFragments = 3;
    const Outcome first = Outcome().thenFrame(Ws::Binary, "123456");
    QTest::newRow("message") << framed(limits) << Frames{binary("123456").notFinal(), continuation("78901")}
                             << Outcome(first).thenFailure(1009);
    QTest::newRow("frame") << framed(limits) << Frames{binary("123456789")} << expectFailure(1009);
    QTest::newRow("fragments")
        << framed(limits)
        << Frames{binary("123456").notFinal(), continuation("").notFinal(), continuation("").notFinal(),
                  continuation("")}
        << Outcome(first).thenFrame(Ws::Binary, "").thenFrame(Ws::Binary, "").thenFailure(1008);
    WsLimits large = limits;
    large.maxFrameSize = 100;
    QTest::newRow("inflated message")
        << framedAndDeflated(true, large) << flushedFrames(0x2, {"123456", "78901"})
        << Outcome(first).thenFailure(1009);
    QTest::newRow("all within") << framed(limits) << Frames{binary("123456").notFinal(), continuation("7890")}
                                << Outcome(first).thenFinalFrame(Ws::Binary, "7890", "1234567890");
}

void TestWsProtocolParts::limitsCountAsForWholeMessages()
{
    QFETCH(Replay, replay);
    QFETCH(Frames, frames);
    QFETCH(Outcome, expected);
    for (const WsRole role : BothRoles)
        QCOMPARE(outcomeOf(role, frames, replay), expected);
}

void TestWsProtocolParts::returnsAFrameWhileTheRestIsOnItsWay()
{
    WsProtocol protocol(WsRole::Server);
    framing(protocol);
    protocol.receive(fromPeerOf(WsRole::Server, {text("now").notFinal()}));
    QCOMPARE(nextOf(protocol, WsEvent::Frame).payload, "now");
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
}

void TestWsProtocolParts::switchesWithTheNextMessage()
{
    WsProtocol protocol(WsRole::Server);
    protocol.receive(fromPeerOf(WsRole::Server, {text("a").notFinal()}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    framing(protocol);
    protocol.receive(fromPeerOf(WsRole::Server, {continuation("b"), text("c").notFinal()}));
    QCOMPARE(nextOf(protocol, WsEvent::Message).payload, "ab");
    QCOMPARE(nextOf(protocol, WsEvent::Frame).payload, "c");
    protocol.setParts(WsProtocol::Parts::Whole);
    protocol.receive(fromPeerOf(WsRole::Server, {continuation("d"), text("e")}));
    QCOMPARE(nextOf(protocol, WsEvent::FinalFrame).payload, "d");
    QCOMPARE(nextOf(protocol, WsEvent::FramedMessage).payload, "cd");
    QCOMPARE(nextOf(protocol, WsEvent::Message).payload, "e");
}

void TestWsProtocolParts::theMessageSharesItsOnlyFrame_data()
{
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<qsizetype>("cut");
    const QByteArray large(300000, 'l');
    QTest::newRow("small") << Frames{binary("small")} << qsizetype(0);
    QTest::newRow("small, followed by another") << Frames{binary("small"), binary("next")} << qsizetype(0);
    QTest::newRow("in pieces") << Frames{binary(large)} << qsizetype(200000);
    QTest::newRow("in pieces of a kind that leaves much room") << Frames{binary(large)} << qsizetype(299000);
    QTest::newRow("after an empty one") << Frames{binary("").notFinal(), continuation("x")} << qsizetype(0);
}

void TestWsProtocolParts::theMessageSharesItsOnlyFrame()
{
    QFETCH(Frames, frames);
    QFETCH(qsizetype, cut);
    WsProtocol protocol(WsRole::Client);
    framing(protocol);
    const QByteArray bytes = fromPeerOf(WsRole::Client, frames);
    protocol.receive(bytes.first(cut));
    (void)protocol.nextEvent();
    protocol.receive(bytes.sliced(cut));
    WsEvent event = protocol.nextEvent();
    while (event.type == WsEvent::Frame)
        event = protocol.nextEvent();
    QCOMPARE(event.type, WsEvent::FinalFrame);
    const QByteArray frame = protocol.frameOf(event);
    QCOMPARE(protocol.nextEvent().type, WsEvent::FramedMessage);
    const QByteArray message = protocol.takePayload();
    QCOMPARE(message, frame);
    QCOMPARE(message.constData(), frame.constData());
    QVERIFY(message.capacity() <= 2 * message.size());
}

// The caller may read more between the two.
void TestWsProtocolParts::messageSurvivesWhatIsReceivedAfterItsFrame()
{
    for (const WsRole role : BothRoles) {
        WsProtocol protocol(role);
        framing(protocol);
        protocol.receive(fromPeerOf(role, {text("first")}));
        QCOMPARE(nextOf(protocol, WsEvent::FinalFrame).payload, "first");
        protocol.receive(fromPeerOf(role, {text("second")}));
        QCOMPARE(nextOf(protocol, WsEvent::FramedMessage).payload, "first");
        QCOMPARE(nextOf(protocol, WsEvent::FinalFrame).payload, "second");
        (void)protocol.takeSpentBytes();
        QCOMPARE(nextOf(protocol, WsEvent::FramedMessage).payload, "second");
    }
}

void TestWsProtocolParts::framesAreViewsOfTheMessage()
{
    WsProtocol protocol(WsRole::Client);
    framing(protocol);
    protocol.receive(fromPeerOf(WsRole::Client, {binary("one").notFinal(), continuation("two")}));
    QCOMPARE(nextOf(protocol, WsEvent::Frame).payload, "one");
    const QByteArrayView frame = nextOf(protocol, WsEvent::FinalFrame).payload;
    QCOMPARE(frame, "two");
    QCOMPARE(nextOf(protocol, WsEvent::FramedMessage).payload.data() + 3, frame.data());
}

void TestWsProtocolParts::closeBetweenFrameAndMessageLosesNothing()
{
    WsProtocol protocol(WsRole::Server);
    framing(protocol);
    protocol.receive(fromPeerOf(WsRole::Server, {text("last"), closing(1000)}));
    QCOMPARE(nextOf(protocol, WsEvent::FinalFrame).payload, "last");
    QVERIFY(protocol.sendClose(1000, {}));
    QCOMPARE(nextOf(protocol, WsEvent::FramedMessage).payload, "last");
    QCOMPARE(protocol.nextEvent().type, WsEvent::Close);
    QCOMPARE(protocol.state(), WsProtocol::State::Closed);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolParts)
#include "tst_wsprotocol_parts.moc"
