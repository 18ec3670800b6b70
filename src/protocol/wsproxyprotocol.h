// SPDX-License-Identifier: MIT
#ifndef WSPROXYPROTOCOL_H
#define WSPROXYPROTOCOL_H

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <optional>

// The PROXY protocol, by which a proxy that only passes bytes on says whom it does that for: version 1, a
// line of text, and version 2, which is binary (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).

struct WsProxyHeader
{
    // The client, unless the proxy connects for itself (LOCAL), does not know (UNKNOWN, UNSPEC), or has it
    // from a local socket.
    QByteArray address; // an IPv6 address without brackets
    quint16 port = 0;
    // The connection is the proxy's own, or whose it is cannot be said: it has to be treated as the proxy's
    // own.
    bool isOfProxy = false;
    // Whether the client uses TLS; only version 2 can tell.
    std::optional<bool> isEncrypted;
};

struct WsProxyReading
{
    enum class Result {
        NeedsBytes,
        Complete,
        Missing, // the bytes begin with something else
        Broken
    };

    Result result = Result::NeedsBytes;
    qsizetype size = 0; // of the header, once it is Complete
    WsProxyHeader header;
    QString problem; // what is wrong with a Broken one
};

// The most that a header takes.
constexpr qsizetype WsMaxProxyLine = 107; // of version 1, with CRLF
constexpr qsizetype WsMaxProxyHeader =
    16 + 4096; // of version 2: 64 KiB are possible, a few hundred bytes common

// Reads the header that \a bytes, the first of a connection, begin with. They are to be passed from the first
// one each time.
WsProxyReading wsReadProxyHeader(QByteArrayView bytes);

// Whether \a bytes, the first of a connection, begin a header; nothing if more bytes are needed to tell. For
// servers that do not expect one.
std::optional<bool> wsBeginsProxyHeader(QByteArrayView bytes);

#endif // WSPROXYPROTOCOL_H
