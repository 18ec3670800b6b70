// SPDX-License-Identifier: MIT
#ifndef WSSYSTEMQUEUE_H
#define WSSYSTEMQUEUE_H

#include <QtNetwork/qabstractsocket.h>

// How many of the bytes that were written to \a socket are still in the system, because the peer has not
// acknowledged them. 0 if the system does not say.
qint64 wsSystemQueueSize(const QAbstractSocket &socket);

// Whether the system has bytes that were not read from \a socket yet. False if the system does not tell.
bool wsHasUnread(const QAbstractSocket &socket);

#endif // WSSYSTEMQUEUE_H
