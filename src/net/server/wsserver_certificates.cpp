// SPDX-License-Identifier: MIT

// Certificates: of several hosts, read again, and of clients.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

bool WsServer::addLocalCertificate(const QString &, const QString &pemFile, const QString &,
                                   const QByteArray &)
{
    return d->misuse(QStringLiteral("cannot read %1").arg(pemFile));
}

bool WsServer::reloadCertificates()
{
    return false;
}

void WsServer::setCertificateMapper(CertificateMapper mapper)
{
    d->run([mapper = std::move(mapper)](WsServerPrivate &data) {
        data.setSetting(&WsServerSettings::certificateMapper, mapper);
    });
}
