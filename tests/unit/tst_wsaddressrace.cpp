// SPDX-License-Identifier: MIT

// The race for the addresses of a host, with attempts, a resolver and a clock that the tests play.

#include "net/socket/wsaddressrace.h"

#include "fakeclock.h"
#include "fakeresolver.h"

#include "../patience.h"

#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <functional>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
// Connects when the test says so.
struct FakeWay
{
    void refuse() { fail(QAbstractSocket::ConnectionRefusedError, u"Connection refused"_s); }
    void findNoRoute() { fail(QAbstractSocket::NetworkError, u"Network unreachable"_s); }
    void fail(QAbstractSocket::SocketError socketError, const QString &text)
    {
        state = WsConnectAttempt::State::Failed;
        error = WsError(Ws::ErrorKind::Network, text);
        error.setSocketError(socketError);
    }
    void succeed() { state = WsConnectAttempt::State::Connected; }

    QString address;
    WsConnectAttempt::State state = WsConnectAttempt::State::Connecting;
    WsError error;
    bool isOpen = true;
};

class FakeAttempt final : public WsConnectAttempt
{
public:
    explicit FakeAttempt(std::shared_ptr<FakeWay> way) : m_way(std::move(way)) { }
    ~FakeAttempt() override { m_way->isOpen = false; }

    State check() override { return m_way->state; }
    qintptr descriptor() const override { return -1; }
    qintptr takeDescriptor() override { return 4711; }
    WsError error() const override { return m_way->error; }

private:
    const std::shared_ptr<FakeWay> m_way;
};

// What has become of a race.
class Runner : public WsAddressRace::Owner
{
public:
    explicit Runner(const QString &host = u"example.com"_s)
    {
        race = std::make_unique<WsAddressRace>(
            this, host, quint16(80),
            [this](const QHostAddress &address, quint16 port) { return attempt(address, port); });
        race->start();
    }

    std::unique_ptr<WsConnectAttempt> attempt(const QHostAddress &address, quint16 port)
    {
        events += u"try %1:%2"_s.arg(address.toString()).arg(port);
        ways.push_back(std::make_shared<FakeWay>());
        ways.back()->address = address.toString();
        if (onAttempt)
            onAttempt(*ways.back());
        return std::make_unique<FakeAttempt>(ways.back());
    }
    void onResolved() override
    {
        events += u"resolved"_s;
        if (onResolution)
            onResolution();
        if (deletesWhenResolved)
            race.reset();
    }
    void onWon(qintptr descriptor) override
    {
        events += u"won %1"_s.arg(descriptor);
        wonIn = QThread::currentThread();
        race.reset();
    }
    void onLost(const WsError &lost) override
    {
        events += u"lost"_s;
        error = lost;
        race.reset();
    }

    FakeWay &way(size_t index) { return *ways.at(index); }
    int openCount() const
    {
        return int(std::count_if(ways.begin(), ways.end(), [](const auto &way) { return way->isOpen; }));
    }
    QString takeEvents() { return std::exchange(events, {}).join(u", "); }

    std::unique_ptr<WsAddressRace> race;
    std::vector<std::shared_ptr<FakeWay>> ways;
    std::function<void(FakeWay &)> onAttempt;
    std::function<void()> onResolution;
    QStringList events;
    WsError error;
    QThread *wonIn = nullptr;
    bool deletesWhenResolved = false;
};

void settle()
{
    for (int i = 0; i < 5; ++i) {
        QCoreApplication::sendPostedEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

void pass(std::chrono::milliseconds time)
{
    FakeClock::advance(time);
    settle();
}

QStringList manyAddresses(int count)
{
    QStringList list;
    for (int i = 1; i <= count; ++i)
        list.append(u"192.0.2.%1"_s.arg(i));
    return list;
}
} // namespace

class TestWsAddressRace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void addressesAreTriedEvery250ms();
    void failureStartsTheNextAttemptImmediately();
    void firstToConnectWinsAndTheOthersEnd();
    void earlierAttemptMayWinLate();
    void addressWithoutARouteCostsNoTime();
    void attemptMaySucceedImmediately();
    void errorNamesEachAddress();
    void errorNamesAFewOfManyAddresses();
    void errorOfOneAddressIsItsOwn();
    void mostTellingErrorIsReported_data();
    void mostTellingErrorIsReported();
    void hostThatIsNotFoundLoses();
    void fewSocketsAreOpenAtATime();
    void nothingIsLeftAfterDeletion();
    void deletionDuringTheLookupEndsIt();
    void mayBeDeletedWhenTheHostIsResolved();
    void addressBeginsFromTheEventLoop();
    void waitsWithoutAnEventLoop();
    void slotMayWaitWhenTheHostIsResolved();
    void slotMayRunAnEventLoopWhenTheHostIsResolved();
    void movesWhenTheHostIsResolved();
    void movesDuringTheLookup();
    void movesDuringTheRace();
    void endsQuietlyWithItsThread();

    void init()
    {
        m_clock = std::make_unique<FakeClock>();
        m_resolver = std::make_unique<FakeResolver>();
    }
    void cleanup()
    {
        m_resolver.reset();
        m_clock.reset();
    }

private:
    void resolve(const QStringList &addresses)
    {
        m_resolver->answer(addresses);
        settle();
    }

    std::unique_ptr<FakeResolver> m_resolver;
    std::unique_ptr<FakeClock> m_clock;
};

void TestWsAddressRace::addressesAreTriedEvery250ms()
{
    Runner runner;
    QVERIFY(runner.race->isLookingUp());
    QCOMPARE(runner.takeEvents(), u""_s);
    resolve({u"192.0.2.1"_s, u"192.0.2.2"_s, u"2001:db8::1"_s});
    QVERIFY(!runner.race->isLookingUp());
    QCOMPARE(runner.takeEvents(), u"resolved, try 2001:db8::1:80"_s);
    pass(249ms);
    QCOMPARE(runner.takeEvents(), u""_s);
    pass(1ms);
    QCOMPARE(runner.takeEvents(), u"try 192.0.2.1:80"_s);
    pass(250ms);
    QCOMPARE(runner.takeEvents(), u"try 192.0.2.2:80"_s);
    pass(1h);
    QCOMPARE(runner.takeEvents(), u""_s);
    QCOMPARE(runner.race->tried(), 3);
    QCOMPARE(runner.openCount(), 3);
}

void TestWsAddressRace::failureStartsTheNextAttemptImmediately()
{
    Runner runner;
    resolve(manyAddresses(3));
    runner.takeEvents();
    runner.way(0).refuse();
    runner.race->proceed();
    QCOMPARE(runner.takeEvents(), u"try 192.0.2.2:80"_s);
    QVERIFY(!runner.way(0).isOpen); // not kept until the end
    pass(249ms);
    QCOMPARE(runner.takeEvents(), u""_s);
    pass(1ms);
    QCOMPARE(runner.takeEvents(), u"try 192.0.2.3:80"_s);
}

void TestWsAddressRace::firstToConnectWinsAndTheOthersEnd()
{
    Runner runner;
    resolve(manyAddresses(3));
    pass(250ms);
    runner.takeEvents();
    runner.way(1).succeed();
    runner.race->proceed();
    QCOMPARE(runner.takeEvents(), u"won 4711"_s);
    QCOMPARE(runner.openCount(), 0);
    pass(1h);
    QCOMPARE(runner.ways.size(), size_t(2));
}

void TestWsAddressRace::earlierAttemptMayWinLate()
{
    Runner runner;
    resolve(manyAddresses(2));
    pass(250ms);
    runner.way(1).refuse();
    runner.race->proceed();
    QVERIFY(runner.race);
    runner.way(0).succeed();
    runner.race->proceed();
    QVERIFY(runner.takeEvents().endsWith(u"try 192.0.2.2:80, won 4711"_s));
}

void TestWsAddressRace::addressWithoutARouteCostsNoTime()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) {
        if (way.address.contains(u':'))
            way.findNoRoute();
    };
    resolve({u"2001:db8::1"_s, u"2001:db8::2"_s, u"192.0.2.1"_s});
    QCOMPARE(runner.takeEvents(), u"resolved, try 2001:db8::1:80, try 192.0.2.1:80"_s);
    QCOMPARE(runner.openCount(), 1);
    runner.way(1).refuse();
    runner.race->proceed();
    QCOMPARE(runner.takeEvents(), u"try 2001:db8::2:80, lost"_s);
}

void TestWsAddressRace::attemptMaySucceedImmediately()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) { way.succeed(); };
    resolve(manyAddresses(3));
    QCOMPARE(runner.takeEvents(), u"resolved, try 192.0.2.1:80, won 4711"_s);
}

void TestWsAddressRace::errorNamesEachAddress()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) {
        if (way.address.contains(u':'))
            way.findNoRoute();
        else
            way.refuse();
    };
    resolve({u"2001:db8::1"_s, u"192.0.2.1"_s});
    QVERIFY(!runner.race);
    QCOMPARE(runner.error.kind(), Ws::ErrorKind::Network);
    QCOMPARE(runner.error.socketError(), QAbstractSocket::ConnectionRefusedError);
    QCOMPARE(runner.error.text(),
             u"Connection refused; 2 addresses of example.com were tried: 2001:db8::1 (Network unreachable), "
             "192.0.2.1 (Connection refused)"_s);
}

void TestWsAddressRace::errorNamesAFewOfManyAddresses()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) { way.refuse(); };
    resolve(manyAddresses(100));
    QVERIFY(!runner.race);
    const QString text = runner.error.text();
    QVERIFY2(text.contains(u"; 32 addresses of example.com were tried: 192.0.2.1 ("_s), qPrintable(text));
    QVERIFY2(text.endsWith(u"192.0.2.4 (Connection refused) and 28 more"_s), qPrintable(text));
}

void TestWsAddressRace::errorOfOneAddressIsItsOwn()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) { way.refuse(); };
    resolve(manyAddresses(1));
    QCOMPARE(runner.error.text(), u"Connection refused"_s);
}

void TestWsAddressRace::mostTellingErrorIsReported_data()
{
    using Errors = QList<QAbstractSocket::SocketError>;
    QTest::addColumn<Errors>("errors");
    QTest::addColumn<QAbstractSocket::SocketError>("reported");
    const auto noRoute = QAbstractSocket::NetworkError;
    const auto timeout = QAbstractSocket::SocketTimeoutError;
    const auto refused = QAbstractSocket::ConnectionRefusedError;
    const auto noResource = QAbstractSocket::SocketResourceError;
    QTest::newRow("timeout before no route") << Errors{noRoute, timeout} << timeout;
    QTest::newRow("refused before timeout") << Errors{timeout, refused, timeout} << refused;
    QTest::newRow("this system before the network") << Errors{refused, noResource} << noResource;
}

void TestWsAddressRace::mostTellingErrorIsReported()
{
    QFETCH(const QList<QAbstractSocket::SocketError>, errors);
    QFETCH(QAbstractSocket::SocketError, reported);
    Runner runner;
    runner.onAttempt = [&](FakeWay &way) { way.fail(errors.at(qsizetype(runner.ways.size()) - 1), u"no"_s); };
    resolve(manyAddresses(int(errors.size())));
    QCOMPARE(runner.error.socketError(), reported);
}

void TestWsAddressRace::hostThatIsNotFoundLoses()
{
    Runner runner;
    resolve({});
    QCOMPARE(runner.takeEvents(), u"lost"_s);
    QCOMPARE(runner.error.socketError(), QAbstractSocket::HostNotFoundError);
    QCOMPARE(runner.error.text(), u"Host not found: example.com"_s);
}

void TestWsAddressRace::fewSocketsAreOpenAtATime()
{
    Runner runner;
    resolve(manyAddresses(100));
    for (int i = 0; i < 100; ++i) {
        pass(250ms);
        QCOMPARE_LE(runner.openCount(), WsAddressSchedule::MaxInFlight);
    }
    QCOMPARE(runner.ways.size(), size_t(WsAddressSchedule::MaxAddresses));
    QCOMPARE(runner.openCount(), WsAddressSchedule::MaxInFlight);
    QVERIFY(runner.race); // the last ones may still answer
    for (const auto &way : runner.ways)
        way->findNoRoute();
    runner.race->proceed();
    QVERIFY(!runner.race);
    QCOMPARE(runner.error.socketError(), QAbstractSocket::SocketTimeoutError);
    QVERIFY2(runner.error.text().startsWith(u"no answer so far; 32 addresses"_s),
             qPrintable(runner.error.text()));
}

void TestWsAddressRace::nothingIsLeftAfterDeletion()
{
    Runner runner;
    resolve(manyAddresses(3));
    pass(250ms);
    QCOMPARE(runner.openCount(), 2);
    runner.race.reset();
    QCOMPARE(runner.openCount(), 0);
    pass(1h);
    QCOMPARE(runner.ways.size(), size_t(2));
}

void TestWsAddressRace::deletionDuringTheLookupEndsIt()
{
    Runner runner;
    const auto lookups = m_resolver->takeWaiting();
    QVERIFY(lookups.size() == 1 && lookups[0]->isWanted());
    runner.race.reset();
    QVERIFY(!lookups[0]->isWanted());
    lookups[0]->finish(FakeResolver::resultOf(manyAddresses(1)));
    settle();
    QCOMPARE(runner.takeEvents(), u""_s);

    Runner other; // deleted when the result is already on its way
    m_resolver->answer(manyAddresses(1));
    other.race.reset();
    settle();
    QCOMPARE(other.takeEvents(), u""_s);
}

void TestWsAddressRace::mayBeDeletedWhenTheHostIsResolved()
{
    Runner runner;
    runner.deletesWhenResolved = true;
    resolve(manyAddresses(2));
    QCOMPARE(runner.takeEvents(), u"resolved"_s);
}

// It may fail at once, but whoever starts it does not expect that.
void TestWsAddressRace::addressBeginsFromTheEventLoop()
{
    Runner runner(u"2001:db8::1"_s);
    runner.onAttempt = [](FakeWay &way) { way.findNoRoute(); };
    QVERIFY(!runner.race->isLookingUp());
    runner.race->proceed();
    QCOMPARE(m_resolver->waitingCount(), 0);
    QCOMPARE(runner.takeEvents(), u""_s);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(runner.takeEvents(), u"resolved, try 2001:db8::1:80, lost"_s);
}

void TestWsAddressRace::slotMayWaitWhenTheHostIsResolved()
{
    Runner runner;
    runner.onAttempt = [](FakeWay &way) { way.succeed(); };
    runner.onResolution = [&runner] {
        runner.race->wait(Patient::Patience);
        QVERIFY(!runner.race);
    };
    resolve(manyAddresses(1));
    QCOMPARE(runner.takeEvents(), u"resolved, try 192.0.2.1:80, won 4711"_s);
}

void TestWsAddressRace::slotMayRunAnEventLoopWhenTheHostIsResolved()
{
    m_clock.reset();
    Runner runner;
    runner.onAttempt = [](FakeWay &way) { way.succeed(); };
    runner.onResolution = [&runner] { WS_TRY_VERIFY(!runner.race); };
    resolve(manyAddresses(1));
    QCOMPARE(runner.takeEvents(), u"resolved, try 192.0.2.1:80, won 4711"_s);
}

void TestWsAddressRace::movesWhenTheHostIsResolved()
{
    m_clock.reset(); // it belongs to this thread
    QThread thread;
    Runner runner;
    QThread *triedIn = nullptr;
    QSemaphore tried;
    runner.onAttempt = [&](FakeWay &) {
        triedIn = QThread::currentThread();
        tried.release();
    };
    runner.onResolution = [&] { runner.race->moveToThread(&thread); };
    resolve(manyAddresses(1));
    QCOMPARE(runner.takeEvents(), u"resolved"_s);
    thread.start();
    QVERIFY(tried.tryAcquire(1, Patient::Patience));
    QCOMPARE(triedIn, &thread);
    thread.quit();
    QVERIFY(thread.wait());
    runner.race.reset();
}

void TestWsAddressRace::waitsWithoutAnEventLoop()
{
    m_clock.reset();
    Runner runner;
    runner.onAttempt = [&](FakeWay &way) {
        if (runner.ways.size() == 2)
            way.succeed();
    };
    m_resolver->answer(manyAddresses(2));
    WsThreadContext::current().runTasks();
    while (runner.race)
        runner.race->wait(Patient::Patience);
    QCOMPARE(runner.takeEvents(), u"resolved, try 192.0.2.1:80, try 192.0.2.2:80, won 4711"_s);
}

void TestWsAddressRace::movesDuringTheLookup()
{
    QThread thread;
    thread.start();
    Runner runner;
    QThread *triedIn = nullptr;
    QSemaphore tried;
    runner.onAttempt = [&](FakeWay &) {
        triedIn = QThread::currentThread();
        tried.release();
    };
    runner.race->moveToThread(&thread);
    m_resolver->answer(manyAddresses(1));
    QVERIFY(tried.tryAcquire(1, Patient::Patience));
    QCOMPARE(triedIn, &thread);
    thread.quit();
    QVERIFY(thread.wait());
    runner.race.reset();
    QCOMPARE(runner.openCount(), 0);
}

void TestWsAddressRace::movesDuringTheRace()
{
    m_clock.reset(); // it belongs to this thread
    QThread thread;
    thread.start();
    Runner runner;
    QSemaphore tried;
    runner.onAttempt = [&](FakeWay &way) {
        if (runner.ways.size() == 2)
            way.succeed();
        tried.release();
    };
    resolve(manyAddresses(2));
    QVERIFY(tried.tryAcquire(1));
    runner.race->moveToThread(&thread);
    QVERIFY(tried.tryAcquire(1, Patient::Patience)); // the second one, by the timer of that thread
    thread.quit();
    QVERIFY(thread.wait());
    QVERIFY(!runner.race);
    QCOMPARE(runner.wonIn, &thread);
    QCOMPARE(runner.openCount(), 0);
}

void TestWsAddressRace::endsQuietlyWithItsThread()
{
    QThread thread;
    Runner runner;
    runner.race->moveToThread(&thread);
    thread.start();
    thread.quit();
    QVERIFY(thread.wait());
    m_resolver->answer(manyAddresses(1)); // nobody gets it
    settle();
    QCOMPARE(runner.takeEvents(), u""_s);
    runner.race.reset();
}

#include "../testprogram.h"
WSKIT_TEST(TestWsAddressRace)
#include "tst_wsaddressrace.moc"
