// SPDX-License-Identifier: MIT

// The limit of what all connections of a server have queued together.

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserverhome.h"

#include <algorithm>
#include <utility>

void WsServerThread::onTotalExceeded()
{
    std::shared_ptr<void> look = WsBufferTotal::beginLook(home().bufferTotal);
    if (!look)
        return;
    (void)post([self = shared_from_this(), look = std::move(look)]() mutable {
        look.reset(); // before the amounts are read: what others add from then on is reported again
        self->home().cutSlowest();
    });
}

void WsServerThread::collectQueued(std::vector<WsQueuedAmount> *amounts) const
{
    const QMutexLocker locker(&m_sharedMutex);
    for (const WsConnection *connection : m_open.all()) {
        const WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        if (const qint64 amount = d.sending.waitingAmount(); amount > 0)
            amounts->push_back({amount, d.id});
    }
}

void WsServerThread::cutSlow(const std::vector<quint64> &ids) const
{
    const QMutexLocker locker(&m_sharedMutex);
    for (WsConnection *connection : m_open.all()) {
        WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        if (std::binary_search(ids.begin(), ids.end(), d.id))
            d.sending.cutLater();
    }
}

void WsServerThread::countQueued()
{
    for (WsConnection *connection : m_open.all())
        WsConnectionPrivate::of(connection)->sending.noteAmount();
}

void WsServerHome::setMaxTotalBufferedAmount(qint64 limit)
{
    bufferTotal->setLimit(limit);
    if (limit == 0)
        return;
    const QReadLocker locker(&m_moveLock);
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        thread->run([thread] { thread->countQueued(); });
    countQueued();
    if (bufferTotal->isExceeded()) // by what was counted before, with a higher limit
        onTotalExceeded();
}

void WsServerHome::cutSlowest() const
{
    const qint64 excess = bufferTotal->amount() - bufferTotal->limit();
    if (!bufferTotal->isExceeded())
        return;
    const QReadLocker locker(&m_moveLock);
    const std::shared_ptr<const WsServerThreads> others = threads();
    std::vector<WsQueuedAmount> amounts;
    for (const auto &thread : *others)
        thread->collectQueued(&amounts);
    collectQueued(&amounts);
    std::sort(amounts.begin(), amounts.end(),
              [](const WsQueuedAmount &a, const WsQueuedAmount &b) { return a.amount > b.amount; });
    std::vector<quint64> ids;
    qint64 freed = 0;
    for (auto next = amounts.begin(); next != amounts.end() && freed < excess; ++next) {
        freed += next->amount;
        ids.push_back(next->id);
    }
    std::sort(ids.begin(), ids.end());
    for (const auto &thread : *others)
        thread->cutSlow(ids);
    cutSlow(ids);
}
