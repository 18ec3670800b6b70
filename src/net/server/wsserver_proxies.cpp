// SPDX-License-Identifier: MIT

// Which proxies a server trusts.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

#include <QtCore/qpointer.h>

/*!
    \property WsServer::trustedProxies
    \brief the reverse proxies that may say whom they connect for; empty by default, because everybody can
    send the headers in question.

    An entry is an address (\c {10.0.0.5}, \c {fd00::5}), a subnet (\c {10.0.0.0/8}, \c {fd00::/8}), or
    \c {unix:} for all programs that connect to a local socket. It must not cover anybody else who can
    connect: on a machine with other users, prefer a local socket with permissions to \c {127.0.0.1}.

    The header \c Forwarded of a request from one of these peers, or its headers \c X-Forwarded-For,
    \c X-Forwarded-Proto and \c X-Forwarded-Host, decide
    \list
    \li WsRequest::peerAddress and WsConnection::peerAddress(), and the port, which is 0 if the proxy does not
        tell; WsRequest::proxyAddress is the address of the proxy then,
    \li WsRequest::isEncrypted, WsConnection::isEncrypted(), and the scheme of WsConnection::url(),
    \li the host that \l allowedHosts and \l allowedOrigins compare, and that of WsConnection::url(),
    \li which address \l maxConnectionsPerAddress counts (never that of a trusted proxy itself), which one
        setConnectionFilter() is asked about, and which one signals and the log name.
    \endlist

    Each proxy appends the address that it got the request from. So the entries are read from the right, as
    long as they name proxies that are trusted themselves; the first other address is the client. What a client
    has sent is to the left of that, and is not read. An entry \c unknown, or a name that hides the client,
    leads to a null address. If nobody but trusted proxies is named, the leftmost is the client. A request
    without these headers, such as a health check, is one of the proxy itself.

    Many proxies set one kind of headers and pass on the other kind as the client has sent it, and a server
    cannot see which. Other servers prefer one kind, and can then be deceived by the other. This one compares
    the two: if they name different clients, schemes or hosts, the request is answered with 400. The same holds
    for an entry that cannot be understood. So let the proxy set one kind, and remove the other.

    A server that listens on loopback answers requests that come by trusted proxies for any host, also with
    \l proxyProtocol, which is for programs that only pass bytes on. If \l allowedHosts names hosts, only
    these are answered.

    An entry that cannot be used is left out, and reported by errorOccurred() with the kind
    Ws::ErrorKind::Misuse. A change takes effect with the next client. The function can be called from any
    thread.

    RFC 7239.

    \sa proxyProtocol, {WsKit behind a proxy}
*/
QStringList WsServer::trustedProxies() const
{
    return d->read(d->settings)->trustedProxies;
}

void WsServer::setTrustedProxies(const QStringList &value)
{
    d->run([value](WsServerPrivate &data) { data.setTrustedProxies(value); });
}

/*!
    \property WsServer::proxyProtocol
    \brief whether connections of \l trustedProxies must begin with a header of the PROXY protocol, version 1
    or 2. The default is \c false.

    It is for proxies that pass bytes on without reading them, so that TLS can end in the server: HAProxy in
    TCP mode, the \c stream module of nginx, or network load balancers. The header comes before TLS and HTTP.
    It names the client, with the consequences that \l trustedProxies describes. Version 2 can also tell that
    the client uses TLS with the proxy. The request itself is the client's, so its headers \c Forwarded and
    \c {X-Forwarded-…} are not used, unless the client is a trusted proxy, too. A connection that the
    proxy makes for itself (\c LOCAL), or does not know the client of (\c UNKNOWN), counts as the proxy's own.

    The header has to arrive within WsOptions::handshakeTimeout(), and may have up to 4,112 bytes. Until then
    the client is pending, see \l maxPendingHandshakes. If something else arrives, the connection is cut:
    connectionRejected() and the log tell why. A header from anybody else is answered with 400, and so is one
    from a proxy while this property is \c false; where TLS is expected, the connection is cut instead. Values
    of version 2 that are not needed are skipped; a checksum is verified.

    It does not apply to handleConnection(), whose caller has accepted the socket and may have read from it.
    It is not available for named pipes on Windows. A change takes effect with the next client. The function
    can be called from any thread.

    \sa {https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt}{The PROXY protocol}
*/
bool WsServer::proxyProtocol() const
{
    return d->read(d->settings)->proxyProtocol;
}

void WsServer::setProxyProtocol(bool value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.changeSetting(&WsServerSettings::proxyProtocol, value))
            Q_EMIT data.q->proxyProtocolChanged();
    });
}

void WsServerPrivate::setTrustedProxies(const QStringList &proxies)
{
    if (settings->trustedProxies == proxies)
        return;
    QStringList problems;
    setSetting(&WsServerSettings::proxies, WsTrustedProxies(proxies, &problems));
    setSetting(&WsServerSettings::trustedProxies, proxies);
    const QPointer<WsServer> self(q);
    Q_EMIT q->trustedProxiesChanged();
    if (self)
        reportMisuse(problems);
}
