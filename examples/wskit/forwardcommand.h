// SPDX-License-Identifier: MIT
#ifndef FORWARDCOMMAND_H
#define FORWARDCOMMAND_H

#include "clientoptions.h"
#include "console.h"
#include "tunnel.h"

#include <WsKit/WsServer>

#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qtcpserver.h>

// A host and a port.
struct TcpEndpoint
{
    QString host;
    quint16 port = 0;

    QString text() const;
};

// The tunnels of one program: counts them, and prints how each begins and ends.
class Tunnels : public QObject
{
    Q_OBJECT

public:
    explicit Tunnels(int most) : m_most(most) { }

    bool hasRoom() const { return m_tunnels.size() < m_most; }
    bool isEmpty() const { return m_tunnels.isEmpty(); }
    Tunnel *add(QTcpSocket *socket, WsConnection *connection, const QString &origin);
    void closeAll();
    void notice(const QString &text) { m_console.notice(text); }

Q_SIGNALS:
    void ended();

private:
    Console m_console{Console::Format::Plain};
    QList<Tunnel *> m_tunnels;
    int m_most;
    int m_count = 0;
};

// Accepts TCP connections and opens a WebSocket for each.
class ForwardingClient : public QObject
{
    Q_OBJECT

public:
    ForwardingClient(const ClientSettings &settings, int mostTunnels);

    bool start(const TcpEndpoint &endpoint);

Q_SIGNALS:
    void finished();

private:
    void acceptWaiting();
    void forward(QTcpSocket *socket);
    void onEnded();
    void onInterrupt();

    ClientSettings m_settings;
    QTcpServer m_server;
    Tunnels m_tunnels;
    bool m_isClosing = false;
};

// Accepts WebSockets and opens a TCP connection to the same target for each.
class ForwardingServer : public QObject
{
    Q_OBJECT

public:
    ForwardingServer(const TcpEndpoint &target, const QString &path, int mostTunnels);

    WsServer &server() { return m_server; }
    bool start(const QHostAddress &address, quint16 port, const QString &localSocket);

Q_SIGNALS:
    void finished();

private:
    WsResponse answer(const WsRequest &request) const;
    void forward(WsConnection *connection);
    void onInterrupt();
    void finishIfDone();

    WsServer m_server;
    Tunnels m_tunnels;
    TcpEndpoint m_target;
    QString m_path;
    bool m_isClosing = false;
};

int runForward(const QStringList &arguments);

#endif // FORWARDCOMMAND_H
