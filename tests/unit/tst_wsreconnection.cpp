// SPDX-License-Identifier: MIT

// When a client is opened again, on a fake transport with fake clocks.

#include "net/client/wsreconnection.h"

#include "reconnectiontesting.h"

#include <utility>

using namespace ReconnectionTesting;
using Scenario = std::function<void(ReconnectingSide &)>;

class TestWsReconnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lostConnectionIsOpenedAgain();
    void withoutItNothingIsOpenedAgain();
    void attemptsComeLaterAndLater();
    void openingThatLastsBeginsAnew();
    void serverThatAcceptsAndDropsIsNotHammered();
    void numberOfTheAttemptIsShown();
    void endsThatAreRetried_data();
    void endsThatAreRetried();
    void loginPageOfANetworkIsWaitedFor();
    void programEndsTheWait_data();
    void programEndsTheWait();
    void closeInASlotStops_data();
    void closeInASlotStops();
    void closeDuringAnAttemptStops();
    void openWhileWaitingOpensAtOnce();
    void anotherUrlIsOpenedAtOnce();
    void urlOfASlotOfClosedIsOpened();
    void unusableUrlEndsTheWait();
    void reconnectNowOpensAtOnce();
    void reconnectNowDoesNothingIfNothingWaits();
    void clientGivesUpAfterTheLastAttempt();
    void noAttemptMeansNone();
    void otherSettingsApplyToTheNextDelay();
    void switchingItOffEndsTheWait();
    void switchingItOnWhileOpenIsEnough();
    void retryAfterIsHonoured();
    void retryAfterOfAnAnswerThatEndsItChangesNothing();
    void filterDecides();
    void filterIsToldTheCodeOfAnEndWithoutAnError();
    void filterIsNotAskedAfterTheProgramHasClosed();
    void filterThatThrowsStopsTheClient();
    void deletionInASlot_data();
    void deletionInASlot();
    void openInASlotOfClosedTakesOver();
    void activeInASlotOfClosedOpensAgain();
    void activeInASlotOfClosedDoesNotShortenTheDelay();
    void backOnlineMeansNow();
    void backDuringAnAttemptMeansSoon_data();
    void backDuringAnAttemptMeansSoon();
    void backOnlineAsksAnOpenConnectionAtOnce();
    void wakingUpMeansNow();
    void setClockIsNoSleep();
    void networkIsWatchedOnlyIfNeeded();
    void networkIsWatchedOnceItIsSwitchedOn();
    void lateRefusalSaysNothingOfAnotherOpening();
};

void TestWsReconnection::lostConnectionIsOpenedAgain()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    pass(10s);
    side.lose();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean, reconnecting 1 500"_s);
    QVERIFY(side.client()->active());
    QCOMPARE(side.state(), Ws::Closed);
    pass(499ms);
    QCOMPARE(side.openingCount, 1);
    pass(1ms);
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.told(), u"Connecting"_s);
    QCOMPARE(side.wire->host, u"example.com"_s);
    side.accept();
    QCOMPARE(side.told(), u"Open, opened, reconnected"_s);
    QVERIFY(side.client()->active());
}

void TestWsReconnection::withoutItNothingIsOpenedAgain()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.lose();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean, inactive"_s);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
    QCOMPARE(FakeNetwork::watchCount(), 0);
}

void TestWsReconnection::attemptsComeLaterAndLater()
{
    ReconnectingSide side;
    side.start();
    QStringList delays;
    for (const auto delay : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms}) {
        side.refuse();
        delays.append(side.log->all.last());
        pass(delay - 1ms);
        QCOMPARE(side.state(), Ws::Closed);
        pass(1ms);
        QCOMPARE(side.state(), Ws::Connecting);
    }
    QCOMPARE(delays.join(u", "),
             u"reconnecting 1 500, reconnecting 2 1000, reconnecting 3 2000, reconnecting 4 4000, "
             "reconnecting 5 8000, reconnecting 6 16000, reconnecting 7 30000, reconnecting 8 30000"_s);
    QCOMPARE(side.openingCount, 9);
}

void TestWsReconnection::openingThatLastsBeginsAnew()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    pass(500ms);
    side.refuse();
    pass(1s);
    side.accept();
    pass(5s);
    side.lose();
    QCOMPARE(side.log->all.last(), u"reconnecting 1 500"_s);
}

void TestWsReconnection::serverThatAcceptsAndDropsIsNotHammered()
{
    ReconnectingSide side;
    side.start();
    QStringList delays;
    for (const auto delay : {500ms, 1000ms, 2000ms}) {
        side.accept();
        pass(4s);
        side.lose();
        delays.append(side.log->all.last());
        pass(delay);
    }
    QCOMPARE(delays.join(u", "), u"reconnecting 1 500, reconnecting 2 1000, reconnecting 3 2000"_s);
}

void TestWsReconnection::numberOfTheAttemptIsShown()
{
    ReconnectingSide side;
    QList<int> shown;
    const auto note = [&] { shown.append(side.client()->reconnectAttempt()); };
    connect(side.client(), &WsClient::reconnectAttemptChanged, this, note);
    side.start();
    QCOMPARE(side.client()->reconnectAttempt(), 0);
    side.refuse();
    QCOMPARE(side.client()->reconnectAttempt(), 1);
    pass(500ms);
    QCOMPARE(side.client()->reconnectAttempt(), 1);
    side.refuse();
    pass(1s);
    int atOpened = -1;
    connect(side.client(), &WsConnection::opened, this,
            [&] { atOpened = side.client()->reconnectAttempt(); });
    side.accept();
    QCOMPARE(atOpened, 0);
    side.lose(); // before it was stable
    QCOMPARE(side.client()->reconnectAttempt(), 3);
    side.client()->close();
    QCOMPARE(shown, QList<int>({1, 2, 0, 3, 0}));
}

void TestWsReconnection::endsThatAreRetried_data()
{
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<bool>("isRetried");
    const auto opened = [](const Scenario &then) {
        return Scenario([then](ReconnectingSide &side) {
            QVERIFY(side.open());
            then(side);
        });
    };
    const auto refused = [](const QByteArray &head) {
        return Scenario([head](ReconnectingSide &side) {
            side.start();
            side.answer(head);
        });
    };
    const auto closedWith = [opened](int code) {
        return opened([code](ReconnectingSide &side) {
            side.receive({code == 1005 ? closing() : closing(code)});
            side.wire->end();
        });
    };
    for (const int code : {1001, 1005, 1011, 1012, 1013})
        QTest::addRow("closed %d", code) << closedWith(code) << true;
    for (const int code : {1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4000})
        QTest::addRow("closed %d", code) << closedWith(code) << false;
    for (const char *head : {"408 Request Timeout", "425 Too Early", "429 Too Many", "500 Oops", "503 No"})
        QTest::addRow("%s", head) << refused(head) << true;
    for (const char *head : {"200 OK", "302 Found", "401 Who", "403 No", "404 Where"})
        QTest::addRow("%s", head) << refused(head) << false;
    QTest::newRow("reset") << opened([](ReconnectingSide &side) { side.lose(); }) << true;
    QTest::newRow("end of TCP") << opened([](ReconnectingSide &side) { side.wire->end(); }) << true;
    QTest::newRow("pongTimeout") << opened([](ReconnectingSide &) {
        pass(20s);
        pass(10s);
    }) << true;
    QTest::newRow("broken rule") << opened([](ReconnectingSide &side) {
        side.receive({text("x").masked()});
        side.wire->end();
    }) << false;
    QTest::newRow("handler throws") << opened([](ReconnectingSide &side) {
        side.client()->setMessageHandler([](WsConnection &, Ws::MessageType, QByteArrayView) { throw 1; });
        side.receive({text("x")});
        side.receive({closing(1011)});
        side.wire->end();
    }) << false;
    const auto failed = [](const WsError &error) {
        return Scenario([error](ReconnectingSide &side) {
            side.start();
            side.wire->fail(error);
        });
    };
    WsError notFound(Ws::ErrorKind::Network, u"Host not found"_s);
    notFound.setSocketError(QAbstractSocket::HostNotFoundError);
    QTest::newRow("host not found") << failed(notFound) << true;
    QTest::newRow("proxy") << failed(WsError(Ws::ErrorKind::Proxy, u"proxy refused"_s)) << true;
    QTest::newRow("certificate") << failed(WsError(Ws::ErrorKind::Tls, u"expired"_s, Ws::TlsHandshake))
                                 << false;
    QTest::newRow("handshakeTimeout") << Scenario([](ReconnectingSide &side) {
        side.start();
        pass(side.options.handshakeTimeout());
    }) << true;
    QTest::newRow("no WebSocket") << Scenario([](ReconnectingSide &side) {
        side.start();
        side.wire->connect();
        side.wire->feed("HTTP/1.1 101 Yes\r\n\r\n");
    }) << false;
    QTest::newRow("close()") << opened([](ReconnectingSide &side) {
        side.client()->close(1001);
        side.receive({closing(1001)});
        side.wire->end();
    }) << false;
    QTest::newRow("abort()") << opened([](ReconnectingSide &side) { side.client()->abort(); }) << false;
    QTest::newRow("closeTimeout") << opened([](ReconnectingSide &side) {
        side.client()->close();
        pass(side.options.closeTimeout());
    }) << false;
}

void TestWsReconnection::endsThatAreRetried()
{
    QFETCH(const Scenario, happens);
    QFETCH(const bool, isRetried);
    ReconnectingSide side;
    happens(side);
    settle();
    QCOMPARE(side.state(), Ws::Closed);
    QCOMPARE(side.log->all.filter(u"closed"_s).size(), 1);
    QCOMPARE(side.isWaiting(), isRetried);
    QCOMPARE(side.client()->active(), isRetried);
    pass(500ms);
    QCOMPARE(side.openingCount, isRetried ? 2 : 1);
}

// As in a train, where a laptop wakes up.
void TestWsReconnection::loginPageOfANetworkIsWaitedFor()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.lose();
    pass(500ms);
    side.answer("302 Found\r\nLocation: http://login.example.net/");
    QCOMPARE(side.log->all.last(), u"reconnecting 2 1000"_s);
    pass(1s);
    side.wire->fail(WsError(Ws::ErrorKind::Tls, u"self-signed"_s, Ws::TlsHandshake));
    settle();
    QCOMPARE(side.log->all.last(), u"reconnecting 3 2000"_s);
    pass(2s);
    side.answer("200 OK");
    QCOMPARE(side.log->all.last(), u"reconnecting 4 4000"_s);
    QCOMPARE(FakeNetwork::watchCount(), 1);
    pass(4s);
    side.accept();
    QVERIFY(side.told().endsWith(u"Open, opened, reconnected"_s));
    // Another URL may be wrong.
    side.client()->setUrl(QUrl(u"ws://example.org"_s));
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    side.answer("302 Found");
    QVERIFY(!side.client()->active());
}

void TestWsReconnection::programEndsTheWait_data()
{
    QTest::addColumn<Scenario>("ends");
    QTest::newRow("close()") << Scenario([](ReconnectingSide &side) { QVERIFY(side.client()->close()); });
    QTest::newRow("abort()") << Scenario([](ReconnectingSide &side) { side.client()->abort(); });
    QTest::newRow("active") << Scenario([](ReconnectingSide &side) { side.client()->setActive(false); });
}

void TestWsReconnection::programEndsTheWait()
{
    QFETCH(const Scenario, ends);
    ReconnectingSide side;
    QVERIFY(side.open());
    side.lose();
    QVERIFY(side.isWaiting());
    (void)side.told();
    ends(side);
    QCOMPARE(side.told(), u"inactive"_s);
    QVERIFY(!side.client()->active());
    QCOMPARE(side.client()->reconnectAttempt(), 0);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
    QVERIFY(!side.client()->close());
    QCOMPARE(FakeNetwork::watchCount(), 0);
    // It can be opened again, and then reconnects.
    side.start();
    side.accept();
    side.lose();
    QVERIFY(side.isWaiting());
}

void TestWsReconnection::closeInASlotStops_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("errorOccurred") << 0;
    QTest::newRow("stateChanged") << 1;
    QTest::newRow("closed") << 2;
    QTest::newRow("reconnecting") << 3;
    QTest::newRow("reconnectAttemptChanged") << 4;
}

void TestWsReconnection::closeInASlotStops()
{
    QFETCH(const int, signal);
    ReconnectingSide side;
    QVERIFY(side.open());
    const auto stop = [&] { side.client()->close(); };
    switch (signal) {
    case 0:
        connect(side.client(), &WsConnection::errorOccurred, this, stop);
        break;
    case 1:
        connect(side.client(), &WsConnection::stateChanged, this, stop);
        break;
    case 2:
        connect(side.client(), &WsConnection::closed, this, stop);
        break;
    case 3:
        connect(side.client(), &WsClient::reconnecting, this, stop);
        break;
    case 4:
        connect(side.client(), &WsClient::reconnectAttemptChanged, this, stop);
        break;
    }
    side.lose();
    QCOMPARE(side.told().section(u", "_s, -1), u"inactive"_s);
    QVERIFY(!side.isWaiting());
    pass(1h);
    QCOMPARE(side.openingCount, 1);
    QCOMPARE(side.client()->reconnectAttempt(), 0);
}

void TestWsReconnection::closeDuringAnAttemptStops()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    side.lose();
    pass(500ms);
    (void)side.told();
    QVERIFY(side.client()->close());
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean, inactive"_s);
    pass(1h);
    QCOMPARE(side.openingCount, 2);
}

void TestWsReconnection::openWhileWaitingOpensAtOnce()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    side.start(); // the same URL
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.state(), Ws::Connecting);
    QCOMPARE(side.client()->reconnectAttempt(), 1);
    pass(500ms);
    QCOMPARE(side.openingCount, 2);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 2 1000"_s);
    QVERIFY(side.client()->open(QUrl(u"ws://example.org"_s)));
    QCOMPARE(side.client()->reconnectAttempt(), 0);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 1 500"_s);
}

void TestWsReconnection::anotherUrlIsOpenedAtOnce()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    side.client()->setUrl(QUrl(u"ws://example.org/other"_s));
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.wire->host, u"example.org"_s);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 1 500"_s);
    pass(500ms);
    QCOMPARE(side.wire->host, u"example.org"_s);
}

void TestWsReconnection::urlOfASlotOfClosedIsOpened()
{
    ReconnectingSide side;
    QUrl next(u"ws://example.org/other"_s);
    connect(side.client(), &WsConnection::closed, this, [&] { side.client()->setUrl(next); });
    side.start();
    side.refuse();
    pass(500ms);
    QCOMPARE(side.wire->host, u"example.org"_s);
    next = QUrl();
    side.refuse();
    QVERIFY(!side.client()->active());
}

void TestWsReconnection::unusableUrlEndsTheWait()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    (void)side.told();
    side.client()->setUrl({});
    QCOMPARE(side.told(), u"inactive"_s);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
    side.start();
    side.refuse();
    (void)side.told();
    side.client()->setUrl(QUrl(u"ftp://example.org"_s));
    QCOMPARE(side.told(), u"inactive, error Misuse"_s);
    QVERIFY(!side.isWaiting());
}

void TestWsReconnection::reconnectNowOpensAtOnce()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    QVERIFY(side.client()->reconnectNow());
    QCOMPARE(side.openingCount, 2);
    pass(500ms);
    QCOMPARE(side.openingCount, 2);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 2 1000"_s);
}

void TestWsReconnection::reconnectNowDoesNothingIfNothingWaits()
{
    ReconnectingSide side;
    QVERIFY(!side.client()->reconnectNow());
    side.start();
    QVERIFY(!side.client()->reconnectNow());
    side.accept();
    QVERIFY(!side.client()->reconnectNow());
    QVERIFY(side.client()->errorString().contains(u"reconnectNow()"_s));
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnection::clientGivesUpAfterTheLastAttempt()
{
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setMaxAttempts(2); }));
    side.start();
    side.refuse();
    pass(500ms);
    side.refuse();
    pass(1s);
    (void)side.told();
    side.refuse();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean, inactive"_s);
    QCOMPARE(side.client()->errorString(), u"gave up after 2 attempts to reconnect: Connection refused"_s);
    pass(1h);
    QCOMPARE(side.openingCount, 3);
}

void TestWsReconnection::noAttemptMeansNone()
{
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setMaxAttempts(0); }));
    side.start();
    side.refuse();
    QVERIFY(!side.client()->active());
    QCOMPARE(side.client()->errorString(), u"Connection refused"_s);
}

void TestWsReconnection::otherSettingsApplyToTheNextDelay()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    side.client()->setReconnect(enabled([](WsReconnect &settings) { settings.setInitialDelay(10s); }));
    pass(500ms);
    QCOMPARE(side.openingCount, 2);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 2 20000"_s);
}

void TestWsReconnection::switchingItOffEndsTheWait()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    (void)side.told();
    side.client()->setReconnect({});
    QCOMPARE(side.told(), u"inactive"_s);
    pass(1h);
    QCOMPARE(side.openingCount, 1);
}

void TestWsReconnection::switchingItOnWhileOpenIsEnough()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setReconnect(enabled());
    side.lose();
    QVERIFY(side.isWaiting());
}

void TestWsReconnection::retryAfterIsHonoured()
{
    ReconnectingSide side;
    side.start();
    side.answer("503 Service Unavailable\r\nRetry-After: 7");
    QCOMPARE(side.log->all.last(), u"reconnecting 1 7000"_s);
    pass(7s);
    side.answer("429 Too Many Requests\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT");
    QCOMPARE(side.log->all.last(), u"reconnecting 2 120000"_s);
    pass(120s);
    side.answer("503 Service Unavailable\r\nRetry-After: later");
    QCOMPARE(side.log->all.last(), u"reconnecting 3 2000"_s);
    pass(2s);
    side.refuse(); // which has no answer
    QCOMPARE(side.log->all.last(), u"reconnecting 4 4000"_s);
}

void TestWsReconnection::retryAfterOfAnAnswerThatEndsItChangesNothing()
{
    ReconnectingSide side;
    side.start();
    side.answer("403 Forbidden\r\nRetry-After: 7");
    QVERIFY(!side.isWaiting());
}

void TestWsReconnection::filterDecides()
{
    ReconnectingSide side;
    QList<WsError> asked;
    bool isWanted = true;
    side.client()->setReconnectFilter([&](const WsError &error) {
        asked.append(error);
        return isWanted;
    });
    side.start();
    side.answer("404 Not Found");
    QCOMPARE(side.log->all.last(), u"reconnecting 1 500"_s);
    QCOMPARE(asked.last().httpStatus(), 404);
    pass(500ms);
    isWanted = false;
    side.refuse();
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked.last().text(), u"Connection refused"_s);
    QVERIFY(!side.client()->active());
    side.client()->setReconnectFilter({});
    side.start();
    side.refuse();
    QVERIFY(side.isWaiting());
    QCOMPARE(asked.size(), 2);
}

void TestWsReconnection::filterIsToldTheCodeOfAnEndWithoutAnError()
{
    ReconnectingSide side;
    WsError asked(Ws::ErrorKind::Misuse, {});
    side.client()->setReconnectFilter([&](const WsError &error) {
        asked = error;
        return true;
    });
    QVERIFY(side.open());
    side.receive({closing(4001, "later")});
    side.wire->end();
    settle();
    QVERIFY(side.isWaiting());
    QCOMPARE(asked.kind(), Ws::ErrorKind::None);
    QCOMPARE(asked.closeCode(), 4001);
    QCOMPARE(asked.text(), u"later"_s);
}

void TestWsReconnection::filterIsNotAskedAfterTheProgramHasClosed()
{
    ReconnectingSide side;
    int count = 0;
    side.client()->setReconnectFilter([&](const WsError &) {
        ++count;
        return true;
    });
    QVERIFY(side.open());
    side.client()->abort();
    QCOMPARE(count, 0);
    QVERIFY(!side.client()->active());
}

void TestWsReconnection::filterThatThrowsStopsTheClient()
{
    ReconnectingSide side;
    side.client()->setReconnectFilter([](const WsError &) -> bool { throw std::runtime_error("no idea"); });
    side.start();
    side.refuse();
    QCOMPARE(side.told(),
             u"active, Connecting, error Network, Closed, closed 1006 '' unclean, error Handler, inactive"_s);
    QCOMPARE(side.log->errors.last().text(), u"no idea"_s);
    QVERIFY(!side.isWaiting());
}

void TestWsReconnection::deletionInASlot_data()
{
    QTest::addColumn<int>("signal");
    for (int i = 0; i < 9; ++i)
        QTest::addRow("%d", i) << i;
}

void TestWsReconnection::deletionInASlot()
{
    QFETCH(const int, signal);
    ReconnectingSide side(queueing());
    WsClient *const client = side.client();
    QVERIFY(side.open());
    client->sendText("lost");
    const auto remove = [&] {
        side.log.reset();
        delete client;
    };
    int states = 0;
    switch (signal) {
    case 0:
        connect(client, &WsClient::reconnecting, this, remove);
        break;
    case 1:
        connect(client, &WsClient::reconnected, this, remove);
        break;
    case 2:
        connect(client, &WsClient::messagesLost, this, remove);
        break;
    case 3:
        connect(client, &WsClient::reconnectAttemptChanged, this, remove);
        break;
    case 4:
        connect(client, &WsConnection::closed, this, remove);
        break;
    case 5:
        connect(client, &WsConnection::opened, this, remove);
        break;
    case 6:
        connect(client, &WsConnection::messageSent, this, remove);
        break;
    case 7:
        client->setReconnectFilter([&](const WsError &) {
            remove();
            return true;
        });
        break;
    case 8:
        connect(client, &WsConnection::stateChanged, this, [&] {
            if (++states == 3)
                remove();
        });
        break;
    }
    side.lose();
    if (side.connection) {
        client->sendText("kept");
        pass(500ms);
    }
    if (side.connection)
        side.accept();
    settle();
    QVERIFY(!side.connection);
}

void TestWsReconnection::openInASlotOfClosedTakesOver()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    pass(500ms);
    const auto again = connect(side.client(), &WsConnection::closed, this,
                               [&] { QVERIFY(side.client()->open(QUrl(u"ws://example.org"_s))); });
    side.refuse();
    disconnect(again);
    QCOMPARE(side.openingCount, 3);
    QCOMPARE(side.wire->host, u"example.org"_s);
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 1 500"_s);
}

void TestWsReconnection::activeInASlotOfClosedOpensAgain()
{
    ReconnectingSide side{WsReconnect()};
    side.start();
    const auto again =
        connect(side.client(), &WsConnection::closed, this, [&] { side.client()->setActive(true); });
    (void)side.told();
    side.refuse();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean, Connecting"_s);
    side.accept();
    side.client()->close();
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    QCOMPARE(side.openingCount, 3);
    disconnect(again);
    side.refuse();
    QVERIFY(!side.client()->active());
}

// Otherwise onClosed: active = true would bring back what the back-off is there to prevent.
void TestWsReconnection::activeInASlotOfClosedDoesNotShortenTheDelay()
{
    ReconnectingSide side;
    side.start();
    connect(side.client(), &WsConnection::closed, this, [&] { side.client()->setActive(true); });
    side.refuse();
    QCOMPARE(side.openingCount, 1);
    QVERIFY(side.isWaiting());
    pass(500ms);
    side.accept();
    side.receive({closing(4000)}); // after which it would not be opened again
    side.wire->end();
    settle();
    QCOMPARE(side.openingCount, 3);
}

void TestWsReconnection::backOnlineMeansNow()
{
    ReconnectingSide side;
    side.start();
    side.refuse();
    side.network.goOnline();
    QCOMPARE(side.openingCount, 2);
    side.network.goOnline(); // while it is opening
    QCOMPARE(side.openingCount, 2);
}

void TestWsReconnection::backDuringAnAttemptMeansSoon_data()
{
    QTest::addColumn<Scenario>("comesBack");
    QTest::addColumn<Scenario>("fails");
    QTest::addColumn<QString>("delay");
    const Scenario online([](ReconnectingSide &side) { side.network.goOnline(); });
    const Scenario awake([](ReconnectingSide &) { FakeWallClock::sleep(8h); });
    const Scenario refused([](ReconnectingSide &side) { side.refuse(); });
    const Scenario answered([](ReconnectingSide &side) { side.answer("503 Service Unavailable"); });
    const Scenario proxied(
        [](ReconnectingSide &side) { side.wire->fail(WsError(Ws::ErrorKind::Proxy, u"proxy refused"_s)); });
    const Scenario late([](ReconnectingSide &side) { pass(side.options.handshakeTimeout()); });
    const QString first = u"reconnecting 6 500"_s;
    QTest::newRow("online, refused") << online << refused << first;
    QTest::newRow("online, not answered") << online << late << first;
    QTest::newRow("online, refused by a proxy") << online << proxied << first;
    QTest::newRow("awake, refused") << awake << refused << first;
    QTest::newRow("online, the server has answered") << online << answered << u"reconnecting 6 16000"_s;
    QTest::newRow("awake, the server has answered") << awake << answered << u"reconnecting 6 16000"_s;
}

// The attempt of a laptop that wakes up begins before there is a network, and may fail long after.
void TestWsReconnection::backDuringAnAttemptMeansSoon()
{
    QFETCH(const Scenario, comesBack);
    QFETCH(const Scenario, fails);
    QFETCH(const QString, delay);
    ReconnectingSide side;
    side.start();
    for (int i = 0; i < 5; ++i) {
        side.refuse();
        QVERIFY(side.client()->reconnectNow());
    }
    comesBack(side);
    fails(side);
    settle();
    QCOMPARE(side.log->all.last(), delay);
    QVERIFY(side.client()->reconnectNow());
    side.refuse();
    QCOMPARE(side.log->all.last(), u"reconnecting 7 30000"_s); // once
}

void TestWsReconnection::backOnlineAsksAnOpenConnectionAtOnce()
{
    ReconnectingSide side;
    QVERIFY(side.open());
    pass(1s);
    side.network.goOnline();
    QVERIFY(side.sent().isEmpty());
    pass(0ms);
    QVERIFY(side.sent().startsWith(u"ping"_s));
    pass(10s);
    QCOMPARE(side.log->errors.last().kind(), Ws::ErrorKind::Timeout);
    QVERIFY(side.isWaiting());
}

void TestWsReconnection::wakingUpMeansNow()
{
    ReconnectingSide side;
    side.start();
    for (int i = 0; i < 7; ++i) {
        side.refuse();
        if (i < 6)
            QVERIFY(side.client()->reconnectNow());
    }
    QCOMPARE(side.log->all.last(), u"reconnecting 7 30000"_s);
    pass(10s);
    FakeWallClock::sleep(8h);
    pass(1s);
    QCOMPARE(side.state(), Ws::Connecting);
}

void TestWsReconnection::setClockIsNoSleep()
{
    ReconnectingSide side(enabled([](WsReconnect &settings) { settings.setInitialDelay(30s); }));
    side.start();
    side.refuse();
    for (int i = 0; i < 25; ++i) {
        FakeWallClock::sleep(i % 2 ? -3h : 2s);
        pass(1s);
        QCOMPARE(side.openingCount, 1);
    }
}

void TestWsReconnection::networkIsWatchedOnlyIfNeeded()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    QCOMPARE(FakeNetwork::watchCount(), 0);
    side.client()->close();
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    side.client()->setReconnect(enabled());
    QVERIFY(side.open());
    QCOMPARE(FakeNetwork::watchCount(), 1);
    side.lose();
    QCOMPARE(FakeNetwork::watchCount(), 1);
    side.remove();
    QCOMPARE(FakeNetwork::watchCount(), 0);
}

void TestWsReconnection::networkIsWatchedOnceItIsSwitchedOn()
{
    ReconnectingSide side{WsReconnect()};
    QVERIFY(side.open());
    side.client()->setReconnect(enabled());
    QCOMPARE(FakeNetwork::watchCount(), 1);
    side.network.goOnline();
    pass(0ms);
    QVERIFY(side.sent().startsWith(u"ping"_s));
}

// A slot that tries again gets the next report after what it has opened instead.
void TestWsReconnection::lateRefusalSaysNothingOfAnotherOpening()
{
    ReconnectingSide side;
    connect(side.client(), &WsConnection::errorOccurred, this, [&, isDone = false]() mutable {
        if (std::exchange(isDone, true))
            return;
        side.client()->setActive(true);
        QVERIFY(side.client()->open(QUrl(u"ws://example.com"_s)));
    });
    side.client()->setUrl(QUrl(u"ftp://example.com"_s));
    side.client()->setActive(true);
    settle();
    side.accept();
    QCOMPARE(side.log->errors.size(), 1);
    QCOMPARE(side.client()->errorString(), QString());
    side.receive({closing(1001)});
    side.wire->end();
    settle();
    QVERIFY(side.isWaiting());
}

#include "../testprogram.h"
WSKIT_TEST(TestWsReconnection)
#include "tst_wsreconnection.moc"
