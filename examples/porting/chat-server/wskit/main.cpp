// SPDX-License-Identifier: MIT

// A chat without history. The name of each client is in its URL: ws://127.0.0.1:8080/?name=Ann
//
//     porting-chat-server-wskit [port]

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

namespace {
void tell(WsServer &server, const QString &line)
{
    qInfo() << line;
    server.broadcast(line);
}

void join(WsServer &server, WsConnection *client)
{
    const QString name = client->request().query().queryItemValue(QStringLiteral("name"));
    QObject::connect(
        client, &WsConnection::textMessageReceived, client,
        [&server, name](const QString &text) { tell(server, QStringLiteral("%1: %2").arg(name, text)); });
    QObject::connect(client, &WsConnection::closed, client,
                     [&server, name] { tell(server, name + QStringLiteral(" has left")); });
    tell(server, name + QStringLiteral(" has joined"));
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const quint16 port = application.arguments().value(1, QStringLiteral("8080")).toUShort();

    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server,
                     [&](WsConnection *client) { join(server, client); });
    if (!server.listen(QHostAddress::LocalHost, port))
        qFatal("%s", qPrintable(server.errorString()));
    qInfo().noquote() << "listening on" << server.serverUrl().toString();
    return application.exec();
}
