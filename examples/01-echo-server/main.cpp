// SPDX-License-Identifier: MIT

// The smallest useful server: it sends every message back to its sender.
//
//     echo-server [port]        listens on 127.0.0.1, port 8080 by default
//
// Talk to it with the second example, with `wskit connect ws://127.0.0.1:8080`, or from a browser's console:
// `ws = new WebSocket('ws://127.0.0.1:8080'); ws.onmessage = e => console.log(e.data); ws.onopen = …`
// (the origin of the page must be allowed first; see setAllowedOrigins() below).

#include "leavebysignal.h"
#include "portargument.h"

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

namespace {
void echo(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                     [connection](const QString &text) { connection->sendText(text); });
    QObject::connect(connection, &WsConnection::binaryMessageReceived, connection,
                     [connection](const QByteArray &data) { connection->sendBinary(data); });
    QObject::connect(connection, &WsConnection::closed, connection,
                     [connection](quint16 code, const QString &reason) {
                         qInfo() << "connection" << connection->id() << "closed:" << code << reason;
                     });
    qInfo() << "connection" << connection->id() << "from" << connection->peerAddress().toString();
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const std::optional<quint16> port = portOf(application.arguments().value(1, QStringLiteral("8080")));
    if (!port) {
        qCritical("a port is a number from 0 to 65535");
        return 1;
    }

    WsServer server;
    // Pages of other sites are refused unless they are listed here; "*" allows all.
    server.setAllowedOrigins({QStringLiteral("http://localhost:8000")});
    QObject::connect(&server, &WsServer::newConnection, &server, echo);
    leaveBySignal(&server);

    if (!server.listen(QHostAddress::LocalHost, *port)) {
        qCritical() << "cannot listen:" << server.errorString();
        return 1;
    }
    qInfo().noquote() << "listening on" << server.serverUrl().toString();
    return application.exec();
}
