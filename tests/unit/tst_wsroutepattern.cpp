// SPDX-License-Identifier: MIT
#include "protocol/wsroutepattern.h"

#include <QtTest/qtest.h>

#include <algorithm>

using namespace Qt::StringLiterals;

class TestWsRoutePattern : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void patternMatches_data();
    void patternMatches();
    void patternDoesNotMatch_data();
    void patternDoesNotMatch();
    void badPatternIsRefusedWithItsText_data();
    void badPatternIsRefusedWithItsText();
    void moreSpecificPatternIsLess_data();
    void moreSpecificPatternIsLess();
    void patternsOfTheSamePathsAreEqual();
    void pathOfATarget_data();
    void pathOfATarget();
    void onlyAsManySegmentsAreTakenApartAsAPatternHas();
};

namespace {
WsRoutePattern patternOf(const QString &text)
{
    WsRoutePattern pattern;
    const QString problem = WsRoutePattern::parse(text, &pattern);
    if (!problem.isEmpty())
        qFatal("%ls", qUtf16Printable(problem));
    return pattern;
}

std::optional<QVariantMap> match(const QString &pattern, const QByteArray &target)
{
    const WsRoutePattern parsed = patternOf(pattern);
    return parsed.match(WsRoutePath(wsTargetPath(target).toByteArray(), parsed.segmentCount()));
}
} // namespace

void TestWsRoutePattern::patternMatches_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QVariantMap>("parameters");
    const auto row = [](const char *pattern, const QByteArray &target, const QVariantMap &parameters = {}) {
        QTest::addRow("%s of %s", pattern, target.constData())
            << QString::fromUtf8(pattern) << target << parameters;
    };
    row("/", "/");
    row("/", "/?a=b");
    row("/chat", "/chat");
    row("/chat", "/chat?x=/y");
    row("/chat", "/chat#x");
    row("/chat", "/%63h%61t");
    row("/chat/", "/chat/");
    row("/a//b", "/a//b");
    row("/größe", "/gr%C3%B6%C3%9fe");
    row("/größe", "/größe");
    row("/100%", "/100%25");
    row("/{a}", "/x", {{u"a"_s, u"x"_s}});
    row("/{a}", "/x%2Fy", {{u"a"_s, u"x/y"_s}});
    row("/{a}", "/%7Ba%7D", {{u"a"_s, u"{a}"_s}});
    row("/{a}", "/..", {{u"a"_s, u".."_s}});
    row("/{a}", "/a+b%20c", {{u"a"_s, u"a+b c"_s}});
    row("/{a}", "/%FF", {{u"a"_s, u"\uFFFD"_s}});
    row("/{a}", "/100%", {{u"a"_s, u"100%"_s}});
    row("/{a}/{b}", "/%pa/%41", {{u"a"_s, u"%pa"_s}, {u"b"_s, u"%41"_s}}); // as WsRequest::path()
    row("/{path...}", "/%41/%4", {{u"path"_s, u"%41/%4"_s}});
    row("/{a}", "/%EF%BB%BF.", {{u"a"_s, u"\uFEFF."_s}});
    row("/chat/{room}/{user}", "/chat/qt/ann", {{u"room"_s, u"qt"_s}, {u"user"_s, u"ann"_s}});
    row("/{room}/log", "/qt/log", {{u"room"_s, u"qt"_s}});
    row("/files/{path...}", "/files/", {{u"path"_s, QString()}});
    row("/files/{path...}", "/files/a", {{u"path"_s, u"a"_s}});
    row("/files/{path...}", "/files/a/b//c/?x/y", {{u"path"_s, u"a/b//c/"_s}});
    row("/files/{path...}", "/files/a%2Fb/c", {{u"path"_s, u"a/b/c"_s}});
    row("/{user}/{path...}", "/ann/a/b", {{u"user"_s, u"ann"_s}, {u"path"_s, u"a/b"_s}});
    row("/{path...}", "/", {{u"path"_s, QString()}});
    row("/{path...}", "/a/b", {{u"path"_s, u"a/b"_s}});
}

void TestWsRoutePattern::patternMatches()
{
    QFETCH(QString, pattern);
    QFETCH(QByteArray, target);
    const auto parameters = match(pattern, target);
    QVERIFY(parameters);
    QTEST(*parameters, "parameters");
}

void TestWsRoutePattern::patternDoesNotMatch_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QByteArray>("target");
    const auto row = [](const char *pattern, const QByteArray &target) {
        QTest::addRow("%s of %s", pattern, target.constData()) << QString::fromUtf8(pattern) << target;
    };
    row("/", "/a");
    row("/", "//");
    row("/", "*");
    row("/chat", "/chat/");
    row("/chat", "/Chat");
    row("/chat", "/chats");
    row("/chat", "/");
    row("/chat", "chat");
    row("/chat", "example.com:443"); // of CONNECT
    row("/chat", "//chat");
    row("/chat", "/%2563hat"); // decoded once
    row("/chat", "/%chat");
    row("/chat", "/%EF%BB%BFchat");
    row("/a/b", "/a%2Fb");
    row("/chat/", "/chat");
    row("/{a}", "/");
    row("/{a}", "/x/");
    row("/{a}", "/x/y");
    row("/chat/{room}", "/chat");
    row("/chat/{room}", "/chat/");
    row("/{a}/{b}", "/x%2Fy");
    row("/{a}/{b}", "//y");
    row("/files/{path...}", "/files");
    row("/files/{path...}", "/file/a");
    row("/files/{path...}", "*");
}

void TestWsRoutePattern::patternDoesNotMatch()
{
    QFETCH(QString, pattern);
    QFETCH(QByteArray, target);
    QVERIFY(!match(pattern, target));
}

void TestWsRoutePattern::badPatternIsRefusedWithItsText_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *pattern, const char *reason) {
        QTest::addRow("'%s'", pattern) << QString::fromUtf8(pattern) << QString::fromUtf8(reason);
    };
    row("", "it does not begin with a slash");
    row("chat", "it does not begin with a slash");
    row("{room}", "it does not begin with a slash");
    row("ws://example.com/chat", "it does not begin with a slash");
    row("/chat?room={room}", "a route is a path, without a query; see WsRequest::query()");
    row("/chat#top", "a route is a path, without a query; see WsRequest::query()");
    row("/{}", "the parameter \"{}\" has no name");
    row("/{...}", "the parameter \"{...}\" has no name");
    row("/{a", "a brace is missing in \"{a\"");
    row("/a}", "a brace is missing in \"a}\"");
    row("/{a/b}", "a brace is missing in \"{a\"");
    row("/{{a}", "a brace is missing in \"{{a}\"");
    row("/}a{", "\"}a{\" is not a whole parameter: one takes everything between two slashes");
    row("/{a}{b}", "\"{a}{b}\" is not a whole parameter: one takes everything between two slashes");
    row("/{{a}}", "\"{{a}}\" is not a whole parameter: one takes everything between two slashes");
    row("/room-{a}", "\"room-{a}\" is not a whole parameter: one takes everything between two slashes");
    row("/{a}.html", "\"{a}.html\" is not a whole parameter: one takes everything between two slashes");
    row("/{a.b}", "the name of the parameter \"{a.b}\" contains a dot");
    row("/{path..}", "the name of the parameter \"{path..}\" contains a dot");
    row("/{path....}", "the name of the parameter \"{path....}\" contains a dot");
    row("/{a}/{a}", "two parameters are called \"a\"");
    row("/{a}/b/{a...}", "two parameters are called \"a\"");
    row("/{path...}/x", "{path...} is not the last part");
    row("/{path...}/", "{path...} is not the last part");
    row("/{path...}/{more...}", "{path...} is not the last part");
}

void TestWsRoutePattern::badPatternIsRefusedWithItsText()
{
    QFETCH(QString, pattern);
    QFETCH(QString, reason);
    WsRoutePattern parsed = patternOf(u"/before"_s);
    QCOMPARE(WsRoutePattern::parse(pattern, &parsed),
             u"the route \"%1\" cannot be used: %2"_s.arg(pattern, reason));
    QCOMPARE(parsed.text(), u"/before"_s);
}

void TestWsRoutePattern::moreSpecificPatternIsLess_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    const auto row = [](const char *first, const char *second) {
        QTest::addRow("%s before %s", first, second) << QString::fromUtf8(first) << QString::fromUtf8(second);
    };
    row("/a", "/{x}");
    row("/a", "/{x...}");
    row("/{x}", "/{x...}");
    row("/a/b", "/a/{x}");
    row("/a/{x}", "/a/{x...}");
    row("/a/{x...}", "/{y}/{x...}");
    row("/a/{x}", "/{x}/b"); // from the left
    row("/a/{x...}", "/{x}/b");
    row("/{x}/b", "/{x}/{y}");
    row("/{x}/{y}", "/{x}/{y...}");
    row("/{x}/{y...}", "/{x...}");
    row("/a", "/b");
    row("/a", "/a/b"); // which match no common path
}

void TestWsRoutePattern::moreSpecificPatternIsLess()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    QVERIFY(patternOf(first) < patternOf(second));
    QVERIFY(patternOf(second) > patternOf(first));
}

void TestWsRoutePattern::patternsOfTheSamePathsAreEqual()
{
    QVERIFY(patternOf(u"/{a}/b/{c...}"_s) == patternOf(u"/{x}/b/{y...}"_s));
    QVERIFY(patternOf(u"/a"_s) != patternOf(u"/a/"_s));
    QVERIFY(patternOf(u"/a"_s) != patternOf(u"/A"_s));
    QVERIFY(patternOf(u"/{a}"_s) != patternOf(u"/{a...}"_s));
    QVERIFY(patternOf(u"/{a}"_s) != patternOf(u"/{a}/{b}"_s));
}

void TestWsRoutePattern::pathOfATarget_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("path") << "/a%20b"_ba
                          << "/a%20b"_ba;
    QTest::newRow("query") << "/a?b?c#d"_ba
                           << "/a"_ba;
    QTest::newRow("fragment") << "/a#b?c"_ba
                              << "/a"_ba;
    QTest::newRow("of OPTIONS") << "*"_ba
                                << "*"_ba;
    QTest::newRow("like a host") << "//example.com/a"_ba
                                 << "//example.com/a"_ba;
}

void TestWsRoutePattern::pathOfATarget()
{
    QFETCH(QByteArray, target);
    QTEST(wsTargetPath(target).toByteArray(), "path");
}

void TestWsRoutePattern::onlyAsManySegmentsAreTakenApartAsAPatternHas()
{
    const WsRoutePath path(QByteArray("/a").repeated(100'000), 3);
    QCOMPARE(path.segments().size(), 3);
    QVERIFY(path.hasMore());
    QCOMPARE(path.restFrom(1).size(), 199'997);
    const WsRoutePath whole("/a/b/c", 3);
    QCOMPARE(whole.segments().size(), 3);
    QVERIFY(!whole.hasMore());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRoutePattern)

#include "tst_wsroutepattern.moc"
