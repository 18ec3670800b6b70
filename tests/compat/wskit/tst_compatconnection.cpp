// SPDX-License-Identifier: MIT

// QWebSocket::connection(): what WsKit offers to a program that was written for Qt WebSockets.

#include "rawtesting.h"

#include <QWebSocket>
#include <QWebSocketServer>

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qpointer.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <limits>
#include <memory>

using namespace IntegrationTesting;

class tst_CompatConnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void connectionIsAClientBeforeOpen();
    void connectionStaysTheSame();
    void connectionOfAServerIsAChildOfTheSocket();
    void defaultsAreThoseOfQt();
    void compressionIsAgreedOn();
    void limitsOfTheConnectionAreShown();
    void socketConnectsAgain();
    void closeEndsTheWaitForAnotherAttempt();
    void openEndsTheWaitForAnotherAttempt();
    void messagesAreQueuedUntilItConnectsAgain();
    void closingTheConnectionEndsTheSocket();
    void abortingTheConnectionEndsTheSocket();
    void closeSaysNothingOfWhatFollows();
    void closeOfThePeerEndsTheSocket_data();
    void closeOfThePeerEndsTheSocket();

private:
    WsClient *client() const { return qobject_cast<WsClient *>(m_socket->connection()); }
    QUrl serverUrl() const { return QUrl(u"ws://127.0.0.1:%1"_s.arg(m_server->serverPort())); }
    void open();
    void reconnect(bool queuesMessages = false);

    std::unique_ptr<WsServer> m_server;
    std::unique_ptr<QWebSocket> m_socket;
    QPointer<WsConnection> m_accepted;
    QStringList m_received; // by the server
};

void tst_CompatConnection::init()
{
    m_server = std::make_unique<WsServer>();
    m_socket = std::make_unique<QWebSocket>();
    m_received.clear();
    connect(m_server.get(), &WsServer::newConnection, this, [this](WsConnection *connection) {
        m_accepted = connection;
        connect(connection, &WsConnection::textMessageReceived, this,
                [this](const QString &text) { m_received.append(text); });
    });
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

void tst_CompatConnection::cleanup()
{
    m_socket.reset();
    m_server.reset();
}

void tst_CompatConnection::open()
{
    m_socket->open(serverUrl());
    WS_TRY_VERIFY(m_socket->isValid() && m_accepted);
}

void tst_CompatConnection::reconnect(bool queuesMessages)
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setInitialDelay(std::chrono::milliseconds(1));
    reconnect.setQueueMessages(queuesMessages);
    client()->setReconnect(reconnect);
}

void tst_CompatConnection::connectionIsAClientBeforeOpen()
{
    QVERIFY(client());
    QCOMPARE(client()->parent(), m_socket.get());
    QCOMPARE(client()->state(), Ws::Closed);
}

void tst_CompatConnection::connectionStaysTheSame()
{
    const WsConnection *const before = m_socket->connection();
    open();
    m_socket->close();
    open();
    QCOMPARE(m_socket->connection(), before);
    QCOMPARE(m_socket->connection()->state(), Ws::Open);
}

void tst_CompatConnection::connectionOfAServerIsAChildOfTheSocket()
{
    QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    m_socket->open(server.serverUrl());
    WS_TRY_VERIFY(server.hasPendingConnections());
    const std::unique_ptr<QWebSocket> accepted(server.nextPendingConnection());
    QVERIFY(accepted->connection());
    QVERIFY(accepted->connection()->isServerSide());
    QCOMPARE(accepted->connection()->parent(), accepted.get());
}

void tst_CompatConnection::defaultsAreThoseOfQt()
{
    const WsOptions options = m_socket->connection()->options();
    QCOMPARE(options.maxMessageSize(), qint64(QWebSocket::maxIncomingMessageSize()));
    QCOMPARE(options.maxFrameSize(), qint64(QWebSocket::maxIncomingFrameSize()));
    QCOMPARE(options.fragmentSize(), 512 * 1024);
    QCOMPARE(options.pingInterval().count(), 0);
    QCOMPARE(options.maxFragments(), std::numeric_limits<int>::max());
    QCOMPARE(options.handshakeTimeout().count(), 0);
    QCOMPARE(options.connectTimeout(), 30s);
    QVERIFY(!options.compression().enabled());
    QVERIFY(!client()->reconnect().enabled());
    QCOMPARE(client()->maxRedirects(), 0);
}

void tst_CompatConnection::compressionIsAgreedOn()
{
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options = m_server->options();
    options.setCompression(compression);
    m_server->setOptions(options);
    options = m_socket->connection()->options();
    options.setCompression(compression);
    m_socket->connection()->setOptions(options);
    open();
    QVERIFY(m_socket->connection()->extensions().startsWith(u"permessage-deflate"_s));
    const QString text(100'000, u'a');
    QCOMPARE(m_socket->sendTextMessage(text), text.size());
    WS_TRY_COMPARE(m_received, QStringList(text));
    QVERIFY(m_socket->connection()->statistics().wireBytesSent < 10'000);
}

void tst_CompatConnection::limitsOfTheConnectionAreShown()
{
    WsOptions options = m_socket->connection()->options();
    options.setMaxMessageSize(1000);
    options.setMaxFrameSize(100);
    options.setFragmentSize(10);
    m_socket->connection()->setOptions(options);
    QCOMPARE(m_socket->maxAllowedIncomingMessageSize(), 1000u);
    QCOMPARE(m_socket->maxAllowedIncomingFrameSize(), 100u);
    QCOMPARE(m_socket->outgoingFrameSize(), 10u);
}

void tst_CompatConnection::socketConnectsAgain()
{
    reconnect();
    open();
    QStringList signalsInOrder;
    const QObject context; // the destructor of the socket emits signals, too
    connect(m_socket.get(), &QWebSocket::stateChanged, &context, [&](QAbstractSocket::SocketState state) {
        signalsInOrder.append(QVariant::fromValue(state).toString());
    });
    connect(m_socket.get(), &QWebSocket::connected, &context, [&] { signalsInOrder.append(u"connected"_s); });
    connect(m_socket.get(), &QWebSocket::disconnected, &context,
            [&] { signalsInOrder.append(u"disconnected"_s); });
    m_accepted->abort();
    WS_TRY_COMPARE(signalsInOrder, QStringList({u"ClosingState"_s, u"UnconnectedState"_s, u"disconnected"_s,
                                                u"ConnectingState"_s, u"ConnectedState"_s, u"connected"_s}));
    QVERIFY(m_socket->isValid());
    QCOMPARE(m_socket->sendTextMessage(u"again"_s), 5);
    WS_TRY_COMPARE(m_received, QStringList(u"again"_s));
}

void tst_CompatConnection::closeEndsTheWaitForAnotherAttempt()
{
    reconnect();
    open();
    const QSignalSpy waiting(client(), &WsClient::reconnecting);
    m_server->close();
    WS_TRY_VERIFY(!waiting.isEmpty());
    WS_TRY_VERIFY(m_socket->state() == QAbstractSocket::UnconnectedState);
    m_socket->close();
    QVERIFY(!client()->active());
    QCOMPARE(m_socket->state(), QAbstractSocket::UnconnectedState);
}

void tst_CompatConnection::openEndsTheWaitForAnotherAttempt()
{
    reconnect();
    open();
    const QUrl url = serverUrl();
    const QSignalSpy waiting(client(), &WsClient::reconnecting);
    m_server->close();
    WS_TRY_VERIFY(!waiting.isEmpty());
    QVERIFY(m_server->listen(QHostAddress::LocalHost, quint16(url.port())));
    const QSignalSpy connected(m_socket.get(), &QWebSocket::connected);
    m_socket->open(url);
    WS_TRY_VERIFY(m_socket->isValid());
    QCOMPARE(connected.count(), 1);
}

void tst_CompatConnection::messagesAreQueuedUntilItConnectsAgain()
{
    reconnect(true);
    open();
    m_accepted->abort();
    WS_TRY_VERIFY(!m_socket->isValid());
    QCOMPARE(m_socket->sendTextMessage(u"kept"_s), 4);
    WS_TRY_COMPARE(m_received, QStringList(u"kept"_s));
}

void tst_CompatConnection::closingTheConnectionEndsTheSocket()
{
    open();
    const QSignalSpy disconnected(m_socket.get(), &QWebSocket::disconnected);
    QVERIFY(m_socket->connection()->close(4000, u"by WsKit"_s));
    WS_TRY_COMPARE(disconnected.count(), 1);
    QCOMPARE(int(m_socket->closeCode()), 4000);
    QCOMPARE(m_socket->closeReason(), u"by WsKit"_s);
}

void tst_CompatConnection::abortingTheConnectionEndsTheSocket()
{
    open();
    const QSignalSpy disconnected(m_socket.get(), &QWebSocket::disconnected);
    m_socket->connection()->abort();
    QCOMPARE(disconnected.count(), 1);
    QCOMPARE(m_socket->closeCode(), QWebSocketProtocol::CloseCodeAbnormalDisconnection);
    QCOMPARE(m_socket->state(), QAbstractSocket::UnconnectedState);
}

// The socket has disconnected while the connection still waits for the peer.
void tst_CompatConnection::closeSaysNothingOfWhatFollows()
{
    open();
    const QSignalSpy texts(m_socket.get(), &QWebSocket::textMessageReceived);
    const QSignalSpy disconnected(m_socket.get(), &QWebSocket::disconnected);
    const QSignalSpy closed(client(), &WsConnection::closed);
    m_socket->close();
    QCOMPARE(disconnected.count(), 1);
    QCOMPARE(client()->state(), Ws::Closing);
    m_accepted->sendText("too late");
    WS_TRY_COMPARE(closed.count(), 1);
    QCOMPARE(disconnected.count(), 1);
    QCOMPARE(texts.count(), 0);
}

void tst_CompatConnection::closeOfThePeerEndsTheSocket_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("with a code") << closePayload(1000);
    QTest::newRow("without a code") << QByteArray();
}

// The connection still waits for the server to end it.
void tst_CompatConnection::closeOfThePeerEndsTheSocket()
{
    QFETCH(const QByteArray, payload);
    RawServer server;
    m_socket->open(server.url());
    WS_TRY_VERIFY(m_socket->isValid());
    const QSignalSpy disconnected(m_socket.get(), &QWebSocket::disconnected);
    server.peer->send(unmaskedFrame(CloseFrame, payload));
    WS_TRY_COMPARE(disconnected.count(), 1);
    QCOMPARE(client()->state(), Ws::Closing);
    QCOMPARE(m_socket->closeCode(), QWebSocketProtocol::CloseCodeNormal);
}

QTEST_GUILESS_MAIN(tst_CompatConnection)
#include "tst_compatconnection.moc"
