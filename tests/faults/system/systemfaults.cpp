// SPDX-License-Identifier: MIT
#include "systemfaults.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <zlib.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace {
std::atomic<int> armedCall{-1};
std::atomic<int> armedNumber{0};
std::atomic<int> armedTimes{0};
std::atomic<int> armedError{0};
std::atomic<bool> hasFailed{false};
std::atomic<int> counts[SystemFaults::CallCount];

// The error of this call; 0 if it does not fail.
int nextError(SystemFaults::Call call)
{
    const int number = counts[call].fetch_add(1);
    if (armedCall != call || number < armedNumber || number >= armedNumber + armedTimes)
        return 0;
    hasFailed = true;
    return armedError;
}

bool isSocket(int descriptor)
{
    int type = 0;
    socklen_t size = sizeof type;
    const int before = errno;
    const bool is = ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
    errno = before;
    return is;
}

// The function of the C library that \a name stands in for.
template <typename Function>
Function *original(Function *, const char *name)
{
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

SystemFaults::Call deflateCall = SystemFaults::Deflate;
SystemFaults::Call inflateCall = SystemFaults::Inflate;

voidpf allocate(voidpf call, uInt count, uInt size)
{
    return nextError(*static_cast<SystemFaults::Call *>(call)) ? nullptr : std::calloc(count, size);
}

void release(voidpf, voidpf memory)
{
    std::free(memory);
}

void setAllocator(z_streamp stream, SystemFaults::Call *call)
{
    stream->zalloc = &allocate;
    stream->zfree = &release;
    stream->opaque = call;
}

int fail(int error)
{
    errno = error;
    return -1;
}
} // namespace

void SystemFaults::arm(Call call, int number, int error, int times)
{
    disarm();
    for (std::atomic<int> &one : counts)
        one = 0;
    armedNumber = number;
    armedTimes = times;
    armedError = error;
    armedCall = call;
}

bool SystemFaults::disarm()
{
    armedCall = -1;
    return hasFailed.exchange(false);
}

int SystemFaults::count(Call call)
{
    return counts[call];
}

#define WSKIT_ORIGINAL(name) static auto *const next = original(&name, #name)

using SystemFaults::OneByte;

extern "C" {
// <unistd.h> is not included: with some options of the compiler it defines these two itself.
ssize_t read(int descriptor, void *buffer, size_t size);
ssize_t write(int descriptor, const void *buffer, size_t size);

int accept4(int descriptor, sockaddr *address, socklen_t *size, int flags)
{
    WSKIT_ORIGINAL(accept4);
    const int error = nextError(SystemFaults::Accept);
    return error ? fail(error) : next(descriptor, address, size, flags);
}

int accept(int descriptor, sockaddr *address, socklen_t *size)
{
    WSKIT_ORIGINAL(accept);
    const int error = nextError(SystemFaults::Accept);
    return error ? fail(error) : next(descriptor, address, size);
}

// If TCP is interrupted, it goes on by itself.
int connect(int descriptor, const sockaddr *address, socklen_t size)
{
    WSKIT_ORIGINAL(connect);
    const int error = nextError(SystemFaults::Connect);
    if (error == EINTR && address->sa_family != AF_UNIX && next(descriptor, address, size) != 0
        && errno != EINPROGRESS)
        return -1;
    return error ? fail(error) : next(descriptor, address, size);
}

int socket(int domain, int type, int protocol) noexcept
{
    WSKIT_ORIGINAL(socket);
    const int error = nextError(SystemFaults::Socket);
    return error ? fail(error) : next(domain, type, protocol);
}

ssize_t send(int descriptor, const void *buffer, size_t size, int flags)
{
    WSKIT_ORIGINAL(send);
    const int error = nextError(SystemFaults::Send);
    if (error == OneByte)
        return next(descriptor, buffer, size > 0, flags);
    return error ? fail(error) : next(descriptor, buffer, size, flags);
}

ssize_t sendmsg(int descriptor, const msghdr *message, int flags)
{
    WSKIT_ORIGINAL(sendmsg);
    const int error = nextError(SystemFaults::Send);
    if (error == OneByte) {
        iovec one = {message->msg_iov->iov_base, 1};
        msghdr shorter = *message;
        shorter.msg_iov = &one;
        shorter.msg_iovlen = 1;
        return next(descriptor, &shorter, flags);
    }
    return error ? fail(error) : next(descriptor, message, flags);
}

ssize_t write(int descriptor, const void *buffer, size_t size)
{
    WSKIT_ORIGINAL(write);
    const int error = isSocket(descriptor) ? nextError(SystemFaults::Send) : 0;
    if (error == OneByte)
        return next(descriptor, buffer, size > 0);
    return error ? fail(error) : next(descriptor, buffer, size);
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags)
{
    WSKIT_ORIGINAL(recv);
    const int error = nextError(SystemFaults::Receive);
    if (error == OneByte)
        return next(descriptor, buffer, size > 0, flags);
    return error ? fail(error) : next(descriptor, buffer, size, flags);
}

ssize_t recvmsg(int descriptor, msghdr *message, int flags)
{
    WSKIT_ORIGINAL(recvmsg);
    const int error = nextError(SystemFaults::Receive);
    return error > 0 ? fail(error) : next(descriptor, message, flags);
}

ssize_t read(int descriptor, void *buffer, size_t size)
{
    WSKIT_ORIGINAL(read);
    const int error = isSocket(descriptor) ? nextError(SystemFaults::Receive) : 0;
    if (error == OneByte)
        return next(descriptor, buffer, size > 0);
    return error ? fail(error) : next(descriptor, buffer, size);
}

int poll(pollfd *entries, nfds_t count, int timeout)
{
    WSKIT_ORIGINAL(poll);
    const int error = nextError(SystemFaults::Poll);
    return error ? fail(error) : next(entries, count, timeout);
}

int ppoll(pollfd *entries, nfds_t count, const timespec *timeout, const sigset_t *signals)
{
    WSKIT_ORIGINAL(ppoll);
    const int error = nextError(SystemFaults::Poll);
    return error ? fail(error) : next(entries, count, timeout, signals);
}

int epoll_wait(int descriptor, epoll_event *events, int count, int timeout)
{
    WSKIT_ORIGINAL(epoll_wait);
    const int error = nextError(SystemFaults::EpollWait);
    return error ? fail(error) : next(descriptor, events, count, timeout);
}

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event *event) noexcept
{
    WSKIT_ORIGINAL(epoll_ctl);
    const int error = operation == EPOLL_CTL_DEL ? 0 : nextError(SystemFaults::EpollControl);
    return error ? fail(error) : next(epoll, operation, descriptor, event);
}

int eventfd(unsigned int value, int flags) noexcept
{
    WSKIT_ORIGINAL(eventfd);
    const int error = nextError(SystemFaults::EventFd);
    return error ? fail(error) : next(value, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) noexcept
{
    WSKIT_ORIGINAL(pthread_create);
    const int error = nextError(SystemFaults::Thread);
    return error ? error : next(thread, attributes, run, argument);
}

int deflateInit2_(z_streamp stream, int level, int method, int windowBits, int memLevel, int strategy,
                  const char *version, int size)
{
    WSKIT_ORIGINAL(deflateInit2_);
    setAllocator(stream, &deflateCall);
    return next(stream, level, method, windowBits, memLevel, strategy, version, size);
}

int inflateInit2_(z_streamp stream, int windowBits, const char *version, int size)
{
    WSKIT_ORIGINAL(inflateInit2_);
    setAllocator(stream, &inflateCall);
    return next(stream, windowBits, version, size);
}
}
