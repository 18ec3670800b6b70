// SPDX-License-Identifier: MIT
#include "localsocketurl.h"

#include <QtCore/qdir.h>

QUrl localSocketUrl(const QString &fileName, const QUrl &requested)
{
    const QByteArray file = QUrl::toPercentEncoding(QDir::current().absoluteFilePath(fileName), "/");
    QString path = requested.path(QUrl::FullyEncoded);
    if (path.isEmpty())
        path = QStringLiteral("/");
    QUrl url(QStringLiteral("ws+unix://") + QString::fromLatin1(file) + u':' + path);
    if (requested.hasQuery())
        url.setQuery(requested.query(QUrl::FullyEncoded));
    return url;
}
