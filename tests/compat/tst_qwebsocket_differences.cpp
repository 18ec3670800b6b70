// SPDX-License-Identifier: MIT

// QWebSocket: what no honest program relies on, and what differs. See the page "Qt WebSockets on WsKit".

#include "compattesting.h"

#include <QtWebSockets/QMaskGenerator>
#include <QtWebSockets/QWebSocketHandshakeOptions>
#include <QtWebSockets/QWebSocketServer>

#ifdef COMPAT_WSKIT
#include <WsKit/WsConnection>
#endif

using namespace CompatTesting;

class tst_QWebSocketDifferences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endIsAnnounced_data();
    void endIsAnnounced();
    void socketOfAServerIsOpenedAgain();
    void localSocketIsAUrl();
    void extensionThatWasNotOffered();
    void codesOfLaterDocuments_data();
    void codesOfLaterDocuments();
    void headersOfTheHandshake_data();
    void headersOfTheHandshake();
    void headerWithAControlCharacter_data();
    void headerWithAControlCharacter();
    void keyIsNoMask();
    void ownCloseIsWritten();
    void peerThatReadsNothingOfWhatIsBehindClose();
    void framesOfNoSize();
    void limitOfNoSize_data();
    void limitOfNoSize();
    void namesOfSubprotocols();
    void refusalWithoutALength();
    void reasonsOfABrokenProtocol_data();
    void reasonsOfABrokenProtocol();
    void pongsOfSeveralPings();
};

namespace {
QByteArrayList linesOf(const QByteArray &request, const QByteArray &name)
{
    QByteArrayList values;
    for (const QByteArray &line : request.split('\n')) {
        if (line.startsWith(name + ": "))
            values.append(line.sliced(name.size() + 2).trimmed());
    }
    return values;
}

class EqualMasks final : public QMaskGenerator
{
public:
    bool seed() override { return true; }
    quint32 nextMask() override { return 0x01020304; }
};
} // namespace

void tst_QWebSocketDifferences::endIsAnnounced_data()
{
    QTest::addColumn<bool>("isOwn");
    QTest::newRow("close()") << true;
    QTest::newRow("the peer") << false;
}

void tst_QWebSocketDifferences::endIsAnnounced()
{
    QFETCH(bool, isOwn);
    OpenClient client;
    QVERIFY(client.open());
    if (isOwn)
        client.socket.close();
    else
        client.receive(unmaskedFrame(CloseFrame, closePayload(1000)));
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.startingWith(u"aboutToClose"_s).size(),
             compatDiffers("aboutToClose() for each end") ? 1 : 2);
}

void tst_QWebSocketDifferences::socketOfAServerIsOpenedAgain()
{
    QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Client client;
    client.socket.open(server.serverUrl());
    QVERIFY(waitFor([&] { return server.hasPendingConnections(); }));
    const std::unique_ptr<QWebSocket> accepted(server.nextPendingConnection());
    SocketSignals reports(accepted.get());
    client.socket.close();
    QVERIFY(waitFor([&] { return reports.contains(u"disconnected"_s); }));
    RawServer other;
    reports.all.clear();
    accepted->setProxy(QNetworkProxy::NoProxy);
    if (compatDiffers("open() of the socket of a server")) {
        QTest::ignoreMessage(QtWarningMsg, "QWebSocket::open: the socket of a server cannot be opened again");
        accepted->open(other.url());
        QCOMPARE(accepted->state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(reports.all, QStringList());
    } else {
        accepted->open(other.url());
        QVERIFY(waitFor([&] { return reports.contains(u"connected"_s); }));
    }
}

void tst_QWebSocketDifferences::localSocketIsAUrl()
{
    Client client;
    client.socket.open(QUrl(u"ws+unix:/none/there.sock"_s));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.reports.order(),
             compatDiffers("URLs of local sockets")
                 ? u"state Connecting, state Unconnected, disconnected 1000, error HostNotFound"_s
                 : u"error UnsupportedSocketOperation"_s);
    QVERIFY(!client.socket.errorString().isEmpty());
}

void tst_QWebSocketDifferences::extensionThatWasNotOffered()
{
    RawServer server([](const QByteArray &key) {
        return RawServer::acceptanceWith(key, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    });
    Client client;
    client.socket.open(server.url());
    if (!compatDiffers("extensions that were not offered")) {
        QVERIFY(client.waitUntilConnected());
        return;
    }
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.order(),
             u"state Connecting, error ConnectionRefused, state Unconnected, disconnected 1000"_s);
    QVERIFY(client.socket.errorString().contains(u"permessage-deflate"_s));
}

void tst_QWebSocketDifferences::codesOfLaterDocuments_data()
{
    QTest::addColumn<int>("code");
    QTest::newRow("restart") << 1012;
    QTest::newRow("later") << 1013;
    QTest::newRow("gateway") << 1014;
}

void tst_QWebSocketDifferences::codesOfLaterDocuments()
{
    QFETCH(int, code);
    OpenClient client;
    QVERIFY(client.open());
    client.receive(unmaskedFrame(CloseFrame, closePayload(quint16(code), "bye")));
    QVERIFY(client.waitUntilDisconnected());
    const bool isAccepted = compatDiffers("codes 1012 to 1014");
    QCOMPARE(int(client.socket.closeCode()), isAccepted ? code : 1002);
    QCOMPARE(client.socket.closeReason() == u"bye", isAccepted);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.sent().first().closeCode(), isAccepted ? code : 1002);
}

void tst_QWebSocketDifferences::headersOfTheHandshake_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("replaces");
    QTest::newRow("Host") << QByteArray("Host") << true;
    for (const char *name : {"Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
        QTest::newRow(name) << QByteArray(name) << false;
}

void tst_QWebSocketDifferences::headersOfTheHandshake()
{
    QFETCH(QByteArray, name);
    QFETCH(bool, replaces);
    RawServer server;
    QNetworkRequest request(server.url());
    request.setRawHeader(name, "own");
    Client client;
    client.socket.open(request);
    QVERIFY(client.waitUntilConnected());
    const QByteArrayList values = linesOf(server.request, name);
    if (!compatDiffers("headers of the handshake in a request") && QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)) {
        QCOMPARE(values.size(), 1); // newer versions of Qt send them once too
        return;
    }
    QCOMPARE(values.size(), compatDiffers("headers of the handshake in a request") ? 1 : 2);
    QCOMPARE(values.contains("own"), replaces || !compatDiffers("headers of the handshake in a request"));
}

void tst_QWebSocketDifferences::headerWithAControlCharacter_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("a line") << QByteArray("a\r\nX-B: b");
    QTest::newRow("a line feed") << QByteArray("a\nX-B: b");
    QTest::newRow("a bell") << QByteArray("a\x07");
}

void tst_QWebSocketDifferences::headerWithAControlCharacter()
{
    QFETCH(QByteArray, value);
    RawServer server;
    QNetworkRequest request(server.url());
    request.setRawHeader("X-A", value);
    Client client;
    client.socket.open(request);
    const bool isRefusedBefore = QT_VERSION >= QT_VERSION_CHECK(6, 7, 0); // by QNetworkRequest
    if (isRefusedBefore || !compatDiffers("control characters in headers")) {
        QVERIFY(client.waitUntilConnected());
        QCOMPARE(server.request.contains("X-A: " + value), !isRefusedBefore);
        return;
    }
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error ConnectionRefused"_s);
    QVERIFY(client.socket.errorString().contains(u"X-A"_s));
    QCOMPARE(server.connectionCount, 0);
}

void tst_QWebSocketDifferences::keyIsNoMask()
{
    RawServer server;
    EqualMasks masks;
    Client client;
    client.socket.setMaskGenerator(&masks);
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    const QByteArray key = QByteArray::fromBase64(linesOf(server.request, "Sec-WebSocket-Key").value(0));
    QCOMPARE(key.size(), 16);
    QCOMPARE(key.first(4) == key.sliced(4, 4), !compatDiffers("keys of the handshake"));
    client.socket.abort();
}

void tst_QWebSocketDifferences::ownCloseIsWritten()
{
    OpenClient client;
    QVERIFY(client.open());
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.reports.writtenSize, compatDiffers("bytesWritten() of a Close") ? 0 : 8);
}

void tst_QWebSocketDifferences::peerThatReadsNothingOfWhatIsBehindClose()
{
    OpenClient client;
    QVERIFY(client.open());
    RawPeer &peer = *client.server.peer;
    peer.stopReading();
#ifdef COMPAT_WSKIT
    WsOptions options = client.socket.connection()->options();
    options.setCloseTimeout(50ms);
    client.socket.connection()->setOptions(options);
#endif
    client.socket.sendBinaryMessage(QByteArray(32 * MiB, 'x'));
    client.socket.close();
    if (!compatDiffers("messages that wait behind close()")) {
        QVERIFY(!client.reports.contains(u"disconnected"_s));
        peer.readAgain();
        QVERIFY(waitWhileItMoves([&] { return peer.received.size() > 32 * MiB; },
                                 [&] { return peer.received.size(); }));
    }
    QVERIFY(client.waitUntilDisconnected());
}

void tst_QWebSocketDifferences::framesOfNoSize()
{
    OpenClient client;
    QVERIFY(client.open());
    client.socket.setOutgoingFrameSize(0);
    QCOMPARE(client.socket.outgoingFrameSize(), 0u);
    if (!compatDiffers("outgoing frames of 0 bytes"))
        return; // sending ends the program
    QCOMPARE(client.socket.sendTextMessage(u"message"_s), 7);
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.sent().first().payload, "message");
    QVERIFY(client.sent().first().isFinal);
}

void tst_QWebSocketDifferences::limitOfNoSize_data()
{
    QTest::addColumn<bool>("isOfFrames");
    QTest::newRow("frames") << true;
    QTest::newRow("messages") << false;
}

void tst_QWebSocketDifferences::limitOfNoSize()
{
    QFETCH(bool, isOfFrames);
    OpenClient client;
    if (isOfFrames)
        client.socket.setMaxAllowedIncomingFrameSize(0);
    else
        client.socket.setMaxAllowedIncomingMessageSize(0);
    QCOMPARE(isOfFrames ? client.socket.maxAllowedIncomingFrameSize()
                        : client.socket.maxAllowedIncomingMessageSize(),
             0u);
    QVERIFY(client.open());
    client.receive(unmaskedFrame(TextFrame));
    WS_TRY_COMPARE(client.reports.startingWith(u"text"_s), QStringList(u"text"_s));
    client.receive(unmaskedFrame(TextFrame, "a"));
    if (compatDiffers("a limit of 0 bytes")) {
        WS_TRY_VERIFY(client.reports.all.contains(u"text a"_s));
        client.receive(unmaskedFrame(TextFrame, "ab"));
    }
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(int(client.socket.closeCode()), 1009);
}

void tst_QWebSocketDifferences::namesOfSubprotocols()
{
    RawServer server;
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"one"_s, u"a b"_s, QString(), u"x,y"_s, u" two "_s, u"one"_s, u"three"_s});
    Client client;
    client.socket.open(server.url(), options);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(linesOf(server.request, "Sec-WebSocket-Protocol"),
             QByteArrayList(
                 {compatDiffers("empty and equal subprotocols") ? "one, two, three" : "one, , one, three"}));
    QCOMPARE(client.socket.handshakeOptions().subprotocols(), options.subprotocols());
}

void tst_QWebSocketDifferences::refusalWithoutALength()
{
    RawServer server([](const QByteArray &) { return "HTTP/1.1 403 Forbidden\r\n\r\nno"; });
    Client client;
    client.socket.open(server.url());
    WS_TRY_VERIFY(!server.request.isEmpty());
    if (compatDiffers("refusals without a length"))
        server.peer->socket->disconnectFromHost();
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.reports.startingWith(u"error"_s).first(), u"error ConnectionRefused"_s);
    QVERIFY(client.socket.errorString().contains(u"403"_s));
}

void tst_QWebSocketDifferences::reasonsOfABrokenProtocol_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("ofQt");
    QTest::newRow("reserved bit") << QByteArray("\xf1\x00", 2) << 1002 << u"Rsv field is non-zero"_s;
    QTest::newRow("no UTF-8") << unmaskedFrame(TextFrame, "\xff") << 1007
                              << u"Invalid UTF-8 code encountered."_s;
    QTest::newRow("large ping") << unmaskedFrame(PingFrame, QByteArray(126, 'x')) << 1002
                                << u"Control frame is larger than 125 bytes"_s;
}

// closeReason(), which is sent to the peer, says what was wrong. errorString() is never empty after an
// opening.
void tst_QWebSocketDifferences::reasonsOfABrokenProtocol()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    QFETCH(QString, ofQt);
    OpenClient client;
    QVERIFY(client.open());
    client.receive(bytes);
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(int(client.socket.closeCode()), code);
    QVERIFY(!client.socket.closeReason().isEmpty());
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.socket.closeReason() == ofQt, !compatDiffers("reasons of a broken protocol"));
    WS_TRY_COMPARE(client.sent().size(), 1);
    QCOMPARE(client.sent().first().payload,
             closePayload(quint16(code), client.socket.closeReason().toUtf8()));
}

void tst_QWebSocketDifferences::pongsOfSeveralPings()
{
    OpenClient client;
    QVERIFY(client.open());
    QList<quint64> times;
    connect(&client.socket, &QWebSocket::pong, this,
            [&times](quint64 elapsed, const QByteArray &) { times.append(elapsed); });
    client.socket.ping("first");
    QElapsedTimer sinceFirst; // at most as long as the socket measures
    sinceFirst.start();
    WS_TRY_COMPARE(client.sent().size(), 1);
    WS_TRY_VERIFY(sinceFirst.elapsed() > 100);
    QElapsedTimer sinceSecond;
    sinceSecond.start();
    client.socket.ping("second");
    client.receive(unmaskedFrame(PongFrame, "first"));
    WS_TRY_COMPARE(times.size(), 1);
    if (compatDiffers("pongs of several pings"))
        QVERIFY(times.first() >= 100);
    else
        QVERIFY(times.first() <= quint64(sinceSecond.elapsed()));
    client.receive(unmaskedFrame(PongFrame, "second"));
    WS_TRY_COMPARE(times.size(), 2);
    QVERIFY(times.last() <= quint64(sinceSecond.elapsed()));
    disconnect(&client.socket, nullptr, this, nullptr);
}

QTEST_GUILESS_MAIN(tst_QWebSocketDifferences)
#include "tst_qwebsocket_differences.moc"
