%{Cpp:LicenseTemplate}\
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);

    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text.toUpper()); });
    });
    if (!server.listen(QHostAddress::LocalHost, %{Port})) {
        qCritical("%s", qPrintable(server.errorString()));
        return 1;
    }
    qInfo() << "listening on" << server.serverUrl();
    return app.exec();
}
