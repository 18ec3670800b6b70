// SPDX-License-Identifier: MIT

// Sends its arguments, prints the answers and closes.
//
//     porting-echo-client-qtwebsockets [url] [text]...

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtWebSockets/QWebSocket>

#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
constexpr auto errorOccurred = &QWebSocket::errorOccurred;
#else
constexpr auto errorOccurred = qOverload<QAbstractSocket::SocketError>(&QWebSocket::error);
#endif

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QUrl url(application.arguments().value(1, QStringLiteral("ws://127.0.0.1:8080")));
    const QStringList texts = application.arguments().mid(2);
    qsizetype answers = 0;

    QWebSocket socket;
    QObject::connect(&socket, &QWebSocket::connected, &socket, [&] {
        for (const QString &text : texts)
            socket.sendTextMessage(text);
    });
    QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket, [&](const QString &text) {
        qInfo().noquote() << "echo:" << text;
        if (++answers == texts.size())
            socket.close();
    });
    QObject::connect(&socket, errorOccurred, &socket,
                     [](QAbstractSocket::SocketError error) { qInfo() << "error:" << error; });
    QObject::connect(&socket, &QWebSocket::disconnected, &application, [&] {
        qInfo() << "closed:" << int(socket.closeCode());
        QCoreApplication::exit(answers == texts.size() ? 0 : 1);
    });
    socket.open(url);
    return application.exec();
}
