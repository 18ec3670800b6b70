// SPDX-License-Identifier: MIT
#include "net/connection/wsdeadlines.h"

#include <algorithm>

using std::chrono::milliseconds;
using Verdict = WsSendLimit::Verdict;

void WsDeadlines::startLimit(Phase phase, WsTime now, milliseconds timeout, WsSendLimit::Rate rate,
                             const WsSendProgress &progress)
{
    m_phase = phase;
    m_awaitsPong = false;
    m_limit.start(now, timeout, rate, progress);
    m_next = m_limit.next();
}

void WsDeadlines::startHandshake(WsTime now, milliseconds timeout)
{
    startLimit(Phase::Handshake, now, timeout);
}

void WsDeadlines::startReceiving(WsTime now, milliseconds timeout, qint64 received)
{
    startLimit(Phase::Receiving, now, timeout, WsSendLimit::Rate::Minimal, receivingProgress(received));
}

void WsDeadlines::startAnswer(WsTime now, milliseconds timeout, const WsSendProgress &progress)
{
    startLimit(Phase::Answering, now, timeout, WsSendLimit::Rate::Minimal, progress);
}

void WsDeadlines::startClose(WsTime now, milliseconds timeout, const WsSendProgress &progress)
{
    startLimit(Phase::Closing, now, timeout, WsSendLimit::Rate::Minimal, progress);
}

void WsDeadlines::startOpen(WsTime now, milliseconds pingInterval, milliseconds pongTimeout)
{
    m_phase = Phase::Open;
    m_pingInterval = pingInterval;
    m_pongTimeout = pongTimeout;
    heard(now);
    armOpen();
}

void WsDeadlines::startRetry(WsTime now, milliseconds delay)
{
    m_phase = Phase::Waiting;
    m_awaitsPong = false;
    m_retryTime = now + delay;
    armWaiting(now);
}

void WsDeadlines::stop()
{
    m_phase = Phase::Idle;
    m_awaitsPong = false;
    m_next = WsTime::max();
}

void WsDeadlines::setKeepAlive(WsTime now, milliseconds pingInterval, milliseconds pongTimeout)
{
    if (m_phase != Phase::Open)
        return;
    m_pingInterval = pingInterval;
    m_pongTimeout = pongTimeout;
    m_awaitsPong = m_awaitsPong && pingInterval > milliseconds::zero();
    if (m_awaitsPong && pongTimeout > milliseconds::zero()) {
        m_limit.setTimeout(now, pongTimeout);
        armPong(now);
        return;
    }
    if (m_awaitsPong) // the next ping follows an interval later
        heard(now);
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

void WsDeadlines::hurryPing(WsTime now)
{
    const bool sendsPings = m_phase == Phase::Open && wsTimeAfter(now, m_pingInterval) != WsTime::max();
    if (!sendsPings || m_awaitsPong || !m_isReading)
        return;
    m_silentSince = now - m_pingInterval;
    armOpen();
}

void WsDeadlines::armOpen()
{
    m_next = m_isReading ? wsTimeAfter(m_silentSince, m_pingInterval) : WsTime::max();
}

void WsDeadlines::awaitPong(WsTime now, const WsSendProgress &progress)
{
    m_awaitsPong = m_pongTimeout > milliseconds::zero();
    if (!m_awaitsPong) {
        m_silentSince = now; // no answer is required; the next ping follows an interval later
        armOpen();
        return;
    }
    m_limit.start(now, m_pongTimeout, WsSendLimit::Rate::Any, progress);
    armPong(now);
}

// heard() may end the limit at any time. Then the next ping is due an interval later.
void WsDeadlines::armPong(WsTime now)
{
    m_next = std::min(m_limit.next(), wsTimeAfter(now, m_pingInterval));
}

void WsDeadlines::armWaiting(WsTime now)
{
    m_next = std::min<WsTime>(m_retryTime, now + LookInterval);
}

WsDeadlines::Action WsDeadlines::check(WsTime now, const WsSendProgress &progress)
{
    if (!isDue(now))
        return Action::None;
    switch (m_phase) {
    case Phase::Idle:
        break;
    case Phase::Handshake:
        return checkLimit(now, Action::HandshakeTimedOut);
    case Phase::Receiving:
        return checkLimit(now, Action::HandshakeTimedOut, progress);
    case Phase::Answering:
        return checkLimit(now, Action::AnswerTimedOut, progress);
    case Phase::Open:
        return checkOpen(now, progress);
    case Phase::Closing:
        return checkLimit(now, Action::CloseTimedOut, progress);
    case Phase::Waiting:
        return checkWaiting(now);
    }
    return Action::None;
}

WsDeadlines::Action WsDeadlines::checkOpen(WsTime now, const WsSendProgress &progress)
{
    if (m_awaitsPong) {
        const Action action = checkLimit(now, Action::PongTimedOut, progress);
        if (action == Action::None)
            armPong(now);
        return action;
    }
    armOpen();
    if (!isDue(now))
        return Action::None;
    awaitPong(now, progress);
    return Action::SendPing;
}

WsDeadlines::Action WsDeadlines::checkWaiting(WsTime now)
{
    if (now < m_retryTime) {
        armWaiting(now);
        return Action::LookAround;
    }
    stop();
    return Action::Retry;
}

WsDeadlines::Action WsDeadlines::checkLimit(WsTime now, Action action, const WsSendProgress &progress)
{
    m_verdict = m_limit.check(now, progress);
    m_next = m_limit.next();
    if (m_verdict == Verdict::InTime)
        return Action::None;
    stop();
    return action;
}
