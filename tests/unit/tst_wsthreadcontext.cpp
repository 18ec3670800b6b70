// SPDX-License-Identifier: MIT
#include "net/loop/wsthreadcontext.h"

#include "fakeclock.h"
#include "heldmemory.h"
#include "loglines.h"
#include "net/loop/wsturnmember.h"

#include "../patience.h"

#include <WsKit/WsClient>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

namespace {
// Whatever the loop has it do takes a millisecond.
class SlowMember final : public WsTurnMember
{
public:
    SlowMember() : WsTurnMember(nullptr) { arrive(); }
    ~SlowMember() { leaveThread(); }

    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime) override { work(); }
    void onWork() override { work(); }
    void onArrived() override { }
    void onThreadEnd() override { }

    int calls = 0;

private:
    void work()
    {
        ++calls;
        FakeClock::pass(1ms);
    }
};
} // namespace

class TestWsThreadContext : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyThreadHasItsOwn();
    void readBufferIsUsedAgain();
    void readBufferThatSomebodyKeepsIsNotUsedAgain();
    void smallBufferIsNotKept();
    void turnGrowsInALoop();
    void turnGrowsInProcessEvents();
    void turnStaysWithinATurn();
    void retiredSocketIsDeletedFromTheEventLoop();
    void retiredSocketOutlivesItsCalls();
    void retiredSocketDoesNotWaitForOthers();
    void callAfterWaitsForTheCallsOfItsSubject();
    void forgottenSubjectIsNotOnTheStack();
    void actionsAreCalledInAnEventLoopOfAnAction();
    void membersThatHaveGoneTakeNoMemory();
    void retiredSocketIsDeletedWithTheThread();
    void retiredSocketIsDeletedByAWait();
    void tasksThatPostOthersLeaveTimeForTheRest();
    void tasksAreRunInAnEventLoopOfATask();
    void waitEndsWithATask();
    void budgetReadsTheClockSeldomWhileWorkIsQuick();
    void budgetReadsTheClockOftenWhileWorkIsSlow();
    void tasksLeaveTheEventLoopItsTurn();
    void checksLeaveTheEventLoopItsTurn();
    void checkOfADistantTimeIsAccepted();
    void workLeavesTheEventLoopItsTurn();
};

void TestWsThreadContext::everyThreadHasItsOwn()
{
    WsThreadContext *own = &WsThreadContext::current();
    QCOMPARE(&WsThreadContext::current(), own);
    WsThreadContext *other = nullptr;
    QThread *otherThread = nullptr;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        other = &WsThreadContext::current();
        otherThread = other->thread();
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(other && other != own);
    QCOMPARE(own->thread(), QThread::currentThread());
    QCOMPARE(otherThread, thread.get());
}

void TestWsThreadContext::readBufferIsUsedAgain()
{
    WsThreadContext &context = WsThreadContext::current();
    QByteArray buffer = context.takeReadBuffer();
    QCOMPARE(buffer.size(), WsThreadContext::ReadSize);
    const void *storage = buffer.constData();
    buffer.truncate(10);
    context.giveReadBuffer(std::move(buffer));
    buffer = context.takeReadBuffer();
    QCOMPARE(static_cast<const void *>(buffer.constData()), storage);
    QCOMPARE(buffer.size(), WsThreadContext::ReadSize);
    const QByteArray second = context.takeReadBuffer(); // while the first is in use
    QVERIFY(second.constData() != buffer.constData());
    QCOMPARE(second.size(), WsThreadContext::ReadSize);
}

void TestWsThreadContext::readBufferThatSomebodyKeepsIsNotUsedAgain()
{
    WsThreadContext &context = WsThreadContext::current();
    QByteArray buffer = context.takeReadBuffer();
    buffer.fill('a');
    const QByteArray kept = buffer;
    context.giveReadBuffer(std::move(buffer));
    QByteArray next = context.takeReadBuffer();
    next.fill('b');
    QCOMPARE(kept.at(0), 'a');
}

void TestWsThreadContext::smallBufferIsNotKept()
{
    WsThreadContext &context = WsThreadContext::current();
    context.giveReadBuffer(QByteArray("small"));
    QCOMPARE(context.takeReadBuffer().size(), WsThreadContext::ReadSize);
}

void TestWsThreadContext::turnGrowsInALoop()
{
    const quint64 before = WsThreadContext::current().turn();
    QEventLoop loop;
    quint64 inside = before;
    // The very first event of a loop must see another turn.
    QMetaObject::invokeMethod(
        &loop,
        [&] {
            inside = WsThreadContext::current().turn();
            loop.quit();
        },
        Qt::QueuedConnection);
    loop.exec();
    QVERIFY(inside > before);
}

void TestWsThreadContext::turnGrowsInProcessEvents()
{
    const quint64 before = WsThreadContext::current().turn();
    quint64 inside = before;
    QObject context;
    QMetaObject::invokeMethod(
        &context, [&] { inside = WsThreadContext::current().turn(); }, Qt::QueuedConnection);
    QCoreApplication::processEvents();
    QVERIFY(inside > before);
}

void TestWsThreadContext::turnStaysWithinATurn()
{
    QList<quint64> turns;
    QObject context;
    for (int i = 0; i < 2; ++i) {
        QMetaObject::invokeMethod(
            &context, [&] { turns.append(WsThreadContext::current().turn()); }, Qt::QueuedConnection);
    }
    QCoreApplication::processEvents();
    QCOMPARE(turns.size(), 2);
    QCOMPARE(turns.at(0), turns.at(1));
}

void TestWsThreadContext::retiredSocketIsDeletedFromTheEventLoop()
{
    const QPointer<QTcpSocket> socket = new QTcpSocket;
    WsThreadContext::current().retire(socket);
    QVERIFY(socket);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(!socket);
}

void TestWsThreadContext::retiredSocketOutlivesItsCalls()
{
    WsThreadContext &context = WsThreadContext::current();
    const QPointer<QTcpSocket> socket = new QTcpSocket;
    {
        const WsSocketCall outer(socket);
        {
            const WsSocketCall inner(socket);
            QVERIFY(context.isCalledBySocket());
            QVERIFY(context.isOnStack(socket));
            context.retire(socket);
        }
        QEventLoop loop;
        QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
        loop.exec();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(socket);
    }
    QVERIFY(socket);
    QVERIFY(!context.isCalledBySocket());
    QCoreApplication::sendPostedEvents(); // the socket that has called is not on the stack any more
    QVERIFY(socket);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(!socket);
}

void TestWsThreadContext::retiredSocketDoesNotWaitForOthers()
{
    const QPointer<QTcpSocket> socket = new QTcpSocket;
    const QTcpSocket other;
    const WsSocketCall call(&other);
    WsThreadContext::current().retire(socket);
    QVERIFY(socket);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(!socket);
}

void TestWsThreadContext::callAfterWaitsForTheCallsOfItsSubject()
{
    WsThreadContext &context = WsThreadContext::current();
    QStringList done;
    const int subject = 0;
    const int other = 0;
    const auto callAfter = [&](const void *waitedFor, const QString &name) {
        context.callAfter(waitedFor, [&done, name] { done.append(name); });
    };
    callAfter(&subject, QStringLiteral("first"));
    QVERIFY(done.isEmpty()); // from the event loop
    QCoreApplication::sendPostedEvents();
    QCOMPARE(done.join(u' '), QStringLiteral("first"));
    {
        const WsSocketCall outer(&subject);
        callAfter(&subject, QStringLiteral("third"));
        {
            const WsSocketCall inner(&subject);
            callAfter(&other, QStringLiteral("second"));
            callAfter(&subject, QStringLiteral("fourth"));
        }
        QCoreApplication::sendPostedEvents();
        QCOMPARE(done.join(u' '), QStringLiteral("first second"));
    }
    {
        const WsSocketCall another(&subject); // before the event loop is back
        QCoreApplication::sendPostedEvents();
        QCOMPARE(done.size(), 2);
    }
    QCoreApplication::sendPostedEvents();
    QCOMPARE(done.join(u' '), QStringLiteral("first second third fourth"));
}

// Another subject may have the address of one that was deleted.
void TestWsThreadContext::forgottenSubjectIsNotOnTheStack()
{
    WsThreadContext &context = WsThreadContext::current();
    const int subject = 0;
    bool isDone = false;
    {
        const WsSocketCall call(&subject);
        context.forget(&subject);
        QVERIFY(!context.isOnStack(&subject));
        const WsSocketCall next(&subject);
        context.callAfter(&subject, [&isDone] { isDone = true; });
        context.forget(&subject); // but it has moved: functions on the stack look for what it has left
        QVERIFY(context.isOnStack(&subject));
        context.runSoon();
        QVERIFY(!isDone);
    }
    QCoreApplication::sendPostedEvents();
    QVERIFY(isDone);
}

void TestWsThreadContext::actionsAreCalledInAnEventLoopOfAnAction()
{
    WsThreadContext &context = WsThreadContext::current();
    QList<int> order;
    QEventLoop loop;
    context.callSoon([&] {
        order.append(1);
        loop.exec();
        order.append(3);
    });
    context.callSoon([&] {
        order.append(2);
        loop.quit();
    });
    QTimer::singleShot(Patient::Patience, &loop, [&loop] { loop.quit(); });
    QCoreApplication::sendPostedEvents();
    QCOMPARE(order, QList<int>({1, 2, 3}));
}

// They come and go, and no event loop runs.
void TestWsThreadContext::membersThatHaveGoneTakeNoMemory()
{
    constexpr int Rounds = 20000;
    qint64 growth = -1;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsThreadContext &context = WsThreadContext::current();
        std::optional<HeldMemory> memory;
        for (int i = 0; i < Rounds; ++i) {
            if (i == Rounds / 20) // until then, everything is made that stays
                memory.emplace();
            SlowMember member;
            context.scheduleFlush(&member);
            context.scheduleWork(&member);
            context.callSoon([] {});
            context.runSoon();
        }
        growth = memory->growth();
    }));
    thread->start();
    QVERIFY(thread->wait());
    QCOMPARE_LE(growth, 4096);
}

void TestWsThreadContext::retiredSocketIsDeletedWithTheThread()
{
    QPointer<QTcpSocket> socket;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        socket = new QTcpSocket;
        WsThreadContext::current().retire(socket); // and no event loop ever runs
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(!socket);
}

// In a thread without an event loop, unless a socket is on the stack.
void TestWsThreadContext::retiredSocketIsDeletedByAWait()
{
    bool isKeptInACall = false;
    QPointer<QTcpSocket> socket;
    bool isDeleted = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        socket = new QTcpSocket;
        WsThreadContext::current().retire(socket);
        {
            const WsSocketCall call(this);
            (void)client.waitForClosed();
            isKeptInACall = !socket.isNull();
        }
        (void)client.waitForClosed();
        isDeleted = socket.isNull();
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(isKeptInACall);
    QVERIFY(isDeleted);
}

void TestWsThreadContext::tasksThatPostOthersLeaveTimeForTheRest()
{
    WsThreadContext &context = WsThreadContext::current();
    constexpr int EndlessCount = 10000;
    int runCount = 0;
    bool isHeard = false;
    std::function<void()> task = [&] {
        if (!isHeard && ++runCount < EndlessCount)
            context.post(task);
    };
    context.post(task);
    QMetaObject::invokeMethod(
        this, [&] { isHeard = true; }, Qt::QueuedConnection);
    while (!isHeard)
        QCoreApplication::processEvents();
    QVERIFY(runCount < EndlessCount);
    context.runTasks();
}

void TestWsThreadContext::tasksAreRunInAnEventLoopOfATask()
{
    WsThreadContext &context = WsThreadContext::current();
    QList<int> order;
    context.post([&] {
        order.append(1);
        QEventLoop loop;
        context.post([&] {
            order.append(3);
            loop.quit();
        });
        loop.exec();
        order.append(4);
    });
    context.post([&] { order.append(2); });
    QCoreApplication::processEvents();
    QCOMPARE(order, QList<int>({1, 2, 3, 4}));
}

void TestWsThreadContext::waitEndsWithATask()
{
#ifdef Q_OS_LINUX
    WsThreadContext &context = WsThreadContext::current();
    for (int i = 0; i < 100; ++i) {
        bool isDone = false;
        const std::unique_ptr<QThread> thread(QThread::create([&] { context.post([&] { isDone = true; }); }));
        thread->start();
        while (!isDone) {
            context.wait(-1, 0, -1);
            context.runTasks();
        }
        QVERIFY(thread->wait());
    }
    QCOMPARE(context.wait(-1, 0, 0), short(0));
#else
    QSKIP("only Linux wakes whoever waits");
#endif
}

// --- how long a turn may last

namespace {
int looks = 0;

void countLooks()
{
    looks = 0;
    WsClock::replace([] { return WsTime(std::chrono::microseconds(++looks)); });
}

int callsOf(const std::vector<SlowMember> &members)
{
    return std::accumulate(members.begin(), members.end(), 0,
                           [](int sum, const SlowMember &member) { return sum + member.calls; });
}
} // namespace

void TestWsThreadContext::budgetReadsTheClockSeldomWhileWorkIsQuick()
{
    countLooks();
    WsTimeBudget budget(WsClock::now());
    for (int i = 0; i < 160; ++i)
        QVERIFY(budget.spend(10));
    QCOMPARE_LE(looks, 11);
    looks = 0;
    QVERIFY(budget.spend(1024 * 1024)); // which was much work
    QCOMPARE(looks, 1);
    WsClock::replace(nullptr);
}

void TestWsThreadContext::budgetReadsTheClockOftenWhileWorkIsSlow()
{
    const FakeClock clock;
    WsTimeBudget budget(WsClock::now());
    int pieces = 0;
    do {
        FakeClock::pass(300us);
        ++pieces;
    } while (budget.spend());
    QCOMPARE_LE(pieces, 17);
    budget.begin(WsClock::now());
    pieces = 0;
    do {
        FakeClock::pass(1ms);
        ++pieces;
    } while (budget.spend());
    QCOMPARE(pieces, 4);
    QVERIFY(budget.isUsedUp());
    budget.restart();
    QVERIFY(!budget.isUsedUp());
    QVERIFY(budget.spend()); // the time begins with the first look
    FakeClock::pass(WsTimeBudget::Length);
    QVERIFY(!budget.spend());
}

void TestWsThreadContext::tasksLeaveTheEventLoopItsTurn()
{
    const FakeClock clock;
    WsThreadContext &context = WsThreadContext::current();
    QList<int> order;
    for (int i = 0; i < 100; ++i) {
        context.post([&order, i] {
            order.append(i);
            FakeClock::pass(1ms);
        });
    }
    QCoreApplication::sendPostedEvents();
    QCOMPARE_GT(order.size(), 0);
    QCOMPARE_LE(order.size(), 20);
    for (int turns = 0; turns < 100; ++turns)
        QCoreApplication::sendPostedEvents();
    QCOMPARE(order.size(), 100);
    QVERIFY(std::is_sorted(order.begin(), order.end()));
}

void TestWsThreadContext::checksLeaveTheEventLoopItsTurn()
{
    const FakeClock clock;
    WsThreadContext &context = WsThreadContext::current();
    std::vector<SlowMember> members(100);
    for (SlowMember &member : members)
        context.scheduleCheck(&member, WsClock::now());
    context.runChecks();
    QCOMPARE_GT(callsOf(members), 0);
    QCOMPARE_LE(callsOf(members), 20);
    for (int turns = 0; turns < 100; ++turns)
        context.runChecks();
    QCOMPARE(callsOf(members), 100);
}

// More milliseconds than an int holds.
void TestWsThreadContext::checkOfADistantTimeIsAccepted()
{
    const FakeClock clock;
    const LogLines warnings("default", QtWarningMsg);
    WsThreadContext &context = WsThreadContext::current();
    SlowMember member;
    context.scheduleCheck(&member, FakeClock::now() + 30 * 24h);
    QCOMPARE(LogLines::all(), QStringList());
    FakeClock::advance(30 * 24h - 1h);
    QCOMPARE(member.calls, 0);
    FakeClock::advance(1h);
    QCOMPARE(member.calls, 1);
    QCOMPARE(LogLines::all(), QStringList());
}

void TestWsThreadContext::workLeavesTheEventLoopItsTurn()
{
    const FakeClock clock;
    WsThreadContext &context = WsThreadContext::current();
    std::vector<SlowMember> members(100);
    for (SlowMember &member : members)
        context.scheduleWork(&member);
    members[90].leaveThread();
    for (int turns = 0; turns < 100 && callsOf(members) < 99; ++turns) {
        const int before = callsOf(members);
        context.workBudget().restart();
        QCoreApplication::sendPostedEvents();
        QCOMPARE_GT(callsOf(members), before);
        QCOMPARE_LE(callsOf(members), before + 20);
    }
    QCOMPARE(callsOf(members), 99);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsThreadContext)
#include "tst_wsthreadcontext.moc"
