// SPDX-License-Identifier: MIT
#include "net/socket/wsdevicetransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wslingeringdevice.h"
#include "net/socket/wslocaltransport.h"

#include <QtCore/qthread.h>

#include <algorithm>
#include <utility>

std::unique_ptr<WsTransport> WsDeviceTransport::of(QIODevice *device)
{
    if (auto *socket = qobject_cast<QAbstractSocket *>(device))
        return std::make_unique<WsBufferedTransport>(socket);
    if (auto *socket = qobject_cast<QLocalSocket *>(device))
        return std::make_unique<WsLocalTransport>(socket);
    return std::make_unique<WsDeviceTransport>(device);
}

WsDeviceTransport::WsDeviceTransport(QIODevice *device) : m_device(device)
{
    const auto listen = [device](auto signal, auto function) {
        QObject::connect(device, signal, device, [device, function] {
            const WsSocketCall call(device);
            function();
        });
    };
    listen(&QIODevice::readyRead, [this] { user()->onReadable(); });
    listen(&QIODevice::bytesWritten, [this] { user()->onWritten(); });
    listen(&QIODevice::readChannelFinished, [this] { onReadingEnd(); });
    listen(&QIODevice::aboutToClose, [this] { onClosing(); });
}

WsDeviceTransport::~WsDeviceTransport()
{
    WsDeviceTransport::cut();
}

void WsDeviceTransport::onReadingEnd()
{
    if (!std::exchange(m_isReadingOver, true))
        user()->onEnded();
}

void WsDeviceTransport::onClosing()
{
    const bool wasKnown = m_isReadingOver && m_isBroken;
    m_isReadingOver = m_isBroken = true;
    if (!wasKnown)
        user()->onEnded();
}

bool WsDeviceTransport::hasEnded() const
{
    return (m_isReadingOver && m_isBroken) || !m_device->isOpen();
}

qint64 WsDeviceTransport::read(char *buffer, qint64 size)
{
    const qint64 count = m_device->isReadable() ? m_device->read(buffer, size) : -1;
    return count == 0 && m_isReadingOver ? -1 : count;
}

qint64 WsDeviceTransport::pending() const
{
    return m_isBroken ? 0 : m_device->bytesToWrite();
}

void WsDeviceTransport::noteEnd()
{
    m_isBroken = m_isBroken || !m_device->isWritable();
}

void WsDeviceTransport::write(WsOutput &output)
{
    noteEnd();
    while (!m_isBroken && !output.isEmpty() && pending() < MaxPending) {
        const QByteArrayView piece = output.piece(0);
        const qint64 written = m_device->write(piece.data(), std::min(MaxPending, qint64(piece.size())));
        if (written < 0)
            endByDevice();
        if (written <= 0)
            break;
        output.consume(written);
    }
    if (m_isBroken)
        output.clear();
}

// Data is dropped, so the connection must not go on: what the peer has sent before can still be read, and the
// end comes after it.
void WsDeviceTransport::endByDevice()
{
    m_writeError = m_device->errorString();
    m_isReadingOver = m_isBroken = true;
    user()->onEnded();
}

WsError WsDeviceTransport::lostError() const
{
    if (m_writeError.isNull())
        return WsTransport::lostError();
    return WsError(Ws::ErrorKind::Network,
                   QStringLiteral("the device does not take data: %1").arg(m_writeError));
}

void WsDeviceTransport::wait(bool reads, int ms)
{
    constexpr int LongestWait = 10; // a device can only wait for one of the two
    const bool writes = pending() > 0;
    const int wait = reads || writes ? std::min(ms, LongestWait) : ms;
    const std::weak_ptr<bool> life = m_life; // the device may report its end meanwhile
    if (writes && (m_device->waitForBytesWritten(wait) || life.expired() || !m_device))
        return;
    if (reads && (m_device->bytesAvailable() > 0 || m_device->waitForReadyRead(wait)))
        return;
#ifdef Q_OS_UNIX
    (void)WsThreadContext::current().wait(-1, 0, wait); // some devices cannot wait
#else
    QThread::msleep(static_cast<unsigned long>(std::min(wait, LongestWait)));
#endif
}

bool WsDeviceTransport::isInCurrentThread() const
{
    return m_device->thread() == QThread::currentThread();
}

void WsDeviceTransport::cut()
{
    QIODevice *const device = std::exchange(m_device, nullptr);
    if (!device)
        return;
    device->disconnect();
    if (device->thread() != QThread::currentThread()) { // which has ended
        delete device;
        return;
    }
    device->close();
    wsRetire(device);
}

void WsDeviceTransport::finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace)
{
    if (!m_device->isWritable() || m_device->bytesToWrite() == 0) {
        cut();
        return;
    }
    QIODevice *const device = std::exchange(m_device, nullptr);
    device->disconnect();
    wsLinger(device, timeout, keepPlace());
}
