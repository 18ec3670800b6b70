// SPDX-License-Identifier: MIT
#include "protocol/wsmask.h"

#include <QtCore/qendian.h>
#include <QtCore/qrandom.h>

#include <array>
#include <bit>
#include <cstring>

void wsMask(char *target, const char *source, qsizetype size, WsMaskingKey key, quint64 offset)
{
    // The key as it lies under the first byte, whatever the offset.
    const int turn = int(offset % 4) * 8;
    const quint32 turned = QSysInfo::ByteOrder == QSysInfo::LittleEndian ? std::rotr(key, turn)
                                                                         : std::rotl(key, turn);
    const quint64 wide = (quint64(turned) << 32) | turned;
    qsizetype i = 0;
    for (; i + 8 <= size; i += 8) {
        quint64 word;
        std::memcpy(&word, source + i, sizeof word);
        word ^= wide;
        std::memcpy(target + i, &word, sizeof word);
    }
    std::array<char, 4> bytes;
    std::memcpy(bytes.data(), &turned, sizeof turned);
    for (; i < size; ++i)
        target[i] = char(source[i] ^ bytes[size_t(i) % 4]);
}

WsMaskingKey wsNewMaskingKey()
{
    // One call of the system's generator costs as much as many keys from it: draw a batch.
    constexpr size_t BatchSize = 256;
    thread_local std::array<quint32, BatchSize> batch;
    thread_local size_t used = BatchSize;
    if (used == BatchSize) {
        QRandomGenerator::system()->fillRange(batch.data(), BatchSize);
        used = 0;
    }
    return batch[used++];
}
