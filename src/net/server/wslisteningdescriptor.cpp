// SPDX-License-Identifier: MIT
#include "net/server/wslisteningdescriptor.h"

#include <optional>

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#endif

using namespace Qt::StringLiterals;

namespace {
using Socket = decltype(::socket(0, 0, 0));

std::optional<int> option(Socket socket, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(socket, SOL_SOCKET, name, reinterpret_cast<char *>(&value), &size) != 0)
        return {};
    return value;
}

int familyOf(Socket socket)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    const bool isKnown = ::getsockname(socket, reinterpret_cast<sockaddr *>(&storage), &size) == 0;
    return isKnown ? storage.ss_family : AF_UNSPEC;
}

bool isConnected(Socket socket)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    return ::getpeername(socket, reinterpret_cast<sockaddr *>(&storage), &size) == 0;
}

#ifdef Q_OS_WIN
QString kindOfOther(Socket)
{
    return u"not a socket"_s;
}
void closeInOtherPrograms(Socket) { }
#else
// Of what is no socket.
QString kindOfOther(Socket descriptor)
{
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0)
        return u"not open"_s;
    switch (status.st_mode & S_IFMT) {
    case S_IFREG:
        return u"a file"_s;
    case S_IFDIR:
        return u"a folder"_s;
    case S_IFIFO:
        return u"a pipe"_s;
    case S_IFCHR:
        return u"a terminal or another device"_s;
    default:
        return u"not a socket"_s;
    }
}
void closeInOtherPrograms(Socket descriptor)
{
    (void)::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}
#endif

QString kindOfTcp(Socket socket, int type)
{
    if (type == SOCK_DGRAM)
        return u"a UDP socket"_s;
    if (type != SOCK_STREAM)
        return u"a socket that is not TCP"_s;
    return isConnected(socket) ? u"a connection, not a socket that listens"_s
                               : u"a TCP socket that does not listen"_s;
}

QString kindOfLocal(Socket socket, int type)
{
    if (type == SOCK_DGRAM)
        return u"a local datagram socket"_s;
    if (type != SOCK_STREAM)
        return u"a local socket that is no stream"_s;
    return isConnected(socket) ? u"a connection, not a socket that listens"_s
                               : u"a local socket that does not listen"_s;
}

QString kindOf(Socket socket)
{
    const std::optional<int> type = option(socket, SO_TYPE);
    if (!type)
        return kindOfOther(socket);
    const int family = familyOf(socket);
    if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
        return u"a socket of the address family %1"_s.arg(family);
#ifdef Q_OS_WIN
    if (family == AF_UNIX)
        return u"a local socket"_s;
#endif
    if (*type == SOCK_STREAM && option(socket, SO_ACCEPTCONN).value_or(0) != 0)
        return {};
    return family == AF_UNIX ? kindOfLocal(socket, *type) : kindOfTcp(socket, *type);
}
} // namespace

QString wsKindOfDescriptor(qintptr descriptor)
{
    const QString kind = descriptor < 0 ? u"not a descriptor"_s : kindOf(Socket(descriptor));
    if (kind.isEmpty())
        closeInOtherPrograms(Socket(descriptor));
    return kind;
}

QString wsCheckListeningDescriptor(qintptr descriptor)
{
    const QString kind = wsKindOfDescriptor(descriptor);
    if (kind.isEmpty())
        return {};
    return u"cannot listen on the descriptor %1, which is %2"_s.arg(QString::number(descriptor), kind);
}

bool wsIsLocalSocket(qintptr descriptor)
{
    return familyOf(Socket(descriptor)) == AF_UNIX;
}
