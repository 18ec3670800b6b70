// SPDX-License-Identifier: MIT
#include "net/loop/wsnotifierset.h"

#include "net/loop/wslogging.h"

#include <QtCore/qlogging.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace {
int createEpoll(int wakeDescriptor)
{
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = quint64(wakeDescriptor);
    if (epoll >= 0)
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, wakeDescriptor, &event);
    return epoll;
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

WsNotifierSet::WsNotifierSet(int wakeDescriptor)
    : m_wakeDescriptor(wakeDescriptor), m_epoll(createEpoll(wakeDescriptor))
{
    if (m_epoll < 0)
        qFatal("WsEventDispatcher: no epoll set: %s", std::generic_category().message(errno).c_str());
}

WsNotifierSet::~WsNotifierSet()
{
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
        for (const Registration &registration : watch.registrations)
            m_invalid.push_back(registration.notifier);
        break;
    default: // the memory that the system allows for this, which may be there later
        qCDebug(wsNetLog, "descriptor %d cannot be watched: %s", descriptor,
                std::generic_category().message(error).c_str());
        change(descriptor, watch);
        break;
    }
}

// As Qt does with notifiers of closed descriptors.
void WsNotifierSet::disableInvalid()
{
    for (QSocketNotifier *notifier : std::exchange(m_invalid, {}))
        notifier->setEnabled(false);
}

bool WsNotifierSet::wait(int timeout)
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

bool WsNotifierSet::takeEvent(const epoll_event &event)
{
    if (event.data.u64 == quint64(m_wakeDescriptor)) {
        eventfd_t value;
        ::eventfd_read(m_wakeDescriptor, &value);
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

// A descriptor that was closed while a copy of it lives, maybe in another process, stays in the set and
// cannot be taken out any more: only a new set is free of it.
void WsNotifierSet::rebuild()
{
    const int epoll = createEpoll(m_wakeDescriptor);
    if (epoll < 0)
        return;
    ::close(std::exchange(m_epoll, epoll));
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
