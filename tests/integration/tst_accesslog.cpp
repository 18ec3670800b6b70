// SPDX-License-Identifier: MIT

// The lines of wskit.access.

#include "../unit/loglines.h"
#include "integrationtesting.h"

#include <algorithm>

using namespace IntegrationTesting;

namespace {
// The value of a field, without its quotation marks.
QString fieldOf(const QString &line, const QString &name)
{
    const QRegularExpression field(u"(?:^| )%1=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([0-9]+))"_s.arg(name));
    const QRegularExpressionMatch match = field.match(line);
    return match.hasMatch() ? match.captured(1) + match.captured(2) : u"no such field"_s;
}

bool waitForLines(int count)
{
    return waitFor([=] { return LogLines::all().size() == count; });
}
} // namespace

class TestAccessLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectionIsALineAtItsEnd_data() { addSchemes(); }
    void connectionIsALineAtItsEnd();
    void userOfTheResponseIsNamed();
    void userOfAnAnswerIsNamed();
    void plainAnswerIsALine_data() { addSchemes(); }
    void plainAnswerIsALine();
    void refusalIsALine();
    void connectionOfAnotherThreadIsALine();
    void silentClientIsNoLine();
    void nothingIsWrittenUnlessItIsSwitchedOn();
    void nothingSecretIsWritten();
    void peerCannotWriteALine();
};

void TestAccessLog::connectionIsALineAtItsEnd()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setSubprotocols({u"chat.v1"_s});
    pair.client.setSubprotocols({u"chat.v1"_s});
    pair.client.setHeaders({{"User-Agent", "test/1.0"}});
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setPath(u"/rooms/1"_s);
    QVERIFY(pair.client.open(url) && pair.waitUntilOpen());
    const QString id = QString::number(pair.peer->id());
    const QString port = QString::number(pair.client.localPort());
    pair.client.sendText(u"hello"_s);
    pair.client.sendText(u"again"_s);
    pair.peer->sendText(u"answer"_s);
    WS_TRY_COMPARE(pair.peerEvents->messages().size(), 2);
    WS_TRY_COMPARE(pair.events.messages().size(), 1);
    QVERIFY(LogLines::all().isEmpty());
    pair.client.close(4001, u"bye"_s);
    QVERIFY(waitForLines(1));
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    const QString line = LogLines::all().first();
    const WsStatistics client = pair.client.statistics();
    const QList<std::pair<QString, QString>> expected = {
        {u"id"_s, id},
        {u"client"_s, u"127.0.0.1"_s},
        {u"port"_s, port},
        {u"user"_s, QString()},
        {u"method"_s, u"GET"_s},
        {u"path"_s, u"/rooms/1"_s},
        {u"status"_s, u"101"_s},
        {u"subprotocol"_s, u"chat.v1"_s},
        {u"messages_in"_s, u"2"_s},
        {u"messages_out"_s, u"1"_s},
        {u"bytes_in"_s, QString::number(client.wireBytesSent)},
        {u"bytes_out"_s, QString::number(client.wireBytesReceived)},
        {u"close"_s, u"4001"_s},
        {u"reason"_s, u"bye"_s},
        {u"agent"_s, u"test/1.0"_s}};
    for (const auto &[name, value] : expected)
        QCOMPARE(name + u'=' + fieldOf(line, name), name + u'=' + value);
    QVERIFY(fieldOf(line, u"duration_ms"_s) != u"no such field"_s);
}

void TestAccessLog::userOfTheResponseIsNamed()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) {
        WsResponse response = WsResponse::accept();
        response.setUser(u"ann"_s);
        return response;
    });
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(pair.url()) && pair.waitUntilOpen());
    pair.client.close();
    QVERIFY(waitForLines(1));
    QCOMPARE(fieldOf(LogLines::all().first(), u"user"_s), u"ann"_s);
}

// Of each answer its own.
void TestAccessLog::userOfAnAnswerIsNamed()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &request) {
        WsResponse response = request.path() == u"/no" ? WsResponse::reject(403) : WsResponse::text("page");
        if (request.path() != u"/nobody")
            response.setUser(u"ann"_s);
        return response;
    });
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    int count = 0;
    for (const QByteArray &target : {"/page"_ba, "/nobody"_ba, "/no"_ba}) {
        raw.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QVERIFY(waitForLines(++count));
        QCOMPARE(fieldOf(LogLines::all().last(), u"user"_s), target == "/nobody" ? QString() : u"ann"_s);
    }
}

void TestAccessLog::plainAnswerIsALine()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::text("page"); });
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    const QByteArray request =
        "HEAD /page?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: raw\r\n\r\n";
    raw.send(request);
    WS_TRY_VERIFY(raw.hasEnded);
    QVERIFY(waitForLines(1));
    const QString line = LogLines::all().first();
    QCOMPARE(fieldOf(line, u"method"_s), u"HEAD"_s);
    QCOMPARE(fieldOf(line, u"path"_s), u"/page"_s);
    QCOMPARE(fieldOf(line, u"status"_s), u"200"_s);
    QCOMPARE(fieldOf(line, u"bytes_in"_s), QString::number(request.size()));
    QCOMPARE(fieldOf(line, u"bytes_out"_s), QString::number(raw.received.size()));
    QCOMPARE(fieldOf(line, u"close"_s), u"0"_s);
    QCOMPARE(fieldOf(line, u"agent"_s), u"raw"_s);
}

void TestAccessLog::refusalIsALine()
{
    Pair pair;
    pair.server.setAllowedOrigins({u"https://example.org"_s});
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest("Origin: https://evil.test\r\n", "/chat"));
    WS_TRY_COMPARE(raw.httpStatus(), 403);
    QVERIFY(waitForLines(1));
    QCOMPARE(fieldOf(LogLines::all().first(), u"status"_s), u"403"_s);
    QCOMPARE(fieldOf(LogLines::all().first(), u"path"_s), u"/chat"_s);
}

void TestAccessLog::connectionOfAnotherThreadIsALine()
{
    Pair pair;
    pair.server.setThreadCount(2);
    const LogLines lines("wskit.access");
    QVERIFY(pair.open());
    const QString port = QString::number(pair.client.localPort());
    pair.client.close();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0); // its thread has written the line before
    QCOMPARE(LogLines::all().size(), 1);
    QCOMPARE(fieldOf(LogLines::all().first(), u"port"_s), port);
    QCOMPARE(fieldOf(LogLines::all().first(), u"close"_s), u"1000"_s);
}

void TestAccessLog::silentClientIsNoLine()
{
    Pair pair;
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 1);
    raw.reset();
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 0);
    QCOMPARE(LogLines::all(), QStringList());
}

void TestAccessLog::nothingIsWrittenUnlessItIsSwitchedOn()
{
    Pair pair;
    const LogLines lines("wskit.access", QtInfoMsg);
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    QCOMPARE(LogLines::all(), QStringList());
}

void TestAccessLog::nothingSecretIsWritten()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/page" ? WsResponse::text("secret") : WsResponse::accept();
    });
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    const QByteArray headers =
        "Cookie: session=secret\r\nAuthorization: Bearer secret\r\nX-Api-Key: secret\r\n"
        "Proxy-Authorization: Basic secret\r\nReferer: http://secret/\r\n";
    for (const QByteArray &target :
         {"/page?ticket=secret"_ba, "/?ticket=secret"_ba, "http://u:secret@localhost/?secret"_ba}) {
        const qsizetype before = LogLines::all().size();
        RawPeer raw;
        QVERIFY(raw.connectTo(pair.server));
        raw.send(RawPeer::upgradeRequest(headers, target));
        WS_TRY_VERIFY(raw.httpStatus() > 0);
        if (raw.httpStatus() == 101)
            raw.send(frame(TextFrame, "secret"));
        raw.socket->disconnectFromHost();
        QVERIFY(waitForLines(int(before) + 1));
    }
    QVERIFY2(!LogLines::all().join(u'\n').contains(u"secret"_s), qPrintable(LogLines::all().join(u'\n')));
}

void TestAccessLog::peerCannotWriteALine()
{
    Pair pair;
    const LogLines lines("wskit.access");
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest("User-Agent: \" status=500 x=\"\xC2\x9B"
                                     "31m\xE2\x80\xAE\r\n",
                                     "/%0A%22\""));
    WS_TRY_COMPARE(raw.httpStatus(), 101);
    raw.send(frame(CloseFrame, closePayload(4000, "bye\r\nid=1 client=\"10.0.0.1\"\x1B[2J")));
    QVERIFY(waitForLines(1));
    const QString line = LogLines::all().first();
    QVERIFY2(std::all_of(line.begin(), line.end(), [](QChar c) { return c >= u' ' && c <= u'~'; }),
             qPrintable(line));
    QCOMPARE(fieldOf(line, u"path"_s), u"/%0A%22\\\""_s);
    QCOMPARE(fieldOf(line, u"status"_s), u"101"_s);
    QCOMPARE(fieldOf(line, u"client"_s), u"127.0.0.1"_s);
    QCOMPARE(fieldOf(line, u"reason"_s), u"bye\\x0d\\x0aid=1 client=\\\"10.0.0.1\\\"\\x1b[2J"_s);
    QCOMPARE(fieldOf(line, u"agent"_s), u"\\\" status=500 x=\\\"\\xc2\\x9b31m\\xe2\\x80\\xae"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestAccessLog)
#include "tst_accesslog.moc"
