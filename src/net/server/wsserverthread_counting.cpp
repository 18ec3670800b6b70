// SPDX-License-Identifier: MIT

// What a server's thread counts and logs of its connections.

#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/server/wsaccesslog.h"

void WsServerThread::countOpened(WsConnection *connection)
{
    using std::chrono::microseconds;
    const WsTime::duration time = WsClock::now() - WsConnectionPrivate::of(connection)->acceptedAt;
    const QMutexLocker locker(&m_sharedMutex);
    m_open.add(connection);
    ++m_openCount;
    tally.addOpened(std::chrono::duration_cast<microseconds>(time));
}

namespace {
// A connection that is deleted while it is open says goodbye.
quint16 closeCodeOf(const WsConnectionPrivate &connection)
{
    switch (connection.life.state()) {
    case Ws::Closed:
        return connection.life.ending().code;
    case Ws::Open:
        return Ws::GoingAway;
    default:
        return Ws::Abnormal;
    }
}
} // namespace

// With the lock, so that no statistics see it neither as open nor as ended.
void WsServerThread::countEnd(const WsConnection *connection, bool wasOpen)
{
    const WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    std::optional<quint16> closeCode;
    if (wasOpen)
        closeCode = closeCodeOf(d);
    tally.addEnded(d.counters.statistics(), closeCode);
}

void WsServerThread::logEnd(const WsConnectionPrivate &connection)
{
    wsLogAccess(connection, closeCodeOf(connection));
}

void WsServerThread::addStatistics(WsServerStatistics *to) const
{
    const QMutexLocker locker(&m_sharedMutex);
    tally.addTo(to);
    to->connections += int(m_open.all().size());
    for (const WsConnection *connection : m_open.all()) {
        const WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        wsAddStatistics(to, d.counters.statistics());
        to->bufferedAmount += d.sending.waitingAmount();
    }
    m_subscriptions.addCounts(&to->subscribers);
}
