// SPDX-License-Identifier: MIT
#ifndef WSUTF8_H
#define WSUTF8_H

#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

// Checks UTF-8 (RFC 3629) that arrives in pieces, and fails at the first byte that cannot be part of it.
class WsUtf8Validator
{
public:
    // False from the first bad byte on.
    bool feed(QByteArrayView bytes);
    // Whether what was fed so far ends with a whole character.
    bool isComplete() const { return m_needed == 0; }
    void reset() { *this = {}; }

private:
    bool feedByte(quint8 byte);

    quint8 m_needed = 0;    // continuation bytes still to come
    quint8 m_lowest = 0x80; // the bounds of the next one
    quint8 m_highest = 0xBF;
};

bool wsIsValidUtf8(QByteArrayView bytes);
// QString::fromUtf8() drops U+FEFF at the start as a byte order mark; in a message it is a character.
QString wsStringFromUtf8(QByteArrayView utf8);

#endif // WSUTF8_H
