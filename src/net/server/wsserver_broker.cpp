// SPDX-License-Identifier: MIT

// Topics beyond one process.

#include <WsKit/wsserver.h>

#include "net/connection/wsreplays.h"
#include "net/loop/wslogging.h"
#include "net/server/wsbrokerhub.h"
#include "net/server/wsserver_p.h"

#include <optional>
#include <utility>

/*!
    Connects the topics of this server with those of all servers that use the same \a broker, in other
    processes and on other machines. From then on publish() reaches the subscribers of all of them.

    publish() still returns the number of connections of this server that have accepted the message; how many
    there are elsewhere is not known. broadcast() reaches only the connections of this server. The parameter
    \c except of publish() has no meaning for other servers.

    Several servers of a process can share one broker. The server does not own it. Without a broker, which is
    the default, if \a broker is null, or after it was deleted, the topics are those of this server alone.
    Topics to which connections have subscribed already are subscribed at the new broker, and given up at the
    one before. A connection that is getting what it has missed of a topic with a history goes on with what
    the new broker keeps after the last id that it has got, and the handler of setReplayHandler() is told
    that messages may be missing.

    If the server closes or is deleted, its topics are given up with its connections. It keeps its broker
    after close().

    The function may be called from any thread. \a broker may live in another thread than the server.

    \sa WsBroker, {Beyond One Machine}
*/
void WsServer::setBroker(WsBroker *broker)
{
    const std::shared_ptr<WsBrokerHub> hub = broker ? WsBrokerHub::of(broker) : nullptr;
    d->run([hub](WsServerPrivate &server) { server.home->setBrokerHub(hub); });
}

/*! Returns the broker that was set by setBroker(), or null if there is none or it was deleted. */
WsBroker *WsServer::broker() const
{
    const std::shared_ptr<WsBrokerHub> hub = d->home->brokerHub();
    return hub ? hub->broker() : nullptr;
}

/*!
    \overload

    Subscribes \a connection to \a topic, of which the broker keeps a history (WsBroker::setHistory()), as a
    client that has got everything up to the message with the id \a lastId: first it gets what has been
    published since, then what is published from now on, each message once and in order. The id is what the
    client has found in the last message that it has got (WsBroker::setHistoryEnvelope()), from this server or
    from any other one.

    \snippet snippets/history.cpp subscribe

    \c{"0"} stands for the beginning: the client gets everything that is kept, which is always reported as
    complete. If \a lastId is empty, the client begins with what is published from now on. The handler of
    setReplayHandler() is then told the id from which on this is, so that the client has one even if it loses
    its connection before the first message. Of an empty history this is \c{"0-0"}: a client that comes back
    with it gets everything that is kept as well, but that is only reported as complete if the broker knows
    that it is everything since. WsMemoryBroker does; WsRedisBroker does not.

    If the connection is subscribed already, it begins anew at \a lastId. Returns \c false if the connection
    has ended, and also if \a lastId is not an id, which is logged at info level, because it comes from the
    client.

    The history may no longer reach back so far. Then the connection gets what is left, and the handler of
    setReplayHandler() is told so, as it is if the topic has no history at all. If the broker is not connected,
    the connection waits for what it has missed.

    Messages are read from the service in parts of about 64 KiB, one part for each connection at a time, and
    the next one when the client has taken the one before. What is published to a topic while the connection
    has not caught up with it is read from there as well, so that WsOptions::slowSubscriber() does not apply to it.
    It does apply afterwards: a subscriber that is too slow misses messages, unless it is closed
    (Ws::CloseConnection), which is the better choice for clients that come back with their last id. It is then
    also closed if what is published finds no room because its thread is too busy.

    \sa setReplayHandler(), {Messages that survive a reconnection}
*/
bool WsServer::subscribe(WsConnection *connection, const QString &topic, const QString &lastId)
{
    constexpr qsizetype MaxShown = 100;
    const std::optional<WsHistoryId> after = WsHistoryId::parse(lastId);
    if (!after && !lastId.isEmpty()) {
        qCInfo(wsNetLog) << "cannot subscribe to" << topic.left(MaxShown) << "after" << lastId.left(MaxShown)
                         << "which is not the id of a message";
        return false;
    }
    // "0-0" is what clients of an empty history have been told.
    const bool isEverything = after && after->isNull() && !lastId.contains(u'-');
    const WsReplayStart start{after, isEverything};
    const auto add = [topic, connection, start, pending = d->home->subscribing](WsServerThread &thread) {
        thread.subscribe(connection, topic, start);
    };
    return d->subscribeInOwner(connection, topic, add);
}

/*!
    \typedef WsServer::ReplayHandler

    A function that is called when a connection has got what it had missed:

    \code
    void(WsConnection *connection, const QString &topic, const QString &lastId, bool isComplete)
    \endcode

    \sa setReplayHandler()
*/

/*!
    Sets a \a handler that is called when a connection that has subscribed with the id of its last message has
    got everything that was published since. What it sends to the connection arrives between the old messages
    and the new ones.

    \c lastId is the id of the last message of the topic so far. It is \c{"0-0"} if nothing is kept, and
    empty if the topic has no history, or had none yet when this process subscribed to it. \c isComplete is
    \c false if messages may be missing between the id that the connection has named and the first one that
    it has got, because the history does not reach back so far, or there is none: the client then has to load
    the current state in another way. The handler is also called with \c false, for all subscribers of a
    topic, if this process was disconnected from the service for longer than the history reaches back.

    It is called in the thread of the connection. If it throws, the connection is closed with
    Ws::InternalError. The function may be called from any thread.
*/
void WsServer::setReplayHandler(ReplayHandler handler)
{
    d->home->replayHandler.set(std::move(handler));
}
