// SPDX-License-Identifier: MIT
#include "net/socket/wstransport.h"

#include "net/loop/wsthreadcontext.h"

WsTransport::~WsTransport()
{
    if (WsThreadContext *const context = WsThreadContext::currentOrNull())
        context->forget(this);
}

WsError WsTransport::lostError() const
{
    return WsError(Ws::ErrorKind::Network, QStringLiteral("the connection ended without a Close frame"));
}

QHostAddress wsUnmapped(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    bool isIPv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIPv4);
    return isIPv4 ? QHostAddress(ipv4) : address;
}
