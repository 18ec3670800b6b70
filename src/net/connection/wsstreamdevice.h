// SPDX-License-Identifier: MIT
#ifndef WSSTREAMDEVICE_H
#define WSSTREAMDEVICE_H

#include "net/connection/wsbytequeue.h"

class WsConnectionPrivate;

// What WsByteStream and WsMessageStream have in common: a device that reads from a connection, or writes to
// it.
class WsStreamDevice
{
public:
    explicit WsStreamDevice(QIODevice *device) : m_device(device) { }

    // What counts against highWaterMark.
    qint64 heldUnread() const { return unread.heldBy(*m_device); }

    bool canReadLine() const;
    // Something was read. How much QIODevice keeps of it is only known after the call.
    void noteRead(qint64 size, qint64 wanted);
    // More is there. Slots may delete the device.
    void reportArrived(qint64 size);
    // The connection still holds at most \a held of the bytes, and has room for \a room more.
    void reportWritten(qint64 held, qint64 room);

    bool waitForArrival(int msecs);
    // Until more than \a before bytes were written, ever.
    bool waitForWritten(qint64 before, int msecs);

    // Emits aboutToClose(), in whose slots more may be written. Returns false if it is closed or deleted.
    bool beginClosing();
    void finishClosing();

    WsConnectionPrivate *connection = nullptr; // null once the device no longer belongs to it
    bool isEnded = false;                      // nothing more comes
    WsByteQueue unread;
    qint64 unwritten = 0;  // accepted, but the connection still holds as much
    qint64 written = 0;    // the rest, since the beginning
    bool wasShort = false; // not everything was accepted: bytesWritten() is due when there is room

private:
    QIODevice *const m_device;
    qint64 m_arrived = 0; // since the beginning
    bool m_isClosing = false;
};

#endif // WSSTREAMDEVICE_H
