// SPDX-License-Identifier: MIT

// What happens when the system has taken as much as it can, and no event loop tells when it takes more.

#include "integrationtesting.h"

#include <QtCore/qthread.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

using namespace IntegrationTesting;

class TestFullSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void waitOf0msSendsOn();
    void clientMayMoveToAnEventLoop();
    void resetOfAPeerIsNoticedWhileMuchWaits();
    void lastCloseIsTriedOnceMore();
};

namespace {
// Pauses its client, and goes on once \a isFull, so that the client cannot send everything at first.
struct SlowServer : WsServer
{
    SlowServer()
    {
        connect(this, &WsServer::newConnection, this, [this](WsConnection *connection) {
            connection->setPaused(true);
            connect(connection, &WsConnection::binaryMessageReceived, this,
                    [this](const QByteArray &data) { received += data.size(); });
        });
        listen();
    }
    bool goOnOnceFull()
    {
        if (!waitFor([this] { return isFull.load() && connectionCount() == 1; }))
            return false;
        connections().constFirst()->setPaused(false);
        return true;
    }

    std::atomic<bool> isFull = false;
    qint64 received = 0;
};
} // namespace

void TestFullSockets::waitOf0msSendsOn()
{
    SlowServer server;
    const QUrl url = server.serverUrl();
    bool isDrained = false;
    std::thread thread([&] {
        WsClient client;
        if (!client.open(url) || !client.waitForOpened())
            return;
        client.sendBinary(pattern(16 * MiB));
        server.isFull = client.bufferedAmount() > 0;
        const QDeadlineTimer deadline(Patience);
        while (!isDrained && !deadline.hasExpired()) {
            isDrained = client.waitForDrained(0ms);
            std::this_thread::yield();
        }
        client.close();
        client.waitForClosed(QDeadlineTimer(Patience));
    });
    const bool wasFull = server.goOnOnceFull();
    (void)waitFor([&] { return server.received == 16 * MiB; });
    thread.join();
    QVERIFY(wasFull);
    QVERIFY(isDrained);
    QCOMPARE(server.received, 16 * MiB);
}

void TestFullSockets::clientMayMoveToAnEventLoop()
{
    SlowServer server;
    const QUrl url = server.serverUrl();
    std::unique_ptr<WsClient> client;
    QThread *const here = QThread::currentThread();
    std::thread thread([&] {
        client = std::make_unique<WsClient>();
        if (client->open(url) && client->waitForOpened())
            client->sendBinary(pattern(16 * MiB));
        server.isFull = client->bufferedAmount() > 0;
        client->moveToThread(here);
    });
    (void)waitFor([&] { return server.isFull.load(); });
    thread.join();
    QVERIFY(server.goOnOnceFull());
    WS_TRY_COMPARE(server.received, 16 * MiB);
}

// More waits than the high-water mark, so the server does not read.
void TestFullSockets::resetOfAPeerIsNoticedWhileMuchWaits()
{
    WsServer server;
    WsOptions options;
    options.setFragmentSize(64 * KiB); // so that it is encoded bit by bit
    options.setPingInterval(0ms);
    server.setOptions(options);
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(server));
    raw.stopReading();
    WS_TRY_COMPARE(server.connectionCount(), 1);
    const QPointer<WsConnection> connection = server.connections().constFirst();
    const Events events(connection);
    connection->sendBinary(pattern(32 * MiB));
    WS_TRY_VERIFY(raw.socket->bytesAvailable() > 0);
    QCOMPARE_GT(connection->bufferedAmount(), options.highWaterMark());
    raw.reset();
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

// Its client has read everything in the meantime.
void TestFullSockets::lastCloseIsTriedOnceMore()
{
    WsServer server;
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(server));
    raw.stopReading();
    WS_TRY_COMPARE(server.connectionCount(), 1);
    WsConnection *const connection = server.connections().constFirst();
    qint64 sent = 0;
    for (; connection->bufferedAmount() == 0; sent += 64 * KiB)
        QVERIFY(connection->sendBinary(pattern(64 * KiB)));
    WS_TRY_VERIFY(raw.socket->bytesAvailable() > 0);

    // From here on no event loop runs, as in a slot.
    QByteArray bytes = raw.received + raw.socket->readAll();
    const auto descriptor = decltype(::socket(0, 0, 0))(raw.socket->socketDescriptor());
    std::array<char, 65536> buffer;
    const auto readAll = [&] {
        for (auto count = ::recv(descriptor, buffer.data(), buffer.size(), 0); count > 0;
             count = ::recv(descriptor, buffer.data(), buffer.size(), 0))
            bytes.append(buffer.data(), qsizetype(count));
    };
    readAll();
    server.close(Ws::GoingAway, {}, 0ms);
    readAll();
    const QList<ReceivedFrame> frames = parseFrames(bytes);
    QCOMPARE(frames.size(), sent / (64 * KiB) + 1);
    QCOMPARE(frames.last().closeCode(), int(Ws::GoingAway));
}

#include "../testprogram.h"
WSKIT_TEST(TestFullSockets)
#include "tst_fullsockets.moc"
