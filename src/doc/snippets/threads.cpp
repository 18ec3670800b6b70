// SPDX-License-Identifier: MIT
#include "threads.h"

#include <QtCore/QThread>

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

void sendFromElsewhere(WsConnection *connection)
{
    //! [send]
    std::thread worker([connection] { connection->sendText("done"); });
    worker.join(); // the connection outlives the call
    //! [send]
}
} // namespace Threads
