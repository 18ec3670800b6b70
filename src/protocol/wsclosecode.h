// SPDX-License-Identifier: MIT
#ifndef WSCLOSECODE_H
#define WSCLOSECODE_H

#include <QtCore/qbytearrayview.h>

// Whether a Close frame may contain \a code: RFC 6455 §7.4, and 1012 to 1014 from the IANA registry.
constexpr bool wsMayBeOnTheWire(quint16 code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// RFC 6455 §5.5: the largest payload of a control frame, without the two bytes of the code.
constexpr qsizetype wsMaxCloseReason = 123;

// The longest prefix of \a utf8 of at most \a size bytes that does not split a character.
QByteArrayView wsTruncatedUtf8(QByteArrayView utf8, qsizetype size);

#endif // WSCLOSECODE_H
