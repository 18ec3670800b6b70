// SPDX-License-Identifier: MIT
#ifndef WSLOCALURL_H
#define WSLOCALURL_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QUrl;
QT_END_NAMESPACE

// URLs of local sockets: ws+unix:///path/to/socket:/request/path?query. A colon in the path of the socket is
// written %3A.
bool wsIsLocalUrl(const QUrl &url);
// What is wrong with the URL of a local socket, or an empty string.
QString wsLocalUrlProblem(const QUrl &url);
// The path of the socket, or its name if it does not begin with a slash.
QString wsLocalPath(const QUrl &url);
// Encoded; "/" if the URL names none.
QByteArray wsLocalRequestPath(const QUrl &url);
// The URL of the socket with this path.
QUrl wsLocalUrl(const QString &path);

#endif // WSLOCALURL_H
