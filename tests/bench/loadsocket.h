// SPDX-License-Identifier: MIT
#ifndef LOADSOCKET_H
#define LOADSOCKET_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

struct ssl_st;

// With what errno tells.
std::runtime_error systemError(const char *what);

// A stream over loopback: bare TCP, or TLS on it with whatever certificate the server has.
//
// Blocks until it is told not to. Each member throws std::runtime_error where the network fails.
class LoadSocket
{
public:
    // Takes a socket that is connected.
    explicit LoadSocket(int descriptor);
    ~LoadSocket();
    LoadSocket(const LoadSocket &) = delete;
    LoadSocket &operator=(const LoadSocket &) = delete;

    static std::unique_ptr<LoadSocket> connectTo(uint16_t port);

    void startTls();
    void setNonBlocking();
    int descriptor() const { return m_descriptor; }
    bool isEncrypted() const { return m_tls; }

    // Returns how many bytes were taken: fewer where no more are taken now.
    size_t send(const char *bytes, size_t size);
    void sendAll(const std::string &bytes);
    // Returns how many bytes came, 0 at the end of the stream, nothing where none are there now.
    std::optional<size_t> receive(char *bytes, size_t size);

private:
    int m_descriptor;
    ssl_st *m_tls = nullptr;
};

#endif // LOADSOCKET_H
