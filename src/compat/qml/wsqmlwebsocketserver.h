// SPDX-License-Identifier: MIT
#ifndef WSQMLWEBSOCKETSERVER_H
#define WSQMLWEBSOCKETSERVER_H

#include "wsqmlwebsocket.h"

#include <QtWebSockets/qwebsocketserver.h>

// WebSocketServer as `import QtWebSockets` has it.
class WsQmlWebSocketServer : public QObject, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    QML_NAMED_ELEMENT(WebSocketServer)
    QML_ADDED_IN_VERSION(1, 0)
    Q_PROPERTY(QUrl url READ url NOTIFY urlChanged)
    Q_PROPERTY(QString host READ host WRITE setHost NOTIFY hostChanged)
    Q_PROPERTY(int port READ port WRITE setPort NOTIFY portChanged)
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged)
    Q_PROPERTY(QStringList supportedSubprotocols READ supportedSubprotocols WRITE setSupportedSubprotocols
                   NOTIFY supportedSubprotocolsChanged)
    Q_PROPERTY(QString errorString READ errorString NOTIFY errorStringChanged)
    Q_PROPERTY(bool listen READ listen WRITE setListen NOTIFY listenChanged)
    Q_PROPERTY(bool accept READ accept WRITE setAccept NOTIFY acceptChanged)

public:
    explicit WsQmlWebSocketServer(QObject *parent = nullptr);
    ~WsQmlWebSocketServer() override;

    QUrl url() const;
    QString host() const { return m_host; }
    void setHost(const QString &host);
    int port() const { return m_port; }
    void setPort(int port);
    QString name() const { return m_server.serverName(); }
    void setName(const QString &name);
    QStringList supportedSubprotocols() const { return m_server.supportedSubprotocols(); }
    void setSupportedSubprotocols(const QStringList &subprotocols);
    QString errorString() const { return m_errorString; }
    bool listen() const { return m_isListening; }
    void setListen(bool listen);
    bool accept() const { return m_isAccepting; }
    void setAccept(bool accept);

    void classBegin() override { m_isComplete = false; }
    void componentComplete() override;

Q_SIGNALS:
    void clientConnected(WsQmlWebSocket *webSocket);
    void errorStringChanged(const QString &errorString);
    void urlChanged(const QUrl &url);
    void portChanged(int port);
    void nameChanged(const QString &name);
    void supportedSubprotocolsChanged(const QStringList &supportedProtocols);
    void hostChanged(const QString &host);
    void listenChanged(bool listen);
    void acceptChanged(bool accept);

private:
    void startListening();
    void listenAnew();
    void onNewConnection();
    void setListeningPort(quint16 port);
    void setErrorString(const QString &errorString);

    QWebSocketServer m_server{QString(), QWebSocketServer::NonSecureMode};
    QString m_host = QStringLiteral("127.0.0.1");
    QString m_errorString;
    int m_port = 0;
    bool m_isListening = false; // as the property says
    bool m_isAccepting = true;
    bool m_isComplete = true; // except while QML creates the object
};

#endif // WSQMLWEBSOCKETSERVER_H
