// SPDX-License-Identifier: MIT
#include "threads.h"

#include <QtCore/QThread>

#include <memory>
#include <thread>

using namespace Qt::StringLiterals;

namespace Threads {
bool serve(WsServer &server)
{
    //! [threads]
    server.setThreadCount(QThread::idealThreadCount());
    server.setConnectionHandler([&server](WsConnection *connection) { // called in the connection's thread
        server.subscribe(connection, connection->request().path());
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->send(message); });
    });
    return server.listen(QHostAddress::LocalHost);
    //! [threads]
}

int publish(WsServer &server)
{
    //! [publish]
    const int reached = server.publish(u"/news"_s, u"it rains"_s); // from any thread
    //! [publish]
    return reached;
}

void moveClient(WsClient *client, QThread *thread)
{
    //! [move]
    client->setParent(nullptr); // a rule of Qt
    client->moveToThread(thread);
    QObject::connect(thread, &QThread::finished, client, &QObject::deleteLater);
    //! [move]
}

void startSessions(WsServer &server, const std::function<void(WsConnection *)> &startSession)
{
    //! [pull]
    server.setMaxPendingConnections(30);
    QObject::connect(&server, &WsServer::newConnection, &server, [&server, startSession] {
        while (WsConnection *connection = server.nextPendingConnection())
            startSession(connection); // which owns the connection from now on
    });
    //! [pull]
}

bool serveInThisThread(WsServer &server)
{
    //! [wait]
    server.setMaxPendingConnections(1);
    if (!server.listen(QHostAddress::LocalHost))
        return false;
    while (const std::unique_ptr<WsConnection> connection{server.waitForConnection()}) {
        while (const auto message = connection->waitForMessage())
            connection->send(*message);
    }
    //! [wait]
    return true;
}

void sendFromElsewhere(WsConnection *connection)
{
    //! [send]
    std::thread worker([connection] { connection->sendText("done"); });
    worker.join(); // the connection outlives the call
    //! [send]
}
} // namespace Threads
