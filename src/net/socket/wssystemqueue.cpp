// SPDX-License-Identifier: MIT
#include "net/socket/wssystemqueue.h"

#ifdef Q_OS_UNIX
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#endif
#ifdef Q_OS_LINUX
#include <linux/sockios.h>
#endif

#ifdef Q_OS_UNIX
namespace {
// For a proxied socket, Qt may return a descriptor that is not one of the system, or not that of this socket.
bool isDescriptorOf(int descriptor, const QAbstractSocket &socket)
{
    sockaddr_storage name = {};
    socklen_t size = sizeof name;
    if (descriptor < 0 || ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&name), &size) != 0)
        return false;
    const quint16 port = name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6 *>(&name)->sin6_port
                                                    : reinterpret_cast<const sockaddr_in *>(&name)->sin_port;
    const bool isInternet = name.ss_family == AF_INET || name.ss_family == AF_INET6;
    return isInternet && ntohs(port) == socket.localPort();
}
} // namespace

qint64 wsSystemQueueSize(const QAbstractSocket &socket)
{
    const int descriptor = int(socket.socketDescriptor());
    if (!isDescriptorOf(descriptor, socket))
        return 0;
    int size = 0;
#if defined(SIOCOUTQ)
    return ::ioctl(descriptor, SIOCOUTQ, &size) == 0 ? size : 0;
#elif defined(SO_NWRITE)
    socklen_t length = sizeof size;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &size, &length) == 0 ? size : 0;
#else
    return size;
#endif
}

bool wsHasUnread(const QAbstractSocket &socket)
{
    const int descriptor = int(socket.socketDescriptor());
    int size = 0;
    return isDescriptorOf(descriptor, socket) && ::ioctl(descriptor, FIONREAD, &size) == 0 && size > 0;
}
#else
bool wsHasUnread(const QAbstractSocket &)
{
    return false;
}

qint64 wsSystemQueueSize(const QAbstractSocket &)
{
    return 0;
}
#endif
