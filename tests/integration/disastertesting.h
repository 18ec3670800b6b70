// SPDX-License-Identifier: MIT
#ifndef DISASTERTESTING_H
#define DISASTERTESTING_H

#include "../unit/allocationmeter.h"
#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <QtCore/qabstracteventdispatcher.h>

#include <limits>

// What the tests of known vulnerabilities share. A program of its own includes it, because it counts what the
// program allocates.
namespace IntegrationTesting {

// Whether the event loop of this thread runs out of work. Bytes that are read again and again, or a socket
// that is reported for ever, keep it busy.
inline bool becomesIdle()
{
    constexpr int MostTurns = 20'000;
    QAbstractEventDispatcher *const dispatcher = QAbstractEventDispatcher::instance();
    for (int turn = 0, idleTurns = 0; turn < MostTurns; ++turn) {
        idleTurns = dispatcher->processEvents(QEventLoop::AllEvents) ? 0 : idleTurns + 1;
        if (idleTurns == 10)
            return true;
    }
    return false;
}

// Those that follow the first \a size bytes, which need not be looked at again and again.
inline QList<ReceivedFrame> framesBehind(const QByteArray &bytes, qint64 size)
{
    return bytes.size() < size ? QList<ReceivedFrame>() : parseFrames(QByteArrayView(bytes).sliced(size));
}

// A compressed message of \a size zeros, in its frames. qCompress() writes the size, a header of zlib, one
// last block of deflate and a checksum; RFC 7692 §7.2.3.4 allows a last block, which a byte of zeros has to
// follow.
inline QByteArray bomb(qsizetype size, qsizetype frameSize, bool isMasked)
{
    const QByteArray compressed = qCompress(QByteArray(size, '\0'), 9);
    const QByteArray data = compressed.sliced(6, compressed.size() - 10) + '\0';
    QByteArray bytes;
    for (qsizetype at = 0; at < data.size(); at += frameSize) {
        const QByteArray piece = data.mid(at, frameSize);
        const bool isLast = at + frameSize >= data.size();
        bytes += frameHeader(at == 0 ? BinaryFrame : Continuation, quint64(piece.size()), isLast, isMasked)
                 + piece;
    }
    bytes[0] = char(bytes[0] | 0x40); // RSV1
    return bytes;
}

// Values of server_max_window_bits and client_max_window_bits that are not 8 to 15.
inline void addBadWindowBits()
{
    QTest::addColumn<QByteArray>("bits");
    for (const char *bits : {"0", "7", "16", "-1", "+9", "08", "015", "256", "264", "9.0", "1e1", "0x0f",
                             "9 9", "ten", "", "\"\"", "\"16\"", "4294967305", "99999999999999999999999"})
        QTest::addRow("'%s'", bits) << QByteArray(bits);
}

// Frames whose lengths are wrong, huge, or huge together with what came before; and with which code they are
// refused, or 0 if nothing is wrong yet.
inline void addHugeLengths()
{
    constexpr quint64 Largest = std::numeric_limits<qint64>::max();
    QTest::addColumn<bool>("isUnlimited");
    QTest::addColumn<quint64>("before");
    QTest::addColumn<quint64>("declared");
    QTest::addColumn<int>("code");
    const quint64 ofOptions = quint64(WsOptions().maxMessageSize());
    QTest::newRow("the limit") << false << quint64(0) << ofOptions << 0;
    QTest::newRow("one byte more") << false << quint64(0) << ofOptions + 1 << 1009;
    QTest::newRow("one byte more together") << false << quint64(1) << ofOptions << 1009;
    QTest::newRow("4 GiB") << false << quint64(0) << (quint64(1) << 32) << 1009;
    QTest::newRow("2^62") << false << quint64(0) << (quint64(1) << 62) << 1009;
    QTest::newRow("2^63 - 1") << false << quint64(0) << Largest << 1009;
    QTest::newRow("2^63 - 1, no limits") << true << quint64(0) << Largest << 0;
    QTest::newRow("2^63 together, no limits") << true << quint64(1) << Largest << 1009;
    QTest::newRow("2^63") << true << quint64(0) << Largest + 1 << 1002;
    QTest::newRow("2^64 - 1") << true << quint64(0) << ~quint64(0) << 1002;
    QTest::newRow("2^64 together") << true << quint64(1) << ~quint64(0) << 1002;
}

inline QByteArray framesOf(quint64 before, quint64 declared, bool isMasked)
{
    const QByteArray first =
        before == 0 ? QByteArray()
                    : frameHeader(BinaryFrame, before, false, isMasked) + QByteArray(qsizetype(before), 'x');
    return first + frameHeader(before == 0 ? BinaryFrame : Continuation, declared, true, isMasked)
           + "ten bytes.";
}

inline WsOptions unlimitedOptions()
{
    WsOptions options;
    options.setMaxMessageSize(std::numeric_limits<qint64>::max());
    options.setMaxFrameSize(std::numeric_limits<qint64>::max());
    return options;
}

// What a peer may send that makes a careless reader wait for what it already has, or read the same again.
inline void addPatterns(bool isMasked)
{
    QTest::addColumn<QByteArray>("bytes");
    const auto header = [isMasked](quint8 opcode, quint64 length, bool isFinal = true) {
        return frameHeader(opcode, length, isFinal, isMasked);
    };
    const auto whole = [header](quint8 opcode, const QByteArray &payload, bool isFinal = true) {
        return header(opcode, quint64(payload.size()), isFinal) + payload;
    };
    QTest::newRow("half a header") << header(TextFrame, 70'000).first(5);
    QTest::newRow("a header alone") << header(BinaryFrame, 5);
    QTest::newRow("empty messages") << whole(TextFrame, {}).repeated(5000);
    QTest::newRow("empty fragments without an end")
        << whole(TextFrame, {}, false) + whole(Continuation, {}, false).repeated(5000);
    QTest::newRow("a frame, and one byte of the next")
        << whole(TextFrame, "a") + whole(TextFrame, "b").first(1);
    QTest::newRow("as much as is read at a time")
        << whole(
               BinaryFrame,
               QByteArray(qsizetype(WsOptions().readBufferSize()) - header(BinaryFrame, 1 << 20).size(), 'a'))
               + header(BinaryFrame, 1);
    QTest::newRow("half a character") << whole(TextFrame, "\xF0\x9F", false) + whole(Continuation, {}, false);
    QTest::newRow("half a ping within a message")
        << whole(TextFrame, "a", false) + header(PingFrame, 125) + QByteArray(124, 'p');
    QTest::newRow("nothing but zeros") << QByteArray(10'000, '\0');
    QTest::newRow("nothing but ones") << QByteArray(10'000, '\xFF');
    QByteArray compressed =
        whole(BinaryFrame, QByteArray("\0", 1), false) + whole(Continuation, {}, false).repeated(100);
    compressed[0] = char(compressed[0] | 0x40);
    QTest::newRow("compressed, with nothing inside") << compressed;
    QByteArray empty = whole(BinaryFrame, {}).repeated(100);
    for (qsizetype at = 0; at < empty.size(); at += whole(BinaryFrame, {}).size())
        empty[at] = char(empty[at] | 0x40);
    QTest::newRow("compressed, without a byte") << empty;
}

} // namespace IntegrationTesting

#endif // DISASTERTESTING_H
