// SPDX-License-Identifier: MIT
#include "net/server/wsaddressblock.h"

#include "net/server/wsadmission.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsAddressBlock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void addressesOfOneHostAreOne_data();
    void addressesOfOneHostAreOne();
    void textNamesTheNetwork();
    void networkHasItsLimit();
    void pendingClientsOfANetworkHaveTheirLimit();
};

void TestWsAddressBlock::addressesOfOneHostAreOne_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::addColumn<bool>("isSame");
    QTest::newRow("IPv4") << u"192.0.2.1"_s << u"192.0.2.1"_s << true;
    QTest::newRow("IPv4 neighbours") << u"192.0.2.1"_s << u"192.0.2.2"_s << false;
    QTest::newRow("mapped IPv4") << u"192.0.2.1"_s << u"::ffff:192.0.2.1"_s << true;
    QTest::newRow("mapped IPv4 neighbours") << u"::ffff:192.0.2.1"_s << u"::ffff:192.0.2.2"_s << false;
    QTest::newRow("IPv6, one network")
        << u"2001:db8:1:2::1"_s << u"2001:db8:1:2:ffff:ffff:ffff:ffff"_s << true;
    QTest::newRow("IPv6, next network") << u"2001:db8:1:2::1"_s << u"2001:db8:1:3::1"_s << false;
    QTest::newRow("IPv6, unique local") << u"fd00:1::1"_s << u"fd00:1::2"_s << true;
    QTest::newRow("link-local neighbours") << u"fe80::1%eth0"_s << u"fe80::2%eth0"_s << false;
    QTest::newRow("translated IPv4") << u"64:ff9b::192.0.2.1"_s << u"64:ff9b::192.0.2.2"_s << false;
    QTest::newRow("loopbacks") << u"::1"_s << u"127.0.0.1"_s << false;
    QTest::newRow("local sockets") << QString() << QString() << true;
}

void TestWsAddressBlock::addressesOfOneHostAreOne()
{
    QFETCH(const QString, first);
    QFETCH(const QString, second);
    QFETCH(const bool, isSame);
    QCOMPARE(wsAddressBlock(QHostAddress(first)) == wsAddressBlock(QHostAddress(second)), isSame);
    QCOMPARE(wsAddressBlock(wsAddressBlock(QHostAddress(first))), wsAddressBlock(QHostAddress(first)));
}

void TestWsAddressBlock::textNamesTheNetwork()
{
    QCOMPARE(wsAddressBlockText(QHostAddress(u"192.0.2.1"_s)), u"the address"_s);
    QCOMPARE(wsAddressBlockText(QHostAddress(u"::ffff:192.0.2.1"_s)), u"the address"_s);
    QCOMPARE(wsAddressBlockText(QHostAddress(u"2001:db8:1:2::9"_s)), u"the network 2001:db8:1:2::/64"_s);
    QCOMPARE(wsAddressBlockText(QHostAddress()), u"the address"_s);
}

void TestWsAddressBlock::networkHasItsLimit()
{
    WsAdmission admission;
    admission.setLimits({0, 1, 1000, 0});
    const auto enter = [&admission](const QString &address) {
        const QHostAddress client(address);
        return admission.admit(admission.enter(client), client);
    };
    QCOMPARE(enter(u"2001:db8::1"_s).status, 0);
    const WsHttpError refusal = enter(u"2001:db8::2"_s);
    QCOMPARE(refusal.status, 503);
    QCOMPARE(refusal.text, u"the network 2001:db8::/64 has reached maxConnectionsPerAddress (1)"_s);
    QCOMPARE(enter(u"2001:db8:0:1::1"_s).status, 0);
    QCOMPARE(enter(u"192.0.2.1"_s).status, 0);
    QCOMPARE(enter(u"::ffff:192.0.2.1"_s).status, 503);
    admission.removeConnection(QHostAddress(u"2001:db8::3"_s));
    QCOMPARE(enter(u"2001:db8::2"_s).status, 0);
}

void TestWsAddressBlock::pendingClientsOfANetworkHaveTheirLimit()
{
    WsAdmission admission;
    admission.setLimits({0, 1, 1000, 0});
    const auto address = [](int number) { return QHostAddress(u"2001:db8::%1"_s.arg(number, 0, 16)); };
    for (int i = 0; i < 64; ++i)
        QVERIFY(admission.enter(address(i)) > 0);
    QCOMPARE(admission.enter(address(64)), 0u);
    QVERIFY(admission.enter(QHostAddress(u"2001:db8:0:1::1"_s)) > 0);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsAddressBlock)
#include "tst_wsaddressblock.moc"
