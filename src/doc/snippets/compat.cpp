// SPDX-License-Identifier: MIT
#include "compat.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

using namespace Qt::StringLiterals;

namespace Compat {
void compress(QWebSocket &socket, QWebSocketServer &server)
{
    //! [compression]
    WsCompression compression;
    compression.setEnabled(true);

    WsOptions options = socket.connection()->options(); // keeps what the QWebSocket has set
    options.setCompression(compression);
    socket.connection()->setOptions(options); // before open()

    options = server.server()->options();
    options.setCompression(compression);
    server.server()->setOptions(options); // for clients that connect later
    //! [compression]
}

void stayConnected(QWebSocket &socket)
{
    //! [reconnection]
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    qobject_cast<WsClient *>(socket.connection())->setReconnect(reconnect);
    //! [reconnection]
}

void subscribeClients(QWebSocketServer &webSocketServer)
{
    //! [topics]
    WsServer *server = webSocketServer.server();
    QObject::connect(&webSocketServer, &QWebSocketServer::newConnection, server, [&webSocketServer, server] {
        while (QWebSocket *socket = webSocketServer.nextPendingConnection()) {
            QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
            server->subscribe(socket->connection(), u"news"_s);
        }
    });
    //! [topics]
}

int publish(QWebSocketServer &webSocketServer)
{
    //! [publish]
    const int reached = webSocketServer.server()->publish(u"news"_s, u"it rains"_s);
    //! [publish]
    return reached;
}

void answerHealthChecks(QWebSocketServer &webSocketServer)
{
    //! [requests]
    webSocketServer.server()->setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/health")
            return WsResponse::text("ok\n");
        return WsResponse::accept(); // if originAuthenticationRequired() has not refused the origin
    });
    //! [requests]
}

void useThreads(QWebSocketServer &webSocketServer)
{
    //! [threads]
    WsServer *server = webSocketServer.server();
    server->setMaxPendingConnections(0); // newConnection() of the QWebSocketServer is not emitted any more
    server->setThreadCount(2);           // before listen()
    server->setConnectionHandler([](WsConnection *connection) { // called in the connection's thread
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text); });
    });
    //! [threads]
}
} // namespace Compat
