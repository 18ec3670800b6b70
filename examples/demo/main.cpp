// SPDX-License-Identifier: MIT

// wskit_chat: a chat server with its web page and its WebSocket on one port.
//
//     wskit_chat [--port N] [--host A]

#include "chatserver.h"

#include "leavebysignal.h"
#include "portargument.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>

#include <cstdio>

namespace {
QUrl pageUrl(const WsServer &server)
{
    QUrl url = server.serverUrl();
    url.setScheme(QStringLiteral("http"));
    url.setPath(QStringLiteral("/"));
    return url;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("A chat: its page and its WebSocket on one port."));
    parser.addHelpOption();
    parser.addOption({QStringLiteral("port"), QStringLiteral("The port (8080); 0 takes a free one."),
                      QStringLiteral("port"), QStringLiteral("8080")});
    parser.addOption({QStringLiteral("host"), QStringLiteral("The address (127.0.0.1: this machine only)."),
                      QStringLiteral("address"), QStringLiteral("127.0.0.1")});
    parser.process(application);

    const std::optional<quint16> port = portOf(parser.value(QStringLiteral("port")));
    if (!port) {
        std::fputs("wskit_chat: a port is a number from 0 to 65535\n", stderr);
        return 1;
    }

    ChatServer chat;
    WsServer &server = chat.server();
    leaveBySignal(&server);

    const QHostAddress address(parser.value(QStringLiteral("host")));
    if (!server.listen(address, *port)) {
        std::fprintf(stderr, "wskit_chat: cannot listen: %s\n", qPrintable(server.errorString()));
        return 1;
    }
    std::printf("chat page: %s\n", pageUrl(server).toEncoded().constData());
    std::fflush(stdout);
    return application.exec();
}
