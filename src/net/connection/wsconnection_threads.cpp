// SPDX-License-Identifier: MIT

// What other threads ask of a WsConnection, and how it comes to its own.

#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"

#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>

bool WsConnection::isOwnThread() const
{
    const WsThreadContext *const context = d->context.load(std::memory_order_relaxed);
    if (context) // which is the one of the connection's thread
        return context == WsThreadContext::currentOrNull();
    return thread() == QThread::currentThread();
}

// Has the connection's own thread call \a action.
void WsConnection::post(std::function<void(WsConnection &)> action)
{
    auto task = [self = QPointer<WsConnection>(this), action = std::move(action)] {
        if (self)
            action(*self);
    };
    if (WsThreadContext *const context = d->context)
        context->post(std::move(task));
    else // closed, it may be moved to another thread
        QMetaObject::invokeMethod(this, std::move(task), Qt::QueuedConnection);
}

// The same for what is of no use to a later opening. Returns false where there is none now.
bool WsConnection::postForOpening(std::function<void(WsConnection &)> action)
{
    if (d->state == Ws::Closed)
        return false;
    post([action = std::move(action), session = d->session.load()](WsConnection &connection) {
        if (connection.d->session == session)
            action(connection);
    });
    return true;
}

bool WsConnection::run(const std::function<void(WsConnection &)> &action)
{
    if (!isOwnThread())
        return postForOpening(action);
    action(*this);
    return true;
}

// The same for something of \a size bytes to be sent, where it may be. What waits on the way counts as
// buffered.
bool WsConnection::postSending(qint64 size, std::function<void(WsConnection &)> action)
{
    qint64 arriving = d->arriving;
    do {
        if (!mayQueueBehind(d->amount.value() + arriving, size))
            return false;
    } while (!d->arriving.compare_exchange_weak(arriving, arriving + size));
    post([size, action = std::move(action), session = d->session.load()](WsConnection &connection) {
        connection.d->arriving -= size;
        if (connection.d->session != session)
            return;
        connection.d->isAccepted = true;
        action(connection);
    });
    return true;
}
