// SPDX-License-Identifier: MIT
#include "net/socket/wsbufferedtransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wslingeringdevice.h"
#include "net/socket/wssystemqueue.h"

#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpsocket.h>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <unistd.h>
#endif

#include <utility>

// The end of our direction, and what else has to wait until the socket is not on the stack.

// --- what the socket must not be on the stack for

void WsBufferedTransport::callAfterSocket(Step step)
{
    m_steps.push_back(std::make_shared<const Step>(step));
    schedule(m_steps.back());
}

void WsBufferedTransport::schedule(const std::shared_ptr<const Step> &step)
{
    WsThreadContext::current().callAfter(socket(), [this, awaited = std::weak_ptr(step)] {
        const std::shared_ptr<const Step> due = awaited.lock();
        if (!due)
            return;
        std::erase(m_steps, due);
        (this->**due)();
    });
}

// The transport leaves the thread, which must not use it any more: nothing that is scheduled there is.
void WsBufferedTransport::unscheduleSteps()
{
    for (std::shared_ptr<const Step> &step : m_steps)
        step = std::make_shared<const Step>(*step);
}

void WsBufferedTransport::setOwner(QObject *owner)
{
    unscheduleSteps();
    WsSocketTransport::setOwner(owner);
    if (owner)
        return;
    for (const std::shared_ptr<const Step> &step : m_steps) // in the new thread
        schedule(step);
}

void WsBufferedTransport::moveToThread(QThread *thread)
{
    unscheduleSteps();
    WsSocketTransport::moveToThread(thread);
}

// --- the end of our direction

WsBufferedTransport::Shutting::~Shutting()
{
#ifdef Q_OS_UNIX
    if (copy >= 0)
        ::close(copy);
#endif
}

// RFC 8446 §6.1, RFC 9112 §9.8: close_notify comes before the end of TCP. Qt sends it only with the end of
// both directions, and what the peer has not read by then may be lost in a reset. So TCP is kept open by a
// copy of its descriptor.
bool WsBufferedTransport::shutdownWrite()
{
    if (!m_sslSocket)
        return WsSocketTransport::shutdownWrite();
#ifdef Q_OS_UNIX
    if (m_shutting || !m_sslSocket->isEncrypted() || m_sslSocket->state() != QAbstractSocket::ConnectedState)
        return true;
    const int descriptor = int(wsDescriptorOf(*m_sslSocket));
    if (descriptor < 0)
        return false;
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return WsSocketTransport::shutdownWrite();
    m_shutting = std::make_unique<Shutting>(descriptor, copy);
    if (WsThreadContext::current().isOnStack(m_sslSocket))
        callAfterSocket(&WsBufferedTransport::sendCloseNotify);
    else
        sendCloseNotify();
#endif
    return true;
}

#ifdef Q_OS_UNIX
void WsBufferedTransport::sendCloseNotify()
{
    m_sslSocket->disconnect();
    onLettingGo();
    m_sslSocket->disconnectFromHost();
    m_sslSocket->flush();
    if (m_sslSocket->state() == QAbstractSocket::UnconnectedState) {
        goOnWithoutTls();
        return;
    }
    // The peer takes nothing at the moment.
    QObject::connect(m_sslSocket, &QAbstractSocket::disconnected, m_sslSocket, [this, socket = m_sslSocket] {
        const WsSocketCall call(socket);
        callAfterSocket(&WsBufferedTransport::goOnWithoutTls);
    });
}

// What the peer still sends is dropped, so there is no need to decrypt it.
void WsBufferedTransport::goOnWithoutTls()
{
    // epoll still knows it by its old number, and it can only be removed from the set by that number.
    int descriptor = ::fcntl(m_shutting->copy, F_DUPFD_CLOEXEC, m_shutting->descriptor);
    if (descriptor < 0)
        descriptor = std::exchange(m_shutting->copy, -1);
    m_shutting.reset();
    wsShutdownWrite(descriptor);
    auto *const plain = new QTcpSocket; // with Qt's buffers, without which it does not signal its end
    plain->setReadBufferSize(MaxPending);
    if (!plain->setSocketDescriptor(descriptor, QAbstractSocket::ConnectedState, QIODevice::ReadOnly))
        ::close(descriptor);
    m_tlsBefore = m_sslSocket->sslConfiguration();
    m_sslSocket = nullptr;
    setPending(false);
    wsRetire(replaceSocket(plain));
    listenTo(plain);
}
#endif
