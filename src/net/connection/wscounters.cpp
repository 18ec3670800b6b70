// SPDX-License-Identifier: MIT
#include "net/connection/wscounters.h"

void WsCounters::reset()
{
    for (WsCounter *counter : {&messagesSent, &messagesReceived, &payloadBytesSent, &payloadBytesReceived,
                               &wireBytesSent, &wireBytesReceived, &messagesSkipped})
        counter->set(0);
    roundTripUs.set(WsStatistics().roundTripUs);
}

WsStatistics WsCounters::statistics() const
{
    WsStatistics statistics;
    statistics.messagesSent = messagesSent.value();
    statistics.messagesReceived = messagesReceived.value();
    statistics.payloadBytesSent = payloadBytesSent.value();
    statistics.payloadBytesReceived = payloadBytesReceived.value();
    statistics.wireBytesSent = wireBytesSent.value();
    statistics.wireBytesReceived = wireBytesReceived.value();
    statistics.messagesSkipped = messagesSkipped.value();
    statistics.roundTripUs = roundTripUs.value();
    return statistics;
}
