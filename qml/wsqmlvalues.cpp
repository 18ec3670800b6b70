// SPDX-License-Identifier: MIT
#include "wsqmlvalues.h"

#include <QtCore/qmetaobject.h>

WsHeaders wsHeadersFromMap(const QVariantMap &map)
{
    WsHeaders headers;
    for (auto header = map.cbegin(); header != map.cend(); ++header) {
        const bool isList = header->metaType().id() == QMetaType::QVariantList;
        const QVariantList values = isList ? header->toList() : QVariantList{*header};
        for (const QVariant &value : values)
            headers.append({header.key().toLatin1(), value.toString().toUtf8()});
    }
    return headers;
}

QVariantMap wsHeadersToMap(const WsHeaders &headers)
{
    QVariantMap map;
    for (const auto &[name, value] : headers) {
        QVariant &field = map[QString::fromLatin1(name).toLower()];
        const QString text = QString::fromUtf8(value);
        field = field.isNull() ? text : QString(field.toString() + QStringLiteral(", ") + text);
    }
    return map;
}

QString WsMessageValue::toString() const
{
    return v.isText() ? v.text() : QStringLiteral("%1 bytes").arg(v.data().size());
}

QVariantMap WsRequestValue::query() const
{
    QVariantMap map;
    const auto items = v.query().queryItems(QUrl::FullyDecoded);
    for (const auto &[name, value] : items)
        map.insert(name, value);
    return map;
}

QVariantMap WsRequestValue::headers() const
{
    return wsHeadersToMap(v.headers());
}

QVariantMap WsRequestValue::cookies() const
{
    QVariantMap map;
    const QList<QNetworkCookie> cookies = v.cookies();
    for (const QNetworkCookie &cookie : cookies)
        map.insert(QString::fromUtf8(cookie.name()), QString::fromUtf8(cookie.value()));
    return map;
}

QString WsRequestValue::header(const QString &name) const
{
    return QString::fromUtf8(v.header(name.toLatin1()));
}

QString WsRequestValue::toString() const
{
    return method() + QLatin1Char(' ') + target();
}

QVariantMap WsResponseValue::headers() const
{
    return wsHeadersToMap(v.headers());
}

QString WsResponseValue::toString() const
{
    return QString::number(v.status());
}
