// SPDX-License-Identifier: MIT
#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>

// Exits 0 once a client has opened a connection to a server in this process and closed it cleanly.
int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    WsServer server;
    if (!server.listen())
        return 1;
    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&client] { client.close(); });
    QObject::connect(&client, &WsClient::closed, &application, [](quint16, const QString &, bool wasClean) {
        QCoreApplication::exit(wasClean ? 0 : 1);
    });
    QTimer::singleShot(30000, &application, [] { QCoreApplication::exit(1); });
    client.open(server.serverUrl());
    return QCoreApplication::exec();
}
