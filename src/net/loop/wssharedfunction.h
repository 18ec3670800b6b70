// SPDX-License-Identifier: MIT
#ifndef WSSHAREDFUNCTION_H
#define WSSHAREDFUNCTION_H

#include <QtCore/qmutex.h>

#include <memory>
#include <utility>

// A function of the application that one thread may set while another calls it. Any thread may use this.
template <typename Function>
class WsSharedFunction
{
public:
    // Null if there is none. The caller keeps it alive, so it may be replaced while it runs.
    std::shared_ptr<const Function> get() const
    {
        const QMutexLocker locker(&m_mutex);
        return m_function;
    }
    void set(Function function)
    {
        auto changed = function ? std::make_shared<const Function>(std::move(function)) : nullptr;
        const QMutexLocker locker(&m_mutex);
        m_function.swap(changed); // the one before is destroyed without the lock
    }

private:
    mutable QMutex m_mutex;
    std::shared_ptr<const Function> m_function;
};

#endif
