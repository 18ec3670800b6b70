// SPDX-License-Identifier: MIT
#include "protocol/wsutf8.h"

#include <cstring>

namespace {
constexpr quint64 HighBits = 0x8080808080808080;

// The end of the ASCII that \a p begins with, in steps of eight bytes.
const char *skipAscii(const char *p, const char *end)
{
    while (end - p >= 32) {
        quint64 words[4];
        std::memcpy(words, p, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & HighBits)
            break;
        p += 32;
    }
    while (end - p >= 8) {
        quint64 word;
        std::memcpy(&word, p, sizeof word);
        if (word & HighBits)
            break;
        p += 8;
    }
    return p;
}
} // namespace

bool WsUtf8Validator::feed(QByteArrayView bytes)
{
    const char *p = bytes.begin();
    const char *const end = bytes.end();
    while (p != end) {
        if (m_needed == 0) {
            p = skipAscii(p, end);
            if (p == end)
                break;
        }
        if (!feedByte(quint8(*p++))) {
            m_needed = 1; // a byte that cannot come: whatever follows fails too
            m_lowest = 0xFF;
            m_highest = 0;
            return false;
        }
    }
    return true;
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
    WsUtf8Validator validator;
    return validator.feed(bytes) && validator.isComplete();
}

QString wsStringFromUtf8(QByteArrayView utf8)
{
    QString text = QString::fromUtf8(utf8);
    if (!utf8.isEmpty() && utf8.front() == '\xEF' && utf8.startsWith("\xEF\xBB\xBF"))
        text.prepend(QChar(QChar::ByteOrderMark));
    return text;
}
