// SPDX-License-Identifier: MIT
#include "brokerload.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {
constexpr uint64_t Input = ~uint64_t(0);
constexpr uint64_t Timer = Input - 1;
constexpr int PublishQuietMs = 20'000;
constexpr int FeedQuietMs = 1000;
constexpr int64_t LateUs = 100'000;

// Of the clock that time.monotonic() of Python reads as well.
int64_t nowUs()
{
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

void printAges(const char *name, std::vector<uint32_t> *ages)
{
    std::sort(ages->begin(), ages->end());
    const auto quantile = [ages](double fraction) {
        return ages->empty() ? 0U : (*ages)[size_t(fraction * double(ages->size() - 1))];
    };
    std::printf(", \"%s\": {\"count\": %zu, \"p50\": %u, \"p99\": %u, \"p99.9\": %u, \"max\": %u}", name,
                ages->size(), quantile(0.5), quantile(0.99), quantile(0.999), quantile(1));
}
} // namespace

BrokerLoad::BrokerLoad(const BrokerLoadSettings &settings) : m_settings(settings), m_fanOut(settings.topics)
{
    m_epoll = epoll_create1(EPOLL_CLOEXEC);
    m_timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    for (size_t i = 0; i < settings.subscribers + settings.publishers; ++i) {
        const bool isSubscriber = i < settings.subscribers;
        const size_t server = serverOf(isSubscriber ? i : i - settings.subscribers);
        m_clients.push_back(std::make_unique<BrokerClient>(settings.ports[server], settings.dialect));
        watch(m_clients.back()->descriptor(), EPOLLIN | EPOLLET, i);
        answerSome(i);
    }
    watch(STDIN_FILENO, EPOLLIN, Input);
    watch(m_timer, EPOLLIN, Timer);
}

BrokerLoad::~BrokerLoad()
{
    close(m_timer);
    close(m_epoll);
}

void BrokerLoad::watch(int descriptor, uint32_t events, uint64_t index)
{
    epoll_event event = {};
    event.events = events;
    event.data.u64 = index;
    if (epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw systemError("epoll_ctl");
}

void BrokerLoad::subscribe()
{
    for (size_t i = 0; i < m_settings.subscribers; ++i) {
        const size_t first = i / m_settings.ports.size() * m_settings.topicsOfEach % m_settings.topics;
        m_clients[i]->subscribe(m_settings.firstTopic + first, m_settings.topicsOfEach, {});
        for (size_t topic = first; topic < first + m_settings.topicsOfEach; ++topic)
            ++m_fanOut[topic];
        answerSome(i);
    }
    if (std::find(m_fanOut.begin(), m_fanOut.end(), 0U) != m_fanOut.end())
        throw std::runtime_error("there are too few subscribers for so many topics");
}

// --- what arrives

void BrokerLoad::turn(int timeoutMs)
{
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(m_epoll, events.data(), int(events.size()), timeoutMs);
    for (int i = 0; i < count; ++i)
        onReady(events[size_t(i)].data.u64);
}

void BrokerLoad::onReady(uint64_t index)
{
    if (index == Input) {
        m_hasInput = true;
    } else if (index == Timer) {
        uint64_t ticks = 0;
        (void)!read(m_timer, &ticks, sizeof ticks);
    } else {
        m_clients[index]->receive([this, index](std::string_view payload) { onArrival(index, payload); });
    }
}

// Messages of the work before are late, and no longer counted.
void BrokerLoad::onArrival(size_t subscriber, std::string_view payload)
{
    uint64_t number = 0;
    if (std::from_chars(payload.data(), payload.data() + payload.size(), number).ec != std::errc())
        throw std::runtime_error("a message has arrived that was not published");
    if (number < m_firstNumber)
        return;
    Sent &sent = m_sent.at(number - m_firstNumber);
    if (sent.missing == 0)
        throw std::runtime_error("a message has arrived more than once");
    const int64_t now = nowUs();
    m_lastArrival = now;
    ++m_delivered;
    if (--sent.missing == 0) {
        sent.completed = now;
        --m_incomplete;
    }
    if (m_keepsAges) {
        const bool isHere = serverOf(subscriber) == serverOf(number % m_settings.publishers);
        (isHere ? m_agesHere : m_agesElsewhere).push_back(uint32_t(std::max<int64_t>(now - sent.due, 0)));
    }
}

// The pings of those before, which may be many.
void BrokerLoad::answerSome(size_t done)
{
    constexpr size_t Some = 256;
    if (done % Some == 0)
        turn(0);
}

void BrokerLoad::waitForInput()
{
    m_hasInput = false;
    while (!m_hasInput)
        turn(-1);
}

// --- what is published

void BrokerLoad::begin()
{
    m_firstNumber += m_sent.size();
    m_sent.clear();
    m_agesHere.clear();
    m_agesElsewhere.clear();
    m_delivered = m_incomplete = 0;
    m_lastArrival = nowUs();
}

void BrokerLoad::publishNext(int64_t due)
{
    const uint64_t number = m_firstNumber + m_sent.size();
    const size_t publisher = number % m_settings.publishers;
    const size_t topic = number / m_settings.publishers % m_settings.topics;
    m_payload = std::to_string(number) + ' ';
    m_payload.resize(std::max(m_settings.size, m_payload.size()), 'x');
    m_clients[m_settings.subscribers + publisher]->publish(m_settings.firstTopic + topic, m_payload);
    m_sent.push_back({due, 0, m_fanOut[topic]});
    ++m_incomplete;
}

void BrokerLoad::flush()
{
    for (size_t i = m_settings.subscribers; i < m_clients.size(); ++i)
        m_clients[i]->flush();
}

void BrokerLoad::waitForRest(int quietMs)
{
    m_lastArrival = nowUs();
    while (m_incomplete > 0 && nowUs() - m_lastArrival < quietMs * int64_t(1000))
        turn(100);
}

// It does not sleep: to wake it up would cost the server more than to send, unlike clients on other machines.
void BrokerLoad::publish(double seconds, size_t window)
{
    begin();
    m_keepsAges = false;
    const int64_t start = nowUs();
    const int64_t end = start + int64_t(seconds * 1e6);
    while (nowUs() < end) {
        while (m_incomplete < window)
            publishNext(nowUs());
        flush();
        turn(0);
        if (nowUs() - m_lastArrival > PublishQuietMs * int64_t(1000))
            break;
    }
    waitForRest(PublishQuietMs);
    if (m_incomplete > 0)
        throw std::runtime_error(std::to_string(m_incomplete) + " messages have not arrived everywhere");
    std::printf("{\"published\": %zu, \"delivered\": %llu, \"seconds\": %.6f}\n", m_sent.size(),
                static_cast<unsigned long long>(m_delivered), double(m_lastArrival - start) / 1e6);
}

// The age of a message counts from when it was due, so that a load that is late hides nothing.
void BrokerLoad::feed(double seconds, double rate)
{
    begin();
    m_keepsAges = true;
    const auto total = size_t(seconds * rate);
    const long period = std::max(long(1e9 / rate), 50'000L);
    const itimerspec ticks = {{period / 1'000'000'000, period % 1'000'000'000}, {0, 1}};
    timerfd_settime(m_timer, 0, &ticks, nullptr);
    const int64_t start = nowUs();
    while (m_sent.size() < total) {
        const int64_t now = nowUs();
        const auto dueOf = [&](size_t index) { return start + int64_t(double(index) * 1e6 / rate); };
        while (m_sent.size() < total && dueOf(m_sent.size()) <= now)
            publishNext(dueOf(m_sent.size()));
        flush();
        turn(-1);
    }
    const double taken = double(nowUs() - start) / 1e6;
    const itimerspec none = {};
    timerfd_settime(m_timer, 0, &none, nullptr);
    waitForRest(FeedQuietMs);
    printFeed(taken);
}

// flowsAtUs: when the first message arrived everywhere after the last one that did not, or was late.
void BrokerLoad::printFeed(double seconds)
{
    const auto isDisturbed = [](const Sent &sent) {
        return sent.missing > 0 || sent.completed - sent.due > LateUs;
    };
    const auto next = std::find_if(m_sent.rbegin(), m_sent.rend(), isDisturbed).base();
    const bool isUndisturbed = next == m_sent.begin();
    const long long flowsAt = isUndisturbed || next == m_sent.end() ? 0 : next->completed;
    std::printf("{\"published\": %zu, \"incomplete\": %zu, \"delivered\": %llu, \"seconds\": %.6f, "
                "\"flowsAtUs\": %lld",
                m_sent.size(), m_incomplete, static_cast<unsigned long long>(m_delivered), seconds, flowsAt);
    printAges("here", &m_agesHere);
    printAges("elsewhere", &m_agesElsewhere);
    std::printf("}\n");
}
