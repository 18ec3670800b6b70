// SPDX-License-Identifier: MIT
#ifndef WSPROXYTUNNEL_H
#define WSPROXYTUNNEL_H

#include "net/socket/wsproxyroute.h"

#include <QtNetwork/qtcpsocket.h>

#include <memory>

// Establishes a TCP connection through a proxy, and then passes its descriptor to another socket.
//
// Qt's own socket speaks to the proxy, with every authentication that it knows. It is not used any further,
// because its descriptor may not be one of the system, and because it keeps what arrives through SOCKS
// without any limit, and slowly. Behind a tunnel there is plain TCP, as without a proxy.
class WsProxyTunnel final : public QTcpSocket
{
public:
#ifdef Q_OS_UNIX
    static constexpr bool IsAvailable = true;
#else
    static constexpr bool IsAvailable = false; // another socket cannot take a descriptor over
#endif

    // \a socket is not connected yet; it is a child of the tunnel until leave().
    WsProxyTunnel(QAbstractSocket *socket, std::shared_ptr<WsProxyRoute> route);

    void start();
    // Without an event loop: blocks for at most \a ms until the proxy has answered, or another thread posts
    // something. Unlike waitForConnected(), it does not end the attempt with that time, once it has reached
    // the proxy.
    void wait(int ms);
    // Once the tunnel is connected: passes the connection on, and returns the socket. It is not connected if
    // that has failed.
    QAbstractSocket *leave();

private:
    QTcpSocket *carrier() const;
    void watchAnswer();
    static int waitFor(QTcpSocket *carrier, int ms);
    void deliverCalls();
    int takeDescriptor();

    QAbstractSocket *m_socket;
    const std::shared_ptr<WsProxyRoute> m_route;
    const QTcpSocket *m_watched = nullptr;
    int m_readCount = 0;
};

#endif // WSPROXYTUNNEL_H
