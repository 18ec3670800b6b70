// SPDX-License-Identifier: MIT
#ifndef NOMOREDESCRIPTORS_H
#define NOMOREDESCRIPTORS_H

#include <QtCore/qglobal.h>

#include <sys/resource.h>
#include <unistd.h>

#include <vector>

// As long as it lives the process gets no new descriptor: all are in use. The limit is above what poll() is
// asked about, which fails otherwise.
class NoMoreDescriptors
{
public:
    NoMoreDescriptors()
    {
        constexpr rlim_t Spare = 256;
        int next = ::dup(0); // the lowest that is free
        ::getrlimit(RLIMIT_NOFILE, &m_limit);
        rlimit limit = m_limit;
        limit.rlim_cur = qMin(limit.rlim_cur, rlim_t(next) + Spare);
        ::setrlimit(RLIMIT_NOFILE, &limit);
        for (; next >= 0; next = ::dup(0))
            m_descriptors.push_back(next);
    }
    ~NoMoreDescriptors()
    {
        ::setrlimit(RLIMIT_NOFILE, &m_limit);
        for (const int descriptor : m_descriptors)
            ::close(descriptor);
    }
    Q_DISABLE_COPY_MOVE(NoMoreDescriptors)

private:
    rlimit m_limit{};
    std::vector<int> m_descriptors;
};

#endif // NOMOREDESCRIPTORS_H
