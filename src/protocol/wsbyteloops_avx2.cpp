// SPDX-License-Identifier: MIT
#include "protocol/wsbyteloops.h"
#include "protocol/wsutf8lookup.h"

// GCC for Windows does not align the stack for these registers.
#if defined(__x86_64__) && (defined(Q_CC_CLANG) || (defined(Q_CC_GNU) && !defined(Q_OS_WIN)))

#include <bit>
#include <immintrin.h>

// For single functions, not by a flag for the file. Otherwise inline functions of headers would be compiled
// for AVX2, and could then be used on processors without it.
#define WSKIT_AVX2 __attribute__((target("avx2")))

namespace {
constexpr qsizetype Width = sizeof(__m256i);
constexpr qsizetype Block = 4 * Width;

WSKIT_AVX2 inline __m256i load(const char *source)
{
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(source));
}

WSKIT_AVX2 inline void store(char *target, __m256i bytes)
{
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(target), bytes);
}

WSKIT_AVX2 inline bool isAscii(__m256i bytes)
{
    return _mm256_movemask_epi8(bytes) == 0;
}

// The key as it lies \a distance bytes further.
WSKIT_AVX2 inline __m256i keyAt(WsMaskingKey key, qsizetype distance)
{
    return _mm256_set1_epi32(int(std::rotr(key, int(distance % 4) * 8)));
}

WSKIT_AVX2 inline __m256i maskVector(char *target, const char *source, __m256i key)
{
    const __m256i bytes = load(source) ^ key;
    store(target, bytes);
    return bytes;
}

// The first and the last vector are read before anything is written, as they overlap with what lies between,
// which is aligned: a write over the border of a cache line costs twice.
WSKIT_AVX2 bool mask(char *target, const char *source, qsizetype size, WsMaskingKey key)
{
    if (size < Width)
        return wsMaskPortably(target, source, size, key);
    const __m256i first = load(source) ^ keyAt(key, 0);
    const __m256i last = load(source + size - Width) ^ keyAt(key, size - Width);
    __m256i seen = first | last;
    qsizetype i = Width - qsizetype(quintptr(target) % Width);
    const __m256i turned = keyAt(key, i);
    for (; i + Block <= size; i += Block) {
        seen |= maskVector(target + i, source + i, turned)
                | maskVector(target + i + Width, source + i + Width, turned);
        seen |= maskVector(target + i + 2 * Width, source + i + 2 * Width, turned)
                | maskVector(target + i + 3 * Width, source + i + 3 * Width, turned);
    }
    for (; i + Width <= size; i += Width)
        seen |= maskVector(target + i, source + i, turned);
    store(target, first);
    store(target + size - Width, last);
    return isAscii(seen);
}

WSKIT_AVX2 const char *skipAscii(const char *begin, const char *end)
{
    const char *p = begin;
    for (; end - p >= Block; p += Block) {
        if (!isAscii(load(p) | load(p + Width) | load(p + 2 * Width) | load(p + 3 * Width)))
            break;
    }
    for (; end - p >= Width; p += Width) {
        if (!isAscii(load(p)))
            return wsSkipAsciiPortably(p, end);
    }
    const bool restIsAscii = end - begin >= Width && isAscii(load(end - Width));
    return restIsAscii ? end : wsSkipAsciiPortably(p, end);
}

WSKIT_AVX2 inline __m256i tableOf(const WsUtf8Lookup::Table &table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(table.data())));
}

WSKIT_AVX2 inline __m256i highNibbles(__m256i bytes)
{
    return _mm256_srli_epi16(bytes, 4) & _mm256_set1_epi8(0x0F);
}

// What is wrong with the Width bytes from \a p on, seen with the three before each: 0 is nothing.
WSKIT_AVX2 inline __m256i utf8Errors(const char *p)
{
    const __m256i bytes = load(p);
    const __m256i before = load(p - 1);
    const __m256i ofLead = _mm256_shuffle_epi8(tableOf(WsUtf8Lookup::byLeadHigh), highNibbles(before));
    const __m256i ofLow =
        _mm256_shuffle_epi8(tableOf(WsUtf8Lookup::byLeadLow), before & _mm256_set1_epi8(0x0F));
    const __m256i ofNext = _mm256_shuffle_epi8(tableOf(WsUtf8Lookup::byNextHigh), highNibbles(bytes));
    // The high bit where a lead two or three bytes before asks for a continuation.
    const __m256i third = _mm256_subs_epu8(load(p - 2), _mm256_set1_epi8(WsUtf8Lookup::ThirdByteBias));
    const __m256i fourth = _mm256_subs_epu8(load(p - 3), _mm256_set1_epi8(WsUtf8Lookup::FourthByteBias));
    const __m256i asked = (third | fourth) & _mm256_set1_epi8(char(WsUtf8Lookup::Continuations));
    return asked ^ (ofLead & ofLow & ofNext);
}

WSKIT_AVX2 bool isUtf8(const char *begin, const char *end)
{
    __m256i errors = utf8Errors(end - Width);
    for (const char *p = begin; end - p > Width; p += Width)
        errors |= utf8Errors(p);
    return _mm256_testz_si256(errors, errors);
}

WSKIT_AVX2 inline void widen(char16_t *target, __m256i bytes)
{
    auto *const out = reinterpret_cast<char *>(target);
    store(out, _mm256_cvtepu8_epi16(_mm256_castsi256_si128(bytes)));
    store(out + Width, _mm256_cvtepu8_epi16(_mm256_extracti128_si256(bytes, 1)));
}

WSKIT_AVX2 const char *widenAscii(char16_t *target, const char *begin, const char *end)
{
    const char *p = begin;
    for (; end - p >= 2 * Width; p += 2 * Width, target += 2 * Width) {
        const __m256i first = load(p);
        const __m256i second = load(p + Width);
        if (!isAscii(first | second))
            break;
        widen(target, first);
        widen(target + Width, second);
    }
    return wsConvertAsciiPortably(target, p, end);
}

// A Width of characters.
WSKIT_AVX2 inline __m256i narrow(__m256i first, __m256i second)
{
    return _mm256_permute4x64_epi64(_mm256_packus_epi16(first, second), 0b11'01'10'00);
}

WSKIT_AVX2 const char16_t *narrowAscii(char *target, const char16_t *begin, const char16_t *end)
{
    const __m256i notAscii = _mm256_set1_epi16(qint16(0xFF80));
    const char16_t *p = begin;
    for (; end - p >= 2 * Width; p += 2 * Width, target += 2 * Width) {
        const auto *const source = reinterpret_cast<const char *>(p);
        const __m256i words[] = {load(source), load(source + Width), load(source + 2 * Width),
                                 load(source + 3 * Width)};
        if (!_mm256_testz_si256(words[0] | words[1] | words[2] | words[3], notAscii))
            break;
        store(target, narrow(words[0], words[1]));
        store(target + Width, narrow(words[2], words[3]));
    }
    return wsConvertAsciiPortably(target, p, end);
}
} // namespace

const WsByteLoops *wsAvx2ByteLoops()
{
    static constexpr WsByteLoops loops = {"AVX2", mask, skipAscii, isUtf8, widenAscii, narrowAscii};
    return __builtin_cpu_supports("avx2") ? &loops : nullptr;
}

#else

const WsByteLoops *wsAvx2ByteLoops()
{
    return nullptr;
}

#endif
