// SPDX-License-Identifier: MIT
#include "net/loop/wsturnmember.h"

#include "net/loop/wsthreadcontext.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <optional>

using namespace std::chrono_literals;

namespace {
// An object that is a member of the thread it lives in.
class Member : public QObject, public WsTurnMember
{
public:
    Member() : WsTurnMember(this) { }
    ~Member() override { leaveThread(); }

    // The move of a QObject, with the two steps of the old thread.
    void moveTo(QThread *thread)
    {
        depart();
        release();
        moveToThread(thread);
    }

    bool event(QEvent *event) override
    {
        if (!isArrival(this, event))
            return QObject::event(event);
        (void)isOwnThread();
        return true;
    }

    void onTurnEnd() override { ++turnEndCount; }
    void onNestedTurn() override { ++nestedTurnCount; }
    void onCheck(WsTime now) override { checkedAt = now; }
    void onArrived() override
    {
        ++arrivedCount;
        arrived.release();
    }
    void onThreadEnd() override { ++threadEndCount; }

    QSemaphore arrived;
    std::optional<WsTime> checkedAt;
    int turnEndCount = 0;
    int nestedTurnCount = 0;
    int arrivedCount = 0;
    int threadEndCount = 0;
};

class Thread : public QThread
{
public:
    Thread() { start(); }
    ~Thread() override { end(); }

    void end()
    {
        quit();
        wait();
    }
    // Calls \a function in the thread, and waits for it.
    void run(const std::function<void()> &function)
    {
        QObject context;
        context.moveToThread(this);
        QMetaObject::invokeMethod(&context, function, Qt::BlockingQueuedConnection);
    }
};
} // namespace

class TestWsTurnMember : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void arrivesWhenItIsFirstUsed();
    void tasksKeepTheirOrder();
    void tasksKeepTheirOrderAcrossAMove();
    void callsDoNotOvertakeTasksThatMovedAlong();
    void callsDoNotOvertakeTasksThatMovedTwice();
    void tasksOfADepartingMemberWait();
    void tasksOfManyThreadsKeepTheirOrderAcrossManyMoves();
    void taskMayMoveTheMember();
    void moveIsCompletedByAskingInTheNewThread();
    void tasksWakeUpTheNewThread();
    void tasksAreDroppedWithTheMember();
    void tasksAreDroppedWithAMemberThatMoves();
    void droppedTaskMayCallTheMember();
    void nothingIsPostedAfterTheThreadHasEnded();
    void threadEndIsReportedOnce();
    void actionsFollowAllThreadEnds();
    void tasksThatWereNotDoneAreDroppedWithTheThread();
    void memberIsFlushedOnce();
    void memberIsCheckedInTime();
    void pumpedMemberSeesEachNestedTurn();
    void memberThatLeavesIsNotCalled();
    void memberWithoutObjectArrivesByCall();
};

void TestWsTurnMember::arrivesWhenItIsFirstUsed()
{
    Member member;
    QVERIFY(!member.context());
    QVERIFY(member.isOwnThread());
    QCOMPARE(member.context(), &WsThreadContext::current());
    QCOMPARE(member.arrivedCount, 1);
    member.arrive();
    QCOMPARE(member.arrivedCount, 1);
    Thread thread;
    bool isOwnThere = true;
    thread.run([&] { isOwnThere = member.isOwnThread(); });
    QVERIFY(!isOwnThere);
    QVERIFY(!member.hasThreadEnded());
}

void TestWsTurnMember::tasksKeepTheirOrder()
{
    Member member;
    QVERIFY(member.isOwnThread());
    QList<int> done;
    for (int i = 0; i < 10; ++i)
        QVERIFY(member.post([&done, i] { done.append(i); }));
    QVERIFY(done.isEmpty());
    QCoreApplication::sendPostedEvents();
    QCOMPARE(done, QList<int>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

void TestWsTurnMember::tasksKeepTheirOrderAcrossAMove()
{
    Thread thread;
    auto *const member = new Member;
    QVERIFY(member->isOwnThread());
    QList<int> done;
    QThread *doneIn = nullptr;
    const auto post = [&](int number) {
        return member->post([&, number] {
            done.append(number);
            doneIn = QThread::currentThread();
        });
    };
    QVERIFY(post(1)); // before it departs
    member->depart();
    QVERIFY(!member->context());
    QVERIFY(!member->isOwnThread());
    QVERIFY(post(2)); // on its way
    member->moveToThread(&thread);
    QVERIFY(post(3));
    member->release();
    QVERIFY(post(4));
    member->arrived.acquire();
    QVERIFY(post(5));
    thread.run([] { QCoreApplication::sendPostedEvents(); });
    QCOMPARE(done, QList<int>({1, 2, 3, 4, 5}));
    QCOMPARE(doneIn, &thread);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(done.size(), 5);
    thread.run([member] { delete member; });
}

void TestWsTurnMember::callsDoNotOvertakeTasksThatMovedAlong()
{
    Thread thread;
    Member member;
    QVERIFY(member.isInOrder());
    QList<int> done;
    const auto call = [&](int number) { // as a function that may be called from any thread
        if (member.isInOrder())
            done.append(number);
        else
            QVERIFY(member.post([&done, number] { done.append(number); }));
    };
    QThread *const here = QThread::currentThread();
    member.moveTo(&thread);
    thread.run([&] {
        QVERIFY(member.isOwnThread());
        QVERIFY(member.post([&] { done.append(1); }));
        member.moveTo(here);
    });
    QVERIFY(member.isOwnThread());
    QVERIFY(!member.isInOrder());
    call(2);
    WsThreadContext::current().post([&] { call(4); }); // when only 3 is left
    call(3);
    QVERIFY(done.isEmpty());
    WsThreadContext::current().runTasks();
    WsThreadContext::current().runTasks();
    QCOMPARE(done, QList<int>({1, 2, 3, 4}));
    QVERIFY(member.isInOrder());
    call(5);
    QCOMPARE(done.last(), 5);
}

void TestWsTurnMember::callsDoNotOvertakeTasksThatMovedTwice()
{
    Thread thread;
    Member member;
    QVERIFY(member.isOwnThread());
    QList<int> done;
    QVERIFY(member.post([&done] { done.append(1); }));
    QThread *const here = QThread::currentThread();
    QSemaphore hasCome;
    QSemaphore hasGone;
    QObject inThread;
    inThread.moveToThread(&thread);
    QMetaObject::invokeMethod(&inThread, [&] { // arrives, but does nothing before it moves again
        hasCome.acquire();
        QVERIFY(!member.isInOrder());
        member.moveTo(here);
        hasGone.release();
    });
    member.moveTo(&thread);
    hasCome.release();
    hasGone.acquire();
    QVERIFY(!member.isInOrder());
    QVERIFY(member.post([&done] { done.append(2); }));
    WsThreadContext::current().runTasks();
    QCOMPARE(done, QList<int>({1, 2}));
    QVERIFY(member.isInOrder());
}

void TestWsTurnMember::tasksOfADepartingMemberWait()
{
    Member member;
    QVERIFY(member.isOwnThread());
    bool isDone = false;
    member.depart();
    member.depart(); // once is enough
    QVERIFY(member.post([&] { isDone = true; }));
    QCoreApplication::sendPostedEvents();
    QVERIFY(!isDone);
    QVERIFY(!member.isOwnThread());
    member.release(); // it stays in its thread
    member.release();
    QCoreApplication::sendPostedEvents();
    QCOMPARE(member.arrivedCount, 2);
    QVERIFY(!isDone);
    QCoreApplication::sendPostedEvents();
    QVERIFY(isDone);
}

void TestWsTurnMember::tasksOfManyThreadsKeepTheirOrderAcrossManyMoves()
{
    constexpr int TaskCount = 2000;
    Thread threads[3];
    auto *const member = new Member;
    member->moveTo(&threads[0]);
    QList<int> seen[2]; // by the member's thread alone, whichever that is
    QSemaphore done;
    const auto poster = [&](int number) {
        return std::unique_ptr<QThread>(QThread::create([&, number] {
            for (int i = 0; i < TaskCount; ++i) {
                const bool isPosted = member->post([&, number, i] {
                    seen[number].append(i);
                    if (i == TaskCount - 1)
                        done.release();
                    else if (i % 100 == 0)
                        member->moveTo(&threads[(i / 100 + number) % 3]);
                });
                if (!isPosted)
                    return;
            }
        }));
    };
    const std::unique_ptr<QThread> posters[] = {poster(0), poster(1)};
    for (const auto &thread : posters)
        thread->start();
    QVERIFY(done.tryAcquire(2, 60000));
    for (const auto &thread : posters)
        QVERIFY(thread->wait());
    for (const QList<int> &list : seen) {
        QCOMPARE(list.size(), TaskCount);
        QVERIFY(std::is_sorted(list.begin(), list.end()));
    }
    QSemaphore deleted;
    QVERIFY(member->post([&, member] {
        member->deleteLater();
        deleted.release();
    }));
    deleted.acquire();
}

void TestWsTurnMember::taskMayMoveTheMember()
{
    Thread thread;
    auto *const member = new Member;
    QVERIFY(member->isOwnThread());
    QThread *secondIn = nullptr;
    QSemaphore done;
    QVERIFY(member->post([&] { member->moveTo(&thread); }));
    QVERIFY(member->post([&] {
        secondIn = QThread::currentThread();
        done.release();
    }));
    QCoreApplication::sendPostedEvents();
    done.acquire();
    QCOMPARE(secondIn, &thread);
    thread.run([member] { delete member; });
}

void TestWsTurnMember::moveIsCompletedByAskingInTheNewThread()
{
    Thread thread;
    auto *const member = new Member;
    QVERIFY(member->isOwnThread());
    member->depart();
    member->moveToThread(&thread);
    bool isOwnTooEarly = true;
    bool isOwn = false;
    thread.run([&] {
        isOwnTooEarly = member->isOwnThread();
        member->release();
        isOwn = member->isOwnThread();
    });
    QVERIFY(!isOwnTooEarly);
    QVERIFY(isOwn);
    QCOMPARE(member->arrivedCount, 2);
    thread.run([member] { delete member; });
}

void TestWsTurnMember::tasksWakeUpTheNewThread()
{
    Thread thread;
    auto *const member = new Member; // that nobody has used yet
    member->moveToThread(&thread);
    QSemaphore done;
    QVERIFY(member->post([&] { done.release(); }));
    done.acquire();
    thread.run([member] { delete member; });
}

void TestWsTurnMember::tasksAreDroppedWithTheMember()
{
    const auto held = std::make_shared<int>(1);
    bool isDone = false;
    {
        Member member;
        QVERIFY(member.isOwnThread());
        QVERIFY(member.post([&isDone, held] { isDone = true; }));
        QCOMPARE(held.use_count(), 2);
    }
    QCOMPARE(held.use_count(), 1);
    QCoreApplication::sendPostedEvents();
    QVERIFY(!isDone);
}

void TestWsTurnMember::tasksAreDroppedWithAMemberThatMoves()
{
    const auto held = std::make_shared<int>(1);
    for (const bool isReleased : {false, true}) {
        Member member;
        QVERIFY(member.isOwnThread());
        QVERIFY(member.post([held] {}));
        member.depart();
        if (isReleased)
            member.release();
        QVERIFY(member.post([held] {}));
        QCOMPARE(held.use_count(), 3);
        member.leaveThread();
        QCOMPARE(held.use_count(), 1);
    }
}

// What tasks hold may call anything, so they are not dropped within the lock.
void TestWsTurnMember::droppedTaskMayCallTheMember()
{
    for (const bool isMoving : {false, true}) {
        Member member;
        QVERIFY(member.isOwnThread());
        bool isPosted = true;
        if (isMoving)
            member.depart();
        std::shared_ptr<void> held(nullptr, [&](void *) { isPosted = member.post([] {}); });
        QVERIFY(member.post([held] {}));
        held.reset();
        QVERIFY(isPosted);
        member.leaveThread();
        QVERIFY(!isPosted);
    }
}

void TestWsTurnMember::nothingIsPostedAfterTheThreadHasEnded()
{
    Member member;
    {
        Thread thread;
        member.moveTo(&thread);
        thread.run([&] { QVERIFY(member.isOwnThread()); });
        QVERIFY(member.post([] {}));
    }
    QVERIFY(member.hasThreadEnded());
    QVERIFY(!member.context());
    QVERIFY(!member.isOwnThread());
    const auto held = std::make_shared<int>(1);
    QVERIFY(!member.post([held] {}));
    QCOMPARE(held.use_count(), 1);
}

void TestWsTurnMember::threadEndIsReportedOnce()
{
    Member members[3];
    {
        Thread thread;
        for (Member &member : members) {
            member.moveTo(&thread);
            thread.run([&] { QVERIFY(member.isOwnThread()); });
        }
        members[1].leaveThread(); // its thread is idle
    }
    QCOMPARE(members[0].threadEndCount, 1);
    QCOMPARE(members[1].threadEndCount, 0);
    QCOMPARE(members[2].threadEndCount, 1);
}

void TestWsTurnMember::actionsFollowAllThreadEnds()
{
    struct Ending : Member
    {
        explicit Ending(QStringList *log) : all(log) { }
        void onThreadEnd() override
        {
            all->append(QStringLiteral("end"));
            WsThreadContext::callAtThreadEnd([list = all] { list->append(QStringLiteral("action")); });
        }
        QStringList *all;
    };
    QStringList all;
    Ending members[2] = {Ending(&all), Ending(&all)};
    {
        Thread thread;
        for (Ending &member : members) {
            member.moveTo(&thread);
            thread.run([&] { QVERIFY(member.isOwnThread()); });
        }
    }
    QCOMPARE(all.join(u' '), QStringLiteral("end end action action"));
}

void TestWsTurnMember::tasksThatWereNotDoneAreDroppedWithTheThread()
{
    const auto held = std::make_shared<int>(1);
    Member member;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        member.arrive();
        QVERIFY(member.post([held] {}));
    })); // which runs no event loop
    member.setParent(nullptr);
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(member.hasThreadEnded());
    QCOMPARE(held.use_count(), 1);
}

void TestWsTurnMember::memberIsFlushedOnce()
{
    Member member;
    QVERIFY(member.isOwnThread());
    WsThreadContext &context = WsThreadContext::current();
    context.scheduleFlush(&member);
    context.scheduleFlush(&member);
    QCOMPARE(member.turnEndCount, 0);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(member.turnEndCount, 1);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(member.turnEndCount, 1);
    context.scheduleFlush(&member);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(member.turnEndCount, 2);
}

void TestWsTurnMember::memberIsCheckedInTime()
{
    static WsTime now;
    now = WsTime(1h);
    WsClock::replace([] { return now; });
    Member member;
    QVERIFY(member.isOwnThread());
    WsThreadContext &context = WsThreadContext::current();
    context.scheduleCheck(&member, now + 10s);
    context.scheduleCheck(&member, now + 20s); // later than it is anyway
    context.scheduleCheck(&member, now + 5s);
    now += 4s;
    context.runChecks();
    QVERIFY(!member.checkedAt);
    now += 1s;
    context.runChecks();
    QCOMPARE(member.checkedAt, now);
    member.checkedAt.reset();
    now += 1h;
    context.runChecks();
    QVERIFY(!member.checkedAt);
    WsClock::replace(nullptr);
}

void TestWsTurnMember::pumpedMemberSeesEachNestedTurn()
{
    Member member;
    QVERIFY(member.isOwnThread());
    WsThreadContext &context = WsThreadContext::current();
    QCoreApplication::processEvents();
    QCOMPARE(member.nestedTurnCount, 0);
    context.beginPump(&member);
    QCoreApplication::processEvents();
    context.endPump();
    const int count = member.nestedTurnCount;
    QVERIFY(count > 0);
    QCoreApplication::processEvents();
    QCOMPARE(member.nestedTurnCount, count);
}

void TestWsTurnMember::memberThatLeavesIsNotCalled()
{
    WsThreadContext &context = WsThreadContext::current();
    for (const bool departs : {false, true}) {
        Member member;
        QVERIFY(member.isOwnThread());
        context.scheduleFlush(&member);
        context.scheduleCheck(&member, WsClock::now());
        context.beginPump(&member);
        if (departs)
            member.depart();
        else
            member.leaveThread();
        context.runChecks();
        QCoreApplication::processEvents(); // a new turn, within the pump
        context.endPump();
        QCOMPARE(member.turnEndCount, 0);
        QCOMPARE(member.nestedTurnCount, 0);
        QVERIFY(!member.checkedAt);
    }
}

void TestWsTurnMember::memberWithoutObjectArrivesByCall()
{
    struct Bare : WsTurnMember
    {
        Bare() : WsTurnMember(nullptr) { }
        void onTurnEnd() override { }
        void onNestedTurn() override { }
        void onCheck(WsTime) override { }
        void onArrived() override { }
        void onThreadEnd() override { }
    };
    Bare member;
    bool isDone = false;
    QVERIFY(member.post([&] { isDone = true; }));
    QVERIFY(!member.isOwnThread());
    QCoreApplication::sendPostedEvents();
    QVERIFY(!isDone);
    member.arrive();
    QVERIFY(member.isOwnThread());
    QCoreApplication::sendPostedEvents();
    QVERIFY(isDone);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsTurnMember)
#include "tst_wsturnmember.moc"
