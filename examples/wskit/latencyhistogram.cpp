// SPDX-License-Identifier: MIT
#include "latencyhistogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

void LatencyHistogram::add(Duration latency)
{
    const int64_t value = std::max<int64_t>(latency.count(), 0);
    ++m_buckets[bucketOf(uint64_t(value))];
    ++m_count;
    m_minimum = std::min(m_minimum, value);
    m_maximum = std::max(m_maximum, value);
}

LatencyHistogram::Duration LatencyHistogram::percentile(double percent) const
{
    const auto wanted = std::max<int64_t>(int64_t(std::ceil(double(m_count) * percent / 100)), 1);
    int64_t passed = 0;
    for (size_t bucket = 0; bucket < BucketCount; ++bucket) {
        passed += m_buckets[bucket];
        if (passed >= wanted)
            return std::clamp(Duration(upperEndOf(bucket)), minimum(), maximum());
    }
    return maximum();
}

// The highest bits of a value after the leading one are the number of the bucket within its range. Values
// below the first range have one bucket each.
size_t LatencyHistogram::bucketOf(uint64_t value)
{
    if (value < BucketsOfRange)
        return size_t(value);
    const int shift = int(std::bit_width(value)) - 1 - BitsOfBucket;
    return size_t(shift) * BucketsOfRange + size_t(value >> shift);
}

uint64_t LatencyHistogram::upperEndOf(size_t bucket)
{
    if (bucket < BucketsOfRange)
        return bucket;
    const size_t shift = bucket / BucketsOfRange - 1;
    const uint64_t highestBits = bucket % BucketsOfRange + BucketsOfRange;
    return ((highestBits + 1) << shift) - 1;
}
