// SPDX-License-Identifier: MIT
#ifndef LOADMESSAGES_H
#define LOADMESSAGES_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

enum Opcode : uint8_t { Continuation = 0x0, Text = 0x1, Binary = 0x2, Close = 0x8, Ping = 0x9, Pong = 0xA };

// What is sent over and over, and comes back.
struct LoadShape
{
    uint64_t size = 64;
    bool isRaw = false; // no WebSocket: bare bytes
    bool isText = false;
    bool isDeflated = false; // JSON, compressed with context takeover; `size` is about the size of one
    bool isServer = false;   // we are the server, whose frames are not masked
};

// The messages of a load and their frames, made in advance and shared by all connections.
struct LoadMessages
{
    explicit LoadMessages(const LoadShape &shape);

    const std::string &payload(uint64_t index) const { return payloads[index % payloads.size()]; }

    LoadShape shape;
    std::vector<std::string> payloads; // sent in turns
    std::string frames;
    std::vector<size_t> ends; // of each frame, in `frames`
    size_t loopFrom = 0;      // the frame that follows the last one
};

// RSV1 (RFC 7692 §7.2.3.1) marks a compressed message.
std::string makeFrame(uint8_t opcode, const std::string &payload, bool isMasked, bool isCompressed = false);

#endif // LOADMESSAGES_H
