// SPDX-License-Identifier: MIT
#include "protocolcheck.h"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray wrong =
        ProtocolCheck::check(QByteArray(reinterpret_cast<const char *>(data), qsizetype(size)));
    if (!wrong.isEmpty()) {
        std::fprintf(stderr, "%s\n", wrong.constData());
        std::abort();
    }
    return 0;
}
