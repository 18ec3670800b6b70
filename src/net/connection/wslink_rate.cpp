// SPDX-License-Identifier: MIT

// How fast the peer of a link may send.

#include "net/connection/wslink.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"

#include <utility>

void WsLink::setRates(const WsRates &rates)
{
    if (rates == (m_rate ? m_rate->rates() : WsRates()) || (rates.isNone() && !m_rate))
        return;
    if (rates.isNone())
        m_rate.reset();
    else if (m_rate)
        m_rate->setRates(rates);
    else
        m_rate = std::make_unique<WsRateLimit>(rates);
    if (!hold(WsHold::Slowed, false) || !m_transport)
        return;
    d.life.deadlines().setReading(WsClock::now(), isListening());
    d.life.scheduleDeadlines();
    pumpSoon();
}

void WsLink::takeRate(WsTime now, qint64 size, bool isShort)
{
    m_rate->takeBytes(now, size, isShort);
    slowDown();
}

void WsLink::countEvent(WsEvent *event)
{
    using Excess = WsRateLimit::Excess;
    if (m_protocol.state() != WsProtocol::State::Open || d.life.state() != Ws::Open)
        return;
    const bool isMessage = event->type == WsEvent::Message || event->type == WsEvent::FramedMessage
                           || event->type == WsEvent::MessageEnd || event->type == WsEvent::Ping
                           || event->type == WsEvent::Pong;
    if (isMessage)
        m_rate->takeMessage(WsClock::now());
    if (const Excess excess = m_rate->excess(); excess != Excess::None) {
        m_protocol.fail(Ws::ErrorKind::Overflow, Ws::PolicyViolation, m_rate->text(excess));
        *event = {WsEvent::Failure, Ws::Text, Ws::PolicyViolation, {}};
        return;
    }
    slowDown();
}

void WsLink::slowDown()
{
    if (!m_rate->isHeld() || d.life.state() != Ws::Open)
        return;
    if (hold(WsHold::Slowed))
        d.life.deadlines().setReading(WsClock::now(), false);
    d.threads.scheduleCheck(m_rate->next());
    if (std::exchange(m_isSlowingLogged, true))
        return;
    const auto excess = m_rate->holdsMessages() ? WsRateLimit::Excess::Messages : WsRateLimit::Excess::Bytes;
    qCDebug(wsNetLog).noquote() << "connection" << d.id << "is held back, because" << m_rate->text(excess);
}

void WsLink::resumeIfDue(WsTime now)
{
    if (!m_rate || !m_rate->look(now) || !m_transport)
        return;
    if (!m_rate->isHeld() && hold(WsHold::Slowed, false))
        d.life.deadlines().setReading(now, isListening());
    pumpSoon();
}

void WsLink::noteUnread()
{
    if (m_rate && (m_isPumpDue || !mayRead()))
        m_rate->noteUnread(WsClock::now());
}
