// SPDX-License-Identifier: MIT
#ifndef WSDERREADER_H
#define WSDERREADER_H

#include <QtCore/qbytearrayview.h>

// Reads DER (X.690) element by element; past the end and after malformed data it returns empty elements.
struct WsDerReader
{
    struct Element
    {
        quint8 tag = 0;
        QByteArrayView content;
        QByteArrayView bytes; // the content with its header
    };

    Element take()
    {
        if (rest.size() < 2)
            return {};
        const quint8 tag = quint8(rest[0]);
        qsizetype length = quint8(rest[1]);
        qsizetype headerSize = 2;
        if (length >= 0x80) {
            headerSize += length & 0x7F;
            length = 0;
            if (headerSize > 6 || headerSize > rest.size())
                return {};
            for (qsizetype i = 2; i < headerSize; ++i) {
                if (length > rest.size() >> 8) // more than there is, and perhaps than a qsizetype of 32 bits
                    return {};
                length = (length << 8) | quint8(rest[i]);
            }
        }
        if (length > rest.size() - headerSize)
            return {};
        const QByteArrayView bytes = rest.first(headerSize + length);
        rest = rest.sliced(headerSize + length);
        return {tag, bytes.sliced(headerSize), bytes};
    }

    QByteArrayView rest;
};

#endif // WSDERREADER_H
