// SPDX-License-Identifier: MIT
#include <QtWebSockets/qwebsockethandshakeoptions.h>

QT_BEGIN_NAMESPACE

class QWebSocketHandshakeOptionsPrivate : public QSharedData
{
public:
    QStringList subprotocols;
};

QWebSocketHandshakeOptions::QWebSocketHandshakeOptions() : d(new QWebSocketHandshakeOptionsPrivate) { }

QWebSocketHandshakeOptions::QWebSocketHandshakeOptions(const QWebSocketHandshakeOptions &) = default;
QWebSocketHandshakeOptions::QWebSocketHandshakeOptions(QWebSocketHandshakeOptions &&) noexcept = default;
QWebSocketHandshakeOptions::~QWebSocketHandshakeOptions() = default;
QWebSocketHandshakeOptions &
QWebSocketHandshakeOptions::operator=(const QWebSocketHandshakeOptions &) = default;
QWebSocketHandshakeOptions &
QWebSocketHandshakeOptions::operator=(QWebSocketHandshakeOptions &&) noexcept = default;

QStringList QWebSocketHandshakeOptions::subprotocols() const
{
    return d->subprotocols;
}

void QWebSocketHandshakeOptions::setSubprotocols(const QStringList &protocols)
{
    d->subprotocols = protocols;
}

bool QWebSocketHandshakeOptions::equals(const QWebSocketHandshakeOptions &other) const
{
    return d == other.d || d->subprotocols == other.d->subprotocols;
}

QT_END_NAMESPACE
