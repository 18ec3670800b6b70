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

WsServer::~WsServer()
{
    d->listener.close();
    const QList<WsConnection *> connections = d->open.all() + d->opening.all();
    for (WsConnection *connection : connections)
        connection->d->server = nullptr;
    qDeleteAll(connections);
}

// --- listening

bool WsServer::listen(const QHostAddress &address, quint16 port)
{
    if (d->isClosing) {
        d->errorString = QStringLiteral("the server is still closing");
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

bool WsServer::isListening() const
{
    return d->listener.isListening();
}

void WsServer::setListening(bool listening)
{
    if (listening == isListening())
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

QHostAddress WsServer::serverAddress() const
{
    return d->listener.serverAddress();
}

quint16 WsServer::serverPort() const
{
    return d->listener.serverPort();
}

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

QString WsServer::errorString() const
{
    return d->errorString;
}

void WsServer::pauseAccepting()
{
    d->isAcceptingPaused = true;
    d->listener.pauseAccepting();
}

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
    if (d->connectionFilter && !d->connectionFilter(socket->peerAddress())) {
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
        QMetaObject::invokeMethod(connection, &WsConnection::pump, Qt::QueuedConnection);
    }
    return connection != nullptr;
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

WsConnection *WsServer::startConnection(QAbstractSocket *socket, bool isDirect)
{
    auto *connection = new WsConnection(std::make_unique<WsConnectionPrivate>(WsRole::Server), nullptr);
    connection->d->server = this;
    connection->setOptions(d->options);
    connection->attachSocket(socket, isDirect);
    connection->storeAddresses();
    const QHostAddress address = connection->peerAddress();
    const WsHttpError refusal = refusalFor(address);
    d->opening.add(connection);
    ++d->perAddress[address];
    if (refusal && d->opening.count() > d->maxConnections + MaxRefusals) {
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
    if (!wasOpen)
        d->opening.remove(connection);
    const auto address = d->perAddress.find(connection->peerAddress());
    if (address != d->perAddress.end() && --*address == 0)
        d->perAddress.erase(address);
    if (d->retryTimer.isActive())
        acceptAgain();
    const QPointer<WsServer> self(this);
    if (wasOpen)
        Q_EMIT connectionCountChanged();
    if (self)
        finishClosing();
}

// --- closing

void WsServer::close()
{
    const bool wasListening = isListening();
    if (d->isClosing || (!wasListening && d->open.count() + d->opening.count() == 0))
        return;
    d->isClosing = true;
    d->listener.close();
    d->retryTimer.stop();
    const QPointer<WsServer> self(this);
    if (wasListening)
        Q_EMIT listeningChanged();
    QList<QPointer<WsConnection>> connections;
    if (self) {
        const QList<WsConnection *> all = d->open.all() + d->opening.all();
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
    if (!d->isClosing || d->open.count() + d->opening.count() > 0)
        return;
    d->isClosing = false;
    Q_EMIT closed();
}

// --- sending

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

int WsServer::broadcast(const WsMessage &message, const WsConnection *except)
{
    return broadcast(WsPreparedMessage(message), except);
}

int WsServer::broadcast(const QString &text, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(text), except);
}

int WsServer::broadcast(const QByteArray &data, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::binary(data), except);
}

int WsServer::broadcast(const char *utf8, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(utf8), except);
}

// --- properties

QList<WsConnection *> WsServer::connections() const
{
    return d->open.all();
}

int WsServer::connectionCount() const
{
    return d->open.count();
}

QString WsServer::host() const
{
    return d->host;
}

void WsServer::setHost(const QString &host)
{
    if (setIfChanged(d->host, host))
        Q_EMIT hostChanged();
}

quint16 WsServer::port() const
{
    return d->port;
}

void WsServer::setPort(quint16 port)
{
    if (setIfChanged(d->port, port))
        Q_EMIT portChanged();
}

WsOptions WsServer::options() const
{
    return d->options;
}

void WsServer::setOptions(const WsOptions &options)
{
    if (setIfChanged(d->options, options))
        Q_EMIT optionsChanged();
}

QStringList WsServer::subprotocols() const
{
    return d->subprotocols;
}

void WsServer::setSubprotocols(const QStringList &subprotocols)
{
    if (setIfChanged(d->subprotocols, subprotocols))
        Q_EMIT subprotocolsChanged();
}

int WsServer::maxConnections() const
{
    return d->maxConnections;
}

void WsServer::setMaxConnections(int count)
{
    if (setIfChanged(d->maxConnections, qMax(0, count)))
        Q_EMIT maxConnectionsChanged();
}

int WsServer::maxConnectionsPerAddress() const
{
    return d->maxConnectionsPerAddress;
}

void WsServer::setMaxConnectionsPerAddress(int count)
{
    if (setIfChanged(d->maxConnectionsPerAddress, qMax(0, count)))
        Q_EMIT maxConnectionsPerAddressChanged();
}

QStringList WsServer::allowedOrigins() const
{
    return d->allowedOrigins;
}

void WsServer::setAllowedOrigins(const QStringList &origins)
{
    if (setIfChanged(d->allowedOrigins, origins))
        Q_EMIT allowedOriginsChanged();
}

void WsServer::setSslConfiguration(const QSslConfiguration &configuration)
{
    if (configuration.isNull())
        d->sslConfiguration.reset();
    else
        d->sslConfiguration = configuration;
}

QSslConfiguration WsServer::sslConfiguration() const
{
    return d->sslConfiguration.value_or(QSslConfiguration());
}

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

void WsServer::setConnectionHandler(ConnectionHandler handler)
{
    d->connectionHandler = std::move(handler);
}

void WsServer::setConnectionFilter(ConnectionFilter filter)
{
    d->connectionFilter = std::move(filter);
}
