// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <vector>

using namespace IntegrationTesting;

class TestBroadcast : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void serverReachesEveryClient();
    void everyKindOfMessageIsBroadcast();
    void serverLeavesOutOne();
    void connectionReachesAllOthers();
    void whoTakesNoPartGetsNothing();
    void closingConnectionsAreNotReached();
    void peersThatHaveClosedAreNotTooSlow();
    void nobodyIsReachedWithoutClients();
    void broadcastWithinAnotherComesAfterIt();
    void connectionMayBeDeletedByWhatABroadcastCauses();

private:
    QStringList receivedBy(int index) const { return m_events.at(size_t(index))->messages(); }

    std::unique_ptr<WsServer> m_server;
    std::vector<std::unique_ptr<WsClient>> m_clients;
    std::vector<std::unique_ptr<Events>> m_events;
    QList<WsConnection *> m_connections; // in the order of the clients
};

void TestBroadcast::init()
{
    m_server = std::make_unique<WsServer>();
    QVERIFY(m_server->listen());
    for (int i = 0; i < 4; ++i) {
        m_clients.push_back(std::make_unique<WsClient>());
        m_events.push_back(std::make_unique<Events>(m_clients.back().get()));
        QSignalSpy accepted(m_server.get(), &WsServer::newConnection);
        QVERIFY(m_clients.back()->open(m_server->serverUrl()));
        WS_TRY_COMPARE(accepted.size(), 1);
        m_connections.append(accepted.at(0).at(0).value<WsConnection *>());
        WS_TRY_COMPARE(m_clients.back()->state(), Ws::Open);
    }
}

void TestBroadcast::cleanup()
{
    m_events.clear();
    m_clients.clear();
    m_connections.clear();
    m_server.reset();
}

void TestBroadcast::serverReachesEveryClient()
{
    QCOMPARE(m_server->connectionCount(), 4);
    QCOMPARE(m_server->broadcast(u"hello ü"_s), 4);
    for (int i = 0; i < 4; ++i)
        WS_TRY_COMPARE(receivedBy(i), QStringList{u"text hello ü"_s});
}

void TestBroadcast::everyKindOfMessageIsBroadcast()
{
    QCOMPARE(m_server->broadcast("literal"), 4);
    QCOMPARE(m_server->broadcast("bytes"_ba), 4);
    QCOMPARE(m_server->broadcast(WsMessage::text("message")), 4);
    QCOMPARE(m_server->broadcast(WsPreparedMessage::binary("prepared")), 4);
    QVERIFY(m_connections[0]->broadcast("literal"));
    QVERIFY(m_connections[0]->broadcast("bytes"_ba));
    QVERIFY(m_connections[0]->broadcast(u"string"_s));
    QVERIFY(m_connections[0]->broadcast(WsMessage::binary("message")));
    WS_TRY_COMPARE(receivedBy(3),
                   QStringList({u"text literal"_s, u"binary bytes"_s, u"text message"_s, u"binary prepared"_s,
                                u"text literal"_s, u"binary bytes"_s, u"text string"_s, u"binary message"_s}));
}

void TestBroadcast::serverLeavesOutOne()
{
    QCOMPARE(m_server->broadcast("a", m_connections[1]), 3);
    QCOMPARE(m_server->broadcast("b"), 4);
    WS_TRY_COMPARE(receivedBy(1), QStringList{u"text b"_s});
    WS_TRY_COMPARE(receivedBy(0), QStringList({u"text a"_s, u"text b"_s}));
}

void TestBroadcast::connectionReachesAllOthers()
{
    QVERIFY(m_connections[2]->broadcast("others"));
    QCOMPARE(m_server->broadcast("all"), 4);
    WS_TRY_COMPARE(receivedBy(2), QStringList{u"text all"_s});
    for (const int i : {0, 1, 3})
        WS_TRY_COMPARE(receivedBy(i), QStringList({u"text others"_s, u"text all"_s}));
    QVERIFY(!m_clients[0]->broadcast("a client has no others"));
}

void TestBroadcast::whoTakesNoPartGetsNothing()
{
    QSignalSpy changed(m_connections[0], &WsConnection::inBroadcastsChanged);
    QVERIFY(m_connections[0]->inBroadcasts());
    m_connections[0]->setInBroadcasts(false);
    m_connections[0]->setInBroadcasts(false);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(m_server->broadcast("part"), 3);
    m_connections[0]->setInBroadcasts(true);
    QCOMPARE(m_server->broadcast("all"), 4);
    WS_TRY_COMPARE(receivedBy(0), QStringList{u"text all"_s});
    WS_TRY_COMPARE(receivedBy(1), QStringList({u"text part"_s, u"text all"_s}));
}

void TestBroadcast::closingConnectionsAreNotReached()
{
    QVERIFY(m_connections[0]->close());
    QCOMPARE(m_server->broadcast("a"), 3);
    WS_TRY_COMPARE(m_events[0]->ending(), u"closed 1000 '' clean"_s);
    WS_TRY_COMPARE(m_server->connectionCount(), 3);
    QVERIFY(receivedBy(0).isEmpty());
}

void TestBroadcast::peersThatHaveClosedAreNotTooSlow()
{
    WsConnection *const paused = m_connections[0];
    WsOptions options;
    options.setSlowSubscriber(Ws::CloseConnection);
    paused->setOptions(options);
    QSignalSpy failed(paused, &WsConnection::errorOccurred);
    Events events(paused);
    paused->setPaused(true);
    QVERIFY(m_clients[0]->close(1000, u"bye"_s));
    WS_TRY_VERIFY(!paused->sendText("until it has come")); // it is read in the pause, and delivered later
    QCOMPARE(paused->state(), Ws::Open);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_server->broadcast("hello"), 3);
    QCOMPARE(failed.size(), 0);
    paused->setPaused(false);
    WS_TRY_COMPARE(events.ending(), u"closed 1000 'bye' clean"_s);
    QCOMPARE(failed.size(), 0);
}

void TestBroadcast::nobodyIsReachedWithoutClients()
{
    WsServer server;
    QCOMPARE(server.broadcast("nobody"), 0);
    QVERIFY(server.listen());
    QCOMPARE(server.broadcast("nobody"), 0);
    QCOMPARE(m_server->publish(u"no subscribers"_s, "nobody"), 0);
    QVERIFY(m_server->subscribe(m_connections[0], u"one"_s));
    QCOMPARE(m_server->publish(u"one"_s, "nobody", m_connections[0]), 0);
    QCOMPARE(m_server->publish(u"one"_s, "the one"), 1);
    WS_TRY_COMPARE(receivedBy(0), QStringList{u"text the one"_s});
}

void TestBroadcast::broadcastWithinAnotherComesAfterIt()
{
    WsOptions options;
    options.setSlowSubscriber(Ws::CloseConnection);
    options.setMaxBufferedAmount(10);
    for (const int slow : {0, 1})
        m_connections[slow]->setOptions(options);
    QVERIFY(m_server->subscribe(m_connections[3], u"topic"_s));
    connect(m_connections[0], &WsConnection::errorOccurred, this,
            [this] { QCOMPARE(m_server->broadcast(u"first"_s), 2); });
    connect(m_connections[1], &WsConnection::errorOccurred, this,
            [this] { QCOMPARE(m_server->publish(u"topic"_s, u"second"_s), 1); });
    QCOMPARE(m_server->broadcast(u"too much for two of them"_s), 2);
    WS_TRY_COMPARE(receivedBy(3).size(), 3);
    WS_TRY_COMPARE(receivedBy(2).size(), 2);
    QCOMPARE(receivedBy(2).constFirst(), u"text too much for two of them"_s);
    QCOMPARE(receivedBy(3).constFirst(), u"text too much for two of them"_s);
    QCOMPARE(receivedBy(2).constLast(), u"text first"_s);
}

void TestBroadcast::connectionMayBeDeletedByWhatABroadcastCauses()
{
    // Large enough to be written at once, and its slots delete the others.
    const QByteArray large(MiB, 'x');
    for (WsConnection *connection : std::as_const(m_connections)) {
        connect(connection, &WsConnection::bytesWritten, this, [this, connection] {
            for (WsConnection *other : m_server->connections()) {
                if (other != connection)
                    delete other;
            }
        });
    }
    QCOMPARE(m_server->broadcast(large), 4);
    WS_TRY_COMPARE(m_server->connectionCount(), 1);
}

#include "../testprogram.h"
WSKIT_TEST(TestBroadcast)
#include "tst_broadcast.moc"
