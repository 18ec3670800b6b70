// SPDX-License-Identifier: MIT
#include "net/wsthreadcontext.h"

#include "net/wsconnection_p.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qthreadstorage.h>
#include <QtNetwork/qabstractsocket.h>

#include <algorithm>

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
        runTasks();
    else
        return QObject::event(event);
    return true;
}

void WsThreadContext::post(std::function<void()> task)
{
    bool isFirst = false;
    {
        const QMutexLocker locker(&m_taskMutex);
        isFirst = m_tasks.empty();
        m_tasks.push_back(std::move(task));
    }
    if (isFirst)
        QCoreApplication::postEvent(this, new QEvent(TasksEvent));
}

// One by one, because a task may run an event loop of its own, in which those behind it are next.
void WsThreadContext::runTasks()
{
    for (;;) {
        std::function<void()> task;
        {
            const QMutexLocker locker(&m_taskMutex);
            if (m_tasks.empty())
                return;
            task = std::move(m_tasks.front());
            m_tasks.pop_front();
        }
        task();
    }
}

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
