// SPDX-License-Identifier: MIT
#include "load.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono;

namespace {
// No more than the queue of a listening socket holds with Qt's default.
constexpr size_t OpenTogether = 32;
constexpr int Patience = 10000; // ms
} // namespace

Load::Load(const LoadShape &shape) : m_messages(shape), m_epoll(epoll_create1(0)) { }

Load::~Load()
{
    close(m_epoll);
}

void Load::connectUntil(size_t count, uint16_t port, bool isTls)
{
    while (m_connections.size() < count) {
        const size_t first = m_connections.size();
        while (m_connections.size() < std::min(count, first + OpenTogether)) {
            auto socket = LoadSocket::connectTo(port);
            if (isTls)
                socket->startTls();
            m_connections.push_back(std::make_unique<LoadConnection>(std::move(socket), m_messages, m_epoll));
        }
        for (size_t i = first; i < m_connections.size(); ++i)
            m_connections[i]->finishOpening();
        answerPings();
    }
}

void Load::accept(size_t count, int listener)
{
    while (m_connections.size() < count) {
        const int descriptor = ::accept(listener, nullptr, nullptr);
        if (descriptor < 0)
            throw systemError("accept");
        m_connections.push_back(
            std::make_unique<LoadConnection>(std::make_unique<LoadSocket>(descriptor), m_messages, m_epoll));
        m_connections.back()->finishOpening();
    }
}

// Returns how many connections were ready; waits for them so many milliseconds at most.
int Load::handleReady(int timeout, const Arrival &arrival)
{
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(m_epoll, events.data(), int(events.size()), timeout);
    for (int i = 0; i < count; ++i) {
        auto *connection = static_cast<LoadConnection *>(events[size_t(i)].data.ptr);
        arrival(*connection, connection->onReady(events[size_t(i)].events));
    }
    return count;
}

void Load::waitForSome(const Arrival &arrival)
{
    if (handleReady(Patience, arrival) == 0)
        throw std::runtime_error("no message within 10 s");
}

// Some servers ask the silent whether they are still there.
void Load::answerPings()
{
    while (handleReady(0, [](LoadConnection &, uint64_t) {}) > 0) {
    }
}

uint64_t Load::echo(size_t senders, uint64_t inFlight, uint64_t messages, double seconds)
{
    const auto end = steady_clock::now() + duration_cast<steady_clock::duration>(duration<double>(seconds));
    uint64_t limit = messages > 0 ? messages : UINT64_MAX;
    uint64_t sent = 0;
    uint64_t received = 0;
    const auto send = [&](LoadConnection &connection, uint64_t count) {
        const uint64_t allowed = std::min(count, limit - sent);
        sent += allowed;
        if (allowed > 0)
            connection.send(allowed);
    };
    for (size_t i = 0; i < senders; ++i)
        send(*m_connections.at(i), inFlight);
    while (received < sent) {
        waitForSome([&](LoadConnection &connection, uint64_t count) {
            received += count;
            send(connection, count);
        });
        if (messages == 0 && steady_clock::now() >= end)
            limit = sent;
    }
    return received;
}

uint64_t Load::receivedBytes() const
{
    uint64_t bytes = 0;
    for (const auto &connection : m_connections)
        bytes += connection->receivedBytes();
    return bytes;
}

uint64_t Load::fan(uint64_t inFlight, uint64_t messages)
{
    const uint64_t receivers = m_connections.size() - 1;
    uint64_t sent = 0;
    uint64_t delivered = 0;
    while (delivered < messages * receivers) {
        const uint64_t allowed = std::min(messages, delivered / receivers + inFlight);
        m_connections.front()->send(allowed - sent);
        sent = allowed;
        waitForSome([&](LoadConnection &, uint64_t count) { delivered += count; });
    }
    return delivered;
}
