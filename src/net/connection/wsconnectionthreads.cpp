// SPDX-License-Identifier: MIT
#include "net/connection/wsconnectionthreads.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"

#include <QtCore/qthread.h>

#include <utility>

// A transport that has stayed in the old thread, because its socket is on the stack there, while the
// connection has left. Both threads use this object: the old one to let go of the transport, the new one to
// take it, or if the connection is deleted.
struct WsDeparture
{
    QMutex mutex;
    WsConnectionPrivate *connection;                 // null once it is deleted
    std::unique_ptr<WsTransport> leftTransport = {}; // of one that was deleted
    bool hasLetGo = false;                           // of the transport, which no thread owns then
};

namespace {
// The user of a transport that has stayed in the old thread.
class DeafUser final : public WsTransport::User
{
public:
    void onConnected() override { }
    void onReadable() override { }
    void onWritten() override { }
    void onEnded() override { }
    void onError(const WsError &) override { }
};
DeafUser deafUser;
} // namespace

bool WsLifeGuard::postAfterMove(std::function<void(WsConnectionPrivate &)> action) const
{
    if (!m_departure)
        return false;
    const QMutexLocker locker(&m_departure->mutex);
    WsConnectionPrivate *const moved = m_departure->connection;
    return moved && moved->threads.post([moved, action = std::move(action), session = m_session] {
        if (moved->life.session() == session)
            action(*moved);
    });
}

void WsConnectionThreads::detach()
{
    leaveThread();
    if (!m_departure)
        return;
    const QMutexLocker locker(&m_departure->mutex);
    m_departure->connection = nullptr;
    takeWhatFollows(); // so that it is deleted here, and not where the last one uses the departure
    if (!m_departure->hasLetGo)
        m_departure->leftTransport = d.link.takeTransport();
}

bool WsConnectionThreads::run(const std::function<void()> &action)
{
    if (!isOwnThread())
        return post(action) || d.decline("the thread of the connection has ended");
    action();
    return true;
}

bool WsConnectionThreads::runInOpening(const std::function<void()> &action)
{
    if (isOwnThread()) {
        action();
        return true;
    }
    return postInOpening(action);
}

bool WsConnectionThreads::postInOpening(const std::function<void()> &action)
{
    if (d.life.state() == Ws::Closed)
        return false;
    const auto task = [this, action, session = d.life.session()] {
        if (d.life.session() == session)
            action();
    };
    return post(task) || d.decline("the thread of the connection has ended");
}

bool WsConnectionThreads::runEnding(const std::function<void()> &action)
{
    if (!isOwnThread())
        return postEnding(action);
    action();
    return true;
}

bool WsConnectionThreads::postEnding(const std::function<void()> &action)
{
    const WsReopener *const reopener = d.reopener;
    if (reopener->isOpeningPosted())
        return post(action) || d.decline("the thread of the connection has ended");
    if (!reopener->mayReopen())
        return postInOpening(action);
    const auto task = [action, reopener, wish = reopener->lastWish()] {
        if (!reopener->hasBegunAfter(wish))
            action();
    };
    return post(task) || d.decline("the thread of the connection has ended");
}

void WsConnectionThreads::callLater(std::function<void()> action)
{
    (void)post(std::move(action)); // not if the thread has ended
}

void WsConnectionThreads::scheduleFlush()
{
    WsThreadContext::current().scheduleFlush(this);
}

void WsConnectionThreads::schedulePump(bool isFirst)
{
    using Order = WsThreadContext::Order;
    WsThreadContext::current().scheduleWork(this, isFirst ? Order::First : Order::Last);
}

void WsConnectionThreads::scheduleCheck(WsTime time)
{
    WsThreadContext::current().scheduleCheck(this, time);
}

void WsConnectionThreads::unschedule()
{
    WsThreadContext::current().unschedule(this);
}

void WsConnectionThreads::onTurnEnd()
{
    d.link.flush();
}

void WsConnectionThreads::onWork()
{
    d.link.pump();
}

void WsConnectionThreads::onNestedTurn()
{
    d.link.readAhead();
}

void WsConnectionThreads::onLoopBegin()
{
    if (WsTransport *const transport = d.link.transport())
        transport->watch();
    d.link.pumpSoon();
}

void WsConnectionThreads::onCheck(WsTime now)
{
    const WsLifeGuard guard(d);
    d.life.checkDeadlines(now);
    if (guard)
        d.skips.check(now);
    if (guard && d.replays)
        d.replays->goOn();
}

void WsConnectionThreads::onThreadEnd()
{
    d.life.endSilently();
}

// --- moving to another thread

void WsConnectionThreads::leave()
{
    WsThreadContext *const context = this->context();
    if (!context) { // it uses no thread, or is already moving
        if (d.link.transport() && d.link.transport()->isInCurrentThread())
            d.link.transport()->setOwner(d.q);
        return;
    }
    if (const auto owner = d.owner)
        owner->onDeparting(d.q);
    if (WsOpening *const opening = d.life.opening())
        opening->onLeaving();
    d.onLeaving();
    m_hasLeft = true;
    // Not because of the transport of an earlier opening, a slot of which may have opened the client again.
    const bool isLeftBehind = context->isOnStack(d.link.transport());
    if (isLeftBehind) {
        m_departure = std::make_shared<WsDeparture>();
        m_departure->connection = &d;
    }
    d.life.dropGuards(m_departure.get());
    d.delivery.leaveThread();
    d.link.leaveThread();
    depart();
    if (!isLeftBehind) {
        if (WsTransport *const transport = d.link.transport())
            transport->setOwner(d.q); // which it moves with
        release();
        return;
    }
    // Qt still uses a socket after emitting its signal. So the transport follows once it is not on the stack,
    // and its reports are ignored until then.
    d.link.transport()->setUser(&deafUser);
    context->callAfter(d.link.transport(), [departure = m_departure] {
        const QMutexLocker locker(&departure->mutex);
        if (departure->connection)
            departure->connection->threads.letGo();
        departure->leftTransport.reset();
    });
}

// In the old thread. The new one may be about to move the connection on.
void WsConnectionThreads::letGo()
{
    d.link.transport()->moveToThread(nullptr);
    m_departure->hasLetGo = true;
    release();
}

// In the new thread, with the lock of the departure.
void WsConnectionThreads::takeWhatFollows()
{
    if (d.link.transport() && m_departure->hasLetGo)
        d.link.transport()->moveToThread(QThread::currentThread());
}

void WsConnectionThreads::onArrived()
{
    if (m_departure) {
        const QMutexLocker locker(&m_departure->mutex); // the old thread no longer uses it
        takeWhatFollows();
    }
    m_departure.reset();
    if (WsTransport *const transport = d.link.transport()) {
        transport->setOwner(nullptr);
        transport->setUser(&d.link);
    }
}

// In its first thread there is nothing to continue, and functions may be on the stack by now.
void WsConnectionThreads::onSettled()
{
    if (!std::exchange(m_hasLeft, false))
        return;
    WsLifeGuard guard(d);
    if (const auto owner = d.owner)
        owner->onArrived(d.q);
    if (guard)
        d.delivery.arriveInThread();
    if (guard)
        d.life.arriveInThread();
    if (guard)
        d.skips.arriveInThread();
    if (guard)
        d.link.arriveInThread();
    if (guard && d.replays)
        d.replays->goOn();
}
