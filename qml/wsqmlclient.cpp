// SPDX-License-Identifier: MIT
#include "wsqmlclient.h"

#include "wsqmlvalues.h"

#include <QtCore/qmap.h>
#include <QtCore/qpointer.h>

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

    Nothing opens before the component is complete and \l {WsConnection::}{url} says where to. Destroying a
    client closes its connection with 1001.

    \sa WsConnection
*/

/*!
    \qmlproperty bool WsClient::active
    \brief Whether the client is open, opens, or waits for a URL to open; \c false by default.

    \c true opens, \c false closes. It becomes \c false by itself where the connection ends or cannot be
    opened, so that a button that sets it to \c true connects again. A client whose URL is changed meanwhile
    closes and opens the new one; where the URL is empty, as that of a server that does not listen, it waits
    for another.
*/

/*!
    \qmlproperty list<string> WsClient::subprotocols
    \brief The subprotocols that are offered, the preferred one first.
*/

/*!
    \qmlproperty var WsClient::headers
    \brief Headers of the request besides those of the handshake: an object of names and values.

    A list as value is joined by commas; a value that is \c undefined is left out. errorOccurred() tells of
    a header that cannot be sent.
*/

/*!
    \qmlproperty wsCompression WsClient::compression
    \brief How messages are compressed, from the next opening on; not at all by default.

    \qml
    WsClient {
        url: "wss://chat.example.org/room"
        compression.enabled: true
    }
    \endqml

    \l {WsConnection::}{extensions} tells what the server agreed to. These are the values of
    \c options.compression, one by one: QML (as of Qt 6.4) assigns to one level of grouped properties only.
*/

/*!
    \qmlproperty url WsClient::caFile
    \brief The certificates of the authorities that are trusted, in PEM format; empty for the system's.

    The files may be paths or URLs, also of resources; what is relative is relative to the QML file. They are
    read when a connection over TLS opens after a change; errorOccurred() tells what is wrong with them.
*/

/*!
    \qmlproperty url WsClient::certificateFile
    \brief The client's own certificate, with its chain, in PEM format.
*/

/*!
    \qmlproperty url WsClient::privateKeyFile
    \brief The private key to the certificate, in PEM format.
*/

/*!
    \qmlproperty string WsClient::privateKeyPassPhrase
    \brief What opens the private key if it is encrypted; empty by default.
*/

/*!
    \qmlproperty bool WsClient::ignoreSslErrors
    \brief Whether the server need not prove who it is; \c false by default.

    This gives up what TLS is for: it is meant for tests, and for a user's answer about one server. Set while
    an opening waits (pauseOnSslErrors), it counts for that too.
*/

/*!
    \qmlproperty string WsClient::peerVerifyName
    \brief The name that the server's certificate must have; empty, the default, for the host of the URL.

    It is sent to the server in the TLS handshake too. Set it if the URL contains an address and the
    certificate a name. A change takes effect with the next opening.
*/

/*!
    \qmlproperty bool WsClient::pauseOnSslErrors
    \brief Whether an opening waits for the user if the server's certificate is not trusted; \c false by
    default.

    sslErrors() then stops the opening until continueOpening() or abort() is called, and the time limits stand
    still meanwhile. To trust the certificate, set ignoreSslErrors before.

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
        onAccepted: {
            client.ignoreSslErrors = true
            client.continueOpening()
        }
        onRejected: client.abort()
    }
    \endqml
*/

/*!
    \qmlmethod bool WsClient::continueOpening()
    \brief Goes on with an opening that waits because of pauseOnSslErrors.

    The opening fails unless ignoreSslErrors is \c true. Returns \c false if no opening waits.
*/

/*!
    \qmlsignal WsClient::sslErrors(list<var> errors)
    \brief The server's certificate, or something else about TLS, has \a errors.

    \sa pauseOnSslErrors, ignoreSslErrors
*/

/*!
    \qmlmethod bool WsClient::open(url url)
    \brief Opens \a url, or without it the property of that name.

    Returns \c false where the client is not closed or the URL cannot be opened.
*/
WsQmlClient::WsQmlClient(QObject *parent) : WsClient(parent)
{
    // Queued: within open() the URL changes before the connection opens.
    connect(this, &WsClient::urlChanged, this, &WsQmlClient::openIfPossible, Qt::QueuedConnection);
    connect(this, &WsClient::stateChanged, this, &WsQmlClient::onStateChanged);
    connect(this, &WsClient::sslErrors, this, [this] {
        if (m_ignoresSslErrors)
            WsClient::ignoreSslErrors();
    });
}

void WsQmlClient::componentComplete()
{
    m_isComplete = true;
    applyHeaders();
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
    if (wanted == isWanted())
        return;
    if (!wanted && !m_isWaiting) {
        setActive(false);
        return;
    }
    m_isWaiting = wanted;
    Q_EMIT activeChanged();
    openIfPossible();
}

void WsQmlClient::openIfPossible()
{
    if (!m_isWaiting || !m_isComplete || !hasUrl())
        return;
    m_isWaiting = false;
    const QPointer<WsQmlClient> self(this);
    setActive(true);
    if (self && !active())
        Q_EMIT activeChanged();
}

// Whoever is active with a URL that has gone opens when there is one again.
void WsQmlClient::afterClosed()
{
    m_isWaiting = m_isWaiting || (active() && !hasUrl());
    WsClient::afterClosed();
}

void WsQmlClient::setHeaders(const QVariantMap &headers)
{
    if (m_headers == headers)
        return;
    for (auto header = m_headers.cbegin(); header != m_headers.cend(); ++header)
        setHeader(header.key().toLatin1(), QByteArray());
    m_headers = headers;
    if (m_isComplete)
        applyHeaders();
    Q_EMIT headersChanged();
}

void WsQmlClient::applyHeaders()
{
    QMap<QByteArray, QByteArrayList> fields;
    const WsHeaders headers = wsHeadersFromMap(m_headers);
    for (const auto &[name, value] : headers)
        fields[name].append(value);
    for (auto field = fields.cbegin(); field != fields.cend(); ++field) {
        if (!setHeader(field.key(), field->join(", "))) // RFC 9110 §5.3
            Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, errorString()));
    }
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

void WsQmlClient::onStateChanged(Ws::State state)
{
    const bool isTls = url().scheme() == QLatin1String("wss") || url().scheme() == QLatin1String("https");
    if (state == Ws::Connecting && isTls && !m_isTlsLoaded)
        loadTls();
}

// Late, when all the files are named and before they are needed.
void WsQmlClient::loadTls()
{
    const QString problem = m_tlsFiles.apply(this);
    m_isTlsLoaded = problem.isEmpty();
    if (m_isTlsLoaded)
        return;
    const QPointer<WsQmlClient> self(this);
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Tls, problem));
    if (self)
        abort();
}
