// SPDX-License-Identifier: MIT

// QWebSocketServer: who owns what, deletion at any time, and threads.

#include "servertesting.h"

#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>
#include <QtWebSockets/QWebSocketCorsAuthenticator>

using namespace ServerTesting;

namespace {
// A server on the heap that a slot may delete.
QWebSocketServer *makeServer()
{
    auto *const server = new QWebSocketServer(u"the tests"_s, QWebSocketServer::NonSecureMode);
    return server->listen(QHostAddress::LocalHost) ? server : nullptr;
}

// In a slot of its own.
void deleteServer(QWebSocketServer *server)
{
    if (compatDiffers("deletion in a slot"))
        delete server;
    else
        server->deleteLater();
}

// An echo server that lives in a thread of its own.
class EchoThread : public QThread
{
public:
    EchoThread() { m_context.moveToThread(this); }
    ~EchoThread() override
    {
        quit();
        wait();
    }

    QUrl startServer()
    {
        start();
        QUrl url;
        QMetaObject::invokeMethod(
            &m_context, [&] { url = listen(); }, Qt::BlockingQueuedConnection);
        return url;
    }

protected:
    void run() override
    {
        exec();
        delete m_server;
    }

private:
    QUrl listen()
    {
        m_server = makeServer();
        QObject::connect(m_server, &QWebSocketServer::newConnection, m_server, [this] {
            QWebSocket *const socket = m_server->nextPendingConnection();
            socket->setParent(m_server);
            QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [socket](const QString &text) {
                socket->sendTextMessage(text
                                        + (QThread::currentThread() == socket->thread() ? u"!"_s : u"?"_s));
            });
        });
        return m_server->serverUrl();
    }

    QObject m_context;
    QWebSocketServer *m_server = nullptr;
};
} // namespace

class TestLifetime : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void callerOwnsTheSocket();
    void socketWithAnOwnerIsDeletedWithIt();
    void socketOfADeletedServerIsDisconnected();
    void pendingClientsEndWithTheServer();
    void clientsInTheHandshakeEndWithTheServer();
    void deletedServerFreesItsPort();
    void deletedServerDoesNotEmitClosed();
    void socketThatIsDeletedWhileOpen();
    void socketMayBeDeletedLaterByASlot();
    void serverIsDeletedInNewConnection_data();
    void serverIsDeletedInNewConnection();
    void serverIsDeletedInOriginAuthenticationRequired();
    void serverIsClosedInNewConnection();
    void serverIsClosedInOriginAuthenticationRequired();
    void serverIsDeletedInASlotOfItsSocket();
    void socketsAreTakenInOriginAuthenticationRequired();
    void serverInAThreadOfItsOwn();
    void serverIsMovedToAThread();
    void socketIsMovedToAThread();
    void serverWithAParentIsDeletedWithIt();
};

void TestLifetime::callerOwnsTheSocket()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    delete server.last();
    QVERIFY(!server.last());
    WS_TRY_COMPARE(client.disconnections, 1);
    // The server works as before.
    Client next;
    QVERIFY(next.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
}

void TestLifetime::socketWithAnOwnerIsDeletedWithIt()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    auto owner = std::make_unique<QObject>();
    server.last()->setParent(owner.get());
    QCOMPARE(server.last()->parent(), owner.get());
    owner.reset();
    QVERIFY(!server.last());
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::socketOfADeletedServerIsDisconnected()
{
    auto server = std::make_unique<Server>();
    QVERIFY(server->start());
    Client client;
    QVERIFY(client.openAndWait(server->url()));
    WS_TRY_COMPARE(server->newConnections, 1);
    const QPointer<QWebSocket> socket = server->last();
    socket->setParent(this);
    QSignalSpy ends(socket, &QWebSocket::disconnected);
    server.reset();
    QVERIFY(socket);
    WS_TRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(ends.size(), 1);
    WS_TRY_COMPARE(client.disconnections, 1);
    delete socket;
}

void TestLifetime::pendingClientsEndWithTheServer()
{
    auto server = std::make_unique<Server>();
    server->takesClients = false;
    QVERIFY(server->start());
    Client client;
    QVERIFY(client.openAndWait(server->url()));
    WS_TRY_COMPARE(server->newConnections, 1);
    server.reset();
    WS_TRY_COMPARE(client.disconnections, 1);
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
}

void TestLifetime::clientsInTheHandshakeEndWithTheServer()
{
    auto server = std::make_unique<Server>();
    QVERIFY(server->start());
    RawClient silent(server->url());
    RawClient halfway(server->url(), RawClient::request().chopped(2));
    WS_TRY_COMPARE(silent.socket.state(), QAbstractSocket::ConnectedState);
    WS_TRY_COMPARE(halfway.socket.bytesToWrite(), 0);
    RawClient whole(server->url(), RawClient::request());
    QCOMPARE(whole.status(), 101); // so that the others have been accepted as well
    server.reset();
    WS_TRY_VERIFY(silent.isEnded() && halfway.isEnded());
}

void TestLifetime::deletedServerFreesItsPort()
{
    auto server = std::make_unique<Server>();
    QVERIFY(server->start());
    const quint16 port = server->serverPort();
    server.reset();
    Server next;
    QVERIFY(next.listen(QHostAddress::LocalHost, port));
}

void TestLifetime::deletedServerDoesNotEmitClosed()
{
    auto server = std::make_unique<Server>();
    QVERIFY(server->start());
    int closings = 0;
    connect(server.get(), &QWebSocketServer::closed, this, [&closings] { ++closings; });
    server.reset();
    QCoreApplication::processEvents();
    QCOMPARE(closings, 0);
}

void TestLifetime::socketThatIsDeletedWhileOpen()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.last()->sendTextMessage(u"last words"_s);
    server.last()->flush();
    delete server.last();
    WS_TRY_COMPARE(client.disconnections, 1);
    QCOMPARE(client.messages, QStringList(u"last words"_s));
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
}

void TestLifetime::socketMayBeDeletedLaterByASlot()
{
    Server server;
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    connect(server.last(), &QWebSocket::textMessageReceived, server.last(), &QObject::deleteLater);
    client.sendTextMessage(u"delete"_s);
    WS_TRY_VERIFY(!server.last());
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::serverIsDeletedInNewConnection_data()
{
    QTest::addColumn<bool>("isTaken");
    QTest::newRow("client taken before") << true;
    QTest::newRow("client not taken") << false;
}

void TestLifetime::serverIsDeletedInNewConnection()
{
    QFETCH(const bool, isTaken);
    QPointer<QWebSocketServer> server(makeServer());
    const QUrl url = server->serverUrl();
    QPointer<QWebSocket> taken;
    connect(server, &QWebSocketServer::newConnection, this, [&] {
        if (isTaken)
            taken = server->nextPendingConnection();
        deleteServer(server);
    });
    Client client;
    client.open(url);
    WS_TRY_VERIFY(!server);
    if (!isTaken)
        WS_TRY_VERIFY(client.disconnections == 1 || !client.errors.isEmpty());
    delete taken;
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
}

void TestLifetime::serverIsDeletedInOriginAuthenticationRequired()
{
    QPointer<QWebSocketServer> server(makeServer());
    const QUrl url = server->serverUrl();
    connect(server, &QWebSocketServer::originAuthenticationRequired, this, [&] { deleteServer(server); });
    Client client;
    client.open(url);
    WS_TRY_VERIFY(!server);
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
}

void TestLifetime::serverIsClosedInNewConnection()
{
    Server server;
    connect(&server, &QWebSocketServer::newConnection, &server, [&server] { server.close(); });
    QVERIFY(server.start());
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.closings, 1);
    QVERIFY(!server.isListening());
    server.last()->sendTextMessage(u"hello"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"hello"_s));
}

void TestLifetime::serverIsClosedInOriginAuthenticationRequired()
{
    Server server;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, &server, [&server] { server.close(); });
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    WS_TRY_COMPARE(server.closings, 1);
    QVERIFY(!server.isListening());
}

void TestLifetime::serverIsDeletedInASlotOfItsSocket()
{
    QPointer<QWebSocketServer> server(makeServer());
    const QUrl url = server->serverUrl();
    connect(server, &QWebSocketServer::newConnection, server, [&server] {
        QWebSocket *const socket = server->nextPendingConnection();
        socket->setParent(server);
        connect(socket, &QWebSocket::textMessageReceived, server, [&server] { deleteServer(server); });
    });
    Client client;
    QVERIFY(client.openAndWait(url));
    client.sendTextMessage(u"stop"_s);
    WS_TRY_VERIFY(!server);
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::socketsAreTakenInOriginAuthenticationRequired()
{
    Server server;
    server.takesClients = false;
    QList<QWebSocket *> taken;
    connect(&server, &QWebSocketServer::originAuthenticationRequired, &server, [&] {
        if (server.hasPendingConnections())
            taken.append(server.nextPendingConnection());
    });
    QVERIFY(server.start());
    Client first;
    QVERIFY(first.openAndWait(server.url(u"/first"_s)));
    WS_TRY_COMPARE(server.newConnections, 1);
    Client second;
    QVERIFY(second.openAndWait(server.url(u"/second"_s)));
    WS_TRY_COMPARE(server.newConnections, 2);
    QCOMPARE(taken.size(), 1);
    QCOMPARE(taken[0]->requestUrl().path(), u"/first"_s);
    QCOMPARE(server.nextPendingConnection()->requestUrl().path(), u"/second"_s);
    delete taken[0];
}

void TestLifetime::serverInAThreadOfItsOwn()
{
    Client client;
    {
        EchoThread thread;
        QVERIFY(client.openAndWait(thread.startServer()));
        client.sendTextMessage(u"hello"_s);
        WS_TRY_COMPARE(client.messages, QStringList(u"hello!"_s));
    }
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::serverIsMovedToAThread()
{
    QThread thread;
    auto *const server = new QWebSocketServer(u"the tests"_s, QWebSocketServer::NonSecureMode);
    server->moveToThread(&thread);
    connect(&thread, &QThread::finished, server, &QObject::deleteLater);
    connect(
        server, &QWebSocketServer::newConnection, server,
        [server] {
            QWebSocket *const socket = server->nextPendingConnection();
            socket->setParent(server);
            socket->sendTextMessage(QThread::currentThread() == socket->thread() ? u"here"_s
                                                                                 : u"elsewhere"_s);
        },
        Qt::DirectConnection);
    thread.start();
    QUrl url;
    QMetaObject::invokeMethod(
        server,
        [&] {
            server->listen(QHostAddress::LocalHost);
            url = server->serverUrl();
        },
        Qt::BlockingQueuedConnection);
    Client client;
    QVERIFY(client.openAndWait(url));
    WS_TRY_COMPARE(client.messages, QStringList(u"here"_s));
    thread.quit();
    QVERIFY(thread.wait());
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::socketIsMovedToAThread()
{
    if (!compatDiffers("accepted sockets in another thread"))
        return;
    QThread thread;
    const auto guard = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    Server server;
    server.takesClients = false;
    QVERIFY(server.start());
    QPointer<QWebSocket> socket;
    connect(&server, &QWebSocketServer::newConnection, this, [&] {
        socket = server.nextPendingConnection();
        connect(socket, &QWebSocket::textMessageReceived, socket, [&](const QString &text) {
            socket->sendTextMessage(text + (QThread::currentThread() == &thread ? u"!"_s : u"?"_s));
        });
        socket->moveToThread(&thread);
    });
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    client.sendTextMessage(u"hello"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"hello!"_s));
    QMetaObject::invokeMethod(
        &*socket, [&] { delete socket; }, Qt::BlockingQueuedConnection);
    WS_TRY_COMPARE(client.disconnections, 1);
}

void TestLifetime::serverWithAParentIsDeletedWithIt()
{
    auto parent = std::make_unique<QObject>();
    QPointer<QWebSocketServer> server =
        new QWebSocketServer(u"the tests"_s, QWebSocketServer::NonSecureMode, parent.get());
    QVERIFY(server->listen(QHostAddress::LocalHost));
    Client client;
    QVERIFY(client.openAndWait(server->serverUrl()));
    parent.reset();
    QVERIFY(!server);
    WS_TRY_COMPARE(client.disconnections, 1);
}

QTEST_GUILESS_MAIN(TestLifetime)
#include "tst_qwebsocketserver_lifetime.moc"
