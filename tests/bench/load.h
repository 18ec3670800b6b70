// SPDX-License-Identifier: MIT
#ifndef LOAD_H
#define LOAD_H

#include "loadconnection.h"

#include <functional>
#include <vector>

// All connections to what is measured, in one thread.
//
// Each member throws std::runtime_error where the other end does not do what it should.
class Load
{
public:
    explicit Load(const LoadShape &shape);
    ~Load();
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;

    // Connects clients to a server on this port until there are so many.
    void connectUntil(size_t count, uint16_t port, bool isTls);
    // Is the server of so many clients, which connect to this listening socket.
    void accept(size_t count, int listener);

    // Each of the first so many connections sends, and then again for every echo. Waits for the echo of each
    // message and returns their number; 0 messages: until the time is over.
    uint64_t echo(size_t senders, uint64_t inFlight, uint64_t messages, double seconds = 0);
    // The first connection sends what the server gives to all others. Waits for each delivery and returns
    // their number.
    uint64_t fan(uint64_t inFlight, uint64_t messages);
    // All bytes that have come since the opening handshakes.
    uint64_t receivedBytes() const;

private:
    using Arrival = std::function<void(LoadConnection &connection, uint64_t count)>;

    int handleReady(int timeout, const Arrival &arrival);
    void waitForSome(const Arrival &arrival);
    void answerPings();

    LoadMessages m_messages;
    int m_epoll;
    std::vector<std::unique_ptr<LoadConnection>> m_connections;
};

#endif // LOAD_H
