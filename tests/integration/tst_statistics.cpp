// SPDX-License-Identifier: MIT

// What a server counts.

#include "integrationtesting.h"

#include <QtCore/qthread.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <vector>

using namespace IntegrationTesting;

namespace {
void addThreads()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("in the server's thread") << 0;
    QTest::newRow("in four threads") << 4;
}

// Everything in \a after that only grows is at least as much as in \a before.
bool hasOnlyGrown(const WsServerStatistics &before, const WsServerStatistics &after)
{
    const auto totals = [](const WsServerStatistics &s) {
        const auto sum = [](const QMap<int, qint64> &counts) {
            return std::accumulate(counts.begin(), counts.end(), qint64(0));
        };
        return QList<qint64>{s.connectionsTotal,      sum(s.rejected),        sum(s.answered),
                             sum(s.closed),           s.messagesSent,         s.messagesReceived,
                             s.payloadBytesSent,      s.payloadBytesReceived, s.wireBytesSent,
                             s.wireBytesReceived,     s.messageSize.count(),  s.sentMessageSize.count(),
                             s.handshakeTime.count(), s.roundTrip.count()};
    };
    const QList<qint64> old = totals(before);
    const QList<qint64> now = totals(after);
    return std::equal(old.begin(), old.end(), now.begin(), std::less_equal<qint64>());
}
} // namespace

class TestStatistics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverBeginsWithNothing();
    void messagesAndBytesAreThoseOfTheConnections_data() { addThreads(); }
    void messagesAndBytesAreThoseOfTheConnections();
    void endedConnectionsStillCount_data() { addThreads(); }
    void endedConnectionsStillCount();
    void streamsAreMessagesToo();
    void broadcastCountsForEachReceiver();
    void roundTripsAreCounted();
    void everyClientIsCountedOnce_data() { addSchemes(); }
    void everyClientIsCountedOnce();
    void clientWithoutAnAnswerIsRejectedWithout();
    void unfinishedHandshakeIsPending();
    void closeCodesAreThoseOfClosed();
    void deletedConnectionIsGoingAway();
    void localSocketsAreCountedToo();
    void queuedBytesAreAdded();
    void replacedMessagesAreSkipped();
    void subscribersAreCountedByTopic_data() { addThreads(); }
    void subscribersAreCountedByTopic();
    void movedConnectionStaysCounted_data() { addThreads(); }
    void movedConnectionStaysCounted();
    void otherThreadCountForgetsNothing();
    void countsNeverGoBackwards();
    void metricsAreAnAnswer_data() { addSchemes(); }
    void metricsAreAnAnswer();
};

void TestStatistics::serverBeginsWithNothing()
{
    const QDateTime before = QDateTime::currentDateTimeUtc();
    const WsServer server;
    const WsServerStatistics statistics = server.statistics();
    QVERIFY(statistics.startTime >= before);
    QVERIFY(statistics.startTime <= QDateTime::currentDateTimeUtc());
    QCOMPARE(statistics.connections, 0);
    QCOMPARE(statistics.connectionsTotal, 0);
    QVERIFY(statistics.rejected.isEmpty());
    QCOMPARE(statistics.handshakeTime.count(), 0);
    QCOMPARE(statistics.handshakeTime.counts.size(), statistics.handshakeTime.bounds.size() + 1);
}

void TestStatistics::messagesAndBytesAreThoseOfTheConnections()
{
    QFETCH(const int, threadCount);
    Pair pair;
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.open());
    pair.client.sendText(u"hello"_s);
    pair.client.sendBinary(QByteArray(1000, 'x'));
    pair.peer->sendText(u"answer"_s);
    WS_TRY_COMPARE(pair.peerEvents->messages().size(), 2);
    WS_TRY_COMPARE(pair.events.messages().size(), 1);
    WS_TRY_COMPARE(pair.server.statistics().wireBytesSent, pair.client.statistics().wireBytesReceived);
    const WsServerStatistics server = pair.server.statistics();
    const WsStatistics client = pair.client.statistics();
    QCOMPARE(server.connections, 1);
    QCOMPARE(server.connectionsTotal, 1);
    QCOMPARE(server.messagesReceived, 2);
    QCOMPARE(server.messagesSent, 1);
    QCOMPARE(server.payloadBytesReceived, 1005);
    QCOMPARE(server.payloadBytesSent, 6);
    QCOMPARE(server.wireBytesReceived, client.wireBytesSent);
    QCOMPARE(server.messageSize.count(), 2);
    QCOMPARE(server.messageSize.sum, 1005.);
    QCOMPARE(server.messageSize.counts.value(0), 1);
    QCOMPARE(server.sentMessageSize.count(), 1);
    QCOMPARE(server.sentMessageSize.sum, 6.);
    QCOMPARE(server.handshakeTime.count(), 1);
    QVERIFY(server.handshakeTime.sum > 0);
}

void TestStatistics::endedConnectionsStillCount()
{
    QFETCH(const int, threadCount);
    Pair pair;
    pair.server.setThreadCount(threadCount);
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(pair.open());
        pair.client.sendText(u"hello"_s);
        WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->messages().size() == 1);
        pair.client.close();
        WS_TRY_COMPARE(pair.server.statistics().connections, 0);
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        const WsServerStatistics server = pair.server.statistics();
        QCOMPARE(server.connectionsTotal, i);
        QCOMPARE(server.messagesReceived, i);
        QCOMPARE(server.messageSize.count(), i);
        QCOMPARE(server.wireBytesReceived, i * pair.client.statistics().wireBytesSent);
        QCOMPARE(server.wireBytesSent, i * pair.client.statistics().wireBytesReceived);
        WS_TRY_VERIFY(!pair.peer);
    }
}

void TestStatistics::streamsAreMessagesToo()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.peer->setBinaryType(Ws::Stream);
    QByteArray read;
    connect(pair.peer, &WsConnection::messageStarted, pair.peer, [&](WsMessageStream *stream) {
        connect(stream, &QIODevice::readyRead, stream, [&read, stream] { read += stream->readAll(); });
    });
    pair.client.sendBinary("first");
    WsMessageStream *const written = pair.peer->openMessage(Ws::Binary);
    QVERIFY(written);
    written->write(QByteArray(100, 'x'));
    pair.client.sendBinary(QByteArray(2000, 'y'));
    written->write(QByteArray(200, 'x'));
    written->close();
    WS_TRY_COMPARE(pair.events.payloadSize, 300);
    WS_TRY_COMPARE(pair.server.statistics().messagesReceived, 2);
    const WsServerStatistics server = pair.server.statistics();
    QCOMPARE(server.messageSize.sum, 2005.);
    QCOMPARE(server.messageSize.count(), 2);
    QCOMPARE(server.sentMessageSize.sum, 300.);
    QCOMPARE(server.sentMessageSize.count(), 1);
}

void TestStatistics::broadcastCountsForEachReceiver()
{
    Pair pair;
    QVERIFY(pair.open());
    WsClient other;
    QVERIFY(other.open(pair.url()));
    WS_TRY_COMPARE(pair.server.connectionCount(), 2);
    QCOMPARE(pair.server.broadcast(u"all"_s), 2);
    QCOMPARE(pair.server.statistics().messagesSent, 2);
    QCOMPARE(pair.server.statistics().sentMessageSize.sum, 6.);
}

void TestStatistics::roundTripsAreCounted()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy ponged(pair.peer, &WsConnection::pongReceived);
    pair.peer->ping("one");
    WS_TRY_COMPARE(ponged.size(), 1);
    pair.peer->ping("two");
    WS_TRY_COMPARE(ponged.size(), 2);
    QCOMPARE(pair.server.statistics().roundTrip.count(), 2);
}

void TestStatistics::everyClientIsCountedOnce()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/page")
            return WsResponse::text("page");
        return request.path() == u"/closed" ? WsResponse::reject(403) : WsResponse::accept();
    });
    QVERIFY(pair.open());
    const auto ask = [&](const QByteArray &target, int status) {
        RawPeer raw;
        QVERIFY(raw.connectTo(pair.server));
        raw.send(target == "/plain" ? "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    : RawPeer::upgradeRequest({}, target));
        WS_TRY_COMPARE(raw.httpStatus(), status);
    };
    ask("/page", 200);
    ask("/closed", 403);
    ask("/closed", 403);
    ask("/plain", 426);
    const WsServerStatistics server = pair.server.statistics();
    QCOMPARE(server.connectionsTotal, 1);
    QCOMPARE(server.answered, (QMap<int, qint64>{{200, 1}}));
    QCOMPARE(server.rejected, (QMap<int, qint64>{{403, 2}, {426, 1}}));
    QCOMPARE(server.handshakeTime.count(), 1);
}

void TestStatistics::clientWithoutAnAnswerIsRejectedWithout()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer goes;
    QVERIFY(goes.connectTo(pair.server));
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 1);
    goes.reset();
    WS_TRY_COMPARE(pair.server.statistics().rejected, (QMap<int, qint64>{{0, 1}}));
    pair.server.setConnectionFilter([](const QHostAddress &) { return false; });
    RawPeer unwanted; // which is cut at once
    unwanted.socket->connectToHost(QHostAddress::LocalHost, pair.server.serverPort());
    WS_TRY_COMPARE(pair.server.statistics().rejected, (QMap<int, qint64>{{0, 2}}));
    pair.server.setConnectionFilter({});
    RawPeer stays;
    QVERIFY(stays.connectTo(pair.server));
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 1);
    pair.server.close();
    WS_TRY_COMPARE(pair.server.statistics().rejected, (QMap<int, qint64>{{0, 3}}));
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 0);
}

void TestStatistics::unfinishedHandshakeIsPending()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\n");
    WS_TRY_COMPARE(pair.server.statistics().pendingHandshakes, 1);
    QCOMPARE(pair.server.statistics().connections, 0);
    QCOMPARE(pair.server.statistics().connectionsTotal, 0);
}

void TestStatistics::closeCodesAreThoseOfClosed()
{
    Pair pair;
    const auto openAndEnd = [&](const std::function<void()> &end) {
        QVERIFY(pair.open());
        end();
        WS_TRY_COMPARE(pair.server.statistics().connections, 0);
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        WS_TRY_VERIFY(!pair.peer);
    };
    openAndEnd([&] { pair.client.close(4001); });
    openAndEnd([&] { pair.client.close(4001); });
    openAndEnd([&] { pair.client.abort(); });
    openAndEnd([&] { pair.peer->close(Ws::PolicyViolation); });
    QCOMPARE(pair.server.statistics().closed,
             (QMap<int, qint64>{{4001, 2}, {Ws::Abnormal, 1}, {Ws::PolicyViolation, 1}}));
}

void TestStatistics::deletedConnectionIsGoingAway()
{
    Pair pair;
    QVERIFY(pair.open());
    delete pair.peer;
    const WsServerStatistics server = pair.server.statistics();
    QCOMPARE(server.connections, 0);
    QCOMPARE(server.closed, (QMap<int, qint64>{{Ws::GoingAway, 1}}));
}

void TestStatistics::localSocketsAreCountedToo()
{
    WsServer server;
    QVERIFY2(server.listen(u"wskit-statistics-%1"_s.arg(QCoreApplication::applicationPid())),
             qPrintable(server.errorString()));
    WsClient client;
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.sendText(u"hello"_s);
    WS_TRY_COMPARE(server.statistics().messagesReceived, 1);
    QCOMPARE(server.statistics().connectionsTotal, 1);
    QCOMPARE(server.statistics().handshakeTime.count(), 1);
}

void TestStatistics::queuedBytesAreAdded()
{
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(64 * MiB);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer slow;
    slow.stopReading();
    QVERIFY(slow.connectTo(pair.server));
    slow.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(pair.peer);
    QVERIFY(pair.peer->sendBinary(QByteArray(32 * MiB, 'x')));
    QVERIFY(pair.peer->bufferedAmount() > 0);
    QCOMPARE(pair.server.statistics().bufferedAmount, pair.peer->bufferedAmount());
}

void TestStatistics::replacedMessagesAreSkipped()
{
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(64 * MiB);
    pair.server.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer slow;
    slow.stopReading();
    QVERIFY(slow.connectTo(pair.server));
    slow.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(pair.peer);
    pair.server.subscribe(pair.peer, u"prices"_s);
    QVERIFY(pair.peer->sendBinary(QByteArray(32 * MiB, 'x')));
    pair.server.publish(u"prices"_s, u"1"_s, u"key"_s);
    pair.server.publish(u"prices"_s, u"2"_s, u"key"_s);
    QCOMPARE(pair.server.statistics().messagesSkipped, 1);
    slow.readAgain();
    WS_TRY_COMPARE(pair.server.statistics().messagesSent, 2);
    QCOMPARE(pair.server.statistics().sentMessageSize.count(), 2);
    delete pair.peer;
    QCOMPARE(pair.server.statistics().messagesSkipped, 1);
}

void TestStatistics::subscribersAreCountedByTopic()
{
    QFETCH(const int, threadCount);
    WsServer server;
    server.setThreadCount(threadCount);
    server.setConnectionHandler([&server](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [&server, connection](const QString &topic) { server.subscribe(connection, topic); });
    });
    QVERIFY(server.listen());
    std::vector<std::unique_ptr<WsClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        WsClient *const client = clients.back().get();
        connect(client, &WsClient::opened, client,
                [=] { client->sendText(i < 5 ? u"news"_s : u"prices"_s); });
        QVERIFY(client->open(server.serverUrl()));
    }
    WS_TRY_COMPARE(server.statistics().subscribers, (QMap<QString, int>{{u"news"_s, 5}, {u"prices"_s, 3}}));
    clients.front()->close();
    WS_TRY_COMPARE(server.statistics().subscribers.value(u"news"_s), 4);
}

void TestStatistics::movedConnectionStaysCounted()
{
    QFETCH(const int, threadCount);
    QThread thread;
    thread.start();
    Pair pair;
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.open());
    pair.client.sendText(u"before"_s);
    WS_TRY_COMPARE(pair.server.statistics().messagesReceived, 1);
    const QPointer<WsConnection> peer = pair.peer;
    QMetaObject::invokeMethod(peer, [peer, &thread] { peer->moveToThread(&thread); });
    pair.client.sendText(u"after"_s);
    WS_TRY_COMPARE(pair.server.statistics().messagesReceived, 2);
    QCOMPARE(pair.server.statistics().connections, 1);
    QCOMPARE(pair.server.statistics().connectionsTotal, 1);
    QCOMPARE(pair.server.statistics().messageSize.count(), 2);
    pair.client.close();
    WS_TRY_COMPARE(pair.server.statistics().connections, 0);
    const WsServerStatistics server = pair.server.statistics();
    QCOMPARE(server.messagesReceived, 2);
    QCOMPARE(server.messageSize.count(), 2);
    QCOMPARE(server.closed, (QMap<int, qint64>{{Ws::Normal, 1}}));
    thread.quit();
    thread.wait();
}

void TestStatistics::otherThreadCountForgetsNothing()
{
    Pair pair;
    int opened = 0;
    for (const int threadCount : {2, 3, 0, 1}) {
        pair.server.setThreadCount(threadCount);
        QVERIFY(pair.open());
        pair.client.sendText(u"hello"_s);
        ++opened;
        WS_TRY_COMPARE(pair.server.statistics().messagesReceived, opened);
        QSignalSpy closed(&pair.server, &WsServer::closed);
        pair.server.close();
        WS_TRY_COMPARE(closed.size(), 1);
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
        QCOMPARE(pair.server.statistics().connectionsTotal, opened);
        QCOMPARE(pair.server.statistics().messagesReceived, opened);
        QCOMPARE(pair.server.statistics().messageSize.count(), opened);
    }
}

// Connections come, send, move to other threads and go, while another thread looks all the time.
void TestStatistics::countsNeverGoBackwards()
{
    constexpr int Rounds = 40;
    constexpr int ClientCount = 6;
    QThread thread;
    thread.start();
    WsServer server;
    server.setThreadCount(4);
    std::atomic<int> turn{0};
    server.setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection, [=, &turn, &thread] {
            connection->sendText(u"answer"_s);
            connection->ping();
            if (++turn % 2 == 0)
                connection->moveToThread(&thread);
        });
    });
    QVERIFY(server.listen());
    std::atomic<bool> isDone{false};
    std::atomic<int> mistakes{0};
    std::atomic<int> looks{0};
    const std::unique_ptr<QThread> looker(QThread::create([&] {
        WsServerStatistics last = server.statistics();
        while (!isDone) {
            const WsServerStatistics now = server.statistics();
            const qint64 ended = std::accumulate(now.closed.begin(), now.closed.end(), qint64(0));
            if (!hasOnlyGrown(last, now) || now.connections + ended != now.connectionsTotal)
                ++mistakes;
            last = now;
            ++looks;
        }
    }));
    looker->start();
    std::vector<std::unique_ptr<WsClient>> clients;
    for (int i = 0; i < ClientCount; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        WsClient *const client = clients.back().get();
        connect(client, &WsClient::opened, client, [client] { client->sendText(u"hello"_s); });
        connect(client, &WsClient::textMessageReceived, client, [client] { client->close(); });
    }
    for (int round = 0; round < Rounds; ++round) {
        for (const auto &client : clients)
            QVERIFY(client->open(server.serverUrl()));
        for (const auto &client : clients)
            WS_TRY_COMPARE(client->state(), Ws::Closed);
    }
    WS_TRY_COMPARE(server.statistics().connections, 0);
    isDone = true;
    looker->wait();
    QCOMPARE(mistakes.load(), 0);
    QVERIFY(looks > 0);
    const WsServerStatistics all = server.statistics();
    QCOMPARE(all.connectionsTotal, Rounds * ClientCount);
    QCOMPARE(all.messagesReceived, Rounds * ClientCount);
    QCOMPARE(all.messageSize.count(), Rounds * ClientCount);
    QCOMPARE(all.sentMessageSize.count(), Rounds * ClientCount);
    thread.quit();
    thread.wait();
}

void TestStatistics::metricsAreAnAnswer()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    pair.server.setRequestHandler([&](const WsRequest &request) {
        return request.path() == u"/metrics" ? WsResponse::metrics(pair.server) : WsResponse::accept();
    });
    QVERIFY(pair.open());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 200);
    QCOMPARE(raw.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    QCOMPARE(raw.header("Cache-Control"), "no-store");
    QVERIFY(raw.body().contains("\nwskit_connections 1\n"));
    QVERIFY(pair.server.metrics().contains("\nwskit_http_answers_total{status=\"200\"} 1\n"));
}

#include "../testprogram.h"
WSKIT_TEST(TestStatistics)
#include "tst_statistics.moc"
