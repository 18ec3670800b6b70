// SPDX-License-Identifier: MIT

// Descriptors and threads that run out: the library reports it, and goes on when there are some again.

#include "../unit/nomoredescriptors.h"
#include "integrationtesting.h"

#include <QtCore/qthread.h>

#include <cerrno>
#include <optional>

using namespace IntegrationTesting;

class TestShortage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acceptingPausesAndGoesOn();
    void listeningWithThreadsIsRefused();
    void waitingForAClientIsRefused();
    void localSocketIsRefused();
};

void TestShortage::acceptingPausesAndGoesOn()
{
    Pair pair;
    pair.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(pair.url())); // Qt's own server does not see the shortage after the first client
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    RawPeer late;
    std::optional<NoMoreDescriptors> none;
    late.socket->connectToHost(QHostAddress::LocalHost, pair.server.serverPort());
    none.emplace();
    WS_TRY_COMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Network);
    QCOMPARE(errors.at(0).at(0).value<WsError>().socketError(), QAbstractSocket::SocketResourceError);
    QVERIFY(!pair.server.errorString().isEmpty());
    for (int i = 0; i < 20; ++i) { // the others are served, and nothing else is reported
        pair.client.sendText("hello");
        WS_TRY_COMPARE(pair.events.messageCount, i + 1);
    }
    QCOMPARE(errors.size(), 1);
    none.reset();
    late.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(late.httpStatus(), 101);
    QCOMPARE(errors.size(), 1);
}

void TestShortage::listeningWithThreadsIsRefused()
{
    WsServer server;
    server.setThreadCount(4);
    {
        WsServer other; // so that only the threads lack descriptors
        QVERIFY(other.listen());
        const NoMoreDescriptors none;
        QVERIFY(!server.listen());
    }
    QVERIFY(!server.errorString().isEmpty());
    QVERIFY(!server.isListening());
    QVERIFY(server.listen());
    WsClient client;
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
}

void TestShortage::waitingForAClientIsRefused()
{
    WsServer server;
    QVERIFY(server.listen());
    const QUrl url = server.serverUrl();
    bool isOpened = true;
    bool isOpenedLater = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        {
            const NoMoreDescriptors none;
            isOpened = client.open(url) && client.waitForOpened();
        }
        isOpenedLater = client.open(url) && client.waitForOpened();
        client.close();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(!isOpened);
    QVERIFY(isOpenedLater);
}

void TestShortage::localSocketIsRefused()
{
    WsClient client;
    const Events events(&client);
    {
        const NoMoreDescriptors none;
        QVERIFY(client.open(QUrl(u"ws+unix:///none.sock"_s)));
        WS_TRY_VERIFY(events.isClosed());
    }
    QCOMPARE(events.errors.first().text(),
             u"cannot connect to the local socket /none.sock: "_s + qt_error_string(EMFILE));
    QCOMPARE(events.errors.first().socketError(), QAbstractSocket::SocketResourceError);
}

#include "../testprogram.h"
WSKIT_TEST(TestShortage)
#include "tst_shortage.moc"
