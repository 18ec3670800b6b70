// SPDX-License-Identifier: MIT
#include "protocol/wsutf8.h"

#include "protocol/wsbyteloops.h"
#include "protocol/wsmask.h"

#include <array>
#include <cstring>

namespace {
// What is unmasked before it is looked at: short enough to be still in the nearest cache.
constexpr qsizetype MaskedBlock = 16 * 1024;

// Shorter pieces are checked byte by byte before a loop would be reached.
constexpr qsizetype MinimumForLoops = 24;

// The first bytes are checked in a copy, behind ASCII, so that they have something before them.
bool isUtf8By(const WsByteLoops &loops, const char *begin, const char *end)
{
    constexpr qsizetype CopySize = 2 * WsByteLoops::Utf8Minimum;
    std::array<char, WsByteLoops::Utf8Context + CopySize> copy = {};
    const qsizetype copied = qMin(end - begin, CopySize);
    char *const copyEnd = copy.data() + copy.size();
    std::memcpy(copyEnd - copied, begin, size_t(copied));
    if (!loops.isUtf8(copy.data() + WsByteLoops::Utf8Context, copyEnd))
        return false;
    if (end - begin == copied)
        return true;
    // What is left may be less than the loop takes: it begins a bit earlier then.
    return loops.isUtf8(qMin(begin + copied, end - WsByteLoops::Utf8Minimum), end);
}

// Where the character begins that valid UTF-8 may end within; \a end where it ends with a whole one.
const char *lastWholeEnd(const char *end)
{
    if (quint8(end[-1]) >= 0xC0)
        return end - 1;
    if (quint8(end[-2]) >= 0xE0)
        return end - 2;
    if (quint8(end[-3]) >= 0xF0)
        return end - 3;
    return end;
}
} // namespace

bool WsUtf8Validator::feed(QByteArrayView bytes)
{
    if (m_needed > 0 || bytes.size() >= WsSmallSize)
        return feed(bytes, wsByteLoops());
    const char *const end = bytes.end();
    const char *const p = wsSkipAsciiPortably(bytes.begin(), end);
    return end - p < MinimumForLoops ? feedBytes(p, end) : feed({p, end}, wsByteLoops());
}

bool WsUtf8Validator::feed(QByteArrayView bytes, const WsByteLoops &loops)
{
    const char *p = bytes.begin();
    const char *const end = bytes.end();
    for (; m_needed > 0 && p != end; ++p) {
        if (!feedByte(quint8(*p)))
            return fail();
    }
    p = loops.skipAscii(p, end);
    if (!loops.isUtf8 || end - p < MinimumForLoops)
        return feedBytes(p, end);
    return isUtf8By(loops, p, end) ? feedBytes(lastWholeEnd(end), end) : fail();
}

bool WsUtf8Validator::feedMasked(char *bytes, qsizetype size, WsMaskingKey key, quint64 offset)
{
    // A block's length is a multiple of the key's: the offset stays as it is within the key.
    static_assert(MaskedBlock % sizeof(WsMaskingKey) == 0);
    for (; size > MaskedBlock; bytes += MaskedBlock, size -= MaskedBlock) {
        if (!feedMaskedBlock(bytes, MaskedBlock, key, offset))
            return false;
    }
    return feedMaskedBlock(bytes, size, key, offset);
}

bool WsUtf8Validator::feedMaskedBlock(char *bytes, qsizetype size, WsMaskingKey key, quint64 offset)
{
    const bool isAscii = wsMask(bytes, bytes, size, key, offset);
    return (isAscii && m_needed == 0) || feed({bytes, size});
}

bool WsUtf8Validator::feedBytes(const char *begin, const char *end)
{
    for (const char *p = begin; p != end; ++p) {
        if (m_needed == 0) {
            p = wsSkipAsciiPortably(p, end);
            if (p == end)
                break;
        }
        if (!feedByte(quint8(*p)))
            return fail();
    }
    return true;
}

bool WsUtf8Validator::fail()
{
    m_needed = 1; // a byte that cannot come: whatever follows fails too
    m_lowest = 0xFF;
    m_highest = 0;
    return false;
}

bool WsUtf8Validator::feedByte(quint8 byte)
{
    if (m_needed > 0) {
        if (byte < m_lowest || byte > m_highest)
            return false;
        m_lowest = 0x80;
        m_highest = 0xBF;
        --m_needed;
        return true;
    }
    if (byte < 0x80)
        return true;
    // RFC 3629 §4: no overlong form (C0, C1, E0 80-9F, F0 80-8F), no surrogate (ED A0-BF), nothing
    // above U+10FFFF (F4 90-BF, F5-FF).
    if (byte < 0xC2 || byte > 0xF4)
        return false;
    m_needed = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    m_lowest = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    m_highest = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool wsIsValidUtf8(QByteArrayView bytes)
{
    if (bytes.size() < WsSmallSize && wsSkipAsciiPortably(bytes.begin(), bytes.end()) == bytes.end())
        return true;
    WsUtf8Validator validator;
    return validator.feed(bytes) && validator.isComplete();
}
