// SPDX-License-Identifier: MIT
#include "deflatetesting.h"
#include "protocol/wsdeflate.h"

#include <QtCore/qbytearraylist.h>
#include <QtCore/qset.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <memory>
#include <vector>

using namespace DeflateTesting;
using Flush = WsDeflater::Flush;

namespace {
QByteArray deflated(WsDeflater &deflater, QByteArrayView bytes, Flush flush = Flush::Message)
{
    QByteArray out;
    deflater.deflate(bytes, flush, &out);
    return out;
}

// Inflates all the input, \a step bytes at a time; "broken" where it is none.
QByteArray drained(WsInflater &inflater, qsizetype step)
{
    QByteArray out;
    QByteArray buffer(step, Qt::Uninitialized);
    do {
        const qsizetype size = inflater.inflate(buffer.data(), step);
        if (size < 0)
            return "broken";
        out.append(buffer.constData(), size);
    } while (!inflater.needsInput());
    return out;
}

// What a message says, and "unfinished" behind it where it does not end between two blocks.
QByteArray inflatedMessage(WsInflater &inflater, const QByteArray &bytes, qsizetype step = 1000)
{
    inflater.beginMessage();
    inflater.setInput(bytes);
    QByteArray out = drained(inflater, step);
    inflater.setMessageEnd();
    out += drained(inflater, step);
    return inflater.isBetweenBlocks() ? out : out + " unfinished";
}

// Of all sorts, each like the ones before in parts.
QByteArrayList messages()
{
    QRandomGenerator generator(1);
    QByteArrayList all{"a", "", randomJson(generator, 200), randomBytes(generator, 300), {}};
    all += randomJson(generator, 3000);
    all += QByteArray(70000, 'z');
    all += randomBytes(generator, 20000);
    all += all[2];
    return all;
}
} // namespace

class TestWsDeflate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void zlibInflatesWhatIsDeflated_data();
    void zlibInflatesWhatIsDeflated();
    void inflatesWhatZlibDeflates_data();
    void inflatesWhatZlibDeflates();
    void windowOfEightBitsCannotBeDeflated();
    void windowOfEightBitsIsInflated();
    void emptyMessageIsOneByte();
    void whatIsFlushedLaterIsInTheMessage();
    void muchThatIsInsideComesWithLittle();
    void whatIsFlushedNowCanBeInflated();
    void nothingIsFlushedTwice();
    void appendsToWhatIsThere();
    void resetForgetsWhatWasSent();
    void resetForgetsWhatWasReceived();
    void inputIsKept();
    void inputThatIsUsedUpIsNotKept();
    void whatIsInsideComesWithoutInput();
    void truncatedDataIsNotBetweenBlocks();
    void messageThatTheEndContinuesIsNotBetweenBlocks();
    void whatComesBeforeGarbageIsInflated();
    void lastBlockIsNotTheEnd_data();
    void lastBlockIsNotTheEnd();
    void nothingIsNoMessage();
    void farBehindTheWindowIsNoData();
    void givenBackIsTakenAgain();
    void givenBackIsFresh();
    void onlyAFewAreKept();
    void threadsKeepTheirOwn();
};

void TestWsDeflate::zlibInflatesWhatIsDeflated_data()
{
    QTest::addColumn<int>("windowBits");
    for (int windowBits = 9; windowBits <= 15; ++windowBits)
        QTest::newRow(QByteArray::number(windowBits).constData()) << windowBits;
}

void TestWsDeflate::zlibInflatesWhatIsDeflated()
{
    QFETCH(int, windowBits);
    for (int memLevel = 1; memLevel <= 9; ++memLevel) {
        for (int level = 0; level <= 9; ++level) {
            WsDeflater deflater({quint8(level), quint8(memLevel), quint8(windowBits)});
            RawInflate inflate(windowBits);
            for (const QByteArray &message : messages())
                QVERIFY(inflate.message(deflated(deflater, message)) == message);
        }
    }
}

void TestWsDeflate::inflatesWhatZlibDeflates_data()
{
    zlibInflatesWhatIsDeflated_data();
}

void TestWsDeflate::inflatesWhatZlibDeflates()
{
    QFETCH(int, windowBits);
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE}) {
        for (const qsizetype step : {1, 37, 65536}) {
            RawDeflate deflate(windowBits, 6, 8, strategy);
            WsInflater inflater((quint8(windowBits)));
            for (const QByteArray &message : messages()) {
                const QByteArray bytes = message.isEmpty() ? QByteArray(1, '\0') : deflate.message(message);
                QVERIFY(inflatedMessage(inflater, bytes, step) == message);
            }
        }
    }
}

void TestWsDeflate::windowOfEightBitsCannotBeDeflated()
{
    QVERIFY(!WsDeflater::isPossible({6, 8, 8}));
    QVERIFY(WsDeflater::isPossible({6, 8, 9}));
    QVERIFY(WsDeflater::isPossible({6, 8, 15}));
}

// Some senders make a window of nine bits where eight were agreed on, as zlib does with a header.
void TestWsDeflate::windowOfEightBitsIsInflated()
{
    RawDeflate deflate(9);
    WsInflater inflater(8);
    for (const QByteArray &message : {QByteArray(500, 'a'), QByteArray("abc").repeated(200)})
        QVERIFY(inflatedMessage(inflater, deflate.message(message)) == message);
}

// RFC 7692 §7.2.3.6
void TestWsDeflate::emptyMessageIsOneByte()
{
    const QByteArray empty(1, '\0');
    WsDeflater deflater({});
    QCOMPARE(deflated(deflater, {}), empty);
    QCOMPARE(deflated(deflater, {}), empty);
    deflated(deflater, "a");
    QCOMPARE(deflated(deflater, {}), empty);
    deflated(deflater, "a", Flush::Now);
    QCOMPARE(deflated(deflater, {}), empty);
    deflater.reset();
    QCOMPARE(deflated(deflater, {}), empty);
}

void TestWsDeflate::whatIsFlushedLaterIsInTheMessage()
{
    WsDeflater deflater({});
    RawInflate inflate;
    QByteArray message = deflated(deflater, "one ", Flush::Later);
    QCOMPARE(message, QByteArray());
    message += deflated(deflater, "two ", Flush::Later) + deflated(deflater, {}, Flush::Later);
    message += deflated(deflater, {}, Flush::Message);
    QCOMPARE(inflate.message(message), QByteArray("one two "));
    QCOMPARE(inflate.message(deflated(deflater, "three")), QByteArray("three"));
}

// More than zlib estimates for the few bytes that bring it out.
void TestWsDeflate::muchThatIsInsideComesWithLittle()
{
    QRandomGenerator generator(3);
    WsDeflater deflater({6, 8, 15});
    RawInflate inflate;
    for (const Flush flush : {Flush::Message, Flush::Now}) {
        const QByteArray noise = randomBytes(generator, 15000);
        QCOMPARE(deflated(deflater, noise, Flush::Later), QByteArray());
        const QByteArray out = deflated(deflater, "a", flush);
        QVERIFY(out.size() > noise.size());
        QVERIFY((flush == Flush::Now ? inflate.inflated(out) : inflate.message(out)) == noise + 'a');
    }
}

void TestWsDeflate::whatIsFlushedNowCanBeInflated()
{
    WsDeflater deflater({});
    RawInflate inflate;
    QCOMPARE(inflate.inflated(deflated(deflater, "one ", Flush::Now)), QByteArray("one "));
    QCOMPARE(inflate.inflated(deflated(deflater, "two ", Flush::Now)), QByteArray("two "));
    QCOMPARE(inflate.message(deflated(deflater, "three")), QByteArray("three"));
}

void TestWsDeflate::nothingIsFlushedTwice()
{
    WsDeflater deflater({});
    deflated(deflater, "one", Flush::Now);
    QCOMPARE(deflated(deflater, {}, Flush::Now), QByteArray());
    deflated(deflater, "two", Flush::Message);
    QCOMPARE(deflated(deflater, {}, Flush::Now), QByteArray());
}

void TestWsDeflate::appendsToWhatIsThere()
{
    WsDeflater deflater({});
    QByteArray out = "before";
    deflater.deflate("a", Flush::Message, &out);
    QVERIFY(out.startsWith("before"));
    QCOMPARE(RawInflate().message(out.mid(6)), QByteArray("a"));
}

void TestWsDeflate::resetForgetsWhatWasSent()
{
    const QByteArray message = messages().at(2);
    WsDeflater deflater({});
    const QByteArray fresh = deflated(deflater, message);
    QVERIFY(deflated(deflater, message).size() < fresh.size() / 2);
    deflated(deflater, "half a message", Flush::Later);
    deflater.reset();
    QCOMPARE(deflated(deflater, message), fresh);
}

void TestWsDeflate::resetForgetsWhatWasReceived()
{
    RawDeflate deflate;
    const QByteArray message = messages().at(2);
    const QByteArray first = deflate.message(message);
    const QByteArray second = deflate.message(message);
    WsInflater inflater(15);
    QCOMPARE(inflatedMessage(inflater, first), message);
    QCOMPARE(inflatedMessage(inflater, second), message);
    inflater.setInput(first.first(5));
    inflater.reset();
    QCOMPARE(inflatedMessage(inflater, first), message);
    inflater.reset();
    QVERIFY(inflatedMessage(inflater, second).startsWith("broken"));
}

void TestWsDeflate::inputIsKept()
{
    const QByteArray message = messages().at(5);
    auto bytes = std::make_unique<QByteArray>(RawDeflate().message(message));
    WsInflater inflater(15);
    inflater.setInput(*bytes);
    QByteArray out(message.size(), Qt::Uninitialized);
    QCOMPARE(inflater.inflate(out.data(), 10), 10);
    inflater.keepInput();
    bytes->fill('x');
    bytes.reset();
    QCOMPARE(inflater.inflate(out.data() + 10, 10), 10);
    inflater.keepInput();
    QVERIFY(out.first(20) + drained(inflater, 100) == message);
}

void TestWsDeflate::inputThatIsUsedUpIsNotKept()
{
    const QByteArray bytes = RawDeflate().message("Hello");
    WsInflater inflater(15);
    inflater.setInput(bytes);
    QCOMPARE(drained(inflater, 100), QByteArray("Hello"));
    inflater.keepInput();
    QVERIFY(inflater.needsInput());
    QCOMPARE(drained(inflater, 100), QByteArray());
}

void TestWsDeflate::whatIsInsideComesWithoutInput()
{
    const QByteArray message(100000, 'z');
    const QByteArray bytes = RawDeflate().message(message);
    WsInflater inflater(15);
    inflater.setInput(bytes);
    char byte = 0;
    QCOMPARE(inflater.inflate(&byte, 1), 1);
    QVERIFY(!inflater.needsInput());
    QCOMPARE(1 + drained(inflater, 1000).size(), message.size());
}

void TestWsDeflate::truncatedDataIsNotBetweenBlocks()
{
    const QByteArray bytes = RawDeflate().message(messages().at(5));
    for (qsizetype size = 1; size < bytes.size(); size += 7) {
        WsInflater inflater(15);
        const QByteArray result = inflatedMessage(inflater, bytes.first(size));
        QVERIFY2(result.endsWith("unfinished") || result.contains("broken"),
                 QByteArray::number(size).constData());
    }
}

// The four bytes that end a message are read as what they are within a block. The codes of this one are such
// that they spell letters and the end of the block, one bit before their own end.
void TestWsDeflate::messageThatTheEndContinuesIsNotBetweenBlocks()
{
    const QByteArray bytes = QByteArray::fromHex("04e00190244992244902") + QByteArray(48, '\0')
                             + QByteArray::fromHex("128b9a4756cfde03") + QByteArray(71, '\0')
                             + QByteArray::fromHex("3c00");
    WsInflater inflater(15);
    QCOMPARE(inflatedMessage(inflater, bytes), QByteArray(22, 'a') + " unfinished");
}

void TestWsDeflate::whatComesBeforeGarbageIsInflated()
{
    // A stored block, and one of the type that is reserved.
    const QByteArray bytes = QByteArray("\x00\x03\x00\xfc\xff"
                                        "abc",
                                        8)
                             + '\x06';
    WsInflater inflater(15);
    inflater.setInput(bytes);
    QByteArray out(10, Qt::Uninitialized);
    QCOMPARE(inflater.inflate(out.data(), out.size()), 3);
    QVERIFY(!inflater.needsInput());
    QCOMPARE(out.first(3), QByteArray("abc"));
    QCOMPARE(inflater.inflate(out.data(), out.size()), -1);
    QCOMPARE(inflater.inflate(out.data(), out.size()), -1);
}

void TestWsDeflate::lastBlockIsNotTheEnd_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("message");
    const QByteArray hello = QByteArray::fromHex("f348cdc9c90700");
    QTest::newRow("RFC 7692 §7.2.3.4") << hello + '\0' << QByteArray("Hello");
    QTest::newRow("nothing behind it") << hello << QByteArray("Hello");
    QTest::newRow("twice") << hello + hello << QByteArray("HelloHello");
    QTest::newRow("another behind it")
        << hello + QByteArray::fromHex("f248cdc9c90700") << QByteArray("HelloHello");
    QTest::newRow("that refers to what was before")
        << hello + QByteArray::fromHex("f200110000") << QByteArray("HelloHello");
    QTest::newRow("stored") << QByteArray::fromHex("010300fcff616263") << QByteArray("abc");
}

void TestWsDeflate::lastBlockIsNotTheEnd()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, message);
    for (const qsizetype step : {1, 5, 100}) {
        WsInflater inflater(15);
        for (int round = 0; round < 3; ++round)
            QCOMPARE(inflatedMessage(inflater, bytes, step), message);
        QCOMPARE(inflatedMessage(inflater, RawDeflate().message("next"), step), QByteArray("next"));
    }
}

void TestWsDeflate::nothingIsNoMessage()
{
    WsInflater inflater(15);
    QCOMPARE(inflatedMessage(inflater, {}), QByteArray(" unfinished"));
    WsInflater afterLastBlock(15);
    QCOMPARE(inflatedMessage(afterLastBlock, QByteArray::fromHex("f348cdc9c90700")), QByteArray("Hello"));
    QCOMPARE(inflatedMessage(afterLastBlock, {}), QByteArray(" unfinished"));
}

void TestWsDeflate::farBehindTheWindowIsNoData()
{
    QRandomGenerator generator(2);
    const QByteArray message = randomBytes(generator, 2000);
    RawDeflate deflate(12);
    WsInflater inflater(9);
    QVERIFY(inflatedMessage(inflater, deflate.message(message)) == message);
    QVERIFY(inflatedMessage(inflater, deflate.message(message)).startsWith("broken"));
}

void TestWsDeflate::givenBackIsTakenAgain()
{
    auto deflater = WsDeflater::take({6, 5, 12});
    auto inflater = WsInflater::take(13);
    const WsDeflater *const first = deflater.get();
    const WsInflater *const firstInflater = inflater.get();
    WsDeflater::giveBack(std::move(deflater));
    WsInflater::giveBack(std::move(inflater));
    const auto other = WsDeflater::take({6, 5, 11});
    QVERIFY(other.get() != first);
    QCOMPARE(other->parameters(), WsDeflateParameters({6, 5, 11}));
    QCOMPARE(WsInflater::take(14)->windowBits(), 14);
    deflater = WsDeflater::take({6, 5, 12});
    inflater = WsInflater::take(13);
    QCOMPARE(deflater.get(), first);
    QCOMPARE(inflater.get(), firstInflater);
    QVERIFY(WsDeflater::take({6, 5, 12}).get() != first);
}

void TestWsDeflate::givenBackIsFresh()
{
    auto deflater = WsDeflater::take({6, 4, 10});
    const QByteArray fresh = deflated(*deflater, messages().at(2));
    deflated(*deflater, "half", Flush::Later);
    WsDeflater::giveBack(std::move(deflater));
    deflater = WsDeflater::take({6, 4, 10});
    QCOMPARE(deflated(*deflater, messages().at(2)), fresh);

    auto inflater = WsInflater::take(15);
    inflater->setInput(QByteArrayView(fresh).first(20));
    inflater->keepInput();
    WsInflater::giveBack(std::move(inflater));
    inflater = WsInflater::take(15);
    QCOMPARE(inflatedMessage(*inflater, fresh), messages().at(2));
}

void TestWsDeflate::onlyAFewAreKept()
{
    std::vector<std::unique_ptr<WsInflater>> many;
    for (int i = 0; i < 10; ++i)
        many.push_back(std::make_unique<WsInflater>(quint8(11)));
    QSet<const WsInflater *> kept;
    for (size_t i = 6; i < many.size(); ++i)
        kept.insert(many[i].get());
    for (auto &one : many)
        WsInflater::giveBack(std::move(one));
    std::vector<std::unique_ptr<WsInflater>> taken;
    for (int i = 0; i < 4; ++i) {
        taken.push_back(WsInflater::take(11));
        QVERIFY(kept.remove(taken.back().get()));
    }
}

void TestWsDeflate::threadsKeepTheirOwn()
{
    auto deflater = WsDeflater::take({6, 3, 9});
    const WsDeflater *const ours = deflater.get();
    WsDeflater::giveBack(std::move(deflater));
    const WsDeflater *theirs = nullptr;
    const std::unique_ptr<QThread> thread(QThread::create([&theirs] {
        auto taken = WsDeflater::take({6, 3, 9});
        theirs = taken.get();
        WsDeflater::giveBack(std::move(taken));
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(theirs != ours);
    QCOMPARE(WsDeflater::take({6, 3, 9}).get(), ours);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsDeflate)
#include "tst_wsdeflate.moc"
