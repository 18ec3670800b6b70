// SPDX-License-Identifier: MIT
#include "net/server/wslocallistening.h"

#include <QtCore/qfile.h>

#include <chrono>
#include <thread>

#ifdef Q_OS_UNIX
#include "net/socket/wslocaladdress.h"
#include "net/socket/wsopensocket.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace {
constexpr int Backlog = 4096; // the system's own limit cuts it down

QString systemText(int error)
{
    return QString::fromStdString(std::generic_category().message(error));
}

QByteArray pathOf(int descriptor)
{
    WsLocalAddress local;
    auto *const address = reinterpret_cast<sockaddr *>(&local.address);
    if (::getsockname(descriptor, address, &local.size) != 0)
        return {};
    const qsizetype size = qsizetype(local.size) - qsizetype(offsetof(sockaddr_un, sun_path));
    QByteArray path(local.address.sun_path, std::clamp<qsizetype>(size, 0, sizeof local.address.sun_path));
    if (path.size() > 1 && path.startsWith('\0'))
        return path.replace(0, 1, "@");
    return path.constData(); // up to the null character
}

mode_t modeOf(QFileDevice::Permissions permissions)
{
    struct Bit
    {
        QFileDevice::Permissions permissions;
        mode_t mode;
    };
    constexpr Bit Bits[] = {{QFileDevice::ReadOwner | QFileDevice::ReadUser, S_IRUSR},
                            {QFileDevice::WriteOwner | QFileDevice::WriteUser, S_IWUSR},
                            {QFileDevice::ExeOwner | QFileDevice::ExeUser, S_IXUSR},
                            {QFileDevice::ReadGroup, S_IRGRP},
                            {QFileDevice::WriteGroup, S_IWGRP},
                            {QFileDevice::ExeGroup, S_IXGRP},
                            {QFileDevice::ReadOther, S_IROTH},
                            {QFileDevice::WriteOther, S_IWOTH},
                            {QFileDevice::ExeOther, S_IXOTH}};
    mode_t mode = 0;
    for (const Bit &bit : Bits)
        mode |= permissions & bit.permissions ? bit.mode : mode_t(0);
    return mode;
}

// Only its holder replaces the file of the path. So nobody takes a server that has bound its socket but does
// not listen yet for a dead one, and of two servers that find a dead one only one takes its place. The lock
// is a file beside the path, which exists as long as somebody holds it or waits for it.
class PathLock
{
public:
    explicit PathLock(const QByteArray &path) : m_path(path + ".wskit-lock") { }
    ~PathLock()
    {
        if (m_descriptor < 0)
            return;
        ::unlink(m_path.constData());   // before others get it, who then see that it is gone
        ::flock(m_descriptor, LOCK_UN); // also for a child process that has been forked meanwhile
        ::close(m_descriptor);
    }
    Q_DISABLE_COPY_MOVE(PathLock)

    // Returns 0 or an error of the system: EWOULDBLOCK if somebody else has it, and does not give it back.
    int take()
    {
        constexpr int Patience = 1000;
        int error = EWOULDBLOCK;
        for (int i = 0; i < Patience && error == EWOULDBLOCK; ++i) {
            if (i > 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            error = tryToTake();
        }
        return error;
    }

private:
    int tryToTake()
    {
        constexpr mode_t OwnersOnly = 0600;
        const int descriptor =
            ::open(m_path.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, OwnersOnly);
        if (descriptor < 0)
            return errno;
        const int error = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
        if (error == 0 && isFileOf(descriptor)) {
            m_descriptor = descriptor;
            return 0;
        }
        ::close(descriptor);
        return error == 0 ? EWOULDBLOCK : error;
    }
    // False if the previous holder has removed it in the meantime.
    bool isFileOf(int descriptor) const
    {
        struct stat own = {};
        struct stat named = {};
        return ::fstat(descriptor, &own) == 0 && ::lstat(m_path.constData(), &named) == 0
               && own.st_dev == named.st_dev && own.st_ino == named.st_ino;
    }

    const QByteArray m_path;
    int m_descriptor = -1;
};

// Whether the file is a socket on which nobody listens. A server that is too busy to answer is alive.
bool isStale(const QByteArray &path)
{
    const int descriptor = wsOpenSocket(AF_UNIX);
    const WsLocalAddress local(path);
    const bool isRefused =
        descriptor >= 0 && ::connect(descriptor, local.get(), local.size) != 0 && errno == ECONNREFUSED;
    if (descriptor >= 0)
        ::close(descriptor);
    return isRefused;
}
} // namespace

QString WsLocalListening::start(const QString &name, QFileDevice::Permissions permissions)
{
    m_path = wsLocalSocketPath(name);
    m_nativePath = QFile::encodeName(m_path);
    if (m_nativePath.isEmpty() || m_nativePath == "@")
        return QStringLiteral("the path of the local socket is empty");
    if (m_nativePath.contains('\0'))
        return QStringLiteral("the path of the local socket contains a null character");
    if (m_nativePath.size() > WsLocalAddress::MaxSize)
        return QStringLiteral("the path of the local socket has %1 bytes, and the system accepts %2: %3")
            .arg(QString::number(m_nativePath.size()), QString::number(WsLocalAddress::MaxSize), m_path);
    m_descriptor = wsOpenSocket(AF_UNIX);
    const QString problem = m_descriptor < 0 ? systemText(errno) : setUp(permissions);
    if (problem.isEmpty())
        return {};
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
    return QStringLiteral("cannot listen on the local socket %1: %2").arg(m_path, problem);
}

QString WsLocalListening::setUp(QFileDevice::Permissions permissions)
{
    if (!WsLocalAddress::isAbstract(m_nativePath)) {
        PathLock lock(m_nativePath);
        if (const int error = lock.take(); error == EWOULDBLOCK)
            return QStringLiteral("another server is about to listen on it");
        else if (error != 0)
            return systemText(error);
        return bind(permissions);
    }
    if (permissions)
        return QStringLiteral("it is no file, and has no permissions");
    const WsLocalAddress local(m_nativePath);
    if (::bind(m_descriptor, local.get(), local.size) == 0 && ::listen(m_descriptor, Backlog) == 0)
        return {};
    return errno == EADDRINUSE ? QStringLiteral("another server listens on it") : systemText(errno);
}

QString WsLocalListening::bind(QFileDevice::Permissions permissions)
{
    const WsLocalAddress local(m_nativePath);
    const auto tryToBind = [&] { return ::bind(m_descriptor, local.get(), local.size) == 0 ? 0 : errno; };
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
        m_isHidden = false;
    }
    // Nobody can connect before listen(). Another user may have put a link in the place of the file.
    const bool isDone =
        (!permissions
         || ::fchmodat(AT_FDCWD, m_nativePath.constData(), modeOf(permissions), AT_SYMLINK_NOFOLLOW) == 0)
        && ::listen(m_descriptor, Backlog) == 0;
    if (isDone)
        return {};
    error = errno;
    ::unlink(m_nativePath.constData());
    return systemText(error);
}

void WsLocalListening::takeOver(qintptr descriptor)
{
    m_descriptor = int(descriptor);
    ::fcntl(m_descriptor, F_SETFL, ::fcntl(m_descriptor, F_GETFL) | O_NONBLOCK);
    m_nativePath = pathOf(m_descriptor);
    m_path = QFile::decodeName(m_nativePath);
}

// As long as it listens, no other server takes the path, so the file is its own one.
void WsLocalListening::hide()
{
    struct stat file = {};
    if (std::exchange(m_isHidden, true) || ::lstat(m_nativePath.constData(), &file) != 0)
        return;
    if (quint64(file.st_dev) == m_device && quint64(file.st_ino) == m_inode)
        ::unlink(m_nativePath.constData());
}

void WsLocalListening::stop()
{
    if (m_descriptor < 0)
        return;
    hide();
    ::close(std::exchange(m_descriptor, -1));
}
#else
QString WsLocalListening::start(const QString &, QFileDevice::Permissions)
{
    return QStringLiteral(
        "the server does not listen on named pipes yet: pass connections of a QLocalServer to "
        "handleConnection()");
}

void WsLocalListening::takeOver(qintptr) { }
void WsLocalListening::hide() { }
void WsLocalListening::stop() { }
#endif
