// SPDX-License-Identifier: MIT
#ifndef WSLOCALADDRESS_H
#define WSLOCALADDRESS_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

#include <sys/socket.h>
#include <sys/un.h>

// Unix: the path of the local socket \a name. A name without a slash is that of a file in
// the temporary folder, as for QLocalServer and QLocalSocket.
QString wsLocalSocketPath(const QString &name);

// The address of a local socket.
struct WsLocalAddress
{
    // How long a path may be.
    static constexpr auto MaxSize = qsizetype(sizeof(sockaddr_un::sun_path)) - 1;

    WsLocalAddress() = default;
    // \a path is encoded, and not too long.
    explicit WsLocalAddress(const QByteArray &path);

    // Whether \a path is a name of Linux, which is no file.
    static bool isAbstract(const QByteArray &path);

    const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&address); }

    sockaddr_un address = {};
    socklen_t size = sizeof address;
};

#endif // WSLOCALADDRESS_H
