// SPDX-License-Identifier: MIT

// ws+unix:// and a server that listens on a local socket.

#include "../busylocalserver.h"
#include "../opendescriptors.h"
#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <QtCore/qdir.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qnetworkcookiejar.h>

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace IntegrationTesting;

namespace {
struct LocalPair : Pair
{
    explicit LocalPair(const QString &name = u"test.sock"_s) : path(directory.filePath(name)) { }

    bool open(const QString &request = {})
    {
        QUrl url = server.serverUrl();
        url = QUrl(url.toString(QUrl::FullyEncoded) + request);
        return client.open(url) && waitUntilOpen();
    }
    bool listenAndOpen() { return server.listen(path) && open(); }
    QString failure(const QUrl &url)
    {
        if (!client.open(url) || !waitFor([this] { return events.isClosed(); }))
            return client.errorString();
        return events.ending() + u": "_s + events.errors.value(0).text();
    }
    QUrl urlOf(const QString &name) const { return QUrl(u"ws+unix://"_s + directory.filePath(name)); }

    QTemporaryDir directory;
    QString path;
};

// A socket file whose server has died.
bool makeStaleFile(const QString &path)
{
    QLocalServer server;
    if (!server.listen(path))
        return false;
    const QString other = path + u".other"_s;
    return ::link(QFile::encodeName(path), QFile::encodeName(other)) == 0
           && (server.close(), QFile::rename(other, path));
}

bool isSocket(const QString &path)
{
    struct stat file = {};
    return ::lstat(QFile::encodeName(path), &file) == 0 && S_ISSOCK(file.st_mode);
}

} // namespace

class TestLocalSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientReachesTheServer_data();
    void clientReachesTheServer();
    void nameWithoutSlashIsInTheTemporaryFolder();
    void cookiesAreThoseOfLocalhost();
    void largeMessagesPassBothWays();
    void unreadMessagesHoldThePeerUp();
    void wrongUrlIsRefused_data();
    void wrongUrlIsRefused();
    void missingSocketIsNamed();
    void socketOfADeadServerIsNamed();
    void deniedSocketIsNamed();
    void signalsComeAfterOpenHasReturned();
    void clientMayEndBeforeItConnects_data();
    void clientMayEndBeforeItConnects();
    void clientMovesBeforeItConnects();
    void movedClientIsOpenedWithoutAnEventLoop();
    void openClientMovesToAnotherThread();
    void threadWithoutEventLoopWaits();
    void clientWaitsForABusyServer();
    void waitForABusyServerIsEndedFromAnotherThread();
    void endOfTheServerEndsTheConnection();
    void endWhileOurCloseWaits();
    void lastWordsArriveAlthoughAWriteFails();
    void abortEndsTheConnection();
    void staleFileIsReplaced();
    void liveSocketIsNotReplaced();
    void fileThatIsNoSocketIsNotReplaced();
    void longPathIsRefused();
    void otherReasonsNotToListen();
    void fileIsGoneAfterClose();
    void fileOfAnotherServerStays();
    void serverListensAgain();
    void existingCallsOfListenAreNotAmbiguous();
    void connectionFilterIsAsked();
    void limitOfConnectionsHolds();
    void clientsWaitWhileAcceptingIsPaused();
    void pendingClientGivesWay();
    void connectionsLiveInTheThreadsOfTheServer();
    void serverMovesWithItsSocket();
    void cyclesLeaveNothing();
};

void TestLocalSockets::clientReachesTheServer_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("request");
    QTest::addColumn<QString>("target");
    QTest::newRow("path") << u"test.sock"_s << QString() << u"/"_s;
    QTest::newRow("request path") << u"test.sock"_s << u":/rooms/1?since=5"_s << u"/rooms/1?since=5"_s;
    QTest::newRow("query") << u"test.sock"_s << u"?since=5"_s << u"/?since=5"_s;
    QTest::newRow("space") << u"a test.sock"_s << u":/a%20b"_s << u"/a%20b"_s;
    QTest::newRow("colon") << u"a:test.sock"_s << u":/a:b"_s << u"/a:b"_s;
    QTest::newRow("not ASCII") << u"ä.sock"_s << QString() << u"/"_s;
}

void TestLocalSockets::clientReachesTheServer()
{
    QFETCH(const QString, name);
    QFETCH(const QString, request);
    QFETCH(const QString, target);
    LocalPair pair(name);
    QSignalSpy listening(&pair.server, &WsServer::listeningChanged);
    QVERIFY2(pair.server.listen(pair.path), qPrintable(pair.server.errorString()));
    QCOMPARE(listening.count(), 1);
    QVERIFY(pair.server.isListening());
    QVERIFY(pair.server.serverAddress().isNull());
    QCOMPARE(pair.server.serverPort(), 0);
    QVERIFY2(pair.open(request), qPrintable(pair.client.errorString()));
    QCOMPARE(pair.client.url().toString(QUrl::FullyEncoded),
             pair.server.serverUrl().toString(QUrl::FullyEncoded) + request);
    QCOMPARE(pair.peer->request().header("Host"), "localhost");
    QCOMPARE(QString::fromLatin1(pair.peer->request().target()), target);
    QVERIFY(pair.peer->peerAddress().isNull());
    QVERIFY(pair.client.peerAddress().isNull());
    QVERIFY(!pair.client.isEncrypted());
    QVERIFY(pair.client.sendText("to the server"));
    QVERIFY(pair.peer->sendText("to the client"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text to the server"_s));
    WS_TRY_COMPARE(pair.events.messages(), QStringList(u"text to the client"_s));
    QVERIFY(pair.peer->close(Ws::Normal, u"bye"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"closed 1000 'bye' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 'bye' clean"_s);
}

void TestLocalSockets::nameWithoutSlashIsInTheTemporaryFolder()
{
    LocalPair pair;
    const QString name = u"wskit-test-%1"_s.arg(QCoreApplication::applicationPid());
    QVERIFY(pair.server.listen(name));
    QVERIFY(isSocket(QDir::tempPath() + u'/' + name));
    QVERIFY(pair.client.open(QUrl(u"ws+unix:"_s + name)) && pair.waitUntilOpen());
}

void TestLocalSockets::cookiesAreThoseOfLocalhost()
{
    LocalPair pair;
    QNetworkCookieJar jar;
    QNetworkCookie cookie("session", "42");
    cookie.setPath(u"/rooms"_s);
    QVERIFY(jar.setCookiesFromUrl({cookie}, QUrl(u"http://localhost/rooms/"_s)));
    pair.client.setCookieJar(&jar);
    QVERIFY(pair.server.listen(pair.path) && pair.open(u":/rooms/1"_s));
    QCOMPARE(pair.peer->request().header("Cookie"), "session=42");
}

void TestLocalSockets::largeMessagesPassBothWays()
{
    LocalPair pair;
    WsOptions options;
    options.setMaxMessageSize(16 * MiB);
    options.setMaxBufferedAmount(32 * MiB);
    pair.setOptions(options);
    QVERIFY(pair.listenAndOpen());
    const QByteArray message = pattern(16 * MiB);
    QList<QByteArray> received;
    for (WsConnection *end : {static_cast<WsConnection *>(&pair.client), pair.peer.get()})
        connect(end, &WsConnection::binaryMessageReceived, this,
                [&received](const QByteArray &data) { received.append(data); });
    QVERIFY(pair.client.sendBinary(message) && pair.peer->sendBinary(message));
    WS_TRY_COMPARE(received.size(), 2);
    QVERIFY(received[0] == message && received[1] == message);
}

void TestLocalSockets::unreadMessagesHoldThePeerUp()
{
    LocalPair pair;
    QVERIFY(pair.listenAndOpen());
    pair.client.setPaused(true);
    int sent = 0;
    for (; sent < 8 && pair.peer->sendBinary(pattern(MiB)); ++sent) {
    }
    WS_TRY_VERIFY(pair.client.statistics().wireBytesReceived > 0);
    QVERIFY(pair.peer->bufferedAmount() > MiB);
    pair.events.keepsMessages = false;
    pair.client.setPaused(false);
    WS_TRY_COMPARE(pair.events.payloadSize, sent * MiB);
    QCOMPARE(pair.peer->bufferedAmount(), 0);
}

void TestLocalSockets::wrongUrlIsRefused_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("problem");
    QTest::newRow("TLS") << u"wss+unix:///tmp/a.sock"_s
                         << u"TLS is not offered over local sockets: write ws+unix"_s;
    QTest::newRow("host") << u"ws+unix://tmp/a.sock"_s
                          << u"a local socket has no host: write ws+unix:///path/to/socket"_s;
    QTest::newRow("no path") << u"ws+unix:"_s << u"it has no path of a local socket"_s;
}

void TestLocalSockets::wrongUrlIsRefused()
{
    QFETCH(const QString, url);
    QFETCH(const QString, problem);
    WsClient client;
    QVERIFY(!client.open(QUrl(url)));
    QCOMPARE(client.errorString(), u"the URL \"%1\" cannot be opened: %2"_s.arg(url, problem));
}

void TestLocalSockets::missingSocketIsNamed()
{
    LocalPair pair;
    QCOMPARE(
        pair.failure(pair.urlOf(u"none"_s)),
        u"error Network, closed 1006 '' unclean: cannot connect to the local socket %1: there is none"_s.arg(
            pair.directory.filePath(u"none"_s)));
    QCOMPARE(pair.events.errors.first().socketError(), QAbstractSocket::HostNotFoundError);
}

void TestLocalSockets::socketOfADeadServerIsNamed()
{
    LocalPair pair;
    QVERIFY(makeStaleFile(pair.path));
    QCOMPARE(
        pair.failure(pair.urlOf(u"test.sock"_s)),
        u"error Network, closed 1006 '' unclean: cannot connect to the local socket %1: no server listens "
        "on it"_s.arg(pair.path));
}

// Root may do everything, unless it acts for another user.
void TestLocalSockets::deniedSocketIsNamed()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    QVERIFY(::chmod(QFile::encodeName(pair.path), 0) == 0);
    const bool isRoot = ::geteuid() == 0;
    if (isRoot) {
        QVERIFY(::chmod(QFile::encodeName(pair.directory.path()), 0755) == 0);
        QVERIFY(::seteuid(65534) == 0);
    }
    const QString failure = pair.failure(pair.server.serverUrl());
    if (isRoot)
        QVERIFY(::seteuid(0) == 0);
    QCOMPARE(
        failure,
        u"error Network, closed 1006 '' unclean: cannot connect to the local socket %1: permission denied"_s
            .arg(pair.path));
}

void TestLocalSockets::signalsComeAfterOpenHasReturned()
{
    LocalPair pair;
    QVERIFY(pair.client.open(pair.urlOf(u"none"_s)));
    QCOMPARE(pair.events.all, QStringList());
    QCOMPARE(pair.client.state(), Ws::Connecting);
    WS_TRY_VERIFY(pair.events.isClosed());
}

void TestLocalSockets::clientMayEndBeforeItConnects_data()
{
    QTest::addColumn<bool>("isDeleted");
    QTest::newRow("abort") << false;
    QTest::newRow("delete") << true;
}

void TestLocalSockets::clientMayEndBeforeItConnects()
{
    QFETCH(const bool, isDeleted);
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    auto client = std::make_unique<WsClient>();
    Events events(client.get());
    QVERIFY(client->open(pair.server.serverUrl()));
    if (isDeleted)
        client.reset();
    else
        client->abort();
    QVERIFY(pair.open()); // until which the other would have come, too
    QCOMPARE(pair.server.connectionCount(), 1);
    QCOMPARE(events.ending(), isDeleted ? QString() : u"closed 1006 '' unclean"_s);
}

void TestLocalSockets::clientMovesBeforeItConnects()
{
    LocalPair pair;
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    QVERIFY(pair.server.listen(pair.path) && client->open(pair.server.serverUrl()));
    client->moveToThread(&thread);
    WS_TRY_COMPARE(client->state(), Ws::Open);
    client->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void TestLocalSockets::movedClientIsOpenedWithoutAnEventLoop()
{
    LocalPair pair;
    auto client = std::make_unique<WsClient>();
    bool isOpen = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        isOpen = client->waitForOpened(std::chrono::milliseconds(Patience));
        client.reset();
    }));
    QVERIFY(pair.server.listen(pair.path) && client->open(pair.server.serverUrl()));
    client->moveToThread(thread.get());
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isOpen);
}

void TestLocalSockets::openClientMovesToAnotherThread()
{
    LocalPair pair;
    QVERIFY(pair.listenAndOpen());
    QThread thread;
    thread.start();
    pair.client.moveToThread(&thread);
    pair.peer->moveToThread(&thread);
    QVERIFY(pair.peer->sendText("after the move"));
    QVERIFY(pair.client.sendText("from another thread"));
    WS_TRY_COMPARE(pair.events.messages(), QStringList(u"text after the move"_s));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text from another thread"_s));
    QMetaObject::invokeMethod(
        &pair.client, [&] { pair.client.moveToThread(QCoreApplication::instance()->thread()); },
        Qt::BlockingQueuedConnection);
    pair.client.close();
    WS_TRY_VERIFY(pair.events.isClosed());
    thread.quit();
    QVERIFY(thread.wait());
}

void TestLocalSockets::threadWithoutEventLoopWaits()
{
    LocalPair pair;
    pair.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    QVERIFY(pair.server.listen(pair.path));
    const QUrl url = pair.server.serverUrl();
    QByteArray received;
    bool isClosed = false;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        const auto patience = std::chrono::milliseconds(Patience);
        if (!client.open(url) || !client.waitForOpened(patience)) {
            received = "not open: " + client.errorString().toUtf8();
            return;
        }
        client.sendText("hello");
        if (const auto message = client.waitForMessage(patience))
            received = message->data();
        client.close();
        isClosed = client.waitForClosed(patience);
        (void)client.open(QUrl(url.toString() + u".none"_s));
        if (client.waitForOpened(patience))
            received = "open";
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(received, "hello");
    QVERIFY(isClosed);
}

void TestLocalSockets::clientWaitsForABusyServer()
{
    const BusyLocalServer busy;
    if (!busy.isFull())
        QSKIP("the system refuses clients instead");
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws+unix://"_s + busy.path())));
    QCoreApplication::processEvents();
    QCOMPARE(client.state(), Ws::Connecting);
    busy.takeAll();
    bool isTaken = false;
    WS_TRY_VERIFY((isTaken = isTaken || busy.takes()));
}

void TestLocalSockets::waitForABusyServerIsEndedFromAnotherThread()
{
    const BusyLocalServer busy;
    if (!busy.isFull())
        QSKIP("the system refuses clients instead");
    std::atomic<WsClient *> waiting{nullptr};
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        WsOptions options;
        options.setHandshakeTimeout(0ms); // without any limit
        client.setOptions(options);
        (void)client.open(QUrl(u"ws+unix://"_s + busy.path()));
        (void)client.waitForOpened(50ms); // so that it has tried
        waiting = &client;
        (void)client.waitForOpened(QDeadlineTimer::Forever);
    }));
    thread->start();
    WS_TRY_VERIFY(waiting.load());
    waiting.load()->abort();
    WS_TRY_VERIFY(thread->isFinished());
}

void TestLocalSockets::endOfTheServerEndsTheConnection()
{
    LocalPair pair;
    QVERIFY(pair.listenAndOpen());
    pair.peer->abort();
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

// The server closes, and leaves without having read what comes before the client's Close. There is no need
// to wait for closeTimeout.
void TestLocalSockets::endWhileOurCloseWaits()
{
    LocalPair pair;
    QLocalServer server;
    QVERIFY(server.listen(pair.path));
    WsOptions options;
    options.setCloseTimeout(1h);
    pair.client.setOptions(options);
    QVERIFY(pair.client.open(pair.urlOf(u"test.sock"_s)));
    WS_TRY_VERIFY(server.hasPendingConnections());
    QLocalSocket *const peer = server.nextPendingConnection();
    QByteArray request;
    WS_TRY_VERIFY((request += peer->readAll(), request.contains("\r\n\r\n")));
    peer->setReadBufferSize(1);
    peer->write(RawServer::acceptance(RawServer::keyOf(request)));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QVERIFY(pair.client.send(Ws::Binary, pattern(8 * MiB)));
    peer->write(unmaskedFrame(CloseFrame, closePayload(1001)));
    WS_TRY_COMPARE(pair.client.state(), Ws::Closing);
    peer->abort();
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' unclean"_s);
}

// The server does not wait for the answer to its Close, and the client is the first to notice, by sending.
void TestLocalSockets::lastWordsArriveAlthoughAWriteFails()
{
    LocalPair pair;
    QLocalServer server;
    QVERIFY(server.listen(pair.path));
    QVERIFY(pair.client.open(pair.urlOf(u"test.sock"_s)));
    WS_TRY_VERIFY(server.hasPendingConnections());
    const std::unique_ptr<QLocalSocket> peer(server.nextPendingConnection());
    QByteArray request;
    WS_TRY_VERIFY((request += peer->readAll(), request.contains("\r\n\r\n")));
    peer->write(RawServer::acceptance(RawServer::keyOf(request)));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    constexpr int Count = 17; // what the system takes at once
    for (int i = 0; i < Count; ++i)
        peer->write(unmaskedFrame(BinaryFrame, pattern(10 * KiB)));
    peer->write(unmaskedFrame(CloseFrame, closePayload(1009, "too big")));
    QVERIFY(peer->flush() && peer->bytesToWrite() == 0);
    peer->abort();
    QVERIFY(pair.client.sendText("into the void"));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.messageCount, Count);
    QCOMPARE(pair.events.ending(), u"closed 1009 'too big' unclean"_s);
}

void TestLocalSockets::abortEndsTheConnection()
{
    LocalPair pair;
    QVERIFY(pair.listenAndOpen());
    pair.client.abort();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
}

// --- the server

void TestLocalSockets::staleFileIsReplaced()
{
    LocalPair pair;
    QVERIFY(makeStaleFile(pair.path));
    QVERIFY2(pair.listenAndOpen(), qPrintable(pair.server.errorString()));
}

void TestLocalSockets::liveSocketIsNotReplaced()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    WsServer other;
    QVERIFY(!other.listen(pair.path));
    QCOMPARE(other.errorString(),
             u"cannot listen on the local socket %1: another server listens on it"_s.arg(pair.path));
    QVERIFY(!other.isListening());
    QVERIFY(pair.open());
}

void TestLocalSockets::fileThatIsNoSocketIsNotReplaced()
{
    LocalPair pair;
    QFile file(pair.path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("precious") == 8);
    file.close();
    QVERIFY(!pair.server.listen(pair.path));
    QCOMPARE(pair.server.errorString(),
             u"cannot listen on the local socket %1: there is a file that is no socket"_s.arg(pair.path));
    QCOMPARE(file.size(), 8);
    QVERIFY(!pair.server.listen(pair.directory.path()));
    QVERIFY(pair.server.errorString().endsWith(u"there is a file that is no socket"_s));
}

void TestLocalSockets::longPathIsRefused()
{
    LocalPair pair(QString(200, u'x'));
    QVERIFY(!pair.server.listen(pair.path));
    QCOMPARE(pair.server.errorString(),
             u"the path of the local socket has %1 bytes, and the system accepts 107: %2"_s.arg(
                 QString::number(pair.path.size()), pair.path));
    const QString failure = pair.failure(pair.urlOf(QString(200, u'x')));
    QVERIFY2(
        failure.startsWith(u"error Network, closed 1006 '' unclean: cannot connect to the local socket "_s),
        qPrintable(failure));
}

void TestLocalSockets::otherReasonsNotToListen()
{
    LocalPair pair;
    QVERIFY(!pair.server.listen(u"127.0.0.1"_s));
    QCOMPARE(pair.server.errorString(), u"127.0.0.1 is an address, not a path: pass a QHostAddress"_s);
    QVERIFY(!pair.server.listen(QString()));
    QCOMPARE(pair.server.errorString(), u"the path of the local socket is empty"_s);
    QVERIFY(!pair.server.listen(pair.directory.filePath(u"none/test.sock"_s)));
    QVERIFY(pair.server.errorString().endsWith(u"No such file or directory"_s));
}

void TestLocalSockets::fileIsGoneAfterClose()
{
    LocalPair pair;
    QVERIFY(pair.listenAndOpen());
    QVERIFY(isSocket(pair.path));
    pair.server.close();
    QVERIFY(!QFile::exists(pair.path));
    QVERIFY(!pair.server.isListening());
    QVERIFY(pair.server.serverUrl().isEmpty());
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
    {
        WsServer other;
        QVERIFY(other.listen(pair.path));
    }
    QVERIFY(!QFile::exists(pair.path));
}

void TestLocalSockets::fileOfAnotherServerStays()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    QVERIFY(QFile::remove(pair.path));
    WsServer other;
    QVERIFY(other.listen(pair.path));
    pair.server.close();
    QVERIFY(isSocket(pair.path));
}

void TestLocalSockets::serverListensAgain()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    pair.server.close();
    QVERIFY(pair.server.listen());
    QCOMPARE(pair.server.serverUrl().scheme(), u"ws"_s);
    pair.server.close();
    QVERIFY(pair.listenAndOpen());
}

void TestLocalSockets::existingCallsOfListenAreNotAmbiguous()
{
    WsServer server;
    QVERIFY(server.listen());
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QVERIFY(server.listen(QHostAddress(u"127.0.0.1"_s), 0));
    QVERIFY(server.listen(QHostAddress::Any, 0));
    QVERIFY(server.listen({QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}, 0));
    QVERIFY(server.listen({QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}));
    QVERIFY(server.listen({QHostAddress::LocalHost}));
    QVERIFY(!server.listen({}, 0));
    QCOMPARE(server.serverUrls().size(), 9);
}

void TestLocalSockets::connectionFilterIsAsked()
{
    LocalPair pair;
    QList<QHostAddress> asked;
    pair.server.setConnectionFilter([&asked](const QHostAddress &address) {
        asked.append(address);
        return false;
    });
    QVERIFY(pair.server.listen(pair.path));
    QCOMPARE(pair.failure(pair.server.serverUrl()).section(u':', 0, 0),
             u"error Network, closed 1006 '' unclean"_s);
    QCOMPARE(asked, QList<QHostAddress>{QHostAddress()});
}

void TestLocalSockets::limitOfConnectionsHolds()
{
    LocalPair pair;
    pair.server.setMaxConnections(1);
    QVERIFY(pair.listenAndOpen());
    WsClient second;
    Events events(&second);
    QVERIFY(second.open(pair.server.serverUrl()));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.errors.first().httpStatus(), 503);
}

void TestLocalSockets::clientsWaitWhileAcceptingIsPaused()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    pair.server.pauseAccepting();
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QLocalSocket other;
    other.connectToServer(pair.path);
    QVERIFY(other.waitForConnected(0)); // by the system
    QCoreApplication::processEvents();
    QCOMPARE(pair.server.connectionCount(), 0);
    QCOMPARE(pair.client.state(), Ws::Connecting);
    pair.server.resumeAccepting();
    QVERIFY(pair.waitUntilOpen());
}

void TestLocalSockets::pendingClientGivesWay()
{
    LocalPair pair;
    pair.server.setMaxPendingHandshakes(1);
    QVERIFY(pair.server.listen(pair.path));
    QLocalSocket silent;
    silent.connectToServer(pair.path);
    QVERIFY(silent.waitForConnected(0));
    QVERIFY(pair.open());
    WS_TRY_COMPARE(silent.state(), QLocalSocket::UnconnectedState);
}

void TestLocalSockets::connectionsLiveInTheThreadsOfTheServer()
{
    LocalPair pair;
    pair.server.setThreadCount(2);
    QMutex mutex;
    QSet<QThread *> threads;
    pair.server.setConnectionHandler([&](WsConnection *connection) {
        const QMutexLocker locker(&mutex);
        threads.insert(QThread::currentThread());
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    QVERIFY(pair.server.listen(pair.path));
    std::array<WsClient, 2> clients;
    int received = 0;
    for (WsClient &client : clients) {
        connect(&client, &WsConnection::messageReceived, this, [&received] { ++received; });
        QVERIFY(client.open(pair.server.serverUrl()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        client.sendText("hello");
    }
    WS_TRY_COMPARE(received, 2);
    const QMutexLocker locker(&mutex);
    QCOMPARE(threads.size(), 2);
    QVERIFY(!threads.contains(QThread::currentThread()));
}

void TestLocalSockets::serverMovesWithItsSocket()
{
    QTemporaryDir directory;
    QThread thread;
    thread.start();
    auto *const server = new WsServer;
    QVERIFY(server->listen(directory.filePath(u"test.sock"_s)));
    server->moveToThread(&thread);
    WsClient client;
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    server->deleteLater();
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestLocalSockets::cyclesLeaveNothing()
{
    LocalPair pair;
    QVERIFY(pair.server.listen(pair.path));
    std::optional<HeldMemory> memory;
    qsizetype descriptors = 0;
    for (int cycle = 0; cycle < 1000; ++cycle) {
        if (cycle == 100) { // until then, caches are filled
            memory.emplace();
            descriptors = openDescriptorCount();
        }
        QVERIFY2(pair.open(), qPrintable(pair.client.errorString()));
        pair.client.close();
        WS_TRY_VERIFY(pair.client.state() == Ws::Closed && pair.server.connectionCount() == 0);
        pair.events.all.clear();
        pair.events.states.clear();
    }
    QCOMPARE_LE(openDescriptorCount(), descriptors);
    QCOMPARE_LE(memory->growth(), 64 * KiB);
}

#include "../testprogram.h"
WSKIT_TEST(TestLocalSockets)
#include "tst_localsockets.moc"
