// SPDX-License-Identifier: MIT
#include "protocol/wsserverhandshake.h"

#include "handshaketesting.h"

using namespace Qt::StringLiterals;

namespace {
WsRequestHead upgradeRequestPlus(const WsHeaders &headers)
{
    WsRequestHead request = upgradeRequest();
    request.headers += headers;
    return request;
}

WsRequestHead plainRequest()
{
    return {"GET", "/", 1, {{"Host", "server.example.com"}}};
}

WsRequestHead plainRequestPlus(const WsHeaders &headers)
{
    WsRequestHead request = plainRequest();
    request.headers += headers;
    return request;
}
} // namespace

Q_DECLARE_METATYPE(WsRequestHead)
Q_DECLARE_METATYPE(WsPersistence)

class TestWsServerHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void upgradeIsRecognized_data();
    void upgradeIsRecognized();
    void requestIsAccepted_data();
    void requestIsAccepted();
    void requestIsRefused_data();
    void requestIsRefused();
    void bodyIsAcceptedUpToTheLimit_data();
    void bodyIsAcceptedUpToTheLimit();
    void continueIsAwaited_data();
    void continueIsAwaited();
    void connectionPersistsAsTheRequestSays_data();
    void connectionPersistsAsTheRequestSays();
    void upgradeRequestIsAccepted_data();
    void upgradeRequestIsAccepted();
    void upgradeRequestIsRefused_data();
    void upgradeRequestIsRefused();
    void keyIsBase64();
    void requestWithoutUpgradeIsToldHow();
    void wrongVersionIsToldTheRightOne();
    void wrongMethodIsToldTheRightOne();
    void offeredSubprotocolsAreReadFromAllHeaders();
    void firstSupportedSubprotocolIsChosen_data();
    void firstSupportedSubprotocolIsChosen();
    void acceptanceHasItsHeaders();
    void acceptanceNamesSubprotocolExtensionsAndUserHeaders();
};

void TestWsServerHandshake::upgradeIsRecognized_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<bool>("isUpgrade");
    QTest::newRow("Upgrade: websocket") << upgradeRequest() << true;
    QTest::newRow("odd case") << upgradeRequestWith("UPGRADE", "WebSocket") << true;
    QTest::newRow("one of several") << upgradeRequestWith("Upgrade", "h2c, websocket") << true;
    QTest::newRow("in the second header")
        << plainRequestPlus({{"Upgrade", "h2c"}, {"Upgrade", "websocket"}}) << true;
    QTest::newRow("no Upgrade header") << plainRequest() << false;
    QTest::newRow("another protocol") << upgradeRequestWith("Upgrade", "h2c") << false;
    QTest::newRow("with a version") << upgradeRequestWith("Upgrade", "websocket/13") << false;
}

void TestWsServerHandshake::upgradeIsRecognized()
{
    QFETCH(WsRequestHead, request);
    QTEST(wsIsUpgradeRequest(request), "isUpgrade");
}

void TestWsServerHandshake::requestIsAccepted_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::newRow("plain") << plainRequest();
    QTest::newRow("upgrade") << upgradeRequest();
    QTest::newRow("HTTP/1.0 without Host") << WsRequestHead{"GET", "/", 0, {}};
    QTest::newRow("Content-Length 0") << plainRequestPlus({{"Content-Length", "0"}});
    QTest::newRow("upgrade with Content-Length 0") << upgradeRequestPlus({{"Content-Length", "0"}});
    for (const char *host : {"a", "a:80", "a:", "127.0.0.1:8080", "[::1]", "[::1]:65535",
                             "[::ffff:1.2.3.4]:1", "a_b.example", "xn--tst-qla.example", "a%20b"}) {
        QTest::addRow("Host %s", host) << WsRequestHead{"GET", "/", 1, {{"Host", host}}};
    }
}

void TestWsServerHandshake::requestIsAccepted()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckRequest(request);
    QVERIFY2(!error, qPrintable(error.text));
}

void TestWsServerHandshake::requestIsRefused_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("text");

    const QString upgradeBody = u"upgrade request has a body"_s;
    const QString plainBody = u"request has a body, and none is accepted (maxRequestBody is 0)"_s;

    QTest::newRow("no Host") << WsRequestHead{"GET", "/", 1, {}} << 400 << u"Host header is missing"_s;
    QTest::newRow("two Host headers")
        << plainRequestPlus({{"host", "b"}}) << 400
        << u"Host header appears more than once: \"server.example.com\", \"b\""_s;
    QTest::newRow("two Host headers in HTTP/1.0")
        << WsRequestHead{"GET", "/", 0, {{"Host", "a"}, {"Host", "a"}}} << 400
        << u"Host header appears more than once: \"a\", \"a\""_s;
    for (const char *host : {"",          ":80",     "a b",           "a/b",      "user@a", "a, b", "a:b",
                             "a:-1",      "a:65536", "a:99999999999", "a:1:2",    "[]",     "[::1", "[::1]80",
                             "[::1]x:80", "[::g/]",  "[a]",           "\xC3\xA4", "[",      "a]"}) {
        const QString text = u"Host header is not of the form host[:port]: %1"_s;
        QTest::addRow("Host \"%s\"", host)
            << WsRequestHead{"GET", "/", 1, {{"Host", host}}} << 400 << text.arg(wsQuotedPath(host));
    }

    QTest::newRow("two Content-Length headers")
        << plainRequestPlus({{"Content-Length", "0"}, {"content-length", "0"}}) << 400
        << u"Content-Length header appears more than once: \"0\", \"0\""_s;
    QTest::newRow("Content-Length and Transfer-Encoding")
        << plainRequestPlus({{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}}) << 400
        << u"request has both Content-Length and Transfer-Encoding"_s;
    for (const char *length : {"", "-1", "+1", "0x10", "1, 1", "1 1"}) {
        QTest::addRow("Content-Length \"%s\"", length)
            << plainRequestPlus({{"Content-Length", length}}) << 400
            << u"Content-Length is not a number: %1"_s.arg(wsQuoted(length));
    }
    QTest::newRow("body") << plainRequestPlus({{"Content-Length", "1"}}) << 413 << plainBody;
    QTest::newRow("body of a length that no integer holds")
        << plainRequestPlus({{"Content-Length", "100000000000000000000000"}}) << 413 << plainBody;
    QTest::newRow("chunked body") << plainRequestPlus({{"Transfer-Encoding", "chunked"}}) << 413 << plainBody;
    QTest::newRow("empty Transfer-Encoding")
        << plainRequestPlus({{"Transfer-Encoding", ""}}) << 413 << plainBody;
    QTest::newRow("expectation that is not known")
        << plainRequestPlus({{"Expect", "100-continue, more"}}) << 417
        << u"Expect is \"100-continue, more\" instead of 100-continue"_s;
    QTest::newRow("upgrade with a body")
        << upgradeRequestPlus({{"Content-Length", "5"}}) << 400 << upgradeBody;
    QTest::newRow("upgrade with a chunked body")
        << upgradeRequestPlus({{"Transfer-Encoding", "chunked"}}) << 400 << upgradeBody;
}

void TestWsServerHandshake::requestIsRefused()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckRequest(request);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
}

void TestWsServerHandshake::bodyIsAcceptedUpToTheLimit_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("hasBody");
    const auto sized = [](const char *length) { return plainRequestPlus({{"Content-Length", length}}); };
    const auto coded = [](const char *coding) { return plainRequestPlus({{"Transfer-Encoding", coding}}); };
    QTest::newRow("none") << plainRequest() << 0 << false;
    QTest::newRow("length of 0") << sized("000") << 0 << false;
    QTest::newRow("within") << sized("99") << 0 << true;
    QTest::newRow("at the limit") << sized("100") << 0 << true;
    QTest::newRow("at the limit, with zeros in front") << sized("000000000000000000000000100") << 0 << true;
    QTest::newRow("above it") << sized("101") << 413 << true;
    QTest::newRow("with more digits") << sized("1000") << 413 << true;
    QTest::newRow("more than any number") << sized("100000000000000000000000") << 413 << true;
    QTest::newRow("chunked") << coded("chunked") << 0 << true;
    QTest::newRow("chunked in another case") << coded("Chunked") << 0 << true;
    QTest::newRow("another coding before it") << coded("gzip, chunked") << 501 << true;
    QTest::newRow("chunked twice") << coded("chunked, chunked") << 501 << true;
    QTest::newRow("another coding after it") << coded("chunked, gzip") << 400 << true;
    QTest::newRow("another coding") << coded("gzip") << 400 << true;
    QTest::newRow("identity") << coded("identity") << 400 << true;
    QTest::newRow("no coding") << coded("") << 400 << true;
    QTest::newRow("chunked with a parameter") << coded("chunked;a=b") << 400 << true;
    QTest::newRow("chunked with something before it") << coded("xchunked") << 400 << true;
    WsRequestHead old = coded("chunked");
    old.minorVersion = 0;
    QTest::newRow("chunked by HTTP/1.0") << old << 400 << true;
    QTest::newRow("of an upgrade") << upgradeRequestPlus({{"Content-Length", "1"}}) << 400 << true;
    QTest::newRow("both lengths") << plainRequestPlus(
        {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}})
                                  << 400 << true;
}

void TestWsServerHandshake::bodyIsAcceptedUpToTheLimit()
{
    QFETCH(const WsRequestHead, request);
    QTEST(wsCheckRequest(request, 100).status, "status");
    QTEST(wsHasBody(request), "hasBody");
}

void TestWsServerHandshake::continueIsAwaited_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<bool>("isAwaited");
    const WsHeaders expecting = {{"Content-Length", "1"}, {"Expect", "100-Continue"}};
    QTest::newRow("expected") << plainRequestPlus(expecting) << true;
    QTest::newRow("not expected") << plainRequestPlus({{"Content-Length", "1"}}) << false;
    QTest::newRow("expected without a body") << plainRequestPlus({{"Expect", "100-continue"}}) << false;
    WsRequestHead old = plainRequestPlus(expecting);
    old.minorVersion = 0;
    QTest::newRow("expected by HTTP/1.0") << old << false;
}

void TestWsServerHandshake::continueIsAwaited()
{
    QFETCH(const WsRequestHead, request);
    QTEST(wsAwaitsContinue(request), "isAwaited");
}

void TestWsServerHandshake::connectionPersistsAsTheRequestSays_data()
{
    QTest::addColumn<int>("minorVersion");
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<WsPersistence>("persistence");
    QTest::newRow("HTTP/1.1") << 1 << WsHeaders() << WsPersistence::Implied;
    QTest::newRow("HTTP/1.1, keep-alive")
        << 1 << WsHeaders{{"Connection", "keep-alive"}} << WsPersistence::Implied;
    QTest::newRow("HTTP/1.1, close") << 1 << WsHeaders{{"Connection", "Close"}} << WsPersistence::Close;
    QTest::newRow("HTTP/1.1, close among others")
        << 1 << WsHeaders{{"Connection", "keep-alive"}, {"Connection", "TE, close"}} << WsPersistence::Close;
    QTest::newRow("HTTP/1.0") << 0 << WsHeaders() << WsPersistence::Close;
    QTest::newRow("HTTP/1.0, keep-alive")
        << 0 << WsHeaders{{"Connection", "Keep-Alive"}} << WsPersistence::Declared;
    QTest::newRow("an upgrade") << 1 << upgradeRequest().headers << WsPersistence::Close;
}

void TestWsServerHandshake::connectionPersistsAsTheRequestSays()
{
    QFETCH(const int, minorVersion);
    QFETCH(const WsHeaders, headers);
    QTEST(wsPersistenceOf({"GET", "/", minorVersion, headers}), "persistence");
}

void TestWsServerHandshake::upgradeRequestIsAccepted_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::newRow("as in RFC 6455 §1.3") << upgradeRequest();
    QTest::newRow("Connection: keep-alive, Upgrade")
        << upgradeRequestWith("Connection", "keep-alive, Upgrade");
    WsRequestHead several = upgradeRequestWith("Connection", "keep-alive");
    several.headers += WsHeaders{{"connection", "upgrade"}};
    QTest::newRow("several Connection headers") << several;
    QTest::newRow("Connection in odd case") << upgradeRequestWith("CONNECTION", "uPGRADE");
    QTest::newRow("Upgrade in odd case") << upgradeRequestWith("uPgRaDe", "WEBSOCKET");
    QTest::newRow("one subprotocol") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "chat"}});
    QTest::newRow("several subprotocols")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "chat, superchat"}});
    QTest::newRow("several headers of subprotocols")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a, b"}, {"Sec-WebSocket-Protocol", "c"}});
    QTest::newRow("subprotocols that differ in case alone")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "chat, Chat"}});
    QTest::newRow("several headers of extensions")
        << upgradeRequestPlus({{"Sec-WebSocket-Extensions", "a; b=1"}, {"Sec-WebSocket-Extensions", "c"}});
    QTest::newRow("one Origin") << upgradeRequestPlus({{"Origin", "http://example.com"}});
    QTest::newRow("unknown headers") << upgradeRequestPlus({{"X", "a"}, {"X", "b"}});
}

void TestWsServerHandshake::upgradeRequestIsAccepted()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckUpgradeRequest(request);
    QVERIFY2(!error, qPrintable(error.text));
}

void TestWsServerHandshake::upgradeRequestIsRefused_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("text");

    const QString noUpgrade = u"request does not ask for an upgrade to websocket"_s;
    const QString noConnection = u"Connection header of the upgrade request does not contain Upgrade"_s;

    QTest::newRow("plain request") << plainRequest() << 426 << noUpgrade;
    QTest::newRow("no Upgrade header") << upgradeRequestWith("Upgrade", Missing) << 426 << noUpgrade;
    QTest::newRow("upgrade to another protocol") << upgradeRequestWith("Upgrade", "h2c") << 426 << noUpgrade;

    for (const char *method : {"POST", "HEAD", "get", "OPTIONS"}) {
        WsRequestHead request = upgradeRequest();
        request.method = method;
        const QString text = u"method of the upgrade request is %1 instead of GET"_s;
        QTest::addRow("method %s", method) << request << 405 << text.arg(wsQuoted(method));
    }
    WsRequestHead old = upgradeRequest();
    old.minorVersion = 0;
    QTest::newRow("HTTP/1.0") << old << 400 << u"upgrade request is HTTP/1.0 instead of HTTP/1.1"_s;

    QTest::newRow("no Connection header") << upgradeRequestWith("Connection", Missing) << 400 << noConnection;
    QTest::newRow("Connection without Upgrade")
        << upgradeRequestWith("Connection", "keep-alive") << 400 << noConnection;
    QTest::newRow("Connection with a longer word")
        << upgradeRequestWith("Connection", "Upgrades") << 400 << noConnection;

    QTest::newRow("no version") << upgradeRequestWith("Sec-WebSocket-Version", Missing) << 400
                                << u"Sec-WebSocket-Version header is missing"_s;
    QTest::newRow("two versions") << upgradeRequestPlus({{"Sec-WebSocket-Version", "8"}}) << 400
                                  << u"Sec-WebSocket-Version header appears more than once: \"13\", \"8\""_s;
    for (const char *version : {"8", "14", "013", "13, 8", "", "1"}) {
        QTest::addRow("version \"%s\"", version)
            << upgradeRequestWith("Sec-WebSocket-Version", version) << 426
            << u"Sec-WebSocket-Version is %1 instead of 13"_s.arg(wsQuoted(version));
    }

    QTest::newRow("no key") << upgradeRequestWith("Sec-WebSocket-Key", Missing) << 400
                            << u"Sec-WebSocket-Key header is missing"_s;
    const QString twoKeys = u"Sec-WebSocket-Key header appears more than once: %1, %1"_s;
    QTest::newRow("two keys") << upgradeRequestPlus({{"sec-websocket-key", ExampleKey}}) << 400
                              << twoKeys.arg(wsQuoted(ExampleKey));
    const QList<QPair<const char *, QByteArray>> keys = {
        {"empty key", ""},
        {"key of 15 bytes", QByteArray(15, 'x').toBase64()},
        {"key of 17 bytes", QByteArray(17, 'x').toBase64()},
        {"key of 18 bytes, as long in Base64", QByteArray(18, 'x').toBase64()},
        {"key without padding", ExampleKey.chopped(2)},
        {"key with a space", "dGhlIHNhbXBs ZSBub25jZQ=="},
        {"key in the alphabet of URLs", "_-_-_-_-_-_-_-_-_-_-_A=="},
        {"key with padding too much", "dGhlIHNhbXBsZSBub25jZ==="},
        {"two keys in one header", ExampleKey + ',' + ExampleKey},
    };
    for (const auto &[name, key] : keys) {
        QTest::newRow(name) << upgradeRequestWith("Sec-WebSocket-Key", key) << 400
                            << u"Sec-WebSocket-Key is not Base64 of 16 bytes, but %1 characters"_s.arg(
                                   key.size());
    }

    QTest::newRow("two Origin headers")
        << upgradeRequestPlus({{"Origin", "http://a"}, {"Origin", "http://b"}}) << 400
        << u"Origin header appears more than once: \"http://a\", \"http://b\""_s;
    QTest::newRow("subprotocol with a space") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a, b c"}})
                                              << 400 << u"subprotocol 2 is not a token"_s;
    QTest::newRow("subprotocol with a slash")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a/b"}}) << 400 << u"subprotocol 1 is not a token"_s;
    QTest::newRow("subprotocol twice") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a, b, a"}}) << 400
                                       << u"subprotocol 3 appears more than once"_s;
    QTest::newRow("subprotocol twice in two headers")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Protocol", "a"}}) << 400
        << u"subprotocol 2 appears more than once"_s;
}

void TestWsServerHandshake::upgradeRequestIsRefused()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckUpgradeRequest(request);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
}

// Of 16 bytes, and nothing else: each character in each place.
void TestWsServerHandshake::keyIsBase64()
{
    for (qsizetype place = 0; place < ExampleKey.size(); ++place) {
        for (int c = 0; c < 256; ++c) {
            QByteArray key = ExampleKey;
            key[place] = char(c);
            const auto decoded = QByteArray::fromBase64Encoding(key, QByteArray::AbortOnBase64DecodingErrors);
            const bool isKey = decoded && decoded.decoded.size() == 16;
            const WsHttpError error = wsCheckUpgradeRequest(upgradeRequestWith("Sec-WebSocket-Key", key));
            QVERIFY2(bool(error) != isKey, key.toHex());
        }
    }
}

void TestWsServerHandshake::requestWithoutUpgradeIsToldHow()
{
    const WsHttpError error = wsCheckUpgradeRequest(plainRequest());
    QCOMPARE(error.headers, (WsHeaders{{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}));
}

void TestWsServerHandshake::wrongVersionIsToldTheRightOne()
{
    const WsHttpError error = wsCheckUpgradeRequest(upgradeRequestWith("Sec-WebSocket-Version", "8"));
    QCOMPARE(wsHeader(error.headers, "Sec-WebSocket-Version"), "13"_ba);
}

void TestWsServerHandshake::wrongMethodIsToldTheRightOne()
{
    WsRequestHead request = upgradeRequest();
    request.method = "POST";
    QCOMPARE(wsCheckUpgradeRequest(request).headers, (WsHeaders{{"Allow", "GET"}}));
}

void TestWsServerHandshake::offeredSubprotocolsAreReadFromAllHeaders()
{
    const WsHeaders headers = {
        {"Sec-WebSocket-Protocol", "a, b"}, {"X", "y"}, {"sec-websocket-protocol", "C"}};
    QCOMPARE(wsOfferedSubprotocols(headers), (QStringList{u"a"_s, u"b"_s, u"C"_s}));
    QCOMPARE(wsOfferedSubprotocols({}), QStringList());
}

void TestWsServerHandshake::firstSupportedSubprotocolIsChosen_data()
{
    QTest::addColumn<QStringList>("supported");
    QTest::addColumn<QStringList>("offered");
    QTest::addColumn<QString>("chosen");
    QTest::newRow("the server's order counts")
        << QStringList{u"a"_s, u"b"_s} << QStringList{u"b"_s, u"a"_s} << u"a"_s;
    QTest::newRow("only what is offered") << QStringList{u"a"_s, u"b"_s} << QStringList{u"b"_s} << u"b"_s;
    QTest::newRow("case matters") << QStringList{u"a"_s} << QStringList{u"A"_s} << QString();
    QTest::newRow("none in common") << QStringList{u"a"_s} << QStringList{u"b"_s} << QString();
    QTest::newRow("none offered") << QStringList{u"a"_s} << QStringList() << QString();
    QTest::newRow("none supported") << QStringList() << QStringList{u"a"_s} << QString();
}

void TestWsServerHandshake::firstSupportedSubprotocolIsChosen()
{
    QFETCH(QStringList, supported);
    QFETCH(QStringList, offered);
    QTEST(wsChooseSubprotocol(supported, offered), "chosen");
}

void TestWsServerHandshake::acceptanceHasItsHeaders()
{
    QCOMPARE(wsAcceptanceBytes(ExampleKey, {}, {}), "HTTP/1.1 101 Switching Protocols\r\n"
                                                    "Upgrade: websocket\r\n"
                                                    "Connection: Upgrade\r\n"
                                                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                                    "\r\n"_ba);
}

void TestWsServerHandshake::acceptanceNamesSubprotocolExtensionsAndUserHeaders()
{
    const WsAgreement agreement = {u"chat"_s, "permessage-deflate"};
    QCOMPARE(wsAcceptanceBytes(ExampleKey, agreement, {{"Set-Cookie", "a=b"}, {"X", ""}}),
             "HTTP/1.1 101 Switching Protocols\r\n"
             "Upgrade: websocket\r\n"
             "Connection: Upgrade\r\n"
             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
             "Sec-WebSocket-Protocol: chat\r\n"
             "Sec-WebSocket-Extensions: permessage-deflate\r\n"
             "Set-Cookie: a=b\r\n"
             "X: \r\n"
             "\r\n"_ba);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsServerHandshake)

#include "tst_wsserverhandshake.moc"
