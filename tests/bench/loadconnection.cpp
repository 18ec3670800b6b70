// SPDX-License-Identifier: MIT
#include "loadconnection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include <openssl/evp.h>
#include <sys/epoll.h>

namespace {
constexpr uint64_t CheckContentOfEach = 64;

std::array<char, 256 * 1024> readBuffer;

// RFC 6455 §1.3
std::string acceptanceOf(const std::string &key)
{
    const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> encoded;
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), int(size));
    return std::string(encoded.begin(), encoded.begin() + length);
}

std::string lowerCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    return text;
}

std::string headerValue(const std::string &head, const std::string &name)
{
    const size_t at = lowerCase(head).find("\r\n" + lowerCase(name) + ":");
    if (at == std::string::npos)
        return {};
    const size_t from = head.find_first_not_of(' ', at + name.size() + 3);
    return head.substr(from, head.find("\r\n", from) - from);
}

void checkCompression(const std::string &head)
{
    const std::string extensions = headerValue(head, "Sec-WebSocket-Extensions");
    if (extensions.find("permessage-deflate") == std::string::npos)
        throw std::runtime_error("the server does not compress");
    if (extensions.find("no_context_takeover") != std::string::npos)
        throw std::runtime_error("the server compresses without context takeover");
}
} // namespace

LoadConnection::LoadConnection(std::unique_ptr<LoadSocket> socket, const LoadMessages &messages, int epoll)
    : m_messages(messages), m_socket(std::move(socket)), m_epoll(epoll)
{
    if (m_messages.shape.isDeflated)
        m_inflater = std::make_unique<MessageInflater>();
    if (m_messages.shape.isRaw)
        m_socket->sendAll("!");
    else if (!m_messages.shape.isServer)
        requestWebSocket();
}

// --- opening

void LoadConnection::requestWebSocket()
{
    m_socket->sendAll(
        std::string("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        + (m_inflater ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n");
}

void LoadConnection::answerRequest()
{
    const std::string key = headerValue(receiveHead(), "Sec-WebSocket-Key");
    m_socket->sendAll("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: "
                      + acceptanceOf(key) + "\r\n\r\n");
}

void LoadConnection::finishOpening()
{
    char byte = 0;
    if (m_messages.shape.isRaw) {
        if (m_socket->receive(&byte, 1) != 1 || byte != '!')
            throw std::runtime_error("the first byte was not echoed");
    } else if (m_messages.shape.isServer) {
        answerRequest();
    } else {
        const std::string head = receiveHead();
        if (!head.starts_with("HTTP/1.1 101 ")
            || headerValue(head, "Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            throw std::runtime_error("the opening handshake was answered with: " + head);
        if (m_inflater)
            checkCompression(head);
    }
    m_socket->setNonBlocking();
    watch(EPOLL_CTL_ADD, EPOLLIN);
}

// Nothing follows it: who receives has not been sent anything to answer.
std::string LoadConnection::receiveHead()
{
    std::string head;
    std::array<char, 1024> part;
    while (!head.ends_with("\r\n\r\n")) {
        const std::optional<size_t> size = m_socket->receive(part.data(), part.size());
        if (size.value_or(0) == 0)
            throw std::runtime_error("the opening handshake was cut");
        head.append(part.data(), *size);
    }
    return head;
}

void LoadConnection::watch(int operation, uint32_t events)
{
    epoll_event event = {};
    event.events = events;
    event.data.ptr = this;
    if (epoll_ctl(m_epoll, operation, m_socket->descriptor(), &event) != 0)
        throw systemError("epoll_ctl");
}

// --- sending

void LoadConnection::send(uint64_t count)
{
    m_unsent += count;
    if (!m_isBlocked)
        write();
}

void LoadConnection::write()
{
    bool isTaken = true;
    while (isTaken && (m_unsent > 0 || !m_pongs.empty())) {
        const std::vector<size_t> &ends = m_messages.ends;
        const size_t frameBegin = m_frame == 0 ? 0 : ends[m_frame - 1];
        if (!m_pongs.empty() && m_sendPosition == frameBegin) {
            isTaken = writeFrom(m_pongs, &m_pongPosition, m_pongs.size());
            if (isTaken) {
                m_pongs.clear();
                m_pongPosition = 0;
            }
            continue;
        }
        const uint64_t wanted = m_pongs.empty() ? m_unsent : 1;
        const size_t end = ends[size_t(std::min<uint64_t>(m_frame + wanted, ends.size())) - 1];
        isTaken = writeFrom(m_messages.frames, &m_sendPosition, end);
        advanceFrames();
    }
    if (m_isBlocked == isTaken) {
        m_isBlocked = !isTaken;
        watch(EPOLL_CTL_MOD, m_isBlocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

// Returns whether the socket took all of it.
bool LoadConnection::writeFrom(const std::string &bytes, size_t *position, size_t end)
{
    *position += m_socket->send(bytes.data() + *position, end - *position);
    return *position == end;
}

void LoadConnection::advanceFrames()
{
    const std::vector<size_t> &ends = m_messages.ends;
    while (m_frame < ends.size() && ends[m_frame] <= m_sendPosition) {
        ++m_frame;
        --m_unsent;
    }
    if (m_frame == ends.size()) {
        m_frame = m_messages.loopFrom;
        m_sendPosition = m_frame == 0 ? 0 : ends[m_frame - 1];
    }
}

// --- receiving

uint64_t LoadConnection::onReady(uint32_t events)
{
    if (events & EPOLLOUT)
        write();
    if (!(events & ~uint32_t(EPOLLOUT)))
        return 0;
    uint64_t messages = 0;
    // TLS keeps what it has decrypted: epoll does not tell of it.
    while (const std::optional<size_t> size = m_socket->receive(readBuffer.data(), readBuffer.size())) {
        if (*size == 0)
            throw std::runtime_error("the other end has closed a connection");
        m_receivedBytes += *size;
        messages += take(readBuffer.data(), *size);
        if (!m_socket->isEncrypted())
            break;
    }
    return messages;
}

uint64_t LoadConnection::take(char *bytes, size_t size)
{
    uint64_t messages = 0;
    while (size > 0) {
        size_t taken = 0;
        if (!m_isInFrame && m_messages.shape.isRaw)
            startFrame(0x80 | Binary, m_messages.shape.size);
        else if (!m_isInFrame)
            taken = takeHeader(bytes, size);
        if (m_isInFrame) {
            const size_t part = size_t(std::min<uint64_t>(m_frameLeft, size - taken));
            takePayload(bytes + taken, part);
            taken += part;
            if (m_frameLeft == 0 && endFrame())
                ++messages;
        }
        bytes += taken;
        size -= taken;
    }
    return messages;
}

// Returns how many bytes were the header's.
size_t LoadConnection::takeHeader(const char *bytes, size_t size)
{
    const size_t before = m_header.size();
    m_header.append(bytes, std::min(size, 14 - before));
    if (m_header.size() < 2)
        return m_header.size() - before;
    const auto byteAt = [this](size_t i) { return uint8_t(m_header[i]); };
    const bool isMasked = byteAt(1) & 0x80;
    if ((byteAt(0) & (m_inflater ? 0x30 : 0x70)) || isMasked != m_messages.shape.isServer)
        throw std::runtime_error("a frame has a reserved bit, or is masked where it should not be");
    const uint8_t length7 = byteAt(1) & 0x7F;
    const size_t lengthBytes = length7 == 127 ? 8 : length7 == 126 ? 2 : 0;
    const size_t headerSize = 2 + lengthBytes + (isMasked ? 4 : 0);
    if (m_header.size() < headerSize)
        return m_header.size() - before;
    uint64_t length = lengthBytes == 0 ? length7 : 0;
    for (size_t i = 2; i < 2 + lengthBytes; ++i)
        length = (length << 8) | byteAt(i);
    const uint8_t first = byteAt(0);
    m_maskingKey = m_header.substr(2 + lengthBytes, headerSize - 2 - lengthBytes);
    m_header.clear();
    startFrame(first, length);
    return headerSize - before;
}

void LoadConnection::startFrame(uint8_t first, uint64_t length)
{
    const LoadShape &shape = m_messages.shape;
    m_isInFrame = true;
    m_isLastFrame = first & 0x80;
    m_opcode = first & 0x0F;
    m_frameSize = m_frameLeft = length;
    if (m_opcode == Ping || m_opcode == Pong)
        return;
    const uint8_t expected = m_isInMessage ? Continuation : shape.isText && !shape.isRaw ? Text : Binary;
    if (m_opcode != expected)
        throw std::runtime_error("a frame has the opcode " + std::to_string(m_opcode));
    const bool isCompressed = first & 0x40;
    if (m_inflater && isCompressed == m_isInMessage)
        throw std::runtime_error("an echo is not compressed");
    const uint64_t size = m_messageSize + length;
    if (!m_inflater && (size > shape.size || (m_isLastFrame && size != shape.size)))
        throw std::runtime_error("an echo has " + std::to_string(size) + " bytes");
    m_isInMessage = true;
}

void LoadConnection::takePayload(char *bytes, size_t size)
{
    const bool isControl = m_opcode == Ping || m_opcode == Pong;
    const bool isChecked = m_messageCount % CheckContentOfEach == 0;
    if (!m_maskingKey.empty() && (isControl || isChecked)) {
        const uint64_t from = m_frameSize - m_frameLeft;
        for (size_t i = 0; i < size; ++i)
            bytes[i] = char(bytes[i] ^ m_maskingKey[(from + i) % 4]);
    }
    m_frameLeft -= size;
    if (isControl) {
        m_control.append(bytes, size);
        return;
    }
    const std::string &expected = m_messages.payload(m_messageCount);
    if (m_inflater)
        m_compressed.append(bytes, size);
    else if (isChecked && std::memcmp(bytes, expected.data() + m_messageSize, size) != 0)
        throw std::runtime_error("an echo has another content than the message");
    m_messageSize += size;
}

// Returns whether a message has ended with it.
bool LoadConnection::endFrame()
{
    m_isInFrame = false;
    if (m_opcode == Ping || m_opcode == Pong) {
        if (m_opcode == Ping)
            m_pongs += makeFrame(Pong, m_control, !m_messages.shape.isServer);
        m_control.clear();
        if (!m_isBlocked)
            write();
        return false;
    }
    if (m_isLastFrame)
        endMessage();
    return m_isLastFrame;
}

void LoadConnection::endMessage()
{
    if (m_inflater) {
        const std::string &expected = m_messages.payload(m_messageCount);
        if (m_inflater->decompress(m_compressed, expected.size()) != expected)
            throw std::runtime_error("an echo has another content than the message");
        m_compressed.clear();
    }
    m_isInMessage = false;
    m_messageSize = 0;
    ++m_messageCount;
}
