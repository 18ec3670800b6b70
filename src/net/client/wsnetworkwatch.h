// SPDX-License-Identifier: MIT
#ifndef WSNETWORKWATCH_H
#define WSNETWORKWATCH_H

#include "net/loop/wstime.h"

#include <QtCore/qglobal.h>

#include <chrono>
#include <functional>
#include <memory>

// Tells when the machine is online again, as far as QNetworkInformation knows.
class WsNetworkWatch
{
public:
    using Callback = std::function<void()>;
    using Function = std::shared_ptr<void> (*)(Callback onOnline);

    // From any thread. \a onOnline is called in the thread of the application object, until the result is
    // destroyed; it must not destroy the result. Qt's backend is loaded in that thread by the first call.
    // Without a backend nothing is ever called.
    static std::shared_ptr<void> watch(Callback onOnline);
    // Null restores the real one. Must not be called while other threads use it.
    static void replace(Function function) { s_function = function; }

private:
    static inline Function s_function = nullptr;
};

// Whether the machine was suspended, as arithmetic: the time of day then goes on, and WsClock does not.
class WsSuspendWatch
{
public:
    // What the two clocks may differ by if one of them is set or slewed a little.
    static constexpr std::chrono::seconds Tolerance{5};

    void start(WsTime now, WsWallClock::Time wall);
    // Returns whether it was suspended since the last call.
    bool hasSlept(WsTime now, WsWallClock::Time wall);

private:
    WsTime m_now;
    WsWallClock::Time m_wall;
};

#endif // WSNETWORKWATCH_H
