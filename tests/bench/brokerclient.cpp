// SPDX-License-Identifier: MIT
#include "brokerclient.h"

#include "loadmessages.h"

#include <algorithm>
#include <array>
#include <optional>

#include <poll.h>

namespace {
constexpr int PatienceMs = 60'000;
std::array<char, 256 * 1024> readBuffer;

void waitFor(int descriptor, short events)
{
    pollfd waiting = {descriptor, events, 0};
    if (poll(&waiting, 1, PatienceMs) != 1)
        throw std::runtime_error("the server does not answer");
}

// Big-endian.
uint64_t numberOf(std::string_view bytes)
{
    uint64_t number = 0;
    for (const char byte : bytes)
        number = number << 8 | uint8_t(byte);
    return number;
}
} // namespace

BrokerClient::BrokerClient(uint16_t port, BrokerDialect dialect)
    : m_dialect(dialect), m_socket(LoadSocket::connectTo(port))
{
    const bool isSocketIo = dialect == BrokerDialect::SocketIo;
    m_socket->sendAll(std::string("GET ") + (isSocketIo ? "/socket.io/?EIO=4&transport=websocket" : "/")
                      + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    open();
    m_socket->setNonBlocking();
    if (isSocketIo) // the server opens its own protocol, and connects the client to the namespace it asks for
        waitUntil([this] { return m_isOpen; }, {});
}

void BrokerClient::open()
{
    constexpr std::string_view End = "\r\n\r\n";
    std::array<char, 1024> part;
    size_t end = std::string::npos;
    while (end == std::string::npos) {
        const std::optional<size_t> size = m_socket->receive(part.data(), part.size());
        if (size.value_or(0) == 0)
            throw std::runtime_error("the opening handshake was cut");
        m_received.append(part.data(), *size);
        end = m_received.find(End);
    }
    if (!m_received.starts_with("HTTP/1.1 101 "))
        throw std::runtime_error("the opening handshake was answered with: " + m_received);
    m_received.erase(0, end + End.size());
}

void BrokerClient::subscribe(size_t firstTopic, size_t count, const Arrival &arrival)
{
    const std::string first = std::to_string(firstTopic);
    const std::string number = std::to_string(count);
    m_isConfirmed = false;
    sendText(m_dialect == BrokerDialect::WsKit ? "s " + first + ' ' + number
                                               : "42[\"s\"," + first + ',' + number + ']');
    flush();
    waitUntil([this] { return m_isConfirmed; }, arrival);
}

void BrokerClient::publish(size_t topic, std::string_view payload)
{
    const std::string name = std::to_string(topic);
    if (m_dialect == BrokerDialect::WsKit)
        sendText("p " + name + ' ' + std::string(payload));
    else
        sendText("42[\"p\"," + name + ",\"" + std::string(payload) + "\"]");
}

void BrokerClient::sendText(const std::string &text)
{
    m_output += makeFrame(Text, text, true);
}

// Waits for room: a publisher that subscribes to nothing keeps no server from reading.
void BrokerClient::flush()
{
    size_t sent = 0;
    while (sent < m_output.size()) {
        const size_t part = m_socket->send(m_output.data() + sent, m_output.size() - sent);
        sent += part;
        if (part == 0)
            waitFor(descriptor(), POLLOUT);
    }
    m_output.clear();
}

void BrokerClient::waitUntil(const std::function<bool()> &isDone, const Arrival &arrival)
{
    receive(arrival);
    while (!isDone()) {
        waitFor(descriptor(), POLLIN);
        receive(arrival);
    }
}

// Until nothing is left: epoll reports only what is new.
void BrokerClient::receive(const Arrival &arrival)
{
    std::optional<size_t> size;
    do {
        size = m_socket->receive(readBuffer.data(), readBuffer.size());
        if (size == 0U)
            throw std::runtime_error("the server has closed a connection");
        std::string_view bytes(readBuffer.data(), size.value_or(0));
        if (!m_received.empty())
            bytes = m_received.append(bytes);
        size_t at = 0;
        while (const size_t frame = takeFrame(bytes.substr(at), arrival))
            at += frame;
        m_received = std::string(bytes.substr(at));
    } while (size == readBuffer.size());
    if (!m_output.empty())
        flush();
}

// Returns its size, or 0 if it is not complete. The frames are those of a server, and whole messages.
size_t BrokerClient::takeFrame(std::string_view bytes, const Arrival &arrival)
{
    constexpr uint8_t Final = 0x80;
    if (bytes.size() < 2)
        return 0;
    const uint8_t first = uint8_t(bytes[0]);
    uint64_t size = uint8_t(bytes[1]);
    const size_t header = size == 127 ? 10 : size == 126 ? 4 : 2;
    if (bytes.size() < header)
        return 0;
    if (header > 2)
        size = numberOf(bytes.substr(2, header - 2));
    if (bytes.size() < header + size)
        return 0;
    const std::string_view payload = bytes.substr(header, size);
    if (first == (Final | Text))
        onText(payload, arrival);
    else if (first == (Final | Ping))
        m_output += makeFrame(Pong, std::string(payload), true);
    else
        throw std::runtime_error("the server has sent a frame that is not expected: "
                                 + std::to_string(first));
    return header + size;
}

void BrokerClient::onText(std::string_view text, const Arrival &arrival)
{
    constexpr std::string_view Event = "42[\"m\",\"";
    const bool isSocketIo = m_dialect == BrokerDialect::SocketIo;
    if (text == (isSocketIo ? "42[\"ok\"]" : "ok"))
        m_isConfirmed = true;
    else if (!isSocketIo)
        arrival(text);
    else if (text.starts_with(Event))
        arrival(text.substr(Event.size()));
    else if (text.starts_with("40"))
        m_isOpen = true;
    else if (text.starts_with("0{"))
        sendText("40");
    else if (text == "2")
        sendText("3");
    else
        throw std::runtime_error("the server has sent: " + std::string(text));
}
