// SPDX-License-Identifier: MIT

// A chat without history. The name of each client is in its URL: ws://127.0.0.1:8080/?name=Ann
//
//     porting-chat-server-qtwebsockets [port]

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtCore/QUrlQuery>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

namespace {
class Chat
{
public:
    void join(QWebSocket *client)
    {
        const QString name = QUrlQuery(client->requestUrl()).queryItemValue(QStringLiteral("name"));
        m_clients.append(client);
        QObject::connect(client, &QWebSocket::textMessageReceived, client, [this, name](const QString &text) {
            tell(QStringLiteral("%1: %2").arg(name, text));
        });
        QObject::connect(client, &QWebSocket::disconnected, client, [this, client, name] {
            m_clients.removeOne(client);
            client->deleteLater();
            tell(name + QStringLiteral(" has left"));
        });
        tell(name + QStringLiteral(" has joined"));
    }

private:
    void tell(const QString &line)
    {
        qInfo() << line;
        for (QWebSocket *client : std::as_const(m_clients))
            client->sendTextMessage(line);
    }

    QList<QWebSocket *> m_clients;
};
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const quint16 port = application.arguments().value(1, QStringLiteral("8080")).toUShort();

    Chat chat;
    QWebSocketServer server(QStringLiteral("chat"), QWebSocketServer::NonSecureMode);
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&] {
        while (QWebSocket *client = server.nextPendingConnection())
            chat.join(client);
    });
    if (!server.listen(QHostAddress::LocalHost, port))
        qFatal("%s", qPrintable(server.errorString()));
    qInfo().noquote() << "listening on" << server.serverUrl().toString();
    return application.exec();
}
