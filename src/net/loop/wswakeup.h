// SPDX-License-Identifier: MIT
#ifndef WSWAKEUP_H
#define WSWAKEUP_H

#include <QtCore/qglobal.h>

#include <atomic>

// Wakes a thread that sleeps in the kernel. A request to one that does not sleep, as from the thread itself,
// is a flag and no system call.
//
// If the process has no descriptor left, a request is no more than that flag: the thread then sleeps in short
// slices and looks at it. After fork() the child shares the parent's descriptor until it calls renew() or
// fallAsleep(), and does not touch it.
class WsWakeUp
{
public:
    // How long a thread sleeps at a time, in ms, if no descriptor can wake it up.
    static constexpr int Slice = 20;
    // \a timeout, in ms, -1 for ever, but not more than a slice.
    static int sliceOf(int timeout) { return timeout < 0 || timeout > Slice ? Slice : timeout; }

    WsWakeUp();
    ~WsWakeUp();
    Q_DISABLE_COPY_MOVE(WsWakeUp)

    // Whether there is a descriptor.
    bool isValid() const { return descriptor() >= 0; }
    // The eventfd that becomes readable when the thread is to wake up, or -1, which poll() ignores: then the
    // caller must not sleep for longer than a slice.
    int descriptor() const { return m_descriptor.load(std::memory_order_relaxed); }

    // From any thread.
    void request();

    // All others from the thread that sleeps. The order is: fallAsleep(), the sleep, take().
    bool isRequested() const { return m_state.load(std::memory_order_acquire) == State::Requested; }
    // Gets a descriptor if there is none, or if it is the one of a parent process. For a thread that is
    // awake.
    void renew();
    // Returns false if it is requested to be awake: then it must not sleep. Renews the descriptor first.
    bool fallAsleep();
    // Returns whether there was a request since the last call; the thread is awake now.
    bool take();
    // Sleeps until descriptor() is readable, for \a timeout ms at most, -1 for ever, and resets it. Returns
    // false if a signal handler ran instead.
    bool wait(int timeout);
    // Resets the descriptor after it has become readable.
    void reset();

private:
    enum class State { Awake, Requested, Asleep };

    bool waitInSlices(int timeout);

    std::atomic<int> m_descriptor = -1;
    std::atomic<unsigned> m_generation = 0; // the process that made the descriptor
    std::atomic<State> m_state = State::Awake;
};

#endif // WSWAKEUP_H
