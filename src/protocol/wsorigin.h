// SPDX-License-Identifier: MIT
#ifndef WSORIGIN_H
#define WSORIGIN_H

#include <QtCore/qstringlist.h>

// Returns whether \a origin is one of \a allowed or, if that list is empty, the origin of \a host (RFC 6455
// §10.2). A request without an origin does not come from a browser and is allowed.
bool wsIsOriginAllowed(const QStringList &allowed, const QString &origin, const QByteArray &host,
                       bool isEncrypted);

#endif // WSORIGIN_H
