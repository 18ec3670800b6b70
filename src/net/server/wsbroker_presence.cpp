// SPDX-License-Identifier: MIT

// Who subscribes to the topics of a broker.

#include <WsKit/wsbroker.h>

#include "net/server/wsbrokerhub.h"

/*!
    Lets all servers that use the broker know who subscribes to \a topics, which is one topic, or the
    beginning of topics followed by \c{*}: \c{room:*} are all topics that begin with \c{room:}. If several
    calls apply to a topic, its name counts, and otherwise the longest beginning. Members that are not heard
    of for \a timeToLive disappear, such as the clients of a server that was killed.

    \code
    broker.setPresence(u"room:*"_s);
    server.setBroker(&broker);
    server.setPresenceName([](const WsConnection *connection) { return userOf(connection); });
    QObject::connect(&server, &WsServer::memberJoined, showMember);
    QObject::connect(&server, &WsServer::memberLeft, hideMember);
    \endcode

    All processes have to call it for the same topics. By default no topic has presence, which then costs
    nothing. See \l{Who is there} for what members are and when they leave.

    The default time to live is 30 seconds. A shorter one removes the members of killed servers sooner, and
    costs more: each process sends a heartbeat for each of its topics three times in that time. It travels
    with the heartbeats, so processes with different ones understand each other. It is at least 100 ms and at
    most one hour; 0 or less ends the presence of \a topics.

    The function may be called from any thread and at any time. Connections that have subscribed before become
    members as well.

    \section1 What is sent

    The processes send each other JSON objects, as text without an envelope, on the topic
    \c{wskit.presence/} followed by the name of the topic. While the broker has presence, such names are
    reserved: what an application publishes there does not leave the server, and a warning is logged. Data
    that arrives there and is not understood is dropped with a warning. Programs that are not made with WsKit
    can take part:

    \table
    \header \li \c kind \li Meaning \li Further values
    \row \li \c list \li all members of the sender, in one message or several \li \c timeToLive, \c version,
        \c part (from 0 on), \c parts, \c members
    \row \li \c changes \li members who have joined or left since the version \c after \li \c timeToLive,
        \c version, \c after, \c joined, \c left
    \row \li \c heartbeat \li the sender is still there, with this version of its members \li \c timeToLive,
        \c version
    \row \li \c askList \li asks all processes for a list, or the one that \c target names \li \c target
    \row \li \c askHeartbeat \li asks all processes for a heartbeat \li
    \endtable

    Each has an \c origin, a UUID that the sender has made for itself. \c timeToLive is in milliseconds, and
    the version a number that is different after each change. A list without members says that the sender has
    none any more. Names have 1 to 1024 characters. Messages of more than 64 KiB, or of more than
    maxMessageSize(), are not accepted. That limit should not be less than 8 KiB, which is enough for any name.

    Of members elsewhere, at most 100,000 of each topic in 1000 processes are known; the others are left out,
    and a warning is logged.

    \sa watchMembers(), {Who is there}
*/
void WsBroker::setPresence(const QString &topics, std::chrono::milliseconds timeToLive)
{
    d->presence.set(topics, timeToLive);
}

/*!
    Has WsServer::members() know the members of \a topic even if nobody in this process subscribes to it, and
    its signals report them. Without it, a process only knows the topics to which its own connections
    subscribe: a page that lists who is there would be empty on the other servers. \a topic is a single topic
    with presence (setPresence()), which may also be set later.

    The members are asked for at once, and known a moment later. The function may be called from any thread.

    \sa unwatchMembers()
*/
void WsBroker::watchMembers(const QString &topic)
{
    d->presence.watch(topic, true);
}

/*! Ends watchMembers() for \a topic. The function may be called from any thread. */
void WsBroker::unwatchMembers(const QString &topic)
{
    d->presence.watch(topic, false);
}

/*!
    Sends what waits to be sent, if the broker is connected, and tells other processes at once that the
    members of this one leave. Subclasses call it in their destructors, while they can still send. So nothing
    that other threads have published is lost, and others need not wait for the time to live. After it, no
    connection is a member.
*/
void WsBroker::endPresence()
{
    d->sendAll();
    d->presence.sayGoodbye();
}
