// SPDX-License-Identifier: MIT

// The load: one thread, bare sockets, no Qt. Prints one line of JSON: messages, seconds and, with --pid, the
// CPU time that the server's process took for them.

#include "loadconnection.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/epoll.h>
#include <time.h>

using namespace std::chrono;

namespace {
constexpr char Usage[] =
    "usage: bench_load --port N|--url ws://127.0.0.1:N [--clients N] [--size BYTES] [--inflight K]\n"
    "                  [--messages M|--seconds S] [--warm-up M] [--idle N] [--text|--binary] [--raw] [--pid "
    "PID]\n";

struct Settings
{
    LoadShape shape;
    uint64_t clients = 1;
    uint64_t idle = 0; // connected, and silent
    uint64_t inFlight = 1;
    uint64_t messages = 10000; // of all clients together
    double seconds = 0;        // instead of messages
    uint64_t warmUp = 0;
    pid_t pid = 0;
};

class Load
{
public:
    explicit Load(const Settings &settings);

    // Sends that many messages and waits for all echoes; 0: until the time is over. Returns their number.
    uint64_t run(uint64_t messages, double seconds);

private:
    void send(LoadConnection &connection, uint64_t count);

    Settings m_settings;
    int m_epoll;
    std::vector<std::unique_ptr<LoadConnection>> m_connections; // the idle ones last
    uint64_t m_limit = 0;
    uint64_t m_sent = 0;
};

Load::Load(const Settings &settings) : m_settings(settings), m_epoll(epoll_create1(0))
{
    for (uint64_t i = 0; i < settings.clients + settings.idle; ++i)
        m_connections.push_back(std::make_unique<LoadConnection>(settings.shape, m_epoll));
}

void Load::send(LoadConnection &connection, uint64_t count)
{
    const uint64_t allowed = std::min(count, m_limit - m_sent);
    m_sent += allowed;
    if (allowed > 0)
        connection.send(allowed);
}

uint64_t Load::run(uint64_t messages, double seconds)
{
    const auto end = steady_clock::now() + duration_cast<steady_clock::duration>(duration<double>(seconds));
    m_limit = messages > 0 ? messages : UINT64_MAX;
    m_sent = 0;
    for (uint64_t i = 0; i < m_settings.clients; ++i)
        send(*m_connections[i], m_settings.inFlight);
    std::array<epoll_event, 256> events;
    uint64_t received = 0;
    while (received < m_sent) {
        const int count = epoll_wait(m_epoll, events.data(), int(events.size()), 10000);
        if (count == 0)
            throw std::runtime_error("no echo within 10 s");
        for (int i = 0; i < count; ++i) {
            auto *connection = static_cast<LoadConnection *>(events[size_t(i)].data.ptr);
            const uint64_t echoes = connection->onReady(events[size_t(i)].events);
            received += echoes;
            send(*connection, echoes);
        }
        if (messages == 0 && steady_clock::now() >= end)
            m_limit = m_sent;
    }
    return received;
}

// In ns, of all threads of the process.
int64_t cpuTime(pid_t pid)
{
    clockid_t clock = 0;
    timespec time = {};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        throw std::runtime_error("no CPU time of the process " + std::to_string(pid));
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

void measure(const Settings &settings)
{
    Load load(settings);
    if (settings.warmUp > 0)
        load.run(settings.warmUp, 0);
    const int64_t cpuBefore = settings.pid ? cpuTime(settings.pid) : 0;
    const auto begin = steady_clock::now();
    const uint64_t messages = load.run(settings.seconds > 0 ? 0 : settings.messages, settings.seconds);
    const duration<double> taken = steady_clock::now() - begin;
    const int64_t cpu = settings.pid ? cpuTime(settings.pid) - cpuBefore : 0;
    std::printf("{\"messages\": %llu, \"seconds\": %.6f, \"serverCpuNs\": %lld}\n",
                (unsigned long long)messages, taken.count(), (long long)cpu);
}

uint64_t number(const std::string &text)
{
    size_t end = 0;
    const uint64_t value = std::stoull(text, &end);
    if (end != text.size())
        throw std::invalid_argument(text);
    return value;
}

Settings parse(int argc, char **argv)
{
    Settings settings;
    const std::map<std::string, uint64_t *> numbers = {
        {"--clients", &settings.clients},   {"--size", &settings.shape.size},
        {"--inflight", &settings.inFlight}, {"--messages", &settings.messages},
        {"--warm-up", &settings.warmUp},    {"--idle", &settings.idle}};
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--raw" || name == "--text" || name == "--binary") {
            settings.shape.isRaw |= name == "--raw";
            settings.shape.isText = name == "--text" || (settings.shape.isText && name == "--raw");
            continue;
        }
        if (++i == argc)
            throw std::invalid_argument(name);
        const std::string value = argv[i];
        if (const auto found = numbers.find(name); found != numbers.end())
            *found->second = number(value);
        else if (name == "--port" || name == "--url")
            settings.shape.port = uint16_t(number(value.substr(value.rfind(':') + 1)));
        else if (name == "--seconds")
            settings.seconds = std::stod(value);
        else if (name == "--pid")
            settings.pid = pid_t(number(value));
        else
            throw std::invalid_argument(name);
    }
    if (settings.shape.port == 0 || settings.shape.size == 0 || settings.clients == 0
        || settings.inFlight == 0)
        throw std::invalid_argument("a number is missing or 0");
    return settings;
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
