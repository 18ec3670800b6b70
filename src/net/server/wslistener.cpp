// SPDX-License-Identifier: MIT
#include "net/server/wslistener.h"

#include "net/loop/wstimebudget.h"

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
    connect(this, &QTcpServer::acceptError, this, [this] { onError(errorString()); });
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
    m_isErrorReported = m_isWaiting = false;
#ifdef Q_OS_LINUX
    pauseAccepting(); // Qt's own
    watch(socketDescriptor());
#endif
    updateAccepting();
    return true;
}

QString WsListener::startLocally(const QString &name)
{
    const QString problem = m_local.start(name);
    if (!problem.isEmpty())
        return problem;
    m_isErrorReported = m_isWaiting = false;
    watch(m_local.descriptor());
    updateAccepting();
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

void WsListener::setPaused(bool paused)
{
    m_isPaused = paused;
    updateAccepting();
}

void WsListener::setFull(bool full)
{
    if (std::exchange(m_isFull, full) != full)
        updateAccepting();
}

void WsListener::retry()
{
    if (!isListening() || !m_isWaiting)
        return;
    m_isWaiting = false;
    m_retryTimer.stop();
    updateAccepting();
}

void WsListener::updateAccepting()
{
    if (!isListening())
        return;
    const bool isAccepting = !m_isPaused && !m_isFull && !m_isWaiting;
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

void WsListener::onError(const QString &text)
{
    m_isWaiting = true;
    updateAccepting();
    m_retryTimer.start(RetryInterval);
    const ErrorHandler report = m_errorHandler; // which may delete this
    if (!std::exchange(m_isErrorReported, true))
        report(text);
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
} // namespace

void WsListener::acceptSome()
{
    const QPointer<WsListener> self(this);
    const Acceptor take = m_acceptor;
    WsTimeBudget budget(WsClock::now());
    for (; self && isListening() && m_notifier->isEnabled() && !budget.isUsedUp(); budget.spend()) {
        const int descriptor = acceptNext(isLocal() ? m_local.descriptor() : int(socketDescriptor()));
        if (descriptor >= 0) {
            m_isErrorReported = false;
            take(descriptor);
            continue;
        }
        const int error = errno;
        if (error == EINTR || error == ECONNABORTED || error == EPROTO)
            continue; // a client that has gone already
        if (error != EAGAIN && error != EWOULDBLOCK)
            onError(QString::fromStdString(std::generic_category().message(error)));
        return;
    }
}
#else
void WsListener::acceptSome() { }
#endif
