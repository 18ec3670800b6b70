// SPDX-License-Identifier: MIT
#include <WsKit/wsclient.h>

#include "net/client/wsclient_p.h"
#include "net/client/wspins.h"
#include "net/client/wsproxy.h"
#include "net/connection/wsshownurl.h"
#include "net/socket/wstlsfiles.h"

#include <utility>

/*!
    \class WsClient
    \inmodule WsKit
    \inheaderfile WsKit/WsClient
    \brief A client's WebSocket.

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

    open() returns immediately. If it returns \c true, closed() is emitted exactly once, whether or not the
    connection opened before. Everything up to the server's answer has to be done within
    WsOptions::handshakeTimeout(). If it is not, the text of the error says what the client was waiting for.
    openingProgressed() reports each step on the way.

    If the host has several addresses, they are tried in turn until the first of them accepts a TCP connection
    (RFC 8305). IPv6 and IPv4 addresses alternate, beginning with IPv6. The next address is tried when the
    previous one has failed, or has not answered for 250 milliseconds; it may still answer later. At most 32
    addresses are tried, of which at most 8 at a time. So an IPv6 address that does not answer delays the
    connection by a quarter of a second. If no address can be reached, the reported error is the one that says
    most about the cause, and its text names addresses and what went wrong with each.

    If the server answers with an HTTP status other than 101, errorOccurred() reports it with
    WsError::httpStatus() when the body of the answer is complete, and response() returns the answer. If the
    answer does not announce the length of its body, the body is complete when the server ends the connection,
    or when nothing more has arrived for a second.

    An opening may take several requests, each with a connection to a server of its own: redirects are followed
    if maxRedirects allows it, and authenticationRequired() asks for a user name and a password if a server
    wants them. For all of them together, closed() is emitted once, and there is one handshakeTimeout. url
    stays what was opened; request() and response() are those of the last request.

    With \c wss, the server's certificate and host name are verified; see sslErrors(). The proxies of the
    application and of the system apply as for any socket of Qt; see setProxy().

    \section1 TLS

    setSslConfiguration() contains the certificates, keys and rules; setCaCertificates() and
    setLocalCertificate() read them from files. peerVerifyName names a certificate other than that of the
    URL's host, pinnedCertificates demands a certain key, and ignoreSslErrors() or pauseOnSslErrors lets a
    user decide about a server that is not trusted. After a failure, a slot of errorOccurred() finds the
    server's certificates in WsConnection::sslConfiguration().

    The client offers the protocol \c {http/1.1} by ALPN (RFC 7301), unless
    QSslConfiguration::setAllowedNextProtocols() names others. If the server chooses HTTP/2, or a protocol that
    was not offered, the opening fails with an error of the kind Ws::ErrorKind::Tls, because a WebSocket of
    this class needs HTTP/1.1. A server that chooses none is accepted.

    When the client opens again to the same host, port and peerVerifyName with the same settings, it offers to
    resume the TLS session (RFC 8446 §2.2), which saves both ends work and the server its certificates. A
    session is not resumed if its certificates were verified more than an hour ago, if one of them has expired
    since, if errors were ignored, or after a change to setSslConfiguration(), ignoreSslErrors() or
    pinnedCertificates. OpenSSL itself does not verify a resumed session again. To turn resumption off, set
    QSsl::SslOptionDisableSessionTickets in the configuration. QSsl::SslOptionDisableSessionPersistence has no
    effect, because Qt sets it by default. A client keeps at most 4 sessions, of about 1 kB each; they are never
    written to a file.

    A client can open itself again after its connection has ended, see \l Reconnection.

    The functions that this class adds to WsConnection may also be called from any thread, as long as the
    client is not deleted in the meantime. From another thread, open() returns whether the URL and what is
    sent can be used. Anything else that keeps a closed client from opening is reported by errorOccurred(); a
    client that is not closed stays as it is, and a warning is logged. Only setCookieJar() and waitForOpened()
    must be called in the client's own thread: in other threads they do nothing, and errorString() says so.

    RFC 6455 §4.1.

    \sa WsConnection, WsServer
*/

/*! Constructs a closed client with the given \a parent. */
WsClient::WsClient(QObject *parent) : WsConnection(std::make_unique<WsClientPrivate>(), parent)
{
    connect(this, &WsConnection::opened, this, [this] { Q_EMIT connected(this); });
}

/*!
    Ends the connection, as WsConnection does: if it is open, the server is sent Ws::GoingAway, and closed()
    is not emitted.
*/
WsClient::~WsClient() = default;

WsClientPrivate *WsClient::d_func() const
{
    return static_cast<WsClientPrivate *>(d.get());
}

/*!
    \property WsClient::url
    \brief the URL to open.

    The schemes are \c ws and \c wss (RFC 6455 §3); \c http and \c https mean the same as these. \c ws+unix is
    that of a local socket, see below. A link-local IPv6 address has a zone, as in
    \c {ws://[fe80::1%25eth0]:9001/} (RFC 6874), which is not sent. A fragment is not sent.

    A user name and a password in the URL answer a server that asks for them, by Basic or Digest, before
    authenticationRequired() is emitted. They are sent without having been asked for, as Basic, only if nobody
    else can read them: with \c wss, and to \c localhost or a loopback address without a proxy. A header
    \c Authorization that the program has set is sent instead.

    \c {ws+unix:///run/chat.sock:/rooms/1?since=5} is the URL of a local socket (a Unix domain socket): the
    path of the socket, a colon, and the path and query of the request. Without a colon, the path of the
    request is \c {/}. A colon in the path of the socket is written \c {%3A}; other characters may be
    percent-encoded too. On Windows the first part is the name of a pipe, as in \c {ws+unix:chat:/rooms/1};
    elsewhere such a name is looked up in QDir::tempPath(), as QLocalSocket does. The header \c Host is
    \c localhost, and cookies are those of \c {http://localhost}. No proxy is used, and TLS is not offered. If
    the socket does not exist, nobody listens on it or access is denied, the error has the kind
    Ws::ErrorKind::Network and names the path.

    If the URL changes while the client is \l active, the connection is closed with Ws::Normal and opened with
    the new URL; if the client waits for another attempt, it opens the new URL at once. Otherwise the new URL
    is used by the next open(), also if close() or abort() has been called, and the connection is still closing.
*/
void WsClient::setUrl(const QUrl &url)
{
    (void)d_func()->runOpening([this, url] { d_func()->setUrl(url); });
}

// False if it is empty, or only the path that will follow the address of a server that does not listen yet.
bool WsClient::hasUrl() const
{
    return d_func()->hasUrl();
}

// False once close() or abort() has been called, also while the connection is still closing.
bool WsClient::isToStayOpen() const
{
    return d_func()->isToStayOpen();
}

/*!
    \property WsClient::active
    \brief whether the client is open, opening, or about to be opened again, possibly after a delay.

    Setting it to \c true calls open(), or opens the client again as soon as it has closed, also after
    close(). Setting it to \c false calls close(). It becomes \c false after closed(), unless a slot has
    opened the client again, or the client waits for another attempt (\l reconnect). A slot of closed() may
    set it to \c true although it is \c true already, to open the client again.

    If the client cannot be opened, because of its URL for example, \c active stays or becomes \c false.
    errorOccurred() reports the reason with the kind Ws::ErrorKind::Misuse, and errorString() returns it.
*/
bool WsClient::active() const
{
    return d_func()->isActive;
}

void WsClient::setActive(bool active)
{
    if (active)
        (void)d_func()->runOpening([this] { d_func()->setActive(true); });
    else
        d->threads.run([this] { d_func()->setActive(false); });
}

void WsClient::afterClosed()
{
    d_func()->openAgainIfWanted();
}

/*!
    \property WsClient::subprotocols
    \brief the subprotocols to offer, in order of preference; none by default.

    They are used by the next open(), which fails if one of them is not a token or occurs twice.
    WsConnection::subprotocol is the one that the server has chosen. If the server chooses none, the
    connection opens. If it chooses another, the connection fails (RFC 6455 §4.1).
*/
QStringList WsClient::subprotocols() const
{
    return d->read(d_func()->subprotocols);
}

void WsClient::setSubprotocols(const QStringList &subprotocols)
{
    d->threads.run([this, subprotocols] {
        d_func()->change(d_func()->subprotocols, subprotocols, &WsClient::subprotocolsChanged);
    });
}

/*!
    Sets the header \a name to \a value for the next open() and all later ones. It replaces a header of the
    same name; the case does not matter. A null \a value removes the header.

    \c Host may be set too, for a server that is reached by its address or through a tunnel. Its value is a
    host with an optional port. TLS still verifies the host of the URL, unless peerVerifyName is set.

    Returns \c false and changes nothing if \a name is not a token, if \a value contains a line break or
    another control character, or if the header belongs to the handshake: \c Connection, \c Upgrade,
    \c Content-Length, \c Transfer-Encoding and all that begin with \c Sec-WebSocket-.

    RFC 6455 §4.1, RFC 9110 §5 and §7.2.

    \sa headers(), setHeaders()
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

/*!
    Replaces all headers with \a headers, for the next open() and all later ones. A name may occur several
    times, except \c Host. Names and values are subject to the same rules as those of setHeader(). If one of
    them breaks a rule, the function returns \c false and changes nothing.

    \sa headers()
*/
bool WsClient::setHeaders(const WsHeaders &headers)
{
    WsUpgradeRequest probe;
    probe.host = "localhost";
    probe.target = "/";
    probe.headers = headers;
    wsTakeHost(&probe);
    if (const QString problem = wsCheckOwnRequest(probe); !problem.isEmpty())
        return d->misuse(problem);
    return d->threads.run([this, headers] { d->store(d_func()->headers, headers); });
}

/*!
    \fn bool WsClient::setHeaders(const QHttpHeaders &headers)
    \overload

    The same for headers of a \c QHttpHeaders, which needs Qt 6.7 or newer. It writes the names that it knows
    in lower case.
*/

/*! Returns the headers that setHeader() and setHeaders() have set, in the order in which they were set. */
WsHeaders WsClient::headers() const
{
    return d->read(d_func()->headers);
}

/*!
    Sets the certificates, keys and rules for \c wss to \a configuration, from the next open() on.

    The default is QSslConfiguration::defaultConfiguration(): the authorities of the system are trusted, and
    the server's certificate and host name are verified. To use a client certificate, set a local certificate
    and its private key in the configuration. To load certificates and keys from files, use
    setCaCertificates() and setLocalCertificate().

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

    \sa setSslConfiguration()
*/
QString WsClient::peerVerifyName() const
{
    return d->read(d_func()->peerVerifyName);
}

void WsClient::setPeerVerifyName(const QString &name)
{
    d->threads.run([this, name] {
        d_func()->change(d_func()->peerVerifyName, name, &WsClient::peerVerifyNameChanged);
    });
}

/*!
    \property WsClient::pauseOnSslErrors
    \brief whether an opening waits for an answer if the server's certificate is not trusted.

    If it is \c true, the opening stops at sslErrors(). The program can then ask its user without a blocking
    dialog, for as long as that takes: WsOptions::handshakeTimeout() stands still in the meantime.
    continueOpening() resumes the opening; if the certificate is to be trusted nevertheless, call
    ignoreSslErrors() first. abort() ends the opening. If a slot of sslErrors() ignores all errors, the
    opening continues without a pause.

    If it is \c false, the opening fails when the slots of sslErrors() have returned without ignoring the
    errors. A slot may run a dialog; the timeout stands still until it has returned.

    The server has a timeout of its own, and ends a connection that waits for too long.

    The default is \c false, as in Qt's sockets.

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
    Continues an opening that waits because of sslErrors(), see pauseOnSslErrors. If ignoreSslErrors() has not
    been called for all of the errors, the opening fails with an error of the kind Ws::ErrorKind::Tls, as it
    would have without a pause.

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
    Continues the TLS handshake that handshakeInterruptedOnError() reports, in spite of the error. It must be
    called by a slot that is connected to this signal directly. If no slot calls it, the handshake fails.

    The error is not ignored by that: with all others, it is reported by sslErrors() at the end of the
    verification, and there ignoreSslErrors() decides.

    Returns \c false and does nothing, except for a warning, if no handshake stands still. A call from another
    thread always comes too late.

    \sa handshakeInterruptedOnError()
*/
bool WsClient::continueInterruptedHandshake()
{
    if (d->threads.isOwnThread())
        return d_func()->continueInterruptedHandshake();
    return d->threads.run([this] { d_func()->continueInterruptedHandshake(); });
}

// Only in the client's own thread. Ignores the errors of the opening that waits and goes on with it; if none
// waits, nothing is ignored.
bool WsClient::continueTrusted()
{
    return d_func()->continueOpening(true);
}

/*!
    Ignores the TLS \a errors in the list, and no others. An empty list ignores nothing.

    If it is called while the client is closed, it applies to all later openings, and replaces what was
    ignored before. If it is called during an opening, it applies only to this opening, in addition to what is
    ignored already.

    An opening may connect several times: after a redirect, and after a login. What was ignored while it
    connected to one origin (scheme, host and port) is also ignored when it connects there again right
    afterwards, so a user is not asked twice. When it goes on to another origin, only those errors are ignored
    that are ignored in all openings.

    A call that comes too late does nothing, and a warning is logged. A user's answer about one server must
    not make the connection to another one less safe. During an opening, the call is accepted:

    \list
    \li in a slot of sslErrors(), and while the opening waits (pauseOnSslErrors);
    \li with a list in which each error has a certificate, before TLS has reported errors or is established in
        any connection of the opening, because no other server can have the same certificate;
    \li with any list, before TLS has reported errors or is established, if the opening has not left the origin
        of \l url, and if TLS has reported no errors but ignored ones since the client was last open.
    \endlist

    It is too late once the slots of sslErrors() have returned and the opening does not wait, and once TLS is
    established, also if a login or a redirect then makes the opening connect again. It is also too late while
    the connection is open or closing, and while the client is closed after errors that were not ignored,
    until a later opening succeeds.

    To trust a single certificate, add it to the authorities of setSslConfiguration(), or ignore only the
    errors that are expected of it.
*/
void WsClient::ignoreSslErrors(const QList<QSslError> &errors)
{
    d->threads.run([this, errors] { d_func()->ignoreSslErrors({false, errors}); });
}

/*!
    \overload
    Ignores all TLS errors. Unless pinnedCertificates is set, the connection is then no longer protected:
    anyone between client and server can read and change everything.

    After errors that were not ignored, until a later opening succeeds, and after a redirect to another origin,
    the call is accepted only in a slot of sslErrors() or while the opening waits.
*/
void WsClient::ignoreSslErrors()
{
    d->threads.run([this] { d_func()->ignoreSslErrors({true, {}}); });
}

/*!
    \property WsClient::pinnedCertificates
    \brief the public keys of which the server must have one.

    Each entry is the SHA-256 digest of a certificate's public key in base64, as certificatePin() returns it,
    optionally after \c {sha256/} or \c {sha256//}. An opening over TLS fails unless the server's own
    certificate has one of these keys, or a certificate does that vouches for it: one that the server has sent,
    or an authority of setCaCertificates() or setSslConfiguration(). The error has the kind
    Ws::ErrorKind::Tls and quotes the pin of the server's certificate, closed() reports Ws::TlsHandshake
    (1015), and nothing of the request is sent.

    Pins come on top of the usual verification, and also hold if errors are ignored. So a server with a
    self-signed certificate can be trusted safely:

    \code
    // openssl x509 -in server.crt -noout -pubkey | openssl pkey -pubin -outform DER
    //     | openssl dgst -sha256 -binary | base64
    client->setPinnedCertificates({QStringLiteral("sha256/Xr6cZ4sJ0ZzVn1mMY4a9m2K0jgYmMuS1aV0z8n0bQ5c=")});
    client->ignoreSslErrors(); // the pin proves which server it is
    client->open(QUrl(QStringLiteral("wss://192.0.2.7/")));
    \endcode

    Pin two keys at least, one of which is kept as a reserve; otherwise no client can connect after the
    server has lost its key. A renewed certificate with the same key keeps its pin.

    While there are pins, open() refuses URLs without TLS, such as \c ws, and an opening that would connect to
    one, because a slot has set the pins, fails. All servers that redirects lead to must have one of the pins.
    Pins of certificates other than the server's own need a Qt that uses OpenSSL 3 as a shared library; with
    others they never match.

    Setting a list with a malformed entry changes nothing: setPinnedCertificates() returns \c false, and
    errorString() quotes the entry. If such a list is written to the property, by QML or
    QObject::setProperty(), open() refuses all URLs until it is replaced, and an opening does not connect
    again. A change also applies to an opening whose TLS handshake is not complete. The default is an empty
    list: any certificate that is verified is accepted.

    RFC 7469 §2.4.

    \sa certificatePin(), ignoreSslErrors()
*/
QStringList WsClient::pinnedCertificates() const
{
    return d->read(d_func()->pinnedCertificates);
}

bool WsClient::setPinnedCertificates(const QStringList &pins)
{
    if (const QString problem = wsPinProblem(pins); !problem.isEmpty())
        return d->misuse(QStringLiteral("pinnedCertificates cannot be set: ") + problem);
    assignPinnedCertificates(pins);
    return true;
}

// Who writes the property learns of no refusal. So it takes any list, and open() refuses a malformed one: no
// server must be opened because its pin could not be read.
void WsClient::assignPinnedCertificates(const QStringList &pins)
{
    d->threads.run([this, pins] {
        d_func()->change(d_func()->pinnedCertificates, pins, &WsClient::pinnedCertificatesChanged);
    });
}

/*!
    Returns the pin of \a certificate for pinnedCertificates: the SHA-256 digest of its public key
    (SubjectPublicKeyInfo), in base64. Keys of every algorithm are supported. The result is empty if the
    certificate is null.

    RFC 5280 §4.1.2.7, RFC 7469 §2.4.
*/
QString WsClient::certificatePin(const QSslCertificate &certificate)
{
    return wsCertificatePin(certificate);
}

/*!
    \property WsClient::reconnect
    \brief whether and when the client is opened again after its connection has ended.

    By default it is not. A change applies to the next delay. If WsReconnect::enabled becomes \c false while
    the client waits, the client stays closed: \l active becomes \c false.

    RFC 6455 §7.2.3.

    \sa {Reconnection}, reconnecting(), setReconnectFilter()
*/
WsReconnect WsClient::reconnect() const
{
    return d->read(d_func()->reconnect);
}

void WsClient::setReconnect(const WsReconnect &reconnect)
{
    d->threads.run([this, reconnect] { d_func()->setReconnect(reconnect); });
}

/*!
    \property WsClient::reconnectAttempt
    \brief the number of the attempt that the client waits for, or that is running.

    It is 0 if the client is open, closed for good, or opening for the first time.

    \sa reconnecting()
*/
int WsClient::reconnectAttempt() const
{
    return d_func()->reconnection.attempt();
}

/*!
    Sets the function that decides, instead of the table of the page \l Reconnection, whether the client is
    opened again. An empty function restores the table. It has no effect unless WsReconnect::enabled is
    \c true.

    The \a filter is called in the client's thread after closed(), with the error of the connection or attempt
    that has ended. If it ended without an error, WsError::kind() is Ws::ErrorKind::None,
    WsError::closeCode() is the close code, and WsError::text() the reason. The function is not called after
    close() or abort(), and not after the last of WsReconnect::maxAttempts.

    If the function throws an exception, errorOccurred() reports it with the kind Ws::ErrorKind::Handler, and
    the client stays closed.

    \code
    client->setReconnectFilter([](const WsError &error) { return error.httpStatus() != 403; });
    \endcode
*/
void WsClient::setReconnectFilter(std::function<bool(const WsError &error)> filter)
{
    d->threads.run([this, filter = std::move(filter)] { d_func()->reconnectFilter = filter; });
}

/*!
    Makes the attempt that the client waits for now, for example because the user asks for it. The delays that
    follow do not become shorter.

    Returns \c false and does nothing if the client does not wait. From another thread the call is passed on.

    \sa reconnecting(), open()
*/
bool WsClient::reconnectNow()
{
    if (d->threads.isOwnThread())
        return d_func()->reconnectNow();
    return d->threads.run([this] { d_func()->reconnectNow(); });
}

/*!
    Calls \a filter for each request that the client is about to send: that of open(), those that redirects and
    authenticationRequired() lead to, and those of all later openings. An empty function ends this.

    The filter may change the headers and the target of the request, for example to send a token that has to be
    new each time:

    \code
    client->setRequestFilter([this](WsRequest &request) {
        if (request.isEncrypted() && request.header("Host") == "api.example.com")
            request.setTarget("/chat?ticket=" + m_tickets.takeNext());
    });
    \endcode

    The request contains everything that the program has set and that is sent to this server, cookies and the
    header \c Host, but not the headers of the handshake. The header \c Host and WsRequest::isEncrypted() say
    which server it is for, which matters after a redirect. Changes apply to this request alone. A header
    \c Authorization that the filter adds is sent instead of the answer to Basic or Digest.

    What the filter sets in the client for the next opening, such as the proxy or the client's certificate,
    already applies to this one if it is called for the request of open().

    The filter is called in the client's own thread, and must return at once. If it throws an exception,
    errorOccurred() reports the text with the kind Ws::ErrorKind::Handler. If it changes the method, or what
    setHeader() would refuse, the kind is Ws::ErrorKind::Misuse. Both end the opening; closed() follows.

    It takes effect with the next request.

    \sa setHeader(), maxRedirects
*/
void WsClient::setRequestFilter(std::function<void(WsRequest &request)> filter)
{
    d->threads.run([this, filter = std::move(filter)] { d_func()->requestFilter = filter; });
}

/*!
    Takes the masking keys of the frames that the client sends from \a generator, one for each frame, so that a
    test knows which bytes are sent. An empty function restores the default, the system's random generator.

    \warning Use it in tests only. RFC 6455 §5.3 requires keys that nobody can predict. If they can be predicted, a
    page can make a browser or another client send bytes that look like HTTP to an intermediary, and thereby
    attack it (§10.3).

    The keys are sent in network byte order: a frame with the key 0x01020304 contains the bytes 01 02 03 04, and
    the first of them masks the first byte of the payload.

    The generator is called in the client's own thread, when a frame is encoded; that includes pings, pongs and
    the Close frame. It must not call functions of the client. If it throws an exception, the frame and those
    that follow in this opening get random keys, errorOccurred() reports the text with the kind
    Ws::ErrorKind::Handler, and the connection is closed with Ws::InternalError (1011).

    It takes effect with the next frame that is encoded, and stays for all later openings.
*/
void WsClient::setMaskGenerator(std::function<quint32()> generator)
{
    d->threads.run([this, generator = std::move(generator)] { d_func()->setMaskGenerator(generator); });
}

/*!
    Connects through \a proxy from the next open() on, for \c ws and \c wss.

    The default is QNetworkProxy::DefaultProxy. What then applies is what applies to every socket of Qt: the
    factory of QNetworkProxyFactory::setApplicationProxyFactory(), the proxy of
    QNetworkProxy::setApplicationProxy(), or the proxies of the system, if
    QNetworkProxyFactory::usesSystemConfiguration(). Of several proxies, the first with
    QNetworkProxy::TunnelingCapability is used. With this default, Qt connects to \c localhost and loopback
    addresses directly; a proxy that is set here is used for them as well. QNetworkProxy::NoProxy means that
    the client always connects directly.

    QNetworkProxy::HttpProxy (CONNECT, RFC 9110 §9.3.6) and QNetworkProxy::Socks5Proxy (RFC 1928) can be
    used. The proxy looks up the host of the URL, unless QNetworkProxy::HostNameLookupCapability has been
    removed. The user name and the password of the proxy are used without asking; otherwise
    proxyAuthenticationRequired() is emitted if the proxy wants them. Its answer is used again until this
    function is called. Tested are Basic and Digest with HTTP,
    and user name and password with SOCKS (RFC 1929). NTLM and Negotiate are left to Qt, and are not tested.
    If the URL contains an IPv6 address, opening it through an HTTP proxy fails: Qt asks for the address without
    the brackets that belong around it (RFC 9110 §7.2). SOCKS5 takes both kinds of addresses. It also fails if the
    user name, the password or a raw header for an HTTP proxy contains a line break or another control character.

    An error of the proxy has the kind Ws::ErrorKind::Proxy. Its text names the proxy and the destination. A
    proxy that cannot carry WebSockets, such as QNetworkProxy::HttpCachingProxy, is such an error too: the
    client never connects directly because a proxy fails. A proxy that does not answer is given up after
    WsOptions::handshakeTimeout(), or by Qt after 30 seconds, if it cannot be reached or the URL contains an
    address.

    WsConnection::peerAddress is the address of the proxy. Once the tunnel is there, the connection is the
    same as a direct one, with the same limits for memory. On Windows, Qt's own proxied socket stays in use,
    with Qt's limits.

    \sa proxy(), proxyAuthenticationRequired(), waitForOpened()
*/
void WsClient::setProxy(const QNetworkProxy &proxy)
{
    d->threads.run([this, proxy] {
        d->store(d_func()->proxy, proxy);
        d_func()->proxyLogins.clear();
    });
}

/*!
    \overload
    Connects through the proxy with this \a url from the next open() on:

    \table
    \header \li URL \li Proxy
    \row \li \c {http://user:password@host:3128} \li HTTP CONNECT; the default port is 8080
    \row \li \c {socks5://user:password@host:1080} \li SOCKS5, which looks up the host of the WebSocket's
         URL; the default port is 1080. \c socks5h means the same
    \row \li \c {direct:} \li none: QNetworkProxy::NoProxy
    \row \li an empty URL \li QNetworkProxy::DefaultProxy
    \endtable

    User name and password are optional, and percent-decoded.

    Returns \c false and changes nothing if the URL is not one of these. errorString() then quotes it, without
    the user name and the password.
*/
bool WsClient::setProxy(const QUrl &url)
{
    QNetworkProxy proxy;
    if (const QString problem = wsReadProxyUrl(url, &proxy); !problem.isEmpty())
        return d->misuse(
            QStringLiteral("the proxy \"%1\" cannot be used: %2").arg(wsShownUrl(url), problem));
    setProxy(proxy);
    return true;
}

/*! Returns the proxy that setProxy() has set. The default is QNetworkProxy::DefaultProxy. */
QNetworkProxy WsClient::proxy() const
{
    return d->read(d_func()->proxy);
}

/*!
    \property WsClient::maxRedirects
    \brief how many redirects an opening follows.

    If it is 0, the default, redirects are not followed, as browsers do not follow them for WebSockets:
    errorOccurred() reports the answer like any other refusal. Otherwise the statuses 301, 302, 303, 307 and 308
    lead to the URL in the header \c Location, which may be relative; \c http and \c https in it mean \c ws and
    \c wss. redirected() is emitted before each step. The next opening starts with \l url again.

    The opening fails with an error that quotes the URL if there are more redirects than this, if they lead to
    the same URL with the same cookies twice, from \c wss to \c ws, or to another scheme. Redirects of a local
    socket are not followed.

    Secrets go only to the origin (scheme, host and port) of \l url: the headers \c Authorization, \c Cookie and
    \c Proxy-Authorization and a header \c Host that the program has set, the user name and password of the URL,
    the client's certificate with its key, peerVerifyName, and the TLS errors that are ignored in this opening.
    Once another origin has been reached, they are not sent any more, even if a redirect leads back. Note that
    \c ws and \c wss of one host are two origins. Other headers are sent to all servers, and each gets its own
    cookies of the jar, see setCookieJar().

    A change takes effect with the next open(). Negative values count as 0.

    RFC 9110 §15.4, RFC 3986 §5, RFC 6455 §4.1.

    \sa redirected()
*/
int WsClient::maxRedirects() const
{
    return d->read(d_func()->maxRedirects);
}

void WsClient::setMaxRedirects(int count)
{
    d->threads.run([this, count = qMax(count, 0)] {
        d_func()->change(d_func()->maxRedirects, count, &WsClient::maxRedirectsChanged);
    });
}

/*!
    Uses the cookies of \a jar for the handshake, and stores in it the cookies that the server sets. The
    caller remains the owner of the jar, which can be shared with a QNetworkAccessManager. The default is
    \c nullptr: no cookies are used.

    The cookies are taken from the jar for each request, also after a redirect and when the client is opened
    again, and are those for its URL: cookies with the attribute \c Secure are sent only with \c wss.

    If the program has set a header \c Cookie, that header is sent instead.

    The jar has to live in the client's thread, the only one that can call this function; otherwise nothing is
    changed, and a warning is logged. If the client moves to another thread, a jar that is its child moves
    with it. Any other jar is no longer used then, also by an opening handshake that is in progress, because
    its own thread may use it: the client has none until one is set in the new thread, and a warning is
    logged.

    RFC 6265.
*/
void WsClient::setCookieJar(QNetworkCookieJar *jar)
{
    d_func()->setCookieJar(jar);
}

/*!
    Returns the jar that setCookieJar() has set, or \c nullptr if there is none, if it has been deleted, or if
    the client has moved to another thread without it.
*/
QNetworkCookieJar *WsClient::cookieJar() const
{
    return d->threads.isOwnThread() ? d_func()->cookieJar.get() : nullptr;
}

/*!
    Opens the connection to \l url. If the client waits for another attempt, this is that attempt; with
    another URL it is a new beginning. An attempt sends the raw headers of the QNetworkRequest that the client
    was opened with, if there was one. So does open() in a slot that is told of an end, while the client
    reconnects. The other overloads send nothing of an earlier request.

    Returns \c false and emits nothing if the opening cannot start: because the client is not closed, the URL
    is not that of a WebSocket, or something that was set for the request cannot be sent. errorString() then
    quotes the URL, without user name, password, query and fragment, and the reason. The same text is logged as
    a warning in \c wskit.handshake, for programs that do not check the result. Later failures are reported by
    errorOccurred() and closed(), and are logged as one debug line in the same category.

    In a slot of errorOccurred() or stateChanged() that is told of an end, the client opens as soon as closed()
    has been emitted, and until then state() stays what it is.

    A slot of urlChanged(), activeChanged() or reconnectAttemptChanged() is called before the connection begins
    to open. If it closes the client, the result is \c false too, and nothing is opened.

    \sa opened(), connected()
*/
bool WsClient::open()
{
    return d_func()->openFromAnyThread();
}

/*!
    \overload
    Sets \l url to \a url and opens the connection to it.
*/
bool WsClient::open(const QUrl &url)
{
    return d_func()->openFromAnyThread({url, {}});
}

/*!
    \overload
    Sets \l url to the URL of \a request and opens the connection to it. The raw headers of the request
    replace headers of setHeader() with the same name, for this opening and for attempts to open it again. The
    other properties of the request are ignored.
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
    Waits until \a deadline for the opening handshake, and returns whether the connection is open. If the
    client reconnects, the function waits through its attempts until one succeeds, or the client gives up. If
    it is closing because of another URL, the function waits until that is open. This function is for threads
    without an event loop, see WsConnection::waitForMessage(). No message is delivered from within the call,
    so none is missed, whether the program then calls WsConnection::waitForMessage() or uses signals and an
    event loop.

    If the client is not open by then, its state stays Ws::Connecting, and it continues to open in the next call
    or in an event loop: whether it looks up the host, tries its addresses, or waits for TLS or for the server's
    answer. In a thread that is no QThread, the event loop must exist before open() if TLS or a proxy is used
    (on Windows, also \c ws+unix), because Qt's sockets do not notice one that begins later. A proxy is
    another exception: while Qt looks up its name, and in a thread that is no QThread also while it connects,
    calls from other threads wait, and if that has not succeeded by then, errorOccurred(), with the kind
    Ws::ErrorKind::Proxy, and closed() are emitted from within the call. With a \a deadline that has already
    passed, such as 0 ms, nothing is waited for, but what is due is done.

    If the result is \c false, errorString() says what the client still waits for, or why its last attempt has
    failed.

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
    const auto isDone = [this] {
        const Ws::State state = d->life.state();
        return state == Ws::Open || (state != Ws::Connecting && !d_func()->reconnection.mayReopen());
    };
    (void)d->waiting.waitThroughAttempts(isDone, deadline);
    if (!guard.lives())
        return false;
    d->link.hold(WsHold::Waiting, false);
    if (d->life.state() != Ws::Open)
        return d_func()->declineAsNotOpen(deadline.hasExpired());
    d->link.pumpSoon();
    return true;
}

// --- signals

/*!
    \fn void WsClient::connected(WsConnection *connection)
    This signal is emitted when the client has opened. \a connection is the client itself.

    It has the same argument as WsServer::newConnection(), so that one function can handle both ends.
*/

/*!
    \fn void WsClient::sslErrors(const QList<QSslError> &errors)
    This signal is emitted if TLS reports \a errors, for example about the server's certificate. It is also
    emitted for errors that are ignored.

    Unless the errors are ignored, the opening fails with an error of the kind Ws::ErrorKind::Tls, and
    closed() reports Ws::TlsHandshake (1015). A slot that calls ignoreSslErrors() must be connected directly,
    unless pauseOnSslErrors is set. WsOptions::handshakeTimeout() stands still while the slots are called, and
    so does the connection, whose end is noticed only afterwards. A slot may run a dialog, but it cannot call
    waitForOpened().

    \sa pauseOnSslErrors, ignoreSslErrors()
*/

/*!
    \fn void WsClient::redirected(const QUrl &url)
    This signal is emitted before the client follows a redirect to \a url, see maxRedirects. response() is
    the answer that contains it. A slot may close the client, to stop there, or open it with another URL.
*/

/*!
    \fn void WsClient::authenticationRequired(QAuthenticator *authenticator)
    This signal is emitted if a server answers with HTTP 401 and asks for a user name and a password by Basic
    (RFC 7617) or Digest (RFC 7616, with MD5 or SHA-256, and with or without \c{qop=auth}). A slot that
    knows them sets them in \a authenticator:

    \code
    connect(client, &WsClient::authenticationRequired, this, [this](QAuthenticator *authenticator) {
        LoginDialog dialog(authenticator->realm(), authenticator->user());
        if (dialog.exec() == QDialog::Accepted) {
            authenticator->setUser(dialog.user());
            authenticator->setPassword(dialog.password());
        }
    });
    \endcode

    QAuthenticator::realm() is the text by which the server says what they are for; response() is its answer,
    and the header \c Host of request() is the server, which may not be that of \l url after a redirect.
    The slot must be connected directly. WsOptions::handshakeTimeout() stands still while the slots are called,
    so a slot may run a dialog.

    If the server rejects them, the signal is emitted again with the values that it has rejected. If no slot
    changes them, errorOccurred() reports the status 401. An opening sends at most 5 answers.

    The signal is not emitted if the URL contains credentials that the server accepts, if the server only wants
    a nonce of Digest to be renewed, if the program has set a header \c Authorization, or if the server offers
    only other schemes, such as Bearer; the error then names them.

    What a server has accepted is sent to the same origin again when the client is opened again, without
    asking; so is what the servers have accepted that redirects lead to. A client remembers up to 8 servers, in
    memory only. An answer is forgotten if its server rejects it, and all are if the client is opened with a URL
    of another origin or with other credentials.

    Of several challenges, the strongest is answered: Digest with SHA-256, then Digest with MD5, then Basic.
    Basic sends the password in clear text. Use it only with \c wss.

    \sa url, setRequestFilter()
*/

/*!
    \fn void WsClient::proxyAuthenticationRequired(const QNetworkProxy &proxy, QAuthenticator *authenticator)
    This signal is emitted if \a proxy wants a user name and a password, and those of setProxy(), if there are
    any, were not accepted.

    A slot that is connected directly answers with QAuthenticator::setUser() and QAuthenticator::setPassword(),
    possibly after a dialog: WsOptions::handshakeTimeout() stands still while the slots are called. If the
    proxy rejects the answer, the signal is emitted again. If no slot answers, or if the answer is the same as
    before, the opening fails with an error of the kind Ws::ErrorKind::Proxy. \a authenticator is valid only
    during the call.

    The answer is used again, without asking, whenever the client connects through the same proxy: after a
    redirect, and in later openings. It is forgotten if the proxy rejects it or denies the connection, and if
    setProxy() is called. A client remembers the answers for up to 8 proxies, in memory only.

    \sa setProxy()
*/

/*!
    \fn void WsClient::peerVerifyError(const QSslError &error)
    This signal is emitted for each \a error in the verification of the server's certificate, before
    sslErrors() is emitted with all of them. A slot can call abort(). The connection stands still until the
    slots have returned. The signal cannot be used from QML.

    \sa sslErrors()
*/

/*!
    \fn void WsClient::preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator *authenticator)
    This signal is emitted during an opening if the server proposes a pre-shared key (RFC 4279). A slot sets
    the identity and the key in \a authenticator; it must be connected directly. Without a key the opening
    fails. Qt supports this up to TLS 1.2.

    A server that uses only a key has no certificate. To accept it, ignore QSslError::NoPeerCertificate or set
    QSslSocket::VerifyNone in setSslConfiguration(). So that no server without the key is accepted, restrict
    QSslConfiguration::setCiphers() to ciphers with \c PSK, and the protocol to QSsl::TlsV1_2.

    The signal is that of QSslSocket. It cannot be used from QML.
*/

/*!
    \fn void WsClient::alertReceived(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description)
    This signal is emitted if the server has sent an alert of TLS (RFC 8446 §6) with this \a level and \a type,
    during the opening or later. \a description is in English, for logs. With TLS 1.3 a server that rejects the
    client's certificate says so by an alert after the handshake is complete for the client. The end of a
    connection is an alert too, QSsl::AlertType::CloseNotify. After a fatal alert errorOccurred() and closed()
    follow.

    The connection stands still until the slots have returned. What they send is written after that.

    The signal is that of QSslSocket. It cannot be used from QML.

    \sa alertSent()
*/

/*!
    \fn void WsClient::alertSent(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description)
    This signal is emitted if this side has sent an alert of TLS (RFC 8446 §6) with this \a level and \a type to
    the server. \a description is in English, for logs. The program need not do anything: errorOccurred()
    reports what has gone wrong. The last one, QSsl::AlertType::CloseNotify, is sent with the end of the
    connection, and may be reported after closed().

    By default Qt verifies the server's certificate when the handshake of TLS is complete, so a server that is
    not trusted learns no reason. With QSslConfiguration::setHandshakeMustInterruptOnError() it gets an alert
    such as QSsl::AlertType::UnknownCa, see handshakeInterruptedOnError().

    The signal is that of QSslSocket. It cannot be used from QML.

    \sa alertReceived()
*/

/*!
    \fn void WsClient::handshakeInterruptedOnError(const QSslError &error)
    This signal is emitted if QSslConfiguration::setHandshakeMustInterruptOnError() is set in
    setSslConfiguration(), and the verification of the server's certificate finds \a error. The TLS handshake
    stands still until the slots have returned. If none of them has called continueInterruptedHandshake(), the
    server gets an alert that names the reason, alertSent() is emitted, and the opening fails with an error of
    the kind Ws::ErrorKind::Tls. Without this setting, which is the default, the certificate is verified at the
    end of the handshake, and the server gets no such alert.

    A slot must be connected directly. It may run a dialog: WsOptions::handshakeTimeout() stands still, and so
    does the connection, whose end is noticed only afterwards. The server has a timeout of its own.

    If the handshake is continued, the signal is emitted again for the next error, and sslErrors() with all of
    them at the end, where they must be ignored, too. peerVerifyError() does not report errors that have
    interrupted the handshake. Errors that are found later, such as another host name, do not interrupt it.
    WsConnection::sslConfiguration() does not contain the server's certificate yet; see
    QSslError::certificate().

    A call of ignoreSslErrors() before the opening does not continue the handshake.

    The signal is that of QSslSocket, and needs OpenSSL. It cannot be used from QML.

    RFC 8446 §4.4.2.4, §6.2.

    \sa continueInterruptedHandshake(), peerVerifyError(), sslErrors()
*/

/*!
    \fn void WsClient::openingProgressed(Ws::OpeningStep step, qint64 elapsedUs)
    This signal is emitted when an opening has completed \a step, \a elapsedUs microseconds after open() began
    it. It shows where the time goes: in the lookup of the host, in the network, in TLS or in the server.

    For each request, every step is reported at most once, in the order of Ws::OpeningStep. If the client follows
    a redirect or repeats the request with a login, the steps begin anew with the next request; \a elapsedUs
    still counts from open(). All steps are reported after open() has returned and before opened() or
    errorOccurred(). An opening that fails reports the steps that it has completed.

    A slot may close, abort, delete or move the client, or open it again. The rest of the opening is then not
    reported, or not in the old thread. A step that is completed during a move to another thread may not be
    reported.

    \sa WsOptions::connectTimeout
*/

/*!
    \fn void WsClient::reconnecting(int attempt, int delayMs)
    This signal is emitted after closed(), if the client will be opened again. \a attempt is the number of the
    attempt, from 1 on, and \a delayMs the time until then in milliseconds. A slot may call close() to stay
    closed, or reconnectNow().

    \sa reconnectAttempt, reconnected()
*/

/*!
    \fn void WsClient::reconnected()
    This signal is emitted after opened(), if at least one attempt came before it. Messages that were queued
    have been passed on by then.

    \sa reconnecting(), WsReconnect::queueMessages
*/

/*!
    \fn void WsClient::messagesLost(int count)
    This signal is emitted before closed(), if \a count messages were accepted by the functions that send, but
    are not known to have arrived. Some of them may have. The page \l Reconnection says when a message is known
    to have arrived, and what the signal means while messages are queued. It is emitted for every client, not
    only for those that reconnect.

    RFC 6455 has no acknowledgements, so pongs are what the client knows (§5.5.3).
*/

/*!
    \fn void WsClient::afterClosed()
    \internal
*/

/*!
    \fn bool WsClient::continueTrusted()
    \internal
*/
