// SPDX-License-Identifier: MIT
#include "feedclients.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

std::int64_t feedTimeUs()
{
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

namespace {
constexpr int SlowTickMs = 50;
constexpr int SlowReceiveBuffer = 4096;
constexpr int QuietTicks = 60; // 3 s, in which this process has really looked

struct Client
{
    int socket = -1;
    bool isSlow = false;
    std::string bytes; // not parsed yet
    std::int64_t messages = 0;
    std::int64_t last = -1; // the number of the last update
    bool hasGap = false;
    std::vector<std::int64_t> latest; // the last update of each key
};

// Ages in a histogram, by milliseconds.
class Ages
{
public:
    void add(std::int64_t us)
    {
        ++m_counts[size_t(std::clamp<std::int64_t>(us / 1000, 0, MaxMs))];
        ++m_count;
        m_maxUs = std::max(m_maxUs, us);
    }
    std::int64_t quantileMs(double fraction) const
    {
        auto rest = std::int64_t(double(m_count) * fraction);
        size_t ms = 0;
        while (ms < MaxMs && rest >= m_counts[ms])
            rest -= m_counts[ms++];
        return std::int64_t(ms);
    }
    std::int64_t maxMs() const { return m_maxUs / 1000; }

private:
    static constexpr int MaxMs = 120'000;
    std::vector<std::int64_t> m_counts = std::vector<std::int64_t>(MaxMs + 1);
    std::int64_t m_count = 0;
    std::int64_t m_maxUs = 0;
};

[[noreturn]] void fail(const char *what)
{
    std::perror(what);
    std::exit(1);
}

class Clients
{
public:
    explicit Clients(const FeedClients &settings) : m_settings(settings)
    {
        m_epoll = ::epoll_create1(EPOLL_CLOEXEC);
        for (int i = 0; i < settings.count; ++i)
            connectNext(i < settings.slow);
    }

    void run()
    {
        std::puts("ready");
        std::fflush(stdout);
        std::int64_t nextSlow = feedTimeUs();
        while (!isDone()) {
            readFast();
            if (feedTimeUs() < nextSlow)
                continue;
            nextSlow = std::max(nextSlow + SlowTickMs * 1000, feedTimeUs());
            readSlow();
            m_isFeedOver = m_isFeedOver || isInputOver();
            ++m_quietTicks;
        }
    }

    void print() const
    {
        std::int64_t fastMessages = 0, slowMessages = 0;
        int complete = 0, current = 0;
        std::vector<std::int64_t> newest(size_t(m_settings.keys), -1);
        for (const Client &client : m_clients) {
            for (size_t key = 0; key < newest.size(); ++key)
                newest[key] = std::max(newest[key], client.latest[key]);
        }
        for (const Client &client : m_clients) {
            (client.isSlow ? slowMessages : fastMessages) += client.messages;
            complete += !client.isSlow && !client.hasGap && client.last == m_last;
            current += client.isSlow && client.latest == newest;
        }
        std::printf("fast_messages %lld\nfast_complete %d\n", static_cast<long long>(fastMessages), complete);
        std::printf("slow_messages %lld\nslow_current %d\n", static_cast<long long>(slowMessages), current);
        printAges("fast", m_fastAges);
        printAges("slow", m_slowAges);
        std::fflush(stdout);
    }

private:
    static void printAges(const char *name, const Ages &ages)
    {
        std::printf("%s_age_median %lld\n", name, static_cast<long long>(ages.quantileMs(0.5)));
        std::printf("%s_age_99 %lld\n", name, static_cast<long long>(ages.quantileMs(0.99)));
        std::printf("%s_age_max %lld\n", name, static_cast<long long>(ages.maxMs()));
    }

    void connectNext(bool isSlow)
    {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (isSlow)
            ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &SlowReceiveBuffer, sizeof SlowReceiveBuffer);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(m_settings.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
            fail("connect");
        const std::string_view request =
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
            fail("send");
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            char byte = 0;
            if (::recv(socket, &byte, 1, 0) != 1)
                fail("recv");
            head += byte;
        }
        Client client;
        client.socket = socket;
        client.isSlow = isSlow;
        client.latest.assign(size_t(m_settings.keys), -1);
        m_clients.push_back(std::move(client));
        if (isSlow)
            return;
        epoll_event event = {};
        event.events = EPOLLIN;
        event.data.u32 = std::uint32_t(m_clients.size() - 1);
        ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, socket, &event);
    }

    void readFast()
    {
        std::array<epoll_event, 256> events;
        const int count = ::epoll_wait(m_epoll, events.data(), int(events.size()), SlowTickMs);
        for (int i = 0; i < count; ++i)
            (void)readSome(m_clients[events[size_t(i)].data.u32], m_buffer.size());
    }

    void readSlow()
    {
        const size_t share = size_t(m_settings.slowBytes) * SlowTickMs / 1000;
        for (Client &client : m_clients) {
            if (client.isSlow)
                (void)readSome(client, std::min(share, m_buffer.size()));
        }
    }

    bool readSome(Client &client, size_t most)
    {
        const ssize_t size = ::recv(client.socket, m_buffer.data(), most, MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN)) {
            if (!m_isFeedOver)
                fail("a client was closed");
            ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, client.socket, nullptr);
        }
        if (size <= 0)
            return false;
        m_quietTicks = 0;
        client.bytes.append(m_buffer.data(), size_t(size));
        parse(client);
        return true;
    }

    // Text frames of a server, shorter than 64 KiB.
    void parse(Client &client)
    {
        size_t at = 0;
        const std::string &bytes = client.bytes;
        while (bytes.size() - at >= 4) {
            size_t header = 2;
            size_t size = std::uint8_t(bytes[at + 1]);
            if (size == 126) {
                header = 4;
                size = size_t(std::uint8_t(bytes[at + 2])) << 8 | std::uint8_t(bytes[at + 3]);
            }
            if (bytes.size() - at < header + size)
                break;
            if ((bytes[at] & 0x0f) == 1)
                onUpdate(client, std::string(bytes, at + header, size));
            at += header + size;
        }
        client.bytes.erase(0, at);
    }

    // "NUMBER KEY TIME ..."
    void onUpdate(Client &client, const std::string &text)
    {
        long long number = 0, key = 0, time = 0;
        if (std::sscanf(text.c_str(), "%lld %lld %lld", &number, &key, &time) != 3 || key >= m_settings.keys)
            fail("an update has the wrong format");
        ++client.messages;
        client.hasGap = client.hasGap || number != client.last + 1;
        client.last = number;
        m_last = std::max<std::int64_t>(m_last, number);
        client.latest[size_t(key)] = std::max<std::int64_t>(client.latest[size_t(key)], number);
        (client.isSlow ? m_slowAges : m_fastAges).add(feedTimeUs() - time);
    }

    static bool isInputOver()
    {
        pollfd input = {STDIN_FILENO, POLLIN, 0};
        return ::poll(&input, 1, 0) > 0;
    }

    bool isDone() const { return m_isFeedOver && m_quietTicks > QuietTicks; }

    const FeedClients m_settings;
    int m_epoll = -1;
    std::vector<Client> m_clients;
    std::vector<char> m_buffer = std::vector<char>(256 * 1024);
    Ages m_fastAges;
    Ages m_slowAges;
    std::int64_t m_last = -1;
    int m_quietTicks = 0;
    bool m_isFeedOver = false;
};
} // namespace

int runFeedClients(const FeedClients &settings)
{
    Clients clients(settings);
    clients.run();
    clients.print();
    return 0;
}
