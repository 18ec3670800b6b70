// SPDX-License-Identifier: MIT
#ifndef WSFRAME_H
#define WSFRAME_H

#include <WsKit/ws.h>

#include <QtCore/qbytearrayview.h>
#include <QtCore/qendian.h>

#include <cstring>

// The frame header of RFC 6455 §5.2. It is all inline, because it is a large part of the cost of a small
// message.

enum class WsOpcode : quint8 {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA
};

constexpr bool wsIsControl(WsOpcode opcode)
{
    return quint8(opcode) & 0x8;
}
constexpr bool wsIsKnown(WsOpcode opcode)
{
    return opcode <= WsOpcode::Binary || (opcode >= WsOpcode::Close && opcode <= WsOpcode::Pong);
}
constexpr WsOpcode wsOpcodeOf(Ws::MessageType type)
{
    return type == Ws::Text ? WsOpcode::Text : WsOpcode::Binary;
}

using WsMaskingKey = quint32; // its bytes in memory are the bytes of the key, in order

struct WsFrameHeader
{
    static constexpr qsizetype MaxSize = 14;
    static constexpr qsizetype MaxControlPayload = 125;
    static constexpr qsizetype MaxLength7 = 125; // the longest payload whose length needs no further bytes
    static constexpr qsizetype ShortSize = 2;    // of the header of such a payload, without a mask
    static constexpr quint8 Rsv1 = 4;            // RFC 7692 §6: the message is compressed

    quint64 length = 0;
    WsMaskingKey maskingKey = 0;
    WsOpcode opcode = WsOpcode::Continuation;
    quint8 rsv = 0;     // Rsv1; RSV2 is 2, RSV3 is 1
    quint8 length7 = 0; // the seven bits of length in a decoded header
    bool fin = true;
    bool masked = false;

    // The size of the header that begins with \a bytes; 0 if there are fewer than two bytes.
    static qsizetype sizeOf(QByteArrayView bytes)
    {
        if (bytes.size() < 2)
            return 0;
        const quint8 second = quint8(bytes[1]);
        return 2 + lengthSize(second & 0x7F) + ((second & MaskBit) ? 4 : 0);
    }
    // Reads sizeOf() of \a bytes.
    static WsFrameHeader decode(const char *bytes)
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
        if (header.length7 == Length16)
            header.length = qFromBigEndian<quint16>(bytes);
        else if (header.length7 == Length64)
            header.length = qFromBigEndian<quint64>(bytes);
        if (header.masked)
            std::memcpy(&header.maskingKey, bytes + lengthSize(header.length7), sizeof header.maskingKey);
        return header;
    }
    // RFC 6455 §5.2: whether the length of a decoded header uses the smallest possible encoding.
    bool isMinimal() const { return length7 == length7For(length); }
    qsizetype encodedSize() const { return 2 + lengthSize(length7For(length)) + (masked ? 4 : 0); }
    // Writes encodedSize() bytes.
    void encode(char *out) const
    {
        const quint8 shortLength = length7For(length);
        *out++ = char((fin ? FinBit : 0) | (rsv << 4) | quint8(opcode));
        *out++ = char((masked ? MaskBit : 0) | shortLength);
        if (shortLength == Length16)
            qToBigEndian(quint16(length), out);
        else if (shortLength == Length64)
            qToBigEndian(length, out);
        if (masked)
            std::memcpy(out + lengthSize(shortLength), &maskingKey, sizeof maskingKey);
    }

    // The length of the payload if \a frame, of which ShortSize bytes are there, is a whole message whose
    // header has that size and perhaps a mask, as \a isMasked says; otherwise more than MaxLength7.
    static quint8 shortLengthOf(const char *frame, bool isMasked)
    {
        constexpr quint8 No = 255;
        const bool isWhole = quint8(frame[0]) == (FinBit | quint8(WsOpcode::Text))
                             || quint8(frame[0]) == (FinBit | quint8(WsOpcode::Binary));
        const auto length =
            quint8(quint8(frame[1]) ^ (isMasked ? MaskBit : 0)); // 128 and more with the wrong bit
        return isWhole && length <= MaxLength7 ? length : No;
    }
    // Writes a frame of ShortSize + payload.size() bytes that is a whole message.
    static void writeShort(char *out, WsOpcode opcode, QByteArrayView payload)
    {
        out[0] = char(FinBit | quint8(opcode));
        out[1] = char(payload.size());
        if (!payload.isEmpty())
            std::memcpy(out + ShortSize, payload.data(), size_t(payload.size()));
    }

private:
    static constexpr quint8 FinBit = 0x80;
    static constexpr quint8 MaskBit = 0x80;
    static constexpr quint8 Length16 = 126;
    static constexpr quint8 Length64 = 127;
    static constexpr quint64 MaxLength16 = 0xFFFF;

    static constexpr qsizetype lengthSize(quint8 length7)
    {
        return length7 == Length64 ? 8 : length7 == Length16 ? 2 : 0;
    }
    static constexpr quint8 length7For(quint64 length)
    {
        return length < Length16 ? quint8(length) : length <= MaxLength16 ? Length16 : Length64;
    }
};

#endif // WSFRAME_H
