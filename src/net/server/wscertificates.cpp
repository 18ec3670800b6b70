// SPDX-License-Identifier: MIT
#include "net/server/wscertificates.h"

#include "net/socket/wstlsfiles.h"
#include "protocol/wsauthority.h"

#include <QtCore/qfileinfo.h>
#include <QtNetwork/qsslconfiguration.h>

#include <algorithm>

using namespace Qt::StringLiterals;

QString wsLastingPath(const QString &path)
{
    return path.isEmpty() ? QString() : QFileInfo(path).absoluteFilePath();
}

QString WsLocalCertificate::read()
{
    QSslConfiguration configuration;
    const QString problem = wsLoadLocalCertificate(pemFile, keyFile, passPhrase, &configuration);
    if (problem.isEmpty()) {
        chain = configuration.localCertificateChain();
        key = configuration.privateKey();
    }
    return problem;
}

void WsLocalCertificate::applyTo(QSslConfiguration *configuration) const
{
    configuration->setLocalCertificateChain(chain);
    configuration->setPrivateKey(key);
}

bool WsLocalCertificate::isIn(const QSslConfiguration &configuration) const
{
    return !pemFile.isEmpty() && configuration.localCertificateChain() == chain;
}

WsLocalCertificate WsLocalCertificate::withLastingPaths() const
{
    WsLocalCertificate lasting = *this;
    lasting.pemFile = wsLastingPath(pemFile);
    lasting.keyFile = wsLastingPath(keyFile);
    return lasting;
}

QString WsAuthorityFile::read()
{
    QSslConfiguration configuration;
    const QString problem = wsLoadCaCertificates(pemFile, &configuration);
    if (problem.isEmpty())
        certificates = configuration.caCertificates();
    return problem;
}

bool WsAuthorityFile::isIn(const QSslConfiguration &configuration) const
{
    return !pemFile.isEmpty() && configuration.caCertificates() == certificates;
}

namespace {
// RFC 6066 §3: a DNS name, which is never an address (RFC 1035 §2.3.4: at most 253 characters).
bool isDnsName(QByteArrayView name)
{
    const auto isOfName = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    return !name.isEmpty() && name.size() <= 253 && !name.startsWith('.') && !name.contains("..")
           && std::all_of(name.begin(), name.end(), isOfName);
}
} // namespace

QByteArray WsNamedCertificates::normalized(const QString &name, QString *problem)
{
    const QByteArray normal = wsComparableHost(wsListedAuthority(name));
    if (wsIsAddress(normal)) {
        *problem = u"\"%1\" is an address, which no client names (RFC 6066 §3): the certificate of "
                   "setLocalCertificate() has to be for it"_s.arg(name);
        return {};
    }
    const QByteArrayView domain = QByteArrayView(normal).sliced(normal.startsWith("*.") ? 2 : 0);
    if (isDnsName(domain))
        return normal;
    *problem = u"\"%1\" is not a server name such as \"example.com\" or \"*.example.com\""_s.arg(name);
    return {};
}

void WsNamedCertificates::set(const QByteArray &normalizedName, const WsLocalCertificate &certificate)
{
    m_certificates.insert(normalizedName, certificate);
}

const WsLocalCertificate *WsNamedCertificates::find(const QByteArray &sentName) const
{
    const QByteArray name = wsComparableHost(sentName);
    auto found = m_certificates.constFind(name);
    if (found == m_certificates.cend()) {
        const qsizetype dot = name.indexOf('.');
        if (dot > 0)
            found = m_certificates.constFind('*' + name.sliced(dot));
    }
    return found == m_certificates.cend() ? nullptr : &*found;
}

QString WsNamedCertificates::read()
{
    for (WsLocalCertificate &certificate : m_certificates) {
        if (const QString problem = certificate.read(); !problem.isEmpty())
            return problem;
    }
    return {};
}
