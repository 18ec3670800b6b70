// SPDX-License-Identifier: MIT
#include "net/connection/wsratelimit.h"

#include <algorithm>
#include <utility>

using std::chrono::nanoseconds;

namespace {
constexpr qint64 Second = WsTokenBucket::Burst.count();
// More is no limit in practice, and its products with a second would overflow.
constexpr qint64 MaxRate = 9'000'000'000;
constexpr qint64 PausesPerSecond = 20;
} // namespace

// --- one bucket

void WsTokenBucket::setRate(qint64 perSecond)
{
    m_rate = std::min(perSecond, MaxRate);
}

nanoseconds WsTokenBucket::used(WsTime now) const
{
    return m_fullAt > now ? nanoseconds(m_fullAt - now) : nanoseconds::zero();
}

nanoseconds WsTokenBucket::cost(qint64 count) const
{
    return nanoseconds(count / m_rate * Second + count % m_rate * Second / m_rate);
}

qint64 WsTokenBucket::available(WsTime now) const
{
    const qint64 free = std::max<qint64>((Burst - used(now)).count(), 0);
    return free * m_rate / Second;
}

bool WsTokenBucket::has(WsTime now, qint64 count) const
{
    return used(now) + cost(count) <= Burst + m_extra;
}

void WsTokenBucket::take(WsTime now, qint64 count)
{
    m_fullAt = std::max(m_fullAt, now) + cost(count);
}

WsTime WsTokenBucket::worthWaiting() const
{
    const qint64 tokens = std::max<qint64>(m_rate / PausesPerSecond, 1);
    const qint64 time = (tokens * Second + m_rate - 1) / m_rate;
    return m_fullAt - Burst + nanoseconds(time);
}

void WsTokenBucket::addTime(WsTime begin, WsTime now)
{
    m_extra += std::max(nanoseconds(now - std::max(m_fullAt, begin)), nanoseconds::zero());
}

void WsTokenBucket::forgetTime(WsTime now)
{
    m_extra = nanoseconds::zero();
    m_fullAt = std::min<WsTime>(m_fullAt, now + Burst);
}

// --- the limits of a connection

void WsRateLimit::setRates(const WsRates &rates)
{
    m_rates = rates;
    m_messages.setRate(rates.messages);
    m_bytes.setRate(rates.bytes);
    m_messagesUntil = m_bytesUntil = None;
    m_excess = Excess::None;
}

void WsRateLimit::restart()
{
    *this = WsRateLimit(m_rates);
}

qint64 WsRateLimit::readable(WsTime now, qint64 wanted) const
{
    if (!slowsDown() || !m_bytes.isLimited())
        return wanted;
    return std::clamp<qint64>(m_bytes.available(now), 1, wanted);
}

void WsRateLimit::takeBytes(WsTime now, qint64 count, bool isShort)
{
    if (m_wasShort && m_unreadSince == None) { // all that had waited is counted
        m_messages.forgetTime(now);
        m_bytes.forgetTime(now);
    }
    m_wasShort = isShort;
    endUnread(now);
    if (!m_bytes.isLimited())
        return;
    if (!slowsDown() && m_excess == Excess::None && !m_bytes.has(now, count))
        m_excess = Excess::Bytes;
    m_bytes.take(now, count);
    if (slowsDown() && m_bytes.available(now) < 1)
        m_bytesUntil = m_bytes.worthWaiting();
}

void WsRateLimit::takeMessage(WsTime now)
{
    if (!m_messages.isLimited())
        return;
    endUnread(now);
    if (!slowsDown() && m_excess == Excess::None && !m_messages.has(now, 1))
        m_excess = Excess::Messages;
    m_messages.take(now, 1);
    if (slowsDown() && m_messages.available(now) < 1)
        m_messagesUntil = m_messages.worthWaiting();
}

void WsRateLimit::noteUnread(WsTime now)
{
    if (!slowsDown() && m_unreadSince == None)
        m_unreadSince = now;
}

void WsRateLimit::endUnread(WsTime now)
{
    if (m_unreadSince == None)
        return;
    const WsTime since = std::exchange(m_unreadSince, None);
    m_messages.addTime(since, now);
    m_bytes.addTime(since, now);
}

WsTime WsRateLimit::next() const
{
    WsTime next = WsTime::max();
    for (const WsTime time : {m_messagesUntil, m_bytesUntil}) {
        if (time != None)
            next = std::min(next, time);
    }
    return next;
}

bool WsRateLimit::look(WsTime now)
{
    bool isOver = false;
    for (WsTime *const time : {&m_messagesUntil, &m_bytesUntil}) {
        if (*time == None || *time > now)
            continue;
        *time = None;
        isOver = true;
    }
    return isOver;
}

QString WsRateLimit::text(Excess excess) const
{
    return excess == Excess::Messages
               ? QStringLiteral("the peer sends more than maxMessagesPerSecond (%1)").arg(m_rates.messages)
               : QStringLiteral("the peer sends more than maxBytesPerSecond (%1)").arg(m_rates.bytes);
}
