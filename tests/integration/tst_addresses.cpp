// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

using namespace IntegrationTesting;

class TestAddresses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothEndsTellBothAddresses_data();
    void bothEndsTellBothAddresses();
    void filterAndRequestSeeTheClientsAddress();
};

void TestAddresses::bothEndsTellBothAddresses_data()
{
    QTest::addColumn<QHostAddress>("listening");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QHostAddress>("expected");
    const QHostAddress ipv4(QHostAddress::LocalHost);
    const QHostAddress ipv6(QHostAddress::LocalHostIPv6);
    QTest::newRow("IPv4") << ipv4 << u"127.0.0.1"_s << ipv4;
    QTest::newRow("IPv6") << ipv6 << u"::1"_s << ipv6;
}

void TestAddresses::bothEndsTellBothAddresses()
{
    QFETCH(QHostAddress, listening);
    QFETCH(QString, host);
    QFETCH(QHostAddress, expected);
    Pair pair;
    if (!pair.server.listen(listening))
        QSKIP("this machine has no such address");
    QUrl url = pair.server.serverUrl();
    QCOMPARE(url.host(), host);
    QVERIFY(pair.client.open(url));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.client.peerAddress(), expected);
    QCOMPARE(pair.client.peerPort(), pair.server.serverPort());
    QCOMPARE(pair.client.localAddress(), expected);
    QCOMPARE(pair.peer->peerAddress(), expected);
    QCOMPARE(pair.peer->peerPort(), pair.client.localPort());
    QCOMPARE(pair.peer->localAddress(), expected);
    QCOMPARE(pair.peer->localPort(), pair.server.serverPort());
}

void TestAddresses::filterAndRequestSeeTheClientsAddress()
{
    Pair pair;
    QHostAddress filtered;
    QHostAddress requested;
    pair.server.setConnectionFilter([&](const QHostAddress &address) {
        filtered = address;
        return true;
    });
    pair.server.setRequestHandler([&](const WsRequest &request) {
        requested = request.peerAddress();
        return WsResponse::accept();
    });
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(filtered, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(requested, QHostAddress(QHostAddress::LocalHost));
}

QTEST_GUILESS_MAIN(TestAddresses)

#include "tst_addresses.moc"
