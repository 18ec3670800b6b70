// SPDX-License-Identifier: MIT
#ifndef WSSOCKETTRANSPORT_H
#define WSSOCKETTRANSPORT_H

#include "net/socket/wshosttransport.h"

#include <QtNetwork/qabstractsocket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

// The common part of the transports over a QAbstractSocket.
class WsSocketTransport : public WsHostTransport
{
public:
    ~WsSocketTransport() override;

    qint64 read(char *buffer, qint64 size) override;
    bool isReady() const override { return m_socket->state() == QAbstractSocket::ConnectedState; }
    bool flush() override { return m_socket->flush(); }
    bool isConnecting() const override;
    qint64 inFlight() const override;
    bool hasUnread() const override;
    QString awaited() const override;
    bool hasEnded() const override
    {
        return !isConnecting() && m_socket->state() == QAbstractSocket::UnconnectedState;
    }
    bool isBroken() const override { return m_isBroken; }
    void noteEnd() override;
    bool shutdownWrite() override;
    WsEndpoints endpoints() const override;
    void setNoDelay(bool noDelay) override;
    void keepSystemQueueShort() override;
    WsError lostError() const override;
    void cut() override;
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override;
    void setOwner(QObject *owner) override;
    void moveToThread(QThread *thread) override;
    bool isInCurrentThread() const override;

protected:
    explicit WsSocketTransport(QAbstractSocket *socket);

    // To connect through a proxy: calls \a start from the event loop or from waitForState(). Nothing is
    // reported to the user before connectTo() has returned: a slot of closed() that opens a client would be
    // called again within.
    void startSoon(std::function<void()> start);
    // Nothing listens to the socket any more, which is about to be closed.
    virtual void onLettingGo() { }
    // Whether the error of the socket is that a wait has timed out, which is not the end.
    bool isMereTimeout() const;
    void onSocketError();
    QAbstractSocket *socket() const { return m_socket; }
    // Continues with \a socket, and returns the previous one.
    QAbstractSocket *replaceSocket(QAbstractSocket *socket) { return std::exchange(m_socket, socket); }
    // Passes up to \a size bytes to Qt's buffer, which is written when the socket is ready.
    bool handOver(WsOutput &output, qint64 size);
    // Blocks until the state changes, if it is a temporary one. Otherwise returns false.
    bool waitForState(int ms);
    // Blocks until the socket, which is connecting, has come further.
    virtual void waitForConnected(int ms);
    void setBroken() { m_isBroken = true; }
    bool hasPending() const { return m_hasPending; }
    void setPending(bool pending) { m_hasPending = pending; }

private:
    void startNow();
    void closeBy(QAbstractSocket *socket, std::function<void()> close);

    QAbstractSocket *m_socket;
    std::shared_ptr<const std::function<void()>> m_start; // until it is called
    bool m_isBroken = false;
    bool m_hasPending = false; // Qt's buffer may still contain data
};

#endif // WSSOCKETTRANSPORT_H
