// SPDX-License-Identifier: MIT

// Headers as a whole: of requests, of answers, and as QHttpHeaders where Qt has it.

#include "integrationtesting.h"

#ifdef WSKIT_HAS_HTTPHEADERS
#include <QtNetwork/qhttpheaders.h>
#endif

using namespace IntegrationTesting;

namespace {
QByteArrayList valuesOf(const WsHeaders &headers, const QByteArray &name)
{
    QByteArrayList values;
    for (const auto &[each, value] : headers) {
        if (each.toLower() == name.toLower())
            values.append(value);
    }
    return values;
}
} // namespace

class TestHeaders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void headersAreReplacedAsAWhole();
    void emptyBracesRemoveAllHeaders();
    void hostMayBeAmongTheHeaders();
    void headersThatCannotBeSentChangeNothing_data();
    void headersThatCannotBeSentChangeNothing();
    void serverNamesItselfInAllAnswers_data();
    void serverNamesItselfInAllAnswers();
    void serverNameThatCannotBeSentIsRefused_data();
    void serverNameThatCannotBeSentIsRefused();
#ifdef WSKIT_HAS_HTTPHEADERS
    void requestsTakeHttpHeaders();
    void answersTakeHttpHeaders();
    void httpHeadersThatCannotBeSentChangeNothing();
#endif
};

void TestHeaders::headersAreReplacedAsAWhole()
{
    Pair pair;
    QVERIFY(pair.client.setHeader("X-Before", "1"));
    const WsHeaders headers = {{"X-Now", "2"}, {"x-now", "3"}};
    QVERIFY(pair.client.setHeaders(headers));
    QCOMPARE(pair.client.headers(), headers);
    QVERIFY(pair.open());
    QVERIFY(!pair.peer->request().hasHeader("X-Before"));
    QCOMPARE(valuesOf(pair.peer->request().headers(), "X-Now"), (QByteArrayList{"2", "3"}));
}

void TestHeaders::emptyBracesRemoveAllHeaders()
{
    WsClient client;
    QVERIFY(client.setHeader("X-Before", "1"));
    QVERIFY(client.setHeaders({}));
    QVERIFY(client.headers().isEmpty());
}

void TestHeaders::hostMayBeAmongTheHeaders()
{
    Pair pair;
    QVERIFY(pair.client.setHeaders({{"host", "localhost:81"}, {"X-Now", "1"}}));
    QVERIFY(pair.open());
    QCOMPARE(valuesOf(pair.peer->request().headers(), "Host"), QByteArrayList{"localhost:81"});
}

void TestHeaders::headersThatCannotBeSentChangeNothing_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::newRow("a name that is no token") << WsHeaders{{"X Now", "1"}};
    QTest::newRow("a line break in a value") << WsHeaders{{"X-Now", "1\r\nX-Other: 2"}};
    QTest::newRow("of the handshake") << WsHeaders{{"X-Now", "1"}, {"upgrade", "h2c"}};
    QTest::newRow("two hosts") << WsHeaders{{"Host", "a.example"}, {"host", "b.example"}};
    QTest::newRow("a host that is none") << WsHeaders{{"Host", "a.example/b"}};
}

void TestHeaders::headersThatCannotBeSentChangeNothing()
{
    QFETCH(const WsHeaders, headers);
    WsClient client;
    QVERIFY(client.setHeader("X-Before", "1"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"header|host"_s));
    QVERIFY(!client.setHeaders(headers));
    QVERIFY(!client.errorString().isEmpty());
    QCOMPARE(client.headers(), (WsHeaders{{"X-Before", "1"}}));
}

void TestHeaders::serverNamesItselfInAllAnswers_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("server");
    QTest::newRow("accepted") << RawPeer::upgradeRequest() << 101 << QByteArray("Chat/2");
    QTest::newRow("refused by a rule") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400 << QByteArray("Chat/2");
    QTest::newRow("no request") << QByteArray("\x16\x03\x01") << 400 << QByteArray("Chat/2");
    QTest::newRow("answered by the handler")
        << QByteArray("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n") << 200 << QByteArray("Chat/2");
    QTest::newRow("named by the handler") << RawPeer::upgradeRequest({}, "/own") << 101 << QByteArray("Own");
    QTest::newRow("named by the handler, no upgrade")
        << QByteArray("GET /own HTTP/1.1\r\nHost: localhost\r\n\r\n") << 200 << QByteArray("Own");
}

void TestHeaders::serverNamesItselfInAllAnswers()
{
    QFETCH(const QByteArray, request);
    QFETCH(const int, status);
    QFETCH(const QByteArray, server);
    WsServer named;
    WsServer nameless;
    QCOMPARE(named.serverName(), QString());
    QSignalSpy changed(&named, &WsServer::serverNameChanged);
    named.setServerName(u"Chat/2"_s);
    named.setServerName(u"Chat/2"_s);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(named.serverName(), u"Chat/2"_s);
    for (WsServer *const each : {&named, &nameless}) {
        each->setRequestHandler([](const WsRequest &asked) {
            WsResponse answer = asked.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::text("page");
            if (asked.path() == u"/own")
                answer.setHeaders(answer.headers() + WsHeaders{{"server", "Own"}});
            return answer;
        });
        QVERIFY(each->listen());
        RawPeer peer;
        QVERIFY(peer.connectTo(*each));
        peer.send(request);
        WS_TRY_VERIFY(peer.received.contains("\r\n\r\n"));
        QCOMPARE(peer.httpStatus(), status);
        QCOMPARE(peer.header("Server"), each == &named || server == "Own" ? server : QByteArray());
        QCOMPARE(peer.received.toLower().count("\r\nserver:"), peer.header("Server").isEmpty() ? 0 : 1);
    }
}

void TestHeaders::serverNameThatCannotBeSentIsRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("a line break") << u"Chat\r\nX-Other: 1"_s;
    QTest::newRow("a control character") << u"Chat\x01"_s;
}

void TestHeaders::serverNameThatCannotBeSentIsRefused()
{
    QFETCH(const QString, name);
    WsServer server;
    server.setServerName(u"Chat"_s);
    QSignalSpy errors(&server, &WsServer::errorOccurred);
    server.setServerName(name);
    QCOMPARE(server.serverName(), u"Chat"_s);
    QCOMPARE(errors.count(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Misuse);
    QVERIFY2(server.errorString().contains(u"Server"_s), qPrintable(server.errorString()));
    server.setServerName({});
    QCOMPARE(server.serverName(), QString());
}

#ifdef WSKIT_HAS_HTTPHEADERS
void TestHeaders::requestsTakeHttpHeaders()
{
    QHttpHeaders headers;
    headers.append("X-Now", "1");
    headers.append("X-Now", "2");
    headers.append(QHttpHeaders::WellKnownHeader::UserAgent, "tests");
    Pair pair;
    QVERIFY(pair.client.setHeaders(headers));
    QVERIFY(pair.open());
    const QHttpHeaders received = pair.peer->request().httpHeaders();
    QCOMPARE(received.values("x-now"), (QList<QByteArray>{"1", "2"}));
    QCOMPARE(received.value(QHttpHeaders::WellKnownHeader::UserAgent), "tests");

    WsRequest request;
    request.setHeaders(headers);
    QCOMPARE(request.header("x-now"), "1");
}

void TestHeaders::answersTakeHttpHeaders()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &request) {
        QHttpHeaders headers;
        headers.append("X-Answer", request.httpHeaders().value("X-Question"));
        WsResponse response = WsResponse::accept();
        response.setHeaders(headers);
        return response;
    });
    QVERIFY(pair.client.setHeader("X-Question", "42"));
    QVERIFY(pair.open());
    QCOMPARE(pair.client.response().httpHeaders().value("x-answer"), "42");
}

void TestHeaders::httpHeadersThatCannotBeSentChangeNothing()
{
    QHttpHeaders headers;
    headers.append("Sec-WebSocket-Key", "mine");
    WsClient client;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"header"_s));
    QVERIFY(!client.setHeaders(headers));
    QVERIFY(client.headers().isEmpty());
}
#endif

#include "../testprogram.h"
WSKIT_TEST(TestHeaders)
#include "tst_headers.moc"
