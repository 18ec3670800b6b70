// SPDX-License-Identifier: MIT
#include "deploying.h"

#include "../../../examples/shared/terminationsignal.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

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

bool listenInSeveralPlaces(WsServer &server)
{
    //! [ways]
    const bool isListening = server.listen({QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}, 8080)
                             && server.listen(QStringLiteral("/run/chat/chat.sock"));
    if (!isListening)
        qCritical() << server.errorString();
    //! [ways]
    return isListening;
}

bool listenLocally(WsServer &server, const QString &path)
{
    //! [local]
    server.setLocalPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadGroup
                               | QFileDevice::WriteGroup);
    return server.listen(path); // for example /run/chat/chat.sock
    //! [local]
}

bool listenFromSystemd(WsServer &server, WsServer &admin)
{
    //! [systemd]
    if (!server.listenFromSystemd(QStringLiteral("web"))
        || !admin.listenFromSystemd(QStringLiteral("admin"))) {
        qCritical() << server.errorString() << admin.errorString();
        return false;
    }
    return true;
    //! [systemd]
}

bool sharePort(WsServer &server, quint16 port)
{
    //! [share]
    server.setReusePort(true); // in each of the processes
    return server.listen(QHostAddress::Any, port);
    //! [share]
}
} // namespace Deploying
