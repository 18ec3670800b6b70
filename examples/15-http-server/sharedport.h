// SPDX-License-Identifier: MIT
#ifndef SHAREDPORT_H
#define SHAREDPORT_H

#include <QtNetwork/QTcpServer>

#include <functional>

QT_BEGIN_NAMESPACE
class QTcpSocket;
QT_END_NAMESPACE

// The program's own QTcpServer. It looks at the head of the first request of each client, without reading it,
// and hands the client to who is to answer: a WebSocket server, or anything that takes sockets from a
// QTcpServer.
class SharedPort : public QTcpServer
{
    Q_OBJECT

public:
    // Takes the socket over if it returns true.
    using Taker = std::function<bool(QTcpSocket *)>;

    explicit SharedPort(Taker webSockets);

    // Who answers all other requests. Without it they are for whoever calls nextPendingConnection().
    void setHttp(Taker http) { m_http = std::move(http); }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void look(QTcpSocket *socket);
    void keepPending(QTcpSocket *socket);

    const Taker m_webSockets;
    Taker m_http;
};

#endif // SHAREDPORT_H
