// SPDX-License-Identifier: MIT
#ifndef WSADDRESSSCHEDULE_H
#define WSADDRESSSCHEDULE_H

#include "net/loop/wstime.h"

#include <QtCore/qlist.h>
#include <QtNetwork/qhostaddress.h>

#include <chrono>
#include <optional>

// RFC 8305 §4: returns \a addresses in the order in which they are tried. IPv6 and IPv4 alternate, IPv6
// first, and each family keeps its order. Duplicates are left out.
QList<QHostAddress> wsAddressOrder(const QList<QHostAddress> &addresses);

// When which address of a host is tried (RFC 8305 §5), as arithmetic: callers pass the time in.
class WsAddressSchedule
{
public:
    // The Connection Attempt Delay that the RFC recommends.
    static constexpr std::chrono::milliseconds Delay{250};
    // The RFC has no limit, but the addresses come from the network. With this number and Delay, the last one
    // is tried within the default of handshakeTimeout.
    static constexpr int MaxAddresses = 32;
    // At most this many attempts wait for an answer. For another one, the oldest has to give way. It has had
    // 2 seconds, because younger attempts that have failed do not count.
    static constexpr int MaxInFlight = 8;

    WsAddressSchedule() = default;
    // The first attempt is due immediately.
    explicit WsAddressSchedule(const QList<QHostAddress> &addresses)
        : m_addresses(wsAddressOrder(addresses).mid(0, MaxAddresses))
    {
    }

    // How many addresses are tried at most.
    qsizetype count() const { return m_addresses.size(); }
    // How many have been tried.
    qsizetype tried() const { return m_tried; }
    bool hasNext() const { return m_tried < m_addresses.size(); }
    // When the next attempt is due; WsTime::max() if there is none.
    WsTime next() const { return hasNext() ? m_next : WsTime::max(); }
    // The address to try now. Nothing if no attempt is due.
    std::optional<QHostAddress> take(WsTime now);
    // An attempt has failed: the next one is due immediately.
    void hasten() { m_next = WsTime::min(); }

private:
    QList<QHostAddress> m_addresses;
    qsizetype m_tried = 0;
    WsTime m_next = WsTime::min();
};

#endif // WSADDRESSSCHEDULE_H
