// SPDX-License-Identifier: MIT
#ifndef WSTHREADCONTEXT_H
#define WSTHREADCONTEXT_H

#include "net/connection/wsdeadlines.h"

#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qtimer.h>

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

QT_BEGIN_NAMESPACE
class QAbstractSocket;
QT_END_NAMESPACE

class WsConnection;
class WsWakeUp;

// What all connections of one thread share: the buffer that is read into, one timer for all their
// deadlines, and the flush at the end of the current turn of the event loop.
class WsThreadContext : public QObject
{
public:
    // Enough for several messages of the usual sizes, and for a large one in a few reads.
    static constexpr qsizetype ReadSize = 256 * 1024;

    static WsThreadContext &current();
    // The same where it has been made, else null.
    static WsThreadContext *currentOrNull() { return s_current; }
    ~WsThreadContext() override;

    // From any thread: has the context's thread call \a task, in the order of the calls. However many there are,
    // it is woken up once.
    void post(std::function<void()> task);
    // What other threads have asked for so far, where no event loop does it.
    void runTasks();
#ifdef Q_OS_UNIX
    // Waits for \a events, as poll() has them, of \a descriptor, if it is one, for at most \a ms; less where another
    // thread posts something. Returns what there is of them.
    short wait(int descriptor, short events, int ms);
#endif

    // ReadSize bytes to read into; to be given back when they are used up.
    QByteArray takeReadBuffer();
    void giveReadBuffer(QByteArray buffer);

    // Grows with each turn of the thread's event loop: tells whether a slot ran a loop of its own.
    quint64 turn() const { return m_turn; }
    // Between the two a pump of \a connection is on the stack: what it holds for its one write at the end
    // leaves earlier if a slot runs a loop of its own.
    void beginPump(WsConnection *connection) { m_pumping.push_back(connection); }
    void endPump() { m_pumping.pop_back(); }

    // Deletes \a socket when control is back in the event loop, and no call of a socket is under way.
    void retire(QAbstractSocket *socket);

    void scheduleFlush(WsConnection *connection);
    // Has \a connection look at its deadlines at \a time, or earlier where that was asked for before.
    void scheduleCheck(WsConnection *connection, WsTime time);
    // Forgets a connection that leaves the thread.
    void forget(WsConnection *connection);

protected:
    bool event(QEvent *event) override;

private:
    friend class WsSocketCall;

    static constinit thread_local WsThreadContext *s_current;

    WsThreadContext();
    void onTasksEvent();
    bool takeTask(std::function<void()> *task);
    void deleteRetired();
    void beginTurn();
    void flushAll();
    void checkDeadlines();
    void startTimer();

    QByteArray m_readBuffer;
    quint64 m_turn = 0;
    std::vector<WsConnection *> m_toFlush;
    std::vector<WsConnection *> m_flushing;
    std::vector<WsConnection *> m_pumping; // nested, the innermost last; null for those deleted meanwhile
    std::set<std::pair<WsTime, WsConnection *>> m_checks;
    QTimer m_timer;
    WsTime m_timerTime = WsTime::max();
    QMutex m_taskMutex;
    std::deque<std::function<void()>> m_tasks;
    bool m_isTasksEventPosted = false; // with the lock
#ifdef Q_OS_LINUX
    std::unique_ptr<WsWakeUp> m_wakeUp; // of wait(), which makes it; with the lock
#endif
    std::vector<QAbstractSocket *> m_retired;
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
        if (--m_context.m_socketCalls == 0 && !m_context.m_retired.empty())
            m_context.deleteRetired();
    }
    Q_DISABLE_COPY_MOVE(WsSocketCall)

    WsThreadContext &context() const { return m_context; }

private:
    WsThreadContext &m_context;
};

#endif // WSTHREADCONTEXT_H
