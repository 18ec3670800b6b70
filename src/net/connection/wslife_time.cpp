// SPDX-License-Identifier: MIT

// The time limits of a connection's life.

#include "net/connection/wslife.h"

#include "net/connection/wsconnection_p.h"

#include <algorithm>

WsTime WsLife::nextCheck() const
{
    return std::min(m_deadlines.next(), d.link.resumeTime());
}

void WsLife::scheduleDeadlines()
{
    if (const WsTime next = nextCheck(); next != WsTime::max())
        d.threads.scheduleCheck(next);
}

void WsLife::checkDeadlines(WsTime now)
{
    d.link.resumeIfDue(now);
    // A slot is busy or runs an event loop of its own, or the time of the turn is used up. Not everything
    // that has arrived can be read in the meantime.
    if (d.link.isPumping() || d.link.isPumpDue() || d.link.isHeld(WsHold::Announcing))
        m_deadlines.heard(now);
    if (!m_deadlines.isDue(now)) {
        scheduleDeadlines();
        return;
    }
    const WsSendProgress progress = m_deadlines.isReceiving()
                                        ? WsDeadlines::receivingProgress(d.counters.wireBytesReceived.value())
                                        : d.link.progress();
    const bool isPongUnread = d.link.isHeld(WsHold::HeldBack) && !d.link.mayRead();
    if (isPongUnread && m_deadlines.awaitsPong() && d.link.isAllTaken())
        m_deadlines.heard(now);
    const WsDeadlines::Action action = m_deadlines.check(now, progress);
    scheduleDeadlines();
    switch (action) {
    case WsDeadlines::Action::None:
        break;
    case WsDeadlines::Action::HandshakeTimedOut:
        onHandshakeTimeout();
        break;
    case WsDeadlines::Action::AnswerTimedOut:
        if (m_opening)
            m_opening->onTimeout();
        break;
    case WsDeadlines::Action::SendPing:
        sendKeepAlive();
        break;
    case WsDeadlines::Action::PongTimedOut:
        endByPongTimeout(progress.waiting);
        break;
    case WsDeadlines::Action::CloseTimedOut:
        onCloseTimeout(progress.waiting);
        break;
    case WsDeadlines::Action::LookAround:
    case WsDeadlines::Action::Retry:
        d.reopener->onWaiting(action == WsDeadlines::Action::Retry);
        break;
    }
}

void WsLife::onHandshakeTimeout()
{
    const WsOpening *const before = m_opening.get();
    if (!before)
        return;
    if (d.link.isPumpDue()) { // what is missing may have come in time and wait for other connections
        WsLifeGuard guard(d);
        d.link.pumpNow();
        if (!guard || m_opening.get() != before || !m_deadlines.isIdle())
            return;
        if (d.link.isHeld(WsHold::Deciding)) { // the request handler has been asked only now
            m_deadlines.startHandshake(WsClock::now(), d.options.handshakeTimeout());
            scheduleDeadlines();
            return;
        }
    }
    m_opening->onTimeout();
}

void WsLife::onCloseTimeout(qint64 waiting)
{
    // Those who are to hear of an error do not know of the connection yet; or the peer has done its part, and
    // slots of this side are not done with what it sent before.
    if (d.link.isHeld(WsHold::Announcing) || d.link.hasEndAhead()) {
        startClosing();
        d.link.pumpSoon();
        return;
    }
    endClosing(d.link.queuedAmount() > 0, closeTimeoutError(waiting));
}

void WsLife::endByPongTimeout(qint64 waiting)
{
    const std::chrono::milliseconds timeout = m_deadlines.timeout();
    const QString text =
        waiting > WsSendLimit::Negligible
            ? wsSendLimitText("pongTimeout", timeout, m_deadlines.verdict(), waiting)
            : QStringLiteral("no answer to a ping within pongTimeout (%1)").arg(wsTimeText(timeout));
    d.link.protocol().fail(Ws::ErrorKind::Timeout, Ws::InternalError, text);
    d.link.write();
    end({Ws::Abnormal, {}, false}, true, WsError(Ws::ErrorKind::Timeout, text, Ws::InternalError));
}

WsError WsLife::closeTimeoutError(qint64 waiting) const
{
    if (d.link.protocol().state() != WsProtocol::State::ClosedByUs)
        return {};
    const std::chrono::milliseconds timeout = m_deadlines.timeout();
    const QString text = waiting > 0
                             ? wsSendLimitText("closeTimeout", timeout, m_deadlines.verdict(), waiting)
                             : QStringLiteral("no answer to the Close frame within closeTimeout (%1)")
                                   .arg(wsTimeText(timeout));
    return WsError(Ws::ErrorKind::Timeout, text);
}

void WsLife::sendKeepAlive()
{
    d.link.protocol().squeeze(); // it is idle
    d.sending.keepAlive(QByteArray::number(d.id) + '-' + QByteArray::number(d.counters.wireBytesReceived.value()));
}
