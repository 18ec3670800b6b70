// SPDX-License-Identifier: MIT
#ifndef BROKERLOAD_H
#define BROKERLOAD_H

#include "brokerclient.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct BrokerLoadSettings
{
    std::vector<uint16_t> ports; // of the servers
    BrokerDialect dialect = BrokerDialect::WsKit;
    size_t subscribers = 1000; // spread over the servers
    size_t publishers = 1;     // on as many of the servers, the first ones
    size_t topics = 1;
    size_t firstTopic = 0;
    size_t topicsOfEach = 1; // to so many does each subscriber subscribe
    size_t size = 256;       // of a message, in bytes
};

// Subscribers and publishers of several servers, in one thread. The subscribers of each topic are on all
// servers, if there are as many.
//
// Each member throws std::runtime_error if a server does not do what it should.
class BrokerLoad
{
public:
    explicit BrokerLoad(const BrokerLoadSettings &settings);
    ~BrokerLoad();
    BrokerLoad(const BrokerLoad &) = delete;
    BrokerLoad &operator=(const BrokerLoad &) = delete;

    void subscribe();
    // Publishes for so long, with at most \a window messages on their way. Prints what has arrived.
    void publish(double seconds, size_t window);
    // Publishes \a rate messages a second, whatever arrives. Prints when they have.
    void feed(double seconds, double rate);
    // Answers pings until there is something to read on standard input.
    void waitForInput();

private:
    struct Sent
    {
        int64_t due = 0; // in µs
        int64_t completed = 0;
        size_t missing = 0;
    };

    void watch(int descriptor, uint32_t events, uint64_t index);
    void turn(int timeoutMs);
    void onReady(uint64_t index);
    void onArrival(size_t subscriber, std::string_view payload);
    void answerSome(size_t done);
    void begin();
    void publishNext(int64_t due);
    void flush();
    void waitForRest(int quietMs);
    size_t serverOf(size_t client) const { return client % m_settings.ports.size(); }
    void printFeed(double seconds);

    const BrokerLoadSettings m_settings;
    int m_epoll = -1;
    int m_timer = -1;
    bool m_hasInput = false;
    std::vector<std::unique_ptr<BrokerClient>> m_clients; // the subscribers, then the publishers
    std::vector<size_t> m_fanOut;                         // of each topic
    std::string m_payload;
    uint64_t m_firstNumber = 0; // of the messages in m_sent
    std::vector<Sent> m_sent;
    size_t m_incomplete = 0;
    uint64_t m_delivered = 0;
    int64_t m_lastArrival = 0;
    bool m_keepsAges = false;
    std::vector<uint32_t> m_agesHere;      // on the server where the message was published, in µs
    std::vector<uint32_t> m_agesElsewhere; // on the other servers
};

#endif // BROKERLOAD_H
