// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

using namespace ProtocolTesting;

class TestWsFrame : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void opcodes_data();
    void opcodes();
    void headers_data();
    void headerIsEncoded_data() { headers_data(); }
    void headerIsEncoded();
    void headerIsDecoded_data() { headers_data(); }
    void headerIsDecoded();
    void sizeIsKnownFromTwoBytes_data() { headers_data(); }
    void sizeIsKnownFromTwoBytes();
    void lengthThatUsesTooManyBytesIsNotMinimal_data();
    void lengthThatUsesTooManyBytesIsNotMinimal();
    void everyFirstByteSurvives();
    void sizeOfUpToOneByteIsUnknown();
    void mostSignificantBitOfTheLengthIsDecoded();
};

void TestWsFrame::opcodes_data()
{
    QTest::addColumn<int>("opcode");
    QTest::addColumn<bool>("known");
    QTest::addColumn<bool>("control");
    const QList<int> knownOnes{0x0, 0x1, 0x2, 0x8, 0x9, 0xA};
    for (int opcode = 0; opcode < 16; ++opcode)
        QTest::newRow(qPrintable(QString::number(opcode, 16)))
            << opcode << knownOnes.contains(opcode) << (opcode >= 8);
}

void TestWsFrame::opcodes()
{
    QFETCH(int, opcode);
    QTEST(wsIsKnown(WsOpcode(opcode)), "known");
    QTEST(wsIsControl(WsOpcode(opcode)), "control");
}

void TestWsFrame::headers_data()
{
    QTest::addColumn<quint64>("length");
    QTest::addColumn<bool>("masked");
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray key("\x37\xfa\x21\x3d", 4);
    const auto row = [&](const char *name, quint64 length, const QByteArray &unmasked) {
        QByteArray bytes = QByteArray(1, char(0x82)) + unmasked;
        QTest::newRow(name) << length << false << bytes;
        bytes[1] = char(bytes[1] | char(0x80));
        QTest::newRow((QByteArray(name) + ", masked").constData()) << length << true << bytes + key;
    };
    row("0", 0, QByteArray("\x00", 1));
    row("1", 1, "\x01");
    row("125", 125, "\x7d");
    row("126", 126, QByteArray("\x7e\x00\x7e", 3));
    row("127", 127, QByteArray("\x7e\x00\x7f", 3));
    row("256", 256, QByteArray("\x7e\x01\x00", 3));
    row("65535", 65535, "\x7e\xff\xff");
    row("65536", 65536, QByteArray("\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 9));
    row("2^62", quint64(1) << 62, QByteArray("\x7f\x40\x00\x00\x00\x00\x00\x00\x00", 9));
    row("2^63 - 1", ~quint64(0) >> 1, "\x7f\x7f\xff\xff\xff\xff\xff\xff\xff");
}

void TestWsFrame::headerIsEncoded()
{
    QFETCH(quint64, length);
    QFETCH(bool, masked);
    QFETCH(QByteArray, bytes);
    WsFrameHeader header;
    header.opcode = WsOpcode::Binary;
    header.length = length;
    header.masked = masked;
    memcpy(&header.maskingKey, "\x37\xfa\x21\x3d", 4);
    QCOMPARE(header.encodedSize(), bytes.size());
    QVERIFY(header.encodedSize() <= WsFrameHeader::MaxSize);
    QByteArray encoded(bytes.size() + 1, '#');
    header.encode(encoded.data());
    QCOMPARE(encoded.toHex(' '), (bytes + '#').toHex(' '));
}

void TestWsFrame::headerIsDecoded()
{
    QFETCH(quint64, length);
    QFETCH(bool, masked);
    QFETCH(QByteArray, bytes);
    const WsFrameHeader header = WsFrameHeader::decode(bytes.constData());
    QCOMPARE(header.length, length);
    QCOMPARE(header.masked, masked);
    QCOMPARE(header.opcode, WsOpcode::Binary);
    QCOMPARE(header.rsv, quint8(0));
    QVERIFY(header.fin);
    QVERIFY(header.isMinimal());
    if (masked)
        QCOMPARE(QByteArray(reinterpret_cast<const char *>(&header.maskingKey), 4), bytes.last(4));
}

void TestWsFrame::sizeIsKnownFromTwoBytes()
{
    QFETCH(QByteArray, bytes);
    for (qsizetype size = 2; size <= bytes.size(); ++size)
        QCOMPARE(WsFrameHeader::sizeOf(QByteArrayView(bytes).first(size)), bytes.size());
}

void TestWsFrame::lengthThatUsesTooManyBytesIsNotMinimal_data()
{
    QTest::addColumn<int>("lengthSize");
    QTest::addColumn<quint64>("length");
    QTest::addColumn<bool>("minimal");
    QTest::newRow("two bytes for 0") << 2 << quint64(0) << false;
    QTest::newRow("two bytes for 125") << 2 << quint64(125) << false;
    QTest::newRow("two bytes for 126") << 2 << quint64(126) << true;
    QTest::newRow("two bytes for 65535") << 2 << quint64(65535) << true;
    QTest::newRow("eight bytes for 0") << 8 << quint64(0) << false;
    QTest::newRow("eight bytes for 126") << 8 << quint64(126) << false;
    QTest::newRow("eight bytes for 65535") << 8 << quint64(65535) << false;
    QTest::newRow("eight bytes for 65536") << 8 << quint64(65536) << true;
}

void TestWsFrame::lengthThatUsesTooManyBytesIsNotMinimal()
{
    QFETCH(int, lengthSize);
    QFETCH(quint64, length);
    const QByteArray bytes =
        fromPeerOf(WsRole::Client, {binary({}).declaring(length).withLengthSize(lengthSize)});
    const WsFrameHeader header = WsFrameHeader::decode(bytes.constData());
    QCOMPARE(header.length, length);
    QTEST(header.isMinimal(), "minimal");
}

void TestWsFrame::everyFirstByteSurvives()
{
    for (int first = 0; first < 256; ++first) {
        const char bytes[] = {char(first), 5};
        const WsFrameHeader header = WsFrameHeader::decode(bytes);
        QCOMPARE(header.fin, (first & 0x80) != 0);
        QCOMPARE(int(header.rsv), first >> 4 & 0x7);
        QCOMPARE(int(header.opcode), first & 0xF);
        char encoded[WsFrameHeader::MaxSize] = {};
        header.encode(encoded);
        QCOMPARE(encoded[0], bytes[0]);
        QCOMPARE(encoded[1], bytes[1]);
    }
}

void TestWsFrame::sizeOfUpToOneByteIsUnknown()
{
    QCOMPARE(WsFrameHeader::sizeOf({}), 0);
    QCOMPARE(WsFrameHeader::sizeOf("\x82"), 0);
}

void TestWsFrame::mostSignificantBitOfTheLengthIsDecoded()
{
    const WsFrameHeader header = WsFrameHeader::decode("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff");
    QCOMPARE(header.length, ~quint64(0));
    QVERIFY(header.isMinimal());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsFrame)
#include "tst_wsframe.moc"
