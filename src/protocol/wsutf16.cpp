// SPDX-License-Identifier: MIT
#include "protocol/wsutf16.h"

#include "protocol/wsbyteloops.h"
#include "protocol/wsutf8.h"

#include <array>

namespace {
const char *decodeAscii(char16_t *target, const char *begin, const char *end)
{
    return end - begin < WsSmallSize ? wsConvertAsciiPortably(target, begin, end)
                                     : wsByteLoops().widenAscii(target, begin, end);
}

const char16_t *encodeAscii(char *target, const char16_t *begin, const char16_t *end)
{
    return end - begin < WsSmallSize ? wsConvertAsciiPortably(target, begin, end)
                                     : wsByteLoops().narrowAscii(target, begin, end);
}

// Whether what follows may be enough ASCII for a loop.
template <typename Character>
bool isAsciiNext(const Character *p, const Character *end)
{
    return end - p >= WsAsciiBlock && unsigned(p[0]) < 0x80 && unsigned(p[WsAsciiBlock - 1]) < 0x80;
}

// One character, of which \a lead is the first byte. Returns false if it is invalid.
bool decode(quint8 lead, const char **p, const char *end, char16_t **target)
{
    const qsizetype more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (lead < 0xC2 || lead > 0xF4 || end - *p < more)
        return false;
    char32_t character = lead & (0x3F >> more);
    for (qsizetype i = 0; i < more; ++i) {
        const quint8 byte = quint8(*(*p)++);
        if ((byte & 0xC0) != 0x80)
            return false;
        character = (character << 6) | (byte & 0x3F);
    }
    static constexpr std::array<char32_t, 4> least = {0, 0x80, 0x800, 0x10000};
    if (character < least[size_t(more)] || character > QChar::LastValidCodePoint
        || QChar::isSurrogate(character))
        return false;
    if (QChar::requiresSurrogates(character)) {
        *(*target)++ = QChar::highSurrogate(character);
        *(*target)++ = QChar::lowSurrogate(character);
    } else {
        *(*target)++ = char16_t(character);
    }
    return true;
}

// Returns the end of what was decoded; null if something is invalid.
char16_t *decodeAll(const char *p, const char *end, char16_t *target)
{
    while (true) {
        const char *const afterAscii = decodeAscii(target, p, end);
        target += afterAscii - p;
        p = afterAscii;
        do {
            if (p == end)
                return target;
            const auto byte = quint8(*p++);
            if (byte < 0x80)
                *target++ = byte;
            else if (!decode(byte, &p, end, &target))
                return nullptr;
        } while (!isAsciiNext(p, end));
    }
}

// One character; returns false for an unpaired surrogate.
bool encode(const char16_t **p, const char16_t *end, char **target)
{
    char32_t character = *(*p)++;
    if (QChar::isSurrogate(character)) {
        if (!QChar::isHighSurrogate(character) || *p == end || !QChar::isLowSurrogate(**p))
            return false;
        character = QChar::surrogateToUcs4(char16_t(character), *(*p)++);
    }
    char *out = *target;
    if (character < 0x80) {
        *out++ = char(character);
    } else if (character < 0x800) {
        *out++ = char(0xC0 | (character >> 6));
        *out++ = char(0x80 | (character & 0x3F));
    } else {
        if (character < 0x10000) {
            *out++ = char(0xE0 | (character >> 12));
        } else {
            *out++ = char(0xF0 | (character >> 18));
            *out++ = char(0x80 | ((character >> 12) & 0x3F));
        }
        *out++ = char(0x80 | ((character >> 6) & 0x3F));
        *out++ = char(0x80 | (character & 0x3F));
    }
    *target = out;
    return true;
}

// Returns the end of what was encoded; null if something is invalid.
char *encodeAll(const char16_t *p, const char16_t *end, char *target)
{
    while (p != end) {
        do {
            if (!encode(&p, end, &target))
                return nullptr;
        } while (p != end && !isAsciiNext(p, end));
        const char16_t *const afterAscii = encodeAscii(target, p, end);
        target += afterAscii - p;
        p = afterAscii;
    }
    return target;
}
} // namespace

void wsDecodeUtf8(QByteArrayView utf8, QString *text)
{
    auto *const target = reinterpret_cast<char16_t *>(text->data());
    if (const char16_t *const end = decodeAll(utf8.begin(), utf8.end(), target)) {
        if (end - target != text->size())
            text->resize(end - target);
        return;
    }
    *text = QString::fromUtf8(utf8);
    if (utf8.startsWith("\xEF\xBB\xBF"))
        text->prepend(QChar(QChar::ByteOrderMark));
}

QString wsStringFromUtf8(QByteArrayView utf8)
{
    QString text(utf8.size(), Qt::Uninitialized);
    wsDecodeUtf8(utf8, &text);
    return text;
}

bool wsEncodeAscii(QStringView text, char *out)
{
    const char16_t *const begin = text.utf16();
    const char16_t *const end = begin + text.size();
    return encodeAscii(out, begin, end) == end;
}

QByteArray wsUtf8From(QStringView text)
{
    const char16_t *const begin = text.utf16();
    const char16_t *const end = begin + text.size();
    QByteArray utf8(text.size(), Qt::Uninitialized);
    const qsizetype asciiSize = encodeAscii(utf8.data(), begin, end) - begin;
    if (asciiSize == text.size())
        return utf8;
    constexpr qsizetype MostOfUnit = 3; // bytes: a surrogate pair needs four
    utf8.resize(asciiSize + MostOfUnit * (text.size() - asciiSize));
    const char *const utf8End = encodeAll(begin + asciiSize, end, utf8.data() + asciiSize);
    if (!utf8End)
        return text.toUtf8();
    utf8.truncate(utf8End - utf8.constData());
    return utf8;
}
