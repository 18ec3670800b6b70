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

// The two sides have the same functions.
template <typename Side>
QString applyFiles(const WsTlsFiles &files, Side *side)
{
    if (files.certificate.isEmpty() != files.privateKey.isEmpty())
        return QStringLiteral("certificateFile and privateKeyFile must be set together");
    const bool isApplied =
        (files.certificate.isEmpty()
         || side->setLocalCertificate(pathOf(side, files.certificate), pathOf(side, files.privateKey),
                                      files.passPhrase.toUtf8()))
        && (files.authorities.isEmpty() || side->setCaCertificates(pathOf(side, files.authorities)));
    return isApplied ? QString() : side->errorString();
}
} // namespace

QString WsTlsFiles::apply(WsClient *client) const
{
    client->setSslConfiguration(QSslConfiguration::defaultConfiguration());
    return applyFiles(*this, client);
}

QString WsTlsFiles::apply(WsServer *server) const
{
    const QSslConfiguration before = server->sslConfiguration();
    server->setSslConfiguration(QSslConfiguration());
    if (isEmpty())
        return {};
    QString problem = applyFiles(*this, server);
    if (problem.isEmpty() && certificate.isEmpty())
        problem = QStringLiteral("a server needs a certificateFile");
    if (!problem.isEmpty())
        server->setSslConfiguration(before);
    return problem;
}
