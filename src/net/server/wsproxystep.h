// SPDX-License-Identifier: MIT
#ifndef WSPROXYSTEP_H
#define WSPROXYSTEP_H

#include "net/server/wspreamble.h"

// Reads the header of the PROXY protocol that a trusted proxy has to send first.
class WsProxyStep final : public WsPreambleStep
{
public:
    explicit WsProxyStep(const WsAcceptedClient &client);

    qsizetype maxSize() const override;
    WsPreambleVerdict look(QByteArrayView bytes, WsAcceptedClient *client) override;
    QString awaited() const override;

private:
    const QString m_proxy;
};

// A proxy, as the log and errors name it.
QString wsProxyName(const QHostAddress &address);
// Of a client that begins with a header of the PROXY protocol although it may not.
QString wsUnexpectedProxyHeader(const WsAcceptedClient &client);

#endif // WSPROXYSTEP_H
