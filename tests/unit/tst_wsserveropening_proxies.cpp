// SPDX-License-Identifier: MIT

// A server's opening handshake with what a proxy sends: the headers of one that is trusted, and a header of
// the PROXY protocol that nobody expects. The peer is at 192.0.2.1, port 1000.

#include "net/server/wsserveropening.h"

#include "connectiontesting.h"
#include "loglines.h"

using namespace ConnectionTesting;

namespace {
const QByteArray Signature("\r\n\r\n\0\r\nQUIT\n", 12);

QString named(const WsConnection *connection)
{
    const WsRequest request = connection->request();
    return u"%1 port %2 by %3%4"_s.arg(request.peerAddress().toString())
        .arg(request.peerPort())
        .arg(request.proxyAddress().toString(), request.isEncrypted() ? u" over TLS"_s : QString());
}
} // namespace

class TestWsServerOpeningProxies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void trustedProxyNamesTheClient_data();
    void trustedProxyNamesTheClient();
    void otherPeersNameNobody();
    void proxyHeaderThatIsNotExpectedIs400_data();
    void proxyHeaderThatIsNotExpectedIs400();
    void beginningOfAProxyHeaderMayBeAnythingElse_data();
    void beginningOfAProxyHeaderMayBeAnythingElse();
    void limitIsThatOfTheClient();
    void logNamesBoth();
    void clientThatAProxyHeaderHasNamedKeepsItsName();
};

void TestWsServerOpeningProxies::trustedProxyNamesTheClient_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("client");
    QTest::addColumn<QString>("url");
    const auto row = [](const char *name, const char *headers, const char *client, const char *url) {
        QTest::newRow(name) << QByteArray(headers) << QString::fromLatin1(client) << QString::fromLatin1(url);
    };
    row("nothing", "", "192.0.2.1 port 1000 by ", "ws://example.com/chat");
    row("Forwarded", "Forwarded: for=\"[2001:db8::7]:4711\";proto=https;host=a.example\r\n",
        "2001:db8::7 port 4711 by 192.0.2.1 over TLS", "wss://a.example/chat");
    row("X-Forwarded-For", "X-Forwarded-For: ::ffff:203.0.113.7\r\n", "203.0.113.7 port 0 by 192.0.2.1",
        "ws://example.com/chat");
    row("protocol alone", "X-Forwarded-Proto: https\r\n", "192.0.2.1 port 1000 by  over TLS",
        "wss://example.com/chat");
    row("unknown", "Forwarded: for=unknown\r\n", " port 0 by 192.0.2.1", "ws://example.com/chat");
}

void TestWsServerOpeningProxies::trustedProxyNamesTheClient()
{
    QFETCH(const QByteArray, headers);
    for (const Feeding feeding : {Whole, ByteByByte}) {
        Side side(WsRole::Server);
        side.server->setTrustedProxies({u"192.0.2.0/24"_s});
        side.start();
        side.setFeeding(feeding);
        side.feed(upgradeRequest(headers));
        QCOMPARE(side.connection->state(), Ws::Open);
        QTEST(named(side.connection), "client");
        QTEST(side.connection->url().toString(), "url");
        QCOMPARE(side.connection->isEncrypted(), side.connection->request().isEncrypted());
        QCOMPARE(side.connection->peerAddress(), side.connection->request().peerAddress());
    }
}

void TestWsServerOpeningProxies::otherPeersNameNobody()
{
    Side side(WsRole::Server);
    side.server->setTrustedProxies({u"192.0.3.0/24"_s, u"unix:"_s});
    side.start();
    side.feed(
        upgradeRequest("Forwarded: for=203.0.113.7;proto=https;host=a\r\nX-Forwarded-For: nonsense\r\n"));
    QCOMPARE(named(side.connection), u"192.0.2.1 port 1000 by "_s);
    QCOMPARE(side.connection->url(), QUrl(u"ws://example.com/chat"_s));
}

void TestWsServerOpeningProxies::proxyHeaderThatIsNotExpectedIs400_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("version 1") << "PROXY TCP4 203.0.113.7 198.51.100.2 4711 443\r\n"_ba;
    QTest::newRow("version 1, unknown") << "PROXY UNKNOWN\r\n"_ba;
    QTest::newRow("version 2") << Signature + QByteArray::fromHex("2111000ccb007107c6336402126701bb");
    QTest::newRow("version 2, LOCAL") << Signature + QByteArray::fromHex("20000000");
}

void TestWsServerOpeningProxies::proxyHeaderThatIsNotExpectedIs400()
{
    QFETCH(const QByteArray, header);
    const QByteArray bytes = header + upgradeRequest();
    for (qsizetype size = 1; size < bytes.size(); ++size) {
        Side side(WsRole::Server);
        QStringList rejections;
        QObject::connect(side.server.get(), &WsServer::connectionRejected, side.server.get(),
                         [&](const WsError &error) { rejections.append(error.text()); });
        side.start();
        side.feed(bytes.first(size));
        side.feed(bytes.sliced(size));
        QVERIFY(side.wire->takeWritten().startsWith("HTTP/1.1 400 "));
        QCOMPARE(rejections,
                 QStringList{u"the connection begins with a header of the PROXY protocol, and this server "
                             "has proxyProtocol switched off"_s});
    }
}

void TestWsServerOpeningProxies::beginningOfAProxyHeaderMayBeAnythingElse_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("status");
    QTest::newRow("empty lines") << "\r\n\r\n" + upgradeRequest() << "HTTP/1.1 101 "_ba;
    QTest::newRow("method") << "PROXY /chat HTTP/1.1\r\nHost: a\r\n\r\n"_ba
                            << "HTTP/1.1 "_ba;
}

void TestWsServerOpeningProxies::beginningOfAProxyHeaderMayBeAnythingElse()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QByteArray, status);
    for (const Feeding feeding : {Whole, ByteByByte}) {
        Side side(WsRole::Server);
        QStringList rejections;
        QObject::connect(side.server.get(), &WsServer::connectionRejected, side.server.get(),
                         [&](const WsError &error) { rejections.append(error.text()); });
        side.start();
        side.setFeeding(feeding);
        side.feed(bytes);
        QVERIFY(side.wire->takeWritten().startsWith(status));
        QVERIFY(rejections.filter(u"PROXY protocol"_s).isEmpty());
    }
}

void TestWsServerOpeningProxies::limitIsThatOfTheClient()
{
    Side side(WsRole::Server);
    side.server->setTrustedProxies({u"192.0.2.1"_s});
    side.server->setMaxConnectionsPerAddress(1);
    WsAdmission &admission = WsServerPrivate::of(side.server.get())->home->admission;
    admission.addConnection(QHostAddress(u"192.0.2.1"_s)); // which does not matter
    side.start();
    side.feed(upgradeRequest("X-Forwarded-For: 203.0.113.7\r\n"));
    QCOMPARE(side.connection->state(), Ws::Open);
    QCOMPARE(admission.admit(0, QHostAddress(u"203.0.113.7"_s)).status, 503);
    side.wire->end();
    settle();
    QCOMPARE(admission.admit(0, QHostAddress(u"203.0.113.7"_s)).status, 0);
    admission.endUndecided();
}

void TestWsServerOpeningProxies::logNamesBoth()
{
    const LogLines log("wskit.handshake");
    Side side(WsRole::Server);
    side.server->setTrustedProxies({u"192.0.2.1"_s});
    side.start();
    side.feed(upgradeRequest("Forwarded: for=\"[2001:db8::7]:4711\"\r\n"));
    QCOMPARE(log.all(),
             QStringList{u"accepted [2001:db8::7]:4711 through 192.0.2.1 with 101: GET \"/chat\""_s});
}

void TestWsServerOpeningProxies::clientThatAProxyHeaderHasNamedKeepsItsName()
{
    WsServerSettings settings;
    settings.proxies = WsTrustedProxies({u"192.0.2.1"_s});
    WsAcceptedClient client;
    client.settings = std::make_shared<const WsServerSettings>(settings);
    client.address = QHostAddress(u"192.0.2.1"_s);
    QVERIFY(client.isTrustedProxy());
    QCOMPARE(client.countedAddress(), WsAdmission::uncounted());
    client.proxyHeader = WsProxyHeader();
    client.proxyHeader->isOfProxy = true; // its own, or that of somebody whom it does not know
    QVERIFY(!client.isTrustedProxy());
    QCOMPARE(client.countedAddress(), WsAdmission::uncounted());
    client.proxyHeader->isOfProxy = false;
    client.address = QHostAddress(u"203.0.113.7"_s);
    QVERIFY(!client.isTrustedProxy());
    QCOMPARE(client.countedAddress(), client.address);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerOpeningProxies)

#include "tst_wsserveropening_proxies.moc"
