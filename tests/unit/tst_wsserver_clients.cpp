// SPDX-License-Identifier: MIT

// Clients that a server lets in, or not, and for how long, by a clock that stands still.

#include "fakeclock.h"
#include "loglines.h"

#include "../patience.h"
#include "net/server/wsserver_p.h"
#include "net/server/wsserverhome.h"

#include <WsKit/WsServer>

#include <QtCore/qpromise.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using namespace Patient;
using namespace std::chrono_literals;

class TestWsServerClients : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handedConnectionFindsNoRoom();
    void headerOfAProxyTakesItsPartOfTheLimit();
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

void TestWsServerClients::headerOfAProxyTakesItsPartOfTheLimit()
{
    const FakeClock clock;
    WsServer server;
    WsOptions options;
    options.setHandshakeTimeout(10s);
    server.setOptions(options);
    server.setTrustedProxies({u"127.0.0.1"_s});
    server.setProxyProtocol(true);
    int asked = 0;
    QPromise<WsResponse> promise;
    promise.start();
    server.setRequestHandler([&](const WsRequest &) { return ++asked, promise.future(); });
    QSignalSpy rejected(&server, &WsServer::connectionRejected);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    client.connectToHost(server.serverAddress(), server.serverPort());
    WS_TRY_COMPARE(WsServerPrivate::of(&server)->home->admission.pendingCount(), 1);
    FakeClock::advance(8s);
    client.write("PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_COMPARE(asked, 1);
    QCOMPARE(rejected.size(), 0);
    FakeClock::advance(2s);
    QCOMPARE(rejected.size(), 1);
    WS_TRY_VERIFY(client.bytesAvailable() > 0);
    QVERIFY(client.readAll().startsWith("HTTP/1.1 503 "));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerClients)
#include "tst_wsserver_clients.moc"
