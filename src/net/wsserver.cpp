// SPDX-License-Identifier: MIT
#include <WsKit/wsserver.h>

#include "net/wsconnection_p.h"
#include "net/wsserver_p.h"
#include "net/wsserveropening.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslsocket.h>

namespace {
// The system's own limit cuts it down; Qt's default of 50 loses connections in a burst.
constexpr int ListenBacklog = 4096;
constexpr std::chrono::seconds AcceptRetry{1};
// How many clients beyond maxConnections are told so by a 503 at a time; more are cut.
constexpr int MaxRefusals = 64;

bool setIfChanged(auto &member, const auto &value)
{
    if (member == value)
        return false;
    member = value;
    return true;
}
} // namespace

void WsConnectionList::add(WsConnection *connection)
{
    connection->d->serverIndex = m_connections.size();
    m_connections.append(connection);
}

bool WsConnectionList::contains(const WsConnection *connection) const
{
    const qsizetype index = connection->d->serverIndex;
    return index >= 0 && index < m_connections.size() && m_connections.at(index) == connection;
}

bool WsConnectionList::remove(WsConnection *connection)
{
    if (!contains(connection))
        return false;
    const qsizetype index = std::exchange(connection->d->serverIndex, -1);
    WsConnection *last = m_connections.takeLast();
    if (last != connection) {
        m_connections[index] = last;
        last->d->serverIndex = index;
    }
    return true;
}

/*!
    \class WsServer
    \inmodule WsKit
    \inheaderfile WsKit/WsServer
    \brief Listens for WebSockets, and answers plain HTTP on the same port.

    \code
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->broadcast(message); });
    });
    if (!server.listen(QHostAddress::LocalHost, 8080))
        qCritical() << server.errorString();
    \endcode

    Each client that connects goes this way:

    \list 1
    \li setConnectionFilter(): its address, before anything is read.
    \li TLS, where setSslConfiguration() was called.
    \li The rules of HTTP and of the opening handshake, \l maxConnections and
        \l maxConnectionsPerAddress. What fails here is answered with the HTTP status that fits.
    \li setRequestHandler(): the application's word, and answers other than a WebSocket.
    \li \l allowedOrigins: whether a page from elsewhere may connect.
    \li setConnectionHandler(), newConnection() and WsConnection::opened(), in this order.
    \endlist

    One that fails a step gets no further; from the second step on connectionRejected() tells.

    The server owns its connections and deletes each after WsConnection::closed(), from the event loop. A
    server that is deleted tells its clients Ws::GoingAway, as does close(), which also waits for them.

    All functions may only be called in the thread that the server lives in, which is that of its
    connections too.

    RFC 6455 §4.2.

    \sa WsConnection, WsRequest, WsResponse
*/

/*!
    \typedef WsServer::RequestHandler
    A function that answers a request at once; see setRequestHandler().
*/

/*!
    \typedef WsServer::AsyncRequestHandler
    A function that answers a request later; see setRequestHandler().
*/

/*!
    \typedef WsServer::ConnectionHandler
    A function that gets each new connection; see setConnectionHandler().
*/

/*!
    \typedef WsServer::ConnectionFilter
    A function that tells whether an address may connect; see setConnectionFilter().
*/

/*! Constructs a server that does not listen, with \a parent. */
WsServer::WsServer(QObject *parent)
    : QObject(parent),
      d(std::make_unique<WsServerPrivate>([this](qintptr descriptor) { acceptDescriptor(descriptor); }))
{
    d->listener.setListenBacklogSize(ListenBacklog);
    d->listener.setProxy(QNetworkProxy::NoProxy);
    d->retryTimer.setSingleShot(true);
    connect(&d->retryTimer, &QTimer::timeout, this, &WsServer::acceptAgain);
    connect(&d->listener, &QTcpServer::acceptError, this, &WsServer::onAcceptError);
}

/*!
    Stops listening and deletes all connections; clients are told Ws::GoingAway (1001). No signal tells
    of it.

    \sa close()
*/
WsServer::~WsServer()
{
    d->listener.close();
    const QList<WsConnection *> all = d->all();
    for (WsConnection *connection : all)
        connection->d->server = nullptr;
    // A slot of destroyed() may delete others.
    const QList<QPointer<WsConnection>> connections(all.begin(), all.end());
    for (const QPointer<WsConnection> &connection : connections)
        delete connection;
}

// --- listening

/*!
    Listens on \a address and \a port. The default is this machine alone, on a free port that
    serverPort() tells; QHostAddress::Any is every address of the machine, IPv4 and IPv6.

    Returns \c false where the server listens already, is still closing, or the system refuses, for
    example because another program has the port; errorString() tells.

    The properties \l host and \l port are not for this function but for \l listening.

    \sa close(), serverUrl()
*/
bool WsServer::listen(const QHostAddress &address, quint16 port)
{
    if (d->isClosing || isListening()) {
        d->errorString = d->isClosing ? QStringLiteral("the server is still closing")
                                      : QStringLiteral("the server is listening already");
        return false;
    }
    if (!d->listener.listen(address, port)) {
        d->errorString = d->listener.errorString();
        return false;
    }
    if (d->isAcceptingPaused)
        d->listener.pauseAccepting();
    Q_EMIT listeningChanged();
    return true;
}

/*!
    \property WsServer::listening
    \brief whether the server accepts connections.

    Set to \c true, it listens on \l host and \l port; what keeps it from doing so is told by
    errorOccurred(). While the server is still closing, it does so after closed(). Set to \c false, it is
    close().

    \sa listen()
*/
bool WsServer::isListening() const
{
    return d->listener.isListening();
}

void WsServer::setListening(bool listening)
{
    d->isListeningAgain = listening && d->isClosing;
    if (listening == isListening() || d->isListeningAgain)
        return;
    if (!listening) {
        close();
        return;
    }
    const QHostAddress address = d->host == QLatin1String("localhost") ? QHostAddress(QHostAddress::LocalHost)
                                                                       : QHostAddress(d->host);
    if (address.isNull())
        d->errorString = QStringLiteral("%1 is not an address").arg(d->host);
    if (address.isNull() || !listen(address, d->port))
        Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Network, d->errorString));
}

/*! Returns the address that the server listens on; null where it does not. */
QHostAddress WsServer::serverAddress() const
{
    return d->listener.serverAddress();
}

/*! Returns the port that the server listens on; 0 where it does not. */
quint16 WsServer::serverPort() const
{
    return d->listener.serverPort();
}

/*!
    \property WsServer::url
    \brief the URL at which a client on this machine reaches the server; empty where it does not listen.
*/

/*!
    Returns the value of the property \l url.
*/
QUrl WsServer::serverUrl() const
{
    if (!isListening())
        return {};
    QHostAddress address = serverAddress();
    if (address == QHostAddress::Any || address == QHostAddress::AnyIPv4)
        address = QHostAddress::LocalHost;
    else if (address == QHostAddress::AnyIPv6)
        address = QHostAddress::LocalHostIPv6;
    QUrl url;
    url.setScheme(d->sslConfiguration ? QStringLiteral("wss") : QStringLiteral("ws"));
    url.setHost(address.toString());
    url.setPort(serverPort());
    return url;
}

/*! Returns why the server does not listen or accept; see errorOccurred(). */
QString WsServer::errorString() const
{
    return d->errorString;
}

/*!
    Leaves new clients to the system, which lets them wait, until resumeAccepting() is called. Connections
    that are already here are not affected.
*/
void WsServer::pauseAccepting()
{
    d->isAcceptingPaused = true;
    if (d->listener.isListening())
        d->listener.pauseAccepting();
}

/*! Accepts clients again after pauseAccepting(). */
void WsServer::resumeAccepting()
{
    d->isAcceptingPaused = false;
    acceptAgain();
}

void WsServer::acceptAgain()
{
    if (d->listener.isListening() && !d->isAcceptingPaused)
        d->listener.resumeAccepting();
}

// Qt stops accepting by itself: the system has no descriptor left, say. One will be free later.
void WsServer::onAcceptError()
{
    d->errorString = d->listener.errorString();
    d->retryTimer.start(AcceptRetry);
    WsError error(Ws::ErrorKind::Network, d->errorString);
    error.setSocketError(d->listener.serverError());
    Q_EMIT errorOccurred(error);
}

// --- accepting

void WsServer::acceptDescriptor(qintptr descriptor)
{
    QAbstractSocket *socket = nullptr;
    if (d->sslConfiguration)
        socket = new QSslSocket;
    else
        socket = new QAbstractSocket(QAbstractSocket::TcpSocket, nullptr); // unbuffered, unlike QTcpSocket
    socket->setProxy(QNetworkProxy::NoProxy);
    if (!socket->setSocketDescriptor(descriptor)) {
        delete socket;
        return;
    }
    if (d->connectionFilter && !d->connectionFilter(wsUnmapped(socket->peerAddress()))) {
        socket->abort();
        socket->deleteLater();
        return;
    }
    auto *sslSocket = qobject_cast<QSslSocket *>(socket);
    if (!startConnection(socket, !sslSocket) || !sslSocket)
        return;
    sslSocket->setSslConfiguration(*d->sslConfiguration);
    sslSocket->startServerEncryption();
}

/*!
    Takes over \a socket, accepted elsewhere, as if a client had connected to this server, which need not
    listen. The socket must be connected, and nothing of the request may have been read from it; it may be
    a QSslSocket that is encrypted or about to be. The connection filter is not asked.

    Returns \c false, and leaves the socket to the caller, where it is not connected or the server is
    closing. Otherwise it is the server's, which deletes it.
*/
bool WsServer::handleConnection(QTcpSocket *socket)
{
    if (!socket || socket->state() != QAbstractSocket::ConnectedState || d->isClosing)
        return false;
    socket->setParent(nullptr);
    WsConnection *connection = startConnection(socket, false);
    const auto *sslSocket = qobject_cast<QSslSocket *>(socket);
    const bool isReady = !sslSocket || sslSocket->mode() == QSslSocket::UnencryptedMode || sslSocket->isEncrypted();
    if (connection && isReady) {
        connection->d->opening->onConnected();
        connection->pumpSoon();
    }
    return true;
}

WsHttpError WsServer::refusalFor(const QHostAddress &address) const
{
    const WsHeaders retryLater = {{"Retry-After", "5"}};
    if (d->maxConnections > 0 && d->open.count() + d->opening.count() >= d->maxConnections)
        return {503, QStringLiteral("the server has as many connections as it may have"), retryLater};
    if (d->maxConnectionsPerAddress > 0 && d->perAddress.value(address) >= d->maxConnectionsPerAddress)
        return {503, QStringLiteral("the address has as many connections as it may have"), retryLater};
    return {};
}

/*!
    Makes the object for a client that has connected, before its request is read. Reimplemented, it may
    return one of a subclass of WsConnection, without a parent; the server deletes it as any other.
*/
WsConnection *WsServer::createConnection()
{
    return new WsConnection;
}

WsConnection *WsServer::startConnection(QAbstractSocket *socket, bool isDirect)
{
    WsConnection *connection = createConnection();
    connection->d->server = this;
    connection->setOptions(d->options);
    connection->attachSocket(socket, isDirect);
    connection->storeAddresses();
    const QHostAddress address = connection->peerAddress();
    const WsHttpError refusal = refusalFor(address);
    if (refusal) {
        d->refused.add(connection);
    } else {
        d->opening.add(connection);
        ++d->perAddress[address];
    }
    if (refusal && d->refused.count() > MaxRefusals) {
        connection->startOpening();
        connection->abort();
        return nullptr;
    }
    connection->d->opening = std::make_unique<WsServerOpening>(connection, this, refusal);
    connection->startOpening();
    if (isDirect)
        connection->d->opening->onConnected();
    else if (auto *sslSocket = qobject_cast<QSslSocket *>(socket))
        connect(sslSocket, &QSslSocket::encrypted, connection, [connection] {
            if (connection->d->opening)
                connection->d->opening->onConnected();
        });
    return connection;
}

void WsServer::addConnection(WsConnection *connection)
{
    d->opening.remove(connection);
    d->open.add(connection);
    if (d->isClosing) {
        connection->close(Ws::GoingAway);
        return;
    }
    WsLifeGuard guard(connection->d.get());
    if (const auto handler = d->connectionHandler)
        handler(connection);
    if (guard)
        Q_EMIT newConnection(connection);
    if (guard)
        Q_EMIT connectionCountChanged();
}

void WsServer::removeConnection(WsConnection *connection)
{
    forget(connection);
    connection->deleteLater();
}

void WsServer::forget(WsConnection *connection)
{
    connection->d->server = nullptr;
    const bool wasOpen = d->open.remove(connection);
    if (wasOpen || d->opening.remove(connection)) {
        const auto address = d->perAddress.find(connection->peerAddress());
        if (address != d->perAddress.end() && --*address == 0)
            d->perAddress.erase(address);
    } else {
        d->refused.remove(connection);
    }
    if (d->retryTimer.isActive())
        acceptAgain();
    const QPointer<WsServer> self(this);
    if (wasOpen)
        Q_EMIT connectionCountChanged();
    if (self)
        finishClosing();
}

// --- closing

/*!
    Stops listening and closes all connections with Ws::GoingAway (1001); those that are still opening are
    cut. closed() follows when the last one has gone, at the latest WsOptions::closeTimeout() later, or from
    within the call where there is none.

    Does nothing where the server neither listens nor has connections.

    RFC 6455 §7.1.2.
*/
void WsServer::close()
{
    const bool wasListening = isListening();
    if (d->isClosing || (!wasListening && d->isEmpty()))
        return;
    d->isClosing = true;
    d->listener.close();
    d->retryTimer.stop();
    const QPointer<WsServer> self(this);
    if (wasListening)
        Q_EMIT listeningChanged();
    QList<QPointer<WsConnection>> connections;
    if (self) {
        const QList<WsConnection *> all = d->all();
        connections = QList<QPointer<WsConnection>>(all.begin(), all.end());
    }
    for (const QPointer<WsConnection> &connection : std::as_const(connections)) {
        if (connection && !connection->close(Ws::GoingAway) && connection->state() != Ws::Closing)
            connection->abort();
    }
    if (self)
        finishClosing();
}

void WsServer::finishClosing()
{
    if (!d->isClosing || !d->isEmpty())
        return;
    d->isClosing = false;
    const QPointer<WsServer> self(this);
    Q_EMIT closed();
    if (self && std::exchange(d->isListeningAgain, false))
        setListening(true);
}

// --- sending

/*!
    \overload
    Sends the prepared \a message to all but \a except.
*/
int WsServer::broadcast(const WsPreparedMessage &message, const WsConnection *except)
{
    if (message.isNull())
        return 0;
    int reached = 0;
    // A copy: what is sent may end a connection, and so change the list.
    const QList<WsConnection *> connections = d->open.all();
    for (WsConnection *connection : connections) {
        if (connection != except && connection->inBroadcasts() && connection->send(message))
            ++reached;
    }
    return reached;
}

/*!
    Sends \a message to every open connection but \a except, and returns to how many. It is encoded once.

    Left out are connections with WsConnection::inBroadcasts \c false, and those on which more than
    WsOptions::maxBufferedAmount() would wait: they miss the message. 0 is also returned where a text is not
    UTF-8.

    \sa WsConnection::broadcast()
*/
int WsServer::broadcast(const WsMessage &message, const WsConnection *except)
{
    return broadcast(WsPreparedMessage(message), except);
}

/*!
    \overload
    Sends \a text to all but \a except.
*/
int WsServer::broadcast(const QString &text, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(text), except);
}

/*!
    \overload
    Sends \a data as a binary message to all but \a except.
*/
int WsServer::broadcast(const QByteArray &data, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::binary(data), except);
}

/*!
    \overload
    Sends the null-terminated text \a utf8 to all but \a except.
*/
int WsServer::broadcast(const char *utf8, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(utf8), except);
}

// --- properties

/*!
    Returns the connections that have opened and not yet ended, those that are closing included, in no
    particular order.
*/
QList<WsConnection *> WsServer::connections() const
{
    return d->open.all();
}

/*!
    \property WsServer::connectionCount
    \brief how many connections there are, as connections() has them.

    It changes after newConnection() and after the connection's closed().
*/
int WsServer::connectionCount() const
{
    return d->open.count();
}

/*!
    \property WsServer::host
    \brief the address for \l listening, as \c 127.0.0.1, the default, \c localhost, \c 0.0.0.0 or \c {::}.

    By default only programs on this machine reach the server. Other names than \c localhost are not
    looked up. A change takes effect when listening is set anew.
*/
QString WsServer::host() const
{
    return d->host;
}

void WsServer::setHost(const QString &host)
{
    if (setIfChanged(d->host, host))
        Q_EMIT hostChanged();
}

/*!
    \property WsServer::port
    \brief the port for \l listening; 0, the default, is a free one, which serverPort() and \l url tell.
*/
quint16 WsServer::port() const
{
    return d->port;
}

void WsServer::setPort(quint16 port)
{
    if (setIfChanged(d->port, port))
        Q_EMIT portChanged();
}

/*!
    \property WsServer::options
    \brief the limits and timeouts that a connection begins with; those that are here keep theirs.

    \sa WsConnection::options
*/
WsOptions WsServer::options() const
{
    return d->options;
}

void WsServer::setOptions(const WsOptions &options)
{
    if (setIfChanged(d->options, options))
        Q_EMIT optionsChanged();
}

/*!
    \property WsServer::subprotocols
    \brief the subprotocols that the server speaks, in order of preference; none by default.

    The first one that the client offers too is agreed on, unless the request handler chooses. Without one
    in common the connection opens with none, and the client decides whether to go on.

    RFC 6455 §4.2.2.
*/
QStringList WsServer::subprotocols() const
{
    return d->subprotocols;
}

void WsServer::setSubprotocols(const QStringList &subprotocols)
{
    if (setIfChanged(d->subprotocols, subprotocols))
        Q_EMIT subprotocolsChanged();
}

/*!
    \property WsServer::maxConnections
    \brief how many connections there may be at a time, those in their opening handshake included; 0, the
    default, is no limit.

    One more is answered with the HTTP status 503 and \c Retry-After; when too many of those wait for
    their answer as well, they are cut without one.
*/
int WsServer::maxConnections() const
{
    return d->maxConnections;
}

void WsServer::setMaxConnections(int count)
{
    if (setIfChanged(d->maxConnections, qMax(0, count)))
        Q_EMIT maxConnectionsChanged();
}

/*!
    \property WsServer::maxConnectionsPerAddress
    \brief the same as \l maxConnections for each address that clients come from; 0, the default, is no
    limit.

    Behind a proxy all clients have its address.
*/
int WsServer::maxConnectionsPerAddress() const
{
    return d->maxConnectionsPerAddress;
}

void WsServer::setMaxConnectionsPerAddress(int count)
{
    if (setIfChanged(d->maxConnectionsPerAddress, qMax(0, count)))
        Q_EMIT maxConnectionsPerAddressChanged();
}

/*!
    \property WsServer::allowedOrigins
    \brief the origins of pages that may connect, as \c {https://example.com}; \c * allows all.

    Empty, the default, allows pages of this very server: their origin must be that of the request's Host
    header. Requests without an origin do not come from browsers and pass. Others are answered with the
    HTTP status 403.

    This is what keeps a page that a user happens to visit from using a server in his network, or his
    session with another site: browsers let every page open a WebSocket to anywhere.

    RFC 6455 §10.2.
*/
QStringList WsServer::allowedOrigins() const
{
    return d->allowedOrigins;
}

void WsServer::setAllowedOrigins(const QStringList &origins)
{
    if (setIfChanged(d->allowedOrigins, origins))
        Q_EMIT allowedOriginsChanged();
}

/*!
    Has the server speak TLS (\c wss) with the connections that it accepts from now on, by
    \a configuration, which needs a local certificate with its private key. A null one brings plain
    connections back.

    To demand certificates of the clients, set its peer verify mode to QSslSocket::VerifyPeer and their
    authority as CA certificate; WsConnection::sslConfiguration() then has the client's. Qt's default,
    QSslSocket::AutoVerifyPeer, becomes QSslSocket::VerifyNone: merely asked for a certificate, a browser
    gives up a WebSocket to any server but the page's own.

    \code
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificateChain(QSslCertificate::fromPath(QStringLiteral("server.crt")));
    tls.setPrivateKey(QSslKey(&keyFile, QSsl::Rsa));
    server.setSslConfiguration(tls);
    \endcode
*/
void WsServer::setSslConfiguration(const QSslConfiguration &configuration)
{
    if (configuration.isNull()) {
        d->sslConfiguration.reset();
        return;
    }
    d->sslConfiguration = configuration;
    if (configuration.peerVerifyMode() == QSslSocket::AutoVerifyPeer)
        d->sslConfiguration->setPeerVerifyMode(QSslSocket::VerifyNone);
}

/*! Returns what setSslConfiguration() has set; null for plain connections. */
QSslConfiguration WsServer::sslConfiguration() const
{
    return d->sslConfiguration.value_or(QSslConfiguration());
}

/*!
    \fn template <typename Handler> void WsServer::setRequestHandler(Handler handler)
    Has every request, for a WebSocket or plain HTTP, answered by \a handler, a function that takes a
    WsRequest and returns a WsResponse or a \c QFuture<WsResponse>; \c nullptr is none.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/chat" ? WsResponse::accept() : WsResponse::notFound();
    });
    \endcode

    It is called in the server's thread, for requests that keep to the rules, before anything is answered.
    A future may take until WsOptions::handshakeTimeout(); then the client gets 503, and 500 where it
    brings no result or an answer that cannot be sent, which errorOccurred() tells.

    Without a handler every path is a WebSocket, and plain HTTP is answered with 426. Each connection
    serves one request.

    RFC 6455 §4.2.2.
*/
void WsServer::setSyncRequestHandler(RequestHandler handler)
{
    d->requestHandler = std::move(handler);
    d->asyncRequestHandler = nullptr;
}

void WsServer::setAsyncRequestHandler(AsyncRequestHandler handler)
{
    d->asyncRequestHandler = std::move(handler);
    d->requestHandler = nullptr;
}

/*!
    Has \a handler called with each new connection, just before newConnection() and before its first
    message is read; an empty one is none.
*/
void WsServer::setConnectionHandler(ConnectionHandler handler)
{
    d->connectionHandler = std::move(handler);
}

/*!
    Has \a filter asked with the address of each client before a byte is read and before TLS; where it
    returns \c false the client is cut without an answer, and no signal tells. An empty one is none.

    On a server that listens on QHostAddress::Any an IPv4 address may come as an IPv6 one (RFC 4291
    §2.5.5.2); QHostAddress::isEqual() compares both alike.
*/
void WsServer::setConnectionFilter(ConnectionFilter filter)
{
    d->connectionFilter = std::move(filter);
}

// --- signals

/*!
    \fn void WsServer::newConnection(WsConnection *connection)
    A client has connected: \a connection is open, and its first message is not read before the slots
    connected to this signal have returned.

    It belongs to the server, which deletes it after WsConnection::closed().
*/

/*!
    \fn void WsServer::connectionRejected(const WsError &error, const QHostAddress &address)
    The client at \a address got no WebSocket, for the reason \a error: the request broke a rule, was
    refused with a status from 400 on, did not come in time, or TLS failed. WsError::httpStatus() is what
    it was answered.

    It is for logs and counters; there is nothing to do about it.
*/

/*!
    \fn void WsServer::errorOccurred(const WsError &error)
    Something is wrong with the server itself, as \a error tells: it cannot listen as \l listening was set
    to, cannot accept because the system has no descriptor left (it tries again each second), or the request
    handler's answer could not be sent.
*/

/*!
    \fn void WsServer::closed()
    The last connection has gone after close().
*/
