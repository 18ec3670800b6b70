// SPDX-License-Identifier: MIT
#ifndef CLIENTOPTIONS_H
#define CLIENTOPTIONS_H

#include <WsKit/WsClient>

#include <chrono>

class CommandLine;

// The files and names of TLS.
struct TlsSettings
{
    QString caFile;
    QString certificateFile;
    QString keyFile;       // if empty, the key is in the certificate's file
    QByteArray passPhrase; // of the key, if it is encrypted
    QStringList pins;
    bool ignoresErrors = false;
};

// The arguments of every command that connects: the URL, the way to the server and the opening handshake.
struct ClientSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    QString host; // the name of the server for the Host header and its certificate; empty for the URL's
    QString proxy;
    QString user;
    QString password;
    QString bearerFile;
    TlsSettings tls;
    std::chrono::milliseconds connectTimeout{0};
    int maxRedirects = 0;
    bool isCompressed = false;
};

void addClientOptions(CommandLine &line);

// Both return an empty text, or what is wrong. The first may ask for a password on the terminal.
QString readClientSettings(const CommandLine &line, ClientSettings *settings);
QString configureClient(WsClient &client, const ClientSettings &settings);

#endif // CLIENTOPTIONS_H
