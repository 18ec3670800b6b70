// SPDX-License-Identifier: MIT
#ifndef WSSENDLIMIT_H
#define WSSENDLIMIT_H

#include "net/loop/wstime.h"

#include <QtCore/qglobal.h>
#include <QtCore/qstring.h>

#include <chrono>

// How much of what is sent the peer has taken.
struct WsSendProgress
{
    qint64 taken = 0;   // by the peer, counted from anywhere: only differences matter
    qint64 waiting = 0; // what the peer has not taken yet, in this process and in the system
};

// How long a peer may take nothing of what waits for it. Every time limit that bytes can extend is one of
// these, as arithmetic: callers pass the time and the progress in.
//
// Progress is checked a few times within the limit, and only while something waits, so that writing costs
// nothing more.
class WsSendLimit
{
public:
    // Any: a peer may be as slow as it likes. Minimal: on average it has to take MinRate.
    enum class Rate : unsigned char { Any, Minimal };
    enum class Verdict : unsigned char { InTime, Stalled, TooSlow };

    static constexpr qint64 MinRate = 1024; // bytes a second
    // An amount that fits into a control frame, also with TLS, does not count as waiting. It is sent as soon
    // as it is written.
    static constexpr qint64 Negligible = 256;
    // If a check comes later than this, the thread was busy, and may not have read and written what it could
    // have. It then gets this much more time to do so.
    static constexpr std::chrono::milliseconds Grace{1000};

    // A \a timeout of 0 means never.
    void start(WsTime now, std::chrono::milliseconds timeout, Rate rate = Rate::Any,
               const WsSendProgress &progress = {});
    std::chrono::milliseconds timeout() const { return m_timeout; }
    // When check() has something to do; WsTime::max() for never.
    WsTime next() const { return m_next; }
    // Starts another limit; what the peer has taken so far is kept.
    void setTimeout(WsTime now, std::chrono::milliseconds timeout);
    Verdict check(WsTime now, const WsSendProgress &progress = {});

private:
    void renew(WsTime now);
    void arm(WsTime now);
    bool isGraceDue(WsTime now);

    WsTime m_next = WsTime::max();
    WsTime m_limit = WsTime::max();
    WsTime m_start;
    std::chrono::milliseconds m_timeout{0};
    qint64 m_takenAtStart = 0;
    qint64 m_taken = 0; // at the last look
    Rate m_rate = Rate::Any;
    bool m_isBehind = false; // at the last look
    bool m_isRateLimited = false;
    bool m_hadGrace = false;
};

// \a time plus \a wait, or never if \a wait is 0 or the clock does not reach so far.
WsTime wsTimeAfter(WsTime time, std::chrono::milliseconds wait);

// The text of an error: how much was "still queued", and the \a name of the option that sets the limit.
QString wsSendLimitText(const char *name, std::chrono::milliseconds timeout, WsSendLimit::Verdict verdict,
                        qint64 waiting);
// "5 s", "250 ms"
QString wsTimeText(std::chrono::milliseconds time);

#endif // WSSENDLIMIT_H
