// SPDX-License-Identifier: MIT
#ifndef WSCLOSECODE_H
#define WSCLOSECODE_H

#include <QtCore/qbytearrayview.h>

// RFC 6455 §7.4 and the registry's 1012 to 1014: whether a Close frame may carry \a code.
constexpr bool wsMayBeOnTheWire(quint16 code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// RFC 6455 §5.5: a control frame's payload, two bytes of which are the code.
constexpr qsizetype wsMaxCloseReason = 123;

// The longest beginning of \a utf8 of at most \a size bytes that cuts no character.
QByteArrayView wsTruncatedUtf8(QByteArrayView utf8, qsizetype size);

#endif // WSCLOSECODE_H
