// SPDX-License-Identifier: MIT
#ifndef FAKECLOCK_H
#define FAKECLOCK_H

#include "net/loop/wsthreadcontext.h"

// As long as it lives time passes only by advance(). One at a time.
class FakeClock
{
public:
    FakeClock()
    {
        s_now = WsTime(std::chrono::hours(1));
        WsClock::replace([] { return s_now; });
    }
    ~FakeClock() { WsClock::replace(nullptr); }
    Q_DISABLE_COPY_MOVE(FakeClock)

    // Lets \a time pass, and has all that is due by then happen.
    static void advance(std::chrono::milliseconds time)
    {
        pass(time);
        WsThreadContext::current().runChecks();
    }
    // Lets \a time pass in a thread that is too busy to notice.
    static void pass(std::chrono::milliseconds time) { s_now += time; }

private:
    static inline WsTime s_now;
};

#endif // FAKECLOCK_H
