// SPDX-License-Identifier: MIT
#ifndef RECORDING_H
#define RECORDING_H

#include "metricspage.h"

#include <QtCore/qlist.h>
#include <QtQml/qqml.h>

#include <chrono>
#include <deque>

// One value that changes: what it is now, and what it was at each of the last samples, the newest at the end.
// NaN where nothing is known. `total`: of one that only grows, and whose rate the others are.
struct Figure
{
    Q_GADGET
    Q_PROPERTY(double now READ now)
    Q_PROPERTY(QList<double> history MEMBER history)
    Q_PROPERTY(double total MEMBER total)
    QML_VALUE_TYPE(figure)

public:
    double now() const { return history.isEmpty() ? qQNaN() : history.constLast(); }
    void add(double value);

    QList<double> history;
    double total = 0;
};

// The values of a histogram of the last minute, as QML draws them.
struct Distribution
{
    Q_GADGET
    Q_PROPERTY(QList<double> bounds MEMBER bounds)
    Q_PROPERTY(QList<double> counts MEMBER counts)
    Q_PROPERTY(double count MEMBER count)
    Q_PROPERTY(double median MEMBER median)
    Q_PROPERTY(double p95 MEMBER p95)
    Q_PROPERTY(double p99 MEMBER p99)
    QML_VALUE_TYPE(distribution)

public:
    QList<double> bounds;
    QList<double> counts;
    double count = 0;
    double median = 0;
    double p95 = 0;
    double p99 = 0;
};

// Snapshots of a server's statistics, and the rates and distributions that they lead to. Reads no clock.
class Recording // NOLINT(bugprone-reserved-identifier): of the copying that the compiler writes
{
public:
    static constexpr qsizetype HistoryLength = 120;   // samples
    static constexpr std::chrono::seconds Window{60}; // of the distributions

    enum What { Connections, Opened, Received, Sent, BytesReceived, BytesSent, Queue, Skipped, FigureCount };

    // `now`: of a clock that never goes back. A server that has started anew begins a new recording.
    void add(const MetricsPage &page, std::chrono::milliseconds now);
    void addGap();
    void clear();

    bool isEmpty() const { return m_snapshots.empty(); }
    const MetricsPage &latest() const { return m_snapshots.back().page; }
    Figure figure(What what) const { return m_figures[what]; }
    // What was counted in the last minute, or since the first sample.
    Distribution recent(WsHistogram WsServerStatistics::*histogram) const;

private:
    struct Snapshot
    {
        MetricsPage page;
        std::chrono::milliseconds time;
    };

    std::deque<Snapshot> m_snapshots; // those of the window
    Figure m_figures[FigureCount];
};

#endif // RECORDING_H
