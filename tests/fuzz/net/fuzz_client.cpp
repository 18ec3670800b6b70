// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "clientplay_run.h"

namespace {
QByteArray checkClient(const QByteArray &input)
{
    return Fuzzing::ClientPlay(input).run();
}
} // namespace

WSKIT_FUZZER(client, checkClient, 500)
