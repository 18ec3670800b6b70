// SPDX-License-Identifier: MIT
#ifndef COMPAT_H
#define COMPAT_H

#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

// A program written for Qt WebSockets, which uses what WsKit adds.
namespace Compat {
void compress(QWebSocket &socket, QWebSocketServer &server);
void stayConnected(QWebSocket &socket);
void subscribeClients(QWebSocketServer &webSocketServer);
int publish(QWebSocketServer &webSocketServer);
void answerHealthChecks(QWebSocketServer &webSocketServer);
void useThreads(QWebSocketServer &webSocketServer);
} // namespace Compat

#endif // COMPAT_H
