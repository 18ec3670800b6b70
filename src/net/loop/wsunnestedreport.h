// SPDX-License-Identifier: MIT
#ifndef WSUNNESTEDREPORT_H
#define WSUNNESTEDREPORT_H

#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>

// Reports one refusal at a time. A slot that tries again, and is refused again, gets the next report once it has
// returned; otherwise it could call itself until the stack overflows. A member of an object, or of its private part.
class WsUnnestedReport
{
public:
    template<typename Object, typename Report>
    void run(Object *object, Report report)
    {
        if (m_isRunning) {
            QMetaObject::invokeMethod(
                object, [this, object, report] { run(object, report); }, Qt::QueuedConnection);
            return;
        }
        const QPointer<Object> guard(object);
        m_isRunning = true;
        report();
        if (guard)
            m_isRunning = false;
    }

private:
    bool m_isRunning = false;
};

#endif // WSUNNESTEDREPORT_H
