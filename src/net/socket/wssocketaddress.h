// SPDX-License-Identifier: MIT
#ifndef WSSOCKETADDRESS_H
#define WSSOCKETADDRESS_H

#include "net/socket/wstransport.h"

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

// The address that the system has written to \a storage, and its port; null if it is not one of IPv4 or IPv6.
inline QHostAddress wsSocketAddress(const sockaddr_storage &storage, quint16 *port)
{
    if (storage.ss_family == AF_INET)
        *port = ntohs(reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
    else if (storage.ss_family == AF_INET6)
        *port = ntohs(reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port);
    else
        return {};
    return wsUnmapped(QHostAddress(reinterpret_cast<const sockaddr *>(&storage)));
}

#endif // WSSOCKETADDRESS_H
