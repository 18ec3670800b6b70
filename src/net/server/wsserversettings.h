// SPDX-License-Identifier: MIT
#ifndef WSSERVERSETTINGS_H
#define WSSERVERSETTINGS_H

#include "net/server/wsadmission.h"
#include "net/server/wscertificates.h"
#include "net/server/wsroutes.h"
#include "net/server/wstrustedproxies.h"
#include "protocol/wsallowedhosts.h"
#include "protocol/wsproxyprotocol.h"

#include <WsKit/wsserver.h>

#include <memory>
#include <optional>

// The settings for accepting connections. Each client keeps those of the time when it connected, or when its
// request began if it has been answered before, so that a thread never sees them change.
struct WsServerSettings
{
    WsOptions options;
    QStringList subprotocols;
    QStringList allowedOrigins;
    WsHostPolicy hosts;
    QStringList trustedProxies;
    WsTrustedProxies proxies; // the same, parsed
    bool proxyProtocol = false; // is required from them
    qint64 maxRequestBody = 0;
    QByteArray serverName; // of the Server header; empty: there is none
    std::optional<QSslConfiguration> sslConfiguration;
    WsNamedCertificates namedCertificates; // instead of its certificate
    // Called in the connection's thread:
    WsServer::ConnectionHandler connectionHandler;
    WsServer::SslErrorFilter sslErrorFilter;
    WsServer::PreSharedKeyHandler preSharedKeyHandler;
    // Called in the server's thread:
    std::shared_ptr<const WsServer::ConnectionFilter> connectionFilter;
    WsServer::RequestFilter requestFilter;
    WsRoutes routes;
    WsServer::RequestHandler requestHandler;
    WsServer::AsyncRequestHandler asyncRequestHandler;
    WsServer::CertificateMapper certificateMapper;
};

// A client that the server's thread passes on.
struct WsAcceptedClient
{
    qintptr descriptor = -1;
    bool isLocal = false; // the descriptor is that of a local socket
    QHostAddress address; // if a PROXY header has named it, that of the client
    quint16 port = 0;     // of the socket, if it is one of TCP
    std::shared_ptr<const WsServerSettings> settings;
    WsAdmission::Number number = 0; // pending
    WsTime acceptedAt = WsClock::now();
    std::optional<WsProxyHeader> proxyHeader;
    QHostAddress proxyAddress; // of the proxy whose header has named it
    // That it has sent with the first message of TLS; empty if it has sent none, unknown until the message is
    // there.
    std::optional<QByteArray> serverName;
    // When the connection filter is asked about it: for the clients of a trusted proxy, with each request.
    enum class Filtering : quint8 { Never, AtArrival, EachRequest };
    Filtering filtering = Filtering::Never;

    // Whether the headers of its requests say whom it connects for. Those behind a PROXY header are the client's,
    // which may be another proxy.
    bool isTrustedProxy() const
    {
        const bool isKnown = !proxyHeader || !proxyHeader->isOfProxy;
        return isKnown && settings->proxies.contains(address, isLocal && !proxyHeader);
    }
    bool isFilteredNow() const { return filtering == Filtering::EachRequest && settings->connectionFilter; }
    // Its address in the limits per address.
    QHostAddress countedAddress() const
    {
        const bool isOfProxy = proxyHeader && proxyHeader->isOfProxy;
        return isOfProxy || isTrustedProxy() ? WsAdmission::uncounted() : address;
    }
};

// A client that has gone, or whose socket has gone.
struct WsRemovedClient
{
    WsConnection *connection = nullptr; // not to be used
    QHostAddress address;
    WsAdmission::Number number = 0; // it was still pending
    bool wasUndecided = false;      // it was counted as one whose request is not answered
    bool wasOpen = false;
    bool wasTaken = false; // by nextPendingConnection()
};

#endif // WSSERVERSETTINGS_H
