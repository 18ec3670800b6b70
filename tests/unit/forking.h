// SPDX-License-Identifier: MIT
#ifndef FORKING_H
#define FORKING_H

#include <QtCore/qbytearray.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#ifdef WSKIT_COVERAGE
extern "C" {
#include <gcov.h>
}
#endif

// Forks a child that calls \a function and ends, and returns whether the function returned true there.
template <typename Function>
bool succeedsInChild(Function &&function)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60); // ends a child that hangs
        const bool hasSucceeded = function();
#ifdef WSKIT_COVERAGE
        __gcov_dump(); // which _exit() does not
#endif
        ::_exit(hasSucceeded ? 0 : 1);
    }
    int status = -1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0;
}

// The same for a function that returns bytes: those of the child, or none if it has failed. They have to fit
// into a pipe, 64 KiB.
template <typename Function>
QByteArray bytesOfChild(Function &&function)
{
    int ends[2];
    if (::pipe(ends) != 0)
        return {};
    const bool isSent = succeedsInChild([&] {
        const QByteArray bytes = function();
        return ::write(ends[1], bytes.constData(), size_t(bytes.size())) == bytes.size();
    });
    ::close(ends[1]);
    QByteArray bytes(65536, Qt::Uninitialized);
    const ssize_t size = ::read(ends[0], bytes.data(), size_t(bytes.size()));
    ::close(ends[0]);
    bytes.resize(isSent && size > 0 ? size : 0);
    return bytes;
}

#endif // FORKING_H
