// SPDX-License-Identifier: MIT

// `wskit listen` as a server in production: where it listens, whom it believes, what it limits, what it
// shows, and how it ends.

#include "wskittool.h"

#include <WsKit/WsClient>

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

const QByteArray handshake =
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

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
    void twoProcessesShareAPort();
    void portThatIsNotSharedIsTaken();
    void localSocketGetsItsPermissions();
    void withoutASocketUnitItDoesNotStart();

    void headersOfATrustedProxyAreBelieved();
    void headersOfStrangersAreNot();
    void proxyProtocolIsBelieved();

    void figuresArePrintedAtTheEnd();
    void figuresArePrintedAtTheInterval();
    void metricsAreServed();
    void fileIsServed();
    void folderIsServed();
    void nothingIsServedByDefault();

    void clientsOfOneAddressAreLimited();
    void clientThatSendsTooMuchIsSlowedDown();
    void clientThatSendsTooMuchIsDisconnected_data();
    void clientThatSendsTooMuchIsDisconnected();

    void certificateIsReadAgain();
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
    QVERIFY(!tool.notices().contains("figures after"));
    tool.end(SIGTERM);
    QCOMPARE(tool.status(), ClosedCleanly);
    QVERIFY2(tool.says("figures after "), tool.notices());
    QVERIFY2(tool.notices().contains("clients: 0 now, 1 in all, 0 about to open\n"), tool.notices());
    QVERIFY2(tool.notices().contains("received: 1 messages of 4 B, "), tool.notices());
    QVERIFY2(tool.notices().contains("closed by code: 1001: 1\n"), tool.notices());
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

// Of three messages at two a second, the third waits; nothing is lost.
void tst_WskitListen::clientThatSendsTooMuchIsSlowedDown()
{
    WskitTool tool({u"listen"_s, u"--echo"_s, u"--max-messages-per-second"_s, u"2"_s}, m_directory->path());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::messageReceived);
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    for (int i = 0; i < 3; ++i)
        client.sendText(u"x"_s);
    WS_TRY_COMPARE(messages.size(), 3);
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
    QVERIFY(tool->says("the certificate was read again"));
    QVERIFY(showsCertificate(url, u"selfsigned"_s));
}

void tst_WskitListen::brokenCertificateChangesNothing()
{
    QVERIFY(useCertificate(u"server"_s));
    const auto tool = startWithTls();
    const QString url = tool->url();
    QVERIFY(writeFile(u"server.key"_s, "no key"));
    tool->end(SIGHUP);
    QVERIFY(tool->says("the certificate stays as it was: "));
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
        "--host needs an IP address, not “nowhere”");
    row("mode", {u"--unix"_s, u"x"_s, u"--unix-mode"_s, u"689"_s}, "permissions such as 660, not “689”");
    row("mode alone", {u"--unix-mode"_s, u"660"_s}, "--unix-mode needs --unix");
    row("unix and port", {u"--unix"_s, u"x"_s, u"--port"_s, u"1"_s}, "--unix goes without");
    row("systemd and port", {u"--systemd"_s, u"--port"_s, u"1"_s}, "--systemd goes without");
    row("proxy", {u"--trust-proxy"_s, u"10.0.0.0/40"_s}, "or a subnet, not “10.0.0.0/40”");
    row("PROXY protocol alone", {u"--proxy-protocol"_s}, "--proxy-protocol needs --trust-proxy");
    row("clients of an address", {u"--max-per-address"_s, u"1.5"_s}, "a number of clients, not “1.5”");
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
