// SPDX-License-Identifier: MIT
#ifndef WSCOUNTERS_H
#define WSCOUNTERS_H

#include <WsKit/wsstatistics.h>

#include <atomic>

// A number that one thread writes and any reads.
class WsCounter
{
public:
    explicit WsCounter(qint64 value = 0) : m_value(value) { }

    void add(qint64 more) { set(value() + more); }
    // If more than one thread writes, which then all do so.
    void addFromAnyThread(qint64 more) { m_value.fetch_add(more, std::memory_order_relaxed); }
    void set(qint64 value) { m_value.store(value, std::memory_order_relaxed); }
    qint64 value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<qint64> m_value;
};

// WsStatistics while they are counted.
struct WsCounters
{
    WsCounter messagesSent;
    WsCounter messagesReceived;
    WsCounter payloadBytesSent;
    WsCounter payloadBytesReceived;
    WsCounter wireBytesSent;
    WsCounter wireBytesReceived;
    WsCounter messagesSkipped; // any thread writes
    WsCounter roundTripUs{WsStatistics().roundTripUs};

    void reset();
    WsStatistics statistics() const;
};

#endif // WSCOUNTERS_H
