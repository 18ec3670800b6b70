// SPDX-License-Identifier: MIT

// A client that reconnects to a real server, which comes and goes.

#include "../opendescriptors.h"
#include "integrationtesting.h"

#include "../unit/heldmemory.h"

#include <QtCore/qrandom.h>
#include <QtCore/qthread.h>

#include <atomic>

using namespace IntegrationTesting;

namespace {
WsReconnect quick()
{
    WsReconnect settings;
    settings.setEnabled(true);
    settings.setInitialDelay(1ms);
    settings.setMaxDelay(20ms);
    return settings;
}

WsReconnect quickAndQueueing()
{
    WsReconnect settings = quick();
    settings.setQueueMessages(true);
    return settings;
}

// A server that can go away in several ways, and comes back at the same port. It is below those that the
// system gives to clients: one that tries such a port of its own machine may become its own peer.
class ComingServer
{
public:
    enum Way { Closed, Deleted, Aborted };

    explicit ComingServer(bool isTls = false) : m_isTls(isTls) { }

    bool start()
    {
        m_server = std::make_unique<WsServer>();
        if (m_isTls)
            m_server->setSslConfiguration(serverTls());
        m_server->setConnectionHandler([this](WsConnection *connection) {
            QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                             [this](const QString &text) { received.append(text.toInt()); });
            if (onConnection)
                onConnection(connection);
        });
        const auto listens = [this] {
            const quint16 port =
                m_port > 0 ? m_port : quint16(QRandomGenerator::global()->bounded(10'000, 30'000));
            return m_server->listen(QHostAddress::LocalHost, port);
        };
        if (!waitFor(listens))
            return false;
        m_port = m_server->serverPort();
        return true;
    }
    void stop(Way way)
    {
        if (way == Closed)
            m_server->close();
        if (way == Aborted) {
            const QList<WsConnection *> connections = m_server->connections();
            for (WsConnection *connection : connections)
                connection->abort();
        }
        if (way != Closed)
            m_server.reset();
    }
    QUrl url() const { return QUrl(u"%1://127.0.0.1:%2"_s.arg(m_isTls ? u"wss"_s : u"ws"_s).arg(m_port)); }

    QList<int> received;
    std::function<void(WsConnection *)> onConnection;

private:
    bool m_isTls;
    quint16 m_port = 0;
    std::unique_ptr<WsServer> m_server;
};

// Sends numbers for as long as it lives, whatever the state of the client, from its own thread.
class Sender : public QObject
{
public:
    explicit Sender(WsClient *client) : m_client(client)
    {
        connect(&m_timer, &QTimer::timeout, this, &Sender::send);
        m_timer.start(1);
    }
    void stop() { m_timer.stop(); }

    int accepted = 0; // the last number
    QList<int> keptNumbers;

private:
    void send()
    {
        const bool isOpen = m_client->state() == Ws::Open;
        if (!m_client->sendText(QByteArray::number(accepted + 1)))
            return;
        ++accepted;
        if (!isOpen)
            keptNumbers.append(accepted);
    }

    WsClient *m_client;
    QTimer m_timer;
};

// A client that lives in another thread, has lost its server and waits for an hour.
struct DistantClient
{
    DistantClient() { client.moveToThread(&thread); }
    ~DistantClient() { endThread(); }
    Q_DISABLE_COPY_MOVE(DistantClient)

    bool losesItsServer(WsReconnect settings)
    {
        settings.setInitialDelay(1h);
        settings.setMaxDelay(1h);
        client.setReconnect(settings);
        thread.start();
        if (!server.start() || !client.open(server.url())
            || !waitFor([this] { return client.state() == Ws::Open; }))
            return false;
        server.stop(ComingServer::Aborted);
        return waitFor([this] { return client.reconnectAttempt() == 1; });
    }
    void endThread()
    {
        thread.quit();
        thread.wait();
    }

    ComingServer server;
    QThread thread;
    WsClient client;
};
} // namespace

class TestReconnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverComesAndGoes_data();
    void serverComesAndGoes();
    void threadWithoutAnEventLoop();
    void closeOfAnotherThreadEndsTheWait();
    void reconnectNowOfAnotherThread();
    void moveWhileWaiting();
    void moveInASlot_data();
    void moveInASlot();
    void threadEndsWhileItWaits();
    void thousandTimesLeaveNothing();
};

void TestReconnection::serverComesAndGoes_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isElsewhere");
    QTest::newRow("ws") << false << false;
    QTest::newRow("wss") << true << false;
    QTest::newRow("ws, sent from another thread") << false << true;
    QTest::newRow("wss, sent from another thread") << true << true;
}

// Everything arrives in its order and once, except what is reported as lost; and of that, nothing that
// waited.
void TestReconnection::serverComesAndGoes()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isElsewhere);
    constexpr int Rounds = 20;
    ComingServer server(isTls);
    QVERIFY(server.start());
    QThread thread;
    auto client = std::make_unique<WsClient>();
    QUrl url = server.url();
    if (isTls)
        url.setHost(u"localhost"_s);
    client->setSslConfiguration(tlsConfiguration());
    client->setReconnect(quickAndQueueing());
    std::atomic<int> lost{0};
    std::atomic<int> reopened{0};
    std::atomic<int> closed{0};
    connect(client.get(), &WsClient::messagesLost, client.get(), [&](int count) { lost += count; });
    connect(client.get(), &WsClient::reconnected, client.get(), [&] { ++reopened; });
    connect(client.get(), &WsConnection::closed, client.get(), [&] { ++closed; });
    if (isElsewhere) {
        client->moveToThread(&thread);
        thread.start();
    }
    QVERIFY(client->open(url));
    Sender sender(client.get());
    for (int round = 0; round < Rounds; ++round) {
        const int accepted = sender.accepted;
        const auto hasAllBefore = [&] {
            return !server.received.isEmpty() && server.received.last() > accepted;
        };
        WS_TRY_VERIFY(hasAllBefore());
        const int closedBefore = closed;
        server.stop(ComingServer::Way(round % 3));
        WS_TRY_VERIFY(closed > closedBefore);
        const int sentBefore = sender.accepted;
        WS_TRY_VERIFY(sender.accepted > sentBefore);
        QVERIFY(server.start());
        WS_TRY_COMPARE(reopened, round + 1);
    }
    sender.stop();
    WS_TRY_VERIFY(!server.received.isEmpty() && server.received.last() == sender.accepted);
    client->close();
    WS_TRY_VERIFY(!client->active());
    thread.quit();
    thread.wait();
    QVERIFY(std::is_sorted(server.received.begin(), server.received.end(), std::less_equal<>()));
    QVERIFY(sender.accepted - server.received.size() <= lost);
    for (const int number : std::as_const(sender.keptNumbers))
        QVERIFY2(server.received.contains(number), qPrintable(QString::number(number)));
    qInfo("accepted %d, of which %lld waited; arrived %lld; not known to have arrived %d", sender.accepted,
          qlonglong(sender.keptNumbers.size()), qlonglong(server.received.size()), lost.load());
}

void TestReconnection::threadWithoutAnEventLoop()
{
    ComingServer server;
    QVERIFY(server.start());
    std::atomic<int> openedCount{0};
    std::atomic<int> lostCount{0};
    bool isOpenAtLast = true;
    WsClient *shared = nullptr;
    std::atomic<bool> isThere{false};
    const QUrl url = server.url();
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setReconnect(quick());
        shared = &client;
        isThere = true;
        (void)client.open(url);
        for (int i = 0; i < 3 && client.waitForOpened(); ++i) {
            ++openedCount;
            if (client.waitForMessage() || !client.waitForClosed())
                return;
            ++lostCount;
        }
        isOpenAtLast = client.waitForOpened();
        shared = nullptr;
    }));
    thread->start();
    for (int i = 1; i <= 3; ++i) {
        WS_TRY_COMPARE(openedCount, i);
        server.stop(ComingServer::Aborted);
        WS_TRY_COMPARE(lostCount, i);
        if (i < 3)
            QVERIFY(server.start());
    }
    // It tries on and on until it is closed.
    QVERIFY(isThere && shared);
    QVERIFY(shared->close());
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(!isOpenAtLast);
}

void TestReconnection::closeOfAnotherThreadEndsTheWait()
{
    DistantClient distant;
    QVERIFY(distant.losesItsServer(quick()));
    WsClient &client = distant.client;
    QVERIFY(client.close());
    WS_TRY_VERIFY(!client.active());
    QCOMPARE(client.reconnectAttempt(), 0);
    QVERIFY(!client.close());
}

void TestReconnection::reconnectNowOfAnotherThread()
{
    DistantClient distant;
    QVERIFY(distant.losesItsServer(quick()));
    WsClient &client = distant.client;
    QVERIFY(distant.server.start());
    QVERIFY(client.reconnectNow());
    WS_TRY_COMPARE(client.state(), Ws::Open);
}

void TestReconnection::moveWhileWaiting()
{
    ComingServer server;
    QVERIFY(server.start());
    QThread thread;
    thread.start();
    WsClient client;
    client.setReconnect(quick());
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    server.stop(ComingServer::Aborted);
    WS_TRY_VERIFY(client.reconnectAttempt() > 2);
    QThread *reopenedIn = nullptr;
    std::atomic<bool> isReopened{false};
    connect(&client, &WsClient::reconnected, &client, [&] {
        reopenedIn = QThread::currentThread();
        isReopened = true;
    });
    client.moveToThread(&thread);
    QVERIFY(server.start());
    WS_TRY_VERIFY(isReopened);
    QCOMPARE(reopenedIn, &thread);
    thread.quit();
    thread.wait();
}

void TestReconnection::moveInASlot_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("closed") << 0;
    QTest::newRow("reconnecting") << 1;
    QTest::newRow("reconnectAttemptChanged") << 2;
    QTest::newRow("messagesLost") << 3;
    QTest::newRow("opened") << 4;
    QTest::newRow("errorOccurred") << 5;
}

// Each signal is emitted once, and nothing is forgotten on the way.
void TestReconnection::moveInASlot()
{
    QFETCH(const int, signal);
    ComingServer server;
    QVERIFY(server.start());
    QThread thread;
    thread.start();
    auto client = std::make_unique<WsClient>();
    client->setReconnect(quickAndQueueing());
    QVERIFY(client->open(server.url()));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    std::atomic<int> reconnectingCount{0};
    std::atomic<int> reconnectedCount{0};
    std::atomic<int> closedCount{0};
    std::atomic<int> lost{0};
    connect(client.get(), &WsClient::reconnecting, client.get(), [&] { ++reconnectingCount; });
    connect(client.get(), &WsClient::reconnected, client.get(), [&] { ++reconnectedCount; });
    connect(client.get(), &WsConnection::closed, client.get(), [&] { ++closedCount; });
    connect(client.get(), &WsClient::messagesLost, client.get(), [&](int count) { lost += count; });
    const auto move = [&] {
        if (client->thread() != &thread)
            client->moveToThread(&thread);
    };
    switch (signal) {
    case 0:
        connect(client.get(), &WsConnection::closed, client.get(), move, Qt::DirectConnection);
        break;
    case 1:
        connect(client.get(), &WsClient::reconnecting, client.get(), move, Qt::DirectConnection);
        break;
    case 2:
        connect(client.get(), &WsClient::reconnectAttemptChanged, client.get(), move, Qt::DirectConnection);
        break;
    case 3:
        connect(client.get(), &WsClient::messagesLost, client.get(), move, Qt::DirectConnection);
        break;
    case 4:
        connect(client.get(), &WsConnection::opened, client.get(), move, Qt::DirectConnection);
        break;
    case 5:
        connect(client.get(), &WsConnection::errorOccurred, client.get(), move, Qt::DirectConnection);
        break;
    }
    client->sendText("1");
    WS_TRY_COMPARE(server.received, QList<int>({1}));
    server.stop(ComingServer::Aborted);
    WS_TRY_VERIFY(closedCount > 0);
    QVERIFY(client->sendText("2"));
    QVERIFY(server.start());
    WS_TRY_COMPARE(reconnectedCount, 1);
    WS_TRY_COMPARE(server.received, QList<int>({1, 2}));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    QCOMPARE(lost, 1);
    QCOMPARE(closedCount, reconnectingCount);
    QCOMPARE(client->thread(), &thread);
    thread.quit();
    thread.wait();
}

void TestReconnection::threadEndsWhileItWaits()
{
    DistantClient distant;
    QVERIFY(distant.losesItsServer(quickAndQueueing()));
    WsClient &client = distant.client;
    QVERIFY(client.sendText("1"));
    const auto message = client.receive();
    distant.endThread();
    QCOMPARE(client.state(), Ws::Closed);
    QVERIFY(!client.active());
    QVERIFY(!client.sendText("2"));
    QVERIFY(!client.close());
    QVERIFY(message.isFinished());
}

void TestReconnection::thousandTimesLeaveNothing()
{
    constexpr int Times = 1000;
    ComingServer server;
    server.onConnection = [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection, &WsConnection::abort);
    };
    QVERIFY(server.start());
    const auto run = [&](int times) {
        WsClient client;
        client.setReconnect(quick());
        int count = 0;
        QObject::connect(&client, &WsConnection::opened, &client, [&] { client.sendText("0"); });
        QObject::connect(&client, &WsClient::reconnected, &client, [&] {
            if (++count == times)
                client.close();
            else
                client.reconnectNow();
        });
        QObject::connect(&client, &WsClient::reconnecting, &client, &WsClient::reconnectNow);
        return client.open(server.url())
               && waitWhileItMoves([&] { return count == times && !client.active(); }, [&] { return count; });
    };
    QVERIFY(run(100)); // after which caches are full
    server.received.clear();
    server.received.squeeze();
    const qsizetype descriptorsBefore = openDescriptorCount();
    const HeldMemory memory;
    QVERIFY(run(Times));
    server.received.clear();
    server.received.squeeze();
    WS_TRY_VERIFY(openDescriptorCount()
                  <= descriptorsBefore); // some of earlier tests may have been open then
    if (HeldMemory::IsAvailable) {
        qInfo("%d reconnections leave %lld bytes", Times, qlonglong(memory.growth()));
        WS_TRY_VERIFY(memory.growth() < 64 * KiB);
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestReconnection)
#include "tst_reconnection.moc"
