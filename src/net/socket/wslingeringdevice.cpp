// SPDX-License-Identifier: MIT
#include "net/socket/wslingeringdevice.h"

#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/socket/wssendlimit.h"
#include "net/socket/wssystemqueue.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace {
class LingeringDevice : public QObject
{
public:
    LingeringDevice(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place)
        : QObject(&WsThreadContext::current()), m_device(device), m_place(std::move(place))
    {
        device->setParent(this);
        m_timer.setParent(this);
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &LingeringDevice::onTimeout);
        if (auto *socket = qobject_cast<QAbstractSocket *>(device)) {
            connect(socket, &QAbstractSocket::disconnected, this, &LingeringDevice::end);
        } else {
            connect(device, &QIODevice::bytesWritten, this, &LingeringDevice::onWritten);
            connect(device, &QIODevice::readChannelFinished, this, &LingeringDevice::end);
        }
        m_limit.start(WsClock::now(), wsLingerTimeout(timeout), WsSendLimit::Rate::Minimal, progress());
        startTimer();
    }

    bool hasPlaceOf(const void *owner) const { return m_place && m_place.get() == owner; }

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

private:
    // Nothing more is written, so the amount that waits only decreases.
    WsSendProgress progress() const
    {
        qint64 waiting = m_device->bytesToWrite();
        if (const auto *sslSocket = qobject_cast<QSslSocket *>(m_device))
            waiting += sslSocket->encryptedBytesToWrite();
        if (const auto *socket = qobject_cast<QAbstractSocket *>(m_device))
            waiting += wsSystemQueueSize(wsDescriptorOf(*socket));
        return {-waiting, waiting};
    }

    // Without an event loop nothing can be sent, and the socket is deleted with the thread.
    void startTimer()
    {
        using std::chrono::milliseconds;
        constexpr milliseconds Longest = std::chrono::hours(1); // QTimer does not accept every duration
        const auto wait = std::chrono::ceil<milliseconds>(m_limit.next() - WsClock::now());
        if (QAbstractEventDispatcher::instance())
            m_timer.start(std::clamp(wait, milliseconds(0), Longest)); // it may be due by now
    }

    void onWritten()
    {
        if (m_device->bytesToWrite() == 0)
            end();
    }

    void onTimeout()
    {
        const WsSendProgress now = progress();
        const WsSendLimit::Verdict verdict = m_limit.check(WsClock::now(), now);
        if (verdict == WsSendLimit::Verdict::InTime) {
            startTimer();
            return;
        }
        qCDebug(wsNetLog).noquote() << "a socket that was closed is cut:"
                                    << wsSendLimitText("closeTimeout", m_limit.timeout(), verdict,
                                                       now.waiting);
        end();
    }

    QIODevice *m_device;
    QTimer m_timer;
    WsSendLimit m_limit;
    std::shared_ptr<void> m_place;
};
} // namespace

std::chrono::milliseconds wsLingerTimeout(std::chrono::milliseconds closeTimeout)
{
    constexpr std::chrono::seconds Default{10};
    return closeTimeout > closeTimeout.zero() ? closeTimeout : Default;
}

void wsRetire(QIODevice *device)
{
    // QSslSocket posts a call to itself to write its last data, and does not expect to be closed by then.
    QCoreApplication::removePostedEvents(device, QEvent::MetaCall);
    WsThreadContext::current().retire(device);
}

void wsLinger(QIODevice *device, std::chrono::milliseconds timeout, std::shared_ptr<void> place)
{
    new LingeringDevice(device, timeout, std::move(place));
}

void wsCutLingering(const void *owner)
{
    WsThreadContext *const context = WsThreadContext::currentOrNull();
    QList<QPointer<QObject>> children; // slots of the server's may run an event loop
    if (context)
        children = {context->children().begin(), context->children().end()};
    for (const QPointer<QObject> &child : children) {
        auto *const lingering = dynamic_cast<LingeringDevice *>(child.data());
        if (lingering && lingering->hasPlaceOf(owner))
            lingering->end();
    }
}
