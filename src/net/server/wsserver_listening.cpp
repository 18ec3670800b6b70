// SPDX-License-Identifier: MIT

// Where a server listens.

#include <WsKit/wsserver.h>

#include "net/connection/wslocalurl.h"
#include "net/server/wsserver_p.h"

#include <algorithm>

namespace {
QUrl urlOf(const WsWayIn &way, bool isEncrypted)
{
    if (way.address.isNull())
        return wsLocalUrl(way.localPath);
    QHostAddress address = way.address;
    if (address == QHostAddress::Any || address == QHostAddress::AnyIPv4)
        address = QHostAddress::LocalHost;
    else if (address == QHostAddress::AnyIPv6)
        address = QHostAddress::LocalHostIPv6;
    QUrl url; // which writes the zone of a link-local address as in RFC 6874
    url.setScheme(isEncrypted ? QStringLiteral("wss") : QStringLiteral("ws"));
    url.setHost(address.toString());
    url.setPort(way.port);
    return url;
}

// The first of those that are addresses.
WsWayIn firstAddress(const QList<WsWayIn> &ways)
{
    const auto first =
        std::find_if(ways.begin(), ways.end(), [](const WsWayIn &way) { return !way.address.isNull(); });
    return first == ways.end() ? WsWayIn() : *first;
}
} // namespace

/*!
    Listens on \a address and \a port. By default these are the loopback address, which only programs on this
    machine can reach, and a free port, which serverPort() returns.

    QHostAddress::Any stands for all addresses of the machine, IPv4 and IPv6 (dual stack): one socket serves
    both, and WsConnection::peerAddress of a client that has come by IPv4 is its IPv4 address.
    QHostAddress::AnyIPv4 and QHostAddress::AnyIPv6 stand for all addresses of one family.

    The function can be called several times, also after the other functions that listen. Each call adds a way
    in: the server listens on all of them, in any mix of addresses, local sockets and descriptors. What holds
    for the server (\l maxConnections, pauseAccepting(), stopListening(), close() and so on) holds for all of
    them together. serverUrls() returns them in the order of the calls. TLS applies to addresses, and not to
    local sockets.

    Returns \c false if the server is still closing, or if the system refuses, for example because another
    program uses the port. errorString() returns the address and the reason. Where the server listened before,
    it goes on to listen. The same address and port cannot be added twice.

    The properties \l hosts, \l port and \l localPath are not used by this function, only by \l listening.

    \sa close(), serverUrl(), reusePort
*/
bool WsServer::listen(const QHostAddress &address, quint16 port)
{
    return d->listen({address}, port);
}

/*!
    \overload
    Listens on all \a addresses, with the same \a port. If the port is 0, all of them get the same free port.

    \code
    server.listen({QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}, 8080);
    \endcode

    It is all or nothing: if the server cannot listen on one of them, the function returns \c false and adds
    none. errorString() says which one, and why. An empty list is refused, too.
*/
bool WsServer::listen(const QList<QHostAddress> &addresses, quint16 port)
{
    return d->listen(addresses, port);
}

/*!
    \fn bool WsServer::listen(std::initializer_list<QHostAddress> addresses, quint16 port)
    \overload
    The same for \a addresses that are written as a list in braces, and \a port.
*/

/*!
    \overload
    Listens on the local socket \a localPath, a Unix domain socket that only programs on this machine can
    reach. A name without a slash at the beginning stands for a file in QDir::tempPath(), as for QLocalServer.
    A WsClient opens \l url, and a program in front of the server, such as nginx, uses the path. The server
    may listen on other local sockets and on addresses at the same time.

    A socket file on which nobody listens any more is replaced. The function returns \c false if another
    server listens on the socket, if there is a file that is no socket, which is never removed, or if the
    system refuses, for example because the path is too long. errorString() names the path and the reason.
    close() and the destructor remove the file. Within the call, a lock file beside it, with the suffix
    \c{.wskit-lock}, makes servers of the same path take turns. The function waits for it for at most one
    second.

    Whoever may write to the file can connect; see localPermissions(). On Linux, a name that begins with \c @
    is not a file but an abstract one (unix(7)). It has no permissions, so every user of the machine can
    connect, and it vanishes with the server.

    Everything else is as with TCP, including threads and limits. The clients have no address:
    WsConnection::peerAddress is null, the connection filter is called with a null address, and \l
    maxConnectionsPerAddress counts all of them together. Local sockets are never encrypted, also if the
    server has a certificate: what is sent does not leave the machine.

    On Windows the function always returns \c false, because the server does not listen on named pipes yet.
    QLocalServer does, and handleConnection() takes each of its connections.

    \sa WsClient::url, localPath
*/
bool WsServer::listen(const QString &localPath)
{
    return d->listenLocally(localPath);
}

/*!
    Listens on \a descriptor, a TCP socket or a Unix domain socket that was created elsewhere and listens
    already. For example, a supervisor passes sockets to a program that it starts, or a program opens a port
    below 1024 before it gives up its privileges. For systemd there is listenFromSystemd().

    The server takes the descriptor over and closes it in close(), in stopListening() and in the destructor.
    It is no longer inherited by programs that this one starts. The file of a Unix domain socket stays.
    Clients that wait on the socket when the server closes it are left to the other processes that have it.
    Everything else is as with listen(): serverAddress() and serverPort() are those of the socket.

    Returns \c false and leaves the descriptor to the caller if it is not a stream socket that listens, or for
    the same reasons as listen(). errorString() then says what the descriptor is, for example a UDP socket.

    \sa socketDescriptor(), handleConnection()
*/
bool WsServer::listenOn(qintptr descriptor)
{
    return d->listenOn(descriptor);
}

/*!
    Listens on the sockets that systemd has passed to this process (socket activation, sd_listen_fds(3)).
    systemd opens them before it starts the service, so it can restart the service without a client being
    refused, and the service needs no privileges for a port below 1024. \l {Deploying a Server} shows the unit
    files.

    If \a name is empty, the default, the server listens on all sockets that are TCP or Unix domain sockets
    and listen, and leaves the others to the program. Otherwise it listens on those with this name. The name
    is that of \c FileDescriptorName= in the socket unit, or else the name of that unit, such as \c
    chat.socket.

    The server takes copies of the descriptors. Those that systemd has passed stay open, as they do in systemd
    itself: after close() the server can listen on them again, and so can another server of the process. Until
    one of them or the next process accepts, clients wait in the system.

    The environment variables (\c LISTEN_PID, \c LISTEN_FDS and \c LISTEN_FDNAMES) stay as they are, so that
    several servers of a process can each take the sockets of a name. Programs that this one starts inherit
    the variables, which name the wrong process for them, but not the descriptors. A program that does not
    want this calls qunsetenv() for each of them.

    Returns \c false if the process has no such sockets: it was not started by a socket unit, the variables
    are meant for another process, no socket has the name, or a socket with the name is one that a server
    cannot listen on. errorString() says which of these, and lists the names that there are. The other reasons
    are those of listen().

    \sa listenOn()
*/
bool WsServer::listenFromSystemd(const QString &name)
{
    return d->listenFromSystemd(name);
}

/*!
    \property WsServer::listening
    \brief whether the server accepts connections.

    Setting it to \c true makes the server listen on all \l hosts, with \l port, and on \l localPath, if it is
    set. It is all or nothing. If it fails, errorOccurred() is emitted. If the server is still closing, it
    listens after closed(), unless close() or stopListening() is called before. Setting it to \c false calls
    close().

    \sa listen()
*/
bool WsServer::isListening() const
{
    return !d->read(d->waysIn).isEmpty();
}

void WsServer::setListening(bool listening)
{
    d->run([listening](WsServerPrivate &server) { server.setListening(listening); });
}

/*!
    Returns the address that the server listens on, or a null address if it listens on none. If there are
    several, this is the first one.

    \sa serverUrls()
*/
QHostAddress WsServer::serverAddress() const
{
    return firstAddress(d->read(d->waysIn)).address;
}

/*!
    Returns the port that the server listens on, or 0 if it listens on no address. If there are several
    addresses, this is the port of the first one.
*/
quint16 WsServer::serverPort() const
{
    return firstAddress(d->read(d->waysIn)).port;
}

/*!
    Returns the descriptor of the socket that the server listens on, or -1 if it does not listen. If there are
    several, this is the first one. It belongs to the server. It can be used to set options of the socket, but
    must not be closed.

    \sa listenOn()
*/
qintptr WsServer::socketDescriptor() const
{
    return d->read(d->waysIn).value(0).descriptor;
}

/*!
    \property WsServer::url
    \brief the URL at which a client on this machine reaches the server. It is empty if the server does not
    listen. If the server listens on several addresses or local sockets, this is the URL of the first one.
*/

/*!
    Returns the value of the property \l url.
*/
QUrl WsServer::serverUrl() const
{
    return serverUrls().value(0);
}

/*!
    \property WsServer::urls
    \brief the URLs at which a client on this machine reaches the server, one for each address or local socket
    that the server listens on, in the order in which they were added.
*/

/*!
    Returns the value of the property \l urls.
*/
QList<QUrl> WsServer::serverUrls() const
{
    const bool isEncrypted = d->read(d->settings)->sslConfiguration.has_value();
    QList<QUrl> urls;
    const QList<WsWayIn> waysIn = d->read(d->waysIn);
    for (const WsWayIn &way : waysIn)
        urls.append(urlOf(way, isEncrypted));
    return urls;
}

/*!
    \property WsServer::host
    \brief the address for \l listening: the first of \l hosts, or an empty string if there is none.

    Setting it replaces all \l hosts; an empty string leaves none.
*/
QString WsServer::host() const
{
    return d->read(d->wantedHosts).value(0);
}

void WsServer::setHost(const QString &host)
{
    setHosts(host.isEmpty() ? QStringList() : QStringList(host));
}

/*!
    \property WsServer::hosts
    \brief the addresses for \l listening. The default is \c 127.0.0.1 alone, so that only programs on this
    machine reach the server.

    Each entry is an address, or one of the following. Other names are not looked up.

    \table
    \header \li Entry \li The server listens on
    \row \li \c localhost \li \c 127.0.0.1
    \row \li \c 0.0.0.0 \li all IPv4 addresses
    \row \li \c :: \li all IPv6 addresses
    \row \li \c * \li all addresses, IPv4 and IPv6, with one socket (QHostAddress::Any)
    \endtable

    If the list is empty, the server listens on \l localPath alone. A change takes effect when listening is
    set to \c true the next time.
*/
QStringList WsServer::hosts() const
{
    return d->read(d->wantedHosts);
}

void WsServer::setHosts(const QStringList &hosts)
{
    d->run([hosts](WsServerPrivate &server) { server.setHosts(hosts); });
}

/*!
    \property WsServer::port
    \brief the port for \l listening, the same for all \l hosts. The default is 0, a free port, which
    serverPort() and \l url then contain.
*/
quint16 WsServer::port() const
{
    return d->read(d->port);
}

void WsServer::setPort(quint16 port)
{
    d->run([this, port](WsServerPrivate &) {
        if (d->storeChange(d->port, port))
            Q_EMIT portChanged();
    });
}

/*!
    \property WsServer::localPath
    \brief the local socket for \l listening; see listen(). It is empty by default, and then the server
    listens on addresses alone.

    If it is set, the server listens on it and on \l hosts. Set \l host to an empty string for the local
    socket alone. A change takes effect when listening is set to \c true the next time.

    \sa setLocalPermissions()
*/
QString WsServer::localPath() const
{
    return d->read(d->wantedLocalPath);
}

void WsServer::setLocalPath(const QString &path)
{
    d->run([this, path](WsServerPrivate &) {
        if (d->storeChange(d->wantedLocalPath, path))
            Q_EMIT localPathChanged();
    });
}

/*!
    Returns the permissions that the file of a local socket gets. By default there are none, which means:
    those that the umask of the process leaves.

    \sa setLocalPermissions()
*/
QFileDevice::Permissions WsServer::localPermissions() const
{
    return d->read(d->localPermissions);
}

/*!
    Sets the \a permissions that the file of a local socket gets from the next listen() on. They are set
    before any client can connect, and the umask does not limit them.

    Whoever may write to the file can connect to the server; on Linux, reading and executing mean nothing.
    With the usual umask (022), this is the user of the process alone. For a proxy of the same group:

    \code
    server.setLocalPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadGroup
                               | QFileDevice::WriteGroup);
    \endcode

    The group of the file is that of the process, or that of the folder if the folder has the setgid bit. A
    client also needs permission to search the folder, which is the only protection on systems that ignore the
    permissions of sockets, such as old BSDs.
*/
void WsServer::setLocalPermissions(QFileDevice::Permissions permissions)
{
    d->run([this, permissions](WsServerPrivate &) {
        if (d->storeChange(d->localPermissions, permissions))
            Q_EMIT localPermissionsChanged();
    });
}

/*!
    \property WsServer::reusePort
    \brief whether other servers can listen on the same address and port, also those of other processes
    (\c SO_REUSEPORT). The default is \c false: a second server on a port is usually a mistake.

    All of them must set it before they listen, and on Linux must be processes of the same user. The first one
    can take a free port, and the others that port. Linux then spreads new connections over the sockets, by a
    hash of the addresses and ports of both sides, without regard to how busy each process is. Other systems
    may give all of them to the last one. It is not used for local sockets and for descriptors.

    It serves two purposes: several processes that share the load, and a new process that begins to listen
    before the old one stops. When a socket of the group is closed, the kernel resets the clients that wait on
    it or are about to connect to it, unless the sysctl \c net.ipv4.tcp_migrate_req is 1. The server avoids
    this on Linux: after stopListening() it turns new clients away, accepts those that have begun to connect
    for another 300 ms, and closes the socket then. A client that is turned away tries again after a second,
    as if a packet had been lost, and reaches another process. closed() is emitted after that time. A copy of
    the socketDescriptor() of such a server is of no use for another process, because the socket goes on to
    turn clients away.

    A change takes effect with the next listen(). On systems without \c SO_REUSEPORT, such as Windows,
    listen() returns \c false if it is set.

    \sa listenFromSystemd(), threadCount
*/
bool WsServer::reusePort() const
{
    return d->read(d->reusePort);
}

void WsServer::setReusePort(bool value)
{
    d->run([this, value](WsServerPrivate &) {
        if (d->storeChange(d->reusePort, value))
            Q_EMIT reusePortChanged();
    });
}

/*!
    Stops listening everywhere, and leaves the connections as they are, also those that are still opening.
    Clients that the system has accepted already are served first, unless accepting is paused. The port is
    free from now on, for example for a process that replaces this one, and this server may listen again at
    any time. With \l reusePort, clients that are about to connect still can for 300 ms. listeningChanged() is
    emitted, and closed() is not.

    If the server is closing and was to listen again after closed(), it does not. Otherwise the call does
    nothing if the server does not listen.

    \sa close(), pauseAccepting()
*/
void WsServer::stopListening()
{
    d->run([](WsServerPrivate &server) {
        server.stayClosed();
        server.stopListening();
    });
}
