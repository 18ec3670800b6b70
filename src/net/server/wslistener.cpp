// SPDX-License-Identifier: MIT
#include "net/server/wslistener.h"

#include "net/loop/wstimebudget.h"

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

void WsListener::setHandlers(Acceptor acceptor, ErrorHandler errorHandler)
{
    m_acceptor = std::move(acceptor);
    m_errorHandler = std::move(errorHandler);
}

bool WsListener::start(const QHostAddress &address, quint16 port)
{
    if (!listen(address, port))
        return false;
    begin();
    return true;
}

QString WsListener::startOn(qintptr descriptor)
{
    if (!setSocketDescriptor(descriptor))
        return errorString();
    begin();
    return {};
}

void WsListener::begin()
{
    if (!QAbstractEventDispatcher::instance() && QCoreApplication::instance())
        QEventLoop(); // creates it, for the notifier: the thread has not been started by QThread
#ifdef Q_OS_LINUX
    if (!isLocal())
        pauseAccepting(); // Qt's own
    watch(descriptor());
#else
    if (isLocal())
        watch(descriptor());
#endif
    m_isErrorReported = false;
    m_stops &= quint8(~quint8(Stop::Error));
    updateAccepting();
}

QString WsListener::startLocally(const QString &name)
{
    const QString problem = m_local.start(name);
    if (!problem.isEmpty())
        return problem;
    begin();
    return {};
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

void WsListener::setStopped(Stop reason, bool isStopped)
{
    const quint8 before = m_stops;
    m_stops = isStopped ? quint8(before | quint8(reason)) : quint8(before & ~quint8(reason));
    if (m_stops != before)
        updateAccepting();
}

void WsListener::retry()
{
    if (!isListening() || !(m_stops & quint8(Stop::Error)))
        return;
    m_retryTimer.stop();
    setStopped(Stop::Error, false);
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
    setStopped(Stop::Error, true);
    m_retryTimer.start(RetryInterval);
    const ErrorHandler report = m_errorHandler; // which may delete this
    WsError error(Ws::ErrorKind::Network, text);
    error.setSocketError(socketError);
    if (!std::exchange(m_isErrorReported, true))
        report(error);
}

#ifdef Q_OS_UNIX
namespace {
int acceptNext(int listening)
{
#ifdef Q_OS_LINUX
    return ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    const int descriptor = ::accept(listening, nullptr, nullptr);
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

void WsListener::acceptSome()
{
    const QPointer<WsListener> self(this);
    const Acceptor take = m_acceptor;
    WsTimeBudget budget(WsClock::now());
    for (; self && isListening() && m_notifier->isEnabled() && !budget.isUsedUp(); budget.spend()) {
        const int descriptor = acceptNext(int(this->descriptor()));
        if (descriptor >= 0) {
            m_isErrorReported = false;
            take(descriptor);
            continue;
        }
        const int error = errno;
        if (error == EINTR || error == ECONNABORTED || error == EPROTO)
            continue; // a client that has gone already
        if (error != EAGAIN && error != EWOULDBLOCK)
            onError(QString::fromStdString(std::generic_category().message(error)), socketErrorOf(error));
        return;
    }
}
#else
void WsListener::acceptSome() { }
#endif
