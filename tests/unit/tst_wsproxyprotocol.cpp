// SPDX-License-Identifier: MIT

// The headers of both versions of the PROXY protocol: whole, at every split, and changed.

#include "protocol/wsproxyprotocol.h"

#include "../testprogram.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using Result = WsProxyReading::Result;

namespace {
const QByteArray Signature("\r\n\r\n\0\r\nQUIT\n", 12);

QByteArray big(int number)
{
    return QByteArray(1, char(number >> 8)) + char(number & 0xFF);
}

// \a command is version and command, \a family family and protocol.
QByteArray binary(int command, int family, const QByteArray &rest)
{
    return Signature + char(command) + char(family) + big(int(rest.size())) + rest;
}

QByteArray value(int type, const QByteArray &bytes)
{
    return QByteArray(1, char(type)) + big(int(bytes.size())) + bytes;
}

const QByteArray Ipv4 = QByteArray::fromHex("cb007107c6336402") + big(51000) + big(443);
const QByteArray Ipv6 = QByteArray::fromHex("20010db8000000000000000000000007"
                                            "20010db8000000000000000000000008")
                        + big(51001) + big(443);

// As tests compare it.
QString told(const WsProxyReading &reading)
{
    switch (reading.result) {
    case Result::NeedsBytes:
        return u"needs bytes"_s;
    case Result::Missing:
        return u"missing"_s;
    case Result::Broken:
        return reading.problem;
    case Result::Complete:
        break;
    }
    const WsProxyHeader &header = reading.header;
    QString text = header.isOfProxy
                       ? u"the proxy"_s
                       : u"%1 port %2"_s.arg(QString::fromLatin1(header.address)).arg(header.port);
    if (header.isEncrypted)
        text += *header.isEncrypted ? u", with TLS"_s : u", without TLS"_s;
    return text;
}
} // namespace

class TestWsProxyProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void headerIsRead_data();
    void headerIsRead();
    void wrongHeaderIsRefused_data();
    void wrongHeaderIsRefused();
    void otherBytesAreNoHeader_data();
    void otherBytesAreNoHeader();
    void changedHeaderIsNeverReadBeyondItsEnd();
    void checksumCoversEveryByte();
    void headerIsRecognizedWhereItIsNotExpected();
};

void TestWsProxyProtocol::headerIsRead_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &header, const QString &expected) {
        QTest::newRow(name) << header << expected;
    };
    row("v1 TCP4", "PROXY TCP4 203.0.113.7 198.51.100.2 51000 443\r\n"_ba, u"203.0.113.7 port 51000"_s);
    row("v1 TCP6", "PROXY TCP6 2001:DB8:0::7 2001:db8::8 51001 443\r\n"_ba, u"2001:db8::7 port 51001"_s);
    row("v1 TCP6, mapped", "PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n"_ba, u"::ffff:cb00:7107 port 1"_s);
    row("v1 port 0", "PROXY TCP4 203.0.113.7 198.51.100.2 0 65535\r\n"_ba, u"203.0.113.7 port 0"_s);
    row("v1 UNKNOWN", "PROXY UNKNOWN\r\n"_ba, u"the proxy"_s);
    row("v1 UNKNOWN with more", "PROXY UNKNOWN ffff:f 1 x y\r\n"_ba, u"the proxy"_s);
    row("v1 of the greatest size", "PROXY UNKNOWN " + QByteArray(91, 'x') + "\r\n", u"the proxy"_s);
    row("v2 IPv4", binary(0x21, 0x11, Ipv4), u"203.0.113.7 port 51000"_s);
    row("v2 IPv6", binary(0x21, 0x21, Ipv6), u"2001:db8::7 port 51001"_s);
    row("v2 local socket", binary(0x21, 0x31, QByteArray(216, 'p')), u" port 0"_s);
    row("v2 unspecified", binary(0x21, 0x00, {}), u"the proxy"_s);
    row("v2 unspecified with more", binary(0x21, 0x00, "anything"), u"the proxy"_s);
    row("v2 LOCAL", binary(0x20, 0x00, {}), u"the proxy"_s);
    row("v2 LOCAL with addresses", binary(0x20, 0x11, Ipv4), u"the proxy"_s);
    row("v2 with other values",
        binary(0x21, 0x11, Ipv4 + value(0x01, "h2") + value(0x04, {}) + value(0xEA, "\1vpce"_ba)),
        u"203.0.113.7 port 51000"_s);
    const QByteArray version = value(0x21, "TLSv1.3");
    row("v2 client with TLS",
        binary(0x21, 0x11, Ipv4 + value(0x20, QByteArray::fromHex("0100000000") + version)),
        u"203.0.113.7 port 51000, with TLS"_s);
    row("v2 client without TLS", binary(0x21, 0x11, Ipv4 + value(0x20, QByteArray::fromHex("0000000000"))),
        u"203.0.113.7 port 51000, without TLS"_s);
    row("v2 of the greatest size", binary(0x21, 0x11, Ipv4 + value(0x04, QByteArray(4096 - 15, '\0'))),
        u"203.0.113.7 port 51000"_s);
}

void TestWsProxyProtocol::headerIsRead()
{
    QFETCH(const QByteArray, header);
    QFETCH(const QString, expected);
    for (const QByteArray &rest : {QByteArray(), "GET / HTTP/1.1\r\n"_ba, "\x16\x03"_ba}) {
        const WsProxyReading reading = wsReadProxyHeader(header + rest);
        QCOMPARE(told(reading), expected);
        QCOMPARE(reading.size, header.size());
    }
    for (qsizetype size = 0; size < header.size(); ++size)
        QCOMPARE(told(wsReadProxyHeader(header.first(size))), u"needs bytes"_s);
}

void TestWsProxyProtocol::wrongHeaderIsRefused_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char *name, const QByteArray &header, const QString &problem) {
        QTest::newRow(name) << header << problem;
    };
    row("v1 family", "PROXY TCP5 "_ba, u"\"TCP5 \" is none of TCP4, TCP6 and UNKNOWN"_s);
    row("v1 small letters", "PROXY tcp4 "_ba, u"\"tcp4 \" is none of TCP4, TCP6 and UNKNOWN"_s);
    row("v1 fields", "PROXY TCP4 203.0.113.7 198.51.100.2 1\r\n"_ba,
        u"its line has 4 fields after PROXY instead of 5"_s);
    row("v1 two spaces", "PROXY TCP4 203.0.113.7  198.51.100.2 1 2\r\n"_ba,
        u"its line has 6 fields after PROXY instead of 5"_s);
    row("v1 address", "PROXY TCP4 203.0.113 198.51.100.2 1 2\r\n"_ba,
        u"\"203.0.113\" is not an address of TCP4"_s);
    row("v1 octal address", "PROXY TCP4 010.0.0.1 198.51.100.2 1 2\r\n"_ba,
        u"\"010.0.0.1\" is not an address of TCP4"_s);
    row("v1 destination", "PROXY TCP4 203.0.113.7 localhost 1 2\r\n"_ba,
        u"\"localhost\" is not an address of TCP4"_s);
    row("v1 other family", "PROXY TCP4 ::1 ::1 1 2\r\n"_ba, u"\"::1\" is not an address of TCP4"_s);
    row("v1 other family of IPv6", "PROXY TCP6 203.0.113.7 ::1 1 2\r\n"_ba,
        u"\"203.0.113.7\" is not an address of TCP6"_s);
    row("v1 zone", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n"_ba, u"\"fe80::1%eth0\" is not an address of TCP6"_s);
    row("v1 brackets", "PROXY TCP6 [::1] ::1 1 2\r\n"_ba, u"\"[::1]\" is not an address of TCP6"_s);
    row("v1 brackets around the other family", "PROXY TCP4 [::1] [::1] 1 2\r\n"_ba,
        u"\"[::1]\" is not an address of TCP4"_s);
    row("v1 port of six digits", "PROXY TCP4 203.0.113.7 198.51.100.2 000001 2\r\n"_ba,
        u"\"000001\" is not a port"_s);
    row("v1 port that is too long for a number", "PROXY TCP4 203.0.113.7 198.51.100.2 4294967297 2\r\n"_ba,
        u"\"4294967297\" is not a port"_s);
    row("v1 port", "PROXY TCP4 203.0.113.7 198.51.100.2 65536 2\r\n"_ba, u"\"65536\" is not a port"_s);
    row("v1 leading zero", "PROXY TCP4 203.0.113.7 198.51.100.2 01 2\r\n"_ba, u"\"01\" is not a port"_s);
    row("v1 negative port", "PROXY TCP4 203.0.113.7 198.51.100.2 1 -2\r\n"_ba, u"\"-2\" is not a port"_s);
    row("v1 LF alone", "PROXY TCP4 203.0.113.7 198.51.100.2 1 2\n"_ba, u"its line does not end with CRLF"_s);
    row("v1 control character", "PROXY UNKNOWN \t\r\n"_ba, u"its line contains control characters"_s);
    row("v1 without end", "PROXY UNKNOWN " + QByteArray(93, 'x'), u"its line has more than 107 characters"_s);
    row("v2 version", Signature + '\x11', u"0x11 is no version and command"_s);
    row("v2 command", Signature + '\x22', u"0x22 is no version and command"_s);
    row("v2 datagrams", binary(0x21, 0x12, Ipv4), u"0x12 is not a protocol over TCP or a local socket"_s);
    row("v2 family", binary(0x21, 0x41, Ipv4), u"0x41 is not a protocol over TCP or a local socket"_s);
    row("v2 too short for IPv4", binary(0x21, 0x11, Ipv4.chopped(1)), u"it is too short for its addresses"_s);
    row("v2 too short for IPv6", binary(0x21, 0x21, Ipv4), u"it is too short for its addresses"_s);
    row("v2 too short for a path", binary(0x21, 0x31, Ipv6), u"it is too short for its addresses"_s);
    row("v2 too large", Signature + "\x21\x11" + big(4097), u"it has 4113 bytes, and 4112 are accepted"_s);
    row("v2 value beyond the end", binary(0x21, 0x11, Ipv4 + value(0x04, "abc").chopped(1)),
        u"a value of it is longer than the header"_s);
    row("v2 half of a value's header", binary(0x21, 0x11, Ipv4 + "\x04\0"_ba),
        u"a value of it is longer than the header"_s);
    row("v2 short value about TLS", binary(0x21, 0x11, Ipv4 + value(0x20, "\1\0\0\0"_ba)),
        u"its value about TLS is too short"_s);
    row("v2 checksum", binary(0x21, 0x11, Ipv4 + value(0x03, "abcd")), u"its checksum is wrong"_s);
    row("v2 size of the checksum", binary(0x21, 0x11, Ipv4 + value(0x03, "abc")), u"its checksum is wrong"_s);
}

void TestWsProxyProtocol::wrongHeaderIsRefused()
{
    QFETCH(const QByteArray, header);
    QFETCH(const QString, problem);
    QCOMPARE(told(wsReadProxyHeader(header)), problem);
    for (qsizetype size = 0; size < header.size(); ++size) {
        const QString early = told(wsReadProxyHeader(header.first(size)));
        QVERIFY2(early == u"needs bytes"_s || header.startsWith("PROXY "), qPrintable(early));
    }
}

void TestWsProxyProtocol::otherBytesAreNoHeader_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("request") << "GET / HTTP/1.1\r\n"_ba;
    QTest::newRow("request of another method") << "PROXYX / HTTP/1.1\r\n"_ba;
    QTest::newRow("TLS") << QByteArray::fromHex("16030100");
    QTest::newRow("empty lines") << "\r\n\r\nGET "_ba;
    QTest::newRow("NUL") << QByteArray(1, '\0');
}

void TestWsProxyProtocol::otherBytesAreNoHeader()
{
    QFETCH(const QByteArray, bytes);
    QCOMPARE(told(wsReadProxyHeader(bytes)), u"missing"_s);
    QCOMPARE(wsBeginsProxyHeader(bytes), std::optional(false));
}

// Whatever is read of it: no size beyond the bytes, no address that is none, and nothing is waited for for
// ever.
void TestWsProxyProtocol::changedHeaderIsNeverReadBeyondItsEnd()
{
    QRandomGenerator random(14);
    const QList<QByteArray> headers = {
        "PROXY TCP4 203.0.113.7 198.51.100.2 51000 443\r\n"_ba,
        "PROXY TCP6 2001:db8::7 2001:db8::8 51001 443\r\n"_ba,
        binary(0x21, 0x11, Ipv4 + value(0x20, QByteArray::fromHex("0100000000"))),
        binary(0x21, 0x21, Ipv6 + value(0x04, "abc"))};
    for (int round = 0; round < 20000; ++round) {
        QByteArray bytes = headers[round % headers.size()];
        for (int changes = random.bounded(1, 4); changes > 0; --changes)
            bytes[random.bounded(int(bytes.size()))] = char(random.bounded(256));
        const WsProxyReading reading = wsReadProxyHeader(bytes);
        QVERIFY(reading.size <= bytes.size());
        QCOMPARE(reading.result == Result::Complete, reading.size > 0);
        QCOMPARE(reading.result == Result::Broken, !reading.problem.isEmpty());
        const WsProxyReading full = wsReadProxyHeader(bytes + QByteArray(WsMaxProxyHeader, 'x'));
        QVERIFY(full.result != Result::NeedsBytes);
    }
}

void TestWsProxyProtocol::checksumCoversEveryByte()
{
    // With another value after it.
    QByteArray header = binary(0x21, 0x11, Ipv4 + value(0x03, QByteArray(4, '\0')) + value(0x04, "abc"));
    const qsizetype sumAt = header.size() - 6 - 4;
    quint32 sum = ~quint32(0);
    for (const char byte : header) {
        sum ^= quint8(byte);
        for (int bit = 0; bit < 8; ++bit)
            sum = sum >> 1 ^ (sum & 1 ? 0x82F63B78U : 0);
    }
    const quint32 checksum = ~sum;
    header.replace(sumAt, 4, big(int(checksum >> 16)) + big(int(checksum & 0xFFFF)));
    QCOMPARE(told(wsReadProxyHeader(header)), u"203.0.113.7 port 51000"_s);
    for (qsizetype at = 16; at < header.size(); ++at) {
        if (at >= sumAt - 3 && at < sumAt)
            continue; // or it is no checksum any more
        QByteArray changed = header;
        changed[at] = char(changed[at] ^ 1);
        QCOMPARE(told(wsReadProxyHeader(changed)), u"its checksum is wrong"_s);
    }
}

void TestWsProxyProtocol::headerIsRecognizedWhereItIsNotExpected()
{
    for (const QByteArray &start : {"PROXY TCP4 "_ba, "PROXY TCP6 "_ba, "PROXY UNKNOWN"_ba, Signature}) {
        for (qsizetype size = 0; size < start.size(); ++size)
            QCOMPARE(wsBeginsProxyHeader(start.first(size)), std::optional<bool>());
        QCOMPARE(wsBeginsProxyHeader(start + "more"), std::optional(true));
    }
    QCOMPARE(wsBeginsProxyHeader("PROXY / HTTP/1.1"), std::optional(false));
}

WSKIT_APPLESS_TEST(TestWsProxyProtocol)
#include "tst_wsproxyprotocol.moc"
