// SPDX-License-Identifier: MIT
#include "site.h"

#include <QtCore/QFile>

const char *serveSite(SharedPort *port, WsServer *webSockets)
{
    port->setParent(webSockets);
    webSockets->setMaxRequestBody(64 * 1024);
    webSockets->route(QStringLiteral("/"), [](const WsRequest &request) {
        QFile page(QStringLiteral(":/page.html"));
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        return WsResponse::html(page.open(QIODevice::ReadOnly) ? page.readAll() : QByteArray());
    });
    webSockets->route(QStringLiteral("/clients"), [webSockets](const WsRequest &) {
        const QByteArray json = "{\"clients\": " + QByteArray::number(webSockets->connectionCount()) + '}';
        return WsResponse(200, json, {{"Content-Type", "application/json"}});
    });
    webSockets->route(QStringLiteral("/say"), [webSockets](const WsRequest &request) {
        webSockets->broadcast(QString::fromUtf8(request.body()));
        return WsResponse(204);
    });
    port->setHttp([webSockets](QTcpSocket *socket) { return webSockets->handleConnection(socket); });
    return "WsServer";
}
