// SPDX-License-Identifier: MIT

// Messages that the application takes.

#include "net/connection/wsdelivery.h"

#include "net/connection/wsconnection_p.h"

#include <utility>

bool WsDelivery::mayPull()
{
    if (!m_byteStream)
        return true;
    m_isPulled = false; // it was announced
    return d.misuse("the messages of the connection go to a WsByteStream");
}

void WsDelivery::startPulling()
{
    m_isPulled = true;
    if (m_pulling)
        return;
    m_pulling = std::make_unique<WsPulling>();
    updateParts();
}

void WsDelivery::addReceiver(QPromise<WsPulling::Result> receiver)
{
    if (!mayPull()) {
        receiver.addResult(WsPulling::Result());
        receiver.finish();
        return;
    }
    startPulling();
    const bool isOver = d.life.state() == Ws::Closed || d.life.isEndReported();
    const bool mayArrive = !isOver || d.reopener->mayReopen();
    if (m_pulling->isEmpty() && mayArrive) {
        m_pulling->wait(std::move(receiver));
        return;
    }
    if (m_pulling->isEmpty())
        receiver.addResult(WsPulling::Result());
    else if (receiver.addResult(WsPulling::Result(m_pulling->first()))) // not if it was cancelled on its way
        (void)takeMessage();
    receiver.finish();
}

// As hasRoomFor(), of messages that nobody waits for.
bool WsDelivery::hasRoomToPull()
{
    if (m_pulling->size() > d.sending.highWaterMark())
        dropRest();
    return !m_dropsRest;
}

void WsDelivery::pullMessage(const WsMessage &message)
{
    if (Q_UNLIKELY(d.life.state() == Ws::Closing) && !hasRoomToPull())
        return;
    WsLifeGuard guard(d);
    while (guard && m_pulling->hasWaiting()) {
        QPromise<WsPulling::Result> promise = m_pulling->takeFirstWaiting();
        const bool isTaken = promise.addResult(WsPulling::Result(message)); // not if it was cancelled
        promise.finish();
        if (isTaken)
            return;
    }
    if (!guard)
        return;
    m_pulling->keep(message);
    updateReading();
}

WsMessage WsDelivery::takeMessage()
{
    const WsMessage message = m_pulling->take();
    updateReading();
    if (d.life.isEndHeld() && !hasUnread())
        d.life.completeEndSoon();
    return message;
}

WsWaitingReceivers WsDelivery::takeWaiting()
{
    return m_pulling ? m_pulling->takeWaiting() : WsWaitingReceivers();
}

void WsDelivery::clearUnread()
{
    m_backlog.reset();
    if (m_pulling)
        m_pulling->clear();
}
