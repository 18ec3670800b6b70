// SPDX-License-Identifier: MIT
#include "net/client/wsreconnectrules.h"

#include <algorithm>

namespace {
using Subject = WsReconnectRule::Subject;
using Reopens = WsReconnectRule::Reopens;

constexpr WsReconnectRule code(int value, Reopens reopens)
{
    return {Subject::Code, value, value, reopens};
}

constexpr WsReconnectRule kind(Ws::ErrorKind value, Reopens reopens)
{
    return {Subject::Kind, int(value), int(value), reopens};
}

constexpr WsReconnectRule status(int from, int to, Reopens reopens)
{
    return {Subject::Status, from, to, reopens};
}

constexpr WsReconnectRule socket(QAbstractSocket::SocketError value, Reopens reopens)
{
    return {Subject::Socket, value, value, reopens};
}

constexpr WsReconnectRule rules[] = {
    // The server has answered: only what will change is worth another attempt.
    status(408, 408, Reopens::Always), // Request Timeout
    status(425, 425, Reopens::Always), // Too Early
    status(429, 429, Reopens::Always), // Too Many Requests
    status(500, 599, Reopens::Always),
    // In a network that wants a login first, the answer is that of its own page, and so is the certificate.
    // The URL that has led to the server before is not wrong.
    status(200, 200, Reopens::IfItWasOpen),
    status(300, 399, Reopens::IfItWasOpen),
    status(1, 999, Reopens::Never),
    // Nobody enters another password meanwhile.
    socket(QAbstractSocket::ProxyAuthenticationRequiredError, Reopens::Never),
    // Including a host that is not found: without a network, none is.
    kind(Ws::ErrorKind::Network, Reopens::Always),
    kind(Ws::ErrorKind::Proxy, Reopens::Always),
    kind(Ws::ErrorKind::Timeout, Reopens::Always),
    kind(Ws::ErrorKind::Tls, Reopens::IfItWasOpen),
    kind(Ws::ErrorKind::Handshake, Reopens::Never),
    kind(Ws::ErrorKind::Protocol, Reopens::Never),
    kind(Ws::ErrorKind::TooLarge, Reopens::Never),
    kind(Ws::ErrorKind::Overflow, Reopens::Never),
    kind(Ws::ErrorKind::Misuse, Reopens::Never),
    kind(Ws::ErrorKind::Handler, Reopens::Never),
    // The server has closed.
    code(Ws::GoingAway, Reopens::Always),
    code(Ws::NoStatus, Reopens::Always),
    code(Ws::Abnormal, Reopens::Always),
    code(Ws::InternalError, Reopens::Always),
    code(Ws::ServiceRestart, Reopens::Always),
    code(Ws::TryAgainLater, Reopens::Always),
    code(Ws::BadGateway, Reopens::Always), // as HTTP status 502
    {Subject::Code, 0, 65535, Reopens::Never},
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

bool wsReopensAfter(const WsError &error, bool wasOpen)
{
    const auto *const rule =
        std::find_if(std::begin(rules), std::end(rules), [&](const WsReconnectRule &one) {
            const int value = valueOf(error, one.subject);
            return value >= one.from && value <= one.to;
        });
    if (rule == std::end(rules))
        return false;
    return rule->reopens == Reopens::Always || (rule->reopens == Reopens::IfItWasOpen && wasOpen);
}
