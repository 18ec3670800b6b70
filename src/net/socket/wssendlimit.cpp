// SPDX-License-Identifier: MIT
#include "net/socket/wssendlimit.h"

#include <QtCore/qlocale.h>

#include <algorithm>

using std::chrono::milliseconds;

namespace {
// How often progress is checked within the limit.
constexpr int Looks = 4;
} // namespace

WsTime wsTimeAfter(WsTime time, milliseconds wait)
{
    if (wait <= milliseconds::zero()
        || wait >= std::chrono::duration_cast<milliseconds>(WsTime::max() - time))
        return WsTime::max();
    return time + wait;
}

void WsSendLimit::start(WsTime now, milliseconds timeout, Rate rate, const WsSendProgress &progress)
{
    m_start = now;
    m_rate = rate;
    m_takenAtStart = m_taken = progress.taken;
    m_isBehind = progress.waiting > Negligible;
    setTimeout(now, timeout);
}

void WsSendLimit::setTimeout(WsTime now, milliseconds timeout)
{
    m_timeout = timeout;
    m_isRateLimited = false;
    m_hadGrace = false;
    m_limit = wsTimeAfter(now, timeout);
    arm(now);
}

WsSendLimit::Verdict WsSendLimit::check(WsTime now, const WsSendProgress &progress)
{
    if (now < m_next)
        return Verdict::InTime;
    const bool wasBehind = m_isBehind;
    m_isBehind = progress.waiting > Negligible;
    // TLS adds bytes when it encrypts, so the number that was taken may seem to decrease.
    const bool hasMoved = progress.taken > m_taken && (wasBehind || m_isBehind);
    m_taken = std::max(m_taken, progress.taken);
    if (hasMoved)
        renew(now);
    if (now >= m_limit && !isGraceDue(now))
        return m_isRateLimited ? Verdict::TooSlow : Verdict::Stalled;
    arm(now);
    return Verdict::InTime;
}

void WsSendLimit::renew(WsTime now)
{
    m_limit = wsTimeAfter(now, m_timeout);
    if (m_rate == Rate::Minimal) {
        const std::chrono::seconds allowed((m_taken - m_takenAtStart) / MinRate);
        const WsTime latest = wsTimeAfter(m_start, m_timeout + allowed);
        m_isRateLimited = latest < m_limit;
        m_limit = std::min(m_limit, latest);
    }
    m_hadGrace = m_hadGrace && m_isRateLimited; // once is enough for a peer that always takes a little
}

bool WsSendLimit::isGraceDue(WsTime now)
{
    if (m_hadGrace || now - m_limit <= Grace)
        return false;
    m_hadGrace = true;
    m_limit = now + Grace;
    return true;
}

void WsSendLimit::arm(WsTime now)
{
    m_next = m_limit;
    if (m_isBehind && m_limit != WsTime::max())
        m_next = std::min(m_limit, now + std::max(m_timeout / Looks, milliseconds(1)));
}

// --- texts

QString wsTimeText(milliseconds time)
{
    const bool isWhole = time.count() % 1000 == 0;
    return isWhole ? QStringLiteral("%1 s").arg(time.count() / 1000)
                   : QStringLiteral("%1 ms").arg(time.count());
}

QString wsSendLimitText(const char *name, milliseconds timeout, WsSendLimit::Verdict verdict, qint64 waiting)
{
    const QLocale english(QLocale::English);
    const QString limit = QStringLiteral("%1 (%2)").arg(QLatin1StringView(name), wsTimeText(timeout));
    const QString queued =
        english.toString(waiting)
        + (waiting == 1 ? QLatin1StringView(" byte was") : QLatin1StringView(" bytes were"));
    if (verdict == WsSendLimit::Verdict::TooSlow)
        return QStringLiteral("%1 still queued; after %2 the peer took fewer than %3 bytes a second")
            .arg(queued, limit, english.toString(WsSendLimit::MinRate));
    return QStringLiteral("%1 still queued; the peer took none for %2").arg(queued, limit);
}
