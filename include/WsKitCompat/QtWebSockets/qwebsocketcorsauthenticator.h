// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETCORSAUTHENTICATOR_H
#define WSKIT_COMPAT_QWEBSOCKETCORSAUTHENTICATOR_H

#include <QtWebSockets/qwebsockets_global.h>

#include <QtCore/QString>

#include <memory>

QT_BEGIN_NAMESPACE

class QWebSocketCorsAuthenticatorPrivate;

class WSKIT_COMPAT_EXPORT QWebSocketCorsAuthenticator
{
public:
    explicit QWebSocketCorsAuthenticator(const QString &origin);
    ~QWebSocketCorsAuthenticator();
    explicit QWebSocketCorsAuthenticator(const QWebSocketCorsAuthenticator &other);
    QWebSocketCorsAuthenticator(QWebSocketCorsAuthenticator &&other) noexcept;
    QWebSocketCorsAuthenticator &operator=(const QWebSocketCorsAuthenticator &other);
    QWebSocketCorsAuthenticator &operator=(QWebSocketCorsAuthenticator &&other) noexcept;

    void swap(QWebSocketCorsAuthenticator &other) noexcept;

    QString origin() const;
    void setAllowed(bool allowed);
    bool allowed() const;

private:
    std::unique_ptr<QWebSocketCorsAuthenticatorPrivate> d;
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKETCORSAUTHENTICATOR_H
