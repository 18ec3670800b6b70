// SPDX-License-Identifier: MIT
//! [program]
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->send(message); });
    });
    if (!server.listen(QHostAddress::LocalHost, 8080))
        qFatal("%s", qPrintable(server.errorString()));
    qInfo() << "listening on" << server.serverUrl();
    return app.exec();
}
//! [program]
