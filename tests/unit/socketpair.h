// SPDX-License-Identifier: MIT
#ifndef SOCKETPAIR_H
#define SOCKETPAIR_H

#include <QtCore/qglobal.h>

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

// Two connected sockets: the test listens to the one and plays the peer on the other.
class SocketPair
{
public:
    SocketPair()
    {
        int descriptors[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors) == 0) {
            own = descriptors[0];
            peer = descriptors[1];
        }
    }
    SocketPair(SocketPair &&other) noexcept
        : own(std::exchange(other.own, -1)), peer(std::exchange(other.peer, -1))
    {
    }
    ~SocketPair()
    {
        closeOwn();
        closePeer();
    }
    Q_DISABLE_COPY(SocketPair)
    SocketPair &operator=(SocketPair &&) = delete;

    bool isValid() const { return own >= 0; }
    bool send(char byte = 'x') const { return ::send(peer, &byte, 1, MSG_NOSIGNAL) == 1; }
    bool receive() const
    {
        char byte;
        return ::read(own, &byte, 1) == 1;
    }
    void closeOwn() { closeOnce(own); }
    void closePeer() { closeOnce(peer); }

    int own = -1;
    int peer = -1;

private:
    static void closeOnce(int &descriptor)
    {
        if (descriptor >= 0)
            ::close(std::exchange(descriptor, -1));
    }
};

#endif // SOCKETPAIR_H
