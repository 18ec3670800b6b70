// SPDX-License-Identifier: MIT
#ifndef REQUESTS_H
#define REQUESTS_H

#include <WsKit/WsServer>

namespace Requests {
void serveWebSite(WsServer *server, const QString &folder);
void takeNotes(WsServer *server, QStringList *notes);
void sendReport(WsServer *server, const QString &path);
} // namespace Requests

#endif // REQUESTS_H
