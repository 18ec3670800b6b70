// SPDX-License-Identifier: MIT
#include "protocol/wsoutput.h"

#include "allocationmeter.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <cstring>
#include <limits>
#include <new>

class TestWsOutput : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isEmptyAtFirst();
    void joinsSmallPieces();
    void growsItsBufferInLargeSteps();
    void startsANewBufferWhereTheLastIsFull();
    void takesAPieceLargerThanABuffer();
    void reservedRoomIsFilledByTheCaller();
    void ignoresEmptyBytes();
    void sharesLargePieces();
    void sharesAPartOfBytes();
    void partThatWaitsDoesNotKeepTheRest();
    void fittingCopiesNoMoreThanItSaves();
    void lossIsRememberedAfterMoreIsDropped();
    void copiesSmallSharedPieces();
    void joinsBehindASharedPiece();
    void sharesAfterAllWasConsumed();
    void consumesInsideAPiece();
    void consumesOverPieces();
    void consumesNothing();
    void letsGoOfASharedPieceOnceItIsConsumed();
    void appendsWhilePartlyConsumed();
    void countsWhatWasWritten();
    void clearForgetsAllButWhatWasWritten();
    void onlyWhatIsClearedIsLost();
    void keepsItsBufferWhenEmpty();
    void keepsNoLargeBuffer();
    void squeezeFreesTheBufferOnlyWhenEmpty();
    void staysAsItIsWithoutMemory_data();
    void staysAsItIsWithoutMemory();
    void consumesAnyAmountsInOrder();
    void manyPiecesAreConsumedInLinearTime();
};

namespace {
QByteArray contentOf(const WsOutput &output)
{
    QByteArray bytes;
    for (qsizetype i = 0; i < output.pieceCount(); ++i)
        bytes += output.piece(i);
    return bytes;
}

const QByteArray &largePayload()
{
    static const QByteArray payload(WsOutput::ShareFrom, 'L');
    return payload;
}
} // namespace

void TestWsOutput::isEmptyAtFirst()
{
    const WsOutput output;
    QVERIFY(output.isEmpty());
    QCOMPARE(output.size(), 0);
    QCOMPARE(output.written(), 0);
    QCOMPARE(output.pieceCount(), 0);
}

void TestWsOutput::joinsSmallPieces()
{
    WsOutput output;
    output.append("one ");
    output.append("two ");
    output.append("three");
    QCOMPARE(output.pieceCount(), 1);
    QCOMPARE(output.size(), 13);
    QCOMPARE(contentOf(output), QByteArray("one two three"));
}

void TestWsOutput::growsItsBufferInLargeSteps()
{
    if (!AllocationMeter::IsAvailable)
        QSKIP("allocations cannot be counted here");
    constexpr size_t Size = 60000;
    WsOutput output;
    const AllocationMeter meter;
    for (size_t i = 0; i < Size; i += 10)
        output.append("ten bytes.");
    QCOMPARE(output.pieceCount(), 1);
    QVERIFY2(meter.total() < 8 * Size, qPrintable(QString::number(meter.total())));
}

void TestWsOutput::startsANewBufferWhereTheLastIsFull()
{
    WsOutput output;
    const QByteArray piece(1000, 'a');
    for (int i = 0; i < 200; ++i)
        output.append(piece);
    QCOMPARE(output.size(), 200000);
    QCOMPARE(contentOf(output), QByteArray(200000, 'a'));
    QCOMPARE(output.pieceCount(), 4);
    for (qsizetype i = 0; i < output.pieceCount(); ++i)
        QVERIFY(output.piece(i).size() <= 64 * 1024);
}

void TestWsOutput::takesAPieceLargerThanABuffer()
{
    WsOutput output;
    const QByteArray piece(1000000, 'a');
    output.append(piece);
    QCOMPARE(output.pieceCount(), 1);
    output.append("b");
    QCOMPARE(output.pieceCount(), 2);
    QCOMPARE(contentOf(output), piece + 'b');
}

void TestWsOutput::reservedRoomIsFilledByTheCaller()
{
    WsOutput output;
    output.append("a");
    std::memcpy(output.reserve(3), "bcd", 3);
    std::memcpy(output.reserve(2), "ef", 2);
    QCOMPARE(contentOf(output), QByteArray("abcdef"));
    QCOMPARE(output.size(), 6);
}

void TestWsOutput::ignoresEmptyBytes()
{
    WsOutput output;
    output.append({});
    output.appendShared({});
    QVERIFY(output.isEmpty());
    QCOMPARE(output.pieceCount(), 0);
}

void TestWsOutput::sharesLargePieces()
{
    WsOutput output;
    output.append("header");
    output.appendShared(largePayload());
    QCOMPARE(output.pieceCount(), 2);
    QCOMPARE(output.piece(1).data(), largePayload().constData());
    QCOMPARE(output.piece(1).size(), largePayload().size());
    QCOMPARE(output.size(), 6 + largePayload().size());
}

void TestWsOutput::sharesAPartOfBytes()
{
    const QByteArray bytes = largePayload() + QByteArray(WsOutput::ShareFrom, 'M') + 'N';
    WsOutput output;
    output.appendShared(bytes, WsOutput::ShareFrom, WsOutput::ShareFrom);
    output.appendShared(bytes, 2 * WsOutput::ShareFrom, 1); // is copied
    QCOMPARE(output.size(), WsOutput::ShareFrom + 1);
    QCOMPARE(output.piece(0).data(), bytes.constData() + WsOutput::ShareFrom);
    output.consume(WsOutput::ShareFrom - 1);
    QCOMPARE(contentOf(output), QByteArray("MN"));
}

// Whoever does not read would otherwise keep all of a large message for its last fragment.
void TestWsOutput::partThatWaitsDoesNotKeepTheRest()
{
    QByteArray bytes = QByteArray(3 * WsOutput::ShareFrom, 'L') + QByteArray(WsOutput::ShareFrom, 'M');
    WsOutput output;
    output.appendShared(bytes, 3 * WsOutput::ShareFrom, WsOutput::ShareFrom);
    output.consume(1);
    QVERIFY(!bytes.isDetached());
    output.fit();
    QVERIFY(bytes.isDetached());
    QCOMPARE(contentOf(output), QByteArray(WsOutput::ShareFrom - 1, 'M'));
}

// What is mostly used is not copied, nor is what no array is shared for.
void TestWsOutput::fittingCopiesNoMoreThanItSaves()
{
    const QByteArray large = QByteArray(WsOutput::ShareFrom, 'L') + QByteArray(WsOutput::ShareFrom + 1, 'M');
    WsOutput output;
    output.append("header");
    output.appendShared(large, WsOutput::ShareFrom, WsOutput::ShareFrom + 1);
    output.append("end");
    const char *const first = output.piece(0).data();
    output.fit();
    QCOMPARE(output.piece(0).data(), first);
    QCOMPARE(output.piece(1).data(), large.constData() + WsOutput::ShareFrom);
    output.appendShared(largePayload());
    output.fit(); // looks at what is new alone
    QCOMPARE(output.piece(0).data(), first);
    QCOMPARE(contentOf(output), "header" + QByteArray(WsOutput::ShareFrom + 1, 'M') + "end" + largePayload());
}

void TestWsOutput::lossIsRememberedAfterMoreIsDropped()
{
    WsOutput output;
    output.clear();
    QVERIFY(!output.hasLost());
    for (int time = 0; time < 2; ++time) {
        output.append("a");
        output.clear();
        QVERIFY(output.hasLost());
        QVERIFY(output.isEmpty());
    }
    output.clear();
    QVERIFY(output.hasLost());
}

void TestWsOutput::copiesSmallSharedPieces()
{
    WsOutput output;
    const QByteArray small(WsOutput::ShareFrom - 1, 's');
    output.append("header");
    output.appendShared(small);
    QCOMPARE(output.pieceCount(), 1);
    QCOMPARE(contentOf(output), "header" + small);
}

void TestWsOutput::joinsBehindASharedPiece()
{
    WsOutput output;
    output.appendShared(largePayload());
    output.append("one ");
    output.append("two");
    QCOMPARE(output.pieceCount(), 2);
    QCOMPARE(contentOf(output), largePayload() + "one two");
    QCOMPARE(largePayload().count('L'), WsOutput::ShareFrom);
}

void TestWsOutput::sharesAfterAllWasConsumed()
{
    WsOutput output;
    output.append("small");
    output.consume(5);
    output.appendShared(largePayload());
    QCOMPARE(output.pieceCount(), 1);
    QCOMPARE(output.piece(0).data(), largePayload().constData());
    output.consume(output.size());
    QVERIFY(output.isEmpty());
}

void TestWsOutput::consumesInsideAPiece()
{
    WsOutput output;
    output.append("abcdef");
    output.consume(2);
    QCOMPARE(contentOf(output), QByteArray("cdef"));
    output.consume(3);
    QCOMPARE(contentOf(output), QByteArray("f"));
    QCOMPARE(output.size(), 1);
    output.consume(1);
    QVERIFY(output.isEmpty());
    QCOMPARE(output.pieceCount(), 0);
}

void TestWsOutput::consumesOverPieces()
{
    WsOutput output;
    output.append("header");
    output.appendShared(largePayload());
    output.append("trailer");
    output.consume(6 + largePayload().size() - 2);
    QCOMPARE(contentOf(output), QByteArray("LLtrailer"));
    output.consume(4);
    QCOMPARE(contentOf(output), QByteArray("ailer"));
    QCOMPARE(output.pieceCount(), 1);
}

void TestWsOutput::consumesNothing()
{
    WsOutput output;
    output.append("abc");
    output.consume(0);
    QCOMPARE(contentOf(output), QByteArray("abc"));
    output.consume(3);
    output.consume(0);
    QVERIFY(output.isEmpty());
    QCOMPARE(output.written(), 3);
}

void TestWsOutput::letsGoOfASharedPieceOnceItIsConsumed()
{
    QByteArray payload(WsOutput::ShareFrom, 'p');
    WsOutput output;
    output.appendShared(payload);
    output.append("behind");
    QVERIFY(!payload.isDetached());
    output.consume(payload.size());
    QVERIFY(payload.isDetached());
    QCOMPARE(contentOf(output), QByteArray("behind"));
}

void TestWsOutput::appendsWhilePartlyConsumed()
{
    WsOutput output;
    output.append("abc");
    output.consume(1);
    output.append("def");
    QCOMPARE(contentOf(output), QByteArray("bcdef"));
    QCOMPARE(output.size(), 5);
}

void TestWsOutput::countsWhatWasWritten()
{
    WsOutput output;
    output.append("abc");
    output.consume(2);
    QCOMPARE(output.written(), 2);
    output.appendShared(largePayload());
    output.consume(output.size());
    QCOMPARE(output.written(), 3 + largePayload().size());
}

void TestWsOutput::clearForgetsAllButWhatWasWritten()
{
    WsOutput output;
    output.append("abc");
    output.consume(1);
    output.appendShared(largePayload());
    output.clear();
    QVERIFY(output.isEmpty());
    QCOMPARE(output.size(), 0);
    QCOMPARE(output.written(), 1);
    output.append("x");
    QCOMPARE(contentOf(output), QByteArray("x"));
}

void TestWsOutput::onlyWhatIsClearedIsLost()
{
    WsOutput output;
    output.append("abc");
    output.consume(3);
    output.clear();
    QVERIFY(!output.hasLost());
    output.append("abc");
    output.consume(2);
    output.clear();
    QVERIFY(output.hasLost());
}

void TestWsOutput::keepsItsBufferWhenEmpty()
{
    WsOutput output;
    output.append(QByteArray(1000, 'a'));
    const char *const buffer = output.piece(0).data();
    output.consume(1000);
    output.append("b");
    QCOMPARE(static_cast<const void *>(output.piece(0).data()), static_cast<const void *>(buffer));
}

void TestWsOutput::keepsNoLargeBuffer()
{
    WsOutput output;
    std::memset(output.reserve(1000000), 'a', 1000000);
    const char *const buffer = output.piece(0).data();
    output.consume(1000000);
    const QByteArray inItsPlace(1000000, 'c'); // as good as certain to get what was freed
    output.append("b");
    QVERIFY(output.piece(0).data() != buffer);
    QCOMPARE(inItsPlace.size(), 1000000);
}

void TestWsOutput::squeezeFreesTheBufferOnlyWhenEmpty()
{
    WsOutput output;
    output.append("abc");
    output.squeeze();
    QCOMPARE(contentOf(output), QByteArray("abc"));
    output.consume(3);
    output.squeeze();
    QVERIFY(output.isEmpty());
    QCOMPARE(output.pieceCount(), 0);
    output.append("def");
    QCOMPARE(contentOf(output), QByteArray("def"));
}

void TestWsOutput::staysAsItIsWithoutMemory_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::newRow("nothing yet") << QByteArray();
    QTest::newRow("a joined buffer") << QByteArray("before ");
    QTest::newRow("a shared piece") << largePayload();
}

void TestWsOutput::staysAsItIsWithoutMemory()
{
    QFETCH(const QByteArray, before);
    WsOutput output;
    output.appendShared(before);
    constexpr qsizetype TooMuch = std::numeric_limits<qsizetype>::max() / 2;
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, (void)output.reserve(TooMuch));
    QCOMPARE(contentOf(output), before);
    output.append("after");
    output.appendShared(largePayload());
    QCOMPARE(contentOf(output), before + "after" + largePayload());
    for (qsizetype i = 0; i < output.pieceCount(); ++i)
        QVERIFY(!output.piece(i).isEmpty());
}

void TestWsOutput::consumesAnyAmountsInOrder()
{
    QRandomGenerator generator(4);
    WsOutput output;
    QByteArray expected;
    qint64 written = 0;
    for (int round = 0; round < 5000; ++round) {
        const QByteArray bytes(generator.bounded(20) ? generator.bounded(200) : 40000, char(round));
        generator.bounded(2) ? output.append(bytes) : output.appendShared(bytes);
        expected += bytes;
        const qsizetype size = qMin(expected.size(), qsizetype(generator.bounded(5000)));
        QVERIFY(size == 0 || (output.pieceCount() > 0 && !output.piece(0).isEmpty()));
        QCOMPARE(contentOf(output).first(size), expected.first(size));
        output.consume(size);
        expected.remove(0, size);
        written += size;
        QCOMPARE(output.size(), expected.size());
        QCOMPARE(output.written(), written);
    }
    QCOMPARE(contentOf(output), expected);
}

void TestWsOutput::manyPiecesAreConsumedInLinearTime()
{
    // If each moved the rest, that would take longer than a test may.
    constexpr int Count = 1'000'000;
    WsOutput output;
    for (int i = 0; i < Count; ++i)
        output.appendShared(largePayload());
    QCOMPARE(output.pieceCount(), Count);
    for (int i = 0; i < Count; ++i)
        output.consume(largePayload().size());
    QVERIFY(output.isEmpty());
}

QTEST_APPLESS_MAIN(TestWsOutput)
#include "tst_wsoutput.moc"
