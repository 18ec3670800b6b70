// SPDX-License-Identifier: MIT
#ifndef WSWAKEUP_H
#define WSWAKEUP_H

#include <QtCore/qglobal.h>

#include <atomic>

// Wakes a thread that sleeps in the kernel. A request to one that does not, as from the thread itself, is a
// flag and no system call.
class WsWakeUp
{
public:
    WsWakeUp();
    ~WsWakeUp();
    Q_DISABLE_COPY_MOVE(WsWakeUp)

    // The eventfd that becomes readable when the thread is to wake up.
    int descriptor() const { return m_descriptor; }

    // From any thread.
    void request();

    // All others from the thread that sleeps. The order is: fallAsleep(), the sleep, take().
    bool isRequested() const { return m_state.load(std::memory_order_acquire) == State::Requested; }
    // Returns false if it is requested to be awake: then it must not sleep.
    bool fallAsleep();
    // Returns whether there was a request since the last call; the thread is awake now.
    bool take();
    // Sleeps until descriptor() is readable, for \a timeout ms at most, -1 for ever, and resets it. Returns
    // false when a signal handler ran instead.
    bool wait(int timeout);

private:
    enum class State { Awake, Requested, Asleep };

    int m_descriptor;
    std::atomic<State> m_state = State::Awake;
};

#endif // WSWAKEUP_H
