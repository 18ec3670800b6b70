// SPDX-License-Identifier: MIT
#include "net/connection/wslink.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"

#include <algorithm>
#include <utility>

// From the transport to the engine, or to the opening, and on to the application.

namespace {
// How many times one pump reads before the other connections have their turn.
constexpr int MaxReadsPerPump = 16;
} // namespace

// --- pumping

void WsLink::pump()
{
    m_isPumpWanted = m_isPumping;
    if (m_isPumping && !m_isWriting && d.life.opening() && !m_retiredProtocols.empty()) {
        pumpOpening();
        return;
    }
    if (!m_transport || (m_isPumping && !m_isWriting))
        return;
    const WsSocketCall call(m_transport.get());
    // With TLS, Qt may read during a write.
    m_isPumpDue = m_isWriting || call.context().workBudget().isUsedUp();
    if (m_isPumpDue)
        pumpSoon();
    else
        pumpOnce(call.context());
}

void WsLink::pumpNow()
{
    if (!m_transport || m_isPumping || m_isWriting)
        return;
    const WsSocketCall call(m_transport.get());
    call.context().workBudget().begin(WsClock::now());
    pumpOnce(call.context());
}

void WsLink::callAsPump(const std::function<void()> &function)
{
    if (m_isPumping || !m_transport) {
        function();
        return;
    }
    const WsSocketCall call(m_transport.get());
    const WsSocketCall pumping(this);
    WsLifeGuard guard(d);
    beginPump(call.context());
    function();
    call.context().endPump();
    if (!guard.lives())
        return;
    m_isPumping = false;
    m_retiredProtocols.clear();
    flush();
    if (guard.lives())
        pumpSoon(); // for what was kept or not processed
}

void WsLink::beginPump(WsThreadContext &context)
{
    m_isPumping = true;
    m_pumpContext = &context;
    m_pumpTurn = context.turn();
    context.beginPump(&d.threads);
}

void WsLink::keepForStack(std::shared_ptr<void> what)
{
    m_pumpContext->callAfter(this, [what = std::move(what)] {});
}

// It is on the stack beside its transport, which may be another one by the time a slot returns.
void WsLink::pumpOnce(WsThreadContext &context)
{
    const WsSocketCall pumping(this);
    WsLifeGuard guard(d);
    beginPump(context);
    bool isDelivered = d.delivery.deliverEvents(guard, context.workBudget());
    bool mayHaveMore = true;
    for (int reads = 0; isDelivered && guard && mayHaveMore && reads < MaxReadsPerPump && mayRead();
         ++reads) {
        m_pumpTurn = context.turn();
        mayHaveMore = readOnce(context);
        if (guard)
            isDelivered = d.delivery.deliverEvents(guard, context.workBudget());
        // Qt does not report bytes that arrived while a slot ran an event loop of its own.
        mayHaveMore = mayHaveMore || (guard && m_pumpTurn != context.turn());
    }
    context.endPump();
    if (!guard.lives())
        return;
    m_isPumping = false;
    m_isPumpDue = !isDelivered;
    if (guard && !mayRead())
        m_protocol.fitBytes();
    else if (guard && mayHaveMore)
        m_isPumpDue = true;
    noteUnread();
    m_isPumpWanted = m_isPumpWanted || m_isPumpDue;
    m_retiredProtocols.clear();
    flush();
    if (guard.lives() && m_isPumpWanted)
        pumpSoon();
}

void WsLink::readAhead()
{
    if (!m_transport || m_isWriting || d.life.opening())
        return;
    const WsSocketCall call(m_transport.get());
    WsLifeGuard guard(d);
    const qint64 before = m_protocol.writtenSize();
    d.delivery.keepShownPayload();
    WsTimeBudget &budget = call.context().workBudget();
    bool isCollected = d.delivery.collectEvents(budget);
    bool mayHaveMore = true;
    for (int reads = 0; isCollected && mayHaveMore && reads < MaxReadsPerPump && mayRead(); ++reads) {
        mayHaveMore = readOnce(call.context());
        isCollected = d.delivery.collectEvents(budget);
    }
    if (!mayRead())
        m_protocol.fitBytes();
    m_isPumpWanted = true; // for what was kept or not processed
    if (!isCollected)
        pumpSoon(); // so that there is another turn
    if (m_protocol.outputSize() == 0 || !guard || !m_transport)
        return;
    write();
    if (guard && m_protocol.writtenSize() != before)
        d.threads.scheduleFlush(); // which reports it
}

bool WsLink::hasEndAhead()
{
    using State = WsProtocol::State;
    const bool wasAwaited = m_protocol.state() == State::ClosedByUs;
    if (wasAwaited && (m_isPumping || m_isPumpDue || d.delivery.hasBacklog()))
        lookForEnd();
    const bool hasEnded = wasAwaited ? m_protocol.state() != State::ClosedByUs
                                     : m_protocol.isCloseComplete() || m_protocol.state() == State::Lost;
    return hasEnded && d.delivery.hasBacklog();
}

void WsLink::lookForEnd()
{
    if (m_isWriting)
        return;
    const WsSocketCall call(m_transport.get());
    if (m_isPumping)
        d.delivery.keepShownPayload();
    constexpr qint64 MostInSystem = 32 * 1024 * 1024; // that may have arrived before the time was over
    const qint64 most = std::min(d.sending.highWaterMark(), MostInSystem);
    const qint64 before = d.counters.wireBytesReceived.value();
    const auto isAwaited = [this] { return m_protocol.state() == WsProtocol::State::ClosedByUs; };
    d.delivery.collectUpToMark();
    bool mayHaveMore = true;
    while (mayHaveMore && isAwaited() && d.delivery.hasRoom()
           && d.counters.wireBytesReceived.value() - before <= most) {
        mayHaveMore = readOnce(call.context());
        d.delivery.collectUpToMark();
    }
}

void WsLink::pumpSoon()
{
    // A partly inflated message takes much memory, so it is finished before others are started.
    d.threads.schedulePump(m_protocol.isUnfinished());
}

// Of a client that was opened again in a slot, which waits for that in an event loop of its own.
void WsLink::pumpOpening()
{
    if (!m_transport || std::exchange(m_isPumpingOpening, true))
        return;
    const WsSocketCall call(m_transport.get());
    WsLifeGuard guard(d);
    bool mayHaveMore = true;
    while (guard && mayHaveMore && d.life.opening() && mayRead())
        mayHaveMore = readOnce(call.context());
    if (guard.lives())
        m_isPumpingOpening = false;
}

// --- reading

void WsLink::setReadBufferSize(qint64 size)
{
    m_readBufferSize = std::min<qint64>(size, WsThreadContext::ReadSize);
    if (m_transport && !d.life.opening())
        m_transport->setReadBufferSize(m_readBufferSize);
}

// Neither to the opening nor to what comes before the peer's Close, which must not be late.
bool WsLink::isRateApplied() const
{
    return m_rate && d.life.state() == Ws::Open;
}

// Returns whether there may be more to read at once.
bool WsLink::readOnce(WsThreadContext &context)
{
    if (!m_transport)
        return false;
    const WsOpening *const opening = d.life.opening();
    qint64 wanted = opening ? std::min(m_readBufferSize, qint64(opening->maxRead())) : m_readBufferSize;
    if (isRateApplied())
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
    if (isRateApplied())
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
