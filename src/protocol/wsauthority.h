// SPDX-License-Identifier: MIT
#ifndef WSAUTHORITY_H
#define WSAUTHORITY_H

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <optional>

// "host[:port]" (RFC 3986 §3.2), as in the Host header and in an origin.
struct WsAuthority
{
    QByteArrayView host; // an IPv6 address with its brackets and its zone
    int port = -1;       // -1: none given
};

// Refers to \a text; returns nothing if that is not "host[:port]".
std::optional<WsAuthority> wsParseAuthority(QByteArrayView text);

// \a host as it is compared with others: in lower case and without the dot that may end a name. An IPv6
// address as RFC 5952 writes it, without its zone (RFC 6874: it means something on one machine alone).
QByteArray wsComparableHost(QByteArrayView host);
// Whether \a host is an IPv4 address, written as four decimal numbers, or an IPv6 address in brackets.
bool wsIsAddress(QByteArrayView host);

// --- What users list: names, addresses, and *.domain, which stands for all subdomains.

// \a text, host[:port], with the brackets of an IPv6 address, and in ASCII (RFC 3490).
QByteArray wsListedAuthority(const QString &text);
// Whether \a listed, the host of an entry, can match any host.
bool wsCanMatch(QByteArrayView listed);
// Whether \a host is the one that is listed. Both are wsComparableHost().
bool wsMatchesListed(QByteArrayView listed, QByteArrayView host);

#endif // WSAUTHORITY_H
