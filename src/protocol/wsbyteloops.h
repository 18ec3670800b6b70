// SPDX-License-Identifier: MIT
#ifndef WSBYTELOOPS_H
#define WSBYTELOOPS_H

#include "protocol/wsframe.h"

#include <QtCore/qlist.h>

#include <cstring>

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

#endif // WSBYTELOOPS_H
