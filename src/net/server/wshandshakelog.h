// SPDX-License-Identifier: MIT
#ifndef WSHANDSHAKELOG_H
#define WSHANDSHAKELOG_H

#include <QtNetwork/qhostaddress.h>

class WsError;

// The lines of a server in wskit.handshake: one for each client that was accepted, answered or refused. They
// contain no query, which may be secret.

// \a port is 0 if it is not known. \a proxy is wsProxyName() of the trusted proxy that the client has come
// through, or empty.
void wsLogRefusal(const QHostAddress &address, quint16 port, const WsError &error, const QString &proxy = {});
void wsLogRefusal(const QHostAddress &address, quint16 port, const QString &reason,
                  const QString &proxy = {});
// \a target is that of the request.
void wsLogAnswer(const QHostAddress &address, quint16 port, const QByteArray &method,
                 const QByteArray &target, int status, const QString &proxy = {});

#endif // WSHANDSHAKELOG_H
