// SPDX-License-Identifier: MIT
#ifndef WSCONNECTIONOWNER_H
#define WSCONNECTIONOWNER_H

#include <memory>

class WsConnection;
class WsPreparedMessage;

// What a server's connection tells whoever has it in a list. All but broadcast() is called in the
// connection's thread.
class WsConnectionOwner
{
public:
    virtual ~WsConnectionOwner() = default;

    // closed() has been emitted.
    virtual void onEnded(WsConnection *connection) = 0;
    // Somebody else deletes it.
    virtual void onDeleted(WsConnection *connection) = 0;
    // It is moved to another thread, and later has arrived there. The owner may be another one by then.
    virtual void onDeparting(WsConnection *connection) = 0;
    virtual void onArrived(WsConnection *connection) = 0;
    // Counts the connection's socket, which outlives it, until the result is destroyed.
    virtual std::shared_ptr<void> keepPlace(const WsConnection *connection) = 0;
    // To all other connections. From any thread.
    virtual void broadcast(const WsPreparedMessage &message, const WsConnection *except) = 0;
};

#endif // WSCONNECTIONOWNER_H
