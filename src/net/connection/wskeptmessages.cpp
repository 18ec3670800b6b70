// SPDX-License-Identifier: MIT
#include "net/connection/wskeptmessages.h"

#include "protocol/wsmemory.h"
#include "protocol/wsoutput.h"

#include <utility>

WsKeptMessage WsKeptMessage::whole(Ws::MessageType type, const QByteArray &payload)
{
    WsKeptMessage message;
    message.type = type;
    // A short payload may be borrowed from the caller for the duration of the call.
    message.pieces = {payload.size() < WsOutput::ShareFrom ? QByteArray(payload.constData(), payload.size())
                                                           : wsFitting(payload)};
    return message;
}

WsKeptMessage WsKeptMessage::fragmented(Ws::MessageType type, const QByteArrayList &fragments)
{
    WsKeptMessage message;
    message.type = type;
    message.isFragmented = true;
    message.pieces.reserve(fragments.size());
    for (const QByteArray &fragment : fragments)
        message.pieces.append(wsFitting(fragment));
    return message;
}

qint64 WsKeptMessage::cost() const
{
    qint64 cost = qint64(sizeof(WsKeptMessage)) + WsArrayCost;
    for (const QByteArray &piece : pieces)
        cost += wsMemoryOf(piece) + qint64(sizeof(QByteArray));
    return cost;
}

void WsKeptMessages::append(WsKeptMessage message)
{
    m_cost += message.cost();
    m_messages.push_back(std::move(message));
}

WsKeptMessage WsKeptMessages::takeFirst()
{
    WsKeptMessage message = std::move(m_messages.front());
    m_messages.pop_front();
    m_cost -= message.cost();
    return message;
}
