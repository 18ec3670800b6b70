// SPDX-License-Identifier: MIT

// QWebSocketServer: opening handshakes, who may connect, and what those see who may not.

#include "servertesting.h"

#include <QtWebSockets/QWebSocketCorsAuthenticator>
#include <QtWebSockets/QWebSocketHandshakeOptions>

using namespace ServerTesting;

class TestHandshakes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answerHasWhatTheProtocolDemands();
    void answerNamesTheServer();
    void nameThatChangesIsThatOfTheNextAnswer();
    void answerHasHeadersForOtherRequestsOfPages();
    void headersMayBeWrittenDifferently_data();
    void headersMayBeWrittenDifferently();
    void requestMayArriveInPieces();
    void subprotocolIsChosen_data();
    void subprotocolIsChosen();
    void clientAndServerAgreeOnASubprotocol();
    void clientWithoutACommonSubprotocolIsConnected();
    void extensionsAreNotAgreedOn();
    void originIsAskedAbout_data();
    void originIsAskedAbout();
    void everyOriginIsAllowedWithoutASlot();
    void refusedOriginIsAnError();
    void lastSlotDecides();
    void badRequestIsNotAccepted_data();
    void badRequestIsNotAccepted();
    void otherVersionIsRefused();
    void plainRequestIsNoError();
    void endlessRequestIsCut();
    void serverAcceptsAfterBadClients();
    void clientOfARefusedHandshakeSeesAnError();
};

void TestHandshakes::answerHasWhatTheProtocolDemands()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QVERIFY(client.answer().startsWith("HTTP/1.1 101 "));
    QCOMPARE(client.header("Upgrade").toLower(), QByteArray("websocket"));
    QCOMPARE(client.header("Connection").toLower(), QByteArray("upgrade"));
    QCOMPARE(client.header("Sec-WebSocket-Accept"), QByteArray("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    QCOMPARE(client.header("Sec-WebSocket-Protocol"), QByteArray());
}

void TestHandshakes::answerNamesTheServer()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.header("Server"), QByteArray("the tests"));
}

void TestHandshakes::nameThatChangesIsThatOfTheNextAnswer()
{
    Server server;
    QVERIFY(server.start());
    server.setServerName(u"another name"_s);
    RawClient client(server.url(), RawClient::request());
    QCOMPARE(client.header("Server"), QByteArray("another name"));
}

void TestHandshakes::answerHasHeadersForOtherRequestsOfPages()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::requestWith({"Origin: http://example.com"}));
    QCOMPARE(client.status(), 101);
    const bool hasThem = !compatDiffers("Access-Control headers of the answer");
    QCOMPARE(client.answer().contains("Access-Control-Allow-"), hasThem);
}

void TestHandshakes::headersMayBeWrittenDifferently_data()
{
    QTest::addColumn<QByteArray>("old");
    QTest::addColumn<QByteArray>("written");
    QTest::newRow("names in lower case")
        << QByteArray("Sec-WebSocket-Key:") << QByteArray("sec-websocket-key:");
    QTest::newRow("upgrade in upper case")
        << QByteArray("Upgrade: websocket") << QByteArray("UPGRADE: WebSocket");
    QTest::newRow("connection as a list")
        << QByteArray("Connection: Upgrade") << QByteArray("Connection: keep-alive, Upgrade");
    QTest::newRow("no space after the colon") << QByteArray("Version: 13") << QByteArray("Version:13");
    QTest::newRow("other headers") << QByteArray("Host:")
                                   << QByteArray("X-Other: a: b\r\nCookie: c=d\r\nHost:");
}

void TestHandshakes::headersMayBeWrittenDifferently()
{
    QFETCH(const QByteArray, old);
    QFETCH(const QByteArray, written);
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().replace(old, written));
    QCOMPARE(client.status(), 101);
    WS_TRY_COMPARE(server.newConnections, 1);
}

void TestHandshakes::requestMayArriveInPieces()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url());
    const QByteArray request = RawClient::request();
    for (qsizetype i = 0; i < request.size(); i += 20) {
        client.socket.write(request.mid(i, 20));
        WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
        QCoreApplication::processEvents();
    }
    QCOMPARE(client.status(), 101);
    WS_TRY_COMPARE(server.newConnections, 1);
}

void TestHandshakes::subprotocolIsChosen_data()
{
    QTest::addColumn<QStringList>("supported");
    QTest::addColumn<QByteArrayList>("offers");
    QTest::addColumn<QByteArray>("chosen");
    const QStringList two = {u"one"_s, u"two"_s};
    QTest::newRow("only one") << two << QByteArrayList{"one"} << QByteArray("one");
    QTest::newRow("the client's order") << two << QByteArrayList{"two, one"} << QByteArray("two");
    QTest::newRow("the first that is supported")
        << two << QByteArrayList{"zero, two, one"} << QByteArray("two");
    QTest::newRow("none that is supported") << two << QByteArrayList{"zero, three"} << QByteArray();
    QTest::newRow("none that is offered") << two << QByteArrayList{} << QByteArray();
    QTest::newRow("none supported") << QStringList() << QByteArrayList{"one"} << QByteArray();
    QTest::newRow("another case") << two << QByteArrayList{"ONE"} << QByteArray();
    QTest::newRow("without a space") << two << QByteArrayList{"zero,two"} << QByteArray("two");
    QTest::newRow("in two headers") << two << QByteArrayList{"zero", "one"} << QByteArray("one");
}

void TestHandshakes::subprotocolIsChosen()
{
    QFETCH(const QStringList, supported);
    QFETCH(const QByteArrayList, offers);
    QFETCH(const QByteArray, chosen);
    Server server;
    server.setSupportedSubprotocols(supported);
    QVERIFY(server.start());
    QByteArrayList headers;
    for (const QByteArray &offer : offers)
        headers.append("Sec-WebSocket-Protocol: " + offer);
    RawClient client(server.url(), RawClient::requestWith(headers));
    QCOMPARE(client.status(), 101);
    QCOMPARE(client.header("Sec-WebSocket-Protocol"), chosen);
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->subprotocol(), QString::fromLatin1(chosen));
}

void TestHandshakes::clientAndServerAgreeOnASubprotocol()
{
    Server server;
    server.setSupportedSubprotocols({u"one"_s, u"two"_s});
    QVERIFY(server.start());
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"three"_s, u"two"_s});
    Client client;
    client.open(server.url(), options);
    WS_TRY_COMPARE(client.connections, 1);
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(client.subprotocol(), u"two"_s);
    QCOMPARE(server.last()->subprotocol(), u"two"_s);
    QCOMPARE(client.handshakeOptions(), options);
    QCOMPARE(server.last()->handshakeOptions().subprotocols(), options.subprotocols());
}

void TestHandshakes::clientWithoutACommonSubprotocolIsConnected()
{
    Server server;
    server.setSupportedSubprotocols({u"one"_s});
    QVERIFY(server.start());
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"two"_s});
    Client client;
    client.open(server.url(), options);
    WS_TRY_COMPARE(client.connections, 1);
    QCOMPARE(client.subprotocol(), QString());
}

void TestHandshakes::extensionsAreNotAgreedOn()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(
        server.url(),
        RawClient::requestWith({"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"}));
    QCOMPARE(client.status(), 101);
    QCOMPARE(client.header("Sec-WebSocket-Extensions"), QByteArray());
}

void TestHandshakes::originIsAskedAbout_data()
{
    QTest::addColumn<QByteArrayList>("headers");
    QTest::addColumn<bool>("isAllowed");
    QTest::addColumn<QString>("origin");
    const QByteArrayList page = {"Origin: http://example.com"};
    QTest::newRow("allowed") << page << true << u"http://example.com"_s;
    QTest::newRow("refused") << page << false << u"http://example.com"_s;
    QTest::newRow("null") << QByteArrayList{"Origin: null"} << true << u"null"_s;
    QTest::newRow("none, allowed") << QByteArrayList() << true << QString();
    QTest::newRow("none, refused") << QByteArrayList() << false << QString();
}

void TestHandshakes::originIsAskedAbout()
{
    QFETCH(const QByteArrayList, headers);
    QFETCH(const bool, isAllowed);
    QFETCH(const QString, origin);
    Server server;
    QStringList asked;
    QList<bool> defaults;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, this,
            [&](QWebSocketCorsAuthenticator *authenticator) {
                asked.append(authenticator->origin());
                defaults.append(authenticator->allowed());
                authenticator->setAllowed(isAllowed);
            });
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::requestWith(headers));
    QCOMPARE(client.status(), isAllowed ? 101 : 403);
    QCOMPARE(asked, QStringList(origin));
    QCOMPARE(defaults, QList{true});
    WS_TRY_COMPARE(server.newConnections, isAllowed ? 1 : 0);
    if (isAllowed)
        QCOMPARE(server.last()->origin(), origin);
    else
        WS_TRY_VERIFY(client.isEnded());
}

void TestHandshakes::everyOriginIsAllowedWithoutASlot()
{
    Server server;
    QVERIFY(server.start());
    Client client(u"http://elsewhere.example"_s);
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->origin(), u"http://elsewhere.example"_s);
}

void TestHandshakes::refusedOriginIsAnError()
{
    Server server;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, this,
            [](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(false); });
    QVERIFY(server.start());
    Client client;
    QVERIFY(!client.openAndWait(server.url()));
    QVERIFY(!client.errorString().isEmpty());
    QCOMPARE(client.connections, 0);
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodePolicyViolated);
    QCOMPARE(server.errors, QList{QWebSocketProtocol::CloseCodePolicyViolated});
    QVERIFY(!server.errorString().isEmpty());
}

void TestHandshakes::lastSlotDecides()
{
    Server server;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, this,
            [](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(false); });
    connect(&server, &QWebSocketServer::originAuthenticationRequired, this,
            [](QWebSocketCorsAuthenticator *authenticator) {
                authenticator->setAllowed(!authenticator->allowed()
                                          && authenticator->origin() == u"http://a"_s);
            });
    QVERIFY(server.start());
    RawClient allowed(server.url(), RawClient::requestWith({"Origin: http://a"}));
    RawClient refused(server.url(), RawClient::requestWith({"Origin: http://b"}));
    QCOMPARE(allowed.status(), 101);
    QCOMPARE(refused.status(), 403);
}

void TestHandshakes::badRequestIsNotAccepted_data()
{
    QTest::addColumn<QByteArray>("request");
    const auto without = [](const QByteArray &line) {
        return RawClient::request().replace(line + "\r\n", "");
    };
    QTest::newRow("another method") << RawClient::request().replace("GET", "POST");
    QTest::newRow("HTTP/1.0") << RawClient::request().replace("HTTP/1.1", "HTTP/1.0");
    QTest::newRow("no Upgrade") << without("Upgrade: websocket");
    QTest::newRow("another Upgrade") << RawClient::request().replace(": websocket", ": h2c");
    QTest::newRow("no Connection") << without("Connection: Upgrade");
    QTest::newRow("no key") << without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    QTest::newRow("no version") << without("Sec-WebSocket-Version: 13");
    QTest::newRow("no host") << without("Host: 127.0.0.1");
    QTest::newRow("no HTTP") << QByteArray("hello\r\n\r\n");
    QTest::newRow("a header without a colon") << RawClient::requestWith({"no colon"});
}

void TestHandshakes::badRequestIsNotAccepted()
{
    QFETCH(const QByteArray, request);
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), request);
    QVERIFY(client.status() != 101);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.newConnections, 0);
    QCOMPARE(server.errors.size(), 0);
}

void TestHandshakes::otherVersionIsRefused()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request().replace("Version: 13", "Version: 8"));
    QVERIFY(client.status() >= 400);
    QCOMPARE(client.header("Sec-WebSocket-Version"), QByteArray("13"));
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.newConnections, 0);
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeProtocolError);
    QCOMPARE(server.errors, QList{QWebSocketProtocol::CloseCodeProtocolError});
    QVERIFY(!server.errorString().isEmpty());
}

void TestHandshakes::plainRequestIsNoError()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    WS_TRY_VERIFY(client.isEnded());
    QVERIFY(client.status() != 101);
    QCOMPARE(server.newConnections, 0);
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeNormal);
}

void TestHandshakes::endlessRequestIsCut()
{
    Server server;
    QVERIFY(server.start());
    RawClient client(server.url(), "GET / HTTP/1.1\r\nX: " + QByteArray(1024 * 1024, 'x'));
    WS_TRY_VERIFY(client.isEnded());
    QVERIFY(client.status() != 101);
    QCOMPARE(server.newConnections, 0);
}

void TestHandshakes::serverAcceptsAfterBadClients()
{
    Server server;
    QVERIFY(server.start());
    for (int i = 0; i < 40; ++i) {
        RawClient client(server.url(), "hello\r\n\r\n");
        WS_TRY_VERIFY(client.isEnded());
    }
    RawClient last(server.url(), RawClient::request());
    QCOMPARE(last.status(), 101);
}

void TestHandshakes::clientOfARefusedHandshakeSeesAnError()
{
    Server server;
    server.setMaxPendingConnections(0);
    server.takesClients = false;
    QVERIFY(server.start());
    Client client;
    QVERIFY(!client.openAndWait(server.url()));
    QVERIFY(!client.errorString().isEmpty());
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!client.isValid());
}

QTEST_GUILESS_MAIN(TestHandshakes)
#include "tst_qwebsocketserver_handshakes.moc"
