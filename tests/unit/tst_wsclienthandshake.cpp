// SPDX-License-Identifier: MIT
#include "protocol/wsclienthandshake.h"

#include "handshaketesting.h"
#include "protocol/wsserverhandshake.h"

#include <QtCore/qset.h>

#ifdef Q_OS_UNIX
#include "forking.h"
#endif

using namespace Qt::StringLiterals;

namespace {
WsUpgradeRequest ownRequest()
{
    return {"server.example.com", "/chat", ExampleKey, {}, {}, {}};
}

WsCompression offeringCompression()
{
    WsCompression compression;
    compression.setEnabled(true);
    return compression;
}

WsResponseHead acceptance()
{
    return {101,
            "Switching Protocols",
            1,
            {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", ExampleAccept}}};
}

WsResponseHead acceptanceWith(const QByteArray &name, const QByteArray &value)
{
    WsResponseHead response = acceptance();
    response.headers = with(response.headers, name, value);
    return response;
}

WsResponseHead acceptancePlus(const WsHeaders &headers)
{
    WsResponseHead response = acceptance();
    response.headers += headers;
    return response;
}
} // namespace

Q_DECLARE_METATYPE(WsResponseHead)
Q_DECLARE_METATYPE(WsUpgradeRequest)

class TestWsClientHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newKeyIsBase64Of16Bytes();
    void newKeysDiffer();
    void newKeysDifferBetweenParentAndChild();
    void ownRequestIsRight_data();
    void ownRequestIsRight();
    void ownRequestIsWrong_data();
    void ownRequestIsWrong();
    void requestBytesStandInTheirOrder();
    void requestBytesNameSubprotocolsAndExtensions();
    void requestBytesAreReadBackByTheServer_data() { ownRequestIsRight_data(); }
    void requestBytesAreReadBackByTheServer();
    void acceptanceIsRight_data();
    void acceptanceIsRight();
    void acceptanceIsWrong_data();
    void acceptanceIsWrong();
    void wrongAcceptanceLeavesTheResultAlone();
    void bothSidesAgreeAtEverySplit();
};

void TestWsClientHandshake::newKeyIsBase64Of16Bytes()
{
    const QByteArray key = wsNewKey();
    QCOMPARE(key.size(), 24);
    QCOMPARE(QByteArray::fromBase64(key).size(), 16);
    QVERIFY(!wsCheckUpgradeRequest(upgradeRequestWith("Sec-WebSocket-Key", key)));
}

void TestWsClientHandshake::newKeysDiffer()
{
    QSet<QByteArray> keys;
    for (int i = 0; i < 1000; ++i)
        keys.insert(wsNewKey());
    QCOMPARE(keys.size(), 1000);
}

void TestWsClientHandshake::newKeysDifferBetweenParentAndChild()
{
#ifdef Q_OS_UNIX
    const auto draw = [] {
        QByteArrayList keys;
        for (int i = 0; i < 20; ++i)
            keys.append(wsNewKey());
        return keys;
    };
    draw();
    const QByteArrayList ofChild = bytesOfChild([draw] { return draw().join(' '); }).split(' ');
    QCOMPARE(ofChild.size(), 20);
    const QByteArrayList ofParent = draw();
    for (const QByteArray &key : ofChild)
        QVERIFY(!ofParent.contains(key));
#else
    QSKIP("there is no fork() here");
#endif
}

void TestWsClientHandshake::ownRequestIsRight_data()
{
    QTest::addColumn<WsUpgradeRequest>("request");
    QTest::newRow("bare") << ownRequest();
    WsUpgradeRequest request = ownRequest();
    request.host = "[::1]:8080";
    request.target = "/a?b=c%20d";
    QTest::newRow("IPv6, port and query") << request;
    request.subprotocols = {u"chat"_s, u"superchat"_s};
    request.compression = offeringCompression();
    QTest::newRow("subprotocols and extensions") << request;
    request.headers = {
        {"Origin", "http://a"}, {"Cookie", "a=b"}, {"Authorization", "Basic x"}, {"User-Agent", "c"}};
    QTest::newRow("headers of the user") << request;
}

void TestWsClientHandshake::ownRequestIsRight()
{
    QFETCH(WsUpgradeRequest, request);
    QCOMPARE(wsCheckOwnRequest(request), QString());
}

void TestWsClientHandshake::ownRequestIsWrong_data()
{
    QTest::addColumn<WsUpgradeRequest>("request");
    QTest::addColumn<QString>("text");

    const auto add = [](const char *name, auto change, const QString &text) {
        WsUpgradeRequest request = ownRequest();
        change(&request);
        QTest::newRow(name) << request << text;
    };
    using Request = WsUpgradeRequest;
    const QString host = u"host is not of the form host[:port]: %1"_s;
    const QString ascii = u"request target contains a character that is not visible ASCII: %1"_s;
    add(
        "empty host", [](Request *r) { r->host = ""; }, host.arg(u"\"\""_s));
    add(
        "line break in the host", [](Request *r) { r->host = "a\r\nX: y"; },
        host.arg(u"\"a\uFFFD\uFFFDX: y\""_s));
    add(
        "NUL in the host", [](Request *r) { r->host = "a\0b"_ba; }, host.arg(u"\"a\uFFFDb\""_s));
    add(
        "user in the host", [](Request *r) { r->host = "u@a"; }, host.arg(u"\"u@a\""_s));
    add(
        "empty target", [](Request *r) { r->target = ""; }, ascii.arg(u"\"\""_s));
    add(
        "space in the target", [](Request *r) { r->target = "/a b"; }, ascii.arg(u"\"/a b\""_s));
    add(
        "line break in the target", [](Request *r) { r->target = "/\r\nX: y"; },
        ascii.arg(u"\"/\uFFFD\uFFFDX: y\""_s));
    add(
        "NUL in the target", [](Request *r) { r->target = "/\0"_ba; }, ascii.arg(u"\"/\uFFFD\""_s));
    add(
        "UTF-8 in the target", [](Request *r) { r->target = "/\xC3\xA4"; }, ascii.arg(u"\"/ä\""_s));
    add(
        "relative target", [](Request *r) { r->target = "a"; },
        u"request target does not begin with a slash: \"a\""_s);
    add(
        "fragment in the target", [](Request *r) { r->target = "/a#b"; },
        u"request target contains a fragment: \"/a\""_s);
    add(
        "empty subprotocol", [](Request *r) { r->subprotocols = {QString()}; },
        u"subprotocol 1 is not a token"_s);
    add(
        "line break in a subprotocol",
        [](Request *r) {
            r->subprotocols = {u"a"_s, u"b\nc"_s};
        },
        u"subprotocol 2 is not a token"_s);
    add(
        "comma in a subprotocol", [](Request *r) { r->subprotocols = {u"a,b"_s}; },
        u"subprotocol 1 is not a token"_s);
    add(
        "subprotocol twice",
        [](Request *r) {
            r->subprotocols = {u"a"_s, u"a"_s};
        },
        u"subprotocol 2 appears more than once"_s);
    add(
        "empty header name",
        [](Request *r) {
            r->headers = {{"", "a"}};
        },
        u"header name is empty"_s);
    add(
        "space in a header name",
        [](Request *r) {
            r->headers = {{"X Y", "a"}};
        },
        u"header name contains a space"_s);
    add(
        "CR in a header value",
        [](Request *r) {
            r->headers = {{"X", "a\rb"}};
        },
        u"value of header \"X\" contains CR"_s);
    add(
        "LF in a header value",
        [](Request *r) {
            r->headers = {{"X", "a\nb"}};
        },
        u"value of header \"X\" contains LF"_s);
    add(
        "NUL in a header value",
        [](Request *r) {
            r->headers = {{"X", "a\0b"_ba}};
        },
        u"value of header \"X\" contains NUL"_s);

    for (const char *name :
         {"Connection", "Upgrade", "Sec-WebSocket-Key", "sec-websocket-version", "Sec-WebSocket-Protocol",
          "Sec-WebSocket-Extensions", "Sec-WebSocket-Foo", "Content-Length", "transfer-encoding"}) {
        WsUpgradeRequest request = ownRequest();
        request.headers = {{"X", "y"}, {name, "a"}};
        QTest::addRow("header %s", name)
            << request << u"header %1 belongs to the handshake and cannot be set"_s.arg(wsQuoted(name));
    }
    add(
        "header Host",
        [](Request *r) {
            r->headers = {{"host", "a"}};
        },
        u"header \"Host\" belongs to the handshake and cannot be set"_s);
}

void TestWsClientHandshake::ownRequestIsWrong()
{
    QFETCH(WsUpgradeRequest, request);
    QTEST(wsCheckOwnRequest(request), "text");
}

void TestWsClientHandshake::requestBytesStandInTheirOrder()
{
    QCOMPARE(wsRequestBytes(ownRequest()), "GET /chat HTTP/1.1\r\n"
                                           "Host: server.example.com\r\n"
                                           "Upgrade: websocket\r\n"
                                           "Connection: Upgrade\r\n"
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                           "Sec-WebSocket-Version: 13\r\n"
                                           "\r\n"_ba);
}

void TestWsClientHandshake::requestBytesNameSubprotocolsAndExtensions()
{
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"chat"_s, u"superchat"_s};
    request.compression = offeringCompression();
    request.headers = {{"Origin", "http://a"}, {"Cookie", "a=b"}};
    QVERIFY(wsRequestBytes(request).endsWith(
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: chat, superchat\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n"
        "Origin: http://a\r\n"
        "Cookie: a=b\r\n"
        "\r\n"));
}

void TestWsClientHandshake::requestBytesAreReadBackByTheServer()
{
    QFETCH(WsUpgradeRequest, request);
    const QByteArray bytes = wsRequestBytes(request);
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsHeadReader reader(bytes.size());
        reader.receive(bytes.first(split));
        QCOMPARE(reader.receive(bytes.sliced(split)), WsHeadReader::Result::Complete);
        WsRequestHead head;
        QVERIFY(!wsParseRequestHead(reader.head(), 100, &head));
        QVERIFY(!wsCheckRequest(head));
        QVERIFY(!wsCheckUpgradeRequest(head));
        QCOMPARE(head.target, request.target);
        QCOMPARE(wsHeader(head.headers, "Host"), request.host);
        QCOMPARE(wsOfferedSubprotocols(head.headers), request.subprotocols);
        QCOMPARE(head.headers.last(request.headers.size()), request.headers);
    }
}

void TestWsClientHandshake::acceptanceIsRight_data()
{
    QTest::addColumn<WsResponseHead>("response");
    QTest::addColumn<QString>("subprotocol");
    QTest::addColumn<QByteArray>("extensions");
    QTest::newRow("bare") << acceptance() << QString() << ""_ba;
    QTest::newRow("Upgrade in odd case") << acceptanceWith("UPGRADE", "WebSocket") << QString() << ""_ba;
    QTest::newRow("Connection in odd case") << acceptanceWith("connection", "uPGRADE") << QString() << ""_ba;
    QTest::newRow("Connection with more")
        << acceptanceWith("Connection", "keep-alive, Upgrade") << QString() << ""_ba;
    QTest::newRow("two Connection headers")
        << acceptancePlus({{"Connection", "keep-alive"}}) << QString() << ""_ba;
    QTest::newRow("first subprotocol")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "a"}}) << u"a"_s << ""_ba;
    QTest::newRow("second subprotocol")
        << acceptancePlus({{"sec-websocket-protocol", "b"}}) << u"b"_s << ""_ba;
    QTest::newRow("extension") << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate"}})
                               << QString() << "permessage-deflate"_ba;
    QTest::newRow("extension with parameters")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate ; server_max_window_bits=10"}})
        << QString() << "permessage-deflate ; server_max_window_bits=10"_ba;
    QTest::newRow("empty extensions")
        << acceptancePlus({{"Sec-WebSocket-Extensions", ""}}) << QString() << ""_ba;
}

void TestWsClientHandshake::acceptanceIsRight()
{
    QFETCH(WsResponseHead, response);
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"a"_s, u"b"_s};
    request.compression = offeringCompression();
    WsAgreement agreement;
    QCOMPARE(wsCheckAcceptance(response, request, &agreement), QString());
    QTEST(agreement.subprotocol, "subprotocol");
    QTEST(agreement.extensions, "extensions");
}

void TestWsClientHandshake::acceptanceIsWrong_data()
{
    QTest::addColumn<WsResponseHead>("response");
    QTest::addColumn<QString>("text");
    QTest::newRow("status 200") << WsResponseHead{200, "OK", 1, {}}
                                << u"server answered with status 200 \"OK\" instead of 101"_s;
    WsResponseHead old = acceptance();
    old.minorVersion = 0;
    QTest::newRow("HTTP/1.0") << old << u"acceptance is HTTP/1.0 instead of HTTP/1.1"_s;

    QTest::newRow("no Upgrade") << acceptanceWith("Upgrade", Missing) << u"Upgrade header is missing"_s;
    QTest::newRow("another Upgrade") << acceptanceWith("Upgrade", "h2c")
                                     << u"Upgrade header is \"h2c\" instead of websocket"_s;
    QTest::newRow("several protocols in Upgrade")
        << acceptanceWith("Upgrade", "websocket, h2c")
        << u"Upgrade header is \"websocket, h2c\" instead of websocket"_s;
    QTest::newRow("two Upgrade headers")
        << acceptancePlus({{"Upgrade", "h2c"}})
        << u"Upgrade header appears more than once: \"websocket\", \"h2c\""_s;
    QTest::newRow("no Connection") << acceptanceWith("Connection", Missing)
                                   << u"Connection header is missing"_s;
    QTest::newRow("Connection: close") << acceptanceWith("Connection", "close")
                                       << u"Connection header does not contain Upgrade: \"close\""_s;

    QTest::newRow("no Accept") << acceptanceWith("Sec-WebSocket-Accept", Missing)
                               << u"Sec-WebSocket-Accept header is missing"_s;
    const QString accept = u"Sec-WebSocket-Accept is %1 instead of \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\""_s;
    QTest::newRow("wrong Accept") << acceptanceWith("Sec-WebSocket-Accept", "abc")
                                  << accept.arg(u"\"abc\""_s);
    QTest::newRow("Accept in other case") << acceptanceWith("Sec-WebSocket-Accept", ExampleAccept.toLower())
                                          << accept.arg(wsQuoted(ExampleAccept.toLower()));
    QTest::newRow("the key as Accept")
        << acceptanceWith("Sec-WebSocket-Accept", ExampleKey) << accept.arg(wsQuoted(ExampleKey));
    const QString twice = u"Sec-WebSocket-Accept header appears more than once: %1, %1"_s;
    QTest::newRow("two Accept headers")
        << acceptancePlus({{"Sec-WebSocket-Accept", ExampleAccept}}) << twice.arg(wsQuoted(ExampleAccept));

    QTest::newRow("subprotocol that was not offered") << acceptancePlus({{"Sec-WebSocket-Protocol", "c"}})
                                                      << u"server chose a subprotocol that was not offered"_s;
    QTest::newRow("subprotocol in other case") << acceptancePlus({{"Sec-WebSocket-Protocol", "A"}})
                                               << u"server chose a subprotocol that was not offered"_s;
    QTest::newRow("empty subprotocol") << acceptancePlus({{"Sec-WebSocket-Protocol", ""}})
                                       << u"server chose a subprotocol that was not offered"_s;
    QTest::newRow("several subprotocols")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "a, b"}}) << u"server chose several subprotocols"_s;
    QTest::newRow("two headers of subprotocols")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Protocol", "b"}})
        << u"Sec-WebSocket-Protocol header appears more than once"_s;
    QTest::newRow("extension that was not offered")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate, z; p=1"}})
        << u"server uses the extension \"z\", which was not offered"_s;
    QTest::newRow("extension twice") << acceptancePlus(
        {{"Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate"}})
                                     << u"server uses the extension \"permessage-deflate\" twice"_s;
    QTest::newRow("extension with an unknown parameter")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate; x"}})
        << u"permessage-deflate: parameter \"x\" is unknown"_s;
    QTest::newRow("two headers of extensions")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "x"}, {"Sec-WebSocket-Extensions", "y"}})
        << u"Sec-WebSocket-Extensions header appears more than once: \"x\", \"y\""_s;
}

void TestWsClientHandshake::acceptanceIsWrong()
{
    QFETCH(WsResponseHead, response);
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"a"_s, u"b"_s};
    request.compression = offeringCompression();
    WsAgreement agreement;
    QTEST(wsCheckAcceptance(response, request, &agreement), "text");
}

void TestWsClientHandshake::wrongAcceptanceLeavesTheResultAlone()
{
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"a"_s};
    WsAgreement agreement = {u"before"_s, "before", {}};
    const WsResponseHead response =
        acceptancePlus({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Extensions", "x"}});
    QCOMPARE(wsCheckAcceptance(response, request, &agreement),
             u"server uses the extension \"x\", which was not offered"_s);
    QCOMPARE(agreement.subprotocol, u"before"_s);
    QCOMPARE(agreement.extensions, "before"_ba);
}

void TestWsClientHandshake::bothSidesAgreeAtEverySplit()
{
    WsUpgradeRequest request = ownRequest();
    request.key = wsNewKey();
    request.subprotocols = {u"chat"_s};
    request.compression = offeringCompression();
    const QByteArray bytes =
        wsAcceptanceBytes(request.key, {u"chat"_s, "permessage-deflate", {}}, {{"Server", "WsKit"}});
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsHeadReader reader(bytes.size());
        reader.receive(bytes.first(split));
        QCOMPARE(reader.receive(bytes.sliced(split)), WsHeadReader::Result::Complete);
        WsResponseHead response;
        QCOMPARE(wsParseResponseHead(reader.head(), 100, &response), QString());
        WsAgreement agreement;
        QCOMPARE(wsCheckAcceptance(response, request, &agreement), QString());
        QCOMPARE(agreement.subprotocol, u"chat"_s);
        QCOMPARE(agreement.extensions, "permessage-deflate"_ba);
        QCOMPARE(agreement.deflate, WsDeflateAgreement({15, 12, true, true}));
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsClientHandshake)

#include "tst_wsclienthandshake.moc"
