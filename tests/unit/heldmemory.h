// SPDX-License-Identifier: MIT
#ifndef HELDMEMORY_H
#define HELDMEMORY_H

#include <QtCore/qglobal.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HELDMEMORY_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HELDMEMORY_SANITIZED
#endif

// How much memory the program has been given by malloc() and has not freed, with what the allocator adds to
// each piece. What malloc() keeps for its thread, after it was freed, counts too, unless the environment has
// GLIBC_TUNABLES=glibc.malloc.tcache_count=0. Only glibc tells, and no sanitizer, which has an allocator of
// its own.
#if defined(__GLIBC__) && !defined(HELDMEMORY_SANITIZED)
#if __GLIBC_PREREQ(2, 33)
#define HELDMEMORY_AVAILABLE
#endif
#endif

class HeldMemory
{
public:
#ifdef HELDMEMORY_AVAILABLE
    static constexpr bool IsAvailable = true;
    static qint64 now()
    {
        const struct mallinfo2 info = mallinfo2();
        return qint64(info.uordblks + info.hblkhd);
    }
#else
    static constexpr bool IsAvailable = false;
    static qint64 now()
    {
        return 0;
    }
#endif

    // Since this was made.
    qint64 growth() const
    {
        return now() - m_before;
    }

private:
    const qint64 m_before = now();
};

#endif // HELDMEMORY_H
