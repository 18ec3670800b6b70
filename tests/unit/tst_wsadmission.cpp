// SPDX-License-Identifier: MIT

// How clients are counted whose address is known only later. The rest is tested with a server, in
// tst_wsserveropening and tst_admission.

#include "net/server/wsadmission.h"

#include "../testprogram.h"
#include "fakeclock.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestWsAdmission : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void proxyHasNoLimitOfItsOwn();
    void identifiedClientCountsForItsAddress();
    void identifiedClientMayHaveToGo();
    void identifiedClientDoesNotCountTwice();
    void oneThatHasGivenWayIsNotIdentified();
    void identifiedClientIsNotSilent();
    void clientThatWasAskedToGoGetsNoMoreTime();
    void clientWithoutPatienceGivesWayFirst_data();
    void clientWithoutPatienceGivesWayFirst();
    void asManyAreAskedAsAreTooMany();
    void clientIsSparedIfItsAddressHasRoom();
    void clientThatWasAskedToGoCountsAnew();
};

namespace {
const QHostAddress Client(u"203.0.113.7"_s);

WsServerLimits limits(int connectionsPerAddress, int pending = 0)
{
    WsServerLimits result;
    result.connectionsPerAddress = connectionsPerAddress;
    result.pendingHandshakes = pending;
    return result;
}
} // namespace

void TestWsAdmission::proxyHasNoLimitOfItsOwn()
{
    WsAdmission admission;
    admission.setLimits(limits(1));
    for (int i = 0; i < 200; ++i)
        QVERIFY(admission.enter(WsAdmission::uncounted()) > 0);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(admission.admit(admission.enter(WsAdmission::uncounted()), WsAdmission::uncounted()).status,
                 0);
    QCOMPARE(admission.pendingCount(), 200);
}

void TestWsAdmission::identifiedClientCountsForItsAddress()
{
    WsAdmission admission;
    admission.setLimits(limits(1));
    const WsAdmission::Number first = admission.identify(admission.enter(WsAdmission::uncounted()), Client);
    QVERIFY(first > 0);
    QCOMPARE(admission.pendingCount(), 1);
    QCOMPARE(admission.admit(first, Client).status, 0);
    QCOMPARE(admission.pendingCount(), 0);
    const WsAdmission::Number second = admission.identify(admission.enter(WsAdmission::uncounted()), Client);
    QCOMPARE(admission.admit(second, Client).status, 503);
    admission.removeConnection(Client);
    QCOMPARE(admission.admit(second, Client).status, 0);
}

// Unless one of the same address has been silent for long enough.
void TestWsAdmission::identifiedClientMayHaveToGo()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(1));
    int gaveWay = 0;
    for (int i = 0; i < 64; ++i)
        QVERIFY(admission.setGiveWay(admission.identify(admission.enter(WsAdmission::uncounted()), Client),
                                     [&] { ++gaveWay; }));
    QCOMPARE(admission.identify(admission.enter(WsAdmission::uncounted()), Client), WsAdmission::Number(0));
    QCOMPARE(admission.pendingCount(), 64);
    QVERIFY(admission.identify(admission.enter(WsAdmission::uncounted()), QHostAddress(u"203.0.113.8"_s))
            > 0);
    QCOMPARE(gaveWay, 0);
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.identify(admission.enter(WsAdmission::uncounted()), Client) > 0);
    QCOMPARE(gaveWay, 1);
}

void TestWsAdmission::identifiedClientDoesNotCountTwice()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(1));
    WsAdmission::Number last = 0;
    for (int i = 0; i < 64; ++i) {
        last = admission.enter(Client);
        QVERIFY(last > 0);
    }
    QCOMPARE(admission.enter(Client), WsAdmission::Number(0));
    QVERIFY(admission.identify(last, Client) > 0);
    QCOMPARE(admission.pendingCount(), 64);
}

void TestWsAdmission::oneThatHasGivenWayIsNotIdentified()
{
    WsAdmission admission;
    const WsAdmission::Number number = admission.enter(WsAdmission::uncounted());
    admission.leave(number);
    QCOMPARE(admission.identify(number, Client), WsAdmission::Number(0));
    QCOMPARE(admission.pendingCount(), 0);
}

void TestWsAdmission::identifiedClientIsNotSilent()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(0, 1));
    int gaveWay = 0;
    WsAdmission::Number number = admission.enter(WsAdmission::uncounted());
    QVERIFY(admission.setGiveWay(number, [&] { ++gaveWay; }));
    FakeClock::pass(WsAdmission::Patience);
    number = admission.identify(number, Client);
    QCOMPARE(admission.enter(Client), WsAdmission::Number(0));
    QCOMPARE(gaveWay, 0);
    QVERIFY(admission.setGiveWay(number, [&] { ++gaveWay; }));
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.enter(Client) > 0);
    QCOMPARE(gaveWay, 1);
}

// Its thread may change while it is on its way out.
void TestWsAdmission::clientThatWasAskedToGoGetsNoMoreTime()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(0, 1));
    int gaveWay = 0;
    const WsAdmission::Number number = admission.enter(Client);
    QVERIFY(admission.setGiveWay(number, [&] { ++gaveWay; }));
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.enter(Client) > 0);
    QCOMPARE(gaveWay, 1);
    QVERIFY(!admission.setGiveWay(number, [&] { ++gaveWay; }));
    QCOMPARE(admission.pendingCount(), 1);
}

// It has been served, and those before it have not.
void TestWsAdmission::clientWithoutPatienceGivesWayFirst_data()
{
    QTest::addColumn<int>("connectionsPerAddress");
    QTest::addColumn<int>("pending");
    QTest::newRow("too many of all") << 0 << 64;
    QTest::newRow("too many of one address") << 1 << 0;
}

void TestWsAdmission::clientWithoutPatienceGivesWayFirst()
{
    QFETCH(const int, connectionsPerAddress);
    QFETCH(const int, pending);
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(connectionsPerAddress, pending));
    int silent = 0;
    int idle = 0;
    for (int i = 0; i < 63; ++i)
        QVERIFY(admission.setGiveWay(admission.enter(Client), [&] { ++silent; }));
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.setGiveWay(admission.enter(Client), [&] { ++idle; }, {}));
    QVERIFY(admission.enter(Client) > 0);
    QCOMPARE(idle, 1);
    QCOMPARE(silent, 0);
    QVERIFY(admission.enter(Client) > 0);
    QCOMPARE(silent, 1);
}

// Those that have been served come back as pending ones, however many there are.
void TestWsAdmission::asManyAreAskedAsAreTooMany()
{
    FakeClock clock;
    int told = 0;
    WsAdmission admission([&told] { ++told; });
    admission.setLimits(limits(0, 2));
    QList<WsAdmission::Number> asked;
    for (int i = 0; i < 4; ++i) {
        const WsAdmission::Number number = admission.addPending(Client);
        QVERIFY(admission.setGiveWay(number, [&asked, number] { asked.append(number); }, {}));
    }
    QCOMPARE(admission.waitForRoom(), std::optional(FakeClock::now() + WsAdmission::Patience));
    QCOMPARE(asked.size(), 3);
    const QList<WsAdmission::Number> going = asked;
    for (const WsAdmission::Number number : going)
        admission.leave(number);
    QCOMPARE(told, 1);
    QVERIFY(!admission.waitForRoom());
    QCOMPARE(asked.size(), 3);
}

// One of the others has come in its place.
void TestWsAdmission::clientIsSparedIfItsAddressHasRoom()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(1));
    QList<WsAdmission::Number> numbers;
    for (int i = 0; i < 64; ++i) {
        numbers.append(admission.enter(Client));
        QVERIFY(admission.setGiveWay(numbers.last(), [] {}));
    }
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.enter(Client) > 0);
    QVERIFY(!admission.setGiveWay(numbers.first(), [] {})); // it was asked to go
    QCOMPARE(admission.renew(numbers.first()), WsAdmission::Number(0));
    QCOMPARE(admission.pendingCount(), 64);
    admission.leave(numbers.last());
    const WsAdmission::Number spared = admission.renew(numbers.first());
    QVERIFY(spared > 0);
    QCOMPARE(admission.pendingCount(), 64);
    QVERIFY(admission.renew(spared) > 0); // nobody has asked it
    QCOMPARE(admission.pendingCount(), 64);
}

// Its place is somebody else's by then.
void TestWsAdmission::clientThatWasAskedToGoCountsAnew()
{
    FakeClock clock;
    WsAdmission admission;
    admission.setLimits(limits(1));
    QList<WsAdmission::Number> numbers;
    for (int i = 0; i < 64; ++i)
        numbers.append(admission.enter(Client));
    QVERIFY(admission.setGiveWay(numbers.first(), [] {}));
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.enter(Client) > 0);
    QCOMPARE(admission.pendingCount(), 64);
    QCOMPARE(admission.identify(numbers.first(), Client), WsAdmission::Number(0));
    QCOMPARE(admission.pendingCount(), 64);
}

WSKIT_TEST(TestWsAdmission)
#include "tst_wsadmission.moc"
