// SPDX-License-Identifier: MIT
#include "net/socket/wslocalconnecting.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wsconnectattempt.h"
#include "net/socket/wslocaladdress.h"
#include "net/socket/wsopensocket.h"

#include <QtCore/qfile.h>

#include <algorithm>
#include <cerrno>
#include <utility>

using std::chrono::milliseconds;

WsLocalConnecting::~WsLocalConnecting()
{
    leaveThread();
    wsCloseSocket(m_descriptor);
}

void WsLocalConnecting::start()
{
    (void)post([this] { proceed(); });
}

void WsLocalConnecting::proceed()
{
    constexpr milliseconds FirstPause{10};
    constexpr milliseconds LongestPause{160};
    const int error = connect();
    if (error == 0) {
        m_owner->onWon(std::exchange(m_descriptor, -1)); // deletes this
        return;
    }
    if (error != EAGAIN && error != EINTR) {
        m_owner->onLost(describe(error)); // the same
        return;
    }
    m_pause = std::clamp(2 * m_pause, FirstPause, LongestPause);
    m_nextAttempt = WsClock::now() + m_pause;
    schedule();
}

// Returns 0 or an error of the system: EAGAIN if the server has no room.
int WsLocalConnecting::connect()
{
    const QByteArray path = QFile::encodeName(wsLocalSocketPath(m_name));
    if (path.size() > WsLocalAddress::MaxSize)
        return ENAMETOOLONG;
    if (m_descriptor < 0)
        m_descriptor = wsOpenSocket(AF_UNIX);
    if (m_descriptor < 0)
        return errno;
    const WsLocalAddress address(path);
    return ::connect(int(m_descriptor), address.get(), address.size) == 0 ? 0 : errno;
}

void WsLocalConnecting::schedule()
{
    if (m_nextAttempt != WsTime::max() && isOwnThread())
        context()->scheduleCheck(this, m_nextAttempt);
}

void WsLocalConnecting::waitOnce(int ms)
{
    if (m_nextAttempt != WsTime::max()) {
        const WsTime now = WsClock::now();
        const auto untilNext = std::chrono::ceil<milliseconds>(std::max(m_nextAttempt, now) - now);
        ms = int(std::min<qint64>(untilNext.count(), ms));
    }
    (void)WsThreadContext::current().wait(-1, 0, ms);
    if (m_nextAttempt <= WsClock::now())
        proceed();
}

WsError WsLocalConnecting::describe(int error) const
{
    QString reason = qt_error_string(error);
    QAbstractSocket::SocketError socketError = wsConnectErrorOf(error);
    if (error == ENOENT || error == ENOTDIR) {
        reason = QStringLiteral("there is none");
        socketError = QAbstractSocket::HostNotFoundError;
    } else if (error == ENAMETOOLONG) {
        reason =
            QStringLiteral("the system accepts no path of more than %1 bytes").arg(WsLocalAddress::MaxSize);
        socketError = QAbstractSocket::HostNotFoundError;
    } else if (socketError == QAbstractSocket::ConnectionRefusedError) {
        reason = QStringLiteral("no server listens on it");
    } else if (socketError == QAbstractSocket::SocketAccessError) {
        reason = QStringLiteral("permission denied");
    }
    WsError described(Ws::ErrorKind::Network,
                      QStringLiteral("cannot connect to the local socket %1: %2").arg(m_name, reason));
    described.setSocketError(socketError);
    return described;
}
