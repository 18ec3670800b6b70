// SPDX-License-Identifier: MIT

// Frames as signals, flush() and readBufferSize on sockets.

#include "integrationtesting.h"

#include <WsKit/WsMessage>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qtcpsocket.h>

#include <mutex>
#include <thread>

using namespace IntegrationTesting;

namespace {
// What arrived, in whatever thread.
class Told
{
public:
    void add(const QString &line)
    {
        const std::lock_guard locker(m_mutex);
        m_lines.append(line);
    }
    QStringList all() const
    {
        const std::lock_guard locker(m_mutex);
        return m_lines;
    }
    void listenTo(WsConnection *connection)
    {
        QObject::connect(connection, &WsConnection::textFrameReceived, connection,
                         [this](const QString &frame, bool isFinal) {
                             add((isFinal ? u"final frame "_s : u"frame "_s) + frame);
                         });
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [this](const QString &text) { add(u"text "_s + text); });
    }

private:
    mutable std::mutex m_mutex;
    QStringList m_lines;
};

const QByteArrayList threeParts{"one", "two", "three"};
const QStringList threePartsTold{u"frame one"_s, u"frame two"_s, u"final frame three"_s,
                                 u"text onetwothree"_s};

class Worker : public QThread
{
public:
    Worker() { start(); }
    ~Worker() override
    {
        quit();
        wait();
    }
};

void addPlainAndTls()
{
    QTest::addColumn<bool>("isTls");
    QTest::newRow("plain") << false;
    QTest::newRow("TLS") << true;
}

// Both send a large message and small ones, and both arrive.
bool exchanges(WsConnection &one, WsConnection &other)
{
    QByteArray large;
    for (int i = 0; large.size() < 3 * MiB; ++i)
        large += QByteArray::number(i);
    QList<QByteArray> arrived;
    const auto add = [&](const QByteArray &data) { arrived.append(data); };
    const QObject context;
    QObject::connect(&one, &WsConnection::binaryMessageReceived, &context, add);
    QObject::connect(&other, &WsConnection::binaryMessageReceived, &context, add);
    for (WsConnection *sender : {&one, &other}) {
        if (!sender->sendBinary(large) || !sender->sendBinary("small"))
            return false;
    }
    const auto has = [&] { return arrived.size() == 4; };
    return waitFor(has) && arrived.count(large) == 2 && arrived.count("small") == 2;
}
} // namespace

class TestFrames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesArriveAsTheyWereSent_data();
    void framesArriveAsTheyWereSent();
    void framesOfSlicedMessages();
    void framesInAThreadOfTheServer();
    void anotherThreadMayConnect();
    void movingInASlotGoesOnInTheNewThread_data();
    void movingInASlotGoesOnInTheNewThread();
    void flushNeedsNoEventLoop_data() { addPlainAndTls(); }
    void flushNeedsNoEventLoop();
    void smallestReadBufferIsEnough_data() { addPlainAndTls(); }
    void smallestReadBufferIsEnough();
    void smallestReadBufferIsEnoughOnLocalSockets();
    void smallestReadBufferIsEnoughOnSocketsOfTheApplication();
    void readBufferOfTlsGrowsAndShrinks();
};

void TestFrames::framesArriveAsTheyWereSent_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isCompressed");
    QTest::newRow("plain") << false << false;
    QTest::newRow("TLS") << true << false;
    QTest::newRow("compressed") << false << true;
    QTest::newRow("TLS, compressed") << true << true;
}

void TestFrames::framesArriveAsTheyWereSent()
{
    QFETCH(bool, isTls);
    QFETCH(bool, isCompressed);
    Pair pair(isTls);
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(isCompressed);
    compression.setThreshold(0);
    options.setCompression(compression);
    pair.setOptions(options);
    QVERIFY(pair.open());
    QCOMPARE(!pair.client.extensions().isEmpty(), isCompressed);
    Told client;
    Told server;
    client.listenTo(&pair.client);
    server.listenTo(pair.peer);
    QVERIFY(pair.peer->sendFragments(Ws::Text, threeParts));
    QVERIFY(pair.client.sendFragments(Ws::Text, threeParts));
    WS_TRY_COMPARE(client.all(), threePartsTold);
    WS_TRY_COMPARE(server.all(), threePartsTold);
}

void TestFrames::framesOfSlicedMessages()
{
    Pair pair;
    WsOptions options;
    options.setFragmentSize(100000);
    pair.setOptions(options);
    QVERIFY(pair.open());
    QList<qsizetype> sizes;
    connect(pair.peer, &WsConnection::binaryFrameReceived, this,
            [&](const QByteArray &frame) { sizes.append(frame.size()); });
    QSignalSpy messages(pair.peer, &WsConnection::binaryMessageReceived);
    pair.client.sendBinary(QByteArray(250000, 'x'));
    WS_TRY_COMPARE(messages.size(), 1);
    QCOMPARE(sizes, QList<qsizetype>({100000, 100000, 50000}));
}

void TestFrames::framesInAThreadOfTheServer()
{
    Told told;
    WsServer server;
    server.setThreadCount(2);
    server.setConnectionHandler([&told](WsConnection *connection) { told.listenTo(connection); });
    QVERIFY(server.listen());
    WsClient client;
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.sendFragments(Ws::Text, threeParts));
    WS_TRY_COMPARE(told.all(), threePartsTold);
}

// Also if nothing but a handler gets the messages.
void TestFrames::anotherThreadMayConnect()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.setMessageHandler([](WsConnection &, Ws::MessageType, QByteArrayView) {});
    Told told;
    std::thread([&] {
        connect(&pair.client, &WsConnection::textFrameReceived, &pair.client,
                [&told](const QString &frame) { told.add(frame); });
    }).join();
    pair.peer->sendFragments(Ws::Text, threeParts);
    WS_TRY_COMPARE(told.all(), QStringList({u"one"_s, u"two"_s, u"three"_s}));
}

void TestFrames::movingInASlotGoesOnInTheNewThread_data()
{
    QTest::addColumn<QString>("last");
    QTest::newRow("after the first frame") << u"one"_s;
    QTest::newRow("before the message") << u"three"_s;
}

void TestFrames::movingInASlotGoesOnInTheNewThread()
{
    QFETCH(QString, last);
    Told told;
    Pair pair;
    QVERIFY(pair.open());
    auto client = std::make_unique<WsClient>();
    QVERIFY(client->open(pair.url()));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    WS_TRY_COMPARE(pair.server.connectionCount(), 2);
    told.listenTo(client.get());
    Worker worker;
    const auto moves =
        connect(client.get(), &WsConnection::textFrameReceived, client.get(), [&](const QString &frame) {
            if (frame == last && client->thread() == thread())
                client->moveToThread(&worker);
        });
    pair.server.broadcast(WsMessage::text(u"first"_s));
    const QList<WsConnection *> all = pair.server.connections();
    for (WsConnection *connection : all)
        QVERIFY(connection->sendFragments(Ws::Text, threeParts));
    WS_TRY_COMPARE(told.all(), QStringList({u"final frame first"_s, u"text first"_s}) + threePartsTold);
    QVERIFY(client->thread() == &worker);
    disconnect(moves);
    client.release()->deleteLater();
}

// The client's thread only calls flush().
void TestFrames::flushNeedsNoEventLoop()
{
    QFETCH(bool, isTls);
    Worker worker;
    auto server = std::make_unique<WsServer>();
    if (isTls)
        server->setSslConfiguration(serverTls());
    std::atomic<qsizetype> arrived{0};
    server->setConnectionHandler([&arrived](WsConnection *connection) {
        connect(connection, &WsConnection::binaryMessageReceived, connection,
                [&arrived](const QByteArray &data) { arrived = data.size(); });
    });
    QVERIFY(server->listen());
    QUrl url = server->serverUrl();
    url.setHost(u"localhost"_s);
    server->moveToThread(&worker);
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    QVERIFY(client.open(url));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    constexpr qsizetype Size = 8 * MiB;
    QVERIFY(client.sendBinary(QByteArray(Size, 'x')));
    const QDeadlineTimer deadline(Patience);
    while (client.bufferedAmount() > 0 && !deadline.hasExpired()) {
        client.flush();
        QThread::yieldCurrentThread();
    }
    QCOMPARE(client.bufferedAmount(), 0);
    QVERIFY(!client.flush());
    while (arrived != Size && !deadline.hasExpired())
        QThread::yieldCurrentThread();
    QCOMPARE(arrived, Size);
    server.release()->deleteLater();
}

void TestFrames::smallestReadBufferIsEnough()
{
    QFETCH(bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setReadBufferSize(1);
    QCOMPARE(options.readBufferSize(), 1024);
    pair.setOptions(options);
    QVERIFY(pair.open());
    QVERIFY(exchanges(pair.client, *pair.peer));
}

void TestFrames::smallestReadBufferIsEnoughOnLocalSockets()
{
    QTemporaryDir directory;
    Pair pair;
    WsOptions options;
    options.setReadBufferSize(1024);
    pair.setOptions(options);
    QVERIFY(pair.server.listen(directory.filePath(u"test.sock"_s)));
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
    QVERIFY(exchanges(pair.client, *pair.peer));
}

void TestFrames::smallestReadBufferIsEnoughOnSocketsOfTheApplication()
{
    Pair pair;
    WsOptions options;
    options.setReadBufferSize(1024);
    pair.setOptions(options);
    QTcpServer listener;
    QVERIFY(listener.listen(QHostAddress::LocalHost));
    connect(&listener, &QTcpServer::newConnection, this,
            [&] { pair.server.handleConnection(listener.nextPendingConnection()); });
    QVERIFY(pair.client.open(QUrl(u"ws://127.0.0.1:%1"_s.arg(listener.serverPort()))));
    QVERIFY(pair.waitUntilOpen());
    QVERIFY(exchanges(pair.client, *pair.peer));
}

void TestFrames::readBufferOfTlsGrowsAndShrinks()
{
    Pair pair(true);
    QVERIFY(pair.open());
    for (const qint64 size : {1024, 262144, 2000, 65536}) {
        WsOptions options;
        options.setReadBufferSize(size);
        pair.client.setOptions(options);
        pair.peer->setOptions(options);
        QVERIFY(exchanges(pair.client, *pair.peer));
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestFrames)
#include "tst_frames.moc"
