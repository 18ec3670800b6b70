// SPDX-License-Identifier: MIT
#include "net/connection/wstally.h"

#include <algorithm>

void wsAddHistogram(WsHistogram *to, const WsHistogram &more)
{
    if (to->bounds.isEmpty()) {
        *to = more;
        return;
    }
    for (qsizetype i = 0; i < more.counts.size(); ++i)
        to->counts[i] += more.counts[i];
    to->sum += more.sum;
}

void WsSizeTally::addTo(WsHistogram *histogram) const
{
    WsHistogram counted;
    qint64 bound = LeastBound;
    for (size_t i = 0; i < BoundCount; ++i, bound *= 4)
        counted.bounds.append(double(bound));
    for (const WsCounter &count : m_counts)
        counted.counts.append(count.value());
    counted.sum = double(m_sum.value());
    wsAddHistogram(histogram, counted);
}

void WsTimeTally::add(std::chrono::microseconds time)
{
    const auto bound = std::lower_bound(BoundsUs.begin(), BoundsUs.end(), time.count());
    m_counts[size_t(bound - BoundsUs.begin())].add(1);
    m_sumUs.add(time.count());
}

void WsTimeTally::addTo(WsHistogram *histogram) const
{
    constexpr double MicrosecondsPerSecond = 1e6;
    WsHistogram counted;
    for (const int bound : BoundsUs)
        counted.bounds.append(bound / MicrosecondsPerSecond);
    for (const WsCounter &count : m_counts)
        counted.counts.append(count.value());
    counted.sum = double(m_sumUs.value()) / MicrosecondsPerSecond;
    wsAddHistogram(histogram, counted);
}
