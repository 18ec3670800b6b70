// SPDX-License-Identifier: MIT
#ifndef LATENCYHISTOGRAM_H
#define LATENCYHISTOGRAM_H

#include <array>
#include <chrono>
#include <cstdint>

// A histogram of durations whose memory does not grow with their number. Percentiles are accurate to within 3
// %.
//
// Each power of two of nanoseconds is one range of 32 equal buckets.
class LatencyHistogram
{
public:
    using Duration = std::chrono::nanoseconds;

    void add(Duration latency);

    int64_t count() const { return m_count; }
    // Each is 0 if there are no values.
    Duration minimum() const { return m_count > 0 ? Duration(m_minimum) : Duration(0); }
    Duration maximum() const { return Duration(m_maximum); }
    // The value that `percent` (0 to 100) of all values do not exceed.
    Duration percentile(double percent) const;

private:
    static constexpr int BitsOfBucket = 5;
    static constexpr uint64_t BucketsOfRange = 1 << BitsOfBucket;
    static constexpr size_t BucketCount = (64 - BitsOfBucket) * BucketsOfRange;

    static size_t bucketOf(uint64_t value);
    static uint64_t upperEndOf(size_t bucket);

    std::array<int64_t, BucketCount> m_buckets = {};
    int64_t m_count = 0;
    int64_t m_minimum = INT64_MAX;
    int64_t m_maximum = 0;
};

#endif // LATENCYHISTOGRAM_H
