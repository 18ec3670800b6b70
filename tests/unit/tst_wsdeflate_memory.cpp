// SPDX-License-Identifier: MIT

// zlib gets no memory, at first or later. A program of its own, because it stands in for functions of zlib.

#include "deflatetesting.h"
#include "protocoltesting.h"

#include <dlfcn.h>

#include <cstdlib>

using namespace DeflateTesting;
using namespace ProtocolTesting;
using Flush = WsDeflater::Flush;

namespace {
constexpr int NoLimit = 1 << 30;
int allocationsLeft = NoLimit;

voidpf allocate(voidpf, uInt count, uInt size)
{
    return allocationsLeft-- > 0 ? std::calloc(count, size) : nullptr;
}

void release(voidpf, voidpf memory)
{
    std::free(memory);
}

template <typename Function>
Function *original(Function *, const char *name)
{
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

// zlib has memory for \a count more allocations as long as one of these exists.
struct Allocations
{
    explicit Allocations(int count) { allocationsLeft = count; }
    ~Allocations() { allocationsLeft = NoLimit; }
    Q_DISABLE_COPY_MOVE(Allocations)
};

// How many zlib makes at first. Later it needs one more, for its window, when there is something to remember.
int firstAllocations()
{
    const Allocations all(NoLimit);
    const RawInflate inflate;
    return NoLimit - allocationsLeft;
}

QByteArray messageOf(qsizetype size)
{
    QRandomGenerator generator(quint32(size) + 1);
    return randomJson(generator, size).first(size);
}

QByteArray deflated(WsDeflater &deflater, const QByteArray &bytes, Flush flush, int allocations = NoLimit)
{
    const Allocations few(allocations);
    QByteArray out;
    deflater.deflate(bytes, flush, &out);
    return out;
}
} // namespace

extern "C" {
int deflateInit2_(z_streamp stream, int level, int method, int windowBits, int memLevel, int strategy,
                  const char *version, int size)
{
    stream->zalloc = allocate;
    stream->zfree = release;
    return original(&deflateInit2_, "deflateInit2_")(stream, level, method, windowBits, memLevel, strategy,
                                                     version, size);
}

int inflateInit2_(z_streamp stream, int windowBits, const char *version, int size)
{
    stream->zalloc = allocate;
    stream->zfree = release;
    return original(&inflateInit2_, "inflateInit2_")(stream, windowBits, version, size);
}
}

class TestWsDeflateMemory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messageIsStoredUntilThereIsMemory_data();
    void messageIsStoredUntilThereIsMemory();
    void partsAreStoredToo();
    void inflaterTriesAgain();
    void whatWasInflatedBeforeMemoryIsMissingIsReturned();
    void messageIsSentUncompressed();
    void streamedMessageIsSent();
    void messageThatCannotBeInflatedEndsTheConnection_data();
    void messageThatCannotBeInflatedEndsTheConnection();
};

void TestWsDeflateMemory::messageIsStoredUntilThereIsMemory_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 1000, 0xfffe, 0xffff, 0x10000, 300'000})
        QTest::addRow("%d bytes", size) << size;
}

void TestWsDeflateMemory::messageIsStoredUntilThereIsMemory()
{
    QFETCH(const int, size);
    const QByteArray message = messageOf(size);
    WsDeflater deflater({});
    RawInflate inflate;
    for (int time = 0; time < 2; ++time) {
        const QByteArray stored = deflated(deflater, message, Flush::Message, 0);
        QVERIFY(stored.size() > message.size());
        QVERIFY(stored.size() <= message.size() + 1 + 5 * (message.size() / 0xffff + 1));
        QVERIFY(inflate.message(stored) == message);
    }
    const QByteArray compressed = deflated(deflater, message, Flush::Message);
    QVERIFY(compressed == RawDeflate().message(message));
    QVERIFY(inflate.message(compressed) == message);
}

void TestWsDeflateMemory::partsAreStoredToo()
{
    const QByteArrayList parts = {messageOf(100), messageOf(200), messageOf(70'000)};
    WsDeflater deflater({});
    QByteArray stored = deflated(deflater, parts[0], Flush::Later, 0);
    stored += deflated(deflater, parts[1], Flush::Now, 0);
    stored += deflated(deflater, parts[2], Flush::Message); // there is memory again
    QVERIFY(stored.size() < parts.join().size());
    QVERIFY(RawInflate().message(stored) == parts.join());
}

void TestWsDeflateMemory::inflaterTriesAgain()
{
    const QByteArray message = messageOf(1000);
    const QByteArray bytes = RawDeflate().message(message);
    QByteArray out(2000, Qt::Uninitialized);
    WsInflater inflater(15);
    inflater.beginMessage();
    inflater.setInput(bytes);
    {
        const Allocations none(0);
        QCOMPARE(inflater.inflate(out.data(), out.size()), WsInflater::NoMemory);
        QVERIFY(!inflater.needsInput());
        QCOMPARE(inflater.inflate(out.data(), out.size()), WsInflater::NoMemory);
    }
    QCOMPARE(inflater.inflate(out.data(), out.size()), message.size());
    QVERIFY(out.startsWith(message));
}

void TestWsDeflateMemory::whatWasInflatedBeforeMemoryIsMissingIsReturned()
{
    const QByteArray message = messageOf(1000);
    const QByteArray bytes = RawDeflate().message(message);
    QByteArray out(100, Qt::Uninitialized);
    WsInflater inflater(15);
    inflater.beginMessage();
    inflater.setInput(bytes);
    const Allocations few(firstAllocations());
    QCOMPARE(inflater.inflate(out.data(), out.size()), out.size());
    QVERIFY(message.startsWith(out));
    if (allocationsLeft == 0)
        QSKIP("this zlib has its window from the first on");
    QVERIFY(!inflater.needsInput());
    QCOMPARE(inflater.inflate(out.data(), out.size()), WsInflater::NoMemory);
    QVERIFY(!inflater.needsInput());
}

void TestWsDeflateMemory::messageIsSentUncompressed()
{
    const QByteArray message = messageOf(1000);
    WsProtocol server(WsRole::Server);
    deflating()(server);
    QList<SentFrame> sent;
    {
        const Allocations none(0);
        QVERIFY(server.sendMessage(Ws::Binary, message));
        sent = sentBy(server);
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent[0].rsv, 0);
        QVERIFY(sent[0].payload == message);
    }
    QVERIFY(server.sendMessage(Ws::Binary, message));
    sent = sentBy(server);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].rsv, 4);
    QVERIFY(RawInflate().message(sent[0].payload) == message);
}

// Of which it is not known at first how long it gets, so that it is compressed in any case.
void TestWsDeflateMemory::streamedMessageIsSent()
{
    const QByteArray message = messageOf(1000);
    WsProtocol server(WsRole::Server);
    deflating()(server);
    const Allocations none(0);
    const quint64 id = server.beginMessage(Ws::Binary);
    QVERIFY(server.continueMessage(id, message));
    QVERIFY(server.endMessage(id));
    QByteArray payload;
    const QList<SentFrame> frames = sentBy(server);
    for (const SentFrame &frame : frames)
        payload += frame.payload;
    QCOMPARE(frames.first().rsv, 4);
    allocationsLeft = NoLimit;
    QVERIFY(RawInflate().message(payload) == message);
}

void TestWsDeflateMemory::messageThatCannotBeInflatedEndsTheConnection_data()
{
    QTest::addColumn<int>("allocations");
    QTest::newRow("no state") << 0;
    QTest::newRow("no window") << firstAllocations();
}

void TestWsDeflateMemory::messageThatCannotBeInflatedEndsTheConnection()
{
    QFETCH(const int, allocations);
    const Frame message = binary(RawDeflate().message(messageOf(200'000))).compressed();
    WsProtocol server(WsRole::Server);
    deflating()(server);
    const Allocations few(allocations);
    server.receive(fromPeerOf(WsRole::Server, {message}));
    const WsEvent event = server.nextEvent();
    if (allocations > 0 && allocationsLeft == 0)
        QSKIP("this zlib has its window from the first on");
    QCOMPARE(event.type, WsEvent::Failure);
    QCOMPARE(int(event.closeCode), 1011);
    QCOMPARE(server.failure().text, QStringLiteral("there is not enough memory to inflate a message"));
}

QTEST_APPLESS_MAIN(TestWsDeflateMemory)

#include "tst_wsdeflate_memory.moc"
