// SPDX-License-Identifier: MIT
#ifndef WSBUFFEREDTRANSPORT_H
#define WSBUFFEREDTRANSPORT_H

#include "net/socket/wssockettransport.h"

QT_BEGIN_NAMESPACE
class QSslSocket;
QT_END_NAMESPACE

// A socket that needs Qt's buffers, which are kept short: TLS, and sockets made elsewhere.
class WsBufferedTransport final : public WsSocketTransport
{
public:
    explicit WsBufferedTransport(QAbstractSocket *socket);

    // Makes a QSslSocket begin TLS: as a client it connects first, as a server it is connected.
    void connectTo(const QString &host, quint16 port) override;
    void startServerEncryption(const QSslConfiguration &configuration);
    bool isReady() const override;

    bool isBuffered() const override { return true; }
    void write(WsOutput &output) override;
    qint64 pending() const override { return hasPending() && !isBroken() ? pendingInSocket() : 0; }
    void wait(bool reads, int ms) override;
    bool usesTls() const override { return m_sslSocket != nullptr; }
    bool isEncrypted() const override;
    QSslConfiguration sslConfiguration() const override;
    void ignoreSslErrors() override;
    void ignoreSslErrors(const QList<QSslError> &errors) override;
    void setPeerVerifyName(const QString &name) override;
    void setPauseOnSslErrors(bool pauses) override;
    void continueAfterSslErrors() override;

private:
    qint64 pendingInSocket() const;

    QSslSocket *m_sslSocket; // the same socket; null if it is another kind
    bool m_isResuming = false;
};

#endif // WSBUFFEREDTRANSPORT_H
