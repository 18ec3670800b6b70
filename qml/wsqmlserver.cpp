// SPDX-License-Identifier: MIT
#include "wsqmlserver.h"

#include "wsqmlanswer.h"
#include "wsqmlconnection.h"
#include "wsqmlresponse.h"
#include "wsqmlscript.h"

#include <QtCore/qpointer.h>
#include <QtCore/qvariant.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalueiterator.h>
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

    A server does not listen before the component is complete. Destroying it closes its connections with 1001.

    \section1 What only C++ can set

    The object is a WsServer of C++, too. A certificate for each host name that clients ask for (SNI), the user
    that the certificate of a client stands for, and the filters of addresses and TLS errors have no
    counterpart in QML. A C++ program that loads the QML sets them on the object, here with the \c objectName
    "server":

    \code
    auto *server = engine.rootObjects().constFirst()->findChild<WsServer *>("server");
    server->addLocalCertificate("chat.example.org", "example.org.pem", "example.org.key");
    server->setCertificateMapper([](const QSslCertificate &certificate) {
        return certificate.subjectInfo(QSslCertificate::CommonName).value(0);
    });
    \endcode

    addLocalCertificate() needs the \l certificateFile, for all other names, which is loaded when the server
    begins to listen. WsRequest::peerCertificate() exists only in C++, in the handler of
    WsServer::setRequestFilter(). The certificates of added names stay if \l certificateFile changes, and
    reloadCertificates() reads them again, too.

    \sa WsConnection, WsConnectionModel
*/

/*!
    \qmlproperty bool WsServer::listening
    \brief Whether the server listens. The default is \c false.

    Setting it to \c false also closes the connections, with 1001. If it is set to \c true while they are
    closing, the server listens again when all of them have closed. If the server cannot listen,
    errorOccurred() is emitted and the property stays \c false.
*/

/*!
    \qmlproperty string WsServer::host
    \brief The address to listen on, the first of \l hosts. The default is "127.0.0.1". "*" stands for all
    addresses, IPv4 and IPv6, "0.0.0.0" for all of IPv4, and "::" for all of IPv6.

    Setting it replaces all \l hosts; an empty string leaves none. If this property, \l hosts, \l port,
    \l localPath, \l localMode or \l reusePort changes while the server listens, it closes its connections and
    listens again.
*/

/*!
    \qmlproperty list<string> WsServer::hosts
    \brief The addresses to listen on, all with the same \l port. The default is \c {["127.0.0.1"]}.

    \qml
    WsServer {
        hosts: ["127.0.0.1", "::1"]
        localPath: "/run/chat/chat.sock"
        localMode: 0o660
        port: 8080
        listening: true
    }
    \endqml

    The server listens on all of them or, if one fails, on none.
*/

/*!
    \qmlproperty string WsServer::localPath
    \brief A local socket to listen on, in addition to \l hosts. It is empty by default.

    A name without a slash at the beginning stands for a file in the folder for temporary files. Set \l host
    to an empty string to listen on the local socket alone. A socket file on which nobody listens any more is
    replaced. Not on Windows.
*/

/*!
    \qmlproperty int WsServer::localMode
    \brief The permissions of the file of \l localPath, as bits: \c 0o660 for the user of the process and its
    group.

    Whoever may write to the file can connect. The default is 0: the permissions that the umask of the process
    leaves.
*/

/*!
    \qmlproperty bool WsServer::reusePort
    \brief Whether other servers and processes that also set it can listen on the same address and port. The
    default is \c false. See the C++ property WsServer::reusePort.
*/

/*!
    \qmlproperty int WsServer::port
    \brief The port to listen on. The default is 0, which means any free port; see \l serverPort.
*/

/*!
    \qmlproperty int WsServer::serverPort
    \readonly
    \brief The port that the server listens on, or 0 if it does not listen.
*/

/*!
    \qmlproperty url WsServer::url
    \readonly
    \brief The URL at which the server can be reached from this machine, or an empty URL if it does not
    listen. If it listens on several addresses, this is the URL of the first one.
*/

/*!
    \qmlproperty list<url> WsServer::urls
    \readonly
    \brief The URLs at which the server can be reached from this machine, one for each address and for the
    local socket.
*/

/*!
    \qmlproperty wsOptions WsServer::options
    \brief The limits and timeouts of connections that are accepted from now on.
*/

/*!
    \qmlproperty wsCompression WsServer::compression
    \brief How messages are compressed for clients that offer compression and connect from now on. By default
    they are not compressed.

    \qml
    WsServer {
        listening: true
        compression.enabled: true
    }
    \endqml

    The values are those of \c options.compression. This property exists because QML (as of Qt 6.4) can assign
    grouped properties only one level deep.
*/

/*!
    \qmlproperty list<string> WsServer::subprotocols
    \brief The subprotocols that the server supports, in order of preference.
*/

/*!
    \qmlproperty list<string> WsServer::allowedOrigins
    \brief The sites whose pages may connect besides the server's own. An empty list, the default, allows only
    pages of the server itself; \c {["*"]} allows all.

    \c {["https://example.com"]} allows one site. \c {*.example.com} as its host allows all subdomains.
*/

/*!
    \qmlproperty list<string> WsServer::allowedHosts
    \brief The host names for which the server answers; \c {["*"]} for any.

    If it is empty, the default, a server that only this machine can reach answers pages under the name
    \c localhost or an address, and other servers answer for any host. See the C++ property
    WsServer::allowedHosts.
*/

/*!
    \qmlproperty list<string> WsServer::trustedProxies
    \brief The reverse proxies that may say whom they connect for, by their headers \c Forwarded or
    \c {X-Forwarded-…}: addresses, subnets such as \c {"10.0.0.0/8"}, and \c {"unix:"} for local sockets. None
    by default. See the C++ property WsServer::trustedProxies.
*/

/*!
    \qmlproperty bool WsServer::proxyProtocol
    \brief Whether connections of the \l trustedProxies must begin with a header of the PROXY protocol. The
    default is \c false.
*/

/*!
    \qmlproperty string WsServer::serverName
    \brief The value of the \c Server header of all answers, unless the \l requestHandler has set one. It is
    empty by default, and then the header is not sent.
*/

/*!
    \qmlproperty int WsServer::maxConnections
    \brief The largest number of clients. The default is 0, which means no limit. Further clients are answered
    with the HTTP status 503.
*/

/*!
    \qmlproperty int WsServer::maxPendingHandshakes
    \brief How many clients may be connected without a complete request; 1,000 by default, 0 for any number.

    Further clients wait in the system until there is a place. If there is none for them, the oldest of those
    that have been silent for 2 seconds gives way: it is cut without an answer, and connectionRejected() is
    emitted. So silent clients delay others, but keep nobody out. See the C++ property
    WsServer::maxPendingHandshakes.
*/

/*!
    \qmlproperty int WsServer::maxConnectionsPerAddress
    \brief The largest number of clients from one address. The default is 0, which means no limit. Further
    clients are answered with the HTTP status 503.

    Of IPv6 addresses only the first 64 bits count, because a host can use any address of such a network. All
    clients of local sockets count as one address. Behind a proxy all clients have the address of the proxy,
    unless it is one of the \l trustedProxies.
*/

/*!
    \qmlproperty real WsServer::maxTotalBufferedAmount
    \brief How many bytes may wait to be sent to all clients together. The default is 0, which means no limit,
    because the right one depends on the memory of the machine.

    It bounds the memory that many clients which stop reading use up together, each within its
    \c options.maxBufferedAmount. Above half of it, slow connections miss what is sent to many, or are closed,
    as \c options.slowSubscriber says. Above all of it, the slowest connections are cut. See the C++ property
    WsServer::maxTotalBufferedAmount.
*/

/*!
    \qmlproperty list<WsConnection> WsServer::connections
    \readonly
    \brief The open connections, in no particular order.
*/

/*!
    \qmlproperty int WsServer::connectionCount
    \readonly
    \brief The number of open connections.
*/

/*!
    \qmlproperty real WsServer::maxRequestBody
    \brief How many bytes the body of a plain HTTP request may have. The default is 0; see
    WsServer::maxRequestBody.
*/

/*!
    \qmlproperty var WsServer::requestHandler
    \brief A function that answers requests: it takes a wsRequest and returns a wsResponse.

    It is called for every request, for a WebSocket or plain HTTP, that none of the \l routes matches. It
    creates its answer with Ws.accept(), Ws.reject(), Ws.html(), Ws.text(), Ws.file() or Ws.notFound(), and
    can also return a \c Promise of one. If it throws, whatever it is, or returns anything else, the client is
    answered with the HTTP status 500, errorOccurred() is emitted, and a warning is logged. The kind of the
    error is \c Ws.ErrorKind.Handler if it throws or the promise is rejected, and \c Ws.ErrorKind.Misuse
    otherwise. The default is \c null, which accepts every WebSocket.

    \qml
    requestHandler: request => request.path === "/" ? Ws.html(page) : Ws.accept()
    \endqml

    Instead of a wsResponse it can return an object with some of these properties: \c status,
    \c headers, \c body, \c file (a path or a URL), \c subprotocol, \c user and \c options. If there is no
    status, it is 101, which opens the WebSocket, if there is a subprotocol, a user or options, and
    neither a body nor a file; otherwise it is 200. \c options is an object of those options that differ
    from the server's; \c user is the name that WsConnection::user returns.

    \qml
    requestHandler: request => request.path === "/upload"
        ? ({user: userOf(request), options: {maxMessageSize: 16777216, compression: {enabled: false}}})
        : Ws.accept()
    \endqml
    \qml
    requestHandler: request => {
        if (request.isWebSocketUpgrade)
            return Ws.accept()
        if (request.method === "POST")
            return {status: 201, headers: {"Location": save(request.text)}}
        return Ws.file(Qt.resolvedUrl("www"), request)
    }
    \endqml
*/

/*!
    \qmlproperty var WsServer::routes
    \brief An object of patterns of paths and the functions that answer them, as \l requestHandler does.

    \qml
    routes: ({
        "/": () => Ws.html(page),
        "/chat/{room}": request => isRoom(request.parameters.room) ? Ws.accept() : Ws.notFound(),
        "/files/{path...}": request => sendFile(request.parameters.path)
    })
    \endqml

    Of the patterns that match a path the most specific one is used, in whatever order they are given. A
    request that none of them matches is given to the requestHandler, or if there is none, answered with 404.
    See WsServer::route() for the patterns. One that cannot be used, or whose value is not a function, is
    left out, and errorOccurred() is emitted. A change applies to clients that connect from then on. The
    default is \c null: there are no routes.
*/

/*!
    \qmlproperty url WsServer::certificateFile
    \brief The server's certificate, followed by its chain, in PEM format. If it is set, the server uses
    \c wss://.

    The files of this type can be given as paths or as URLs, including URLs of resources. Relative ones are
    relative to the QML file. Changes while the server listens apply to connections that are accepted from
    then on, changes while it closes when it listens again. If the files cannot be used, the server does not
    listen, and errorOccurred() is emitted.
*/

/*!
    \qmlproperty url WsServer::privateKeyFile
    \brief The private key of the certificate, in PEM format. If it is empty, the key is in
    \l certificateFile, too.
*/

/*!
    \qmlproperty string WsServer::privateKeyPassPhrase
    \brief The pass phrase of the private key, if it is encrypted. Empty by default.
*/

/*!
    \qmlproperty url WsServer::caFile
    \brief The certificates of the authorities that clients need a certificate from, in PEM format. If it is
    empty, clients need no certificate.
*/

/*!
    \qmlsignal WsServer::newConnection(WsConnection connection)
    \brief Emitted when a client has connected. Handlers that are connected to \a connection here receive all
    of its messages.
*/

/*!
    \qmlsignal WsServer::connectionRejected(wsError error, wsHostAddress address)
    \brief Emitted when the client at \a address was refused, or left before it was answered. \a error
    contains the reason.
*/

/*!
    \qmlsignal WsServer::messagesSkipped(WsConnection connection, string topic, real count)
    \brief Emitted when \a connection has missed messages to many because it is slow: it has missed \a count
    messages of \a topic since the last time. \a topic is empty for broadcasts.

    Messages are missed if they were skipped (\c Ws.SkipMessage), dropped (\c Ws.DropOldest), or replaced by a
    later one of the same key. The signal is emitted soon after the first one, then once a second for each
    topic as long as more are missed, and before WsConnection::closed(). A handler may close the connection:

    \qml
    onMessagesSkipped: (connection, topic, count) => {
        if (connection.statistics().messagesSkipped > 10000)
            connection.close(1008, "too slow for " + topic)
    }
    \endqml

    The signal comes from WsServer::setSkipHandler() of C++. A program that sets a handler of its own on the
    object replaces it.
*/

/*!
    \qmlsignal WsServer::errorOccurred(wsError error)
    \brief Emitted when the server cannot listen or accept clients, or when the request handler failed.
    \a error contains the reason.
*/

/*!
    \qmlsignal WsServer::closed()
    \brief Emitted when the server has stopped listening and its last connection has closed.
*/

/*!
    \qmlmethod int WsServer::broadcast(var value, WsConnection except)
    \brief Sends \a value, as WsConnection::send() does, to every connection except \a except.

    \a except can be omitted. Returns the number of connections that \a value is sent to.
*/

/*!
    \qmlmethod bool WsServer::subscribe(WsConnection connection, string topic)
    \brief Subscribes \a connection to \a topic: it receives what is published there from now on.

    The subscription ends with the connection, or with unsubscribe(). Returns \c false if the connection has
    ended.
*/

/*!
    \qmlmethod bool WsServer::unsubscribe(WsConnection connection, string topic)
    \brief Ends the subscription of \a connection to \a topic.

    Returns \c false if the connection has ended.
*/

/*!
    \qmlmethod int WsServer::publish(string topic, var value, WsConnection except)
    \brief Sends \a value, as WsConnection::send() does, to every connection that is subscribed to \a topic,
    except \a except.

    \a except can be omitted. Returns the number of connections that \a value is sent to.
*/

/*!
    \qmlmethod int WsServer::publish(string topic, var value, string key, WsConnection except)
    \brief Sends \a value, of which only the latest with this \a key matters, to every connection that is
    subscribed to \a topic, except \a except.

    While a slow connection does not take data, \a value waits, and the next one with the same topic and
    \a key takes its place. Fast connections receive every value. An empty key stands for the topic as a
    whole. A number or another value becomes a string first; with \c null or \c undefined there is no key.
    \a except can be omitted. Returns the number of connections that have accepted \a value.

    \code
    server.publish("prices", {symbol: "EURUSD", price: 1.0871}, "EURUSD")
    \endcode

    \l {WsConnection::}{statistics()} counts in \c messagesSkipped what was replaced.

    \sa {Messages of which only the latest matters}
*/

/*!
    \qmlmethod list<string> WsServer::topics()
    \brief Returns the topics that have subscribers.
*/

/*!
    \qmlmethod int WsServer::subscriberCount(string topic)
    \brief Returns the number of connections that are subscribed to \a topic.
*/

/*!
    \qmlmethod wsServerStatistics WsServer::statistics()
    \brief Returns what the server has counted since it was created. It is a snapshot.

    \sa {Monitoring a Server}
*/

/*!
    \qmlmethod ArrayBuffer WsServer::metrics()
    \brief Returns the same as text for Prometheus.

    \sa Ws::metrics()
*/

/*!
    \qmlmethod void WsServer::close(int code = 1001, string reason = "", int timeoutMs = -1)
    \brief Stops listening and closes all connections with \a code and \a reason. Without arguments it does
    the same as setting \l listening to \c false.

    Everything that is queued is sent first. \a timeoutMs is the time for the whole server in milliseconds,
    after which the remaining connections are cut; 0 cuts at once. Without it, each connection has its
    \c options.closeTimeout. closed() is emitted when the last connection has gone. Until then \l draining is
    \c true, requests are answered with the HTTP status 503, and a further call can only shorten the time.

    \qml
    onClicked: server.close(1012, "back in a moment", 5000)
    \endqml

    A server that was to listen again, because \l listening or an address was set while it was closing, stays
    closed after this.

    If the \a code may not be sent, or the \a reason takes more than 123 bytes of UTF-8, nothing happens
    except that errorOccurred() is emitted. A \a code that no close code can be, because it is negative or
    larger than 65535, throws a \c RangeError.
*/

/*!
    \qmlproperty bool WsServer::draining
    \readonly
    \brief Whether the server is closing: from close() until closed().
*/

/*!
    \qmlmethod bool WsServer::listenFromSystemd(string name)
    \brief Listens on the sockets that systemd has passed to the process, or on those called \a name, which
    can be omitted. Returns \c false if there are none; errorString() says why. See
    WsServer::listenFromSystemd() of C++.

    Call it instead of setting \l listening, for example in \c Component.onCompleted.
*/

/*!
    \qmlmethod bool WsServer::reloadCertificates()
    \brief Reads the files of certificateFile, privateKeyFile and caFile again, for clients that connect
    from then on. Returns \c false if one of them cannot be used; those that were read before then stay in
    use, and errorOccurred() is emitted.
*/

/*!
    \qmlmethod string WsServer::errorString()
    \brief Returns a description of the last error.
*/
WsQmlServer::WsQmlServer(QObject *parent) : WsServer(parent)
{
    connect(this, &WsServer::hostChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::portChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::localPathChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::localPermissionsChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::reusePortChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::listeningChanged, this, &WsQmlServer::onListeningChanged);
    connect(this, &WsServer::closed, this, &WsQmlServer::onClosed);
    setSkipHandler([this](WsConnection *connection, const QString &topic, qint64 count) {
        Q_EMIT messagesSkipped(connection, topic, double(count));
    });
}

// The connections end after this.
WsQmlServer::~WsQmlServer()
{
    setSkipHandler({});
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
        m_mayListenAgain = false;
        if (const QString problem = wanted ? readTls() : QString(); !problem.isEmpty()) {
            refuseToListen(problem);
            return;
        }
        m_mayListenAgain = wanted && isDraining();
        setListening(wanted);
    } else if (wanted != m_isWaiting) {
        m_isWaiting = wanted;
        Q_EMIT listeningChanged();
    }
}

// A server that does not listen uses what is set when it does, whoever makes it listen.
void WsQmlServer::onAddressChanged()
{
    if (!isListening())
        return;
    m_isAddressChanged = true;
    scheduleChanges();
}

void WsQmlServer::onListeningChanged()
{
    const bool wasListening = std::exchange(m_wasListening, isListening());
    if (!isListening()) {
        m_isAddressChanged = false;
    } else if (!wasListening && m_isComplete) { // C++ may have called listen()
        const QPointer<WsQmlServer> self(this);
        if (!loadTls() && self)
            WsServer::close();
    }
}

// The library is about to listen again, if that is still wanted, and knows nothing of files that were set
// while it was closing.
void WsQmlServer::onClosed()
{
    if (!std::exchange(m_mayListenAgain, false))
        return;
    const QString problem = readTls();
    if (problem.isEmpty())
        return;
    refuseToListen(problem);
}

// A server that listens goes on with the files that it has.
void WsQmlServer::refuseToListen(const QString &problem)
{
    if (!isListening())
        setListening(false); // nor again. First, for a slot that hears of the problem may set another file
    reportTls(problem);
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

void WsQmlServer::close(int code, const QString &reason, int timeoutMs)
{
    if (code >= 0 && code <= std::numeric_limits<quint16>::max())
        WsServer::close(quint16(code), reason, std::chrono::milliseconds(timeoutMs));
    else if (QJSEngine *const engine = qjsEngine(this))
        engine->throwError(QJSValue::RangeError,
                           QStringLiteral("the close code %1 may not be sent").arg(code));
}

void WsQmlServer::setPortNumber(int port)
{
    if (port >= 0 && port <= std::numeric_limits<quint16>::max())
        setPort(quint16(port));
    else
        qmlWarning(this) << "port " << port << " is not in the range from 0 to 65535";
}

// The bits of each octal digit are those of a hexadecimal digit of QFileDevice.
int WsQmlServer::localMode() const
{
    const int bits = int(localPermissions());
    const int owner = ((bits >> 12) | (bits >> 8)) & 07; // the latter of the user, who is the owner
    return owner << 6 | ((bits >> 4) & 07) << 3 | (bits & 07);
}

void WsQmlServer::setLocalMode(int mode)
{
    constexpr int MaxMode = 0777;
    if (mode < 0 || mode > MaxMode) {
        qmlWarning(this) << "localMode " << mode << " is not in the range from 0 to 0o777";
        return;
    }
    const int bits = (mode >> 6) << 12 | ((mode >> 3) & 07) << 4 | (mode & 07);
    setLocalPermissions(QFileDevice::Permissions(bits));
}

bool WsQmlServer::listenFromSystemd(const QString &name)
{
    return loadTls() && WsServer::listenFromSystemd(name);
}

// Several properties may change at once. The changes are applied at the end of the turn.
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
        const QPointer<WsQmlServer> self(this);
        WsServer::close();
        if (self)
            setWanted(true);
    } else {
        loadTls();
    }
}

QString WsQmlServer::readTls()
{
    if (!std::exchange(m_areTlsFilesChanged, false))
        return {};
    const QString problem = m_tlsFiles.apply(this); // a slot may set other files, or delete the server
    if (!problem.isEmpty())
        m_areTlsFilesChanged = true;
    return problem;
}

bool WsQmlServer::loadTls()
{
    const QPointer<WsQmlServer> self(this);
    const QString problem = readTls();
    if (!problem.isEmpty())
        reportTls(problem);
    return self && problem.isEmpty();
}

// Files that could not be used before are new ones.
bool WsQmlServer::reloadCertificates()
{
    if (m_areTlsFilesChanged)
        return loadTls();
    const bool isReloaded = WsServer::reloadCertificates();
    if (!isReloaded)
        reportTls(errorString());
    return isReloaded;
}

// A slot that tries again, and fails again, gets the next report once it has returned.
void WsQmlServer::reportTls(const QString &problem)
{
    if (m_isReportingTls) {
        QMetaObject::invokeMethod(this, [this, problem] { reportTls(problem); }, Qt::QueuedConnection);
        return;
    }
    const QPointer<WsQmlServer> self(this);
    m_isReportingTls = true;
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Tls, problem));
    if (self)
        m_isReportingTls = false;
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
        qmlWarning(this) << "requestHandler must be a function or null";
        return;
    }
    m_requestHandler = handler;
    if (handler.isCallable())
        WsServer::setRequestHandler([this](const WsRequest &request) {
            return answer(m_requestHandler, QStringLiteral("requestHandler: "), request);
        });
    else
        WsServer::setRequestHandler(nullptr);
    Q_EMIT requestHandlerChanged();
}

void WsQmlServer::setRoutes(const QJSValue &routes)
{
    if (m_routes.strictlyEquals(routes))
        return;
    const bool isNone = routes.isNull() || routes.isUndefined();
    if (!isNone && (!routes.isObject() || routes.isCallable() || routes.isArray())) {
        qmlWarning(this) << "routes must be an object or null";
        return;
    }
    m_routes = routes;
    const QStringList former = WsServer::routes();
    m_routeHandlers.clear();
    for (const QString &pattern : former)
        removeRoute(pattern);
    QStringList problems;
    QJSValueIterator property(routes);
    while (!isNone && property.next()) {
        if (!addRoute(property.name(), property.value()))
            problems.append(errorString());
    }
    const QPointer<WsQmlServer> self(this);
    Q_EMIT routesChanged();
    for (const QString &problem : std::as_const(problems)) {
        if (!self)
            return;
        qmlWarning(this) << problem;
        Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    }
}

// What the server's thread calls holds no value of the engine, which may be destroyed before the server's
// settings.
bool WsQmlServer::addRoute(const QString &pattern, const QJSValue &handler)
{
    const auto answerBy = [this, pattern](const WsRequest &request) { return answerRoute(pattern, request); };
    if (!handler.isCallable()) // refused as an empty function is
        return route(pattern, AsyncRequestHandler());
    if (!route(pattern, answerBy))
        return false;
    m_routeHandlers.insert(pattern, handler);
    return true;
}

QFuture<WsResponse> WsQmlServer::answerRoute(const QString &pattern, const WsRequest &request)
{
    const QJSValue handler = m_routeHandlers.value(pattern);
    if (!handler.isCallable()) // the client has connected before the routes changed
        return readyFuture(WsResponse::notFound());
    return answer(handler, QStringLiteral("the route \"%1\": ").arg(pattern), request);
}

QFuture<WsResponse> WsQmlServer::answer(const QJSValue &handler, const QString &name,
                                        const WsRequest &request)
{
    QJSEngine *engine = qjsEngine(this);
    if (!engine)
        return readyFuture(
            answerFailure(Ws::ErrorKind::Misuse, name, QStringLiteral("there is no JavaScript engine")));
    const QPointer<WsQmlServer> self(this);
    const WsScriptResult result = m_caller.call(*engine, handler, engine->toScriptValue(request));
    if (!self)
        return readyFuture(WsResponse());
    if (result.isThrown || !result.value.property(QStringLiteral("then")).isCallable())
        return readyFuture(toResponse(result, name));
    return WsQmlAnswer::future(*engine, result.value, [self, name](const WsScriptResult &settled) {
        return self ? self->toResponse(settled, name) : WsResponse();
    });
}

WsResponse WsQmlServer::toResponse(const WsScriptResult &result, const QString &name)
{
    if (result.isThrown)
        return answerFailure(Ws::ErrorKind::Handler, name, result.value.toString());
    QJSEngine *engine = qjsEngine(this);
    WsResponse response;
    const QString problem = engine ? wsToResponse(*engine, result.value, options(), &response)
                                   : QStringLiteral("there is no JavaScript engine");
    return problem.isEmpty() ? response : answerFailure(Ws::ErrorKind::Misuse, name, problem);
}

// A warning is logged, as for any other exception in a script. The client only learns that something failed.
WsResponse WsQmlServer::answerFailure(Ws::ErrorKind kind, const QString &name, const QString &text)
{
    const QString problem = name + text;
    qmlWarning(this) << problem;
    Q_EMIT errorOccurred(WsError(kind, problem));
    return WsResponse::reject(500, "the request handler failed\n");
}

// --- connections

int WsQmlServer::broadcast(const QJSValue &value, WsConnection *except)
{
    QJSEngine *engine = qjsEngine(this);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message ? broadcast(*message, except) : 0;
}

// One function, because JavaScript's overloads are ambiguous with an object.
int WsQmlServer::publish(const QString &topic, const QJSValue &value, const QJSValue &keyOrExcept,
                         WsConnection *except)
{
    QJSEngine *engine = qjsEngine(this);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    if (!message)
        return 0;
    if (keyOrExcept.isQObject()) // which may have been deleted
        return WsServer::publish(topic, *message, qobject_cast<WsConnection *>(keyOrExcept.toQObject()));
    if (keyOrExcept.isNull() || keyOrExcept.isUndefined())
        return WsServer::publish(topic, *message, except);
    return WsServer::publish(topic, *message, keyOrExcept.toString(), except);
}
