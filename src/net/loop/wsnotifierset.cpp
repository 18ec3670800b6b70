// SPDX-License-Identifier: MIT
#include "net/loop/wsnotifierset.h"

#include "net/loop/wslogging.h"
#include "net/loop/wswakeup.h"
#include "protocol/wsforkgeneration.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace {
// Events are compared with those that either of the two reports.
static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLPRI == POLLPRI);
static_assert(EPOLLERR == POLLERR && EPOLLHUP == POLLHUP);

// Returns -1 if there is no descriptor left for it, or no memory for what it watches.
int createEpoll(int wakeDescriptor)
{
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || wakeDescriptor < 0)
        return epoll;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = quint64(wakeDescriptor);
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, wakeDescriptor, &event) == 0)
        return epoll;
    ::close(epoll);
    return -1;
}

quint32 eventOf(const QSocketNotifier *notifier)
{
    switch (notifier->type()) {
    case QSocketNotifier::Read:
        return EPOLLIN;
    case QSocketNotifier::Write:
        return EPOLLOUT;
    case QSocketNotifier::Exception:
        return EPOLLPRI;
    }
    Q_UNREACHABLE();
}

quint32 eventsOf(const auto &registrations)
{
    quint32 events = 0;
    for (const auto &registration : registrations)
        events |= eventOf(registration.notifier);
    return events;
}

auto find(auto &registrations, const QSocketNotifier *notifier)
{
    return std::find_if(registrations.begin(), registrations.end(),
                        [notifier](const auto &registration) { return registration.notifier == notifier; });
}
} // namespace

WsNotifierSet::WsNotifierSet(WsWakeUp &wakeUp) : m_wakeUp(wakeUp)
{
    rebuild();
}

WsNotifierSet::~WsNotifierSet()
{
    if (m_epoll >= 0)
        ::close(m_epoll);
}

void WsNotifierSet::add(QSocketNotifier *notifier)
{
    const int descriptor = int(notifier->socket());
    Watch &watch = m_watches[descriptor];
    if (find(watch.registrations, notifier) != watch.registrations.end())
        return;
    // Two of a kind are rare, and the first may well be one that its descriptor's closing has left behind.
    if (watch.registrations.isEmpty() || (eventsOf(watch.registrations) & eventOf(notifier)) != 0)
        watch.isDoubtful = true;
    watch.registrations.append({notifier});
    change(descriptor, watch);
}

void WsNotifierSet::remove(QSocketNotifier *notifier)
{
    const auto watch = m_watches.find(int(notifier->socket()));
    if (watch == m_watches.end())
        return;
    auto &registrations = watch->second.registrations;
    const auto registration = find(registrations, notifier);
    if (registration == registrations.end())
        return;
    if (registration->readyIndex >= 0)
        m_ready[size_t(registration->readyIndex)] = nullptr;
    registrations.erase(registration);
    change(watch->first, watch->second);
}

void WsNotifierSet::change(int descriptor, Watch &watch)
{
    if (!std::exchange(watch.isChanged, true))
        m_changed.push_back(descriptor);
}

void WsNotifierSet::applyChanges()
{
    if (isOutdated())
        rebuild();
    if (m_epoll < 0)
        return;
    std::vector<int> changed = std::exchange(m_changed, {});
    for (const int descriptor : changed)
        apply(descriptor);
    disableInvalid();
    if (m_changed.empty()) {
        changed.clear();
        m_changed = std::move(changed);
    }
}

void WsNotifierSet::apply(int descriptor)
{
    const auto found = m_watches.find(descriptor);
    Watch &watch = found->second;
    watch.isChanged = false;
    if (std::exchange(watch.isAlwaysReady, false))
        std::erase(m_alwaysReady, descriptor);

    const quint32 events = eventsOf(watch.registrations);
    if (events != 0) {
        this->watch(descriptor, watch, events);
        return;
    }
    // If it was closed, this fails, and the kernel has forgotten it already.
    if (watch.known != 0)
        control(EPOLL_CTL_DEL, descriptor, watch, 0);
    m_watches.erase(found);
}

void WsNotifierSet::watch(int descriptor, Watch &watch, quint32 events)
{
    const bool isDoubtful = std::exchange(watch.isDoubtful, false);
    if (watch.known != 0) {
        if ((watch.known == events && !isDoubtful) || control(EPOLL_CTL_MOD, descriptor, watch, events))
            return;
        if (errno != ENOENT) {
            onRefused(errno, descriptor, watch, events);
            return;
        }
    }
    watch.serial = ++m_serial;
    if (control(EPOLL_CTL_ADD, descriptor, watch, events))
        return;
    // A copy of a descriptor that was closed may be back under its number.
    if (errno == EEXIST && control(EPOLL_CTL_MOD, descriptor, watch, events))
        return;
    onRefused(errno, descriptor, watch, events);
}

bool WsNotifierSet::control(int operation, int descriptor, Watch &watch, quint32 events)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = (quint64(watch.serial) << 32) | quint32(descriptor);
    const bool isDone = ::epoll_ctl(m_epoll, operation, descriptor, &event) == 0;
    watch.known = isDone ? events : 0;
    return isDone;
}

void WsNotifierSet::onRefused(int error, int descriptor, Watch &watch, quint32 events)
{
    switch (error) {
    case EPERM: // files that cannot make anybody wait; poll() says the same of them in every turn
        if ((events & (EPOLLIN | EPOLLOUT)) != 0) {
            watch.isAlwaysReady = true;
            m_alwaysReady.push_back(descriptor);
        }
        break;
    case EBADF:
        noteInvalid(descriptor, watch);
        break;
    default: // the memory that the system allows for this, which may be there later
        qCDebug(wsNetLog, "descriptor %d cannot be watched: %s", descriptor,
                std::generic_category().message(error).c_str());
        change(descriptor, watch);
        break;
    }
}

void WsNotifierSet::noteInvalid(int descriptor, const Watch &watch)
{
    qCWarning(wsNetLog, "descriptor %d is not open: its socket notifiers are disabled", descriptor);
    for (const Registration &registration : watch.registrations)
        m_invalid.push_back(registration.notifier);
}

// As Qt does with notifiers of closed descriptors.
void WsNotifierSet::disableInvalid()
{
    for (QSocketNotifier *notifier : std::exchange(m_invalid, {}))
        notifier->setEnabled(false);
}

bool WsNotifierSet::wait(int timeout)
{
    return m_epoll >= 0 ? waitByEpoll(timeout) : waitByPoll(timeout);
}

bool WsNotifierSet::waitByEpoll(int timeout)
{
    const int count =
        ::epoll_wait(m_epoll, m_events.data(), int(m_events.size()), m_alwaysReady.empty() ? timeout : 0);
    if (count < 0)
        return errno != EINTR;
    bool isStale = false;
    for (int i = 0; i < count; ++i)
        isStale |= !takeEvent(m_events[size_t(i)]);
    for (const int descriptor : m_alwaysReady)
        markReady(m_watches[descriptor], EPOLLIN | EPOLLOUT);
    if (isStale)
        rebuild();
    return true;
}

// As Qt's event dispatchers do it.
bool WsNotifierSet::waitByPoll(int timeout)
{
    std::vector<pollfd> entries;
    if (m_wakeUp.isValid())
        entries.push_back({m_wakeUp.descriptor(), POLLIN, 0});
    for (const auto &[descriptor, watch] : m_watches) {
        if (!watch.registrations.isEmpty())
            entries.push_back({descriptor, short(eventsOf(watch.registrations)), 0});
    }
    if (::poll(entries.data(), entries.size(), timeout) < 0)
        return errno != EINTR;
    for (const pollfd &entry : entries) {
        if (entry.revents != 0)
            takeEvents(entry.fd, quint32(entry.revents));
    }
    disableInvalid();
    return true;
}

void WsNotifierSet::takeEvents(int descriptor, quint32 events)
{
    if (descriptor == m_wakeUp.descriptor()) {
        m_wakeUp.reset();
        return;
    }
    Watch &watch = m_watches[descriptor];
    markReady(watch, events);
    if ((events & POLLNVAL) != 0)
        noteInvalid(descriptor, watch);
}

bool WsNotifierSet::takeEvent(const epoll_event &event)
{
    if (event.data.u64 == quint64(m_wakeDescriptor)) {
        m_wakeUp.reset();
        return true;
    }
    const auto found = m_watches.find(int(quint32(event.data.u64)));
    if (found == m_watches.end() || found->second.serial != quint32(event.data.u64 >> 32))
        return false;
    markReady(found->second, event.events);
    return true;
}

void WsNotifierSet::markReady(Watch &watch, quint32 events)
{
    for (Registration &registration : watch.registrations) {
        const quint32 wanted = eventOf(registration.notifier) | EPOLLHUP | EPOLLERR;
        if ((events & wanted) == 0 || registration.readyIndex >= 0)
            continue;
        registration.readyIndex = qsizetype(m_ready.size());
        m_ready.push_back(registration.notifier);
    }
}

bool WsNotifierSet::isOutdated() const
{
    return m_epoll < 0 || m_generation != wsForkGeneration() || m_wakeDescriptor != m_wakeUp.descriptor();
}

// Makes the kernel's set anew, to be filled by applyChanges(). It is also the only way to get rid of a
// descriptor that was closed while a copy of it lives, maybe in another process: it stays in the set and
// cannot be taken out any more.
void WsNotifierSet::rebuild()
{
    if (m_epoll >= 0)
        ::close(m_epoll);
    m_generation = wsForkGeneration();
    m_wakeDescriptor = m_wakeUp.descriptor();
    m_epoll = createEpoll(m_wakeDescriptor);
    for (auto &[descriptor, watch] : m_watches) {
        if (std::exchange(watch.known, 0) != 0)
            change(descriptor, watch);
    }
}

QSocketNotifier *WsNotifierSet::takeReady()
{
    while (m_nextReady < m_ready.size()) {
        QSocketNotifier *notifier = m_ready[m_nextReady++];
        if (!notifier)
            continue;
        find(m_watches.find(int(notifier->socket()))->second.registrations, notifier)->readyIndex = -1;
        return notifier;
    }
    m_ready.clear();
    m_nextReady = 0;
    return nullptr;
}
