// SPDX-License-Identifier: MIT
#include "net/connection/wslink.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"

#include <algorithm>
#include <utility>

// From the transport to the engine, or to the opening.

void WsLink::setReadBufferSize(qint64 size)
{
    m_readBufferSize = std::min<qint64>(size, WsThreadContext::ReadSize);
    if (m_transport && !d.life.opening())
        m_transport->setReadBufferSize(m_readBufferSize);
}

// Returns whether there may be more to read at once.
bool WsLink::readOnce(WsThreadContext &context)
{
    if (!m_transport)
        return false;
    const WsOpening *const opening = d.life.opening();
    qint64 wanted = opening ? std::min(m_readBufferSize, qint64(opening->maxRead())) : m_readBufferSize;
    if (m_rate && !opening)
        wanted = m_rate->readable(WsClock::now(), wanted);
    const bool mayBeInPlace = !opening && !m_transport->isBuffered();
    const WsProtocol::Room room = mayBeInPlace ? m_protocol.roomForPayload(wanted) : WsProtocol::Room();
    if (room.size > 0) {
        const qint64 size = m_transport->read(room.begin, room.size);
        m_protocol.receiveInPlace(std::max<qint64>(size, 0));
        return noteRead(context, size, room.size);
    }
    QByteArray buffer = context.takeReadBuffer();
    const qint64 size = m_transport->read(buffer.data(), wanted);
    const bool mayHaveMore = noteRead(context, size, wanted);
    if (size > 0)
        buffer.truncate(size);
    if (size > 0 && !opening) {
        takeBytes(std::move(buffer));
        return mayHaveMore;
    }
    // It copies what it keeps. It may open the connection, and a slot then delete it.
    if (size > 0)
        takeBytes(buffer);
    context.giveReadBuffer(std::move(buffer));
    return mayHaveMore;
}

bool WsLink::noteRead(WsThreadContext &context, qint64 size, qint64 wanted)
{
    if (size <= 0) {
        if (size < 0)
            takeEnd();
        return false;
    }
    const bool mayHaveMore = size == wanted || m_transport->isBuffered();
    const WsTime now = WsClock::now();
    context.workBudget().look(now);
    d.life.deadlines().heard(now);
    d.counters.wireBytesReceived.add(size);
    if (m_rate && !d.life.opening())
        takeRate(now, size, !mayHaveMore);
    return mayHaveMore;
}

void WsLink::takeBytes(QByteArray bytes)
{
    if (WsOpening *const opening = d.life.opening())
        opening->onBytes(std::move(bytes));
    else
        m_protocol.receive(std::move(bytes));
}

void WsLink::takeEnd()
{
    if (WsOpening *const opening = d.life.opening())
        opening->onEnd();
    else
        m_protocol.receiveEof();
}
