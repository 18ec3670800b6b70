// SPDX-License-Identifier: MIT
#include "monitoring.h"

#include <QtCore/QLoggingCategory>

namespace Monitoring {
void answerMetrics(WsServer &server)
{
    //! [endpoint]
    server.setRequestHandler([&server](const WsRequest &request) {
        if (request.path() == u"/metrics" && request.peerAddress().isLoopback())
            return WsResponse::metrics(server);
        return request.path() == u"/chat" ? WsResponse::accept() : WsResponse::notFound();
    });
    //! [endpoint]
}

bool serveMetricsElsewhere(WsServer &server, WsServer &metrics)
{
    //! [elsewhere]
    metrics.setRequestHandler([&server](const WsRequest &) { return WsResponse::metrics(server); });
    return metrics.listen(QHostAddress::LocalHost, 9464);
    //! [elsewhere]
}

QString summary(const WsServer &server)
{
    //! [statistics]
    const WsServerStatistics now = server.statistics();
    const double slowest = now.handshakeTime.quantile(0.99); // NaN before the first handshake
    return QStringLiteral("%1 open, %2 refused with 503, 99 % of the handshakes took less than %3 s")
        .arg(now.connections)
        .arg(now.rejected.value(503))
        .arg(slowest);
    //! [statistics]
}

void logAccess()
{
    //! [access]
    qSetMessagePattern(QStringLiteral("%{time yyyy-MM-ddThh:mm:ss.zzz} %{message}"));
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.access.info=true"));
    //! [access]
}
} // namespace Monitoring
