// SPDX-License-Identifier: MIT

// The TLS settings of a server.

#include "net/server/wsserver_p.h"

#include <QtNetwork/qsslsocket.h>

#include <utility>

using namespace Qt::StringLiterals;

QSslConfiguration WsServerPrivate::tls() const
{
    if (settings->sslConfiguration)
        return *settings->sslConfiguration;
    return pendingTls.value_or(QSslConfiguration::defaultConfiguration());
}

// A slot may delete the server.
void WsServerPrivate::setTls(const QSslConfiguration &configuration)
{
    std::optional<QSslConfiguration> used;
    if (!configuration.isNull())
        used = configuration;
    if (used && used->peerVerifyMode() == QSslSocket::AutoVerifyPeer)
        used->setPeerVerifyMode(QSslSocket::VerifyNone);
    const bool hadTls = settings->sslConfiguration.has_value();
    setSetting(&WsServerSettings::sslConfiguration, used);
    pendingTls.reset();
    if (listeners.isListening() && used.has_value() != hadTls)
        Q_EMIT q->listeningChanged(); // the URLs begin with another scheme
}

// Without a certificate it waits for one.
void WsServerPrivate::useTls(const QSslConfiguration &configuration)
{
    if (settings->sslConfiguration)
        setTls(configuration);
    else
        pendingTls = configuration;
}

bool WsServerPrivate::setCaCertificates(const QString &pemFile)
{
    if (!isOwnThread())
        return misuse(u"only the server's own thread can load certificates"_s);
    WsAuthorityFile authorities{pemFile, {}};
    if (const QString problem = authorities.read(); !problem.isEmpty())
        return misuse(problem);
    QSslConfiguration changed = tls();
    changed.setCaCertificates(authorities.certificates);
    if (changed.peerVerifyMode() != QSslSocket::QueryPeer)
        changed.setPeerVerifyMode(QSslSocket::VerifyPeer);
    authorities.pemFile = wsLastingPath(pemFile);
    m_authorities = authorities;
    useTls(changed);
    return true;
}

bool WsServerPrivate::setLocalCertificate(const QString &pemFile, const QString &keyFile,
                                          const QByteArray &passPhrase)
{
    if (!isOwnThread())
        return misuse(u"only the server's own thread can load a certificate"_s);
    WsLocalCertificate certificate{pemFile, keyFile, passPhrase, {}, {}};
    if (const QString problem = certificate.read(); !problem.isEmpty())
        return misuse(problem);
    QSslConfiguration changed = tls();
    certificate.applyTo(&changed);
    m_certificate = certificate.withLastingPaths();
    setTls(changed);
    return true;
}

bool WsServerPrivate::addLocalCertificate(const QString &name, WsLocalCertificate certificate)
{
    if (!isOwnThread())
        return misuse(u"only the server's own thread can load a certificate"_s);
    QString problem;
    const QByteArray normalized = WsNamedCertificates::normalized(name, &problem);
    if (problem.isEmpty() && !settings->sslConfiguration)
        problem =
            u"the certificate for \"%1\" cannot be added before setLocalCertificate() has set the one for "
            "clients that name no server"_s.arg(name);
    if (problem.isEmpty())
        problem = certificate.read();
    if (!problem.isEmpty())
        return misuse(problem);
    WsNamedCertificates changed = settings->namedCertificates;
    changed.set(normalized, certificate.withLastingPaths());
    setSetting(&WsServerSettings::namedCertificates, changed);
    return true;
}

bool WsServerPrivate::reloadCertificates()
{
    if (!isOwnThread())
        return misuse(u"only the server's own thread can load certificates"_s);
    QSslConfiguration changed = tls();
    std::optional<WsLocalCertificate> certificate = m_certificate;
    WsAuthorityFile authorities = m_authorities;
    WsNamedCertificates named = settings->namedCertificates;
    const bool hasCertificate = certificate && certificate->isIn(changed);
    const bool hasAuthorities = authorities.isIn(changed);
    if (!hasCertificate && !hasAuthorities && named.isEmpty())
        return misuse(
            u"none of the server's certificates was loaded from a file, so none can be loaded again"_s);
    QString problem = hasCertificate ? certificate->read() : QString();
    if (problem.isEmpty() && hasAuthorities)
        problem = authorities.read();
    if (problem.isEmpty())
        problem = named.read();
    if (!problem.isEmpty())
        return misuse(problem);
    if (hasCertificate)
        certificate->applyTo(&changed);
    if (hasAuthorities)
        changed.setCaCertificates(authorities.certificates);
    m_certificate = certificate;
    m_authorities = authorities;
    setSetting(&WsServerSettings::namedCertificates, named);
    useTls(changed);
    return true;
}
