// SPDX-License-Identifier: MIT

// http-server: a web server of another kind and WebSockets on one port, by a QTcpServer of the program.
//
//     http-server [port]      listens on 127.0.0.1, port 8080 by default
//     http-server --check     is also the client of both, and checks what arrives
//
// Qt's QHttpServer answers plain HTTP, if that module of Qt is installed. It has no way to give away a
// request for a WebSocket, so the port is asked first: it hands every client to one of the two.

#include "leavebysignal.h"
#include "portargument.h"
#include "selfcheck.h"
#include "sharedport.h"
#include "site.h"

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtNetwork/QTcpSocket>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QString argument = application.arguments().value(1, QStringLiteral("8080"));
    const bool isCheck = argument == u"--check";
    const std::optional<quint16> wanted = isCheck ? 0 : portOf(argument);
    if (!wanted) {
        std::fputs("http-server: a port is a number from 0 to 65535\n", stderr);
        return 1;
    }

    //! [websockets]
    WsServer server; // which does not listen itself
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text); });
    });
    auto *port = new SharedPort([&server](QTcpSocket *socket) { return server.handleConnection(socket); });
    //! [websockets]
    if (!port->listen(QHostAddress::LocalHost, *wanted)) {
        std::fprintf(stderr, "http-server: cannot listen: %s\n", qPrintable(port->errorString()));
        delete port;
        return 1;
    }
    const quint16 number = port->serverPort();
    const char *const name = serveSite(port, &server);
    QObject::connect(&server, &WsServer::drainingChanged, port, [port] { port->close(); });
    leaveBySignal(&server);
    std::printf("page: http://127.0.0.1:%d/ by %s\n", number, name);
    std::fflush(stdout);
    return isCheck ? runSelfCheck(number) : application.exec();
}
