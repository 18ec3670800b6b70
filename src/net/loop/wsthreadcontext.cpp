// SPDX-License-Identifier: MIT
#include "net/loop/wsthreadcontext.h"

#include "net/connection/wsconnection_p.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qthreadstorage.h>
#include <QtNetwork/qabstractsocket.h>

#include <algorithm>
#include <array>

#ifdef Q_OS_LINUX
#include "net/loop/wswakeup.h"
#endif

#ifdef Q_OS_UNIX
#include <poll.h>
#endif

using namespace std::chrono;

namespace {
const QEvent::Type FlushEvent = QEvent::Type(QEvent::registerEventType());
const QEvent::Type TasksEvent = QEvent::Type(QEvent::registerEventType());
} // namespace

// What QThreadStorage holds, which is asked for at every message.
constinit thread_local WsThreadContext *WsThreadContext::s_current = nullptr;

WsThreadContext &WsThreadContext::current()
{
    static QThreadStorage<WsThreadContext *> contexts;
    if (!s_current) {
        s_current = new WsThreadContext;
        contexts.setLocalData(s_current);
    }
    return *s_current;
}

WsThreadContext::WsThreadContext()
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &WsThreadContext::checkDeadlines);
    if (QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance()) {
        // Which of the two comes before what a turn delivers differs from one dispatcher to the next.
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &WsThreadContext::beginTurn);
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, &WsThreadContext::beginTurn);
    }
}

WsThreadContext::~WsThreadContext()
{
    s_current = nullptr;
}

void WsThreadContext::beginTurn()
{
    ++m_turn;
    for (WsConnection *connection : m_pumping) {
        if (connection && connection->d->protocol.outputSize() > 0)
            scheduleFlush(connection);
    }
}

QByteArray WsThreadContext::takeReadBuffer()
{
    QByteArray buffer = std::exchange(m_readBuffer, {});
    buffer.resize(ReadSize);
    return buffer;
}

void WsThreadContext::giveReadBuffer(QByteArray buffer)
{
    if (buffer.capacity() >= ReadSize && buffer.isDetached())
        m_readBuffer = std::move(buffer);
}

void WsThreadContext::scheduleFlush(WsConnection *connection)
{
    if (std::exchange(connection->d->isFlushScheduled, true))
        return;
    if (m_toFlush.empty())
        QCoreApplication::postEvent(this, new QEvent(FlushEvent));
    m_toFlush.push_back(connection);
}

bool WsThreadContext::event(QEvent *event)
{
    if (event->type() == FlushEvent)
        flushAll();
    else if (event->type() == TasksEvent)
        onTasksEvent();
    else
        return QObject::event(event);
    return true;
}

void WsThreadContext::post(std::function<void()> task)
{
    bool needsEvent = false;
    {
        const QMutexLocker locker(&m_taskMutex);
        m_tasks.push_back(std::move(task));
        needsEvent = !std::exchange(m_isTasksEventPosted, true);
#ifdef Q_OS_LINUX
        if (m_wakeUp)
            m_wakeUp->request();
#endif
    }
    if (needsEvent)
        QCoreApplication::postEvent(this, new QEvent(TasksEvent));
}

void WsThreadContext::onTasksEvent()
{
    {
        const QMutexLocker locker(&m_taskMutex);
        m_isTasksEventPosted = false;
    }
    runTasks();
}

// Not those that come meanwhile: others may post as fast as they are done, and the sockets are to have their turn.
void WsThreadContext::runTasks()
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
    }
}

// A task may run an event loop of its own: an event stands for those behind it, so that they are done there.
bool WsThreadContext::takeTask(std::function<void()> *task)
{
    bool needsEvent = false;
    {
        const QMutexLocker locker(&m_taskMutex);
        if (m_tasks.empty())
            return false;
        *task = std::move(m_tasks.front());
        m_tasks.pop_front();
        needsEvent = !m_tasks.empty() && !std::exchange(m_isTasksEventPosted, true);
    }
    if (needsEvent)
        QCoreApplication::postEvent(this, new QEvent(TasksEvent));
    return true;
}

#ifdef Q_OS_LINUX
short WsThreadContext::wait(int descriptor, short events, int ms)
{
    {
        const QMutexLocker locker(&m_taskMutex);
        if (!m_wakeUp)
            m_wakeUp = std::make_unique<WsWakeUp>();
        if (!m_tasks.empty())
            return 0;
        m_wakeUp->take(); // a request that was for tasks that have been done
        m_wakeUp->fallAsleep();
    }
    std::array<pollfd, 2> entries = {{{descriptor, events, 0}, {m_wakeUp->descriptor(), POLLIN, 0}}};
    const int count = ::poll(entries.data(), entries.size(), ms);
    m_wakeUp->take();
    if (count > 0 && entries[1].revents != 0)
        m_wakeUp->wait(0); // which resets it
    return count > 0 ? entries[0].revents : short(0);
}
#elif defined(Q_OS_UNIX)
short WsThreadContext::wait(int descriptor, short events, int ms)
{
    constexpr int LongestWait = 20; // nothing wakes it up
    pollfd entry = {descriptor, events, 0};
    return ::poll(&entry, 1, std::min(ms, LongestWait)) > 0 ? entry.revents : short(0);
}
#endif

void WsThreadContext::flushAll()
{
    std::vector<WsConnection *> connections = std::exchange(m_toFlush, {});
    // A slot may delete any of them, and may run an event loop that comes here again.
    m_flushing.insert(m_flushing.end(), connections.begin(), connections.end());
    while (!m_flushing.empty()) {
        WsConnection *connection = m_flushing.back();
        m_flushing.pop_back();
        if (!connection)
            continue;
        connection->d->isFlushScheduled = false;
        connection->flush();
    }
    if (m_toFlush.empty()) {
        connections.clear();
        m_toFlush = std::move(connections);
    }
}

void WsThreadContext::scheduleCheck(WsConnection *connection, WsTime time)
{
    WsTime &scheduled = connection->d->scheduledCheck;
    if (scheduled <= time)
        return;
    if (scheduled != WsTime::max())
        m_checks.erase({scheduled, connection});
    scheduled = time;
    m_checks.emplace(time, connection);
    if (time < m_timerTime)
        startTimer();
}

void WsThreadContext::startTimer()
{
    // Where no event loop can run, whoever waits for a connection looks at its deadlines.
    if (m_checks.empty() || !QAbstractEventDispatcher::instance()) {
        m_timerTime = WsTime::max();
        return;
    }
    m_timerTime = m_checks.begin()->first;
    const auto wait = ceil<milliseconds>(m_timerTime - steady_clock::now());
    m_timer.start(std::max(wait, milliseconds(0)));
}

void WsThreadContext::checkDeadlines()
{
    const WsTime now = steady_clock::now();
    while (!m_checks.empty() && m_checks.begin()->first <= now) {
        WsConnection *connection = m_checks.begin()->second;
        m_checks.erase(m_checks.begin());
        connection->d->scheduledCheck = WsTime::max();
        startTimer(); // a slot may run an event loop of its own
        connection->checkDeadlines(now);
    }
    startTimer();
}

void WsThreadContext::retire(QAbstractSocket *socket)
{
    socket->setParent(this); // who frees it if no loop runs any more
    if (m_socketCalls == 0)
        socket->deleteLater();
    else
        m_retired.push_back(socket);
}

void WsThreadContext::deleteRetired()
{
    for (QAbstractSocket *socket : std::exchange(m_retired, {}))
        socket->deleteLater();
}

void WsThreadContext::forget(WsConnection *connection)
{
    std::replace(m_pumping.begin(), m_pumping.end(), connection, static_cast<WsConnection *>(nullptr));
    if (connection->d->scheduledCheck != WsTime::max())
        m_checks.erase({std::exchange(connection->d->scheduledCheck, WsTime::max()), connection});
    if (std::exchange(connection->d->isFlushScheduled, false)) {
        std::replace(m_toFlush.begin(), m_toFlush.end(), connection, static_cast<WsConnection *>(nullptr));
        std::replace(m_flushing.begin(), m_flushing.end(), connection, static_cast<WsConnection *>(nullptr));
    }
}
