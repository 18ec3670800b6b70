// SPDX-License-Identifier: MIT
#include "protocol/wsforkgeneration.h"

#ifdef Q_OS_UNIX

#include <pthread.h>

constinit std::atomic<unsigned> wsForkCount = 0;

namespace {
void onForkInChild()
{
    wsForkCount.fetch_add(1, std::memory_order_relaxed);
}

// When the library is loaded, so that nobody has to ask whether it was done.
[[maybe_unused]] const int registration = ::pthread_atfork(nullptr, nullptr, onForkInChild);
} // namespace

#endif // Q_OS_UNIX
