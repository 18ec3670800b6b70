// SPDX-License-Identifier: MIT

// `wskit listen` as a server in production: where it listens, whom it believes, what it limits, what it
// shows, and how it ends.

#include "serverfigures.h"
#include "wskittool.h"

#include <WsKit/WsClient>
#include <WsKit/WsServerStatistics>

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QSslSocket>
#include <QtTest/QtTest>

#include <pty.h>
#include <sys/wait.h>

using namespace Qt::StringLiterals;

namespace {
constexpr int ClosedCleanly = 0;
constexpr int UsageError = 1;
constexpr int NotConnected = 2;
constexpr int ClosedUncleanly = 3;

const QByteArray upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const QByteArray handshake = "Host: localhost\r\n" + upgrade;

// As a browser sends it for a page of this host.
QByteArray pageOf(const QByteArray &host)
{
    return "GET / HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host + "\r\n" + upgrade;
}

QString certificate(const QString &name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES "/") + name;
}

// A client that is not WsKit's.
class RawClient : public QSslSocket
{
public:
    explicit RawClient(const QString &url, const QByteArray &request = {})
    {
        const QUrl place(url);
        connectToHost(place.host(), quint16(place.port()));
        write(request);
    }
    bool gets(const QByteArray &text)
    {
        return Patient::waitFor([&] {
            m_received += readAll();
            return m_received.contains(text);
        });
    }
    const QByteArray &received() const { return m_received; }

private:
    QByteArray m_received;
};

QByteArray httpRequest(const QByteArray &path, const QByteArray &method = "GET")
{
    return method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}
} // namespace

class tst_WskitListen : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory.emplace(); }

    void listensOnEachAddress();
    void starIsAllAddressesOfBothFamilies();
    void listensInSeveralWays();
    void twoProcessesShareAPort();
    void portThatIsNotSharedIsTaken();
    void localSocketGetsItsPermissions();
    void withoutASocketUnitItDoesNotStart();

    void headersOfATrustedProxyAreBelieved();
    void headersOfStrangersAreNot();
    void proxyProtocolIsBelieved();
    void pagesOfAllowedHostsAreAnswered();
    void settingThatCannotBeUsedIsReported_data();
    void settingThatCannotBeUsedIsReported();

    void figuresArePrintedAtTheEnd();
    void lineBreaksForgeNoLines();
    void everyFigureIsDescribed();
    void figuresArePrintedAtTheInterval();
    void metricsAreServed();
    void fileIsServed();
    void folderIsServed();
    void nothingIsServedByDefault();

    void clientsOfOneAddressAreLimited();
    void silentClientsAreLimited();
    void slowClientsAreLimitedTogether_data();
    void slowClientsAreLimitedTogether();
    void clientThatSendsTooMuchIsSlowedDown();
    void clientThatSendsTooMuchIsDisconnected_data();
    void clientThatSendsTooMuchIsDisconnected();

    void certificateIsReadAgain();
    void authoritiesAreReadAgain();
    void brokenCertificateChangesNothing();
    void closedTerminalEndsIt();
    void clientsThatDoNotLeaveAreCut();
    void secondSignalEndsAtOnce();

    void refusesWrongArguments_data();
    void refusesWrongArguments();

private:
    QString file(const QString &name) const { return m_directory->filePath(name); }
    bool writeFile(const QString &name, const QByteArray &content) const;
    bool useCertificate(const QString &name) const;
    bool showsCertificate(const QString &url, const QString &name) const;
    std::unique_ptr<WskitTool> startWithTls() const;

    std::optional<QTemporaryDir> m_directory;
};

bool tst_WskitListen::writeFile(const QString &name, const QByteArray &content) const
{
    QFile opened(file(name));
    return opened.open(QIODevice::WriteOnly) && opened.write(content) == content.size();
}

// --- where it listens

void tst_WskitListen::listensOnEachAddress()
{
    WskitTool tool({u"listen"_s, u"--host"_s, u"127.0.0.1"_s, u"--host"_s, u"::1"_s}, m_directory->path());
    const QUrl first(tool.url());
    QVERIFY2(tool.says("listening on ws://[::1]:" + QByteArray::number(first.port())), tool.notices());
    for (const QString &host : {u"127.0.0.1"_s, u"::1"_s}) {
        WsClient client;
        QUrl url = first;
        url.setHost(host);
        QVERIFY(client.open(url));
        WS_TRY_COMPARE(client.state(), Ws::Open);
    }
}

void tst_WskitListen::starIsAllAddressesOfBothFamilies()
{
    WskitTool tool({u"listen"_s, u"--host"_s, u"*"_s}, m_directory->path());
    QUrl url(tool.url());
    for (const QString &host : {u"127.0.0.1"_s, u"::1"_s}) {
        WsClient client;
        url.setHost(host);
        QVERIFY(client.open(url));
        WS_TRY_COMPARE(client.state(), Ws::Open);
    }
}

// TLS is for the address alone.
void tst_WskitListen::listensInSeveralWays()
{
    WskitTool tool({u"listen"_s, u"--unix"_s, file(u"one"_s), u"--unix"_s, file(u"two"_s), u"--port"_s,
                    u"0"_s, u"--tls"_s, certificate(u"server.crt"_s), certificate(u"server.key"_s)},
                   m_directory->path());
    const QUrl url(tool.url());
    QCOMPARE(url.host(), u"127.0.0.1"_s);
    QVERIFY(showsCertificate(url.toString(), u"server"_s));
    for (const QString &name : {u"one"_s, u"two"_s}) {
        WsClient client;
        QVERIFY(client.open(QUrl(u"ws+unix://"_s + file(name) + u":/"_s)));
        WS_TRY_COMPARE(client.state(), Ws::Open);
    }
}

void tst_WskitListen::twoProcessesShareAPort()
{
    WskitTool one({u"listen"_s, u"--reuse-port"_s}, m_directory->path());
    const QString port = QString::number(QUrl(one.url()).port());
    WskitTool two({u"listen"_s, u"--reuse-port"_s, u"--port"_s, port}, m_directory->path());
    QCOMPARE(two.url(), one.url());
}

void tst_WskitListen::portThatIsNotSharedIsTaken()
{
    WskitTool one({u"listen"_s}, m_directory->path());
    WskitTool two({u"listen"_s, u"--port"_s, QString::number(QUrl(one.url()).port())}, m_directory->path());
    QCOMPARE(two.status(), NotConnected);
}

void tst_WskitListen::localSocketGetsItsPermissions()
{
    const QString path = file(u"socket"_s);
    WskitTool tool({u"listen"_s, u"--unix"_s, path, u"--unix-mode"_s, u"620"_s}, m_directory->path());
    QVERIFY(tool.says("listening on "));
    const QFile::Permissions others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOwner;
    QCOMPARE(QFileInfo(path).permissions() & others, QFile::Permissions(QFile::WriteGroup));
}

void tst_WskitListen::withoutASocketUnitItDoesNotStart()
{
    WskitTool tool({u"listen"_s, u"--systemd"_s}, m_directory->path());
    QCOMPARE(tool.run(), NotConnected);
    QVERIFY2(tool.notices().contains("cannot listen: "), tool.notices());
    QVERIFY2(tool.notices().contains("LISTEN_"), tool.notices());
}

// --- whom it believes

void tst_WskitListen::headersOfATrustedProxyAreBelieved()
{
    WskitTool tool({u"listen"_s, u"--trust-proxy"_s, u"127.0.0.0/8"_s}, m_directory->path());
    const RawClient client(tool.url(), "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n" + handshake);
    QVERIFY2(tool.says("#1 connected from 192.0.2.7 "), tool.notices());
}

void tst_WskitListen::headersOfStrangersAreNot()
{
    WskitTool tool({u"listen"_s, u"--trust-proxy"_s, u"192.0.2.1"_s}, m_directory->path());
    const RawClient client(tool.url(), "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n" + handshake);
    QVERIFY2(tool.says("#1 connected from 127.0.0.1 "), tool.notices());
}

void tst_WskitListen::proxyProtocolIsBelieved()
{
    WskitTool tool({u"listen"_s, u"--trust-proxy"_s, u"127.0.0.1"_s, u"--proxy-protocol"_s},
                   m_directory->path());
    const RawClient client(tool.url(),
                           "PROXY TCP4 192.0.2.8 127.0.0.1 4321 80\r\nGET / HTTP/1.1\r\n" + handshake);
    QVERIFY2(tool.says("#1 connected from 192.0.2.8 port 4321"), tool.notices());
}

// As behind a proxy that passes the Host header on and is not trusted.
void tst_WskitListen::pagesOfAllowedHostsAreAnswered()
{
    WskitTool tool({u"listen"_s}, m_directory->path());
    RawClient page(tool.url(), pageOf("chat.example"));
    QVERIFY2(page.gets("HTTP/1.1 403 "), page.received());

    WskitTool open({u"listen"_s, u"--allow-host"_s, u"chat.example"_s, u"--allow-host"_s, u"*.test"_s},
                   m_directory->path());
    for (const QByteArray host : {"chat.example", "a.test"}) {
        RawClient allowed(open.url(), pageOf(host));
        QVERIFY2(allowed.gets("HTTP/1.1 101 "), allowed.received());
    }
    RawClient other(open.url(), pageOf("evil.example"));
    QVERIFY2(other.gets("HTTP/1.1 403 "), other.received());
}

void tst_WskitListen::settingThatCannotBeUsedIsReported_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("value");
    QTest::newRow("host") << u"--allow-host"_s << u"http://chat.example"_s;
    QTest::newRow("origin") << u"--origin"_s << u"chat.example"_s;
}

void tst_WskitListen::settingThatCannotBeUsedIsReported()
{
    QFETCH(const QString, option);
    QFETCH(const QString, value);
    WskitTool tool({u"listen"_s, option, value}, m_directory->path());
    QVERIFY2(tool.says(value.toUtf8()), tool.notices());
}

// --- what it shows

void tst_WskitListen::figuresArePrintedAtTheEnd()
{
    WskitTool tool({u"listen"_s, u"--echo"_s, u"--stats"_s}, m_directory->path());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::messageReceived);
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.sendText(u"four"_s);
    WS_TRY_COMPARE(messages.size(), 1);
    RawClient stranger(tool.url(), "GET / HTTP/1.1\r\nOrigin: https://evil.example\r\n" + handshake);
    QVERIFY2(stranger.gets("HTTP/1.1 403 "), stranger.received());
    QVERIFY(!tool.notices().contains("figures after"));
    tool.end(SIGTERM);
    QCOMPARE(tool.status(), ClosedCleanly);
    QVERIFY2(tool.says("figures after "), tool.notices());
    QVERIFY2(tool.notices().contains("clients: 0 now, 1 in all, 0 about to open\n"), tool.notices());
    QVERIFY2(tool.notices().contains("received: 1 messages of 4 B, "), tool.notices());
    QVERIFY2(tool.notices().contains("closed by code: 1001: 1\n"), tool.notices());
    for (const QByteArray line : {"rejected by HTTP status: 403: 1\n", "  sent: 1 messages of 4 B, ",
                                  "not sent: 0 B that wait, 0 messages skipped\n", "handshakes: about ",
                                  "received sizes: about ", "sent sizes: about "})
        QVERIFY2(tool.notices().contains(line), line + " is not in " + tool.notices());
}

void tst_WskitListen::lineBreaksForgeNoLines()
{
    WskitTool tool({u"listen"_s, u"--details"_s, u"always"_s}, m_directory->path());
    WsClient client;
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.sendText(u"one\n12:00:00.000 #7 text 3 B  two"_s);
    QVERIFY2(tool.prints("  one\n  12:00:00.000 #7 text 3 B  two\n"), tool.output());
    client.close(4001, u"x\n#7 connected from 192.0.2.1"_s);
    QVERIFY2(tool.says("#1 closed: 4001 x\u240a#7 connected from 192.0.2.1\n"), tool.notices());
}

void tst_WskitListen::everyFigureIsDescribed()
{
    WsServerStatistics statistics;
    statistics.connections = 2;
    statistics.connectionsTotal = 30;
    statistics.pendingHandshakes = 4;
    statistics.rejected = {{0, 5}, {403, 6}};
    statistics.answered = {{200, 7}};
    statistics.closed = {{1000, 8}, {1001, 9}};
    statistics.messagesReceived = 10;
    statistics.payloadBytesReceived = 11;
    statistics.wireBytesReceived = 12;
    statistics.messagesSent = 13;
    statistics.payloadBytesSent = 14;
    statistics.wireBytesSent = 15;
    statistics.bufferedAmount = 16;
    statistics.messagesSkipped = 17;
    statistics.handshakeTime = {.bounds = {0.01}, .counts = {1, 0}};
    statistics.roundTrip = {.bounds = {0.02}, .counts = {1, 0}};
    statistics.messageSize = {.bounds = {300}, .counts = {1, 0}};
    statistics.sentMessageSize = {.bounds = {400}, .counts = {1, 0}};
    const QStringList lines{
        u"  clients: 2 now, 30 in all, 4 about to open"_s,
        u"  rejected by HTTP status: without an answer: 5, 403: 6"_s,
        u"  other requests by HTTP status: 200: 7"_s,
        u"  closed by code: 1000: 8, 1001: 9"_s,
        u"  received: 10 messages of 11 B, 12 B on the wire"_s,
        u"  sent: 13 messages of 14 B, 15 B on the wire"_s,
        u"  not sent: 16 B that wait, 17 messages skipped"_s,
        u"  handshakes: about 5 ms, 99 in 100 below 9.9 ms"_s,
        u"  round trips: about 10 ms, 99 in 100 below 19.8 ms"_s,
        u"  received sizes: about 150 B, 99 in 100 below 297 B"_s,
        u"  sent sizes: about 200 B, 99 in 100 below 396 B"_s,
    };
    QCOMPARE(describeFigures(statistics), lines);
}

void tst_WskitListen::figuresArePrintedAtTheInterval()
{
    WskitTool tool({u"listen"_s, u"--stats-interval"_s, u"0.1"_s}, m_directory->path());
    QVERIFY(Patient::waitFor([&tool] { return tool.notices().count("figures after ") >= 2; }));
}

void tst_WskitListen::metricsAreServed()
{
    WskitTool tool({u"listen"_s, u"--metrics"_s, u"/metrics"_s}, m_directory->path());
    RawClient client(tool.url(), httpRequest("/metrics"));
    QVERIFY(client.gets("\nwskit_connections"));
    RawClient elsewhere(tool.url(), httpRequest("/"));
    QVERIFY(elsewhere.gets("HTTP/1.1 404 "));
    RawClient poster(tool.url(), httpRequest("/metrics", "POST"));
    QVERIFY2(poster.gets("HTTP/1.1 405 "), poster.received());
    RawClient webSocket(tool.url(), "GET /metrics HTTP/1.1\r\n" + handshake);
    QVERIFY(webSocket.gets("HTTP/1.1 101 "));
}

void tst_WskitListen::fileIsServed()
{
    QVERIFY(writeFile(u"page.html"_s, "<p>the page"));
    WskitTool tool({u"listen"_s, u"--serve"_s, file(u"page.html"_s)}, m_directory->path());
    RawClient client(tool.url(), httpRequest("/"));
    QVERIFY(client.gets("<p>the page"));
    QVERIFY2(client.received().contains("text/html"), client.received());
    RawClient elsewhere(tool.url(), httpRequest("/page.html"));
    QVERIFY(elsewhere.gets("HTTP/1.1 404 "));
}

void tst_WskitListen::folderIsServed()
{
    QVERIFY(QDir(m_directory->path()).mkdir(u"www"_s));
    QVERIFY(writeFile(u"www/index.html"_s, "<p>the index"));
    QVERIFY(writeFile(u"secret"_s, "hush"));
    WskitTool tool({u"listen"_s, u"--serve"_s, file(u"www"_s)}, m_directory->path());
    RawClient client(tool.url(), httpRequest("/"));
    QVERIFY(client.gets("<p>the index"));
    RawClient outside(tool.url(), httpRequest("/../secret"));
    QVERIFY(outside.gets("HTTP/1.1 404 "));
}

void tst_WskitListen::nothingIsServedByDefault()
{
    WskitTool tool({u"listen"_s}, m_directory->path());
    RawClient client(tool.url(), httpRequest("/metrics"));
    QVERIFY(client.gets("HTTP/1.1 426 "));
}

// --- what it limits

void tst_WskitListen::clientsOfOneAddressAreLimited()
{
    WskitTool tool({u"listen"_s, u"--max-per-address"_s, u"1"_s}, m_directory->path());
    RawClient one(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    QVERIFY(one.gets("HTTP/1.1 101 "));
    RawClient two(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    QVERIFY2(tool.says("rejected 127.0.0.1: "), tool.notices());
}

// The second client waits for the first one, which gives way.
void tst_WskitListen::silentClientsAreLimited()
{
    WskitTool tool({u"listen"_s, u"--max-pending"_s, u"1"_s}, m_directory->path());
    RawClient silent(tool.url());
    WS_TRY_COMPARE(silent.state(), QAbstractSocket::ConnectedState);
    RawClient other(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    QVERIFY(other.gets("HTTP/1.1 101 "));
    QVERIFY2(tool.says("maxPendingHandshakes"), tool.notices());
}

void tst_WskitListen::slowClientsAreLimitedTogether_data()
{
    QTest::addColumn<QString>("policy");
    QTest::addColumn<QString>("consequence");
    QTest::newRow("skip") << u"skip"_s << u"sent to 0 of 1 clients\n"_s;
    QTest::newRow("drop-oldest") << u"drop-oldest"_s << u"that wait, [1-9][0-9]* messages skipped\n"_s;
    QTest::newRow("close") << u"close"_s << u"#1 [^\n]* share [^\n]* maxTotalBufferedAmount [^\n]*1000000"_s;
}

// The client reads nothing of what goes to all.
void tst_WskitListen::slowClientsAreLimitedTogether()
{
    QFETCH(const QString, policy);
    QFETCH(const QString, consequence);
    WskitTool tool({u"listen"_s, u"--max-total-buffered"_s, u"1000000"_s, u"--slow-subscriber"_s, policy,
                    u"--stats-interval"_s, u"0.1"_s},
                   m_directory->path());
    RawClient slow(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    slow.setReadBufferSize(1);
    QVERIFY(tool.says("#1 connected"));
    tool.write((QByteArray(65535, 'x') + '\n').repeated(500));
    const QRegularExpression expected(consequence);
    QVERIFY2(Patient::waitFor([&] { return expected.match(QString::fromUtf8(tool.notices())).hasMatch(); }),
             tool.notices());
    QVERIFY(policy != u"drop-oldest" || !tool.notices().contains("sent to 0 of 1 clients"));
}

// What is sent at once arrives at this rate, after the first second's worth of messages.
void tst_WskitListen::clientThatSendsTooMuchIsSlowedDown()
{
    constexpr int Rate = 100;
    WskitTool tool({u"listen"_s, u"--echo"_s, u"--max-messages-per-second"_s, QString::number(Rate)},
                   m_directory->path());
    WsClient client;
    QElapsedTimer clock;
    qint64 count = 0;
    qint64 mostAboveRate = 0;
    connect(&client, &WsClient::messageReceived, this, [&] {
        const qint64 allowed = Rate + Rate * clock.nsecsElapsed() / 1'000'000'000 + 1;
        mostAboveRate = std::max(mostAboveRate, ++count - allowed);
    });
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    clock.start();
    for (int i = 0; i < 10 * Rate; ++i)
        QVERIFY(client.sendText(u"x"_s));
    WS_TRY_VERIFY(count >= 2 * Rate);
    QCOMPARE(mostAboveRate, 0);
    QCOMPARE(client.state(), Ws::Open);
}

void tst_WskitListen::clientThatSendsTooMuchIsDisconnected_data()
{
    QTest::addColumn<QString>("option");
    QTest::newRow("messages") << u"--max-messages-per-second"_s;
    QTest::newRow("bytes") << u"--max-bytes-per-second"_s;
}

void tst_WskitListen::clientThatSendsTooMuchIsDisconnected()
{
    QFETCH(const QString, option);
    WskitTool tool({u"listen"_s, option, u"10"_s, u"--rate-limit-policy"_s, u"disconnect"_s},
                   m_directory->path());
    WsClient client;
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    for (int i = 0; i < 1000; ++i)
        client.sendText(u"too much"_s);
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(Ws::PolicyViolation));
}

// --- certificates

bool tst_WskitListen::useCertificate(const QString &name) const
{
    for (const QString &ending : {u".crt"_s, u".key"_s}) {
        const QString target = file(u"server"_s + ending);
        QFile::remove(target);
        if (!QFile::copy(certificate(name + ending), target))
            return false;
    }
    return true;
}

bool tst_WskitListen::showsCertificate(const QString &url, const QString &name) const
{
    QSslSocket socket;
    socket.setPeerVerifyMode(QSslSocket::QueryPeer);
    socket.connectToHostEncrypted(u"127.0.0.1"_s, quint16(QUrl(url).port()));
    return Patient::waitFor([&socket] { return socket.isEncrypted(); })
           && QSslCertificate::fromPath(certificate(name + u".crt"_s)).contains(socket.peerCertificate());
}

std::unique_ptr<WskitTool> tst_WskitListen::startWithTls() const
{
    return std::make_unique<WskitTool>(
        QStringList{u"listen"_s, u"--echo"_s, u"--tls"_s, file(u"server.crt"_s), file(u"server.key"_s)},
        m_directory->path());
}

void tst_WskitListen::certificateIsReadAgain()
{
    QVERIFY(useCertificate(u"server"_s));
    const auto tool = startWithTls();
    const QString url = tool->url();
    QVERIFY(showsCertificate(url, u"server"_s));
    QVERIFY(useCertificate(u"selfsigned"_s));
    QVERIFY(showsCertificate(url, u"server"_s));
    tool->end(SIGHUP);
    QVERIFY(tool->says("the certificates were read again"));
    QVERIFY(showsCertificate(url, u"selfsigned"_s));
}

void tst_WskitListen::authoritiesAreReadAgain()
{
    const QString authorities = file(u"clients-ca.crt"_s);
    QVERIFY(QFile::copy(certificate(u"selfsigned.crt"_s), authorities));
    WskitTool tool({u"listen"_s, u"--tls"_s, certificate(u"server.crt"_s), certificate(u"server.key"_s),
                    u"--client-ca"_s, authorities},
                   m_directory->path());
    const auto isLetIn = [url = QUrl(tool.url())] {
        WsClient client;
        const bool isReady =
            client.setCaCertificates(certificate(u"ca.crt"_s))
            && client.setLocalCertificate(certificate(u"client.crt"_s), certificate(u"client.key"_s));
        if (!isReady || !client.open(url))
            return false;
        (void)Patient::waitFor([&] { return client.state() == Ws::Open || client.state() == Ws::Closed; });
        return client.state() == Ws::Open;
    };
    QVERIFY(!isLetIn());
    QVERIFY(QFile::remove(authorities));
    QVERIFY(QFile::copy(certificate(u"ca.crt"_s), authorities));
    QVERIFY(!isLetIn());
    tool.end(SIGHUP);
    QVERIFY(tool.says("the certificates were read again"));
    QVERIFY(isLetIn());
}

void tst_WskitListen::brokenCertificateChangesNothing()
{
    QVERIFY(useCertificate(u"server"_s));
    const auto tool = startWithTls();
    const QString url = tool->url();
    QVERIFY(writeFile(u"server.key"_s, "no key"));
    tool->end(SIGHUP);
    QVERIFY(tool->says("the certificates stay as they were: "));
    QVERIFY(tool->notices().contains("server.key"));
    QVERIFY(showsCertificate(url, u"server"_s));
}

// --- how it ends

// With --tls it does not take SIGHUP for a reason to live on.
void tst_WskitListen::closedTerminalEndsIt()
{
    QVERIFY(useCertificate(u"server"_s));
    const QByteArray crt = file(u"server.crt"_s).toLocal8Bit();
    const QByteArray key = file(u"server.key"_s).toLocal8Bit();
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    QVERIFY(child >= 0);
    if (child == 0) {
        ::execl(WSKIT_TOOL, WSKIT_TOOL, "listen", "--tls", crt.constData(), key.constData(), nullptr);
        ::_exit(127);
    }
    QByteArray shown;
    char bytes[256];
    while (!shown.contains("listening on ")) {
        const ssize_t count = ::read(terminal, bytes, sizeof bytes);
        QVERIFY(count > 0);
        shown.append(bytes, count);
    }
    ::close(terminal);
    int status = -1;
    QVERIFY(Patient::waitFor([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), ClosedCleanly);
}

void tst_WskitListen::clientsThatDoNotLeaveAreCut()
{
    WskitTool tool({u"listen"_s, u"--drain"_s, u"0.2"_s}, m_directory->path());
    RawClient client(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    QVERIFY(client.gets("HTTP/1.1 101 "));
    tool.end(SIGTERM);
    QCOMPARE(tool.status(), ClosedCleanly);
    QVERIFY(client.gets("\x88\x02\x03\xe9")); // a Close frame with 1001
}

void tst_WskitListen::secondSignalEndsAtOnce()
{
    WskitTool tool({u"listen"_s, u"--drain"_s, u"3600"_s}, m_directory->path());
    RawClient client(tool.url(), "GET / HTTP/1.1\r\n" + handshake);
    QVERIFY(client.gets("HTTP/1.1 101 "));
    tool.end(SIGTERM);
    QVERIFY(client.gets("\x88\x02\x03\xe9"));
    tool.end(SIGTERM);
    QCOMPARE(tool.status(), ClosedUncleanly);
}

// --- the command line

void tst_WskitListen::refusesWrongArguments_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QStringList &options, const QByteArray &text) {
        QTest::newRow(name) << options << text;
    };
    row("host", {u"--host"_s, u"::1"_s, u"--host"_s, u"nowhere"_s},
        "--host needs an IP address or *, not “nowhere”");
    row("mode", {u"--unix"_s, u"x"_s, u"--unix-mode"_s, u"689"_s}, "permissions such as 660, not “689”");
    row("mode alone", {u"--unix-mode"_s, u"660"_s}, "--unix-mode needs --unix");
    row("TLS and no address", {u"--unix"_s, u"x"_s, u"--tls"_s, u"x"_s, u"x"_s}, "--tls is for addresses");
    row("proxy", {u"--trust-proxy"_s, u"10.0.0.0/40"_s}, "or a subnet, not “10.0.0.0/40”");
    row("PROXY protocol alone", {u"--proxy-protocol"_s}, "--proxy-protocol needs --trust-proxy");
    row("clients of an address", {u"--max-per-address"_s, u"1.5"_s}, "a number of clients, not “1.5”");
    row("silent clients", {u"--max-pending"_s, u"0"_s}, "a number of clients, not “0”");
    row("bytes that wait", {u"--max-total-buffered"_s, u"1.5"_s}, "a number of bytes, not “1.5”");
    row("slow subscriber", {u"--slow-subscriber"_s, u"x"_s}, "skip, drop-oldest or close, not “x”");
    row("messages", {u"--max-messages-per-second"_s, u"0"_s}, "a number of messages, not “0”");
    row("bytes", {u"--max-bytes-per-second"_s, u"inf"_s}, "a number of bytes, not “inf”");
    row("policy", {u"--max-bytes-per-second"_s, u"1"_s, u"--rate-limit-policy"_s, u"x"_s},
        "slow-down or disconnect, not “x”");
    row("policy alone", {u"--rate-limit-policy"_s, u"disconnect"_s}, "--rate-limit-policy needs");
    row("interval", {u"--stats-interval"_s, u"0"_s}, "--stats-interval needs a number of seconds, not “0”");
    row("drain", {u"--drain"_s, u"-1"_s}, "--drain needs a number of seconds, not “-1”");
    row("metrics", {u"--metrics"_s, u"metrics"_s}, "begins with a slash, not “metrics”");
    row("file", {u"--serve"_s, u"/nowhere/page"_s}, "that can be read, not “/nowhere/page”");
}

void tst_WskitListen::refusesWrongArguments()
{
    QFETCH(const QStringList, options);
    QFETCH(const QByteArray, text);
    WskitTool tool(QStringList{u"listen"_s} + options, m_directory->path());
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains(text), tool.notices());
}

QTEST_GUILESS_MAIN(tst_WskitListen)
#include "tst_wskitlisten.moc"
