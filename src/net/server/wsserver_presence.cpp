// SPDX-License-Identifier: MIT

// Who subscribes to topics, on all servers.

#include <WsKit/wsserver.h>

#include "net/server/wsbrokerhub.h"
#include "net/server/wsserver_p.h"

/*!
    \typedef WsServer::PresenceName

    A synonym for \c{std::function<QString(const WsConnection *connection)>}.

    \sa setPresenceName()
*/

/*!
    Has \a name return the name with which a connection is a member of a topic that has presence
    (WsBroker::setPresence()). By default, and with a null function, each connection has a unique name that
    says nothing.

    \code
    server.setPresenceName([](const WsConnection *connection) {
        return connection->property("user").toString();
    });
    \endcode

    Connections with the same name are one member, on whatever servers they are: it joins with the first of
    them and leaves with the last. With an empty name, or one of more than 1024 characters, a connection is
    not a member. It can be any text, such as a JSON object with the name and the picture of a user.

    The function is called once for each topic to which a connection subscribes, when subscribe() is carried
    out, in the thread of the connection. The name stays until the subscription ends. If the function throws
    an exception, the server emits errorOccurred() with Ws::ErrorKind::Handler, and the connection is not a
    member.

    setPresenceName() may be called from any thread. Names that were asked for before do not change, so call
    it before clients connect.

    \sa members()
*/
void WsServer::setPresenceName(PresenceName name)
{
    d->home->presenceName.set(std::move(name));
}

/*!
    Returns the names of the members of \a topic on all servers that use the same broker, in the order of
    QString::operator<(), each once.

    They are known if \a topic has presence (WsBroker::setPresence()) and a connection of this server
    subscribes to it, or one of another server that shares the broker object, or if it is watched
    (WsBroker::watchMembers()). Otherwise the list is empty. Members of this process are in it at once, and
    those of others as soon as they have answered, usually a moment after the first connection has subscribed.

    The function may be called from any thread. What it returns may be ahead of the signals.

    \sa memberJoined(), memberLeft(), setPresenceName(), {Who is there}
*/
QStringList WsServer::members(const QString &topic) const
{
    const std::shared_ptr<WsBrokerHub> hub = d->home->brokerHub();
    return hub ? hub->presence.members(topic) : QStringList();
}

/*!
    \fn void WsServer::memberJoined(const QString &topic, const QString &member)
    This signal is emitted when \a member is a new one of the members() of \a topic, wherever it is connected.

    Together with memberLeft(), it is emitted once for each change of members(), in order, in the server's
    thread, from its event loop. So it is also emitted for members who were there before, when they become
    known here.
*/

/*!
    \fn void WsServer::memberLeft(const QString &topic, const QString &member)
    This signal is emitted when \a member is no longer one of the members() of \a topic, because its last
    connection has unsubscribed or ended, or because its server was not heard of for the time to live.

    It is also emitted for all members of a topic that this process no longer follows, because its own last
    subscriber has gone or because the server has got another broker.
*/
