// SPDX-License-Identifier: MIT

// WsServer::route(): which handler answers which path.

#include "integrationtesting.h"

#include <QtCore/qdir.h>
#include <QtCore/qpromise.h>
#include <QtCore/qthread.h>

#include <stdexcept>

using namespace IntegrationTesting;

class TestRoutes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void routeAcceptsAndTheConnectionKeepsItsParameters_data();
    void routeAcceptsAndTheConnectionKeepsItsParameters();
    void routeAcceptsOnALocalSocket();
    void routeAnswersPlainHttp();
    void routeMayAnswerLater();
    void requestThatNoRouteMatchesIs404_data();
    void requestThatNoRouteMatchesIs404();
    void requestThatNoRouteMatchesIsTheHandlers();
    void serverWithoutRoutesAcceptsEveryPath();
    void filterIsAskedBeforeTheRoute();
    void filterThatPassesARequestWithoutARouteLeavesA404();
    void routeThatThrowsIsAnsweredWith500();
    void routeMayReplaceItself();
    void routeMayDeleteTheServer();
    void routeIsCalledInTheServersThread();
    void anyThreadMayChangeRoutes();
    void misuseIsToldWithThePattern();
    void routesAreListedTheMostSpecificFirst();
    void hostilePathFindsNoRoute();
};

namespace {
WsResponse acceptIt(const WsRequest &)
{
    return WsResponse::accept();
}

std::optional<WsResponse> pass(const WsRequest &)
{
    return std::nullopt;
}

QUrl urlOf(const Pair &pair, const QString &path)
{
    QUrl url = pair.url();
    url.setPath(path, QUrl::TolerantMode);
    return url;
}

bool openAt(Pair &pair, const QString &path)
{
    return (pair.server.isListening() || pair.server.listen()) && pair.client.open(urlOf(pair, path))
           && pair.waitUntilOpen();
}

// The status with which the server refuses.
int statusAt(Pair &pair, const QString &path)
{
    if (!(pair.server.isListening() || pair.server.listen()) || !pair.client.open(urlOf(pair, path)))
        return -1;
    return waitFor([&] { return pair.client.state() == Ws::Closed; }) ? pair.client.response().status() : -2;
}

QByteArray get(const WsServer &server, const QByteArray &target, const QByteArray &method = "GET")
{
    RawPeer raw;
    if (!raw.connectTo(server))
        return "no connection";
    raw.send(method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if (!waitFor([&] { return raw.hasWholeAnswer(); }))
        return "no answer: " + raw.received;
    return QByteArray::number(raw.httpStatus()) + ' ' + raw.body();
}
} // namespace

void TestRoutes::routeAcceptsAndTheConnectionKeepsItsParameters_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threadCount) << isTls << threadCount;
    }
}

void TestRoutes::routeAcceptsAndTheConnectionKeepsItsParameters()
{
    QFETCH(bool, isTls);
    QFETCH(int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    QStringList asked;
    QVERIFY(pair.server.route(u"/chat/{room}"_s, [&](const WsRequest &request) {
        asked.append(request.parameter(u"room"_s));
        return WsResponse::accept();
    }));
    QVERIFY(openAt(pair, u"/chat/a%2Fb%20c"_s));
    QCOMPARE(asked, QStringList(u"a/b c"_s));
    QCOMPARE(pair.peer->request().parameter(u"room"_s), u"a/b c"_s);
    QCOMPARE(pair.peer->request().parameters(), QVariantMap({{u"room"_s, u"a/b c"_s}}));
    QCOMPARE(pair.peer->request().parameter(u"user"_s), QString());
    QCOMPARE(pair.peer->request().target(), "/chat/a%2Fb%20c"_ba);
}

void TestRoutes::routeAcceptsOnALocalSocket()
{
    WsServer server;
    QVERIFY(server.route(u"/chat/{room}"_s, acceptIt));
    const QString path =
        QDir::tempPath() + u"/wskit-routes-%1.sock"_s.arg(QCoreApplication::applicationPid());
    QVERIFY2(server.listen(path), qPrintable(server.errorString()));
    QSignalSpy connections(&server, &WsServer::newConnection);
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws+unix://"_s + path + u":/chat/qt"_s)));
    WS_TRY_COMPARE(connections.size(), 1);
    QCOMPARE(server.connections().at(0)->request().parameter(u"room"_s), u"qt"_s);
}

void TestRoutes::routeAnswersPlainHttp()
{
    WsServer server;
    QVERIFY(server.route(u"/hello/{name}"_s, [](const WsRequest &request) {
        return WsResponse::text("hello " + request.parameter(u"name"_s).toUtf8());
    }));
    QVERIFY(server.route(u"/chat"_s, acceptIt));
    QVERIFY(server.listen());
    QCOMPARE(get(server, "/hello/ann?x"), "200 hello ann"_ba);
    QCOMPARE(get(server, "/hello/ann", "DELETE"), "200 hello ann"_ba);
    QVERIFY(get(server, "/chat").startsWith("426 "));
    QVERIFY(get(server, "/hello/").startsWith("404 "));
}

void TestRoutes::routeMayAnswerLater()
{
    Pair pair;
    QPromise<WsResponse> promise;
    promise.start();
    bool isAsked = false;
    QVERIFY(pair.server.route(u"/chat"_s, [&](const WsRequest &) {
        isAsked = true;
        return promise.future();
    }));
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(urlOf(pair, u"/chat"_s)));
    WS_TRY_VERIFY(isAsked);
    QCOMPARE(pair.client.state(), Ws::Connecting);
    promise.addResult(WsResponse::accept());
    promise.finish();
    QVERIFY(pair.waitUntilOpen());
}

void TestRoutes::requestThatNoRouteMatchesIs404_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("no threads") << 0;
    QTest::newRow("2 threads") << 2;
}

void TestRoutes::requestThatNoRouteMatchesIs404()
{
    QFETCH(int, threadCount);
    Pair pair;
    pair.server.setThreadCount(threadCount);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.route(u"/chat"_s, acceptIt));
    QCOMPARE(statusAt(pair, u"/chat/"_s), 404);
    WS_TRY_COMPARE(rejected.size(), 1);
    const auto error = rejected.at(0).at(0).value<WsError>();
    QCOMPARE(error.httpStatus(), 404);
    QVERIFY2(error.text().contains(u"no route of the server matches \"/chat/\""), qPrintable(error.text()));
    QVERIFY(get(pair.server, "/other").startsWith("404 "));
    QVERIFY(openAt(pair, u"/chat"_s));
}

void TestRoutes::requestThatNoRouteMatchesIsTheHandlers()
{
    Pair pair;
    QStringList asked;
    QVERIFY(pair.server.route(u"/chat"_s, acceptIt));
    pair.server.setRequestHandler([&](const WsRequest &request) {
        asked.append(request.path());
        return WsResponse::reject(410);
    });
    QCOMPARE(statusAt(pair, u"/other"_s), 410);
    QVERIFY(openAt(pair, u"/chat"_s));
    QCOMPARE(asked, QStringList(u"/other"_s));
}

void TestRoutes::serverWithoutRoutesAcceptsEveryPath()
{
    Pair pair;
    QVERIFY(pair.server.route(u"/chat"_s, acceptIt));
    QVERIFY(pair.server.removeRoute(u"/chat"_s));
    QVERIFY(openAt(pair, u"/other"_s));
}

void TestRoutes::filterIsAskedBeforeTheRoute()
{
    Pair pair;
    QStringList asked;
    pair.server.setRequestFilter([&](const WsRequest &request) -> std::optional<WsResponse> {
        asked.append(u"filter "_s + request.parameter(u"room"_s));
        if (request.parameter(u"room"_s) == u"secret")
            return WsResponse::reject(403);
        return std::nullopt;
    });
    QVERIFY(pair.server.route(u"/{room}"_s, [&](const WsRequest &request) {
        asked.append(u"route "_s + request.parameter(u"room"_s));
        return WsResponse::accept();
    }));
    QCOMPARE(statusAt(pair, u"/secret"_s), 403);
    QVERIFY(openAt(pair, u"/qt"_s));
    QCOMPARE(asked, QStringList({u"filter secret"_s, u"filter qt"_s, u"route qt"_s}));
}

void TestRoutes::filterThatPassesARequestWithoutARouteLeavesA404()
{
    Pair pair;
    pair.server.setRequestFilter(pass);
    QVERIFY(pair.server.route(u"/chat"_s, acceptIt));
    QCOMPARE(statusAt(pair, u"/other"_s), 404);
    QVERIFY(openAt(pair, u"/chat"_s));
}

void TestRoutes::routeThatThrowsIsAnsweredWith500()
{
    Pair pair;
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    QVERIFY(pair.server.route(u"/chat"_s,
                              [](const WsRequest &) -> WsResponse { throw std::runtime_error("no rooms"); }));
    QCOMPARE(statusAt(pair, u"/chat"_s), 500);
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Handler);
    QVERIFY(errors.at(0).at(0).value<WsError>().text().contains(u"no rooms"));
}

// The function is not destroyed before it has returned.
void TestRoutes::routeMayReplaceItself()
{
    Pair pair;
    const auto held = std::make_shared<QString>(u"held"_s);
    QVERIFY(pair.server.route(u"/chat"_s, [&pair, held](const WsRequest &) {
        pair.server.route(u"/chat"_s, [](const WsRequest &) { return WsResponse::reject(410); });
        return WsResponse::reject(held.use_count() > 1 ? 409 : 500);
    }));
    QCOMPARE(statusAt(pair, u"/chat"_s), 409);
    QCOMPARE(statusAt(pair, u"/chat"_s), 410);
    QCOMPARE(held.use_count(), 1);
}

void TestRoutes::routeMayDeleteTheServer()
{
    auto *server = new WsServer;
    QVERIFY(server->route(u"/{path...}"_s, [server](const WsRequest &) {
        delete server;
        return WsResponse::accept();
    }));
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_VERIFY(events.isClosed());
}

void TestRoutes::routeIsCalledInTheServersThread()
{
    Pair pair;
    pair.server.setThreadCount(1);
    QThread *thread = nullptr;
    QVERIFY(pair.server.route(u"/chat"_s, [&](const WsRequest &) {
        thread = QThread::currentThread();
        return WsResponse::accept();
    }));
    QVERIFY(openAt(pair, u"/chat"_s));
    QCOMPARE(thread, QThread::currentThread());
}

void TestRoutes::anyThreadMayChangeRoutes()
{
    Pair pair;
    QVERIFY(pair.server.route(u"/old"_s, acceptIt));
    QStringList routes;
    bool isAdded = false;
    bool isRemoved = false;
    bool isRemovedAgain = true;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        isAdded = pair.server.route(u"/chat/{room}"_s, acceptIt);
        isRemoved = pair.server.removeRoute(u"/old"_s);
        isRemovedAgain = pair.server.removeRoute(u"/old"_s);
        routes = pair.server.routes();
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(isAdded);
    QVERIFY(isRemoved);
    QVERIFY(!isRemovedAgain);
    QCOMPARE(routes, QStringList(u"/chat/{room}"_s));
    QVERIFY(openAt(pair, u"/chat/qt"_s));
    pair.client.abort();
    QCOMPARE(statusAt(pair, u"/old"_s), 404);
}

void TestRoutes::misuseIsToldWithThePattern()
{
    WsServer server;
    QVERIFY(!server.route(u"chat"_s, acceptIt));
    QCOMPARE(server.errorString(), u"the route \"chat\" cannot be used: it does not begin with a slash"_s);
    QVERIFY(!server.route(u"/a/{x}/{x}"_s, acceptIt));
    QVERIFY(server.errorString().contains(u"\"/a/{x}/{x}\""));
    QVERIFY(!server.route(u"/empty"_s, WsServer::RequestHandler()));
    QCOMPARE(server.errorString(), u"the route \"/empty\" has no handler"_s);
    QVERIFY(!server.route(u"/later"_s, WsServer::AsyncRequestHandler()));
    QCOMPARE(server.errorString(), u"the route \"/later\" has no handler"_s);
    QVERIFY(!server.removeRoute(u"/nowhere"_s));
    QCOMPARE(server.errorString(), u"there is no route \"/nowhere\""_s);
    QVERIFY(!server.removeRoute(u"nowhere"_s));
    QVERIFY(server.errorString().contains(u"\"nowhere\""));
    QCOMPARE(server.routes(), QStringList());
}

void TestRoutes::routesAreListedTheMostSpecificFirst()
{
    WsServer server;
    for (const auto &pattern : {u"/{path...}"_s, u"/chat/{room}"_s, u"/chat/{id}"_s, u"/chat/news"_s})
        QVERIFY(server.route(pattern, acceptIt));
    QCOMPARE(server.routes(), QStringList({u"/chat/news"_s, u"/chat/{id}"_s, u"/{path...}"_s}));
    QVERIFY(server.removeRoute(u"/chat/{any}"_s));
    QCOMPARE(server.routes(), QStringList({u"/chat/news"_s, u"/{path...}"_s}));
}

void TestRoutes::hostilePathFindsNoRoute()
{
    WsServer server;
    QVERIFY(server.route(u"/chat/{room}"_s, acceptIt));
    QVERIFY(server.route(u"/{a}/{b}/{c}/end"_s, acceptIt));
    QVERIFY(server.listen());
    for (const QByteArray &target :
         {QByteArray("/a").repeated(4000), QByteArray("/").repeated(8000), QByteArray("/chat/%2F/"),
          QByteArray("/chat/../chat"), QByteArray("/chat%00/a"), QByteArray("/%"),
          QByteArray("/%F0%9F/%C0%80")})
        QVERIFY2(get(server, target).startsWith("404 "), target.first(qMin<qsizetype>(20, target.size())));
}

#include "../testprogram.h"
WSKIT_TEST(TestRoutes)
#include "tst_routes.moc"
