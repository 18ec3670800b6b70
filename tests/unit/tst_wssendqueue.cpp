// SPDX-License-Identifier: MIT
#include "deflatetesting.h"
#include "protocoltesting.h"

#include <algorithm>
#include <memory>

using namespace DeflateTesting;
using namespace ProtocolTesting;

namespace {
QByteArray drain(WsSendQueue &queue)
{
    QByteArray bytes;
    while (!queue.output().isEmpty()) {
        bytes += queue.output().piece(0);
        queue.output().consume(queue.output().piece(0).size());
    }
    return bytes;
}

QByteArrayList linesOf(const QList<SentFrame> &frames)
{
    QByteArrayList lines;
    for (const SentFrame &sent : frames) {
        QByteArray line = sent.opcode == 0x0   ? "continuation "
                          : sent.opcode == 0x1 ? "text "
                          : sent.opcode == 0x2 ? "binary "
                          : sent.opcode == 0x8 ? "close "
                          : sent.opcode == 0x9 ? "ping "
                          : sent.opcode == 0xA ? "pong "
                                               : "broken ";
        line += described(sent.payload);
        lines += line + (sent.isFinal ? "" : " ...") + (sent.rsv ? " compressed" : "");
    }
    return lines;
}

QByteArrayList sent(WsSendQueue &queue)
{
    return linesOf(framesIn(drain(queue)));
}

WsDeflateSending sending(bool takeover = true, qsizetype threshold = 0)
{
    return {{6, 8, 15}, threshold, takeover};
}

// The messages that an independent inflater reads out of frames, whatever is between them.
QByteArrayList inflatedMessages(const QList<SentFrame> &frames, bool takeover = true)
{
    auto inflate = std::make_unique<RawInflate>();
    QByteArrayList messages;
    QByteArray payload;
    bool isCompressed = false;
    for (const SentFrame &frame : frames) {
        if (frame.opcode >= 0x8)
            continue;
        isCompressed = frame.opcode == 0 ? isCompressed : frame.rsv == 4;
        payload += frame.payload;
        if (!frame.isFinal)
            continue;
        messages += isCompressed ? inflate->message(payload) : payload;
        payload.clear();
        if (!takeover)
            inflate = std::make_unique<RawInflate>();
    }
    return messages;
}
} // namespace

class TestWsSendQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // how much is not sent yet
    void messagesThatAreNotEncodedAreCounted();
    void messagesThatTheCloseDropsAreCounted();
    // order
    void wholeMessageIsEncodedAtOnce();
    void messagesWaitBehindAnOpenOne();
    void severalOpenMessagesGoInTheirOrder();
    void messageThatWaitsDoesNotKeepRoom();
    void fittingLeavesOpenMessagesAsTheyAre();
    void openMessageOfNothingIsAnEmptyMessage_data();
    void openMessageOfNothingIsAnEmptyMessage();
    void eachFragmentHasAFrame();
    void fragmentsOfNothingAreAnEmptyMessage();
    void controlFramesGoBetweenFragments();
    void fragmentsAreMadeWhenTheOutputRunsShort();
    void piecesThatAreWrittenTogetherShareAFrame();
    void messageIsSplit();
    void largeFragmentsAreNotCopied_data();
    void largeFragmentsAreNotCopied();
    void pieceIsSplit();

    // the end
    void closeGoesBehindWhatWaits();
    void closeCutsAMessageThatHasBegun();
    void closeForgetsAMessageThatHasNotBegun();
    void finishedMessageTakesNothing();
    void unknownMessageTakesNothing();
    void cutDropsWhatWaits();
    void discardDropsEverything();
    void exceptionLeavesNothingForTheNextMessage_data();
    void exceptionLeavesNothingForTheNextMessage();

    // size
    void sizeComesBackToZero_data();
    void sizeComesBackToZero();
    void sizeCountsWhatWaits();
    void sizeForgetsWhatTheCloseCuts();
    void emptyMessagesThatWaitCount();

    // compressed
    void compressesFromTheThresholdOn();
    void messageThatDoesNotShrinkGoesPlain_data();
    void messageThatDoesNotShrinkGoesPlain();
    void largeMessageIsCompressedWhole();
    void onlyTheFirstFrameHasRsv1();
    void openMessageCanBeInflatedAsItGoes();
    void noFragmentIsLongerThanAskedFor();
    void preparedMessagesKeepTheContextsTogether_data();
    void preparedMessagesKeepTheContextsTogether();
    void preparedMessageThatDoesNotShrinkLeavesTheContext();
    void withoutTakeoverEachMessageStandsAlone();
    void cutMessageLeavesNothingToTheNextOfTheThread();

private:
    void askAnything(WsSendQueue &queue, QRandomGenerator &generator, QList<quint64> *open);
};

// --- order

void TestWsSendQueue::wholeMessageIsEncodedAtOnce()
{
    WsSendQueue queue(WsRole::Server);
    queue.send(Ws::Text, "a");
    queue.sendControl(WsOpcode::Ping, "b");
    queue.send(Ws::Binary, "c");
    QCOMPARE(queue.encoded().size(), 9);
    QCOMPARE(sent(queue), QByteArrayList({"text 'a'", "ping 'b'", "binary 'c'"}));
}

void TestWsSendQueue::messagesWaitBehindAnOpenOne()
{
    WsSendQueue queue(WsRole::Client);
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, "a"));
    queue.send(Ws::Binary, "b");
    queue.send(WsPreparedMessage::text("c"));
    queue.sendFragments(Ws::Text, {"d", "e"});
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ..."}));
    QVERIFY(queue.append(open, "f"));
    QCOMPARE(sent(queue), QByteArrayList({"continuation 'f' ..."}));
    QVERIFY(queue.finish(open));
    QCOMPARE(sent(queue), QByteArrayList({"continuation ''", "binary 'b'", "text 'c'", "text 'd' ...",
                                          "continuation 'e'"}));
}

void TestWsSendQueue::severalOpenMessagesGoInTheirOrder()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 first = queue.openMessage(Ws::Text);
    const quint64 second = queue.openMessage(Ws::Binary);
    const quint64 third = queue.openMessage(Ws::Text);
    QVERIFY(first != second && second != third && first != 0);
    QVERIFY(queue.append(third, "3"));
    QVERIFY(queue.append(second, "2"));
    QVERIFY(queue.finish(third));
    QVERIFY(sent(queue).isEmpty());
    QVERIFY(queue.append(first, "1"));
    QVERIFY(queue.finish(first));
    QCOMPARE(sent(queue), QByteArrayList({"text '1'", "binary '2' ..."}));
    QVERIFY(queue.finish(second));
    QCOMPARE(sent(queue), QByteArrayList({"continuation ''", "text '3'"}));
}

// Whoever does not read would otherwise keep what the application has reserved.
void TestWsSendQueue::messageThatWaitsDoesNotKeepRoom()
{
    WsSendQueue queue(WsRole::Server);
    queue.setFragmentSize(1000);
    QByteArray message(20'000, 'm');
    message.reserve(1'000'000);
    queue.send(Ws::Binary, message); // which waits to be divided
    QVERIFY(!message.isDetached());
    queue.fit();
    QVERIFY(message.isDetached());
    QByteArray received;
    const QList<SentFrame> frames = framesIn(drain(queue));
    for (const SentFrame &frame : frames)
        received += frame.payload;
    QCOMPARE(received, message);
}

void TestWsSendQueue::fittingLeavesOpenMessagesAsTheyAre()
{
    WsSendQueue queue(WsRole::Server);
    queue.fit(); // of nothing
    const quint64 open = queue.openMessage(Ws::Text);
    queue.fit(); // of a message that has no byte yet
    QVERIFY(queue.append(open, "a"));
    queue.fit();
    QVERIFY(queue.append(open, "b"));
    QVERIFY(queue.finish(open));
    queue.fit();
    QCOMPARE(sent(queue), (QByteArrayList{"text 'ab'"}));
}

void TestWsSendQueue::openMessageOfNothingIsAnEmptyMessage_data()
{
    QTest::addColumn<bool>("deflates");
    QTest::addColumn<QByteArrayList>("frames");
    QTest::newRow("plain") << false << QByteArrayList{"text ''"};
    QTest::newRow("compressed") << true << QByteArrayList{"text '\\x00' compressed"};
}

void TestWsSendQueue::openMessageOfNothingIsAnEmptyMessage()
{
    QFETCH(bool, deflates);
    WsSendQueue queue(WsRole::Server);
    if (deflates)
        queue.setDeflate(sending());
    for (int round = 0; round < 2; ++round) {
        const quint64 open = queue.openMessage(Ws::Text);
        QVERIFY(queue.append(open, {}));
        QVERIFY(sent(queue).isEmpty());
        QVERIFY(queue.finish(open));
        QTEST(sent(queue), "frames");
        QCOMPARE(queue.size(), 0);
    }
}

void TestWsSendQueue::eachFragmentHasAFrame()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {"a", "", "b", ""});
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ...", "continuation '' ...", "continuation 'b' ...",
                                          "continuation ''"}));
    queue.sendFragments(Ws::Binary, {"c"});
    QCOMPARE(sent(queue), QByteArrayList({"binary 'c'"}));
}

void TestWsSendQueue::fragmentsOfNothingAreAnEmptyMessage()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {});
    QCOMPARE(sent(queue), QByteArrayList({"text ''"}));
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::controlFramesGoBetweenFragments()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Binary, QByteArrayList(10, QByteArray(40000, 'a')));
    queue.output();
    queue.sendControl(WsOpcode::Ping, "now");
    const QByteArrayList lines = sent(queue);
    QCOMPARE(lines.size(), 11);
    QCOMPARE(lines.indexOf("ping 'now'"), 2); // behind what a write is busy with
}

void TestWsSendQueue::fragmentsAreMadeWhenTheOutputRunsShort()
{
    WsSendQueue queue(WsRole::Client);
    queue.setFragmentSize(10000);
    queue.send(Ws::Binary, QByteArray(1000000, 'a'));
    QCOMPARE(queue.encoded().size(), 0);
    while (!queue.output().isEmpty()) {
        QVERIFY(queue.encoded().size() < 64 * 1024 + 10014);
        queue.output().consume(qMin<qint64>(1000, queue.encoded().size()));
    }
}

void TestWsSendQueue::piecesThatAreWrittenTogetherShareAFrame()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 open = queue.openMessage(Ws::Binary);
    for (int i = 0; i < 1000; ++i)
        QVERIFY(queue.append(open, QByteArray(100, 'a')));
    QVERIFY(queue.finish(open));
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(frames.size(), 2);
    QCOMPARE(frames[0].payload.size(), 64 * 1024);
    QCOMPARE(frames[0].payload.size() + frames[1].payload.size(), 100000);
}

void TestWsSendQueue::messageIsSplit()
{
    WsSendQueue queue(WsRole::Client);
    queue.setFragmentSize(3);
    queue.send(Ws::Text, "abcdefg");
    queue.send(Ws::Text, "abc");
    QCOMPARE(sent(queue),
             QByteArrayList({"text 'abc' ...", "continuation 'def' ...", "continuation 'g'", "text 'abc'"}));
    queue.send(WsPreparedMessage::text("abcdef"));
    QCOMPARE(sent(queue), QByteArrayList({"text 'abc' ...", "continuation 'def'"}));
}

void TestWsSendQueue::largeFragmentsAreNotCopied_data()
{
    QTest::addColumn<bool>("isServer");
    QTest::newRow("server") << true;
    QTest::newRow("client, which masks") << false;
}

void TestWsSendQueue::largeFragmentsAreNotCopied()
{
    QFETCH(bool, isServer);
    WsSendQueue queue(isServer ? WsRole::Server : WsRole::Client);
    queue.setFragmentSize(64 * 1024);
    const QByteArray payload = QByteArray(100 * 1024, 'a') + QByteArray(50 * 1024, 'b');
    queue.send(Ws::Text, payload);
    QByteArray sent;
    int sharedCount = 0;
    while (!queue.output().isEmpty()) {
        const QByteArrayView piece = queue.output().piece(0);
        sharedCount += piece.data() >= payload.cbegin() && piece.data() < payload.cend();
        sent += piece;
        queue.output().consume(piece.size());
    }
    QCOMPARE(sharedCount, isServer ? 3 : 0);
    const QList<SentFrame> frames = framesIn(sent);
    QCOMPARE(linesOf(frames).size(), 3);
    QVERIFY(frames[0].opcode == 0x1 && frames[1].opcode == 0x0 && frames[2].opcode == 0x0);
    QVERIFY(!frames[0].isFinal && !frames[1].isFinal && frames[2].isFinal);
    QCOMPARE(frames[0].payload + frames[1].payload + frames[2].payload, payload);
}

void TestWsSendQueue::pieceIsSplit()
{
    WsSendQueue queue(WsRole::Server);
    queue.setFragmentSize(3);
    queue.sendFragments(Ws::Text, {"abcd", "", "e"});
    QCOMPARE(sent(queue), QByteArrayList({"text 'abc' ...", "continuation 'd' ...", "continuation '' ...",
                                          "continuation 'e'"}));
    QCOMPARE(queue.size(), 0);
}

// --- the end

void TestWsSendQueue::closeGoesBehindWhatWaits()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {"a", "b"});
    queue.send(Ws::Text, "c");
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, "d"));
    QVERIFY(queue.finish(open));
    queue.sendClose("\x03\xe8");
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ...", "continuation 'b'", "text 'c'", "text 'd'",
                                          "close '\\x03\\xe8'"}));
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::closeCutsAMessageThatHasBegun()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, "a"));
    queue.output();
    QVERIFY(queue.append(open, "b"));
    queue.send(Ws::Text, "lost");
    queue.sendClose({});
    QVERIFY(!queue.append(open, "c"));
    QVERIFY(!queue.finish(open));
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ...", "close ''"}));
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::closeForgetsAMessageThatHasNotBegun()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {"a", "b"});
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, "forgotten"));
    queue.send(Ws::Text, "c");
    queue.sendClose({});
    QVERIFY(!queue.append(open, "late"));
    QVERIFY(!queue.finish(open));
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ...", "continuation 'b'", "text 'c'", "close ''"}));
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::finishedMessageTakesNothing()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 first = queue.openMessage(Ws::Text);
    const quint64 second = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(second, "a"));
    QVERIFY(queue.finish(second));
    QVERIFY(!queue.append(second, "b")); // it still waits
    QVERIFY(!queue.finish(second));
    QVERIFY(queue.finish(first));
    QCOMPARE(sent(queue), QByteArrayList({"text ''", "text 'a'"}));
    QVERIFY(!queue.append(second, "b"));
    QCOMPARE(queue.size(), 0);
}

// 0 is what WsProtocol::beginMessage() returns for none, and what whole messages have.
void TestWsSendQueue::unknownMessageTakesNothing()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {"a", "b"});
    for (const quint64 unknown : {quint64(0), quint64(1), quint64(100)}) {
        QVERIFY(!queue.append(unknown, "c"));
        QVERIFY(!queue.finish(unknown));
    }
    QCOMPARE(sent(queue), QByteArrayList({"text 'a' ...", "continuation 'b'"}));
}

void TestWsSendQueue::cutDropsWhatWaits()
{
    WsSendQueue queue(WsRole::Server);
    queue.send(Ws::Text, "encoded");
    queue.sendFragments(Ws::Text, {"a", "b"});
    queue.sendClose({});
    queue.cut();
    QCOMPARE(queue.size(), queue.encoded().size());
    QCOMPARE(sent(queue), QByteArrayList({"text 'encoded'"}));
}

void TestWsSendQueue::discardDropsEverything()
{
    WsSendQueue queue(WsRole::Server);
    queue.send(Ws::Text, "a");
    queue.sendFragments(Ws::Text, {"b"});
    queue.discard();
    QCOMPARE(queue.size(), 0);
    QVERIFY(sent(queue).isEmpty());
}

void TestWsSendQueue::exceptionLeavesNothingForTheNextMessage_data()
{
    QTest::addColumn<bool>("isFragment");
    QTest::newRow("message") << false;
    QTest::newRow("fragment") << true;
}

// Messages are compressed in memory that all connections of a thread share, and what the peer did not get is
// not in its window.
void TestWsSendQueue::exceptionLeavesNothingForTheNextMessage()
{
    QFETCH(const bool, isFragment);
    WsSendQueue queue(WsRole::Client);
    queue.setDeflate(sending());
    bool throws = true;
    queue.setMaskGenerator(std::make_shared<const std::function<WsMaskingKey()>>([&throws] {
        if (std::exchange(throws, false))
            throw std::bad_alloc();
        return WsMaskingKey(7);
    }));
    const QByteArray secret = QByteArray("what nobody else may see ").repeated(10);
    if (isFragment)
        QVERIFY_THROWS_EXCEPTION(std::bad_alloc, queue.sendFragments(Ws::Text, {secret, secret}),
                                 (void)queue.output());
    else
        QVERIFY_THROWS_EXCEPTION(std::bad_alloc, queue.send(Ws::Text, secret));
    WsSendQueue other(WsRole::Client);
    other.setDeflate(sending());
    for (WsSendQueue *const next : {&other, &queue}) {
        next->discard();
        next->send(Ws::Text, secret);
        QCOMPARE(inflatedMessages(framesIn(drain(*next))), QByteArrayList({secret}));
    }
}

// --- size

void TestWsSendQueue::sizeComesBackToZero_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<bool>("deflates");
    QTest::addColumn<qsizetype>("fragmentSize");
    for (const WsRole role : BothRoles) {
        for (const bool deflates : {false, true}) {
            for (const qsizetype size : {0, 1, 100, 50000})
                addRow(role,
                       (deflates ? "compressed, fragments of " : "fragments of ") + QByteArray::number(size))
                    << deflates << size;
        }
    }
}

// One of all that can be asked of a queue; \a open are the messages that are not finished.
void TestWsSendQueue::askAnything(WsSendQueue &queue, QRandomGenerator &generator, QList<quint64> *open)
{
    const QByteArray bytes = randomJson(generator, generator.bounded(generator.bounded(20) ? 200 : 70000));
    const quint64 one = open->isEmpty() ? 0 : open->at(generator.bounded(int(open->size())));
    switch (generator.bounded(8)) {
    case 0:
        return queue.send(Ws::Text, bytes);
    case 1:
        return queue.send(WsPreparedMessage::text(bytes));
    case 2:
        return queue.sendFragments(Ws::Text, {bytes, "", bytes.left(10), ""});
    case 3:
        open->append(queue.openMessage(Ws::Binary));
        return;
    case 4:
        QCOMPARE(queue.append(one, bytes), one != 0);
        return;
    case 5:
        QCOMPARE(queue.finish(one), one != 0);
        open->removeOne(one);
        return;
    case 6:
        return queue.sendControl(WsOpcode::Ping, "a");
    default:
        queue.output().consume(generator.bounded(1 + int(queue.output().size())));
    }
}

void TestWsSendQueue::sizeComesBackToZero()
{
    QFETCH(WsRole, role);
    QFETCH(bool, deflates);
    QFETCH(qsizetype, fragmentSize);
    QRandomGenerator generator(3);
    for (int round = 0; round < 30; ++round) {
        WsSendQueue queue(role);
        queue.setFragmentSize(fragmentSize);
        if (deflates)
            queue.setDeflate(sending(round % 2, round % 3 * 50));
        QList<quint64> open;
        for (int step = 0; step < 30; ++step) {
            askAnything(queue, generator, &open);
            QVERIFY(queue.size() >= queue.encoded().size());
        }
        if (round % 4 == 0)
            queue.sendClose({});
        else
            std::for_each(open.cbegin(), open.cend(), [&queue](quint64 one) { queue.finish(one); });
        drain(queue);
        QCOMPARE(queue.size(), 0);
    }
}

void TestWsSendQueue::sizeCountsWhatWaits()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, QByteArray(1000, 'a')));
    QCOMPARE(queue.size(), 1000);
    queue.output();
    QCOMPARE(queue.size(), 1004);
    queue.output().consume(1004);
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::sizeForgetsWhatTheCloseCuts()
{
    WsSendQueue queue(WsRole::Server);
    queue.sendFragments(Ws::Text, {"a", "b"});
    const qint64 before = queue.size();
    const quint64 open = queue.openMessage(Ws::Text);
    QVERIFY(queue.append(open, QByteArray(1000, 'a')));
    queue.sendClose({});
    QCOMPARE(queue.size(), before);
}

void TestWsSendQueue::emptyMessagesThatWaitCount()
{
    WsSendQueue queue(WsRole::Server);
    const quint64 open = queue.openMessage(Ws::Text);
    for (int i = 0; i < 100; ++i)
        queue.send(Ws::Text, {});
    QVERIFY(queue.size() >= 100 * 32);
    QVERIFY(queue.finish(open));
    QCOMPARE(sent(queue).size(), 101);
    QCOMPARE(queue.size(), 0);
}

// --- compressed

void TestWsSendQueue::compressesFromTheThresholdOn()
{
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending(true, 100));
    for (const qsizetype size : {0, 99, 100})
        queue.send(Ws::Text, QByteArray(size, 'a'));
    queue.sendFragments(Ws::Text, {QByteArray(50, 'a'), QByteArray(49, 'a')});
    queue.sendFragments(Ws::Text, {QByteArray(50, 'a'), QByteArray(50, 'a')});
    QList<int> bits;
    for (const SentFrame &frame : framesIn(drain(queue)))
        bits += frame.rsv;
    QCOMPARE(bits, QList<int>({0, 0, 4, 0, 0, 4, 0}));
}

void TestWsSendQueue::messageThatDoesNotShrinkGoesPlain_data()
{
    QTest::addColumn<bool>("takeover");
    QTest::newRow("takeover") << true;
    QTest::newRow("no takeover") << false;
}

void TestWsSendQueue::messageThatDoesNotShrinkGoesPlain()
{
    QFETCH(bool, takeover);
    QRandomGenerator generator(4);
    const QByteArray json = randomJson(generator, 500);
    const QByteArray noise = randomBytes(generator, 500);
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending(takeover));
    const QByteArrayList messages{json, noise, json, "a", noise, json};
    for (const QByteArray &message : messages)
        queue.send(Ws::Binary, message);
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(inflatedMessages(frames, takeover), messages);
    for (qsizetype i = 0; i < frames.size(); ++i)
        QCOMPARE(frames[i].rsv, messages[i] == json ? 4 : 0);
}

void TestWsSendQueue::largeMessageIsCompressedWhole()
{
    QRandomGenerator generator(9);
    const QByteArrayList messages{randomBytes(generator, 300000) + QByteArray(300000, 'a'), "small enough",
                                  "small enough"};
    WsSendQueue queue(WsRole::Client);
    queue.setDeflate(sending());
    for (const QByteArray &message : messages)
        queue.send(Ws::Binary, message);
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(frames.size(), 3);
    QVERIFY(frames[0].payload.size() < 310000);
    QVERIFY(inflatedMessages(frames) == messages);
}

void TestWsSendQueue::onlyTheFirstFrameHasRsv1()
{
    QRandomGenerator generator(5);
    WsSendQueue queue(WsRole::Client);
    queue.setDeflate(sending());
    const QByteArrayList fragments{randomJson(generator, 100), randomJson(generator, 100), "",
                                   randomJson(generator, 9)};
    queue.sendFragments(Ws::Text, fragments);
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(inflatedMessages(frames), QByteArrayList{fragments.join()});
    for (const SentFrame &frame : frames) {
        QCOMPARE(frame.rsv, frame.opcode == 0x1 ? 4 : 0);
        QCOMPARE(frame.opcode, &frame == &frames.first() ? 0x1 : 0x0);
        QCOMPARE(frame.isFinal, &frame == &frames.last());
    }
}

void TestWsSendQueue::openMessageCanBeInflatedAsItGoes()
{
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending());
    RawInflate inflate;
    const quint64 open = queue.openMessage(Ws::Text);
    for (const char *piece : {"one", "two", "three"}) {
        QVERIFY(queue.append(open, piece));
        const QList<SentFrame> frames = framesIn(drain(queue));
        QCOMPARE(frames.size(), 1);
        QCOMPARE(inflate.inflated(frames.first().payload), QByteArray(piece));
    }
    QVERIFY(queue.finish(open));
    QCOMPARE(sent(queue), QByteArrayList({"continuation '\\x00'"}));
}

// What cannot be compressed stays in zlib for a long time, and then comes at once.
void TestWsSendQueue::noFragmentIsLongerThanAskedFor()
{
    QRandomGenerator generator(6);
    const QByteArray noise = randomBytes(generator, 100000);
    WsSendQueue queue(WsRole::Server);
    queue.setFragmentSize(1000);
    queue.setDeflate(sending());
    queue.send(Ws::Binary, noise);
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(inflatedMessages(frames), QByteArrayList{noise});
    for (const SentFrame &frame : frames) {
        QVERIFY2(frame.payload.size() <= 1000, QByteArray::number(frame.payload.size()).constData());
        QCOMPARE(frame.isFinal, &frame == &frames.last());
    }
    QCOMPARE(queue.size(), 0);
}

void TestWsSendQueue::preparedMessagesKeepTheContextsTogether_data()
{
    messageThatDoesNotShrinkGoesPlain_data();
}

void TestWsSendQueue::preparedMessagesKeepTheContextsTogether()
{
    QFETCH(bool, takeover);
    QRandomGenerator generator(7);
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending(takeover));
    QByteArrayList messages;
    for (int i = 0; i < 40; ++i) {
        messages += generator.bounded(4) ? randomJson(generator, 300) : randomBytes(generator, 50);
        if (generator.bounded(2))
            queue.send(Ws::Binary, messages.last());
        else
            queue.send(WsPreparedMessage::binary(messages.last()));
    }
    const QList<SentFrame> frames = framesIn(drain(queue));
    QVERIFY(std::any_of(frames.begin(), frames.end(), [](const SentFrame &frame) { return frame.rsv == 4; }));
    QCOMPARE(inflatedMessages(frames, takeover), messages);
}

void TestWsSendQueue::preparedMessageThatDoesNotShrinkLeavesTheContext()
{
    QRandomGenerator generator(8);
    const QByteArray json = randomJson(generator, 500);
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending());
    queue.send(Ws::Text, json);
    queue.send(WsPreparedMessage::binary(randomBytes(generator, 500)));
    queue.send(Ws::Text, json);
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(frames[1].rsv, 0);
    QVERIFY(frames[2].payload.size() < 20); // refers to the first
}

void TestWsSendQueue::withoutTakeoverEachMessageStandsAlone()
{
    WsSendQueue queue(WsRole::Server);
    queue.setDeflate(sending(false));
    const QByteArray message(300, 'a');
    for (int i = 0; i < 3; ++i)
        queue.send(Ws::Text, message);
    queue.sendFragments(Ws::Text, {message.left(100), message.mid(100)});
    const QList<SentFrame> frames = framesIn(drain(queue));
    QCOMPARE(inflatedMessages(frames, false), QByteArrayList(4, message));
    QCOMPARE(frames[0].payload, frames[2].payload);
}

void TestWsSendQueue::cutMessageLeavesNothingToTheNextOfTheThread()
{
    const QByteArray message = "a message that another queue has compressed in parts";
    WsSendQueue first(WsRole::Server);
    first.setDeflate(sending(false));
    const quint64 open = first.openMessage(Ws::Text);
    QVERIFY(first.append(open, message));
    first.output();
    first.cut();
    WsSendQueue second(WsRole::Server);
    second.setDeflate(sending(false));
    second.sendFragments(Ws::Text, {message, message});
    QCOMPARE(inflatedMessages(framesIn(drain(second)), false), QByteArrayList{message + message});
}

void TestWsSendQueue::messagesThatAreNotEncodedAreCounted()
{
    WsSendQueue queue(WsRole::Server);
    queue.send(Ws::Text, "1");
    QCOMPARE(queue.unencodedCount(), 0);
    queue.sendFragments(Ws::Text, {"2", "2"});
    QCOMPARE(queue.unencodedCount(), 1);
    queue.output();
    QCOMPARE(queue.unencodedCount(), 0);
    const quint64 open = queue.openMessage(Ws::Text);
    queue.append(open, "3");
    queue.send(Ws::Text, "4");
    QCOMPARE(queue.unencodedCount(), 1); // without the one that is not finished
    queue.finish(open);
    QCOMPARE(queue.unencodedCount(), 0);
}

void TestWsSendQueue::messagesThatTheCloseDropsAreCounted()
{
    WsSendQueue queue(WsRole::Server);
    queue.append(queue.openMessage(Ws::Text), "begun");
    queue.output();
    queue.send(Ws::Text, "1");
    queue.send(Ws::Text, "2");
    queue.sendClose({});
    QCOMPARE(queue.droppedCount(), 2);
    // Those behind one that has not begun are sent.
    WsSendQueue other(WsRole::Server);
    other.openMessage(Ws::Text);
    other.send(Ws::Text, "1");
    other.sendClose({});
    QCOMPARE(other.droppedCount(), 0);
    QCOMPARE(sent(other), QByteArrayList({"text '1'", "close ''"}));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsSendQueue)
#include "tst_wssendqueue.moc"
