// SPDX-License-Identifier: MIT
#ifndef WSQMLNAMESPACE_H
#define WSQMLNAMESPACE_H

#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>
#include <WsKit/wsserver.h>

#include <QtQml/qjsvalue.h>
#include <QtQml/qqml.h>

// `Ws` in QML: the enumerations of the namespace, and the answers of a request handler.
class WsQmlNamespace : public QObject
{
    Q_OBJECT
    QML_NAMED_ELEMENT(Ws)
    QML_SINGLETON
    QML_EXTENDED_NAMESPACE(Ws)

public:
    using QObject::QObject;

    Q_INVOKABLE WsResponse accept(const QString &subprotocol = {}, const QVariantMap &headers = {}) const;
    Q_INVOKABLE WsResponse reject(int status, const QJSValue &body = {},
                                  const QVariantMap &headers = {}) const;
    Q_INVOKABLE WsResponse html(const QJSValue &body) const;
    Q_INVOKABLE WsResponse text(const QJSValue &body) const;
    Q_INVOKABLE WsResponse notFound() const;
    Q_INVOKABLE WsResponse file(const QString &pathOrUrl) const;
    Q_INVOKABLE WsResponse file(const QString &rootOrUrl, const WsRequest &request) const;
    Q_INVOKABLE WsResponse metrics(const WsServer *server) const;
};

#endif // WSQMLNAMESPACE_H
