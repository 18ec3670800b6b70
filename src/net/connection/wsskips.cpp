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
    QHash<QString, qint64> counts;     // by topic; with the connection's lock, as the next one
    QHash<QString, qint64> reporting;  // of a report that is not complete
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
    if (m_isReportDue.exchange(false)) {
        const QMutexLocker locker(&d.threads.mutex());
        const QHash<QString, qint64> counts = std::exchange(m_missed->counts, {});
        for (auto count = counts.cbegin(); count != counts.cend(); ++count)
            m_missed->reporting[count.key()] += count.value();
        m_missed->nextReport = WsClock::now() + ReportInterval;
    }
    goOn();
}

// If a handler moves the connection to another thread, the rest is reported there.
void WsSkips::goOn()
{
    const WsLifeGuard guard(d);
    const std::shared_ptr<WsConnectionOwner> owner = d.owner;
    QString topic;
    qint64 count = 0;
    while (owner && guard.lives() && takeReport(&topic, &count))
        owner->onSkipped(d.q, topic, count);
}

bool WsSkips::takeReport(QString *topic, qint64 *count)
{
    const QMutexLocker locker(&d.threads.mutex());
    if (!m_missed || m_missed->reporting.isEmpty())
        return false;
    const auto next = m_missed->reporting.constBegin();
    *topic = next.key();
    *count = next.value();
    m_missed->reporting.erase(next);
    return true;
}

void WsSkips::arriveInThread()
{
    const WsLifeGuard guard(d);
    goOn();
    if (guard)
        check(WsClock::now());
}
