// SPDX-License-Identifier: MIT
#ifndef WSREDISSTAY_H
#define WSREDISSTAY_H

#include <QtCore/qcoreevent.h>
#include <QtCore/qobject.h>

#include <memory>

// Whether an object is still there, and in the same thread, after application code has run: a slot may
// delete it or move it. Once it has moved, the other thread uses what belongs to it.
class WsRedisStay final : public QObject
{
public:
    explicit WsRedisStay(QObject *object) : QObject(object) { }
    ~WsRedisStay() override { *m_lasts = false; }
    Q_DISABLE_COPY_MOVE(WsRedisStay)

    // To be taken before the call, and read after it, in the thread of the object.
    std::shared_ptr<const bool> lasts() const { return m_lasts; }

protected:
    // In the thread that the object leaves.
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::ThreadChange) {
            *m_lasts = false;
            m_lasts = std::make_shared<bool>(true);
        }
        return QObject::event(event);
    }

private:
    std::shared_ptr<bool> m_lasts = std::make_shared<bool>(true);
};

#endif // WSREDISSTAY_H
