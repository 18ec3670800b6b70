// SPDX-License-Identifier: MIT

// Which proxies a server trusts.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

#include <QtCore/qpointer.h>

/*!
    \property WsServer::trustedProxies
    \brief the proxies that are trusted.
*/
QStringList WsServer::trustedProxies() const
{
    return d->read(d->settings)->trustedProxies;
}

void WsServer::setTrustedProxies(const QStringList &value)
{
    d->run([value](WsServerPrivate &data) { data.setTrustedProxies(value); });
}

/*!
    \property WsServer::proxyProtocol
    \brief whether trusted proxies have to use the PROXY protocol.
*/
bool WsServer::proxyProtocol() const
{
    return d->read(d->settings)->proxyProtocol;
}

void WsServer::setProxyProtocol(bool value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.changeSetting(&WsServerSettings::proxyProtocol, value))
            Q_EMIT data.q->proxyProtocolChanged();
    });
}

void WsServerPrivate::setTrustedProxies(const QStringList &proxies)
{
    if (settings->trustedProxies == proxies)
        return;
    QStringList problems;
    auto changed = std::make_shared<WsServerSettings>(*settings);
    changed->trustedProxies = proxies;
    changed->proxies = WsTrustedProxies(proxies, &problems);
    store(settings, std::shared_ptr<const WsServerSettings>(std::move(changed)));
    const QPointer<WsServer> self(q);
    Q_EMIT q->trustedProxiesChanged();
    if (self)
        reportMisuse(problems);
}
