// SPDX-License-Identifier: MIT
#include "deploying.h"

#include "../../../examples/shared/terminationsignal.h"

#include <QtCore/QCoreApplication>

namespace Deploying {
void endGracefully(WsServer &server)
{
    //! [end]
    // examples/shared/terminationsignal.cpp: calls the function from the event loop after SIGTERM or SIGINT
    onTerminationSignal(&server, [&server] { server.close(); });
    QObject::connect(&server, &WsServer::closed, qApp, &QCoreApplication::quit);
    //! [end]
}

void answerHealthChecks(WsServer &server)
{
    //! [health]
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/health")
            return WsResponse::text("ok\n");
        return request.path() == u"/chat" ? WsResponse::accept() : WsResponse::notFound();
    });
    //! [health]
}
} // namespace Deploying
