// SPDX-License-Identifier: MIT
#include "net/socket/wslingeringdevice.h"

#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qsslsocket.h>

#include <utility>

namespace {
// A timeout of 0 is none while a connection lives, but a peer must not keep a socket for ever.
constexpr std::chrono::seconds DefaultTimeout{5};

class LingeringDevice : public QObject
{
public:
    LingeringDevice(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place)
        : QObject(&WsThreadContext::current()), m_device(device), m_place(std::move(place))
    {
        device->setParent(this);
        m_timer.setParent(this);
        m_timer.setSingleShot(true);
        m_timer.setInterval(timeout > timeout.zero() ? timeout : DefaultTimeout);
        connect(&m_timer, &QTimer::timeout, this, &LingeringDevice::onTimeout);
        connect(device, &QIODevice::bytesWritten, this, &LingeringDevice::onWritten);
        if (auto *socket = qobject_cast<QAbstractSocket *>(device))
            connect(socket, &QAbstractSocket::disconnected, this, &LingeringDevice::end);
        else
            connect(device, &QIODevice::readChannelFinished, this, &LingeringDevice::end);
        if (auto *sslSocket = qobject_cast<QSslSocket *>(device))
            connect(sslSocket, &QSslSocket::encryptedBytesWritten, this, &LingeringDevice::onWritten);
        restart();
    }

private:
    // Without an event loop nothing of it moves any more, and it goes with the thread.
    void restart()
    {
        if (QAbstractEventDispatcher::instance())
            m_timer.start();
    }

    void onWritten()
    {
        restart();
        if (!qobject_cast<QAbstractSocket *>(m_device) && m_device->bytesToWrite() == 0)
            end();
    }

    void onTimeout()
    {
        qCDebug(wsNetLog, "a socket that was closed is cut: the peer does not take the rest");
        end();
    }

    void end()
    {
        QIODevice *const device = std::exchange(m_device, nullptr);
        if (!device)
            return;
        device->disconnect(this);
        m_timer.stop();
        if (auto *socket = qobject_cast<QAbstractSocket *>(device))
            socket->abort();
        else
            device->close();
        wsRetire(device);
        m_place.reset();
        deleteLater();
    }

    QIODevice *m_device;
    QTimer m_timer;
    std::shared_ptr<void> m_place;
};
} // namespace

void wsRetire(QIODevice *device)
{
    // QSslSocket calls itself later to write what it was given last, and does not expect to be closed by
    // then.
    QCoreApplication::removePostedEvents(device, QEvent::MetaCall);
    WsThreadContext::current().retire(device);
}

void wsLinger(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place)
{
    new LingeringDevice(device, timeout, std::move(place));
}
