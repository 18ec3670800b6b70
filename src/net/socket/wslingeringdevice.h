// SPDX-License-Identifier: MIT
#ifndef WSLINGERINGDEVICE_H
#define WSLINGERINGDEVICE_H

#include <QtCore/qiodevice.h>

#include <chrono>
#include <memory>

// Deletes \a device, which is closed, from the event loop: it may be the caller.
void wsRetire(QIODevice *device);

// Takes over \a device, which has something left to send; a socket is closing already. It is deleted when
// that is done, or when nothing of it moves for \a timeout. \a place, what the connection counts by, is given
// up then.
void wsLinger(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place);

#endif // WSLINGERINGDEVICE_H
