// SPDX-License-Identifier: MIT
#include "../patience.h"

#include <WsKit/WsEventDispatcher>

#include "socketpair.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qpointer.h>
#include <QtCore/qrandom.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
using Notifiers = std::vector<std::unique_ptr<QSocketNotifier>>;

QAbstractEventDispatcher *dispatcher()
{
    return QAbstractEventDispatcher::instance();
}

void onActivated(QSocketNotifier &notifier, const std::function<void()> &handler)
{
    QObject::connect(&notifier, &QSocketNotifier::activated, &notifier, handler);
}

void post(QObject *context, const std::function<void()> &call)
{
    QMetaObject::invokeMethod(context, call, Qt::QueuedConnection);
}

// What is left over from before would be taken for what a test waits for.
void processAll()
{
    while (dispatcher()->processEvents(QEventLoop::AllEvents)) {
    }
}

class TimerReceiver : public QObject
{
public:
    int count = 0;
    std::function<void()> handler;

protected:
    void timerEvent(QTimerEvent *) override
    {
        ++count;
        if (handler)
            handler();
    }
};

// One of two that post each other events. These hold nothing, as a thread sanitizer does not see Qt's locks.
class Player : public QObject
{
public:
    Player(int count, QEventLoop *loop) : m_loop(loop), m_count(count) { }

    void play() const { QCoreApplication::postEvent(other, new QEvent(QEvent::User)); }

    QObject *other = nullptr;

protected:
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        if (++m_played < m_count || !m_loop)
            play();
        else
            m_loop->exit(m_played);
        return true;
    }

private:
    QEventLoop *m_loop;
    int m_count;
    int m_played = 0;
};
} // namespace

class TestWsEventDispatcher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();

    void isInstalled();
    void awakeComesFirstAndAboutToBlockBeforeTheWait();
    void aboutToBlockIsNotEmittedWhereNothingWaits_data();
    void aboutToBlockIsNotEmittedWhereNothingWaits();
    void postedEventsAreSentInEachTurn();
    void processEventsTellsWhetherThereWereAny();
    void wakeUpBeforehandEndsTheWait();
    void wakeUpOfAnotherThreadEndsTheWait();
    void postedEventOfAnotherThreadEndsTheWait();
    void noPostedEventIsLost();
    void interruptLeavesTheRestOfTheTurn();
    void interruptOfAnotherThreadEndsTheWait();
    void loopsEndInsideOut();
    void outerLoopEndsThoughTheInnerRunsOn();
    void deferredDeletionWaitsForItsLoop();

    void notifierIsToldUntilItIsRead();
    void writeNotifierIsTold();
    void exceptionNotifierIsTold();
    void handlerMayDisableAnother();
    void handlerMayDeleteAnother();
    void handlerMayDeleteItsOwn();
    void handlerMayEnableAnother();
    void handlerMayCloseAndReopen();
    void forgottenNotifierHoldsNothingUp();
    void nestedLoopTellsWhatTheOuterHasNot();
    void socketNotifiersAreExcluded();
    void excludedNotifiersDoNotEndTheWait();
    void userInputIsNotSocketNotifiers();
    void thousandsOfSocketsAreHeard();

    void preciseTimerIsNotEarly();
    void coarseTimerIsNotTooEarly();
    void zeroTimerFiresInEachTurn();
    void zeroTimerDoesNotKeepSocketsFromBeingHeard();
    void timerDoesNotFireWithinItsHandler();
    void nestedLoopSleepsInATimersHandler();
    void handlerMayKillAndRestartTimers();
    void timersAreExcluded();
    void excludedTimersDoNotEndTheWait();
    void remainingTimeCountsDown();
    void registeredTimersAreThoseOfTheObject();
    void timersMoveToAnotherThread();
    void timersEndWithTheirObject();
};

void TestWsEventDispatcher::initTestCase()
{
    rlimit limit{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

void TestWsEventDispatcher::init()
{
    processAll();
}

void TestWsEventDispatcher::isInstalled()
{
    QVERIFY(qobject_cast<WsEventDispatcher *>(dispatcher()));
}

void TestWsEventDispatcher::awakeComesFirstAndAboutToBlockBeforeTheWait()
{
    QStringList order;
    QObject context;
    connect(dispatcher(), &QAbstractEventDispatcher::awake, &context,
            [&] { order.append(QStringLiteral("awake")); });
    connect(dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &context,
            [&] { order.append(QStringLiteral("aboutToBlock")); });
    post(&context, [&] { order.append(QStringLiteral("posted")); });
    dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QCOMPARE(order, QStringList({u"awake"_s, u"posted"_s, u"aboutToBlock"_s}));
    order.clear();
    QTimer timer;
    timer.callOnTimeout(&context, [&] { order.append(QStringLiteral("timer")); });
    timer.start(1);
    dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QCOMPARE(order, QStringList({u"awake"_s, u"aboutToBlock"_s, u"timer"_s}));
}

void TestWsEventDispatcher::aboutToBlockIsNotEmittedWhereNothingWaits_data()
{
    QTest::addColumn<bool>("waits");
    QTest::addColumn<bool>("postsMore");
    QTest::newRow("as it is not to wait") << false << false;
    QTest::newRow("as a posted event has posted another") << true << true;
}

void TestWsEventDispatcher::aboutToBlockIsNotEmittedWhereNothingWaits()
{
    QFETCH(bool, waits);
    QFETCH(bool, postsMore);
    const QSignalSpy spy(dispatcher(), &QAbstractEventDispatcher::aboutToBlock);
    QObject context;
    post(&context, [&] {
        if (postsMore)
            QCoreApplication::postEvent(&context, new QEvent(QEvent::User));
    });
    dispatcher()->processEvents(waits ? QEventLoop::WaitForMoreEvents : QEventLoop::AllEvents);
    QCOMPARE(spy.size(), 0);
}

void TestWsEventDispatcher::postedEventsAreSentInEachTurn()
{
    QObject context;
    int sent = 0;
    const SocketPair pair; // always ready, so that each turn has something else to do
    QSocketNotifier notifier(pair.own, QSocketNotifier::Write);
    onActivated(notifier, [&] { post(&context, [&] { ++sent; }); });
    for (int turn = 0; turn < 10; ++turn) {
        QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
        QCOMPARE(sent, turn);
    }
}

void TestWsEventDispatcher::processEventsTellsWhetherThereWereAny()
{
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    QObject context;
    post(&context, [] {});
    QVERIFY(dispatcher()->processEvents(QEventLoop::AllEvents));
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));

    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    QVERIFY(pair.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::AllEvents));
}

void TestWsEventDispatcher::wakeUpBeforehandEndsTheWait()
{
    dispatcher()->wakeUp();
    dispatcher()->wakeUp();
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
}

void TestWsEventDispatcher::wakeUpOfAnotherThreadEndsTheWait()
{
    QAbstractEventDispatcher *own = dispatcher();
    std::thread other;
    QObject context;
    const auto connection = connect(own, &QAbstractEventDispatcher::aboutToBlock, &context, [&] {
        if (!other.joinable())
            other = std::thread([own] { own->wakeUp(); });
    });
    QVERIFY(own->processEvents(QEventLoop::WaitForMoreEvents));
    other.join();
}

void TestWsEventDispatcher::postedEventOfAnotherThreadEndsTheWait()
{
    QEventLoop loop;
    std::thread other;
    connect(
        dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &loop,
        [&] { other = std::thread([&] { post(&loop, [&] { loop.exit(42); }); }); }, Qt::SingleShotConnection);
    QCOMPARE(loop.exec(), 42);
    other.join();
}

void TestWsEventDispatcher::noPostedEventIsLost()
{
    constexpr int Count = 20000;
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    QEventLoop loop;
    Player here(Count, &loop);
    Player there(Count, nullptr);
    here.other = &there;
    there.other = &here;
    there.moveToThread(&thread);
    thread.start();
    here.play();
    QCOMPARE(loop.exec(), Count);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestWsEventDispatcher::interruptLeavesTheRestOfTheTurn()
{
    const SocketPair pair;
    QVERIFY(pair.send());
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QObject context;
    post(&context, [] { dispatcher()->interrupt(); });
    QVERIFY(!dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(spy.size(), 0);
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::interruptOfAnotherThreadEndsTheWait()
{
    QAbstractEventDispatcher *own = dispatcher();
    std::thread other;
    QObject context;
    connect(
        own, &QAbstractEventDispatcher::aboutToBlock, &context,
        [&] { other = std::thread([own] { own->interrupt(); }); }, Qt::SingleShotConnection);
    own->processEvents(QEventLoop::WaitForMoreEvents); // that it returns is the test
    QVERIFY(other.joinable());
    other.join();
}

void TestWsEventDispatcher::loopsEndInsideOut()
{
    QEventLoop outer;
    QEventLoop inner;
    QStringList order;
    post(&outer, [&] {
        post(&inner, [&] { inner.quit(); });
        inner.exec();
        order.append(QStringLiteral("inner"));
        post(&outer, [&] { outer.quit(); });
    });
    outer.exec();
    order.append(QStringLiteral("outer"));
    QCOMPARE(order, QStringList({u"inner"_s, u"outer"_s}));
}

void TestWsEventDispatcher::outerLoopEndsThoughTheInnerRunsOn()
{
    QEventLoop outer;
    QEventLoop inner;
    post(&outer, [&] {
        outer.quit();
        QTimer::singleShot(1, &inner, &QEventLoop::quit);
        inner.exec();
    });
    outer.exec(); // that it returns is the test
    QVERIFY(!outer.isRunning());
}

void TestWsEventDispatcher::deferredDeletionWaitsForItsLoop()
{
    QEventLoop outer;
    QPointer<QObject> object(new QObject);
    bool wasThereInside = false;
    post(&outer, [&] {
        object->deleteLater();
        QEventLoop inner;
        QTimer::singleShot(5, &inner, &QEventLoop::quit);
        inner.exec();
        wasThereInside = !object.isNull();
        connect(object, &QObject::destroyed, &outer, &QEventLoop::quit);
    });
    outer.exec();
    QVERIFY(wasThereInside);
    QVERIFY(object.isNull());
}

void TestWsEventDispatcher::notifierIsToldUntilItIsRead()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    processAll();
    QCOMPARE(spy.size(), 0);
    QVERIFY(pair.send());
    for (int turn = 1; turn <= 3; ++turn) {
        dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
        QCOMPARE(spy.size(), turn);
    }
    QVERIFY(pair.receive());
    processAll();
    QCOMPARE(spy.size(), 3);
}

void TestWsEventDispatcher::writeNotifierIsTold()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Write);
    onActivated(notifier, [&] { notifier.setEnabled(false); });
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::exceptionNotifierIsTold()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, server.serverPort());
    QVERIFY(client.waitForConnected(Patient::Patience));
    QVERIFY(server.waitForNewConnection(Patient::Patience));
    const std::unique_ptr<QTcpSocket> peer(server.nextPendingConnection());

    QSocketNotifier notifier(client.socketDescriptor(), QSocketNotifier::Exception);
    onActivated(notifier, [&] { notifier.setEnabled(false); });
    QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QCOMPARE(::send(int(peer->socketDescriptor()), "x", 1, MSG_OOB), 1);
    QVERIFY(spy.wait(Patient::Patience));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::handlerMayDisableAnother()
{
    const SocketPair pairs[2];
    QSocketNotifier first(pairs[0].own, QSocketNotifier::Read);
    QSocketNotifier second(pairs[1].own, QSocketNotifier::Read);
    int told = 0;
    const auto disableOther = [&told](QSocketNotifier &other) {
        return [&told, &other] {
            ++told;
            other.setEnabled(false);
        };
    };
    onActivated(first, disableOther(second));
    onActivated(second, disableOther(first));
    QVERIFY(pairs[0].send());
    QVERIFY(pairs[1].send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(told, 1);
}

void TestWsEventDispatcher::handlerMayDeleteAnother()
{
    constexpr size_t Count = 8;
    const SocketPair pairs[Count];
    Notifiers notifiers(Count);
    int told = 0;
    for (size_t i = 0; i < Count; ++i) {
        notifiers[i] = std::make_unique<QSocketNotifier>(pairs[i].own, QSocketNotifier::Read);
        onActivated(*notifiers[i], [&, i] {
            ++told;
            for (size_t other = 0; other < Count; ++other) {
                if (other != i)
                    notifiers[other].reset();
            }
        });
        QVERIFY(pairs[i].send());
    }
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(told, 1);
}

void TestWsEventDispatcher::handlerMayDeleteItsOwn()
{
    const SocketPair pair;
    QPointer<QSocketNotifier> notifier(new QSocketNotifier(pair.own, QSocketNotifier::Read));
    onActivated(*notifier, [notifier] { delete notifier; });
    QVERIFY(pair.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QVERIFY(notifier.isNull());
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
}

void TestWsEventDispatcher::handlerMayEnableAnother()
{
    const SocketPair pair;
    QSocketNotifier read(pair.own, QSocketNotifier::Read);
    QSocketNotifier write(pair.own, QSocketNotifier::Write);
    write.setEnabled(false);
    onActivated(read, [&] { write.setEnabled(pair.receive()); });
    const QSignalSpy spy(&write, &QSocketNotifier::activated);
    QVERIFY(pair.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(spy.size(), 0);
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::handlerMayCloseAndReopen()
{
    SocketPair old;
    SocketPair young;
    auto notifier = std::make_unique<QSocketNotifier>(old.own, QSocketNotifier::Read);
    std::unique_ptr<QSocketNotifier> next;
    int heard = 0;
    onActivated(*notifier, [&] {
        notifier->setEnabled(false);
        if (::dup2(young.own, old.own) != old.own) // closes what was there
            return;
        next = std::make_unique<QSocketNotifier>(old.own, QSocketNotifier::Read);
        onActivated(*next, [&] { heard += old.receive() ? 1 : 0; });
    });
    QVERIFY(old.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QVERIFY(next);
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(young.send());
        QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
        QCOMPARE(heard, i);
    }
}

void TestWsEventDispatcher::forgottenNotifierHoldsNothingUp()
{
    SocketPair closed;
    const SocketPair open;
    QSocketNotifier forgotten(closed.own, QSocketNotifier::Read);
    QSocketNotifier notifier(open.own, QSocketNotifier::Read);
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    closed.closeOwn();
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    const QSignalSpy forgottenSpy(&forgotten, &QSocketNotifier::activated);
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
    QVERIFY(open.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(spy.size(), 1);
    QCOMPARE(forgottenSpy.size(), 0);
}

void TestWsEventDispatcher::nestedLoopTellsWhatTheOuterHasNot()
{
    const SocketPair pairs[2];
    Notifiers notifiers;
    int depth = 0;
    int told = 0;
    int toldInside = 0;
    for (const SocketPair &pair : pairs) {
        notifiers.push_back(std::make_unique<QSocketNotifier>(pair.own, QSocketNotifier::Read));
        onActivated(*notifiers.back(), [&] {
            ++told;
            toldInside += depth;
            pair.receive();
            if (std::exchange(depth, 1) == 0)
                dispatcher()->processEvents(QEventLoop::AllEvents);
        });
        QVERIFY(pair.send());
    }
    QVERIFY(dispatcher()->processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(told, 2);
    QCOMPARE(toldInside, 1);
}

void TestWsEventDispatcher::socketNotifiersAreExcluded()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QVERIFY(pair.send());
    QVERIFY(!dispatcher()->processEvents(QEventLoop::ExcludeSocketNotifiers));
    QCOMPARE(spy.size(), 0);
    QVERIFY(dispatcher()->processEvents(QEventLoop::AllEvents));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::excludedNotifiersDoNotEndTheWait()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    QVERIFY(pair.send());
    TimerReceiver receiver;
    QElapsedTimer elapsed;
    elapsed.start();
    receiver.startTimer(20, Qt::PreciseTimer);
    QVERIFY(dispatcher()->processEvents(QEventLoop::ExcludeSocketNotifiers | QEventLoop::WaitForMoreEvents));
    QVERIFY(elapsed.elapsed() >= 20);
    QCOMPARE(receiver.count, 1);
    // A posted event ends it too, whoever posts it.
    std::thread other([&] { post(&receiver, [] {}); });
    QVERIFY(dispatcher()->processEvents(QEventLoop::ExcludeSocketNotifiers | QEventLoop::X11ExcludeTimers
                                        | QEventLoop::WaitForMoreEvents));
    other.join();
}

void TestWsEventDispatcher::userInputIsNotSocketNotifiers()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QVERIFY(pair.send());
    QVERIFY(dispatcher()->processEvents(QEventLoop::ExcludeUserInputEvents));
    QCOMPARE(spy.size(), 1);
}

void TestWsEventDispatcher::thousandsOfSocketsAreHeard()
{
    constexpr int Count = 3000;
    constexpr int Messages = 30000;
    std::vector<SocketPair> pairs(Count);
    if (!pairs.back().isValid())
        QSKIP("The system allows too few descriptors.");
    Notifiers notifiers(Count);
    std::vector<int> sent(Count, 0);
    std::vector<int> heard(Count, 0);
    QRandomGenerator random(1);
    int total = 0;
    // Who hears something comes and goes with its notifiers, and has another send.
    const auto sendOne = [&] {
        const size_t to = random.bounded(Count);
        if (pairs[to].send())
            ++sent[to];
    };
    const auto onReadable = [&](size_t i) {
        if (!pairs[i].receive())
            return;
        ++heard[i];
        notifiers[i]->setEnabled(false);
        if (random.bounded(4) == 0)
            notifiers[random.bounded(Count)]->setEnabled(false);
        notifiers[i]->setEnabled(true);
        if (++total < Messages)
            sendOne();
    };
    for (size_t i = 0; i < Count; ++i) {
        notifiers[i] = std::make_unique<QSocketNotifier>(pairs[i].own, QSocketNotifier::Read);
        onActivated(*notifiers[i], [&, i] { onReadable(i); });
    }
    for (int i = 0; i < 500; ++i)
        sendOne();
    while (heard != sent) {
        if (!dispatcher()->processEvents(QEventLoop::AllEvents)) {
            for (const auto &notifier : notifiers)
                notifier->setEnabled(true);
        }
    }
    QVERIFY(total >= Messages);
}

void TestWsEventDispatcher::preciseTimerIsNotEarly()
{
    constexpr std::chrono::nanoseconds Interval = 10ms;
    qint64 leastDelay = Interval.count();
    for (int i = 0; i < 20; ++i) {
        TimerReceiver receiver;
        QElapsedTimer elapsed;
        elapsed.start();
        receiver.startTimer(10ms, Qt::PreciseTimer);
        while (receiver.count == 0)
            dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
        const qint64 delay = elapsed.nsecsElapsed() - Interval.count();
        QVERIFY(delay >= 0);
        leastDelay = std::min(leastDelay, delay);
    }
    // What the machine does beside may hold up many of them, but not all.
    QVERIFY(leastDelay < Interval.count());
}

void TestWsEventDispatcher::coarseTimerIsNotTooEarly()
{
    QElapsedTimer elapsed;
    TimerReceiver receiver;
    elapsed.start();
    receiver.startTimer(200, Qt::CoarseTimer);
    while (receiver.count == 0)
        dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QVERIFY(elapsed.nsecsElapsed() >= 190'000'000);
}

void TestWsEventDispatcher::zeroTimerFiresInEachTurn()
{
    TimerReceiver receiver;
    receiver.startTimer(0);
    for (int turn = 1; turn <= 5; ++turn) {
        dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
        QCOMPARE(receiver.count, turn);
    }
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
}

void TestWsEventDispatcher::zeroTimerDoesNotKeepSocketsFromBeingHeard()
{
    TimerReceiver receiver;
    receiver.startTimer(0);
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    const QSignalSpy spy(&notifier, &QSocketNotifier::activated);
    QVERIFY(pair.send());
    dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(receiver.count, 1);
}

void TestWsEventDispatcher::timerDoesNotFireWithinItsHandler()
{
    TimerReceiver receiver;
    bool isInside = false;
    int inside = 0;
    receiver.handler = [&] {
        inside += isInside ? 1 : 0;
        if (std::exchange(isInside, true))
            return;
        QEventLoop loop;
        QTimer::singleShot(20, &loop, &QEventLoop::quit);
        loop.exec();
        isInside = false;
    };
    receiver.startTimer(1, Qt::PreciseTimer);
    while (receiver.count < 3)
        dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QCOMPARE(inside, 0);
}

void TestWsEventDispatcher::nestedLoopSleepsInATimersHandler()
{
    TimerReceiver receiver;
    int turns = 0;
    receiver.handler = [&] {
        QEventLoop loop;
        QTimer::singleShot(50, Qt::PreciseTimer, &loop, &QEventLoop::quit);
        connect(dispatcher(), &QAbstractEventDispatcher::awake, &loop, [&] { ++turns; });
        loop.exec();
    };
    receiver.startTimer(0);
    dispatcher()->processEvents(QEventLoop::AllEvents);
    QCOMPARE(receiver.count, 1);
    QVERIFY2(turns < 20, qPrintable(QString::number(turns)));
}

void TestWsEventDispatcher::handlerMayKillAndRestartTimers()
{
    QTimer first;
    QTimer second;
    QTimer third;
    int told = 0;
    first.callOnTimeout(&first, [&] {
        ++told;
        first.start(2);
        second.stop();
        third.start(1);
    });
    second.callOnTimeout(&second, [] { QFAIL("it was stopped"); });
    const QSignalSpy thirdSpy(&third, &QTimer::timeout);
    first.setTimerType(Qt::PreciseTimer);
    second.setTimerType(Qt::PreciseTimer);
    first.start(1);
    second.start(200);
    while (told < 5 || thirdSpy.isEmpty())
        dispatcher()->processEvents(QEventLoop::WaitForMoreEvents);
    QVERIFY(!second.isActive());
}

void TestWsEventDispatcher::timersAreExcluded()
{
    TimerReceiver receiver;
    receiver.startTimer(0);
    QVERIFY(!dispatcher()->processEvents(QEventLoop::X11ExcludeTimers));
    QCOMPARE(receiver.count, 0);
    dispatcher()->processEvents(QEventLoop::AllEvents);
    QCOMPARE(receiver.count, 1);
}

void TestWsEventDispatcher::excludedTimersDoNotEndTheWait()
{
    TimerReceiver receiver;
    receiver.startTimer(0);
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    std::thread other;
    const auto flags = QEventLoop::X11ExcludeTimers | QEventLoop::WaitForMoreEvents;
    connect(
        dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &notifier,
        [&] { other = std::thread([&] { pair.send(); }); }, Qt::SingleShotConnection);
    QVERIFY(dispatcher()->processEvents(flags));
    other.join();
    QCOMPARE(receiver.count, 0);
}

void TestWsEventDispatcher::remainingTimeCountsDown()
{
    TimerReceiver receiver;
    const int id = receiver.startTimer(60'000, Qt::PreciseTimer);
    const int before = dispatcher()->remainingTime(id);
    QVERIFY(before > 0 && before <= 60'000);
    QTimer shorter;
    shorter.setTimerType(Qt::PreciseTimer);
    QSignalSpy spy(&shorter, &QTimer::timeout);
    shorter.start(10);
    QVERIFY(shorter.remainingTime() <= 10);
    QVERIFY(spy.wait(Patient::Patience));
    QVERIFY(dispatcher()->remainingTime(id) <= before - 9);
    receiver.killTimer(id);
    QCOMPARE(dispatcher()->remainingTime(id), -1);
}

void TestWsEventDispatcher::registeredTimersAreThoseOfTheObject()
{
    TimerReceiver receiver;
    TimerReceiver other;
    QVERIFY(dispatcher()->registeredTimers(&receiver).isEmpty());
    const int precise = receiver.startTimer(10, Qt::PreciseTimer);
    receiver.startTimer(200, Qt::CoarseTimer);
    receiver.startTimer(2000, Qt::VeryCoarseTimer);
    other.startTimer(100);
    auto timers = dispatcher()->registeredTimers(&receiver);
    QCOMPARE(timers.size(), 3);
    QCOMPARE(timers.at(0).timerId, precise);
    QCOMPARE(timers.at(1).interval, 200);
    QCOMPARE(timers.at(2).timerType, Qt::VeryCoarseTimer);
    QVERIFY(dispatcher()->unregisterTimer(precise));
    QVERIFY(!dispatcher()->unregisterTimer(precise));
    QCOMPARE(dispatcher()->registeredTimers(&receiver).size(), 2);
    QVERIFY(dispatcher()->unregisterTimers(&receiver));
    QVERIFY(dispatcher()->registeredTimers(&receiver).isEmpty());
    QCOMPARE(dispatcher()->registeredTimers(&other).size(), 1);
}

void TestWsEventDispatcher::timersMoveToAnotherThread()
{
    QThread *home = QThread::currentThread();
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    TimerReceiver receiver;
    std::atomic<QThread *> firedIn = nullptr;
    const int id = receiver.startTimer(1);
    receiver.handler = [&] {
        firedIn = QThread::currentThread();
        receiver.killTimer(id);
        receiver.moveToThread(home);
        thread.quit();
    };
    receiver.moveToThread(&thread);
    QVERIFY(dispatcher()->registeredTimers(&receiver).isEmpty());
    thread.start();
    QVERIFY(thread.wait());
    QCOMPARE(firedIn.load(), &thread);
}

void TestWsEventDispatcher::timersEndWithTheirObject()
{
    auto receiver = std::make_unique<TimerReceiver>();
    const int id = receiver->startTimer(1);
    receiver.reset();
    QCOMPARE(dispatcher()->remainingTime(id), -1);
}

int main(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const QCoreApplication application(argc, argv);
    TestWsEventDispatcher test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_wseventdispatcher.moc"
