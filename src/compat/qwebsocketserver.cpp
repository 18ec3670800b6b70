// SPDX-License-Identifier: MIT
#include <QtWebSockets/qwebsocketserver.h>

QT_BEGIN_NAMESPACE

class QWebSocketServerPrivate
{
};

QWebSocketServer::QWebSocketServer(const QString &, SslMode, QObject *parent) : QObject(parent) { }

QWebSocketServer::~QWebSocketServer() = default;

QT_END_NAMESPACE
