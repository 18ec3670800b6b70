// SPDX-License-Identifier: MIT
#ifndef WSSYSTEMQUEUE_H
#define WSSYSTEMQUEUE_H

#include <QtNetwork/qabstractsocket.h>

// The descriptor of \a socket, or -1 if the system has none for it. For a socket that uses a proxy, Qt may
// return the number of another file, or a descriptor behind a buffer of its own.
qintptr wsDescriptorOf(const QAbstractSocket &socket);

// How many of the bytes that were written to the socket \a descriptor are still in the system, because the
// peer has not acknowledged them. 0 if the system does not say, or if there is no descriptor.
qint64 wsSystemQueueSize(qintptr descriptor);

// Makes the system take only a little more than it sends now. Nothing happens if it cannot.
void wsKeepSystemQueueShort(qintptr descriptor);

// Whether the system has bytes that were not read from the socket \a descriptor yet. False if the system does
// not tell, or if there is no descriptor.
bool wsHasUnread(qintptr descriptor);

// Tells the peer that nothing follows what was written to the socket \a descriptor.
void wsShutdownWrite(qintptr descriptor);

#endif // WSSYSTEMQUEUE_H
