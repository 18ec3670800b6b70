// SPDX-License-Identifier: MIT
#include "net/loop/wsturnmember.h"

#include "net/loop/wsthreadcontext.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>

namespace {
// Qt's event queue orders the two threads of a move. Qt is not built with the thread sanitizer, which
// therefore has to be told.
#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);
void beforePosting(QObject *object)
{
    __tsan_release(object);
}
void afterReceiving(QObject *object)
{
    __tsan_acquire(object);
}
#else
void beforePosting(QObject *) { }
void afterReceiving(QObject *) { }
#endif
} // namespace

WsTurnMember::~WsTurnMember()
{
    leaveThread();
}

bool WsTurnMember::isOwnThread() const
{
    if (const WsThreadContext *const context = this->context())
        return context == WsThreadContext::currentOrNull();
    return isHereAfterMove();
}

bool WsTurnMember::isSettledHere() const
{
    const WsThreadContext *const context = this->context();
    return context && context == WsThreadContext::currentOrNull();
}

bool WsTurnMember::isInOrder() const
{
    if (const WsThreadContext *const context = m_orderedContext.load(std::memory_order_relaxed))
        return context == WsThreadContext::currentOrNull();
    return isInOrderAfterMove();
}

bool WsTurnMember::isInOrderAfterMove() const
{
    if (!isOwnThread())
        return false;
    // Also those that were posted after the move: by this thread, they have to be first as well.
    if (!m_orderedContext && context()->hasTasksOf(this))
        return false;
    m_orderedContext = context();
    return true;
}

bool WsTurnMember::isHereAfterMove() const
{
    {
        // The object exists as long as the lock is held, because leaveThread() takes the lock first.
        const QMutexLocker locker(&m_mutex);
        if (m_place != Place::Released || !m_object || m_object->thread() != QThread::currentThread())
            return false;
    }
    const_cast<WsTurnMember *>(this)->arrive();
    return true;
}

bool WsTurnMember::hasThreadEnded() const
{
    const QMutexLocker locker(&m_mutex);
    return m_place == Place::Ended;
}

bool WsTurnMember::post(std::function<void()> task)
{
    // The context exists as long as the lock is held, because its destructor takes the lock first.
    const QMutexLocker locker(&m_mutex);
    switch (m_place) {
    case Place::Here:
        context()->post(std::move(task), this);
        return true;
    case Place::Departing:
    case Place::Released:
        if (!m_waiting) {
            m_waiting = std::make_unique<Tasks>();
            wakeUp();
        }
        m_waiting->push_back(std::move(task));
        return true;
    case Place::Ended:
        break;
    }
    return false;
}

void WsTurnMember::depart()
{
    WsThreadContext *const context = this->context();
    if (!context)
        return;
    context->remove(this);
    const QMutexLocker locker(&m_mutex);
    if (Tasks tasks = context->takeTasksOf(this); !tasks.empty())
        m_waiting = std::make_unique<Tasks>(std::move(tasks));
    m_context = m_orderedContext = nullptr;
    m_place = Place::Departing;
    m_hasDeparted = true;
}

void WsTurnMember::release()
{
    const QMutexLocker locker(&m_mutex);
    if (m_place != Place::Departing)
        return;
    m_place = Place::Released;
    wakeUp();
}

// Makes the thread in which the object then lives complete the move.
void WsTurnMember::wakeUp()
{
    if (!m_object || m_place != Place::Released)
        return;
    beforePosting(m_object);
    QCoreApplication::postEvent(m_object, new QEvent(arrivalEvent()));
}

bool WsTurnMember::isArrival(QObject *object, QEvent *event)
{
    if (event->type() != arrivalEvent())
        return false;
    afterReceiving(object);
    return true;
}

QEvent::Type WsTurnMember::arrivalEvent()
{
    static const QEvent::Type type = QEvent::Type(QEvent::registerEventType());
    return type;
}

void WsTurnMember::arrive()
{
    WsThreadContext &context = WsThreadContext::current();
    {
        const QMutexLocker locker(&m_mutex);
        if (m_place != Place::Released)
            return;
        m_place = Place::Here;
        m_context = &context;
        if (m_hasDeparted)
            context.post([this] { onSettled(); }, this);
        if (const std::unique_ptr<Tasks> waiting = std::move(m_waiting)) {
            for (std::function<void()> &task : *waiting)
                context.post(std::move(task), this);
        } else {
            m_orderedContext = &context;
        }
    }
    context.add(this);
    onArrived();
}

void WsTurnMember::leaveThread()
{
    Tasks dropped; // without the lock: what they hold may call anything
    std::unique_ptr<Tasks> waiting;
    if (WsThreadContext *const context = this->context()) {
        context->remove(this);
        dropped = context->takeTasksOf(this);
    }
    const QMutexLocker locker(&m_mutex);
    waiting = std::move(m_waiting);
    m_context = m_orderedContext = nullptr;
    m_place = Place::Ended;
}

// The context is about to be destroyed, together with its tasks.
void WsTurnMember::endThread()
{
    Tasks dropped;
    {
        const QMutexLocker locker(&m_mutex);
        dropped = context()->takeTasksOf(this);
        m_context = m_orderedContext = nullptr;
        m_place = Place::Ended;
    }
    onThreadEnd(); // which may delete this
}
