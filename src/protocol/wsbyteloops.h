// SPDX-License-Identifier: MIT
#ifndef WSBYTELOOPS_H
#define WSBYTELOOPS_H

#include "protocol/wsframe.h"

#include <QtCore/qlist.h>

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// The loops over every byte of a payload: in portable C++, and for instruction sets that make them faster.
struct WsByteLoops
{
    const char *name;
    // Masks from \a source to \a target, which may be the same. \a key applies from the first byte on.
    // Returns whether the result is ASCII.
    bool (*mask)(char *target, const char *source, qsizetype size, WsMaskingKey key);
    // Returns where ASCII ends, or a position up to seven bytes before that.
    const char *(*skipAscii)(const char *begin, const char *end);
    // Returns whether the bytes from \a begin to \a end are UTF-8. The Utf8Context bytes before \a begin must
    // be readable and are already checked. An incomplete character at \a end is accepted. For at least
    // Utf8Minimum bytes. Null if nothing is faster than checking byte by byte.
    bool (*isUtf8)(const char *begin, const char *end);
    // Converts ASCII between UTF-8 and UTF-16, and returns where it ends, or a position less than
    // WsAsciiBlock before that.
    const char *(*widenAscii)(char16_t *target, const char *begin, const char *end);
    const char16_t *(*narrowAscii)(char *target, const char16_t *begin, const char16_t *end);

    static constexpr qsizetype Utf8Context = 3;
    static constexpr qsizetype Utf8Minimum = 32;
};

// The fastest loops for this processor. Without a faster set these are the portable ones.
const WsByteLoops &wsByteLoops();
// All loops for this processor, the portable ones first.
QList<const WsByteLoops *> wsAllByteLoops();

// Null if the compiler or the processor does not support the instructions.
const WsByteLoops *wsAvx2ByteLoops();
const WsByteLoops *wsNeonByteLoops();

// Below this size the portable loop is faster than the call of another one.
constexpr qsizetype WsSmallSize = 128;

constexpr quint64 WsHighBits = 0x8080808080808080;

// As many bytes as every processor of the architecture can process at once.
#if defined(__GNUC__)
using WsWideWord = quint64 __attribute__((vector_size(16)));
inline quint64 wsFolded(WsWideWord word)
{
    return word[0] | word[1];
}
#else
using WsWideWord = quint64;
inline quint64 wsFolded(WsWideWord word)
{
    return word;
}
#endif

template <typename Word>
Word wsLoad(const char *source)
{
    Word word;
    std::memcpy(&word, source, sizeof word);
    return word;
}

template <typename Word>
Word wsMaskWord(char *target, const char *source, const char *key)
{
    const Word word = Word(wsLoad<Word>(source) ^ wsLoad<Word>(key));
    std::memcpy(target, &word, sizeof word);
    return word;
}

// WsByteLoops::mask in C++.
inline bool wsMaskPortably(char *target, const char *source, qsizetype size, WsMaskingKey key)
{
    const WsMaskingKey keys[] = {key, key, key, key};
    char bytes[sizeof keys];
    std::memcpy(bytes, keys, sizeof keys);
    WsWideWord wide = {};
    qsizetype i = 0;
    for (; i + qsizetype(sizeof wide) <= size; i += qsizetype(sizeof wide))
        wide |= wsMaskWord<WsWideWord>(target + i, source + i, bytes);
    quint64 seen = wsFolded(wide);
    const auto maskRest = [&](auto word) {
        if (size - i >= qsizetype(sizeof word)) {
            seen |= wsMaskWord<decltype(word)>(target + i, source + i, bytes + i % 4);
            i += qsizetype(sizeof word);
        }
    };
    maskRest(quint64());
    maskRest(quint32());
    maskRest(quint16());
    maskRest(quint8());
    return (seen & WsHighBits) == 0;
}

// WsByteLoops::skipAscii in C++.
inline const char *wsSkipAsciiPortably(const char *begin, const char *end)
{
    const char *p = begin;
    for (; end - p >= 4 * qsizetype(sizeof(WsWideWord)); p += 4 * sizeof(WsWideWord)) {
        WsWideWord words[4];
        std::memcpy(words, p, sizeof words);
        if (wsFolded(words[0] | words[1] | words[2] | words[3]) & WsHighBits)
            break;
    }
    for (; end - p >= 8; p += 8) {
        if (wsLoad<quint64>(p) & WsHighBits)
            return p;
    }
    const bool restIsAscii = end - begin >= 8 && (wsLoad<quint64>(end - 8) & WsHighBits) == 0;
    return restIsAscii ? end : p;
}

// Blocks of this many characters are converted at once.
constexpr qsizetype WsAsciiBlock = 16;

// Converts a block between UTF-8 and UTF-16. Returns false, and writes nothing, if it is not all ASCII.
#if defined(__SSE2__)
inline bool wsConvertBlock(char16_t *target, const char *source)
{
    const __m128i bytes = wsLoad<__m128i>(source);
    if (_mm_movemask_epi8(bytes) != 0)
        return false;
    const __m128i words[] = {_mm_unpacklo_epi8(bytes, _mm_setzero_si128()),
                             _mm_unpackhi_epi8(bytes, _mm_setzero_si128())};
    std::memcpy(target, words, sizeof words);
    return true;
}
inline bool wsConvertBlock(char *target, const char16_t *source)
{
    const auto *const words = reinterpret_cast<const char *>(source);
    const auto first = wsLoad<__m128i>(words);
    const auto second = wsLoad<__m128i>(words + sizeof first);
    const __m128i rest = _mm_and_si128(_mm_or_si128(first, second), _mm_set1_epi16(qint16(0xFF80)));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(rest, _mm_setzero_si128())) != 0xFFFF)
        return false;
    const __m128i bytes = _mm_packus_epi16(first, second);
    std::memcpy(target, &bytes, sizeof bytes);
    return true;
}
#else
template <typename Target, typename Source>
bool wsConvertBlock(Target *target, const Source *source)
{
    unsigned bits = 0;
    for (qsizetype i = 0; i < WsAsciiBlock; ++i)
        bits |= unsigned(source[i]);
    if (bits & ~0x7FU)
        return false;
    for (qsizetype i = 0; i < WsAsciiBlock; ++i)
        target[i] = Target(source[i]);
    return true;
}
#endif

// WsByteLoops::widenAscii and narrowAscii in C++.
template <typename Target, typename Source>
const Source *wsConvertAsciiPortably(Target *target, const Source *begin, const Source *end)
{
    const Source *p = begin;
    for (; end - p >= WsAsciiBlock; p += WsAsciiBlock, target += WsAsciiBlock) {
        if (!wsConvertBlock(target, p))
            return p;
    }
    for (; p != end && (unsigned(*p) & ~0x7FU) == 0; ++p)
        *target++ = Target(*p);
    return p;
}

#endif // WSBYTELOOPS_H
