// SPDX-License-Identifier: MIT
#ifndef ORIGINSCHECK_H
#define ORIGINSCHECK_H

#include "../pieces.h"

#include "protocol/wsallowedhosts.h"
#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"
#include "protocol/wsorigin.h"

#include <QtNetwork/qhostaddress.h>

// What must hold for "host[:port]", for the origins of pages and for the lists of origins and hosts that a
// server has.
namespace OriginsCheck {

// --- authorities

inline QByteArray checkAddress(QByteArrayView host)
{
    const bool isIpv6 = host.startsWith('[');
    QByteArray text = host.toByteArray();
    if (isIpv6)
        text = text.sliced(1).chopped(1);
    const QHostAddress address(QString::fromUtf8(text));
    if (wsIsAddress(host) && (address.isNull() || (!isIpv6 && address.toString().toLatin1() != text)))
        return "Qt reads another address: " + address.toString().toLatin1();
    const QByteArray comparable = wsComparableHost(host);
    if (isIpv6 && comparable != wsComparableHost('[' + address.toString().toLatin1() + ']'))
        return "the comparable address is another: " + comparable;
    return {};
}

inline QByteArray checkAuthority(const QByteArray &text)
{
    const auto authority = wsParseAuthority(text);
    if (!authority)
        return {};
    for (const char forbidden : QByteArrayView("/@?# \r\n\t\\\"<>^`{|}")) {
        if (text.contains(forbidden))
            return "has a character that no authority has: " + text;
    }
    const QByteArray host = authority->host.toByteArray();
    const QByteArray written = authority->port < 0 ? host : host + ':' + QByteArray::number(authority->port);
    const auto again = wsParseAuthority(written);
    if (!again || again->host != host || again->port != authority->port || authority->port > 65535)
        return "written it is another: " + written;
    const QByteArray comparable = wsComparableHost(host);
    if (!wsParseAuthority(comparable) && comparable != "." && !comparable.isEmpty())
        return "cannot be compared: " + comparable;
    if (wsComparableHost(host.toUpper()) != comparable && !host.contains('%'))
        return "depends on the case: " + comparable;
    return wsIsAddress(host) || host.startsWith('[') ? checkAddress(host) : QByteArray();
}

// --- origins

// "https://a.example.com." without its last dot and its port; null if it is not of that form.
inline QByteArray plainOrigin(const QByteArray &origin)
{
    const qsizetype slashes = origin.indexOf("://");
    const QByteArray scheme = origin.left(qMax(slashes, qsizetype(0))).toLower();
    QByteArray host = origin.sliced(slashes < 0 ? 0 : slashes + 3).toLower();
    if (const qsizetype colon = host.lastIndexOf(':'); colon > host.lastIndexOf(']'))
        host.truncate(colon);
    if (host.size() > 1 && host.endsWith('.'))
        host.chop(1);
    return slashes <= 0 || host.contains('/') ? QByteArray() : scheme + "://" + host;
}

inline QByteArray checkOrigin(const QByteArray &originBytes, const QByteArray &host, bool isEncrypted)
{
    const QString origin = QString::fromUtf8(originBytes);
    if (origin.isEmpty())
        return {};
    const QByteArray plain = plainOrigin(origin.toUtf8());
    const bool isSame = wsCheckOrigin({}, origin, host, isEncrypted).isEmpty();
    const QByteArray ofHost = plainOrigin("http://" + host);
    const bool isIpv6 = host.startsWith('['); // of which there are many forms
    if (isSame && !isIpv6 && plain != ofHost && plain != "https" + ofHost.sliced(4))
        return "the origin is not the host: " + plain;
    const QStringList listed = {QStringLiteral("https://*.example.com")};
    if (isSame || !wsCheckOrigin(listed, origin, host, isEncrypted).isEmpty())
        return {};
    const bool isListed = plain.startsWith("https://") && plain.endsWith(".example.com") && plain.size() > 20;
    return isListed ? QByteArray() : "the origin is not listed: " + plain;
}

// An entry that is accepted, and is no pattern, allows what it says.
inline QByteArray checkOriginEntry(const QByteArray &bytes)
{
    const QString entry = QString::fromUtf8(bytes);
    if (!wsCheckOriginEntry(entry).isEmpty())
        return {};
    const bool isAscii = entry.toUtf8().size() == entry.size(); // browsers send nothing else
    if (!isAscii || entry.contains(QLatin1Char('*')) || entry.endsWith(QLatin1Char('/')))
        return {};
    const QString wrong = wsCheckOrigin({entry}, entry, "elsewhere.example", false);
    return wrong.isEmpty() ? QByteArray() : "an entry does not allow itself: " + wrong.toUtf8();
}

// --- hosts

inline QByteArray checkHost(const QByteArray &host)
{
    if (!wsIsFieldValue(host))
        return {};
    const WsHeaders headers = {{"Origin", "http://a.example"}, {"Host", host}};
    const QByteArray plain = plainOrigin("http://" + host);
    const WsHostPolicy listed = {{QStringLiteral("*.example.com"), QStringLiteral("[::1]:8080")}, false};
    const bool isListed = plain.endsWith(".example.com") && plain.size() > 19;
    if (wsCheckAllowedHost(listed, headers).isEmpty() && !isListed && !host.startsWith('['))
        return "answers for " + plain;
    const WsHostPolicy loopback = {{}, true};
    const QByteArray name = plain.sliced(plain.isEmpty() ? 0 : 7);
    const bool isOwn =
        name == "localhost" || !QHostAddress(QString::fromUtf8(name)).isNull() || host.startsWith('[');
    if (wsCheckAllowedHost(loopback, headers).isEmpty() && !isOwn)
        return "answers a page for " + plain;
    return {};
}

inline QByteArray checkHostEntry(const QByteArray &bytes)
{
    const QString entry = QString::fromUtf8(bytes);
    const QByteArray host = wsListedAuthority(entry);
    if (entry.contains(QLatin1Char('*')) || !wsCheckHostEntry(entry).isEmpty())
        return {};
    const QString wrong = wsCheckAllowedHost({{entry}, false}, {{"Host", host}});
    return wrong.isEmpty() ? QByteArray() : "an entry does not allow itself: " + wrong.toUtf8();
}

// Texts: an origin, a host, and an entry of the lists.
inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArrayList texts = Fuzzing::textsIn(input.sliced(1));
    const bool isEncrypted = input[0] & 1;
    return Fuzzing::firstOf([&] { return checkAuthority(texts.value(1)); },
                            [&] { return checkOrigin(texts.value(0), texts.value(1), isEncrypted); },
                            [&] { return checkHost(texts.value(1)); },
                            [&] { return checkOriginEntry(texts.value(2)); },
                            [&] { return checkHostEntry(texts.value(2)); });
}

} // namespace OriginsCheck

#endif // ORIGINSCHECK_H
