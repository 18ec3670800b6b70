// SPDX-License-Identifier: MIT
#include "net/connection/wspulling.h"

#include <QtTest/qtest.h>

#include <utility>

namespace {
QFuture<WsPulling::Result> waitIn(WsPulling &pulling)
{
    QPromise<WsPulling::Result> promise;
    promise.start();
    const QFuture<WsPulling::Result> future = promise.future();
    pulling.wait(std::move(promise));
    return future;
}
} // namespace

// What no connection is needed for: messages and those who wait for them, each in their order.
class TestWsPulling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isEmptyAtFirst();
    void takesInTheOrderOfKeeping();
    void sizeCountsEveryMessage();
    void clearForgetsMessages();
    void waitingIsServedInOrder();
    void promiseThatIsDroppedCancels();
};

void TestWsPulling::isEmptyAtFirst()
{
    const WsPulling pulling;
    QVERIFY(pulling.isEmpty());
    QVERIFY(!pulling.hasWaiting());
    QCOMPARE(pulling.size(), 0);
}

void TestWsPulling::takesInTheOrderOfKeeping()
{
    WsPulling pulling;
    pulling.keep(WsMessage::text("a"));
    pulling.keep(WsMessage::binary("b"));
    QCOMPARE(pulling.take(), WsMessage::text("a"));
    pulling.keep(WsMessage::text("c"));
    QCOMPARE(pulling.take(), WsMessage::binary("b"));
    QCOMPARE(pulling.take(), WsMessage::text("c"));
    QVERIFY(pulling.isEmpty());
}

void TestWsPulling::sizeCountsEveryMessage()
{
    WsPulling pulling;
    pulling.keep(WsMessage::text(""));
    const qint64 ofAnEmptyOne = pulling.size();
    QVERIFY(ofAnEmptyOne > 0); // or a flood of empty messages would never stop the reading
    pulling.keep(WsMessage::binary(QByteArray(1000, 'a')));
    QCOMPARE(pulling.size(), 2 * ofAnEmptyOne + 1000);
    pulling.take();
    QCOMPARE(pulling.size(), ofAnEmptyOne + 1000);
    pulling.take();
    QCOMPARE(pulling.size(), 0);
}

void TestWsPulling::clearForgetsMessages()
{
    WsPulling pulling;
    pulling.keep(WsMessage::text("a"));
    pulling.clear();
    QVERIFY(pulling.isEmpty());
    QCOMPARE(pulling.size(), 0);
}

void TestWsPulling::waitingIsServedInOrder()
{
    WsPulling pulling;
    QFuture<WsPulling::Result> first = waitIn(pulling);
    QFuture<WsPulling::Result> second = waitIn(pulling);
    QVERIFY(first.isStarted());
    QVERIFY(!first.isFinished());
    for (const WsPulling::Result &result : {WsPulling::Result(WsMessage::text("a")), WsPulling::Result()}) {
        QVERIFY(pulling.hasWaiting());
        QPromise<WsPulling::Result> promise = pulling.takeFirstWaiting();
        promise.addResult(result);
        promise.finish();
    }
    QVERIFY(!pulling.hasWaiting());
    QCOMPARE(first.result(), WsPulling::Result(WsMessage::text("a")));
    QVERIFY(!second.result());
}

void TestWsPulling::promiseThatIsDroppedCancels()
{
    QFuture<WsPulling::Result> future;
    {
        WsPulling pulling;
        future = waitIn(pulling);
    }
    QVERIFY(future.isFinished());
    QVERIFY(future.isCanceled());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsPulling)
#include "tst_wspulling.moc"
