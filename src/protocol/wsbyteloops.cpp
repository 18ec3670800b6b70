// SPDX-License-Identifier: MIT
#include "protocol/wsbyteloops.h"

QList<const WsByteLoops *> wsAllByteLoops()
{
    static constexpr WsByteLoops portable = {"portable", wsMaskPortably,         wsSkipAsciiPortably,
                                             nullptr,    wsConvertAsciiPortably, wsConvertAsciiPortably};
    QList<const WsByteLoops *> loops = {&portable};
    for (const WsByteLoops *faster : {wsAvx2ByteLoops(), wsNeonByteLoops()}) {
        if (faster)
            loops.append(faster);
    }
    return loops;
}

const WsByteLoops &wsByteLoops()
{
    static const WsByteLoops &fastest = *wsAllByteLoops().constLast();
    return fastest;
}
