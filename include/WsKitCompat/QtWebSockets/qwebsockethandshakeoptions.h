// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETHANDSHAKEOPTIONS_H
#define WSKIT_COMPAT_QWEBSOCKETHANDSHAKEOPTIONS_H

#include <QtWebSockets/qwebsockets_global.h>

#include <QtCore/QSharedDataPointer>
#include <QtCore/QStringList>

QT_BEGIN_NAMESPACE

class QWebSocketHandshakeOptionsPrivate;

class WSKIT_COMPAT_EXPORT QWebSocketHandshakeOptions
{
public:
    QWebSocketHandshakeOptions();
    QWebSocketHandshakeOptions(const QWebSocketHandshakeOptions &other);
    QWebSocketHandshakeOptions(QWebSocketHandshakeOptions &&other) noexcept;
    ~QWebSocketHandshakeOptions();
    QWebSocketHandshakeOptions &operator=(const QWebSocketHandshakeOptions &other);
    QWebSocketHandshakeOptions &operator=(QWebSocketHandshakeOptions &&other) noexcept;

    void swap(QWebSocketHandshakeOptions &other) noexcept { d.swap(other.d); }

    QStringList subprotocols() const;
    void setSubprotocols(const QStringList &protocols);

private:
    bool equals(const QWebSocketHandshakeOptions &other) const;

    friend bool operator==(const QWebSocketHandshakeOptions &lhs, const QWebSocketHandshakeOptions &rhs)
    {
        return lhs.equals(rhs);
    }
    friend bool operator!=(const QWebSocketHandshakeOptions &lhs, const QWebSocketHandshakeOptions &rhs)
    {
        return !lhs.equals(rhs);
    }

    QSharedDataPointer<QWebSocketHandshakeOptionsPrivate> d;
};
Q_DECLARE_SHARED(QWebSocketHandshakeOptions)

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKETHANDSHAKEOPTIONS_H
