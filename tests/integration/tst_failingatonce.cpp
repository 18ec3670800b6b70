// SPDX-License-Identifier: MIT

// Openings that the system refuses within the call that begins them.

#include "integrationtesting.h"

#include <QtCore/qpointer.h>

#include <algorithm>
#include <thread>

using namespace IntegrationTesting;

class TestFailingAtOnce : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openReturnsFirst_data() { addTargets(); }
    void openReturnsFirst();
    void slotsThatOpenAgainAreNotNested_data() { addTargets(); }
    void slotsThatOpenAgainAreNotNested();
    void slotsThatActivateAgainAreNotNested_data() { addTargets(); }
    void slotsThatActivateAgainAreNotNested();
    void clientMayBeDeletedInASlot_data() { addTargets(); }
    void clientMayBeDeletedInASlot();
    void waitingEnds_data() { addTargets(); }
    void waitingEnds();

private:
    static void addTargets()
    {
        const QNetworkProxy none(QNetworkProxy::NoProxy);
        QTest::addColumn<QString>("url");
        QTest::addColumn<QNetworkProxy>("proxy");
        QTest::newRow("address without a route")
            << u"ws://255.255.255.255/"_s << none; // TCP has no broadcast
        QTest::newRow("TLS") << u"wss://255.255.255.255/"_s << none;
        QTest::newRow("local socket") << u"ws+unix:///nowhere/at/all"_s << none;
        QTest::newRow("proxy of another kind")
            << u"ws://server.test/"_s << QNetworkProxy(QNetworkProxy::FtpCachingProxy, u"127.0.0.1"_s, 21);
    }
};

void TestFailingAtOnce::openReturnsFirst()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    WsClient client;
    client.setProxy(proxy);
    Events events(&client);
    QVERIFY(client.open(QUrl(url)));
    QCOMPARE(client.state(), Ws::Connecting);
    QCOMPARE(events.all, QStringList());
    WS_TRY_VERIFY(events.isClosed());
    QVERIFY2(events.ending() == u"error Network, closed 1006 '' unclean"_s
                 || events.ending() == u"error Proxy, closed 1006 '' unclean"_s,
             qPrintable(events.ending()));
}

void TestFailingAtOnce::slotsThatOpenAgainAreNotNested()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    WsClient client;
    client.setProxy(proxy);
    int count = 0;
    int depth = 0;
    int deepest = 0;
    connect(&client, &WsClient::closed, this, [&] {
        deepest = std::max(deepest, ++depth);
        if (++count < 5)
            QVERIFY(client.open(QUrl(url)));
        --depth;
    });
    QVERIFY(client.open(QUrl(url)));
    WS_TRY_COMPARE(count, 5);
    QCOMPARE(deepest, 1);
}

void TestFailingAtOnce::slotsThatActivateAgainAreNotNested()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    WsClient client;
    client.setProxy(proxy);
    client.setUrl(QUrl(url));
    int count = 0;
    int depth = 0;
    int deepest = 0;
    connect(&client, &WsClient::closed, this, [&] {
        deepest = std::max(deepest, ++depth);
        if (++count < 5)
            client.setActive(true);
        --depth;
    });
    client.setActive(true);
    WS_TRY_COMPARE(count, 5);
    QCOMPARE(deepest, 1);
}

void TestFailingAtOnce::clientMayBeDeletedInASlot()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    for (const bool isInError : {false, true}) {
        const QPointer<WsClient> client(new WsClient);
        client->setProxy(proxy);
        if (isInError)
            connect(client, &WsClient::errorOccurred, this, [&client] { delete client; });
        else
            connect(client, &WsClient::closed, this, [&client] { delete client; });
        QVERIFY(client->open(QUrl(url)));
        WS_TRY_VERIFY(!client);
    }
}

void TestFailingAtOnce::waitingEnds()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    QString events;
    std::thread thread([&] { // without an event loop
        WsClient client;
        client.setProxy(proxy);
        const Events told(&client);
        if (!client.open(QUrl(url)) || client.waitForOpened(QDeadlineTimer(Patience)))
            events = u"open"_s;
        events += told.ending();
    });
    thread.join();
    QVERIFY2(events == u"error Network, closed 1006 '' unclean"_s
                 || events == u"error Proxy, closed 1006 '' unclean"_s,
             qPrintable(events));
}

#include "../testprogram.h"
WSKIT_TEST(TestFailingAtOnce)
#include "tst_failingatonce.moc"
