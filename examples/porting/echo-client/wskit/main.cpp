// SPDX-License-Identifier: MIT

// Sends its arguments, prints the answers and closes.
//
//     porting-echo-client-wskit [url] [text]...

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QUrl url(application.arguments().value(1, QStringLiteral("ws://127.0.0.1:8080")));
    const QStringList texts = application.arguments().mid(2);
    qsizetype answers = 0;

    WsClient client;
    QObject::connect(&client, &WsClient::opened, &client, [&] {
        for (const QString &text : texts)
            client.sendText(text);
    });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&](const QString &text) {
        qInfo().noquote() << "echo:" << text;
        if (++answers == texts.size())
            client.close();
    });
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { qInfo() << "error:" << error.socketError(); });
    QObject::connect(&client, &WsClient::closed, &application, [&](quint16 code) {
        qInfo() << "closed:" << code;
        QCoreApplication::exit(answers == texts.size() ? 0 : 1);
    });
    return client.open(url) ? application.exec() : 1;
}
