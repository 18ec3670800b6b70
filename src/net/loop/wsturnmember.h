// SPDX-License-Identifier: MIT
#ifndef WSTURNMEMBER_H
#define WSTURNMEMBER_H

#include "net/loop/wstime.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

class WsThreadContext;

// An object that the event loop of its thread calls. Other threads can post tasks to it wherever it lives,
// also while it moves from one thread to another. post() reports whether its thread has ended.
//
// A move has three steps: depart() in the old thread, release() once none of its functions is on the stack
// there, and arrive() in the new thread. Tasks that are posted meanwhile wait and keep their order.
class WsTurnMember
{
public:
    Q_DISABLE_COPY_MOVE(WsTurnMember)

    // The context of its thread. Null while it moves, and after its thread has ended.
    WsThreadContext *context() const { return m_context.load(std::memory_order_relaxed); }
    // Whether the current thread may use it. Completes a move to this thread.
    bool isOwnThread() const;
    // The same, but false during a move, which it does not complete. It may be called with Qt's locks held.
    bool isSettledHere() const;
    // The same, but false as long as tasks wait that have moved to this thread with it. The caller then posts
    // what it is about to do, so that it does not overtake what this thread has posted before the move.
    bool isInOrder() const;
    bool hasThreadEnded() const;

    // Posts \a task to its thread, from any thread. Tasks run in the order in which they are posted. Returns
    // false and drops the task if the thread has ended. The task is also dropped if the member is destroyed
    // first.
    bool post(std::function<void()> task);

    // In its thread:
    // When onCheck() is called at the latest; WsTime::max() if no time is scheduled.
    WsTime scheduledCheck() const { return m_scheduledCheck; }
    void depart();
    void release();
    void arrive();
    // Removes it from the thread's lists. Destructors call it while the virtual functions still exist.
    void leaveThread();

    // Whether \a event, which \a object has received, completes a move. If so, isOwnThread() must be called.
    static bool isArrival(QObject *object, QEvent *event);

    // Guards values that its own thread writes and other threads read.
    QMutex &mutex() const { return m_mutex; }

    // Called at the end of a turn of the event loop: writes queued data.
    virtual void onTurnEnd() = 0;
    // Called after scheduleWork(), when its turn has come: continues with its work.
    virtual void onWork() { }
    // Called for a turn of an event loop that a slot runs while a pump is on the stack. Must not emit
    // anything.
    virtual void onNestedTurn() = 0;
    // Called when the thread, which had no event loop before, has one. Must not emit anything.
    virtual void onLoopBegin() { }
    // Called when a scheduled time has come.
    virtual void onCheck(WsTime now) = 0;
    // Called in the new thread after a move, by whatever calls the member there first. Must not emit
    // anything.
    virtual void onArrived() = 0;
    // Called after that, as the first task there; not in its first thread.
    virtual void onSettled() { }
    // Called when the thread, which is still the current one, is about to end. Must not emit anything.
    virtual void onThreadEnd() = 0;

protected:
    // The member lives in the thread of \a object, which is the current one. Without an object, only others
    // move it.
    explicit WsTurnMember(QObject *object) : m_object(object) { }
    ~WsTurnMember();

    void setObject(QObject *object) { m_object = object; }

private:
    friend class WsThreadContext;

    enum class Place : quint8 { Here, Departing, Released, Ended };
    using Tasks = std::deque<std::function<void()>>;

    static QEvent::Type arrivalEvent();
    bool isHereAfterMove() const;
    bool isInOrderAfterMove() const;
    void wakeUp();
    void endThread();

    std::atomic<WsThreadContext *> m_context{nullptr};
    // The same, but null as long as tasks that have moved along wait.
    mutable std::atomic<WsThreadContext *> m_orderedContext{nullptr};
    mutable QMutex m_mutex;
    QObject *m_object;
    std::unique_ptr<Tasks> m_waiting; // posted while it moves; guarded by m_mutex
    WsTurnMember *m_previous = nullptr;
    WsTurnMember *m_next = nullptr;
    WsTime m_scheduledCheck = WsTime::max();
    mutable quint32 m_taskCount = 0; // how many the context has of it; guarded by a mutex of that
    Place m_place = Place::Released; // guarded by m_mutex
    bool m_hasDeparted = false;      // the same
    bool m_isFlushScheduled = false;
    bool m_isWorkScheduled = false;
};

#endif // WSTURNMEMBER_H
