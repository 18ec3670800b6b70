// SPDX-License-Identifier: MIT
#ifndef WSBYTEQUEUE_H
#define WSBYTEQUEUE_H

#include <QtCore/qbytearraylist.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qiodevice.h>

// Bytes that have arrived and wait to be read. The arrays that they arrived in are kept, except that small
// ones are joined.
class WsByteQueue
{
public:
    // Whether \a size more bytes would be joined to the last array, which copies them.
    bool joins(qsizetype size) const;
    void append(const QByteArray &bytes);
    // Copies bytes that are only valid during the call.
    void appendCopy(QByteArrayView bytes);
    // Puts bytes back that have been read.
    void prepend(const QByteArray &bytes);

    // Both return how many bytes they have copied to \a data. A line includes its line break.
    qint64 read(char *data, qint64 maxSize);
    qint64 readLine(char *data, qint64 maxSize);
    bool hasLine() const;
    void clear();

    bool isEmpty() const { return m_size == 0; }
    qint64 size() const { return m_size; }
    // How much memory the bytes take. The first array may be partly read. Its read part does not count, so
    // that a reader that needs more bytes than are left of it gets them.
    qint64 memory() const { return m_size + m_spare; }

    // --- of a device that reads from here

    // The bytes here, and those that QIODevice keeps: what was read in a transaction that was rolled back, or
    // peeked at.
    qint64 heldBy(const QIODevice &device) const { return memory() + device.QIODevice::bytesAvailable(); }
    // \a size bytes were read, into a buffer for \a wanted ones.
    void noteRead(qint64 size, qint64 wanted);
    // Puts back what QIODevice keeps. Not within a read of the device.
    void takeBack(QIODevice &device);
    // The same only if its buffer takes too much memory.
    void takeBackIfLarge(QIODevice &device);

private:
    void removeFirst();

    QByteArrayList m_arrays;
    qsizetype m_offset = 0; // what of the first array has been read
    qint64 m_size = 0;
    mutable qint64 m_lineless = 0; // how many of the first bytes are known to contain no line break
    qint64 m_keptSpare = 0;        // what the bytes that QIODevice keeps may take besides
    qint64 m_spare = 0;            // what all arrays but the first take besides their bytes
};

#endif // WSBYTEQUEUE_H
