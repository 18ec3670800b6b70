// SPDX-License-Identifier: MIT
#ifndef WSALPN_H
#define WSALPN_H

#include <QtNetwork/qsslconfiguration.h>

// Whether the client speaks the protocol that the server has chosen by ALPN (RFC 7301): HTTP/1.1, and what
// the application has named itself, except HTTP/2. A server need not choose any.
inline bool wsIsSpokenProtocol(const QByteArray &chosen, const QByteArrayList &offered)
{
    return chosen.isEmpty() || chosen == QSslConfiguration::NextProtocolHttp1_1
           || (offered.contains(chosen) && chosen != QSslConfiguration::ALPNProtocolHTTP2);
}

#endif // WSALPN_H
