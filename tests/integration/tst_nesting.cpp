// SPDX-License-Identifier: MIT

// Slots that run an event loop of their own, as dialogs and blocking calls do.

#include "integrationtesting.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qpromise.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>

#include <atomic>
#include <optional>

using namespace IntegrationTesting;

class TestNesting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesThatComeMeanwhileFollowInOrder_data() { addSchemes(); }
    void messagesThatComeMeanwhileFollowInOrder();
    void processEventsAtEachMessageLosesNothing_data() { addSchemes(); }
    void processEventsAtEachMessageLosesNothing();
    void processEventsAtEachMessageOfALongStreamIsNotDeep();
    void sendBeforeTheLoopLeavesDuringIt_data() { addSchemes(); }
    void sendBeforeTheLoopLeavesDuringIt();
    void sendFromWithinTheLoopLeavesDuringIt_data() { addSchemes(); }
    void sendFromWithinTheLoopLeavesDuringIt();
    void otherConnectionsAreServedMeanwhile();
    void otherConnectionsMoveMeanwhile_data();
    void otherConnectionsMoveMeanwhile();
    void clientThatASlotOfClosedHasOpenedMovesMeanwhile_data() { addSchemes(); }
    void clientThatASlotOfClosedHasOpenedMovesMeanwhile();
    void payloadOfAHandlerStaysWhenTheClientMovesMeanwhile();
    void handlerThatIsReplacedMeanwhileStays();
    void timeoutsFireMeanwhile();
    void closeDuringTheLoopEndsAfterIt();
    void endOfThePeerDuringTheLoopIsToldAfterIt();
    void pingsAreAnsweredDuringTheLoop_data() { addSchemes(); }
    void pingsAreAnsweredDuringTheLoop();
    void closeOfThePeerIsAnsweredDuringTheLoop_data() { addSchemes(); }
    void closeOfThePeerIsAnsweredDuringTheLoop();
    void payloadOfAHandlerStaysDuringTheLoop_data() { addTransports(); }
    void payloadOfAHandlerStaysDuringTheLoop();
    void peerIsHeldUpDuringALongLoop();
    void abortDuringTheLoopEndsAtOnce();
    void deletionDuringTheLoopIsSafe();
    void reopeningDuringTheLoopIsSafe();
    void loopInBytesWrittenDoesNotStall();
    void messagesDuringTheConnectionHandlerFollowNewConnection();
    void whatComesDuringNewConnectionFollowsIt_data();
    void whatComesDuringNewConnectionFollowsIt();
    void loopInNewConnectionDoesNotStall();
    void loopInTheRequestHandlerDoesNotStall();
    void requestHandlerThatOutlastsTheTimeoutAnswersOnce();
    void loopAtARefusalLeavesOneAnswer_data();
    void loopAtARefusalLeavesOneAnswer();
    void serverThatMovesAtARefusalAnswers_data();
    void serverThatMovesAtARefusalAnswers();
};

namespace {
// A client that moves to a thread of its own, where it is deleted.
struct MovingClient
{
    MovingClient() { thread.start(); }
    ~MovingClient()
    {
        client->deleteLater();
        thread.quit();
        thread.wait();
    }
    Q_DISABLE_COPY_MOVE(MovingClient)

    void move() { client->moveToThread(&thread); }

    WsClient *const client = new WsClient;
    QThread thread;
};

// A loop that ends, but never by the test's own patience.
class Loop : public QEventLoop
{
public:
    Loop()
    {
        QTimer::singleShot(Patience, this, [this] { exit(1); });
    }
    bool ended() { return exec() == 0; }
};
} // namespace

void TestNesting::messagesThatComeMeanwhileFollowInOrder()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QStringList texts;
    bool isInside = false;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        QVERIFY(!isInside); // one message at a time
        texts.append(text);
        if (text != u"nest")
            return;
        isInside = true;
        Loop loop;
        connect(&pair.client, &WsConnection::pongReceived, &loop, [&loop] { loop.quit(); });
        pair.client.sendText("meanwhile");
        QTimer::singleShot(0, &loop, [&] { pair.client.sendText("and this"); });
        QTimer::singleShot(50, &loop, [&loop] { loop.quit(); });
        QVERIFY(loop.ended());
        isInside = false;
    });
    pair.client.sendText("nest");
    pair.client.sendText("behind");
    WS_TRY_COMPARE(texts, QStringList({u"nest"_s, u"behind"_s, u"meanwhile"_s, u"and this"_s}));
}

void TestNesting::processEventsAtEachMessageLosesNothing()
{
    QFETCH(const bool, isTls);
    constexpr int Count = 2000;
    Pair pair(isTls);
    QVERIFY(pair.open());
    QList<int> received;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        received.append(text.toInt());
        QCoreApplication::processEvents();
    });
    QList<int> expected;
    for (int i = 0; i < Count; ++i) {
        expected.append(i);
        pair.client.sendText(QString::number(i));
        if (i % 10 == 0)
            QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(received.size(), Count);
    QCOMPARE(received, expected);
}

void TestNesting::processEventsAtEachMessageOfALongStreamIsNotDeep()
{
    constexpr int Count = 3000;
    Pair pair;
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    int otherTurns = 0;
    quintptr highest = 0;
    quintptr lowest = ~quintptr(0);
    pair.peer->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView) {
        const auto here = quintptr(__builtin_frame_address(0)); // locals may lie elsewhere under a sanitizer
        highest = qMax(highest, here);
        lowest = qMin(lowest, here);
        // Another message is there whenever one has been delivered.
        if (++otherTurns < Count)
            pair.client.sendText("next");
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
    });
    pair.client.sendText("first");
    WS_TRY_COMPARE(otherTurns, Count);
    QCOMPARE_LE(highest - lowest, quintptr(64 * KiB));
}

// A question and its answer from within a slot: the most natural use of a nested loop.
void TestNesting::sendBeforeTheLoopLeavesDuringIt()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    bool wasAnswered = false;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &) {
        pair.peer->sendText("question");
        Loop loop;
        connect(&pair.client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        wasAnswered = loop.ended();
    });
    pair.client.sendText("begin");
    WS_TRY_VERIFY(pair.events.messageCount == 1);
    WS_TRY_VERIFY(wasAnswered);
}

void TestNesting::sendFromWithinTheLoopLeavesDuringIt()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    bool wasAnswered = false;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &) {
        Loop loop;
        QTimer::singleShot(0, &loop, [&] { pair.peer->sendText("question"); });
        connect(&pair.client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        wasAnswered = loop.ended();
    });
    pair.client.sendText("begin");
    WS_TRY_VERIFY(wasAnswered);
}

void TestNesting::otherConnectionsAreServedMeanwhile()
{
    Pair nesting;
    QVERIFY(nesting.open());
    Pair other;
    QVERIFY(other.open());
    connect(other.peer, &WsConnection::textMessageReceived, other.peer,
            [&](const QString &text) { other.peer->sendText(text); });
    bool wasServed = false;
    connect(nesting.peer, &WsConnection::textMessageReceived, this, [&] {
        Loop loop;
        connect(&other.client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        other.client.sendText("echo");
        wasServed = loop.ended();
    });
    nesting.client.sendText("nest");
    WS_TRY_VERIFY(wasServed);
}

void TestNesting::otherConnectionsMoveMeanwhile_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("moment");
    QStringList schemes = {u"ws"_s, u"wss"_s};
#ifdef Q_OS_UNIX
    schemes.append(u"ws+unix"_s);
#endif
    for (const QString &scheme : std::as_const(schemes)) {
        for (const auto &moment : {u"at any time"_s, u"in its own slot"_s, u"in newConnection"_s})
            QTest::addRow("%s, %s", qPrintable(scheme), qPrintable(moment)) << scheme << moment;
    }
}

// A worker takes connections while a slot of another one shows a dialog.
void TestNesting::otherConnectionsMoveMeanwhile()
{
    QFETCH(const QString, scheme);
    QFETCH(const QString, moment);
    Pair nesting;
    QVERIFY(nesting.open());
    const QTemporaryDir directory;
    QThread thread;
    Pair other(scheme == u"wss");
    const auto start = [&] {
        return scheme != u"ws+unix" ? other.start()
                                    : other.server.listen(directory.filePath(u"socket"_s))
                                          && other.client.open(other.server.serverUrl());
    };
    connect(&other.server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [&thread, connection, moment](const QString &text) {
                    if (moment == u"in its own slot" && connection->thread() != &thread)
                        connection->moveToThread(&thread);
                    connection->sendText(text);
                });
        if (moment == u"in newConnection")
            connection->moveToThread(&thread);
    });
    thread.start();
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    if (moment != u"in newConnection")
        QVERIFY(start() && other.waitUntilOpen());
    bool wasServed = false;
    connect(nesting.peer, &WsConnection::textMessageReceived, this, [&] {
        Loop loop;
        int count = 0;
        connect(&other.client, &WsConnection::textMessageReceived, &loop,
                [&] { ++count == 2 ? loop.quit() : void(other.client.sendText("again")); });
        connect(&other.client, &WsConnection::opened, &loop, [&] { other.client.sendText("first"); });
        if (moment == u"at any time")
            other.peer->moveToThread(&thread);
        if (moment == u"in newConnection")
            QVERIFY(start());
        else
            other.client.sendText("first");
        wasServed = loop.ended();
    });
    nesting.client.sendText("nest");
    WS_TRY_COMPARE(nesting.peerEvents->messageCount, 1);
    QVERIFY(wasServed);
}

// The dialog says that the connection was lost, and stays while the next one works.
void TestNesting::clientThatASlotOfClosedHasOpenedMovesMeanwhile()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    connect(&pair.server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection](const QString &text) { connection->sendText(text); });
    });
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_VERIFY(pair.events.isClosed() && !pair.peer);
    MovingClient moving;
    WsClient *const client = moving.client;
    client->setSslConfiguration(tlsConfiguration());
    const QUrl url = pair.url();
    std::optional<bool> wasServed;
    const auto openAgain = [&] {
        Loop loop;
        connect(client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        const auto move = [client, &moving] {
            moving.move();
            client->sendText("from there");
        };
        connect(client, &WsConnection::opened, client, move, Qt::SingleShotConnection);
        wasServed = client->open(url) && loop.ended();
    };
    connect(client, &WsConnection::closed, client, openAgain, Qt::SingleShotConnection);
    QVERIFY(client->open(url));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    pair.peer->abort();
    WS_TRY_VERIFY(wasServed);
    QVERIFY(*wasServed);
}

// The next opening is in use in another thread when the handler goes on reading.
void TestNesting::payloadOfAHandlerStaysWhenTheClientMovesMeanwhile()
{
    Pair pair;
    connect(&pair.server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection](const QString &text) { connection->sendBinary(text.toUtf8()); });
    });
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_VERIFY(pair.events.isClosed() && !pair.peer);
    MovingClient moving;
    WsClient *const client = moving.client;
    const QUrl url = pair.url();
    const QByteArray sent = pattern(10 * KiB);
    std::atomic<QEventLoop *> dialog{nullptr};
    std::optional<QByteArray> seen;
    client->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        if (QEventLoop *const running = dialog.exchange(nullptr)) { // in the other thread
            QMetaObject::invokeMethod(running, &QEventLoop::quit, Qt::QueuedConnection);
            return;
        }
        Loop loop;
        dialog = &loop;
        client->abort();
        const auto move = [&] {
            moving.move();
            client->sendText(QString(10 * KiB, u'x'));
        };
        connect(client, &WsConnection::opened, client, move, Qt::SingleShotConnection);
        const bool hasMoved = client->open(url) && loop.ended();
        seen = hasMoved ? payload.toByteArray() : QByteArray("it has not moved");
    });
    QVERIFY(client->open(url));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    pair.peer->sendBinary(sent);
    WS_TRY_VERIFY(seen);
    QVERIFY(*seen == sent);
}

void TestNesting::handlerThatIsReplacedMeanwhileStays()
{
    Pair pair;
    QVERIFY(pair.open());
    auto captured = std::make_shared<int>();
    const std::weak_ptr<int> watched = captured;
    std::optional<bool> wasKept;
    const auto look = [&](QEventLoop *loop) {
        wasKept = !watched.expired();
        loop->quit();
    };
    pair.peer->setMessageHandler([&, captured](WsConnection &, Ws::MessageType, QByteArrayView) {
        Loop loop;
        QTimer::singleShot(0, &loop, [&] {
            pair.peer->setMessageHandler({});
            QTimer::singleShot(0, &loop, [&] { QTimer::singleShot(0, &loop, [&] { look(&loop); }); });
        });
        (void)loop.ended();
    });
    captured.reset();
    pair.client.sendText("nest");
    WS_TRY_VERIFY(wasKept);
    QVERIFY(*wasKept);
    WS_TRY_VERIFY(watched.expired()); // once it has returned
}

// A message box in errorOccurred() is a nested loop inside of a deadline.
void TestNesting::timeoutsFireMeanwhile()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    const QUrl url(u"ws://127.0.0.1:%1"_s.arg(silent.serverPort()));
    WsOptions options;
    options.setHandshakeTimeout(50ms);
    WsClient first;
    first.setOptions(options);
    options.setHandshakeTimeout(100ms);
    WsClient second;
    second.setOptions(options);
    bool haveBothEnded = false;
    connect(&first, &WsConnection::errorOccurred, this, [&] {
        Loop loop;
        connect(&second, &WsConnection::closed, &loop, [&] { loop.quit(); });
        haveBothEnded = loop.ended();
    });
    QVERIFY(first.open(url));
    QVERIFY(second.open(url));
    WS_TRY_COMPARE(first.state(), Ws::Closed);
    QVERIFY(haveBothEnded);
}

void TestNesting::closeDuringTheLoopEndsAfterIt()
{
    Pair pair;
    QVERIFY(pair.open());
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        if (text != u"nest")
            return;
        Loop loop;
        connect(&pair.client, &WsConnection::stateChanged, &loop, [&] { loop.quit(); });
        QTimer::singleShot(0, &loop, [&] { pair.peer->close(3000, u"inside"_s); });
        QVERIFY(loop.ended()); // the client has got the Close
    });
    pair.client.sendText("nest");
    pair.client.sendText("behind");
    WS_TRY_VERIFY(pair.peerEvents && pair.peerEvents->isClosed() && pair.events.isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text nest"_s, u"text behind"_s, u"closed 3000 'inside' clean"_s}));
    QCOMPARE(pair.events.ending(), u"closed 3000 'inside' clean"_s);
}

void TestNesting::endOfThePeerDuringTheLoopIsToldAfterIt()
{
    Pair pair;
    QVERIFY(pair.open());
    bool wasToldInside = false;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        if (text != u"nest")
            return;
        Loop loop;
        pair.client.abort();
        QTimer::singleShot(50, &loop, [&] { loop.quit(); });
        QVERIFY(loop.ended());
        wasToldInside = pair.peerEvents->isClosed();
    });
    pair.client.sendText("nest");
    pair.client.sendText("behind");
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QVERIFY(!wasToldInside);
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text nest"_s, u"text behind"_s,
                                                u"error Network"_s, u"closed 1006 '' unclean"_s}));
}

void TestNesting::pingsAreAnsweredDuringTheLoop()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QSignalSpy pinged(pair.peer, &WsConnection::pinged);
    qsizetype pingedInside = -1;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        if (text != u"nest")
            return;
        Loop loop;
        connect(&pair.client, &WsConnection::pongReceived, &loop, [&] { loop.quit(); });
        pair.client.sendText("behind");
        pair.client.ping("are you there?");
        QVERIFY(loop.ended());
        pingedInside = pinged.size();
    });
    pair.client.sendText("nest");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList({u"text nest"_s, u"text behind"_s}));
    QCOMPARE(pingedInside, 0); // the application is told in the order of what came
    WS_TRY_COMPARE(pinged.size(), 1);
    QCOMPARE(pinged.at(0).at(0).toByteArray(), QByteArray("are you there?"));
}

void TestNesting::closeOfThePeerIsAnsweredDuringTheLoop()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    if (isTls)
        pair.server.setSslConfiguration(serverTls());
    QVERIFY(pair.server.listen());
    RawPeer peer;
    QVERIFY(peer.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    QStringList inside;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        if (text != u"nest")
            return;
        Loop loop;
        connect(peer.socket, &QIODevice::readyRead, &loop, [&] { loop.quit(); });
        peer.send(frame(TextFrame, "behind") + frame(CloseFrame, closePayload(3000, "bye")));
        QVERIFY(loop.ended());
        inside = pair.peerEvents->all;
    });
    peer.send(frame(TextFrame, "nest"));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(inside, QStringList({u"opened"_s, u"text nest"_s}));
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text nest"_s, u"text behind"_s, u"closed 3000 'bye' clean"_s}));
    QCOMPARE(peer.frames().value(0).opcode, quint8(CloseFrame));
}

void TestNesting::payloadOfAHandlerStaysDuringTheLoop()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    QList<QByteArray> got;
    pair.peer->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        if (got.isEmpty()) {
            Loop loop;
            connect(&pair.client, &WsConnection::pongReceived, &loop, [&] { loop.quit(); });
            for (int i = 1; i <= 20; ++i)
                pair.client.sendBinary(pattern(10 * KiB, i));
            pair.client.ping();
            QVERIFY(loop.ended());
        }
        got.append(payload.toByteArray());
    });
    pair.client.sendBinary(pattern(10 * KiB));
    WS_TRY_COMPARE(got.size(), 21);
    for (int i = 0; i < got.size(); ++i)
        QCOMPARE(got.at(i), pattern(10 * KiB, i));
}

void TestNesting::peerIsHeldUpDuringALongLoop()
{
    constexpr qint64 Mark = 64 * KiB;
    constexpr int Count = 2000; // more than the system buffers
    Pair pair;
    WsOptions options;
    options.setHighWaterMark(Mark);
    pair.server.setOptions(options);
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    qint64 left = -1;
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        if (text != u"nest")
            return;
        for (int i = 0; i < Count; ++i)
            pair.client.sendBinary(pattern(16 * KiB));
        // Until nothing of it moves any more.
        QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
        while (written.wait(100)) { }
        left = pair.client.bufferedAmount();
    });
    pair.client.sendText("nest");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, Count + 1);
    QVERIFY2(left > 0, "all was taken while nothing was delivered");
}

void TestNesting::abortDuringTheLoopEndsAtOnce()
{
    Pair pair;
    QVERIFY(pair.open());
    connect(pair.peer, &WsConnection::textMessageReceived, this, [&] {
        Loop loop;
        connect(&pair.client, &WsConnection::closed, &loop, [&] { loop.quit(); });
        QTimer::singleShot(0, &loop, [&] { pair.peer->abort(); });
        QVERIFY(loop.ended());
    });
    pair.client.sendText("nest");
    pair.client.sendText("behind");
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text nest"_s, u"closed 1006 '' unclean"_s}));
    WS_TRY_VERIFY(!pair.peer); // and it is deleted, though its slot still ran
}

void TestNesting::deletionDuringTheLoopIsSafe()
{
    Pair pair;
    QVERIFY(pair.open());
    connect(&pair.client, &WsConnection::textMessageReceived, this, [&] {
        Loop loop;
        QTimer::singleShot(0, &loop, [&] {
            delete pair.peer;
            loop.quit();
        });
        QVERIFY(loop.ended());
    });
    pair.peer->sendText("nest");
    pair.peer->sendText("behind");
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.messages().size(), 2);
    QCOMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);

    auto *client = new WsClient;
    QVERIFY(client->open(pair.server.serverUrl()));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    bool isDone = false;
    connect(client, &WsConnection::textMessageReceived, this, [&] {
        Loop loop;
        QTimer::singleShot(0, &loop, [&] {
            delete client;
            loop.quit();
        });
        isDone = loop.ended();
    });
    pair.peer->sendText("nest");
    pair.peer->sendText("behind");
    WS_TRY_VERIFY(isDone);
}

void TestNesting::reopeningDuringTheLoopIsSafe()
{
    Pair pair;
    QVERIFY(pair.open());
    const QUrl url = pair.server.serverUrl();
    int runs = 0;
    connect(&pair.client, &WsConnection::textMessageReceived, this, [&] {
        if (++runs > 1)
            return;
        Loop loop;
        QTimer::singleShot(0, &loop, [&] {
            pair.client.abort();
            QVERIFY(pair.client.open(url));
        });
        connect(&pair.server, &WsServer::newConnection, &loop, [&] { loop.quit(); });
        QVERIFY(loop.ended());
    });
    pair.peer->sendText("nest");
    pair.peer->sendText("behind, and lost");
    WS_TRY_COMPARE(pair.events.startingWith(u"opened"_s).size(), 2);
    pair.peer->sendText("new");
    WS_TRY_COMPARE(pair.events.messages(), QStringList({u"text nest"_s, u"text new"_s}));
    QCOMPARE(runs, 2);
}

void TestNesting::loopInBytesWrittenDoesNotStall()
{
    Pair pair;
    QVERIFY(pair.open());
    bool wasRun = false;
    connect(&pair.client, &WsConnection::bytesWritten, this, [&] {
        if (std::exchange(wasRun, true))
            return;
        Loop loop;
        connect(&pair.client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        pair.client.sendText("second");
        QVERIFY(loop.ended());
    });
    connect(pair.peer, &WsConnection::textMessageReceived, pair.peer, [&](const QString &text) {
        if (text == u"second")
            pair.peer->sendText("answer");
    });
    pair.client.sendText("first");
    WS_TRY_COMPARE(pair.events.messages(), QStringList{u"text answer"_s});
}

// The connection is accepted from a task here, and not while it reads.
void TestNesting::messagesDuringTheConnectionHandlerFollowNewConnection()
{
    WsServer server;
    server.setThreadCount(1);
    server.setRequestHandler([](const WsRequest &) { return WsResponse::accept(); }); // in this thread
    std::atomic<bool> hasArrived = false;
    server.setConnectionHandler([&](WsConnection *connection) {
        const qint64 before = connection->statistics().wireBytesReceived;
        connection->sendText(u"hello"_s);
        hasArrived = waitFor([&] { return connection->statistics().wireBytesReceived > before; });
    });
    QStringList received;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::textMessageReceived, this,
                [&](const QString &text) { received.append(text); });
    });
    QVERIFY(server.listen());
    WsClient client;
    connect(&client, &WsConnection::textMessageReceived, &client,
            [&](const QString &text) { client.sendText(text + u" again"_s); });
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(received, QStringList(u"hello again"_s));
    QVERIFY(hasArrived);
}

void TestNesting::whatComesDuringNewConnectionFollowsIt_data()
{
    QTest::addColumn<bool>("slotSends");
    QTest::addColumn<bool>("disconnects");
    QTest::newRow("client sends") << true << false;
    QTest::newRow("client disconnects") << true << true;
    QTest::newRow("slot sends nothing") << false << false;
}

// The connection is accepted by a future, and not while it reads; the first slot runs an event loop.
void TestNesting::whatComesDuringNewConnectionFollowsIt()
{
    QFETCH(const bool, slotSends);
    QFETCH(const bool, disconnects);
    WsServer server;
    QPromise<WsResponse> promise;
    promise.start();
    bool isAsked = false;
    server.setRequestHandler([&](const WsRequest &) {
        isAsked = true;
        return promise.future();
    });
    RawPeer raw;
    bool hasArrived = false;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        const qint64 before = connection->statistics().wireBytesReceived;
        if (slotSends)
            connection->sendText("hello");
        if (!waitFor([&] { return raw.received.contains("\r\n\r\n"); }))
            return;
        raw.send(frame(TextFrame, "again"));
        if (disconnects)
            raw.socket->disconnectFromHost();
        hasArrived = waitFor([&] { return connection->statistics().wireBytesReceived > before; })
                     && waitFor([&] { return raw.hasEnded || !disconnects; });
        for (int i = 0; i < 20; ++i)
            QCoreApplication::processEvents();
    });
    std::unique_ptr<Events> events;
    connect(&server, &WsServer::newConnection, this,
            [&](WsConnection *connection) { events = std::make_unique<Events>(connection); });
    QVERIFY(server.listen());
    QVERIFY(raw.connectTo(server));
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(isAsked);
    promise.addResult(WsResponse::accept());
    promise.finish();
    WS_TRY_VERIFY(events);
    QVERIFY(hasArrived);
    QStringList expected = {u"opened"_s, u"text again"_s};
    if (disconnects)
        expected += {u"error Network"_s, u"closed 1006 '' unclean"_s};
    WS_TRY_COMPARE(events->all, expected);
}

void TestNesting::loopInNewConnectionDoesNotStall()
{
    Pair pair;
    bool wasAnswered = false;
    connect(&pair.server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connection->sendText("hello");
        Loop loop;
        connect(&pair.client, &WsConnection::textMessageReceived, &loop, [&] { loop.quit(); });
        wasAnswered = loop.ended();
    });
    QVERIFY(pair.open());
    WS_TRY_VERIFY(wasAnswered);
    pair.client.sendText("on");
    WS_TRY_COMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text on"_s}));
}

void TestNesting::loopInTheRequestHandlerDoesNotStall()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) {
        Loop loop;
        QTimer::singleShot(20, &loop, &QEventLoop::quit);
        return loop.ended() ? WsResponse::accept() : WsResponse::reject(500);
    });
    QVERIFY(pair.open());
    pair.client.sendText("on");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text on"_s});
}

void TestNesting::requestHandlerThatOutlastsTheTimeoutAnswersOnce()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which the request arrives
    pair.server.setOptions(options);
    RawPeer raw;
    int asked = 0;
    pair.server.setRequestHandler([&](const WsRequest &) {
        ++asked;
        Loop loop;
        connect(&pair.server, &WsServer::connectionRejected, &loop,
                [&] { QTimer::singleShot(0, &loop, &QEventLoop::quit); });
        return loop.ended() ? WsResponse::accept() : WsResponse::notFound();
    });
    QVERIFY(pair.server.listen());
    QVERIFY(raw.connectTo(pair.server));
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 503);
    QCOMPARE(asked, 1);
    QVERIFY(!pair.peer);
}

void TestNesting::loopAtARefusalLeavesOneAnswer_data()
{
    QTest::addColumn<WsResponse>("response");
    QTest::addColumn<int>("status");
    QTest::newRow("connectionRejected()") << WsResponse::reject(403) << 403;
    QTest::newRow("errorOccurred()") << WsResponse(200, {}, {{"X", "a\r\nb"}}) << 500;
}

// The client has its answer during the loop, and nothing is late.
void TestNesting::loopAtARefusalLeavesOneAnswer()
{
    QFETCH(const WsResponse, response);
    QFETCH(const int, status);
    WsServer server;
    WsOptions options;
    options.setHandshakeTimeout(2s); // in which the request arrives
    server.setOptions(options);
    server.setRequestHandler([response](const WsRequest &) { return response; });
    RawPeer raw;
    int rejections = 0;
    const auto awaitAnswer = [&] { QVERIFY(waitFor([&] { return !raw.received.isEmpty(); })); };
    connect(&server, &WsServer::connectionRejected, this, [&] {
        ++rejections;
        awaitAnswer();
    });
    connect(&server, &WsServer::errorOccurred, this, awaitAnswer);
    QVERIFY(server.listen());
    QVERIFY(raw.connectTo(server));
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.httpStatus(), status);
    QCOMPARE(raw.received.count("HTTP/1.1"), 1);
    QCOMPARE(rejections, 1);
}

void TestNesting::serverThatMovesAtARefusalAnswers_data()
{
    QTest::addColumn<bool>("isLater");
    QTest::newRow("at once") << false;
    QTest::newRow("by a future") << true;
}

void TestNesting::serverThatMovesAtARefusalAnswers()
{
    QFETCH(const bool, isLater);
    QThread thread;
    thread.start();
    auto *const server = new WsServer;
    QPromise<WsResponse> promise;
    promise.start();
    bool isAsked = false;
    server->setRequestHandler([&](const WsRequest &) {
        isAsked = true;
        return promise.future();
    });
    if (!isLater)
        server->setRequestHandler([](const WsRequest &) { return WsResponse::reject(403); });
    bool hasMoved = false;
    connect(server, &WsServer::connectionRejected, this, [&] {
        hasMoved = true;
        server->moveToThread(&thread);
    });
    QVERIFY(server->listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(*server));
    raw.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(isAsked || hasMoved);
    promise.addResult(WsResponse::reject(403));
    promise.finish();
    WS_TRY_VERIFY(hasMoved);
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QCOMPARE(raw.httpStatus(), 403);
    connect(&thread, &QThread::finished, server, &QObject::deleteLater);
    thread.quit();
    QVERIFY(thread.wait(Patience));
}

#include "../testprogram.h"
WSKIT_TEST(TestNesting)
#include "tst_nesting.moc"
