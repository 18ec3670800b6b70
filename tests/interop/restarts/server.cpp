// SPDX-License-Identifier: MIT

// A server that sends everything back and leaves as the examples do, for restarts.py.
//
//     wskit_restarting [--threads N] systemd     listens on the sockets that it was started with
//     wskit_restarting [--threads N] shared PORT the same port as other processes
//     wskit_restarting [--threads N] PORT        a port of its own

#include "leavebysignal.h"

#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace {
bool listen(WsServer &server, const QStringList &arguments)
{
    if (arguments.value(0) == u"systemd")
        return server.listenFromSystemd();
    const bool isShared = arguments.value(0) == u"shared";
    server.setReusePort(isShared);
    return server.listen(QHostAddress::LocalHost, arguments.value(isShared ? 1 : 0).toUShort());
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QStringList arguments = application.arguments().sliced(1);
    WsServer server;
    if (arguments.value(0) == u"--threads") {
        server.setThreadCount(arguments.value(1).toInt());
        arguments.remove(0, 2);
    }
    server.setConnectionHandler([](WsConnection *connection) {
        connection->setMessageHandler([](WsConnection &from, Ws::MessageType type, QByteArrayView payload) {
            from.send(type, payload);
        });
    });
    leaveBySignal(&server);
    if (!listen(server, arguments)) {
        std::fprintf(stderr, "cannot listen: %s\n", qPrintable(server.errorString()));
        return 1;
    }
    std::printf("listening on port %d\n", int(server.serverPort()));
    std::fflush(stdout);
    return application.exec();
}
