// SPDX-License-Identifier: MIT
#include "../fuzz/protocol/protocolcheck.h"
#include "deflatetesting.h"

using namespace ProtocolTesting;

// What the fuzzer checks, on a bounded number of inputs of a fixed seed: frames of all kinds, most of them
// good, some bytes of them changed.
class TestWsProtocolMutations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void generatedFrames_data();
    void generatedFrames();
    void randomBytes();

private:
    QByteArray randomPayload(QRandomGenerator &generator) const;
    Frame randomFrame(QRandomGenerator &generator) const;
    Frames randomCompressedMessage(QRandomGenerator &generator) const;
};

QByteArray TestWsProtocolMutations::randomPayload(QRandomGenerator &generator) const
{
    static const QByteArray utf8 =
        QByteArray("a\u00e9\u20ac\U0001f600 ASCII only, long enough for its steps").repeated(9);
    const int most = generator.bounded(6) ? 20 : 300;
    return utf8.mid(generator.bounded(50), generator.bounded(most));
}

Frame TestWsProtocolMutations::randomFrame(QRandomGenerator &generator) const
{
    static const QList<int> opcodes{0x0, 0x0, 0x0, 0x1, 0x1, 0x2, 0x9, 0x9, 0xA, 0x8};
    Frame frame = ProtocolTesting::frame(opcodes[generator.bounded(10)], randomPayload(generator));
    const bool isControl = frame.opcode >= 0x8;
    if (isControl)
        frame.payload.truncate(125);
    if (frame.opcode == 0x8)
        frame.payload =
            generator.bounded(4) ? QByteArray("\x03\xE8") + frame.payload.left(123) : frame.payload;
    frame.isFinal = isControl || generator.bounded(3) == 0;
    if (generator.bounded(100) == 0)
        frame = frame.declaring(generator.generate64());
    return frame;
}

Frames TestWsProtocolMutations::randomCompressedMessage(QRandomGenerator &generator) const
{
    using DeflateTesting::RawDeflate;
    const int strategy = generator.bounded(5);
    QByteArray left = RawDeflate(15, generator.bounded(10), 1, strategy)
                          .deflated(randomPayload(generator), generator.bounded(3) ? Z_SYNC_FLUSH : Z_FINISH);
    left += RawDeflate(15, 6, 1, strategy).message(randomPayload(generator));
    left.chop(generator.bounded(20) ? 0 : 1);
    Frames frames;
    do {
        const qsizetype size = generator.bounded(2) ? left.size() : generator.bounded(1 + int(left.size()));
        Frame frame = frames.isEmpty() ? ProtocolTesting::frame(1 + generator.bounded(2)).compressed()
                                       : continuation({});
        frame.payload = left.first(size);
        left.remove(0, size);
        frames += left.isEmpty() ? frame : frame.notFinal();
    } while (!left.isEmpty());
    return frames;
}

void TestWsProtocolMutations::generatedFrames_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("changedBytes");
    for (const WsRole role : BothRoles) {
        for (const int changedBytes : {0, 1, 5})
            addRow(role, numbered("bytes changed: ", changedBytes)) << changedBytes;
    }
}

void TestWsProtocolMutations::generatedFrames()
{
    QFETCH(WsRole, role);
    QFETCH(int, changedBytes);
    QRandomGenerator generator(5);
    for (int round = 0; round < 2000; ++round) {
        const quint8 flags = quint8((generator.generate() & ~1u) | (role == WsRole::Server ? 1 : 0));
        const bool deflates = flags & ProtocolCheck::DeflatesFlag;
        Frames frames;
        for (int i = generator.bounded(round % 20 ? 12 : 200); i >= 0; --i) {
            if (deflates && generator.bounded(3))
                frames += randomCompressedMessage(generator);
            else
                frames += randomFrame(generator);
        }
        QByteArray bytes = fromPeerOf(role, frames);
        for (int i = 0; i < changedBytes; ++i)
            bytes[generator.bounded(int(bytes.size()))] = char(generator.generate());
        const QByteArray input =
            QByteArray(1, char(flags)) + char(generator.generate()) + char(round) + bytes;
        QCOMPARE(ProtocolCheck::check(input), QByteArray());
    }
}

void TestWsProtocolMutations::randomBytes()
{
    QRandomGenerator generator(6);
    for (int round = 0; round < 20000; ++round) {
        QByteArray input(generator.bounded(60), Qt::Uninitialized);
        for (char &byte : input)
            byte = char(generator.generate());
        QCOMPARE(ProtocolCheck::check(input), QByteArray());
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolMutations)
#include "tst_wsprotocol_mutations.moc"
