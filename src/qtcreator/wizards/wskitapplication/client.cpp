%{Cpp:LicenseTemplate}\
#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);

    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&client] { client.sendText(QStringLiteral("hello")); });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&client](const QString &text) {
        qInfo() << "received" << text;
        client.close();
    });
    QObject::connect(&client, &WsClient::errorOccurred, &client, [](const WsError &error) { qWarning() << error; });
    QObject::connect(&client, &WsClient::closed, &app, [](quint16, const QString &, bool wasClean) {
        QCoreApplication::exit(wasClean ? 0 : 1);
    });
    if (!client.open(QUrl(QStringLiteral("ws://127.0.0.1:%{Port}"))))
        return 1;
    return app.exec();
}
