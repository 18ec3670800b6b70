// SPDX-License-Identifier: MIT
#ifndef WSUNNESTEDREPORT_H
#define WSUNNESTEDREPORT_H

#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qscopeguard.h>

#include <deque>
#include <functional>
#include <utility>

// Reports one refusal at a time. A slot that tries again, and is refused again, gets the next report once it has
// returned; otherwise it could call itself until the stack overflows. A member of an object, or of its private part.
class WsUnnestedReport
{
public:
    void run(QObject *object, std::function<void()> report)
    {
        if (m_isRunning || !m_waiting.empty())
            m_waiting.push_back(std::move(report));
        else
            runNow(object, report);
    }

private:
    void runNow(QObject *object, const std::function<void()> &report)
    {
        m_isRunning = true;
        // A slot may delete the object, and may throw.
        const auto end = qScopeGuard([this, object, guard = QPointer<QObject>(object)] {
            if (guard)
                onReturn(object);
        });
        report();
    }

    void onReturn(QObject *object)
    {
        m_isRunning = false;
        if (!m_waiting.empty()) {
            QMetaObject::invokeMethod(
                object, [this, object] { runNext(object); }, Qt::QueuedConnection);
        }
    }

    void runNext(QObject *object)
    {
        const std::function<void()> report = std::move(m_waiting.front());
        m_waiting.pop_front();
        runNow(object, report);
    }

    std::deque<std::function<void()>> m_waiting;
    bool m_isRunning = false;
};

#endif // WSUNNESTEDREPORT_H
