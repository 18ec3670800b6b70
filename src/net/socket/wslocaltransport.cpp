// SPDX-License-Identifier: MIT
#include "net/socket/wslocaltransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wssystemqueue.h"
#include "net/socket/wstcptransport.h"

#include <utility>

#ifdef Q_OS_UNIX
std::unique_ptr<WsTransport> wsLocalTransport()
{
    return std::make_unique<WsTcpTransport>(WsTcpTransport::Kind::Local);
}

std::unique_ptr<WsTransport> wsLocalTransport(qintptr descriptor)
{
    return std::make_unique<WsTcpTransport>(descriptor, WsTcpTransport::Kind::Local);
}
#else
std::unique_ptr<WsTransport> wsLocalTransport()
{
    return std::make_unique<WsLocalTransport>(new QLocalSocket);
}

std::unique_ptr<WsTransport> wsLocalTransport(qintptr descriptor)
{
    auto *const socket = new QLocalSocket;
    (void)socket->setSocketDescriptor(descriptor); // if this fails, the connection ends at once
    return std::make_unique<WsLocalTransport>(socket);
}
#endif

WsLocalTransport::WsLocalTransport(QLocalSocket *socket)
    : WsDeviceTransport(socket), m_socket(socket), m_hasConnected(WsLocalTransport::isReady())
{
    socket->setReadBufferSize(MaxPending);
    QObject::connect(socket, &QLocalSocket::connected, socket, [this, socket] {
        const WsSocketCall call(socket);
        onConnected();
    });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket,
                     [this, socket](QLocalSocket::LocalSocketError error) {
                         const WsSocketCall call(socket);
                         onSocketError(error);
                     });
}

// Qt connects within the call, but nobody expects signals before open() has returned.
void WsLocalTransport::connectTo(const QString &path, quint16)
{
    m_path = path;
    m_isToStart = true;
    QMetaObject::invokeMethod(
        m_socket, [this] { start(); }, Qt::QueuedConnection);
}

void WsLocalTransport::start()
{
    if (std::exchange(m_isToStart, false))
        m_socket->connectToServer(m_path);
}

bool WsLocalTransport::isConnecting() const
{
    return m_isToStart || m_socket->state() == QLocalSocket::ConnectingState;
}

QString WsLocalTransport::awaited() const
{
    return QStringLiteral("the connection to the local socket %1").arg(m_path);
}

qint64 WsLocalTransport::read(char *buffer, qint64 size)
{
    if (isConnecting())
        return 0;
    // Qt would read from what it has closed, and warn.
    return isReady() || m_socket->bytesAvailable() > 0 ? WsDeviceTransport::read(buffer, size) : -1;
}

bool WsLocalTransport::hasUnread() const
{
#ifdef Q_OS_UNIX
    if (isReady() && wsHasUnread(m_socket->socketDescriptor())) // what Qt has not read yet
        return true;
#endif
    return WsDeviceTransport::hasUnread();
}

// A socket that has lost its peer is still open.
bool WsLocalTransport::hasEnded() const
{
    return !isConnecting()
           && (m_socket->state() == QLocalSocket::UnconnectedState || WsDeviceTransport::hasEnded());
}

// It also still counts what it has not sent.
void WsLocalTransport::noteEnd()
{
    if (isConnecting())
        return;
    if (hasEnded())
        setBroken();
    WsDeviceTransport::noteEnd();
}

void WsLocalTransport::wait(bool reads, int ms)
{
    if (m_isToStart)
        start();
    else if (!isConnecting())
        WsDeviceTransport::wait(reads, ms);
    else if (ms > 0) // otherwise Qt would only end the attempt
        m_socket->waitForConnected(ms);
}

void WsLocalTransport::onConnected()
{
    m_hasConnected = true;
    const std::weak_ptr<bool> life = m_life;
    user()->onStep(Ws::Connected);
    if (!life.expired())
        user()->onConnected();
}

// Once it is connected, its end is reported by other signals.
void WsLocalTransport::onSocketError(QLocalSocket::LocalSocketError error)
{
    if (m_hasConnected)
        return;
    QString reason = m_socket->errorString();
    if (error == QLocalSocket::ServerNotFoundError)
        reason = QStringLiteral("there is none");
    else if (error == QLocalSocket::ConnectionRefusedError)
        reason = QStringLiteral("no server listens on it");
    else if (error == QLocalSocket::SocketAccessError)
        reason = QStringLiteral("permission denied");
    WsError described(Ws::ErrorKind::Network,
                      QStringLiteral("cannot connect to the local socket %1: %2").arg(m_path, reason));
    described.setSocketError(QAbstractSocket::SocketError(int(error)));
    user()->onError(described);
}
