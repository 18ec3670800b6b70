// SPDX-License-Identifier: MIT
#include "net/server/wshellostep.h"

#include "net/server/wsproxystep.h"
#include "protocol/wsclienthello.h"

using namespace Qt::StringLiterals;
using Result = WsPreambleVerdict::Result;

bool WsHelloStep::isNeeded(const WsAcceptedClient &client)
{
    return client.settings->sslConfiguration && !client.isLocal && !client.serverName;
}

qsizetype WsHelloStep::maxSize() const
{
    return WsMaxClientHello;
}

QString WsHelloStep::awaited() const
{
    return u"the ClientHello of TLS"_s;
}

WsPreambleVerdict WsHelloStep::look(QByteArrayView bytes, WsAcceptedClient *client)
{
    const WsClientHello hello = wsReadClientHello(bytes);
    if (hello.result == WsClientHello::Result::NeedsBytes)
        return {};
    if (hello.result == WsClientHello::Result::Unreadable) {
        const std::optional<bool> isProxyHeader = wsBeginsProxyHeader(bytes);
        if (!isProxyHeader)
            return {};
        if (*isProxyHeader)
            return {Result::Refused, 0, wsUnexpectedProxyHeader(*client)};
    }
    client->serverName = hello.serverName;
    return {Result::Done, 0, {}};
}

QSslConfiguration wsTlsFor(const WsAcceptedClient &client)
{
    QSslConfiguration tls = *client.settings->sslConfiguration;
    if (client.serverName) {
        if (const WsLocalCertificate *const named =
                client.settings->namedCertificates.find(*client.serverName))
            named->applyTo(&tls);
    }
    return tls;
}
