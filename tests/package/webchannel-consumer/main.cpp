// SPDX-License-Identifier: MIT
#include <WsKit/WsWebChannelServer>
#include <WsKit/WsWebChannelServer>
#include <WsKit/WsWebChannelTransport>
#include <WsKit/WsWebChannelTransport>

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>

#include <cstdio>

// Exits 0 once a client has been told of the object that the channel publishes.
int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QObject object;
    QWebChannel channel;
    channel.registerObject(QStringLiteral("thing"), &object);
    WsServer server;
    WsWebChannelServer channels(&server, &channel);
    if (!server.listen())
        return 1;

    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&] { client.sendText("{\"type\":3,\"id\":0}"); });
    QObject::connect(&client, &WsClient::textMessageReceived, &application, [](const QString &text) {
        QCoreApplication::exit(text.contains(QLatin1String("\"thing\"")) ? 0 : 1);
    });
    if (!client.open(server.serverUrl()))
        return 1;

    QTimer::singleShot(30000, &application, [] {
        std::fputs("no answer within 30 seconds\n", stderr);
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
