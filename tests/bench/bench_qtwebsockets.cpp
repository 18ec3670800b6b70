// SPDX-License-Identifier: MIT

// The peer to beat: an echo server on QtWebSockets, by its public signals.

#include <QtCore/qcoreapplication.h>
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsocketserver.h>

#include <cstdio>

namespace {
void echo(QWebSocket *socket)
{
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket,
                     [socket](const QString &text) { socket->sendTextMessage(text); });
    QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket,
                     [socket](const QByteArray &data) { socket->sendBinaryMessage(data); });
    QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QWebSocketServer server(QStringLiteral("bench"), QWebSocketServer::NonSecureMode);
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
        while (QWebSocket *socket = server.nextPendingConnection())
            echo(socket);
    });
    if (!server.listen(QHostAddress::LocalHost))
        return 1;
    std::printf("listening on ws://127.0.0.1:%d\n", int(server.serverPort()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
