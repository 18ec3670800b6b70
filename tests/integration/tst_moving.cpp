// SPDX-License-Identifier: MIT

// Clients, servers and their connections that are moved to other threads, also while they talk, and threads
// that end under them.

#include "integrationtesting.h"

#include <QtCore/qregularexpression.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qnetworkcookiejar.h>
#include <QtNetwork/qsslserver.h>

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

using namespace IntegrationTesting;

namespace {
// Calls functions in the thread that it lives in. The lock orders them for the thread sanitizer, which does
// not see that of Qt's events.
class Caller : public QObject
{
public:
    void post(std::function<void()> function)
    {
        const std::lock_guard locker(m_mutex);
        m_functions.push_back(std::move(function));
        QCoreApplication::postEvent(this, new QEvent(QEvent::User));
    }

protected:
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        std::function<void()> function;
        {
            const std::lock_guard locker(m_mutex);
            function = std::move(m_functions.front());
            m_functions.pop_front();
        }
        function();
        return true;
    }

private:
    std::mutex m_mutex;
    std::deque<std::function<void()>> m_functions;
};

// A thread with an event loop.
class Worker
{
public:
    Worker()
    {
        m_caller.moveToThread(&m_thread);
        m_thread.start();
    }
    ~Worker() { end(); }

    QThread *thread() { return &m_thread; }
    void end()
    {
        m_thread.quit();
        m_thread.wait();
    }
    // Calls \a function in the thread. This thread goes on with its events meanwhile.
    void call(std::function<void()> function)
    {
        std::atomic<bool> isDone{false};
        m_caller.post([&] {
            function();
            isDone = true;
        });
        QVERIFY(waitFor([&] { return isDone.load(); }));
    }
    // The same without waiting for it.
    void post(std::function<void()> function) { m_caller.post(std::move(function)); }

private:
    QThread m_thread;
    Caller m_caller;
};

// A child of an object that moves: calls a function when it has been said, but before Qt has done it.
class MoveWatcher : public QObject
{
public:
    MoveWatcher(QObject *parent, std::function<void()> function)
        : QObject(parent), m_function(std::move(function))
    {
    }

protected:
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::ThreadChange)
            m_function();
        return QObject::event(event);
    }

private:
    const std::function<void()> m_function;
};

// What was received, in whatever thread.
struct Received
{
    void add(const QString &text)
    {
        const QMutexLocker locker(&mutex);
        texts.append(text);
    }
    QStringList all() const
    {
        const QMutexLocker locker(&mutex);
        return texts;
    }
    qsizetype count() const { return all().size(); }

    mutable QMutex mutex;
    QStringList texts;
};

void echo(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::messageReceived, connection,
                     [connection](const WsMessage &message) { connection->send(message); });
}

QStringList numbers(int count)
{
    QStringList list;
    for (int i = 0; i < count; ++i)
        list.append(QString::number(i));
    return list;
}

// A server that echoes, and a client of it.
struct EchoPair
{
    explicit EchoPair(bool isTls = false)
    {
        server.setConnectionHandler(&echo);
        if (isTls)
            server.setSslConfiguration(serverTls());
        client->setSslConfiguration(tlsConfiguration());
        QObject::connect(client.get(), &WsConnection::textMessageReceived, client.get(),
                         [this](const QString &text) {
                             received.add(text);
                             receiver = QThread::currentThread();
                         });
        QObject::connect(client.get(), &WsConnection::closed, client.get(),
                         [this](quint16 code) { closeCode = code; });
    }

    bool open()
    {
        return (server.isListening() || server.listen()) && client->open(url())
               && waitFor([this] { return client->state() == Ws::Open; });
    }
    QUrl url() const
    {
        QUrl url = server.serverUrl();
        url.setHost(u"localhost"_s);
        return url;
    }

    WsServer server;
    std::unique_ptr<WsClient> client = std::make_unique<WsClient>();
    Received received;
    std::atomic<QThread *> receiver{nullptr};
    std::atomic<int> closeCode{0};
};
} // namespace

class TestMoving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openClientGoesOnInAnotherThread_data() { addSchemes(); }
    void openClientGoesOnInAnotherThread();
    void closedClientOpensInAnotherThread_data() { addSchemes(); }
    void closedClientOpensInAnotherThread();
    void clientMovesInItsOwnSlot_data();
    void clientMovesInItsOwnSlot();
    void openingIsToldOnceWhereverASlotMovesIt_data();
    void openingIsToldOnceWhereverASlotMovesIt();
    void cookieJarMovesAsAChildOfItsClient_data();
    void cookieJarMovesAsAChildOfItsClient();
    void cookieJarOfAnotherThreadIsRefused();
    void clientMovesWhileItOpens_data() { addSchemes(); }
    void binaryMessageFollowsItsConnection();
    void clientMovesWhileItOpens();
    void clientMovesWhileItEnds_data();
    void clientMovesWhileItEnds();
    void tlsEndsAfterAMove();
    void clientMovesOnBeforeItHasArrived_data() { addSchemes(); }
    void clientMovesOnBeforeItHasArrived();
    void clientMovesToAndFroWhileOthersSend_data() { addSchemes(); }
    void clientMovesToAndFroWhileOthersSend();
    void clientMovesWhileItsUserIsAsked_data();
    void clientMovesWhileItsUserIsAsked();
    void clientThatMovesWhileItsUserIsAskedKeepsItsTimeLimit_data();
    void clientThatMovesWhileItsUserIsAskedKeepsItsTimeLimit();
    void movedClientIsDeletedAtOnce_data() { addSchemes(); }
    void movedClientIsDeletedAtOnce();
    void movedClientIsWaitedForWithoutAnEventLoop_data() { addSchemes(); }
    void movedClientIsWaitedForWithoutAnEventLoop();
    void movedClientIsOpenedWithoutAnEventLoop_data();
    void movedClientIsOpenedWithoutAnEventLoop();
    void movedClientKeepsItsDeadlines();
    void streamMovesWithItsConnection();

    void clientIsSetUpAndOpenedFromAnotherThread();
    void refusedOpeningFromAnotherThreadIsReported();

    void connectionMovesInNewConnection_data() { addSchemes(); }
    void connectionMovesInNewConnection();
    void connectionMovesInItsHandler_data();
    void connectionMovesInItsHandler();
    void movedConnectionGetsWhatIsSentToAll_data();
    void movedConnectionGetsWhatIsSentToAll();
    void broadcastReachesWhatMovesMeanwhile_data();
    void broadcastReachesWhatMovesMeanwhile();
    void callsOfAThreadKeepTheirOrderIfTheObjectComes_data();
    void callsOfAThreadKeepTheirOrderIfTheObjectComes();
    void acceptedBroadcastIsNotRefusedByAMove();
    void movedConnectionCountsUntilItHasGone();
    void serverIsDeletedWhileItsConnectionIsElsewhere_data() { addSchemes(); }
    void serverIsDeletedWhileItsConnectionIsElsewhere();
    void closingReachesMovedConnections();

    void takenConnectionMovesInASlot_data();
    void takenConnectionMovesInASlot();
    void takenConnectionStaysIfTheServerMoves_data() { addSchemes(); }
    void takenConnectionStaysIfTheServerMoves();
    void takenConnectionMovesWithTheServerThatIsItsParent();
    void pendingConnectionMovesAndIsTaken_data() { addSchemes(); }
    void pendingConnectionMovesAndIsTaken();
    void takenConnectionOutlivesItsThread();
    void serverMovesBeforeItListens_data() { addSchemes(); }
    void serverMovesBeforeItListens();
    void serverMovesWithItsConnections_data() { addSchemes(); }
    void serverMovesWithItsConnections();
    void serverIsSetUpFromAnotherThread();
    void serverRefusesFromOtherThreadsWhatItCannotDo();

    void threadEndsUnderAClient_data();
    void threadEndsUnderAClient();
    void threadEndsUnderAConnection();
    void threadEndsWhileOthersCall();
};

// --- clients

void TestMoving::openClientGoesOnInAnotherThread()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.open());
    Worker worker;
    pair.client->moveToThread(worker.thread());
    worker.call([&] { QVERIFY(pair.client->sendText("from there")); });
    WS_TRY_COMPARE(pair.received.all(), QStringList{u"from there"_s});
    QCOMPARE(pair.receiver.load(), worker.thread());
    QVERIFY(pair.client->sendText("from here"));
    WS_TRY_COMPARE(pair.received.count(), 2);
    worker.call([&] { QVERIFY(pair.client->close()); });
    WS_TRY_COMPARE(pair.closeCode.load(), int(Ws::Normal));
    worker.call([&] { pair.client.reset(); });
}

void TestMoving::closedClientOpensInAnotherThread()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.server.listen());
    Worker worker;
    pair.client->moveToThread(worker.thread());
    const QUrl url = pair.url();
    worker.call([&] { QVERIFY(pair.client->open(url)); });
    WS_TRY_COMPARE(pair.client->state(), Ws::Open);
    worker.call([&] { pair.client->sendText("hello"); });
    WS_TRY_COMPARE(pair.received.count(), 1);
    QCOMPARE(pair.receiver.load(), worker.thread());
    worker.call([&] { pair.client.reset(); });
}

void TestMoving::clientMovesInItsOwnSlot_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    for (const bool isTls : {false, true}) {
        for (const char *signal : {"opened", "message", "pong", "bytesWritten", "stateChanged"})
            QTest::addRow("%s, %s", signal, isTls ? "wss" : "ws") << isTls << QByteArray(signal);
    }
}

void TestMoving::clientMovesInItsOwnSlot()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    EchoPair pair(isTls);
    Worker worker;
    WsClient *const client = pair.client.get();
    QObject here;
    const auto move = [&] {
        if (client->thread() == QThread::currentThread() && client->state() == Ws::Open)
            client->moveToThread(worker.thread());
    };
    if (signal == "opened")
        connect(client, &WsClient::opened, &here, move, Qt::DirectConnection);
    else if (signal == "message")
        connect(client, &WsClient::messageReceived, &here, move, Qt::DirectConnection);
    else if (signal == "pong")
        connect(client, &WsClient::pongReceived, &here, move, Qt::DirectConnection);
    else if (signal == "bytesWritten")
        connect(client, &WsClient::bytesWritten, &here, move, Qt::DirectConnection);
    else
        connect(client, &WsClient::stateChanged, &here, move, Qt::DirectConnection);
    QVERIFY(pair.open());
    client->ping();
    for (const QString &number : numbers(20))
        QVERIFY(client->sendText(number));
    WS_TRY_COMPARE(client->thread(), worker.thread());
    for (const QString &number : numbers(20))
        QVERIFY(client->sendText(number));
    WS_TRY_COMPARE(pair.received.all(), numbers(20) + numbers(20));
    worker.call([&] { pair.client.reset(); });
}

void TestMoving::openingIsToldOnceWhereverASlotMovesIt_data()
{
    QTest::addColumn<QString>("signal");
    for (const char *signal : {"subprotocol", "extensions", "state", "opened"})
        QTest::newRow(signal) << QString::fromLatin1(signal);
}

void TestMoving::openingIsToldOnceWhereverASlotMovesIt()
{
    QFETCH(const QString, signal);
    EchoPair pair;
    WsClient *const client = pair.client.get();
    Worker worker;
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    options.setCompression(compression);
    pair.server.setOptions(options);
    client->setOptions(options);
    pair.server.setSubprotocols({u"chat"_s});
    client->setSubprotocols({u"chat"_s});
    Received told;
    QObject here;
    const auto tell = [&](const QString &name) {
        told.add(name);
        if (name == signal && client->thread() == QThread::currentThread())
            client->moveToThread(worker.thread());
    };
    connect(
        client, &WsClient::subprotocolChanged, &here, [&] { tell(u"subprotocol"_s); }, Qt::DirectConnection);
    connect(
        client, &WsClient::extensionsChanged, &here, [&] { tell(u"extensions"_s); }, Qt::DirectConnection);
    connect(
        client, &WsClient::stateChanged, &here,
        [&](Ws::State state) {
            if (state == Ws::Open)
                tell(u"state"_s);
        },
        Qt::DirectConnection);
    connect(
        client, &WsClient::opened, &here, [&] { tell(u"opened"_s); }, Qt::DirectConnection);
    QVERIFY(pair.open());
    QVERIFY(client->sendText("after all of them"));
    WS_TRY_COMPARE(pair.received.count(), 1);
    QCOMPARE(told.all(), QStringList({u"subprotocol"_s, u"extensions"_s, u"state"_s, u"opened"_s}));
    QCOMPARE(client->thread(), worker.thread());
    worker.call([&] { pair.client.reset(); });
}

void TestMoving::cookieJarMovesAsAChildOfItsClient_data()
{
    QTest::addColumn<bool>("isChild");
    QTest::newRow("child") << true;
    QTest::newRow("without a parent") << false;
}

void TestMoving::cookieJarMovesAsAChildOfItsClient()
{
    QFETCH(const bool, isChild);
    EchoPair pair;
    QByteArray sent;
    pair.server.setRequestHandler([&](const WsRequest &request) {
        sent = request.header("Cookie");
        return WsResponse::accept();
    });
    QVERIFY(pair.server.listen());
    const QUrl url = pair.url();
    QUrl cookieUrl = url;
    cookieUrl.setScheme(u"http"_s);
    QNetworkCookieJar jar;
    QVERIFY(jar.setCookiesFromUrl({QNetworkCookie("name", "value")}, cookieUrl));
    pair.client->setCookieJar(&jar);
    Worker worker;
    if (isChild)
        jar.setParent(pair.client.get());
    else
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"without its cookie jar"_s));
    pair.client->moveToThread(worker.thread());
    QCOMPARE(pair.client->errorString(), QString()); // no function has failed
    worker.call([&] {
        QCOMPARE(pair.client->cookieJar(), isChild ? &jar : nullptr);
        QVERIFY(pair.client->open(url));
    });
    WS_TRY_COMPARE(pair.client->state(), Ws::Open);
    QCOMPARE(sent, isChild ? "name=value"_ba : QByteArray());
    worker.call([&] {
        jar.setParent(nullptr);
        pair.client.reset();
    });
}

void TestMoving::cookieJarOfAnotherThreadIsRefused()
{
    QThread thread;
    QNetworkCookieJar jar;
    jar.moveToThread(&thread);
    WsClient client;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"cookie jar"_s));
    client.setCookieJar(&jar);
    QCOMPARE(client.cookieJar(), nullptr);
}

// It has two signals, and moves in a slot of the first one.
void TestMoving::binaryMessageFollowsItsConnection()
{
    EchoPair pair;
    Worker worker;
    WsClient *const client = pair.client.get();
    QObject here;
    connect(
        client, &WsClient::messageReceived, &here, [&] { client->moveToThread(worker.thread()); },
        Qt::DirectConnection);
    std::atomic<QThread *> receiver{nullptr};
    std::atomic<qsizetype> size{0};
    connect(
        client, &WsClient::binaryMessageReceived, &here,
        [&](const QByteArray &data) {
            size = data.size();
            receiver = QThread::currentThread();
        },
        Qt::DirectConnection);
    QVERIFY(pair.open());
    QVERIFY(client->sendBinary("abc"));
    WS_TRY_COMPARE(receiver.load(), worker.thread());
    QCOMPARE(size.load(), 3);
    worker.call([&] { pair.client.reset(); });
}

void TestMoving::clientMovesWhileItOpens()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.server.listen());
    for (int turns = 0; turns < 8; ++turns) {
        EchoPair mover(isTls);
        Worker worker;
        QVERIFY(mover.client->open(pair.url()));
        for (int turn = 0; turn < turns; ++turn)
            QCoreApplication::processEvents();
        mover.client->moveToThread(worker.thread());
        WS_TRY_COMPARE(mover.client->state(), Ws::Open);
        QVERIFY(mover.client->sendText("hello"));
        WS_TRY_COMPARE(mover.received.count(), 1);
        worker.call([&] { mover.client.reset(); });
    }
}

void TestMoving::clientMovesWhileItEnds_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    for (const bool isTls : {false, true}) {
        for (const char *signal : {"errorOccurred", "stateChanged", "closed", "activeChanged"})
            QTest::addRow("%s, %s", signal, isTls ? "wss" : "ws") << isTls << QByteArray(signal);
    }
}

void TestMoving::clientMovesWhileItEnds()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    EchoPair pair(isTls);
    Worker worker;
    WsClient *const client = pair.client.get();
    QObject here;
    std::atomic<int> closedCount{0};
    connect(
        client, &WsClient::closed, &here, [&] { ++closedCount; }, Qt::DirectConnection);
    QVERIFY(pair.open());
    const auto move = [&] {
        if (client->thread() == QThread::currentThread() && client->state() != Ws::Open)
            client->moveToThread(worker.thread());
    };
    if (signal == "errorOccurred")
        connect(client, &WsClient::errorOccurred, &here, move, Qt::DirectConnection);
    else if (signal == "stateChanged")
        connect(client, &WsClient::stateChanged, &here, move, Qt::DirectConnection);
    else if (signal == "closed")
        connect(client, &WsClient::closed, &here, move, Qt::DirectConnection);
    else
        connect(client, &WsClient::activeChanged, &here, move, Qt::DirectConnection);
    for (WsConnection *connection : pair.server.connections())
        connection->abort();
    WS_TRY_VERIFY(client->thread() == worker.thread() && closedCount == 1);
    WS_TRY_VERIFY(client->state() == Ws::Closed && !client->active());
    const QUrl url = pair.url();
    worker.call([&] { QVERIFY(client->open(url)); });
    WS_TRY_COMPARE(client->state(), Ws::Open);
    QCOMPARE(closedCount.load(), 1);
    worker.call([&] { pair.client.reset(); });
}

// The connection fails while its socket is on the stack, so that close_notify comes from the event loop,
// which moves it first.
void TestMoving::tlsEndsAfterAMove()
{
#ifndef Q_OS_UNIX
    QSKIP("close_notify comes with the end of both directions, after closeTimeout");
#endif
    WsServer server;
    server.setSslConfiguration(serverTls());
    WsOptions options;
    options.setCloseTimeout(0ms); // without any limit
    server.setOptions(options);
    Worker worker;
    std::atomic<QThread *> closedIn{nullptr};
    QObject here;
    connect(&server, &WsServer::newConnection, &here, [&](WsConnection *connection) {
        connect(
            connection, &WsConnection::errorOccurred, &here,
            [&, connection] {
                QMetaObject::invokeMethod(
                    connection, [&, connection] { connection->moveToThread(worker.thread()); },
                    Qt::QueuedConnection);
            },
            Qt::DirectConnection);
        connect(
            connection, &WsConnection::closed, &here, [&] { closedIn = QThread::currentThread(); },
            Qt::DirectConnection);
    });
    QVERIFY(server.listen());
    RawPeer peer;
    QVERIFY(peer.upgrade(server));
    peer.send(unmaskedFrame(TextFrame, "not masked"));
    WS_TRY_VERIFY(peer.hasEnded); // because of close_notify
    WS_TRY_COMPARE(closedIn.load(), worker.thread());
    QCOMPARE(peer.frames().value(0).closeCode(), int(Ws::ProtocolError));
    WS_TRY_COMPARE(server.connectionCount(), 0);
}

// In the first thread the socket is on the stack. It follows while Qt moves the client from the second to the
// third.
void TestMoving::clientMovesOnBeforeItHasArrived()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.open());
    Worker second;
    Worker third;
    WsClient *const client = pair.client.get();
    QSemaphore isMovingOn;
    QSemaphore hasFollowed;
    auto *const watcher = new MoveWatcher(client, [&] {
        if (QThread::currentThread() != second.thread())
            return;
        isMovingOn.release();
        hasFollowed.acquire();
    });
    std::atomic<QThread *> receivedIn{nullptr};
    QObject here;
    const auto receive = [&](const QString &text) {
        receivedIn = QThread::currentThread();
        if (text != u"move")
            return;
        client->moveToThread(second.thread());
        second.post([&] { client->moveToThread(third.thread()); });
        isMovingOn.acquire();
        const auto later = [&here](auto function) {
            QMetaObject::invokeMethod(&here, function, Qt::QueuedConnection);
        };
        later([&, later] { later([&] { hasFollowed.release(); }); });
    };
    connect(client, &WsClient::textMessageReceived, &here, receive, Qt::DirectConnection);
    QVERIFY(client->sendText("move"));
    WS_TRY_COMPARE(client->thread(), third.thread());
    QCOMPARE(receivedIn.load(), QThread::currentThread());
    QVERIFY(client->sendText("on"));
    WS_TRY_COMPARE(receivedIn.load(), third.thread());
    third.call([&] {
        delete watcher;
        pair.client.reset();
    });
}

void TestMoving::clientMovesToAndFroWhileOthersSend()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.open());
    constexpr int Count = 2000;
    Worker one;
    Worker other;
    WsClient *const client = pair.client.get();
    std::atomic<int> moves{0};
    std::thread sender([client, &moves] {
        const QStringList all = numbers(Count);
        for (const QString &number : all) {
            while (number == all[Count / 2] && moves < 2)
                std::this_thread::yield();
            while (!client->sendText(number)) // until there is room
                std::this_thread::yield();
        }
    });
    Worker *at = &one;
    client->moveToThread(one.thread());
    while (pair.received.count() < Count && moves < 10000) {
        Worker *const next = at == &one ? &other : &one;
        at->call([&] { client->moveToThread(next->thread()); });
        at = next;
        ++moves;
    }
    sender.join();
    WS_TRY_COMPARE(pair.received.count(), Count);
    QCOMPARE(pair.received.all(), numbers(Count));
    QVERIFY(moves > 1);
    at->call([&] { pair.client.reset(); });
}

namespace {
// A client that a slot of sslErrors() moves to \a worker.
struct AskedClient
{
    explicit AskedClient(Worker &worker)
    {
        client->setSslConfiguration(QSslConfiguration::defaultConfiguration());
        QObject::connect(client.get(), &WsClient::sslErrors, client.get(), [this, &worker] {
            ++askedCount;
            if (hasToMove.exchange(false)) {
                if (isTrusted)
                    client->ignoreSslErrors();
                client->moveToThread(worker.thread());
            }
        });
        QObject::connect(client.get(), &WsClient::errorOccurred, client.get(),
                         [this](const WsError &error) { errorKind = error.kind(); });
    }

    std::unique_ptr<WsClient> client = std::make_unique<WsClient>();
    bool isTrusted = false;
    std::atomic<bool> hasToMove{true};
    std::atomic<int> askedCount{0};
    std::atomic<Ws::ErrorKind> errorKind{Ws::ErrorKind::None};
};
} // namespace

void TestMoving::clientMovesWhileItsUserIsAsked_data()
{
    QTest::addColumn<bool>("isTrusted");
    QTest::addColumn<bool>("pauses");
    QTest::newRow("trusted") << true << false;
    QTest::newRow("not trusted") << false << false;
    QTest::newRow("asked later") << false << true;
}

void TestMoving::clientMovesWhileItsUserIsAsked()
{
    QFETCH(const bool, isTrusted);
    QFETCH(const bool, pauses);
    WsServer server;
    server.setSslConfiguration(serverTls());
    QVERIFY(server.listen());
    Worker worker;
    AskedClient asked(worker);
    asked.isTrusted = isTrusted;
    WsClient &client = *asked.client;
    client.setOptions(patientOptions());
    client.setPauseOnSslErrors(pauses);
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(asked.askedCount.load(), 1);
    if (pauses) {
        client.ignoreSslErrors();
        QVERIFY(client.continueOpening());
    }
    WS_TRY_COMPARE(client.state(), isTrusted || pauses ? Ws::Open : Ws::Closed);
    QCOMPARE(asked.errorKind.load(), isTrusted || pauses ? Ws::ErrorKind::None : Ws::ErrorKind::Tls);
    if (!isTrusted && !pauses) { // a late answer
        client.ignoreSslErrors();
        QVERIFY(client.open(server.serverUrl()));
        WS_TRY_COMPARE(asked.askedCount.load(), 2);
        WS_TRY_COMPARE(client.state(), Ws::Closed);
    }
    worker.call([&] { asked.client.reset(); });
}

void TestMoving::clientThatMovesWhileItsUserIsAskedKeepsItsTimeLimit_data()
{
    QTest::addColumn<bool>("pauses");
    QTest::newRow("in a slot") << false;
    QTest::newRow("in a pause") << true;
}

// If the limit has passed before anybody was asked, the result is the same.
void TestMoving::clientThatMovesWhileItsUserIsAskedKeepsItsTimeLimit()
{
    QFETCH(const bool, pauses);
    QSslServer server; // which never answers
    server.setSslConfiguration(serverTls());
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Worker worker;
    AskedClient asked(worker);
    asked.isTrusted = !pauses;
    WsClient &client = *asked.client;
    WsOptions options;
    options.setHandshakeTimeout(500ms);
    client.setOptions(options);
    client.setPauseOnSslErrors(pauses);
    QVERIFY(client.open(QUrl(u"wss://127.0.0.1:%1/"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(asked.askedCount > 0 || client.state() == Ws::Closed);
    if (pauses) {
        client.ignoreSslErrors();
        client.continueOpening();
    }
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(asked.errorKind.load(), Ws::ErrorKind::Timeout);
    if (asked.hasToMove)
        asked.client.reset();
    else
        worker.call([&] { asked.client.reset(); });
}

void TestMoving::movedClientIsDeletedAtOnce()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    for (int round = 0; round < 20; ++round) {
        auto mover = std::make_unique<EchoPair>(isTls);
        Worker worker;
        QVERIFY(pair.server.isListening() || pair.server.listen());
        QVERIFY(mover->client->open(pair.url()));
        WS_TRY_COMPARE(mover->client->state(), Ws::Open);
        WsClient *const client = mover->client.release();
        // In a slot, so that a socket is on the stack.
        bool hasMoved = false;
        connect(client, &WsClient::pongReceived, client, [&, client] {
            client->moveToThread(worker.thread());
            client->deleteLater();
            hasMoved = true;
        });
        client->ping();
        WS_TRY_VERIFY(hasMoved);
        WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    }
}

void TestMoving::movedClientIsWaitedForWithoutAnEventLoop()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    QVERIFY(pair.open());
    std::optional<WsMessage> answer;
    bool isClosed = false;
    std::atomic<bool> isDone{false};
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        pair.client->sendText("hello");
        answer = pair.client->waitForMessage();
        pair.client->close();
        isClosed = pair.client->waitForClosed();
        pair.client.reset();
        isDone = true;
    }));
    pair.client->moveToThread(thread.get());
    thread->start();
    WS_TRY_VERIFY(isDone.load() && thread->isFinished());
    QVERIFY(answer);
    QCOMPARE(answer->text(), u"hello"_s);
    QVERIFY(isClosed);
}

void TestMoving::movedClientIsOpenedWithoutAnEventLoop_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QString>("host");
    QTest::newRow("ws, address") << false << u"127.0.0.1"_s;
    QTest::newRow("ws, name") << false << u"localhost"_s;
    QTest::newRow("wss, name") << true << u"localhost"_s;
}

// It has been moved in the turn in which it was opened, before anything has come of that.
void TestMoving::movedClientIsOpenedWithoutAnEventLoop()
{
    QFETCH(const bool, isTls);
    QFETCH(const QString, host);
    EchoPair pair(isTls);
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setHost(host);
    bool isOpen = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        isOpen = pair.client->waitForOpened(std::chrono::milliseconds(Patience));
        pair.client.reset();
    }));
    QVERIFY(pair.client->open(url));
    pair.client->moveToThread(thread.get());
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isOpen);
}

void TestMoving::movedClientKeepsItsDeadlines()
{
    RawServer raw; // which never answers a ping
    WsClient client;
    WsOptions options;
    options.setPingInterval(20ms);
    options.setPongTimeout(20ms);
    client.setOptions(options);
    std::atomic<QThread *> endedIn{nullptr};
    connect(&client, &WsClient::closed, &client, [&] { endedIn = QThread::currentThread(); });
    QVERIFY(client.open(raw.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    Worker worker;
    client.moveToThread(worker.thread());
    WS_TRY_COMPARE(endedIn.load(), worker.thread());
    QObject here;
    worker.call([&] { client.moveToThread(here.thread()); });
}

void TestMoving::streamMovesWithItsConnection()
{
    EchoPair pair;
    QVERIFY(pair.open());
    QByteArray sent = "begun here, ";
    WsMessageStream *const stream = pair.client->openMessage(Ws::Text);
    stream->write(sent);
    Worker worker;
    pair.client->moveToThread(worker.thread());
    worker.call([&] {
        stream->write("ended there");
        stream->close();
    });
    WS_TRY_COMPARE(pair.received.all(), QStringList{u"begun here, ended there"_s});
    worker.call([&] { pair.client.reset(); });
}

// --- what other threads ask of a client

void TestMoving::clientIsSetUpAndOpenedFromAnotherThread()
{
    WsServer server;
    QByteArray token;
    server.setRequestHandler([&](const WsRequest &request) {
        token = request.header("X-Token");
        return WsResponse::accept();
    });
    server.setSubprotocols({u"chat"_s});
    QVERIFY(server.listen());
    Worker worker;
    auto client = std::make_unique<WsClient>();
    client->moveToThread(worker.thread());
    QThread *openedIn = nullptr;
    std::atomic<bool> isOpened{false};
    connect(client.get(), &WsClient::opened, client.get(), [&] {
        openedIn = QThread::currentThread();
        isOpened = true;
    });
    QVERIFY(client->setHeader("X-Token", "secret"));
    client->setSubprotocols({u"chat"_s});
    client->setUrl(server.serverUrl());
    client->setActive(true);
    WS_TRY_VERIFY(isOpened.load());
    QCOMPARE(openedIn, worker.thread());
    QCOMPARE(token, QByteArray("secret"));
    QCOMPARE(client->subprotocol(), u"chat"_s);
    QCOMPARE(client->headers().size(), 1);
    QVERIFY(client->active());
    client->setActive(false);
    WS_TRY_COMPARE(client->state(), Ws::Closed);
    isOpened = false;
    QVERIFY(client->open(server.serverUrl()));
    WS_TRY_VERIFY(isOpened.load());
    client->abort();
    WS_TRY_COMPARE(client->state(), Ws::Closed);
    worker.call([&] { client.reset(); });
}

void TestMoving::refusedOpeningFromAnotherThreadIsReported()
{
    Worker worker;
    auto client = std::make_unique<WsClient>();
    client->moveToThread(worker.thread());
    QVERIFY(!client->open(QUrl(u"ftp://localhost/"_s)));
    QVERIFY2(client->errorString().contains(u"ftp://localhost/"_s), qPrintable(client->errorString()));
    client->setCookieJar(nullptr);
    QVERIFY(client->errorString().contains(u"thread"_s));
    QVERIFY(!client->waitForOpened());
    worker.call([&] { client.reset(); });
}

// --- connections of servers

void TestMoving::connectionMovesInNewConnection()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    pair.server.setConnectionHandler({});
    Worker worker;
    std::atomic<QThread *> servedIn{nullptr};
    std::atomic<int> openedCount{0};
    connect(&pair.server, &WsServer::newConnection, &pair.server, [&](WsConnection *connection) {
        connect(connection, &WsConnection::opened, connection, [&] { ++openedCount; });
        connect(connection, &WsConnection::messageReceived, connection,
                [&, connection](const WsMessage &message) {
                    servedIn = QThread::currentThread();
                    connection->send(message);
                });
        connection->moveToThread(worker.thread());
    });
    QVERIFY(pair.open());
    for (const QString &number : numbers(100))
        QVERIFY(pair.client->sendText(number));
    WS_TRY_COMPARE(pair.received.all(), numbers(100));
    QCOMPARE(servedIn.load(), worker.thread());
    QCOMPARE(openedCount.load(), 1);
    QCOMPARE(pair.server.connectionCount(), 1);
    QVERIFY(pair.client->close(3000, u"bye"_s));
    WS_TRY_COMPARE(pair.closeCode.load(), 3000);
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

void TestMoving::connectionMovesInItsHandler_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("without threads") << 0;
    QTest::newRow("with threads") << 2;
}

void TestMoving::connectionMovesInItsHandler()
{
    QFETCH(const int, threadCount);
    EchoPair pair;
    pair.server.setThreadCount(threadCount);
    Worker worker;
    pair.server.setConnectionHandler([&](WsConnection *connection) {
        echo(connection);
        connection->moveToThread(worker.thread());
    });
    QStringList announced;
    connect(&pair.server, &WsServer::newConnection, &pair.server,
            [&](WsConnection *connection) { announced.append(QString::number(connection->id())); });
    QVERIFY(pair.open());
    QVERIFY(pair.client->sendText("hello"));
    WS_TRY_COMPARE(pair.received.count(), 1);
    QCOMPARE(announced.size(), 1);
    QCOMPARE(pair.server.connections().size(), 1);
    QCOMPARE(pair.server.connections().constFirst()->thread(), worker.thread());
    pair.client->close();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    WS_TRY_VERIFY(pair.server.connections().isEmpty());
}

void TestMoving::movedConnectionGetsWhatIsSentToAll_data()
{
    connectionMovesInItsHandler_data();
}

void TestMoving::movedConnectionGetsWhatIsSentToAll()
{
    QFETCH(const int, threadCount);
    EchoPair pair;
    pair.server.setThreadCount(threadCount);
    Worker worker;
    std::atomic<WsConnection *> peer{nullptr};
    pair.server.setConnectionHandler([&](WsConnection *connection) {
        pair.server.subscribe(connection, u"news"_s);
        peer = connection;
    });
    QVERIFY(pair.open());
    WS_TRY_VERIFY(peer.load() && pair.server.subscriberCount(u"news"_s) == 1);
    QStringList expected;
    std::atomic<bool> hasMoved{false};
    QObject::connect(peer, &WsConnection::pinged, peer, [&] {
        peer.load()->moveToThread(worker.thread());
        hasMoved = true;
    });
    pair.client->ping();
    for (int i = 0; i < 200 || !hasMoved; ++i) { // before it moves, meanwhile and afterwards
        expected.append(QString::number(i));
        QCOMPARE(pair.server.publish(u"news"_s, QString::number(i)), 1);
        QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(pair.received.all(), expected);
    QCOMPARE(peer.load()->thread(), worker.thread());
    QCOMPARE(pair.server.topics(), QStringList{u"news"_s});
    QCOMPARE(pair.server.broadcast("to all"), 1);
    WS_TRY_COMPARE(pair.received.count(), expected.size() + 1);
    QVERIFY(pair.server.unsubscribe(peer, u"news"_s));
    WS_TRY_COMPARE(pair.server.subscriberCount(u"news"_s), 0);
    pair.client->close();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

void TestMoving::broadcastReachesWhatMovesMeanwhile_data()
{
    QTest::addColumn<bool>("isFromElsewhere");
    QTest::addColumn<bool>("serverMoves");
    QTest::newRow("a connection, own thread") << false << false;
    QTest::newRow("a connection, other thread") << true << false;
    QTest::newRow("the server, own thread") << false << true;
    QTest::newRow("the server, other thread") << true << true;
}

void TestMoving::broadcastReachesWhatMovesMeanwhile()
{
    QFETCH(const bool, isFromElsewhere);
    QFETCH(const bool, serverMoves);
    Worker worker;
    auto server = std::make_unique<WsServer>();
    QList<WsConnection *> peers;
    server->setConnectionHandler([&](WsConnection *connection) { peers.append(connection); });
    QVERIFY(server->listen());
    std::array<WsClient, 3> clients;
    std::array<Received, 3> received;
    for (size_t i = 0; i < clients.size(); ++i) {
        connect(&clients[i], &WsConnection::messageReceived, this,
                [&, i](const WsMessage &message) { received[i].add(message.text()); });
        QVERIFY(clients[i].open(server->serverUrl()));
        WS_TRY_VERIFY(clients[i].state() == Ws::Open && peers.size() == qsizetype(i) + 1);
    }
    std::atomic<bool> hasMoved{false};
    for (WsConnection *peer : std::as_const(peers)) {
        connect(peer, &WsConnection::messageSent, peer, [&, peer] { // the first is reached already
            if (hasMoved.exchange(true))
                return;
            if (serverMoves)
                server->moveToThread(worker.thread());
            else
                (peer == peers.at(1) ? peers.at(0) : peers.at(1))->moveToThread(worker.thread());
        });
    }
    int accepted = 0;
    const auto broadcast = [&] { accepted = server->broadcast("counted"); };
    if (isFromElsewhere) {
        const std::unique_ptr<QThread> thread(QThread::create(broadcast));
        thread->start();
        QVERIFY(thread->wait(Patience));
    } else {
        broadcast();
    }
    QCOMPARE(accepted, 3);
    for (const Received &each : received)
        WS_TRY_COMPARE(each.count(), 1);
    QCOMPARE(server->broadcast("last"), 3);
    for (const Received &each : received)
        WS_TRY_COMPARE(each.all(), QStringList({u"counted"_s, u"last"_s}));
    worker.call([] {});
    if (serverMoves)
        worker.call([&] { server.reset(); });
}

void TestMoving::callsOfAThreadKeepTheirOrderIfTheObjectComes_data()
{
    QTest::addColumn<QString>("call");
    for (const char *const call : {"sendText", "send", "sendFragments", "broadcast", "publish", "close"})
        QTest::newRow(call) << QString::fromLatin1(call);
}

void TestMoving::callsOfAThreadKeepTheirOrderIfTheObjectComes()
{
    QFETCH(const QString, call);
    const bool isOfServer = call == u"broadcast" || call == u"publish";
    QThread thread;
    auto server = std::make_unique<WsServer>();
    QPointer<WsConnection> peer;
    server->setConnectionHandler([&](WsConnection *connection) {
        peer = connection;
        server->subscribe(connection, u"topic"_s);
    });
    QVERIFY(server->listen());
    WsClient client;
    QSignalSpy closed(&client, &WsConnection::closed);
    Received received;
    connect(&client, &WsConnection::messageReceived, this,
            [&](const WsMessage &message) { received.add(message.text()); });
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_VERIFY(client.state() == Ws::Open && peer);
    const auto act = [&](const QString &text) {
        const WsPreparedMessage message = WsPreparedMessage::text(text);
        if (call == u"send")
            return peer->send(message);
        if (call == u"sendFragments")
            return peer->sendFragments(Ws::Text, QByteArrayList{text.toUtf8()});
        if (call == u"broadcast")
            return server->broadcast(message) == 1;
        if (call == u"publish")
            return server->publish(u"topic"_s, message) == 1;
        return call == u"close" && text == u"2" ? peer->close() : peer->sendText(text);
    };
    // Neither thread does anything else meanwhile: what the other one has sent first waits.
    std::array<std::atomic<bool>, 3> isAccepted{};
    QSemaphore hasSent;
    QSemaphore hasMoved;
    Caller actor;
    actor.moveToThread(&thread);
    thread.start();
    actor.post([&] {
        isAccepted[0] = act(u"0"_s);
        hasSent.release();
        hasMoved.acquire();
        isAccepted[1] = act(u"1"_s);
        isAccepted[2] = act(u"2"_s);
        hasSent.release();
    });
    hasSent.acquire();
    if (isOfServer)
        server->moveToThread(&thread);
    else
        peer->moveToThread(&thread);
    hasMoved.release();
    hasSent.acquire();
    const bool hasArrived =
        waitFor([&] { return call == u"close" ? closed.size() == 1 : received.count() == 3; });
    const auto deleteServer = [&] { server.reset(); };
    if (isOfServer)
        QMetaObject::invokeMethod(&actor, deleteServer, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait(Patience));
    QVERIFY(isAccepted[0] && isAccepted[1] && isAccepted[2] && hasArrived);
    QCOMPARE(received.all(), numbers(call == u"close" ? 2 : 3));
}

void TestMoving::acceptedBroadcastIsNotRefusedByAMove()
{
    QThread thread;
    QObject inThread;
    inThread.moveToThread(&thread);
    auto server = std::make_unique<WsServer>();
    WsOptions options;
    options.setMaxBufferedAmount(50 * KiB);
    server->setOptions(options);
    const auto waitForThread = [&] { // until it has done what was posted to it
        for (int i = 0; i < 2; ++i)
            QMetaObject::invokeMethod(&inThread, [] { }, Qt::BlockingQueuedConnection);
    };
    int accepted = 0;
    bool hasSentItsOwn = false;
    server->setConnectionHandler([&](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection, [&, connection] {
            const std::unique_ptr<QThread> broadcaster(
                QThread::create([&] { accepted = server->broadcast(QByteArray(30 * KiB, 'b')); }));
            broadcaster->start();
            broadcaster->wait();
            // Together they are too much, and the socket on the stack keeps the connection between the two
            // threads, while the server is in the new one.
            hasSentItsOwn = connection->sendBinary(QByteArray(40 * KiB, 'o'));
            server->moveToThread(&thread);
            waitForThread();
        });
    });
    QVERIFY(server->listen());
    WsClient client;
    Received received;
    connect(&client, &WsConnection::messageReceived, this, [&](const WsMessage &message) {
        received.add(QString::fromLatin1(message.data().left(1)));
    });
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    thread.start();
    client.sendText("now");
    const bool hasArrived = waitFor([&] { return received.count() == 2; });
    const auto deleteServer = [&] { server.reset(); };
    QMetaObject::invokeMethod(&inThread, deleteServer, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait(Patience));
    QCOMPARE(accepted, 1);
    QVERIFY(hasSentItsOwn && hasArrived);
    QCOMPARE(received.all(), QStringList({u"o"_s, u"b"_s}));
}

void TestMoving::movedConnectionCountsUntilItHasGone()
{
    EchoPair pair;
    pair.server.setMaxConnections(1);
    Worker worker;
    connect(&pair.server, &WsServer::newConnection, &pair.server,
            [&](WsConnection *connection) { connection->moveToThread(worker.thread()); });
    QVERIFY(pair.open());
    EchoPair second;
    QVERIFY(second.client->open(pair.url()));
    WS_TRY_COMPARE(second.client->response().status(), 503);
    pair.client->close();
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    WS_TRY_COMPARE(second.client->state(), Ws::Closed);
    QVERIFY(second.client->open(pair.url()));
    WS_TRY_COMPARE(second.client->state(), Ws::Open);
}

void TestMoving::serverIsDeletedWhileItsConnectionIsElsewhere()
{
    QFETCH(const bool, isTls);
    Worker worker;
    for (int round = 0; round < 20; ++round) {
        auto pair = std::make_unique<EchoPair>(isTls);
        auto server = std::make_unique<WsServer>();
        if (isTls)
            server->setSslConfiguration(serverTls());
        connect(server.get(), &WsServer::newConnection, server.get(), [&](WsConnection *connection) {
            echo(connection);
            connection->moveToThread(worker.thread());
        });
        QVERIFY(server->listen());
        QUrl url = server->serverUrl();
        url.setHost(u"localhost"_s);
        QVERIFY(pair->client->open(url));
        WS_TRY_COMPARE(pair->client->state(), Ws::Open);
        pair->client->sendText("hello");
        for (int turn = 0; turn < round; ++turn)
            QCoreApplication::processEvents();
        server.reset();
        WS_TRY_COMPARE(pair->client->state(), Ws::Closed);
    }
}

void TestMoving::closingReachesMovedConnections()
{
    EchoPair pair;
    Worker worker;
    connect(&pair.server, &WsServer::newConnection, &pair.server,
            [&](WsConnection *connection) { connection->moveToThread(worker.thread()); });
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(closed.size(), 1);
    WS_TRY_COMPARE(pair.closeCode.load(), int(Ws::GoingAway));
}

// --- servers

namespace {
// A server that keeps its connections, and a client that counts the answers.
struct TakingPair
{
    explicit TakingPair(bool isTls)
    {
        server->setMaxPendingConnections(5);
        if (isTls)
            server->setSslConfiguration(serverTls());
        client.setSslConfiguration(tlsConfiguration());
        QObject::connect(&client, &WsConnection::textMessageReceived, &client,
                         [this](const QString &text) { received.add(text); });
    }

    bool open()
    {
        QUrl url;
        if (server->isListening() || server->listen())
            url = server->serverUrl();
        url.setHost(u"localhost"_s);
        return client.open(url) && waitFor([this] { return client.state() == Ws::Open; });
    }
    // Whether the other end answers.
    bool isEchoed(const QString &text)
    {
        return client.sendText(text) && waitFor([&] { return received.all().contains(text); });
    }

    std::unique_ptr<WsServer> server = std::make_unique<WsServer>();
    WsClient client;
    Events events{&client};
    Received received;
};
} // namespace

void TestMoving::takenConnectionMovesInASlot_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    QTest::addColumn<QString>("serverEnds");
    for (const bool isTls : {false, true}) {
        for (const char *const signal :
             {"newConnection", "opened", "stateChanged", "message", "pinged", "bytesWritten", "closed"}) {
            for (const char *const ends : {"later", "before the move", "after the move"})
                QTest::addRow("%s, %s, server ends %s", isTls ? "wss" : "ws", signal, ends)
                    << isTls << QByteArray(signal) << QString::fromLatin1(ends);
        }
    }
}

void TestMoving::takenConnectionMovesInASlot()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    QFETCH(const QString, serverEnds);
    Worker worker;
    TakingPair pair(isTls);
    std::atomic<WsConnection *> taken{nullptr};
    std::atomic<int> endings{0};
    QObject here;
    const auto move = [&] {
        if (taken.load()->thread() != QThread::currentThread() || QThread::currentThread() == worker.thread())
            return;
        if (serverEnds == u"before the move")
            pair.server.reset();
        taken.load()->moveToThread(worker.thread());
        if (serverEnds == u"after the move")
            pair.server.reset();
    };
    connect(pair.server.get(), &WsServer::newConnection, this, [&] {
        WsConnection *const c = pair.server->nextPendingConnection();
        taken = c;
        echo(c);
        connect(c, &WsConnection::closed, &here, [&endings] { ++endings; }, Qt::DirectConnection);
        if (signal == "newConnection")
            move();
        else if (signal == "opened")
            connect(c, &WsConnection::opened, &here, move, Qt::DirectConnection);
        else if (signal == "stateChanged")
            connect(c, &WsConnection::stateChanged, &here, move, Qt::DirectConnection);
        else if (signal == "message")
            connect(c, &WsConnection::messageReceived, &here, move, Qt::DirectConnection);
        else if (signal == "pinged")
            connect(c, &WsConnection::pinged, &here, move, Qt::DirectConnection);
        else if (signal == "bytesWritten")
            connect(c, &WsConnection::bytesWritten, &here, move, Qt::DirectConnection);
        else
            connect(c, &WsConnection::closed, &here, move, Qt::DirectConnection);
    });
    QVERIFY(pair.open());
    pair.client.ping();
    for (const QString &number : numbers(20))
        QVERIFY(pair.client.sendText(number));
    WS_TRY_COMPARE(pair.received.all(), numbers(20));
    if (signal != "closed")
        WS_TRY_COMPARE(taken.load()->thread(), worker.thread());
    if (pair.server)
        QCOMPARE(pair.server->broadcast("all"), 1);
    pair.client.close();
    WS_TRY_COMPARE(endings.load(), 1);
    WS_TRY_COMPARE(taken.load()->thread(), worker.thread());
    if (pair.server)
        WS_TRY_COMPARE(pair.server->connectionCount(), 0);
    worker.call([&] { delete taken.load(); });
}

void TestMoving::takenConnectionStaysIfTheServerMoves()
{
    QFETCH(const bool, isTls);
    Worker worker;
    TakingPair pair(isTls);
    QVERIFY(pair.open());
    WS_TRY_VERIFY(pair.server->hasPendingConnections());
    const std::unique_ptr<WsConnection> taken(pair.server->nextPendingConnection());
    echo(taken.get());
    WsClient second;
    second.setSslConfiguration(tlsConfiguration());
    Events secondEvents(&second);
    QUrl url = pair.server->serverUrl();
    url.setHost(u"localhost"_s);
    QVERIFY(second.open(url));
    WS_TRY_VERIFY(second.state() == Ws::Open && pair.server->hasPendingConnections());

    pair.server->moveToThread(worker.thread());
    QCOMPARE(taken->thread(), thread());
    QVERIFY(pair.isEchoed(u"still here"_s));
    QCOMPARE(pair.server->broadcast("all"), 2);
    WS_TRY_VERIFY(pair.received.all().contains(u"all"_s));
    WS_TRY_COMPARE(secondEvents.messages(), QStringList{u"text all"_s});
    worker.call([&] {
        const std::unique_ptr<WsConnection> moved(pair.server->nextPendingConnection());
        QCOMPARE(moved->thread(), QThread::currentThread());
        QCOMPARE(moved->parent(), nullptr);
        QCOMPARE(pair.server->connectionCount(), 2);
    });
    WS_TRY_VERIFY(secondEvents.isClosed());
    worker.call([&] { pair.server.reset(); });
    QVERIFY(pair.isEchoed(u"without a server"_s));
}

void TestMoving::takenConnectionMovesWithTheServerThatIsItsParent()
{
    Worker worker;
    TakingPair pair(false);
    QVERIFY(pair.open());
    WS_TRY_VERIFY(pair.server->hasPendingConnections());
    const QPointer<WsConnection> taken(pair.server->nextPendingConnection());
    taken->setParent(pair.server.get());
    echo(taken);
    pair.server->moveToThread(worker.thread());
    QCOMPARE(taken->thread(), worker.thread());
    QVERIFY(pair.isEchoed(u"moved"_s));
    QCOMPARE(taken->parent(), pair.server.get());
    QVERIFY(!pair.server->listen()); // refused here, where it does not live any more
    QCOMPARE(pair.server->errorString(), u"the server can only listen in its own thread"_s);
    worker.call([&] { pair.server.reset(); });
    QVERIFY(!taken);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
}

void TestMoving::pendingConnectionMovesAndIsTaken()
{
    QFETCH(const bool, isTls);
    Worker worker;
    TakingPair pair(isTls);
    connect(pair.server.get(), &WsServer::newConnection, this, [&](WsConnection *connection) {
        echo(connection);
        connection->moveToThread(worker.thread());
    });
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText("early"));
    WS_TRY_VERIFY(pair.server->hasPendingConnections());
    worker.call([] {}); // it has arrived there
    QCOMPARE(pair.received.all(), QStringList());
    WsConnection *const taken = pair.server->nextPendingConnection();
    WS_TRY_COMPARE(pair.received.all(), QStringList{u"early"_s});
    pair.server.reset();
    QVERIFY(pair.isEchoed(u"without a server"_s));
    worker.call([&] { delete taken; });
}

void TestMoving::takenConnectionOutlivesItsThread()
{
    auto worker = std::make_unique<Worker>();
    TakingPair pair(false);
    QVERIFY(pair.open());
    WS_TRY_VERIFY(pair.server->hasPendingConnections());
    const std::unique_ptr<WsConnection> taken(pair.server->nextPendingConnection());
    Events events(taken.get());
    echo(taken.get());
    taken->moveToThread(worker->thread());
    QVERIFY(pair.isEchoed(u"moved"_s));
    worker.reset();
    QCOMPARE(taken->state(), Ws::Closed);
    QVERIFY(!taken->sendText("late"));
    WS_TRY_COMPARE(pair.server->connectionCount(), 0);
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(!events.isClosed());
}

void TestMoving::serverMovesBeforeItListens()
{
    QFETCH(const bool, isTls);
    EchoPair pair(isTls);
    auto server = std::make_unique<WsServer>();
    std::atomic<QThread *> announcedIn{nullptr};
    connect(server.get(), &WsServer::newConnection, server.get(), [&](WsConnection *connection) {
        announcedIn = QThread::currentThread();
        echo(connection);
    });
    if (isTls)
        server->setSslConfiguration(serverTls());
    Worker worker;
    server->moveToThread(worker.thread());
    worker.call([&] { QVERIFY(server->listen()); });
    QUrl url = server->serverUrl();
    url.setHost(u"localhost"_s);
    QVERIFY(pair.client->open(url));
    WS_TRY_COMPARE(pair.client->state(), Ws::Open);
    pair.client->sendText("hello");
    WS_TRY_COMPARE(pair.received.count(), 1);
    QCOMPARE(announcedIn.load(), worker.thread());
    worker.call([&] { server.reset(); });
    WS_TRY_COMPARE(pair.client->state(), Ws::Closed);
}

void TestMoving::serverMovesWithItsConnections()
{
    QFETCH(const bool, isTls);
    EchoPair first(isTls);
    EchoPair second(isTls);
    auto server = std::make_unique<WsServer>();
    server->setConnectionHandler(&echo);
    if (isTls)
        server->setSslConfiguration(serverTls());
    QVERIFY(server->listen());
    QUrl url = server->serverUrl();
    url.setHost(u"localhost"_s);
    QVERIFY(first.client->open(url));
    WS_TRY_COMPARE(first.client->state(), Ws::Open);
    QPointer<WsConnection> peer = server->connections().constFirst();
    Worker worker;
    QVERIFY(first.client->sendText("before"));
    server->moveToThread(worker.thread());
    QVERIFY(first.client->sendText("after"));
    WS_TRY_COMPARE(first.received.all(), QStringList({u"before"_s, u"after"_s}));
    QCOMPARE(peer->thread(), worker.thread());
    worker.call([&] { QCOMPARE(peer->parent(), nullptr); }); // behind what follows the move
    QVERIFY(second.client->open(url));
    WS_TRY_COMPARE(second.client->state(), Ws::Open);
    second.client->sendText("new");
    WS_TRY_COMPARE(second.received.count(), 1);
    WS_TRY_COMPARE(server->connectionCount(), 2);
    QCOMPARE(server->broadcast("to all"), 2);
    WS_TRY_COMPARE(first.received.count(), 3);
    server->close();
    WS_TRY_COMPARE(first.closeCode.load(), int(Ws::GoingAway));
    WS_TRY_COMPARE(second.closeCode.load(), int(Ws::GoingAway));
    worker.call([&] { server.reset(); });
}

void TestMoving::serverIsSetUpFromAnotherThread()
{
    Worker worker;
    auto server = std::make_unique<WsServer>();
    server->moveToThread(worker.thread());
    server->setMaxConnections(7);
    server->setHost(u"127.0.0.1"_s);
    server->setPort(0);
    server->setSubprotocols({u"chat"_s});
    server->setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    server->setListening(true);
    WS_TRY_VERIFY(server->isListening());
    QCOMPARE(server->maxConnections(), 7);
    QCOMPARE(server->subprotocols(), QStringList{u"chat"_s});
    QVERIFY(server->serverPort() != 0);
    WsClient client;
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(client.response().status(), 404);
    server->close();
    WS_TRY_VERIFY(!server->isListening());
    worker.call([&] { server.reset(); });
}

void TestMoving::serverRefusesFromOtherThreadsWhatItCannotDo()
{
    Worker worker;
    auto server = std::make_unique<WsServer>();
    server->moveToThread(worker.thread());
    QVERIFY(!server->listen());
    QVERIFY(server->errorString().contains(u"own thread"_s));
    QVERIFY(server->connections().isEmpty());
    QVERIFY(!server->handleConnection(nullptr));
    QVERIFY(server->errorString().contains(u"own thread"_s));
    worker.call([&] { server.reset(); });
}

// --- threads that end

void TestMoving::threadEndsUnderAClient_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isOpen");
    QTest::newRow("ws, open") << false << true;
    QTest::newRow("wss, open") << true << true;
    QTest::newRow("ws, closed") << false << false;
}

void TestMoving::threadEndsUnderAClient()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isOpen);
    EchoPair pair(isTls);
    QVERIFY(pair.server.listen());
    Worker worker;
    pair.client->moveToThread(worker.thread());
    const QUrl url = pair.url();
    worker.call([&] {
        if (isOpen)
            QVERIFY(pair.client->open(url));
        else
            pair.client->setPaused(false);
    });
    if (isOpen)
        WS_TRY_COMPARE(pair.client->state(), Ws::Open);
    const QFuture<std::optional<WsMessage>> message =
        isOpen ? pair.client->receive() : QFuture<std::optional<WsMessage>>();
    worker.end();
    QCOMPARE(pair.client->state(), Ws::Closed);
    QVERIFY(!pair.client->sendText("too late"));
    QVERIFY(!pair.client->close());
    QVERIFY(!pair.client->open(url));
    QCOMPARE(pair.client->errorString(), u"the thread of the connection has ended"_s);
    pair.client->abort();
    pair.client->setPaused(true);
    QVERIFY(message.isFinished());
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    pair.client.reset();
}

void TestMoving::threadEndsUnderAConnection()
{
    EchoPair pair;
    Worker worker;
    QPointer<WsConnection> peer;
    connect(&pair.server, &WsServer::newConnection, &pair.server, [&](WsConnection *connection) {
        peer = connection;
        connection->moveToThread(worker.thread());
    });
    QVERIFY(pair.open());
    pair.client->sendText("hello");
    WS_TRY_COMPARE(pair.received.count(), 1);
    worker.end();
    WS_TRY_COMPARE(pair.client->state(), Ws::Closed);
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    QVERIFY(!peer);
}

void TestMoving::threadEndsWhileOthersCall()
{
    EchoPair pair;
    QVERIFY(pair.server.listen());
    const QUrl url = pair.url();
    for (int round = 0; round < 60; ++round) {
        auto client = std::make_unique<WsClient>();
        auto worker = std::make_unique<Worker>();
        client->moveToThread(worker->thread());
        QVERIFY(client->open(url));
        if (round % 2 == 0)
            WS_TRY_COMPARE(client->state(), Ws::Open);
        std::atomic<bool> isOver{false};
        std::thread caller([&] {
            while (!isOver) {
                client->sendText("hello");
                client->ping();
                (void)client->bufferedAmount();
                (void)client->errorString();
                (void)client->closeReason();
                client->setPaused(false);
            }
        });
        worker.reset();
        isOver = true;
        caller.join();
        QCOMPARE(client->state(), Ws::Closed);
        client.reset();
    }
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestMoving)
#include "tst_moving.moc"
