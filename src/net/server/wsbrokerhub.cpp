// SPDX-License-Identifier: MIT
#include "net/server/wsbrokerhub.h"

#include "net/loop/wslogging.h"
#include "net/server/wsbrokerenvelope.h"
#include "net/server/wsserverhome.h"

#include <QtCore/qpointer.h>
#include <QtCore/qscopedvaluerollback.h>

#include <utility>

// --- the servers

void WsBrokerHub::attach(const std::shared_ptr<WsServerHome> &home)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        m_homes.push_back(home);
    }
    noteTopics(home->allTopics());
}

void WsBrokerHub::detach(const WsServerHome *home)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        std::erase_if(m_homes, [home](const auto &other) {
            const auto existing = other.lock();
            return !existing || existing.get() == home;
        });
    }
    noteTopics(topics());
}

WsBrokerHub::Homes WsBrokerHub::homes() const
{
    const QMutexLocker locker(&m_hubMutex);
    Homes existing;
    for (const auto &home : m_homes) {
        if (auto found = home.lock())
            existing.push_back(std::move(found));
    }
    return existing;
}

void WsBrokerHub::forgetBroker()
{
    m_broker = nullptr;
    m_state = Ws::Closed;
    leaveThread();
    dropQueued();
}

// --- what goes out

bool WsBrokerHub::publish(const WsManyMessage &message, const WsServerHome *from)
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    const Homes receivers = homes();
    const bool isQueued = enqueue(message);
    if (isQueued && isOwnThread())
        sendQueued();
    for (const auto &home : receivers) {
        if (home.get() != from)
            home->publishToAll(message, nullptr);
    }
    return isQueued;
}

// The numbers follow the order in which the messages leave, and count those that do not: the receivers find
// out by them what they have missed.
bool WsBrokerHub::enqueue(const WsManyMessage &message)
{
    const bool isTooLarge = message.message.size() > maxMessageSize;
    if (isTooLarge)
        qCWarning(wsNetLog) << "a message of" << message.message.size()
                            << "bytes is not published to other servers: maxMessageSize is" << maxMessageSize;
    Outgoing outgoing;
    outgoing.topic = message.topic;
    if (mayQueue() && !isTooLarge) {
        const WsMessage content = message.message.message();
        outgoing.data = WsBrokerEnvelope{content.type(), m_origin, 0, message.key, content.data()}.encoded();
    }
    bool isFirst = false;
    {
        const QMutexLocker locker(&m_hubMutex);
        const quint64 number = m_numbers.next(message.topic);
        if (outgoing.data.isEmpty() || m_queuedSize + outgoing.size() > maxBufferedAmount) {
            ++unsent;
            return false;
        }
        WsBrokerEnvelope::setNumber(&outgoing.data, number);
        m_queuedSize += outgoing.size();
        m_queue.push_back(std::move(outgoing));
        isFirst = !isOwnThread() && !std::exchange(m_isSendingPosted, true);
    }
    if (!isFirst || post([self = shared_from_this()] { self->sendQueued(); }))
        return true;
    dropQueued(); // its thread has ended
    return false;
}

// What other threads have queued is sent as well, so that the order stays.
void WsBrokerHub::sendQueued()
{
    {
        const QMutexLocker locker(&m_hubMutex);
        m_isSendingPosted = false;
    }
    if (m_isSending) // a slot that this has called publishes
        return;
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    const QScopedValueRollback<bool> sending(m_isSending, true);
    Outgoing next;
    while (takeNext(&next)) {
        if (!m_broker.load()->send(next.topic, next.data))
            ++unsent;
    }
    if (!mayQueue())
        dropQueued();
}

bool WsBrokerHub::takeNext(Outgoing *next)
{
    const QMutexLocker locker(&m_hubMutex);
    if (m_queue.empty() || !m_broker || m_state != Ws::Open)
        return false;
    *next = std::move(m_queue.front());
    m_queue.pop_front();
    m_queuedSize -= next->size();
    return true;
}

void WsBrokerHub::dropQueued()
{
    std::deque<Outgoing> dropped; // destroyed without the lock
    const QMutexLocker locker(&m_hubMutex);
    dropped.swap(m_queue);
    m_queuedSize = 0;
    unsent += qint64(dropped.size());
}

void WsBrokerHub::setState(Ws::State state)
{
    const Ws::State before = m_state.exchange(state);
    if (before == state)
        return;
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    const QPointer<WsBroker> broker(m_broker);
    sendQueued();
    if (broker)
        Q_EMIT broker->stateChanged();
    if (broker && state == Ws::Open)
        Q_EMIT broker->connected();
    else if (broker && before == Ws::Open)
        Q_EMIT broker->disconnected();
}

// --- what comes in

void WsBrokerHub::deliver(const QString &topic, const QByteArray &data)
{
    const std::optional<WsBrokerEnvelope> envelope = WsBrokerEnvelope::decode(data);
    if (!envelope) {
        qCWarning(wsNetLog) << "the broker has delivered an envelope that is not understood, topic" << topic;
        return;
    }
    if (envelope->origin == m_origin) // which was delivered when it was published
        return;
    {
        const QMutexLocker locker(&m_hubMutex);
        if (!m_topics.contains(topic))
            return;
    }
    if (!envelope->origin.isNull()) {
        const WsBrokerGaps::Arrival arrival = m_gaps.arrive(topic, envelope->origin, envelope->number);
        missed += arrival.missed;
        if (!arrival.isNew)
            return;
    }
    const bool isWhole = envelope->payload.size() == data.size();
    const WsManyMessage message{
        WsPreparedMessage(WsMessage(envelope->type, isWhole ? data : envelope->payload.toByteArray())), topic,
        envelope->key};
    if (message.message.isNull() || message.message.size() > maxMessageSize) {
        qCWarning(wsNetLog) << "a message from the broker was dropped: it is"
                            << (message.message.isNull() ? "not UTF-8" : "larger than maxMessageSize");
        return;
    }
    const Homes receivers = homes();
    for (const auto &home : receivers)
        home->publishToAll(message, nullptr);
}

// --- topics

void WsBrokerHub::noteTopics(const QStringList &topics)
{
    if (topics.isEmpty())
        return;
    {
        const QMutexLocker locker(&m_hubMutex);
        const bool isPosted = !m_changedTopics.isEmpty();
        m_changedTopics.unite({topics.begin(), topics.end()});
        if (isPosted)
            return;
    }
    (void)post([self = shared_from_this()] { self->updateTopics(); });
}

QStringList WsBrokerHub::topics() const
{
    const QMutexLocker locker(&m_hubMutex);
    return m_topics.values();
}

// From the event loop: a broker may report an error, and a slot of that delete anything.
void WsBrokerHub::updateTopics()
{
    QSet<QString> changed;
    {
        const QMutexLocker locker(&m_hubMutex);
        changed.swap(m_changedTopics);
    }
    for (const QString &topic : std::as_const(changed))
        updateTopic(topic);
}

void WsBrokerHub::updateTopic(const QString &topic)
{
    bool isWanted = false;
    for (const auto &home : homes())
        isWanted = isWanted || home->hasSubscribers(topic);
    WsBroker *const broker = m_broker;
    {
        const QMutexLocker locker(&m_hubMutex);
        if (!broker || isWanted == m_topics.contains(topic))
            return;
        if (isWanted)
            m_topics.insert(topic);
        else
            m_topics.remove(topic);
    }
    if (isWanted) {
        broker->subscribe(topic);
    } else {
        m_gaps.forget(topic);
        broker->unsubscribe(topic);
    }
}
