// SPDX-License-Identifier: MIT
#include "net/server/wsmetrics.h"

#include <QtCore/qlist.h>
#include <QtCore/qlocale.h>

#include <algorithm>
#include <utility>

namespace {
QByteArray numberText(double value)
{
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

// https://prometheus.io/docs/instrumenting/exposition_formats/: a label value escapes these three.
QByteArray escaped(QByteArray label)
{
    return label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
}

// What the close codes of peers become: there are 2,000 codes for applications alone.
QByteArray closeLabel(int code)
{
    if (code >= 1000 && code <= 1015)
        return QByteArray::number(code);
    if (code >= 3000 && code <= 3999)
        return "3000-3999";
    return code >= 4000 && code <= 4999 ? "4000-4999" : "other";
}

// Of WsServerStatistics::rejected, where 0 means that the client got no answer.
QByteArray statusLabel(int status)
{
    return status == 0 ? QByteArray("none") : QByteArray::number(status);
}

class MetricsText
{
public:
    void gauge(QByteArrayView name, QByteArrayView help, qint64 value)
    {
        begin(name, help, "gauge");
        sample(name, {}, QByteArray::number(value));
    }
    void gauge(QByteArrayView name, QByteArrayView help, double value)
    {
        begin(name, help, "gauge");
        sample(name, {}, QByteArray::number(value, 'f', 3));
    }
    void counter(QByteArrayView name, QByteArrayView help, qint64 value)
    {
        begin(name, help, "counter");
        sample(name, {}, QByteArray::number(value));
    }
    void counters(QByteArrayView name, QByteArrayView help, QByteArrayView label,
                  const QMap<int, qint64> &values, QByteArray (*labelOf)(int));
    void topics(const QMap<QString, int> &subscribers);
    void histogram(QByteArrayView name, QByteArrayView help, const WsHistogram &histogram);

    QByteArray text;

private:
    void begin(QByteArrayView name, QByteArrayView help, QByteArrayView type)
    {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
    void sample(QByteArrayView name, const QByteArray &labels, const QByteArray &value)
    {
        text.append(name).append(labels).append(' ').append(value).append('\n');
    }
    static QByteArray labelled(QByteArrayView name, const QByteArray &value)
    {
        return '{' + name.toByteArray() + "=\"" + escaped(value) + "\"}";
    }
};

void MetricsText::counters(QByteArrayView name, QByteArrayView help, QByteArrayView label,
                           const QMap<int, qint64> &values, QByteArray (*labelOf)(int))
{
    QMap<QByteArray, qint64> sums;
    for (auto value = values.begin(); value != values.end(); ++value)
        sums[labelOf(value.key())] += value.value();
    begin(name, help, "counter");
    for (auto sum = sums.begin(); sum != sums.end(); ++sum)
        sample(name, labelled(label, sum.key()), QByteArray::number(sum.value()));
}

// The others have a metric of their own, because a topic may have any name.
void MetricsText::topics(const QMap<QString, int> &subscribers)
{
    QMap<QByteArray, int> named; // strings that are not Unicode may become the same name
    qint64 others = 0;
    for (auto topic = subscribers.begin(); topic != subscribers.end(); ++topic) {
        const QByteArray name = topic.key().toUtf8();
        if (name.size() <= WsMaxTopicNameInMetrics)
            named[name] += topic.value();
        else
            others += topic.value();
    }
    QList<std::pair<int, QByteArray>> largest; // sorted by minus the number of subscribers
    for (auto topic = named.begin(); topic != named.end(); ++topic)
        largest.append({-topic.value(), topic.key()});
    const qsizetype shown = qMin(largest.size(), WsMaxTopicsInMetrics);
    std::partial_sort(largest.begin(), largest.begin() + shown, largest.end());
    begin("wskit_subscribers", "Subscribers of the topics that have most of them.", "gauge");
    for (qsizetype i = 0; i < largest.size(); ++i) {
        if (i < shown)
            sample("wskit_subscribers", labelled("topic", largest[i].second),
                   QByteArray::number(-largest[i].first));
        else
            others -= largest[i].first;
    }
    gauge("wskit_subscribers_of_other_topics", "Subscribers of all other topics.", others);
    gauge("wskit_topics", "Topics that have subscribers.", qint64(subscribers.size()));
}

void MetricsText::histogram(QByteArrayView name, QByteArrayView help, const WsHistogram &histogram)
{
    begin(name, help, "histogram");
    const QByteArray bucket = name.toByteArray() + "_bucket";
    qint64 count = 0;
    for (qsizetype i = 0; i < histogram.counts.size(); ++i) {
        count += histogram.counts[i];
        const bool isBound = i < histogram.bounds.size();
        sample(bucket, labelled("le", isBound ? numberText(histogram.bounds[i]) : "+Inf"),
               QByteArray::number(count));
    }
    sample(name.toByteArray() + "_sum", {}, numberText(histogram.sum));
    sample(name.toByteArray() + "_count", {}, QByteArray::number(count));
}

void addTraffic(MetricsText *text, const WsServerStatistics &now)
{
    text->counter("wskit_messages_received_total", "Messages received.", now.messagesReceived);
    text->counter("wskit_messages_sent_total", "Messages accepted for sending.", now.messagesSent);
    text->counter("wskit_messages_skipped_total", "Messages that slow subscribers did not get.",
                  now.messagesSkipped);
    text->counter("wskit_payload_received_bytes_total", "Payload received, after decompression.",
                  now.payloadBytesReceived);
    text->counter("wskit_payload_sent_bytes_total", "Payload sent, before compression.",
                  now.payloadBytesSent);
    text->counter("wskit_wire_received_bytes_total", "Bytes read from sockets, after TLS.",
                  now.wireBytesReceived);
    text->counter("wskit_wire_sent_bytes_total", "Bytes written to sockets, before TLS.", now.wireBytesSent);
}
} // namespace

QByteArray wsMetrics(const WsServerStatistics &now)
{
    constexpr double MillisecondsPerSecond = 1000;
    MetricsText text;
    text.gauge("wskit_start_time_seconds", "When the server was created, as Unix time.",
               double(now.startTime.toMSecsSinceEpoch()) / MillisecondsPerSecond);
    text.gauge("wskit_connections", "Open WebSocket connections.", qint64(now.connections));
    text.gauge("wskit_handshakes_pending", "Clients whose request is not complete.",
               qint64(now.pendingHandshakes));
    text.gauge("wskit_buffered_bytes", "Bytes queued for sending.", now.bufferedAmount);
    text.counter("wskit_connections_total", "WebSocket connections that were opened.", now.connectionsTotal);
    text.counters("wskit_handshakes_rejected_total", "Clients that were refused, by HTTP status.", "status",
                  now.rejected, statusLabel);
    text.counters("wskit_http_answers_total", "Plain HTTP requests that were answered, by status.", "status",
                  now.answered, statusLabel);
    text.counters("wskit_connections_closed_total", "WebSocket connections that have ended, by close code.",
                  "code", now.closed, closeLabel);
    addTraffic(&text, now);
    text.topics(now.subscribers);
    text.histogram("wskit_handshake_seconds", "Time from accepting a client to the 101 response.",
                   now.handshakeTime);
    text.histogram("wskit_message_received_bytes", "Payload of messages received.", now.messageSize);
    text.histogram("wskit_message_sent_bytes", "Payload of messages sent.", now.sentMessageSize);
    text.histogram("wskit_round_trip_seconds", "Time from a ping to its pong.", now.roundTrip);
    return text.text;
}

QByteArray wsMetrics(const WsBrokerFigures &now)
{
    MetricsText text;
    text.gauge("wskit_broker_connected", "Whether the broker is connected.", qint64(now.isConnected));
    text.counter("wskit_broker_messages_unsent_total",
                 "Messages that other servers have not got, or may not have got.", now.messagesUnsent);
    text.gauge("wskit_broker_messages_missed", "Messages of other servers that have not arrived so far.",
               now.messagesMissed);
    return text.text;
}
