// SPDX-License-Identifier: MIT
#ifndef WSCONNECTATTEMPT_H
#define WSCONNECTATTEMPT_H

#include <WsKit/wserror.h>

#include <QtNetwork/qabstractsocket.h>
#include <QtNetwork/qhostaddress.h>

#include <memory>

// One attempt to connect to an address, which does not block and needs no event loop. A QAbstractSocket would
// need one of the two: without an event loop only waitForConnected() makes it connect, which blocks for this
// one socket, and ends the attempt when the time is up.
class WsConnectAttempt
{
public:
    enum class State { Connecting, Connected, Failed };

    WsConnectAttempt() = default;
    virtual ~WsConnectAttempt() = default;
    Q_DISABLE_COPY_MOVE(WsConnectAttempt)

    // Asks the system.
    virtual State check() = 0;
    // Becomes writable, or has an error, when check() has something new. -1 if there is none.
    virtual qintptr descriptor() const = 0;
    // The caller owns the descriptor from now on.
    virtual qintptr takeDescriptor() = 0;
    // Why it has failed.
    virtual WsError error() const = 0;
};

// By TCP, with a socket of the system.
std::unique_ptr<WsConnectAttempt> wsConnectTo(const QHostAddress &address, quint16 port);
// Whether the socket \a descriptor has connected to itself: if nobody listens at a port of this machine, the
// system may choose that port for the client's own end, and both sides of TCP then open it at once (RFC 9293
// §3.5).
bool wsIsItsOwnPeer(qintptr descriptor);
// What an \a error of the system is for QAbstractSocket.
QAbstractSocket::SocketError wsConnectErrorOf(int error);
// Closes a descriptor that nobody has taken over.
void wsCloseSocket(qintptr descriptor);

#endif // WSCONNECTATTEMPT_H
