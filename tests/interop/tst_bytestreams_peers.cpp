// SPDX-License-Identifier: MIT

// A byte stream whose peer knows only messages: Python's websockets and QtWebSockets.

#include "integrationtesting.h"

#include <WsKit/WsByteStream>

#include <QtCore/qprocess.h>
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsocketserver.h>

using namespace IntegrationTesting;

class TestByteStreamsPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void websocketsReturnsBytesInAnotherDivision();
    void qtWebSocketsReturnsBytes();
    void qtWebSocketsIsTheClient();
    void textOfAPeerIsRefused();
};

namespace {
// Sends \a bytes through a stream to \a url, and returns what comes back.
QByteArray roundTrip(const QUrl &url, const QByteArray &bytes)
{
    WsClient client;
    WsByteStream stream(&client);
    stream.setMessageSize(50000);
    QByteArray received;
    QObject::connect(&stream, &QIODevice::readyRead, &stream, [&] { received += stream.readAll(); });
    qint64 written = stream.write(bytes);
    QObject::connect(&stream, &QIODevice::bytesWritten, &stream,
                     [&] { written += stream.write(bytes.constData() + written, bytes.size() - written); });
    if (!client.open(url))
        return {};
    (void)waitFor([&] { return received.size() >= bytes.size(); });
    stream.close();
    (void)waitFor([&] { return client.state() == Ws::Closed; });
    return received;
}
} // namespace

void TestByteStreamsPeers::websocketsReturnsBytesInAnotherDivision()
{
    QProcess peer;
    peer.start(QStringLiteral(INTEROP_PYTHON),
               {u"-B"_s, QStringLiteral(INTEROP_PEERS "/websockets_bytes.py")});
    QByteArray output;
    QVERIFY(waitFor([&] { return (output += peer.readAllStandardOutput()).endsWith('\n'); }));
    const QUrl url(QString::fromUtf8(output.trimmed().sliced(sizeof "listening on " - 1)));
    const QByteArray bytes = pattern(4 * MiB);
    QVERIFY(roundTrip(url, bytes) == bytes);
    peer.terminate();
    QVERIFY(peer.waitForFinished(Patience));
    QCOMPARE(peer.readAllStandardError(), QByteArray());
}

void TestByteStreamsPeers::qtWebSocketsReturnsBytes()
{
    QWebSocketServer server(u"echo"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QWebSocketServer::newConnection, &server, [&] {
        QWebSocket *const socket = server.nextPendingConnection();
        connect(socket, &QWebSocket::binaryMessageReceived, socket,
                [socket](const QByteArray &message) { socket->sendBinaryMessage(message); });
    });
    const QByteArray bytes = pattern(4 * MiB);
    QVERIFY(roundTrip(server.serverUrl(), bytes) == bytes);
}

void TestByteStreamsPeers::qtWebSocketsIsTheClient()
{
    WsServer server;
    QVERIFY(server.listen());
    connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        auto *const stream = new WsByteStream(connection, connection);
        connect(stream, &QIODevice::readyRead, stream, [stream] { stream->write(stream->readAll()); });
    });
    QWebSocket client;
    QByteArray received;
    connect(&client, &QWebSocket::binaryMessageReceived, &client,
            [&](const QByteArray &message) { received += message; });
    const QByteArray bytes = pattern(4 * MiB); // in one message of many frames
    connect(&client, &QWebSocket::connected, &client, [&] { client.sendBinaryMessage(bytes); });
    client.open(server.serverUrl());
    WS_TRY_COMPARE(received.size(), bytes.size());
    QVERIFY(received == bytes);
}

void TestByteStreamsPeers::textOfAPeerIsRefused()
{
    WsServer server;
    QVERIFY(server.listen());
    QString error;
    connect(&server, &WsServer::newConnection, &server, [&](WsConnection *connection) {
        auto *const stream = new WsByteStream(connection, connection);
        connect(stream, &WsByteStream::disconnected, stream, [&, stream] { error = stream->errorString(); });
    });
    QWebSocket client;
    connect(&client, &QWebSocket::connected, &client, [&] { client.sendTextMessage(u"hello"_s); });
    client.open(server.serverUrl());
    WS_TRY_COMPARE(error, u"a text message has arrived on a stream of bytes: \"hello\""_s);
    WS_TRY_COMPARE(client.closeCode(), QWebSocketProtocol::CloseCodeDatatypeNotSupported);
}

QTEST_GUILESS_MAIN(TestByteStreamsPeers)
#include "tst_bytestreams_peers.moc"
