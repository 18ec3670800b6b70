// SPDX-License-Identifier: MIT
#ifndef WSBUFFERTOTAL_H
#define WSBUFFERTOTAL_H

#include <QtCore/qglobal.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>

// How many bytes all connections of a server have queued together, and the limit of that. Connections add
// what has changed for them, but only while there is a limit; all threads use it.
class WsBufferTotal
{
public:
    // 0 is no limit.
    void setLimit(qint64 limit) { m_limit.store(limit, std::memory_order_relaxed); }
    qint64 limit() const { return m_limit.load(std::memory_order_relaxed); }
    bool isLimited() const { return limit() > 0; }

    void add(qint64 more) { m_amount.fetch_add(more, std::memory_order_relaxed); }
    qint64 amount() const { return m_amount.load(std::memory_order_relaxed); }
    bool isExceeded() const { return isLimited() && amount() > limit(); }
    // Adds \a more, unless others have something queued and the limit would be exceeded.
    bool tryAdd(qint64 more)
    {
        qint64 before = amount();
        do {
            if (isLimited() && before > 0 && before + more > limit())
                return false;
        } while (!m_amount.compare_exchange_weak(before, before + more, std::memory_order_relaxed));
        return true;
    }

    // A connection begins, or ends, to have something queued.
    void countWaiting(int more) { m_waiting.fetch_add(more, std::memory_order_relaxed); }

    // How many bytes a connection that has \a own already may have with a message to many of \a size bytes.
    // Half of the limit is for everybody. Beyond that, those that have something already share the half, so
    // that the others have room.
    qint64 shareFor(qint64 own, qint64 size) const
    {
        const qint64 half = limit() / 2;
        if (own <= 0 || amount() + size <= half)
            return std::numeric_limits<qint64>::max();
        return half / std::max(m_waiting.load(std::memory_order_relaxed), 1);
    }

    // Returns null if somebody looks for the slowest connections already. Ends when the result is destroyed.
    static std::shared_ptr<void> beginLook(const std::shared_ptr<WsBufferTotal> &total)
    {
        if (total->m_isLooking.exchange(true))
            return nullptr;
        return {static_cast<void *>(total.get()), [total](void *) { total->m_isLooking = false; }};
    }

private:
    std::atomic<qint64> m_limit{0};
    std::atomic<qint64> m_amount{0};
    std::atomic<int> m_waiting{0};
    std::atomic<bool> m_isLooking{false};
};

#endif // WSBUFFERTOTAL_H
