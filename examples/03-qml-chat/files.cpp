// SPDX-License-Identifier: MIT
#include "files.h"

#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qmimedatabase.h>

namespace {
constexpr qint64 maxPictureSize = 3 * 1024 * 1024;

QString localPath(const QUrl &url)
{
    return url.scheme() == u"qrc" ? u':' + url.path() : url.toLocalFile();
}

bool isKnownType(const QString &mime)
{
    return mime == u"image/png" || mime == u"image/jpeg" || mime == u"image/gif" || mime == u"image/webp";
}

QVariant problem(const QString &text)
{
    return QVariantMap{{QStringLiteral("problem"), text}};
}
} // namespace

QString Files::readText(const QUrl &url) const
{
    QFile file(localPath(url));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QVariant Files::readPicture(const QUrl &url) const
{
    QFile file(localPath(url));
    if (!file.open(QIODevice::ReadOnly))
        return problem(file.errorString());
    if (file.size() > maxPictureSize)
        return problem(tr("a picture has at most 3 MB"));
    const QByteArray data = file.readAll();
    const QString mime = QMimeDatabase().mimeTypeForData(data).name();
    if (!isKnownType(mime))
        return problem(tr("only PNG, JPEG, GIF and WebP pictures can be sent"));
    return QVariantMap{{QStringLiteral("file"), QFileInfo(file).fileName()},
                       {QStringLiteral("mime"), mime},
                       {QStringLiteral("data"), data}};
}

QString Files::keep(const QByteArray &data)
{
    QFile file(m_folder.filePath(QString::number(++m_count)));
    if (!file.open(QIODevice::WriteOnly) || file.write(data) != data.size())
        return {};
    return QUrl::fromLocalFile(file.fileName()).toString();
}

void Files::drop(const QUrl &url)
{
    const QFileInfo file(url.toLocalFile());
    if (file.path() == m_folder.path())
        QFile::remove(file.filePath());
}
