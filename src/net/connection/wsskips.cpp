// SPDX-License-Identifier: MIT
#include "net/connection/wsskips.h"

#include "net/connection/wsconnection_p.h"

#include <chrono>
#include <utility>

namespace {
constexpr std::chrono::seconds ReportInterval{1};
}

struct WsSkips::Missed
{
    QHash<QString, qint64> counts;     // by topic; with the connection's lock
    WsTime nextReport = WsTime::min(); // only the connection's thread uses it
};

WsSkips::WsSkips(WsConnectionPrivate &connection) : d(connection) { }

WsSkips::~WsSkips() = default;

void WsSkips::note(const QString &topic, qint64 count)
{
    d.counters.messagesSkipped.addFromAnyThread(count);
    {
        const QMutexLocker locker(&d.threads.mutex());
        if (!m_missed)
            m_missed = std::make_unique<Missed>();
        m_missed->counts[topic] += count;
    }
    if (!m_isReportDue.exchange(true))
        (void)d.threads.post([this] { check(WsClock::now()); });
}

void WsSkips::check(WsTime now)
{
    if (!m_isReportDue)
        return;
    if (now >= m_missed->nextReport)
        report();
    else
        d.threads.scheduleCheck(m_missed->nextReport);
}

void WsSkips::report()
{
    if (!m_isReportDue.exchange(false))
        return;
    QHash<QString, qint64> counts;
    {
        const QMutexLocker locker(&d.threads.mutex());
        counts = std::exchange(m_missed->counts, {});
    }
    m_missed->nextReport = WsClock::now() + ReportInterval;
    const WsLifeGuard guard(d);
    const std::shared_ptr<WsConnectionOwner> owner = d.owner;
    for (auto count = counts.cbegin(); owner && guard.lives() && count != counts.cend(); ++count)
        owner->onSkipped(d.q, count.key(), count.value());
}

void WsSkips::arriveInThread()
{
    check(WsClock::now());
}
