// SPDX-License-Identifier: MIT
#include "net/loop/wswakeup.h"

#include "forking.h"
#include "nomoredescriptors.h"

#include <QtTest/qtest.h>

#include <poll.h>

#include <chrono>
#include <memory>
#include <thread>

namespace {
bool isReadable(const WsWakeUp &wakeUp)
{
    pollfd entry{wakeUp.descriptor(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
}
} // namespace

class TestWsWakeUp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsRequestedAtFirst();
    void requestKeepsAwake();
    void requestsAreOne();
    void requestToOneAwakeIsNoSystemCall();
    void requestWakesASleeper();
    void sleepEndsByItself();
    void requestThatComesTooLateWakesTheNextSleep();
    void noRequestOfAnotherThreadIsLost_data();
    void noRequestOfAnotherThreadIsLost();
    void isAFlagWithoutDescriptor();
    void requestEndsASleepWithoutDescriptor();
    void sleepWithoutDescriptorEndsByItself();
    void getsItsDescriptorLater();
    void requestOfAChildDoesNotWakeItsParent();
    void childWakesItself();
    void childLeavesRequestsToItsParent();
};

void TestWsWakeUp::nothingIsRequestedAtFirst()
{
    WsWakeUp wakeUp;
    QVERIFY(!wakeUp.isRequested());
    QVERIFY(!wakeUp.take());
    QVERIFY(!isReadable(wakeUp));
}

void TestWsWakeUp::requestKeepsAwake()
{
    WsWakeUp wakeUp;
    wakeUp.request();
    QVERIFY(wakeUp.isRequested());
    QVERIFY(!wakeUp.fallAsleep());
    QVERIFY(wakeUp.take());
    QVERIFY(!wakeUp.isRequested());
    QVERIFY(wakeUp.fallAsleep());
}

void TestWsWakeUp::requestsAreOne()
{
    WsWakeUp wakeUp;
    for (int i = 0; i < 3; ++i)
        wakeUp.request();
    QVERIFY(wakeUp.take());
    QVERIFY(!wakeUp.take());
}

void TestWsWakeUp::requestToOneAwakeIsNoSystemCall()
{
    WsWakeUp wakeUp;
    wakeUp.request();
    QVERIFY(!isReadable(wakeUp));
}

void TestWsWakeUp::requestWakesASleeper()
{
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    wakeUp.request();
    QVERIFY(isReadable(wakeUp));
    QVERIFY(wakeUp.wait(-1));
    QVERIFY(wakeUp.take());
    QVERIFY(!isReadable(wakeUp));
}

void TestWsWakeUp::sleepEndsByItself()
{
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    const auto before = std::chrono::steady_clock::now();
    QVERIFY(wakeUp.wait(20));
    QVERIFY(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(20));
    QVERIFY(!wakeUp.take());
}

void TestWsWakeUp::requestThatComesTooLateWakesTheNextSleep()
{
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    QVERIFY(wakeUp.wait(0));
    wakeUp.request();
    QVERIFY(wakeUp.take());
    QVERIFY(wakeUp.fallAsleep());
    QVERIFY(wakeUp.wait(-1)); // once too often, but no harm
    QVERIFY(!wakeUp.take());
    QVERIFY(!isReadable(wakeUp));
}

void TestWsWakeUp::noRequestOfAnotherThreadIsLost_data()
{
    QTest::addColumn<bool>("hasDescriptors");
    QTest::addColumn<int>("rounds");
    QTest::newRow("with descriptors") << true << 20000;
    QTest::newRow("without descriptors") << false << 10;
}

void TestWsWakeUp::noRequestOfAnotherThreadIsLost()
{
    QFETCH(bool, hasDescriptors);
    QFETCH(int, rounds);
    const auto shortage = hasDescriptors ? nullptr : std::make_unique<NoMoreDescriptors>();
    WsWakeUp there;
    WsWakeUp back;
    QCOMPARE(there.isValid() && back.isValid(), hasDescriptors);
    const auto sleep = [](WsWakeUp &wakeUp) {
        if (wakeUp.fallAsleep())
            wakeUp.wait(-1);
        return wakeUp.take();
    };
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            while (!sleep(there)) {
            }
            back.request();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        there.request();
        while (!sleep(back)) {
        }
    }
    other.join(); // that it comes to this is the test
    QVERIFY(!there.isRequested());
    QVERIFY(!back.isRequested());
}

void TestWsWakeUp::isAFlagWithoutDescriptor()
{
    const NoMoreDescriptors shortage;
    WsWakeUp wakeUp;
    QVERIFY(!wakeUp.isValid());
    QCOMPARE(wakeUp.descriptor(), -1);
    wakeUp.request();
    QVERIFY(wakeUp.isRequested());
    QVERIFY(!wakeUp.fallAsleep());
    QVERIFY(wakeUp.take());
    QVERIFY(wakeUp.fallAsleep());
    wakeUp.request();
    QVERIFY(wakeUp.take());
    QVERIFY(!wakeUp.take());
}

void TestWsWakeUp::requestEndsASleepWithoutDescriptor()
{
    const NoMoreDescriptors shortage;
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    std::thread other([&] { wakeUp.request(); });
    QVERIFY(wakeUp.wait(-1));
    QVERIFY(wakeUp.take());
    other.join();
}

void TestWsWakeUp::sleepWithoutDescriptorEndsByItself()
{
    const NoMoreDescriptors shortage;
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    for (const int timeout : {0, 1, WsWakeUp::Slice + 1})
        QVERIFY(wakeUp.wait(timeout));
    QVERIFY(!wakeUp.take());
}

void TestWsWakeUp::getsItsDescriptorLater()
{
    auto shortage = std::make_unique<NoMoreDescriptors>();
    WsWakeUp wakeUp;
    wakeUp.renew();
    QVERIFY(!wakeUp.isValid());
    shortage.reset();
    QVERIFY(wakeUp.fallAsleep());
    QVERIFY(wakeUp.isValid());
    wakeUp.request();
    QVERIFY(isReadable(wakeUp));
    QVERIFY(wakeUp.wait(-1));
    QVERIFY(wakeUp.take());
}

void TestWsWakeUp::requestOfAChildDoesNotWakeItsParent()
{
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    QVERIFY(succeedsInChild([&] {
        wakeUp.request();
        return wakeUp.take();
    }));
    QVERIFY(!isReadable(wakeUp));
    QVERIFY(!wakeUp.take());
}

void TestWsWakeUp::childWakesItself()
{
    WsWakeUp wakeUp;
    QVERIFY(succeedsInChild([&] {
        if (!wakeUp.fallAsleep())
            return false;
        wakeUp.request();
        return wakeUp.wait(-1) && wakeUp.take() && !isReadable(wakeUp);
    }));
    QVERIFY(!isReadable(wakeUp));
}

void TestWsWakeUp::childLeavesRequestsToItsParent()
{
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.fallAsleep());
    wakeUp.request();
    QVERIFY(succeedsInChild([&] {
        wakeUp.take();
        return wakeUp.fallAsleep() && !isReadable(wakeUp) && wakeUp.wait(0);
    }));
    QVERIFY(isReadable(wakeUp));
    QVERIFY(wakeUp.take());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsWakeUp)
#include "tst_wswakeup.moc"
