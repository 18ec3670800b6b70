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
    QString keyFile; // if empty, the key is in the certificate's file
};

// The settings that the user has entered for the next connection.
struct ConnectionSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    QString origin;
    TlsSettings tls;
};

#endif // CONNECTIONSETTINGS_H
