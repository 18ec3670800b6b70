// SPDX-License-Identifier: MIT
#ifndef WSORIGIN_H
#define WSORIGIN_H

#include <QtCore/qstringlist.h>

// Returns why a page from \a origin may not connect, or an empty string if it may: it is the origin of the
// server itself, which \a host names, or one of \a allowed (RFC 6455 §10.2). A request without an origin does
// not come from a browser and is allowed. \a isEncrypted tells whether the connection uses TLS.
QString wsCheckOrigin(const QStringList &allowed, const QString &origin, const QByteArray &host,
                      bool isEncrypted);
// Returns why \a entry, one of those that are allowed, can never match; or an empty string.
QString wsCheckOriginEntry(const QString &entry);

#endif // WSORIGIN_H
