// SPDX-License-Identifier: MIT

// WsServer::setRequestFilter(): asked before the request handler, whoever sets that.

#include "integrationtesting.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>

#include <stdexcept>

using namespace IntegrationTesting;

namespace {
bool writePrivateFile(const QTemporaryDir &folder)
{
    QFile file(folder.filePath(u"private/x"_s));
    return QDir(folder.path()).mkpath(u"private"_s) && file.open(QIODevice::WriteOnly)
           && file.write("secret") == 6;
}

int statusOf(const WsServer &server, const QByteArray &target)
{
    RawPeer raw;
    if (!raw.connectTo(server))
        return 0;
    raw.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return waitFor([&] { return raw.hasWholeAnswer(); }) ? raw.httpStatus() : 0;
}
} // namespace

class TestRequestFilter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handlerDecidesAboutWhatTheFilterPasses();
    void handlerIsNotAskedAboutWhatTheFilterAnswers();
    void filterWorksWithoutAHandler();
    void filterIsAskedBeforeAHandlerThatAnswersLater();
    void filterThatThrowsIsAnsweredWith500();
    void filterMayDeleteTheServer();
    void emptyFilterRemovesIt();
    void filterIsCalledInTheServersThread();
    void targetEvadesNoRoute();
    void targetEvadesNoFilterOfThePath();
};

void TestRequestFilter::handlerDecidesAboutWhatTheFilterPasses()
{
    Pair pair;
    QStringList asked;
    pair.server.setRequestFilter([&](const WsRequest &) -> std::optional<WsResponse> {
        asked.append(u"filter"_s);
        return std::nullopt;
    });
    pair.server.setRequestHandler([&](const WsRequest &) {
        asked.append(u"handler"_s);
        return WsResponse::reject(410);
    });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 410);
    QCOMPARE(asked, QStringList({u"filter"_s, u"handler"_s}));
}

void TestRequestFilter::handlerIsNotAskedAboutWhatTheFilterAnswers()
{
    Pair pair;
    int asked = 0;
    pair.server.setRequestFilter([](const WsRequest &) { return WsResponse::reject(401, "who?"); });
    pair.server.setRequestHandler([&](const WsRequest &) {
        ++asked;
        return WsResponse::accept();
    });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 401);
    QCOMPARE(pair.client.response().body(), "who?"_ba);
    QCOMPARE(asked, 0);
}

void TestRequestFilter::filterWorksWithoutAHandler()
{
    Pair pair;
    pair.server.setRequestFilter([](const WsRequest &request) -> std::optional<WsResponse> {
        if (request.path() == u"/secret")
            return WsResponse::notFound();
        return std::nullopt;
    });
    QVERIFY(pair.open());
    pair.client.abort();
    WS_TRY_VERIFY(pair.events.isClosed());
    QUrl url = pair.url();
    url.setPath(u"/secret"_s);
    QVERIFY(pair.client.open(url));
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    QCOMPARE(pair.client.response().status(), 404);
}

void TestRequestFilter::filterIsAskedBeforeAHandlerThatAnswersLater()
{
    Pair pair;
    int asked = 0;
    pair.server.setRequestHandler([&](const WsRequest &) {
        ++asked;
        QPromise<WsResponse> promise;
        promise.start();
        promise.addResult(WsResponse::accept());
        promise.finish();
        return promise.future();
    });
    pair.server.setRequestFilter([](const WsRequest &) { return WsResponse::reject(401); });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 401);
    QCOMPARE(asked, 0);
    pair.server.setRequestFilter([](const WsRequest &) -> std::optional<WsResponse> { return std::nullopt; });
    QVERIFY(pair.open());
    QCOMPARE(asked, 1);
}

void TestRequestFilter::filterThatThrowsIsAnsweredWith500()
{
    Pair pair;
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    pair.server.setRequestFilter(
        [](const WsRequest &) -> std::optional<WsResponse> { throw std::runtime_error("no keys"); });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 500);
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Handler);
    QVERIFY(errors.at(0).at(0).value<WsError>().text().contains(u"no keys"));
}

void TestRequestFilter::filterMayDeleteTheServer()
{
    auto *server = new WsServer;
    QVERIFY(server->listen());
    const QUrl url = server->serverUrl();
    server->setRequestFilter([server](const WsRequest &) -> std::optional<WsResponse> {
        delete server;
        return std::nullopt;
    });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(events.isClosed());
}

void TestRequestFilter::emptyFilterRemovesIt()
{
    Pair pair;
    pair.server.setRequestFilter([](const WsRequest &) { return WsResponse::reject(401); });
    pair.server.setRequestFilter({});
    QVERIFY(pair.open());
}

void TestRequestFilter::filterIsCalledInTheServersThread()
{
    Pair pair;
    pair.server.setConnectionHandler({});
    pair.server.setThreadCount(1);
    QThread *thread = nullptr;
    pair.server.setRequestFilter([&](const WsRequest &) -> std::optional<WsResponse> {
        thread = QThread::currentThread();
        return std::nullopt;
    });
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QCOMPARE(thread, QThread::currentThread());
}

// A route may be what keeps strangers from some files of a folder.
// By a slash more, or by what is not decoded in the same way everywhere.
void TestRequestFilter::targetEvadesNoRoute()
{
    const QTemporaryDir folder;
    QVERIFY(writePrivateFile(folder));
    WsServer server;
    QVERIFY(server.route(u"/private/{path...}"_s,
                         [](const WsRequest &) { return WsResponse::reject(401); }));
    server.setRequestHandler(
        [root = folder.path()](const WsRequest &request) { return WsResponse::file(root, request); });
    QVERIFY(server.listen());
    QCOMPARE(statusOf(server, "/private/x"), 401);
    for (const char *target : {"//private/x", "///private/x", "/.//private/x", "//private//x",
                               "/%EF%BB%BF./private/x", "/private/%EF%BB%BF../private/x", "/%pprivate/x"})
        QVERIFY2(QList<int>({401, 404}).contains(statusOf(server, target)), target);
}

void TestRequestFilter::targetEvadesNoFilterOfThePath()
{
    const QTemporaryDir folder;
    QVERIFY(writePrivateFile(folder));
    WsServer server;
    server.setRequestFilter([](const WsRequest &request) -> std::optional<WsResponse> {
        if (request.path().startsWith(u"/private/"))
            return WsResponse::reject(401);
        return std::nullopt;
    });
    server.setRequestHandler(
        [root = folder.path()](const WsRequest &request) { return WsResponse::file(root, request); });
    QVERIFY(server.listen());
    QCOMPARE(statusOf(server, "/private/x"), 401);
    for (const char *target : {"//private/x", "/%EF%BB%BF./private/x", "/%pprivate/x", "/%70rivate/%x"})
        QCOMPARE(statusOf(server, target), 404);
}

#include "../testprogram.h"
WSKIT_TEST(TestRequestFilter)
#include "tst_requestfilter.moc"
