// SPDX-License-Identifier: MIT
#include "monitor.h"

#include <algorithm>
#include <chrono>

namespace {
constexpr std::chrono::seconds Interval{1};
constexpr qsizetype MaxRows = 200; // of what another server reports

struct Count
{
    QString label;
    qint64 count;
};

QVariantList rows(QList<Count> counts)
{
    std::stable_sort(counts.begin(), counts.end(),
                     [](const Count &a, const Count &b) { return a.count > b.count; });
    QVariantList rows;
    for (const Count &count : std::as_const(counts).mid(0, MaxRows)) {
        rows.append(QVariantMap{{QStringLiteral("label"), count.label},
                                {QStringLiteral("count"), double(count.count)}});
    }
    return rows;
}

QString statusLabel(int status)
{
    return status == 0 ? Monitor::tr("no answer") : QString::number(status);
}

// The codes of applications are put together, as a page of metrics has them.
int shownCode(int code)
{
    constexpr int Range = 1000;
    if (code >= 3000 && code <= 4999)
        return code / Range * Range;
    return code >= 1000 && code <= 1015 ? code : 0;
}

QString closeLabel(int code)
{
    switch (code) {
    case 0:
        return Monitor::tr("other");
    case 1000:
        return Monitor::tr("1000 normal");
    case 1001:
        return Monitor::tr("1001 going away");
    case 1002:
        return Monitor::tr("1002 protocol error");
    case 1003:
        return Monitor::tr("1003 unsupported data");
    case 1005:
        return Monitor::tr("1005 no code");
    case 1006:
        return Monitor::tr("1006 connection broken");
    case 1007:
        return Monitor::tr("1007 invalid data");
    case 1008:
        return Monitor::tr("1008 policy violation");
    case 1009:
        return Monitor::tr("1009 message too large");
    case 1011:
        return Monitor::tr("1011 internal error");
    case 1012:
        return Monitor::tr("1012 restart");
    case 1013:
        return Monitor::tr("1013 try again later");
    case 3000:
        return Monitor::tr("3000–3999");
    case 4000:
        return Monitor::tr("4000–4999");
    }
    return QString::number(code);
}

QVariantList statusRows(const QMap<int, qint64> &statuses)
{
    QList<Count> counts;
    for (auto status = statuses.begin(); status != statuses.end(); ++status)
        counts.append({statusLabel(status.key()), status.value()});
    return rows(counts);
}
} // namespace

Monitor::Monitor(QObject *parent) : QObject(parent)
{
    m_clock.start();
    m_timer.setInterval(Interval);
    connect(&m_timer, &QTimer::timeout, this, &Monitor::refresh);
    connect(&m_reader, &MetricsReader::fetched, this, &Monitor::show);
    connect(&m_reader, &MetricsReader::failed, this, &Monitor::showProblem);
}

void Monitor::setAddress(const QString &address)
{
    if (m_address == address)
        return;
    m_address = address;
    m_page = address.isEmpty() ? QUrl() : MetricsReader::pageOf(address);
    startAnew();
}

void Monitor::setServer(WsServer *server)
{
    if (m_server == server)
        return;
    m_server = server;
    startAnew();
}

void Monitor::setDemo(Demo *demo)
{
    if (m_demo == demo)
        return;
    m_demo = demo;
    startAnew();
}

void Monitor::setRunning(bool running)
{
    if (running == isRunning())
        return;
    if (running)
        m_timer.start();
    else
        m_timer.stop();
    Q_EMIT runningChanged();
    if (running)
        refresh();
}

void Monitor::startAnew()
{
    m_reader.stop();
    m_recording.clear();
    m_problem.clear();
    Q_EMIT sourceChanged();
    Q_EMIT updated();
    if (isRunning())
        refresh();
}

void Monitor::refresh()
{
    if (!m_address.isEmpty()) {
        if (!m_page.isValid())
            showProblem(tr("“%1” is not the address of a page of metrics, http://…").arg(m_address));
        else if (!m_reader.isBusy())
            m_reader.fetch(m_page);
    } else if (m_server) {
        show({m_server->statistics()});
    } else if (m_demo) {
        show({m_demo->statistics()});
    }
}

void Monitor::show(const MetricsPage &page)
{
    m_problem.clear();
    m_recording.add(page, std::chrono::milliseconds(m_clock.elapsed()));
    Q_EMIT updated();
}

void Monitor::showProblem(const QString &problem)
{
    m_problem = problem;
    m_recording.addGap();
    Q_EMIT updated();
}

QVariantList Monitor::rejected() const
{
    return statusRows(figures().rejected);
}

QVariantList Monitor::answered() const
{
    return statusRows(figures().answered);
}

QVariantList Monitor::closed() const
{
    QMap<int, qint64> sums;
    const QMap<int, qint64> closed = figures().closed;
    for (auto code = closed.begin(); code != closed.end(); ++code)
        sums[shownCode(code.key())] += code.value();
    QList<Count> counts;
    for (auto code = sums.begin(); code != sums.end(); ++code)
        counts.append({closeLabel(code.key()), code.value()});
    return rows(counts);
}

QVariantList Monitor::topics() const
{
    QList<Count> counts;
    const QMap<QString, int> subscribers = figures().subscribers;
    for (auto topic = subscribers.begin(); topic != subscribers.end(); ++topic)
        counts.append({topic.key(), topic.value()});
    if (hasFigures() && m_recording.latest().otherSubscribers > 0)
        counts.append({tr("other topics"), m_recording.latest().otherSubscribers});
    return rows(counts);
}

double Monitor::topicCount() const
{
    return hasFigures() ? double(qMax(m_recording.latest().topics, qint64(figures().subscribers.size()))) : 0;
}
