// SPDX-License-Identifier: MIT
#ifndef WSSERVERSETTINGS_H
#define WSSERVERSETTINGS_H

#include "net/server/wsadmission.h"
#include "protocol/wsallowedhosts.h"

#include <WsKit/wsserver.h>

#include <memory>
#include <optional>

// The settings for accepting connections. Each client keeps those of the time when it connected, so that a
// thread never sees them change.
struct WsServerSettings
{
    WsOptions options;
    QStringList subprotocols;
    QStringList allowedOrigins;
    WsHostPolicy hosts;
    QStringList trustedProxies;
    bool proxyProtocol = false; // is required from them
    qint64 maxRequestBody = 0;
    QByteArray serverName; // of the Server header; empty: there is none
    std::optional<QSslConfiguration> sslConfiguration;
    // Called in the connection's thread:
    WsServer::ConnectionHandler connectionHandler;
    WsServer::SslErrorFilter sslErrorFilter;
    WsServer::PreSharedKeyHandler preSharedKeyHandler;
    // Called in the server's thread:
    WsServer::RequestFilter requestFilter;
    WsServer::RequestHandler requestHandler;
    WsServer::AsyncRequestHandler asyncRequestHandler;
    WsServer::CertificateMapper certificateMapper;
};

// A client that the server's thread passes on.
struct WsAcceptedClient
{
    qintptr descriptor = -1;
    bool isLocal = false; // the descriptor is that of a local socket
    QHostAddress address;
    std::shared_ptr<const WsServerSettings> settings;
    WsAdmission::Number number = 0; // pending
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
