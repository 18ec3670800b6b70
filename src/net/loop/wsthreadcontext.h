// SPDX-License-Identifier: MIT
#ifndef WSTHREADCONTEXT_H
#define WSTHREADCONTEXT_H

#include "net/loop/wsspare.h"
#include "net/loop/wstimebudget.h"

#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qtimer.h>

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

class WsSocketCall;
class WsTurnMember;
class WsWakeUp;
struct pollfd;

// What all connections of one thread share: the read buffer, one timer for all their deadlines, the flush at
// the end of the current turn of the event loop, and the tasks posted by other threads.
class WsThreadContext : public QObject
{
public:
    // Enough for several messages of the usual sizes, and for a large one in a few reads.
    static constexpr qsizetype ReadSize = 256 * 1024;

    static WsThreadContext &current();
    // The same if it exists, otherwise null.
    static WsThreadContext *currentOrNull() { return s_current; }
    ~WsThreadContext() override;

    // Posts \a task to the thread of the context, from any thread that keeps the context alive. Tasks run in
    // the order in which they are posted. The thread is woken up only once for any number of tasks.
    // takeTasksOf() returns the pending tasks of their \a owner.
    void post(std::function<void()> task, const WsTurnMember *owner = nullptr);
    std::deque<std::function<void()>> takeTasksOf(const WsTurnMember *owner);
    bool hasTasksOf(const WsTurnMember *owner);
    // Runs the tasks that other threads have posted so far, in a thread without an event loop.
    void runTasks() { runTasks(nullptr); }
#ifdef Q_OS_UNIX
    // Waits for \a events, which are those of poll(), on \a descriptor, if it is valid, for at most \a ms, or
    // until another thread posts a task. Returns the events that have occurred.
    short wait(int descriptor, short events, int ms);
    // The same for several descriptors, whose \a entries it completes.
    void wait(std::vector<pollfd> *entries, int ms);
#endif

    // A buffer of ReadSize bytes. The caller gives it back when its content has been processed.
    QByteArray takeReadBuffer();
    void giveReadBuffer(QByteArray buffer);

    // What messages are delivered in.
    WsSpare<QString> spareText;
    WsSpare<QByteArray> spareArray;

    // Increases with each turn of the thread's event loop. A change shows that a slot has run a loop of its
    // own.
    quint64 turn() const
    {
        return m_turn;
    }
    // Called before and after a pump of \a member. Data that a pump keeps for its single write at the end is
    // written earlier if a slot runs an event loop of its own.
    void beginPump(WsTurnMember *member)
    {
        m_pumping.push_back(member);
    }
    void endPump()
    {
        m_pumping.pop_back();
    }

    // The time that reading, inflating and delivering have in a turn, for all connections together. A member
    // that has work left when it is used up continues in the next turn, with scheduleWork().
    WsTimeBudget &workBudget()
    {
        return m_workBudget;
    }

    // Whether there is a WsSocketCall: of anything, or of \a subject.
    bool isCalledBySocket() const
    {
        return m_calls != nullptr;
    }
    bool isOnStack(const void *subject) const;
    // Calls \a action from the event loop, or from runSoon(), once \a subject is not on the stack.
    void callAfter(const void *subject, std::function<void()> action);
    // The same for an action that need not wait for anything.
    void callSoon(std::function<void()> action);
    void runSoon();
    // Deletes \a device from the event loop, once it is not on the stack.
    void retire(QObject *device);
    // \a subject is deleted: another one at the same address is not on the stack.
    void forget(const void *subject);

    // For WsTurnMember::onThreadEnd(): calls \a action after onThreadEnd() of all members.
    static void callAtThreadEnd(std::function<void()> action);
    // Adds \a member, whose onThreadEnd() is called when the thread ends.
    void add(WsTurnMember *member);
    // Removes a member that leaves the thread.
    void remove(WsTurnMember *member);
    void scheduleFlush(WsTurnMember *member);
    // Calls onWork() of \a member in a later turn: after the members that wait already, or before them.
    enum class Order : quint8 { Last, First };
    void scheduleWork(WsTurnMember *member, Order order = Order::Last);
    // Calls onCheck() of \a member at \a time, or earlier if an earlier time is scheduled.
    void scheduleCheck(WsTurnMember *member, WsTime time);
    // Cancels all three.
    void unschedule(WsTurnMember *member);
    // If the thread has no event loop, onLoopBegin() of all members is called once it has.
    void awaitLoop();
    // Calls onCheck() of all members whose time has come.
    void runChecks();
    // In a thread without an event loop, which may never call the above: calls onCheck() of \a member, which
    // may not have anything to do yet.
    void runCheckOf(WsTurnMember *member);

protected:
    bool event(QEvent *event) override;

private:
    friend class WsSocketCall;

    struct Task
    {
        std::function<void()> run;
        const WsTurnMember *owner;
    };
    struct LaterAction
    {
        const void *subject; // that is not on the stack when it is called; null: none
        std::function<void()> run;
    };

    static constinit thread_local WsThreadContext *s_current;

    WsThreadContext();
    static void onApplicationEnd();
    void watchDispatcher();
#ifdef Q_OS_UNIX
    void pollAndWake(pollfd *entries, size_t count, int ms);
#endif
    void onLoopEvent();
    void onTasksEvent();
    void runTasks(WsTimeBudget *budget);
    bool takeTask(std::function<void()> *task);
    void onCallEnd();
    void onSoonEvent();
    void postSoonEvent();
    bool takeSoon(std::function<void()> *action);
    void beginTurn();
    void flushAll();
    void postWorkEvent();
    void workOn();
    void startTimer();

    QByteArray m_readBuffer;
    quint64 m_turn = 0;
    const QObject *m_dispatcher = nullptr; // whose turns are counted; must not be dereferenced
    bool m_isLoopAwaited = false;
    WsTurnMember *m_members = nullptr; // a list
    std::vector<WsTurnMember *> m_toFlush;
    std::vector<WsTurnMember *> m_flushing;
    bool m_isFlushEventPosted = false;
    WsTimeBudget m_workBudget;
    std::deque<WsTurnMember *> m_toWork;
    bool m_isWorkEventPosted = false;
    std::vector<WsTurnMember *> m_pumping; // nested, the innermost last; null for members that have left
    std::set<std::pair<WsTime, WsTurnMember *>> m_checks;
    QTimer m_timer;
    WsTime m_timerTime = WsTime::max();
    QMutex m_taskMutex;
    std::deque<Task> m_tasks;
    bool m_isTasksEventPosted = false; // guarded by m_taskMutex
#ifdef Q_OS_LINUX
    std::unique_ptr<WsWakeUp> m_wakeUp; // created by wait(); guarded by m_taskMutex
#endif
    std::deque<LaterAction> m_soon;
    bool m_isSoonEventPosted = false;
    bool m_isCallEndAwaited = false; // by an action whose subject was on the stack
    WsSocketCall *m_calls = nullptr; // on the stack, the innermost first
};

// A local variable of each function that a socket calls, directly or through its transport, or that calls the
// application in the place of one. Its subject is what must not be deleted, closed or moved meanwhile,
// although a slot that the function calls may run an event loop of its own: Qt continues to use a socket
// after it has emitted a signal.
class WsSocketCall
{
public:
    explicit WsSocketCall(const void *subject)
        : m_context(WsThreadContext::current()), m_subject(subject), m_outer(m_context.m_calls)
    {
        m_context.m_calls = this;
    }
    ~WsSocketCall()
    {
        m_context.m_calls = m_outer;
        if (m_context.m_isCallEndAwaited)
            m_context.onCallEnd();
    }
    Q_DISABLE_COPY_MOVE(WsSocketCall)

    WsThreadContext &context() const { return m_context; }

private:
    friend class WsThreadContext;

    WsThreadContext &m_context;
    const void *m_subject; // null once it is deleted
    WsSocketCall *const m_outer;
};

#endif // WSTHREADCONTEXT_H
