// SPDX-License-Identifier: MIT
#ifndef WSSHAREDPORT_H
#define WSSHAREDPORT_H

#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QHostAddress;
QT_END_NAMESPACE

// Sockets of which several, also of several processes, listen on one port (SO_REUSEPORT). The system spreads
// the clients over them.
struct WsSharedPort
{
    qintptr descriptor = -1;
    QString problem; // why there is none
};

WsSharedPort wsListenOnSharedPort(const QHostAddress &address, quint16 port, int backlog);

// Makes the system ignore clients that begin to connect to this socket, so that they try again, and then
// reach another one that shares the port. Those that have begun before can still connect. Returns whether it
// does.
bool wsDropNewClients(qintptr descriptor);

#endif // WSSHAREDPORT_H
