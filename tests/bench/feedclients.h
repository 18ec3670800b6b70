// SPDX-License-Identifier: MIT
#ifndef FEEDCLIENTS_H
#define FEEDCLIENTS_H

#include <cstdint>

// The clients of bench_feed, all in one thread of a process of their own, on plain sockets.
struct FeedClients
{
    std::uint16_t port = 0;
    int count = 0;
    int slow = 0;      // so many of them read little
    int slowBytes = 0; // how much each of those reads in a second
    int keys = 0;
};

// Connects, prints "ready", reads until standard input ends and the slow ones have read everything, or
// nothing more arrives, and prints a line "NAME VALUE" for each result.
int runFeedClients(const FeedClients &settings);

// Microseconds of a clock that all processes share.
std::int64_t feedTimeUs();

#endif // FEEDCLIENTS_H
