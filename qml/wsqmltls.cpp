// SPDX-License-Identifier: MIT
#include "wsqmltls.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlcontext.h>

namespace {
QString pathOf(const QObject *object, const QUrl &url)
{
    if (url.scheme().size() == 1)
        return url.toString(); // a drive: C:/server.pem
    if (url.isRelative() && QDir::isAbsolutePath(url.path()))
        return url.path();
    const QQmlContext *context = qmlContext(object);
    const QUrl resolved = context ? context->resolvedUrl(url) : url;
    if (resolved.scheme() == QLatin1String("qrc"))
        return QLatin1Char(':') + resolved.path();
    return resolved.isLocalFile() ? resolved.toLocalFile() : resolved.toString();
}

// Without a result there is a problem.
template <typename Result, typename Parse>
Result read(const QObject *object, const QUrl &url, QString &problem, const char *what, Parse parse)
{
    QFile file(pathOf(object, url));
    if (!file.open(QIODevice::ReadOnly)) {
        problem = QStringLiteral("%1: %2").arg(file.fileName(), file.errorString());
        return {};
    }
    const Result result = parse(file.readAll());
    if (result == Result())
        problem = QStringLiteral("%1 holds no %2 in PEM format").arg(file.fileName(), QLatin1String(what));
    return result;
}

QList<QSslCertificate> readCertificates(const QObject *object, const QUrl &url, QString &problem)
{
    return read<QList<QSslCertificate>>(object, url, problem, "certificate",
                                        [](const QByteArray &pem) { return QSslCertificate::fromData(pem); });
}

QSslKey readPrivateKey(const QObject *object, const QUrl &url, QString &problem)
{
    return read<QSslKey>(object, url, problem, "private key without a passphrase", [](const QByteArray &pem) {
        for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec, QSsl::Dsa}) {
            if (const QSslKey key(pem, algorithm); !key.isNull())
                return key;
        }
        return QSslKey();
    });
}
} // namespace

QString WsTlsFiles::load(const QObject *object, QSslConfiguration &configuration) const
{
    QString problem;
    if (certificate.isEmpty() != privateKey.isEmpty())
        return QStringLiteral("certificateFile and privateKeyFile need each other");
    if (!certificate.isEmpty())
        configuration.setLocalCertificateChain(readCertificates(object, certificate, problem));
    if (!privateKey.isEmpty() && problem.isEmpty())
        configuration.setPrivateKey(readPrivateKey(object, privateKey, problem));
    if (!authorities.isEmpty() && problem.isEmpty())
        configuration.setCaCertificates(readCertificates(object, authorities, problem));
    return problem;
}
