// SPDX-License-Identifier: MIT
#include "wsqmlresponse.h"

#include "wsqmlscript.h"
#include "wsqmlvalues.h"

#include <WsKit/wsoptions.h>

#include <QtCore/qmetaobject.h>
#include <QtQml/qjsvalueiterator.h>
#include <QtQml/qqmlfile.h>

namespace {
// Sets the properties of the value \a gadget that \a values names.
QString writeProperties(const QMetaObject &type, void *gadget, const QVariantMap &values)
{
    for (auto value = values.cbegin(); value != values.cend(); ++value) {
        if (!value->isValid()) // undefined
            continue;
        const int index = type.indexOfProperty(value.key().toLatin1().constData());
        if (index < 0)
            return QStringLiteral("there is no option \"%1\"").arg(value.key());
        const QMetaProperty property = type.property(index);
        if (property.metaType() == QMetaType::fromType<WsCompression>()
            && value->metaType() != property.metaType()) {
            WsCompression compression = property.readOnGadget(gadget).value<WsCompression>();
            const QString problem =
                writeProperties(WsCompression::staticMetaObject, &compression, value->toMap());
            if (!problem.isEmpty())
                return problem;
            property.writeOnGadget(gadget, QVariant::fromValue(compression));
        } else if (!property.writeOnGadget(gadget, *value)) {
            return QStringLiteral("the option \"%1\" cannot be \"%2\"").arg(value.key(), value->toString());
        }
    }
    return {};
}

QString setOptions(const QJSValue &value, WsOptions options, WsResponse *response)
{
    const QVariant variant = value.toVariant();
    if (variant.metaType() == QMetaType::fromType<WsOptions>()) {
        response->setOptions(variant.value<WsOptions>());
        return {};
    }
    if (!value.isObject())
        return QStringLiteral("options is \"%1\" instead of an object").arg(value.toString());
    const QString problem = writeProperties(WsOptions::staticMetaObject, &options, variant.toMap());
    if (problem.isEmpty())
        response->setOptions(options);
    return problem;
}

QString setProperty(QJSEngine &engine, const QString &name, const QJSValue &value, const WsOptions &server,
                    WsResponse *response)
{
    if (name == QLatin1String("status")) {
        response->setStatus(value.toInt());
    } else if (name == QLatin1String("headers")) {
        QString problem;
        response->setHeaders(wsHeadersFromMap(value.toVariant().toMap(), &problem));
        return problem;
    } else if (name == QLatin1String("body")) {
        const auto message = wsToMessage(engine, value);
        if (!message)
            return engine.catchError().toString();
        response->setBody(message->data());
    } else if (name == QLatin1String("file")) {
        response->setFilePath(wsLocalPath(value.toString()));
    } else if (name == QLatin1String("subprotocol")) {
        response->setSubprotocol(value.toString());
    } else if (name == QLatin1String("user")) {
        response->setUser(value.toString());
    } else if (name == QLatin1String("options")) {
        return setOptions(value, server, response);
    } else {
        return QStringLiteral("a response has no property \"%1\"").arg(name);
    }
    return {};
}

// Without a status, the properties tell what is meant.
bool opensWebSocket(const QJSValue &value)
{
    const auto has = [&value](const QString &name) { return !value.property(name).isUndefined(); };
    return (has(QStringLiteral("user")) || has(QStringLiteral("options"))
            || has(QStringLiteral("subprotocol")))
           && !has(QStringLiteral("body")) && !has(QStringLiteral("file"));
}
} // namespace

QString wsToResponse(QJSEngine &engine, const QJSValue &value, const WsOptions &server, WsResponse *response)
{
    const QVariant variant = value.toVariant(QJSValue::RetainJSObjects);
    if (variant.metaType() == QMetaType::fromType<WsResponse>()) {
        *response = variant.value<WsResponse>();
        return {};
    }
    const bool isObject =
        value.isObject() && !value.isCallable() && !value.isArray() && !value.isQObject() && !value.isError();
    if (!isObject)
        return QStringLiteral("%1 is not a wsResponse").arg(value.toString());
    *response = opensWebSocket(value) ? WsResponse::accept() : WsResponse(200);
    QJSValueIterator property(value);
    if (!property.hasNext())
        return QStringLiteral("an object without properties is not a wsResponse");
    while (property.next()) {
        if (property.value().isUndefined())
            continue;
        const QString problem = setProperty(engine, property.name(), property.value(), server, response);
        if (!problem.isEmpty())
            return problem;
    }
    if (!response->isAccept()) // declares the body as text, unless the headers say what it is
        response->setHeaders(
            WsResponse::reject(response->status(), response->body(), response->headers()).headers());
    return {};
}

// A path may contain characters that a URL would have encoded.
QString wsLocalPath(const QString &pathOrUrl)
{
    const QString path = QQmlFile::urlToLocalFileOrQrc(pathOrUrl);
    return path.isEmpty() ? pathOrUrl : path;
}
