// SPDX-License-Identifier: MIT

// WsServer behind nginx: WsClient and Python's websockets reach it through a reverse proxy.

#include "interoptest.h"
#include "nginxproxy.h"
#include "processpeer.h"

#include "integrationtesting.h"

using namespace IntegrationTesting;

class NginxPeer : public Peer
{
public:
    QUrl startServer(bool isEncrypted) override;
    QString playClient(const QString &scenario, const QUrl &server, bool isEncrypted,
                       const QString &deflate) override;
    bool isEncryptedAtServer(bool) const override { return false; }

private:
    ProcessPeer m_websockets{QStringLiteral(INTEROP_PYTHON),
                             QStringLiteral(INTEROP_PEERS "/websockets_server.py"),
                             QStringLiteral(INTEROP_PEERS "/websockets_client.py")};
    std::unique_ptr<InteropServer> m_server;
    std::unique_ptr<NginxProxy> m_proxy;
};

QUrl NginxPeer::startServer(bool isEncrypted)
{
    m_server = std::make_unique<InteropServer>();
    QObject::connect(m_server.get(), &InteropServer::connectionOpened, m_server.get(),
                     [this](WsConnection *connection) {
                         const WsRequest request = connection->request();
                         addEvent({{u"event"_s, u"opened"_s},
                                   {u"path"_s, request.path()},
                                   {u"header"_s, QString::fromLatin1(request.header("X-Interop"))},
                                   {u"cookie"_s, QString::fromLatin1(request.header("Cookie"))},
                                   {u"subprotocol"_s, connection->subprotocol()}});
                     });
    QObject::connect(
        m_server.get(), &InteropServer::connectionEnded, m_server.get(),
        [this](const QString &path, quint16 code, const QString &reason) {
            addEvent(
                {{u"event"_s, u"closed"_s}, {u"path"_s, path}, {u"code"_s, code}, {u"reason"_s, reason}});
        });
    WsCompression compression;
    compression.setEnabled(true);
    m_server->setCompression(compression);
    m_proxy = std::make_unique<NginxProxy>();
    if (!m_server->listen(false) || !m_proxy->start(m_server->url()))
        return {};
    return m_proxy->url(isEncrypted);
}

QString NginxPeer::playClient(const QString &scenario, const QUrl &server, bool isEncrypted,
                              const QString &deflate)
{
    NginxProxy proxy;
    if (!proxy.start(server))
        return u"nginx does not start"_s;
    return m_websockets.playClient(scenario, proxy.url(isEncrypted), isEncrypted, deflate);
}

class TestNginx : public InteropTest
{
    Q_OBJECT

public:
    TestNginx() : InteropTest(std::make_unique<NginxPeer>()) { }

private Q_SLOTS:
    void clientIsToldThatTheServerIsGone_data() { addSchemes(); }
    void clientIsToldThatTheServerIsGone();
    void serverKnowsWhoAsked_data() { addSchemes(); }
    void serverKnowsWhoAsked();
    void serverSeesThatTheProxyDies();
};

void TestNginx::clientIsToldThatTheServerIsGone()
{
    QFETCH(bool, isTls);
    NginxProxy proxy;
    {
        InteropServer server;
        QVERIFY(server.listen(false) && proxy.start(server.url()));
    }
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    Events events(&client);
    QVERIFY(client.open(proxy.url(isTls)));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(events.errors.first().httpStatus(), 502);
}

void TestNginx::serverKnowsWhoAsked()
{
    QFETCH(bool, isTls);
    InteropServer server;
    NginxProxy proxy;
    QVERIFY(server.listen(false) && proxy.start(server.url()));
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    QUrl url = proxy.url(isTls);
    url.setPath(u"/echo"_s);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    const WsRequest request = server.requests().first();
    QCOMPARE(request.header("X-Forwarded-For"), "127.0.0.1");
    QCOMPARE(request.header("X-Forwarded-Proto"), isTls ? "https" : "http");
    QCOMPARE(request.header("Host"), url.authority().toLatin1());
}

void TestNginx::serverSeesThatTheProxyDies()
{
    InteropServer server;
    auto proxy = std::make_unique<NginxProxy>();
    QVERIFY(server.listen(false) && proxy->start(server.url()));
    WsClient client;
    Events events(&client);
    QUrl url = proxy->url(false);
    url.setPath(u"/echo"_s);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    proxy.reset();
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Network, closed 1006 '' unclean"_s);
    WS_TRY_COMPARE(server.endings().size(), 1);
    QVERIFY(server.endings().first() == InteropServer::Ending({u"/echo"_s, Ws::Abnormal, {}, false}));
}

QTEST_GUILESS_MAIN(TestNginx)
#include "tst_nginx.moc"
