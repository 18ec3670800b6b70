// SPDX-License-Identifier: MIT
#ifndef CLIENTFRAMES_H
#define CLIENTFRAMES_H

#include "protocol/wsmask.h"

#include <WsKit/ws.h>

#include <QtCore/qbytearray.h>

// \a count messages of one frame each, as a client sends them, the same in every run.
inline QByteArray clientFrames(Ws::MessageType type, const QByteArray &payload, int count)
{
    WsFrameHeader header;
    header.opcode = type == Ws::Text ? WsOpcode::Text : WsOpcode::Binary;
    header.masked = true;
    header.maskingKey = 0x37FA213D;
    header.length = quint64(payload.size());
    QByteArray frame(header.encodedSize() + payload.size(), Qt::Uninitialized);
    header.encode(frame.data());
    wsMask(frame.data() + header.encodedSize(), payload.constData(), payload.size(), header.maskingKey);
    return frame.repeated(count);
}

#endif // CLIENTFRAMES_H
