// SPDX-License-Identifier: MIT
#ifndef WSOPENSOCKET_H
#define WSOPENSOCKET_H

#include <fcntl.h>
#include <sys/socket.h>

// Unix: a new socket that does not block and that programs started by this one do not inherit; -1 and errno
// if there is none.
inline int wsOpenSocket(int family)
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    const int descriptor = ::socket(family, SOCK_STREAM, 0);
    if (descriptor >= 0) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    }
    return descriptor;
#endif
}

#endif // WSOPENSOCKET_H
