// SPDX-License-Identifier: MIT
#include "net/server/wsroutes.h"

#include <QtTest/qtest.h>

#include <algorithm>

using namespace Qt::StringLiterals;

class TestWsRoutes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mostSpecificRouteIsFoundInAnyOrderOfAdding();
    void routeOfTheSamePathsReplacesTheEarlierOne();
    void removedRouteIsNotFound();
    void parametersAreThoseOfTheRoute();
    void targetOfManySegmentsTakesLinearTime();
};

namespace {
WsRoute routeOf(const QString &text)
{
    WsRoute route;
    if (const QString problem = WsRoutePattern::parse(text, &route.pattern); !problem.isEmpty())
        qFatal("%ls", qUtf16Printable(problem));
    return route;
}

QString found(const WsRoutes &routes, const QByteArray &target)
{
    const WsRouteMatch match = routes.find(target);
    return match.route ? match.route->pattern.text() : QString();
}
} // namespace

void TestWsRoutes::mostSpecificRouteIsFoundInAnyOrderOfAdding()
{
    const QStringList ordered{u"/a/b"_s, u"/a/{x}"_s, u"/a/{x...}"_s, u"/{x}/b"_s, u"/{x...}"_s};
    QStringList added = ordered;
    std::sort(added.begin(), added.end());
    do {
        WsRoutes routes;
        for (const QString &pattern : std::as_const(added))
            routes.add(routeOf(pattern));
        QCOMPARE(routes.patterns(), ordered);
        QCOMPARE(found(routes, "/a/b"), u"/a/b"_s);
        QCOMPARE(found(routes, "/a/c"), u"/a/{x}"_s);
        QCOMPARE(found(routes, "/a/b/c"), u"/a/{x...}"_s);
        QCOMPARE(found(routes, "/a/"), u"/a/{x...}"_s);
        QCOMPARE(found(routes, "/c/b"), u"/{x}/b"_s);
        QCOMPARE(found(routes, "/c/d"), u"/{x...}"_s);
        QCOMPARE(found(routes, "/"), u"/{x...}"_s);
        QCOMPARE(found(routes, "*"), QString());
    } while (std::next_permutation(added.begin(), added.end()));
}

void TestWsRoutes::routeOfTheSamePathsReplacesTheEarlierOne()
{
    WsRoutes routes;
    routes.add(routeOf(u"/chat/{room}"_s));
    routes.add(routeOf(u"/chat/{id}"_s));
    QCOMPARE(routes.patterns(), QStringList(u"/chat/{id}"_s));
    QCOMPARE(routes.find("/chat/7").parameters, QVariantMap({{u"id"_s, u"7"_s}}));
}

void TestWsRoutes::removedRouteIsNotFound()
{
    WsRoutes routes;
    routes.add(routeOf(u"/a/{x}"_s));
    routes.add(routeOf(u"/b"_s));
    const WsRoutes before = routes;
    QVERIFY(routes.contains(routeOf(u"/a/{y}"_s).pattern));
    routes.remove(routeOf(u"/a/{y}"_s).pattern);
    routes.remove(routeOf(u"/c"_s).pattern);
    QCOMPARE(routes.patterns(), QStringList(u"/b"_s));
    QCOMPARE(found(routes, "/a/1"), QString());
    QCOMPARE(found(before, "/a/1"), u"/a/{x}"_s);
    routes.remove(routeOf(u"/b"_s).pattern);
    QVERIFY(routes.isEmpty());
}

void TestWsRoutes::parametersAreThoseOfTheRoute()
{
    WsRoutes routes;
    routes.add(routeOf(u"/{x}/b/c/d"_s));
    routes.add(routeOf(u"/a/{y}"_s));
    QCOMPARE(routes.find("/a/b").parameters, QVariantMap({{u"y"_s, u"b"_s}}));
    QCOMPARE(routes.find("/nowhere").parameters, QVariantMap());
}

// With as many routes as a server may have, every one of which begins as the target does.
void TestWsRoutes::targetOfManySegmentsTakesLinearTime()
{
    WsRoutes routes;
    QString prefix;
    for (int depth = 0; depth < 20; ++depth) {
        routes.add(routeOf(prefix + u"/{x%1}/end"_s.arg(depth)));
        routes.add(routeOf(prefix + u"/a/end"_s));
        prefix += depth % 2 == 0 ? u"/a"_s : u"/{y%1}"_s.arg(depth);
    }
    const QByteArray target = QByteArray("/a").repeated(500'000); // quadratic: 10^11 steps
    for (int i = 0; i < 20; ++i)
        QCOMPARE(found(routes, target), QString());
    routes.add(routeOf(u"/{rest...}"_s));
    QCOMPARE(found(routes, target), u"/{rest...}"_s);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRoutes)

#include "tst_wsroutes.moc"
