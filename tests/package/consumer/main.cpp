// SPDX-License-Identifier: MIT
#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>

#include <cstdio>

// Exits 0 once a message has gone to a server of this process and come back, and the connection is closed cleanly.
int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QString greeting = QStringLiteral("Gr\u00fc\u00dfe");

    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->send(message); });
    });
    // TLS needs no other header.
    server.setSslConfiguration(QSslConfiguration());
    if (!server.listen() || !server.sslConfiguration().isNull())
        return 1;

    WsClient client;
    QString echo;
    QObject::connect(&client, &WsClient::opened, &client, [&] { client.sendText(greeting); });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&](const QString &text) {
        echo = text;
        client.close();
    });
    QObject::connect(&client, &WsClient::closed, &application, [&](quint16, const QString &, bool wasClean) {
        QCoreApplication::exit(wasClean && echo == greeting ? 0 : 1);
    });
    client.open(server.serverUrl());

    QTimer::singleShot(30000, &application, [] {
        std::fputs("no echo within 30 seconds\n", stderr);
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
