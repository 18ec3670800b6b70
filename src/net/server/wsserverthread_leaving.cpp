// SPDX-License-Identifier: MIT

// How a thread of a server takes leave of its connections.

#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"
#include "net/server/wsserverhome.h"
#include "net/server/wsserveropening.h"
#include "net/socket/wslingeringdevice.h"

#include <QtCore/qpointer.h>

#include <utility>

// Slots may end connections, or move them to other threads, alone or with this. Returns false in the last
// case: the rest is to be done there.
bool WsServerThread::forEach(Whose whose, const std::function<void(WsConnectionPrivate &)> &action)
{
    if (!isOwnThread())
        return false;
    const auto self = shared_from_this();
    const QList<WsConnection *> connections = all();
    Round round{{connections.begin(), connections.end()}, {}};
    m_rounds.push_back(&round);
    for (WsConnection *connection : connections) {
        if (!round.left.remove(connection) || isTaken(connection) != (whose == Whose::Application))
            continue;
        WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        (void)d.threads.run([&d, action] { action(d); }); // one that has moved with this may arrive later
    }
    if (!round.hasMoved)
        std::erase(m_rounds, &round);
    return !round.hasMoved;
}

void WsServerThread::breakOffRounds()
{
    for (Round *round : std::exchange(m_rounds, {})) {
        round->hasMoved = true;
        const QSet<WsConnection *> left = std::exchange(round->left, {});
        if (!round->beforeMove)
            continue;
        for (WsConnection *connection : left)
            round->beforeMove(*WsConnectionPrivate::of(connection));
    }
}

namespace {
void closeConnection(WsConnectionPrivate &connection, const WsLeaving &leaving)
{
    if (auto *const opening = static_cast<WsServerOpening *>(connection.life.opening())) {
        opening->leave();
        return;
    }
    const WsLifeGuard guard(connection);
    if (!connection.life.closeUnlessClosing(leaving.code, leaving.reason) && guard)
        connection.q->abort();
}

// A Close frame that could not be sent before is tried once more.
void cutConnection(WsConnectionPrivate &connection)
{
    const WsLifeGuard guard(connection);
    connection.life.sayGoodbye();
    if (guard)
        connection.q->abort();
}
} // namespace

void WsServerThread::closeAll()
{
    const auto self = shared_from_this();
    leavePreambles();
    const auto close = [leaving = home().leaving()](WsConnectionPrivate &d) { closeConnection(d, leaving); };
    if (!forEach(Whose::Server, close))
        (void)post([self] { self->closeAll(); });
    else if (home().isCutting) // a thread that has come into being meanwhile
        cutAll();
}

void WsServerThread::cutAll()
{
    const auto self = shared_from_this();
    endPreambles(true);
    if (forEach(Whose::Server, cutConnection))
        wsCutLingering(this);
    else
        (void)post([self] { self->cutAll(); });
}

void WsServerThread::deleteAll()
{
    endPreambles(false);
    QList<QPointer<WsConnection>> ownConnections;
    const QList<WsConnection *> connections = all();
    for (WsConnection *connection : connections) {
        if (!remove(connection).wasTaken)
            ownConnections.append(connection);
    }
    // A slot of destroyed() may delete other connections.
    for (const QPointer<WsConnection> &connection : ownConnections + std::exchange(m_leaving, {}))
        delete connection;
    leaveIfHost();
}

// Those who have taken connections keep the objects, whose thread is about to end.
void WsServerThread::endTaken()
{
    (void)forEach(Whose::Application, [](WsConnectionPrivate &d) { d.life.endBeforeThread(); });
}

namespace {
QList<QPointer<WsConnection>> pointersTo(const QList<WsConnection *> &connections)
{
    return {connections.begin(), connections.end()};
}
} // namespace

// For a thread to which a connection was moved. The connection has ended with the thread.
void WsServerThread::onThreadEnd()
{
    const QList<QPointer<WsConnection>> connections = pointersTo(all()) + m_leaving;
    for (const QPointer<WsConnection> &connection : connections) {
        WsThreadContext::callAtThreadEnd([self = shared_from_this(), connection] {
            if (connection && isTaken(connection))
                self->reportRemoved(self->remove(connection));
            else
                delete connection;
        });
    }
}
