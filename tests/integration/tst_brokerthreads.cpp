// SPDX-License-Identifier: MIT

// Brokers that several threads use, that move to another thread, and that end before their servers.

#include "brokerpairs.h"
#include "../testprogram.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qtimer.h>

#include <atomic>

using namespace BrokerTesting;

class TestBrokerThreads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ordersOfThreadsStay_data();
    void ordersOfThreadsStay();
    void movedConnectionKeepsItsTopic();
    void brokerLivesInAnotherThread();
    void brokerMovesToAnotherThread();
    void slotsMayMoveTheBroker_data();
    void slotsMayMoveTheBroker();
    void otherThreadsReport();
    void reportsEndWithTheBroker();
    void slotsMayDeleteTheBroker_data();
    void slotsMayDeleteTheBroker();
    void brokerMayDeleteTheServer();
    void threadsPublishAndSubscribe();
    void publishingThreadsLeaveTimeForOthers();
    void serversOfADeletedBrokerPart();
    void brokerIsDeletedWhileThreadsPublish();
    void threadOfABrokerEnds();
    void deletedBrokerSendsWhatThreadsHavePublished();
    void deletedBrokerLosesNothingOfAHistory();
};

void TestBrokerThreads::ordersOfThreadsStay_data()
{
    addThreads();
}

// Four threads publish at once: the messages of each arrive in their order, and all of them once.
void TestBrokerThreads::ordersOfThreadsStay()
{
    QFETCH(const int, threads);
    Two two(threads);
    Subscriber *const there = two.subscribe(u"news"_s);
    constexpr int Count = 500;
    std::vector<std::unique_ptr<Thread>> publishers;
    for (char name = 'a'; name < 'e'; ++name) {
        publishers.push_back(std::make_unique<Thread>([&two, name] {
            for (int i = 0; i < Count; ++i)
                two.one.server.publish(u"news"_s, QByteArray(1, name) + QByteArray::number(i));
        }));
    }
    QVERIFY(waitFor([&] { return there->messages.size() == 4 * Count; }));
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s, u"d"_s}) {
        QStringList ofThread = there->messages.filter(name);
        ofThread.replaceInStrings(name, QString());
        QCOMPARE(ofThread, numbersUntil(Count));
    }
    QCOMPARE(two.brokers[1].messagesMissed(), 0);
}

// Nothing that is published meanwhile may be lost.
void TestBrokerThreads::movedConnectionKeepsItsTopic()
{
    Two two;
    Thread thread;
    Subscriber *const there = two.subscribe(u"news"_s);
    WsConnection *const connection = two.other.server.connections().constFirst();
    QThread *const here = QThread::currentThread();
    int count = 0;
    const auto publish = [&] {
        for (int i = 0; i < 10; ++i)
            two.one.server.publish(u"news"_s, QString::number(count++));
    };
    publish();
    connection->moveToThread(thread.get());
    publish();
    WS_TRY_COMPARE(there->messages, numbersUntil(count));
    publish();
    QMetaObject::invokeMethod(
        connection, [=] { connection->moveToThread(here); }, Qt::BlockingQueuedConnection);
    publish();
    WS_TRY_COMPARE(there->messages, numbersUntil(count));
    connection->moveToThread(thread.get());
    WS_TRY_COMPARE(two.other.server.subscriberCount(u"news"_s), 1);
    QCOMPARE(two.brokers[1].calls, QStringList(u"+news"_s));
    two.other.subscribers.clear();
    WS_TRY_COMPARE(two.brokers[1].calls, QStringList({u"+news"_s, u"-news"_s}));
}

void TestBrokerThreads::brokerLivesInAnotherThread()
{
    Thread thread;
    auto *const broker = new WsMemoryBroker;
    broker->moveToThread(thread.get());
    connect(thread.get(), &QThread::finished, broker, &QObject::deleteLater);
    WsMemoryBroker otherBroker;
    Site one(broker, 2);
    Site other(&otherBroker);
    Subscriber *const here = one.subscribe(u"news"_s);
    Subscriber *const there = other.subscribe(u"news"_s);
    WS_TRY_VERIFY(broker->topics().contains(u"news"_s) && otherBroker.topics().contains(u"news"_s));
    QStringList expected;
    for (int i = 0; i < 50; ++i) {
        expected.append(QString::number(i));
        (i % 2 == 0 ? one : other).server.publish(u"news"_s, expected.constLast());
    }
    one.server.publish(u"news"_s, u"end"_s);
    other.server.publish(u"news"_s, u"end too"_s);
    expected += {u"end"_s, u"end too"_s};
    expected.sort();
    for (Subscriber *subscriber : {here, there}) {
        WS_TRY_VERIFY(subscriber->messages.contains(u"end"_s) && subscriber->messages.contains(u"end too"_s));
        subscriber->messages.sort();
        QCOMPARE(subscriber->messages, expected);
    }
}

void TestBrokerThreads::brokerMovesToAnotherThread()
{
    QThread thread; // is started later
    auto broker = std::make_unique<WsMemoryBroker>();
    WsMemoryBroker otherBroker;
    Site one(broker.get());
    Site other(&otherBroker);
    Subscriber *const there = other.subscribe(u"news"_s);
    WS_TRY_VERIFY(otherBroker.topics().contains(u"news"_s));
    one.server.publish(u"news"_s, u"0"_s);
    broker->moveToThread(&thread);
    one.server.publish(u"news"_s, u"1"_s);
    thread.start();
    one.server.publish(u"news"_s, u"2"_s);
    const bool hasArrived = waitFor([&] { return there->messages.size() >= 3; });
    QMetaObject::invokeMethod(
        broker.get(), [&] { broker.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait(Patience));
    QVERIFY(hasArrived);
    QCOMPARE(there->messages, numbersUntil(3));
    QCOMPARE(one.server.broker(), nullptr);
}

namespace {
// Calls an action, once, in what the row names.
class ActingBroker : public RecordingBroker
{
public:
    QString when;
    std::function<void()> act;
    std::atomic<int> strayCalls{0}; // in another thread than its own

    void actIn(const char *place)
    {
        if (qstrcmp(place, "deliver") != 0) // which the connection reports
            strayCalls += thread() == QThread::currentThread() ? 0 : 1;
        if (when == QLatin1StringView(place))
            std::exchange(act, [] {})();
    }

protected:
    // After the action, this object may not exist any more.
    bool send(const WsBrokerMessage &message) override
    {
        const QPointer<ActingBroker> self(this);
        actIn("send");
        return self && RecordingBroker::send(message);
    }
    void subscribe(const QString &topic) override
    {
        const QPointer<ActingBroker> self(this);
        actIn("subscribe");
        if (self)
            RecordingBroker::subscribe(topic);
    }
    void unsubscribe(const QString &topic) override
    {
        const QPointer<ActingBroker> self(this);
        actIn("unsubscribe");
        if (self)
            RecordingBroker::unsubscribe(topic);
    }
};

void addPlaces()
{
    QTest::addColumn<QString>("when");
    for (const char *when :
         {"connected", "disconnected", "stateChanged", "send", "subscribe", "unsubscribe", "deliver"})
        QTest::newRow(when) << QString::fromLatin1(when);
}

// Calls act() of the broker in the slot or function that its row names.
void arrange(const QPointer<ActingBroker> &broker, Site *site)
{
    const auto actIn = [broker](const char *place) {
        return [broker, place] {
            if (broker)
                broker->actIn(place);
        };
    };
    QObject::connect(broker, &WsBroker::connected, &site->server, actIn("connected"), Qt::DirectConnection);
    QObject::connect(broker, &WsBroker::disconnected, &site->server, actIn("disconnected"),
                     Qt::DirectConnection);
    QObject::connect(broker, &WsBroker::stateChanged, &site->server, actIn("stateChanged"),
                     Qt::DirectConnection);
    WsConnection *const connection = site->server.connections().constFirst();
    QObject::connect(connection, &WsConnection::messageSent, &site->server, actIn("deliver"));
}
} // namespace

void TestBrokerThreads::slotsMayMoveTheBroker_data()
{
    addPlaces();
}

void TestBrokerThreads::slotsMayMoveTheBroker()
{
    QFETCH(const QString, when);
    Thread thread;
    WsMemoryBroker otherBroker;
    Site other(&otherBroker);
    auto *const broker = new ActingBroker;
    connect(thread.get(), &QThread::finished, broker, &QObject::deleteLater);
    Site site(broker);
    Subscriber *const there = other.subscribe(u"news"_s);
    site.subscribe(u"news"_s);
    WS_TRY_VERIFY(broker->topics().size() == 1 && otherBroker.topics().size() == 1);
    arrange(broker, &site);
    broker->setQueueMessages(true);
    broker->when = when == u"deliver"_s ? QString() : when;
    broker->act = [&] { broker->moveToThread(thread.get()); };
    broker->setConnected(false);
    for (int i = 0; i < 10; ++i)
        site.server.publish(u"news"_s, QString::number(i));
    if (broker->thread() != thread.get())
        broker->setConnected(true);
    else
        QMetaObject::invokeMethod(broker, [=] { broker->setConnected(true); });
    site.server.publish(u"news"_s, u"10"_s);
    broker->when = when;
    broker->deliver({u"news"_s, "from elsewhere"});
    WsConnection *const connection = site.server.connections().constFirst();
    for (const char topic : {'a', 'b', 'c'})
        site.server.subscribe(connection, QString(QLatin1Char(topic)));
    WS_TRY_COMPARE(broker->topics().size(), 4);
    for (const char topic : {'a', 'b', 'c'})
        site.server.unsubscribe(connection, QString(QLatin1Char(topic)));
    WS_TRY_COMPARE(broker->topics().size(), 1);
    QCOMPARE(broker->thread(), thread.get());
    WS_TRY_COMPARE(there->messages, numbersUntil(11));
    QVERIFY(broker->isConnected());
    QCOMPARE(broker->messagesUnsent(), 0);
    QCOMPARE(broker->strayCalls, 0);
}

void TestBrokerThreads::otherThreadsReport()
{
    RecordingBroker broker;
    Site site(&broker);
    Subscriber *const here = site.subscribe(u"news"_s);
    WS_TRY_COMPARE(broker.topics().size(), 1);
    QList<QThread *> threads;
    const auto note = [&] { threads.append(QThread::currentThread()); };
    for (const auto signal :
         {&WsBroker::stateChanged, &WsBroker::disconnected, &WsBroker::queueMessagesChanged})
        connect(&broker, signal, this, note, Qt::DirectConnection);
    Thread other([&] {
        broker.deliver({u"news"_s, "a"});
        broker.deliver({u"news"_s, "b"});
        broker.setQueueMessages(true);
        broker.setQueueMessages(true);
        broker.setState(Ws::Closed);
    });
    WS_TRY_COMPARE(here->messages, QStringList({u"a"_s, u"b"_s}));
    WS_TRY_COMPARE(broker.state(), Ws::Closed);
    QCOMPARE(threads, QList<QThread *>(3, QThread::currentThread()));
}

// Until its thread carries it out, it can still be deleted.
void TestBrokerThreads::reportsEndWithTheBroker()
{
    auto broker = std::make_unique<RecordingBroker>();
    Site site(broker.get());
    Subscriber *const here = site.subscribe(u"news"_s);
    WS_TRY_COMPARE(broker->topics().size(), 1);
    Thread other([&] {
        broker->deliver({u"news"_s, "lost"});
        broker->setState(Ws::Closed);
    });
    QVERIFY(other.end());
    QCOMPARE(broker->state(), Ws::Open);
    broker.reset();
    site.server.publish(u"news"_s, u"end"_s);
    WS_TRY_COMPARE(here->messages, QStringList(u"end"_s));
}

void TestBrokerThreads::slotsMayDeleteTheBroker_data()
{
    addPlaces();
}

void TestBrokerThreads::slotsMayDeleteTheBroker()
{
    QFETCH(const QString, when);
    const QPointer<ActingBroker> broker(new ActingBroker);
    Site site(broker.data());
    Subscriber *const here = site.subscribe(u"news"_s);
    WS_TRY_COMPARE(broker->topics().size(), 1);
    arrange(broker, &site);
    broker->when = when;
    broker->act = [&] { delete broker.data(); };
    broker->setConnected(false);
    if (broker)
        broker->setConnected(true);
    if (broker && when == u"deliver"_s)
        broker->deliver({u"news"_s, "a"});
    else
        site.server.publish(u"news"_s, u"a"_s);
    WsConnection *const connection = site.server.connections().constFirst();
    for (const char topic : {'a', 'b', 'c'})
        site.server.subscribe(connection, QString(QLatin1Char(topic)));
    WS_TRY_VERIFY(!broker || broker->topics().size() == 4);
    for (const char topic : {'a', 'b', 'c'})
        site.server.unsubscribe(connection, QString(QLatin1Char(topic)));
    WS_TRY_VERIFY(!broker);
    site.server.publish(u"news"_s, u"b"_s);
    WS_TRY_COMPARE(here->messages, QStringList({u"a"_s, u"b"_s}));
}

void TestBrokerThreads::brokerMayDeleteTheServer()
{
    RecordingBroker broker;
    auto site = std::make_unique<Site>(&broker);
    site->subscribe(u"news"_s);
    WS_TRY_COMPARE(broker.topics().size(), 1);
    broker.onSend = [&] { site.reset(); };
    WsServer *const server = &site->server;
    QCOMPARE(server->publish(u"news"_s, u"a"_s), 0);
    QVERIFY(!site);
    WS_TRY_VERIFY(broker.topics().isEmpty());
}

// Whatever the order, the broker ends up with the topics that have subscribers.
void TestBrokerThreads::threadsPublishAndSubscribe()
{
    Two two(2);
    two.one.subscribe(u"always"_s);
    Subscriber *const there = two.subscribe(u"always"_s);
    for (int i = 0; i < 4; ++i)
        two.subscribe(u"always"_s);
    WS_TRY_COMPARE(two.other.server.connectionCount(), 5);
    const QList<WsConnection *> connections = two.other.server.connections();
    const Thread busy([&] {
        for (int round = 0; round < 200; ++round) {
            for (WsConnection *connection : connections) {
                two.other.server.subscribe(connection, u"at times"_s);
                two.one.server.publish(u"at times"_s, u"x"_s);
                two.other.server.unsubscribe(connection, u"at times"_s);
            }
            two.one.server.publish(u"always"_s, u"end"_s);
        }
        two.other.server.subscribe(connections.constFirst(), u"last"_s);
    });
    QVERIFY(waitFor([&] { return busy.get()->isFinished(); }));
    WS_TRY_VERIFY(two.brokers[1].topics().contains(u"last"_s));
    WS_TRY_VERIFY(!two.brokers[1].topics().contains(u"at times"_s));
    WS_TRY_COMPARE(there->messages.count(u"end"_s), 200);
}

// They publish faster than the broker sends.
void TestBrokerThreads::publishingThreadsLeaveTimeForOthers()
{
    RecordingBroker broker;
    broker.setMaxBufferedAmount(200'000);
    std::atomic<bool> isEnding{false};
    qint64 sent = 0;
    broker.onSend = [&] {
        ++sent;
        QElapsedTimer timer;
        timer.start();
        while (timer.nsecsElapsed() < 20'000) {
        }
    };
    qint64 accepted = 0;
    {
        const Thread busy([&] {
            while (!isEnding)
                accepted += broker.publish(u"news"_s, WsMessage::text("x")) ? 1 : 0;
        });
        int ticks = 0;
        QTimer timer;
        connect(&timer, &QTimer::timeout, this, [&] { ++ticks; });
        timer.start(0);
        const bool hasTime = waitFor([&] { return ticks >= 20 && sent >= 1000; });
        isEnding = true;
        QVERIFY(hasTime);
    }
    WS_TRY_COMPARE(sent, accepted);
    broker.onSend = [&] { ++sent; };
    QVERIFY(broker.publish(u"news"_s, WsMessage::text("end")));
    QCOMPARE(sent, accepted + 1);
}

void TestBrokerThreads::serversOfADeletedBrokerPart()
{
    auto broker = std::make_unique<RecordingBroker>();
    Site one(broker.get());
    Site other(broker.get());
    Subscriber *const here = one.subscribe(u"news"_s);
    Subscriber *const there = other.subscribe(u"news"_s);
    one.server.publish(u"news"_s, u"a"_s);
    broker.reset();
    one.server.publish(u"news"_s, u"b"_s);
    other.server.publish(u"news"_s, u"end"_s);
    WS_TRY_COMPARE(here->messages, QStringList({u"a"_s, u"b"_s}));
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"end"_s}));
}

void TestBrokerThreads::brokerIsDeletedWhileThreadsPublish()
{
    for (int round = 0; round < 20; ++round) {
        auto broker = std::make_unique<RecordingBroker>();
        Site site(broker.get(), round % 3);
        Subscriber *const here = site.subscribe(u"news"_s);
        WsConnection *const connection = site.server.connections().constFirst();
        std::atomic<int> published{0};
        {
            std::vector<std::unique_ptr<Thread>> threads;
            for (int i = 0; i < 3; ++i) {
                threads.push_back(std::make_unique<Thread>([&] {
                    for (int message = 0; message < 200; ++message) {
                        site.server.publish(u"news"_s, u"x"_s);
                        site.server.subscribe(connection, QString::number(message));
                        ++published;
                    }
                }));
            }
            const bool isUnderWay = waitFor([&] { return published > 50; });
            broker.reset();
            QVERIFY(isUnderWay);
        }
        QVERIFY(waitFor([&] { return here->messages.size() == 600; }));
        QCOMPARE(site.server.broker(), nullptr);
    }
}

void TestBrokerThreads::threadOfABrokerEnds()
{
    Thread thread;
    RecordingBroker broker;
    Site site(&broker);
    Site other(&broker);
    Subscriber *const here = site.subscribe(u"news"_s);
    Subscriber *const there = other.subscribe(u"news"_s);
    WS_TRY_COMPARE(broker.topics().size(), 1);
    const auto waitForThread = [&broker] {
        QMetaObject::invokeMethod(
            &broker, [] {}, Qt::BlockingQueuedConnection);
    };
    broker.moveToThread(thread.get());
    waitForThread(); // the broker has arrived there
    site.server.publish(u"news"_s, u"a"_s);
    waitForThread(); // and has sent this
    WS_TRY_COMPARE(there->messages, QStringList(u"a"_s));
    const qint64 unsent = broker.messagesUnsent();
    QVERIFY(thread.end());
    QCOMPARE(broker.state(), Ws::Closed);
    QVERIFY(broker.topics().isEmpty());
    broker.setQueueMessages(true);
    QVERIFY(!broker.publish(u"news"_s, WsMessage::text("lost")));
    site.server.publish(u"news"_s, u"b"_s);
    other.server.publish(u"news"_s, u"end"_s);
    for (int i = 0; i < 100; ++i)
        site.server.subscribe(site.server.connections().constFirst(), QString::number(i));
    WS_TRY_COMPARE(here->messages, QStringList({u"a"_s, u"b"_s}));
    WS_TRY_COMPARE(there->messages, QStringList({u"a"_s, u"end"_s}));
    QCOMPARE(broker.messagesUnsent() - unsent, 3);
    QVERIFY(broker.topics().isEmpty());
}

// Of which its event loop has sent nothing yet.
void TestBrokerThreads::deletedBrokerSendsWhatThreadsHavePublished()
{
    RecordingBroker broker;
    Site site(&broker);
    const Subscriber *const subscriber = site.subscribe(u"news"_s);
    QVERIFY(waitFor([&] { return broker.topics().contains(u"news"_s); }));
    auto leaving = std::make_unique<WsMemoryBroker>();
    Thread thread([&leaving] {
        for (int i = 0; i < 100; ++i)
            (void)leaving->publish(u"news"_s, WsMessage::text(QString::number(i)));
    });
    QVERIFY(thread.end());
    leaving.reset();
    WS_TRY_COMPARE(subscriber->messages, numbersUntil(100));
}

// The servers of the broker go on without it, so its own messages do not come back to them.
void TestBrokerThreads::deletedBrokerLosesNothingOfAHistory()
{
    WsMemoryBroker broker;
    auto leaving = std::make_unique<WsMemoryBroker>();
    for (WsMemoryBroker *each : {&broker, leaving.get()})
        each->setHistory(u"news"_s, 100);
    Site site(&broker);
    Site own(leaving.get());
    const Subscriber *const there = site.subscribe(u"news"_s);
    const Subscriber *const here = own.subscribe(u"news"_s);
    own.server.publish(u"news"_s, u"0"_s);
    WS_TRY_COMPARE(there->messages, numbersUntil(1));
    WS_TRY_COMPARE(here->messages, numbersUntil(1));
    Thread thread([&own] {
        for (int i = 1; i < 100; ++i)
            own.server.publish(u"news"_s, QString::number(i));
    });
    QVERIFY(thread.end());
    leaving.reset();
    WS_TRY_COMPARE(there->messages, numbersUntil(100));
    WS_TRY_COMPARE(here->messages, numbersUntil(100));
}

WSKIT_TEST(TestBrokerThreads)
#include "tst_brokerthreads.moc"
