// SPDX-License-Identifier: MIT
#include "deploying.h"

#include "../../../examples/shared/terminationsignal.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDeadlineTimer>
#include <QtCore/QDebug>
#include <QtCore/QTimer>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Deploying {
void endGracefully(WsServer &server)
{
    //! [end]
    // examples/shared/terminationsignal.cpp: calls the function from the event loop after SIGTERM or SIGINT
    onTerminationSignal(&server,
                        [&server] { server.close(Ws::GoingAway, u"the server is shutting down"_s, 20s); });
    QObject::connect(&server, &WsServer::closed, qApp, &QCoreApplication::quit);
    //! [end]
}

//! [replace]
// To be called once the server has stopped listening.
void closeAfterHandshakes(WsServer *server, QDeadlineTimer patience)
{
    if (server->statistics().pendingHandshakes > 0 && !patience.hasExpired()) {
        QTimer::singleShot(20ms, server, [=] { closeAfterHandshakes(server, patience); });
        return;
    }
    server->close(Ws::ServiceRestart, u"a new version"_s, 20s);
    if (!server->isDraining()) // nobody was left
        QCoreApplication::quit();
}

void giveWayBySignal(WsServer *server)
{
    QObject::connect(server, &WsServer::closed, qApp, &QCoreApplication::quit);
    onTerminationSignal(server, [server] {
        server->stopListening(); // with reusePort, clients that are on their way still come, for 300 ms
        QTimer::singleShot(500ms, server, [server] { closeAfterHandshakes(server, QDeadlineTimer(1s)); });
    });
}
//! [replace]

void leaveTheService(WsServer *server, bool *isReady)
{
    //! [ready]
    server->setRequestHandler([isReady](const WsRequest &request) {
        if (request.path() == u"/ready")
            return *isReady ? WsResponse::text("ready\n") : WsResponse::reject(503);
        return request.path() == u"/chat" ? WsResponse::accept() : WsResponse::notFound();
    });
    onTerminationSignal(server, [server, isReady] {
        *isReady = false; // the probe fails, and the load balancer sends nobody any more
        QTimer::singleShot(10s, server, [server] { server->close(Ws::GoingAway, {}, 30s); });
    });
    //! [ready]
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
