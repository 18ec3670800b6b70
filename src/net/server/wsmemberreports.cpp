// SPDX-License-Identifier: MIT
#include "net/server/wsmemberreports.h"

#include "net/loop/wstimebudget.h"
#include "net/server/wsserverhome.h"

#include <memory>
#include <utility>

void WsMemberReports::add(const QString &topic, const QString &member, bool hasJoined)
{
    const QMutexLocker locker(&m_mutex);
    m_reports.push_back({topic, member, hasJoined});
    emitLater();
}

// With the lock.
void WsMemberReports::emitLater()
{
    if (!std::exchange(m_isPosted, true))
        (void)m_home.post([this, home = m_home.shared_from_this()] { emitAll(); });
}

// In the thread of the server. A slot may run an event loop, in which this is called again.
void WsMemberReports::emitAll()
{
    {
        const QMutexLocker locker(&m_mutex);
        m_isPosted = false;
    }
    WsTimeBudget budget;
    Report next;
    while (m_home.isOwnThread() && budget.spend() && take(&next)) {
        m_home.callServer([next](WsServer &server) {
            if (next.hasJoined)
                Q_EMIT server.memberJoined(next.topic, next.member);
            else
                Q_EMIT server.memberLeft(next.topic, next.member);
        });
    }
    const QMutexLocker locker(&m_mutex);
    if (!m_reports.empty())
        emitLater();
}

bool WsMemberReports::take(Report *report)
{
    const QMutexLocker locker(&m_mutex);
    if (m_reports.empty())
        return false;
    *report = std::move(m_reports.front());
    m_reports.pop_front();
    return true;
}
