// SPDX-License-Identifier: MIT
#ifndef WSAUTHORITY_H
#define WSAUTHORITY_H

#include <QtCore/qbytearrayview.h>

#include <optional>

// "host[:port]" (RFC 3986 §3.2), as in the Host header and in an origin.
struct WsAuthority
{
    QByteArrayView host; // an IPv6 address with its brackets
    int port = -1;       // -1: none given
};

// Refers to \a text; returns nothing if that is not "host[:port]".
std::optional<WsAuthority> wsParseAuthority(QByteArrayView text);

#endif // WSAUTHORITY_H
