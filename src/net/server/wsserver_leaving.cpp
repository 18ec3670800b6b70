// SPDX-License-Identifier: MIT

// How a server takes leave of its clients.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"
#include "net/socket/wssendlimit.h"
#include "protocol/wsclosecode.h"

#include <algorithm>
#include <utility>

using std::chrono::milliseconds;

namespace {
// Why a Close frame cannot carry that, or an empty string.
QString checkLeaving(const WsLeaving &leaving)
{
    if (leaving.code != Ws::NoStatus && !wsMayBeOnTheWire(leaving.code))
        return QStringLiteral("the close code %1 may not be sent").arg(leaving.code);
    const qsizetype size = leaving.reason.toUtf8().size();
    if (leaving.code == Ws::NoStatus && size > 0)
        return QStringLiteral("the reason \"%1\" cannot be sent without a close code")
            .arg(leaving.reason.left(wsMaxCloseReason));
    if (size > wsMaxCloseReason)
        return QStringLiteral("the reason \"%1…\" takes %2 bytes of UTF-8, more than the %3 of a Close frame")
            .arg(leaving.reason.left(40), QString::number(size), QString::number(wsMaxCloseReason));
    return {};
}
} // namespace

/*!
    \overload
    Closes the server with Ws::GoingAway (1001) and without a time limit for the whole.
*/
void WsServer::close()
{
    d->run([](WsServerPrivate &server) { server.close(); });
}

/*!
    Takes leave of all clients: stops listening, and closes every connection with \a code and \a reason,
    except those that were taken with nextPendingConnection(), which are their owner's to close. closed() is
    emitted when the last client has gone, or within the call if there is none. Until then isDraining() is
    \c true.

    \list
    \li A connection first sends everything that is queued, as \l [CPP] {WsConnection::close()} does, and then
        waits for the client's Close. A message that is being written to a WsMessageStream is cut off, and
        what waits behind it is lost. A program that must not lose it closes the stream first.
    \li Requests that have been passed to the request handler get its answer, unless it accepts a WebSocket.
        Those get 503, as do all requests that come now on connections that were accepted before, with
        \c{Connection: close} and \c{Retry-After: 1}. A load balancer can repeat such a request at another
        server. Clients that have not sent a complete request after one second are let go.
    \endlist

    \a timeout is the time for all of this. When it is over, everything that is left is cut, and closed() is
    emitted. By default, which is any negative value, there is no such limit, but WsOptions::closeTimeout()
    limits how long a client may take nothing of what is queued for it, or leave the Close frame unanswered.
    closeTimeout also applies if \a timeout is longer. A \a timeout of 0 cuts at once: each connection still
    tries to send its Close frame, but what the system does not take immediately is lost. A thread of the
    server that is busy in a slot or a handler (\l threadCount) cuts its connections when it returns to its
    event loop.

    Use Ws::GoingAway (1001) if the server ends, Ws::ServiceRestart (1012) if it is back soon, and
    Ws::TryAgainLater (1013) if it is overloaded. A WsClient that reconnects comes back after each of them,
    and after a 503; see \l {Reconnection}.

    While the server drains, a further call can only shorten the time: its \a timeout counts from then on if
    that is earlier. Code and reason stay as they are, because the Close frames have been sent. A server that
    was to listen again, because \l listening was set to \c true meanwhile, stays closed. The call does
    nothing if the server neither listens nor has connections.

    If the \a code may not be sent, or the \a reason takes more than 123 bytes of UTF-8, nothing happens
    except that errorString() says so and errorOccurred() is emitted with Ws::ErrorKind::Misuse.

    A server that is to be replaced without losing anybody stops listening first, and closes when the
    handshakes under way have ended; see \l {Leaving}{Deploying a Server}.

    May be called from any thread.

    RFC 6455 §7.1.2, §7.4; RFC 9110 §10.2.3, §15.6.4.

    \sa isDraining(), stopListening(), closed()
*/
void WsServer::close(quint16 code, const QString &reason, milliseconds timeout)
{
    const WsLeaving leaving{code, reason};
    const QString problem = checkLeaving(leaving);
    if (problem.isEmpty()) {
        d->run([leaving, timeout](WsServerPrivate &server) { server.close(leaving, timeout); });
        return;
    }
    d->misuse(problem);
    d->run([problem](WsServerPrivate &server) {
        Q_EMIT server.q->errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    });
}

/*!
    \property WsServer::draining
    \brief Whether the server is closing: close() was called, and closed() has not been emitted.

    The server neither listens nor can listen again meanwhile. \c false by default. drainingChanged() is
    emitted at the beginning, when the server may still be listening, and at the end, immediately before
    closed(). Slots of both may use the server in any way, and delete it. No signal is emitted if the server
    is deleted while it drains; see ~WsServer().

    May be read from any thread.

    \sa close()
*/
bool WsServer::isDraining() const
{
    return d->home->isClosing;
}

// --- in the server's thread

// A slot may delete the server, or move it to another thread, where the rest follows.
void WsServerPrivate::close(const WsLeaving &leaving, milliseconds timeout)
{
    m_isListeningAgain = false; // also in a slot at the end, before closed() and in it
    if (home->isClosing) {
        limitLeaving(timeout);
        return;
    }
    if (!listeners.isListening() && !listeners.isLeaving() && m_clientCount == 0)
        return;
    ++m_closings;
    m_hasToldClients = false;
    m_leavingLimit = WsTime::max();
    home->startLeaving(leaving);
    limitLeaving(timeout);
    const std::shared_ptr<WsServerHome> own = home;
    Q_EMIT q->drainingChanged();
    own->callServer([](WsServer &server) { of(&server)->stopListening(&WsServerPrivate::leaveClients); });
}

void WsServerPrivate::leaveClients()
{
    const std::shared_ptr<WsServerHome> own = home;
    enterWaiting(); // to get an answer
    if (!own->isServerHere()) {
        own->callServer([](WsServer &server) { of(&server)->leaveClients(); });
        return;
    }
    const QList<QPointer<WsConnection>> pending = std::exchange(m_pending, {});
    notePending();
    m_hasToldClients = true;
    const std::shared_ptr<const WsServerThreads> threads = own->threads();
    for (const auto &thread : *threads)
        thread->run([thread] { thread->closeAll(); });
    own->run([own] { own->closeAll(); });
    own->callServer([pending](WsServer &) { announcePending(pending); });
    own->callServer([](WsServer &server) { of(&server)->checkLeaving(WsClock::now()); });
    own->callServer([](WsServer &server) { of(&server)->finishClosing(); });
}

// Makes the limit earlier, never later.
void WsServerPrivate::limitLeaving(milliseconds timeout)
{
    if (timeout < timeout.zero())
        return;
    const WsTime now = WsClock::now();
    const WsTime limit = timeout == timeout.zero() ? now : wsTimeAfter(now, timeout);
    m_leavingLimit = std::min(m_leavingLimit, limit);
    checkLeaving(now);
}

void WsServerPrivate::checkLeaving(WsTime now)
{
    if (!home->isClosing || !m_hasToldClients || m_leavingLimit == WsTime::max())
        return;
    if (now < m_leavingLimit) {
        home->checkLeavingAt(m_leavingLimit);
        return;
    }
    m_leavingLimit = WsTime::max();
    cutClients();
}

void WsServerPrivate::cutClients()
{
    const std::shared_ptr<WsServerHome> own = home;
    own->isCutting = true;
    listeners.stop();
    const std::shared_ptr<const WsServerThreads> threads = own->threads();
    for (const auto &thread : *threads)
        thread->run([thread] { thread->cutAll(); });
    own->run([own] { own->cutAll(); });
    own->callServer([](WsServer &server) { of(&server)->finishClosing(); });
}

// A socket that has outlived a connection is waited for, unless the time is over.
void WsServerPrivate::finishClosing()
{
    const int count = home->isCutting ? m_clientCount - m_lingeringCount : m_clientCount;
    if (!home->isClosing || !m_hasToldClients || count > 0 || listeners.isLeaving())
        return;
    dropWaiting();
    const std::shared_ptr<WsServerHome> own = home;
    own->isClosing = false;
    Q_EMIT q->drainingChanged();
    own->callServer([](WsServer &server) { of(&server)->reportClosed(); });
}

void WsServerPrivate::reportClosed()
{
    const std::shared_ptr<WsServerHome> own = home;
    Q_EMIT q->closed();
    own->callServer([](WsServer &server) {
        if (std::exchange(of(&server)->m_isListeningAgain, false))
            of(&server)->setListening(true);
    });
}
