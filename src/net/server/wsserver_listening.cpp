// SPDX-License-Identifier: MIT

// Where a server listens.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

QStringList WsServer::hosts() const
{
    return {host()};
}

void WsServer::setHosts(const QStringList &hosts)
{
    setHost(hosts.value(0));
}

/*!
    \property WsServer::localPath
    \brief the local socket on which the server listens by \l listening.
*/
QString WsServer::localPath() const
{
    return d->read(d->wantedLocalPath);
}

void WsServer::setLocalPath(const QString &value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.storeChange(data.wantedLocalPath, value))
            Q_EMIT data.q->localPathChanged();
    });
}

/*!
    \property WsServer::reusePort
    \brief whether several processes may listen on the same port.
*/
bool WsServer::reusePort() const
{
    return d->read(d->reusePort);
}

void WsServer::setReusePort(bool value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.storeChange(data.reusePort, value))
            Q_EMIT data.q->reusePortChanged();
    });
}

QFileDevice::Permissions WsServer::localPermissions() const
{
    return d->read(d->localPermissions);
}

void WsServer::setLocalPermissions(QFileDevice::Permissions permissions)
{
    d->run([permissions](WsServerPrivate &data) { data.store(data.localPermissions, permissions); });
}

bool WsServer::listen(const QList<QHostAddress> &addresses, quint16 port)
{
    return listen(addresses.value(0), port);
}

bool WsServer::listenFromSystemd(const QString &name)
{
    return d->misuse(QStringLiteral("systemd has passed no socket %1").arg(name));
}

QList<QUrl> WsServer::serverUrls() const
{
    return {serverUrl()};
}
