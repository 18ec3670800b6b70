// SPDX-License-Identifier: MIT
#include "net/socket/wsconnectattempt.h"

#include "net/socket/wssocketaddress.h"

#include <QtCore/qendian.h>
#include <QtNetwork/qabstractsocket.h>
#include <QtNetwork/qnetworkinterface.h>

#include <algorithm>
#include <utility>

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include "net/socket/wsopensocket.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace {
// --- the differences between the systems

#ifdef Q_OS_WIN
using SystemSocket = SOCKET;
constexpr int Refused = WSAECONNREFUSED;

int lastError()
{
    return WSAGetLastError();
}

bool isInProgress(int error)
{
    return error == WSAEWOULDBLOCK || error == WSAEINPROGRESS;
}

// Qt does this for its own sockets, as long as there are any.
bool hasStarted()
{
    static const bool started = [] {
        WSADATA data;
        return ::WSAStartup(MAKEWORD(2, 2), &data) == 0;
    }();
    return started;
}

qintptr wsOpenSocket(int family)
{
    if (!hasStarted())
        return -1;
    const SOCKET opened = ::WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, nullptr, 0,
                                       WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    u_long isNonBlocking = 1;
    if (opened != INVALID_SOCKET)
        ::ioctlsocket(opened, FIONBIO, &isNonBlocking);
    return opened == INVALID_SOCKET ? -1 : qintptr(opened);
}

bool isDone(qintptr descriptor)
{
    fd_set writable;
    fd_set failed;
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(SOCKET(descriptor), &writable);
    FD_SET(SOCKET(descriptor), &failed);
    timeval noTime = {0, 0};
    return ::select(0, nullptr, &writable, &failed, &noTime) > 0;
}
#else
using SystemSocket = int;
constexpr int Refused = ECONNREFUSED;

int lastError()
{
    return errno;
}

bool isInProgress(int error)
{
    return error == EINPROGRESS || error == EINTR;
}

bool isDone(qintptr descriptor)
{
    pollfd entry = {int(descriptor), POLLOUT, 0};
    return ::poll(&entry, 1, 0) > 0;
}
#endif

// --- the attempt

// The same address for the system. Returns its size.
socklen_t systemAddress(const QHostAddress &address, quint16 port, sockaddr_storage *storage)
{
    *storage = {};
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        auto *const ipv6 = reinterpret_cast<sockaddr_in6 *>(storage);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = qToBigEndian(port);
        std::copy_n(bytes.c, sizeof bytes.c, reinterpret_cast<quint8 *>(&ipv6->sin6_addr));
        const QString zone = address.scopeId();
        bool isNumber = false;
        const uint index = zone.toUInt(&isNumber);
        if (!zone.isEmpty())
            ipv6->sin6_scope_id = isNumber ? index : uint(QNetworkInterface::interfaceIndexFromName(zone));
        return sizeof *ipv6;
    }
    auto *const ipv4 = reinterpret_cast<sockaddr_in *>(storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = qToBigEndian(port);
    ipv4->sin_addr.s_addr = qToBigEndian(address.toIPv4Address());
    return sizeof *ipv4;
}

class SystemAttempt final : public WsConnectAttempt
{
public:
    SystemAttempt(const QHostAddress &address, quint16 port)
    {
        sockaddr_storage storage;
        const socklen_t size = systemAddress(address, port, &storage);
        m_descriptor = wsOpenSocket(storage.ss_family);
        if (m_descriptor < 0)
            fail(lastError());
        else if (::connect(SystemSocket(m_descriptor), reinterpret_cast<sockaddr *>(&storage), size) == 0)
            succeed();
        else if (const int error = lastError(); !isInProgress(error))
            fail(error);
    }
    ~SystemAttempt() override { wsCloseSocket(m_descriptor); }

    State check() override
    {
        if (m_state != State::Connecting || !isDone(m_descriptor))
            return m_state;
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(SystemSocket(m_descriptor), SOL_SOCKET, SO_ERROR, reinterpret_cast<char *>(&error),
                         &size)
            != 0)
            error = lastError();
        if (error == 0)
            succeed();
        else
            fail(error);
        return m_state;
    }
    qintptr descriptor() const override { return m_descriptor; }
    qintptr takeDescriptor() override { return std::exchange(m_descriptor, -1); }
    WsError error() const override
    {
        WsError error(Ws::ErrorKind::Network, qt_error_string(m_error));
        error.setSocketError(wsConnectErrorOf(m_error));
        return error;
    }

private:
    void succeed()
    {
        if (wsIsItsOwnPeer(m_descriptor))
            fail(Refused);
        else
            m_state = State::Connected;
    }
    void fail(int error)
    {
        m_state = State::Failed;
        m_error = error;
    }

    qintptr m_descriptor = -1;
    State m_state = State::Connecting;
    int m_error = 0;
};
} // namespace

std::unique_ptr<WsConnectAttempt> wsConnectTo(const QHostAddress &address, quint16 port)
{
    return std::make_unique<SystemAttempt>(address, port);
}

#ifdef Q_OS_WIN
QAbstractSocket::SocketError wsConnectErrorOf(int error)
{
    switch (error) {
    case WSAECONNREFUSED:
        return QAbstractSocket::ConnectionRefusedError;
    case WSAETIMEDOUT:
        return QAbstractSocket::SocketTimeoutError;
    case WSAEACCES:
        return QAbstractSocket::SocketAccessError;
    case WSAEMFILE:
    case WSAENOBUFS:
        return QAbstractSocket::SocketResourceError;
    default:
        return QAbstractSocket::NetworkError;
    }
}
#else
QAbstractSocket::SocketError wsConnectErrorOf(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return QAbstractSocket::ConnectionRefusedError;
    case ETIMEDOUT:
        return QAbstractSocket::SocketTimeoutError;
    case EACCES:
    case EPERM:
        return QAbstractSocket::SocketAccessError;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return QAbstractSocket::SocketResourceError;
    default:
        return QAbstractSocket::NetworkError;
    }
}
#endif

bool wsIsItsOwnPeer(qintptr descriptor)
{
    quint16 ownPort = 0;
    quint16 peerPort = 0;
    const QHostAddress own = wsAddressOf(SystemSocket(descriptor), ::getsockname, &ownPort);
    const QHostAddress peer = wsAddressOf(SystemSocket(descriptor), ::getpeername, &peerPort);
    return !own.isNull() && own == peer && ownPort == peerPort;
}

void wsCloseSocket(qintptr descriptor)
{
    if (descriptor < 0)
        return;
#ifdef Q_OS_WIN
    ::closesocket(SOCKET(descriptor));
#else
    ::close(int(descriptor));
#endif
}
