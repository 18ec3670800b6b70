// SPDX-License-Identifier: MIT
#ifndef WSUTF8_H
#define WSUTF8_H

#include "protocol/wsframe.h"

#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

struct WsByteLoops;

// Checks UTF-8 (RFC 3629) that arrives in pieces, and fails at the first byte that cannot be part of it.
class WsUtf8Validator
{
public:
    // False from the first bad byte on.
    bool feed(QByteArrayView bytes);
    // The same by \a loops, whatever this processor is best at.
    bool feed(QByteArrayView bytes, const WsByteLoops &loops);
    // Unmasks in place, as wsMask() does, and feeds, while the bytes are near. What follows the block with
    // the first bad byte stays masked.
    bool feedMasked(char *bytes, qsizetype size, WsMaskingKey key, quint64 offset = 0);
    // Whether what was fed so far ends with a whole character.
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
// QString::fromUtf8() drops U+FEFF at the start as a byte order mark; in a message it is a character.
QString wsStringFromUtf8(QByteArrayView utf8);

#endif // WSUTF8_H
