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

    // Whether a function that was called by a socket is on the stack.
    bool isCalledBySocket() const
    {
        return m_socketCalls > 0;
    }
    // Calls \a action from the event loop, once neither a socket nor a function called by one is on the
    // stack.
    void callAfterSockets(std::function<void()> action);
    // Deletes \a device in this way.
    void retire(QObject *device);

    // Runs these actions now. For a function that was not called by a socket, but has \a calls WsSocketCall
    // objects of its own on the stack.
    void callDeferred(int calls = 0);
    // Calls \a action from the event loop, or from runSoon().
    void callSoon(std::function<void()> action);
    void runSoon();
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

protected:
    bool event(QEvent *event) override;

private:
    friend class WsSocketCall;

    struct Task
    {
        std::function<void()> run;
        const WsTurnMember *owner;
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
    void onSocketCallsEnd();
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
    WsTimeBudget m_workBudget;
    std::deque<WsTurnMember *> m_toWork; // null for members that have left
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
    std::vector<std::function<void()>> m_soon;
    std::vector<std::function<void()>> m_deferred; // until no function called by a socket is on the stack
    int m_socketCalls = 0;
};

// A local variable of each function that is connected to a signal of a socket. A slot that the function calls
// may run an event loop of its own, in which deleteLater() would delete the socket while it is still on the
// stack.
class WsSocketCall
{
public:
    WsSocketCall() : m_context(WsThreadContext::current()) { ++m_context.m_socketCalls; }
    ~WsSocketCall()
    {
        if (--m_context.m_socketCalls == 0 && !m_context.m_deferred.empty())
            m_context.onSocketCallsEnd();
    }
    Q_DISABLE_COPY_MOVE(WsSocketCall)

    WsThreadContext &context() const { return m_context; }

private:
    WsThreadContext &m_context;
};

#endif // WSTHREADCONTEXT_H
