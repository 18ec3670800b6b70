// SPDX-License-Identifier: MIT
#include "net/connection/wsstreamdevice.h"

#include "net/connection/wsconnection_p.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qpointer.h>

#include <utility>

bool WsStreamDevice::canReadLine() const
{
    return m_device->QIODevice::canReadLine() || unread.hasLine()
           || (isEnded && m_device->bytesAvailable() > 0);
}

void WsStreamDevice::noteRead(qint64 size, qint64 wanted)
{
    unread.noteRead(size, wanted);
    if (connection)
        connection->delivery.checkReadersSoon();
}

void WsStreamDevice::reportArrived(qint64 size)
{
    m_arrived += size;
    unread.takeBackIfLarge(*m_device);
    Q_EMIT m_device->readyRead();
}

void WsStreamDevice::reportWritten(qint64 held, qint64 room)
{
    const qint64 left = qMin(unwritten, held);
    const qint64 more = unwritten - left;
    unwritten = left;
    written += more;
    const bool hasRoomAgain = wasShort && room > 0;
    wasShort = wasShort && !hasRoomAgain;
    if (more > 0 || hasRoomAgain)
        Q_EMIT m_device->bytesWritten(more);
}

bool WsStreamDevice::waitForArrival(int msecs)
{
    if (!connection || !m_device->isReadable() || isEnded)
        return false;
    connection->delivery.updateReading();
    const WsLink &link = connection->link;
    const bool isBehind = link.isHeld(WsHold::Behind) && connection->life.state() == Ws::Open;
    if (isBehind || link.isHeld(WsHold::Paused)) // what else holds it up ends by itself
        return false;
    const QPointer<QIODevice> guard(m_device);
    const qint64 before = m_arrived;
    (void)connection->waiting.waitUntil([&] { return !guard || m_arrived > before || isEnded; },
                                        QDeadlineTimer(msecs));
    return guard && m_arrived > before;
}

bool WsStreamDevice::waitForWritten(qint64 before, int msecs)
{
    if (!connection || m_device->bytesToWrite() == 0)
        return false;
    const QPointer<QIODevice> guard(m_device);
    (void)connection->waiting.waitUntil([&] { return !guard || written > before || isEnded; },
                                        QDeadlineTimer(msecs));
    return guard && written > before;
}

bool WsStreamDevice::beginClosing()
{
    if (!m_device->isOpen() || std::exchange(m_isClosing, true))
        return false;
    const QPointer<QIODevice> guard(m_device);
    Q_EMIT m_device->aboutToClose();
    return guard;
}

void WsStreamDevice::finishClosing()
{
    {
        const QSignalBlocker blocker(m_device); // aboutToClose() has been emitted
        m_device->QIODevice::close();
    }
    unread.clear();
}
