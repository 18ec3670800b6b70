// SPDX-License-Identifier: MIT
#include "wsqmlwebsocketserver.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qhostaddress.h>
#include <QtQml/qqmlinfo.h>

#include <utility>

/*!
    \qmltype WebSocketServer
    \inqmlmodule WsKit.Compat
    \brief A WebSocket server with the properties and signals of the type of the same name in Qt WebSockets.

    \snippet compat/tst_qmlwebsockets.qml server

    Web pages of any site can connect to it, as to that of Qt. A server that refuses them is a WsServer of
    \c{import WsKit}.
*/

/*!
    \qmlproperty url WebSocketServer::url
    \readonly
    \brief What clients connect to: \c{ws://} with \l host and \l port.
*/

/*!
    \qmlproperty string WebSocketServer::host
    \brief The address to listen on, in digits, or \c localhost, which stands for 127.0.0.1, the default.

    With any other name the server does not listen, and \l errorString says so. The server of Qt listens on
    all addresses in these cases.
*/

/*!
    \qmlproperty int WebSocketServer::port
    \brief The port to listen on. With 0, the default, the system chooses one; the property then has its
    number.
*/

/*!
    \qmlproperty string WebSocketServer::name
    \brief The name of the server, which clients get in the header \c Server.
*/

/*!
    \qmlproperty list<string> WebSocketServer::supportedSubprotocols
    \brief The subprotocols that the server speaks.
*/

/*!
    \qmlproperty string WebSocketServer::errorString
    \readonly
    \brief The description of the last error; empty if there was none.
*/

/*!
    \qmlproperty bool WebSocketServer::listen
    \brief Whether the server is to listen. The default is \c false.

    It remains \c true if the server cannot listen; see \l errorString. Clients stay connected if it becomes
    \c false. A change of \l host or \l port of a listening server takes effect at once.
*/

/*!
    \qmlproperty bool WebSocketServer::accept
    \brief Whether clients are accepted. The default is \c true. With \c false they wait until it is \c true
    again, also if \l listen changes meanwhile.
*/

/*!
    \qmlsignal WebSocketServer::clientConnected(WebSocket webSocket)
    \brief Emitted when a client has connected.

    The server owns \a webSocket while it is connected. After the end of the connection its handlers are
    removed, and it is collected once nothing in JavaScript refers to it. The server of Qt keeps its sockets
    as long as it exists.
*/

WsQmlWebSocketServer::WsQmlWebSocketServer(QObject *parent) : QObject(parent)
{
    connect(&m_server, &QWebSocketServer::newConnection, this, &WsQmlWebSocketServer::onNewConnection);
    connect(&m_server, &QWebSocketServer::serverError, this,
            [this] { setErrorString(m_server.errorString()); });
}

WsQmlWebSocketServer::~WsQmlWebSocketServer() = default;

void WsQmlWebSocketServer::componentComplete()
{
    m_isComplete = true;
    if (m_isListening)
        startListening();
}

QUrl WsQmlWebSocketServer::url() const
{
    QUrl url;
    url.setScheme(QStringLiteral("ws"));
    url.setHost(m_host);
    url.setPort(m_port);
    return url;
}

void WsQmlWebSocketServer::setHost(const QString &host)
{
    if (host == m_host)
        return;
    m_host = host;
    const QPointer<WsQmlWebSocketServer> guard(this);
    Q_EMIT hostChanged(host);
    if (guard)
        Q_EMIT urlChanged(url());
    if (guard)
        listenAnew();
}

void WsQmlWebSocketServer::setPort(int port)
{
    if (port < 0 || port > 65535) {
        qmlWarning(this) << "port " << port << " is not in the range from 0 to 65535";
        return;
    }
    if (port == m_port)
        return;
    const QPointer<WsQmlWebSocketServer> guard(this);
    setListeningPort(quint16(port));
    if (guard)
        listenAnew();
}

void WsQmlWebSocketServer::setName(const QString &name)
{
    if (name == m_server.serverName())
        return;
    m_server.setServerName(name);
    Q_EMIT nameChanged(name);
}

void WsQmlWebSocketServer::setSupportedSubprotocols(const QStringList &subprotocols)
{
    if (subprotocols == m_server.supportedSubprotocols())
        return;
    m_server.setSupportedSubprotocols(subprotocols);
    Q_EMIT supportedSubprotocolsChanged(subprotocols);
}

void WsQmlWebSocketServer::setListen(bool listen)
{
    if (listen == m_isListening)
        return;
    m_isListening = listen;
    const QPointer<WsQmlWebSocketServer> guard(this);
    if (!listen)
        m_server.close();
    else if (m_isComplete)
        startListening();
    if (guard)
        Q_EMIT listenChanged(listen);
}

void WsQmlWebSocketServer::setAccept(bool accept)
{
    if (accept == m_isAccepting)
        return;
    m_isAccepting = accept;
    if (accept)
        m_server.resumeAccepting();
    else
        m_server.pauseAccepting();
    Q_EMIT acceptChanged(accept);
}

void WsQmlWebSocketServer::startListening()
{
    const QHostAddress address =
        m_host == u"localhost" ? QHostAddress(QHostAddress::LocalHost) : QHostAddress(m_host);
    if (address.isNull())
        return setErrorString(tr("The host \"%1\" is neither an address nor \"localhost\".").arg(m_host));
    if (!m_server.listen(address, quint16(m_port)))
        return setErrorString(m_server.errorString());
    if (!m_isAccepting)
        m_server.pauseAccepting(); // listen() has ended the pause
    setListeningPort(m_server.serverPort());
}

void WsQmlWebSocketServer::listenAnew()
{
    if (!m_isComplete || !m_isListening)
        return;
    m_server.close();
    startListening();
}

void WsQmlWebSocketServer::onNewConnection()
{
    const QPointer<WsQmlWebSocketServer> guard(this);
    while (QWebSocket *const socket = guard ? m_server.nextPendingConnection() : nullptr) {
        auto *const webSocket = new WsQmlWebSocket(socket, this);
        connect(
            webSocket, &WsQmlWebSocket::statusChanged, webSocket,
            [webSocket](WsQmlWebSocket::Status status) {
                if (status == WsQmlWebSocket::Closed)
                    webSocket->leaveToJavaScript();
            },
            Qt::QueuedConnection);
        Q_EMIT clientConnected(webSocket);
    }
}

void WsQmlWebSocketServer::setListeningPort(quint16 port)
{
    if (port == m_port)
        return;
    m_port = port;
    const QPointer<WsQmlWebSocketServer> guard(this);
    Q_EMIT portChanged(port);
    if (guard)
        Q_EMIT urlChanged(url());
}

void WsQmlWebSocketServer::setErrorString(const QString &errorString)
{
    if (std::exchange(m_errorString, errorString) != errorString)
        Q_EMIT errorStringChanged(errorString);
}
