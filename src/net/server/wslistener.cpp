// SPDX-License-Identifier: MIT
#include "net/server/wslistener.h"

#include "net/loop/wstimebudget.h"
#include "net/server/wslisteningdescriptor.h"
#include "net/server/wssharedport.h"
#include "net/socket/wssocketaddress.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsocketnotifier.h>
#include <QtNetwork/qnetworkproxy.h>

#include <utility>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#endif

namespace {
// The system's own limit cuts it down; Qt's default of 50 loses connections in a burst.
constexpr int ListenBacklog = 4096;
constexpr std::chrono::seconds RetryInterval{1};

WsIncoming incomingFrom(qintptr descriptor, const sockaddr_storage &peer)
{
    WsIncoming incoming{descriptor};
    incoming.address = wsSocketAddress(peer, &incoming.port);
    return incoming;
}
} // namespace

WsListener::WsListener(QObject *parent) : QTcpServer(parent), m_retryTimer(this)
{
    setListenBacklogSize(ListenBacklog);
    setProxy(QNetworkProxy::NoProxy);
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &WsListener::retry);
    connect(this, &QTcpServer::acceptError, this,
            [this](QAbstractSocket::SocketError error) { onError(errorString(), error); });
}

WsListener::~WsListener() = default;

void WsListener::setHandlers(Acceptor acceptor, ErrorHandler errorHandler, Presence isHere)
{
    m_acceptor = std::move(acceptor);
    m_errorHandler = std::move(errorHandler);
    m_isHere = std::move(isHere);
}

QString WsListener::open(const QHostAddress &address, quint16 port, bool isPortShared)
{
    m_isPortShared = isPortShared;
    if (!isPortShared) {
        if (!listen(address, port))
            return errorString();
    } else if (const WsSharedPort shared = wsListenOnSharedPort(address, port, ListenBacklog);
               !shared.problem.isEmpty() || !setSocketDescriptor(shared.descriptor)) {
        return shared.problem.isEmpty() ? errorString() : shared.problem;
    }
    pauseAccepting();
    return {};
}

QString WsListener::openLocally(const QString &name, QFileDevice::Permissions permissions)
{
    return m_local.start(name, permissions);
}

QString WsListener::takeOver(qintptr descriptor)
{
    m_isTakenOver = true;
    if (wsIsLocalSocket(descriptor)) {
        m_local.takeOver(descriptor);
        return {};
    }
    if (!setSocketDescriptor(descriptor))
        return errorString();
    pauseAccepting();
    return {};
}

void WsListener::begin()
{
    if (!QAbstractEventDispatcher::instance() && QCoreApplication::instance())
        QEventLoop(); // creates it, for the notifier: the thread has not been started by QThread
#ifdef Q_OS_LINUX
    watch(descriptor());
#else
    if (isLocal())
        watch(descriptor());
#endif
    updateAccepting();
}

void WsListener::incomingConnection(qintptr descriptor)
{
    sockaddr_storage peer = {};
    socklen_t size = sizeof peer;
    (void)::getpeername(decltype(::socket(0, 0, 0))(descriptor), reinterpret_cast<sockaddr *>(&peer), &size);
    m_acceptor(incomingFrom(descriptor, peer));
}

void WsListener::watch(qintptr descriptor)
{
    m_notifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    m_notifier->setParent(this); // which it moves to other threads with
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &WsListener::acceptSome);
}

void WsListener::stop()
{
    m_retryTimer.stop();
    if (m_notifier) { // which may be the caller
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater();
    }
    m_local.stop();
    close();
}

void WsListener::setStops(quint8 stops)
{
    setStopped(quint8(stops | (m_stops & quint8(Stop::Error))));
}

void WsListener::setStopped(quint8 stops)
{
    if (std::exchange(m_stops, stops) != stops)
        updateAccepting();
}

void WsListener::retry()
{
    if (!isListening() || !isStoppedByError())
        return;
    m_retryTimer.stop();
    setStopped(quint8(m_stops & ~quint8(Stop::Error)));
}

void WsListener::updateAccepting()
{
    if (!isListening())
        return;
    const bool isAccepting = m_stops == 0;
    if (m_notifier) {
        m_notifier->setEnabled(isAccepting);
        return;
    }
    setMaxPendingConnections(isAccepting ? 1 : 0); // or else Qt accepts all that wait before it pauses
    if (isAccepting)
        resumeAccepting();
    else
        pauseAccepting();
}

void WsListener::onError(const QString &text, QAbstractSocket::SocketError socketError)
{
    setStopped(quint8(m_stops | quint8(Stop::Error)));
    m_retryTimer.start(RetryInterval);
    const ErrorHandler report = m_errorHandler; // which may delete this
    WsError error(Ws::ErrorKind::Network, text);
    error.setSocketError(socketError);
    if (!std::exchange(m_isErrorReported, true))
        report(error);
}

bool WsListener::turnAway()
{
    if (!m_isPortShared || !wsDropNewClients(descriptor()))
        return false;
    setStopped(0);
    return true;
}

#ifdef Q_OS_UNIX
namespace {
int acceptNext(int listening, sockaddr_storage *peer)
{
    auto *const address = reinterpret_cast<sockaddr *>(peer);
    socklen_t size = sizeof *peer;
#ifdef Q_OS_LINUX
    return ::accept4(listening, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    const int descriptor = ::accept(listening, address, &size);
    if (descriptor >= 0) {
        ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    return descriptor;
#endif
}

QAbstractSocket::SocketError socketErrorOf(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return QAbstractSocket::SocketResourceError;
    case EACCES:
    case EPERM:
        return QAbstractSocket::SocketAccessError;
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
        return QAbstractSocket::NetworkError;
    default:
        return QAbstractSocket::UnknownSocketError;
    }
}
} // namespace

// Returns false if there is none.
bool WsListener::acceptOne()
{
    sockaddr_storage peer = {};
    const int accepted = acceptNext(int(descriptor()), &peer);
    if (accepted >= 0) {
        m_isErrorReported = false;
        const Acceptor take = m_acceptor; // which may delete this
        take(isLocal() ? WsIncoming{accepted, true} : incomingFrom(accepted, peer));
        return true;
    }
    const int error = errno;
    if (error == EINTR || error == ECONNABORTED || error == EPROTO)
        return true; // a client that has gone already
    if (error != EAGAIN && error != EWOULDBLOCK)
        onError(QString::fromStdString(std::generic_category().message(error)), socketErrorOf(error));
    return false;
}

void WsListener::acceptSome()
{
    const Presence isHere = m_isHere;
    const QPointer<WsListener> self(this);
    WsTimeBudget budget(WsClock::now());
    while (isHere() && self && m_notifier && m_notifier->isEnabled() && !budget.isUsedUp() && acceptOne())
        budget.spend();
}

void WsListener::acceptLast()
{
    if (m_isTakenOver)
        return;
    m_local.hide();
    const Presence isHere = m_isHere;
    const QPointer<WsListener> self(this);
    for (int i = 0; i < ListenBacklog && isHere() && self && isListening() && acceptOne(); ++i) {
    }
}
#else
void WsListener::acceptSome() { }
bool WsListener::acceptOne()
{
    return false;
}
void WsListener::acceptLast() { }
#endif
