// SPDX-License-Identifier: MIT
#include "wsqmlwebsocket.h"

#include <QtWebSockets/qwebsockethandshakeoptions.h>

#include <QtCore/qmetaobject.h>
#include <QtCore/qpointer.h>
#include <QtQml/qqmlengine.h>

#include <utility>

/*!
    \qmlmodule WsKit.Compat
    \title WsKit.Compat QML Types
    \brief The QML types of Qt WebSockets on WsKit.

    \qml
    import WsKit.Compat
    \endqml

    A QML program that was written for Qt WebSockets needs no other change: \c{import QtWebSockets} becomes
    \c{import WsKit.Compat}, with the same version if there is one. The versions 1.0 to 1.15 exist; as in Qt,
    binary messages need 1.1. New programs should use the types of \c{import WsKit}, which can do more.

    The module is a plugin of its own and is not part of static builds.

    \sa {Coming from QtWebSockets}
*/

/*!
    \qmltype WebSocket
    \inqmlmodule WsKit.Compat
    \brief A WebSocket with the properties and signals of the type of the same name in Qt WebSockets.

    \snippet compat/tst_qmlwebsockets.qml client

    A WebSocketServer creates one for each client.
*/

/*!
    \qmlproperty url WebSocket::url
    \brief The server to connect to.

    If it changes while the socket is active, the connection is closed and one to the new server is opened.
*/

/*!
    \qmlproperty list<string> WebSocket::requestedSubprotocols
    \brief The subprotocols that the next opening asks for, in order of preference. A change does not affect
    the current connection.
*/

/*!
    \qmlproperty enumeration WebSocket::status
    \readonly
    \brief The state of the connection.

    \value WebSocket.Connecting The connection is being opened.
    \value WebSocket.Open       Messages can be sent and received.
    \value WebSocket.Closing    The connection is being closed.
    \value WebSocket.Closed     There is no connection. This is the initial value.
    \value WebSocket.Error      An error has occurred; \l errorString describes it.
*/

/*!
    \qmlproperty string WebSocket::errorString
    \readonly
    \brief The description of the error, if \l status is \c WebSocket.Error; empty otherwise.
*/

/*!
    \qmlproperty bool WebSocket::active
    \brief Whether the socket is to be connected. The default is \c false.

    The value remains \c true after the peer has closed the connection or the opening has failed. To connect
    again, set it to \c false and then to \c true.
*/

/*!
    \qmlproperty string WebSocket::negotiatedSubprotocol
    \readonly
    \brief The subprotocol that both sides agreed on; empty if there is none or the socket is not open.
*/

/*!
    \qmlmethod int WebSocket::sendTextMessage(string message)
    \brief Sends \a message and returns the number of bytes that it has in UTF-8.

    If the socket is not open, returns 0, and \l status becomes \c WebSocket.Error.
*/

/*!
    \qmlmethod int WebSocket::sendBinaryMessage(ArrayBuffer message)
    \brief Sends \a message and returns its size in bytes.

    If the socket is not open, returns 0, and \l status becomes \c WebSocket.Error.
*/

/*!
    \qmlmethod void WebSocket::ping(ArrayBuffer payload)
    \brief Sends a ping with \a payload, which is optional and has at most 125 bytes.

    If the socket is not open, \l status becomes \c WebSocket.Error. Needs version 1.10 of the import.

    \sa pong()
*/

/*!
    \qmlsignal WebSocket::textMessageReceived(string message)
    \brief Emitted when the text \a message has arrived.
*/

/*!
    \qmlsignal WebSocket::binaryMessageReceived(ArrayBuffer message)
    \brief Emitted when the binary \a message has arrived.
*/

/*!
    \qmlsignal WebSocket::pong(int elapsedTime, ArrayBuffer payload)
    \brief Emitted when the answer to a ping has arrived, with the \a payload of the ping and the milliseconds
    since then, \a elapsedTime. Needs version 1.10 of the import.

    \sa ping()
*/

namespace {
// A null array would be an ArrayBuffer that cannot be used.
QByteArray notNull(const QByteArray &data)
{
    return data.isNull() ? QByteArray("") : data;
}
} // namespace

WsQmlWebSocket::WsQmlWebSocket(QObject *parent) : QObject(parent) { }

WsQmlWebSocket::WsQmlWebSocket(QWebSocket *accepted, QObject *parent)
    : QObject(parent), m_url(accepted->requestUrl()),
      m_requestedSubprotocols(accepted->handshakeOptions().subprotocols()),
      m_negotiatedSubprotocol(accepted->subprotocol()),
      m_status(accepted->state() == QAbstractSocket::ConnectedState ? Open : Closed), m_isActive(true)
{
    use(accepted);
}

void WsQmlWebSocket::componentComplete()
{
    m_isComplete = true;
    open();
}

void WsQmlWebSocket::setUrl(const QUrl &url)
{
    if (url == m_url)
        return;
    const QPointer<WsQmlWebSocket> guard(this);
    close();
    if (!guard)
        return;
    m_url = url;
    Q_EMIT urlChanged();
    if (guard)
        open();
}

void WsQmlWebSocket::setRequestedSubprotocols(const QStringList &subprotocols)
{
    if (subprotocols == m_requestedSubprotocols)
        return;
    m_requestedSubprotocols = subprotocols;
    Q_EMIT requestedSubprotocolsChanged();
}

void WsQmlWebSocket::setActive(bool active)
{
    if (active == m_isActive)
        return;
    m_isActive = active;
    const QPointer<WsQmlWebSocket> guard(this);
    Q_EMIT activeChanged(active);
    if (!guard || m_isActive != active) // a handler has changed it again
        return;
    if (active)
        open();
    else
        close();
}

qint64 WsQmlWebSocket::sendTextMessage(const QString &message)
{
    return canSend() ? m_socket->sendTextMessage(message) : 0;
}

qint64 WsQmlWebSocket::sendBinaryMessage(const QByteArray &message)
{
    return canSend() ? m_socket->sendBinaryMessage(message) : 0;
}

void WsQmlWebSocket::ping(const QByteArray &payload)
{
    if (canSend())
        m_socket->ping(payload);
}

bool WsQmlWebSocket::canSend()
{
    if (m_socket && m_socket->isValid())
        return true;
    setStatus(Error, tr("Messages can only be sent when the socket is open."));
    return false;
}

void WsQmlWebSocket::open()
{
    if (!m_isComplete || !m_isActive || !m_url.isValid())
        return;
    giveUpSocket();
    const QPointer<WsQmlWebSocket> guard(this);
    if (m_status == Closing)
        setStatus(Closed);
    if (!guard || !m_isActive || m_socket) // a handler has changed it
        return;
    use(new QWebSocket);
    QWebSocketHandshakeOptions options;
    options.setSubprotocols(m_requestedSubprotocols);
    m_socket->open(m_url, options);
}

void WsQmlWebSocket::close()
{
    if (!m_socket)
        return;
    if (m_socket->isValid())
        m_socket->close();
    else if (m_socket->state() == QAbstractSocket::ConnectingState) // the status may be Error
        m_socket->abort();
}

void WsQmlWebSocket::use(QWebSocket *socket)
{
    m_socket = socket;
    socket->setParent(this);
    connect(socket, &QWebSocket::stateChanged, this, &WsQmlWebSocket::onStateChanged);
    connect(socket, &QWebSocket::errorOccurred, this, [this] { setStatus(Error, m_socket->errorString()); });
    connect(socket, &QWebSocket::textMessageReceived, this, &WsQmlWebSocket::textMessageReceived);
    connect(socket, &QWebSocket::binaryMessageReceived, this,
            [this](const QByteArray &message) { Q_EMIT binaryMessageReceived(notNull(message)); });
    connect(socket, &QWebSocket::pong, this, [this](quint64 elapsedTime, const QByteArray &payload) {
        Q_EMIT pong(elapsedTime, notNull(payload));
    });
}

// A connection that is closing sends what it still has, and is not heard of again.
void WsQmlWebSocket::giveUpSocket()
{
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    close(); // if a handler has made it active again, nobody has done so yet
    if (m_socket->state() == QAbstractSocket::UnconnectedState)
        m_socket->deleteLater();
    else
        connect(m_socket, &QWebSocket::disconnected, m_socket, &QObject::deleteLater);
    m_socket = nullptr;
}

// Handlers in JavaScript usually refer to the object that they belong to, and so keep it from being
// collected.
void WsQmlWebSocket::leaveToJavaScript()
{
    giveUpSocket();
    for (int i = staticMetaObject.methodOffset(); i < staticMetaObject.methodCount(); ++i) {
        if (const QMetaMethod method = staticMetaObject.method(i); method.methodType() == QMetaMethod::Signal)
            QObject::disconnect(this, method, nullptr, QMetaMethod());
    }
    QQmlEngine *const engine = qmlEngine(parent());
    setParent(nullptr);
    if (!engine)
        return deleteLater();
    QQmlEngine::setObjectOwnership(this, QQmlEngine::JavaScriptOwnership);
    (void)engine->newQObject(this); // only what JavaScript has seen can be collected
}

void WsQmlWebSocket::onStateChanged(QAbstractSocket::SocketState state)
{
    switch (state) {
    case QAbstractSocket::HostLookupState:
    case QAbstractSocket::ConnectingState:
        return setStatus(Connecting);
    case QAbstractSocket::ConnectedState:
        return setStatus(Open);
    case QAbstractSocket::ClosingState:
        return setStatus(Closing);
    default:
        return setStatus(Closed);
    }
}

// A handler may change the status again, or delete the object.
void WsQmlWebSocket::setStatus(Status status, const QString &errorString)
{
    const bool isOther = std::exchange(m_status, status) != status;
    const QPointer<WsQmlWebSocket> guard(this);
    if (std::exchange(m_errorString, errorString) != errorString)
        Q_EMIT errorStringChanged(errorString);
    if (guard && m_status == status && isOther)
        Q_EMIT statusChanged(status);
    if (guard)
        updateSubprotocol();
}

void WsQmlWebSocket::updateSubprotocol()
{
    const QString subprotocol = m_status == Open ? m_socket->subprotocol() : QString();
    if (std::exchange(m_negotiatedSubprotocol, subprotocol) != subprotocol)
        Q_EMIT negotiatedSubprotocolChanged();
}
