// SPDX-License-Identifier: MIT
#include "net/client/wsproxy.h"

#include "net/connection/wsshownurl.h"

#include <QtCore/qurl.h>

#include <algorithm>
#include <utility>

// As QAbstractSocket does it, which passes no name of a protocol either.
QNetworkProxy wsProxyTo(const QString &host, quint16 port, bool isTls, const QNetworkProxy &set)
{
    if (set.type() != QNetworkProxy::DefaultProxy)
        return set;
    const QString tag =
        isTls ? QStringLiteral("https") : QStringLiteral("http"); // as configurations name them
    const QNetworkProxyQuery query(host, port, tag, QNetworkProxyQuery::TcpSocket);
    const QList<QNetworkProxy> proxies = QNetworkProxyFactory::proxyForQuery(query);
    const auto usable = std::find_if(proxies.begin(), proxies.end(), [](const QNetworkProxy &proxy) {
        return proxy.capabilities().testFlag(QNetworkProxy::TunnelingCapability);
    });
    if (usable != proxies.end())
        return *usable;
    return proxies.isEmpty() ? QNetworkProxy(QNetworkProxy::NoProxy) : proxies.first();
}

namespace {
// The port that the programs of each kind use most.
constexpr quint16 HttpPort = 8080;
constexpr quint16 SocksPort = 1080;

std::pair<QNetworkProxy::ProxyType, quint16> kindOf(const QString &scheme)
{
    if (scheme == QLatin1String("http"))
        return {QNetworkProxy::HttpProxy, HttpPort};
    if (scheme == QLatin1String("socks5") || scheme == QLatin1String("socks5h"))
        return {QNetworkProxy::Socks5Proxy, SocksPort};
    return {QNetworkProxy::NoProxy, 0};
}

bool hasMore(const QUrl &url)
{
    return (!url.path().isEmpty() && url.path() != QLatin1String("/")) || url.hasQuery() || url.hasFragment();
}
} // namespace

QString wsReadProxyUrl(const QUrl &url, QNetworkProxy *proxy)
{
    if (url.isEmpty() && url.errorString().isEmpty()) {
        *proxy = QNetworkProxy(QNetworkProxy::DefaultProxy);
        return {};
    }
    if (!url.isValid())
        return wsUrlProblem(url);
    if (url == QUrl(QStringLiteral("direct:"))) {
        *proxy = QNetworkProxy(QNetworkProxy::NoProxy);
        return {};
    }
    const auto [type, port] = kindOf(url.scheme());
    if (type == QNetworkProxy::NoProxy)
        return QStringLiteral("its scheme is not http, socks5, socks5h or direct");
    if (const QString problem = wsHostProblem(url); !problem.isEmpty())
        return problem;
    if (hasMore(url))
        return QStringLiteral("there is more than host and port");
    *proxy = QNetworkProxy(type, url.host(), quint16(url.port(port)), url.userName(QUrl::FullyDecoded),
                           url.password(QUrl::FullyDecoded));
    return {};
}
