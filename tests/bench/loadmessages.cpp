// SPDX-License-Identifier: MIT
#include "loadmessages.h"

#include "jsonmessages.h"
#include "messagedeflate.h"

#include <array>
#include <cstring>
#include <random>

namespace {
constexpr size_t SendUpTo = 64 * 1024; // small frames are sent together

// Printable ASCII is valid text.
std::string plainPayload(uint64_t size)
{
    std::string payload;
    for (uint64_t i = 0; i < size; ++i)
        payload += char('!' + i * 7 % 89);
    return payload;
}
} // namespace

std::string makeFrame(uint8_t opcode, const std::string &payload, bool isMasked, bool isCompressed)
{
    static std::mt19937 generator{std::random_device{}()};
    const uint64_t size = payload.size();
    std::string frame{char(0x80 | (isCompressed ? 0x40 : 0) | opcode)};
    const int lengthBytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
    frame += char((isMasked ? 0x80 : 0) | (lengthBytes == 0 ? size : lengthBytes == 2 ? 126 : 127));
    for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8)
        frame += char(size >> shift);
    if (!isMasked)
        return frame + payload;
    const auto number = uint32_t(generator());
    std::array<char, 4> key;
    std::memcpy(key.data(), &number, key.size());
    frame.append(key.data(), key.size());
    for (size_t i = 0; i < payload.size(); ++i)
        frame += char(payload[i] ^ key[i % 4]);
    return frame;
}

LoadMessages::LoadMessages(const LoadShape &ownShape) : shape(ownShape)
{
    const auto append = [this](const std::string &frame) {
        frames += frame;
        ends.push_back(frames.size());
    };
    const uint8_t opcode = shape.isText ? Text : Binary;
    if (!shape.isDeflated) {
        payloads = {plainPayload(shape.size)};
        const std::string frame =
            shape.isRaw ? payloads.front() : makeFrame(opcode, payloads.front(), !shape.isServer);
        do
            append(frame);
        while (frames.size() + frame.size() <= SendUpTo);
        return;
    }
    // Two rounds of the same messages. The second one refers to what precedes it within the window, which is
    // the end of a round and nothing else: so it can be repeated without end.
    payloads = jsonMessages(JsonMessageCount, shape.size);
    MessageDeflater deflater;
    for (int round = 0; round < 2; ++round) {
        for (const std::string &payload : payloads)
            append(makeFrame(opcode, deflater.compress(payload), !shape.isServer, true));
    }
    loopFrom = payloads.size();
}
