// SPDX-License-Identifier: MIT
#include "protocol/wsframe.h"

#include <QtCore/qendian.h>

#include <cstring>

namespace {
constexpr quint8 FinBit = 0x80;
constexpr quint8 MaskBit = 0x80;
constexpr quint8 Length16 = 126;
constexpr quint8 Length64 = 127;
constexpr quint64 MaxLength16 = 0xFFFF;

constexpr qsizetype lengthSize(quint8 length7)
{
    return length7 == Length64 ? 8 : length7 == Length16 ? 2 : 0;
}

constexpr quint8 length7For(quint64 length)
{
    return length < Length16 ? quint8(length) : length <= MaxLength16 ? Length16 : Length64;
}
} // namespace

bool wsIsKnown(WsOpcode opcode)
{
    switch (opcode) {
    case WsOpcode::Continuation:
    case WsOpcode::Text:
    case WsOpcode::Binary:
    case WsOpcode::Close:
    case WsOpcode::Ping:
    case WsOpcode::Pong:
        return true;
    }
    return false;
}

qsizetype WsFrameHeader::sizeOf(QByteArrayView bytes)
{
    if (bytes.size() < 2)
        return 0;
    const quint8 second = quint8(bytes[1]);
    return 2 + lengthSize(second & 0x7F) + ((second & MaskBit) ? 4 : 0);
}

WsFrameHeader WsFrameHeader::decode(const char *bytes)
{
    const quint8 first = quint8(bytes[0]);
    const quint8 second = quint8(bytes[1]);
    WsFrameHeader header;
    header.fin = first & FinBit;
    header.rsv = (first >> 4) & 0x7;
    header.opcode = WsOpcode(first & 0xF);
    header.masked = second & MaskBit;
    header.length7 = second & 0x7F;
    header.length = header.length7;
    bytes += 2;
    if (header.length7 == Length16) {
        header.length = qFromBigEndian<quint16>(bytes);
        bytes += 2;
    } else if (header.length7 == Length64) {
        header.length = qFromBigEndian<quint64>(bytes);
        bytes += 8;
    }
    if (header.masked)
        std::memcpy(&header.maskingKey, bytes, sizeof header.maskingKey);
    return header;
}

bool WsFrameHeader::isMinimal() const
{
    return length7 == length7For(length);
}

qsizetype WsFrameHeader::encodedSize() const
{
    return 2 + lengthSize(length7For(length)) + (masked ? 4 : 0);
}

void WsFrameHeader::encode(char *out) const
{
    const quint8 shortLength = length7For(length);
    *out++ = char((fin ? FinBit : 0) | (rsv << 4) | quint8(opcode));
    *out++ = char((masked ? MaskBit : 0) | shortLength);
    if (shortLength == Length16) {
        qToBigEndian(quint16(length), out);
        out += 2;
    } else if (shortLength == Length64) {
        qToBigEndian(length, out);
        out += 8;
    }
    if (masked)
        std::memcpy(out, &maskingKey, sizeof maskingKey);
}
