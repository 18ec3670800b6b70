// SPDX-License-Identifier: MIT
#include "messagedeflate.h"

#include <stdexcept>

namespace {
constexpr int Level = 6;
constexpr int MemLevel = 8;
constexpr int WindowBits = 15;
} // namespace

MessageDeflater::MessageDeflater()
{
    if (deflateInit2(&m_stream, Level, Z_DEFLATED, -WindowBits, MemLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
}

MessageDeflater::~MessageDeflater()
{
    deflateEnd(&m_stream);
}

// RFC 7692 §7.2.1: flushed, and the last four octets (00 00 FF FF) removed.
std::string MessageDeflater::compress(std::string message)
{
    std::string output(message.size() + 64, '\0');
    m_stream.next_in = reinterpret_cast<Bytef *>(message.data());
    m_stream.avail_in = uInt(message.size());
    m_stream.next_out = reinterpret_cast<Bytef *>(output.data());
    m_stream.avail_out = uInt(output.size());
    if (deflate(&m_stream, Z_SYNC_FLUSH) != Z_OK || m_stream.avail_out == 0)
        throw std::runtime_error("a message cannot be compressed");
    output.resize(output.size() - m_stream.avail_out - 4);
    return output;
}

MessageInflater::MessageInflater()
{
    if (inflateInit2(&m_stream, -WindowBits) != Z_OK)
        throw std::runtime_error("inflateInit2");
}

MessageInflater::~MessageInflater()
{
    inflateEnd(&m_stream);
}

// RFC 7692 §7.2.2: with the four octets that the sender has removed.
std::string MessageInflater::decompress(std::string compressed, size_t size)
{
    compressed.append("\x00\x00\xff\xff", 4);
    std::string output(size + 1, '\0');
    m_stream.next_in = reinterpret_cast<Bytef *>(compressed.data());
    m_stream.avail_in = uInt(compressed.size());
    m_stream.next_out = reinterpret_cast<Bytef *>(output.data());
    m_stream.avail_out = uInt(output.size());
    const int result = inflate(&m_stream, Z_SYNC_FLUSH);
    if (result != Z_OK || m_stream.avail_in > 0)
        throw std::runtime_error("a message cannot be decompressed");
    output.resize(output.size() - m_stream.avail_out);
    return output;
}
