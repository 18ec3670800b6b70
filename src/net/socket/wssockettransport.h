// SPDX-License-Identifier: MIT
#ifndef WSSOCKETTRANSPORT_H
#define WSSOCKETTRANSPORT_H

#include "net/socket/wsaddressrace.h"
#include "net/socket/wstransport.h"

#include <QtNetwork/qabstractsocket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

// A local variable of each function that is connected to a signal of a QSslSocket. The socket must not be
// closed there, because it continues to use what closing frees.
class WsCallingSocket
{
public:
    explicit WsCallingSocket(QAbstractSocket *socket);
    ~WsCallingSocket();
    Q_DISABLE_COPY_MOVE(WsCallingSocket)

    static bool isOnStack(const QAbstractSocket *socket);
    // Calls \a action from the event loop, once the socket is not on the stack.
    static void callAfter(QAbstractSocket *socket, std::function<void()> action);

private:
    QAbstractSocket *m_socket;
};

// The common part of the transports over a QAbstractSocket.
class WsSocketTransport : public WsTransport, private WsAddressRace::Owner
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
    void noteEnd() override;
    bool shutdownWrite() override;
    WsEndpoints endpoints() const override;
    void setNoDelay(bool noDelay) override;
    void keepSystemQueueShort() override;
    WsError lostError() const override;
    const WsError *connectError() const override { return m_connectError.get(); }
    void cut() override;
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override;
    void setOwner(QObject *owner) override;
    void moveToThread(QThread *thread) override;
    bool isInCurrentThread() const override;

protected:
    explicit WsSocketTransport(QAbstractSocket *socket);

    // Without a proxy: tries the addresses of \a host (RFC 8305).
    void connectDirectly(const QString &host, quint16 port);
    // With one: calls \a start from the event loop or from waitForState(). Nothing is reported to the user
    // before connectTo() has returned: a slot of closed() that opens a client would be called again within.
    void startSoon(std::function<void()> start);
    // The socket continues with \a descriptor, which is connected. Returns false if it cannot.
    virtual bool adopt(qintptr descriptor) = 0;
    // Nothing listens to the socket any more, which is about to be closed.
    virtual void onLettingGo() { }
    // The socket is connected, by one of the two.
    virtual void onSocketConnected() = 0;
    // Calls \a report, which reports to the user. Returns false if this object is deleted meanwhile.
    template <typename Report>
    [[nodiscard]] bool survives(Report report)
    {
        bool isDeleted = false;
        bool *const outer = std::exchange(m_isDeleted, &isDeleted);
        report();
        if (!isDeleted)
            m_isDeleted = outer;
        else if (outer)
            *outer = true;
        return !isDeleted;
    }
    // The same for a step of the opening.
    [[nodiscard]] bool reportStep(Ws::OpeningStep step);

    // There will be no connection.
    void failToConnect(const WsError &error);
    void onSocketError();
    // The arguments of connectTo(), for error texts.
    void setDestination(const QString &host, quint16 port);
    const QString &host() const { return m_host; }
    QAbstractSocket *socket() const { return m_socket; }
    // Continues with \a socket, and returns the previous one.
    QAbstractSocket *replaceSocket(QAbstractSocket *socket) { return std::exchange(m_socket, socket); }
    // Passes up to \a size bytes to Qt's buffer, which is written when the socket is ready.
    bool handOver(WsOutput &output, qint64 size);
    // Blocks until the state changes, if it is a temporary one. Otherwise returns false.
    bool waitForState(int ms);
    bool isBroken() const { return m_isBroken; }
    void setBroken() { m_isBroken = true; }
    bool hasPending() const { return m_hasPending; }
    void setPending(bool pending) { m_hasPending = pending; }

private:
    void startNow();
    void onResolved() override { (void)reportStep(Ws::Resolved); }
    void onWon(qintptr descriptor) override;
    void onLost(const WsError &error) override;
    void closeBy(QAbstractSocket *socket, std::function<void()> close);

    QAbstractSocket *m_socket;
    std::unique_ptr<WsAddressRace> m_race; // until it is won or lost
    std::function<void()> m_start;         // until it is called
    std::unique_ptr<WsError> m_connectError;
    bool *m_isDeleted = nullptr; // set by the destructor
    QString m_host;
    quint16 m_port = 0;
    bool m_isBroken = false;
    bool m_hasPending = false; // Qt's buffer may still contain data
};

#endif // WSSOCKETTRANSPORT_H
