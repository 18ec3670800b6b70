// SPDX-License-Identifier: MIT

// The smallest useful client: it says hello, prints the answer and closes.
//
//     echo-client [url] [text]      the default URL is that of the first example: ws://127.0.0.1:8080

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QUrl url(arguments.value(1, QStringLiteral("ws://127.0.0.1:8080")));
    const QString text = arguments.value(2, QStringLiteral("Hello, WebSocket!"));

    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&client, text] {
        qInfo() << "sending" << text;
        client.sendText(text);
    });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&client](const QString &answer) {
        qInfo() << "received" << answer;
        client.close();
    });
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { qWarning().noquote() << "error:" << error.text(); });
    QObject::connect(&client, &WsClient::closed, &application,
                     [](quint16 code, const QString &reason, bool wasClean) {
                         qInfo() << "closed:" << code << reason;
                         QCoreApplication::exit(wasClean ? 0 : 1);
                     });

    if (!client.open(url)) {
        qCritical().noquote() << "cannot open" << url.toString() << client.errorString();
        return 1;
    }
    return application.exec();
}
