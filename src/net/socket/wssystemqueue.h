// SPDX-License-Identifier: MIT
#ifndef WSSYSTEMQUEUE_H
#define WSSYSTEMQUEUE_H

#include <QtNetwork/qabstractsocket.h>

// How many bytes the system has of what was written to \a socket, and the peer has not acknowledged. 0 if the
// system does not tell.
qint64 wsSystemQueueSize(const QAbstractSocket &socket);

// Whether the system has bytes that were not read from \a socket yet. False if the system does not tell.
bool wsHasUnread(const QAbstractSocket &socket);

#endif // WSSYSTEMQUEUE_H
