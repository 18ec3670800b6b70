// SPDX-License-Identifier: MIT

// What a server tells of itself.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

qint64 WsHistogram::count() const
{
    return 0;
}

double WsHistogram::quantile(double) const
{
    return 0;
}

WsServerStatistics WsServer::statistics() const
{
    return {};
}

QByteArray WsServer::metrics() const
{
    return {};
}

WsResponse WsResponse::metrics(const WsServer &server)
{
    return WsResponse(200, server.metrics());
}
