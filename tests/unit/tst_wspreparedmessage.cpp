// SPDX-License-Identifier: MIT
#include "protocol/wspreparedmessage_p.h"

#include "deflatetesting.h"
#include "protocoltesting.h"

#include <QtCore/qthread.h>

#include <atomic>
#include <memory>
#include <vector>

using namespace DeflateTesting;
using namespace ProtocolTesting;

class TestWsPreparedMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaultConstructedIsNull();
    void textThatIsNotUtf8IsNull();
    void holdsTheMessage();
    void holdsOneUnmaskedFrame_data();
    void holdsOneUnmaskedFrame();
    void isShared();
    void nullIsNotSent();
    void serverSharesALargePayload();
    void serverCopiesASmallFrame();
    void clientMasksItWithANewKeyEachTime();
    void isSplitByFragmentSize_data() { addRoleRows(); }
    void isSplitByFragmentSize();
    void isNotSplitAtFragmentSize();
    void isNotSentAfterClose_data() { addRoleRows(); }
    void isNotSentAfterClose();
    void isCompressedOnceForEachSetOfParameters();
    void isPlainWhereItDoesNotShrink();
    void connectionsShareWhatIsCompressed();
    void clientCompressesItByItsOwnContext();
    void threadsShareWhatIsCompressed();
    void formsOfAllParametersAreShared();
    void whatWaitsHasTheFormOfItsConnectionAlone();
    void connectionsForWhichItWaitsShareIt_data();
    void connectionsForWhichItWaitsShareIt();
};

void TestWsPreparedMessage::defaultConstructedIsNull()
{
    const WsPreparedMessage message;
    QVERIFY(message.isNull());
    QCOMPARE(message.message(), WsMessage());
    QCOMPARE(message.size(), 0);
}

void TestWsPreparedMessage::textThatIsNotUtf8IsNull()
{
    QVERIFY(WsPreparedMessage::text("\xFF").isNull());
    QVERIFY(WsPreparedMessage::text(QByteArray("\xE2\x82")).isNull());
    QVERIFY(!WsPreparedMessage::binary(QByteArray("\xFF")).isNull());
}

void TestWsPreparedMessage::holdsTheMessage()
{
    QCOMPARE(WsPreparedMessage::text(QStringLiteral("\u00e9")).message(), WsMessage::text("\u00e9"));
    QCOMPARE(WsPreparedMessage::text(QByteArray("a")).message(), WsMessage::text("a"));
    QCOMPARE(WsPreparedMessage::text("\u00e9").size(), 2);
    QCOMPARE(WsPreparedMessage::text("a").message(), WsMessage::text("a"));
    QCOMPARE(WsPreparedMessage::binary("\xFF").message(), WsMessage::binary("\xFF"));
    QCOMPARE(WsPreparedMessage(WsMessage::text("a")).message(), WsMessage::text("a"));
}

void TestWsPreparedMessage::holdsOneUnmaskedFrame_data()
{
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : {0, 1, 125, 126, 127, 65535, 65536})
        QTest::newRow(numbered("", size).constData()) << size;
}

void TestWsPreparedMessage::holdsOneUnmaskedFrame()
{
    QFETCH(qsizetype, size);
    const QByteArray payload(size, 'a');
    // What is large is not kept twice: the payload is in the message.
    const QByteArray rest = size >= WsOutput::ShareFrom ? payload : QByteArray();
    QCOMPARE(WsPreparedFrame::of(WsPreparedMessage::text(payload)) + rest,
             fromPeerOf(WsRole::Client, {text(payload)}));
    QCOMPARE(WsPreparedFrame::of(WsPreparedMessage::binary(payload)) + rest,
             fromPeerOf(WsRole::Client, {binary(payload)}));
}

void TestWsPreparedMessage::isShared()
{
    const WsPreparedMessage message = WsPreparedMessage::text("shared");
    WsPreparedMessage copy = message;
    QCOMPARE(static_cast<const void *>(WsPreparedFrame::of(copy).constData()),
             static_cast<const void *>(WsPreparedFrame::of(message).constData()));
    const WsPreparedMessage moved = std::move(copy);
    QCOMPARE(moved.message(), WsMessage::text("shared"));
    WsPreparedMessage assigned;
    assigned = moved;
    QCOMPARE(assigned.message(), WsMessage::text("shared"));
    assigned = WsPreparedMessage::binary("other");
    QCOMPARE(assigned.message(), WsMessage::binary("other"));
}

void TestWsPreparedMessage::nullIsNotSent()
{
    WsProtocol protocol(WsRole::Server);
    QVERIFY(!protocol.send(WsPreparedMessage()));
    QVERIFY(protocol.output().isEmpty());
    QCOMPARE(protocol.state(), WsProtocol::State::Open);
}

void TestWsPreparedMessage::serverSharesALargePayload()
{
    const WsPreparedMessage message = WsPreparedMessage::binary(QByteArray(WsOutput::ShareFrom, 'a'));
    WsProtocol one(WsRole::Server);
    WsProtocol two(WsRole::Server);
    QVERIFY(one.send(message));
    QVERIFY(two.send(message));
    QCOMPARE(one.output().pieceCount(), 2);
    const WsMessage plain = message.message();
    const void *const shared = plain.data().constData();
    QCOMPARE(static_cast<const void *>(one.output().piece(1).data()), shared);
    QCOMPARE(static_cast<const void *>(two.output().piece(1).data()), shared);
    const QByteArray sent = drain(one);
    QCOMPARE(sent, fromPeerOf(WsRole::Client, {binary(plain.data())}));
}

void TestWsPreparedMessage::serverCopiesASmallFrame()
{
    WsProtocol protocol(WsRole::Server);
    QVERIFY(protocol.send(WsPreparedMessage::text("one")));
    QVERIFY(protocol.send(WsPreparedMessage::binary("two")));
    QCOMPARE(protocol.output().pieceCount(), 1);
    QCOMPARE(drain(protocol), fromPeerOf(WsRole::Client, {text("one"), binary("two")}));
}

void TestWsPreparedMessage::clientMasksItWithANewKeyEachTime()
{
    const WsPreparedMessage message = WsPreparedMessage::text("masked");
    WsProtocol protocol(WsRole::Client);
    QVERIFY(protocol.send(message));
    QVERIFY(protocol.send(message));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 2);
    for (const SentFrame &frame : sent) {
        QVERIFY(frame.isMasked);
        QCOMPARE(frame.opcode, 0x1);
        QCOMPARE(frame.payload, QByteArray("masked"));
    }
    QVERIFY(sent[0].maskingKey != sent[1].maskingKey);
}

void TestWsPreparedMessage::isSplitByFragmentSize()
{
    QFETCH(WsRole, role);
    WsLimits limits;
    limits.fragmentSize = 4;
    WsProtocol protocol(role, limits);
    QVERIFY(protocol.send(WsPreparedMessage::text("fragments")));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 3);
    QCOMPARE(sent[0].opcode, 0x1);
    QCOMPARE(sent[0].payload, QByteArray("frag"));
    QCOMPARE(sent[1].payload, QByteArray("ment"));
    QCOMPARE(sent[2].payload, QByteArray("s"));
    QVERIFY(sent[2].isFinal);
}

void TestWsPreparedMessage::isNotSplitAtFragmentSize()
{
    WsLimits limits;
    limits.fragmentSize = 4;
    WsProtocol protocol(WsRole::Server, limits);
    QVERIFY(protocol.send(WsPreparedMessage::text("frag")));
    QCOMPARE(drain(protocol), fromPeerOf(WsRole::Client, {text("frag")}));
}

void TestWsPreparedMessage::isNotSentAfterClose()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    drain(protocol);
    QVERIFY(!protocol.send(WsPreparedMessage::text("late")));
    QVERIFY(protocol.output().isEmpty());
}

void TestWsPreparedMessage::isCompressedOnceForEachSetOfParameters()
{
    const QByteArray payload(1000, 'a');
    const WsPreparedMessage message = WsPreparedMessage::text(payload);
    const WsPreparedMessage copy = message;
    const QByteArray frame = WsPreparedFrame::deflated(message, {6, 8, 15});
    QVERIFY(WsPreparedFrame::deflated(message, {6, 8, 15}).isSharedWith(frame));
    QVERIFY(WsPreparedFrame::deflated(copy, {6, 8, 15}).isSharedWith(frame));
    for (const WsDeflateParameters &other : {WsDeflateParameters{1, 8, 15}, {6, 7, 15}, {6, 8, 14}}) {
        const QByteArray otherFrame = WsPreparedFrame::deflated(message, other);
        QVERIFY(!otherFrame.isSharedWith(frame));
        QVERIFY(WsPreparedFrame::deflated(message, other).isSharedWith(otherFrame));
    }
    QByteArrayView bytes = frame;
    const SentFrame sent = takeFrame(&bytes);
    QVERIFY(bytes.isEmpty() && sent.isFinal && !sent.isMasked);
    QCOMPARE(sent.opcode, 0x1);
    QCOMPARE(sent.rsv, 4);
    QCOMPARE(RawInflate().message(sent.payload), payload);
}

void TestWsPreparedMessage::isPlainWhereItDoesNotShrink()
{
    for (const char *payload : {"", "a", "no"}) {
        const WsPreparedMessage message = WsPreparedMessage::binary(payload);
        QVERIFY(WsPreparedFrame::deflated(message, {}).isNull());
    }
}

void TestWsPreparedMessage::connectionsShareWhatIsCompressed()
{
    QRandomGenerator generator(1);
    const QByteArray payload = randomJson(generator, 200000);
    const WsPreparedMessage message = WsPreparedMessage::text(payload);
    std::vector<std::unique_ptr<WsProtocol>> connections;
    for (int i = 0; i < 3; ++i) {
        WsProtocol &protocol = *connections.emplace_back(std::make_unique<WsProtocol>(WsRole::Server));
        deflating({15, 15, i % 2 == 0, true})(protocol);
        QVERIFY(protocol.send(message));
        QVERIFY(protocol.output().size() > WsOutput::ShareFrom);
        QCOMPARE(protocol.output().piece(0).data(), connections.front()->output().piece(0).data());
    }
}

void TestWsPreparedMessage::clientCompressesItByItsOwnContext()
{
    QRandomGenerator generator(2);
    const QByteArray payload = randomJson(generator, 500);
    WsProtocol protocol(WsRole::Client);
    deflating()(protocol);
    RawInflate inflate;
    for (int round = 0; round < 3; ++round) {
        QVERIFY(protocol.send(WsPreparedMessage::text(payload)));
        const SentFrame sent = sentBy(protocol).first();
        QVERIFY(sent.isMasked);
        QVERIFY(round == 0 || sent.payload.size() < 20);
        QCOMPARE(inflate.message(sent.payload), payload);
    }
}

void TestWsPreparedMessage::threadsShareWhatIsCompressed()
{
    QRandomGenerator generator(3);
    const QByteArray payload = randomJson(generator, 20000);
    for (int round = 0; round < 20; ++round) {
        const WsPreparedMessage message = WsPreparedMessage::text(payload);
        std::atomic<const char *> first = nullptr;
        std::atomic<bool> isShared = true;
        const auto compress = [&] {
            for (const quint8 bits : {quint8(12), quint8(15)}) {
                const QByteArray frame = WsPreparedFrame::deflated(message, {6, 5, bits});
                const char *expected = nullptr;
                if (bits == 15 && !first.compare_exchange_strong(expected, frame.constData()))
                    isShared = isShared && expected == frame.constData();
            }
        };
        std::vector<std::unique_ptr<QThread>> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back(QThread::create(compress))->start();
        for (const auto &thread : threads)
            QVERIFY(thread->wait());
        QVERIFY(isShared);
    }
}

// Clients can agree on many windows, and nobody's keeps out that of the others.
void TestWsPreparedMessage::formsOfAllParametersAreShared()
{
    QRandomGenerator generator(4);
    const QByteArray payload = randomJson(generator, 2000);
    const WsPreparedMessage message = WsPreparedMessage::text(payload);
    QByteArrayList frames;
    for (quint8 bits = 9; bits <= 15; ++bits)
        frames.append(WsPreparedFrame::deflated(message, {6, 8, bits}));
    for (quint8 bits = 9; bits <= 15; ++bits)
        QVERIFY(WsPreparedFrame::deflated(message, {6, 8, bits}).isSharedWith(frames.at(bits - 9)));
    const qint64 size = frames.join().size();
    QVERIFY(size > payload.size());
    QVERIFY(WsPreparedFrame::deflatedSize(message) >= size);
    QVERIFY(WsPreparedFrame::deflatedSize(message) <= size + 7 * (WsPreparedFrame::FormCost + 16));
}

void TestWsPreparedMessage::whatWaitsHasTheFormOfItsConnectionAlone()
{
    QRandomGenerator generator(5);
    const QByteArray payload = randomJson(generator, 2000);
    const WsPreparedMessage message = WsPreparedMessage::text(payload);
    const WsDeflateParameters own{6, 8, 15};
    const QByteArray frame = WsPreparedFrame::deflated(message, own);
    const QByteArray otherFrame = WsPreparedFrame::deflated(message, {6, 8, 9});
    const WsPreparedMessage waiting = WsPreparedFrame::formFor(message, own);
    QVERIFY(waiting.message().data().isSharedWith(message.message().data()));
    QVERIFY(WsPreparedFrame::deflatedSize(waiting) < WsPreparedFrame::deflatedSize(message));
    QVERIFY(WsPreparedFrame::deflated(waiting, own).isSharedWith(frame));
    QCOMPARE(WsPreparedFrame::deflated(waiting, {6, 8, 9}), otherFrame);
    const WsPreparedMessage plain = WsPreparedFrame::formFor(message, {});
    QCOMPARE(WsPreparedFrame::deflatedSize(plain), 0);
    QCOMPARE(WsPreparedFrame::of(plain), WsPreparedFrame::of(message));
}

void TestWsPreparedMessage::connectionsForWhichItWaitsShareIt_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<bool>("isCompressing");
    for (const bool isCompressing : {false, true}) {
        for (const qsizetype size : {2000, 200'000})
            QTest::newRow(numbered(isCompressing ? "compressed " : "plain ", size).constData())
                << size << isCompressing;
    }
}

// Some take it before the first needs its frame, some after that.
void TestWsPreparedMessage::connectionsForWhichItWaitsShareIt()
{
    QFETCH(const qsizetype, size);
    QFETCH(const bool, isCompressing);
    QRandomGenerator generator(6);
    WsPreparedMessage message = WsPreparedMessage::text(randomJson(generator, size));
    WsProtocol fast(WsRole::Server);
    WsProtocol slow(WsRole::Server);
    WsProtocol latest(WsRole::Server);
    for (WsProtocol *protocol : {&fast, &slow, &latest}) {
        if (isCompressing)
            deflating({12, 15, true, true})(*protocol);
    }
    const WsPreparedMessage before = slow.waiting(message);
    const qint64 most = WsPreparedFrame::deflatedSize(before);
    QVERIFY(isCompressing ? most > message.size() : most == 0);
    QVERIFY(fast.send(message));
    const WsPreparedMessage after = latest.waiting(message);
    message = WsPreparedMessage();
    QVERIFY(WsPreparedFrame::deflatedSize(after) <= most);
    const auto frameOf = [=](const WsPreparedMessage &waiting) {
        return isCompressing ? WsPreparedFrame::deflated(waiting, {6, 5, 12}) : WsPreparedFrame::of(waiting);
    };
    QVERIFY(frameOf(before).isSharedWith(frameOf(after)));
    QVERIFY(slow.send(before));
    QVERIFY(latest.send(latest.waiting(after)));
    const QByteArray expected = drain(fast);
    QVERIFY(drain(slow) == expected);
    QVERIFY(drain(latest) == expected);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsPreparedMessage)
#include "tst_wspreparedmessage.moc"
