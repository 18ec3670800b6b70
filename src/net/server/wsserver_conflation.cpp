// SPDX-License-Identifier: MIT

// Messages of which only the latest matters, and what becomes of those that a slow subscriber misses.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    \overload

    Publishes \a message, of which only the latest with this \a key matters: the price of one share, the
    position of one vehicle. While a subscriber does not take data, because its network or its program is
    slow, such a message waits, and the next one with the same topic and the same \a key takes its place. So
    a slow subscriber gets the current value of each key, once, when it takes data again, instead of a queue
    of old ones. Fast subscribers get every message. An empty key, \c{QString()}, stands for the topic as a
    whole: of all messages that are published with it, only the latest waits.

    \code
    server.publish(u"prices"_s, u"{\"EURUSD\":1.0871}"_s, u"EURUSD"_s);
    \endcode

    What waits is limited by the number of keys. It is part of WsConnection::bufferedAmount, in which each
    waiting message counts with 256 bytes more than it has, and with its compressed form, or with as much
    as its payload until somebody needs that form. If WsOptions::maxBufferedAmount() is reached, by many keys
    or large messages, WsOptions::slowSubscriber() applies. The message that takes the place of another one
    keeps its place in the line. Messages that are published or broadcast to a connection while others wait
    there are sent after those, but messages that are sent to it alone, by WsConnection::sendText() for
    example, may be sent before them. WsConnection::close() sends what waits before the Close frame; if the
    peer closes, it is dropped. unsubscribe() drops what waits for its topic and has a key.

    Returns the number of subscribers that have accepted the message, those where it waits included.
    Messages on their way to one of the server's threads that is busy take each other's place as well. If a
    subscriber of another thread turns out to have no room for a further key only when the message arrives
    there, it is counted nevertheless. What took the place of another one is counted by
    WsStatistics::messagesSkipped and reported to the handler of setSkipHandler().

    To keep old values out of the system's queue as well, the first message with a key sets
    TCP_NOTSENT_LOWAT of the connection's socket to 16 KiB, on systems that have this option. What the
    system has taken cannot be replaced any more, and neither can what the receiving computer has already
    received but its program has not read.

    The function may be called from any thread.

    \sa setSkipHandler(), {Messages of which only the latest matters}
*/
int WsServer::publish(const QString &topic, const WsPreparedMessage &message, const QString &key,
                      const WsConnection *except)
{
    if (message.isNull())
        return 0;
    return d->home->publish({message, topic, key}, except);
}

/*!
    \overload
    Publishes \a message to \a topic. Only the latest message of this \a key matters.
*/
int WsServer::publish(const QString &topic, const WsMessage &message, const QString &key,
                      const WsConnection *except)
{
    return publish(topic, WsPreparedMessage(message), key, except);
}

/*!
    \overload
    Publishes \a text to \a topic. Only the latest message of this \a key matters.
*/
int WsServer::publish(const QString &topic, const QString &text, const QString &key,
                      const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(text), key, except);
}

/*!
    \overload
    Publishes \a data as a binary message to \a topic. Only the latest message of this \a key matters.
*/
int WsServer::publish(const QString &topic, const QByteArray &data, const QString &key,
                      const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::binary(data), key, except);
}

/*!
    \overload
    Publishes the null-terminated text \a utf8 to \a topic. Only the latest message of this \a key matters.
*/
int WsServer::publish(const QString &topic, const char *utf8, const QString &key, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(utf8), key, except);
}

/*!
    \typedef WsServer::SkipHandler

    A synonym for \c{std::function<void(WsConnection *connection, const QString &topic, qint64 count)>}.

    \sa setSkipHandler()
*/

/*!
    Calls \a handler if connections have missed messages to many, because they are slow: messages that were
    skipped (Ws::SkipMessage), dropped (Ws::DropOldest), or replaced by a later one of the same key. It gets
    the connection, the topic, which is empty for broadcasts, and how many messages of the topic it has missed
    since the last call. A null function, the default, removes the handler; WsStatistics::messagesSkipped
    counts without one, too.

    The handler is called in the thread of the connection, from its event loop: soon after the first message
    was missed, then once a second for each topic as long as more are missed, and before
    WsConnection::closed(). It may send, close or delete the connection:

    \code
    server.setSkipHandler([](WsConnection *connection, const QString &topic, qint64) {
        if (connection->statistics().messagesSkipped > 10'000)
            connection->close(Ws::PolicyViolation, u"too slow for "_s + topic);
    });
    \endcode

    If the handler throws an exception, both the connection and the server emit errorOccurred() with
    Ws::ErrorKind::Handler, and the connection is closed with 1011. The function may be called from any
    thread and at any time; a new handler also applies to connections that are open already.

    \sa WsOptions::slowSubscriber(), publish()
*/
void WsServer::setSkipHandler(SkipHandler handler)
{
    d->home->skipHandler.set(std::move(handler));
}
