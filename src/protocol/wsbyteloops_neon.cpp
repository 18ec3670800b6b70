// SPDX-License-Identifier: MIT
#include "protocol/wsbyteloops.h"
#include "protocol/wsutf8lookup.h"

#if defined(__aarch64__) && Q_BYTE_ORDER == Q_LITTLE_ENDIAN

#include <arm_neon.h>

namespace {
constexpr qsizetype Width = sizeof(uint8x16_t);

inline uint8x16_t load(const char *source)
{
    return vld1q_u8(reinterpret_cast<const quint8 *>(source));
}

inline uint8x16_t looked(const WsUtf8Lookup::Table &table, uint8x16_t halves)
{
    return vqtbl1q_u8(vld1q_u8(table.data()), halves);
}

// What is wrong with the Width bytes from \a p on, seen with the three before each: 0 is nothing.
inline uint8x16_t utf8Errors(const char *p)
{
    const uint8x16_t bytes = load(p);
    const uint8x16_t before = load(p - 1);
    const uint8x16_t ofLead = looked(WsUtf8Lookup::byLeadHigh, vshrq_n_u8(before, 4));
    const uint8x16_t ofLow = looked(WsUtf8Lookup::byLeadLow, vandq_u8(before, vdupq_n_u8(0x0F)));
    const uint8x16_t ofNext = looked(WsUtf8Lookup::byNextHigh, vshrq_n_u8(bytes, 4));
    // The high bit where a lead two or three bytes before asks for a continuation.
    const uint8x16_t third = vqsubq_u8(load(p - 2), vdupq_n_u8(WsUtf8Lookup::ThirdByteBias));
    const uint8x16_t fourth = vqsubq_u8(load(p - 3), vdupq_n_u8(WsUtf8Lookup::FourthByteBias));
    const uint8x16_t asked = vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(WsUtf8Lookup::Continuations));
    return veorq_u8(asked, vandq_u8(vandq_u8(ofLead, ofLow), ofNext));
}

bool isUtf8(const char *begin, const char *end)
{
    uint8x16_t errors = utf8Errors(end - Width);
    for (const char *p = begin; end - p > Width; p += Width)
        errors = vorrq_u8(errors, utf8Errors(p));
    return vmaxvq_u8(errors) == 0;
}
} // namespace

const WsByteLoops *wsNeonByteLoops()
{
    // Every 64-bit ARM has it, so that the portable loops are compiled to it.
    static constexpr WsByteLoops loops = {"NEON", wsMaskPortably,         wsSkipAsciiPortably,
                                          isUtf8, wsConvertAsciiPortably, wsConvertAsciiPortably};
    return &loops;
}

#else

const WsByteLoops *wsNeonByteLoops()
{
    return nullptr;
}

#endif
