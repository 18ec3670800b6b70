// SPDX-License-Identifier: MIT
#ifndef WSCLIENTHELLO_H
#define WSCLIENTHELLO_H

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>

// The first message of a TLS client (RFC 8446 §4.1.2), of which a server wants to know the name that the
// client has asked for (RFC 6066 §3) before TLS begins.

struct WsClientHello
{
    enum class Result {
        NeedsBytes,
        Complete,
        Unreadable // no TLS, malformed or too large: TLS finds out for itself
    };

    Result result = Result::NeedsBytes;
    QByteArray serverName; // as the client has sent it; empty if it names none
};

// The most that is looked at. A message of a few hundred bytes to two kilobytes is usual.
constexpr qsizetype WsMaxClientHello = 16384;

// Reads the message that \a bytes, the first of a connection, begin with. It may be divided into several
// records. They are to be passed from the first one each time.
WsClientHello wsReadClientHello(QByteArrayView bytes);

#endif // WSCLIENTHELLO_H
