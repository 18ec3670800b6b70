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

// What the loop of a thread calls, and what ties it to that thread: other threads post tasks to it wherever
// it lives, also while it moves from one thread to another, and are told if its thread has ended.
//
// A move has three steps: depart() in the old thread, release() once nothing of it is on a stack there any
// more, arrive() in the new one. What is posted meanwhile waits and keeps its order.
class WsTurnMember
{
public:
    Q_DISABLE_COPY_MOVE(WsTurnMember)

    // The context of its thread. Null while it moves and after its thread has ended.
    WsThreadContext *context() const { return m_context.load(std::memory_order_relaxed); }
    // Whether the current thread may work it. Completes a move to this thread.
    bool isOwnThread() const;
    bool hasThreadEnded() const;

    // From any thread: has its thread call \a task, in the order of the calls. Returns false, and drops the
    // task, if the thread has ended. The task is dropped as well if the member is destroyed first.
    bool post(std::function<void()> task);

    // In its thread:
    void depart();
    void release();
    void arrive();
    // Takes it out of the thread's lists. Destructors call it while the virtual functions are still there.
    void leaveThread();

    // Whether \a event, which \a object got, is the one that completes a move: then isOwnThread() is to be
    // called.
    static bool isArrival(QObject *object, QEvent *event);

    // Guards what the own thread writes and others read.
    QMutex &mutex() const { return m_mutex; }

    // The end of a turn of the event loop: writes what waits.
    virtual void onTurnEnd() = 0;
    // Its turn has come to go on with what it has to do.
    virtual void onWork() { }
    // A turn of an event loop that a slot runs while a pump is on the stack. Nothing may be emitted.
    virtual void onNestedTurn() = 0;
    // A time that was scheduled has come.
    virtual void onCheck(WsTime now) = 0;
    // In the new thread, after a move: from within any first call there, so that nothing may be emitted,
    virtual void onArrived() = 0;
    // and as the first task there.
    virtual void onSettled() { }
    // The thread is about to end; it is the current one still. Nothing may be emitted.
    virtual void onThreadEnd() = 0;

protected:
    // It lives in the thread of \a object, which is the current one. Without an object it is moved by others
    // alone.
    explicit WsTurnMember(QObject *object) : m_object(object) { }
    ~WsTurnMember();

    void setObject(QObject *object) { m_object = object; }

private:
    friend class WsThreadContext;

    enum class Place : quint8 { Here, Departing, Released, Ended };
    using Tasks = std::deque<std::function<void()>>;

    static QEvent::Type arrivalEvent();
    bool isHereAfterMove() const;
    void wakeUp();
    void endThread();

    std::atomic<WsThreadContext *> m_context{nullptr};
    mutable QMutex m_mutex;
    QObject *m_object;
    std::unique_ptr<Tasks> m_waiting; // posted while it moves; with the lock
    WsTurnMember *m_previous = nullptr;
    WsTurnMember *m_next = nullptr;
    WsTime m_scheduledCheck = WsTime::max();
    Place m_place = Place::Released; // with the lock
    bool m_isFlushScheduled = false;
    bool m_isWorkScheduled = false;
};

#endif // WSTURNMEMBER_H
