// SPDX-License-Identifier: MIT
#include "net/client/wsnetworkwatch.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtNetwork/qnetworkinformation.h>

#include <utility>
#include <vector>

namespace {
using Callback = WsNetworkWatch::Callback;
using Reachability = QNetworkInformation::Reachability;

// The callback of one watch, and a lock under which it runs.
struct Watcher
{
    explicit Watcher(Callback onOnline) : callback(std::move(onOnline)) { }

    void call()
    {
        const QMutexLocker locker(&mutex);
        if (callback)
            callback();
    }
    void end()
    {
        const QMutexLocker locker(&mutex);
        callback = nullptr;
    }

    QMutex mutex;
    Callback callback;
};

// All watches of the process.
class Watchers
{
public:
    // Is never destroyed: threads may outlive main().
    static Watchers &instance()
    {
        static auto *const watchers = new Watchers;
        return *watchers;
    }

    // Returns whether it is the first.
    bool add(const std::shared_ptr<Watcher> &watcher)
    {
        const QMutexLocker locker(&m_mutex);
        std::erase_if(m_all, [](const std::weak_ptr<Watcher> &one) { return one.expired(); });
        m_all.push_back(watcher);
        return !std::exchange(m_isUsed, true);
    }

    // In the thread of the application object.
    void listen()
    {
        if (!QNetworkInformation::loadDefaultBackend())
            return;
        QNetworkInformation *const information = QNetworkInformation::instance();
        m_isKnown = information->reachability() != Reachability::Unknown;
        QObject::connect(information, &QNetworkInformation::reachabilityChanged, information,
                         [this](Reachability reachability) { onChanged(reachability); });
    }

private:
    // The first that is known is no change. Later, "unknown" is what NetworkManager's "connecting" is for Qt.
    void onChanged(Reachability reachability)
    {
        const bool wasKnown = m_isKnown;
        m_isKnown = wasKnown || reachability != Reachability::Unknown;
        if (reachability != Reachability::Online || !wasKnown)
            return;
        for (const std::weak_ptr<Watcher> &one : all()) {
            if (const std::shared_ptr<Watcher> watcher = one.lock())
                watcher->call();
        }
    }

    std::vector<std::weak_ptr<Watcher>> all()
    {
        const QMutexLocker locker(&m_mutex);
        return m_all;
    }

    QMutex m_mutex;
    std::vector<std::weak_ptr<Watcher>> m_all;
    bool m_isUsed = false;
    bool m_isKnown = false; // whether Qt was ever able to tell; only in the thread of the application object
};
} // namespace

std::shared_ptr<void> WsNetworkWatch::watch(Callback onOnline)
{
    if (s_function)
        return s_function(std::move(onOnline));
    const auto watcher = std::make_shared<Watcher>(std::move(onOnline));
    QCoreApplication *const application = QCoreApplication::instance();
    if (application && Watchers::instance().add(watcher))
        QMetaObject::invokeMethod(
            application, [] { Watchers::instance().listen(); }, Qt::QueuedConnection);
    return {watcher.get(), [watcher](void *) { watcher->end(); }};
}

void WsSuspendWatch::start(WsTime now, WsWallClock::Time wall)
{
    m_now = now;
    m_wall = wall;
}

bool WsSuspendWatch::hasSlept(WsTime now, WsWallClock::Time wall)
{
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - std::exchange(m_now, now));
    const auto ofDay =
        std::chrono::duration_cast<std::chrono::milliseconds>(wall - std::exchange(m_wall, wall));
    return ofDay - passed > Tolerance;
}
