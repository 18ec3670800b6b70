// SPDX-License-Identifier: MIT

// Every way in which a client's opening handshake goes, fed in one piece and byte by byte.

#include "net/client/wsclientopening.h"

#include "connectiontesting.h"

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

void row(const char *name, const char *told, const char *errorText, const char *response, const char *fate,
         const Scenario &happens)
{
    QTest::newRow(name) << happens << QString::fromUtf8(told) << QString::fromUtf8(errorText)
                        << QString::fromUtf8(response) << QString::fromUtf8(fate);
}

void succeeds(const char *name, const char *told, const Scenario &happens)
{
    row(name, told, "", "101 ''", "kept", happens);
}

void fails(const char *name, const char *kind, const char *errorText, const char *response,
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

    void requestIsWrittenOnceConnected();
    void requestThatIsNotTakenTimesOut();
    void deletionWhileOpeningIsSilent();
    void certificateErrorsAreIgnoredAsAsked();
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
        happens(side);
        settle();
        QCOMPARE(side.told(), told);
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
    fails("with a negative length", "Handshake", text, "403 ''",
          answering("HTTP/1.1 403 No\r\nContent-Length: -1\r\n\r\nno"));
    fails("with a body without length", "Handshake", text, "403 'no'",
          answeringThen("HTTP/1.1 403 No\r\n\r\nno", end));
    fails("with a body whose length is no number", "Handshake", text, "403 'no'",
          answeringThen("HTTP/1.1 403 No\r\nContent-Length: x\r\n\r\nno", end));
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
    fails("no accept key", "Handshake", "Sec-WebSocket-Accept header is missing", "101 ''",
          answering(head + upgrade + "\r\n"));
    fails("a wrong accept key", "Handshake", "", "101 ''",
          answering(head + upgrade + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
    fails("no Upgrade", "Handshake", "Upgrade header is missing", "101 ''",
          answering(head + "Connection: Upgrade\r\n\r\n"));
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
    fails("end of TCP before it is connected", "Network", "the server ended the TCP connection at once",
          "0 ''", end);
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
    const char *const text = "no answer within handshakeTimeout";
    fails("before it is connected", "Timeout", "no connection within handshakeTimeout", "0 ''", timeOut);
    fails("before the answer", "Timeout", text, "0 ''", answeringThen("", timeOut));
    fails("inside the head", "Timeout", text, "0 ''", answeringThen("HTTP/1.1 101 Switching", timeOut));
    fails("after an interim answer", "Timeout", text, "0 ''",
          answeringThen("HTTP/1.1 100 Continue\r\n\r\n", timeOut));
    fails("however slow the answer is", "Timeout", text, "0 ''", answeringThen("HTTP/1.1 101", [](Side &s) {
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
