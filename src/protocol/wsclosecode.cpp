// SPDX-License-Identifier: MIT
#include "protocol/wsclosecode.h"

QByteArrayView wsTruncatedUtf8(QByteArrayView utf8, qsizetype size)
{
    if (utf8.size() <= size)
        return utf8;
    while (size > 0 && (quint8(utf8[size]) & 0xC0) == 0x80)
        --size;
    return utf8.first(size);
}
