// SPDX-License-Identifier: MIT
#ifndef REQUESTS_H
#define REQUESTS_H

#include <WsKit/WsServer>

#include <functional>

namespace Requests {
void serveWebSite(WsServer *server, const QString &folder);
void takeNotes(WsServer *server, QStringList *notes);
void sendReport(WsServer *server, const QString &path);
void routeRequests(WsServer *server, const QByteArray &page);
void takeUploads(WsServer *server, const std::function<QString(const WsRequest &)> &userOf);
} // namespace Requests

#endif // REQUESTS_H
