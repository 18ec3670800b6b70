// SPDX-License-Identifier: MIT
#ifndef WSINTMS_H
#define WSINTMS_H

#include <QtCore/qglobal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

// A time as QML and signals pass it: in milliseconds, at most the largest int.
inline int wsIntMs(std::chrono::milliseconds time)
{
    using std::chrono::milliseconds;
    return int(std::min<milliseconds::rep>(time.count(), std::numeric_limits<int>::max()));
}

// A number of bytes as QML passes it: 0 for what is no size.
inline qint64 wsBytes(double number)
{
    // 2^63 is the smallest double that a qint64 cannot hold.
    constexpr double Limit = 9223372036854775808.0;
    if (std::isnan(number) || number <= 0)
        return 0;
    return number >= Limit ? std::numeric_limits<qint64>::max() : qint64(number);
}

#endif // WSINTMS_H
