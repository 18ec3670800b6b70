// SPDX-License-Identifier: MIT
#ifndef SIGNALTRAP_H
#define SIGNALTRAP_H

#include <QtCore/qlist.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qobject.h>

#include <functional>
#include <utility>

namespace FaultTesting {

// All signals of a class, and of its bases after \a base.
inline QList<QMetaMethod> signalsOf(const QMetaObject &meta,
                                    const QMetaObject &base = QObject::staticMetaObject)
{
    QList<QMetaMethod> list;
    for (int i = base.methodCount(); i < meta.methodCount(); ++i) {
        const QMetaMethod method = meta.method(i);
        if (method.methodType() == QMetaMethod::Signal && !(method.attributes() & QMetaMethod::Cloned))
            list.append(method);
    }
    return list;
}

// Calls back in one emission of any signal, as QSignalSpy listens to it.
class SignalTrap : public QObject
{
public:
    SignalTrap(QObject *sender, const QMetaMethod &signal, int number, std::function<void()> action)
        : m_action(std::move(action)), m_number(number)
    {
        QMetaObject::connect(sender, signal.methodIndex(), this, QObject::staticMetaObject.methodCount(),
                             Qt::DirectConnection, nullptr);
    }

    int qt_metacall(QMetaObject::Call call, int id, void **arguments) override
    {
        id = QObject::qt_metacall(call, id, arguments);
        if (id < 0 || call != QMetaObject::InvokeMetaMethod)
            return id;
        if (id == 0 && m_count++ == m_number)
            m_action();
        return id - 1;
    }
    // How often it was emitted.
    int count() const { return m_count; }

private:
    const std::function<void()> m_action;
    const int m_number;
    int m_count = 0;
};

} // namespace FaultTesting

#endif // SIGNALTRAP_H
