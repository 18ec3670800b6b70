// SPDX-License-Identifier: MIT
#include "net/loop/wsthreadcontext.h"

#include "net/loop/wsturnmember.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qthreadstorage.h>

#include <algorithm>
#include <array>

#ifdef Q_OS_LINUX
#include "net/loop/wswakeup.h"
#endif

#ifdef Q_OS_UNIX
#include <poll.h>
#endif

using std::chrono::ceil;
using std::chrono::milliseconds;

namespace {
const QEvent::Type FlushEvent = QEvent::Type(QEvent::registerEventType());
const QEvent::Type WorkEvent = QEvent::Type(QEvent::registerEventType());
const QEvent::Type TasksEvent = QEvent::Type(QEvent::registerEventType());
const QEvent::Type LoopEvent = QEvent::Type(QEvent::registerEventType());
const QEvent::Type SoonEvent = QEvent::Type(QEvent::registerEventType());
} // namespace

// The same as in QThreadStorage, which would be too slow for every message.
constinit thread_local WsThreadContext *WsThreadContext::s_current = nullptr;

namespace {
// Of a thread that is ending.
constinit thread_local std::vector<std::function<void()>> *lastActions = nullptr;
} // namespace

WsThreadContext &WsThreadContext::current()
{
    // Never destroyed: the threads of a static server end after the destructors of other static objects.
    static auto *const contexts = new QThreadStorage<WsThreadContext *>;
    if (!s_current) {
        s_current = new WsThreadContext;
        contexts->setLocalData(s_current);
    }
    return *s_current;
}

// Called by ~QCoreApplication(). Later, the sockets of the main thread cannot end TLS any more: QtNetwork has
// unloaded it.
void WsThreadContext::onApplicationEnd()
{
    if (s_current)
        s_current->runSoon();
}

WsThreadContext::WsThreadContext()
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &WsThreadContext::runChecks);
    watchDispatcher();
}

// The thread ends.
WsThreadContext::~WsThreadContext()
{
    m_calls = nullptr;
    runSoon();
    std::vector<std::function<void()>> actions;
    lastActions = &actions;
    while (WsTurnMember *const member = m_members) {
        remove(member);
        member->endThread();
    }
    lastActions = nullptr;
    for (const std::function<void()> &action : actions)
        action();
    s_current = nullptr;
}

void WsThreadContext::callAtThreadEnd(std::function<void()> action)
{
    lastActions->push_back(std::move(action));
}

// The dispatcher may be created after the first connection, with the application or with an event loop.
void WsThreadContext::watchDispatcher()
{
    QAbstractEventDispatcher *const dispatcher = QAbstractEventDispatcher::instance();
    if (m_dispatcher == dispatcher || !dispatcher)
        return;
    m_dispatcher = dispatcher;
    // Which of the two is emitted before a turn delivers anything differs between dispatchers.
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &WsThreadContext::beginTurn);
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, &WsThreadContext::beginTurn);
    if (const auto *const application = QCoreApplication::instance();
        application && application->thread() == thread())
        qAddPostRoutine(&WsThreadContext::onApplicationEnd);
}

void WsThreadContext::awaitLoop()
{
    if (!m_dispatcher && !std::exchange(m_isLoopAwaited, true))
        QCoreApplication::postEvent(this, new QEvent(LoopEvent));
}

// Posted events may also be sent without a loop.
void WsThreadContext::onLoopEvent()
{
    m_isLoopAwaited = false;
    if (!QAbstractEventDispatcher::instance())
        return;
    watchDispatcher();
    startTimer();
    for (WsTurnMember *member = m_members; member; member = member->m_next)
        member->onLoopBegin();
}

void WsThreadContext::beginTurn()
{
    ++m_turn;
    m_workBudget.restart();
    // NOLINTNEXTLINE(modernize-loop-convert): what reads ahead may begin a pump
    for (size_t i = 0; i < m_pumping.size(); ++i) {
        if (m_pumping[i])
            m_pumping[i]->onNestedTurn();
    }
}

QByteArray WsThreadContext::takeReadBuffer()
{
    QByteArray buffer = std::exchange(m_readBuffer, {});
    if (buffer.capacity() < ReadSize)
        buffer.reserve(ReadSize); // exactly: resize() would make it twice as large
    buffer.resize(ReadSize);
    return buffer;
}

void WsThreadContext::giveReadBuffer(QByteArray buffer)
{
    if (buffer.capacity() >= ReadSize && buffer.isDetached())
        m_readBuffer = std::move(buffer);
}

bool WsThreadContext::event(QEvent *event)
{
    if (event->type() == FlushEvent)
        flushAll();
    else if (event->type() == WorkEvent)
        workOn();
    else if (event->type() == TasksEvent)
        onTasksEvent();
    else if (event->type() == SoonEvent)
        onSoonEvent();
    else if (event->type() == LoopEvent)
        onLoopEvent();
    else
        return QObject::event(event);
    return true;
}

// --- the tasks of other threads

void WsThreadContext::post(std::function<void()> task, const WsTurnMember *owner)
{
    const QMutexLocker locker(&m_taskMutex);
    m_tasks.push_back({std::move(task), owner});
    if (owner)
        ++owner->m_taskCount;
#ifdef Q_OS_LINUX
    if (m_wakeUp)
        m_wakeUp->request();
#endif
    if (!std::exchange(m_isTasksEventPosted, true))
        QCoreApplication::postEvent(this, new QEvent(TasksEvent));
}

std::deque<std::function<void()>> WsThreadContext::takeTasksOf(const WsTurnMember *owner)
{
    std::deque<std::function<void()>> taken;
    const QMutexLocker locker(&m_taskMutex);
    if (owner->m_taskCount == 0)
        return taken; // without a look at those of all others
    std::erase_if(m_tasks, [&](Task &task) {
        if (task.owner != owner)
            return false;
        taken.push_back(std::move(task.run));
        return true;
    });
    owner->m_taskCount = 0;
    return taken;
}

bool WsThreadContext::hasTasksOf(const WsTurnMember *owner)
{
    const QMutexLocker locker(&m_taskMutex);
    return owner->m_taskCount > 0;
}

void WsThreadContext::onTasksEvent()
{
    {
        const QMutexLocker locker(&m_taskMutex);
        m_isTasksEventPosted = false;
    }
    WsTimeBudget budget(WsClock::now());
    runTasks(&budget);
}

// Tasks that are posted in the meantime are not run: other threads may post as fast as tasks run, and the
// sockets must have their turn. If the budget is used up, takeTask() has posted an event for the rest.
void WsThreadContext::runTasks(WsTimeBudget *budget)
{
    size_t count = 0;
    {
        const QMutexLocker locker(&m_taskMutex);
        count = m_tasks.size();
    }
    std::function<void()> task;
    for (; count > 0 && takeTask(&task); --count) {
        task();
        task = nullptr;
        if (budget && !budget->spend())
            return;
    }
}

// A task may run an event loop of its own. An event is posted for the tasks after it, so that they run there.
bool WsThreadContext::takeTask(std::function<void()> *task)
{
    bool needsEvent = false;
    {
        const QMutexLocker locker(&m_taskMutex);
        if (m_tasks.empty())
            return false;
        *task = std::move(m_tasks.front().run);
        if (const WsTurnMember *const owner = m_tasks.front().owner)
            --owner->m_taskCount;
        m_tasks.pop_front();
        needsEvent = !m_tasks.empty() && !std::exchange(m_isTasksEventPosted, true);
    }
    if (needsEvent)
        QCoreApplication::postEvent(this, new QEvent(TasksEvent));
    return true;
}

#ifdef Q_OS_UNIX
short WsThreadContext::wait(int descriptor, short events, int ms)
{
    std::array<pollfd, 2> entries = {{{descriptor, events, 0}, {-1, POLLIN, 0}}};
    pollAndWake(entries.data(), entries.size(), ms);
    return entries[0].revents;
}

void WsThreadContext::wait(std::vector<pollfd> *entries, int ms)
{
    entries->push_back({-1, POLLIN, 0});
    pollAndWake(entries->data(), entries->size(), ms);
    entries->pop_back();
}

// The last of \a entries is the one by which other threads end the wait.
void WsThreadContext::pollAndWake(pollfd *entries, size_t count, int ms)
{
#ifdef Q_OS_LINUX
    {
        const QMutexLocker locker(&m_taskMutex);
        if (!m_wakeUp)
            m_wakeUp = std::make_unique<WsWakeUp>();
        if (!m_tasks.empty())
            return;
        m_wakeUp->take(); // a request that was for tasks that have been done
        m_wakeUp->fallAsleep();
    }
    pollfd &wakeUp = entries[count - 1];
    wakeUp.fd = m_wakeUp->descriptor();
    (void)::poll(entries, nfds_t(count), m_wakeUp->isValid() ? ms : WsWakeUp::sliceOf(ms));
    m_wakeUp->take();
    if (wakeUp.revents != 0)
        m_wakeUp->wait(0); // which resets it
#else
    constexpr int LongestWait = 20; // nothing wakes it up
    (void)::poll(entries, nfds_t(count), std::min(ms, LongestWait));
#endif
}
#endif

// --- the members

void WsThreadContext::add(WsTurnMember *member)
{
    watchDispatcher();
    member->m_next = m_members;
    if (m_members)
        m_members->m_previous = member;
    m_members = member;
    awaitLoop();
}

void WsThreadContext::remove(WsTurnMember *member)
{
    std::replace(m_pumping.begin(), m_pumping.end(), member, static_cast<WsTurnMember *>(nullptr));
    unschedule(member);
    WsTurnMember *const previous = std::exchange(member->m_previous, nullptr);
    WsTurnMember *const next = std::exchange(member->m_next, nullptr);
    if (previous)
        previous->m_next = next;
    else if (m_members == member)
        m_members = next;
    if (next)
        next->m_previous = previous;
}

void WsThreadContext::scheduleFlush(WsTurnMember *member)
{
    if (std::exchange(member->m_isFlushScheduled, true))
        return;
    if (!std::exchange(m_isFlushEventPosted, true))
        QCoreApplication::postEvent(this, new QEvent(FlushEvent));
    m_toFlush.push_back(member);
}

void WsThreadContext::flushAll()
{
    m_isFlushEventPosted = false;
    std::vector<WsTurnMember *> members = std::exchange(m_toFlush, {});
    // A slot may delete any of them, and may run an event loop that comes here again.
    m_flushing.insert(m_flushing.end(), members.begin(), members.end());
    while (!m_flushing.empty()) {
        WsTurnMember *const member = m_flushing.back();
        m_flushing.pop_back();
        member->m_isFlushScheduled = false;
        member->onTurnEnd();
    }
    if (m_toFlush.empty()) {
        members.clear();
        m_toFlush = std::move(members);
    }
}

void WsThreadContext::scheduleWork(WsTurnMember *member, Order order)
{
    if (std::exchange(member->m_isWorkScheduled, true))
        return;
    if (order == Order::First)
        m_toWork.push_front(member);
    else
        m_toWork.push_back(member);
    postWorkEvent();
}

void WsThreadContext::postWorkEvent()
{
    if (!m_toWork.empty() && !std::exchange(m_isWorkEventPosted, true))
        QCoreApplication::postEvent(this, new QEvent(WorkEvent));
}

// Those that have more left after this come back in the next turn.
void WsThreadContext::workOn()
{
    m_isWorkEventPosted = false;
    m_workBudget.begin(WsClock::now());
    for (size_t count = m_toWork.size(); count > 0 && !m_toWork.empty() && !m_workBudget.isUsedUp();
         --count) {
        WsTurnMember *const member = m_toWork.front();
        m_toWork.pop_front();
        member->m_isWorkScheduled = false;
        postWorkEvent(); // a slot may run an event loop of its own
        member->onWork();
        m_workBudget.spend(); // besides what the member has counted itself
    }
    postWorkEvent();
}

void WsThreadContext::scheduleCheck(WsTurnMember *member, WsTime time)
{
    WsTime &scheduled = member->m_scheduledCheck;
    if (scheduled <= time)
        return;
    if (scheduled != WsTime::max())
        m_checks.erase({scheduled, member});
    scheduled = time;
    m_checks.emplace(time, member);
    if (time < m_timerTime)
        startTimer();
}

void WsThreadContext::startTimer()
{
    // Without an event loop whoever waits for a connection looks at its deadlines.
    if (m_checks.empty() || !QAbstractEventDispatcher::instance()) {
        m_timerTime = WsTime::max();
        return;
    }
    m_timerTime = m_checks.begin()->first;
    const auto wait = ceil<milliseconds>(m_timerTime - WsClock::now());
    constexpr milliseconds Longest = std::chrono::hours(1); // QTimer does not accept every duration
    m_timer.start(std::clamp(wait, milliseconds(0), Longest));
}

void WsThreadContext::runChecks()
{
    const WsTime now = WsClock::now();
    WsTimeBudget budget(now);
    while (!m_checks.empty() && m_checks.begin()->first <= now && !budget.isUsedUp()) {
        WsTurnMember *const member = m_checks.begin()->second;
        m_checks.erase(m_checks.begin());
        member->m_scheduledCheck = WsTime::max();
        startTimer(); // a slot may run an event loop of its own
        member->onCheck(now);
        budget.spend();
    }
    startTimer();
}

void WsThreadContext::runCheckOf(WsTurnMember *member)
{
    const WsTime now = WsClock::now();
    if (member->m_scheduledCheck <= now)
        m_checks.erase({std::exchange(member->m_scheduledCheck, WsTime::max()), member});
    member->onCheck(now);
}

void WsThreadContext::unschedule(WsTurnMember *member)
{
    if (member->m_scheduledCheck != WsTime::max())
        m_checks.erase({std::exchange(member->m_scheduledCheck, WsTime::max()), member});
    // In a thread without an event loop nothing else ever shortens the lists.
    if (std::exchange(member->m_isFlushScheduled, false)) {
        std::erase(m_toFlush, member);
        std::erase(m_flushing, member);
    }
    if (std::exchange(member->m_isWorkScheduled, false))
        std::erase(m_toWork, member);
}

// --- what sockets on the stack keep waiting

bool WsThreadContext::isOnStack(const void *subject) const
{
    const WsSocketCall *call = m_calls;
    while (call && call->m_subject != subject)
        call = call->m_outer;
    return call && subject;
}

void WsThreadContext::callAfter(const void *subject, std::function<void()> action)
{
    m_soon.push_back({subject, std::move(action)});
    if (isOnStack(subject))
        m_isCallEndAwaited = true;
    else
        postSoonEvent();
}

void WsThreadContext::callSoon(std::function<void()> action)
{
    callAfter(nullptr, std::move(action));
}

void WsThreadContext::postSoonEvent()
{
    if (!std::exchange(m_isSoonEventPosted, true))
        QCoreApplication::postEvent(this, new QEvent(SoonEvent));
}

void WsThreadContext::onCallEnd()
{
    m_isCallEndAwaited = false;
    bool isAnyDue = false;
    for (const LaterAction &action : m_soon)
        (isOnStack(action.subject) ? m_isCallEndAwaited : isAnyDue) = true;
    if (isAnyDue)
        postSoonEvent();
}

void WsThreadContext::onSoonEvent()
{
    m_isSoonEventPosted = false;
    runSoon();
}

// Without those that these add.
void WsThreadContext::runSoon()
{
    std::function<void()> action;
    for (size_t count = m_soon.size(); count > 0 && takeSoon(&action); --count)
        action();
}

// An action may call a slot that runs an event loop of its own. An event is posted for the actions after it,
// so that they run there.
bool WsThreadContext::takeSoon(std::function<void()> *action)
{
    const auto next = std::find_if(m_soon.begin(), m_soon.end(),
                                   [this](const LaterAction &later) { return !isOnStack(later.subject); });
    if (next == m_soon.end()) {
        m_isCallEndAwaited = !m_soon.empty();
        return false;
    }
    *action = std::move(next->run);
    m_soon.erase(next);
    if (!m_soon.empty())
        postSoonEvent();
    return true;
}

void WsThreadContext::retire(QObject *device)
{
    device->setParent(this); // which frees it if no event loop runs any more
    if (isOnStack(device))
        callAfter(device, [device] { device->deleteLater(); });
    else
        device->deleteLater();
}

// But not if it has left something behind, for which functions on the stack look.
void WsThreadContext::forget(const void *subject)
{
    const auto isItsOwn = [subject](const LaterAction &action) { return action.subject == subject; };
    if (!m_calls || std::any_of(m_soon.begin(), m_soon.end(), isItsOwn))
        return;
    for (WsSocketCall *call = m_calls; call; call = call->m_outer) {
        if (call->m_subject == subject)
            call->m_subject = nullptr;
    }
}
