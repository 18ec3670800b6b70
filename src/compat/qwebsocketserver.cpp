// SPDX-License-Identifier: MIT
#include <QtWebSockets/qwebsocketserver.h>

#include "qwebsocketserver_p.h"

#include <QtCore/QUrl>
#include <QtNetwork/QTcpSocket>

QT_BEGIN_NAMESPACE

QWebSocketServer::QWebSocketServer(WsKitCompatTag, const QString &serverName, SslMode secureMode,
                                   QObject *parent)
    : QObject(parent), d(std::make_unique<QWebSocketServerPrivate>(this, serverName, secureMode))
{
}

QWebSocketServer::~QWebSocketServer() = default;

// --- listening

bool QWebSocketServer::listen(const QHostAddress &address, quint16 port)
{
    return d->listen(address, port);
}

void QWebSocketServer::close()
{
    d->close();
}

bool QWebSocketServer::isListening() const
{
    return d->server->isListening();
}

quint16 QWebSocketServer::serverPort() const
{
    return d->server->serverPort();
}

QHostAddress QWebSocketServer::serverAddress() const
{
    return d->server->serverAddress();
}

QUrl QWebSocketServer::serverUrl() const
{
    return d->url();
}

bool QWebSocketServer::setSocketDescriptor(qintptr socketDescriptor)
{
    return d->listenOn(socketDescriptor);
}

qintptr QWebSocketServer::socketDescriptor() const
{
    return d->server->socketDescriptor();
}

void QWebSocketServer::pauseAccepting()
{
    d->server->pauseAccepting();
}

void QWebSocketServer::resumeAccepting()
{
    d->server->resumeAccepting();
}

// --- connections

void QWebSocketServer::setMaxPendingConnections(int numConnections)
{
    d->maxPendingConnections = numConnections;
}

int QWebSocketServer::maxPendingConnections() const
{
    return d->maxPendingConnections;
}

bool QWebSocketServer::hasPendingConnections() const
{
    return d->server->hasPendingConnections();
}

QWebSocket *QWebSocketServer::nextPendingConnection()
{
    return d->takePending();
}

void QWebSocketServer::handleConnection(QTcpSocket *socket) const
{
    if (socket && !d->server->handleConnection(socket))
        qWarning("QWebSocketServer::handleConnection: %ls", qUtf16Printable(d->server->errorString()));
}

// --- settings

QWebSocketServer::SslMode QWebSocketServer::secureMode() const
{
    return d->secureMode;
}

void QWebSocketServer::setHandshakeTimeout(int msec)
{
    d->setHandshakeTimeout(msec);
}

int QWebSocketServer::handshakeTimeoutMS() const
{
    return d->handshakeTimeout;
}

void QWebSocketServer::setServerName(const QString &serverName)
{
    d->setServerName(serverName);
}

QString QWebSocketServer::serverName() const
{
    return d->serverName;
}

void QWebSocketServer::setSupportedSubprotocols(const QStringList &protocols)
{
    d->setSubprotocols(protocols);
}

QStringList QWebSocketServer::supportedSubprotocols() const
{
    return d->subprotocols;
}

void QWebSocketServer::setProxy(const QNetworkProxy &networkProxy)
{
    d->proxy = networkProxy;
}

QNetworkProxy QWebSocketServer::proxy() const
{
    return d->proxy;
}

void QWebSocketServer::setSslConfiguration(const QSslConfiguration &sslConfiguration)
{
    d->setSslConfiguration(sslConfiguration);
}

QSslConfiguration QWebSocketServer::sslConfiguration() const
{
    return d->sslConfiguration;
}

QList<QWebSocketProtocol::Version> QWebSocketServer::supportedVersions() const
{
    return {QWebSocketProtocol::Version13};
}

// --- state

QWebSocketProtocol::CloseCode QWebSocketServer::error() const
{
    return d->errorCode;
}

QString QWebSocketServer::errorString() const
{
    return d->errorText;
}

// The server underneath, for what Qt WebSockets does not have:
// - broadcast(), subscribe() and publish() reach the sockets that were taken, by QWebSocket::connection().
// - setRequestHandler() answers plain HTTP, and decides about WebSockets after
// originAuthenticationRequired(), which the
//   filter of setRequestFilter() emits. With a handler of the program, the first of supportedSubprotocols()
//   that the client offers is used; without one, the first of the client's. Clients that a handler answers
//   by a future do not count for maxPendingConnections() until then; WsServer::maxConnections limits them.
// - setOptions() has limits and compression for the sockets to come, also for those that are handed over as
//   WsServer does. Until it is called, they are those of a QWebSocket. allowedOrigins and allowedHosts, "*"
//   here, refuse more than originAuthenticationRequired() does.
// - setMaxPendingConnections(0) hands connections over as WsServer does: by WsServer::newConnection(),
// without a
//   QWebSocket. Then WsServer::threadCount can be set as well.
WsServer *QWebSocketServer::server() const
{
    return d->server;
}

QT_END_NAMESPACE
