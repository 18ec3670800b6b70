// SPDX-License-Identifier: MIT
#ifndef MONITORING_H
#define MONITORING_H

#include <WsKit/WsServer>

namespace Monitoring {
void answerMetrics(WsServer &server);
bool serveMetricsElsewhere(WsServer &server, WsServer &metrics);
QString summary(const WsServer &server);
void logAccess();
} // namespace Monitoring

#endif // MONITORING_H
