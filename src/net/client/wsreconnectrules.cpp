// SPDX-License-Identifier: MIT
#include "net/client/wsreconnectrules.h"

#include <algorithm>

namespace {
using Subject = WsReconnectRule::Subject;

constexpr WsReconnectRule code(int value, bool reopens)
{
    return {Subject::Code, value, value, reopens};
}

constexpr WsReconnectRule kind(Ws::ErrorKind value, bool reopens)
{
    return {Subject::Kind, int(value), int(value), reopens};
}

constexpr WsReconnectRule status(int from, int to, bool reopens)
{
    return {Subject::Status, from, to, reopens};
}

constexpr WsReconnectRule socket(QAbstractSocket::SocketError value, bool reopens)
{
    return {Subject::Socket, value, value, reopens};
}

constexpr WsReconnectRule rules[] = {
    // The server has answered: only what will change is worth another attempt.
    status(408, 408, true), // Request Timeout
    status(425, 425, true), // Too Early
    status(429, 429, true), // Too Many Requests
    status(500, 599, true),
    status(1, 999, false),
    // Nobody enters another password meanwhile.
    socket(QAbstractSocket::ProxyAuthenticationRequiredError, false),
    kind(Ws::ErrorKind::Network, true), // including a host that is not found: without a network, none is
    kind(Ws::ErrorKind::Proxy, true),
    kind(Ws::ErrorKind::Timeout, true),
    kind(Ws::ErrorKind::Tls, false),
    kind(Ws::ErrorKind::Handshake, false),
    kind(Ws::ErrorKind::Protocol, false),
    kind(Ws::ErrorKind::TooLarge, false),
    kind(Ws::ErrorKind::Overflow, false),
    kind(Ws::ErrorKind::Misuse, false),
    kind(Ws::ErrorKind::Handler, false),
    // The server has closed.
    code(Ws::GoingAway, true),
    code(Ws::NoStatus, true),
    code(Ws::Abnormal, true),
    code(Ws::InternalError, true),
    code(Ws::ServiceRestart, true),
    code(Ws::TryAgainLater, true),
    code(Ws::BadGateway, true), // as HTTP status 502
    {Subject::Code, 0, 65535, false},
};

// What of \a error the rules for \a subject look at; -1 if there is no such thing.
int valueOf(const WsError &error, Subject subject)
{
    switch (subject) {
    case Subject::Status:
        return error.httpStatus() > 0 ? error.httpStatus() : -1;
    case Subject::Socket:
        return error.socketError();
    case Subject::Kind:
        return int(error.kind());
    case Subject::Code:
        return error.closeCode();
    }
    return -1;
}
} // namespace

std::span<const WsReconnectRule> wsReconnectRules()
{
    return rules;
}

bool wsReopensAfter(const WsError &error)
{
    const auto *const rule =
        std::find_if(std::begin(rules), std::end(rules), [&](const WsReconnectRule &one) {
            const int value = valueOf(error, one.subject);
            return value >= one.from && value <= one.to;
        });
    return rule != std::end(rules) && rule->reopens;
}
