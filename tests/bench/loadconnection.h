// SPDX-License-Identifier: MIT
#ifndef LOADCONNECTION_H
#define LOADCONNECTION_H

#include "loadmessages.h"
#include "loadsocket.h"
#include "messagedeflate.h"

#include <memory>
#include <optional>

// One end of a connection to what is measured: a bare socket and frames made in advance, so that it costs
// little.
//
// Each member throws std::runtime_error where the other end does not do what it should.
class LoadConnection
{
public:
    // As a client, on a socket that is connected, it asks for a WebSocket at once. As a server it waits for
    // the request and answers it.
    LoadConnection(std::unique_ptr<LoadSocket> socket, const LoadMessages &messages, int epoll);
    LoadConnection(const LoadConnection &) = delete;
    LoadConnection &operator=(const LoadConnection &) = delete;

    // Waits until the connection is open. Of a raw one, until the first byte was echoed.
    void finishOpening();
    // Sends \a count more messages, as fast as the socket takes them.
    void send(uint64_t count);
    // The socket is ready; returns how many messages have arrived.
    uint64_t onReady(uint32_t events);
    // All bytes behind the opening handshake, those of TLS decrypted.
    uint64_t receivedBytes() const { return m_receivedBytes; }

private:
    void requestWebSocket();
    void answerRequest();
    std::string receiveHead();
    void watch(int operation, uint32_t events);
    void write();
    bool writeFrom(const std::string &bytes, size_t *position, size_t end);
    void advanceFrames();
    uint64_t take(char *bytes, size_t size);
    size_t takeHeader(const char *bytes, size_t size);
    void startFrame(uint8_t first, uint64_t length);
    void takePayload(char *bytes, size_t size);
    bool endFrame();
    void endMessage();

    const LoadMessages &m_messages;
    std::unique_ptr<LoadSocket> m_socket;
    int m_epoll;
    bool m_isBlocked = false; // the socket takes no more now
    size_t m_frame = 0;       // the frame that is being sent
    size_t m_sendPosition = 0;
    uint64_t m_unsent = 0; // frames
    std::string m_pongs;
    size_t m_pongPosition = 0;

    // Of what arrives:
    uint64_t m_receivedBytes = 0;
    std::string m_header;
    bool m_isInFrame = false;
    bool m_isLastFrame = false;
    uint8_t m_opcode = 0;
    std::string m_maskingKey;
    uint64_t m_frameSize = 0;
    uint64_t m_frameLeft = 0;
    uint64_t m_messageSize = 0; // so far
    uint64_t m_messageCount = 0;
    bool m_isInMessage = false;
    std::string m_control;
    std::string m_compressed;
    std::unique_ptr<MessageInflater> m_inflater;
};

#endif // LOADCONNECTION_H
