// SPDX-License-Identifier: MIT
#ifndef WSQMLWEBSOCKET_H
#define WSQMLWEBSOCKET_H

#include <QtWebSockets/qwebsocket.h>

#include <QtCore/qobject.h>
#include <QtCore/qurl.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlparserstatus.h>

// WebSocket as `import QtWebSockets` has it, over QWebSocket: one for each opening.
class WsQmlWebSocket : public QObject, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    QML_NAMED_ELEMENT(WebSocket)
    QML_ADDED_IN_VERSION(1, 0)
    Q_PROPERTY(QUrl url READ url WRITE setUrl NOTIFY urlChanged)
    Q_PROPERTY(QStringList requestedSubprotocols READ requestedSubprotocols WRITE setRequestedSubprotocols
                   NOTIFY requestedSubprotocolsChanged)
    Q_PROPERTY(Status status READ status NOTIFY statusChanged)
    Q_PROPERTY(QString errorString READ errorString NOTIFY errorStringChanged)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged)
    Q_PROPERTY(QString negotiatedSubprotocol READ negotiatedSubprotocol NOTIFY negotiatedSubprotocolChanged)

public:
    enum Status { Connecting, Open, Closing, Closed, Error };
    Q_ENUM(Status)

    explicit WsQmlWebSocket(QObject *parent = nullptr);
    WsQmlWebSocket(QWebSocket *accepted, QObject *parent); // of a server; takes the socket

    QUrl url() const { return m_url; }
    void setUrl(const QUrl &url);
    QStringList requestedSubprotocols() const { return m_requestedSubprotocols; }
    void setRequestedSubprotocols(const QStringList &subprotocols);
    Status status() const { return m_status; }
    QString errorString() const { return m_errorString; }
    bool isActive() const { return m_isActive; }
    void setActive(bool active);
    QString negotiatedSubprotocol() const { return m_negotiatedSubprotocol; }

    Q_INVOKABLE qint64 sendTextMessage(const QString &message);
    Q_REVISION(1, 1) Q_INVOKABLE qint64 sendBinaryMessage(const QByteArray &message);
    Q_REVISION(1, 10) Q_INVOKABLE void ping(const QByteArray &payload = QByteArray());

    void leaveToJavaScript(); // of a server, once it is closed

    void classBegin() override { m_isComplete = false; }
    void componentComplete() override;

Q_SIGNALS:
    void textMessageReceived(const QString &message);
    Q_REVISION(1, 1) void binaryMessageReceived(const QByteArray &message);
    Q_REVISION(1, 10) void pong(quint64 elapsedTime, const QByteArray &payload);
    void statusChanged(WsQmlWebSocket::Status status);
    void activeChanged(bool isActive);
    void errorStringChanged(const QString &errorString);
    void urlChanged();
    void requestedSubprotocolsChanged();
    void negotiatedSubprotocolChanged();

private:
    void open();
    void close();
    void use(QWebSocket *socket);
    void giveUpSocket();
    void onStateChanged(QAbstractSocket::SocketState state);
    bool canSend();
    void setStatus(Status status, const QString &errorString = QString());
    void updateSubprotocol();

    QWebSocket *m_socket = nullptr;
    QUrl m_url;
    QStringList m_requestedSubprotocols;
    QString m_negotiatedSubprotocol;
    QString m_errorString;
    Status m_status = Closed;
    bool m_isActive = false;
    bool m_isComplete = true; // except while QML creates the object
};

#endif // WSQMLWEBSOCKET_H
