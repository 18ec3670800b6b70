// SPDX-License-Identifier: MIT

// The opening handshake as the server sees it.

#include "integrationtesting.h"

#include <QtCore/qpromise.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qnetworkcookiejar.h>

using namespace IntegrationTesting;

class TestOpening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void subprotocolIsTheServersFirstChoice_data();
    void subprotocolIsTheServersFirstChoice();
    void handlerChoosesTheSubprotocol();
    void handlerSeesTheWholeRequest_data() { addSchemes(); }
    void handlerSeesTheWholeRequest();
    void handlersHeadersReachTheClient();
    void handlerRejectsWithBodyAndHeaders_data() { addSchemes(); }
    void handlerRejectsWithBodyAndHeaders();
    void futureAccepts();
    void futureRejects();
    void futureThatIsCanceledIs500();
    void futureThatNeverEndsIs503AtTheTimeout();
    void futureThatEndsAfterTheTimeoutChangesNothing();
    void futureThatEndsWhenTheClientHasGoneIsHarmless_data();
    void futureThatEndsWhenTheClientHasGoneIsHarmless();
    void futureThatEndsWhenTheServerIsGoneIsHarmless();
    void plainHttpIsAnsweredByTheHandler_data() { addSchemes(); }
    void plainHttpIsAnsweredByTheHandler();
    void headIsAnsweredWithoutItsBody();
    void plainHttpWithoutAHandlerIs426();
    void acceptingPlainHttpIs426();
    void largePageArrivesWhole_data() { addSchemes(); }
    void largePageArrivesWhole();
    void answersThatCannotBeSentAre500_data();
    void answersThatCannotBeSentAre500();
    void wrongRequestsAreAnswered_data();
    void wrongRequestsAreAnswered();
    void wrongRequestsAreAnsweredOverTls_data() { wrongRequestsAreAnswered_data(); }
    void wrongRequestsAreAnsweredOverTls();
    void requestMayComeByteByByte();
    void requestThatNeverEndsIs408AtTheTimeout();
    void clientThatSendsNothingIsCutAfterTheTimeout();
    void clientThatNeverGoesIsCutAfterItsAnswer_data() { addSchemes(); }
    void clientThatNeverGoesIsCutAfterItsAnswer();
    void clientThatGoesAtOnceIsTold();
    void clientThatHasSaidNothingIsCutWithAServerThatMoves();
};

void TestOpening::subprotocolIsTheServersFirstChoice_data()
{
    QTest::addColumn<QStringList>("supported");
    QTest::addColumn<QStringList>("offered");
    QTest::addColumn<QString>("chosen");
    QTest::newRow("order of the server") << QStringList{u"b"_s, u"a"_s} << QStringList{u"a"_s, u"b"_s} << u"b"_s;
    QTest::newRow("only one shared") << QStringList{u"x"_s, u"a"_s} << QStringList{u"y"_s, u"a"_s} << u"a"_s;
    QTest::newRow("none shared") << QStringList{u"x"_s} << QStringList{u"y"_s} << QString();
    QTest::newRow("none offered") << QStringList{u"x"_s} << QStringList{} << QString();
    QTest::newRow("none supported") << QStringList{} << QStringList{u"y"_s} << QString();
    QTest::newRow("case matters") << QStringList{u"Chat"_s} << QStringList{u"chat"_s} << QString();
}

void TestOpening::subprotocolIsTheServersFirstChoice()
{
    QFETCH(const QStringList, supported);
    QFETCH(const QStringList, offered);
    QFETCH(const QString, chosen);
    Pair pair;
    pair.server.setSubprotocols(supported);
    pair.client.setSubprotocols(offered);
    QSignalSpy changed(&pair.client, &WsConnection::subprotocolChanged);
    QVERIFY(pair.open());
    QCOMPARE(pair.peer->subprotocol(), chosen);
    // The property of the connection; that of the client is what it offers.
    QCOMPARE(static_cast<WsConnection &>(pair.client).subprotocol(), chosen);
    QCOMPARE(changed.size(), chosen.isEmpty() ? 0 : 1);
    QCOMPARE(pair.peer->request().subprotocols(), offered);
}

void TestOpening::handlerChoosesTheSubprotocol()
{
    Pair pair;
    pair.server.setSubprotocols({u"a"_s});
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::accept(u"b"_s); });
    pair.client.setSubprotocols({u"a"_s, u"b"_s});
    QVERIFY(pair.open());
    QCOMPARE(static_cast<WsConnection &>(pair.client).subprotocol(), u"b"_s);
}

void TestOpening::handlerSeesTheWholeRequest()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsRequest seen;
    pair.server.setRequestHandler([&](const WsRequest &request) {
        seen = request;
        return WsResponse::accept();
    });
    pair.server.setAllowedOrigins({u"*"_s});
    QVERIFY(pair.server.listen());
    QNetworkCookieJar jar;
    QUrl url = pair.url();
    url.setPath(u"/a path"_s);
    url.setQuery(u"k=v&empty=&k=w"_s);
    url.setUserName(u"Ute"_s);
    url.setPassword(u"pass:wörd"_s);
    url.setFragment(u"unsent"_s);
    QUrl httpUrl = url;
    httpUrl.setScheme(isTls ? u"https"_s : u"http"_s);
    jar.setCookiesFromUrl({QNetworkCookie("session", "42"), QNetworkCookie("theme", "dark")}, httpUrl);
    pair.client.setCookieJar(&jar);
    QVERIFY(pair.client.setHeader("X-Token", "first"));
    QVERIFY(pair.client.setHeader("x-token", "second"));
    QVERIFY(pair.client.setHeader("Origin", "http://elsewhere.test"));
    QVERIFY(pair.client.open(url));
    QVERIFY(pair.waitUntilOpen());

    QCOMPARE(seen.method(), "GET"_ba);
    QCOMPARE(seen.target(), "/a%20path?k=v&empty=&k=w"_ba);
    QCOMPARE(seen.path(), u"/a path"_s);
    QCOMPARE(seen.query().allQueryItemValues(u"k"_s), QStringList({u"v"_s, u"w"_s}));
    QCOMPARE(seen.header("X-TOKEN"), "second"_ba);
    QCOMPARE(seen.header("Authorization"), "Basic " + "Ute:pass:wörd"_ba.toBase64());
    QCOMPARE(seen.header("Host"), "localhost:" + QByteArray::number(pair.server.serverPort()));
    QCOMPARE(seen.origin(), u"http://elsewhere.test"_s);
    QCOMPARE(seen.cookies().size(), 2);
    QCOMPARE(seen.cookies().at(1).value(), "dark"_ba);
    QCOMPARE(seen.peerAddress(), QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(seen.peerPort(), pair.client.localPort());
    QCOMPARE(seen.isEncrypted(), isTls);
    QVERIFY(seen.isWebSocketUpgrade());
    QCOMPARE(pair.peer->request().target(), seen.target());
    QCOMPARE(pair.peer->url().toEncoded(), (isTls ? "wss://" : "ws://") + seen.header("Host") + seen.target());
}

void TestOpening::handlersHeadersReachTheClient()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) {
        return WsResponse::accept({}, {{"X-Server", "one"}, {"Set-Cookie", "id=7; Path=/"},
                                       {"Set-Cookie", "lang=de; Path=/"}});
    });
    QNetworkCookieJar jar;
    pair.client.setCookieJar(&jar);
    QVERIFY(pair.open());
    QCOMPARE(pair.client.response().status(), 101);
    QCOMPARE(pair.client.response().header("x-server"), "one"_ba);
    QUrl httpUrl = pair.url();
    httpUrl.setScheme(u"http"_s);
    QCOMPARE(jar.cookiesForUrl(httpUrl).size(), 2);

    pair.client.abort();
    WsRequest seen;
    pair.server.setRequestHandler([&](const WsRequest &request) {
        seen = request;
        return WsResponse::accept();
    });
    QVERIFY(pair.open());
    QCOMPARE(seen.cookies().size(), 2);
}

void TestOpening::handlerRejectsWithBodyAndHeaders()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setRequestHandler([](const WsRequest &) {
        return WsResponse::reject(401, "who are you?", {{"WWW-Authenticate", "Basic realm=\"x\""}});
    });
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(pair.events.errors.at(0).httpStatus(), 401);
    QCOMPARE(pair.client.response().status(), 401);
    QCOMPARE(pair.client.response().body(), "who are you?"_ba);
    QCOMPARE(pair.client.response().header("WWW-Authenticate"), "Basic realm=\"x\""_ba);
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), 401);
    QCOMPARE(rejected.at(0).at(1).value<QHostAddress>(), QHostAddress(QHostAddress::LocalHost));
    QVERIFY(!pair.peer);
    QCOMPARE(pair.server.connectionCount(), 0);
}

namespace {
// A handler whose answer the test gives later.
struct Later
{
    auto handler()
    {
        return [this](const WsRequest &) {
            ++asked;
            promise = QPromise<WsResponse>();
            promise.start();
            return promise.future();
        };
    }
    void answer(const WsResponse &response)
    {
        promise.addResult(response);
        promise.finish();
    }

    QPromise<WsResponse> promise;
    int asked = 0;
};
} // namespace

void TestOpening::futureAccepts()
{
    Pair pair;
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.start());
    WS_TRY_COMPARE(later.asked, 1);
    QCOMPARE(pair.client.state(), Ws::Connecting);
    later.answer(WsResponse::accept({}, {{"X-Later", "yes"}}));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.client.response().header("X-Later"), "yes"_ba);
    pair.client.sendText("hello");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestOpening::futureRejects()
{
    Pair pair;
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.start());
    WS_TRY_COMPARE(later.asked, 1);
    later.answer(WsResponse::notFound());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 404);
}

void TestOpening::futureThatIsCanceledIs500()
{
    Pair pair;
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.start());
    WS_TRY_COMPARE(later.asked, 1);
    later.promise.future().cancel();
    later.promise.finish();
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 500);
}

void TestOpening::futureThatNeverEndsIs503AtTheTimeout()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which the request arrives
    pair.server.setOptions(options);
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(later.asked, 1);
    QCOMPARE(pair.client.response().status(), 503);
}

void TestOpening::futureThatEndsAfterTheTimeoutChangesNothing()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which the request arrives
    pair.server.setOptions(options);
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.stopReading(); // and so stays
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(rejected.size(), 1);
    later.answer(WsResponse::accept());
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    raw.readAgain();
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 503);
    QCOMPARE(raw.received.count("HTTP/1.1"), 1);
    QVERIFY(!pair.peer);
}

void TestOpening::futureThatEndsWhenTheClientHasGoneIsHarmless_data()
{
    QTest::addColumn<bool>("isReset");
    QTest::addColumn<bool>("isAccepted");
    QTest::newRow("FIN, accepted") << false << true;
    QTest::newRow("FIN, rejected") << false << false;
    QTest::newRow("reset, accepted") << true << true;
    QTest::newRow("reset, rejected") << true << false;
}

void TestOpening::futureThatEndsWhenTheClientHasGoneIsHarmless()
{
    QFETCH(const bool, isReset);
    QFETCH(const bool, isAccepted);
    Pair pair;
    Later later;
    pair.server.setRequestHandler(later.handler());
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(later.asked, 1);
    if (isReset)
        raw.reset();
    else
        raw.socket->abort();
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    later.answer(isAccepted ? WsResponse::accept() : WsResponse::reject(403));
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    // Either it was seen to go before, or it opened and was lost at once.
    WS_TRY_VERIFY(rejected.size() == 1 || (pair.peerEvents && pair.peerEvents->isClosed()));
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    pair.server.close();
    QVERIFY(pair.server.listen()); // nothing was left that close() would wait for
}

void TestOpening::futureThatEndsWhenTheServerIsGoneIsHarmless()
{
    Later later;
    WsClient client;
    Events events(&client);
    {
        WsServer server;
        server.setRequestHandler(later.handler());
        QVERIFY(server.listen());
        QVERIFY(client.open(server.serverUrl()));
        WS_TRY_COMPARE(later.asked, 1);
    }
    later.answer(WsResponse::accept());
    WS_TRY_COMPARE(events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestOpening::plainHttpIsAnsweredByTheHandler()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/" ? WsResponse::html("<p>page</p>") : WsResponse::notFound();
    });
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 200);
    QCOMPARE(raw.body(), "<p>page</p>"_ba);
    QVERIFY(raw.header("Content-Type").startsWith("text/html"));
    QCOMPARE(raw.header("Connection"), "close"_ba);
    QCOMPARE(rejected.size(), 0);

    RawPeer other;
    QVERIFY(other.connectTo(pair.server));
    other.send("GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(other.hasWholeAnswer());
    QCOMPARE(other.httpStatus(), 404);
    QCOMPARE(rejected.size(), 1);
}

void TestOpening::headIsAnsweredWithoutItsBody()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &request) { return WsResponse::html("for " + request.method()); });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.httpStatus(), 200);
    QCOMPARE(raw.header("Content-Length"), "8"_ba);
    QCOMPARE(raw.body(), QByteArray());
}

void TestOpening::plainHttpWithoutAHandlerIs426()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 426);
    QCOMPARE(raw.header("Sec-WebSocket-Version"), "13"_ba);
    QCOMPARE(raw.header("Upgrade"), "websocket"_ba);
}

void TestOpening::acceptingPlainHttpIs426()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 426);
}

void TestOpening::largePageArrivesWhole()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    const QByteArray page(20 * MiB, 'p');
    pair.server.setRequestHandler([&](const WsRequest &) { return WsResponse::html(page); });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QVERIFY(raw.body() == page);
}

void TestOpening::answersThatCannotBeSentAre500_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::newRow("line break in a value")
        << WsResponse::accept({}, {{"X-A", "b\r\nSet-Cookie: evil=1"}});
    QTest::newRow("line break in a name") << WsResponse::reject(404, {}, {{"X-A: b\r\nX-B", "c"}});
    QTest::newRow("NUL in a value") << WsResponse::reject(404, {}, {{"X-A", "b\0c"_ba}});
    QTest::newRow("line break in the subprotocol") << WsResponse::accept(u"a\r\nX: b"_s);
    QTest::newRow("subprotocol not offered") << WsResponse::accept(u"other"_s);
    QTest::newRow("header of the handshake") << WsResponse::accept({}, {{"Sec-WebSocket-Accept", "x"}});
    QTest::newRow("no status") << WsResponse();
    QTest::newRow("interim status") << WsResponse(100);
    QTest::newRow("body where none may be") << WsResponse(204, "body");
}

void TestOpening::answersThatCannotBeSentAre500()
{
    QFETCH(const WsResponse, response);
    Pair pair;
    pair.server.setRequestHandler([&](const WsRequest &) { return response; });
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest("Sec-WebSocket-Protocol: chat\r\n"));
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 500);
    QVERIFY(!raw.received.contains("evil"));
    QVERIFY(!raw.received.contains("X-"));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Misuse);
}

void TestOpening::wrongRequestsAreAnswered_data()
{
    const QByteArray good = RawPeer::upgradeRequest();
    const auto with = [good](const QByteArray &before, const QByteArray &after) {
        QByteArray request = good;
        return request.replace(before, after);
    };
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::newRow("no HTTP") << "hello\r\n\r\n"_ba << 400;
    QTest::newRow("TLS on a plain port") << "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"_ba << 400;
    QTest::newRow("bare line feeds") << with("\r\n", "\n") + "\n" << 400;
    QTest::newRow("no Host") << with("Host: localhost\r\n", "") << 400;
    QTest::newRow("two Hosts") << with("Host: localhost", "Host: localhost\r\nHost: other") << 400;
    QTest::newRow("folded header") << with("Host: localhost", "Host: localhost\r\n folded") << 400;
    QTest::newRow("NUL in a header") << with("localhost", "local\0host"_ba) << 400;
    QTest::newRow("space before the colon") << with("Host:", "Host :") << 400;
    QTest::newRow("no key") << with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "") << 400;
    QTest::newRow("short key") << with("dGhlIHNhbXBsZSBub25jZQ==", "dGhl") << 400;
    QTest::newRow("no version") << with("Sec-WebSocket-Version: 13\r\n", "") << 400;
    QTest::newRow("other version") << with("Version: 13", "Version: 8") << 426;
    QTest::newRow("HTTP/1.0") << with("HTTP/1.1", "HTTP/1.0") << 400;
    QTest::newRow("HTTP/2") << "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"_ba << 505;
    QTest::newRow("POST") << with("GET", "POST") << 405;
    QTest::newRow("body on the upgrade") << with("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello") << 400;
    QTest::newRow("chunked body on the upgrade") << with("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n") << 400;
    QTest::newRow("body on plain HTTP")
        << "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + QByteArray(200'000, 'x') << 413;
    QTest::newRow("no Upgrade") << "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"_ba << 426;
    QTest::newRow("long target") << "GET /" + QByteArray(20'000, 'a') + " HTTP/1.1\r\n" << 414;
    QTest::newRow("endless target") << "GET /" + QByteArray(500'000, 'a') << 414;
    QTest::newRow("large header") << with("\r\n\r\n", "\r\nX: " + QByteArray(20'000, 'x') + "\r\n\r\n") << 431;
    QTest::newRow("endless headers")
        << "GET / HTTP/1.1\r\n" + QByteArray("X-Header: value\r\n").repeated(20'000) << 431;
    QTest::newRow("too many headers")
        << with("\r\n\r\n", "\r\n" + QByteArray("a: b\r\n").repeated(101) + "\r\n") << 431;
    QTest::newRow("foreign origin") << with("\r\n\r\n", "\r\nOrigin: http://evil.test\r\n\r\n") << 403;
    QTest::newRow("repeated subprotocol")
        << with("\r\n\r\n", "\r\nSec-WebSocket-Protocol: a, a\r\n\r\n") << 400;
}

namespace {
void checkWrongRequest(bool isTls)
{
    QFETCH(const QByteArray, request);
    QFETCH(const int, status);
    Pair pair(isTls);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(request);
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.httpStatus(), status);
    QVERIFY(raw.hasWholeAnswer());
    QVERIFY(!raw.body().isEmpty());
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), status);
    QVERIFY(!rejected.at(0).at(0).value<WsError>().text().isEmpty());
    QCOMPARE(pair.server.connectionCount(), 0);
    QVERIFY(!pair.peer);
}
} // namespace

void TestOpening::wrongRequestsAreAnswered()
{
    checkWrongRequest(false);
}

void TestOpening::wrongRequestsAreAnsweredOverTls()
{
    checkWrongRequest(true);
}

void TestOpening::requestMayComeByteByByte()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    const QByteArray request = RawPeer::upgradeRequest() + frame(TextFrame, "text");
    for (const char byte : request) {
        raw.send(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->messageCount == 1);
}

void TestOpening::requestThatNeverEndsIs408AtTheTimeout()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(100ms);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\n");
    // A byte now and then does not help.
    QTimer drip;
    connect(&drip, &QTimer::timeout, &raw, [&] { raw.send("X"); });
    drip.start(10);
    WS_TRY_VERIFY(raw.httpStatus() != 0);
    drip.stop();
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 408);
}

void TestOpening::clientThatSendsNothingIsCutAfterTheTimeout()
{
    Pair pair(true);
    WsOptions options;
    options.setHandshakeTimeout(100ms);
    options.setCloseTimeout(100ms);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QTcpSocket silent; // not even TLS begins
    QSignalSpy ended(&silent, &QAbstractSocket::disconnected);
    silent.connectToHost(pair.server.serverAddress(), pair.server.serverPort());
    WS_TRY_COMPARE(ended.size(), 1);
    QCOMPARE(rejected.size(), 1);
}

void TestOpening::clientThatNeverGoesIsCutAfterItsAnswer()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setCloseTimeout(100ms);
    pair.server.setOptions(options);
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::text(QByteArray(30 * MiB, 'x')); });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.stopReading();
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    QSignalSpy closed(&pair.server, &WsServer::closed);
    QSignalSpy listening(&pair.server, &WsServer::listeningChanged);
    QVERIFY(!closed.wait(300));
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    raw.readAgain();
    WS_TRY_VERIFY(raw.hasEnded);
    QVERIFY(!raw.hasWholeAnswer());
}

void TestOpening::clientThatGoesAtOnceIsTold()
{
    Pair pair;
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.socket->disconnectFromHost();
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Network);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), 0);
}

// It has no connection yet, because the header of its proxy is awaited.
void TestOpening::clientThatHasSaidNothingIsCutWithAServerThatMoves()
{
    QThread thread;
    auto *const server = new WsServer;
    server->setTrustedProxies({u"127.0.0.1"_s});
    server->setProxyProtocol(true);
    QVERIFY(server->listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(*server));
    WS_TRY_COMPARE(server->statistics().pendingHandshakes, 1);
    server->moveToThread(&thread);
    server->deleteLater();
    thread.start();
    WS_TRY_VERIFY(raw.hasEnded);
    thread.quit();
    QVERIFY(thread.wait(Patience));
}

#include "../testprogram.h"
WSKIT_TEST(TestOpening)
#include "tst_opening.moc"
