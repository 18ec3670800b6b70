// SPDX-License-Identifier: MIT
#include "progress.h"

#include <cstdio>

void Progress::start(qint64 total)
{
    m_total = total;
    m_sinceStart.start();
    m_sinceShown.start();
}

void Progress::show(qint64 bytes)
{
    if (m_sinceShown.elapsed() < 250)
        return;
    m_sinceShown.start();
    print(bytes, '\r');
}

void Progress::finish(qint64 bytes)
{
    print(bytes, '\n');
}

void Progress::print(qint64 bytes, char end)
{
    const double mebibytes = double(bytes) / (1024 * 1024);
    const double seconds = double(qMax<qint64>(1, m_sinceStart.elapsed())) / 1000;
    if (m_total > 0)
        std::fprintf(stderr, "%3.0f %%, ", 100 * double(bytes) / double(m_total));
    std::fprintf(stderr, "%.1f MiB, %.1f MiB/s   %c", mebibytes, mebibytes / seconds, end);
}
