// SPDX-License-Identifier: MIT

// What Qt's event loop and socket cost by themselves: echoes bytes, without any protocol.

#include <QtCore/qcoreapplication.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>

#include <cstdio>

namespace {
void echo(QTcpSocket *socket)
{
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    QObject::connect(socket, &QIODevice::readyRead, socket, [socket] {
        socket->write(socket->readAll());
        socket->flush(); // left to its write notifier, each write costs one more turn of the event loop
    });
    QObject::connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QTcpServer server;
    QObject::connect(&server, &QTcpServer::newConnection, &server, [&server] {
        while (QTcpSocket *socket = server.nextPendingConnection())
            echo(socket);
    });
    if (!server.listen(QHostAddress::LocalHost))
        return 1;
    std::printf("listening on tcp://127.0.0.1:%d\n", int(server.serverPort()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
