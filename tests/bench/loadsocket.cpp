// SPDX-License-Identifier: MIT
#include "loadsocket.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
SSL_CTX *tlsContext()
{
    static SSL_CTX *const context = [] {
        SSL_CTX *made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return made;
    }();
    return context;
}
} // namespace

std::runtime_error systemError(const char *what)
{
    return std::system_error(errno, std::generic_category(), what);
}

LoadSocket::LoadSocket(int descriptor) : m_descriptor(descriptor)
{
    const int on = 1;
    setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

LoadSocket::~LoadSocket()
{
    SSL_free(m_tls);
    close(m_descriptor);
}

std::unique_ptr<LoadSocket> LoadSocket::connectTo(uint16_t port)
{
    auto socket = std::make_unique<LoadSocket>(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket->m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw systemError("connect");
    return socket;
}

void LoadSocket::startTls()
{
    m_tls = SSL_new(tlsContext());
    SSL_set_fd(m_tls, m_descriptor);
    if (SSL_connect(m_tls) != 1)
        throw std::runtime_error("the TLS handshake has failed");
}

void LoadSocket::setNonBlocking()
{
    if (fcntl(m_descriptor, F_SETFL, O_NONBLOCK) != 0)
        throw systemError("fcntl");
}

size_t LoadSocket::send(const char *bytes, size_t size)
{
    if (!m_tls) {
        const ssize_t sent = ::send(m_descriptor, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            throw systemError("send");
        return size_t(std::max<ssize_t>(sent, 0));
    }
    size_t sent = 0;
    while (sent < size) {
        size_t part = 0;
        const int result = SSL_write_ex(m_tls, bytes + sent, size - sent, &part);
        if (result != 1 && SSL_get_error(m_tls, result) == SSL_ERROR_WANT_WRITE)
            break;
        if (result != 1)
            throw std::runtime_error("TLS takes no more");
        sent += part;
    }
    return sent;
}

void LoadSocket::sendAll(const std::string &bytes)
{
    if (send(bytes.data(), bytes.size()) != bytes.size())
        throw std::runtime_error("the socket has not taken all");
}

std::optional<size_t> LoadSocket::receive(char *bytes, size_t size)
{
    if (!m_tls) {
        const ssize_t received = recv(m_descriptor, bytes, size, 0);
        if (received < 0 && errno != EAGAIN)
            throw systemError("recv");
        return received < 0 ? std::nullopt : std::optional(size_t(received));
    }
    size_t received = 0;
    const int result = SSL_read_ex(m_tls, bytes, size, &received);
    if (result == 1)
        return received;
    const int error = SSL_get_error(m_tls, result);
    if (error == SSL_ERROR_WANT_READ)
        return {};
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    throw std::runtime_error("TLS has failed while reading");
}
