// SPDX-License-Identifier: MIT

// The floor: what the kernel's part of an echo costs. Echoes bytes by epoll, without any protocol.

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
struct Connection
{
    int descriptor = -1;
    std::vector<char> unsent; // while there is something in it, nothing is read
};

std::array<char, 64 * 1024> buffer;

void watch(int epoll, Connection *connection, int operation, uint32_t events)
{
    epoll_event event = {};
    event.events = events;
    event.data.ptr = connection;
    epoll_ctl(epoll, operation, connection->descriptor, &event);
}

int listenOn(sockaddr_in *address)
{
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof *address;
    if (bind(descriptor, reinterpret_cast<const sockaddr *>(address), size) != 0
        || listen(descriptor, 4096) != 0)
        return -1;
    getsockname(descriptor, reinterpret_cast<sockaddr *>(address), &size);
    return descriptor;
}

void acceptAll(int epoll, int listener)
{
    for (;;) {
        const int descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (descriptor < 0)
            return;
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, new Connection{descriptor, {}}, EPOLL_CTL_ADD, EPOLLIN);
    }
}

void end(Connection *connection)
{
    close(connection->descriptor);
    delete connection;
}

void readAndEcho(int epoll, Connection *connection)
{
    const ssize_t size = recv(connection->descriptor, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN)
            end(connection);
        return;
    }
    const ssize_t sent = send(connection->descriptor, buffer.data(), size_t(size), MSG_NOSIGNAL);
    if (sent == size)
        return;
    connection->unsent.assign(buffer.begin() + (sent < 0 ? 0 : sent), buffer.begin() + size);
    watch(epoll, connection, EPOLL_CTL_MOD, EPOLLOUT);
}

void sendRest(int epoll, Connection *connection)
{
    std::vector<char> &unsent = connection->unsent;
    const ssize_t sent = send(connection->descriptor, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        end(connection);
        return;
    }
    if (sent > 0)
        unsent.erase(unsent.begin(), unsent.begin() + sent);
    if (unsent.empty())
        watch(epoll, connection, EPOLL_CTL_MOD, EPOLLIN);
}
} // namespace

int main()
{
    sockaddr_in address = {};
    Connection listener{listenOn(&address), {}};
    if (listener.descriptor < 0)
        return 1;
    const int epoll = epoll_create1(0);
    watch(epoll, &listener, EPOLL_CTL_ADD, EPOLLIN);
    std::printf("listening on tcp://127.0.0.1:%d\n", int(ntohs(address.sin_port)));
    std::fflush(stdout);

    std::array<epoll_event, 256> events;
    for (;;) {
        const int count = epoll_wait(epoll, events.data(), int(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto *connection = static_cast<Connection *>(events[size_t(i)].data.ptr);
            if (connection == &listener)
                acceptAll(epoll, listener.descriptor);
            else if (connection->unsent.empty())
                readAndEcho(epoll, connection);
            else
                sendRest(epoll, connection);
        }
    }
}
