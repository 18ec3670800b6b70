// SPDX-License-Identifier: MIT
#include "net/server/wstrustedproxies.h"

#include "net/socket/wstransport.h"
#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
// QHostAddress would also take "10" and "10.1" for addresses.
QHostAddress addressIn(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    const bool isAddress = wsIsAddress(bytes.contains(':') ? '[' + bytes + ']' : bytes);
    return isAddress && !bytes.contains('%') ? QHostAddress(text) : QHostAddress();
}

// Whether bits of \a address beyond the first \a size are set.
bool hasMore(const QHostAddress &address, int size)
{
    if (address.protocol() == QAbstractSocket::IPv4Protocol)
        return size < 32 && (address.toIPv4Address() << size) != 0;
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    for (int bit = size; bit < 128; ++bit) {
        if (bytes[bit / 8] >> (7 - bit % 8) & 1)
            return true;
    }
    return false;
}
} // namespace

WsTrustedProxies::WsTrustedProxies(const QStringList &entries, QStringList *problems)
{
    for (const QString &entry : entries) {
        const QString problem = add(entry);
        if (!problem.isEmpty() && problems)
            problems->append(problem);
    }
}

// Returns why the entry cannot be used.
QString WsTrustedProxies::add(const QString &entry)
{
    if (entry == "unix:"_L1) {
        m_containsLocal = true;
        return {};
    }
    const QString quoted = wsQuoted(entry.toUtf8());
    const qsizetype slash = entry.indexOf(u'/');
    const QHostAddress given = addressIn(slash < 0 ? entry : entry.first(slash));
    const bool isIpv6 = given.protocol() == QAbstractSocket::IPv6Protocol;
    const QByteArray number =
        slash < 0 ? QByteArray(isIpv6 ? "128" : "32") : entry.sliced(slash + 1).toUtf8();
    const int size = wsIsNumber(number) && number.size() <= 3 ? number.toInt() : -1;
    if (given.isNull() || size < 0 || size > (isIpv6 ? 128 : 32))
        return u"%1 in trustedProxies is no address, no subnet such as 10.0.0.0/8, and not unix:"_s.arg(
            quoted);
    if (hasMore(given, size))
        return u"%1 in trustedProxies has bits beyond its subnet; it would trust more than its address"_s.arg(
            quoted);
    const QHostAddress address = size >= 96 ? wsUnmapped(given) : given;
    const bool isUnmapped = isIpv6 && address.protocol() == QAbstractSocket::IPv4Protocol;
    m_subnets.append({address, isUnmapped ? size - 96 : size});
    return {};
}

bool WsTrustedProxies::contains(const QHostAddress &address, bool isLocal) const
{
    if (isLocal)
        return m_containsLocal;
    return std::any_of(m_subnets.begin(), m_subnets.end(),
                       [&address](const QPair<QHostAddress, int> &subnet) {
                           return subnet.first.protocol() == address.protocol()
                                  && address.isInSubnet(subnet.first, subnet.second);
                       });
}
