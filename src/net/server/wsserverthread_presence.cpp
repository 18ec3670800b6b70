// SPDX-License-Identifier: MIT

// Which connections of a server's thread are members of which topics.

#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "net/server/wsbrokerhub.h"
#include "net/server/wsserverhome.h"

void WsServerHome::beginPresence()
{
    m_hasPresence = true;
    const QReadLocker locker(&m_moveLock);
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        (void)thread->post([thread] { thread->notePresence(); });
    (void)post([this] { notePresence(); });
}

void WsServerThread::notePresence()
{
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    const QStringList topics = m_subscriptions.topics();
    for (const QString &topic : topics) {
        const QList<WsConnection *> subscribers = m_subscriptions.subscribers(topic);
        const QList<QPointer<WsConnection>> pointers(subscribers.begin(), subscribers.end());
        for (const QPointer<WsConnection> &connection : pointers) { // which application code may delete
            if (connection && isSubscriber(connection, topic))
                joinPresence(connection, topic);
        }
    }
}

// A connection that has moved meanwhile is another thread's.
bool WsServerThread::isSubscriber(const WsConnection *connection, const QString &topic) const
{
    if (connection->thread() != QThread::currentThread())
        return false;
    const WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    return d.owner.get() == this && d.topics && d.topics->contains(topic);
}

void WsServerThread::joinPresence(WsConnection *connection, const QString &topic)
{
    const std::shared_ptr<WsBrokerHub> hub = home().brokerHub();
    if (!hub || !hub->presence.covers(topic))
        return;
    const quint64 id = WsConnectionPrivate::of(connection)->id;
    if (hub->presence.isJoined(topic, id)) // its name stays
        return;
    const WsLifeGuard guard(*WsConnectionPrivate::of(connection));
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    const QString name = presenceNameOf(connection, hub->presence.nameOf(id));
    if (guard && isSubscriber(connection, topic))
        hub->presence.join(&home(), topic, id, name);
}

// The result is empty if the application has thrown.
QString WsServerThread::presenceNameOf(WsConnection *connection, const QString &otherwise)
{
    const std::shared_ptr<const WsServer::PresenceName> handler = home().presenceName.get();
    if (!handler)
        return otherwise;
    // If the function moves the connection, it arrives after this.
    const WsSocketCall call(WsConnectionPrivate::of(connection)->link.transport());
    QString name;
    const QString thrown = wsThrownBy([&] { name = (*handler)(connection); });
    if (!thrown.isNull())
        home().reportThrown(thrown);
    return name;
}

void WsServerThread::leavePresence(const WsConnection *connection, const QStringList &topics)
{
    const std::shared_ptr<WsBrokerHub> hub = home().brokerHub();
    if (!hub)
        return;
    for (const QString &topic : topics)
        hub->presence.leave(topic, WsConnectionPrivate::of(connection)->id);
}
