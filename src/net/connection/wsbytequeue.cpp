// SPDX-License-Identifier: MIT
#include "net/connection/wsbytequeue.h"

#include "protocol/wsmemory.h"

#include <algorithm>
#include <cstring>

namespace {
// Small pieces that arrive are joined up to this size, because each piece has an overhead of its own.
constexpr qsizetype JoinUpTo = 16 * 1024;

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

bool WsByteQueue::hasLine() const
{
    return std::any_of(m_arrays.cbegin(), m_arrays.cend(), [this](const QByteArray &array) {
        return array.indexOf('\n', &array == &m_arrays.constFirst() ? m_offset : 0) >= 0;
    });
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
    m_size = m_spare = 0;
}
