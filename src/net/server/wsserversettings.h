// SPDX-License-Identifier: MIT
#ifndef WSSERVERSETTINGS_H
#define WSSERVERSETTINGS_H

#include "protocol/wshttphead.h"

#include <WsKit/wsserver.h>

#include <QtNetwork/qsslconfiguration.h>

#include <memory>
#include <optional>

// What connections are accepted by. Each keeps the settings that there were when it came, so that a thread
// never sees them change.
struct WsServerSettings
{
    WsOptions options;
    QStringList subprotocols;
    QStringList allowedOrigins;
    std::optional<QSslConfiguration> sslConfiguration;
    WsServer::ConnectionHandler connectionHandler;
    // Called in the server's thread:
    WsServer::RequestHandler requestHandler;
    WsServer::AsyncRequestHandler asyncRequestHandler;
};

// A client as the server's thread hands it on.
struct WsAcceptedClient
{
    qintptr descriptor = -1;
    QHostAddress address;
    std::shared_ptr<const WsServerSettings> settings;
    WsHttpError refusal;
};

// What the server's thread is told of one that has gone.
struct WsRemovedClient
{
    WsConnection *connection = nullptr; // not to be used
    QHostAddress address;
    bool wasOpen = false;
    bool wasRefused = false;
};

#endif // WSSERVERSETTINGS_H
