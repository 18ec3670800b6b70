// SPDX-License-Identifier: MIT

// Every way in which a client's opening handshake goes, fed in one piece and byte by byte.

#include "net/client/wsclientopening.h"

#include "connectiontesting.h"
#include "loglines.h"

using namespace ConnectionTesting;
using Scenario = std::function<void(Side &)>;

namespace {
WsOptions smallOptions()
{
    WsOptions options;
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(5s);
    options.setMaxHandshakeSize(512);
    return options;
}

void addColumns()
{
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<QString>("told");
    QTest::addColumn<QString>("errorText");
    QTest::addColumn<QString>("response");
    QTest::addColumn<QString>("fate");
}

void row(const char *name, const QByteArray &told, const QByteArray &errorText, const QByteArray &response,
         const char *fate, const Scenario &happens)
{
    QTest::newRow(name) << happens << QString::fromUtf8(told) << QString::fromUtf8(errorText)
                        << QString::fromUtf8(response) << QString::fromUtf8(fate);
}

void succeeds(const char *name, const char *told, const Scenario &happens)
{
    row(name, told, "", "101 ''", "kept", happens);
}

void fails(const char *name, const char *kind, const QByteArray &errorText, const QByteArray &response,
           const Scenario &happens)
{
    const QByteArray told = QByteArray("error ") + kind + ", Closed, closed 1006 '' unclean";
    row(name, told, errorText, response, "cut", happens);
}

// The server answers the request with \a bytes; ACCEPTANCE stands for a head that accepts it.
Scenario answering(const QByteArray &bytes)
{
    return [bytes](Side &s) {
        s.wire->connect();
        const QByteArray acceptance = acceptanceOf(s.wire->takeWritten());
        s.feed(QByteArray(bytes).replace("ACCEPTANCE", acceptance));
    };
}

// The same with a larger limit for heads.
Scenario answeringWithin(int maxHandshakeSize, const QByteArray &bytes)
{
    return [maxHandshakeSize, bytes](Side &s) {
        s.connection->abort();
        WsOptions options = smallOptions();
        options.setMaxHandshakeSize(maxHandshakeSize);
        s.client()->setOptions(options);
        s.start();
        s.told();
        answering(bytes)(s);
    };
}

Scenario answeringThen(const QByteArray &bytes, const Scenario &then)
{
    return [bytes, then](Side &s) {
        answering(bytes)(s);
        then(s);
    };
}

void end(Side &side)
{
    side.wire->end();
}

void halfEnd(Side &side)
{
    side.wire->halfEnd();
}

void reset(Side &side)
{
    side.wire->reset();
}

void timeOut(Side &)
{
    pass(10s);
}
} // namespace

class TestWsClientOpening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isAccepted_data();
    void isAccepted();
    void isRefused_data();
    void isRefused() { isAccepted(); }
    void bodyOfARefusalEndsEarly_data();
    void bodyOfARefusalEndsEarly() { isAccepted(); }
    void answerIsBroken_data();
    void answerIsBroken() { isAccepted(); }
    void networkFails_data();
    void networkFails() { isAccepted(); }
    void timeRunsOut_data();
    void timeRunsOut() { isAccepted(); }
    void isGivenUp_data();
    void isGivenUp() { isAccepted(); }

    void openingThatIsRefusedIsALineInTheLog_data();
    void openingThatIsRefusedIsALineInTheLog();
    void openingThatFailsLogsNoSecrets();
    void subprotocolThatIsRepeatedIsNotQuoted_data();
    void subprotocolThatIsRepeatedIsNotQuoted();
    void hostCanBeSet();
    void zoneOfAnAddressIsNotSent();
    void clientAcceptsLargeHeadsByDefault();
    void manyInterimAnswersCostLittle();
    void requestIsWrittenOnceConnected();
    void requestThatIsNotTakenTimesOut();
    void timeMayRunOutInASlotOfTheFirstState();
    void deletionWhileOpeningIsSilent();
    void certificateErrorsAreIgnoredAsAsked();
    void answerOfTheUserIsAwaited_data();
    void answerOfTheUserIsAwaited();
    void timeLimitStandsStillWhileASlotAsks();
    void slotMayAnswerAtOnceAlthoughItPauses();
    void callsThatComeTooLateIgnoreNothing_data();
    void callsThatComeTooLateIgnoreNothing();
    void answersAfterTheEndIgnoreNothing_data();
    void answersAfterTheEndIgnoreNothing();
    void allErrorsCanBeIgnoredOnceAServerIsTrusted();
    void openingThatIsContinuedWithTrustIsTrustedAlone();
    void ignoringDuringAnOpeningHoldsForThatAlone();
    void nothingContinuesThatDoesNotWait();
    void nameThatIsVerifiedCanBeSet();
    void cookiesAreStored();
};

void TestWsClientOpening::isAccepted_data()
{
    addColumns();
    const QByteArray behind = fromPeerOf(WsRole::Client, {text("a"), ping("b")});
    const QByteArray close = fromPeerOf(WsRole::Client, {text("a"), closing(1000, "bye")});
    const QByteArray broken = fromPeerOf(WsRole::Client, {frame(0x3)});
    succeeds("at once", "Open, opened", answering("ACCEPTANCE"));
    succeeds("after an interim answer", "Open, opened", answering("HTTP/1.1 100 Continue\r\n\r\nACCEPTANCE"));
    succeeds(
        "after several interim answers", "Open, opened",
        answering("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nACCEPTANCE"));
    succeeds("with frames directly behind the head", "Open, opened, text a, ping b",
             answering("ACCEPTANCE" + behind));
    succeeds("with a Close directly behind the head", "Open, opened, text a, Closing",
             answering("ACCEPTANCE" + close));
    row("with a Close and the end directly behind the head",
        "Open, opened, text a, Closing, Closed, closed 1000 'bye' clean", "", "101 ''", "finished",
        answeringThen("ACCEPTANCE" + close, end));
    row("with a broken rule directly behind the head", "Open, opened, Closing, error Protocol",
        "the opcode is reserved", "101 ''", "kept", answering("ACCEPTANCE" + broken));
    row("with the end of TCP directly behind the head",
        "Open, opened, error Network, Closed, closed 1006 '' unclean",
        "the connection ended without a Close frame", "101 ''", "cut", answeringThen("ACCEPTANCE", end));
}

void TestWsClientOpening::isAccepted()
{
    QFETCH(const Scenario, happens);
    QFETCH(const QString, told);
    QFETCH(const QString, errorText);
    QFETCH(const QString, response);
    QFETCH(const QString, fate);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Client, smallOptions());
        side.start();
        QCOMPARE(side.told(), u"Connecting"_s);
        side.setFeeding(feeding);
        const LogLines lines("wskit.handshake");
        happens(side);
        settle();
        QCOMPARE(side.told(), told);
        const bool hasNotOpened = told.startsWith(u"error"_s);
        QCOMPARE(lines.all().size(), hasNotOpened ? 1 : 0);
        QVERIFY(!hasNotOpened || lines.all().constFirst().contains(side.log->errors.constLast().text()));
        QVERIFY(!hasNotOpened || lines.all().constFirst().contains(u"ws://example.com/chat"_s));
        const WsResponse answer = side.connection->response();
        QCOMPARE(u"%1 '%2'"_s.arg(QString::number(answer.status()), QString::fromUtf8(answer.body())),
                 response);
        QCOMPARE(side.fate(), fate);
        if (!errorText.isEmpty()) {
            QCOMPARE(side.log->errors.constLast().text(), errorText);
            QCOMPARE(side.connection->errorString(), errorText);
        }
        if (errorText.startsWith(u"the server answered"))
            QCOMPARE(side.log->errors.constLast().httpStatus(), answer.status());
        if (fate == u"kept")
            continue;
        side.wire->feed("more");
        side.wire->end();
        pass(1h);
        QCOMPARE(side.told(), QString());
        QCOMPARE(side.connection->state(), Ws::Closed);
    }
}

void TestWsClientOpening::isRefused_data()
{
    addColumns();
    const char *const text = "the server answered with HTTP status 403";
    const QByteArray large(600, 'x');
    fails("with a body and its length", "Handshake", text, "403 'no'",
          answering("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"));
    fails("with a length of 0", "Handshake", text, "403 ''",
          answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
    fails("with more than the length says", "Handshake", text, "403 'no'",
          answering("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno more"));
    fails("with a length that is repeated", "Handshake", text, "403 'hello'",
          answering("HTTP/1.1 403 No\r\nContent-Length: 5, 5\r\n\r\nhello"));
    fails("with different lengths", "Handshake",
          "the server answered with HTTP status 403 and a body that cannot be read: "
          "Content-Length has different values: \"5, 6\"",
          "403 ''", answering("HTTP/1.1 403 No\r\nContent-Length: 5, 6\r\n\r\nhello"));
    fails("with a negative length", "Handshake",
          "the server answered with HTTP status 403 and a body that cannot be read: "
          "Content-Length is not a number: \"-1\"",
          "403 ''", answering("HTTP/1.1 403 No\r\nContent-Length: -1\r\n\r\nno"));
    fails("with chunks", "Handshake", text, "403 'hello'",
          answering("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n"));
    fails("with chunks that are broken", "Handshake",
          "the server answered with HTTP status 403 and a body that cannot be read: "
          "the size of a chunk is not a hexadecimal number: \"x\"",
          "403 'hel'", answering("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nx\r\n"));
    fails("by a port of TLS", "Handshake",
          "the server answered with HTTP status 400: the server speaks TLS here; use wss:// instead of ws://",
          "400 'sent to HTTPS port'",
          answering("HTTP/1.1 400 Bad\r\nContent-Length: 18\r\n\r\nsent to HTTPS port"));
    fails("without any content", "Handshake", "the server answered with HTTP status 204", "204 ''",
          answering("HTTP/1.1 204 None\r\n\r\n"));
    fails("as not modified", "Handshake", "the server answered with HTTP status 304", "304 ''",
          answering("HTTP/1.1 304 Same\r\nContent-Length: 100\r\n\r\n"));
    const Scenario silence = [](Side &) { pass(WsClientOpening::BodySilence); };
    fails("without length, and the server keeps the connection", "Handshake", text, "403 'no'",
          answeringThen("HTTP/1.1 403 No\r\n\r\nno", silence));
    fails("without length and body, and the server keeps the connection", "Handshake", text, "403 ''",
          answeringThen("HTTP/1.1 403 No\r\nConnection: keep-alive\r\n\r\n", silence));
    fails("without length, but in pieces", "Handshake", text, "403 'no no no'",
          answeringThen("HTTP/1.1 403 No\r\n\r\nno", [silence](Side &s) {
              for (int i = 0; i < 2; ++i) {
                  pass(WsClientOpening::BodySilence - 1ms);
                  s.feed(" no");
              }
              silence(s);
          }));
    fails("with a body without length", "Handshake", text, "403 'no'",
          answeringThen("HTTP/1.1 403 No\r\n\r\nno", end));
    fails("with a body larger than maxHandshakeSize", "Handshake", text,
          "403 '" + QByteArray(512, 'x') + '\'',
          answering("HTTP/1.1 403 No\r\nContent-Length: 600\r\n\r\n" + large));
    fails("with a body without length larger than maxHandshakeSize", "Handshake", text,
          "403 '" + QByteArray(512, 'x') + '\'', answering("HTTP/1.1 403 No\r\n\r\n" + large));
    fails("after an interim answer", "Handshake", text, "403 ''",
          answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
    fails("by a redirect", "Handshake", "the server answered with HTTP status 301", "301 ''",
          answering("HTTP/1.1 301 Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
}

void TestWsClientOpening::bodyOfARefusalEndsEarly_data()
{
    addColumns();
    const char *const text = "the server answered with HTTP status 403";
    const QByteArray part = "HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nno";
    fails("by the end of TCP", "Handshake", text, "403 'no'", answeringThen(part, end));
    fails("by the end of the server's direction", "Handshake", text, "403 'no'",
          answeringThen(part, halfEnd));
    fails("by a reset", "Handshake", text, "403 'no'", answeringThen(part, reset));
    fails("by the timeout", "Handshake", text, "403 'no'", answeringThen(part, timeOut));
    fails("by the timeout, though something always comes", "Handshake", text,
          "403 '" + QByteArray(20, 'x') + '\'', answeringThen("HTTP/1.1 403 No\r\n\r\n", [](Side &s) {
              for (int i = 0; i < 20; ++i) {
                  s.feed("x");
                  pass(500ms);
              }
          }));
    fails("before its first byte", "Handshake", text, "403 ''",
          answeringThen("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n", end));
}

void TestWsClientOpening::answerIsBroken_data()
{
    addColumns();
    const QByteArray head = "HTTP/1.1 101 Switching Protocols\r\n";
    const QByteArray upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    const QByteArray interim = "HTTP/1.1 100 Continue\r\nX: 0123456789012345678901234567890123456789\r\n\r\n";
    fails("no HTTP", "Handshake", "answer does not begin with an HTTP status line", "0 ''",
          answering("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    fails("an alert of TLS", "Handshake", "the server speaks TLS here; use wss:// instead of ws://", "0 ''",
          answering("\x15\x03\x01"));
    fails("no accept key", "Handshake", "Sec-WebSocket-Accept header is missing", "101 ''",
          answering(head + upgrade + "\r\n"));
    fails("a wrong accept key", "Handshake", "", "101 ''",
          answering(head + upgrade + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
    fails("no Upgrade", "Handshake", "Upgrade header is missing", "101 ''",
          answering(head + "Connection: Upgrade\r\n\r\n"));
    const QByteArray small = "HTTP/1.1 100\r\n\r\n";
    fails("more interim answers than anybody needs", "Handshake",
          "the server sent more than 32 interim answers", "0 ''",
          answeringWithin(64 * 1024, small.repeated(WsClientOpening::MaxInterimAnswers + 1) + "ACCEPTANCE"));
    fails("a head without end", "Handshake", "the head of the answer is larger than maxHandshakeSize", "0 ''",
          answering(head + "X: " + QByteArray(600, 'x')));
    fails("interim answers without end", "Handshake",
          "the head of the answer is larger than maxHandshakeSize", "0 ''", answering(interim.repeated(20)));
}

void TestWsClientOpening::networkFails_data()
{
    addColumns();
    const QByteArray part = "HTTP/1.1 101 Switching";
    const char *const endText = "the server ended the TCP connection before it answered";
    fails("end of TCP before the answer", "Network", endText, "0 ''", answeringThen("", end));
    fails("end of TCP inside the head", "Network", endText, "0 ''", answeringThen(part, end));
    fails("end of the server's direction", "Network", endText, "0 ''", answeringThen(part, halfEnd));
    fails("end of TCP during TLS", "Network",
          "the server ended the TCP connection while waiting for the TLS handshake with example.com:443",
          "0 ''", [](Side &s) {
              s.wire->awaited = u"the TLS handshake with example.com:443"_s;
              end(s);
          });
    fails("reset before it is connected", "Network", "reset by the peer", "0 ''", reset);
    fails("reset before the answer", "Network", "reset by the peer", "0 ''", answeringThen("", reset));
    fails("reset inside the head", "Network", "reset by the peer", "0 ''", answeringThen(part, reset));
    row("TLS", "error Tls, Closed, closed 1015 '' unclean", "the certificate is not trusted", "0 ''", "cut",
        [](Side &s) {
            s.wire->fail(WsError(Ws::ErrorKind::Tls, u"the certificate is not trusted"_s, Ws::TlsHandshake));
        });
}

void TestWsClientOpening::timeRunsOut_data()
{
    addColumns();
    const QString waiting = u"handshakeTimeout has passed while waiting for "_s;
    const QByteArray request = (waiting + u"the HTTP answer"_s).toUtf8();
    const QByteArray head = (waiting + u"the rest of the head of the HTTP answer"_s).toUtf8();
    const QByteArray connection = (waiting + u"the TCP connection to example.com:80"_s).toUtf8();
    fails("before it is connected", "Timeout", connection, "0 ''", timeOut);
    fails("before the answer", "Timeout", request, "0 ''", answeringThen("", timeOut));
    fails("inside the head", "Timeout", head, "0 ''", answeringThen("HTTP/1.1 101 Switching", timeOut));
    fails("after an interim answer", "Timeout", (waiting + u"the final HTTP answer"_s).toUtf8(), "0 ''",
          answeringThen("HTTP/1.1 100 Continue\r\n\r\n", timeOut));
    fails("however slow the answer is", "Timeout", head, "0 ''", answeringThen("HTTP/1.1 101", [](Side &s) {
              pass(9s);
              s.feed(" Switching");
              pass(1s);
          }));
}

void TestWsClientOpening::isGivenUp_data()
{
    addColumns();
    const char *const told = "Closed, closed 1006 '' unclean";
    const auto close = [](Side &s) { QVERIFY(s.connection->close()); };
    const auto abort = [](Side &s) { s.connection->abort(); };
    const QByteArray part = "HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nno";
    row("closed before it is connected", told, "", "0 ''", "cut", close);
    row("closed before the answer", told, "", "0 ''", "cut", answeringThen("", close));
    row("closed in the body of a refusal", told, "", "403 'no'", "cut", answeringThen(part, close));
    row("aborted before it is connected", told, "", "0 ''", "cut", abort);
    row("aborted before the answer", told, "", "0 ''", "cut", answeringThen("", abort));
    row("no longer active", told, "", "0 ''", "cut", [](Side &s) { s.client()->setActive(false); });
}

void TestWsClientOpening::openingThatIsRefusedIsALineInTheLog_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const QString &url, const QString &shown, const QString &text) {
        QTest::newRow(name) << QUrl(url) << u"the URL \"%1\" cannot be opened: %2"_s.arg(shown, text);
    };
    const auto wrongRow = [row](const char *name, const QString &url, const QString &shown) {
        row(name, url, shown, QUrl(url).errorString().section(u"; source was"_s, 0, 0));
    };
    const QString scheme = u"its scheme is not ws, wss, http, https or ws+unix"_s;
    row("empty", {}, {}, u"it is empty"_s);
    row("relative", u"/path"_s, u"/path"_s, scheme);
    row("another scheme", u"ftp://user:secret@example.com/?secret"_s, u"ftp://example.com/"_s, scheme);
    row("another scheme without a host", u"user:secret@example.com/"_s, u"example.com/"_s, scheme);
    row("no host", u"ws:///path"_s, u"ws:///path"_s, u"it has no host"_s);
    row("port 0", u"ws://a:0/path"_s, u"ws://a:0/path"_s, u"its port is 0"_s);
    wrongRow("wrong host", u"ws://[::1/"_s, u"ws://[::1/"_s);
    wrongRow("wrong host and secrets", u"wss://user:secret@exa mple.com/?t=secret"_s,
             u"wss://exa mple.com/"_s);
    wrongRow("wrong port", u"ws://example.com:99999/"_s, u"ws://example.com:99999/"_s);
    wrongRow("wrong port and secrets", u"ws://user:secret@host:99999/#secret"_s, u"ws://host:99999/"_s);
    wrongRow("password that ends the host", u"ws://user:se?secret@host/"_s, u"ws://..."_s);
    wrongRow("password with a slash", u"ws://user:se/secret@host/"_s, u"ws://host/"_s);
}

// Who has ported from another class may not look at the result.
void TestWsClientOpening::openingThatIsRefusedIsALineInTheLog()
{
    QFETCH(const QUrl, url);
    QFETCH(const QString, text);
    Side side(WsRole::Client);
    const LogLines lines("wskit.handshake", QtWarningMsg);
    QVERIFY(!side.client()->open(url));
    QCOMPARE(side.connection->errorString(), text);
    QCOMPARE(lines.all().size(), 1);
    QVERIFY(lines.all().constFirst().contains(text));
    QVERIFY(!text.contains(u"secret"_s));
    QVERIFY(!side.client()->open(url));
    QCOMPARE(lines.all().size(), 2);
    // The property reports it by a signal as well, and still with one line.
    side.client()->setUrl(url);
    side.client()->setActive(true);
    QCOMPARE(side.told(), u"error Misuse"_s);
    QCOMPARE(lines.all().size(), 3);
}

void TestWsClientOpening::openingThatFailsLogsNoSecrets()
{
    Side side(WsRole::Client);
    const LogLines lines("wskit.handshake");
    QVERIFY(side.client()->open(QUrl(u"ws://secret:secret@example.com/chat?token=secret#secret"_s)));
    end(side);
    QCOMPARE(lines.all().size(), 1);
    QVERIFY(lines.all().constFirst().contains(u"to ws://example.com/chat did not open"_s));
    QVERIFY(!lines.all().constFirst().contains(u"secret"_s));
}

// Programs offer tokens as subprotocols, because browsers can set no header.
void TestWsClientOpening::subprotocolThatIsRepeatedIsNotQuoted_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::newRow("the whole list") << "Sec-WebSocket-Protocol: chat, bearer.secret\r\n"_ba;
    QTest::newRow("two headers")
        << "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: bearer.secret\r\n"_ba;
    QTest::newRow("a part of it") << "Sec-WebSocket-Protocol: secret\r\n"_ba;
}

void TestWsClientOpening::subprotocolThatIsRepeatedIsNotQuoted()
{
    QFETCH(const QByteArray, headers);
    Side side(WsRole::Client);
    const LogLines lines("wskit.handshake");
    side.client()->setSubprotocols({u"chat"_s, u"bearer.secret"_s});
    side.start();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten(), headers));
    QVERIFY(side.told().contains(u"error Handshake"_s));
    QVERIFY(!side.connection->errorString().contains(u"secret"_s));
    QVERIFY(!lines.all().isEmpty() && !lines.all().join(u' ').contains(u"secret"_s));
}

void TestWsClientOpening::hostCanBeSet()
{
    Side side(WsRole::Client);
    QVERIFY(side.client()->setHeader("host", "internal.example:8443"));
    side.start();
    QCOMPARE(side.wire->host, u"example.com"_s);
    side.wire->connect();
    QVERIFY(side.wire->written.startsWith("GET /chat HTTP/1.1\r\nHost: internal.example:8443\r\n"));
    QCOMPARE(side.wire->written.toLower().count("\r\nhost:"), 1);
    QCOMPARE(side.connection->request().header("Host"), "internal.example:8443"_ba);
    side.connection->abort();
    for (const QByteArray &wrong : {"a b"_ba, "a:99999"_ba, ""_ba, "a\r\nX: y"_ba, "http://a"_ba, "[::1"_ba})
        QVERIFY(!side.client()->setHeader("Host", wrong));
    QCOMPARE(wsHeader(side.client()->headers(), "Host"), "internal.example:8443"_ba);
    QVERIFY(side.client()->setHeader("Host", {}));
    side.start();
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nHost: example.com\r\n"));
}

// RFC 6874
void TestWsClientOpening::zoneOfAnAddressIsNotSent()
{
    Side side(WsRole::Client);
    QVERIFY(side.client()->open(QUrl(u"ws://[fe80::1%25eth0]:9001/chat"_s)));
    QCOMPARE(side.wire->host, u"fe80::1%eth0"_s);
    QCOMPARE(side.wire->port, 9001);
    QCOMPARE(side.wire->peerVerifyName, u"fe80::1"_s);
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nHost: [fe80::1]:9001\r\n"));
}

void TestWsClientOpening::clientAcceptsLargeHeadsByDefault()
{
    const QByteArray cookies = "Set-Cookie: " + QByteArray(17 * 1024, 'x') + "=y\r\n";
    for (const auto &[headers, options, isAccepted] : QList<std::tuple<QByteArray, WsOptions, bool>>{
             {QByteArray("X: y\r\n").repeated(120), WsOptions(), true},
             {QByteArray("X: y\r\n").repeated(1001), WsOptions(), false},
             {cookies, WsOptions(), true},
             {cookies.repeated(20), WsOptions(), true},
             {cookies.repeated(40), WsOptions(), false},
             {cookies, smallOptions(), false}}) {
        Side side(WsRole::Client, options);
        side.start();
        side.wire->connect();
        side.feed(acceptanceOf(side.wire->takeWritten(), headers));
        settle();
        QCOMPARE(side.connection->state() == Ws::Open, isAccepted);
    }
}

// 200 kB of them once took 121 MB and 1,024 levels of recursion.
void TestWsClientOpening::manyInterimAnswersCostLittle()
{
    Side side(WsRole::Client);
    side.start();
    side.wire->connect();
    side.feed(QByteArray("HTTP/1.1 100\r\n\r\n").repeated(12'500));
    settle();
    QCOMPARE(side.connection->errorString(), u"the server sent more than 32 interim answers"_s);
}

void TestWsClientOpening::requestIsWrittenOnceConnected()
{
    Side side(WsRole::Client);
    side.client()->setHeader("X-Test", "a");
    side.start();
    QCOMPARE(side.wire->host, u"example.com"_s);
    QCOMPARE(side.wire->port, 80);
    settle();
    QCOMPARE(side.wire->writeCount, 0);
    side.wire->connect();
    QCOMPARE(side.wire->writeCount, 1);
    QVERIFY(side.wire->isNoDelay);
    QVERIFY(side.wire->written.startsWith("GET /chat HTTP/1.1\r\nHost: example.com\r\n"));
    QVERIFY(side.wire->written.contains("\r\nX-Test: a\r\n"));
    QVERIFY(side.wire->written.endsWith("\r\n\r\n"));
    QCOMPARE(side.connection->peerAddress(), QHostAddress(u"192.0.2.1"_s));
    QCOMPARE(side.connection->localPort(), 2000);
}

void TestWsClientOpening::requestThatIsNotTakenTimesOut()
{
    Side side(WsRole::Client, smallOptions());
    side.prepareWire = [](FakeWire &wire) { wire.room = 10; };
    side.start();
    side.wire->connect();
    settle();
    QCOMPARE(side.wire->written.size(), 10);
    side.wire->take(5);
    QCOMPARE(side.wire->written.size(), 15);
    pass(10s);
    QCOMPARE(side.told(), u"Connecting, error Timeout, Closed, closed 1006 '' unclean"_s);
}

void TestWsClientOpening::timeMayRunOutInASlotOfTheFirstState()
{
    Side side(WsRole::Client, smallOptions());
    QObject::connect(side.client(), &WsClient::stateChanged, side.client(), [](Ws::State state) {
        if (state == Ws::Connecting)
            pass(10s);
    });
    side.start();
    QCOMPARE(side.told(), u"Connecting, error Timeout, Closed, closed 1006 '' unclean"_s);
    QVERIFY(!side.wire);
}

void TestWsClientOpening::deletionWhileOpeningIsSilent()
{
    const QByteArray part = "HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nno";
    for (const Scenario &before : QList<Scenario>{[](Side &) {}, answering(""), answering(part)}) {
        Side side(WsRole::Client, smallOptions());
        side.start();
        before(side);
        side.remove();
        QCOMPARE(side.told(), u"Connecting"_s);
        QCOMPARE(side.sent(), QString());
        side.wire->feed("more");
        pass(1h);
        QVERIFY(!side.wire->isKept());
    }
}

void TestWsClientOpening::certificateErrorsAreIgnoredAsAsked()
{
    const QList<QSslError> errors = {QSslError(QSslError::SelfSignedCertificate)};
    const auto ignoreInASlot = [=](Side &s) {
        QObject::connect(s.client(), &WsClient::sslErrors, s.client(),
                         [c = s.client(), errors] { c->ignoreSslErrors(errors); });
    };
    const QList<std::pair<Scenario, bool>> cases = {
        {[](Side &) {}, false},
        {[=](Side &s) { s.client()->ignoreSslErrors(errors); }, true},
        {[](Side &s) { s.client()->ignoreSslErrors(QList<QSslError>()); }, false},
        {ignoreInASlot, true}};
    for (const auto &[before, isIgnored] : cases) {
        Side side(WsRole::Client);
        int count = 0;
        QObject::connect(side.client(), &WsClient::sslErrors, side.client(), [&] { ++count; });
        before(side);
        side.start();
        side.wire->failSsl(errors);
        QCOMPARE(count, 1);
        QCOMPARE(side.wire->ignoredSslErrors == errors, isIgnored);
        QVERIFY(!side.wire->ignoresSslErrors);
    }
    Side side(WsRole::Client);
    side.client()->ignoreSslErrors();
    side.start();
    side.wire->failSsl(errors);
    QVERIFY(side.wire->ignoresSslErrors);
}

namespace {
// Not variables: Qt loads its TLS with the first error, which needs an application.
QList<QSslError> selfSigned()
{
    return {QSslError(QSslError::SelfSignedCertificate)};
}

QList<QSslError> expired()
{
    return {QSslError(QSslError::CertificateExpired)};
}

// As Qt does after errors that nobody has ignored.
void failTls(Side &side)
{
    side.wire->fail(WsError(Ws::ErrorKind::Tls, u"the certificate is not trusted"_s, Ws::TlsHandshake));
}
} // namespace

void TestWsClientOpening::answerOfTheUserIsAwaited_data()
{
    QTest::addColumn<QList<QSslError>>("ignored");
    QTest::newRow("trusts") << selfSigned();
    QTest::newRow("does not trust") << QList<QSslError>();
    QTest::newRow("trusts something else") << expired();
}

void TestWsClientOpening::answerOfTheUserIsAwaited()
{
    QFETCH(const QList<QSslError>, ignored);
    Side side(WsRole::Client, smallOptions());
    side.client()->setPauseOnSslErrors(true);
    side.start();
    QVERIFY(side.wire->pausesOnSslErrors);
    pass(9s);
    side.wire->failSsl(selfSigned());
    pass(1h);
    QCOMPARE(side.told(), u"Connecting"_s);
    side.client()->ignoreSslErrors(ignored);
    QCOMPARE(side.wire->continueCount, 0);
    QVERIFY(side.client()->continueOpening());
    QCOMPARE(side.wire->continueCount, 1);
    QCOMPARE(side.wire->ignoredSslErrors, ignored);
    QVERIFY(!side.client()->continueOpening()); // again
    // One second is left.
    pass(999ms);
    QCOMPARE(side.told(), QString());
    pass(1ms);
    QCOMPARE(side.told(), u"error Timeout, Closed, closed 1006 '' unclean"_s);
}

// As a dialog does that runs an event loop.
void TestWsClientOpening::timeLimitStandsStillWhileASlotAsks()
{
    for (const bool isTrusted : {false, true}) {
        Side side(WsRole::Client, smallOptions());
        QObject::connect(side.client(), &WsClient::sslErrors, side.client(), [&] {
            pass(1h);
            if (isTrusted)
                side.client()->ignoreSslErrors(selfSigned());
        });
        side.start();
        side.wire->failSsl(selfSigned());
        QCOMPARE(side.told(), u"Connecting"_s);
        QCOMPARE(side.wire->ignoredSslErrors == selfSigned(), isTrusted);
        pass(9s);
        QCOMPARE(side.told(), QString());
        pass(1s);
        QCOMPARE(side.told(), u"error Timeout, Closed, closed 1006 '' unclean"_s);
    }
}

void TestWsClientOpening::slotMayAnswerAtOnceAlthoughItPauses()
{
    for (const QList<QSslError> &ignored : {selfSigned(), QList<QSslError>()}) {
        Side side(WsRole::Client, smallOptions());
        side.client()->setPauseOnSslErrors(true);
        QObject::connect(side.client(), &WsClient::sslErrors, side.client(), [&] {
            side.client()->ignoreSslErrors(ignored);
            QVERIFY(side.client()->continueOpening());
        });
        side.start();
        side.wire->failSsl(selfSigned());
        QVERIFY(!side.wire->pausesOnSslErrors); // so that Qt does not wait
        QCOMPARE(side.wire->continueCount, 0);
        QVERIFY(!side.client()->continueOpening());
        pass(10s);
        QCOMPARE(side.told(), u"Connecting, error Timeout, Closed, closed 1006 '' unclean"_s);
    }
}

void TestWsClientOpening::callsThatComeTooLateIgnoreNothing_data()
{
    QTest::addColumn<Scenario>("before");
    QTest::newRow("after the slots have returned")
        << Scenario([](Side &s) { s.wire->failSsl(selfSigned()); });
    QTest::newRow("after the opening has failed") << Scenario([](Side &s) {
        s.wire->failSsl(selfSigned());
        failTls(s);
    });
    QTest::newRow("after a pause without trust") << Scenario([](Side &s) {
        s.client()->setPauseOnSslErrors(true);
        s.wire->failSsl(selfSigned());
        QVERIFY(s.client()->continueOpening());
        failTls(s);
    });
    QTest::newRow("after the server has lost its patience") << Scenario([](Side &s) {
        s.client()->setPauseOnSslErrors(true);
        s.wire->failSsl(selfSigned());
        s.wire->end();
    });
    QTest::newRow("when it is open") << Scenario([](Side &s) { answering("ACCEPTANCE")(s); });
}

// Once they made every later opening of the client trust any server.
void TestWsClientOpening::callsThatComeTooLateIgnoreNothing()
{
    QFETCH(const Scenario, before);
    for (const bool areAll : {true, false}) {
        Side side(WsRole::Client, smallOptions());
        side.start();
        before(side);
        const LogLines lines("wskit.net", QtWarningMsg);
        const auto ignore = [&] {
            areAll ? side.client()->ignoreSslErrors() : side.client()->ignoreSslErrors(selfSigned());
        };
        ignore();
        QCOMPARE(lines.all().size(), 1);
        QVERIFY(lines.all().constFirst().contains(u"ignoreSslErrors()"_s));
        QVERIFY(side.wire->ignoredSslErrors.isEmpty() && !side.wire->ignoresSslErrors);
        side.connection->abort();
        side.start();
        side.wire->failSsl(selfSigned());
        QVERIFY(side.wire->ignoredSslErrors.isEmpty() && !side.wire->ignoresSslErrors);
        failTls(side);
        // Nor after open(), which may go to another server. These errors name no certificate.
        side.start();
        ignore();
        QCOMPARE(lines.all().size(), 2);
        side.wire->failSsl(selfSigned());
        QVERIFY(side.wire->ignoredSslErrors.isEmpty() && !side.wire->ignoresSslErrors);
    }
}

void TestWsClientOpening::answersAfterTheEndIgnoreNothing_data()
{
    QTest::addColumn<Scenario>("ends");
    QTest::newRow("close()") << Scenario([](Side &s) { s.connection->close(); });
    QTest::newRow("abort()") << Scenario([](Side &s) { s.connection->abort(); });
    QTest::newRow("no longer active") << Scenario([](Side &s) { s.client()->setActive(false); });
    QTest::newRow("another URL") << Scenario(
        [](Side &s) { s.client()->setUrl(QUrl(u"wss://example.org/"_s)); });
    QTest::newRow("end of TCP") << Scenario([](Side &s) { s.wire->end(); });
    QTest::newRow("reset") << Scenario([](Side &s) { s.wire->reset(); });
    QTest::newRow("failure, and another server") << Scenario([](Side &s) {
        failTls(s);
        QVERIFY(s.client()->open(QUrl(u"wss://example.org/"_s)));
    });
}

// Of a dialog that outlives what it has asked about.
void TestWsClientOpening::answersAfterTheEndIgnoreNothing()
{
    QFETCH(const Scenario, ends);
    for (const bool isInSlot : {false, true}) {
        for (const bool areAll : {true, false}) {
            Side side(WsRole::Client);
            const LogLines lines("wskit.net", QtWarningMsg);
            const auto answerLate = [&] {
                ends(side);
                areAll ? side.client()->ignoreSslErrors() : side.client()->ignoreSslErrors(selfSigned());
            };
            QObject asked;
            if (isInSlot)
                QObject::connect(side.client(), &WsClient::sslErrors, &asked, answerLate,
                                 Qt::SingleShotConnection);
            side.client()->setPauseOnSslErrors(!isInSlot);
            side.start();
            side.wire->failSsl(selfSigned());
            if (!isInSlot)
                answerLate();
            QCOMPARE(lines.all().size(), 1);
            QVERIFY(lines.all().constFirst().contains(u"ignoreSslErrors() came too late"_s));
            if (side.connection->state() == Ws::Closed)
                side.start();
            side.wire->failSsl(selfSigned());
            QVERIFY(side.wire->ignoredSslErrors.isEmpty() && !side.wire->ignoresSslErrors);
        }
    }
}

void TestWsClientOpening::allErrorsCanBeIgnoredOnceAServerIsTrusted()
{
    Side side(WsRole::Client);
    side.start();
    side.wire->failSsl(selfSigned());
    failTls(side);
    side.start();
    answering("ACCEPTANCE")(side);
    QCOMPARE(side.connection->state(), Ws::Open);
    side.connection->abort();
    const LogLines lines("wskit.net", QtWarningMsg);
    side.client()->ignoreSslErrors();
    QCOMPARE(lines.all().size(), 0);
    side.start();
    side.wire->failSsl(selfSigned());
    QVERIFY(side.wire->ignoresSslErrors);
}

void TestWsClientOpening::ignoringDuringAnOpeningHoldsForThatAlone()
{
    Side side(WsRole::Client);
    side.client()->ignoreSslErrors(expired()); // for all
    side.start();
    side.client()->ignoreSslErrors(selfSigned());
    side.wire->failSsl(selfSigned() + expired());
    QCOMPARE(side.wire->ignoredSslErrors, expired() + selfSigned());
    side.connection->abort();
    side.start();
    side.wire->failSsl(selfSigned() + expired());
    QCOMPARE(side.wire->ignoredSslErrors, expired());
}

// As QML does it.
void TestWsClientOpening::openingThatIsContinuedWithTrustIsTrustedAlone()
{
    Side side(WsRole::Client);
    WsClientPrivate &client = *WsClientPrivate::of(side.client());
    side.client()->setPauseOnSslErrors(true);
    QVERIFY(!client.continueOpening(true));
    side.start();
    QVERIFY(!client.continueOpening(true)); // nobody has been asked
    side.wire->failSsl(selfSigned());
    QVERIFY(!side.wire->ignoresSslErrors);
    QVERIFY(client.continueOpening(true));
    QVERIFY(side.wire->ignoresSslErrors);
    QCOMPARE(side.wire->continueCount, 1);
    side.connection->abort();
    QVERIFY(!client.continueOpening(true));
    side.start();
    side.wire->failSsl(selfSigned());
    QVERIFY(!side.wire->ignoresSslErrors);
}

void TestWsClientOpening::nothingContinuesThatDoesNotWait()
{
    Side side(WsRole::Client);
    const LogLines lines("wskit.net", QtWarningMsg);
    QVERIFY(!side.client()->continueOpening());
    side.start();
    QVERIFY(!side.client()->continueOpening());
    QVERIFY(side.connection->errorString().contains(u"continueOpening()"_s));
    QCOMPARE(lines.all().size(), 2);
    QCOMPARE(side.wire->continueCount, 0);
}

void TestWsClientOpening::nameThatIsVerifiedCanBeSet()
{
    Side side(WsRole::Client);
    int changes = 0;
    QObject::connect(side.client(), &WsClient::peerVerifyNameChanged, side.client(), [&] { ++changes; });
    side.start();
    QCOMPARE(side.wire->peerVerifyName, u"example.com"_s);
    side.connection->abort();
    side.client()->setPeerVerifyName(u"internal.example"_s);
    side.client()->setPeerVerifyName(u"internal.example"_s);
    QCOMPARE(changes, 1);
    side.start();
    QCOMPARE(side.wire->host, u"example.com"_s);
    QCOMPARE(side.wire->peerVerifyName, u"internal.example"_s);
    QCOMPARE(side.client()->peerVerifyName(), u"internal.example"_s);
}

void TestWsClientOpening::cookiesAreStored()
{
    QNetworkCookieJar jar;
    Side side(WsRole::Client);
    side.client()->setCookieJar(&jar);
    side.start();
    answering("HTTP/1.1 403 No\r\nSet-Cookie: a=b\r\nset-cookie: c=d; Path=/\r\nContent-Length: 0\r\n\r\n")(
        side);
    QCOMPARE(jar.cookiesForUrl(QUrl(u"http://example.com/chat"_s)).size(), 2);
    side.start();
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nCookie: "));
    QVERIFY(side.wire->written.contains("a=b"));
    side.connection->abort();
    side.client()->setHeader("Cookie", "own=1");
    side.start();
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nCookie: own=1\r\n"));
    QVERIFY(!side.wire->written.contains("a=b"));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsClientOpening)
#include "tst_wsclientopening.moc"
