// SPDX-License-Identifier: MIT
#ifndef WSTALLY_H
#define WSTALLY_H

#include "net/connection/wscounters.h"

#include <WsKit/wsserverstatistics.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

// The sizes of messages while one thread counts them; any thread reads them. Each bound is four times the one
// before, so that adding a size takes a few instructions.
class WsSizeTally
{
public:
    static constexpr qint64 LeastBound = 64;
    static constexpr size_t BoundCount = 10; // the last is 16 MiB

    void add(qint64 size)
    {
        m_counts[placeOf(size)].add(1);
        m_sum.add(size);
    }
    void addTo(WsHistogram *histogram) const;

private:
    static size_t placeOf(qint64 size)
    {
        if (size <= LeastBound)
            return 0;
        constexpr size_t LeastBits = size_t(std::bit_width(quint64(LeastBound))) - 1;
        const auto bits = size_t(std::bit_width(quint64(size - 1))); // of 65 to 128 bytes: 7
        return std::min((bits - LeastBits + 1) / 2, BoundCount);
    }

    std::array<WsCounter, BoundCount + 1> m_counts;
    WsCounter m_sum;
};

// The same for times, which are counted rarely.
class WsTimeTally
{
public:
    void add(std::chrono::microseconds time);
    void addTo(WsHistogram *histogram) const;

private:
    static constexpr std::array<int, 13> BoundsUs = {
        1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

    std::array<WsCounter, BoundsUs.size() + 1> m_counts;
    WsCounter m_sumUs;
};

// What the connections of a server's thread count together.
struct WsTally
{
    WsSizeTally received;
    WsSizeTally sent;
    WsTimeTally roundTrip;
};

// Both have the same bounds, or \a to has none yet.
void wsAddHistogram(WsHistogram *to, const WsHistogram &more);

#endif // WSTALLY_H
