// SPDX-License-Identifier: MIT
#include "net/client/wshops.h"

#include "net/connection/wslocalurl.h"
#include "net/connection/wsshownurl.h"
#include "protocol/wshttphead.h"

#include <QtCore/qstringlist.h>

#include <utility>

namespace {
QString schemeOf(const QUrl &url)
{
    const QString scheme = url.scheme();
    if (scheme == QLatin1String("http"))
        return QStringLiteral("ws");
    return scheme == QLatin1String("https") ? QStringLiteral("wss") : scheme;
}

int portOf(const QUrl &url)
{
    return url.port(schemeOf(url) == QLatin1String("wss") ? 443 : 80);
}

bool isOfNetwork(const QUrl &url)
{
    const QString scheme = schemeOf(url);
    return scheme == QLatin1String("ws") || scheme == QLatin1String("wss");
}

QString shown(const QUrl &url)
{
    return wsQuoted(wsShownUrl(url).toUtf8());
}

// So that URLs that mean the same are equal, and nothing of the old URL goes along that is not sent.
QUrl normalized(QUrl url)
{
    url.setScheme(schemeOf(url));
    url.setUserInfo(QString());
    url.setFragment(QString());
    if (url.path().isEmpty())
        url.setPath(QStringLiteral("/"));
    if (url.port() == portOf(url.adjusted(QUrl::RemovePort)))
        url.setPort(-1);
    return url;
}

// RFC 9110 §10.2.2
QString checkLocation(const WsHeaders &headers, QByteArray *location)
{
    if (wsHeaderCount(headers, "Location") == 0)
        return QStringLiteral("the redirect has no Location header");
    *location = wsHeader(headers, "Location");
    for (const auto &[name, value] : headers) {
        if (wsIsSameName(name, "Location") && value != *location)
            return QStringLiteral("the redirect has different Location headers: %1 and %2")
                .arg(wsQuotedPath(*location), wsQuotedPath(value));
    }
    return location->isEmpty() ? QStringLiteral("the Location header of the redirect is empty") : QString();
}
} // namespace

QString wsOriginOf(const QUrl &url)
{
    if (wsIsLocalUrl(url))
        return wsLocalUrl(wsLocalPath(url)).toString(QUrl::FullyEncoded);
    if (!isOfNetwork(url))
        return url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment).toString();
    return QStringLiteral("%1://%2:%3").arg(schemeOf(url), url.host(), QString::number(portOf(url)));
}

WsHops::WsHops(const QUrl &url, const QByteArray &cookies, int maxRedirects)
    : m_hops{{url, cookies}}, m_maxRedirects(maxRedirects)
{
}

bool WsHops::follows(int status) const
{
    const bool isRedirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return isRedirect && m_maxRedirects > 0;
}

QString WsHops::resolve(const WsHeaders &headers, QUrl *next) const
{
    QByteArray location;
    if (const QString problem = checkLocation(headers, &location); !problem.isEmpty())
        return problem;
    const QUrl target = QUrl::fromEncoded(location);
    if (!target.isValid())
        return QStringLiteral("the Location header of the redirect is not a URL: %1")
            .arg(wsQuotedPath(location));
    const QUrl resolved = url().resolved(target);
    const QString notFollowed = QStringLiteral("the redirect to %1 is not followed: ").arg(shown(resolved));
    if (!isOfNetwork(url()))
        return notFollowed + QStringLiteral("redirects of a local socket never are");
    if (!isOfNetwork(resolved))
        return notFollowed + QStringLiteral("its scheme is not ws, wss, http or https");
    if (const QString problem = wsHostProblem(resolved); !problem.isEmpty())
        return notFollowed + problem;
    if (schemeOf(url()) == QLatin1String("wss") && schemeOf(resolved) != QLatin1String("wss"))
        return notFollowed + QStringLiteral("it leads from wss to ws");
    *next = normalized(resolved);
    return {};
}

QString WsHops::go(const QUrl &next, const QByteArray &cookies)
{
    const Hop hop{next, cookies};
    for (const Hop &before : std::as_const(m_hops)) {
        if (Hop{normalized(before.url), before.cookies} == hop)
            return QStringLiteral("the redirects go round in a circle: ") + chain(next);
    }
    if (m_hops.size() > m_maxRedirects)
        return QStringLiteral("there are more redirects than maxRedirects (%1): ").arg(m_maxRedirects)
               + chain(next);
    m_isAtOrigin = m_isAtOrigin && wsOriginOf(next) == wsOriginOf(url());
    m_hops.append(hop);
    return {};
}

QString WsHops::chain(const QUrl &next) const
{
    constexpr qsizetype MaxShown = 10;
    QStringList urls;
    for (const Hop &hop : m_hops)
        urls.append(shown(hop.url));
    urls.append(shown(next));
    if (urls.size() > MaxShown)
        urls = urls.first(MaxShown / 2) + QStringList(QStringLiteral("…")) + urls.last(MaxShown / 2);
    return urls.join(QStringLiteral(" -> "));
}
