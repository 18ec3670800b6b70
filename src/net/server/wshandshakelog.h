// SPDX-License-Identifier: MIT
#ifndef WSHANDSHAKELOG_H
#define WSHANDSHAKELOG_H

#include <QtNetwork/qhostaddress.h>

class WsError;

// What wskit.handshake tells of a server's clients: a line for each that was accepted, answered or refused.
// No query goes in there, which may be secret.

// \a port is 0 if it is not known.
void wsLogRefusal(const QHostAddress &address, quint16 port, const WsError &error);
void wsLogRefusal(const QHostAddress &address, quint16 port, const QString &reason);
// \a target is that of the request.
void wsLogAnswer(const QHostAddress &address, quint16 port, const QByteArray &method,
                 const QByteArray &target, int status);

#endif // WSHANDSHAKELOG_H
