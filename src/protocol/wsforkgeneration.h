// SPDX-License-Identifier: MIT
#ifndef WSFORKGENERATION_H
#define WSFORKGENERATION_H

#include <QtCore/qglobal.h>

#include <atomic>

// How many times fork() was called between the program's start and this process: it differs between a process
// and its children. Whatever must not be shared with a child notes the number, and is made anew if the number
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
