// SPDX-License-Identifier: MIT
#include <WsKit/wswebchannelserver.h>
#include <WsKit/wswebchanneltransport.h>

#include "webchannel/wswebchannellog.h"

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <limits>
#include <utility>

using namespace std::chrono_literals;

class WsWebChannelServerPrivate
{
public:
    explicit WsWebChannelServerPrivate(WsWebChannelServer *publicPart) : q(publicPart) { }

    void onNewConnection(WsConnection *connection);
    QString problemOf(const WsConnection *connection) const;
    void refuse(WsConnection *connection, const QString &problem);
    void add(WsConnection *connection);
    void onEnded(WsConnection *connection, bool isDeleted);
    void onDestroyed(WsConnection *connection);
    void leaveChannel();
    void closeAll();

    WsWebChannelServer *q;
    QPointer<WsServer> server;
    QPointer<QWebChannel> channel;
    QString path;
    std::chrono::milliseconds idleTimeout = 30s;
    QHash<WsConnection *, WsWebChannelTransport *> transports; // children of their connections
    bool hasWarned = false;
};

/*!
    \class WsWebChannelServer
    \inmodule WsKit
    \inheaderfile WsKit/WsWebChannelServer
    \brief Publishes the objects of a QWebChannel to the clients of a WsServer.

    \snippet webchannel/tst_webchannel.cpp server

    Link with \c WsKit::WebChannel. Each client that connects to the server gets a WsWebChannelTransport.
    With setPath(), the server can have other WebSockets beside the channel on the same port, and its request
    handler can serve the page with the script (see the example \c 11-webchannel). In QML, this class is the
    type WsWebChannelServer of the module \c WsKit.WebChannel.

    \section1 Security

    \b{Whoever connects can use everything that is published.} This is not limited to what the page of the
    program does: a client can call every public slot and invokable function, also of base classes, and set
    every writable property, \c objectName included. So check who connects before the connection exists, in
    WsServer::setRequestHandler(), by a login or a cookie. Browsers let only pages of the server itself in,
    unless WsServer::allowedOrigins says otherwise; other programs ignore that. See \l{Web Channels} for the
    rest.

    \section1 Lifetime

    The program owns the server, the channel and this object, and may delete them in any order. If this object
    or the channel is deleted or exchanged, the clients of the channel are closed with Ws::GoingAway (1001).
    All of them must live in one thread, and so must the connections: with a WsServer::threadCount above 0 a
    client is closed with Ws::InternalError (1011), errorOccurred() reports Ws::ErrorKind::Misuse, and a
    warning is logged.

    \sa WsWebChannelTransport, {Web Channels}
*/

/*! Constructs a server of web channels with the given \a parent. It needs a server and a channel. */
WsWebChannelServer::WsWebChannelServer(QObject *parent)
    : QObject(parent), d(std::make_unique<WsWebChannelServerPrivate>(this))
{
}

/*! Connects the clients of \a server to \a channel from now on. */
WsWebChannelServer::WsWebChannelServer(WsServer *server, QWebChannel *channel, QObject *parent)
    : WsWebChannelServer(parent)
{
    setServer(server);
    setChannel(channel);
}

/*! Closes the clients of the channel with Ws::GoingAway (1001). */
WsWebChannelServer::~WsWebChannelServer()
{
    d->leaveChannel();
    d->closeAll();
}

/*!
    \property WsWebChannelServer::server
    \brief the server whose clients are connected to the channel.

    Clients that were connected before are not added. If the server is exchanged, the clients of the channel
    are closed with Ws::GoingAway (1001).
*/
WsServer *WsWebChannelServer::server() const
{
    return d->server;
}

void WsWebChannelServer::setServer(WsServer *server)
{
    if (d->server == server)
        return;
    if (d->server)
        d->server->disconnect(this);
    d->leaveChannel();
    d->server = server;
    if (server) {
        connect(server, &WsServer::newConnection, this,
                [this](WsConnection *connection) { d->onNewConnection(connection); });
        connect(server, &QObject::destroyed, this, &WsWebChannelServer::serverChanged);
    }
    const QPointer<WsWebChannelServer> guard(this);
    d->closeAll();
    if (guard)
        Q_EMIT serverChanged();
}

/*!
    \property WsWebChannelServer::channel
    \brief the channel with the objects.

    Register the objects before the first client connects; QWebChannel does not tell clients of later ones. If
    the channel is exchanged, its clients are closed with Ws::GoingAway (1001). A client that connects while
    there is no channel is closed with Ws::InternalError (1011).
*/
QWebChannel *WsWebChannelServer::channel() const
{
    return d->channel;
}

void WsWebChannelServer::setChannel(QWebChannel *channel)
{
    if (d->channel == channel)
        return;
    const auto end = [this] {
        const QPointer<WsWebChannelServer> guard(this);
        d->closeAll();
        if (guard)
            Q_EMIT channelChanged();
    };
    if (d->channel)
        d->channel->disconnect(this);
    d->leaveChannel();
    d->channel = channel;
    if (channel)
        connect(channel, &QObject::destroyed, this, end);
    end();
}

/*!
    \property WsWebChannelServer::path
    \brief the path of the channel, for example \c{/channel}; empty, the default, for all paths.

    Clients that connect to another path are left to other slots of WsServer::newConnection(). The server
    accepts WebSockets on every path unless its request handler refuses them. A change applies to clients that
    connect from then on.
*/
QString WsWebChannelServer::path() const
{
    return d->path;
}

void WsWebChannelServer::setPath(const QString &path)
{
    if (d->path == path)
        return;
    d->path = path;
    Q_EMIT pathChanged();
}

/*!
    \property WsWebChannelServer::idleTimeout
    \brief how long a client may take to answer a property update; 0 for any time. The default is 30 seconds.

    A change applies to the present clients as well.

    \sa WsWebChannelTransport::setIdleTimeout()
*/
std::chrono::milliseconds WsWebChannelServer::idleTimeout() const
{
    return d->idleTimeout;
}

void WsWebChannelServer::setIdleTimeout(std::chrono::milliseconds timeout)
{
    timeout = std::max(timeout, 0ms);
    if (d->idleTimeout == timeout)
        return;
    d->idleTimeout = timeout;
    for (WsWebChannelTransport *transport : std::as_const(d->transports))
        transport->setIdleTimeout(timeout);
    Q_EMIT idleTimeoutChanged();
}

int WsWebChannelServer::idleTimeoutMs() const
{
    return int(std::min<qint64>(d->idleTimeout.count(), std::numeric_limits<int>::max()));
}

/*!
    \property WsWebChannelServer::clientCount
    \brief the number of clients that are connected to the channel.
*/
int WsWebChannelServer::clientCount() const
{
    return int(d->transports.size());
}

/*! Returns the clients that are connected to the channel, in no particular order. */
QList<WsConnection *> WsWebChannelServer::clients() const
{
    return d->transports.keys();
}

/*!
    \fn void WsWebChannelServer::clientConnected(WsConnection *connection)
    \brief Emitted when the client \a connection is connected to the channel. Nothing has been received from
    it yet.
*/

/*!
    \fn void WsWebChannelServer::clientDisconnected(WsConnection *connection)
    \brief Emitted when the client \a connection has closed. The object exists until control returns to the
    event loop.

    The signal is not emitted for clients that end because the WsServer is deleted.
*/

/*!
    \fn void WsWebChannelServer::errorOccurred(const WsError &error, WsConnection *connection)
    \brief Emitted when the client \a connection was closed because of \a error.

    Besides the errors of WsWebChannelTransport::errorOccurred(), these are Ws::ErrorKind::Misuse for clients
    that cannot be connected to the channel.
*/

// --- clients

void WsWebChannelServerPrivate::onNewConnection(WsConnection *connection)
{
    if (!path.isEmpty() && connection->request().path() != path)
        return;
    const QString problem = problemOf(connection);
    if (problem.isEmpty())
        add(connection);
    else
        refuse(connection, problem);
}

QString WsWebChannelServerPrivate::problemOf(const WsConnection *connection) const
{
    const QThread *own = q->thread();
    if (!channel)
        return QStringLiteral("there is no channel");
    if (channel->thread() != own)
        return QStringLiteral("the QWebChannel lives in another thread");
    if (connection->thread() != own)
        return QStringLiteral("the connection lives in another thread; WsServer::threadCount must be 0");
    return {};
}

// The program is wrong, and would be for each client: the log says it once.
void WsWebChannelServerPrivate::refuse(WsConnection *connection, const QString &problem)
{
    if (!std::exchange(hasWarned, true))
        qCWarning(wsWebChannelLog, "WsWebChannelServer: %s", qUtf8Printable(problem));
    const QPointer<WsWebChannelServer> guard(q);
    const QPointer<WsConnection> refused(connection);
    connection->close(Ws::InternalError, QStringLiteral("no web channel here"));
    if (guard)
        Q_EMIT q->errorOccurred(WsError(Ws::ErrorKind::Misuse, problem, Ws::InternalError), refused);
}

void WsWebChannelServerPrivate::add(WsConnection *connection)
{
    auto *transport = new WsWebChannelTransport(connection);
    transport->setIdleTimeout(idleTimeout);
    QObject::connect(
        transport, &WsWebChannelTransport::errorOccurred, q,
        [this, connection](const WsError &error) { Q_EMIT q->errorOccurred(error, connection); });
    QObject::connect(transport, &WsWebChannelTransport::ended, q,
                     [this, connection, alive = QPointer(connection)] { onEnded(connection, !alive); });
    QObject::connect(transport, &QObject::destroyed, q, [this, connection] { onDestroyed(connection); });
    channel->connectTo(transport);
    transports.insert(connection, transport);
    const QPointer<WsWebChannelServer> guard(q);
    Q_EMIT q->clientConnected(connection);
    if (guard)
        Q_EMIT q->clientCountChanged();
}

void WsWebChannelServerPrivate::onEnded(WsConnection *connection, bool isDeleted)
{
    if (isDeleted) // with the transport
        return;
    WsWebChannelTransport *transport = transports.take(connection);
    transport->disconnect(q);
    if (channel)
        channel->disconnectFrom(transport);
    transport->deleteLater();
    const QPointer<WsWebChannelServer> guard(q);
    Q_EMIT q->clientDisconnected(connection);
    if (guard)
        Q_EMIT q->clientCountChanged();
}

void WsWebChannelServerPrivate::onDestroyed(WsConnection *connection)
{
    if (transports.remove(connection))
        Q_EMIT q->clientCountChanged();
}

// The present clients get nothing more of the channel.
void WsWebChannelServerPrivate::leaveChannel()
{
    if (!channel)
        return;
    for (WsWebChannelTransport *transport : std::as_const(transports))
        channel->disconnectFrom(transport);
}

// Slots that this calls may delete any of them.
void WsWebChannelServerPrivate::closeAll()
{
    QList<QPointer<WsConnection>> connections;
    for (auto client = transports.keyBegin(); client != transports.keyEnd(); ++client)
        connections.append(*client);
    for (const QPointer<WsConnection> &connection : std::as_const(connections)) {
        if (connection)
            connection->close(Ws::GoingAway, QStringLiteral("the web channel has ended"));
    }
}
