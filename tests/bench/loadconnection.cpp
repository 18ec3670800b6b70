// SPDX-License-Identifier: MIT
#include "loadconnection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
constexpr uint8_t Continuation = 0x0;
constexpr uint8_t Text = 0x1;
constexpr uint8_t Binary = 0x2;
constexpr uint8_t Close = 0x8;
constexpr uint8_t Ping = 0x9;
constexpr uint8_t Pong = 0xA;

constexpr size_t SendUpTo = 64 * 1024; // small frames are sent together
constexpr uint64_t CheckContentOfEach = 64;

std::array<char, 256 * 1024> readBuffer;

std::runtime_error systemError(const char *what)
{
    return std::system_error(errno, std::generic_category(), what);
}

std::string maskedFrame(uint8_t opcode, const std::string &payload)
{
    static std::mt19937 generator{std::random_device{}()};
    const uint64_t size = payload.size();
    std::string frame{char(0x80 | opcode)};
    const int lengthBytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
    frame += char(0x80 | (lengthBytes == 0 ? size : lengthBytes == 2 ? 126 : 127));
    for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8)
        frame += char(size >> shift);
    const auto number = uint32_t(generator());
    std::array<char, 4> key;
    std::memcpy(key.data(), &number, key.size());
    frame.append(key.data(), key.size());
    for (size_t i = 0; i < payload.size(); ++i)
        frame += char(payload[i] ^ key[i % 4]);
    return frame;
}
} // namespace

LoadConnection::LoadConnection(const LoadShape &shape, int epoll) : m_shape(shape), m_epoll(epoll)
{
    connectSocket();
    if (!m_shape.isRaw)
        openWebSocket();
    makeFrames();
    if (fcntl(m_descriptor, F_SETFL, O_NONBLOCK) != 0)
        throw systemError("fcntl");
    watch(EPOLL_CTL_ADD, EPOLLIN);
}

LoadConnection::~LoadConnection()
{
    close(m_descriptor);
}

void LoadConnection::connectSocket()
{
    m_descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_shape.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw systemError("connect");
    const int on = 1;
    setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void LoadConnection::openWebSocket()
{
    const std::string host = "127.0.0.1:" + std::to_string(m_shape.port);
    const std::string request =
        "GET / HTTP/1.1\r\nHost: " + host
        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (::send(m_descriptor, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
        throw systemError("send");
    std::string answer;
    char byte = 0;
    while (!answer.ends_with("\r\n\r\n")) {
        if (recv(m_descriptor, &byte, 1, 0) != 1)
            throw systemError("the opening handshake was cut");
        answer += byte;
    }
    if (!answer.starts_with("HTTP/1.1 101 ")
        || answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos)
        throw std::runtime_error("the opening handshake was answered with: " + answer);
}

void LoadConnection::makeFrames()
{
    for (uint64_t i = 0; i < m_shape.size; ++i)
        m_payload += char('!' + i * 7 % 89); // printable ASCII is valid text
    const std::string frame =
        m_shape.isRaw ? m_payload : maskedFrame(m_shape.isText ? Text : Binary, m_payload);
    m_frameSize = frame.size();
    do
        m_frames += frame;
    while (m_frames.size() + m_frameSize <= SendUpTo);
}

void LoadConnection::watch(int operation, uint32_t events)
{
    epoll_event event = {};
    event.events = events;
    event.data.ptr = this;
    if (epoll_ctl(m_epoll, operation, m_descriptor, &event) != 0)
        throw systemError("epoll_ctl");
}

// --- sending

void LoadConnection::send(uint64_t count)
{
    m_unsent += count * m_frameSize;
    if (!m_isBlocked)
        write();
}

void LoadConnection::write()
{
    bool isTaken = true;
    while (isTaken && (m_unsent > 0 || !m_pongs.empty())) {
        const size_t frameAt = m_sendPosition % m_frameSize;
        if (!m_pongs.empty() && frameAt == 0) {
            isTaken = writeFrom(m_pongs, &m_pongPosition, m_pongs.size());
            if (isTaken) {
                m_pongs.clear();
                m_pongPosition = 0;
            }
            continue;
        }
        m_sendPosition = frameAt; // all frames are the same: from the first one, more can go in one call
        const uint64_t wanted = m_pongs.empty() ? m_unsent : m_frameSize - frameAt;
        const size_t before = m_sendPosition;
        const size_t end = size_t(std::min<uint64_t>(m_frames.size(), before + wanted));
        isTaken = writeFrom(m_frames, &m_sendPosition, end);
        m_unsent -= m_sendPosition - before;
    }
    if (m_isBlocked == isTaken) {
        m_isBlocked = !isTaken;
        watch(EPOLL_CTL_MOD, m_isBlocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

// Returns whether the socket took all of it.
bool LoadConnection::writeFrom(const std::string &bytes, size_t *position, size_t end)
{
    const ssize_t sent = ::send(m_descriptor, bytes.data() + *position, end - *position, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        throw systemError("send");
    *position += size_t(std::max<ssize_t>(sent, 0));
    return *position == end;
}

// --- receiving

uint64_t LoadConnection::onReady(uint32_t events)
{
    if (events & EPOLLOUT)
        write();
    if (!(events & ~uint32_t(EPOLLOUT)))
        return 0;
    const ssize_t size = recv(m_descriptor, readBuffer.data(), readBuffer.size(), 0);
    if (size < 0 && errno == EAGAIN)
        return 0;
    if (size < 0)
        throw systemError("recv");
    if (size == 0)
        throw std::runtime_error("the server has closed a connection");
    return take(readBuffer.data(), size_t(size));
}

uint64_t LoadConnection::take(const char *bytes, size_t size)
{
    uint64_t echoes = 0;
    while (size > 0) {
        size_t taken = 0;
        if (!m_isInFrame && m_shape.isRaw)
            startFrame(Binary, true, m_shape.size);
        else if (!m_isInFrame)
            taken = takeHeader(bytes, size);
        if (m_isInFrame) {
            const size_t part = size_t(std::min<uint64_t>(m_frameLeft, size - taken));
            takePayload(bytes + taken, part);
            taken += part;
            if (m_frameLeft == 0 && endFrame())
                ++echoes;
        }
        bytes += taken;
        size -= taken;
    }
    return echoes;
}

// Returns how many bytes were the header's.
size_t LoadConnection::takeHeader(const char *bytes, size_t size)
{
    const size_t before = m_header.size();
    m_header.append(bytes, std::min(size, 10 - before));
    if (m_header.size() < 2)
        return m_header.size() - before;
    const auto byteAt = [this](size_t i) { return uint8_t(m_header[i]); };
    if ((byteAt(0) & 0x70) || (byteAt(1) & 0x80))
        throw std::runtime_error("a frame has a reserved bit or a masking key");
    const size_t lengthBytes = byteAt(1) == 127 ? 8 : byteAt(1) == 126 ? 2 : 0;
    if (m_header.size() < 2 + lengthBytes)
        return m_header.size() - before;
    uint64_t length = lengthBytes == 0 ? byteAt(1) : 0;
    for (size_t i = 2; i < 2 + lengthBytes; ++i)
        length = (length << 8) | byteAt(i);
    const uint8_t first = byteAt(0);
    m_header.clear();
    startFrame(first & 0xF, first & 0x80, length);
    return 2 + lengthBytes - before;
}

void LoadConnection::startFrame(uint8_t opcode, bool fin, uint64_t length)
{
    m_isInFrame = true;
    m_isLastFrame = fin;
    m_opcode = opcode;
    m_frameLeft = length;
    if (opcode == Ping || opcode == Pong)
        return;
    const uint8_t expected = m_isInMessage ? Continuation : m_shape.isText && !m_shape.isRaw ? Text : Binary;
    if (opcode == Close || opcode != expected)
        throw std::runtime_error("a frame has the opcode " + std::to_string(opcode));
    const uint64_t size = m_messageSize + length;
    if (size > m_shape.size || (fin && size != m_shape.size))
        throw std::runtime_error("an echo has " + std::to_string(size) + " bytes");
    m_isInMessage = true;
}

void LoadConnection::takePayload(const char *bytes, size_t size)
{
    m_frameLeft -= size;
    if (m_opcode == Ping || m_opcode == Pong) {
        m_control.append(bytes, size);
        return;
    }
    const bool isChecked = m_messageCount % CheckContentOfEach == 0;
    if (isChecked && std::memcmp(bytes, m_payload.data() + m_messageSize, size) != 0)
        throw std::runtime_error("an echo has another content than the message");
    m_messageSize += size;
}

// Returns whether a message has ended with it.
bool LoadConnection::endFrame()
{
    m_isInFrame = false;
    if (m_opcode == Ping || m_opcode == Pong) {
        if (m_opcode == Ping)
            m_pongs += maskedFrame(Pong, m_control);
        m_control.clear();
        if (!m_isBlocked)
            write();
        return false;
    }
    if (!m_isLastFrame)
        return false;
    m_isInMessage = false;
    m_messageSize = 0;
    ++m_messageCount;
    return true;
}
