// SPDX-License-Identifier: MIT
#include "handshakecheck.h"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    if (const QByteArray wrong = HandshakeCheck::check(input); !wrong.isEmpty()) {
        std::fprintf(stderr, "%s\n", wrong.constData());
        std::abort();
    }
    return 0;
}
