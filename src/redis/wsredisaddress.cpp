// SPDX-License-Identifier: MIT
#include "redis/wsredisaddress.h"

#include <QtCore/qfile.h>
#include <QtCore/qurl.h>
#include <QtCore/qurlquery.h>

#include <algorithm>

#ifdef Q_OS_UNIX
#include <sys/un.h>
#endif

namespace {
// An invalid URL has no parts: what it was made of is in the text of its error, followed by what was read of
// it.
QString sourceOf(const QUrl &url)
{
    const QString begin = QStringLiteral("source was \"");
    const QString text = url.errorString();
    const qsizetype from = text.indexOf(begin);
    if (from < 0)
        return {};
    qsizetype to = text.lastIndexOf(QStringLiteral("\"; scheme = \""));
    if (to < 0)
        to = text.lastIndexOf(u'"');
    return text.mid(from + begin.size(), to - from - begin.size());
}

// Without what may be secret. A password that is not percent-encoded as it should be can be in every part, up
// to the last @.
QString shownUrl(const QUrl &url)
{
    using Option = QUrl::UrlFormattingOption;
    QString text =
        url.isValid()
            ? url.toDisplayString(Option::RemoveUserInfo | Option::RemoveQuery | Option::RemoveFragment)
            : sourceOf(url);
    const qsizetype from = text.indexOf(QLatin1String("//"));
    const qsizetype to = text.lastIndexOf(u'@');
    if (from >= 0 && to > from)
        text.remove(from + 2, to - from - 1);
    const auto isHidden = [](QChar letter) { return letter == u'?' || letter == u'#'; };
    return text.left(std::find_if(text.cbegin(), text.cend(), isHidden) - text.cbegin());
}

// The most bytes that the system allows in the path of a socket.
qsizetype maxLocalPath()
{
#ifdef Q_OS_UNIX
    return qsizetype(sizeof(sockaddr_un::sun_path)) - 1;
#else
    return 107;
#endif
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
    if (address->localPath.contains(QChar::Null))
        return QStringLiteral("its path contains a zero byte");
    if (QFile::encodeName(address->localPath).size() > maxLocalPath())
        return QStringLiteral("its path has more than %1 bytes").arg(maxLocalPath());
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
