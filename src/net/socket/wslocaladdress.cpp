// SPDX-License-Identifier: MIT
#include "net/socket/wslocaladdress.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>

#include <algorithm>
#include <cstddef>

QString wsLocalSocketPath(const QString &name)
{
    const bool isComplete =
        name.isEmpty() || name.startsWith(u'/') || WsLocalAddress::isAbstract(QFile::encodeName(name));
    return isComplete ? name : QDir::cleanPath(QDir::tempPath() + u'/' + name);
}

WsLocalAddress::WsLocalAddress(const QByteArray &path)
{
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    if (isAbstract(path)) {
        address.sun_path[0] = '\0';
        size = socklen_t(offsetof(sockaddr_un, sun_path) + size_t(path.size()));
    }
}

bool WsLocalAddress::isAbstract(const QByteArray &path)
{
#ifdef Q_OS_LINUX
    return path.startsWith('@');
#else
    (void)path;
    return false;
#endif
}
