// SPDX-License-Identifier: MIT

// A client in a thread without an event loop, against a server in the main thread.

#include "../opendescriptors.h"
#include "integrationtesting.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qlogging.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <thread>

using namespace IntegrationTesting;

class TestWaiting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void conversationStepByStep_data();
    void conversationStepByStep();
    void manyMessagesAreTakenOneByOne_data();
    void manyMessagesAreTakenOneByOne();
    void largeMessageArrives_data();
    void largeMessageArrives();
    void waitsForDrained_data();
    void waitsForDrained();
    void writesAStream_data();
    void writesAStream();
    void readsAStream_data();
    void readsAStream();
    void finishedStreamsAreDeleted_data();
    void finishedStreamsAreDeleted();
    void replacedHandlersAreDeleted();
    void waitForReadyReadReturnsWhereNothingCanCome();
    void streamMayBeDeletedWhileItIsWaitedFor_data();
    void streamMayBeDeletedWhileItIsWaitedFor();
    void readsInItsSlotsWhileItWaits();
    void deadlinesAreKept_data();
    void deadlinesAreKept();
    void serverThatNeverAnswersTheHandshakeIsGivenUp_data();
    void serverThatNeverAnswersTheHandshakeIsGivenUp();
    void serverThatNeverAnswersTheCloseIsGivenUp();
    void refusalIsTold();
    void deadPeerIsNoticed();
    void waitsOf0msDoEverything_data();
    void waitsOf0msDoEverything();
    void waitsOf0msKeepTheLimits_data();
    void waitsOf0msKeepTheLimits();
    void messagesBeforeTheCloseAreStillTaken_data();
    void messagesBeforeTheCloseAreStillTaken();
    void lossOfTheConnectionEndsTheWait_data();
    void lossOfTheConnectionEndsTheWait();
    void unreadMessagesDoNotKeepTheEnd();
    void waitForClosedReturnsWhereNothingIsRead();
    void waitOnAPausedConnectionReturns();
    void waitOnAClosedConnectionReturns();
    void pingsAreAnsweredAndSent_data();
    void pingsAreAnsweredAndSent();
    void waitInASlotReturnsAtOnce();
    void clientMayBeDeletedWhileItWaits_data();
    void clientMayBeDeletedWhileItWaits();
    void clientMayBeReopenedWhileItWaits();
    void clientsThatAreDeletedLeaveNothing_data();
    void clientsThatAreDeletedLeaveNothing();
    void waitsAndTheEventLoopMix_data() { addTransports(); }
    void waitsAndTheEventLoopMix();
    void eventLoopMayBeginLater();
    void clientMayMoveInASlotOfAWait();
    void messagesBehindTheAnswerWaitForWhoComesNext();
    void loopTakesAllMessagesUntilTheEnd_data();
    void loopTakesAllMessagesUntilTheEnd();
    void messagesAreStillThereAfterALoopThatWasLeft_data();
    void messagesAreStillThereAfterALoopThatWasLeft();
    void bodyOfTheLoopMayClose_data();
    void bodyOfTheLoopMayClose();
    void bodyOfTheLoopMayDeleteTheClient_data();
    void bodyOfTheLoopMayDeleteTheClient();
    void loopOfAnOpeningThatFailsIsEmpty();
    void loopThatCannotWaitIsWarnedOf();
};

namespace {
constexpr std::chrono::milliseconds Long{Patience};

enum class ThreadKind { QtThread, StdThread };

std::atomic<int> warnings{0};
QtMessageHandler previousHandler = nullptr;

void countWarnings(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    if (type == QtWarningMsg || type == QtCriticalMsg)
        ++warnings;
    previousHandler(type, context, text);
}

void addThreads()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("kind");
    for (const bool isTls : {false, true}) {
        QTest::addRow("%s, QThread", isTls ? "wss" : "ws") << isTls << int(ThreadKind::QtThread);
        QTest::addRow("%s, std::thread", isTls ? "wss" : "ws") << isTls << int(ThreadKind::StdThread);
    }
}

// Runs \a work in a thread that has no event loop, and this thread's until it is done.
bool runInThread(ThreadKind kind, const std::function<void()> &work)
{
    std::atomic<bool> isDone{false};
    const auto run = [&] {
        work();
        isDone = true;
    };
    if (kind == ThreadKind::StdThread) {
        std::thread thread(run);
        const bool isInTime = waitFor([&] { return isDone.load(); }, 6 * Patience);
        thread.join();
        return isInTime;
    }
    const std::unique_ptr<QThread> thread(QThread::create(run));
    thread->start();
    const bool isInTime = waitFor([&] { return isDone.load(); }, 6 * Patience);
    thread->wait();
    return isInTime;
}

// Repeats \a action until it returns true, without an event loop.
bool pollUntil(const std::function<bool()> &action)
{
    const QDeadlineTimer deadline(Patience);
    while (!action()) {
        if (deadline.hasExpired())
            return false;
        std::this_thread::yield();
    }
    return true;
}

struct Server : WsServer
{
    explicit Server(bool isTls = false)
    {
        if (isTls)
            setSslConfiguration(serverTls());
        connect(this, &WsServer::newConnection, this,
                [this](WsConnection *connection) { peer = connection; });
        listen();
    }

    QUrl url() const
    {
        QUrl url = serverUrl();
        url.setHost(u"localhost"_s);
        return url;
    }

    // Answers each message by the same.
    void echo()
    {
        connect(this, &WsServer::newConnection, this, [](WsConnection *connection) {
            connect(connection, &WsConnection::messageReceived, connection,
                    [connection](const WsMessage &message) { connection->send(message); });
        });
    }

    QPointer<WsConnection> peer;
};

struct Client : WsClient
{
    Client() { setSslConfiguration(tlsConfiguration()); }
};
} // namespace

void TestWaiting::init()
{
    warnings = 0;
    previousHandler = qInstallMessageHandler(countWarnings);
}

void TestWaiting::cleanup()
{
    qInstallMessageHandler(previousHandler);
    QCOMPARE(warnings.load(), 0);
}

void TestWaiting::conversationStepByStep_data()
{
    addThreads();
}

void TestWaiting::conversationStepByStep()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        for (int opening = 0; opening < 2; ++opening) {
            QVERIFY(client.open(url));
            QVERIFY2(client.waitForOpened(), qPrintable(client.errorString()));
            QVERIFY(client.sendText("one") && client.sendText("two"));
            QCOMPARE(client.waitForMessage()->text(), u"one"_s);
            QCOMPARE(client.waitForMessage()->text(), u"two"_s);
            QVERIFY(client.close(3000));
            QVERIFY(client.waitForClosed());
            QCOMPARE(client.closeCode(), quint16(3000));
            QVERIFY(!client.waitForMessage());
        }
    }));
    WS_TRY_COMPARE(server.connectionCount(), 0);
}

void TestWaiting::manyMessagesAreTakenOneByOne_data()
{
    addThreads();
}

void TestWaiting::manyMessagesAreTakenOneByOne()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    constexpr int Count = 3000;
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        client.setOptions(compressedOptions(true));
        QVERIFY(client.open(url) && client.waitForOpened());
        for (int i = 0; i < Count; ++i)
            QVERIFY(client.sendBinary(pattern(1 + i % 3000, i)));
        for (int i = 0; i < Count; ++i) {
            const auto message = client.waitForMessage(6 * Long);
            QVERIFY(message);
            QVERIFY(message->data() == pattern(1 + i % 3000, i));
        }
    }));
}

void TestWaiting::largeMessageArrives_data()
{
    addThreads();
}

// Larger than what lies in the buffers of the system and of TLS.
void TestWaiting::largeMessageArrives()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    const QByteArray data = pattern(12 * MiB);
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(client.sendBinary(data));
        const auto message = client.waitForMessage(6 * Long);
        QVERIFY(message);
        QVERIFY(message->data() == data);
    }));
}

void TestWaiting::waitsForDrained_data()
{
    addThreads();
}

void TestWaiting::waitsForDrained()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    qint64 received = 0;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::binaryMessageReceived, this,
                [&](const QByteArray &data) { received += data.size(); }); // and never says anything
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        WsOptions options;
        options.setHighWaterMark(64 * KiB);
        client.setOptions(options);
        QVERIFY(client.open(url) && client.waitForOpened());
        for (int i = 0; i < 4; ++i) {
            QVERIFY(client.sendBinary(pattern(4 * MiB)));
            QVERIFY(client.waitForDrained(Long));
            QCOMPARE_LE(client.bufferedAmount(), 32 * KiB);
        }
        QVERIFY(client.close() && client.waitForClosed(Long));
        QVERIFY(!client.waitForDrained(0ms));
    }));
    WS_TRY_COMPARE(received, 16 * MiB);
}

void TestWaiting::writesAStream_data()
{
    addThreads();
}

void TestWaiting::writesAStream()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    QByteArray received;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::binaryMessageReceived, this,
                [&](const QByteArray &data) { received = data; });
    });
    const QUrl url = server.url();
    const QByteArray data = pattern(8 * MiB);
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        WsMessageStream *stream = client.openMessage(Ws::Binary);
        QVERIFY(!stream->waitForBytesWritten(0)); // nothing was written
        QVERIFY(!stream->waitForReadyRead(0));
        for (qint64 offset = 0; offset < data.size(); offset += 64 * KiB) {
            QCOMPARE(stream->write(data.mid(offset, 64 * KiB)), 64 * KiB);
            while (stream->bytesToWrite() > 256 * KiB)
                QVERIFY(stream->waitForBytesWritten(Patience));
        }
        stream->close();
        QVERIFY(client.close() && client.waitForClosed(Long));
    }));
    WS_TRY_VERIFY(received == data);
}

void TestWaiting::readsAStream_data()
{
    addThreads();
}

void TestWaiting::readsAStream()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    const QByteArray data = pattern(8 * MiB);
    Server server(isTls);
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connection->sendBinary(data);
        connection->sendText("next");
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        client.setBinaryType(Ws::Stream);
        QPointer<WsMessageStream> stream;
        connect(&client, &WsConnection::messageStarted, &client,
                [&](WsMessageStream *started) { stream = started; });
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(!client.waitForClosed(0ms)); // which works the connection until nothing more is there
        while (!stream)
            QVERIFY(!client.waitForClosed(10ms));
        QByteArray received;
        const QPointer<WsMessageStream> first = stream;
        while (!first->isComplete()) {
            received += first->readAll();
            if (!first->isComplete() && !first->waitForReadyRead(Patience))
                QVERIFY(first->isComplete());
        }
        received += first->readAll();
        QVERIFY(received == data);
        while (stream == first)
            QVERIFY(!client.waitForClosed(10ms));
        (void)stream->waitForReadyRead(Patience);
        QCOMPARE(stream->readAll(), "next"_ba);
    }));
}

void TestWaiting::finishedStreamsAreDeleted_data()
{
    addThreads();
}

// No event loop does it.
void TestWaiting::finishedStreamsAreDeleted()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        client.setBinaryType(Ws::Stream);
        int readCount = 0;
        qsizetype mostStreams = 0;
        connect(&client, &WsConnection::messageStarted, &client, [&](WsMessageStream *started) {
            mostStreams = qMax(mostStreams, client.findChildren<WsMessageStream *>().size());
            connect(started, &QIODevice::readyRead, started, [started] { started->readAll(); });
            connect(started, &QIODevice::readChannelFinished, started, [&] { ++readCount; });
        });
        QVERIFY(client.open(url) && client.waitForOpened());
        for (int i = 1; i <= 100; ++i) {
            WsMessageStream *const stream = client.openMessage(Ws::Binary);
            QCOMPARE(stream->write("abc"), 3);
            QVERIFY(stream->waitForBytesWritten(Patience));
            stream->close();
            while (readCount < i)
                QVERIFY(!client.waitForClosed(10ms));
        }
        QCOMPARE_LE(mostStreams, 3);
        QVERIFY(!client.waitForClosed(0ms));
        QCOMPARE(client.findChildren<WsMessageStream *>().size(), 0);
    }));
}

void TestWaiting::replacedHandlersAreDeleted()
{
    Server server;
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        auto captured = std::make_shared<int>(0);
        const std::weak_ptr<int> first = captured;
        bool isCalled = false;
        client.setMessageHandler([&, captured](WsConnection &, Ws::MessageType, QByteArrayView) {
            client.setMessageHandler({});
            isCalled = *captured == 0;
        });
        captured.reset();
        QVERIFY(client.sendText("hello"));
        while (!isCalled)
            QVERIFY(!client.waitForClosed(10ms));
        QVERIFY(first.expired());
    }));
}

void TestWaiting::waitForReadyReadReturnsWhereNothingCanCome()
{
    Server server;
    connect(&server, &WsServer::newConnection, this,
            [](WsConnection *connection) { connection->sendBinary(pattern(8 * MiB)); });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        client.setBinaryType(Ws::Stream);
        QPointer<WsMessageStream> stream;
        connect(&client, &WsConnection::messageStarted, &client,
                [&](WsMessageStream *started) { stream = started; });
        QVERIFY(client.open(url) && client.waitForOpened());
        while (!stream)
            QVERIFY(!client.waitForClosed(10ms));
        while (stream->waitForReadyRead(Patience)) { } // until it is the reader's turn
        QVERIFY(stream->bytesAvailable() > client.options().highWaterMark() / 2);
        QVERIFY(!stream->waitForReadyRead(-1));
        (void)stream->readAll();
        QVERIFY(stream->waitForReadyRead(Patience));
        client.setPaused(true);
        QVERIFY(!stream->waitForReadyRead(-1));
    }));
}

void TestWaiting::streamMayBeDeletedWhileItIsWaitedFor_data()
{
    QTest::addColumn<bool>("isConnection");
    QTest::newRow("the stream") << false;
    QTest::newRow("its connection") << true;
}

void TestWaiting::streamMayBeDeletedWhileItIsWaitedFor()
{
    QFETCH(const bool, isConnection);
    Pair pair;
    auto *client = new WsClient;
    QVERIFY(pair.server.listen() && client->open(pair.url()));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    const QPointer<WsClient> guard(client);
    client->setBinaryType(Ws::Stream);
    QPointer<WsMessageStream> stream;
    connect(client, &WsConnection::messageStarted, this, [&](WsMessageStream *started) { stream = started; });
    QVERIFY(pair.peer->sendFragments(Ws::Text, {"be", "gin"}));
    QVERIFY(pair.peer->sendText("next"));
    WsMessageStream *writing = client->openMessage(Ws::Text);
    writing->write("abc");
    connect(writing, &QIODevice::bytesWritten, this, [&] {
        if (isConnection)
            delete client;
        else
            delete writing;
    });
    QVERIFY(!writing->waitForBytesWritten(Patience));
    QCOMPARE(guard.isNull(), isConnection);
    if (isConnection)
        return;
    WS_TRY_VERIFY(stream && stream->isComplete());
    delete stream;
    QVERIFY(!client->waitForClosed(50ms));
    delete client;
}

// Whoever takes all in the slots is told nevertheless that something came.
void TestWaiting::readsInItsSlotsWhileItWaits()
{
    Server server;
    const QByteArray data = pattern(4 * MiB);
    connect(&server, &WsServer::newConnection, this,
            [&](WsConnection *connection) { connection->sendBinary(data); });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        client.setBinaryType(Ws::Stream);
        QByteArray received;
        QPointer<WsMessageStream> stream;
        connect(&client, &WsConnection::messageStarted, &client, [&](WsMessageStream *started) {
            stream = started;
            connect(started, &QIODevice::readyRead, started,
                    [&, started] { received += started->readAll(); });
        });
        QVERIFY(client.open(url) && client.waitForOpened());
        while (!stream)
            QVERIFY(!client.waitForClosed(10ms));
        while (!stream->isComplete())
            QVERIFY(stream->waitForReadyRead(Patience) || stream->isComplete());
        QVERIFY(received == data);
    }));
}

// --- deadlines

void TestWaiting::deadlinesAreKept_data()
{
    addThreads();
}

void TestWaiting::deadlinesAreKept()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened(Long));
        QElapsedTimer elapsed;
        elapsed.start();
        QVERIFY(!client.waitForMessage(60ms));
        QVERIFY(!client.waitForClosed(60ms));
        QCOMPARE_GE(elapsed.elapsed(), 120);
        QCOMPARE_LT(elapsed.elapsed(), Patience);
        QVERIFY(!client.waitForMessage(0ms));
        QCOMPARE(client.state(), Ws::Open);
        QVERIFY(client.waitForDrained(0ms));
    }));
}

void TestWaiting::serverThatNeverAnswersTheHandshakeIsGivenUp_data()
{
    addThreads();
}

void TestWaiting::serverThatNeverAnswersTheHandshakeIsGivenUp()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    const QUrl url(u"%1://127.0.0.1:%2"_s.arg(isTls ? u"wss"_s : u"ws"_s).arg(silent.serverPort()));
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url));
        QVERIFY(!client.waitForOpened(50ms));
        QCOMPARE(client.state(), Ws::Connecting); // the deadline is that of the call alone
        QVERIFY2(client.errorString().startsWith(u"the client is not open yet: it waits for the "_s),
                 qPrintable(client.errorString()));
        client.abort();
        WsOptions options;
        options.setHandshakeTimeout(50ms);
        client.setOptions(options);
        Ws::ErrorKind kindOfError = Ws::ErrorKind::None;
        connect(&client, &WsConnection::errorOccurred, &client,
                [&](const WsError &error) { kindOfError = error.kind(); });
        QVERIFY(client.open(url));
        QVERIFY(!client.waitForOpened());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(kindOfError, Ws::ErrorKind::Timeout);
    }));
}

void TestWaiting::serverThatNeverAnswersTheCloseIsGivenUp()
{
    RawServer server;
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        WsOptions options;
        options.setCloseTimeout(50ms);
        client.setOptions(options);
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(client.close());
        QVERIFY(client.waitForClosed());
        QCOMPARE(client.closeCode(), quint16(Ws::Abnormal));
    }));
}

void TestWaiting::refusalIsTold()
{
    Server server;
    server.setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        QVERIFY(client.open(url));
        QVERIFY(!client.waitForOpened());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.response().status(), 404);
        QVERIFY(!client.waitForMessage());
        QVERIFY(client.waitForClosed());
    }));
}

void TestWaiting::deadPeerIsNoticed()
{
    RawServer server; // it answers no ping
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        Client client;
        WsOptions options;
        options.setPingInterval(30ms);
        options.setPongTimeout(30ms);
        client.setOptions(options);
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(!client.waitForMessage());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.errorString(), u"no answer to a ping within pongTimeout (30 ms)"_s);
    }));
}

void TestWaiting::waitsOf0msDoEverything_data()
{
    addThreads();
}

// A thread that polls several connections never waits for one of them.
void TestWaiting::waitsOf0msDoEverything()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url));
        QVERIFY(pollUntil([&] { return client.waitForOpened(0ms); }));
        QVERIFY(client.sendText("hello"));
        std::optional<WsMessage> message;
        QVERIFY(pollUntil([&] { return (message = client.waitForMessage(0ms)).has_value(); }));
        QCOMPARE(message->text(), u"hello"_s);
        QVERIFY(client.close());
        QVERIFY(pollUntil([&] { return client.waitForClosed(0ms); }));
        QCOMPARE(client.closeCode(), quint16(Ws::Normal));
    }));
}

void TestWaiting::waitsOf0msKeepTheLimits_data()
{
    QTest::addColumn<bool>("isClosing");
    QTest::newRow("pongTimeout") << false;
    QTest::newRow("closeTimeout") << true;
}

void TestWaiting::waitsOf0msKeepTheLimits()
{
    QFETCH(const bool, isClosing);
    RawServer server; // it answers neither a ping nor a Close
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        Client client;
        WsOptions options;
        options.setPingInterval(30ms);
        options.setPongTimeout(30ms);
        options.setCloseTimeout(30ms);
        client.setOptions(options);
        QVERIFY(client.open(url) && client.waitForOpened());
        if (isClosing)
            QVERIFY(client.close());
        QVERIFY(pollUntil([&] { return client.waitForClosed(0ms); }));
        QVERIFY2(client.errorString().contains(isClosing ? u"closeTimeout"_s : u"pongTimeout"_s),
                 qPrintable(client.errorString()));
    }));
}

// --- the end

void TestWaiting::messagesBeforeTheCloseAreStillTaken_data()
{
    addThreads();
}

void TestWaiting::messagesBeforeTheCloseAreStillTaken()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        for (int i = 0; i < 3; ++i)
            connection->sendText(QString::number(i));
        connection->close(3000, u"bye"_s);
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url));
        (void)client.waitForOpened();
        for (int i = 0; i < 3; ++i)
            QCOMPARE(client.waitForMessage().value_or(WsMessage()).text(), QString::number(i));
        QVERIFY(!client.waitForMessage());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.closeCode(), quint16(3000));
        QCOMPARE(client.closeReason(), u"bye"_s);
        QVERIFY(client.waitForClosed());
    }));
}

void TestWaiting::lossOfTheConnectionEndsTheWait_data()
{
    addThreads();
}

void TestWaiting::lossOfTheConnectionEndsTheWait()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection] { connection->abort(); });
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(client.sendText("go"));
        QVERIFY(!client.waitForMessage());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.closeCode(), quint16(Ws::Abnormal));
    }));
}

void TestWaiting::unreadMessagesDoNotKeepTheEnd()
{
    Server server;
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connection->sendText("taken");
        connection->sendText("not taken");
        connection->close();
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        QVERIFY(client.open(url));
        (void)client.waitForOpened();
        QCOMPARE(client.waitForMessage().value_or(WsMessage()).text(), u"taken"_s);
        QVERIFY(client.waitForClosed());
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.waitForMessage().value_or(WsMessage()).text(), u"not taken"_s);
        QVERIFY(!client.waitForMessage());
    }));
}

void TestWaiting::waitForClosedReturnsWhereNothingIsRead()
{
    Server server;
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        for (int i = 0; i < 100; ++i)
            connection->sendBinary(pattern(64 * KiB));
        connection->close();
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        QVERIFY(client.open(url));
        QVERIFY(client.waitForOpened());
        QVERIFY(client.waitForMessage());
        QVERIFY(!client.waitForClosed());
        QCOMPARE(client.errorString(),
                 u"the connection does not read: it is paused, or messages wait to be taken"_s);
        for (int i = 1; i < 100; ++i)
            QVERIFY(client.waitForMessage());
        QVERIFY(client.waitForClosed());
    }));
}

void TestWaiting::waitOnAPausedConnectionReturns()
{
    Server server;
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        client.setPaused(true);
        QVERIFY(!client.waitForMessage());
        QCOMPARE(client.errorString(), u"the connection is paused"_s);
        QVERIFY(!client.waitForClosed());
        QVERIFY(client.close());
        QVERIFY(client.waitForClosed());
    }));
    QCOMPARE(warnings.exchange(0), 1);
}

void TestWaiting::waitOnAClosedConnectionReturns()
{
    Client client;
    QVERIFY(!client.waitForOpened());
    QVERIFY(!client.waitForMessage());
    QVERIFY(!client.waitForDrained());
    QVERIFY(client.waitForClosed());
}

// --- pings

void TestWaiting::pingsAreAnsweredAndSent_data()
{
    addThreads();
}

void TestWaiting::pingsAreAnsweredAndSent()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    int pongs = 0;
    int pings = 0;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connection->ping("server's");
        connect(connection, &WsConnection::pongReceived, this, [&] { ++pongs; });
        connect(connection, &WsConnection::pinged, this, [&, connection] {
            if (++pings == 3)
                connection->sendText("enough");
        });
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        WsOptions options;
        options.setPingInterval(20ms);
        client.setOptions(options);
        QVERIFY(client.open(url) && client.waitForOpened());
        QCOMPARE(client.waitForMessage().value_or(WsMessage()).text(), u"enough"_s);
    }));
    QCOMPARE(pongs, 1);
}

// --- slots

void TestWaiting::waitInASlotReturnsAtOnce()
{
    Pair pair;
    QVERIFY(pair.open());
    int calls = 0;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&] {
        ++calls;
        QVERIFY(!pair.peer->waitForMessage());
        QCOMPARE(pair.peer->errorString(), u"a slot of the connection cannot wait for it"_s);
        QVERIFY(!pair.peer->waitForClosed());
        QVERIFY(!pair.peer->waitForDrained());
    });
    connect(&pair.client, &WsConnection::closed, this, [&] {
        ++calls;
        QVERIFY(!pair.client.waitForMessage());
        QVERIFY(pair.client.waitForClosed());
    });
    QVERIFY(pair.client.sendText("wait") && pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(calls, 2);
    QCOMPARE(warnings.exchange(0), 5);
}

void TestWaiting::clientMayBeDeletedWhileItWaits_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    for (const bool isTls : {false, true}) {
        for (const char *signal : {"opened", "bytesWritten", "pinged", "errorOccurred", "closed"})
            QTest::addRow("%s, %s", signal, isTls ? "wss" : "ws") << isTls << QByteArray(signal);
    }
}

void TestWaiting::clientMayBeDeletedWhileItWaits()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    Server server(isTls);
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connection->ping();
        connect(connection, &WsConnection::pongReceived, connection, [connection] { connection->abort(); });
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        const QPointer<Client> client = new Client;
        const auto destroy = [&] { delete client.data(); };
        if (signal == "opened")
            connect(client, &WsConnection::opened, &server, destroy, Qt::DirectConnection);
        else if (signal == "bytesWritten")
            connect(client, &WsConnection::bytesWritten, &server, destroy, Qt::DirectConnection);
        else if (signal == "pinged")
            connect(client, &WsConnection::pinged, &server, destroy, Qt::DirectConnection);
        else if (signal == "errorOccurred")
            connect(client, &WsConnection::errorOccurred, &server, destroy, Qt::DirectConnection);
        else
            connect(client, &WsConnection::closed, &server, destroy, Qt::DirectConnection);
        QVERIFY(client->open(url));
        const bool isOpen = client->waitForOpened(Long);
        QCOMPARE(isOpen, !client.isNull());
        if (client)
            QVERIFY(!client->waitForMessage(Long));
        QVERIFY(!client);
    }));
}

void TestWaiting::clientMayBeReopenedWhileItWaits()
{
    Server server;
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection] { connection->close(); });
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        int closings = 0;
        connect(&client, &WsConnection::closed, &client, [&] {
            if (++closings == 1)
                QVERIFY(client.open(url));
        });
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(client.sendText("go"));
        QVERIFY(!client.waitForMessage()); // of an opening that is over
        QVERIFY(client.waitForOpened());
        QCOMPARE(closings, 1);
    }));
}

void TestWaiting::clientsThatAreDeletedLeaveNothing_data()
{
    addThreads();
}

void TestWaiting::clientsThatAreDeletedLeaveNothing()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        qsizetype descriptors = 0;
        for (int cycle = 0; cycle < 20; ++cycle) {
            if (cycle == 1) // the first one has created what the thread keeps
                descriptors = openDescriptorCount();
            Client client;
            QVERIFY(client.open(url) && client.waitForOpened());
            if (cycle % 2 == 1)
                client.close();
        }
        QVERIFY(pollUntil([&] { return openDescriptorCount() <= descriptors; }));
    }));
}

// --- with an event loop

void TestWaiting::waitsAndTheEventLoopMix()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    constexpr int Count = 300;
    Server server(isTls);
    server.setOptions(compressedOptions(isCompressed));
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        client.setOptions(compressedOptions(isCompressed));
        QVERIFY(client.open(url));
        QVERIFY(waitFor([&] { return client.state() == Ws::Open; }));
        QStringList expected;
        QStringList taken;
        for (int i = 0; i < Count; ++i) {
            expected.append(QString::number(i));
            QVERIFY(client.sendText(expected.last()));
            if (i % 3 == 0) {
                const auto message = client.waitForMessage(Long);
                QVERIFY(message);
                taken.append(message->text());
            } else {
                const auto future = client.receive();
                QVERIFY(waitFor([&] { return future.isFinished(); }));
                taken.append(future.result()->text());
            }
        }
        QCOMPARE(taken, expected);
        QVERIFY(client.close());
        QVERIFY(waitFor([&] { return client.state() == Ws::Closed; }));
    }));
}

// Of a thread that has had none when the client connected.
void TestWaiting::eventLoopMayBeginLater()
{
    Server server;
    server.echo();
    const QUrl url = server.url();
    QByteArray answer;
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened(Long));
        QEventLoop loop;
        QTimer::singleShot(Long, &loop, &QEventLoop::quit);
        connect(&client, &WsConnection::messageReceived, &loop, [&](const WsMessage &message) {
            answer = message.data();
            loop.quit();
        });
        QVERIFY(client.sendText(u"hello"_s));
        loop.exec();
    }));
    QCOMPARE(answer, "hello"_ba);
}

// It then works in the event loop of its new thread.
void TestWaiting::clientMayMoveInASlotOfAWait()
{
    Server server;
    server.echo();
    const QUrl url = server.url();
    QThread *const here = QThread::currentThread();
    std::unique_ptr<Client> client;
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        client = std::make_unique<Client>();
        connect(client.get(), &WsConnection::opened, client.get(), [&] { client->moveToThread(here); });
        QVERIFY(client->open(url) && !client->waitForOpened(Long));
    }));
    QStringList received;
    connect(client.get(), &WsConnection::textMessageReceived, this,
            [&](const QString &text) { received.append(text); });
    QVERIFY(client->sendText(u"hello"_s));
    WS_TRY_COMPARE(received, QStringList(u"hello"_s));
}

void TestWaiting::messagesBehindTheAnswerWaitForWhoComesNext()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "early") + unmaskedFrame(TextFrame, "second");
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::QtThread, [&] {
        Client client;
        Events events(&client);
        QVERIFY(client.open(url) && client.waitForOpened());
        QCOMPARE(events.all, QStringList{u"opened"_s});
        QVERIFY(waitFor([&] { return events.messageCount == 2; }));
        QCOMPARE(events.all, QStringList({u"opened"_s, u"text early"_s, u"text second"_s}));
        client.abort();
        QVERIFY(client.open(url) && client.waitForOpened());
        QCOMPARE(client.waitForMessage(Long).value_or(WsMessage()).text(), u"early"_s);
        QCOMPARE(client.waitForMessage(Long).value_or(WsMessage()).text(), u"second"_s);
    }));
}

// --- messages()

void TestWaiting::loopTakesAllMessagesUntilTheEnd_data()
{
    addThreads();
}

void TestWaiting::loopTakesAllMessagesUntilTheEnd()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        for (int number = 0; number < 500; ++number)
            connection->sendText(QByteArray::number(number));
        connection->sendBinary("last");
        connection->close(4000);
    });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url)); // the loop waits for the opening too
        int count = 0;
        for (const WsMessage &message : client.messages()) {
            QCOMPARE(message, count < 500 ? WsMessage::text(QByteArray::number(count)) : WsMessage::binary("last"));
            ++count;
        }
        QCOMPARE(count, 501);
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.closeCode(), quint16(4000));
        const WsMessageRange none = client.messages();
        QVERIFY(none.begin() == none.end());
    }));
}

void TestWaiting::messagesAreStillThereAfterALoopThatWasLeft_data()
{
    addThreads();
}

void TestWaiting::messagesAreStillThereAfterALoopThatWasLeft()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        for (const char *text : {"a", "b", "c", "d", "e"})
            QVERIFY(client.sendText(text));
        for (const WsMessage &message : client.messages()) {
            QCOMPARE(message.text(), u"a"_s);
            break;
        }
        for (const auto &message : client.messages()) {
            if (message.data() == "c")
                break;
            QCOMPARE(message.text(), u"b"_s);
        }
        QCOMPARE(client.waitForMessage()->text(), u"d"_s);
        const QFuture<std::optional<WsMessage>> next = client.receive();
        QVERIFY(client.close() && client.waitForClosed());
        QCOMPARE(next.result()->text(), u"e"_s);
    }));
}

void TestWaiting::bodyOfTheLoopMayClose_data()
{
    addThreads();
}

void TestWaiting::bodyOfTheLoopMayClose()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        Client client;
        QVERIFY(client.open(url) && client.waitForOpened());
        QVERIFY(client.sendText("a") && client.sendText("b"));
        QByteArrayList got;
        WsMessageRange messages = client.messages();
        for (auto message = messages.begin(); message != messages.end(); ++message) {
            if (got.isEmpty())
                QVERIFY(client.close(4001, u"done"_s));
            got.append(message->data());
        }
        QCOMPARE(got, (QByteArrayList{"a", "b"}));
        QCOMPARE(client.state(), Ws::Closed);
        QCOMPARE(client.closeCode(), quint16(4001));
        QCOMPARE(client.closeReason(), u"done"_s); // which the server has echoed
    }));
}

void TestWaiting::bodyOfTheLoopMayDeleteTheClient_data()
{
    addThreads();
}

void TestWaiting::bodyOfTheLoopMayDeleteTheClient()
{
    QFETCH(const bool, isTls);
    QFETCH(const int, kind);
    Server server(isTls);
    server.echo();
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind(kind), [&] {
        auto client = std::make_unique<Client>();
        QVERIFY(client->open(url) && client->waitForOpened());
        QVERIFY(client->sendText("a") && client->sendText("b"));
        int count = 0;
        for (const WsMessage &message : client->messages()) {
            client.reset();
            QCOMPARE(message.text(), u"a"_s);
            ++count;
        }
        QCOMPARE(count, 1);
    }));
}

void TestWaiting::loopOfAnOpeningThatFailsIsEmpty()
{
    Server server;
    server.setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    const QUrl url = server.url();
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        Client client;
        QVERIFY(client.open(url));
        for (const WsMessage &message : client.messages())
            QFAIL(message.data());
        QCOMPARE(client.response().status(), 404);
    }));
}

void TestWaiting::loopThatCannotWaitIsWarnedOf()
{
    Pair pair;
    QVERIFY(pair.open());
    const auto loop = [](WsConnection &connection, const QString &problem) {
        const int before = warnings;
        for (const WsMessage &message : connection.messages())
            QFAIL(message.data());
        QCOMPARE(connection.errorString(), problem);
        QCOMPARE(warnings.load(), before + 1);
    };
    int calls = 0;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&] {
        ++calls;
        loop(*pair.peer, u"a slot of the connection cannot wait for it"_s);
    });
    QVERIFY(pair.client.sendText("wait"));
    WS_TRY_COMPARE(calls, 1);
    QVERIFY(runInThread(ThreadKind::StdThread, [&] {
        loop(pair.client, u"only the connection's own thread can wait for it"_s);
    }));
    pair.client.setPaused(true);
    loop(pair.client, u"the connection is paused"_s);
    QCOMPARE(warnings.exchange(0), 3);
}

#include "../testprogram.h"
WSKIT_TEST(TestWaiting)
#include "tst_waiting.moc"
