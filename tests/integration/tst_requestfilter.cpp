// SPDX-License-Identifier: MIT

// WsServer::setRequestFilter(): asked before the request handler, whoever sets that.

#include "integrationtesting.h"

#include <stdexcept>

using namespace IntegrationTesting;

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

#include "../testprogram.h"
WSKIT_TEST(TestRequestFilter)
#include "tst_requestfilter.moc"
