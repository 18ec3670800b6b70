// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtNetwork/qnetworkinterface.h>

using namespace IntegrationTesting;

class TestAddresses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothEndsKnowBothAddresses_data();
    void bothEndsKnowBothAddresses();
    void dualStackShowsTheTrueAddress_data();
    void dualStackShowsTheTrueAddress();
    void dualStackCountsTheTrueAddress();
    void addressesStayKnownAfterTheEnd();
    void urlOfTheServerCanBeOpened_data();
    void urlOfTheServerCanBeOpened();
    void hostHeaderHasBrackets();
    void zoneOfAnAddressIsNotSent_data() { addSchemes(); }
    void zoneOfAnAddressIsNotSent();
    void portsAreFreeOnes();
};

void TestAddresses::bothEndsKnowBothAddresses_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QHostAddress>("address");
    for (const bool isTls : {false, true}) {
        QTest::addRow("IPv4, %s", isTls ? "wss" : "ws") << isTls << QHostAddress(QHostAddress::LocalHost);
        QTest::addRow("IPv6, %s", isTls ? "wss" : "ws") << isTls << QHostAddress(QHostAddress::LocalHostIPv6);
    }
}

void TestAddresses::bothEndsKnowBothAddresses()
{
    QFETCH(const bool, isTls);
    QFETCH(const QHostAddress, address);
    Pair pair(isTls);
    QVERIFY(pair.server.listen(address));
    QCOMPARE(pair.server.serverAddress(), address);
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.client.peerAddress(), address);
    QCOMPARE(pair.client.localAddress(), address);
    QCOMPARE(pair.peer->peerAddress(), address);
    QCOMPARE(pair.peer->localAddress(), address);
    QCOMPARE(pair.client.peerPort(), pair.server.serverPort());
    QCOMPARE(pair.peer->localPort(), pair.server.serverPort());
    QVERIFY(pair.client.localPort() != 0);
    QCOMPARE(pair.peer->peerPort(), pair.client.localPort());
}

void TestAddresses::dualStackShowsTheTrueAddress_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QString>("host");
    for (const bool isTls : {false, true}) {
        QTest::addRow("IPv4, %s", isTls ? "wss" : "ws") << isTls << u"127.0.0.1"_s;
        QTest::addRow("IPv6, %s", isTls ? "wss" : "ws") << isTls << u"::1"_s;
    }
}

void TestAddresses::dualStackShowsTheTrueAddress()
{
    QFETCH(const bool, isTls);
    QFETCH(const QString, host);
    Pair pair(isTls);
    QHostAddress filtered;
    WsRequest request;
    pair.server.setConnectionFilter([&](const QHostAddress &address) {
        filtered = address;
        return true;
    });
    pair.server.setRequestHandler([&](const WsRequest &asked) {
        request = asked;
        return WsResponse::accept();
    });
    QVERIFY(pair.server.listen(QHostAddress::Any));
    QUrl url = pair.server.serverUrl();
    url.setHost(host);
    QVERIFY(pair.client.open(url));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.peer->peerAddress(), QHostAddress(host));
    QCOMPARE(pair.peer->localAddress(), QHostAddress(host));
    QCOMPARE(request.peerAddress(), QHostAddress(host));
    QCOMPARE(pair.peer->peerAddress().protocol(), QHostAddress(host).protocol());
    QVERIFY(filtered.isEqual(QHostAddress(host)));
}

void TestAddresses::dualStackCountsTheTrueAddress()
{
    Pair pair;
    pair.server.setMaxConnectionsPerAddress(1);
    QVERIFY(pair.server.listen(QHostAddress::Any));
    QUrl url = pair.server.serverUrl();
    WsClient first;
    WsClient second;
    WsClient third;
    url.setHost(u"127.0.0.1"_s);
    QVERIFY(first.open(url));
    WS_TRY_COMPARE(first.state(), Ws::Open);
    QVERIFY(second.open(url));
    WS_TRY_COMPARE(second.state(), Ws::Closed);
    QCOMPARE(second.response().status(), 503);
    url.setHost(u"::1"_s);
    QVERIFY(third.open(url));
    WS_TRY_COMPARE(third.state(), Ws::Open);
}

void TestAddresses::addressesStayKnownAfterTheEnd()
{
    Pair pair;
    QVERIFY(pair.open());
    QHostAddress peerAddress;
    quint16 peerPort = 0;
    connect(pair.peer, &WsConnection::closed, this, [&] {
        peerAddress = pair.peer->peerAddress();
        peerPort = pair.peer->peerPort();
    });
    const quint16 port = pair.client.localPort();
    pair.client.abort();
    WS_TRY_VERIFY(peerPort != 0);
    QCOMPARE(peerPort, port);
    QCOMPARE(peerAddress, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(pair.client.peerPort(), pair.server.serverPort());
}

void TestAddresses::urlOfTheServerCanBeOpened_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("localhost") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6 localhost") << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("any") << QHostAddress(QHostAddress::Any);
    QTest::newRow("any IPv4") << QHostAddress(QHostAddress::AnyIPv4);
    QTest::newRow("any IPv6") << QHostAddress(QHostAddress::AnyIPv6);
}

void TestAddresses::urlOfTheServerCanBeOpened()
{
    QFETCH(const QHostAddress, address);
    Pair pair;
    QVERIFY(pair.server.listen(address));
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
}

// RFC 6874
void TestAddresses::zoneOfAnAddressIsNotSent()
{
    QFETCH(const bool, isTls);
    QString zone;
    const QList<QNetworkInterface> interfaces = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface &interface : interfaces) {
        if (interface.flags() & QNetworkInterface::IsLoopBack)
            zone = interface.name();
    }
    Pair pair(isTls);
    QVERIFY(pair.server.listen(QHostAddress::LocalHostIPv6));
    const QString port = QString::number(pair.server.serverPort());
    QVERIFY(pair.client.open(QUrl((isTls ? u"wss"_s : u"ws"_s) + u"://[::1%25"_s + zone + u"]:"_s + port)));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.peer->request().header("Host"), "[::1]:" + port.toLatin1());
}

void TestAddresses::hostHeaderHasBrackets()
{
    Pair pair;
    QVERIFY(pair.server.listen(QHostAddress::LocalHostIPv6));
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.peer->request().header("Host"), "[::1]:" + QByteArray::number(pair.server.serverPort()));
}

void TestAddresses::portsAreFreeOnes()
{
    WsServer first;
    WsServer second;
    QVERIFY(first.listen());
    QVERIFY(second.listen());
    QVERIFY(first.serverPort() != 0);
    QVERIFY(first.serverPort() != second.serverPort());
    const quint16 port = first.serverPort();
    first.close();
    QVERIFY(first.listen(QHostAddress::LocalHost, port));
    QCOMPARE(first.serverPort(), port);
}

#include "../testprogram.h"
WSKIT_TEST(TestAddresses)
#include "tst_addresses.moc"
