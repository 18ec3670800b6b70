// SPDX-License-Identifier: MIT
#ifndef WSWALLCLOCK_H
#define WSWALLCLOCK_H

#include <chrono>

// The time of day, which goes on while the machine is suspended. WsClock stands still then. Tests replace it.
class WsWallClock
{
public:
    using Time = std::chrono::system_clock::time_point;
    using Function = Time (*)();

    static Time now() { return s_function ? s_function() : std::chrono::system_clock::now(); }
    // Null restores the real clock. Must not be called while other threads use the clock.
    static void replace(Function function) { s_function = function; }

private:
    static inline Function s_function = nullptr;
};

#endif // WSWALLCLOCK_H
