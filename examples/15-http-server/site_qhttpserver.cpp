// SPDX-License-Identifier: MIT
#include "site.h"

#include <QtCore/QFile>
#include <QtCore/QJsonObject>
#include <QtHttpServer/QHttpServer>

//! [bind]
const char *serveSite(SharedPort *port, WsServer *webSockets)
{
    auto *http = new QHttpServer(webSockets);
    http->route(QStringLiteral("/"), [] {
        QFile page(QStringLiteral(":/page.html"));
        return QHttpServerResponse("text/html; charset=utf-8",
                                   page.open(QIODevice::ReadOnly) ? page.readAll() : QByteArray());
    });
    http->route(QStringLiteral("/clients"), [webSockets] { // one server asks the other
        return QHttpServerResponse(QJsonObject{{QStringLiteral("clients"), webSockets->connectionCount()}});
    });
    http->route(QStringLiteral("/say"), QHttpServerRequest::Method::Post,
                [webSockets](const QHttpServerRequest &request) {
                    webSockets->broadcast(QString::fromUtf8(request.body()));
                    return QHttpServerResponse(QHttpServerResponse::StatusCode::NoContent);
                });
    http->bind(port); // which is listening, and belongs to the QHttpServer from now on
    return "QHttpServer";
}
//! [bind]
