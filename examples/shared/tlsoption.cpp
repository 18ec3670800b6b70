// SPDX-License-Identifier: MIT
#include "tlsoption.h"

#include "toolkittexts.h"

#include <WsKit/WsServer>

QCommandLineOption tlsOption()
{
    return {QStringLiteral("tls"),
            Toolkit::tr("Serve wss:// with the certificate chain and the private key in two PEM files."),
            Toolkit::tr("certificate> <key")};
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

QString applyTlsOption(const QStringList &values, WsServer *server)
{
    if (values.isEmpty())
        return {};
    if (values.size() != 2)
        return Toolkit::tr("--tls needs two files: the certificate and its private key");
    return server->setLocalCertificate(values.at(0), values.at(1)) ? QString() : server->errorString();
}
