// SPDX-License-Identifier: MIT
#ifndef BROKERCLIENT_H
#define BROKERCLIENT_H

#include "loadsocket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// How a server is spoken to: bench_broker.cpp, or bench_socketio.js, whose protocol is that of socket.io.
enum class BrokerDialect { WsKit, SocketIo };

// A client that subscribes and publishes on a plain socket, and answers pings.
//
// Each member throws std::runtime_error if the server does not do what it should.
class BrokerClient
{
public:
    using Arrival = std::function<void(std::string_view payload)>;

    // Connects, and waits until it is open.
    BrokerClient(uint16_t port, BrokerDialect dialect);

    int descriptor() const { return m_socket->descriptor(); }
    // Waits until the server has confirmed it.
    void subscribe(size_t firstTopic, size_t count, const Arrival &arrival);
    // The message leaves with flush().
    void publish(size_t topic, std::string_view payload);
    void flush();
    // Takes what is there, and calls \a arrival for each message of a topic.
    void receive(const Arrival &arrival);

private:
    void open();
    void sendText(const std::string &text);
    void waitUntil(const std::function<bool()> &isDone, const Arrival &arrival);
    size_t takeFrame(std::string_view bytes, const Arrival &arrival);
    void onText(std::string_view text, const Arrival &arrival);

    const BrokerDialect m_dialect;
    std::unique_ptr<LoadSocket> m_socket;
    std::string m_received; // a part of a frame
    std::string m_output;
    bool m_isOpen = false;
    bool m_isConfirmed = false;
};

#endif // BROKERCLIENT_H
