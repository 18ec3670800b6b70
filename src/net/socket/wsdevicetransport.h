// SPDX-License-Identifier: MIT
#ifndef WSDEVICETRANSPORT_H
#define WSDEVICETRANSPORT_H

#include "net/socket/wstransport.h"

#include <QtCore/qiodevice.h>

// Any sequential device that is open for reading and writing, such as a local socket or a tunnel.
class WsDeviceTransport : public WsTransport
{
public:
    explicit WsDeviceTransport(QIODevice *device);
    ~WsDeviceTransport() override;

    // Returns the transport for \a device: a more specific one if it is a socket.
    static std::unique_ptr<WsTransport> of(QIODevice *device);

    void connectTo(const QString &, quint16) override { }
    qint64 read(char *buffer, qint64 size) override;
    bool isBuffered() const override { return true; }
    void write(WsOutput &output) override;
    qint64 pending() const override;
    bool isFull() const override { return pending() >= MaxPending; } // a device writes from the event loop
    bool hasUnread() const override { return m_device->bytesAvailable() > 0; }
    bool isBroken() const override { return m_isBroken; }
    bool hasEnded() const override;
    void noteEnd() override;
    void wait(bool reads, int ms) override;
    bool shutdownWrite() override { return false; }
    void cut() override;
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override;
    void setOwner(QObject *owner) override { m_device->setParent(owner); }
    void moveToThread(QThread *thread) override { m_device->moveToThread(thread); }
    bool isInCurrentThread() const override;
    WsError lostError() const override;

protected:
    void setBroken() { m_isBroken = true; } // nothing more can be written

    const std::shared_ptr<bool> m_life = std::make_shared<bool>(); // expires with the transport

private:
    void onReadingEnd();
    void onClosing();
    void endByDevice();

    QIODevice *m_device;
    bool m_isReadingOver = false;
    bool m_isBroken = false;
    QString m_writeError; // null if none has broken it
};

#endif // WSDEVICETRANSPORT_H
