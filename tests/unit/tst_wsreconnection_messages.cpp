// SPDX-License-Identifier: MIT

// What becomes of messages while a client reconnects: those that it sends, and those that are awaited.

#include "reconnectiontesting.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qjsonobject.h>
#include <QtCore/qthread.h>

#include <thread>

using namespace ReconnectionTesting;

namespace {
// Runs \a action in another thread, to its end.
template <typename Action>
void elsewhere(Action action)
{
    std::thread thread(action);
    thread.join();
}

// The pong to the last ping that was sent.
Frame pongTo(const QString &sent)
{
    return pong(sent.section(u'\'', -2, -2).toUtf8());
}
} // namespace

class TestWsReconnectionMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesAreRefusedWhileAway();
    void messagesWaitAndLeaveInOrder();
    void everyKindOfMessageWaits();
    void messagesWaitForTheFirstOpeningToo();
    void pingsAndStreamsDoNotWait();
    void slotsOfOpenedAreFirst();
    void slotsOfOpenedAreFirstAfterAMove();
    void messageThatArrivesInASlotOfOpenedDoesNotOvertake();
    void messageOfASlotDoesNotOvertake();
    void limitHolds();
    void manyEmptyMessagesAreNoFlood();
    void bufferedAmountChangesAreReported();
    void borrowedTextIsCopied();
    void messagesOfOtherThreadsWait();
    void messageOnItsWayWhenTheConnectionBreaksIsKept();
    void messageOnItsWayWhenTheConnectionBreaksIsCounted();
    void keptMessagesAreLostIfTheClientGivesUp();
    void keptMessagesAreLostIfTheProgramCloses();
    void keptMessagesAreForgottenIfTheProgramAborts();
    void keptMessagesGoToTheNextUrl();
    void unconfirmedMessagesAreReported();
    void messagesBeforeAnAnsweredPingHaveArrived();
    void messageBehindAnUnfinishedOneIsNotConfirmedByAPingThatPassedIt();
    void manyEqualPingsConfirmNoMoreThanTheirOwn();
    void completedClosingLosesNothing();
    void closingOfThePeerMayLoseMessages();
    void abortIsNoLoss();
    void lossIsReportedWithoutReconnectionToo();
    void receiveWaitsForTheNextConnection();
    void receiveEndsIfTheClientGivesUp();
    void receiveEndsWithItsConnection();
};

void TestWsReconnectionMessages::messagesAreRefusedWhileAway()
{
    ReconnectingSide side;
    side.start();
    QVERIFY(!side.client()->sendText("early"));
    side.refuse();
    QVERIFY(!side.client()->sendText("late"));
    QCOMPARE(side.client()->errorString(), u"the connection is not open"_s);
    bool isAccepted = true;
    elsewhere([&] { isAccepted = side.client()->sendText("elsewhere"); });
    QVERIFY(!isAccepted);
}

void TestWsReconnectionMessages::messagesWaitAndLeaveInOrder()
{
    ReconnectingSide side(queueing());
    QVERIFY(side.open());
    side.lose();
    QVERIFY(side.client()->sendText("1"));
    QVERIFY(side.client()->sendText("2"));
    QVERIFY(side.client()->bufferedAmount() > 2);
    pass(500ms);
    QVERIFY(side.client()->sendText("3"));
    side.refuse();
    QVERIFY(side.client()->sendText("4"));
    pass(1s);
    (void)side.told();
    side.accept();
    QCOMPARE(side.sent(), u"text '1', text '2', text '3', text '4'"_s);
    QCOMPARE(side.told(), u"Open, opened, reconnected"_s);
    QCOMPARE(side.client()->bufferedAmount(), 0);
    QCOMPARE(side.client()->statistics().messagesSent, 4);
    QVERIFY(side.client()->sendText("5"));
    settle();
    QCOMPARE(side.sent(), u"text '5'"_s);
}

void TestWsReconnectionMessages::everyKindOfMessageWaits()
{
    ReconnectingSide side(queueing());
    side.start();
    QVERIFY(side.client()->sendText(u"ü"_s));
    QVERIFY(side.client()->sendBinary("binary"));
    QVERIFY(side.client()->sendJson(QJsonObject{{u"a"_s, 1}}));
    QVERIFY(side.client()->send(WsPreparedMessage::text("prepared")));
    QVERIFY(side.client()->send(WsMessage::text(u"message"_s)));
    QVERIFY(side.client()->send(Ws::Binary, QByteArrayView("view")));
    QVERIFY(side.client()->sendFragments(Ws::Text, {"one ", "two"}));
    QVERIFY(side.client()->sendText(""));
    side.accept();
    QCOMPARE(side.sent(), u"text 'ü', binary 'binary', text '{\"a\":1}', text 'prepared', text 'message', "
                          "binary 'view', text 'one ', continuation 'two', text ''"_s);
}

void TestWsReconnectionMessages::messagesWaitForTheFirstOpeningToo()
{
    ReconnectingSide side(queueing());
    QVERIFY(!side.client()->sendText("nobody has opened it"));
    side.start();
    QVERIFY(side.client()->sendText("first"));
    side.accept();
    QCOMPARE(side.sent(), u"text 'first'"_s);
}

void TestWsReconnectionMessages::pingsAndStreamsDoNotWait()
{
    ReconnectingSide side(queueing());
    side.start();
    QVERIFY(!side.client()->ping("p"));
    QVERIFY(!side.client()->pong("p"));
    QVERIFY(!side.client()->openMessage(Ws::Text));
    bool isAccepted = true;
    elsewhere([&] { isAccepted = side.client()->ping("p"); });
    QVERIFY(!isAccepted);
    side.accept();
    QVERIFY(side.sent().isEmpty());
}

void TestWsReconnectionMessages::slotsOfOpenedAreFirst()
{
    ReconnectingSide side(queueing());
    side.start();
    QVERIFY(side.client()->sendText("kept"));
    connect(side.client(), &WsConnection::opened, this, [&] { side.client()->sendText("log in"); });
    connect(side.client(), &WsClient::reconnected, this, [&] { side.client()->sendText("back"); });
    side.refuse();
    pass(500ms);
    side.accept();
    QCOMPARE(side.sent(), u"text 'log in', text 'kept', text 'back'"_s);
}

// A slot of the last message that was kept has moved the client.
void TestWsReconnectionMessages::slotsOfOpenedAreFirstAfterAMove()
{
    ReconnectingSide side(queueing());
    side.log.reset(); // it stays in this thread
    WsClient *const client = side.client();
    QThread thread;
    connect(client, &WsConnection::messageSent, client, [&] {
        client->disconnect(client);
        client->moveToThread(&thread);
    });
    side.start();
    QVERIFY(client->sendText("1"));
    side.accept();
    QCOMPARE(client->thread(), &thread);
    QVERIFY(visit(&thread, client));
    settle();
    QCOMPARE(side.sent(), u"text '1'"_s);
    side.lose();
    QVERIFY(client->sendText("3"));
    connect(client, &WsConnection::opened, client, [&] { QVERIFY(client->sendText("2")); });
    pass(500ms);
    side.accept();
    QCOMPARE(side.sent(), u"text '2', text '3'"_s);
}

void TestWsReconnectionMessages::messageThatArrivesInASlotOfOpenedDoesNotOvertake()
{
    ReconnectingSide side(queueing());
    side.start();
    settle();
    QVERIFY(side.client()->sendText("1"));
    connect(side.client(), &WsConnection::opened, this, [&] {
        elsewhere([&] { side.client()->sendText("2"); });
        settle(); // as an event loop of the slot's own does
    });
    side.accept();
    QCOMPARE(side.sent(), u"text '1', text '2'"_s);
}

void TestWsReconnectionMessages::messageOfASlotDoesNotOvertake()
{
    ReconnectingSide side(queueing());
    side.start();
    for (const auto text : {"1", "2", "3"})
        QVERIFY(side.client()->sendText(text));
    bool isFirst = true;
    connect(side.client(), &WsConnection::messageSent, this, [&] {
        if (std::exchange(isFirst, false))
            side.client()->sendText("4");
    });
    side.accept();
    QCOMPARE(side.sent(), u"text '1', text '2', text '3', text '4'"_s);
}

void TestWsReconnectionMessages::limitHolds()
{
    WsOptions options;
    options.setMaxBufferedAmount(10'000);
    ReconnectingSide side(queueing(), options);
    side.start();
    QVERIFY(!side.client()->sendBinary(QByteArray(10'000, 'x')));
    QCOMPARE(side.client()->errorString(), u"more than maxBufferedAmount would be buffered"_s);
    QVERIFY(side.client()->sendBinary(QByteArray(6'000, 'x')));
    QVERIFY(!side.client()->sendBinary(QByteArray(6'000, 'x')));
    bool isAccepted = true;
    elsewhere([&] { isAccepted = side.client()->sendBinary(QByteArray(6'000, 'x')); });
    QVERIFY(!isAccepted);
    QVERIFY(side.client()->bufferedAmount() >= 6'000);
    QVERIFY(side.client()->bufferedAmount() <= 10'000);
    side.client()->close();
    settle();
    QCOMPARE(side.client()->bufferedAmount(), 0);
}

void TestWsReconnectionMessages::manyEmptyMessagesAreNoFlood()
{
    WsOptions options;
    options.setMaxBufferedAmount(100'000);
    ReconnectingSide side(queueing(), options);
    side.start();
    int count = 0;
    while (count < 100'000 && side.client()->sendText(""))
        ++count;
    QVERIFY(count < 2'000);
}

void TestWsReconnectionMessages::bufferedAmountChangesAreReported()
{
    ReconnectingSide side(queueing());
    QList<qint64> amounts;
    connect(side.client(), &WsConnection::bufferedAmountChanged, this,
            [&](qint64 amount) { amounts.append(amount); });
    side.start();
    side.client()->sendText("1");
    side.client()->sendText("2");
    settle();
    QCOMPARE(amounts, QList<qint64>({side.client()->bufferedAmount()}));
    side.accept();
    QCOMPARE(amounts.last(), 0);
    side.lose();
    side.client()->sendText("3");
    settle();
    QVERIFY(amounts.last() > 0);
    side.client()->close();
    settle();
    QCOMPARE(amounts.last(), 0);
}

void TestWsReconnectionMessages::borrowedTextIsCopied()
{
    ReconnectingSide side(queueing());
    side.start();
    QByteArray buffer = "before";
    QVERIFY(side.client()->send(Ws::Text, QByteArrayView(buffer)));
    QVERIFY(side.client()->sendText(QUtf8StringView(buffer.constData(), buffer.size())));
    std::fill(buffer.begin(), buffer.end(), '!');
    side.accept();
    QCOMPARE(side.sent(), u"text 'before', text 'before'"_s);
}

void TestWsReconnectionMessages::messagesOfOtherThreadsWait()
{
    ReconnectingSide side(queueing());
    QVERIFY(side.open());
    side.lose();
    QVERIFY(side.client()->sendText("1"));
    elsewhere([&] {
        side.client()->sendText("2");
        side.client()->sendFragments(Ws::Text, {"3", "4"});
        side.client()->send(WsPreparedMessage::text("5"));
    });
    settle();
    pass(500ms);
    side.accept();
    QCOMPARE(side.sent(), u"text '1', text '2', text '3', continuation '4', text '5'"_s);
}

void TestWsReconnectionMessages::messageOnItsWayWhenTheConnectionBreaksIsKept()
{
    ReconnectingSide side(queueing());
    QVERIFY(side.open());
    elsewhere([&] { QVERIFY(side.client()->sendText("on its way")); });
    side.lose();
    QVERIFY(!side.told().contains(u"lost"_s));
    pass(500ms);
    side.accept();
    QCOMPARE(side.sent(), u"text 'on its way'"_s);
}

void TestWsReconnectionMessages::messageOnItsWayWhenTheConnectionBreaksIsCounted()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("sent");
    settle();
    elsewhere([&] {
        QVERIFY(side.client()->sendText("on its way"));
        QVERIFY(side.client()->sendText("on its way"));
        QVERIFY(side.client()->ping("which is no message"));
    });
    side.lose();
    QCOMPARE(side.told(),
             u"error Network, lost 1, Closed, closed 1006 '' unclean, reconnecting 1 500, lost 2"_s);
}

void TestWsReconnectionMessages::keptMessagesAreLostIfTheClientGivesUp()
{
    ReconnectingSide side(queueing());
    side.start();
    side.client()->sendText("1");
    side.refuse();
    side.client()->sendText("2");
    pass(500ms);
    (void)side.told();
    side.answer("403 Forbidden");
    QCOMPARE(side.told(), u"error Handshake, Closed, closed 1006 '' unclean, lost 2, inactive"_s);
    QCOMPARE(side.client()->bufferedAmount(), 0);
    QVERIFY(!side.client()->sendText("3"));
}

void TestWsReconnectionMessages::keptMessagesAreLostIfTheProgramCloses()
{
    ReconnectingSide side(queueing());
    side.start();
    side.refuse();
    side.client()->sendText("1");
    (void)side.told();
    side.client()->close();
    QCOMPARE(side.told(), u"lost 1, inactive"_s);
    side.start();
    side.client()->sendText("2");
    (void)side.told();
    side.client()->close();
    QCOMPARE(side.told(), u"lost 1, Closed, closed 1006 '' unclean, inactive"_s);
}

void TestWsReconnectionMessages::keptMessagesAreForgottenIfTheProgramAborts()
{
    ReconnectingSide side(queueing());
    side.start();
    side.refuse();
    side.client()->sendText("1");
    (void)side.told();
    side.client()->abort();
    QCOMPARE(side.told(), u"inactive"_s);
    QCOMPARE(side.client()->bufferedAmount(), 0);
    side.start();
    side.accept();
    QVERIFY(side.sent().isEmpty());
}

void TestWsReconnectionMessages::keptMessagesGoToTheNextUrl()
{
    ReconnectingSide side(queueing());
    side.start();
    side.client()->sendText("1");
    side.client()->setUrl(QUrl(u"ws://example.org"_s));
    settle();
    side.refuse();
    side.client()->sendText("2");
    side.client()->setUrl(QUrl(u"ws://example.net"_s));
    side.accept();
    QCOMPARE(side.wire->host, u"example.net"_s);
    QCOMPARE(side.sent(), u"text '1', text '2'"_s);
}

void TestWsReconnectionMessages::unconfirmedMessagesAreReported()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    side.client()->sendFragments(Ws::Text, {"2", "2"});
    const QPointer<WsMessageStream> stream = side.client()->openMessage(Ws::Text);
    stream->write("3");
    stream->close();
    settle();
    QVERIFY(side.client()->openMessage(Ws::Text)->write("never finished") > 0);
    side.client()->sendText("4"); // which waits behind it
    settle();
    side.lose();
    QCOMPARE(side.told(), u"error Network, lost 4, Closed, closed 1006 '' unclean, reconnecting 1 500"_s);
    // They are not sent again.
    pass(500ms);
    side.accept();
    QVERIFY(side.sent().isEmpty());
    side.lose();
    QVERIFY(!side.told().contains(u"lost"_s));
}

void TestWsReconnectionMessages::messagesBeforeAnAnsweredPingHaveArrived()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    side.client()->sendText("2");
    settle();
    (void)side.sent();
    pass(20s); // the keep-alive ping
    const QString ping = side.sent();
    QVERIFY(ping.startsWith(u"ping"_s));
    side.client()->sendText("3");
    settle();
    side.receive({pongTo(ping)});
    side.client()->ping("own");
    side.client()->sendText("4");
    settle();
    side.receive({pong("own"), pong("of nothing")});
    (void)side.told();
    side.lose();
    QCOMPARE(side.told().section(u", "_s, 1, 1), u"lost 1"_s);
}

void TestWsReconnectionMessages::messageBehindAnUnfinishedOneIsNotConfirmedByAPingThatPassedIt()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    WsMessageStream *const stream = side.client()->openMessage(Ws::Text);
    stream->write("a");
    settle();
    side.client()->sendText("2");
    side.client()->ping("p");
    settle();
    side.receive({pong("p")});
    stream->close();
    settle();
    QCOMPARE(side.sent(), u"text '1', text 'a', ping 'p', continuation '', text '2'"_s);
    (void)side.told();
    side.lose();
    QCOMPARE(side.told().section(u", "_s, 1, 1), u"lost 2"_s);
}

// More than are remembered; the peer answers only the first.
void TestWsReconnectionMessages::manyEqualPingsConfirmNoMoreThanTheirOwn()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    for (int i = 0; i < 100; ++i) {
        side.client()->sendText("message");
        side.client()->ping();
    }
    settle();
    side.receive({pong("")});
    (void)side.told();
    side.lose();
    QCOMPARE(side.told().section(u", "_s, 1, 1), u"lost 99"_s);
}

void TestWsReconnectionMessages::completedClosingLosesNothing()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    side.client()->close();
    settle();
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean, inactive"_s);
    // A message behind one that will never be finished is not sent.
    QVERIFY(side.open());
    QVERIFY(side.client()->openMessage(Ws::Text)->write("never finished") > 0);
    side.client()->sendText("2");
    settle();
    side.client()->close();
    settle();
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closing, lost 1, Closed, closed 1000 '' clean, inactive"_s);
}

void TestWsReconnectionMessages::closingOfThePeerMayLoseMessages()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    settle();
    side.receive({closing(1001)});
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closing, lost 1, Closed, closed 1001 '' clean, reconnecting 1 500"_s);
}

void TestWsReconnectionMessages::abortIsNoLoss()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.client()->sendText("1");
    settle();
    elsewhere([&] { side.client()->sendText("on its way"); });
    side.client()->abort();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean, inactive"_s);
}

void TestWsReconnectionMessages::lossIsReportedWithoutReconnectionToo()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->sendText("1");
    settle();
    side.lose();
    QCOMPARE(side.told(), u"error Network, lost 1, Closed, closed 1006 '' unclean, inactive"_s);
}

void TestWsReconnectionMessages::receiveWaitsForTheNextConnection()
{
    ReconnectingSide side;
    side.start();
    const auto early = side.client()->receive();
    side.refuse();
    const auto between = side.client()->receive();
    pass(500ms);
    side.refuse();
    QVERIFY(!early.isFinished());
    QVERIFY(!between.isFinished());
    pass(1s);
    side.accept();
    side.receive({text("1"), text("2")});
    settle();
    QVERIFY(early.isFinished() && between.isFinished());
    QCOMPARE(early.result()->text(), u"1"_s);
    QCOMPARE(between.result()->text(), u"2"_s);
}

void TestWsReconnectionMessages::receiveEndsIfTheClientGivesUp()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    const auto stopped = side.client()->receive();
    QVERIFY(!stopped.isFinished());
    side.client()->close();
    QVERIFY(stopped.isFinished());
    QVERIFY(!stopped.result());
    side.start();
    side.refuse();
    const auto givenUp = side.client()->receive();
    pass(500ms);
    side.answer("403 Forbidden");
    QVERIFY(givenUp.isFinished());
    QVERIFY(!givenUp.result());
    QVERIFY(side.client()->receive().isFinished());
}

void TestWsReconnectionMessages::receiveEndsWithItsConnection()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    const auto message = side.client()->receive();
    side.lose();
    QVERIFY(side.isWaiting());
    QVERIFY(message.isFinished());
    QVERIFY(!message.result());
}

#include "../testprogram.h"
WSKIT_TEST(TestWsReconnectionMessages)
#include "tst_wsreconnection_messages.moc"
