// SPDX-License-Identifier: MIT
#include "net/socket/wsaddressschedule.h"

#include <QtCore/qset.h>

#include <algorithm>

QList<QHostAddress> wsAddressOrder(const QList<QHostAddress> &addresses)
{
    QList<QHostAddress> families[2]; // IPv6, IPv4
    QSet<QString> known;             // QHostAddress ignores the zone when it compares
    for (const QHostAddress &address : addresses) {
        const QString name = address.toString();
        if (address.isNull() || known.contains(name))
            continue;
        known.insert(name);
        families[address.protocol() == QAbstractSocket::IPv6Protocol ? 0 : 1].append(address);
    }
    QList<QHostAddress> order;
    order.reserve(known.size());
    for (qsizetype i = 0; order.size() < known.size(); ++i) {
        for (const QList<QHostAddress> &family : families) {
            if (i < family.size())
                order.append(family.at(i));
        }
    }
    return order;
}

std::optional<QHostAddress> WsAddressSchedule::take(WsTime now)
{
    if (!hasNext() || now < m_next)
        return {};
    m_next = now + Delay;
    return m_addresses.at(m_tried++);
}
