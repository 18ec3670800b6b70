// SPDX-License-Identifier: MIT
#include "metricspage.h"

#include <QtCore/qhash.h>
#include <QtCore/qnumeric.h>
#include <QtCore/qtimezone.h>

#include <cmath>

namespace {
constexpr qsizetype MaxBuckets = 64; // each becomes a bar

struct Sample
{
    QByteArray name;
    QByteArray labelName; // the metrics of a server have one label at most
    QByteArray label;
    double value = 0;
};

// Reads one line: name{label="value"} number. https://prometheus.io/docs/instrumenting/exposition_formats/
class SampleReader
{
public:
    explicit SampleReader(QByteArrayView line) : m_line(line) { }

    std::optional<Sample> read()
    {
        Sample sample;
        sample.name = word();
        if (sample.name.isEmpty() || !readLabels(&sample))
            return {};
        const QByteArray number = m_line.sliced(m_at).trimmed().toByteArray();
        const qsizetype end = number.indexOf(' '); // a time may follow
        return readNumber(end < 0 ? number : number.left(end), &sample.value) ? std::optional(sample)
                                                                              : std::nullopt;
    }

private:
    static bool isOfName(char c)
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
               || c == ':';
    }
    QByteArray word()
    {
        const qsizetype start = m_at;
        while (m_at < m_line.size() && isOfName(m_line[m_at]))
            ++m_at;
        return m_line.sliced(start, m_at - start).toByteArray();
    }
    bool take(char c)
    {
        if (m_at >= m_line.size() || m_line[m_at] != c)
            return false;
        ++m_at;
        return true;
    }
    bool readLabels(Sample *sample)
    {
        if (!take('{'))
            return true;
        while (!take('}')) {
            sample->labelName = word();
            if (sample->labelName.isEmpty() || !take('=') || !take('"') || !readQuoted(&sample->label))
                return false;
            take(',');
        }
        return true;
    }
    bool readQuoted(QByteArray *text)
    {
        text->clear();
        while (m_at < m_line.size()) {
            const char c = m_line[m_at++];
            if (c == '"')
                return true;
            if (c != '\\') {
                text->append(c);
                continue;
            }
            if (m_at >= m_line.size())
                return false;
            const char escaped = m_line[m_at++];
            text->append(escaped == 'n' ? '\n' : escaped);
        }
        return false;
    }
    static bool readNumber(const QByteArray &text, double *value)
    {
        bool isNumber = false;
        *value = text.toDouble(&isNumber);
        if (isNumber)
            return true;
        *value = qQNaN();
        return text == "NaN" || text == "+Inf" || text == "-Inf";
    }

    QByteArrayView m_line;
    qsizetype m_at = 0;
};

// Conversion of a double that is too large for the integer is undefined.
qint64 counted(double value)
{
    constexpr double Largest = 9007199254740992.0; // up to which a double has all integers
    return qint64(qBound(-Largest, value, Largest));
}

void addTo(qint64 *sum, double value)
{
    *sum = counted(double(*sum) + value);
}

int codeOf(const QByteArray &label)
{
    return label.split('-').constFirst().toInt(); // "4000-4999", "none", "other"
}

class PageBuilder
{
public:
    void add(const Sample &sample);
    std::optional<MetricsPage> page() const;

private:
    bool addToHistogram(const Sample &sample);
    bool addLabelled(const Sample &sample);

    MetricsPage m_page;
    QHash<QByteArray, qint64 WsServerStatistics::*> m_counts = {
        {"wskit_buffered_bytes", &WsServerStatistics::bufferedAmount},
        {"wskit_connections_total", &WsServerStatistics::connectionsTotal},
        {"wskit_messages_received_total", &WsServerStatistics::messagesReceived},
        {"wskit_messages_sent_total", &WsServerStatistics::messagesSent},
        {"wskit_messages_skipped_total", &WsServerStatistics::messagesSkipped},
        {"wskit_payload_received_bytes_total", &WsServerStatistics::payloadBytesReceived},
        {"wskit_payload_sent_bytes_total", &WsServerStatistics::payloadBytesSent},
        {"wskit_wire_received_bytes_total", &WsServerStatistics::wireBytesReceived},
        {"wskit_wire_sent_bytes_total", &WsServerStatistics::wireBytesSent},
    };
    QHash<QByteArray, WsHistogram WsServerStatistics::*> m_histograms = {
        {"wskit_handshake_seconds", &WsServerStatistics::handshakeTime},
        {"wskit_message_received_bytes", &WsServerStatistics::messageSize},
        {"wskit_message_sent_bytes", &WsServerStatistics::sentMessageSize},
        {"wskit_round_trip_seconds", &WsServerStatistics::roundTrip},
    };
    bool m_isOfServer = false;
};

void PageBuilder::add(const Sample &sample)
{
    if (!std::isfinite(sample.value)) // of some other metric: nothing that a server counts
        return;
    WsServerStatistics &figures = m_page.figures;
    if (const auto member = m_counts.constFind(sample.name); member != m_counts.constEnd()) {
        figures.*(*member) = counted(sample.value);
        m_isOfServer = m_isOfServer || sample.name == "wskit_connections_total";
    } else if (sample.name == "wskit_connections") {
        figures.connections = int(qBound(0.0, sample.value, 1e9));
    } else if (sample.name == "wskit_handshakes_pending") {
        figures.pendingHandshakes = int(qBound(0.0, sample.value, 1e9));
    } else if (sample.name == "wskit_start_time_seconds") {
        constexpr double MillisecondsPerSecond = 1000;
        figures.startTime = QDateTime::fromMSecsSinceEpoch(
            std::llround(qBound(0.0, sample.value, 1e11) * MillisecondsPerSecond), QTimeZone::utc());
    } else if (sample.name == "wskit_topics") {
        m_page.topics = counted(sample.value);
    } else if (sample.name == "wskit_subscribers_of_other_topics") {
        m_page.otherSubscribers = counted(sample.value);
    } else if (!addLabelled(sample)) {
        addToHistogram(sample);
    }
}

bool PageBuilder::addLabelled(const Sample &sample)
{
    WsServerStatistics &figures = m_page.figures;
    if (sample.name == "wskit_subscribers")
        figures.subscribers[QString::fromUtf8(sample.label)] = int(qBound(0.0, sample.value, 1e9));
    else if (sample.name == "wskit_handshakes_rejected_total")
        addTo(&figures.rejected[codeOf(sample.label)], sample.value);
    else if (sample.name == "wskit_http_answers_total")
        addTo(&figures.answered[codeOf(sample.label)], sample.value);
    else if (sample.name == "wskit_connections_closed_total")
        addTo(&figures.closed[codeOf(sample.label)], sample.value);
    else
        return false;
    return true;
}

// The buckets of a page contain the smaller ones, the counts of a WsHistogram do not: see page().
bool PageBuilder::addToHistogram(const Sample &sample)
{
    const qsizetype end = sample.name.lastIndexOf('_');
    const auto member = m_histograms.constFind(sample.name.left(end));
    if (end < 0 || member == m_histograms.constEnd())
        return false;
    WsHistogram &histogram = m_page.figures.*(*member);
    if (sample.name.endsWith("_sum"))
        histogram.sum = sample.value;
    if (!sample.name.endsWith("_bucket") || sample.labelName != "le")
        return true;
    if (sample.label != "+Inf")
        histogram.bounds.append(sample.label.toDouble());
    histogram.counts.append(counted(sample.value));
    return true;
}

std::optional<MetricsPage> PageBuilder::page() const
{
    if (!m_isOfServer)
        return {};
    MetricsPage page = m_page;
    for (const auto member : m_histograms) {
        WsHistogram &histogram = page.figures.*member;
        for (qsizetype i = histogram.counts.size() - 1; i > 0; --i)
            histogram.counts[i] -= histogram.counts[i - 1];
        if (histogram.counts.size() != histogram.bounds.size() + 1 || histogram.counts.size() > MaxBuckets)
            histogram = {};
    }
    return page;
}
} // namespace

std::optional<MetricsPage> readMetricsPage(const QByteArray &text, QString *problem)
{
    PageBuilder builder;
    qsizetype number = 0;
    for (qsizetype start = 0; start < text.size();) {
        const qsizetype found = text.indexOf('\n', start);
        const qsizetype end = found < 0 ? text.size() : found;
        const QByteArrayView line = QByteArrayView(text).sliced(start, end - start).trimmed();
        start = end + 1;
        ++number;
        if (line.isEmpty() || line.startsWith('#'))
            continue;
        const std::optional<Sample> sample = SampleReader(line).read();
        if (!sample) {
            constexpr qsizetype Shown = 60;
            *problem = QStringLiteral("This is not a page of metrics. Line %1: “%2”")
                           .arg(number)
                           .arg(QString::fromUtf8(line.first(qMin(line.size(), Shown))));
            return {};
        }
        builder.add(*sample);
    }
    std::optional<MetricsPage> page = builder.page();
    if (!page)
        *problem = QStringLiteral("The page has metrics, but none of a WsServer.");
    return page;
}
