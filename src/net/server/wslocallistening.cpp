// SPDX-License-Identifier: MIT
#include "net/server/wslocallistening.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>

#ifdef Q_OS_UNIX
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace {
constexpr int Backlog = 4096; // the system's own limit cuts it down

QString systemText(int error)
{
    return QString::fromStdString(std::generic_category().message(error));
}

sockaddr_un addressOf(const QByteArray &path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

int newSocket()
{
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor >= 0) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    }
    return descriptor;
}

// Whether the file is a socket on which nobody listens. A server that is too busy to answer is alive.
bool isStale(const QByteArray &path)
{
    const int descriptor = newSocket();
    const sockaddr_un address = addressOf(path);
    const bool isRefused =
        descriptor >= 0
        && ::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        && errno == ECONNREFUSED;
    if (descriptor >= 0)
        ::close(descriptor);
    return isRefused;
}
} // namespace

QString WsLocalListening::start(const QString &name)
{
    // As for QLocalServer and QLocalSocket.
    m_path = name.startsWith(u'/') || name.isEmpty() ? name : QDir::cleanPath(QDir::tempPath() + u'/' + name);
    m_nativePath = QFile::encodeName(m_path);
    if (m_nativePath.isEmpty())
        return QStringLiteral("the path of the local socket is empty");
    if (m_nativePath.contains('\0'))
        return QStringLiteral("the path of the local socket contains a null character");
    constexpr auto MaxSize = qsizetype(sizeof(sockaddr_un::sun_path)) - 1;
    if (m_nativePath.size() > MaxSize)
        return QStringLiteral("the path of the local socket has %1 bytes, and the system accepts %2: %3")
            .arg(QString::number(m_nativePath.size()), QString::number(MaxSize), m_path);
    m_descriptor = newSocket();
    const QString problem = m_descriptor < 0 ? systemText(errno) : bind();
    if (problem.isEmpty())
        return {};
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
    return QStringLiteral("cannot listen on the local socket %1: %2").arg(m_path, problem);
}

QString WsLocalListening::bind()
{
    const sockaddr_un address = addressOf(m_nativePath);
    const auto tryToBind = [&] {
        return ::bind(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
                   ? 0
                   : errno;
    };
    int error = tryToBind();
    struct stat file = {};
    if (error == EADDRINUSE && ::lstat(m_nativePath.constData(), &file) == 0) {
        if (!S_ISSOCK(file.st_mode))
            return QStringLiteral("there is a file that is no socket");
        if (!isStale(m_nativePath))
            return QStringLiteral("another server listens on it");
        ::unlink(m_nativePath.constData());
        error = tryToBind();
    }
    if (error != 0)
        return systemText(error);
    if (::lstat(m_nativePath.constData(), &file) == 0) {
        m_device = quint64(file.st_dev);
        m_inode = quint64(file.st_ino);
    }
    if (::listen(m_descriptor, Backlog) == 0)
        return {};
    error = errno;
    ::unlink(m_nativePath.constData());
    return systemText(error);
}

void WsLocalListening::stop()
{
    if (m_descriptor < 0)
        return;
    ::close(std::exchange(m_descriptor, -1));
    struct stat file = {};
    if (::lstat(m_nativePath.constData(), &file) == 0 && quint64(file.st_dev) == m_device
        && quint64(file.st_ino) == m_inode)
        ::unlink(m_nativePath.constData());
}
#else
QString WsLocalListening::start(const QString &)
{
    return QStringLiteral(
        "the server does not listen on named pipes yet: pass connections of a QLocalServer to "
        "handleConnection()");
}

void WsLocalListening::stop() { }
#endif
