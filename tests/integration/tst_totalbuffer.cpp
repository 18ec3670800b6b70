// SPDX-License-Identifier: MIT

// Clients that do not read, and WsServer::maxTotalBufferedAmount.

#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <QtCore/qmutex.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <memory>
#include <vector>

using namespace IntegrationTesting;

namespace {
void addSchemesAndThreads()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threadCount");
    for (const bool isTls : {false, true}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", isTls ? "wss" : "ws", threadCount) << isTls << threadCount;
    }
}

// A server with clients that never read, and with one that reads everything.
struct Feed
{
    Feed(bool isTls, int threadCount, Ws::SlowSubscriber policy = Ws::SkipMessage)
    {
        WsOptions options = patientOptions();
        options.setSlowSubscriber(policy);
        options.setPingInterval(0ms);
        server.setOptions(options);
        server.setThreadCount(threadCount);
        if (isTls)
            server.setSslConfiguration(serverTls());
        server.setConnectionHandler([this](WsConnection *connection) { note(connection); });
        good.setSslConfiguration(tlsConfiguration());
        good.setOptions(patientOptions());
    }
    ~Feed() { server.close(); }

    bool open(int hostileCount)
    {
        if (!server.listen())
            return false;
        QUrl url = server.serverUrl();
        url.setHost(u"localhost"_s);
        (void)good.open(url);
        if (!waitFor([this] { return good.state() == Ws::Open; }))
            return false;
        for (int i = 0; i < hostileCount; ++i) {
            hostile.push_back(std::make_unique<RawPeer>());
            if (!hostile.back()->upgrade(server))
                return false;
            hostile.back()->stopReading();
        }
        return waitFor([this, hostileCount] { return server.connections().size() == hostileCount + 1; });
    }

    // Waits until each thread has had its turn.
    void catchUp() const
    {
        const QList<WsConnection *> connections = server.connections();
        for (WsConnection *connection : connections) {
            if (connection->thread() != QThread::currentThread())
                QMetaObject::invokeMethod(
                    connection, [] {}, Qt::BlockingQueuedConnection);
        }
    }
    qint64 total() const
    {
        qint64 sum = 0;
        const QList<WsConnection *> connections = server.connections();
        for (const WsConnection *connection : connections)
            sum += connection->bufferedAmount();
        return sum;
    }
    // The server's ends of clients that never read, in the order in which they have come.
    QList<WsConnection *> hostileEnds() const
    {
        QList<WsConnection *> ends = server.connections();
        std::sort(ends.begin(), ends.end(), [](auto *one, auto *other) { return one->id() < other->id(); });
        return ends.sliced(1);
    }
    QList<WsError> errors() const
    {
        const QMutexLocker locker(&m_mutex);
        return m_errors;
    }

private:
    mutable QMutex m_mutex;
    QList<WsError> m_errors;

public:
    WsClient good;
    Events events{&good};
    std::vector<std::unique_ptr<RawPeer>> hostile;
    WsServer server; // the first to be destroyed: its threads call note()

private:
    void note(WsConnection *connection)
    {
        QObject::connect(connection, &WsConnection::errorOccurred, connection, [this](const WsError &error) {
            const QMutexLocker locker(&m_mutex);
            m_errors.append(error);
        });
    }
};
} // namespace

class TestTotalBuffer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void slowClientsAreSkippedFirst_data() { addSchemesAndThreads(); }
    void slowClientsAreSkippedFirst();
    void slowClientsAreClosedIfTheyMissNothing_data() { addSchemesAndThreads(); }
    void slowClientsAreClosedIfTheyMissNothing();
    void messagesToOneCutTheSlowest_data() { addSchemesAndThreads(); }
    void messagesToOneCutTheSlowest();
    void nobodyIsCutIfItSuffices();
    void readersMissNothing();
    void asManyAreCutAsItTakes();
    void messagesOfOtherThreadsCount();
    void messagesOnTheirWayToABusyThreadCount();
    void memoryStaysFlat();
    void withoutALimitNobodyIsCut();
    void limitIsAProperty();
};

void TestTotalBuffer::slowClientsAreSkippedFirst()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Feed feed(isTls, threadCount);
    constexpr qint64 Limit = 16 * MiB;
    feed.server.setMaxTotalBufferedAmount(Limit);
    feed.events.keepsMessages = false;
    QVERIFY(feed.open(8));
    const QByteArray payload(64 * 1024, 'x');
    for (int i = 0; i < 400; ++i) {
        QVERIFY(feed.server.broadcast(payload) >= 1);
        QCOMPARE_LE(feed.total(), Limit);
        if (i % 8 != 7)
            continue;
        WS_TRY_COMPARE(feed.events.messageCount, i + 1);
        feed.catchUp(); // a thread that is late has more on its way than skipping makes up for
    }
    QCOMPARE(feed.server.broadcast(payload), 1); // to the good one alone
    WS_TRY_COMPARE(feed.events.messageCount, 401);
    QCOMPARE(feed.server.connections().size(), 9);
    QVERIFY(feed.errors().isEmpty());
}

void TestTotalBuffer::slowClientsAreClosedIfTheyMissNothing()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Feed feed(isTls, threadCount, Ws::CloseConnection);
    constexpr qint64 Limit = 4 * MiB;
    feed.server.setMaxTotalBufferedAmount(Limit);
    feed.events.keepsMessages = false;
    QVERIFY(feed.open(4));
    const QByteArray payload(64 * 1024, 'x');
    int sent = 0;
    for (; feed.errors().size() < 4 && sent < 2000; ++sent) {
        QVERIFY(feed.server.broadcast(payload) >= 1);
        if (sent % 8 == 7)
            WS_TRY_COMPARE(feed.events.messageCount, sent + 1);
    }
    QCOMPARE(feed.errors().size(), 4);
    for (const WsError &error : feed.errors()) {
        QCOMPARE(error.kind(), Ws::ErrorKind::Overflow);
        QCOMPARE(error.closeCode(), quint16(Ws::PolicyViolation));
        QVERIFY(error.text().contains(u"maxTotalBufferedAmount (4194304"_s));
    }
    WS_TRY_COMPARE(feed.events.messageCount, sent);
}

void TestTotalBuffer::messagesToOneCutTheSlowest()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threadCount);
    Feed feed(isTls, threadCount);
    QVERIFY(feed.open(3));
    const QList<WsConnection *> ends = feed.hostileEnds();
    const qint64 slowest = qint64(ends[1]->id());
    for (WsConnection *end : ends)
        QVERIFY(end->sendBinary(QByteArray((end == ends[1] ? 60 : 30) * MiB, 'x')));
    WS_TRY_VERIFY(feed.total() > 70 * MiB);
    QVERIFY(feed.errors().isEmpty());
    feed.server.setMaxTotalBufferedAmount(70 * MiB);
    WS_TRY_COMPARE(feed.errors().size(), 1);
    const WsError error = feed.errors().constFirst();
    QCOMPARE(error.kind(), Ws::ErrorKind::Overflow);
    QCOMPARE(error.closeCode(), quint16(Ws::PolicyViolation));
    QVERIFY2(error.text().contains(u"more than maxTotalBufferedAmount (73400320); of these, "_s),
             qPrintable(error.text()));
    WS_TRY_COMPARE(feed.server.connections().size(), 3);
    for (const WsConnection *connection : feed.server.connections())
        QVERIFY(qint64(connection->id()) != slowest);
    QCOMPARE_LE(feed.total(), 70 * MiB);
    QVERIFY(feed.good.sendText("still served"));
}

void TestTotalBuffer::nobodyIsCutIfItSuffices()
{
    Feed feed(false, 0);
    feed.server.setMaxTotalBufferedAmount(100 * MiB);
    QVERIFY(feed.open(3));
    for (WsConnection *end : feed.hostileEnds())
        QVERIFY(end->sendBinary(QByteArray(20 * MiB, 'x')));
    feed.server.broadcast("hello");
    WS_TRY_COMPARE(feed.events.messageCount, 1);
    QVERIFY(feed.errors().isEmpty());
    QCOMPARE(feed.server.connections().size(), 4);
}

// What is sent in one turn waits for its end, which is not the clients' doing.
void TestTotalBuffer::readersMissNothing()
{
    constexpr int Count = 100;
    const QByteArray payload(32 * 1024, 'x');
    Feed feed(false, 0);
    feed.server.setMaxTotalBufferedAmount(2 * MiB); // less than one message to everybody
    QVERIFY(feed.open(0));
    std::vector<std::unique_ptr<RawPeer>> readers;
    for (int i = 0; i < Count; ++i) {
        readers.push_back(std::make_unique<RawPeer>());
        QVERIFY(readers.back()->upgrade(feed.server));
    }
    WS_TRY_COMPARE(feed.server.connectionCount(), Count + 1);
    QCOMPARE(feed.server.broadcast(payload), Count + 1);
    QCOMPARE(feed.server.broadcast(payload), Count + 1);
    WS_TRY_COMPARE(feed.events.messageCount, 2);
    for (const auto &reader : readers)
        WS_TRY_VERIFY(reader->received.count('x') >= 2 * payload.size());
    QVERIFY(feed.errors().isEmpty());
}

void TestTotalBuffer::asManyAreCutAsItTakes()
{
    Feed feed(false, 2);
    QVERIFY(feed.open(6));
    for (WsConnection *end : feed.hostileEnds())
        QVERIFY(end->sendBinary(QByteArray(20 * MiB, 'x')));
    WS_TRY_VERIFY(feed.total() > 50 * MiB);
    feed.server.setMaxTotalBufferedAmount(30 * MiB);
    WS_TRY_VERIFY(feed.total() <= 30 * MiB);
    QCOMPARE_GE(feed.total(), MiB);
    QCOMPARE_LT(feed.errors().size(), 6);
    QCOMPARE(feed.good.state(), Ws::Open);
}

void TestTotalBuffer::messagesOfOtherThreadsCount()
{
    Feed feed(false, 2);
    feed.server.setMaxTotalBufferedAmount(30 * MiB);
    QVERIFY(feed.open(2));
    for (WsConnection *end : feed.hostileEnds()) {
        QVERIFY(end->thread() != QThread::currentThread());
        QVERIFY(end->sendBinary(QByteArray(40 * MiB, 'x')));
    }
    WS_TRY_COMPARE(feed.errors().size(), 2);
    WS_TRY_COMPARE(feed.total(), 0);
    QCOMPARE(feed.good.state(), Ws::Open);
}

void TestTotalBuffer::messagesOnTheirWayToABusyThreadCount()
{
    Feed feed(false, 1);
    feed.server.setMaxTotalBufferedAmount(30 * MiB);
    QVERIFY(feed.open(1));
    WsConnection *const end = feed.hostileEnds().first();
    QSemaphore isBusy, mayGoOn;
    const auto letGo = qScopeGuard([&mayGoOn] { mayGoOn.release(); });
    QMetaObject::invokeMethod(
        end,
        [&] {
            isBusy.release();
            mayGoOn.acquire();
        },
        Qt::QueuedConnection);
    isBusy.acquire();
    QCOMPARE(feed.server.broadcast("hello"), 2);
    QVERIFY(end->sendBinary(QByteArray(20 * MiB, 'x')));
    QCOMPARE(feed.server.broadcast("hello"), 1);
}

void TestTotalBuffer::memoryStaysFlat()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("the allocator does not say how much it has given out");
    Feed feed(false, 0);
    constexpr qint64 Limit = 8 * MiB;
    feed.server.setMaxTotalBufferedAmount(Limit);
    feed.events.keepsMessages = false;
    QVERIFY(feed.open(20));
    const HeldMemory held;
    qint64 most = 0;
    for (int i = 0; i < 1000; ++i) { // 20 times 15 MiB, which are not shared
        QVERIFY(feed.server.broadcast(QByteArray(15 * 1024, 'x')) >= 1);
        most = std::max(most, held.growth());
        if (i % 20 == 19)
            WS_TRY_COMPARE(feed.events.messageCount, i + 1);
    }
    QCOMPARE_LE(most, Limit + 4 * MiB);
    QCOMPARE(feed.good.state(), Ws::Open);
}

void TestTotalBuffer::withoutALimitNobodyIsCut()
{
    Feed feed(false, 0);
    feed.server.setMaxTotalBufferedAmount(MiB);
    feed.server.setMaxTotalBufferedAmount(0);
    QVERIFY(feed.open(2));
    for (WsConnection *end : feed.hostileEnds())
        QVERIFY(end->sendBinary(QByteArray(20 * MiB, 'x')));
    feed.server.broadcast("hello");
    WS_TRY_COMPARE(feed.events.messageCount, 1);
    QVERIFY(feed.errors().isEmpty());
}

void TestTotalBuffer::limitIsAProperty()
{
    WsServer server;
    QSignalSpy changed(&server, &WsServer::maxTotalBufferedAmountChanged);
    QCOMPARE(server.maxTotalBufferedAmount(), 0);
    server.setMaxTotalBufferedAmount(5 * MiB);
    server.setMaxTotalBufferedAmount(5 * MiB);
    QCOMPARE(server.property("maxTotalBufferedAmount").toLongLong(), 5 * MiB);
    QCOMPARE(changed.size(), 1);
    server.setMaxTotalBufferedAmount(-1);
    QCOMPARE(server.maxTotalBufferedAmount(), 0);
    QCOMPARE(changed.size(), 2);
}

#include "../testprogram.h"
WSKIT_TEST(TestTotalBuffer)
#include "tst_totalbuffer.moc"
