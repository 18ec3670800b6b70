// SPDX-License-Identifier: MIT
#include "protocol/wshandshake.h"

#include <QtCore/qset.h>
#include <QtTest/QtTest>

#ifdef Q_OS_UNIX
#include "forking.h"
#endif

using namespace Qt::StringLiterals;

namespace {
// RFC 6455 §1.3
const QByteArray ExampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
const QByteArray ExampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// A value that stands for "leave this header out".
const QByteArray Missing;

WsHeaders without(WsHeaders headers, QByteArrayView name)
{
    headers.removeIf([name](const auto &header) { return wsIsSameName(header.first, name); });
    return headers;
}

WsHeaders with(const WsHeaders &headers, const QByteArray &name, const QByteArray &value)
{
    WsHeaders result = without(headers, name);
    if (!value.isNull())
        result.append({name, value});
    return result;
}

WsRequestHead upgradeRequest()
{
    return {"GET",
            "/chat",
            1,
            {{"Host", "server.example.com"},
             {"Upgrade", "websocket"},
             {"Connection", "Upgrade"},
             {"Sec-WebSocket-Key", ExampleKey},
             {"Sec-WebSocket-Version", "13"}}};
}

WsRequestHead upgradeRequestWith(const QByteArray &name, const QByteArray &value)
{
    WsRequestHead request = upgradeRequest();
    request.headers = with(request.headers, name, value);
    return request;
}

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

Q_DECLARE_METATYPE(WsRequestHead)
Q_DECLARE_METATYPE(WsResponseHead)
Q_DECLARE_METATYPE(WsUpgradeRequest)
Q_DECLARE_METATYPE(WsResponse)

class tst_WsHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void upgradeIsRecognized_data();
    void upgradeIsRecognized();
    void requestIsAccepted_data();
    void requestIsAccepted();
    void requestIsRefused_data();
    void requestIsRefused();
    void upgradeRequestIsAccepted_data();
    void upgradeRequestIsAccepted();
    void upgradeRequestIsRefused_data();
    void upgradeRequestIsRefused();
    void requestWithoutUpgradeIsToldHow();
    void wrongVersionIsToldTheRightOne();
    void wrongMethodIsToldTheRightOne();

    void offeredSubprotocolsAreReadFromAllHeaders();
    void firstSupportedSubprotocolIsChosen_data();
    void firstSupportedSubprotocolIsChosen();

    void originIsChecked_data();
    void originIsChecked();

    void acceptKeyIsThatOfTheExample();
    void acceptanceHasItsHeaders();
    void acceptanceNamesSubprotocolExtensionsAndUserHeaders();

    void responseIsRight_data();
    void responseIsRight();
    void responseIsWrong_data();
    void responseIsWrong();

    void answerHasLengthAndClose();
    void answerToHeadHasNoBody();
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

void tst_WsHandshake::upgradeIsRecognized_data()
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

void tst_WsHandshake::upgradeIsRecognized()
{
    QFETCH(WsRequestHead, request);
    QTEST(wsIsUpgradeRequest(request), "isUpgrade");
}

void tst_WsHandshake::requestIsAccepted_data()
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

void tst_WsHandshake::requestIsAccepted()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckRequest(request);
    QVERIFY2(!error, qPrintable(error.text));
}

void tst_WsHandshake::requestIsRefused_data()
{
    QTest::addColumn<WsRequestHead>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("text");

    const QString upgradeBody = u"upgrade request has a body"_s;
    const QString plainBody = u"request has a body, and none is accepted"_s;

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
        const QString text = u"Host header is no host with an optional port: %1"_s;
        QTest::addRow("Host \"%s\"", host)
            << WsRequestHead{"GET", "/", 1, {{"Host", host}}} << 400 << text.arg(wsQuoted(host));
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
            << u"Content-Length is no number: %1"_s.arg(wsQuoted(length));
    }
    QTest::newRow("body") << plainRequestPlus({{"Content-Length", "1"}}) << 413 << plainBody;
    QTest::newRow("body of a length that no integer holds")
        << plainRequestPlus({{"Content-Length", "100000000000000000000000"}}) << 413 << plainBody;
    QTest::newRow("chunked body") << plainRequestPlus({{"Transfer-Encoding", "chunked"}}) << 413 << plainBody;
    QTest::newRow("empty Transfer-Encoding")
        << plainRequestPlus({{"Transfer-Encoding", ""}}) << 413 << plainBody;
    QTest::newRow("upgrade with a body")
        << upgradeRequestPlus({{"Content-Length", "5"}}) << 400 << upgradeBody;
    QTest::newRow("upgrade with a chunked body")
        << upgradeRequestPlus({{"Transfer-Encoding", "chunked"}}) << 400 << upgradeBody;
}

void tst_WsHandshake::requestIsRefused()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckRequest(request);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
}

void tst_WsHandshake::upgradeRequestIsAccepted_data()
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

void tst_WsHandshake::upgradeRequestIsAccepted()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckUpgradeRequest(request);
    QVERIFY2(!error, qPrintable(error.text));
}

void tst_WsHandshake::upgradeRequestIsRefused_data()
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
                            << u"Sec-WebSocket-Key is not Base64 of 16 bytes: %1"_s.arg(wsQuoted(key));
    }

    QTest::newRow("two Origin headers")
        << upgradeRequestPlus({{"Origin", "http://a"}, {"Origin", "http://b"}}) << 400
        << u"Origin header appears more than once: \"http://a\", \"http://b\""_s;
    QTest::newRow("subprotocol with a space") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a, b c"}})
                                              << 400 << u"subprotocol is no token: \"b c\""_s;
    QTest::newRow("subprotocol with a slash") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a/b"}})
                                              << 400 << u"subprotocol is no token: \"a/b\""_s;
    QTest::newRow("subprotocol twice") << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a, b, a"}}) << 400
                                       << u"subprotocol appears more than once: \"a\""_s;
    QTest::newRow("subprotocol twice in two headers")
        << upgradeRequestPlus({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Protocol", "a"}}) << 400
        << u"subprotocol appears more than once: \"a\""_s;
}

void tst_WsHandshake::upgradeRequestIsRefused()
{
    QFETCH(WsRequestHead, request);
    const WsHttpError error = wsCheckUpgradeRequest(request);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
}

void tst_WsHandshake::requestWithoutUpgradeIsToldHow()
{
    const WsHttpError error = wsCheckUpgradeRequest(plainRequest());
    QCOMPARE(
        error.headers,
        (WsHeaders{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}}));
}

void tst_WsHandshake::wrongVersionIsToldTheRightOne()
{
    const WsHttpError error = wsCheckUpgradeRequest(upgradeRequestWith("Sec-WebSocket-Version", "8"));
    QCOMPARE(wsHeader(error.headers, "Sec-WebSocket-Version"), "13"_ba);
}

void tst_WsHandshake::wrongMethodIsToldTheRightOne()
{
    WsRequestHead request = upgradeRequest();
    request.method = "POST";
    QCOMPARE(wsCheckUpgradeRequest(request).headers, (WsHeaders{{"Allow", "GET"}}));
}

void tst_WsHandshake::offeredSubprotocolsAreReadFromAllHeaders()
{
    const WsHeaders headers = {
        {"Sec-WebSocket-Protocol", "a, b"}, {"X", "y"}, {"sec-websocket-protocol", "C"}};
    QCOMPARE(wsOfferedSubprotocols(headers), (QStringList{u"a"_s, u"b"_s, u"C"_s}));
    QCOMPARE(wsOfferedSubprotocols({}), QStringList());
}

void tst_WsHandshake::firstSupportedSubprotocolIsChosen_data()
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

void tst_WsHandshake::firstSupportedSubprotocolIsChosen()
{
    QFETCH(QStringList, supported);
    QFETCH(QStringList, offered);
    QTEST(wsChooseSubprotocol(supported, offered), "chosen");
}

void tst_WsHandshake::originIsChecked_data()
{
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<bool>("isAllowed");

    const QStringList none;
    QTest::newRow("no origin") << none << QString() << "a"_ba << false << true;
    QTest::newRow("no origin, list") << QStringList{u"http://b"_s} << QString() << "a"_ba << false << true;
    QTest::newRow("same host") << none << u"http://a"_s << "a"_ba << false << true;
    QTest::newRow("same host in odd case")
        << none << u"HTTP://A.Example"_s << "a.eXAMPLE"_ba << false << true;
    QTest::newRow("other host") << none << u"http://b"_s << "a"_ba << false << false;
    QTest::newRow("host that ends alike") << none << u"http://evil-a"_s << "a"_ba << false << false;
    QTest::newRow("host that begins alike") << none << u"http://a.evil"_s << "a"_ba << false << false;
    QTest::newRow("subdomain") << none << u"http://sub.a"_s << "a"_ba << false << false;
    QTest::newRow("no Host") << none << u"http://a"_s << ""_ba << false << false;
    QTest::newRow("broken Host") << none << u"http://a"_s << "a b"_ba << false << false;
    QTest::newRow("same port") << none << u"http://a:8080"_s << "a:8080"_ba << false << true;
    QTest::newRow("other port") << none << u"http://a:8080"_s << "a:8081"_ba << false << false;
    QTest::newRow("port only in the origin") << none << u"http://a:8080"_s << "a"_ba << false << false;
    QTest::newRow("port only in Host") << none << u"http://a"_s << "a:8080"_ba << false << false;
    QTest::newRow("default port only in the origin") << none << u"http://a:80"_s << "a"_ba << false << true;
    QTest::newRow("default port only in Host") << none << u"http://a"_s << "a:80"_ba << false << true;
    QTest::newRow("https on TLS") << none << u"https://a"_s << "a"_ba << true << true;
    QTest::newRow("https on TLS, default port in Host")
        << none << u"https://a"_s << "a:443"_ba << true << true;
    QTest::newRow("https on TLS, default port in the origin")
        << none << u"https://a:443"_s << "a"_ba << true << true;
    QTest::newRow("https on TLS, other port") << none << u"https://a"_s << "a:444"_ba << true << false;
    QTest::newRow("https behind a proxy that ends TLS") << none << u"https://a"_s << "a"_ba << false << true;
    QTest::newRow("https behind a proxy, with the port")
        << none << u"https://a:8443"_s << "a:8443"_ba << false << true;
    QTest::newRow("https page on the port 80 of Host")
        << none << u"https://a"_s << "a:80"_ba << false << false;
    QTest::newRow("http page on TLS") << none << u"http://a"_s << "a"_ba << true << false;
    QTest::newRow("http page and TLS on one port")
        << none << u"http://a:8080"_s << "a:8080"_ba << true << true;
    QTest::newRow("IPv6") << none << u"http://[::1]:8080"_s << "[::1]:8080"_ba << false << true;
    QTest::newRow("other IPv6") << none << u"http://[::1]"_s << "[::2]"_ba << false << false;
    QTest::newRow("null") << none << u"null"_s << "null"_ba << false << false;
    QTest::newRow("extension of a browser") << none << u"chrome-extension://a"_s << "a"_ba << false << false;
    QTest::newRow("origin with a path") << none << u"http://a/"_s << "a"_ba << false << false;
    QTest::newRow("origin with a user") << none << u"http://a@b"_s << "b"_ba << false << false;
    QTest::newRow("several origins") << none << u"http://a http://b"_s << "a"_ba << false << false;
    QTest::newRow("origin without host") << none << u"http://"_s << "a"_ba << false << false;
    QTest::newRow("origin without scheme") << none << u"a"_s << "a"_ba << false << false;

    const QStringList any = {u"*"_s};
    QTest::newRow("any") << any << u"http://b"_s << "a"_ba << false << true;
    QTest::newRow("any, null") << any << u"null"_s << "a"_ba << false << true;
    const QStringList list = {u"https://B.example"_s, u"http://c:8080"_s, u"http://d:80"_s};
    QTest::newRow("listed") << list << u"https://b.example"_s << "a"_ba << false << true;
    QTest::newRow("listed, odd case") << list << u"HTTPS://b.EXAMPLE"_s << "a"_ba << false << true;
    QTest::newRow("listed, default port given")
        << list << u"https://b.example:443"_s << "a"_ba << false << true;
    QTest::newRow("listed with default port") << list << u"http://d"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other scheme") << list << u"http://b.example"_s << "a"_ba << false << false;
    QTest::newRow("listed host, port of the other scheme")
        << list << u"https://b.example:80"_s << "a"_ba << false << false;
    QTest::newRow("listed with port") << list << u"http://c:8080"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other port") << list << u"http://c"_s << "a"_ba << false << false;
    QTest::newRow("listed, subdomain") << list << u"https://x.b.example"_s << "a"_ba << false << false;
    QTest::newRow("own origin with a list") << list << u"http://a"_s << "a"_ba << false << false;
    QTest::newRow("null with a list") << list << u"null"_s << "a"_ba << false << false;
    QTest::newRow("null listed") << QStringList{u"null"_s} << u"null"_s << "a"_ba << false << true;
    QTest::newRow("any among others") << (list + any) << u"http://x"_s << "a"_ba << false << true;
}

void tst_WsHandshake::originIsChecked()
{
    QFETCH(QStringList, allowed);
    QFETCH(QString, origin);
    QFETCH(QByteArray, host);
    QFETCH(bool, isEncrypted);
    QTEST(wsIsOriginAllowed(allowed, origin, host, isEncrypted), "isAllowed");
}

void tst_WsHandshake::acceptKeyIsThatOfTheExample()
{
    QCOMPARE(wsAcceptKey(ExampleKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="_ba);
}

void tst_WsHandshake::acceptanceHasItsHeaders()
{
    QCOMPARE(wsAcceptanceBytes(ExampleKey, {}, {}), "HTTP/1.1 101 Switching Protocols\r\n"
                                                    "Upgrade: websocket\r\n"
                                                    "Connection: Upgrade\r\n"
                                                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                                    "\r\n"_ba);
}

void tst_WsHandshake::acceptanceNamesSubprotocolExtensionsAndUserHeaders()
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

void tst_WsHandshake::responseIsRight_data()
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

void tst_WsHandshake::responseIsRight()
{
    QFETCH(WsResponse, response);
    QCOMPARE(wsCheckResponse(response), QString());
}

void tst_WsHandshake::responseIsWrong_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::addColumn<QString>("text");
    for (const int status : {0, -1, 100, 102, 199, 600, 1000}) {
        QTest::addRow("status %d", status)
            << WsResponse(status) << u"status %1 is none that a request can be answered with"_s.arg(status);
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
        {}, {{"X:", "a"}}) << u"header name contains a character that is not allowed in it: \"X:\""_s;
    QTest::newRow("line break in the subprotocol")
        << WsResponse::accept(u"a\r\nb"_s) << u"subprotocol is no token: \"a\uFFFD\uFFFDb\""_s;
    QTest::newRow("several subprotocols")
        << WsResponse::accept(u"a, b"_s) << u"subprotocol is no token: \"a, b\""_s;
    QTest::newRow("subprotocol that is not ASCII")
        << WsResponse::accept(u"ä"_s) << u"subprotocol is no token: \"ä\""_s;
}

void tst_WsHandshake::responseIsWrong()
{
    QFETCH(WsResponse, response);
    QTEST(wsCheckResponse(response), "text");
}

void tst_WsHandshake::answerHasLengthAndClose()
{
    QCOMPARE(wsAnswerBytes(WsResponse(200, "hello", {{"X", "y"}})), "HTTP/1.1 200 OK\r\n"
                                                                    "X: y\r\n"
                                                                    "Connection: close\r\n"
                                                                    "Content-Length: 5\r\n"
                                                                    "\r\n"
                                                                    "hello"_ba);
}

void tst_WsHandshake::answerToHeadHasNoBody()
{
    QCOMPARE(wsAnswerBytes(WsResponse(200, "hello"), false),
             "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"_ba);
}

void tst_WsHandshake::answerMayBeEmpty()
{
    QCOMPARE(wsAnswerBytes(WsResponse(403)),
             "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"_ba);
}

void tst_WsHandshake::answerWithoutContentHasNoLength_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("hasLength");
    QTest::newRow("204") << 204 << false;
    QTest::newRow("304") << 304 << false;
    QTest::newRow("205") << 205 << true;
}

void tst_WsHandshake::answerWithoutContentHasNoLength()
{
    QFETCH(int, status);
    QTEST(wsAnswerBytes(WsResponse(status)).contains("Content-Length: 0\r\n"), "hasLength");
}

void tst_WsHandshake::answerWritesConnectionItself()
{
    const QByteArray answer = wsAnswerBytes(WsResponse(200, {}, {{"connection", "keep-alive"}}));
    QVERIFY(!answer.contains("keep-alive"));
    QCOMPARE(answer.toLower().count("connection:"), 1);
}

void tst_WsHandshake::answer426KeepsUpgrade()
{
    QCOMPARE(wsAnswerBytes(wsErrorResponse(wsCheckUpgradeRequest(plainRequest()))),
             "HTTP/1.1 426 Upgrade Required\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Upgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Connection: close, Upgrade\r\n"
             "Content-Length: 49\r\n"
             "\r\n"
             "request does not ask for an upgrade to websocket\n"_ba);
}

void tst_WsHandshake::answer426OfTheApplicationIsCompleted()
{
    QCOMPARE(wsAnswerBytes(WsResponse(426)), "HTTP/1.1 426 Upgrade Required\r\n"
                                             "Connection: close, Upgrade\r\n"
                                             "Upgrade: websocket\r\n"
                                             "Sec-WebSocket-Version: 13\r\n"
                                             "Content-Length: 0\r\n"
                                             "\r\n"_ba);
}

void tst_WsHandshake::answerHasStandardReason_data()
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

void tst_WsHandshake::answerHasStandardReason()
{
    QFETCH(int, status);
    QFETCH(QByteArray, line);
    const QByteArray answer = wsAnswerBytes(WsResponse(status));
    QCOMPARE(answer.first(answer.indexOf("\r\n")), "HTTP/1.1 " + line);
}

void tst_WsHandshake::answerWithUnknownStatusHasEmptyReason()
{
    QVERIFY(wsAnswerBytes(WsResponse(599)).startsWith("HTTP/1.1 599 \r\n"));
}

void tst_WsHandshake::everyAnswerIsReadBackAtEverySplit_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::newRow("html") << WsResponse::html("<p>");
    QTest::newRow("not found") << WsResponse::notFound();
    QTest::newRow("unknown status") << WsResponse(599, "x");
    QTest::newRow("upgrade required") << WsResponse(426);
    QTest::newRow("error") << wsErrorResponse({431, u"more than 100 headers"_s, {}});
}

void tst_WsHandshake::everyAnswerIsReadBackAtEverySplit()
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

void tst_WsHandshake::errorResponseCarriesTextAndHeaders()
{
    const WsResponse response = wsErrorResponse({405, u"no"_s, {{"Allow", "GET"}}});
    QCOMPARE(response.status(), 405);
    QCOMPARE(response.body(), "no\n"_ba);
    QCOMPARE(response.headers(),
             (WsHeaders{{"Content-Type", "text/plain; charset=utf-8"}, {"Allow", "GET"}}));
}

void tst_WsHandshake::newKeyIsBase64Of16Bytes()
{
    const QByteArray key = wsNewKey();
    QCOMPARE(key.size(), 24);
    QCOMPARE(QByteArray::fromBase64(key).size(), 16);
    QVERIFY(!wsCheckUpgradeRequest(upgradeRequestWith("Sec-WebSocket-Key", key)));
}

void tst_WsHandshake::newKeysDiffer()
{
    QSet<QByteArray> keys;
    for (int i = 0; i < 1000; ++i)
        keys.insert(wsNewKey());
    QCOMPARE(keys.size(), 1000);
}

void tst_WsHandshake::newKeysDifferBetweenParentAndChild()
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

void tst_WsHandshake::ownRequestIsRight_data()
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

void tst_WsHandshake::ownRequestIsRight()
{
    QFETCH(WsUpgradeRequest, request);
    QCOMPARE(wsCheckOwnRequest(request), QString());
}

void tst_WsHandshake::ownRequestIsWrong_data()
{
    QTest::addColumn<WsUpgradeRequest>("request");
    QTest::addColumn<QString>("text");

    const auto add = [](const char *name, auto change, const QString &text) {
        WsUpgradeRequest request = ownRequest();
        change(&request);
        QTest::newRow(name) << request << text;
    };
    using Request = WsUpgradeRequest;
    const QString host = u"host is no host with an optional port: %1"_s;
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
        u"request target contains a fragment: \"/a#b\""_s);
    add(
        "empty subprotocol", [](Request *r) { r->subprotocols = {QString()}; },
        u"subprotocol is no token: \"\""_s);
    add(
        "line break in a subprotocol",
        [](Request *r) {
            r->subprotocols = {u"a"_s, u"b\nc"_s};
        },
        u"subprotocol is no token: \"b\uFFFDc\""_s);
    add(
        "comma in a subprotocol", [](Request *r) { r->subprotocols = {u"a,b"_s}; },
        u"subprotocol is no token: \"a,b\""_s);
    add(
        "subprotocol twice",
        [](Request *r) {
            r->subprotocols = {u"a"_s, u"a"_s};
        },
        u"subprotocol appears more than once: \"a\""_s);
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

void tst_WsHandshake::ownRequestIsWrong()
{
    QFETCH(WsUpgradeRequest, request);
    QTEST(wsCheckOwnRequest(request), "text");
}

void tst_WsHandshake::requestBytesStandInTheirOrder()
{
    QCOMPARE(wsRequestBytes(ownRequest()), "GET /chat HTTP/1.1\r\n"
                                           "Host: server.example.com\r\n"
                                           "Upgrade: websocket\r\n"
                                           "Connection: Upgrade\r\n"
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                           "Sec-WebSocket-Version: 13\r\n"
                                           "\r\n"_ba);
}

void tst_WsHandshake::requestBytesNameSubprotocolsAndExtensions()
{
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"chat"_s, u"superchat"_s};
    request.compression = offeringCompression();
    request.headers = {{"Origin", "http://a"}, {"Cookie", "a=b"}};
    QVERIFY(wsRequestBytes(request).endsWith("Sec-WebSocket-Version: 13\r\n"
                                             "Sec-WebSocket-Protocol: chat, superchat\r\n"
                                             "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n"
                                             "Origin: http://a\r\n"
                                             "Cookie: a=b\r\n"
                                             "\r\n"));
}

void tst_WsHandshake::requestBytesAreReadBackByTheServer()
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

void tst_WsHandshake::acceptanceIsRight_data()
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

void tst_WsHandshake::acceptanceIsRight()
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

void tst_WsHandshake::acceptanceIsWrong_data()
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

    QTest::newRow("subprotocol that was not offered")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "c"}})
        << u"server chose the subprotocol \"c\", which was not offered"_s;
    QTest::newRow("subprotocol in other case")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "A"}})
        << u"server chose the subprotocol \"A\", which was not offered"_s;
    QTest::newRow("empty subprotocol") << acceptancePlus({{"Sec-WebSocket-Protocol", ""}})
                                       << u"server chose the subprotocol \"\", which was not offered"_s;
    QTest::newRow("several subprotocols") << acceptancePlus({{"Sec-WebSocket-Protocol", "a, b"}})
                                          << u"server chose several subprotocols: \"a, b\""_s;
    QTest::newRow("two headers of subprotocols")
        << acceptancePlus({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Protocol", "b"}})
        << u"Sec-WebSocket-Protocol header appears more than once: \"a\", \"b\""_s;
    QTest::newRow("extension that was not offered")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate, z; p=1"}})
        << u"server uses the extension \"z\", which was not offered"_s;
    QTest::newRow("extension twice")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate"}})
        << u"server uses the extension \"permessage-deflate\" twice"_s;
    QTest::newRow("extension with an unknown parameter")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "permessage-deflate; x"}})
        << u"permessage-deflate: parameter \"x\" is unknown"_s;
    QTest::newRow("two headers of extensions")
        << acceptancePlus({{"Sec-WebSocket-Extensions", "x"}, {"Sec-WebSocket-Extensions", "y"}})
        << u"Sec-WebSocket-Extensions header appears more than once: \"x\", \"y\""_s;
}

void tst_WsHandshake::acceptanceIsWrong()
{
    QFETCH(WsResponseHead, response);
    WsUpgradeRequest request = ownRequest();
    request.subprotocols = {u"a"_s, u"b"_s};
    request.compression = offeringCompression();
    WsAgreement agreement;
    QTEST(wsCheckAcceptance(response, request, &agreement), "text");
}

void tst_WsHandshake::wrongAcceptanceLeavesTheResultAlone()
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

void tst_WsHandshake::bothSidesAgreeAtEverySplit()
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

QTEST_APPLESS_MAIN(tst_WsHandshake)

#include "tst_wshandshake.moc"
