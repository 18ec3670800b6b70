// SPDX-License-Identifier: MIT

// Which proxies a server trusts.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

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
    d->run([value](WsServerPrivate &data) {
        if (data.changeSetting(&WsServerSettings::trustedProxies, value))
            Q_EMIT data.q->trustedProxiesChanged();
    });
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
