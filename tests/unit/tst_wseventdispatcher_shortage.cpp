// SPDX-License-Identifier: MIT
// An event dispatcher in a process that has no descriptor left.
#include <WsKit/WsEventDispatcher>

#include "nomoredescriptors.h"
#include "socketpair.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace {
// A thread whose dispatcher was made when there was no descriptor left, and what it returned.
class Thread
{
public:
    explicit Thread(const std::function<bool(WsEventDispatcher *)> &function)
        : m_thread(QThread::create([this, function] { m_result = function(m_dispatcher); }))
    {
        m_thread->setEventDispatcher(m_dispatcher);
    }

    bool isValid() const { return m_dispatcher->isValid(); }
    bool run()
    {
        m_thread->start();
        return m_thread->wait() && m_result;
    }

private:
    WsEventDispatcher *m_dispatcher = new WsEventDispatcher;
    std::unique_ptr<QThread> m_thread;
    std::atomic<bool> m_result = false;
};

void post(QObject *context, const std::function<void()> &call)
{
    QMetaObject::invokeMethod(context, call, Qt::QueuedConnection);
}

std::atomic<int> warnings = 0;

void countWarnings(QtMsgType type, const QMessageLogContext &context, const QString &)
{
    if (type == QtWarningMsg && qstrcmp(context.category, "wskit.net") == 0)
        ++warnings;
}
} // namespace

class TestWsEventDispatcherShortage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void isValidWithDescriptors();
    void isNotValidWithoutDescriptors();
    void warnsOnce();
    void postedEventsAreSent();
    void timersFire();
    void notifiersAreTold();
    void wakeUpOfAnotherThreadEndsTheWait();
    void wakeUpEndsTheWaitWithoutNotifiers();
    void becomesValidLater();

private:
    std::unique_ptr<NoMoreDescriptors> m_shortage;
    QtMessageHandler m_handler = nullptr;
    const SocketPair m_pair;
};

void TestWsEventDispatcherShortage::init()
{
    warnings = 0;
    m_handler = qInstallMessageHandler(countWarnings);
    m_shortage = std::make_unique<NoMoreDescriptors>();
}

void TestWsEventDispatcherShortage::cleanup()
{
    m_shortage.reset();
    qInstallMessageHandler(m_handler);
}

void TestWsEventDispatcherShortage::isValidWithDescriptors()
{
    m_shortage.reset();
    const WsEventDispatcher dispatcher;
    QVERIFY(dispatcher.isValid());
    QCOMPARE(warnings, 0);
}

void TestWsEventDispatcherShortage::isNotValidWithoutDescriptors()
{
    const WsEventDispatcher dispatcher;
    QVERIFY(!dispatcher.isValid());
}

void TestWsEventDispatcherShortage::warnsOnce()
{
    WsEventDispatcher dispatcher;
    QCOMPARE(warnings, 1);
    for (int turn = 0; turn < 3; ++turn)
        dispatcher.processEvents(QEventLoop::AllEvents);
    QCOMPARE(warnings, 1);
}

void TestWsEventDispatcherShortage::postedEventsAreSent()
{
    Thread thread([](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        post(&loop, [&] { post(&loop, [&] { loop.exit(42); }); });
        return loop.exec() == 42 && !dispatcher->isValid();
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
}

void TestWsEventDispatcherShortage::timersFire()
{
    Thread thread([](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        int ticks = 0;
        QTimer timer;
        timer.callOnTimeout(&loop, [&] {
            if (++ticks == 3)
                loop.quit();
        });
        timer.start(1);
        loop.exec();
        return ticks == 3 && !dispatcher->isValid();
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
}

void TestWsEventDispatcherShortage::notifiersAreTold()
{
    Thread thread([this](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        QSocketNotifier read(m_pair.own, QSocketNotifier::Read);
        QSocketNotifier write(m_pair.own, QSocketNotifier::Write);
        connect(&write, &QSocketNotifier::activated, &loop, [&] {
            write.setEnabled(false);
            m_pair.send();
        });
        connect(&read, &QSocketNotifier::activated, &loop, [&] { loop.exit(m_pair.receive() ? 42 : 1); });
        return loop.exec() == 42 && !dispatcher->isValid();
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
}

void TestWsEventDispatcherShortage::wakeUpOfAnotherThreadEndsTheWait()
{
    Thread thread([](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        std::thread other;
        connect(
            dispatcher, &QAbstractEventDispatcher::aboutToBlock, &loop,
            [&] { other = std::thread([&] { post(&loop, [&] { loop.exit(42); }); }); },
            Qt::SingleShotConnection);
        const int result = loop.exec();
        other.join();
        return result == 42 && !dispatcher->isValid();
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
}

void TestWsEventDispatcherShortage::wakeUpEndsTheWaitWithoutNotifiers()
{
    Thread thread([](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        std::thread other;
        connect(
            dispatcher, &QAbstractEventDispatcher::aboutToBlock, &loop,
            [&] { other = std::thread([&] { post(&loop, [&] { loop.exit(42); }); }); },
            Qt::SingleShotConnection);
        const int result = loop.exec(QEventLoop::ExcludeSocketNotifiers);
        other.join();
        return result == 42 && !dispatcher->isValid();
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
}

void TestWsEventDispatcherShortage::becomesValidLater()
{
    Thread thread([&](WsEventDispatcher *dispatcher) {
        QEventLoop loop;
        QSocketNotifier notifier(m_pair.own, QSocketNotifier::Read);
        connect(&notifier, &QSocketNotifier::activated, &loop, [&] { loop.exit(m_pair.receive() ? 42 : 1); });
        m_pair.send();
        const bool worksWithout = loop.exec() == 42 && !dispatcher->isValid();
        m_shortage.reset();
        dispatcher->processEvents(QEventLoop::AllEvents);
        const bool isValid = dispatcher->isValid();
        m_pair.send();
        return worksWithout && isValid && loop.exec() == 42;
    });
    QVERIFY(!thread.isValid());
    QVERIFY(thread.run());
    QCOMPARE(warnings, 1);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsEventDispatcherShortage)
#include "tst_wseventdispatcher_shortage.moc"
