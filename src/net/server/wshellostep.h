// SPDX-License-Identifier: MIT
#ifndef WSHELLOSTEP_H
#define WSHELLOSTEP_H

#include "net/server/wspreamble.h"

QT_BEGIN_NAMESPACE
class QSslConfiguration;
QT_END_NAMESPACE

// Waits for the ClientHello of TLS, and finds out which server the client wants, for a server that has
// certificates for several names. TLS then reads the same bytes: what it cannot read is left to it, and gets
// the certificate for all other names. Only a header of the PROXY protocol is refused, because TLS cannot say
// what it is. A client that sends nothing costs no TLS.
class WsHelloStep final : public WsPreambleStep
{
public:
    static bool isNeeded(const WsAcceptedClient &client);

    qsizetype maxSize() const override;
    WsPreambleVerdict look(QByteArrayView bytes, WsAcceptedClient *client) override;
    QString awaited() const override;
};

// The configuration for \a client, of a server that uses TLS.
QSslConfiguration wsTlsFor(const WsAcceptedClient &client);

#endif // WSHELLOSTEP_H
