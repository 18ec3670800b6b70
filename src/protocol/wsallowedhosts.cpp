// SPDX-License-Identifier: MIT
#include "protocol/wsallowedhosts.h"

#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace {
// An entry without a port stands for all ports. A Host header without one stands for a default port; which
// of the two it is cannot be told of a connection that may come from a proxy.
bool isSamePort(int entry, int host)
{
    return entry < 0 || entry == host || (host < 0 && (entry == 80 || entry == 443));
}

bool matches(const QString &entry, const WsAuthority &host)
{
    const QByteArray bytes = wsListedAuthority(entry);
    const auto wanted = wsParseAuthority(bytes);
    return wanted && isSamePort(wanted->port, host.port)
           && wsMatchesListed(wsComparableHost(wanted->host), wsComparableHost(host.host));
}

// An address cannot be rebound: the browser has connected to it and to no other.
bool isOwnMachine(const WsAuthority &host)
{
    return wsIsAddress(host.host) || wsComparableHost(host.host) == "localhost";
}
} // namespace

QString wsCheckAllowedHost(const WsHostPolicy &policy, const WsHeaders &headers)
{
    const bool mayComeFromAPage = wsHeaderCount(headers, "Origin") > 0;
    if (policy.allowed.isEmpty() && (!policy.isLoopbackOnly || !mayComeFromAPage))
        return {};
    const QByteArray value = wsHeader(headers, "Host");
    const auto host = wsParseAuthority(value);
    if (policy.allowed.isEmpty()) {
        if (host && isOwnMachine(*host))
            return {};
        return u"host %1 is not localhost, and a server that listens on loopback alone answers a page "
               "under another name only if the name is in allowedHosts"_s.arg(wsQuotedPath(value));
    }
    const bool isAllowed =
        std::any_of(policy.allowed.begin(), policy.allowed.end(), [&host](const QString &entry) {
            return entry == "*"_L1 || (host && matches(entry, *host));
        });
    return isAllowed ? QString() : u"host %1 is not in allowedHosts"_s.arg(wsQuotedPath(value));
}

QString wsCheckHostEntry(const QString &entry)
{
    if (entry == "*"_L1)
        return {};
    const QByteArray bytes = wsListedAuthority(entry);
    const auto host = wsParseAuthority(bytes);
    if (host && wsCanMatch(wsComparableHost(host->host)))
        return {};
    return u"%1 in allowedHosts is not of the form host[:port], *.domain[:port] or *"_s.arg(
        wsQuoted(entry.toUtf8()));
}
