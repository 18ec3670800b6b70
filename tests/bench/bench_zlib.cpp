// SPDX-License-Identifier: MIT

// The floor of a compressed echo: zlib alone decompresses and compresses the messages of the load, with
// context takeover both ways. Prints its own CPU time as bench_load prints that of a server.

#include "jsonmessages.h"
#include "messagedeflate.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {
int64_t cpuTime()
{
    timespec time = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

void measure(uint64_t count, size_t size)
{
    const std::vector<std::string> messages = jsonMessages(JsonMessageCount, size);
    MessageDeflater client;
    MessageInflater inflater;
    MessageDeflater deflater;
    int64_t cpu = 0;
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < count; ++i) {
        const std::string &message = messages[i % messages.size()];
        std::string compressed = client.compress(message);
        const int64_t before = cpuTime();
        const std::string echo =
            deflater.compress(inflater.decompress(std::move(compressed), message.size()));
        cpu += cpuTime() - before;
        bytes += echo.size();
    }
    std::printf(
        "{\"messages\": {\"count\": %llu, \"seconds\": %.6f, \"cpuNs\": %lld, \"receivedBytes\": %llu}}\n",
        (unsigned long long)count, double(cpu) / 1e9, (long long)cpu, (unsigned long long)bytes);
}
} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fputs("usage: bench_zlib MESSAGES SIZE\n", stderr);
        return 2;
    }
    measure(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
    return 0;
}
