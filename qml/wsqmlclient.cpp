// SPDX-License-Identifier: MIT
#include "wsqmlclient.h"

#include "wsqmlvalues.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qsslconfiguration.h>

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
    setActive(true);
    if (active())
        return;
    Q_EMIT activeChanged();
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, errorString()));
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
    const QVariantMap headers = wsHeadersToMap(wsHeadersFromMap(m_headers));
    for (auto header = headers.cbegin(); header != headers.cend(); ++header) {
        if (!setHeader(header.key().toLatin1(), header->toString().toUtf8()))
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
    if (std::exchange(m_ignoresSslErrors, ignored) != ignored)
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
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    const QString problem = m_tlsFiles.load(this, configuration);
    if (problem.isEmpty()) {
        m_isTlsLoaded = true;
        setSslConfiguration(configuration);
        return;
    }
    const QPointer<WsQmlClient> self(this);
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Tls, problem));
    if (self)
        abort();
}
