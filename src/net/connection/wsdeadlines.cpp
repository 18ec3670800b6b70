// SPDX-License-Identifier: MIT
#include "net/connection/wsdeadlines.h"

#include <algorithm>

using std::chrono::milliseconds;

namespace {
// Never instead of an overflow.
WsTime after(WsTime time, milliseconds wait)
{
    if (wait <= milliseconds::zero()
        || wait >= std::chrono::duration_cast<milliseconds>(WsTime::max() - time))
        return WsTime::max();
    return time + wait;
}
} // namespace

void WsDeadlines::startLimit(Phase phase, WsTime now, milliseconds timeout)
{
    m_phase = phase;
    m_hadGrace = false;
    m_limit = after(now, timeout);
    m_next = m_limit;
}

void WsDeadlines::startHandshake(WsTime now, milliseconds timeout)
{
    startLimit(Phase::Handshake, now, timeout);
}

void WsDeadlines::startClose(WsTime now, milliseconds timeout)
{
    startLimit(Phase::Closing, now, timeout);
}

void WsDeadlines::startOpen(WsTime now, milliseconds pingInterval, milliseconds pongTimeout)
{
    m_phase = Phase::Open;
    m_pingInterval = pingInterval;
    m_pongTimeout = pongTimeout;
    heard(now);
    armOpen();
}

void WsDeadlines::stop()
{
    m_phase = Phase::Idle;
    m_next = WsTime::max();
}

void WsDeadlines::setKeepAlive(WsTime now, milliseconds pingInterval, milliseconds pongTimeout)
{
    if (m_phase != Phase::Open)
        return;
    m_pingInterval = pingInterval;
    m_pongTimeout = pongTimeout;
    if (m_awaitsPong && pingInterval > milliseconds::zero())
        awaitPong(now);
    else
        m_awaitsPong = false;
    if (!m_awaitsPong)
        armOpen();
}

void WsDeadlines::setReading(WsTime now, bool reading)
{
    if (m_isReading == reading)
        return;
    m_isReading = reading;
    if (m_phase != Phase::Open)
        return;
    heard(now);
    armOpen();
}

void WsDeadlines::armOpen()
{
    m_next = m_isReading ? after(m_silentSince, m_pingInterval) : WsTime::max();
}

void WsDeadlines::awaitPong(WsTime now)
{
    m_awaitsPong = m_pongTimeout > milliseconds::zero();
    m_hadGrace = false;
    if (!m_awaitsPong) {
        m_silentSince = now; // no answer is demanded: the next ping follows an interval later
        armOpen();
        return;
    }
    m_limit = after(now, m_pongTimeout);
    // heard() may lift the limit at any time, and then the next ping is due an interval later.
    m_next = std::min(m_limit, after(now, m_pingInterval));
}

WsDeadlines::Action WsDeadlines::check(WsTime now)
{
    if (now < m_next)
        return Action::None;
    switch (m_phase) {
    case Phase::Idle:
        break;
    case Phase::Handshake:
        return checkLimit(now, Action::HandshakeTimedOut);
    case Phase::Open:
        return checkOpen(now);
    case Phase::Closing:
        return checkLimit(now, Action::CloseTimedOut);
    }
    return Action::None;
}

WsDeadlines::Action WsDeadlines::checkOpen(WsTime now)
{
    if (m_awaitsPong) {
        if (now >= m_limit)
            return checkLimit(now, Action::PongTimedOut);
        m_next = std::min(m_limit, after(now, m_pingInterval));
        return Action::None;
    }
    armOpen();
    if (now < m_next)
        return Action::None;
    awaitPong(now);
    return Action::SendPing;
}

WsDeadlines::Action WsDeadlines::checkLimit(WsTime now, Action action)
{
    if (!m_hadGrace && now - m_limit > Grace) {
        m_hadGrace = true;
        m_limit = now + Grace;
        m_next = m_limit;
        return Action::None;
    }
    stop();
    return action;
}
