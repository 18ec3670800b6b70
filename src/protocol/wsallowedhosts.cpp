// SPDX-License-Identifier: MIT
#include "protocol/wsallowedhosts.h"

#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <QtCore/qurl.h>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace {
// Users also write an IPv6 address without brackets, or a name that is not ASCII.
QByteArray entryBytes(const QString &entry)
{
    if (entry.count(u':') > 1 && !entry.startsWith(u'['))
        return '[' + entry.toUtf8() + ']';
    const bool isAscii = std::all_of(entry.begin(), entry.end(), [](QChar c) { return c.unicode() < 0x80; });
    if (isAscii)
        return entry.toUtf8();
    const bool isPattern = entry.startsWith("*."_L1);
    const QByteArray ace = QUrl::toAce(isPattern ? entry.sliced(2) : entry);
    return isPattern ? "*." + ace : ace;
}

// An entry without a port stands for all ports. A Host header without one stands for a default port. Which of
// the two it is cannot be known, because the connection may come from a proxy.
bool isSamePort(int entry, int host)
{
    return entry < 0 || entry == host || (host < 0 && (entry == 80 || entry == 443));
}

bool matches(const QString &entry, const WsAuthority &host)
{
    if (entry == "*"_L1)
        return true;
    const QByteArray bytes = entryBytes(entry);
    const auto wanted = wsParseAuthority(bytes);
    if (!wanted || !isSamePort(wanted->port, host.port))
        return false;
    const QByteArray name = wsComparableHost(host.host);
    const QByteArray wantedName = wsComparableHost(wanted->host);
    if (!wantedName.startsWith("*."))
        return name == wantedName;
    const QByteArrayView domain = QByteArrayView(wantedName).sliced(1);
    return name.size() > domain.size() && name.endsWith(domain);
}

// An address cannot be rebound: the browser has connected to it and to no other.
bool isOwnMachine(const WsAuthority &host)
{
    return wsIsAddress(host.host) || wsComparableHost(host.host) == "localhost";
}
} // namespace

QString wsCheckAllowedHost(const WsHostPolicy &policy, const WsHeaders &headers)
{
    const QByteArray value = wsHeader(headers, "Host");
    const auto host = wsParseAuthority(value);
    const QString shown = wsQuoted(value);
    if (policy.allowed.isEmpty()) {
        const bool mayComeFromAPage = wsHeaderCount(headers, "Origin") > 0;
        if (!policy.isLoopbackOnly || !mayComeFromAPage || (host && isOwnMachine(*host)))
            return {};
        return u"host %1 is not localhost, and a server that listens on loopback alone answers a page "
               "under another name only if the name is in allowedHosts"_s.arg(shown);
    }
    const bool isAllowed =
        std::any_of(policy.allowed.begin(), policy.allowed.end(), [&host](const QString &entry) {
            return entry == "*"_L1 || (host && matches(entry, *host));
        });
    return isAllowed ? QString() : u"host %1 is not in allowedHosts"_s.arg(shown);
}

QString wsCheckHostEntry(const QString &entry)
{
    if (entry == "*"_L1)
        return {};
    const QByteArray bytes = entryBytes(entry);
    const auto host = wsParseAuthority(bytes);
    const qsizetype allowedStars = host && host->host.startsWith("*.") ? 1 : 0;
    if (host && host->host.count('*') == allowedStars)
        return {};
    return u"%1 in allowedHosts is not of the form host[:port], *.domain[:port] or *"_s.arg(
        wsQuoted(entry.toUtf8()));
}
