// SPDX-License-Identifier: MIT
#include "jsonmessages.h"

#include <array>
#include <cstdint>
#include <random>

namespace {
std::string record(std::mt19937 &random)
{
    static const std::array<const char *, 8> names = {"Ada",  "Grace",  "Edsger",  "Barbara",
                                                      "Alan", "Donald", "Frances", "Niklaus"};
    static const std::array<const char *, 4> states = {"open", "paid", "shipped", "returned"};
    // Taken one by one: the order in which operands are evaluated is not given.
    const auto id = std::to_string(random() % 1'000'000);
    const std::string name = names[random() % names.size()];
    const std::string state = states[random() % states.size()];
    const auto price = std::to_string(random() % 1000) + '.' + std::to_string(10 + random() % 90);
    const auto time = std::to_string(1'700'000'000'000 + random() % 1'000'000'000);
    return R"({"id":)" + id + R"(,"customer":")" + name + R"(","state":")" + state + R"(","price":)" + price
           + R"(,"currency":"EUR","updatedAt":)" + time + R"(,"tags":["web","priority"]})";
}
} // namespace

std::vector<std::string> jsonMessages(size_t count, size_t size)
{
    std::mt19937 random{1}; // NOLINT(*-msc51-cpp): the same messages in every run
    std::vector<std::string> messages;
    while (messages.size() < count) {
        std::string message = R"({"type":"orders","orders":[)" + record(random);
        while (message.size() < size)
            message += ',' + record(random);
        messages.push_back(message + "]}");
    }
    return messages;
}
