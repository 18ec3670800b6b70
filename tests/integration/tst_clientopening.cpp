// SPDX-License-Identifier: MIT

// The opening handshake as the client sees it, mostly with servers that do it wrong.

#include "integrationtesting.h"

#include <QtCore/qset.h>
#include <QtNetwork/qnetworkcookiejar.h>

#include <vector>

using namespace IntegrationTesting;

class TestClientOpening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestIsAsTheRfcWantsIt();
    void keysAreNewEachTime();
    void headersOfANetworkRequestAreSent();
    void credentialsBecomeBasicAuthorization_data();
    void credentialsBecomeBasicAuthorization();
    void ownHeadersGoBeforeCookiesAndCredentials();
    void acceptanceMayComeByteByByte();
    void interimAnswersAreSkipped();
    void sloppyAcceptancesAreUnderstood_data();
    void sloppyAcceptancesAreUnderstood();
    void endlessInterimAnswersFail();
    void wrongAcceptancesFail_data();
    void wrongAcceptancesFail();
    void garbageFails_data();
    void garbageFails();
    void hugeHeadFails();
    void refusalTellsStatusHeadersAndBody_data();
    void refusalTellsStatusHeadersAndBody();
    void refusalThatNeverEndsIsCutAtTheTimeout();
    void hugeBodyOfARefusalIsCut();
    void redirectsAreNotFollowed();
    void serverThatEndsBeforeItsAnswerIsAnError_data();
    void serverThatEndsBeforeItsAnswerIsAnError();
    void serverThatNeverAnswersTimesOut_data() { addSchemes(); }
    void serverThatNeverAnswersTimesOut();
    void serverThatNeverAcceptsTimesOut();
    void invalidUrlsAreRefused_data();
    void invalidUrlsAreRefused();
    void lineBreaksAreRefusedInHeaders_data();
    void lineBreaksAreRefusedInHeaders();
    void lineBreaksAreRefusedInANetworkRequest();
    void wrongSubprotocolsAreRefused_data();
    void wrongSubprotocolsAreRefused();
    void refusedOpenChangesNothing();
    void httpSchemesAreUnderstood();
    void openClientCannotBeOpened();
    void openedComesOnceAndAfterTheState();
};

namespace {
QString endingOf(WsClient &client, const QUrl &url)
{
    Events events(&client);
    if (!client.open(url))
        return u"not opened"_s;
    if (!waitFor([&] { return events.isClosed(); }))
        return u"not closed"_s;
    return events.ending();
}

// What \a request has as the header \a name, in whatever case (RFC 9110 §5.1).
QByteArrayList headerValues(const QByteArray &request, const QByteArray &name)
{
    QByteArrayList values;
    for (const QByteArray &line : request.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0)
            values.append(line.sliced(colon + 1).trimmed());
    }
    return values;
}
} // namespace

void TestClientOpening::requestIsAsTheRfcWantsIt()
{
    RawServer server;
    WsClient client;
    client.setSubprotocols({u"a"_s, u"b"_s});
    QUrl url = server.url();
    url.setPath(u"/päth"_s);
    url.setQuery(u"q=1"_s);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    const QByteArrayList lines = server.request.split('\n');
    QCOMPARE(lines.at(0), "GET /p%C3%A4th?q=1 HTTP/1.1\r"_ba);
    QCOMPARE(lines.at(1), "Host: 127.0.0.1:" + QByteArray::number(server.serverPort()) + '\r');
    QVERIFY(lines.contains("Upgrade: websocket\r"));
    QVERIFY(lines.contains("Connection: Upgrade\r"));
    QVERIFY(lines.contains("Sec-WebSocket-Version: 13\r"));
    QVERIFY(lines.contains("Sec-WebSocket-Protocol: a, b\r"));
    QVERIFY(!server.request.contains("Origin"));
    QVERIFY(!server.request.contains("Authorization"));
    QVERIFY(!server.request.contains("Cookie"));
    QCOMPARE(client.request().target(), "/p%C3%A4th?q=1"_ba);
}

void TestClientOpening::keysAreNewEachTime()
{
    QByteArrayList keys;
    RawServer server([&](const QByteArray &key) {
        keys.append(key);
        return RawServer::acceptance(key);
    });
    WsClient client;
    for (int i = 0; i < 3; ++i) {
        QVERIFY(client.open(server.url()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        client.abort();
    }
    QCOMPARE(QSet<QByteArray>(keys.begin(), keys.end()).size(), 3);
    QCOMPARE(QByteArray::fromBase64(keys.at(0)).size(), 16);
}

void TestClientOpening::headersOfANetworkRequestAreSent()
{
    RawServer server;
    WsClient client;
    QVERIFY(client.setHeader("X-Kept", "kept"));
    QVERIFY(client.setHeader("X-Both", "of the client"));
    QVERIFY(client.setHeader("X-Removed", "removed"));
    QVERIFY(client.setHeader("X-Removed", {}));
    QNetworkRequest request(server.url());
    request.setRawHeader("X-Both", "of the request");
    request.setHeader(QNetworkRequest::UserAgentHeader, u"Tester"_s);
    QVERIFY(client.open(request));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(headerValues(server.request, "X-Kept"), QByteArrayList{"kept"});
    QCOMPARE(headerValues(server.request, "X-Both"), QByteArrayList{"of the request"});
    QCOMPARE(headerValues(server.request, "User-Agent"), QByteArrayList{"Tester"});
    QCOMPARE(headerValues(server.request, "X-Removed"), QByteArrayList());
    client.abort();
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(headerValues(server.request, "X-Both"), QByteArrayList{"of the client"});
}

void TestClientOpening::credentialsBecomeBasicAuthorization_data()
{
    QTest::addColumn<QString>("userInfo");
    QTest::addColumn<QByteArray>("credentials");
    QTest::newRow("both") << u"user:pass@"_s << "user:pass"_ba;
    QTest::newRow("encoded") << u"us%40er:p%3Ass%2F@"_s << "us@er:p:ss/"_ba;
    QTest::newRow("no password") << u"user@"_s << "user:"_ba;
    QTest::newRow("UTF-8") << u"ü:ß@"_s << "ü:ß"_ba;
}

void TestClientOpening::credentialsBecomeBasicAuthorization()
{
    QFETCH(const QString, userInfo);
    QFETCH(const QByteArray, credentials);
    RawServer server;
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws://"_s + userInfo + u"127.0.0.1:"_s + QString::number(server.serverPort()))));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(server.request.contains("\r\nAuthorization: Basic " + credentials.toBase64() + "\r\n"));
    QVERIFY(server.request.contains("\r\nHost: 127.0.0.1:"));
    QVERIFY(!server.request.first(server.request.indexOf("\r\n")).contains('@'));
}

void TestClientOpening::ownHeadersGoBeforeCookiesAndCredentials()
{
    RawServer server;
    WsClient client;
    QNetworkCookieJar jar;
    jar.setCookiesFromUrl({QNetworkCookie("jar", "1")}, server.url(u"http"_s));
    client.setCookieJar(&jar);
    QCOMPARE(client.cookieJar(), &jar);
    QVERIFY(client.setHeader("Cookie", "own=1"));
    QVERIFY(client.setHeader("Authorization", "Bearer token"));
    QUrl url = server.url();
    url.setUserInfo(u"user:pass"_s);
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(server.request.contains("Cookie: own=1\r\n"));
    QVERIFY(server.request.contains("Authorization: Bearer token\r\n"));
    QCOMPARE(server.request.count("Cookie"), 1);
    QCOMPARE(server.request.count("Authorization"), 1);
}

void TestClientOpening::acceptanceMayComeByteByByte()
{
    RawServer server([](const QByteArray &) { return QByteArray(); });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(!server.request.isEmpty());
    const qsizetype keyAt = server.request.indexOf("Key: ") + 5;
    const QByteArray answer = RawServer::acceptance(server.request.sliced(keyAt, 24))
        + unmaskedFrame(TextFrame, "text");
    server.peer->socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    for (const char byte : answer) {
        server.peer->send(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(events.all, QStringList({u"opened"_s, u"text text"_s}));
}

void TestClientOpening::interimAnswersAreSkipped()
{
    RawServer server([](const QByteArray &key) {
        return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            + RawServer::acceptance(key);
    });
    WsClient client;
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(client.response().status(), 101);
    QVERIFY(client.response().header("Link").isNull());
}

// As browsers do; RFC 9112 §2.2, §4, §5.1 and §5.2.
void TestClientOpening::sloppyAcceptancesAreUnderstood_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("empty line in front") << "HTTP/1.1"_ba << "\r\nHTTP/1.1"_ba;
    QTest::newRow("folded header") << "Connection: Upgrade"_ba << "Connection:\r\n Upgrade"_ba;
    QTest::newRow("bare line feeds") << "\r\n"_ba << "\n"_ba;
    QTest::newRow("space before the colon") << "Upgrade: "_ba << "Upgrade : "_ba;
    QTest::newRow("no reason") << " Switching Protocols"_ba << ""_ba;
    QTest::newRow("120 headers") << "Upgrade: w"_ba << QByteArray("X: y\r\n").repeated(120) + "Upgrade: w";
    QTest::newRow("17 KiB of cookies") << "Upgrade: w"_ba << "Set-Cookie: a=" + QByteArray(17 * KiB, 'x') + "\r\nUpgrade: w";
}

void TestClientOpening::sloppyAcceptancesAreUnderstood()
{
    QFETCH(const QByteArray, before);
    QFETCH(const QByteArray, after);
    RawServer server([&](const QByteArray &key) { return RawServer::acceptance(key).replace(before, after); });
    server.afterAnswer = unmaskedFrame(TextFrame, "text");
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.all, QStringList({u"opened"_s, u"text text"_s}));
}

void TestClientOpening::endlessInterimAnswersFail()
{
    RawServer server([](const QByteArray &) { return QByteArray("HTTP/1.1 100 C\r\n\r\n").repeated(50'000); });
    WsClient client;
    QCOMPARE(endingOf(client, server.url()), u"error Handshake, closed 1006 '' unclean"_s);
    QVERIFY(client.errorString().contains(u"interim answers"_s));
}

void TestClientOpening::wrongAcceptancesFail_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("wrong Accept") << "Accept: "_ba << "Accept: x"_ba;
    QTest::newRow("no Accept") << "Sec-WebSocket-Accept"_ba << "X-Accept"_ba;
    QTest::newRow("two Accepts") << "\r\n\r\n"_ba << "\r\nSec-WebSocket-Accept: x\r\n\r\n"_ba;
    QTest::newRow("no Upgrade") << "Upgrade: websocket\r\n"_ba << ""_ba;
    QTest::newRow("other Upgrade") << "websocket"_ba << "h2c"_ba;
    QTest::newRow("no Connection") << "Connection: Upgrade\r\n"_ba << ""_ba;
    QTest::newRow("other Connection") << "Connection: Upgrade"_ba << "Connection: close"_ba;
    QTest::newRow("unrequested subprotocol") << "\r\n\r\n"_ba << "\r\nSec-WebSocket-Protocol: other\r\n\r\n"_ba;
    QTest::newRow("two subprotocols") << "\r\n\r\n"_ba << "\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"_ba;
    QTest::newRow("unrequested extension")
        << "\r\n\r\n"_ba << "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"_ba;
    QTest::newRow("HTTP/1.0") << "HTTP/1.1"_ba << "HTTP/1.0"_ba;
    QTest::newRow("bare carriage return") << "websocket\r\n"_ba << "websocket\r"_ba;
}

void TestClientOpening::wrongAcceptancesFail()
{
    QFETCH(const QByteArray, before);
    QFETCH(const QByteArray, after);
    RawServer server([&](const QByteArray &key) {
        const QByteArray good = RawServer::acceptance(key);
        QByteArray answer = good;
        answer.replace(answer.indexOf(before), before.size(), after);
        return answer == good ? QByteArray() : answer;
    });
    WsClient client;
    client.setSubprotocols({u"a"_s, u"b"_s});
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.all, QStringList({u"error Handshake"_s, u"closed 1006 '' unclean"_s}));
    QVERIFY(!events.errors.at(0).text().isEmpty());
    QCOMPARE(client.errorString(), events.errors.at(0).text());
    QCOMPARE(events.states, QList<Ws::State>({Ws::Connecting, Ws::Closed}));
    WS_TRY_VERIFY(server.peer->hasEnded);
}

void TestClientOpening::garbageFails_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("text") << "220 mail.test ESMTP\r\n\r\n"_ba;
    QTest::newRow("frames") << unmaskedFrame(TextFrame, "\r\n\r\n");
    QTest::newRow("zeros") << QByteArray(100, '\0') + "\r\n\r\n";
    QTest::newRow("no status") << "HTTP/1.1 \r\n\r\n"_ba;
    QTest::newRow("status of four digits") << "HTTP/1.1 1011 X\r\n\r\n"_ba;
    QTest::newRow("HTTP/2") << "HTTP/2 101\r\n\r\n"_ba;
}

void TestClientOpening::garbageFails()
{
    QFETCH(const QByteArray, answer);
    RawServer server([&](const QByteArray &) { return answer; });
    server.endsAfterAnswer = true;
    WsClient client;
    QCOMPARE(endingOf(client, server.url()), u"error Handshake, closed 1006 '' unclean"_s);
}

void TestClientOpening::hugeHeadFails()
{
    RawServer server([&](const QByteArray &) { return "HTTP/1.1 101 " + QByteArray(10 * MiB, 'x'); });
    WsClient client;
    QCOMPARE(endingOf(client, server.url()), u"error Handshake, closed 1006 '' unclean"_s);
    QVERIFY(client.errorString().contains(u"maxHandshakeSize"_s));
}

void TestClientOpening::refusalTellsStatusHeadersAndBody_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("ends");
    const QByteArray head = "HTTP/1.1 403 Forbidden\r\nX-Why: because\r\n";
    QTest::newRow("announced length") << head + "Content-Length: 4\r\n\r\nbody" << 403 << "body"_ba << false;
    QTest::newRow("no body") << head + "Content-Length: 0\r\n\r\n" << 403 << ""_ba << false;
    QTest::newRow("until the end") << head + "\r\nbody" << 403 << "body"_ba << true;
    QTest::newRow("shorter than announced") << head + "Content-Length: 9\r\n\r\nbody" << 403 << "body"_ba << true;
    QTest::newRow("longer than announced") << head + "Content-Length: 2\r\n\r\nbody" << 403 << "bo"_ba << false;
    QTest::newRow("chunks") << head + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x\r\ndy\r\n0\r\n\r\n"
                            << 403 << "body"_ba << false;
    QTest::newRow("repeated length") << head + "Content-Length: 4, 4\r\n\r\nbody" << 403 << "body"_ba << false;
    QTest::newRow("no length, kept alive") << head + "\r\nbody" << 403 << "body"_ba << false;
    QTest::newRow("no content") << QByteArray(head).replace("403", "204") + "\r\n" << 204 << ""_ba << false;
    QTest::newRow("wrong length") << head + "Content-Length: -5\r\n\r\nbody" << 403 << ""_ba << true;
}

void TestClientOpening::refusalTellsStatusHeadersAndBody()
{
    QFETCH(const QByteArray, answer);
    QFETCH(const int, status);
    QFETCH(const QByteArray, body);
    QFETCH(const bool, ends);
    RawServer server([&](const QByteArray &) { return answer; });
    server.endsAfterAnswer = ends;
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(events.errors.at(0).httpStatus(), status);
    QCOMPARE(client.response().status(), status);
    QCOMPARE(client.response().header("x-why"), "because"_ba);
    QCOMPARE(client.response().body(), body);
}

void TestClientOpening::refusalThatNeverEndsIsCutAtTheTimeout()
{
    RawServer server([&](const QByteArray &) {
        return "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"_ba;
    });
    WsClient client;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which the head arrives
    client.setOptions(options);
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(events.errors.at(0).httpStatus(), 503);
}

void TestClientOpening::hugeBodyOfARefusalIsCut()
{
    RawServer server([&](const QByteArray &) {
        return "HTTP/1.1 404 Not Found\r\nContent-Length: 10000000000\r\n\r\n" + QByteArray(MiB, 'x');
    });
    WsClient client;
    QCOMPARE(endingOf(client, server.url()), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(client.response().body().size(), client.options().maxHandshakeSize());
}

void TestClientOpening::redirectsAreNotFollowed()
{
    RawServer target;
    RawServer server([&](const QByteArray &) {
        return "HTTP/1.1 302 Found\r\nLocation: " + target.url().toEncoded() + "\r\nContent-Length: 0\r\n\r\n";
    });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE(events.errors.at(0).httpStatus(), 302);
    QCOMPARE(client.response().header("Location"), target.url().toEncoded());
    QCOMPARE(target.connectionCount, 0);
}

void TestClientOpening::serverThatEndsBeforeItsAnswerIsAnError_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << ""_ba;
    QTest::newRow("half a head") << "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"_ba;
}

void TestClientOpening::serverThatEndsBeforeItsAnswerIsAnError()
{
    QFETCH(const QByteArray, answer);
    RawServer server([&](const QByteArray &) { return answer; });
    server.endsAfterAnswer = true;
    WsClient client;
    QCOMPARE(endingOf(client, server.url()), u"error Network, closed 1006 '' unclean"_s);
}

void TestClientOpening::serverThatNeverAnswersTimesOut()
{
    QFETCH(const bool, isTls);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsClient client;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which TCP connects
    client.setOptions(options);
    const QUrl url(u"%1://127.0.0.1:%2"_s.arg(isTls ? u"wss"_s : u"ws"_s).arg(server.serverPort()));
    QCOMPARE(endingOf(client, url), u"error Timeout, closed 1006 '' unclean"_s);
    const QString end = isTls ? u"the TLS handshake with 127.0.0.1:%1"_s.arg(server.serverPort())
                              : u"the HTTP answer"_s;
    QCOMPARE(client.errorString(), u"handshakeTimeout has passed while waiting for "_s + end);
}

// A listener whose queue is full: the system does not even answer the SYN.
void TestClientOpening::serverThatNeverAcceptsTimesOut()
{
    QTcpServer server;
    server.setListenBacklogSize(1);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    server.pauseAccepting();
    std::vector<std::unique_ptr<QTcpSocket>> fillers;
    for (int i = 0; i < 8; ++i) {
        fillers.push_back(std::make_unique<QTcpSocket>());
        fillers.back()->connectToHost(QHostAddress::LocalHost, server.serverPort());
    }
    const auto isAccepted = [&] { return fillers.back()->state() == QAbstractSocket::ConnectedState; };
    if (waitFor(isAccepted, 200))
        QSKIP("this system accepts more than it was told");
    WsClient client;
    WsOptions options;
    options.setHandshakeTimeout(100ms);
    client.setOptions(options);
    QCOMPARE(endingOf(client, QUrl(u"ws://127.0.0.1:%1"_s.arg(server.serverPort()))),
             u"error Timeout, closed 1006 '' unclean"_s);
    QCOMPARE(client.errorString(), u"handshakeTimeout has passed while waiting for the TCP connection to "
                                   "127.0.0.1:%1"_s.arg(server.serverPort()));
}

void TestClientOpening::invalidUrlsAreRefused_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::newRow("empty") << QUrl();
    QTest::newRow("relative") << QUrl(u"/path"_s);
    QTest::newRow("no host") << QUrl(u"ws:///path"_s);
    QTest::newRow("other scheme") << QUrl(u"ftp://localhost/"_s);
    QTest::newRow("file") << QUrl(u"file:///etc/hosts"_s);
    QTest::newRow("invalid port") << QUrl(u"ws://localhost:99999/"_s);
    QTest::newRow("invalid host") << QUrl(u"ws://[::1/"_s);
}

void TestClientOpening::invalidUrlsAreRefused()
{
    QFETCH(const QUrl, url);
    WsClient client;
    Events events(&client);
    QVERIFY(!client.open(url));
    QVERIFY(!client.errorString().isEmpty());
    QCOMPARE(client.state(), Ws::Closed);
    QVERIFY(events.all.isEmpty());
    QVERIFY(events.states.isEmpty());
}

void TestClientOpening::lineBreaksAreRefusedInHeaders_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("CRLF in the value") << "X"_ba << "a\r\nY: b"_ba;
    QTest::newRow("CR in the value") << "X"_ba << "a\rb"_ba;
    QTest::newRow("LF in the value") << "X"_ba << "a\nb"_ba;
    QTest::newRow("NUL in the value") << "X"_ba << "a\0b"_ba;
    QTest::newRow("CRLF in the name") << "X: a\r\nY"_ba << "b"_ba;
    QTest::newRow("colon in the name") << "X:"_ba << "b"_ba;
    QTest::newRow("space in the name") << "X Y"_ba << "b"_ba;
    QTest::newRow("empty name") << ""_ba << "b"_ba;
    QTest::newRow("Host that is none") << "host"_ba << "http://other"_ba;
    QTest::newRow("Upgrade") << "Upgrade"_ba << "h2c"_ba;
    QTest::newRow("key") << "Sec-WebSocket-Key"_ba << "mine"_ba;
    QTest::newRow("length") << "Content-Length"_ba << "5"_ba;
}

void TestClientOpening::lineBreaksAreRefusedInHeaders()
{
    QFETCH(const QByteArray, name);
    QFETCH(const QByteArray, value);
    WsClient client;
    QVERIFY(client.setHeader("X-Good", "good"));
    QVERIFY(!client.setHeader(name, value));
    QVERIFY(!client.errorString().isEmpty());
    QCOMPARE(client.headers(), (WsHeaders{{"X-Good", "good"}}));
}

void TestClientOpening::lineBreaksAreRefusedInANetworkRequest()
{
    RawServer server;
    WsClient client;
    QNetworkRequest request(server.url());
    request.setRawHeader("X", "a\r\nY: b");
    // Newer versions of Qt do not let the header into the request.
    if (request.hasRawHeader("X")) {
        QVERIFY(!client.open(request));
        QCOMPARE(client.state(), Ws::Closed);
        QVERIFY(!client.errorString().isEmpty());
    }
    // In the URL they are encoded.
    QVERIFY(client.open(QUrl(server.url().toString() + u"a%0d%0aX: y?b\r\nc"_s)));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(server.request.left(server.request.indexOf(" HTTP/1.1\r\n")).count('\n'), 0);
}

void TestClientOpening::wrongSubprotocolsAreRefused_data()
{
    QTest::addColumn<QStringList>("subprotocols");
    QTest::newRow("line break") << QStringList{u"a\r\nX: b"_s};
    QTest::newRow("comma") << QStringList{u"a,b"_s};
    QTest::newRow("space") << QStringList{u"a b"_s};
    QTest::newRow("empty") << QStringList{QString()};
    QTest::newRow("no ASCII") << QStringList{u"ä"_s};
    QTest::newRow("twice") << QStringList{u"a"_s, u"b"_s, u"a"_s};
}

void TestClientOpening::wrongSubprotocolsAreRefused()
{
    QFETCH(const QStringList, subprotocols);
    RawServer server;
    WsClient client;
    client.setSubprotocols(subprotocols);
    QVERIFY(!client.open(server.url()));
    QVERIFY(client.errorString().contains(u"subprotocol"_s));
}

void TestClientOpening::refusedOpenChangesNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.close(3000);
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(!pair.client.open(QUrl(u"ftp://localhost"_s)));
    QCOMPARE(pair.client.url(), pair.url());
    QCOMPARE(pair.client.closeCode(), 3000);
    QCOMPARE(pair.client.response().status(), 101);
}

void TestClientOpening::httpSchemesAreUnderstood()
{
    for (const bool isTls : {false, true}) {
        Pair pair(isTls);
        QVERIFY(pair.server.listen());
        QUrl url = pair.url();
        url.setScheme(isTls ? u"https"_s : u"http"_s);
        QVERIFY(pair.client.open(url));
        QVERIFY(pair.waitUntilOpen());
        QCOMPARE(pair.client.isEncrypted(), isTls);
    }
}

void TestClientOpening::openClientCannotBeOpened()
{
    Pair pair;
    QVERIFY(pair.start());
    QVERIFY(!pair.client.open(pair.url())); // connecting
    QVERIFY(pair.waitUntilOpen());
    QVERIFY(!pair.client.open(pair.url()));
    QVERIFY(pair.client.close());
    QVERIFY(!pair.client.open(pair.url())); // closing
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.client.open()); // the URL is known
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
}

void TestClientOpening::openedComesOnceAndAfterTheState()
{
    Pair pair;
    QStringList order;
    connect(&pair.client, &WsConnection::stateChanged, this, [&](Ws::State state) {
        QCOMPARE(pair.client.state(), state);
        order.append(QVariant::fromValue(state).toString());
    });
    connect(&pair.client, &WsConnection::opened, this, [&] { order.append(u"opened"_s); });
    connect(&pair.client, &WsClient::connected, this, [&](WsConnection *connection) {
        QCOMPARE(connection, &pair.client);
        order.append(u"connected"_s);
    });
    connect(&pair.client, &WsConnection::closed, this, [&] { order.append(u"closed"_s); });
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_COMPARE(order, QStringList({u"Connecting"_s, u"Open"_s, u"connected"_s, u"opened"_s, u"Closing"_s,
                                       u"Closed"_s, u"closed"_s}));
}

#include "../testprogram.h"
WSKIT_TEST(TestClientOpening)
#include "tst_clientopening.moc"
