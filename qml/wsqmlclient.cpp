// SPDX-License-Identifier: MIT
#include "wsqmlclient.h"

#include "wsqmlvalues.h"

#include <QtCore/qmap.h>
#include <QtCore/qpointer.h>
#include <QtNetwork/qauthenticator.h>

namespace {
bool isTls(const QUrl &url)
{
    return url.scheme() == QLatin1String("wss") || url.scheme() == QLatin1String("https");
}

// RFC 6454 §4. Of a local socket it is the path of the socket.
QString originOf(const QUrl &url)
{
    if (url.scheme() == QLatin1String("ws+unix"))
        return url.scheme() + url.path(QUrl::FullyEncoded).section(QLatin1Char(':'), 0, 0);
    return QStringLiteral("%1://%2:%3")
        .arg(isTls(url) ? QStringLiteral("wss") : QStringLiteral("ws"), url.host())
        .arg(url.port(isTls(url) ? 443 : 80));
}

// As users are shown it.
QString shownHost(const QUrl &url)
{
    if (url.scheme() == QLatin1String("ws+unix"))
        return url.path(QUrl::FullyDecoded).section(QLatin1Char(':'), 0, 0);
    return url.adjusted(QUrl::RemoveUserInfo).authority();
}

QString shownHost(const QNetworkProxy &proxy)
{
    QUrl url;
    url.setHost(proxy.hostName());
    url.setPort(proxy.port());
    return url.authority();
}
} // namespace

/*!
    \qmltype WsClient
    \inqmlmodule WsKit
    \inherits WsConnection
    \instantiates WsClient
    \brief A WebSocket to a server.

    \qml
    WsClient {
        url: "wss://chat.example.org/room"
        active: true
        subprotocols: ["chat.v1"]
        headers: ({ "X-Token": token })
        onTextMessageReceived: text => log.append(text)
        onBinaryMessageReceived: data => console.log(data.byteLength)
        onClosed: (code, reason, wasClean) => console.log(code, reason, wasClean)
        onErrorOccurred: error => console.warn(error.text)
    }
    \endqml

    An active client opens once the component is complete and \l {WsConnection::}{url} is set. Destroying a
    client closes its connection with 1001.

    \sa WsConnection
*/

/*!
    \qmlproperty bool WsClient::active
    \brief Whether the client is open, is opening, or is waiting for a URL. The default is \c false.

    Setting it to \c true opens the client, setting it to \c false closes it. It becomes \c false if the
    connection ends or cannot be opened; setting it to \c true then connects again. This also works in
    \c onClosed. If \l reconnect is enabled, the client stays active while it waits for another attempt.

    If the URL changes while the client is active, the client closes the connection and opens the new URL. If
    the new URL is empty, for example because it is bound to a server that does not listen, the client waits
    for another one, until this property is set to \c false, or \l {WsConnection::}{close()} or
    \l {WsConnection::}{abort()} is called.
*/

/*!
    \qmlproperty wsReconnect WsClient::reconnect
    \brief Whether and when the client is opened again after its connection has ended. By default it is not.

    \qml
    WsClient {
        id: client
        url: "wss://chat.example.org/room"
        active: true
        reconnect.enabled: true
    }
    Button {
        text: "Try now"
        visible: client.reconnectAttempt > 0
        onClicked: client.reconnectNow()
    }
    \endqml

    The page \l Reconnection describes what happens.
*/

/*!
    \qmlproperty int WsClient::reconnectAttempt
    \readonly
    \brief The number of the attempt that the client waits for, or that is running; 0 if there is none.
*/

/*!
    \qmlmethod bool WsClient::reconnectNow()
    \brief Makes the attempt that the client waits for now. Returns \c false if it does not wait.
*/

/*!
    \qmlsignal WsClient::reconnecting(int attempt, int delayMs)
    \brief The client will be opened again in \a delayMs milliseconds. \a attempt counts the attempts.
*/

/*!
    \qmlsignal WsClient::reconnected()
    \brief The client is open again.
*/

/*!
    \qmlsignal WsClient::messagesLost(int count)
    \brief \a count messages were accepted, but are not known to have arrived when the connection ended.
*/

/*!
    \qmlproperty list<string> WsClient::subprotocols
    \brief The subprotocols that the client offers, in order of preference.
*/

/*!
    \qmlproperty var WsClient::headers
    \brief Additional headers of the request: an object of names and values.

    If a value is a list, its elements are joined by commas. Any other object is sent as JSON text. A value
    that is \c undefined or \c null is left out. If a header cannot be sent, errorOccurred() is emitted.
*/

/*!
    \qmlproperty wsCompression WsClient::compression
    \brief How messages are compressed, from the next opening on. By default they are not compressed.

    \qml
    WsClient {
        url: "wss://chat.example.org/room"
        compression.enabled: true
    }
    \endqml

    \l {WsConnection::}{extensions} shows what the server agreed to.

    The values are those of \c options.compression. This property exists because QML (as of Qt 6.4) can assign
    grouped properties only one level deep.
*/

/*!
    \qmlproperty url WsClient::caFile
    \brief The certificates of the trusted authorities, in PEM format. If it is empty, the system's
    authorities are trusted.

    The files of this type can be given as paths or as URLs, including URLs of resources. Relative ones are
    relative to the QML file. After a change they are read when the next connection over TLS opens. If they
    cannot be used, errorOccurred() is emitted.
*/

/*!
    \qmlproperty url WsClient::certificateFile
    \brief The client's own certificate, followed by its chain, in PEM format.
*/

/*!
    \qmlproperty url WsClient::privateKeyFile
    \brief The private key of the certificate, in PEM format. If it is empty, the key is in
    \l certificateFile, too.
*/

/*!
    \qmlproperty string WsClient::privateKeyPassPhrase
    \brief The pass phrase of the private key, if it is encrypted. Empty by default.
*/

/*!
    \qmlproperty bool WsClient::ignoreSslErrors
    \brief Whether the server's certificate is not verified; \c false by default.

    It applies to every server that the client opens from then on, also after the URL has changed. Set it to
    \c true only in tests. To trust a server that the user has been asked about, call continueOpening(). If
    the property is set while an opening waits (pauseOnSslErrors), it applies to that opening too.
*/

/*!
    \qmlproperty url WsClient::proxy
    \brief The proxy to connect through: \c "http://host:3128", \c "socks5://host:1080", or \c "none".

    If it is empty, which is the default, the application's proxy is used, and if there is none, the
    system's. The name and the password of a user may be part of the URL, or see proxyUser. If the URL is not
    one of a proxy, errorOccurred() is emitted and the client does not open. A change takes effect with the next
    opening.
*/

/*!
    \qmlproperty string WsClient::user
    \brief The name to log in with if the server asks for one. Empty by default.

    It is sent with \l password, in the way that the server asks for (Basic or Digest), and only to the server
    of the URL. If that redirects to another one, the name is empty, or the server refuses it,
    credentialsRequired() is emitted. What is set after that signal is sent only to the server that has
    asked, until a URL with another scheme, host, port or local socket is opened.

    \qml
    WsClient {
        id: client
        url: "wss://example.com/private"
        active: true
        onCredentialsRequired: (realm, isProxy, host) => {
            loginDialog.title = "Log in to " + host;
            loginDialog.open();
        }
    }
    Dialog {
        id: loginDialog
        standardButtons: Dialog.Ok | Dialog.Cancel
        TextField { id: nameField }
        TextField { id: passwordField; echoMode: TextInput.Password }
        onAccepted: {
            client.user = nameField.text
            client.password = passwordField.text
            client.active = true
        }
    }
    \endqml

    \sa credentialsRequired()
*/

/*!
    \qmlproperty string WsClient::password
    \brief The password of \l user. Empty by default.
*/

/*!
    \qmlproperty string WsClient::proxyUser
    \brief The name to log in with if the proxy asks for one. Empty by default.

    What the proxy has accepted is used for later connections too, until \l proxy, this or proxyPassword is
    set.

    \sa proxy, credentialsRequired()
*/

/*!
    \qmlproperty string WsClient::proxyPassword
    \brief The password of proxyUser. Empty by default.
*/

/*!
    \qmlsignal WsClient::credentialsRequired(string realm, bool isProxy, string host)
    \brief The server wants to know who connects, and no name is set for it, or the one that is set was
    refused.

    \a realm is what the server calls the place that one logs in to. If \a isProxy is \c true, the proxy asks.
    \a host is the server or proxy that asks, with its port unless that is the default one, or the path of a
    local socket. After a redirect it may be another server than that of the URL, and whoever controls that
    one chooses the realm. So a handler that answers at once must look at the host first, if maxRedirects is
    not 0.

    A handler that knows the answer sets \l user and \l password, or proxyUser and proxyPassword; the opening
    then continues with them. Otherwise the opening fails, with the status 401 of the server or 407 of the
    proxy. A handler that asks the user lets it fail, and sets \c active again when it has the answer.
*/

/*!
    \qmlproperty string WsClient::peerVerifyName
    \brief The name that the server's certificate must have; empty, the default, for the host of the URL.

    It is sent to the server in the TLS handshake too. Set it if the URL contains an address and the
    certificate a name. A change takes effect with the next opening.
*/

/*!
    \qmlproperty list<string> WsClient::pinnedCertificates
    \brief The public keys of which the server, or an authority that vouches for it, must have one; empty by
    default.

    Each entry is the SHA-256 digest of a key in base64, optionally after \c {sha256/}. Pins come on top of the
    usual verification, and also hold if errors are ignored. While there are pins, only URLs with TLS can be
    opened, and with a malformed entry none. A change takes effect with the next opening.

    \qml
    WsClient {
        url: "wss://printer.local"
        active: true
        ignoreSslErrors: true // self-signed
        pinnedCertificates: ["sha256/Xr6cZ4sJ0ZzVn1mMY4a9m2K0jgYmMuS1aV0z8n0bQ5c="]
    }
    \endqml

    Alerts of TLS, single errors of the verification and pre-shared keys are only reported in C++.
*/

/*!
    \qmlproperty bool WsClient::pauseOnSslErrors
    \brief Whether an opening waits for the user if the server's certificate is not trusted; \c false by
    default.

    sslErrors() then stops the opening until continueOpening() or abort() is called, and the time limits stand
    still meanwhile.

    \qml
    WsClient {
        id: client
        url: "wss://printer.local"
        active: true
        pauseOnSslErrors: true
        onSslErrors: trustDialog.open()
    }
    Dialog {
        id: trustDialog
        title: "Trust this printer?"
        standardButtons: Dialog.Yes | Dialog.No
        onAccepted: client.continueOpening(true)
        onRejected: client.abort()
    }
    \endqml
*/

/*!
    \qmlsignal WsClient::openingProgressed(enumeration step, real elapsedUs)
    \brief Emitted when an opening has completed \a step, \a elapsedUs microseconds after it began.

    The steps are \c Ws.Resolved, \c Ws.Connected, \c Ws.Encrypted, \c Ws.Requested and \c Ws.Answered, in this
    order.
*/

/*!
    \qmlmethod bool WsClient::continueOpening(bool trust)
    \brief Goes on with an opening that waits because of pauseOnSslErrors.

    If \a trust is \c true, the errors are ignored in this opening alone. If it is \c false, which is the
    default, the opening fails unless ignoreSslErrors is \c true. Returns \c false and ignores nothing if no
    opening waits.
*/

/*!
    \qmlsignal WsClient::sslErrors(list<var> errors)
    \brief The server's certificate, or something else about TLS, has \a errors.

    \sa pauseOnSslErrors, continueOpening()
*/

/*!
    \qmlproperty int WsClient::maxRedirects
    \brief How many redirects an opening follows; 0, the default, for none.

    The headers \c Authorization and \c Cookie, the user and password of the URL and the client's certificate
    go only to the scheme, host and port of \l {WsConnection::}{url}. A change takes effect with the next
    opening.
*/

/*!
    \qmlsignal WsClient::redirected(url url)
    \brief The client is about to follow a redirect to \a url.

    \sa maxRedirects
*/

/*!
    \qmlmethod bool WsClient::open(url url)
    \brief Opens \a url, or the property \l {WsConnection::}{url} if it is omitted.

    Returns \c false if the client is not closed or the URL cannot be opened.
*/
WsQmlClient::WsQmlClient(QObject *parent) : WsClient(parent)
{
    // Queued, because open() changes the URL before it opens the connection.
    connect(this, &WsClient::urlChanged, this, &WsQmlClient::openIfPossible, Qt::QueuedConnection);
    connect(this, &WsClient::activeChanged, this, &WsQmlClient::reportWanted);
    connect(this, &WsClient::stateChanged, this, &WsQmlClient::onStateChanged);
    connect(this, &WsClient::redirected, this, [this](const QUrl &target) { m_hopUrl = target; });
    connect(this, &WsClient::authenticationRequired, this, &WsQmlClient::logInToServer);
    connect(this, &WsClient::proxyAuthenticationRequired, this, &WsQmlClient::logInToProxy);
    connect(this, &WsClient::openingProgressed, this, [this](Ws::OpeningStep step) {
        if (step == Ws::Requested)
            m_proxyLogin.isUsed = false; // each connection of an opening logs in to the proxy
    });
    connect(this, &WsClient::sslErrors, this, [this] {
        if (m_ignoresSslErrors)
            WsClient::ignoreSslErrors();
    });
}

void WsQmlClient::componentComplete()
{
    m_isComplete = true;
    const QPointer<WsQmlClient> self(this);
    applyHeaders();
    if (self)
        applyProxy();
    if (self)
        openIfPossible();
}

void WsQmlClient::setCompression(const WsCompression &compression)
{
    WsOptions changed = options();
    changed.setCompression(compression);
    setOptions(changed);
}

void WsQmlClient::setWanted(bool wanted)
{
    if (wanted && active())
        setActive(true); // in a slot of closed(), opens it again
    if (wanted == isWanted())
        return;
    m_isWaiting = wanted;
    const QPointer<WsQmlClient> self(this);
    if (!wanted && active()) // open() may have opened it meanwhile
        setActive(false);
    if (self)
        reportWanted();
    if (self)
        openIfPossible();
}

bool WsQmlClient::stopWaiting()
{
    const bool wasWaiting = std::exchange(m_isWaiting, false);
    if (wasWaiting)
        reportWanted();
    return wasWaiting;
}

void WsQmlClient::reportWanted()
{
    if (std::exchange(m_wasWanted, isWanted()) != isWanted())
        Q_EMIT activeChanged();
}

void WsQmlClient::openIfPossible()
{
    if (!m_isWaiting || !m_isComplete || !hasUrl())
        return;
    m_isWaiting = false;
    const QPointer<WsQmlClient> self(this);
    setActive(true);
    if (self)
        reportWanted();
}

// A client that is to stay open, but has no URL, opens once it has one again.
void WsQmlClient::afterClosed()
{
    m_isWaiting = m_isWaiting || (isToStayOpen() && !hasUrl());
    WsClient::afterClosed();
}

void WsQmlClient::setHeaders(const QVariantMap &headers)
{
    if (m_headers == headers)
        return;
    for (auto header = m_headers.cbegin(); header != m_headers.cend(); ++header)
        setHeader(header.key().toLatin1(), QByteArray());
    m_headers = headers;
    const QPointer<WsQmlClient> self(this);
    if (m_isComplete)
        applyHeaders();
    if (self)
        Q_EMIT headersChanged();
}

void WsQmlClient::applyHeaders()
{
    const QVariantMap applied = m_headers;
    QString problem;
    QMap<QByteArray, QByteArrayList> fields;
    const WsHeaders headers = wsHeadersFromMap(applied, &problem);
    for (const auto &[name, value] : headers)
        fields[name].append(value);
    const QPointer<WsQmlClient> self(this);
    if (!problem.isEmpty())
        reportMisuse(problem);
    // Until a slot that hears of an error sets other headers, or deletes the client.
    for (auto field = fields.cbegin(); self && m_headers == applied && field != fields.cend(); ++field) {
        QByteArray value = field->join(", "); // RFC 9110 §5.3
        if (value.isNull())
            value = QByteArray(""); // a null one would remove the header
        if (!setHeader(field.key(), value))
            reportMisuse(errorString());
    }
}

void WsQmlClient::reportMisuse(const QString &text)
{
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, text));
}

void WsQmlClient::setProxyUrl(const QUrl &proxy)
{
    if (m_proxy == proxy)
        return;
    m_proxy = proxy;
    const QPointer<WsQmlClient> self(this);
    if (m_isComplete)
        applyProxy();
    if (self)
        Q_EMIT proxyChanged();
}

void WsQmlClient::applyProxy()
{
    m_isProxyUsable = true;
    if (m_proxy.isEmpty())
        setProxy(QNetworkProxy(QNetworkProxy::DefaultProxy));
    else if (m_proxy.toString() == QLatin1String("none"))
        setProxy(QNetworkProxy(QNetworkProxy::NoProxy));
    else
        m_isProxyUsable = setProxy(m_proxy);
    if (!m_isProxyUsable)
        reportMisuse(errorString());
}

// --- logging in

void WsQmlClient::changeLogin(Login &login, QString &member, const QString &value,
                              void (WsQmlClient::*changed)())
{
    login.isSet = true;
    login.origin = login.asker;
    if (member == value)
        return;
    member = value;
    Q_EMIT (this->*changed)();
}

void WsQmlClient::setUser(const QString &user)
{
    changeLogin(m_login, m_login.user, user, &WsQmlClient::userChanged);
}

void WsQmlClient::setPassword(const QString &password)
{
    changeLogin(m_login, m_login.password, password, &WsQmlClient::passwordChanged);
}

void WsQmlClient::setProxyUser(const QString &user)
{
    const QPointer<WsQmlClient> self(this);
    changeLogin(m_proxyLogin, m_proxyLogin.user, user, &WsQmlClient::proxyUserChanged);
    if (self)
        forgetAcceptedLogin();
}

void WsQmlClient::setProxyPassword(const QString &password)
{
    const QPointer<WsQmlClient> self(this);
    changeLogin(m_proxyLogin, m_proxyLogin.password, password, &WsQmlClient::proxyPasswordChanged);
    if (self)
        forgetAcceptedLogin();
}

// What the proxy has accepted before would be used instead of what is set now.
void WsQmlClient::forgetAcceptedLogin()
{
    setProxy(proxy());
}

// Returns whether the program has set something.
bool WsQmlClient::askFor(Login &login, const QString &realm, bool isProxy, const QString &host)
{
    login.isSet = false;
    const QPointer<WsQmlClient> self(this);
    Q_EMIT credentialsRequired(realm, isProxy, host);
    return self && login.isSet && !login.user.isEmpty();
}

// What is set is used once, and only by the server that it is meant for; then the program is asked.
void WsQmlClient::logInToServer(QAuthenticator *authenticator)
{
    const QString origin = originOf(m_hopUrl);
    const bool isMeant = origin == (m_login.origin.isEmpty() ? originOf(m_openedUrl) : m_login.origin);
    if (m_login.user.isEmpty() || m_login.isUsed || !isMeant) {
        m_login.asker = origin;
        if (!askFor(m_login, authenticator->realm(), false, shownHost(m_hopUrl)))
            return;
    }
    m_login.isUsed = true;
    authenticator->setUser(m_login.user);
    authenticator->setPassword(m_login.password);
}

// What the proxy has accepted before is used without asking, so it may be what is rejected now.
void WsQmlClient::logInToProxy(const QNetworkProxy &proxy, QAuthenticator *authenticator)
{
    const bool isRejected = proxy.user() == m_proxyLogin.user && proxy.password() == m_proxyLogin.password;
    if (m_proxyLogin.user.isEmpty() || m_proxyLogin.isUsed || isRejected) {
        if (!askFor(m_proxyLogin, authenticator->realm(), true, shownHost(proxy)))
            return;
    }
    m_proxyLogin.isUsed = true;
    authenticator->setUser(m_proxyLogin.user);
    authenticator->setPassword(m_proxyLogin.password);
}

void WsQmlClient::setCertificateFile(const QUrl &file)
{
    if (m_tlsFiles.certificate == file)
        return;
    m_tlsFiles.certificate = file;
    m_isTlsLoaded = false;
    Q_EMIT certificateFileChanged();
}

void WsQmlClient::setPrivateKeyFile(const QUrl &file)
{
    if (m_tlsFiles.privateKey == file)
        return;
    m_tlsFiles.privateKey = file;
    m_isTlsLoaded = false;
    Q_EMIT privateKeyFileChanged();
}

void WsQmlClient::setPrivateKeyPassPhrase(const QString &passPhrase)
{
    if (m_tlsFiles.passPhrase == passPhrase)
        return;
    m_tlsFiles.passPhrase = passPhrase;
    m_isTlsLoaded = false;
    Q_EMIT privateKeyPassPhraseChanged();
}

void WsQmlClient::setCaFile(const QUrl &file)
{
    if (m_tlsFiles.authorities == file)
        return;
    m_tlsFiles.authorities = file;
    m_isTlsLoaded = false;
    Q_EMIT caFileChanged();
}

void WsQmlClient::setIgnoreSslErrors(bool ignored)
{
    if (std::exchange(m_ignoresSslErrors, ignored) == ignored)
        return;
    const QPointer<WsQmlClient> self(this);
    if (ignored && state() == Ws::Connecting && pauseOnSslErrors())
        WsClient::ignoreSslErrors(); // the opening may wait for it
    if (self)
        Q_EMIT ignoreSslErrorsChanged();
}

bool WsQmlClient::continueOpening(bool trust)
{
    return trust ? continueTrusted() : WsClient::continueOpening();
}

void WsQmlClient::onStateChanged(Ws::State state)
{
    if (state != Ws::Connecting)
        return;
    if (originOf(m_openedUrl) != originOf(url())) { // what is set now is for this server
        m_login.asker.clear();
        m_login.origin.clear();
    }
    m_openedUrl = m_hopUrl = url();
    m_login.isUsed = m_proxyLogin.isUsed = false;
    if (!m_isProxyUsable) {
        setProxy(m_proxy); // for the error
        failOpening(WsError(Ws::ErrorKind::Misuse, errorString()));
    } else if ((isTls(m_openedUrl) || maxRedirects() > 0) && !m_isTlsLoaded) {
        loadTls();
    }
}

// As late as possible, when all files are set.
void WsQmlClient::loadTls()
{
    const QString problem = m_tlsFiles.apply(this);
    m_isTlsLoaded = problem.isEmpty();
    if (!m_isTlsLoaded)
        failOpening(WsError(Ws::ErrorKind::Tls, problem));
}

// What cannot be used as it is set must not be left out: the client would go a way that is not wanted.
void WsQmlClient::failOpening(const WsError &error)
{
    const QPointer<WsQmlClient> self(this);
    Q_EMIT errorOccurred(error);
    if (self)
        abort();
}
