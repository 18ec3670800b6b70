// SPDX-License-Identifier: MIT
#ifndef FAKECLOCK_H
#define FAKECLOCK_H

#include "net/loop/wsthreadcontext.h"

// As long as it lives time passes only by advance(). One at a time, whose time all threads see.
class FakeClock
{
public:
    FakeClock()
    {
        s_now = nanoseconds(std::chrono::hours(1));
        WsClock::replace([] { return time(s_now += s_step); });
        WsThreadContext::current().workBudget().restart(); // it may have begun by another clock
    }
    ~FakeClock()
    {
        s_step = 0;
        WsClock::replace(nullptr);
        WsThreadContext::current().workBudget().restart();
    }
    Q_DISABLE_COPY_MOVE(FakeClock)

    // Lets \a time pass, and has all that is due by then happen.
    static void advance(std::chrono::milliseconds time)
    {
        pass(time);
        WsThreadContext::current().workBudget().restart(); // in another turn of the event loop
        WsThreadContext::current().runChecks();
    }
    // Lets \a time pass in a thread that is too busy to notice.
    static void pass(std::chrono::microseconds time) { s_now += nanoseconds(time); }
    static WsTime now() { return time(s_now); }
    // Lets \a time pass whenever somebody looks at the clock.
    static void setStep(std::chrono::microseconds time) { s_step = nanoseconds(time); }

private:
    static qint64 nanoseconds(std::chrono::nanoseconds time) { return time.count(); }
    static WsTime time(qint64 nanoseconds) { return WsTime(std::chrono::nanoseconds(nanoseconds)); }

    static inline std::atomic<qint64> s_now;
    static inline std::atomic<qint64> s_step;
};

#endif // FAKECLOCK_H
