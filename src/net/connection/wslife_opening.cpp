// SPDX-License-Identifier: MIT

// What is told of an opening.

#include "net/connection/wslife.h"

#include "net/connection/wsconnection_p.h"

#include <QtCore/qthread.h>

// A client forgets what its last opening has led to.
void WsLife::connectAnew()
{
    m_untold &= UntoldParts(Untold::Subprotocol) | Untold::Extensions; // of an opening that a slot has ended
    m_untold.setFlag(Untold::State);
    if (!d.subprotocol.isEmpty())
        m_untold.setFlag(Untold::Subprotocol);
    if (!d.extensions.isEmpty())
        m_untold.setFlag(Untold::Extensions);
    d.store(d.endpoints, WsEndpoints());
    d.store(d.subprotocol, QString());
    d.store(d.extensions, QString());
    m_state = Ws::Connecting;
    emitConnecting();
}

// The state is first: what a slot of the others may end has begun. The others changed also if a slot has ended it.
void WsLife::emitConnecting()
{
    WsLifeGuard guard(d);
    const auto isHere = [&] { return guard.lives() && d.q->thread() == QThread::currentThread(); };
    if (takeUntold(Untold::State))
        Q_EMIT d.q->stateChanged(Ws::Connecting);
    if (isHere() && takeUntold(Untold::Subprotocol))
        Q_EMIT d.q->subprotocolChanged(d.subprotocol);
    if (isHere() && takeUntold(Untold::Extensions))
        Q_EMIT d.q->extensionsChanged(d.extensions);
}

bool WsLife::takeUntold(Untold part)
{
    const bool isUntold = m_untold.testFlag(part);
    m_untold.setFlag(part, false);
    return isUntold;
}

// A slot may move the connection to another thread, which goes on with the rest.
void WsLife::emitOpened()
{
    WsLifeGuard guard(d);
    if (takeUntold(Untold::Subprotocol))
        Q_EMIT d.q->subprotocolChanged(d.subprotocol);
    if (guard && takeUntold(Untold::Extensions))
        Q_EMIT d.q->extensionsChanged(d.extensions);
    if (guard && takeUntold(Untold::Beginning))
        d.reopener->beforeOpened();
    if (guard && takeUntold(Untold::State) && state() == Ws::Open) // unless a slot has closed it
        Q_EMIT d.q->stateChanged(Ws::Open);
    if (guard && takeUntold(Untold::Opened) && state() == Ws::Open)
        Q_EMIT d.q->opened();
    if (guard)
        d.reopener->afterOpened();
    if (guard && !d.link.isPumping())
        d.link.pump();
}

// A slot has moved the connection to this thread.
void WsLife::goOnWithOpening()
{
    WsLifeGuard guard(d);
    if (m_untold && state() == Ws::Connecting)
        emitConnecting();
    if (!guard)
        return;
    if (m_untold && state() == Ws::Open && !d.link.isHeld(WsHold::Announcing))
        emitOpened();
    else
        d.reopener->onArrived();
}
