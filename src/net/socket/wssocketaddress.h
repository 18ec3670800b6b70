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

// The address of one end of \a socket, and its port: \a name is getsockname() or getpeername(). Null if
// it has none.
template <typename Socket, typename Name>
QHostAddress wsAddressOf(Socket socket, Name name, quint16 *port)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    if (name(socket, reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return {};
    return wsSocketAddress(storage, port);
}

#endif // WSSOCKETADDRESS_H
