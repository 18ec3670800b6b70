// SPDX-License-Identifier: MIT
#include "net/socket/wsaddressrace.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wslookup.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qabstractsocket.h>
#include <QtNetwork/qhostinfo.h>

#include <algorithm>
#include <utility>

#ifdef Q_OS_UNIX
#include <poll.h>
#endif

using std::chrono::milliseconds;

WsAddressRace::WsAddressRace(Owner *owner, const QString &host, quint16 port, Connector connect)
    : m_owner(owner), m_host(host), m_port(port), m_connect(std::move(connect))
{
    arrive();
}

WsAddressRace::~WsAddressRace()
{
    if (m_isGone)
        *m_isGone = true;
    if (m_lookup)
        m_lookup->cancel();
    for (Attempt &attempt : m_attempts)
        unwatch(&attempt);
    leaveThread();
}

// --- the lookup

void WsAddressRace::start()
{
    if (const QHostAddress address(m_host); !address.isNull()) {
        (void)post([this, address] { begin({address}); });
        return;
    }
    m_lookup = WsLookup::start(m_host, [this](const QHostInfo &info) {
        (void)post([this, info] { onLookedUp(info); }); // not if the thread has ended
    });
}

void WsAddressRace::onLookedUp(const QHostInfo &info)
{
    m_lookup.reset();
    if (info.addresses().isEmpty()) {
        const QString reason =
            info.errorString().isEmpty() ? QStringLiteral("Host not found") : info.errorString();
        WsError error(Ws::ErrorKind::Network, reason + QStringLiteral(": ") + m_host);
        error.setSocketError(QAbstractSocket::HostNotFoundError);
        m_owner->onLost(error);
        return;
    }
    begin(info.addresses());
}

void WsAddressRace::begin(const QList<QHostAddress> &addresses)
{
    m_schedule = WsAddressSchedule(addresses);
    m_hasBegun = true;
    schedule(); // a slot may run an event loop of its own
    bool isGone = false;
    m_isGone = &isGone;
    m_owner->onResolved();
    if (isGone)
        return;
    m_isGone = nullptr;
    proceed();
}

// --- the attempts

void WsAddressRace::proceed()
{
    using State = WsConnectAttempt::State;
    if (!m_hasBegun)
        return;
    do {
        removeFailed();
        const auto winner = std::find_if(m_attempts.begin(), m_attempts.end(), [](const Attempt &attempt) {
            return attempt.connecting->check() == State::Connected;
        });
        if (winner != m_attempts.end()) {
            unwatch(&*winner);
            m_owner->onWon(winner->connecting->takeDescriptor()); // deletes this
            return;
        }
    } while (startNext());
    if (m_attempts.empty())
        m_owner->onLost(error());
    else
        schedule();
}

void WsAddressRace::removeFailed()
{
    std::erase_if(m_attempts, [this](Attempt &attempt) {
        if (attempt.connecting->check() != WsConnectAttempt::State::Failed)
            return false;
        unwatch(&attempt);
        m_failures.push_back({attempt.address, attempt.connecting->error()});
        m_schedule.hasten();
        return true;
    });
}

// Returns false if no attempt is due.
bool WsAddressRace::startNext()
{
    const std::optional<QHostAddress> address = m_schedule.take(WsClock::now());
    if (!address)
        return false;
    if (m_attempts.size() >= WsAddressSchedule::MaxInFlight)
        giveUpOldest();
    m_attempts.push_back({*address, m_connect(*address, m_port), {}});
    return true;
}

void WsAddressRace::giveUpOldest()
{
    WsError error(Ws::ErrorKind::Network, QStringLiteral("no answer so far"));
    error.setSocketError(QAbstractSocket::SocketTimeoutError);
    m_failures.push_back({m_attempts.front().address, error});
    unwatch(&m_attempts.front());
    m_attempts.erase(m_attempts.begin());
}

// Has proceed() called by the event loop.
void WsAddressRace::schedule()
{
    if (!isOwnThread())
        return;
    if (m_schedule.hasNext())
        context()->scheduleCheck(this, std::max(m_schedule.next(), WsClock::now()));
    if (QAbstractEventDispatcher::instance()) {
        for (Attempt &attempt : m_attempts)
            watch(&attempt);
    }
}

void WsAddressRace::watch(Attempt *attempt)
{
    const qintptr descriptor = attempt->connecting->descriptor();
    if (descriptor < 0 || !attempt->notifiers.empty())
        return;
#ifdef Q_OS_WIN
    const auto types = {QSocketNotifier::Write, QSocketNotifier::Exception}; // an exception is a failure
#else
    const auto types = {QSocketNotifier::Write};
#endif
    for (const QSocketNotifier::Type type : types) {
        auto *const notifier = new QSocketNotifier(descriptor, type, this);
        connect(notifier, &QSocketNotifier::activated, this, [this, notifier] {
            const WsSocketCall call(notifier);
            proceed();
        });
        attempt->notifiers.push_back(notifier);
    }
}

// Before the descriptor is closed, or used by others.
void WsAddressRace::unwatch(Attempt *attempt)
{
    for (QSocketNotifier *const notifier : std::exchange(attempt->notifiers, {})) {
        notifier->setEnabled(false);
        notifier->disconnect();
        WsThreadContext::current().retire(notifier);
    }
}

// --- the error

namespace {
// How much an error says about why the host cannot be reached.
int significance(const WsError &error)
{
    switch (error.socketError()) {
    case QAbstractSocket::SocketResourceError:
    case QAbstractSocket::SocketAccessError:
        return 3; // this system does not allow it, wherever the host is
    case QAbstractSocket::ConnectionRefusedError:
        return 2; // there is a host
    case QAbstractSocket::SocketTimeoutError:
        return 1;
    default:
        return 0; // no route, for example because there is no IPv6 here
    }
}
} // namespace

WsError WsAddressRace::error() const
{
    constexpr size_t MaxNamed = 4;
    const WsError &telling =
        std::max_element(m_failures.begin(), m_failures.end(), [](const Failure &a, const Failure &b) {
            return significance(a.error) < significance(b.error);
        })->error;
    if (m_failures.size() == 1)
        return telling;
    QStringList named;
    for (size_t i = 0; i < std::min(m_failures.size(), MaxNamed); ++i) {
        const auto &[address, error] = m_failures[i];
        named.append(QStringLiteral("%1 (%2)").arg(address.toString(), error.text()));
    }
    QString text = QStringLiteral("%1; %2 addresses of %3 were tried: %4")
                       .arg(telling.text(), QString::number(m_failures.size()), m_host,
                            named.join(QStringLiteral(", ")));
    if (m_failures.size() > MaxNamed)
        text += QStringLiteral(" and %1 more").arg(m_failures.size() - MaxNamed);
    WsError error(telling.kind(), text);
    error.setSocketError(telling.socketError());
    return error;
}

// --- its thread

void WsAddressRace::onLeaving()
{
    if (bool *const isGone = std::exchange(m_isGone, nullptr))
        *isGone = true;
}

void WsAddressRace::onArrived()
{
    schedule();
}

void WsAddressRace::onThreadEnd()
{
    for (Attempt &attempt : m_attempts)
        unwatch(&attempt);
}

void WsAddressRace::waitOnce(int ms)
{
    if (m_schedule.hasNext()) {
        const WsTime now = WsClock::now();
        const auto untilNext = std::chrono::ceil<milliseconds>(std::max(m_schedule.next(), now) - now);
        ms = int(std::min<qint64>(untilNext.count(), ms));
    }
#ifdef Q_OS_UNIX
    std::vector<pollfd> entries;
    for (const Attempt &attempt : m_attempts)
        entries.push_back({int(attempt.connecting->descriptor()), POLLOUT, 0});
    WsThreadContext::current().wait(&entries, ms);
#else
    constexpr int LongestWait = 10;
    QThread::msleep(static_cast<unsigned long>(std::min(ms, LongestWait)));
#endif
    proceed();
}
