// SPDX-License-Identifier: MIT
#include <WsKit/wseventdispatcher.h>

#include "net/loop/wslogging.h"
#include "net/loop/wsnotifierset.h"
#include "net/loop/wstimerlist.h"
#include "net/loop/wswakeup.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qeventloop.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

using std::chrono::ceil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct WsEventDispatcherPrivate
{
    using Flags = QEventLoop::ProcessEventsFlags;

    bool isValid() const { return wakeUp.isValid() && notifiers.isValid(); }
    void warnIfInvalid();
    bool wait(Flags flags, bool mayBlock);
    int timeout(Flags flags) const;
    int timeToNextTimer(Flags flags) const;
    int activateNotifiers();

    WsWakeUp wakeUp;
    WsNotifierSet notifiers{wakeUp};
    WsTimerList timers;
    bool hasWarned = false;
    std::atomic<bool> isInterrupted = false;
};

void WsEventDispatcherPrivate::warnIfInvalid()
{
    const bool hadWarned = std::exchange(hasWarned, !isValid());
    if (hasWarned && !hadWarned) {
        qCWarning(wsNetLog,
                  "WsEventDispatcher: the process has no descriptor left for the event loop, which polls "
                  "every %d ms until there is one",
                  WsWakeUp::Slice);
    }
}

// Returns whether wakeUp() was called meanwhile.
bool WsEventDispatcherPrivate::wait(Flags flags, bool mayBlock)
{
    const bool withNotifiers = !flags.testFlag(QEventLoop::ExcludeSocketNotifiers);
    wakeUp.renew();
    if (withNotifiers)
        notifiers.applyChanges();
    warnIfInvalid();
    const bool isAsleep = mayBlock && wakeUp.fallAsleep();
    bool isDone = false;
    while (!isDone) {
        const int time = isAsleep ? timeout(flags) : 0;
        isDone = withNotifiers ? notifiers.wait(time) : wakeUp.wait(time);
    }
    return wakeUp.take();
}

// If something is missing, the turn ends after a slice even if nothing happened, so that the next one tries
// again: for descriptors, or to have the kernel watch a socket for which it had no memory.
int WsEventDispatcherPrivate::timeout(Flags flags) const
{
    const int time = timeToNextTimer(flags);
    const bool isComplete = flags.testFlag(QEventLoop::ExcludeSocketNotifiers) || notifiers.isUpToDate();
    return isValid() && isComplete ? time : WsWakeUp::sliceOf(time);
}

int WsEventDispatcherPrivate::timeToNextTimer(Flags flags) const
{
    const WsTimerList::Time next =
        flags.testFlag(QEventLoop::X11ExcludeTimers) ? WsTimerList::Time::max() : timers.next();
    if (next == WsTimerList::Time::max())
        return -1;
    const auto time = ceil<milliseconds>(next - steady_clock::now()).count();
    return int(std::clamp<qint64>(time, 0, std::numeric_limits<int>::max()));
}

int WsEventDispatcherPrivate::activateNotifiers()
{
    int count = 0;
    while (QSocketNotifier *notifier = notifiers.takeReady()) {
        QEvent event(QEvent::SockAct);
        QCoreApplication::sendEvent(notifier, &event);
        ++count;
    }
    return count;
}

/*!
    \class WsEventDispatcher
    \inmodule WsKit
    \inheaderfile WsKit/WsEventDispatcher
    \brief An event dispatcher for programs with thousands of sockets (Linux).

    Qt's own event dispatchers hand the kernel the list of all sockets in every turn of the event loop, so
    that the cost of a message grows with the number of clients that are connected and say nothing. This one
    uses \c epoll, where the kernel remembers the list: the cost of a turn depends only on the sockets that
    have something to report.

    Install it before the application object is created, which then owns it:

    \code
    int main(int argc, char *argv[])
    {
        QCoreApplication::setEventDispatcher(new WsEventDispatcher);
        QCoreApplication app(argc, argv);
        return app.exec();
    }
    \endcode

    To use it in a thread, install it before the thread is started. The thread then owns it:

    \code
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    thread.start();
    \endcode

    In a thread that was not started by Qt, call \c {QThread::currentThread()->setEventDispatcher()} there
    before creating anything that uses an event loop.

    Everything in Qt that lives on an event loop works as it does with Qt's dispatchers: sockets, servers,
    processes, timers, queued calls, and event loops within event loops. These are the differences:

    \list
    \li A program with a window must keep the dispatcher of its platform, and can use this one only for its
        other threads. The same is true if a library needs GLib's main loop, which Qt's dispatcher runs.
    \li A descriptor must be open when a notifier for it is enabled, and its notifiers must be disabled
        before it is closed. Qt's classes do so. The kernel forgets a closed descriptor without a notice: a
        notifier that was left enabled is never activated again, whereas Qt disables it with a warning.
    \li Several notifiers of the same type may be enabled for one descriptor. All of them are activated.
    \endlist

    Only the constructor, wakeUp() and interrupt() may be called from any thread. Call all other functions
    in the thread that the dispatcher serves.

    \section1 Timers

    Timers follow Qt::TimerType:

    \list
    \li Precise timers are never early. They are late by the delays of the system and less than a
        millisecond.
    \li Coarse timers are moved by at most 2.5 % of the interval, so that several of them are due at once.
        Their ticks do not drift. As in Qt, a coarse timer of at most 20 ms is precise, and one of at least
        20 s is very coarse.
    \li Very coarse timers tick at whole seconds, and at most once a second.
    \endlist

    If a thread was too busy for some ticks of a timer, they are left out.

    \section1 Running out of descriptors

    A dispatcher needs two descriptors of the process. If it gets none, isValid() returns false and the
    event loop works without them: more slowly, and with a delay of up to 20 ms before it notices calls from
    other threads. It tries again in each turn. A server that must not run in that state can check isValid()
    before it installs the dispatcher.

    \section1 After fork()

    A child process can go on using the event loop of the thread that called \c fork(). The first turn of
    the loop in the child makes descriptors of its own, so that notifiers and wake-ups of one process have
    no effect on the other. Notifiers and timers of the parent continue in both processes; delete those that
    the child does not need. This does not change the rules of \c fork():

    \list
    \li Parent and child share every socket that was open at the time. Only one of them should read from it,
        write to it or shut it down. A connection stays open until both have closed its descriptor.
    \li Other threads do not exist in the child. Objects that live in them, dispatchers included, do not
        work there.
    \li If the process had other threads, they may have held locks, also of Qt and of the system's
        libraries, which nobody releases in the child. Call \c fork() before any thread is started, or
        \c exec() soon after it.
    \endlist

    \note The class exists only if Q_OS_LINUX is defined.
*/

/*!
    Constructs a dispatcher with \a parent. It serves the thread that it is installed in.

    \sa isValid()
*/
WsEventDispatcher::WsEventDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent), d(std::make_unique<WsEventDispatcherPrivate>())
{
    d->warnIfInvalid();
}

/*!
    Destroys the dispatcher. The application or thread that it is installed in does so. The event loop must
    have ended.
*/
WsEventDispatcher::~WsEventDispatcher() = default;

/*!
    Returns whether the dispatcher has the two descriptors that it needs: one for the set of sockets that
    the kernel watches, and one by which wakeUp() ends a wait.

    If the process has no descriptor left, the function returns false and a warning is logged once in the
    category \c wskit.net. The event loop still works, but less well: it hands the kernel the list of all
    sockets in every turn, and a turn lasts at most 20 ms, after which processEvents() returns even if there
    was no event. wakeUp() and the events that other threads post are noticed at the end of a turn. Each
    turn tries to get the descriptors, and the dispatcher becomes valid as soon as it has them.

    Call this function in the thread that the dispatcher serves, or before the dispatcher is installed.
*/
bool WsEventDispatcher::isValid() const
{
    return d->isValid();
}

/*!
    Delivers the pending events that \a flags allow, and returns whether there were any: posted events
    first, then socket notifiers, then timers. With QEventLoop::WaitForMoreEvents it waits if there are
    none.

    At most 256 descriptors are served in one call; the next call starts with the others. A timer with an
    interval of 0 fires in each call, but does not count as an event. A notifier is activated in each call
    as long as its descriptor is ready.

    \reimp
*/
bool WsEventDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    d->isInterrupted = false;
    const bool wasWoken = d->wakeUp.take();
    Q_EMIT awake();
    QCoreApplication::sendPostedEvents();

    // Posting an event calls wakeUp(): if it was called since, there is more to be sent.
    const bool mayBlock = flags.testFlag(QEventLoop::WaitForMoreEvents) && !d->wakeUp.isRequested();
    if (mayBlock)
        Q_EMIT aboutToBlock();
    if (d->isInterrupted)
        return false;

    int events = d->wait(flags, mayBlock && !wasWoken) || wasWoken ? 1 : 0;
    if (!flags.testFlag(QEventLoop::ExcludeSocketNotifiers))
        events += d->activateNotifiers();
    if (!flags.testFlag(QEventLoop::X11ExcludeTimers))
        events += d->timers.fire(steady_clock::now());
    return events > 0;
}

/*! Called by \a notifier when it is enabled. \reimp */
void WsEventDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    d->notifiers.add(notifier);
}

/*! Called by \a notifier when it is disabled. \reimp */
void WsEventDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    d->notifiers.remove(notifier);
}

/*!
    Sends \a object a QTimerEvent with \a timerId every \a interval milliseconds, with the precision of
    \a timerType. Called by QObject::startTimer().

    \reimp
*/
void WsEventDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    d->timers.add(timerId, milliseconds(std::max<qint64>(interval, 0)), timerType, object,
                  steady_clock::now());
}

/*! Ends the timer \a timerId and returns whether there was one. \reimp */
bool WsEventDispatcher::unregisterTimer(int timerId)
{
    return d->timers.remove(timerId);
}

/*! Ends all timers of \a object and returns whether there were any. \reimp */
bool WsEventDispatcher::unregisterTimers(QObject *object)
{
    return d->timers.removeAll(object);
}

/*! Returns the timers of \a object, with the intervals and types they were registered with. \reimp */
QList<QAbstractEventDispatcher::TimerInfo> WsEventDispatcher::registeredTimers(QObject *object) const
{
    return d->timers.timersOf(object);
}

/*!
    Returns the time in milliseconds, rounded up, until \a timerId is due: 0 if it is due already, -1 if
    there is no such timer.

    \reimp
*/
int WsEventDispatcher::remainingTime(int timerId)
{
    return int(std::min<qint64>(d->timers.remaining(timerId, steady_clock::now()).count(),
                                std::numeric_limits<int>::max()));
}

/*!
    Makes processEvents() return if it is waiting, or else not wait the next time. May be called from any
    thread.

    \reimp
*/
void WsEventDispatcher::wakeUp()
{
    d->wakeUp.request();
}

/*! Makes processEvents() return as soon as possible. May be called from any thread. \reimp */
void WsEventDispatcher::interrupt()
{
    d->isInterrupted = true;
    d->wakeUp.request();
}
