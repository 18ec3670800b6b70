// SPDX-License-Identifier: MIT
#ifndef LATENCYHISTOGRAM_H
#define LATENCYHISTOGRAM_H

#include <array>
#include <chrono>
#include <cstdint>

// How long things took, in a memory that does not grow with their number: a percentile is right within 3 %.
//
// Each power of two of nanoseconds is one range of 32 equal buckets.
class LatencyHistogram
{
public:
    using Duration = std::chrono::nanoseconds;

    void add(Duration latency);

    int64_t count() const { return m_count; }
    // Of nothing, each is 0.
    Duration minimum() const { return m_count > 0 ? Duration(m_minimum) : Duration(0); }
    Duration maximum() const { return Duration(m_maximum); }
    // What this share of all does not exceed: `percent` is from 0 to 100.
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
