// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKET_H
#define WSKIT_COMPAT_QWEBSOCKET_H

#include <QtWebSockets/qwebsocketprotocol.h>
#include <QtWebSockets/qwebsockets_global.h>

#include <QtCore/QObject>
#include <QtCore/QUrl>
#include <QtNetwork/QAbstractSocket>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslError>

#include <memory>

class WsConnection;

QT_BEGIN_NAMESPACE

class QAuthenticator;
class QMaskGenerator;
class QSslPreSharedKeyAuthenticator;
class QWebSocketHandshakeOptions;
class QWebSocketPrivate;
class QWebSocketServer;

class WSKIT_COMPAT_EXPORT QWebSocket : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY(QWebSocket)

public:
    explicit QWebSocket(const QString &origin = QString(),
                        QWebSocketProtocol::Version version = QWebSocketProtocol::VersionLatest,
                        QObject *parent = nullptr)
        : QWebSocket(WsKitCompatTag(), origin, version, parent)
    {
    }
    ~QWebSocket() override;

    void abort();
    QAbstractSocket::SocketError error() const;
    QString errorString() const;
    bool flush();
    bool isValid() const;
    QHostAddress localAddress() const;
    quint16 localPort() const;
    QAbstractSocket::PauseModes pauseMode() const;
    QHostAddress peerAddress() const;
    QString peerName() const;
    quint16 peerPort() const;
    QNetworkProxy proxy() const;
    void setProxy(const QNetworkProxy &networkProxy);
    void setMaskGenerator(const QMaskGenerator *maskGenerator);
    const QMaskGenerator *maskGenerator() const;
    qint64 readBufferSize() const;
    void setReadBufferSize(qint64 size);

    void resume();
    void setPauseMode(QAbstractSocket::PauseModes pauseMode);

    QAbstractSocket::SocketState state() const;

    QWebSocketProtocol::Version version() const;
    QString resourceName() const;
    QUrl requestUrl() const;
    QNetworkRequest request() const;
    QWebSocketHandshakeOptions handshakeOptions() const;
    QString origin() const;
    QString subprotocol() const;
    QWebSocketProtocol::CloseCode closeCode() const;
    QString closeReason() const;

    qint64 sendTextMessage(const QString &message);
    qint64 sendBinaryMessage(const QByteArray &data);

    void ignoreSslErrors(const QList<QSslError> &errors);
    void continueInterruptedHandshake();
    void setSslConfiguration(const QSslConfiguration &sslConfiguration);
    QSslConfiguration sslConfiguration() const;

    qint64 bytesToWrite() const;

    void setMaxAllowedIncomingFrameSize(quint64 maxAllowedIncomingFrameSize);
    quint64 maxAllowedIncomingFrameSize() const;
    void setMaxAllowedIncomingMessageSize(quint64 maxAllowedIncomingMessageSize);
    quint64 maxAllowedIncomingMessageSize() const;
    static quint64 maxIncomingMessageSize();
    static quint64 maxIncomingFrameSize();

    void setOutgoingFrameSize(quint64 outgoingFrameSize);
    quint64 outgoingFrameSize() const;
    static quint64 maxOutgoingFrameSize();

    WsConnection *connection() const;

public Q_SLOTS:
    void close(QWebSocketProtocol::CloseCode closeCode = QWebSocketProtocol::CloseCodeNormal,
               const QString &reason = QString());
    void open(const QUrl &url);
    void open(const QNetworkRequest &request);
    void open(const QUrl &url, const QWebSocketHandshakeOptions &options);
    void open(const QNetworkRequest &request, const QWebSocketHandshakeOptions &options);
    void ping(const QByteArray &payload = QByteArray());
    void ignoreSslErrors();

Q_SIGNALS:
    void aboutToClose();
    void connected();
    void disconnected();
    void stateChanged(QAbstractSocket::SocketState state);
    void proxyAuthenticationRequired(const QNetworkProxy &proxy, QAuthenticator *pAuthenticator);
    void authenticationRequired(QAuthenticator *authenticator);
    void readChannelFinished();
    void textFrameReceived(const QString &frame, bool isLastFrame);
    void binaryFrameReceived(const QByteArray &frame, bool isLastFrame);
    void textMessageReceived(const QString &message);
    void binaryMessageReceived(const QByteArray &message);
#if QT_DEPRECATED_SINCE(6, 5)
    void error(QAbstractSocket::SocketError error); // clazy:exclude=overloaded-signal
#endif
    void errorOccurred(QAbstractSocket::SocketError error);
    void pong(quint64 elapsedTime, const QByteArray &payload);
    void bytesWritten(qint64 bytes);
    void peerVerifyError(const QSslError &error);
    void sslErrors(const QList<QSslError> &errors);
    void preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator *authenticator);
    void alertSent(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void alertReceived(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void handshakeInterruptedOnError(const QSslError &error);

protected:
    void connectNotify(const QMetaMethod &signal) override;

private:
    QWebSocket(WsKitCompatTag, const QString &origin, QWebSocketProtocol::Version version, QObject *parent);
    QWebSocket(WsConnection *connection, QObject *parent); // of a server

    friend class QWebSocketPrivate;
    friend class QWebSocketServer;
    friend class QWebSocketServerPrivate;
    std::unique_ptr<QWebSocketPrivate> d;
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKET_H
