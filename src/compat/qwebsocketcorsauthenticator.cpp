// SPDX-License-Identifier: MIT
#include <QtWebSockets/qwebsocketcorsauthenticator.h>

#include <utility>

QT_BEGIN_NAMESPACE

class QWebSocketCorsAuthenticatorPrivate
{
public:
    QString origin;
    bool allowed = true;
};

QWebSocketCorsAuthenticator::QWebSocketCorsAuthenticator(const QString &origin)
    : d(new QWebSocketCorsAuthenticatorPrivate{origin})
{
}

QWebSocketCorsAuthenticator::~QWebSocketCorsAuthenticator() = default;

QWebSocketCorsAuthenticator::QWebSocketCorsAuthenticator(const QWebSocketCorsAuthenticator &other)
    : d(new QWebSocketCorsAuthenticatorPrivate(*other.d))
{
}

QWebSocketCorsAuthenticator::QWebSocketCorsAuthenticator(QWebSocketCorsAuthenticator &&) noexcept = default;

QWebSocketCorsAuthenticator &QWebSocketCorsAuthenticator::operator=(const QWebSocketCorsAuthenticator &other)
{
    d = std::make_unique<QWebSocketCorsAuthenticatorPrivate>(*other.d);
    return *this;
}

QWebSocketCorsAuthenticator &
QWebSocketCorsAuthenticator::operator=(QWebSocketCorsAuthenticator &&other) noexcept
{
    swap(other);
    return *this;
}

void QWebSocketCorsAuthenticator::swap(QWebSocketCorsAuthenticator &other) noexcept
{
    d.swap(other.d);
}

QString QWebSocketCorsAuthenticator::origin() const
{
    return d->origin;
}

void QWebSocketCorsAuthenticator::setAllowed(bool allowed)
{
    d->allowed = allowed;
}

bool QWebSocketCorsAuthenticator::allowed() const
{
    return d->allowed;
}

QT_END_NAMESPACE
