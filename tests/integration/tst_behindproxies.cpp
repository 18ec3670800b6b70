// SPDX-License-Identifier: MIT

// A server behind a proxy: whom it takes for the client. The peer at 127.0.0.1 is the proxy; the one at
// 127.0.0.2 is not trusted.

#include "integrationtesting.h"

#include "../unit/loglines.h"

#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qlocalsocket.h>

using namespace IntegrationTesting;

namespace {
const QByteArray Signature("\r\n\r\n\0\r\nQUIT\n", 12);
const QByteArray Ipv4 = QByteArray::fromHex("cb007107c6336402") + "\x12\x67\x01\xbb"; // 203.0.113.7:4711

QByteArray binary(int command, int family, const QByteArray &rest)
{
    return Signature + char(command) + char(family) + char(rest.size() >> 8) + char(rest.size() & 0xFF)
           + rest;
}

const QByteArray Line = "PROXY TCP4 203.0.113.7 198.51.100.2 4711 443\r\n";
const QHostAddress Client(u"203.0.113.7"_s);
const QHostAddress Proxy(u"127.0.0.1"_s);

// Through a trusted proxy, which names \a client.
QByteArray from(const char *client)
{
    return QByteArray("X-Forwarded-For: ") + client + "\r\n";
}

QByteArray pageRequest(const QByteArray &headers = {})
{
    return "GET / HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

// A server that trusts 127.0.0.1, and what it tells.
struct ProxiedServer : Pair
{
    explicit ProxiedServer(bool isTls = false, int threads = 0) : Pair(isTls)
    {
        server.setThreadCount(threads);
        server.setTrustedProxies({u"127.0.0.1"_s});
        QObject::connect(&server, &WsServer::connectionRejected, &server,
                         [this](const WsError &error, const QHostAddress &address) {
                             rejections.append(error.text());
                             rejected.append(address);
                         });
        QObject::connect(&server, &WsServer::errorOccurred, &server,
                         [this](const WsError &error) { errors.append(error); });
    }
    ~ProxiedServer() { server.disconnect(); }

    QStringList rejections;
    QList<QHostAddress> rejected;
    QList<WsError> errors;
};

// What a proxy sends: a header, then TLS if the server has it, then a request.
bool upgradeBehind(RawPeer *peer, const WsServer &server, const QByteArray &header,
                   const QByteArray &headers = {})
{
    const bool isTls = server.serverUrl().scheme() == u"wss";
    peer->socket->connectToHost(server.serverAddress().toString(), server.serverPort());
    if (!waitFor([peer] { return peer->socket->state() == QAbstractSocket::ConnectedState; }))
        return false;
    peer->send(header);
    if (isTls) {
        peer->socket->setPeerVerifyName(u"localhost"_s);
        peer->socket->startClientEncryption();
        if (!waitFor([peer] { return peer->socket->isEncrypted(); }))
            return false;
    }
    peer->send(RawPeer::upgradeRequest(headers));
    return waitFor([peer] { return peer->received.contains("\r\n\r\n"); }) && peer->httpStatus() == 101;
}

void addServers()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threads");
    for (const bool isTls : {false, true}) {
        for (const int threads : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threads) << isTls << threads;
    }
}
} // namespace

class TestBehindProxies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void headersNameTheClient_data() { addServers(); }
    void headersNameTheClient();
    void headersOfOthersAreNotBelieved();
    void clientCannotNameSomebodyElse();
    void proxiesBehindEachOtherAreFollowed();
    void headersThatCannotBeUsedAre400_data();
    void headersThatCannotBeUsedAre400();
    void unknownClientHasNoAddress();
    void eachRequestOfAKeptConnectionHasItsOwnClient();
    void trustMayChange_data() { addServers(); }
    void trustMayChange();
    void limitCountsTheClientsAndNotTheProxy_data() { addServers(); }
    void limitCountsTheClientsAndNotTheProxy();
    void limitCountsANetworkAsOneClient_data() { addServers(); }
    void limitCountsANetworkAsOneClient();
    void filterIsAskedAboutTheClient_data() { addServers(); }
    void filterIsAskedAboutTheClient();
    void nextRequestIsForTheFilterOfNow_data() { addServers(); }
    void nextRequestIsForTheFilterOfNow();
    void filterIsAskedAboutTheClientsOfANewProxy();
    void loopbackServerAnswersForAnyHostOfAProxy();
    void refusalNamesClientAndProxyInTheLog();
    void socketThatIsHandedOverMayBeOfAProxy();
    void localSocketMayBeOfAProxy();
    void entriesThatCannotBeUsedAreReported_data();
    void entriesThatCannotBeUsedAreReported();

    void proxyProtocolNamesTheClient_data();
    void proxyProtocolNamesTheClient();
    void headerMayArriveInPieces_data();
    void headerMayArriveInPieces();
    void proxyProtocolTellsOfTheClientsTls();
    void proxyConnectsForItself_data();
    void proxyConnectsForItself();
    void loopbackServerAnswersForAnyHostBehindAHeader_data();
    void loopbackServerAnswersForAnyHostBehindAHeader();
    void requestBehindAHeaderIsTheClients();
    void localSocketMayUseTheProxyProtocol();
    void connectionWithoutTheHeaderIsCut_data();
    void connectionWithoutTheHeaderIsCut();
    void headerThatIsNotExpectedIs400_data();
    void headerThatIsNotExpectedIs400();
    void secondHeaderIs400();
    void silentProxyIsCutInTime_data() { addServers(); }
    void silentProxyIsCutInTime();
    void silentProxyGivesWay();
    void silentProxyGoesWithTheServer_data() { addServers(); }
    void silentProxyGoesWithTheServer();
    void proxyThatIsLateGetsAnAnswerOfALeavingServer();
    void silentProxyMovesWithTheServer();
    void slotMayDeleteTheServer();
    void proxyProtocolIsAProperty();
};

// --- headers

void TestBehindProxies::headersNameTheClient()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.upgrade(
        pair.server, "X-Forwarded-For: 203.0.113.7:4711\r\nX-Forwarded-Proto: https\r\n"
                     "X-Forwarded-Host: chat.example.com:8443\r\nOrigin: https://chat.example.com:8443\r\n"));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
    QCOMPARE(pair.peer->peerPort(), 4711);
    WS_TRY_VERIFY(pair.peer->isEncrypted());
    QCOMPARE(pair.peer->url(), QUrl(u"wss://chat.example.com:8443/"_s));
    const WsRequest request = pair.peer->request();
    QCOMPARE(request.peerAddress(), Client);
    QCOMPARE(request.peerPort(), 4711);
    QCOMPARE(request.proxyAddress(), Proxy);
    QVERIFY(request.isEncrypted());
    QCOMPARE(request.header("Host"), "localhost");

    RawPeer plain;
    QVERIFY(plain.upgrade(pair.server, "Forwarded: for=203.0.113.8;proto=http\r\n"));
    WS_TRY_COMPARE(pair.peer ? pair.peer->peerAddress() : QHostAddress(), QHostAddress(u"203.0.113.8"_s));
    QVERIFY(!pair.peer->isEncrypted());
    QCOMPARE(pair.peer->peerPort(), 0);
    QCOMPARE(pair.peer->sslConfiguration().isNull(), !isTls);

    RawPeer own; // of the proxy itself
    QVERIFY(own.upgrade(pair.server));
    WS_TRY_COMPARE(pair.peer ? pair.peer->peerAddress() : QHostAddress(), Proxy);
    QCOMPARE(pair.peer->peerPort(), own.socket->localPort());
    QCOMPARE(pair.peer->request().proxyAddress(), QHostAddress());
    WS_TRY_COMPARE(pair.peer->isEncrypted(), isTls);
}

void TestBehindProxies::headersOfOthersAreNotBelieved()
{
    ProxiedServer pair;
    QVERIFY(pair.server.listen());
    RawPeer other;
    other.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(other.upgrade(pair.server,
                          from("203.0.113.7") + "X-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n"));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), QHostAddress(u"127.0.0.2"_s));
    QVERIFY(!pair.peer->isEncrypted());
    QCOMPARE(pair.peer->request().proxyAddress(), QHostAddress());
    QCOMPARE(pair.peer->url().scheme(), u"ws"_s);
}

void TestBehindProxies::clientCannotNameSomebodyElse()
{
    ProxiedServer pair;
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.upgrade(pair.server, from("192.0.2.66, 10.0.0.1, 203.0.113.7")));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
}

void TestBehindProxies::proxiesBehindEachOtherAreFollowed()
{
    ProxiedServer pair;
    pair.server.setTrustedProxies({u"127.0.0.1"_s, u"10.0.0.0/8"_s, u"fd00::/8"_s});
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.upgrade(pair.server, from("192.0.2.66, 203.0.113.7, fd00::17, ::ffff:10.1.2.3")));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
    QCOMPARE(pair.peer->request().proxyAddress(), Proxy);
}

void TestBehindProxies::headersThatCannotBeUsedAre400_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("text");
    QTest::newRow("nonsense") << from(
        "nonsense") << u"the header X-Forwarded-For of a trusted proxy cannot be understood: \"nonsense\""_s;
    QTest::newRow("both kinds")
        << from("203.0.113.7") + "Forwarded: for=192.0.2.66\r\n"
        << u"the headers Forwarded and X-Forwarded-For of a trusted proxy contradict each other: "
           "the proxy must remove the one that it does not set itself"_s;
}

void TestBehindProxies::headersThatCannotBeUsedAre400()
{
    QFETCH(const QByteArray, headers);
    QFETCH(const QString, text);
    ProxiedServer pair;
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(RawPeer::upgradeRequest(headers));
    WS_TRY_COMPARE(proxy.httpStatus(), 400);
    WS_TRY_COMPARE(pair.rejections, QStringList{text});
}

void TestBehindProxies::unknownClientHasNoAddress()
{
    ProxiedServer pair;
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.upgrade(pair.server, "Forwarded: for=_hidden;proto=https\r\n"));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), QHostAddress());
    QCOMPARE(pair.peer->peerPort(), 0);
    QCOMPARE(pair.peer->request().proxyAddress(), Proxy);
}

// Proxies send the requests of many clients over the same connection.
void TestBehindProxies::eachRequestOfAKeptConnectionHasItsOwnClient()
{
    ProxiedServer pair;
    pair.server.setMaxConnectionsPerAddress(1);
    QStringList asked;
    pair.server.setRequestHandler([&](const WsRequest &request) {
        asked.append(request.peerAddress().toString() + (request.isEncrypted() ? u" TLS"_s : QString()));
        return WsResponse::html("<p>chat");
    });
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    for (const QByteArray &headers :
         {from("203.0.113.7") + "X-Forwarded-Proto: https\r\n", from("203.0.113.8"), QByteArray()}) {
        const qsizetype count = asked.size();
        proxy.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
        WS_TRY_COMPARE(asked.size(), count + 1);
    }
    QCOMPARE(asked, (QStringList{u"203.0.113.7 TLS"_s, u"203.0.113.8"_s, u"127.0.0.1"_s}));
}

void TestBehindProxies::trustMayChange()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    QVERIFY(pair.server.listen());
    for (const bool isTrusted : {false, true}) {
        pair.server.setTrustedProxies({isTrusted ? u"127.0.0.0/8"_s : u"192.0.2.1"_s});
        RawPeer proxy;
        QVERIFY(proxy.upgrade(pair.server, from("203.0.113.7")));
        WS_TRY_COMPARE(pair.peer ? pair.peer->peerAddress() : QHostAddress(), isTrusted ? Client : Proxy);
    }
}

void TestBehindProxies::limitCountsTheClientsAndNotTheProxy()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server, from("203.0.113.7")));
    RawPeer other;
    QVERIFY(other.upgrade(pair.server, from("203.0.113.8")));
    RawPeer own;
    QVERIFY(own.upgrade(pair.server));
    RawPeer ownToo;
    QVERIFY(ownToo.upgrade(pair.server));

    RawPeer second;
    QVERIFY(second.connectTo(pair.server));
    second.send(RawPeer::upgradeRequest(from("203.0.113.7")));
    WS_TRY_COMPARE(second.httpStatus(), 503);
    WS_TRY_COMPARE(pair.rejected, QList<QHostAddress>{Client});

    first.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 3);
    WS_TRY_VERIFY(second.hasEnded);
    RawPeer third;
    QVERIFY(third.upgrade(pair.server, from("203.0.113.7")));
}

// A host has all the IPv6 addresses of its network.
void TestBehindProxies::limitCountsANetworkAsOneClient()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer first;
    QVERIFY(first.upgrade(pair.server, from("2001:db8:1:2::1")));
    RawPeer neighbour;
    QVERIFY(neighbour.connectTo(pair.server));
    neighbour.send(RawPeer::upgradeRequest(from("[2001:db8:1:2:ffff::9]:4711")));
    WS_TRY_COMPARE(neighbour.httpStatus(), 503);
    WS_TRY_COMPARE(neighbour.body(),
                   "the network 2001:db8:1:2::/64 has reached maxConnectionsPerAddress (1)\n"_ba);
    QVERIFY(!neighbour.header("Retry-After").isEmpty());
    WS_TRY_COMPARE(pair.rejected, QList<QHostAddress>{QHostAddress(u"2001:db8:1:2:ffff::9"_s)});
    RawPeer next;
    QVERIFY(next.upgrade(pair.server, from("2001:db8:1:3::1")));

    first.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 1);
    WS_TRY_VERIFY(neighbour.hasEnded);
    RawPeer again;
    QVERIFY(again.upgrade(pair.server, from("2001:db8:1:2:ffff::9")));
}

void TestBehindProxies::filterIsAskedAboutTheClient()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    QStringList asked;
    pair.server.setConnectionFilter([&](const QHostAddress &address) {
        asked.append(address.toString());
        return QThread::currentThread() == pair.server.thread() && address != QHostAddress(u"192.0.2.66"_s);
    });
    QVERIFY(pair.server.listen());
    RawPeer welcome;
    QVERIFY(welcome.upgrade(pair.server, from("203.0.113.7")));
    RawPeer unwanted;
    QVERIFY(unwanted.connectTo(pair.server));
    unwanted.send(RawPeer::upgradeRequest(from("192.0.2.66")));
    WS_TRY_COMPARE(unwanted.httpStatus(), 403);
    WS_TRY_COMPARE(unwanted.body(), "the connection filter refused 192.0.2.66\n"_ba);
    RawPeer own;
    QVERIFY(own.upgrade(pair.server));
    RawPeer direct;
    direct.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(direct.upgrade(pair.server));
    QCOMPARE(asked, (QStringList{u"203.0.113.7"_s, u"192.0.2.66"_s, u"127.0.0.1"_s, u"127.0.0.2"_s}));
}

void TestBehindProxies::nextRequestIsForTheFilterOfNow()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::text("hello"); });
    int asked = 0;
    pair.server.setConnectionFilter([&](const QHostAddress &) { return ++asked > 0; });
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(pageRequest(from("203.0.113.7")));
    WS_TRY_VERIFY(proxy.received.endsWith("hello"));
    proxy.received.clear();
    pair.server.setConnectionFilter([](const QHostAddress &address) { return address != Client; });
    proxy.send(pageRequest(from("203.0.113.7")));
    WS_TRY_COMPARE(proxy.httpStatus(), 403);
    QCOMPARE(asked, 1);
}

void TestBehindProxies::filterIsAskedAboutTheClientsOfANewProxy()
{
    ProxiedServer pair;
    pair.server.setTrustedProxies({});
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::text("hello"); });
    QStringList asked;
    pair.server.setConnectionFilter([&](const QHostAddress &address) {
        asked.append(address.toString());
        return address != Client;
    });
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(pageRequest(from("203.0.113.7")) + pageRequest());
    WS_TRY_VERIFY(proxy.received.count("hello") == 2);
    QCOMPARE(asked, QStringList{u"127.0.0.1"_s}); // when it connected
    proxy.received.clear();
    pair.server.setTrustedProxies({u"127.0.0.1"_s});
    proxy.send(pageRequest(from("203.0.113.7")));
    WS_TRY_COMPARE(proxy.httpStatus(), 403);
    QCOMPARE(asked, (QStringList{u"127.0.0.1"_s, u"203.0.113.7"_s}));
}

void TestBehindProxies::loopbackServerAnswersForAnyHostOfAProxy()
{
    ProxiedServer pair;
    QVERIFY(pair.server.listen());
    const QByteArray rebound =
        RawPeer::upgradeRequest("Origin: http://chat.example.com\r\n" + from("203.0.113.7"))
            .replace("localhost", "chat.example.com");
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(rebound);
    WS_TRY_COMPARE(proxy.httpStatus(), 101);
    RawPeer other;
    other.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(other.connectTo(pair.server));
    other.send(rebound);
    WS_TRY_COMPARE(other.httpStatus(), 403);
    pair.server.setAllowedHosts({u"www.example.com"_s});
    RawPeer listed;
    QVERIFY(listed.upgrade(pair.server, from("203.0.113.7") + "X-Forwarded-Host: www.example.com\r\n"));
}

void TestBehindProxies::refusalNamesClientAndProxyInTheLog()
{
    const LogLines log("wskit.handshake");
    ProxiedServer pair;
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(RawPeer::upgradeRequest(from("203.0.113.7:4711")));
    WS_TRY_COMPARE(proxy.httpStatus(), 404);
    WS_TRY_COMPARE(
        log.all(),
        QStringList{u"refused 203.0.113.7:4711 through 127.0.0.1 with 404: the request handler refused GET "
                    "of \"/\" with 404"_s});
}

void TestBehindProxies::socketThatIsHandedOverMayBeOfAProxy()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true); // which was up to whoever has accepted the socket
    QTcpServer front;
    QVERIFY(front.listen(QHostAddress::LocalHost));
    RawPeer proxy;
    proxy.socket->connectToHost(QHostAddress::LocalHost, front.serverPort());
    WS_TRY_VERIFY(front.hasPendingConnections());
    QVERIFY(pair.server.handleConnection(front.nextPendingConnection()));
    proxy.send(RawPeer::upgradeRequest(from("203.0.113.7")));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
}

void TestBehindProxies::localSocketMayBeOfAProxy()
{
    const QTemporaryDir directory;
    for (const bool isTrusted : {true, false}) {
        ProxiedServer pair;
        pair.server.setTrustedProxies({isTrusted ? u"unix:"_s : u"127.0.0.1"_s});
        pair.server.setMaxConnectionsPerAddress(1);
        QVERIFY(pair.server.listen(directory.filePath(u"chat.sock"_s)));
        QLocalSocket proxy;
        proxy.connectToServer(directory.filePath(u"chat.sock"_s));
        proxy.write(RawPeer::upgradeRequest(from("203.0.113.7") + "X-Forwarded-Proto: https\r\n"));
        WS_TRY_VERIFY(pair.peer);
        QCOMPARE(pair.peer->peerAddress(), isTrusted ? Client : QHostAddress());
        QCOMPARE(pair.peer->request().isEncrypted(), isTrusted);
        QLocalSocket other;
        other.connectToServer(directory.filePath(u"chat.sock"_s));
        other.write(RawPeer::upgradeRequest(from("203.0.113.8")));
        WS_TRY_VERIFY(other.bytesAvailable() > 13);
        QCOMPARE(other.peek(13), isTrusted ? "HTTP/1.1 101 "_ba : "HTTP/1.1 503 "_ba);
    }
}

void TestBehindProxies::entriesThatCannotBeUsedAreReported_data()
{
    QTest::addColumn<QString>("entry");
    QTest::addColumn<bool>("isUsable");
    for (const char *entry :
         {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/0", "::ffff:10.0.0.1", "unix:"})
        QTest::newRow(entry) << QString::fromLatin1(entry) << true;
    for (const char *entry :
         {"", "10", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.1/8",
          "fd00::1/8", "::/129", "[::1]", "fe80::1%eth0", "localhost", "*", "unix:/run/x", "/8"})
        QTest::addRow("wrong: %s", entry) << QString::fromLatin1(entry) << false;
}

void TestBehindProxies::entriesThatCannotBeUsedAreReported()
{
    QFETCH(const QString, entry);
    QFETCH(const bool, isUsable);
    ProxiedServer pair;
    QSignalSpy changed(&pair.server, &WsServer::trustedProxiesChanged);
    pair.server.setTrustedProxies({u"127.0.0.1"_s, entry});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(pair.server.trustedProxies().size(), 2);
    QCOMPARE(pair.errors.isEmpty(), isUsable);
    if (isUsable)
        return;
    QCOMPARE(pair.errors.constFirst().kind(), Ws::ErrorKind::Misuse);
    QVERIFY2(pair.errors.constFirst().text().startsWith(u"\"%1\" in trustedProxies "_s.arg(entry)),
             qPrintable(pair.errors.constFirst().text()));
    QCOMPARE(pair.server.errorString(), pair.errors.constFirst().text());
}

// --- the PROXY protocol

void TestBehindProxies::proxyProtocolNamesTheClient_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threads");
    for (const int version : {1, 2}) {
        for (const bool isTls : {false, true}) {
            for (const int threads : {0, 2})
                QTest::addRow("version %d, %s, %d threads", version, isTls ? "wss" : "ws", threads)
                    << (version == 1 ? Line : binary(0x21, 0x11, Ipv4)) << isTls << threads;
        }
    }
}

void TestBehindProxies::proxyProtocolNamesTheClient()
{
    QFETCH(const QByteArray, header);
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setProxyProtocol(true);
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(upgradeBehind(&proxy, pair.server, header));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
    QCOMPARE(pair.peer->peerPort(), 4711);
    QCOMPARE(pair.peer->request().proxyAddress(), Proxy);
    WS_TRY_COMPARE(pair.peer->isEncrypted(), isTls);
    proxy.received.clear();
    pair.peer->sendText(u"hello"_s);
    WS_TRY_VERIFY(proxy.received == unmaskedFrame(TextFrame, "hello"));

    RawPeer second;
    QVERIFY(!upgradeBehind(&second, pair.server, header));
    QCOMPARE(second.httpStatus(), 503);
    RawPeer direct; // of whom no header is accepted
    direct.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(direct.upgrade(pair.server));
}

void TestBehindProxies::headerMayArriveInPieces_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("isLocal");
    for (const bool isLocal : {false, true}) {
        QTest::addRow("version 1%s", isLocal ? ", local" : "") << Line << isLocal;
        QTest::addRow("version 2%s", isLocal ? ", local" : "") << binary(0x21, 0x11, Ipv4) << isLocal;
    }
}

void TestBehindProxies::headerMayArriveInPieces()
{
    QFETCH(const QByteArray, header);
    QFETCH(const bool, isLocal);
    const QTemporaryDir directory;
    ProxiedServer pair;
    pair.server.setTrustedProxies({u"127.0.0.1"_s, u"unix:"_s});
    pair.server.setProxyProtocol(true);
    QVERIFY(isLocal ? pair.server.listen(directory.filePath(u"chat.sock"_s)) : pair.server.listen());
    QLocalSocket local;
    RawPeer peer;
    if (isLocal)
        local.connectToServer(directory.filePath(u"chat.sock"_s));
    else
        QVERIFY(peer.connectTo(pair.server));
    const QByteArray bytes = header + RawPeer::upgradeRequest();
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        if (isLocal)
            local.write(bytes.sliced(at, 1));
        else
            peer.send(bytes.sliced(at, 1));
        if (at < header.size() + 2)
            QCoreApplication::processEvents();
    }
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
}

void TestBehindProxies::proxyProtocolTellsOfTheClientsTls()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(upgradeBehind(&proxy, pair.server,
                          binary(0x21, 0x11, Ipv4 + QByteArray::fromHex("2000050100000000")),
                          "Origin: https://localhost\r\n"));
    WS_TRY_VERIFY(pair.peer);
    QVERIFY(pair.peer->isEncrypted());
    QCOMPARE(pair.peer->url().scheme(), u"wss"_s);
}

void TestBehindProxies::proxyConnectsForItself_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("UNKNOWN") << "PROXY UNKNOWN\r\n"_ba;
    QTest::newRow("LOCAL") << binary(0x20, 0x00, {});
    QTest::newRow("UNSPEC") << binary(0x21, 0x00, {});
}

// Which no limit per address counts.
void TestBehindProxies::proxyConnectsForItself()
{
    QFETCH(const QByteArray, header);
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(upgradeBehind(&proxy, pair.server, header, from("192.0.2.66")));
    RawPeer second;
    QVERIFY(upgradeBehind(&second, pair.server, header));
    WS_TRY_COMPARE(pair.server.connectionCount(), 2);
    for (const WsConnection *connection : pair.server.connections())
        QCOMPARE(connection->peerAddress(), Proxy);
    QCOMPARE(pair.server.connections().constFirst()->request().proxyAddress(), QHostAddress());
}

// A proxy that only passes bytes on passes on the headers of the client, too.
void TestBehindProxies::loopbackServerAnswersForAnyHostBehindAHeader_data()
{
    proxyConnectsForItself_data();
    QTest::newRow("of a client") << Line;
}

void TestBehindProxies::loopbackServerAnswersForAnyHostBehindAHeader()
{
    QFETCH(const QByteArray, header);
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    const QByteArray rebound = RawPeer::upgradeRequest("Origin: http://chat.example.com\r\n")
                                   .replace("localhost", "chat.example.com");
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(header + rebound);
    WS_TRY_COMPARE(proxy.httpStatus(), 101);
    RawPeer other;
    other.socket->bind(QHostAddress(u"127.0.0.2"_s));
    QVERIFY(other.connectTo(pair.server));
    other.send(rebound);
    WS_TRY_COMPARE(other.httpStatus(), 403);
    pair.server.setAllowedHosts({u"www.example.com"_s});
    RawPeer unlisted;
    QVERIFY(unlisted.connectTo(pair.server));
    unlisted.send(header + rebound);
    WS_TRY_COMPARE(unlisted.httpStatus(), 403);
}

void TestBehindProxies::requestBehindAHeaderIsTheClients()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(upgradeBehind(&proxy, pair.server, Line, from("192.0.2.66") + "X-Forwarded-Proto: https\r\n"));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
    QVERIFY(!pair.peer->isEncrypted());
    pair.server.setTrustedProxies({u"127.0.0.1"_s, u"203.0.113.7"_s}); // unless that is a proxy as well
    RawPeer both;
    QVERIFY(upgradeBehind(&both, pair.server, Line, from("192.0.2.1") + "X-Forwarded-Proto: https\r\n"));
    WS_TRY_COMPARE(pair.peer ? pair.peer->peerAddress() : QHostAddress(), QHostAddress(u"192.0.2.1"_s));
    QVERIFY(pair.peer->isEncrypted());
    QCOMPARE(pair.peer->request().proxyAddress(), Client);
}

void TestBehindProxies::localSocketMayUseTheProxyProtocol()
{
    const QTemporaryDir directory;
    ProxiedServer pair(false, 1);
    pair.server.setTrustedProxies({u"unix:"_s});
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen(directory.filePath(u"chat.sock"_s)));
    QLocalSocket proxy;
    proxy.connectToServer(directory.filePath(u"chat.sock"_s));
    proxy.write(Line + RawPeer::upgradeRequest(from("192.0.2.66")));
    WS_TRY_VERIFY(pair.peer);
    QCOMPARE(pair.peer->peerAddress(), Client);
    QCOMPARE(pair.peer->peerPort(), 4711);
    QCOMPARE(pair.peer->request().proxyAddress(), QHostAddress());
}

void TestBehindProxies::connectionWithoutTheHeaderIsCut_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const QString none =
        u"the trusted proxy 127.0.0.1 has sent no header of the PROXY protocol, which proxyProtocol requires"_s;
    QTest::newRow("a request") << RawPeer::upgradeRequest() << none;
    QTest::newRow("TLS") << QByteArray::fromHex("1603010200") << none;
    QTest::newRow("a wrong header")
        << "PROXY TCP4 nonsense\r\n"_ba
        << u"the PROXY header of the trusted proxy 127.0.0.1 is wrong: its line has 2 fields "
           "after PROXY instead of 5"_s;
    QTest::newRow("nothing")
        << QByteArray()
        << u"the connection ended before the PROXY header of the trusted proxy 127.0.0.1 had arrived"_s;
    QTest::newRow("half of one") << Line.first(
        20) << u"the connection ended before the PROXY header of the trusted proxy 127.0.0.1 had arrived"_s;
}

void TestBehindProxies::connectionWithoutTheHeaderIsCut()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, text);
    const LogLines log("wskit.handshake");
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(bytes);
    if (bytes.size() <= 20 && !bytes.startsWith('\x16') && !bytes.endsWith('\n'))
        proxy.socket->disconnectFromHost();
    WS_TRY_VERIFY(proxy.hasEnded);
    WS_TRY_COMPARE(pair.rejections, QStringList{text});
    QCOMPARE(pair.rejected, QList<QHostAddress>{Proxy});
    QCOMPARE(log.all(), QStringList{u"refused 127.0.0.1: "_s + text});
    QCOMPARE(proxy.received, QByteArray());
}

void TestBehindProxies::headerThatIsNotExpectedIs400_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("isOn");
    QTest::addColumn<QString>("text");
    for (const int version : {1, 2}) {
        const QByteArray header = version == 1 ? Line : binary(0x21, 0x11, Ipv4);
        QTest::addRow("off, version %d", version)
            << header << false
            << u"the connection begins with a header of the PROXY protocol, and this server has proxyProtocol switched off"_s;
        QTest::addRow("not trusted, version %d", version)
            << header << true
            << u"the connection begins with a header of the PROXY protocol, and 127.0.0.2 is not one of the trustedProxies of this server"_s;
    }
}

void TestBehindProxies::headerThatIsNotExpectedIs400()
{
    QFETCH(const QByteArray, header);
    QFETCH(const bool, isOn);
    QFETCH(const QString, text);
    ProxiedServer pair;
    pair.server.setProxyProtocol(isOn);
    QVERIFY(pair.server.listen());
    for (const bool isWhole : {true, false}) {
        pair.rejections.clear();
        RawPeer other;
        other.socket->bind(QHostAddress(u"127.0.0.2"_s));
        QVERIFY(other.connectTo(pair.server));
        for (qsizetype at = 0; at < header.size(); at += isWhole ? header.size() : 1) {
            other.send(header.sliced(at, isWhole ? header.size() : 1));
            QCoreApplication::processEvents();
        }
        WS_TRY_COMPARE(other.httpStatus(), 400);
        WS_TRY_COMPARE(other.body(), text.toUtf8() + '\n');
        WS_TRY_COMPARE(pair.rejections, QStringList{text});
    }
}

void TestBehindProxies::secondHeaderIs400()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(pair.server));
    proxy.send(Line + Line);
    WS_TRY_COMPARE(proxy.httpStatus(), 400);
    WS_TRY_COMPARE(
        proxy.body(),
        "the connection begins with a header of the PROXY protocol, and it is the second one\n"_ba);
}

void TestBehindProxies::silentProxyIsCutInTime()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setProxyProtocol(true);
    WsOptions options;
    options.setHandshakeTimeout(50ms);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer proxy;
    proxy.socket->connectToHost(QHostAddress::LocalHost, pair.server.serverPort());
    WS_TRY_COMPARE(proxy.socket->state(), QAbstractSocket::ConnectedState);
    proxy.send("PROXY ");
    WS_TRY_VERIFY(proxy.hasEnded);
    WS_TRY_COMPARE(pair.rejections,
                   QStringList{u"the PROXY header of the trusted proxy 127.0.0.1 did not arrive within "
                               "handshakeTimeout"_s});
}

void TestBehindProxies::silentProxyGivesWay()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    pair.server.setMaxPendingHandshakes(1);
    QVERIFY(pair.server.listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(pair.server));
    silent.send("PROXY ");
    RawPeer next;
    QVERIFY(upgradeBehind(&next, pair.server, Line));
    WS_TRY_VERIFY(silent.hasEnded);
    QCOMPARE(pair.rejections,
             QStringList{u"the oldest unfinished handshake has given way to a new client: too many for "
                         "maxPendingHandshakes, or from one address"_s});
}

void TestBehindProxies::silentProxyGoesWithTheServer()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    ProxiedServer pair(isTls, threads);
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    RawPeer proxy;
    proxy.socket->connectToHost(QHostAddress::LocalHost, pair.server.serverPort());
    WS_TRY_COMPARE(proxy.socket->state(), QAbstractSocket::ConnectedState);
    RawPeer open;
    QVERIFY(upgradeBehind(&open, pair.server, Line));
    open.socket->abort();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_VERIFY(proxy.hasEnded);

    auto second = std::make_unique<WsServer>(); // one that is deleted
    second->setThreadCount(threads);
    second->setTrustedProxies({u"127.0.0.1"_s});
    second->setProxyProtocol(true);
    QVERIFY(second->listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(*second));
    silent.send("PROXY ");
    QCoreApplication::processEvents();
    second.reset();
    WS_TRY_VERIFY(silent.hasEnded);
}

void TestBehindProxies::proxyThatIsLateGetsAnAnswerOfALeavingServer()
{
    ProxiedServer pair;
    pair.server.setProxyProtocol(true);
    QVERIFY(pair.server.listen());
    RawPeer open;
    QVERIFY(upgradeBehind(&open, pair.server, Line));
    RawPeer late;
    QVERIFY(late.connectTo(pair.server));
    late.send(Line.first(10));
    RawPeer next; // once this one is open, the other one has been accepted
    QVERIFY(upgradeBehind(&next, pair.server, Line));
    pair.server.close();
    late.send(Line.sliced(10) + RawPeer::upgradeRequest());
    WS_TRY_COMPARE(late.httpStatus(), 503);
}

void TestBehindProxies::silentProxyMovesWithTheServer()
{
    const LogLines log("wskit.handshake");
    auto server = std::make_unique<WsServer>();
    server->setTrustedProxies({u"127.0.0.1"_s});
    server->setProxyProtocol(true);
    QVERIFY(server->listen());
    RawPeer proxy;
    QVERIFY(proxy.connectTo(*server));
    proxy.send(Line.first(10));
    QTcpSocket probe; // once this one is refused, the other one has been accepted
    probe.connectToHost(QHostAddress::LocalHost, server->serverPort());
    WS_TRY_COMPARE(probe.state(), QAbstractSocket::ConnectedState);
    probe.disconnectFromHost();
    WS_TRY_COMPARE(log.all().size(), 1);
    QThread thread;
    server->moveToThread(&thread);
    thread.start();
    proxy.send(Line.sliced(10) + RawPeer::upgradeRequest());
    WS_TRY_COMPARE(proxy.httpStatus(), 101);
    QMetaObject::invokeMethod(
        server.get(), [&] { server.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestBehindProxies::slotMayDeleteTheServer()
{
    auto server = std::make_unique<WsServer>();
    server->setTrustedProxies({u"127.0.0.1"_s});
    server->setProxyProtocol(true);
    QObject::connect(server.get(), &WsServer::connectionRejected, server.get(), [&] { server.reset(); });
    QVERIFY(server->listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(*server));
    RawPeer proxy;
    QVERIFY(proxy.connectTo(*server));
    proxy.send("GET ");
    WS_TRY_VERIFY(!server);
    WS_TRY_VERIFY(silent.hasEnded && proxy.hasEnded);
}

void TestBehindProxies::proxyProtocolIsAProperty()
{
    WsServer server;
    QSignalSpy changed(&server, &WsServer::proxyProtocolChanged);
    QCOMPARE(server.proxyProtocol(), false);
    server.setProxyProtocol(true);
    server.setProxyProtocol(true);
    QCOMPARE(server.property("proxyProtocol"), QVariant(true));
    QCOMPARE(changed.size(), 1);
    QVERIFY(server.setProperty("proxyProtocol", false));
    QCOMPARE(server.proxyProtocol(), false);
    QCOMPARE(changed.size(), 2);
}

#include "../testprogram.h"
WSKIT_TEST(TestBehindProxies)

#include "tst_behindproxies.moc"
