// SPDX-License-Identifier: MIT

// The bytes between transport and engine: who reads when, what is written together, and what a slot sees that
// runs an event loop of its own.

#include "net/connection/wslink.h"

#include "connectiontesting.h"
#include "loglines.h"
#include "protocol/wsdeflate.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qthread.h>

#include <limits>
#include <vector>

#ifdef Q_OS_LINUX
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

using namespace ConnectionTesting;
using Scenario = std::function<void(Side &)>;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 Mark = 4 * KiB;

WsOptions lowMark()
{
    WsOptions options;
    options.setHighWaterMark(Mark);
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(5s);
    options.setPingInterval(20s);
    options.setPongTimeout(7s);
    return options;
}

void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

const QList<WsHold> AllHolds = {WsHold::Paused,   WsHold::HeldBack, WsHold::Behind, WsHold::Announcing,
                                WsHold::Deciding, WsHold::Waiting,  WsHold::Ahead,  WsHold::Slowed};

// An event loop that a slot runs, with what happens meanwhile.
void runLoop(Side &side, const Scenario &happens)
{
    happens(side);
    QCoreApplication::processEvents();
}

// The slot of the first message runs an event loop in which \a happens; it looks at what came of that
// afterwards.
void loopInTheFirstSlot(Side &side, const Scenario &happens, const Scenario &look = {})
{
    const auto isFirst = std::make_shared<bool>(true);
    const QPointer<WsConnection> connection = side.connection;
    QObject::connect(connection, &WsConnection::messageReceived, connection, [&side, happens, look, isFirst] {
        if (!std::exchange(*isFirst, false))
            return;
        side.log->all.append(u"begin"_s);
        runLoop(side, happens);
        if (look)
            look(side);
        side.log->all.append(u"end"_s);
    });
}
} // namespace

class TestWsLink : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsUnlessSomethingHoldsItUp_data();
    void readsUnlessSomethingHoldsItUp();
    void holdTellsWhetherItIsAChange();

    // --- flow
    void serverReadsNothingWhileMuchIsUnsent();
    void clientReadsOnWhileMuchIsUnsent();
    void keepAliveIsSentHoweverMuchWaits_data() { addRoles(); }
    void keepAliveIsSentHoweverMuchWaits();
    void drainedComesAtHalfTheMark_data() { addRoles(); }
    void drainedComesAtHalfTheMark();
    void readsNothingWhileMuchIsUntaken_data() { addRoles(); }
    void readsNothingWhileMuchIsUntaken();
    void readsNothingWhileAStreamIsUnread_data() { addRoles(); }
    void readsNothingWhileAStreamIsUnread();
    void pauseHoldsBackTheRestOfARead_data() { addRoles(); }
    void pauseHoldsBackTheRestOfARead();
    void pauseAnswersPings_data() { addRoles(); }
    void pauseAnswersPings();
    void pauseKeepsNoMoreThanTheMark_data() { addRoles(); }
    void pauseKeepsNoMoreThanTheMark();
    void pauseKeepsNoReadBuffer_data() { addRoles(); }
    void pauseKeepsNoReadBuffer();
    void endInAPauseIsKeptOnce_data() { addRoles(); }
    void endInAPauseIsKeptOnce();
    void connectionThatMovesAfterAPauseReadsOn();
    void pingsFillNoPause_data() { addRoles(); }
    void pingsFillNoPause();
    void pauseRefusesToSendAfterThePeersClose_data() { addRoles(); }
    void pauseRefusesToSendAfterThePeersClose();
    void pauseThatEndsInItsSlotHoldsNothingBack_data() { addRoles(); }
    void pauseThatEndsInItsSlotHoldsNothingBack();
    void closingReadsWhatWasHeldBack_data() { addRoles(); }
    void closingReadsWhatWasHeldBack();
    void othersHaveTheirTurnWhileMuchArrives();

    // --- how long others wait
    void slowSlotsLeaveTheEventLoopItsTurn_data() { addRoles(); }
    void slowSlotsLeaveTheEventLoopItsTurn();
    void connectionsOfAThreadShareItsTime();
    void whatWaitsForATurnKeepsItsOrder_data() { addRoles(); }
    void whatWaitsForATurnKeepsItsOrder();
    void nothingIsReadWhileMessagesWaitForATurn_data() { addRoles(); }
    void nothingIsReadWhileMessagesWaitForATurn();
    void connectionMayGoWhileMessagesWaitForATurn_data() { addRoles(); }
    void connectionMayGoWhileMessagesWaitForATurn();
    void abortDropsMessagesThatWaitForATurn_data() { addRoles(); }
    void abortDropsMessagesThatWaitForATurn();
    void reopenedClientHasNothingOfWhatWaitedForATurn();
    void messagesThatWaitForATurnMoveWithTheConnection();
    void messageIsInflatedInSeveralTurns_data() { addRoles(); }
    void messageIsInflatedInSeveralTurns();
    void messageThatIsBeingInflatedComesFirst();
    void othersHaveTheirTurnAfterAnInflatedMessage_data();
    void othersHaveTheirTurnAfterAnInflatedMessage();
    void closeThatWaitsForSlotsIsInTime_data();
    void closeThatWaitsForSlotsIsInTime();
    void closeOfASilentPeerTimesOutWhileSlotsAreBusy_data() { addRoles(); }
    void closeOfASilentPeerTimesOutWhileSlotsAreBusy();
    void closeInTheBacklogOfAPauseIsInTime_data() { addRoles(); }
    void closeInTheBacklogOfAPauseIsInTime();
    void loopInASlotReadsAheadInSeveralTurns();
    void waitingTakesAllTheTurnsItNeeds_data() { addRoles(); }
    void waitingTakesAllTheTurnsItNeeds();
    void acceptingLeavesTheEventLoopItsTurn();

    // --- writing
    void messagesOfOneTurnLeaveTogether_data() { addRoles(); }
    void messagesOfOneTurnLeaveTogether();
    void answersToOneReadLeaveTogether_data() { addRoles(); }
    void answersToOneReadLeaveTogether();
    void largeMessageLeavesAtOnce_data() { addRoles(); }
    void largeMessageLeavesAtOnce();
    void whatIsNotTakenLeavesLater_data() { addRoles(); }
    void whatIsNotTakenLeavesLater();
    void bytesInQtsBuffersCountAsUnsent_data() { addRoles(); }
    void bytesInQtsBuffersCountAsUnsent();

    // --- an event loop in a slot
    void loopAnswersPings_data() { addRoles(); }
    void loopAnswersPings();
    void loopNoticesTheClose_data() { addRoles(); }
    void loopNoticesTheClose();
    void loopLeavesTheCloseItsTime_data() { addRoles(); }
    void loopLeavesTheCloseItsTime();
    void loopNoticesTheEnd_data() { addRoles(); }
    void loopNoticesTheEnd();
    void loopLeavesMessagesInOrder_data() { addRoles(); }
    void loopLeavesMessagesInOrder();
    void loopSendsWhatTheSlotSent_data() { addRoles(); }
    void loopSendsWhatTheSlotSent();
    void loopLeavesThePayloadOfTheHandler_data() { addRoles(); }
    void loopLeavesThePayloadOfTheHandler();
    void loopAtTheOpeningLeavesThePayloadOfTheHandler_data() { addRoles(); }
    void loopAtTheOpeningLeavesThePayloadOfTheHandler();
    void loopReadsNoMoreThanTheMark_data() { addRoles(); }
    void loopReadsNoMoreThanTheMark();
    void loopMakesNoTimeRunOut_data() { addRoles(); }
    void loopMakesNoTimeRunOut();
    void loopMayDelete_data() { addRoles(); }
    void loopMayDelete();
    void loopMayAbort_data() { addRoles(); }
    void loopMayAbort();
    void loopInALoopDeliversInOrder_data() { addRoles(); }
    void loopInALoopDeliversInOrder();
    void slotThatReopensKeepsItsPayload();
    void slotThatReopensMayWaitForTheOpening();
    void slotThatReopensMayBeDeletedByTheOpening();

    // --- waiting without an event loop
    void waitingReadsAndWrites_data() { addRoles(); }
    void waitingReadsAndWrites();
    void waitingEndsWithTheConnection_data() { addRoles(); }
    void waitingEndsWithTheConnection();
    void waitingForTheOpeningDeliversNothing();
    void waitingForTheOpeningTimesOut();
    void waitingForDrainedWrites_data() { addRoles(); }
    void waitingForDrainedWrites();
    void pauseEndsTheWaitForAStream_data() { addRoles(); }
    void pauseEndsTheWaitForAStream();
    void slotCannotWait_data() { addRoles(); }
    void slotCannotWait();
};

void TestWsLink::readsUnlessSomethingHoldsItUp_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Ws::State>("state");
    QTest::addColumn<QList<WsHold>>("relevant");
    const QList<WsHold> whileOpen = {WsHold::Behind, WsHold::Announcing, WsHold::Waiting, WsHold::Ahead,
                                     WsHold::Slowed};
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        const QList<WsHold> whileSending = role == WsRole::Server ? QList{WsHold::HeldBack} : QList<WsHold>();
        QTest::addRow("%s, connecting", nameOf(role)) << role << Ws::Connecting << QList{WsHold::Deciding};
        QTest::addRow("%s, open", nameOf(role)) << role << Ws::Open << whileOpen + whileSending;
        QTest::addRow("%s, closing", nameOf(role)) << role << Ws::Closing << QList{WsHold::Announcing};
        QTest::addRow("%s, closed", nameOf(role)) << role << Ws::Closed << AllHolds;
    }
}

void TestWsLink::readsUnlessSomethingHoldsItUp()
{
    QFETCH(const WsRole, role);
    QFETCH(const Ws::State, state);
    QFETCH(const QList<WsHold>, relevant);
    Side side(role, lowMark());
    if (state == Ws::Connecting)
        side.start();
    else
        QVERIFY(side.open());
    if (state >= Ws::Closing)
        side.connection->close();
    if (state == Ws::Closed)
        side.connection->abort();
    QCOMPARE(side.connection->state(), state);
    for (int combination = 0; combination < 1 << AllHolds.size(); ++combination) {
        bool isHeld = state == Ws::Closed;
        for (qsizetype i = 0; i < AllHolds.size(); ++i) {
            const bool isSet = combination & (1 << i);
            side.link().hold(AllHolds[i], isSet);
            isHeld = isHeld || (isSet && relevant.contains(AllHolds[i]));
        }
        QCOMPARE(side.link().mayRead(), !isHeld);
        // What was read ahead is delivered, however much it is.
        const bool isAhead = side.link().isHeld(WsHold::Ahead);
        side.link().hold(WsHold::Ahead, false);
        const bool mayReadElse = side.link().mayRead();
        side.link().hold(WsHold::Ahead, isAhead);
        // A pause is for deliveries: what comes meanwhile is read ahead.
        const bool isPaused = state == Ws::Open && side.link().isHeld(WsHold::Paused);
        QCOMPARE(side.link().mayDeliver(), mayReadElse && !isPaused);
    }
    for (const WsHold reason : AllHolds)
        side.link().hold(reason, false);
}

void TestWsLink::holdTellsWhetherItIsAChange()
{
    Side side(WsRole::Client);
    for (const WsHold reason : AllHolds) {
        QVERIFY(!side.link().isHeld(reason));
        QVERIFY(side.link().hold(reason));
        QVERIFY(!side.link().hold(reason));
        QVERIFY(side.link().isHeld(reason));
        QVERIFY(side.link().hold(reason, false));
        QVERIFY(!side.link().hold(reason, false));
    }
}

// --- flow

void TestWsLink::serverReadsNothingWhileMuchIsUnsent()
{
    Side side(WsRole::Server, lowMark());
    QVERIFY(side.open());
    side.wire->room = 0;
    side.connection->sendBinary(QByteArray(Mark, 'x')); // with its header more than the mark
    QVERIFY(!side.link().mayRead());
    const QByteArray frames = fromPeerOf(side.role, {text("a")});
    side.feed(frames);
    settle();
    QCOMPARE(side.wire->unread, frames);
    side.wire->takeAll();
    settle();
    QCOMPARE(side.told(), u"drained, text a"_s);
}

void TestWsLink::clientReadsOnWhileMuchIsUnsent()
{
    Side side(WsRole::Client, lowMark());
    QVERIFY(side.open());
    side.wire->room = 0;
    side.connection->sendBinary(QByteArray(2 * Mark, 'x'));
    side.receive({text("a")});
    QCOMPARE(side.told(), u"text a"_s);
    side.wire->takeAll();
    QCOMPARE(side.told(), u"drained"_s);
}

// Otherwise its pong would be missed later.
void TestWsLink::keepAliveIsSentHoweverMuchWaits()
{
    QFETCH(const WsRole, role);
    WsOptions options = lowMark();
    options.setMaxBufferedAmount(10'000);
    Side side(role, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    while (side.connection->sendBinary("0123456789"))
        continue;
    pass(20s);
    side.wire->takeAll();
    settle();
    QVERIFY(side.sent().contains(u"ping '"_s));
}

void TestWsLink::drainedComesAtHalfTheMark()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.wire->room = 0;
    side.connection->sendBinary(QByteArray(2 * Mark, 'x'));
    settle();
    const qint64 waiting = side.connection->bufferedAmount();
    QCOMPARE_GT(waiting, 2 * Mark);
    side.wire->take(waiting - Mark / 2 - 1);
    QCOMPARE(side.told(), QString());
    side.wire->take(1);
    QCOMPARE(side.told(), u"drained"_s);
    side.wire->takeAll();
    settle();
    QCOMPARE(side.told(), QString());
    QCOMPARE(side.connection->bufferedAmount(), 0);
}

void TestWsLink::readsNothingWhileMuchIsUntaken()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.connection->receive().cancel();
    const QByteArray message(Mark / 2, 'm');
    side.receive({text(message), text(message)});
    QVERIFY(side.link().isHeld(WsHold::Behind));
    side.receive({text("c"), ping("d")});
    settle();
    QVERIFY(!side.wire->unread.isEmpty());
    QCOMPARE(side.sent(), QString());
    QCOMPARE_NE(side.take(), u"none"_s);
    settle();
    QVERIFY(side.link().isHeld(WsHold::Behind)); // still more than half
    QCOMPARE_NE(side.take(), u"none"_s);
    settle();
    QVERIFY(side.wire->unread.isEmpty());
    QCOMPARE(side.sent(), u"pong 'd'"_s);
    QCOMPARE(side.take(), u"c"_s);
}

void TestWsLink::readsNothingWhileAStreamIsUnread()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    QPointer<WsMessageStream> stream;
    side.connection->setBinaryType(Ws::Stream);
    QObject::connect(side.connection, &WsConnection::messageStarted, side.connection,
                     [&](WsMessageStream *started) { stream = started; });
    side.receive({binary(QByteArray(Mark + 1, 'a')).notFinal()});
    side.receive({continuation("b")});
    QVERIFY(stream);
    QVERIFY(side.link().isHeld(WsHold::Behind));
    QCOMPARE(stream->bytesAvailable(), Mark + 1);
    QCOMPARE(stream->read(Mark / 2), QByteArray(Mark / 2, 'a'));
    settle();
    QVERIFY(side.link().isHeld(WsHold::Behind));
    QCOMPARE(stream->readAll().size(), Mark / 2 + 1);
    settle();
    QCOMPARE(stream->readAll(), QByteArray("b"));
    settle();
    QVERIFY(!side.link().isHeld(WsHold::Behind));
    QCOMPARE(side.told(), QString());
}

void TestWsLink::pauseHoldsBackTheRestOfARead()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [c = side.connection] { c->setPaused(true); });
    side.receive({text("a"), text("b"), ping("c"), text("d")});
    settle();
    QCOMPARE(side.told(), u"text a"_s);
    QCOMPARE(side.sent(), u"pong 'c'"_s);
    side.connection->setPaused(false);
    QCOMPARE(side.told(), QString()); // not from within the call
    settle();
    QCOMPARE(side.told(), u"text b"_s);
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.told(), u"ping c, text d"_s);
    QCOMPARE(side.sent(), QString());
}

void TestWsLink::pauseAnswersPings()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive({ping("a")});
    QCOMPARE(side.sent(), u"pong 'a'"_s);
    side.receive({text("b"), ping("c")});
    QCOMPARE(side.sent(), u"pong 'c'"_s);
    QVERIFY(side.connection->sendText("d"));
    settle();
    QCOMPARE(side.sent(), u"text 'd'"_s);
    QCOMPARE(side.told(), QString());
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.told(), u"ping a, text b, ping c"_s);
    QCOMPARE(side.sent(), QString());
}

void TestWsLink::pauseKeepsNoMoreThanTheMark()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.wire->chunk = 1000;
    side.connection->setPaused(true);
    const Frame message = binary(QByteArray(KiB, 'm'));
    side.receive(Frames(8, message) + Frames{ping("last")});
    settle();
    QVERIFY(side.link().isHeld(WsHold::Ahead));
    QCOMPARE_GE(side.wire->unread.size(), 3 * KiB); // TCP holds the peer up
    QCOMPARE(side.sent(), QString());
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.log->all.size(), 9);
    QCOMPARE(side.log->all.last(), u"ping last"_s);
    QCOMPARE(side.sent(), u"pong 'last'"_s);
    QVERIFY(!side.link().isHeld(WsHold::Ahead));
}

void TestWsLink::pauseKeepsNoReadBuffer()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->setPaused(true);
    const auto kept = [&] {
        qsizetype size = 0;
        for (const QByteArray &array : side.link().protocol().payloadStorage())
            size += array.capacity();
        return size;
    };
    side.receive({ping("a")});
    QCOMPARE(kept(), 0);
    side.receive({binary(QByteArray(100, 'm')).notFinal()});
    QCOMPARE_LT(kept(), 10 * KiB);
    side.connection->setPaused(false);
    side.receive({continuation("end")});
    settle();
    QCOMPARE(side.told().last(3), u"end"_s);
}

void TestWsLink::endInAPauseIsKeptOnce()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive({text("a")});
    side.wire->end();
    for (int i = 0; i < 5; ++i)
        side.feed({});
    side.link().protocol().receiveEof();
    QCOMPARE(side.link().protocol().nextEvent().type, WsEvent::NeedsBytes);
    side.connection->setPaused(false);
    settle();
    QVERIFY2(side.told().startsWith(u"text a, error"), qPrintable(side.log->all.join(u',')));
    QCOMPARE(side.connection ? side.connection->state() : Ws::Closed, Ws::Closed);
}

void TestWsLink::connectionThatMovesAfterAPauseReadsOn()
{
    Side side(WsRole::Client, lowMark());
    QVERIFY(side.open());
    QStringList texts;
    QThread thread;
    QObject::connect(side.connection, &WsConnection::textMessageReceived, side.connection,
                     [&](const QString &message) {
                         texts.append(message.left(1));
                         const bool isLast = texts.size() == 2;
                         side.connection->moveToThread(
                             isLast ? QCoreApplication::instance()->thread() : &thread);
                         if (isLast)
                             thread.quit();
                     });
    side.connection->setPaused(true);
    side.receive({text(QByteArray(Mark + 1, 'a'))});
    side.receive({text("b")});
    QVERIFY(side.link().isHeld(WsHold::Ahead));
    side.connection->setPaused(false);
    settle();
    thread.start();
    const bool hasEnded = thread.wait(QDeadlineTimer(30s));
    thread.quit();
    thread.wait();
    QVERIFY(hasEnded);
    QCOMPARE(texts, QStringList({u"a"_s, u"b"_s}));
    settle();
}

void TestWsLink::pingsFillNoPause()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.log.reset(); // which listens to pings
    side.connection->setPaused(true);
    for (int i = 0; i < 1000; ++i) {
        side.receive({ping("a")});
        QCOMPARE(side.sent(), u"pong 'a'"_s);
    }
    QVERIFY(!side.link().isHeld(WsHold::Ahead));
}

void TestWsLink::pauseRefusesToSendAfterThePeersClose()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    WsMessageStream *const stream = side.connection->openMessage(Ws::Binary);
    side.connection->setPaused(true);
    side.receive({closing(1000, "bye")});
    QCOMPARE(side.sent(), u"close 1000 'bye'"_s);
    QCOMPARE(side.connection->state(), Ws::Open);
    const LogLines lines("wskit.net", QtWarningMsg);
    QVERIFY(!side.connection->sendText("a"));
    QCOMPARE(side.connection->errorString(), u"the peer has closed the connection"_s);
    QVERIFY(!side.connection->ping("a"));
    QCOMPARE(stream->write("a"), qint64(-1));
    QCOMPARE(stream->errorString(), u"the connection was closed before the message was complete"_s);
    QCOMPARE(side.data().counters.payloadBytesSent.value(), 0);
    QVERIFY(!side.connection->openMessage(Ws::Text));
    QCOMPARE(side.connection->errorString(), u"the peer has closed the connection"_s);
    QCOMPARE(lines.all().size(), 0); // it is no mistake
    QCOMPARE(side.told(), QString());
    side.connection->setPaused(false);
    settle();
    QVERIFY(side.told().startsWith(u"Closing"));
}

void TestWsLink::pauseThatEndsInItsSlotHoldsNothingBack()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection, [c = side.connection] {
        c->setPaused(true);
        c->setPaused(false);
    });
    side.receive({text("a"), text("b")});
    QCOMPARE(side.told(), u"text a, text b"_s);
}

void TestWsLink::closingReadsWhatWasHeldBack()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive({text("a"), text("b")});
    side.connection->close();
    QVERIFY(!side.connection->paused());
    side.connection->setPaused(true); // it cannot be paused while it closes
    QVERIFY(!side.connection->paused());
    QCOMPARE(side.told(), u"Closing"_s);
    settle();
    QCOMPARE(side.told(), u"text a, text b"_s);
}

void TestWsLink::othersHaveTheirTurnWhileMuchArrives()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.wire->isBuffered = true;
    side.wire->chunk = 3; // a frame
    side.receive(Frames(40, text("a")));
    QCOMPARE(side.log->all.size(), 16);
    settle();
    QCOMPARE(side.log->all.size(), 40);
}

// --- how long others wait

namespace {
constexpr std::chrono::microseconds SlowSlot = 100us;

// Every slot that gets a message takes a while.
void slowDown(Side &side)
{
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [] { FakeClock::pass(SlowSlot); });
}

// One turn of the event loop, as far as posted events go.
void turn()
{
    QCoreApplication::sendPostedEvents();
}

Frames numbered(int count)
{
    Frames frames;
    for (int i = 0; i < count; ++i)
        frames.append(text(QByteArray::number(i)));
    return frames;
}

QStringList numberedTexts(int count)
{
    QStringList texts;
    for (int i = 0; i < count; ++i)
        texts.append(u"text %1"_s.arg(i));
    return texts;
}
} // namespace

void TestWsLink::slowSlotsLeaveTheEventLoopItsTurn()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    WsTime before = FakeClock::now();
    side.receive(numbered(500)); // 50 ms
    int turns = 0;
    for (; side.log->all.size() < 500 && turns < 100; ++turns) {
        // Slots that were quick before may be slow for some time before that is noticed.
        QCOMPARE_LE(FakeClock::now() - before, WsTimeBudget::Length + 16 * SlowSlot);
        before = FakeClock::now();
        turn();
    }
    QCOMPARE_LE(turns, 15);
    QCOMPARE(side.log->all, numberedTexts(500));
}

void TestWsLink::connectionsOfAThreadShareItsTime()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    Side other(WsRole::Client);
    QVERIFY(other.open());
    slowDown(side);
    slowDown(other);
    side.receive(numbered(200));
    const qsizetype first = side.log->all.size();
    QCOMPARE_GT(first, 0);
    other.receive(numbered(200));
    QCOMPARE(other.told(), QString()); // the time of this turn is used up
    turn();
    QCOMPARE_GT(side.log->all.size(), first);
    const qsizetype second = side.log->all.size();
    turn();
    QCOMPARE(side.log->all.size(), second);
    QCOMPARE_GT(other.log->all.size(), 0);
    settle();
    settle();
    QCOMPARE(side.log->all, numberedTexts(200));
    QCOMPARE(other.log->all, numberedTexts(200));
}

void TestWsLink::whatWaitsForATurnKeepsItsOrder()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    side.receive(numbered(100) + Frames{ping("p"), text("last"), closing(1000, "bye")});
    QCOMPARE_LT(side.log->all.size(), 100);
    QCOMPARE(side.sent(), QString());
    side.wire->halfEnd();
    settle();
    QStringList expected = numberedTexts(100);
    expected += {u"ping p"_s, u"text last"_s, u"Closing"_s, u"Closed"_s, u"closed 1000 'bye' clean"_s};
    QCOMPARE(side.log->all, expected);
}

void TestWsLink::nothingIsReadWhileMessagesWaitForATurn()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    side.receive(numbered(200));
    const QByteArray frames = fromPeerOf(side.role, Frames(100, text("x")));
    side.feed(frames);
    turn();
    QCOMPARE(side.wire->unread, frames);
    settle();
    QVERIFY(side.wire->unread.isEmpty());
    QCOMPARE(side.log->all.size(), 300);
}

void TestWsLink::connectionMayGoWhileMessagesWaitForATurn()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    side.receive(numbered(100));
    const qsizetype count = side.log->all.size();
    QCOMPARE_LT(count, 100);
    side.remove();
    settle();
    QCOMPARE(side.log->all.size(), count);
}

void TestWsLink::abortDropsMessagesThatWaitForATurn()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    side.receive(numbered(100));
    side.told();
    side.connection->abort();
    settle();
    QVERIFY(side.told().endsWith(u"Closed, closed 1006 '' unclean"_s));
}

void TestWsLink::reopenedClientHasNothingOfWhatWaitedForATurn()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    slowDown(side);
    side.receive(numbered(100));
    side.connection->abort();
    QVERIFY(side.open());
    side.receive({text("new")});
    settle();
    QCOMPARE(side.told(), u"text new"_s);
}

void TestWsLink::messagesThatWaitForATurnMoveWithTheConnection()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QStringList texts;
    QThread thread;
    QObject::connect(side.connection, &WsConnection::textMessageReceived, side.connection,
                     [&](const QString &message) {
                         texts.append(u"text "_s + message);
                         if (QThread::currentThread() != &thread)
                             FakeClock::pass(SlowSlot);
                         if (texts.size() == 100) {
                             side.connection->moveToThread(QCoreApplication::instance()->thread());
                             thread.quit();
                         }
                     });
    side.receive(numbered(100));
    QCOMPARE_LT(texts.size(), 100);
    side.connection->moveToThread(&thread);
    thread.start();
    QVERIFY(thread.wait());
    QCOMPARE(texts, numberedTexts(100));
    settle();
}

namespace {
const QByteArray deflateHeader = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
constexpr qsizetype BigSize = 4 * 1024 * KiB;

WsOptions compressing()
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    options.setCompression(compression);
    options.setHighWaterMark(4 * BigSize);
    return options;
}

Frame bigMessage()
{
    QByteArray deflated;
    WsDeflater({}).deflate(QByteArray(BigSize, 'x'), WsDeflater::Flush::Message, &deflated);
    return binary(deflated).compressed();
}
} // namespace

void TestWsLink::messageIsInflatedInSeveralTurns()
{
    QFETCH(const WsRole, role);
    Side side(role, compressing());
    QVERIFY(side.open(deflateHeader));
    FakeClock::setStep(1ms); // for each look, which are 256 KiB apart at most
    side.receive({bigMessage(), text("next")});
    int turns = 0;
    for (; side.log->all.isEmpty() && turns < 100; ++turns)
        turn();
    QCOMPARE_GE(turns, 3);
    settle();
    QCOMPARE(side.log->all.size(), 2);
    QCOMPARE(side.log->all[0].size(), u"binary "_s.size() + BigSize);
    QCOMPARE(side.log->all[1], u"text next"_s);
}

// Otherwise many connections would have a large part of a message in memory at the same time.
void TestWsLink::messageThatIsBeingInflatedComesFirst()
{
    Side side(WsRole::Client, compressing());
    QVERIFY(side.open(deflateHeader));
    Side other(WsRole::Client, compressing());
    QVERIFY(other.open(deflateHeader));
    FakeClock::setStep(1ms);
    side.receive({bigMessage()});
    other.receive({bigMessage()});
    for (int turns = 0; side.log->all.isEmpty() && turns < 100; ++turns) {
        QVERIFY(!other.link().protocol().isUnfinished());
        turn();
    }
    QVERIFY(other.log->all.isEmpty());
    settle();
    settle();
    QCOMPARE(side.log->all.size(), 1);
    QCOMPARE(other.log->all.size(), 1);
}

// With most of them, turns end within a message.
void TestWsLink::othersHaveTheirTurnAfterAnInflatedMessage_data()
{
    QTest::addColumn<int>("stepUs");
    for (const int stepUs : {450, 700, 900, 1100, 1500, 2500})
        QTest::addRow("%d us for a step", stepUs) << stepUs;
}

void TestWsLink::othersHaveTheirTurnAfterAnInflatedMessage()
{
    QFETCH(const int, stepUs);
    Side side(WsRole::Client, compressing());
    QVERIFY(side.open(deflateHeader));
    Side other(WsRole::Client);
    QVERIFY(other.open());
    FakeClock::setStep(std::chrono::microseconds(stepUs));
    side.receive(Frames(10, bigMessage()));
    other.receive({text("a")});
    for (int turns = 0; other.log->all.isEmpty() && turns < 1000; ++turns)
        turn();
    QCOMPARE(other.told(), u"text a"_s);
    QCOMPARE_LE(side.log->all.size(), 2); // it may be read after the first and delivered after the second
    for (int turns = 0; side.log->all.size() < 10 && turns < 1000; ++turns)
        turn();
    QCOMPARE(side.log->all.size(), 10);
}

namespace {
// Until the connection has ended, in a thread whose deadlines are looked at in every turn.
void turnUntilClosed(Side &side)
{
    for (int turns = 0; turns < 1000 && side.connection && side.connection->state() != Ws::Closed; ++turns) {
        FakeClock::advance(0s);
        turn();
    }
}

WsOptions shortCloseTimeout()
{
    WsOptions options;
    options.setCloseTimeout(1s);
    return options;
}

constexpr std::chrono::milliseconds BusySlot = 100ms;

void keepBusy(Side &side)
{
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [] { FakeClock::pass(BusySlot); });
}
} // namespace

void TestWsLink::closeThatWaitsForSlotsIsInTime_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<qint64>("mark");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        QTest::addRow("%s", nameOf(role)) << role << WsOptions().highWaterMark();
        QTest::addRow("%s, the largest mark", nameOf(role)) << role << std::numeric_limits<qint64>::max();
    }
}

void TestWsLink::closeThatWaitsForSlotsIsInTime()
{
    QFETCH(const WsRole, role);
    QFETCH(const qint64, mark);
    WsOptions options = shortCloseTimeout();
    options.setHighWaterMark(mark);
    Side side(role, options);
    QVERIFY(side.open());
    keepBusy(side);
    side.receive(numbered(100));
    side.connection->close();
    side.wire->unread += fromPeerOf(role, {text("last"), closing(4001, "bye")});
    side.wire->hasPeerEnded = true;
    turnUntilClosed(side);
    QStringList expected = numberedTexts(100);
    expected += {u"text last"_s, u"Closed"_s, u"closed 4001 'bye' clean"_s};
    side.log->all.removeAll(u"Closing"_s);
    QCOMPARE(side.log->all, expected);
}

void TestWsLink::closeOfASilentPeerTimesOutWhileSlotsAreBusy()
{
    QFETCH(const WsRole, role);
    Side side(role, shortCloseTimeout());
    QVERIFY(side.open());
    keepBusy(side);
    side.receive(numbered(100));
    side.connection->close();
    turnUntilClosed(side);
    QVERIFY2(side.told().endsWith(u"error Timeout, Closed, closed 1006 '' unclean"),
             qPrintable(side.log->all.join(u',')));
}

void TestWsLink::closeInTheBacklogOfAPauseIsInTime()
{
    QFETCH(const WsRole, role);
    Side side(role, shortCloseTimeout());
    QVERIFY(side.open());
    keepBusy(side);
    side.connection->setPaused(true);
    side.receive(numbered(100) + Frames{closing(4002, "theirs")});
    side.wire->hasPeerEnded = true;
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [c = side.connection] { c->close(); });
    side.connection->setPaused(false);
    turnUntilClosed(side);
    QStringList expected = numberedTexts(100);
    expected += {u"Closed"_s, u"closed 4002 'theirs' clean"_s};
    side.log->all.removeAll(u"Closing"_s);
    QCOMPARE(side.log->all, expected);
}

void TestWsLink::loopInASlotReadsAheadInSeveralTurns()
{
    Side side(WsRole::Client, compressing());
    QVERIFY(side.open(deflateHeader));
    FakeClock::setStep(1ms);
    int turns = 0;
    loopInTheFirstSlot(side, [&](Side &) {
        side.wire->unread += fromPeerOf(side.role, {bigMessage(), ping("p")});
        while (!side.sent().contains(u"pong 'p'"_s) && turns < 100) {
            QCoreApplication::processEvents();
            ++turns;
        }
    });
    side.receive({text("first")});
    settle();
    QCOMPARE_GE(turns, 2);
    QCOMPARE_LT(turns, 100);
    QCOMPARE(side.log->all.size(), 5);
    QCOMPARE(side.log->all[3].size(), u"binary "_s.size() + BigSize);
    QCOMPARE(side.log->all[4], u"ping p"_s);
}

void TestWsLink::waitingTakesAllTheTurnsItNeeds()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    slowDown(side);
    side.wire->onWait = [] {};
    side.receive(numbered(500) + Frames{closing(1000, "bye")});
    QCOMPARE_LT(side.log->all.size(), 500);
    side.wire->hasPeerEnded = true;
    QVERIFY(side.connection->waitForClosed());
    QCOMPARE(side.log->all.mid(0, 500), numberedTexts(500));
    QVERIFY(side.told().endsWith(u"closed 1000 'bye' clean"_s));
}

void TestWsLink::acceptingLeavesTheEventLoopItsTurn()
{
#ifdef Q_OS_LINUX
    constexpr int Clients = 60;
    const FakeClock clock;
    WsServer server;
    int accepted = 0;
    server.setConnectionFilter([&](const QHostAddress &) {
        ++accepted;
        FakeClock::pass(1ms);
        return false;
    });
    QVERIFY(server.listen(QHostAddress::LocalHost));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.serverPort());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::vector<int> clients;
    for (int i = 0; i < Clients; ++i) {
        clients.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        QCOMPARE(::connect(clients.back(), reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    }
    while (accepted < Clients) {
        const int before = accepted;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        QCOMPARE_LE(accepted, before + 20);
    }
    for (const int client : clients)
        ::close(client);
#else
    QSKIP("Qt accepts by itself");
#endif
}

// --- writing

void TestWsLink::messagesOfOneTurnLeaveTogether()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->sendText("a");
    side.connection->ping("b");
    side.connection->sendBinary("c");
    QCOMPARE(side.wire->writeCount, 0);
    settle();
    QCOMPARE(side.wire->writeCount, 1);
    QCOMPARE(side.sent(), u"text 'a', ping 'b', binary 'c'"_s);
}

void TestWsLink::answersToOneReadLeaveTogether()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [c = side.connection](const WsMessage &message) { c->send(message); });
    side.receive({text("a"), ping("b"), text("c")});
    QCOMPARE(side.wire->writeCount, 1);
    QCOMPARE(side.sent(), u"text 'a', pong 'b', text 'c'"_s);
    settle();
    QCOMPARE(side.wire->writeCount, 1);
}

void TestWsLink::largeMessageLeavesAtOnce()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->sendText("a");
    QVERIFY(side.wire->written.isEmpty());
    side.connection->sendBinary(QByteArray(64 * KiB, 'x'));
    QCOMPARE_GT(side.wire->written.size(), 64 * KiB);
}

void TestWsLink::whatIsNotTakenLeavesLater()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.wire->room = 1;
    side.connection->sendText("a");
    side.connection->sendText("b");
    settle();
    QCOMPARE(side.wire->written.size(), 1);
    side.connection->sendText("c");
    for (int i = 0; i < 100; ++i)
        side.wire->take(1);
    QCOMPARE(side.sent(), u"text 'a', text 'b', text 'c'"_s);
}

void TestWsLink::bytesInQtsBuffersCountAsUnsent()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.wire->room = 0;
    side.wire->bufferSize = 2 * Mark;
    side.connection->sendBinary(QByteArray(Mark, 'x'));
    settle();
    QCOMPARE(side.wire->pending.size(), side.connection->bufferedAmount());
    QCOMPARE_GT(side.connection->bufferedAmount(), Mark);
    QCOMPARE(side.link().mayRead(), role == WsRole::Client);
    side.wire->takeAll();
    QCOMPARE(side.connection->bufferedAmount(), 0);
    QCOMPARE(side.told(), u"drained"_s);
}

// --- an event loop in a slot

void TestWsLink::loopAnswersPings()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    loopInTheFirstSlot(
        side,
        [](Side &s) {
            s.receive({ping("b"), text("c")});
        },
        [](Side &s) { QCOMPARE(s.sent(), u"pong 'b'"_s); });
    side.receive({text("a")});
    settle();
    QCOMPARE(side.told(), u"text a, begin, end, ping b, text c"_s);
    QCOMPARE(side.sent(), QString());
}

void TestWsLink::loopNoticesTheClose()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    loopInTheFirstSlot(
        side,
        [](Side &s) {
            s.receive({text("b"), closing(1000, "bye")});
        },
        [](Side &s) {
            QCOMPARE(s.sent(), u"close 1000 'bye'"_s);
            QVERIFY(!s.connection->sendText("c"));
            QVERIFY(s.wire->isKept());
        });
    side.receive({text("a")});
    settle();
    side.wire->end();
    QCOMPARE(side.told(), u"text a, begin, end, text b, Closing, Closed, closed 1000 'bye' clean"_s);
}

void TestWsLink::loopLeavesTheCloseItsTime()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark()); // with a closeTimeout of 5 s
    QVERIFY(side.open());
    loopInTheFirstSlot(side, [](Side &s) {
        s.connection->close(4001, u"mine"_s);
        s.wire->unread += fromPeerOf(s.role, {text("b"), closing(4001, "theirs")});
        QCoreApplication::processEvents();
        for (int i = 0; i < 5; ++i)
            FakeClock::advance(6s);
    });
    side.receive({text("a")});
    settle();
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"text a, begin, Closing, end, text b, Closed, closed 4001 'theirs' clean"_s);
}

void TestWsLink::loopNoticesTheEnd()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    loopInTheFirstSlot(
        side,
        [](Side &s) {
            s.receive({text("b")});
            s.wire->end();
        },
        [](Side &s) { QVERIFY(s.wire->isKept()); });
    side.receive({text("a")});
    settle();
    QCOMPARE(side.told(), u"text a, begin, end, text b, error Network, Closed, closed 1006 '' unclean"_s);
}

void TestWsLink::loopLeavesMessagesInOrder()
{
    QFETCH(const WsRole, role);
    for (const Feeding feeding : {Whole, WholeToBuffers}) {
        Side side(role);
        QVERIFY(side.open());
        side.setFeeding(feeding);
        loopInTheFirstSlot(side, [](Side &s) {
            s.receive({binary("d").notFinal(), ping("e")});
            runLoop(s, [](Side &again) { again.receive({continuation("f"), pong("g")}); });
        });
        side.receive({text("a"), text("b"), text("c")});
        settle();
        QCOMPARE(side.told(), u"text a, begin, end, text b, text c, ping e, binary df, pong g"_s);
    }
}

void TestWsLink::loopSendsWhatTheSlotSent()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QString sentInTheLoop;
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection, [&] {
        side.connection->sendText("b");
        runLoop(side, [](Side &) {});
        QCoreApplication::processEvents();
        sentInTheLoop = side.sent();
    });
    side.receive({text("a")});
    QCOMPARE(sentInTheLoop, u"text 'b'"_s);
}

void TestWsLink::loopLeavesThePayloadOfTheHandler()
{
    QFETCH(const WsRole, role);
    for (const bool isFragmented : {false, true}) {
        Side side(role);
        QVERIFY(side.open());
        QByteArrayList seen;
        side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
            if (seen.isEmpty())
                runLoop(side, [](Side &s) { s.receive({text(QByteArray(100, 'x')), ping("y"), text("b")}); });
            seen.append(payload.toByteArray());
        });
        if (isFragmented)
            side.receive({text("first ").notFinal(), continuation("message"), text("second")});
        else
            side.receive({text("first message"), text("second")});
        settle();
        QCOMPARE(seen, QByteArrayList({"first message", "second", QByteArray(100, 'x'), "b"}));
    }
}

// A loop that a slot runs before there is any message keeps nothing that a later one would find there.
void TestWsLink::loopAtTheOpeningLeavesThePayloadOfTheHandler()
{
    QFETCH(const WsRole, role);
    Side side(role);
    const auto loop = [] { QCoreApplication::processEvents(); };
    if (role == WsRole::Client)
        QObject::connect(side.connection, &WsConnection::opened, side.connection, loop);
    else
        QObject::connect(side.server.get(), &WsServer::newConnection, side.server.get(), loop);
    QVERIFY(side.open());
    QByteArrayList seen;
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        if (seen.isEmpty())
            runLoop(side, [](Side &s) { s.receive({text(QByteArray(100, 'x'))}); });
        seen.append(payload.toByteArray());
    });
    side.receive({text("first message")});
    settle();
    QCOMPARE(seen, QByteArrayList({"first message", QByteArray(100, 'x')}));
}

void TestWsLink::loopReadsNoMoreThanTheMark()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    qsizetype left = 0;
    loopInTheFirstSlot(
        side,
        [](Side &s) {
            s.wire->chunk = 100;
            s.receive(Frames(200, text(QByteArray(90, 'x'))));
        },
        [&left](Side &s) {
            for (int i = 0; i < 300; ++i)
                QCoreApplication::processEvents();
            left = s.wire->unread.size();
            QVERIFY(!s.link().mayRead());
        });
    side.receive({text("a")});
    QVERIFY2(left > 200 * 90 - 2 * Mark, QByteArray::number(left));
    side.wire->chunk = FakeWire::Unlimited;
    settle();
    QCOMPARE(side.log->all.size(), 203);
    QVERIFY(side.wire->unread.isEmpty());
}

void TestWsLink::loopMakesNoTimeRunOut()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    pass(20s);
    QVERIFY(side.sent().startsWith(u"ping "));
    loopInTheFirstSlot(side, [](Side &) { FakeClock::advance(1h); });
    side.receive({text("a")});
    settle();
    QCOMPARE(side.told(), u"text a, begin, end"_s);
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsLink::loopMayDelete()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    loopInTheFirstSlot(side, [](Side &s) {
        s.receive({text("c")});
        s.remove();
    });
    side.receive({text("a"), text("b")});
    settle();
    QVERIFY(!side.connection);
    QCOMPARE(side.told(), u"text a, begin, end"_s);
    QCOMPARE(side.sent(), u"close 1001 ''"_s);
}

void TestWsLink::loopMayAbort()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    loopInTheFirstSlot(side, [](Side &s) {
        s.receive({text("c")});
        s.connection->abort();
    });
    side.receive({text("a"), text("b")});
    settle();
    QCOMPARE(side.told(), u"text a, begin, Closed, closed 1006 '' unclean, end"_s);
}

void TestWsLink::loopInALoopDeliversInOrder()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QStringList seen;
    int depth = 0;
    QObject::connect(
        side.connection, &WsConnection::messageReceived, side.connection, [&](const WsMessage &message) {
            QCOMPARE(++depth, 1);
            seen.append(message.text());
            if (seen.size() < 4)
                runLoop(side, [&](Side &s) { s.receive({text(QByteArray::number(seen.size()))}); });
            --depth;
        });
    side.receive({text("0")});
    settle();
    QCOMPARE(seen, QStringList({u"0"_s, u"1"_s, u"2"_s, u"3"_s}));
}

void TestWsLink::slotThatReopensKeepsItsPayload()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QByteArrayList seen;
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        if (seen.isEmpty()) {
            side.connection->abort();
            side.start();
            QMetaObject::invokeMethod(
                side.connection, [&] { side.wire->connect(); }, Qt::QueuedConnection);
            QCoreApplication::processEvents();
            side.feed(acceptanceOf(side.wire->takeWritten())
                      + fromPeerOf(side.role, {text("of the next opening")}));
        }
        seen.append(payload.toByteArray());
    });
    side.receive({text("of the first opening"), text("that nobody gets")});
    settle();
    QCOMPARE(seen, QByteArrayList({"of the first opening", "of the next opening"}));
    QCOMPARE(side.openingCount, 2);
}

void TestWsLink::slotThatReopensMayWaitForTheOpening()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QStringList seen;
    const auto reopen = [&] {
        side.connection->abort();
        side.start();
        QMetaObject::invokeMethod(
            side.connection, [&] { side.wire->connect(); }, Qt::QueuedConnection);
        QCoreApplication::processEvents();
        side.wire->feed(acceptanceOf(side.wire->takeWritten()));
        QCOMPARE(side.connection->state(), Ws::Open);
        side.wire->unread += fromPeerOf(side.role, {text("next"), ping("p")});
        QCoreApplication::processEvents();
        QCOMPARE(side.sent(), u"pong 'p'"_s);
        QCOMPARE(seen.size(), 1);
    };
    QObject::connect(side.connection, &WsConnection::textMessageReceived, side.connection,
                     [&](const QString &message) {
                         seen.append(message);
                         if (seen.size() == 1)
                             reopen();
                     });
    side.receive({text("first"), text("that nobody gets")});
    settle();
    QCOMPARE(seen, QStringList({u"first"_s, u"next"_s}));
}

void TestWsLink::slotThatReopensMayBeDeletedByTheOpening()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.connection->setMessageHandler([&](WsConnection &it, Ws::MessageType, QByteArrayView) {
        QObject::connect(&it, &WsConnection::opened, this, [&] { side.remove(); });
        it.abort();
        side.start();
        QMetaObject::invokeMethod(
            this, [&] { side.wire->connect(); }, Qt::QueuedConnection);
        QCoreApplication::processEvents();
        side.wire->feed(acceptanceOf(side.wire->takeWritten()));
        QVERIFY(!side.connection);
    });
    side.receive({text("first"), text("that nobody gets")});
    settle();
    QVERIFY(!side.connection);
}

// --- waiting without an event loop

void TestWsLink::waitingReadsAndWrites()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.wire->onWait = [&] {
        QCOMPARE(side.sent(), u"text 'a'"_s);
        side.wire->onWait = [&] { side.receive({text("b")}); };
    };
    side.connection->sendText("a");
    const std::optional<WsMessage> message = side.connection->waitForMessage();
    QVERIFY(message);
    QCOMPARE(message->text(), u"b"_s);
    QCOMPARE(side.wire->waitCount, 2);
    side.wire->onWait = [] { FakeClock::pass(1ms); };
    QVERIFY(!side.connection->waitForMessage(QDeadlineTimer(0)));
    side.connection->setPaused(true);
    QVERIFY(!side.connection->waitForMessage());
    QCOMPARE(side.connection->errorString(), u"the connection is paused"_s);
}

void TestWsLink::waitingEndsWithTheConnection()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    side.wire->onWait = [&] {
        side.wire->onWait = [] { FakeClock::pass(7s); };
        FakeClock::pass(20s);
    };
    QVERIFY(!side.connection->waitForMessage());
    QCOMPARE(side.told(), u"error Timeout, Closed, closed 1006 '' unclean"_s);
    QVERIFY(side.connection->waitForClosed());

    Side closing(role, lowMark());
    QVERIFY(closing.open());
    closing.connection->close();
    closing.wire->onWait = [&] {
        closing.receive({ProtocolTesting::closing(1000, "bye")});
        closing.wire->end();
    };
    QVERIFY(closing.connection->waitForClosed());
    QCOMPARE(closing.told(), u"Closing, Closed, closed 1000 'bye' clean"_s);
}

void TestWsLink::waitingForTheOpeningDeliversNothing()
{
    Side side(WsRole::Client, lowMark());
    side.prepareWire = [](FakeWire &wire) {
        wire.onWait = [&wire] {
            wire.connect();
            wire.feed(acceptanceOf(wire.takeWritten()) + fromPeerOf(WsRole::Client, {text("a")}));
        };
    };
    side.start();
    QVERIFY(side.client()->waitForOpened());
    QCOMPARE(side.told(), u"Connecting, Open, opened"_s);
    settle();
    QCOMPARE(side.told(), u"text a"_s);
}

void TestWsLink::waitingForTheOpeningTimesOut()
{
    Side side(WsRole::Client, lowMark());
    side.prepareWire = [](FakeWire &wire) { wire.onWait = [] { FakeClock::pass(10s); }; };
    side.start();
    QVERIFY(!side.client()->waitForOpened());
    QCOMPARE(side.told(), u"Connecting, error Timeout, Closed, closed 1006 '' unclean"_s);
    QVERIFY(!side.client()->waitForOpened());
}

void TestWsLink::waitingForDrainedWrites()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    QVERIFY(side.connection->waitForDrained());
    side.wire->room = 0;
    side.connection->sendBinary(QByteArray(2 * Mark, 'x'));
    side.wire->onWait = [&] { side.wire->take(Mark); };
    QVERIFY(side.connection->waitForDrained());
    QCOMPARE(side.wire->waitCount, 2);
}

void TestWsLink::pauseEndsTheWaitForAStream()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QPointer<WsMessageStream> stream;
    side.connection->setBinaryType(Ws::Stream);
    QObject::connect(side.connection, &WsConnection::messageStarted, side.connection,
                     [&](WsMessageStream *started) { stream = started; });
    side.receive({binary("a").notFinal()});
    QVERIFY(stream);
    QCOMPARE(stream->readAll(), "a");
    side.connection->setPaused(true);
    side.wire->onWait = [&] { side.connection->setPaused(false); };
    side.wire->unread += fromPeerOf(role, {continuation("b")});
    QVERIFY(!stream->waitForReadyRead(-1));
    QCOMPARE(side.wire->waitCount, 0);
}

void TestWsLink::slotCannotWait()
{
    QFETCH(const WsRole, role);
    Side side(role, lowMark());
    QVERIFY(side.open());
    bool hasWaited = true;
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [&] { hasWaited = side.connection->waitForClosed(); });
    side.receive({text("a")});
    QVERIFY(!hasWaited);
    QCOMPARE(side.connection->errorString(), u"a slot of the connection cannot wait for it"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLink)
#include "tst_wslink.moc"
