// SPDX-License-Identifier: MIT
#include <QtWebSockets/qwebsocket.h>

QT_BEGIN_NAMESPACE

class QWebSocketPrivate
{
};

QWebSocket::QWebSocket(const QString &, QWebSocketProtocol::Version, QObject *parent) : QObject(parent) { }

QWebSocket::~QWebSocket() = default;

QT_END_NAMESPACE
