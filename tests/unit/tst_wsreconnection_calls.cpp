// SPDX-License-Identifier: MIT

// What the program calls, also in slots, while a client ends or is opened, on a fake transport.

#include "net/client/wsreconnection.h"

#include "reconnectiontesting.h"

using namespace ReconnectionTesting;
using Action = std::function<void(WsClient &)>;

namespace {
void addEndingCalls()
{
    QTest::addColumn<Action>("ends");
    QTest::newRow("close()") << Action([](WsClient &client) { client.close(); });
    QTest::newRow("abort()") << Action([](WsClient &client) { client.abort(); });
    QTest::newRow("active") << Action([](WsClient &client) { client.setActive(false); });
}
} // namespace

class TestWsReconnectionCalls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deadPeerThatTakesNothingIsTriedAgain();
    void endIsReportedOnce_data();
    void endIsReportedOnce();
    void slotOfMessagesLostOpensAgain_data();
    void slotOfMessagesLostOpensAgain();
    void slotOfPausedChangedAborts();
};

void TestWsReconnectionCalls::deadPeerThatTakesNothingIsTriedAgain()
{
    WsOptions options = withPings();
    options.setHighWaterMark(1000);
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setInitialDelay(5s); }), options);
    QVERIFY(side.open());
    side.wire->room = 0;
    QVERIFY(side.client()->sendBinary(QByteArray(5000, 'x')));
    settle();
    QVERIFY(side.link().isHeld(WsHold::HeldBack));
    for (int i = 0; i < 60 && side.state() == Ws::Open; ++i)
        pass(1s);
    QCOMPARE(side.told(), u"error Timeout, lost 1, Closed, closed 1006 '' unclean, reconnecting 1 5000"_s);
    QVERIFY(!side.link().isHeld(WsHold::HeldBack));
    for (int i = 0; i < 5; ++i)
        pass(1s);
    QCOMPARE(side.told(), u"Connecting"_s);
    side.accept();
    QCOMPARE(side.told(), u"Open, opened, reconnected"_s);
}

void TestWsReconnectionCalls::endIsReportedOnce_data()
{
    addEndingCalls();
    QTest::newRow("abort() twice") << Action([](WsClient &client) {
        client.abort();
        client.abort();
    });
}

void TestWsReconnectionCalls::endIsReportedOnce()
{
    QFETCH(const Action, ends);
    ReconnectingSide side;
    QVERIFY(side.open());
    connect(side.client(), &WsClient::messagesLost, this, [&] { ends(*side.client()); });
    side.client()->sendText("lost");
    side.lose();
    const QString told = side.told();
    QCOMPARE(told.count(u"closed"_s), 1);
    QVERIFY2(told.contains(u"lost 1, "_s), qPrintable(told));
    QVERIFY(!side.client()->active());
    QCOMPARE(side.state(), Ws::Closed);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnectionCalls::slotOfMessagesLostOpensAgain_data()
{
    QTest::addColumn<Action>("opens");
    QTest::newRow("open()") << Action([](WsClient &client) { QVERIFY(client.open()); });
    QTest::newRow("active") << Action([](WsClient &client) { client.setActive(true); });
    QTest::newRow("abort() and open()") << Action([](WsClient &client) {
        client.abort();
        QVERIFY(client.open());
    });
}

void TestWsReconnectionCalls::slotOfMessagesLostOpensAgain()
{
    QFETCH(const Action, opens);
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    connect(side.client(), &WsClient::messagesLost, this, [&] { opens(*side.client()); });
    side.client()->sendText("lost");
    side.lose();
    QCOMPARE(side.told(), u"error Network, lost 1, Closed, closed 1006 '' unclean, Connecting"_s);
    side.accept();
    QCOMPARE(side.state(), Ws::Open);
}

void TestWsReconnectionCalls::slotOfPausedChangedAborts()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setPaused(true);
    connect(side.client(), &WsConnection::pausedChanged, this, [&] { side.client()->abort(); });
    side.client()->abort();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean, inactive"_s);
}

#include "tst_wsreconnection_calls.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsReconnectionCalls)
