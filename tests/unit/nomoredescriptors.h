// SPDX-License-Identifier: MIT
#ifndef NOMOREDESCRIPTORS_H
#define NOMOREDESCRIPTORS_H

#include <QtCore/qglobal.h>

#include <sys/resource.h>
#include <unistd.h>

// As long as it lives the process gets no new descriptor.
class NoMoreDescriptors
{
public:
    NoMoreDescriptors()
    {
        const int next = ::dup(0); // the lowest that is free
        ::close(next);
        ::getrlimit(RLIMIT_NOFILE, &m_limit);
        rlimit limit = m_limit;
        limit.rlim_cur = rlim_t(next);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &m_limit); }
    Q_DISABLE_COPY_MOVE(NoMoreDescriptors)

private:
    rlimit m_limit{};
};

#endif // NOMOREDESCRIPTORS_H
