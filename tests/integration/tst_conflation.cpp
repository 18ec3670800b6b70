// SPDX-License-Identifier: MIT

// Messages of which only the latest matters, to clients that stop reading, on sockets.

#include "integrationtesting.h"

#include <QtCore/qmap.h>
#include <QtCore/qmutex.h>
#include <QtCore/qrandom.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <atomic>
#include <map>

using namespace IntegrationTesting;

class TestConflation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void slowClientGetsTheCurrentValues_data();
    void slowClientGetsTheCurrentValues();
    void fastClientsGetEverythingBesideASlowOne_data();
    void fastClientsGetEverythingBesideASlowOne();
    void systemTakesLittleInAdvance();
    void everyKindOfMessageMayHaveAKey();
    void newestMessagesReachASlowClient();
    void movedConnectionKeepsWhatWaits();
    void skipHandlerIsCalledInTheThreadOfTheConnection();
    void skipHandlerMayMoveTheConnection();
};

namespace {
constexpr int Keys = 50;
constexpr int Rounds = 400;

QString keyOf(int key)
{
    return u"k%1"_s.arg(key);
}

// A client that remembers the latest value of each key, and how many messages there were.
class Reader
{
public:
    explicit Reader(const WsServer &server)
    {
        WsOptions options;
        options.setHighWaterMark(16 * KiB);
        options.setPingInterval(0ms); // nobody answers while the client is paused
        WsCompression compression;
        compression.setEnabled(server.options().compression().enabled());
        options.setCompression(compression);
        client.setOptions(options);
        client.setSslConfiguration(tlsConfiguration());
        QObject::connect(&client, &WsClient::textMessageReceived, &client, [this](const QString &text) {
            ++count;
            const QStringList words = text.split(u' ');
            latest[words.at(0)] = words.at(1).toInt();
        });
        QUrl url = server.serverUrl();
        url.setHost(u"localhost"_s);
        isReady = client.open(url) && waitFor([&] { return client.state() == Ws::Open; });
    }

    bool hasAll(int value) const
    {
        for (int key = 0; key < Keys; ++key) {
            const auto found = latest.find(keyOf(key));
            if (found == latest.end() || found->second != value)
                return false;
        }
        return true;
    }

    WsClient client;
    std::map<QString, int> latest;
    qint64 count = 0;
    bool isReady = false;
};

// One value of each key, with padding that does not compress. Returns how many subscribers have accepted it.
qint64 publishRound(WsServer *server, int value)
{
    qint64 accepted = 0;
    for (int key = 0; key < Keys; ++key) {
        QByteArray padding(1000, Qt::Uninitialized);
        for (char &byte : padding)
            byte = char('!' + QRandomGenerator::global()->bounded(90));
        const QString text = u"%1 %2 %3"_s.arg(keyOf(key)).arg(value).arg(QString::fromLatin1(padding));
        accepted += server->publish(u"prices"_s, text, keyOf(key));
    }
    return accepted;
}

void addServers()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isCompressed");
    QTest::addColumn<int>("threads");
    QTest::newRow("ws") << false << false << 0;
    QTest::newRow("ws, compressed") << false << true << 0;
    QTest::newRow("wss") << true << false << 0;
    QTest::newRow("wss, compressed") << true << true << 0;
    QTest::newRow("ws, threads") << false << false << 2;
    QTest::newRow("wss, threads") << true << false << 2;
}

// A server whose clients subscribe to "prices".
struct Feed
{
    Feed()
    {
        QObject::connect(&server, &WsServer::newConnection, &server,
                         [this](WsConnection *connection) { peers.append(connection); });
        server.setConnectionHandler(
            [this](WsConnection *connection) { server.subscribe(connection, u"prices"_s); });
    }
    bool listenAsTheRowSays()
    {
        QFETCH(const bool, isTls);
        QFETCH(const bool, isCompressed);
        QFETCH(const int, threads);
        WsOptions options;
        options.setPingInterval(0ms); // nobody answers while the client is paused
        server.setOptions(compressedOptions(isCompressed, options));
        server.setThreadCount(threads);
        if (isTls)
            server.setSslConfiguration(serverTls());
        return server.listen();
    }
    qint64 skipped() const
    {
        qint64 count = 0;
        for (const WsConnection *peer : peers)
            count += peer->statistics().messagesSkipped;
        return count;
    }

    QList<WsConnection *> peers;
    WsServer server;
};
} // namespace

void TestConflation::slowClientGetsTheCurrentValues_data()
{
    addServers();
}

void TestConflation::slowClientGetsTheCurrentValues()
{
    Feed feed;
    QVERIFY(feed.listenAsTheRowSays());
    Reader reader(feed.server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(feed.server.subscriberCount(u"prices"_s), 1);
    reader.client.setPaused(true);
    qint64 accepted = 0;
    for (int value = 0; value < Rounds; ++value) {
        accepted += publishRound(&feed.server, value);
        QCoreApplication::processEvents();
    }
    QCOMPARE(accepted, Keys * Rounds);
    WS_TRY_VERIFY(feed.skipped() > 0);
    reader.client.setPaused(false);
    WS_TRY_VERIFY(reader.hasAll(Rounds - 1));
    WS_TRY_COMPARE(reader.count + feed.skipped(), accepted);
    WS_TRY_COMPARE(feed.peers.at(0)->bufferedAmount(), 0);
    // Which is fast again.
    const qint64 before = reader.count;
    QCOMPARE(publishRound(&feed.server, Rounds), Keys);
    WS_TRY_VERIFY(reader.hasAll(Rounds));
    QCOMPARE(reader.count, before + Keys);
}

void TestConflation::fastClientsGetEverythingBesideASlowOne_data()
{
    addServers();
}

void TestConflation::fastClientsGetEverythingBesideASlowOne()
{
    Feed feed;
    QVERIFY(feed.listenAsTheRowSays());
    Reader slow(feed.server);
    Reader fast(feed.server);
    QVERIFY(slow.isReady && fast.isReady);
    WS_TRY_COMPARE(feed.server.subscriberCount(u"prices"_s), 2);
    slow.client.setPaused(true);
    for (int value = 0; value < Rounds; ++value) {
        QCOMPARE(publishRound(&feed.server, value), 2 * Keys);
        const qint64 expected = (value + 1) * Keys;
        QVERIFY(waitWhileItMoves([&] { return fast.count == expected; }, [&] { return fast.count; }));
    }
    WS_TRY_VERIFY(feed.skipped() > 0);
    slow.client.setPaused(false);
    WS_TRY_VERIFY(slow.hasAll(Rounds - 1));
    QVERIFY(slow.count < Rounds * Keys);
}

// The system's queue alone would hold megabytes of old values.
void TestConflation::systemTakesLittleInAdvance()
{
#ifdef Q_OS_LINUX
    Feed feed;
    QVERIFY(feed.server.listen());
    RawPeer peer;
    QVERIFY(peer.upgrade(feed.server));
    WS_TRY_COMPARE(feed.server.subscriberCount(u"prices"_s), 1);
    peer.stopReading();
    const int receiveBuffer = 32 * 1024;
    QCOMPARE(::setsockopt(int(peer.socket->socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &receiveBuffer,
                          sizeof receiveBuffer),
             0);
    WS_TRY_COMPARE(feed.peers.size(), 1);
    const WsConnection *const connection = feed.peers.at(0);
    int value = 0;
    for (; connection->statistics().messagesSkipped == 0 && value < Rounds; ++value) {
        publishRound(&feed.server, value);
        QCoreApplication::processEvents();
    }
    QVERIFY(value < Rounds);
    QVERIFY2(connection->statistics().wireBytesSent < MiB,
             qPrintable(QString::number(connection->statistics().wireBytesSent)));
#else
    QSKIP("only measured on Linux");
#endif
}

void TestConflation::everyKindOfMessageMayHaveAKey()
{
    Feed feed;
    QVERIFY(feed.server.listen());
    Reader reader(feed.server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(feed.server.subscriberCount(u"prices"_s), 1);
    QSignalSpy binary(&reader.client, &WsClient::binaryMessageReceived);
    const auto publish = [&feed](const auto &message, const QString &key) {
        return feed.server.publish(u"prices"_s, message, key);
    };
    QCOMPARE(publish(WsMessage(Ws::Text, "k0 1"), keyOf(0)), 1);
    QCOMPARE(publish("k1 2", keyOf(1)), 1);
    QCOMPARE(publish(WsPreparedMessage::text("k2 3"), keyOf(2)), 1);
    QCOMPARE(publish(QByteArray("k3 4"), keyOf(3)), 1);
    QCOMPARE(publish(WsPreparedMessage(), keyOf(4)), 0);
    WS_TRY_COMPARE(reader.latest, (std::map<QString, int>{{keyOf(0), 1}, {keyOf(1), 2}, {keyOf(2), 3}}));
    WS_TRY_COMPARE(binary.size(), 1);
}

void TestConflation::newestMessagesReachASlowClient()
{
    Feed feed;
    WsOptions options;
    options.setMaxBufferedAmount(100 * KiB);
    options.setSlowSubscriber(Ws::DropOldest);
    feed.server.setOptions(options);
    QVERIFY(feed.server.listen());
    Reader reader(feed.server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(feed.peers.size(), 1);
    WsConnection *const peer = feed.peers.at(0);
    reader.client.setPaused(true);
    QList<int> values;
    connect(&reader.client, &WsClient::textMessageReceived, this,
            [&](const QString &text) { values.append(text.split(u' ').at(1).toInt()); });
    int published = 0;
    while (feed.skipped() < 1000) {
        const QString text = u"n %1 %2"_s.arg(++published).arg(QString(1000, u'x'));
        QCOMPARE(feed.server.broadcast(text), 1);
        QVERIFY(peer->bufferedAmount() <= 110 * KiB);
        if (published % 100 == 0)
            QCoreApplication::processEvents();
    }
    reader.client.setPaused(false);
    WS_TRY_VERIFY(!values.isEmpty() && values.constLast() == published);
    QVERIFY(std::is_sorted(values.cbegin(), values.cend()));
    QCOMPARE(values.size() + feed.skipped(), published);
    QCOMPARE(peer->state(), Ws::Open);
}

void TestConflation::movedConnectionKeepsWhatWaits()
{
    Feed feed;
    QVERIFY(feed.server.listen());
    Reader reader(feed.server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(feed.peers.size(), 1);
    WsConnection *const peer = feed.peers.at(0);
    reader.client.setPaused(true);
    int value = 0;
    for (; feed.skipped() == 0 || peer->bufferedAmount() == 0; ++value) {
        QCoreApplication::processEvents(); // in which the system may take everything
        publishRound(&feed.server, value);
    }
    QThread thread;
    const auto stop = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    peer->moveToThread(&thread);
    QCOMPARE(publishRound(&feed.server, value), Keys);
    reader.client.setPaused(false);
    WS_TRY_VERIFY(reader.hasAll(value));
    WS_TRY_COMPARE(peer->bufferedAmount(), 0);
    feed.server.close();
    WS_TRY_COMPARE(feed.server.connectionCount(), 0);
}

void TestConflation::skipHandlerIsCalledInTheThreadOfTheConnection()
{
    Feed feed;
    feed.server.setThreadCount(1);
    std::atomic<qint64> reported{0};
    std::atomic<bool> isRight{true};
    feed.server.setSkipHandler([&](WsConnection *connection, const QString &topic, qint64 count) {
        isRight = isRight && connection->thread() == QThread::currentThread() && topic == u"prices";
        reported += count;
    });
    QVERIFY(feed.server.listen());
    Reader reader(feed.server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(feed.server.subscriberCount(u"prices"_s), 1);
    reader.client.setPaused(true);
    for (int value = 0; value < Rounds; ++value)
        publishRound(&feed.server, value);
    WS_TRY_VERIFY(feed.skipped() > 0 && reported == feed.skipped());
    QVERIFY(isRight);
    reader.client.setPaused(false);
    WS_TRY_VERIFY(reader.hasAll(Rounds - 1));
}

// What it has missed of other topics is reported there.
void TestConflation::skipHandlerMayMoveTheConnection()
{
    const QStringList topics{u"a"_s, u"b"_s, u"c"_s};
    QThread thread;
    QMutex mutex; // guards the next one
    QMap<QString, qint64> reported;
    WsServer server;
    WsOptions options;
    options.setMaxBufferedAmount(64 * KiB);
    server.setOptions(options);
    server.setConnectionHandler([&](WsConnection *connection) {
        for (const QString &topic : topics)
            server.subscribe(connection, topic);
    });
    server.setSkipHandler([&](WsConnection *connection, const QString &topic, qint64 count) {
        const QMutexLocker locker(&mutex);
        reported[topic] += count;
        if (connection->thread() != &thread)
            connection->moveToThread(&thread);
    });
    QVERIFY(server.listen());
    const auto stop = qScopeGuard([&] {
        server.close();
        (void)waitFor([&] { return server.connectionCount() == 0; });
        thread.quit();
        thread.wait();
    });
    thread.start();
    Reader reader(server);
    QVERIFY(reader.isReady);
    WS_TRY_COMPARE(server.subscriberCount(u"c"_s), 1);
    reader.client.setPaused(true);
    QMap<QString, qint64> missed;
    for (int i = 0; i < 100'000 && missed.size() < topics.size(); ++i) {
        const QString &topic = topics.at(i % topics.size());
        if (server.publish(topic, QByteArray(32 * KiB, 'x')) == 0)
            ++missed[topic];
    }
    QCOMPARE(missed.size(), topics.size());
    const auto shown = [&] {
        const QMutexLocker locker(&mutex);
        return reported;
    };
    WS_TRY_COMPARE(shown(), missed);
}

#include "../testprogram.h"
WSKIT_TEST(TestConflation)
#include "tst_conflation.moc"
