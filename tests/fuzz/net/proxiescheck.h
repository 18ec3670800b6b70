// SPDX-License-Identifier: MIT
#ifndef PROXIESCHECK_H
#define PROXIESCHECK_H

#include "../pieces.h"
#include "../script.h"

#include "net/server/wstrustedproxies.h"
#include "net/socket/wstransport.h"
#include "protocol/wsauthority.h"
#include "protocol/wsforwarded.h"
#include "protocol/wshttphead.h"
#include "protocol/wsproxyprotocol.h"

#include <QtNetwork/qhostaddress.h>

// What must hold for what proxies say of the client: the PROXY protocol, Forwarded and X-Forwarded-….
namespace ProxiesCheck {

using Result = WsProxyReading::Result;

// Whether \a address is one for a server, and the same that everybody else reads.
inline bool isUsable(const QByteArray &address)
{
    const QHostAddress read(QString::fromLatin1(address));
    return read.protocol() == QAbstractSocket::IPv4Protocol ? read.toString().toLatin1() == address
                                                            : !read.isNull();
}

// --- the PROXY protocol

struct Reading
{
    Result result;
    qsizetype size;
    QByteArray address;
    quint16 port;
    bool isOfProxy;
    std::optional<bool> isEncrypted;

    bool operator==(const Reading &) const = default;
};

inline Reading read(QByteArrayView bytes)
{
    const WsProxyReading reading = wsReadProxyHeader(bytes);
    const WsProxyHeader &header = reading.header;
    return {reading.result, reading.size, header.address, header.port, header.isOfProxy, header.isEncrypted};
}

inline QByteArray checkBeginning(QByteArrayView bytes, const Reading &reading)
{
    const std::optional<bool> begins = wsBeginsProxyHeader(bytes);
    if (reading.result == Result::Complete && begins != true)
        return "a server that expects no header does not notice it";
    if (reading.result == Result::Missing && begins == true)
        return "both a header and none";
    return {};
}

inline QByteArray checkHeader(const QByteArray &bytes)
{
    const auto wantsMore = [](const Reading &some) { return some.result == Result::NeedsBytes; };
    if (const QByteArray wrong = Fuzzing::checkBeginnings(bytes, read, wantsMore); !wrong.isEmpty())
        return wrong;
    const Reading reading = read(bytes);
    if (const QByteArray wrong = checkBeginning(bytes, reading); !wrong.isEmpty())
        return wrong;
    if (reading.result == Result::NeedsBytes && bytes.size() >= WsMaxProxyHeader)
        return "waits for ever";
    if (reading.result != Result::Complete)
        return reading.size == 0 ? QByteArray() : QByteArray("the size of a header that is none");
    if (reading.size <= 0 || reading.size > bytes.size() || reading.size > WsMaxProxyHeader)
        return "read a header beyond its end";
    if (reading.isOfProxy != reading.address.isEmpty() && !reading.address.isEmpty())
        return "an address of a connection that is the proxy's own";
    if (!reading.address.isEmpty() && !isUsable(reading.address))
        return "the client has an address that is none: " + reading.address;
    return {};
}

inline QByteArray big16(quint16 value)
{
    return QByteArray(1, char(value >> 8)) + char(value);
}

// A header that we write, and what has to be read of it.
inline QByteArray ownHeader(Fuzzing::Script &script, Reading *expected)
{
    const bool isIpv6 = script.byte() & 1;
    QByteArray bytes = script.bytes(isIpv6 ? 16 : 4);
    bytes.resize(isIpv6 ? 16 : 4, '\1');
    const quint16 port = quint16(script.byte() << 8 | script.byte());
    QHostAddress address;
    if (isIpv6)
        address = QHostAddress(reinterpret_cast<const quint8 *>(bytes.constData()));
    else
        address = QHostAddress(quint32(quint8(bytes[0])) << 24 | quint32(quint8(bytes[1])) << 16
                               | quint32(quint8(bytes[2])) << 8 | quint8(bytes[3]));
    *expected = {Result::Complete, 0, address.toString().toLatin1(), port, false, {}};
    if (script.below(2) == 0)
        return (isIpv6 ? "PROXY TCP6 " : "PROXY TCP4 ") + expected->address + ' ' + expected->address + ' '
               + QByteArray::number(port) + " 80\r\n";
    QByteArray rest = bytes + bytes + big16(port) + big16(80);
    if (script.below(2)) { // a value of another type, and one about TLS
        const quint8 flags = script.byte();
        const QByteArray value = script.bytes(script.below(20));
        rest += char(0xE0) + big16(quint16(value.size())) + value;
        rest += char(0x20) + big16(5) + char(flags) + QByteArray(4, '\0');
        expected->isEncrypted = flags & 1;
    }
    return QByteArray("\r\n\r\n\0\r\nQUIT\n\x21", 13) + (isIpv6 ? '\x21' : '\x11')
           + big16(quint16(rest.size())) + rest;
}

inline QByteArray checkOwnHeader(const QByteArray &input)
{
    Fuzzing::Script script(input);
    Reading expected;
    QByteArray bytes = ownHeader(script, &expected);
    expected.size = bytes.size();
    bytes += script.bytes(30);
    if (const QByteArray wrong = checkHeader(bytes); !wrong.isEmpty())
        return wrong;
    Reading reading = read(bytes);
    const bool isSameAddress = QHostAddress(QString::fromLatin1(reading.address))
                               == QHostAddress(QString::fromLatin1(expected.address));
    reading.address = expected.address; // of which IPv6 has several forms
    return isSameAddress && reading == expected ? QByteArray()
                                                : QByteArray("our own header is read as another");
}

// --- Forwarded and X-Forwarded-…

inline bool isTrusted(QByteArrayView address)
{
    static const WsTrustedProxies proxies({QStringLiteral("10.0.0.0/8"), QStringLiteral("fd00::/8")});
    return proxies.contains(QHostAddress(QString::fromLatin1(address)), false);
}

inline bool operator==(const WsForwarded &a, const WsForwarded &b)
{
    return a.namesClient == b.namesClient && a.address == b.address && a.port == b.port
           && a.isEncrypted == b.isEncrypted && a.host == b.host && a.problem == b.problem;
}

inline QByteArray checkTold(const WsForwarded &told)
{
    if (!told.problem.isEmpty())
        return {};
    if (!told.address.isEmpty() && (!told.namesClient || !isUsable(told.address)))
        return "the client has an address that is none: " + told.address;
    if (!told.host.isEmpty() && !wsParseAuthority(told.host))
        return "the host is none: " + told.host;
    return told.port != 0 && !told.namesClient ? QByteArray("a port of nobody") : QByteArray();
}

inline WsHeaders headersFrom(const QByteArrayList &texts)
{
    constexpr const char *names[] = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"};
    WsHeaders headers;
    for (const QByteArray &text : texts.first(qMin(texts.size(), qsizetype(12)))) {
        const QByteArray value = text.mid(1).trimmed();
        if (!text.isEmpty() && wsIsFieldValue(value))
            headers.append({names[quint8(text[0]) % 4], value});
    }
    return headers;
}

// What a client sends is to the left of what its proxy says, and must change nothing.
inline QByteArray checkClaims(const WsHeaders &claims, const WsHeaders &ofProxy)
{
    WsHeaders sent;
    for (const auto &claim : claims) { // other headers have to be removed by the proxy
        if (wsHeaderCount(ofProxy, claim.first) > 0)
            sent.append(claim);
    }
    const WsForwarded told = wsReadForwarded(ofProxy, isTrusted);
    const WsForwarded withClaims = wsReadForwarded(sent + ofProxy, isTrusted);
    if (!(withClaims == told))
        return "the client has changed what its proxy says: " + withClaims.address + ' ' + withClaims.host
               + ' ' + withClaims.problem.toUtf8();
    return {};
}

// Headers that a proxy sets, each of them once.
inline WsHeaders headersOfProxy(Fuzzing::Script &script)
{
    const quint8 choice = script.byte();
    const QByteArray address = choice & 1 ? "2001:db8::1" : "192.0.2.7";
    if (choice & 2) {
        QByteArray value = choice & 1 ? "for=\"[" + address + "]:4711\"" : "for=" + address;
        if (choice & 4)
            value += ";proto=https;host=\"example.com:81\"";
        return {{"Forwarded", value}};
    }
    WsHeaders headers = {{"X-Forwarded-For", address}};
    if (choice & 4)
        headers += WsHeaders{{"X-Forwarded-Proto", "http"}, {"x-forwarded-host", "example.com"}};
    return headers;
}

inline QByteArray checkForwarded(const QByteArray &input)
{
    Fuzzing::Script script(input);
    const WsHeaders ofProxy = headersOfProxy(script);
    const WsHeaders claims = headersFrom(Fuzzing::textsIn(script.bytes(input.size())));
    if (const QByteArray wrong = checkTold(wsReadForwarded(claims, isTrusted)); !wrong.isEmpty())
        return wrong;
    return checkClaims(claims, ofProxy);
}

// --- the list of trusted proxies

inline QByteArray checkList(const QByteArray &input)
{
    const QByteArrayList texts = Fuzzing::textsIn(input);
    QStringList problems;
    const QString entry = QString::fromUtf8(texts.first());
    const WsTrustedProxies proxies({entry}, &problems);
    const QHostAddress address(QString::fromUtf8(texts.value(1)));
    if (!problems.isEmpty())
        return proxies.contains(address, false) || proxies.contains({}, true)
                   ? QByteArray("trusts somebody by a wrong entry")
                   : QByteArray();
    if (entry == QLatin1String("unix:"))
        return proxies.contains(address, false) ? QByteArray("trusts more than local sockets") : QByteArray();
    const QHostAddress listed(entry.left(entry.indexOf(QLatin1Char('/'))));
    const bool isTrusted = proxies.contains(listed, false) || proxies.contains(wsUnmapped(listed), false);
    return isTrusted ? QByteArray() : "does not trust what is listed: " + texts.first();
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    switch (quint8(input[0]) % 4) {
    case 0:
        return checkHeader(bytes);
    case 1:
        return checkOwnHeader(bytes);
    case 2:
        return checkForwarded(bytes);
    default:
        return checkList(bytes);
    }
}

} // namespace ProxiesCheck

#endif // PROXIESCHECK_H
