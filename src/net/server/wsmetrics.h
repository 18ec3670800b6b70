// SPDX-License-Identifier: MIT
#ifndef WSMETRICS_H
#define WSMETRICS_H

#include <WsKit/wsserverstatistics.h>

#include <QtCore/qbytearray.h>

// The most topics that are listed. Prometheus keeps a series for each.
constexpr qsizetype WsMaxTopicsInMetrics = 100;
// The longest name of a topic that is listed, in bytes of UTF-8.
constexpr qsizetype WsMaxTopicNameInMetrics = 200;

// In the text format 0.0.4 of Prometheus. The number of lines has a limit, whatever peers send.
QByteArray wsMetrics(const WsServerStatistics &statistics);

struct WsBrokerFigures
{
    bool isConnected = false;
    qint64 messagesUnsent = 0;
    qint64 messagesMissed = 0;
};
// The same of the server's broker.
QByteArray wsMetrics(const WsBrokerFigures &figures);

#endif // WSMETRICS_H
