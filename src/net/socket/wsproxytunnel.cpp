// SPDX-License-Identifier: MIT
#include "net/socket/wsproxytunnel.h"

#include "net/loop/wsthreadcontext.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsocketnotifier.h>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <utility>

namespace {
// Qt reads an answer of any length. It is read in pieces of at most this size, and of at most this number.
constexpr qint64 PieceSize = 1024;
constexpr int MaxReads = 4096;
} // namespace

WsProxyTunnel::WsProxyTunnel(QAbstractSocket *socket, std::shared_ptr<WsProxyRoute> route)
    : QTcpSocket(socket->parent()), m_socket(socket), m_route(std::move(route))
{
    socket->setParent(this); // which it moves to other threads with
    setProxy(m_route->proxy());
    // Qt looks up the host first if the proxy does not, and only then creates what is watched.
    connect(this, &QAbstractSocket::stateChanged, this, &WsProxyTunnel::watchAnswer, Qt::QueuedConnection);
}

void WsProxyTunnel::start()
{
    connectToHost(m_route->host(), m_route->port());
    watchAnswer();
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
        if (state() == ConnectedState || ++m_readCount <= MaxReads || m_route->hasProblem())
            return;
        m_route->setProblem(QStringLiteral("its answer is too long"), ProxyProtocolError);
        Q_EMIT errorOccurred(ProxyProtocolError);
    });
}

void WsProxyTunnel::wait(int ms)
{
    QTcpSocket *const socket = carrier(); // null as long as Qt looks up the host
    const int rest = socket ? waitFor(socket, ms) : ms;
    deliverCalls();
    if (rest > 0 && state() != ConnectedState && state() != UnconnectedState)
        waitForConnected(rest);
}

#ifdef Q_OS_UNIX
namespace {
// Qt says it of a socket that is connected. Until then, it may have something that watches it.
int descriptorOf(const QTcpSocket &socket)
{
    const auto *const notifier = socket.findChild<QSocketNotifier *>();
    const qintptr own = socket.socketDescriptor();
    return int(own < 0 && notifier ? notifier->socket() : own);
}

// As an event loop does. Qt then looks what has become of the attempt to connect and, if it has failed,
// begins with the next address, for which waitForConnected() would also wait. Returns false if Qt does not
// watch for it.
bool reportWritable(const QTcpSocket &socket)
{
    const QList<QSocketNotifier *> notifiers = socket.findChildren<QSocketNotifier *>();
    const auto writing =
        std::find_if(notifiers.begin(), notifiers.end(), [](const QSocketNotifier *notifier) {
            return notifier->type() == QSocketNotifier::Write && notifier->isEnabled();
        });
    if (writing == notifiers.end())
        return false;
    QEvent event(QEvent::SockAct);
    QCoreApplication::sendEvent(*writing, &event);
    return true;
}
} // namespace

// Returns how long Qt itself has to wait for the rest.
int WsProxyTunnel::waitFor(QTcpSocket *carrier, int ms)
{
    constexpr int EndOfAttempt = 1;
    const int descriptor = descriptorOf(*carrier);
    const bool isConnected = carrier->state() == ConnectedState;
    if (descriptor < 0)
        return ms <= 0 || carrier->waitForConnected(ms) ? 0 : EndOfAttempt;
    if (isConnected)
        carrier->flush();
    const bool writes = !isConnected || carrier->bytesToWrite() > 0;
    const auto events = short((isConnected ? POLLIN : 0) | (writes ? POLLOUT : 0));
    const short found = WsThreadContext::current().wait(descriptor, events, ms);
    if (found == 0)
        return 0;
    if (!isConnected) {
        const QPointer<QTcpSocket> guard = carrier;
        if (!reportWritable(*carrier))
            return carrier->waitForConnected(ms) ? 0 : EndOfAttempt;
        const bool goesOn = !guard || guard->state() == ConnectingState || guard->state() == ConnectedState;
        return goesOn ? 0 : EndOfAttempt;
    }
    if ((found & ~POLLOUT) == 0)
        carrier->flush();
    else if (!QAbstractEventDispatcher::instance()) // without which the carrier tells nobody that it is done
        return ms;
    else
        carrier->waitForReadyRead(0);
    return 0;
}
#else
int WsProxyTunnel::waitFor(QTcpSocket *, int ms) // there are no tunnels
{
    return ms;
}
#endif

// By which the parts of Qt's socket tell each other what has happened.
void WsProxyTunnel::deliverCalls()
{
    const QObjectList parts = findChildren<QObject *>();
    const QPointer<QObject> self = this;
    for (const QPointer<QObject> &part : QList<QPointer<QObject>>(parts.begin(), parts.end())) {
        if (part)
            QCoreApplication::sendPostedEvents(part, QEvent::MetaCall);
    }
    if (self)
        QCoreApplication::sendPostedEvents(this, QEvent::MetaCall);
}

QAbstractSocket *WsProxyTunnel::leave()
{
    disconnect();
    m_socket->setParent(parent());
#ifdef Q_OS_UNIX
    const int descriptor = takeDescriptor();
    if (descriptor >= 0 && !m_socket->setSocketDescriptor(descriptor)) {
        m_route->setProblem(m_socket->errorString(), m_socket->error());
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
        m_route->setProblem(QStringLiteral("no descriptor is left for the connection"), SocketResourceError);
    else if (socket->bytesAvailable() > 0 || bytesAvailable() > 0)
        m_route->setProblem(QStringLiteral("it has sent data that nobody has asked for"), ProxyProtocolError);
    abort(); // or else it would read what is sent to the other socket
    if (m_route->hasProblem()) {
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
