// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKET_P_H
#define WSKIT_COMPAT_QWEBSOCKET_P_H

#include <QtWebSockets/qmaskgenerator.h>
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsockethandshakeoptions.h>

#include <WsKit/wsclient.h>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qmutex.h>
#include <QtCore/qpointer.h>
#include <QtNetwork/qnetworkrequest.h>

#include <memory>

QT_BEGIN_NAMESPACE

// What a QWebSocket adds to the WsConnection underneath: the states of a QAbstractSocket, and the order in
// which QWebSocket emits its signals. It has disconnected as soon as the Close frame of this side is written.
// The connection may then still wait for the peer, and nothing of that is reported any more.
class QWebSocketPrivate
{
public:
    QWebSocketPrivate(QWebSocket *socket, WsClient *ownClient);
    QWebSocketPrivate(QWebSocket *socket, WsConnection *accepted);

    // As QWebSocket has them: messages of nearly any size, and no pings of its own.
    static void setDefaults(WsOptions &options);

    void open(const QNetworkRequest &newRequest, const QWebSocketHandshakeOptions &newOptions);
    void close(quint16 code, const QString &reason);
    void abort();
    void destroy();

    bool flush();
    qint64 bytesToWrite() const;
    void ignoreSslErrors();
    void ignoreSslErrors(const QList<QSslError> &errors);

    bool isConnected() const;
    QAbstractSocket::SocketState state() const { return m_state; }

    template <typename Change>
    void changeOptions(Change change)
    {
        WsOptions options = connection->options();
        change(options);
        connection->setOptions(options);
    }

    // Connects the signals whose arguments the connection creates only if somebody wants them. From any
    // thread.
    void updateForwarding();

    QWebSocket *const q;
    WsConnection *const connection;
    WsClient *const client; // null on a server

    QString origin;
    QString originProblem; // why it cannot be sent
    QWebSocketProtocol::Version version = QWebSocketProtocol::VersionLatest;
    QNetworkRequest request;
    QWebSocketHandshakeOptions handshakeOptions;
    quint16 closeCode = QWebSocketProtocol::CloseCodeNormal;
    QString closeReason;
    QAbstractSocket::SocketError error = QAbstractSocket::UnknownSocketError;
    QString errorString;
    QAbstractSocket::PauseModes pauseMode = QAbstractSocket::PauseNever;
    // Of a client: what was set, or is in use since TLS is established, whichever came last.
    QSslConfiguration sslConfiguration = QSslConfiguration::defaultConfiguration();
    qint64 readBufferSize = 0;
    quint64 maxFrameSize = QWebSocket::maxIncomingFrameSize();
    quint64 maxMessageSize = QWebSocket::maxIncomingMessageSize();
    QElapsedTimer sincePing;
    QPointer<const QMaskGenerator> maskGenerator;
    std::unique_ptr<QMaskGenerator> ownMaskGenerator;

private:
    using Guard = QPointer<QWebSocket>;

    void connectSignals();
    void connectTls();
    void onSslErrors(const QList<QSslError> &errors);
    void startTrust();
    void passIgnoredErrors();
    void forward(const QMetaMethod &signal, QMetaObject::Connection &link,
                 QMetaObject::Connection (QWebSocketPrivate::*connect)());
    QMetaObject::Connection forwardText();
    QMetaObject::Connection forwardBinary();
    QMetaObject::Connection forwardTextFrames();
    QMetaObject::Connection forwardBinaryFrames();

    bool isOpenable(const QUrl &url);
    void start();
    void onAuthenticationRequired(QAuthenticator *authenticator);
    void setSubprotocols();
    void failSoon(QAbstractSocket::SocketError code, const QString &text);

    void onStateChanged(Ws::State state);
    void onOpened();
    void onError(const WsError &wsError);
    void onOpeningError(const WsError &wsError);
    void onClosed(quint16 code, const QString &reason);
    void onWritten(qint64 bytes);
    void onPong(const QByteArray &payload, qint64 roundTripUs);

    // Each returns whether the socket still exists, and no slot has opened it again.
    bool setState(QAbstractSocket::SocketState state);
    bool emitError(QAbstractSocket::SocketError code, const QString &text);
    bool startEnd(quint16 code, const QString &reason);
    void finishEndIfWritten();
    void finishEnd();
    void finishOpening();

    QAbstractSocket::SocketState m_state = QAbstractSocket::UnconnectedState;
    qint64 m_reportedBytes = 0; // of those that have been written
    quint32 m_opening = 0;      // counts the calls of open(), and attempts to open again
    bool m_isStarting = false;  // until the connection opens: what it reports is of an earlier opening
    bool m_isEnding = false;    // this side closes, or the peer has closed
    bool m_isAborted = false;
    bool m_isDropped = false;   // an error of the network has been reported
    bool m_isErrorOwed = false; // it follows disconnected()

    // In Qt, a list replaces the one before, and counts instead of "all".
    QList<QSslError> m_ignoredInAll;  // openings
    QList<QSslError> m_ignoredErrors; // in this opening
    bool m_ignoresAllErrors = false;  // in this opening
    bool m_isDistrusted = false;      // errors were reported, and it has not opened since
    bool m_areErrorsReported = false; // and the slots of sslErrors() have returned, in this opening
    QMutex m_forwardingMutex;
    QMetaObject::Connection m_text;
    QMetaObject::Connection m_binary;
    QMetaObject::Connection m_textFrames;
    QMetaObject::Connection m_binaryFrames;
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QWEBSOCKET_P_H
