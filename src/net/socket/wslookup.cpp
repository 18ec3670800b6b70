// SPDX-License-Identifier: MIT
#include "net/socket/wslookup.h"

#include "protocol/wsforkgeneration.h"

#include <QtCore/qthread.h>

#include <deque>
#include <utility>
#include <vector>

namespace {
WsLookup::Resolver &replacement()
{
    static WsLookup::Resolver resolver;
    return resolver;
}

// The threads in which the system's resolver blocks. Each of them ends when no lookup is left.
class Threads
{
public:
    ~Threads()
    {
        {
            const QMutexLocker locker(&m_mutex);
            m_waiting.clear();
        }
        for (const std::unique_ptr<QThread> &thread : m_threads)
            thread->wait();
    }

    // Returns false if there is none for it, and the system allows no more.
    bool run(const std::shared_ptr<WsLookup> &lookup)
    {
        constexpr int MaxThreads = 16;
        const QMutexLocker locker(&m_mutex);
        deleteEnded();
        m_waiting.push_back(lookup);
        if (m_runningCount < MaxThreads && !start() && m_runningCount == 0) {
            m_waiting.clear();
            return false;
        }
        return true;
    }

private:
    bool start()
    {
        std::unique_ptr<QThread> thread(QThread::create([this] { work(); }));
        thread->setObjectName(QStringLiteral("WsLookup"));
        thread->start();
        if (!thread->isRunning() && !thread->isFinished())
            return false;
        ++m_runningCount;
        m_threads.push_back(std::move(thread));
        return true;
    }

    void work()
    {
        while (const std::shared_ptr<WsLookup> lookup = takeNext()) {
            if (lookup->isWanted())
                lookup->finish(QHostInfo::fromName(lookup->host()));
        }
    }

    std::shared_ptr<WsLookup> takeNext()
    {
        const QMutexLocker locker(&m_mutex);
        if (m_waiting.empty()) {
            --m_runningCount;
            return {};
        }
        const std::shared_ptr<WsLookup> next = std::move(m_waiting.front());
        m_waiting.pop_front();
        return next;
    }

    void deleteEnded()
    {
        std::erase_if(m_threads, [](const std::unique_ptr<QThread> &thread) {
            return thread->isFinished() && thread->wait();
        });
    }

    QMutex m_mutex;
    std::deque<std::shared_ptr<WsLookup>> m_waiting;
    std::vector<std::unique_ptr<QThread>> m_threads;
    int m_runningCount = 0; // of those that may take another lookup
};

// A child of this process has none of its threads, and leaves the object alone, whose lock may be held.
class ThreadsOfProcess
{
public:
    ~ThreadsOfProcess()
    {
        if (m_generation == wsForkGeneration())
            delete m_threads;
    }

    Threads &get()
    {
        const QMutexLocker locker(&m_mutex);
        if (!m_threads || m_generation != wsForkGeneration())
            m_threads = new Threads;
        m_generation = wsForkGeneration();
        return *m_threads;
    }

private:
    QMutex m_mutex;
    Threads *m_threads = nullptr;
    unsigned m_generation = 0;
};

void lookUp(const std::shared_ptr<WsLookup> &lookup)
{
    static ThreadsOfProcess threads;
    if (threads.get().run(lookup))
        return;
    QHostInfo failed;
    failed.setError(QHostInfo::UnknownError);
    failed.setErrorString(QStringLiteral("The system allows no thread in which to look up the host"));
    lookup->finish(failed);
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
