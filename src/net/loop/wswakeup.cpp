// SPDX-License-Identifier: MIT
#include "net/loop/wswakeup.h"

#include <QtCore/qlogging.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

WsWakeUp::WsWakeUp() : m_descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (m_descriptor < 0)
        qFatal("WsEventDispatcher: no eventfd: %s", std::generic_category().message(errno).c_str());
}

WsWakeUp::~WsWakeUp()
{
    ::close(m_descriptor);
}

void WsWakeUp::request()
{
    if (m_state.exchange(State::Requested) == State::Asleep)
        ::eventfd_write(m_descriptor, 1);
}

bool WsWakeUp::fallAsleep()
{
    State expected = State::Awake;
    return m_state.compare_exchange_strong(expected, State::Asleep);
}

bool WsWakeUp::take()
{
    return m_state.exchange(State::Awake) == State::Requested;
}

bool WsWakeUp::wait(int timeout)
{
    pollfd entry{m_descriptor, POLLIN, 0};
    const int count = ::poll(&entry, 1, timeout);
    if (count > 0) {
        eventfd_t value;
        ::eventfd_read(m_descriptor, &value);
    }
    return count >= 0 || errno != EINTR;
}
