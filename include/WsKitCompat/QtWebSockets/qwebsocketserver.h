// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETSERVER_H
#define WSKIT_COMPAT_QWEBSOCKETSERVER_H

#include <QtWebSockets/qwebsocketprotocol.h>
#include <QtWebSockets/qwebsockets_global.h>

#include <QtCore/QObject>
#include <QtCore/QString>
#include <QtNetwork/QAbstractSocket>
#include <QtNetwork/QHostAddress>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslError>

#include <chrono>
#include <memory>

class WsServer;

QT_BEGIN_NAMESPACE

class QNetworkProxy;
class QSslPreSharedKeyAuthenticator;
class QTcpSocket;
class QWebSocket;
class QWebSocketCorsAuthenticator;
class QWebSocketServerPrivate;

class WSKIT_COMPAT_EXPORT QWebSocketServer : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY(QWebSocketServer)

public:
    enum SslMode { SecureMode = 0, NonSecureMode = 1 };
    Q_ENUM(SslMode)

    explicit QWebSocketServer(const QString &serverName, SslMode secureMode, QObject *parent = nullptr)
        : QWebSocketServer(WsKitCompatTag(), serverName, secureMode, parent)
    {
    }
    ~QWebSocketServer() override;

    bool listen(const QHostAddress &address = QHostAddress::Any, quint16 port = 0);
    void close();

    bool isListening() const;

    void setMaxPendingConnections(int numConnections);
    int maxPendingConnections() const;

    void setHandshakeTimeout(std::chrono::milliseconds msec) { setHandshakeTimeout(int(msec.count())); }
    std::chrono::milliseconds handshakeTimeout() const
    {
        return std::chrono::milliseconds(handshakeTimeoutMS());
    }
    void setHandshakeTimeout(int msec);
    int handshakeTimeoutMS() const;

    quint16 serverPort() const;
    QHostAddress serverAddress() const;
    QUrl serverUrl() const;

    SslMode secureMode() const;

    bool setSocketDescriptor(qintptr socketDescriptor);
    qintptr socketDescriptor() const;
#if QT_DEPRECATED_SINCE(6, 2)
    QT_DEPRECATED_VERSION_X_6_2("Use setSocketDescriptor instead")
    bool setNativeDescriptor(qintptr descriptor)
    {
        return setSocketDescriptor(descriptor);
    }
    QT_DEPRECATED_VERSION_X_6_2("Use socketDescriptor instead")
    qintptr nativeDescriptor() const
    {
        return socketDescriptor();
    }
#endif

    bool hasPendingConnections() const;
    virtual QWebSocket *nextPendingConnection();

    QWebSocketProtocol::CloseCode error() const;
    QString errorString() const;

    void pauseAccepting();
    void resumeAccepting();

    void setServerName(const QString &serverName);
    QString serverName() const;

    void setSupportedSubprotocols(const QStringList &protocols);
    QStringList supportedSubprotocols() const;

    void setProxy(const QNetworkProxy &networkProxy);
    QNetworkProxy proxy() const;

    void setSslConfiguration(const QSslConfiguration &sslConfiguration);
    QSslConfiguration sslConfiguration() const;

    QList<QWebSocketProtocol::Version> supportedVersions() const;

    void handleConnection(QTcpSocket *socket) const;

    WsServer *server() const;

Q_SIGNALS:
    void acceptError(QAbstractSocket::SocketError socketError);
    void serverError(QWebSocketProtocol::CloseCode closeCode);
    void originAuthenticationRequired(QWebSocketCorsAuthenticator *pAuthenticator);
    void newConnection();
    void peerVerifyError(const QSslError &error);
    void sslErrors(const QList<QSslError> &errors);
    void preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator *authenticator);
    void alertSent(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void alertReceived(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void handshakeInterruptedOnError(const QSslError &error);
    void closed();

private:
    QWebSocketServer(WsKitCompatTag, const QString &serverName, SslMode secureMode, QObject *parent);

    friend class QWebSocketServerPrivate;
    std::unique_ptr<QWebSocketServerPrivate> d;
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKETSERVER_H
