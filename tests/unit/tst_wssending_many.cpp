// SPDX-License-Identifier: MIT

// Messages to many on a connection that does not take them.

#include "connectiontesting.h"

#include <WsKit/wsmemorybroker.h>
#include <WsKit/wsmessagestream.h>

#include <QtCore/qthread.h>
#include <QtTest/qsignalspy.h>

#include <stdexcept>

using namespace ConnectionTesting;

class TestWsSendingMany : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void latestOfEachKeyIsSentOnce();
    void fastSubscriberGetsEveryMessage();
    void emptyKeyIsTheWholeTopic();
    void messagesWithoutAKeyKeepTheirOrder();
    void messagesForOneMayOvertake();
    void messagesForOneDoNotHoldUpTheOthersForever();
    void whatWaitsIsBuffered();
    void moreThanTheMarkIsDrained();
    void messageSentIsEmittedWhenItIsSent();
    void slotOfMessageSentMayDeleteTheConnection();
    void unfinishedMessageHoldsUp();
    void systemsQueueIsKeptShortFromTheFirstKeyOn();
    void keysThatDoNotFitAreSkipped();
    void keysThatDoNotFitCloseTheConnection();
    void longerMessageOfAKeyMayNotFit();
    void oldestIsDropped();
    void oldestIsDroppedBeforeAnythingIsWritten();
    void nothingIsDroppedForWhatNeverFits();
    void closeSendsWhatWaits();
    void peersCloseDropsWhatWaits();
    void unsubscribingDropsTheKeysOfTheTopic();
    void compressedMessagesWaitUncompressed();
    void skipsAreReportedOnceASecond();
    void skipsAreReportedDuringAWait();
    void skipsAreReportedByTopic();
    void skipsAreReportedBeforeTheEnd();
    void skippedMessagesAreReported();
    void skipHandlerMayDeleteTheConnection();
    void skipHandlerThatThrowsClosesTheConnection();
    void messagesOnTheirWayToAThreadTakeEachOthersPlace();
    void messagesOnTheirWayDoNotOvertakeASubscription();
    void messagesOnTheirWayReachThoseThatAreLeftOutOfALaterOne();
    void messagesForASlowConnectionOfAnotherThread();
    void messagesToManyKeepTheErrorOfAConnectionThatEnds();
    void endOfTheServerKeepsTheErrorOfAConnectionThatEnds();
    void endOfTheServerKeepsTheErrorOfAConnectionThatHasEnded();
    void emptyMessageLeavesNobodyWaiting();
    void busyThreadClosesThoseWhoFollowAHistory_data();
    void busyThreadClosesThoseWhoFollowAHistory();
    void historyIsSentBeforeItsReport();
    void nothingOfAHistoryIsDropped();
    void nextSubscriptionGoesOnInOrder_data();
    void nextSubscriptionGoesOnInOrder();
    void nextBrokerTakesNothingThatWaits_data();
    void nextBrokerTakesNothingThatWaits();
};

namespace {
// A subscriber of "t" that takes nothing any more, after the frame of "first".
class Slow : public Side
{
public:
    explicit Slow(const WsOptions &ownOptions = {}, const QByteArray &headers = {})
        : Side(WsRole::Server, ownOptions)
    {
        isReady = open(headers) && server->subscribe(connection, u"t"_s);
        wire->room = 0;
        isReady = isReady && publish(u"first"_s, u""_s) == 1;
        settle();
    }

    int publish(const QString &text, const QString &key) { return server->publish(u"t"_s, text, key); }
    // What reaches the peer when it takes everything.
    QString rest()
    {
        wire->takeAll();
        settle();
        return sent();
    }
    qint64 skipped() const { return connection->statistics().messagesSkipped; }
    // Collects what the handler is called with: "t 3, u 1".
    void listenToSkips()
    {
        server->setSkipHandler([this](WsConnection *, const QString &topic, qint64 count) {
            reports.append(u"%1 %2"_s.arg(topic).arg(count));
        });
    }
    QString reported() { return std::exchange(reports, {}).join(u", "); }

    bool isReady = false;
    QStringList reports;
};

WsOptions limited(qint64 most, Ws::SlowSubscriber policy)
{
    WsOptions options;
    options.setMaxBufferedAmount(most);
    options.setSlowSubscriber(policy);
    return options;
}

// While this thread is busy.
template <typename Task>
void callElsewhere(Task task)
{
    const std::unique_ptr<QThread> thread(QThread::create(task));
    thread->start();
    QVERIFY(thread->wait(QDeadlineTimer(QDeadlineTimer::Forever)));
}
} // namespace

void TestWsSendingMany::latestOfEachKeyIsSentOnce()
{
    Slow side;
    QVERIFY(side.isReady);
    QCOMPARE(side.publish(u"a1"_s, u"a"_s), 1);
    QCOMPARE(side.publish(u"b1"_s, u"b"_s), 1);
    QCOMPARE(side.publish(u"a2"_s, u"a"_s), 1);
    QCOMPARE(side.publish(u"a3"_s, u"a"_s), 1);
    QCOMPARE(side.skipped(), 2);
    QCOMPARE(side.rest(), u"text 'first', text 'a3', text 'b1'"_s);
    QCOMPARE(side.publish(u"a4"_s, u"a"_s), 1);
    settle();
    QCOMPARE(side.sent(), u"text 'a4'"_s);
    QCOMPARE(side.connection->statistics().messagesSent, 4);
}

void TestWsSendingMany::fastSubscriberGetsEveryMessage()
{
    Slow side;
    QVERIFY(side.isReady);
    side.rest();
    QStringList expected;
    for (int i = 0; i < 1000; ++i) { // in one turn of the event loop
        QCOMPARE(side.publish(QString(200, u'x') + QString::number(i), u"a"_s), 1);
        expected.append(u"text '%1%2'"_s.arg(QString(200, u'x')).arg(i));
    }
    settle();
    QCOMPARE(side.sent(), expected.join(u", "));
    QCOMPARE(side.skipped(), 0);
}

void TestWsSendingMany::emptyKeyIsTheWholeTopic()
{
    Slow side;
    QVERIFY(side.isReady);
    QVERIFY(side.server->subscribe(side.connection, u"u"_s));
    side.server->publish(u"t"_s, u"t1"_s, QString());
    side.server->publish(u"u"_s, u"u1"_s, QString());
    side.server->publish(u"t"_s, u"t2"_s, u""_s);
    QCOMPARE(side.rest(), u"text 'first', text 't2', text 'u1'"_s);
}

void TestWsSendingMany::messagesWithoutAKeyKeepTheirOrder()
{
    Slow side;
    QVERIFY(side.isReady);
    side.publish(u"a1"_s, u"a"_s);
    QCOMPARE(side.server->publish(u"t"_s, u"plain1"_s), 1);
    QCOMPARE(side.server->broadcast(u"plain2"_s), 1);
    side.publish(u"a2"_s, u"a"_s);
    side.publish(u"b1"_s, u"b"_s);
    QCOMPARE(side.rest(), u"text 'first', text 'a2', text 'plain1', text 'plain2', text 'b1'"_s);
}

void TestWsSendingMany::messagesForOneMayOvertake()
{
    Slow side;
    QVERIFY(side.isReady);
    side.publish(u"a1"_s, u"a"_s);
    QVERIFY(side.connection->sendText(u"direct"_s));
    side.publish(u"a2"_s, u"a"_s);
    QCOMPARE(side.rest(), u"text 'first', text 'direct', text 'a2'"_s);
}

// Something for this connection alone is always left.
void TestWsSendingMany::messagesForOneDoNotHoldUpTheOthersForever()
{
    Slow side;
    QVERIFY(side.isReady);
    side.publish(u"a1"_s, u"a"_s);
    side.publish(u"b1"_s, u"b"_s);
    QByteArray all;
    for (int i = 0; i < 20; ++i) {
        QVERIFY(side.connection->sendBinary(QByteArray(100, 'x')));
        QVERIFY(side.connection->sendBinary(QByteArray(100, 'x')));
        side.wire->take(102);
        settle();
        QVERIFY(side.connection->bufferedAmount() > 0);
        all += side.wire->takeWritten();
    }
    QVERIFY(all.contains("a1"));
    QVERIFY(all.contains("b1"));
}

void TestWsSendingMany::whatWaitsIsBuffered()
{
    Slow side;
    QVERIFY(side.isReady);
    QSignalSpy changed(side.connection, &WsConnection::bufferedAmountChanged);
    const qint64 before = side.connection->bufferedAmount();
    side.publish(u"12345"_s, u"a"_s);
    const qint64 after = side.connection->bufferedAmount();
    QVERIFY(after >= before + 5);
    side.publish(u"54321"_s, u"a"_s);
    QCOMPARE(side.connection->bufferedAmount(), after);
    settle();
    QCOMPARE(changed.constLast().constFirst().toLongLong(), after);
    side.rest();
    QCOMPARE(side.connection->bufferedAmount(), 0);
    QCOMPARE(changed.constLast().constFirst().toLongLong(), 0);
}

void TestWsSendingMany::moreThanTheMarkIsDrained()
{
    WsOptions options;
    options.setHighWaterMark(1000);
    Slow side(options);
    QVERIFY(side.isReady);
    side.publish(QString(2000, u'a'), u"a"_s);
    side.publish(QString(2000, u'b'), u"b"_s);
    side.receive({text("not read")});
    settle();
    QCOMPARE(side.told(), QString());
    side.wire->take(10); // "first"
    settle();
    QCOMPARE(side.told(), QString());
    side.rest();
    QCOMPARE(side.told(), u"drained, text not read"_s);
}

void TestWsSendingMany::messageSentIsEmittedWhenItIsSent()
{
    Slow side;
    QVERIFY(side.isReady);
    QStringList sent;
    connect(side.connection, &WsConnection::messageSent, this,
            [&](const WsMessage &message) { sent.append(message.text()); });
    side.publish(u"a1"_s, u"a"_s);
    side.publish(u"a2"_s, u"a"_s);
    QCOMPARE(sent, QStringList());
    side.rest();
    QCOMPARE(sent, QStringList{u"a2"_s});
}

void TestWsSendingMany::slotOfMessageSentMayDeleteTheConnection()
{
    Slow side;
    QVERIFY(side.isReady);
    connect(side.connection, &WsConnection::messageSent, this, [&] { delete side.connection; });
    side.publish(u"a1"_s, u"a"_s);
    side.publish(u"b1"_s, u"b"_s);
    side.wire->takeAll();
    settle();
    QVERIFY(!side.connection);
}

void TestWsSendingMany::unfinishedMessageHoldsUp()
{
    Slow side;
    QVERIFY(side.isReady);
    side.rest();
    WsMessageStream *const stream = side.connection->openMessage(Ws::Binary);
    QVERIFY(stream);
    stream->write("part");
    settle();
    side.publish(u"a1"_s, u"a"_s);
    side.publish(u"a2"_s, u"a"_s);
    settle();
    stream->close();
    settle();
    QVERIFY(side.sent().endsWith(u"text 'a2'"));
    QCOMPARE(side.skipped(), 1);
}

void TestWsSendingMany::systemsQueueIsKeptShortFromTheFirstKeyOn()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    QVERIFY(side.server->subscribe(side.connection, u"t"_s));
    side.server->publish(u"t"_s, u"plain"_s);
    QCOMPARE(side.wire->shortQueueCount, 0);
    side.server->publish(u"t"_s, u"1"_s, u"a"_s);
    side.server->publish(u"t"_s, u"2"_s, u"a"_s);
    QCOMPARE(side.wire->shortQueueCount, 1);
}

void TestWsSendingMany::keysThatDoNotFitAreSkipped()
{
    Slow side(limited(2000, Ws::SkipMessage));
    QVERIFY(side.isReady);
    QCOMPARE(side.publish(QString(1000, u'a'), u"a"_s), 1);
    QCOMPARE(side.publish(QString(1000, u'b'), u"b"_s), 0);
    QCOMPARE(side.connection->errorString(), QString()); // of no function of the connection
    QCOMPARE(side.publish(QString(1000, u'A'), u"a"_s), 1); // instead of the other one
    QCOMPARE(side.skipped(), 2);
    QCOMPARE(side.rest(), u"text 'first', text '%1'"_s.arg(QString(1000, u'A')));
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsSendingMany::keysThatDoNotFitCloseTheConnection()
{
    Slow side(limited(2000, Ws::CloseConnection));
    QVERIFY(side.isReady);
    QCOMPARE(side.publish(QString(1000, u'a'), u"a"_s), 1);
    QCOMPARE(side.publish(QString(1000, u'A'), u"a"_s), 1);
    QCOMPARE(side.publish(QString(1000, u'b'), u"b"_s), 0);
    QCOMPARE(side.told(), u"Closing, error Overflow"_s);
    QCOMPARE(side.rest(), u"text 'first', close 1008 'too slow'"_s);
    QCOMPARE(side.connection->bufferedAmount(), 0);
}

void TestWsSendingMany::longerMessageOfAKeyMayNotFit()
{
    Slow side(limited(2000, Ws::SkipMessage));
    QVERIFY(side.isReady);
    QCOMPARE(side.publish(u"short"_s, u"a"_s), 1);
    QCOMPARE(side.publish(QString(2000, u'a'), u"a"_s), 0);
    QCOMPARE(side.rest(), u"text 'first', text 'short'"_s);
}

void TestWsSendingMany::oldestIsDropped()
{
    Slow side(limited(2000, Ws::DropOldest));
    QVERIFY(side.isReady);
    for (const char letter : {'1', '2', '3', '4', '5'})
        QCOMPARE(side.server->broadcast(QString(500, QLatin1Char(letter))), 1);
    QVERIFY(side.connection->bufferedAmount() <= 2000 + 500);
    QCOMPARE(side.skipped(), 3);
    QCOMPARE(side.rest(),
             u"text 'first', text '%1', text '%2'"_s.arg(QString(500, u'4'), QString(500, u'5')));
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsSendingMany::oldestIsDroppedBeforeAnythingIsWritten()
{
    Side side(WsRole::Server, limited(2000, Ws::DropOldest));
    QVERIFY(side.open());
    side.wire->room = 1200; // all in one turn of the event loop
    for (const char letter : {'1', '2', '3', '4', '5', '6'})
        QCOMPARE(side.server->broadcast(QString(500, QLatin1Char(letter))), 1);
    settle();
    side.wire->takeAll();
    settle();
    const QString sent = side.sent();
    QVERIFY(sent.contains(QString(500, u'1')));
    QVERIFY(sent.endsWith(u"text '%1'"_s.arg(QString(500, u'6'))));
    QCOMPARE(side.connection->statistics().messagesSent + side.connection->statistics().messagesSkipped, 6);
    QVERIFY(side.connection->statistics().messagesSkipped > 0);
}

void TestWsSendingMany::nothingIsDroppedForWhatNeverFits()
{
    Slow side(limited(2000, Ws::DropOldest));
    QVERIFY(side.isReady);
    QCOMPARE(side.server->broadcast(u"kept"_s), 1);
    QCOMPARE(side.server->broadcast(QString(3000, u'x')), 0);
    QCOMPARE(side.skipped(), 1);
    QCOMPARE(side.rest(), u"text 'first', text 'kept'"_s);
}

void TestWsSendingMany::closeSendsWhatWaits()
{
    Slow side;
    QVERIFY(side.isReady);
    side.publish(u"a1"_s, u"a"_s);
    side.publish(u"a2"_s, u"a"_s);
    side.publish(u"b1"_s, u"b"_s);
    QVERIFY(side.connection->close());
    QCOMPARE(side.publish(u"a3"_s, u"a"_s), 0);
    QCOMPARE(side.rest(), u"text 'first', text 'a2', text 'b1', close 1000 ''"_s);
}

void TestWsSendingMany::peersCloseDropsWhatWaits()
{
    Slow side;
    QVERIFY(side.isReady);
    side.publish(u"a1"_s, u"a"_s);
    side.receive({closing(1000, "bye")});
    settle();
    QCOMPARE(side.publish(u"a2"_s, u"a"_s), 0);
    QCOMPARE(side.rest(), u"text 'first', close 1000 'bye'"_s);
    QVERIFY(!side.connection);
    QVERIFY(side.told().endsWith(u"closed 1000 'bye' clean"));
}

void TestWsSendingMany::unsubscribingDropsTheKeysOfTheTopic()
{
    Slow side;
    QVERIFY(side.isReady);
    const qint64 before = side.connection->bufferedAmount();
    side.publish(u"a1"_s, u"a"_s);
    QVERIFY(side.server->unsubscribe(side.connection, u"t"_s));
    QCOMPARE(side.connection->bufferedAmount(), before);
    QVERIFY(side.server->subscribe(side.connection, u"t"_s));
    side.publish(u"b1"_s, u"b"_s);
    QCOMPARE(side.server->publish(u"t"_s, u"plain"_s), 1);
    QVERIFY(side.server->unsubscribe(side.connection, u"t"_s));
    QCOMPARE(side.rest(), u"text 'first', text 'plain'"_s);
    QCOMPARE(side.skipped(), 0); // it did not want them any more
}

void TestWsSendingMany::compressedMessagesWaitUncompressed()
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    compression.setThreshold(0);
    options.setCompression(compression);
    Slow side(options, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    QVERIFY(side.isReady);
    QVERIFY(!side.connection->extensions().isEmpty());
    const QByteArray large(100'000, 'x');
    QCOMPARE(side.server->publish(u"t"_s, large, u"a"_s), 1);
    QVERIFY(side.connection->bufferedAmount() > 100'000);
    side.publish(QString(1000, u'y'), u"a"_s);
    side.wire->takeAll();
    settle();
    QVERIFY(side.wire->takeWritten().size() < 200);
    QCOMPARE(side.connection->statistics().messagesSent, 2);
}

void TestWsSendingMany::skipsAreReportedOnceASecond()
{
    Slow side;
    QVERIFY(side.isReady);
    side.listenToSkips();
    for (int i = 0; i < 10; ++i)
        side.publish(u"a"_s, u"a"_s);
    QCOMPARE(side.reported(), QString());
    settle();
    QCOMPARE(side.reported(), u"t 9"_s);
    for (int i = 0; i < 5; ++i) {
        side.publish(u"a"_s, u"a"_s);
        pass(100ms);
    }
    QCOMPARE(side.reported(), QString());
    pass(500ms);
    QCOMPARE(side.reported(), u"t 5"_s);
    pass(10s);
    QCOMPARE(side.reported(), QString());
    side.publish(u"a"_s, u"a"_s);
    settle();
    QCOMPARE(side.reported(), u"t 1"_s);
}

// Which may be all that its thread does.
void TestWsSendingMany::skipsAreReportedDuringAWait()
{
    WsOptions options;
    options.setPingInterval(0ms); // nothing else has a time
    Slow side(options);
    QVERIFY(side.isReady);
    side.listenToSkips();
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    settle();
    QCOMPARE(side.reported(), u"t 1"_s);
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    side.wire->onWait = [&side] {
        FakeClock::pass(std::chrono::milliseconds(side.wire->waitMs));
        if (!side.reports.isEmpty() || side.wire->waitCount == 5)
            side.wire->reset();
    };
    QVERIFY(!side.connection->waitForMessage());
    QCOMPARE(side.reported(), u"t 2"_s);
    QVERIFY(side.wire->waitCount < 5);
}

void TestWsSendingMany::skipsAreReportedByTopic()
{
    Slow side(limited(2000, Ws::DropOldest));
    QVERIFY(side.isReady);
    side.listenToSkips();
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    side.server->broadcast(QString(1500, u'x'));
    side.server->broadcast(QString(1500, u'x'));
    settle();
    side.reports.sort();
    QCOMPARE(side.reported(), u" 1, t 2"_s);
}

void TestWsSendingMany::skipsAreReportedBeforeTheEnd()
{
    Slow side;
    QVERIFY(side.isReady);
    side.listenToSkips();
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    settle();
    QCOMPARE(side.reported(), u"t 1"_s);
    QString atClosed;
    connect(side.connection, &WsConnection::closed, this, [&] { atClosed = side.reported(); });
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    side.wire->reset();
    settle();
    QCOMPARE(atClosed, u"t 2"_s);
}

void TestWsSendingMany::skippedMessagesAreReported()
{
    Slow side(limited(2000, Ws::SkipMessage));
    QVERIFY(side.isReady);
    side.listenToSkips();
    QCOMPARE(side.server->broadcast(QString(1500, u'x')), 1);
    QCOMPARE(side.server->broadcast(QString(1500, u'x')), 0);
    QCOMPARE(side.server->publish(u"t"_s, QString(1500, u'x')), 0);
    QCOMPARE(side.server->publish(u"t"_s, QString(1500, u'x')), 0);
    settle();
    side.reports.sort();
    QCOMPARE(side.reported(), u" 1, t 2"_s);
    QCOMPARE(side.skipped(), 3);
}

void TestWsSendingMany::skipHandlerMayDeleteTheConnection()
{
    Slow side(limited(2000, Ws::SkipMessage));
    QVERIFY(side.isReady);
    int calls = 0;
    side.server->setSkipHandler([&](WsConnection *connection, const QString &, qint64) {
        ++calls;
        delete connection;
    });
    QCOMPARE(side.server->broadcast(QString(3000, u'x')), 0);
    QCOMPARE(side.server->publish(u"t"_s, QString(3000, u'x')), 0);
    settle();
    QCOMPARE(calls, 1);
    QVERIFY(!side.connection);
}

void TestWsSendingMany::skipHandlerThatThrowsClosesTheConnection()
{
    Slow side;
    QVERIFY(side.isReady);
    QStringList serverErrors;
    connect(side.server.get(), &WsServer::errorOccurred, this, [&](const WsError &error) {
        serverErrors.append(nameOfValue(error.kind()) + u' ' + error.text());
    });
    side.server->setSkipHandler([](WsConnection *, const QString &, qint64) {
#ifdef __cpp_exceptions
        throw std::runtime_error("boom");
#endif
    });
    side.publish(u"a"_s, u"a"_s);
    side.publish(u"a"_s, u"a"_s);
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler"_s);
    QCOMPARE(serverErrors, QStringList{u"Handler boom"_s});
    QCOMPARE(side.rest(), u"text 'first', close 1011 ''"_s);
}

void TestWsSendingMany::messagesOnTheirWayToAThreadTakeEachOthersPlace()
{
    Slow side;
    QVERIFY(side.isReady);
    side.rest();
    callElsewhere([&] {
        QCOMPARE(side.publish(u"a1"_s, u"a"_s), 1);
        QCOMPARE(side.publish(u"b1"_s, u"b"_s), 1);
        QCOMPARE(side.server->publish(u"t"_s, u"plain"_s), 1);
        for (int i = 2; i < 1000; ++i)
            QCOMPARE(side.publish(u"a%1"_s.arg(i), u"a"_s), 1);
    });
    settle();
    QCOMPARE(side.sent(), u"text 'a999', text 'b1', text 'plain'"_s);
    QCOMPARE(side.skipped(), 998);
    callElsewhere([&] {
        QCOMPARE(side.publish(u"a1000"_s, u"a"_s), 1);
        QCOMPARE(side.publish(u"a1001"_s, u"a"_s), 1);
    });
    settle();
    QCOMPARE(side.sent(), u"text 'a1001'"_s);
}

void TestWsSendingMany::messagesOnTheirWayDoNotOvertakeASubscription()
{
    Slow side;
    QVERIFY(side.isReady);
    side.rest();
    QVERIFY(side.server->unsubscribe(side.connection, u"t"_s));
    callElsewhere([&] {
        QVERIFY(side.server->subscribe(side.connection, u"u"_s));
        side.server->publish(u"t"_s, u"t1"_s, u"a"_s);
        QVERIFY(side.server->subscribe(side.connection, u"t"_s));
        side.server->publish(u"t"_s, u"t2"_s, u"a"_s);
        QVERIFY(side.server->unsubscribe(side.connection, u"t"_s));
        side.server->publish(u"t"_s, u"t3"_s, u"a"_s);
    });
    settle();
    QCOMPARE(side.sent(), u"text 't2'"_s);
}

void TestWsSendingMany::messagesOnTheirWayReachThoseThatAreLeftOutOfALaterOne()
{
    Slow side;
    QVERIFY(side.isReady);
    side.rest();
    callElsewhere([&] {
        QCOMPARE(side.publish(u"a1"_s, u"a"_s), 1);
        QCOMPARE(side.server->publish(u"t"_s, u"a2"_s, u"a"_s, side.connection), 0);
    });
    settle();
    QCOMPARE(side.sent(), u"text 'a1'"_s);
}

void TestWsSendingMany::messagesForASlowConnectionOfAnotherThread()
{
    Slow side(limited(2000, Ws::SkipMessage));
    QVERIFY(side.isReady);
    side.listenToSkips();
    side.publish(QString(1500, u'x'), u"a"_s);
    callElsewhere([&] { QCOMPARE(side.publish(QString(1500, u'y'), u"a"_s), 1); });
    settle();
    QCOMPARE(side.skipped(), 1);
    callElsewhere([&] {
        for (int i = 0; i < 100; ++i)
            QCOMPARE(side.server->publish(u"t"_s, QString(1500, u'z')), 0);
    });
    settle();
    QCOMPARE(side.skipped(), 101);
    pass(1s);
    QCOMPARE(side.reported(), u"t 1, t 100"_s);
    QCOMPARE(side.rest(), u"text 'first', text '%1'"_s.arg(QString(1500, u'y')));
}

// Read from a history. Those that wait share what all may have.
void TestWsSendingMany::emptyMessageLeavesNobodyWaiting()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.server->setMaxTotalBufferedAmount(1000);
    const std::shared_ptr<WsBufferTotal> total = WsServerPrivate::of(side.server.get())->home->bufferTotal;
    WsSending &sending = side.data().sending;
    const WsManyMessage empty{WsPreparedMessage::text(u""_s), u"t"_s, {}};
    for (int i = 0; i < 10; ++i) {
        QVERIFY(sending.takeFromTotal(0));
        QVERIFY(sending.sendAsOneOfMany(empty, WsSending::Entry::Accepted));
        settle();
    }
    QCOMPARE(side.connection->statistics().messagesSent, 10);
    QCOMPARE(total->amount(), 0);
    total->add(900);
    QCOMPARE(total->shareFor(1, 1), 500);
    total->add(-900);
}

void TestWsSendingMany::messagesToManyKeepTheErrorOfAConnectionThatEnds()
{
    for (const bool isOtherThread : {false, true}) {
        Side side(WsRole::Server);
        QVERIFY(side.open());
        QStringList texts;
        const auto tell = [&] {
            const auto broadcast = [&] { side.server->broadcast(u"somebody leaves"_s); };
            if (isOtherThread)
                callElsewhere(broadcast);
            else
                broadcast();
            QCoreApplication::sendPostedEvents();
            texts.append(side.connection->errorString());
        };
        connect(side.connection, &WsConnection::errorOccurred, this, tell);
        connect(side.connection, &WsConnection::closed, this, tell);
        side.receive({text("x").unmasked()});
        settle();
        QCOMPARE(side.log->errors.size(), 1);
        const QString error = side.log->errors.constFirst().text();
        side.wire->end();
        settle();
        QCOMPARE(texts, QStringList({error, error}));
    }
}

void TestWsSendingMany::endOfTheServerKeepsTheErrorOfAConnectionThatEnds()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.receive({text("x").unmasked()});
    settle();
    QCOMPARE(side.log->errors.size(), 1);
    side.server->close();
    QVERIFY(side.connection);
    QCOMPARE(side.connection->errorString(), side.log->errors.constFirst().text());
}

// In a slot of closed().
void TestWsSendingMany::endOfTheServerKeepsTheErrorOfAConnectionThatHasEnded()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    QString inSlot;
    connect(side.connection, &WsConnection::closed, side.server.get(), [&] {
        side.server->close();
        inSlot = side.connection->errorString();
    });
    side.receive({text("x").unmasked()});
    side.wire->end();
    settle();
    QCOMPARE(side.log->errors.size(), 1);
    QCOMPARE(inSlot, side.log->errors.constFirst().text());
}

void TestWsSendingMany::busyThreadClosesThoseWhoFollowAHistory_data()
{
    QTest::addColumn<quint64>("number"); // of the id; 0: it has none
    QTest::addColumn<bool>("isFollowed");
    QTest::addColumn<QString>("told");
    QTest::newRow("a history that it follows") << quint64(1) << true << u"Closing, error Overflow"_s;
    QTest::newRow("a history") << quint64(1) << false << QString();
    QTest::newRow("no history") << quint64(0) << true << QString();
}

// They come back with their last id. Nobody else would tell them what they have missed.
void TestWsSendingMany::busyThreadClosesThoseWhoFollowAHistory()
{
    QFETCH(const quint64, number);
    QFETCH(const bool, isFollowed);
    Side side(WsRole::Server, limited(2000, Ws::CloseConnection));
    QVERIFY(side.open());
    QVERIFY(isFollowed ? side.server->subscribe(side.connection, u"t"_s, u"0"_s)
                       : side.server->subscribe(side.connection, u"t"_s));
    settle();
    QStringList texts;
    QObject::connect(side.connection, &WsConnection::errorOccurred, side.connection,
                     [&](const WsError &error) { texts.append(error.text()); });
    callElsewhere([&] {
        WsManyMessage message{WsPreparedMessage::text(QString(1500, u'x')), u"t"_s, {}, {number, 0}};
        QCOMPARE(WsServerPrivate::of(side.server.get())->home->publishToAll(message, nullptr), 1);
        message.id.number = number;
        QCOMPARE(WsServerPrivate::of(side.server.get())->home->publishToAll(message, nullptr), 0);
    });
    settle();
    QTEST(side.told(), "told");
    QCOMPARE(texts.filter(u"thread of the connection is too busy"_s).size(), texts.size());
    QCOMPARE(texts.isEmpty(), side.connection->state() == Ws::Open);
}

namespace {
// A client that takes nothing when it begins to read the history of "log".
struct SlowReader : Side
{
    explicit SlowReader(const WsOptions &ownOptions) : Side(WsRole::Server, ownOptions)
    {
        broker.setHistory(u"log"_s, 100);
        server->setBroker(&broker);
        server->setReplayHandler([](WsConnection *to, const QString &, const QString &id, bool isComplete) {
            to->sendText(u"at %1 %2"_s.arg(id, isComplete ? u"yes"_s : u"no"_s));
        });
        isReady = open();
        wire->room = 0;
        isReady = isReady && connection->sendText(u"first"_s);
    }
    // Returns what reaches the peer of that.
    QString publish(int count, qsizetype size)
    {
        QStringList expected{u"text 'first'"_s};
        for (int i = 0; i < count; ++i) {
            const QString text = QString::number(i).leftJustified(size, u'.');
            server->publish(u"log"_s, text);
            expected.append(u"text '%1'"_s.arg(text));
        }
        settle();
        return expected.join(u", ");
    }

    WsMemoryBroker broker{u"slow reader"_s};
    bool isReady = false;
};
} // namespace

// Messages to many wait by themselves, where the oldest can be dropped. What is sent to one does not.
void TestWsSendingMany::historyIsSentBeforeItsReport()
{
    SlowReader side(limited(100'000, Ws::DropOldest));
    QVERIFY(side.isReady);
    const QString expected = side.publish(5, 10);
    QVERIFY(side.server->subscribe(side.connection, u"log"_s, u"0"_s));
    settle();
    side.wire->takeAll();
    settle();
    QCOMPARE(side.sent(), expected + u", text 'at 1-5 yes'"_s);
}

void TestWsSendingMany::nothingOfAHistoryIsDropped()
{
    SlowReader side(limited(10'000, Ws::DropOldest));
    QVERIFY(side.isReady);
    const QString expected = side.publish(10, 200);
    QVERIFY(side.server->subscribe(side.connection, u"log"_s, u"0"_s));
    settle();
    for (int i = 0; i < 10; ++i)
        side.server->broadcast(QString(6000, u'x'));
    settle();
    side.wire->takeAll();
    settle();
    const QString sent = side.sent();
    QVERIFY2(sent.startsWith(expected + u", text '"_s), qPrintable(sent));
    QVERIFY(side.connection->statistics().messagesSkipped > 0);
}

void TestWsSendingMany::nextSubscriptionGoesOnInOrder_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<bool>("isEnded");
    QTest::newRow("from the beginning") << u"0"_s << false;
    QTest::newRow("from now on") << u""_s << false;
    QTest::newRow("after the end of the first") << u"0"_s << true;
}

// What the first subscription has brought still waits.
void TestWsSendingMany::nextSubscriptionGoesOnInOrder()
{
    QFETCH(const QString, id);
    QFETCH(const bool, isEnded);
    SlowReader side(limited(100'000, Ws::DropOldest));
    QVERIFY(side.isReady);
    QVERIFY(side.server->subscribe(side.connection, u"log"_s));
    settle();
    const QString expected = side.publish(5, 10);
    QVERIFY(!isEnded || side.server->unsubscribe(side.connection, u"log"_s));
    QVERIFY(side.server->subscribe(side.connection, u"log"_s, id));
    settle();
    side.wire->takeAll();
    settle();
    QCOMPARE(side.sent(), expected + u", text 'at 1-5 yes'"_s);
}

void TestWsSendingMany::nextBrokerTakesNothingThatWaits_data()
{
    QTest::addColumn<QString>("id");
    QTest::newRow("from the beginning") << u"0"_s;
    QTest::newRow("from now on") << u""_s;
}

// It does not have what the one before has kept.
void TestWsSendingMany::nextBrokerTakesNothingThatWaits()
{
    QFETCH(const QString, id);
    SlowReader side(limited(100'000, Ws::DropOldest));
    QVERIFY(side.isReady);
    QVERIFY(side.server->subscribe(side.connection, u"log"_s));
    settle();
    QString expected = side.publish(5, 10);
    expected.insert(expected.indexOf(u',') + 2, u"text 'at 0-0 yes', "_s); // what is sent to one passes
    WsMemoryBroker next(u"next one of a slow reader"_s);
    next.setHistory(u"log"_s, 100);
    side.server->setBroker(&next);
    QVERIFY(side.server->subscribe(side.connection, u"log"_s, id));
    settle();
    side.wire->takeAll();
    settle();
    QCOMPARE(side.sent(), expected);
    side.server->setBroker(nullptr);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsSendingMany)
#include "tst_wssending_many.moc"
