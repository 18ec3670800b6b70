// SPDX-License-Identifier: MIT
#ifndef WSLOCALTRANSPORT_H
#define WSLOCALTRANSPORT_H

#include "net/socket/wsdevicetransport.h"

#include <QtNetwork/qlocalsocket.h>

// The transport of a local socket on this system: a client's end, or a server's end, which takes \a
// descriptor.
std::unique_ptr<WsTransport> wsLocalTransport();
std::unique_ptr<WsTransport> wsLocalTransport(qintptr descriptor);

// A local socket of Qt: one that was created elsewhere, or a named pipe on Windows.
class WsLocalTransport final : public WsDeviceTransport
{
public:
    explicit WsLocalTransport(QLocalSocket *socket);

    // \a path is the path of the socket.
    void connectTo(const QString &path, quint16 port) override;
    bool isReady() const override { return m_socket->state() == QLocalSocket::ConnectedState; }
    bool isConnecting() const override;
    QString awaited() const override;
    qint64 read(char *buffer, qint64 size) override;
    bool hasUnread() const override;
    bool hasEnded() const override;
    bool flush() override { return m_socket->flush(); }
    void setReadBufferSize(qint64 size) override { m_socket->setReadBufferSize(qMin(size, MaxPending)); }
    void noteEnd() override;
    void wait(bool reads, int ms) override;

private:
    void start();
    void onConnected();
    void onSocketError(QLocalSocket::LocalSocketError error);

    QLocalSocket *const m_socket; // the device
    QString m_path;
    bool m_isToStart = false; // by the event loop
    bool m_hasConnected;
};

#endif // WSLOCALTRANSPORT_H
