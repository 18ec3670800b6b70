// SPDX-License-Identifier: MIT
#include "picture.h"

#include <QtCore/qendian.h>
#include <QtCore/qjsondocument.h>

namespace {
constexpr qsizetype prefixSize = 2;
constexpr qsizetype maxFileNameLength = 100;

bool isKnownType(const QString &mime)
{
    return mime == u"image/png" || mime == u"image/jpeg" || mime == u"image/gif" || mime == u"image/webp";
}
} // namespace

std::optional<Picture> Picture::decode(const QByteArray &message)
{
    if (message.size() < prefixSize)
        return {};
    const qsizetype headerSize = qFromBigEndian<quint16>(message.constData());
    if (message.size() <= prefixSize + headerSize)
        return {};
    const QJsonObject header = QJsonDocument::fromJson(message.mid(prefixSize, headerSize)).object();
    if (header[u"type"].toString() != u"picture" || !isKnownType(header[u"mime"].toString()))
        return {};
    const QJsonObject known{{QStringLiteral("type"), header[u"type"]},
                            {QStringLiteral("mime"), header[u"mime"]},
                            {QStringLiteral("file"), header[u"file"].toString().left(maxFileNameLength)}};
    return Picture{known, message.mid(prefixSize + headerSize)};
}

QByteArray Picture::encode() const
{
    const QByteArray json = QJsonDocument(header).toJson(QJsonDocument::Compact);
    QByteArray message(prefixSize, Qt::Uninitialized);
    qToBigEndian(quint16(json.size()), message.data());
    return message + json + data;
}
