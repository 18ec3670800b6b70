// SPDX-License-Identifier: MIT
#ifndef WSUTF8LOOKUP_H
#define WSUTF8LOOKUP_H

#include <QtCore/qglobal.h>

#include <array>

// The rules of RFC 3629 §4 as tables for vector instructions that look sixteen values up at once, after
// J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2021.
//
// Every rule but one is about two neighbouring bytes, and is broken by certain high halves of the first,
// certain low halves of it, and certain high halves of the second. Each rule is a bit, and each table tells
// by one of these halves which rules it breaks: what is in all three is broken.
namespace WsUtf8Lookup {

enum Error : quint8 {
    TooShort = 0x01,     // a lead and no continuation
    TooLong = 0x02,      // ASCII and a continuation
    Overlong2 = 0x04,    // C0, C1
    Overlong3 = 0x08,    // E0 80-9F
    Surrogate = 0x10,    // ED A0-BF
    TooLarge = 0x20,     // F4-FF 90-BF
    BadFour = 0x40,      // F0 80-8F, which is overlong, and F5-FF 80-8F, which is too large
    Continuations = 0x80 // two of them: an error unless a lead two or three bytes before asks for it
};

// Subtracted with saturation from the byte two or three before, they leave the high bit of a lead that
// asks for a third (E0 and more) or a fourth byte (F0 and more).
constexpr quint8 ThirdByteBias = 0xE0 - 0x80;
constexpr quint8 FourthByteBias = 0xF0 - 0x80;

using Table = std::array<quint8, 16>;

constexpr Table byLeadHigh = [] {
    Table table = {};
    for (int high = 0x0; high < 0x8; ++high)
        table[size_t(high)] = TooLong;
    for (int high = 0x8; high < 0xC; ++high)
        table[size_t(high)] = Continuations;
    table[0xC] = TooShort | Overlong2;
    table[0xD] = TooShort;
    table[0xE] = TooShort | Overlong3 | Surrogate;
    table[0xF] = TooShort | TooLarge | BadFour;
    return table;
}();

constexpr Table byLeadLow = [] {
    Table table = {};
    for (quint8 &errors : table)
        errors = TooShort | TooLong | Continuations;
    table[0x0] |= Overlong2 | Overlong3 | BadFour;
    table[0x1] |= Overlong2;
    table[0x4] |= TooLarge;
    for (int low = 0x5; low < 0x10; ++low)
        table[size_t(low)] |= TooLarge | BadFour;
    table[0xD] |= Surrogate;
    return table;
}();

constexpr Table byNextHigh = [] {
    Table table = {};
    for (quint8 &errors : table)
        errors = TooShort;
    constexpr quint8 ofAll = TooLong | Continuations | Overlong2;
    table[0x8] = ofAll | Overlong3 | BadFour;
    table[0x9] = ofAll | Overlong3 | TooLarge;
    table[0xA] = ofAll | Surrogate | TooLarge;
    table[0xB] = ofAll | Surrogate | TooLarge;
    return table;
}();

} // namespace WsUtf8Lookup

#endif // WSUTF8LOOKUP_H
