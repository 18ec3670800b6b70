// SPDX-License-Identifier: MIT
#include <WsKit/wsreconnect.h>

#include <QtCore/qglobal.h>

#include <algorithm>
#include <cmath>
#include <limits>

using std::chrono::milliseconds;

namespace {
int toInt(milliseconds time)
{
    return int(std::min<milliseconds::rep>(time.count(), std::numeric_limits<int>::max()));
}
} // namespace

void WsReconnect::setInitialDelay(milliseconds delay)
{
    m_initialDelay = std::max(delay, milliseconds::zero());
}

void WsReconnect::setMaxDelay(milliseconds delay)
{
    m_maxDelay = std::max(delay, milliseconds::zero());
}

void WsReconnect::setFactor(double factor)
{
    m_factor = std::isfinite(factor) ? std::max(factor, 1.0) : 1.0;
}

void WsReconnect::setJitter(double jitter)
{
    m_jitter = std::isfinite(jitter) ? std::clamp(jitter, 0.0, 1.0) : 0.0;
}

void WsReconnect::setMaxAttempts(int count)
{
    m_maxAttempts = std::max(count, -1);
}

void WsReconnect::setStableAfter(milliseconds time)
{
    m_stableAfter = std::max(time, milliseconds::zero());
}

bool WsReconnect::operator==(const WsReconnect &other) const
{
    return m_enabled == other.m_enabled && m_initialDelay == other.m_initialDelay
           && m_maxDelay == other.m_maxDelay && m_factor == other.m_factor && m_jitter == other.m_jitter
           && m_maxAttempts == other.m_maxAttempts && m_stableAfter == other.m_stableAfter
           && m_queueMessages == other.m_queueMessages;
}

// --- for QML

int WsReconnect::initialDelayMs() const
{
    return toInt(m_initialDelay);
}

void WsReconnect::setInitialDelayMs(int ms)
{
    setInitialDelay(milliseconds(ms));
}

int WsReconnect::maxDelayMs() const
{
    return toInt(m_maxDelay);
}

void WsReconnect::setMaxDelayMs(int ms)
{
    setMaxDelay(milliseconds(ms));
}

int WsReconnect::stableAfterMs() const
{
    return toInt(m_stableAfter);
}

void WsReconnect::setStableAfterMs(int ms)
{
    setStableAfter(milliseconds(ms));
}
