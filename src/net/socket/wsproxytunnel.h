// SPDX-License-Identifier: MIT
#ifndef WSPROXYTUNNEL_H
#define WSPROXYTUNNEL_H

#include <WsKit/wserror.h>

#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qtcpsocket.h>

// Establishes a TCP connection through a proxy, and then passes its descriptor to another socket.
//
// Qt's own socket speaks to the proxy, with every authentication that it knows. It is not used any further,
// because its descriptor may not be one of the system, and because it keeps what arrives through SOCKS
// without any limit, and slowly. Behind a tunnel there is plain TCP, as without a proxy.
class WsProxyTunnel final : public QTcpSocket
{
public:
    // \a socket is not connected yet; it is a child of the tunnel until leave().
    WsProxyTunnel(QAbstractSocket *socket, const QNetworkProxy &proxy, const QString &host, quint16 port);

    void open();
    // What the opening waits for, as in WsTransport::awaited().
    QString awaited() const;
    // The error of the tunnel, as it is reported to users.
    WsError describedError() const;
    // What users have answered the proxy. Returns false if it is the same as before: Qt would send it again
    // and again.
    bool takeAnswer(const QAuthenticator &answer);
    // Once the tunnel is connected: passes the connection on, and returns the socket. It is not connected if
    // that has failed.
    QAbstractSocket *leave();

private:
    QTcpSocket *carrier() const;
    void watchAnswer();
    int takeDescriptor();

    QAbstractSocket *m_socket;
    const QString m_host;
    const quint16 m_port;
    QString m_user;
    QString m_password;
    QString m_problem; // if it is not Qt that has found it
    SocketError m_problemError = ProxyProtocolError;
    const QTcpSocket *m_watched = nullptr;
    int m_readCount = 0;
};

#endif // WSPROXYTUNNEL_H
