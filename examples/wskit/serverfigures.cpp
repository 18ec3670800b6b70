// SPDX-License-Identifier: MIT
#include "serverfigures.h"

#include "texts.h"

#include <WsKit/WsServerStatistics>

namespace {
QString countsByCode(const QMap<int, qint64> &counts)
{
    QStringList list;
    for (auto count = counts.begin(); count != counts.end(); ++count) {
        const QString code = count.key() == 0 ? Tool::tr("without an answer") : QString::number(count.key());
        list.append(QStringLiteral("%1: %2").arg(code, QString::number(count.value())));
    }
    return list.join(u", ");
}

QString traffic(qint64 messages, qint64 payload, qint64 wire)
{
    return Tool::tr("%1 messages of %2 B, %3 B on the wire").arg(messages).arg(payload).arg(wire);
}

QString spread(const WsHistogram &values, double factor, const QString &unit)
{
    const auto text = [&](double fraction) {
        return QString::number(values.quantile(fraction) * factor, 'g', 3) + u' ' + unit;
    };
    return Tool::tr("about %1, 99 in 100 below %2").arg(text(0.5), text(0.99));
}
} // namespace

QStringList describeFigures(const WsServerStatistics &statistics)
{
    QStringList lines;
    const auto add = [&lines](const QString &name, const QString &value) {
        if (!value.isEmpty())
            lines.append(QStringLiteral("  %1: %2").arg(name, value));
    };
    const auto addSpread = [&add](const QString &name, const WsHistogram &values, double factor,
                                  const QString &unit) {
        if (values.count() > 0)
            add(name, spread(values, factor, unit));
    };
    add(Tool::tr("clients"), Tool::tr("%1 now, %2 in all, %3 about to open")
                                 .arg(statistics.connections)
                                 .arg(statistics.connectionsTotal)
                                 .arg(statistics.pendingHandshakes));
    add(Tool::tr("rejected by HTTP status"), countsByCode(statistics.rejected));
    add(Tool::tr("other requests by HTTP status"), countsByCode(statistics.answered));
    add(Tool::tr("closed by code"), countsByCode(statistics.closed));
    add(Tool::tr("received"),
        traffic(statistics.messagesReceived, statistics.payloadBytesReceived, statistics.wireBytesReceived));
    add(Tool::tr("sent"),
        traffic(statistics.messagesSent, statistics.payloadBytesSent, statistics.wireBytesSent));
    add(Tool::tr("not sent"), Tool::tr("%1 B that wait, %2 messages skipped")
                                  .arg(statistics.bufferedAmount)
                                  .arg(statistics.messagesSkipped));
    constexpr double MsPerSecond = 1000;
    addSpread(Tool::tr("handshakes"), statistics.handshakeTime, MsPerSecond, QStringLiteral("ms"));
    addSpread(Tool::tr("round trips"), statistics.roundTrip, MsPerSecond, QStringLiteral("ms"));
    addSpread(Tool::tr("received sizes"), statistics.messageSize, 1, QStringLiteral("B"));
    addSpread(Tool::tr("sent sizes"), statistics.sentMessageSize, 1, QStringLiteral("B"));
    return lines;
}
