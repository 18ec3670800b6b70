// SPDX-License-Identifier: MIT
#include "qwebsocketserver_p.h"

#include "qwebsocket_p.h"

#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsocketcorsauthenticator.h>

#include <QtCore/QPointer>
#include <QtCore/QThread>
#include <QtCore/QUrl>
#include <QtNetwork/QSslSocket>

#include <algorithm>
#include <chrono>
#include <limits>

QT_BEGIN_NAMESPACE

QWebSocketServerPrivate::QWebSocketServerPrivate(QWebSocketServer *webSocketServer, const QString &name,
                                                 QWebSocketServer::SslMode mode)
    : q(webSocketServer), server(new WsServer(webSocketServer)), secureMode(mode), serverName(name),
      m_lifetime(new QObject(webSocketServer))
{
    setDefaults();
    connectSignals();
}

QWebSocketServerPrivate::~QWebSocketServerPrivate()
{
    closePending();
    delete m_lifetime;
    delete server;
}

// As a QWebSocketServer has them: any page and any Host may connect unless a slot refuses its origin. The
// filter works beside any request handler that the program sets.
void QWebSocketServerPrivate::setDefaults()
{
    server->setAllowedOrigins({QStringLiteral("*")});
    server->setAllowedHosts({QStringLiteral("*")});
    server->setMaxPendingConnections(std::numeric_limits<int>::max()); // the filter counts
    WsOptions options = server->options();
    QWebSocketPrivate::setDefaults(options);
    // A client that writes much before it reads must not wait for a server that waits for it. The mark also
    // limits what is read ahead, so it has to have an end.
    options.setHighWaterMark(64 * 1024 * 1024);
    options.setKeepAliveTimeout({}); // a QWebSocketServer keeps nobody who is not opening a WebSocket
    server->setOptions(options);
    server->setRequestFilter([this](const WsRequest &request) { return refusal(request); });
    server->setRequestHandler([this](const WsRequest &request) {
        return WsResponse::accept(chooseSubprotocol(request.subprotocols()));
    });
    setServerName(serverName);
    setHandshakeTimeout(handshakeTimeout);
    setSslConfiguration(sslConfiguration);
}

void QWebSocketServerPrivate::connectSignals()
{
    QObject::connect(server, &WsServer::newConnection, q, [this](WsConnection *) { onNewConnection(); });
    QObject::connect(server, &WsServer::connectionRejected, q,
                     [this](const WsError &error) { onRejected(error); });
    QObject::connect(server, &WsServer::errorOccurred, q, [this](const WsError &error) { onError(error); });
    connectTlsSignals();
}

// Those of a server are about all its clients, and do not say which.
void QWebSocketServerPrivate::connectTlsSignals()
{
    using Address = QHostAddress;
    QObject::connect(
        server, &WsServer::sslErrors, q,
        [this](const Address &, quint16, const QList<QSslError> &errors) { Q_EMIT q->sslErrors(errors); });
    QObject::connect(
        server, &WsServer::peerVerifyError, q,
        [this](const Address &, quint16, const QSslError &error) { Q_EMIT q->peerVerifyError(error); });
    QObject::connect(server, &WsServer::handshakeInterruptedOnError, q,
                     [this](const Address &, quint16, const QSslError &error) {
                         Q_EMIT q->handshakeInterruptedOnError(error);
                     });
    QObject::connect(
        server, &WsServer::alertSent, q,
        [this](const Address &, quint16, QSsl::AlertLevel level, QSsl::AlertType type, const QString &text) {
            if (type != QSsl::AlertType::CloseNotify) // every connection ends with it
                Q_EMIT q->alertSent(level, type, text);
        });
    QObject::connect(server, &WsServer::alertReceived, q,
                     [this](const Address &, quint16, QSsl::AlertLevel level, QSsl::AlertType type,
                            const QString &text) { Q_EMIT q->alertReceived(level, type, text); });
    server->setPreSharedKeyHandler([this](QSslPreSharedKeyAuthenticator *authenticator) {
        Q_EMIT q->preSharedKeyAuthenticationRequired(authenticator);
    });
}

// --- listening

bool QWebSocketServerPrivate::listen(const QHostAddress &address, quint16 port)
{
    QString problem = alreadyListening("listen");
    if (problem.isEmpty()) {
        server->resumeAccepting(); // a pause ends with close()
        if (listensAtProxy(address, port))
            problem = QStringLiteral("A server cannot listen at a proxy. Set QNetworkProxy::NoProxy to "
                                     "listen on this computer.");
        else if (!server->listen(address, port))
            problem = server->errorString();
    }
    if (!problem.isEmpty())
        setError(QWebSocketProtocol::CloseCodeAbnormalDisconnection, problem);
    return problem.isEmpty();
}

// A WsServer would listen on both. Returns an empty string if it does not listen.
QString QWebSocketServerPrivate::alreadyListening(const char *function) const
{
    if (!server->isListening())
        return {};
    qWarning("QWebSocketServer::%s: the server is listening already", function);
    return QStringLiteral("the server is listening already");
}

// As a QTcpServer chooses: no proxy for the loopback addresses, otherwise the first one that can listen.
bool QWebSocketServerPrivate::listensAtProxy(const QHostAddress &address, quint16 port) const
{
    if (address.isLoopback())
        return false;
    const QNetworkProxyQuery query(port, QString(), QNetworkProxyQuery::TcpServer);
    const QList<QNetworkProxy> proxies = proxy.type() == QNetworkProxy::DefaultProxy
                                             ? QNetworkProxyFactory::proxyForQuery(query)
                                             : QList<QNetworkProxy>{proxy};
    const auto chosen = std::find_if(proxies.begin(), proxies.end(), [](const QNetworkProxy &each) {
        return each.capabilities().testFlag(QNetworkProxy::ListeningCapability);
    });
    return chosen == proxies.end() || chosen->type() != QNetworkProxy::NoProxy;
}

bool QWebSocketServerPrivate::listenOn(qintptr descriptor)
{
    QString problem = alreadyListening("setSocketDescriptor");
    if (problem.isEmpty()) {
        server->resumeAccepting();
        if (server->listenOn(descriptor))
            return true;
        problem = server->errorString();
    }
    errorText = problem;
    return false;
}

// Sockets that were taken stay open, and clients whose handshake has begun may complete it.
void QWebSocketServerPrivate::close()
{
    const QPointer<QWebSocketServer> self(q);
    closePending();
    server->pauseAccepting(); // those that wait in the system are not accepted any more
    server->stopListening();
    if (self)
        QMetaObject::invokeMethod(q, &QWebSocketServer::closed, Qt::QueuedConnection);
}

void QWebSocketServerPrivate::closePending()
{
    while (WsConnection *const connection = server->nextPendingConnection()) {
        QObject::connect(connection, &WsConnection::closed, connection, &QObject::deleteLater);
        connection->setParent(q);
        (void)connection->close(Ws::GoingAway, QStringLiteral("Server closed."));
        (void)connection->flush();
    }
}

// For QHostAddress::Any a client of this machine can use the loopback address. The other addresses are as
// they are.
QUrl QWebSocketServerPrivate::url() const
{
    if (!server->isListening())
        return {};
    const QHostAddress address = server->serverAddress();
    QUrl url;
    url.setScheme(secureMode == QWebSocketServer::SecureMode ? QStringLiteral("wss") : QStringLiteral("ws"));
    url.setHost(address == QHostAddress::Any ? QStringLiteral("127.0.0.1") : address.toString());
    url.setPort(server->serverPort());
    return url;
}

void QWebSocketServerPrivate::setServerName(const QString &name)
{
    serverName = name;
    server->setServerName(name);
}

void QWebSocketServerPrivate::setSubprotocols(const QStringList &names)
{
    subprotocols = names;
    server->setSubprotocols(names); // for a request handler of the program
}

// A negative time is no limit, and 0 is none at all: only a client whose request arrives with its connection
// is in time.
void QWebSocketServerPrivate::setHandshakeTimeout(int msec)
{
    handshakeTimeout = msec;
    WsOptions options = server->options();
    options.setHandshakeTimeout(std::chrono::milliseconds(msec == 0 ? 1 : qMax(msec, 0)));
    server->setOptions(options);
}

// AutoVerifyPeer means for a server socket of Qt that the client is asked for a certificate.
void QWebSocketServerPrivate::setSslConfiguration(const QSslConfiguration &configuration)
{
    if (secureMode != QWebSocketServer::SecureMode)
        return;
    sslConfiguration = configuration;
    // Never plain, whatever the configuration is.
    QSslConfiguration used =
        configuration.isNull() ? QSslConfiguration::defaultConfiguration() : configuration;
    if (used.peerVerifyMode() == QSslSocket::AutoVerifyPeer)
        used.setPeerVerifyMode(QSslSocket::QueryPeer);
    server->setSslConfiguration(used);
}

// --- who may connect

std::optional<WsResponse> QWebSocketServerPrivate::refusal(const WsRequest &request)
{
    if (!request.isWebSocketUpgrade())
        return std::nullopt;
    if (isPulled() && server->pendingConnectionCount() >= maxPendingConnections) {
        setError(QWebSocketProtocol::CloseCodeAbnormalDisconnection,
                 QStringLiteral("Too many connections are pending."));
        return WsResponse::reject(503);
    }
    const QPointer<QWebSocketServer> self(q);
    const bool isAllowed = isOriginAllowed(request.origin());
    if (self && !isAllowed)
        setError(QWebSocketProtocol::CloseCodePolicyViolated, QStringLiteral("The origin is not allowed."));
    return isAllowed ? std::nullopt : std::optional(WsResponse::reject(403));
}

// Also called without an Origin header: then the origin is empty.
bool QWebSocketServerPrivate::isOriginAllowed(const QString &origin)
{
    QWebSocketCorsAuthenticator authenticator(origin);
    Q_EMIT q->originAuthenticationRequired(&authenticator);
    return authenticator.allowed();
}

// The client's order decides.
QString QWebSocketServerPrivate::chooseSubprotocol(const QStringList &offered) const
{
    for (const QString &subprotocol : offered) {
        if (subprotocols.contains(subprotocol))
            return subprotocol;
    }
    return {};
}

// --- what comes

void QWebSocketServerPrivate::onNewConnection()
{
    if (isPulled())
        Q_EMIT q->newConnection();
}

QWebSocket *QWebSocketServerPrivate::takePending()
{
    if (q->thread() != QThread::currentThread()) {
        qWarning("QWebSocketServer::nextPendingConnection: only the thread of the server can take its "
                 "connections; move the QWebSocket to another thread afterwards");
        return nullptr;
    }
    WsConnection *const connection = server->nextPendingConnection();
    if (!connection)
        return nullptr;
    if (connection->thread() != q->thread()) {
        qWarning(
            "QWebSocketServer::nextPendingConnection: a QWebSocket lives in the thread of its server; with "
            "WsServer::threadCount, set WsServer::maxPendingConnections to 0 and use "
            "WsServer::newConnection()");
        QObject::connect(connection, &WsConnection::closed, connection, &QObject::deleteLater);
        (void)connection->close(Ws::InternalError);
        return nullptr;
    }
    auto *socket = new QWebSocket(connection, nullptr);
    // The sockets of a server end with it, as those of a QTcpServer do.
    QObject::connect(m_lifetime, &QObject::destroyed, socket, [socket] {
        socket->close(QWebSocketProtocol::CloseCodeGoingAway, QStringLiteral("Server closed."));
    });
    return socket;
}

void QWebSocketServerPrivate::onRejected(const WsError &error)
{
    if (error.httpStatus() == 426 && error.text().contains(QLatin1String("Sec-WebSocket-Version")))
        setError(QWebSocketProtocol::CloseCodeProtocolError,
                 QStringLiteral("A client has asked for another version than 13."));
}

void QWebSocketServerPrivate::onError(const WsError &error)
{
    if (error.kind() == Ws::ErrorKind::Network && error.socketError() != QAbstractSocket::UnknownSocketError)
        Q_EMIT q->acceptError(error.socketError());
    else if (error.kind() == Ws::ErrorKind::Misuse)
        qWarning("QWebSocketServer: %ls", qUtf16Printable(error.text()));
}

// A repeated error is reported once.
void QWebSocketServerPrivate::setError(QWebSocketProtocol::CloseCode code, const QString &text)
{
    if (errorCode == code && errorText == text)
        return;
    errorCode = code;
    errorText = text;
    Q_EMIT q->serverError(code);
}

QT_END_NAMESPACE
