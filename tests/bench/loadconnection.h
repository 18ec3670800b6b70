// SPDX-License-Identifier: MIT
#ifndef LOADCONNECTION_H
#define LOADCONNECTION_H

#include <cstdint>
#include <string>

// What is sent over and over, and comes back.
struct LoadShape
{
    uint16_t port = 0;
    uint64_t size = 64;
    bool isRaw = false; // no WebSocket: bare bytes
    bool isText = false;
};

// One client of the echo server: a bare socket, its frames made in advance, so that it costs little.
//
// Each member throws std::runtime_error where the server does not do what it should.
class LoadConnection
{
public:
    // Connects, and makes the opening handshake unless it is raw; blocks as long as that takes.
    LoadConnection(const LoadShape &shape, int epoll);
    ~LoadConnection();
    LoadConnection(const LoadConnection &) = delete;
    LoadConnection &operator=(const LoadConnection &) = delete;

    // Sends \a count more messages, as fast as the socket takes them.
    void send(uint64_t count);
    // The socket is ready; returns how many echoes have arrived.
    uint64_t onReady(uint32_t events);

private:
    void connectSocket();
    void openWebSocket();
    void makeFrames();
    void watch(int operation, uint32_t events);
    void write();
    bool writeFrom(const std::string &bytes, size_t *position, size_t end);
    uint64_t take(const char *bytes, size_t size);
    size_t takeHeader(const char *bytes, size_t size);
    void startFrame(uint8_t opcode, bool fin, uint64_t length);
    void takePayload(const char *bytes, size_t size);
    bool endFrame();

    LoadShape m_shape;
    int m_epoll;
    int m_descriptor = -1;
    bool m_isBlocked = false; // the socket takes no more now
    std::string m_payload;
    std::string m_frames; // one frame or several, all the same, to be sent in one call
    size_t m_frameSize = 0;
    size_t m_sendPosition = 0; // in m_frames
    uint64_t m_unsent = 0;     // bytes
    std::string m_pongs;
    size_t m_pongPosition = 0;

    // Of what arrives:
    std::string m_header;
    bool m_isInFrame = false;
    bool m_isLastFrame = false;
    uint8_t m_opcode = 0;
    uint64_t m_frameLeft = 0;
    uint64_t m_messageSize = 0; // so far
    uint64_t m_messageCount = 0;
    bool m_isInMessage = false;
    std::string m_control;
};

#endif // LOADCONNECTION_H
