// SPDX-License-Identifier: MIT
#ifndef WSOPENING_H
#define WSOPENING_H

#include <WsKit/wserror.h>

#include <QtCore/qbytearray.h>
#include <QtNetwork/qsslerror.h>

#include <limits>

QT_BEGIN_NAMESPACE
class QAuthenticator;
class QNetworkProxy;
class QSslPreSharedKeyAuthenticator;
QT_END_NAMESPACE

// The opening handshake of one connection, for as long as it lasts: the client's or the server's.
// Any call may end it, and so delete it.
class WsOpening
{
public:
    virtual ~WsOpening() = default;

    // The transport is connected, including TLS.
    virtual void onConnected() = 0;
    virtual void onBytes(QByteArray bytes) = 0;
    // How many bytes may be read at a time, at least 1. The rest stays in the socket.
    virtual qint64 maxRead() const { return std::numeric_limits<qint64>::max(); }
    // No more bytes come.
    virtual void onEnd() = 0;
    virtual void onTimeout() = 0;
    // The handshake has failed because of \a error.
    virtual void onFailure(const WsError &error) = 0;
    // Everything that was queued has been written.
    virtual void onWritten() { }
    // The peer's certificate is not trusted.
    virtual void onSslErrors(const QList<QSslError> &) { }
    // For this reason, among others.
    virtual void onPeerVerifyError(const QSslError &) { }
    // The same, in the middle of the verification; see WsTransport::User.
    virtual void onHandshakeInterrupted(const QSslError &) { }
    // TLS wants a pre-shared key.
    virtual void onPreSharedKey(QSslPreSharedKeyAuthenticator *) { }
    // The transport has come so far.
    virtual void onStep(Ws::OpeningStep) { }
    // The proxy wants a user name and a password.
    virtual void onProxyAuthentication(const QNetworkProxy &, QAuthenticator *) { }
    // The connection leaves its thread, maybe in one of these calls, which then does not go on.
    virtual void onLeaving() { }
    // The connection is open. This is the last call.
    virtual void onEstablished() { }
};

#endif // WSOPENING_H
