// SPDX-License-Identifier: MIT
#ifndef CLIENTOPTIONS_H
#define CLIENTOPTIONS_H

#include "savedconnections.h"

#include <WsKit/WsClient>

#include <chrono>

class CommandLine;

// The files and names of TLS.
struct TlsSettings
{
    QString caFile;
    QString certificateFile;
    QString keyFile; // if empty, the key is in the certificate's file
    QString passPhraseFile;
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
    qint64 maxMessageSize = 0; // 0 for the library's
    int maxRedirects = 0;
    bool isCompressed = false;
    bool asksForPasswords = true; // those that are not given, on the terminal
    bool reconnects = false;      // because the saved connection says so
    QString remark;               // on what the saved connection does not contain
};

void addUrlArgument(CommandLine &line);
void addClientOptions(CommandLine &line);

// The settings under a name; what the command line says is as it would be without one.
SavedConnection toSaved(const ClientSettings &settings);

// Both return an empty text, or what is wrong. The first may ask for a password on the terminal.
QString readClientSettings(const CommandLine &line, ClientSettings *settings, const QString &url);
QString configureClient(WsClient &client, const ClientSettings &settings);

#endif // CLIENTOPTIONS_H
