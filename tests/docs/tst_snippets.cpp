// SPDX-License-Identifier: MIT

// Runs the code that the pages of the reference print, as far as it can be run without the world outside.

#include "deploying.h"
#include "flow.h"
#include "gettingstarted.h"
#include "integrationtesting.h"
#include "monitoring.h"
#include "reconnection.h"
#include "requests.h"
#include "settings.h"
#include "threads.h"
#include "tls.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qbuffer.h>
#include <QtCore/qdir.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qloggingcategory.h>
#include <QtCore/qprocess.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslcertificate.h>

#include <csignal>

using namespace IntegrationTesting;

namespace {
void echo(WsServer &server)
{
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [connection](const WsMessage &message) { connection->send(message); });
    });
}

// The URL of a server on all addresses, under a name that is in its certificate.
QUrl localUrl(const WsServer &server, const QString &host = u"localhost"_s)
{
    QUrl url = server.serverUrl();
    url.setHost(host);
    return url;
}
} // namespace

class TestSnippets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();

    void firstServerAnswersTheFirstClient();
    void requestsAreAnsweredByPathAndHeader();
    void webSiteIsServed();
    void notesAreTaken();
    void reportIsSent();
    void requestsAreRouted();
    void uploadsHaveAnotherLimit();
    void everyKindOfMessageIsSent();
    void errorsAndTheEndAreReported();
    void chatServerPassesMessagesOn();

    void serverAndClientTrustAnAuthority();
    void serverSeesWhoHasACertificate();
    void addressCanBeDialledUnderAName();
    void pinReplacesTheAuthority();
    void expectedErrorsAreIgnored();
    void userIsAskedBeforeTheOpeningGoesOn();
    void keysReplaceCertificates();
    void knownCertificateContinuesTheHandshake();
    void interruptionKeepsTheDefaultConfiguration();
    void renewedCertificateIsForNewClients();
    void certificateFollowsTheName();
    void certificateNamesTheUser();

    void producerWaitsForThePeer();
    void slowClientMissesOldPrices();
    void consumerGetsOneMessageAtATime();
    void receiverGetsAllMessages();
    void fileArrivesWhole();
    void bytesComeBack();
    void threadWithoutAnEventLoopIsAnswered();

    void bothSidesCompress();
    void compressionWithoutContextIsAgreedOn();
    void limitsOfAPublicServerApply();
    void originsAreAllowed();
    void tokenIsRequired();
    void topicsReachSubscribersInAllThreads();
    void sessionsOwnTheirConnections();
    void threadWithoutAnEventLoopServes();
    void clientMovesToAThread();
    void clientComesBackAndRenewsItsToken();
    void healthIsAnsweredBesideTheWebSocket();
    void metricsAreAnsweredBesideTheWebSocket();
    void signalEndsTheProgramOnceTheClientsKnow_data();
    void signalEndsTheProgramOnceTheClientsKnow();
    void signalEndsTheProgramWithoutClients_data() { signalEndsTheProgramOnceTheClientsKnow_data(); }
    void signalEndsTheProgramWithoutClients();
    void readinessEndsBeforeTheServer();
    void serverListensOnALocalSocketForItsGroup();
    void serversShareAPort();
    void serviceSaysThatSystemdHasPassedNothing();

private:
    QString m_before = QDir::currentPath();
    QTemporaryDir m_folder;
};

void TestSnippets::initTestCase()
{
    // The names that the snippets use.
    for (const QString &file :
         {u"ca.crt"_s, u"server.crt"_s, u"server.key"_s, u"client.crt"_s, u"client.key"_s,
          u"elsewhere.crt"_s, u"elsewhere.key"_s})
        QVERIFY(QFile::copy(certificateFile(file), m_folder.filePath(file)));
    QVERIFY(QDir::setCurrent(m_folder.path()));
}

void TestSnippets::cleanupTestCase()
{
    QDir::setCurrent(m_before);
}

// --- getting started

void TestSnippets::firstServerAnswersTheFirstClient()
{
    QProcess server;
    server.setProcessChannelMode(QProcess::MergedChannels);
    server.start(QStringLiteral(SNIPPET_SERVER), {});
    QByteArray output;
    while (!output.contains('\n') && server.waitForReadyRead(Patience))
        output += server.readAll();
    const QString url = QRegularExpression(u"ws://[^\"]+"_s).match(QString::fromUtf8(output)).captured();
    QVERIFY2(!url.isEmpty(), output.constData());

    QProcess client;
    client.setProcessChannelMode(QProcess::MergedChannels);
    client.start(QStringLiteral(SNIPPET_CLIENT), {url});
    QVERIFY(client.waitForFinished(Patience));
    QCOMPARE(client.readAll(), "\"hello\"\n");
    QCOMPARE(client.exitCode(), 0);
    server.terminate();
    QVERIFY(server.waitForFinished(Patience));
}

void TestSnippets::requestsAreAnsweredByPathAndHeader()
{
    WsServer server;
    GettingStarted::answerRequests(server);
    QVERIFY(server.listen());
    const auto statusOf = [&server](const QString &path, const QByteArray &token) {
        WsClient client;
        QUrl url = server.serverUrl();
        url.setPath(path);
        client.setHeader("Authorization", token);
        bool isOver = false;
        connect(&client, &WsClient::opened, &client, [&client] { client.close(); });
        connect(&client, &WsClient::closed, &client, [&isOver] { isOver = true; });
        (void)client.open(url);
        (void)waitFor([&isOver] { return isOver; });
        return client.response().status();
    };
    QCOMPARE(statusOf(u"/"_s, {}), 200);
    QCOMPARE(statusOf(u"/other"_s, {}), 404);
    QCOMPARE(statusOf(u"/chat"_s, {}), 401);
    QCOMPARE(statusOf(u"/chat"_s, "Bearer open sesame"), 101);
}

namespace {
// The answer to a request of one's own connection.
QByteArray answerTo(const WsServer &server, const QByteArray &request)
{
    RawPeer raw;
    if (!raw.connectTo(server))
        return {};
    raw.send(request);
    (void)waitFor([&] { return raw.hasEnded; });
    return raw.received;
}

QByteArray get(const QByteArray &target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}
} // namespace

void TestSnippets::webSiteIsServed()
{
    QTemporaryDir folder;
    QFile page(folder.filePath(u"index.html"_s));
    QVERIFY(page.open(QIODevice::WriteOnly) && page.write("<p>chat") == 7);
    page.close();
    WsServer server;
    Requests::serveWebSite(&server, folder.path());
    QVERIFY(server.listen());
    QVERIFY(answerTo(server, get("/")).endsWith("\r\n\r\n<p>chat"));
    QVERIFY(answerTo(server, get("/health")).endsWith("\r\n\r\nok\n"));
    QVERIFY(answerTo(server, get("/none")).startsWith("HTTP/1.1 404 "));
    RawPeer raw;
    QVERIFY(raw.upgrade(server));
}

void TestSnippets::notesAreTaken()
{
    WsServer server;
    QStringList notes;
    Requests::takeNotes(&server, &notes);
    QVERIFY(server.listen());
    const QByteArray post =
        "POST /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    QVERIFY(answerTo(server, post).startsWith("HTTP/1.1 204 "));
    QCOMPARE(notes, QStringList{u"hello"_s});
    QVERIFY(answerTo(server, get("/notes")).startsWith("HTTP/1.1 405 "));
    QVERIFY(answerTo(server, get("/")).startsWith("HTTP/1.1 404 "));
}

void TestSnippets::reportIsSent()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(u"a.csv"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("1,2") == 3);
    file.close();
    WsServer server;
    Requests::sendReport(&server, file.fileName());
    QVERIFY(server.listen());
    const QByteArray answer = answerTo(server, get("/"));
    QVERIFY(answer.contains("\r\nContent-Disposition: attachment; filename=report.csv\r\n"));
    QVERIFY(answer.contains("\r\nContent-Type: text/csv; charset=utf-8\r\n"));
    QVERIFY(answer.endsWith("\r\n\r\n1,2"));
}

void TestSnippets::requestsAreRouted()
{
    WsServer server;
    Requests::routeRequests(&server, "<p>rooms");
    QVERIFY(server.listen());
    QVERIFY(answerTo(server, get("/")).endsWith("\r\n\r\n<p>rooms"));
    QVERIFY(answerTo(server, get("/rooms")).startsWith("HTTP/1.1 404 "));
    QVERIFY(answerTo(server, get("/rooms/cellar")).startsWith("HTTP/1.1 404 "));
    WsClient client;
    QVERIFY(client.open(QUrl(server.serverUrl().toString() + u"/rooms/garden"_s)));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    WS_TRY_COMPARE(server.topics(), QStringList{u"garden"_s});
}

void TestSnippets::uploadsHaveAnotherLimit()
{
    WsServer server;
    WsOptions small;
    small.setMaxMessageSize(1024);
    server.setOptions(small);
    Requests::takeUploads(
        &server, [](const WsRequest &request) { return QString::fromLatin1(request.header("X-User")); });
    QVERIFY(server.listen());
    const QUrl url(server.serverUrl().toString() + u"/upload"_s);
    WsClient client;
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.response().status(), 401);
    client.setHeaders({{"X-User", "ann"}});
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(server.connectionCount(), 1);
    QCOMPARE(server.connections().at(0)->user(), u"ann"_s);
    QCOMPARE(server.connections().at(0)->options().maxMessageSize(), 64 * 1024 * 1024);
}

void TestSnippets::everyKindOfMessageIsSent()
{
    WsServer server;
    connect(&server, &WsServer::newConnection, &server, &GettingStarted::greet);
    QVERIFY(server.listen());
    WsClient client;
    QList<WsMessage> messages;
    connect(&client, &WsClient::messageReceived, &client,
            [&](const WsMessage &message) { messages.append(message); });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(messages.size(), 4);
    QCOMPARE(messages[0].text(), u"Grüße"_s);
    QCOMPARE(messages[1].text(), u"hello"_s);
    QCOMPARE(messages[2], WsMessage::binary("\xca\xfe"));
    QCOMPARE(messages[3].data(), "{\"list\":[1,2]}");
}

void TestSnippets::errorsAndTheEndAreReported()
{
    WsServer server;
    server.setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    QVERIFY(server.listen());
    WsClient client;
    GettingStarted::explain(&client);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"HTTP status 404 .*"_s));
    QTest::ignoreMessage(QtInfoMsg, QRegularExpression(u"closed with 1006 \"\" \\(cut off\\)"_s));
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Closed);
}

void TestSnippets::chatServerPassesMessagesOn()
{
    ChatServer server;
    QVERIFY(server.start(0));
    WsClient alice;
    WsClient bob;
    QStringList heard;
    connect(&bob, &WsClient::textMessageReceived, &bob,
            [&heard](const QString &text) { heard.append(text); });
    QVERIFY(alice.open(server.url()));
    QVERIFY(bob.open(server.url()));
    WS_TRY_VERIFY(alice.state() == Ws::Open && bob.state() == Ws::Open);
    QVERIFY(alice.sendText("hi"));
    WS_TRY_COMPARE(heard.size(), 1);
    QVERIFY(heard[0].endsWith(u": hi"));
    alice.close();
    WS_TRY_COMPARE(heard.size(), 2);
    QVERIFY(heard[1].endsWith(u" has left"));
}

// --- TLS

void TestSnippets::serverAndClientTrustAnAuthority()
{
    WsServer server;
    Tls::serve(server);
    WsClient client;
    Tls::trustOwnAuthority(client);
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.isEncrypted());
}

void TestSnippets::serverSeesWhoHasACertificate()
{
    WsServer server;
    QString name;
    Tls::requireCertificates(server);
    Tls::serve(server);
    Tls::logCommonNames(server, [&name](const QString &one) { name = one; });
    WsClient client;
    Tls::trustOwnAuthority(client);
    Tls::identify(client);
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_COMPARE(name, u"WsKit test client"_s);

    WsClient stranger;
    QSignalSpy ends(&stranger, &WsClient::closed);
    Tls::trustOwnAuthority(stranger);
    QVERIFY(stranger.open(localUrl(server)));
    WS_TRY_COMPARE(ends.size(), 1);
}

void TestSnippets::addressCanBeDialledUnderAName()
{
    WsServer server;
    Tls::serve(server);
    WsClient client;
    Tls::trustOwnAuthority(client);
    Tls::dialAddress(client, server.serverPort());
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

void TestSnippets::pinReplacesTheAuthority()
{
    WsServer server;
    Tls::serve(server);
    WsClient client;
    Tls::pin(client, u"sha256/"_s + WsClient::certificatePin(certificate(u"server"_s)), localUrl(server));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    WsClient other;
    QSignalSpy ends(&other, &WsClient::closed);
    Tls::pin(other, u"sha256/"_s + WsClient::certificatePin(certificate(u"stranger"_s)), localUrl(server));
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(other.closeCode(), Ws::TlsHandshake);
}

void TestSnippets::expectedErrorsAreIgnored()
{
    WsServer server;
    QVERIFY(server.setLocalCertificate(certificateFile(u"selfsigned.crt"_s),
                                       certificateFile(u"selfsigned.key"_s)));
    QVERIFY(server.listen());
    WsClient client;
    Tls::accept(client, certificate(u"selfsigned"_s));
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

void TestSnippets::userIsAskedBeforeTheOpeningGoesOn()
{
    WsServer server;
    Tls::serve(server);
    Tls::Window window;
    QVERIFY(window.client->open(localUrl(server)));
    WS_TRY_VERIFY(!window.asked.isEmpty());
    QCOMPARE(window.client->state(), Ws::Connecting);
    window.onTrusted(window.asked);
    WS_TRY_VERIFY(window.client->state() == Ws::Open);

    Tls::Window other;
    QVERIFY(other.client->open(localUrl(server)));
    WS_TRY_VERIFY(!other.asked.isEmpty());
    other.onRejected();
    QCOMPARE(other.client->state(), Ws::Closed);
}

void TestSnippets::keysReplaceCertificates()
{
    WsServer server;
    Tls::acceptKeys(server, {{"sensor", "secret"}});
    QVERIFY(server.listen());
    WsClient client;
    Tls::useKey(client, "sensor", "secret");
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.isEncrypted());

    for (const auto &[identity, key] : {std::pair("stranger", "secret"), std::pair("sensor", "guessed")}) {
        WsClient other;
        QSignalSpy ends(&other, &WsClient::closed);
        Tls::useKey(other, identity, key);
        QVERIFY(other.open(localUrl(server)));
        WS_TRY_COMPARE(ends.size(), 1);
        QCOMPARE(other.closeCode(), Ws::TlsHandshake);
    }
}

void TestSnippets::knownCertificateContinuesTheHandshake()
{
    WsServer server;
    Tls::serve(server);
    const QSslCertificate own = certificate(u"server"_s);
    for (const bool isKnown : {true, false}) {
        WsClient client;
        QSignalSpy ends(&client, &WsClient::closed);
        Tls::interrupt(client, isKnown ? own : certificate(u"stranger"_s));
        QVERIFY(client.open(localUrl(server)));
        WS_TRY_VERIFY(client.state() == Ws::Open || ends.size() == 1);
        QCOMPARE(client.state() == Ws::Open, isKnown);
    }
}

void TestSnippets::interruptionKeepsTheDefaultConfiguration()
{
    const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
    const auto restore = qScopeGuard([&before] { QSslConfiguration::setDefaultConfiguration(before); });
    QSslConfiguration::setDefaultConfiguration(tlsConfiguration());
    WsServer server;
    Tls::serve(server);
    WsClient client;
    QSignalSpy errors(&client, &WsClient::errorOccurred);
    Tls::interrupt(client, certificate(u"stranger"_s));
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_VERIFY(client.state() == Ws::Open || errors.size() > 0);
    QCOMPARE(client.state(), Ws::Open);
}

void TestSnippets::renewedCertificateIsForNewClients()
{
    WsServer server;
    Tls::serve(server);
    WsClient before;
    Tls::trustOwnAuthority(before);
    QVERIFY(before.open(localUrl(server)));
    WS_TRY_VERIFY(before.state() == Ws::Open);
    Tls::renew(server);
    WsClient after;
    Tls::trustOwnAuthority(after);
    QVERIFY(after.open(localUrl(server)));
    WS_TRY_VERIFY(after.state() == Ws::Open);
    QCOMPARE(before.state(), Ws::Open);
}

void TestSnippets::certificateFollowsTheName()
{
    WsServer server;
    Tls::serveNames(server);
    QVERIFY(server.listen());
    WsClient client;
    Tls::trustOwnAuthority(client);
    client.setPeerVerifyName(u"elsewhere.test"_s);
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

void TestSnippets::certificateNamesTheUser()
{
    WsServer server;
    Tls::requireCertificates(server);
    Tls::mapUsers(server, {{certificate(u"client"_s).digest(QCryptographicHash::Sha256), u"ada"_s}});
    Tls::serve(server);
    WsClient client;
    Tls::trustOwnAuthority(client);
    Tls::identify(client);
    QVERIFY(client.open(localUrl(server)));
    WS_TRY_COMPARE(server.connectionCount(), 1);
    QCOMPARE(server.connections().constFirst()->user(), u"ada"_s);
    Tls::mapUsers(server, {});
    WsClient stranger;
    Tls::trustOwnAuthority(stranger);
    Tls::identify(stranger);
    QVERIFY(stranger.open(localUrl(server)));
    WS_TRY_COMPARE(stranger.response().status(), 403);
}

// --- back-pressure and streams

void TestSnippets::producerWaitsForThePeer()
{
    constexpr int Last = 300'000;
    WsServer server;
    std::unique_ptr<Flow::Producer> producer;
    qint64 most = 0;
    connect(&server, &WsServer::newConnection, &server, [&](WsConnection *connection) {
        connect(connection, &WsConnection::bufferedAmountChanged, connection,
                [&most](qint64 bytes) { most = qMax(most, bytes); });
        producer = std::make_unique<Flow::Producer>(connection, Last);
    });
    QVERIFY(server.listen());
    WsClient client;
    int received = 0;
    bool isInOrder = true;
    connect(&client, &WsClient::textMessageReceived, &client,
            [&](const QString &text) { isInOrder = isInOrder && text.toInt() == received++; });
    QVERIFY(client.open(server.serverUrl()));
    QVERIFY(waitWhileItMoves([&] { return received == Last + 1; }, [&] { return received; }));
    QVERIFY(isInOrder);
    QVERIFY2(most <= WsOptions().highWaterMark() + 64, qPrintable(QString::number(most)));
}

void TestSnippets::slowClientMissesOldPrices()
{
    WsServer server;
    QPointer<WsConnection> connection;
    server.setConnectionHandler([&](WsConnection *opened) {
        connection = opened;
        server.subscribe(opened, u"prices"_s);
    });
    Flow::watchSlowClients(&server);
    QVERIFY(server.listen());
    WsClient client;
    WsOptions options;
    options.setHighWaterMark(1024);
    client.setOptions(options);
    QString latest;
    int received = 0;
    connect(&client, &WsClient::textMessageReceived, &client, [&](const QString &text) {
        latest = text;
        ++received;
    });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open && connection);
    client.setPaused(true);
    int published = 0;
    QTest::ignoreMessage(QtInfoMsg,
                         QRegularExpression(u"127\\.0\\.0\\.1.* has missed [0-9]+ messages of \"prices\""_s));
    QVERIFY(waitFor([&] {
        for (int i = 0; i < 1000; ++i)
            Flow::publishPrice(&server, u"EURUSD"_s, ++published);
        return connection->statistics().messagesSkipped > 0;
    }));
    client.setPaused(false);
    const QString expected = u"{\"symbol\":\"EURUSD\",\"price\":%1}"_s.arg(double(published));
    WS_TRY_COMPARE(latest, expected);
    QVERIFY(received < published);
}

void TestSnippets::consumerGetsOneMessageAtATime()
{
    WsServer server;
    echo(server);
    QVERIFY(server.listen());
    WsClient client;
    Flow::Consumer consumer(&client);
    QStringList worked;
    consumer.work = [&](const QString &text) {
        worked.append(text);
        QTimer::singleShot(0, &consumer, &Flow::Consumer::onDone);
        QVERIFY(client.paused());
    };
    connect(&client, &WsClient::opened, &client, [&client] {
        for (const char *text : {"a", "b", "c"})
            client.sendText(text);
    });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(worked, (QStringList{u"a"_s, u"b"_s, u"c"_s}));
}

void TestSnippets::receiverGetsAllMessages()
{
    WsServer server;
    echo(server);
    QVERIFY(server.listen());
    WsClient client;
    QStringList handled;
    connect(&client, &WsClient::opened, &client, [&client] {
        for (const char *text : {"a", "b", "c"})
            client.sendText(text);
    });
    QVERIFY(client.open(server.serverUrl()));
    Flow::handleNext(&client, [&handled](const WsMessage &message) { handled.append(message.text()); });
    WS_TRY_COMPARE(handled, (QStringList{u"a"_s, u"b"_s, u"c"_s}));
}

void TestSnippets::fileArrivesWhole()
{
    QBuffer source;
    source.setData(pattern(20 * MiB)); // more than the largest message
    QVERIFY(source.open(QIODevice::ReadOnly));
    QBuffer target;
    QVERIFY(target.open(QIODevice::WriteOnly));
    bool isComplete = false;
    WsServer server;
    connect(&server, &WsServer::newConnection, &server, [&](WsConnection *connection) {
        Flow::receiveFiles(connection, &target, [&isComplete](bool complete) { isComplete = complete; });
    });
    QVERIFY(server.listen());
    WsClient client;
    connect(&client, &WsClient::opened, &client, [&] { Flow::sendFile(&client, &source); });
    QVERIFY(client.open(server.serverUrl()));
    QVERIFY(waitWhileItMoves([&] { return isComplete; }, [&] { return target.size(); }));
    QVERIFY(target.data() == source.data());
}

void TestSnippets::bytesComeBack()
{
    WsServer server;
    Flow::echoBytes(&server);
    QVERIFY(server.listen());
    WsClient client;
    QByteArray received;
    connect(&client, &WsClient::binaryMessageReceived, &client,
            [&received](const QByteArray &data) { received += data; });
    connect(&client, &WsClient::opened, &client, [&client] { client.sendBinary("hello"); });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(received, QByteArray("hello"));
}

void TestSnippets::threadWithoutAnEventLoopIsAnswered()
{
    WsServer server;
    echo(server);
    QVERIFY(server.listen());
    QString answer;
    bool isRight = false;
    const QUrl url = server.serverUrl();
    const std::unique_ptr<QThread> thread(
        QThread::create([&] { isRight = Flow::askInAThread(url, &answer); }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isRight);
    QCOMPARE(answer, u"question"_s);
}

// --- settings

void TestSnippets::bothSidesCompress()
{
    WsServer server;
    WsClient client;
    Settings::compress(server, client);
    echo(server);
    QVERIFY(server.listen());
    QSignalSpy answers(&client, &WsClient::textMessageReceived);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.extensions().startsWith(u"permessage-deflate"));
    QVERIFY(client.sendText(QByteArray(100'000, 'a')));
    WS_TRY_COMPARE(answers.size(), 1);
    QVERIFY(client.statistics().wireBytesReceived < 10'000);
    Settings::compressPrepared(server, QString(1000, u'b'));
    WS_TRY_COMPARE(answers.size(), 2);
    QCOMPARE(Settings::messagesPerSecond(&client), 0);
}

void TestSnippets::compressionWithoutContextIsAgreedOn()
{
    WsOptions options;
    Settings::compressCheaply(options);
    WsServer server;
    server.setOptions(options);
    QVERIFY(server.listen());
    WsClient client;
    client.setOptions(options);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.extensions().contains(u"server_no_context_takeover"));
    QVERIFY(client.extensions().contains(u"client_no_context_takeover"));
}

void TestSnippets::limitsOfAPublicServerApply()
{
    WsServer server;
    Settings::protect(server);
    QVERIFY(server.listen());
    WsClient client;
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.sendBinary(QByteArray(64 * 1024 + 1, 'a')));
    WS_TRY_VERIFY(client.state() == Ws::Closed);
    QCOMPARE(client.closeCode(), Ws::MessageTooBig);
    Settings::beLikeQtWebSockets(client);
    QCOMPARE(client.options().fragmentSize(), 512 * KiB);
    Settings::logFrames();
    QLoggingCategory::setFilterRules({});
}

void TestSnippets::originsAreAllowed()
{
    const auto opens = [](WsServer &server, const QByteArray &origin, const QByteArray &host) {
        WsClient client;
        client.setHeader("Origin", origin);
        client.setHeader("Host", host);
        bool isOver = false;
        connect(&client, &WsClient::opened, &client, [&isOver] { isOver = true; });
        connect(&client, &WsClient::closed, &client, [&isOver] { isOver = true; });
        (void)client.open(server.serverUrl());
        (void)waitFor([&isOver] { return isOver; });
        return client.state() == Ws::Open;
    };
    WsServer server;
    QVERIFY(server.listen());
    QVERIFY(!opens(server, "https://example.com", "localhost"));
    Settings::allowPagesOf(server);
    QVERIFY(opens(server, "https://example.com", "localhost"));
    QVERIFY(!opens(server, "https://example.org", "localhost"));
    Settings::allowAllPages(server);
    QVERIFY(opens(server, "https://example.org", "evil.example"));
    Settings::allowPagesBehindAProxy(server);
    QVERIFY(!opens(server, "https://example.org", "localhost"));
}

void TestSnippets::tokenIsRequired()
{
    WsServer server;
    Settings::authenticate(server);
    QVERIFY(server.listen());
    WsClient client;
    QSignalSpy ends(&client, &WsClient::closed);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(client.response().status(), 401);
    client.setHeader("Authorization", "Bearer 2c1b");
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

void TestSnippets::topicsReachSubscribersInAllThreads()
{
    WsServer server;
    QVERIFY(Threads::serve(server));
    QUrl url = server.serverUrl();
    url.setPath(u"/news"_s);
    WsClient client;
    QStringList heard;
    connect(&client, &WsClient::textMessageReceived, &client,
            [&](const QString &text) { heard.append(text); });
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(server.subscriberCount(u"/news"_s) == 1 && client.state() == Ws::Open);
    QCOMPARE(Threads::publish(server), 1);
    WS_TRY_COMPARE(heard, QStringList{u"it rains"_s});
    Threads::sendFromElsewhere(&client);
    WS_TRY_COMPARE(heard.size(), 2);
}

void TestSnippets::sessionsOwnTheirConnections()
{
    WsServer server;
    std::vector<std::unique_ptr<WsConnection>> sessions;
    Threads::startSessions(server,
                           [&sessions](WsConnection *connection) { sessions.emplace_back(connection); });
    QVERIFY(server.listen());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::textMessageReceived);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(sessions.size(), 1U);
    QVERIFY(sessions.front()->sendText("hello"));
    WS_TRY_COMPARE(messages.size(), 1);
    server.close();
    QCOMPARE(sessions.front()->state(), Ws::Open);
    sessions.clear();
    WS_TRY_VERIFY(client.state() == Ws::Closed);
}

void TestSnippets::threadWithoutAnEventLoopServes()
{
    QPointer<WsServer> server; // while it serves
    QUrl url;
    QMutex mutex;
    bool isRight = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsServer own;
        connect(&own, &WsServer::listeningChanged, &own, [&] {
            const QMutexLocker locker(&mutex);
            server = own.isListening() ? &own : nullptr;
            url = own.serverUrl();
        });
        isRight = Threads::serveInThisThread(own);
    }));
    thread->start();
    const auto urlOfServer = [&] {
        const QMutexLocker locker(&mutex);
        return url;
    };
    WS_TRY_VERIFY(!urlOfServer().isEmpty());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::textMessageReceived);
    connect(&client, &WsClient::opened, &client, [&client] { client.sendText("hello"); });
    QVERIFY(client.open(urlOfServer()));
    WS_TRY_COMPARE(messages.size(), 1);
    {
        const QMutexLocker locker(&mutex);
        server->stopListening();
    }
    client.close();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isRight);
}

void TestSnippets::clientMovesToAThread()
{
    WsServer server;
    echo(server);
    QVERIFY(server.listen());
    QThread thread;
    thread.start();
    auto *client = new WsClient(this);
    const QPointer<WsClient> guard(client);
    QVERIFY(client->open(server.serverUrl()));
    Threads::moveClient(client, &thread);
    QSignalSpy answers(client, &WsClient::textMessageReceived);
    WS_TRY_VERIFY(client->state() == Ws::Open);
    QVERIFY(client->sendText("hello"));
    WS_TRY_COMPARE(answers.size(), 1);
    thread.quit();
    QVERIFY(thread.wait(QDeadlineTimer(QDeadlineTimer::Forever)));
    WS_TRY_VERIFY(!guard);
}

void TestSnippets::clientComesBackAndRenewsItsToken()
{
    WsServer server;
    QByteArrayList tokens;
    QStringList heard;
    server.setRequestHandler([&tokens](const WsRequest &request) {
        tokens.append(request.header("Authorization"));
        return WsResponse::accept();
    });
    connect(&server, &WsServer::newConnection, &server, [&heard](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [&heard](const QString &text) { heard.append(text); });
    });
    QVERIFY(server.listen());
    Reconnection::Window window;
    int next = 0;
    Reconnection::renewToken(*window.client, [&next] { return QByteArray::number(++next); });
    window.stayConnected(server.serverUrl());
    WS_TRY_COMPARE(heard.size(), 1);
    server.connections().constFirst()->close(Ws::ServiceRestart);
    WS_TRY_VERIFY(window.status.startsWith(u"Offline. Attempt 1"));
    window.client->reconnectNow();
    WS_TRY_COMPARE(heard.size(), 2);
    QCOMPARE(tokens, (QByteArrayList{"Bearer 1", "Bearer 2"}));
}

void TestSnippets::healthIsAnsweredBesideTheWebSocket()
{
    WsServer server;
    Deploying::answerHealthChecks(server);
    QVERIFY(server.listen());
    QUrl url = server.serverUrl();
    url.setPath(u"/health"_s);
    WsClient client;
    QSignalSpy ends(&client, &WsClient::closed);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(client.response().status(), 200);
    QCOMPARE(client.response().body(), "ok\n");
}

void TestSnippets::metricsAreAnsweredBesideTheWebSocket()
{
    WsServer server;
    Monitoring::answerMetrics(server);
    QVERIFY(server.listen());
    QUrl url = server.serverUrl();
    url.setPath(u"/metrics"_s);
    WsClient client;
    QSignalSpy ends(&client, &WsClient::closed);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(ends.size(), 1);
    QVERIFY(client.response().body().contains("\nwskit_connections 0\n"));
    QVERIFY(Monitoring::summary(server).startsWith(u"0 open, "));
}

using Preparation = void (*)(WsServer &);
Q_DECLARE_METATYPE(Preparation)

void TestSnippets::signalEndsTheProgramOnceTheClientsKnow_data()
{
    QTest::addColumn<Preparation>("prepare");
    QTest::addColumn<int>("code");
    QTest::newRow("ends") << Preparation([](WsServer &server) { Deploying::endGracefully(server); }) << 1001;
    QTest::newRow("gives way") << Preparation([](WsServer &server) { Deploying::giveWayBySignal(&server); })
                               << 1012;
}

namespace {
// Runs the program until it ends after SIGTERM, and returns its exit status.
int terminated()
{
    QTimer::singleShot(0, qApp, [] { std::raise(SIGTERM); });
    QTimer::singleShot(Patience, qApp, [] { QCoreApplication::exit(-1); });
    return QCoreApplication::exec();
}
} // namespace

void TestSnippets::signalEndsTheProgramOnceTheClientsKnow()
{
    QFETCH(const Preparation, prepare);
    QFETCH(const int, code);
    WsServer server;
    prepare(server);
    QVERIFY(server.listen());
    WsClient client;
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(server.connectionCount(), 1);
    QCOMPARE(terminated(), 0);
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(int(client.closeCode()), code);
}

void TestSnippets::signalEndsTheProgramWithoutClients()
{
    QFETCH(const Preparation, prepare);
    WsServer server;
    prepare(server);
    QVERIFY(server.listen());
    QCOMPARE(terminated(), 0);
}

void TestSnippets::readinessEndsBeforeTheServer()
{
    bool isReady = true;
    WsServer server;
    Deploying::leaveTheService(&server, &isReady);
    QVERIFY(server.listen());
    const auto probe = [&] {
        QUrl url = server.serverUrl();
        url.setPath(u"/ready"_s);
        WsClient client;
        QSignalSpy ends(&client, &WsClient::closed);
        return client.open(url) && waitFor([&] { return !ends.isEmpty(); }) ? client.response().status() : -1;
    };
    QCOMPARE(probe(), 200);
    std::raise(SIGTERM);
    WS_TRY_VERIFY(!isReady);
    QCOMPARE(probe(), 503);
    QVERIFY(server.isListening());
}

void TestSnippets::serverListensOnALocalSocketForItsGroup()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"chat.sock"_s);
    WsServer server;
    QVERIFY2(Deploying::listenLocally(server, path), qPrintable(server.errorString()));
    const QFileDevice::Permissions permissions = QFileInfo(path).permissions();
    QVERIFY(permissions & QFileDevice::WriteGroup);
    QVERIFY(!(permissions & QFileDevice::WriteOther));
}

void TestSnippets::serversShareAPort()
{
    WsServer first;
    WsServer second;
    QVERIFY(Deploying::sharePort(first, 0));
    QVERIFY(Deploying::sharePort(second, first.serverPort()));
}

void TestSnippets::serviceSaysThatSystemdHasPassedNothing()
{
    WsServer server;
    WsServer admin;
    QVERIFY(!Deploying::listenFromSystemd(server, admin));
    QVERIFY(server.errorString().startsWith(u"systemd has passed no sockets"_s));
}

QTEST_GUILESS_MAIN(TestSnippets)
#include "tst_snippets.moc"
