// SPDX-License-Identifier: MIT
#ifndef WSUTF8_H
#define WSUTF8_H

#include "protocol/wsframe.h"

#include <QtCore/qbytearrayview.h>

struct WsByteLoops;

// Validates UTF-8 (RFC 3629) that arrives in pieces, and fails at the first invalid byte.
class WsUtf8Validator
{
public:
    // Returns false from the first invalid byte on.
    bool feed(QByteArrayView bytes);
    // The same with the given \a loops.
    bool feed(QByteArrayView bytes, const WsByteLoops &loops);
    // Unmasks in place, like wsMask(), and feeds the result, block by block while it is in the cache. Bytes
    // after the block with the first invalid byte stay masked.
    bool feedMasked(char *bytes, qsizetype size, WsMaskingKey key, quint64 offset = 0);
    // Whether the text so far ends with a complete character.
    bool isComplete() const { return m_needed == 0; }
    void reset() { *this = {}; }

private:
    bool feedMaskedBlock(char *bytes, qsizetype size, WsMaskingKey key, quint64 offset);
    bool feedBytes(const char *begin, const char *end);
    bool feedByte(quint8 byte);
    bool fail();

    quint8 m_needed = 0;    // continuation bytes still to come
    quint8 m_lowest = 0x80; // the bounds of the next one
    quint8 m_highest = 0xBF;
};

bool wsIsValidUtf8(QByteArrayView bytes);

#endif // WSUTF8_H
