// SPDX-License-Identifier: MIT
#include "systemd.h"

#include <QtCore/qglobal.h>

#ifdef Q_OS_LINUX

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool hasSystemdSockets()
{
    return qEnvironmentVariableIsSet("LISTEN_FDS");
}

void notifySystemd(const QByteArray &state)
{
    const QByteArray path = qgetenv("NOTIFY_SOCKET");
    sockaddr_un address = {};
    if (path.isEmpty() || size_t(path.size()) >= sizeof address.sun_path)
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.constData(), size_t(path.size()));
    if (path.startsWith('@')) // an abstract name, which begins with a NUL
        address.sun_path[0] = 0;

    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return;
    const auto size = socklen_t(offsetof(sockaddr_un, sun_path)) + socklen_t(path.size());
    (void)::sendto(socket, state.constData(), size_t(state.size()), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr *>(&address), size);
    ::close(socket);
}

#else

bool hasSystemdSockets()
{
    return false;
}

void notifySystemd(const QByteArray &) { }

#endif
