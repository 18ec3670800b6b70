// SPDX-License-Identifier: MIT
#include "net/server/wsserveropening.h"

#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "net/server/wsserverhome.h"

#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>
#include <QtNetwork/qsslsocket.h>

// Without a filter TLS decides: with VerifyPeer it fails next, with QueryPeer it goes on.
void WsServerOpening::onSslErrors(const QList<QSslError> &errors)
{
    m_singleError.reset();
    const std::shared_ptr<const WsServerSettings> settings = m_client.settings;
    WsLifeGuard guard(d);
    thread().home().callServer([errors, address = d.q->peerAddress(), port = m_peerPort](WsServer &server) {
        Q_EMIT server.sslErrors(address, port, errors);
    });
    if (!guard || !settings->sslErrorFilter)
        return;
    const bool ignoresErrors = isTrusted(errors);
    if (!guard)
        return;
    WsTransport &transport = *d.link.transport();
    m_isCertificateAccepted = ignoresErrors;
    if (ignoresErrors)
        transport.ignoreSslErrors();
    else if (transport.sslConfiguration().peerVerifyMode() != QSslSocket::VerifyPeer)
        onFailure(WsError(Ws::ErrorKind::Tls, errors.constFirst().errorString(), Ws::TlsHandshake));
}

// A filter that throws trusts nobody.
bool WsServerOpening::isTrusted(const QList<QSslError> &errors)
{
    const auto home = m_home;
    const WsServer::SslErrorFilter filter = m_client.settings->sslErrorFilter;
    const QSslConfiguration configuration = d.link.transport()->sslConfiguration();
    bool isAccepted = false;
    const QString thrown = wsThrownBy([&] { isAccepted = filter(errors, configuration); });
    if (!thrown.isNull())
        home->reportThrown(thrown);
    return isAccepted;
}

// Without TLS nothing of Qt's TLS is used: loading it takes time and memory.
std::optional<QSslCertificate> WsServerOpening::identity() const
{
    const WsTransport &transport = *d.link.transport();
    const bool isTrusted = !transport.hasSslErrors() || m_isCertificateAccepted;
    if (!m_client.settings->certificateMapper || !transport.usesTls() || !isTrusted)
        return {};
    const QSslCertificate certificate = transport.sslConfiguration().peerCertificate();
    return certificate.isNull() ? std::nullopt : std::optional(certificate);
}

void WsServerOpening::onPeerVerifyError(const QSslError &error)
{
    m_singleError = error;
    thread().home().callServer([error, address = d.q->peerAddress(), port = m_peerPort](WsServer &server) {
        Q_EMIT server.peerVerifyError(address, port, error);
    });
}

// Only a filter can trust the client, and it is asked when all errors are known.
void WsServerOpening::onHandshakeInterrupted(const QSslError &error)
{
    WsLifeGuard guard(d);
    thread().home().callServer([error, address = d.q->peerAddress(), port = m_peerPort](WsServer &server) {
        Q_EMIT server.handshakeInterruptedOnError(address, port, error);
    });
    if (guard && m_client.settings->sslErrorFilter)
        d.link.transport()->continueHandshake();
}

// A handler that throws gives no key.
void WsServerOpening::onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator)
{
    const WsServer::PreSharedKeyHandler handler = m_client.settings->preSharedKeyHandler;
    if (!handler)
        return;
    const auto home = m_home;
    const QString thrown = wsThrownBy([&] { handler(authenticator); });
    if (thrown.isNull())
        return;
    authenticator->setPreSharedKey({});
    home->reportThrown(thrown);
}

// At any time. Each connection over TLS ends with an alert, so other threads only report those that are
// wanted.
void WsServerThread::onAlert(const WsEndpoints &client, const WsAlert &alert)
{
    if (!home().reportsAlerts)
        return;
    home().callServer([client, alert](WsServer &server) {
        if (alert.isSent)
            Q_EMIT server.alertSent(client.peerAddress, client.peerPort, alert.level, alert.type,
                                    alert.description);
        else
            Q_EMIT server.alertReceived(client.peerAddress, client.peerPort, alert.level, alert.type,
                                        alert.description);
    });
}

std::function<void(const WsAlert &)> WsServerThread::lateAlerts(const WsEndpoints &client)
{
    if (!home().reportsAlerts)
        return {};
    return [self = shared_from_this(), client](const WsAlert &alert) {
        WsThreadContext::current().callSoon([self, client, alert] { self->onAlert(client, alert); });
    };
}
