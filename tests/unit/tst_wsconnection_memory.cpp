// SPDX-License-Identifier: MIT

// What a connection and a server can be made to hold, as the page "Memory" says: by a peer that does its
// worst, and by an application that sends more than the network takes. What is measured is what the allocator
// has given, which is more than the bytes of the messages.

#include "connectiontesting.h"
#include "heldmemory.h"
#include "net/loop/wsthreadcontext.h"
#include "protocol/wspreparedmessage_p.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qrandom.h>
#include <QtCore/qthread.h>

#include <vector>

using namespace ConnectionTesting;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;
constexpr qint64 Mark = 512 * KiB;
constexpr qint64 LargestMessage = 64 * KiB;
constexpr qint64 MostBuffered = 4 * MiB;
// What a thread and a connection keep besides: read buffers, joined output, what is being inflated.
constexpr qint64 Buffers = 3 * WsThreadContext::ReadSize;
// What one connection may hold of what its peer has sent: what nobody has taken, and the message that stopped
// it.
constexpr qint64 MostReceived = Mark + 2 * LargestMessage + Buffers;

WsOptions smallLimits()
{
    WsOptions options;
    options.setHighWaterMark(Mark);
    options.setMaxMessageSize(LargestMessage);
    options.setMaxBufferedAmount(MostBuffered);
    options.setHandshakeTimeout(0ms);
    options.setPingInterval(0ms);
    return options;
}

// What a peer may send over and over, all of which is kept somewhere.
void addFloods()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    const QByteArray half(LargestMessage / 2 + 1, 'a');
    for (const WsRole role : BothRoles) {
        addRow(role, "empty messages") << Frames(100, binary({}));
        addRow(role, "messages of one byte") << Frames(100, text("a"));
        addRow(role, "messages of 9 bytes") << Frames(100, text("123456789"));
        addRow(role, "two frames of one byte") << Frames{text("a").notFinal(), continuation("b")};
        addRow(role, "a large frame and an empty one") << Frames{binary(half).notFinal(), continuation({})};
        addRow(role, "small behind large") << Frames{binary(half).notFinal(), continuation({}),
                                                     text("a").notFinal(), continuation("b"), binary("c")};
        addRow(role, "messages of the largest size") << Frames{binary(QByteArray(LargestMessage, 'a'))};
        addRow(role, "pings between frames")
            << Frames{text("a").notFinal(), ping(QByteArray(125, 'p')), continuation("b"), pong("q")};
    }
}

// Sends \a bytes until the connection reads no more. What it has not read is the network's.
bool flood(Side &side, const QByteArray &bytes, qint64 most = 64 * MiB)
{
    for (qint64 sent = 0; sent < most && side.connection && side.link().mayRead(); sent += bytes.size())
        side.wire->feed(bytes);
    side.wire->unread = {};
    side.wire->written = {};
    return side.connection && !side.link().mayRead();
}

QByteArray repeated(WsRole role, const Frames &frames)
{
    const QByteArray once = fromPeerOf(role, frames);
    return once.repeated(qMax<qsizetype>(1, 8 * KiB / once.size()));
}

void expectAtMost(qint64 held, qint64 most)
{
    if (qEnvironmentVariableIsSet("WSKIT_SHOW_MEMORY"))
        qInfo("%lld KiB of %lld", held / KiB, most / KiB);
    QVERIFY2(held <= most,
             qPrintable(u"%1 KiB are held, at most %2 KiB were expected"_s.arg(held / KiB).arg(most / KiB)));
}

// \a size bytes that compress to little more than half of them.
WsPreparedMessage hexMessage(QRandomGenerator &generator, qint64 size)
{
    std::vector<quint32> numbers(size_t(size) / (2 * sizeof(quint32)));
    generator.fillRange(numbers.data(), qsizetype(numbers.size()));
    const auto bytes = QByteArray::fromRawData(reinterpret_cast<const char *>(numbers.data()), size / 2);
    return WsPreparedMessage::binary(bytes.toHex());
}

template <typename Task>
void callElsewhere(Task task)
{
    const std::unique_ptr<QThread> thread(QThread::create(task));
    thread->start();
    QVERIFY(thread->wait(QDeadlineTimer(QDeadlineTimer::Forever)));
}
} // namespace

class TestWsConnectionMemory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    // --- what the peer does
    void messagesThatNobodyTakesStayAtTheMark_data() { addFloods(); }
    void messagesThatNobodyTakesStayAtTheMark();
    void messagesBehindASlotStayAtTheMark_data() { addFloods(); }
    void messagesBehindASlotStayAtTheMark();
    void messagesBehindASlotStayAtTheMarkAfterOurClose_data() { addFloods(); }
    void messagesBehindASlotStayAtTheMarkAfterOurClose();
    void manyTurnsInASlotKeepOnePayload_data() { addRoleRows(); }
    void manyTurnsInASlotKeepOnePayload();
    void unreadStreamStaysAtTheMark_data() { addFloods(); }
    void unreadStreamStaysAtTheMark();
    void arrivingMessageStaysAtItsLimit_data();
    void arrivingMessageStaysAtItsLimit();
    void unreadPongsStayFew_data() { addRoleRows(); }
    void unreadPongsStayFew();

    // --- what the application does
    void unsentMessagesStayAtTheLimit_data();
    void unsentMessagesStayAtTheLimit();
    void messagesOfAnotherThreadStayAtTheLimit_data();
    void messagesOfAnotherThreadStayAtTheLimit();
    void preparedMessageIsKeptOnce();

    // --- what a server does
    void broadcastsOfAnotherThreadStayAtTheLimit_data();
    void broadcastsOfAnotherThreadStayAtTheLimit();
    void broadcastOfAnotherThreadIsSentToAsManyAsItSaid_data();
    void broadcastOfAnotherThreadIsSentToAsManyAsItSaid();
    void slowConnectionIsClosedOnceByBroadcastsOfAnotherThread();
    void publicationsOfAnotherThreadStayAtTheLimit();
    void compressedBroadcastsOfAnotherThreadStayAtTheLimit_data();
    void compressedBroadcastsOfAnotherThreadStayAtTheLimit();
    void waitingMessagesTakeWhatTheyCount_data();
    void waitingMessagesTakeWhatTheyCount();
};

void TestWsConnectionMemory::init()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("what is held cannot be measured here");
}

// --- what the peer does

void TestWsConnectionMemory::messagesThatNobodyTakesStayAtTheMark()
{
    QFETCH(const WsRole, role);
    QFETCH(const Frames, frames);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    const QByteArray bytes = repeated(role, frames);
    (void)side.connection->receive();
    const HeldMemory memory;
    QVERIFY(flood(side, bytes));
    expectAtMost(memory.growth(), MostReceived);
}

void TestWsConnectionMemory::messagesBehindASlotStayAtTheMark()
{
    QFETCH(const WsRole, role);
    QFETCH(const Frames, frames);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    const QByteArray bytes = repeated(role, frames);
    qint64 growth = 0;
    bool isFirst = true;
    connect(side.connection, &WsConnection::messageReceived, this, [&] {
        if (!std::exchange(isFirst, false))
            return;
        const HeldMemory memory;
        for (int turns = 0; turns < 10'000 && side.link().mayRead(); ++turns) {
            side.wire->feed(bytes);
            QCoreApplication::processEvents();
        }
        side.wire->unread = {};
        side.wire->written = {};
        growth = memory.growth();
        QVERIFY(!side.link().mayRead());
    });
    side.receive({text("first")});
    QVERIFY(!isFirst);
    expectAtMost(growth, MostReceived);
}

void TestWsConnectionMemory::messagesBehindASlotStayAtTheMarkAfterOurClose()
{
    QFETCH(const WsRole, role);
    QFETCH(const Frames, frames);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    const QByteArray bytes = repeated(role, frames);
    bool wasClosedCleanly = false;
    connect(side.connection, &WsConnection::closed, this,
            [&](quint16, const QString &, bool wasClean) { wasClosedCleanly = wasClean; });
    qint64 growth = 0;
    bool isFirst = true;
    connect(side.connection, &WsConnection::messageReceived, this, [&] {
        if (!std::exchange(isFirst, false))
            return;
        side.connection->close();
        const HeldMemory memory;
        for (qint64 sent = 0; sent < 4 * MiB; sent += bytes.size()) {
            side.wire->feed(bytes);
            QCoreApplication::processEvents();
        }
        growth = memory.growth();
    });
    side.receive({text("first")});
    settle();
    QVERIFY(!isFirst);
    expectAtMost(growth, MostReceived);
    side.receive({closing(1000)}); // which is never dropped
    side.wire->end();
    settle();
    QVERIFY(wasClosedCleanly);
}

// A slot may look at its message as long as it runs, which keeps the bytes that it came with.
void TestWsConnectionMemory::manyTurnsInASlotKeepOnePayload()
{
    QFETCH(const WsRole, role);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    qint64 growth = 0;
    connect(side.connection, &WsConnection::messageReceived, this, [&] {
        const HeldMemory memory;
        for (int turns = 0; turns < 1000; ++turns) {
            side.receive({pong("a")});
            QCoreApplication::processEvents();
        }
        growth = memory.growth();
    });
    side.receive({text("first")});
    expectAtMost(growth, Mark + Buffers);
}

void TestWsConnectionMemory::unreadStreamStaysAtTheMark()
{
    QFETCH(const WsRole, role);
    QFETCH(Frames, frames);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    WsMessageStream *stream = nullptr;
    connect(side.connection, &WsConnection::messageStarted, this,
            [&](WsMessageStream *one) { stream = one; });
    side.connection->setBinaryType(Ws::Stream);
    for (auto &frame : frames) { // one message without an end
        const bool isControl = frame.opcode >= 8;
        frame.isFinal = isControl;
        frame.opcode = isControl ? frame.opcode : 0;
    }
    frames.append(continuation(QByteArray(100, 'b')).notFinal());
    const QByteArray bytes = repeated(role, frames);
    side.receive({binary("first").notFinal()});
    QVERIFY(stream);
    const HeldMemory memory;
    QVERIFY(flood(side, bytes));
    expectAtMost(memory.growth(), MostReceived);
    QVERIFY(stream->readAll().size() > Mark / 2);
    QVERIFY(side.link().mayRead());
}

void TestWsConnectionMemory::arrivingMessageStaysAtItsLimit_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("payload");
    for (const WsRole role : BothRoles) {
        addRow(role, "empty fragments") << QByteArray();
        addRow(role, "fragments of one byte") << QByteArray("a");
        addRow(role, "fragments of 1000 bytes") << QByteArray(1000, 'a');
    }
}

void TestWsConnectionMemory::arrivingMessageStaysAtItsLimit()
{
    QFETCH(const WsRole, role);
    QFETCH(const QByteArray, payload);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    const QByteArray bytes = repeated(role, {continuation(payload).notFinal()});
    side.receive({text("").notFinal()});
    const HeldMemory memory;
    qint64 most = 0;
    for (qint64 sent = 0; sent < 64 * MiB && side.connection->state() == Ws::Open; sent += bytes.size()) {
        side.wire->feed(bytes);
        most = qMax(most, memory.growth());
    }
    QVERIFY(side.connection->state() != Ws::Open); // too many fragments, or too large
    expectAtMost(most, LargestMessage + Buffers);
}

void TestWsConnectionMemory::unreadPongsStayFew()
{
    QFETCH(const WsRole, role);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    side.wire->room = 0;
    const QByteArray bytes = repeated(role, {ping(QByteArray(125, 'a'))});
    const HeldMemory memory;
    (void)flood(side, bytes, 4 * MiB);
    expectAtMost(memory.growth(), Buffers);
}

// --- what the application does

namespace {
enum Kind { Empty, Small, Fragments, EmptyFragments, Middle, Roomy, Large };

void addKinds()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Kind>("kind");
    const std::pair<const char *, Kind> kinds[] = {
        {"empty messages", Empty}, {"small messages", Small},
        {"fragments", Fragments},  {"empty fragments", EmptyFragments},
        {"33 KiB", Middle},        {"20 KiB in an array of 1 MiB", Roomy},
        {"300 KiB", Large}};
    for (const WsRole role : BothRoles) {
        for (const auto &[name, kind] : kinds)
            addRow(role, name) << kind;
    }
}

bool sendOne(WsConnection *connection, Kind kind)
{
    switch (kind) {
    case Empty:
        return connection->sendBinary(QByteArray());
    case Small:
        return connection->sendBinary(QByteArray(50, 'a'));
    case Fragments:
        return connection->sendFragments(Ws::Binary, QByteArrayList(20, QByteArray(30, 'a')));
    case EmptyFragments:
        return connection->sendFragments(Ws::Binary, QByteArrayList(1000, QByteArray()));
    case Middle:
        return connection->sendBinary(QByteArray(33 * KiB, 'a'));
    case Roomy: {
        QByteArray payload;
        payload.reserve(MiB);
        payload.resize(20 * KiB);
        return connection->sendBinary(payload);
    }
    case Large:
        return connection->sendBinary(QByteArray(300 * KiB, 'a'));
    }
    return false;
}

// Returns how many were accepted.
int sendUntilRefused(WsConnection *connection, Kind kind)
{
    int count = 0;
    while (count < 5'000'000 && sendOne(connection, kind))
        ++count;
    return count;
}
} // namespace

void TestWsConnectionMemory::unsentMessagesStayAtTheLimit_data()
{
    addKinds();
}

void TestWsConnectionMemory::unsentMessagesStayAtTheLimit()
{
    QFETCH(const WsRole, role);
    QFETCH(const Kind, kind);
    for (const bool isBehindAnother : {false, true}) {
        Side side(role, smallLimits());
        QVERIFY(side.open());
        side.log.reset();
        side.wire->room = 0;
        if (isBehindAnother) // so that nothing is encoded
            side.connection->openMessage(Ws::Binary);
        const HeldMemory memory;
        const int count = sendUntilRefused(side.connection, kind);
        QVERIFY(count > 5);
        expectAtMost(memory.growth(), 2 * (MostBuffered + 300 * KiB) + Buffers);
        QVERIFY(side.connection->bufferedAmount() <= MostBuffered + 300 * KiB);
    }
}

void TestWsConnectionMemory::messagesOfAnotherThreadStayAtTheLimit_data()
{
    addKinds();
}

void TestWsConnectionMemory::messagesOfAnotherThreadStayAtTheLimit()
{
    QFETCH(const WsRole, role);
    QFETCH(const Kind, kind);
    Side side(role, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    const HeldMemory memory;
    int count = 0;
    callElsewhere([&] { count = sendUntilRefused(side.connection, kind); });
    QVERIFY(count > 5);
    expectAtMost(memory.growth(), 2 * MostBuffered + Buffers);
    settle();
    QCOMPARE(side.connection->bufferedAmount(), 0);
    QCOMPARE(side.connection->statistics().messagesSent, count);
}

void TestWsConnectionMemory::preparedMessageIsKeptOnce()
{
    const HeldMemory memory;
    const WsPreparedMessage message = WsPreparedMessage::binary(QByteArray(4 * MiB, 'a'));
    QCOMPARE(message.size(), 4 * MiB);
    expectAtMost(memory.growth(), 4 * MiB + 16 * KiB);
}

// --- what a server does

void TestWsConnectionMemory::broadcastsOfAnotherThreadStayAtTheLimit_data()
{
    QTest::addColumn<qint64>("size");
    for (const qint64 size : {qint64(0), qint64(1), 1 * KiB, 20 * KiB, 1 * MiB})
        QTest::newRow(numbered("", size).constData()) << size;
}

void TestWsConnectionMemory::broadcastsOfAnotherThreadStayAtTheLimit()
{
    QFETCH(const qint64, size);
    Side side(WsRole::Server, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    int accepted = 0;
    int refused = 0;
    const HeldMemory memory;
    callElsewhere([&] {
        const int count = size < 20 * KiB ? 50'000 : 500;
        for (int i = 0; i < count; ++i) {
            // Each a message of its own, as a program makes them.
            const int reached = side.server->broadcast(QByteArray(size, 'a'));
            accepted += reached;
            refused += reached == 0 ? 1 : 0;
        }
    });
    QVERIFY(accepted > 0);
    QVERIFY(refused > 0);
    expectAtMost(memory.growth(), 2 * MostBuffered + Buffers);
    settle();
    QCOMPARE(side.connection->statistics().messagesSent, accepted);
    int reached = 0;
    callElsewhere([&] { reached = side.server->broadcast(QByteArray(size, 'a')); });
    QCOMPARE(reached, 1); // there is room again
}

void TestWsConnectionMemory::broadcastOfAnotherThreadIsSentToAsManyAsItSaid_data()
{
    QTest::addColumn<Ws::SlowSubscriber>("policy");
    QTest::newRow("skip") << Ws::SkipMessage;
    QTest::newRow("close") << Ws::CloseConnection;
}

// The connection's own thread has filled its buffer before it comes to the broadcast, which was accepted.
void TestWsConnectionMemory::broadcastOfAnotherThreadIsSentToAsManyAsItSaid()
{
    QFETCH(const Ws::SlowSubscriber, policy);
    WsOptions options = smallLimits();
    options.setSlowSubscriber(policy);
    Side side(WsRole::Server, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    int reached = 0;
    callElsewhere([&] { reached = side.server->broadcast("accepted"); });
    QCOMPARE(reached, 1);
    while (side.connection->sendBinary(QByteArray(100 * KiB, 'a'))) {
    }
    settle();
    callElsewhere([&] { reached = side.server->broadcast(QByteArray(100 * KiB, 'b')); });
    QCOMPARE(reached, 0);
    side.wire->takeAll();
    settle();
    QVERIFY(side.sent().contains(u"text 'accepted'"_s));
    QCOMPARE(side.connection->state(), policy == Ws::CloseConnection ? Ws::Closing : Ws::Open);
}

void TestWsConnectionMemory::slowConnectionIsClosedOnceByBroadcastsOfAnotherThread()
{
    WsOptions options = smallLimits();
    options.setSlowSubscriber(Ws::CloseConnection);
    Side side(WsRole::Server, options);
    QVERIFY(side.open());
    side.log.reset();
    side.wire->room = 0;
    while (side.connection->sendBinary(QByteArray(100 * KiB, 'a'))) {
    }
    const HeldMemory memory;
    callElsewhere([&] {
        for (int i = 0; i < 2000; ++i)
            QCOMPARE(side.server->broadcast(QByteArray(200 * KiB, 'b')), 0);
    });
    expectAtMost(memory.growth(), Buffers);
    side.wire->takeAll();
    settle();
    QVERIFY(side.sent().endsWith(u"close 1008 'too slow'"_s));
}

void TestWsConnectionMemory::publicationsOfAnotherThreadStayAtTheLimit()
{
    Side side(WsRole::Server, smallLimits());
    QVERIFY(side.open());
    side.log.reset();
    int accepted = 0;
    const HeldMemory memory;
    callElsewhere([&] {
        // On its way all the time: nobody knows yet who the subscribers are.
        QVERIFY(side.server->subscribe(side.connection, u"t"_s));
        for (int i = 0; i < 1000; ++i)
            accepted += side.server->publish(u"t"_s, QByteArray(100 * KiB, 'a'));
    });
    QCOMPARE(accepted, 0);
    expectAtMost(memory.growth(), MostBuffered + Buffers);
    settle();
    QVERIFY(side.connection->statistics().messagesSent > 10);
    callElsewhere([&] {
        for (int i = 0; i < 1000; ++i)
            accepted += side.server->publish(u"t"_s, QByteArray(100 * KiB, 'a'));
    });
    expectAtMost(memory.growth(), MostBuffered + 2 * Buffers + side.wire->written.capacity());
    const qint64 before = side.connection->statistics().messagesSent;
    settle();
    QCOMPARE(side.connection->statistics().messagesSent - before, accepted);
}

void TestWsConnectionMemory::compressedBroadcastsOfAnotherThreadStayAtTheLimit_data()
{
    QTest::addColumn<bool>("isOfResponse");
    QTest::newRow("options of the server") << false;
    QTest::newRow("options of the response") << true;
}

// Connections of other threads have made the compressed form meanwhile.
void TestWsConnectionMemory::compressedBroadcastsOfAnotherThreadStayAtTheLimit()
{
    QFETCH(const bool, isOfResponse);
    WsOptions compressing = smallLimits();
    WsCompression compression;
    compression.setEnabled(true);
    compressing.setCompression(compression);
    Side side(WsRole::Server, isOfResponse ? smallLimits() : compressing);
    if (isOfResponse) {
        side.server->setRequestHandler([compressing](const WsRequest &) {
            WsResponse response = WsResponse::accept();
            response.setOptions(compressing);
            return response;
        });
    }
    QVERIFY(side.open("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    QVERIFY(!side.connection->extensions().isEmpty());
    side.log.reset();
    const HeldMemory memory;
    callElsewhere([&] {
        QRandomGenerator generator(2);
        for (int i = 0; i < 2000; ++i) {
            const WsPreparedMessage message = hexMessage(generator, 128 * KiB);
            (void)WsPreparedFrame::deflated(message, {6, 5, 12});
            if (side.server->broadcast(message) == 0)
                break;
        }
    });
    expectAtMost(memory.growth(), MostBuffered + Buffers);
}

void TestWsConnectionMemory::waitingMessagesTakeWhatTheyCount_data()
{
    QTest::addColumn<bool>("isCompressing");
    QTest::newRow("uncompressed") << false;
    QTest::newRow("compressed") << true;
}

// Others have agreed on other parameters.
void TestWsConnectionMemory::waitingMessagesTakeWhatTheyCount()
{
    QFETCH(const bool, isCompressing);
    WsOptions options = smallLimits();
    options.setSlowSubscriber(Ws::DropOldest);
    WsCompression compression;
    compression.setEnabled(isCompressing);
    options.setCompression(compression);
    Side side(WsRole::Server, options);
    QVERIFY(side.open(isCompressing ? "Sec-WebSocket-Extensions: permessage-deflate\r\n"_ba : QByteArray()));
    QVERIFY(side.server->subscribe(side.connection, u"t"_s));
    side.log.reset();
    side.wire->room = 0;
    QCOMPARE(side.server->publish(u"t"_s, QByteArray(KiB, 'a')), 1);
    settle();
    QRandomGenerator generator(1);
    const auto compressForOthers = [](const WsPreparedMessage &message) {
        for (quint8 bits = 9; bits <= 15; ++bits) {
            (void)WsPreparedFrame::deflated(message, {6, 8, bits});
            (void)WsPreparedFrame::deflated(message, {6, 5, bits}); // one of them is its own
        }
    };
    compressForOthers(WsPreparedMessage::text(QByteArray(KiB, 'a'))); // the thread keeps what does it
    const HeldMemory memory;
    for (int i = 0; i < 400; ++i) {
        const WsPreparedMessage message = hexMessage(generator, 16 * KiB);
        if (i % 2 == 0)
            compressForOthers(message);
        QCOMPARE(side.server->publish(u"t"_s, message), 1);
        compressForOthers(message);
    }
    QVERIFY(side.connection->bufferedAmount() > MostBuffered / 2);
    expectAtMost(memory.growth(), side.connection->bufferedAmount() + Buffers);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectionMemory)
#include "tst_wsconnection_memory.moc"
