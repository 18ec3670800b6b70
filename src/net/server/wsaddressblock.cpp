// SPDX-License-Identifier: MIT
#include "net/server/wsaddressblock.h"

#include "net/socket/wstransport.h"

#include <algorithm>
#include <iterator>

namespace {
// RFC 6052 §2.1: a host that has only IPv4, behind a translator.
bool isTranslated(const QHostAddress &address)
{
    static const auto *const network = new QHostAddress(QStringLiteral("64:ff9b::")); // never destroyed
    return address.isInSubnet(*network, 96);
}

bool isCountedWhole(const QHostAddress &address)
{
    // The network of link-local addresses is that of all neighbours.
    return address.protocol() != QAbstractSocket::IPv6Protocol || address.isLoopback()
           || address.isLinkLocal() || isTranslated(address);
}
} // namespace

QHostAddress wsAddressBlock(const QHostAddress &address)
{
    const QHostAddress own = wsUnmapped(address);
    if (isCountedWhole(own))
        return own;
    Q_IPV6ADDR bytes = own.toIPv6Address();
    std::fill(std::begin(bytes.c) + 8, std::end(bytes.c), quint8(0));
    return QHostAddress(bytes);
}

QString wsAddressBlockText(const QHostAddress &address)
{
    const QHostAddress block = wsAddressBlock(address);
    return isCountedWhole(block) ? QStringLiteral("the address")
                                 : QStringLiteral("the network %1/64").arg(block.toString());
}
