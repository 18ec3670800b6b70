// SPDX-License-Identifier: MIT
#ifndef BUSYLOCALSERVER_H
#define BUSYLOCALSERVER_H

#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// A server on a local socket that accepts nobody, and whose queue of clients is full, which only Linux tells
// from none.
class BusyLocalServer
{
public:
    BusyLocalServer()
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        const QByteArray path = QFile::encodeName(m_path);
        std::copy(path.begin(), path.end(), address.sun_path);
        const auto *const name = reinterpret_cast<const sockaddr *>(&address);
        if (::bind(m_descriptor, name, sizeof address) != 0 || ::listen(m_descriptor, 0) != 0)
            return;
        while (!m_isFull) {
            m_clients.push_back(newSocket());
            m_isFull = ::connect(m_clients.back(), name, sizeof address) != 0;
        }
        m_isFull = errno == EAGAIN;
    }
    ~BusyLocalServer()
    {
        ::close(m_descriptor);
        for (const int client : m_clients)
            ::close(client);
    }
    Q_DISABLE_COPY_MOVE(BusyLocalServer)

    bool isFull() const { return m_isFull; }
    QString path() const { return m_path; }
    // Accepts a client, if there is one.
    bool takes() const
    {
        const int accepted = ::accept(m_descriptor, nullptr, nullptr);
        return accepted >= 0 && ::close(accepted) == 0;
    }
    // Accepts those of its own.
    void takeAll() const
    {
        for (size_t i = 1; i < m_clients.size(); ++i) // the last one had no place
            (void)takes();
    }

private:
    static int newSocket()
    {
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
        return descriptor;
    }

    const QTemporaryDir m_directory;
    const QString m_path = m_directory.filePath(QStringLiteral("busy.sock"));
    const int m_descriptor = newSocket();
    std::vector<int> m_clients;
    bool m_isFull = false;
};

#endif // BUSYLOCALSERVER_H
