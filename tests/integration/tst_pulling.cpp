// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qrandom.h>

using namespace IntegrationTesting;

class TestPulling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingArrivesInItsOrder_data() { addTransports(); }
    void everythingArrivesInItsOrder();
    void switchLosesNothing_data();
    void switchLosesNothing();
    void handlerIsNotCalledAnyMore();
    void severalFuturesAreServedInTheirOrder();
    void cancelledFutureTakesNothing();
    void receiveOnAClosedConnectionIsEmpty();
    void futuresAreEmptyAtTheEnd_data();
    void futuresAreEmptyAtTheEnd();
    void closedComesBehindTheLastMessageThatIsTaken_data() { addTransports(); }
    void closedComesBehindTheLastMessageThatIsTaken();
    void lossOfTheConnectionComesBehindTheLastMessageThatIsTaken_data() { addSchemes(); }
    void lossOfTheConnectionComesBehindTheLastMessageThatIsTaken();
    void ownCloseDoesNotWait();
    void closeOfAnEndThatIsHeldGivesUp();
    void abortOfAnEndThatIsHeldGivesUp();
    void serverCloseDoesNotWaitForThoseWhoTakeNothing();
    void heldEndIsOfItsOpeningAlone();
    void anythingInAContinuation_data();
    void anythingInAContinuation();
    void deletedInTheMiddleOfManyFutures();
    void reopenedClientIsPulledOn();
    void slowPullerHoldsUpTheSender_data() { addTransports(); }
    void slowPullerHoldsUpTheSender();
    void smallMessagesCountWithWhatTheyTake();
    void keepAliveSparesASlowPuller();
    void senderThatWaitsForDrainedStaysAtTheMarks_data() { addTransports(); }
    void senderThatWaitsForDrainedStaysAtTheMarks();
};

namespace {
using Received = std::optional<WsMessage>;

// Takes one message after the other, until the end.
struct Puller
{
    explicit Puller(WsConnection *ownConnection) : connection(ownConnection) { }

    void pull()
    {
        connection->receive().then([this](const Received &message) {
            if (!message) {
                isEnded = true;
                return;
            }
            texts.append(message->text());
            // From the event loop, or thousands would be one inside of the other.
            QMetaObject::invokeMethod(
                connection, [this] { pull(); }, Qt::QueuedConnection);
        });
    }

    WsConnection *connection;
    QStringList texts;
    bool isEnded = false;
};

QStringList numbers(int count)
{
    QStringList texts;
    for (int i = 0; i < count; ++i)
        texts.append(QString::number(i));
    return texts;
}

bool sendNumbers(WsConnection &connection, int count)
{
    bool isSent = true;
    for (int i = 0; i < count; ++i)
        isSent = isSent && connection.sendText(QString::number(i));
    return isSent;
}

void turnSomeTimes()
{
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
}
} // namespace

void TestPulling::everythingArrivesInItsOrder()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    Puller puller(pair.peer);
    puller.pull();
    QVERIFY(sendNumbers(pair.client, 2000));
    WS_TRY_COMPARE(puller.texts.size(), 2000);
    QCOMPARE(puller.texts, numbers(2000));
    QVERIFY(!puller.isEnded);
    QCOMPARE(pair.peerEvents->messageCount, 0);
    QCOMPARE(pair.peer->statistics().messagesReceived, 2000);
    QVERIFY(pair.client.close());
    WS_TRY_VERIFY(puller.isEnded && pair.events.isClosed());
}

void TestPulling::switchLosesNothing_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("where");
    for (const bool isTls : {false, true}) {
        for (const char *where :
             {"while it opens", "in stateChanged", "in opened", "later", "in a message slot", "while paused"})
            QTest::addRow("%s, %s", where, isTls ? "wss" : "ws") << isTls << QByteArray(where);
    }
    QTest::newRow("in newConnection, ws") << false << QByteArray("in newConnection");
    QTest::newRow("in newConnection, wss") << true << QByteArray("in newConnection");
}

void TestPulling::switchLosesNothing()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, where);
    constexpr int Count = 500;
    Pair pair(isTls);
    const bool isServer = where == "in newConnection";
    std::unique_ptr<Puller> puller;
    const auto start = [&](WsConnection *connection) {
        if (puller)
            return;
        puller = std::make_unique<Puller>(connection);
        puller->pull();
    };
    connect(&pair.server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        if (isServer)
            start(connection);
        else
            QVERIFY(connection->sendText("0")); // together with the answer to the handshake
    });
    QStringList told;
    connect(&pair.client, &WsConnection::textMessageReceived, this, [&](const QString &text) {
        told.append(text);
        if (where == "in a message slot" && told.size() == 10)
            start(&pair.client);
    });
    if (where == "in opened")
        connect(&pair.client, &WsConnection::opened, this, [&] { start(&pair.client); });
    if (where == "in stateChanged")
        connect(&pair.client, &WsConnection::stateChanged, this, [&](Ws::State state) {
            if (state == Ws::Open)
                start(&pair.client);
        });
    QVERIFY(pair.start());
    if (where == "while it opens")
        start(&pair.client);
    if (where == "while paused")
        pair.client.setPaused(true);
    QVERIFY(pair.waitUntilOpen());
    if (isServer)
        QVERIFY(pair.client.sendText("0"));
    WsConnection &sender = isServer ? static_cast<WsConnection &>(pair.client) : *pair.peer;
    for (int i = 1; i < Count; ++i)
        QVERIFY(sender.sendText(QString::number(i)));
    if (where == "later") {
        WS_TRY_VERIFY(!told.isEmpty());
        start(&pair.client);
    }
    if (where == "while paused") {
        start(&pair.client);
        turnSomeTimes();
        QVERIFY(puller->texts.isEmpty());
        pair.client.setPaused(false);
    }
    WS_TRY_VERIFY(puller && (told + puller->texts).size() == Count);
    QCOMPARE(told + puller->texts, numbers(Count));
    if (where == "in a message slot")
        QCOMPARE(told.size(), 10);
    else if (where != "later")
        QVERIFY(told.isEmpty());
}

void TestPulling::handlerIsNotCalledAnyMore()
{
    Pair pair;
    QVERIFY(pair.open());
    int handled = 0;
    pair.peer->setMessageHandler([&](WsConnection &connection, Ws::MessageType, QByteArrayView) {
        ++handled;
        (void)connection.receive();
    });
    QVERIFY(sendNumbers(pair.client, 3));
    WS_TRY_COMPARE(pair.peer->statistics().messagesReceived, 3);
    QCOMPARE(handled, 1);
    const auto next = pair.peer->receive();
    QVERIFY(next.isFinished());
    QCOMPARE(next.result()->text(), u"2"_s);
}

void TestPulling::severalFuturesAreServedInTheirOrder()
{
    Pair pair;
    QVERIFY(pair.open());
    QList<QFuture<Received>> futures;
    for (int i = 0; i < 5; ++i)
        futures.append(pair.peer->receive());
    QVERIFY(sendNumbers(pair.client, 3));
    WS_TRY_VERIFY(futures.at(2).isFinished());
    for (int i = 0; i < 3; ++i)
        QCOMPARE(futures.at(i).result()->text(), QString::number(i));
    QVERIFY(!futures.at(3).isFinished());
    QVERIFY(pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    for (int i = 3; i < 5; ++i)
        QVERIFY(futures.at(i).isFinished() && !futures.at(i).result());
}

void TestPulling::cancelledFutureTakesNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    auto first = pair.peer->receive();
    auto second = pair.peer->receive();
    auto third = pair.peer->receive();
    first.cancel();
    second.cancel();
    QVERIFY(pair.client.sendText("for the third"));
    WS_TRY_VERIFY(third.isFinished());
    QCOMPARE(third.result()->text(), u"for the third"_s);
    auto fourth = pair.peer->receive();
    fourth.cancel();
    QVERIFY(pair.client.sendText("kept"));
    WS_TRY_COMPARE(pair.peer->statistics().messagesReceived, 2);
    const auto fifth = pair.peer->receive();
    QVERIFY(fifth.isFinished());
    QCOMPARE(fifth.result()->text(), u"kept"_s);
}

void TestPulling::receiveOnAClosedConnectionIsEmpty()
{
    Pair pair;
    const auto early = pair.client.receive();
    QVERIFY(early.isFinished());
    QVERIFY(!early.result());
    QVERIFY(pair.open());
    QVERIFY(pair.peer->sendText("pulled, as it was asked for"));
    const auto first = pair.client.receive();
    WS_TRY_VERIFY(first.isFinished());
    QCOMPARE(first.result()->text(), u"pulled, as it was asked for"_s);
    pair.client.abort();
    QVERIFY(pair.client.receive().isFinished());
}

void TestPulling::futuresAreEmptyAtTheEnd_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("ending");
    for (const bool isTls : {false, true}) {
        for (const char *ending : {"close", "abort", "peer closes", "peer aborts", "deleted", "refused"})
            QTest::addRow("%s, %s", ending, isTls ? "wss" : "ws") << isTls << QByteArray(ending);
    }
}

void TestPulling::futuresAreEmptyAtTheEnd()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, ending);
    Pair pair(isTls);
    if (ending == "refused")
        pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    QVERIFY(pair.server.listen());
    auto client = std::make_unique<WsClient>();
    client->setSslConfiguration(tlsConfiguration());
    QVERIFY(client->open(pair.url()));
    const auto first = client->receive();
    const auto second = client->receive();
    if (ending != "refused")
        WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    bool wasTold = false;
    bool wasFinishedFirst = false;
    connect(client.get(), &WsConnection::closed, this, [&] {
        wasTold = true;
        wasFinishedFirst = first.isFinished();
    });
    if (ending == "close")
        client->close();
    else if (ending == "abort")
        client->abort();
    else if (ending == "peer closes")
        pair.peer->close();
    else if (ending == "peer aborts")
        pair.peer->abort();
    else if (ending == "deleted")
        client.reset();
    WS_TRY_VERIFY(first.isFinished() && second.isFinished());
    QVERIFY(!first.result() && !second.result());
    if (client) {
        WS_TRY_VERIFY(wasTold);
        QVERIFY(wasFinishedFirst);
    }
}

void TestPulling::closedComesBehindTheLastMessageThatIsTaken()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    auto future = pair.peer->receive();
    QVERIFY(sendNumbers(pair.client, 4) && pair.client.close(3000, u"bye"_s));
    WS_TRY_VERIFY(pair.events.isClosed());
    WS_TRY_COMPARE(pair.peer->statistics().messagesReceived, 4);
    for (int i = 0; i < 4; ++i) {
        if (i > 0)
            future = pair.peer->receive();
        QVERIFY(future.isFinished());
        QCOMPARE(future.result()->text(), QString::number(i));
        QVERIFY(!pair.peerEvents->isClosed());
        if (i < 3)
            turnSomeTimes();
    }
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->states, QList<Ws::State>({Ws::Open, Ws::Closing, Ws::Closed}));
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 'bye' clean"_s);
}

void TestPulling::lossOfTheConnectionComesBehindTheLastMessageThatIsTaken()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    Puller puller(pair.peer);
    (void)pair.peer->receive();
    raw.send(frame(TextFrame, "0") + frame(TextFrame, "1") + frame(TextFrame, "2"));
    raw.socket->disconnectFromHost();
    WS_TRY_COMPARE(pair.peerEvents->errors.size(), 1);
    turnSomeTimes();
    QVERIFY(!pair.peerEvents->isClosed());
    puller.pull();
    WS_TRY_COMPARE(puller.texts.size(), 2);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(puller.texts, QStringList({u"1"_s, u"2"_s}));
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestPulling::ownCloseDoesNotWait()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.client.receive();
    QVERIFY(sendNumbers(*pair.peer, 3));
    WS_TRY_COMPARE(pair.client.statistics().messagesReceived, 3);
    QVERIFY(pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"closed 1000 '' clean"_s);
    QCOMPARE(pair.client.receive().result()->text(), u"1"_s); // what is here can still be taken
    QCOMPARE(pair.client.receive().result()->text(), u"2"_s);
    QVERIFY(!pair.client.receive().result());
}

void TestPulling::closeOfAnEndThatIsHeldGivesUp()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.client.receive();
    QVERIFY(sendNumbers(*pair.peer, 3) && pair.peer->close(3000));
    WS_TRY_COMPARE(pair.client.state(), Ws::Closing);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    turnSomeTimes();
    QCOMPARE(pair.client.state(), Ws::Closing);
    QVERIFY(pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"closed 3000 '' clean"_s);
}

void TestPulling::abortOfAnEndThatIsHeldGivesUp()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.client.receive();
    QVERIFY(sendNumbers(*pair.peer, 3) && pair.peer->close(3000));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    WS_TRY_COMPARE(pair.client.statistics().messagesReceived, 3);
    turnSomeTimes();
    pair.client.abort();
    QCOMPARE(pair.events.ending(), u"closed 3000 '' clean"_s);
}

void TestPulling::serverCloseDoesNotWaitForThoseWhoTakeNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.peer->receive();
    QVERIFY(sendNumbers(pair.client, 3) && pair.client.close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.server.connectionCount(), 1);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 '' clean"_s);
}

// What completes an end from the event loop must not complete that of the next opening.
void TestPulling::heldEndIsOfItsOpeningAlone()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.client.receive();
    for (int opening = 0; opening < 2; ++opening) {
        QVERIFY(sendNumbers(*pair.peer, 3) && pair.peer->close(3000));
        WS_TRY_COMPARE(pair.client.state(), Ws::Closing);
        WS_TRY_VERIFY(!pair.peer);
        if (opening == 0) {
            WS_TRY_VERIFY(pair.client.close()); // from the event loop,
            pair.client.abort();                // and at once
            QCOMPARE(pair.client.state(), Ws::Closed);
            QVERIFY(pair.open());
        }
    }
    turnSomeTimes();
    QCOMPARE(pair.client.state(), Ws::Closing);
    QCOMPARE(pair.events.startingWith(u"closed"_s).size(), 1);
}

namespace {
enum class Action { Delete, Close, Abort, Reopen, ReceiveMore };
} // namespace

void TestPulling::anythingInAContinuation_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isEnd");
    QTest::addColumn<int>("action");
    static const char *const names[] = {"delete", "close", "abort", "reopen", "receive more"};
    for (const bool isTls : {false, true}) {
        for (const bool isEnd : {false, true}) {
            for (int action = 0; action < 5; ++action)
                QTest::addRow("%s at %s, %s", names[action], isEnd ? "the end" : "a message",
                              isTls ? "wss" : "ws")
                    << isTls << isEnd << action;
        }
    }
}

void TestPulling::anythingInAContinuation()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isEnd);
    QFETCH(const int, action);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    auto *client = new WsClient;
    const QPointer<WsClient> guard(client);
    client->setSslConfiguration(tlsConfiguration());
    QVERIFY(client->open(pair.url()));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    int continued = 0;
    QList<QFuture<Received>> others;
    const std::function<void()> actions[] = {[&] { delete client; }, [&] { client->close(); },
                                             [&] { client->abort(); },
                                             [&] {
                                                 client->abort();
                                                 QVERIFY(client->open(pair.url()));
                                             },
                                             [&] { others.append(client->receive()); }};
    client->receive().then([&](const Received &message) {
        ++continued;
        QCOMPARE(message.has_value(), !isEnd);
        actions[action]();
    });
    others.append(client->receive());
    if (isEnd)
        QVERIFY(pair.peer->close());
    else
        QVERIFY(sendNumbers(*pair.peer, 3));
    WS_TRY_COMPARE(continued, 1);
    const bool isOver = isEnd || Action(action) != Action::ReceiveMore;
    WS_TRY_VERIFY(others.at(0).isFinished());
    if (isOver && (isEnd || Action(action) != Action::Close))
        QVERIFY(!others.at(0).result());
    if (Action(action) == Action::ReceiveMore && !isEnd) {
        WS_TRY_VERIFY(others.at(1).isFinished());
        QCOMPARE(others.at(0).result()->text(), u"1"_s);
        QCOMPARE(others.at(1).result()->text(), u"2"_s);
    }
    if (Action(action) == Action::Reopen && guard && client->state() != Ws::Closed) {
        WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
        const auto next = client->receive();
        QVERIFY(pair.peer->sendText("new"));
        WS_TRY_VERIFY(next.isFinished());
        QCOMPARE(next.result()->text(), u"new"_s);
    }
    delete guard.data();
}

void TestPulling::deletedInTheMiddleOfManyFutures()
{
    Pair pair;
    QVERIFY(pair.open());
    QList<QFuture<Received>> futures;
    for (int i = 0; i < 3; ++i)
        futures.append(pair.peer->receive());
    int empty = 0;
    for (QFuture<Received> &future : futures)
        future.then([&](const Received &message) { empty += message ? 0 : 1; });
    delete pair.peer;
    QCOMPARE(empty, 3);
}

void TestPulling::reopenedClientIsPulledOn()
{
    Pair pair;
    QVERIFY(pair.open());
    (void)pair.client.receive();
    QVERIFY(sendNumbers(*pair.peer, 3));
    WS_TRY_COMPARE(pair.client.statistics().messagesReceived, 3);
    pair.client.abort();
    WS_TRY_VERIFY(!pair.peer);
    QVERIFY(pair.open());
    QVERIFY(pair.peer->sendText("new"));
    const auto next = pair.client.receive();
    WS_TRY_VERIFY(next.isFinished());
    QCOMPARE(next.result()->text(), u"new"_s);
    QCOMPARE(pair.events.messageCount, 0);
}

// --- whoever is slow

void TestPulling::slowPullerHoldsUpTheSender()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    constexpr qint64 Mark = 256 * KiB;
    constexpr int Count = 2000;
    Pair pair(isTls);
    WsOptions options;
    options.setHighWaterMark(Mark);
    pair.setOptions(compressedOptions(isCompressed, options));
    QVERIFY(pair.open());
    QByteArray data(16 * KiB, Qt::Uninitialized); // that compression leaves as long as it is
    QRandomGenerator(1).fillRange(reinterpret_cast<quint32 *>(data.data()), data.size() / 4);
    auto future = pair.peer->receive();
    for (int i = 0; i < Count; ++i)
        QVERIFY(pair.client.sendBinary(data));
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (written.wait(100)) {
    }
    const qint64 read = pair.peer->statistics().payloadBytesReceived;
    QVERIFY(read > Mark);
    QCOMPARE_LE(read, data.size() + Mark + data.size()); // the one that was taken, and one beyond the mark
    QVERIFY(pair.client.bufferedAmount() > 8 * MiB);
    int taken = 0;
    while (taken < Count) {
        WS_TRY_VERIFY(future.isFinished());
        QVERIFY(future.result()->data() == data);
        ++taken;
        QCOMPARE_LE(pair.peer->statistics().payloadBytesReceived - taken * data.size(), Mark + data.size());
        if (taken < Count)
            future = pair.peer->receive();
    }
    QCOMPARE(pair.client.bufferedAmount(), 0);
}

void TestPulling::smallMessagesCountWithWhatTheyTake()
{
    Pair pair;
    WsOptions options;
    options.setHighWaterMark(64 * KiB);
    pair.setOptions(options);
    QVERIFY(pair.open());
    (void)pair.peer->receive();
    for (int i = 0; i < 20'000; ++i)
        QVERIFY(pair.client.sendBinary({}));
    WS_TRY_COMPARE(pair.client.bufferedAmount(), 0);
    WS_TRY_VERIFY(pair.peer->statistics().messagesReceived > 500);
    turnSomeTimes();
    QCOMPARE_LT(pair.peer->statistics().messagesReceived, 2000);
}

void TestPulling::keepAliveSparesASlowPuller()
{
    Pair pair;
    WsOptions options;
    options.setHighWaterMark(1000);
    options.setPingInterval(20ms);
    options.setPongTimeout(20ms);
    pair.server.setOptions(options);
    QVERIFY(pair.open());
    (void)pair.peer->receive();
    QVERIFY(sendNumbers(pair.client, 1000));
    WS_TRY_VERIFY(pair.peer->statistics().messagesReceived > 5);
    QSignalSpy failed(pair.peer, &WsConnection::errorOccurred);
    QVERIFY(!failed.wait(1300)); // beyond the second that a check that comes late is given
    Puller puller(pair.peer);
    puller.pull();
    WS_TRY_COMPARE(puller.texts.size(), 999);
    QSignalSpy pinged(&pair.client, &WsConnection::pinged);
    WS_TRY_VERIFY(!pinged.isEmpty());
    QCOMPARE(pair.peerEvents->ending(), QString());
}

void TestPulling::senderThatWaitsForDrainedStaysAtTheMarks()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    constexpr qint64 Mark = 256 * KiB;
    constexpr qint64 Size = 10'000;
    constexpr int Count = 3000;
    Pair pair(isTls);
    WsOptions options;
    options.setHighWaterMark(Mark);
    pair.setOptions(compressedOptions(isCompressed, options));
    QVERIFY(pair.open());
    int sent = 0;
    qint64 most = 0;
    const auto sendMore = [&] {
        while (sent < Count && pair.peer->bufferedAmount() <= Mark) {
            QVERIFY(pair.peer->sendBinary(pattern(Size, sent)));
            ++sent;
        }
        most = qMax(most, pair.peer->bufferedAmount());
    };
    connect(pair.peer, &WsConnection::drained, this, sendMore);
    int taken = 0;
    qint64 mostUnread = 0;
    QTimer reader; // a few messages at a time
    connect(&reader, &QTimer::timeout, this, [&] {
        mostUnread = qMax(mostUnread, pair.client.statistics().payloadBytesReceived - taken * Size);
        for (int i = 0; i < 5 && taken < Count; ++i) {
            const auto next = pair.client.waitForMessage(0ms);
            if (!next)
                break;
            QVERIFY(next->data() == pattern(Size, taken));
            ++taken;
        }
    });
    QVERIFY(!pair.client.waitForMessage(0ms)); // it is pulled from now on
    reader.start(1);
    sendMore();
    QVERIFY(waitWhileItMoves([&] { return taken == Count || pair.events.isClosed(); }, [&] { return taken; }));
    QCOMPARE(taken, Count);
    QCOMPARE_LE(most, Mark + 2 * Size);
    QCOMPARE_LE(mostUnread, Mark + Size);
    QVERIFY(mostUnread > Mark / 2);
}

#include "../testprogram.h"
WSKIT_TEST(TestPulling)
#include "tst_pulling.moc"
