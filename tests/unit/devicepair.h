// SPDX-License-Identifier: MIT
#ifndef DEVICEPAIR_H
#define DEVICEPAIR_H

#include <QtCore/qiodevice.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qpointer.h>

#include <algorithm>
#include <memory>

// One of two sequential devices: what is written to the one is read from the other. What the other has no
// room for waits in the device that it was written to.
class DeviceEnd : public QIODevice
{
public:
    DeviceEnd() { open(ReadWrite | Unbuffered); }
    ~DeviceEnd() override { close(); }

    static void connectEnds(DeviceEnd *one, DeviceEnd *two)
    {
        one->m_peer = two;
        two->m_peer = one;
    }

    // How much may lie unread here; what waits for it comes from the event loop.
    void setCapacity(qint64 capacity)
    {
        m_capacity = capacity;
        if (m_peer)
            m_peer->moveSoon();
    }

    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return m_arrived.size() + QIODevice::bytesAvailable(); }
    qint64 bytesToWrite() const override { return m_waiting.size(); }
    void close() override
    {
        if (!isOpen())
            return;
        QIODevice::close();
        m_waiting.clear();
        if (m_peer)
            m_peer->endSoon();
    }
    bool waitForReadyRead(int) override
    {
        if (m_peer)
            m_peer->move();
        return !m_arrived.isEmpty();
    }
    bool waitForBytesWritten(int) override { return move() > 0; }

    bool isBroken = false; // writing fails

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        const qint64 count = std::min(maxSize, qint64(m_arrived.size()));
        if (count == 0 && m_hasPeerEnded)
            return -1;
        std::copy_n(m_arrived.constData(), count, data);
        m_arrived.remove(0, count);
        if (m_peer && count > 0)
            m_peer->moveSoon();
        return count;
    }
    qint64 writeData(const char *data, qint64 size) override
    {
        if (isBroken) {
            setErrorString(QStringLiteral("broken"));
            return -1;
        }
        m_waiting.append(data, size);
        moveSoon();
        return size;
    }

private:
    void moveSoon()
    {
        QMetaObject::invokeMethod(
            this, [this] { move(); }, Qt::QueuedConnection);
    }
    void endSoon()
    {
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_hasPeerEnded = true;
                Q_EMIT readChannelFinished();
            },
            Qt::QueuedConnection);
    }
    qint64 move()
    {
        const qint64 room = m_peer ? m_peer->m_capacity - m_peer->m_arrived.size() : 0;
        const qint64 count = std::clamp<qint64>(room, 0, m_waiting.size());
        if (count == 0)
            return 0;
        m_peer->m_arrived += m_waiting.first(count);
        m_waiting.remove(0, count);
        const QPointer<DeviceEnd> self(this);
        Q_EMIT m_peer->readyRead();
        if (self)
            Q_EMIT bytesWritten(count);
        return count;
    }

    QPointer<DeviceEnd> m_peer;
    QByteArray m_arrived;
    QByteArray m_waiting;
    qint64 m_capacity = 64 * 1024;
    bool m_hasPeerEnded = false;
};

#endif // DEVICEPAIR_H
