// SPDX-License-Identifier: MIT

// The recipes of the documentation for proxies, with the real programs.

#include "../heldport.h"
#include "chromiumbrowser.h"
#include "integrationtesting.h"
#include "recipeproxy.h"

using namespace IntegrationTesting;
using Program = RecipeProxy::Program;

namespace {
constexpr int ProcessPatience = 60000; // a process takes its time to start if the machine is loaded
constexpr int BrowserPatience = 5 * Patience;

// As the page describes it.
struct ChatServer
{
    ChatServer()
    {
        server.setRequestHandler([](const WsRequest &request) {
            return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::html("<p>chat");
        });
        server.setConnectionHandler([](WsConnection *connection) {
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
        server.setTrustedProxies({u"127.0.0.1"_s, u"unix:"_s});
        server.setAllowedHosts({u"chat.example.com"_s});
        QObject::connect(&server, &WsServer::connectionRejected, &server,
                         [this](const WsError &error) { rejections.append(error.text()); });
    }

    // Behind \a proxy, as its recipe wants it.
    bool start(RecipeProxy *proxy, bool isTls = false)
    {
        server.setProxyProtocol(proxy->usesProxyProtocol());
        if (isTls)
            server.setSslConfiguration(serverTls());
        else if (proxy->checksOverTls() && !proxy->replace(" check-ssl verify none", ""))
            return false;
        const QString path = directory.filePath(u"chat.sock"_s);
        if (proxy->isBeforeLocalSocket())
            return server.listen(path) && proxy->start(path);
        return server.listen() && proxy->start(server.serverPort());
    }
    WsConnection *connection() const { return server.connections().value(0); }

    QTemporaryDir directory;
    WsServer server;
    QStringList rejections;
};

const QHostAddress ClientAddress(u"127.0.0.9"_s); // of which the proxies, at 127.0.0.1, are to tell

// What a browser sends that has loaded a page from \a origin; PORT stands for the proxy's.
class Browser
{
public:
    explicit Browser(const RecipeProxy &proxy) : m_port(proxy.port()) { }

    bool send(QByteArray request)
    {
        peer.socket->setPeerVerifyName(u"localhost"_s); // which the certificate is for
        peer.socket->bind(ClientAddress);
        if (isTls)
            peer.socket->connectToHostEncrypted(u"127.0.0.1"_s, m_port);
        else
            peer.socket->connectToHost(u"127.0.0.1"_s, m_port);
        if (!isTls && !waitFor([this] { return peer.socket->state() == QAbstractSocket::ConnectedState; }))
            return false;
        peer.send(request.replace("PORT", QByteArray::number(m_port)));
        return waitFor([this] { return peer.received.contains("\r\n\r\n"); }, ProcessPatience);
    }
    bool upgrade(const QByteArray &origin, const QByteArray &headers = {})
    {
        return send(RawPeer::upgradeRequest("Origin: " + origin + "\r\n" + headers)
                        .replace("localhost", "chat.example.com:PORT"));
    }
    QString text() // of a refusal
    {
        (void)waitFor([this] { return peer.received.endsWith('\n') && !peer.body().isEmpty(); });
        return QString::fromUtf8(peer.body()).replace(QString::number(m_port), u"PORT"_s);
    }

    RawPeer peer;
    bool isTls = true;

private:
    const quint16 m_port;
};
} // namespace

class TestProxyRecipes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pageIsLoaded_data() { addPrograms(); }
    void pageIsLoaded();
    void pageOpensAWebSocket_data() { addPrograms(); }
    void pageOpensAWebSocket();
    void pageFromElsewhereIsRefused_data() { addPrograms(); }
    void pageFromElsewhereIsRefused();
    void refusalNamesWhatTheProxyChanged_data();
    void refusalNamesWhatTheProxyChanged();
    void hostWithoutThePortSuitsClientsAndAllowedPages();
    void refusalNamesTheSettingOfAServerThatDoesNotKnowItsName_data() { addPrograms(); }
    void refusalNamesTheSettingOfAServerThatDoesNotKnowItsName();
    void serverKnowsTheClient_data();
    void serverKnowsTheClient();
    void clientThatLiesIsNotBelieved_data();
    void clientThatLiesIsNotBelieved();
    void proxyThatEndsTlsInTcpModeTellsOfIt();
    void clientBehindTwoProxiesIsKnown();
    void pageIsLoadedOverHttp2_data() { addPrograms(); }
    void pageIsLoadedOverHttp2();
    void webSocketOfABrowserUsesHttp2IfTheProxyOffersIt_data();
    void webSocketOfABrowserUsesHttp2IfTheProxyOffersIt();
    void subprotocolAndCompressionAreAgreedOn_data();
    void subprotocolAndCompressionAreAgreedOn();
    void pingsKeepASilentConnectionOpen_data() { addPrograms(); }
    void pingsKeepASilentConnectionOpen();
    void healthIsCheckedByTheProxyItself_data();
    void healthIsCheckedByTheProxyItself();
    void serverThatRefusesConnectionsIsLeftOut();

private:
    static void addPrograms()
    {
        QTest::addColumn<Program>("program");
        QTest::newRow("nginx") << Program::Nginx;
        QTest::newRow("HAProxy") << Program::HaProxy;
    }
    static void addRecipes()
    {
        addPrograms();
        QTest::newRow("nginx, local socket") << Program::NginxLocal;
        QTest::newRow("nginx, PROXY") << Program::NginxStream;
        QTest::newRow("HAProxy, PROXY") << Program::HaProxyTcp;
    }
};

void TestProxyRecipes::pageIsLoaded()
{
    QFETCH(const Program, program);
    ChatServer chat;
    RecipeProxy proxy(program);
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    Browser browser(proxy);
    QVERIFY(browser.send("GET / HTTP/1.1\r\nHost: chat.example.com:PORT\r\n\r\n"));
    QCOMPARE(browser.peer.httpStatus(), 200);
    WS_TRY_COMPARE(browser.peer.body(), "<p>chat"_ba);
}

void TestProxyRecipes::pageOpensAWebSocket()
{
    QFETCH(const Program, program);
    ChatServer chat;
    RecipeProxy proxy(program);
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    Browser browser(proxy);
    QVERIFY(browser.upgrade("https://chat.example.com:PORT"));
    QVERIFY2(browser.peer.httpStatus() == 101, browser.peer.received.constData());
    browser.peer.send(frame(TextFrame, "hello"));
    WS_TRY_VERIFY(browser.peer.body().endsWith(unmaskedFrame(TextFrame, "hello")));
    const WsRequest request = chat.server.connections().constFirst()->request();
    QCOMPARE(request.header("X-Forwarded-For"), "127.0.0.9");
    QCOMPARE(request.header("X-Forwarded-Proto"), "https");
    QCOMPARE(chat.rejections, QStringList());
}

void TestProxyRecipes::pageFromElsewhereIsRefused()
{
    QFETCH(const Program, program);
    ChatServer chat;
    RecipeProxy proxy(program);
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    Browser browser(proxy);
    QVERIFY(browser.upgrade("https://evil.example"));
    QCOMPARE(browser.peer.httpStatus(), 403);
    QCOMPARE(browser.text(),
             u"origin https://evil.example is not host chat.example.com:PORT, and not in allowedOrigins\n"_s);
    chat.server.setAllowedOrigins({u"https://*.example"_s});
    Browser allowed(proxy);
    QVERIFY(allowed.upgrade("https://evil.example"));
    QCOMPARE(allowed.peer.httpStatus(), 101);
}

void TestProxyRecipes::refusalNamesWhatTheProxyChanged_data()
{
    QTest::addColumn<QByteArray>("hostLine");
    QTest::addColumn<QStringList>("allowedHosts");
    QTest::addColumn<QString>("text"); // BACKEND stands for the server's port
    QTest::newRow("no Host line") << QByteArray() << QStringList{u"chat.example.com"_s}
                                  << u"host \"127.0.0.1:BACKEND\" is not in allowedHosts\n"_s;
    QTest::newRow("no Host line, no list")
        << QByteArray() << QStringList()
        << u"origin https://chat.example.com:PORT is not host 127.0.0.1:BACKEND, and not in allowedOrigins\n"_s;
    QTest::newRow("without the port")
        << "proxy_set_header Host $host;"_ba << QStringList{u"chat.example.com"_s}
        << u"origin https://chat.example.com:PORT is not host chat.example.com:443, and not in allowedOrigins\n"_s;
}

void TestProxyRecipes::refusalNamesWhatTheProxyChanged()
{
    QFETCH(const QByteArray, hostLine);
    QFETCH(const QStringList, allowedHosts);
    QFETCH(QString, text);
    ChatServer chat;
    chat.server.setAllowedHosts(allowedHosts);
    RecipeProxy proxy(Program::Nginx);
    QVERIFY(proxy.replace("proxy_set_header Host $http_host;", hostLine));
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    Browser browser(proxy);
    QVERIFY(browser.upgrade("https://chat.example.com:PORT"));
    QCOMPARE(browser.peer.httpStatus(), 403);
    QCOMPARE(browser.text(), text.replace(u"BACKEND"_s, QString::number(chat.server.serverPort())));
    QCOMPARE(chat.rejections.size(), 1);
}

// Many configurations have $host. A client without an Origin does not notice.
void TestProxyRecipes::hostWithoutThePortSuitsClientsAndAllowedPages()
{
    ChatServer chat;
    RecipeProxy proxy(Program::Nginx);
    QVERIFY(proxy.replace("proxy_set_header Host $http_host;", "proxy_set_header Host $host;"));
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    const QByteArray host = "chat.example.com:" + QByteArray::number(proxy.port());
    WsClient client;
    client.setOptions(patientOptions());
    client.setSslConfiguration(tlsConfiguration());
    client.setPeerVerifyName(u"localhost"_s);
    QVERIFY(client.setHeader("Host", host));
    QVERIFY(client.open(QUrl(u"wss://127.0.0.1:%1/"_s.arg(proxy.port()))));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(chat.server.connections().constFirst()->request().header("Host"), "chat.example.com");
    chat.server.setAllowedOrigins({u"https://"_s + QString::fromLatin1(host)});
    Browser page(proxy);
    QVERIFY(page.upgrade("https://" + host));
    QCOMPARE(page.peer.httpStatus(), 101);
}

void TestProxyRecipes::refusalNamesTheSettingOfAServerThatDoesNotKnowItsName()
{
    QFETCH(const Program, program);
    ChatServer chat;
    chat.server.setAllowedHosts({});
    chat.server.setTrustedProxies({});
    RecipeProxy proxy(program);
    QVERIFY(chat.server.listen() && proxy.start(chat.server.serverPort()));
    Browser browser(proxy);
    QVERIFY(browser.upgrade("https://chat.example.com:PORT"));
    QCOMPARE(browser.peer.httpStatus(), 403);
    const QString text = browser.text();
    QVERIFY2(text.startsWith(u"host \"chat.example.com:PORT\" is not localhost"_s)
                 && text.contains(u"allowedHosts"_s),
             qPrintable(text));
}

// --- the client

void TestProxyRecipes::serverKnowsTheClient_data()
{
    QTest::addColumn<Program>("program");
    QTest::addColumn<QByteArray>("recipe"); // other words of the last recipe
    QTest::addColumn<bool>("isTls");        // of the server itself
    QTest::newRow("nginx") << Program::Nginx << QByteArray() << false;
    QTest::newRow("nginx, local socket") << Program::NginxLocal << QByteArray() << false;
    QTest::newRow("HAProxy") << Program::HaProxy << QByteArray() << false;
    for (const bool isTls : {false, true}) {
        const char *const scheme = isTls ? "wss" : "ws";
        QTest::addRow("nginx, PROXY, %s", scheme) << Program::NginxStream << QByteArray() << isTls;
        QTest::addRow("HAProxy, PROXY 2, %s", scheme) << Program::HaProxyTcp << QByteArray() << isTls;
        QTest::addRow("HAProxy, PROXY 1, %s", scheme) << Program::HaProxyTcp << "send-proxy "_ba << isTls;
        QTest::addRow("HAProxy, PROXY 2 with a checksum, %s", scheme)
            << Program::HaProxyTcp << "send-proxy-v2 proxy-v2-options crc32c "_ba << isTls;
    }
}

void TestProxyRecipes::serverKnowsTheClient()
{
    QFETCH(const Program, program);
    QFETCH(const QByteArray, recipe);
    QFETCH(const bool, isTls);
    ChatServer chat;
    chat.server.setMaxConnectionsPerAddress(1);
    RecipeProxy proxy(program);
    QVERIFY(recipe.isEmpty() || proxy.replace("send-proxy-v2 ", recipe));
    QVERIFY(chat.start(&proxy, isTls));
    Browser browser(proxy);
    browser.isTls = isTls || !proxy.usesProxyProtocol();
    const QByteArray origin = (browser.isTls ? "https" : "http") + "://chat.example.com:PORT"_ba;
    QVERIFY(browser.upgrade(origin));
    QVERIFY2(browser.peer.httpStatus() == 101, browser.peer.received.constData());
    QVERIFY(chat.connection());
    QCOMPARE(chat.connection()->peerAddress(), ClientAddress);
    QCOMPARE(chat.connection()->isEncrypted(), browser.isTls);
    QCOMPARE(chat.connection()->url().scheme(), browser.isTls ? u"wss"_s : u"ws"_s);
    QCOMPARE(chat.connection()->url().host(), u"chat.example.com"_s);
    QCOMPARE(chat.connection()->request().proxyAddress(),
             proxy.isBeforeLocalSocket() ? QHostAddress() : QHostAddress(QHostAddress::LocalHost));
    Browser second(proxy);
    second.isTls = browser.isTls;
    QVERIFY(second.upgrade(origin));
    QCOMPARE(second.peer.httpStatus(), 503);
}

void TestProxyRecipes::clientThatLiesIsNotBelieved_data()
{
    QTest::addColumn<Program>("program");
    addRecipes();
}

void TestProxyRecipes::clientThatLiesIsNotBelieved()
{
    QFETCH(const Program, program);
    ChatServer chat;
    RecipeProxy proxy(program);
    QVERIFY(chat.start(&proxy, proxy.usesProxyProtocol()));
    Browser browser(proxy);
    QVERIFY(
        browser.upgrade("https://chat.example.com:PORT",
                        "X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Proto: http\r\n"
                        "X-Forwarded-Host: evil.example\r\nForwarded: for=192.0.2.66;host=evil.example\r\n"));
    QVERIFY2(browser.peer.httpStatus() == 101, browser.peer.received.constData());
    QVERIFY(chat.connection());
    QCOMPARE(chat.connection()->peerAddress(), ClientAddress);
    QVERIFY(chat.connection()->isEncrypted());
    QCOMPARE(chat.connection()->url().host(), u"chat.example.com"_s);
}

void TestProxyRecipes::proxyThatEndsTlsInTcpModeTellsOfIt()
{
    ChatServer chat;
    RecipeProxy proxy(Program::HaProxyTcp);
    QVERIFY(proxy.replace("bind :443", "bind :443 ssl crt /etc/ssl/chat.example.com.pem"));
    QVERIFY(proxy.replace("send-proxy-v2 ", "send-proxy-v2-ssl "));
    QVERIFY(chat.start(&proxy));
    Browser browser(proxy);
    QVERIFY(browser.upgrade("https://chat.example.com:PORT"));
    QVERIFY2(browser.peer.httpStatus() == 101, browser.peer.received.constData());
    QVERIFY(chat.connection() && chat.connection()->isEncrypted());
    QCOMPARE(chat.connection()->peerAddress(), ClientAddress);
}

void TestProxyRecipes::clientBehindTwoProxiesIsKnown()
{
    ChatServer chat;
    RecipeProxy inner(Program::Nginx);
    QVERIFY(inner.replace(" ssl http2;", ";"));
    QVERIFY(inner.replace("$remote_addr", "$proxy_add_x_forwarded_for"));
    QVERIFY(inner.replace("X-Forwarded-Proto $scheme", "X-Forwarded-Proto $http_x_forwarded_proto"));
    RecipeProxy outer(Program::HaProxy);
    QVERIFY(chat.start(&inner) && outer.start(inner.port()));
    Browser browser(outer);
    QVERIFY(browser.upgrade("https://chat.example.com:PORT", "X-Forwarded-For: 192.0.2.66\r\n"));
    QVERIFY2(browser.peer.httpStatus() == 101, browser.peer.received.constData());
    QVERIFY(chat.connection());
    QCOMPARE(chat.connection()->request().header("X-Forwarded-For"), "127.0.0.9, 127.0.0.1");
    QCOMPARE(chat.connection()->peerAddress(), ClientAddress);
    QVERIFY(chat.connection()->isEncrypted());
}

// --- what passes through

void TestProxyRecipes::pageIsLoadedOverHttp2()
{
    QFETCH(const Program, program);
    ChatServer chat;
    RecipeProxy proxy(program);
    QVERIFY(chat.start(&proxy));
    const QByteArray port = QByteArray::number(proxy.port());
    for (const QString &path : {u"/"_s, u"/health"_s}) {
        QProcess curl;
        curl.start(QStringLiteral(INTEROP_CURL),
                   {u"-sS"_s, u"--http2"_s, u"--retry"_s, u"9"_s, u"--retry-connrefused"_s, u"--cacert"_s,
                    certificateFile(u"ca.crt"_s), u"-H"_s,
                    u"Host: chat.example.com:"_s + QString::fromLatin1(port), u"-w"_s,
                    u" %{http_version} %{http_code}"_s,
                    u"https://localhost:%1%2"_s.arg(proxy.port()).arg(path)});
        WS_TRY_VERIFY(curl.state() == QProcess::NotRunning);
        QCOMPARE(curl.readAllStandardOutput(), "<p>chat 2 200"_ba);
    }
    Browser beside(proxy); // a WebSocket over HTTP/1.1, as browsers open it
    QVERIFY(beside.upgrade("https://chat.example.com:PORT"));
    QCOMPARE(beside.peer.httpStatus(), 101);
}

void TestProxyRecipes::webSocketOfABrowserUsesHttp2IfTheProxyOffersIt_data()
{
    QTest::addColumn<Program>("program");
    QTest::addColumn<QByteArray>("line"); // of the recipe, before which the version is written down
    QTest::addColumn<QByteArray>("versionLine");
    QTest::addColumn<QByteArray>("version");
    QTest::newRow("nginx") << Program::Nginx << "proxy_read_timeout 1h;"_ba
                           << "proxy_set_header X-Version $server_protocol;"_ba
                           << "HTTP/1.1"_ba;
    QTest::newRow("HAProxy") << Program::HaProxy << "default_backend chat"_ba
                             << "http-request set-header X-Version %[req.ver]"_ba
                             << "2.0"_ba;
}

// RFC 8441. The page comes over HTTP/2 in both cases, so the browser has such a connection.
void TestProxyRecipes::webSocketOfABrowserUsesHttp2IfTheProxyOffersIt()
{
    QFETCH(const Program, program);
    QFETCH(const QByteArray, line);
    QFETCH(const QByteArray, versionLine);
    ChatServer chat;
    QByteArrayList versions; // of the requests for the page and for the WebSocket
    chat.server.setRequestHandler([&versions](const WsRequest &request) {
        if (request.path() != u"/")
            return WsResponse::text("well"); // a health check, or an icon
        versions.append(request.header("X-Version"));
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        return WsResponse::html("<script>const socket = new WebSocket(`wss://${location.host}/`);"
                                "socket.onopen = () => socket.send('hello');"
                                "socket.onmessage = event => socket.close(4001, event.data);</script>");
    });
    QString reason;
    QObject::connect(&chat.server, &WsServer::newConnection, &chat.server,
                     [&reason](WsConnection *connection) {
                         QObject::connect(connection, &WsConnection::closed, connection,
                                          [&reason](quint16, const QString &text) { reason = text; });
                     });
    RecipeProxy proxy(program);
    QVERIFY(proxy.replace(line, versionLine + "\n    " + line));
    QVERIFY(chat.start(&proxy));
    ChromiumBrowser browser;
    browser.open(QUrl(u"https://chat.example.com:%1/"_s.arg(proxy.port())),
                 {u"--host-resolver-rules=MAP chat.example.com 127.0.0.1"_s});
    (void)waitFor([&] { return !reason.isEmpty() || !browser.isRunning(); }, BrowserPatience);
    QVERIFY2(reason == u"hello", browser.output());
    QCOMPARE(versions.size(), 2);
    QCOMPARE(versions.first(), program == Program::Nginx ? "HTTP/2.0"_ba : "2.0"_ba);
    QTEST(versions.last(), "version");
    QCOMPARE(chat.rejections, QStringList());
}

void TestProxyRecipes::subprotocolAndCompressionAreAgreedOn_data()
{
    QTest::addColumn<Program>("program");
    addRecipes();
}

void TestProxyRecipes::subprotocolAndCompressionAreAgreedOn()
{
    QFETCH(const Program, program);
    ChatServer chat;
    chat.server.setSubprotocols({u"chat.v2"_s});
    chat.server.setOptions(compressedOptions(true));
    RecipeProxy proxy(program);
    QVERIFY(chat.start(&proxy, proxy.usesProxyProtocol()));
    WsClient client;
    client.setOptions(compressedOptions(true, patientOptions()));
    client.setSslConfiguration(tlsConfiguration());
    client.setPeerVerifyName(u"localhost"_s);
    client.setSubprotocols({u"chat.v1"_s, u"chat.v2"_s});
    QVERIFY(client.setHeader("Host", "chat.example.com"));
    QSignalSpy received(&client, &WsConnection::messageReceived);
    QVERIFY(client.open(QUrl(u"wss://127.0.0.1:%1/"_s.arg(proxy.port()))));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(client.subprotocol(), u"chat.v2"_s);
    QVERIFY(client.extensions().startsWith(u"permessage-deflate"_s));
    const QByteArray message = pattern(MiB);
    QVERIFY(client.sendBinary(message));
    WS_TRY_COMPARE(received.size(), 1);
    QCOMPARE(received.first().constFirst().value<WsMessage>().data(), message);
}

// Longer than the proxy would keep it.
void TestProxyRecipes::pingsKeepASilentConnectionOpen()
{
    QFETCH(const Program, program);
    ChatServer chat;
    WsOptions options = patientOptions();
    options.setPingInterval(200ms);
    chat.server.setOptions(options);
    RecipeProxy proxy(program);
    if (program == Program::Nginx)
        QVERIFY(proxy.replace("_timeout 1h;", "_timeout 1s;"));
    else
        QVERIFY(proxy.replace("timeout tunnel  1h", "timeout tunnel  1s"));
    QVERIFY(chat.start(&proxy));
    WsClient client;
    client.setOptions(patientOptions());
    client.setSslConfiguration(tlsConfiguration());
    client.setPeerVerifyName(u"localhost"_s);
    QVERIFY(client.setHeader("Host", "chat.example.com"));
    QSignalSpy pings(&client, &WsConnection::pinged);
    QVERIFY(client.open(QUrl(u"wss://127.0.0.1:%1/"_s.arg(proxy.port()))));
    WS_TRY_VERIFY(pings.size() >= 10);
    QCOMPARE(client.state(), Ws::Open);
}

void TestProxyRecipes::healthIsCheckedByTheProxyItself_data()
{
    QTest::addColumn<Program>("program");
    QTest::addColumn<bool>("isTls"); // of the server itself
    QTest::newRow("HAProxy") << Program::HaProxy << false;
    QTest::newRow("HAProxy, PROXY, wss") << Program::HaProxyTcp << true;
    QTest::newRow("HAProxy, PROXY, ws") << Program::HaProxyTcp << false;
}

void TestProxyRecipes::healthIsCheckedByTheProxyItself()
{
    QFETCH(const Program, program);
    QFETCH(const bool, isTls);
    ChatServer chat;
    chat.server.setMaxConnectionsPerAddress(1);
    QList<WsRequest> checks;
    chat.server.setRequestHandler([&](const WsRequest &request) {
        checks.append(request);
        return WsResponse::html("<p>well");
    });
    RecipeProxy proxy(program);
    QVERIFY(chat.start(&proxy, isTls));
    WS_TRY_VERIFY(checks.size() >= 2);
    for (const WsRequest &check : std::as_const(checks)) {
        QCOMPARE(check.path(), u"/health"_s);
        QCOMPARE(check.peerAddress(), QHostAddress(QHostAddress::LocalHost));
        QCOMPARE(check.proxyAddress(), QHostAddress());
    }
    QCOMPARE(chat.rejections, QStringList());
}

// The one that has refused a connection is not asked again, although it accepts them now.
void TestProxyRecipes::serverThatRefusesConnectionsIsLeftOut()
{
    const HeldPort port;
    ChatServer chat;
    RecipeProxy proxy(Program::NginxLocal);
    QVERIFY(proxy.replace("    server unix:",
                          "    server " + port.address().toLatin1() + " fail_timeout=1h;\n    server unix:"));
    QVERIFY(chat.start(&proxy));
    Browser first(proxy);
    QVERIFY(first.upgrade("https://chat.example.com:PORT"));
    QVERIFY2(first.peer.httpStatus() == 101, first.peer.received.constData());
    Browser second(proxy); // the one whose turn it is, whoever was first
    QVERIFY(second.upgrade("https://chat.example.com:PORT"));
    QVERIFY2(second.peer.httpStatus() == 101, second.peer.received.constData());

    QTcpServer late;
    QVERIFY(late.listen(QHostAddress::LocalHost, port.number()));
    for (int i = 0; i < 10; ++i) {
        Browser browser(proxy);
        QVERIFY(browser.send("GET / HTTP/1.1\r\nHost: chat.example.com:PORT\r\n\r\n"));
        QCOMPARE(browser.peer.httpStatus(), 200);
    }
    QVERIFY(!late.hasPendingConnections());
    QCOMPARE(chat.server.connections().size(), 2);
}

QTEST_GUILESS_MAIN(TestProxyRecipes)
#include "tst_proxyrecipes.moc"
