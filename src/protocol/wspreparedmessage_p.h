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
    // One unmasked frame, as every client of a server gets it. Of a large message only the header, which the
    // payload is sent after: it is not to be here twice.
    QByteArray frame;
    // The frame of the compressed message, for each set of parameters that somebody has agreed on.
    std::vector<std::pair<WsDeflateParameters, QByteArray>> deflatedFrames;
    QMutex mutex; // of the list: threads may share the message
};

// The engine's view of a prepared message.
struct WsPreparedFrame
{
    static const QByteArray &of(const WsPreparedMessage &message) { return message.d->frame; }
    // Refers to nothing that was sent before; null if it would not be shorter.
    static QByteArray deflated(const WsPreparedMessage &message, const WsDeflateParameters &parameters);
};

#endif // WSPREPAREDMESSAGE_P_H
