// SPDX-License-Identifier: MIT
#ifndef WSOUTPUT_H
#define WSOUTPUT_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>

// The bytes on their way to the socket: small pieces join one buffer, large ones are shared, not copied.
class WsOutput
{
public:
    // From this size on a shared piece costs less than a copy of it.
    static constexpr qsizetype ShareFrom = 16 * 1024;

    bool isEmpty() const { return m_size == 0; }
    qint64 size() const { return m_size; }
    // How many bytes were consumed since the beginning.
    qint64 written() const { return m_written; }
    // Whether something was cleared that had not been written.
    bool hasLost() const { return m_hasLost; }

    void append(QByteArrayView bytes);
    // Copies a large one too if sharing would keep more than twice as much alive.
    void appendShared(const QByteArray &bytes);
    // Room for \a size bytes that the caller fills at once.
    char *reserve(qsizetype size);

    qsizetype pieceCount() const { return isEmpty() ? 0 : m_pieces.size() - m_first; }
    // The unwritten part of the piece \a index.
    QByteArrayView piece(qsizetype index) const;
    // Forgets the first \a size bytes: they are written.
    void consume(qint64 size);
    void clear();
    // Frees the buffer that is kept for the next bytes.
    void squeeze();

private:
    struct Piece
    {
        QByteArray bytes;
        qsizetype size = 0; // of what is in bytes; the rest of a joined buffer is room
        bool isShared = false;
    };

    Piece &tail(qsizetype size);

    QList<Piece> m_pieces;
    qsizetype m_first = 0;  // the piece that is being written
    qsizetype m_offset = 0; // what of it is written
    qint64 m_size = 0;
    qint64 m_written = 0;
    bool m_hasLost = false;
};

#endif // WSOUTPUT_H
