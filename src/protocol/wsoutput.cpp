// SPDX-License-Identifier: MIT
#include "protocol/wsoutput.h"

#include "protocol/wsmemory.h"

#include <cstring>
#include <utility>

namespace {
// A joined buffer beyond this size is followed by a new one rather than grown.
constexpr qsizetype JoinUpTo = 64 * 1024;
} // namespace

// At the end of the last piece, or in a new one.
void WsOutput::makeRoom(qsizetype size)
{
    const bool isJoining = !m_pieces.empty() && !m_pieces.back().isShared
                           && (m_pieces.back().size == 0 || m_pieces.back().size + size <= JoinUpTo);
    if (isJoining) {
        enlarge(&m_pieces.back(), size);
        return;
    }
    Piece piece;
    enlarge(&piece, size);
    m_pieces.push_back(std::move(piece));
}

void WsOutput::enlarge(Piece *piece, qsizetype size)
{
    const qsizetype room = qMax(piece->size + size, qMin(2 * piece->size, JoinUpTo));
    piece->bytes.reserve(room); // exactly: resize() would round it up to the next power of two
    piece->bytes.resize(room);
    piece->begin = piece->bytes.data(); // only now that nothing can fail
    piece->room = room;
}

void WsOutput::append(QByteArrayView bytes)
{
    if (!bytes.isEmpty())
        std::memcpy(reserve(bytes.size()), bytes.data(), size_t(bytes.size()));
}

void WsOutput::appendShared(const QByteArray &bytes, qsizetype start, qsizetype size)
{
    if (size < ShareFrom) {
        append(QByteArrayView(bytes).sliced(start, size));
        return;
    }
    if (isEmpty())
        m_pieces.clear(); // an empty piece in front would never be consumed
    m_pieces.push_back({.bytes = bytes, .start = start, .size = size, .isShared = true});
    m_size += size;
}

void WsOutput::fit()
{
    for (auto i = m_pieces.size(); i > size_t(m_first) && !m_pieces[i - 1].isFitting; --i) {
        Piece &piece = m_pieces[i - 1];
        piece.isFitting = true;
        if (!piece.isShared)
            continue;
        if (piece.bytes.size() / 2 > piece.size) {
            piece.bytes = QByteArray(piece.bytes.constData() + piece.start, piece.size);
            piece.start = 0;
        }
        piece.bytes = wsFitting(piece.bytes);
    }
}

QByteArrayView WsOutput::piece(qsizetype index) const
{
    const Piece &piece = m_pieces[size_t(m_first + index)];
    const QByteArrayView bytes(piece.bytes.constData() + piece.start, piece.size);
    return index == 0 ? bytes.sliced(m_offset) : bytes;
}

void WsOutput::consume(qint64 size)
{
    m_size -= size;
    m_written += size;
    if (m_size == 0) {
        clear();
        return;
    }
    while (size > 0) {
        Piece &piece = m_pieces[size_t(m_first)];
        const qint64 left = piece.size - m_offset;
        if (size < left) {
            m_offset += size;
            return;
        }
        size -= left;
        m_offset = 0;
        piece = {};
        ++m_first;
    }
    // Written pieces leave the list in blocks, so that a long list is not moved for each of them.
    if (m_first > 32 && m_first > qsizetype(m_pieces.size()) / 2) {
        m_pieces.erase(m_pieces.begin(), m_pieces.begin() + m_first);
        m_first = 0;
    }
}

void WsOutput::clear()
{
    m_hasLost = m_hasLost || m_size > 0;
    // A joined buffer of the usual size stays for the next bytes.
    if (m_pieces.size() == 1 && !m_pieces.front().isShared && m_pieces.front().room <= JoinUpTo)
        m_pieces.front().size = 0;
    else
        m_pieces.clear();
    m_first = 0;
    m_offset = 0;
    m_size = 0;
}

void WsOutput::squeeze()
{
    if (isEmpty())
        m_pieces = {};
}
