// SPDX-License-Identifier: MIT

// Servers that listen in several places at a time.

#include "../opendescriptors.h"
#include "../unit/nomoredescriptors.h"
#include "integrationtesting.h"

#include <QtCore/qfileinfo.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qlocalsocket.h>

#include <array>

#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace IntegrationTesting;

namespace {
const QHostAddress Loopback(QHostAddress::LocalHost);
const QHostAddress Loopback6(QHostAddress::LocalHostIPv6);
const QHostAddress OtherLoopback(u"127.0.0.2"_s);

// A server, and clients that come by any of its ways in.
struct Crowd
{
    Crowd()
    {
        server.setConnectionHandler([this](WsConnection *connection) {
            {
                const QMutexLocker locker(&mutex);
                threads.insert(QThread::currentThread());
            }
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
    }

    QString path() const { return directory.filePath(u"test.sock"_s); }
    bool listenEverywhere()
    {
        return server.listen(QList<QHostAddress>{Loopback, Loopback6}) && server.listen(path())
               && server.listen(OtherLoopback);
    }
    WsClient *client(const QUrl &url)
    {
        clients.push_back(std::make_unique<WsClient>());
        WsClient *const client = clients.back().get();
        client->setSslConfiguration(tlsConfiguration());
        return client->open(url) ? client : nullptr;
    }
    // By which echoes come back.
    bool isReachedBy(const QUrl &url)
    {
        WsClient *const opened = client(url);
        if (!opened || !waitFor([opened] { return opened->state() == Ws::Open; }))
            return false;
        QString echo;
        const auto hearing = QObject::connect(opened, &WsConnection::textMessageReceived, opened,
                                              [&echo](const QString &text) { echo = text; });
        const bool isReached = opened->sendText("hello") && waitFor([&echo] { return echo == u"hello"_s; });
        QObject::disconnect(hearing);
        return isReached;
    }
    bool isReachedByAll()
    {
        const QList<QUrl> urls = server.serverUrls();
        return !urls.isEmpty()
               && std::all_of(urls.begin(), urls.end(), [this](const QUrl &url) { return isReachedBy(url); });
    }

    QTemporaryDir directory;
    QMutex mutex;
    QSet<QThread *> threads; // of connections
    std::vector<std::unique_ptr<WsClient>> clients;
    WsServer server;
};

QStringList schemesOf(const QList<QUrl> &urls)
{
    QStringList schemes;
    for (const QUrl &url : urls)
        schemes.append(url.scheme());
    return schemes;
}

// The status that a page of \a host is answered with.
int statusOfPage(const QUrl &server, const QByteArray &host)
{
    const QByteArray request = RawPeer::upgradeRequest("Origin: http://" + host + "\r\n")
                                   .replace("Host: localhost", "Host: " + host);
    QByteArray received;
    const auto ask = [&](auto &socket) {
        return socket.waitForConnected(Patience) && socket.write(request) == request.size() && waitFor([&] {
                   received += socket.readAll();
                   return received.contains("\r\n\r\n");
               });
    };
    QTcpSocket tcp;
    QLocalSocket local;
    bool isAnswered = false;
    if (server.scheme() == u"ws") {
        tcp.connectToHost(server.host(), quint16(server.port()));
        isAnswered = ask(tcp);
    } else {
        local.connectToServer(server.path());
        isAnswered = ask(local);
    }
    return isAnswered ? received.sliced(9, 3).toInt() : 0;
}
} // namespace

class TestListeningWays : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachCallAddsAWayIn();
    void clientsComeByAllWaysIn_data();
    void clientsComeByAllWaysIn();
    void tlsIsForAddressesOnly();
    void addressesOfAListGetTheSamePort();
    void listIsAllOrNothing();
    void wrongListIsRefused_data();
    void wrongListIsRefused();
    void refusalLeavesTheOtherWaysIn();
    void signalsTellOfEachChange();
    void stopListeningEndsAllWaysIn();
    void closeEndsAllWaysIn();
    void serverListensAgainElsewhere();
    void pauseHoldsForAllWaysIn();
    void pauseHoldsForWaysInThatAreAdded_data();
    void pauseHoldsForWaysInThatAreAdded();
    void limitOfPendingHandshakesHoldsForAllWaysIn();
    void shortageIsReportedOnce();
    void movedServerKeepsAllWaysIn();
    void handedConnectionsComeBesideOthers();
    void filterMayEndTheServer_data();
    void filterMayEndTheServer();
    void onlyPagesOfALoopbackServerAreChecked_data();
    void onlyPagesOfALoopbackServerAreChecked();
    void pagesThatComeByALocalSocketAreNotChecked();
    void dualStackIsOneWayIn();
    void cyclesLeaveNothing();

    void propertiesListenOnAllHostsAndTheLocalPath();
    void emptyHostLeavesTheLocalPathAlone();
    void hostIsTheFirstOfTheHosts();
    void wrongHostsAreReported_data();
    void wrongHostsAreReported();
    void permissionsAreSet_data();
    void permissionsAreSet();
    void permissionsDoNotFollowLinks();
    void abstractNameIsNoFile();
    void localDescriptorIsServed();
    void pathWithANullCharacterIsRefused();
    void withoutSystemdThereAreNoSockets();
};

void TestListeningWays::eachCallAddsAWayIn()
{
    Crowd crowd;
    QVERIFY(crowd.server.serverUrls().isEmpty());
    QVERIFY(crowd.listenEverywhere());
    const QList<QUrl> urls = crowd.server.serverUrls();
    QCOMPARE(schemesOf(urls), (QStringList{u"ws"_s, u"ws"_s, u"ws+unix"_s, u"ws"_s}));
    QCOMPARE(urls[0].host(), u"127.0.0.1"_s);
    QCOMPARE(urls[1].host(), u"::1"_s);
    QCOMPARE(urls[2].path(), crowd.path());
    QCOMPARE(urls[3].host(), u"127.0.0.2"_s);
    QCOMPARE(crowd.server.serverUrl(), urls[0]);
    QCOMPARE(crowd.server.serverAddress(), Loopback);
    QCOMPARE(int(crowd.server.serverPort()), urls[0].port());
    QCOMPARE(crowd.server.property("urls").value<QList<QUrl>>(), urls);
}

void TestListeningWays::clientsComeByAllWaysIn_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("no threads") << 0;
    QTest::newRow("two threads") << 2;
}

void TestListeningWays::clientsComeByAllWaysIn()
{
    QFETCH(const int, threadCount);
    Crowd crowd;
    crowd.server.setThreadCount(threadCount);
    QVERIFY(crowd.listenEverywhere());
    QVERIFY(crowd.isReachedByAll());
    QCOMPARE(crowd.server.connectionCount(), 4);
    QCOMPARE(int(crowd.threads.size()), qMax(1, threadCount));
    QCOMPARE(crowd.threads.contains(QThread::currentThread()), threadCount == 0);
}

void TestListeningWays::tlsIsForAddressesOnly()
{
    Crowd crowd;
    crowd.server.setSslConfiguration(serverTls());
    QVERIFY(crowd.server.listen(crowd.path()));
    QVERIFY(crowd.server.listen());
    QCOMPARE(schemesOf(crowd.server.serverUrls()), (QStringList{u"ws+unix"_s, u"wss"_s}));
    QUrl encrypted = crowd.server.serverUrls().last();
    encrypted.setHost(u"localhost"_s); // as its certificate says
    QVERIFY(crowd.isReachedBy(encrypted));
    QVERIFY(crowd.clients.back()->isEncrypted());
    QVERIFY(crowd.isReachedBy(crowd.server.serverUrl()));
    QVERIFY(!crowd.clients.back()->isEncrypted());
}

void TestListeningWays::addressesOfAListGetTheSamePort()
{
    Crowd crowd;
    QVERIFY(crowd.server.listen({Loopback, OtherLoopback, Loopback6}));
    const QList<QUrl> urls = crowd.server.serverUrls();
    QCOMPARE(urls.size(), 3);
    for (const QUrl &url : urls)
        QCOMPARE(url.port(), int(crowd.server.serverPort()));
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::listIsAllOrNothing()
{
    WsServer other;
    QVERIFY(other.listen(OtherLoopback));
    WsServer server;
    QSignalSpy changed(&server, &WsServer::listeningChanged);
    QVERIFY(!server.listen({Loopback, OtherLoopback}, other.serverPort()));
    QCOMPARE(server.errorString(),
             u"cannot listen on 127.0.0.2:%1: The bound address is already in use"_s.arg(other.serverPort()));
    QVERIFY(!server.isListening());
    QCOMPARE(changed.size(), 0);
    WsServer third;
    QVERIFY2(third.listen(Loopback, other.serverPort()), qPrintable(third.errorString())); // nobody is there
}

void TestListeningWays::wrongListIsRefused_data()
{
    QTest::addColumn<QList<QHostAddress>>("addresses");
    QTest::addColumn<QString>("problem");
    QTest::newRow("empty") << QList<QHostAddress>() << u"there is no address to listen on"_s;
    QTest::newRow("null") << QList<QHostAddress>{Loopback, QHostAddress()}
                          << u"cannot listen on an address that is null"_s;
    QTest::newRow("twice") << QList<QHostAddress>{Loopback, Loopback6, Loopback}
                           << u"cannot listen on 127.0.0.1 twice"_s;
    QTest::newRow("not of this machine")
        << QList<QHostAddress>{Loopback6, QHostAddress(u"2001:db8::1"_s)}
        << u"cannot listen on [2001:db8::1]:8080: The address is not available"_s;
}

void TestListeningWays::wrongListIsRefused()
{
    QFETCH(const QList<QHostAddress>, addresses);
    QFETCH(const QString, problem);
    WsServer server;
    QVERIFY(!server.listen(addresses));
    static const QRegularExpression port(u"\\]:\\d+"_s);
    QCOMPARE(server.errorString().replace(port, u"]:8080"_s), problem);
    QVERIFY(!server.isListening());
}

void TestListeningWays::refusalLeavesTheOtherWaysIn()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    const QList<QUrl> urls = crowd.server.serverUrls();
    QVERIFY(!crowd.server.listen(Loopback, crowd.server.serverPort()));
    QVERIFY(!crowd.server.listen(crowd.path()));
    QCOMPARE(crowd.server.errorString(),
             u"cannot listen on the local socket %1: another server listens on it"_s.arg(crowd.path()));
    QVERIFY(!crowd.server.listenOn(STDIN_FILENO));
    QCOMPARE(crowd.server.serverUrls(), urls);
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::signalsTellOfEachChange()
{
    Crowd crowd;
    QSignalSpy changed(&crowd.server, &WsServer::listeningChanged);
    QVERIFY(crowd.listenEverywhere());
    QCOMPARE(changed.size(), 3);
    crowd.server.stopListening();
    QCOMPARE(changed.size(), 4);
    QVERIFY(!crowd.server.isListening());
    QVERIFY(crowd.server.serverUrls().isEmpty());
    QVERIFY(crowd.server.serverUrl().isEmpty());
    QCOMPARE(crowd.server.serverPort(), 0);
    QCOMPARE(crowd.server.socketDescriptor(), qintptr(-1));
}

void TestListeningWays::stopListeningEndsAllWaysIn()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    const QList<QUrl> urls = crowd.server.serverUrls();
    QVERIFY(crowd.isReachedByAll());
    crowd.server.stopListening();
    for (const QUrl &url : urls) {
        WsClient *const late = crowd.client(url);
        QVERIFY(late);
        WS_TRY_COMPARE(late->state(), Ws::Closed);
    }
    QVERIFY(!QFile::exists(crowd.path()));
    for (int i = 0; i < 4; ++i)
        QCOMPARE(crowd.clients[size_t(i)]->state(), Ws::Open);
}

void TestListeningWays::closeEndsAllWaysIn()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    QVERIFY(crowd.isReachedByAll());
    QSignalSpy closed(&crowd.server, &WsServer::closed);
    crowd.server.close();
    QVERIFY(!crowd.server.isListening());
    QVERIFY(!crowd.server.listen());
    QCOMPARE(crowd.server.errorString(), u"the server is still closing"_s);
    WS_TRY_COMPARE(closed.size(), 1);
    for (const auto &client : crowd.clients)
        WS_TRY_COMPARE(client->closeCode(), quint16(Ws::GoingAway));
}

void TestListeningWays::serverListensAgainElsewhere()
{
    Crowd crowd;
    QVERIFY(crowd.server.listen(crowd.path()));
    crowd.server.stopListening();
    QVERIFY(crowd.server.listen(Loopback));
    QCOMPARE(schemesOf(crowd.server.serverUrls()), QStringList(u"ws"_s));
    QVERIFY(crowd.server.listen(crowd.path()));
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::pauseHoldsForAllWaysIn()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    crowd.server.pauseAccepting();
    const QList<QUrl> urls = crowd.server.serverUrls();
    for (const QUrl &url : urls)
        QVERIFY(crowd.client(url));
    WsServer other; // whose client has come after them
    QVERIFY(other.listen() && crowd.client(other.serverUrl()));
    WS_TRY_COMPARE(crowd.clients.back()->state(), Ws::Open);
    QCOMPARE(crowd.server.connectionCount(), 0);
    crowd.server.resumeAccepting();
    WS_TRY_COMPARE(crowd.server.connectionCount(), 4);
}

void TestListeningWays::pauseHoldsForWaysInThatAreAdded_data()
{
    QTest::addColumn<bool>("isLocal");
    QTest::newRow("address") << false;
    QTest::newRow("local socket") << true;
}

void TestListeningWays::pauseHoldsForWaysInThatAreAdded()
{
    QFETCH(const bool, isLocal);
    Crowd crowd;
    crowd.server.pauseAccepting();
    QVERIFY(isLocal ? crowd.server.listen(crowd.path()) : crowd.server.listen());
    QVERIFY(crowd.client(crowd.server.serverUrl()));
    WsServer other;
    QVERIFY(other.listen() && crowd.client(other.serverUrl()));
    WS_TRY_COMPARE(crowd.clients.back()->state(), Ws::Open);
    QCOMPARE(crowd.clients.front()->state(), Ws::Connecting);
    crowd.server.resumeAccepting();
    WS_TRY_COMPARE(crowd.clients.front()->state(), Ws::Open);
}

void TestListeningWays::limitOfPendingHandshakesHoldsForAllWaysIn()
{
    Crowd crowd;
    crowd.server.setMaxPendingHandshakes(1);
    QVERIFY(crowd.listenEverywhere());
    RawPeer silent;
    QVERIFY(silent.connectTo(crowd.server));
    QVERIFY(crowd.isReachedByAll()); // the silent one gives way
    WS_TRY_VERIFY(silent.hasEnded);
}

void TestListeningWays::shortageIsReportedOnce()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    QVERIFY(crowd.isReachedByAll());
    QSignalSpy errors(&crowd.server, &WsServer::errorOccurred);
    std::array<RawPeer, 3> late;
    std::optional<NoMoreDescriptors> none;
    const std::array<QHostAddress, 3> addresses = {Loopback, Loopback6, OtherLoopback};
    const std::array<int, 3> wayIns = {0, 1, 3};
    for (size_t i = 0; i < late.size(); ++i)
        late[i].socket->connectToHost(addresses[i], quint16(crowd.server.serverUrls()[wayIns[i]].port()));
    none.emplace();
    WS_TRY_COMPARE(errors.size(), 1);
    for (int i = 0; i < 20; ++i) { // the others are served, and nothing else is reported
        qint64 echoes = 0;
        const auto counting =
            connect(crowd.clients[0].get(), &WsConnection::messageReceived, this, [&echoes] { ++echoes; });
        QVERIFY(crowd.clients[0]->sendText("hello"));
        WS_TRY_COMPARE(echoes, 1);
        disconnect(counting);
    }
    QCOMPARE(errors.size(), 1);
    none.reset();
    for (RawPeer &each : late) {
        each.send(RawPeer::upgradeRequest());
        WS_TRY_COMPARE(each.httpStatus(), 101);
    }
    QCOMPARE(errors.size(), 1);
}

void TestListeningWays::movedServerKeepsAllWaysIn()
{
    auto server = std::make_unique<WsServer>();
    const QTemporaryDir directory;
    QVERIFY(server->listen(QList<QHostAddress>{Loopback, Loopback6})
            && server->listen(directory.filePath(u"test.sock"_s)));
    const QList<QUrl> urls = server->serverUrls();
    QThread thread;
    thread.start();
    server->moveToThread(&thread);
    QVERIFY(!server->listen());
    QCOMPARE(server->errorString(), u"the server can only listen in its own thread"_s);
    QCOMPARE(server->serverUrls(), urls);
    for (const QUrl &url : urls) {
        WsClient client;
        QVERIFY(client.open(url));
        WS_TRY_COMPARE(client.state(), Ws::Open);
    }
    server->stopListening();
    WS_TRY_VERIFY(!server->isListening());
    server.release()->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void TestListeningWays::handedConnectionsComeBesideOthers()
{
    Crowd crowd;
    QVERIFY(crowd.listenEverywhere());
    QTcpServer other;
    QVERIFY(other.listen(Loopback));
    connect(&other, &QTcpServer::newConnection, this,
            [&] { QVERIFY(crowd.server.handleConnection(other.nextPendingConnection())); });
    QVERIFY(crowd.isReachedBy(QUrl(u"ws://127.0.0.1:%1"_s.arg(other.serverPort()))));
    QVERIFY(crowd.isReachedByAll());
    QCOMPARE(crowd.server.connectionCount(), 5);
}

void TestListeningWays::filterMayEndTheServer_data()
{
    QTest::addColumn<QString>("action");
    for (const auto *action : {"close", "stopListening", "delete", "listen"})
        QTest::newRow(action) << QString::fromLatin1(action);
}

void TestListeningWays::filterMayEndTheServer()
{
    QFETCH(const QString, action);
    auto server = std::make_unique<WsServer>();
    int asked = 0;
    server->setConnectionFilter([&](const QHostAddress &) {
        if (++asked > 1)
            return true;
        if (action == u"close")
            server->close();
        else if (action == u"stopListening")
            server->stopListening();
        else if (action == u"delete")
            server.reset();
        else
            (void)server->listen(OtherLoopback);
        return true;
    });
    QVERIFY(server->listen(QList<QHostAddress>{Loopback, Loopback6}));
    std::array<WsClient, 3> clients;
    QList<QUrl> urls = server->serverUrls();
    urls.append(urls.first());
    server->pauseAccepting(); // so that all are there
    for (size_t i = 0; i < clients.size(); ++i)
        QVERIFY(clients[i].open(urls[qsizetype(i)]));
    WsServer other;
    WsClient late;
    QVERIFY(other.listen() && late.open(other.serverUrl()));
    WS_TRY_COMPARE(late.state(), Ws::Open);
    server->resumeAccepting();
    const bool isServed = action == u"stopListening" || action == u"listen";
    for (WsClient &client : clients)
        WS_TRY_COMPARE(client.state(), isServed ? Ws::Open : Ws::Closed);
}

void TestListeningWays::onlyPagesOfALoopbackServerAreChecked_data()
{
    QTest::addColumn<QList<QHostAddress>>("addresses");
    QTest::addColumn<int>("status");
    QTest::newRow("loopback") << QList<QHostAddress>{Loopback} << 403;
    QTest::newRow("several loopback addresses") << QList<QHostAddress>{Loopback, Loopback6} << 403;
    QTest::newRow("any") << QList<QHostAddress>{QHostAddress(QHostAddress::Any)} << 101;
    QTest::newRow("any IPv6 as well")
        << QList<QHostAddress>{Loopback, QHostAddress(QHostAddress::AnyIPv6)} << 101;
}

void TestListeningWays::onlyPagesOfALoopbackServerAreChecked()
{
    QFETCH(const QList<QHostAddress>, addresses);
    QFETCH(const int, status);
    Crowd crowd;
    QVERIFY(crowd.server.listen(addresses));
    QCOMPARE(statusOfPage(crowd.server.serverUrl(), "rebound.example"), status);
    QVERIFY(crowd.server.listen(crowd.path()));
    QCOMPARE(statusOfPage(crowd.server.serverUrl(), "rebound.example"), status);
}

// They come by a proxy of this machine, such as nginx, which is told the name of the site.
void TestListeningWays::pagesThatComeByALocalSocketAreNotChecked()
{
    Crowd crowd;
    QVERIFY(crowd.server.listen(crowd.path()));
    QCOMPARE(statusOfPage(crowd.server.serverUrl(), "chat.example"), 101);
    QVERIFY(crowd.server.listen());
    QCOMPARE(statusOfPage(crowd.server.serverUrl(), "chat.example"), 101);
    QCOMPARE(statusOfPage(crowd.server.serverUrls().last(), "chat.example"), 403);
}

void TestListeningWays::dualStackIsOneWayIn()
{
    Crowd crowd;
    crowd.server.setHost(u"*"_s);
    crowd.server.setListening(true);
    QCOMPARE(crowd.server.serverAddress(), QHostAddress(QHostAddress::Any));
    QCOMPARE(crowd.server.serverUrls().size(), 1);
    QUrl url = crowd.server.serverUrl();
    for (const QHostAddress &address : {Loopback, Loopback6}) {
        url.setHost(address.toString());
        QVERIFY(crowd.isReachedBy(url));
        const QList<WsConnection *> connections = crowd.server.connections();
        QVERIFY(std::any_of(connections.begin(), connections.end(), [&address](WsConnection *connection) {
            return connection->peerAddress() == address;
        }));
    }
}

void TestListeningWays::cyclesLeaveNothing()
{
    Crowd crowd;
    crowd.server.setThreadCount(1);
    const auto cycle = [&crowd] {
        const bool isReached = crowd.listenEverywhere() && crowd.isReachedByAll();
        QSignalSpy closed(&crowd.server, &WsServer::closed);
        crowd.server.close();
        return isReached && waitFor([&closed] { return closed.size() == 1; })
               && (crowd.clients.clear(), true);
    };
    QVERIFY(cycle());
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    const auto before = openDescriptorCount();
    for (int i = 0; i < 5; ++i)
        QVERIFY(cycle());
    WS_TRY_COMPARE(openDescriptorCount(), before);
}

// --- properties

void TestListeningWays::propertiesListenOnAllHostsAndTheLocalPath()
{
    Crowd crowd;
    QSignalSpy hostChanged(&crowd.server, &WsServer::hostChanged);
    QSignalSpy pathChanged(&crowd.server, &WsServer::localPathChanged);
    crowd.server.setHosts({u"localhost"_s, u"::1"_s});
    crowd.server.setLocalPath(crowd.path());
    QCOMPARE(crowd.server.hosts(), (QStringList{u"localhost"_s, u"::1"_s}));
    QCOMPARE(crowd.server.localPath(), crowd.path());
    QCOMPARE(hostChanged.size(), 1);
    QCOMPARE(pathChanged.size(), 1);
    crowd.server.setListening(true);
    QCOMPARE(schemesOf(crowd.server.serverUrls()), (QStringList{u"ws"_s, u"ws"_s, u"ws+unix"_s}));
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::emptyHostLeavesTheLocalPathAlone()
{
    Crowd crowd;
    QSignalSpy errors(&crowd.server, &WsServer::errorOccurred);
    crowd.server.setHost({});
    crowd.server.setListening(true);
    QCOMPARE(errors.size(), 1);
    QCOMPARE(crowd.server.errorString(),
             u"there is nothing to listen on: both host and localPath are empty"_s);
    crowd.server.setLocalPath(crowd.path());
    crowd.server.setListening(true);
    QCOMPARE(schemesOf(crowd.server.serverUrls()), QStringList(u"ws+unix"_s));
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::hostIsTheFirstOfTheHosts()
{
    WsServer server;
    QCOMPARE(server.hosts(), QStringList(u"127.0.0.1"_s));
    server.setHosts({u"::1"_s, u"127.0.0.1"_s});
    QCOMPARE(server.host(), u"::1"_s);
    server.setHost(u"127.0.0.2"_s);
    QCOMPARE(server.hosts(), QStringList(u"127.0.0.2"_s));
    server.setHosts({});
    QCOMPARE(server.host(), QString());
}

void TestListeningWays::wrongHostsAreReported_data()
{
    QTest::addColumn<QStringList>("hosts");
    QTest::addColumn<QString>("problem");
    QTest::newRow("name") << QStringList{u"127.0.0.1"_s, u"example.com"_s}
                          << u"example.com is not an address"_s;
    QTest::newRow("empty") << QStringList{u"127.0.0.1"_s, QString()} << u"\"\" is not an address"_s;
    QTest::newRow("twice") << QStringList{u"127.0.0.1"_s, u"localhost"_s}
                           << u"cannot listen on 127.0.0.1 twice"_s;
}

void TestListeningWays::wrongHostsAreReported()
{
    QFETCH(const QStringList, hosts);
    QFETCH(const QString, problem);
    Crowd crowd;
    QSignalSpy errors(&crowd.server, &WsServer::errorOccurred);
    crowd.server.setLocalPath(crowd.path());
    crowd.server.setHosts(hosts);
    crowd.server.setListening(true);
    QVERIFY(!crowd.server.isListening());
    QVERIFY(!QFile::exists(crowd.path()));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors[0][0].value<WsError>().text(), problem);
}

// --- local sockets

void TestListeningWays::permissionsAreSet_data()
{
    using File = QFileDevice;
    QTest::addColumn<QFileDevice::Permissions>("permissions");
    QTest::addColumn<int>("mode");
    QTest::newRow("by the umask") << File::Permissions() << 0755;
    QTest::newRow("owner") << File::Permissions(File::ReadOwner | File::WriteOwner) << 0600;
    QTest::newRow("group") << File::Permissions(File::ReadUser | File::WriteUser | File::WriteGroup
                                                | File::ReadGroup)
                           << 0660;
    QTest::newRow("all, whatever the umask")
        << File::Permissions(File::ReadOwner | File::WriteOwner | File::ReadGroup | File::WriteGroup
                             | File::ReadOther | File::WriteOther)
        << 0666;
}

void TestListeningWays::permissionsAreSet()
{
    QFETCH(const QFileDevice::Permissions, permissions);
    QFETCH(const int, mode);
    Crowd crowd;
    QSignalSpy changed(&crowd.server, &WsServer::localPermissionsChanged);
    crowd.server.setLocalPermissions(permissions);
    QCOMPARE(crowd.server.localPermissions(), permissions);
    QCOMPARE(changed.size(), permissions ? 1 : 0);
    const mode_t before = ::umask(022);
    const bool isListening = crowd.server.listen(crowd.path());
    ::umask(before);
    QVERIFY2(isListening, qPrintable(crowd.server.errorString()));
    struct stat file = {};
    QCOMPARE(::lstat(QFile::encodeName(crowd.path()), &file), 0);
    QCOMPARE(int(file.st_mode & 07777), mode);
    QVERIFY(crowd.isReachedByAll());
}

void TestListeningWays::permissionsDoNotFollowLinks()
{
    Crowd crowd;
    const QString target = crowd.directory.filePath(u"target"_s);
    QFile file(target);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.setPermissions(QFileDevice::ReadOwner));
    QVERIFY(QFile::link(target, crowd.path()));
    crowd.server.setLocalPermissions(QFileDevice::ReadOther | QFileDevice::WriteOther);
    QVERIFY(!crowd.server.listen(crowd.path()));
    QVERIFY2(crowd.server.errorString().endsWith(u"there is a file that is no socket"_s),
             qPrintable(crowd.server.errorString()));
    QVERIFY(!(QFileInfo(target).permissions() & QFileDevice::WriteOther));
    QVERIFY(QFileInfo(crowd.path()).isSymLink());
}

void TestListeningWays::abstractNameIsNoFile()
{
    Crowd crowd;
    const QString name = u"@wskit-test-%1:a"_s.arg(QCoreApplication::applicationPid());
    QVERIFY2(crowd.server.listen(name), qPrintable(crowd.server.errorString()));
    QVERIFY(!QFile::exists(name));
    QVERIFY(crowd.isReachedByAll());
    WsServer other;
    QVERIFY(!other.listen(name));
    QCOMPARE(other.errorString(),
             u"cannot listen on the local socket %1: another server listens on it"_s.arg(name));
    crowd.server.stopListening();
    QVERIFY(other.listen(name));
    other.stopListening();
    other.setLocalPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    QVERIFY(!other.listen(name));
    QCOMPARE(other.errorString(),
             u"cannot listen on the local socket %1: it is no file, and has no permissions"_s.arg(name));
    QVERIFY(!other.listen(u"@"_s));
}

// As systemd passes them.
void TestListeningWays::localDescriptorIsServed()
{
    Crowd crowd;
    auto maker = std::make_unique<WsServer>();
    QVERIFY(maker->listen(crowd.path()));
    const int descriptor = ::dup(int(maker->socketDescriptor()));
    maker->pauseAccepting();
    QVERIFY(crowd.server.listenOn(descriptor));
    QCOMPARE(crowd.server.serverUrl().path(), crowd.path());
    QCOMPARE(crowd.server.socketDescriptor(), qintptr(descriptor));
    QVERIFY(crowd.server.serverAddress().isNull());
    QVERIFY(crowd.isReachedByAll());
    QVERIFY(crowd.server.connections().first()->peerAddress().isNull());
    crowd.server.stopListening();
    QVERIFY(QFile::exists(crowd.path())); // it is not the server's
}

void TestListeningWays::pathWithANullCharacterIsRefused()
{
    WsServer server;
    QVERIFY(!server.listen(u"/tmp/a\0b"_s));
    QVERIFY(server.errorString().contains(u"contains a null character"_s));
    QVERIFY(!server.isListening());
}

void TestListeningWays::withoutSystemdThereAreNoSockets()
{
    qunsetenv("LISTEN_PID");
    qunsetenv("LISTEN_FDS");
    WsServer server;
    QVERIFY(!server.listenFromSystemd());
    QVERIFY(server.errorString().contains(u"systemd has passed no sockets"_s));
    QVERIFY(!server.isListening());
}

#include "../testprogram.h"
WSKIT_TEST(TestListeningWays)
#include "tst_listening_ways.moc"
