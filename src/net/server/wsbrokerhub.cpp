// SPDX-License-Identifier: MIT
#include "net/server/wsbrokerhub.h"

#include "net/loop/wslogging.h"
#include "net/loop/wstimebudget.h"
#include "net/server/wsbrokerenvelope.h"
#include "net/server/wsserverhome.h"

#include <algorithm>
#include <utility>

bool WsBrokerHub::isFirst(Warning warning)
{
    return !(m_warnings.fetch_or(quint8(warning)) & quint8(warning));
}

// --- the servers

void WsBrokerHub::attach(const std::shared_ptr<WsServerHome> &home)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        if (m_hasEnded)
            return;
        m_homes.push_back(home);
        m_historyEra = wsNextHistoryEra();
    }
    noteTopics(home->topicsForBroker());
    presence.attach(home);
}

// Its own topics as well: they may be about to be subscribed.
void WsBrokerHub::detach(const WsServerHome *home)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        std::erase_if(m_homes, [home](const auto &other) {
            const auto existing = other.lock();
            return !existing || existing.get() == home;
        });
    }
    noteTopics(topics() + home->topicsForBroker());
    presence.detach(home);
}

WsBrokerHub::Homes WsBrokerHub::homes() const
{
    return receivers().homes;
}

WsBrokerHub::Receivers WsBrokerHub::receivers() const
{
    const QMutexLocker locker(&m_hubMutex);
    Receivers existing{{}, m_historyEra};
    for (const auto &home : m_homes) {
        if (auto found = home.lock())
            existing.homes.push_back(std::move(found));
    }
    return existing;
}

// --- the broker

void WsBrokerHub::leaveWithBroker()
{
    m_isSending = false; // what the old thread still does here ends there
    depart();
    release();
}

void WsBrokerHub::forgetBroker()
{
    m_broker = nullptr;
    leaveThread();
    end();
}

void WsBrokerHub::end()
{
    m_gaps = WsBrokerGaps();
    m_history.end();
    presence.end();
    {
        const QMutexLocker locker(&m_hubMutex);
        m_hasEnded = true;
        m_state = Ws::Closed;
    }
    dropQueued(); // some of which goes to the servers
    const QMutexLocker locker(&m_hubMutex);
    m_homes.clear();
    m_changed.clear();
    m_changedInOrder.clear();
    m_topics.clear();
    m_numbers = WsBrokerNumbers();
}

void WsBrokerHub::setQueueMessages(bool queue)
{
    if (queuesMessages.exchange(queue) == queue)
        return;
    const auto report = [self = shared_from_this()] {
        if (WsBroker *const broker = self->m_broker)
            Q_EMIT broker->queueMessagesChanged();
    };
    if (isOwnThread())
        report();
    else
        (void)post(report);
}

void WsBrokerHub::setState(Ws::State state)
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    if (!isOwnThread()) {
        (void)post([self, state] { self->setState(state); });
        return;
    }
    if (m_state.exchange(state) == state)
        return;
    m_isStateReported = false;
    if (state == Ws::Open)
        m_history.connect();
    else
        m_history.disconnect();
    presence.onStateChanged();
    (void)sendQueued();
    if (isOwnThread())
        reportState();
    else
        (void)post([self] { self->reportState(); });
}

// A slot may change the state again, move the broker to another thread, or delete it.
void WsBrokerHub::reportState()
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    if (!std::exchange(m_isStateReported, true)) {
        Q_EMIT m_broker.load()->stateChanged();
        if (!isOwnThread()) {
            (void)post([self] { self->reportState(); });
            return;
        }
    }
    const bool isConnected = m_state == Ws::Open;
    if (std::exchange(m_isConnectionReported, isConnected) == isConnected)
        return;
    if (isConnected)
        Q_EMIT m_broker.load()->connected();
    else
        Q_EMIT m_broker.load()->disconnected();
}

// --- what goes out

WsBrokerHub::Publishing WsBrokerHub::publish(const WsManyMessage &message, const WsServerHome *from,
                                             const WsConnection *except)
{
    if (presence.isReserved(message.topic))
        return {};
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    const Homes receivers = homes(); // none if the broker has gone
    const bool isKept = historyOf(message.topic).has_value();
    const quint64 queued = enqueue(message, isKept);
    const bool isSent = queued != 0 && (isOwnThread() ? sendQueued(queued) : postSending());
    const auto isFrom = [from](const auto &home) { return home.get() == from; };
    const bool isKnown = std::any_of(receivers.begin(), receivers.end(), isFrom);
    std::optional<int> reached;
    if (!isKept) {
        const int accepted = WsServerHome::publishToAll(receivers, message, from, except);
        reached = isKnown ? std::optional(accepted) : std::nullopt;
    } else if (queued == 0) {
        deliverTo({receivers}, enveloped(message));
    }
    return {isSent, isKept && (queued != 0 || isKnown), reached};
}

void WsBrokerHub::deliverTo(const Receivers &receivers, std::optional<WsManyMessage> message)
{
    if (!message)
        return;
    message->era = receivers.era;
    (void)WsServerHome::publishToAll(receivers.homes, *message);
}

// The numbers follow the order in which the messages leave, and count those that do not: the receivers find
// out by them what they have missed.
quint64 WsBrokerHub::enqueue(const WsManyMessage &message, bool isKept)
{
    if (m_hasEnded) {
        ++unsent;
        return 0;
    }
    const WsBrokerStream stream = WsBrokerStream::of(message.topic);
    QByteArray data;
    if (mayQueue() && mayBeSent(message) && hasRoom(message.message.size())) {
        const WsMessage content = message.message.message();
        data = WsBrokerEnvelope{content.type(), m_origin, 0, message.key, content.data()}.encoded();
    }
    const QMutexLocker locker(&m_hubMutex);
    const quint64 number = m_numbers.next(stream);
    if (!data.isEmpty() && !m_hasEnded) {
        WsBrokerEnvelope::setNumber(&data, number);
        WsBrokerMessage outgoing(message.topic, data);
        outgoing.setKept(isKept);
        const qint64 size = m_queuedSize + costOf(outgoing);
        if (size <= maxBufferedAmount) {
            m_queuedSize = size;
            m_queue.push_back(std::move(outgoing));
            return ++m_lastQueued;
        }
    }
    ++unsent;
    return 0;
}

bool WsBrokerHub::mayBeSent(const WsManyMessage &message)
{
    const qint64 size = message.message.size();
    if (size > maxMessageSize) {
        if (isFirst(Warning::TooLarge))
            qCWarning(wsNetLog) << "a message of" << size
                                << "bytes is not published to other servers: maxMessageSize is"
                                << maxMessageSize << "(further ones are only counted)";
        return false;
    }
    if (WsBrokerEnvelope::isName(message.topic) && (!message.key || WsBrokerEnvelope::isName(*message.key)))
        return true;
    if (isFirst(Warning::LongName))
        qCWarning(wsNetLog, "a message is not published to other servers: its topic or key is longer than "
                            "64 KiB (further ones are only counted)");
    return false;
}

// Asked before a copy is made.
bool WsBrokerHub::hasRoom(qint64 size) const
{
    const QMutexLocker locker(&m_hubMutex);
    return m_queuedSize + size + Cost <= maxBufferedAmount;
}

qint64 WsBrokerHub::costOf(const WsBrokerMessage &message)
{
    return message.data().size() + message.topic().size() * qint64(sizeof(QChar)) + Cost;
}

// Returns false if nothing can be sent any more. What is queued is then dropped by end().
bool WsBrokerHub::postSending()
{
    {
        const QMutexLocker locker(&m_hubMutex);
        if (m_hasEnded)
            return false;
        if (std::exchange(m_isSendingPosted, true))
            return true;
    }
    return post([self = shared_from_this()] {
        {
            const QMutexLocker locker(&self->m_hubMutex);
            self->m_isSendingPosted = false;
        }
        (void)self->sendQueued();
    });
}

// What other threads have queued so far is sent as well, so that the order stays. What they queue meanwhile
// is not: they may publish as fast as this sends.
bool WsBrokerHub::sendQueued(quint64 asked)
{
    if (m_isSending) // a slot that this has called publishes
        return true;
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    m_isSending = true;
    WsTimeBudget budget;
    WsBrokerMessage next;
    bool isRefused = false;
    for (qsizetype count = queuedCount(); count > 0 && prepareNext(asked == 0); --count) {
        const quint64 number = takeNext(&next);
        if (number == 0)
            break;
        if (!m_broker.load()->send(next)) {
            refuse(next);
            isRefused = isRefused || number == asked;
        }
        if (!isOwnThread() || !budget.spend(next.data().size()))
            break;
    }
    if (!isOwnThread()) { // a slot has moved the broker to another thread, or deleted it
        (void)postSending();
        return !isRefused;
    }
    m_isSending = false;
    if (!mayQueue())
        dropQueued();
    else if (m_state == Ws::Open && queuedCount() > 0)
        (void)postSending();
    return !isRefused;
}

qsizetype WsBrokerHub::queuedCount() const
{
    const QMutexLocker locker(&m_hubMutex);
    return qsizetype(m_queue.size());
}

quint64 WsBrokerHub::takeNext(WsBrokerMessage *next)
{
    const QMutexLocker locker(&m_hubMutex);
    if (m_queue.empty() || m_state != Ws::Open)
        return 0;
    const quint64 number = m_lastQueued - m_queue.size() + 1;
    *next = std::move(m_queue.front());
    m_queue.pop_front();
    m_queuedSize -= costOf(*next);
    return number;
}

void WsBrokerHub::dropQueued()
{
    std::deque<WsBrokerMessage> dropped;
    {
        const QMutexLocker locker(&m_hubMutex);
        putBack();
        dropped.swap(m_queue);
        m_queuedSize = 0;
    }
    for (const WsBrokerMessage &message : dropped)
        refuse(message);
}

// With the lock: all that waits aside.
void WsBrokerHub::putBack()
{
    const QHash<QString, std::deque<WsBrokerMessage>> aside = std::exchange(m_aside, {});
    for (const std::deque<WsBrokerMessage> &waiting : aside)
        m_queue.insert(m_queue.begin(), waiting.begin(), waiting.end());
}

// The subscribers here get it nevertheless.
void WsBrokerHub::refuse(const WsBrokerMessage &message)
{
    ++unsent;
    if (message.isKept())
        deliverTo(receivers(), unpackedKept(message));
}

// Nothing of it comes back any more, so the subscribers here get at once what they would get then.
void WsBrokerHub::sendAll()
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    m_isLeaving = true;
    {
        const QMutexLocker locker(&m_hubMutex);
        putBack();
    }
    WsBrokerMessage next;
    for (qsizetype count = queuedCount(); count > 0 && isOwnThread() && takeNext(&next) > 0; --count) {
        if (!m_broker.load()->send(next))
            refuse(next);
        else if (next.isKept())
            deliverTo(receivers(), unpackedKept(next));
    }
}

void WsBrokerHub::sendNow(const WsBrokerMessage &message)
{
    if (m_state == Ws::Open)
        (void)m_broker.load()->send(message);
}

// --- what comes in

void WsBrokerHub::deliver(const WsBrokerMessage &message)
{
    if (!isOwnThread()) {
        (void)post([self = shared_from_this(), message] { self->deliver(message); });
        return;
    }
    if (presence.isOn() && WsPresence::isChannel(message.topic())) {
        presence.receive(message);
        return;
    }
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    const std::optional<WsHistoryId> id = WsHistoryId::parse(message.id());
    const bool isNew = !id || m_history.arrive(message.topic(), *id);
    if (isNew && isOwnThread())
        deliverTo(receivers(), unpacked(message));
}

void WsBrokerHub::deliverKept(const WsBrokerMessage &message)
{
    deliverTo(receivers(), unpacked(message));
}

std::optional<WsBrokerEnvelope> WsBrokerHub::decoded(const WsBrokerMessage &message)
{
    const std::optional<WsBrokerEnvelope> envelope = WsBrokerEnvelope::decode(message.data());
    if (!envelope && isFirst(Warning::NotUnderstood))
        qCWarning(wsNetLog) << "the broker has delivered an envelope that is not understood, topic"
                            << message.topic();
    return envelope;
}

// The own were delivered when they were published, except those of a history.
std::optional<WsManyMessage> WsBrokerHub::unpacked(const WsBrokerMessage &message)
{
    const std::optional<WsBrokerEnvelope> envelope = decoded(message);
    const quint64 subscription = subscriptionOf(message.topic());
    if (!envelope || subscription == 0)
        return {};
    const bool isKept = !message.id().isEmpty();
    if (envelope->origin == m_origin)
        return isKept && !m_isLeaving ? opened(message, *envelope) : std::nullopt;
    if (!envelope->origin.isNull()) {
        const auto stream = WsBrokerStream::of(message.topic(), envelope->origin, subscription);
        const WsBrokerGaps::Arrival arrival = m_gaps.arrive(stream, envelope->number);
        missed += arrival.missed;
        if (!arrival.isNew && !isKept)
            return {};
    }
    return opened(message, *envelope);
}

std::optional<WsManyMessage> WsBrokerHub::unpackedKept(const WsBrokerMessage &message)
{
    const std::optional<WsBrokerEnvelope> envelope = decoded(message);
    return envelope ? opened(message, *envelope) : std::nullopt;
}

std::optional<WsManyMessage> WsBrokerHub::opened(const WsBrokerMessage &message,
                                                 const WsBrokerEnvelope &envelope)
{
    const bool isOfKit = !envelope.origin.isNull();
    WsPreparedMessage prepared;
    if (envelope.payload.size() <= maxMessageSize) {
        const QByteArray payload = isOfKit ? envelope.payload.toByteArray() : message.data();
        prepared = WsPreparedMessage(WsMessage(envelope.type, payload));
        if (prepared.isNull() && !isOfKit)
            prepared = WsPreparedMessage(WsMessage(Ws::Binary, payload));
    }
    if (!prepared.isNull()) {
        const WsHistoryId id = WsHistoryId::parse(message.id()).value_or(WsHistoryId());
        const bool isKept = !id.isNull() || historyOf(message.topic());
        const WsManyMessage readable{prepared, message.topic(), envelope.key, id};
        return isKept ? enveloped(readable) : readable;
    }
    missed += isOfKit ? 1 : 0;
    if (isFirst(Warning::Refused))
        qCWarning(wsNetLog,
                  "a message from the broker was dropped: it is larger than maxMessageSize, or text "
                  "that is not UTF-8 (further ones are only counted)");
    return {};
}

quint64 WsBrokerHub::subscriptionOf(const QString &topic) const
{
    const QMutexLocker locker(&m_hubMutex);
    return m_topics.value(topic);
}

// --- topics

void WsBrokerHub::noteTopics(const QStringList &topics)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        if (m_hasEnded)
            return;
        for (const QString &topic : topics) {
            if (m_changed.contains(topic))
                continue;
            m_changed.insert(topic);
            m_changedInOrder.push_back(topic);
        }
    }
    postUpdate();
}

QStringList WsBrokerHub::topics() const
{
    const QMutexLocker locker(&m_hubMutex);
    return m_topics.keys();
}

// To the event loop: a broker may report an error, and a slot of that delete anything.
void WsBrokerHub::postUpdate()
{
    {
        const QMutexLocker locker(&m_hubMutex);
        if (m_changedInOrder.empty() || std::exchange(m_isUpdatePosted, true))
            return;
    }
    (void)post([self = shared_from_this()] {
        {
            const QMutexLocker locker(&self->m_hubMutex);
            self->m_isUpdatePosted = false;
        }
        self->updateTopics();
    });
}

void WsBrokerHub::updateTopics()
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    WsTimeBudget budget;
    QString topic;
    while (takeChanged(&topic)) {
        updateTopic(topic);
        if (!isOwnThread())
            break;
        if (presence.isOn() && subscriptionOf(topic) > 0)
            presence.onSubscribed(topic);
        if (!budget.spend())
            break;
    }
    postUpdate();
}

bool WsBrokerHub::takeChanged(QString *topic)
{
    const QMutexLocker locker(&m_hubMutex);
    if (m_changedInOrder.empty())
        return false;
    *topic = std::move(m_changedInOrder.front());
    m_changedInOrder.pop_front();
    m_changed.remove(*topic);
    return true;
}

// A server that leaves notes its topics once it is not among the homes any more, so those are looked up last.
void WsBrokerHub::updateTopic(const QString &topic)
{
    const Homes all = homes();
    const auto subscribes = [&](const auto &home) { return home->hasSubscribers(topic); };
    const bool isWanted = WsBrokerEnvelope::isName(topic)
                          && (std::any_of(all.begin(), all.end(), subscribes) || presence.wants(topic));
    const bool isChanged = setSubscribed(topic, isWanted);
    if (isChanged && isWanted && historyOf(topic))
        m_history.add(topic);
    else if (!m_history.has(topic) || !isWanted)
        m_history.remove(topic);
    if (!isChanged || !isOwnThread())
        return;
    WsBroker *const broker = m_broker;
    if (isWanted)
        broker->subscribe(topic);
    else
        broker->unsubscribe(topic);
}

// Returns whether this is a change.
bool WsBrokerHub::setSubscribed(const QString &topic, bool isWanted)
{
    const QMutexLocker locker(&m_hubMutex);
    if (m_hasEnded || isWanted == m_topics.contains(topic))
        return false;
    if (isWanted)
        m_topics.insert(topic, ++m_subscriptions);
    else
        m_topics.remove(topic);
    return true;
}
