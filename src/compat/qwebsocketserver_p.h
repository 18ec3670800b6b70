// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETSERVER_P_H
#define WSKIT_COMPAT_QWEBSOCKETSERVER_P_H

#include <QtWebSockets/qwebsocketserver.h>

#include <WsKit/wserror.h>
#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>
#include <WsKit/wsserver.h>

#include <QtCore/QStringList>
#include <QtNetwork/QNetworkProxy>

#include <optional>

QT_BEGIN_NAMESPACE

// A QWebSocketServer on a WsServer. The server underneath is a child of the public object, so that both move
// to another thread together.
class QWebSocketServerPrivate
{
    Q_DISABLE_COPY_MOVE(QWebSocketServerPrivate)

public:
    QWebSocketServerPrivate(QWebSocketServer *server, const QString &serverName,
                            QWebSocketServer::SslMode secureMode);
    ~QWebSocketServerPrivate();

    bool listen(const QHostAddress &address, quint16 port);
    bool listenOn(qintptr descriptor);
    void close();
    QUrl url() const;
    QWebSocket *takePending();
    void setServerName(const QString &name);
    void setSubprotocols(const QStringList &names);
    void setHandshakeTimeout(int msec);
    void setSslConfiguration(const QSslConfiguration &configuration);
    void setError(QWebSocketProtocol::CloseCode code, const QString &text);

    QWebSocketServer *const q;
    WsServer *const server;
    const QWebSocketServer::SslMode secureMode;
    QString serverName;
    QStringList subprotocols;
    QNetworkProxy proxy = QNetworkProxy::DefaultProxy;
    QSslConfiguration sslConfiguration = QSslConfiguration::defaultConfiguration();
    QString errorText;
    QWebSocketProtocol::CloseCode errorCode = QWebSocketProtocol::CloseCodeNormal;
    int maxPendingConnections = 30;
    int handshakeTimeout = 10000;

private:
    void connectSignals();
    void connectTlsSignals();
    void setDefaults();
    QString alreadyListening(const char *function) const;
    bool listensAtProxy(const QHostAddress &address, quint16 port) const;
    // Whether connections wait for nextPendingConnection(). A program may use those of
    // WsServer::newConnection() instead, with WsServer::maxPendingConnections 0.
    bool isPulled() const { return server->maxPendingConnections() > 0; }
    std::optional<WsResponse> refusal(const WsRequest &request);
    bool isOriginAllowed(const QString &origin);
    QString chooseSubprotocol(const QStringList &offered) const;
    void closePending();
    void onNewConnection();
    void onRejected(const WsError &error);
    void onError(const WsError &error);

    QObject *const m_lifetime; // destroyed first, which closes the sockets that were taken
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKETSERVER_P_H
