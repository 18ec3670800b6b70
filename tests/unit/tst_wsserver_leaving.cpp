// SPDX-License-Identifier: MIT

// WsServer::close() with a code, a reason and a time limit: what clients are told, and when the server has
// closed.

#include "connectiontesting.h"

#include <WsKit/WsMessageStream>

#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <memory>
#include <vector>

using namespace ConnectionTesting;

namespace {
// A server with one open connection, and what it told: "draining, listening, draining, closed".
struct Leaving
{
    explicit Leaving(const WsOptions &options = {}) : side(WsRole::Server, options)
    {
        WsServer *const server = side.server.get();
        const auto add = [this](const QString &event) { told.append(event); };
        QObject::connect(server, &WsServer::drainingChanged, server,
                         [=] { add(server->isDraining() ? u"draining"_s : u"drained"_s); });
        QObject::connect(server, &WsServer::listeningChanged, server,
                         [=] { add(server->isListening() ? u"listening"_s : u"deaf"_s); });
        QObject::connect(server, &WsServer::closed, server, [=] { add(u"closed"_s); });
        QObject::connect(server, &WsServer::errorOccurred, server,
                         [=](const WsError &error) { add(u"error "_s + nameOfValue(error.kind())); });
    }

    WsServer &server() const { return *side.server; }
    QString takeTold() { return std::exchange(told, {}).join(u", "_s); }

    Side side;
    QStringList told;
};

WsOptions withCloseTimeout(std::chrono::milliseconds time)
{
    WsOptions options;
    options.setCloseTimeout(time);
    return options;
}

const QString longReason(124, u'x');
} // namespace

class TestWsServerLeaving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientIsToldCodeAndReason_data();
    void clientIsToldCodeAndReason();
    void whatMayNotBeSentDoesNothing_data();
    void whatMayNotBeSentDoesNothing();
    void withNobodyItIsClosedAtOnce();
    void withoutListeningItDoesNothing();

    void clientThatNeverAnswersHasItsCloseTimeout();
    void whoIsLeftIsCutInTime();
    void closeTimeoutMayBeShorter();
    void timeoutOfZeroCutsAtOnce();
    void timeoutOfZeroCutsWhatIsQueued();
    void slowClientIsCutInTime();
    void answerThatTakesTooLongIsCutInTime();
    void handlerThatThinksTooLongIsCutInTime();
    void socketThatLingersIsNotWaitedForLonger();
    void hugeTimeoutIsNone();

    void secondCallShortensTheTime();
    void secondCallDoesNotLengthenIt();
    void secondCallKeepsCodeAndReason();
    void secondCallOfZeroCutsAtOnce();

    void streamThatIsBeingWrittenIsCutOff();
    void queuedMessagesComeFirst();
    void takenConnectionIsLeftAlone();

    void listensAgainInAnySlot_data();
    void listensAgainInAnySlot();
    void deletedInAnySlot_data();
    void deletedInAnySlot();
    void closedAgainInAnySlot_data();
    void closedAgainInAnySlot();
    void eventLoopInASlotDoesNotEndItEarly();
    void deletedServerTellsNothing();
    void closesAgainAfterwards();
};

void TestWsServerLeaving::clientIsToldCodeAndReason_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("sent");
    QTest::newRow("going away") << 1001 << QString() << u"close 1001 ''"_s;
    QTest::newRow("restart") << 1012 << u"back in a moment"_s << u"close 1012 'back in a moment'"_s;
    QTest::newRow("of the application") << 4000 << u"moved"_s << u"close 4000 'moved'"_s;
    QTest::newRow("no code") << 1005 << QString() << u"close"_s;
    const QString longest(123, u'x');
    QTest::newRow("the longest reason") << 1001 << longest << u"close 1001 '%1'"_s.arg(longest);
}

void TestWsServerLeaving::clientIsToldCodeAndReason()
{
    QFETCH(const int, code);
    QFETCH(const QString, reason);
    QFETCH(const QString, sent);
    Leaving leaving;
    QVERIFY(leaving.side.open());
    QVERIFY(leaving.server().listen());
    QCOMPARE(leaving.takeTold(), u"listening"_s);
    leaving.server().close(quint16(code), reason);
    QCOMPARE(leaving.takeTold(), u"draining, deaf"_s);
    QVERIFY(leaving.server().isDraining());
    settle();
    QCOMPARE(leaving.side.sent(), sent);
    QCOMPARE(leaving.takeTold(), QString());
    leaving.side.receive({closing(1000)});
    settle();
    QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
    QVERIFY(!leaving.server().isDraining());
}

void TestWsServerLeaving::whatMayNotBeSentDoesNothing_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("problem");
    QTest::newRow("abnormal") << 1006 << QString() << u"the close code 1006 may not be sent"_s;
    QTest::newRow("none at all") << 0 << QString() << u"the close code 0 may not be sent"_s;
    QTest::newRow("beyond") << 5000 << QString() << u"the close code 5000 may not be sent"_s;
    QTest::newRow("a reason without a code")
        << 1005 << u"bye"_s << u"the reason \"bye\" cannot be sent without a close code"_s;
    QTest::newRow("too long")
        << 1001 << longReason
        << u"the reason \"%1…\" takes 124 bytes of UTF-8, more than the 123 of a Close frame"_s.arg(
               longReason.left(40));
    QTest::newRow("too long in UTF-8")
        << 1001 << QString(62, u'ä')
        << u"the reason \"%1…\" takes 124 bytes of UTF-8, more than the 123 of a Close frame"_s.arg(
               QString(40, u'ä'));
}

void TestWsServerLeaving::whatMayNotBeSentDoesNothing()
{
    QFETCH(const int, code);
    QFETCH(const QString, reason);
    QFETCH(const QString, problem);
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.server().close(quint16(code), reason, 0ms);
    QCOMPARE(leaving.server().errorString(), problem);
    QCOMPARE(leaving.takeTold(), u"error Misuse"_s);
    settle();
    QCOMPARE(leaving.side.sent(), QString());
    QVERIFY(!leaving.server().isDraining());
}

void TestWsServerLeaving::withNobodyItIsClosedAtOnce()
{
    Leaving leaving;
    QVERIFY(leaving.server().listen());
    leaving.server().close(Ws::ServiceRestart, u"soon"_s, 5s);
    QCOMPARE(leaving.takeTold(), u"listening, draining, deaf, drained, closed"_s);
}

void TestWsServerLeaving::withoutListeningItDoesNothing()
{
    Leaving leaving;
    leaving.server().close(Ws::GoingAway, {}, 0ms);
    QCOMPARE(leaving.takeTold(), QString());
}

// --- the time limit

void TestWsServerLeaving::clientThatNeverAnswersHasItsCloseTimeout()
{
    Leaving leaving(withCloseTimeout(5s));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway);
    pass(4999ms);
    QCOMPARE(leaving.takeTold(), u"draining"_s);
    pass(1ms);
    QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
    QCOMPARE(leaving.side.told(), u"Closing, error Timeout, Closed, closed 1006 '' unclean"_s);
}

void TestWsServerLeaving::whoIsLeftIsCutInTime()
{
    Leaving leaving(withCloseTimeout(60s));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway, {}, 3s);
    pass(2999ms);
    QCOMPARE(leaving.takeTold(), u"draining"_s);
    pass(1ms);
    QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
    QCOMPARE(leaving.side.told(), u"Closing, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

void TestWsServerLeaving::closeTimeoutMayBeShorter()
{
    Leaving leaving(withCloseTimeout(2s));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway, {}, 30s);
    pass(2s);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    pass(28s); // nothing is left to be done then
    QCOMPARE(leaving.takeTold(), QString());
}

void TestWsServerLeaving::timeoutOfZeroCutsAtOnce()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::ServiceRestart, u"now"_s, 0ms);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    QCOMPARE(leaving.side.sent(), u"close 1012 'now'"_s);
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

void TestWsServerLeaving::timeoutOfZeroCutsWhatIsQueued()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.side.wire->room = 0;
    QVERIFY(leaving.side.connection->sendText(u"never taken"_s));
    leaving.server().close(Ws::GoingAway, {}, 0ms);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    QCOMPARE(leaving.side.sent(), QString());
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

// It takes enough not to be cut by its closeTimeout.
void TestWsServerLeaving::slowClientIsCutInTime()
{
    Leaving leaving(withCloseTimeout(5s));
    QVERIFY(leaving.side.open());
    leaving.side.wire->room = 0;
    QVERIFY(leaving.side.connection->sendBinary(QByteArray(100'000, 'x')));
    leaving.server().close(Ws::GoingAway, {}, 20s);
    for (int second = 0; second < 19; ++second) {
        leaving.side.wire->take(2000);
        pass(1s);
        QVERIFY(leaving.server().isDraining());
    }
    leaving.side.wire->take(2000);
    pass(1s);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

void TestWsServerLeaving::answerThatTakesTooLongIsCutInTime()
{
    Leaving leaving(withCloseTimeout(60s));
    leaving.side.prepareWire = [](FakeWire &wire) { wire.room = 5; };
    leaving.side.start();
    leaving.side.feed("GET / HTTP/1.1\r\n\r\n");
    leaving.server().close(Ws::GoingAway, {}, 3s);
    pass(3s);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

void TestWsServerLeaving::handlerThatThinksTooLongIsCutInTime()
{
    Leaving leaving(withCloseTimeout(60s));
    leaving.server().setRequestHandler(
        [promise = std::make_shared<QPromise<WsResponse>>()](const WsRequest &) {
            promise->start();
            return promise->future();
        });
    leaving.side.start();
    leaving.side.feed(upgradeRequest());
    leaving.server().close(Ws::GoingAway, {}, 3s);
    pass(3s);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
    QCOMPARE(leaving.side.fate(), u"cut"_s);
}

void TestWsServerLeaving::socketThatLingersIsNotWaitedForLonger()
{
    Leaving leaving(withCloseTimeout(60s));
    QVERIFY(leaving.side.open());
    leaving.side.wire->lingers = true;
    leaving.server().close(Ws::GoingAway, {}, 3s);
    settle();
    leaving.side.receive({closing(1001)});
    settle();
    QCOMPARE(leaving.side.fate(), u"finished"_s);
    QCOMPARE(leaving.takeTold(), u"draining"_s);
    pass(3s);
    QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
    leaving.side.wire->place.reset();
    QCOMPARE(leaving.takeTold(), QString());
}

void TestWsServerLeaving::hugeTimeoutIsNone()
{
    Leaving leaving(withCloseTimeout(0ms));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway, {}, std::chrono::milliseconds::max());
    pass(std::chrono::hours(1000));
    QCOMPARE(leaving.takeTold(), u"draining"_s);
}

// --- a second call

void TestWsServerLeaving::secondCallShortensTheTime()
{
    Leaving leaving(withCloseTimeout(0ms));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway);
    pass(60s);
    leaving.server().close(Ws::GoingAway, {}, 2s);
    pass(1999ms);
    QCOMPARE(leaving.takeTold(), u"draining"_s);
    pass(1ms);
    QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
}

void TestWsServerLeaving::secondCallDoesNotLengthenIt()
{
    Leaving leaving(withCloseTimeout(0ms));
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway, {}, 2s);
    leaving.server().close(Ws::GoingAway, {}, 10s);
    leaving.server().close();
    pass(2s);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
}

void TestWsServerLeaving::secondCallKeepsCodeAndReason()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::ServiceRestart, u"first"_s);
    leaving.server().close(Ws::GoingAway, u"second"_s);
    settle();
    QCOMPARE(leaving.side.sent(), u"close 1012 'first'"_s);
}

void TestWsServerLeaving::secondCallOfZeroCutsAtOnce()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::GoingAway);
    leaving.server().close(Ws::GoingAway, {}, 0ms);
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
}

// --- what is under way

void TestWsServerLeaving::streamThatIsBeingWrittenIsCutOff()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    const QPointer<WsMessageStream> stream(leaving.side.connection->openMessage(Ws::Text));
    QVERIFY(stream);
    stream->write("half of it");
    settle();
    leaving.side.wire->takeWritten();
    leaving.server().close(Ws::ServiceRestart, u"bye"_s);
    settle();
    QCOMPARE(leaving.side.sent(), u"close 1012 'bye'"_s); // RFC 6455 §5.4: control frames may be in between
    QVERIFY(!stream->isComplete());
    leaving.side.receive({closing(1012)});
    settle();
    QCOMPARE(leaving.takeTold(), u"draining, drained, closed"_s);
}

void TestWsServerLeaving::queuedMessagesComeFirst()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.side.wire->room = 0;
    QVERIFY(leaving.side.connection->sendText(u"a"_s));
    QVERIFY(leaving.side.connection->sendText(u"b"_s));
    leaving.server().close(Ws::ServiceRestart, {}, 30s);
    leaving.side.wire->takeAll();
    settle();
    QCOMPARE(leaving.side.sent(), u"text 'a', text 'b', close 1012 ''"_s);
}

void TestWsServerLeaving::takenConnectionIsLeftAlone()
{
    Leaving leaving;
    leaving.server().setMaxPendingConnections(1);
    QVERIFY(leaving.server().listen());
    QVERIFY(leaving.side.open());
    const std::unique_ptr<WsConnection> taken(leaving.server().nextPendingConnection());
    QVERIFY(taken);
    leaving.takeTold();
    leaving.server().close(Ws::GoingAway, {}, 0ms);
    QCOMPARE(leaving.takeTold(), u"draining, deaf, drained, closed"_s);
    QCOMPARE(taken->state(), Ws::Open);
}

// --- slots

namespace {
const char *const Moments[] = {"draining", "deaf", "drained", "closed"};

void addMoments()
{
    QTest::addColumn<QString>("moment");
    for (const char *moment : Moments)
        QTest::newRow(moment) << QString::fromLatin1(moment);
}

// Calls \a action the first time when the server tells \a moment.
void onMoment(WsServer *server, const QString &moment, const std::function<void()> &action)
{
    const auto once = std::make_shared<bool>(false);
    const auto call = [=](const QString &now) {
        if (now == moment && !std::exchange(*once, true))
            action();
    };
    QObject::connect(server, &WsServer::drainingChanged, server,
                     [=] { call(server->isDraining() ? u"draining"_s : u"drained"_s); });
    QObject::connect(server, &WsServer::listeningChanged, server, [=] {
        if (!server->isListening())
            call(u"deaf"_s);
    });
    QObject::connect(server, &WsServer::closed, server, [=] { call(u"closed"_s); });
}
} // namespace

void TestWsServerLeaving::listensAgainInAnySlot_data()
{
    addMoments();
}

// It can once it has closed.
void TestWsServerLeaving::listensAgainInAnySlot()
{
    QFETCH(const QString, moment);
    Leaving leaving;
    QVERIFY(leaving.server().listen());
    QVERIFY(leaving.side.open());
    bool isListening = false;
    onMoment(&leaving.server(), moment, [&] { isListening = leaving.server().listen(); });
    leaving.server().close(Ws::GoingAway, {}, 1s);
    pass(1s);
    const bool hasClosed = moment == u"drained" || moment == u"closed";
    QCOMPARE(isListening, hasClosed);
    QCOMPARE(leaving.server().isListening(), hasClosed);
    QCOMPARE(leaving.told.count(u"closed"_s), 1);
    QVERIFY(!leaving.server().isDraining());
}

void TestWsServerLeaving::deletedInAnySlot_data()
{
    addMoments();
}

void TestWsServerLeaving::deletedInAnySlot()
{
    QFETCH(const QString, moment);
    Leaving leaving;
    QVERIFY(leaving.server().listen());
    QVERIFY(leaving.side.open());
    onMoment(&leaving.server(), moment, [&] { leaving.side.server.reset(); });
    leaving.server().close(Ws::GoingAway, {}, 1s);
    pass(1s);
    QVERIFY(!leaving.side.server);
    QVERIFY(leaving.told.count(u"closed"_s) <= 1);
    QVERIFY(!leaving.side.connection);
}

void TestWsServerLeaving::closedAgainInAnySlot_data()
{
    addMoments();
}

void TestWsServerLeaving::closedAgainInAnySlot()
{
    QFETCH(const QString, moment);
    Leaving leaving;
    QVERIFY(leaving.server().listen());
    QVERIFY(leaving.side.open());
    onMoment(&leaving.server(), moment, [&] { leaving.server().close(Ws::GoingAway, {}, 0ms); });
    leaving.server().close(Ws::GoingAway, {}, 1s);
    pass(1s);
    QCOMPARE(leaving.takeTold(), u"listening, draining, deaf, drained, closed"_s);
    QVERIFY(!leaving.server().isDraining());
}

// The only client goes meanwhile, but the server still listens.
void TestWsServerLeaving::eventLoopInASlotDoesNotEndItEarly()
{
    Leaving leaving;
    QVERIFY(leaving.server().listen());
    QVERIFY(leaving.side.open());
    onMoment(&leaving.server(), u"draining"_s, [&] {
        leaving.side.wire->end();
        settle();
        QVERIFY(!leaving.side.connection);
    });
    leaving.server().close(Ws::GoingAway);
    QCOMPARE(leaving.takeTold(), u"listening, draining, deaf, drained, closed"_s);
}

void TestWsServerLeaving::deletedServerTellsNothing()
{
    Leaving leaving;
    QVERIFY(leaving.side.open());
    leaving.server().close(Ws::ServiceRestart, {}, 1s);
    leaving.side.server.reset();
    pass(1s);
    QCOMPARE(leaving.takeTold(), u"draining"_s);
    QCOMPARE(leaving.side.sent(), u"close 1012 ''"_s);
}

void TestWsServerLeaving::closesAgainAfterwards()
{
    Leaving leaving(withCloseTimeout(0ms));
    for (int i = 0; i < 3; ++i) {
        QVERIFY(leaving.server().listen());
        QVERIFY(leaving.side.open());
        leaving.takeTold();
        leaving.server().close(Ws::GoingAway, {}, 2s);
        pass(1999ms);
        QCOMPARE(leaving.takeTold(), u"draining, deaf"_s);
        pass(1ms);
        QCOMPARE(leaving.takeTold(), u"drained, closed"_s);
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerLeaving)
#include "tst_wsserver_leaving.moc"
