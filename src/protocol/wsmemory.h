// SPDX-License-Identifier: MIT
#ifndef WSMEMORY_H
#define WSMEMORY_H

#include <QtCore/qbytearray.h>

// What is kept takes from the heap, which is what the limits count: its size says too little of that.

// What each array takes besides its capacity: Qt's header and null, and what malloc adds and rounds up.
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
