// SPDX-License-Identifier: MIT
#include "wsqmlnamespace.h"

#include "wsqmlscript.h"
#include "wsqmlvalues.h"

#include <QtQml/qjsengine.h>

namespace {
// A string as UTF-8, an ArrayBuffer as it is, an object as JSON: as it would be sent.
QByteArray bodyOf(const QObject *object, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(object);
    if (!engine || value.isUndefined())
        return {};
    const auto message = wsToMessage(*engine, value);
    return message ? message->data() : QByteArray();
}
} // namespace

WsResponse WsQmlNamespace::accept(const QString &subprotocol, const QVariantMap &headers) const
{
    return WsResponse::accept(subprotocol, wsHeadersFromMap(headers));
}

WsResponse WsQmlNamespace::reject(int status, const QJSValue &body, const QVariantMap &headers) const
{
    return WsResponse::reject(status, bodyOf(this, body), wsHeadersFromMap(headers));
}

WsResponse WsQmlNamespace::html(const QJSValue &body) const
{
    return WsResponse::html(bodyOf(this, body));
}

WsResponse WsQmlNamespace::text(const QJSValue &body) const
{
    return WsResponse::text(bodyOf(this, body));
}

WsResponse WsQmlNamespace::notFound() const
{
    return WsResponse::notFound();
}
