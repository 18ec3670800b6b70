// SPDX-License-Identifier: MIT
#include "net/client/wshops.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsHops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void referencesAreResolvedAsRfc3986Shows_data();
    void referencesAreResolvedAsRfc3986Shows();
    void locationIsUnderstood_data();
    void locationIsUnderstood();
    void locationIsRefused_data();
    void locationIsRefused();
    void onlyRedirectsAreFollowed();
    void nothingIsFollowedByDefault();
    void redirectsAreCounted();
    void circleIsNamed_data();
    void circleIsNamed();
    void sameUrlWithOtherCookiesIsNoCircle();
    void longChainIsNamedInShort();
    void errorsNameNoSecrets();
    void originIsSchemeHostAndPort_data();
    void originIsSchemeHostAndPort();
    void originThatWasLeftDoesNotCountAgain();
};

namespace {
// Where \a location leads to from \a url, or the problem.
QString resolved(const QString &url, const QByteArray &location)
{
    const WsHops hops(QUrl(url), {}, 5);
    QUrl next;
    const QString problem = hops.resolve({{"Location", location}}, &next);
    return problem.isEmpty() ? next.toString(QUrl::FullyEncoded) : problem;
}

// Follows the chain, and returns the last problem.
QString followed(WsHops *hops, const QByteArrayList &locations)
{
    for (const QByteArray &location : locations) {
        QUrl next;
        QString problem = hops->resolve({{"Location", location}}, &next);
        if (problem.isEmpty())
            problem = hops->go(next, {});
        if (!problem.isEmpty())
            return problem;
    }
    return {};
}
} // namespace

// RFC 3986 §5.4.1 and §5.4.2, with "ws" for the base. What has another scheme is in locationIsRefused().
void TestWsHops::referencesAreResolvedAsRfc3986Shows_data()
{
    QTest::addColumn<QByteArray>("reference");
    QTest::addColumn<QString>("expected");
    const QList<std::pair<const char *, const char *>> rows = {{"g", "ws://a/b/c/g"},
                                                               {"./g", "ws://a/b/c/g"},
                                                               {"g/", "ws://a/b/c/g/"},
                                                               {"/g", "ws://a/g"},
                                                               {"//g", "ws://g/"},
                                                               {"?y", "ws://a/b/c/d;p?y"},
                                                               {"g?y", "ws://a/b/c/g?y"},
                                                               {"#s", "ws://a/b/c/d;p?q"},
                                                               {"g#s", "ws://a/b/c/g"},
                                                               {"g?y#s", "ws://a/b/c/g?y"},
                                                               {";x", "ws://a/b/c/;x"},
                                                               {"g;x", "ws://a/b/c/g;x"},
                                                               {"g;x?y#s", "ws://a/b/c/g;x?y"},
                                                               {".", "ws://a/b/c/"},
                                                               {"./", "ws://a/b/c/"},
                                                               {"..", "ws://a/b/"},
                                                               {"../", "ws://a/b/"},
                                                               {"../g", "ws://a/b/g"},
                                                               {"../..", "ws://a/"},
                                                               {"../../", "ws://a/"},
                                                               {"../../g", "ws://a/g"},
                                                               {"../../../g", "ws://a/g"},
                                                               {"../../../../g", "ws://a/g"},
                                                               {"/./g", "ws://a/g"},
                                                               {"/../g", "ws://a/g"},
                                                               {"g.", "ws://a/b/c/g."},
                                                               {".g", "ws://a/b/c/.g"},
                                                               {"g..", "ws://a/b/c/g.."},
                                                               {"..g", "ws://a/b/c/..g"},
                                                               {"./../g", "ws://a/b/g"},
                                                               {"./g/.", "ws://a/b/c/g/"},
                                                               {"g/./h", "ws://a/b/c/g/h"},
                                                               {"g/../h", "ws://a/b/c/h"},
                                                               {"g;x=1/./y", "ws://a/b/c/g;x=1/y"},
                                                               {"g;x=1/../y", "ws://a/b/c/y"},
                                                               {"g?y/./x", "ws://a/b/c/g?y/./x"},
                                                               {"g?y/../x", "ws://a/b/c/g?y/../x"},
                                                               {"g#s/./x", "ws://a/b/c/g"}};
    for (const auto &[reference, expected] : rows)
        QTest::newRow(reference) << QByteArray(reference) << QString::fromLatin1(expected);
}

void TestWsHops::referencesAreResolvedAsRfc3986Shows()
{
    QFETCH(const QByteArray, reference);
    QFETCH(const QString, expected);
    QCOMPARE(resolved(u"ws://a/b/c/d;p?q"_s, reference), expected);
}

void TestWsHops::locationIsUnderstood_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QString &url, const QByteArray &location,
                        const QString &expected) { QTest::newRow(name) << url << location << expected; };
    row("http means ws", u"ws://a/"_s, "http://b/c", u"ws://b/c"_s);
    row("https means wss", u"ws://a/"_s, "HTTPS://B/c", u"wss://b/c"_s);
    row("from an http URL", u"https://a/"_s, "/c", u"wss://a/c"_s);
    row("no path", u"ws://a"_s, "wss://b", u"wss://b/"_s);
    row("to a URL without a path", u"ws://a"_s, "c", u"ws://a/c"_s);
    row("a default port", u"ws://a/"_s, "wss://b:443/", u"wss://b/"_s);
    row("another port", u"ws://a:1/"_s, "https://b:80/", u"wss://b:80/"_s);
    row("the port stays", u"ws://a:81/b"_s, "c", u"ws://a:81/c"_s);
    row("the user does not", u"ws://user:password@a/b"_s, "c", u"ws://a/c"_s);
    row("nor does one that the server names", u"ws://a/b"_s, "ws://user:password@a/c", u"ws://a/c"_s);
    row("nor does the fragment", u"ws://a/b#c"_s, "d", u"ws://a/d"_s);
    row("an IPv6 address", u"ws://a/"_s, "ws://[::1]:81/", u"ws://[::1]:81/"_s);
    row("a space", u"ws://a/"_s, "/b c", u"ws://a/b%20c"_s);
    row("UTF-8", u"ws://a/"_s, "/ä?ö", u"ws://a/%C3%A4?%C3%B6"_s);
    row("encoded characters", u"ws://a/"_s, "/%2F%3F?%26", u"ws://a/%2F%3F?%26"_s);
}

void TestWsHops::locationIsUnderstood()
{
    QFETCH(const QString, url);
    QFETCH(const QByteArray, location);
    QFETCH(const QString, expected);
    QCOMPARE(resolved(url, location), expected);
}

void TestWsHops::locationIsRefused_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const WsHeaders &headers, const QString &expected,
                        const QString &url = u"ws://a/b"_s) {
        QTest::newRow(name) << url << headers << expected;
    };
    const auto notFollowed = [](const QString &url, const QString &why) {
        return u"the redirect to \"%1\" is not followed: %2"_s.arg(url, why);
    };
    row("none", {}, u"the redirect has no Location header"_s);
    row("empty", {{"Location", ""}}, u"the Location header of the redirect is empty"_s);
    row("different", {{"Location", "/a"}, {"location", "/b"}},
        u"the redirect has different Location headers: \"/a\" and \"/b\""_s);
    row("no URL", {{"Location", "http://[::1/?x"}},
        u"the Location header of the redirect is not a URL: \"http://[::1/\""_s);
    row("wrong port", {{"Location", "http://a:99999/"}},
        u"the Location header of the redirect is not a URL: \"http://a:99999/\""_s);
    const QString scheme = u"its scheme is not ws, wss, http or https"_s;
    row("file", {{"Location", "file:///etc/passwd"}}, notFollowed(u"file:///etc/passwd"_s, scheme));
    row("ftp", {{"Location", "ftp://a/b"}}, notFollowed(u"ftp://a/b"_s, scheme));
    row("script", {{"Location", "javascript:alert(1)"}}, notFollowed(u"javascript:alert(1)"_s, scheme));
    row("as in RFC 3986", {{"Location", "g:h"}}, notFollowed(u"g:h"_s, scheme));
    row("local socket", {{"Location", "ws+unix:///tmp/socket:/"}},
        notFollowed(u"ws+unix:///tmp/socket:/"_s, scheme));
    row("no host", {{"Location", "http:///b"}}, notFollowed(u"http:///b"_s, u"it has no host"_s));
    row("port 0", {{"Location", "wss://b:0/"}}, notFollowed(u"wss://b:0/"_s, u"its port is 0"_s));
    row("wss to ws", {{"Location", "ws://a/b"}}, notFollowed(u"ws://a/b"_s, u"it leads from wss to ws"_s),
        u"wss://a/b"_s);
    row("https to http", {{"Location", "http://b/"}},
        notFollowed(u"http://b/"_s, u"it leads from wss to ws"_s), u"https://a/b"_s);
    row("from a local socket", {{"Location", "ws://a/b"}},
        notFollowed(u"ws://a/b"_s, u"redirects of a local socket never are"_s), u"ws+unix:///tmp/socket:/"_s);
}

void TestWsHops::locationIsRefused()
{
    QFETCH(const QString, url);
    QFETCH(const WsHeaders, headers);
    QFETCH(const QString, expected);
    const WsHops hops(QUrl(url), {}, 5);
    QUrl next(u"unchanged"_s);
    QCOMPARE(hops.resolve(headers, &next), expected);
    QCOMPARE(next, QUrl(u"unchanged"_s));
    // The same header twice is no contradiction.
    QCOMPARE(hops.resolve(headers + headers, &next), expected);
}

void TestWsHops::onlyRedirectsAreFollowed()
{
    const WsHops hops(QUrl(u"ws://a/"_s), {}, 1);
    QList<int> followed;
    for (int status = 200; status < 600; ++status) {
        if (hops.follows(status))
            followed.append(status);
    }
    QCOMPARE(followed, QList<int>({301, 302, 303, 307, 308}));
}

void TestWsHops::nothingIsFollowedByDefault()
{
    const WsHops hops(QUrl(u"ws://a/"_s), {}, 0);
    for (const int status : {301, 302, 303, 307, 308})
        QVERIFY(!hops.follows(status));
}

void TestWsHops::redirectsAreCounted()
{
    for (const int max : {1, 2, 3}) {
        WsHops hops(QUrl(u"ws://a/0"_s), {}, max);
        const QByteArrayList all = {"1", "2", "3"};
        QCOMPARE(followed(&hops, all.first(max)), QString());
        QCOMPARE(hops.url(), QUrl(u"ws://a/"_s + QString::number(max)));
        QVERIFY(!hops.isFirst());
    }
    WsHops hops(QUrl(u"ws://a/0"_s), {}, 2);
    QCOMPARE(
        followed(&hops, {"1", "2", "3"}),
        u"there are more redirects than maxRedirects (2): \"ws://a/0\" -> \"ws://a/1\" -> \"ws://a/2\" -> "
        "\"ws://a/3\""_s);
}

void TestWsHops::circleIsNamed_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArrayList>("locations");
    QTest::addColumn<QString>("chain");
    QTest::newRow("to itself") << u"ws://a/"_s << QByteArrayList{"/"} << u"\"ws://a/\" -> \"ws://a/\""_s;
    QTest::newRow("in other words") << u"http://user@A:80#x"_s << QByteArrayList{"ws://a/#y"}
                                    << u"\"http://a:80\" -> \"ws://a/\""_s;
    QTest::newRow("to the first") << u"ws://a/"_s << QByteArrayList{"ws://b/", "ws://a/"}
                                  << u"\"ws://a/\" -> \"ws://b/\" -> \"ws://a/\""_s;
    QTest::newRow("to the second") << u"ws://a/"_s << QByteArrayList{"/b", "/c", "/b"}
                                   << u"\"ws://a/\" -> \"ws://a/b\" -> \"ws://a/c\" -> \"ws://a/b\""_s;
}

void TestWsHops::circleIsNamed()
{
    QFETCH(const QString, url);
    QFETCH(const QByteArrayList, locations);
    QFETCH(const QString, chain);
    WsHops hops(QUrl(url), {}, 5);
    QCOMPARE(followed(&hops, locations), u"the redirects go round in a circle: "_s + chain);
}

// A server that looks whether cookies are kept.
void TestWsHops::sameUrlWithOtherCookiesIsNoCircle()
{
    const QUrl url(u"ws://a/"_s);
    WsHops hops(url, "", 5);
    QCOMPARE(hops.go(url, "seen=1"), QString());
    QVERIFY(!hops.go(url, "seen=1").isEmpty());
    QVERIFY(!hops.go(url, "").isEmpty());
}

void TestWsHops::longChainIsNamedInShort()
{
    WsHops hops(QUrl(u"ws://a/0"_s), {}, 1000);
    QString problem;
    for (int i = 1; problem.isEmpty(); ++i)
        problem = followed(&hops, {'/' + QByteArray::number(i) + QByteArray(5000, 'x')});
    QVERIFY(problem.contains(u"\"ws://a/0\" -> "_s) && problem.contains(u" -> … -> "_s));
    QVERIFY(problem.contains(u"\"ws://a/1001xxx"_s));
    QVERIFY(problem.size() < 1500);
}

void TestWsHops::errorsNameNoSecrets()
{
    WsHops hops(QUrl(u"ws://user:secret@a/?t=secret"_s), {}, 2);
    const QByteArrayList locations = {"/b?t=secret", "/c?secret#secret"};
    QCOMPARE(followed(&hops, locations), QString());
    for (const QByteArray &location : {"ftp://u:secret@a/?secret"_ba, "/b?t=secret"_ba, "/d?secret"_ba,
                                       "http://u:secret@[::1/?secret"_ba}) {
        const QString problem = followed(&hops, {location});
        QVERIFY(!problem.isEmpty());
        QVERIFY2(!problem.contains(u"secret"_s), qPrintable(problem));
    }
}

void TestWsHops::originIsSchemeHostAndPort_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("isSame");
    const auto row = [](const char *name, const QString &one, const QString &other, bool isSame) {
        QTest::newRow(name) << one << other << isSame;
    };
    row("path and user", u"ws://a/b"_s, u"ws://user@A/c"_s, true);
    row("default port", u"ws://a:80/"_s, u"http://a/"_s, true);
    row("default port of TLS", u"wss://a/"_s, u"https://a:443/"_s, true);
    row("scheme", u"ws://a:443/"_s, u"wss://a/"_s, false);
    row("host", u"ws://a/"_s, u"ws://b/"_s, false);
    row("port", u"ws://a/"_s, u"ws://a:81/"_s, false);
    row("subdomain", u"ws://a.test/"_s, u"ws://b.a.test/"_s, false);
    row("local sockets", u"ws+unix:///a:/"_s, u"ws+unix:///b:/"_s, false);
    row("request path of a local socket", u"ws+unix:///a:/b?c"_s, u"ws+unix:///a"_s, true);
    row("colon in a local socket's path", u"ws+unix:///a%3A/b"_s, u"ws+unix:///a:/b"_s, false);
}

void TestWsHops::originIsSchemeHostAndPort()
{
    QFETCH(const QString, one);
    QFETCH(const QString, other);
    QFETCH(const bool, isSame);
    QCOMPARE(wsOriginOf(QUrl(one)) == wsOriginOf(QUrl(other)), isSame);
}

void TestWsHops::originThatWasLeftDoesNotCountAgain()
{
    WsHops hops(QUrl(u"ws://a/"_s), {}, 5);
    QVERIFY(hops.isAtOrigin());
    QCOMPARE(followed(&hops, {"/b"}), QString());
    QVERIFY(hops.isAtOrigin());
    QCOMPARE(followed(&hops, {"ws://b/"}), QString());
    QVERIFY(!hops.isAtOrigin());
    QCOMPARE(followed(&hops, {"ws://a/chosen-by-b"}), QString());
    QVERIFY(!hops.isAtOrigin());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsHops)

#include "tst_wshops.moc"
