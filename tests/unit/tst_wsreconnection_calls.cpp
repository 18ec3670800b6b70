// SPDX-License-Identifier: MIT

// What the program calls, also in slots, while a client ends or is opened, on a fake transport.

#include "net/client/wsreconnection.h"

#include "reconnectiontesting.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qnetworkrequest.h>

#include <thread>
#include <utility>

using namespace ReconnectionTesting;
using Action = std::function<void(WsClient &)>;

namespace {
const QUrl other(u"ws://example.org/other"_s);

void addEndingCalls()
{
    QTest::addColumn<Action>("ends");
    QTest::newRow("close()") << Action([](WsClient &client) { client.close(); });
    QTest::newRow("abort()") << Action([](WsClient &client) { client.abort(); });
    QTest::newRow("active") << Action([](WsClient &client) { client.setActive(false); });
}

// The signals of an opening by the program, in their order.
enum Beginning { UrlChanged, ActiveChanged, AttemptChanged };

// Calls \a action once, in a slot of the client.
void callAt(WsClient *client, Beginning signal, const std::function<void()> &action)
{
    const auto once = [action, isDone = false]() mutable {
        if (!std::exchange(isDone, true))
            action();
    };
    if (signal == UrlChanged)
        QObject::connect(client, &WsConnection::urlChanged, client, once);
    else if (signal == ActiveChanged)
        QObject::connect(client, &WsClient::activeChanged, client, once);
    else
        QObject::connect(client, &WsClient::reconnectAttemptChanged, client, once);
}

// It is open, with a header that only this request has.
bool openWithTicket(ReconnectingSide &side)
{
    QNetworkRequest request(QUrl(u"ws://example.com/chat"_s));
    request.setRawHeader("X-Ticket", "t1");
    if (!side.client()->open(request))
        return false;
    side.accept();
    return side.state() == Ws::Open;
}

// The peer completes the closing handshake that the client has begun.
void answerClose(ReconnectingSide &side)
{
    side.receive({closing(1000)});
    side.wire->end();
    settle();
}
} // namespace

class TestWsReconnectionCalls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deadPeerThatTakesNothingIsTriedAgain();
    void attemptThatEndsInASlotOfClosedCountsOnce();
    void openIsTheNextAttempt();
    void openInASlotOfTheEndIsTheNextAttempt_data();
    void openInASlotOfTheEndIsTheNextAttempt();
    void openWithAUrlSendsNothingOfAnEarlierRequest_data();
    void openWithAUrlSendsNothingOfAnEarlierRequest();
    void endFollowsTheOpeningOfItsThread_data();
    void endFollowsTheOpeningOfItsThread();
    void endIsReportedOnce_data();
    void endIsReportedOnce();
    void slotOfMessagesLostOpensAgain_data();
    void slotOfMessagesLostOpensAgain();
    void slotOfPausedChangedAborts();
    void urlThatASlotHasOpenedIsNotOpenedLater();
    void endCancelsAnotherUrl_data() { addEndingCalls(); }
    void endCancelsAnotherUrl();
    void endCancelsAnotherUrlFromAnotherThread();
    void endOfAnotherThreadCancelsWhatIsAboutToBegin_data();
    void endOfAnotherThreadCancelsWhatIsAboutToBegin();
    void endOfAnotherThreadIsNotForWhatIsOpenedLater_data();
    void endOfAnotherThreadIsNotForWhatIsOpenedLater();
    void abortCancelsWhatASlotOfTheErrorOpens();
    void endCancelsWhatASlotOfClosedWants_data() { addEndingCalls(); }
    void endCancelsWhatASlotOfClosedWants();
    void endInASlotOfABeginning_data();
    void endInASlotOfABeginning();
    void messagesOfABeginningThatEndsAreLost();
    void moveInASlotOfABeginning_data();
    void moveInASlotOfABeginning();
    void urlOfASlotOfABeginningIsOpened();
    void activeWhileClosingOpensAgain();
    void urlAfterCloseIsForTheNextOpen();
    void slotKeepsTheClientActive_data();
    void slotKeepsTheClientActive();
    void moveOfWhatASlotOfClosedHasOpened_data();
    void moveOfWhatASlotOfClosedHasOpened();
    void messagesWaitWhileAnotherUrlIsToBeOpened();
    void messageOnItsWayPrecedesTheCloseForAnotherUrl();
    void waitForOpenedWaitsForTheNextUrl();
    void waitForOpenedSaysWhatIsMissing();
    void urlThatASlotOpensInsteadIsNotBlamed();
};

// --- the end

void TestWsReconnectionCalls::attemptThatEndsInASlotOfClosedCountsOnce()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    bool isFirst = true;
    connect(side.client(), &WsConnection::closed, this, [&] {
        if (std::exchange(isFirst, false) && side.client()->open())
            side.refuse();
    });
    side.lose();
    QCOMPARE(side.client()->reconnectAttempt(), 1);
    QCOMPARE(side.told().count(u"reconnecting"_s), 1);
}

// With the headers of the first one.
void TestWsReconnectionCalls::openIsTheNextAttempt()
{
    ReconnectingSide side;
    QVERIFY(openWithTicket(side));
    side.lose();
    QVERIFY(side.isWaiting());
    QVERIFY(side.client()->open());
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nX-Ticket: t1\r\n"));
}

void TestWsReconnectionCalls::openInASlotOfTheEndIsTheNextAttempt_data()
{
    QTest::addColumn<QByteArray>("signal");
    QTest::newRow("errorOccurred()") << QByteArray("errorOccurred");
    QTest::newRow("stateChanged()") << QByteArray("stateChanged");
    QTest::newRow("closed()") << QByteArray("closed");
}

void TestWsReconnectionCalls::openInASlotOfTheEndIsTheNextAttempt()
{
    QFETCH(const QByteArray, signal);
    ReconnectingSide side;
    QVERIFY(openWithTicket(side));
    const auto open = [&, isDone = false]() mutable {
        if (!std::exchange(isDone, true))
            QVERIFY(side.client()->open());
    };
    if (signal == "errorOccurred")
        connect(side.client(), &WsConnection::errorOccurred, this, open);
    else if (signal == "stateChanged")
        connect(side.client(), &WsConnection::stateChanged, this, open);
    else
        connect(side.client(), &WsConnection::closed, this, open);
    side.lose();
    QCOMPARE(side.openingCount, 2);
    side.wire->connect();
    QVERIFY(side.wire->written.contains("\r\nX-Ticket: t1\r\n"));
}

void TestWsReconnectionCalls::openWithAUrlSendsNothingOfAnEarlierRequest_data()
{
    QTest::addColumn<Action>("opens");
    QTest::newRow("URL") << Action([](WsClient &client) { QVERIFY(client.open(client.url())); });
    QTest::newRow("request") << Action(
        [](WsClient &client) { QVERIFY(client.open(QNetworkRequest(client.url()))); });
    QTest::newRow("another thread") << Action([](WsClient &client) {
        std::thread([&] { QVERIFY(client.open(client.url())); }).join();
        settle();
    });
}

// The user may have logged out in the meantime.
void TestWsReconnectionCalls::openWithAUrlSendsNothingOfAnEarlierRequest()
{
    QFETCH(const Action, opens);
    ReconnectingSide side;
    QVERIFY(openWithTicket(side));
    side.lose();
    QVERIFY(side.isWaiting());
    opens(*side.client());
    QCOMPARE(side.openingCount, 2);
    side.wire->connect();
    QVERIFY(!side.wire->written.isEmpty());
    QVERIFY(!side.wire->written.contains("X-Ticket"));
}

void TestWsReconnectionCalls::endFollowsTheOpeningOfItsThread_data()
{
    QTest::addColumn<Action>("opens");
    QTest::addColumn<Action>("ends");
    QTest::addColumn<QString>("from");
    const std::pair<const char *, Action> openings[] = {
        {"open()", [](WsClient &client) { client.open(other); }},
        {"setUrl()", [](WsClient &client) { client.setUrl(other); }},
        {"active", [](WsClient &client) { client.setActive(true); }}};
    const std::pair<const char *, Action> endings[] = {{"close()", [](WsClient &client) { client.close(); }},
                                                       {"abort()", [](WsClient &client) { client.abort(); }}};
    for (const auto &[openingName, opens] : openings) {
        for (const auto &[endingName, ends] : endings) {
            for (const char *const from : {"closed", "connecting", "waiting"})
                QTest::addRow("%s, %s, %s", from, openingName, endingName)
                    << opens << ends << QString::fromLatin1(from);
        }
    }
}

void TestWsReconnectionCalls::endFollowsTheOpeningOfItsThread()
{
    QFETCH(const Action, opens);
    QFETCH(const Action, ends);
    QFETCH(const QString, from);
    ReconnectingSide side;
    side.client()->setUrl(QUrl(u"ws://example.com/chat"_s));
    if (from != u"closed")
        side.start();
    if (from == u"waiting")
        side.refuse();
    settle();
    std::thread([&] {
        opens(*side.client());
        ends(*side.client());
    }).join();
    settle();
    pass(1min);
    QCOMPARE(side.state(), Ws::Closed);
    QVERIFY(!side.client()->active());
    QVERIFY(!side.isWaiting());
}

void TestWsReconnectionCalls::deadPeerThatTakesNothingIsTriedAgain()
{
    WsOptions options = withPings();
    options.setHighWaterMark(1000);
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setInitialDelay(5s); }), options);
    QVERIFY(side.open());
    side.wire->room = 0;
    QVERIFY(side.client()->sendBinary(QByteArray(5000, 'x')));
    settle();
    QVERIFY(side.link().isHeld(WsHold::HeldBack));
    for (int i = 0; i < 60 && side.state() == Ws::Open; ++i)
        pass(1s);
    QCOMPARE(side.told(), u"error Timeout, lost 1, Closed, closed 1006 '' unclean, reconnecting 1 5000"_s);
    QVERIFY(!side.link().isHeld(WsHold::HeldBack));
    for (int i = 0; i < 5; ++i)
        pass(1s);
    QCOMPARE(side.told(), u"Connecting"_s);
    side.accept();
    QCOMPARE(side.told(), u"Open, opened, reconnected"_s);
}

void TestWsReconnectionCalls::endIsReportedOnce_data()
{
    addEndingCalls();
    QTest::newRow("abort() twice") << Action([](WsClient &client) {
        client.abort();
        client.abort();
    });
}

void TestWsReconnectionCalls::endIsReportedOnce()
{
    QFETCH(const Action, ends);
    ReconnectingSide side;
    QVERIFY(side.open());
    connect(side.client(), &WsClient::messagesLost, this, [&] { ends(*side.client()); });
    side.client()->sendText("lost");
    side.lose();
    const QString told = side.told();
    QCOMPARE(told.count(u"closed"_s), 1);
    QVERIFY2(told.contains(u"lost 1, "_s), qPrintable(told));
    QVERIFY(!side.client()->active());
    QCOMPARE(side.state(), Ws::Closed);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnectionCalls::slotOfMessagesLostOpensAgain_data()
{
    QTest::addColumn<Action>("opens");
    QTest::newRow("open()") << Action([](WsClient &client) { QVERIFY(client.open()); });
    QTest::newRow("active") << Action([](WsClient &client) { client.setActive(true); });
    QTest::newRow("abort() and open()") << Action([](WsClient &client) {
        client.abort();
        QVERIFY(client.open());
    });
}

void TestWsReconnectionCalls::slotOfMessagesLostOpensAgain()
{
    QFETCH(const Action, opens);
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    connect(side.client(), &WsClient::messagesLost, this, [&] { opens(*side.client()); });
    side.client()->sendText("lost");
    side.lose();
    QCOMPARE(side.told(), u"error Network, lost 1, Closed, closed 1006 '' unclean, Connecting"_s);
    side.accept();
    QCOMPARE(side.state(), Ws::Open);
}

void TestWsReconnectionCalls::slotOfPausedChangedAborts()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setPaused(true);
    connect(side.client(), &WsConnection::pausedChanged, this, [&] { side.client()->abort(); });
    side.client()->abort();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean, inactive"_s);
}

// --- what is to be opened next

void TestWsReconnectionCalls::urlThatASlotHasOpenedIsNotOpenedLater()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    const auto again = connect(side.client(), &WsConnection::closed, this,
                               [&] { QVERIFY(side.client()->open(QUrl(u"ws://example.net"_s))); });
    side.client()->setUrl(other);
    answerClose(side);
    QCOMPARE(side.wire->host, u"example.net"_s);
    disconnect(again);
    side.accept();
    QVERIFY(side.client()->close());
    answerClose(side);
    QCOMPARE(side.state(), Ws::Closed);
    QCOMPARE(side.openingCount, 2);
}

void TestWsReconnectionCalls::endCancelsAnotherUrl()
{
    QFETCH(const Action, ends);
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setUrl(other);
    QVERIFY(side.client()->active());
    ends(*side.client());
    answerClose(side);
    QCOMPARE(side.state(), Ws::Closed);
    QVERIFY(!side.client()->active());
    QCOMPARE(side.openingCount, 1);
    QCOMPARE(side.told().count(u"closed"_s), 1);
}

void TestWsReconnectionCalls::endCancelsAnotherUrlFromAnotherThread()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setUrl(other);
    const std::unique_ptr<QThread> thread(QThread::create([&] { QVERIFY(side.client()->close()); }));
    thread->start();
    thread->wait();
    settle();
    answerClose(side);
    QCOMPARE(side.state(), Ws::Closed);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnectionCalls::endOfAnotherThreadCancelsWhatIsAboutToBegin_data()
{
    QTest::addColumn<Action>("wants");
    QTest::addColumn<Action>("ends");
    const std::pair<const char *, Action> wishes[] = {
        {"setUrl()", [](WsClient &client) { client.setUrl(other); }},
        {"active",
         [](WsClient &client) {
             client.close();
             client.setActive(true);
         }},
        {"open()", [](WsClient &client) {
             connect(&client, &WsConnection::stateChanged, &client, [&client](Ws::State state) {
                 if (state == Ws::Closed && client.url() != other)
                     QVERIFY(client.open(other));
             });
             client.close();
         }}};
    const std::pair<const char *, Action> endings[] = {{"close()", [](WsClient &client) { client.close(); }},
                                                       {"abort()", [](WsClient &client) { client.abort(); }}};
    for (const auto &[wish, wants] : wishes) {
        for (const auto &[ending, ends] : endings)
            QTest::addRow("%s, %s", wish, ending) << wants << ends;
    }
}

// The other thread is faster than the slots of the end, and its call arrives after they have returned.
void TestWsReconnectionCalls::endOfAnotherThreadCancelsWhatIsAboutToBegin()
{
    QFETCH(const Action, wants);
    QFETCH(const Action, ends);
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    wants(*side.client());
    connect(side.client(), &WsConnection::closed, this, [&, isDone = false]() mutable {
        if (!std::exchange(isDone, true))
            std::thread([&] { ends(*side.client()); }).join();
    });
    answerClose(side);
    settle();
    QCOMPARE(side.state(), Ws::Closed);
    QVERIFY(!side.client()->active());
    pass(1min);
    QCOMPARE(side.state(), Ws::Closed);
}

void TestWsReconnectionCalls::endOfAnotherThreadIsNotForWhatIsOpenedLater_data()
{
    QTest::addColumn<Action>("ends");
    QTest::newRow("close()") << Action([](WsClient &client) { QVERIFY(client.close()); });
    QTest::newRow("abort()") << Action([](WsClient &client) { client.abort(); });
}

void TestWsReconnectionCalls::endOfAnotherThreadIsNotForWhatIsOpenedLater()
{
    QFETCH(const Action, ends);
    ReconnectingSide side;
    side.start();
    side.refuse();
    QVERIFY(side.isWaiting());
    std::thread([&] { ends(*side.client()); }).join();
    QVERIFY(side.client()->open(other));
    settle();
    QCOMPARE(side.state(), Ws::Connecting);
    QCOMPARE(side.wire->host, u"example.org"_s);
}

void TestWsReconnectionCalls::abortCancelsWhatASlotOfTheErrorOpens()
{
    ReconnectingSide side{WsReconnect()};
    connect(side.client(), &WsConnection::errorOccurred, this, [&] {
        QVERIFY(side.client()->open(other));
        side.client()->abort();
    });
    side.start();
    side.refuse();
    QCOMPARE(side.told(), u"active, Connecting, error Network, Closed, closed 1006 '' unclean, inactive"_s);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnectionCalls::endCancelsWhatASlotOfClosedWants()
{
    QFETCH(const Action, ends);
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    connect(side.client(), &WsConnection::closed, this, [&] {
        side.client()->setActive(true);
        ends(*side.client());
    });
    side.lose();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean, inactive"_s);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnectionCalls::activeWhileClosingOpensAgain()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    QVERIFY(side.client()->close());
    side.client()->setActive(true);
    QCOMPARE(side.state(), Ws::Closing);
    answerClose(side);
    QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean, Connecting"_s);
    side.accept();
    QVERIFY(side.client()->close()); // which is for good
    answerClose(side);
    QCOMPARE(side.openingCount, 2);
    QVERIFY(!side.client()->active());
}

// "Disconnect, and prepare another address."
void TestWsReconnectionCalls::urlAfterCloseIsForTheNextOpen()
{
    for (const bool reconnects : {false, true}) {
        ReconnectingSide side(reconnects ? enabled() : WsReconnect());
        QVERIFY(side.open());
        QVERIFY(side.client()->close());
        side.client()->setUrl(other);
        answerClose(side);
        QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean, inactive"_s);
        QCOMPARE(side.openingCount, 1);
        QCOMPARE(side.client()->url(), other);
        QVERIFY(side.client()->open());
        QCOMPARE(side.wire->host, u"example.org"_s);
    }
}

void TestWsReconnectionCalls::slotKeepsTheClientActive_data()
{
    QTest::addColumn<bool>("isOpen");
    QTest::newRow("open") << true;
    QTest::newRow("connecting") << false;
}

void TestWsReconnectionCalls::slotKeepsTheClientActive()
{
    QFETCH(const bool, isOpen);
    ReconnectingSide side;
    side.start();
    if (isOpen)
        side.accept();
    (void)side.told();
    callAt(side.client(), ActiveChanged, [&] { side.client()->setActive(true); });
    side.client()->setActive(false);
    settle();
    QCOMPARE(side.told(), u"inactive, active"_s);
    QCOMPARE(side.state(), isOpen ? Ws::Open : Ws::Connecting);
    side.client()->setActive(false);
    QVERIFY(side.state() != Ws::Open && side.state() != Ws::Connecting);
}

void TestWsReconnectionCalls::moveOfWhatASlotOfClosedHasOpened_data()
{
    QTest::addColumn<bool>("isInOpened");
    QTest::newRow("in opened()") << true;
    QTest::newRow("in stateChanged()") << false;
}

// As after a dialog in the slot that has shown the progress.
void TestWsReconnectionCalls::moveOfWhatASlotOfClosedHasOpened()
{
    QFETCH(const bool, isInOpened);
    ReconnectingSide side(queueing());
    QVERIFY(side.open());
    side.log.reset(); // it stays in this thread
    WsClient *const client = side.client();
    QThread thread;
    int openedCount = 0;
    connect(client, &WsConnection::opened, client, [&] { ++openedCount; });
    auto move = [&, isDone = false]() mutable {
        if (!std::exchange(isDone, true))
            client->moveToThread(&thread);
    };
    connect(client, &WsConnection::closed, client, [&] {
        if (isInOpened)
            connect(client, &WsConnection::opened, client, move);
        else
            connect(client, &WsConnection::stateChanged, client, [move](Ws::State state) mutable {
                if (state == Ws::Open)
                    move();
            });
        QVERIFY(client->open(other));
        QVERIFY(client->sendText("kept"));
        side.wire->connect();
        side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    });
    client->abort();
    settle();
    QCOMPARE(client->thread(), &thread);
    QVERIFY(visit(&thread, client));
    settle();
    QCOMPARE(side.state(), Ws::Open);
    QCOMPARE(openedCount, 1);
    QCOMPARE(side.sent(), u"text 'kept'"_s);
}

void TestWsReconnectionCalls::messagesWaitWhileAnotherUrlIsToBeOpened()
{
    ReconnectingSide side(queueing());
    QVERIFY(side.open());
    side.client()->setUrl(other);
    QVERIFY(side.client()->sendText("to the other"));
    answerClose(side);
    QCOMPARE(side.wire->host, u"example.org"_s);
    side.accept();
    QCOMPARE(side.sent(), u"text 'to the other'"_s);
    // The same after close(), if it is to be opened again.
    QVERIFY(side.client()->close());
    QVERIFY(!side.client()->sendText("refused"));
    side.client()->setActive(true);
    QVERIFY(side.client()->sendText("again"));
    (void)side.told();
    answerClose(side);
    QCOMPARE(side.told().count(u"lost"_s), 0);
    side.accept();
    QCOMPARE(side.sent(), u"text 'again'"_s);
}

// This thread sends to a client of another one, which becomes its own before it has got the message.
void TestWsReconnectionCalls::messageOnItsWayPrecedesTheCloseForAnotherUrl()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.log.reset(); // it stays in this thread
    WsClient *const client = side.client();
    QThread thread;
    client->moveToThread(&thread);
    const auto comeBack = [&] {
        client->moveToThread(QCoreApplication::instance()->thread());
        thread.quit();
    };
    QMetaObject::invokeMethod(client, comeBack, Qt::QueuedConnection);
    QVERIFY(client->sendText("on its way"));
    thread.start();
    QVERIFY(thread.wait(QDeadlineTimer(30s)));
    client->setUrl(other);
    settle();
    QCOMPARE(side.sent(), u"text 'on its way', close 1000 ''"_s);
    answerClose(side);
    QCOMPARE(side.wire->host, u"example.org"_s);
}

void TestWsReconnectionCalls::waitForOpenedWaitsForTheNextUrl()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setUrl(other);
    side.prepareWire = [&](FakeWire &wire) {
        wire.onWait = [&] {
            if (side.wire->isConnected)
                side.wire->feed(acceptanceOf(side.wire->takeWritten()));
            else
                side.wire->connect();
        };
    };
    side.wire->onWait = [&] {
        side.receive({closing(1000)});
        side.wire->end();
    };
    QVERIFY(side.client()->waitForOpened(QDeadlineTimer(1h)));
    QCOMPARE(side.wire->host, u"example.org"_s);
}

void TestWsReconnectionCalls::waitForOpenedSaysWhatIsMissing()
{
    ReconnectingSide side;
    const auto missing = [&] {
        return side.client()->waitForOpened(QDeadlineTimer(0)) ? u"nothing"_s : side.client()->errorString();
    };
    QCOMPARE(missing(), u"the client is closed"_s);
    side.start();
    QCOMPARE(missing(), u"the client is not open yet: it waits for the TCP connection to example.com:80"_s);
    side.refuse();
    QCOMPARE(missing(), u"Connection refused"_s);
    pass(500ms);
    side.wire->connect();
    QCOMPARE(missing(), u"the client is not open yet: it waits for the HTTP answer"_s);
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    QCOMPARE(missing(), u"nothing"_s);
    QCOMPARE(side.client()->errorString(), QString());
    side.receive({closing(1001)});
    side.wire->end();
    settle();
    QVERIFY(side.isWaiting());
    QCOMPARE(missing(), u"the client waits for its next attempt"_s);
    pass(1s);
    side.accept();
    side.client()->setUrl(other);
    QCOMPARE(missing(), u"the connection is still closing"_s);
}

void TestWsReconnectionCalls::urlThatASlotOpensInsteadIsNotBlamed()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    (void)side.told();
    connect(side.client(), &WsClient::activeChanged, this, [&] {
        if (!side.client()->active())
            QVERIFY(side.client()->open(other));
    });
    side.client()->setUrl(QUrl(u"ftp://example.org"_s));
    QCOMPARE(side.told(), u"inactive, active, Connecting"_s);
    QCOMPARE(side.wire->host, u"example.org"_s);
}

// --- the beginning

void TestWsReconnectionCalls::endInASlotOfABeginning_data()
{
    QTest::addColumn<Beginning>("signal");
    QTest::addColumn<Action>("ends");
    QTest::addColumn<bool>("isByProperty");
    const QList<QPair<const char *, Action>> calls = {
        {"close()", [](WsClient &client) { QVERIFY(client.close()); }},
        {"abort()", [](WsClient &client) { client.abort(); }},
        {"active", [](WsClient &client) { client.setActive(false); }}};
    for (const auto &[name, call] : calls) {
        QTest::addRow("%s, urlChanged", name) << UrlChanged << call << false;
        QTest::addRow("%s, activeChanged", name) << ActiveChanged << call << false;
        QTest::addRow("%s, reconnectAttemptChanged", name) << AttemptChanged << call << false;
        QTest::addRow("%s, activeChanged of active", name) << ActiveChanged << call << true;
    }
}

void TestWsReconnectionCalls::endInASlotOfABeginning()
{
    QFETCH(const Beginning, signal);
    QFETCH(const Action, ends);
    QFETCH(const bool, isByProperty);
    ReconnectingSide side;
    if (signal == AttemptChanged) { // it changes if another URL is opened while the client waits
        side.start();
        side.refuse();
        (void)side.told();
    }
    const int before = side.openingCount;
    callAt(side.client(), signal, [&] { ends(*side.client()); });
    if (isByProperty) {
        side.client()->setUrl(other);
        side.client()->setActive(true);
    } else {
        QVERIFY(!side.client()->open(other));
        QVERIFY2(side.client()->errorString().contains(u"slot"_s), qPrintable(side.client()->errorString()));
    }
    settle();
    QVERIFY(!side.client()->active());
    QCOMPARE(side.state(), Ws::Closed);
    QVERIFY(!side.isWaiting());
    QVERIFY(!side.told().contains(u"error"_s));
    pass(1h);
    QCOMPARE(side.openingCount, before);
    QVERIFY(side.client()->open(QUrl(u"ws://example.net"_s)));
    QCOMPARE(side.wire->host, u"example.net"_s);
}

void TestWsReconnectionCalls::messagesOfABeginningThatEndsAreLost()
{
    ReconnectingSide side(queueing());
    callAt(side.client(), ActiveChanged, [&] {
        QVERIFY(side.client()->sendText("kept"));
        side.client()->close();
    });
    QVERIFY(!side.client()->open(other));
    QCOMPARE(side.told(), u"active, lost 1, inactive"_s);
    QCOMPARE(side.client()->bufferedAmount(), 0);
}

void TestWsReconnectionCalls::moveInASlotOfABeginning_data()
{
    QTest::addColumn<Beginning>("signal");
    QTest::addColumn<WsReconnect>("reconnect");
    const QList<QPair<const char *, WsReconnect>> settings = {{"once", WsReconnect()}, {"again", enabled()}};
    for (const auto &[name, reconnect] : settings) {
        QTest::addRow("urlChanged, %s", name) << UrlChanged << reconnect;
        QTest::addRow("activeChanged, %s", name) << ActiveChanged << reconnect;
    }
}

void TestWsReconnectionCalls::moveInASlotOfABeginning()
{
    QFETCH(const Beginning, signal);
    QFETCH(const WsReconnect, reconnect);
    ReconnectingSide side(reconnect);
    side.log.reset(); // it stays in this thread
    WsClient *const client = side.client();
    QThread thread;
    QStringList told;
    callAt(client, signal, [&] { client->moveToThread(&thread); });
    connect(client, &WsConnection::stateChanged, client, [&](Ws::State state) {
        told.append(nameOfValue(state));
        client->moveToThread(QCoreApplication::instance()->thread());
        thread.quit();
    });
    QVERIFY(client->open(other));
    thread.start();
    const bool hasEnded = thread.wait(QDeadlineTimer(30s));
    thread.quit();
    thread.wait();
    if (client->thread() != QThread::currentThread()) // a failure
        side.connection.clear();
    QVERIFY(hasEnded);
    settle();
    QVERIFY(client->active());
    QCOMPARE(side.state(), Ws::Connecting);
    QCOMPARE(client->url(), other);
    QCOMPARE(told, QStringList{u"Connecting"_s});
    QCOMPARE(side.openingCount, 1);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(side.state(), Ws::Open);
}

void TestWsReconnectionCalls::urlOfASlotOfABeginningIsOpened()
{
    ReconnectingSide side{WsReconnect()};
    callAt(side.client(), ActiveChanged, [&] { side.client()->setUrl(other); });
    side.start();
    QCOMPARE(side.wire->host, u"example.org"_s);
    QCOMPARE(side.client()->url(), other);
    QCOMPARE(side.openingCount, 1);
}

#include "tst_wsreconnection_calls.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsReconnectionCalls)
