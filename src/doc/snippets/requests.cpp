// SPDX-License-Identifier: MIT
#include "requests.h"

using namespace Qt::StringLiterals;

namespace Requests {
//! [site]
void serveWebSite(WsServer *server, const QString &folder)
{
    server->setRequestHandler([folder](const WsRequest &request) {
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        if (request.path() == u"/health")
            return WsResponse::text("ok\n");
        return WsResponse::file(folder, request);
    });
}
//! [site]

//! [body]
void takeNotes(WsServer *server, QStringList *notes)
{
    server->setMaxRequestBody(64 * 1024);
    server->setRequestHandler([notes](const WsRequest &request) {
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        if (request.path() != u"/notes")
            return WsResponse::notFound();
        if (request.method() != "POST")
            return WsResponse::reject(405, "only POST\n", {{"Allow", "POST"}});
        notes->append(QString::fromUtf8(request.body()));
        return WsResponse(204);
    });
}
//! [body]

//! [file]
void sendReport(WsServer *server, const QString &path)
{
    server->setRequestHandler([path](const WsRequest &request) {
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        WsResponse response = WsResponse::file(path);
        response.setHeaders(
            {{"Content-Disposition", "attachment; filename=report.csv"}, {"Cache-Control", "no-cache"}});
        return response;
    });
}
//! [file]
//! [routes]
void routeRequests(WsServer *server, const QByteArray &page)
{
    server->route(u"/"_s, [page](const WsRequest &) { return WsResponse::html(page); });
    server->route(u"/rooms/{room}"_s, [](const WsRequest &request) {
        const bool isRoom = QStringList{u"tea"_s, u"garden"_s}.contains(request.parameter(u"room"_s));
        return isRoom ? WsResponse::accept() : WsResponse::notFound();
    });
    QObject::connect(server, &WsServer::newConnection, server, [server](WsConnection *connection) {
        server->subscribe(connection, connection->request().parameter(u"room"_s));
    });
}
//! [routes]

//! [options]
void takeUploads(WsServer *server, const std::function<QString(const WsRequest &)> &userOf)
{
    server->route(u"/upload"_s, [server, userOf](const WsRequest &request) {
        const QString user = userOf(request); // by a cookie, a ticket or a header
        if (user.isEmpty())
            return WsResponse::reject(401);
        WsOptions options = server->options(); // in which only this is different
        options.setMaxMessageSize(64 * 1024 * 1024);
        WsResponse response = WsResponse::accept();
        response.setOptions(options);
        response.setUser(user); // WsConnection::user()
        return response;
    });
}
//! [options]
} // namespace Requests
