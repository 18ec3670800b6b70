// SPDX-License-Identifier: MIT
// An event dispatcher in a process that fork() has made, and in the parent of such a process.
#include <WsKit/WsEventDispatcher>

#include "forking.h"
#include "socketpair.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

#include <functional>
#include <memory>
#include <thread>

namespace {
QAbstractEventDispatcher *dispatcher()
{
    return QAbstractEventDispatcher::instance();
}

// A turn in which the kernel gets to know what notifiers there are.
void processAll()
{
    while (dispatcher()->processEvents(QEventLoop::AllEvents)) {
    }
}

// Whether \a notifier is told that its end of \a pair can be read.
bool hears(QSocketNotifier *notifier, const SocketPair &pair)
{
    QEventLoop loop;
    QObject::connect(notifier, &QSocketNotifier::activated, &loop,
                     [&] { loop.exit(pair.receive() ? 42 : 1); });
    return pair.send() && loop.exec() == 42;
}

bool hearsAnotherThread()
{
    QEventLoop loop;
    std::thread other;
    QObject::connect(
        dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &loop,
        [&] {
            other = std::thread([&] {
                QMetaObject::invokeMethod(
                    &loop, [&] { loop.exit(42); }, Qt::QueuedConnection);
            });
        },
        Qt::SingleShotConnection);
    const int result = loop.exec();
    other.join();
    return result == 42;
}

bool hearsTcp()
{
    QEventLoop loop;
    QTcpServer server;
    QTcpSocket client;
    QObject::connect(&server, &QTcpServer::newConnection, &loop,
                     [&] { server.nextPendingConnection()->write("hello"); });
    QObject::connect(&client, &QTcpSocket::readyRead, &loop, [&] {
        if (client.bytesAvailable() == 5)
            loop.exit(client.readAll() == "hello" ? 42 : 1);
    });
    if (!server.listen(QHostAddress::LocalHost))
        return false;
    client.connectToHost(server.serverAddress(), server.serverPort());
    return loop.exec() == 42;
}

bool ticks()
{
    QEventLoop loop;
    QTimer::singleShot(1, &loop, [&] { loop.exit(42); });
    return loop.exec() == 42;
}
} // namespace

class TestWsEventDispatcherFork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isInstalled();
    void parentHearsAfterAChildHasDeletedANotifier();
    void parentHearsAfterAChildHasDeletedItsApplication();
    void parentDoesNotHearWhatAChildHasAdded();
    void parentWakesUpAfterAChildHas();
    void childHearsSockets();
    void childHearsTimers();
    void childHearsTimersOfItsParent();
    void childHearsOtherThreads();
    void grandchildHears();
    void childDeletesADispatcherOfItsParent();
};

void TestWsEventDispatcherFork::isInstalled()
{
    QVERIFY(qobject_cast<WsEventDispatcher *>(dispatcher()));
}

void TestWsEventDispatcherFork::parentHearsAfterAChildHasDeletedANotifier()
{
    const SocketPair pair;
    auto notifier = std::make_unique<QSocketNotifier>(pair.own, QSocketNotifier::Read);
    processAll();
    QVERIFY(succeedsInChild([&] {
        notifier.reset();
        processAll();
        return true;
    }));
    QVERIFY(hears(notifier.get(), pair));
}

void TestWsEventDispatcherFork::parentHearsAfterAChildHasDeletedItsApplication()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    processAll();
    QVERIFY(succeedsInChild([&] {
        delete QCoreApplication::instance();
        return true;
    }));
    QVERIFY(hears(&notifier, pair));
    QVERIFY(hearsAnotherThread());
    QVERIFY(ticks());
}

void TestWsEventDispatcherFork::parentDoesNotHearWhatAChildHasAdded()
{
    const SocketPair pair; // can be written to at any time
    processAll();
    QVERIFY(succeedsInChild([&] {
        QSocketNotifier notifier(pair.own, QSocketNotifier::Write);
        return dispatcher()->processEvents(QEventLoop::AllEvents);
    }));
    QVERIFY(!dispatcher()->processEvents(QEventLoop::AllEvents));
}

void TestWsEventDispatcherFork::parentWakesUpAfterAChildHas()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("the thread sanitizer does not let a child start threads");
#endif
    QVERIFY(succeedsInChild(hearsAnotherThread));
    QVERIFY(hearsAnotherThread());
}

void TestWsEventDispatcherFork::childHearsSockets()
{
    const SocketPair pair;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    processAll();
    QVERIFY(succeedsInChild([&] {
        const SocketPair own;
        QSocketNotifier ownNotifier(own.own, QSocketNotifier::Read);
        return hears(&notifier, pair) && hears(&ownNotifier, own) && hears(&notifier, pair) && hearsTcp();
    }));
    QVERIFY(hears(&notifier, pair));
    QVERIFY(hearsTcp());
}

void TestWsEventDispatcherFork::childHearsTimers()
{
    QVERIFY(succeedsInChild(ticks));
}

void TestWsEventDispatcherFork::childHearsTimersOfItsParent()
{
    QEventLoop loop;
    QTimer timer;
    timer.callOnTimeout(&loop, [&] { loop.exit(42); });
    timer.start(1);
    QVERIFY(succeedsInChild([&] { return loop.exec() == 42; }));
    QCOMPARE(loop.exec(), 42);
}

void TestWsEventDispatcherFork::childHearsOtherThreads()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("the thread sanitizer does not let a child start threads");
#endif
    processAll();
    QVERIFY(succeedsInChild([] { return hearsAnotherThread() && hearsAnotherThread(); }));
}

void TestWsEventDispatcherFork::grandchildHears()
{
    const SocketPair pair;
    auto notifier = std::make_unique<QSocketNotifier>(pair.own, QSocketNotifier::Read);
    processAll();
    QVERIFY(succeedsInChild([&] {
        const bool isHeardBelow = succeedsInChild([&] {
            const bool isHeard = hears(notifier.get(), pair);
            notifier.reset();
            processAll();
            return isHeard;
        });
        return isHeardBelow && hears(notifier.get(), pair);
    }));
    QVERIFY(hears(notifier.get(), pair));
}

void TestWsEventDispatcherFork::childDeletesADispatcherOfItsParent()
{
    const SocketPair pair;
    auto other = std::make_unique<WsEventDispatcher>();
    QSocketNotifier notifier(QSocketNotifier::Read);
    notifier.setSocket(pair.own);
    notifier.setEnabled(false);
    other->registerSocketNotifier(&notifier);
    other->processEvents(QEventLoop::AllEvents);
    QVERIFY(succeedsInChild([&] {
        other->unregisterSocketNotifier(&notifier);
        other.reset();
        return true;
    }));
    QVERIFY(pair.send());
    QVERIFY(other->processEvents(QEventLoop::WaitForMoreEvents));
    other->wakeUp();
    other->unregisterSocketNotifier(&notifier);
    QVERIFY(other->processEvents(QEventLoop::WaitForMoreEvents));
}

int main(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const auto application = std::make_unique<QCoreApplication>(argc, argv);
    TestWsEventDispatcherFork test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_wseventdispatcher_fork.moc"
