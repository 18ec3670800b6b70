// SPDX-License-Identifier: MIT

// A page in Chromium, served by WsServer itself, plays its scenarios over ws:// and wss:// and reports.

#include "agreements.h"
#include "chromiumbrowser.h"
#include "interopserver.h"

#include "integrationtesting.h"

#include <QtCore/qhash.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

#include <map>
#include <vector>

using namespace Agreements;
using namespace IntegrationTesting;

namespace {
constexpr int BrowserPatience = 5 * Patience;

const char *const Scenarios[] = {"text",
                                 "text that is not ASCII",
                                 "text that begins with U+FEFF",
                                 "empty text",
                                 "no bytes",
                                 "every byte",
                                 "1 MiB of text",
                                 "1 MiB of bytes",
                                 "1 MiB of random bytes",
                                 "a Blob",
                                 "10,000 messages sent at once",
                                 "10,000 messages received at once",
                                 "fragments received",
                                 "fragments received with pings between them",
                                 "characters cut by fragments",
                                 "a ping answered",
                                 "the page closes",
                                 "the page closes without a code",
                                 "the server closes",
                                 "a subprotocol",
                                 "no subprotocol and no extension",
                                 "bufferedAmount",
                                 "a cookie",
                                 "403",
                                 "an origin that is not allowed",
                                 "a certificate of an unknown authority"};

// Those that are played with a server that compresses, too.
const char *const CompressibleScenarios[] = {"text",
                                             "text that is not ASCII",
                                             "empty text",
                                             "no bytes",
                                             "every byte",
                                             "1 MiB of text",
                                             "1 MiB of bytes",
                                             "1 MiB of random bytes",
                                             "a Blob",
                                             "10,000 messages sent at once",
                                             "10,000 messages received at once",
                                             "fragments received",
                                             "fragments received with pings between them",
                                             "characters cut by fragments",
                                             "a ping answered",
                                             "messages for many",
                                             "the page closes",
                                             "the server closes",
                                             "bufferedAmount"};

// What servers are set to; the first one is that for CompressibleScenarios. Every window is tried over ws://.
QList<WsCompression> compressions(bool isTls)
{
    const int step = isTls ? LargestWindow - SmallestWindow : 1;
    QList<WsCompression> all{compression(true, true)};
    for (const bool takesOver : {true, false}) {
        for (const bool peerTakesOver : {true, false}) {
            for (int bits = SmallestWindow; bits <= LargestWindow; bits += step)
                all.append(compression(takesOver, peerTakesOver, bits, bits));
        }
    }
    return all;
}

QByteArray page()
{
    QFile file(QStringLiteral(INTEROP_PAGE));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// One run of the page, and what the servers saw of it.
struct Run
{
    InteropServer server;
    InteropServer refusing;  // pages of another origin
    InteropServer untrusted; // its certificate is not the one that the browser is told to trust
    std::vector<std::unique_ptr<InteropServer>> compressing; // one for each of compressions()
    QHash<QString, QString> failures;                        // by scenario; empty if all was well
    QByteArray browserOutput;

    void play(bool isTls);
    bool listen(bool isTls);
    QUrl pageUrl(bool isTls) const;
    // Of a scenario that was played with one of those that compress.
    QString compressedName(qsizetype index, const QString &scenario) const
    {
        return u"%1: %2"_s.arg(compressing.at(size_t(index))->url().port()).arg(scenario);
    }
};

bool Run::listen(bool isTls)
{
    for (const WsCompression &compression : compressions(isTls)) {
        compressing.push_back(std::make_unique<InteropServer>());
        compressing.back()->setCompression(compression);
        compressing.back()->setAllowedOrigins({u"*"_s});
        if (!compressing.back()->listen(isTls))
            return false;
    }
    return server.listen(isTls) && refusing.listen(isTls) && untrusted.listen(true);
}

QUrl Run::pageUrl(bool isTls) const
{
    QUrlQuery query{{u"refusing"_s, refusing.url().toString()}, {u"untrusted"_s, untrusted.url().toString()}};
    for (const auto &each : compressing)
        query.addQueryItem(u"compressing"_s, each->url().toString());
    QUrl url = server.url();
    url.setScheme(isTls ? u"https"_s : u"http"_s);
    url.setPath(u"/"_s);
    url.setQuery(query);
    return url;
}

void Run::play(bool isTls)
{
    server.setPage(page());
    refusing.setAllowedOrigins({u"https://elsewhere.test"_s});
    untrusted.setCertificate(u"elsewhere"_s);
    if (!listen(isTls))
        return;
    QObject::connect(&server, &InteropServer::reported, &server, [this](const QString &text) {
        const QJsonObject verdict = QJsonDocument::fromJson(text.toUtf8()).object();
        failures.insert(verdict["name"_L1].toString(), verdict["failure"_L1].toString());
    });
    ChromiumBrowser browser;
    browser.open(pageUrl(isTls));
    const InteropServer::Ending done{u"/report"_s, Ws::Normal, u"done"_s, true};
    (void)QTest::qWaitFor([&] { return server.endings().contains(done) || !browser.isRunning(); },
                          BrowserPatience);
    browserOutput = browser.output();
}
} // namespace

class TestChromium : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_runs.clear(); }
    void page_data();
    void page();
    void compressedPage_data();
    void compressedPage();
    void serverAgreesOnCompression_data();
    void serverAgreesOnCompression();
    void serverSeesHowThePageCloses_data() { addSchemes(); }
    void serverSeesHowThePageCloses();
    void serverSeesSubprotocolAndCookie_data() { addSchemes(); }
    void serverSeesSubprotocolAndCookie();
    void serverTellsWhomItRefused_data() { addSchemes(); }
    void serverTellsWhomItRefused();

private:
    static void addRows(const char *const *scenarios, size_t count);
    void checkVerdict(bool isTls, const QString &scenario);

    std::map<bool, Run> m_runs; // by whether over wss://
};

void TestChromium::initTestCase()
{
    for (const bool isTls : {false, true}) {
        Run &run = m_runs[isTls];
        run.play(isTls);
        const qsizetype count = qsizetype(std::size(Scenarios) + std::size(CompressibleScenarios))
                                + qsizetype(run.compressing.size());
        QVERIFY2(run.failures.size() == count, run.browserOutput);
    }
}

void TestChromium::addRows(const char *const *scenarios, size_t count)
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QString>("scenario");
    for (const bool isTls : {false, true}) {
        for (size_t i = 0; i < count; ++i)
            QTest::addRow("%s: %s", isTls ? "wss" : "ws", scenarios[i])
                << isTls << QString::fromLatin1(scenarios[i]);
    }
}

void TestChromium::checkVerdict(bool isTls, const QString &scenario)
{
    const QString failure = m_runs[isTls].failures.value(scenario, u"the page did not report"_s);
    QVERIFY2(failure.isEmpty(), qPrintable(failure));
}

void TestChromium::page_data()
{
    addRows(Scenarios, std::size(Scenarios));
}

void TestChromium::page()
{
    QFETCH(bool, isTls);
    QFETCH(QString, scenario);
    checkVerdict(isTls, scenario);
}

void TestChromium::compressedPage_data()
{
    addRows(CompressibleScenarios, std::size(CompressibleScenarios));
}

void TestChromium::compressedPage()
{
    QFETCH(bool, isTls);
    QFETCH(QString, scenario);
    checkVerdict(isTls, m_runs[isTls].compressedName(0, scenario));
}

void TestChromium::serverAgreesOnCompression_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<qsizetype>("index");
    QTest::addColumn<QString>("extensions");
    for (const bool isTls : {false, true}) {
        const QList<WsCompression> all = compressions(isTls);
        for (qsizetype i = 0; i < all.size(); ++i) {
            // Chromium offers client_max_window_bits, and nothing else.
            QString extensions = u"permessage-deflate"_s;
            if (!all.at(i).contextTakeover())
                extensions += u"; server_no_context_takeover"_s;
            if (!all.at(i).peerContextTakeover())
                extensions += u"; client_no_context_takeover"_s;
            if (all.at(i).peerWindowBits() < LargestWindow)
                extensions += u"; client_max_window_bits=%1"_s.arg(all.at(i).peerWindowBits());
            QTest::addRow("%s: %d. %s", isTls ? "wss" : "ws", int(i), qPrintable(extensions))
                << isTls << i << extensions;
        }
    }
}

void TestChromium::serverAgreesOnCompression()
{
    QFETCH(bool, isTls);
    QFETCH(qsizetype, index);
    QFETCH(QString, extensions);
    const Run &run = m_runs[isTls];
    checkVerdict(isTls, run.compressedName(index, u"the same message again and again"_s));
    const InteropServer &server = *run.compressing.at(size_t(index));
    QVERIFY(!server.traffic().isEmpty());
    for (const InteropServer::Traffic &traffic : server.traffic())
        QCOMPARE(traffic.extensions, extensions);
    const Agreement agreed = agreementOf(extensions);
    const WsStatistics statistics = server.traffic().first().statistics;
    QCOMPARE(sentAs(statistics.wireBytesSent), expected(agreed.server));
    QCOMPARE(sentAs(statistics.wireBytesReceived), expectedOfPeer(agreed.client));
}

void TestChromium::serverSeesHowThePageCloses()
{
    QFETCH(bool, isTls);
    const QList<InteropServer::Ending> endings = m_runs[isTls].server.endings();
    QVERIFY(endings.contains({u"/echo"_s, 4001, u"page goodbye ü"_s, true}));
    QVERIFY(endings.contains({u"/echo"_s, Ws::NoStatus, {}, true}));
    QVERIFY(endings.contains({u"/close"_s, 4002, u"server goodbye ü"_s, true}));
    for (const InteropServer::Ending &ending : endings)
        QVERIFY2(ending.wasClean, qPrintable(ending.path));
}

void TestChromium::serverSeesSubprotocolAndCookie()
{
    QFETCH(bool, isTls);
    const InteropServer &server = m_runs[isTls].server;
    QCOMPARE(server.subprotocols().count(u"chat.v1"_s), 1);
    qsizetype cookies = 0;
    for (const WsRequest &request : server.requests()) {
        QVERIFY(!request.isWebSocketUpgrade() || !request.origin().isEmpty());
        QCOMPARE(request.isEncrypted(), isTls);
        cookies += request.header("Cookie") == "session=abc123" ? 1 : 0;
    }
    QVERIFY(cookies > 0);
}

void TestChromium::serverTellsWhomItRefused()
{
    QFETCH(bool, isTls);
    const Run &run = m_runs[isTls];
    QVERIFY(run.refusing.endings().isEmpty() && run.untrusted.endings().isEmpty());
    QCOMPARE(run.refusing.requests().size(), 1);
    QVERIFY(!run.refusing.rejections().isEmpty());
    QCOMPARE(run.refusing.rejections().last().httpStatus(), 403);
    QVERIFY(!run.untrusted.rejections().isEmpty());
    QCOMPARE(run.untrusted.rejections().first().kind(), Ws::ErrorKind::Tls);
    QVERIFY(run.untrusted.requests().isEmpty());
}

QTEST_GUILESS_MAIN(TestChromium)
#include "tst_chromium.moc"
