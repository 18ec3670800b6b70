// SPDX-License-Identifier: MIT

// Clients that a server lets in, or not, by a clock that stands still.

#include "fakeclock.h"
#include "loglines.h"

#include "../patience.h"

#include <WsKit/WsServer>

#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using namespace Patient;

class TestWsServerClients : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handedConnectionFindsNoRoom();
};

// The client before it has been silent for too short a time to give way.
void TestWsServerClients::handedConnectionFindsNoRoom()
{
    const FakeClock clock;
    const LogLines log("wskit.handshake");
    QLocalServer door;
    QVERIFY(door.listen(u"wskit-%1"_s.arg(QCoreApplication::applicationPid())));
    QLocalSocket second;
    second.connectToServer(door.fullServerName());
    WS_TRY_VERIFY(door.hasPendingConnections());
    WsServer server;
    server.setMaxPendingHandshakes(1);
    int arrived = 0;
    server.setConnectionFilter([&arrived](const QHostAddress &) { return ++arrived > 0; });
    QVERIFY(server.listen());
    QTcpSocket first;
    first.connectToHost(server.serverAddress(), server.serverPort());
    WS_TRY_COMPARE(arrived, 1);
    QSignalSpy rejected(&server, &WsServer::connectionRejected);
    QVERIFY(server.handleConnection(door.nextPendingConnection()));
    const QString text = u"too many handshakes are unfinished, and none can give way yet"_s;
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().text(), text);
    QCOMPARE(log.all(), QStringList(u"refused a client without an address: "_s + text));
    WS_TRY_COMPARE(second.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(server.connectionCount(), 0);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerClients)
#include "tst_wsserver_clients.moc"
