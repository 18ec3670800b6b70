// SPDX-License-Identifier: MIT
#ifndef SOAKSERVICES_H
#define SOAKSERVICES_H

#include <WsKit/WsServer>

#include <atomic>

// What the servers of a soak do with the messages of a client; the path of its request says which of them:
//
//     /echo     sends them back from a message handler        /pull     with receive()
//     /signals  from a slot                                   /stream   with streams
//     /topics/TOPIC   publishes them, or subscribes to what follows ID if the message is "after ID", which
//                     stands behind the header of a numbered message
//
// With ?good, each message has to be as numberedMessage() makes it, once and in order.

namespace Soak {
// Of the good connections that were closed with 1000 by both ends, in any thread.
struct Received
{
    std::atomic<qint64> messages{0};
    std::atomic<qint64> connections{0};
};

void serve(WsServer *server, WsConnection *connection, Received *received);
} // namespace Soak

#endif // SOAKSERVICES_H
