// SPDX-License-Identifier: MIT
#include "net/server/wsmetrics.h"

#include <QtCore/qset.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsMetrics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void figuresAreWritten_data();
    void figuresAreWritten();
    void everyMetricHasHelpAndAType();
    void noSeriesComesTwice();
    void bucketsAreCumulative();
    void topicIsEscaped();
    void onlyTheLargestTopicsAreListed();
    void topicWithALongNameIsOneOfTheOthers();
    void topicMayBeCalledAnything();
    void closeCodesOfPeersMakeFewSeries();
};

namespace {
QByteArrayList linesOf(const WsServerStatistics &statistics)
{
    const QByteArray text = wsMetrics(statistics);
    return text.endsWith('\n') ? text.chopped(1).split('\n') : QByteArrayList();
}

// The lines with the samples of this \a metric.
QByteArrayList samplesOf(const WsServerStatistics &statistics, const QByteArray &metric)
{
    QByteArrayList samples = linesOf(statistics);
    samples.removeIf([&](const QByteArray &line) {
        return !line.startsWith(metric + ' ') && !line.startsWith(metric + '{');
    });
    return samples;
}

WsServerStatistics examples()
{
    WsServerStatistics statistics;
    statistics.startTime = QDateTime::fromMSecsSinceEpoch(1700000000500);
    statistics.connections = 3;
    statistics.pendingHandshakes = 4;
    statistics.connectionsTotal = 5;
    statistics.rejected = {{0, 6}, {403, 7}};
    statistics.answered = {{200, 8}};
    statistics.closed = {{1000, 9}};
    statistics.messagesReceived = 5000000000;
    statistics.messagesSent = 11;
    statistics.messagesSkipped = 12;
    statistics.payloadBytesReceived = 13;
    statistics.payloadBytesSent = 14;
    statistics.wireBytesReceived = 15;
    statistics.wireBytesSent = 16;
    statistics.bufferedAmount = 17;
    statistics.subscribers = {{u"news"_s, 18}};
    statistics.handshakeTime.bounds = {0.001, 0.0025};
    statistics.handshakeTime.counts = {1, 2, 3};
    statistics.handshakeTime.sum = 0.5;
    statistics.messageSize = statistics.sentMessageSize = statistics.roundTrip = statistics.handshakeTime;
    return statistics;
}

// What is before the value.
QByteArray seriesOf(const QByteArray &sample)
{
    return sample.first(sample.lastIndexOf(' '));
}
} // namespace

void TestWsMetrics::figuresAreWritten_data()
{
    QTest::addColumn<QByteArray>("line");
    for (const char *line : {"wskit_start_time_seconds 1700000000.500",
                             "wskit_connections 3",
                             "wskit_handshakes_pending 4",
                             "wskit_connections_total 5",
                             "wskit_handshakes_rejected_total{status=\"none\"} 6",
                             "wskit_handshakes_rejected_total{status=\"403\"} 7",
                             "wskit_http_answers_total{status=\"200\"} 8",
                             "wskit_connections_closed_total{code=\"1000\"} 9",
                             "wskit_messages_received_total 5000000000",
                             "wskit_messages_sent_total 11",
                             "wskit_messages_skipped_total 12",
                             "wskit_payload_received_bytes_total 13",
                             "wskit_payload_sent_bytes_total 14",
                             "wskit_wire_received_bytes_total 15",
                             "wskit_wire_sent_bytes_total 16",
                             "wskit_buffered_bytes 17",
                             "wskit_subscribers{topic=\"news\"} 18",
                             "wskit_subscribers_of_other_topics 0",
                             "wskit_topics 1",
                             "wskit_handshake_seconds_sum 0.5",
                             "wskit_handshake_seconds_count 6",
                             "wskit_handshake_seconds_bucket{le=\"0.0025\"} 3",
                             "wskit_message_received_bytes_count 6",
                             "wskit_message_sent_bytes_count 6",
                             "wskit_round_trip_seconds_count 6"})
        QTest::newRow(line) << QByteArray(line);
}

void TestWsMetrics::figuresAreWritten()
{
    QFETCH(const QByteArray, line);
    QVERIFY(linesOf(examples()).contains(line));
}

void TestWsMetrics::everyMetricHasHelpAndAType()
{
    const QByteArrayList lines = linesOf(examples());
    QByteArray metric;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QByteArrayList words = lines[i].split(' ');
        if (lines[i].startsWith("# HELP ")) {
            metric = words[2];
            QVERIFY2(lines.value(i + 1).startsWith("# TYPE " + metric + ' '), lines[i]);
        } else if (!lines[i].startsWith('#')) {
            QVERIFY2(!metric.isEmpty() && lines[i].startsWith(metric), lines[i]);
        }
    }
}

void TestWsMetrics::noSeriesComesTwice()
{
    QSet<QByteArray> seen;
    for (const QByteArray &line : linesOf(examples())) {
        const QByteArray series = line.startsWith('#') ? line.first(line.indexOf(' ', 7)) : seriesOf(line);
        QVERIFY2(!seen.contains(series), line);
        seen.insert(series);
    }
    QVERIFY(seen.contains("# TYPE wskit_connections"));
}

void TestWsMetrics::bucketsAreCumulative()
{
    QCOMPARE(samplesOf(examples(), "wskit_handshake_seconds_bucket"),
             QByteArrayList({"wskit_handshake_seconds_bucket{le=\"0.001\"} 1",
                             "wskit_handshake_seconds_bucket{le=\"0.0025\"} 3",
                             "wskit_handshake_seconds_bucket{le=\"+Inf\"} 6"}));
}

void TestWsMetrics::topicIsEscaped()
{
    WsServerStatistics statistics;
    statistics.subscribers = {{u"a\"b\\c\nd é"_s, 1}};
    QCOMPARE(samplesOf(statistics, "wskit_subscribers"),
             QByteArrayList({"wskit_subscribers{topic=\"a\\\"b\\\\c\\nd \xC3\xA9\"} 1"}));
}

void TestWsMetrics::onlyTheLargestTopicsAreListed()
{
    WsServerStatistics statistics;
    for (int i = 1; i <= WsMaxTopicsInMetrics + 3; ++i)
        statistics.subscribers.insert(QString::number(i), i);
    const QByteArrayList listed = samplesOf(statistics, "wskit_subscribers");
    QCOMPARE(listed.size(), WsMaxTopicsInMetrics);
    QCOMPARE(listed.first(), "wskit_subscribers{topic=\"103\"} 103");
    QCOMPARE(listed.last(), "wskit_subscribers{topic=\"4\"} 4");
    QCOMPARE(samplesOf(statistics, "wskit_subscribers_of_other_topics").value(0),
             "wskit_subscribers_of_other_topics 6");
    QCOMPARE(samplesOf(statistics, "wskit_topics").value(0), "wskit_topics 103");
}

void TestWsMetrics::topicWithALongNameIsOneOfTheOthers()
{
    WsServerStatistics statistics;
    statistics.subscribers = {{QString(WsMaxTopicNameInMetrics + 1, u'x'), 2}, {u"short"_s, 1}};
    QCOMPARE(samplesOf(statistics, "wskit_subscribers"),
             QByteArrayList({"wskit_subscribers{topic=\"short\"} 1"}));
    QCOMPARE(samplesOf(statistics, "wskit_subscribers_of_other_topics").value(0),
             "wskit_subscribers_of_other_topics 2");
}

// Two strings that are not Unicode are the same in UTF-8.
void TestWsMetrics::topicMayBeCalledAnything()
{
    WsServerStatistics statistics;
    statistics.subscribers = {
        {QString(QChar(0xD800)), 1}, {QString(QChar(0xD801)), 2}, {u"other"_s, 3}, {QString(), 4}};
    const QByteArrayList listed = samplesOf(statistics, "wskit_subscribers");
    QSet<QByteArray> series;
    for (const QByteArray &sample : listed)
        series.insert(seriesOf(sample));
    QCOMPARE(series.size(), listed.size());
    QCOMPARE(listed.size(), 3);
    QVERIFY(listed.contains("wskit_subscribers{topic=\"\"} 4"));
}

void TestWsMetrics::closeCodesOfPeersMakeFewSeries()
{
    WsServerStatistics statistics;
    for (int code = 0; code <= 65535; ++code)
        statistics.closed.insert(code, 1);
    const QByteArrayList listed = samplesOf(statistics, "wskit_connections_closed_total");
    QCOMPARE(listed.size(), 19);
    QVERIFY(listed.contains("wskit_connections_closed_total{code=\"1001\"} 1"));
    QVERIFY(listed.contains("wskit_connections_closed_total{code=\"3000-3999\"} 1000"));
    QVERIFY(listed.contains("wskit_connections_closed_total{code=\"4000-4999\"} 1000"));
    QVERIFY(listed.contains("wskit_connections_closed_total{code=\"other\"} 63520"));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsMetrics)
#include "tst_wsmetrics.moc"
