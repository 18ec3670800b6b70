// SPDX-License-Identifier: MIT
#include <WsKit/wseventdispatcher.h>

#include "net/loop/wsnotifierset.h"
#include "net/loop/wstimerlist.h"
#include "net/loop/wswakeup.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qeventloop.h>

#include <algorithm>
#include <atomic>
#include <limits>

using namespace std::chrono;

struct WsEventDispatcherPrivate
{
    using Flags = QEventLoop::ProcessEventsFlags;

    bool wait(Flags flags, bool mayBlock);
    int timeout(Flags flags) const;
    int activateNotifiers();

    WsWakeUp wakeUp;
    WsNotifierSet notifiers{wakeUp.descriptor()};
    WsTimerList timers;
    std::atomic<bool> isInterrupted = false;
};

// Returns whether somebody has called wakeUp() meanwhile.
bool WsEventDispatcherPrivate::wait(Flags flags, bool mayBlock)
{
    const bool withNotifiers = !flags.testFlag(QEventLoop::ExcludeSocketNotifiers);
    if (withNotifiers)
        notifiers.applyChanges();
    const bool isAsleep = mayBlock && wakeUp.fallAsleep();
    bool isDone = false;
    while (!isDone) {
        const int time = isAsleep ? timeout(flags) : 0;
        isDone = withNotifiers ? notifiers.wait(time) : wakeUp.wait(time);
    }
    return wakeUp.take();
}

int WsEventDispatcherPrivate::timeout(Flags flags) const
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

    Qt's own event dispatchers hand the kernel the list of all sockets in every turn of the event loop: a
    message costs the more, the more clients are connected that say nothing. This one uses \c epoll, which
    remembers the list; a turn costs what the sockets cost that have something to tell.

    Install it before the application is made, which then owns it:

    \code
    int main(int argc, char *argv[])
    {
        QCoreApplication::setEventDispatcher(new WsEventDispatcher);
        QCoreApplication app(argc, argv);
        return app.exec();
    }
    \endcode

    or for a thread, before it is started, which then owns it too:

    \code
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    thread.start();
    \endcode

    In a thread that is not Qt's, call \c {QThread::currentThread()->setEventDispatcher()} there before
    anything that uses an event loop is made.

    Everything of Qt that lives on an event loop works as it does with Qt's dispatchers: sockets, servers,
    processes, timers, queued calls, event loops within event loops. What is different:

    \list
    \li Programs with a window must keep the dispatcher of their platform: install this one for threads of
        theirs only. The same holds where a library needs GLib's main loop, which Qt's dispatcher runs.
    \li A descriptor has to be open when a notifier for it is enabled, and its notifiers are to be
        disabled before it is closed, which the classes of Qt do. The kernel forgets a closed descriptor by
        itself: a notifier that was left enabled tells nothing any more, where Qt disables it and
        warns.
    \li Several notifiers of the same type may be enabled for one descriptor; all of them are told.
    \endlist

    Timers follow Qt::TimerType. Precise ones are never early, and late by the system's delays and less than
    a millisecond; coarse ones are moved by at most 2.5 % of the interval, so that several are due at
    once, and ticks do not drift. A coarse timer of at most 20 ms is precise and one of at least 20 s very
    coarse, as in Qt; very coarse timers tick at whole seconds, and no more often than once in a
    second. Ticks that a busy thread has missed are left out.

    The constructor takes two descriptors of the process, and ends the process where it gets none, as there
    is no event loop without them. It may be called in any thread; wakeUp() and interrupt() too, and all
    other functions only in the thread that the dispatcher serves.

    \note The class exists where Q_OS_LINUX is defined.
*/

/*! Constructs a dispatcher with \a parent, which serves the thread that it is installed in. */
WsEventDispatcher::WsEventDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent), d(std::make_unique<WsEventDispatcherPrivate>())
{
}

/*! Destroys the dispatcher. Whom it is installed for does so; the event loop must have ended. */
WsEventDispatcher::~WsEventDispatcher() = default;

/*!
    Delivers the events that are there, as \a flags tell, and returns whether there were any: posted events
    first, then socket notifiers, then timers. With QEventLoop::WaitForMoreEvents it waits where there are
    none.

    At most 256 descriptors have their turn in one call; the others are the first in the next. A timer
    of interval 0 fires in each call, but does not count as an event, and a notifier is told again in each
    call as long as its descriptor is ready.

    \reimp
*/
bool WsEventDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    d->isInterrupted = false;
    const bool wasWoken = d->wakeUp.take();
    Q_EMIT awake();
    QCoreApplication::sendPostedEvents();

    // Who posts an event calls wakeUp(): there is more to be sent.
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
    Has \a object get a QTimerEvent with \a timerId each \a interval milliseconds, with the precision
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

/*! Returns the timers of \a object with the intervals and types that they were registered with. \reimp */
QList<QAbstractEventDispatcher::TimerInfo> WsEventDispatcher::registeredTimers(QObject *object) const
{
    return d->timers.timersOf(object);
}

/*!
    Returns in how many milliseconds \a timerId is due, rounded up: 0 if it is due already, -1 if there is
    no such timer.

    \reimp
*/
int WsEventDispatcher::remainingTime(int timerId)
{
    return int(std::min<qint64>(d->timers.remaining(timerId, steady_clock::now()).count(),
                                std::numeric_limits<int>::max()));
}

/*! Has processEvents() return where it waits, or not wait the next time. Any thread may call it. \reimp */
void WsEventDispatcher::wakeUp()
{
    d->wakeUp.request();
}

/*! Has processEvents() return as soon as it can. Any thread may call it. \reimp */
void WsEventDispatcher::interrupt()
{
    d->isInterrupted = true;
    d->wakeUp.request();
}
