// SPDX-License-Identifier: MIT
#include "redis/wsredisaddress.h"

#include <QtCore/qregularexpression.h>
#include <QtCore/qurl.h>
#include <QtCore/qurlquery.h>

namespace {
// An invalid URL has no parts: what it was made of is in the text of its error.
QString shownUrl(const QUrl &url)
{
    if (url.isValid())
        return url.toDisplayString(QUrl::RemoveUserInfo);
    static const QRegularExpression source(QStringLiteral("source was \"([^\"]*)\""));
    static const QRegularExpression userInfo(QStringLiteral("//[^/]*@"));
    return source.match(url.errorString()).captured(1).replace(userInfo, QStringLiteral("//"));
}

// Returns false if \a text is not the number of a database.
bool readDatabase(const QString &text, int *database)
{
    bool isNumber = false;
    *database = text.toInt(&isNumber);
    return isNumber && *database >= 0 && text.at(0) != u'+';
}

QString readLogin(const QUrl &url, WsRedisAddress *address)
{
    address->user = url.userName(QUrl::FullyDecoded).toUtf8();
    address->password = url.password(QUrl::FullyDecoded).toUtf8();
    if (!address->user.isEmpty() && address->password.isEmpty())
        return QStringLiteral("it has a user, but no password; a password alone is written as :password@");
    return {};
}

QString readLocal(const QUrl &url, WsRedisAddress *address)
{
    address->localPath = url.path(QUrl::FullyDecoded);
    if (!url.host().isEmpty())
        return QStringLiteral("it has a host; a path follows three slashes, as in unix:///run/redis.sock");
    if (!address->localPath.startsWith(u'/'))
        return QStringLiteral("it has no absolute path");
    const auto items = QUrlQuery(url).queryItems();
    for (const auto &[name, value] : items) {
        if (name != QLatin1String("db") || value.isEmpty() || !readDatabase(value, &address->database))
            return QStringLiteral("its query is not ?db= with the number of a database");
    }
    return {};
}

QString readRemote(const QUrl &url, WsRedisAddress *address)
{
    address->isTls = url.scheme() == QLatin1String("rediss");
    address->host = url.host(QUrl::FullyDecoded);
    address->port = url.port(address->port);
    if (address->host.isEmpty())
        return QStringLiteral("it has no host");
    if (address->port == 0)
        return QStringLiteral("its port is 0");
    const QString path = url.path(QUrl::FullyDecoded).mid(1);
    if (!path.isEmpty() && !readDatabase(path, &address->database))
        return QStringLiteral("its path is not the number of a database");
    if (url.hasQuery())
        return QStringLiteral("it has a query");
    return {};
}

QString readUrl(const QUrl &url, WsRedisAddress *address)
{
    const QString scheme = url.scheme();
    if (url.isEmpty())
        return QStringLiteral("it is empty");
    if (!url.isValid())
        return url.errorString().section(u';', 0, 0);
    if (scheme == QLatin1String("unix") || scheme == QLatin1String("redis+unix"))
        return readLocal(url, address);
    if (scheme == QLatin1String("redis") || scheme == QLatin1String("rediss"))
        return readRemote(url, address);
    return QStringLiteral("its scheme is not redis, rediss, unix or redis+unix");
}
} // namespace

WsRedisAddress WsRedisAddress::of(const QUrl &url)
{
    WsRedisAddress address;
    address.shown = shownUrl(url);
    QString problem = readUrl(url, &address);
    if (problem.isEmpty())
        problem = readLogin(url, &address);
    if (!problem.isEmpty())
        address.problem =
            QStringLiteral("the URL \"%1\" does not name a Redis: %2").arg(address.shown, problem);
    return address;
}
