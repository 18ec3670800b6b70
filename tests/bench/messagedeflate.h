// SPDX-License-Identifier: MIT
#ifndef MESSAGEDEFLATE_H
#define MESSAGEDEFLATE_H

#include <string>

#include <zlib.h>

// Both directions of permessage-deflate (RFC 7692) with context takeover, by zlib's
// own defaults.
class MessageDeflater
{
public:
    MessageDeflater();
    ~MessageDeflater();
    MessageDeflater(const MessageDeflater &) = delete;
    MessageDeflater &operator=(const MessageDeflater &) = delete;

    std::string compress(std::string message);

private:
    z_stream m_stream = {};
};

class MessageInflater
{
public:
    MessageInflater();
    ~MessageInflater();
    MessageInflater(const MessageInflater &) = delete;
    MessageInflater &operator=(const MessageInflater &) = delete;

    // Throws std::runtime_error unless what comes of it has this size at most.
    std::string decompress(std::string compressed, size_t size);

private:
    z_stream m_stream = {};
};

#endif // MESSAGEDEFLATE_H
