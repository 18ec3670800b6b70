// SPDX-License-Identifier: MIT
#include "net/connection/wsbytequeue.h"

#include "protocol/wsmemory.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace {
// Small pieces that arrive are joined up to this size, because each piece has an overhead of its own.
constexpr qsizetype JoinUpTo = 16 * 1024;

// What a read costs in the buffer of QIODevice, beside its bytes.
constexpr qint64 MaxPiece = 16 * 1024;
constexpr qint64 PieceCost = 64;
// How much of it there may be, or as much as there are bytes.
constexpr qint64 MaxKeptSpare = 64 * 1024;

qint64 spareOf(const QByteArray &array)
{
    return wsMemoryOf(array) - array.size() + qint64(sizeof(QByteArray));
}
} // namespace

bool WsByteQueue::joins(qsizetype size) const
{
    return !m_arrays.isEmpty() && m_arrays.constLast().size() + size <= JoinUpTo;
}

void WsByteQueue::append(const QByteArray &bytes)
{
    if (joins(bytes.size())) {
        appendCopy(bytes);
        return;
    }
    m_arrays.append(bytes);
    if (m_arrays.size() > 1)
        m_spare += spareOf(bytes);
    m_size += bytes.size();
}

void WsByteQueue::appendCopy(QByteArrayView bytes)
{
    if (!joins(bytes.size())) {
        append(bytes.toByteArray());
        return;
    }
    if (m_arrays.size() > 1)
        m_spare -= spareOf(m_arrays.constLast());
    m_arrays.last().append(bytes);
    if (m_arrays.size() > 1)
        m_spare += spareOf(m_arrays.constLast());
    m_size += bytes.size();
}

void WsByteQueue::prepend(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return;
    if (!m_arrays.isEmpty()) {
        m_arrays.first().remove(0, std::exchange(m_offset, 0));
        m_spare += spareOf(m_arrays.constFirst());
    }
    m_arrays.prepend(bytes);
    m_size += bytes.size();
    m_lineless = 0;
}

qint64 WsByteQueue::read(char *data, qint64 maxSize)
{
    qint64 done = 0;
    while (done < maxSize && !m_arrays.isEmpty()) {
        const QByteArrayView array = QByteArrayView(m_arrays.constFirst()).sliced(m_offset);
        const qsizetype size = std::min(array.size(), qsizetype(maxSize - done));
        std::memcpy(data + done, array.data(), size_t(size));
        done += size;
        m_offset += size;
        if (size == array.size())
            removeFirst();
    }
    m_size -= done;
    m_lineless = std::max<qint64>(m_lineless - done, 0);
    return done;
}

qint64 WsByteQueue::readLine(char *data, qint64 maxSize)
{
    qint64 size = 0; // up to the end of the line, or of everything
    for (const QByteArray &array : m_arrays) {
        const qsizetype start = size == 0 ? m_offset : 0;
        const qsizetype end = array.indexOf('\n', start);
        size += (end < 0 ? array.size() : end + 1) - start;
        if (end >= 0 || size >= maxSize)
            break;
    }
    return read(data, std::min(size, maxSize));
}

// Programs ask this each time that something has arrived, so only what is new is looked at.
bool WsByteQueue::hasLine() const
{
    qint64 skipped = m_lineless;
    qsizetype offset = m_offset;
    for (const QByteArray &array : m_arrays) {
        const qint64 unread = array.size() - offset;
        const qint64 known = std::min(skipped, unread);
        if (known < unread && array.indexOf('\n', offset + known) >= 0)
            return true;
        skipped -= known;
        offset = 0;
    }
    m_lineless = m_size;
    return false;
}

void WsByteQueue::noteRead(qint64 size, qint64 wanted)
{
    if (size > 0)
        m_keptSpare += std::min(wanted - size, MaxPiece) + PieceCost;
}

void WsByteQueue::takeBack(QIODevice &device)
{
    if (device.isTransactionStarted())
        return;
    m_keptSpare = 0;
    if (const qint64 kept = device.QIODevice::bytesAvailable(); kept > 0)
        prepend(device.read(kept));
}

// The buffer of QIODevice has a piece of up to 16 KiB for each read, however few bytes the read got: a peer
// that sends single bytes would fill the memory.
void WsByteQueue::takeBackIfLarge(QIODevice &device)
{
    if (m_keptSpare > std::max(device.QIODevice::bytesAvailable(), MaxKeptSpare))
        takeBack(device);
}

void WsByteQueue::removeFirst()
{
    m_arrays.removeFirst();
    m_offset = 0;
    if (!m_arrays.isEmpty())
        m_spare -= spareOf(m_arrays.constFirst());
}

void WsByteQueue::clear()
{
    m_arrays.clear();
    m_offset = 0;
    m_size = m_spare = m_lineless = 0;
}
