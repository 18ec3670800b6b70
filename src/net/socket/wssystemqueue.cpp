// SPDX-License-Identifier: MIT
#include "net/socket/wssystemqueue.h"

#include "net/socket/wstransport.h"

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#endif
#ifdef Q_OS_LINUX
#include <linux/sockios.h>
#endif

namespace {
#ifdef Q_OS_WIN
using Descriptor = SOCKET;
using NameFunction = int(WSAAPI *)(SOCKET, sockaddr *, socklen_t *);

int ioctl(SOCKET descriptor, long what, int *size)
{
    u_long value = 0;
    const int result = ::ioctlsocket(descriptor, what, &value);
    *size = int(value);
    return result;
}
#else
using Descriptor = int;
using NameFunction = int (*)(int, sockaddr *, socklen_t *);
#endif

// A scope may be written as a name or as a number.
QHostAddress comparable(const QHostAddress &address)
{
    QHostAddress unscoped = wsUnmapped(address);
    unscoped.setScopeId({});
    return unscoped;
}

// Whether the system knows the end of the connection by the same name as Qt.
bool isName(qintptr descriptor, NameFunction name, const QHostAddress &address, quint16 port)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    auto *const known = reinterpret_cast<sockaddr *>(&storage);
    if (name(Descriptor(descriptor), known, &size) != 0)
        return false;
    if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6)
        return false;
    const quint16 knownPort = storage.ss_family == AF_INET6
                                  ? reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port
                                  : reinterpret_cast<const sockaddr_in *>(&storage)->sin_port;
    return ntohs(knownPort) == port && comparable(QHostAddress(known)) == comparable(address);
}
} // namespace

qintptr wsDescriptorOf(const QAbstractSocket &socket)
{
    const qintptr descriptor = socket.socketDescriptor();
    const bool isOwn = descriptor >= 0
                       && isName(descriptor, ::getsockname, socket.localAddress(), socket.localPort())
                       && isName(descriptor, ::getpeername, socket.peerAddress(), socket.peerPort());
    return isOwn ? descriptor : -1;
}

qint64 wsSystemQueueSize([[maybe_unused]] qintptr descriptor)
{
    if (descriptor < 0)
        return 0;
    int size = 0;
#if defined(SIOCOUTQ)
    return ::ioctl(int(descriptor), SIOCOUTQ, &size) == 0 ? size : 0;
#elif defined(SO_NWRITE)
    socklen_t length = sizeof size;
    return ::getsockopt(int(descriptor), SOL_SOCKET, SO_NWRITE, &size, &length) == 0 ? size : 0;
#else
    return size;
#endif
}

void wsKeepSystemQueueShort([[maybe_unused]] qintptr descriptor)
{
#ifdef TCP_NOTSENT_LOWAT
    const int mostUnsent = 16 * 1024;
    if (descriptor >= 0)
        (void)::setsockopt(int(descriptor), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &mostUnsent, sizeof mostUnsent);
#endif
}

bool wsHasUnread(qintptr descriptor)
{
    int size = 0;
    return descriptor >= 0 && ioctl(Descriptor(descriptor), FIONREAD, &size) == 0 && size > 0;
}

void wsShutdownWrite(qintptr descriptor)
{
#ifdef Q_OS_WIN
    constexpr int Sending = SD_SEND;
#else
    constexpr int Sending = SHUT_WR;
#endif
    (void)::shutdown(Descriptor(descriptor), Sending);
}
