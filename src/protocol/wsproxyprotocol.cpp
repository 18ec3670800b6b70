// SPDX-License-Identifier: MIT
#include "protocol/wsproxyprotocol.h"

#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <QtCore/qendian.h>
#include <QtCore/qlist.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
constexpr QByteArrayView LineStart = "PROXY ";
constexpr QByteArrayView Signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr qsizetype FixedSize = 16; // of version 2, before the addresses

// The types of the additional values of version 2.
constexpr quint8 ChecksumType = 0x03;
constexpr quint8 TlsType = 0x20;
constexpr quint8 ClientUsesTls = 0x01;

WsProxyReading broken(const QString &problem)
{
    WsProxyReading reading;
    reading.result = WsProxyReading::Result::Broken;
    reading.problem = problem;
    return reading;
}

WsProxyReading missing()
{
    WsProxyReading reading;
    reading.result = WsProxyReading::Result::Missing;
    return reading;
}

// Whether one of the two is the beginning of the other.
bool agree(QByteArrayView bytes, QByteArrayView wanted)
{
    const qsizetype size = qMin(bytes.size(), wanted.size());
    return bytes.first(size) == wanted.first(size);
}

// --- version 1

// Without brackets; empty if \a text is not an address of this family.
QByteArray addressIn(QByteArrayView text, bool isIpv6)
{
    if (!isIpv6)
        return wsIsAddress(text) && !text.startsWith('[') ? text.toByteArray() : QByteArray();
    const QByteArray bracketed = '[' + text.toByteArray() + ']';
    if (text.contains('%') || text.startsWith('[') || !wsIsAddress(bracketed))
        return {};
    return wsComparableHost(bracketed).sliced(1).chopped(1);
}

std::optional<quint16> strictPortIn(QByteArrayView text)
{
    if (!wsIsNumber(text) || text.size() > 5 || (text.size() > 1 && text.startsWith('0')))
        return {};
    const int port = text.toInt();
    return port <= 65535 ? std::optional<quint16>(quint16(port)) : std::nullopt;
}

// The line without its beginning and its end.
WsProxyReading readFields(QByteArrayView line)
{
    WsProxyReading reading;
    reading.result = WsProxyReading::Result::Complete;
    if (line == "UNKNOWN" || line.startsWith("UNKNOWN ")) { // what follows is to be ignored
        reading.header.isOfProxy = true;
        return reading;
    }
    const QList<QByteArray> fields = line.toByteArray().split(' ');
    if (fields.size() != 5)
        return broken(u"its line has %1 fields after PROXY instead of 5"_s.arg(fields.size()));
    const bool isIpv6 = fields[0] == "TCP6";
    const QByteArray source = addressIn(fields[1], isIpv6);
    if (source.isEmpty() || addressIn(fields[2], isIpv6).isEmpty())
        return broken(u"%1 is not an address of %2"_s.arg(wsQuoted(source.isEmpty() ? fields[1] : fields[2]),
                                                          QString::fromLatin1(fields[0])));
    const auto port = strictPortIn(fields[3]);
    if (!port || !strictPortIn(fields[4]))
        return broken(u"%1 is not a port"_s.arg(wsQuoted(port ? fields[4] : fields[3])));
    reading.header.address = source;
    reading.header.port = *port;
    return reading;
}

WsProxyReading readLine(QByteArrayView bytes)
{
    const QByteArrayView family = bytes.sliced(qMin(bytes.size(), LineStart.size()));
    if (!agree(family, "TCP4 ") && !agree(family, "TCP6 ") && !agree(family, "UNKNOWN"))
        return broken(u"%1 is none of TCP4, TCP6 and UNKNOWN"_s.arg(
            wsQuoted(family.first(qMin(family.size(), qsizetype(8))))));
    const QByteArrayView possible = bytes.first(qMin(bytes.size(), WsMaxProxyLine));
    const qsizetype end = possible.indexOf('\n');
    if (end < 0 && bytes.size() >= WsMaxProxyLine)
        return broken(u"its line has more than %1 characters"_s.arg(WsMaxProxyLine));
    if (end < 0)
        return {};
    if (possible[end - 1] != '\r')
        return broken(u"its line does not end with CRLF"_s);
    const QByteArrayView line = possible.first(end - 1).sliced(LineStart.size());
    const bool isText = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!isText)
        return broken(u"its line contains control characters"_s);
    WsProxyReading reading = readFields(line);
    if (reading.result == WsProxyReading::Result::Complete)
        reading.size = end + 1;
    return reading;
}

// --- version 2

QByteArray addressOf(QByteArrayView bytes)
{
    if (bytes.size() == 4)
        return QByteArray::number(quint8(bytes[0])) + '.' + QByteArray::number(quint8(bytes[1])) + '.'
               + QByteArray::number(quint8(bytes[2])) + '.' + QByteArray::number(quint8(bytes[3]));
    QByteArray groups;
    for (qsizetype at = 0; at < bytes.size(); at += 2)
        groups += (at > 0 ? ":" : "") + bytes.sliced(at, 2).toByteArray().toHex();
    return addressIn(groups, true);
}

// Of the Castagnoli polynomial, over \a bytes without the checksum itself, which is at \a at.
quint32 checksumOf(QByteArrayView bytes, qsizetype at)
{
    quint32 sum = ~quint32(0);
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        sum ^= i >= at && i < at + 4 ? 0 : quint8(bytes[i]);
        for (int bit = 0; bit < 8; ++bit)
            sum = sum >> 1 ^ (sum & 1 ? 0x82F63B78U : 0);
    }
    return ~sum;
}

// The additional values: \a header is the whole of it, and they begin \a at. Returns what is wrong.
QString readValues(QByteArrayView header, qsizetype at, WsProxyHeader *result)
{
    while (at < header.size()) {
        const qsizetype left = header.size() - at - 3;
        const qsizetype size = left < 0 ? 0 : qFromBigEndian<quint16>(header.data() + at + 1);
        if (left < size)
            return u"a value of it is longer than the header"_s;
        const auto type = quint8(header[at]);
        const QByteArrayView value = header.sliced(at + 3, size);
        if (type == ChecksumType
            && (size != 4 || qFromBigEndian<quint32>(value.data()) != checksumOf(header, at + 3)))
            return u"its checksum is wrong"_s;
        if (type == TlsType && size < 5)
            return u"its value about TLS is too short"_s;
        if (type == TlsType)
            result->isEncrypted = (quint8(value[0]) & ClientUsesTls) != 0;
        at += 3 + size;
    }
    return {};
}

// \a header is complete.
WsProxyReading readAddresses(QByteArrayView header)
{
    const auto family = quint8(header[13]);
    const qsizetype size = family == 0x11 ? 4 : family == 0x21 ? 16 : family == 0x31 ? 108 : 0;
    WsProxyReading reading;
    reading.result = WsProxyReading::Result::Complete;
    reading.size = header.size();
    const bool isLocal = (quint8(header[12]) & 0x0F) == 0;
    if (isLocal || family == 0) { // what follows is to be ignored
        reading.header.isOfProxy = true;
        return reading;
    }
    if (size == 0)
        return broken(
            u"0x%1 is not a protocol over TCP or a local socket"_s.arg(family, 2, 16, QLatin1Char('0')));
    const qsizetype valuesAt = FixedSize + 2 * size + (size == 108 ? 0 : 4);
    if (header.size() < valuesAt)
        return broken(u"it is too short for its addresses"_s);
    if (size != 108) {
        reading.header.address = addressOf(header.sliced(FixedSize, size));
        reading.header.port = qFromBigEndian<quint16>(header.data() + FixedSize + 2 * size);
    }
    const QString problem = readValues(header, valuesAt, &reading.header);
    return problem.isEmpty() ? reading : broken(problem);
}

WsProxyReading readBinary(QByteArrayView bytes)
{
    if (bytes.size() > 12 && (quint8(bytes[12]) >> 4 != 2 || (quint8(bytes[12]) & 0x0F) > 1))
        return broken(u"0x%1 is no version and command"_s.arg(quint8(bytes[12]), 2, 16, QLatin1Char('0')));
    if (bytes.size() < FixedSize)
        return {};
    const qsizetype size = FixedSize + qFromBigEndian<quint16>(bytes.data() + 14);
    if (size > WsMaxProxyHeader)
        return broken(u"it has %1 bytes, and %2 are accepted"_s.arg(size).arg(WsMaxProxyHeader));
    return bytes.size() < size ? WsProxyReading() : readAddresses(bytes.first(size));
}
} // namespace

WsProxyReading wsReadProxyHeader(QByteArrayView bytes)
{
    if (agree(bytes, Signature))
        return readBinary(bytes);
    return agree(bytes, LineStart) ? readLine(bytes) : missing();
}

std::optional<bool> wsBeginsProxyHeader(QByteArrayView bytes)
{
    for (const QByteArrayView start : {Signature, QByteArrayView("PROXY TCP4 "),
                                       QByteArrayView("PROXY TCP6 "), QByteArrayView("PROXY UNKNOWN")}) {
        if (agree(bytes, start))
            return bytes.size() < start.size() ? std::nullopt : std::optional(true);
    }
    return false;
}
