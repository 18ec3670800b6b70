// SPDX-License-Identifier: MIT
#ifndef WSSPARE_H
#define WSSPARE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

#include <utility>

// Keeps the memory of a QString or QByteArray for the next one of about its size, if nobody has kept a copy
// of it.
template <typename Array>
class WsSpare
{
public:
    // Returns an array of \a size, whose content is anything. It takes no more than twice its size.
    Array take(qsizetype size)
    {
        const qsizetype capacity = m_array.capacity();
        if (capacity < size || capacity / 2 > size)
            return Array(size, Qt::Uninitialized);
        Array array = std::exchange(m_array, {});
        if (array.size() != size)
            array.resize(size);
        return array;
    }
    void give(Array array)
    {
        if (array.size() <= MaxSize && array.isDetached())
            m_array = std::move(array);
    }

private:
    static constexpr qsizetype MaxSize = 32 * 1024;

    Array m_array;
};

#endif // WSSPARE_H
