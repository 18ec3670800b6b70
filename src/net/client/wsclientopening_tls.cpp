// SPDX-License-Identifier: MIT
#include "net/client/wsclientopening.h"

#include "net/client/wsclient_p.h"

#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslsocket.h>

#include <utility>

// --- errors of the certificate

// The slots may answer at once, possibly after a dialog. If they do not, and pauseOnSslErrors is set, the
// opening waits for an answer.
void WsClientOpening::onSslErrors(const QList<QSslError> &errors)
{
    m_singleError.reset();
    beginAsking(errors);
    passIgnoredErrors();
    WsLifeGuard guard(d);
    Q_EMIT d.client()->sslErrors(errors);
    if (guard.isStillIn(this))
        endAsking();
}

void WsClientOpening::beginAsking(const QList<QSslError> &errors)
{
    const bool isLimitHeld = m_trust == Trust::Held;
    m_trust = Trust::Asking;
    m_sslErrors = errors;
    if (!m_ignoredSslErrors.contain(errors))
        d.setDistrusted(true); // before anybody is asked: however this opening ends, an answer may come later
    if (isLimitHeld)
        return; // it would be lost
    endConnecting();
    holdLimit();
}

void WsClientOpening::onPeerVerifyError(const QSslError &error)
{
    m_singleError = error;
    Q_EMIT d.client()->peerVerifyError(error);
}

// Unless a slot continues it, TLS fails as soon as the slots have returned.
void WsClientOpening::onHandshakeInterrupted(const QSslError &error)
{
    beginAsking({error});
    m_interruption = Interruption::Asking;
    WsLifeGuard guard(d);
    Q_EMIT d.client()->handshakeInterruptedOnError(error);
    if (guard.isStillIn(this))
        endInterruption();
}

bool WsClientOpening::continueInterruptedHandshake()
{
    if (m_interruption != Interruption::Asking && m_interruption != Interruption::Continued)
        return false;
    m_interruption = Interruption::Continued;
    d.link.transport()->continueHandshake();
    return true;
}

// If it goes on, onSslErrors() follows with all errors.
void WsClientOpening::endInterruption()
{
    const bool isContinued = m_interruption == Interruption::Continued;
    m_interruption = isContinued ? Interruption::None : Interruption::Refused;
    m_trust = isContinued ? Trust::Unasked : Trust::Denied;
    resumeLimit();
}

// A slot has moved the connection: what the slots have answered until now counts.
void WsClientOpening::onLeaving()
{
    if (m_interruption == Interruption::Asking || m_interruption == Interruption::Continued)
        endInterruption();
    else if (m_trust == Trust::Asking)
        endAsking();
    endAskingForProxy();
    if (!d.movesAlong(m_cookieJar))
        m_cookieJar.clear();
    if (m_next == Next::Nothing)
        return;
    m_answeredLogin = answeredLogin();
    m_authenticator.reset();
    d.threads.callLater([&client = d, session = d.life.session()] {
        if (client.life.session() == session && client.clientOpening())
            client.clientOpening()->proceed();
    });
}

void WsClientOpening::endAsking()
{
    const bool isTrusted = m_ignoredSslErrors.contain(m_sslErrors);
    const bool pauses = d.pausesOnSslErrors() && !m_hasContinued && isPeerVerified();
    m_trust = isTrusted ? Trust::Given : pauses ? Trust::Held : Trust::Denied;
    d.link.transport()->setPauseOnSslErrors(m_trust == Trust::Held);
    if (m_trust != Trust::Held)
        resumeLimit();
}

// If not, the errors are only reported.
bool WsClientOpening::isPeerVerified() const
{
    const QSslSocket::PeerVerifyMode mode = d.link.transport()->sslConfiguration().peerVerifyMode();
    return mode != QSslSocket::VerifyNone && mode != QSslSocket::QueryPeer;
}

bool WsClientOpening::ignoreSslErrors(const WsIgnoredSslErrors &errors)
{
    // It may be the answer about an earlier server. A list names the certificates that are meant.
    const bool mayMeanOther = d.isDistrusted() || !m_hops.isAtOrigin();
    switch (m_trust) {
    case Trust::Unasked:
        if (mayMeanOther && !errors.nameCertificates())
            return false;
        m_ignoredSslErrors.add(errors);
        return true;
    case Trust::Asking:
    case Trust::Held:
        m_ignoredSslErrors.add(errors);
        passIgnoredErrors();
        return true;
    case Trust::Given: // nothing is left to ignore here, and the next hop must not be less safe
        return !m_sslErrors.isEmpty() && m_ignoredSslErrors.contain(m_sslErrors);
    case Trust::Denied:
        break;
    }
    return false;
}

void WsClientOpening::passIgnoredErrors()
{
    if (m_ignoredSslErrors.areAll)
        d.link.transport()->ignoreSslErrors();
    else if (!m_ignoredSslErrors.some.isEmpty())
        d.link.transport()->ignoreSslErrors(m_ignoredSslErrors.some);
}

bool WsClientOpening::continueOpening(bool isTrusted)
{
    if (m_interruption != Interruption::None)
        return false;
    if (isTrusted && (m_trust == Trust::Asking || m_trust == Trust::Held))
        ignoreSslErrors({true, {}});
    if (m_trust == Trust::Asking) { // called by a slot; the transport does not wait yet
        m_hasContinued = true;
        return true;
    }
    if (m_trust != Trust::Held)
        return false;
    m_trust = m_ignoredSslErrors.contain(m_sslErrors) ? Trust::Given : Trust::Denied;
    resumeLimit();
    d.link.transport()->continueAfterSslErrors();
    return true;
}

WsError WsClientOpening::tlsError(const QString &text)
{
    WsError error(Ws::ErrorKind::Tls, text, Ws::TlsHandshake);
    error.setSocketError(QAbstractSocket::SslHandshakeFailedError);
    return error;
}

// The error that the transport has told nobody of, while the connection was on its way to another thread.
WsError WsClientOpening::distrustError() const
{
    return tlsError(m_sslErrors.constFirst().errorString());
}

// --- the key

void WsClientOpening::onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator)
{
    Q_EMIT d.client()->preSharedKeyAuthenticationRequired(authenticator);
}

// --- the proxy

// The slots answer at once, possibly after a dialog.
void WsClientOpening::onProxyAuthentication(const QNetworkProxy &proxy, QAuthenticator *authenticator)
{
    d.proxyLogins.onAsked();
    holdLimit();
    m_proxyAuthenticator = authenticator;
    WsLifeGuard guard(d);
    Q_EMIT d.client()->proxyAuthenticationRequired(proxy, authenticator);
    if (guard.isStillIn(this))
        endAskingForProxy();
}

void WsClientOpening::endAskingForProxy()
{
    const QAuthenticator *const authenticator = std::exchange(m_proxyAuthenticator, nullptr);
    if (!authenticator)
        return;
    d.proxyLogins.onAnswered({authenticator->user(), authenticator->password()});
    resumeLimit();
}
