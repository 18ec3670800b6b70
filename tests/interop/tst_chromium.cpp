// SPDX-License-Identifier: MIT

// A page in Chromium, served by WsServer itself, plays its scenarios over ws:// and wss:// and reports.

#include "interopserver.h"

#include "integrationtesting.h"

#include <QtCore/qdir.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

using namespace IntegrationTesting;

namespace {
constexpr int BrowserPatience = 120000;

const char *const Scenarios[] = {"text",
                                 "text that is not ASCII",
                                 "text that begins with U+FEFF",
                                 "empty text",
                                 "no bytes",
                                 "every byte",
                                 "1 MiB of text",
                                 "1 MiB of bytes",
                                 "a Blob",
                                 "10,000 messages sent at once",
                                 "10,000 messages received at once",
                                 "fragments received",
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

QByteArray page()
{
    QFile file(QStringLiteral(INTEROP_PAGE));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// What Chromium takes a certificate by that it is to trust: every other one is still verified.
QString publicKeyHash()
{
    const QByteArray key = certificate(u"server"_s).publicKey().toDer();
    return QString::fromLatin1(QCryptographicHash::hash(key, QCryptographicHash::Sha256).toBase64());
}

class Browser
{
public:
    ~Browser()
    {
        m_process.terminate();
        if (!m_process.waitForFinished()) {
            m_process.kill();
            m_process.waitForFinished();
        }
        // Its children outlive it by a moment, in which they write into the profile.
        (void)QTest::qWaitFor([this] { return QDir(m_profile.path()).removeRecursively(); }, Patience);
    }

    void open(const QUrl &url)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStringLiteral(INTEROP_CHROMIUM),
                        {u"--headless"_s, u"--no-sandbox"_s, u"--disable-gpu"_s, u"--disable-quic"_s,
                         u"--no-first-run"_s, u"--disable-background-networking"_s,
                         u"--disable-component-update"_s, u"--disable-sync"_s,
                         u"--user-data-dir="_s + m_profile.path(),
                         u"--ignore-certificate-errors-spki-list="_s + publicKeyHash(), url.toString()});
    }

    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    QByteArray output() { return m_process.readAll(); }

private:
    QTemporaryDir m_profile;
    QProcess m_process;
};

// One run of the page, and what the servers saw of it.
struct Run
{
    InteropServer server;
    InteropServer refusing;           // pages of another origin
    InteropServer untrusted;          // its certificate is not the one that the browser is told to trust
    QHash<QString, QString> failures; // by scenario; empty if all was well
    QByteArray browserOutput;

    void play(bool isTls);
};

void Run::play(bool isTls)
{
    server.setPage(page());
    refusing.setAllowedOrigins({u"https://elsewhere.test"_s});
    untrusted.setCertificate(u"elsewhere"_s);
    if (!server.listen(isTls) || !refusing.listen(isTls) || !untrusted.listen(true))
        return;
    QObject::connect(&server, &InteropServer::reported, &server, [this](const QString &text) {
        const QJsonObject verdict = QJsonDocument::fromJson(text.toUtf8()).object();
        failures.insert(verdict["name"_L1].toString(), verdict["failure"_L1].toString());
    });
    QUrl url = server.url();
    url.setScheme(isTls ? u"https"_s : u"http"_s);
    url.setPath(u"/"_s);
    url.setQuery(u"refusing=%1&untrusted=%2"_s.arg(refusing.url().toString(), untrusted.url().toString()));
    Browser browser;
    browser.open(url);
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
    void serverSeesHowThePageCloses_data() { addSchemes(); }
    void serverSeesHowThePageCloses();
    void serverSeesSubprotocolAndCookie_data() { addSchemes(); }
    void serverSeesSubprotocolAndCookie();
    void serverTellsWhomItRefused_data() { addSchemes(); }
    void serverTellsWhomItRefused();

private:
    std::map<bool, Run> m_runs; // by whether over wss://
};

void TestChromium::initTestCase()
{
    for (const bool isTls : {false, true}) {
        Run &run = m_runs[isTls];
        run.play(isTls);
        QVERIFY2(run.failures.size() == qsizetype(std::size(Scenarios)), run.browserOutput);
    }
}

void TestChromium::page_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QString>("scenario");
    for (const bool isTls : {false, true}) {
        for (const char *scenario : Scenarios)
            QTest::addRow("%s: %s", isTls ? "wss" : "ws", scenario) << isTls << QString::fromLatin1(scenario);
    }
}

void TestChromium::page()
{
    QFETCH(bool, isTls);
    QFETCH(QString, scenario);
    const QString failure = m_runs[isTls].failures.value(scenario, u"the page did not report"_s);
    QVERIFY2(failure.isEmpty(), qPrintable(failure));
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
