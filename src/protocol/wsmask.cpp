// SPDX-License-Identifier: MIT
#include "protocol/wsmask.h"

#include "protocol/wsbyteloops.h"
#include "protocol/wsforkgeneration.h"

#include <QtCore/qrandom.h>
#include <QtCore/qsysinfo.h>

#include <array>
#include <bit>

namespace {
// The key as it lies under the byte at \a offset.
WsMaskingKey turnedKey(WsMaskingKey key, quint64 offset)
{
    const int turn = int(offset % 4) * 8;
    return QSysInfo::ByteOrder == QSysInfo::LittleEndian ? std::rotr(key, turn) : std::rotl(key, turn);
}
} // namespace

bool wsMask(char *target, const char *source, qsizetype size, WsMaskingKey key, quint64 offset)
{
    const WsMaskingKey turned = turnedKey(key, offset);
    if (size < WsSmallSize)
        return wsMaskPortably(target, source, size, turned);
    return wsByteLoops().mask(target, source, size, turned);
}

WsMaskingKey wsNewMaskingKey()
{
    // One call of the system's generator costs as much as many keys from it: draw a batch.
    constexpr size_t BatchSize = 256;
    thread_local std::array<quint32, BatchSize> batch;
    thread_local size_t used = BatchSize;
    thread_local unsigned generation = 0;
    // A child process throws away what fork() has copied, or it would use the same keys as its parent.
    if (used == BatchSize || generation != wsForkGeneration()) {
        generation = wsForkGeneration();
        QRandomGenerator::system()->fillRange(batch.data(), BatchSize);
        used = 0;
    }
    return batch[used++];
}
