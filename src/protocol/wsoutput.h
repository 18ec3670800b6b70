// SPDX-License-Identifier: MIT
#ifndef WSOUTPUT_H
#define WSOUTPUT_H

#include <QtCore/qbytearray.h>

#include <vector>

// The bytes that wait to be written to the socket. Small pieces are joined in one buffer; large ones are
// shared rather than copied.
class WsOutput
{
public:
    // From this size on, sharing a piece costs less than copying it.
    static constexpr qsizetype ShareFrom = 16 * 1024;

    bool isEmpty() const { return m_size == 0; }
    qint64 size() const { return m_size; }
    // The number of bytes consumed since the beginning.
    qint64 written() const { return m_written; }
    // Whether clear() has dropped bytes that had not been written.
    bool hasLost() const { return m_hasLost; }

    void append(QByteArrayView bytes);
    // Copies a small one.
    void appendShared(const QByteArray &bytes) { appendShared(bytes, 0, bytes.size()); }
    void appendShared(const QByteArray &bytes, qsizetype start, qsizetype size);
    // Returns room for \a size bytes, which the caller fills immediately.
    char *reserve(qsizetype size)
    {
        if (m_pieces.empty() || m_pieces.back().size + size > m_pieces.back().room)
            makeRoom(size);
        Piece &last = m_pieces.back();
        char *const at = last.begin + last.size;
        last.size += size;
        m_size += size;
        return at;
    }

    qsizetype pieceCount() const { return isEmpty() ? 0 : qsizetype(m_pieces.size()) - m_first; }
    // The unwritten part of the piece \a index.
    QByteArrayView piece(qsizetype index) const;
    // Removes the first \a size bytes, which have been written.
    void consume(qint64 size);
    // What is left could not be written now and may stay: copies what keeps more than twice its size alive.
    void fit();
    void clear();
    // Frees the buffer that is kept for later bytes.
    void squeeze();

private:
    struct Piece
    {
        QByteArray bytes;
        qsizetype start = 0;   // of what is used, in bytes that are shared
        qsizetype size = 0;    // how much of bytes is used
        char *begin = nullptr; // of a joined buffer
        qsizetype room = 0;    // the size of that, some of which is free; 0: the bytes are shared
        bool isShared = false;
        bool isFitting = false; // fit() has seen it
    };

    void makeRoom(qsizetype size);
    static void enlarge(Piece *piece, qsizetype size);

    std::vector<Piece> m_pieces;
    qsizetype m_first = 0;  // the piece that is being written
    qsizetype m_offset = 0; // how much of it is written
    qint64 m_size = 0;
    qint64 m_written = 0;
    bool m_hasLost = false;
};

#endif // WSOUTPUT_H
