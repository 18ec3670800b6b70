// SPDX-License-Identifier: MIT

// The metrics of a server, checked by promtool and scraped by Prometheus, and what the documentation prints
// for both.

#include "../heldport.h"
#include "../printedcode.h"
#include "integrationtesting.h"

#include <QtCore/qfile.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qprocess.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qurlquery.h>
#include <QtNetwork/qnetworkaccessmanager.h>
#include <QtNetwork/qnetworkreply.h>

using namespace IntegrationTesting;

namespace {
// Waits for it; -1 if it does not end by itself.
int endOf(QProcess *process)
{
    const bool hasEnded = process->waitForFinished(Patience);
    return hasEnded && process->exitStatus() == QProcess::NormalExit ? process->exitCode() : -1;
}

// What promtool says of \a text; nothing if all is well.
QString complaintsAbout(const QByteArray &text)
{
    QProcess promtool;
    promtool.setProcessChannelMode(QProcess::MergedChannels);
    promtool.start(QStringLiteral(INTEROP_PROMTOOL), {u"check"_s, u"metrics"_s});
    promtool.write(text);
    promtool.closeWriteChannel();
    const int exitCode = endOf(&promtool);
    const QString output = QString::fromUtf8(promtool.readAll());
    return exitCode == 0 ? output : u"exit code %1: %2"_s.arg(exitCode).arg(output);
}

// Whether promtool accepts \a text as a file of this kind, "config" or "rules"; \a output is what it says.
bool isValid(const QString &kind, const QByteArray &text, QByteArray *output)
{
    const QTemporaryDir directory;
    QFile file(directory.filePath(kind + u".yml"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        return false;
    file.close();
    QProcess promtool;
    promtool.start(QStringLiteral(INTEROP_PROMTOOL), {u"check"_s, kind, file.fileName()});
    const int exitCode = endOf(&promtool);
    *output = promtool.readAll();
    return exitCode == 0;
}

QSet<QString> metricsIn(const QByteArray &text, const QString &pattern)
{
    QSet<QString> names;
    for (auto match = QRegularExpression(pattern).globalMatch(QString::fromUtf8(text)); match.hasNext();)
        names.insert(match.next().captured(1));
    return names;
}

// A server that has something of everything.
struct BusyServer : Pair
{
    BusyServer()
    {
        server.setRequestHandler([this](const WsRequest &request) {
            if (request.path() == u"/metrics")
                return WsResponse::metrics(server);
            return request.path() == u"/closed" ? WsResponse::reject(403) : WsResponse::accept();
        });
    }

    bool work()
    {
        if (!open())
            return false;
        server.subscribe(peer, u"a \"topic\" with a \\, a\nline break and é"_s);
        server.subscribe(peer, u"news"_s);
        client.sendText(u"hello"_s);
        peer->sendBinary(QByteArray(100000, 'x'));
        peer->ping();
        RawPeer refused;
        if (!refused.connectTo(server))
            return false;
        refused.send(RawPeer::upgradeRequest({}, "/closed"));
        WsClient gone;
        return waitFor([&] { return refused.httpStatus() == 403; }) && gone.open(url())
               && waitFor([&] { return gone.state() == Ws::Open; }) && gone.close(4001) && waitFor([&] {
                      const WsServerStatistics now = server.statistics();
                      return now.closed.size() == 1 && now.roundTrip.count() == 1
                             && now.messagesReceived == 1;
                  });
    }
};

// Prometheus on a port of its own.
class Prometheus
{
public:
    ~Prometheus()
    {
        m_process.terminate();
        m_process.waitForFinished(Patience);
    }

    bool scrape(const QUrl &url)
    {
        QFile configuration(m_directory.filePath(u"prometheus.yml"_s));
        if (!configuration.open(QIODevice::WriteOnly))
            return false;
        configuration.write("global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: wskit\n"
                            "    static_configs:\n      - targets: ['"
                            + url.authority().toUtf8() + "']\n");
        configuration.close();
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setStandardOutputFile(m_directory.filePath(u"log"_s));
        m_process.start(QStringLiteral(INTEROP_PROMETHEUS),
                        {u"--config.file="_s + configuration.fileName(),
                         u"--storage.tsdb.path="_s + m_directory.filePath(u"data"_s),
                         u"--web.listen-address="_s + m_port.address()});
        return m_process.waitForStarted(Patience);
    }

    // The value of an expression; nothing as long as there is none.
    QString ask(const QString &expression)
    {
        QUrl url(u"http://%1/api/v1/query"_s.arg(m_port.address()));
        url.setQuery(QUrlQuery{{u"query"_s, expression}});
        const std::unique_ptr<QNetworkReply> reply(m_network.get(QNetworkRequest(url)));
        if (!waitFor([&] { return reply->isFinished(); }))
            return {};
        const QJsonObject data = QJsonDocument::fromJson(reply->readAll()).object()[u"data"].toObject();
        return data[u"result"].toArray().at(0).toObject()[u"value"].toArray().at(1).toString();
    }

private:
    QTemporaryDir m_directory;
    QProcess m_process;
    QNetworkAccessManager m_network;
    const HeldPort m_port;
};
} // namespace

class TestPrometheus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void promtoolFindsFault();
    void metricsOfANewServerAreValid();
    void metricsOfABusyServerAreValid();
    void prometheusScrapes();
    void printedConfigurationIsValid();
    void printedAlertsAreValid();
    void printedAlertsUseMetricsThatExist();
};

void TestPrometheus::promtoolFindsFault()
{
    QVERIFY(!complaintsAbout("wskit_connections one\n").isEmpty());
    QVERIFY(!complaintsAbout("# TYPE wskit_connections counter\nwskit_connections 1\n").isEmpty());
}

void TestPrometheus::metricsOfANewServerAreValid()
{
    QCOMPARE(complaintsAbout(WsServer().metrics()), QString());
}

void TestPrometheus::metricsOfABusyServerAreValid()
{
    BusyServer busy;
    QVERIFY(busy.work());
    QCOMPARE(complaintsAbout(busy.server.metrics()), QString());
}

void TestPrometheus::prometheusScrapes()
{
    BusyServer busy;
    QVERIFY(busy.work());
    Prometheus prometheus;
    QVERIFY(prometheus.scrape(busy.server.serverUrl()));
    WS_TRY_COMPARE(prometheus.ask(u"wskit_connections"_s), u"1"_s);
    QCOMPARE(prometheus.ask(u"wskit_connections_total"_s), u"2"_s);
    QCOMPARE(prometheus.ask(u"wskit_handshakes_rejected_total{status=\"403\"}"_s), u"1"_s);
    QCOMPARE(prometheus.ask(u"sum(wskit_subscribers)"_s), u"2"_s);
    QCOMPARE(prometheus.ask(u"count(wskit_subscribers{topic=~\"(?s)a \\\"topic\\\" with a .*é\"})"_s),
             u"1"_s);
    QCOMPARE(prometheus.ask(u"histogram_quantile(0.5, wskit_message_sent_bytes_bucket)"_s).toDouble(),
             busy.server.statistics().sentMessageSize.quantile(0.5));
    QCOMPARE(prometheus.ask(u"histogram_quantile(0.9, wskit_handshake_seconds_bucket)"_s).toDouble(),
             busy.server.statistics().handshakeTime.quantile(0.9));
}

// --- what the documentation prints

void TestPrometheus::printedConfigurationIsValid()
{
    QByteArray printed = PrintedCode(QStringLiteral(INTEROP_MONITORING)).beginningWith("# prometheus.yml");
    QByteArray output;
    QVERIFY(printed.contains("scrape_configs:"));
    QVERIFY2(isValid(u"config"_s, printed, &output), output);
    QVERIFY(!isValid(u"config"_s, printed.replace("targets", "target"), &output));
}

void TestPrometheus::printedAlertsAreValid()
{
    QByteArray printed = PrintedCode(QStringLiteral(INTEROP_MONITORING)).inSection("2 Alerts worth having");
    QByteArray output;
    QVERIFY2(isValid(u"rules"_s, printed, &output), output);
    const auto count = printed.count("- alert:");
    QVERIFY(count > 0);
    QVERIFY2(output.contains("SUCCESS: " + QByteArray::number(count) + " rules found"), output);
    QVERIFY(!isValid(u"rules"_s, printed.replace("rate(", "rat("), &output));
}

void TestPrometheus::printedAlertsUseMetricsThatExist()
{
    BusyServer busy;
    QVERIFY(busy.work());
    const QSet<QString> used =
        metricsIn(PrintedCode(QStringLiteral(INTEROP_MONITORING)).inSection("2 Alerts worth having"),
                  u"\\b(wskit_\\w+)"_s);
    const QSet<QString> written = metricsIn(busy.server.metrics(), u"(?m)^(wskit_\\w+)"_s);
    QVERIFY(!used.isEmpty());
    for (const QString &name : used)
        QVERIFY2(written.contains(name), qPrintable(name));
}

QTEST_GUILESS_MAIN(TestPrometheus)
#include "tst_prometheus.moc"
