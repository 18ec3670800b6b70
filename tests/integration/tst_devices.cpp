// SPDX-License-Identifier: MIT

// Connections over devices that a program hands to the server: local sockets.

#include "../unit/devicepair.h"
#include "integrationtesting.h"

#include <QtCore/qbuffer.h>
#include <QtCore/quuid.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>

using namespace IntegrationTesting;

namespace {
// A server that echoes, over one end of a local socket; the test speaks to it over the other.
class LocalPair
{
public:
    LocalPair()
    {
        server.setConnectionHandler([this](WsConnection *connection) {
            peer = connection;
            events = std::make_unique<Events>(connection);
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
        QObject::connect(&socket, &QIODevice::readyRead, &socket, [this] { received += socket.readAll(); });
        localServer.listen(u"wskit-"_s + QUuid::createUuid().toString(QUuid::Id128));
        socket.connectToServer(localServer.serverName());
    }

    bool isConnected()
    {
        return waitFor([this] { return localServer.hasPendingConnections(); });
    }
    bool handOver() { return isConnected() && server.handleConnection(localServer.nextPendingConnection()); }
    bool open()
    {
        if (!handOver())
            return false;
        socket.write(RawPeer::upgradeRequest());
        return isAccepted();
    }
    bool isAccepted()
    {
        if (!waitFor([this] { return received.contains("\r\n\r\n"); }))
            return false;
        const bool isAccepted = received.startsWith("HTTP/1.1 101 ");
        received.remove(0, received.indexOf("\r\n\r\n") + 4);
        return isAccepted && peer;
    }

    WsServer server;
    QLocalServer localServer;
    QLocalSocket socket;
    QByteArray received;
    QPointer<WsConnection> peer;
    std::unique_ptr<Events> events;
};
} // namespace

class TestDevices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void localSocketIsAConnection();
    void requestThatHasArrivedIsRead();
    void largeMessagesCross();
    void badRequestIsRefused();
    void serverThatClosesClosesIt();
    void endOfTheDeviceEndsTheConnection();
    void deviceThatTakesNothingEndsTheConnection();
    void deletionTellsTheOtherEnd();
    void deviceThatCannotBeUsedIsRefused();
};

void TestDevices::localSocketIsAConnection()
{
    LocalPair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.server.connectionCount(), 1);
    QVERIFY(pair.peer->peerAddress().isNull());
    QVERIFY(!pair.peer->isEncrypted());
    pair.socket.write(frame(TextFrame, "hello") + frame(PingFrame, "are you there"));
    WS_TRY_COMPARE(parseFrames(pair.received).size(), 2);
    QCOMPARE(parseFrames(pair.received),
             QList<ReceivedFrame>({{TextFrame, "hello"}, {PongFrame, "are you there"}}));
    pair.received.clear();
    pair.socket.write(frame(CloseFrame, closePayload(1000, "bye")));
    WS_TRY_VERIFY(pair.socket.state() == QLocalSocket::UnconnectedState);
    QCOMPARE(parseFrames(pair.received), QList<ReceivedFrame>({{CloseFrame, closePayload(1000, "bye")}}));
    WS_TRY_COMPARE(pair.events->ending(), u"closed 1000 'bye' clean"_s);
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

void TestDevices::requestThatHasArrivedIsRead()
{
    LocalPair pair;
    QVERIFY(pair.isConnected());
    QLocalSocket *const end = pair.localServer.nextPendingConnection();
    pair.socket.write(RawPeer::upgradeRequest() + frame(TextFrame, "hello"));
    WS_TRY_VERIFY(end->bytesAvailable() > 0 && pair.socket.bytesToWrite() == 0);
    QVERIFY(pair.server.handleConnection(end));
    QVERIFY(pair.isAccepted());
    WS_TRY_COMPARE(parseFrames(pair.received), QList<ReceivedFrame>({{TextFrame, "hello"}}));
}

void TestDevices::largeMessagesCross()
{
    LocalPair pair;
    QVERIFY(pair.open());
    const QByteArray payload = pattern(8 * MiB);
    pair.socket.write(frame(BinaryFrame, payload));
    WS_TRY_COMPARE(parseFrames(pair.received).size(), 1);
    QVERIFY(parseFrames(pair.received).first().payload == payload);
    WS_TRY_COMPARE(pair.peer->bufferedAmount(), 0);
}

void TestDevices::badRequestIsRefused()
{
    LocalPair pair;
    QVERIFY(pair.handOver());
    pair.socket.write("GET / HTTP/1.1\r\n\r\n");
    QVERIFY(!pair.isAccepted());
    pair.socket.abort();
    WS_TRY_VERIFY(pair.server.connections().isEmpty());
}

void TestDevices::serverThatClosesClosesIt()
{
    LocalPair pair;
    QVERIFY(pair.open());
    QSignalSpy closed(&pair.server, &WsServer::closed);
    pair.server.close();
    WS_TRY_COMPARE(parseFrames(pair.received).size(), 1);
    QCOMPARE(parseFrames(pair.received).first().closeCode(), 1001);
    pair.socket.write(frame(CloseFrame, closePayload(1001)));
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(pair.events->ending(), u"closed 1001 '' clean"_s);
    QVERIFY(!pair.server.handleConnection(nullptr));
}

void TestDevices::endOfTheDeviceEndsTheConnection()
{
    LocalPair pair;
    QVERIFY(pair.open());
    pair.socket.write(frame(TextFrame, "last words"));
    pair.socket.disconnectFromServer();
    WS_TRY_COMPARE(pair.events->all.last(), u"closed 1006 '' unclean"_s);
    QCOMPARE(pair.events->messages(), QStringList(u"text last words"_s));
    QCOMPARE(pair.events->errors.size(), 1);
    QCOMPARE(pair.events->errors.first().kind(), Ws::ErrorKind::Network);
}

// The peer goes on sending, so that no ping would find out.
void TestDevices::deviceThatTakesNothingEndsTheConnection()
{
    WsServer server;
    auto *const device = new DeviceEnd;
    DeviceEnd other;
    DeviceEnd::connectEnds(device, &other);
    std::unique_ptr<Events> events;
    QPointer<WsConnection> peer;
    server.setConnectionHandler([&](WsConnection *connection) {
        peer = connection;
        events = std::make_unique<Events>(connection);
    });
    QVERIFY(server.handleConnection(device));
    other.write(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(peer && peer->state() == Ws::Open);
    other.write(frame(TextFrame, "last words"));
    WS_TRY_VERIFY(other.bytesToWrite() == 0);
    device->isBroken = true;
    QVERIFY(peer->sendText("for nobody"));
    WS_TRY_COMPARE(events->ending(), u"error Network, closed 1006 '' unclean"_s);
    QCOMPARE(events->messages(), QStringList(u"text last words"_s));
    QCOMPARE(events->errors.first().text(), u"the device does not take data: broken"_s);
}

void TestDevices::deletionTellsTheOtherEnd()
{
    LocalPair pair;
    QVERIFY(pair.open());
    delete pair.peer;
    WS_TRY_VERIFY(pair.socket.state() == QLocalSocket::UnconnectedState);
    QCOMPARE(parseFrames(pair.received), QList<ReceivedFrame>({{CloseFrame, closePayload(1001)}}));
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestDevices::deviceThatCannotBeUsedIsRefused()
{
    WsServer server;
    const QString text = u"the device is not connected, or not open for reading and writing"_s;
    QVERIFY(!server.handleConnection(nullptr));
    QCOMPARE(server.errorString(), u"the device is null"_s);
    QBuffer buffer; // which is not sequential
    QVERIFY(buffer.open(QIODevice::ReadWrite));
    QVERIFY(!server.handleConnection(&buffer));
    QCOMPARE(server.errorString(), text);
    QLocalSocket local;
    QVERIFY(!server.handleConnection(&local));
    QCOMPARE(server.errorString(), text);
    LocalPair pair;
    QVERIFY(pair.isConnected());
    QLocalSocket *const end = pair.localServer.nextPendingConnection();
    pair.socket.abort();
    WS_TRY_COMPARE(end->state(), QLocalSocket::UnconnectedState);
    QVERIFY(end->isOpen());
    QVERIFY(!server.handleConnection(end));
    QCOMPARE(server.errorString(), text);
    QTcpSocket tcp;
    QVERIFY(!server.handleConnection(&tcp));
    QCOMPARE(server.errorString(), text);
    bool isTaken = true;
    const std::unique_ptr<QThread> thread(
        QThread::create([&] { isTaken = server.handleConnection(&buffer); }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(!isTaken);
    QCOMPARE(server.errorString(), u"connections can only be handed to the server in its own thread"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestDevices)
#include "tst_devices.moc"
