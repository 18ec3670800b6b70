// SPDX-License-Identifier: MIT
#include "protocol/wshttpanswer.h"

#include "protocol/wsserverhandshake.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(WsResponse)

Q_DECLARE_METATYPE(WsPersistence)

class TestWsHttpAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dateIsWrittenAsHttpHasIt();
    void dateOfTheResponseGoesBeforeOurs();
    void responseIsRight_data();
    void responseIsRight();
    void responseIsWrong_data();
    void responseIsWrong();
    void answerHasLengthAndClose();
    void answerToHeadHasNoBody();
    void connectionHeaderSaysWhatFollows_data();
    void connectionHeaderSaysWhatFollows();
    void bodyThatIsSentSeparatelyIsAnnounced();
    void fileIsTheOnlyBody();
    void answerMayBeEmpty();
    void answerWithoutContentHasNoLength_data();
    void answerWithoutContentHasNoLength();
    void answerWritesConnectionItself();
    void answer426KeepsUpgrade();
    void answer426OfTheApplicationIsCompleted();
    void answerHasStandardReason_data();
    void answerHasStandardReason();
    void answerWithUnknownStatusHasEmptyReason();
    void everyAnswerIsReadBackAtEverySplit_data();
    void everyAnswerIsReadBackAtEverySplit();
    void errorResponseCarriesTextAndHeaders();
};

void TestWsHttpAnswer::responseIsRight_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::newRow("accept") << WsResponse::accept();
    QTest::newRow("accept with subprotocol and header") << WsResponse::accept(u"chat"_s, {{"X", "y"}});
    QTest::newRow("html") << WsResponse::html("<p>");
    QTest::newRow("not found") << WsResponse::notFound();
    QTest::newRow("status 200") << WsResponse(200);
    QTest::newRow("status 599") << WsResponse(599);
    QTest::newRow("204 without body") << WsResponse(204);
    QTest::newRow("value with tab and UTF-8") << WsResponse(200, {}, {{"X", "a\tb\xC3\xA4"}});
    QTest::newRow("name that begins like one of the handshake's")
        << WsResponse(200, {}, {{"Sec-WebSocke", "a"}});
    QTest::newRow("Host, which is of requests alone") << WsResponse(200, {}, {{"Host", "a"}});
}

void TestWsHttpAnswer::responseIsRight()
{
    QFETCH(WsResponse, response);
    QCOMPARE(wsCheckResponse(response), QString());
}

void TestWsHttpAnswer::responseIsWrong_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::addColumn<QString>("text");
    for (const int status : {0, -1, 100, 102, 199, 600, 1000}) {
        QTest::addRow("status %d", status)
            << WsResponse(status) << u"a request cannot be answered with status %1"_s.arg(status);
    }
    for (const int status : {101, 204, 205, 304}) {
        QTest::addRow("body with status %d", status)
            << WsResponse(status, "body") << u"answer with status %1 cannot have a body"_s.arg(status);
    }
    for (const char *name :
         {"Connection", "upgrade", "Sec-WebSocket-Accept", "SEC-WEBSOCKET-PROTOCOL",
          "Sec-WebSocket-Extensions", "Sec-WebSocket-", "Content-Length", "Transfer-Encoding"}) {
        const QString text = u"header %1 belongs to the handshake and cannot be set"_s.arg(wsQuoted(name));
        QTest::addRow("header %s", name) << WsResponse::accept({}, {{"X", "y"}, {name, "a"}}) << text;
        QTest::addRow("header %s without WebSocket", name) << WsResponse(200, {}, {{name, "a"}}) << text;
    }
    QTest::newRow("CR in a value") << WsResponse::accept({}, {{"X", "a\rb"}})
                                   << u"value of header \"X\" contains CR"_s;
    QTest::newRow("LF in a value") << WsResponse::accept({}, {{"X", "a\nSet-Cookie: b"}})
                                   << u"value of header \"X\" contains LF"_s;
    QTest::newRow("NUL in a value") << WsResponse::accept({}, {{"X", "a\0"_ba}})
                                    << u"value of header \"X\" contains NUL"_s;
    QTest::newRow("empty name") << WsResponse::accept({}, {{"", "a"}}) << u"header name is empty"_s;
    QTest::newRow("space in a name") << WsResponse::accept({}, {{"X Y", "a"}})
                                     << u"header name contains a space"_s;
    QTest::newRow("line break in a name")
        << WsResponse::accept({}, {{"X\r\nY", "a"}}) << u"header name contains a control character"_s;
    QTest::newRow("colon in a name") << WsResponse::accept(
        {}, {{"X:", "a"}}) << u"header name contains a character that is not allowed in it, after \"X\""_s;
    QTest::newRow("line break in the subprotocol")
        << WsResponse::accept(u"a\r\nb"_s) << u"subprotocol 1 is not a token"_s;
    QTest::newRow("several subprotocols")
        << WsResponse::accept(u"a, b"_s) << u"subprotocol 1 is not a token"_s;
    QTest::newRow("subprotocol that is not ASCII")
        << WsResponse::accept(u"ä"_s) << u"subprotocol 1 is not a token"_s;
    WsResponse refusal(403);
    refusal.setSubprotocol(u"a b"_s);
    QTest::newRow("subprotocol of a refusal") << refusal << u"subprotocol 1 is not a token"_s;
}

void TestWsHttpAnswer::responseIsWrong()
{
    QFETCH(WsResponse, response);
    QTEST(wsCheckResponse(response), "text");
}

void TestWsHttpAnswer::answerHasLengthAndClose()
{
    QCOMPARE(wsAnswerBytes(WsResponse(200, "hello", {{"X", "y"}})), "HTTP/1.1 200 OK\r\n"
                                                                    "X: y\r\n"
                                                                    "Connection: close\r\n"
                                                                    "Content-Length: 5\r\n"
                                                                    "\r\n"
                                                                    "hello"_ba);
}

void TestWsHttpAnswer::answerToHeadHasNoBody()
{
    QCOMPARE(wsAnswerBytes(WsResponse(200, "hello"), {false}),
             "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"_ba);
}

void TestWsHttpAnswer::connectionHeaderSaysWhatFollows_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<WsPersistence>("persistence");
    QTest::addColumn<QByteArray>("lines");
    QTest::newRow("nothing") << 200 << WsPersistence::Close << "Connection: close\r\n"_ba;
    QTest::newRow("requests") << 200 << WsPersistence::Implied << ""_ba;
    QTest::newRow("requests of HTTP/1.0")
        << 200 << WsPersistence::Declared << "Connection: keep-alive\r\n"_ba;
    const QByteArray upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    QTest::newRow("426, nothing") << 426 << WsPersistence::Close
                                  << "Connection: close, Upgrade\r\n" + upgrade;
    QTest::newRow("426, requests") << 426 << WsPersistence::Implied << "Connection: Upgrade\r\n" + upgrade;
    QTest::newRow("426, requests of HTTP/1.0")
        << 426 << WsPersistence::Declared << "Connection: keep-alive, Upgrade\r\n" + upgrade;
}

void TestWsHttpAnswer::connectionHeaderSaysWhatFollows()
{
    QFETCH(const int, status);
    QFETCH(const WsPersistence, persistence);
    QFETCH(const QByteArray, lines);
    const QByteArray answer = wsAnswerBytes(WsResponse(status), {true, persistence});
    const QByteArray afterStatus = answer.sliced(answer.indexOf("\r\n") + 2);
    QCOMPARE(afterStatus, lines + "Content-Length: 0\r\n\r\n");
}

void TestWsHttpAnswer::bodyThatIsSentSeparatelyIsAnnounced()
{
    WsAnswerForm form;
    form.bodySize = 5'000'000'000;
    QCOMPARE(wsAnswerBytes(WsResponse(200), form),
             "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5000000000\r\n\r\n"_ba);
    QVERIFY(!wsAnswerBytes(WsResponse(304), form).contains("Content-Length"));
}

void TestWsHttpAnswer::fileIsTheOnlyBody()
{
    WsResponse response = WsResponse::file(u"/a"_s);
    QCOMPARE(wsCheckResponse(response), QString());
    response.setStatus(204);
    QCOMPARE(wsCheckResponse(response), u"answer with status 204 cannot have a file"_s);
    response.setStatus(200);
    response.setBody("x");
    QCOMPARE(wsCheckResponse(response), u"an answer cannot have both a body and a file"_s);
}

void TestWsHttpAnswer::answerMayBeEmpty()
{
    QCOMPARE(wsAnswerBytes(WsResponse(403)),
             "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"_ba);
}

void TestWsHttpAnswer::answerWithoutContentHasNoLength_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("hasLength");
    QTest::newRow("204") << 204 << false;
    QTest::newRow("304") << 304 << false;
    QTest::newRow("205") << 205 << true;
}

void TestWsHttpAnswer::answerWithoutContentHasNoLength()
{
    QFETCH(int, status);
    QTEST(wsAnswerBytes(WsResponse(status)).contains("Content-Length: 0\r\n"), "hasLength");
}

void TestWsHttpAnswer::answerWritesConnectionItself()
{
    const QByteArray answer = wsAnswerBytes(WsResponse(200, {}, {{"connection", "keep-alive"}}));
    QVERIFY(!answer.contains("keep-alive"));
    QCOMPARE(answer.toLower().count("connection:"), 1);
}

void TestWsHttpAnswer::answer426KeepsUpgrade()
{
    QCOMPARE(wsAnswerBytes(wsErrorResponse(wsCheckUpgradeRequest({}))),
             "HTTP/1.1 426 Upgrade Required\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Upgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Connection: close, Upgrade\r\n"
             "Content-Length: 49\r\n"
             "\r\n"
             "request does not ask for an upgrade to websocket\n"_ba);
}

void TestWsHttpAnswer::answer426OfTheApplicationIsCompleted()
{
    QCOMPARE(wsAnswerBytes(WsResponse(426)), "HTTP/1.1 426 Upgrade Required\r\n"
                                             "Connection: close, Upgrade\r\n"
                                             "Upgrade: websocket\r\n"
                                             "Sec-WebSocket-Version: 13\r\n"
                                             "Content-Length: 0\r\n"
                                             "\r\n"_ba);
}

void TestWsHttpAnswer::answerHasStandardReason_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("line");
    for (const char *line :
         {"200 OK", "301 Moved Permanently", "400 Bad Request", "401 Unauthorized", "403 Forbidden",
          "404 Not Found", "405 Method Not Allowed", "408 Request Timeout", "413 Content Too Large",
          "414 URI Too Long", "426 Upgrade Required", "429 Too Many Requests",
          "431 Request Header Fields Too Large", "500 Internal Server Error", "503 Service Unavailable",
          "505 HTTP Version Not Supported", "511 Network Authentication Required"}) {
        QTest::newRow(line) << QByteArray(line).first(3).toInt() << QByteArray(line);
    }
}

void TestWsHttpAnswer::answerHasStandardReason()
{
    QFETCH(int, status);
    QFETCH(QByteArray, line);
    const QByteArray answer = wsAnswerBytes(WsResponse(status));
    QCOMPARE(answer.first(answer.indexOf("\r\n")), "HTTP/1.1 " + line);
}

void TestWsHttpAnswer::answerWithUnknownStatusHasEmptyReason()
{
    QVERIFY(wsAnswerBytes(WsResponse(599)).startsWith("HTTP/1.1 599 \r\n"));
}

void TestWsHttpAnswer::everyAnswerIsReadBackAtEverySplit_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::newRow("html") << WsResponse::html("<p>");
    QTest::newRow("not found") << WsResponse::notFound();
    QTest::newRow("unknown status") << WsResponse(599, "x");
    QTest::newRow("upgrade required") << WsResponse(426);
    QTest::newRow("error") << wsErrorResponse({431, u"more than 100 headers"_s, {}});
}

void TestWsHttpAnswer::everyAnswerIsReadBackAtEverySplit()
{
    QFETCH(WsResponse, response);
    const QByteArray bytes = wsAnswerBytes(response);
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsHeadReader reader(bytes.size());
        reader.receive(bytes.first(split));
        QCOMPARE(reader.receive(bytes.sliced(split)), WsHeadReader::Result::Complete);
        WsResponseHead head;
        QCOMPARE(wsParseResponseHead(reader.head(), 100, &head), QString());
        QCOMPARE(head.status, response.status());
        QCOMPARE(reader.takeRest(), response.body());
        QCOMPARE(wsHeader(head.headers, "Content-Length").toLongLong(), response.body().size());
    }
}

void TestWsHttpAnswer::errorResponseCarriesTextAndHeaders()
{
    const WsResponse response = wsErrorResponse({405, u"no"_s, {{"Allow", "GET"}}});
    QCOMPARE(response.status(), 405);
    QCOMPARE(response.body(), "no\n"_ba);
    QCOMPARE(response.headers(),
             (WsHeaders{{"Content-Type", "text/plain; charset=utf-8"}, {"Allow", "GET"}}));
}

// RFC 9110 §5.6.7, §6.6.1
void TestWsHttpAnswer::dateIsWrittenAsHttpHasIt()
{
    QCOMPARE(wsHttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"_ba);
    QCOMPARE(wsHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT"_ba);
    QVERIFY(wsAnswerBytes(WsResponse(404), {}, wsHttpDate(0))
                .contains("\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
}

void TestWsHttpAnswer::dateOfTheResponseGoesBeforeOurs()
{
    const QByteArray answer = wsAnswerBytes(WsResponse(200, {}, {{"date", "x"}}), {}, wsHttpDate(0));
    QVERIFY(answer.contains("\r\ndate: x\r\n"));
    QVERIFY(!answer.contains("\r\nDate: "));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsHttpAnswer)

#include "tst_wshttpanswer.moc"
