// SPDX-License-Identifier: MIT
#ifndef CONNECTIONSETTINGS_H
#define CONNECTIONSETTINGS_H

#include <WsKit/WsHeaders>

#include <QtCore/QStringList>
#include <QtCore/QUrl>

struct TlsSettings
{
    bool ignoresErrors = false;
    QString caFile;
    QString certificateFile;
    QString keyFile;  // if empty, the key is in the certificate's file
    QStringList pins; // SHA-256 of the keys that the server may have, in Base64; any if empty
};

// How the server is reached, and by whom.
struct RouteSettings
{
    bool reconnects = false;
    bool followsRedirects = false;
    bool compresses = false;
    QString proxy; // a URL, "none", or empty for the system's
    QString host;  // for the Host header and the certificate; if empty, that of the URL
    QString localSocket;
    QString tokenFile;
};

// The settings that the user has entered for the next connection.
struct ConnectionSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    QString origin;
    RouteSettings route;
    TlsSettings tls;
};

#endif // CONNECTIONSETTINGS_H
