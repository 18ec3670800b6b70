// SPDX-License-Identifier: MIT
#include <WsKit/WsRedisBroker>
#include <WsKit/WsRedisBroker>

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>

#include <cstdio>

// Exits 0 once the broker has reported that nothing is where it should connect.
int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    WsServer server;
    WsRedisBroker broker;
    server.setBroker(&broker);
    QObject::connect(&broker, &WsBroker::errorOccurred, &application, [](const WsError &error) {
        QCoreApplication::exit(error.kind() == Ws::ErrorKind::Network ? 0 : 1);
    });
    broker.setUrl(QUrl(QStringLiteral("unix:///nowhere/redis.sock")));

    QTimer::singleShot(30000, &application, [] {
        std::fputs("no error within 30 seconds\n", stderr);
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
