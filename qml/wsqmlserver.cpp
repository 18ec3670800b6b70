// SPDX-License-Identifier: MIT
#include "wsqmlserver.h"

#include "wsqmlanswer.h"
#include "wsqmlconnection.h"
#include "wsqmlscript.h"

#include <QtCore/qpointer.h>
#include <QtCore/qvariant.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qqmlinfo.h>

#include <limits>

namespace {
QFuture<WsResponse> readyFuture(const WsResponse &response)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
    return QtFuture::makeReadyValueFuture(response);
#else
    return QtFuture::makeReadyFuture(response);
#endif
}
} // namespace

/*!
    \qmltype WsServer
    \inqmlmodule WsKit
    \instantiates WsServer
    \brief A WebSocket server.

    \qml
    WsServer {
        id: server
        host: "127.0.0.1"
        port: 8080
        listening: true
        options.maxMessageSize: 65536
        requestHandler: request => {
            switch (request.path) {
            case "/":
                return Ws.html("<h1>Hello</h1>")
            case "/chat":
                return Ws.accept()
            default:
                return Ws.notFound()
            }
        }
        onNewConnection: connection =>
            connection.textMessageReceived.connect(text => server.broadcast(text))
        onErrorOccurred: error => console.warn(error.text)
    }
    \endqml

    Nothing listens before the component is complete. Destroying a server closes its connections with 1001.

    \sa WsConnection, WsConnectionModel
*/

/*!
    \qmlproperty bool WsServer::listening
    \brief Whether the server listens; \c false by default.

    \c false closes the connections too, with 1001; \c true while they are closing listens when they are
    closed. Where the server cannot listen, errorOccurred() says why and the property stays \c false.
*/

/*!
    \qmlproperty string WsServer::host
    \brief The address to listen on: 127.0.0.1 by default, "0.0.0.0" or "::" for all.

    A server that listens closes its connections and listens anew where this or \l port changes.
*/

/*!
    \qmlproperty int WsServer::port
    \brief The port to listen on; 0, the default, for any that is free.
*/

/*!
    \qmlproperty int WsServer::serverPort
    \readonly
    \brief The port that the server listens on; 0 while it does not.
*/

/*!
    \qmlproperty url WsServer::url
    \readonly
    \brief Where the server can be reached from this machine; empty while it does not listen.
*/

/*!
    \qmlproperty wsOptions WsServer::options
    \brief The limits and timeouts of the connections that come from now on.
*/

/*!
    \qmlproperty wsCompression WsServer::compression
    \brief How messages are compressed for the clients that offer it and connect from now on; not at all by
    default.

    \qml
    WsServer {
        listening: true
        compression.enabled: true
    }
    \endqml

    These are the values of \c options.compression, one by one: QML (as of Qt 6.4) assigns to one level of
    grouped properties only.
*/

/*!
    \qmlproperty list<string> WsServer::subprotocols
    \brief The subprotocols that the server speaks, the preferred one first.
*/

/*!
    \qmlproperty list<string> WsServer::allowedOrigins
    \brief The sites whose pages may connect besides the server's own; \c {["*"]} for all.

    \c {["https://example.com"]} is one site; \c {*.example.com} as its host stands for all subdomains.
*/

/*!
    \qmlproperty list<string> WsServer::allowedHosts
    \brief The host names that the server answers for; \c {["*"]} for any.

    If it is empty, the default, a server on this machine alone answers pages under the name \c localhost or an
    address, and other servers answer for any host. See the C++ property WsServer::allowedHosts.
*/

/*!
    \qmlproperty int WsServer::maxConnections
    \brief How many clients there may be; 0, the default, for any number. More get 503.
*/

/*!
    \qmlproperty int WsServer::maxPendingHandshakes
    \brief How many clients may be connected without a complete request; 1,000 by default, 0 for any number.

    If there is one more, the oldest of them is cut.
*/

/*!
    \qmlproperty int WsServer::maxConnectionsPerAddress
    \brief How many of them may come from one address; 0, the default, for any number.
*/

/*!
    \qmlproperty list<WsConnection> WsServer::connections
    \readonly
    \brief The open connections, in no particular order.
*/

/*!
    \qmlproperty int WsServer::connectionCount
    \readonly
    \brief How many there are.
*/

/*!
    \qmlproperty var WsServer::requestHandler
    \brief A function that answers requests: it gets a wsRequest and returns a wsResponse.

    It sees every request, for a WebSocket or plain HTTP, and makes its answer by Ws.accept(),
    Ws.reject(), Ws.html(), Ws.text() or Ws.notFound(). It may return a \c Promise of one as well. Where it
    throws or returns something else, the client gets 500, errorOccurred() tells why, and a warning does.
    \c null, the default, accepts every WebSocket.

    \qml
    requestHandler: request => request.path === "/" ? Ws.html(page) : Ws.accept()
    \endqml
*/

/*!
    \qmlproperty url WsServer::certificateFile
    \brief The server's certificate, with its chain, in PEM format: with it the server speaks \c wss://.

    The files may be paths or URLs, also of resources; what is relative is relative to the QML file. Changes
    while the server listens hold for the connections that come from then on. A server whose files cannot be
    used does not listen; errorOccurred() tells why.
*/

/*!
    \qmlproperty url WsServer::privateKeyFile
    \brief The private key to the certificate, in PEM format.
*/

/*!
    \qmlproperty string WsServer::privateKeyPassPhrase
    \brief What opens the private key if it is encrypted; empty by default.
*/

/*!
    \qmlproperty url WsServer::caFile
    \brief The authorities that must vouch for the client's certificate; empty where clients need none.
*/

/*!
    \qmlsignal WsServer::newConnection(WsConnection connection)
    \brief A client has connected: by \a connection, of which a handler connected here misses no message.
*/

/*!
    \qmlsignal WsServer::connectionRejected(wsError error, wsHostAddress address)
    \brief The client at \a address was refused, or went before it was answered; \a error tells why.
*/

/*!
    \qmlsignal WsServer::errorOccurred(wsError error)
    \brief The server cannot listen or accept, or the request handler failed; \a error tells why.
*/

/*!
    \qmlsignal WsServer::closed()
    \brief The server has stopped listening, and its last connection is closed.
*/

/*!
    \qmlmethod int WsServer::broadcast(var value, WsConnection except)
    \brief Sends \a value, as WsConnection::send() does, to every connection but \a except.

    \a except may be left out. Returns how many get it.
*/

/*!
    \qmlmethod bool WsServer::subscribe(WsConnection connection, string topic)
    \brief Has \a connection get what is published to \a topic from now on.

    It ends with the connection, or by unsubscribe(). Returns \c false where the connection has ended.
*/

/*!
    \qmlmethod bool WsServer::unsubscribe(WsConnection connection, string topic)
    \brief Has \a connection not get what is published to \a topic any more.

    Returns \c false where the connection has ended.
*/

/*!
    \qmlmethod int WsServer::publish(string topic, var value, WsConnection except)
    \brief Sends \a value, as WsConnection::send() does, to every connection that subscribes to \a topic, but
    \a except.

    \a except may be left out. Returns how many get it.
*/

/*!
    \qmlmethod list<string> WsServer::topics()
    \brief Returns the topics that have subscribers.
*/

/*!
    \qmlmethod int WsServer::subscriberCount(string topic)
    \brief Returns how many connections subscribe to \a topic.
*/

/*!
    \qmlmethod void WsServer::close()
    \brief Does what setting \l listening to \c false does.
*/

/*!
    \qmlmethod string WsServer::errorString()
    \brief Returns what failed last.
*/
WsQmlServer::WsQmlServer(QObject *parent) : WsServer(parent)
{
    connect(this, &WsServer::hostChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::portChanged, this, &WsQmlServer::onAddressChanged);
}

WsConnection *WsQmlServer::createConnection()
{
    return new WsQmlConnection;
}

// --- listening

void WsQmlServer::componentComplete()
{
    m_isComplete = true;
    if (m_isWaiting && !isListening())
        setWanted(true);
    if (m_isWaiting && !isListening())
        Q_EMIT listeningChanged();
}

void WsQmlServer::setWanted(bool wanted)
{
    if (m_isComplete) {
        m_isAddressChanged = false;
        if (!wanted || loadTls())
            setListening(wanted);
    } else if (wanted != m_isWaiting) {
        m_isWaiting = wanted;
        Q_EMIT listeningChanged();
    }
}

void WsQmlServer::onAddressChanged()
{
    m_isAddressChanged = true;
    scheduleChanges();
}

void WsQmlServer::onTlsFilesChanged()
{
    m_areTlsFilesChanged = true;
    scheduleChanges();
}

void WsQmlServer::setCompression(const WsCompression &compression)
{
    WsOptions changed = options();
    changed.setCompression(compression);
    setOptions(changed);
}

void WsQmlServer::setPortNumber(int port)
{
    if (port >= 0 && port <= std::numeric_limits<quint16>::max())
        setPort(quint16(port));
    else
        qmlWarning(this) << "port " << port << " is not from 0 to 65535";
}

// Several properties may change in one go: what follows from it waits for the end of the turn.
void WsQmlServer::scheduleChanges()
{
    if (m_isComplete && !std::exchange(m_areChangesScheduled, true))
        QMetaObject::invokeMethod(this, &WsQmlServer::applyChanges, Qt::QueuedConnection);
}

void WsQmlServer::applyChanges()
{
    m_areChangesScheduled = false;
    if (!isListening())
        return;
    if (m_isAddressChanged) {
        close();
        setWanted(true);
    } else if (loadTls()) {
        Q_EMIT listeningChanged(); // the scheme of the URL
    }
}

bool WsQmlServer::loadTls()
{
    if (!m_areTlsFilesChanged)
        return true;
    const QString problem = m_tlsFiles.apply(this);
    m_areTlsFilesChanged = !problem.isEmpty();
    if (m_areTlsFilesChanged)
        Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Tls, problem));
    return problem.isEmpty();
}

void WsQmlServer::setCertificateFile(const QUrl &file)
{
    if (m_tlsFiles.certificate == file)
        return;
    m_tlsFiles.certificate = file;
    onTlsFilesChanged();
    Q_EMIT certificateFileChanged();
}

void WsQmlServer::setPrivateKeyFile(const QUrl &file)
{
    if (m_tlsFiles.privateKey == file)
        return;
    m_tlsFiles.privateKey = file;
    onTlsFilesChanged();
    Q_EMIT privateKeyFileChanged();
}

void WsQmlServer::setPrivateKeyPassPhrase(const QString &passPhrase)
{
    if (m_tlsFiles.passPhrase == passPhrase)
        return;
    m_tlsFiles.passPhrase = passPhrase;
    onTlsFilesChanged();
    Q_EMIT privateKeyPassPhraseChanged();
}

void WsQmlServer::setCaFile(const QUrl &file)
{
    if (m_tlsFiles.authorities == file)
        return;
    m_tlsFiles.authorities = file;
    onTlsFilesChanged();
    Q_EMIT caFileChanged();
}

// --- requests

void WsQmlServer::setRequestHandler(const QJSValue &handler)
{
    if (m_requestHandler.strictlyEquals(handler))
        return;
    if (!handler.isCallable() && !handler.isNull() && !handler.isUndefined()) {
        qmlWarning(this) << "requestHandler is a function, or null";
        return;
    }
    m_requestHandler = handler;
    if (handler.isCallable())
        WsServer::setRequestHandler([this](const WsRequest &request) { return answer(request); });
    else
        WsServer::setRequestHandler(nullptr);
    Q_EMIT requestHandlerChanged();
}

QFuture<WsResponse> WsQmlServer::answer(const WsRequest &request)
{
    QJSEngine *engine = qjsEngine(this);
    if (!engine)
        return readyFuture(answerFailure(QStringLiteral("there is no JavaScript engine")));
    const QJSValue result = m_requestHandler.call({engine->toScriptValue(request)});
    if (!result.property(QStringLiteral("then")).isCallable())
        return readyFuture(toResponse(result));
    const QPointer<WsQmlServer> self(this);
    return WsQmlAnswer::future(*engine, result, [self](const QJSValue &value) {
        return self ? self->toResponse(value) : WsResponse();
    });
}

WsResponse WsQmlServer::toResponse(const QJSValue &result)
{
    if (result.isError())
        return answerFailure(result.toString());
    const QVariant response = result.toVariant(QJSValue::RetainJSObjects);
    if (response.metaType() != QMetaType::fromType<WsResponse>())
        return answerFailure(QStringLiteral("%1 is no response").arg(result.toString()));
    return response.value<WsResponse>();
}

// As for any other exception of a script there is a warning; the client only hears that something failed.
WsResponse WsQmlServer::answerFailure(const QString &text)
{
    const QString problem = QStringLiteral("requestHandler: ") + text;
    qmlWarning(this) << problem;
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    return WsResponse::reject(500, "the request handler failed\n");
}

// --- connections

int WsQmlServer::broadcast(const QJSValue &value, WsConnection *except)
{
    QJSEngine *engine = qjsEngine(this);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message ? broadcast(*message, except) : 0;
}

int WsQmlServer::publish(const QString &topic, const QJSValue &value, WsConnection *except)
{
    QJSEngine *engine = qjsEngine(this);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message ? publish(topic, *message, except) : 0;
}
