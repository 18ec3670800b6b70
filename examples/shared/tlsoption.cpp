// SPDX-License-Identifier: MIT
#include "tlsoption.h"

#include <QtCore/qfile.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslkey.h>

namespace {
QSslKey readPrivateKey(const QByteArray &pem)
{
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
        const QSslKey key(pem, algorithm);
        if (!key.isNull())
            return key;
    }
    return {};
}
} // namespace

QCommandLineOption tlsOption()
{
    return {QStringLiteral("tls"),
            QStringLiteral("Serve wss:// with the certificate chain and the private key in two PEM files."),
            QStringLiteral("certificate> <key")};
}

QStringList splitTlsValues(QStringList arguments)
{
    const QString tls = QStringLiteral("--tls");
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const bool joined = arguments.at(i).startsWith(tls + u'=');
        if (!joined && arguments.at(i) != tls)
            continue;
        const qsizetype key = i + (joined ? 1 : 2);
        if (key < arguments.size() && !arguments.at(key).startsWith(u'-'))
            arguments.insert(key, tls);
        i = key + 1;
    }
    return arguments;
}

std::optional<QSslConfiguration> loadTlsFiles(const QStringList &values, QString *error)
{
    if (values.size() != 2) {
        *error = QStringLiteral("--tls needs two files: the certificate and its private key");
        return {};
    }
    const QList<QSslCertificate> chain = QSslCertificate::fromPath(values.at(0), QSsl::Pem);
    if (chain.isEmpty()) {
        *error = QStringLiteral("no certificate in %1").arg(values.at(0));
        return {};
    }
    QFile file(values.at(1));
    if (!file.open(QIODevice::ReadOnly)) {
        *error = QStringLiteral("%1: %2").arg(file.fileName(), file.errorString());
        return {};
    }
    const QSslKey key = readPrivateKey(file.readAll());
    if (key.isNull()) {
        *error = QStringLiteral("no private key in %1").arg(file.fileName());
        return {};
    }
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificateChain(chain);
    configuration.setPrivateKey(key);
    return configuration;
}
