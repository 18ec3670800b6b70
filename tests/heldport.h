// SPDX-License-Identifier: MIT
#ifndef HELDPORT_H
#define HELDPORT_H

#include <QtCore/qstring.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

// A port of 127.0.0.1 that the system gives to nobody else as long as this exists, for a program that has to
// be told its port. The program can bind and listen to it, because this only binds, and both allow that by
// SO_REUSEADDR; of two UDP sockets, the one that has bound last receives. Nothing listens until then: clients
// are refused.
class HeldPort
{
public:
    explicit HeldPort(int type = SOCK_STREAM) : m_socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0))
    {
        const int on = 1;
        ::setsockopt(m_socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const anyAddress = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_socket, anyAddress, size) == 0 && ::getsockname(m_socket, anyAddress, &size) == 0)
            m_number = ntohs(address.sin_port);
    }
    ~HeldPort() { ::close(m_socket); }
    Q_DISABLE_COPY_MOVE(HeldPort)

    quint16 number() const { return m_number; } // 0 if the system had none
    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(m_number); }

private:
    const int m_socket;
    quint16 m_number = 0;
};

#endif // HELDPORT_H
