// SPDX-License-Identifier: MIT
#ifndef WSTHREADCONTEXT_H
#define WSTHREADCONTEXT_H

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

// What all connections of one thread share: the buffer that is read into, one timer for all their
// deadlines, the flush at the end of the current turn of the event loop, and the tasks of other threads.
class WsThreadContext : public QObject
{
public:
    // Enough for several messages of the usual sizes, and for a large one in a few reads.
    static constexpr qsizetype ReadSize = 256 * 1024;

    static WsThreadContext &current();
    // The same where it has been made, else null.
    static WsThreadContext *currentOrNull() { return s_current; }
    ~WsThreadContext() override;

    // From any thread that keeps the context: has its thread call \a task, in the order of the calls. However
    // many there are, it is woken up once. Whoever is their \a owner can take them back.
    void post(std::function<void()> task, const WsTurnMember *owner = nullptr);
    std::deque<std::function<void()>> takeTasksOf(const WsTurnMember *owner);
    // What other threads have asked for so far, where no event loop does it.
    void runTasks() { runTasks(nullptr); }
#ifdef Q_OS_UNIX
    // Waits for \a events, as poll() has them, of \a descriptor, if it is one, for at most \a ms; less where
    // another thread posts something. Returns what there is of them.
    short wait(int descriptor, short events, int ms);
#endif

    // ReadSize bytes to read into; to be given back when they are used up.
    QByteArray takeReadBuffer();
    void giveReadBuffer(QByteArray buffer);

    // Grows with each turn of the thread's event loop: tells whether a slot ran a loop of its own.
    quint64 turn() const
    {
        return m_turn;
    }
    // Between the two a pump of \a member is on the stack: what it holds for its one write at the end leaves
    // earlier if a slot runs a loop of its own.
    void beginPump(WsTurnMember *member)
    {
        m_pumping.push_back(member);
    }
    void endPump()
    {
        m_pumping.pop_back();
    }

    // The time that reading, inflating and delivering have in a turn, of all connections together. Whoever
    // has something left when it is used up goes on in the next turn: scheduleWork().
    WsTimeBudget &workBudget()
    {
        return m_workBudget;
    }

    // Whether a function that a socket has called is on the stack.
    bool isCalledBySocket() const
    {
        return m_socketCalls > 0;
    }
    // Calls \a action from the event loop, once nothing that sockets have called is on the stack, nor a
    // socket.
    void callAfterSockets(std::function<void()> action);
    // Deletes \a device so.
    void retire(QObject *device);

    // The same at once, in a function that no socket has called, but which \a calls of WsSocketCall stand in.
    void callDeferred(int calls = 0);
    // Calls \a action from the event loop, or from runSoon().
    void callSoon(std::function<void()> action);
    void runSoon();
    // From within WsTurnMember::onThreadEnd(): calls \a action when all members have been told.
    static void callAtThreadEnd(std::function<void()> action);
    // Lets \a member know when its thread ends.
    void add(WsTurnMember *member);
    // Forgets a member that leaves the thread.
    void remove(WsTurnMember *member);
    void scheduleFlush(WsTurnMember *member);
    // Has \a member go on with its work in a turn to come: after those that wait already, or before them.
    enum class Order : quint8 { Last, First };
    void scheduleWork(WsTurnMember *member, Order order = Order::Last);
    // Has \a member look at its deadlines at \a time, or earlier if that was asked for before.
    void scheduleCheck(WsTurnMember *member, WsTime time);
    // Cancels all three.
    void unschedule(WsTurnMember *member);
    // Has all look at their deadlines whose time has come.
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
    void watchDispatcher();
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
    const QObject *m_dispatcher = nullptr; // the one that turns are counted by; not to be used
    WsTurnMember *m_members = nullptr;     // a list
    std::vector<WsTurnMember *> m_toFlush;
    std::vector<WsTurnMember *> m_flushing;
    WsTimeBudget m_workBudget;
    std::deque<WsTurnMember *> m_toWork; // null for those that left meanwhile
    bool m_isWorkEventPosted = false;
    std::vector<WsTurnMember *> m_pumping; // nested, the innermost last; null for those that left meanwhile
    std::set<std::pair<WsTime, WsTurnMember *>> m_checks;
    QTimer m_timer;
    WsTime m_timerTime = WsTime::max();
    QMutex m_taskMutex;
    std::deque<Task> m_tasks;
    bool m_isTasksEventPosted = false; // with the lock
#ifdef Q_OS_LINUX
    std::unique_ptr<WsWakeUp> m_wakeUp; // of wait(), which makes it; with the lock
#endif
    std::vector<std::function<void()>> m_soon;
    std::vector<std::function<void()>>
        m_deferred; // until no function that a socket has called is on the stack
    int m_socketCalls = 0;
};

// Stands in each function that sockets call by their signals. A slot further down may run an event loop of
// its own, in which deleteLater() would delete a socket that is still on the stack.
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
