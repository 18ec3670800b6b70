// SPDX-License-Identifier: MIT

// WsServer::close(): tells everybody, waits for them, and is open to be used again.

#include "integrationtesting.h"

#include <vector>

using namespace IntegrationTesting;

class TestServerClosing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsEverybodyAndWaits_data() { addSchemes(); }
    void tellsEverybodyAndWaits();
    void withNobodyItIsClosedAtOnce();
    void withoutListeningItDoesNothing();
    void secondCallChangesNothing();
    void whoNeverAnswersIsCut_data() { addSchemes(); }
    void whoNeverAnswersIsCut();
    void whoIsStillOpeningIsCut();
    void whoIsReadingAnAnswerIsCut();
    void whatIsBufferedStillArrives();
    void pausedConnectionsAreClosedToo();
    void connectionsThatCloseAlreadyAreWaitedFor();
    void listensAgainAfterwards();
    void listensAgainFromTheSlot();
    void cannotListenMeanwhile();
    void takesNoSocketsMeanwhile();
    void connectionThatOpensMeanwhileIsClosed();
    void listeningPropertyWaitsForTheClose();

    void connectionsOutliveTheListening();
    void handshakesOutliveTheListening();
    void clientThatWaitsForRoomIsCheckedAsBefore();
    void listensAgainWithConnections();
    void stopWithoutListeningDoesNothing();
    void closeAfterTheStopIsReported();
};

void TestServerClosing::tellsEverybodyAndWaits()
{
    QFETCH(const bool, isTls);
    constexpr int Count = 20;
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    std::vector<std::unique_ptr<WsClient>> clients;
    std::vector<std::unique_ptr<Events>> events;
    for (int i = 0; i < Count; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        clients.back()->setSslConfiguration(tlsConfiguration());
        events.push_back(std::make_unique<Events>(clients.back().get()));
        QVERIFY(clients.back()->open(pair.url()));
    }
    WS_TRY_COMPARE(pair.server.connectionCount(), Count);
    int ended = 0;
    for (WsConnection *connection : pair.server.connections())
        connect(connection, &WsConnection::closed, this, [&] { ++ended; });
    QSignalSpy listening(&pair.server, &WsServer::listeningChanged);
    int endedAtClosed = -1;
    int countAtClosed = -1;
    QSignalSpy closed(&pair.server, &WsServer::closed);
    connect(&pair.server, &WsServer::closed, this, [&] {
        endedAtClosed = ended;
        countAtClosed = pair.server.connectionCount();
    });
    pair.server.close();
    QVERIFY(!pair.server.isListening());
    QCOMPARE(listening.size(), 1);
    QCOMPARE(closed.size(), 0);
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(endedAtClosed, Count);
    QCOMPARE(countAtClosed, 0);
    for (int i = 0; i < Count; ++i)
        WS_TRY_COMPARE(events[size_t(i)]->ending(), u"closed 1001 '' clean"_s);
    QCOMPARE(closed.size(), 1);
}

void TestServerClosing::withNobodyItIsClosedAtOnce()
{
    WsServer server;
    QVERIFY(server.listen());
    QSignalSpy closed(&server, &WsServer::closed);
    server.close();
    QCOMPARE(closed.size(), 1);
    QCOMPARE(server.serverPort(), 0);
}

void TestServerClosing::withoutListeningItDoesNothing()
{
    WsServer server;
    QSignalSpy closed(&server, &WsServer::closed);
    QSignalSpy listening(&server, &WsServer::listeningChanged);
    server.close();
    QCOMPARE(closed.size(), 0);
    QCOMPARE(listening.size(), 0);
}

void TestServerClosing::secondCallChangesNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    pair.server.close();
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(closed.size(), 1);
}

void TestServerClosing::whoNeverAnswersIsCut()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setCloseTimeout(100ms);
    pair.setOptions(options);
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(pair.peerEvents->ending(), u"error Timeout, closed 1006 '' unclean"_s);
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.frames().at(0).closeCode(), 1001);
}

void TestServerClosing::whoIsStillOpeningIsCut()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(pair.server));
    RawPeer half;
    QVERIFY(half.connectTo(pair.server));
    half.send("GET / HTTP/1.1\r\n");
    RawPeer open; // whose opening shows that the others were accepted
    QVERIFY(open.upgrade(pair.server));
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    open.send(frame(CloseFrame, closePayload(1001)));
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_VERIFY(silent.hasEnded && half.hasEnded && open.hasEnded);
    QVERIFY(!half.received.contains("101"));
}

void TestServerClosing::whoIsReadingAnAnswerIsCut()
{
    Pair pair;
    pair.server.setRequestHandler([](const WsRequest &) { return WsResponse::text(QByteArray(30 * MiB, 'x')); });
    QVERIFY(pair.server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(pair.server));
    raw.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_VERIFY(!raw.received.isEmpty());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_VERIFY(raw.hasEnded);
}

void TestServerClosing::whatIsBufferedStillArrives()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.events.keepsMessages = false;
    for (int i = 0; i < 20; ++i)
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    pair.server.close();
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.messageCount, 20);
    QCOMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
}

void TestServerClosing::pausedConnectionsAreClosedToo()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.peer->setPaused(true);
    pair.client.sendText("held back");
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(pair.peerEvents->messages(), QStringList{u"text held back"_s});
    QCOMPARE(pair.peerEvents->ending(), u"closed 1001 '' clean"_s);
}

void TestServerClosing::connectionsThatCloseAlreadyAreWaitedFor()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.peer->close(3000, u"earlier"_s));
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    QCOMPARE(closed.size(), 0);
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 'earlier' clean"_s);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 3000 'earlier' clean"_s);
}

void TestServerClosing::listensAgainAfterwards()
{
    Pair pair;
    for (int i = 0; i < 3; ++i) {
        QVERIFY(pair.open());
        QSignalSpy closed(&pair.server, &WsServer::closed);
        pair.server.close();
        WS_TRY_COMPARE(closed.size(), 1);
        WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    }
}

void TestServerClosing::listensAgainFromTheSlot()
{
    Pair pair;
    QVERIFY(pair.open());
    const quint16 port = pair.server.serverPort();
    connect(&pair.server, &WsServer::closed, this,
            [&] { QVERIFY(pair.server.listen(QHostAddress::LocalHost, port)); });
    pair.server.close();
    WS_TRY_VERIFY(pair.server.isListening() && pair.client.state() == Ws::Closed);
    QCOMPARE(pair.server.serverPort(), port);
    QVERIFY(pair.open());
}

void TestServerClosing::cannotListenMeanwhile()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.server.close();
    QVERIFY(!pair.server.listen());
    QVERIFY(!pair.server.errorString().isEmpty());
}

void TestServerClosing::takesNoSocketsMeanwhile()
{
    Pair pair;
    QVERIFY(pair.open());
    QTcpServer door;
    QVERIFY(door.listen(QHostAddress::LocalHost));
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, door.serverPort());
    WS_TRY_VERIFY(door.hasPendingConnections());
    pair.server.close();
    QVERIFY(!pair.server.handleConnection(door.nextPendingConnection()));
}

// The request handler itself closes the server, and accepts.
void TestServerClosing::connectionThatOpensMeanwhileIsClosed()
{
    Pair pair;
    QSignalSpy accepted(&pair.server, &WsServer::newConnection);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.setRequestHandler([&](const WsRequest &) {
        pair.server.close();
        return WsResponse::accept();
    });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(accepted.size(), 0);
}

void TestServerClosing::listeningPropertyWaitsForTheClose()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.server.setListening(false);
    pair.server.setListening(true);
    QVERIFY(!pair.server.isListening());
    WS_TRY_VERIFY(pair.server.isListening());
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
    QVERIFY(pair.open());
}

// --- stopListening()

void TestServerClosing::connectionsOutliveTheListening()
{
    Pair pair;
    QVERIFY(pair.open());
    const quint16 port = pair.server.serverPort();
    QSignalSpy listening(&pair.server, &WsServer::listeningChanged);
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.stopListening();
    QVERIFY(!pair.server.isListening());
    QCOMPARE(pair.server.serverPort(), 0);
    QCOMPARE(listening.size(), 1);
    WsServer successor;
    QVERIFY(successor.listen(QHostAddress::LocalHost, port));
    QVERIFY(pair.peer->sendText(u"still here"_s));
    WS_TRY_COMPARE(pair.events.messages(), QStringList(u"text still here"_s));
    QCOMPARE(pair.server.connectionCount(), 1);
    QCOMPARE(closed.size(), 0);
}

void TestServerClosing::handshakesOutliveTheListening()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    pair.server.setRequestHandler([&](const WsRequest &) {
        pair.server.stopListening();
        return WsResponse::accept();
    });
    QVERIFY(pair.open());
    QVERIFY(!pair.server.isListening());
}

// On loopback a page may only ask for hosts of this machine, see WsServer::allowedHosts.
void TestServerClosing::clientThatWaitsForRoomIsCheckedAsBefore()
{
    WsServer server;
    server.setMaxPendingHandshakes(1);
    QVERIFY(server.listen());
    RawPeer silent;
    QVERIFY(silent.connectTo(server));
    RawPeer rebinding;
    QVERIFY(rebinding.connectTo(server));
    const QByteArray fromAPage = "Origin: http://attacker.example\r\n";
    rebinding.send(RawPeer::upgradeRequest(fromAPage).replace("localhost", "attacker.example"));
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents(); // in which both are accepted
    server.stopListening();
    silent.socket->abort();
    WS_TRY_COMPARE(rebinding.httpStatus(), 403);
}

void TestServerClosing::listensAgainWithConnections()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.server.stopListening();
    QVERIFY(pair.server.listen());
    WsClient other;
    QVERIFY(other.open(pair.url()));
    WS_TRY_COMPARE(pair.server.connectionCount(), 2);
    QCOMPARE(pair.client.state(), Ws::Open);
}

void TestServerClosing::stopWithoutListeningDoesNothing()
{
    WsServer server;
    QSignalSpy listening(&server, &WsServer::listeningChanged);
    server.stopListening();
    QCOMPARE(listening.size(), 0);
}

void TestServerClosing::closeAfterTheStopIsReported()
{
    Pair pair;
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.stopListening();
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestServerClosing)
#include "tst_serverclosing.moc"
