// SPDX-License-Identifier: MIT
#include <WsKit/wsreconnect.h>

#include "protocol/wsintms.h"

#include <algorithm>
#include <cmath>

using std::chrono::milliseconds;

/*!
    \class WsReconnect
    \inmodule WsKit
    \inheaderfile WsKit/WsReconnect
    \brief Whether and when a client is opened again after its connection has ended.

    The page \l Reconnection describes what happens, and after which ends.

    \code
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setMaxDelay(std::chrono::seconds(10));
    client->setReconnect(reconnect);
    \endcode

    The class is a small value. Its functions may be called from any thread, but not at the same time. In QML,
    times are numbers of milliseconds.

    \sa WsClient::reconnect
*/

/*!
    \fn WsReconnect::WsReconnect()
    Constructs the defaults: not enabled.
*/

/*!
    \property WsReconnect::enabled
    \brief whether the client is opened again.

    The default is \c false, so that a client does nothing that its program does not expect. If it becomes
    \c false while the client waits, the client stops.
*/

/*!
    \property WsReconnect::initialDelay
    \brief the longest delay before the first attempt.

    The default is 500 ms: most servers that restart are back soon, and a user hardly notices half a second.
    Negative values count as 0. With 0 the client never waits. Do not use this for a server that others use
    too.

    \sa maxDelay, factor, jitter
*/

/*!
    \property WsReconnect::maxDelay
    \brief the longest delay before any attempt.

    The default is 30 s: a user does not wait for longer, and a thousand clients still cause fewer than 100
    attempts a second. Only a server's \c Retry-After can make a delay longer. Negative values count as 0.
*/

/*!
    \property WsReconnect::factor
    \brief by how much the delay grows with each attempt.

    The default is 2. Values of less than 1 count as 1, with which all delays are alike.
*/

/*!
    \property WsReconnect::jitter
    \brief which part of a delay is random, from 0 to 1.

    The default is 0.5: the delay is between half of the calculated one and all of it. With 0, the clients of
    a server that restarts all come back at the same moments. With 1, some come back at once.
*/

/*!
    \property WsReconnect::maxAttempts
    \brief after how many attempts in succession the client gives up.

    The default is -1: never. With 0 there are no attempts. An attempt whose connection was not open for
    stableAfter counts like one that failed. WsConnection::errorString() then says how many attempts there
    were, and what the last error was.
*/

/*!
    \property WsReconnect::stableAfter
    \brief how long a connection has to be open for the attempts and delays to begin anew after it.

    The default is 5 s. A server that accepts clients and drops them is then not tried twice a second forever.
    Negative values count as 0.
*/

/*!
    \property WsReconnect::queueMessages
    \brief whether messages that are sent while the client is not open are kept until it is.

    The default is \c false: sending then fails, and the program decides. What is kept counts against
    WsOptions::maxBufferedAmount(). It has no effect unless enabled is \c true.

    See also \l [CPP] WsClient::messagesLost().
*/

/*! \fn bool WsReconnect::operator==(const WsReconnect &other) const
    Returns \c true if all values are those of \a other.
*/

/*! \fn bool WsReconnect::operator!=(const WsReconnect &other) const
    Returns \c true if a value differs from that of \a other.
*/

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
    return wsIntMs(m_initialDelay);
}

void WsReconnect::setInitialDelayMs(int ms)
{
    setInitialDelay(milliseconds(ms));
}

int WsReconnect::maxDelayMs() const
{
    return wsIntMs(m_maxDelay);
}

void WsReconnect::setMaxDelayMs(int ms)
{
    setMaxDelay(milliseconds(ms));
}

int WsReconnect::stableAfterMs() const
{
    return wsIntMs(m_stableAfter);
}

void WsReconnect::setStableAfterMs(int ms)
{
    setStableAfter(milliseconds(ms));
}
