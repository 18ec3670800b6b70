// SPDX-License-Identifier: MIT

// The parts of examples/08-dashboard without a window, and its grafana.json. `dashboard --check` tests the
// window.
#include "metricspage.h"
#include "recording.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>
#include <QtCore/QSet>
#include <QtCore/QTimeZone>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace std::chrono_literals;

namespace {
// All values of this key, however deep.
QStringList valuesOf(const QString &key, const QJsonValue &json)
{
    QStringList values;
    const QJsonObject object = json.toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (member.key() == key && member.value().isString())
            values.append(member.value().toString());
        values += valuesOf(key, member.value());
    }
    const QJsonArray array = json.toArray();
    for (const auto &element : array)
        values += valuesOf(key, element);
    return values;
}

// The names that queries can use: a histogram has three.
QSet<QString> namesIn(const QByteArray &metrics)
{
    QSet<QString> names;
    const QRegularExpression type(QStringLiteral("^# TYPE (\\S+) (\\S+)$"),
                                  QRegularExpression::MultilineOption);
    for (auto found = type.globalMatch(QString::fromUtf8(metrics)); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        if (match.captured(2) == u"histogram") {
            for (const auto *suffix : {u"_bucket", u"_sum", u"_count"})
                names.insert(match.captured(1) + QString::fromUtf16(suffix));
        } else {
            names.insert(match.captured(1));
        }
    }
    return names;
}

QSet<QString> namesUsedBy(const QStringList &queries)
{
    QSet<QString> names;
    const QRegularExpression name(QStringLiteral("\\bwskit_\\w+"));
    for (const QString &query : queries) {
        for (auto found = name.globalMatch(query); found.hasNext();)
            names.insert(found.next().captured());
    }
    return names;
}

void compare(const WsServerStatistics &read, const WsServerStatistics &expected)
{
    QCOMPARE(read.startTime, expected.startTime);
    QCOMPARE(read.connections, expected.connections);
    QCOMPARE(read.connectionsTotal, expected.connectionsTotal);
    QCOMPARE(read.rejected, expected.rejected);
    QCOMPARE(read.closed, expected.closed);
    QCOMPARE(read.answered, expected.answered);
    QCOMPARE(read.messagesSent, expected.messagesSent);
    QCOMPARE(read.messagesReceived, expected.messagesReceived);
    QCOMPARE(read.messagesSkipped, expected.messagesSkipped);
    QCOMPARE(read.payloadBytesSent, expected.payloadBytesSent);
    QCOMPARE(read.payloadBytesReceived, expected.payloadBytesReceived);
    QCOMPARE(read.wireBytesSent, expected.wireBytesSent);
    QCOMPARE(read.wireBytesReceived, expected.wireBytesReceived);
    QCOMPARE(read.bufferedAmount, expected.bufferedAmount);
    QCOMPARE(read.subscribers, expected.subscribers);
    QCOMPARE(read.handshakeTime, expected.handshakeTime);
    QCOMPARE(read.messageSize, expected.messageSize);
    QCOMPARE(read.sentMessageSize, expected.sentMessageSize);
    QCOMPARE(read.roundTrip, expected.roundTrip);
}

MetricsPage pageWith(qint64 received, int connections = 1)
{
    MetricsPage page;
    page.figures.startTime = QDateTime::fromSecsSinceEpoch(1000, QTimeZone::utc());
    page.figures.messagesReceived = received;
    page.figures.connections = connections;
    page.figures.messageSize = {{64, 256}, {received, 0, 0}, double(received)};
    return page;
}
} // namespace

class TestDashboard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsBackWhatAServerWrites();
    void readsLabelsWithEscapes();
    void refusesWhatIsNoPageOfMetrics_data();
    void refusesWhatIsNoPageOfMetrics();
    void survivesPagesThatAreCutAnywhere();
    void ratesAreDifferencesOverTime();
    void aGapIsNotANumber();
    void distributionsCoverTheLastMinute();
    void aServerThatStartedAnewBeginsAnew();
    void historiesHaveALimit();
    void grafanaUsesOnlyMetricsThatExist();
    void grafanaShowsEveryMetric();
};

void TestDashboard::readsBackWhatAServerWrites()
{
    WsServer server;
    server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/no" ? WsResponse::reject(403) : WsResponse::accept();
    });
    connect(&server, &WsServer::newConnection, &server, [&server](WsConnection *connection) {
        server.subscribe(connection, QStringLiteral("a \"b\" \\ c\nd"));
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection](const QString &text) { connection->sendText(text); });
    });
    QVERIFY(server.listen());
    WsClient client;
    WsClient refused;
    QSignalSpy echoes(&client, &WsConnection::textMessageReceived);
    connect(&client, &WsConnection::opened, &client, [&client] {
        client.sendText(QStringLiteral("hello"));
        client.sendText(QString(5000, u'x'));
    });
    client.setUrl(server.serverUrl());
    client.setActive(true);
    QUrl no = server.serverUrl();
    no.setPath(QStringLiteral("/no"));
    refused.setUrl(no);
    refused.setActive(true);
    QTRY_COMPARE(echoes.size(), 2);
    QTRY_COMPARE(server.statistics().rejected.value(403), 1);
    QSignalSpy pongs(&client, &WsConnection::pongReceived);
    QVERIFY(client.ping());
    QTRY_COMPARE(pongs.size(), 1);
    QTRY_COMPARE(server.statistics().pendingHandshakes, 0);

    // All is quiet now.
    const WsServerStatistics now = server.statistics();
    QString problem;
    const std::optional<MetricsPage> page = readMetricsPage(server.metrics(), &problem);
    QVERIFY2(page, qPrintable(problem));
    QCOMPARE(now.messageSize.count(), 2);
    QCOMPARE(page->topics, 1);
    QCOMPARE(page->otherSubscribers, 0);
    compare(page->figures, now);
}

void TestDashboard::readsLabelsWithEscapes()
{
    QString problem;
    const auto page = readMetricsPage("# a comment\n\nwskit_connections_total 7 1700000000000\r\n"
                                      "wskit_subscribers{topic=\"a\\\"b\\\\c\\nd}\"} 3\n"
                                      "wskit_connections_closed_total{code=\"4000-4999\"} 2\n"
                                      "wskit_handshakes_rejected_total{status=\"none\",} 1\n"
                                      "go_gc_duration{quantile=\"0.5\"} 1.5e-05\ngo_empty NaN\n"
                                      "wskit_connections 4\nwskit_connections +Inf\n",
                                      &problem);
    QVERIFY2(page, qPrintable(problem));
    QCOMPARE(page->figures.connectionsTotal, 7);
    QCOMPARE(page->figures.connections, 4);
    QCOMPARE(page->figures.subscribers, (QMap<QString, int>{{QStringLiteral("a\"b\\c\nd}"), 3}}));
    QCOMPARE(page->figures.closed, (QMap<int, qint64>{{4000, 2}}));
    QCOMPARE(page->figures.rejected, (QMap<int, qint64>{{0, 1}}));
}

void TestDashboard::refusesWhatIsNoPageOfMetrics_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problem");
    QTest::newRow("nothing") << QByteArray() << QStringLiteral("none of a WsServer");
    QTest::newRow("another program") << QByteArray("go_goroutines 8\n")
                                     << QStringLiteral("none of a WsServer");
    QTest::newRow("a web page") << QByteArray("<!DOCTYPE html>\n<p>Hello")
                                << QStringLiteral("Line 1: “<!DOCTYPE html>”");
    QTest::newRow("no number") << QByteArray("wskit_connections_total seven\n") << QStringLiteral("Line 1");
    QTest::newRow("an open label") << QByteArray("a 1\nb{c=\"d} 1\n")
                                   << QStringLiteral("Line 2: “b{c=\"d} 1”");
    QTest::newRow("a long line") << QByteArray(100000, '-') << QString(60, u'-') + u'”';
}

void TestDashboard::refusesWhatIsNoPageOfMetrics()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, problem);
    QString said;
    QVERIFY(!readMetricsPage(text, &said));
    QVERIFY2(said.contains(problem), qPrintable(said));
}

void TestDashboard::survivesPagesThatAreCutAnywhere()
{
    const QByteArray text = "# HELP wskit_topics Topics\nwskit_connections_total 12\nwskit_topics -1e300\n"
                            "wskit_handshake_seconds_bucket{le=\"0.1\"} 1e300\n"
                            "wskit_handshake_seconds_bucket{le=\"+Inf\"} 5\nwskit_handshake_seconds_sum 1\n"
                            "wskit_subscribers{topic=\"a\\\\b\"} 1e300\nwskit_topics 1e\n";
    const qsizetype counterAt = text.indexOf("total 1") + 7;
    QString problem;
    for (qsizetype size = 0; size < text.size(); ++size)
        QVERIFY(!readMetricsPage(text.left(size), &problem) || size >= counterAt);
    QVERIFY(readMetricsPage(text.left(text.lastIndexOf("wskit")), &problem));
}

void TestDashboard::ratesAreDifferencesOverTime()
{
    Recording recording;
    recording.add(pageWith(100, 3), 10s);
    QVERIFY(qIsNaN(recording.figure(Recording::Received).now())); // of what time?
    QCOMPARE(recording.figure(Recording::Connections).now(), 3.0);
    recording.add(pageWith(150, 4), 10500ms);
    QCOMPARE(recording.figure(Recording::Received).now(), 100.0);
    QCOMPARE(recording.figure(Recording::Received).total, 150.0);
    QCOMPARE(recording.figure(Recording::Connections).history, (QList<double>{3, 4}));
}

void TestDashboard::aGapIsNotANumber()
{
    Recording recording;
    recording.add(pageWith(0), 1s);
    recording.addGap();
    QVERIFY(qIsNaN(recording.figure(Recording::Connections).now()));
    // The rate after a gap is that of all the time since the last sample.
    recording.add(pageWith(30), 4s);
    QCOMPARE(recording.figure(Recording::Received).now(), 10.0);
}

void TestDashboard::distributionsCoverTheLastMinute()
{
    Recording recording;
    recording.add(pageWith(1000), 0s);
    QCOMPARE(recording.recent(&WsServerStatistics::messageSize).count, 0.0); // it was before
    for (int second = 1; second <= 90; ++second)
        recording.add(pageWith(1000 + second), std::chrono::seconds(second));
    const Distribution recent = recording.recent(&WsServerStatistics::messageSize);
    QCOMPARE(recent.count, 60.0);
    QCOMPARE(recent.counts, (QList<double>{60, 0, 0}));
    QCOMPARE(recent.median, 32.0);
}

void TestDashboard::aServerThatStartedAnewBeginsAnew()
{
    Recording recording;
    recording.add(pageWith(1000), 1s);
    recording.add(pageWith(1010), 2s);
    MetricsPage anew = pageWith(2000); // more than before, yet not of the same server
    anew.figures.startTime = anew.figures.startTime.addSecs(5);
    recording.add(anew, 3s);
    QVERIFY(qIsNaN(recording.figure(Recording::Received).now()));
    QCOMPARE(recording.recent(&WsServerStatistics::messageSize).count, 0.0);
    recording.add(pageWith(5), 4s); // fewer
    QVERIFY(qIsNaN(recording.figure(Recording::Received).now()));
}

void TestDashboard::historiesHaveALimit()
{
    Recording recording;
    for (int second = 0; second < 500; ++second) {
        recording.add(pageWith(second), std::chrono::seconds(second));
        recording.addGap();
    }
    QCOMPARE(recording.figure(Recording::Received).history.size(), Recording::HistoryLength);
}

void TestDashboard::grafanaUsesOnlyMetricsThatExist()
{
    QFile file(QStringLiteral(DASHBOARD_GRAFANA));
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
    QJsonParseError error;
    const QJsonDocument grafana = QJsonDocument::fromJson(file.readAll(), &error);
    QVERIFY2(grafana.isObject(), qPrintable(error.errorString()));
    const QStringList queries = valuesOf(QStringLiteral("expr"), grafana.object())
                                + valuesOf(QStringLiteral("query"), grafana.object());
    QVERIFY(queries.size() > 20);
    const QSet<QString> unknown = namesUsedBy(queries) - namesIn(WsServer().metrics());
    QVERIFY2(unknown.isEmpty(), qPrintable(QStringList(unknown.values()).join(u' ')));
}

void TestDashboard::grafanaShowsEveryMetric()
{
    QFile file(QStringLiteral(DASHBOARD_GRAFANA));
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
    const QJsonDocument grafana = QJsonDocument::fromJson(file.readAll());
    QSet<QString> missing =
        namesIn(WsServer().metrics()) - namesUsedBy(valuesOf(QStringLiteral("expr"), grafana.object()));
    const QStringList names = missing.values();
    for (const QString &name : names) {
        if (name.endsWith(u"_sum") || name.endsWith(u"_count")) // quantiles need only the buckets
            missing.remove(name);
    }
    QVERIFY2(missing.isEmpty(), qPrintable(QStringList(missing.values()).join(u' ')));
}

QTEST_GUILESS_MAIN(TestDashboard)
#include "tst_dashboard.moc"
