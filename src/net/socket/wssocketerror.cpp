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
} // namespace

WsError wsSocketError(const QAbstractSocket &socket)
{
    const Ws::ErrorKind kind = kindOf(socket.error());
    WsError error(kind, socket.errorString(), kind == Ws::ErrorKind::Tls ? Ws::TlsHandshake : Ws::Abnormal);
    error.setSocketError(socket.error());
    return error;
}

WsError wsConnectionLost(const QAbstractSocket *socket)
{
    WsError error(Ws::ErrorKind::Network, QStringLiteral("the TCP connection ended without a Close frame"));
    error.setSocketError(socket ? socket->error() : QAbstractSocket::RemoteHostClosedError);
    return error;
}
