// SPDX-License-Identifier: MIT
#include "net/connection/wslink.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"

#include <algorithm>
#include <utility>

namespace {
constexpr quint8 bit(WsHold reason)
{
    return quint8(reason);
}

// The reasons that apply in a state.
quint8 relevant(Ws::State state, WsRole role)
{
    constexpr quint8 ofOpening = bit(WsHold::Deciding);
    switch (state) {
    case Ws::Connecting:
        return ofOpening;
    case Ws::Open:
        // A client ignores HeldBack: otherwise two ends with much to send would wait for each other forever.
        return quint8(~(role == WsRole::Client ? ofOpening | bit(WsHold::HeldBack) : ofOpening));
    case Ws::Closing: // the peer's Close comes after what would be held up
        return bit(WsHold::Announcing);
    case Ws::Closed:
        break;
    }
    return 0;
}
} // namespace

WsLink::WsLink(WsConnectionPrivate &connection, WsRole role)
    : d(connection), m_protocol(role), m_readBufferSize(WsThreadContext::ReadSize)
{
}

WsLink::~WsLink()
{
    if (WsThreadContext *const context = WsThreadContext::currentOrNull())
        context->forget(this);
}

void WsLink::attach(std::unique_ptr<WsTransport> transport)
{
    ++m_attachCount;
    m_transport = std::move(transport);
    m_transport->setUser(this);
}

void WsLink::reset()
{
    if (m_isPumping)
        m_retiredProtocols.push_back(std::move(m_protocol));
    renewProtocol();
    m_hasOpeningOutput = true;
    m_holds &= bit(WsHold::Paused) | bit(WsHold::Waiting);
    m_isSlowingLogged = false;
    if (m_rate)
        m_rate->restart();
}

void WsLink::renewProtocol()
{
    m_protocol = WsProtocol(d.role, wsLimits(d.options), d.id);
    m_protocol.setMaskGenerator(m_maskGenerator);
}

void WsLink::setMaskGenerator(WsMaskGenerator generator)
{
    m_maskGenerator = std::move(generator);
    m_protocol.setMaskGenerator(m_maskGenerator);
}

void WsLink::establish(const WsAgreement &agreement, const QByteArray &rest)
{
    hold(WsHold::Deciding, false);
    m_transport->setReadBufferSize(m_readBufferSize);
    if (agreement.deflate)
        m_protocol.setDeflate(*agreement.deflate, d.options.compression());
    if (!rest.isEmpty())
        m_protocol.receive(rest);
}

void WsLink::cut()
{
    if (const std::unique_ptr<WsTransport> transport = std::move(m_transport))
        transport->cut();
    m_protocol.discardOutput();
    hold(WsHold::HeldBack, false); // nothing waits to be sent any more
}

void WsLink::finish()
{
    if (const std::unique_ptr<WsTransport> transport = std::move(m_transport))
        transport->finish(d.options.closeTimeout(), [this] { return d.keepPlace(); });
    m_protocol.discardOutput();
    hold(WsHold::HeldBack, false); // nothing waits to be sent any more
}

void WsLink::release()
{
    m_transport && m_transport->pending() == 0 ? finish() : cut();
}

void WsLink::cutForNext()
{
    cut();
    if (m_protocol.hasLostOutput()) { // the server has answered before it took the whole request
        renewProtocol();
        d.delivery.updateParts();
    }
}

// --- whether to read

quint8 WsLink::relevantHolds() const
{
    return m_holds.load(std::memory_order_relaxed) & relevant(d.life.state(), d.role);
}

bool WsLink::mayRead() const
{
    return m_transport && (relevantHolds() & ~bit(WsHold::Paused)) == 0;
}

bool WsLink::mayDeliverHeld() const
{
    auto holds = quint8(relevantHolds() & ~bit(WsHold::Ahead));
    if (m_rate && !m_rate->holdsMessages())
        holds = quint8(holds & ~bit(WsHold::Slowed));
    return holds == 0;
}

bool WsLink::isListening() const
{
    constexpr quint8 reasons =
        bit(WsHold::Paused) | bit(WsHold::Behind) | bit(WsHold::Ahead) | bit(WsHold::Slowed);
    return (m_holds.load(std::memory_order_relaxed) & reasons) == 0;
}

bool WsLink::isHeld(WsHold reason) const
{
    return m_holds.load(std::memory_order_relaxed) & bit(reason);
}

bool WsLink::hold(WsHold reason, bool isHeld)
{
    const quint8 before = m_holds.load(std::memory_order_relaxed);
    const quint8 after = isHeld ? quint8(before | bit(reason)) : quint8(before & ~bit(reason));
    m_holds.store(after, std::memory_order_relaxed);
    return before != after;
}

// --- sending

bool WsLink::isFlushedByPump() const
{
    return m_isPumping && m_pumpTurn == m_pumpContext->turn();
}

void WsLink::write()
{
    if (std::exchange(m_isWriting, true))
        return; // with TLS, Qt reports during a write what it has written
    const qint64 before = m_protocol.writtenSize();
    qint64 written = before;
    m_hasLeft = false;
    do {
        written = m_protocol.writtenSize();
        if (WsOutput &output = m_protocol.output(); !output.isEmpty()) {
            m_transport->write(output);
            m_hasLeft = !output.isEmpty();
            if (m_hasLeft)
                m_protocol.fitOutput();
        }
    } while (m_protocol.writtenSize() != written);
    m_isWriting = false;
    if (m_transport->isBroken())
        hold(WsHold::HeldBack, false); // so that the end, which is all that follows, is read
    d.sending.noteWritten(written, written - before);
}

void WsLink::writeAnyway()
{
    if (!m_isWriting)
        (void)flushTransport();
    write();
}

void WsLink::flushAnyway()
{
    if (m_transport && !m_isWriting && !d.life.opening()) // whose TLS may wait for an answer of the application
        (void)flushTransport();
    flush();
}

void WsLink::flush()
{
    if (!m_transport || m_isWriting || isFlushedByPump())
        return;
    const WsSocketCall call(m_transport.get());
    write();
    WsLifeGuard guard(d);
    if (d.sending.isHolding())
        writeHeld(guard);
    if (guard)
        d.sending.reportWritten();
    if (!guard || queuedAmount() > 0)
        return;
    if (WsOpening *const opening = d.life.opening())
        opening->onWritten();
    else if (d.life.state() == Ws::Closing)
        d.life.continueClosing();
    else if (std::exchange(m_hasOpeningOutput, false))
        m_protocol.squeeze(); // the handshake was larger than most of what follows
}

void WsLink::writeHeld(const WsLifeGuard &guard)
{
    while (d.sending.isHolding() && d.sending.sendHeld(guard) && guard && m_transport)
        write();
}

bool WsLink::flushNow()
{
    if (!m_transport || m_isWriting || d.life.opening())
        return false;
    const WsSocketCall call(m_transport.get());
    WsLifeGuard guard(d);
    d.delivery.sendPending();
    if (!guard || !m_transport)
        return false;
    const qint64 before = m_protocol.writtenSize();
    bool hasWritten = flushTransport();
    write();
    hasWritten = flushTransport() || hasWritten || m_protocol.writtenSize() != before;
    d.sending.noteAmount();
    if (hasWritten && !isFlushedByPump())
        d.threads.scheduleFlush(); // which reports it
    return hasWritten;
}

bool WsLink::flushTransport()
{
    m_isWriting = true; // with TLS, Qt reports it
    const bool hasWritten = m_transport->flush();
    m_isWriting = false;
    return hasWritten;
}

WsSendProgress WsLink::progress() const
{
    const qint64 inFlight = m_transport ? m_transport->inFlight() : 0;
    return {m_protocol.writtenSize() - inFlight, m_protocol.outputSize() + inFlight};
}

bool WsLink::shutdownWrite()
{
    return m_transport->shutdownWrite();
}

void WsLink::wait(int ms)
{
    const WsSocketCall call(m_transport.get());
    WsLifeGuard guard(d);
    transport()->wait(mayRead(), ms); // which may end the connection
    if (guard && m_transport && m_transport->hasEnded())
        onEnded();
}

// --- reports of the transport

void WsLink::onConnected()
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onConnected();
}

void WsLink::onReadable()
{
    pump();
}

void WsLink::onWritten()
{
    flush();
}

// Queued data is lost. What was received is delivered before the end is reported.
void WsLink::onEnded()
{
    if (m_isWriting) {
        d.threads.callLater([this, session = d.life.session(), transport = m_attachCount] {
            if (d.life.session() == session && m_attachCount == transport)
                onEnded();
        });
        return;
    }
    if (!m_transport)
        return;
    const WsSocketCall call(m_transport.get());
    WsLifeGuard guard(d);
    m_transport->noteEnd();
    flush();
    if (guard)
        pump();
}

void WsLink::onError(const WsError &error)
{
    const WsSocketCall call(m_transport.get());
    WsOpening *const opening = d.life.opening();
    if (opening && !m_isWriting)
        opening->onFailure(error);
    else
        onEnded();
}

void WsLink::onSslErrors(const QList<QSslError> &errors)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onSslErrors(errors);
}

void WsLink::onPeerVerifyError(const QSslError &error)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onPeerVerifyError(error);
}

// The server of an open connection could ask again, in the middle of a write.
void WsLink::onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onPreSharedKey(authenticator);
}

void WsLink::onHandshakeInterrupted(const QSslError &error)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onHandshakeInterrupted(error);
}

void WsLink::onAlert(const WsAlert &alert)
{
    const WsSocketCall call(m_transport.get());
    if (!m_isWriting) {
        d.onAlert(alert);
        return;
    }
    d.threads.callLater([this, session = d.life.session(), alert] {
        if (d.life.session() == session)
            d.onAlert(alert);
    });
}

WsLateAlerts WsLink::lateAlerts()
{
    return d.lateAlerts();
}

void WsLink::onSessionTicket()
{
    d.onSessionTicket();
}

void WsLink::onStep(Ws::OpeningStep step)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onStep(step);
}

void WsLink::onProxyAuthentication(const QNetworkProxy &proxy, QAuthenticator *authenticator)
{
    const WsSocketCall call(m_transport.get());
    if (WsOpening *const opening = d.life.opening())
        opening->onProxyAuthentication(proxy, authenticator);
}

void WsLink::leaveThread()
{
    hold(WsHold::Waiting, false); // whoever waits for the connection there gives up
    if (!m_retiredProtocols.empty())
        keepForStack(std::make_shared<std::vector<WsProtocol>>(std::exchange(m_retiredProtocols, {})));
    m_isPumping = m_isPumpWanted = m_isPumpDue = m_isPumpingOpening = false;
}

void WsLink::arriveInThread()
{
    if (!m_transport)
        return;
    WsLifeGuard guard(d);
    WsOpening *const opening = d.life.opening();
    m_transport->watch(); // it may come from a thread without an event loop
    if (m_transport->hasEnded() && !m_transport->isConnecting()) {
        onEnded();
        return;
    }
    if (opening && m_transport->isReady())
        opening->onConnected();
    if (guard)
        flush();
    if (guard)
        pumpSoon();
}
