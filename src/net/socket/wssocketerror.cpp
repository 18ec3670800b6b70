// SPDX-License-Identifier: MIT
#include "net/socket/wssocketerror.h"

namespace {
Ws::ErrorKind kindOf(QAbstractSocket::SocketError error)
{
    switch (error) {
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        return Ws::ErrorKind::Tls;
    case QAbstractSocket::ProxyAuthenticationRequiredError:
    case QAbstractSocket::ProxyConnectionClosedError:
    case QAbstractSocket::ProxyConnectionRefusedError:
    case QAbstractSocket::ProxyConnectionTimeoutError:
    case QAbstractSocket::ProxyNotFoundError:
    case QAbstractSocket::ProxyProtocolError:
        return Ws::ErrorKind::Proxy;
    default:
        return Ws::ErrorKind::Network;
    }
}
// What OpenSSL's words for bytes that are no TLS mean to a user.
QString hintFor(const QString &text)
{
    if (text.contains(QLatin1String("http request")))
        return QStringLiteral(" (the client does not speak TLS; it has to use wss:// instead of ws://)");
    if (text.contains(QLatin1String("wrong version number")))
        return QStringLiteral(" (the peer does not speak TLS here; a client then has to use ws://)");
    return {};
}
} // namespace

WsError wsSocketError(const QAbstractSocket &socket)
{
    const Ws::ErrorKind kind = kindOf(socket.error());
    const bool isTls = kind == Ws::ErrorKind::Tls;
    const QString text = socket.errorString();
    WsError error(kind, isTls ? text + hintFor(text) : text, isTls ? Ws::TlsHandshake : Ws::Abnormal);
    error.setSocketError(socket.error());
    return error;
}

WsError wsConnectionLost(const QAbstractSocket *socket)
{
    WsError error(Ws::ErrorKind::Network, QStringLiteral("the TCP connection ended without a Close frame"));
    error.setSocketError(socket ? socket->error() : QAbstractSocket::RemoteHostClosedError);
    return error;
}
