// SPDX-License-Identifier: MIT

// Connections that the application takes when it wants them: what a WsServer offers for that, and how it keeps
// them until then.

#include <WsKit/wsserver.h>

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserver_p.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <limits>
#include <utility>

/*!
    \property WsServer::maxPendingConnections
    \brief how many connections may wait for nextPendingConnection() before the server accepts no more clients.

    The default is 0: connections do not wait for nextPendingConnection(), and newConnection() hands each of them
    over.

    QTcpServer and QWebSocketServer work in this way, with a limit of 30. Use it if a part of the program asks
    for connections when it wants them, or if it is to own them:

    \snippet snippets/threads.cpp pull

    A connection that is kept is open, and newConnection() has been emitted with it, but it reads nothing, emits
    nothing and does not report its end until it is taken. So no message, error or end is lost before slots are
    connected to its signals. It can already send. The time limits of an open connection do not run while it
    waits, but neither are the pings of the peer answered: take a connection before peers lose patience.

    If as many connections wait, the server leaves further clients to the system until one is taken. Clients
    whose opening handshake is in progress at that moment still become connections, and wait as well, but no more
    than \l maxPendingHandshakes: if a handler that answers later (see setRequestHandler()) has more requests than
    that, the server answers further ones with 503. handleConnection() returns \c false. pauseAccepting() is
    independent of this.

    A change takes effect with the next connection. Connections that wait already can still be taken, also
    after the value has been set to 0. The queue is kept by the server's own thread, also if \l threadCount is
    set. The property cannot be set in QML, where connections belong to the server.

    \sa nextPendingConnection(), waitForConnection()
*/
int WsServer::maxPendingConnections() const
{
    return d->read(d->limits).waitingConnections;
}

void WsServer::setMaxPendingConnections(int count)
{
    d->run([count](WsServerPrivate &server) { server.setMaxPendingConnections(count); });
}

/*!
    Returns whether a connection waits for nextPendingConnection(). The function may be called from any thread.

    \sa maxPendingConnections, pendingConnectionCount()
*/
bool WsServer::hasPendingConnections() const
{
    return d->pendingCount > 0;
}

/*!
    Returns how many connections wait for nextPendingConnection(). The function may be called from any thread.

    \sa maxPendingConnections
*/
int WsServer::pendingConnectionCount() const
{
    return d->pendingCount;
}

/*!
    Returns the connection that has waited for the longest time, or \c nullptr if there is none. Connections
    only wait if \l maxPendingConnections is set. The function can only be called in the server's own thread; in
    other threads it returns \c nullptr, and errorString() says so.

    The connection belongs to the caller from now on. It has no parent, and the server neither closes nor
    deletes it: not after WsConnection::closed(), not in close(), and not when the server is deleted. It may be
    deleted at any time, also in slots. WsConnection::opened(), its messages and its end are reported by the
    event loop after this call, so there is time to connect to its signals, or to move it to another thread.
    If the peer has gone in the meantime, its messages are still delivered, and then WsConnection::closed() is
    emitted.

    As long as the server exists, the connection still gets broadcasts and what is published to its topics, is
    one of connections(), and counts for \l maxConnections. When it closes or is deleted, it leaves these lists.
    When the server is deleted, it goes on without them.

    If \l threadCount is set, the connection stays in the server's thread that it lives in, where it has to be
    deleted, or from where it can be moved. When the server is deleted, this thread ends. Before that, the peer
    is sent Ws::GoingAway (1001), and WsConnection::closed() is emitted with Ws::Abnormal, because no Close
    frame has been received. The object remains, and any thread may delete it. A connection that was moved to
    another thread stays open.

    Connections that nobody has taken are closed and deleted by the server.

    \sa hasPendingConnections(), waitForConnection(), newConnection()
*/
WsConnection *WsServer::nextPendingConnection()
{
    return d->takePending();
}

/*!
    Waits until a connection is pending, takes it and returns it, as nextPendingConnection() does. Returns
    \c nullptr if there is none by \a deadline, if the server does not listen and has no clients, and so no
    connection can come, or if the function is called in another thread than the server's own.

    It is for threads without an event loop, in which functions such as
    \l [CPP] {WsConnection::waitForMessage()} wait as well:

    \snippet snippets/threads.cpp wait

    The server accepts clients only within the call, in which all events of the thread are processed. Do not
    call it in a thread that has an event loop. The program needs a QCoreApplication.

    \sa maxPendingConnections, nextPendingConnection()
*/
WsConnection *WsServer::waitForConnection(QDeadlineTimer deadline)
{
    return d->waitForPending(deadline);
}

// --- how connections are kept

void WsServerPrivate::setMaxPendingConnections(int count)
{
    if (!changeLimit(&WsServerLimits::waitingConnections, count))
        return;
    notePending();
    Q_EMIT q->maxPendingConnectionsChanged();
}

// It reads nothing from now on. In another thread than the server's it does not anyway.
void WsServerPrivate::keepPending(WsConnection *connection)
{
    if (limits.waitingConnections == 0 || home->isClosing)
        return;
    WsConnectionPrivate &kept = *WsConnectionPrivate::of(connection);
    kept.handover = WsHandover::Pending;
    if (!kept.link.isHeld(WsHold::Announcing))
        kept.link.hold(WsHold::Announcing);
    m_pending.append(connection);
    notePending();
}

void WsServerPrivate::dropPending(const WsConnection *connection)
{
    if (m_pending.isEmpty())
        return;
    m_pending.removeIf([connection](const auto &kept) { return !kept || kept == connection; });
    notePending();
}

void WsServerPrivate::notePending()
{
    pendingCount = int(m_pending.size());
    home->admission.setWaitingCount(pendingCount);
    listeners.setStopped(WsListener::Stop::PendingFull, isPendingFull());
}

namespace {
// Lets it read, and report what has happened, from the event loop of its thread.
void announceLater(WsConnectionPrivate &connection)
{
    (void)connection.threads.post([&connection] { connection.life.endAnnouncing(); });
}
} // namespace

WsConnection *WsServerPrivate::takePending()
{
    if (!isOwnThread()) {
        misuse(QStringLiteral("only the server's own thread can take its connections"));
        return nullptr;
    }
    QPointer<WsConnection> next;
    while (!next && !m_pending.isEmpty())
        next = m_pending.takeFirst();
    notePending();
    if (!next)
        return nullptr;
    WsConnectionPrivate &taken = *WsConnectionPrivate::of(next);
    taken.handover = WsHandover::Taken;
    --m_clientCount; // nobody waits for its end
    if (next->parent() == q) // it has moved with the server, and its arrival is still to come
        next->setParent(nullptr);
    if (taken.threads.isOwnThread()) {
        announceLater(taken);
        return next;
    }
    // Its thread may be quick: it goes on only after this thread has had time to connect to its signals.
    home->addTaken(next);
    (void)home->post([home = home] { home->endAnnouncingOfTaken(); });
    return next;
}

WsConnection *WsServerPrivate::waitForPending(QDeadlineTimer deadline)
{
    constexpr qint64 MaxTimerMs = std::numeric_limits<int>::max();
    if (isOwnThread() && !QAbstractEventDispatcher::instance()) {
        misuse(QStringLiteral("connections cannot be waited for without a QCoreApplication"));
        return nullptr;
    }
    const QPointer<WsServer> self(q);
    QTimer timer; // wakes the loop up
    timer.setSingleShot(true);
    QEventLoop loop;
    const auto mayWait = [&] {
        return self && isOwnThread() && m_pending.isEmpty() && !deadline.hasExpired()
               && (listeners.isListening() || listeners.isLeaving() || m_clientCount > 0);
    };
    while (mayWait()) {
        if (!deadline.isForever() && !timer.isActive())
            timer.start(int(std::clamp<qint64>(deadline.remainingTime(), 0, MaxTimerMs)));
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    }
    return self ? takePending() : nullptr;
}

// The server closes them.
void WsServerPrivate::announcePending(const QList<QPointer<WsConnection>> &connections)
{
    for (const QPointer<WsConnection> &connection : connections) {
        if (!connection)
            continue;
        WsConnectionPrivate &kept = *WsConnectionPrivate::of(connection);
        kept.handover = WsHandover::Announced;
        announceLater(kept);
    }
}
