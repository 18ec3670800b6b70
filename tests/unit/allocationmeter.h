// SPDX-License-Identifier: MIT
#ifndef ALLOCATIONMETER_H
#define ALLOCATIONMETER_H

#include <algorithm>
#include <cstddef>

// Counts what the program allocates, by standing in for malloc() and realloc(): to be included by one
// file of a program. Only glibc lets it, and no sanitizer, which does the same.

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ALLOCATIONMETER_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATIONMETER_SANITIZED
#endif

class AllocationMeter
{
public:
#if defined(__GLIBC__) && !defined(ALLOCATIONMETER_SANITIZED)
    static constexpr bool IsAvailable = true;
#else
    static constexpr bool IsAvailable = false;
#endif

    AllocationMeter()
    {
        s_total = s_largest = 0;
    }

    // Both since this meter was made.
    static size_t total()
    {
        return s_total;
    }
    static size_t largest()
    {
        return s_largest;
    }

    static void count(size_t size)
    {
        s_total += size;
        s_largest = std::max(s_largest, size);
    }

private:
    static inline thread_local size_t s_total = 0;
    static inline thread_local size_t s_largest = 0;
};

#if defined(__GLIBC__) && !defined(ALLOCATIONMETER_SANITIZED)
extern "C" {
void *__libc_malloc(size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size) noexcept
{
    AllocationMeter::count(size);
    return __libc_malloc(size);
}

void *realloc(void *memory, size_t size) noexcept
{
    AllocationMeter::count(size);
    return __libc_realloc(memory, size);
}
}
#endif

#endif // ALLOCATIONMETER_H
