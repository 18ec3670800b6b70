// SPDX-License-Identifier: MIT
#ifndef WSAUTHORITY_H
#define WSAUTHORITY_H

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>

#include <optional>

// "host[:port]" (RFC 3986 §3.2), as in the Host header and in an origin.
struct WsAuthority
{
    QByteArrayView host; // an IPv6 address with its brackets and its zone
    int port = -1;       // -1: none given
};

// Refers to \a text; returns nothing if that is not "host[:port]".
std::optional<WsAuthority> wsParseAuthority(QByteArrayView text);

// \a host as it is compared with others: in lower case, without the zone of an IPv6 address (RFC 6874: it
// means something on one machine alone) and without the dot that may end a name.
QByteArray wsComparableHost(QByteArrayView host);
// Whether \a host is an IPv4 address, written as four decimal numbers, or an IPv6 address in brackets.
bool wsIsAddress(QByteArrayView host);

#endif // WSAUTHORITY_H
