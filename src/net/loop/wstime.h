// SPDX-License-Identifier: MIT
#ifndef WSTIME_H
#define WSTIME_H

#include <atomic>
#include <chrono>

// A clock that tests replace.
template <typename Clock>
class WsReplaceableClock
{
public:
    using Time = typename Clock::time_point;
    using Function = Time (*)();

    static Time now()
    {
        const Function function = s_function.load(std::memory_order_relaxed);
        return function ? function() : Clock::now();
    }
    // Null restores the real clock.
    static void replace(Function function) { s_function = function; }

private:
    static inline std::atomic<Function> s_function = nullptr;
};

// The clock of all deadlines and round-trip times.
using WsClock = WsReplaceableClock<std::chrono::steady_clock>;
using WsTime = WsClock::Time;

// The time of day, which goes on while the machine is suspended. WsClock stands still then.
using WsWallClock = WsReplaceableClock<std::chrono::system_clock>;

#endif // WSTIME_H
