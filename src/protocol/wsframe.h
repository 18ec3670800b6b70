// SPDX-License-Identifier: MIT
#ifndef WSFRAME_H
#define WSFRAME_H

#include <WsKit/ws.h>

#include <QtCore/qbytearrayview.h>

// The frame header of RFC 6455 §5.2.

enum class WsOpcode : quint8 { Continuation = 0x0, Text = 0x1, Binary = 0x2, Close = 0x8, Ping = 0x9, Pong = 0xA };

constexpr bool wsIsControl(WsOpcode opcode) { return quint8(opcode) & 0x8; }
bool wsIsKnown(WsOpcode opcode);
constexpr WsOpcode wsOpcodeOf(Ws::MessageType type)
{
    return type == Ws::Text ? WsOpcode::Text : WsOpcode::Binary;
}

using WsMaskingKey = quint32; // its bytes in memory are the key's in their order

struct WsFrameHeader
{
    static constexpr qsizetype MaxSize = 14;
    static constexpr qsizetype MaxControlPayload = 125;
    static constexpr quint8 Rsv1 = 4; // RFC 7692 §6: the message is compressed

    quint64 length = 0;
    WsMaskingKey maskingKey = 0;
    WsOpcode opcode = WsOpcode::Continuation;
    quint8 rsv = 0;     // Rsv1, RSV2 is 2, RSV3 1
    quint8 length7 = 0; // of a decoded header: its seven bits of length
    bool fin = true;
    bool masked = false;

    // The size of the header that begins with \a bytes; 0 where two are not there yet.
    static qsizetype sizeOf(QByteArrayView bytes);
    // Reads as much of \a bytes as sizeOf() tells.
    static WsFrameHeader decode(const char *bytes);
    // RFC 6455 §5.2: whether a decoded length was written in no more bytes than it needs.
    bool isMinimal() const;
    qsizetype encodedSize() const;
    // Writes encodedSize() bytes.
    void encode(char *out) const;
};

#endif // WSFRAME_H
