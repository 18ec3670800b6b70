// SPDX-License-Identifier: MIT

// QWebSocket: what a new one is, and its values.

#include "compattesting.h"

#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtWebSockets/QMaskGenerator>
#include <QtWebSockets/QWebSocketHandshakeOptions>

#include <memory>
#include <vector>

using namespace IntegrationTesting;
using namespace CompatTesting;

class tst_QWebSocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newSocketIsUnconnected();
    void newSocketHasNoRequestAndNoPeer();
    void newSocketHasTheDocumentedLimits();
    void constructorTakesOriginVersionAndParent();
    void sizesAreSet_data();
    void sizesAreSet();
    void settingsAreKept();
    void newSocketSendsNothing();
    void receiversMayBeDeleted();
};

void tst_QWebSocket::newSocketIsUnconnected()
{
    const QWebSocket socket;
    QCOMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!socket.isValid());
    QCOMPARE(socket.error(), QAbstractSocket::UnknownSocketError);
    QCOMPARE(socket.errorString(), QString());
    QCOMPARE(socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
    QCOMPARE(socket.closeReason(), QString());
    QCOMPARE(socket.version(), QWebSocketProtocol::VersionLatest);
    QCOMPARE(socket.bytesToWrite(), 0);
    QVERIFY(!socket.parent());
}

void tst_QWebSocket::newSocketHasNoRequestAndNoPeer()
{
    const QWebSocket socket;
    QCOMPARE(socket.origin(), QString());
    QCOMPARE(socket.requestUrl(), QUrl());
    QCOMPARE(socket.request(), QNetworkRequest());
    QCOMPARE(socket.resourceName(), QString());
    QCOMPARE(socket.subprotocol(), QString());
    QCOMPARE(socket.handshakeOptions().subprotocols(), QStringList());
    QCOMPARE(socket.localAddress(), QHostAddress());
    QCOMPARE(socket.localPort(), quint16(0));
    QCOMPARE(socket.peerAddress(), QHostAddress());
    QCOMPARE(socket.peerPort(), quint16(0));
    QCOMPARE(socket.peerName(), QString());
}

void tst_QWebSocket::newSocketHasTheDocumentedLimits()
{
    const QWebSocket socket;
    QCOMPARE(QWebSocket::maxOutgoingFrameSize(), socket.maxAllowedIncomingFrameSize());
    QCOMPARE(socket.maxAllowedIncomingFrameSize(), QWebSocket::maxIncomingFrameSize());
    QCOMPARE(socket.maxAllowedIncomingMessageSize(), QWebSocket::maxIncomingMessageSize());
    QCOMPARE(socket.outgoingFrameSize(), 512u * 1024);
    QCOMPARE(socket.readBufferSize(), 0);
    QCOMPARE(socket.pauseMode(), QAbstractSocket::PauseNever);
    QCOMPARE(socket.proxy().type(), QNetworkProxy::DefaultProxy);
    QVERIFY(socket.maskGenerator());
}

void tst_QWebSocket::constructorTakesOriginVersionAndParent()
{
    QObject parent;
    auto *const socket = new QWebSocket(u"https://example.org"_s, QWebSocketProtocol::Version13, &parent);
    QCOMPARE(socket->origin(), u"https://example.org"_s);
    QCOMPARE(socket->version(), QWebSocketProtocol::Version13);
    QCOMPARE(socket->parent(), &parent);
}

void tst_QWebSocket::sizesAreSet_data()
{
    QTest::addColumn<quint64>("size");
    QTest::addColumn<quint64>("expected");
    const quint64 maximum = QWebSocket::maxIncomingFrameSize();
    QTest::newRow("one byte") << quint64(1) << quint64(1);
    QTest::newRow("the maximum") << maximum << maximum;
    QTest::newRow("above the maximum") << maximum + 1 << quint64(10);
}

void tst_QWebSocket::sizesAreSet()
{
    QFETCH(quint64, size);
    QFETCH(quint64, expected);
    QWebSocket socket;
    for (const quint64 each : {quint64(10), size}) {
        socket.setMaxAllowedIncomingFrameSize(each);
        socket.setMaxAllowedIncomingMessageSize(each);
        socket.setOutgoingFrameSize(each);
    }
    QCOMPARE(socket.maxAllowedIncomingFrameSize(), expected);
    QCOMPARE(socket.maxAllowedIncomingMessageSize(), expected);
    QCOMPARE(socket.outgoingFrameSize(), expected);
}

void tst_QWebSocket::settingsAreKept()
{
    QWebSocket socket;
    socket.setReadBufferSize(4096);
    QCOMPARE(socket.readBufferSize(), 4096);
    socket.setPauseMode(QAbstractSocket::PauseOnSslErrors);
    QCOMPARE(socket.pauseMode(), QAbstractSocket::PauseOnSslErrors);
    const QNetworkProxy proxy(QNetworkProxy::HttpProxy, u"proxy.example"_s, 3128, u"user"_s, u"secret"_s);
    socket.setProxy(proxy);
    QCOMPARE(socket.proxy(), proxy);
    socket.setMaskGenerator(nullptr);
    QVERIFY(socket.maskGenerator()); // its own
}

void tst_QWebSocket::newSocketSendsNothing()
{
    Client client;
    QCOMPARE(client.socket.sendTextMessage(u"text"_s), 0);
    QCOMPARE(client.socket.sendBinaryMessage("data"), 0);
    client.socket.ping("payload");
    QCOMPARE(client.socket.bytesToWrite(), 0);
    client.socket.close();
    client.socket.abort();
    client.socket.resume();
    QCoreApplication::processEvents();
    QCOMPARE(client.reports.all, QStringList());
}

// Of two objects whose addresses share one of Qt's locks, neither may wait for the other; there are 131 locks.
void tst_QWebSocket::receiversMayBeDeleted()
{
    QWebSocket socket;
    std::vector<std::unique_ptr<QObject>> receivers;
    for (int i = 0; i < 2000; ++i) {
        receivers.push_back(std::make_unique<QObject>());
        connect(&socket, &QWebSocket::textMessageReceived, receivers.back().get(), [] {});
    }
    receivers.clear();
    QCOMPARE(socket.state(), QAbstractSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(tst_QWebSocket)
#include "tst_qwebsocket.moc"
