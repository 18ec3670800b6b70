// SPDX-License-Identifier: MIT
#include "secrets.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QUrl>
#include <QtCore/QUrlQuery>

#include <utility>

bool Secrets::isSecret(const QString &name)
{
    static const QRegularExpression secret(
        QStringLiteral("authorization|cookie|token|secret|passw|passphrase|ticket|credential|session|apikey"
                       "|(^|[^a-z])(auth|key|jwt|pwd|pass|sig|signature)$"),
        QRegularExpression::CaseInsensitiveOption);
    // The key of the opening handshake is none.
    return !name.startsWith(QLatin1String("Sec-WebSocket-"), Qt::CaseInsensitive)
           && secret.match(name).hasMatch();
}

// The scheme of a login stays. Digest contains no password, and is worth a look.
QString Secrets::shownValue(const QByteArray &name, const QByteArray &value)
{
    if (value.isEmpty() || !isSecret(QString::fromUtf8(name)))
        return QString::fromUtf8(value);
    const QString hidden = QStringLiteral("\u2026");
    const qsizetype schemeEnd = value.indexOf(' ');
    const bool isLogin = schemeEnd > 0 && name.toLower().endsWith("authorization");
    if (isLogin && value.startsWith("Digest "))
        return QString::fromUtf8(value);
    return isLogin ? QString::fromUtf8(value.first(schemeEnd + 1)) + hidden : hidden;
}

QString Secrets::storedUrl(const QUrl &url)
{
    if (url.host().isEmpty() && url.scheme() != u"ws+unix")
        return {};
    QUrl stored = url;
    QUrlQuery query(url);
    QList<std::pair<QString, QString>> parameters;
    bool hasSecret = false;
    const auto items = query.queryItems(QUrl::FullyEncoded);
    for (const auto &[name, value] : items) {
        const bool isHidden = isSecret(QUrl::fromPercentEncoding(name.toLatin1()));
        parameters.append({name, isHidden ? QStringLiteral("") : value});
        hasSecret = hasSecret || isHidden;
    }
    query.setQueryItems(parameters);
    if (hasSecret)
        stored.setQuery(query.toString(QUrl::FullyEncoded));
    return stored.toString(QUrl::RemovePassword);
}

QString Secrets::storedProxy(const QString &text)
{
    const QUrl url(text);
    const bool hasMore = url.path().size() > 1 || url.hasQuery() || url.hasFragment();
    const bool isProxy = !url.scheme().isEmpty() && !url.host().isEmpty() && !hasMore;
    return isProxy || text == u"none" ? url.toString(QUrl::RemovePassword) : QString();
}
