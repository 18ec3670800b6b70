// SPDX-License-Identifier: MIT
#ifndef WSPREPAREDMESSAGE_P_H
#define WSPREPAREDMESSAGE_P_H

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qshareddata.h>

class WsPreparedMessageData : public QSharedData
{
public:
    WsMessage message;
    QByteArray frame; // one unmasked frame, as every client of a server gets it
};

// The engine's view of a prepared message.
struct WsPreparedFrame
{
    static const QByteArray &of(const WsPreparedMessage &message) { return message.d->frame; }
};

#endif // WSPREPAREDMESSAGE_P_H
