// SPDX-License-Identifier: MIT

// Servers that share a port, and what becomes of clients that come while a server stops listening.

#include "integrationtesting.h"

#include <QtCore/qthread.h>

#include <array>

#include <sys/socket.h>

using namespace IntegrationTesting;

namespace {
std::unique_ptr<WsServer> sharingServer(quint16 port = 0,
                                        const QHostAddress &address = QHostAddress::LocalHost)
{
    auto server = std::make_unique<WsServer>();
    server->setReusePort(true);
    return server->listen(address, port) ? std::move(server) : nullptr;
}

// Clients that the system has let in, of which no server knows yet.
class WaitingClients
{
public:
    bool add(const QHostAddress &address, quint16 port)
    {
        auto peer = std::make_unique<RawPeer>();
        peer->socket->connectToHost(address, port);
        const QByteArray request = RawPeer::upgradeRequest();
        const bool isIn = peer->socket->waitForConnected(Patience) && peer->socket->write(request) > 0
                          && peer->socket->waitForBytesWritten(Patience);
        m_all.push_back(std::move(peer));
        return isIn;
    }
    bool add(const WsServer &server, int count = 1)
    {
        bool areIn = true;
        for (int i = 0; i < count; ++i)
            areIn = add(server.serverAddress(), server.serverPort()) && areIn;
        return areIn;
    }
    bool areServed()
    {
        return waitFor([this] {
            return std::all_of(m_all.begin(), m_all.end(),
                               [](const auto &peer) { return peer->httpStatus() == 101; });
        });
    }
    bool areCut()
    {
        return waitFor([this] {
            return std::all_of(m_all.begin(), m_all.end(), [](const auto &peer) { return peer->hasEnded; });
        });
    }

private:
    std::vector<std::unique_ptr<RawPeer>> m_all;
};
} // namespace

class TestListeningSharing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serversShareAPort_data();
    void serversShareAPort();
    void clientsAreSpreadOverServersWithThreads();
    void listSharesThePort();
    void othersMustShareIt();
    void sharingIsAProperty();
    void errorNamesTheAddress();

    void thoseThatWaitAreServedAfterStopListening_data();
    void thoseThatWaitAreServedAfterStopListening();
    void thoseThatWaitForTheApplicationAreNot();
    void nobodyIsLostIfOneOfTwoStops_data();
    void nobodyIsLostIfOneOfTwoStops();
    void closedComesAfterTheLastOnes();
    void portIsFreeForTheSameServerAtOnce();
    void serverMayEndMeanwhile_data();
    void serverMayEndMeanwhile();
};

void TestListeningSharing::serversShareAPort_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::addColumn<QString>("host");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost) << u"127.0.0.1"_s;
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6) << u"::1"_s;
    QTest::newRow("all IPv4") << QHostAddress(QHostAddress::AnyIPv4) << u"127.0.0.1"_s;
    QTest::newRow("all IPv6") << QHostAddress(QHostAddress::AnyIPv6) << u"::1"_s;
    QTest::newRow("dual stack by IPv4") << QHostAddress(QHostAddress::Any) << u"127.0.0.1"_s;
    QTest::newRow("dual stack by IPv6") << QHostAddress(QHostAddress::Any) << u"::1"_s;
}

void TestListeningSharing::serversShareAPort()
{
    QFETCH(const QHostAddress, address);
    QFETCH(const QString, host);
    const auto first = sharingServer(0, address);
    QVERIFY(first);
    const auto second = sharingServer(first->serverPort(), address);
    QVERIFY(second);
    QCOMPARE(first->serverAddress(), address);
    QCOMPARE(second->serverUrl(), first->serverUrl());
    WaitingClients clients;
    constexpr int Count = 64; // so that it does not happen that all of them reach the same server
    for (int i = 0; i < Count; ++i)
        QVERIFY(clients.add(QHostAddress(host), first->serverPort()));
    QVERIFY(clients.areServed());
    QCOMPARE(first->connectionCount() + second->connectionCount(), Count);
    QVERIFY(first->connectionCount() > 0 && second->connectionCount() > 0);
    QCOMPARE(first->connections().first()->peerAddress(), QHostAddress(host));
}

void TestListeningSharing::clientsAreSpreadOverServersWithThreads()
{
    std::array<WsServer, 2> servers;
    quint16 port = 0;
    for (WsServer &server : servers) {
        server.setThreadCount(2);
        server.setReusePort(true);
        server.setSslConfiguration(serverTls());
        QVERIFY(server.listen(QHostAddress::LocalHost, port));
        port = server.serverPort();
    }
    std::array<WsClient, 32> clients;
    for (WsClient &client : clients) {
        client.setSslConfiguration(tlsConfiguration());
        QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(port))));
    }
    for (WsClient &client : clients)
        WS_TRY_COMPARE(client.state(), Ws::Open);
    WS_TRY_COMPARE(servers[0].connectionCount() + servers[1].connectionCount(), int(clients.size()));
    QVERIFY(servers[0].connectionCount() > 0 && servers[1].connectionCount() > 0);
}

void TestListeningSharing::listSharesThePort()
{
    const QList<QHostAddress> addresses = {QHostAddress::LocalHost, QHostAddress::LocalHostIPv6};
    WsServer first;
    first.setReusePort(true);
    QVERIFY(first.listen(addresses));
    WsServer second;
    second.setReusePort(true);
    QVERIFY(second.listen(addresses, first.serverPort()));
    QCOMPARE(second.serverUrls(), first.serverUrls());
}

void TestListeningSharing::othersMustShareIt()
{
    const auto sharing = sharingServer();
    WsServer other;
    QVERIFY(!other.listen(QHostAddress::LocalHost, sharing->serverPort()));
    WsServer own;
    QVERIFY(own.listen());
    other.setReusePort(true);
    QVERIFY(!other.listen(QHostAddress::LocalHost, own.serverPort()));
    QCOMPARE(
        other.errorString(),
        u"cannot listen on 127.0.0.1:%1: Address already in use; others can share the port only if they have "
        "set reusePort, too, and are processes of the same user"_s.arg(own.serverPort()));
    QVERIFY(other.listen(QHostAddress::LocalHost, sharing->serverPort()));
}

void TestListeningSharing::sharingIsAProperty()
{
    WsServer server;
    QVERIFY(!server.reusePort());
    QSignalSpy changed(&server, &WsServer::reusePortChanged);
    server.setReusePort(true);
    server.setReusePort(true);
    QCOMPARE(changed.size(), 1);
    server.setListening(true);
    int isSharing = 0;
    socklen_t size = sizeof isSharing;
    QCOMPARE(::getsockopt(int(server.socketDescriptor()), SOL_SOCKET, SO_REUSEPORT, &isSharing, &size), 0);
    QCOMPARE(isSharing, 1);
    const auto other = sharingServer(server.serverPort());
    QVERIFY(other);
}

void TestListeningSharing::errorNamesTheAddress()
{
    WsServer server;
    server.setReusePort(true);
    QVERIFY(!server.listen(QHostAddress(u"2001:db8::1"_s), 8080));
    QCOMPARE(server.errorString(), u"cannot listen on [2001:db8::1]:8080: Cannot assign requested address"_s);
    QVERIFY(!server.isListening());
}

// --- stopping

void TestListeningSharing::thoseThatWaitAreServedAfterStopListening_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<int>("maxPendingHandshakes");
    QTest::newRow("no threads") << 0 << 1000;
    QTest::newRow("threads") << 2 << 1000;
    QTest::newRow("no room") << 0 << 1;
}

void TestListeningSharing::thoseThatWaitAreServedAfterStopListening()
{
    QFETCH(const int, threadCount);
    QFETCH(const int, maxPendingHandshakes);
    WsServer server;
    server.setThreadCount(threadCount);
    server.setMaxPendingHandshakes(maxPendingHandshakes);
    QVERIFY(server.listen({QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}));
    WaitingClients clients;
    QVERIFY(clients.add(server, 5));
    QVERIFY(clients.add(QHostAddress(QHostAddress::LocalHostIPv6), server.serverPort()));
    server.stopListening();
    QVERIFY(!server.isListening());
    QVERIFY(clients.areServed());
    WS_TRY_COMPARE(server.connectionCount(), 6);
}

void TestListeningSharing::thoseThatWaitForTheApplicationAreNot()
{
    WsServer server;
    QVERIFY(server.listen());
    server.pauseAccepting();
    WaitingClients clients;
    QVERIFY(clients.add(server, 2));
    server.stopListening();
    QVERIFY(clients.areCut());
    QCOMPARE(server.connectionCount(), 0);
}

void TestListeningSharing::nobodyIsLostIfOneOfTwoStops_data()
{
    QTest::addColumn<bool>("isFirst");
    QTest::newRow("the older one") << true;
    QTest::newRow("the newer one") << false;
}

// Those that are turned away try again after a second.
void TestListeningSharing::nobodyIsLostIfOneOfTwoStops()
{
    QFETCH(const bool, isFirst);
    const auto first = sharingServer();
    QVERIFY(first);
    const auto second = sharingServer(first->serverPort());
    QVERIFY(second);
    WsServer &leaving = isFirst ? *first : *second;
    const WsServer &staying = isFirst ? *second : *first;
    WaitingClients clients;
    QVERIFY(clients.add(staying, 32));
    leaving.stopListening();
    QVERIFY(!leaving.isListening());
    std::array<WsClient, 32> late;
    for (WsClient &client : late)
        QVERIFY(client.open(staying.serverUrl()));
    QVERIFY(clients.areServed());
    for (WsClient &client : late)
        WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(leaving.connectionCount() > 0);
    QVERIFY(leaving.connectionCount() <= 32);
    QCOMPARE(leaving.connectionCount() + staying.connectionCount(), 64);
}

void TestListeningSharing::closedComesAfterTheLastOnes()
{
    const auto leaving = sharingServer();
    QVERIFY(leaving);
    const auto staying = sharingServer(leaving->serverPort());
    QVERIFY(staying);
    QSignalSpy closed(leaving.get(), &WsServer::closed);
    leaving->close();
    QVERIFY(!leaving->isListening());
    QCOMPARE(closed.size(), 0);
    WS_TRY_COMPARE(closed.size(), 1);
    QVERIFY(leaving->listen(QHostAddress::LocalHost, staying->serverPort()));
}

void TestListeningSharing::portIsFreeForTheSameServerAtOnce()
{
    const auto server = sharingServer();
    QVERIFY(server);
    const quint16 port = server->serverPort();
    server->stopListening();
    server->setReusePort(false);
    QVERIFY2(server->listen(QHostAddress::LocalHost, port), qPrintable(server->errorString()));
}

void TestListeningSharing::serverMayEndMeanwhile_data()
{
    QTest::addColumn<QString>("action");
    QTest::newRow("delete") << u"delete"_s;
    QTest::newRow("close") << u"close"_s;
    QTest::newRow("move") << u"move"_s;
    QTest::newRow("delete in closed()") << u"delete in closed()"_s;
}

void TestListeningSharing::serverMayEndMeanwhile()
{
    QFETCH(const QString, action);
    auto server = sharingServer();
    QVERIFY(server);
    const auto staying = sharingServer(server->serverPort());
    QVERIFY(staying);
    bool isClosed = action == u"delete";
    QThread thread;
    thread.start();
    connect(server.get(), &WsServer::closed, this, [&] {
        isClosed = true;
        if (action == u"delete in closed()")
            server.reset();
    });
    server->stopListening();
    if (action == u"delete")
        server.reset();
    else
        server->close();
    if (action == u"move")
        server->moveToThread(&thread);
    WS_TRY_VERIFY(isClosed);
    WsClient client; // whoever was turned away is served by the other one
    QVERIFY(client.open(staying->serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    if (server)
        server.release()->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

#include "../testprogram.h"
WSKIT_TEST(TestListeningSharing)
#include "tst_listening_sharing.moc"
