// SPDX-License-Identifier: MIT
#include "net/socket/wslookup.h"

#include "protocol/wsforkgeneration.h"

#include <QtCore/qthreadpool.h>

#include <utility>

namespace {
WsLookup::Resolver &replacement()
{
    static WsLookup::Resolver resolver;
    return resolver;
}

// The threads in which the system's resolver blocks. A child of this process has none of them.
class Threads
{
public:
    ~Threads()
    {
        if (m_generation == wsForkGeneration())
            delete m_pool;
    }

    void run(std::function<void()> lookup)
    {
        const QMutexLocker locker(&m_mutex);
        if (!m_pool || m_generation != wsForkGeneration())
            create();
        m_pool->start(std::move(lookup));
    }

private:
    void create()
    {
        constexpr int MaxThreads = 16;
        constexpr int IdleTime = 1000; // ms
        m_pool = new QThreadPool;
        m_pool->setMaxThreadCount(MaxThreads);
        m_pool->setExpiryTimeout(IdleTime);
        m_generation = wsForkGeneration();
    }

    QMutex m_mutex;
    QThreadPool *m_pool = nullptr;
    unsigned m_generation = 0;
};

void lookUp(const std::shared_ptr<WsLookup> &lookup)
{
    static Threads threads;
    threads.run([lookup] {
        if (lookup->isWanted())
            lookup->finish(QHostInfo::fromName(lookup->host()));
    });
}
} // namespace

WsLookup::WsLookup(const QString &host, std::function<void(const QHostInfo &)> done)
    : m_host(host), m_done(std::move(done))
{
}

std::shared_ptr<WsLookup> WsLookup::start(const QString &host, std::function<void(const QHostInfo &)> done)
{
    const std::shared_ptr<WsLookup> lookup(new WsLookup(host, std::move(done)));
    if (const Resolver &resolver = replacement())
        resolver(lookup);
    else
        lookUp(lookup);
    return lookup;
}

void WsLookup::replaceResolver(Resolver resolver)
{
    replacement() = std::move(resolver);
}

bool WsLookup::isWanted() const
{
    const QMutexLocker locker(&m_mutex);
    return m_done != nullptr;
}

void WsLookup::finish(const QHostInfo &result)
{
    const QMutexLocker locker(&m_mutex);
    if (const auto done = std::exchange(m_done, nullptr))
        done(result);
}

void WsLookup::cancel()
{
    const QMutexLocker locker(&m_mutex);
    m_done = nullptr;
}
