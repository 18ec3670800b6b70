// SPDX-License-Identifier: MIT
#ifndef LOCALSOCKETURL_H
#define LOCALSOCKETURL_H

#include <QtCore/qurl.h>

// The URL of a local socket, `ws+unix:///path/to/socket:/path?query`, with the path and the query of another
// URL.
QUrl localSocketUrl(const QString &fileName, const QUrl &requested);

#endif // LOCALSOCKETURL_H
