// SPDX-License-Identifier: MIT
#ifndef WSFORKGENERATION_H
#define WSFORKGENERATION_H

#include <QtCore/qglobal.h>

#include <atomic>

// How many calls of fork() led from the start of the program to this process. The number differs between a
// process and its children. Objects that must not be shared with a child record it, and are made again if it
// has changed.
#ifdef Q_OS_UNIX
Q_DECL_HIDDEN extern constinit std::atomic<unsigned> wsForkCount;

inline unsigned wsForkGeneration()
{
    return wsForkCount.load(std::memory_order_relaxed);
}
#else
inline unsigned wsForkGeneration()
{
    return 0;
}
#endif

#endif // WSFORKGENERATION_H
