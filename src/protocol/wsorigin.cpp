// SPDX-License-Identifier: MIT
#include "protocol/wsorigin.h"

#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace {
// RFC 6454 §4
struct Origin
{
    QByteArray scheme;
    QByteArray host; // as it is compared
    int port = -1;   // -1: a scheme without a default port, and none given
};

int defaultPort(QByteArrayView scheme)
{
    return scheme == "https" || scheme == "wss" ? 443 : scheme == "http" || scheme == "ws" ? 80 : -1;
}

// Returns nothing for "null" and everything else that is not scheme://host[:port].
std::optional<Origin> parseOrigin(QByteArrayView text)
{
    const qsizetype colon = text.indexOf("://");
    if (colon <= 0)
        return {};
    const auto authority = wsParseAuthority(text.sliced(colon + 3));
    if (!authority)
        return {};
    Origin result{text.first(colon).toByteArray().toLower(), wsComparableHost(authority->host),
                  authority->port};
    if (result.port < 0)
        result.port = defaultPort(result.scheme);
    return result;
}

// The port that the request was sent to, as far as the Host header tells. A proxy that ends TLS leaves the
// connection plain although the page was loaded over https.
int portOf(const WsAuthority &host, const Origin &page, bool isEncrypted)
{
    if (host.port >= 0)
        return host.port;
    return isEncrypted || page.scheme == "https" ? 443 : 80;
}

// As in an error: without what cannot be printed or may be secret, and cut if it is long.
QString shown(QByteArrayView text)
{
    return wsQuotedPath(text).sliced(1).chopped(1);
}

// Returns how the two differ, or an empty string.
QString compareWithHost(const QByteArray &origin, const QByteArray &hostHeader, bool isEncrypted)
{
    const auto page = parseOrigin(origin);
    const auto host = wsParseAuthority(hostHeader);
    const bool isOfWeb = page && (page->scheme == "http" || page->scheme == "https");
    if (!isOfWeb || !host)
        return u"origin %1 is not host %2"_s.arg(shown(origin), shown(hostHeader));
    const int port = portOf(*host, *page, isEncrypted);
    if (page->host == wsComparableHost(host->host) && page->port == port)
        return {};
    return u"origin %1 is not host %2:%3"_s.arg(shown(origin), shown(host->host), QString::number(port));
}

// What users write: with a slash after it, or with a name that is not ASCII.
QByteArray entryBytes(const QString &entry)
{
    const QString text = entry.endsWith(u'/') && !entry.endsWith("://"_L1) ? entry.chopped(1) : entry;
    const qsizetype colon = text.indexOf("://"_L1);
    if (colon < 0)
        return text.toUtf8();
    return text.first(colon + 3).toUtf8() + wsListedAuthority(text.sliced(colon + 3));
}

bool matches(const QString &entry, const QString &origin, const std::optional<Origin> &page)
{
    if (entry == "*"_L1)
        return true;
    const QByteArray bytes = entryBytes(entry);
    const auto wanted = parseOrigin(bytes);
    if (!wanted || !page)
        return entry.compare(origin, Qt::CaseInsensitive) == 0;
    return wanted->scheme == page->scheme && wanted->port == page->port
           && wsMatchesListed(wanted->host, page->host);
}
} // namespace

QString wsCheckOrigin(const QStringList &allowed, const QString &origin, const QByteArray &host,
                      bool isEncrypted)
{
    if (origin.isEmpty())
        return {};
    const QByteArray bytes = origin.toUtf8();
    const QString difference = compareWithHost(bytes, host, isEncrypted);
    if (difference.isEmpty())
        return {};
    const auto page = parseOrigin(bytes);
    const bool isListed = std::any_of(allowed.begin(), allowed.end(),
                                      [&](const QString &entry) { return matches(entry, origin, page); });
    return isListed ? QString() : difference + u", and not in allowedOrigins"_s;
}

QString wsCheckOriginEntry(const QString &entry)
{
    if (entry == "*"_L1 || entry.compare("null"_L1, Qt::CaseInsensitive) == 0)
        return {};
    const auto origin = parseOrigin(entryBytes(entry));
    if (origin && !origin->scheme.contains('*') && wsCanMatch(origin->host))
        return {};
    return u"%1 in allowedOrigins is not of the form scheme://host[:port], scheme://*.domain[:port], null "
           "or *"_s.arg(wsQuoted(entry.toUtf8()));
}
