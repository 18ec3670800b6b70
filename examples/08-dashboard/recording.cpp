// SPDX-License-Identifier: MIT
#include "recording.h"

#include <QtCore/qnumeric.h>

#include <utility>

namespace {
bool isLaterOfSame(const WsServerStatistics &before, const WsServerStatistics &now)
{
    return now.startTime == before.startTime && now.connectionsTotal >= before.connectionsTotal
           && now.messagesReceived >= before.messagesReceived && now.messagesSent >= before.messagesSent;
}

constexpr qint64 WsServerStatistics::*NotGrowing = nullptr;

// Those that only grow, of which the rate is shown.
constexpr qint64 WsServerStatistics::*Growing[Recording::FigureCount] = {
    NotGrowing,
    &WsServerStatistics::connectionsTotal,
    &WsServerStatistics::messagesReceived,
    &WsServerStatistics::messagesSent,
    &WsServerStatistics::wireBytesReceived,
    &WsServerStatistics::wireBytesSent,
    NotGrowing,
    &WsServerStatistics::messagesSkipped,
};
} // namespace

void Figure::add(double value)
{
    history.append(value);
    if (history.size() > Recording::HistoryLength)
        history.removeFirst();
}

void Recording::add(const MetricsPage &page, std::chrono::milliseconds now)
{
    const WsServerStatistics &figures = page.figures;
    if (!isEmpty() && !isLaterOfSame(latest().figures, figures)) {
        addGap();
        m_snapshots.clear();
    }
    const std::optional<Snapshot> before = isEmpty() ? std::nullopt : std::optional(m_snapshots.back());
    for (int what = 0; what < FigureCount; ++what) {
        const auto member = Growing[what];
        if (member)
            m_figures[what].total = double(figures.*member);
        if (!member) {
            const qint64 value = what == Queue ? figures.bufferedAmount : figures.connections;
            m_figures[what].add(double(value));
        } else if (before && now > before->time) {
            const double seconds = std::chrono::duration<double>(now - before->time).count();
            m_figures[what].add(double(figures.*member - before->page.figures.*member) / seconds);
        } else {
            m_figures[what].add(qQNaN());
        }
    }
    m_snapshots.push_back({page, now});
    while (m_snapshots.size() > 2 && m_snapshots[1].time <= now - Window)
        m_snapshots.pop_front();
}

void Recording::addGap()
{
    for (Figure &figure : m_figures) {
        if (!figure.history.isEmpty())
            figure.add(qQNaN());
    }
}

void Recording::clear()
{
    *this = {};
}

Distribution Recording::recent(WsHistogram WsServerStatistics::*histogram) const
{
    if (isEmpty())
        return {};
    WsHistogram recent = latest().figures.*histogram;
    const WsHistogram &before = m_snapshots.front().page.figures.*histogram;
    if (before.counts.size() != recent.counts.size())
        return {};
    for (qsizetype i = 0; i < recent.counts.size(); ++i)
        recent.counts[i] -= before.counts[i];
    Distribution result;
    result.bounds = recent.bounds;
    for (const qint64 count : std::as_const(recent.counts))
        result.counts.append(double(count));
    result.count = double(recent.count());
    result.median = recent.quantile(0.5);
    result.p95 = recent.quantile(0.95);
    result.p99 = recent.quantile(0.99);
    return result;
}
