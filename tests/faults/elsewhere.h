// SPDX-License-Identifier: MIT
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include <QtCore/qmetaobject.h>
#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>

namespace FaultTesting {

// A thread with an event loop, for objects that move.
class Elsewhere
{
public:
    Elsewhere()
    {
        m_context.moveToThread(&thread);
        thread.start();
    }
    ~Elsewhere()
    {
        QMetaObject::invokeMethod(
            &m_context, [this] { m_context.moveToThread(nullptr); }, Qt::BlockingQueuedConnection);
        thread.quit();
        thread.wait();
    }
    // Deletes \a object there, if it is there and has not deleted itself meanwhile.
    template <typename Object>
    void remove(const QPointer<Object> &object)
    {
        const auto removeHere = [this, &object] {
            if (object && object->thread() == &thread)
                delete object.data();
        };
        QMetaObject::invokeMethod(&m_context, removeHere, Qt::BlockingQueuedConnection);
    }

    QThread thread;

private:
    QObject m_context;
};

} // namespace FaultTesting

#endif // ELSEWHERE_H
