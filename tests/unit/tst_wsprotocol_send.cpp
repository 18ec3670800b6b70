// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

#include <QtCore/qset.h>

#include <algorithm>
#include <utility>

using namespace ProtocolTesting;

// What the engine sends: frames of messages, control frames, and the pongs it owes.
class TestWsProtocolSend : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // messages
    void sendsOneFrameOfEveryLength_data();
    void sendsOneFrameOfEveryLength();
    void serverDoesNotMask();
    void clientMasksEveryFrameWithAKeyOfItsOwn();
    void smallMessagesJoinOnePiece_data() { addRoleRows(); }
    void smallMessagesJoinOnePiece();
    void serverSharesLargePayload_data();
    void serverSharesLargePayload();
    void clientLeavesThePayloadAsItWas();
    void splitsMessages_data();
    void splitsMessages();
    void limitsMayChangeBetweenMessages();
    void whatIsBorrowedIsCopiedBeforeItWaits_data();
    void whatIsBorrowedIsCopiedBeforeItWaits();
    void whatOneSideSendsTheOtherReceives_data();
    void whatOneSideSendsTheOtherReceives();
    void countsWhatIsQueuedAndWritten();

    // ping and pong
    void sendsPingAndPong_data();
    void sendsPingAndPong();
    void cutsPingAndPongTo125Bytes_data() { addRoleRows(); }
    void cutsPingAndPongTo125Bytes();
    void answersUpToTheBound_data() { addRoleRows(); }
    void answersUpToTheBound();
    void answersTheLatestPingOnceTheOthersAreWritten_data() { addRoleRows(); }
    void answersTheLatestPingOnceTheOthersAreWritten();
    void aLaterAnswerReplacesTheOneThatWaits();
    void aMillionPingsCostNoMemory_data() { addRoleRows(); }
    void aMillionPingsCostNoMemory();
    void pongsFlowWhileOutputIsPartlyConsumed_data() { addRoleRows(); }
    void pongsFlowWhileOutputIsPartlyConsumed();
    void waitingPongIsNotSentBehindAClose_data();
    void waitingPongIsNotSentBehindAClose();
    void waitingPongIsSentBeforeACloseThatWaits();
    void pongsWaitBehindALargeMessage();
};

namespace {
QByteArray pingsFromPeerOf(WsRole role, int first, int count)
{
    Frames frames;
    for (int i = first; i < first + count; ++i)
        frames += ping(QByteArray::number(i));
    return fromPeerOf(role, frames);
}

void receiveAll(WsProtocol &protocol, const QByteArray &bytes)
{
    protocol.receive(bytes);
    while (protocol.nextEvent().type != WsEvent::NeedsBytes) {
    }
}
} // namespace

// --- messages

void TestWsProtocolSend::sendsOneFrameOfEveryLength_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<qsizetype>("length");
    for (const WsRole role : BothRoles) {
        for (const qsizetype length : {0, 1, 125, 126, 127, 32767, 32768, 65535, 65536, 1000000})
            addRow(role, numbered("", length)) << length;
    }
}

void TestWsProtocolSend::sendsOneFrameOfEveryLength()
{
    QFETCH(WsRole, role);
    QFETCH(qsizetype, length);
    const QByteArray payload(length, 'p');
    for (const Ws::MessageType type : {Ws::Text, Ws::Binary}) {
        WsProtocol protocol(role);
        QVERIFY(protocol.sendMessage(type, payload));
        const QList<SentFrame> sent = sentBy(protocol);
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent[0].opcode, type == Ws::Text ? 0x1 : 0x2);
        QVERIFY(sent[0].isFinal);
        QVERIFY(sent[0].isMinimal);
        QCOMPARE(sent[0].rsv, 0);
        QCOMPARE(sent[0].isMasked, role == WsRole::Client);
        QVERIFY(sent[0].payload == payload);
    }
}

void TestWsProtocolSend::serverDoesNotMask()
{
    WsProtocol protocol(WsRole::Server);
    QVERIFY(protocol.sendMessage(Ws::Text, "Hello"));
    QVERIFY(protocol.sendPing("a"));
    QVERIFY(protocol.sendPong("b"));
    QVERIFY(protocol.sendClose(Ws::Normal, "c"));
    QCOMPARE(drain(protocol),
             fromPeerOf(WsRole::Client, {text("Hello"), ping("a"), pong("b"), closing(1000, "c")}));
}

void TestWsProtocolSend::clientMasksEveryFrameWithAKeyOfItsOwn()
{
    WsLimits limits;
    limits.fragmentSize = 5;
    WsProtocol protocol(WsRole::Client, limits);
    for (int i = 0; i < 20; ++i) {
        QVERIFY(protocol.sendMessage(Ws::Text, "fragments"));
        QVERIFY(protocol.sendPing("ping"));
        QVERIFY(protocol.sendPong("pong"));
    }
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    QSet<QByteArray> keys;
    for (const SentFrame &sent : sentBy(protocol)) {
        QVERIFY(sent.isMasked);
        keys.insert(sent.maskingKey);
    }
    QCOMPARE(keys.size(), 20 * 4 + 1);
}

void TestWsProtocolSend::smallMessagesJoinOnePiece()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    for (int i = 0; i < 100; ++i)
        QVERIFY(protocol.sendMessage(Ws::Binary, QByteArray(100, char(i))));
    QCOMPARE(protocol.output().pieceCount(), 1);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 100);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(sent[i].payload, QByteArray(100, char(i)));
}

void TestWsProtocolSend::serverSharesLargePayload_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::newRow("from where it pays") << WsOutput::ShareFrom;
    QTest::newRow("1 MiB") << qsizetype(1024 * 1024);
}

void TestWsProtocolSend::serverSharesLargePayload()
{
    QFETCH(qsizetype, size);
    const QByteArray payload(size, 'L');
    WsProtocol protocol(WsRole::Server);
    QVERIFY(protocol.sendMessage(Ws::Binary, payload));
    QCOMPARE(protocol.output().pieceCount(), 2);
    QVERIFY(protocol.output().piece(1).data() == payload.constData());
    QCOMPARE(protocol.output().piece(1).size(), size);
    QVERIFY(drain(protocol) == fromPeerOf(WsRole::Client, {binary(payload)}));
}

void TestWsProtocolSend::clientLeavesThePayloadAsItWas()
{
    const QByteArray payload(100000, 'L');
    const QByteArray shared = payload;
    WsProtocol protocol(WsRole::Client);
    QVERIFY(protocol.sendMessage(Ws::Binary, shared));
    QVERIFY(shared.constData() == payload.constData());
    QCOMPARE(payload.count('L'), 100000);
    QVERIFY(sentBy(protocol).first().payload == payload);
}

void TestWsProtocolSend::splitsMessages_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<qsizetype>("fragmentSize");
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<QList<qsizetype>>("sizes");
    using Sizes = QList<qsizetype>;
    for (const WsRole role : BothRoles) {
        addRow(role, "never") << qsizetype(0) << qsizetype(100000) << Sizes{100000};
        addRow(role, "empty message") << qsizetype(10) << qsizetype(0) << Sizes{0};
        addRow(role, "smaller") << qsizetype(10) << qsizetype(9) << Sizes{9};
        addRow(role, "as large") << qsizetype(10) << qsizetype(10) << Sizes{10};
        addRow(role, "one byte more") << qsizetype(10) << qsizetype(11) << Sizes{10, 1};
        addRow(role, "a multiple") << qsizetype(10) << qsizetype(30) << Sizes{10, 10, 10};
        addRow(role, "a rest") << qsizetype(10) << qsizetype(25) << Sizes{10, 10, 5};
        addRow(role, "single bytes") << qsizetype(1) << qsizetype(3) << Sizes{1, 1, 1};
        addRow(role, "large fragments")
            << qsizetype(40000) << qsizetype(100000) << Sizes{40000, 40000, 20000};
    }
}

void TestWsProtocolSend::splitsMessages()
{
    QFETCH(WsRole, role);
    QFETCH(qsizetype, fragmentSize);
    QFETCH(qsizetype, size);
    QFETCH(QList<qsizetype>, sizes);
    WsLimits limits;
    limits.fragmentSize = fragmentSize;
    WsProtocol protocol(role, limits);
    QByteArray payload(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        payload[i] = char('a' + i % 26);
    QVERIFY(protocol.sendMessage(Ws::Text, payload));

    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), sizes.size());
    QByteArray joined;
    for (qsizetype i = 0; i < sent.size(); ++i) {
        QCOMPARE(sent[i].opcode, i == 0 ? 0x1 : 0x0);
        QCOMPARE(sent[i].isFinal, i + 1 == sent.size());
        QCOMPARE(sent[i].isMasked, role == WsRole::Client);
        QCOMPARE(sent[i].payload.size(), sizes[i]);
        joined += sent[i].payload;
    }
    QVERIFY(joined == payload);
}

void TestWsProtocolSend::whatIsBorrowedIsCopiedBeforeItWaits_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<bool>("isSplit");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        const char *name = role == WsRole::Client ? "client" : "server";
        QTest::addRow("%s, behind another message", name) << role << false;
        QTest::addRow("%s, to be split", name) << role << true;
    }
}

void TestWsProtocolSend::whatIsBorrowedIsCopiedBeforeItWaits()
{
    QFETCH(const WsRole, role);
    QFETCH(const bool, isSplit);
    WsLimits limits;
    limits.fragmentSize = isSplit ? 5 : 0;
    WsProtocol protocol(role, limits);
    const quint64 first = isSplit ? 0 : protocol.beginMessage(Ws::Binary);
    char bytes[] = "borrowed";
    QVERIFY(protocol.sendMessage(Ws::Text, QByteArray::fromRawData(bytes, 8)));
    std::fill(std::begin(bytes), std::end(bytes), '?');
    if (!isSplit)
        QVERIFY(protocol.endMessage(first));
    QByteArray sent;
    for (const SentFrame &frame : sentBy(protocol))
        sent += frame.payload;
    QCOMPARE(sent, QByteArray("borrowed"));
}

void TestWsProtocolSend::limitsMayChangeBetweenMessages()
{
    WsProtocol protocol(WsRole::Server);
    WsLimits limits;
    limits.fragmentSize = 2;
    QVERIFY(protocol.sendMessage(Ws::Text, "abc"));
    protocol.setLimits(limits);
    QVERIFY(protocol.sendMessage(Ws::Text, "abc"));
    limits.fragmentSize = 0; // which comes before the one above is encoded
    protocol.setLimits(limits);
    QVERIFY(protocol.sendMessage(Ws::Text, "def"));
    QCOMPARE(drain(protocol),
             fromPeerOf(WsRole::Client,
                        {text("abc"), text("ab").notFinal(), continuation("c"), text("def")}));
}

void TestWsProtocolSend::whatOneSideSendsTheOtherReceives_data()
{
    QTest::addColumn<WsRole>("sender");
    QTest::addColumn<qsizetype>("fragmentSize");
    for (const WsRole role : BothRoles) {
        for (const qsizetype fragmentSize : {0, 1, 3, 1000})
            addRow(role, numbered("fragments of ", fragmentSize)) << fragmentSize;
    }
}

void TestWsProtocolSend::whatOneSideSendsTheOtherReceives()
{
    QFETCH(WsRole, sender);
    QFETCH(qsizetype, fragmentSize);
    WsLimits limits;
    limits.fragmentSize = fragmentSize;
    WsProtocol protocol(sender, limits);
    const QByteArray utf8 = QByteArray("a\u00e9\u20ac\U0001f600").repeated(20);
    QVERIFY(protocol.sendMessage(Ws::Text, utf8));
    QVERIFY(protocol.sendPing("ping"));
    QVERIFY(protocol.sendMessage(Ws::Binary, {}));
    QVERIFY(protocol.sendPong("pong"));
    QVERIFY(protocol.sendMessage(Ws::Binary, "\xFF\xFE"));
    QVERIFY(protocol.sendClose(4000, "bye"));
    const WsRole receiver = sender == WsRole::Server ? WsRole::Client : WsRole::Server;
    // Control frames do not wait for a message in several fragments to end, nor for it to begin.
    const bool isSplit = fragmentSize > 0 && utf8.size() > fragmentSize;
    const Outcome expected =
        isSplit ? expectPing("ping").thenPong("pong").thenText(utf8).thenBinary({}).thenBinary("\xFF\xFE")
                : expectText(utf8).thenPing("ping").thenBinary({}).thenPong("pong").thenBinary("\xFF\xFE");
    QCOMPARE(outcomeOf(receiver, drain(protocol)), Outcome(expected).thenClose(4000, "bye"));
}

void TestWsProtocolSend::countsWhatIsQueuedAndWritten()
{
    WsProtocol protocol(WsRole::Server);
    QVERIFY(protocol.sendMessage(Ws::Text, "Hello"));
    QVERIFY(protocol.sendMessage(Ws::Binary, QByteArray(100000, 'a')));
    QCOMPARE(protocol.outputSize(), 2 + 5 + 10 + 100000);
    QCOMPARE(protocol.writtenSize(), 0);
    consume(protocol, 9);
    QCOMPARE(protocol.outputSize(), 2 + 5 + 10 + 100000 - 9);
    QCOMPARE(protocol.writtenSize(), 9);
    drain(protocol);
    QCOMPARE(protocol.outputSize(), 0);
    QCOMPARE(protocol.writtenSize(), 2 + 5 + 10 + 100000);
}

// --- ping and pong

void TestWsProtocolSend::sendsPingAndPong_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("payload");
    for (const WsRole role : BothRoles) {
        addRow(role, "empty") << QByteArray();
        addRow(role, "any bytes") << QByteArray("\0\xFF\x80", 3);
        addRow(role, "125 bytes") << QByteArray(125, 'p');
    }
}

void TestWsProtocolSend::sendsPingAndPong()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, payload);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendPing(payload));
    QVERIFY(protocol.sendPong(payload));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent[0].opcode, 0x9);
    QCOMPARE(sent[0].payload, payload);
    QCOMPARE(sent[1].opcode, 0xA);
    QCOMPARE(sent[1].payload, payload);
}

void TestWsProtocolSend::cutsPingAndPongTo125Bytes()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendPing(QByteArray(126, 'p')));
    QVERIFY(protocol.sendPong(QByteArray(70000, 'q')));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent[0].payload, QByteArray(125, 'p'));
    QCOMPARE(sent[1].payload, QByteArray(125, 'q'));
}

void TestWsProtocolSend::answersUpToTheBound()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    receiveAll(protocol, pingsFromPeerOf(role, 0, WsProtocol::MaxQueuedPongs));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), WsProtocol::MaxQueuedPongs);
    for (int i = 0; i < WsProtocol::MaxQueuedPongs; ++i)
        QCOMPARE(sent[i].payload, QByteArray::number(i));
}

void TestWsProtocolSend::answersTheLatestPingOnceTheOthersAreWritten()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    receiveAll(protocol, pingsFromPeerOf(role, 0, 1000));
    const qint64 queued = protocol.output().size();
    QCOMPARE(framesIn(consume(protocol, queued)).size(), WsProtocol::MaxQueuedPongs);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].opcode, 0xA);
    QCOMPARE(sent[0].payload, QByteArray("999"));
    QVERIFY(protocol.output().isEmpty());
}

void TestWsProtocolSend::aLaterAnswerReplacesTheOneThatWaits()
{
    WsProtocol protocol(WsRole::Server);
    receiveAll(protocol, pingsFromPeerOf(WsRole::Server, 0, 100));
    WsOutput &output = protocol.output();
    output.consume(output.size()); // the answer to ping 99 waits
    receiveAll(protocol, pingsFromPeerOf(WsRole::Server, 100, 1));
    QCOMPARE(drain(protocol), fromPeerOf(WsRole::Client, {pong("100")}));
}

// CVE-2025-5399 (curl).
void TestWsProtocolSend::aMillionPingsCostNoMemory()
{
    QFETCH(WsRole, role);
    constexpr int Count = 1000000;
    constexpr int Batch = 1000;
    WsProtocol protocol(role);
    const QByteArray longest(125, 'p');
    const QByteArray batch = fromPeerOf(role, Frames(Batch, ping(longest)));
    for (int i = 0; i < Count - Batch; i += Batch) {
        receiveAll(protocol, batch);
        QVERIFY(protocol.output().size() < 16 * 1024);
    }
    receiveAll(protocol, pingsFromPeerOf(role, Count - Batch, Batch));
    QVERIFY(protocol.output().size() < 16 * 1024);
    QCOMPARE(sentBy(protocol).last().payload, QByteArray::number(Count - 1));
}

void TestWsProtocolSend::pongsFlowWhileOutputIsPartlyConsumed()
{
    QFETCH(WsRole, role);
    constexpr int Rounds = 2000;
    WsProtocol protocol(role);
    QByteArray written;
    for (int round = 0; round < Rounds; ++round) {
        receiveAll(protocol, pingsFromPeerOf(role, round * 10, 10));
        QVERIFY(protocol.output().size() < 16 * 1024);
        written += consume(protocol, 25); // a few pongs, and half of one
    }
    const QList<SentFrame> whileConsuming = framesIn(written);
    QVERIFY2(whileConsuming.size() > Rounds, qPrintable(QString::number(whileConsuming.size())));
    written += drain(protocol);
    int latest = -1;
    for (const SentFrame &sent : framesIn(written)) {
        QCOMPARE(sent.opcode, 0xA);
        QVERIFY(sent.payload.toInt() > latest);
        latest = sent.payload.toInt();
    }
    QCOMPARE(latest, Rounds * 10 - 1);
}

void TestWsProtocolSend::waitingPongIsNotSentBehindAClose_data()
{
    QTest::addColumn<bool>("byUs");
    QTest::newRow("of ours") << true;
    QTest::newRow("of the peer") << false;
}

void TestWsProtocolSend::waitingPongIsNotSentBehindAClose()
{
    QFETCH(bool, byUs);
    WsProtocol protocol(WsRole::Server);
    receiveAll(protocol, pingsFromPeerOf(WsRole::Server, 0, 100));
    if (byUs)
        QVERIFY(protocol.sendClose(Ws::Normal, {}));
    else
        receiveAll(protocol, fromPeerOf(WsRole::Server, {closing(1000)}));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), WsProtocol::MaxQueuedPongs + 1);
    QCOMPARE(sent.last().opcode, 0x8);
}

void TestWsProtocolSend::waitingPongIsSentBeforeACloseThatWaits()
{
    WsProtocol protocol(WsRole::Server);
    QVERIFY(protocol.sendFragments(Ws::Binary, QByteArrayList(3, QByteArray(100'000, 'f'))));
    (void)protocol.output();
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    receiveAll(protocol, pingsFromPeerOf(WsRole::Server, 0, 1000));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 3 + WsProtocol::MaxQueuedPongs + 1 + 1);
    QCOMPARE(sent[1 + WsProtocol::MaxQueuedPongs].payload, QByteArray("999"));
    QCOMPARE(sent.last().opcode, 0x8);
}

void TestWsProtocolSend::pongsWaitBehindALargeMessage()
{
    WsProtocol protocol(WsRole::Server);
    const QByteArray payload(1000000, 'L');
    QVERIFY(protocol.sendMessage(Ws::Binary, payload));
    const qint64 before = protocol.output().size();
    receiveAll(protocol, pingsFromPeerOf(WsRole::Server, 0, 10000));
    QVERIFY(protocol.output().size() < before + 16 * 1024);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1 + WsProtocol::MaxQueuedPongs + 1);
    QVERIFY(sent.first().payload == payload);
    QCOMPARE(sent.last().payload, QByteArray("9999"));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolSend)
#include "tst_wsprotocol_send.moc"
