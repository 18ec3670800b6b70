// SPDX-License-Identifier: MIT
#ifndef WSBUFFEREDTRANSPORT_H
#define WSBUFFEREDTRANSPORT_H

#include "net/socket/wssockettransport.h"

#include <QtNetwork/qnetworkproxy.h>

#include <memory>
#include <optional>
#include <vector>

QT_BEGIN_NAMESPACE
class QSslSocket;
QT_END_NAMESPACE

class WsProxyRoute;
class WsProxyTunnel;

// A socket that needs Qt's buffers, which are kept small: TLS, and sockets that were created elsewhere.
class WsBufferedTransport final : public WsSocketTransport
{
public:
    explicit WsBufferedTransport(QAbstractSocket *socket);
    ~WsBufferedTransport() override;

    // Make a QSslSocket start TLS: a client connects first, a server's socket is already connected.
    void connectTo(const QString &host, quint16 port) override;
    void startServerEncryption(const QSslConfiguration &configuration);
    bool isReady() const override;
    bool isHandshaking() const override;
    bool isStill() const override;

    bool isBuffered() const override { return true; }
    qint64 read(char *buffer, qint64 size) override;
    void write(WsOutput &output) override;
    bool flush() override;
    qint64 pending() const override { return hasPending() && !isBroken() ? pendingInSocket() : 0; }
    bool hasEnded() const override { return !m_shutting && WsSocketTransport::hasEnded(); }
    void noteEnd() override;
    bool shutdownWrite() override;
    void wait(bool reads, int ms) override;
    bool usesTls() const override { return m_sslSocket || m_tlsBefore; }
    void setReadBufferSize(qint64 size) override { socket()->setReadBufferSize(qMin(size, MaxPending)); }
    bool isEncrypted() const override;
    QSslConfiguration sslConfiguration() const override;
    bool hasSslErrors() const override;
    void ignoreSslErrors() override;
    void ignoreSslErrors(const QList<QSslError> &errors) override;
    void setPeerVerifyName(const QString &name) override;
    void setProxy(const QNetworkProxy &proxy) override { m_proxy = proxy; }
    // Whether a WsProxyTunnel connects through the proxy, rather than the socket itself. For tests: not every
    // system can have tunnels.
    void setTunneling(bool tunnels) { m_isTunneling = tunnels; }
    QString awaited() const override;
    void setPauseOnSslErrors(bool pauses) override;
    void continueAfterSslErrors() override;
    void continueHandshake() override;

    void cut() override;
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override;
    void setOwner(QObject *owner) override;
    void moveToThread(QThread *thread) override;

private:
    using Step = void (WsBufferedTransport::*)();

    // While close_notify is being sent: a copy of the descriptor keeps TCP open.
    struct Shutting
    {
        Shutting(int ownDescriptor, int ownCopy) : descriptor(ownDescriptor), copy(ownCopy) { }
        ~Shutting();
        Q_DISABLE_COPY_MOVE(Shutting)

        const int descriptor;
        int copy; // -1: taken
    };

    std::unique_ptr<WsError> adopt(qintptr descriptor) override;
    void onSocketConnected() override;
    void onLettingGo() override;
    void waitForConnected(int ms) override;
    qint64 pendingInSocket() const;
    void listenTo(QAbstractSocket *socket);
    void listenToTls();
    void listenToAlerts();
    void listenToHandshake();
    template <typename Report>
    void reportStill(Report report);
    void reportSslErrors(const QList<QSslError> &errors);
    void goOn();
    void callAfterSocket(Step step);
    void schedule(const std::shared_ptr<const Step> &step);
    void unscheduleSteps();
    bool isTlsToCome() const;
    void waitForEncryption(int ms);
    void connectThroughProxy(const QString &host, quint16 port);
    void listenToProxy();
    void startAtProxy();
    void failAtProxy();
    void leaveTunnel();
#ifdef Q_OS_UNIX
    void sendCloseNotify();
    void goOnWithoutTls();
#endif

    QSslSocket *m_sslSocket; // the same socket; null if it is another kind
    QNetworkProxy m_proxy{QNetworkProxy::NoProxy};
    std::shared_ptr<WsProxyRoute> m_route; // until there is a connection through the proxy
    WsProxyTunnel *m_tunnel = nullptr;     // the same as socket(), until then
    bool m_isTunneling;
    std::unique_ptr<Shutting> m_shutting;
    std::optional<QSslConfiguration> m_tlsBefore; // TLS has ended, and further data is not decrypted
    QObject *m_handshake = nullptr; // what listens until TLS is established; owned by the socket
    std::vector<std::shared_ptr<const Step>> m_steps; // that wait until the socket is not on the stack
    bool m_isResuming = false;                        // until Qt has continued after TLS errors
    bool m_isHeld = false;                            // until continueAfterSslErrors()
    bool m_isTlsAhead = false;                        // of a client, until it starts TLS
    bool m_hasCompletedTls = false;                   // also after its end
    bool m_hasRefused = false;                        // to read or write, because the socket stood still
};

#endif // WSBUFFEREDTRANSPORT_H
