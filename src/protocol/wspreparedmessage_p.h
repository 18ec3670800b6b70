// SPDX-License-Identifier: MIT
#ifndef WSPREPAREDMESSAGE_P_H
#define WSPREPAREDMESSAGE_P_H

#include "protocol/wsdeflate.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qmutex.h>
#include <QtCore/qshareddata.h>

#include <utility>
#include <vector>

class WsPreparedMessageData : public QSharedData
{
public:
    WsMessage message;
    // One unmasked frame, as every client of a server receives it. For a large message this is the header alone; the
    // payload is sent after it, so that it is not stored twice.
    QByteArray frame;
    // The compressed frame, for each set of parameters that a connection has agreed on.
    std::vector<std::pair<WsDeflateParameters, QByteArray>> deflatedFrames;
    QMutex mutex; // guards the list, because threads can share the message
};

// The engine's view of a prepared message.
struct WsPreparedFrame
{
    static const QByteArray &of(const WsPreparedMessage &message) { return message.d->frame; }
    // Returns a frame that does not refer to earlier messages, or a null array if it would not be shorter.
    static QByteArray deflated(const WsPreparedMessage &message, const WsDeflateParameters &parameters);
};

#endif // WSPREPAREDMESSAGE_P_H
