// SPDX-License-Identifier: MIT
#include "net/socket/wsproxytunnel.h"

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <unistd.h>
#endif

#include <utility>

namespace {
// Qt reads an answer of any length. It is read in pieces of at most this size, and of at most this number.
constexpr qint64 PieceSize = 1024;
constexpr int MaxPieces = 4096;

QString hostAndPort(const QString &host, quint16 port)
{
    const QString shown = host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(host) : host;
    return QStringLiteral("%1:%2").arg(shown, QString::number(port));
}
} // namespace

WsProxyTunnel::WsProxyTunnel(QAbstractSocket *socket, const QNetworkProxy &proxy, const QString &host,
                             quint16 port)
    : QTcpSocket(socket->parent()), m_socket(socket), m_host(host), m_port(port), m_user(proxy.user()),
      m_password(proxy.password())
{
    socket->setParent(this); // which it moves to other threads with
    setProxy(proxy);
    // Qt looks up the host first if the proxy does not, and only then creates what is watched.
    connect(this, &QAbstractSocket::stateChanged, this, &WsProxyTunnel::watchAnswer, Qt::QueuedConnection);
}

void WsProxyTunnel::open()
{
    connectToHost(m_host, m_port);
    watchAnswer();
}

QString WsProxyTunnel::awaited() const
{
    return QStringLiteral("the proxy %1 to connect to %2")
        .arg(hostAndPort(proxy().hostName(), proxy().port()), hostAndPort(m_host, m_port));
}

WsError WsProxyTunnel::describedError() const
{
    QString reason = m_problem.isEmpty() ? errorString() : m_problem;
    if (m_problem.isEmpty() && error() == UnsupportedSocketOperationError)
        reason = QStringLiteral("a proxy of this type does not carry other protocols than its own");
    const QString text = QStringLiteral("the proxy %1 has not connected to %2: %3");
    WsError described(Ws::ErrorKind::Proxy, text.arg(hostAndPort(proxy().hostName(), proxy().port()),
                                                     hostAndPort(m_host, m_port), reason));
    described.setSocketError(m_problem.isEmpty() ? error() : m_problemError);
    return described;
}

bool WsProxyTunnel::takeAnswer(const QAuthenticator &answer)
{
    const bool isNew = answer.user() != m_user || answer.password() != m_password;
    m_user = answer.user();
    m_password = answer.password();
    if (isNew)
        return true;
    m_problem = m_user.isEmpty() && m_password.isEmpty()
                    ? QStringLiteral("it wants a user name and a password")
                    : QStringLiteral("it has not accepted the user name and the password");
    m_problemError = ProxyAuthenticationRequiredError;
    return false;
}

// The socket that Qt itself has connected to the proxy.
QTcpSocket *WsProxyTunnel::carrier() const
{
    const QList<QTcpSocket *> sockets = findChildren<QTcpSocket *>();
    for (QTcpSocket *socket : sockets) {
        if (socket->parent() != this)
            return socket;
    }
    return nullptr;
}

void WsProxyTunnel::watchAnswer()
{
    QTcpSocket *const socket = carrier();
    if (std::exchange(m_watched, socket) == socket || !socket)
        return;
    socket->setReadBufferSize(PieceSize);
    connect(socket, &QIODevice::readyRead, this, [this] {
        if (state() == ConnectedState || ++m_readCount <= MaxPieces || !m_problem.isEmpty())
            return;
        m_problem = QStringLiteral("its answer is too long");
        Q_EMIT errorOccurred(ProxyProtocolError);
    });
}

QAbstractSocket *WsProxyTunnel::leave()
{
    disconnect();
    m_socket->setParent(parent());
#ifdef Q_OS_UNIX
    const int descriptor = takeDescriptor();
    if (descriptor >= 0 && !m_socket->setSocketDescriptor(descriptor)) {
        m_problem = m_socket->errorString();
        ::close(descriptor);
    }
#endif
    return m_socket;
}

#ifdef Q_OS_UNIX
int WsProxyTunnel::takeDescriptor()
{
    const QTcpSocket *const socket = carrier();
    const int own = socket ? int(socket->socketDescriptor()) : -1;
    const int copy = own >= 0 ? ::fcntl(own, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0)
        m_problem = QStringLiteral("no descriptor is left for the connection");
    else if (socket->bytesAvailable() > 0 || bytesAvailable() > 0)
        m_problem = QStringLiteral("it has sent data that nobody has asked for");
    abort(); // or else it would read what is sent to the other socket
    if (!m_problem.isEmpty()) {
        if (copy >= 0)
            ::close(copy);
        return -1;
    }
    // epoll may still know it by its old number, see WsBufferedTransport::goOnWithoutTls().
    const int descriptor = ::fcntl(copy, F_DUPFD_CLOEXEC, own);
    if (descriptor < 0)
        return copy;
    ::close(copy);
    return descriptor;
}
#endif
