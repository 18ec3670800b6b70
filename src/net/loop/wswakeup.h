// SPDX-License-Identifier: MIT
#ifndef WSWAKEUP_H
#define WSWAKEUP_H

#include <QtCore/qglobal.h>

#include <atomic>

// Wakes up a thread that sleeps in the kernel. If the thread does not sleep, for example because it makes the
// request itself, a request only sets a flag, without a system call.
//
// If the process has no descriptor left, a request only sets the flag, and the thread sleeps in short slices
// and checks it. After fork() the child shares the parent's descriptor until it calls renew() or
// fallAsleep(), but does not use it.
class WsWakeUp
{
public:
    // The longest time that a thread sleeps, in ms, if no descriptor can wake it up.
    static constexpr int Slice = 20;
    // Returns \a timeout in ms, -1 meaning no limit, reduced to a slice if it is longer.
    static int sliceOf(int timeout) { return timeout < 0 || timeout > Slice ? Slice : timeout; }

    WsWakeUp();
    ~WsWakeUp();
    Q_DISABLE_COPY_MOVE(WsWakeUp)

    // Whether there is a descriptor.
    bool isValid() const { return descriptor() >= 0; }
    // The eventfd that becomes readable when the thread must wake up. If it is -1, which poll() ignores, the
    // caller must not sleep for longer than a slice.
    int descriptor() const { return m_descriptor.load(std::memory_order_relaxed); }

    // From any thread.
    void request();

    // All other functions must be called by the thread that sleeps. The order is fallAsleep(), the sleep,
    // take().
    bool isRequested() const { return m_state.load(std::memory_order_acquire) == State::Requested; }
    // Creates a descriptor if there is none, or if it belongs to a parent process. The thread must be awake.
    void renew();
    // Returns false if there is a request: the thread must not sleep then. Renews the descriptor first.
    bool fallAsleep();
    // Returns whether there has been a request since the last call. The thread counts as awake afterwards.
    bool take();
    // Sleeps until descriptor() is readable, for at most \a timeout ms, -1 meaning no limit, and resets it.
    // Returns false if a signal handler interrupted it.
    bool wait(int timeout);
    // Resets the descriptor after it has become readable.
    void reset();

private:
    enum class State { Awake, Requested, Asleep };

    bool waitInSlices(int timeout);

    std::atomic<int> m_descriptor = -1;
    std::atomic<unsigned> m_generation = 0; // identifies the process that created the descriptor
    std::atomic<State> m_state = State::Awake;
};

#endif // WSWAKEUP_H
