// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "connectionplay_run.h"

namespace {
QByteArray checkConnection(const QByteArray &input)
{
    return Fuzzing::ConnectionPlay(input).run();
}
} // namespace

WSKIT_FUZZER(connection, checkConnection, 500)
