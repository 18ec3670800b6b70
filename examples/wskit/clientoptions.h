// SPDX-License-Identifier: MIT
#ifndef CLIENTOPTIONS_H
#define CLIENTOPTIONS_H

#include <WsKit/WsClient>

class CommandLine;

// What every command that connects asks for: where to, and with which opening handshake.
struct ClientSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    bool ignoresTlsErrors = false;
    bool isCompressed = false;
};

void addClientOptions(CommandLine &line);

// Both return what is wrong, or nothing where all is well.
QString readClientSettings(const CommandLine &line, ClientSettings *settings);
QString configureClient(WsClient &client, const ClientSettings &settings);

#endif // CLIENTOPTIONS_H
