// SPDX-License-Identifier: MIT
#ifndef WSLINGERINGDEVICE_H
#define WSLINGERINGDEVICE_H

#include <QtCore/qiodevice.h>

#include <chrono>
#include <memory>

// Deletes \a device, which is closed, from the event loop: it may be the caller.
void wsRetire(QIODevice *device);

// How long a peer may take nothing of what no application looks after any more: \a closeTimeout, or 10 s if
// that is 0. A timeout of 0 is none while a connection lives, but a peer must not keep a socket for ever.
std::chrono::milliseconds wsLingerTimeout(std::chrono::milliseconds closeTimeout);

// Takes over \a device, which has something left to send; a socket is closing already. It is deleted when
// that is done, or by a WsSendLimit of wsLingerTimeout(\a timeout). \a place, what the connection counts by,
// is given up then.
void wsLinger(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place);

#endif // WSLINGERINGDEVICE_H
