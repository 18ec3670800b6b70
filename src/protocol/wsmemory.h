// SPDX-License-Identifier: MIT
#ifndef WSMEMORY_H
#define WSMEMORY_H

#include <QtCore/qbytearray.h>

// How much memory an array takes from the heap. The limits count this, because it can be much more than its
// size.

// What an array takes besides its capacity: Qt's header and final null, and what malloc adds and rounds up.
constexpr qint64 WsArrayCost = 48;

inline qint64 wsMemoryOf(const QByteArray &bytes)
{
    return qMax(bytes.capacity(), bytes.size()) + WsArrayCost;
}

// Returns \a bytes, or a copy of them if they would keep more than twice their size alive.
inline QByteArray wsFitting(const QByteArray &bytes)
{
    return bytes.capacity() > 2 * bytes.size() ? QByteArray(bytes.constData(), bytes.size()) : bytes;
}

#endif // WSMEMORY_H
