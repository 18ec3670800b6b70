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
