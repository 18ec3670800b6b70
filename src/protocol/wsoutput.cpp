// SPDX-License-Identifier: MIT
#include "protocol/wsoutput.h"

#include <cstring>

namespace {
// A joined buffer beyond this size is followed by a new one rather than grown.
constexpr qsizetype JoinUpTo = 64 * 1024;
} // namespace

QByteArray &WsOutput::tail(qsizetype size)
{
    const bool needsNew = m_pieces.isEmpty() || m_pieces.last().isShared
        || (!m_pieces.last().bytes.isEmpty() && m_pieces.last().bytes.size() + size > JoinUpTo);
    if (needsNew)
        m_pieces.append(Piece{});
    return m_pieces.last().bytes;
}

char *WsOutput::reserve(qsizetype size)
{
    QByteArray &bytes = tail(size);
    const qsizetype before = bytes.size();
    if (bytes.capacity() < before + size)
        bytes.reserve(qMax(before + size, qMin(2 * before, JoinUpTo)));
    bytes.resize(before + size);
    m_size += size;
    return bytes.data() + before;
}

void WsOutput::append(QByteArrayView bytes)
{
    if (!bytes.isEmpty())
        std::memcpy(reserve(bytes.size()), bytes.data(), size_t(bytes.size()));
}

void WsOutput::appendShared(const QByteArray &bytes)
{
    if (bytes.size() < ShareFrom) {
        append(bytes);
        return;
    }
    if (isEmpty())
        m_pieces.clear(); // an empty piece in front would never be consumed
    m_pieces.append(Piece{bytes, true});
    m_size += bytes.size();
}

QByteArrayView WsOutput::piece(qsizetype index) const
{
    const QByteArrayView bytes = m_pieces[m_first + index].bytes;
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
        Piece &piece = m_pieces[m_first];
        const qint64 left = piece.bytes.size() - m_offset;
        if (size < left) {
            m_offset += size;
            return;
        }
        size -= left;
        m_offset = 0;
        piece.bytes = {};
        ++m_first;
    }
    // Written pieces leave the list in blocks, so that a long list is not moved for each of them.
    if (m_first > 32 && m_first > m_pieces.size() / 2) {
        m_pieces.remove(0, m_first);
        m_first = 0;
    }
}

void WsOutput::clear()
{
    // A joined buffer of the usual size stays for the next bytes.
    if (m_pieces.size() == 1 && !m_pieces.first().isShared && m_pieces.first().bytes.capacity() <= JoinUpTo)
        m_pieces.first().bytes.resize(0);
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
