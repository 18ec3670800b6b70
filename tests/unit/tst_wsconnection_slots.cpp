// SPDX-License-Identifier: MIT

// Slots and continuations that run an event loop, or that are called at moments at which little is expected
// of them.

#include <WsKit/WsConnection>
#include <WsKit/WsMessageStream>

#include "connectiontesting.h"
#include "loglines.h"

#include <QtCore/qthread.h>

#include <atomic>

using namespace ConnectionTesting;

class TestWsConnectionSlots : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openingIsReportedOnceToASlotThatRunsALoop();
    void endIsReportedOnceToASlotThatRunsALoop();
    void messageIsReportedOnceToASlotThatRunsALoop();
    void transportIsReleasedBeforeContinuationsOfADeletedConnection_data() { addRoles(); }
    void transportIsReleasedBeforeContinuationsOfADeletedConnection();
    void messagesReadAheadAreTakenAfterThoseThatWaited_data() { addRoles(); }
    void messagesReadAheadAreTakenAfterThoseThatWaited();
    void unreadStreamGetsNothingOfTheNextMessage_data() { addRoles(); }
    void unreadStreamGetsNothingOfTheNextMessage();
    void messagesTakenAfterCloseHaveNoHoles_data() { addRoles(); }
    void messagesTakenAfterCloseHaveNoHoles();
    void messagesAfterASlotThatClosesAndRunsALoopHaveNoHoles_data() { addRoles(); }
    void messagesAfterASlotThatClosesAndRunsALoopHaveNoHoles();
    void drainedComesOnceEnoughIsGone_data() { addRoles(); }
    void drainedComesOnceEnoughIsGone();
    void textOfAnEndedConnectionDoesNotFollowItToAnotherThread();
    void receiveDuringTheEndIsAnsweredAtOnce_data() { addRoles(); }
    void receiveDuringTheEndIsAnsweredAtOnce();
    void lastServerIsForgotten();
    void lastServerIsForgottenInASlotThatAborts();
    void lastServerIsForgottenInASlotThatMoves();

private:
    static void addRoles()
    {
        QTest::addColumn<WsRole>("role");
        for (const WsRole role : BothRoles)
            addRow(role, {});
    }
    static void runLoopAt(const Side &side, Ws::State at)
    {
        QObject::connect(side.connection, &WsConnection::stateChanged, side.connection,
                         [at](Ws::State state) {
                             if (state == at)
                                 QCoreApplication::processEvents();
                         });
    }
};

// A client that was created in this turn of the event loop.
void TestWsConnectionSlots::openingIsReportedOnceToASlotThatRunsALoop()
{
    Side side(WsRole::Client);
    runLoopAt(side, Ws::Open);
    side.start();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(side.told(), u"Connecting, Open, opened"_s);
}

void TestWsConnectionSlots::endIsReportedOnceToASlotThatRunsALoop()
{
    Side side(WsRole::Client);
    runLoopAt(side, Ws::Closed);
    side.start();
    side.connection->abort();
    settle();
    QCOMPARE(side.told(), u"Connecting, Closed, closed 1006 '' unclean"_s);
}

void TestWsConnectionSlots::messageIsReportedOnceToASlotThatRunsALoop()
{
    Side side(WsRole::Client);
    QStringList texts;
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [] { QCoreApplication::processEvents(); });
    QObject::connect(side.connection, &WsConnection::textMessageReceived, side.connection,
                     [&](const QString &text) { texts.append(text); });
    side.start();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()) + fromPeerOf(WsRole::Client, {text("a")}));
    settle();
    QCOMPARE(texts, QStringList{u"a"_s});
}

// They may run an event loop, in which nothing may reach what is left of the connection.
void TestWsConnectionSlots::transportIsReleasedBeforeContinuationsOfADeletedConnection()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    int calls = 0;
    bool wasKept = true;
    side.connection->receive().then([&](const std::optional<WsMessage> &) {
        ++calls;
        wasKept = side.wire->isKept();
        side.receive({text("late")});
        QCoreApplication::processEvents();
    });
    side.remove();
    QCOMPARE(calls, 1);
    QVERIFY(!wasKept);
    pass(1h);
}

// Both those that wait to be taken and those that were read ahead in a pause are as many as there may be.
void TestWsConnectionSlots::messagesReadAheadAreTakenAfterThoseThatWaited()
{
    QFETCH(const WsRole, role);
    constexpr int Count = 200;
    WsOptions options;
    options.setHighWaterMark(10000);
    Side side(role, options);
    side.prepareWire = [](FakeWire &wire) { wire.chunk = 1000; };
    QVERIFY(side.open());
    QCOMPARE(side.take(), u"none"_s); // gets the first message when it comes
    side.receive(Frames(Count / 4, binary(QByteArray(100, 'a'))));
    settle();
    side.connection->setPaused(true);
    side.receive(Frames(Count - Count / 4, binary(QByteArray(100, 'a'))));
    settle();
    side.connection->setPaused(false);
    settle();
    int taken = 1;
    for (int i = 0; i < Count; ++i) {
        if (side.connection->receive().isFinished())
            ++taken;
        settle();
    }
    QCOMPARE(taken, Count);
}

// The connection has closed, so nothing holds up the messages that still arrive while a slot hears of it.
void TestWsConnectionSlots::unreadStreamGetsNothingOfTheNextMessage()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->setBinaryType(Ws::Stream);
    QPointer<WsMessageStream> stream;
    QObject::connect(side.connection, &WsConnection::messageStarted, side.connection,
                     [&](WsMessageStream *started) { stream = started; });
    QObject::connect(side.connection, &WsConnection::stateChanged, side.connection, [&side](Ws::State state) {
        if (state != Ws::Closing)
            return;
        QCoreApplication::processEvents();
        side.receive({binary("second")});
    });
    side.receive({binary("first")});
    settle();
    side.connection->close();
    settle();
    QVERIFY(stream);
    QCOMPARE(stream->readAll(), QByteArray("first"));
}

namespace {
Frames numbered(int from, int to)
{
    Frames frames;
    for (int i = from; i < to; ++i)
        frames.append(text(QByteArray::number(i).rightJustified(100, ' ')));
    return frames;
}

// How many there are, or -1 if they are not the first ones.
int beginningOf(const QStringList &texts)
{
    for (int i = 0; i < texts.size(); ++i) {
        if (texts.at(i).trimmed() != QString::number(i))
            return -1;
    }
    return int(texts.size());
}
} // namespace

void TestWsConnectionSlots::messagesTakenAfterCloseHaveNoHoles()
{
    QFETCH(const WsRole, role);
    const LogLines log("wskit.net");
    WsOptions options;
    options.setHighWaterMark(1000);
    Side side(role, options);
    QVERIFY(side.open());
    side.connection->receive().cancel();
    side.connection->close();
    settle();
    side.receive(numbered(0, 50));
    settle();
    QStringList taken;
    for (int i = 0; i < 3; ++i)
        taken.append(side.take());
    side.receive(numbered(50, 100)); // for which there is some room again
    side.receive({closing(1000)});
    QString next = side.take();
    while (next != u"none") {
        taken.append(next);
        next = side.take();
    }
    QVERIFY(beginningOf(taken) >= 3);
    QVERIFY(beginningOf(taken) < 50);
    QCOMPARE(LogLines::all().filter(u"dropped"_s).size(), 1);
}

void TestWsConnectionSlots::messagesAfterASlotThatClosesAndRunsALoopHaveNoHoles()
{
    QFETCH(const WsRole, role);
    WsOptions options;
    options.setHighWaterMark(1000);
    Side side(role, options);
    QVERIFY(side.open());
    QStringList texts;
    QObject::connect(side.connection, &WsConnection::textMessageReceived, side.connection,
                     [&](const QString &text) {
                         texts.append(text);
                         if (texts.size() == 1) {
                             side.connection->close();
                             side.wire->unread += fromPeerOf(role, numbered(1, 50));
                             QCoreApplication::processEvents();
                         }
                         if (texts.size() == 3) { // when there is some room again
                             side.wire->unread += fromPeerOf(role, numbered(50, 100));
                             QCoreApplication::processEvents();
                         }
                     });
    side.receive(numbered(0, 1));
    settle();
    side.receive(numbered(100, 110));
    settle();
    QVERIFY(beginningOf(texts) >= 3);
    QVERIFY(beginningOf(texts) < 50);
}

void TestWsConnectionSlots::drainedComesOnceEnoughIsGone()
{
    QFETCH(const WsRole, role);
    WsOptions options;
    options.setHighWaterMark(1000);
    Side side(role, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    QVERIFY(side.connection->sendBinary(QByteArray(1500, 'a')));
    settle();
    QObject::connect(side.connection, &WsConnection::bytesWritten, side.connection,
                     [&, isSent = false]() mutable {
                         if (!std::exchange(isSent, true))
                             side.connection->sendBinary(QByteArray(2000, 'b'));
                     });
    QList<qint64> amounts;
    QObject::connect(side.connection, &WsConnection::drained, side.connection,
                     [&] { amounts.append(side.connection->bufferedAmount()); });
    side.wire->take(1200);
    settle();
    QCOMPARE(amounts, QList<qint64>());
    side.wire->takeAll();
    settle();
    QCOMPARE(amounts, QList<qint64>{0});
}

void TestWsConnectionSlots::textOfAnEndedConnectionDoesNotFollowItToAnotherThread()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QThread thread;
    thread.start();
    std::atomic<int> texts{0};
    QObject::connect(side.connection, &WsConnection::messageReceived, &thread, [&] {
        side.connection->abort();
        side.connection->moveToThread(&thread);
    });
    QObject::connect(
        side.connection, &WsConnection::textMessageReceived, side.connection, [&] { ++texts; },
        Qt::DirectConnection);
    side.receive({text("a")});
    QThread *const own = QThread::currentThread();
    // After the one that tells the connection that it has arrived.
    QMetaObject::invokeMethod(
        side.connection, [&] { side.connection->moveToThread(own); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
    settle();
    QCOMPARE(texts.load(), 0);
}

// In a slot of pausedChanged(), for example, by a loop of a coroutine that goes on after the pause.
void TestWsConnectionSlots::receiveDuringTheEndIsAnsweredAtOnce()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->setPaused(true);
    QFuture<std::optional<WsMessage>> message;
    QObject::connect(side.connection, &WsConnection::pausedChanged, side.connection,
                     [&] { message = side.connection->receive(); });
    bool isAnswered = false;
    QObject::connect(side.connection, &WsConnection::closed, side.connection,
                     [&] { isAnswered = message.isFinished() && !message.result(); });
    side.connection->abort();
    QVERIFY(isAnswered);
}

// An attempt may not reach any.
void TestWsConnectionSlots::lastServerIsForgotten()
{
    Side side(WsRole::Client);
    side.client()->setSubprotocols({u"chat"_s});
    QVERIFY(side.open("Sec-WebSocket-Protocol: chat\r\n"));
    side.wire->reset();
    settle();
    QVERIFY(!side.connection->peerAddress().isNull());
    QCOMPARE(side.connection->subprotocol(), u"chat"_s);
    QStringList told;
    QObject::connect(side.connection, &WsConnection::stateChanged, side.connection, [&](Ws::State state) {
        const bool isForgotten = side.connection->peerAddress().isNull()
                                 && side.connection->peerPort() == 0
                                 && side.connection->localAddress().isNull();
        told.append(nameOfValue(state) + (isForgotten ? u" forgotten"_s : QString()));
    });
    QObject::connect(side.connection, &WsConnection::subprotocolChanged, side.connection,
                     [&](const QString &subprotocol) { told.append(u'\'' + subprotocol + u'\''); });
    side.start();
    side.wire->reset();
    settle();
    QCOMPARE(told.join(u", "), u"Connecting forgotten, '', Closed forgotten"_s);
    QCOMPARE(side.connection->subprotocol(), QString());
    told.clear();
    QVERIFY(side.open("Sec-WebSocket-Protocol: chat\r\n"));
    QCOMPARE(told.join(u", "), u"Connecting forgotten, 'chat', Open"_s);
}

void TestWsConnectionSlots::lastServerIsForgottenInASlotThatAborts()
{
    Side side(WsRole::Client);
    side.client()->setSubprotocols({u"chat"_s});
    QVERIFY(side.open("Sec-WebSocket-Protocol: chat\r\n"));
    side.wire->reset();
    settle();
    side.log->all.clear();
    QSignalSpy changed(side.connection, &WsConnection::subprotocolChanged);
    QObject::connect(side.connection, &WsConnection::stateChanged, side.connection, [&](Ws::State state) {
        if (state == Ws::Connecting)
            side.connection->abort();
    });
    side.start();
    settle();
    QCOMPARE(side.told(), u"Connecting, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(side.connection->subprotocol(), QString());
}

void TestWsConnectionSlots::lastServerIsForgottenInASlotThatMoves()
{
    Side side(WsRole::Client);
    side.client()->setSubprotocols({u"chat"_s});
    QVERIFY(side.open("Sec-WebSocket-Protocol: chat\r\n"));
    side.wire->reset();
    settle();
    QThread thread;
    thread.start();
    QThread *const own = QThread::currentThread();
    QStringList told;
    QObject::connect(
        side.connection, &WsConnection::stateChanged, side.connection,
        [&](Ws::State state) {
            told.append(nameOfValue(state));
            side.connection->moveToThread(&thread);
        },
        Qt::DirectConnection);
    QObject::connect(
        side.connection, &WsConnection::subprotocolChanged, side.connection,
        [&](const QString &subprotocol) { told.append(u'\'' + subprotocol + u'\''); }, Qt::DirectConnection);
    side.start();
    QMetaObject::invokeMethod(
        side.connection, [&] { side.connection->moveToThread(own); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
    settle();
    QCOMPARE(told.join(u", "), u"Connecting, ''"_s);
    QCOMPARE(side.connection->state(), Ws::Connecting);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectionSlots)
#include "tst_wsconnection_slots.moc"
