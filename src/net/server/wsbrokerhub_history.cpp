// SPDX-License-Identifier: MIT

// Topics of which a service keeps messages.

#include "net/server/wsbrokerhub.h"

#include "net/loop/wslogging.h"
#include "net/loop/wsthrown.h"
#include "net/server/wsserverhome.h"

#include <utility>

void WsBrokerHub::setHistory(const QString &topics, const WsHistoryLimits &limits)
{
    const QMutexLocker locker(&m_historyMutex);
    m_histories.set(topics, limits);
    m_hasHistories = true;
}

std::optional<WsHistoryLimits> WsBrokerHub::historyOf(const QString &topic) const
{
    if (Q_LIKELY(!m_hasHistories) || (presence.isOn() && WsPresence::isChannel(topic)))
        return {};
    const QMutexLocker locker(&m_historyMutex);
    const std::optional<WsHistoryLimits> limits = m_histories.find(topic);
    return limits && limits->maxMessages > 0 ? limits : std::nullopt;
}

void WsBrokerHub::setHistoryEnvelope(WsBroker::HistoryEnvelope envelope)
{
    m_envelope.set(std::move(envelope));
}

// Who follows a history wants all of it, whatever key a message has.
std::optional<WsManyMessage> WsBrokerHub::enveloped(WsManyMessage message)
{
    message.key.reset();
    const std::shared_ptr<const WsBroker::HistoryEnvelope> envelope = m_envelope.get();
    if (!envelope)
        return message;
    const QString id = message.id.isNull() ? QString() : message.id.toString();
    WsMessage changed;
    const QString thrown =
        wsThrownBy([&] { changed = (*envelope)(message.topic, id, message.message.message()); });
    message.message = WsPreparedMessage(changed);
    if (thrown.isNull() && !message.message.isNull())
        return message;
    reportEnvelope(thrown.isNull() ? QStringLiteral("it has returned text that is not UTF-8") : thrown);
    return {};
}

void WsBrokerHub::reportEnvelope(const QString &text)
{
    const WsError error(Ws::ErrorKind::Handler, QStringLiteral("the history envelope failed: %1").arg(text));
    qCWarning(wsNetLog).noquote() << error.text();
    (void)post([self = shared_from_this(), error] {
        if (WsBroker *const broker = self->m_broker)
            Q_EMIT broker->errorOccurred(error);
    });
}

// Before anything is added to a history, its end has been read for those who have subscribed before. Until
// then it waits aside, so that other topics pass. A broker may report an error when it subscribes, so this is
// for the event loop. Returns false if that has to do it, or the broker has gone.
bool WsBrokerHub::prepareNext(bool isInEventLoop)
{
    while (const std::optional<QString> topic = nextKept()) {
        const bool isNew = isToBeUpdated(*topic);
        if (isNew && !isInEventLoop)
            return false;
        if (isNew)
            updateTopic(*topic);
        if (!isOwnThread())
            return false;
        if (!m_history.isWaitingForEnd(*topic))
            break;
        setNextAside(*topic);
    }
    return true;
}

// The topic of the next message, if that is to be kept.
std::optional<QString> WsBrokerHub::nextKept() const
{
    const QMutexLocker locker(&m_hubMutex);
    const bool isKept = !m_queue.empty() && m_queue.front().isKept();
    return isKept ? std::optional(m_queue.front().topic()) : std::nullopt;
}

// Unless another one is the next now: a slot that the broker has called may have had it take answers.
void WsBrokerHub::setNextAside(const QString &topic)
{
    const QMutexLocker locker(&m_hubMutex);
    if (m_queue.empty() || !m_queue.front().isKept() || m_queue.front().topic() != topic)
        return;
    m_aside[topic].push_back(std::move(m_queue.front()));
    m_queue.pop_front();
}

void WsBrokerHub::sendWhatWaitedFor(const QString &topic)
{
    {
        const QMutexLocker locker(&m_hubMutex);
        const std::deque<WsBrokerMessage> waiting = m_aside.take(topic);
        m_queue.insert(m_queue.begin(), waiting.begin(), waiting.end());
    }
    (void)postSending();
}

// A subscription that is about to be noted may be what gives the topic a history.
void WsBrokerHub::readHistory(const std::shared_ptr<WsReplayRequest> &request)
{
    if (m_hasEnded || !historyOf(request->topic))
        return;
    (void)post([self = shared_from_this(), request] {
        if (self->m_history.has(request->topic) || self->isToBeUpdated(request->topic))
            self->m_history.read(request);
    });
}

void WsBrokerHub::reportGap(const QString &topic, const WsHistoryId &position)
{
    const Homes all = homes();
    for (const auto &home : all)
        home->reportGapToAll(topic, position);
}

void WsBrokerHub::restartReplays(const QString &topic)
{
    quint64 era = 0;
    {
        const QMutexLocker locker(&m_hubMutex);
        era = m_historyEra = wsNextHistoryEra();
    }
    const Homes all = homes();
    for (const auto &home : all)
        home->restartReplays(topic, era);
}

bool WsBrokerHub::isToBeUpdated(const QString &topic) const
{
    const QMutexLocker locker(&m_hubMutex);
    return m_changed.contains(topic);
}

void WsBrokerHub::askForHistory(int number, const QString &topic, const QString &after)
{
    m_broker.load()->readHistory(number, topic, after);
}

void WsBrokerHub::confirm(const QString &topic)
{
    if (isOwnThread())
        m_history.confirm(topic);
    else
        (void)post([self = shared_from_this(), topic] { self->m_history.confirm(topic); });
}

void WsBrokerHub::onRead(int number, const QList<WsBrokerMessage> &messages, bool isLast, bool isComplete)
{
    const std::shared_ptr<WsBrokerHub> self = shared_from_this();
    if (isOwnThread())
        m_history.onRead(number, messages, isLast, isComplete);
    else
        (void)post([=] { self->m_history.onRead(number, messages, isLast, isComplete); });
}
