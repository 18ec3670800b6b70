// SPDX-License-Identifier: MIT

// The recipes of the documentation for proxies, with the real programs.

#include "recipeproxy.h"

#include "integrationtesting.h"

using namespace IntegrationTesting;
using Program = RecipeProxy::Program;

namespace {
constexpr int ProcessPatience = 60000; // a process takes its time to start if the machine is loaded

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
        server.setAllowedHosts({u"chat.example.com"_s});
        QObject::connect(&server, &WsServer::connectionRejected, &server,
                         [this](const WsError &error) { rejections.append(error.text()); });
    }

    WsServer server;
    QStringList rejections;
};

// What a browser sends that has loaded a page from \a origin; PORT stands for the proxy's.
class Browser
{
public:
    explicit Browser(const RecipeProxy &proxy) : m_port(proxy.port()) { }

    bool send(QByteArray request)
    {
        peer.socket->setPeerVerifyName(u"localhost"_s); // which the certificate is for
        peer.socket->connectToHostEncrypted(u"127.0.0.1"_s, m_port);
        peer.send(request.replace("PORT", QByteArray::number(m_port)));
        return waitFor([this] { return peer.received.contains("\r\n\r\n"); }, ProcessPatience);
    }
    bool upgrade(const QByteArray &origin)
    {
        return send(RawPeer::upgradeRequest("Origin: " + origin + "\r\n")
                        .replace("localhost", "chat.example.com:PORT"));
    }
    QString text() // of a refusal
    {
        (void)waitFor([this] { return peer.received.endsWith('\n') && !peer.body().isEmpty(); });
        return QString::fromUtf8(peer.body()).replace(QString::number(m_port), u"PORT"_s);
    }

    RawPeer peer;

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

private:
    static void addPrograms()
    {
        QTest::addColumn<Program>("program");
        QTest::newRow("nginx") << Program::Nginx;
        QTest::newRow("HAProxy") << Program::HaProxy;
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
    QCOMPARE(request.header("X-Forwarded-For"), "127.0.0.1");
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

QTEST_GUILESS_MAIN(TestProxyRecipes)
#include "tst_proxyrecipes.moc"
