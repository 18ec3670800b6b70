// SPDX-License-Identifier: MIT

// The load: one thread, bare sockets, no Qt. Prints one line of JSON with what was measured; the CPU time is
// that of the process --pid.

#include "load.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <map>
#include <string>

#include <unistd.h>

using namespace std::chrono;

namespace {
constexpr char Usage[] =
    "usage: bench_load --port N|--url ws://127.0.0.1:N [--work echo|fan|crowd] [--clients N] [--size BYTES]\n"
    "                  [--inflight K] [--messages M|--seconds S] [--warm-up M] [--text|--binary] [--raw] "
    "[--tls]\n"
    "                  [--deflate] [--pid PID] [--opened N --idle N]\n"
    "       bench_load --accept-from FD ...: as the server of clients that connect to this listening socket\n"
    "echo:  the server sends each message back\n"
    "fan:   the server sends what the first client sends to all others\n"
    "crowd: opening the first N (--opened) connections, the memory of --idle silent ones, opening N beside "
    "them,\n"
    "       then echo beside them\n";

struct Settings
{
    LoadShape shape;
    std::string work = "echo";
    uint64_t port = 0;
    uint64_t acceptFrom = 0;
    uint64_t clients = 1;
    uint64_t idle = 8000;
    uint64_t opened = 1000;
    uint64_t inFlight = 1;
    uint64_t messages = 10000; // of all clients together
    double seconds = 0;        // instead of messages
    uint64_t warmUp = 0;
    uint64_t pid = 0;
    bool isTls = false;
};

// In ns, of all threads of the process.
int64_t cpuTime(uint64_t pid)
{
    if (pid == 0)
        return 0;
    clockid_t clock = 0;
    timespec time = {};
    if (clock_getcpuclockid(pid_t(pid), &clock) != 0 || clock_gettime(clock, &time) != 0)
        throw std::runtime_error("no CPU time of the process " + std::to_string(pid));
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// In bytes; proc(5).
int64_t residentSize(uint64_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    int64_t total = 0;
    int64_t resident = 0;
    if (pid != 0 && !(file >> total >> resident))
        throw std::runtime_error("no size of the process " + std::to_string(pid));
    return resident * sysconf(_SC_PAGESIZE);
}

struct Cost
{
    uint64_t count = 0;
    int64_t cpuNs = 0;
    double seconds = 0;
    uint64_t receivedBytes = 0;
};

template <typename Work>
Cost costOf(uint64_t pid, Work work)
{
    Cost cost;
    const int64_t before = cpuTime(pid);
    const auto begin = steady_clock::now();
    cost.count = work();
    cost.seconds = duration<double>(steady_clock::now() - begin).count();
    cost.cpuNs = cpuTime(pid) - before;
    return cost;
}

void print(const char *name, const Cost &cost, const char *after)
{
    std::printf("\"%s\": {\"count\": %llu, \"seconds\": %.6f, \"cpuNs\": %lld, \"receivedBytes\": %llu}%s",
                name, (unsigned long long)cost.count, cost.seconds, (long long)cost.cpuNs,
                (unsigned long long)cost.receivedBytes, after);
}

Cost costOfEcho(Load &load, const Settings &settings)
{
    load.echo(settings.clients, settings.inFlight, std::max(settings.warmUp, uint64_t(1)));
    const uint64_t bytesBefore = load.receivedBytes();
    Cost cost = costOf(settings.pid, [&] {
        return load.echo(settings.clients, settings.inFlight, settings.seconds > 0 ? 0 : settings.messages,
                         settings.seconds);
    });
    cost.receivedBytes = load.receivedBytes() - bytesBefore;
    return cost;
}

void measureEcho(const Settings &settings)
{
    Load load(settings.shape);
    if (settings.shape.isServer)
        load.accept(settings.clients, int(settings.acceptFrom));
    else
        load.connectUntil(settings.clients, uint16_t(settings.port), settings.isTls);
    std::printf("{");
    print("messages", costOfEcho(load, settings), "}\n");
}

void measureFan(const Settings &settings)
{
    Load load(settings.shape);
    load.connectUntil(settings.clients, uint16_t(settings.port), settings.isTls);
    load.fan(settings.inFlight, std::max(settings.warmUp, uint64_t(1)));
    const auto work = [&] { return load.fan(settings.inFlight, settings.messages); };
    std::printf("{");
    print("deliveries", costOf(settings.pid, work), "}\n");
}

void measureCrowd(const Settings &settings)
{
    Load load(settings.shape);
    const auto costOfOpening = [&](uint64_t count, uint64_t until) {
        return costOf(settings.pid, [&] {
            load.connectUntil(until, uint16_t(settings.port), settings.isTls);
            return count;
        });
    };
    const Cost first = costOfOpening(settings.opened, settings.opened);
    // Only the growth from here on counts: before it, memory that every process has is touched as well.
    const uint64_t few = 2 * settings.opened;
    load.connectUntil(few, uint16_t(settings.port), settings.isTls);
    const int64_t sizeBefore = residentSize(settings.pid);
    load.connectUntil(settings.idle, uint16_t(settings.port), settings.isTls);
    const int64_t growth = residentSize(settings.pid) - sizeBefore;
    const Cost beside = costOfOpening(settings.opened, settings.idle + settings.opened);
    std::printf("{");
    print("firstOpenings", first, ", ");
    print("openingsBeside", beside, ", ");
    print("messages", costOfEcho(load, settings), ", ");
    std::printf("\"bytesOfConnection\": %.1f}\n", double(growth) / double(settings.idle - few));
}

uint64_t number(const std::string &text)
{
    size_t end = 0;
    const uint64_t value = std::stoull(text, &end);
    if (end != text.size())
        throw std::invalid_argument(text);
    return value;
}

void parseValue(Settings &settings, const std::string &name, const std::string &value)
{
    const std::map<std::string, uint64_t *> numbers = {{"--clients", &settings.clients},
                                                       {"--size", &settings.shape.size},
                                                       {"--inflight", &settings.inFlight},
                                                       {"--messages", &settings.messages},
                                                       {"--warm-up", &settings.warmUp},
                                                       {"--idle", &settings.idle},
                                                       {"--opened", &settings.opened},
                                                       {"--accept-from", &settings.acceptFrom},
                                                       {"--pid", &settings.pid}};
    if (const auto found = numbers.find(name); found != numbers.end())
        *found->second = number(value);
    else if (name == "--port" || name == "--url")
        settings.port = number(value.substr(value.rfind(':') + 1));
    else if (name == "--seconds")
        settings.seconds = std::stod(value);
    else if (name == "--work")
        settings.work = value;
    else
        throw std::invalid_argument(name);
    settings.shape.isServer |= name == "--accept-from";
}

void check(const Settings &settings)
{
    if ((settings.port == 0 && !settings.shape.isServer) || settings.shape.size == 0 || settings.clients == 0
        || settings.inFlight == 0)
        throw std::invalid_argument("a number is missing or 0");
    if (settings.work == "fan" && settings.clients < 2)
        throw std::invalid_argument("fan needs two clients");
    if (settings.work == "crowd"
        && (settings.idle <= 2 * settings.opened || settings.clients > settings.opened))
        throw std::invalid_argument("--idle has to be more than twice --opened, and that --clients at least");
}

Settings parse(int argc, char **argv)
{
    Settings settings;
    bool isBinary = false;
    const std::map<std::string, bool *> flags = {{"--raw", &settings.shape.isRaw},
                                                 {"--text", &settings.shape.isText},
                                                 {"--binary", &isBinary},
                                                 {"--tls", &settings.isTls},
                                                 {"--deflate", &settings.shape.isDeflated}};
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (const auto found = flags.find(name); found != flags.end())
            *found->second = true;
        else if (++i < argc)
            parseValue(settings, name, argv[i]);
        else
            throw std::invalid_argument(name);
    }
    check(settings);
    return settings;
}

void measure(const Settings &settings)
{
    const std::map<std::string, void (*)(const Settings &)> works = {
        {"echo", measureEcho}, {"fan", measureFan}, {"crowd", measureCrowd}};
    works.at(settings.work)(settings);
}
} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    try {
        settings = parse(argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_load: wrong argument: %s\n%s", error.what(), Usage);
        return 2;
    }
    try {
        measure(settings);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
    return 0;
}
