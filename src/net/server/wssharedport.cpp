// SPDX-License-Identifier: MIT
#include "net/server/wssharedport.h"

#include <QtNetwork/qhostaddress.h>

#ifdef Q_OS_UNIX
#include "net/socket/wsopensocket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <system_error>
#include <unistd.h>
#endif

#ifdef Q_OS_LINUX
#include <array>
#include <linux/filter.h>
#endif

using namespace Qt::StringLiterals;

#if defined(Q_OS_UNIX) && defined(SO_REUSEPORT)
namespace {
struct SocketAddress
{
    sockaddr_storage storage = {};
    socklen_t size = 0;
};

template <typename T>
SocketAddress storedAddress(const T &address)
{
    SocketAddress stored;
    std::memcpy(&stored.storage, &address, sizeof address);
    stored.size = sizeof address;
    return stored;
}

unsigned scopeOf(const QHostAddress &address)
{
    const QString scope = address.scopeId();
    const unsigned named = ::if_nametoindex(scope.toLocal8Bit().constData());
    return named != 0 ? named : scope.toUInt();
}

SocketAddress socketAddressOf(const QHostAddress &address, quint16 port, int family)
{
    if (family == AF_INET) {
        sockaddr_in four = {};
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        four.sin_addr.s_addr = htonl(address == QHostAddress::Any ? INADDR_ANY : address.toIPv4Address());
        return storedAddress(four);
    }
    sockaddr_in6 six = {};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    std::copy_n(&bytes.c[0], sizeof bytes.c, &six.sin6_addr.s6_addr[0]);
    six.sin6_scope_id = scopeOf(address);
    return storedAddress(six);
}

bool setOption(int descriptor, int level, int name, int value)
{
    return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

// Returns 0 or an error of the system.
int listenOn(int descriptor, const QHostAddress &address, quint16 port, int family, int backlog)
{
    const SocketAddress own = socketAddressOf(address, port, family);
    const bool isDone = setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
                        && setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
                        && (family != AF_INET6
                            || setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, address != QHostAddress::Any))
                        && ::bind(descriptor, reinterpret_cast<const sockaddr *>(&own.storage), own.size) == 0
                        && ::listen(descriptor, backlog) == 0;
    return isDone ? 0 : errno;
}

QString textOf(int error)
{
    const QString text = QString::fromStdString(std::generic_category().message(error));
    return error == EADDRINUSE
               ? text
                     + u"; others can share the port only if they have set reusePort, too, and "
                       "are processes of the same user"_s
               : text;
}
} // namespace

WsSharedPort wsListenOnSharedPort(const QHostAddress &address, quint16 port, int backlog)
{
    const bool isIpv4 = address.protocol() == QAbstractSocket::IPv4Protocol;
    int family = isIpv4 ? AF_INET : AF_INET6;
    int descriptor = wsOpenSocket(family);
    if (descriptor < 0 && address == QHostAddress::Any) { // there is no IPv6
        family = AF_INET;
        descriptor = wsOpenSocket(family);
    }
    const int error = descriptor < 0 ? errno : listenOn(descriptor, address, port, family, backlog);
    if (error == 0)
        return {descriptor, {}};
    if (descriptor >= 0)
        ::close(descriptor);
    return {-1, textOf(error)};
}
#else
WsSharedPort wsListenOnSharedPort(const QHostAddress &, quint16, int)
{
    return {-1, u"the system has no SO_REUSEPORT, which reusePort needs"_s};
}
#endif

#ifdef Q_OS_LINUX
bool wsDropNewClients(qintptr descriptor)
{
    // The filter sees the TCP header. Byte 13 has the flags: SYN is 2, and ACK is 16.
    std::array<sock_filter, 5> instructions = {
        {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
         BPF_STMT(BPF_RET | BPF_K, 0)}};
    const sock_fprog program = {static_cast<unsigned short>(instructions.size()), instructions.data()};
    return ::setsockopt(int(descriptor), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}
#else
bool wsDropNewClients(qintptr)
{
    return false;
}
#endif
