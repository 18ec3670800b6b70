// SPDX-License-Identifier: MIT
#ifndef WSFORWARDED_H
#define WSFORWARDED_H

#include <WsKit/wsheaders.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <functional>
#include <optional>

// What the headers of a trusted proxy say of the client: Forwarded (RFC 7239), or X-Forwarded-For,
// X-Forwarded-Proto and X-Forwarded-Host.
//
// Each proxy appends whom it got the request from. The rightmost entry is that of the trusted proxy. As long
// as an entry names a proxy that is trusted as well, the entry to the left of it is that proxy's. The first
// one that names anybody else names the client; everything to the left of it was sent by the client and is
// not even read.
//
// Many proxies set one kind of headers and pass on the other kind as the client has sent it, and nobody can
// see which. So if there are both kinds, they must say the same.
struct WsForwarded
{
    bool namesClient = false; // or the request is the proxy's own, or it does not say
    QByteArray address;       // of the client, an IPv6 address without brackets; empty if it is not known
    quint16 port = 0;         // 0: not known
    std::optional<bool> isEncrypted; // between the client and the first trusted proxy
    QByteArray host;                 // that the client has sent the request to; empty: not known
    QString problem;                 // why the headers cannot be used, or empty
};

// Whether an address, an IPv6 one without brackets, is that of a trusted proxy.
using WsProxyTrust = std::function<bool(QByteArrayView address)>;

// \a headers are those of a request that a trusted proxy has sent.
WsForwarded wsReadForwarded(const WsHeaders &headers, const WsProxyTrust &isTrusted);

#endif // WSFORWARDED_H
