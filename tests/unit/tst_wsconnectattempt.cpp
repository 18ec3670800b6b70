// SPDX-License-Identifier: MIT
#include "net/socket/wsconnectattempt.h"

#include "../patience.h"

#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

class TestWsConnectAttempt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketThatHasConnectedToItselfIsKnown();
    void otherSocketsAreNotTheirOwnPeers();
};

// What the system does by chance if it chooses the port of a server that is not there.
void TestWsConnectAttempt::socketThatHasConnectedToItselfIsKnown()
{
    QTcpSocket socket;
    QVERIFY(socket.bind(QHostAddress::LocalHost));
    socket.connectToHost(QHostAddress::LocalHost, socket.localPort());
    QVERIFY(socket.waitForConnected());
    QCOMPARE(socket.peerPort(), socket.localPort());
    QVERIFY(wsIsItsOwnPeer(socket.socketDescriptor()));
}

void TestWsConnectAttempt::otherSocketsAreNotTheirOwnPeers()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const auto attempt = wsConnectTo(QHostAddress::LocalHost, server.serverPort());
    WS_TRY_VERIFY(attempt->check() == WsConnectAttempt::State::Connected);
    QVERIFY(!wsIsItsOwnPeer(attempt->descriptor()));
    QVERIFY(!wsIsItsOwnPeer(-1));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectAttempt)
#include "tst_wsconnectattempt.moc"
