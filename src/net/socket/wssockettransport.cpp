// SPDX-License-Identifier: MIT
#include "net/socket/wssockettransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wslingeringdevice.h"
#include "net/socket/wssocketerror.h"
#include "net/socket/wssystemqueue.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <utility>

WsSocketTransport::WsSocketTransport(QAbstractSocket *socket) : m_socket(socket) { }

WsSocketTransport::~WsSocketTransport()
{
    WsSocketTransport::cut();
}

// --- connecting

// A socket that is on the stack, and the call with it, may outlive this object.
void WsSocketTransport::startSoon(std::function<void()> start)
{
    m_start = std::make_shared<const std::function<void()>>(std::move(start));
    const auto startOnce = [this, awaited = std::weak_ptr(m_start)] {
        if (!awaited.expired())
            startNow();
    };
    QMetaObject::invokeMethod(m_socket, startOnce, Qt::QueuedConnection);
}

void WsSocketTransport::startNow()
{
    if (const auto start = std::exchange(m_start, nullptr))
        (*start)();
}

// --- the socket

bool WsSocketTransport::isMereTimeout() const
{
    return m_socket->error() == QAbstractSocket::SocketTimeoutError
           && m_socket->state() == QAbstractSocket::ConnectedState;
}

void WsSocketTransport::onSocketError()
{
    if (isMereTimeout())
        return;
    const bool isEndOfPeer = m_socket->error() == QAbstractSocket::RemoteHostClosedError;
    m_isBroken = m_isBroken || !isEndOfPeer; // over TLS the peer may end its own direction alone
    if (isEndOfPeer)
        user()->onEnded();
    else
        user()->onError(wsSocketError(*m_socket));
}

qint64 WsSocketTransport::read(char *buffer, qint64 size)
{
    if (isConnecting())
        return 0;
    const qint64 count = m_socket->isOpen() ? m_socket->read(buffer, size) : -1;
    if (count > 0)
        return count;
    // Nothing follows close_notify (RFC 8446 §6.1), although TCP may stay open: some peers wait for our end
    // of it. Nothing follows another TLS error either.
    const bool mayContinue = m_socket->state() == QAbstractSocket::ConnectedState
                             && m_socket->error() != QAbstractSocket::RemoteHostClosedError && !m_isBroken;
    return mayContinue || m_socket->bytesAvailable() > 0 ? 0 : -1;
}

void WsSocketTransport::noteEnd()
{
    m_isBroken =
        m_isBroken || (!connecting() && !m_start && m_socket->state() != QAbstractSocket::ConnectedState);
}

bool WsSocketTransport::handOver(WsOutput &output, qint64 size)
{
    const QByteArrayView piece = output.piece(0);
    m_hasPending = true;
    const qint64 written = m_socket->write(piece.data(), std::min(size, qint64(piece.size())));
    if (written < 0) {
        m_isBroken = true;
        return false;
    }
    output.consume(written);
    return true;
}

void WsSocketTransport::waitForConnected(int ms)
{
    if (ms > 0) // otherwise Qt would only end the attempt
        m_socket->waitForConnected(ms);
}

bool WsSocketTransport::waitForState(int ms)
{
    if (connecting()) {
        connecting()->wait(ms);
        return true;
    }
    if (m_start) {
        startNow();
        return true;
    }
    switch (m_socket->state()) {
    case QAbstractSocket::HostLookupState:
    case QAbstractSocket::ConnectingState:
        waitForConnected(ms);
        return true;
    case QAbstractSocket::ConnectedState:
        return false;
    case QAbstractSocket::ClosingState:
        m_socket->waitForDisconnected(ms);
        return true;
    default:
        return true;
    }
}

bool WsSocketTransport::shutdownWrite()
{
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        return true;
    const qintptr descriptor = wsDescriptorOf(*m_socket);
    if (descriptor < 0)
        return false;
    wsShutdownWrite(descriptor);
    return true;
}

WsEndpoints WsSocketTransport::endpoints() const
{
    return {wsUnmapped(m_socket->peerAddress()), wsUnmapped(m_socket->localAddress()), m_socket->peerPort(),
            m_socket->localPort()};
}

void WsSocketTransport::setNoDelay(bool noDelay)
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, noDelay ? 1 : 0);
}

void WsSocketTransport::keepSystemQueueShort()
{
    wsKeepSystemQueueShort(wsDescriptorOf(*m_socket));
}

WsError WsSocketTransport::lostError() const
{
    return wsConnectionLost(m_socket);
}

namespace {
// When the application object goes, QtNetwork unloads TLS, and a socket that ends it would load it anew. Such
// a socket is only deleted, which ends TCP.
bool hasLostTls(const QAbstractSocket *socket)
{
    return QCoreApplication::closingDown() && !QCoreApplication::instance()
           && qobject_cast<const QSslSocket *>(socket);
}

void disconnectOrLinger(QAbstractSocket *socket, std::chrono::milliseconds timeout,
                        const WsPlaceKeeper &keepPlace)
{
    if (hasLostTls(socket)) {
        wsRetire(socket);
        return;
    }
    socket->disconnectFromHost();
    if (qobject_cast<QSslSocket *>(socket))
        socket->flush(); // close_notify, which the end of TCP waits for: there may be no event loop
    if (socket->state() == QAbstractSocket::UnconnectedState)
        wsRetire(socket);
    else
        wsLinger(socket, timeout, keepPlace());
}
} // namespace

bool WsSocketTransport::isConnecting() const
{
    const QAbstractSocket::SocketState state = m_socket->state();
    return connecting() || m_start || state == QAbstractSocket::HostLookupState
           || state == QAbstractSocket::ConnectingState;
}

qint64 WsSocketTransport::inFlight() const
{
    return pending() + (m_isBroken ? 0 : wsSystemQueueSize(wsDescriptorOf(*m_socket)));
}

bool WsSocketTransport::hasUnread() const
{
    return m_socket->bytesAvailable() > 0 || (!m_isBroken && wsHasUnread(wsDescriptorOf(*m_socket)));
}

QString WsSocketTransport::awaited() const
{
    return WsHostTransport::awaited(m_socket->state() == QAbstractSocket::HostLookupState);
}

bool WsSocketTransport::isInCurrentThread() const
{
    return m_socket->thread() == QThread::currentThread()
           && (!connecting() || connecting()->thread() == QThread::currentThread());
}

void WsSocketTransport::setOwner(QObject *owner)
{
    m_socket->setParent(owner);
    if (connecting())
        connecting()->setParent(owner);
}

void WsSocketTransport::moveToThread(QThread *thread)
{
    m_socket->moveToThread(thread);
    if (connecting())
        connecting()->moveToThread(thread);
}

// A QSslSocket that is on the stack continues to use what closing frees.
void WsSocketTransport::closeBy(QAbstractSocket *socket, std::function<void()> close)
{
    WsThreadContext &context = WsThreadContext::current();
    if (!context.isOnStack(socket)) {
        close();
        return;
    }
    socket->setParent(&context);
    context.callAfter(socket, std::move(close));
}

void WsSocketTransport::cut()
{
    endConnecting();
    if (!m_socket)
        return;
    m_socket->disconnect();
    onLettingGo();
    QAbstractSocket *const socket = std::exchange(m_socket, nullptr);
    if (socket->thread() != QThread::currentThread()) { // which has ended
        delete socket;
        return;
    }
    closeBy(socket, [socket] {
        if (!hasLostTls(socket))
            socket->abort();
        wsRetire(socket);
    });
}

void WsSocketTransport::finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace)
{
    endConnecting();
    m_socket->disconnect();
    onLettingGo();
    QAbstractSocket *const socket = std::exchange(m_socket, nullptr);
    if (WsThreadContext::current().isOnStack(socket)) {
        closeBy(socket, [socket, timeout, place = keepPlace()] {
            disconnectOrLinger(socket, timeout, [place] { return place; });
        });
        return;
    }
    disconnectOrLinger(socket, timeout, keepPlace);
}
