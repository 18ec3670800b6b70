// SPDX-License-Identifier: MIT
#include "net/loop/wswakeup.h"

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
    void noRequestOfAnotherThreadIsLost();
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

void TestWsWakeUp::noRequestOfAnotherThreadIsLost()
{
    constexpr int Rounds = 20000;
    WsWakeUp there;
    WsWakeUp back;
    const auto sleep = [](WsWakeUp &wakeUp) {
        if (wakeUp.fallAsleep())
            wakeUp.wait(-1);
        return wakeUp.take();
    };
    std::thread other([&] {
        for (int i = 0; i < Rounds; ++i) {
            while (!sleep(there)) {
            }
            back.request();
        }
    });
    for (int i = 0; i < Rounds; ++i) {
        there.request();
        while (!sleep(back)) {
        }
    }
    other.join(); // that it comes to this is the test
    QVERIFY(!there.isRequested());
    QVERIFY(!back.isRequested());
}

QTEST_APPLESS_MAIN(TestWsWakeUp)
#include "tst_wswakeup.moc"
