// SPDX-License-Identifier: MIT
#ifndef METRICSPAGE_H
#define METRICSPAGE_H

#include <WsKit/WsServerStatistics>

#include <QtCore/qbytearray.h>

#include <optional>

// What WsServer::metrics() wrote, read back. Close codes of applications are there by their range, as 3000 or
// 4000, other unknown ones as 0. `topics` and `otherSubscribers` count the topics that the page does not list
// too.
struct MetricsPage
{
    WsServerStatistics figures;
    qint64 topics = 0;
    qint64 otherSubscribers = 0;
};

// Returns nothing, and says why in `problem`, if the text is not in the format of Prometheus or is not about
// a WsServer.
std::optional<MetricsPage> readMetricsPage(const QByteArray &text, QString *problem);

#endif // METRICSPAGE_H
