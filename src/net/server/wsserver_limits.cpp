// SPDX-License-Identifier: MIT

// Limits of a whole server.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"
#include "protocol/wsintms.h"

/*!
    \property WsServer::maxTotalBufferedAmount
    \brief how many bytes may wait to be sent to all clients together.

    This is the sum of WsConnection::bufferedAmount() over all open connections, in all threads of the server.
    It includes messages on their way from other threads to one connection. A message to many counts for each
    connection that it waits for, even if all of them share its memory. It does not count on its way to a busy
    thread, where WsOptions::maxBufferedAmount limits it.

    WsOptions::maxBufferedAmount limits each connection, but 10,000 clients that stop reading can each use up
    that limit. This property limits all of them together:

    \list
    \li Above half of the limit, a message to many is not queued for a connection that has something queued
        already and would then have more than its share: half of the limit, divided by the number of
        connections that have something queued. WsOptions::slowSubscriber() decides what that means: they miss
        the message, or are closed. The other half is left to clients that read.
    \li If the limit is exceeded nevertheless, the slowest connections are closed first: the one that has the
        most queued, then the next, until the rest is within the limit. They are cut without waiting for what
        is queued, because a Close frame would have to wait behind it, so their peers see 1006.
        WsConnection::errorOccurred() reports an error of the kind Ws::ErrorKind::Overflow with the code
        Ws::PolicyViolation, whose text quotes the amount and the limit.
    \endlist

    What a subscriber reads from the history of a topic waits until there is room, so that no connection is
    closed because of it. No message to a single connection is refused because of this limit. Connections are closed from the event
    loop, so a function that sends much without returning to it can exceed the limit until then.

    The default is 0, which means no limit, because it depends on the memory of the machine. With a limit, what
    is left after a write costs a few atomic operations, and so does a message from another thread. Without
    one, nothing is counted. A change takes effect at once. A negative value is 0.

    \sa WsOptions::maxBufferedAmount, WsOptions::slowSubscriber, {Limits of a Server}, Memory
*/
qint64 WsServer::maxTotalBufferedAmount() const
{
    return d->read(d->maxTotalBufferedAmount);
}

void WsServer::setMaxTotalBufferedAmount(qint64 value)
{
    d->run([value](WsServerPrivate &data) {
        if (!data.storeChange(data.maxTotalBufferedAmount, qMax<qint64>(value, 0)))
            return;
        data.home->setMaxTotalBufferedAmount(data.maxTotalBufferedAmount);
        Q_EMIT data.q->maxTotalBufferedAmountChanged();
    });
}

void WsServer::setMaxTotalBufferedAmountNumber(double bytes)
{
    setMaxTotalBufferedAmount(wsBytes(bytes));
}
