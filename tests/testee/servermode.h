// SPDX-License-Identifier: MIT
#ifndef SERVERMODE_H
#define SERVERMODE_H

#include <QtCore/qstringlist.h>
#include <QtNetwork/qhostaddress.h>

#include <chrono>
#include <optional>

struct ServerSettings
{
    QHostAddress host;
    QStringList tlsFiles; // none, or the certificate and its key
    qint64 maxMessageSize = 0; // 0: the library's default
    int threads = 0;
    int maxPendingHandshakes = -1; // the library's default
    quint16 port = 0;
    bool fansOut = false;
    bool isFast = false;
    bool deflates = false;
    std::chrono::seconds closeTimeout{5};
    std::optional<std::chrono::seconds> handshakeTimeout; // null: the library's default
    std::optional<std::chrono::seconds> pingInterval;     // the same
};

// Runs until SIGINT or SIGTERM, then closes every connection politely; returns the exit status.
int runServerMode(const ServerSettings &settings);

#endif // SERVERMODE_H
