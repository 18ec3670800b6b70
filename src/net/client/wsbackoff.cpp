// SPDX-License-Identifier: MIT
#include "net/client/wsbackoff.h"

#include <algorithm>
#include <cmath>

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
// Thirty years, which can be added to any time.
constexpr double Longest = 1e12;

// The delay without its random part. The power may be infinite.
double base(const WsReconnect &settings, int attempt)
{
    const double first = double(settings.initialDelay().count());
    const double longest = std::min(double(settings.maxDelay().count()), Longest);
    return first > 0 ? std::min(first * std::pow(settings.factor(), attempt - 1), longest) : 0;
}
} // namespace

void WsBackOff::reset()
{
    m_attempts = 0;
    m_openSince.reset();
}

void WsBackOff::onEnded(WsTime now, milliseconds stableAfter)
{
    // In milliseconds: the longest time that can be set is more nanoseconds than there can be.
    if (m_openSince && std::chrono::duration_cast<milliseconds>(now - *m_openSince) >= stableAfter)
        m_attempts = 0;
    m_openSince.reset();
}

milliseconds WsBackOff::delay(const WsReconnect &settings, int attempt, double random)
{
    return milliseconds(std::llround(base(settings, attempt) * (1 - settings.jitter() * random)));
}

milliseconds WsBackOff::delayAfter(const WsReconnect &settings, int attempt, double random,
                                   std::optional<seconds> retryAfter)
{
    const milliseconds usual = delay(settings, attempt, random);
    if (!retryAfter)
        return usual;
    const double asked = double(milliseconds(*retryAfter).count());
    const double range =
        std::min(std::max(asked, base(settings, attempt)), double(settings.maxDelay().count()));
    return std::max(usual, milliseconds(std::llround(asked + settings.jitter() * random * range)));
}
