// SPDX-License-Identifier: MIT
//! [program]
#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&] { client.sendText("hello"); });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&](const QString &text) {
        qInfo() << text;
        client.close();
    });
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { qWarning() << error; });
    QObject::connect(&client, &WsClient::closed, &app, &QCoreApplication::quit);
    if (!client.open(QUrl(QStringLiteral("ws://127.0.0.1:8080"))))
        return 1; // the reason is in errorString(), and was logged
    return app.exec();
}
//! [program]
