// SPDX-License-Identifier: MIT
#ifndef SAVEDCONNECTIONS_H
#define SAVEDCONNECTIONS_H

#include "storedjson.h"

#include <WsKit/WsHeaders>

#include <QtCore/qlist.h>
#include <QtCore/qstringlist.h>

#include <optional>

// How to connect to a server.
struct SavedConnection
{
    QString url;
    WsHeaders headers;
    QStringList subprotocols;
    QString origin;
    QString host;        // for the Host header and the certificate; if empty, that of the URL
    QString proxy;       // a URL, "none", or empty for the system's
    QString localSocket; // if not empty, the way to the server
    QString user;
    QString password;
    QString tokenFile;
    QString caFile;
    QString certificateFile;
    QString keyFile;
    QString passPhraseFile; // of the key
    QStringList pins;
    qint64 maxRedirects = 0;
    qint64 maxMessageSize = 0;   // in bytes; 0 for the library's
    qint64 connectTimeoutMs = 0; // 0 for none
    bool ignoresTlsErrors = false;
    bool isCompressed = false;
    bool reconnects = false;
    // The secrets that were not saved: names of headers and of parameters of the URL, "password" and
    // "proxy password". Set by SavedConnections.
    QStringList missing;

    bool operator==(const SavedConnection &) const = default;
};

// Connections by their names, in a file that only its user can read. The functions return an empty text, or
// what is wrong.
class SavedConnections
{
public:
    enum class SecretPolicy { Remove, Keep };

    explicit SavedConnections(const QString &fileName = defaultFileName()) : m_file(fileName) { }
    static QString defaultFileName();

    QString load();
    // Adds a connection, or replaces the one of this name.
    QString save(const QString &name, const SavedConnection &connection,
                 SecretPolicy policy = SecretPolicy::Remove);
    QString remove(const QString &name);

    // As they were when they were loaded or changed last.
    QStringList names() const { return m_connections.keys(); }
    bool contains(const QString &name) const { return m_connections.contains(name); }
    QString find(const QString &name, SavedConnection *connection) const;

    // The connection without its secrets, whose names are in `missing`.
    static SavedConnection withoutSecrets(const SavedConnection &connection);
    // A list of these names for the user.
    static QString shownSecrets(const QStringList &missing);

private:
    StoredJson m_file;
    QJsonObject m_connections; // members that this version does not know stay
};

#endif // SAVEDCONNECTIONS_H
