// SPDX-License-Identifier: MIT
#ifndef WSADDRESSBLOCK_H
#define WSADDRESSBLOCK_H

#include <QtCore/qstring.h>
#include <QtNetwork/qhostaddress.h>

// What limits per address count as one: an IPv4 address, or the first 64 bits of an IPv6 address, all of
// whose addresses a single host can use (RFC 4291 §2.5.1, RFC 6177). IPv4 addresses that are written as IPv6
// ones count as what they are.
QHostAddress wsAddressBlock(const QHostAddress &address);

// How error texts name it: "the address" or "the network 2001:db8::/64".
QString wsAddressBlockText(const QHostAddress &address);

#endif // WSADDRESSBLOCK_H
