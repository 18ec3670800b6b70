// SPDX-License-Identifier: MIT
#ifndef WSBACKOFF_H
#define WSBACKOFF_H

#include "net/loop/wstime.h"

#include <WsKit/wsreconnect.h>

#include <chrono>
#include <optional>

// How long a client waits before it is opened again, as arithmetic: callers pass the time and random numbers
// in.
class WsBackOff
{
public:
    // The number of the attempt that follows an end, from 1 on. It begins anew after a connection that was
    // stable.
    int nextAttempt() const { return m_attempts + 1; }
    void reset();
    // The connection has opened, and has ended: it was stable if it was open for \a stableAfter.
    void onOpened(WsTime now) { m_openSince = now; }
    void onEnded(WsTime now, std::chrono::milliseconds stableAfter);
    // Counts an attempt.
    void onAttempt() { ++m_attempts; }

    // The delay before the attempt with this number; \a random is at least 0 and less than 1.
    static std::chrono::milliseconds delay(const WsReconnect &settings, int attempt, double random);
    // The same, but at least as long as the server has asked for with Retry-After. All its clients may have
    // been asked for the same, so a random part is added to this too.
    static std::chrono::milliseconds delayAfter(const WsReconnect &settings, int attempt, double random,
                                                std::optional<std::chrono::seconds> retryAfter);

private:
    std::optional<WsTime> m_openSince;
    int m_attempts = 0; // since the last stable connection
};

#endif // WSBACKOFF_H
