// SPDX-License-Identifier: MIT
#include <QCoreApplication>
#include <QTimer>

#include <QWebSocket>
#include <QtWebSockets/QWebSocketServer>
#include <QtWebSockets/QtWebSockets>
#include <QtWebSockets/qwebsocket.h>

#include <cstdio>

#ifndef WSKIT_COMPAT_QWEBSOCKET_H
#error "these are the headers of Qt"
#endif

// Exits 0 once a server has echoed a text.
int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QWebSocketServer server(QStringLiteral("echo"), QWebSocketServer::NonSecureMode);
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
        QWebSocket *peer = server.nextPendingConnection();
        QObject::connect(peer, &QWebSocket::textMessageReceived, peer, &QWebSocket::sendTextMessage);
    });
    if (!server.listen(QHostAddress::LocalHost))
        return 1;

    QWebSocket socket;
    QObject::connect(&socket, &QWebSocket::connected, &socket,
                     [&socket] { socket.sendTextMessage(QStringLiteral("hello")); });
    QObject::connect(&socket, &QWebSocket::textMessageReceived, &application, [](const QString &text) {
        QCoreApplication::exit(text == QStringLiteral("hello") ? 0 : 1);
    });
    socket.open(server.serverUrl());

    QTimer::singleShot(30000, &application, [] {
        std::fputs("no answer within 30 seconds\n", stderr);
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
