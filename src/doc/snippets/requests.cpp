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
} // namespace Requests
