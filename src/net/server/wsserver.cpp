// SPDX-License-Identifier: MIT
#include <WsKit/wsserver.h>

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserver_p.h"
#include "net/socket/wstlsfiles.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/socket.h>
#endif

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

    Functions may only be called in the thread that the server lives in, but broadcast(), publish(),
    subscribe(), unsubscribe(), topics() and subscriberCount() in any. Connections live in the same thread,
    unless there is a \l threadCount.

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
      d(std::make_unique<WsServerPrivate>(this, [this](qintptr descriptor) { acceptDescriptor(descriptor); }))
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
    stopThreads();
    d->isAlive.reset();
    d->ownThread.deleteAll();
}

// Has \a task called in the server's thread: at once where it is the current one.
void WsServer::run(std::function<void()> task)
{
    if (d->ownThread.isCurrent()) {
        task();
        return;
    }
    d->ownThread.run([isAlive = std::weak_ptr<bool>(d->isAlive), task = std::move(task)] {
        if (isAlive.lock())
            task();
    });
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
    startThreads();
    if (d->isAcceptingPaused)
        d->listener.pauseAccepting();
    Q_EMIT listeningChanged();
    return true;
}

void WsServer::startThreads()
{
    d->ownThread.useCurrentThread();
    if (int(d->threads->size()) == d->threadCount)
        return;
    stopThreads(); // which none of the connections lives in
    WsServerThreads threads;
    for (int number = 1; number <= d->threadCount; ++number) {
        threads.push_back(std::make_shared<WsServerThread>(this));
        threads.back()->startThread(number);
    }
    d->setThreads(std::move(threads));
}

void WsServer::stopThreads()
{
    const std::shared_ptr<const WsServerThreads> threads = d->threads;
    d->setThreads({});
    for (const auto &thread : *threads)
        thread->stop();
}

/*!
    \property WsServer::threadCount
    \brief how many threads of its own the server spreads its connections over; 0, the default, is the
    server's own thread.

    Each thread has its own event loop, on Linux with a WsEventDispatcher, and a client stays in the one that
    had the fewest when it came. setConnectionHandler()'s function is called there, and all signals of a
    connection come from there: a slot of an object in another thread is called by that thread's event loop,
    as always in Qt, and what it sends is passed on (see WsConnection). The server's own signals come from its
    own thread, where also the request handler and the connection filter are called. No message is read before
    every slot of newConnection() has returned. A connection is deleted only behind what the server's thread
    has been told of it: in that thread it may be used until control returns to the event loop. Elsewhere use
    it in slots of its own signals. A program that deletes one itself, in its thread, sees to it that the
    server's thread does not use it; WsConnection::abort() does the same and leaves the deletion to the
    server.

    As many threads as the machine has cores (QThread::idealThreadCount()) serve the most; below a few
    thousand messages a second, one is enough. It takes effect with the next listen() that finds the server
    without connections. handleConnection() always takes the server's own thread. A subclass's
    createConnection() is called in these threads: delete such a server behind closed().

    The destructor, and the listen() that changes the number, wait for these threads: a slot there that waits
    for the server's thread, as by Qt::BlockingQueuedConnection, would do so for ever. The server is to be
    deleted before its own thread ends. What handlers hold may be destroyed in any of the threads. QML cannot
    use objects of other threads.
*/
int WsServer::threadCount() const
{
    return d->threadCount;
}

void WsServer::setThreadCount(int count)
{
    if (setIfChanged(d->threadCount, qMax(0, count)))
        Q_EMIT threadCountChanged();
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
    const QHostAddress address =
        d->host == QLatin1String("localhost") ? QHostAddress(QHostAddress::LocalHost) : QHostAddress(d->host);
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
    url.setScheme(d->settings->sslConfiguration ? QStringLiteral("wss") : QStringLiteral("ws"));
    url.setHost(address.toString());
    url.setPort(serverPort());
    return url;
}

/*!
    Returns why the server does not listen or accept, see errorOccurred(), or why a function returned \c false.
*/
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

namespace {
QHostAddress peerOf(qintptr descriptor)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    auto *address = reinterpret_cast<sockaddr *>(&storage);
    return ::getpeername(decltype(::socket(0, 0, 0))(descriptor), address, &size) == 0 ? QHostAddress(address)
                                                                                       : QHostAddress();
}

void cut(qintptr descriptor)
{
    QAbstractSocket socket(QAbstractSocket::TcpSocket, nullptr);
    socket.setSocketDescriptor(descriptor);
    socket.abort();
}
} // namespace

void WsServer::acceptDescriptor(qintptr descriptor)
{
    WsAcceptedClient client;
    client.descriptor = descriptor;
    client.address = wsUnmapped(peerOf(descriptor));
    if ((d->connectionFilter && !d->connectionFilter(client.address)) || !admit(&client)) {
        cut(descriptor);
        return;
    }
    WsServerThread *const thread = nextThread();
    ++thread->load;
    thread->run([thread, client] { thread->accept(client); });
}

// Counts it in, or to those that are told that there are too many; false where even these are.
bool WsServer::admit(WsAcceptedClient *client)
{
    client->settings = d->settings;
    client->refusal = refusalFor(client->address);
    if (client->refusal && d->refused >= MaxRefusals)
        return false;
    if (client->refusal) {
        ++d->refused;
    } else {
        ++d->admitted;
        ++d->perAddress[client->address];
    }
    return true;
}

WsServerThread *WsServer::nextThread() const
{
    const auto hasLess = [](const auto &one, const auto &other) { return one->load < other->load; };
    const auto least = std::min_element(d->threads->begin(), d->threads->end(), hasLess);
    return least == d->threads->end() ? &d->ownThread : least->get();
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
    WsAcceptedClient client;
    client.address = wsUnmapped(socket->peerAddress());
    d->ownThread.useCurrentThread();
    socket->setParent(nullptr);
    if (!admit(&client)) {
        socket->abort();
        socket->deleteLater();
        return true;
    }
    ++d->ownThread.load;
    WsConnection *connection = d->ownThread.start(socket, false, client);
    const auto *sslSocket = qobject_cast<QSslSocket *>(socket);
    const bool isReady =
        !sslSocket || sslSocket->mode() == QSslSocket::UnencryptedMode || sslSocket->isEncrypted();
    if (connection && isReady) {
        connection->d->opening->onConnected();
        connection->pumpSoon();
    }
    return true;
}

WsHttpError WsServer::refusalFor(const QHostAddress &address) const
{
    const WsHeaders retryLater = {{"Retry-After", "5"}};
    if (d->maxConnections > 0 && d->admitted >= d->maxConnections)
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

void WsServer::announce(WsConnection *connection)
{
    const QPointer<WsServer> self(this);
    Q_EMIT newConnection(connection);
    if (self)
        Q_EMIT connectionCountChanged();
}

void WsServer::onRemoved(const WsRemovedClient &client, WsServerThread *thread)
{
    --thread->load;
    if (client.wasRefused) {
        --d->refused;
    } else {
        --d->admitted;
        const auto address = d->perAddress.find(client.address);
        if (address != d->perAddress.end() && --*address == 0)
            d->perAddress.erase(address);
    }
    d->elsewhere.remove(client.connection);
    if (d->retryTimer.isActive())
        acceptAgain();
    const QPointer<WsServer> self(this);
    if (client.wasOpen)
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
    if (!self)
        return;
    for (const auto &thread : *d->threads)
        thread->run([thread = thread.get()] { thread->closeAll(); });
    d->ownThread.closeAll();
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

// --- properties

template <typename T>
void WsServer::setSetting(T WsServerSettings::*member, T value)
{
    auto changed = std::make_shared<WsServerSettings>(*d->settings);
    (*changed).*member = std::move(value);
    d->settings = std::move(changed);
}

template <typename T>
bool WsServer::changeSetting(T WsServerSettings::*member, const T &value)
{
    if ((*d->settings).*member == value)
        return false;
    setSetting(member, value);
    return true;
}

/*!
    Returns the connections that have opened and not yet ended, those that are closing included, in no
    particular order.
*/
QList<WsConnection *> WsServer::connections() const
{
    return d->ownThread.openConnections() + d->elsewhere.values();
}

/*!
    \property WsServer::connectionCount
    \brief how many connections there are, as connections() has them.

    It changes after newConnection() and after the connection's closed().
*/
int WsServer::connectionCount() const
{
    return d->ownThread.openCount() + int(d->elsewhere.size());
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
    return d->settings->options;
}

void WsServer::setOptions(const WsOptions &options)
{
    if (changeSetting(&WsServerSettings::options, options))
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
    return d->settings->subprotocols;
}

void WsServer::setSubprotocols(const QStringList &subprotocols)
{
    if (changeSetting(&WsServerSettings::subprotocols, subprotocols))
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
    return d->settings->allowedOrigins;
}

void WsServer::setAllowedOrigins(const QStringList &origins)
{
    if (changeSetting(&WsServerSettings::allowedOrigins, origins))
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

    \sa setLocalCertificate(), setCaCertificates()
*/
void WsServer::setSslConfiguration(const QSslConfiguration &configuration)
{
    std::optional<QSslConfiguration> used;
    if (!configuration.isNull())
        used = configuration;
    if (used && used->peerVerifyMode() == QSslSocket::AutoVerifyPeer)
        used->setPeerVerifyMode(QSslSocket::VerifyNone);
    setSetting(&WsServerSettings::sslConfiguration, used);
    d->pendingTls.reset();
}

/*!
    Returns the configuration that setSslConfiguration(), setLocalCertificate() and setCaCertificates() have set;
    null for plain connections.
*/
QSslConfiguration WsServer::sslConfiguration() const
{
    return d->settings->sslConfiguration.value_or(QSslConfiguration());
}

/*!
    Requires clients that connect from now on to have a certificate issued by one of the authorities whose
    certificates \a pemFile contains. If the server does not use TLS yet, this takes effect with
    setLocalCertificate(). A path that begins with \c {:/} is that of a resource.

    Returns \c false and changes nothing if the file cannot be used; errorString() then names the file and the
    problem. All other settings of setSslConfiguration() stay: with QSslSocket::QueryPeer clients are asked for a
    certificate but may connect without one.

    \sa setLocalCertificate()
*/
bool WsServer::setCaCertificates(const QString &pemFile)
{
    QSslConfiguration changed = d->tls();
    if (const QString problem = wsLoadCaCertificates(pemFile, &changed); !problem.isEmpty()) {
        d->errorString = problem;
        return false;
    }
    if (changed.peerVerifyMode() != QSslSocket::QueryPeer)
        changed.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (d->settings->sslConfiguration)
        setSslConfiguration(changed);
    else
        d->pendingTls = changed;
    return true;
}

/*!
    Uses TLS (\c wss) for the connections that the server accepts from now on, with this certificate and private
    key.

    \code
    if (!server.setLocalCertificate(QStringLiteral("server.crt"), QStringLiteral("server.key")))
        qCritical() << server.errorString();
    \endcode

    \a pemFile contains the server's certificate, followed by the certificates of the authorities between it and
    the one that clients trust, each after the certificate that it has issued. \a keyFile contains the private
    key; if it is empty, the key is in \a pemFile too. A path that begins with \c {:/} is that of a resource.

    RSA, EC and DSA keys are supported, in PKCS #8 and in OpenSSL's older format. \a passPhrase decrypts the key
    if it is encrypted. Ed25519 and Ed448 keys need a Qt that uses OpenSSL 3 as a shared library.

    Returns \c false and changes nothing if a file cannot be used or the key does not match the certificate;
    errorString() then names the file and the problem. Dates are not checked: clients refuse an expired certificate.
    All other settings of setSslConfiguration() stay.

    \sa setCaCertificates()
*/
bool WsServer::setLocalCertificate(const QString &pemFile, const QString &keyFile,
                                   const QByteArray &passPhrase)
{
    QSslConfiguration changed = d->tls();
    if (const QString problem = wsLoadLocalCertificate(pemFile, keyFile, passPhrase, &changed);
        !problem.isEmpty()) {
        d->errorString = problem;
        return false;
    }
    setSslConfiguration(changed);
    return true;
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
    setSetting(&WsServerSettings::requestHandler, std::move(handler));
    setSetting(&WsServerSettings::asyncRequestHandler, AsyncRequestHandler());
}

void WsServer::setAsyncRequestHandler(AsyncRequestHandler handler)
{
    setSetting(&WsServerSettings::asyncRequestHandler, std::move(handler));
    setSetting(&WsServerSettings::requestHandler, RequestHandler());
}

/*!
    Has \a handler called with each new connection, in the connection's thread, just before newConnection()
    and before its first message is read; an empty one is none. With a \l threadCount it may be called by
    several threads at a time.
*/
void WsServer::setConnectionHandler(ConnectionHandler handler)
{
    setSetting(&WsServerSettings::connectionHandler, std::move(handler));
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
