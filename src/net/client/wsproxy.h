// SPDX-License-Identifier: MIT
#ifndef WSPROXY_H
#define WSPROXY_H

#include <QtNetwork/qnetworkproxy.h>

QT_BEGIN_NAMESPACE
class QUrl;
QT_END_NAMESPACE

// The proxy by which Qt's sockets would connect to \a host if they had \a set as theirs; of the type NoProxy
// if they would connect directly. If none of the proxies can carry the connection, it is one of these, so
// that the connection fails.
QNetworkProxy wsProxyTo(const QString &host, quint16 port, bool isTls, const QNetworkProxy &set);

// Reads the URL of a proxy. Returns what is wrong with it, or an empty string.
QString wsReadProxyUrl(const QUrl &url, QNetworkProxy *proxy);

#endif // WSPROXY_H
