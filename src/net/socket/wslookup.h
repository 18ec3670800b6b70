// SPDX-License-Identifier: MIT
#ifndef WSLOOKUP_H
#define WSLOOKUP_H

#include <QtCore/qmutex.h>
#include <QtNetwork/qhostinfo.h>

#include <functional>
#include <memory>

// The lookup of the addresses of one host. The caller does not wait, and needs no event loop: QHostInfo would
// report the result by an event.
class WsLookup
{
public:
    // Begins a lookup, and calls finish() later, in any thread.
    using Resolver = std::function<void(const std::shared_ptr<WsLookup> &lookup)>;

    // \a done is called once, in another thread, or at once if no lookup can begin. It must not do more than
    // post the result.
    static std::shared_ptr<WsLookup> start(const QString &host, std::function<void(const QHostInfo &)> done);
    // Null restores the system's resolver. For tests; no lookup may be going on.
    static void replaceResolver(Resolver resolver);

    const QString &host() const { return m_host; }
    // From any thread:
    bool isWanted() const;
    void finish(const QHostInfo &result);
    // After it has returned, the function is not called any more.
    void cancel();

private:
    WsLookup(const QString &host, std::function<void(const QHostInfo &)> done);

    const QString m_host;
    mutable QMutex m_mutex;
    std::function<void(const QHostInfo &)> m_done; // guarded by m_mutex; null once it is not wanted any more
};

#endif // WSLOOKUP_H
