// SPDX-License-Identifier: MIT

// Runs the code that the page on WsKit::Compat prints.

#include "compat.h"
#include "integrationtesting.h"

#include <QtCore/qthread.h>

using namespace IntegrationTesting;

namespace {
// Takes its clients, and answers them from the thread of the event loop.
struct Echo
{
    Echo()
    {
        QObject::connect(&server, &QWebSocketServer::newConnection, &server, [this] {
            QWebSocket *const socket = server.nextPendingConnection();
            socket->setParent(&server);
            QObject::connect(socket, &QWebSocket::textMessageReceived, socket,
                             [socket](const QString &text) { socket->sendTextMessage(text); });
            sockets.append(socket);
        });
    }

    QWebSocketServer server{u"echo"_s, QWebSocketServer::NonSecureMode};
    QList<QWebSocket *> sockets;
};
} // namespace

class TestCompatSnippets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothSidesCompress();
    void socketComesBack();
    void topicsReachTheSockets();
    void healthIsAnsweredBesideTheSockets();
    void connectionsLiveInThreads();
};

void TestCompatSnippets::bothSidesCompress()
{
    Echo echo;
    QWebSocket socket;
    const qint64 before = socket.connection()->options().maxMessageSize();
    Compat::compress(socket, echo.server);
    QCOMPARE(socket.connection()->options().maxMessageSize(), before);
    QVERIFY(echo.server.listen(QHostAddress::LocalHost));
    QSignalSpy messages(&socket, &QWebSocket::textMessageReceived);
    socket.open(echo.server.serverUrl());
    WS_TRY_VERIFY(socket.isValid());
    socket.sendTextMessage(QString(100'000, u'a'));
    WS_TRY_COMPARE(messages.size(), 1);
    QVERIFY(socket.connection()->statistics().wireBytesSent < 10'000);
    QVERIFY(socket.connection()->statistics().wireBytesReceived < 10'000);
}

void TestCompatSnippets::socketComesBack()
{
    Echo echo;
    QVERIFY(echo.server.listen(QHostAddress::LocalHost));
    QWebSocket socket;
    QStringList seen;
    connect(&socket, &QWebSocket::connected, &socket, [&seen] { seen.append(u"connected"_s); });
    connect(&socket, &QWebSocket::disconnected, &socket, [&seen] { seen.append(u"disconnected"_s); });
    Compat::stayConnected(socket);
    socket.open(echo.server.serverUrl());
    WS_TRY_COMPARE(echo.sockets.size(), 1);
    WS_TRY_COMPARE(seen.size(), 1);
    echo.sockets.constFirst()->connection()->abort(); // as if the network had failed
    WS_TRY_COMPARE(seen, (QStringList{u"connected"_s, u"disconnected"_s, u"connected"_s}));
    socket.close();
    WS_TRY_COMPARE(seen.size(), 4);
    WS_TRY_VERIFY(!qobject_cast<WsClient *>(socket.connection())->active());
}

void TestCompatSnippets::topicsReachTheSockets()
{
    QWebSocketServer server(u"news"_s, QWebSocketServer::NonSecureMode);
    Compat::subscribeClients(server);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QWebSocket socket;
    QSignalSpy messages(&socket, &QWebSocket::textMessageReceived);
    socket.open(server.serverUrl());
    WS_TRY_COMPARE(server.server()->subscriberCount(u"news"_s), 1);
    QCOMPARE(Compat::publish(server), 1);
    WS_TRY_COMPARE(messages.size(), 1);
    socket.close();
    WS_TRY_COMPARE(server.server()->subscriberCount(u"news"_s), 0);
}

void TestCompatSnippets::healthIsAnsweredBesideTheSockets()
{
    Echo echo;
    Compat::answerHealthChecks(echo.server);
    QVERIFY(echo.server.listen(QHostAddress::LocalHost));
    QUrl url = echo.server.serverUrl();
    url.setPath(u"/health"_s);
    WsClient health;
    QSignalSpy ends(&health, &WsClient::closed);
    QVERIFY(health.open(url));
    WS_TRY_COMPARE(ends.size(), 1);
    QCOMPARE(health.response().status(), 200);
    QCOMPARE(health.response().body(), "ok\n");
    QWebSocket socket;
    socket.open(echo.server.serverUrl());
    WS_TRY_VERIFY(socket.isValid());
}

void TestCompatSnippets::connectionsLiveInThreads()
{
    QWebSocketServer server(u"echo"_s, QWebSocketServer::NonSecureMode);
    QSignalSpy pending(&server, &QWebSocketServer::newConnection);
    Compat::useThreads(server);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QWebSocket socket;
    QSignalSpy messages(&socket, &QWebSocket::textMessageReceived);
    connect(&socket, &QWebSocket::connected, &socket, [&socket] { socket.sendTextMessage(u"hello"_s); });
    socket.open(server.serverUrl());
    WS_TRY_COMPARE(messages.size(), 1);
    QCOMPARE(messages.constFirst().constFirst().toString(), u"hello"_s);
    QCOMPARE(pending.size(), 0);
    const QList<WsConnection *> connections = server.server()->connections();
    QCOMPARE(connections.size(), 1);
    QVERIFY(connections.constFirst()->thread() != QThread::currentThread());
}

QTEST_GUILESS_MAIN(TestCompatSnippets)
#include "tst_compatsnippets.moc"
