// SPDX-License-Identifier: MIT
#ifndef WSRATELIMIT_H
#define WSRATELIMIT_H

#include "net/loop/wstime.h"

#include <WsKit/ws.h>

#include <QtCore/qstring.h>

#include <chrono>

// How much the peer of a connection may send in a second; 0 means no limit.
struct WsRates
{
    int messages = 0;
    qint64 bytes = 0;
    Ws::RateLimitPolicy policy = Ws::SlowDown;

    bool isNone() const { return messages == 0 && bytes == 0; }
    bool operator==(const WsRates &other) const = default;
};

// A token bucket that holds what is allowed in one second, as the time that it takes to fill again.
class WsTokenBucket
{
public:
    static constexpr std::chrono::nanoseconds Burst = std::chrono::seconds(1);

    void setRate(qint64 perSecond);
    bool isLimited() const { return m_rate > 0; }
    // How many tokens are there.
    qint64 available(WsTime now) const;
    // Whether there are \a count tokens, with those of addTime().
    bool has(WsTime now, qint64 count) const;
    // Takes them, even if there are fewer.
    void take(WsTime now, qint64 count);
    // When there will be enough to go on: for at least a twentieth of a second, so that the timers of a
    // connection that is slowed down do little.
    WsTime worthWaiting() const;
    // The bucket need not have been full between \a begin and \a now: there is more in it than the burst.
    void addTime(WsTime begin, WsTime now);
    // Back to the burst at most.
    void forgetTime(WsTime now);

private:
    std::chrono::nanoseconds used(WsTime now) const;
    std::chrono::nanoseconds cost(qint64 count) const;

    WsTime m_fullAt = WsTime::min();
    std::chrono::nanoseconds m_extra{0};
    qint64 m_rate = 0;
};

// The limits of WsOptions::maxMessagesPerSecond and maxBytesPerSecond as arithmetic: callers pass the time
// in.
//
// With Ws::SlowDown the peer is held back once a bucket is empty, until next(). With Ws::Disconnect nothing
// is held back, but what does not fit is an excess.
class WsRateLimit
{
public:
    enum class Excess : quint8 { None, Messages, Bytes };

    explicit WsRateLimit(const WsRates &rates) { setRates(rates); }

    // What was taken before still counts, and nothing is held back until more is.
    void setRates(const WsRates &rates);
    const WsRates &rates() const { return m_rates; }
    // For a new opening.
    void restart();

    // How many bytes may be read at once, of those that are \a wanted: at least 1.
    qint64 readable(WsTime now, qint64 wanted) const;
    // So many bytes were read. \a isShort: the system had no more.
    void takeBytes(WsTime now, qint64 count, bool isShort);
    void takeMessage(WsTime now);
    // This side does not read, or is late. What the peer sends in the meantime arrives at once afterwards,
    // and is no excess.
    void noteUnread(WsTime now);

    // Of Ws::SlowDown: whether anything is held back, or even what was read before.
    bool isHeld() const { return holdsMessages() || m_bytesUntil != None; }
    bool holdsMessages() const { return m_messagesUntil != None; }
    // When to look() again; WsTime::max() if nothing is held back.
    WsTime next() const;
    // Ends what is over. Returns whether anything was.
    bool look(WsTime now);

    // Of Ws::Disconnect.
    Excess excess() const { return m_excess; }
    // Why, with the name of the limit and its value.
    QString text(Excess excess) const;

private:
    static constexpr WsTime None = WsTime::min();

    void endUnread(WsTime now);
    bool slowsDown() const { return m_rates.policy == Ws::SlowDown; }

    WsRates m_rates;
    WsTokenBucket m_messages;
    WsTokenBucket m_bytes;
    WsTime m_messagesUntil = None;
    WsTime m_bytesUntil = None;
    WsTime m_unreadSince = None;
    Excess m_excess = Excess::None;
    bool m_wasShort = false; // the last read has left nothing
};

#endif // WSRATELIMIT_H
