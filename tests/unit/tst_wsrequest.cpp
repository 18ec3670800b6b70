// SPDX-License-Identifier: MIT
#include <WsKit/WsRequest>

#include <QtCore/qmetaobject.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
WsRequest requestFor(const QByteArray &target)
{
    WsRequest request;
    request.setTarget(target);
    return request;
}

WsRequest requestWith(const WsHeaders &headers)
{
    WsRequest request;
    request.setHeaders(headers);
    return request;
}

// "name=value|name=value", for comparing.
QByteArray cookiesOf(const WsRequest &request)
{
    QByteArrayList list;
    for (const QNetworkCookie &cookie : request.cookies())
        list.append(cookie.name() + '=' + cookie.value());
    return list.join('|');
}
} // namespace

class TestWsRequest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isEmptyByDefault();
    void keepsWhatIsSet();
    void decodesThePath_data();
    void decodesThePath();
    void parsesTheQuery();
    void findsHeadersInWhateverCase();
    void tellsMissingFromEmptyHeaders();
    void parsesCookies_data();
    void parsesCookies();
    void joinsAllCookieHeaders();
    void cookiesAreNameAndValueAlone();
    void listsSubprotocolsInOrder();
    void knowsItsOrigin();
    void recognizesAnUpgrade_data();
    void recognizesAnUpgrade();
    void copiesAreIndependent();
    void hasProperties();
};

void TestWsRequest::isEmptyByDefault()
{
    const WsRequest request;
    QVERIFY(request.method().isEmpty());
    QVERIFY(request.target().isEmpty());
    QVERIFY(request.path().isEmpty());
    QVERIFY(request.query().isEmpty());
    QVERIFY(request.headers().isEmpty());
    QVERIFY(request.cookies().isEmpty());
    QVERIFY(request.subprotocols().isEmpty());
    QVERIFY(request.origin().isEmpty());
    QVERIFY(request.peerAddress().isNull());
    QCOMPARE(request.peerPort(), quint16(0));
    QVERIFY(!request.isEncrypted());
    QVERIFY(!request.isWebSocketUpgrade());
}

void TestWsRequest::keepsWhatIsSet()
{
    WsRequest request;
    request.setMethod("GET");
    request.setTarget("/a?b");
    request.setHeaders({{"Host", "example.com"}, {"X", "1"}});
    request.setPeerAddress(QHostAddress::LocalHostIPv6);
    request.setPeerPort(65535);
    request.setEncrypted(true);
    QCOMPARE(request.method(), "GET"_ba);
    QCOMPARE(request.target(), "/a?b"_ba);
    QCOMPARE(request.headers(), (WsHeaders{{"Host", "example.com"}, {"X", "1"}}));
    QCOMPARE(request.peerAddress(), QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(request.peerPort(), quint16(65535));
    QVERIFY(request.isEncrypted());
}

void TestWsRequest::decodesThePath_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QString>("path");
    QTest::newRow("root") << "/"_ba << u"/"_s;
    QTest::newRow("plain") << "/chat/room"_ba << u"/chat/room"_s;
    QTest::newRow("query") << "/chat?room=1"_ba << u"/chat"_s;
    QTest::newRow("query with slash and question mark") << "/chat?a=/b?c"_ba << u"/chat"_s;
    QTest::newRow("query of the root") << "/?a"_ba << u"/"_s;
    QTest::newRow("space") << "/a%20b"_ba << u"/a b"_s;
    QTest::newRow("plus is no space") << "/a+b"_ba << u"/a+b"_s;
    QTest::newRow("UTF-8") << "/%e2%82%ac"_ba << u"/\u20ac"_s;
    QTest::newRow("encoded slash") << "/a%2Fb"_ba << u"/a/b"_s;
    QTest::newRow("encoded question mark") << "/a%3Fb?c"_ba << u"/a?b"_s;
    QTest::newRow("encoded percent") << "/100%25"_ba << u"/100%"_s;
    QTest::newRow("percent alone") << "/100%"_ba << u"/100%"_s;
    QTest::newRow("percent and no digits") << "/%zz"_ba << u"/%zz"_s;
    QTest::newRow("dots are kept") << "/a/../b/./c"_ba << u"/a/../b/./c"_s;
    QTest::newRow("two slashes are no authority") << "//name/path"_ba << u"//name/path"_s;
    QTest::newRow("colon") << "/a:b@c"_ba << u"/a:b@c"_s;
    QTest::newRow("absolute form") << "http://example.com/a%20b?c"_ba << u"/a b"_s;
    QTest::newRow("absolute form without a path") << "http://example.com"_ba << u"/"_s;
    QTest::newRow("absolute form of ws") << "ws://example.com:8080/chat"_ba << u"/chat"_s;
    QTest::newRow("asterisk form") << "*"_ba << u"*"_s;
}

void TestWsRequest::decodesThePath()
{
    QFETCH(QByteArray, target);
    QFETCH(QString, path);
    QCOMPARE(requestFor(target).path(), path);
}

void TestWsRequest::parsesTheQuery()
{
    const QUrlQuery query = requestFor("/chat?room=a%20b&user=%E2%82%AC&empty=&flag").query();
    QCOMPARE(query.queryItemValue(u"room"_s, QUrl::FullyDecoded), u"a b"_s);
    QCOMPARE(query.queryItemValue(u"user"_s, QUrl::FullyDecoded), u"\u20ac"_s);
    QVERIFY(query.hasQueryItem(u"empty"_s));
    QVERIFY(query.hasQueryItem(u"flag"_s));
    QCOMPARE(query.queryItems().size(), 4);
    QVERIFY(requestFor("/chat").query().isEmpty());
    QCOMPARE(requestFor("//x?a=1").query().queryItemValue(u"a"_s), u"1"_s);
    QCOMPARE(requestFor("http://h/x?a=1").query().queryItemValue(u"a"_s), u"1"_s);
}

void TestWsRequest::findsHeadersInWhateverCase()
{
    const WsRequest request = requestWith({{"X-Token", "first"}, {"x-token", "second"}});
    QCOMPARE(request.header("X-Token"), "first"_ba);
    QCOMPARE(request.header("x-TOKEN"), "first"_ba);
    QVERIFY(request.hasHeader("X-TOKEN"));
    QVERIFY(!request.hasHeader("X-Toke"));
    QVERIFY(!request.hasHeader("X-Tokens"));
}

void TestWsRequest::tellsMissingFromEmptyHeaders()
{
    const WsRequest request = requestWith({{"Empty", ""}});
    QVERIFY(request.hasHeader("Empty"));
    QVERIFY(request.header("Empty").isEmpty());
    QVERIFY(!request.hasHeader("Missing"));
    QVERIFY(request.header("Missing").isNull());
}

void TestWsRequest::parsesCookies_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("cookies");
    QTest::newRow("one") << "a=b"_ba
                         << "a=b"_ba;
    QTest::newRow("two") << "a=b; c=d"_ba
                         << "a=b|c=d"_ba;
    QTest::newRow("no space") << "a=b;c=d"_ba
                              << "a=b|c=d"_ba;
    QTest::newRow("spaces") << "  a = b ;\t c=d  "_ba
                            << "a=b|c=d"_ba;
    QTest::newRow("the same name twice") << "a=1; a=2"_ba
                                         << "a=1|a=2"_ba;
    QTest::newRow("equals sign in the value") << "a=b=c=="_ba
                                              << "a=b=c=="_ba;
    QTest::newRow("quotes are part of the value") << "a=\"b c\""_ba
                                                  << "a=\"b c\""_ba;
    QTest::newRow("comma is no separator") << "a=b, c=d"_ba
                                           << "a=b, c=d"_ba;
    QTest::newRow("empty value") << "a=; b="_ba
                                 << "a=|b="_ba;
    QTest::newRow("no attributes as in Set-Cookie") << "a=b; Path=/; x=y"_ba
                                                    << "a=b|Path=/|x=y"_ba;
    QTest::newRow("no name") << "=b; c=d"_ba
                             << "c=d"_ba;
    QTest::newRow("no equals sign") << "a; c=d"_ba
                                    << "c=d"_ba;
    QTest::newRow("semicolons alone") << ";; ;"_ba
                                      << ""_ba;
    QTest::newRow("semicolon at the end") << "a=b;"_ba
                                          << "a=b"_ba;
    QTest::newRow("empty") << ""_ba
                           << ""_ba;
    QTest::newRow("percent is not decoded") << "a=%20"_ba
                                            << "a=%20"_ba;
}

void TestWsRequest::parsesCookies()
{
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, cookies);
    QCOMPARE(cookiesOf(requestWith({{"Cookie", header}})), cookies);
}

void TestWsRequest::joinsAllCookieHeaders()
{
    const WsRequest request = requestWith({{"cookie", "a=1; b=2"}, {"Set-Cookie", "x=y"}, {"COOKIE", "c=3"}});
    QCOMPARE(cookiesOf(request), "a=1|b=2|c=3"_ba);
}

void TestWsRequest::cookiesAreNameAndValueAlone()
{
    const QList<QNetworkCookie> cookies = requestWith({{"Cookie", "a=b; Secure=1"}}).cookies();
    QCOMPARE(cookies.size(), 2);
    QCOMPARE(cookies.first(), QNetworkCookie("a", "b"));
    QVERIFY(!cookies.first().isSecure());
}

void TestWsRequest::listsSubprotocolsInOrder()
{
    const WsRequest request =
        requestWith({{"Sec-WebSocket-Protocol", "chat, superchat"}, {"sec-websocket-protocol", "mqtt"}});
    QCOMPARE(request.subprotocols(), (QStringList{u"chat"_s, u"superchat"_s, u"mqtt"_s}));
}

void TestWsRequest::knowsItsOrigin()
{
    QCOMPARE(requestWith({{"origin", "https://example.com:8443"}}).origin(), u"https://example.com:8443"_s);
    QCOMPARE(requestWith({{"Origin", "null"}}).origin(), u"null"_s);
}

void TestWsRequest::recognizesAnUpgrade_data()
{
    QTest::addColumn<QByteArray>("upgrade");
    QTest::addColumn<bool>("expected");
    QTest::newRow("websocket") << "websocket"_ba << true;
    QTest::newRow("odd case") << "WebSocket"_ba << true;
    QTest::newRow("in a list") << "h2c, websocket"_ba << true;
    QTest::newRow("something else") << "h2c"_ba << false;
    QTest::newRow("longer word") << "websockets"_ba << false;
}

void TestWsRequest::recognizesAnUpgrade()
{
    QFETCH(QByteArray, upgrade);
    QFETCH(bool, expected);
    WsRequest request = requestWith({{"Upgrade", upgrade}, {"Connection", "keep-alive, Upgrade"}});
    request.setMethod("GET");
    QCOMPARE(request.isWebSocketUpgrade(), expected);
}

void TestWsRequest::copiesAreIndependent()
{
    WsRequest first = requestFor("/first");
    WsRequest second = first;
    second.setTarget("/second");
    QCOMPARE(first.target(), "/first"_ba);
    QCOMPARE(second.target(), "/second"_ba);
    first = second;
    QCOMPARE(first.target(), "/second"_ba);
    const WsRequest third = std::move(second);
    QCOMPARE(third.target(), "/second"_ba);
    second = requestFor("/fourth");
    QCOMPARE(second.target(), "/fourth"_ba);
}

void TestWsRequest::hasProperties()
{
    WsRequest request = requestFor("/a%20b?c=d");
    request.setHeaders({{"Cookie", "x=y"}, {"Origin", "https://o"}, {"Sec-WebSocket-Protocol", "p"}});
    const auto property = [&](const char *name) {
        const QMetaObject &meta = WsRequest::staticMetaObject;
        return meta.property(meta.indexOfProperty(name)).readOnGadget(&request);
    };
    QCOMPARE(property("path"), QVariant(u"/a b"_s));
    QCOMPARE(property("query").value<QUrlQuery>(), QUrlQuery(u"c=d"_s));
    QCOMPARE(property("headers").value<WsHeaders>(), request.headers());
    QCOMPARE(property("cookies").value<QList<QNetworkCookie>>(), request.cookies());
    QCOMPARE(property("subprotocols"), QVariant(QStringList{u"p"_s}));
    QCOMPARE(property("origin"), QVariant(u"https://o"_s));
    QCOMPARE(property("isEncrypted"), QVariant(false));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRequest)
#include "tst_wsrequest.moc"
