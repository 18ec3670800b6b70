// SPDX-License-Identifier: MIT

// How fast the peer may send: what is held back, what is delivered nevertheless, and when it goes on.

#include "connectiontesting.h"
#include "loglines.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsMessageStream>

#include <QtCore/qthread.h>

using namespace ConnectionTesting;

namespace {
WsOptions withRates(int messages, qint64 bytes, Ws::RateLimitPolicy policy = Ws::SlowDown)
{
    WsOptions options;
    options.setMaxMessagesPerSecond(messages);
    options.setMaxBytesPerSecond(bytes);
    options.setRateLimitPolicy(policy);
    options.setPingInterval(20s);
    options.setPongTimeout(5s);
    options.setCloseTimeout(5s);
    return options;
}

void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

Frames texts(int count, const QByteArray &payload = "x")
{
    return Frames(count, text(payload));
}
} // namespace

class TestWsLinkRates : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesBeyondTheRateComeLater_data() { addRoles(); }
    void messagesBeyondTheRateComeLater();
    void nothingIsReadWhileMessagesAreHeldBack_data() { addRoles(); }
    void nothingIsReadWhileMessagesAreHeldBack();
    void bytesBeyondTheRateAreReadLater_data() { addRoles(); }
    void bytesBeyondTheRateAreReadLater();
    void messagesWithinTheBytesAreNotHeldBack();
    void pingsCount_data() { addRoles(); }
    void pingsCount();
    void pingsInAPauseCount();
    void messagesInAPauseCountOnce();
    void streamedMessagesCount();
    void takenMessagesCount();
    void bytesOfAByteStreamCount();
    void excessCloses_data();
    void excessCloses();
    void excessInAPauseCloses();
    void nothingComesAfterAnExcess();
    void whatWaitedForAPauseIsNoExcess();
    void peerThatIsHeldBackMissesNoPong_data() { addRoles(); }
    void peerThatIsHeldBackMissesNoPong();
    void pingsGoOnAfterwards();
    void changeTakesEffectAtOnce_data() { addRoles(); }
    void changeTakesEffectAtOnce();
    void endOfTheLimitLetsEverythingCome_data() { addRoles(); }
    void endOfTheLimitLetsEverythingCome();
    void limitCanBeginInASlot();
    void closingReadsWithoutALimit_data();
    void closingReadsWithoutALimit();
    void endComesAfterWhatWasHeldBack_data() { addRoles(); }
    void endComesAfterWhatWasHeldBack();
    void nextOpeningBeginsAnew();
    void waitingGoesOnWhenThereAreTokens();
    void whatIsHeldBackMovesAlong();
    void holdingBackIsLoggedOnce();
};

void TestWsLinkRates::messagesBeyondTheRateComeLater()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(2, 0));
    QVERIFY(side.open());
    side.receive({text("a"), text("b"), text("c"), text("d")});
    settle();
    QCOMPARE(side.told(), u"text a, text b"_s);
    pass(499ms);
    QCOMPARE(side.told(), QString());
    pass(1ms);
    QCOMPARE(side.told(), u"text c"_s);
    pass(500ms);
    QCOMPARE(side.told(), u"text d"_s);
    pass(10s);
    side.receive({text("e"), text("f"), text("g")});
    QCOMPARE(side.told(), u"text e, text f"_s);
}

void TestWsLinkRates::nothingIsReadWhileMessagesAreHeldBack()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(1, 0));
    QVERIFY(side.open());
    side.receive({text("a")});
    const QByteArray next = fromPeerOf(role, {text("b"), text("c")});
    side.feed(next);
    settle();
    QCOMPARE(side.wire->unread, next);
    pass(1s);
    QCOMPARE(side.told(), u"text a, text b"_s);
    QCOMPARE(side.wire->unread, QByteArray());
}

void TestWsLinkRates::bytesBeyondTheRateAreReadLater()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(0, 1000));
    QVERIFY(side.open());
    const QByteArray message = fromPeerOf(role, {binary(QByteArray(3000, 'm'))});
    side.feed(message);
    settle();
    QCOMPARE(side.wire->unread.size(), message.size() - 1000);
    pass(50ms);
    QCOMPARE(side.wire->unread.size(), message.size() - 1050);
    for (int i = 0; i < 38; ++i)
        pass(50ms);
    QCOMPARE(side.told(), QString());
    for (int i = 0; i < 2; ++i)
        pass(50ms);
    QCOMPARE(side.told(), u"binary "_s + QString(3000, u'm'));
}

void TestWsLinkRates::messagesWithinTheBytesAreNotHeldBack()
{
    Side side(WsRole::Server, withRates(0, 70)); // ten messages of 7 bytes
    QVERIFY(side.open());
    side.receive(texts(11));
    settle();
    QCOMPARE(side.told().count(u"text x"_s), 10);
    QVERIFY(!side.link().mayRead());
}

void TestWsLinkRates::pingsCount()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(2, 0));
    QVERIFY(side.open());
    side.receive({ping("a"), ping("b"), ping("c"), text("d")});
    settle();
    QCOMPARE(side.sent(), u"pong 'a', pong 'b'"_s);
    pass(500ms);
    QCOMPARE(side.sent(), u"pong 'c'"_s);
    QCOMPARE(side.told(), u"ping a, ping b, ping c"_s);
    pass(500ms);
    QCOMPARE(side.told(), u"text d"_s);
}

void TestWsLinkRates::pingsInAPauseCount()
{
    Side side(WsRole::Server, withRates(2, 0));
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive({ping("a"), ping("b"), ping("c")});
    settle();
    QCOMPARE(side.sent(), u"pong 'a', pong 'b'"_s);
    pass(500ms);
    QCOMPARE(side.sent(), u"pong 'c'"_s);
}

void TestWsLinkRates::messagesInAPauseCountOnce()
{
    Side side(WsRole::Server, withRates(3, 0));
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive({text("a"), text("b")});
    side.connection->setPaused(false);
    settle();
    side.receive({text("c")});
    settle();
    QCOMPARE(side.told(), u"text a, text b, text c"_s);
    QVERIFY(!side.link().mayRead());
}

void TestWsLinkRates::streamedMessagesCount()
{
    Side side(WsRole::Server, withRates(1, 0));
    QVERIFY(side.open());
    side.connection->setBinaryType(Ws::Stream);
    QList<QByteArray> read;
    QObject::connect(side.connection, &WsConnection::messageStarted, side.connection,
                     [&read](WsMessageStream *stream) {
                         QObject::connect(stream, &QIODevice::readyRead, stream,
                                          [&read, stream] { read.append(stream->readAll()); });
                     });
    side.receive({binary("a"), binary("b")});
    settle();
    QCOMPARE(read, QList<QByteArray>{"a"});
    pass(1s);
    QCOMPARE(read, (QList<QByteArray>{"a", "b"}));
}

void TestWsLinkRates::takenMessagesCount()
{
    Side side(WsRole::Server, withRates(1, 0));
    QVERIFY(side.open());
    side.connection->receive().cancel();
    side.receive({text("a"), text("b")});
    QCOMPARE(side.take(), u"a"_s);
    QVERIFY(!side.data().delivery.hasMessage());
    pass(1s);
    QCOMPARE(side.told(), QString());
    QCOMPARE(side.take(), u"b"_s);
}

void TestWsLinkRates::bytesOfAByteStreamCount()
{
    Side side(WsRole::Server, withRates(0, 1000));
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    side.receive({binary(QByteArray(4000, 'm'))});
    settle();
    QCOMPARE_LE(stream.bytesAvailable(), 1000);
    QCOMPARE_GT(stream.bytesAvailable(), 900);
    pass(1s);
    QCOMPARE_GT(stream.bytesAvailable(), 1900);
    QCOMPARE_LE(stream.bytesAvailable(), 2000);
}

void TestWsLinkRates::excessCloses_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("messages");
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<QString>("text");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        QTest::addRow("%s, messages", nameOf(role))
            << role << 3 << qint64(0) << u"the peer sends more than maxMessagesPerSecond (3)"_s;
        QTest::addRow("%s, bytes", nameOf(role))
            << role << 0 << qint64(15) << u"the peer sends more than maxBytesPerSecond (15)"_s;
    }
}

void TestWsLinkRates::excessCloses()
{
    QFETCH(const WsRole, role);
    QFETCH(const int, messages);
    QFETCH(const qint64, bytes);
    QFETCH(const QString, text);
    Side side(role, withRates(messages, bytes, Ws::Disconnect));
    QVERIFY(side.open());
    side.receive(texts(2));
    QCOMPARE(side.told(), u"text x, text x"_s);
    side.receive(texts(4));
    QCOMPARE(side.told().remove(u"text x, "_s), u"Closing, error Overflow"_s);
    QCOMPARE(side.log->errors.first().text(), text);
    QCOMPARE(side.log->errors.first().closeCode(), quint16(Ws::PolicyViolation));
    QCOMPARE(side.sent(), u"close 1008 '%1'"_s.arg(text));
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
}

void TestWsLinkRates::excessInAPauseCloses()
{
    Side side(WsRole::Server, withRates(2, 0, Ws::Disconnect));
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive(texts(3));
    settle();
    QVERIFY(side.sent().startsWith(u"close 1008"_s));
}

void TestWsLinkRates::nothingComesAfterAnExcess()
{
    Side side(WsRole::Server, withRates(2, 0, Ws::Disconnect));
    QVERIFY(side.open());
    side.receive(texts(2, "a") + texts(20, "b"));
    side.receive(texts(20, "b"));
    settle();
    QCOMPARE(side.told(), u"text a, text a, Closing, error Overflow"_s);
}

void TestWsLinkRates::whatWaitedForAPauseIsNoExcess()
{
    WsOptions options = withRates(2, 0, Ws::Disconnect);
    options.setHighWaterMark(100);
    Side side(WsRole::Server, options);
    QVERIFY(side.open());
    side.connection->setPaused(true);
    side.receive(texts(1));
    side.receive(texts(1, QByteArray(100, 'x')));
    QVERIFY(!side.link().mayRead());
    for (int i = 0; i < 10; ++i) { // of a peer that sends one a second
        pass(1s);
        side.receive(texts(1));
    }
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.told().count(u"text x"_s), 12);
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsLinkRates::peerThatIsHeldBackMissesNoPong()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(1, 0));
    QVERIFY(side.open());
    pass(20s);
    QVERIFY(side.sent().startsWith(u"ping"_s));
    Frames flood = texts(60);
    side.receive(flood); // the pong is after that
    for (int i = 0; i < 50; ++i)
        pass(1s);
    QCOMPARE(side.connection->state(), Ws::Open);
    QVERIFY(!side.sent().contains(u"close"_s));
}

void TestWsLinkRates::pingsGoOnAfterwards()
{
    Side side(WsRole::Server, withRates(1, 0));
    QVERIFY(side.open());
    side.receive(texts(2));
    pass(1s);
    pass(1s);
    QCOMPARE(side.told(), u"text x, text x"_s);
    side.sent();
    pass(20s);
    QVERIFY(side.sent().startsWith(u"ping"_s));
    pass(5s);
    QCOMPARE(side.told(), u"error Timeout, Closed, closed 1006 '' unclean"_s);
}

void TestWsLinkRates::changeTakesEffectAtOnce()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.receive(texts(20));
    QCOMPARE(side.told().count(u"text"_s), 20);
    side.connection->setOptions(withRates(2, 0));
    side.receive(texts(20));
    QCOMPARE(side.told().count(u"text"_s), 2);
    side.connection->setOptions(withRates(2, 0, Ws::Disconnect));
    settle();
    QCOMPARE(side.told(), u"Closing, error Overflow"_s);
}

void TestWsLinkRates::endOfTheLimitLetsEverythingCome()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(10));
    side.receive(texts(10));
    QCOMPARE(side.told().count(u"text"_s), 2);
    side.connection->setOptions(withRates(0, 0));
    settle();
    QCOMPARE(side.told().count(u"text"_s), 18);
    QVERIFY(side.link().mayRead());
}

void TestWsLinkRates::limitCanBeginInASlot()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    QObject::connect(side.connection, &WsConnection::messageReceived, side.connection,
                     [&side] { side.connection->setOptions(withRates(2, 0)); });
    side.receive(texts(10));
    QCOMPARE(side.told().count(u"text"_s), 3);
}

void TestWsLinkRates::closingReadsWithoutALimit_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("messages");
    QTest::addColumn<qint64>("bytes");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        QTest::addRow("%s, messages", nameOf(role)) << role << 1 << qint64(0);
        QTest::addRow("%s, bytes", nameOf(role)) << role << 0 << qint64(100);
    }
}

void TestWsLinkRates::closingReadsWithoutALimit()
{
    QFETCH(const WsRole, role);
    QFETCH(const int, messages);
    QFETCH(const qint64, bytes);
    Side side(role, withRates(messages, bytes));
    QVERIFY(side.open());
    side.receive(texts(10) + Frames{binary(QByteArray(1024 * 1024, 'x')), closing(Ws::Normal)});
    side.connection->close();
    settle();
    if (role == WsRole::Client)
        side.wire->end();
    settle();
    QVERIFY(side.told().endsWith(u"Closed, closed 1000 '' clean"_s));
}

void TestWsLinkRates::endComesAfterWhatWasHeldBack()
{
    QFETCH(const WsRole, role);
    Side side(role, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(3));
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"text x, text x"_s);
    pass(500ms);
    pass(500ms);
    QCOMPARE(side.told().remove(u"Closing, "_s), u"text x, error Network, Closed, closed 1006 '' unclean"_s);
}

void TestWsLinkRates::nextOpeningBeginsAnew()
{
    Side side(WsRole::Client, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(10));
    side.connection->abort();
    QVERIFY(side.open());
    side.receive(texts(3, "y"));
    QCOMPARE(side.told(), u"text y, text y"_s);
    pass(500ms);
    QCOMPARE(side.told(), u"text y"_s);
}

void TestWsLinkRates::waitingGoesOnWhenThereAreTokens()
{
    Side side(WsRole::Server, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(2) + texts(1, "y"));
    side.told();
    side.wire->onWait = [&side] { FakeClock::pass(std::chrono::milliseconds(side.wire->waitMs)); };
    const std::optional<WsMessage> message = side.connection->waitForMessage();
    QVERIFY(message);
    QCOMPARE(message->text(), u"y"_s);
    QCOMPARE(side.wire->waitMs, 500);
}

void TestWsLinkRates::whatIsHeldBackMovesAlong()
{
    Side side(WsRole::Client, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(2) + texts(1, "y"));
    side.told();
    side.wire->feed(fromPeerOf(side.role, texts(1, "z")));
    WsConnection *const connection = side.connection;
    const QThread *const here = QThread::currentThread();
    std::unique_ptr<QThread> thread(QThread::create([connection, here] {
        (void)connection->state();
        connection->moveToThread(const_cast<QThread *>(here));
    }));
    connection->moveToThread(thread.get());
    thread->start();
    QVERIFY(thread->wait(30s));
    settle();
    QCOMPARE(side.told(), QString());
    pass(500ms);
    QCOMPARE(side.told(), u"text y"_s);
}

void TestWsLinkRates::holdingBackIsLoggedOnce()
{
    const LogLines log("wskit.net");
    Side side(WsRole::Server, withRates(2, 0));
    QVERIFY(side.open());
    side.receive(texts(10));
    for (int i = 0; i < 3; ++i)
        pass(500ms);
    const QString text = u"is held back, because the peer sends more than maxMessagesPerSecond (2)"_s;
    QCOMPARE(LogLines::all().filter(text).size(), 1);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLinkRates)
#include "tst_wslink_rates.moc"
