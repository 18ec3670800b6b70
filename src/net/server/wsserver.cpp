// SPDX-License-Identifier: MIT
#include <WsKit/wsserver.h>

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserver_p.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qmetaobject.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpsocket.h>

/*!
    \class WsServer
    \inmodule WsKit
    \inheaderfile WsKit/WsServer
    \brief Accepts WebSockets, and answers plain HTTP on the same port.

    \code
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->broadcast(message); });
    });
    if (!server.listen(QHostAddress::LocalHost, 8080))
        qCritical() << server.errorString();
    \endcode

    Each client that connects passes these steps:

    \list 1
    \li setConnectionFilter(): its address is checked before anything is read, or later if it comes through one
        of \l trustedProxies.
    \li TLS, if setSslConfiguration() or setLocalCertificate() was called.
    \li The rules of HTTP and of the opening handshake, \l allowedHosts, \l maxConnections and
        \l maxConnectionsPerAddress. If a check fails, the client is answered with a matching HTTP status.
    \li setRequestFilter() and setRequestHandler(): the application decides, and can answer with something
        other than a WebSocket.
    \li \l allowedOrigins: whether a page of another origin may connect.
    \li setConnectionHandler(), newConnection() and WsConnection::opened(), in this order.
    \endlist

    A client that fails a step gets no further. From the second step on, connectionRejected() is emitted. Each
    client that is refused, answered over HTTP or accepted is logged as one line in the category
    \c wskit.handshake, which \c {QT_LOGGING_RULES="wskit.handshake=true"} switches on. The line contains the
    client's address, the HTTP status and the reason. It contains no query, no user name or password, and of the
    headers only those that the reason is about, such as Host and Origin.

    The server owns its connections and deletes each of them from the event loop after WsConnection::closed(),
    unless the program takes them over with nextPendingConnection() (see \l maxPendingConnections). A server that
    is deleted sends its clients Ws::GoingAway. close() does so too, and waits for them.

    The functions of a server may be called from any thread, as long as the server is not deleted in the
    meantime. What another thread sets is set by the server's own thread, in the order of the calls. listen(),
    listenOn(), listenFromSystemd(), handleConnection(), connections(), nextPendingConnection(),
    waitForConnection(), setLocalCertificate(), addLocalCertificate(), setCaCertificates() and
    reloadCertificates() can only be used in the server's own thread: in other threads they return \c false,
    \c nullptr or an empty list, and errorString() says so.
    Connections live in the server's thread unless \l threadCount is set.

    QObject::moveToThread() moves a server, also while it listens, together with the connections that live in
    its thread. A single connection can be moved to any thread, for example in a slot of newConnection(). It
    still counts, and still gets broadcasts and what is published to its topics. The server must be deleted
    before its own thread ends.

    RFC 6455 §4.2.

    \sa WsConnection, WsRequest, WsResponse
*/

/*!
    \typedef WsServer::RequestHandler
    A function that answers a request immediately; see setRequestHandler().
*/

/*!
    \typedef WsServer::AsyncRequestHandler
    A function that answers a request later; see setRequestHandler().
*/

/*!
    \typedef WsServer::RequestFilter
    A function that is asked before the request handler; see setRequestFilter().
*/

/*!
    \typedef WsServer::ConnectionHandler
    A function that is called with each new connection; see setConnectionHandler().
*/

/*!
    \typedef WsServer::ConnectionFilter
    A function that returns whether an address may connect; see setConnectionFilter().
*/

/*! Constructs a server with the given \a parent. It does not listen yet. */
WsServer::WsServer(QObject *parent) : QObject(parent), d(std::make_unique<WsServerPrivate>(this)) { }

/*!
    Stops listening and deletes all connections. Clients are sent Ws::GoingAway (1001). No signal is emitted.

    \sa close()
*/
WsServer::~WsServer()
{
    d->end();
}

/*! \reimp */
bool WsServer::event(QEvent *event)
{
    if (event->type() == QEvent::ThreadChange)
        d->leaveThread();
    else if (WsTurnMember::isArrival(this, event))
        return d->isOwnThread();
    return QObject::event(event);
}

// --- listening

/*!
    \property WsServer::threadCount
    \brief the number of threads of its own that the server spreads its connections over. The default is 0:
    all connections live in the server's own thread.

    Each thread has an event loop of its own, on Linux with a WsEventDispatcher. A client stays in the thread
    that had the fewest clients when it connected. The connection handler is called in that thread, and all
    signals of the connection are emitted there. A slot of an object in another thread is called by the event
    loop of that thread, as always in Qt, and messages that the slot sends are passed on (see WsConnection).
    The server emits its own signals in its own thread, where it also calls the request handler and the
    connection filter.

    No message is read before all slots of newConnection() have returned. A connection is deleted only after
    the server's thread has processed all signals about it, so a slot in the server's thread may use it until
    control returns to the event loop. In other threads, use it only in slots of its own signals. A program
    that deletes a connection itself, in the connection's thread, must make sure that the server's thread does
    not use it. WsConnection::abort() has the same effect and leaves the deletion to the server.

    As many threads as the machine has cores (QThread::idealThreadCount()) give the highest throughput; for
    less than a few thousand messages a second, one is enough. A change takes effect with the next listen()
    for which the server has no connections in these threads. handleConnection() always uses the server's own
    thread. createConnection() of a subclass is called in these threads; delete such a server after closed().

    The destructor, and the listen() that changes the number, wait for these threads. If a slot there waits
    for the server's thread, for example with Qt::BlockingQueuedConnection, both wait forever. The server must
    be deleted before its own thread ends. The objects that handlers hold may be destroyed in any of the
    threads. QML cannot use objects of other threads.
*/
int WsServer::threadCount() const
{
    return d->read(d->threadCount);
}

void WsServer::setThreadCount(int count)
{
    d->run([this, count](WsServerPrivate &) {
        if (d->storeChange(d->threadCount, qMax(0, count)))
            Q_EMIT threadCountChanged();
    });
}

/*!
    Returns why the server does not listen or accept, see errorOccurred(), or why a function returned
    \c false.
*/
QString WsServer::errorString() const
{
    const QMutexLocker locker(&d->home->mutex());
    return d->errorString;
}

/*!
    Stops accepting clients until resumeAccepting() is called. The system lets new clients wait in the
    meantime. Existing connections are not affected.
*/
void WsServer::pauseAccepting()
{
    d->run([](WsServerPrivate &server) { server.listeners.setStopped(WsListener::Stop::Paused, true); });
}

/*! Accepts clients again after pauseAccepting(). */
void WsServer::resumeAccepting()
{
    d->run([](WsServerPrivate &server) { server.listeners.setStopped(WsListener::Stop::Paused, false); });
}

// --- accepting

/*!
    Takes over \a socket, which was accepted elsewhere, as if a client had connected to this server. The
    server need not listen. The socket must be connected, it must live in the server's thread, and nothing of
    the request may have been read from it. It may be a QSslSocket that is encrypted or about to be. The
    connection filter is not called.

    Returns \c false and leaves the socket to the caller if it is not connected, if it lives in another
    thread, if the server is closing, or if as many connections as \l maxPendingConnections wait to be taken.
    Otherwise the server owns the socket and deletes it.
*/
bool WsServer::handleConnection(QTcpSocket *socket)
{
    return d->handleConnection(socket);
}

/*!
    \overload
    The same for a connection over any other sequential \a device that is open for reading and writing, such
    as a QLocalSocket or a tunnel. It has no addresses. If QIODevice::write() fails, the connection ends with an
    error, after what the device has received until then.
*/
bool WsServer::handleConnection(QIODevice *device)
{
    return d->handleConnection(device);
}

/*!
    Creates the object for a client that has connected, before its request is read. A reimplementation may
    return an object of a subclass of WsConnection, without a parent. The server deletes it like any other
    connection.
*/
WsConnection *WsServer::createConnection()
{
    return WsConnectionPrivate::createServerEnd();
}

// --- to all

/*!
    \overload
    Sends the prepared \a message to all connections but \a except.
*/
int WsServer::broadcast(const WsPreparedMessage &message, const WsConnection *except)
{
    if (message.isNull())
        return 0;
    return d->home->broadcastToAll(message, except);
}

/*!
    Sends \a message to every open connection but \a except, and returns the number of connections that have
    accepted it. The message is encoded once.

    Connections whose WsConnection::inBroadcasts is \c false are left out. So are those on which more than
    WsOptions::maxBufferedAmount() would be queued: they miss the message or are closed, depending on
    WsOptions::slowSubscriber(). 0 is also returned if a text is not UTF-8.

    The function may be called from any thread. Whether a connection accepts the message is decided before the
    call returns, also for a connection in another thread (\l threadCount). A connection that is counted gets
    the message unless it ends first. Each of these threads is woken up once. Until such a thread has sent the
    message, the message counts once against the maxBufferedAmount of every connection in that thread, and
    once more for each size of the window that clients have agreed on to get compressed messages, because its
    compressed forms are kept as well. So a program that broadcasts faster than a busy thread works does not
    fill the memory. A message that finds no room for this reason is skipped, and closes no connection.

    \sa WsConnection::broadcast(), {Memory}
*/
int WsServer::broadcast(const WsMessage &message, const WsConnection *except)
{
    return broadcast(WsPreparedMessage(message), except);
}

/*!
    \overload
    Sends \a text to all connections but \a except.
*/
int WsServer::broadcast(const QString &text, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(text), except);
}

/*!
    \overload
    Sends \a data as a binary message to all connections but \a except.
*/
int WsServer::broadcast(const QByteArray &data, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::binary(data), except);
}

/*!
    \overload
    Sends the null-terminated text \a utf8 to all connections but \a except.
*/
int WsServer::broadcast(const char *utf8, const WsConnection *except)
{
    return broadcast(WsPreparedMessage::text(utf8), except);
}

// --- to subscribers

/*!
    Subscribes \a connection, which must belong to this server, to \a topic: from now on it gets what is
    published to it. Returns \c false if the connection has ended, is null or belongs to another server. The
    subscription ends with the connection or with unsubscribe(). Names of topics are compared as they are;
    there are no patterns.

    The function may be called from any thread, as long as the connection is not deleted in the meantime. What
    the same thread publishes afterwards reaches the connection, although subscriberCount() may not count it
    yet.

    \code
    server.setConnectionHandler([&server](WsConnection *connection) {
        server.subscribe(connection, connection->request().path());
    });
    server.publish(QStringLiteral("/news"), QStringLiteral("it rains"));
    \endcode

    \sa publish(), topics()
*/
bool WsServer::subscribe(WsConnection *connection, const QString &topic)
{
    // Until it has been carried out, publish() does not rely on the number of subscribers.
    const auto add = [topic, connection, pending = d->home->subscribing](WsServerThread &thread) {
        thread.subscribe(connection, topic);
    };
    return d->subscribeInOwner(connection, topic, add);
}

/*!
    Ends the subscription of \a connection to \a topic. Returns \c false if the connection has ended.

    The function may be called from any thread, like subscribe().
*/
bool WsServer::unsubscribe(WsConnection *connection, const QString &topic)
{
    const auto remove = [topic, connection, pending = d->home->subscribing](WsServerThread &thread) {
        thread.unsubscribe(connection, topic);
    };
    return d->runInOwner(connection, remove);
}

/*!
    Sends \a message to every connection but \a except that has subscribed to \a topic, and returns the number
    of connections that have accepted it. The message is encoded and compressed once, and each of the server's
    threads is woken up once. Messages that one thread publishes to a topic arrive in that order.

    A subscriber on which more than WsOptions::maxBufferedAmount() would be queued misses the message or is
    closed, depending on WsOptions::slowSubscriber(). The function may be called from any thread. Messages on
    their way to another thread are limited and counted as described for broadcast(). If a message of a
    \l{WsBroker::setHistory()}{history} finds no room there, Ws::CloseConnection closes those who have
    subscribed with an id, because they can come back for it. A connection whose subscribe() has not been
    carried out yet gets the message too, but is not counted. If the message finds no room on its way to the
    thread, it misses it without notice.

    \sa subscribe(), broadcast(), {Memory}
*/
int WsServer::publish(const QString &topic, const WsPreparedMessage &message, const WsConnection *except)
{
    if (message.isNull())
        return 0;
    return d->home->publish({message, topic, {}}, except);
}

/*!
    \overload
    Publishes \a message to \a topic.
*/
int WsServer::publish(const QString &topic, const WsMessage &message, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage(message), except);
}

/*!
    \overload
    Publishes \a text to \a topic.
*/
int WsServer::publish(const QString &topic, const QString &text, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(text), except);
}

/*!
    \overload
    Publishes \a data as a binary message to \a topic.
*/
int WsServer::publish(const QString &topic, const QByteArray &data, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::binary(data), except);
}

/*!
    \overload
    Publishes the null-terminated text \a utf8 to \a topic.
*/
int WsServer::publish(const QString &topic, const char *utf8, const WsConnection *except)
{
    return publish(topic, WsPreparedMessage::text(utf8), except);
}

/*! Returns the topics that have subscribers, in no particular order. It may be called from any thread. */
QStringList WsServer::topics() const
{
    return d->home->allTopics();
}

/*! Returns how many connections subscribe to \a topic. It may be called from any thread. */
int WsServer::subscriberCount(const QString &topic) const
{
    return d->home->allSubscribers(topic);
}

// --- properties

/*! Returns the connections that are open or closing, in no particular order. */
QList<WsConnection *> WsServer::connections() const
{
    if (d->isOwnThread())
        return d->home->openConnections() + d->elsewhere.values();
    d->misuse(QStringLiteral("only the server's own thread can list its connections"));
    return {};
}

/*!
    \property WsServer::connectionCount
    \brief the number of connections that are open or closing, as connections() returns them.

    It changes after newConnection() and after closed() of a connection.
*/
int WsServer::connectionCount() const
{
    if (d->isOwnThread())
        return d->home->openCount() + int(d->elsewhere.size());
    return d->home->openCountOfAll();
}

/*!
    \property WsServer::options
    \brief the limits and timeouts that new connections start with. Existing connections keep theirs.

    \sa WsConnection::options
*/
WsOptions WsServer::options() const
{
    return d->read(d->settings)->options;
}

void WsServer::setOptions(const WsOptions &options)
{
    d->run([this, options](WsServerPrivate &server) {
        server.home->maxBufferedAmount.set(options.maxBufferedAmount());
        if (server.changeSetting(&WsServerSettings::options, options))
            Q_EMIT optionsChanged();
    });
}

/*!
    \property WsServer::subprotocols
    \brief the subprotocols that the server supports, in order of preference; none by default.

    The first one that the client also offers is used, unless the request handler chooses another. If there is
    none in common, the connection opens without a subprotocol, and the client decides whether to continue.

    RFC 6455 §4.2.2.
*/
QStringList WsServer::subprotocols() const
{
    return d->read(d->settings)->subprotocols;
}

void WsServer::setSubprotocols(const QStringList &subprotocols)
{
    d->run([this, subprotocols](WsServerPrivate &server) {
        if (server.changeSetting(&WsServerSettings::subprotocols, subprotocols))
            Q_EMIT subprotocolsChanged();
    });
}

/*!
    \property WsServer::serverName
    \brief the value of the \c Server header in all HTTP answers: those that accept a WebSocket, those that
    refuse one, and those of the request handler, unless the handler has set a \c Server header itself.

    It is empty by default, and then the header is not sent: a client does not need it, and a version in it
    helps those who look for servers with a known fault. A text that cannot be sent in a header, such as one
    with control characters, is refused: the property stays as it is, and errorOccurred() reports it with the
    kind Ws::ErrorKind::Misuse.

    A change takes effect with the next client.

    RFC 9110 §10.2.4.
*/
QString WsServer::serverName() const
{
    return QString::fromUtf8(d->read(d->settings)->serverName);
}

void WsServer::setServerName(const QString &name)
{
    d->run([name](WsServerPrivate &server) { server.setServerName(name); });
}

/*!
    \property WsServer::maxConnections
    \brief the largest number of connections at a time. The default is 0, which means no limit.

    A client counts from the moment its request is complete until its socket is closed. This includes requests
    that are answered over HTTP, unless they are refused (see \l maxPendingHandshakes). If there are already
    as many, the request is answered with the HTTP status 503 and \c Retry-After, and the request handler is
    not called. Clients without a complete request have a limit of their own, \l maxPendingHandshakes.
*/
int WsServer::maxConnections() const
{
    return d->read(d->limits).connections;
}

void WsServer::setMaxConnections(int count)
{
    d->run([this, count](WsServerPrivate &server) {
        if (server.changeLimit(&WsServerLimits::connections, count))
            Q_EMIT maxConnectionsChanged();
    });
}

/*!
    \property WsServer::maxConnectionsPerAddress
    \brief the same as \l maxConnections for each address that clients connect from. The default is 0, which
    means no limit.

    IPv4 addresses count as a whole, also if a dual-stack socket shows them as IPv6 addresses
    (\c {::ffff:192.0.2.1}). Of IPv6 addresses only the first 64 bits count, because a host usually has a
    network of that size, and so can use any number of addresses in it. Link-local addresses and addresses of
    IPv4 hosts behind a translator (\c {64:ff9b::/96}) count as a whole. All clients of local sockets count as
    one address.

    A client beyond the limit is answered with 503, a \c Retry-After header, and a text such as "the network
    2001:db8::/64 has reached maxConnectionsPerAddress (50)".

    Behind a proxy all clients have the address of the proxy, unless it is one of \l trustedProxies.
*/
int WsServer::maxConnectionsPerAddress() const
{
    return d->read(d->limits).connectionsPerAddress;
}

void WsServer::setMaxConnectionsPerAddress(int count)
{
    d->run([this, count](WsServerPrivate &server) {
        if (server.changeLimit(&WsServerLimits::connectionsPerAddress, count))
            Q_EMIT maxConnectionsPerAddressChanged();
    });
}

/*!
    \property WsServer::maxPendingHandshakes
    \brief the largest number of clients that are connected without a complete request. The default is 1,000;
    0 means no limit.

    A client is pending from the moment it connects until its request is complete, TLS included. A client that
    is refused with a status from 400 on is pending until it has gone. Pending clients do not count against
    \l maxConnections and \l maxConnectionsPerAddress.

    If more clients connect, they wait in the system until a request is complete or a pending client has gone.
    So a server with many users may be restarted: all of them connect at once, and each gets its turn. If no
    place becomes free, the oldest pending client gives way: it is cut without an answer, and
    connectionRejected() is emitted. This happens at the earliest 2 seconds after its last step, which is the
    connection, the end of the TLS handshake, or the refusal. It does not happen during a TLS handshake that
    the client has begun, nor while the server has had no time to read what the client has sent. So clients
    that connect and stay silent delay others, but keep nobody out.

    A client that waits between two plain HTTP requests (WsOptions::keepAliveTimeout) is pending, too. It has been
    served, so it gives way at once, before all others and without connectionRejected().

    The default bounds the memory for unfinished requests to 1,000 times WsOptions::maxHandshakeSize(). A
    client that is never complete is answered with 408 after WsOptions::handshakeTimeout(), or cut if its TLS
    handshake is not complete.

    If \l maxConnectionsPerAddress is set, one address may have as many pending clients as connections, but at
    least 64. Beyond that the oldest one of the same address gives way, even during its TLS handshake; if none
    has had its 2 seconds yet, the new client is cut. It does not wait, because clients of other addresses
    would have to wait after it. The same holds for a socket that is passed to handleConnection() beyond the
    limit.

    A change takes effect with the next client.
*/
int WsServer::maxPendingHandshakes() const
{
    return d->read(d->limits).pendingHandshakes;
}

void WsServer::setMaxPendingHandshakes(int count)
{
    d->run([this, count](WsServerPrivate &server) {
        if (server.changeLimit(&WsServerLimits::pendingHandshakes, count))
            Q_EMIT maxPendingHandshakesChanged();
    });
}

/*!
    \property WsServer::allowedOrigins
    \brief the origins of pages that may connect besides the server's own.

    \table
    \header \li Entry                          \li Allows pages from
    \row    \li \c {https://example.com}       \li this origin
    \row    \li \c {https://example.com:8443}  \li this origin, which has a port
    \row    \li the same with \c {*.example.com} \li all subdomains of example.com, but not example.com itself
    \row    \li \c null                        \li files, and frames in a sandbox
    \row    \li \c *                           \li everywhere
    \endtable

    The server's own origin is always allowed: the Origin header must name the host and port of the Host
    header. If the Host header has no port, the port is 443 for a connection with TLS or a page from
    \c https, and otherwise 80. The list is empty by default, so that only the server's own pages may connect.
    Requests without an Origin header do not come from browsers and are allowed. All others are answered with
    403, and the text names what was compared. To refuse more, use setRequestHandler().

    Browsers let every page open a WebSocket to anywhere. This check keeps a page that a user happens to visit
    from using a server in the user's network, or the user's session with another site. It does not help
    against a page that reaches the server under a name of its own; see \l allowedHosts.

    Behind a proxy the own origin is only known if the proxy passes the Host header on unchanged; see
    \l {WsKit behind a proxy}. An entry that can never match, for example one without a scheme, is reported by
    errorOccurred(), with the kind Ws::ErrorKind::Misuse.

    RFC 6455 §10.2, RFC 6454 §4.
*/
QStringList WsServer::allowedOrigins() const
{
    return d->read(d->settings)->allowedOrigins;
}

void WsServer::setAllowedOrigins(const QStringList &origins)
{
    d->run([origins](WsServerPrivate &server) { server.setAllowedOrigins(origins); });
}

/*!
    \property WsServer::allowedHosts
    \brief the host names that the server answers for; empty by default.

    An entry is the name or address in the Host header of a request: \c {example.com},
    \c {*.example.com} for all its subdomains, \c {192.168.0.5}, \c {[::1]}; or \c * for any. An entry with a
    port, such as \c {example.com:8080}, is for this port alone. Upper and lower case are the same. A request
    for another host is answered with 403 before the request handler is called.

    This is the protection against DNS rebinding: a web page gets its own name, \c {evil.example}, to resolve
    to the address of a server in the network of its visitor. Then the browser takes the server for the page's
    own, the Origin and Host headers are equal, and \l allowedOrigins does not help.

    If the list is empty, it depends on the address that the server listens on:
    \list
    \li A server that listens on loopback alone, as by default, refuses requests that have an Origin header
        and a Host header with a name other than \c localhost. Addresses such as \c {127.0.0.1} and \c {[::1]}
        are allowed: only names can be rebound. Requests without an Origin header are allowed. Browsers send
        this header with every WebSocket, but not if a page reads a file from its own server. So a page that
        rebinds its name gets no WebSocket, but can read what a request handler serves over HTTP. If that is
        not for everyone, set this property, for example to \c localhost, \c {127.0.0.1} and \c {[::1]}. Other
        headers would not help: a page can leave out Referer, and browsers send Sec-Fetch-Site only to secure
        origins.
    \li Other servers answer for any host. They do not know the names that they are reached by. If such a
        server is meant for a private network, set this property.
    \endlist

    The same holds for sockets that are handed to handleConnection() while the server listens on loopback. A
    server that does not listen itself answers for any host.

    A server on loopback behind a proxy gets the public name in the Host header, so it needs this name in the
    list, or the proxy in \l trustedProxies, whose requests it answers for any host; see
    \l {WsKit behind a proxy}. An entry that can never match is reported by errorOccurred(), with
    the kind Ws::ErrorKind::Misuse.

    RFC 9110 §7.2, RFC 9112 §3.2.
*/
QStringList WsServer::allowedHosts() const
{
    return d->read(d->settings)->hosts.allowed;
}

void WsServer::setAllowedHosts(const QStringList &hosts)
{
    d->run([hosts](WsServerPrivate &server) { server.setAllowedHosts(hosts); });
}

/*!
    Uses TLS (\c wss) with this \a configuration for the connections that the server accepts from now on.
    The configuration needs a local certificate with its private key. With a null configuration, connections
    are plain again. Open connections keep what they have, and the server need not stop listening. If it
    listens, listeningChanged() is emitted when TLS is switched on or off, because serverUrls() then have
    another scheme.

    To require certificates from clients, set the peer verify mode of the configuration to
    QSslSocket::VerifyPeer, and add the authority of the clients as CA certificate.
    WsConnection::sslConfiguration() then contains the client's certificate. Qt's default,
    QSslSocket::AutoVerifyPeer, is replaced by QSslSocket::VerifyNone, because a browser that is only asked
    for a certificate fails a WebSocket to any server but the page's own. setSslErrorFilter() can accept
    certificates that no authority vouches for.

    QSslConfiguration::setOcspStaplingEnabled() has no effect, because Qt does not send OCSP responses from
    a server.

    \sa setLocalCertificate(), setCaCertificates(), addLocalCertificate()
*/
void WsServer::setSslConfiguration(const QSslConfiguration &configuration)
{
    d->run([configuration](WsServerPrivate &server) { server.setTls(configuration); });
}

/*!
    Returns the configuration that setSslConfiguration(), setLocalCertificate() and setCaCertificates() have
    set. It is null for plain connections.
*/
QSslConfiguration WsServer::sslConfiguration() const
{
    return d->read(d->settings)->sslConfiguration.value_or(QSslConfiguration());
}

/*!
    Requires clients that connect from now on to have a certificate issued by one of the authorities whose
    certificates \a pemFile contains. If the server does not use TLS yet, this takes effect with
    setLocalCertificate(). A path that begins with \c {:/} is that of a resource.

    Returns \c false and changes nothing if the file cannot be used; errorString() then names the file and the
    problem. All other settings of setSslConfiguration() stay: with QSslSocket::QueryPeer clients are asked
    for a certificate but may connect without one.

    \sa setLocalCertificate(), reloadCertificates(), setCertificateMapper()
*/
bool WsServer::setCaCertificates(const QString &pemFile)
{
    return d->setCaCertificates(pemFile);
}

/*!
    Uses TLS (\c wss) for the connections that the server accepts from now on, with this certificate and
    private key.

    \code
    if (!server.setLocalCertificate(QStringLiteral("server.crt"), QStringLiteral("server.key")))
        qCritical() << server.errorString();
    \endcode

    \a pemFile contains the server's certificate, followed by the certificates of the authorities between it
    and the one that clients trust, each after the certificate that it has issued. \a keyFile contains the
    private key; if it is empty, the key is in \a pemFile too. A path that begins with \c {:/} is that of a
    resource.

    RSA, EC and DSA keys are supported, in PKCS #8 and in OpenSSL's older format. \a passPhrase decrypts the
    key if it is encrypted. Ed25519 and Ed448 keys need a Qt that uses OpenSSL 3 as a shared library.

    Returns \c false and changes nothing if a file cannot be used or the key does not match the certificate;
    errorString() then names the file and the problem. Dates are not checked: clients refuse an expired
    certificate. All other settings of setSslConfiguration() stay.

    \sa reloadCertificates(), addLocalCertificate(), setCaCertificates()
*/
bool WsServer::setLocalCertificate(const QString &pemFile, const QString &keyFile,
                                   const QByteArray &passPhrase)
{
    return d->setLocalCertificate(pemFile, keyFile, passPhrase);
}

/*!
    \fn template <typename Handler> void WsServer::setRequestHandler(Handler handler)
    Calls \a handler to answer every request, for a WebSocket or plain HTTP, that no route() matches. It is a
    function that takes a WsRequest and returns a WsResponse or a \c QFuture<WsResponse>. \c nullptr removes the
    handler.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/chat" ? WsResponse::accept() : WsResponse::notFound();
    });
    \endcode

    The handler is called in the server's thread, for requests that follow the rules, before anything is
    answered. A future may take until WsOptions::handshakeTimeout(); after that the client is answered with
    503. The client is answered with 500 if the future has no result, or if the answer cannot be sent;
    errorOccurred() reports the latter.

    If \a handler throws an exception, or its future contains one, the client is answered with 500. The answer
    does not contain the text of \c what(); errorOccurred() reports it with the kind Ws::ErrorKind::Handler.

    Without a handler and without routes, every path accepts a WebSocket, and plain HTTP is answered with 426.

    A TCP connection may carry any number of plain HTTP requests, see \l {HTTP Requests}. Each of them is for the
    handler that is set when it begins.

    RFC 6455 §4.2.2.
*/
void WsServer::setSyncRequestHandler(RequestHandler handler)
{
    d->run([handler = std::move(handler)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::requestHandler, handler);
        server.setSetting(&WsServerSettings::asyncRequestHandler, AsyncRequestHandler());
    });
}

void WsServer::setAsyncRequestHandler(AsyncRequestHandler handler)
{
    d->run([handler = std::move(handler)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::asyncRequestHandler, handler);
        server.setSetting(&WsServerSettings::requestHandler, RequestHandler());
    });
}

/*!
    Calls \a filter with every request, whether or not it is for a WebSocket, before the routes and the handler
    of setRequestHandler(). A response that it returns answers the request, and neither of them is called. If it
    returns \c std::nullopt, they decide, or if there are none the WebSocket is accepted. An empty function
    removes the filter.

    The filter is for parts of a program that guard a server whose handler another part sets, for example for a
    library that checks tokens. Everything else is as for a handler that answers immediately: the filter is called
    in the server's thread, and the client is answered with 500 if it throws an exception. A change takes effect
    with the next client.

    \sa setRequestHandler()
*/
void WsServer::setRequestFilter(RequestFilter filter)
{
    d->run([filter = std::move(filter)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::requestFilter, filter);
    });
}

/*!
    Calls \a handler with each new connection, in the connection's thread, just before newConnection() and
    before the first message is read. An empty function removes the handler. If \l threadCount is set, several
    threads may call it at the same time.

    If \a handler throws an exception, the connection is closed with Ws::InternalError (1011), and what it
    receives is dropped. The text of \c what() is reported with the kind Ws::ErrorKind::Handler: by
    errorOccurred() of the server, and after newConnection() by WsConnection::errorOccurred().
*/
void WsServer::setConnectionHandler(ConnectionHandler handler)
{
    d->run([handler = std::move(handler)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::connectionHandler, handler);
    });
}

/*!
    Calls \a filter with the address of each client, before TLS and before a byte is read. If it returns
    \c false, the client is cut without an answer. No signal is emitted, but a line is logged in
    \c wskit.handshake. An empty function removes the filter.

    The address of an IPv4 client is an IPv4 address, also on a server that listens on QHostAddress::Any.

    Connections of \l trustedProxies are accepted. For each of their requests, \a filter is called with the
    address of the client when that is known, before the request filter and the request handler: with what the
    proxy has told, which is a null address for an unknown client, or with the address of the proxy if it has
    told nothing. The client is then refused with 403. Later requests of the same connection are for the
    filter that is set when they begin.

    If \a filter throws an exception, the client is cut, and errorOccurred() reports the text of \c what()
    with the kind Ws::ErrorKind::Handler.
*/
void WsServer::setConnectionFilter(ConnectionFilter filter)
{
    auto shared = filter ? std::make_shared<const ConnectionFilter>(std::move(filter)) : nullptr;
    d->run([shared](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::connectionFilter, shared);
    });
}

/*!
    Calls \a filter if the certificate of a client is not trusted, to decide whether the client may connect
    nevertheless. It gets the errors, and the configuration with QSslConfiguration::peerCertificateChain(). An
    empty function removes the filter.

    Without a filter the peer verify mode of setSslConfiguration() decides. With QSslSocket::VerifyPeer the
    client is refused. With QSslSocket::QueryPeer it may connect, and then the certificate in
    WsConnection::sslConfiguration() is one that nobody vouches for. With QSslSocket::VerifyNone clients send
    no certificate, and the filter is not called.

    If clients have certificates that they have issued themselves, the filter can compare them with those that
    are known:

    \code
    server.setSslErrorFilter([known](const QList<QSslError> &, const QSslConfiguration &configuration) {
        return known.contains(configuration.peerCertificate().digest(QCryptographicHash::Sha256));
    });
    \endcode

    With QSslSocket::QueryPeer and a filter that returns \c false, clients may connect without a certificate,
    or with one that is trusted.

    The filter is called in the thread of the connection, after sslErrors(). If \l threadCount is set, several
    threads may call it at the same time. TLS 1.3 lets a client take the connection for complete before the
    server has seen its certificate, so the client may see a refusal as the end of the connection.

    If \a filter throws an exception, the client is refused, and errorOccurred() reports the text of \c what()
    with the kind Ws::ErrorKind::Handler. A change takes effect with the next client.

    RFC 8446 §4.4.2.

    \sa setSslConfiguration(), setCaCertificates(), connectionRejected()
*/
void WsServer::setSslErrorFilter(SslErrorFilter filter)
{
    d->run([filter = std::move(filter)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::sslErrorFilter, filter);
    });
}

/*!
    Calls \a handler if a client uses a pre-shared key (RFC 4279), which proves to both sides that the other one
    knows it, without certificates. The handler reads QSslPreSharedKeyAuthenticator::identity(), which is what
    the client claims, and sets the key with QSslPreSharedKeyAuthenticator::setPreSharedKey(). Without a key the
    TLS handshake fails, and connectionRejected() is emitted. An empty function removes the handler; without
    one, which is the default, no client gets in by a key.

    \snippet snippets/tls.cpp server key

    Clients set their key in \l [CPP] {WsClient::preSharedKeyAuthenticationRequired()}.
    QSslConfiguration::setPreSharedKeyIdentityHint() of setSslConfiguration() is sent to clients, to help them
    choose the key. A server without a certificate accepts keys only. Qt's clients, and so WsClient, have keys
    up to TLS 1.2, and offer TLS 1.3 as well: a server for them sets QSsl::TlsV1_2. Clients on OpenSSL can also
    use keys with TLS 1.3 (RFC 8446 §4.2.11).

    The handler is called in the thread of the connection, in the middle of the TLS handshake, so it should be
    quick. If \l threadCount is set, several threads may call it at the same time. The authenticator must not be
    used after the handler has returned.

    If \a handler throws an exception, the client gets no key, and errorOccurred() reports the text of
    \c what() with the kind Ws::ErrorKind::Handler. A change takes effect with the next client.

    \sa setSslConfiguration()
*/
void WsServer::setPreSharedKeyHandler(PreSharedKeyHandler handler)
{
    d->run([handler = std::move(handler)](WsServerPrivate &server) {
        server.setSetting(&WsServerSettings::preSharedKeyHandler, handler);
    });
}

// In any thread, and with locks of Qt held.
void WsServer::connectNotify(const QMetaMethod &signal)
{
    if (signal == QMetaMethod::fromSignal(&WsServer::alertSent)
        || signal == QMetaMethod::fromSignal(&WsServer::alertReceived))
        d->home->reportsAlerts = true;
}

// --- signals

/*!
    \fn void WsServer::newConnection(WsConnection *connection)
    This signal is emitted when a client has connected. \a connection is open, and its first message is not
    read before the slots connected to this signal have returned. A slot may run an event loop, but it
    cannot wait for \a connection with functions such as \l [CPP] {WsConnection::waitForMessage()}.

    The connection belongs to the server, which deletes it after WsConnection::closed(). If
    \l maxPendingConnections is set, it waits until nextPendingConnection() is called, also within a slot of
    this signal, and belongs to the caller of that function afterwards.
*/

/*!
    \fn void WsServer::connectionRejected(const WsError &error, const QHostAddress &address)
    This signal is emitted when the client at \a address did not get a WebSocket because of \a error: the
    request broke a rule, was refused with a status from 400 on or did not come in time, TLS failed, or the
    client had to give way (see \l maxPendingHandshakes). WsError::httpStatus() is the status of the answer,
    or 0 if there was none. The signal is emitted once for each client that is refused.

    It is meant for logs and counters; the server needs no reaction to it.
*/

/*!
    \fn void WsServer::sslErrors(const QHostAddress &address, quint16 port, const QList<QSslError> &errors)
    This signal is emitted if the certificate of the client at \a address and \a port is not trusted because
    of \a errors, or if it is missing although QSslSocket::VerifyPeer requires one. QSslError::certificate()
    is the certificate that an error belongs to. It is meant for logs: what becomes of the client is decided
    by setSslErrorFilter(), or else by the peer verify mode. If the client is refused, connectionRejected()
    follows.

    Failures of TLS for other reasons, such as a client without a common cipher, are reported by
    connectionRejected() alone. The signal cannot be used from QML. Without threadCount, the connection stands
    still until the slots have returned.

    \sa setSslErrorFilter(), setSslConfiguration(), peerVerifyError()
*/

/*!
    \fn void WsServer::peerVerifyError(const QHostAddress &address, quint16 port, const QSslError &error)
    This signal is emitted for each \a error in the verification of the certificate of the client at \a address
    and \a port, before sslErrors() is emitted with all of them. It is meant for logs, and cannot be used from
    QML. It is emitted in the server's thread. Without threadCount, the connection stands still until the slots
    have returned.

    \sa sslErrors(), handshakeInterruptedOnError()
*/

/*!
    \fn void WsServer::handshakeInterruptedOnError(const QHostAddress &address, quint16 port, const QSslError &error)
    This signal is emitted if QSslConfiguration::setHandshakeMustInterruptOnError() is set in
    setSslConfiguration(), and the verification of the certificate of the client at \a address and \a port finds
    \a error. The client then gets an alert that names the reason, such as QSsl::AlertType::UnknownCa, alertSent()
    and connectionRejected() are emitted, and sslErrors() is not. QSslError::certificate() is the certificate
    that the error belongs to. Without this setting, which is the default, the certificate is verified at the
    end of the TLS handshake, and clients get no such alert.

    The signal is meant for logs: slots cannot continue the handshake, as those of
    \l [CPP] {WsClient::handshakeInterruptedOnError()} can. With setSslErrorFilter() it is always
    continued, even in QSslSocket::VerifyPeer mode, because the filter decides when all errors are known.
    peerVerifyError() does not report errors that have interrupted the handshake.

    A missing certificate interrupts nothing. QSslConfiguration::setMissingCertificateIsFatal() makes the server
    send an alert for it.

    The signal needs OpenSSL, is emitted in the server's thread, and cannot be used from QML.

    RFC 8446 §4.4.2.4, §6.2.

    \sa sslErrors(), setSslErrorFilter()
*/

/*!
    \fn void WsServer::alertSent(const QHostAddress &address, quint16 port, QSsl::AlertLevel level, QSsl::AlertType type, const QString &description)
    This signal is emitted if the server has sent an alert of TLS (RFC 8446 §6) with this \a level and \a type to
    the client at \a address and \a port, during the opening or later. \a description is in English, for logs.
    The last one, QSsl::AlertType::CloseNotify, is sent with the end of the connection, and may be reported
    after WsConnection::closed(). The signal is emitted in the server's thread, and cannot be used from QML.

    \sa alertReceived()
*/

/*!
    \fn void WsServer::alertReceived(const QHostAddress &address, quint16 port, QSsl::AlertLevel level, QSsl::AlertType type, const QString &description)
    This signal is emitted if the client at \a address and \a port has sent an alert of TLS (RFC 8446 §6) with
    this \a level and \a type, during the opening or later. \a description is in English, for logs. A client that
    does not trust the server's certificate may say so by an alert, for example QSsl::AlertType::UnknownCa. The
    end of a connection is an alert too, QSsl::AlertType::CloseNotify. The signal is emitted in the server's
    thread, and cannot be used from QML. Without threadCount, the connection stands still until the slots have
    returned; what they send is written after that.

    \sa alertSent(), connectionRejected()
*/

/*!
    \fn void WsServer::errorOccurred(const WsError &error)
    This signal is emitted if there is a problem with the server itself, described by \a error:

    \list
    \li It cannot listen after \l listening was set.
    \li It cannot accept clients, for example because the system has no descriptor left
        (QAbstractSocket::SocketResourceError). WsError::socketError() tells which error it was. The server tries
        again each second.
    \li The answer of the request handler cannot be sent.
    \li One of its handlers has thrown an exception (Ws::ErrorKind::Handler).
    \li An entry of \l allowedOrigins or \l allowedHosts can never match, or one of \l trustedProxies is no
        address or subnet (Ws::ErrorKind::Misuse, as in the next two cases).
    \li A \l serverName cannot be sent in a header.
    \li The code or the reason of close() cannot be sent, so that nothing was closed.
    \endlist
*/

/*!
    \fn void WsServer::closed()
    This signal is emitted once when the server has drained: after close(), when the last connection has gone
    or the time for that is over. A close() while the server drains does not lead to a signal of its own, and
    one with neither a listening socket nor a client emits nothing; see isDraining(). The server may listen
    again from here.
*/
