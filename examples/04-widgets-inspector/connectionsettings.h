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
    QString keyFile; // empty: in the certificate's file
};

// What the user has entered about the connection to open.
struct ConnectionSettings
{
    QUrl url;
    WsHeaders headers;
    QStringList subprotocols;
    QString origin;
    TlsSettings tls;
};

#endif // CONNECTIONSETTINGS_H
