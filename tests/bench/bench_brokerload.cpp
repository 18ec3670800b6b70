// SPDX-License-Identifier: MIT

// Clients of several servers that share their topics. Prints "connected", then does what standard input says,
// a line each, and answers each with a line:
//
//     subscribe                 "subscribed", when the servers have confirmed it
//     publish SECONDS WINDOW    JSON: as fast as it goes, with so many messages on their way at most
//     feed SECONDS RATE         JSON: so many messages a second
//
// It ends with standard input. broker.py writes that.

#include "brokerload.h"

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>

namespace {
constexpr char Usage[] =
    "usage: bench_brokerload --ports N,N... [--dialect wskit|socket.io] [--subscribers N] [--publishers N]\n"
    "                        [--topics N] [--first-topic N] [--topics-of-each N] [--size BYTES]\n";

std::vector<uint16_t> portsOf(const std::string &list)
{
    std::vector<uint16_t> ports;
    std::istringstream stream(list);
    for (std::string port; std::getline(stream, port, ',');)
        ports.push_back(uint16_t(std::stoul(port)));
    return ports;
}

BrokerLoadSettings parse(int argc, char **argv)
{
    BrokerLoadSettings settings;
    const std::map<std::string, size_t *> numbers = {{"--subscribers", &settings.subscribers},
                                                     {"--publishers", &settings.publishers},
                                                     {"--topics", &settings.topics},
                                                     {"--first-topic", &settings.firstTopic},
                                                     {"--size", &settings.size},
                                                     {"--topics-of-each", &settings.topicsOfEach}};
    for (int i = 1; i < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : throw std::invalid_argument(name);
        if (const auto found = numbers.find(name); found != numbers.end())
            *found->second = std::stoull(value);
        else if (name == "--ports")
            settings.ports = portsOf(value);
        else if (name == "--dialect")
            settings.dialect = value == "socket.io" ? BrokerDialect::SocketIo : BrokerDialect::WsKit;
        else
            throw std::invalid_argument(name);
    }
    if (settings.ports.empty() || settings.publishers == 0 || settings.topics == 0
        || settings.topics % settings.topicsOfEach != 0)
        throw std::invalid_argument("a number is missing, 0, or no multiple");
    return settings;
}

void obey(BrokerLoad *load, const std::string &line)
{
    std::istringstream words(line);
    std::string what;
    double seconds = 0;
    double number = 0;
    words >> what >> seconds >> number;
    if (what == "subscribe") {
        load->subscribe();
        std::puts("subscribed");
    } else if (what == "publish" && number >= 1) {
        load->publish(seconds, size_t(number));
    } else if (what == "feed" && number > 0) {
        load->feed(seconds, number);
    } else {
        throw std::runtime_error("not understood: " + line);
    }
    std::fflush(stdout);
}
} // namespace

int main(int argc, char **argv)
{
    BrokerLoadSettings settings;
    try {
        settings = parse(argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_brokerload: wrong argument: %s\n%s", error.what(), Usage);
        return 2;
    }
    try {
        BrokerLoad load(settings);
        std::puts("connected");
        std::fflush(stdout);
        load.waitForInput();
        for (std::string line; std::getline(std::cin, line); load.waitForInput())
            obey(&load, line);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_brokerload: %s\n", error.what());
        return 1;
    }
    return 0;
}
