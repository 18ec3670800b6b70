// SPDX-License-Identifier: MIT
#include "net/socket/wssockettransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wslingeringdevice.h"
#include "net/socket/wssocketerror.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <utility>

#ifdef Q_OS_UNIX
#include <sys/socket.h>
#endif

WsSocketTransport::WsSocketTransport(QAbstractSocket *socket) : m_socket(socket)
{
    QObject::connect(socket, &QIODevice::readyRead, socket, [this] { user()->onReadable(); });
    QObject::connect(socket, &QIODevice::bytesWritten, socket, [this] { user()->onWritten(); });
    QObject::connect(socket, &QAbstractSocket::errorOccurred, socket, [this] { onSocketError(); });
}

WsSocketTransport::~WsSocketTransport()
{
    cut();
}

void WsSocketTransport::onSocketError()
{
    const bool isConnected = m_socket->state() == QAbstractSocket::ConnectedState;
    if (m_socket->error() == QAbstractSocket::SocketTimeoutError && isConnected)
        return;                               // it was waited for in vain, which is no end
    m_isBroken = m_isBroken || !isBuffered(); // over TLS the peer may have ended its own direction alone
    if (m_socket->error() == QAbstractSocket::RemoteHostClosedError)
        user()->onEnded();
    else
        user()->onError(wsSocketError(*m_socket));
}

qint64 WsSocketTransport::read(char *buffer, qint64 size)
{
    const QAbstractSocket::SocketState state = m_socket->state();
    if (state == QAbstractSocket::HostLookupState || state == QAbstractSocket::ConnectingState)
        return 0;
    const qint64 count = m_socket->isOpen() ? m_socket->read(buffer, size) : -1;
    if (count > 0)
        return count;
    // After TLS's close_notify nothing more comes (RFC 8446 §6.1), though TCP may go on: some peers wait
    // for our end of it.
    const bool mayContinue = m_socket->state() == QAbstractSocket::ConnectedState
                             && m_socket->error() != QAbstractSocket::RemoteHostClosedError;
    return mayContinue || m_socket->bytesAvailable() > 0 ? 0 : -1;
}

void WsSocketTransport::noteEnd()
{
    m_isBroken = m_isBroken || m_socket->state() != QAbstractSocket::ConnectedState;
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

bool WsSocketTransport::waitForState(int ms)
{
    switch (m_socket->state()) {
    case QAbstractSocket::HostLookupState:
    case QAbstractSocket::ConnectingState:
        m_socket->waitForConnected(ms);
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

void WsSocketTransport::shutdownWrite()
{
#ifdef Q_OS_UNIX
    // Over TLS this is no close_notify, which Qt only sends when it ends the connection. The peer has been
    // told by what it reads first, a Close frame or an HTTP answer with its length.
    if (m_socket->state() == QAbstractSocket::ConnectedState)
        ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR);
#endif
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

WsError WsSocketTransport::lostError() const
{
    return wsConnectionLost(m_socket);
}

namespace {
void disconnectOrLinger(QAbstractSocket *socket, std::chrono::milliseconds timeout,
                        const WsPlaceKeeper &keepPlace)
{
    socket->disconnectFromHost();
    if (socket->state() == QAbstractSocket::UnconnectedState)
        wsRetire(socket);
    else
        wsLinger(socket, timeout, keepPlace());
}
} // namespace

// QSslSocket must not be closed in its own signals: it goes on with what closing frees.
bool WsSocketTransport::isToBeClosedLater() const
{
    return qobject_cast<QSslSocket *>(m_socket) && WsThreadContext::current().isCalledBySocket();
}

void WsSocketTransport::cut()
{
    QAbstractSocket *const socket = m_socket;
    if (!socket)
        return;
    socket->disconnect();
    if (socket->thread() != QThread::currentThread()) { // which has ended
        delete socket;
    } else if (isToBeClosedLater()) {
        socket->setParent(&WsThreadContext::current());
        WsThreadContext::current().callAfterSockets([socket] {
            socket->abort();
            wsRetire(socket);
        });
    } else {
        socket->abort();
        wsRetire(socket);
    }
    m_socket = nullptr;
}

void WsSocketTransport::finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace)
{
    const bool isLater = isToBeClosedLater();
    QAbstractSocket *const socket = std::exchange(m_socket, nullptr);
    socket->disconnect();
    if (!isLater) {
        disconnectOrLinger(socket, timeout, keepPlace);
        return;
    }
    socket->setParent(&WsThreadContext::current());
    WsThreadContext::current().callAfterSockets([socket, timeout, place = keepPlace()] {
        disconnectOrLinger(socket, timeout, [place] { return place; });
    });
}
