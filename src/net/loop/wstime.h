// SPDX-License-Identifier: MIT
#ifndef WSTIME_H
#define WSTIME_H

#include <chrono>

using WsTime = std::chrono::steady_clock::time_point;

// The clock of all deadlines and round-trip times. Tests replace it.
class WsClock
{
public:
    using Function = WsTime (*)();

    static WsTime now() { return s_function ? s_function() : std::chrono::steady_clock::now(); }
    // Null restores the real clock. Must not be called while other threads use the clock.
    static void replace(Function function) { s_function = function; }

private:
    static inline Function s_function = nullptr;
};

#endif // WSTIME_H
