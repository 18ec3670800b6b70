// SPDX-License-Identifier: MIT
#ifndef WSSERVER_P_H
#define WSSERVER_P_H

#include <WsKit/wsserver.h>

#include <QtCore/qhash.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qtcpserver.h>

#include <optional>

// Accepts descriptors and hands them on: a socket is made by who knows which kind.
class WsListener : public QTcpServer
{
public:
    using Acceptor = std::function<void(qintptr)>;

    explicit WsListener(Acceptor acceptor) : m_acceptor(std::move(acceptor)) { }

protected:
    void incomingConnection(qintptr descriptor) override { m_acceptor(descriptor); }

private:
    Acceptor m_acceptor;
};

// A list from which each connection leaves in constant time: it knows its own place.
class WsConnectionList
{
public:
    void add(WsConnection *connection);
    bool remove(WsConnection *connection);
    bool contains(const WsConnection *connection) const;
    const QList<WsConnection *> &all() const { return m_connections; }
    int count() const { return int(m_connections.size()); }

private:
    QList<WsConnection *> m_connections;
};

struct WsServerPrivate
{
    explicit WsServerPrivate(WsListener::Acceptor acceptor) : listener(std::move(acceptor)) { }

    WsListener listener;
    QTimer retryTimer; // accepts again after the system had no descriptor left
    QString host = QStringLiteral("127.0.0.1");
    quint16 port = 0;
    QString errorString;
    WsOptions options;
    QStringList subprotocols;
    QStringList allowedOrigins;
    int maxConnections = 0;
    int maxConnectionsPerAddress = 0;
    std::optional<QSslConfiguration> sslConfiguration;
    WsServer::RequestHandler requestHandler;
    WsServer::AsyncRequestHandler asyncRequestHandler;
    WsServer::ConnectionHandler connectionHandler;
    WsServer::ConnectionFilter connectionFilter;
    WsConnectionList opening; // in their opening handshake
    WsConnectionList open;
    QHash<QHostAddress, int> perAddress; // of both lists
    WsConnectionList refused;            // waiting for their 503, in nobody's place

    bool isAcceptingPaused = false;
    bool isClosing = false;
    bool isListeningAgain = false; // as soon as it is closed

    QList<WsConnection *> all() const { return open.all() + opening.all() + refused.all(); }
    bool isEmpty() const { return open.count() + opening.count() + refused.count() == 0; }
};

#endif // WSSERVER_P_H
