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
    // One unmasked frame, as every client of a server receives it. For a large message this is the header
    // alone; the payload is sent after it, so that it is not stored twice. Null if the message waits: see
    // forOne().
    QByteArray frame;
    // The compressed frame, for each set of parameters that a connection has agreed on, as long as all of
    // them together are not larger than the payload.
    std::vector<std::pair<WsDeflateParameters, QByteArray>> deflatedFrames;
    QMutex mutex; // guards the list, because threads can share the message
};

// The engine's view of a prepared message.
struct WsPreparedFrame
{
    static const QByteArray &of(const WsPreparedMessage &message)
    {
        return Q_LIKELY(!message.d->frame.isNull()) ? message.d->frame : madeAgain(message);
    }
    // Returns a frame that does not refer to earlier messages, or a null array if it would not be shorter.
    static QByteArray deflated(const WsPreparedMessage &message, const WsDeflateParameters &parameters);
    // How much memory all compressed frames take.
    static qint64 deflatedSize(const WsPreparedMessage &message);
    // What one connection, which may have agreed on \a parameters, holds of a message that waits: the payload
    // and its own compressed frame, if there is one, but no frames of others.
    static WsPreparedMessage forOne(const WsPreparedMessage &message, const WsDeflateParameters *parameters);

private:
    Q_DECL_COLD_FUNCTION static const QByteArray &madeAgain(const WsPreparedMessage &message);
};

#endif // WSPREPAREDMESSAGE_P_H
