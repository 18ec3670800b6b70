// SPDX-License-Identifier: MIT
#ifndef WSINTMS_H
#define WSINTMS_H

#include <algorithm>
#include <chrono>
#include <limits>

// A time as QML and signals pass it: in milliseconds, at most the largest int.
inline int wsIntMs(std::chrono::milliseconds time)
{
    using std::chrono::milliseconds;
    return int(std::min<milliseconds::rep>(time.count(), std::numeric_limits<int>::max()));
}

#endif // WSINTMS_H
