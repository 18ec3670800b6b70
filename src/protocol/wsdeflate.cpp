// SPDX-License-Identifier: MIT
#include "protocol/wsdeflate.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <zlib.h>

namespace {
// The end of a flush to a byte boundary: an empty block without compression (RFC 7692 §7.2.1).
constexpr QByteArrayView FlushEnd("\x00\x00\xff\xff", 4);
// A peer that uses zlib never has a window below 2^9, whatever was agreed on, because zlib uses 2^9 instead
// of 2^8.
constexpr quint8 SmallestWindow = 9;
// How many of each kind a thread keeps for connections that need one only during a message.
constexpr size_t MaxKept = 4;

Bytef *zlibBytes(const char *bytes)
{
    return reinterpret_cast<Bytef *>(const_cast<char *>(bytes));
}

uInt zlibSize(qsizetype size)
{
    return uInt(std::min<qsizetype>(size, std::numeric_limits<int>::max()));
}

// The same bytes as deflated data without compression (RFC 1951 §3.2.4), for which zlib is not needed.
void appendStored(QByteArrayView bytes, QByteArray *out)
{
    constexpr qsizetype LargestBlock = 0xffff;
    while (!bytes.isEmpty()) {
        const QByteArrayView block = bytes.first(std::min(bytes.size(), LargestBlock));
        const auto size = quint16(block.size());
        const auto complement = quint16(~size);
        const char header[] = {'\0', char(size), char(size >> 8), char(complement), char(complement >> 8)};
        out->append(header, sizeof header);
        out->append(block);
        bytes = bytes.sliced(block.size());
    }
}

template <typename T>
std::vector<std::unique_ptr<T>> &kept()
{
    thread_local std::vector<std::unique_ptr<T>> all;
    return all;
}

template <typename T, typename Fits>
std::unique_ptr<T> takeKept(Fits fits)
{
    auto &all = kept<T>();
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const auto &one) { return fits(*one); });
    if (found == all.rend())
        return {};
    std::unique_ptr<T> taken = std::move(*found);
    all.erase(std::next(found).base());
    return taken;
}

template <typename T>
void keep(std::unique_ptr<T> one)
{
    auto &all = kept<T>();
    one->reset();
    if (all.size() == MaxKept)
        all.erase(all.begin());
    all.push_back(std::move(one));
}
} // namespace

// --- deflating

namespace {
// False if there is no memory.
bool isReady(z_stream_s *stream, const WsDeflateParameters &parameters)
{
    return stream->state
           || deflateInit2(stream, parameters.level, Z_DEFLATED, -parameters.windowBits, parameters.memLevel,
                           Z_DEFAULT_STRATEGY)
                  == Z_OK;
}
} // namespace

WsDeflater::WsDeflater(const WsDeflateParameters &parameters)
    : m_stream(std::make_unique<z_stream_s>()), m_parameters(parameters)
{
}

WsDeflater::~WsDeflater()
{
    deflateEnd(m_stream.get());
}

void WsDeflater::deflate(QByteArrayView bytes, Flush flush, QByteArray *out)
{
    if (!isReady(m_stream.get(), m_parameters)) { // perhaps it is the next time
        appendStored(bytes, out);
        if (flush == Flush::Message)
            out->append('\0');
        return;
    }
    const qsizetype before = out->size();
    const char *const end = bytes.data() + bytes.size();
    m_stream->next_in = zlibBytes(bytes.data());
    qsizetype used = before;
    bool isDone = false;
    while (!isDone) {
        const qsizetype left = end - reinterpret_cast<const char *>(m_stream->next_in);
        m_stream->avail_in = zlibSize(left);
        const bool isLastInput = left == qsizetype(m_stream->avail_in);
        // zlib's own estimate, so that nearly every message is done in one step.
        out->resize(used + qsizetype(deflateBound(m_stream.get(), m_stream->avail_in)) + 16);
        m_stream->next_out = zlibBytes(out->data() + used);
        m_stream->avail_out = zlibSize(out->size() - used);
        ::deflate(m_stream.get(), flush == Flush::Later || !isLastInput ? Z_NO_FLUSH : Z_SYNC_FLUSH);
        used = reinterpret_cast<const char *>(m_stream->next_out) - out->constData();
        isDone = isLastInput && m_stream->avail_in == 0 && m_stream->avail_out > 0;
    }
    out->resize(used);
    if (flush != Flush::Message)
        return;
    // After an earlier flush zlib has no more output, so the first byte of an empty block is added here.
    if (used == before)
        out->append('\0');
    else
        out->chop(FlushEnd.size());
}

void WsDeflater::reset()
{
    deflateReset(m_stream.get());
}

std::unique_ptr<WsDeflater> WsDeflater::take(const WsDeflateParameters &parameters)
{
    auto taken = takeKept<WsDeflater>([&](const WsDeflater &one) { return one.parameters() == parameters; });
    return taken ? std::move(taken) : std::make_unique<WsDeflater>(parameters);
}

void WsDeflater::giveBack(std::unique_ptr<WsDeflater> deflater)
{
    keep(std::move(deflater));
}

// --- inflating

WsInflater::WsInflater(quint8 windowBits) : m_stream(std::make_unique<z_stream_s>()), m_windowBits(windowBits)
{
}

WsInflater::~WsInflater()
{
    inflateEnd(m_stream.get());
}

void WsInflater::beginMessage()
{
    m_isAfterLastBlock = false;
}

void WsInflater::setInput(QByteArrayView bytes)
{
    m_stream->next_in = zlibBytes(bytes.data());
    m_stream->avail_in = uInt(bytes.size());
    m_isAfterLastBlock = false;
}

void WsInflater::keepInput()
{
    const QByteArrayView left(reinterpret_cast<const char *>(m_stream->next_in),
                              qsizetype(m_stream->avail_in));
    if (left.isEmpty())
        m_kept.clear();
    else if (left.end() != m_kept.constEnd()) {
        m_kept = left.toByteArray();
        setInput(m_kept);
    }
}

void WsInflater::setMessageEnd()
{
    if (!m_isAfterLastBlock) // behind which some senders add nothing for the end to continue
        setInput(FlushEnd);
}

qsizetype WsInflater::inflate(char *out, qsizetype size)
{
    if (!m_stream->state && inflateInit2(m_stream.get(), -std::max(m_windowBits, SmallestWindow)) != Z_OK) {
        m_needsInput = false;
        return NoMemory;
    }
    m_stream->next_out = zlibBytes(out);
    m_stream->avail_out = uInt(size);
    int result = Z_OK;
    while (m_stream->avail_out > 0) {
        result = ::inflate(m_stream.get(), Z_SYNC_FLUSH);
        // RFC 7692 §7.2.3.4: a block may say that it is the last one, and the window lives on.
        if (result == Z_STREAM_END) {
            m_isAfterLastBlock = m_stream->avail_in == 0;
            result = inflateResetKeep(m_stream.get());
        }
        if (result != Z_OK || m_stream->avail_in == 0)
            break;
    }
    const qsizetype done = size - qsizetype(m_stream->avail_out);
    const bool isBroken = result != Z_OK && result != Z_BUF_ERROR; // which is no more than a lack of input
    m_needsInput = !isBroken && m_stream->avail_out > 0;
    if (!isBroken || done > 0)
        return done;
    return result == Z_MEM_ERROR ? NoMemory : Broken;
}

bool WsInflater::isBetweenBlocks() const
{
    constexpr int AfterBlock = 128;
    constexpr int UnusedBits = 63;
    return m_isAfterLastBlock
           || ((m_stream->data_type & AfterBlock) != 0 && (m_stream->data_type & UnusedBits) == 0);
}

void WsInflater::reset()
{
    inflateReset(m_stream.get());
    m_stream->avail_in = 0;
    m_kept = {};
    m_needsInput = true;
    m_isAfterLastBlock = false;
}

std::unique_ptr<WsInflater> WsInflater::take(quint8 windowBits)
{
    auto taken = takeKept<WsInflater>([&](const WsInflater &one) { return one.windowBits() == windowBits; });
    return taken ? std::move(taken) : std::make_unique<WsInflater>(windowBits);
}

void WsInflater::giveBack(std::unique_ptr<WsInflater> inflater)
{
    keep(std::move(inflater));
}
