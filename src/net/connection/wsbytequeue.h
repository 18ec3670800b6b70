// SPDX-License-Identifier: MIT
#ifndef WSBYTEQUEUE_H
#define WSBYTEQUEUE_H

#include <QtCore/qbytearraylist.h>
#include <QtCore/qbytearrayview.h>

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

private:
    void removeFirst();

    QByteArrayList m_arrays;
    qsizetype m_offset = 0; // what of the first array has been read
    qint64 m_size = 0;
    qint64 m_spare = 0; // what all arrays but the first take besides their bytes
};

#endif // WSBYTEQUEUE_H
