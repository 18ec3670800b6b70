// SPDX-License-Identifier: MIT

// What clients get that ask while their server leaves.

#include "net/server/wsserveropening.h"

#include "net/server/wsserverhome.h"
#include "net/socket/wslingeringdevice.h"

namespace {
// How long a client that was accepted before may still take to send its request.
constexpr std::chrono::milliseconds RequestGrace{1000};

// In seconds. Whoever comes next, another server or this one after a restart, usually listens already.
constexpr QByteArrayView RetryAfter = "1";

WsHttpError leavingError()
{
    return {503, QStringLiteral("the server is shutting down"), {{"Retry-After", RetryAfter.toByteArray()}}};
}
} // namespace

WsHttpError WsServerOpening::checkLeaving() const
{
    return thread().home().isClosing ? leavingError() : WsHttpError();
}

void WsServerOpening::leave()
{
    if (isAnswering())
        return;
    if (m_phase == Phase::Idle && !hasMore()) {
        end(false);
        return;
    }
    const auto wait = m_phase == Phase::Deciding ? wsLingerTimeout(d.options.closeTimeout()) : RequestGrace;
    const WsTime now = WsClock::now();
    WsDeadlines &deadlines = d.life.deadlines();
    if (!deadlines.isReceiving() && deadlines.next() <= now + wait) // bytes of a body extend that limit
        return;
    deadlines.startHandshake(now, wait);
    d.life.scheduleDeadlines();
}

// Of a client that has sent nothing there is nothing to answer.
void WsServerOpening::endLeaving()
{
    if (m_receivedSize > 0) {
        refuse(leavingError());
        return;
    }
    WsLifeGuard guard(d);
    reject(WsError(Ws::ErrorKind::Handshake, leavingError().text));
    if (guard)
        end(false);
}
