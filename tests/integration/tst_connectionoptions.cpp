// SPDX-License-Identifier: MIT

// What a response gives to the connection that it accepts: WsResponse::setOptions() and setUser().

#include "integrationtesting.h"

#include <QtCore/qthread.h>

using namespace IntegrationTesting;

class TestConnectionOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void compressionIsOffForOneBrowser_data() { addServers(); }
    void compressionIsOffForOneBrowser();
    void compressionIsOnForOnePath_data() { addServers(); }
    void compressionIsOnForOnePath();
    void uploadPathTakesLargerMessages_data() { addServers(); }
    void uploadPathTakesLargerMessages();
    void limitAppliesToWhatFollowsTheRequestAtOnce();
    void pingIntervalIsTheConnections();
    void handlerThatAnswersLaterSetsOptions();
    void connectionsWithoutOptionsKeepTheServers();
    void answerWithoutAWebSocketIgnoresOptions();
    void userIsThatOfTheResponse_data() { addServers(); }
    void userIsThatOfTheResponse();
    void connectionWithoutAUserHasNone();
    void userIsReadInAnyThread();

private:
    static void addServers();
};

namespace {
WsResponse acceptWith(const WsOptions &options)
{
    WsResponse response = WsResponse::accept();
    response.setOptions(options);
    return response;
}

WsOptions limitedTo(qint64 maxMessageSize)
{
    WsOptions options;
    options.setMaxMessageSize(maxMessageSize);
    return options;
}

bool openAs(Pair &pair, const QByteArray &userAgent, const QString &path = u"/"_s)
{
    pair.client.abort();
    pair.peer.clear();
    pair.client.setHeaders({{"User-Agent", userAgent}});
    if (!pair.server.isListening() && !pair.server.listen())
        return false;
    QUrl url = pair.url();
    url.setPath(path);
    return pair.client.open(url) && pair.waitUntilOpen();
}
} // namespace

void TestConnectionOptions::addServers()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threadCount) << isTls << threadCount;
    }
}

void TestConnectionOptions::compressionIsOffForOneBrowser()
{
    QFETCH(bool, isTls);
    QFETCH(int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.setOptions(compressedOptions(true));
    pair.server.setRequestHandler([&pair](const WsRequest &request) {
        if (!request.header("User-Agent").contains("Broken/1"))
            return WsResponse::accept();
        return acceptWith(compressedOptions(false, pair.server.options()));
    });
    QVERIFY(openAs(pair, "Sound/1"));
    QVERIFY(pair.client.extensions().startsWith(u"permessage-deflate"));
    QVERIFY(pair.peer->options().compression().enabled());
    QVERIFY(openAs(pair, "Broken/1"));
    QCOMPARE(pair.client.extensions(), QString());
    QCOMPARE(pair.peer->extensions(), QString());
    QVERIFY(!pair.peer->options().compression().enabled());
    const QString text(1000, u'a');
    QVERIFY(pair.client.sendText(text));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text "_s + text));
}

void TestConnectionOptions::compressionIsOnForOnePath()
{
    QFETCH(bool, isTls);
    QFETCH(int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.client.setOptions(compressedOptions(true));
    QVERIFY(pair.server.route(u"/small"_s,
                              [](const WsRequest &) { return acceptWith(compressedOptions(true)); }));
    QVERIFY(pair.server.route(u"/plain"_s, [](const WsRequest &) { return WsResponse::accept(); }));
    QVERIFY(openAs(pair, "any", u"/plain"_s));
    QCOMPARE(pair.client.extensions(), QString());
    QVERIFY(openAs(pair, "any", u"/small"_s));
    QVERIFY(pair.client.extensions().startsWith(u"permessage-deflate"));
    const QString text(1000, u'a');
    QVERIFY(pair.client.sendText(text));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text "_s + text));
    QVERIFY(pair.peer->statistics().wireBytesReceived < 500);
}

void TestConnectionOptions::uploadPathTakesLargerMessages()
{
    QFETCH(bool, isTls);
    QFETCH(int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setOptions(limitedTo(KiB));
    QVERIFY(pair.server.route(u"/chat"_s, [](const WsRequest &) { return WsResponse::accept(); }));
    QVERIFY(pair.server.route(u"/upload"_s, [](const WsRequest &) { return acceptWith(limitedTo(MiB)); }));
    const QByteArray large = pattern(MiB);

    QVERIFY(openAs(pair, "any", u"/upload"_s));
    QCOMPARE(pair.peer->options().maxMessageSize(), MiB);
    QVERIFY(pair.client.sendBinary(large));
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, MiB);
    QVERIFY(pair.client.sendBinary(large + 'a'));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.closeCode(), quint16(Ws::MessageTooBig));

    pair.events.all.clear();
    QVERIFY(openAs(pair, "any", u"/chat"_s));
    QCOMPARE(pair.peer->options().maxMessageSize(), KiB);
    QVERIFY(pair.client.sendBinary(large));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.closeCode(), quint16(Ws::MessageTooBig));
}

// The message is in the same packet as the request.
void TestConnectionOptions::limitAppliesToWhatFollowsTheRequestAtOnce()
{
    WsServer server;
    server.setRequestHandler([](const WsRequest &) { return acceptWith(limitedTo(10)); });
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    raw.send(RawPeer::upgradeRequest() + frame(TextFrame, "more than ten bytes"));
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.httpStatus(), 101);
    const QList<ReceivedFrame> frames = parseFrames(raw.body());
    QCOMPARE(frames.size(), 1);
    QCOMPARE(frames.at(0).closeCode(), int(Ws::MessageTooBig));
}

void TestConnectionOptions::pingIntervalIsTheConnections()
{
    Pair pair;
    WsOptions never;
    never.setPingInterval(0ms);
    pair.server.setOptions(never);
    pair.server.setRequestHandler([never](const WsRequest &) {
        WsOptions often = never;
        often.setPingInterval(1ms);
        return acceptWith(often);
    });
    QSignalSpy pings(&pair.client, &WsConnection::pinged);
    QVERIFY(pair.open());
    WS_TRY_VERIFY(pings.size() > 1);
}

void TestConnectionOptions::handlerThatAnswersLaterSetsOptions()
{
    Pair pair;
    QPromise<WsResponse> promise;
    promise.start();
    pair.server.setRequestHandler([&](const WsRequest &) { return promise.future(); });
    QVERIFY(pair.start());
    promise.addResult(acceptWith(limitedTo(KiB)));
    promise.finish();
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.peer->options().maxMessageSize(), KiB);
    QCOMPARE(pair.peer->response().options()->maxMessageSize(), KiB);
}

void TestConnectionOptions::connectionsWithoutOptionsKeepTheServers()
{
    Pair pair;
    pair.server.setOptions(limitedTo(KiB));
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    QVERIFY(pair.open());
    QCOMPARE(pair.peer->options().maxMessageSize(), KiB);
    QVERIFY(!pair.peer->response().options());
}

void TestConnectionOptions::answerWithoutAWebSocketIgnoresOptions()
{
    Pair pair;
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    pair.server.setRequestHandler([](const WsRequest &) {
        WsResponse response = WsResponse::reject(410);
        response.setOptions(limitedTo(1));
        response.setUser(u"ann"_s);
        return response;
    });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.response().status(), 410);
    QCOMPARE(errors.size(), 0);
}

void TestConnectionOptions::userIsThatOfTheResponse()
{
    QFETCH(bool, isTls);
    QFETCH(int, threadCount);
    Pair pair(isTls);
    pair.server.setThreadCount(threadCount);
    pair.server.setRequestHandler([](const WsRequest &) {
        WsResponse response = WsResponse::accept();
        response.setUser(u"ann"_s);
        return response;
    });
    QVERIFY(pair.open());
    QCOMPARE(pair.peer->user(), u"ann"_s);
    for (const auto &[name, value] : pair.client.response().headers())
        QVERIFY2(!value.contains("ann"), name); // the client does not learn it
    QCOMPARE(pair.client.user(), QString());
}

void TestConnectionOptions::connectionWithoutAUserHasNone()
{
    Pair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.peer->user(), QString());
}

void TestConnectionOptions::userIsReadInAnyThread()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) {
        WsResponse response = WsResponse::accept();
        response.setUser(u"ann"_s);
        return response;
    });
    QVERIFY(pair.open());
    QString user;
    const std::unique_ptr<QThread> thread(QThread::create([&] { user = pair.peer->user(); }));
    thread->start();
    QVERIFY(thread->wait());
    QCOMPARE(user, u"ann"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestConnectionOptions)
#include "tst_connectionoptions.moc"
