// SPDX-License-Identifier: MIT
#include "wsqmltls.h"

#include <WsKit/wsclient.h>
#include <WsKit/wsserver.h>

#include <QtCore/qdir.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlcontext.h>

namespace {
QString pathOf(const QObject *object, const QUrl &url)
{
    if (url.isEmpty())
        return {};
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

// The two sides have the same functions, which say in errorString() what is wrong or missing.
template <typename Side>
QString applyFiles(const WsTlsFiles &files, Side *side, bool needsCertificate)
{
    // The certificate is last: it switches TLS on at a server.
    const bool isApplied =
        (files.authorities.isEmpty() || side->setCaCertificates(pathOf(side, files.authorities)))
        && (!needsCertificate
            || side->setLocalCertificate(pathOf(side, files.certificate), pathOf(side, files.privateKey),
                                         files.passPhrase.toUtf8()));
    return isApplied ? QString() : side->errorString();
}
} // namespace

QString WsTlsFiles::apply(WsClient *client) const
{
    client->setSslConfiguration(QSslConfiguration::defaultConfiguration());
    return applyFiles(*this, client, !certificate.isEmpty() || !privateKey.isEmpty());
}

QString WsTlsFiles::apply(WsServer *server) const
{
    if (isEmpty()) {
        server->setSslConfiguration(QSslConfiguration());
        return {};
    }
    const QSslConfiguration before = server->sslConfiguration();
    // TLS that is on stays so, or slots would be told that it is off.
    server->setSslConfiguration(before.isNull() ? before : QSslConfiguration::defaultConfiguration());
    const QString problem = applyFiles(*this, server, true);
    if (!problem.isEmpty())
        server->setSslConfiguration(before);
    return problem;
}
