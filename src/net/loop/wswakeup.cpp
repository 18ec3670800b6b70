// SPDX-License-Identifier: MIT
#include "net/loop/wswakeup.h"

#include "protocol/wsforkgeneration.h"

#include <QtCore/qdeadlinetimer.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

using std::chrono::ceil;
using std::chrono::milliseconds;

WsWakeUp::WsWakeUp()
{
    renew();
}

WsWakeUp::~WsWakeUp()
{
    if (isValid())
        ::close(descriptor());
}

void WsWakeUp::renew()
{
    if (isValid() && m_generation == wsForkGeneration())
        return;
    if (isValid())
        ::close(descriptor());
    m_descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m_generation = wsForkGeneration();
}

void WsWakeUp::request()
{
    // A thread that was asleep when another called fork() does not exist in the child, so there is nothing to
    // wake up there.
    if (m_state.exchange(State::Requested) == State::Asleep && m_generation == wsForkGeneration()
        && isValid())
        ::eventfd_write(descriptor(), 1);
}

bool WsWakeUp::fallAsleep()
{
    renew();
    State expected = State::Awake;
    return m_state.compare_exchange_strong(expected, State::Asleep);
}

bool WsWakeUp::take()
{
    return m_state.exchange(State::Awake) == State::Requested;
}

bool WsWakeUp::wait(int timeout)
{
    if (!isValid())
        return waitInSlices(timeout);
    pollfd entry{descriptor(), POLLIN, 0};
    const int count = ::poll(&entry, 1, timeout);
    if (count > 0)
        reset();
    return count >= 0 || errno != EINTR;
}

bool WsWakeUp::waitInSlices(int timeout)
{
    const QDeadlineTimer end(timeout);
    while (!isRequested() && !end.hasExpired()) {
        const auto rest = ceil<milliseconds>(end.remainingTimeAsDuration());
        if (::poll(nullptr, 0, int(std::min(rest, milliseconds(Slice)).count())) < 0)
            return errno != EINTR;
    }
    return true;
}

void WsWakeUp::reset()
{
    eventfd_t value;
    ::eventfd_read(descriptor(), &value);
}
