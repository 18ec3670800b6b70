// SPDX-License-Identifier: MIT
#ifndef CONNECTIONSETTINGS_H
#define CONNECTIONSETTINGS_H

#include <WsKit/WsHeaders>

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>
#include <QtCore/QUrl>

#include <optional>

QT_BEGIN_NAMESPACE
class QSslConfiguration;
QT_END_NAMESPACE

struct TlsSettings
{
    Q_DECLARE_TR_FUNCTIONS(TlsSettings)

public:
    // Nothing, and why in `error`, where a file cannot be used.
    std::optional<QSslConfiguration> configuration(QString *error) const;

    bool ignoresErrors = false;
    QString caFile;
    QString certificateFile;
    QString keyFile;
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
