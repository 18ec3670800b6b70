// SPDX-License-Identifier: MIT
#include "net/connection/wswaiting.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"
#include "net/socket/wssocketwait.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace {
int remainingMs(const QDeadlineTimer &deadline, WsTime other)
{
    using std::chrono::milliseconds;
    qint64 ms = deadline.isForever() ? std::numeric_limits<int>::max() : deadline.remainingTime();
    if (other != WsTime::max())
        ms = std::min<qint64>(ms, std::chrono::ceil<milliseconds>(other - WsClock::now()).count());
    return int(std::clamp<qint64>(ms, 0, std::numeric_limits<int>::max()));
}

// Without an event loop nobody else deletes what is not needed any more. In a slot it may be on the stack.
bool mayDelete()
{
    return !WsThreadContext::current().isCalledBySocket() && QThread::currentThread()->loopLevel() == 0;
}

void deleteRetired()
{
    if (!mayDelete())
        return;
    const QObjectList children = WsThreadContext::current().children();
    for (const QPointer<QObject> &child : QList<QPointer<QObject>>(children.begin(), children.end())) {
        if (child)
            QCoreApplication::sendPostedEvents(child, QEvent::DeferredDelete);
    }
}
} // namespace

bool WsWaiting::mayWait()
{
    return d.threads.isOwnThread() || d.misuse("only the connection's own thread can wait for it");
}

bool WsWaiting::run(const std::function<bool()> &isDone, QDeadlineTimer deadline, Reach reach)
{
    if (d.link.isBusy() || isBeforeTransport())
        return refuse();
    const auto end = qScopeGuard(deleteRetired); // after the call
    WsLifeGuard guard(d);
    if (mayDelete())
        d.delivery.deleteFinishedStreams();
    const WsSocketCall call(nullptr); // what a slot waits for deletes nothing either
    const auto goesOn = [&] { return reach == Reach::Attempts ? guard.lives() : bool(guard); };
    call.context().awaitLoop();
    if (goesOn())
        d.delivery.sendPending(); // before anybody asks whether something waits to be sent
    while (goesOn() && !isDone()) {
        call.context().runTasks();
        call.context().runSoon();
        if (goesOn())
            d.delivery.sendPending();
        if (goesOn())
            d.link.flushAnyway();
        call.context().workBudget().begin(WsClock::now()); // no event loop begins a turn
        if (goesOn())
            d.link.pump();
        if (!goesOn() || isDone() || !work(isDone, deadline, reach))
            break;
    }
    if (goesOn())
        d.life.releaseEnd();
    call.context().runSoon();
    return guard.lives() && isDone();
}

// A slot that is told of an opening, or the request filter, is called before there is a transport, and has to
// return first. What else comes between two hops is a task.
bool WsWaiting::isBeforeTransport() const
{
    return d.life.opening() && !d.link.transport() && !WsThreadContext::current().hasTasksOf(&d.threads);
}

bool WsWaiting::refuse()
{
    return d.misuse("a slot of the connection cannot wait for it");
}

// Waits once. Returns false if there is nothing to wait for any more. After the deadline it still looks once
// at the socket and at the time limits: who always waits for 0 ms has nobody else who does.
bool WsWaiting::work(const std::function<bool()> &isDone, QDeadlineTimer deadline, Reach reach)
{
    const WsTransport *const transport = d.link.transport();
    if (!transport && (reach == Reach::Attempts || d.life.opening()))
        return waitForAttempt(deadline);
    if (!transport || (transport->hasEnded() && !d.link.mayDeliver()))
        return false;
    WsLifeGuard guard(d);
    const bool isLast = deadline.hasExpired();
    // Nothing is left to be pumped while another hop of an opening connects, which takes its time.
    const bool isPumpDue = d.link.isPumpDue() && !transport->isConnecting();
    const WsTime nextCheck = std::min(d.life.nextCheck(), d.threads.scheduledCheck());
    d.link.wait(isPumpDue ? 0 : remainingMs(deadline, nextCheck));
    if (guard)
        WsThreadContext::current().runCheckOf(&d.threads);
    if (guard && isLast)
        d.link.pump();
    return guard.lives() && !isLast && !isDone();
}

// Of a client that is closed, or between two hops of its opening. Returns false if nothing comes of it.
bool WsWaiting::waitForAttempt(QDeadlineTimer deadline)
{
    if (isBeforeTransport()) // it had tasks before
        return refuse();
    if (!(d.reopener->isWaiting() || d.life.opening()))
        return false;
    WsLifeGuard guard(d);
    const bool isLast = deadline.hasExpired();
    wsWaitForSocket(nullptr, false, false, remainingMs(deadline, d.life.nextCheck()));
    if (guard)
        d.life.checkDeadlines(WsClock::now());
    return guard.lives() && !isLast;
}
