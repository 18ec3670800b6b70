// SPDX-License-Identifier: MIT
#ifndef WSALLOWEDHOSTS_H
#define WSALLOWEDHOSTS_H

#include <WsKit/wsheaders.h>

#include <QtCore/qstringlist.h>

// Which hosts a server answers for. With DNS rebinding a web page reaches a server under a name of its own.
// Its origin then matches the Host header, so only the name itself shows it.
struct WsHostPolicy
{
    QStringList allowed;         // empty: any, except as follows
    bool isLoopbackOnly = false; // the server only listens on loopback
};

// Returns why a request with \a headers is not answered, or an empty string. An absolute-form target must
// have replaced the Host header already.
QString wsCheckAllowedHost(const WsHostPolicy &policy, const WsHeaders &headers);
// Returns why \a entry, one of those that are allowed, can never match; or an empty string.
QString wsCheckHostEntry(const QString &entry);

#endif // WSALLOWEDHOSTS_H
