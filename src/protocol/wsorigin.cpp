// SPDX-License-Identifier: MIT
#include "protocol/wsorigin.h"

#include "protocol/wsauthority.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
bool isSameOrigin(QByteArrayView origin, QByteArrayView hostHeader, bool isEncrypted)
{
    const bool isHttps = origin.startsWith("https://");
    if (!isHttps && !origin.startsWith("http://"))
        return false;
    const auto page = wsParseAuthority(origin.sliced(isHttps ? 8 : 7));
    const auto host = wsParseAuthority(hostHeader);
    if (!page || !host || page->host.compare(host->host, Qt::CaseInsensitive) != 0)
        return false;
    const int port = page->port >= 0 ? page->port : isHttps ? 443 : 80;
    if (host->port >= 0)
        return port == host->port;
    // Behind a proxy that terminates TLS the connection is plain, although the page was loaded over https.
    return port == (isEncrypted || isHttps ? 443 : 80);
}

QString normalizedOrigin(const QString &origin)
{
    QString result = origin.toLower();
    if (result.startsWith("http://"_L1) && result.endsWith(":80"_L1))
        result.chop(3);
    else if (result.startsWith("https://"_L1) && result.endsWith(":443"_L1))
        result.chop(4);
    return result;
}
} // namespace

bool wsIsOriginAllowed(const QStringList &allowed, const QString &origin, const QByteArray &host,
                       bool isEncrypted)
{
    if (origin.isEmpty())
        return true;
    if (allowed.isEmpty())
        return isSameOrigin(origin.toUtf8().toLower(), host, isEncrypted);
    const QString normalized = normalizedOrigin(origin);
    return std::any_of(allowed.begin(), allowed.end(), [&normalized](const QString &entry) {
        return entry == "*"_L1 || normalizedOrigin(entry) == normalized;
    });
}
