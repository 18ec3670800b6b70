// SPDX-License-Identifier: MIT
#include "connectionsettings.h"

#include <QtCore/QFile>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslKey>

namespace {
QByteArray readFile(const QString &name, QString *error)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly)) {
        *error = QStringLiteral("%1: %2").arg(name, file.errorString());
        return {};
    }
    return file.readAll();
}

QSslKey privateKey(const QByteArray &pem)
{
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
        const QSslKey key(pem, algorithm);
        if (!key.isNull())
            return key;
    }
    return {};
}
} // namespace

std::optional<QSslConfiguration> TlsSettings::configuration(QString *error) const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    if (!caFile.isEmpty()) {
        const QList<QSslCertificate> authorities = QSslCertificate::fromData(readFile(caFile, error));
        if (authorities.isEmpty()) {
            if (error->isEmpty())
                *error = tr("%1: no certificate in PEM").arg(caFile);
            return {};
        }
        configuration.addCaCertificates(authorities);
    }
    if (certificateFile.isEmpty())
        return configuration;
    const QList<QSslCertificate> chain = QSslCertificate::fromData(readFile(certificateFile, error));
    const QString keyName = keyFile.isEmpty() ? certificateFile : keyFile;
    const QSslKey key = error->isEmpty() ? privateKey(readFile(keyName, error)) : QSslKey();
    if (error->isEmpty() && chain.isEmpty())
        *error = tr("%1: no certificate in PEM").arg(certificateFile);
    else if (error->isEmpty() && key.isNull())
        *error = tr("%1: no private key in PEM, or one with a passphrase").arg(keyName);
    if (!error->isEmpty())
        return {};
    configuration.setLocalCertificateChain(chain);
    configuration.setPrivateKey(key);
    return configuration;
}
