// SPDX-License-Identifier: MIT
#ifndef CLIENTOPTIONS_H
#define CLIENTOPTIONS_H

#include <WsKit/WsClient>

class CommandLine;

// The arguments of every command that connects: the URL and the settings of the opening handshake.
struct ClientSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    bool ignoresTlsErrors = false;
    bool isCompressed = false;
};

void addClientOptions(CommandLine &line);

// Both return an empty text, or what is wrong.
QString readClientSettings(const CommandLine &line, ClientSettings *settings);
QString configureClient(WsClient &client, const ClientSettings &settings);

#endif // CLIENTOPTIONS_H
