// SPDX-License-Identifier: MIT
#include "net/connection/wslocalurl.h"

#include <QtCore/qurl.h>

namespace {
QByteArray encodedPath(const QUrl &url)
{
    return url.path(QUrl::FullyEncoded).toLatin1();
}
} // namespace

bool wsIsLocalUrl(const QUrl &url)
{
    return url.scheme() == QLatin1String("ws+unix");
}

QString wsLocalUrlProblem(const QUrl &url)
{
    if (!url.authority().isEmpty())
        return QStringLiteral("a local socket has no host: write ws+unix:///path/to/socket");
    if (wsLocalPath(url).isEmpty())
        return QStringLiteral("it has no path of a local socket");
    if (wsLocalPath(url).contains(QChar(u'\0')))
        return QStringLiteral("the path of the local socket contains a null character");
    if (!wsLocalRequestPath(url).startsWith('/'))
        return QStringLiteral("the request path after the colon does not begin with a slash; a colon in the "
                              "path of the local socket is written %3A");
    return {};
}

QString wsLocalPath(const QUrl &url)
{
    const QByteArray path = encodedPath(url);
    const qsizetype colonAt = path.indexOf(':');
    return QUrl::fromPercentEncoding(colonAt < 0 ? path : path.first(colonAt));
}

QByteArray wsLocalRequestPath(const QUrl &url)
{
    const QByteArray path = encodedPath(url);
    const qsizetype colonAt = path.indexOf(':');
    const QByteArray requestPath = colonAt < 0 ? QByteArray() : path.sliced(colonAt + 1);
    return requestPath.isEmpty() ? QByteArray("/") : requestPath;
}

QUrl wsLocalUrl(const QString &path)
{
    QUrl url;
    url.setScheme(QStringLiteral("ws+unix"));
    if (path.startsWith(u'/'))
        url.setHost(QStringLiteral("")); // which writes the two slashes before the path
    url.setPath(QString::fromLatin1(QUrl::toPercentEncoding(path, "/")), QUrl::TolerantMode);
    return url;
}
