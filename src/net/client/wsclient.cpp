// SPDX-License-Identifier: MIT
#include <WsKit/wsclient.h>

#include "net/client/wsclient_p.h"
#include "net/socket/wstlsfiles.h"

/*!
    \class WsClient
    \inmodule WsKit
    \inheaderfile WsKit/WsClient
    \brief A WebSocket to a server.

    A client is a WsConnection that can be opened, and opened again after it has closed.

    \code
    auto *client = new WsClient(this);
    client->setSubprotocols({QStringLiteral("chat.v1")});
    client->setHeader("Authorization", "Bearer " + token);
    connect(client, &WsClient::opened, this, [client] { client->sendText("hello"); });
    connect(client, &WsClient::textMessageReceived, this, &Window::showText);
    connect(client, &WsClient::errorOccurred, this, [](const WsError &error) { qWarning() << error; });
    client->open(QUrl(QStringLiteral("wss://example.com/chat")));
    \endcode

    open() returns at once. If it returns \c true, closed() comes exactly once, whether the connection
    opened before or not. Everything up to the server's answer has to be done within
    WsOptions::handshakeTimeout(); the text of the error says what was waited for if it is not.

    If the server answers with another HTTP status than 101, errorOccurred() reports it with
    WsError::httpStatus() when the body of the answer is complete, and response() has the answer. A body whose
    length nothing announces is complete when the server ends the connection, or when nothing more has come
    for a second. Redirects are not followed.

    The server's certificate and host name are verified over \c wss; see sslErrors(). The connection is
    made directly, whatever proxy the program has set for other things.

    What this class adds to WsConnection may be called from any thread too, as long as the client is not
    deleted meanwhile; open() then returns whether the URL and what is sent can be used, and anything else
    that keeps the client from opening is reported by errorOccurred(). Only setCookieJar() and waitForOpened()
    are for the client's own thread: elsewhere they do nothing, and errorString() says so.

    RFC 6455 §4.1.

    \sa WsConnection, WsServer
*/

/*! Constructs a client that is closed, with \a parent. */
WsClient::WsClient(QObject *parent) : WsConnection(std::make_unique<WsClientPrivate>(), parent)
{
    connect(this, &WsConnection::opened, this, [this] { Q_EMIT connected(this); });
}

/*!
    Ends the connection as WsConnection does: an open one tells the server Ws::GoingAway, and closed() is
    not emitted.
*/
WsClient::~WsClient() = default;

WsClientPrivate *WsClient::d_func() const
{
    return static_cast<WsClientPrivate *>(d.get());
}

/*!
    \property WsClient::url
    \brief the URL to open.

    The schemes are \c ws and \c wss (RFC 6455 §3); \c http and \c https stand for the same two. A link-local
    IPv6 address has a zone, as in \c {ws://[fe80::1%25eth0]:9001/} (RFC 6874), which is not sent. A user
    name and a password in it are sent as basic authorization, unless there is a header \c Authorization; a
    fragment is not sent.

    Set while the client is \l active, it is closed with Ws::Normal and opened with the new URL; otherwise
    it takes effect with the next open().
*/
void WsClient::setUrl(const QUrl &url)
{
    d->threads.run([this, url] { d_func()->setUrl(url); });
}

// Not while it is empty, or only the path that goes behind the address of a server that does not listen yet.
bool WsClient::hasUrl() const
{
    return d_func()->hasUrl();
}

/*!
    \property WsClient::active
    \brief whether the client is open, is to be, or is on its way there.

    Setting it to \c true is open(), or opens the client again as soon as it has closed; setting it to
    \c false is close(). It becomes \c false by itself after closed(), unless a slot opened the client
    again. It stays \c false where open() returns \c false; errorString() then tells why.
*/
bool WsClient::active() const
{
    return d_func()->isActive;
}

void WsClient::setActive(bool active)
{
    d->threads.run([this, active] { d_func()->setActive(active); });
}

void WsClient::afterClosed()
{
    d_func()->openAgainIfWanted();
}

/*!
    \property WsClient::subprotocols
    \brief the subprotocols to offer, in order of preference; none by default.

    They take effect with the next open(), which fails where one is no token or stands there twice.
    WsConnection::subprotocol tells which one the server chose. A server that chooses none is accepted, one
    that chooses another is not (RFC 6455 §4.1).
*/
QStringList WsClient::subprotocols() const
{
    return d->read(d_func()->subprotocols);
}

void WsClient::setSubprotocols(const QStringList &subprotocols)
{
    d->threads.run([this, subprotocols] { d_func()->setSubprotocols(subprotocols); });
}

/*!
    Has the header \a name sent with \a value from the next open() on, instead of one of that name in
    whatever case. A null \a value removes it.

    \c Host may be set too, for a server that is dialled by its address or through a tunnel. Its value is a
    host with an optional port. TLS still verifies the host of the URL, unless peerVerifyName is set.

    Returns \c false and changes nothing if \a name is no token, if \a value contains a line break or another
    control character, or if the header belongs to the handshake: \c Connection, \c Upgrade,
    \c Content-Length, \c Transfer-Encoding and all that begin with \c Sec-WebSocket-.

    RFC 6455 §4.1, RFC 9110 §5 and §7.2.

    \sa headers()
*/
bool WsClient::setHeader(const QByteArray &name, const QByteArray &value)
{
    WsUpgradeRequest probe;
    probe.host = "localhost";
    probe.target = "/";
    if (!wsIsSameName(name, "Host"))
        probe.headers = {{name, value}};
    else if (!value.isNull())
        probe.host = value;
    if (const QString problem = wsCheckOwnRequest(probe); !problem.isEmpty())
        return d->misuse(problem);
    return d->threads.run([this, name, value] {
        WsHeaders headers = d_func()->headers;
        wsSetHeader(&headers, name, value);
        d->store(d_func()->headers, headers);
    });
}

/*! Returns what setHeader() has set, in that order. */
WsHeaders WsClient::headers() const
{
    return d->read(d_func()->headers);
}

/*!
    Sets the certificates, keys and rules for \c wss from the next open() on to \a configuration.

    The default is QSslConfiguration::defaultConfiguration(): the authorities that the system trusts, and
    the server's certificate and host name are verified. A client certificate is a local certificate with
    its private key in the configuration. For files there are setCaCertificates() and setLocalCertificate().

    \sa sslConfiguration(), sslErrors()
*/
void WsClient::setSslConfiguration(const QSslConfiguration &configuration)
{
    d_func()->setTls(configuration);
}

/*!
    Trusts the authorities whose certificates \a pemFile contains, instead of those of the system, for \c wss
    from the next open() on. A path that begins with \c {:/} is that of a resource.

    Returns \c false and changes nothing if the file cannot be used; errorString() then names the file and the
    problem. All other settings of setSslConfiguration() stay.

    \sa setLocalCertificate()
*/
bool WsClient::setCaCertificates(const QString &pemFile)
{
    QSslConfiguration changed = d_func()->tls();
    if (const QString problem = wsLoadCaCertificates(pemFile, &changed); !problem.isEmpty())
        return d->misuse(problem);
    d_func()->setTls(changed);
    return true;
}

/*!
    Sets the certificate and private key with which the client identifies itself to servers that ask for it,
    from the next open() on.

    \a pemFile contains the client's certificate, followed by the certificates of the authorities between it
    and the one that the server trusts, each after the certificate that it has issued. \a keyFile contains the
    private key; if it is empty, the key is in \a pemFile too. A path that begins with \c {:/} is that of a
    resource.

    RSA, EC and DSA keys are supported, in PKCS #8 and in OpenSSL's older format. \a passPhrase decrypts the
    key if it is encrypted. Ed25519 and Ed448 keys need a Qt that uses OpenSSL 3 as a shared library.

    Returns \c false and changes nothing if a file cannot be used or the key does not match the certificate;
    errorString() then names the file and the problem. Dates are not checked: servers refuse an expired
    certificate. All other settings of setSslConfiguration() stay.

    \sa setCaCertificates()
*/
bool WsClient::setLocalCertificate(const QString &pemFile, const QString &keyFile,
                                   const QByteArray &passPhrase)
{
    QSslConfiguration changed = d_func()->tls();
    const QString problem = wsLoadLocalCertificate(pemFile, keyFile, passPhrase, &changed);
    if (!problem.isEmpty())
        return d->misuse(problem);
    d_func()->setTls(changed);
    return true;
}

/*!
    \property WsClient::peerVerifyName
    \brief the name that the server's certificate must have; if it is empty, the host of the URL.

    It is also the name that is sent to the server in the TLS handshake (SNI), with which it chooses among
    several certificates. Set it if the URL contains an address, or the host of a tunnel, but the certificate
    has a name. The header \c Host is not affected, see setHeader().

    The default is empty. A change takes effect with the next open().

    RFC 6066 §3, RFC 9110 §4.3.4.

    \sa QSslSocket::setPeerVerifyName()
*/
QString WsClient::peerVerifyName() const
{
    return d->read(d_func()->peerVerifyName);
}

void WsClient::setPeerVerifyName(const QString &name)
{
    d->threads.run([this, name] { d_func()->setPeerVerifyName(name); });
}

/*!
    \property WsClient::pauseOnSslErrors
    \brief whether an opening waits for an answer if the server's certificate is not trusted.

    If it is \c true, sslErrors() stops the opening. A program can then ask its user without a dialog that
    blocks, for as long as that takes: WsOptions::handshakeTimeout() stands still meanwhile. The opening goes
    on by continueOpening(), after ignoreSslErrors() if the certificate is to be trusted all the same, or ends
    by abort(). A slot of sslErrors() that ignores all errors at once lets the opening go on without a pause.

    If it is \c false, the opening fails when the slots of sslErrors() have returned without ignoring the
    errors. A slot may run a dialog; the timeout stands still until it has returned.

    The server has a timeout of its own, and ends a connection that waits for too long.

    The default is \c false, as with any Qt socket.

    \code
    client->setPauseOnSslErrors(true);
    connect(client, &WsClient::sslErrors, this, &Window::askForTrust);
    ...
    void Window::onTrusted(const QList<QSslError> &errors)
    {
        client->ignoreSslErrors(errors);
        client->continueOpening();
    }
    \endcode

    \sa continueOpening(), ignoreSslErrors(), sslErrors()
*/
bool WsClient::pauseOnSslErrors() const
{
    return d_func()->pausesOnSslErrors();
}

void WsClient::setPauseOnSslErrors(bool pause)
{
    d->threads.run([this, pause] { d_func()->setPauseOnSslErrors(pause); });
}

/*!
    Goes on with an opening that waits because of sslErrors(), see pauseOnSslErrors. If ignoreSslErrors() has
    not been called for all of the errors, the opening fails with an error of the kind Ws::ErrorKind::Tls, as
    it would have without a pause.

    Returns \c false and does nothing if no opening waits. From another thread the call is passed on.

    \sa abort()
*/
bool WsClient::continueOpening()
{
    if (d->threads.isOwnThread())
        return d_func()->continueOpening();
    return d->threads.run([this] { d_func()->continueOpening(); });
}

/*!
    Ignores the TLS \a errors in the list, and no others. An empty list ignores nothing.

    Called while the client is closed, it holds for every later opening, and replaces what was ignored so far.
    Called during an opening, in a slot of sslErrors() or while the opening waits (pauseOnSslErrors), it holds
    for this opening alone, in addition.

    A call that comes too late does nothing, and a warning says so: when the slots of sslErrors() have
    returned and the opening does not wait, when the connection is open or closing, and after an opening that
    has failed because of such errors, until open() is called. What a user answers about one server must not
    make the connection to another one less safe.

    To trust one certificate, add it to the authorities of setSslConfiguration(), or ignore just the errors
    that are expected of it.
*/
void WsClient::ignoreSslErrors(const QList<QSslError> &errors)
{
    d->threads.run([this, errors] { d_func()->ignoreSslErrors({false, errors}); });
}

/*!
    \overload
    Ignores all errors of TLS. This gives up what TLS is for: anybody on the way can then read and change
    everything.
*/
void WsClient::ignoreSslErrors()
{
    d->threads.run([this] { d_func()->ignoreSslErrors({true, {}}); });
}

/*!
    Takes cookies from \a jar for the handshake, and stores in it those that the server sets. The jar
    remains the caller's and may be shared with a QNetworkAccessManager; \c nullptr, the default, is none.

    A header \c Cookie set by the program goes before it.

    RFC 6265.
*/
void WsClient::setCookieJar(QNetworkCookieJar *jar)
{
    if (d->threads.isOwnThread())
        d_func()->cookieJar = jar;
    else
        d->misuse("only the client's own thread can set a cookie jar, which lives there");
}

/*! Returns what setCookieJar() has set, or \c nullptr, also where the jar was deleted. */
QNetworkCookieJar *WsClient::cookieJar() const
{
    return d->threads.isOwnThread() ? d_func()->cookieJar.get() : nullptr;
}

/*!
    Opens the connection to \l url.

    Returns \c false and emits nothing if it cannot be tried: the client is not closed, the URL is none of a
    WebSocket, or something that was set for the request cannot be sent. errorString() then quotes the URL and
    the reason, and the same text is a warning in the log (\c wskit.handshake), for programs that do not look
    at the result. What fails later is reported by errorOccurred() and closed(), and is a debug line in the
    same category.

    \sa opened(), connected()
*/
bool WsClient::open()
{
    return d_func()->openFromAnyThread({url(), {}});
}

/*!
    \overload
    Opens the connection to \a url, which becomes the property of that name.
*/
bool WsClient::open(const QUrl &url)
{
    return d_func()->openFromAnyThread({url, {}});
}

/*!
    \overload
    Opens the connection to the URL of \a request with its raw headers, which go before those of
    setHeader() this time. Nothing else of the request is looked at.
*/
bool WsClient::open(const QNetworkRequest &request)
{
    WsHeaders headers;
    const QList<QByteArray> names = request.rawHeaderList();
    for (const QByteArray &name : names)
        headers.append({name, request.rawHeader(name)});
    return d_func()->openFromAnyThread({request.url(), headers});
}

/*!
    Waits until \a deadline for the opening handshake, and returns whether the connection is open. For threads
    without an event loop, see WsConnection::waitForMessage(). No message is delivered from within the call,
    so that none is missed whatever comes next: WsConnection::waitForMessage(), or the event loop and the
    signals.

    A client that is not open by then goes on opening, unless it was still looking for the host: Qt then gives
    that up, and closed() comes from within the call.

    \code
    client.open(url);
    if (!client.waitForOpened(std::chrono::seconds(5)))
        qWarning() << client.errorString();
    \endcode

    \sa open(), waitForClosed()
*/
bool WsClient::waitForOpened(QDeadlineTimer deadline)
{
    if (!d->waiting.mayWait())
        return false;
    WsLifeGuard guard(*d);
    d->link.hold(WsHold::Waiting);
    (void)d->waiting.waitUntil([this] { return d->life.state() != Ws::Connecting; }, deadline);
    if (!guard.lives())
        return false;
    d->link.hold(WsHold::Waiting, false);
    if (d->life.state() == Ws::Open)
        d->link.pumpSoon();
    return d->life.state() == Ws::Open;
}

// --- signals

/*!
    \fn void WsClient::connected(WsConnection *connection)
    The client has opened: \a connection is the client itself.

    It is opened() in the form of WsServer::newConnection(), so that one function can take either end.
*/

/*!
    \fn void WsClient::sslErrors(const QList<QSslError> &errors)
    The server's certificate, or something else about TLS, has \a errors.

    Unless they are ignored, an error of the kind Ws::ErrorKind::Tls follows, and closed() with
    Ws::TlsHandshake (1015). A slot that calls ignoreSslErrors() has to be connected directly, unless
    pauseOnSslErrors is set. WsOptions::handshakeTimeout() stands still while the slots are called. The signal
    also comes for errors that are ignored.

    \sa pauseOnSslErrors, ignoreSslErrors()
*/

/*!
    \fn void WsClient::afterClosed()
    \internal
*/
