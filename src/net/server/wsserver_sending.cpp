// SPDX-License-Identifier: MIT

// How a WsServer sends to many: to all, or to those who subscribe to a topic.

#include <WsKit/wsserver.h>

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserver_p.h"

#include <QtCore/qpointer.h>

// Has each thread send, and returns how many it was sent to; of other threads \a count tells how many there
// are.
int WsServer::sendByThreads(const std::function<int(WsServerThread *)> &send,
                            const std::function<int(const WsServerThread *)> &count)
{
    int reached = 0;
    const auto sendIn = [&](WsServerThread *thread) {
        if (thread->isCurrent()) {
            reached += send(thread);
            return;
        }
        const int there = count(thread);
        reached += there;
        if (there > 0 || d->subscribing.use_count() > 1)
            thread->run([send, thread] { send(thread); });
    };
    const std::shared_ptr<const WsServerThreads> threads = d->allThreads();
    const QPointer<WsServer> self(this);
    for (const auto &thread : *threads)
        sendIn(thread.get());
    if (self)
        sendIn(&d->ownThread);
    return reached;
}

// --- to all

/*!
    \overload
    Sends the prepared \a message to all but \a except.
*/
int WsServer::broadcast(const WsPreparedMessage &message, const WsConnection *except)
{
    if (message.isNull())
        return 0;
    return sendByThreads([=](WsServerThread *thread) { return thread->broadcast(message, except); },
                         [](const WsServerThread *thread) { return thread->openCount(); });
}

/*!
    Sends \a message to every open connection but \a except, and returns to how many. It is encoded once.

    Left out are connections with WsConnection::inBroadcasts \c false, and those on which more than
    WsOptions::maxBufferedAmount() would wait: they miss the message, or are closed, as
    WsOptions::slowSubscriber() tells. 0 is also returned where a text is not UTF-8. Of connections in other
    threads (\l threadCount) all are counted; each of these threads is woken up once. It may be called from
    any thread.

    \sa WsConnection::broadcast()
*/
int WsServer::broadcast(const WsMessage &message, const WsConnection *except)
{
    return broadcast(WsPreparedMessage(message), except);
}

/*!
    \overload
    Sends \a text to all but \a except.
*/
int WsServer::broadcast(const QString &text, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(text), except);
}

/*!
    \overload
    Sends \a data as a binary message to all but \a except.
*/
int WsServer::broadcast(const QByteArray &data, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::binary(data), except);
}

/*!
    \overload
    Sends the null-terminated text \a utf8 to all but \a except.
*/
int WsServer::broadcast(const char *utf8, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(utf8), except);
}

// --- to subscribers

/*!
    Has \a connection, which must be one of this server, get what is published to \a topic from now on.
    Returns \c false where it has ended or is null. It ends with the connection, or unsubscribe(). Names of
    topics are compared as they are; there are no patterns.

    It may be called from any thread, as long as the connection is not deleted meanwhile. What the same thread
    publishes behind it reaches the connection, though subscriberCount() may not count it yet.

    \code
    server.setConnectionHandler([&server](WsConnection *connection) {
        server.subscribe(connection, connection->request().path());
    });
    server.publish(QStringLiteral("/news"), QStringLiteral("it rains"));
    \endcode

    \sa publish(), topics()
*/
bool WsServer::subscribe(WsConnection *connection, const QString &topic)
{
    // Until it is done, publish() does not trust the number of subscribers.
    const auto add = [topic, subscribing = d->subscribing](WsConnection &self) {
        if (self.d->server)
            self.d->serverThread->subscribe(&self, topic);
    };
    return connection && connection->d->server == this && connection->run(add);
}

/*!
    Has \a connection not get what is published to \a topic any more. Returns \c false where it has ended.

    It may be called from any thread, as subscribe().
*/
bool WsServer::unsubscribe(WsConnection *connection, const QString &topic)
{
    const auto remove = [topic](WsConnection &self) {
        if (self.d->server)
            self.d->serverThread->unsubscribe(&self, topic);
    };
    return connection && connection->d->server == this && connection->run(remove);
}

/*!
    Sends \a message to every connection that subscribes to \a topic, but \a except, and returns to how many.
    It is encoded, and compressed, once; each of the server's threads is woken up once. What one thread
    publishes to a topic arrives in that order.

    A subscriber on which more than WsOptions::maxBufferedAmount() would wait misses the message, or is
    closed, as WsOptions::slowSubscriber() tells. It may be called from any thread. Of subscribers in other
    threads all are counted.

    \sa subscribe(), broadcast()
*/
int WsServer::publish(const QString &topic, const WsPreparedMessage &message, const WsConnection *except)
{
    if (message.isNull())
        return 0;
    return sendByThreads([=](WsServerThread *thread) { return thread->publish(topic, message, except); },
                         [&](const WsServerThread *thread) { return thread->subscriberCount(topic); });
}

/*!
    \overload
    Publishes \a message to \a topic.
*/
int WsServer::publish(const QString &topic, const WsMessage &message, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage(message), except);
}

/*!
    \overload
    Publishes \a text to \a topic.
*/
int WsServer::publish(const QString &topic, const QString &text, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(text), except);
}

/*!
    \overload
    Publishes \a data as a binary message to \a topic.
*/
int WsServer::publish(const QString &topic, const QByteArray &data, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::binary(data), except);
}

/*!
    \overload
    Publishes the null-terminated text \a utf8 to \a topic.
*/
int WsServer::publish(const QString &topic, const char *utf8, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(utf8), except);
}

/*! Returns the topics that have subscribers, in no particular order. It may be called from any thread. */
QStringList WsServer::topics() const
{
    QStringList topics = d->ownThread.topics();
    const std::shared_ptr<const WsServerThreads> threads = d->allThreads();
    for (const auto &thread : *threads)
        topics += thread->topics();
    topics.removeDuplicates();
    return topics;
}

/*! Returns how many connections subscribe to \a topic. It may be called from any thread. */
int WsServer::subscriberCount(const QString &topic) const
{
    int count = d->ownThread.subscriberCount(topic);
    const std::shared_ptr<const WsServerThreads> threads = d->allThreads();
    for (const auto &thread : *threads)
        count += thread->subscriberCount(topic);
    return count;
}
