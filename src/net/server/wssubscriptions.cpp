// SPDX-License-Identifier: MIT
#include "net/server/wssubscriptions.h"

#include "net/connection/wsconnection_p.h"

QStringList WsSubscriptions::topics() const
{
    const QMutexLocker locker(&m_mutex);
    return m_topics.keys();
}

int WsSubscriptions::subscriberCount(const QString &topic) const
{
    const QMutexLocker locker(&m_mutex);
    return int(m_topics.value(topic).size());
}

void WsSubscriptions::addCounts(QMap<QString, int> *subscribers) const
{
    const QMutexLocker locker(&m_mutex);
    for (auto topic = m_topics.begin(); topic != m_topics.end(); ++topic)
        (*subscribers)[topic.key()] += int(topic.value().size());
}

void WsSubscriptions::visit(const QString &topic, const std::function<void(WsConnection *)> &see) const
{
    const QMutexLocker locker(&m_mutex);
    const auto subscribers = m_topics.constFind(topic);
    if (subscribers == m_topics.constEnd())
        return;
    for (WsConnection *subscriber : *subscribers)
        see(subscriber);
}

bool WsSubscriptions::add(WsConnection *connection, const QString &topic)
{
    auto &places = WsConnectionPrivate::of(connection)->topics;
    if (!places)
        places = std::make_unique<QHash<QString, qsizetype>>();
    if (places->contains(topic))
        return false;
    const QMutexLocker locker(&m_mutex);
    QList<WsConnection *> &subscribers = m_topics[topic];
    places->insert(topic, subscribers.size());
    subscribers.append(connection);
    return subscribers.size() == 1;
}

// The last one moves to the place that becomes free.
bool WsSubscriptions::remove(WsConnection *connection, const QString &topic)
{
    const auto &places = WsConnectionPrivate::of(connection)->topics;
    if (!places || !places->contains(topic))
        return false;
    const qsizetype place = places->take(topic);
    const QMutexLocker locker(&m_mutex);
    const auto subscribers = m_topics.find(topic);
    WsConnection *const last = subscribers->takeLast();
    if (last != connection) {
        (*subscribers)[place] = last;
        WsConnectionPrivate::of(last)->topics->insert(topic, place);
    }
    if (!subscribers->isEmpty())
        return false;
    m_topics.erase(subscribers);
    return true;
}

QStringList WsSubscriptions::removeAll(WsConnection *connection, QStringList *left)
{
    const auto &places = WsConnectionPrivate::of(connection)->topics;
    if (!places)
        return {};
    const QStringList topics = places->keys();
    for (const QString &topic : topics) {
        if (remove(connection, topic) && left)
            left->append(topic);
    }
    return topics;
}
