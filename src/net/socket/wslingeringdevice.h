// SPDX-License-Identifier: MIT
#ifndef WSLINGERINGDEVICE_H
#define WSLINGERINGDEVICE_H

#include <QtCore/qiodevice.h>

#include <chrono>
#include <memory>

// Deletes \a device, which is closed, from the event loop, because it may be the caller.
void wsRetire(QIODevice *device);

// How long a peer may take nothing once the application no longer uses the connection: \a closeTimeout, or 10
// s if that is 0. While a connection lives, 0 means no limit, but a peer must not keep a socket forever.
std::chrono::milliseconds wsLingerTimeout(std::chrono::milliseconds closeTimeout);

// Takes over \a device, which has data left to send; a socket is closing already. The device is deleted when
// everything has been sent, or after a WsSendLimit of wsLingerTimeout(\a timeout). Until then it keeps \a
// place, by which the connection counts.
void wsLinger(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place);

// Cuts those of the current thread whose place is a pointer to \a owner.
void wsCutLingering(const void *owner);

#endif // WSLINGERINGDEVICE_H
