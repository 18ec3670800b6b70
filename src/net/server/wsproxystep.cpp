// SPDX-License-Identifier: MIT
#include "net/server/wsproxystep.h"

#include "net/socket/wstransport.h"

using namespace Qt::StringLiterals;
using Result = WsPreambleVerdict::Result;

QString wsProxyName(const QHostAddress &address)
{
    return address.isNull() ? u"a local socket"_s : address.toString();
}

QString wsUnexpectedProxyHeader(const WsAcceptedClient &client)
{
    const QString text = u"the connection begins with a header of the PROXY protocol, and %1"_s;
    if (client.proxyHeader)
        return text.arg(u"it is the second one"_s);
    if (!client.settings->proxyProtocol)
        return text.arg(u"this server has proxyProtocol switched off"_s);
    return text.arg(u"%1 is not one of the trustedProxies of this server"_s.arg(wsProxyName(client.address)));
}

WsProxyStep::WsProxyStep(const WsAcceptedClient &client) : m_proxy(wsProxyName(client.address)) { }

qsizetype WsProxyStep::maxSize() const
{
    return WsMaxProxyHeader;
}

QString WsProxyStep::awaited() const
{
    return u"the PROXY header of the trusted proxy %1"_s.arg(m_proxy);
}

WsPreambleVerdict WsProxyStep::look(QByteArrayView bytes, WsAcceptedClient *client)
{
    const WsProxyReading reading = wsReadProxyHeader(bytes);
    switch (reading.result) {
    case WsProxyReading::Result::NeedsBytes:
        break;
    case WsProxyReading::Result::Missing:
        return {
            Result::Refused, 0,
            u"the trusted proxy %1 has sent no header of the PROXY protocol, which proxyProtocol requires"_s
                .arg(m_proxy)};
    case WsProxyReading::Result::Broken:
        return {Result::Refused, 0,
                u"the PROXY header of the trusted proxy %1 is wrong: %2"_s.arg(m_proxy, reading.problem)};
    case WsProxyReading::Result::Complete:
        client->proxyHeader = reading.header;
        if (!reading.header.isOfProxy) {
            client->proxyAddress = client->address;
            client->address = wsUnmapped(QHostAddress(QString::fromLatin1(reading.header.address)));
        }
        return {Result::Done, reading.size, {}};
    }
    return {};
}
