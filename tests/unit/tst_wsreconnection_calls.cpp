// SPDX-License-Identifier: MIT

// What the program calls, also in slots, while a client ends or is opened, on a fake transport.

#include "net/client/wsreconnection.h"

#include "reconnectiontesting.h"

using namespace ReconnectionTesting;

class TestWsReconnectionCalls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deadPeerThatTakesNothingIsTriedAgain();
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

#include "tst_wsreconnection_calls.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsReconnectionCalls)
